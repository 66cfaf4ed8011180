/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts in closed form: ridge regression of the next rows on a locally normalised window of the
 * last ones, after SearchCast (arXiv 2606.27282) and Toner & Darlow (arXiv 2403.14587), with the table of a
 * cycle of CycleNet (arXiv 2409.18479), everything left open chosen on folds of the past. */
#include "forecast/forecasters/linear/data.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(fc_linear_config, name)
static const nn_option options[] = {
    {"past-rows", 0, NN_INT, FIELD(lags), "0", "N", 0, 100000,
     "last values that a forecast is made of; 0: chosen on folds of the past"},
    {"level-rows", 0, NN_INT, FIELD(level), "0", "N", 0, 100000,
     "the last of them whose mean is taken away first; 0: chosen"},
    {"cycle", 0, NN_INT, FIELD(cycle), "-1", "N", -1, 100000,
     "rows of a cycle whose mean course is taken away before; 0: none, -1: chosen"},
    {"sharing", 0, NN_CHOICE, FIELD(sharing), "auto", "auto|one|each", 0, 0,
     "one set of weights for all columns, or each its own"},
    {"strength", 0, NN_REAL, FIELD(strength), "-1", "X", -1, 1e12,
     "of the ridge, in mean eigenvalues of the windows; -1: chosen"},
    FC_SCALE_OPTION(fc_linear_config),
    {0}};

/* --- fitting --- */

typedef struct job {
    linear *state;
    const fc_linear_data *data;
    nn_error error;
    int code;
} job;

static fc_linear_shape shape_of(const linear *s)
{
    return (fc_linear_shape){.lags = s->lags,
                             .level = s->level,
                             .cycle = s->cycle,
                             .steps = s->local.horizon,
                             .reach = s->local.horizon};
}

/* The sums of a map of all rows, in those that are kept or in *own, which is then to be freed. */
static int sum_map(fc_linear_sums **sums, fc_linear_sums *own, const job *j, int map, nn_error *error)
{
    linear *s = j->state;
    const fc_linear_data *data = j->data;
    const fc_linear_shape shape = shape_of(s);
    const int first = s->maps > 1 ? map : 0, last = s->maps > 1 ? map + 1 : data->targets;
    int code = NN_OK;
    *sums = s->sums ? &s->sums[map] : own;
    if (!(*sums)->g)
        code = fc_linear_sums_new(*sums, &shape, last - first, error);
    /* Windows that ended in the rows that are summed already. */
    const size_t reach = (size_t)shape.reach,
                 from = s->sums && s->summed >= reach ? s->summed - reach + 1 : 0;
    for (int k = first; k < last && !code; k++)
        code = fc_linear_sums_rows(*sums, k - first, data, k, 0, from, data->rows, error);
    return code;
}

static void solve_map(void *context, int map, int worker)
{
    job *j = context;
    linear *s = j->state;
    const fc_linear_shape shape = shape_of(s);
    const size_t size = ((size_t)s->lags + 1) * (size_t)s->local.horizon;
    const int first = s->maps > 1 ? map : 0;
    fc_linear_sums own = {0}, *sums;
    fc_linear_room room = {0};
    nn_error error = {0};
    (void)worker;
    int code = sum_map(&sums, &own, j, map, &error);
    if (!code && !(code = fc_linear_room_new(&room, &shape, &error))) {
        double *theta = s->weights + (size_t)map * size;
        fc_linear_solve(theta, s->table + (size_t)first * (size_t)s->cycle, sums, s->strengths[first], &room);
        for (size_t i = 0; i < size; i++)
            theta[i] = (double)(float)theta[i]; /* as a file holds them */
    }
    fc_linear_room_free(&room);
    fc_linear_sums_free(&own);
    if (code) {
        j->code = code;
        j->error = error;
    }
}

