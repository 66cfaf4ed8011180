/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables with a row for each day, month or year and a column for each part of it become one series. */
#include "datasets/table/table_internal.h"
#include "datasets/time/names.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a row is and its columns are. */
typedef struct parts {
    enum { OF_YEAR, OF_MONTH, OF_DAY } of;
    int count;
    const char *names; /* as a note says them */
} parts;

static const parts kinds[] = {{OF_YEAR, 12, "months of the year"},   {OF_YEAR, 4, "quarters of the year"},
                              {OF_MONTH, 31, "days of the month"},   {OF_DAY, 24, "hours of the day"},
                              {OF_DAY, 48, "half hours of the day"}, {OF_DAY, 96, "quarter hours of the day"},
                              {OF_DAY, 144, "times of the day"},     {OF_DAY, 288, "times of the day"}};

/* --- names --- */

/* Words before the number of a part; a name may be the number alone. */
static bool is_word(const char *text, size_t length, int of)
{
    static const char *const day[] = {"h",          "he",     "hr",    "hour",     "hour ending",
                                      "hourending", "hora",   "heure", "stunde",   "std",
                                      "ora",        "uur",    "timme", "hh",       "sp",
                                      "p",          "period", "qh",    "interval", "settlement period",
                                      "pt",         "time",   "hrs",   NULL};
    static const char *const month[] = {"d", "day", "tag", "dia", "jour", "giorno", "dag", NULL};
    static const char *const year[] = {"m",       "month",     "q", "qtr", "quarter",
                                       "quartal", "trimestre", "t", NULL};
    const char *const *words = of == OF_DAY ? day : of == OF_MONTH ? month : year;
    while (length && strchr(" _-.", text[length - 1]))
        length--;
    if (length == 0)
        return true;
    for (; *words; words++)
        if (strlen(*words) == length && strncasecmp(*words, text, length) == 0)
            return true;
    return false;
}

/* The number in "HE07", "Hour 7", "7h" or "0700"; -1: there is none. */
static int number_of(const char *name, int of)
{
    const size_t before = strcspn(name, "0123456789");
    char *end;
    if (!name[before] || !is_word(name, before, of))
        return -1;
    const long number = strtol(name + before, &end, 10);
    if (of == OF_DAY && (*end == 'h' || *end == 'H'))
        end++;
    return *end || number > 9999 ? -1 : (int)number;
}

/* Minutes of a time of day such as "07:00", "7:00 PM" or the begin of "07:00-08:00"; -1: it is none. */
static int clock_of(const char *name)
{
    int hour, minute, taken = 0;
    const char *p = name + strspn(name, "HhTt ");
    if (sscanf(p, "%2d:%2d%n", &hour, &minute, &taken) < 2 || taken == 0 || hour < 0 || hour > 24 ||
        minute < 0 || minute > 59)
        return -1;
    p += taken;
    if (strncmp(p, ":00", 3) == 0)
        p += 3;
    p += strspn(p, " ");
    if ((*p == 'A' || *p == 'a' || *p == 'P' || *p == 'p') && (p[1] == 'M' || p[1] == 'm')) {
        hour = hour % 12 + (*p == 'P' || *p == 'p' ? 12 : 0);
        p += 2;
    }
    return *p && *p != '-' && strncmp(p, "\xe2\x80\x93", 3) != 0 && strncmp(p, "to", 2) != 0
               ? -1
               : 60 * hour + minute;
}

/* Whether a name is that of part i of so many; first: the number that the first part has, or 100 times an
 * hour. */
static bool is_part(const char *name, const parts *k, int i, int first)
{
    const ds_month_match month = ds_month_find(name, strlen(name));
    const int number = number_of(name, k->of), step = 1440 / k->count;
    if (k->of == OF_YEAR && k->count == 12 && month.month == i + 1 && month.taken == strlen(name))
        return true;
    if (k->of == OF_YEAR && k->count == 4 && !strpbrk(name, "QqTt"))
        return false;
    if (k->of != OF_DAY)
        return number == i + 1;
    const int minute = (i + first) * step, clock = clock_of(name);
    if (clock >= 0)
        return clock == minute || (clock == 0 && minute == 1440) || (clock == 1439 && minute == 1440);
    /* 0, 100, 200; 30, 100, 130 */
    return number == i + first || (k->count <= 48 && number == minute / 60 * 100 + minute % 60);
}

