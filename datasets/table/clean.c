/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The step between rows, and the policies for gaps and missing values. */
#include "datasets/table/table_internal.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int infer(ds_ingest *in, ds_frequency *frequency, nn_error *error)
{
    const ds_time_kind kind = in->table->layout.format.kind;
    if (in->table->report.duplicates == 0 || in->options->on_duplicate != DS_KEEP)
        return ds_frequency_infer_like(in->options->known.frequency, in->time, in->rows, kind, frequency,
                                       error);
    ds_time *unique = nn_resize(NULL, in->rows, sizeof *unique, 1);
    if (!unique)
        return nn_no_memory(error);
    size_t n = 0;
    for (size_t r = 0; r < in->rows; r++)
        if (n == 0 || unique[n - 1] != in->time[r])
            unique[n++] = in->time[r];
    const int code = ds_frequency_infer_like(in->options->known.frequency, unique, n, kind, frequency, error);
    free(unique);
    return code;
}

/* Days or hours without rows are none of the forecast's either. */
static int say_pattern(ds_ingest *in)
{
    const ds_frequency f = in->table->frequency;
    char what[DS_FREQUENCY_SIZE + 64];
    if (!ds_frequency_is_pattern(f))
        return NN_OK;
    ds_frequency_describe(f, what, sizeof what);
    return ds_reason_add(
        in, DS_REASON_SAID, "--frequency",
        "rows stand at times of a pattern, %.500s, and so do forecasts; --frequency names another step",
        what);
}

/* A single stamp shows no step, but a month, a quarter, a week or a year without a day does. */
static int infer_from_form(ds_ingest *in, ds_frequency *frequency)
{
    const ds_time_format *form = &in->table->layout.format;
    const bool pattern = form->kind == DS_TIME_STRPTIME, dated = strpbrk(form->pattern, "djuaA") != NULL;
    const char *step = form->kind == DS_TIME_YEAR                           ? "y"
                       : form->kind == DS_TIME_STEP                         ? "step"
                       : form->kind <= DS_TIME_DMY && form->monthly         ? "m"
                       : pattern && strchr(form->pattern, 'q')              ? "q"
                       : pattern && !dated && strchr(form->pattern, 'V')    ? "w"
                       : pattern && !dated && strpbrk(form->pattern, "mbB") ? "m"
                                                                            : NULL;
    if (!step)
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s: one row does not show the step between rows; --frequency d, w, m or another names it",
            in->name);
    return ds_frequency_parse(step, frequency, in->error);
}

static int find_frequency(ds_ingest *in)
{
    ds_frequency *f = &in->table->frequency;
    const char *given = in->options->frequency;
    *f = (ds_frequency){.unit = DS_UNIT_STEP, .count = 1};
    if (in->options->start && in->time_column >= 0)
        return nn_fail(
            in->error, NN_USAGE,
            "%s: --start is of files without stamps, and '%.100s' holds some; --time none passes over "
            "them",
            in->name, in->columns[in->time_column].name);
    if (in->options->start) /* once all rows have their numbers */
        return given
                   ? NN_OK
                   : nn_fail(in->error, NN_USAGE,
                             "%s: --start needs --frequency, the step between rows, such as 5min, h, d or m",
                             in->name);
    if (in->time_column < 0) {
        ds_frequency asked = *f;
        if (given && ds_frequency_parse(given, &asked, in->error))
            return nn_fail_within(in->error, "%s", in->name);
        return asked.unit == DS_UNIT_STEP
                   ? NN_OK
                   : nn_fail(
                         in->error, NN_USAGE,
                         "%s: --frequency %s needs a time column, which --time names, or --start, the stamp "
                         "of the first row",
                         in->name, given);
    }
    if (!given) {
        if (in->rows < 2 && !in->options->known.frequency)
            return infer_from_form(in, f);
        int code = infer(in, f, in->error);
        return code ? nn_fail_within(in->error, "%s", in->name) : say_pattern(in);
    }
    if (ds_frequency_parse(given, f, in->error))
        return nn_fail_within(in->error, "%s", in->name);
    ds_frequency seen;
    if (f->unit >= DS_UNIT_MONTH) {
        const bool alike = in->rows > 1 && infer(in, &seen, NULL) == NN_OK && seen.unit >= DS_UNIT_MONTH;
        if (f->anchor_day <= 31)
            f->anchor_day = alike ? seen.anchor_day : ds_civil_from(in->time[0]).day;
    }
    return NN_OK;
}

/* --- gaps --- */

