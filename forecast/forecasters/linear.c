/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts in closed form: ridge regression of the next rows on a locally normalised window of the
 * last ones, after SearchCast (arXiv 2606.27282) and Toner & Darlow (arXiv 2403.14587), with the table of a
 * cycle of CycleNet (arXiv 2409.18479), everything left open chosen on folds of the past. */
#include "forecast/forecasters/linear_internal.h"

#include "lib/base/base64.h"
#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct linear {
    fc_local local;
    int lags, level, cycle;
    int maps;     /* 1, shared by all targets, or K */
    double start; /* stamp of the cycle's first row */
    double
        strength;  /* of the ridge; NaN: each target has its own; -1: none, the level of the window stands */
    double loss;   /* over the folds of the choice; NaN: there were none */
    double *table; /* K x cycle, scaled; owned */
    double *weights; /* maps x (lags + 1) x horizon, of single precision; owned */
} linear;

#define FIELD(name) offsetof(fc_linear_config, name)
static const nn_option options[] = {
    {"lags", 0, NN_INT, FIELD(lags), "0", "N", 0, 100000,
     "last values that a forecast is made of; 0: chosen on folds of the past"},
    {"level-rows", 0, NN_INT, FIELD(level), "0", "N", 0, 100000,
     "the last of them whose mean is taken away first; 0: chosen"},
    {"cycle", 0, NN_INT, FIELD(cycle), "-1", "N", -1, 100000,
     "rows of a cycle whose mean course is taken away before; 0: none, -1: chosen"},
    {"sharing", 0, NN_CHOICE, FIELD(sharing), "auto", "auto|one|each", 0, 0,
     "one set of weights for all columns, or each its own"},
    {"strength", 0, NN_REAL, FIELD(strength), "-1", "X", -1, 1e12,
     "of the ridge, in mean eigenvalues of the windows; -1: chosen"},
    {0}};

static size_t features_of(const linear *s)
{
    return (size_t)s->lags + 1;
}

static size_t weights_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->maps * features_of(s) * (size_t)s->local.horizon;
}

static size_t table_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)s->cycle;
}

/* --- data --- */

static void data_free(fc_linear_data *d)
{
    free(d->x);
    free(d->hole);
    free(d->place);
}

/* Longer stretches are not bridged for learning. */
static size_t longest_bridge(int season)
{
    return season > 6 ? (size_t)season / 2 : 3;
}

static void take_target(fc_linear_data *d, const linear *s, const ds_view *view, int k)
{
    double *x = d->x + (size_t)k * d->rows;
    uint8_t *hole = d->hole + (size_t)k * d->rows;
    size_t last = 0, bridge = longest_bridge(d->season);
    bool begun = false;
    for (size_t t = 0; t < d->rows; t++) {
        if (ds_view_valid(view, t, k)) {
            x[t] = (ds_view_value(view, t, k) - s->local.level[k]) / s->local.spread[k];
            if (begun && t - last - 1 > bridge)
                memset(hole + last + 1, 1, t - last - 1);
            last = t;
            begun = true;
            continue;
        }
        x[t] = begun ? x[t - 1] : 0;
        hole[t] = !begun;
    }
    if (begun && d->rows - last - 1 > bridge)
        memset(hole + last + 1, 1, d->rows - last - 1);
}

static int steps_from(const ds_table *table, double start, ds_time time)
{
    const ds_time from = (ds_time)start;
    const int64_t steps = time >= from ? ds_time_steps(table->frequency, from, time)
                                       : -ds_time_steps(table->frequency, time, from);
    return (int)(steps % 1000000000);
}

static int data_make(fc_linear_data *d, const linear *s, const ds_view *view, size_t rows, nn_error *error)
{
    const size_t cells = (size_t)view->targets * rows + 1;
    *d = (fc_linear_data){
        .targets = view->targets, .horizon = s->local.horizon, .season = s->local.season, .rows = rows};
    d->x = malloc(cells * sizeof *d->x);
    d->hole = calloc(cells, 1);
    d->place = calloc(rows + 1, sizeof *d->place);
    if (!d->x || !d->hole || !d->place)
        return nn_no_memory(error);
    for (int k = 0; k < view->targets; k++)
        take_target(d, s, view, k);
    for (size_t t = 0; t < rows && view->table->time; t++) {
        const int place = steps_from(view->table, s->start, view->table->time[t]);
        d->place[t] = place >= 0 ? place : t ? d->place[t - 1] + 1 : 0;
    }
    for (size_t t = 0; t < rows && !view->table->time; t++)
        d->place[t] = (int)t;
    return NN_OK;
}

