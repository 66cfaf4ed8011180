/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complex exponential smoothing as a forecaster: the kind of the smallest AICc, or the one asked for. */
#include "datasets/series/values.h"
#include "forecast/forecasters.h"
#include "forecast/forecasters/smoothing/ces_model.h"
#include "lib/base/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The model of one target. */
typedef struct entry {
    int target, kind; /* of "NSPF" */
    size_t first;     /* row of the value that the recursion begins with */
    double a0, a1, b0, b1, sigma2;
} entry;

typedef struct ces_state {
    fc_local local;
    int count;
    entry *entry;  /* count; owned */
    double *start; /* count x fc_ces_states(season); owned */
} ces_state;

static const nn_option options[] = {{"season-form", 0, NN_CHOICE, offsetof(fc_ces_config, season), "auto",
                                     "auto|none|simple|partial|full", 0, 0,
                                     "how the season enters; auto: by AICc"},
                                    FC_SCALE_OPTION(fc_ces_config),
                                    {0}};

static const char letters[] = "NSPF";

static void put_entry(ces_state *s, int target, size_t first, const fc_ces_model *m)
{
    const size_t width = fc_ces_states(s->local.season);
    s->entry[s->count] = (entry){.target = target,
                                 .kind = (int)(strchr(letters, m->kind) - letters),
                                 .first = first,
                                 .a0 = m->a[0],
                                 .a1 = m->a[1],
                                 .b0 = m->b[0],
                                 .b1 = m->b[1],
                                 .sigma2 = m->sigma2};
    memcpy(s->start + (size_t)s->count * width, m->start, fc_ces_states(m->period) * sizeof *m->start);
    s->count++;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    ces_state *s = state;
    const int asked = config ? ((const fc_ces_config *)config)->season : 0, period = s->local.season;
    s->entry = calloc((size_t)view->targets + 1, sizeof *s->entry);
    s->start = calloc((size_t)view->targets * fc_ces_states(period) + 1, sizeof *s->start);
    double *y = malloc((train.end - train.begin + 1) * sizeof *y);
    const bool fine = s->entry && s->start && y;
    for (int k = 0; k < view->targets && fine && !nn_stop_wanted(); k++) {
        const size_t first = ds_values_first(view, k, train), n = train.end - first;
        fc_ces_model m;
        ds_values_copy(view, k, first, n, y);
        const bool fitted =
            asked ? fc_ces_fit(&m, letters[asked - 1], period, y, n) || fc_ces_fit(&m, 'N', 1, y, n)
                  : fc_ces_choose(&m, period, y, n);
        if (!fitted)
            continue;
        put_entry(s, k, first, &m);
        fc_ces_clear(&m);
    }
    free(y);
    return fine ? NN_OK : nn_no_memory(error);
}

static void forecast_entry(const ces_state *s, int i, const ds_view *view, size_t origin, int horizon,
                           double *out)
{
    const entry *e = &s->entry[i];
    const size_t width = fc_ces_states(s->local.season);
    const fc_ces_model m = {.kind = letters[e->kind],
                            .period = e->kind == 0 ? 1 : s->local.season,
                            .a = {e->a0, e->a1},
                            .b = {e->b0, e->b1}};
    const size_t period = (size_t)m.period;
    double *mean = malloc(((size_t)horizon + 2 * width) * sizeof *mean);
    if (!mean) { /* refused by the caller */
        for (int h = 0; h < horizon; h++)
            out[h * s->local.targets + e->target] = NAN;
        return;
    }
    double y[256], *x = mean + horizon, *room = x + width, squares = 0;
    size_t count = 0;
    memcpy(x, s->start + (size_t)i * width, width * sizeof *x);
    for (size_t row = e->first, some; row < origin; row += some) {
        some = origin - row < 256 ? origin - row : 256;
        ds_values_copy(view, e->target, row, some, y);
        fc_ces_filter(&m, x, (row - e->first) % period, y, some, &squares, &count);
    }
    fc_ces_forecast(&m, x, (origin - e->first) % period, horizon, mean, room);
    for (int h = 0; h < horizon; h++)
        if (isfinite(mean[h]))
            out[h * s->local.targets + e->target] = mean[h];
    free(mean);
}

/* Of too short a past for a fit the last value again. */
static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const ces_state *s = state;
    const int targets = s->local.targets;
    for (int k = 0; k < targets; k++) {
        const double last = ds_view_last(view, origin, k);
        for (int h = 0; h < horizon; h++)
            out[h * targets + k] = isnan(last) ? s->local.level[k] : last;
    }
    for (int i = 0; i < s->count; i++)
        if (origin > s->entry[i].first)
            forecast_entry(s, i, view, origin, horizon, out);
}

/* --- as a kind of model --- */

static size_t starts_of(const void *state)
{
    const ces_state *s = state;
    return (size_t)s->count * fc_ces_states(s->local.season);
}

static int check(const void *state, nn_error *error)
{
    const ces_state *s = state;
    for (int i = 0; i < s->count; i++)
        if (s->entry[i].target >= s->local.targets)
            return nn_fail(error, NN_BAD_DATA, "a smoothing is of target %d, of which there are %d",
                           s->entry[i].target, s->local.targets);
    return NN_OK;
}

static const char *const kinds[] = {"none", "simple", "partial", "full", NULL};

#define ENTRY(name) .offset = offsetof(entry, name)
static const fc_field entries[] = {{"target", FC_NUMBER, 0, ENTRY(target), .least = 0, .most = 1000000},
                                   {"first", FC_SIZE, 0, ENTRY(first), .least = 0, .most = 1e15},
                                   {"season", FC_CHOICE, 0, ENTRY(kind), .names = kinds},
                                   {"a0", FC_REAL, 0, ENTRY(a0)},
                                   {"a1", FC_REAL, 0, ENTRY(a1)},
                                   {"b0", FC_REAL, 0, ENTRY(b0)},
                                   {"b1", FC_REAL, 0, ENTRY(b1)},
                                   {"sigma2", FC_REAL, FC_NOT_NEGATIVE, ENTRY(sigma2)},
                                   {0}};

static const fc_field fields[] = {
    {"smoothings", FC_ENTRIES, 0, offsetof(ces_state, entry), .size = sizeof(entry),
     .count_offset = offsetof(ces_state, count), .least = 0, .most = 1000000, .fields = entries},
    {"states", FC_REAL, FC_MANY, offsetof(ces_state, start), .count = starts_of},
    {0}};

const fc_forecaster fc_forecaster_ces = {.scales = true,
                                         .scale_offset = offsetof(fc_ces_config, scale),
                                         .state_size = sizeof(ces_state),
                                         .any_horizon = true,
                                         .fields = fields,
                                         .check = check,
                                         .fit = fit,
                                         .forecast = forecast};
const fc_kind fc_ces = {
    .name = "ces",
    .summary = "complex exponential smoothing, its season chosen by AICc (Svetunkov et al. 2022)",
    .options = options,
    .later = fc_scale_later,
    .config_size = sizeof(fc_ces_config),
    .forecaster = &fc_forecaster_ces};
