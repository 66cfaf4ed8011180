/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts of networks of stations: designs fitted to all of them, and used. */
#include "forecast/forecasters/linear/steps.h"

#include "forecast/forecasters/linear/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- designs in the state --- */

fc_step_layout fc_linear_step_layout(const linear *s, int member)
{
    static const int none[FC_STEP_DESIGN] = {0};
    const int *d = s->step_design ? s->step_design + member * FC_STEP_DESIGN : none,
              horizon = s->local.horizon;
    return (fc_step_layout){.targets = s->local.targets,
                            .horizon = horizon,
                            .season = s->step_season,
                            .count = s->known.count,
                            .past = s->known.past,
                            .anchors = horizon < FC_STEP_MOST_ANCHORS ? horizon : FC_STEP_MOST_ANCHORS,
                            .own = d[0],
                            .others = d[1],
                            .lags = d[2],
                            .kinds = d[3],
                            .year = d[4],
                            .bends = d[5],
                            .relative = d[6],
                            .columns = d[7],
                            .around = d[8]};
}

static size_t weights_of(const fc_step_layout *l)
{
    return (size_t)l->targets * (size_t)l->anchors * (size_t)fc_step_features(l);
}

static size_t means_of(const fc_step_layout *l)
{
    return (size_t)l->targets * (size_t)l->kinds * (size_t)l->season;
}

size_t fc_linear_step_weights(const linear *s)
{
    size_t count = 0;
    for (int i = 0; i < s->step_members; i++) {
        const fc_step_layout l = fc_linear_step_layout(s, i);
        count += weights_of(&l);
    }
    return count;
}

size_t fc_linear_step_means(const void *state)
{
    const linear *s = state;
    size_t count = 0;
    for (int i = 0; i < s->step_members; i++) {
        const fc_step_layout l = fc_linear_step_layout(s, i);
        count += means_of(&l);
    }
    return count;
}

int fc_linear_step_bends(linear *s, nn_error *error)
{
    for (int i = 0; i < s->step_members; i++) {
        const fc_step_layout l = fc_linear_step_layout(s, i);
        free(s->bend[i]);
        if (!(s->bend[i] = fc_step_bend(&l)))
            return nn_no_memory(error);
    }
    return NN_OK;
}

/* --- fitting --- */

/* A share of values at a bound that says that there is one, such as power that is never below 0. */
static const double bounded = .01;

/* Between which values each target lies, scaled, where it often stands at the least or the most; else no
 * bound. */
static int find_bounds(linear *s, const fc_linear_data *data, nn_error *error)
{
    s->bounds = s->bounds ? s->bounds : malloc(2 * (size_t)data->targets * sizeof *s->bounds);
    for (int k = 0; k < data->targets && s->bounds; k++) {
        const double *x = data->x + (size_t)k * data->rows;
        const uint8_t *truth = data->truth + (size_t)k * data->rows;
        double least = INFINITY, most = -INFINITY;
        size_t low = 0, high = 0, count = 0;
        for (size_t t = 0; t < data->rows; t++) {
            if (!truth[t])
                continue;
            count++;
            low = x[t] < least ? 1 : low + (x[t] <= least);
            high = x[t] > most ? 1 : high + (x[t] >= most);
            least = fmin(least, x[t]);
            most = fmax(most, x[t]);
        }
        s->bounds[2 * k] = (double)low >= bounded * (double)count && count ? least : NAN;
        s->bounds[2 * k + 1] = (double)high >= bounded * (double)count && count ? most : NAN;
    }
    return s->bounds ? NN_OK : nn_no_memory(error);
}

/* nearest (K, K - 1): the closest first; where nothing is known of places by the correlation of values. */
static int find_nearest(linear *s, const fc_linear_data *data, const ds_view *view, nn_error *error)
{
    const int k = data->targets;
    const size_t rows = data->rows;
    double *close = malloc(((size_t)k + 1) * sizeof *close);
    s->nearest = calloc((size_t)k * (size_t)k + 1, sizeof *s->nearest);
    if (!close || !s->nearest) {
        free(close);
        return nn_no_memory(error);
    }
    for (int i = 0; i < k; i++) {
        int *nearest = s->nearest + (size_t)i * (size_t)(k - 1), have = 0;
        for (int j = 0; j < k; j++) {
            close[j] = view->closeness ? view->closeness(view->places, i, j) : 0;
            for (size_t t = 0; t < rows && !view->closeness; t++)
                close[j] += data->x[(size_t)i * rows + t] * data->x[(size_t)j * rows + t];
        }
        for (int j = 0; j < k; j++) {
            if (j == i)
                continue;
            int at = have++;
            for (; at > 0 && close[j] > close[nearest[at - 1]]; at--)
                nearest[at] = nearest[at - 1];
            nearest[at] = j;
        }
    }
    free(close);
    return NN_OK;
}

