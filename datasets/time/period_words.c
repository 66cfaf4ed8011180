/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The patterns of quarters and halves of a year that are named by a word, and of periods named by months. */
#include "datasets/time/period_words.h"

#include "datasets/time/names.h"
#include "datasets/time/ordinals.h"

#include <stdio.h>
#include <string.h>

/* Small letters; a point behind them is none of the word. */
static const char *const quarters[] = {
    "q",         "qtr",       "quarter",   "quartal",   "quart",      "quartile", "kw",          "kwartał",
    "kv",        "kvartal",   "kvartál",   "kvt",       "k",          "kvarttal", "kwartaal",    "trim",
    "trimestre", "trimester", "tr",        "t",         "кв",         "квартал",  "čtvrtletí",   "štvrťrok",
    "negyedév",  "çeyrek",    "neljännes", "ketvirtis", "ceturksnis", "kvartali", "tromjesečje", NULL};
static const char *const halves[] = {
    "h",        "hy",        "half",   "halbjahr", "hj",       "semestre",   "semester", "s",  "półrocze",
    "pololetí", "полугодие", "halvår", "halvaar",  "halfjaar", "puolivuosi", "félév",    "hv", NULL};
/* What may stand between a period and its year. */
static const char *const fillers[] = {"de", "del", "do", "of", "des", "di", NULL};

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (unsigned char)c >= 0xc3 ||
           ((unsigned char)c >= 0x80 && (unsigned char)c < 0xc0);
}

static bool is_word(const char *text, size_t length, const char *const *words)
{
    for (; *words; words++) {
        const char *word = *words;
        size_t at = 0, bytes, own = 1;
        while (*word && at < length &&
               ds_letter_lower(ds_letter_read(text + at, length - at, &bytes)) ==
                   ds_letter_read(word, strlen(word), &own)) {
            at += bytes;
            word += own;
        }
        if (!*word && at == length)
            return true;
    }
    return false;
}

static bool is_roman(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != 'I' && text[i] != 'V')
            return false;
    return length > 0 && length <= 3;
}

typedef struct finder {
    const char *text;
    size_t length, at;
    char *out;
    size_t size, used;
    int years, numbers, roman, words;
    int style; /* of ordinal numbers; -1: there is none */
    bool half;
} finder;

static bool put(finder *f, const char *text, size_t length)
{
    if (f->used + length + 1 > f->size)
        return false;
    memcpy(f->out + f->used, text, length);
    f->used += length;
    return true;
}

/* The ordinal number that stands next, if one does. */
static bool take_ordinal(finder *f)
{
    size_t taken;
    char letters[8];
    const char *p = f->text + f->at;
    if (f->style < 0 || f->numbers || (f->at && p[-1] >= '0' && p[-1] <= '9'))
        return false;
    const int value = ds_ordinal_read(f->style, p, f->length - f->at, &taken);
    if (value < 1 || value > 4)
        return false;
    const int n = snprintf(letters, sizeof letters, "%%+%dq", f->style);
    f->at += taken;
    f->numbers++;
    return put(f, letters, (size_t)n);
}

/* The next run of digits, letters or others. */
static bool take_run(finder *f)
{
    const char *p = f->text + f->at;
    const size_t room = f->length - f->at;
    const bool digit = *p >= '0' && *p <= '9', letter = is_letter(*p);
    size_t n = 1;
    while (n < room && (digit    ? p[n] >= '0' && p[n] <= '9'
                        : letter ? is_letter(p[n])
                                 : !is_letter(p[n]) && !(p[n] >= '0' && p[n] <= '9')))
        n++;
    f->at += n;
    if (digit && n == 4)
        return f->years++ == 0 && put(f, "%Y", 2);
    if (digit && n == 1)
        return f->numbers++ == 0 && put(f, "%q", 2);
    if (digit)
        return false;
    if (letter && is_roman(p, n) && f->numbers == 0) {
        f->roman++;
        return f->numbers++ == 0 && put(f, "%Oq", 3);
    }
    if (!letter || is_word(p, n, fillers))
        return !memchr(p, '%', n) && put(f, p, n);
    const bool half = is_word(p, n, halves);
    f->half |= half;
    return (half || is_word(p, n, quarters)) && f->words++ == 0 && put(f, p, n);
}

bool ds_period_pattern(const char *text, size_t length, int style, char *pattern, size_t size)
{
    finder f = {.text = text, .length = length, .out = pattern, .size = size, .style = style};
    if (length < 5 || length > 40)
        return false;
    while (f.at < length)
        if (!take_ordinal(&f) && !take_run(&f))
            return false;
    if (f.years != 1 || f.numbers != 1 || f.words + f.roman < 1)
        return false;
    pattern[f.used] = '\0';
    for (char *p = strchr(pattern, '%'); f.half && p; p = strchr(p + 1, '%'))
        if (p[1] != 'Y')
            *strchr(p, 'q') = 'Q';
    return true;
}

/* A month's name, a year, or what stands between. */
static bool take_piece(finder *f, int months[2])
{
    const char *p = f->text + f->at;
    const size_t room = f->length - f->at;
    const ds_month_match month = ds_month_find(p, room);
    char letters[16];
    if (month.month) {
        if (f->words == 2)
            return false;
        months[f->words] = month.month;
        const int ahead = f->words ? (months[1] - months[0] + 12) % 12 : 0;
        const int n = snprintf(letters, sizeof letters, "%%%.*sb", ahead, "EEEEEEEEEEE");
        /* Its point is written with the short name. */
        f->at += month.taken;
        f->words++;
        return put(f, letters, (size_t)n);
    }
    size_t n = 0;
    while (n < room && p[n] >= '0' && p[n] <= '9')
        n++;
    if (n) {
        f->at += n;
        return (n == 4 || n == 2) && f->years++ == 0 && put(f, n == 4 ? "%Y" : "%y", 2);
    }
    f->at++;
    return *p != '%' && put(f, p, 1);
}

bool ds_months_pattern(const char *text, size_t length, char *pattern, size_t size)
{
    finder f = {.text = text, .length = length, .out = pattern, .size = size};
    int months[2];
    if (length < 9 || length > 40)
        return false;
    while (f.at < length)
        if (!take_piece(&f, months))
            return false;
    if (f.years != 1 || f.words != 2)
        return false;
    pattern[f.used] = '\0';
    const int count = (months[1] - months[0] + 12) % 12 + 1;
    return count > 1 && 12 % count == 0;
}