/* --- fitting --- */

typedef struct job {
    linear *state;
    const fc_linear_data *data;
    const double *strengths;
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

static void solve_map(void *context, int map, int worker)
{
    job *j = context;
    linear *s = j->state;
    const fc_linear_data *data = j->data;
    const fc_linear_shape shape = shape_of(s);
    const size_t size = features_of(s) * (size_t)s->local.horizon;
    const int first = s->maps > 1 ? map : 0, last = s->maps > 1 ? map + 1 : data->targets;
    fc_linear_sums sums;
    fc_linear_room room = {0};
    nn_error error = {0};
    (void)worker;
    int code = fc_linear_sums_new(&sums, &shape, last - first, &error);
    for (int k = first; k < last && !code; k++)
        code = fc_linear_sums_rows(&sums, k - first, data, k, 0, 0, data->rows, &error);
    if (!code && !(code = fc_linear_room_new(&room, &shape, &error))) {
        double *theta = s->weights + (size_t)map * size;
        fc_linear_solve(theta, s->table + (size_t)first * (size_t)s->cycle, &sums, j->strengths[first],
                        &room);
        for (size_t i = 0; i < size; i++)
            theta[i] = (double)(float)theta[i]; /* as a file holds them */
    }
    fc_linear_room_free(&room);
    fc_linear_sums_free(&sums);
    if (code) {
        j->code = code;
        j->error = error;
    }
}

static int fit_maps(linear *s, const fc_linear_data *data, const fc_linear_choice *choice, nn_error *error)
{
    s->lags = choice->lags;
    s->level = choice->level;
    s->cycle = choice->cycle;
    s->loss = choice->loss;
    s->maps = choice->each ? s->local.targets : 1;
    s->strength = choice->each ? NAN : isfinite(choice->strength) ? choice->strength : -1;
    s->table = calloc(table_of(s) + 1, sizeof *s->table);
    s->weights = calloc(weights_of(s) + 1, sizeof *s->weights);
    if (!s->table || !s->weights)
        return nn_no_memory(error);
    job j = {.state = s, .data = data, .strengths = choice->strengths};
    fc_linear_run(s->local.pool, s->maps, solve_map, &j);
    if (j.code)
        *error = j.error;
    return j.code;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    static const fc_linear_config open = {.cycle = -1, .strength = -1};
    linear *s = state;
    fc_linear_data data = {0};
    fc_linear_choice choice = {.strengths = calloc((size_t)view->targets + 1, sizeof(double))};
    nn_pool_blas_alone();
    s->start = view->table->time ? (double)view->table->time[0] : 0;
    int code = choice.strengths ? data_make(&data, s, view, train.end, error) : nn_no_memory(error);
    if (!code)
        code = fc_linear_choose(&choice, &data, config ? config : &open, s->local.pool, error);
    if (!code)
        code = fit_maps(s, &data, &choice, error);
    free(choice.strengths);
    data_free(&data);
    return code;
}

/* --- forecasting --- */

/* window (lags): target k before the origin, scaled. */
static void see(const linear *s, const ds_view *view, size_t origin, int k, double *window)
{
    double value = NAN;
    size_t row = origin > (size_t)s->lags ? origin - (size_t)s->lags : 0;
    const int missing = s->lags - (int)(origin - row);
    if (row < origin && !ds_view_valid(view, row, k))
        value = ds_view_last(view, row, k);
    for (int i = missing; i < s->lags; i++, row++) {
        if (ds_view_valid(view, row, k))
            value = ds_view_value(view, row, k);
        window[i] = isnan(value) ? NAN : (value - s->local.level[k]) / s->local.spread[k];
    }
    double earlier = 0; /* what is not known before a value is taken to be like it */
    for (int i = s->lags; i-- > 0;) {
        if (i >= missing && !isnan(window[i]))
            earlier = window[i];
        else
            window[i] = earlier;
    }
}

/* The cycle of target k, in the row so many behind that with phase 0. */
static double cycle_at(const linear *s, int k, int phase)
{
    const int place = s->cycle ? phase % s->cycle : 0;
    return s->cycle ? s->table[k * s->cycle + place + (place < 0 ? s->cycle : 0)] : 0;
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const linear *s = state;
    const size_t f = features_of(s), h = (size_t)s->local.horizon;
    const int targets = s->local.targets;
    int phase = 0;
    if (s->cycle && origin > 0 && view->table->time)
        phase = steps_from(view->table, s->start, view->table->time[origin - 1]) + 1;
    else
        phase = (int)(origin % 1000000000);
    double *x = malloc(((size_t)targets * (f + h) + 1) * sizeof *x), *c = malloc((size_t)targets * sizeof *c);
    if (!x || !c) { /* there is nobody to tell: the level stands */
        for (int i = 0; i < horizon * targets; i++)
            out[i] = s->local.level[i % targets];
        free(x);
        free(c);
        return;
    }
    double *y = x + (size_t)targets * f;
    for (int k = 0; k < targets; k++) {
        double *window = x + (size_t)k * f;
        see(s, view, origin, k, window);
        fc_linear_level(window + s->lags, s->level, &c[k], &window[s->lags]);
        for (int i = 0; i < s->lags; i++)
            window[i] -= c[k] + cycle_at(s, k, phase - s->lags + i);
    }
    const int at_once = s->maps > 1 ? 1 : targets;
    for (int map = 0; map < s->maps; map++)
        nn_dense_multiply(false, at_once, horizon, (int)f, x + (size_t)map * f, (int)f,
                          s->weights + (size_t)map * f * h, (int)h, 0, y + (size_t)map * h, (int)h);
    for (int k = 0; k < targets; k++)
        for (int i = 0; i < horizon; i++)
            out[i * targets + k] =
                (y[(size_t)k * h + (size_t)i] + c[k] + cycle_at(s, k, phase + i)) * s->local.spread[k] +
                s->local.level[k];
    free(x);
    free(c);
}

/* --- as a kind of model --- */

#define STATE(name) offsetof(linear, name)
static const fc_field fields[] = {
    {"lags", FC_NUMBER, FC_HERE, STATE(lags), .least = 1, .most = 100000},
    {"level_rows", FC_NUMBER, FC_HERE, STATE(level), .least = 1, .most = 100000},
    {"cycle", FC_NUMBER, FC_HERE, STATE(cycle), .least = 0, .most = 100000},
    {"maps", FC_NUMBER, FC_HERE, STATE(maps), .least = 1, .most = 1000000},
    {"start", FC_REAL, FC_HERE, .offset = STATE(start)},
    {"strength", FC_REAL, FC_HERE | FC_NULLABLE, .offset = STATE(strength)},
    {"folds_mse", FC_REAL, FC_HERE | FC_NULLABLE, .offset = STATE(loss)},
    {"table", FC_REAL, FC_MANY, STATE(table), .count = table_of},
    {0}};

static void write_weights(json_t *object, const void *state)
{
    const linear *s = state;
    char *text = nn_base64_floats(s->weights, weights_of(s));
    nn_json_set(object, "weights", text ? json_string(text) : NULL);
    free(text);
}

static int read_weights(void *state, const json_t *object, const char *path, nn_error *error)
{
    linear *s = state;
    const json_t *entry = json_object_get(object, "weights");
    const char *text = json_string_value(entry);
    const size_t length = json_string_length(entry), count = weights_of(s);
    if (s->level > s->lags || (s->maps != 1 && s->maps != s->local.targets))
        return nn_fail(error, NN_BAD_DATA, "%s: %d level rows of %d, %d sets of weights for %d targets", path,
                       s->level, s->lags, s->maps, s->local.targets);
    if (!text || length / 6 > count || count / 2 > length)
        return nn_fail(error, NN_BAD_DATA, "%s: 'weights' does not hold %zu numbers", path, count);
    s->weights = malloc((count + 1) * sizeof *s->weights);
    if (!s->weights)
        return nn_no_memory(error);
    return nn_base64_read_floats(text, length, s->weights, count)
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "%s: 'weights' does not hold %zu finite numbers", path, count);
}

static void clear(void *state)
{
    free(((linear *)state)->weights);
}

const fc_forecaster fc_forecaster_linear = {.state_size = sizeof(linear),
                                            .own_folds = true,
                                            .fields = fields,
                                            .fit = fit,
                                            .forecast = forecast,
                                            .write = write_weights,
                                            .read = read_weights,
                                            .clear = clear};
const fc_kind fc_linear = {
    .name = "linear",
    .summary =
        "ridge regression on locally normalised windows, chosen on folds of the past (arXiv 2606.27282)",
    .options = options,
    .config_size = sizeof(fc_linear_config),
    .forecaster = &fc_forecaster_linear};
