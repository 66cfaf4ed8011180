/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses what explains a step ahead of a station, and how strong the ridge is, on folds of the past: one
 * question after the other, and the mean of two where that is better. */
#include "forecast/forecasters/linear/steps.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEGMENTS = FC_LINEAR_FOLDS + 1,
    STRENGTHS = 8,
    MOST_DESIGNS = 16,
    MOST_STATIONS = 6,    /* that speak for all */
    MOST_STEPS = 3,       /* likewise */
    MOST_SCORED = 400000, /* values of each design and strength */
    MANY_OTHERS = 250,    /* of so many not all are looked at */
    MOST_LAGGED = 60      /* nor of so many more than the last value */
};
static const double strengths[STRENGTHS] = {1e-4, 1e-3, 1e-2, 3e-2, .1, .3, 1, 3};
/* Multiply-adds that a design may take on the folds: of more rows one in some is learnt from. */
static const double most_work = 2e11;
/* What is less simple has to be better by, in logarithms of the mean squared error. */
static const double margin = .004;

typedef struct design {
    fc_step_member member;
    float *error; /* slots, scaled; NaN: not scored; owned */
    double score;
} design;

typedef struct search {
    const fc_known_data *data;
    const int *nearest;
    size_t cut[SEGMENTS + 1];
    int stations, steps;       /* looked at */
    size_t apart, each, slots; /* origins scored are so far apart; slots of a station and step; all */
    design design[MOST_DESIGNS];
    int designs;
    nn_pool *pool;
} search;

/* --- one design --- */

typedef struct trial {
    const search *search;
    const fc_step_layout *layout;
    fc_step_profile profile[FC_LINEAR_FOLDS]; /* of the rows before each fold */
    double *bend;
    size_t apart;
    float *error[STRENGTHS];
    nn_error failed;
    int code;
} trial;

static int target_of(const search *s, int i)
{
    return (int)((long long)i * s->data->targets->targets / s->stations);
}

static int step_of(const search *s, const fc_step_layout *l, int i)
{
    return s->steps == 1 ? l->horizon - 1 : (int)((long long)i * (l->horizon - 1) / (s->steps - 1));
}

static void score_fold(trial *t, fc_step_sums *sums, int fold, int place, double *theta, double *room,
                       double *row)
{
    const search *s = t->search;
    const fc_step_layout *l = t->layout;
    const size_t f = (size_t)fc_step_features(l), begin = s->cut[fold + 1], horizon = (size_t)l->horizon;
    for (int a = 0; a < STRENGTHS; a++)
        fc_step_theta(theta + (size_t)a * f, room, sums, strengths[a]);
    for (size_t o = begin; o + horizon <= s->cut[fold + 2]; o++) {
        const size_t slot = (o - s->cut[1]) / s->apart;
        double less;
        if ((o - s->cut[1]) % s->apart || !fc_step_row(row, &less, sums, o))
            continue;
        for (int a = 0; a < STRENGTHS; a++) {
            double e = -row[f];
            for (size_t i = 0; i < f; i++)
                e += row[i] * theta[(size_t)a * f + i];
            t->error[a][(size_t)place * s->each + slot] = (float)e;
        }
    }
}

/* A station and a step in a fold. */
static void run_one(void *context, int n, int worker)
{
    trial *t = context;
    const search *s = t->search;
    const fc_step_layout *l = t->layout;
    const size_t f = (size_t)fc_step_features(l);
    const int fold = FC_LINEAR_FOLDS - 1 - n / (s->stations * s->steps), place = n % (s->stations * s->steps);
    fc_step_sums sums = {.layout = l,
                         .data = s->data,
                         .profile = &t->profile[fold],
                         .nearest = s->nearest,
                         .bend = t->bend,
                         .target = target_of(s, place / s->steps),
                         .step = step_of(s, l, place % s->steps),
                         .end = s->cut[fold + 1]};
    double *room = malloc(f * f * sizeof *room), *theta = malloc(f * STRENGTHS * sizeof *theta),
           *row = malloc((f + 1) * sizeof *row);
    (void)worker;
    if (room && theta && row && !fc_step_sums_make(&sums, NULL)) {
        fc_step_sums_add(&sums, 0, s->cut[fold + 1], t->apart);
        score_fold(t, &sums, fold, place, theta, room, row);
    } else {
        t->code = nn_no_memory(&t->failed);
    }
    fc_step_sums_free(&sums);
    free(room);
    free(theta);
    free(row);
}

