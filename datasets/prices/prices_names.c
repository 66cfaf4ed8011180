/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What columns of prices are called. */
#include "datasets/prices/prices_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Letters and digits in lower case: "Adj Close" and "adj_close" are one. */
static void plain_name(char *out, size_t size, const char *text, size_t length)
{
    size_t at = 0;
    for (size_t i = 0; i < length && at + 1 < size; i++)
        if (isalnum((unsigned char)text[i]))
            out[at++] = (char)tolower((unsigned char)text[i]);
    out[at] = '\0';
}

bool ds_price_word(const char *const *words, const char *text, size_t length)
{
    char plain[40];
    plain_name(plain, sizeof plain, text, length);
    for (; *words; words++)
        if (strcmp(plain, *words) == 0)
            return true;
    return false;
}

int ds_price_field(const char *text, size_t length)
{
    static const char *const open[] = {"open", NULL}, *const high[] = {"high", NULL},
                             *const low[] = {"low", NULL}, *const volume[] = {"volume", "vol", NULL},
                             *const close[] = {"close", "last", "closelast", NULL},
                             *const adjusted[] = {"adjclose", "adjustedclose", "adjusted", "closeadj", NULL};
    static const char *const *const words[DS_PRICE_FIELDS] = {
        [DS_OPEN] = open,     [DS_HIGH] = high,   [DS_LOW] = low,
        [DS_VOLUME] = volume, [DS_CLOSE] = close, [DS_ADJUSTED] = adjusted};
    for (int f = 0; f < DS_PRICE_FIELDS; f++)
        if (ds_price_word(words[f], text, length))
            return f;
    return -1;
}

static bool take_part(const char *text, size_t length, char ticker[64])
{
    static const char *const edges = " '\"()/_.:-,";
    while (length && strchr(edges, *text)) {
        text++;
        length--;
    }
    while (length && strchr(edges, text[length - 1]))
        length--;
    snprintf(ticker, 64, "%.*s", (int)(length < 63 ? length : 63), text);
    return length > 0 && length < 64;
}

bool ds_price_split(const char *name, int *field, char ticker[64])
{
    static const char *const borders = "/ _.:-,";
    const size_t length = strlen(name);
    if (length > 120)
        return false;
    for (size_t i = length; i-- > 1;) /* the longest name of a field first */
        if (strchr(borders, name[i]) && (*field = ds_price_field(name, i)) >= 0)
            return take_part(name + i, length - i, ticker);
    for (size_t i = 1; i < length; i++)
        if (strchr(borders, name[i]) && (*field = ds_price_field(name + i, length - i)) >= 0)
            return take_part(name, i, ticker);
    return false;
}
