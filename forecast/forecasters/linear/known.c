/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge regression of targets on their own past and on columns that are known beforehand: what explains, its
 * sums, and the choice on folds of the past. */
#include "forecast/forecasters/linear/known.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENTS = FC_LINEAR_FOLDS + 1, CHUNK = 64, CALENDAR = 9, STRENGTHS = 6 };

static const double strengths[STRENGTHS] = {1e-4, 1e-3, 1e-2, 1e-1, 1, 10};

/* --- what explains --- */

int fc_known_features(const fc_known_layout *l)
{
    const int lags = l->wide ? 4 * l->season : l->season, known = l->wide ? 2 * l->season : 0;
    return lags + 1 + l->count * (l->block + known + 1) + 1 + CALENDAR;
}

int fc_known_reach(const fc_known_layout *l)
{
    return l->wide ? 7 * l->season : l->season;
}

static double mean_before(const double *x, int rows)
{
    double sum = 0;
    for (int i = 1; i <= rows; i++)
        sum += x[-i];
    return sum / rows;
}

/* The rows of one season, `back` seasons before the origin, less c. */
static double *put_season(double *phi, const double *x, int season, int back, double c)
{
    for (int i = 0; i < season; i++)
        *phi++ = x[i - back * season] - c;
    return phi;
}

static void put_calendar(double *phi, const ds_civil *origin)
{
    memset(phi, 0, CALENDAR * sizeof *phi);
    if (!origin)
        return;
    const double year = 2 * 3.14159265358979323846 * (origin->year_day - 1) / 365.25;
    phi[origin->weekday] = 1;
    phi[7] = sin(year);
    phi[8] = cos(year);
}

double fc_known_explain(double *phi, const fc_known_layout *l, int block, const double *x,
                        const double *const *u, const ds_civil *origin)
{
    const int reach = fc_known_reach(l);
    const double c = mean_before(x, reach);
    double square = 0;
    for (int i = 1; i <= reach; i++)
        square += (x[-i] - c) * (x[-i] - c);
    for (int back = 1; back <= (l->wide ? 3 : 1); back++)
        phi = put_season(phi, x, l->season, back, c);
    if (l->wide)
        phi = put_season(phi, x, l->season, 7, c);
    *phi++ = sqrt(square / reach);
    for (int j = 0; j < l->count; j++) {
        const double mean = mean_before(u[j], reach);
        for (int i = 0; i < l->block; i++) {
            const int step = block * l->block + i;
            *phi++ = step < l->horizon ? u[j][step] - mean : 0;
        }
        if (l->wide) {
            phi = put_season(phi, u[j], l->season, 1, mean);
            phi = put_season(phi, u[j], l->season, 7, mean);
        }
        *phi++ = mean;
    }
    *phi++ = 1;
    put_calendar(phi, origin);
    return c;
}

/* --- sums --- */

/* Of one target, one block and one phase in one segment of the rows. */
typedef struct part {
    double *g; /* F x (F + block), the lower triangle of the first F columns */
    double yy, values;
} part;

/* Everything about one target in one layout. */
typedef struct fitting {
    const fc_known_layout *layout;
    const fc_known_data *data;
    int target, block;
    size_t cut[SEGMENTS + 1]; /* rows: begins of the segments, and the end */
    part *parts;              /* SEGMENTS x phases */
    double *store;
    double *rows; /* CHUNK x (F + block), of each phase in turn */
} fitting;

static size_t wide_of(const fc_known_layout *l)
{
    return (size_t)fc_known_features(l) + (size_t)l->block;
}

static int steps_of(const fc_known_layout *l, int block)
{
    const int left = l->horizon - block * l->block;
    return left < l->block ? left : l->block;
}

static int fitting_make(fitting *f, nn_error *error)
{
    const fc_known_layout *l = f->layout;
    const size_t parts = SEGMENTS * (size_t)l->phases, size = (size_t)fc_known_features(l) * wide_of(l);
    f->parts = calloc(parts, sizeof *f->parts);
    f->store = calloc(parts * size, sizeof *f->store);
    f->rows = malloc(CHUNK * wide_of(l) * sizeof *f->rows);
    for (size_t i = 0; i < parts && f->parts && f->store; i++)
        f->parts[i].g = f->store + i * size;
    return f->parts && f->store && f->rows ? NN_OK : nn_no_memory(error);
}

