/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offsets that change along a column of stamps: the rule that they follow, and whether days follow UTC or the
 * local clock. */
#include "datasets/time/calendar.h"
#include "datasets/time/reader.h"
#include "datasets/time/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ds_time QUARTER = 900 * DS_SECOND;

int ds_zone_note(ds_time_reader *r, int minutes, const char *text, nn_error *error)
{
    const int quarter = minutes / 15;
    int known = 0;
    while (known < r->seen_count && known < 2 && r->seen[known].quarter != quarter)
        known++;
    if (known == r->seen_count || known == 2) {
        if (known < 2) {
            r->seen[known].quarter = quarter;
            snprintf(r->seen[known].text, sizeof r->seen[known].text, "%s", text);
        }
        r->seen_count = known + 1;
    }
    if (!*r->seen[known & 1].text && known < 2)
        snprintf(r->seen[known].text, sizeof r->seen[known].text, "%s", text);
    if (r->seen_count < 2)
        return NN_OK;
    if (r->count >= r->quarters_room) {
        const size_t room = 2 * r->count + 1024;
        int8_t *more = realloc(r->quarters, room);
        if (!more)
            return nn_no_memory(error);
        if (r->quarters_room == 0)
            memset(more, r->seen[0].quarter, r->count);
        r->quarters = more;
        r->quarters_room = room;
    }
    r->quarters[r->count] = (int8_t)quarter;
    return NN_OK;
}

static int quarter_at(const ds_time_reader *r, size_t i)
{
    return r->quarters ? r->quarters[i] : r->seen[0].quarter;
}

/* The rule that gives all offsets but one in a thousand, where there is one. */
static void find_rule(const ds_time_reader *r, const ds_time *times, size_t count, ds_time_format *f)
{
    const int winter = r->seen[0].quarter < r->seen[1].quarter ? 0 : 1;
    size_t fewest = count / 1000 + 1;
    if (r->seen_count != 2 || r->seen[1 - winter].quarter - r->seen[winter].quarter > 4)
        return;
    for (int side = 0; side < 2; side++) {
        f->offsets[side] = (short)(15 * r->seen[side ? 1 - winter : winter].quarter);
        memcpy(f->zones[side], r->seen[side ? 1 - winter : winter].text, sizeof f->zones[side]);
    }
    for (int rule = DS_SUMMER_EU; rule <= DS_SUMMER_CL && fewest; rule++) {
        size_t wrong = 0;
        for (size_t i = 0; i < count && wrong < fewest; i++)
            wrong += 15 * r->quarters[i] !=
                     f->offsets[ds_summer_at((ds_summer)rule, times[i], f->offsets[0]) ? 1 : 0];
        if (wrong >= fewest)
            continue;
        fewest = wrong;
        f->summer = (ds_summer)rule;
    }
}

enum { SECONDS = 86400 };

/* How many different times of the day there are. */
static int count_clocks(const ds_time_reader *r, const ds_time *times, size_t count, bool local,
                        uint8_t *seen)
{
    int different = 0;
    memset(seen, 0, SECONDS);
    for (size_t i = 0; i < count; i++) {
        const ds_time at = times[i] + (local ? quarter_at(r, i) * QUARTER : 0);
        uint8_t *mark = &seen[ds_floor_mod(at, DS_DAY) / DS_SECOND];
        different += !*mark;
        *mark = 1;
    }
    return different;
}

static bool is_local(const ds_time_reader *r, const ds_time *times, size_t count)
{
    if (r->seen_count < 2) {
        for (size_t i = 0; i < count; i++)
            if (ds_floor_mod(times[i] + quarter_at(r, i) * QUARTER, DS_DAY) != 0)
                return false;
        return count > 0;
    }
    uint8_t *seen = malloc(SECONDS);
    const int universal = seen ? count_clocks(r, times, count, false, seen) : 0;
    const bool local = seen && count_clocks(r, times, count, true, seen) < universal;
    free(seen);
    /* Within three days around the clock the hour that is left out or comes twice would count as a habit. */
    return local && count >= 3 * (size_t)universal;
}

void ds_zone_settle(ds_time_reader *r, ds_time *times, size_t count)
{
    ds_time_format *f = &r->format;
    count = count < r->count ? count : r->count;
    if (r->seen_count == 0 || (r->seen_count == 1 && r->seen[0].quarter == 0))
        return;
    for (size_t i = 0; r->quarters && i < r->unmarked && i < count; i++)
        r->quarters[i] = (int8_t)(r->first_mark / 15);
    if (r->quarters)
        find_rule(r, times, count, f);
    f->local = is_local(r, times, count);
    for (size_t i = 0; i < count && f->local; i++)
        times[i] += quarter_at(r, i) * QUARTER;
}
