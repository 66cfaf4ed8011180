/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the form that a column of stamps shares, and reading dates. */
#include "datasets/time/reader.h"

#include "datasets/time/calendar.h"
#include "datasets/time/pattern.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>

ds_time_reader *ds_time_reader_new(const char *given, nn_error *error)
{
    static const struct {
        const char *name;
        ds_time_kind kind;
    } names[] = {
        {"iso", DS_TIME_ISO},           {"y/m/d", DS_TIME_YMD},         {"m/d/y", DS_TIME_MDY},
        {"d/m/y", DS_TIME_DMY},         {"epoch", DS_TIME_EPOCH},       {"epoch-ms", DS_TIME_EPOCH_MS},
        {"epoch-us", DS_TIME_EPOCH_US}, {"epoch-ns", DS_TIME_EPOCH_NS}, {"excel", DS_TIME_EXCEL},
        {"year", DS_TIME_YEAR},         {"step", DS_TIME_STEP}};
    ds_time_reader *r = calloc(1, sizeof *r);
    if (!r) {
        nn_no_memory(error);
        return NULL;
    }
    r->all_days = r->all_months = r->all_years = true;
    r->all_clocks[0] = r->all_clocks[1] = r->all_clocks[2] = true;
    if (!given)
        return r;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(given, names[i].name) == 0) {
            r->is_given = true;
            r->given = names[i].kind;
            r->form = r->given <= DS_TIME_DMY ? DS_FORM_DATE : DS_FORM_NUMBER;
            return r;
        }
    if (ds_pattern_check(given, error)) {
        free(r);
        return NULL;
    }
    r->is_given = true;
    r->given = DS_TIME_STRPTIME;
    r->form = DS_FORM_PATTERN;
    memcpy(r->format.pattern, given, strlen(given) + 1);
    return r;
}

bool ds_time_reader_is_open(const ds_time_reader *r)
{
    return r->form == DS_FORM_DATE && r->order == DS_ORDER_OPEN;
}

bool ds_time_reader_is_bare(const ds_time_reader *r)
{
    return r->form == DS_FORM_NUMBER && !r->is_given;
}

bool ds_time_reader_is_by_value(const ds_time_reader *r)
{
    return r->seen_count <= 1 && r->unmarked == 0 && !r->scaled &&
           (r->open == 0 || r->order == DS_ORDER_OPEN);
}

void ds_time_reader_free(ds_time_reader *reader)
{
    if (reader)
        free(reader->quarters);
    free(reader);
}

int ds_no_stamp(const char *text, size_t length, nn_error *error)
{
    if (length == 0)
        return nn_fail(error, NN_BAD_DATA, "the time stamp is missing");
    return nn_fail(
        error, NN_BAD_DATA,
        "'%s' is not a time stamp such as 2016-07-01 00:00:00 or 7/31/2016; --time-format describes "
        "another form",
        NN_SHOWN(60, text, length));
}

static int unlike(const char *text, size_t length, const char *what, nn_error *error)
{
    return nn_fail(error, NN_BAD_DATA, "'%s' has another form than the stamps before it: %s",
                   NN_SHOWN(60, text, length), what);
}

/* Whether the parts stand as the given form or the first stamp has them. */
static int check_shape(ds_time_reader *r, const ds_stamp *s, const char *text, size_t length, nn_error *error)
{
    const bool year_first = s->digits[0] == 4;
    if (r->count == 0) {
        const bool last = r->given == DS_TIME_MDY || r->given == DS_TIME_DMY;
        const bool iso = !s->separator || (s->separator == '-' && s->digits[1] == 2 && s->digits[2] != 1);
        if (r->is_given && (last == year_first || (r->given == DS_TIME_ISO && !iso)))
            return nn_fail(error, NN_BAD_DATA, "'%s' does not have the form that --time-format asks for",
                           NN_SHOWN(60, text, length));
        return NN_OK;
    }
    if (s->separator != r->format.separator)
        return unlike(text, length, "its parts are separated differently", error);
    if (year_first != (r->order == DS_YEAR_FIRST))
        return unlike(text, length, "the year stands elsewhere", error);
    if ((s->digits[2] == 0) != r->format.monthly)
        return unlike(text, length, r->format.monthly ? "they have no day" : "it has no day", error);
    const bool sparse = s->zone_named || r->format.zone_hidden;
    if (!sparse && s->joint && r->format.joint && (*s->zone != 0) != (*r->format.zone != 0))
        return unlike(text, length, *s->zone ? "they have no time zone" : "it has no time zone", error);
    return NN_OK;
}

