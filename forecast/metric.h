/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A score as data: what tables for people, JSON, CSV, help and verdicts must know of one number of a record.
 * A further score is a line in the table of its record. */
#ifndef FC_METRIC_H
#define FC_METRIC_H

#include <stdbool.h>
#include <stddef.h>

/* The sets of values that a record may be of. */
enum {
    FC_WHOLE = 1, /* everything that was scored */
    FC_EACH = 2,  /* each series, station, class, fold ... */
    FC_STEP = 4,  /* each step ahead */
    FC_PART = 8,  /* each part of the horizon */
    FC_ALL = FC_WHOLE | FC_EACH | FC_STEP
};
typedef enum fc_form { FC_TEXT, FC_JSON, FC_CSV, FC_FORMS } fc_form;

/* Instead of digits: what is not a double (FC_COUNT: size_t, FC_INT: int), and p values. */
enum { FC_COUNT = 100, FC_INT, FC_P };
enum { FC_BLOCKS = 3 };

typedef struct fc_metric {
    const char *key;               /* in JSON and CSV; the entry without one ends a table */
    const char *heading;           /* of its column, for people */
    const char *meaning;           /* said below the column and in help; NULL: nothing */
    size_t offset;                 /* in the record */
    int digits;                    /* decimals for people; below 0: that many significant digits */
    int better;                    /* -1: lower values, 1: higher values, 0: neither */
    unsigned char shown[FC_FORMS]; /* the sets for which each form shows it */
    unsigned char block;           /* for people: which of FC_BLOCKS tables one below the other */
    bool optional;                 /* people do not see it where nobody has it */
    bool mean;                     /* of several series together: the mean over those that have it */
    double unit;                   /* people see the value times this; 0: times 1 */
    size_t spread; /* behind the value, so many bytes on, is its deviation, which people see too; 0: none */
    const struct fc_metric *more; /* of the entry without a key: the table goes on there; NULL: it does not */
} fc_metric;

/* The last entries of a line: where it is shown, to people, in JSON and in CSV. */
#define FC_SHOW(text, json, csv) .shown = {text, json, csv}

double fc_metric_value(const fc_metric *metric, const void *record);

/* Steps through a table: the metric after m, NULL for the first one; NULL at the end. What is repeated in a
 * table that it goes on in is left out. */
const fc_metric *fc_metric_next(const fc_metric *table, const fc_metric *m);

/* The metric of that key; NULL: there is none. */
const fc_metric *fc_metric_find(const fc_metric *table, const char *key);

#endif