static bool are_parts(const ds_ingest *in, const int *column, const parts *k)
{
    for (int first = 0; first < 2; first++) {
        int i = 0;
        while (i < k->count && is_part(in->columns[column[i]].name, k, i, first))
            i++;
        if (i == k->count)
            return true;
    }
    return false;
}

/* --- rows --- */

/* Whether each stamp begins a year, a month or a day and says no more. */
static bool rows_are(const ds_ingest *in, int of)
{
    const ds_time_format *f = &in->table->layout.format;
    if (in->time_column < 0 || f->kind == DS_TIME_STEP || f->kind == DS_TIME_DAY_CLOCK || *f->zone ||
        f->range)
        return false;
    if (of == OF_YEAR)
        return f->kind == DS_TIME_YEAR;
    if (f->kind == DS_TIME_YEAR || (of == OF_MONTH) != f->monthly)
        return false;
    for (size_t r = 0; r < in->rows; r++) {
        const ds_civil c = ds_civil_from(in->time[r]);
        if (in->time[r] % DS_DAY != 0 || (of == OF_MONTH && c.day != 1))
            return false;
    }
    return true;
}

static ds_time part_time(ds_time row, const parts *k, int i)
{
    if (k->of == OF_DAY)
        return row + i * (DS_DAY / k->count);
    ds_civil c = ds_civil_from(row);
    const int month = c.month;
    if (k->of == OF_YEAR)
        c.month = 1 + i * (12 / k->count);
    else
        c.day = 1 + i;
    const ds_time time = ds_time_from(&c);
    return k->of == OF_MONTH && ds_civil_from(time).month != month ? INT64_MIN : time;
}

/* Parts at the end of the last row that are still to come. */
static int cut_last(const ds_ingest *in, size_t row, const int *slot, int count, ds_time last)
{
    while (in->time[row] == last && count > 1 &&
           isnan(in->values[row * (size_t)in->width + (size_t)slot[count - 1]]))
        count--;
    return count;
}

/* What the rows become. */
typedef struct unrolled {
    size_t rows, room;
    ds_time *time;
    double *values;
    int *id; /* long files */
    ds_line_run *runs;
} unrolled;

static bool make_room(unrolled *u, size_t room, bool longform)
{
    *u = (unrolled){.room = room,
                    .time = nn_resize(NULL, room, sizeof *u->time, 1),
                    .values = nn_resize(NULL, room, sizeof *u->values, 1),
                    .id = longform ? nn_resize(NULL, room, sizeof *u->id, 1) : NULL,
                    .runs = nn_resize(NULL, room, sizeof *u->runs, 1)};
    return u->time && u->values && u->runs && (u->id || !longform);
}

static void fill(unrolled *u, const ds_ingest *in, const parts *k, const int *slot)
{
    const size_t width = (size_t)in->width;
    size_t near = 0;
    ds_time last = INT64_MIN;
    for (size_t r = 0; r < in->rows; r++)
        last = in->time[r] > last ? in->time[r] : last;
    for (size_t r = 0; r < in->rows; r++) {
        const int count = cut_last(in, r, slot, k->count, last);
        for (int i = 0; i < count; i++) {
            const ds_time at = part_time(in->time[r], k, i);
            if (at == INT64_MIN)
                continue;
            u->runs[u->rows] = (ds_line_run){u->rows, ds_ingest_line(in, r)};
            u->time[u->rows] = at;
            if (u->id)
                u->id[u->rows] = ds_keys_at(&in->id_keys, r, &near);
            u->values[u->rows++] = in->values[r * width + (size_t)slot[i]];
        }
    }
}

/* Stamps and series of a long file's rows. */
static int renew_keys(ds_ingest *in, const unrolled *u)
{
    int code = NN_OK;
    ds_stamps_clear(&in->stamps);
    ds_keys_clear(&in->stamp_keys);
    ds_keys_clear(&in->id_keys);
    for (size_t r = 0; r < u->rows && !code; r++)
        code = ds_long_put(in, u->time[r], u->id[r]);
    return code;
}

static int expand(ds_ingest *in, const parts *k, const int *slot)
{
    unrolled u;
    if (!make_room(&u, in->rows * (size_t)k->count, in->id_column >= 0)) {
        free(u.time);
        free(u.values);
        free(u.id);
        free(u.runs);
        return ds_ingest_no_memory(in);
    }
    fill(&u, in, k, slot);
    free(in->time);
    free(in->values);
    free(in->runs);
    in->time = u.time;
    in->values = u.values;
    in->runs = u.runs;
    in->rows = in->run_count = u.rows;
    in->run_room = in->room = u.room;
    in->width = 1;
    const int code = u.id ? renew_keys(in, &u) : NN_OK;
    free(u.id);
    return code;
}