/* Zones by name, such as (CET), may stand at some stamps only. */
static void take_mark(ds_time_reader *r, ds_stamp *s)
{
    if (s->zone_named && r->count > 0 && !*r->format.zone) {
        r->format.zone_hidden = true;
        r->unmarked = r->count;
        r->first_mark = s->zone_minutes;
        r->fast_length = 0;
    }
    if (s->zone_named)
        r->mark_minutes = s->zone_minutes;
    else if (!*s->zone && s->joint && (r->format.zone_hidden || *r->format.zone)) {
        r->format.zone_hidden = true;
        s->zone_minutes = r->mark_minutes;
    }
}

static void note_details(ds_time_reader *r, const ds_stamp *s)
{
    ds_time_format *f = &r->format;
    f->separator = s->separator;
    f->monthly = s->digits[2] == 0;
    const int first = s->digits[0] == 4 ? 1 : 0, last = s->digits[0] == 4 ? 2 : 1;
    r->unpadded = r->unpadded || s->digits[first] == 1 || s->digits[last] == 1;
    if (!s->joint)
        return;
    if (!f->joint)
        f->joint = s->joint;
    r->hour_unpadded = r->hour_unpadded || s->hour_digits == 1;
    f->seconds = f->seconds || s->seconds;
    if (s->fraction > f->fraction)
        f->fraction = s->fraction;
    if (*s->zone || !f->zone_hidden)
        memcpy(f->zone, s->zone, sizeof f->zone);
}

/* Of a date whose year stands last. */
static void find_order(ds_time_reader *r, const ds_stamp *s)
{
    if (r->count == 0) {
        const bool day_first = s->separator == '.';
        r->order = day_first ? DS_DAY_FIRST : DS_ORDER_OPEN;
        if (r->is_given)
            r->order = r->given == DS_TIME_MDY ? DS_MONTH_FIRST : DS_DAY_FIRST;
    }
    if (r->order != DS_ORDER_OPEN)
        return;
    if (s->part[1] > 12)
        r->order = DS_MONTH_FIRST;
    else if (s->part[0] > 12)
        r->order = DS_DAY_FIRST;
    if (r->order == DS_MONTH_FIRST)
        r->open = 0;
}

static int add_open(ds_time_reader *r, const ds_stamp *s, const char *text, size_t length, nn_error *error)
{
    r->open = r->count + 1;
    r->open_matters = r->open_matters || s->part[0] != s->part[1];
    if (s->hour == 24 || (r->count > 0 && strncmp(s->zone, r->format.zone, sizeof s->zone) != 0))
        return nn_fail(error, NN_BAD_DATA,
                       "'%s' could be month and day or day and month: --time-format m/d/y or d/m/y tells",
                       NN_SHOWN(60, text, length));
    return NN_OK;
}

static int add_date(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    ds_stamp s;
    if (!ds_stamp_scan(text, length, &s))
        return ds_no_stamp(text, length, error);
    int code = check_shape(r, &s, text, length, error);
    if (code)
        return code;
    take_mark(r, &s);
    int year = s.part[0], month = s.part[1], day = s.part[2];
    if (s.digits[0] == 4) {
        r->order = DS_YEAR_FIRST;
    } else {
        find_order(r, &s);
        year = s.part[2];
        month = s.part[r->order == DS_DAY_FIRST ? 1 : 0];
        day = s.part[r->order == DS_DAY_FIRST ? 0 : 1];
        if (r->order == DS_ORDER_OPEN && (code = add_open(r, &s, text, length, error)))
            return code;
    }
    if ((code = ds_stamp_time(&s, year, month, day, text, length, time, error)))
        return code;
    const bool iso = r->order == DS_YEAR_FIRST && s.separator == '-' && s.digits[1] == 2 && s.digits[2] == 2;
    const bool plain = !*s.zone && !s.fraction && (!s.joint || s.hour_digits == 2);
    if (r->count == 0 && iso && plain)
        r->fast_length = length;
    note_details(r, &s);
    return *r->format.zone ? ds_zone_note(r, s.zone_minutes, s.zone, error) : NN_OK;
}

