/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading stamps by a pattern. */
#include "datasets/time/pattern.h"

#include "datasets/time/calendar.h"
#include "datasets/time/names.h"
#include "datasets/time/ordinals.h"
#include "datasets/time/stamp.h"
#include "lib/base/text.h"

#include <string.h>
#include <strings.h>

char ds_pattern_letter(const char **pattern, int *flags)
{
    const char *p = *pattern + 1;
    int found = 0, number = 0, ahead = 0;
    for (; *p && strchr("-_^#+EO0123456789", *p); p++) {
        if (*p >= '0' && *p <= '9')
            number = number > DS_LANGUAGES ? number : 10 * number + (*p - '0');
        ahead += *p == 'E' && ahead < 11;
        found |= *p == '-'   ? DS_FLAG_PLAIN
                 : *p == '^' ? DS_FLAG_CAPITALS
                 : *p == '#' ? DS_FLAG_SMALL
                 : *p == 'O' ? DS_FLAG_ROMAN
                 : *p == '+' ? DS_FLAG_ORDINAL
                             : 0;
    }
    *pattern = p;
    if (flags)
        *flags = found | (number <= DS_LANGUAGES ? number * DS_FLAG_NUMBER : 0) | ahead * DS_FLAG_AHEAD;
    return *p;
}

int ds_pattern_number(int flags)
{
    return flags / DS_FLAG_NUMBER % (DS_FLAG_AHEAD / DS_FLAG_NUMBER);
}

int ds_pattern_ahead(int flags)
{
    return flags / DS_FLAG_AHEAD;
}

const char *ds_pattern_expanded(char letter)
{
    switch (letter) {
    case 'F':
        return "%Y-%m-%d";
    case 'T':
        return "%H:%M:%S";
    case 'R':
        return "%H:%M";
    case 'D':
        return "%m/%d/%y";
    default:
        return NULL;
    }
}

/* Up to `most` digits and at least `least`; the end, NULL where there are too few or the value is none. */
static const char *take_number(const char *p, const char *end, int least, int most, int *value,
                               ds_pattern_parts *parts)
{
    int digits = 0, v = 0;
    for (; p < end && digits < most && *p >= '0' && *p <= '9'; p++, digits++)
        v = v * 10 + (*p - '0');
    parts->unpadded |= digits < most;
    parts->padded |= digits == most && most > 1 && p[-digits] == '0';
    *value = v;
    return digits < least ? NULL : p;
}

static void note_case(const char *p, const char *end, ds_pattern_parts *parts)
{
    size_t first, second;
    const uint32_t a = ds_letter_read(p, (size_t)(end - p), &first);
    const uint32_t b = ds_letter_read(p + first, (size_t)(end - p) - first, &second);
    parts->small |= ds_letter_upper(a) != a;
    parts->capitals |= ds_letter_lower(b) != b;
}

static const char *take_ordinal(int flags, const char *p, const char *end, int *value)
{
    const int style = ds_pattern_number(flags);
    size_t taken;
    *value = style < DS_ORDINALS ? ds_ordinal_read(style, p, (size_t)(end - p), &taken) : 0;
    return *value ? p + taken : NULL;
}

/* Of a name with a point where the pattern has the point itself, that one is left. */
static const char *take_month(int ahead, const char *p, const char *end, bool pointed,
                              ds_pattern_parts *parts)
{
    const ds_month_match found = ds_month_find(p, (size_t)(end - p));
    if (found.month == 0 || (ahead && found.month != (parts->month - 1 + ahead) % 12 + 1))
        return NULL;
    if (ahead) {
        parts->ahead = ahead;
        parts->year_last = parts->year == 0;
    } else {
        parts->month = found.month;
    }
    parts->whole_in = ahead ? parts->whole_in & found.whole : found.whole;
    parts->cut_in = ahead ? parts->cut_in & found.cut : found.cut;
    note_case(p, end, parts);
    p += found.taken;
    return pointed && p[-1] == '.' ? p - 1 : p;
}

static const char *take_day_name(const char *p, const char *end, ds_pattern_parts *parts)
{
    size_t length = 0;
    if (ds_name_find(p, (size_t)(end - p), false, &length) == 0)
        return NULL;
    parts->long_day |= length > 3;
    return p + length;
}

/* I to IV. */
static const char *take_roman(const char *p, const char *end, int *value)
{
    static const char *const numerals[] = {"I", "II", "III", "IV"};
    size_t length = 0;
    while (p + length < end && strchr("IVXivx", p[length]) && p[length])
        length++;
    for (int i = 0; i < 4; i++)
        if (strlen(numerals[i]) == length && strncasecmp(numerals[i], p, length) == 0) {
            *value = i + 1;
            return p + length;
        }
    return NULL;
}

