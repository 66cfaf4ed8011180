/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of CSV text without quotes into its fields, and those that are plain numbers into numbers on the
 * way: their digits are looked at once. */
#include "datasets/text/split.h"

#include "datasets/text/short_number.h"

_Static_assert((int)DS_SPLIT_BEHIND >= (int)DS_AT_ONCE, "what is read at once must be readable");

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The field between p and the border, which loses its blanks. */
static void take(ds_field *field, const char *p, const char *border, bool numbers)
{
    while (p < border && is_blank(*p))
        p++;
    while (border > p && is_blank(border[-1]))
        border--;
    field->text = p;
    field->length = (size_t)(border - p);
    field->known = numbers && ds_short_number(p, field->length, &field->number);
}

static size_t split_at_blanks(ds_field *fields, size_t room, const char *p, const char *end)
{
    size_t count = 0;
    for (;; p++) {
        ds_field field;
        const char *from = p;
        while (p < end && *p != ' ')
            p++;
        take(&field, from, p, true);
        if (field.length) {
            if (count < room)
                fields[count] = field;
            count++;
        }
        if (p == end)
            return count;
    }
}

/* The borders of many bytes at once, so that fields are known before those in front of them were read. */
size_t ds_split(ds_field *fields, size_t room, const char *p, const char *end, char delimiter)
{
    if (delimiter == ' ')
        return split_at_blanks(fields, room, p, end);
    const bool numbers = !memchr("-.0123456789", delimiter, 12);
    size_t count = 0;
    ds_field spare;
    for (const char *at = p;; at += DS_AT_ONCE) {
        const size_t left = (size_t)(end - at);
        uint64_t borders = ds_bytes_like(at, delimiter);
        if (left < DS_AT_ONCE)
            borders = (borders & (((uint64_t)1 << left) - 1)) | (uint64_t)1 << left;
        for (; borders; borders &= borders - 1) {
            const char *border = at + __builtin_ctzll(borders);
            ds_field *field = count < room ? &fields[count] : &spare;
            field->text = p;
            field->length = (size_t)(border - p);
            field->known = numbers && ds_short_number(p, field->length, &field->number);
            if (!field->known)
                take(field, p, border, numbers);
            count++;
            p = border + 1;
            if (border == end) /* a line of nothing but blanks is a blank line */
                return count == 1 && field->length == 0 ? 0 : count;
        }
    }
}
