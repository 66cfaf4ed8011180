/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calendar features of a stamp, each scaled to [-0.5, 0.5]. */
#include "datasets/time/time.h"

#include <string.h>

/* In the order in which every set has its features. */
enum { SECOND, MINUTE, HOUR, WEEKDAY, DAY, YEAR_DAY, ISO_WEEK, MONTH };

static const struct {
    const char *name;
    int count;
    unsigned char features[DS_MAX_TIME_FEATURES];
} sets[] = {
    {"s", 6, {SECOND, MINUTE, HOUR, WEEKDAY, DAY, YEAR_DAY}},
    {"t", 5, {MINUTE, HOUR, WEEKDAY, DAY, YEAR_DAY}},
    {"h", 4, {HOUR, WEEKDAY, DAY, YEAR_DAY}},
    {"d", 3, {WEEKDAY, DAY, YEAR_DAY}},
    {"b", 3, {WEEKDAY, DAY, YEAR_DAY}},
    {"w", 2, {DAY, ISO_WEEK}},
    {"m", 1, {MONTH}},
    {"none", 0, {0}},
};

static int find_set(const char *set)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strcmp(set, sets[i].name) == 0)
            return (int)i;
    return -1;
}

const char *ds_time_features_for(ds_frequency frequency)
{
    static const char *const fitting[] = {"none", "s", "s", "t", "h", "d", "b", "w", "d", "m", "m", "none"};
    return fitting[frequency.unit];
}

int ds_time_features_count(const char *set)
{
    const int i = find_set(set);
    return i < 0 ? -1 : sets[i].count;
}

void ds_time_features(const char *set, ds_time time, float *out)
{
    const int i = find_set(set);
    if (i < 0 || sets[i].count == 0)
        return;
    const ds_civil c = ds_civil_from(time);
    const double scaled[] = {
        [SECOND] = c.second / 59.0,
        [MINUTE] = c.minute / 59.0,
        [HOUR] = c.hour / 23.0,
        [WEEKDAY] = c.weekday / 6.0,
        [DAY] = (c.day - 1) / 30.0,
        [YEAR_DAY] = (c.year_day - 1) / 365.0,
        [ISO_WEEK] = (c.iso_week - 1) / 52.0,
        [MONTH] = (c.month - 1) / 11.0,
    };
    for (int k = 0; k < sets[i].count; k++)
        out[k] = (float)(scaled[sets[i].features[k]] - 0.5);
}
