/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of errors over folds and seeds, and the mean over the seeds. */
#include "forecast/scores/gather.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static size_t folds_of(const fc_gathered *g)
{
    return (size_t)g->walk->scores->folds;
}

static fc_tally *whole(const fc_gathered *g, int entry, int seed)
{
    return &g->tally[entry * g->seeds + seed];
}

static fc_sums *farms(const fc_gathered *g, int entry, int seed)
{
    return g->farm + (size_t)(entry * g->seeds + seed) * folds_of(g);
}

int fc_gathered_make(fc_gathered *g, const char *const *names, int trained, nn_error *error)
{
    const fc_scores *scores = g->walk->scores;
    const size_t parts = folds_of(g) * g->series, horizon = (size_t)g->walk->rounds->model.horizon;
    bool complete = true;
    g->seeds = g->walk->rounds->folds->seeds;
    for (; *names && g->count < FC_MOST_GATHERED; names++, g->count++) {
        fc_fold_entry *e = &g->entry[g->count];
        snprintf(e->base.name, sizeof e->base.name, "%s", *names);
        e->trained = g->count < trained;
        e->windows = g->walk->scored;
        complete = (e->fold = calloc(folds_of(g), sizeof *e->fold)) && complete;
        for (int k = 0; e->fold && k < scores->folds; k++)
            e->fold[k].windows = scores->fold[k].scored;
    }
    const int count = g->count * g->seeds;
    g->tally = calloc((size_t)count, sizeof *g->tally);
    g->farm = calloc((size_t)count * folds_of(g), sizeof *g->farm);
    g->naive = calloc(parts, sizeof *g->naive);
    g->stream = calloc((size_t)count, sizeof(fc_stream *));
    g->intervals = calloc((size_t)count, sizeof *g->intervals);
    if (!complete || !g->tally || !g->farm || !g->naive || !g->stream || !g->intervals)
        return nn_no_memory(error);
    for (size_t i = 0; i < parts; i++)
        g->naive[i] = (fc_naive){.absolute = NAN};
    int code = NN_OK;
    for (int i = 0; i < count && !code; i++)
        code = fc_tally_make(&g->tally[i], parts, horizon, g->walk->scored, error);
    return code;
}

fc_tally fc_gathered_tally(const fc_gathered *g, int entry, int seed)
{
    const fc_tally *all = whole(g, entry, seed);
    return (fc_tally){all->each + (size_t)g->walk->fold * g->series, all->step, all->loss + g->walk->at,
                      NULL};
}

/* What the stream of a fold that is over has goes to the others. */
static void end_stream(const fc_gathered *g, int i)
{
    if (g->stream[i])
        fc_stream_sum(g->stream[i], &g->intervals[i]);
    fc_stream_free(g->stream[i]);
    g->stream[i] = NULL;
}

int fc_gathered_stream(fc_stream **stream, const fc_gathered *g, int entry, int seed, int targets,
                       nn_error *error)
{
    const fc_rounds *rounds = g->walk->rounds;
    const int i = entry * g->seeds + seed;
    int code = NN_OK;
    *stream = NULL;
    if (!rounds->how.intervals || !rounds->how.intervals->values)
        return NN_OK;
    if (g->walk->done == 0) {
        end_stream(g, i);
        code = fc_stream_new(&g->stream[i], rounds->how.intervals, targets, rounds->model.horizon, error);
    }
    *stream = g->stream[i];
    return code;
}

void fc_gathered_intervals(const fc_gathered *g, int entry, int seed, const fc_interval_sums *sums)
{
    fc_interval_sums_join(&g->intervals[entry * g->seeds + seed], sums);
}

fc_sums *fc_gathered_farm(const fc_gathered *g, int entry, int seed)
{
    return farms(g, entry, seed) + g->walk->fold;
}

fc_naive *fc_gathered_naive(const fc_gathered *g)
{
    return g->naive + (size_t)g->walk->fold * g->series;
}