static int take_choice(linear *s, const fc_step_choice *choice, nn_error *error)
{
    s->step_design = calloc((size_t)choice->members * FC_STEP_DESIGN + 1, sizeof *s->step_design);
    s->known_strength = calloc((size_t)choice->members + 1, sizeof *s->known_strength);
    if (!s->step_design || !s->known_strength)
        return nn_no_memory(error);
    for (int i = 0; i < choice->members; i++) {
        const fc_step_layout *l = &choice->member[i].layout;
        const int design[FC_STEP_DESIGN] = {l->own,   l->others,   l->lags,    l->kinds, l->year,
                                            l->bends, l->relative, l->columns, l->around};
        memcpy(s->step_design + i * FC_STEP_DESIGN, design, sizeof design);
        s->known_strength[i] = choice->member[i].strength;
    }
    s->step_members = choice->members;
    s->strength = choice->member[0].strength;
    s->loss = choice->loss;
    s->weights = calloc(fc_linear_step_weights(s) + 1, sizeof *s->weights);
    s->step_mean = calloc(fc_linear_step_means(s) + 1, sizeof *s->step_mean);
    return s->weights && s->step_mean ? fc_linear_step_bends(s, error) : nn_no_memory(error);
}

static int take_guard(linear *s, const fc_step_choice *choice, const fc_known_data *data, nn_error *error)
{
    const int horizon = s->local.horizon;
    s->guard_steps = horizon < FC_GUARD_MOST_STEPS ? horizon : FC_GUARD_MOST_STEPS;
    s->guard = calloc((size_t)(s->local.targets * s->guard_steps), FC_GUARD_PARTS * sizeof *s->guard);
    return s->guard ? fc_step_guard(s->guard, s->guard_steps, choice, data, s->nearest, s->local.pool, error)
                    : nn_no_memory(error);
}

int fc_linear_fit_steps(linear *s, const fc_linear_data *data, const ds_view *view, nn_error *error)
{
    fc_linear_material m;
    fc_step_choice choice = {0};
    int code = fc_linear_material_make(&m, s, data, view, error);
    s->step_season = s->local.season;
    const fc_step_layout open = {.targets = data->targets,
                                 .horizon = data->horizon,
                                 .season = s->step_season,
                                 .count = s->known.count,
                                 .past = s->known.past,
                                 .anchors = data->horizon < FC_STEP_MOST_ANCHORS ? data->horizon
                                                                                 : FC_STEP_MOST_ANCHORS};
    if (!code)
        code = find_bounds(s, data, error);
    if (!code && !s->nearest)
        code = find_nearest(s, data, view, error);
    if (!code && !s->step_members) {
        code = fc_step_choose(&choice, &open, &m.data, s->nearest, s->local.pool, error);
        if (!code && choice.members)
            code = take_choice(s, &choice, error);
        if (!code && choice.members)
            code = take_guard(s, &choice, &m.data, error);
    }
    double *weights = s->weights, *means = s->step_mean;
    for (int i = 0; i < s->step_members && !code; i++) {
        const fc_step_member member = {fc_linear_step_layout(s, i), s->known_strength[i]};
        code = fc_step_solve(weights, means, &member, &m.data, s->nearest, s->local.pool, error);
        weights += weights_of(&member.layout);
        means += means_of(&member.layout);
    }
    fc_linear_material_free(&m);
    return code;
}

/* --- in words --- */

static double mean_share(const linear *s, int part)
{
    const int count = s->local.targets * s->guard_steps;
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += s->guard[i * FC_GUARD_PARTS + part];
    return count ? sum / count : part == FC_GUARD_DESIGN;
}

