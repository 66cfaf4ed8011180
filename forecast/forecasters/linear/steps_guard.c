/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of a forecast of stations is the designs' and how much is a simple one's, of each station and
 * step, so that no network is forecast much worse than it is by the last value, the season or the mean. */
#include "forecast/forecasters/linear/steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOMENTS = FC_GUARD_PARTS * FC_GUARD_PARTS };
/* Multiply-adds: of more rows one in some is learnt from, and of more stations some are looked at. */
static const double most_work = 1e11;
/* What all stations say of the shares counts as so many windows of the station's own; and how much of the way
 * from the best simple forecast to them is gone: both by what each fold says of shares of the others. */
static const double commons[] = {1e9, 200, 40}, ways[] = {0, .3, .6, 1};
enum { COMMONS = sizeof commons / sizeof *commons, WAYS = sizeof ways / sizeof *ways };
/* What is less simple has to be better by, in parts of the mean squared error: so many windows' worth. */
static const double doubt = 2, least_doubt = .004;

typedef struct guard {
    const fc_step_choice *choice;
    const fc_known_data *data;
    const int *nearest;
    fc_step_profile (*profile)[FC_LINEAR_FOLDS]; /* members */
    double *bend[FC_KNOWN_MOST_MEMBERS];
    int stations, steps; /* looked at */
    size_t apart;
    double
        *moment; /* stations x steps x folds x (MOMENTS + 1): sums of products of errors, and their number */
    nn_error error;
    int code;
} guard;

static int target_of(const guard *g, int i)
{
    return (int)((long long)i * g->data->targets->targets / g->stations);
}

int fc_guard_step(int horizon, int steps, int i)
{
    return steps < 2 ? horizon - 1 : (int)((long long)i * (horizon - 1) / (steps - 1));
}

/* The season before, of the last one that has a value there; the last value where none has. */
static double season_before(const fc_linear_data *d, int target, size_t origin, int step)
{
    const size_t base = (size_t)target * d->rows, season = (size_t)d->season, then = origin + (size_t)step;
    size_t back = ((size_t)step / season + 1) * season;
    for (; back <= then; back += season)
        if (d->truth[base + then - back])
            return d->x[base + then - back];
    return d->x[base + origin - 1];
}

static double mean_before(const fc_linear_data *d, int target, size_t end)
{
    double sum = 0, count = 0;
    for (size_t t = 0; t < end; t++)
        if (d->truth[(size_t)target * d->rows + t]) {
            sum += d->x[(size_t)target * d->rows + t];
            count++;
        }
    return count > 0 ? sum / count : 0;
}

/* A member's sums and weights of the rows before a fold. */
typedef struct learnt {
    fc_step_sums sums;
    double *theta, *row;
} learnt;

static void learnt_free(learnt *l)
{
    fc_step_sums_free(&l->sums);
    free(l->theta);
    free(l->row);
}

static bool learn(learnt *l, const guard *g, int member, int fold, int target, int step)
{
    const fc_step_member *m = &g->choice->member[member];
    const size_t f = (size_t)fc_step_features(&m->layout);
    *l = (learnt){.sums = {.layout = &m->layout,
                           .data = g->data,
                           .profile = &g->profile[member][fold],
                           .nearest = g->nearest,
                           .bend = g->bend[member],
                           .target = target,
                           .step = step,
                           .end = g->choice->cut[fold + 1]},
                  .theta = malloc(f * sizeof(double)),
                  .row = malloc((f + 1) * sizeof(double))};
    double *room = malloc(f * f * sizeof *room);
    const bool good = l->theta && l->row && room && !fc_step_sums_make(&l->sums, NULL);
    if (good) {
        fc_step_sums_add(&l->sums, 0, g->choice->cut[fold + 1], g->apart);
        fc_step_theta(l->theta, room, &l->sums, m->strength);
    }
    free(room);
    return good;
}

