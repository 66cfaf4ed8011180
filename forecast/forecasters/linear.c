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
    return s->step_members ? fc_linear_step_weights(s)
           : s->members    ? fc_linear_known_weights(s)
                           : (size_t)s->maps * features_of(s) * (size_t)s->local.horizon;
}

static size_t columns_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)(s->known.count + s->known.past);
}

static size_t past_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)s->known.past;
}

static size_t squash_of(const void *state)
{
    const linear *s = state;
    return s->members || s->step_members ? 3 * (size_t)s->local.targets : 0;
}

static size_t members_of(const void *state)
{
    const linear *s = state;
    return (size_t)(s->members + s->step_members);
}

static size_t steps_of(const void *state)
{
    return (size_t)((const linear *)state)->step_members * FC_STEP_DESIGN;
}

static size_t bounds_of(const void *state)
{
    const linear *s = state;
    return s->step_members ? 2 * (size_t)s->local.targets : 0;
}

static size_t nearest_of(const void *state)
{
    const linear *s = state;
    return s->step_members ? (size_t)s->local.targets * (size_t)(s->local.targets - 1) : 0;
}

static size_t designs_of(const void *state)
{
    return (size_t)((const linear *)state)->members * FC_KNOWN_DESIGN;
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
    const size_t size = features_of(s) * (size_t)s->local.horizon;
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
        *error = j.error;
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
    s->table = calloc(table_of(s) + 1, sizeof *s->table);
    s->weights = calloc(weights_of(s) + 1, sizeof *s->weights);
    return s->table && s->weights ? NN_OK : nn_no_memory(error);
}

static int choose_maps(linear *s, const fc_linear_data *data, const fc_linear_config *config, nn_error *error)
{
    fc_linear_choice choice = {.strengths = s->strengths = calloc((size_t)data->targets + 1, sizeof(double))};
    int code =
        s->strengths ? fc_linear_choose(&choice, data, config, s->local.pool, error) : nn_no_memory(error);
    return code ? code : take_choice(s, &choice, error);
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
        code = fc_linear_fit_known(s, &data, view, error);
    if (!code && !s->members && !s->step_members) { /* nothing is known, or too few rows tell what it means */
        s->known.count = s->known.past = 0;
        code = choose_maps(s, &data, config ? config : &open, error);
        if (!code)
            code = solve_maps(s, &data, error);
    } else if (!code && !(s->table = calloc(1, sizeof *s->table))) {
        code = nn_no_memory(error);
    }
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
               : s->members    ? fc_linear_fit_known(s, &data, view, error)
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
    const size_t f = features_of(s), h = (size_t)s->local.horizon, targets = (size_t)s->local.targets,
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
    if (!s->members && !s->step_members) {
        forecast_plain(s, view, origins, horizon, out);
        return;
    }
    for (size_t w = 0; w < origins.count; w++)
        (s->members ? fc_linear_forecast_known : fc_linear_forecast_steps)(
            s, view, origins.first + w * origins.stride, horizon, out + w * size);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    forecast_many(state, view, (fc_origins){origin, 1, 1}, horizon, out);
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
    {"known_block", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.block), .least = 0, .most = 1000},
    {"past_columns", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(known.past), .least = 0,
     .most = 100},
    {"past_which", FC_NUMBER, FC_MANY | FC_OPTIONAL, STATE(past), .count = past_of, .least = 0,
     .most = 1000000},
    {"known_mean", FC_REAL, FC_MANY, STATE(known_mean), .count = columns_of},
    {"known_spread", FC_REAL, FC_MANY | FC_POSITIVE, STATE(known_spread), .count = columns_of},
    /* As files had it that knew one design. */
    {"known_wide", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(old_wide), .least = 0, .most = 1},
    {"known_phases", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(old_phases), .least = 0,
     .most = 1000},
    {"designs", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(members), .least = 0,
     .most = FC_KNOWN_MOST_MEMBERS},
    {"design", FC_NUMBER, FC_MANY | FC_OPTIONAL, STATE(design), .count = designs_of, .least = 0,
     .most = 100000000},
    {"step_designs", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(step_members), .least = 0,
     .most = FC_KNOWN_MOST_MEMBERS},
    {"design_strength", FC_REAL, FC_MANY | FC_OPTIONAL, STATE(known_strength), .count = members_of},
    {"step_design", FC_NUMBER, FC_MANY | FC_OPTIONAL, STATE(step_design), .count = steps_of, .least = 0,
     .most = 100000},
    {"step_season", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(step_season), .least = 0,
     .most = 1000000},
    {"bounds", FC_REAL, FC_MANY | FC_OPTIONAL | FC_NULLABLE, STATE(bounds), .count = bounds_of},
    {"step_mean", FC_REAL, FC_MANY | FC_OPTIONAL, STATE(step_mean), .count = fc_linear_step_means},
    {"nearest", FC_NUMBER, FC_MANY | FC_OPTIONAL, STATE(nearest), .count = nearest_of, .least = 0,
     .most = 1000000},
    {"squash", FC_REAL, FC_MANY | FC_OPTIONAL, STATE(squash), .count = squash_of},
    {0}};

