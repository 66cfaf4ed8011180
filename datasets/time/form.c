/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forms of stamps that are tried, and the choice among those that read. */
#include "datasets/time/form.h"

#include "datasets/time/form_patterns.h"
#include "datasets/time/names.h"
#include "datasets/time/ordinals.h"
#include "datasets/time/pattern.h"
#include "datasets/time/period_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 24 };

typedef struct candidate {
    char pattern[64];
    size_t read, first_unread;
    size_t back; /* places where the time falls back */
    ds_time *times;
    unsigned languages, whole_in, cut_in; /* in which all names of months are such, whole ones, short ones */
    bool unpadded, padded, long_day, capitals, small;
    bool exact; /* the first text is written again as it stands */
} candidate;

typedef struct search {
    candidate list[MOST];
    int count;
} search;

static void add_candidate(search *s, const char *head, const char *date, const char *clock, const char *zone)
{
    char pattern[128];
    const int n = snprintf(pattern, sizeof pattern, "%s%s%s%s", head, date, clock, zone);
    if (s->count == MOST || n >= (int)sizeof s->list[0].pattern)
        return;
    candidate *c = &s->list[s->count++];
    *c = (candidate){.first_unread = SIZE_MAX, .languages = ~0u, .whole_in = ~0u, .cut_in = ~0u};
    memcpy(c->pattern, pattern, (size_t)n + 1);
}

/* Whether all of a text follows the pattern as a time that there is. */
static bool reads(const char *pattern, ds_text t, ds_time *time, ds_pattern_parts *parts)
{
    *parts = (ds_pattern_parts){0};
    const char *stop = ds_pattern_scan(pattern, t.text, t.text + t.length, parts);
    if (stop != t.text + t.length || (parts->year != 0 && (parts->year < 1500 || parts->year > 2500)))
        return false;
    if (parts->year_day && parts->unpadded)
        return false; /* "2015/16" is a season, no day of a year */
    nn_error ignored = {0};
    return ds_pattern_time(parts, t.text, t.length, time, &ignored) == NN_OK;
}

static bool begins(const char *pattern, const char *p, const char *end, const char **rest)
{
    ds_pattern_parts parts = {0};
    *rest = ds_pattern_scan(pattern, p, end, &parts);
    return *rest != NULL;
}

/* Periods that are named by words, or by what they end with. */
static void gather_words(search *s, ds_text t)
{
    const char *rest, *end = t.text + t.length;
    char words[64];
    ds_pattern_parts parts;
    ds_time time;
    for (int style = -1; style < DS_ORDINALS; style++)
        if (ds_period_pattern(t.text, t.length, style, words, sizeof words) && reads(words, t, &time, &parts))
            add_candidate(s, "", words, "", "");
    if (ds_months_pattern(t.text, t.length, words, sizeof words) && reads(words, t, &time, &parts))
        add_candidate(s, "", words, "", "");
    for (size_t h = 0; ds_form_heads[h]; h++) {
        if (!*ds_form_heads[h] || *ds_form_heads[h] == '%' || !begins(ds_form_heads[h], t.text, end, &rest))
            continue;
        const ds_text after = {rest, (size_t)(end - rest)};
        for (size_t p = 0; ds_form_periods[p]; p++)
            if (reads(ds_form_periods[p], after, &time, &parts))
                add_candidate(s, ds_form_heads[h], ds_form_periods[p], "", "");
    }
}

/* All patterns that read one text, put together from its parts. */
static void gather(search *s, ds_text t, bool weeks)
{
    const char *end = t.text + t.length, *date, *clock, *zone, *stop;
    ds_pattern_parts parts;
    ds_time time;
    for (size_t p = 0; weeks && ds_form_weeks_only[p]; p++)
        if (reads(ds_form_weeks_only[p], t, &time, &parts))
            add_candidate(s, "", ds_form_weeks_only[p], "", "");
    if (weeks)
        return;
    for (size_t p = 0; ds_form_periods[p]; p++)
        if (reads(ds_form_periods[p], t, &time, &parts))
            add_candidate(s, "", ds_form_periods[p], "", "");
    gather_words(s, t);
    for (size_t c = 0; ds_form_fronts[c]; c++)
        for (size_t d = 0; ds_form_dates[d] && begins(ds_form_fronts[c], t.text, end, &date); d++)
            if (begins(ds_form_dates[d], date, end, &stop) && stop == end)
                add_candidate(s, ds_form_fronts[c], ds_form_dates[d], "", "");
    for (size_t h = 0; ds_form_heads[h]; h++) {
        if (!begins(ds_form_heads[h], t.text, end, &date))
            continue;
        for (size_t d = 0; ds_form_dates[d]; d++) {
            if (!begins(ds_form_dates[d], date, end, &clock))
                continue;
            for (size_t c = 0; ds_form_clocks[c]; c++) {
                if (!begins(ds_form_clocks[c], clock, end, &zone))
                    continue;
                for (size_t z = 0; ds_form_zones[z]; z++)
                    if (begins(ds_form_zones[z], zone, end, &stop) && stop == end)
                        add_candidate(s, ds_form_heads[h], ds_form_dates[d], ds_form_clocks[c],
                                      ds_form_zones[z]);
            }
        }
    }
}

