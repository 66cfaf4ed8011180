/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of model there are: each is defined in the file of its name and listed in registry.c. */
#ifndef FC_REGISTRY_H
#define FC_REGISTRY_H

#include "forecast/model.h"

extern const fc_kind fc_hsttn;
extern const fc_kind fc_itransformer;
extern const fc_kind fc_t2;
extern const fc_kind fc_t2_points;
extern const fc_kind fc_time2vec;

#endif
