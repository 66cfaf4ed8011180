/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear forecasts by seasons and other columns: which columns a target has, and designs fitted and used. */
#include "forecast/forecasters/linear/data.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of columns that are known up to the origin the closest count. */
enum { MOST_PAST = 6 };

/* --- columns --- */

/* The i-th column of the view in that role for target k: of its own station where there are stations; -1:
 * there is none. */
static int column_of(const ds_view *view, ds_view_role role, int k, int i)
{
    const int each = view->what ? view->columns / view->targets : view->columns;
    const int first = view->what ? view->target[k] / each * each : 0;
    for (int j = first; j < first + each; j++)
        if (view->role[j] == role && i-- == 0)
            return view->column[j];
    return -1;
}

static int columns_of(const linear *s)
{
    return s->known.count + s->known.past;
}

/* The i-th column of target k: first those known beforehand. */
static int table_column(const linear *s, const ds_view *view, int k, int i)
{
    return i < s->known.count
               ? column_of(view, DS_VIEW_FUTURE, k, i)
               : column_of(view, DS_VIEW_PAST, k, s->past[k * s->known.past + i - s->known.count]);
}

static double cell(const ds_view *view, size_t row, int column)
{
    return view->table->values[row * (size_t)view->table->columns + (size_t)column];
}

void fc_linear_lay_out(linear *s, const ds_view *view)
{
    const int season = s->local.season, horizon = s->local.horizon;
    fc_known_layout l = {
        .season = season > 1 && season <= FC_KNOWN_MOST_BLOCK ? season : 12, .horizon = horizon, .phases = 1};
    while (column_of(view, DS_VIEW_FUTURE, 0, l.count) >= 0)
        l.count++;
    while (l.past < MOST_PAST && column_of(view, DS_VIEW_PAST, 0, l.past) >= 0)
        l.past++;
    l.block = l.season < 12 ? 12 : l.season;
    l.block = l.block < horizon ? l.block : horizon;
    l.blocks = (horizon + l.block - 1) / l.block;
    s->known = l;
}

/* How closely a column goes with what target k is a season later; NaN counts as nothing. */
static double closeness(const linear *s, const fc_linear_data *data, const ds_view *view, int k, int column)
{
    const double *x = data->x + (size_t)k * data->rows;
    const size_t lag = (size_t)s->known.season;
    double n = 0, u = 0, y = 0, uu = 0, yy = 0, uy = 0;
    for (size_t t = 0; t + lag < data->rows; t++) {
        const double a = cell(view, t, column), b = x[t + lag];
        if (isnan(a))
            continue;
        n++, u += a, y += b, uu += a * a, yy += b * b, uy += a * b;
    }
    const double spread = (uu - u * u / n) * (yy - y * y / n);
    return n > 2 && spread > 0 ? fabs(uy - u * y / n) / sqrt(spread) : 0;
}

/* The closest of the columns known up to the origin, by their numbers. */
static void choose_past(linear *s, const fc_linear_data *data, const ds_view *view, int k)
{
    int *past = s->past + k * s->known.past, count = 0, column;
    double value[MOST_PAST];
    for (int i = 0; (column = column_of(view, DS_VIEW_PAST, k, i)) >= 0; i++) {
        const double close = closeness(s, data, view, k, column);
        if (count == s->known.past && !(close > value[count - 1]))
            continue;
        int at = count < s->known.past ? count++ : count - 1;
        for (; at > 0 && close > value[at - 1]; at--) {
            value[at] = value[at - 1];
            past[at] = past[at - 1];
        }
        value[at] = close;
        past[at] = i;
    }
}

/* Whether designs, and what they see, are chosen already. */
static bool chosen(const linear *s)
{
    return s->members || s->step_members;
}

/* u (rows): the i-th column of target k, scaled by its own mean and deviation, which are found where it is
 * first seen; gaps bridged. */
