/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of ds_table_read: deciding how a file will be read, from its first piece, before the first row is
 * taken. Each decision has a reason; docs/reading.md is the rule. */
#ifndef DS_PLAN_H
#define DS_PLAN_H

#include "datasets/table/table_internal.h"
#include "datasets/text/sample.h"
#include "datasets/text/shape.h"

/* The rows of values in a sample. */
typedef struct ds_plan_rows {
    const ds_sample *sample;
    size_t first; /* row of the sample; those that have another count of cells than there are columns are
                     passed over */
} ds_plan_rows;

/* What the values of one column in the sample are. */
typedef struct ds_evidence {
    size_t values, missing;
    size_t numbers, whole; /* plain numbers; those without a fraction */
    double least, most;
    /* Plain numbers with a point: before exactly three digits and behind no zero, as marks of thousands
     * stand; otherwise. Without one: of up to three digits; of more. */
    size_t grouped, pointed, bare, large;
    size_t dotted;    /* that could be a month or a week and its year: 01.2016 */
    bool counts;      /* each is the one before and 1, or all less 1 */
    bool rises;       /* each is larger than the one before, or each smaller */
    ds_form form;     /* of texts */
    char clock[24];   /* the pattern that reads all of them as times of day; empty: none */
    char months[8];   /* the pattern of the names of months, or of texts of quarters such as Q1, III and M01,
                         that all of them are; empty: they are not */
    bool form_sought; /* form, clock and months have been */
} ds_evidence;

bool ds_text_is_dotted_month(ds_text t);
/* Plain numbers, and what follows from them. NN_FAILED without memory. */
int ds_evidence_take(ds_ingest *in, ds_plan_rows rows, ds_evidence *all);
/* All are plain numbers that say no month and year. */
bool ds_evidence_is_number(const ds_evidence *e);
/* Also as stamps and clocks, where the column is not all plain numbers. */
int ds_evidence_form(ds_ingest *in, ds_plan_rows rows, int column, ds_evidence *e);
void ds_evidence_free(ds_evidence *all, int count);

/* The values of a column that are not missing, to be freed; *count of them; NULL without memory. */
ds_text *ds_plan_values(ds_ingest *in, ds_plan_rows rows, int column, size_t *count);

/* plan_names.c */
int ds_plan_names(ds_ingest *in, const ds_sample *sample, const ds_shape *shape);

/* plan_short.c: of a line of names that lacks one: NN_BAD_DATA where the names fit as they stand and numbers
 * are torn; else it is a guess. */
int ds_plan_short_names(ds_ingest *in, ds_plan_rows rows, ds_evidence *all);
/* NN_BAD_DATA where a line of names, which lacks several, stands right above what would be taken for names.
 */
int ds_plan_refuse_torn(ds_ingest *in, const ds_sample *sample, const ds_shape *shape);

/* across.c: finds tables whose rows are series. */
int ds_across_plan(ds_ingest *in, ds_plan_rows rows, ds_evidence *all);

/* plan_time.c: the pieces of the stamp, or none. */
int ds_plan_time(ds_ingest *in, ds_plan_rows rows, ds_evidence *all);
/* plan_calendar.c: columns whose names speak of a part of the calendar, and whose values are that of the
 * stamp in every row. */
int ds_plan_leave_calendar_out(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all);
/* plan_cycle.c: of rows without stamps: a column that counts through the parts of a longer period again and
 * again is left out; one that counts down stops. */
int ds_plan_leave_cycles_out(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all);
/* plan_looks.c: whether nearly all texts hold a number and nearly none stands twice, and its name speaks of
 * time, or they begin with months, or hold years and but few different words. */
int ds_plan_looks_timely(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all, int column, bool *timely);
/* All texts are days and months without a year. */
bool ds_plan_lacks_years(const ds_ingest *in, ds_plan_rows rows, int column);
/* NN_BAD_DATA where all are large numbers such as 1.641e+12, in order: stamps that have lost their digits. */
int ds_plan_refuse_rounded(ds_ingest *in, ds_plan_rows rows, int column);
/* plan_given.c: as the option --time says. */
int ds_plan_given_time(ds_ingest *in, ds_plan_rows rows, ds_evidence *all);
/* The form of the texts of a column that will be read as stamps, with the doubt that it leaves. */
int ds_plan_take_form(ds_ingest *in, int column, const ds_evidence *e);

