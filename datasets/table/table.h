/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of numeric series on a common time axis, read from a wide or a long CSV file. */
#ifndef DS_TABLE_H
#define DS_TABLE_H

#include "datasets/time/time.h"

/* A stamp may stand in several columns: a date and a clock; year, month, day, hour. */
enum { DS_STAMP_PIECES = 6 };

/* Several columns may name a series together, such as a store and an item. */
enum { DS_ID_COLUMNS = 4 };

typedef struct ds_layout_piece {
    char *name;       /* header of the column */
    char pattern[24]; /* what stands in it; empty: the whole stamp, in date_format */
    int periods;      /* not 0: the number of a period of the day, of which there are so many, or, with the
                         pattern hhmm, the time at which it ends */
} ds_layout_piece;

/* How the file was written, so that a forecast can be written the same way. */
typedef struct ds_layout {
    bool longform;  /* unique_id, ds, y rather than one column per series */
    bool timed;     /* there is a time column */
    char delimiter; /* ',', ';', '\t', '|' or ' ' */
    bool decimal_comma;
    char thousands; /* ',' or '.': in some column it marks thousands; 0: in none */
    bool crlf;
    bool windows_1252; /* names are written so, not in UTF-8; in memory they are UTF-8 */
    bool headless;     /* the file has no line of names, and none is written */
    char *time_name;   /* header of the time column; NULL when untimed */
    ds_layout_piece pieces[DS_STAMP_PIECES]; /* written one after the other; piece_count 0: one column */
    int piece_count;
    ds_time_format date_format; /* of a piece without a pattern */
    char *subject;      /* what all columns are of, such as the ticker above a file of one share; or NULL */
    char *id_name;      /* long only */
    int time_position;  /* value columns before the time column */
    int id_position;    /* long: value columns before the id column */
    bool id_first;      /* long: the id stands before the time */
    char **value_names; /* long: the value columns (often just "y"); NULL for wide */
    int value_count;    /* long: number of value columns */
    char **ids;         /* long: the series' ids in order of appearance; NULL for wide */
    int id_count;
    char *
        id_names[DS_ID_COLUMNS]; /* headers of the id columns where there are several; id_name has them all */
    int id_columns;              /* 0: there is one */
    char **id_keys;              /* per id its texts in these columns, with a byte 31 between them; or NULL */
    ds_time_format format;
} ds_layout;

/* What was decided of how to read a file, and why. */
typedef enum ds_reason_kind {
    DS_REASON_FACT, /* nothing else fits; `auspex inspect` shows it */
    DS_REASON_SAID, /* the user must know */
    DS_REASON_GUESS /* it could be otherwise: said, and refused when strict */
} ds_reason_kind;

typedef struct ds_reason {
    ds_reason_kind kind;
    char *text;
    char *option; /* that settles it; NULL: none */
} ds_reason;

/* What ingestion found in the whole file, whatever tail is kept of it, and what it did about it; every count
 * is printed by `auspex inspect` and warned of elsewhere. */
typedef struct ds_report {
    size_t lines; /* of the file, the header included */
    bool was_unsorted;
    size_t duplicates;     /* rows whose stamp stood before (long: of the same id) */
    size_t gaps;           /* places where stamps are missing */
    size_t missing_stamps; /* stamps missing in all gaps together */
    size_t missing_values; /* without a value between a column's first and last, or in a column without any */
    size_t *missing;       /* per column */
    size_t filled;         /* values that a policy filled in */
    int late, early;       /* columns that begin behind the first row, or end before the last */
    int latest, earliest;  /* the columns that do so most */
    ds_time begin, end;    /* their first and last row */
    size_t end_rows;       /* between that last row and the table's */
    ds_time first_gap;     /* the stamp before the first gap */
    char **ignored;        /* names of columns left out because they hold text */
    char **ignored_text;   /* how their first values begin */
    int ignored_count;
    ds_reason *reasons; /* in the order of the decisions */
    int reason_count;
    char *id_hint; /* columns that would tell the series of a long file apart, as --id takes them; or NULL */
    uint64_t hash; /* XXH64 of the file's (uncompressed) bytes */
} ds_report;

/* Columns of a long file that never change within a series, as they are written there. */
typedef struct ds_statics {
    int count;
    char **name; /* count */
    int series;  /* at least as many as there are ids */
    char **text; /* series x count, by the layout's ids; NULL: it has none */
} ds_statics;
void ds_statics_clear(ds_statics *statics);