/* All folds of a seed, or one. */
static fc_fold_errors errors_of(const fc_gathered *g, int entry, int seed, int fold)
{
    const size_t from = fold < 0 ? 0 : (size_t)fold, count = fold < 0 ? folds_of(g) : 1;
    fc_sums farm = {0};
    for (size_t k = from; k < from + count; k++)
        fc_sums_join(&farm, &farms(g, entry, seed)[k]);
    return (fc_fold_errors){.all = fc_errors_joined(whole(g, entry, seed)->each + from * g->series,
                                                    g->naive + from * g->series, count * g->series),
                            .farm = fc_errors_of(&farm, NULL)};
}

/* The first seed's losses become the mean over the seeds, which tests compare. */
static void average_losses(fc_gathered *g, int i, int seeds)
{
    double *loss = g->entry[i].base.loss = whole(g, i, 0)->loss;
    for (size_t w = 0; w < g->walk->scored; w++)
        for (int k = 1; k < seeds; k++)
            loss[w] = (loss[w] * k + whole(g, i, k)->loss[w]) / (k + 1);
    whole(g, i, 0)->loss = NULL;
}

static void score_entry(fc_gathered *g, int i)
{
    fc_fold_entry *e = &g->entry[i];
    const int seeds = e->trained ? g->seeds : 1;
    const double share = 1.0 / seeds;
    double squares = 0;
    e->least = INFINITY;
    e->most = -INFINITY;
    for (int k = 0; k < seeds; k++) {
        const fc_fold_errors all = errors_of(g, i, k, -1);
        const double value = fc_metric_value(g->decides, &all.all);
        fc_errors_add(&e->base.all, &all.all, share);
        fc_errors_add(&e->farm, &all.farm, share);
        e->least = fmin(e->least, value);
        e->most = fmax(e->most, value);
        for (size_t f = 0; f < folds_of(g); f++) {
            const fc_fold_errors own = errors_of(g, i, k, (int)f);
            fc_errors_add(&e->fold[f].all, &own.all, share);
            fc_errors_add(&e->fold[f].farm, &own.farm, share);
        }
    }
    for (int k = 0; k < seeds; k++) {
        const fc_fold_errors all = errors_of(g, i, k, -1);
        const double d = fc_metric_value(g->decides, &all.all) - fc_metric_value(g->decides, &e->base.all);
        squares += d * d;
    }
    e->spread = seeds > 1 ? sqrt(squares / (seeds - 1)) : NAN;
    average_losses(g, i, seeds);
}

/* The mean over the seeds is that of all of their values. */
static int score_intervals(fc_gathered *g, int i, nn_error *error)
{
    fc_interval_sums sums = {0};
    const fc_scoring *how = &g->walk->rounds->how;
    if (!how->intervals || !how->intervals->values)
        return NN_OK;
    for (int k = 0; k < g->seeds; k++) {
        end_stream(g, i * g->seeds + k);
        fc_interval_sums_join(&sums, &g->intervals[i * g->seeds + k]);
    }
    return fc_entry_take_intervals(&g->entry[i].base, &sums, error);
}

int fc_gathered_score(fc_gathered *g, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < g->count && !code; i++) {
        score_entry(g, i);
        code = score_intervals(g, i, error);
    }
    return code;
}

int fc_gathered_best(const fc_gathered *g, int from)
{
    int best = from;
    for (int i = from; i < g->count; i++)
        if (fc_metric_value(g->decides, &g->entry[i].base.all) <
            fc_metric_value(g->decides, &g->entry[best].base.all))
            best = i;
    return best;
}

void fc_gathered_clear(fc_gathered *g)
{
    for (int i = 0; g->tally && i < g->count * g->seeds; i++)
        fc_tally_clear(&g->tally[i]);
    for (int i = 0; g->stream && i < g->count * g->seeds; i++)
        fc_stream_free(g->stream[i]);
    for (int i = 0; i < g->count; i++) {
        fc_entry_clear(&g->entry[i].base);
        free(g->entry[i].fold);
    }
    free(g->tally);
    free(g->farm);
    free(g->stream);
    free(g->intervals);
    free(g->naive);
}