/* Weights of what is chosen. */
static int solve_maps(linear *s, const fc_linear_data *data, nn_error *error)
{
    const fc_linear_shape shape = shape_of(s);
    const double bytes = (double)s->maps * fc_linear_features(&shape) *
                         (fc_linear_features(&shape) + shape.steps) * sizeof(double);
    if (s->local.rolls && !s->sums && bytes <= FC_KNOWN_MOST_KEPT &&
        !(s->sums = calloc((size_t)s->maps, sizeof *s->sums)))
        return nn_no_memory(error);
    job j = {.state = s, .data = data};
    fc_linear_run(s->local.pool, s->maps, solve_map, &j);
    s->summed = data->rows;
    if (j.code)
        nn_error_copy(error, &j.error);
    return j.code;
}

static int take_choice(linear *s, const fc_linear_choice *choice, nn_error *error)
{
    s->lags = choice->lags;
    s->level = choice->level;
    s->cycle = choice->cycle;
    s->loss = choice->loss;
    s->maps = choice->each ? s->local.targets : 1;
    s->strength = choice->each ? NAN : isfinite(choice->strength) ? choice->strength : -1;
    s->table = calloc((size_t)s->local.targets * (size_t)s->cycle + 1, sizeof *s->table);
    s->weights = calloc(fc_linear_weights(s) + 1, sizeof *s->weights);
    return s->table && s->weights ? NN_OK : nn_no_memory(error);
}

static int choose_maps(linear *s, const fc_linear_data *data, const fc_linear_config *config, nn_error *error)
{
    fc_linear_choice choice = {.strengths = s->strengths = calloc((size_t)data->targets + 1, sizeof(double))};
    int code =
        s->strengths ? fc_linear_choose(&choice, data, config, s->local.pool, error) : nn_no_memory(error);
    return code ? code : take_choice(s, &choice, error);
}

/* What designs that see other columns too have to be better by than windows of the target alone. */
static const double margin = .01;

static bool is_open(const fc_linear_config *c)
{
    return c->lags == 0 && c->level == 0 && c->cycle < 0 && c->strength < 0;
}

/* By windows of the targets; where there are columns known up to the origin, by these where folds say so. */
static int fit_windows(linear *s, const fc_linear_data *data, const ds_view *view,
                       const fc_linear_config *config, nn_error *error)
{
    const fc_known_layout l = s->known;
    s->unheard = l.count > 0;
    s->known.count = s->known.past = 0;
    int code = choose_maps(s, data, config, error);
    if (!code && view->statics && view->targets > 1) {
        code = fc_linear_fit_statics(s, data, view, config->lags, (1 - margin) * s->loss, error);
        if (code || s->phases)
            return code;
    }
    if (!code && l.count == 0 && l.past > 0 && l.blocks <= 2 && is_open(config) && isfinite(s->loss)) {
        s->known = l;
        code = fc_linear_fit_known(s, data, view, (1 - margin) * s->loss, error);
        if (!s->members)
            s->known.past = 0;
    }
    return code || s->members ? code : solve_maps(s, data, error);
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    static const fc_linear_config open = {.cycle = -1, .strength = -1};
    linear *s = state;
    fc_linear_data data = {0};
    nn_pool_blas_alone();
    s->start = view->table->time ? (double)view->table->time[0] : 0;
    s->lags = s->level = s->maps = 1;
    fc_linear_lay_out(s, view);
    int code = fc_linear_data_make(&data, s, view, train.end, error);
    if (!code && view->what)
        code = fc_linear_fit_steps(s, &data, view, error);
    else if (!code && s->known.count)
        code = fc_linear_fit_known(s, &data, view, INFINITY, error);
    if (!code && !s->members && !s->step_members) /* nothing is known, or too few rows tell what it means */
        code = fit_windows(s, &data, view, config ? config : &open, error);
    else if (!code && !(s->table = calloc(1, sizeof *s->table)))
        code = nn_no_memory(error);
    fc_linear_data_free(&data);
    return code;
}

