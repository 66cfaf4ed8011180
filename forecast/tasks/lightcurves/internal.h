/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the lightcurves_*.c. */
#ifndef FC_CLASSIFIER_INTERNAL_H
#define FC_CLASSIFIER_INTERNAL_H

#include "forecast/model_internal.h"
#include "forecast/tasks/lightcurves/lightcurves.h"

/* What a classifier keeps in its file. */
extern const fc_field fc_lightcurves_fields[];

int fc_classifier_learn(fc_model *model, const fc_request *request, fc_lesson *lesson, nn_error *error);
void fc_classifier_forget(fc_lesson *lesson);
int fc_classifier_calibrate(fc_model *model, const fc_lesson *lesson, nn_pool *pool, nn_error *error);
int fc_lightcurves_score(struct fc_scores **scores, const struct fc_score_request *request, nn_error *error);
int fc_lightcurves_backtest(struct fc_scores **scores, const struct fc_rounds *rounds, nn_error *error);
/* After training: temperature and scores of the validation objects (labels: of its samples, of which those
 * that are no class are lost), and what pooled vectors of the training objects are like. labels NULL: the
 * latter alone. */
int fc_classifier_settle(fc_classifier *model, const nn_source *train, const nn_source *validation,
                         int *labels, nn_pool *pool, nn_error *error);
/* Where there is a tree of classes: the confidence from which on its answers have that precision on these
 * objects, with labels of its nodes and p (count, classes). */
#define FC_ANSWER_PRECISION 0.9
void fc_classifier_choose_answers(fc_classifier *model, const double *p, const int *labels, size_t count);

#endif
