/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding names of months in text, whatever their case and language. */
#include "datasets/time/names.h"

#include <string.h>

uint32_t ds_letter_read(const char *text, size_t length, size_t *bytes)
{
    const unsigned char *p = (const unsigned char *)text;
    const bool two = length > 1 && p[0] >= 0xc3 && p[0] <= 0xdf && (p[1] & 0xc0) == 0x80;
    *bytes = two ? 2 : 1;
    return two ? (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f) : p[0];
}

/* Latin with its accents, and Cyrillic. */
uint32_t ds_letter_lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    const bool odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e); /* whose capitals are odd */
    return c >= 0x100 && c <= 0x17e && c != 0x130 && c != 0x131 && c != 0x178 && (c & 1) == odd ? c + 1 : c;
}

uint32_t ds_letter_upper(uint32_t c)
{
    static const uint32_t back[] = {1, 32, 80};
    for (size_t i = 0; i < sizeof back / sizeof *back; i++)
        if (c > back[i] && ds_letter_lower(c - back[i]) == c)
            return c - back[i];
    return c;
}

static bool goes_on(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           ((unsigned char)c >= 0x80 && (unsigned char)c != 0xe2); /* a dash is no letter */
}

/* Bytes of text that are the name, with or without its point; 0: they are not. */
static size_t match(const char *text, size_t length, const char *name)
{
    size_t at = 0;
    for (; *name && *name != '.'; name++) {
        size_t bytes, own;
        const uint32_t wanted = ds_letter_read(name, strlen(name), &own);
        if (at >= length ||
            ds_letter_lower(ds_letter_read(text + at, length - at, &bytes)) != ds_letter_lower(wanted))
            return 0;
        at += bytes;
        name += own - 1;
    }
    if (*name == '.' && at < length && text[at] == '.')
        return at + 1;
    return at < length && goes_on(text[at]) ? 0 : at;
}

static void take(ds_month_match *found, int month, size_t bytes, unsigned whole, unsigned cut)
{
    if (bytes == 0 || (found->month && (month != found->month || bytes < found->taken)))
        return;
    if (bytes > found->taken) /* with its point, which the languages so far do not write */
        found->whole = found->cut = 0;
    found->month = month;
    found->taken = bytes;
    found->whole |= whole;
    found->cut |= cut;
}

ds_month_match ds_month_find(const char *text, size_t length)
{
    ds_month_match found = {0};
    size_t english;
    const int month = ds_name_find(text, length, true, &english);
    if (length == 0 || (!month && !goes_on(text[0])))
        return found;
    if (month) {
        const bool sept = month == 9 && english == 4; /* is short, too */
        take(&found, month, english, english > 3 && !sept, english == 3 || sept);
        found.whole |= month == 5 && english == 3; /* May is both */
    }
    const bool ascii = (unsigned char)text[0] < 0x80;
    for (int l = 1; l <= DS_LANGUAGES; l++)
        for (int m = 1; m <= 12; m++)
            for (int w = 0; w < 2; w++) {
                const char *name = ds_month_in(l, m, w == 0);
                const bool may_be = !ascii ? (unsigned char)*name >= 0x80
                                           : (*name ^ text[0]) == 0 || (*name ^ text[0]) == 0x20;
                if (may_be)
                    take(&found, m, match(text, length, name), w == 0 ? 1u << l : 0, w == 1 ? 1u << l : 0);
            }
    return found;
}