/* T x N values, row major, rows in time order. */
typedef struct ds_table {
    char *path;     /* as given; "standard input" for "-" */
    size_t rows;    /* T */
    int columns;    /* N; for a long file N = ids x value columns, named "id" or "id/value" */
    ds_time *time;  /* T strictly increasing stamps (kept duplicates stand twice); row numbers when untimed */
    double *values; /* T x N; NaN before a column's first value and behind its last, of series that begin
                       later or end earlier than others; between them only where the policy is DS_KEEP */
    uint8_t *filled; /* T x N, 1 where a policy filled in the value, which is always between others of its
                        column; NULL: nowhere in the file */
    char **names;    /* N */
    bool holidays;   /* a file of dates made a column of it, see holidays.h */
    ds_frequency frequency;
    ds_layout layout;
    ds_statics statics;
    ds_report report;
} ds_table;

typedef enum ds_policy {
    DS_ERROR,   /* stop with the place */
    DS_FORWARD, /* repeat the last value (looks back only) */
    DS_LINEAR,  /* straight line between the neighbours (looks ahead: noted in the report) */
    DS_KEEP,    /* gaps: treat the rows around as neighbours; missing values: leave NaN */
    DS_FIRST,   /* duplicates: the first row of a stamp */
    DS_LAST,    /* duplicates: the last */
    DS_MEAN     /* duplicates: their mean */
} ds_policy;

/* What was found in a file of the same making. It decides where this one leaves doubt, and nothing else. */
typedef struct ds_known {
    const char *time;              /* name of the time column; NULL: not known */
    const char *time_format;       /* of its stamps, as --time-format has it; NULL: not known */
    char thousands;                /* ',' or '.' marks thousands; 0: not known */
    const ds_frequency *frequency; /* see ds_frequency_infer_like; NULL: not known */
} ds_known;

typedef struct ds_read_options {
    char delimiter;          /* 0: sniffed */
    size_t skip;             /* lines before the file begins */
    bool transpose;          /* each row is a series */
    bool no_header;          /* columns are then named "1", "2", ... */
    bool decimal_comma;      /* the comma is the decimal mark */
    bool decimal_point;      /* the point is, whatever it looks like; neither: found */
    char thousands;          /* the mark between thousands: ',', '.', '\'' or ' '; 0: found */
    bool strict;             /* stop where reading would have to guess */
    const char *missing;     /* further words, comma separated, beside "", NA, N/A, #N/A, NaN, null, ?, . */
    const char *time;        /* name or 1-based number of the time column; NULL: found; "none": there is none;
                                "A,B,...": the columns that make it together, such as a date and a clock, a
                                year, a month and a day, or a day's number and a time such as 07:50 */
    const char *time_format; /* see ds_time_reader_new; NULL: found */
    const char *id;      /* long files: name of the id column, or several, "store,item"; NULL: a column named
                            unique_id makes the file long */
    const char *columns; /* comma-separated names of the value columns to keep; NULL: all numeric ones */
    const char *columns_option; /* what asked for them, for messages; NULL: --columns */
    const char *exclude;        /* comma-separated names of columns to leave out */
    const char *statics;   /* long files: comma-separated names of columns that never change within a series;
                              NULL: none */
    const char *frequency; /* NULL: inferred */
    const char *start;     /* stamp of the first row of a file that has none; the others follow by frequency;
                              NULL:     its rows are numbered */
    bool keep_calendar;    /* also number columns that say no more than the stamps do, such as the month */
    bool ragged; /* long files: series need not have rows where others have, whatever on_missing says */
    ds_policy on_missing;   /* DS_ERROR, DS_FORWARD, DS_LINEAR, DS_KEEP */
    ds_policy on_gap;       /* DS_ERROR, DS_FORWARD, DS_LINEAR, DS_KEEP */
    ds_policy on_duplicate; /* DS_ERROR, DS_FIRST, DS_LAST, DS_MEAN, DS_KEEP (as if one step apart) */
    int threads;            /* that take a long file apart, see ds_scan_options */
    size_t tail;            /* 0: all rows; n: keep only the last n rows (a forecast needs no more) */
    ds_known known;
} ds_read_options;

/* Reads path (".gz" by content, "-" is standard input) in one pass. All-or-nothing: *table is NULL on
 * failure, and the error has file, line and column (both 1-based, the header is line 1) where they apply. */
int ds_table_read(ds_table **table, const char *path, const ds_read_options *options, nn_error *error);
void ds_table_free(ds_table *table);

/* Index of a column by name or 1-based number; -1 when absent. */
int ds_table_column(const ds_table *table, const char *name);
/* The first row whose stamp is not before time; `rows` where there is none. */
size_t ds_table_row_at(const ds_table *table, ds_time time);

/* A delimiter as messages name it, in text or as a word. */
const char *ds_delimiter_name(char delimiter, char text[8]);

/* One line per thing a user must know (unsorted, duplicates, gaps, filled values, ignored columns); returns
 * the number of lines, each passed to say. */
int ds_table_notes(const ds_table *table, void (*say)(void *context, const char *line), void *context);

#endif