/* What was chosen stands; the sums go on. */
static int refit(void *state, const ds_view *view, ds_part train, nn_error *error)
{
    linear *s = state;
    fc_linear_data data = {0};
    int code = fc_linear_data_make(&data, s, view, train.end, error);
    if (!code)
        code = s->step_members ? fc_linear_fit_steps(s, &data, view, error)
               : s->phases     ? fc_linear_fit_statics(s, &data, view, 0, INFINITY, error)
               : s->members    ? fc_linear_fit_known(s, &data, view, INFINITY, error)
                               : solve_maps(s, &data, error);
    fc_linear_data_free(&data);
    return code;
}

/* --- forecasting --- */

void fc_linear_see(const linear *s, const ds_view *view, size_t origin, int k, int lags, double *window)
{
    double value = NAN;
    size_t row = origin > (size_t)lags ? origin - (size_t)lags : 0;
    const int missing = lags - (int)(origin - row);
    if (row < origin && !ds_view_valid(view, row, k))
        value = ds_view_last(view, row, k);
    for (int i = missing; i < lags; i++, row++) {
        if (ds_view_valid(view, row, k))
            value = ds_view_value(view, row, k);
        window[i] = isnan(value) ? NAN : (value - s->local.level[k]) / s->local.spread[k];
    }
    double earlier = 0; /* what is not known before a value is taken to be like it */
    for (int i = lags; i-- > 0;) {
        if (i >= missing && !isnan(window[i]))
            earlier = window[i];
        else
            window[i] = earlier;
    }
}

/* Whether all values are one, which then goes on. */
static bool is_flat(const double *window, int lags)
{
    int i = 1;
    while (i < lags && window[i] == window[0])
        i++;
    return lags > 1 && i >= lags;
}

/* The cycle of target k, in the row so many behind that with phase 0. */
static double cycle_at(const linear *s, int k, int phase)
{
    const int place = s->cycle ? phase % s->cycle : 0;
    return s->cycle ? s->table[k * s->cycle + place + (place < 0 ? s->cycle : 0)] : 0;
}

int fc_linear_phase(const linear *s, const ds_view *view, size_t origin)
{
    return origin > 0 && view->table->time
               ? fc_linear_steps(view->table, s->start, view->table->time[origin - 1]) + 1
               : (int)(origin % 1000000000);
}

/* Target k before the origin as a row of features; returns its level. */
static double explain(const linear *s, const ds_view *view, size_t origin, int k, double *window)
{
    const int phase = fc_linear_phase(s, view, origin);
    double c;
    fc_linear_see(s, view, origin, k, s->lags, window);
    const bool flat = is_flat(window, s->lags);
    fc_linear_level(window + s->lags, s->level, &c, &window[s->lags]);
    if (flat)
        window[s->lags] = 0;
    for (int i = 0; i < s->lags; i++)
        window[i] -= c + cycle_at(s, k, phase - s->lags + i);
    return c;
}

/* One matrix product for the windows of a set of weights, those of a target side by side. */
static void forecast_plain(const linear *s, const ds_view *view, fc_origins origins, int horizon, double *out)
{
    const size_t f = ((size_t)s->lags + 1), h = (size_t)s->local.horizon, targets = (size_t)s->local.targets,
                 count = origins.count, rows = targets * count;
    double *x = malloc((rows * (f + h + 1) + 1) * sizeof *x);
    if (!x) { /* there is nobody to tell: the level stands */
        for (size_t i = 0; i < rows * (size_t)horizon; i++)
            out[i] = s->local.level[i % targets];
        return;
    }
    double *y = x + rows * f, *c = y + rows * h;
    for (size_t r = 0; r < rows; r++)
        c[r] = explain(s, view, origins.first + r % count * origins.stride, (int)(r / count), x + r * f);
    const size_t together = s->maps > 1 ? count : rows;
    for (size_t map = 0; map < (size_t)s->maps; map++)
        nn_dense_multiply(false, (int)together, horizon, (int)f, x + map * count * f, (int)f,
                          s->weights + map * f * h, (int)h, 0, y + map * count * h, (int)h);
    for (size_t r = 0; r < rows; r++) {
        const size_t k = r / count, w = r % count;
        const int phase = fc_linear_phase(s, view, origins.first + w * origins.stride);
        for (int i = 0; i < horizon; i++)
            out[(w * (size_t)horizon + (size_t)i) * targets + k] =
                (y[r * h + (size_t)i] + c[r] + cycle_at(s, (int)k, phase + i)) * s->local.spread[k] +
                s->local.level[k];
    }
    free(x);
}

