/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables that lie on their side: every row is a series, and the names of the columns are the time. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/encoding.h"
#include "datasets/text/shape.h"
#include "datasets/text/time_names.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static ds_text name_of(const ds_ingest *in, int column)
{
    return (ds_text){in->columns[column].name, strlen(in->columns[column].name)};
}

/* --- is it one? --- */

/* "2015", and as tools write it: X2015, YR2015, "2015 [YR2015]"; *digits: where they stand. */
static bool is_year(ds_text t, const char **digits)
{
    char again[12];
    const size_t before = strcspn(t.text, "0123456789");
    const char *year = t.text + before;
    if (before > 2 ||
        (before && strncasecmp(t.text, "X", before) != 0 && strncasecmp(t.text, "YR", before) != 0 &&
         strncasecmp(t.text, "Y", before) != 0 && strncasecmp(t.text, "FY", before) != 0))
        return false;
    const long value = strspn(year, "0123456789") == 4 ? strtol(year, NULL, 10) : 0;
    snprintf(again, sizeof again, " [YR%ld]", value % 10000);
    *digits = year;
    return value >= 1700 && value <= 2300 && (!year[4] || strcmp(year + 4, again) == 0);
}

/* The names that are years become no more than those. */
static void strip_years(ds_ingest *in, int from)
{
    for (int i = from; i < in->count; i++) {
        const char *digits;
        if (is_year(name_of(in, i), &digits)) {
            memmove(in->columns[i].name, digits, 4);
            in->columns[i].name[4] = '\0';
        }
    }
}

static bool reads_stamp(ds_text t)
{
    ds_form form = ds_form_find(&t, 1, false);
    free(form.times);
    return t.length > 4 && form.verdict != DS_FORM_NONE && form.verdict != DS_FORM_UNKNOWN;
}

/* The names from `from` on are years or stamps. */
static int names_are_stamps(ds_ingest *in, int from, bool *are)
{
    const int count = in->count - from;
    const char *digits;
    *are = true;
    for (int i = from; i < in->count && *are; i++)
        *are = is_year(name_of(in, i), &digits);
    if (*are)
        strip_years(in, from);
    if (*are || count < 3)
        return NN_OK;
    ds_text *names = nn_resize(NULL, (size_t)count, sizeof *names, 1);
    if (!names)
        return ds_ingest_no_memory(in);
    bool letters = false;
    for (int i = 0; i < count; i++) {
        names[i] = name_of(in, from + i);
        letters |= names[i].length > 4 || strpbrk(names[i].text, "QW-/") != NULL;
    }
    ds_form form = ds_form_find(names, (size_t)count, false);
    free(names);
    *are = letters && (form.verdict == DS_FORM_PLAIN || form.verdict == DS_FORM_FOUND) &&
           form.read == (size_t)count;
    bool rises = true;
    for (size_t i = 1; *are && i < form.read; i++)
        rises = rises && form.times[i] > form.times[i - 1];
    *are = *are && rises;
    if (form.verdict == DS_FORM_FOUND && *are)
        memcpy(in->time_format, form.pattern, sizeof in->time_format);
    free(form.times);
    return form.verdict == DS_FORM_UNKNOWN ? ds_ingest_no_memory(in) : NN_OK;
}

/* The same from the first of them on that are; codes of digits may stand before, behind a text. */
static int find_stamps(ds_ingest *in, int *labels, bool *are)
{
    int from = *labels;
    const char *digits;
    while (from < in->count && from < *labels + 4 && !is_year(name_of(in, from), &digits) &&
           !reads_stamp(name_of(in, from)))
        from++;
    const int code = in->count - from < 3 ? NN_OK : names_are_stamps(in, from, are);
    if (*are)
        *labels = from;
    return code;
}

