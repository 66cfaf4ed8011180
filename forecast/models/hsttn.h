/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hourglass of HSTTN with its outputs at all time scales. */
#ifndef FC_HSTTN_H
#define FC_HSTTN_H

#include "forecast/models/hsttn_settings.h"

/* outputs[i] becomes (B*S,M/f,1) for the i-th time scale, f = 1 for the first; returns their number. config
 * is a record of fc_hsttn's options. Missing outputs (NULL) mean that the plan has an error. */
int fc_hsttn_network(nn_plan *plan, const void *config, const fc_stations_inputs *inputs,
                     nn_tensor *outputs[FC_HSTTN_SCALES]);

#endif