static void fitting_free(fitting *f)
{
    free(f->parts);
    free(f->store);
    free(f->rows);
}

/* One origin as a row: phi and y - c. False where a step of the block is no truth. */
static bool make_row(double *row, const fitting *f, size_t origin)
{
    const fc_known_layout *l = f->layout;
    const fc_linear_data *t = f->data->targets;
    const size_t k = (size_t)f->target;
    const double *x = t->x + k * t->rows + origin, *u[l->count + 1];
    const int steps = steps_of(l, f->block);
    for (int a = 0; a < steps; a++)
        if (!t->truth[k * t->rows + origin + (size_t)(f->block * l->block + a)])
            return false;
    for (int j = 0; j < l->count; j++)
        u[j] = f->data->u + (k * (size_t)l->count + (size_t)j) * t->rows + origin;
    ds_civil civil;
    if (f->data->time)
        civil = ds_civil_from(f->data->time[origin]);
    const double c = fc_known_explain(row, l, f->block, x, u, f->data->time ? &civil : NULL);
    row += fc_known_features(l);
    for (int a = 0; a < l->block; a++)
        row[a] = a < steps ? x[f->block * l->block + a] - c : 0;
    return true;
}

static void add_rows(part *p, const fitting *f, int count)
{
    const fc_known_layout *l = f->layout;
    const int features = fc_known_features(l), wide = (int)wide_of(l);
    nn_dense_gram(features, count, f->rows, wide, p->g, wide);
    for (int r = 0; r < count; r++)
        for (int a = 0; a < l->block; a++) {
            const double y = f->rows[r * wide + features + a];
            p->yy += y * y;
        }
    nn_dense_multiply(true, features, l->block, count, f->rows, wide, f->rows + features, wide, 1,
                      p->g + features, wide);
    p->values += (double)count * steps_of(l, f->block);
}

/* Origins of a segment: those whose steps all lie in it. */
static void sum_segment(fitting *f, int segment, int phase)
{
    const fc_known_layout *l = f->layout;
    const fc_linear_data *t = f->data->targets;
    const size_t horizon = (size_t)l->horizon, wide = wide_of(l);
    part *p = &f->parts[segment * l->phases + phase];
    int count = 0;
    const size_t reach = (size_t)fc_known_reach(l), cut = f->cut[segment];
    for (size_t o = cut > reach ? cut : reach; o + horizon <= f->cut[segment + 1]; o++) {
        if (l->phases > 1 && t->place[o] % l->phases != phase)
            continue;
        count += make_row(f->rows + (size_t)count * wide, f, o);
        if (count == CHUNK) {
            add_rows(p, f, count);
            count = 0;
        }
    }
    if (count)
        add_rows(p, f, count);
}

/* --- solutions --- */

/* theta (F,block) from the first `segments` of a phase. room: F x F. */
static bool solve(double *theta, double *room, const fitting *f, int segments, int phase, double strength)
{
    const fc_known_layout *l = f->layout;
    const size_t features = (size_t)fc_known_features(l), block = (size_t)l->block, wide = wide_of(l);
    double trace = 0;
    memset(room, 0, features * features * sizeof *room);
    memset(theta, 0, features * block * sizeof *theta);
    for (int s = 0; s < segments; s++) {
        const double *g = f->parts[s * l->phases + phase].g;
        for (size_t i = 0; i < features; i++) {
            for (size_t j = 0; j <= i; j++)
                room[i * features + j] += g[i * wide + j];
            for (size_t a = 0; a < block; a++)
                theta[i * block + a] += g[i * wide + features + a];
        }
    }
    for (size_t i = 0; i < features; i++)
        trace += room[i * features + i];
    for (size_t i = 0; i < features; i++)
        room[i * features + i] += strength * trace / (double)features;
    const bool solved = trace > 0 && nn_dense_factor((int)features, room, (int)features);
    if (solved)
        nn_dense_solve((int)features, (int)block, room, (int)features, theta, (int)block);
    else
        memset(theta, 0, features * block * sizeof *theta);
    return solved;
}