/* V2, V3, V4, ... */
static bool names_count(const ds_ingest *in, int from)
{
    long before = -1;
    if (in->count - from < 6)
        return false;
    for (int i = from; i < in->count; i++) {
        const char *name = in->columns[i].name;
        const size_t letters = strcspn(name, "0123456789");
        char *end;
        if (letters > 7 || !name[letters])
            return false;
        const long number = strtol(name + letters, &end, 10);
        if (*end || (before >= 0 && number != before + 1))
            return false;
        before = number;
    }
    return true;
}

/* Where such names begin; codes that hold digits may stand behind the texts. The count of columns: nowhere.
 */
static int first_counted(const ds_ingest *in, int labels)
{
    int from = labels;
    while (from < in->count && from <= labels + 8 && !names_count(in, from))
        from++;
    return from <= labels + 8 ? from : in->count;
}

/* d_1, day 1, w1: points in time however many rows there are. */
static bool counts_time(const ds_ingest *in, int from)
{
    static const char *const words[] = {"d", "day", "t", "w", "wk", "week", "m", "month", "period", "step"};
    const char *name = in->columns[from].name;
    size_t letters = strcspn(name, "0123456789");
    while (letters && strchr("_-. ", name[letters - 1]))
        letters--;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == letters && strncasecmp(words[i], name, letters) == 0)
            return true;
    return false;
}

/* Columns in front that hold texts. */
static int count_labels(const ds_ingest *in, ds_plan_rows rows)
{
    int labels = 0;
    for (; labels < in->count; labels++) {
        bool text = false;
        for (size_t r = rows.first; r < rows.sample->row_count && !text; r++) {
            const ds_text t = ds_sample_cell(rows.sample, r, labels);
            const ds_field field = ds_field_of(t.text, t.length);
            text = rows.sample->rows[r].count == in->count && !ds_field_missing(in, &field) &&
                   !ds_shape_is_value(t);
        }
        /* The codes of series such as Y1 hold a digit, too. */
        const ds_text first = ds_sample_cell(rows.sample, rows.first, 0);
        if (!text && (labels > 0 || (first.length && strchr("0123456789.-+", *first.text))))
            break;
    }
    return labels;
}

static bool are_months(const ds_ingest *in, ds_plan_rows rows)
{
    const ds_text t = ds_sample_cell(rows.sample, rows.first, 0);
    if (ds_name_part(in->columns[0].name) && strchr("mVdjq", ds_name_part(in->columns[0].name)))
        return true;
    return t.length >= 3 && t.length <= 7 && strncmp(t.text, "Jan", 3) == 0;
}

/* Without the nameless column behind a comma at the end of every line. */
static int used_columns(const ds_ingest *in)
{
    const ds_column *last = &in->columns[in->count - 1];
    return in->count > 2 && last->role == DS_ROLE_OUT && !*last->name ? in->count - 1 : in->count;
}

/* The first label names the series where it differs from row to row, else with the first other that makes a
 * difference, else all that are not the same everywhere do. */
static int choose_names(ds_ingest *in, ds_plan_rows rows)
{
    int columns[2] = {0}, code = NN_OK;
    size_t repeats = 1, alone, all = rows.sample->row_count - rows.first;
    if ((code = ds_plan_repeats(in, rows, columns, 1, &alone)))
        return code;
    in->across_names = 1;
    for (int i = 1; i < in->across && i < 64 && alone && repeats && !code; i++) {
        columns[1] = i;
        code = ds_plan_repeats(in, rows, columns, 2, &repeats);
        in->across_names = repeats == 0 ? 1 | UINT64_C(1) << i : 1;
    }
    for (int i = 1; i < in->across && i < 64 && alone && repeats && !code; i++) {
        code = ds_plan_repeats(in, rows, &i, 1, &alone);
        in->across_names |= alone + 1 < all ? UINT64_C(1) << i : 0;
        alone = 1;
    }
    return code;
}