/* plan_digits.c: of columns that are bare numbers: the pattern of digits that are years and weeks, or years
 * and days; NULL: they are none. *sure: nothing else fits. */
int ds_plan_digits(ds_ingest *in, ds_plan_rows rows, int column, const ds_evidence *e, const char **pattern,
                   bool *sure);
/* Sets the form of such a column that is the time, with the doubt that it leaves. */
int ds_plan_take_digits(ds_ingest *in, ds_plan_rows rows, int column, const ds_evidence *e);

/* NN_BAD_DATA where all texts are seasons such as 2015/16, which would read as months. */
int ds_plan_refuse_seasons(ds_ingest *in, ds_plan_rows rows, int column);
/* Eight digits beside a clock are a date at once, not after the last row. */
void ds_plan_date_digits(ds_ingest *in, const ds_evidence *all);

/* plan_pieces.c: columns that are parts of one stamp. */
bool ds_plan_add_piece(ds_ingest *in, int column, ds_piece_kind kind, const char *pattern);
/* The pattern of a part of a date (time_names.h), where the values can be it. */
bool ds_plan_part_pattern(const ds_evidence *e, char part, char pattern[24]);
bool ds_plan_join_parts(ds_ingest *in, ds_plan_rows rows, ds_evidence *all);
/* The number of periods in a day of which the values are the numbers, as text: 24 for hours ending 1 to 24,
 * 48 for half hours; part is E, H or P. */
bool ds_plan_periods(const ds_evidence *e, char part, char pattern[24]);
/* The pattern of a DS_PIECE_CLOCK_NUMBER that all values can be. */
bool ds_plan_clock_number(const ds_ingest *in, ds_plan_rows rows, const ds_evidence *e, int column,
                          char pattern[24]);
/* The pattern of four digits of hours and minutes, or of six with seconds; NULL: they are none. */
const char *ds_plan_clock_digits(const ds_ingest *in, ds_plan_rows rows, const ds_evidence *e, int column);
/* Adds the time of day of a date that stands in several rows, where that makes them differ. */
int ds_plan_join_clock(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, int date);
/* Rows of which all these columns (and the series) have stood before. */
int ds_plan_repeats(ds_ingest *in, ds_plan_rows rows, const int *columns, int count, size_t *repeats);

/* plan_marks.c: the marks of thousands and of decimals. */
typedef struct ds_file_marks {
    bool points;        /* some column has fractions after a point */
    bool decimal_point; /* some column writes numbers in which a point can only be the decimal mark */
    bool thousands;     /* in some column commas can only mark thousands */
    bool commas;        /* in some column a comma can only be the decimal one */
    bool point_groups;  /* in some column points can only mark thousands */
} ds_file_marks;
/* Counts of the values of one column in each of ds_number_marks, and further of its numbers. */
typedef struct ds_mark_tally {
    size_t marks[DS_MARKS_BAD + 1];
    size_t points, pointed; /* with a fraction after a point; with any point, of those that are not plain */
    char parting;           /* a blank or an apostrophe between digits; 0: none */
} ds_mark_tally;
/* Where the points of plain numbers look like marks of thousands. */
bool ds_points_look_grouped(const ds_evidence *e);
/* The marks of the numbers of a column; a guess is said. */
int ds_plan_marks(ds_ingest *in, int column, const ds_mark_tally *t, const ds_evidence *e, ds_file_marks file,
                  ds_number_form *form);
/* Takes commas for decimal marks for good where they can be nothing else in the file. */
int ds_plan_decimal_mark(ds_ingest *in, ds_plan_rows rows);

/* plan_numbers.c: how the numbers of each column are written. */
int ds_plan_numbers(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all);

/* plan_ids.c: sets id_hint where stamps repeat and some columns would tell the series apart. */
int ds_plan_hint_ids(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all);
/* NN_BAD_DATA where a column of currencies or units says that the values of rows are in different ones. */
int ds_plan_refuse_units(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all);

#endif
