/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps that stand in several columns: which columns belong together. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ds_plan_add_piece(ds_ingest *in, int column, ds_piece_kind kind, const char *pattern)
{
    if (in->pieces == DS_STAMP_PIECES || strlen(pattern) >= sizeof in->piece[0].pattern)
        return false;
    ds_piece *p = &in->piece[in->pieces++];
    *p = (ds_piece){.column = column, .kind = kind};
    memcpy(p->pattern, pattern, strlen(pattern) + 1);
    return true;
}

/* --- repeats --- */

static uint64_t hash_cell(uint64_t h, ds_text t)
{
    for (size_t i = 0; i < t.length; i++)
        h = (h ^ (unsigned char)t.text[i]) * UINT64_C(1099511628211);
    return (h ^ 31) * UINT64_C(1099511628211);
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int ds_plan_repeats(ds_ingest *in, ds_plan_rows rows, const int *columns, int count, size_t *repeats)
{
    uint64_t *hash = nn_resize(NULL, rows.sample->row_count + 1, sizeof *hash, 1);
    size_t n = 0;
    *repeats = 0;
    if (!hash)
        return ds_ingest_no_memory(in);
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        if (rows.sample->rows[r].count != in->count)
            continue;
        uint64_t h = UINT64_C(14695981039346656037);
        for (int i = 0; i < count; i++)
            h = hash_cell(h, ds_sample_cell(rows.sample, r, columns[i]));
        for (int i = 0; i < in->id_columns_count; i++)
            h = hash_cell(h, ds_sample_cell(rows.sample, r, in->id_columns[i]));
        hash[n++] = h;
    }
    qsort(hash, n, sizeof *hash, compare_hashes);
    for (size_t i = 1; i < n; i++)
        *repeats += hash[i] == hash[i - 1];
    free(hash);
    return NN_OK;
}

/* --- year, month, day, ... --- */

static bool is_open(const ds_ingest *in, int i)
{
    return in->columns[i].role == DS_ROLE_OPEN && !in->columns[i].asked;
}

static bool within(const ds_evidence *e, double least, double most)
{
    return e->values > 0 && e->whole == e->values && e->missing == 0 && e->least >= least && e->most <= most;
}

bool ds_plan_part_pattern(const ds_evidence *e, char part, char pattern[24])
{
    static const struct {
        char part;
        double least, most;
        const char *pattern;
    } parts[] = {{'Y', 1000, 9999, "%Y"}, {'q', 1, 4, "%q"},   {'m', 1, 12, "%-m"},
                 {'V', 1, 53, "%-V"},     {'d', 1, 31, "%-d"}, {'j', 1, 366, "%-j"},
                 {'H', 0, 23, "%-H"},     {'M', 0, 59, "%-M"}, {'S', 0, 59, "%-S"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].part == part && within(e, parts[i].least, parts[i].most)) {
            snprintf(pattern, 24, "%s", parts[i].pattern);
            return true;
        }
    const char *letters = part == 'm' ? "bBm" : part == 'q' ? "qQ" : "";
    if (e->form_sought && *letters && strpbrk(e->months, letters)) {
        snprintf(pattern, 24, "%s", e->months);
        return true;
    }
    return false;
}

bool ds_plan_periods(const ds_evidence *e, char part, char pattern[24])
{
    /* The day on which clocks change has some more or fewer. */
    static const struct {
        int least, most, count;
    } days[] = {{23, 25, 24}, {46, 50, 48}, {92, 100, 96}, {276, 300, 288}};
    if (!strchr("EHP", part) || !within(e, 1, 300))
        return false;
    const int hours = part == 'E' ? 1 : 24, most = (int)e->most;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        const bool fits = part == 'P' ? most >= days[i].least && most <= days[i].most
                                      : i == 0 && most >= hours && most <= 24;
        if (fits) {
            snprintf(pattern, 24, "%d", days[i].count);
            return true;
        }
    }
    return false;
}

static bool is_piece(const ds_ingest *in, int i)
{
    for (int p = 0; p < in->pieces; p++)
        if (in->piece[p].column == i)
            return true;
    return false;
}

/* Beside months called MM, mm are minutes. */
static bool is_named(const ds_ingest *in, int i, char part)
{
    const char *name = in->columns[i].name;
    return ds_name_part(name) == part || (part == 'M' && strcmp(name, "mm") == 0 && !is_piece(in, i));
}

/* The first open column that is the part by its name and its values; -1: none. */
static int find_part(const ds_ingest *in, const ds_evidence *all, char part, char pattern[24])
{
    for (int i = 0; i < in->count; i++)
        if (is_open(in, i) && is_named(in, i, part) &&
            (ds_plan_part_pattern(&all[i], part, pattern) || ds_plan_periods(&all[i], part, pattern)))
            return i;
    return -1;
}

static int add_hours(ds_ingest *in, const ds_evidence *all)
{
    char pattern[24] = "";
    for (const char *p = "PEHMS"; *p; p++) {
        const int i = find_part(in, all, *p, pattern);
        if (i < 0)
            continue;
        const bool period = *pattern != '%';
        if (!ds_plan_add_piece(in, i, period ? DS_PIECE_PERIOD : DS_PIECE_PATTERN, pattern))
            return -1;
        if (period)
            return 2;
    }
    return 0;
}