static void take_column(linear *s, const ds_view *view, int k, int i, size_t rows, double *u)
{
    const int column = table_column(s, view, k, i), at = k * columns_of(s) + i;
    double mean = 0, square = 0, last = NAN;
    size_t count = 0;
    for (size_t t = 0; t < rows; t++) {
        u[t] = cell(view, t, column);
        if (isnan(u[t]))
            continue;
        const double d = u[t] - mean;
        mean += d / (double)++count;
        square += d * (u[t] - mean);
    }
    if (!chosen(s)) {
        s->known_mean[at] = mean;
        s->known_spread[at] = square > 0 ? sqrt(square / (double)count) : 1;
    }
    for (size_t t = 0; t < rows; t++) {
        if (!isnan(u[t]))
            last = (u[t] - s->known_mean[at]) / s->known_spread[at];
        u[t] = isnan(last) ? 0 : last;
    }
}

fc_known_layout fc_linear_layout(const linear *s, int member)
{
    const int *design = s->design + member * FC_KNOWN_DESIGN;
    fc_known_layout l = s->known;
    l.wide = design[0];
    l.phases = design[1];
    l.absolute = design[2];
    l.squashed = design[3];
    l.fade = design[4];
    l.past = design[5] ? s->known.past : 0;
    return l;
}

/* --- fitting --- */

void fc_linear_material_free(fc_linear_material *m)
{
    free(m->u);
    free(m->squashed);
}

static const fc_known_squash *squash_of(const linear *s)
{
    return (const fc_known_squash *)(const void *)s->squash;
}

/* The targets once more, through asinh, where they may be wanted so. */
static void squash(linear *s, const fc_linear_data *data, double *to)
{
    bool wanted = !chosen(s);
    for (int i = 0; i < s->members; i++)
        wanted = wanted || fc_linear_layout(s, i).squashed;
    for (int k = 0; k < data->targets && wanted; k++) {
        const double *x = data->x + (size_t)k * data->rows;
        double *row = to + (size_t)k * data->rows;
        if (!chosen(s)) {
            const fc_known_squash found = fc_known_squash_of(x, data->rows, row);
            memcpy(s->squash + 3 * k, &found, sizeof found);
        }
        for (size_t t = 0; t < data->rows; t++)
            row[t] = fc_known_squashed(&squash_of(s)[k], x[t]);
    }
}

int fc_linear_material_make(fc_linear_material *m, linear *s, const fc_linear_data *data, const ds_view *view,
                            nn_error *error)
{
    const size_t columns = (size_t)columns_of(s), targets = (size_t)data->targets, cells = targets * columns;
    *m = (fc_linear_material){.u = malloc((cells * data->rows + 1) * sizeof(double)),
                              .squashed = malloc((targets * data->rows + 1) * sizeof(double))};
    if (!chosen(s)) {
        s->known_mean = calloc(cells + 1, sizeof *s->known_mean);
        s->known_spread = calloc(cells + 1, sizeof *s->known_spread);
        s->squash = calloc(3 * targets, sizeof *s->squash);
        s->past = calloc(targets * (size_t)s->known.past + 1, sizeof *s->past);
    }
    if (!m->u || !m->squashed || !s->known_mean || !s->known_spread || !s->squash || !s->past)
        return nn_no_memory(error);
    for (int k = 0; k < data->targets; k++) {
        if (!chosen(s))
            choose_past(s, data, view, k);
        for (int i = 0; i < (int)columns; i++)
            take_column(s, view, k, i, data->rows, m->u + ((size_t)k * columns + (size_t)i) * data->rows);
    }
    squash(s, data, m->squashed);
    m->data = (fc_known_data){.targets = data,
                              .squashed = m->squashed,
                              .squash = squash_of(s),
                              .u = m->u,
                              .columns = (int)columns,
                              .time = view->table->frequency.unit == DS_UNIT_STEP ? NULL : view->table->time};
    return NN_OK;
}

