/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the values of each column in the sample are: numbers, counters, stamps, clocks. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"
#include "datasets/time/decimal.h"
#include "datasets/time/names.h"
#include "datasets/time/pattern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_missing(const ds_ingest *in, ds_text t)
{
    /* Most cells begin with a digit, and no common word for a missing value does. */
    if (t.length && t.text[0] >= '0' && t.text[0] <= '9' && !in->options->missing)
        return false;
    const ds_field field = ds_field_of(t.text, t.length);
    return ds_field_missing(in, &field);
}

bool ds_text_is_dotted_month(ds_text t)
{
    int part = 0, year = 0;
    size_t i = 0;
    for (; i < t.length && i < 2 && t.text[i] >= '0' && t.text[i] <= '9'; i++)
        part = 10 * part + (t.text[i] - '0');
    if (i == 0 || i + 5 != t.length || t.text[i++] != '.')
        return false;
    for (; i < t.length && t.text[i] >= '0' && t.text[i] <= '9'; i++)
        year = 10 * year + (t.text[i] - '0');
    return i == t.length && year >= 1700 && year <= 2300 && part >= 1 && part <= 53;
}

static bool is_row(const ds_ingest *in, ds_plan_rows rows, size_t row)
{
    return rows.sample->rows[row].count == in->count;
}

ds_text *ds_plan_values(ds_ingest *in, ds_plan_rows rows, int column, size_t *count)
{
    ds_text *values = nn_resize(NULL, rows.sample->row_count + DS_ATTEMPTS, sizeof *values, 1);
    *count = 0;
    for (size_t r = rows.first; values && r < rows.sample->row_count; r++) {
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        if (is_row(in, rows, r) && !is_missing(in, t))
            values[(*count)++] = t;
    }
    for (int i = 0; values && i < in->offences->count; i++)
        if (in->offences->list[i].column == column)
            values[(*count)++] = (ds_text){in->offences->list[i].text, strlen(in->offences->list[i].text)};
    return values;
}

/* What the point of a plain number can be. */
static void take_point(ds_evidence *e, ds_text t)
{
    const char *digits = t.text + (t.length && (*t.text == '-' || *t.text == '+'));
    const size_t length = (size_t)(t.text + t.length - digits);
    const char *point = memchr(digits, '.', length);
    const size_t whole = point ? (size_t)(point - digits) : length;
    if (!point)
        *(whole <= 3 ? &e->bare : &e->large) += 1;
    else
        *(length - whole == 4 && whole >= 1 && whole <= 3 && *digits != '0' ? &e->grouped : &e->pointed) += 1;
}

static void take_number(ds_evidence *e, double value, double *last, int *up, int *by_one)
{
    e->whole += value == floor(value);
    if (e->numbers == 0 || value < e->least)
        e->least = value;
    if (e->numbers == 0 || value > e->most)
        e->most = value;
    if (e->numbers > 0) {
        *up += value > *last ? 1 : value < *last ? -1 : 0;
        *by_one += value == *last + 1 ? 1 : value == *last - 1 ? -1 : 0;
    }
    *last = value;
    e->numbers++;
}

static void take_column(const ds_ingest *in, ds_plan_rows rows, int column, ds_evidence *e)
{
    double last = 0;
    int up = 0, by_one = 0;
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        const ds_text t = ds_sample_cell(rows.sample, r, column);
        double value;
        if (!is_row(in, rows, r))
            continue;
        if (is_missing(in, t)) {
            e->missing++;
            continue;
        }
        e->values++;
        if (ds_number_parse(t.text, t.length, in->options->decimal_comma, &value) == DS_NUMBER_OK) {
            take_number(e, value, &last, &up, &by_one);
            take_point(e, t);
            e->dotted += ds_text_is_dotted_month(t);
        }
    }
    for (int i = 0; i < in->offences->count; i++)
        e->values += in->offences->list[i].column == column;
    const int steps = (int)e->numbers - 1;
    const bool all = e->numbers == e->values && e->missing == 0 && steps > 0;
    e->rises = all && abs(up) == steps;
    e->counts = all && abs(by_one) == steps;
}

int ds_evidence_take(ds_ingest *in, ds_plan_rows rows, ds_evidence *all)
{
    for (int i = 0; i < in->count; i++)
        take_column(in, rows, i, &all[i]);
    return NN_OK;
}