static int take_stamped(ds_ingest *in, ds_plan_rows rows, int labels)
{
    if (are_months(in, rows))
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s: the columns are named by years and the rows by months, which is not read: write one "
            "row per month",
            in->name);
    in->across = labels;
    in->across_timed = true;
    const int code = choose_names(in, rows);
    if (code)
        return code;
    return ds_reason_add(
        in, DS_REASON_SAID, "--transpose",
        "the columns from '%.60s' to '%.60s' are points in time: each row is read as a series",
        in->columns[labels].name, in->columns[in->count_across - 1].name);
}

int ds_across_plan(ds_ingest *in, ds_plan_rows rows, ds_evidence *all)
{
    int labels = count_labels(in, rows);
    const int count = in->count;
    bool stamps = false;
    const int series = (int)(rows.sample->row_count - rows.first);
    in->count_across = used_columns(in);
    const int behind = in->count_across;
    /* "Total" behind the years is none of them. */
    while (in->count_across > 3 && ds_shape_is_total(name_of(in, in->count_across - 1)))
        in->count_across--;
    const bool totals = in->count_across < behind;
    int code = ds_evidence_form(in, rows, 0, &all[0]);
    const bool dated = all[0].form_sought && all[0].form.verdict != DS_FORM_NONE;
    in->count = in->count_across;
    if (!code && labels > 0 && labels < in->count && (!dated || in->options->transpose))
        code = find_stamps(in, &labels, &stamps);
    const int from = first_counted(in, labels);
    const bool counted = labels > 0 && from < in->count && (series < in->count || counts_time(in, from));
    labels = counted ? from : labels;
    in->count = count;
    if (code)
        return code;
    if (totals && !stamps)
        in->count_across = behind;
    if (in->options->transpose) {
        if (in->count_across < 2)
            return nn_fail(
                in->error, NN_BAD_DATA,
                "%s: --transpose: rows of one column are no series (delimiter %s; --delimiter names another)",
                in->name, ds_delimiter_name(in->scan.delimiter, (char[8]){0}));
        in->across = labels > 0 && labels < in->count_across ? labels : 1;
        in->across_timed = stamps;
        return NN_OK;
    }
    if (dated || in->options->time || in->id_column >= 0 || in->options->columns)
        return NN_OK;
    if (stamps && in->count_across - labels >= 3) {
        if (totals)
            code = ds_reason_add(in, DS_REASON_SAID, NULL, "'%.60s' behind them is left out",
                                 in->columns[in->count_across].name);
        return code ? code : take_stamped(in, rows, labels);
    }
    if (counted) {
        in->across = labels;
        if ((code = choose_names(in, rows)))
            return code;
        return ds_reason_add(
            in, DS_REASON_GUESS, "--transpose",
            "the columns from '%.60s' to '%.60s' are numbered and the first holds names: each row "
            "is read as a series",
            in->columns[labels].name, in->columns[in->count_across - 1].name);
    }
    if (labels == 1 && rows.sample->whole && series < in->count && series > 1 && in->count > 8)
        return ds_reason_add(
            in, DS_REASON_SAID, "--transpose",
            "there are more columns than rows, and the first holds names: if each row is a series, "
            "--transpose reads it so");
    return NN_OK;
}

/* --- reading --- */

/* The labels that the plan chose name the series, with all others where these have stood before. */
static int name_series(ds_ingest *in, const ds_field *fields)
{
    char text[600];
    size_t length = 0;
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < in->across && length + 100 < sizeof text; i++) {
            const bool chosen = i >= 64 || in->across_names == 0 ? i == 0 : in->across_names >> i & 1;
            const size_t most = length ? 98 : 250, more = fields[i].length < most ? fields[i].length : most;
            if (chosen != (turn == 0) || (turn == 1 && nn_names_find(&in->ids, text, length) < 0))
                continue;
            if (length)
                text[length++] = '/';
            memcpy(text + length, fields[i].text, more);
            length += more;
        }
    const int before = in->ids.count, id = nn_names_add(&in->ids, text, length);
    if (id < 0)
        return ds_ingest_no_memory(in);
    return id < before ? NN_BAD_DATA : NN_OK;
}