static const char *take_half(const char *p, const char *end, ds_pattern_parts *parts)
{
    if (end - p < 2)
        return NULL;
    const char half = (char)(*p | 0x20);
    const bool dotted = end - p >= 4 && p[1] == '.' && p[3] == '.';
    const char m = (char)(p[dotted ? 2 : 1] | 0x20);
    if ((half != 'a' && half != 'p') || m != 'm')
        return NULL;
    parts->has_half = true;
    parts->afternoon = half == 'p';
    parts->small |= *p >= 'a';
    return p + (dotted ? 4 : 2);
}

static const char *take_zone(const char *p, const char *end, ds_pattern_parts *parts)
{
    const char *stop = p;
    while (stop < end && stop - p < 7 && (stop == p || *stop == ':' || (*stop >= '0' && *stop <= '9')))
        stop++;
    if (p < end && *p == 'Z')
        stop = p + 1;
    parts->has_zone = true;
    return stop > p && ds_zone_read(p, (size_t)(stop - p), &parts->zone_minutes) ? stop : NULL;
}

static const char *take_year(char letter, const char *p, const char *end, ds_pattern_parts *parts)
{
    int value;
    ds_pattern_parts aside = {0};
    if (letter == 'y') {
        p = take_number(p, end, 2, 2, &value, &aside);
        parts->year = value + (value < 69 ? 2000 : 1900);
        return p;
    }
    parts->has_week_year |= letter == 'G';
    return take_number(p, end, 4, 4, &parts->year, &aside);
}

static const char *take_clock(char letter, int flags, const char *p, const char *end, ds_pattern_parts *parts)
{
    const int least = flags & DS_FLAG_PLAIN ? 1 : 2;
    ds_pattern_parts aside = {0}; /* minutes have their zero in any dress */
    switch (letter) {
    case 'H':
    case 'k':
        return take_number(p, end, 1, 2, &parts->hour, parts);
    case 'I':
    case 'l':
        parts->twelve = true;
        return take_number(p, end, 1, 2, &parts->hour, parts);
    case 'M':
        return take_number(p, end, least, 2, &parts->minute, &aside);
    case 'S':
        return take_number(p, end, least, 2, &parts->second, &aside);
    case 'p':
    case 'P':
        return take_half(p, end, parts);
    case 'z':
        return take_zone(p, end, parts);
    default:
        return NULL;
    }
}

/* The number of a part of a year. */
static const char *take_part(int flags, const char *p, const char *end, int *value, ds_pattern_parts *parts)
{
    return flags & DS_FLAG_ORDINAL ? take_ordinal(flags, p, end, value)
           : flags & DS_FLAG_ROMAN ? take_roman(p, end, value)
                                   : take_number(p, end, 1, 1, value, parts);
}

