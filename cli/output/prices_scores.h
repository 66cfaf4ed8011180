/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a model of prices in their three forms. */
#ifndef CLI_MARKET_SCORES_H
#define CLI_MARKET_SCORES_H

#include "cli/output/series_scores.h"
#include "cli/shell/json.h"
#include "forecast/scores/prices.h"

/* One ticker's scores as tables, with its verdict. */
void cli_market_print(const fc_market_report *report);
json_t *cli_market_json(const fc_market_report *report);

/* The whole of `auspex evaluate`: scored->evaluation is not looked at. */
void cli_market_scores_print(const cli_scored *scored, const fc_market_report *reports, int count);
int cli_market_scores_json(const cli_scored *scored, const fc_market_report *reports, int count,
                           nn_error *error);
/* One line per ticker and forecast. */
int cli_market_scores_csv(const fc_market_report *reports, int count, const char *path, nn_error *error);

#endif
