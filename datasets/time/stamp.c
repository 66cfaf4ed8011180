/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the text of a time stamp apart and puts its parts together as a time. */
#include "datasets/time/stamp.h"

#include "datasets/time/calendar.h"
#include "lib/base/text.h"

#include <string.h>

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads a run of at most `most` digits; returns how many there are, 0 when there are none or too many. */
static int read_digits(cursor *c, int most, int *value)
{
    int count = 0, v = 0;
    while (c->at < c->end && is_digit(*c->at)) {
        if (++count > most)
            return 0;
        v = v * 10 + (*c->at++ - '0');
    }
    *value = v;
    return count;
}

static bool take(cursor *c, char wanted)
{
    if (c->at >= c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

/* The fraction of a second or a decimal number in millionths. */
static bool read_fraction(cursor *c, int *digits, int *micro, bool *too_fine)
{
    int count = 0, v = 0;
    bool fine = false;
    for (; c->at < c->end && is_digit(*c->at); c->at++, count++) {
        if (count < 6)
            v = v * 10 + (*c->at - '0');
        else
            fine = fine || *c->at != '0';
    }
    for (int i = count; i < 6; i++)
        v *= 10;
    *digits = count;
    *micro = v;
    *too_fine = fine;
    return count > 0 && count <= 9;
}

static bool read_date(cursor *c, ds_stamp *s)
{
    s->digits[0] = read_digits(c, 8, &s->part[0]);
    if (s->digits[0] == 8 || s->digits[0] == 6) {
        const int number = s->part[0];
        const bool day = s->digits[0] == 8;
        s->part[0] = day ? number / 10000 : number / 100;
        s->part[1] = day ? number / 100 % 100 : number % 100;
        s->part[2] = day ? number % 100 : 1;
        s->digits[0] = 4;
        s->digits[1] = 2;
        s->digits[2] = day ? 2 : 0;
        return true;
    }
    if (s->digits[0] == 0 || s->digits[0] > 4 || c->at >= c->end ||
        (*c->at != '-' && *c->at != '/' && *c->at != '.'))
        return false;
    s->separator = *c->at++;
    s->digits[1] = read_digits(c, 2, &s->part[1]);
    if (s->digits[1] == 0)
        return false;
    if (!take(c, s->separator)) {
        s->part[2] = 1;
        return s->digits[0] == 4;
    }
    s->digits[2] = read_digits(c, 4, &s->part[2]);
    const bool year_first = s->digits[0] == 4 && s->digits[2] >= 1 && s->digits[2] <= 2;
    return year_first || (s->digits[0] <= 2 && s->digits[2] == 4);
}

static bool read_clock(cursor *c, ds_stamp *s)
{
    s->hour_digits = read_digits(c, 2, &s->hour);
    if (s->hour_digits == 0 || !take(c, ':') || read_digits(c, 2, &s->minute) != 2)
        return false;
    if (!take(c, ':'))
        return true;
    s->seconds = true;
    if (read_digits(c, 2, &s->second) != 2)
        return false;
    return !take(c, '.') || read_fraction(c, &s->fraction, &s->microsecond, &s->too_fine);
}

/* The names that exports of energy, traffic and markets write; some mean another zone elsewhere (CST, IST),
 * so only those of Europe and North America are known. */
static bool read_zone_name(const char *text, size_t length, int *minutes)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"CET", 1},  {"CEST", 2}, {"WET", 0},  {"WEST", 1}, {"EET", 2},  {"EEST", 3},
                 {"BST", 1},  {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7},
                 {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"GMT", 0},  {"UTC", 0}};
    if (length > 2 && text[0] == '(' && text[length - 1] == ')') {
        text++;
        length -= 2;
    }
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (strlen(zones[i].name) == length && memcmp(zones[i].name, text, length) == 0) {
            *minutes = zones[i].hours * 60;
            return true;
        }
    return false;
}

bool ds_zone_read(const char *text, size_t length, int *minutes)
{
    cursor c = {text, text + length};
    *minutes = 0;
    if (length == 0)
        return true;
    (void)take(&c, ' ');
    if (c.at < c.end && read_zone_name(c.at, (size_t)(c.end - c.at), minutes))
        return true;
    const size_t rest = (size_t)(c.end - c.at);
    if ((rest == 1 && *c.at == 'Z') ||
        (rest == 3 && (memcmp(c.at, "UTC", 3) == 0 || memcmp(c.at, "GMT", 3) == 0)))
        return true;
    if (rest < 3 || (*c.at != '+' && *c.at != '-'))
        return false;
    const int sign = *c.at++ == '-' ? -1 : 1;
    int value, more = 0;
    const int digits = read_digits(&c, 4, &value);
    if (digits == 4) {
        more = value % 100;
        value /= 100;
    } else if (digits != 2 || (take(&c, ':') && read_digits(&c, 2, &more) != 2)) {
        return false;
    }
    *minutes = sign * (value * 60 + more);
    return c.at == c.end && value <= 18 && more < 60;
}

