/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares of classes, given or estimated. */
#include "cli/input/lightcurves/prior.h"

#include "cli/shell/report.h"
#include "forecast/scores/classes/classes.h"
#include "forecast/statistics/classes/class_prior.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int find_class(const fc_classifier *model, const char *name, size_t length)
{
    for (int c = 0; c < model->classes; c++)
        if (strlen(model->class_names[c]) == length && memcmp(model->class_names[c], name, length) == 0)
            return c;
    return -1;
}

/* "Ia=0.2,II=0.8": classes that are not named share what is left. */
static int parse(double *share, const char *text, const fc_classifier *model, nn_error *error)
{
    const char *cursor = text, *item;
    size_t length;
    double sum = 0;
    int named = 0;
    for (int c = 0; c < model->classes; c++)
        share[c] = NAN;
    while (nn_list_next(&cursor, &item, &length)) {
        const char *equals = memchr(item, '=', length);
        const size_t name = equals ? (size_t)(equals - item) : length;
        const int c = find_class(model, item, name);
        char *end = NULL;
        const double value = equals ? strtod(equals + 1, &end) : NAN;
        if (c < 0)
            return nn_fail(error, NN_USAGE, "--prior: '%s' is none of the model's classes (%s, %s, ...)",
                           NN_SHOWN(60, item, name), model->class_names[0], model->class_names[1]);
        if (!equals || end != item + length || !(value >= 0 && value <= 1) || !isnan(share[c]))
            return nn_fail(error, NN_USAGE, "--prior: '%s' is no CLASS=SHARE with a share of 0 to 1, once",
                           NN_SHOWN(60, item, length));
        share[c] = value;
        sum += value;
        named++;
    }
    if (sum > 1 + 1e-6 || (named == model->classes && fabs(sum - 1) > 1e-3))
        return nn_fail(error, NN_USAGE, "--prior: the shares add up to %g, not 1", sum);
    for (int c = 0; c < model->classes; c++)
        if (isnan(share[c]))
            share[c] = fmax(0, 1 - sum) / (model->classes - named);
    return NN_OK;
}

static void say(const double *share, const fc_classifier *model, size_t count)
{
    char list[600] = "", clean[80];
    size_t at = 0;
    for (int c = 0; c < model->classes && at < sizeof list; c++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s %.3f", at ? ", " : "",
                               cli_clean(model->class_names[c], clean, sizeof clean), share[c]);
    cli_say_note("shares of the classes among %zu objects, as they themselves tell: %s", count, list);
}

static int estimate(double *share, const double *old, const fc_classifier *model, fc_sweep *objects,
                    nn_error *error)
{
    fc_collecting c = {.classes = model->classes};
    const int code = fc_sweep_run(objects, fc_called_take, &c, error);
    if (!code) {
        fc_prior_estimate(share, c.called.p, c.called.count, model->classes, old);
        say(share, model, c.called.count);
    }
    fc_called_clear(&c.called);
    return code;
}

int cli_prior_set(const char *text, const fc_classifier *model, fc_sweep *objects, bool *used,
                  nn_error *error)
{
    double old[FC_MOST_CLASSES], share[FC_MOST_CLASSES];
    *used = false;
    if (!text)
        return NN_OK;
    fc_trained_shares(model, old);
    *used = strcmp(text, "em") == 0;
    const int code = *used ? estimate(share, old, model, objects, error) : parse(share, text, model, error);
    if (!code)
        fc_engine_set_prior(objects->engine, old, share);
    return code;
}