static bool reads_clock(const char *pattern, ds_text t, bool *unpadded, bool *padded)
{
    ds_pattern_parts parts = {0};
    const char *end = t.text + t.length;
    if (ds_pattern_scan(pattern, t.text, end, &parts) != end || parts.hour > 24 || parts.minute > 59 ||
        parts.second > 59)
        return false;
    *unpadded |= parts.unpadded;
    *padded |= parts.padded;
    return true;
}

/* The first of the usual patterns that reads the texts as times of day, at least nine in ten of them. */
static void find_clock(const ds_text *values, size_t count, char clock[24])
{
    static const char *const patterns[] = {"%H:%M:%S",   "%H:%M",   "%I:%M:%S %p", "%I:%M %p",
                                           "%I:%M:%S%p", "%I:%M%p", "%I %p",       "%I%p",
                                           "%H.%M.%S",   "%H.%M",   "%Hh%M",       "%Hh"};
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        size_t read = 0;
        bool unpadded = false, padded = false;
        for (size_t i = 0; i < count && (i - read) * 10 <= count; i++)
            read += reads_clock(patterns[p], values[i], &unpadded, &padded);
        if (read * 10 < count * 9)
            continue;
        char *to = clock;
        for (const char *from = patterns[p]; *from; from++) {
            *to++ = *from;
            if (*from == '%' && unpadded && !padded && (from[1] == 'H' || from[1] == 'I'))
                *to++ = '-';
        }
        *to = '\0';
        return;
    }
}

static int first_of(unsigned languages)
{
    int language = 0;
    while (!(languages >> language & 1))
        language++;
    return language;
}

/* The pattern of names of months, where all texts are such. */
static void find_months(const ds_text *values, size_t count, char pattern[8])
{
    unsigned whole = ~0u, cut = ~0u;
    for (size_t i = 0; i < count && (whole | cut); i++) {
        const ds_month_match m = ds_month_find(values[i].text, values[i].length);
        if (!m.month || m.taken < values[i].length)
            return;
        whole &= m.whole;
        cut &= m.cut;
    }
    if (count == 0 || !(whole | cut))
        return;
    const bool is_whole = !cut || (whole && first_of(whole) < first_of(cut));
    const int language = first_of(is_whole ? whole : cut);
    if (language)
        snprintf(pattern, 8, "%%%d%c", language % 100, is_whole ? 'B' : 'b');
    else
        snprintf(pattern, 8, "%%%c", is_whole ? 'B' : 'b');
}

/* The pattern of texts of quarters or months beside a year: Q1, III, M01. */
static void find_parts(const ds_text *values, size_t count, char pattern[8])
{
    static const char *const patterns[] = {"Q%q", "M%m", "%Oq", "T%q", "K%q", "%qQ", "H%Q", "S%Q", "Q %q"};
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns && !*pattern && count > 1; p++) {
        size_t read = 0;
        for (; read < count; read++) {
            ds_pattern_parts parts = {0};
            const char *end = values[read].text + values[read].length;
            if (ds_pattern_scan(patterns[p], values[read].text, end, &parts) != end || parts.month > 12 ||
                parts.quarter > 4 || parts.half > 2 || parts.month + parts.quarter + parts.half < 1)
                break;
        }
        if (read == count)
            snprintf(pattern, 8, "%s", patterns[p]);
    }
}

bool ds_evidence_is_number(const ds_evidence *e)
{
    return e->values > 0 && e->numbers == e->values && e->dotted < e->values;
}

int ds_evidence_form(ds_ingest *in, ds_plan_rows rows, int column, ds_evidence *e)
{
    if (e->form_sought || e->values == 0 || (e->numbers == e->values && e->dotted < e->values))
        return NN_OK;
    size_t count;
    ds_text *values = ds_plan_values(in, rows, column, &count);
    if (!values)
        return ds_ingest_no_memory(in);
    e->form_sought = true;
    e->form = ds_form_find(values, count, ds_name_is_week(in->columns[column].name));
    if (e->form.verdict == DS_FORM_NONE) {
        find_clock(values, count, e->clock);
        {
            find_months(values, count, e->months);
            find_parts(values, count, e->months);
        }
    }
    free(values);
    return e->form.verdict == DS_FORM_UNKNOWN ? ds_ingest_no_memory(in) : NN_OK;
}

void ds_evidence_free(ds_evidence *all, int count)
{
    for (int i = 0; all && i < count; i++)
        free(all[i].form.times);
    free(all);
}
