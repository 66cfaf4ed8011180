/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spans of time: a number and a unit. */
#include "cli/input/time_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *unit;
    double seconds;
} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};

int cli_time_parse(const char *text, const char *option, double *seconds, nn_error *error)
{
    char *end = NULL;
    const double number = text ? strtod(text, &end) : 0;
    while (end && *end == ' ')
        end++;
    for (size_t i = 0; end && end != text && i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0 && isfinite(number) && number > 0) {
            *seconds = number * units[i].seconds;
            return NN_OK;
        }
    return nn_fail(error, NN_USAGE, "--%s: '%.60s' is no span of time above 0, such as 90s, 10min or 2h",
                   option, text ? text : "");
}
