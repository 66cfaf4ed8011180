/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `auspex evaluate` of a model of prices. */
#ifndef CLI_EVALUATE_PRICES_H
#define CLI_EVALUATE_PRICES_H

#include "cli/input/source.h"
#include "cli/output/series_scores.h"
#include "cli/shell/picture.h"

typedef struct cli_price_evaluation {
    double cost; /* basis points */
    const char *csv;
    int json, threads, window, require_skill;
    cli_figure *figure; /* of one window */
} cli_price_evaluation;

/* scored->evaluation stays NULL. */
int cli_evaluate_prices(const cli_price_evaluation *how, const cli_scored *scored, const cli_source *source,
                        const ds_split *split, nn_error *error);

#endif
