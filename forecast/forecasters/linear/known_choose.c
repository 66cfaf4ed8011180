/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses how blocks of steps are explained by the seasons before them and by other columns: designs, each
 * with every strength, are tried on folds of the past, and the mean of two is taken where it is better. */
#include "forecast/forecasters/linear/known.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEGMENTS = FC_LINEAR_FOLDS + 1,
    CHUNK = 64,
    STRENGTHS = 8,
    MOST_DESIGNS = 12,
    MOST_TOGETHER = 8,
    MANY_ROWS = 20000,   /* from which on some phases speak for all */
    MOST_SCORED = 400000 /* values, of each design and strength */
};

static const double strengths[STRENGTHS] = {1e-4, 1e-3, 1e-2, 3e-2, .1, .3, 1, 10};
/* What a mean of two has to be better by than one alone, in logarithms of the score. */
static const double margin = .004;

/* What comes of a design with its best strength. */
typedef struct design {
    fc_known_member member;
    float *error; /* slots, scaled; NaN: not scored; owned */
    double score, mse;
} design;

typedef struct search {
    const fc_known_data *data;
    size_t cut[SEGMENTS + 1]; /* rows: begins of the segments, and the end */
    int every;                /* of the phases one in so many is looked at */
    size_t apart;             /* one in so many of their origins is scored */
    int blocks;               /* the first, and the last of several */
    size_t slots;             /* K x blocks x rows behind the first segment x block / (every x apart) */
    size_t *slot;             /* rows: of the first value of an origin within a target's block; SIZE_MAX: not
                                 scored; owned */
    size_t each;              /* slots of a target's block */
    design design[MOST_DESIGNS];
    int designs;
    nn_pool *pool;
} search;

/* --- one design --- */

typedef struct trial {
    const search *search;
    const fc_known_layout *layout;
    float *error[STRENGTHS]; /* slots */
    int jobs;                /* targets x blocks x phases looked at */
    nn_error failed;
    int code;
} trial;

/* Buffers of one target, block and phase. */
typedef struct bench {
    double *g, *rows, *room, *theta, *one, *out;
    double less[CHUNK];
    size_t origin[CHUNK];
    int count;
} bench;

static bool bench_make(bench *b, const fc_known_layout *l)
{
    const size_t f = (size_t)fc_known_features(l), block = (size_t)l->block, wide = f + block;
    *b = (bench){.g = calloc(f * wide, sizeof(double)),
                 .rows = malloc(CHUNK * wide * sizeof(double)),
                 .room = malloc(f * f * sizeof(double)),
                 .theta = malloc(f * block * STRENGTHS * sizeof(double)),
                 .one = malloc(f * block * sizeof(double)),
                 .out = malloc(CHUNK * block * STRENGTHS * sizeof(double))};
    return b->g && b->rows && b->room && b->theta && b->one && b->out;
}

static void bench_free(bench *b)
{
    free(b->g);
    free(b->rows);
    free(b->room);
    free(b->theta);
    free(b->one);
    free(b->out);
}

/* theta (F, STRENGTHS x block) from the sums so far. */
static void solve_all(bench *b, const fc_known_layout *l)
{
    const size_t f = (size_t)fc_known_features(l), block = (size_t)l->block, wide = block * STRENGTHS;
    for (int a = 0; a < STRENGTHS; a++) {
        fc_known_theta(b->one, b->room, l, b->g, strengths[a]);
        for (size_t i = 0; i < f; i++)
            memcpy(b->theta + i * wide + (size_t)a * block, b->one + i * block, block * sizeof *b->one);
    }
}

/* The errors of the rows at hand. */
static void note_errors(const trial *t, bench *b, int target, int block)
{
    const search *s = t->search;
    const fc_known_layout *l = t->layout;
    const fc_linear_data *d = s->data->targets;
    const int f = fc_known_features(l), wide = STRENGTHS * l->block, place = block ? s->blocks - 1 : 0;
    const fc_known_squash *squash = &s->data->squash[target];
    nn_dense_multiply(false, b->count, wide, f, b->rows, f + l->block, b->theta, wide, 0, b->out, wide);
    for (int r = 0; r < b->count; r++) {
        const size_t origin = b->origin[r];
        if (s->slot[origin] == SIZE_MAX)
            continue;
        const double *x = d->x + (size_t)target * d->rows + origin + (size_t)(block * l->block);
        const size_t at = (size_t)(target * s->blocks + place) * s->each + s->slot[origin];
        for (int a = 0; a < STRENGTHS; a++)
            for (int i = 0; i < l->block && block * l->block + i < l->horizon; i++) {
                const double v = b->out[r * wide + a * l->block + i] + b->less[r],
                             forecast = l->squashed ? fc_known_unsquashed(squash, v) : v;
                t->error[a][at + (size_t)i] = (float)(forecast - x[i]);
            }
    }
}