static int fail_gap(ds_ingest *in, size_t row, int64_t steps)
{
    char before[DS_STAMP_SIZE], after[DS_STAMP_SIZE], step[DS_FREQUENCY_SIZE + 64], where[32] = "";
    ds_ingest_stamp(in, in->time[row - 1], before);
    ds_ingest_stamp(in, in->time[row], after);
    ds_frequency_describe(in->table->frequency, step, sizeof step);
    if (in->id_column < 0)
        snprintf(where, sizeof where, ":%zu:%d", ds_ingest_line(in, row), in->time_column + 1);
    if (steps > 1)
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s%s: %lld stamp%s missing between %s and %s (%s); --on-gap forward|linear|keep chooses what "
            "to do",
            in->name, where, (long long)steps - 1, steps == 2 ? " is" : "s are", before, after, step);
    return nn_fail(
        in->error, NN_BAD_DATA,
        "%s%s: stamp %s is not a whole number of steps after %s (%s); --on-gap keep takes rows as they come, "
        "--frequency names another step",
        in->name, where, after, before, step);
}

static int count_gaps(ds_ingest *in)
{
    ds_report *report = &in->table->report;
    const ds_frequency frequency = in->table->frequency;
    const ds_policy policy = in->options->on_gap;
    for (size_t r = 1; r < in->rows; r++) {
        if (in->time[r] == in->time[r - 1])
            continue; /* a kept duplicate */
        const int64_t steps = ds_time_steps(frequency, in->time[r - 1], in->time[r]);
        if (steps == 1)
            continue;
        if (policy == DS_ERROR || (steps < 1 && policy != DS_KEEP))
            return fail_gap(in, r, steps);
        if (report->gaps++ == 0)
            report->first_gap = in->time[r - 1];
        report->missing_stamps += steps > 1 ? (size_t)(steps - 1) : 0;
        if (policy != DS_KEEP && report->missing_stamps / 20 > in->rows + 1000)
            return nn_fail(
                in->error, NN_BAD_DATA,
                "%s: filling the gaps would make more than %zu rows out of %zu; --on-gap keep takes rows as "
                "they come, --frequency names another step",
                in->name, report->missing_stamps, in->rows);
    }
    return NN_OK;
}

/* Opens the gaps in place, from the end. */
static int open_gaps(ds_ingest *in)
{
    const size_t more = in->table->report.missing_stamps, width = (size_t)in->width, rows = in->rows + more;
    if (more == 0 || in->options->on_gap == DS_KEEP)
        return NN_OK;
    double *values = nn_resize(in->values, rows, width, sizeof *values);
    if (!values)
        return ds_ingest_no_memory(in);
    in->values = values;
    ds_time *time = nn_resize(in->time, rows, sizeof *time, 1);
    if (!time)
        return ds_ingest_no_memory(in);
    in->time = time;
    if (!(in->gap = calloc(rows, 1)))
        return ds_ingest_no_memory(in);
    size_t to = rows;
    for (size_t r = in->rows; r-- > 0;) {
        to--;
        memmove(values + to * width, values + r * width, width * sizeof *values);
        time[to] = time[r];
        if (r == 0)
            break;
        const ds_time before = time[r - 1];
        for (int64_t k = ds_time_steps(in->table->frequency, before, time[to]) - 1; k > 0; k--) {
            to--;
            time[to] = ds_time_add(in->table->frequency, before, k);
            in->gap[to] = 1;
            for (size_t c = 0; c < width; c++)
                values[to * width + c] = NAN;
        }
    }
    in->rows = in->room = rows;
    return NN_OK;
}

/* --- missing values --- */

static ds_policy policy_at(const ds_ingest *in, size_t row)
{
    return in->gap && in->gap[row] ? in->options->on_gap : in->options->on_missing;
}

/* The rows [first, end) of a column from its first value to its last; both 0 where it has none. */
typedef struct extent {
    size_t first, end;
} extent;

/* Row by row, as the values lie. */
static extent *find_extents(ds_ingest *in)
{
    const size_t width = (size_t)in->width;
    extent *extents = calloc(width, sizeof *extents);
    for (size_t r = 0; extents && r < in->rows; r++)
        for (size_t c = 0; c < width; c++)
            if (!isnan(in->values[r * width + c])) {
                extents[c].first = extents[c].end ? extents[c].first : r;
                extents[c].end = r + 1;
            }
    return extents;
}

static int fail_missing(ds_ingest *in, size_t row, size_t slot)
{
    char stamp[DS_STAMP_SIZE], where[48] = "";
    const int values = in->id_column < 0 ? 1 : (int)(in->width / in->ids.count);
    const int wanted = in->id_column < 0 ? (int)slot : (int)slot % values;
    int column = 0, seen = 0;
    for (; column < in->count; column++)
        if (in->columns[column].role == DS_ROLE_NUMBER && seen++ == wanted)
            break;
    const char *name = column < in->count ? in->columns[column].name : "";
    if (in->id_column >= 0)
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s: series '%.100s' has no value of '%.100s' at %s, between others that it has; --on-missing "
            "forward|linear|keep chooses what to do",
            in->name, in->ids.text[slot / (size_t)values], name, ds_ingest_stamp(in, in->time[row], stamp));
    if (in->across)
        return nn_fail(in->error, NN_BAD_DATA,
                       "%s: series '%.100s' has no value at %s%s, between others that it has; --on-missing "
                       "forward|linear|keep chooses what to do",
                       in->name, name, in->time_column < 0 ? "point " : "",
                       ds_ingest_stamp(in, in->time[row] + (in->time_column < 0), stamp));
    if (in->run_count)
        snprintf(where, sizeof where, ":%zu:%d", ds_ingest_line(in, row), column + 1);
    return nn_fail(in->error, NN_BAD_DATA,
                   "%s%s: column '%.200s' has no value here; --on-missing "
                   "forward|linear|keep chooses what to do",
                   in->name, where, name);
}

