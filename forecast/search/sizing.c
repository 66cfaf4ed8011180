/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of equal size: parameters grow as a straight line with the feed-forward's width, which two
 * networks tell. */
#include "forecast/search/sizing.h"

#include "forecast/task.h"

#include <math.h>
#include <stdlib.h>

enum { NARROW = 8, WIDE = 136, STEP = 8, MOST_WIDTHS = 25, WIDEST = 65536 };

int fc_cost_of(fc_cost *cost, const fc_model *model, nn_error *error)
{
    nn_plan *plan = nn_plan_new(model->params, 1, false);
    if (!plan)
        return nn_no_memory(error);
    nn_ports ports = {0};
    model->task->build(model, plan, &ports);
    nn_keep(plan, ports.output);
    const int code = nn_plan_check(plan, error);
    *cost = (fc_cost){.macs = nn_plan_macs(plan)};
    nn_plan_free(plan);
    for (int i = 0; i < model->params->count; i++)
        if (!nn_param_is_constant(&model->params->table[i]))
            cost->parameters += model->params->table[i].count;
    return code;
}

int fc_cost_of_config(fc_cost *cost, const fc_request *request, const void *config, nn_error *error)
{
    fc_request own = *request;
    fc_model *model = NULL;
    own.config = config;
    own.shapes = true;
    int code = fc_model_new(&model, &own, error);
    if (code)
        return code;
    code = fc_cost_of(cost, model, error);
    fc_model_free(model);
    return code;
}

/* --- one setting --- */

typedef struct trial {
    const nn_option *width, *hidden; /* NULL: the kind has none */
    void *config;
    const fc_request *request;
    double wanted;
    fc_cost cost;
    nn_error *error;
} trial;

static int *field(const trial *t, const nn_option *option)
{
    return (int *)((char *)t->config + option->offset);
}

static int count(trial *t, int hidden)
{
    *field(t, t->hidden) = hidden;
    return fc_cost_of_config(&t->cost, t->request, t->config, t->error);
}

static double distance(const trial *t)
{
    return fabs((double)t->cost.parameters - t->wanted) / t->wanted;
}

/* The best feed-forward at the width that stands. Some take only widths that can be halved a few times. */
static int fit_hidden(trial *t)
{
    int code = count(t, NARROW);
    const double few = (double)t->cost.parameters;
    if (!code)
        code = count(t, WIDE);
    if (code)
        return code;
    const double slope = ((double)t->cost.parameters - few) / (WIDE - NARROW);
    const double best = slope > 0 ? NARROW + (t->wanted - few) / slope : NARROW;
    int hidden = best < 1 ? 1 : best > WIDEST ? WIDEST : (int)lround(best);
    code = count(t, hidden);
    if (code == NN_USAGE && hidden > STEP) {
        hidden = (hidden + STEP / 2) / STEP * STEP;
        code = count(t, hidden);
    }
    return code;
}

/* --- the tokens' width too --- */

static int heads_of(const trial *t)
{
    const nn_option *heads = nn_option_find(t->request->kind->options, "heads");
    const int n = heads ? *(const int *)((const char *)t->config + heads->offset) : 0;
    return n > 0 ? n : 4;
}

/* 0, 1, -1, 2, -2, ... times the heads away from where it began; negative where there is no such width. */
static int width_at(int first, int heads, int i)
{
    return first + heads * (i % 2 ? (i + 1) / 2 : -i / 2);
}

/* Widths are in multiples of the heads, from where it began outwards; the closest is what stays. */
static int fit_width(trial *t, double tolerance)
{
    const int heads = heads_of(t), given = *field(t, t->width), first = given - given % heads;
    int code = NN_USAGE, best_width = first, best_hidden = 0;
    double least = INFINITY;
    for (int i = 0; i < MOST_WIDTHS && least > tolerance; i++) {
        const int width = width_at(first, heads, i);
        if (width < heads)
            continue;
        *field(t, t->width) = width;
        code = fit_hidden(t);
        if (code)
            return code;
        if (distance(t) < least) {
            least = distance(t);
            best_width = width;
            best_hidden = *field(t, t->hidden);
        }
    }
    *field(t, t->width) = best_width;
    return count(t, best_hidden);
}

int fc_size_to(void *config, const fc_request *request, size_t parameters, double tolerance, fc_cost *cost,
               nn_error *error)
{
    const nn_option *options = request->kind->options;
    trial t = {.hidden = nn_option_find(options, "d-ff"),
               .width = nn_option_find(options, "d-model"),
               .config = config,
               .request = request,
               .wanted = (double)parameters,
               .error = error};
    if (!t.hidden)
        return nn_fail(error, NN_USAGE, "%s has no feed-forward (--d-ff) that could take up parameters",
                       request->kind->name);
    if (t.width && *field(&t, t.width) <= 0)
        t.width = NULL;
    const int code = t.width ? fit_width(&t, tolerance) : fit_hidden(&t);
    if (code)
        return code;
    *cost = t.cost;
    return distance(&t) <= tolerance
               ? NN_OK
               : nn_fail(error, NN_USAGE, "no width comes closer to %zu parameters than %zu", parameters,
                         cost->parameters);
}
