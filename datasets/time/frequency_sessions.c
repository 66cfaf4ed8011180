/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hours in which a history has rows. */
#include "datasets/time/calendar.h"
#include "datasets/time/frequency.h"

#include <stdlib.h>

enum { DAY = 86400, WEEK = 7 * DAY };

typedef struct visits {
    uint32_t *week;   /* rows at each second of the week */
    size_t active[7]; /* days of each weekday that have rows */
    size_t days;      /* all of them */
    size_t weeks;     /* from the first row to the last */
} visits;

static bool count_visits(visits *v, const ds_time *times, size_t count)
{
    int64_t before = INT64_MIN;
    *v = (visits){.week = calloc(WEEK, sizeof *v->week)};
    for (size_t i = 0; v->week && i < count; i++) {
        const int64_t second = ds_floor_div(times[i], DS_SECOND) + 3 * DAY, day = ds_floor_div(second, DAY);
        v->week[ds_floor_mod(second, WEEK)]++;
        v->days += day != before;
        v->active[ds_floor_mod(day, 7)] += day != before;
        before = day;
    }
    v->weeks = (size_t)((times[count - 1] - times[0]) / (7 * DS_DAY)) + 1;
    return v->week;
}

/* Whether days of the week without rows are closed: seen for three weeks, or Saturday and Sunday alone. */
static bool is_open(const visits *v, int day)
{
    if (v->weeks < 4 && !(day > 4 && v->weeks > 1 && v->active[5] + v->active[6] == 0))
        return true;
    return 10 * v->active[day] > v->weeks;
}

/* Rows at a second of any day of the week. */
static size_t daily_visits(const visits *v, int second)
{
    size_t rows = 0;
    for (int day = 0; day < 7; day++)
        rows += v->week[day * DAY + second];
    return rows;
}

/* The sessions of one day; false where there are too many. A day seen seldom has the hours of all days. */
static bool take_day(const visits *v, int day, int step, ds_frequency *f)
{
    const bool own = v->active[day] >= 4;
    int last = -step - 1;
    for (int second = 0; second < DAY; second++) {
        if (own ? 10 * v->week[day * DAY + second] <= v->active[day]
                : 10 * daily_visits(v, second) <= v->days)
            continue;
        if (second - last == step) {
            f->session[f->sessions - 1].end = day * DAY + second;
        } else {
            if (f->sessions == DS_MOST_SESSIONS)
                return false;
            f->session[f->sessions++] = (ds_session){day * DAY + second, day * DAY + second};
        }
        last = second;
    }
    return true;
}

bool ds_learn_sessions(const ds_time *times, size_t count, int64_t step, size_t fixed, ds_frequency *f)
{
    visits v;
    if (step < DS_SECOND || step % DS_SECOND != 0 || step >= DS_DAY || fixed + 1 >= count)
        return false;
    /* Hours that are closed break the step once a week at least. */
    if ((times[count - 1] - times[0]) / (7 * DS_DAY) > (int64_t)(count - 1 - fixed))
        return false;
    for (size_t i = 0; i < count; i++)
        if (ds_floor_mod(times[i], DS_SECOND) != 0)
            return false;
    ds_frequency found = ds_frequency_fixed(step);
    if (!count_visits(&v, times, count))
        return false; /* the step alone is no mistake */
    bool whole = v.days >= 5;
    for (int day = 0; day < 7 && whole; day++)
        if (is_open(&v, day))
            whole = take_day(&v, day, (int)(step / DS_SECOND), &found);
    free(v.week);
    if (!whole || !found.sessions || ds_frequency_follows(found, times, count) <= fixed)
        return false;
    *f = found;
    return true;
}
