/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which column is the time: every column is tried, names only break ties. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"
#include "datasets/time/stamp.h"
#include "lib/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How strongly a column of stamps asks to be the time. */
typedef enum rank { RANK_USUAL, RANK_FIRST, RANK_TIMELY, RANK_OTHER, RANK_NONE } rank;

static bool is_free(const ds_ingest *in, int i)
{
    return in->columns[i].role == DS_ROLE_OPEN && !in->columns[i].asked;
}

static int first_free(const ds_ingest *in)
{
    int first = 0;
    while (first < in->count &&
           (in->columns[first].role == DS_ROLE_OUT || in->columns[first].role == DS_ROLE_ID))
        first++;
    return first;
}

/* Whether a column is the first, but for those that count the rows. */
static bool is_first(const ds_ingest *in, const ds_evidence *all, int column)
{
    int first = first_free(in);
    while (first < column && all[first].counts && ds_name_is_counter(in->columns[first].name))
        first++;
    return first == column;
}

/* The kind of date that whole numbers are, DS_TIME_STEP where they are none. */
static int number_kind(ds_ingest *in, ds_plan_rows rows, int column, const ds_evidence *e, ds_time_kind *kind)
{
    *kind = DS_TIME_STEP;
    if (!ds_evidence_is_number(e) || e->missing || e->least < 1000)
        return NN_OK;
    size_t count;
    ds_text *values = ds_plan_values(in, rows, column, &count);
    ds_time_reader *reader = ds_time_reader_new(NULL, NULL);
    if (!values || !reader) {
        free(values);
        ds_time_reader_free(reader);
        return ds_ingest_no_memory(in);
    }
    nn_error ignored = {0};
    ds_time time;
    ds_time_format format;
    size_t i = 0;
    while (i < count &&
           ds_time_reader_add(reader, values[i].text, values[i].length, &time, &ignored) == NN_OK)
        i++;
    if (i == count && ds_time_reader_finish(reader, &time, 0, &format, &ignored) == NN_OK)
        *kind = format.kind;
    ds_time_reader_free(reader);
    free(values);
    return ignored.code == NN_FAILED ? ds_ingest_no_memory(in) : NN_OK;
}

/* Whole numbers that may be the time although no text says so: they rise, and their name or place agrees. */
static int rank_number(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, int column, rank *found)
{
    ds_evidence *e = &all[column];
    const char *name = in->columns[column].name;
    const bool timely = ds_name_is_timely(name), first = is_first(in, all, column);
    ds_time_kind kind;
    const char *pattern;
    bool sure;
    *found = RANK_NONE;
    if (!timely && !e->rises)
        return NN_OK;
    int code = number_kind(in, rows, column, e, &kind);
    if (!code)
        code = ds_plan_digits(in, rows, column, e, &pattern, &sure);
    /* Digits of a date are hardly anything else; seconds since 1970 may count something. */
    const bool digits = kind == DS_TIME_STRPTIME || kind == DS_TIME_ISO;
    if (code || (!timely && !first && !digits) || (kind == DS_TIME_STEP && !pattern))
        return code;
    const bool year = kind == DS_TIME_YEAR;
    if (year && !(ds_name_part(name) == 'Y' || ds_name_is_date(name)))
        return NN_OK;
    *found = first ? RANK_FIRST : timely ? RANK_TIMELY : RANK_OTHER;
    return NN_OK;
}

/* By the form that the user gave, which must read at least half. */
static int rank_given(ds_ingest *in, ds_plan_rows rows, int column, const ds_evidence *e, rank *found)
{
    size_t count, read = 0;
    ds_text *values = ds_plan_values(in, rows, column, &count);
    if (!values)
        return ds_ingest_no_memory(in);
    for (size_t i = 0; i < count; i++) {
        nn_error ignored = {0};
        ds_time time;
        ds_time_reader *reader = ds_time_reader_new(in->options->time_format, in->error);
        if (!reader) {
            free(values);
            return in->error->code;
        }
        read += ds_time_reader_add(reader, values[i].text, values[i].length, &time, &ignored) == NN_OK;
        ds_time_reader_free(reader);
    }
    free(values);
    const char *name = in->columns[column].name;
    *found = 2 * read < count || count == 0 ? RANK_NONE
             : ds_name_is_usual(name)       ? RANK_USUAL
             : column == first_free(in)     ? RANK_FIRST
             : ds_name_is_timely(name)      ? RANK_TIMELY
             : ds_evidence_is_number(e)     ? RANK_NONE
                                            : RANK_OTHER;
    return NN_OK;
}