static void note_extent(ds_ingest *in, int column, extent e)
{
    ds_report *r = &in->table->report;
    if (e.first > 0 && (!r->late++ || in->time[e.first] > r->begin)) {
        r->latest = column;
        r->begin = in->time[e.first];
    }
    if (e.end < in->rows && (!r->early++ || in->time[e.end - 1] < r->end)) {
        r->earliest = column;
        r->end = in->time[e.end - 1];
    }
}

/* Counts what is missing between a column's values, and stops there where nothing says what to do. */
static int count_missing(ds_ingest *in)
{
    ds_report *report = &in->table->report;
    const size_t width = (size_t)in->width;
    if (!(report->missing = calloc(width, sizeof *report->missing)))
        return ds_ingest_no_memory(in);
    size_t fields = 0;
    for (int i = 0; i < in->count; i++)
        fields += in->columns[i].missing;
    if (fields == 0 && in->id_column < 0)
        return NN_OK;
    extent *extents = find_extents(in);
    if (!extents)
        return ds_ingest_no_memory(in);
    const bool refused = in->options->on_missing == DS_ERROR && !(in->options->ragged && in->id_column >= 0);
    int code = NN_OK;
    for (size_t r = 0; r < in->rows && !code; r++)
        for (size_t c = 0; c < width && !code; c++) {
            const bool inside = !extents[c].end || (r >= extents[c].first && r < extents[c].end);
            if (!inside || !isnan(in->values[r * width + c]))
                continue;
            report->missing[c]++;
            if (refused && extents[c].end)
                code = fail_missing(in, r, c);
        }
    for (size_t c = 0; c < width; c++) {
        report->missing_values += report->missing[c];
        if (extents[c].end)
            note_extent(in, (int)c, extents[c]);
    }
    free(extents);
    return code;
}

static void fill_cell(ds_ingest *in, size_t row, size_t column, double value)
{
    const size_t cell = row * (size_t)in->width + column;
    in->values[cell] = value;
    in->table->filled[cell] = 1;
    in->table->report.filled++;
}

/* The run of missing cells (from, to) of a column; `to` is the row after it. */
static void fill_run(ds_ingest *in, size_t column, size_t before, size_t to)
{
    const size_t width = (size_t)in->width;
    const double a = in->values[before * width + column];
    const double b = in->values[to * width + column];
    for (size_t r = before + 1; r < to; r++) {
        const ds_policy policy = policy_at(in, r);
        if (policy == DS_FORWARD)
            fill_cell(in, r, column, a);
        else if (policy == DS_LINEAR) {
            const double part = (double)(r - before) / (double)(to - before);
            fill_cell(in, r, column, a * (1 - part) + b * part);
        }
    }
}

static int fill_missing(ds_ingest *in)
{
    const size_t width = (size_t)in->width;
    if (in->table->report.missing_values == 0 && !in->gap)
        return NN_OK;
    in->table->filled = calloc(in->rows, width);
    size_t *last = nn_resize(NULL, width, sizeof *last, 1);
    if (!in->table->filled || !last) {
        free(last);
        return ds_ingest_no_memory(in);
    }
    for (size_t c = 0; c < width; c++)
        last[c] = SIZE_MAX;
    for (size_t r = 0; r < in->rows; r++) {
        for (size_t c = 0; c < width; c++) {
            if (isnan(in->values[r * width + c]))
                continue;
            if (last[c] != SIZE_MAX && r - last[c] > 1)
                fill_run(in, c, last[c], r);
            last[c] = r;
        }
    }
    free(last);
    if (in->table->report.filled == 0) {
        free(in->table->filled);
        in->table->filled = NULL;
    }
    return NN_OK;
}

int ds_clean(ds_ingest *in)
{
    int code = count_missing(in);
    if (!code)
        code = find_frequency(in);
    if (!code && in->time_column >= 0)
        code = count_gaps(in);
    if (!code)
        code = open_gaps(in);
    ds_report *r = &in->table->report;
    while (!code && r->early && in->time[in->rows - 1 - r->end_rows] > r->end)
        r->end_rows++;
    return code ? code : fill_missing(in);
}
