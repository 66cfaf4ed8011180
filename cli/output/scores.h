/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one printer of scores: text, JSON and CSV of forecasters x sets of values x scores. What a family's
 * records hold it learns from their tables of scores. */
#ifndef CLI_SCORES_H
#define CLI_SCORES_H

#include "cli/shell/json.h"
#include "cli/shell/table.h"
#include "forecast/scores/score_table.h"

#include <stdbool.h>

/* How scores are given. */
typedef struct cli_scores_form {
    int json;        /* a document instead of tables */
    const char *csv; /* also a file; "-": standard output, instead of tables; NULL: none */
    unsigned groups; /* that people see: FC_EACH, FC_STEP */
} cli_scores_form;

/* All of an evaluation on standard output, as people read it or as JSON, and its CSV. */
int cli_scores_give(const fc_scores *scores, const cli_scores_form *form, nn_error *error);
/* NN_USAGE where two of them would go to standard output. */
int cli_scores_form_check(const cli_scores_form *form, nn_error *error);
/* Whether results go to standard output as data. */
bool cli_scores_form_data(const cli_scores_form *form);

/* For people, on standard output: the records that are no groups, one row a forecaster, in as many tables as
 * there are sheets and the metrics have blocks; the groups of these levels; the sentence that ends it, in the
 * colour of success where `good` is 1 and of failure where it is 0. */
void cli_scores_print(const fc_score_table *scores);
void cli_scores_print_groups(const fc_score_table *scores, unsigned levels);
void cli_verdict_print(const char *verdict, int good);

/* A list of one object per forecaster. */
json_t *cli_scores_json(const fc_score_table *scores);
/* What a table is about, with its scores in their place; borrowed. */
json_t *cli_scores_about(json_t *about, const fc_score_table *scores);

/* Several that differ in forecasters and `lead` alone go into one file. path "-": standard output. */
int cli_scores_csv(const fc_score_table *scores, int count, const char *path, nn_error *error);

/* One cell of a table for people. */
void cli_metric_cell(cli_table *table, const fc_metric *metric, const void *record);

#endif