int ds_across_row(ds_ingest *in, const ds_field *fields, size_t line)
{
    const int code = name_series(in, fields);
    if (code == NN_BAD_DATA)
        return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:1: the series '%s' stands a second time", in->name,
                       line, NN_SHOWN(60, fields[0].text, fields[0].length));
    if (code)
        return code;
    double *row = in->values + in->rows * (size_t)in->width;
    for (int i = in->across; i < in->count_across; i++) {
        double *value = &row[i - in->across];
        *value = NAN;
        if (ds_field_missing(in, &fields[i]))
            continue;
        const ds_number_kind kind = ds_column_number(in, &in->columns[i], &fields[i], value);
        if (kind != DS_NUMBER_OK)
            return nn_fail(in->error, NN_BAD_DATA, "%s:%zu:%d: '%s' is not a number", in->name, line, i + 1,
                           NN_SHOWN(60, fields[i].text, fields[i].length));
    }
    return NN_OK;
}

/* --- after the last row --- */

static int read_stamps(ds_ingest *in, ds_time *time)
{
    const char *given = in->options->time_format;
    if (in->across_timed && !(in->reader = ds_time_reader_new(given              ? given
                                                              : *in->time_format ? in->time_format
                                                                                 : NULL,
                                                              in->error)))
        return in->error->code;
    for (int t = 0; t < in->width; t++) {
        const ds_text name = name_of(in, in->across + t);
        time[t] = t;
        const int code =
            in->reader ? ds_time_reader_add(in->reader, name.text, name.length, &time[t], in->error) : NN_OK;
        if (code)
            return nn_fail_within(in->error, "%s:%zu:%d", in->name, in->names_line, in->across + t + 1);
    }
    return NN_OK;
}

/* The columns become the series. */
static int swap_columns(ds_ingest *in)
{
    const char *digits;
    const int timed = in->across_timed, series = in->ids.count;
    ds_column *columns = calloc((size_t)(series + timed), sizeof *columns);
    if (!columns)
        return ds_ingest_no_memory(in);
    const char *name = in->across_timed && is_year(name_of(in, in->across), &digits) ? "year" : "date";
    if (timed)
        columns[0] = (ds_column){.name = nn_text_copy(name, strlen(name)), .role = DS_ROLE_TIME, .slot = -1};
    bool ready = !timed || columns[0].name;
    for (int i = 0; i < series; i++) {
        bool *recoded = &in->table->layout.windows_1252;
        ds_column *c = &columns[timed + i];
        *c = (ds_column){.role = DS_ROLE_NUMBER, .slot = i};
        c->name = ds_name_copy(in->ids.text[i], strlen(in->ids.text[i]), recoded);
        ready = ready && c->name;
    }
    const int pieces = in->pieces;
    ds_columns_forget(in);
    in->pieces = pieces;
    in->columns = columns;
    in->count = series + timed;
    in->time_column = timed ? 0 : -1;
    nn_names_free(&in->ids);
    return ready ? NN_OK : ds_ingest_no_memory(in);
}

int ds_across_finish(ds_ingest *in)
{
    const size_t series = in->rows, steps = (size_t)in->width;
    double *values = nn_resize(NULL, steps, series, sizeof *values);
    ds_time *time = nn_resize(NULL, steps, sizeof *time, 1);
    int code = values && time ? read_stamps(in, time) : ds_ingest_no_memory(in);
    if (code) {
        free(values);
        free(time);
        return code;
    }
    size_t missing = 0;
    for (size_t s = 0; s < series; s++)
        for (size_t t = 0; t < steps; t++) {
            values[t * series + s] = in->values[s * steps + t];
            missing += isnan(values[t * series + s]) != 0;
        }
    free(in->values);
    free(in->time);
    in->values = values;
    in->time = time;
    in->rows = in->room = steps;
    in->width = (int)series;
    in->runs[0] = (ds_line_run){0, in->names_line};
    in->run_count = 1;
    code = swap_columns(in);
    if (!code)
        in->columns[in->count - 1].missing = missing;
    return code;
}
