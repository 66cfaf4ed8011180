/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From sums over values to errors, and what each error is called. */
#include "forecast/scores/errors.h"

#include "forecast/scores/verdict.h"

#include <stdio.h>
#include <stdlib.h>

#define OF(name) offsetof(fc_errors, name)
#define MASE     "MAE over that of the naive forecast in training"
#define SMAPE    "mean of |error| over (|truth| + |forecast|) / 2, percent"
#define WAPE     "sum of absolute errors over sum of absolute values"
enum { SETS = FC_WHOLE | FC_EACH };

const fc_metric fc_scaled_metrics[] = {
    {"mse", "MSE", "mean squared error of scaled values", OF(mse), 6, -1, FC_SHOW(FC_ALL, FC_ALL, FC_ALL)},
    {"mae", "MAE", "mean absolute error of scaled values", OF(mae), 6, -1, FC_SHOW(FC_ALL, FC_ALL, FC_ALL)},
    {"rmse", "RMSE", "root of the MSE", OF(rmse), 6, -1, FC_SHOW(FC_WHOLE, FC_WHOLE, 0)},
    {"loss", "loss", "mean of what training minimised, where that is not the MSE, of scaled values", OF(loss),
     6, -1, FC_SHOW(FC_WHOLE, FC_WHOLE, 0), .optional = true},
    {"below", "below", "share of truths below the forecast, of a pinball loss", OF(below), 3, 0,
     FC_SHOW(FC_WHOLE, FC_WHOLE, 0), .optional = true},
    {"mse_original", "MSE, units", "MSE in the units of the file", OF(own_mse), -6, -1,
     FC_SHOW(SETS, SETS, SETS), .optional = true},
    {"mae_original", "MAE, units", "MAE in the units of the file", OF(own_mae), -6, -1,
     FC_SHOW(SETS, SETS, SETS), .optional = true},
    {"rmse_original", "RMSE, units", "root of the MSE in the units of the file", OF(own_rmse), -6, -1,
     FC_SHOW(0, FC_WHOLE, 0)},
    {"mase", "MASE", MASE, OF(mase), 4, -1, FC_SHOW(SETS, SETS, SETS)},
    {"smape", "sMAPE", SMAPE, OF(smape), 2, -1, FC_SHOW(SETS, SETS, SETS)},
    {.more = fc_relative_metrics}};

const fc_metric fc_own_metrics[] = {
    {"count", "values", NULL, OF(count), FC_COUNT, 0, FC_SHOW(FC_EACH | FC_STEP, FC_ALL, FC_ALL)},
    {"mae", "MAE", "mean absolute error in the units of the file", OF(mae), -5, -1,
     FC_SHOW(FC_ALL, FC_ALL, FC_ALL)},
    {"rmse", "RMSE", "root of the mean squared error in the units of the file", OF(rmse), -5, -1,
     FC_SHOW(FC_ALL, FC_ALL, FC_ALL)},
    {"wape", "WAPE", WAPE, OF(wape), 4, -1, FC_SHOW(SETS, FC_ALL, FC_ALL)},
    {.more = fc_relative_metrics}};

#define ALWAYS FC_SHOW(SETS, SETS, SETS), .block = 1, .optional = true
const fc_metric fc_relative_metrics[] = {
    {"mase", "MASE", MASE, OF(mase), 4, -1, ALWAYS, .mean = true},
    {"rmsse", "RMSSE", "root of the MSE over that of the naive forecast in training", OF(rmsse), 4, -1,
     ALWAYS, .mean = true},
    {"smape", "sMAPE", SMAPE, OF(smape), 2, -1, ALWAYS},
    {"wape", "WAPE", WAPE, OF(wape), 4, -1, ALWAYS},
    {"mape", "MAPE", "mean of |error / truth|, percent; not defined where a truth is 0", OF(mape), 2, -1,
     ALWAYS},
    {"r2", "R2", "1 less the squared errors over the squares about the mean of the truth", OF(r2), 4, 1,
     ALWAYS},
    {0}};