/* Two digits; anything else sets bits of *bad. */
static inline int two(const char *t, unsigned *bad)
{
    const unsigned a = (unsigned)(t[0] - '0'), b = (unsigned)(t[1] - '0');
    *bad |= (a > 9) | (b > 9);
    return (int)(a * 10 + b);
}

/* yyyy-mm-dd, which stands in many rows one after the other; false: it is none. */
static bool find_day(ds_time_reader *r, const char *t)
{
    unsigned bad = 0;
    const int year = two(t, &bad) * 100 + two(t + 2, &bad), month = two(t + 5, &bad), day = two(t + 8, &bad);
    bad |= (t[4] != '-') | (t[7] != '-');
    if (bad || month < 1 || month > 12 || day < 1)
        return false;
    if (year != r->fast_year || month != r->fast_month) {
        r->fast_year = year;
        r->fast_month = month;
        r->fast_days = ds_days_from_date(year, month, 1) - 1;
        r->fast_month_days = ds_month_days(year, month);
    }
    if (day > r->fast_month_days)
        return false;
    memcpy(r->fast_date, t, sizeof r->fast_date);
    r->fast_seconds = (r->fast_days + day) * 86400;
    return true;
}

/* yyyy-mm-dd[ hh:mm[:ss]] of the length and joint of the first stamp. False says only that this way does not
 * do. */
static bool add_fast(ds_time_reader *r, const char *t, size_t length, ds_time *time)
{
    unsigned bad = 0;
    int hour = 0, minute = 0, second = 0;
    if (memcmp(r->fast_date, t, sizeof r->fast_date) != 0 && !find_day(r, t))
        return false;
    if (length > 10) {
        hour = two(t + 11, &bad);
        minute = two(t + 14, &bad);
        bad |= (t[10] != r->format.joint) | (t[13] != ':') | (hour > 23) | (minute > 59);
    }
    if (length > 16) {
        second = two(t + 17, &bad);
        bad |= (t[16] != ':') | (second > 59);
    }
    if (!bad)
        *time = (r->fast_seconds + hour * 3600 + minute * 60 + second) * DS_SECOND;
    return !bad;
}

static int add_any(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    if (r->form == DS_FORM_UNSEEN) {
        int64_t whole;
        int micro, fraction;
        bool too_fine;
        const bool number = ds_decimal_read(text, length, &whole, &micro, &fraction, &too_fine);
        r->form = number ? DS_FORM_NUMBER : DS_FORM_DATE;
    }
    if (r->form == DS_FORM_NUMBER)
        return ds_number_add(r, text, length, time, error);
    if (r->form == DS_FORM_DATE)
        return add_date(r, text, length, time, error);
    return ds_pattern_add(r, text, length, time, error);
}

/* How long the range is, from its end; only the first is looked at, the others differ where clocks change. */
static void measure_range(ds_time_reader *r, const char *text, size_t length, size_t begin, size_t end,
                          ds_time time)
{
    ds_time_format *f = &r->format;
    ds_time_reader second = *r;
    ds_time stop;
    nn_error ignored = {0};
    ds_stamp clock = {0};
    if (add_any(&second, text + end, length - end, &stop, &ignored) == NN_OK) {
        f->range = stop > time ? stop - time : 0;
    } else if (f->joint && ds_clock_scan(text + end, length - end, &clock)) {
        const ds_time of_day = (clock.hour * 3600 + clock.minute * 60 + clock.second) * DS_SECOND;
        const ds_time from = ds_floor_mod(time + clock.zone_minutes * 60 * DS_SECOND, DS_DAY);
        f->range = ds_floor_mod(of_day - from - 1, DS_DAY) + 1;
        f->range_clock = true;
    }
    const size_t mark = end - begin < sizeof f->range_mark ? end - begin : sizeof f->range_mark - 1;
    memcpy(f->range_mark, text + begin, mark);
    f->range_mark[mark] = '\0';
}