/* Rows of a phase in a segment: scored by what the segments before them taught, then learnt from. */
static void run_segment(const trial *t, bench *b, int target, int block, int phase, int segment)
{
    const search *s = t->search;
    const fc_known_layout *l = t->layout;
    const fc_linear_data *d = s->data->targets;
    const size_t reach = (size_t)fc_known_reach(l), horizon = (size_t)l->horizon, begin = s->cut[segment],
                 wide = (size_t)(fc_known_features(l) + l->block);
    for (size_t o = begin > reach ? begin : reach; o + horizon <= s->cut[segment + 1] + 1; o++) {
        const bool last = o + horizon > s->cut[segment + 1];
        if (!last && d->place[o] % l->season % s->every == 0 &&
            (l->phases == 1 || d->place[o] % l->phases == phase) &&
            fc_known_row(b->rows + (size_t)b->count * wide, &b->less[b->count], l, s->data, target, block, o))
            b->origin[b->count++] = o;
        if (b->count < CHUNK && !(last && b->count))
            continue;
        if (segment > 0)
            note_errors(t, b, target, block);
        for (size_t i = 0; l->fade && i < (size_t)b->count * wide; i++)
            b->rows[i] *= exp((double)b->origin[i / wide] / (2.0 * l->fade));
        fc_known_add(b->g, l, b->rows, b->count);
        b->count = 0;
    }
}

static int phases_of(const search *s, const fc_known_layout *l)
{
    return l->phases > 1 ? (l->phases + s->every - 1) / s->every : 1;
}

static void run_one(trial *t, int n)
{
    const search *s = t->search;
    const fc_known_layout *l = t->layout;
    const int phases = phases_of(s, l), phase = n % phases * s->every,
              block = n / phases % s->blocks ? l->blocks - 1 : 0, target = n / phases / s->blocks;
    bench b;
    if (bench_make(&b, l))
        for (int segment = 0; segment < SEGMENTS; segment++) {
            if (segment > 0)
                solve_all(&b, l);
            run_segment(t, &b, target, block, phase, segment);
        }
    else
        t->code = nn_no_memory(&t->failed);
    bench_free(&b);
}

/* --- judging --- */

/* Half of it squares, half absolute values: spikes do not decide alone. */
static double score_of(const float *a, const float *b, size_t n, double *mse)
{
    double square = 0, absolute = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const double e = b ? ((double)a[i] + (double)b[i]) / 2 : (double)a[i];
        if (isnan(e))
            continue;
        square += e * e;
        absolute += fabs(e);
        count++;
    }
    *mse = count ? square / (double)count : INFINITY;
    return count ? log(square / (double)count) / 2 + log(absolute / (double)count) : INFINITY;
}

/* Whether there are rows enough before the first fold, and few enough weights for a file. */
static bool fits(const search *s, const fc_known_layout *l)
{
    const size_t reach = (size_t)fc_known_reach(l) + (size_t)l->horizon;
    return !(l->phases > 1 && l->season < 2) &&
           (double)fc_known_weights(l, s->data->targets->targets) <= 1.5e7 &&
           s->cut[1] >= reach + 15 * (size_t)l->phases &&
           (!(l->wide || l->past) || s->cut[1] >= reach + (size_t)fc_known_features(l));
}

static void keep_best(search *s, const fc_known_layout *l, float *error[STRENGTHS])
{
    design *d = &s->design[s->designs++];
    int best = 0;
    *d = (design){.member.layout = *l, .score = INFINITY};
    for (int a = 0; a < STRENGTHS; a++) {
        double mse;
        const double score = score_of(error[a], NULL, s->slots, &mse);
        if (!(score < d->score))
            continue;
        d->score = score;
        d->mse = mse;
        best = a;
    }
    d->score += l->past ? margin : 0; /* what is seen without need is chance */
    d->member.strength = strengths[best];
    d->error = error[best];
    error[best] = NULL;
}

static bool trial_make(trial *t)
{
    const search *s = t->search;
    for (int a = 0; a < STRENGTHS; a++) {
        t->error[a] = malloc((s->slots + 1) * sizeof *t->error[a]);
        if (!t->error[a])
            return false;
        for (size_t i = 0; i < s->slots; i++)
            t->error[a][i] = NAN;
    }
    t->jobs = s->data->targets->targets * s->blocks * phases_of(s, t->layout);
    return true;
}

/* Designs side by side. */
typedef struct trials {
    trial trial[MOST_TOGETHER];
    int count;
} trials;

static void run_any(void *context, int n, int worker)
{
    trials *all = context;
    int i = 0;
    (void)worker;
    for (; n >= all->trial[i].jobs; i++)
        n -= all->trial[i].jobs;
    run_one(&all->trial[i], n);
}