static bool try_all(candidate *c, const ds_text *values, size_t count)
{
    c->times = malloc((count + 1) * sizeof *c->times);
    if (!c->times)
        return false;
    for (size_t i = 0; i < count && 8 * (i - c->read) <= count; i++) {
        ds_pattern_parts parts;
        if (!reads(c->pattern, values[i], &c->times[c->read], &parts)) {
            c->first_unread = c->first_unread == SIZE_MAX ? i : c->first_unread;
            continue;
        }
        c->back += c->read > 0 && c->times[c->read] < c->times[c->read - 1];
        c->read++;
        c->unpadded |= parts.unpadded;
        c->padded |= parts.padded;
        c->languages &= parts.whole_in | parts.cut_in;
        c->whole_in &= parts.whole_in;
        c->cut_in &= parts.cut_in;
        c->long_day |= parts.long_day;
        c->capitals |= parts.capitals;
        c->small |= parts.small;
    }
    /* Newest first is an order, too. */
    if (c->read - c->back < c->back)
        c->back = c->read - c->back - 1;
    return true;
}

/* The first of the languages; DS_LANGUAGES + 1: there is none. */
static int language_of(unsigned languages)
{
    int language = 0;
    while (language <= DS_LANGUAGES && !(languages >> language & 1))
        language++;
    return language;
}

/* The language of the months; *whole: their names are whole ones. */
static int choose_language(const candidate *c, bool *whole)
{
    const int all_whole = language_of(c->whole_in), all_cut = language_of(c->cut_in);
    *whole = all_whole < all_cut;
    if (all_whole <= DS_LANGUAGES || all_cut <= DS_LANGUAGES)
        return *whole ? all_whole : all_cut;
    *whole = true; /* some are */
    const int either = language_of(c->languages);
    return either <= DS_LANGUAGES ? either : 0;
}

/* The pattern in the very dress of the text: leading zeros, whole names, capitals. */
static void dress(candidate *c)
{
    char out[128];
    size_t n = 0;
    bool whole;
    const int language = choose_language(c, &whole);
    for (const char *p = c->pattern; *p && n + 8 < sizeof out; p++) {
        out[n++] = *p;
        if (*p != '%' || !p[1])
            continue;
        p++;
        if (c->unpadded && !c->padded && strchr("mdHIVj", *p))
            out[n++] = '-';
        for (; strchr("O+E0123456789", *p) && p[1]; p++)
            out[n++] = *p;
        if (c->capitals && strchr("ba", *p))
            out[n++] = '^';
        if (c->small && strchr("bap", *p))
            out[n++] = '#';
        if (*p == 'b' && language)
            n += (size_t)snprintf(out + n, 3, "%d", language);
        out[n++] = whole && *p == 'b' ? 'B' : c->long_day && *p == 'a' ? 'A' : *p;
    }
    out[n] = '\0';
    if (n < sizeof c->pattern)
        memcpy(c->pattern, out, n + 1);
}

static bool same_times(const candidate *a, const candidate *b)
{
    return a->read == b->read && memcmp(a->times, b->times, a->read * sizeof *a->times) == 0;
}

static bool writes_back(const candidate *c, ds_text first)
{
    char again[128];
    const int n = ds_pattern_print(c->pattern, c->times[0], 0, again, sizeof again);
    return strstr(c->pattern, "%z") ||
           ((size_t)n == first.length && memcmp(again, first.text, first.length) == 0);
}

/* "Jan-05" to "Jan-31" are days of one January, no months of thirty years. */
static bool is_month_and_day(const candidate *c)
{
    size_t steps = 0, alike = 0;
    if (!strstr(c->pattern, "%y") || !strpbrk(c->pattern, "bBm") || strstr(c->pattern, "%d"))
        return false;
    for (size_t i = 1; i < c->read; i++) {
        steps += c->times[i] != c->times[i - 1];
        alike += c->times[i] != c->times[i - 1] &&
                 ds_civil_from(c->times[i]).month == ds_civil_from(c->times[i - 1]).month;
    }
    return 2 * alike > steps;
}

/* Two forms that read all values as different times: the one in which the rows follow each other is right.
 * Where that tells nothing, dates parted by points have the day first. */
static int prefer(const candidate *a, const candidate *b)
{
    if (a->read != b->read)
        return a->read > b->read ? -1 : 1;
    if (a->exact != b->exact)
        return a->exact ? -1 : 1;
    /* The four digits of a year are not those of a year and an hour. */
    const bool whole = strstr(a->pattern, "%Y") != NULL;
    if (whole != (strstr(b->pattern, "%Y") != NULL))
        return whole ? -1 : 1;
    if (a->read >= 3 && 4 * a->back + 1 <= b->back)
        return -1;
    if (b->read >= 3 && 4 * b->back + 1 <= a->back)
        return 1;
    const bool points = strncmp(a->pattern, "%d.%m.", 6) == 0, other = strncmp(b->pattern, "%d.%m.", 6) == 0;
    return points && !other ? -1 : other && !points ? 1 : 0;
}

