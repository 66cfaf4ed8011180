/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether one forecaster or classifier beats another, or may have been lucky: one test, one rule, one way to
 * say so. */
#ifndef FC_VERDICT_H
#define FC_VERDICT_H

#include "forecast/metric.h"
#include "forecast/statistics/skill.h"

#include <stdbool.h>

enum { FC_DM_HORIZONS = 5 }; /* fewer windows per step that they overlap tell nothing: p is not defined */
#define FC_SIGNIFICANCE 0.05 /* a p above it may be chance */

/* The losses of two forecasters, one per window: fc_dm_losses of statistics/skill.h, two-sided, for windows
 * that overlap by `steps`. Windows where either has none are left out; statistic and p are NaN where fewer
 * than FC_DM_HORIZONS per step are left, and where the two are the same array. */
fc_dm fc_compare(const double *loss, const double *other, size_t windows, size_t steps);

/* "p = 0.031", "p < 0.001", "p not defined". */
const char *fc_p_text(double p, char text[24]);
/* The same, and where there are too few windows for it, that too. */
void fc_p_reason(double p, size_t windows, size_t steps, int horizon, char text[100]);

/* Sentences in which {model} and {rival} are names, {value} and {other} their scores, {by} how far these are
 * apart in percent of the other, {change} ", 3.1% lower" or nothing where that cannot be said, {p} the p
 * value or why there is none, {as} "as well" or "better"; {what} and {more} are the caller's. */
typedef struct fc_words {
    const char *beats, *chance, *loses;
    int digits;         /* of scores: decimals, below 0 significant digits */
    int percent_digits; /* decimals */
} fc_words;

/* A model beside its rival. */
typedef struct fc_match {
    const char *model, *rival;
    const fc_metric *metric; /* that decides */
    const void *record, *rival_record;
    double statistic, p;   /* of the test; the statistic is above 0 where it favours the rival, or NaN */
    size_t windows, steps; /* of the test, to say why p is not defined; else 0 */
    int horizon;           /* named there */
    const char *what, *more;
} fc_match;

/* Whether the model's score is the better one, and not by chance as far as the test can tell. The test weighs
 * windows, the score values: where values are missing the two may differ in sign, which is no win. */
bool fc_judge(char *text, size_t size, const fc_words *words, const fc_match *match);

#endif