void fc_linear_describe_steps(const linear *s, char *text, size_t size)
{
    static const char *const others[FC_GUARD_PARTS] = {[FC_GUARD_LAST] = "the last value",
                                                       [FC_GUARD_SEASON] = "the last season",
                                                       [FC_GUARD_MEAN] = "the mean"};
    const fc_step_layout l = fc_linear_step_layout(s, 0);
    size_t at = (size_t)snprintf(
        text, size, "linear, of %d stations: the last %d value%s, %d other station%s%s%s%s: %.0f%% of it",
        l.targets, l.own, l.own == 1 ? "" : "s", l.others, l.others == 1 ? "" : "s",
        l.kinds > 1   ? ", the course of days of their kind"
        : l.kinds > 0 ? ", the course of the day"
                      : "",
        l.bends ? ", bends of all that" : "", s->step_members > 1 ? ", the mean with another design" : "",
        100 * mean_share(s, FC_GUARD_DESIGN));
    for (int part = FC_GUARD_LAST; part < FC_GUARD_PARTS && at < size; part++)
        if (mean_share(s, part) >= .005)
            at += (size_t)snprintf(text + at, size - at, ", %.0f%% %s", 100 * mean_share(s, part),
                                   others[part]);
    if (at < size && isfinite(s->loss))
        snprintf(text + at, size - at, "; on folds of the past the designs leave %.1f%% of the variance",
                 100 * s->loss);
}

/* --- forecasting --- */

/* Buffers of one forecast. */
typedef struct seen {
    double *x, *u, *phi; /* K x reach; K x columns x (1 + horizon); F */
    size_t reach;
} seen;

static void seen_free(seen *b)
{
    free(b->x);
    free(b->u);
    free(b->phi);
}

static bool seen_make(seen *b, const linear *s)
{
    int features = 0, reach = 1;
    const size_t columns = (size_t)(s->known.count + s->known.past);
    for (int i = 0; i < s->step_members; i++) {
        const fc_step_layout l = fc_linear_step_layout(s, i);
        features = fc_step_features(&l) > features ? fc_step_features(&l) : features;
        reach = l.own > reach ? l.own : reach;
        reach = l.lags > reach ? l.lags : reach;
    }
    b->reach = (size_t)reach;
    b->x = malloc(((size_t)s->local.targets * b->reach + 1) * sizeof *b->x);
    b->u = malloc(((size_t)s->local.targets * columns * ((size_t)s->local.horizon + 1) + 1) * sizeof *b->u);
    b->phi = malloc(((size_t)features + 1) * sizeof *b->phi);
    return b->x && b->u && b->phi;
}

static double profile_at(const fc_step_layout *l, const double *means, int k, bool dated, ds_time time,
                         int place)
{
    if (!l->kinds)
        return 0;
    const int kind = dated ? fc_step_kind(l->kinds, time) : 0;
    return means[((size_t)k * (size_t)l->kinds + (size_t)kind) * (size_t)l->season +
                 (size_t)((place % l->season + l->season) % l->season)];
}

/* When and where in the season the rows of a forecast lie. */
typedef struct calendar {
    const ds_table *table;
    ds_time before; /* the time of the row before the origin */
    int place;      /* of the origin */
    bool dated;
} calendar;

static ds_time time_at(const calendar *c, int step)
{
    return c->dated ? ds_time_add(c->table->frequency, c->before, step + 1) : 0;
}

static double forecast_step(const linear *s, seen *b, const fc_step_layout *l, int member,
                            const double *weights, const double *means, const calendar *c, int k, int step)
{
    const double turn = 2 * 3.14159265358979323846;
    const ds_time then = time_at(c, step);
    const int place = c->place + step;
    int a;
    const double share = fc_step_between(l, step, &a);
    const size_t f = (size_t)fc_step_features(l);
    const double *w = weights + ((size_t)k * (size_t)l->anchors + (size_t)a) * f;
    const fc_step_sight sight = {.x = b->x + b->reach,
                                 .stride = b->reach,
                                 .u = b->u + 1,
                                 .wide = (size_t)(s->known.count + s->known.past),
                                 .deep = (size_t)s->local.horizon + 1,
                                 .nearest = s->nearest + (size_t)k * (size_t)(l->targets - 1),
                                 .target = k,
                                 .step = step,
                                 .now = profile_at(l, means, k, c->dated, c->before, c->place - 1),
                                 .then = profile_at(l, means, k, c->dated, then, place),
                                 .season = turn * ((place % l->season + l->season) % l->season) / l->season,
                                 .year = c->dated ? turn * (double)(then / DS_DAY) / 365.2425 : 0,
                                 .bend = s->bend[member]};
    double sum = fc_step_explain(b->phi, l, &sight);
    for (size_t i = 0; i < f; i++)
        sum += b->phi[i] * (w[i] + (share > 0 ? share * (w[f + i] - w[i]) : 0));
    return sum;
}