static const char *take_conversion(char letter, int flags, bool pointed, const char *p, const char *end,
                                   ds_pattern_parts *parts)
{
    switch (letter) {
    case 'Y':
    case 'y':
    case 'G':
        return take_year(letter, p, end, parts);
    case 'm':
        parts->has_month = true;
        return take_number(p, end, 1, 2, &parts->month, parts);
    case 'd':
    case 'e':
        return flags & DS_FLAG_ORDINAL ? take_ordinal(flags, p, end, &parts->day)
                                       : take_number(p, end, 1, 2, &parts->day, parts);
    case 'b':
    case 'B':
    case 'h':
        parts->has_month = true;
        return take_month(ds_pattern_ahead(flags), p, end, pointed, parts);
    case 'a':
    case 'A':
        return take_day_name(p, end, parts);
    case 'j':
        return take_number(p, end, 1, 3, &parts->year_day, parts);
    case 'q':
        return take_part(flags, p, end, &parts->quarter, parts);
    case 'Q':
        return take_part(flags, p, end, &parts->half, parts);
    case 'V':
        return take_number(p, end, 1, 2, &parts->week, parts);
    case 'u':
        return take_number(p, end, 1, 1, &parts->weekday, parts);
    default:
        return take_clock(letter, flags, p, end, parts);
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

const char *ds_pattern_scan(const char *pattern, const char *text, const char *end, ds_pattern_parts *parts)
{
    const char *p = text;
    for (; *pattern && p; pattern++) {
        if (is_blank(*pattern)) {
            while (p < end && is_blank(*p))
                p++;
            continue;
        }
        if (*pattern != '%') {
            if (p >= end || strncasecmp(p, pattern, 1) != 0)
                return NULL;
            p++;
            continue;
        }
        int flags;
        const char letter = ds_pattern_letter(&pattern, &flags);
        const char *inner = ds_pattern_expanded(letter);
        if (inner) {
            p = ds_pattern_scan(inner, p, end, parts);
        } else if (letter == 'n' || letter == 't') {
            while (p < end && is_blank(*p))
                p++;
        } else if (letter == '%') {
            p = p < end && *p == '%' ? p + 1 : NULL;
        } else {
            p = take_conversion(letter, flags, pattern[1] == '.', p, end, parts);
        }
    }
    return p;
}

static int refuse(const char *text, size_t length, const char *what, int value, nn_error *error)
{
    return nn_fail(error, NN_BAD_DATA, "'%s' is no time stamp: there is no %s %d", NN_SHOWN(60, text, length),
                   what, value);
}

/* Weeks of an ISO year: 53 where its first or last day is a Thursday. */
static int week_count(int year)
{
    const int first = ds_weekday(ds_days_from_date(year, 1, 1)),
              last = ds_weekday(ds_days_from_date(year, 12, 31));
    return first == 3 || last == 3 ? 53 : 52;
}

/* Days since 1970 where the day is told by a week or by its number in the year. */
static int counted_day(const ds_pattern_parts *p, const char *text, size_t length, int64_t *days,
                       nn_error *error)
{
    if (p->has_week_year) {
        if (p->week < 1 || p->week > week_count(p->year))
            return nn_fail(error, NN_BAD_DATA, "'%s' is no time stamp: %d has no week %d",
                           NN_SHOWN(60, text, length), p->year, p->week);
        if (p->weekday > 7)
            return refuse(text, length, "day of the week", p->weekday, error);
        const int64_t fourth = ds_days_from_date(p->year, 1, 4);
        *days = fourth - ds_weekday(fourth) + 7 * (p->week - 1) + (p->weekday ? p->weekday - 1 : 0);
        return NN_OK;
    }
    const int most = ds_month_days(p->year, 2) + 337;
    if (p->year_day < 1 || p->year_day > most)
        return refuse(text, length, "day of the year", p->year_day, error);
    *days = ds_days_from_date(p->year, 1, 1) + p->year_day - 1;
    return NN_OK;
}

int ds_pattern_time(const ds_pattern_parts *p, const char *text, size_t length, ds_time *time,
                    nn_error *error)
{
    ds_stamp s = {.hour = p->hour, .minute = p->minute, .second = p->second, .zone_minutes = p->zone_minutes};
    if (p->twelve) {
        if (p->hour < 1 || p->hour > 12)
            return refuse(text, length, "hour of the half day", p->hour, error);
        s.hour = p->hour % 12 + (p->afternoon ? 12 : 0);
    }
    int64_t year = p->year - (p->year_last && p->month + p->ahead > 12);
    int month = p->has_month ? p->month : 1, day = p->day ? p->day : 1;
    if (p->quarter) {
        if (p->quarter > 4)
            return refuse(text, length, "quarter", p->quarter, error);
        month = 3 * p->quarter - 2;
    }
    if (p->half) {
        if (p->half > 2)
            return refuse(text, length, "half of a year", p->half, error);
        month = 6 * p->half - 5;
    }
    if (p->has_week_year || p->year_day) {
        int64_t days = 0;
        const int code = counted_day(p, text, length, &days, error);
        if (code)
            return code;
        ds_date_from_days(days, &year, &month, &day);
    }
    return ds_stamp_time(&s, (int)year, month, day, text, length, time, error);
}

int ds_pattern_check(const char *pattern, nn_error *error)
{
    bool year = false, week_year = false, week = false;
    if (!strchr(pattern, '%'))
        return nn_fail(
            error, NN_USAGE,
            "--time-format '%.60s' is none of iso, y/m/d, m/d/y, d/m/y, epoch, epoch-ms, epoch-us, epoch-ns, "
            "excel, year, step, nor a pattern such as '%%d.%%m.%%Y %%H:%%M'",
            pattern);
    if (strlen(pattern) >= sizeof((ds_time_format *)0)->pattern)
        return nn_fail(error, NN_USAGE, "--time-format: the pattern has more than %zu characters",
                       sizeof((ds_time_format *)0)->pattern - 1);
    for (const char *p = pattern; (p = strchr(p, '%')); p++) {
        const char letter = ds_pattern_letter(&p, NULL);
        if (letter == '\0')
            return nn_fail(error, NN_USAGE, "--time-format '%s' ends within a conversion", pattern);
        if (!strchr("YymdeHkIlMSpPbBhjqQGVuaAzFTRDnt%", letter))
            return nn_fail(error, NN_USAGE, "--time-format '%s': %%%c is not read here%s", pattern, letter,
                           letter == 's' ? "; epoch reads seconds since 1970" : "");
        year = year || strchr("YyDFG", letter);
        week_year = week_year || letter == 'G';
        week = week || letter == 'V';
    }
    if (week_year != week)
        return nn_fail(error, NN_USAGE, "--time-format '%s': %%G and %%V make a week together", pattern);
    return year ? NN_OK : nn_fail(error, NN_USAGE, "--time-format '%s' holds no year", pattern);
}
