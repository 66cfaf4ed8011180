/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data of a command: one table, or the prices of several files as a table of returns. */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "cli/input/reading.h"
#include "forecast/tasks/series/prices.h"

typedef struct cli_source {
    ds_table *table;   /* what is learned from: the file's, or returns */
    ds_prices *prices; /* NULL: not prices */
} cli_source;

enum { CLI_MOST_DATA = 200 }; /* files */

/* Reads and says what there is to note. settings->prices decides; without it there is one file. */
int cli_source_read(cli_source *source, char *const *paths, int count, const cli_reading *reading,
                    const ds_price_settings *settings, nn_error *error);
/* The same as a model sees it. tail: rows that a table needs; 0: all. */
int cli_source_read_for(cli_source *source, char *const *paths, int count, const cli_reading *reading,
                        const fc_model *model, size_t tail, nn_error *error);
void cli_source_clear(cli_source *source);

/* NN_USAGE unless operands are data files and then a model. */
int cli_check_operands(char *const *operands, int count, nn_error *error);

/* How long windows are where the user does not say: of prices one day ahead. */
void cli_price_defaults(const ds_price_settings *settings, int *horizon);

/* "--select" and what it chooses by. */
typedef struct cli_selection {
    int select;
    ds_correlate_settings by;
} cli_selection;
extern const nn_option cli_select_options[];

/* NN_USAGE where options were given that need --prices, --smooth, --select or --target, which was not.
 * selection NULL: the command always chooses. */
int cli_check_source_options(const ds_price_settings *prices, const cli_selection *selection,
                             const char *target, nn_error *error);

#endif
