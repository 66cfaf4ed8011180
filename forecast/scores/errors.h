/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of forecasts over some set of values: sums, what follows from them, and what that is called, for
 * tables, stations, prices and backtests alike. Only values that are known join the sums, each with the same
 * weight. */
#ifndef FC_ERRORS_H
#define FC_ERRORS_H

#include "datasets/series/view.h"
#include "forecast/intervals/stream.h"
#include "forecast/metric.h"
#include "lib/base/error.h"

#include <math.h>

/* "Own" values are those of the file; the others may be scaled, or returns. */
typedef struct fc_sums {
    double count;
    double square, absolute;         /* of the errors */
    double own_square, own_absolute; /* the same of own values */
    double loss;      /* of what the model minimises, where that is not the square; 0: not asked for */
    double below;     /* truths below the forecast, where that is asked for */
    double symmetric; /* of |e| / (|y| + |f|), own values, 0 / 0 = 0 */
    double share;     /* of |e / y|, own values */
    struct fc_truths {
        double own_size;    /* of |y|, own values */
        double sum, square; /* of y and its square */
    } truth;
} fc_sums;

static inline void fc_truths_add(struct fc_truths *t, double truth, double own_truth)
{
    t->own_size += fabs(own_truth);
    t->sum += truth;
    t->square += truth * truth;
}

/* What is summed of truths, and of errors of own values, where these are in proportion to the others. */
static inline void fc_sums_complete(fc_sums *s, const struct fc_truths *truth, double scale)
{
    s->truth = *truth;
    s->own_square = s->square * scale * scale;
    s->own_absolute = s->absolute * scale;
}

static inline void fc_sums_add(fc_sums *s, double truth, double forecast, double own_truth,
                               double own_forecast)
{
    const double e = forecast - truth, own = fabs(own_forecast - own_truth), size = fabs(own_truth);
    const double both = size + fabs(own_forecast);
    s->count++;
    s->square += e * e;
    s->absolute += fabs(e);
    s->symmetric += both > 0 ? own / both : 0;
    s->share += own / size;
    fc_truths_add(&s->truth, truth, own_truth);
    s->own_square += own * own;
    s->own_absolute += own;
}

void fc_sums_join(fc_sums *to, const fc_sums *from);

/* Mean errors of the forecast by the value a season before, over the valid values of the training part, own
 * units; NaN where there are none. */
typedef struct fc_naive {
    double absolute, square;
} fc_naive;

fc_naive fc_naive_errors(const ds_view *view, ds_part train, int target, int season);
/* The same of one column of a table. */
fc_naive fc_naive_of_column(const ds_table *table, int column, ds_part train, int season);

/* NaN where a score is not defined. */
typedef struct fc_errors {
    size_t count; /* values scored */
    double mse, mae, rmse;
    double loss;  /* mean of what the model minimises; NaN where that is the MSE */
    double below; /* share of truths below the forecast, of a pinball loss */
    double own_mse, own_mae, own_rmse;
    double mase;  /* MAE / that of the naive forecast in training (Hyndman & Koehler 2006) */
    double rmsse; /* root of MSE / that of the naive forecast in training */
    double smape; /* mean of 200 |e| / (|y| + |f|) in percent */
    double wape;  /* sum |e| / sum |y| */
    double mape;  /* mean of 100 |e / y| in percent; NaN where any y is 0 */
    double r2;    /* 1 - squared errors / squares about the mean of what was scored */
} fc_errors;
extern const fc_metric fc_scaled_metrics[]; /* of values that were scaled */
extern const fc_metric fc_own_metrics[];    /* of values in the file's units */
/* What both go on in: errors without a unit. */
extern const fc_metric fc_relative_metrics[];

/* Of one series; naive NULL: not known. */
fc_errors fc_errors_of(const fc_sums *sums, const fc_naive *naive);
/* Of several together; what is relative to their naive forecasts is the mean over those that have it. */
fc_errors fc_errors_joined(const fc_sums *sums, const fc_naive *naive, size_t count);

/* What decides between forecasts of one kind: the loss where there is one, else the MSE. */
static inline double fc_errors_judged(const fc_errors *e)
{
    return e->loss > 0 ? e->loss : e->mse;
}
/* The same as a metric of an fc_entry, and of records that begin with one. */
const fc_metric *fc_judged_metric(const fc_errors *e);

/* Adds a share of every error to a mean that began at 0. */
void fc_errors_add(fc_errors *mean, const fc_errors *one, double share);

/* What one forecaster gathers over windows. */
typedef struct fc_tally {
    fc_sums *each;     /* series */
    fc_sums *step;     /* horizon */
    double *loss;      /* windows: mean squared error; NaN where nothing is known */
    fc_stream *stream; /* its intervals; NULL: they are not scored */
} fc_tally;

int fc_tally_make(fc_tally *tally, size_t series, size_t horizon, size_t windows, nn_error *error);
void fc_tally_clear(fc_tally *tally);

/* One forecaster's scores. */
typedef struct fc_entry {
    fc_errors all;   /* over all windows, steps and series; it comes first, so that tables may go on in
                        fc_relative_metrics */
    char name[48];   /* "itransformer", "repeat-last" */
    fc_errors *each; /* series */
    fc_errors *step; /* horizon; NaN where it would need the naive forecasts */
    double *loss;    /* windows: mean squared error; NaN where nothing is known */
    /* The first forecaster against this one, by fc_compare on their losses. dm is below 0 where the first's
     * are lower. NaN for the first itself. */
    double dm, p;
    double p_holm;                /* the p of all that are compared with the first together, by fc_holm */
    fc_interval_scores intervals; /* where these were scored */
    fc_interval_scores *parts;    /* FC_INTERVAL_PARTS of the horizon; NULL: they were not */
} fc_entry;
extern const fc_metric fc_entry_metrics[]; /* of fc_entry, beside those of its errors */

/* The sums become the scores, which take over the loss; free both all the same. naive: one per series. */
int fc_entry_make(fc_entry *score, const char *name, fc_tally *tally, const fc_naive *naive, size_t series,
                  size_t horizon, nn_error *error);
/* Sets p_holm of `count` scores, `apart` bytes from one to the next, from their p. */
void fc_entries_adjust(fc_entry *first, size_t apart, int count);
/* Sets the scores of intervals. */
int fc_entry_take_intervals(fc_entry *score, const fc_interval_sums *sums, nn_error *error);
void fc_entry_clear(fc_entry *score);
/* Fills dm and p of a score by fc_compare. */
void fc_entry_compare(fc_entry *score, const fc_entry *first, size_t windows, size_t steps);

#endif
