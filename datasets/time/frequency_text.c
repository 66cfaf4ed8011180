/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps as text. */
#include "datasets/time/frequency.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct unit_name {
    const char *name;
    ds_unit unit;
    int factor;
    int anchor_day;
} unit_name;

/* Names in which upper and lower case are alike, unless only one of them stands here. */
static const unit_name names[] = {
    {"step", DS_UNIT_STEP, 1, 0},
    {"us", DS_UNIT_MICROSECOND, 1, 0},
    {"ms", DS_UNIT_MICROSECOND, 1000, 0},
    {"l", DS_UNIT_MICROSECOND, 1000, 0},
    {"s", DS_UNIT_SECOND, 1, 0},
    {"sec", DS_UNIT_SECOND, 1, 0},
    {"t", DS_UNIT_MINUTE, 1, 0},
    {"min", DS_UNIT_MINUTE, 1, 0},
    {"h", DS_UNIT_HOUR, 1, 0},
    {"d", DS_UNIT_DAY, 1, 0},
    {"b", DS_UNIT_BUSINESS_DAY, 1, 0},
    {"w", DS_UNIT_WEEK, 1, 0},
    {"m", DS_UNIT_MONTH, 1, 0},
    {"me", DS_UNIT_MONTH, 1, 31},
    {"q", DS_UNIT_QUARTER, 1, 0},
    {"qs", DS_UNIT_QUARTER, 1, 1},
    {"qe", DS_UNIT_QUARTER, 1, 31},
    {"y", DS_UNIT_YEAR, 1, 0},
    {"a", DS_UNIT_YEAR, 1, 0},
    {"ys", DS_UNIT_YEAR, 1, 1},
    {"as", DS_UNIT_YEAR, 1, 1},
    {"ye", DS_UNIT_YEAR, 1, 31},
    {"bm", DS_UNIT_MONTH, 1, DS_ANCHOR_LAST_WORKDAY},
    {"bme", DS_UNIT_MONTH, 1, DS_ANCHOR_LAST_WORKDAY},
    {"bms", DS_UNIT_MONTH, 1, DS_ANCHOR_FIRST_WORKDAY},
    {"bqe", DS_UNIT_QUARTER, 1, DS_ANCHOR_LAST_WORKDAY},
    {"bqs", DS_UNIT_QUARTER, 1, DS_ANCHOR_FIRST_WORKDAY},
    {"bye", DS_UNIT_YEAR, 1, DS_ANCHOR_LAST_WORKDAY},
    {"bys", DS_UNIT_YEAR, 1, DS_ANCHOR_FIRST_WORKDAY},
};

/* "m:1,15", "m:15,last", and pandas' names of the two usual ones. */
static bool parse_month_days(const char *text, ds_frequency *f)
{
    unsigned days = 0;
    text = strcasecmp(text, "sms") == 0                                  ? "m:1,15"
           : strcasecmp(text, "sm") == 0 || strcasecmp(text, "sme") == 0 ? "m:15,last"
                                                                         : text;
    if (strncasecmp(text, "m:", 2) != 0)
        return false;
    for (text += 1; *text == ':' || *text == ',';) {
        int day = 0;
        for (text++; *text >= '0' && *text <= '9' && day <= 31; text++)
            day = 10 * day + (*text - '0');
        if (day == 0 && strncasecmp(text, "last", 4) == 0) {
            day = 31;
            text += 4;
        }
        if (day < 1 || day > 31)
            return false;
        days |= 1u << day;
    }
    *f = (ds_frequency){.unit = DS_UNIT_MONTH_DAYS, .count = 1, .month_days = days};
    return *text == '\0';
}

/* A step, a blank and the days or hours in which there are rows. */
static bool parse_pattern(const char *text, ds_frequency *f)
{
    char step[16];
    const char *blank = strchr(text, ' ');
    unsigned days;
    if (!blank || (size_t)(blank - text) >= sizeof step)
        return false;
    memcpy(step, text, (size_t)(blank - text));
    step[blank - text] = '\0';
    if (ds_frequency_parse(step, f, NULL))
        return false;
    text = blank + 1;
    if (f->unit != DS_UNIT_DAY || f->count != 1)
        return ds_sessions_parse(text, f);
    if (!ds_weekdays_parse(&text, &days) || *text || days == 0x7f)
        return false;
    *f = (ds_frequency){.unit = DS_UNIT_BUSINESS_DAY, .count = 1, .weekdays = days == 0x1f ? 0 : days};
    return true;
}

static bool find_unit(const char *text, unit_name *found)
{
    if (strcmp(text, "MS") == 0) { /* milliseconds are "ms" */
        *found = (unit_name){"MS", DS_UNIT_MONTH, 1, 1};
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(text, names[i].name) == 0) {
            *found = names[i];
            return true;
        }
    return false;
}

