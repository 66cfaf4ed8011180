/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a model beats the naive forecasts, or may have been lucky. */
#ifndef FC_VERDICT_H
#define FC_VERDICT_H

#include "forecast/scores/evaluate.h"

/* Fills dm and p of a score: the model's losses against this forecast's, one per window. NaN when the two are
 * the same array. */
void fc_compare(fc_score *score, const double *model_loss, const double *loss, const ds_windows *windows);

/* Fills best_naive, beats_naive and verdict from the scores, of which there are at least two. */
void fc_pronounce(fc_evaluation *evaluation);

/* "p = 0.031", "p < 0.001", "p not defined". */
const char *fc_p_text(double p, char text[24]);

#endif
