/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses look-back, level, cycle, sharing and strength of ridge regression on folds of the past: each fold
 * is forecast by what the rows before it teach. */
#include "forecast/forecasters/linear/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS = FC_LINEAR_FOLDS, MOST_LAGS = 24, MOST_LEVELS = 4, MOST_STRENGTHS = 9, MOST_CYCLES = 3 };

/* What is tried, each with each, and what came of it. */
typedef struct search {
    const fc_linear_data *data;
    fc_linear_folds folds;
    int cycle[MOST_CYCLES], cycles;
    int lags[MOST_LAGS], lag_count;
    int level[MOST_LEVELS], levels; /* 0: all lags */
    double strength[MOST_STRENGTHS];
    int strengths;
    bool alone;   /* each target by itself, rather than all together */
    double *loss; /* [cycle][lags][fold][level][strength][targets or 1] */
    nn_error error;
    int code;
} search;

static size_t cell(const search *s, int cycle, int lags, int fold, int level, int strength)
{
    const int place =
        (((cycle * s->lag_count + lags) * s->folds.folds + fold) * s->levels + level) * s->strengths +
        strength;
    return (size_t)place * (s->alone ? (size_t)s->data->targets : 1);
}

void fc_linear_run(nn_pool *pool, int count, void (*task)(void *context, int n, int worker), void *context)
{
    if (pool) {
        nn_pool_run(pool, count, task, context);
        return;
    }
    for (int n = 0; n < count; n++)
        task(context, n, 0);
}

int fc_linear_sums_rows(fc_linear_sums *sums, int member, const fc_linear_data *data, int k, size_t begin,
                        size_t origin, size_t end, nn_error *error)
{
    const size_t lags = (size_t)sums->shape.lags, wide = lags + (size_t)sums->shape.reach;
    const double *x = data->x + (size_t)k * data->rows;
    const uint8_t *hole = data->hole + (size_t)k * data->rows;
    int code = NN_OK;
    if (origin > begin + lags)
        begin = origin - lags;
    while (begin < end && !code) {
        size_t last = begin;
        while (last < end && !hole[last])
            last++;
        if (last >= begin + wide)
            code = fc_linear_sums_add(sums, member, x + begin, data->place[begin + lags],
                                      last - begin - wide + 1, error);
        begin = last + 1;
    }
    return code;
}

/* --- one look-back in one fold --- */

typedef struct bench {
    fc_linear_sums train, test;
    fc_linear_room room;
    double *theta, *tables;
} bench;

static void bench_free(bench *b)
{
    fc_linear_sums_free(&b->train);
    fc_linear_sums_free(&b->test);
    fc_linear_room_free(&b->room);
    free(b->theta);
    free(b->tables);
}

static int bench_make(bench *b, const fc_linear_shape *shape, int members, nn_error *error)
{
    *b = (bench){0};
    int code = fc_linear_sums_new(&b->train, shape, members, error);
    code = code ? code : fc_linear_sums_new(&b->test, shape, members, error);
    code = code ? code : fc_linear_room_new(&b->room, shape, error);
    b->theta = malloc((size_t)fc_linear_features(shape) * (size_t)shape->steps * sizeof *b->theta);
    b->tables = malloc(((size_t)members * (size_t)shape->cycle + 1) * sizeof *b->tables);
    return code || (b->theta && b->tables) ? code : nn_no_memory(error);
}

/* Losses of every strength; where a system cannot be solved the strength is of no use. */
static void try_strengths(const search *s, bench *b, double *loss, size_t stride)
{
    for (int a = 0; a < s->strengths; a++) {
        const bool solved = fc_linear_solve(b->theta, b->tables, &b->train, s->strength[a], &b->room);
        loss[(size_t)a * stride] = solved || isinf(s->strength[a])
                                       ? fc_linear_loss(b->theta, b->tables, &b->test, &b->room)
                                       : INFINITY;
    }
}

static int try_level(search *s, bench *b, int fold, double *loss, nn_error *error)
{
    const int targets = s->data->targets;
    int code = NN_OK;
    fc_linear_sums_clear(&b->train);
    fc_linear_sums_clear(&b->test);
    for (int k = 0; k < targets && !code; k++) {
        const int member = s->alone ? 0 : k;
        code = fc_linear_sums_rows(&b->train, member, s->data, k, 0, 0, s->folds.begin[fold], error);
        if (!code)
            code = fc_linear_sums_rows(&b->test, member, s->data, k, 0, s->folds.begin[fold],
                                       s->folds.end[fold], error);
        if (!s->alone || code)
            continue;
        try_strengths(s, b, loss + k, (size_t)targets);
        fc_linear_sums_clear(&b->train);
        fc_linear_sums_clear(&b->test);
    }
    if (!s->alone && !code)
        try_strengths(s, b, loss, 1);
    return code;
}