static void settle(search *s, ds_form *form, ds_text first)
{
    candidate *best = NULL, *rival = NULL;
    for (int i = 0; i < s->count; i++) {
        candidate *c = &s->list[i];
        if (c->read == 0 || is_month_and_day(c))
            continue;
        dress(c);
        c->exact = writes_back(c, first);
        const int order = best ? prefer(c, best) : -1;
        if (order < 0) {
            best = c;
            rival = NULL;
        } else if (order == 0 && !rival && !same_times(c, best)) {
            rival = c;
        }
    }
    if (!best)
        return;
    form->verdict = rival ? DS_FORM_DOUBTFUL : DS_FORM_FOUND;
    form->read = best->read;
    form->first_unread = best->first_unread;
    memcpy(form->pattern, best->pattern, sizeof form->pattern);
    if (rival)
        memcpy(form->rival, rival->pattern, sizeof form->rival);
    form->times = best->times;
    best->times = NULL;
}

/* A verdict where one of the two finds it, DS_FORM_NONE for the next one to try. */
static void find_plain(ds_form *form, const ds_text *values, size_t count)
{
    nn_error ignored = {0};
    ds_time_reader *reader = ds_time_reader_new(NULL, &ignored);
    *form = (ds_form){.times = reader ? malloc((count + 1) * sizeof *form->times) : NULL,
                      .first_unread = SIZE_MAX};
    for (size_t i = 0; form->times && i < count && 8 * (i - form->read) <= count; i++) {
        const int code =
            ds_time_reader_add(reader, values[i].text, values[i].length, &form->times[form->read], &ignored);
        if (code == NN_OK)
            form->read++;
        else
            form->first_unread = form->first_unread == SIZE_MAX ? i : form->first_unread;
    }
    ds_time_format format;
    form->open = reader && ds_time_reader_is_open(reader);
    if (form->times)
        (void)ds_time_reader_finish(reader, form->times, form->read, &format, &ignored);
    ds_time_reader_free(reader);
    form->verdict = !form->times || ignored.code == NN_FAILED        ? DS_FORM_UNKNOWN
                    : 10 * form->read >= 9 * count && form->read > 0 ? DS_FORM_PLAIN
                                                                     : DS_FORM_NONE;
}

static void find_pattern(ds_form *form, const ds_text *values, size_t count, bool weeks)
{
    search *s = calloc(1, sizeof *s);
    bool ready = s != NULL;
    *form = (ds_form){.verdict = DS_FORM_NONE};
    if (s)
        gather(s, values[0], weeks);
    for (int i = 0; ready && i < s->count; i++)
        ready = try_all(&s->list[i], values, count);
    if (ready)
        settle(s, form, values[0]);
    if (!ready)
        form->verdict = DS_FORM_UNKNOWN;
    else if (10 * form->read < 9 * count)
        form->verdict = DS_FORM_NONE;
    for (int i = 0; s && i < s->count; i++)
        free(s->list[i].times);
    free(s);
}

/* "2014:3" to "2014:4", then "2015:1": single digits of 1 to 4 that come back year after year are quarters.
 */
static bool are_quarters(const ds_text *values, size_t count)
{
    unsigned seen = 0;
    size_t repeats = 0;
    for (size_t i = 0; i < count; i++) {
        const char *t = values[i].text;
        if (values[i].length != 6 || t[4] != values[0].text[4] || !strchr("-/:_ ", t[4]) || t[5] < '1' ||
            t[5] > '4')
            return false;
        for (int k = 0; k < 4; k++)
            if (t[k] < '0' || t[k] > '9')
                return false;
        repeats += seen >> (t[5] - '0') & 1;
        seen |= 1u << (t[5] - '0');
    }
    return repeats > 0 && seen == 0x1e;
}

static bool find_quarters(ds_form *form, const ds_text *values, size_t count)
{
    ds_pattern_parts parts;
    if (!are_quarters(values, count) || !(form->times = malloc(count * sizeof *form->times)))
        return false;
    snprintf(form->pattern, sizeof form->pattern, "%%Y%c%%q", values[0].text[4]);
    for (; form->read < count; form->read++)
        if (!reads(form->pattern, values[form->read], &form->times[form->read], &parts)) {
            free(form->times);
            *form = (ds_form){0};
            return false;
        }
    form->first_unread = SIZE_MAX;
    form->verdict = DS_FORM_FOUND;
    return true;
}

ds_form ds_form_find(const ds_text *values, size_t count, bool weeks)
{
    ds_form form = {0};
    if (count == 0)
        return form;
    if (!weeks && find_quarters(&form, values, count))
        return form;
    if (weeks)
        find_pattern(&form, values, count, true);
    if (form.verdict == DS_FORM_NONE) {
        free(form.times);
        find_plain(&form, values, count);
    }
    if (form.verdict == DS_FORM_NONE) {
        free(form.times);
        find_pattern(&form, values, count, false);
    }
    if (form.verdict != DS_FORM_NONE && form.verdict != DS_FORM_UNKNOWN)
        return form;
    free(form.times);
    return (ds_form){.verdict = form.verdict};
}
