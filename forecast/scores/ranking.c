/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks models by their errors from the same rows on. */
#include "forecast/scores/ranking.h"

#include "forecast/scores/errors.h"
#include "forecast/scores/rolling.h"
#include "forecast/scores/verdict.h"
#include "lib/base/clock.h"
#include "lib/files/text_stream.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ranked {
    fc_entry entry;
    double skill;  /* 1 - MSE over that of the best naive forecast, percent */
    double p_holm; /* against the best naive forecast, corrected */
    bool naive;
    size_t learnt;
} ranked;

typedef struct ranking {
    const fc_ranking_request *request;
    ds_part origins;
    size_t stride, windows;
    int targets;
    int *column;     /* targets: of the table */
    double *mean;    /* targets, in training */
    double *spread;  /* targets: deviation there, above 0 */
    fc_naive *naive; /* targets */
    char **names;    /* targets; borrowed */
    size_t skipped;
    ranked *ranked; /* request->count, sorted in the end */
    int best_naive; /* of them */
} ranking;

#define OF(name)    offsetof(ranked, name)
#define ERROR(name) (OF(entry.all) + offsetof(fc_errors, name))
#define EVERY       FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)
const fc_metric fc_ranked_metrics[] = {
    {"mse", "MSE", "mean squared error of scaled values", ERROR(mse), 6, -1, EVERY},
    {"skill", "skill %", "how much lower the MSE is than that of the best naive forecast", OF(skill), 1, 1,
     EVERY},
    {"p", "p", "chance of an MSE this far from the best naive forecast's if both forecast equally well",
     OF(entry.p), FC_P, 0, EVERY},
    {"p_holm", "p, Holm", "the same, corrected for the number of models that were tried", OF(p_holm), FC_P, 0,
     EVERY},
    {"dm", "DM", NULL, OF(entry.dm), 4, 0, FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {"mae", "MAE", "mean absolute error of scaled values", ERROR(mae), 6, -1, EVERY},
    {"mae_original", "MAE, units", "MAE in the units of the file", ERROR(own_mae), -6, -1,
     FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {"rmse_original", "RMSE, units", NULL, ERROR(own_rmse), -6, -1, FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {"mase", "MASE", "MAE over that of the naive forecast in training", ERROR(mase), 4, -1, EVERY},
    {"rmsse", "RMSSE", NULL, ERROR(rmsse), 4, -1, FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {"smape", "sMAPE", "percent", ERROR(smape), 2, -1, EVERY},
    {"wape", "WAPE", NULL, ERROR(wape), 4, -1, FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {0}};

static void clear(void *state)
{
    ranking *r = state;
    for (int i = 0; r->ranked && i < r->request->count; i++)
        fc_entry_clear(&r->ranked[i].entry);
    free(r->ranked);
    free(r->column);
    free(r->mean);
    free(r->spread);
    free(r->naive);
    free(r->names);
}

/* --- what is scored --- */

/* Whether all models forecast a column of the table. */
static bool shared(const fc_ranking_request *q, int column)
{
    for (int i = 0; i < q->count; i++) {
        const fc_model *m = q->contender[i].model;
        int j = 0;
        while (j < m->columns && (strcmp(m->names[j], q->table->names[column]) != 0 || !m->is_target[j]))
            j++;
        if (j == m->columns)
            return false;
    }
    return true;
}

static int find_targets(ranking *r, nn_error *error)
{
    const fc_ranking_request *q = r->request;
    const size_t width = (size_t)q->table->columns + 1;
    r->column = calloc(width, sizeof *r->column);
    r->mean = calloc(width, sizeof *r->mean);
    r->spread = calloc(width, sizeof *r->spread);
    r->naive = calloc(width, sizeof *r->naive);
    r->names = calloc(width, sizeof *r->names);
    r->ranked = calloc((size_t)q->count + 1, sizeof *r->ranked);
    if (!r->column || !r->mean || !r->spread || !r->naive || !r->names || !r->ranked)
        return nn_no_memory(error);
    for (int c = 0; c < q->table->columns; c++) {
        if (!shared(q, c))
            continue;
        const int k = r->targets++, first = 0;
        const ds_view view = {.table = q->table,
                              .rows = q->table->rows,
                              .columns = 1,
                              .column = &c,
                              .targets = 1,
                              .target = &first,
                              .floor = NAN};
        if (!ds_view_moments(&view, q->split->train, 0, &r->mean[k], &r->spread[k]))
            r->mean[k] = r->spread[k] = 0;
        r->spread[k] = r->spread[k] > 0 ? r->spread[k] : 1;
        r->column[k] = c;
        r->names[k] = q->table->names[c];
        r->naive[k] = fc_naive_of_column(q->table, c, q->split->train, q->season);
    }
    return r->targets
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "%s: the models have no column to forecast in common", q->data);
}

/* The rows that all of them can forecast from. */
static int find_origins(ranking *r, nn_error *error)
{
    const fc_ranking_request *q = r->request;
    const ds_part *part = ds_split_part(q->split, q->part, error);
    if (!part)
        return NN_USAGE;
    const size_t steps = (size_t)q->horizon;
    const size_t rows_of_part = part->end - part->begin, all = q->table->rows;
    if (rows_of_part < steps) {
        char remedy[80] = "";
        if (all > 2 * steps && strcmp(q->part, "test") == 0)
            snprintf(remedy, sizeof remedy, "; --split %zu/0/%zu makes it longer", all - steps, steps);
        if (rows_of_part > 0)
            snprintf(remedy + strlen(remedy), sizeof remedy - strlen(remedy), "%s --horizon %zu fits it",
                     *remedy ? ", and" : ";", rows_of_part);
        return nn_fail(error, NN_BAD_DATA, "%s: the %s part has %zu rows, fewer than the %d of the horizon%s",
                       q->data, q->part, rows_of_part, q->horizon, remedy);
    }
    r->origins = (ds_part){part->begin > 0 ? part->begin : 1, part->end - steps + 1};
    int code = NN_OK;
    for (int i = 0; i < q->count && !code; i++)
        code = fc_rolling_bound(&r->origins, q->contender[i].model, q->table, q->horizon, q->part, error);
    const size_t rows = r->origins.end - r->origins.begin;
    r->stride = q->stride ? q->stride : (rows + FC_RANKING_ORIGINS - 1) / FC_RANKING_ORIGINS;
    r->windows = (rows + r->stride - 1) / r->stride;
    return code;
}

/* --- scores --- */

/* Which of the forecasts of a model is each target's. */
static int *map_targets(const ranking *r, const fc_rolling *rolling)
{
    int *map = malloc(((size_t)r->targets + 1) * sizeof *map);
    for (int k = 0; map && k < r->targets; k++) {
        map[k] = 0;
        while (map[k] + 1 < rolling->targets && rolling->column[map[k]] != r->column[k])
            map[k]++;
    }
    return map;
}

static bool known(const ds_table *table, size_t cell)
{
    return !isnan(table->values[cell]) && !(table->filled && table->filled[cell]);
}

/* One window's errors; returns how many values were left out. */
static size_t add_window(const ranking *r, fc_tally *tally, const fc_rolling *rolling, const int *map,
                         size_t window)
{
    const ds_table *table = r->request->table;
    const size_t row = rolling->first + window * rolling->stride, width = (size_t)table->columns;
    const double *forecast = rolling->values + window * (size_t)rolling->horizon * (size_t)rolling->targets;
    fc_sums all = {0};
    size_t skipped = 0;
    for (int h = 0; h < rolling->horizon; h++, forecast += rolling->targets)
        for (int k = 0; k < r->targets; k++) {
            const size_t cell = (row + (size_t)h) * width + (size_t)r->column[k];
            const double own = forecast[map[k]], truth = table->values[cell];
            if (!known(table, cell)) {
                skipped++;
                continue;
            }
            fc_sums one = {0};
            fc_sums_add(&one, (truth - r->mean[k]) / r->spread[k], (own - r->mean[k]) / r->spread[k], truth,
                        own);
            fc_sums_join(&tally->each[k], &one);
            fc_sums_join(&tally->step[h], &one);
            fc_sums_join(&all, &one);
        }
    tally->loss[window] = all.square / all.count;
    return skipped;
}

static int score_one(ranking *r, int i, nn_error *error)
{
    const fc_ranking_request *q = r->request;
    const fc_contender *c = &q->contender[i];
    fc_tally tally = {0};
    fc_rolling rolling = {.first = r->origins.begin, .stride = r->stride, .count = r->windows};
    int *map = NULL;
    int code = fc_roll(&rolling, c->model, q->table, q->horizon, q->threads, error);
    if (!code)
        code = fc_tally_make(&tally, (size_t)r->targets, (size_t)q->horizon, r->windows, error);
    if (!code && !(map = map_targets(r, &rolling)))
        code = nn_no_memory(error);
    r->skipped = 0;
    for (size_t w = 0; w < r->windows && !code; w++)
        r->skipped += add_window(r, &tally, &rolling, map, w);
    if (!code)
        code = fc_entry_make(&r->ranked[i].entry, c->name, &tally, r->naive, (size_t)r->targets,
                             (size_t)q->horizon, error);
    r->ranked[i].naive = c->naive;
    r->ranked[i].learnt = c->learnt;
    if (!code && !isfinite(r->ranked[i].entry.all.mse))
        code = r->ranked[i].entry.all.count
                   ? nn_fail(error, NN_FAILED, "the forecasts of %s are not finite", c->name)
                   : nn_fail(error, NN_BAD_DATA, "%s: no value of the %s part is known", q->data, q->part);
    free(map);
    fc_tally_clear(&tally);
    fc_rolling_clear(&rolling);
    return code;
}

static int by_error(const void *a, const void *b)
{
    const double x = ((const ranked *)a)->entry.all.mse, y = ((const ranked *)b)->entry.all.mse;
    return (x > y) - (x < y);
}

static int test_all(ranking *r, nn_error *error)
{
    const fc_ranking_request *q = r->request;
    const size_t overlap = ((size_t)q->horizon + r->stride - 1) / r->stride;
    double p[FC_MOST_SCORED];
    qsort(r->ranked, (size_t)q->count, sizeof *r->ranked, by_error);
    while (r->best_naive < q->count && !r->ranked[r->best_naive].naive)
        r->best_naive++;
    if (r->best_naive == q->count)
        return nn_fail(error, NN_USAGE, "there is no naive forecast to compare with");
    const fc_entry *best = &r->ranked[r->best_naive].entry;
    for (int i = 0; i < q->count; i++) {
        ranked *one = &r->ranked[i];
        if (i != r->best_naive) {
            const fc_dm dm = fc_compare(one->entry.loss, best->loss, r->windows, overlap);
            one->entry.dm = dm.statistic;
            one->entry.p = dm.p;
        }
        one->skill = i == r->best_naive ? 0 : 100 * (1 - one->entry.all.mse / best->all.mse);
        p[i] = one->naive ? NAN : one->entry.p;
    }
    fc_holm(p, q->count);
    for (int i = 0; i < q->count; i++)
        r->ranked[i].p_holm = p[i];
    return NN_OK;
}

/* --- as data --- */

typedef enum outcome { WON, CHANCE, LOST, OUTCOMES } outcome;

static outcome outcome_of(const ranking *r, int i)
{
    const double p = r->ranked[i].p_holm;
    return i > r->best_naive ? LOST : p <= FC_SIGNIFICANCE ? WON : CHANCE;
}

/* Who beats the best naive forecast, who may, who does not. */
static void pronounce(FILE *out, const ranking *r)
{
    static const char *const lead[OUTCOMES] = {"Better than the best naive forecast, %s",
                                               "Lower errors than %s's, which may be chance",
                                               "Not better than %s"};
    const char *ends = "";
    char p[24];
    for (int o = 0; o < OUTCOMES; o++) {
        int count = 0;
        for (int i = 0; i < r->request->count; i++) {
            const ranked *one = &r->ranked[i];
            if (one->naive || outcome_of(r, i) != (outcome)o)
                continue;
            if (count++ == 0) {
                fputs(ends, out);
                fprintf(out, lead[o], r->ranked[r->best_naive].entry.name);
                ends = ". ";
            }
            fprintf(out, "%s %s (%+.1f%%, %s)", count > 1 ? "," : ":", one->entry.name, one->skill,
                    fc_p_text(one->p_holm, p));
        }
    }
    fputs(*ends ? "." : "There is nothing beside naive forecasts here.", out);
    int learnt = 0;
    for (int i = 0; i < r->request->count; i++)
        if (r->ranked[i].learnt)
            fprintf(out, "%s%s", learnt++ ? ", " : " Of these rows some were trained on by ",
                    r->ranked[i].entry.name);
    fputs(learnt ? ": such scores tell nothing of other rows." : "", out);
}

static int say(fc_scores *s, const ranking *r, nn_error *error)
{
    nn_text_stream verdict;
    if (!nn_text_open(&verdict))
        return nn_no_memory(error);
    pronounce(verdict.out, r);
    if (!nn_text_close(&verdict))
        return nn_no_memory(error);
    s->verdict = verdict.text;
    for (int i = 0; i < r->best_naive; i++)
        s->beats |= !r->ranked[i].naive && !r->ranked[i].learnt && outcome_of(r, i) == WON;
    return NN_OK;
}

static void fill_table(fc_scores *s, const ranking *r)
{
    fc_score_table *t = &s->table[0];
    *t = (fc_score_table){.heading = "forecast",
                          .ids = "series,step",
                          .sheet = {{.heading = "forecast"}},
                          .part_count = 4,
                          .parts = {{.metrics = NULL},
                                    {.metrics = fc_ranked_metrics, .level = FC_WHOLE, .ids = {"", ""}},
                                    {.metrics = fc_scaled_metrics,
                                     .offset = OF(entry.each),
                                     .level = FC_EACH,
                                     .key = "variates",
                                     .ids = {"*", ""},
                                     .size = sizeof(fc_errors),
                                     .count = r->targets,
                                     .heading = "series",
                                     .names = (const char *const *)r->names,
                                     .name_key = "name"},
                                    {.metrics = fc_scaled_metrics,
                                     .offset = OF(entry.step),
                                     .level = FC_STEP,
                                     .key = "steps",
                                     .ids = {"", "*"},
                                     .size = sizeof(fc_errors),
                                     .count = r->request->horizon,
                                     .heading = ">step",
                                     .layout = FC_WIDE,
                                     .json = FC_LISTS}},
                          .verdict = s->verdict,
                          .good = s->beats};
    for (int i = 0; i < r->request->count; i++)
        fc_score_table_add(t, r->ranked[i].entry.name, &r->ranked[i]);
}

static void set_count(json_t *about, const char *key, size_t count)
{
    nn_json_set(about, key, json_integer((json_int_t)count));
}

static void describe(fc_scores *s, const ranking *r)
{
    const fc_ranking_request *q = r->request;
    json_t *about = s->about;
    char season[60], stride[60] = "";
    nn_json_set(about, "data", nn_json_text(q->data));
    nn_json_set(about, "part", nn_json_text(q->part));
    nn_json_set(about, "split", nn_json_text(q->split_name));
    set_count(about, "windows", r->windows);
    set_count(about, "stride", r->stride);
    set_count(about, "horizon", (size_t)q->horizon);
    set_count(about, "season", (size_t)q->season);
    set_count(about, "points", r->ranked[0].entry.all.count);
    set_count(about, "skipped", r->skipped);
    nn_json_set(about, "scores", json_null());
    nn_json_set(about, "best", nn_json_text(r->ranked[0].entry.name));
    nn_json_set(about, "best_naive", nn_json_text(r->ranked[r->best_naive].entry.name));
    nn_json_set(about, "beats_naive", json_boolean(s->beats));
    nn_json_set(about, "verdict", nn_json_text(s->verdict));
    snprintf(season, sizeof season, q->season == 1 ? "no season" : "season %d%s", q->season,
             q->season_found ? " (found in the training rows)" : "");
    if (r->stride > 1)
        snprintf(stride, sizeof stride, ", one every %zu rows (--stride)", r->stride);
    snprintf(s->lines, sizeof s->lines,
             "{data}, {part} part ({split}): {windows} origins%s, horizon %d, %s\n"
             "{points} values of %d series scored for each forecast%s, in {seconds}\n",
             stride, q->horizon, season, r->targets, r->skipped ? ", {skipped} left out as missing" : "");
    s->schema = "auspex.compare/1";
    s->rival = "the best naive forecast";
}

int fc_rank(fc_scores **out, const fc_ranking_request *request, nn_error *error)
{
    const double start = nn_seconds();
    int code = fc_scores_new(out, 1, sizeof(ranking), clear, error);
    if (code)
        return code;
    fc_scores *s = *out;
    ranking *r = s->state;
    r->request = request;
    code = find_targets(r, error);
    if (!code)
        code = find_origins(r, error);
    for (int i = 0; i < request->count && !code; i++)
        code = score_one(r, i, error);
    if (!code)
        code = test_all(r, error);
    if (!code)
        code = say(s, r, error);
    if (code) {
        fc_scores_free(s);
        *out = NULL;
        return code;
    }
    fill_table(s, r);
    describe(s, r);
    nn_json_set(s->about, "seconds", nn_json_real(nn_seconds() - start));
    return NN_OK;
}