/* The mean of the members' forecasts from an origin; false where nothing is known of the truth. */
static bool forecast(double *sum, learnt *l, int members, size_t origin)
{
    *sum = 0;
    for (int m = 0; m < members; m++) {
        const size_t f = (size_t)fc_step_features(l[m].sums.layout);
        double less;
        if (!fc_step_row(l[m].row, &less, &l[m].sums, origin))
            return false;
        for (size_t i = 0; i < f; i++)
            less += l[m].row[i] * l[m].theta[i];
        *sum += less / members;
    }
    return true;
}

static void score_fold(double *moment, const guard *g, learnt *l, int fold)
{
    const fc_linear_data *d = g->data->targets;
    const int target = l->sums.target, step = l->sums.step;
    const size_t horizon = (size_t)d->horizon;
    const double mean = mean_before(d, target, g->choice->cut[fold + 1]);
    for (size_t o = g->choice->cut[fold + 1]; o + horizon <= g->choice->cut[fold + 2]; o++) {
        const size_t at = (size_t)target * d->rows + o;
        double e[FC_GUARD_PARTS];
        if (!forecast(&e[FC_GUARD_DESIGN], l, g->choice->members, o))
            continue;
        e[FC_GUARD_LAST] = d->x[at - 1];
        e[FC_GUARD_SEASON] = season_before(d, target, o, step);
        e[FC_GUARD_MEAN] = mean;
        for (int i = 0; i < FC_GUARD_PARTS; i++)
            for (int j = 0; j <= i; j++) {
                const double y = d->x[at + (size_t)step], product = (e[i] - y) * (e[j] - y);
                moment[i * FC_GUARD_PARTS + j] += product;
                moment[j * FC_GUARD_PARTS + i] += i != j ? product : 0;
            }
        moment[MOMENTS]++;
    }
}

/* A station and a step. */
static void run_one(void *context, int n, int worker)
{
    guard *g = context;
    const int target = target_of(g, n / g->steps),
              step = fc_guard_step(g->data->targets->horizon, g->steps, n % g->steps);
    (void)worker;
    for (int fold = 0; fold < FC_LINEAR_FOLDS; fold++) {
        learnt l[FC_KNOWN_MOST_MEMBERS] = {0};
        bool good = true;
        for (int m = 0; m < g->choice->members && good; m++)
            good = learn(&l[m], g, m, fold, target, step);
        if (good)
            score_fold(g->moment + (size_t)(n * FC_LINEAR_FOLDS + fold) * (MOMENTS + 1), g, l, fold);
        else
            g->code = nn_no_memory(&g->error);
        for (int m = 0; m < FC_KNOWN_MOST_MEMBERS; m++)
            learnt_free(&l[m]);
    }
}

/* --- shares --- */

static double value_of(const double *moment, const double *share)
{
    double sum = 0;
    for (int i = 0; i < FC_GUARD_PARTS; i++)
        for (int j = 0; j < FC_GUARD_PARTS; j++)
            sum += share[i] * share[j] * moment[i * FC_GUARD_PARTS + j];
    return sum;
}

/* Moves what is best of one share to another, in turns. */
static void mix(double *share, const double *moment)
{
    enum { TURNS = 60 };
    for (int turn = 0; turn < TURNS * MOMENTS; turn++) {
        const int from = turn % MOMENTS / FC_GUARD_PARTS, to = turn % FC_GUARD_PARTS;
        double slope = 0;
        for (int i = 0; i < FC_GUARD_PARTS; i++)
            slope += share[i] * (moment[from * FC_GUARD_PARTS + i] - moment[to * FC_GUARD_PARTS + i]);
        const double bend = moment[from * FC_GUARD_PARTS + from] + moment[to * FC_GUARD_PARTS + to] -
                            2 * moment[from * FC_GUARD_PARTS + to];
        const double moved = bend > 1e-12 ? slope / bend : slope > 0 ? share[from] : 0;
        const double kept = moved < 0 ? 0 : moved > share[from] ? share[from] : moved;
        share[from] -= kept;
        share[to] += kept;
    }
}