/* Stamps now have a clock, or no longer are years. */
static void settle_format(ds_ingest *in, const parts *k)
{
    ds_layout *l = &in->table->layout;
    ds_time_format *f = &l->format;
    for (int i = 0; i < l->piece_count; i++)
        free(l->pieces[i].name);
    l->piece_count = 0;
    in->pieces = 1;
    if (k->of != OF_DAY) {
        *f = (ds_time_format){.kind = DS_TIME_ISO,
                              .separator = '-',
                              .padded = true,
                              .hour_padded = true,
                              .monthly = k->of == OF_YEAR};
    } else if (f->kind == DS_TIME_STRPTIME && strlen(f->pattern) + 7 < sizeof f->pattern) {
        memcpy(f->pattern + strlen(f->pattern), " %H:%M", 7);
    } else if (f->kind <= DS_TIME_DMY) {
        f->joint = ' ';
        f->hour_padded = true;
    } else if (f->kind == DS_TIME_EXCEL) {
        f->fraction = 6;
    }
}

/* The hour that the change of clocks repeats has a column of its own behind the others in some files. */
static bool is_extra_hour(const char *name, const parts *k)
{
    const size_t length = strlen(name);
    return k->of == OF_DAY &&
           (number_of(name, OF_DAY) == k->count + 1 ||
            (length > 1 && strchr("*XxBb", name[length - 1]) && isdigit((unsigned char)name[length - 2])));
}

static int say(ds_ingest *in, const parts *k, int first)
{
    char others[200] = "";
    for (int i = 0; i < in->count; i++) {
        ds_column *c = &in->columns[i];
        if (c->role != DS_ROLE_NUMBER || i == first)
            continue;
        c->role = DS_ROLE_OUT;
        const size_t used = strlen(others);
        if (c->slot < 0)
            snprintf(others + used, sizeof others - used, "%s'%.40s'%s", used ? ", " : "", c->name,
                     is_extra_hour(c->name, k) ? " (the hour that comes twice)" : "");
    }
    char *name = nn_text_copy("y", 1);
    if (!name)
        return ds_ingest_no_memory(in);
    free(in->columns[first].name);
    in->columns[first].name = name;
    in->columns[first].slot = 0;
    const char *of = k->of == OF_YEAR && k->count == 12 ? " monthly" : "";
    return ds_reason_add(in, DS_REASON_SAID, "--columns",
                         "the columns are the %s in each row: they are read as one%s series 'y'%s%s%s",
                         k->names, of, *others ? ", and " : "", others, *others ? " left out" : "");
}

/* The slots of the columns of numbers from `from` on; the number of them. */
static int gather(const ds_ingest *in, int from, int *column, int *slot, int most)
{
    int n = 0, place = 0;
    for (int i = 0; i < in->count && n < most; i++) {
        if (in->columns[i].role != DS_ROLE_NUMBER)
            continue;
        if (i >= from) {
            column[n] = i;
            slot[n++] = place;
        }
        place++;
    }
    return n;
}

static int unroll(ds_ingest *in, const parts *k, const int *column, const int *slot)
{
    const int code = expand(in, k, slot);
    if (code)
        return code;
    for (int i = 0; i < k->count; i++) /* those that are no more than left out keep their slot */
        in->columns[column[i]].slot = 0;
    for (int i = 0; i < in->count; i++) {
        bool part = false;
        for (int j = 0; j < k->count; j++)
            part |= column[j] == i;
        if (!part)
            in->columns[i].slot = -1;
    }
    settle_format(in, k);
    return say(in, k, column[0]);
}

int ds_unroll(ds_ingest *in)
{
    int column[288], slot[288];
    if (in->typed || in->any_asked || in->across || in->width < 4 || in->options->no_header)
        return NN_OK;
    for (size_t p = 0; p < sizeof kinds / sizeof *kinds; p++) {
        const parts *k = &kinds[p];
        for (int from = 0; in->width >= k->count && from < in->count; from++) {
            if (in->columns[from].role != DS_ROLE_NUMBER ||
                gather(in, from, column, slot, k->count) < k->count || !are_parts(in, column, k))
                continue;
            if (in->id_column >= 0 && !in->time && !(in->time = ds_long_times(in)))
                return ds_ingest_no_memory(in);
            if (rows_are(in, k->of))
                return unroll(in, k, column, slot);
        }
    }
    return NN_OK;
}