static int rank_column(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, int column, rank *found)
{
    ds_evidence *e = &all[column];
    const char *name = in->columns[column].name;
    *found = RANK_NONE;
    if (e->values == 0 || !is_free(in, column))
        return NN_OK;
    if (in->options->time_format)
        return rank_given(in, rows, column, e, found);
    if (ds_evidence_is_number(e)) {
        int code = rank_number(in, rows, all, column, found);
        if (!code && *found != RANK_NONE && ds_name_is_usual(name))
            *found = RANK_USUAL;
        return code;
    }
    /* Numbers with a few words among them are values that cannot all be read, not a time. */
    if (2 * e->numbers > e->values && !ds_name_is_usual(name) && !ds_name_is_timely(name))
        return NN_OK;
    int code = ds_plan_refuse_seasons(in, rows, column);
    if (!code)
        code = ds_evidence_form(in, rows, column, e);
    if (code || e->form.verdict == DS_FORM_NONE)
        return code;
    *found = ds_name_is_usual(name)     ? RANK_USUAL
             : column == first_free(in) ? RANK_FIRST
             : ds_name_is_timely(name)  ? RANK_TIMELY
             : e->dotted == e->values   ? RANK_NONE
                                        : RANK_OTHER;
    return NN_OK;
}

static int fail_doubt(ds_ingest *in, int column, const ds_evidence *e)
{
    return nn_fail(
        in->error, NN_BAD_DATA,
        "%s: the stamps of column '%.100s' can be read as %s and as %s: --time-format '%s' or '%s' "
        "tells",
        in->name, in->columns[column].name, e->form.pattern, e->form.rival, e->form.pattern, e->form.rival);
}

/* Whether the form of a file of the same making is one of those that this column leaves open. */
static bool known_decides(const ds_ingest *in, const ds_evidence *e)
{
    const char *known = in->options->known.time_format;
    if (!known)
        return false;
    return e->form.verdict == DS_FORM_DOUBTFUL
               ? strcmp(known, e->form.pattern) == 0 || strcmp(known, e->form.rival) == 0
               : e->form.open && (strcmp(known, "m/d/y") == 0 || strcmp(known, "d/m/y") == 0);
}

int ds_plan_take_form(ds_ingest *in, int column, const ds_evidence *e)
{
    if (in->options->time_format || !e->form_sought)
        return NN_OK;
    if (known_decides(in, e)) {
        snprintf(in->time_format, sizeof in->time_format, "%s", in->options->known.time_format);
        return ds_reason_add(in, DS_REASON_FACT, "--time-format",
                             "the stamps are read as %s, as before where they leave it open",
                             in->time_format);
    }
    if (e->form.verdict == DS_FORM_DOUBTFUL)
        return fail_doubt(in, column, e);
    if (e->form.verdict != DS_FORM_FOUND)
        return NN_OK;
    memcpy(in->time_format, e->form.pattern, sizeof in->time_format);
    char option[96];
    snprintf(option, sizeof option, "--time-format '%s'", e->form.pattern);
    return ds_reason_add(in, DS_REASON_FACT, option, "the stamps are read as %s", e->form.pattern);
}

static bool has_clock(const ds_evidence *e)
{
    for (size_t i = 0; e->form_sought && e->form.times && i < e->form.read; i++)
        if (e->form.times[i] % DS_DAY != 0)
            return true;
    return false;
}

/* The chosen column, its form and what joins it. */
static int take_time(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, int column, rank why)
{
    static const char *const reasons[] = {[RANK_USUAL] = "its name is that of a time column",
                                          [RANK_FIRST] = "it is the first column",
                                          [RANK_TIMELY] = "its name speaks of time",
                                          [RANK_OTHER] = "no other column does",
                                          [RANK_NONE] = "no column holds dates"};
    ds_plan_add_piece(in, column, DS_PIECE_STAMP, "");
    int code =
        ds_reason_add(in, DS_REASON_FACT, "--time", "'%.100s' is the time: its values read as stamps, and %s",
                      in->columns[column].name, reasons[why]);
    if (!code)
        code = ds_plan_take_form(in, column, &all[column]);
    if (!code)
        code = ds_plan_take_digits(in, rows, column, &all[column]);
    if (!code && !has_clock(&all[column]))
        code = ds_plan_join_clock(in, rows, all, column);
    for (int i = 1; i < in->pieces && !code; i++)
        code = ds_reason_add(
            in, DS_REASON_SAID, NULL,
            in->piece[i].kind == DS_PIECE_CLOCK_NUMBER && in->piece[i].pattern[4] > '0' &&
                    in->piece[i].pattern[4] <= '9'
                ? "'%.100s' joins '%.100s' as the time of day at which a period ends"
            : in->piece[i].kind != DS_PIECE_PERIOD ? "'%.100s' joins '%.100s' as the time of day"
            : strcmp(in->piece[i].pattern, "24") == 0
                ? "'%.100s' joins '%.100s' as the hour that ends then, 24 being the day's last"
                : "'%.100s' joins '%.100s' as the number of a period of the day",
            in->columns[in->piece[i].column].name, in->columns[column].name);
    return code;
}