static int add_range(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    size_t begin, end;
    if (!ds_range_split(text, length, &begin, &end))
        return r->ranged ? unlike(text, length, "it is no range", error)
                         : add_any(r, text, length, time, error);
    const size_t before = r->count;
    int code = add_any(r, text, begin, time, error);
    if (code)
        return code;
    if (before == 0) {
        r->count = 1;
        measure_range(r, text, length, begin, end, *time);
        r->count = 0;
        r->ranged = r->format.range > 0;
    }
    return r->ranged ? NN_OK : ds_no_stamp(text, length, error);
}

int ds_time_reader_add(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    if (length == r->fast_length && length > 0 && add_fast(r, text, length, time)) {
        r->count++;
        return NN_OK;
    }
    const bool whole = r->count > 0 && !r->ranged;
    const int code = whole ? add_any(r, text, length, time, error) : add_range(r, text, length, time, error);
    r->count += code == NN_OK;
    return code;
}

/* Month first becomes day first. */
static ds_time swapped(ds_time time, int zone_minutes)
{
    const ds_time shift = zone_minutes * 60 * DS_SECOND;
    ds_civil c = ds_civil_from(time + shift);
    const int month = c.month;
    c.month = c.day;
    c.day = month;
    return ds_time_from(&c) - shift;
}

void ds_time_reader_turn(ds_time_reader *r, ds_time *times, size_t count)
{
    int zone_minutes;
    (void)ds_zone_read(r->format.zone, strlen(r->format.zone), &zone_minutes);
    for (size_t i = 0; r->order == DS_DAY_FIRST && i < r->open && i < count; i++)
        times[i] = swapped(times[i], i < r->unmarked ? 0 : zone_minutes);
    r->open = 0;
}

static int settle_dates(ds_time_reader *r, ds_time *times, size_t count, nn_error *error)
{
    ds_time_format *f = &r->format;
    f->padded = !r->unpadded;
    f->hour_padded = !r->hour_unpadded;
    if (r->order == DS_ORDER_OPEN) {
        if (r->open_matters)
            return nn_fail(
                error, NN_BAD_DATA,
                "the dates could be month/day or day/month throughout: --time-format m/d/y or d/m/y tells");
        r->order = DS_MONTH_FIRST;
        r->open = 0;
    }
    ds_time_reader_turn(r, times, count);
    if (r->order == DS_YEAR_FIRST)
        f->kind = !f->separator || (f->separator == '-' && f->padded) ? DS_TIME_ISO : DS_TIME_YMD;
    else
        f->kind = r->order == DS_MONTH_FIRST ? DS_TIME_MDY : DS_TIME_DMY;
    return NN_OK;
}

int ds_time_reader_finish(ds_time_reader *r, ds_time *times, size_t count, ds_time_format *format,
                          nn_error *error)
{
    int code = NN_OK;
    if (r->count == 0)
        r->format = (ds_time_format){.kind = DS_TIME_ISO, .separator = '-', .padded = true};
    else if (r->form == DS_FORM_NUMBER)
        ds_number_settle(r, times, count);
    else if (r->form == DS_FORM_DATE)
        code = settle_dates(r, times, count, error);
    else
        r->format.kind = DS_TIME_STRPTIME;
    for (size_t i = 0; i < r->unmarked && i < count; i++)
        times[i] -= r->first_mark * 60 * DS_SECOND;
    if (code == NN_OK)
        ds_zone_settle(r, times, count);
    if (code == NN_OK)
        *format = r->format;
    return code;
}
