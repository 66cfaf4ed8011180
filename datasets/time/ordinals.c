/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and writing ordinal numbers. */
#include "datasets/time/ordinals.h"

#include "datasets/time/names.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What stands behind 1, 2, 3 and all others, or in place of 1 to 4. */
typedef struct ordinal {
    bool words;
    const char *forms[4];
} ordinal;

static const ordinal styles[DS_ORDINALS] = {
    {false, {"st", "nd", "rd", "th"}},
    {false, {"er", "e", "e", "e"}},
    {false, {"er", "ème", "ème", "ème"}},
    {false, {"er", "", "", ""}}, /* days in French */
    {false, {"º", "º", "º", "º"}},
    {false, {"ª", "ª", "ª", "ª"}},
    {false, {"°", "°", "°", "°"}},
    {false, {"e", "e", "e", "e"}},
    {false, {".º", ".º", ".º", ".º"}},
    {false, {"er", "eme", "eme", "eme"}},
    {false, {"o", "o", "o", "o"}},
    {false, {"r", "n", "r", "t"}},
    {false, {"-й", "-й", "-й", "-й"}},
    {true, {"First", "Second", "Third", "Fourth"}},
    {true, {"Primer", "Segundo", "Tercer", "Cuarto"}},
    {true, {"Primeiro", "Segundo", "Terceiro", "Quarto"}},
    {true, {"Premier", "Deuxième", "Troisième", "Quatrième"}},
    {true, {"Primo", "Secondo", "Terzo", "Quarto"}},
    {true, {"Erstes", "Zweites", "Drittes", "Viertes"}},
    {true, {"Eerste", "Tweede", "Derde", "Vierde"}},
};

static const char *suffix(const ordinal *o, int value)
{
    const bool teens = o == styles && value >= 11 && value <= 13; /* 11th, but 21st */
    const int unit = o == styles ? value % 10 : value;
    return unit >= 1 && unit <= 3 && !teens ? o->forms[unit - 1] : o->forms[3];
}

/* Bytes of the text that say the same as a word in any case; 0: it says another. */
static size_t same(const char *word, const char *text, size_t length)
{
    size_t at = 0, own, bytes;
    for (; *word; word += own, at += bytes) {
        if (at == length)
            return 0;
        const uint32_t letter = ds_letter_lower(ds_letter_read(text + at, length - at, &bytes));
        if (letter != ds_letter_lower(ds_letter_read(word, strlen(word), &own)))
            return 0;
    }
    return at;
}

static bool goes_on(const char *text, size_t length, size_t at)
{
    return at < length &&
           ((text[at] >= '0' && text[at] <= '9') || ((text[at] | 0x20) >= 'a' && (text[at] | 0x20) <= 'z'));
}

static int read_word(const ordinal *o, const char *text, size_t length, size_t *taken)
{
    for (int i = 0; i < 4; i++) {
        *taken = same(o->forms[i], text, length);
        if (*taken && !goes_on(text, length, *taken))
            return i + 1;
    }
    return 0;
}

int ds_ordinal_read(int style, const char *text, size_t length, size_t *taken)
{
    const ordinal *o = &styles[style];
    if (o->words)
        return read_word(o, text, length, taken);
    size_t n = 0;
    int value = 0;
    for (; n < length && n < 2 && text[n] >= '0' && text[n] <= '9'; n++)
        value = 10 * value + (text[n] - '0');
    const char *end = value ? suffix(o, value) : "";
    const size_t more = *end ? same(end, text + n, length - n) : 0;
    *taken = n + more;
    return (*end && !more) || goes_on(text, length, *taken) ? 0 : value;
}

int ds_ordinal_print(int style, int value, char *text, size_t size)
{
    const ordinal *o = &styles[style];
    return o->words ? snprintf(text, size, "%s", o->forms[(value - 1) & 3])
                    : snprintf(text, size, "%d%s", value, suffix(o, value));
}