/* Of several columns of stamps the one whose stamps stand once each. */
static int choose_unrepeated(ds_ingest *in, ds_plan_rows rows, const rank *ranks, rank best, int *column)
{
    int single = -1, count = 0;
    for (int i = 0; i < in->count; i++) {
        size_t repeats;
        if (ranks[i] != best)
            continue;
        const int code = ds_plan_repeats(in, rows, &i, 1, &repeats);
        if (code)
            return code;
        if (repeats == 0) {
            single = i;
            count++;
        }
    }
    *column = count == 1 ? single : -1;
    return NN_OK;
}

static int fail_several(ds_ingest *in, const rank *ranks, rank best)
{
    int first = -1, second = -1;
    for (int i = 0; i < in->count; i++)
        if (ranks[i] == best) {
            second = first >= 0 && second < 0 ? i : second;
            first = first < 0 ? i : first;
        }
    return nn_fail(in->error, NN_BAD_DATA,
                   "%s: columns '%.100s' and '%.100s' both hold time stamps; --time names the one", in->name,
                   in->columns[first].name, in->columns[second].name);
}

static int note_others(ds_ingest *in, const rank *ranks, int column)
{
    int code = NN_OK;
    for (int i = 0; i < in->count && !code; i++)
        if (i != column && ranks[i] != RANK_NONE && is_free(in, i)) {
            bool joined = false;
            for (int p = 0; p < in->pieces; p++)
                joined |= in->piece[p].column == i;
            if (joined)
                continue;
            in->columns[i].role = DS_ROLE_OUT;
            code = ds_reason_add(in, DS_REASON_GUESS, "--time",
                                 "'%.100s' holds time stamps, too, and is left out; '%.100s' is the time",
                                 in->columns[i].name, in->columns[column].name);
        }
    return code;
}

static int choose_stamp(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, rank *ranks)
{
    rank best = RANK_NONE;
    int column = -1, count = 0, code = NN_OK;
    for (int i = 0; i < in->count && !code; i++) {
        if ((code = rank_column(in, rows, all, i, &ranks[i])))
            return code;
        count = ranks[i] < best ? 1 : count + (ranks[i] == best);
        column = ranks[i] < best ? i : column;
        best = ranks[i] < best ? ranks[i] : best;
    }
    if (best == RANK_NONE)
        return NN_OK;
    const char *known = in->options->known.time;
    for (int i = 0; known && i < in->count; i++)
        if (ranks[i] != RANK_NONE && strcmp(in->columns[i].name, known) == 0) {
            column = i;
            best = ranks[i];
            count = 1;
        }
    if (count > 1 && best > RANK_FIRST) {
        if ((code = choose_unrepeated(in, rows, ranks, best, &column)))
            return code;
        if (column < 0)
            return fail_several(in, ranks, best);
    }
    /* A year beside months or weeks is no stamp of its own. */
    if (ds_name_part(in->columns[column].name) == 'Y' && ds_evidence_is_number(&all[column]) &&
        ds_plan_join_parts(in, rows, all))
        return note_others(in, ranks, column);
    code = take_time(in, rows, all, column, best);
    return code ? code : note_others(in, ranks, column);
}

/* --- where no column holds stamps --- */

static int fail_clock(ds_ingest *in, ds_plan_rows rows, int column)
{
    const ds_text t = ds_sample_cell(rows.sample, rows.first, column);
    return nn_fail(in->error, NN_BAD_DATA,
                   "%s:%zu:%d: column '%.100s' holds times of day such as '%s', and no column holds the "
                   "date; --time DATE,CLOCK names both, --time none takes rows as they come",
                   in->name, rows.sample->rows[rows.first].line, column + 1, in->columns[column].name,
                   NN_SHOWN(60, t.text, t.length));
}

