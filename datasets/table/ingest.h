/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of ds_table_read: what its stages share while a table is being built. */
#ifndef DS_INGEST_H
#define DS_INGEST_H

#include "datasets/table/scan.h"
#include "datasets/table/table.h"
#include "lib/base/memory.h"
#include "lib/base/names.h"
#include "lib/base/text.h"

typedef enum ds_role {
    DS_ROLE_OUT, /* excluded or not asked for */
    DS_ROLE_TIME,
    DS_ROLE_ID,
    DS_ROLE_OPEN, /* no value seen yet */
    DS_ROLE_NUMBER,
    DS_ROLE_TEXT /* its first value is no number */
} ds_role;

typedef struct ds_column {
    char *name;
    ds_role role;
    bool asked;                /* named in options->columns */
    int slot;                  /* its place in a row of values, -1 when it has none */
    size_t missing;            /* fields */
    size_t first_missing_line; /* 0: none */
    char sample[40];           /* of text: how its first value begins */
} ds_column;

/* Lines of rows, kept as runs: row r of a run stands on line + (r - row). */
typedef struct ds_line_run {
    size_t row, line;
} ds_line_run;

typedef struct ds_ingest {
    const char *name; /* of the file, for messages */
    const ds_read_options *options;
    nn_error *error;
    ds_table *table;
    ds_scan_result scan;
    ds_scan_progress progress;

    ds_column *columns;
    int count;
    int time_column, id_column; /* -1: none */
    int clock_column;           /* the time column then counts days; -1: none */
    bool begun;                 /* the first data row has been seen */
    int width;                  /* slots in a row of values */

    ds_time_reader *reader;
    size_t rows, room;
    double *values; /* rows x width */
    ds_time *time;  /* rows */
    int *id;        /* rows; long only */
    size_t *order;  /* the file's row behind each row where rows were sorted or dropped; NULL: the same */
    uint8_t *gap;   /* 1 where a row was put into a gap; NULL: nowhere */
    ds_line_run *runs;
    size_t run_count, run_room;
    nn_names ids;
} ds_ingest;

int ds_ingest_no_memory(ds_ingest *in);

/* columns.c: names, and which column is what. */
int ds_columns_from_header(ds_ingest *in, const ds_field *fields, int count, size_t line);
int ds_columns_numbered(ds_ingest *in, int count);
int ds_columns_begin(ds_ingest *in, const ds_field *fields, size_t line);
bool ds_field_missing(const ds_ingest *in, const ds_field *field);

/* time_clock.c: one stamp from a day's number and a time of day. */
int ds_day_clock_read(ds_ingest *in, const ds_field *fields, size_t line, ds_time *time);

/* rows.c: the handler of ds_scan, and where a row stood. */
int ds_ingest_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error);
size_t ds_ingest_line(const ds_ingest *in, size_t row); /* row of in->time, sorted or not */

/* wide.c: rows of one file into strictly increasing order. pivot.c: long rows into series. clean.c: gaps and
 * missing values; both need in->time and in->values in their final shape. */
int ds_wide_order(ds_ingest *in);
int ds_long_pivot(ds_ingest *in);
int ds_clean(ds_ingest *in);

/* Stamps in messages. */
enum { DS_STAMP_SIZE = 64 };
const char *ds_ingest_stamp(const ds_ingest *in, ds_time time, char text[DS_STAMP_SIZE]);

#endif
