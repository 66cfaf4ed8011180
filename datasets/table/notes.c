/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a user must know of a table, in sentences. */
#include "datasets/table/notes.h"

#include "datasets/table/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ds_note(ds_notes *notes, const char *format, ...)
{
    char line[1200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    notes->say(notes->context, line);
    notes->count++;
}

static const char *s(size_t count)
{
    return count == 1 ? "" : "s";
}

static void note_gaps(ds_notes *n, const ds_table *table)
{
    const ds_report *r = &table->report;
    char stamp[64], step[DS_FREQUENCY_SIZE + 64];
    if (r->gaps == 0)
        return;
    ds_time_print(&table->layout.format, r->first_gap, stamp, sizeof stamp);
    ds_frequency_describe(table->frequency, step, sizeof step);
    if (r->missing_stamps)
        ds_note(n, "%zu gap%s in the time column (%s): %zu stamp%s missing, the first after %s", r->gaps,
                s(r->gaps), step, r->missing_stamps, r->missing_stamps == 1 ? " is" : "s are", stamp);
    else
        ds_note(n, "%zu stamp%s off the regular step (%s), the first after %s; rows are taken as neighbours",
                r->gaps, r->gaps == 1 ? " is" : "s are", step, stamp);
}

static void note_missing(ds_notes *n, const ds_table *table)
{
    const ds_report *r = &table->report;
    if (r->missing_values) {
        int columns = 0, worst = 0;
        for (int c = 0; c < table->columns; c++) {
            columns += r->missing[c] > 0;
            worst = r->missing[c] > r->missing[worst] ? c : worst;
        }
        ds_note(n, "%zu missing value%s in %d column%s, most of them in '%.200s' (%zu)", r->missing_values,
                s(r->missing_values), columns, s((size_t)columns), table->names[worst], r->missing[worst]);
    }
    if (r->filled)
        ds_note(n, "%zu value%s filled in", r->filled, r->filled == 1 ? " was" : "s were");
}

/* Series of unlike extent. */
static void note_extents(ds_notes *n, const ds_table *table)
{
    const ds_report *r = &table->report;
    char begin[64] = "", end[64] = "", rows[64] = "";
    const int count = table->columns;
    if (r->late) {
        ds_time_print(&table->layout.format, r->begin, begin, sizeof begin);
        ds_note(n, "%d of %d column%s begin%s behind the first row, '%.200s' last, at %s", r->late, count,
                s((size_t)count), r->late == 1 ? "s" : "", table->names[r->latest], begin);
    }
    if (r->early) {
        ds_time_print(&table->layout.format, r->end, end, sizeof end);
        snprintf(rows, sizeof rows, "%zu row%s", r->end_rows, s(r->end_rows));
        ds_note(n,
                "%d of %d column%s end%s before the last row, '%.200s' first, at %s, %s before it: nothing "
                "is filled in, and a forecast begins behind a column's own last value",
                r->early, count, s((size_t)count), r->early == 1 ? "s" : "", table->names[r->earliest], end,
                rows);
    }
}

static bool grows_evenly(const ds_table *table, int column)
{
    const size_t width = (size_t)table->columns;
    const double *v = table->values + column;
    const double step = table->rows > 2 ? v[width] - v[0] : 0;
    for (size_t r = 1; r < table->rows && step > 0; r++)
        if (v[r * width] - v[(r - 1) * width] != step)
            return false;
    return step > 0;
}

/* A year or an epoch without one of the usual names would be forecast like any series. */
static void note_counters(ds_notes *n, const ds_table *table)
{
    for (int c = 0; c < table->columns && !table->layout.timed; c++)
        if (grows_evenly(table, c) && table->values[c] == floor(table->values[c]) &&
            table->values[c + table->columns] == floor(table->values[c + table->columns]))
            ds_note(
                n,
                "column '%.200s' grows by the same step in every row; --time '%.200s' reads it as the time",
                table->names[c], table->names[c]);
}

const char *ds_delimiter_name(char delimiter, char text[8])
{
    snprintf(text, 8, "'%c'", delimiter);
    return delimiter == '\t' ? "tab" : delimiter == ' ' ? "space" : text;
}

static bool is_about_time(const ds_table *table, const ds_reason *reason)
{
    return reason->kind != DS_REASON_FACT && table->layout.format.kind == DS_TIME_STEP && reason->option &&
           strcmp(reason->option, "--time") == 0;
}

int ds_table_notes(const ds_table *table, void (*say)(void *context, const char *line), void *context)
{
    ds_notes n = {say, context, 0};
    const ds_report *r = &table->report;
    /* That there is no time is said first, whenever it was decided. */
    for (int i = 0; i < r->reason_count; i++)
        if (is_about_time(table, &r->reasons[i]))
            ds_note(&n, "%s", r->reasons[i].text);
    for (int i = 0; i < r->reason_count; i++)
        if (r->reasons[i].kind != DS_REASON_FACT && !is_about_time(table, &r->reasons[i]))
            ds_note(&n, "%s", r->reasons[i].text);
    if (r->was_unsorted)
        ds_note(&n, "the rows are not in time order; they were sorted");
    if (r->duplicates)
        ds_note(&n, "%zu row%s a stamp that stood before%s%s%s", r->duplicates,
                r->duplicates == 1 ? " has" : "s have",
                table->layout.longform             ? " in the same series"
                : r->id_hint                       ? "; this is a long file: --id "
                : 2 * r->duplicates >= table->rows ? "; in a long file --id"
                                                   : "",
                !table->layout.longform && r->id_hint ? r->id_hint : "",
                !table->layout.longform && (r->id_hint || 2 * r->duplicates >= table->rows)
                    ? " names the column of series"
                    : "");
    note_counters(&n, table);
    note_gaps(&n, table);
    note_missing(&n, table);
    note_extents(&n, table);
    for (int i = 0; i < r->ignored_count; i++)
        ds_note(&n,
                *r->ignored_text[i] ? "column '%.200s' holds text such as '%s' and is left out"
                                    : "column '%.200s' holds no value at all and is left out%s",
                r->ignored[i], r->ignored_text[i]);
    return n.count;
}
