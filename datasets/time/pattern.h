/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps by a pattern of conversions, the same in every locale: reading, checking, writing.
 *
 * Read and written: %Y %y %m %d %e %H %k %I %l %M %S %p %P %b %B %h %j %q (quarter) %Q (half of a year) %Oq
 * %OQ (the same in Roman numerals) %G %V %u (ISO week) %a %A %z %F %T %R %D %n %t %%. Between the % and the
 * letter may stand '-' (no leading zero), '^' (capitals) and
 * '#' (small letters), which matter in writing only, and the number of a language (names.h) in which the name
 * of a month is written; read are all of them. '+' before d, q or Q makes an ordinal number, in the style of
 * the number between (ordinals.h): "%+d %B" is 18th December. 'E' before b or B is the month that follows the
 * first one, "EE" the second one after it: "%b-%EEb %Y" is Oct-Dec 2014, and a year that stands behind is
 * that of the last month. */
#ifndef DS_PATTERN_H
#define DS_PATTERN_H

#include "datasets/time/time.h"

/* What a text held; 0 where the pattern asks for no such part. */
typedef struct ds_pattern_parts {
    int year, month, day, hour, minute, second;
    int year_day, quarter, half, week, weekday; /* weekday: Monday 1 */
    bool has_month, has_week_year, twelve, afternoon, has_half, has_zone;
    int zone_minutes;
    bool unpadded, padded;   /* some number stood without its leading zero, or with it */
    bool long_day, capitals; /* of a day of the week; capitals: all letters of a name are */
    bool small;
    int ahead;                 /* months from the first to the last of a period of months */
    bool year_last;            /* the year stands behind them, and is that of the last */
    unsigned whole_in, cut_in; /* languages of the month's name, as ds_month_find has them */
} ds_pattern_parts;

/* The end of what was read of text[0..end), NULL where the text does not follow the pattern. A text that goes
 * on is no error here. */
const char *ds_pattern_scan(const char *pattern, const char *text, const char *end, ds_pattern_parts *parts);

/* The time of the parts; NN_BAD_DATA saying which of them cannot be. text is for the message. */
int ds_pattern_time(const ds_pattern_parts *parts, const char *text, size_t length, ds_time *time,
                    nn_error *error);

/* NN_USAGE where a pattern of the user cannot be read. */
int ds_pattern_check(const char *pattern, nn_error *error);

/* As snprintf; local is the time as it is shown. */
int ds_pattern_print(const char *pattern, ds_time local, int zone_minutes, char *text, size_t size);

/* The conversion letter of the % at (*pattern)[0], flags skipped and, where flags is not NULL, gathered as
 * bits; *pattern then stands on the letter. */
enum {
    DS_FLAG_PLAIN = 1,
    DS_FLAG_CAPITALS = 2,
    DS_FLAG_SMALL = 4,
    DS_FLAG_ROMAN = 8,
    DS_FLAG_ORDINAL = 16,
    DS_FLAG_NUMBER = 32, /* times the number, of a language or a style */
    DS_FLAG_AHEAD = 2048 /* times the months */
};
char ds_pattern_letter(const char **pattern, int *flags);
int ds_pattern_number(int flags);
int ds_pattern_ahead(int flags);

/* What %F, %T, %R and %D stand for; NULL for other letters. */
const char *ds_pattern_expanded(char letter);

#endif