bool ds_stamp_scan(const char *text, size_t length, ds_stamp *s)
{
    cursor c = {text, text + length};
    *s = (ds_stamp){0};
    if (!read_date(&c, s))
        return false;
    if (c.at == c.end)
        return true;
    if (s->digits[2] == 0 || (*c.at != 'T' && *c.at != ' '))
        return false;
    s->joint = *c.at++;
    if (!read_clock(&c, s))
        return false;
    const size_t rest = (size_t)(c.end - c.at);
    if (rest >= sizeof s->zone || !ds_zone_read(c.at, rest, &s->zone_minutes))
        return false;
    memcpy(s->zone, c.at, rest);
    const char *letter = c.at + (rest > 0 && *c.at == ' ');
    s->zone_named = rest > 3 && (*letter == '(' || (*letter >= 'A' && *letter < 'Z'));
    return true;
}

bool ds_clock_scan(const char *text, size_t length, ds_stamp *s)
{
    cursor c = {text, text + length};
    return read_clock(&c, s) && ds_zone_read(c.at, (size_t)(c.end - c.at), &s->zone_minutes);
}

int ds_stamp_time(const ds_stamp *s, int year, int month, int day, const char *text, size_t length,
                  ds_time *time, nn_error *error)
{
    if (month < 1 || month > 12)
        return nn_fail(error, NN_BAD_DATA, "'%s' is no time stamp: there is no month %d",
                       NN_SHOWN(60, text, length), month);
    if (day < 1 || day > 31)
        return nn_fail(error, NN_BAD_DATA, "'%s' is no time stamp: there is no day %d",
                       NN_SHOWN(60, text, length), day);
    const int days = ds_month_days(year, month);
    if (day > days)
        return nn_fail(error, NN_BAD_DATA, "'%s' is no time stamp: %s %d has %d days",
                       NN_SHOWN(60, text, length), ds_month_name(month), year, days);
    const bool midnight = s->hour == 24 && s->minute == 0 && s->second == 0 && s->microsecond == 0;
    if (s->hour > 23 && !midnight)
        return nn_fail(error, NN_BAD_DATA, "'%s' is no time stamp: the hour ends at 23",
                       NN_SHOWN(60, text, length));
    if (s->minute > 59)
        return nn_fail(error, NN_BAD_DATA, "'%s' is no time stamp: the minute ends at 59",
                       NN_SHOWN(60, text, length));
    if (s->second > 59)
        return nn_fail(error, NN_BAD_DATA,
                       "'%s' is no time stamp: the second ends at 59 (leap seconds are not read)",
                       NN_SHOWN(60, text, length));
    if (s->too_fine)
        return nn_fail(error, NN_BAD_DATA, "'%s' is finer than a microsecond", NN_SHOWN(60, text, length));
    const int64_t minutes =
        ds_days_from_date(year, month, day) * 1440 + s->hour * 60 + s->minute - s->zone_minutes;
    *time = (minutes * 60 + s->second) * DS_SECOND + s->microsecond;
    return NN_OK;
}

bool ds_decimal_read(const char *text, size_t length, int64_t *whole, int *micro, int *fraction,
                     bool *too_fine)
{
    cursor c = {text, text + length};
    const bool minus = take(&c, '-');
    int64_t v = 0;
    int digits = 0;
    for (; c.at < c.end && is_digit(*c.at); c.at++) {
        if (++digits > 19 || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *c.at - '0', &v))
            return false;
    }
    *fraction = *micro = 0;
    *too_fine = false;
    if (digits == 0 || (take(&c, '.') && !read_fraction(&c, fraction, micro, too_fine)))
        return false;
    *whole = minus ? -v : v;
    if (minus)
        *micro = -*micro;
    return c.at == c.end;
}

int ds_time_parse_iso(const char *text, ds_time *time, nn_error *error)
{
    ds_stamp s;
    const size_t length = strlen(text);
    if (!ds_stamp_scan(text, length, &s) || s.digits[0] != 4 || s.digits[1] != 2 || s.digits[2] != 2 ||
        (s.separator && s.separator != '-'))
        return nn_fail(error, NN_BAD_DATA, "'%s' is not a date such as 2016-07-01 or 2016-07-01 12:00",
                       NN_SHOWN(60, text, length));
    return ds_stamp_time(&s, s.part[0], s.part[1], s.part[2], text, length, time, error);
}
