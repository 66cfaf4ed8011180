/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of a forecast: history, what is to come, and the intervals about it as a fan. */
#ifndef CLI_FORECAST_FIGURE_H
#define CLI_FORECAST_FIGURE_H

#include "cli/output/series_figure.h"
#include "forecast/intervals/bands.h"

/* history: rows before the end that are shown. bands: those that are pairs of an interval are drawn. */
int cli_draw_forecast(cli_figure *figure, size_t history, const fc_model *model, const ds_table *table,
                      const fc_future *future, const fc_bands *bands, nn_error *error);

/* One of its panels, with so many rows of history. */
int cli_forecast_panel(cli_panels *panels, pl_forecast_panel *panel, size_t history, const ds_table *table,
                       const fc_future *future, const fc_bands *bands, int target, nn_error *error);

#endif
