/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of bare digits that are the time in a form that only their name or order tells. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"
#include "datasets/time/pattern.h"
#include "datasets/time/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether all values follow the pattern as times that there are; *late: some week is above 12. */
static bool all_follow(const char *pattern, const ds_text *values, size_t count, bool *late)
{
    *late = false;
    for (size_t i = 0; i < count; i++) {
        ds_pattern_parts parts = {0};
        nn_error ignored = {0};
        ds_time time;
        const char *end = values[i].text + values[i].length;
        if (ds_pattern_scan(pattern, values[i].text, end, &parts) != end || parts.year < 1900 ||
            parts.year > 2100 || (parts.unpadded && parts.week) ||
            ds_pattern_time(&parts, values[i].text, values[i].length, &time, &ignored))
            return false;
        *late |= parts.week > 12;
    }
    return count > 0;
}

int ds_plan_digits(ds_ingest *in, ds_plan_rows rows, int column, const ds_evidence *e, const char **pattern,
                   bool *sure)
{
    const bool week = ds_name_is_week(in->columns[column].name);
    *pattern = NULL;
    *sure = week;
    if (!ds_evidence_is_number(e) || e->whole < e->values || e->least < 190001 || e->most > 2101366 ||
        (!week && !e->rises))
        return NN_OK;
    size_t count;
    bool late;
    ds_text *values = ds_plan_values(in, rows, column, &count);
    if (!values)
        return ds_ingest_no_memory(in);
    if (e->most < 210054 && all_follow("%G%V", values, count, &late) && (week || late))
        *pattern = "%G%V";
    else if (e->least >= 1900001 && week && all_follow("%G%V%u", values, count, &late))
        *pattern = "%G%V%u";
    else if (e->least >= 1900001 && e->rises && all_follow("%Y%j", values, count, &late)) {
        *pattern = "%Y%j";
        *sure = false;
    }
    free(values);
    return NN_OK;
}

static int take_pattern(ds_ingest *in, int column, const char *pattern, bool sure)
{
    char option[40];
    snprintf(in->time_format, sizeof in->time_format, "%s", pattern);
    snprintf(option, sizeof option, "--time-format '%s'", pattern);
    return ds_reason_add(in, sure ? DS_REASON_FACT : DS_REASON_GUESS, option,
                         pattern[1] == 'Y' ? "the seven digits of '%.100s' are read as a year and a day of it"
                                           : "the digits of '%.100s' are read as a year and a week of it",
                         in->columns[column].name);
}

/* Days since 1899-12-30, as spreadsheets count them, under a name that says date; or yyyyddd. */
int ds_plan_take_digits(ds_ingest *in, ds_plan_rows rows, int column, const ds_evidence *e)
{
    const char *pattern;
    bool sure;
    if (in->options->time_format || !ds_evidence_is_number(e))
        return NN_OK;
    const int code = ds_plan_digits(in, rows, column, e, &pattern, &sure);
    if (code)
        return code;
    if (pattern)
        return take_pattern(in, column, pattern, sure);
    if (e->least < 20000 || e->most > 60000 || !ds_name_is_date(in->columns[column].name))
        return NN_OK;
    char first[32];
    const ds_text t = ds_sample_cell(rows.sample, rows.first, column);
    ds_time_print_iso(((ds_time)strtol(t.text, NULL, 10) - DS_EXCEL_EPOCH) * DS_DAY, false, first,
                      sizeof first);
    memcpy(in->time_format, "excel", sizeof "excel");
    return ds_reason_add(
        in, DS_REASON_GUESS, "--time-format excel",
        "'%.100s' holds day numbers of a spreadsheet: %.*s is read as %s (--time-format step "
        "would take them as row numbers)",
        in->columns[column].name, (int)t.length, t.text, first);
}

void ds_plan_date_digits(ds_ingest *in, const ds_evidence *all)
{
    if (in->pieces < 2 || in->piece[0].kind != DS_PIECE_STAMP || in->options->time_format || *in->time_format)
        return;
    const ds_evidence *e = &all[in->piece[0].column];
    if (ds_evidence_is_number(e) && e->least >= 17000101 && e->most <= 23001231)
        memcpy(in->time_format, "%Y%m%d", sizeof "%Y%m%d");
}

static bool is_season(ds_text t)
{
    int year = 0, next = 0;
    if (t.length != 7 || (t.text[4] != '/' && t.text[4] != '-'))
        return false;
    for (size_t i = 0; i < 7; i++) {
        if (i == 4)
            continue;
        if (t.text[i] < '0' || t.text[i] > '9')
            return false;
        *(i < 4 ? &year : &next) = *(i < 4 ? &year : &next) * 10 + (t.text[i] - '0');
    }
    return (year + 1) % 100 == next;
}

int ds_plan_refuse_seasons(ds_ingest *in, ds_plan_rows rows, int column)
{
    size_t count, i = 0;
    ds_text *values = ds_plan_values(in, rows, column, &count);
    if (!values)
        return ds_ingest_no_memory(in);
    while (i < count && is_season(values[i]))
        i++;
    const bool all = count > 1 && i == count;
    if (all)
        nn_fail(in->error, NN_BAD_DATA,
                "%s:%zu:%d: '%.*s' and the others of column '%.100s' look like seasons from one year into "
                "the next: "
                "write the year in which each begins (--time none takes rows as they come)",
                in->name, rows.sample->rows[rows.first].line, column + 1, (int)values[0].length,
                values[0].text, in->columns[column].name);
    free(values);
    return all ? in->error->code : NN_OK;
}
