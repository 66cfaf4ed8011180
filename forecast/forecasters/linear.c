/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts in closed form: ridge regression of the next rows on a locally normalised window of the
 * last ones, after SearchCast (arXiv 2606.27282) and Toner & Darlow (arXiv 2403.14587), with the table of a
 * cycle of CycleNet (arXiv 2409.18479), everything left open chosen on folds of the past. */
#include "forecast/forecasters/linear/data.h"

#include "lib/base/base64.h"
#include "lib/kernels/dense.h"

#include <math.h>
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
    {0}};

static size_t features_of(const linear *s)
{
    return (size_t)s->lags + 1;
}

static size_t weights_of(const void *state)
{
    const linear *s = state;
    const fc_known_layout *l = &s->known;
    if (l->count)
        return (size_t)s->local.targets * (size_t)l->phases * (size_t)l->blocks *
               (size_t)fc_known_features(l) * (size_t)l->block;
    return (size_t)s->maps * features_of(s) * (size_t)s->local.horizon;
}

static size_t known_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)s->known.count;
}

static size_t table_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)s->cycle;
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

/* --- with columns known beforehand --- */

/* The i-th column of the view that is known beforehand for target k: of its own station where there are
 * stations; -1: there is none. */
static int known_column(const ds_view *view, int k, int i)
{
    const int each = view->what ? view->columns / view->targets : view->columns;
    const int first = view->what ? view->target[k] / each * each : 0;
    for (int j = first; j < first + each; j++)
        if (view->role[j] == DS_VIEW_FUTURE && i-- == 0)
            return view->column[j];
    return -1;
}

static double known_value(const ds_view *view, size_t row, int column)
{
    return view->table->values[row * (size_t)view->table->columns + (size_t)column];
}

/* u (rows): the i-th known column of target k, scaled by its own mean and deviation; gaps bridged. */
static void take_known(linear *s, const ds_view *view, int k, int i, size_t rows, double *u)
{
    const int column = known_column(view, k, i), at = k * s->known.count + i;
    double mean = 0, square = 0, last = NAN;
    size_t count = 0;
    for (size_t t = 0; t < rows; t++) {
        u[t] = known_value(view, t, column);
        if (isnan(u[t]))
            continue;
        const double d = u[t] - mean;
        mean += d / (double)++count;
        square += d * (u[t] - mean);
    }
    s->known_mean[at] = mean;
    s->known_spread[at] = square > 0 ? sqrt(square / (double)count) : 1;
    for (size_t t = 0; t < rows; t++) {
        if (!isnan(u[t]))
            last = (u[t] - mean) / s->known_spread[at];
        u[t] = isnan(last) ? 0 : last;
    }
}

static int fit_known(linear *s, const fc_linear_data *data, const ds_view *view, nn_error *error)
{
    fc_known_layout *l = &s->known;
    double *u = malloc((known_of(s) * data->rows + 1) * sizeof *u), strength = 0;
    s->known_mean = calloc(known_of(s) + 1, sizeof *s->known_mean);
    s->known_spread = calloc(known_of(s) + 1, sizeof *s->known_spread);
    if (!u || !s->known_mean || !s->known_spread) {
        free(u);
        return nn_no_memory(error);
    }
    for (int k = 0; k < data->targets; k++)
        for (int i = 0; i < l->count; i++)
            take_known(s, view, k, i, data->rows, u + (size_t)(k * l->count + i) * data->rows);
    const fc_known_data known = {data, u,
                                 view->table->frequency.unit == DS_UNIT_STEP ? NULL : view->table->time};
    const int code = fc_known_fit(l, &s->weights, &strength, &s->loss, &known, s->local.pool, error);
    s->strength = strength;
    free(u);
    return code;
}

/* How many columns are known beforehand, and over how many rows a season and a block of steps goes. */
static void lay_out(linear *s, const ds_view *view)
{
    const int season = s->local.season, horizon = s->local.horizon;
    fc_known_layout l = {
        .season = season > 1 && season <= FC_KNOWN_MOST_BLOCK ? season : 12, .horizon = horizon, .phases = 1};
    while (known_column(view, 0, l.count) >= 0)
        l.count++;
    l.block = l.season < 12 ? 12 : l.season;
    l.block = l.block < horizon ? l.block : horizon;
    l.blocks = (horizon + l.block - 1) / l.block;
    s->known = l;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    static const fc_linear_config open = {.cycle = -1, .strength = -1};
    linear *s = state;
    fc_linear_data data = {0};
    fc_linear_choice choice = {.strengths = calloc((size_t)view->targets + 1, sizeof(double))};
    nn_pool_blas_alone();
    s->start = view->table->time ? (double)view->table->time[0] : 0;
    s->lags = s->level = s->maps = 1;
    lay_out(s, view);
    int code = choice.strengths ? fc_linear_data_make(&data, s, view, train.end, error) : nn_no_memory(error);
    if (!code && s->known.count)
        code = fit_known(s, &data, view, error);
    if (!code && !s->weights) { /* nothing is known, or too few rows tell what it means */
        s->known.count = 0;
        code = fc_linear_choose(&choice, &data, config ? config : &open, s->local.pool, error);
        if (!code)
            code = fit_maps(s, &data, &choice, error);
    } else if (!code && !(s->table = calloc(1, sizeof *s->table))) {
        code = nn_no_memory(error);
    }
    free(choice.strengths);
    fc_linear_data_free(&data);
    return code;
}

