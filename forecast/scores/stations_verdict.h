/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which forecast of a panel is the better one, or whether that was chance. */
#ifndef FC_PANEL_VERDICT_H
#define FC_PANEL_VERDICT_H

#include "forecast/scores/stations.h"

/* Fills dm and p of the scores after the first, best, beats and verdict. */
void fc_panel_pronounce(fc_panel_evaluation *evaluation);

#endif
