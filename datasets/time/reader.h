/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of ds_time_reader. */
#ifndef DS_TIME_READER_H
#define DS_TIME_READER_H

#include "datasets/time/stamp.h"

typedef enum ds_stamp_form { DS_FORM_UNSEEN, DS_FORM_DATE, DS_FORM_NUMBER, DS_FORM_PATTERN } ds_stamp_form;
typedef enum ds_date_order { DS_YEAR_FIRST, DS_MONTH_FIRST, DS_DAY_FIRST, DS_ORDER_OPEN } ds_date_order;

typedef struct ds_zone_text {
    int quarter;
    char text[8];
} ds_zone_text;

struct ds_time_reader {
    bool is_given;
    ds_time_kind given;
    ds_stamp_form form;
    ds_time_format format;
    size_t count;

    /* Dates. */
    ds_date_order order;
    bool unpadded, hour_unpadded; /* such a part has been seen */
    size_t open;                  /* stamps given out as month first before the order was known */
    bool open_matters;            /* one of them has day and month different */
    size_t fast_length;           /* texts of this length may take the short way; 0: none */
    int64_t fast_year;            /* the month that fast_days belongs to */
    int fast_month, fast_month_days;
    int64_t fast_days;    /* of the day before its first */
    char fast_date[10];   /* the last text of a day */
    int64_t fast_seconds; /* from 1970 to that day */

    /* Numbers whose kind is not given: given out as they are, settled at the end. */
    bool scaled; /* from `whole` on given out as seconds since 1970, because one had a fraction */
    size_t whole;
    int64_t least, most;
    bool all_days, all_months, all_years;
    bool all_clocks[3]; /* 10 digits yyyymmddhh; 12 with minutes; 14 with seconds */

    /* Ranges, and zones that only some stamps name. */
    bool ranged;
    int first_mark, mark_minutes;
    size_t unmarked; /* stamps before the first that names its zone */

    /* Offsets, in quarters of an hour for each stamp, from the second one seen on. */
    int8_t *quarters;
    size_t quarters_room;
    ds_zone_text seen[2]; /* the offsets and how they are written; */
    int seen_count;       /* 3: more than two */
};

/* number.c */
int ds_number_add(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error);
void ds_number_settle(ds_time_reader *r, ds_time *times, size_t count);

/* reader_pattern.c */
int ds_pattern_add(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error);

/* reader_zone.c: the offset of the stamp that is being added; how offsets change, in the end. */
int ds_zone_note(ds_time_reader *r, int minutes, const char *text, nn_error *error);
void ds_zone_settle(ds_time_reader *r, ds_time *times, size_t count);

/* range.c: the begin of "begin - end"; false where the text is none. */
bool ds_range_split(const char *text, size_t length, size_t *begin, size_t *end);

/* The error of a text that is no stamp at all. */
int ds_no_stamp(const char *text, size_t length, nn_error *error);

#endif
