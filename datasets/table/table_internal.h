/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of ds_table_read: what its stages share while a table is being built. */
#ifndef DS_TABLE_INTERNAL_H
#define DS_TABLE_INTERNAL_H

#include "datasets/table/keys.h"
#include "datasets/table/stamps.h"
#include "datasets/table/table.h"
#include "datasets/text/number_form.h"
#include "datasets/text/scan.h"
#include "lib/base/memory.h"
#include "lib/base/names.h"
#include "lib/base/text.h"

typedef enum ds_role {
    DS_ROLE_OUT, /* excluded or not asked for */
    DS_ROLE_TIME,
    DS_ROLE_ID,
    DS_ROLE_STATIC, /* never changes within a series of a long file */
    DS_ROLE_OPEN,   /* no value seen yet */
    DS_ROLE_NUMBER,
    DS_ROLE_TEXT /* its first value is no number */
} ds_role;

typedef struct ds_column {
    char *name;
    ds_role role;
    ds_number_form *form; /* of numbers that are more than digits; NULL: they are plain */
    bool numeric;         /* most values of the first piece are numbers: a text is an error */
    bool asked;           /* named in options->columns */
    int slot;             /* its place in a row of values, -1 when it has none */
    size_t missing;       /* fields */
    char sample[40];      /* of text: how its first value begins */
} ds_column;

/* A stamp may stand in several columns. */
typedef enum ds_piece_kind {
    DS_PIECE_STAMP,   /* all of it, or a date beside a clock: by a ds_time_reader */
    DS_PIECE_PATTERN, /* a part of it, by a pattern such as %-d */
    DS_PIECE_PERIOD,  /* the number of a period of the day, from 1; the pattern says how many there are */
    DS_PIECE_CLOCK_NUMBER, /* hours and minutes as one number, 0, 30, ... 2330: its pattern is hhmm, of
                              seconds hhmmss; a number behind it says how many periods of the day end at such
                              times */
    DS_PIECE_DAY_NUMBER    /* a day's number without a date */
} ds_piece_kind;

typedef struct ds_piece {
    int column;
    ds_piece_kind kind;
    char pattern[24];
} ds_piece;

/* Lines of rows, kept as runs: row r of a run stands on line + (r - row). */
typedef struct ds_line_run {
    size_t row, line;
} ds_line_run;

/* Values that an earlier attempt could not read: evidence that lies behind the first piece of the file. */
enum { DS_ATTEMPTS = 4 };
typedef struct ds_offences {
    struct {
        int column;
        char *text;
    } list[DS_ATTEMPTS];
    int count;
    bool more; /* the attempt that is under way added one */
} ds_offences;

/* A row that did not fit is an error only if rows follow that do. */
typedef struct ds_held {
    nn_error error;
    size_t line, count;           /* of the first; how many */
    char text[48];                /* how it begins */
    size_t repeats, first_repeat; /* of the names */
    bool total;                   /* all that are held speak of one */
    size_t totals, first_total;   /* such rows, which others followed */
    int cells;                    /* of a row with fewer than others, which may be cut off; 0: it is none */
} ds_held;

typedef struct ds_ingest {
    const char *name; /* of the file, for messages */
    ds_offences *offences;
    const ds_read_options *options;
    ds_read_options own_options; /* where the file decided what the given ones left open */
    nn_error *error;
    ds_table *table;
    ds_scan_result scan;
    ds_scan_progress progress;

    ds_column *columns;
    int count;
    int time_column, id_column;    /* -1: none */
    int id_columns[DS_ID_COLUMNS]; /* all that name a series together; id_column is the first */
    int id_columns_count;
    ds_piece piece[DS_STAMP_PIECES]; /* of the stamp; that of time_column is the first */
    int pieces;
    char time_format[64]; /* found; empty: the reader finds it */
    size_t names_line;    /* that the names stand on; 0: on none */
    size_t lines_skipped; /* that the scan does not see: the names and what stands before them */
    int across;           /* columns of names in front of a table whose rows are series; 0: it is none */
    int count_across;     /* columns of it; one without a name may follow */
    bool across_timed;
    uint64_t across_names; /* bits of the columns that name a series; 0: the first */
    ds_held held;
    bool short_names; /* the first column has no name, for there is one less than cells */
    bool comment;     /* rows that begin with # are none */
    bool typed;       /* rows of a caller's arrays: nothing is guessed */
    bool plain;       /* taken for plainly laid out by its first rows */
    char *id_hint;    /* columns that would tell the series of a long file apart; NULL: none */
    bool begun;       /* the columns have their roles */
    bool started;     /* the first row of values has been seen */
    int width;        /* slots in a row of values */

    ds_time_reader *reader;
    size_t rows, room;
    double *values;   /* rows x width */
    ds_time *time;    /* rows; long: NULL until they are pivoted */
    ds_stamps stamps; /* long: of all rows, and which of them and which series each row has */
    ds_keys stamp_keys, id_keys;
    bool stamps_open;    /* day and month could be either way round */
    size_t *series_rows; /* long without stamps: how many rows each series has */
    int series_room;
    size_t *order; /* the file's row behind each row where rows were sorted or dropped; NULL: the same */
    uint8_t *gap;  /* 1 where a row was put into a gap; NULL: nowhere */
    ds_line_run *runs;
    size_t run_count, run_room;
    nn_names ids;
    bool any_asked;           /* some column is asked for */
    nn_names dropped, chosen; /* series of a long file to leave out, or the only ones to keep */
    nn_names left_out;        /* those that were */
    nn_names passed_over;     /* the first of those that are not chosen */
    ds_statics statics;       /* and the columns that they are read from */
    int *static_columns;
    char *joined; /* room for the texts of several id columns */
    size_t joined_room;
} ds_ingest;