/* Takes what was chosen, without weights yet. */
static int take_choice(linear *s, const fc_known_choice *choice, nn_error *error)
{
    s->design = calloc((size_t)choice->members * FC_KNOWN_DESIGN + 1, sizeof *s->design);
    s->known_strength = calloc((size_t)choice->members + 1, sizeof *s->known_strength);
    if (!s->design || !s->known_strength)
        return nn_no_memory(error);
    for (int i = 0; i < choice->members; i++) {
        const fc_known_layout *l = &choice->member[i].layout;
        const int design[FC_KNOWN_DESIGN] = {l->wide,     l->phases, l->absolute,
                                             l->squashed, l->fade,   l->past > 0};
        memcpy(s->design + i * FC_KNOWN_DESIGN, design, sizeof design);
        s->known_strength[i] = choice->member[i].strength;
    }
    s->members = choice->members;
    s->strength = choice->member[0].strength;
    s->loss = choice->loss;
    s->weights = calloc(fc_linear_known_weights(s) + 1, sizeof *s->weights);
    return s->weights ? NN_OK : nn_no_memory(error);
}

size_t fc_linear_known_weights(const linear *s)
{
    size_t count = 0;
    for (int i = 0; i < s->members; i++) {
        const fc_known_layout l = fc_linear_layout(s, i);
        count += fc_known_weights(&l, s->local.targets);
    }
    return count;
}

/* The weights of all members; where the forecaster will be fitted again the sums are kept. */
static int solve_members(linear *s, const fc_known_data *data, nn_error *error)
{
    double *weights = s->weights;
    int code = NN_OK;
    for (int i = 0; i < s->members && !code; i++) {
        const fc_known_member member = {fc_linear_layout(s, i), s->known_strength[i]};
        const double bytes = fc_known_sums_bytes(&member.layout, s->local.targets);
        fc_known_sums *sums = &s->known_sums[i];
        if (s->local.rolls && !sums->g && bytes <= FC_KNOWN_MOST_KEPT) {
            *sums = (fc_known_sums){.g = calloc((size_t)bytes, 1)};
            if (!sums->g)
                return nn_no_memory(error);
        }
        code = fc_known_solve(weights, sums->g ? sums : NULL, &member, data, s->local.pool, error);
        weights += fc_known_weights(&member.layout, s->local.targets);
    }
    return code;
}

int fc_linear_fit_known(linear *s, const fc_linear_data *data, const ds_view *view, nn_error *error)
{
    fc_linear_material m;
    fc_known_choice choice = {0};
    int code = fc_linear_material_make(&m, s, data, view, error);
    if (!code && !s->members) {
        code = fc_known_choose(&choice, &s->known, &m.data, s->local.pool, error);
        if (!code && choice.members)
            code = take_choice(s, &choice, error);
    }
    if (!code && s->members)
        code = solve_members(s, &m.data, error);
    fc_linear_material_free(&m);
    return code;
}

/* --- forecasting --- */

/* Buffers of one forecast. */
typedef struct seen {
    double *store;
    double *x, *squashed, *u; /* reach; reach; columns x rows */
    double *phi, *y;          /* F; block */
    size_t reach, rows;       /* before the origin; and ahead */
} seen;

static bool seen_make(seen *b, const linear *s)
{
    int features = 0;
    *b = (seen){0};
    for (int i = 0; i < s->members; i++) {
        const fc_known_layout l = fc_linear_layout(s, i);
        const size_t reach = (size_t)fc_known_reach(&l);
        features = fc_known_features(&l) > features ? fc_known_features(&l) : features;
        b->reach = reach > b->reach ? reach : b->reach;
    }
    b->rows = b->reach + (size_t)s->local.horizon;
    b->store = malloc(
        (2 * b->reach + (size_t)columns_of(s) * b->rows + (size_t)features + (size_t)s->known.block + 1) *
        sizeof *b->store);
    b->x = b->store;
    b->squashed = b->x + b->reach;
    b->u = b->squashed + b->reach;
    b->phi = b->u + (size_t)columns_of(s) * b->rows;
    b->y = b->phi + features;
    return b->store;
}