#undef OF
#define OF(name) offsetof(fc_entry, name)
const fc_metric fc_entry_metrics[] = {
    {"dm", "DM", "statistic of the Diebold-Mariano test, below 0 where the model loses less", OF(dm), 4, 0,
     FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {"p", "p", "how often equally good forecasts would differ as much or more", OF(p), FC_P, 0,
     FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE)},
    {"p_holm", "p, Holm", "p corrected after Holm for as many comparisons as there are", OF(p_holm), FC_P, 0,
     FC_SHOW(0, FC_WHOLE, FC_WHOLE)},
    {0}};

/* --- sums --- */

void fc_sums_join(fc_sums *to, const fc_sums *from)
{
    double *a = &to->count;
    const double *b = &from->count;
    for (size_t i = 0; i < sizeof *to / sizeof *a; i++) /* all of them are doubles */
        a[i] += b[i];
}

fc_naive fc_naive_errors(const ds_view *view, ds_part train, int target, int season)
{
    fc_naive sums = {0};
    double count = 0;
    for (size_t t = train.begin + (size_t)season; t < train.end; t++) {
        if (!ds_view_valid(view, t, target) || !ds_view_valid(view, t - (size_t)season, target))
            continue;
        const double e = ds_view_value(view, t, target) - ds_view_value(view, t - (size_t)season, target);
        sums.absolute += fabs(e);
        sums.square += e * e;
        count++;
    }
    return (fc_naive){sums.absolute / count, sums.square / count};
}

fc_naive fc_naive_of_column(const ds_table *table, int column, ds_part train, int season)
{
    const int first = 0;
    const ds_view view = {.table = table,
                          .rows = table->rows,
                          .columns = 1,
                          .column = &column,
                          .targets = 1,
                          .target = &first,
                          .floor = NAN};
    return fc_naive_errors(&view, train, 0, season);
}

/* --- errors --- */

/* a / b where that is a number. */
static double ratio(double a, double b)
{
    return b > 0 && isfinite(a / b) ? a / b : NAN;
}

fc_errors fc_errors_of(const fc_sums *s, const fc_naive *naive)
{
    fc_errors e = {.count = (size_t)s->count};
    e.mse = s->square / s->count;
    e.mae = s->absolute / s->count;
    e.rmse = sqrt(e.mse);
    e.loss = s->loss > 0 ? s->loss / s->count : NAN;
    e.below = s->below > 0 ? s->below / s->count : NAN;
    e.own_mse = s->own_square / s->count;
    e.own_mae = s->own_absolute / s->count;
    e.own_rmse = sqrt(e.own_mse);
    e.mase = naive ? ratio(e.own_mae, naive->absolute) : NAN;
    e.rmsse = naive ? sqrt(ratio(e.own_mse, naive->square)) : NAN;
    e.smape = 200 * s->symmetric / s->count;
    e.wape = ratio(s->own_absolute, s->truth.own_size);
    e.mape = 100 * ratio(s->share, s->count);
    e.r2 = 1 - ratio(s->square, s->truth.square - s->truth.sum * s->truth.sum / s->count);
    return e;
}

/* The mean over those series that have the score. */
static double mean_over(const fc_metric *m, const fc_sums *sums, const fc_naive *naive, size_t count)
{
    double sum = 0, defined = 0;
    for (size_t i = 0; i < count; i++) {
        const fc_errors one = fc_errors_of(&sums[i], &naive[i]);
        const double value = fc_metric_value(m, &one);
        sum += isnan(value) ? 0 : value;
        defined += !isnan(value);
    }
    return sum / defined;
}

fc_errors fc_errors_joined(const fc_sums *sums, const fc_naive *naive, size_t count)
{
    fc_sums all = {0};
    for (size_t i = 0; i < count; i++)
        fc_sums_join(&all, &sums[i]);
    fc_errors e = fc_errors_of(&all, NULL);
    for (const fc_metric *m = fc_relative_metrics; m->key; m++)
        if (m->mean)
            *(double *)((char *)&e + m->offset) = mean_over(m, sums, naive, count);
    return e;
}