static void write_weights(json_t *object, const void *state)
{
    const linear *s = state;
    char *text = nn_base64_floats(s->weights, weights_of(s));
    nn_json_set(object, "weights", text ? json_string(text) : NULL);
    free(text);
}

/* A file of one design, as they were. */
static int read_old(linear *s, nn_error *error)
{
    s->design = calloc(FC_KNOWN_DESIGN, sizeof *s->design);
    s->known_strength = calloc(1, sizeof *s->known_strength);
    s->squash = calloc(3 * (size_t)s->local.targets, sizeof *s->squash);
    s->past = calloc(1, sizeof *s->past);
    if (!s->design || !s->known_strength || !s->squash || !s->past)
        return nn_no_memory(error);
    s->members = 1;
    s->design[0] = s->old_wide;
    s->design[1] = s->old_phases;
    s->known_strength[0] = s->strength;
    s->old_wide = s->old_phases = 0;
    return NN_OK;
}

static int read_designs(linear *s, const char *path, nn_error *error)
{
    fc_known_layout *l = &s->known;
    l->horizon = s->local.horizon;
    bool broken = l->season < 1 || l->block < 1 || l->block > l->horizon;
    if (!s->members && l->count) {
        const int code = read_old(s, error);
        if (code)
            return code;
    }
    for (int i = 0; i < s->members; i++) {
        const int *d = s->design ? s->design + i * FC_KNOWN_DESIGN : NULL;
        broken = broken || !d || !s->squash || !s->known_strength || d[0] > 1 || d[1] < 1 || d[1] > 1000 ||
                 d[2] > 1 || d[3] > 1 || d[5] > 1;
    }
    for (int i = 0; i < 3 * s->local.targets && s->members && !broken; i++)
        broken = i % 3 && s->squash[i] < 0;
    if (s->members && broken)
        return nn_fail(error, NN_BAD_DATA, "%s: the layout of %d columns known beforehand is broken", path,
                       l->count);
    l->blocks = s->members ? (l->horizon + l->block - 1) / l->block : 0;
    return NN_OK;
}

static int read_steps(linear *s, const char *path, nn_error *error)
{
    bool broken =
        s->members || !s->step_design || !s->known_strength || s->step_season < 1 || !s->squash || !s->bounds;
    for (int i = 0; i < s->step_members && !broken; i++) {
        const fc_step_layout l = fc_linear_step_layout(s, i);
        broken = l.own < 1 || l.own > 1000 || l.others >= l.targets || l.lags > 1000 || l.kinds > 7 ||
                 l.year > 1 || l.bends > 10000 || l.relative > 1 || l.columns > 1 || l.around > 1 ||
                 (l.kinds && !s->step_mean) || (l.others && !s->nearest);
    }
    for (size_t i = 0; i < nearest_of(s) && !broken && s->nearest; i++)
        broken = s->nearest[i] >= s->local.targets;
    return broken ? nn_fail(error, NN_BAD_DATA, "%s: the designs of %d stations are broken", path,
                            s->local.targets)
                  : fc_linear_step_bends(s, error);
}

static int read_weights(void *state, const json_t *object, const char *path, nn_error *error)
{
    linear *s = state;
    const json_t *entry = json_object_get(object, "weights");
    const char *text = json_string_value(entry);
    const size_t length = json_string_length(entry);
    const int code = s->step_members                ? read_steps(s, path, error)
                     : s->members || s->known.count ? read_designs(s, path, error)
                                                    : NN_OK;
    if (code)
        return code;
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

const fc_forecaster fc_forecaster_linear = {.state_size = sizeof(linear),
                                            .knows = true,
                                            .own_folds = true,
                                            .fields = fields,
                                            .fit = fit,
                                            .refit = refit,
                                            .forecast = forecast,
                                            .forecast_many = forecast_many,
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