static void try_one(void *context, int n, int worker)
{
    search *s = context;
    (void)worker;
    n = s->cycles * s->lag_count * s->folds.folds - 1 - n; /* the longest first */
    const int fold = n % s->folds.folds, cycle = n / s->folds.folds % s->cycles,
              lags = n / s->folds.folds / s->cycles;
    fc_linear_shape shape = {.lags = s->lags[lags],
                             .cycle = s->cycle[cycle],
                             .steps = s->folds.steps,
                             .reach = s->data->horizon,
                             .step = s->folds.step};
    bench b;
    nn_error error = {0};
    int code = bench_make(&b, &shape, s->alone ? 1 : s->data->targets, &error);
    for (int v = 0; v < s->levels && !code; v++) {
        const int level = s->level[v];
        b.train.shape.level = b.test.shape.level = level && level < shape.lags ? level : shape.lags;
        code = try_level(s, &b, fold, s->loss + cell(s, cycle, lags, fold, v, 0), &error);
    }
    bench_free(&b);
    if (code) {
        s->code = code;
        s->error = error;
    }
}

/* --- what is tried --- */

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Look-backs that leave the first fold at least a few windows, in rising order. */
static void propose_lags(search *s, int wanted)
{
    static const int usual[] = {4, 8, 16, 32, 64, 96, 168, 256, 336, 448, 672, 1056};
    enum { USUAL = sizeof usual / sizeof *usual };
    const size_t before = s->folds.begin[0], horizon = (size_t)s->data->horizon;
    const int season = s->data->season;
    int all[USUAL + 4] = {1, season, 2 * season, 3 * season};
    memcpy(all + 4, usual, sizeof usual);
    qsort(all, USUAL + 4, sizeof *all, compare);
    for (int i = 0; i < USUAL + 4 && !wanted; i++) {
        const size_t lags = (size_t)all[i];
        const bool twice = i && all[i] == all[i - 1],
                   long_enough = before >= 4 * lags && before >= 2 * lags + horizon + 4,

                   short_seen = before > 40 * (size_t)season && 2 * all[i] < season;
        if (!twice && long_enough && !short_seen)
            s->lags[s->lag_count++] = all[i];
    }
    if (wanted)
        s->lags[s->lag_count++] = wanted;
}

void fc_linear_folds_make(fc_linear_folds *f, const fc_linear_data *data)
{
    const int horizon = data->horizon;
    const size_t rows = data->rows, h = (size_t)horizon;
    const size_t length = rows * 15 / 100 > h ? rows * 15 / 100 : h;
    for (f->folds = FOLDS; f->folds > 0 && rows < (size_t)f->folds * length + 2 * h + 8;)
        f->folds--;
    for (int i = 0; i < f->folds; i++) {
        f->begin[i] = rows - (size_t)(f->folds - i) * length;
        f->end[i] = f->begin[i] + length;
    }
    f->steps = horizon < FC_LINEAR_STEPS ? horizon : FC_LINEAR_STEPS;
    for (int i = 0; i < f->steps; i++)
        f->step[i] = f->steps == 1 ? 0 : (int)((long long)i * (horizon - 1) / (f->steps - 1));
}

static void propose_strengths(search *s, double wanted, bool fine)
{
    static const double coarse_ones[] = {1e-3, 5e-2, .5, INFINITY},
                        fine_ones[] = {1e-5, 1e-3, 1e-2, 5e-2, .2, 1, INFINITY};
    s->strengths = 0;
    if (wanted >= 0)
        s->strength[s->strengths++] = wanted;
    else if (fine)
        for (size_t i = 0; i < sizeof fine_ones / sizeof *fine_ones; i++)
            s->strength[s->strengths++] = fine_ones[i];
    else
        for (size_t i = 0; i < sizeof coarse_ones / sizeof *coarse_ones; i++)
            s->strength[s->strengths++] = coarse_ones[i];
}

static void propose_cycles(search *s, int wanted)
{
    const int season = s->data->season;
    s->cycles = 0;
    s->cycle[s->cycles++] = wanted > 0 ? wanted : 0;
    /* A window of many seasons says what a table would. */
    bool brief = false;
    for (int l = 0; l < s->lag_count; l++)
        brief = brief || s->lags[l] <= 4 * season;
    if (wanted < 0 && season > 1 && brief && s->folds.begin[0] > 10 * (size_t)season)
        s->cycle[s->cycles++] = season;
}

/* --- the choice --- */

/* Mean over the folds that have windows; INFINITY without any. */
static double mean_loss(const search *s, int cycle, int lags, int level, int strength, int k)
{
    double sum = 0;
    int count = 0;
    for (int fold = 0; fold < s->folds.folds; fold++) {
        const double loss = s->loss[cell(s, cycle, lags, fold, level, strength) + (size_t)k];
        if (isnan(loss))
            continue;
        sum += loss;
        count++;
    }
    return count ? sum / count : INFINITY;
}