/* --- judging --- */

static double score_of(const float *a, const float *b, size_t n)
{
    double square = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const double e = b ? ((double)a[i] + (double)b[i]) / 2 : (double)a[i];
        if (isnan(e))
            continue;
        square += e * e;
        count++;
    }
    return count ? log(square / (double)count) : INFINITY;
}

static void keep_best(search *s, const trial *t, float *error[STRENGTHS])
{
    design *d = &s->design[s->designs++];
    int best = 0;
    *d = (design){.member.layout = *t->layout, .score = INFINITY};
    for (int a = 0; a < STRENGTHS; a++) {
        const double score = score_of(error[a], NULL, s->slots);
        if (!(score < d->score))
            continue;
        d->score = score;
        best = a;
    }
    d->member.strength = strengths[best];
    d->error = error[best];
    error[best] = NULL;
}

static int trial_make(trial *t, nn_error *error)
{
    const search *s = t->search;
    const double f = fc_step_features(t->layout);
    int code = (t->bend = fc_step_bend(t->layout)) ? NN_OK : nn_no_memory(error);
    t->apart = 1 + (size_t)((double)s->cut[SEGMENTS] * FC_LINEAR_FOLDS * f * f / 2 * s->stations * s->steps /
                            most_work);
    for (int fold = 0; fold < FC_LINEAR_FOLDS && !code; fold++)
        code = fc_step_profile_make(&t->profile[fold], t->layout, s->data, s->cut[fold + 1], error);
    for (int a = 0; a < STRENGTHS && !code; a++) {
        t->error[a] = malloc((s->slots + 1) * sizeof *t->error[a]);
        if (!t->error[a])
            return nn_no_memory(error);
        for (size_t i = 0; i < s->slots; i++)
            t->error[a][i] = NAN;
    }
    return code;
}

static int try_design(search *s, const fc_step_layout *l, nn_error *error)
{
    trial t = {.search = s, .layout = l};
    bool twice = false;
    for (int i = 0; i < s->designs; i++)
        twice = twice || memcmp(l, &s->design[i].member.layout, sizeof *l) == 0;
    const size_t reach = (size_t)(l->own > l->lags ? l->own : l->lags) + (size_t)l->horizon;
    if (twice || s->designs == MOST_DESIGNS || s->cut[1] < 2 * reach + 8)
        return NN_OK;
    int code = trial_make(&t, error);
    if (!code)
        fc_linear_run(s->pool, FC_LINEAR_FOLDS * s->stations * s->steps, run_one, &t);
    if (!code && !(code = t.code))
        keep_best(s, &t, t.error);
    else if (t.code)
        nn_error_copy(error, &t.failed);
    for (int a = 0; a < STRENGTHS; a++)
        free(t.error[a]);
    for (int fold = 0; fold < FC_LINEAR_FOLDS; fold++)
        fc_step_profile_free(&t.profile[fold]);
    free(t.bend);
    return code;
}

/* The best one; of what is hardly better the one that was tried before. */
static int best_of(const search *s)
{
    int best = 0;
    for (int i = 1; i < s->designs; i++)
        if (s->design[i].score < s->design[best].score - margin / 4)
            best = i;
    return best;
}

/* --- what is tried --- */

/* The best so far with another answer to one question. */
static int try_other(search *s, size_t offset, int value, nn_error *error)
{
    if (!s->designs)
        return NN_OK;
    fc_step_layout l = s->design[best_of(s)].member.layout;
    memcpy((char *)&l + offset, &value, sizeof value);
    l.lags = !l.others ? 0 : l.lags ? l.lags : 1; /* a design is written in one way */
    l.around = l.others ? l.around : 0;
    return try_design(s, &l, error);
}

