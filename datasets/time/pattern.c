/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps in a pattern of the user. */
#include "datasets/time/calendar.h"
#include "datasets/time/reader.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The conversion letter of the % at pattern[0], flags and modifiers skipped. */
static char conversion(const char **pattern)
{
    const char *p = *pattern + 1;
    while (*p && strchr("-_0^#EO", *p))
        p++;
    *pattern = p;
    return *p;
}

int ds_pattern_check(const char *pattern, nn_error *error)
{
    bool year = false;
    if (!strchr(pattern, '%'))
        return nn_fail(
            error, NN_USAGE,
            "--time-format '%.60s' is none of iso, y/m/d, m/d/y, d/m/y, epoch, epoch-ms, year, step, nor a "
            "pattern such as '%%d.%%m.%%Y %%H:%%M'",
            pattern);
    if (strlen(pattern) >= sizeof((ds_time_format *)0)->pattern)
        return nn_fail(error, NN_USAGE, "--time-format: the pattern has more than %zu characters",
                       sizeof((ds_time_format *)0)->pattern - 1);
    for (const char *p = pattern; (p = strchr(p, '%')); p++) {
        const char letter = conversion(&p);
        if (letter == '\0')
            return nn_fail(error, NN_USAGE, "--time-format '%s' ends within a conversion", pattern);
        if (strchr("sfZ", letter))
            return nn_fail(error, NN_USAGE, "--time-format '%s': %%%c is not read here%s", pattern, letter,
                           letter == 's' ? "; epoch reads seconds since 1970" : "");
        year = year || strchr("YyDFcxG", letter);
    }
    return year ? NN_OK : nn_fail(error, NN_USAGE, "--time-format '%s' holds no year", pattern);
}

int ds_pattern_add(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    char copy[128];
    const int quoted = ds_quoted(length);
    struct tm tm = {.tm_mday = 1, .tm_year = 70};
    const char *end = NULL;
    if (length < sizeof copy && !memchr(text, '\0', length)) {
        memcpy(copy, text, length);
        copy[length] = '\0';
        end = strptime(copy, r->format.pattern, &tm);
    }
    if (!end)
        return nn_fail(error, NN_BAD_DATA, "'%.*s' does not follow --time-format '%s'", quoted, text,
                       r->format.pattern);
    if (*end)
        return nn_fail(error, NN_BAD_DATA, "'%.*s' goes on where --time-format '%s' has ended: '%.20s'",
                       quoted, text, r->format.pattern, end);
    const int zone = (int)(tm.tm_gmtoff / 60);
    const ds_stamp s = {.hour = tm.tm_hour, .minute = tm.tm_min, .second = tm.tm_sec, .zone_minutes = zone};
    const int code =
        ds_stamp_time(&s, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, text, length, time, error);
    if (code == NN_OK && (zone || *r->format.zone)) {
        const int size = zone < 0 ? -zone : zone;
        snprintf(r->format.zone, sizeof r->format.zone, "%c%02d:%02d", zone < 0 ? '-' : '+', size / 60 % 100,
                 size % 60);
    }
    return code;
}