/* Whether a strength is better than the plain level, strength infinite, in every fold. */
static bool beats_level(const search *s, int cycle, int lags, int level, int strength, int k)
{
    if (!isinf(s->strength[s->strengths - 1]))
        return true;
    for (int fold = 0; fold < s->folds.folds; fold++)
        if (s->loss[cell(s, cycle, lags, fold, level, strength) + (size_t)k] >=
            s->loss[cell(s, cycle, lags, fold, level, s->strengths - 1) + (size_t)k])
            return false;
    return true;
}

/* The best strength of target k, or of all together. */
static int best_strength(const search *s, int cycle, int lags, int level, int k)
{
    double least = INFINITY;
    int best = s->strengths - 1;
    for (int a = s->strengths - 1; a >= 0; a--) {
        const double loss = mean_loss(s, cycle, lags, level, a, k);
        if (loss < least && (a == s->strengths - 1 || beats_level(s, cycle, lags, level, a, k))) {
            least = loss;
            best = a;
        }
    }
    return best;
}

/* A candidate as a choice: strengths, loss and its part in every fold. */
static void judge(fc_linear_choice *choice, const search *s, int c, int l, int v)
{
    const int targets = s->data->targets, width = s->alone ? targets : 1;
    choice->cycle = s->cycle[c];
    choice->lags = s->lags[l];
    choice->level = s->level[v] && s->level[v] < s->lags[l] ? s->level[v] : s->lags[l];
    choice->each = s->alone;
    choice->loss = 0;
    memset(choice->fold, 0, sizeof choice->fold);
    for (int k = 0; k < width; k++) {
        const int a = best_strength(s, c, l, v, k);
        choice->loss += mean_loss(s, c, l, v, a, k) / width;
        choice->strengths[k] = s->strength[a];
        for (int fold = 0; fold < s->folds.folds; fold++)
            choice->fold[fold] += s->loss[cell(s, c, l, fold, v, a) + (size_t)k] / width;
    }
    for (int k = width; k < targets; k++)
        choice->strengths[k] = choice->strengths[0];
    choice->strength = choice->strengths[0];
}

static void copy_choice(fc_linear_choice *to, const fc_linear_choice *from, int targets)
{
    double *strengths = to->strengths;
    *to = *from;
    to->strengths = strengths;
    memcpy(strengths, from->strengths, (size_t)targets * sizeof *strengths);
}

/* What is less simple has to be better by more than chance gives for nothing, and than plain levels in every
 * fold. */
static bool clearly_better(const fc_linear_choice *a, const fc_linear_choice *than, int folds)
{
    static const double margin = .01;
    for (int fold = 0; fold < folds && isinf(than->strength) && !than->each; fold++)
        if (a->fold[fold] >= than->fold[fold])
            return false;
    return a->loss < (1 - margin) * than->loss;
}

/* Leaves the one candidate that is best, whatever was chosen before. */
static void narrow_all(search *s)
{
    double least = INFINITY;
    int at[3] = {0};
    for (int l = 0; l < s->lag_count; l++)
        for (int c = 0; c < s->cycles; c++)
            for (int v = 0; v < s->levels; v++) {
                const double loss = mean_loss(s, c, l, v, best_strength(s, c, l, v, 0), 0);
                if (!(loss < least))
                    continue;
                least = loss;
                at[0] = c, at[1] = l, at[2] = v;
            }
    s->cycle[0] = s->cycle[at[0]];
    s->lags[0] = s->lags[at[1]];
    s->level[0] = s->level[at[2]];
    s->cycles = s->lag_count = s->levels = 1;
}

/* Takes what was best of a search where it is clearly better than what was chosen before. */
static int pick(fc_linear_choice *choice, const search *s, nn_error *error)
{
    const int targets = s->data->targets;
    const size_t size = (size_t)targets * sizeof(double);
    fc_linear_choice best = {.loss = INFINITY, .strengths = malloc(size)},
                     other = {.strengths = malloc(size)};
    const bool ready = best.strengths && other.strengths;
    for (int l = 0; l < s->lag_count && ready; l++)
        for (int c = 0; c < s->cycles; c++)
            for (int v = 0; v < s->levels; v++) {
                judge(&other, s, c, l, v);
                if (other.loss < best.loss)
                    copy_choice(&best, &other, targets);
            }
    if (ready && isfinite(best.loss) &&
        (isnan(choice->loss) || clearly_better(&best, choice, s->folds.folds)))
        copy_choice(choice, &best, targets);
    free(best.strengths);
    free(other.strengths);
    return ready ? NN_OK : nn_no_memory(error);
}