/* --- a date and a clock --- */

const char *ds_plan_clock_digits(const ds_ingest *in, ds_plan_rows rows, const ds_evidence *e, int column)
{
    const size_t length = e->most > 2400 ? 6 : 4;
    if (!within(e, 0, length == 6 ? 240000 : 2400) || e->most < 100)
        return NULL;
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        if (rows.sample->rows[r].count == in->count &&
            (t.length != length || t.text[2] > '5' || (length == 6 && t.text[4] > '5')))
            return NULL;
    }
    return length == 6 ? "%H%M%S" : "%H%M";
}

bool ds_plan_clock_number(const ds_ingest *in, ds_plan_rows rows, const ds_evidence *e, int column,
                          char pattern[24])
{
    const bool seconds = e->most > 2400;
    if (!within(e, 0, seconds ? 240000 : 2400) || e->most < 100)
        return false;
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        if (rows.sample->rows[r].count != in->count)
            continue;
        const long value = t.length < 8 ? strtol(t.text, NULL, 10) : 99;
        if (value % 100 > 59 || (seconds && value / 100 % 100 > 59))
            return false;
    }
    const int least = (int)e->least, minutes = least / 100 * 60 + least % 100;
    const bool ends = e->most == 2400 && least > 0 && 1440 % minutes == 0;
    snprintf(pattern, 24, seconds ? "hhmmss" : ends ? "hhmm%d" : "hhmm", ends ? 1440 / minutes : 0);
    return true;
}

static bool speaks_of_clock(const char *name)
{
    const char part = ds_name_part(name);
    return ds_name_is_timely(name) || (part && strchr("EHP", part));
}

/* A column of times of day, by its values, and where these are numbers by its name. */
static bool add_clock(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all, int i)
{
    char number[24];
    const char *digits;
    if (*all[i].clock)
        return ds_plan_add_piece(in, i, DS_PIECE_PATTERN, all[i].clock);
    if (!speaks_of_clock(in->columns[i].name))
        return false;
    if ((digits = ds_plan_clock_digits(in, rows, &all[i], i)))
        return ds_plan_add_piece(in, i, DS_PIECE_PATTERN, digits);
    return ds_plan_clock_number(in, rows, &all[i], i, number) &&
           ds_plan_add_piece(in, i, DS_PIECE_CLOCK_NUMBER, number);
}

/* The time of day beside year, month and day. */
static void add_time_of_day(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    const int before = in->pieces;
    (void)add_hours(in, all);
    for (int i = 0; i < in->count && in->pieces == before; i++)
        if (is_open(in, i) && !is_piece(in, i))
            (void)add_clock(in, rows, all, i);
}

/* Texts of months or quarters, whatever their name. */
static bool add_text_part(ds_ingest *in, const ds_evidence *all)
{
    for (int i = 0; i < in->count; i++)
        if (is_open(in, i) && all[i].form_sought && *all[i].months)
            return ds_plan_add_piece(in, i, DS_PIECE_PATTERN, all[i].months);
    return false;
}

bool ds_plan_join_parts(ds_ingest *in, ds_plan_rows rows, ds_evidence *all)
{
    /* What must stand beside a year; the first that is there. */
    static const char *const sets[] = {"md", "j", "V", "m", "q"};
    char pattern[24];
    const int year = find_part(in, all, 'Y', pattern);
    if (year < 0)
        return false;
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        in->pieces = 0;
        bool there = true;
        ds_plan_add_piece(in, year, DS_PIECE_PATTERN, *sets[k] == 'V' ? "%G" : "%Y");
        for (const char *p = sets[k]; *p && there; p++) {
            const int i = find_part(in, all, *p, pattern);
            there = i >= 0 && ds_plan_add_piece(in, i, DS_PIECE_PATTERN, pattern);
        }
        if (!there)
            continue;
        if (strcmp(sets[k], "md") == 0 || *sets[k] == 'j')
            add_time_of_day(in, rows, all);
        return true;
    }
    in->pieces = 0;
    ds_plan_add_piece(in, year, DS_PIECE_PATTERN, "%Y");
    if (add_text_part(in, all))
        return true;
    in->pieces = 0;
    return false;
}

int ds_plan_join_clock(ds_ingest *in, ds_plan_rows rows, ds_evidence *all, int date)
{
    size_t alone, joined;
    int code = ds_plan_repeats(in, rows, &date, 1, &alone);
    if (code || alone == 0)
        return code;
    const int before = in->pieces;
    for (int i = 0; i < in->count && in->pieces == before; i++) {
        if (!is_open(in, i) || i == date)
            continue;
        (void)add_clock(in, rows, all, i);
    }
    if (in->pieces == before)
        (void)add_hours(in, all);
    if (in->pieces == before)
        return NN_OK;
    int columns[DS_STAMP_PIECES];
    for (int i = 0; i < in->pieces; i++)
        columns[i] = in->piece[i].column;
    code = ds_plan_repeats(in, rows, columns, in->pieces, &joined);
    if (code || 2 * joined > alone)
        in->pieces = before;
    return code;
}
