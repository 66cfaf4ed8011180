/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a mask rule: refused with one line, or evaluated. */
#include "tests/fuzz/fuzz.h"

#include "datasets/stations/rule.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *names[] = {"a", "Patv", "Wind speed", "isnan"};
    static const double values[][4] = {{0, 1, 2, 3}, {NAN, NAN, NAN, NAN}, {-1, INFINITY, 1e300, -0.0}};
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    nn_error error = {0};
    ds_rule *rule = NULL;
    const int code = ds_rule_new(&rule, text, names, 4, &error);
    if ((code == NN_OK) != (rule != NULL) || (code && (!*error.text || strpbrk(error.text, "\r\n"))))
        abort();
    for (size_t i = 0; rule && i < sizeof values / sizeof *values; i++)
        if (ds_rule_holds(rule, values[i]) !=
            (ds_rule_value(rule, values[i]) != 0 && !isnan(ds_rule_value(rule, values[i]))))
            abort();
    ds_rule_free(rule);
    free(text);
    return 0;
}