/* Leaves the best `most` look-backs. */
static void narrow_lags(search *s, int most)
{
    double loss[MOST_LAGS];
    for (int l = 0; l < s->lag_count; l++) {
        loss[l] = INFINITY;
        for (int c = 0; c < s->cycles; c++)
            for (int v = 0; v < s->levels; v++)
                loss[l] = fmin(loss[l], mean_loss(s, c, l, v, best_strength(s, c, l, v, 0), 0));
    }
    while (s->lag_count > most) {
        int worst = 0;
        for (int l = 1; l < s->lag_count; l++)
            if (loss[l] >= loss[worst])
                worst = l;
        s->lag_count--;
        for (int l = worst; l < s->lag_count; l++) {
            loss[l] = loss[l + 1];
            s->lags[l] = s->lags[l + 1];
        }
    }
}

static int run_search(search *s, nn_pool *pool, nn_error *error)
{
    free(s->loss);
    s->loss = malloc((cell(s, s->cycles, 0, 0, 0, 0) + 1) * sizeof *s->loss);
    if (!s->loss)
        return nn_no_memory(error);
    fc_linear_run(pool, s->cycles * s->lag_count * s->folds.folds, try_one, s);
    if (s->code)
        nn_error_copy(error, &s->error);
    return s->code;
}

/* The last value, as it stands: what there is to be beaten. */
static int try_last(fc_linear_choice *choice, search *s, nn_pool *pool, nn_error *error)
{
    search last = *s;
    last.cycles = last.lag_count = last.levels = last.strengths = 1;
    last.cycle[0] = 0;
    last.lags[0] = last.level[0] = 1;
    last.strength[0] = INFINITY;
    last.loss = NULL;
    int code = run_search(&last, pool, error);
    code = code ? code : pick(choice, &last, error);
    free(last.loss);
    return code;
}

static int search_and_pick(fc_linear_choice *choice, search *s, nn_pool *pool, nn_error *error)
{
    const int code = run_search(s, pool, error);
    return code ? code : pick(choice, s, error);
}

/* More do not go into a file. */
static const double most_weights = 1.5e7;

static double weights_of(const fc_linear_data *data, int lags)
{
    return (double)data->targets * (lags + 1) * data->horizon;
}

/* Look-backs first, coarsely; then cycles with the best of them; then the level, and whether each is better
 * alone. */
static int run_searches(fc_linear_choice *choice, search *s, const fc_linear_config *config, nn_pool *pool,
                        nn_error *error)
{
    int code = NN_OK;
    s->cycle[s->cycles++] = config->cycle > 0 ? config->cycle : 0;
    s->level[s->levels++] = config->level > 0 ? config->level : 1;
    propose_strengths(s, config->strength, false);
    if (s->lag_count > 1 && !(code = run_search(s, pool, error)))
        narrow_lags(s, 2);
    propose_cycles(s, config->cycle);
    propose_strengths(s, config->strength, true);
    if (!code && config->strength < 0)
        code = try_last(choice, s, pool, error);
    if (!code)
        code = search_and_pick(choice, s, pool, error);
    if (!code)
        narrow_all(s);
    if (!code && config->level == 0) {
        s->level[s->levels++] = 0;
        code = search_and_pick(choice, s, pool, error);
        if (!code)
            narrow_all(s);
    }
    if (code || config->sharing == FC_LINEAR_ONE || s->data->targets == 1)
        return code;
    if (weights_of(s->data, s->lags[0]) > most_weights)
        return config->sharing == FC_LINEAR_AUTO
                   ? NN_OK
                   : nn_fail(error, NN_USAGE,
                             "--sharing each: %d columns with %d past rows and %d ahead are too many weights "
                             "for a file; --past-rows looks back less far",
                             s->data->targets, s->lags[0], s->data->horizon);
    s->alone = true;
    if (s->cycle[0] && config->cycle < 0) { /* which each may do without, seen on its own */
        s->cycle[s->cycles++] = 0;
        if (config->level == 0)
            s->level[s->levels++] = s->level[0] ? 0 : 1;
    }
    if (config->sharing == FC_LINEAR_EACH)
        choice->loss = NAN; /* whatever was found for all together */
    return search_and_pick(choice, s, pool, error);
}

int fc_linear_choose(fc_linear_choice *choice, const fc_linear_data *data, const fc_linear_config *config,
                     nn_pool *pool, nn_error *error)
{
    search s = {.data = data};
    *choice = (fc_linear_choice){
        .lags = 1, .level = 1, .strength = INFINITY, .strengths = choice->strengths, .loss = NAN};
    for (int k = 0; k < data->targets; k++)
        choice->strengths[k] = INFINITY;
    fc_linear_folds_make(&s.folds, data);
    propose_lags(&s, config->lags);
    if (s.folds.folds == 0 || s.lag_count == 0)
        return NN_OK;
    const int code = run_searches(choice, &s, config, pool, error);
    free(s.loss);
    return code;
}
