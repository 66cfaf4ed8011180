/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one printer of scores: text, JSON and CSV of forecasters x sets of values x scores. What a family's
 * records hold it learns from their fc_metric tables, where they lie from cli_part. */
#ifndef CLI_SCORES_H
#define CLI_SCORES_H

#include "cli/shell/json.h"
#include "cli/shell/table.h"
#include "forecast/metric.h"

#include <stdbool.h>

enum { CLI_MOST_SCORED = 64, CLI_MOST_IDS = 3, CLI_MOST_PARTS = 10 };

/* A group for people: a row for each member and forecaster; for each member, the forecasters side by side;
 * for each member, of the first forecaster alone. */
typedef enum cli_layout { CLI_LONG, CLI_WIDE, CLI_FIRST } cli_layout;
/* As JSON: a list of objects; an object of lists; a list of the first score. */
typedef enum cli_layout_json { CLI_OBJECTS, CLI_LISTS, CLI_LIST } cli_layout_json;

/* Something that is known of each forecaster: a record of scores, or a group of records; in the order of
 * JSON. Without metrics it is the forecaster's name. */
typedef struct cli_part {
    const fc_metric *metrics;
    size_t offset;   /* in the forecaster's record: of the record, or of the pointer to the group's records */
    unsigned level;  /* which of the metrics: FC_WHOLE, FC_EACH, FC_STEP; 0: left out */
    unsigned only;   /* the forms that have it, 1 << FC_TEXT ...; 0: all */
    const char *key; /* in JSON: of an object or list of its own; NULL: beside the forecaster's name, a group
                        not at all */
    const char *prefix; /* of its headings */
    /* CSV: what stands in front of its row, "*" for the member's name. Without it a record joins the first
     * row of the forecaster, and a group is left out. */
    const char *ids[CLI_MOST_IDS];
    /* A group. */
    size_t size;              /* of a record; 0: no group */
    int count;                /* members */
    const char *heading;      /* "series"; a '>' in front: numbers */
    const char *const *names; /* count; NULL: numbered from 1 */
    const char *name_key;     /* of the name in JSON; NULL: none */
    bool name_last;           /* behind the scores */
    cli_layout layout;
    cli_layout_json json;
} cli_part;

typedef struct cli_scores {
    const char *heading; /* "forecast"; NULL: forecasters have no names */
    const char *ids;     /* headings of CSV: "series,step"; NULL: none */
    const char *lead[2]; /* CSV: a first column, its heading and value; NULL: none */
    const char
        *order[FC_FORMS]; /* keys, comma-separated, that come before the others; NULL: as in the tables */
    const char *notes[2]; /* below the text's tables; NULL: the meanings of its scores */
    int csv_decimals;     /* of scores with decimals; 0: nine significant digits, as the others */
    bool quoted;          /* names are always in quotes in CSV */
    cli_part parts[CLI_MOST_PARTS];
    int part_count, count; /* forecasters */
    const char *name[CLI_MOST_SCORED];
    const void *record[CLI_MOST_SCORED];
} cli_scores;

void cli_scores_add(cli_scores *scores, const char *name, const void *record);

/* For people, on standard output: the records that are no groups, one row a forecaster, in as many tables as
 * the metrics have blocks; a group; the sentence that ends it, in the colour of success where `good` is 1 and
 * of failure where it is 0. */
void cli_scores_print(const cli_scores *scores);
void cli_scores_print_group(const cli_scores *scores, const cli_part *group);
void cli_verdict_print(const char *verdict, int good);

/* A list of one object per forecaster. */
json_t *cli_scores_json(const cli_scores *scores);
/* All scores of a record that JSON shows at a level join the object. */
void cli_metrics_json(json_t *object, const fc_metric *metrics, unsigned level, const void *record);

/* Several that differ in forecasters and `lead` alone go into one file. path "-": standard output. */
int cli_scores_csv(const cli_scores *scores, int count, const char *path, nn_error *error);

/* One cell of a table for people. */
void cli_metric_cell(cli_table *table, const fc_metric *metric, const void *record);

#endif
