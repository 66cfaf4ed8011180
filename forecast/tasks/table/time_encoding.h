/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model sees of time: calendar features, or a learned Time2Vec encoding of the stamps (Kazemi et al.
 * 2019, arXiv 1907.05321), which every kind takes in the calendar's place. */
#ifndef FC_TIME_ENCODING_H
#define FC_TIME_ENCODING_H

#include "forecast/model.h"

/* Of the learned encoding, which is the set of time features "t2v": [linear, sines] of the time of each row
 * before the window's last, in parts of the look-back's length, so that gaps count as long as they are. */
enum { FC_TIME_SINES = 8 };

bool fc_time_is_learned(const char *set);
/* Inputs of a set: one for each calendar feature, the time alone for a learned one. -1: there is no such set.
 */
int fc_time_inputs(const char *set);
/* Columns that a model sees of it. */
int fc_time_channels(const char *set);
/* (B,L,inputs) -> (B,L,channels). */
nn_tensor *fc_time_encode(nn_plan *plan, const fc_model *model, nn_tensor *inputs);
/* The input of a row at `time` when the window's last is at `last`. */
nn_real fc_time_input(const fc_model *model, ds_time time, ds_time last);

#endif
