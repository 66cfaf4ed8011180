/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps within the hours of a week in which there are rows. */
#include "datasets/time/calendar.h"
#include "datasets/time/frequency.h"

enum { WEEK = 7 * 86400 };

static int step_of(const ds_frequency *f)
{
    return (int)(ds_unit_length(f->unit) * f->count / DS_SECOND);
}

static int rows_in(const ds_session *s, int step)
{
    return (s->end - s->begin) / step + 1;
}

static int rows_per_week(const ds_frequency *f)
{
    int rows = 0;
    for (int i = 0; i < f->sessions; i++)
        rows += rows_in(&f->session[i], step_of(f));
    return rows;
}

/* Rows since a Monday long ago, up to the one at or before the time; *exact: there is one at it. */
static int64_t row_index(const ds_frequency *f, ds_time time, bool *exact)
{
    const int64_t seconds = ds_floor_div(time, DS_SECOND) + 3 * 86400;
    const int of_week = (int)ds_floor_mod(seconds, WEEK), step = step_of(f);
    int before = 0;
    *exact = false;
    for (int i = 0; i < f->sessions && f->session[i].begin <= of_week; i++) {
        const ds_session *s = &f->session[i];
        const int into = (of_week < s->end ? of_week : s->end) - s->begin;
        *exact = of_week <= s->end && into % step == 0 && ds_floor_mod(time, DS_SECOND) == 0;
        before += into / step + 1;
    }
    return ds_floor_div(seconds, WEEK) * rows_per_week(f) + before - 1;
}

ds_time ds_session_add(const ds_frequency *f, ds_time time, int64_t n)
{
    bool exact;
    ds_time sum;
    if (n == 0)
        return time;
    if (n > INT64_MAX / WEEK / DS_SECOND || n < INT64_MIN / WEEK / DS_SECOND)
        return n < 0 ? INT64_MIN : INT64_MAX;
    int64_t index = row_index(f, time, &exact) + n;
    index += !exact && n < 0;
    const int per_week = rows_per_week(f), step = step_of(f);
    int left = (int)ds_floor_mod(index, per_week), i = 0;
    while (left >= rows_in(&f->session[i], step))
        left -= rows_in(&f->session[i++], step);
    const int64_t seconds =
        ds_floor_div(index, per_week) * WEEK - 3 * 86400 + f->session[i].begin + left * step;
    return __builtin_mul_overflow(seconds, DS_SECOND, &sum) ? (n < 0 ? INT64_MIN : INT64_MAX) : sum;
}

int64_t ds_session_steps(const ds_frequency *f, ds_time from, ds_time to)
{
    bool a, b;
    const int64_t first = row_index(f, from, &a), last = row_index(f, to, &b);
    return a && b ? last - first : -1;
}

int ds_session_season(const ds_frequency *f)
{
    int rows[7] = {0}, usual = 0;
    bool alike = true;
    for (int i = 0; i < f->sessions; i++)
        rows[f->session[i].begin / 86400] += rows_in(&f->session[i], step_of(f));
    for (int day = 0; day < 7; day++) {
        alike = alike && (!rows[day] || !usual || rows[day] == usual);
        usual = rows[day] ? rows[day] : usual;
    }
    return alike ? usual : rows_per_week(f);
}