/* --- forecasting --- */

/* window (lags): target k before the origin, scaled. */
static void see(const linear *s, const ds_view *view, size_t origin, int k, int lags, double *window)
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

static int phase_of(const linear *s, const ds_view *view, size_t origin)
{
    return origin > 0 && view->table->time
               ? fc_linear_steps(view->table, s->start, view->table->time[origin - 1]) + 1
               : (int)(origin % 1000000000);
}

static void forecast_plain(const linear *s, const ds_view *view, size_t origin, int horizon, double *out)
{
    const size_t f = features_of(s), h = (size_t)s->local.horizon;
    const int targets = s->local.targets;
    const int phase = phase_of(s, view, origin);
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
        see(s, view, origin, k, s->lags, window);
        const bool flat = is_flat(window, s->lags);
        fc_linear_level(window + s->lags, s->level, &c[k], &window[s->lags]);
        if (flat)
            window[s->lags] = 0;
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

/* u (reach + horizon): the i-th known column of target k around the origin, scaled; gaps, and rows that are
 * not there, take the last value before them. */
static void see_known(const linear *s, const ds_view *view, size_t origin, int k, int i, double *u)
{
    const int column = known_column(view, k, i), at = k * s->known.count + i;
    const size_t reach = (size_t)fc_known_reach(&s->known), rows = reach + (size_t)s->local.horizon;
    double last = NAN, first = NAN;
    for (size_t r = 0; r < rows; r++) {
        const size_t row = origin + r;
        const double value =
            row >= reach && row - reach < view->rows ? known_value(view, row - reach, column) : NAN;
        if (!isnan(value))
            last = (value - s->known_mean[at]) / s->known_spread[at];
        if (isnan(first))
            first = last;
        u[r] = last;
    }
    for (size_t r = 0; r < rows && isnan(u[r]); r++)
        u[r] = isnan(first) ? 0 : first;
}

static void forecast_known(const linear *s, const ds_view *view, size_t origin, int horizon, double *out)
{
    const fc_known_layout *l = &s->known;
    const size_t f = (size_t)fc_known_features(l), reach = (size_t)fc_known_reach(l),
                 rows = reach + (size_t)s->local.horizon, size = f * (size_t)l->block;
    double *x = malloc((rows * (size_t)l->count + reach + f + (size_t)l->block) * sizeof *x);
    const double *u[l->count + 1];
    const int place = phase_of(s, view, origin),
              phase = l->phases > 1 ? (place % l->phases + l->phases) % l->phases : 0;
    const bool dated = view->table->frequency.unit != DS_UNIT_STEP && view->table->time && origin > 0;
    ds_civil civil = {0};
    if (dated)
        civil = ds_civil_from(ds_time_add(view->table->frequency, view->table->time[origin - 1], 1));
    for (int k = 0; k < s->local.targets; k++) {
        double *phi = x ? x + reach + rows * (size_t)l->count : NULL, *y = x ? phi + f : NULL;
        for (int i = 0; i < l->count && x; i++) {
            double *column = x + reach + (size_t)i * rows;
            see_known(s, view, origin, k, i, column);
            u[i] = column + reach;
        }
        if (x)
            see(s, view, origin, k, (int)reach, x);
        for (int step = 0; step < horizon; step++) {
            const int block = step / l->block, a = step % l->block;
            double value = 0;
            if (x && a == 0) {
                const double c = fc_known_explain(phi, l, block, x + reach, u, dated ? &civil : NULL);
                nn_dense_multiply(
                    false, 1, l->block, (int)f, phi, (int)f,
                    s->weights + ((size_t)(k * l->phases + phase) * (size_t)l->blocks + (size_t)block) * size,
                    l->block, 0, y, l->block);
                for (int b = 0; b < l->block; b++)
                    y[b] += c;
            }
            if (x)
                value = y[a];
            out[step * s->local.targets + k] = value * s->local.spread[k] + s->local.level[k];
        }
    }
    free(x);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const linear *s = state;
    if (s->known.count)
        forecast_known(s, view, origin, horizon, out);
    else
        forecast_plain(s, view, origin, horizon, out);
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
    {"known", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.count), .least = 0, .most = 100000},
    {"known_season", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.season), .least = 0, .most = 1000},
    {"known_wide", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.wide), .least = 0, .most = 1},
    {"known_block", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.block), .least = 0, .most = 1000},
    {"known_phases", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.phases), .least = 0, .most = 1000},
    {"known_mean", FC_REAL, FC_MANY, STATE(known_mean), .count = known_of},
    {"known_spread", FC_REAL, FC_MANY | FC_POSITIVE, STATE(known_spread), .count = known_of},
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
    const size_t length = json_string_length(entry);
    fc_known_layout *l = &s->known;
    l->horizon = s->local.horizon;
    if (l->count && (l->season < 1 || l->block < 1 || l->block > l->horizon || l->phases < 1))
        return nn_fail(error, NN_BAD_DATA, "%s: the layout of %d columns known beforehand is broken", path,
                       l->count);
    l->blocks = l->count ? (l->horizon + l->block - 1) / l->block : 0;
    const size_t count = weights_of(s);
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
                                            .knows = true,
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
