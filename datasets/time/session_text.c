/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Days of the week, and hours of them, as text. */
#include "datasets/time/frequency.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
enum { DAY = 86400 };

/* --- days --- */

static bool parse_day(const char **text, int *day)
{
    for (*day = 0; *day < 7; ++*day)
        if (strncasecmp(*text, day_names[*day], 3) == 0) {
            *text += 3;
            return true;
        }
    return false;
}

bool ds_weekdays_parse(const char **text, unsigned *days)
{
    int from, to;
    *days = 0;
    do {
        *text += *days && **text == ',';
        if (!parse_day(text, &from))
            return false;
        to = from;
        if (**text == '-' && (++*text, !parse_day(text, &to)))
            return false;
        for (int day = from;; day = (day + 1) % 7) {
            *days |= 1u << day;
            if (day == to)
                break;
        }
    } while (**text == ',');
    return true;
}

int ds_weekdays_print(unsigned days, char *text, size_t size)
{
    int start = 0, n = 0;
    /* Sunday to Thursday stays together. */
    while ((days & 0x41) == 0x41 && start < 7 && days >> start & 1)
        start++;
    for (int i = 0; i < 7; i++) {
        const int day = (start + i) % 7;
        int last = i;
        if (!(days >> day & 1))
            continue;
        while (last + 1 < 7 && days >> (start + last + 1) % 7 & 1)
            last++;
        const size_t at = (size_t)n < size ? (size_t)n : size;
        n += last == i ? snprintf(text + at, size - at, "%s%s", n ? "," : "", day_names[day])
                       : snprintf(text + at, size - at, "%s%s-%s", n ? "," : "", day_names[day],
                                  day_names[(start + last) % 7]);
        i = last;
    }
    return n;
}

/* --- sessions --- */

static bool parse_clock(const char **text, int *seconds)
{
    int part[3] = {0}, count = 0, length = 0;
    const char *p = *text;
    do {
        p += count > 0;
        for (length = 0; p[length] >= '0' && p[length] <= '9' && length < 2; length++)
            part[count] = 10 * part[count] + (p[length] - '0');
        p += length;
        count++;
    } while (length == 2 && *p == ':' && count < 3);
    *text = p;
    *seconds = (part[0] * 60 + part[1]) * 60 + part[2];
    return length == 2 && count >= 2 && part[0] < 24 && part[1] < 60 && part[2] < 60;
}

/* The hours of some days, "09:00-12:00,13:00". */
static bool parse_hours(const char **text, unsigned days, ds_frequency *f)
{
    do {
        int begin, end;
        *text += **text == ',';
        if (!parse_clock(text, &begin))
            return false;
        end = begin;
        if (**text == '-' && (++*text, !parse_clock(text, &end)))
            return false;
        for (int day = 0; day < 7; day++) {
            if (!(days >> day & 1))
                continue;
            if (f->sessions == DS_MOST_SESSIONS)
                return false;
            f->session[f->sessions++] = (ds_session){day * DAY + begin, day * DAY + end};
        }
    } while (**text == ',');
    return true;
}

static bool check_sessions(ds_frequency *f)
{
    const int64_t step = ds_unit_length(f->unit) * f->count;
    for (int i = 1; i < f->sessions; i++)
        for (int k = i; k > 0 && f->session[k].begin < f->session[k - 1].begin; k--) {
            const ds_session other = f->session[k];
            f->session[k] = f->session[k - 1];
            f->session[k - 1] = other;
        }
    for (int i = 0; i < f->sessions; i++)
        if (f->session[i].end < f->session[i].begin ||
            (f->session[i].end - f->session[i].begin) * DS_SECOND % step != 0 ||
            (i > 0 && f->session[i].begin <= f->session[i - 1].end))
            return false;
    return f->sessions > 0;
}

bool ds_sessions_parse(const char *text, ds_frequency *f)
{
    const int64_t step = ds_unit_length(f->unit) * f->count;
    f->sessions = 0;
    if (step <= 0 || step >= DS_DAY || step % DS_SECOND != 0)
        return false;
    for (;;) {
        unsigned days;
        if (!ds_weekdays_parse(&text, &days) || *text++ != ' ' || !parse_hours(&text, days, f))
            return false;
        if (!*text)
            return check_sessions(f);
        if (*text++ != ';')
            return false;
        text += *text == ' ';
    }
}

/* Sessions [*from, ...) of one day; whether another day has the same. */
static int day_sessions(const ds_frequency *f, int day, int *from)
{
    int count = 0;
    for (*from = 0; *from < f->sessions && f->session[*from].begin < day * DAY;)
        ++*from;
    while (*from + count < f->sessions && f->session[*from + count].begin < (day + 1) * DAY)
        count++;
    return count;
}

static bool are_alike(const ds_frequency *f, int a, int b)
{
    int from_a, from_b;
    const int count = day_sessions(f, a, &from_a), shift = (b - a) * DAY;
    bool alike = count > 0 && day_sessions(f, b, &from_b) == count;
    for (int i = 0; i < count && alike; i++)
        alike = f->session[from_a + i].begin + shift == f->session[from_b + i].begin &&
                f->session[from_a + i].end + shift == f->session[from_b + i].end;
    return alike;
}

static int print_clock(int seconds, char *text, size_t size)
{
    return seconds % 60
               ? snprintf(text, size, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
               : snprintf(text, size, "%02d:%02d", seconds / 3600, seconds / 60 % 60);
}

static size_t rest(size_t size, int used)
{
    return (size_t)used < size ? size - (size_t)used : 0;
}

int ds_sessions_print(const ds_frequency *f, char *text, size_t size)
{
    int n = 0;
    char clocks[24], days[40];
    for (int day = 0; day < 7; day++) {
        int from;
        unsigned set = 0;
        const int count = day_sessions(f, day, &from);
        bool first = count > 0;
        for (int other = 0; other < 7; other++) {
            set |= are_alike(f, day, other) ? 1u << other : 0;
            first = first && (other >= day || !(set >> other & 1));
        }
        if (!first)
            continue;
        ds_weekdays_print(set, days, sizeof days);
        n += snprintf(text + (size_t)n - (rest(size, n) ? 0 : (size_t)n), rest(size, n), "%s%s ",
                      n ? "; " : "", days);
        for (int i = 0; i < count; i++) {
            const ds_session *s = &f->session[from + i];
            int used = print_clock(s->begin % DAY, clocks, sizeof clocks);
            if (s->end > s->begin) {
                clocks[used++] = '-';
                print_clock(s->end % DAY, clocks + used, sizeof clocks - (size_t)used);
            }
            n += snprintf(text + (size_t)n - (rest(size, n) ? 0 : (size_t)n), rest(size, n), "%s%s",
                          i ? "," : "", clocks);
        }
    }
    return n;
}
