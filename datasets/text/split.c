/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of CSV text without quotes into its fields, and those that are plain numbers into numbers on the
 * way: their digits are looked at once. */
#include "datasets/text/split.h"

#include <string.h>

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The field from p to the next delimiter; returns where that is. */
static inline const char *take(ds_field *field, const char *p, const char *end, char delimiter, bool numbers)
{
    while (p < end && is_blank(*p) && *p != delimiter)
        p++;
    *field = (ds_field){.text = p};
    const char *stop = numbers ? ds_number_start(p, end, &field->number) : NULL;
    if (stop && (stop == end || *stop == delimiter)) {
        field->known = true;
        field->length = (size_t)(stop - p);
        return stop;
    }
    if (stop)
        p = stop;
    while (p < end && *p != delimiter)
        p++;
    stop = p;
    while (stop > field->text && is_blank(stop[-1]))
        stop--;
    field->length = (size_t)(stop - field->text);
    return p;
}

size_t ds_split(ds_field *fields, size_t room, const char *p, const char *end, char delimiter)
{
    const bool blanks = delimiter == ' ', numbers = !memchr("-.0123456789", delimiter, 12);
    size_t count = 0;
    for (;; p++) {
        ds_field field;
        p = take(&field, p, end, delimiter, numbers);
        if (!blanks || field.length) {
            if (count < room)
                fields[count] = field;
            count++;
        }
        if (p == end) /* a line of nothing but blanks is a blank line */
            return count == 1 && !blanks && field.length == 0 ? 0 : count;
    }
}