/* Whether a cycle of a year is seen often enough to be told from chance: three times, where it is learnt
 * from. */
static bool has_years(const search *s)
{
    const ds_time *time = s->data->time;
    const size_t rows = s->data->targets->rows;
    return time && rows > 1 && (double)(time[rows - 1] - time[0]) >= 3 * 365.2 * (double)DS_DAY;
}

static int try_all(search *s, const fc_step_layout *open, nn_error *error)
{
#define OF(name) offsetof(fc_step_layout, name)
    const int all = open->targets - 1, near = all < 8 ? all : 8;
    const struct {
        size_t offset;
        int value;
        bool asked;
    } question[] = {
        {OF(own), 12, true},
        {OF(others), near, all > 0},
        {OF(others), all, all > near && all <= MANY_OTHERS},
        {OF(lags), 3, all > 0 && all <= MOST_LAGGED},
        {OF(kinds), 1, open->season > 1},
        {OF(kinds), 2, open->season > 7 && s->data->time},
        {OF(kinds), 7, open->season > 7 && s->data->time && s->cut[1] >= 28 * (size_t)open->season},
        {OF(around), 1, open->count > 0 && all * open->count <= 64},
        {OF(relative), 1, true},
        {OF(year), 1, has_years(s)},
        {OF(bends), 120, s->cut[1] >= 600},
        {OF(bends), 400, s->cut[1] >= 2000},
        {OF(bends), 800, s->cut[1] >= 6000},
        {OF(around), 0, true},
        {OF(columns), 0, true},
        {OF(others), 0, all > 0}};
    fc_step_layout first = *open;
    first.own = 3;
    first.columns = open->count + open->past > 0;
    int code = try_design(s, &first, error);
    for (size_t i = 0; i < sizeof question / sizeof *question && !code; i++)
        if (question[i].asked)
            code = try_other(s, question[i].offset, question[i].value, error);
    return code;
#undef OF
}

static void choose(fc_step_choice *choice, const search *s)
{
    double least = INFINITY;
    for (int i = 0; i < s->designs; i++)
        for (int j = i; j < s->designs; j++) {
            const design *a = &s->design[i], *b = &s->design[j];
            const double score = i == j ? a->score : score_of(a->error, b->error, s->slots) + margin;
            if (!(score < least))
                continue;
            least = score;
            *choice = (fc_step_choice){.members = i == j ? 1 : 2,
                                       .member = {a->member, b->member},
                                       .loss = exp(i == j ? score : score - margin)};
        }
}

int fc_step_choose(fc_step_choice *choice, const fc_step_layout *open, const fc_known_data *data,
                   const int *nearest, nn_pool *pool, nn_error *error)
{
    search s = {.data = data, .nearest = nearest, .pool = pool};
    const size_t rows = data->targets->rows, least = rows * 15 / 100, h = (size_t)open->horizon,
                 length = least > 2 * h ? least : 2 * h;
    *choice = (fc_step_choice){.loss = NAN};
    for (int i = 1; i < SEGMENTS; i++) {
        const size_t back = (size_t)(SEGMENTS - i) * length;
        s.cut[i] = rows > back ? rows - back : 0;
    }
    s.cut[SEGMENTS] = rows;
    s.stations = open->targets < MOST_STATIONS ? open->targets : MOST_STATIONS;
    s.steps = open->horizon < MOST_STEPS ? open->horizon : MOST_STEPS;
    s.apart = 1 + (rows - s.cut[1]) * (size_t)(s.stations * s.steps) / MOST_SCORED;
    s.each = (rows - s.cut[1]) / s.apart + 1;
    s.slots = s.each * (size_t)(s.stations * s.steps);
    const int code = try_all(&s, open, error);
    if (!code)
        choose(choice, &s);
    memcpy(choice->cut, s.cut, sizeof s.cut);
    for (int i = 0; i < s.designs; i++)
        free(s.design[i].error);
    return code;
}
