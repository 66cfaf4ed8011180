/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the printers of scores for people, as JSON and as CSV. */
#ifndef CLI_SCORES_INTERNAL_H
#define CLI_SCORES_INTERNAL_H

#include "cli/output/scores.h"

enum { CLI_MOST_COLUMNS = 48 };

/* One score of a forecaster's row. */
typedef struct cli_column {
    const fc_score_part *part;
    const fc_metric *metric;
} cli_column;

/* Whether a form has the part at all. */
bool cli_part_shown(const fc_score_part *part, fc_form form);
/* The name of a group's member, or its number from 1, in text. */
const char *cli_part_member(const fc_score_part *part, int member, char text[16]);
/* Whether a score is a whole number. */
bool cli_metric_whole(const fc_metric *metric);

/* What the parts that are no groups show, in order; people see one block of a sheet. In CSV some parts have
 * rows of their own. */
int cli_columns_find(cli_column columns[CLI_MOST_COLUMNS], const fc_score_table *scores, fc_form form,
                     int sheet, int block);

#endif
