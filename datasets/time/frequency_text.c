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
};

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
    if (!find_unit(unit, &found))
        return nn_fail(
            error, NN_USAGE,
            "'%.60s' is no frequency such as s, 15min, h, d, b (business days), w, m, q, y or step", text);
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

int ds_frequency_print(ds_frequency f, char *text, size_t size)
{
    static const char *const units[] = {"step", "us", "s", "min", "h", "d", "b", "w", "m", "q", "y"};
    const char *unit = units[f.unit];
    int count = f.count;
    if (f.unit == DS_UNIT_MICROSECOND && count % 1000 == 0) {
        unit = "ms";
        count /= 1000;
    }
    return count == 1 ? snprintf(text, size, "%s", unit) : snprintf(text, size, "%d%s", count, unit);
}

int ds_frequency_describe(ds_frequency f, char *text, size_t size)
{
    static const char *const units[] = {"row",          "microsecond", "second", "minute",  "hour", "day",
                                        "business day", "week",        "month",  "quarter", "year"};
    const char *unit = units[f.unit],
               *anchor = f.unit >= DS_UNIT_MONTH && f.anchor_day == 31 ? ", on the last day" : "";
    int count = f.count;
    if (f.unit == DS_UNIT_MICROSECOND && count % 1000 == 0) {
        unit = "millisecond";
        count /= 1000;
    }
    if (f.unit == DS_UNIT_BUSINESS_DAY && count == 1)
        return snprintf(text, size, "business days");
    return count == 1 ? snprintf(text, size, "every %s%s", unit, anchor)
                      : snprintf(text, size, "every %d %ss%s", count, unit, anchor);
}
