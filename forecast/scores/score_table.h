/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores as data: forecasters x sets of values x scores, with what was scored, what is said of it and what
 * can be drawn. Every evaluation and backtest gives this, whatever the models see, and one printer serves
 * them all. */
#ifndef FC_SCORE_TABLE_H
#define FC_SCORE_TABLE_H

#include "datasets/table/table.h"
#include "forecast/metric.h"
#include "lib/files/json.h"

struct ds_stations;
struct fc_class_entry;
struct fc_levels;

enum { FC_MOST_SCORED = 64, FC_MOST_IDS = 3, FC_MOST_PARTS = 24, FC_MOST_SHEETS = 2 };

/* A group for people: a row for each member and forecaster; for each member, the forecasters side by side;
 * for each member, of the first forecaster alone; its members against each other (size_t, count x count), of
 * the first forecaster alone. */
typedef enum fc_layout { FC_LONG, FC_WIDE, FC_FIRST, FC_MATRIX } fc_layout;
/* As JSON: a list of objects; an object of lists; a list of the first score. A matrix is a list of lists. */
typedef enum fc_layout_json { FC_OBJECTS, FC_LISTS, FC_LIST } fc_layout_json;

/* Something that is known of each forecaster: a record of scores, or a group of records; in the order of
 * JSON. Without metrics it is the forecaster's name. */
typedef struct fc_score_part {
    const fc_metric *metrics;
    size_t offset;   /* in the forecaster's record: of the record, or of the pointer to the group's records */
    unsigned level;  /* which of the metrics: FC_WHOLE, FC_EACH, FC_STEP; 0: left out */
    unsigned only;   /* the forms that have it, 1 << FC_TEXT ...; 0: all */
    const char *key; /* in JSON: of an object or list of its own; NULL: beside the forecaster's name, a group
                        not at all */
    const char *prefix; /* of its headings */
    /* CSV: what stands in front of its row, "*" for the member's name. Without it a record joins the first
     * row of the forecaster, and a group is left out. */
    const char *ids[FC_MOST_IDS];
    int sheet; /* of people's sheets: the one that shows it */
    /* A group. */
    size_t size;              /* of a record; 0: no group */
    int count;                /* members */
    const char *heading;      /* "series"; a '>' in front: numbers */
    const char *const *names; /* count; NULL: numbered from 1 */
    const char *name_key;     /* of the name in JSON; NULL: none */
    bool name_last;           /* behind the scores */
    fc_layout layout;
    fc_layout_json json;
} fc_score_part;

/* What people see of the parts that are no groups: one or more tables below each other, as the metrics have
 * blocks. The one without a heading ends them; the first may be without where forecasters have no names. */
typedef struct fc_score_sheet {
    const char *heading; /* "forecast" */
    const char *note;    /* below its first table; NULL: the meanings of its scores */
    int without;         /* index of a forecaster that is not in it; 0: none */
} fc_score_sheet;

typedef struct fc_score_table {
    const char *heading; /* in CSV: "forecast"; NULL: forecasters have no names */
    const char *ids;     /* headings of CSV: "series,step"; NULL: none */
    const char *lead[2]; /* CSV: a first column, its heading and value; NULL: none */
    const char
        *order[FC_FORMS]; /* keys, comma-separated, that come before the others; NULL: as in the tables */
    int csv_decimals;     /* of scores with decimals; 0: nine significant digits, as the others */
    bool quoted;          /* names are always in quotes in CSV */
    fc_score_sheet sheet[FC_MOST_SHEETS];
    fc_score_part parts[FC_MOST_PARTS];
    int part_count, count; /* forecasters */
    const char *name[FC_MOST_SCORED];
    const void *record[FC_MOST_SCORED];

    unsigned only;       /* the forms that have it, 1 << FC_TEXT ...; 0: all */
    const char *title;   /* above it, where there are several; NULL: none */
    const char *verdict; /* the sentence that ends it; NULL: none */
    int good;            /* whether that is success: 1, 0; -1: neither */
    json_t *about;       /* of one that is listed in JSON: what it is about; owned by the scores */
    char text[700];      /* room for a note */
} fc_score_table;

/* The forecaster's record; it and the name are borrowed. */
void fc_score_table_add(fc_score_table *table, const char *name, const void *record);
/* The record that a part has of a forecaster; of a group its member's. */
const void *fc_score_part_record(const fc_score_part *part, const void *forecaster, int member);

/* --- one window, to be drawn --- */

typedef struct fc_window_view {
    int series, horizon;
    size_t seen;                      /* rows before the forecast */
    const char **names;               /* series; the texts are borrowed */
    double *history;                  /* seen x series, the file's units; NaN where nothing is known */
    double *truth, *forecast, *naive; /* horizon x series */
    ds_time *time;                    /* seen + horizon */
    const char *forecaster, *rival;   /* names of the forecasts; rival NULL: `naive` is not drawn */
    ds_frequency frequency;
    ds_time zone; /* of the file's clock, to be added to the times */
} fc_window_view;

int fc_window_view_make(fc_window_view *view, int series, int horizon, size_t seen, nn_error *error);
void fc_window_view_clear(fc_window_view *view);

/* --- all of an evaluation or a backtest --- */

/* A part of the data that was held back from one training. */
typedef struct fc_score_fold {
    size_t train, validation, test; /* rows or objects */
    size_t scored;                  /* windows or objects */
    ds_time begin, end;             /* of rows: stamps of the first and last test row */
    char *columns;                  /* what the model saw; NULL: everything; owned */
} fc_score_fold;

typedef struct fc_scores {
    const char *schema; /* of the JSON document: "auspex.evaluate/1" */
    /* What was scored and what came of it, in the order of JSON. Where it has "scores" or "folds", which are
     * null, they belong; at tables_key the list of the tables that have an `about` of their own, which has a
     * place for scores too. */
    json_t *about;
    const char *tables_key; /* NULL: there are none */
    /* The same for people, whole lines: {key} is what `about`, or the first table's, has there, a text, a
     * count with its thousands apart, or a duration. */
    char lines[700];
    fc_score_table *table; /* count */
    int count;
    bool beats;
    char *verdict;     /* of the first table, where something was added to it; owned */
    const char *rival; /* what the model has to beat, in words */

    /* Of a backtest. */
    fc_score_fold *fold; /* folds, owned; NULL: there are none */
    int folds;
    const char *unit;        /* what is scored: "windows", "objects" */
    const ds_table *rows_of; /* whose rows the folds are of, borrowed; NULL: of none */
    bool chosen;             /* people are told the columns of each fold */

    /* What can be drawn. */
    int (*window)(const struct fc_scores *scores, size_t window, fc_window_view *view, nn_error *error);
    const char *step, *step_title; /* the score of the steps ahead, and its axis; NULL: there are no steps */
    const struct ds_stations *stations; /* where the members of the group "stations" stand; NULL: not known */
    int shown;                          /* the forecaster that pictures are of */
    const struct fc_class_entry *classes;
    const struct fc_levels *levels; /* of a tree over the classes; NULL: there is none */

    void *state; /* what the records lie in; owned */
    void (*clear)(void *state);
} fc_scores;

/* All 0; clear: what the state, of state_size, owns. */
int fc_scores_new(fc_scores **scores, int tables, size_t state_size, void (*clear)(void *state),
                  nn_error *error);
/* NULL is allowed. */
void fc_scores_free(fc_scores *scores);

#endif
