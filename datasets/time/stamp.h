/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of time stamps: a text taken apart, before anyone knows what its parts mean. */
#ifndef DS_STAMP_H
#define DS_STAMP_H

#include "datasets/time/time.h"

/* Days from 1899-12-30, where the numbers of Excel and most spreadsheets begin, to 1970. */
enum { DS_EXCEL_EPOCH = 25569 };

typedef struct ds_stamp {
    int part[3];    /* the numbers of the date, in the order of the text */
    int digits[3];  /* how many digits each has; digits[2] is 0 for a year and a month only */
    char separator; /* 0: none */
    char joint;     /* 0: no time of day */
    int hour_digits;
    int hour, minute, second, microsecond;
    bool seconds;
    int fraction;  /* digits */
    bool too_fine; /* the fraction has digits below the microsecond that are not 0 */
    char zone[8];
    int zone_minutes;
    bool zone_named; /* by letters, such as (CET) */
} ds_stamp;

/* Takes a date, with a time of day or without, apart; false when it has no such shape. Ranges are not
 * checked. */
bool ds_stamp_scan(const char *text, size_t length, ds_stamp *stamp);

/* The stamp with the given year, month and day; NN_BAD_DATA saying which part cannot be. text is for the
 * message. */
int ds_stamp_time(const ds_stamp *stamp, int year, int month, int day, const char *text, size_t length,
                  ds_time *time, nn_error *error);

/* hh:mm[:ss[.fff]], nothing behind it but a zone. */
bool ds_clock_scan(const char *text, size_t length, ds_stamp *stamp);

/* "", "Z", "UTC", "GMT", "+01:00", "+0100" or "+01", or the usual name of a zone such as CEST, in brackets or
 * not; a blank before it or not; false for anything else. */
bool ds_zone_read(const char *text, size_t length, int *minutes);

/* An optional minus, digits, and optionally a point and digits. Without point *fraction is 0; *micro is the
 * fraction in millionths, signed as the number. False for other texts and for numbers that int64_t cannot
 * hold. */
bool ds_decimal_read(const char *text, size_t length, int64_t *whole, int *micro, int *fraction,
                     bool *too_fine);

#endif