/* The error of the first value that does not read. */
static int fail_unread(ds_ingest *in, ds_plan_rows rows, int column)
{
    const ds_text first = ds_sample_cell(rows.sample, rows.first, column);
    if (ds_plan_lacks_years(in, rows, column))
        return nn_fail(
            in->error, NN_BAD_DATA,
            "%s:%zu:%d: '%s' and the others of column '%.100s' name no year: --time none --start DATE "
            "--frequency d gives the rows the stamps of days from DATE on",
            in->name, rows.sample->rows[rows.first].line, column + 1, NN_SHOWN(60, first.text, first.length),
            in->columns[column].name);
    ds_time_reader *reader = ds_time_reader_new(NULL, in->error);
    if (!reader)
        return NN_FAILED;
    int code = NN_OK;
    size_t row = rows.first;
    for (; row < rows.sample->row_count && !code; row++) {
        const ds_text t = ds_sample_cell(rows.sample, row, column);
        ds_time time;
        if (rows.sample->rows[row].count == in->count)
            code = ds_time_reader_add(reader, t.text, t.length, &time, in->error);
    }
    ds_time_reader_free(reader);
    if (!code)
        return NN_OK;
    return nn_fail_within(
        in->error,
        strstr(in->error->text, "has another form than")
            ? "%s:%zu:%d: column '%.100s' changes the form of its stamps (files joined?), which "
              "must be one"
            : "%s:%zu:%d: column '%.100s' looks like time (--time none takes rows as they come)",
        in->name, rows.sample->rows[row - 1].line, column + 1, in->columns[column].name);
}

/* Numbers under a usual name, or that count the rows, are the time as plain steps. */
static int take_steps(ds_ingest *in, ds_plan_rows rows, ds_evidence *all)
{
    for (int i = 0; i < in->count; i++) {
        const bool usual = ds_name_is_usual(in->columns[i].name) || ds_name_is_date(in->columns[i].name);
        const bool excel =
            usual && ds_evidence_is_number(&all[i]) && all[i].least >= 20000 && all[i].most <= 60000;
        if (is_free(in, i) && (ds_name_is_usual(in->columns[i].name) || (excel && all[i].rises)))
            return take_time(in, rows, all, i, RANK_NONE);
    }
    for (int i = 0; i < in->count; i++)
        if (is_free(in, i) && all[i].counts && all[i].values > 2 && ds_name_is_counter(in->columns[i].name) &&
            in->id_column < 0) {
            memcpy(in->time_format, "step", sizeof "step");
            ds_plan_add_piece(in, i, DS_PIECE_STAMP, "");
            return ds_reason_add(
                in, DS_REASON_SAID, "--time",
                *in->columns[i].name
                    ? "no column looks like time; '%.100s' counts the rows and numbers them"
                    : "no column looks like time; the one without a name%.0s counts the rows "
                      "and numbers them",
                in->columns[i].name);
        }
    return NN_OK;
}

static int go_undated(ds_ingest *in, ds_plan_rows rows, ds_evidence *all)
{
    int code = NN_OK;
    for (int i = 0; i < in->count && !code; i++) {
        bool timely = false;
        if (is_free(in, i) && all[i].values)
            code = ds_plan_refuse_rounded(in, rows, i);
        if (!code && is_free(in, i) && all[i].form_sought)
            code = ds_plan_looks_timely(in, rows, all, i, &timely);
        if (!code && timely)
            return *all[i].clock ? fail_clock(in, rows, i) : fail_unread(in, rows, i);
    }
    if (code)
        return code;
    code = ds_plan_join_parts(in, rows, all) ? NN_OK : take_steps(in, rows, all);
    if (code || in->pieces)
        return code;
    code = ds_plan_leave_cycles_out(in, rows, all);
    if (code || in->options->start)
        return code;
    return ds_reason_add(in, DS_REASON_SAID, "--time",
                         "no column looks like time: the rows are numbered (--time names a time column)");
}

int ds_plan_time(ds_ingest *in, ds_plan_rows rows, ds_evidence *all)
{
    if (in->options->time) {
        const int given = ds_plan_given_time(in, rows, all);
        ds_plan_date_digits(in, all);
        return given;
    }
    rank *ranks = nn_resize(NULL, (size_t)in->count, sizeof *ranks, 1);
    if (!ranks)
        return ds_ingest_no_memory(in);
    for (int i = 0; i < in->count; i++)
        ranks[i] = RANK_NONE;
    int code = choose_stamp(in, rows, all, ranks);
    if (!code && in->pieces == 0)
        code = go_undated(in, rows, all);
    free(ranks);
    if (!code)
        ds_plan_date_digits(in, all);
    if (!code && in->pieces > 1 && in->piece[0].kind == DS_PIECE_PATTERN)
        code = ds_reason_add(
            in, DS_REASON_SAID, NULL, "the columns from '%.100s' to '%.100s' are the time together",
            in->columns[in->piece[0].column].name, in->columns[in->piece[in->pieces - 1].column].name);
    return code;
}