/* Tries designs, each once. */
static int try_designs(search *s, const fc_known_layout *of, int count, nn_error *error)
{
    trials all = {0};
    int jobs = 0, code = NN_OK;
    for (int i = 0; i < count && !code; i++) {
        bool twice = s->designs + all.count == MOST_DESIGNS || !fits(s, &of[i]);
        for (int j = 0; j < s->designs; j++)
            twice = twice || memcmp(&of[i], &s->design[j].member.layout, sizeof *of) == 0;
        for (int j = 0; j < i; j++)
            twice = twice || memcmp(&of[i], &of[j], sizeof *of) == 0;
        if (twice)
            continue;
        trial *t = &all.trial[all.count++];
        *t = (trial){.search = s, .layout = &of[i]};
        code = trial_make(t) ? NN_OK : nn_no_memory(error);
        jobs += t->jobs;
    }
    if (!code)
        fc_linear_run(s->pool, jobs, run_any, &all);
    for (int i = 0; i < all.count; i++) {
        trial *t = &all.trial[i];
        if (!code && !(code = t->code))
            keep_best(s, t->layout, t->error);
        else if (t->code)
            nn_error_copy(error, &t->failed);
        for (int a = 0; a < STRENGTHS; a++)
            free(t->error[a]);
    }
    return code;
}

static const fc_known_layout *best_of(const search *s)
{
    int best = 0;
    for (int i = 1; i < s->designs; i++)
        if (s->design[i].score < s->design[best].score)
            best = i;
    return &s->design[best].member.layout;
}

/* --- what is tried --- */

/* What is looked at first, and how it is looked at, of the best of that. */
static int try_all(search *s, const fc_known_layout *open, nn_error *error)
{
    fc_known_layout of[MOST_TOGETHER];
    for (int i = 0; i < 8; i++) {
        of[i] = *open;
        of[i].wide = !(i & 1); /* the longest first */
        of[i].phases = i & 2 ? open->season : 1;
        of[i].past = i & 4 ? 0 : open->past;
    }
    int code = try_designs(s, of, 8, error), count = 0;
    if (code || !s->designs)
        return code;
    for (int i = 1; i < 4; i++) {
        of[count] = *best_of(s);
        of[count].absolute = i & 1;
        of[count++].squashed = i >> 1;
    }
    if (s->cut[SEGMENTS] >= 200 * (size_t)open->season) {
        of[count] = *best_of(s);
        of[count++].fade = (int)(s->cut[SEGMENTS] / 4);
    }
    return try_designs(s, of, count, error);
}

static void choose(fc_known_choice *choice, const search *s)
{
    double least = INFINITY;
    for (int i = 0; i < s->designs; i++)
        for (int j = i; j < s->designs; j++) {
            const design *a = &s->design[i], *b = &s->design[j];
            double mse;
            const double score = i == j ? a->score : score_of(a->error, b->error, s->slots, &mse) + margin;
            if (!(score < least))
                continue;
            least = score;
            *choice = (fc_known_choice){
                .members = i == j ? 1 : 2, .member = {a->member, b->member}, .loss = i == j ? a->mse : mse};
        }
}

static void cut_segments(search *s, const fc_known_layout *open)
{
    const size_t rows = s->data->targets->rows, least = rows * 15 / 100, h = (size_t)open->horizon,
                 length = least > h ? least : h;
    for (int i = 1; i < SEGMENTS; i++) {
        const size_t back = (size_t)(SEGMENTS - i) * length;
        s->cut[i] = rows > back ? rows - back : 0;
    }
    s->cut[SEGMENTS] = rows;
}

/* Which origins are looked at, and where their errors go. */
static int lay_slots(search *s, const fc_known_layout *open, nn_error *error)
{
    const fc_linear_data *d = s->data->targets;
    size_t looked = 0, scored = 0;
    s->every = d->rows > MANY_ROWS && open->season >= 8 ? open->season / 4 : 1;
    s->blocks = open->blocks > 1 ? 2 : 1;
    s->slot = malloc((d->rows + 1) * sizeof *s->slot);
    if (!s->slot)
        return nn_no_memory(error);
    const double all = (double)(d->rows - s->cut[1]) / s->every * d->targets * s->blocks * open->block;
    s->apart = 1 + (size_t)(all / MOST_SCORED);
    for (size_t o = 0; o < d->rows; o++) {
        s->slot[o] = SIZE_MAX;
        if (o < s->cut[1] || d->place[o] % open->season % s->every || looked++ % s->apart)
            continue;
        s->slot[o] = scored++ * (size_t)open->block;
    }
    s->each = scored * (size_t)open->block;
    s->slots = s->each * (size_t)(d->targets * s->blocks);
    return NN_OK;
}

int fc_known_choose(fc_known_choice *choice, const fc_known_layout *open, const fc_known_data *data,
                    nn_pool *pool, nn_error *error)
{
    search s = {.data = data, .pool = pool};
    *choice = (fc_known_choice){.loss = NAN};
    cut_segments(&s, open);
    int code = lay_slots(&s, open, error);
    if (!code)
        code = try_all(&s, open, error);
    if (!code)
        choose(choice, &s);
    for (int i = 0; i < s.designs; i++)
        free(s.design[i].error);
    free(s.slot);
    return code;
}
