/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distillation (Hinton et al. 2015, arXiv 1503.02531): a network learns what another makes of the training
 * samples, beside the truth. */
#ifndef FC_TEACH_H
#define FC_TEACH_H

#include "forecast/request.h"

/* What a teacher made of the training samples, in the place of a share of the truth. */
typedef struct fc_teaching {
    nn_source truth; /* as the lesson had it */
    size_t width;    /* of one target */
    float *outputs;  /* one target of each sample */
    double blend;    /* share of the teacher */
    bool classes;    /* outputs are probabilities, and targets weighted classes */
} fc_teaching;

/* Has the request's teacher see the samples of a lesson of the same data, and the lesson learn from both. The
 * teacher's record is overwritten. NN_USAGE for one that is not of the same windows, columns and scale, or
 * classes (classes: targets are). Clear after the lesson, and after failure too. */
int fc_teach(fc_teaching *teaching, const fc_model *student, bool classes, const fc_request *request,
             fc_lesson *lesson, nn_pool *pool, nn_error *error);
void fc_teaching_clear(fc_teaching *teaching);

#endif
