/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps that are ranges: where the begin ends and the end begins. */
#include "datasets/time/reader.h"

#include <string.h>

static bool holds_digits(const char *text, size_t length)
{
    int digits = 0;
    for (size_t i = 0; i < length; i++)
        digits += text[i] >= '0' && text[i] <= '9';
    return digits >= 3;
}

bool ds_range_split(const char *text, size_t length, size_t *begin, size_t *end)
{
    static const char *const marks[] = {" - ", " \xe2\x80\x93 ", " to ", "/", "\xe2\x80\x93", " -- "};
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
        const char *at = memmem(text, length, marks[m], strlen(marks[m]));
        if (!at)
            continue;
        *begin = (size_t)(at - text);
        *end = *begin + strlen(marks[m]);
        /* A date has slashes too; only one between two whole stamps is a border. */
        const bool slash = marks[m][0] == '/';
        if (slash && (*begin < 10 || memchr(text + *end, '/', length - *end)))
            continue;
        if (holds_digits(text, *begin) && holds_digits(text + *end, length - *end))
            return true;
    }
    return false;
}