/* Sum of squared errors of theta in a segment. room: F x F. */
static double errors_of(const double *theta, double *room, double *product, const fitting *f, int segment,
                        int phase)
{
    const fc_known_layout *l = f->layout;
    const size_t features = (size_t)fc_known_features(l), block = (size_t)l->block, wide = wide_of(l);
    const part *p = &f->parts[segment * l->phases + phase];
    double sum = p->yy;
    for (size_t i = 0; i < features; i++)
        for (size_t j = 0; j <= i; j++)
            room[i * features + j] = room[j * features + i] = p->g[i * wide + j];
    nn_dense_multiply(false, (int)features, (int)block, (int)features, room, (int)features, theta, (int)block,
                      0, product, (int)block);
    for (size_t i = 0; i < features; i++)
        for (size_t a = 0; a < block; a++)
            sum += theta[i * block + a] * (product[i * block + a] - 2 * p->g[i * wide + features + a]);
    return sum;
}

/* --- the choice --- */

/* One layout: targets by workers. */
typedef struct trial {
    fc_known_layout layout;
    const fc_known_data *data;
    size_t cut[SEGMENTS + 1];
    double *loss;    /* K x folds x STRENGTHS: sums of squared errors */
    double *values;  /* K x folds: how many */
    double *weights; /* K x phases x blocks x F x block; NULL: only tried */
    double strength;
    nn_error error;
    int code;
} trial;

static void score_phase(trial *t, const fitting *f, int phase, double *theta, double *room, double *product)
{
    for (int fold = 0; fold < FC_LINEAR_FOLDS; fold++) {
        const part *test = &f->parts[(fold + 1) * t->layout.phases + phase];
        if (!(test->values > 0))
            continue;
        double *loss = t->loss + ((size_t)f->target * FC_LINEAR_FOLDS + (size_t)fold) * STRENGTHS;
        for (int a = 0; a < STRENGTHS; a++) {
            solve(theta, room, f, fold + 1, phase, strengths[a]);
            loss[a] += errors_of(theta, room, product, f, fold + 1, phase);
        }
        t->values[f->target * FC_LINEAR_FOLDS + fold] += test->values;
    }
}

static int run_block(trial *t, int target, int block, nn_error *error)
{
    const fc_known_layout *l = &t->layout;
    const size_t features = (size_t)fc_known_features(l), size = features * (size_t)l->block;
    fitting f = {.layout = l, .data = t->data, .target = target, .block = block};
    memcpy(f.cut, t->cut, sizeof f.cut);
    int code = fitting_make(&f, error);
    double *theta = malloc(size * sizeof *theta), *product = malloc(size * sizeof *product),
           *room = malloc(features * features * sizeof *room);
    if (!code && (!theta || !product || !room))
        code = nn_no_memory(error);
    for (int phase = 0; phase < l->phases && !code; phase++) {
        for (int s = 0; s < SEGMENTS; s++)
            sum_segment(&f, s, phase);
        if (!t->weights) {
            score_phase(t, &f, phase, theta, room, product);
            continue;
        }
        double *to =
            t->weights +
            (((size_t)target * (size_t)l->phases + (size_t)phase) * (size_t)l->blocks + (size_t)block) * size;
        solve(to, room, &f, SEGMENTS, phase, t->strength);
        for (size_t i = 0; i < size; i++)
            to[i] = (double)(float)to[i]; /* as a file holds them */
    }
    free(theta);
    free(product);
    free(room);
    fitting_free(&f);
    return code;
}

static void run_target(void *context, int target, int worker)
{
    trial *t = context;
    nn_error error = {0};
    int code = NN_OK;
    (void)worker;
    for (int block = 0; block < t->layout.blocks && !code; block++)
        if (t->weights || block == 0 || block == t->layout.blocks - 1)
            code = run_block(t, target, block, &error);
    if (code) {
        t->code = code;
        t->error = error;
    }
}

