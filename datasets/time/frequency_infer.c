/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The step that stamps follow. */
#include "datasets/time/calendar.h"
#include "datasets/time/frequency.h"

#include <limits.h>

/* Frequent values of a stream: with k counters every value that makes more than a (k+1)th of it survives
 * (Misra & Gries 1982). A step that half of the rows take always does. */
enum { COUNTERS = 6 };

typedef struct tally {
    int64_t value[COUNTERS];
    size_t count[COUNTERS];
} tally;

static void tally_add(tally *t, int64_t value)
{
    int free_slot = -1;
    for (int i = 0; i < COUNTERS; i++) {
        if (t->count[i] && t->value[i] == value) {
            t->count[i]++;
            return;
        }
        if (!t->count[i])
            free_slot = i;
    }
    if (free_slot >= 0) {
        t->value[free_slot] = value;
        t->count[free_slot] = 1;
        return;
    }
    for (int i = 0; i < COUNTERS; i++)
        t->count[i]--;
}

typedef int64_t (*axis)(ds_time time);

static int64_t as_it_is(ds_time time)
{
    return time;
}

typedef struct mode {
    int64_t step; /* the most frequent step, the smallest of several; 0: there is none */
    size_t count, steps;
} mode;

static int64_t step_of(axis along, ds_time from, ds_time to)
{
    int64_t step;
    return __builtin_sub_overflow(along(to), along(from), &step) || step < 0 ? INT64_MAX : step;
}

static mode find_mode(const ds_time *times, size_t count, axis along)
{
    tally t = {{0}, {0}};
    mode m = {0};
    for (size_t i = 1; i < count; i++) {
        const int64_t step = step_of(along, times[i - 1], times[i]);
        m.steps += step != 0;
        if (step != 0)
            tally_add(&t, step);
    }
    size_t exact[COUNTERS] = {0};
    for (size_t i = 1; i < count; i++) {
        const int64_t step = step_of(along, times[i - 1], times[i]);
        for (int k = 0; k < COUNTERS; k++)
            exact[k] += t.count[k] && t.value[k] == step;
    }
    for (int k = 0; k < COUNTERS; k++)
        if (exact[k] > m.count || (exact[k] == m.count && m.count && t.value[k] < m.step)) {
            m.count = exact[k];
            m.step = t.value[k];
        }
    return m;
}

/* The day of month that at least nine in ten rows stand on, 31 for the last day; 0 when there is none or the
 * time of day changes. */
static int find_anchor(const ds_time *times, size_t count)
{
    size_t seen[32][4] = {{0}}, best = 0; /* day, length of its month - 28 */
    int anchor = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t year;
        int month, day;
        if (ds_floor_mod(times[i], DS_DAY) != ds_floor_mod(times[0], DS_DAY))
            return 0;
        ds_date_from_days(ds_floor_div(times[i], DS_DAY), &year, &month, &day);
        seen[day][ds_month_days(year, month) - 28]++;
    }
    for (int day = 1; day <= 31; day++) {
        size_t fits = 0;
        for (int k = 0; k < 4; k++)
            fits += seen[day < 28 + k ? day : 28 + k][k];
        if (fits >= best) {
            best = fits;
            anchor = day;
        }
    }
    return best >= count - count / 10 ? anchor : 0;
}

static bool skips_weekends(const ds_time *times, size_t count)
{
    bool skipped = false;
    for (size_t i = 0; i < count; i++) {
        const int64_t days = ds_floor_div(times[i], DS_DAY);
        if (ds_weekday(days) > 4)
            return false;
        if (i > 0)
            skipped = skipped || ds_weekday(days) < ds_weekday(ds_floor_div(times[i - 1], DS_DAY));
    }
    return skipped;
}

static int fail_irregular(nn_error *error, mode m)
{
    if (m.steps == 0)
        return nn_fail(error, NN_BAD_DATA,
                       "a single time stamp does not show the step between rows; --frequency names it");
    return nn_fail(
        error, NN_BAD_DATA,
        "the rows are not evenly spaced in time: only %zu of %zu steps agree; --frequency names the step, "
        "--time none takes rows as they come",
        m.count, m.steps);
}

/* Months, where the rows tell them. */
static bool infer_months(const ds_time *times, size_t count, mode m, ds_frequency *frequency)
{
    const int day = find_anchor(times, count), anchor = day ? day : ds_learn_anchor(times, count);
    const mode months = find_mode(times, count, ds_month_index);
    if (!anchor || months.count == 0 || months.count < m.steps - months.count)
        return false;
    *frequency = ds_frequency_months(months.step, anchor);
    return true;
}

/* Days and hours of a history that leaves some out. */
static bool infer_pattern(const ds_time *times, size_t count, mode m, ds_frequency *frequency)
{
    if (m.step % DS_DAY == 0 && m.step < 7 * DS_DAY &&
        ds_learn_weekdays(times, count, m.step, m.count, frequency))
        return true;
    if (m.step >= 4 * DS_DAY && m.step < 28 * DS_DAY && ds_learn_month_days(times, count, m.count, frequency))
        return true;
    return m.count >= m.steps - m.count && ds_learn_sessions(times, count, m.step, m.count, frequency);
}

int ds_frequency_infer(const ds_time *times, size_t count, ds_time_kind kind, ds_frequency *frequency,
                       nn_error *error)
{
    mode m = find_mode(times, count, as_it_is);
    const bool dated = kind != DS_TIME_STEP;
    if (dated && m.count > 0 && m.step >= 28 * DS_DAY && infer_months(times, count, m, frequency))
        return frequency->count > 0 ? NN_OK : fail_irregular(error, m);
    if (dated && m.count > 0 && m.step == DS_DAY && skips_weekends(times, count) &&
        m.count >= m.steps - m.count) {
        *frequency = (ds_frequency){.unit = DS_UNIT_BUSINESS_DAY, .count = 1};
        return NN_OK;
    }
    if (dated && m.count > 0 && m.count < m.steps && infer_pattern(times, count, m, frequency))
        return NN_OK;
    if (m.count == 0 || m.count < m.steps - m.count)
        return fail_irregular(error, m);
    if (!dated)
        *frequency = (ds_frequency){.unit = DS_UNIT_STEP, .count = m.step > INT_MAX ? 0 : (int)m.step};
    else
        *frequency = ds_frequency_fixed(m.step);
    return frequency->count > 0
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "the step between rows is too large; --frequency names it");
}

int ds_frequency_infer_like(const ds_frequency *known, const ds_time *times, size_t count, ds_time_kind kind,
                            ds_frequency *frequency, nn_error *error)
{
    nn_error shown = {0};
    const int code = ds_frequency_infer(times, count, kind, frequency, &shown);
    const bool says = known && (ds_frequency_is_pattern(*known) || known->unit == DS_UNIT_BUSINESS_DAY ||
                                known->unit >= DS_UNIT_MONTH);
    if (says && kind != DS_TIME_STEP) {
        const size_t follows = ds_frequency_follows(*known, times, count);
        if (2 * follows >= count - 1 && (code || follows >= ds_frequency_follows(*frequency, times, count))) {
            *frequency = *known;
            return NN_OK;
        }
    }
    if (code && error)
        *error = shown;
    return code;
}