int ds_frequency_parse(const char *text, ds_frequency *frequency, nn_error *error)
{
    int64_t count = 0;
    const char *unit = text;
    for (; *unit >= '0' && *unit <= '9'; unit++)
        if ((count = count * 10 + (*unit - '0')) > INT_MAX)
            return nn_fail(error, NN_USAGE, "frequency '%.60s': the count is too large", text);
    unit_name found;
    if (parse_month_days(text, frequency) || parse_pattern(text, frequency))
        return NN_OK;
    if (!find_unit(unit, &found))
        return nn_fail(
            error, NN_USAGE,
            "'%.60s' is no frequency such as s, 15min, h, d, b (business days), w, m, q, y or step, "
            "'d mon-sat', 'm:1,15' or 'h mon-fri 09:00-17:00'",
            text);
    if (unit == text)
        count = 1;
    if (count == 0)
        return nn_fail(error, NN_USAGE, "frequency '%.60s': the count must be at least 1", text);
    int64_t length;
    count *= found.factor;
    if (found.unit == DS_UNIT_STEP || found.unit == DS_UNIT_BUSINESS_DAY)
        *frequency = (ds_frequency){.unit = found.unit, .count = (int)count};
    else if (found.unit >= DS_UNIT_MONTH)
        *frequency = ds_frequency_months(count * ds_unit_months(found.unit), found.anchor_day);
    else if (__builtin_mul_overflow(count, ds_unit_length(found.unit), &length))
        *frequency = (ds_frequency){.unit = found.unit, .count = 0};
    else
        *frequency = ds_frequency_fixed(length);
    return frequency->count > 0 ? NN_OK
                                : nn_fail(error, NN_USAGE, "frequency '%.60s': the count is too large", text);
}

static int print_month_days(unsigned days, char *text, size_t size)
{
    int n = 0;
    for (int day = 1; day <= 31; day++) {
        const size_t at = (size_t)n < size ? (size_t)n : size;
        if (!(days >> day & 1))
            continue;
        n += day == 31 ? snprintf(text + at, size - at, "%slast", n ? "," : "")
                       : snprintf(text + at, size - at, "%s%d", n ? "," : "", day);
    }
    return n;
}

/* The days or hours in which there are rows; empty: all. */
static void print_pattern(ds_frequency f, char text[DS_FREQUENCY_SIZE])
{
    text[0] = '\0';
    if (f.sessions)
        ds_sessions_print(&f, text, DS_FREQUENCY_SIZE);
    else if (f.unit == DS_UNIT_BUSINESS_DAY && f.weekdays)
        ds_weekdays_print(f.weekdays, text, DS_FREQUENCY_SIZE);
    else if (f.unit == DS_UNIT_MONTH_DAYS)
        print_month_days(f.month_days, text, DS_FREQUENCY_SIZE);
}

int ds_frequency_print(ds_frequency f, char *text, size_t size)
{
    static const char *const units[] = {"step", "us", "s", "min", "h", "d", "b", "w", "m", "m", "q", "y"};
    const char *unit = f.unit == DS_UNIT_BUSINESS_DAY && f.weekdays ? "d" : units[f.unit];
    int count = f.count;
    char pattern[DS_FREQUENCY_SIZE], number[16] = "";
    if (f.unit == DS_UNIT_MICROSECOND && count % 1000 == 0) {
        unit = "ms";
        count /= 1000;
    }
    if (count != 1)
        snprintf(number, sizeof number, "%d", count);
    print_pattern(f, pattern);
    const char *joint = !*pattern ? "" : f.unit == DS_UNIT_MONTH_DAYS ? ":" : " ";
    return snprintf(text, size, "%s%s%s%s", number, unit, joint, pattern);
}

static const char *describe_anchor(ds_frequency f, char text[64])
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    static const char *const places[] = {"first", "second", "third", "fourth", "last"};
    text[0] = '\0';
    if (f.unit < DS_UNIT_MONTH || f.anchor_day < 31)
        return text;
    if (f.anchor_day >= DS_ANCHOR_WEEKDAY)
        snprintf(text, 64, ", on the %s %s", places[(f.anchor_day - DS_ANCHOR_WEEKDAY) / 7 % 5],
                 days[(f.anchor_day - DS_ANCHOR_WEEKDAY) % 7]);
    else
        snprintf(text, 64, ", on the %s",
                 f.anchor_day == 31                       ? "last day"
                 : f.anchor_day == DS_ANCHOR_LAST_WORKDAY ? "last working day"
                                                          : "first working day");
    return text;
}

int ds_frequency_describe(ds_frequency f, char *text, size_t size)
{
    static const char *const units[] = {"row",          "microsecond", "second",       "minute",
                                        "hour",         "day",         "business day", "week",
                                        "day of month", "month",       "quarter",      "year"};
    const char *unit = units[f.unit];
    char anchor[64], pattern[DS_FREQUENCY_SIZE];
    int count = f.count;
    if (f.unit == DS_UNIT_MICROSECOND && count % 1000 == 0) {
        unit = "millisecond";
        count /= 1000;
    }
    if (f.unit == DS_UNIT_BUSINESS_DAY && count == 1 && !f.weekdays)
        return snprintf(text, size, "business days");
    print_pattern(f, pattern);
    if (f.unit == DS_UNIT_MONTH_DAYS)
        return snprintf(text, size, "days %s of every month", pattern);
    if (f.unit == DS_UNIT_BUSINESS_DAY && f.weekdays)
        return snprintf(text, size, "%s", pattern);
    const char *joint = *pattern ? ", " : "";
    describe_anchor(f, anchor);
    return count == 1 ? snprintf(text, size, "every %s%s%s%s", unit, anchor, joint, pattern)
                      : snprintf(text, size, "every %d %ss%s%s%s", count, unit, anchor, joint, pattern);
}