/* Mean squared error over folds and targets of the best strength. */
static double judge(const trial *t, double *strength)
{
    const int targets = t->data->targets->targets;
    double best = INFINITY;
    for (int a = 0; a < STRENGTHS; a++) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < targets * FC_LINEAR_FOLDS; i++)
            if (t->values[i] > 0) {
                sum += t->loss[i * STRENGTHS + a] / t->values[i];
                count++;
            }
        if (count && sum / count < best) {
            best = sum / count;
            *strength = strengths[a];
        }
    }
    return best;
}

static void cut_segments(trial *t)
{
    const size_t rows = t->data->targets->rows, least = rows * 15 / 100, h = (size_t)t->layout.horizon,
                 length = least > h ? least : h;
    t->cut[0] = 0;
    for (int i = 1; i < SEGMENTS; i++) {
        const size_t back = (size_t)(SEGMENTS - i) * length;
        t->cut[i] = rows > back ? rows - back : 0;
    }
    t->cut[SEGMENTS] = rows;
}

static int try_layout(trial *t, nn_pool *pool, nn_error *error)
{
    const size_t folds = (size_t)t->data->targets->targets * FC_LINEAR_FOLDS;
    memset(t->loss, 0, folds * STRENGTHS * sizeof *t->loss);
    memset(t->values, 0, folds * sizeof *t->values);
    fc_linear_run(pool, t->data->targets->targets, run_target, t);
    if (t->code)
        *error = t->error;
    return t->code;
}

/* Of a layout; more than 1.5e7 do not go into a file. */
static double weights_of(const fc_known_layout *l, int targets)
{
    return (double)targets * l->phases * l->blocks * fc_known_features(l) * l->block;
}

/* Layouts for which there are enough rows before the first fold, each tried. */
static int try_all(fc_known_layout *best, double *strength, double *loss, trial *t, nn_pool *pool,
                   nn_error *error)
{
    const fc_known_layout open = t->layout;
    int code = NN_OK;
    *loss = INFINITY;
    for (int wide = 0; wide < 2; wide++)
        for (int split = 0; split < 2 && !code; split++) {
            t->layout = open;
            t->layout.wide = wide;
            t->layout.phases = split ? open.season : 1;
            const size_t reach = (size_t)fc_known_reach(&t->layout) + (size_t)open.horizon;
            if ((split && open.season < 2) || weights_of(&t->layout, t->data->targets->targets) > 1.5e7 ||
                t->cut[1] < reach + 15 * (size_t)t->layout.phases ||
                (wide && t->cut[1] < reach + (size_t)fc_known_features(&t->layout)))
                continue;
            code = try_layout(t, pool, error);
            double found = 0;
            const double mean = code ? INFINITY : judge(t, &found);
            if (mean < *loss) {
                *loss = mean;
                *strength = found;
                *best = t->layout;
            }
        }
    return code;
}

int fc_known_fit(fc_known_layout *layout, double **weights, double *strength, double *loss,
                 const fc_known_data *data, nn_pool *pool, nn_error *error)
{
    const size_t folds = (size_t)data->targets->targets * FC_LINEAR_FOLDS;
    trial t = {.data = data, .layout = *layout};
    *weights = NULL;
    cut_segments(&t);
    t.loss = malloc(folds * STRENGTHS * sizeof *t.loss);
    t.values = malloc(folds * sizeof *t.values);
    int code = t.loss && t.values ? try_all(layout, strength, loss, &t, pool, error) : nn_no_memory(error);
    free(t.loss);
    free(t.values);
    if (code || isinf(*loss)) {
        *loss = NAN;
        return code;
    }
    t.layout = *layout;
    t.strength = *strength;
    const size_t size = (size_t)fc_known_features(layout) * (size_t)layout->block;
    *weights =
        calloc((size_t)data->targets->targets * (size_t)layout->phases * (size_t)layout->blocks * size + 1,
               sizeof **weights);
    if (!*weights)
        return nn_no_memory(error);
    t.weights = *weights;
    fc_linear_run(pool, data->targets->targets, run_target, &t);
    if (t.code)
        *error = t.error;
    return t.code;
}