/* The share of a part, between those of the steps that have one. */
static double share_of(const linear *s, int k, int step, int part)
{
    const double *share = s->guard + k * s->guard_steps * FC_GUARD_PARTS + part;
    const int horizon = s->local.horizon;
    int i = 0;
    while (i + 1 < s->guard_steps && fc_guard_step(horizon, s->guard_steps, i + 1) <= step)
        i++;
    const int at = fc_guard_step(horizon, s->guard_steps, i),
              next = i + 1 < s->guard_steps ? fc_guard_step(horizon, s->guard_steps, i + 1) : at;
    const double a = share[i * FC_GUARD_PARTS],
                 b = i + 1 < s->guard_steps ? share[(i + 1) * FC_GUARD_PARTS] : a;
    return next > at && step > at ? a + (b - a) * (step - at) / (next - at) : a;
}

/* Mixes simple forecasts into what the designs say of target k, scaled. */
static void mix_simple(const linear *s, const ds_view *view, size_t origin, int k, int horizon, double *out)
{
    const double level = s->local.level[k], spread = s->local.spread[k],
                 known = ds_view_last(view, origin, k), last = isnan(known) ? 0 : (known - level) / spread;
    for (int step = 0; step < horizon && s->guard_steps; step++) {
        double *to = out + step * s->local.targets;
        const double before = ds_view_season(view, origin, step, s->step_season, k),
                     season = isnan(before) ? last : (before - level) / spread;
        *to = share_of(s, k, step, FC_GUARD_DESIGN) * *to + share_of(s, k, step, FC_GUARD_LAST) * last +
              share_of(s, k, step, FC_GUARD_SEASON) * season;
    }
}

void fc_linear_forecast_steps(const linear *s, const ds_view *view, size_t origin, int horizon, double *out)
{
    const int targets = s->local.targets, columns = s->known.count + s->known.past;
    const bool dated = view->table->frequency.unit != DS_UNIT_STEP && view->table->time && origin > 0;
    const calendar c = {view->table, dated ? view->table->time[origin - 1] : 0,
                        fc_linear_phase(s, view, origin), dated};
    seen b = {0};
    memset(out, 0, (size_t)(horizon * targets) * sizeof *out);
    const bool ready = seen_make(&b, s);
    for (int k = 0; k < targets && ready; k++) {
        fc_linear_see(s, view, origin, k, (int)b.reach, b.x + (size_t)k * b.reach);
        for (int i = 0; i < columns; i++)
            fc_linear_see_column(s, view, origin, k, i, 1,
                                 b.u + (size_t)(k * columns + i) * ((size_t)s->local.horizon + 1));
    }
    for (int k = 0; k < targets && ready; k++) {
        const double *weights = s->weights, *means = s->step_mean;
        for (int m = 0; m < s->step_members; m++) {
            const fc_step_layout l = fc_linear_step_layout(s, m);
            for (int step = 0; step < horizon; step++)
                out[step * targets + k] +=
                    forecast_step(s, &b, &l, m, weights, means, &c, k, step) / s->step_members;
            weights += weights_of(&l);
            means += means_of(&l);
        }
        mix_simple(s, view, origin, k, horizon, out + k);
    }
    seen_free(&b);
    for (int i = 0; i < horizon * targets; i++) {            /* without memory the level stands */
        const double *bound = s->bounds + 2 * (i % targets); /* NaN: none */
        out[i] = fmin(fmax(out[i], bound[0]), bound[1]);
        out[i] = out[i] * s->local.spread[i % targets] + s->local.level[i % targets];
    }
}
