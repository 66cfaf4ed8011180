/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of the Time2Vec encoder without its frame: for outputs that are not every column's. */
#ifndef FC_TIME2VEC_H
#define FC_TIME2VEC_H

#include "forecast/tasks/series/network.h"

/* From the series (B,L,N), and the time features when the settings take them, to the head's output
 * (B,outputs). The published network has one output, the next value of one column. config is a record of
 * fc_time2vec's options. */
nn_tensor *fc_time2vec_network(nn_plan *plan, const void *config, const fc_series_inputs *inputs,
                               int outputs);

#endif