void fc_errors_add(fc_errors *mean, const fc_errors *one, double share)
{
    double *to = &mean->mse;
    const double *from = &one->mse;
    mean->count = one->count;
    for (size_t i = 0; i < (sizeof *mean - offsetof(fc_errors, mse)) / sizeof *to;
         i++) /* doubles from there on */
        to[i] += share * from[i];
}

/* --- one forecaster --- */

int fc_tally_make(fc_tally *t, size_t series, size_t horizon, size_t windows, nn_error *error)
{
    t->stream = NULL;
    t->each = calloc(series + 1, sizeof *t->each);
    t->step = calloc(horizon + 1, sizeof *t->step);
    t->loss = calloc(windows + 1, sizeof *t->loss);
    return t->each && t->step && t->loss
               ? NN_OK
               : nn_fail(error, NN_FAILED, "no memory for the scores of %zu windows", windows);
}

void fc_tally_clear(fc_tally *t)
{
    free(t->each);
    free(t->step);
    free(t->loss);
    fc_stream_free(t->stream);
    *t = (fc_tally){0};
}

int fc_entry_take_intervals(fc_entry *score, const fc_interval_sums *sums, nn_error *error)
{
    score->intervals = fc_interval_sums_mean(sums, -1);
    score->parts = calloc(FC_INTERVAL_PARTS, sizeof *score->parts);
    for (int p = 0; p < FC_INTERVAL_PARTS && score->parts; p++)
        score->parts[p] = fc_interval_sums_mean(sums, p);
    return score->parts ? NN_OK : nn_no_memory(error);
}

int fc_entry_make(fc_entry *score, const char *name, fc_tally *tally, const fc_naive *naive, size_t series,
                  size_t horizon, nn_error *error)
{
    *score = (fc_entry){.dm = NAN, .p = NAN, .p_holm = NAN};
    snprintf(score->name, sizeof score->name, "%s", name);
    score->each = calloc(series + 1, sizeof *score->each);
    score->step = calloc(horizon + 1, sizeof *score->step);
    if (!score->each || !score->step)
        return nn_fail(error, NN_FAILED, "no memory for scores");
    for (size_t i = 0; i < series; i++)
        score->each[i] = fc_errors_of(&tally->each[i], &naive[i]);
    for (size_t h = 0; h < horizon; h++)
        score->step[h] = fc_errors_of(&tally->step[h], NULL);
    score->all = fc_errors_joined(tally->each, naive, series);
    score->loss = tally->loss;
    tally->loss = NULL;
    if (!tally->stream)
        return NN_OK;
    fc_interval_sums sums = {0};
    fc_stream_sum(tally->stream, &sums);
    return fc_entry_take_intervals(score, &sums, error);
}

void fc_entry_clear(fc_entry *score)
{
    free(score->each);
    free(score->step);
    free(score->loss);
    free(score->parts);
    score->parts = NULL;
    score->each = score->step = NULL;
    score->loss = NULL;
}

const fc_metric *fc_judged_metric(const fc_errors *e)
{
    return fc_metric_find(fc_scaled_metrics, e->loss > 0 ? "loss" : "mse");
}

void fc_entry_compare(fc_entry *score, const fc_entry *first, size_t windows, size_t steps)
{
    const fc_dm dm = fc_compare(first->loss, score->loss, windows, steps);
    score->dm = dm.statistic;
    score->p = dm.p;
}

void fc_entries_adjust(fc_entry *first, size_t apart, int count)
{
    double p[FC_MOST_TESTS] = {0};
    for (int i = 0; i < count; i++)
        p[i] = ((const fc_entry *)((const char *)first + (size_t)i * apart))->p;
    fc_holm(p, count);
    for (int i = 0; i < count; i++)
        ((fc_entry *)((char *)first + (size_t)i * apart))->p_holm = p[i];
}