/* Convex shares with the least squared error, and the best simple forecast alone. */
static void share_out(double *share, double *simple, const double *moment)
{
    int best = FC_GUARD_LAST;
    for (int i = 0; i < FC_GUARD_PARTS; i++) {
        share[i] = i == FC_GUARD_DESIGN;
        if (i != FC_GUARD_DESIGN && moment[i * FC_GUARD_PARTS + i] < moment[best * FC_GUARD_PARTS + best])
            best = i;
    }
    mix(share, moment);
    for (int i = 0; i < FC_GUARD_PARTS; i++)
        simple[i] = i == best;
}

static const double *moment_of(const guard *g, int station, int step, int fold)
{
    return g->moment + (size_t)((station * g->steps + step) * FC_LINEAR_FOLDS + fold) * (MOMENTS + 1);
}

/* Adds the moments of a station (-1: of all) at a step in all folds but `without`. */
static void add_up(double *sum, const guard *g, int station, int step, int without)
{
    memset(sum, 0, (MOMENTS + 1) * sizeof *sum);
    const int first = station < 0 ? 0 : station, end = station < 0 ? g->stations : station + 1;
    for (int i = first; i < end; i++)
        for (int fold = 0; fold < FC_LINEAR_FOLDS; fold++)
            for (int c = 0; c <= MOMENTS && fold != without; c++)
                sum[c] += moment_of(g, i, step, fold)[c];
}

/* The station's moments with those of all as if they were `windows` more of its own. */
static void blend(double *mixed, const guard *g, const double *all, int station, int step, int without,
                  double windows)
{
    const double weight = windows * (fc_guard_step(g->data->targets->horizon, g->steps, step) + 1);
    if (station >= 0)
        add_up(mixed, g, station, step, without);
    else
        memset(mixed, 0, (MOMENTS + 1) * sizeof *mixed);
    for (int c = 0; c <= MOMENTS && all[MOMENTS] > 0; c++)
        mixed[c] += weight * all[c] / all[MOMENTS];
}

/* Squared errors on each fold by shares of the others: of the designs alone, and of mixtures by the number of
 * common windows and the way to them, the first of which is none. */
typedef struct verdict {
    double design, mixture[COMMONS][WAYS];
} verdict;

static void judge(verdict *v, const guard *g, int step)
{
    static const double design[FC_GUARD_PARTS] = {[FC_GUARD_DESIGN] = 1};
    *v = (verdict){0};
    for (int fold = 0; fold < FC_LINEAR_FOLDS; fold++) {
        double all[MOMENTS + 1];
        add_up(all, g, -1, step, fold);
        for (int n = 0; n < g->stations * COMMONS; n++) {
            const int i = n / COMMONS, c = n % COMMONS;
            double mixed[MOMENTS + 1], share[FC_GUARD_PARTS], simple[FC_GUARD_PARTS], some[FC_GUARD_PARTS];
            const double *truth = moment_of(g, i, step, fold);
            v->design += c == 0 ? value_of(truth, design) : 0;
            blend(mixed, g, all, i, step, fold, commons[c]);
            share_out(share, simple, mixed);
            for (int w = 0; w < WAYS; w++) {
                for (int p = 0; p < FC_GUARD_PARTS; p++)
                    some[p] = ways[w] * share[p] + (1 - ways[w]) * simple[p];
                v->mixture[c][w] += value_of(truth, some);
            }
        }
    }
}

/* The simplest of what is not clearly worse: the best simple forecast before the designs (*way -1) before a
 * mixture of both. */
static void decide(int *common, int *way, const verdict *v, double asked)
{
    const double simple = v->mixture[0][0];
    const bool designs = v->design < (1 - asked) * simple;
    double least = (1 - asked) * (designs ? v->design : simple);
    *common = 0;
    *way = designs ? -1 : 0;
    for (int c = 0; c < COMMONS; c++)
        for (int w = 1; w < WAYS; w++)
            if (v->mixture[c][w] < least) {
                least = v->mixture[c][w];
                *common = c;
                *way = w;
            }
}

