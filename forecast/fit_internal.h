/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What training on tables and on panels shares. */
#ifndef FC_FIT_INTERNAL_H
#define FC_FIT_INTERNAL_H

#include "forecast/fit.h"
#include "lib/train.h"

/* Notes in the record which data a model was trained on. */
void fc_record_data(fc_record *record, const ds_table *table);
/* Trains with the model's fc_training; fills the record's losses. */
int fc_fit_sources(fc_model *model, const nn_task *network, const nn_source *train,
                   const nn_source *validation, int threads, fc_progress_fn progress, void *context,
                   nn_error *error);

#endif
