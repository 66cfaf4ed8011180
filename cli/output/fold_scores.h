/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of `auspex backtest` for panels of stations and for classifiers in their three forms. */
#ifndef CLI_FOLD_SCORES_H
#define CLI_FOLD_SCORES_H

#include "forecast/scores/folds.h"

typedef struct cli_folded {
    const fc_fold_scores *scores;
    const fc_request *model;
    const char *data; /* name of the file */
} cli_folded;

void cli_folds_print(const cli_folded *f);
int cli_folds_json(const cli_folded *f, nn_error *error);
/* One line per forecast over all folds, then one per forecast and fold. */
int cli_folds_csv(const cli_folded *f, const char *path, nn_error *error);

/* The stamp of a row, or the number of a table without dates. */
const char *cli_stamp(const ds_table *table, ds_time time, char text[64]);

#endif
