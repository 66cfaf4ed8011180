/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps of a local clock that name no zone, over a change of clocks: an hour comes twice or not at all. */
#include "datasets/time/calendar.h"
#include "datasets/time/zone.h"

#include <stdlib.h>
#include <string.h>

static const ds_time HOUR = 3600 * DS_SECOND;

static const struct {
    ds_summer rule;
    int winter;
} rules[] = {{DS_SUMMER_EU, 60},  {DS_SUMMER_EU, 0},   {DS_SUMMER_EU, 120}, {DS_SUMMER_US, -300},
             {DS_SUMMER_AU, 600}, {DS_SUMMER_NZ, 720}, {DS_SUMMER_CL, -240}};
enum { RULES = sizeof rules / sizeof *rules };

ds_time ds_local_clock_step(const ds_time *times, size_t count)
{
    enum { MOST = 16, LOOK = 4000 };
    ds_time step[MOST];
    size_t seen[MOST] = {0}, best = 0;
    int kinds = 0;
    for (size_t i = 1; i < count && i < LOOK; i++) {
        const ds_time d = times[i] > times[i - 1] ? times[i] - times[i - 1] : times[i - 1] - times[i];
        int k = 0;
        while (k < kinds && step[k] != d)
            k++;
        if (k == MOST || d == 0)
            continue;
        if (k == kinds)
            step[kinds++] = d;
        seen[k]++;
    }
    for (int k = 0; k < kinds; k++)
        best = seen[k] > seen[best] ? (size_t)k : best;
    const ds_time usual = kinds ? step[best] : 0;
    return usual == 0 || usual > HOUR || HOUR % usual != 0 ? 0 : usual;
}

/* How often a local stamp can be under a rule: twice in autumn's hour, not at all in spring's. */
static int readings(ds_summer rule, ds_time local, int winter, ds_time utc[2])
{
    int n = 0;
    for (int summer = 1; summer >= 0; summer--) {
        const ds_time at = local - (winter + 60 * summer) * 60 * DS_SECOND;
        if (ds_summer_at(rule, at, winter) == (summer == 1))
            utc[n++] = at;
    }
    return n;
}

/* Whether a stamp has stood before within the hours around it, in the direction of time. */
static bool stood_before(const ds_time *times, size_t i, bool down, size_t count)
{
    for (size_t k = 1; k <= 7200; k++) {
        if (down ? i + k >= count : k > i)
            return false;
        const ds_time other = times[down ? i + k : i - k];
        if (other == times[i])
            return true;
        if (other < times[i] - 2 * HOUR || other > times[i] + 2 * HOUR)
            return false;
    }
    return false;
}

/* The stamps under some rule differ all. */
static bool all_differ(const ds_time *utc, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (utc[i] == utc[i - 1])
            return false;
    return true;
}

/* One series under one rule; false where it does not explain every change of clocks within the stamps, of
 * which *changes counts those that show. */
static bool try_rule(ds_summer rule, int winter, const ds_time *times, size_t count, ds_time step,
                     ds_time *utc, size_t *changes)
{
    const bool down = times[count - 1] < times[0];
    for (size_t i = 0; i < count; i++) {
        ds_time both[2];
        const int n = readings(rule, times[i], winter, both);
        if (n == 0)
            return false;
        utc[i] = both[n == 2 && stood_before(times, i, down, count) ? 1 : 0];
    }
    for (size_t i = 1; i < count; i++) {
        const size_t before = down ? i : i - 1, after = down ? i - 1 : i;
        const bool summer = ds_summer_at(rule, utc[before], winter);
        if (ds_summer_at(rule, utc[after], winter) == summer)
            continue;
        if (utc[after] - utc[before] > 2 * HOUR + step) /* a long gap tells nothing */
            continue;
        if (utc[after] - utc[before] != step)
            return false;
        ++*changes;
    }
    return all_differ(utc, count);
}

/* Whether a step, from before to after, leaps an hour where a rule changes the clocks. */
static bool leaps(ds_summer rule, int winter, ds_time before, ds_time after, ds_time step)
{
    ds_time a[2], b[2];
    const int an = readings(rule, before, winter, a), bn = readings(rule, after, winter, b);
    for (int i = 0; i < an; i++)
        for (int j = 0; j < bn; j++)
            if (b[j] - a[i] == step && ds_summer_at(rule, a[i], winter) != ds_summer_at(rule, b[j], winter))
                return true;
    return false;
}

bool ds_local_clock_leaps(ds_time one, ds_time other, ds_time step)
{
    const ds_time before = one < other ? one : other, after = one < other ? other : one, d = after - before;
    if (d != step + HOUR && d != HOUR - step)
        return false;
    for (int k = 0; k < RULES; k++)
        if (leaps(rules[k].rule, rules[k].winter, before, after, step) ||
            leaps(rules[k].rule, rules[k].winter, after, before, step))
            return true;
    return false;
}

/* Whether any step that is odd by an hour is one that some rule explains: else all stamps need not be tried.
 */
static bool any_leaps(const ds_time *times, const size_t *end, size_t series, ds_time step)
{
    for (size_t s = 0; s < series; s++)
        for (size_t i = (s ? end[s - 1] : 0) + 1; i < end[s]; i++)
            if ((i < 2 || times[i] != times[i - 1] || times[i] != times[i - 2]) && /* else it was tried */
                ds_local_clock_leaps(times[i - 1], times[i], step))
                return true;
    return false;
}

bool ds_local_clock_find(ds_time *times, const size_t *end, size_t series, ds_time step,
                         ds_time_format *format)
{
    const size_t count = series ? end[series - 1] : 0;
    if (step == 0 || !any_leaps(times, end, series, step))
        return false;
    ds_time *utc = malloc(count * sizeof *utc);
    bool found = false;
    for (size_t k = 0; utc && !found && k < RULES; k++) {
        size_t changes = 0;
        found = true;
        for (size_t s = 0; s < series && found; s++) {
            const size_t begin = s ? end[s - 1] : 0;
            found = begin == end[s] || try_rule(rules[k].rule, rules[k].winter, times + begin, end[s] - begin,
                                                step, utc + begin, &changes);
        }
        found = found && changes > 0;
        if (!found)
            continue;
        format->summer = rules[k].rule;
        format->zone_hidden = true;
        for (int side = 0; side < 2; side++)
            format->offsets[side] = (short)(rules[k].winter + 60 * side);
        memcpy(times, utc, count * sizeof *utc);
    }
    free(utc);
    return found;
}