static void settle_station(double *to, const guard *g, const double *all, int i, int step, int common,
                           int way)
{
    double mixed[MOMENTS + 1], simple[FC_GUARD_PARTS];
    blend(mixed, g, all, i, step, -1, commons[common]);
    share_out(to, simple, mixed);
    for (int p = 0; p < FC_GUARD_PARTS; p++)
        to[p] = way < 0 ? p == FC_GUARD_DESIGN : ways[way] * to[p] + (1 - ways[way]) * simple[p];
}

static void settle(double *share, const guard *g)
{
    const int targets = g->data->targets->targets, horizon = g->data->targets->horizon;
    for (int s = 0; s < g->steps; s++) {
        double all[MOMENTS + 1];
        verdict v;
        int common, way;
        add_up(all, g, -1, s, -1);
        judge(&v, g, s);
        const double windows = all[MOMENTS] / g->stations / (fc_guard_step(horizon, g->steps, s) + 1),
                     asked = doubt / (windows + 1);
        decide(&common, &way, &v, asked > least_doubt ? asked : least_doubt);
        for (int k = 0, i = 0; k < targets; k++) {
            const bool own = i < g->stations && target_of(g, i) == k;
            settle_station(share + (size_t)(k * g->steps + s) * FC_GUARD_PARTS, g, all, own ? i : -1, s,
                           common, way);
            i += own;
        }
    }
}

static int prepare(guard *g, nn_error *error)
{
    int code = NN_OK;
    for (int m = 0; m < g->choice->members && !code; m++) {
        const fc_step_layout *l = &g->choice->member[m].layout;
        g->bend[m] = fc_step_bend(l);
        code = g->bend[m] ? NN_OK : nn_no_memory(error);
        for (int fold = 0; fold < FC_LINEAR_FOLDS && !code; fold++)
            code = fc_step_profile_make(&g->profile[m][fold], l, g->data, g->choice->cut[fold + 1], error);
    }
    return code;
}

/* How many stations, and one of how many rows, the work allows. */
static void plan(guard *g)
{
    const int targets = g->data->targets->targets;
    double learning = 0, solving = 0;
    for (int m = 0; m < g->choice->members; m++) {
        const double f = fc_step_features(&g->choice->member[m].layout);
        learning += f * f / 2 * (double)g->data->targets->rows * FC_LINEAR_FOLDS * g->steps;
        solving += f * f * f / 6 * FC_LINEAR_FOLDS * g->steps;
    }
    const double most = most_work / (solving * 8 + 1);
    g->stations = most < 6 ? 6 : most < targets ? (int)most : targets;
    g->stations = g->stations < targets ? g->stations : targets;
    g->apart = 1 + (size_t)(learning * g->stations / most_work);
}

int fc_step_guard(double *share, int steps, const fc_step_choice *choice, const fc_known_data *data,
                  const int *nearest, nn_pool *pool, nn_error *error)
{
    fc_step_profile profile[FC_KNOWN_MOST_MEMBERS][FC_LINEAR_FOLDS] = {0};
    guard g = {.choice = choice, .data = data, .nearest = nearest, .profile = profile, .steps = steps};
    plan(&g);
    g.moment = calloc((size_t)(g.stations * g.steps) + 1, FC_LINEAR_FOLDS * (MOMENTS + 1) * sizeof *g.moment);
    int code = g.moment ? prepare(&g, error) : nn_no_memory(error);
    if (!code) {
        fc_linear_run(pool, g.stations * g.steps, run_one, &g);
        code = g.code;
        if (code)
            nn_error_copy(error, &g.error);
    }
    if (!code)
        settle(share, &g);
    for (int m = 0; m < FC_KNOWN_MOST_MEMBERS; m++) {
        free(g.bend[m]);
        for (int fold = 0; fold < FC_LINEAR_FOLDS; fold++)
            fc_step_profile_free(&profile[m][fold]);
    }
    free(g.moment);
    return code;
}