int ds_ingest_no_memory(ds_ingest *in);

/* columns.c: names, and which column is what. */
int ds_columns_from_header(ds_ingest *in, const ds_field *fields, int count, size_t line);
int ds_columns_numbered(ds_ingest *in, int count);
void ds_columns_forget(ds_ingest *in);
int ds_columns_start(ds_ingest *in);              /* what the options say of them */
int ds_columns_begin(ds_ingest *in, size_t line); /* their roles, from what was planned */
int ds_column_find(const ds_ingest *in, const char *text, size_t length, bool by_number);  /* -1: none */
int ds_column_unknown(ds_ingest *in, const char *option, const char *text, size_t length); /* the error */
bool ds_field_missing(const ds_ingest *in, const ds_field *field);

/* plan/plan.c: what is to be done with the file, from its first piece; whole: it is all of the file. A file
 * that is plainly laid out is looked at more closely only on request. *skip bytes stand before the first row.
 */
int ds_plan_make(ds_ingest *in, const char *text, size_t length, bool whole, bool closely, size_t *skip);
/* The same from the first row, where it is too long for the first piece. */
int ds_plan_first_row(ds_ingest *in, const ds_field *fields, int count, size_t line);

/* frame.c: a caller's arrays of that name, NULL: none; all their rows. */
const struct ds_frame *ds_frame_find(const char *name);
int ds_frame_take(ds_ingest *in, const struct ds_frame *frame);

/* stamp_pieces.c: one stamp from several columns. */
int ds_pieces_read(ds_ingest *in, const ds_field *fields, size_t line, ds_time *time);
int ds_pieces_settle(ds_ingest *in); /* the layout's */

/* rows.c: the handler of ds_scan, and where a row stood. */
int ds_ingest_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error);
size_t ds_ingest_line(const ds_ingest *in, size_t row); /* row of in->time, sorted or not */
enum { DS_ID_BORDER = 31 }; /* between the texts of several id columns; ids show a slash */
/* The series of a row; *id is -1 where it is not wanted. */
int ds_ids_take(ds_ingest *in, const ds_field *fields, int *id);
/* NN_USAGE where a series that an option names is not in the file. */
int ds_ids_check(ds_ingest *in);

/* statics.c: what never changes within a series: which columns that is, and those of a row. */
int ds_statics_find(ds_ingest *in);
int ds_statics_take(ds_ingest *in, const ds_field *fields, int id, size_t line);

/* long_rows.c: stamp and series of the next row of a long file; the form of its stamps, after the last. */
int ds_long_take(ds_ingest *in, ds_time time, int id);
int ds_long_put(ds_ingest *in, ds_time time, int id); /* of a row that is known already */
ds_time *ds_long_times(const ds_ingest *in); /* of each row; the caller frees them; NULL: no memory */
int ds_long_settle_time(ds_ingest *in);
/* long_clock.c: stamps by a local clock without a zone, see ds_local_clock_find. */
int ds_long_local_clock(ds_ingest *in, bool *found);

/* wide.c: rows of one file into strictly increasing order. pivot.c: long rows into series. clean.c: gaps and
 * missing values; both need in->time and in->values in their final shape. */
int ds_wide_order(ds_ingest *in);
int ds_long_pivot(ds_ingest *in);
int ds_clean(ds_ingest *in);

/* start.c: rows without stamps get those that follow from the first. */
int ds_stamps_count(ds_ingest *in);

/* settle_time.c: the form of all stamps, and the hours in which clocks change. */
int ds_settle_time(ds_ingest *in);

/* unroll.c: rows of years by months, of days by hours and the like become one series, before they are
 * ordered.
 */
int ds_unroll(ds_ingest *in);

/* plan/across.c: a row that is a series; the whole turned round after the last. */
int ds_across_row(ds_ingest *in, const ds_field *fields, size_t line);
int ds_across_finish(ds_ingest *in);

/* A number in the form of its column. */
ds_number_kind ds_column_number(const ds_ingest *in, const ds_column *c, const ds_field *f, double *value);

/* stray.c: a row that cannot be taken: NN_OK where it may be none; the row after it; what there is to say. */
int ds_row_hold(ds_ingest *in, const ds_field *fields, int count, size_t line);
int ds_row_after(ds_ingest *in, const ds_field *fields, int count, bool *take); /* take: it is a row */
int ds_rows_note(ds_ingest *in);

/* plan/reasons.c: what was decided, for inspect and notes. */
int ds_reason_add(ds_ingest *in, ds_reason_kind kind, const char *option, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Remembers a value that could not be read, for the next attempt. */
void ds_offence_add(ds_ingest *in, int column, const ds_field *f);

/* Stamps in messages. */
enum { DS_STAMP_SIZE = 64 };
const char *ds_ingest_stamp(const ds_ingest *in, ds_time time, char text[DS_STAMP_SIZE]);

#endif