void fc_linear_see_column(const linear *s, const ds_view *view, size_t origin, int k, int i, size_t before,
                          double *u)
{
    const int column = table_column(s, view, k, i), at = k * columns_of(s) + i;
    const size_t rows = before + (size_t)s->local.horizon;
    double last = NAN, first = NAN;
    for (size_t r = 0; r < rows; r++) {
        const size_t row = origin + r;
        const bool there = row >= before && row - before < view->rows && (r < before || i < s->known.count);
        const double value = there ? cell(view, row - before, column) : NAN;
        if (!isnan(value))
            last = (value - s->known_mean[at]) / s->known_spread[at];
        if (isnan(first))
            first = last;
        u[r] = last;
    }
    for (size_t r = 0; r < rows && isnan(u[r]); r++)
        u[r] = isnan(first) ? 0 : first;
}

/* Adds a member's share of target k, scaled, to out (horizon) of stride K. */
static void add_member(const linear *s, const seen *b, const fc_known_layout *l, const double *weights, int k,
                       int place, const ds_time *time, int horizon, double *out)
{
    const size_t f = (size_t)fc_known_features(l), size = f * (size_t)l->block;
    const int phase = l->phases > 1 ? (place % l->phases + l->phases) % l->phases : 0;
    const double *u[columns_of(s) + 1];
    for (int i = 0; i < columns_of(s); i++)
        u[i] = b->u + (size_t)i * b->rows + b->reach;
    for (int block = 0; block * l->block < horizon; block++) {
        const double c =
            fc_known_explain(b->phi, l, block, (l->squashed ? b->squashed : b->x) + b->reach, u, time);
        nn_dense_multiply(false, 1, l->block, (int)f, b->phi, (int)f,
                          weights +
                              ((size_t)(k * l->phases + phase) * (size_t)l->blocks + (size_t)block) * size,
                          l->block, 0, b->y, l->block);
        for (int a = 0; a < l->block && block * l->block + a < horizon; a++) {
            const double v = b->y[a] + c;
            out[(block * l->block + a) * s->local.targets + k] +=
                (l->squashed ? fc_known_unsquashed(&squash_of(s)[k], v) : v) / s->members;
        }
    }
}

static void forecast_target(const linear *s, const ds_view *view, size_t origin, int k, int place,
                            const ds_time *time, int horizon, const seen *b, double *out)
{
    const double *weights = s->weights;
    fc_linear_see(s, view, origin, k, (int)b->reach, b->x);
    for (size_t i = 0; i < b->reach; i++)
        b->squashed[i] = fc_known_squashed(&squash_of(s)[k], b->x[i]);
    for (int i = 0; i < columns_of(s); i++)
        fc_linear_see_column(s, view, origin, k, i, b->reach, b->u + (size_t)i * b->rows);
    for (int i = 0; i < s->members; i++) {
        const fc_known_layout l = fc_linear_layout(s, i);
        add_member(s, b, &l, weights, k, place, time, horizon, out);
        weights += fc_known_weights(&l, s->local.targets);
    }
}

void fc_linear_forecast_known(const linear *s, const ds_view *view, size_t origin, int horizon, double *out)
{
    const int place = fc_linear_phase(s, view, origin), targets = s->local.targets;
    const bool dated = view->table->frequency.unit != DS_UNIT_STEP && view->table->time && origin > 0;
    ds_time time = 0;
    seen b;
    memset(out, 0, (size_t)(horizon * targets) * sizeof *out);
    if (dated)
        time = ds_time_add(view->table->frequency, view->table->time[origin - 1], 1);
    const bool ready = seen_make(&b, s);
    for (int k = 0; k < targets && ready; k++)
        forecast_target(s, view, origin, k, place, dated ? &time : NULL, horizon, &b, out);
    free(b.store);
    for (int i = 0; i < horizon * targets; i++) /* without memory the level stands */
        out[i] = out[i] * s->local.spread[i % targets] + s->local.level[i % targets];
}
