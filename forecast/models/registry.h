/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of model there are: each is defined in the file of its name and listed in kinds.inc. */
#ifndef FC_REGISTRY_H
#define FC_REGISTRY_H

#include "forecast/model.h"

#define NETWORK(name)    extern const fc_kind fc_##name;
#define FORECASTER(name) extern const fc_kind fc_##name;
#include "forecast/models/kinds.inc"
#undef NETWORK
#undef FORECASTER

#endif
