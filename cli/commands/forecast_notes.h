/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a forecast does not hold, for standard error. */
#ifndef CLI_FORECAST_NOTES_H
#define CLI_FORECAST_NOTES_H

#include "forecast/intervals/bands.h"

/* Series that the model cannot forecast, and those that it does not know. */
void cli_note_left_out(const fc_model *model, const ds_table *table, const fc_future *future);
/* Series whose intervals stay empty. */
void cli_note_unknown(const ds_table *table, const fc_future *future, const fc_bands *bands);

#endif
