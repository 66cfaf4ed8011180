/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing stamps by a pattern. */
#include "datasets/time/calendar.h"
#include "datasets/time/names.h"
#include "datasets/time/ordinals.h"
#include "datasets/time/pattern.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct writer {
    char *text;
    size_t size, length;
    int carry; /* years from the first to the last month of a period of months that was written */
} writer;

static void put(writer *w, char c)
{
    if (w->length + 1 < w->size)
        w->text[w->length] = c;
    w->length++;
}

static void put_number(writer *w, int value, int width, int flags)
{
    char text[16];
    snprintf(text, sizeof text, "%0*d", flags & DS_FLAG_PLAIN ? 1 : width, value);
    for (const char *p = text; *p; p++)
        put(w, *p);
}

static void put_name(writer *w, const char *name, size_t most, int flags)
{
    const size_t length = strlen(name);
    for (size_t i = 0, bytes; i < length && i < most; i += bytes) {
        const uint32_t letter = ds_letter_read(name + i, length - i, &bytes);
        const uint32_t shown = flags & DS_FLAG_CAPITALS ? ds_letter_upper(letter)
                               : flags & DS_FLAG_SMALL  ? ds_letter_lower(letter)
                                                        : letter;
        if (shown < 0x80) {
            put(w, (char)shown);
        } else {
            put(w, (char)(0xc0 | shown >> 6));
            put(w, (char)(0x80 | (shown & 0x3f)));
        }
    }
}

static void put_ordinal(writer *w, int value, int flags)
{
    char text[32] = "";
    if (ds_pattern_number(flags) < DS_ORDINALS)
        ds_ordinal_print(ds_pattern_number(flags), value, text, sizeof text);
    for (const char *p = text; *p; p++)
        put(w, *p);
}

/* The number of a part of a year. */
static void put_part(writer *w, int value, int flags)
{
    static const char *const numerals[] = {"I", "II", "III", "IV"};
    if (flags & DS_FLAG_ORDINAL)
        put_ordinal(w, value, flags);
    else if (flags & DS_FLAG_ROMAN)
        put_name(w, numerals[value - 1], SIZE_MAX, flags);
    else
        put_number(w, value, 1, 0);
}

static void put_month(writer *w, int month, bool whole, int flags)
{
    const int language = ds_pattern_number(flags), last = month + ds_pattern_ahead(flags);
    month = (last - 1) % 12 + 1;
    w->carry = (last - 1) / 12;
    if (language)
        put_name(w, ds_month_in(language, month, whole), SIZE_MAX, flags);
    else
        put_name(w, ds_month_name(month), whole ? SIZE_MAX : 3, flags);
}

static void put_zone(writer *w, int minutes)
{
    const int size = minutes < 0 ? -minutes : minutes;
    put(w, minutes < 0 ? '-' : '+');
    put_number(w, size / 60 % 100 * 100 + size % 60, 4, 0);
}

/* The year that an ISO week belongs to is that of its Thursday. */
static int week_year(const ds_civil *c)
{
    const int64_t days = ds_days_from_date(c->year, c->month, c->day);
    int64_t year;
    int month, day;
    ds_date_from_days(days - c->weekday + 3, &year, &month, &day);
    return (int)year;
}

static void put_clock(writer *w, char letter, int flags, const ds_civil *c)
{
    const int twelfth = c->hour % 12 ? c->hour % 12 : 12;
    switch (letter) {
    case 'H':
    case 'k':
        put_number(w, c->hour, 2, flags);
        break;
    case 'I':
    case 'l':
        put_number(w, twelfth, 2, flags);
        break;
    case 'M':
        put_number(w, c->minute, 2, flags);
        break;
    case 'S':
        put_number(w, c->second, 2, flags);
        break;
    default: /* p, P */
        put(w, (char)((c->hour < 12 ? 'A' : 'P') | (letter == 'P' || flags & DS_FLAG_SMALL ? 0x20 : 0)));
        put(w, letter == 'P' || flags & DS_FLAG_SMALL ? 'm' : 'M');
    }
}

static void put_conversion(writer *w, char letter, int flags, const ds_civil *c, int zone_minutes)
{
    switch (letter) {
    case 'Y':
        put_number(w, c->year + w->carry, 4, 0);
        break;
    case 'y':
        put_number(w, (int)ds_floor_mod(c->year + w->carry, 100), 2, 0);
        break;
    case 'G':
        put_number(w, week_year(c), 4, 0);
        break;
    case 'm':
        put_number(w, c->month, 2, flags);
        break;
    case 'd':
    case 'e':
        if (flags & DS_FLAG_ORDINAL)
            put_ordinal(w, c->day, flags);
        else
            put_number(w, c->day, 2, flags);
        break;
    case 'b':
    case 'h':
    case 'B':
        put_month(w, c->month, letter == 'B', flags);
        break;
    case 'a':
    case 'A':
        put_name(w, ds_weekday_name(c->weekday + 1), letter == 'A' ? SIZE_MAX : 3, flags);
        break;
    case 'j':
        put_number(w, c->year_day, 3, flags);
        break;
    case 'q':
        put_part(w, (c->month + 2) / 3, flags);
        break;
    case 'Q':
        put_part(w, (c->month + 5) / 6, flags);
        break;
    case 'V':
        put_number(w, c->iso_week, 2, flags);
        break;
    case 'u':
        put_number(w, c->weekday + 1, 1, 0);
        break;
    case 'z':
        put_zone(w, zone_minutes);
        break;
    case '%':
        put(w, '%');
        break;
    case 'n':
    case 't':
        put(w, ' ');
        break;
    default:
        put_clock(w, letter, flags, c);
    }
}

static void put_pattern(writer *w, const char *pattern, const ds_civil *c, int zone_minutes)
{
    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            put(w, *pattern);
            continue;
        }
        int flags;
        const char letter = ds_pattern_letter(&pattern, &flags);
        if (!letter)
            return;
        const char *inner = ds_pattern_expanded(letter);
        if (inner)
            put_pattern(w, inner, c, zone_minutes);
        else
            put_conversion(w, letter, flags, c, zone_minutes);
    }
}

int ds_pattern_print(const char *pattern, ds_time local, int zone_minutes, char *text, size_t size)
{
    writer w = {.text = text, .size = size};
    const ds_civil c = ds_civil_from(local);
    put_pattern(&w, pattern, &c, zone_minutes);
    if (size > 0)
        text[w.length < size ? w.length : size - 1] = '\0';
    return (int)w.length;
}