static void forecast_many(const void *state, const ds_view *view, fc_origins origins, int horizon,
                          double *out)
{
    const linear *s = state;
    const size_t size = (size_t)horizon * (size_t)s->local.targets;
    if (!s->members && !s->step_members && !s->phases) {
        forecast_plain(s, view, origins, horizon, out);
        return;
    }
    for (size_t w = 0; w < origins.count; w++)
        (s->members  ? fc_linear_forecast_known
         : s->phases ? fc_linear_forecast_statics
                     : fc_linear_forecast_steps)(s, view, origins.first + w * origins.stride, horizon,
                                                 out + w * size);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    forecast_many(state, view, (fc_origins){origin, 1, 1}, horizon, out);
}

/* Whether no target has weights of its own, so that the level of the last rows stands. */
static bool repeats_level(const linear *s)
{
    bool some = s->cycle > 0;
    for (int map = 0; map < s->maps && s->strengths; map++)
        some = some || isfinite(s->strengths[map]);
    return s->strengths && !some;
}

static void describe(const void *state, char *text, size_t size)
{
    const linear *s = state;
    size_t used = 0;
    *text = '\0';
    if (s->step_members) {
        fc_linear_describe_steps(s, text, size);
    } else if (s->phases) {
        snprintf(text, size, "all series together by %d last value%s and what never changes in each%s",
                 s->lags, s->lags == 1 ? "" : "s", s->phases > 1 ? ", by the row of the season" : "");
    } else if (!s->members && repeats_level(s)) {
        used = (size_t)(s->level > 1
                            ? snprintf(text, size, "linear repeats the mean of the last %d values", s->level)
                            : snprintf(text, size, "linear repeats the last value"));
        used += (size_t)snprintf(text + used, size - used,
                                 ", for on folds of the past, as far as the rows are enough for any, no "
                                 "regression is better");
    }
    if (s->unheard && !s->members && !s->step_members && !s->phases)
        snprintf(text + used, size - used,
                 "%s what is known beforehand is left out, for the rows are too few to "
                 "tell what it means",
                 used ? ";" : "linear:");
}

/* --- as a kind of model --- */

static void clear(void *state)
{
    linear *s = state;
    for (int i = 0; i < s->maps && s->sums; i++)
        fc_linear_sums_free(&s->sums[i]);
    for (int i = 0; i < FC_KNOWN_MOST_MEMBERS; i++)
        free(s->known_sums[i].g);
    for (int i = 0; i < FC_KNOWN_MOST_MEMBERS; i++)
        free(s->bend[i]);
    free(s->sums);
    free(s->strengths);
    free(s->weights);
}

const fc_forecaster fc_forecaster_linear = {.scales = true,
                                            .scale_offset = offsetof(fc_linear_config, scale),
                                            .state_size = sizeof(linear),
                                            .knows = true,
                                            .statics = true,
                                            .own_folds = true,
                                            .fields = fc_linear_fields,
                                            .fit = fit,
                                            .refit = refit,
                                            .forecast = forecast,
                                            .forecast_many = forecast_many,
                                            .describe = describe,
                                            .write = fc_linear_write,
                                            .read = fc_linear_read,
                                            .clear = clear};
const fc_kind fc_linear = {
    .name = "linear",
    .summary =
        "ridge regression on locally normalised windows, chosen on folds of the past (arXiv 2606.27282)",
    .options = options,
    .later = fc_scale_later,
    .config_size = sizeof(fc_linear_config),
    .forecaster = &fc_forecaster_linear};
