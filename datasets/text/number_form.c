/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading numbers in the dress of people's tables. */
#include "datasets/text/number_form.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct cursor {
    const char *at, *end;
} cursor;

static bool take(cursor *c, const char *what)
{
    const size_t length = strlen(what);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, what, length) != 0)
        return false;
    c->at += length;
    return true;
}

/* Plain ones, and those that keep a number on one line, in UTF-8 and Windows-1252. */
static bool take_blank(cursor *c)
{
    return take(c, " ") || take(c, "\t") || take(c, "\xc2\xa0") || take(c, "\xe2\x80\xaf") ||
           take(c, "\xe2\x80\x89") || take(c, "\xa0");
}

static void skip_blanks(cursor *c)
{
    while (take_blank(c))
        ;
}

static bool is_digit(const cursor *c, int ahead)
{
    return c->at + ahead < c->end && c->at[ahead] >= '0' && c->at[ahead] <= '9';
}

/* The sign that stands for all signs of the currency. */
static const char *take_currency(cursor *c)
{
    static const char *const signs[][2] = {{"US$", "$"},
                                           {"USD", "$"},
                                           {"R$", "R$"},
                                           {"A$", "AUD"},
                                           {"AUD", "AUD"},
                                           {"C$", "CAD"},
                                           {"CAD", "CAD"},
                                           {"HK$", "HK$"},
                                           {"NZ$", "NZ$"},
                                           {"S$", "S$"},
                                           {"$", "$"},
                                           {"\xe2\x82\xac", "EUR"},
                                           {"\x80", "EUR"},
                                           {"EUR", "EUR"},
                                           {"\xc2\xa3", "GBP"},
                                           {"\xa3", "GBP"},
                                           {"GBP", "GBP"},
                                           {"\xc2\xa5", "JPY"},
                                           {"\xa5", "JPY"},
                                           {"JPY", "JPY"},
                                           {"\xe2\x82\xb9", "INR"},
                                           {"INR", "INR"},
                                           {"Rs.", "INR"},
                                           {"Rs", "INR"},
                                           {"\xe2\x82\xbd", "RUB"},
                                           {"RUB", "RUB"},
                                           {"\xe2\x82\xa9", "KRW"},
                                           {"KRW", "KRW"},
                                           {"\xe2\x82\xba", "TRY"},
                                           {"TRY", "TRY"},
                                           {"\xe2\x82\xab", "VND"},
                                           {"CHF", "CHF"},
                                           {"CNY", "CNY"},
                                           {"SEK", "SEK"},
                                           {"NOK", "NOK"},
                                           {"DKK", "DKK"},
                                           {"PLN", "PLN"},
                                           {"z\xc5\x82", "PLN"},
                                           {"CZK", "CZK"},
                                           {"K\xc4\x8d", "CZK"},
                                           {"kr.", "kr"},
                                           {"kr", "kr"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(c, signs[i][0]))
            return signs[i][1];
    return NULL;
}

static bool take_sign(cursor *c, ds_number_parts *p)
{
    if (take(c, "+"))
        return true;
    const bool odd = take(c, "\xe2\x88\x92") || take(c, "\xe2\x80\x93") || take(c, "\x96");
    if (!odd && !take(c, "-"))
        return false;
    p->negative = true;
    p->odd_minus |= odd;
    return true;
}

/* A blank or an apostrophe that parts three digits from those before. */
static bool take_parting(cursor *c, char *mark)
{
    cursor ahead = *c;
    if (take_blank(&ahead))
        *mark = ' ';
    else if (take(&ahead, "'") || take(&ahead, "\xe2\x80\x99"))
        *mark = '\'';
    else
        return false;
    if (!is_digit(&ahead, 0) || !is_digit(&ahead, 1) || !is_digit(&ahead, 2) || is_digit(&ahead, 3))
        return false;
    *c = ahead;
    return true;
}

static bool take_core(cursor *c, ds_number_parts *p)
{
    size_t n = 0, digits = 0;
    char mark;
    while (c->at < c->end && n + 8 < sizeof p->core) {
        if (is_digit(c, 0)) {
            p->core[n++] = *c->at++;
            digits++;
        } else if ((*c->at == '.' || *c->at == ',') && (is_digit(c, 1) || digits)) {
            p->core[n++] = *c->at++;
        } else if (digits && take_parting(c, &mark)) {
            p->parting = mark;
        } else {
            break;
        }
    }
    const bool exponent = digits && c->at < c->end && (*c->at == 'e' || *c->at == 'E') &&
                          (is_digit(c, 1) || (c->at + 2 < c->end && is_digit(c, 2)));
    for (int i = 0; exponent && i < 5 && c->at < c->end && (i < 2 || is_digit(c, 0)); i++)
        p->core[n++] = *c->at++;
    p->core[n] = '\0';
    return digits > 0 && !is_digit(c, 0);
}

/* One of the signs that footnotes are marked by. */
static bool take_mark(cursor *c)
{
    static const char *const marks[] = {
        "*",        "#",        "\xe2\x80\xa0", "\xe2\x80\xa1", "\xc2\xa7", "\xc2\xb6", "\xc2\xb9",
        "\xc2\xb2", "\xc2\xb3", "\xe2\x81\xb4", "\xc2\xaa",     "\xc2\xba", "^"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (take(c, marks[i]))
            return true;
    return false;
}

static bool are_all(const char *from, const char *end, const char *letters)
{
    for (; from < end; from++)
        if (!*from || !strchr(letters, *from))
            return false;
    return true;
}

/* Marks of footnotes, and the flags of offices of statistics: p for provisional, r for revised, e for
 * estimated. */
static bool is_remark(cursor c, bool glued)
{
    const size_t length = (size_t)(c.end - c.at);
    const bool round = length > 2 && c.at[0] == '(' && c.end[-1] == ')',
               square = length > 2 && c.at[0] == '[' && c.end[-1] == ']';
    if (length == 0 || length > 9)
        return false;
    if (round || square)
        return are_all(c.at + 1, c.end - 1,
                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.*");
    if (length < 4 && are_all(c.at, c.end, glued ? "pre" : "bcdefnprsuz") && (!glued || length == 1))
        return true;
    if (!glued && length < 4 && c.end[-1] == ')' && are_all(c.at, c.end - 1, "0123456789"))
        return length > 1;
    while (take_mark(&c))
        ;
    return c.at == c.end;
}

/* What stands behind: a unit without digits, no sentence; or a remark. */
static bool take_unit(cursor *c, ds_number_parts *p)
{
    const char *from = c->at;
    while (c->end > from && (c->end[-1] == ' ' || c->end[-1] == '\t'))
        c->end--;
    const size_t length = (size_t)(c->end - from);
    if (length >= sizeof p->unit)
        return false;
    p->remark = is_remark((cursor){from, c->end}, p->glued);
    for (size_t i = 0; i < length && !p->remark; i++)
        if (isdigit((unsigned char)from[i]) || strchr("<>=:;()\"-+_", from[i]))
            return false;
    memcpy(p->unit, from, length);
    p->unit[length] = '\0';
    return true;
}

/* As in exports of accounts: 9.22-, but not 12-15. */
static bool take_late_minus(cursor *c)
{
    cursor ahead = *c;
    if (!take(&ahead, "-") || (ahead.at < ahead.end && *ahead.at != ' '))
        return false;
    *c = ahead;
    return true;
}

bool ds_number_take_apart(const char *text, size_t length, ds_number_parts *p)
{
    cursor c = {text, text + length};
    *p = (ds_number_parts){.currency = NULL};
    skip_blanks(&c);
    p->bracketed = take(&c, "(");
    if (p->bracketed) {
        while (c.end > c.at && c.end[-1] != ')')
            c.end--;
        if (c.end == c.at)
            return false;
        c.end--;
        p->negative = true;
    }
    const bool sign = take_sign(&c, p);
    skip_blanks(&c);
    p->currency = take_currency(&c);
    skip_blanks(&c);
    if (!sign && p->currency)
        (void)take_sign(&c, p);
    if (!take_core(&c, p))
        return false;
    if (!sign && !p->bracketed && (p->late_minus = take_late_minus(&c)))
        p->negative = true;
    const char *behind = c.at;
    skip_blanks(&c);
    p->glued = c.at == behind;
    cursor money = c;
    if (!p->currency && (p->currency = take_currency(&money)) != NULL) {
        skip_blanks(&money);
        if (money.at == money.end)
            return true;
        p->currency = NULL;
    }
    return take_unit(&c, p);
}

bool ds_number_is_ledger(const ds_number_parts *parts)
{
    return strcasecmp(parts->unit, "cr") == 0 || strcasecmp(parts->unit, "dr") == 0;
}

/* Whether `mark` parts the whole part into groups of three, or, as in India, into groups of two before the
 * last one of three; decimal ends it, 0: nothing does. */
static bool groups(const char *core, char mark, char decimal)
{
    size_t run = 0, marks = 0;
    bool threes = true, twos = mark == ',';
    const char *p = core;
    for (; *p && *p != decimal && *p != 'e' && *p != 'E'; p++) {
        if (*p == mark) {
            threes = threes && run > 0 && (marks ? run == 3 : run <= 3);
            twos = twos && run > 0 && (marks ? run == 2 : run <= 2);
            run = 0;
            marks++;
        } else if (*p >= '0' && *p <= '9') {
            run++;
        } else {
            return false;
        }
    }
    return marks > 0 && run == 3 && (threes || twos);
}

static size_t count(const char *core, char mark)
{
    size_t n = 0;
    for (; *core; core++)
        n += *core == mark;
    return n;
}

ds_number_marks ds_number_marks_of(const ds_number_parts *parts)
{
    const char *core = parts->core;
    const size_t commas = count(core, ','), points = count(core, '.');
    const char *comma = strrchr(core, ','), *point = strrchr(core, '.');
    if (commas && points) {
        if (comma < point)
            return points == 1 && groups(core, ',', '.') ? DS_MARKS_THOUSANDS : DS_MARKS_BAD;
        return commas == 1 && groups(core, '.', ',') ? DS_MARKS_DECIMAL_COMMA : DS_MARKS_BAD;
    }
    if (commas > 1)
        return groups(core, ',', 0) ? DS_MARKS_THOUSANDS : DS_MARKS_BAD;
    if (points > 1)
        return groups(core, '.', 0) ? DS_MARKS_POINTS : DS_MARKS_BAD;
    if (commas == 1)
        return groups(core, ',', 0) && core[0] != '0' && !parts->parting ? DS_MARKS_EITHER
                                                                         : DS_MARKS_DECIMAL_COMMA;
    return DS_MARKS_NONE;
}

int ds_number_word(const char *text, size_t length, unsigned *pairs, bool *sure)
{
    static const char *const words[][2] = {{"false", "true"},
                                           {"no", "yes"},
                                           {"off", "on"},
                                           {"n", "y"},
                                           {"f", "t"},
                                           {"nein", "ja"},
                                           {"n", "j"},
                                           {"non", "oui"},
                                           {"n", "o"},
                                           {"faux", "vrai"},
                                           {"f", "v"},
                                           {"falsch", "wahr"},
                                           {"no", "si"},
                                           {"no", "s\xc3\xad"},
                                           {"falso", "verdadero"},
                                           {"falso", "verdadeiro"},
                                           {"n\xc3\xa3o", "sim"},
                                           {"nee", "ja"},
                                           {"nej", "ja"}};
    int value = -1;
    unsigned seen = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (int k = 0; k < 2; k++)
            if (strlen(words[i][k]) == length && strncasecmp(words[i][k], text, length) == 0) {
                value = k;
                seen |= 1u << i;
            }
    if (pairs)
        *pairs = seen;
    if (sure)
        *sure = length > 1;
    return value;
}

int ds_number_scale(const char *unit)
{
    static const struct {
        const char *unit;
        int zeros;
    } scales[] = {{"K", 3},       {"k", 3},        {"M", 6},       {"B", 9},        {"T", 12},
                  {"mn", 6},      {"bn", 9},       {"Mn", 6},      {"Bn", 9},       {"thousand", 3},
                  {"million", 6}, {"millions", 6}, {"billion", 9}, {"billions", 9}, {"trillion", 12},
                  {"Mio", 6},     {"Mio.", 6},     {"Mrd", 9},     {"Mrd.", 9}};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        if (strcmp(scales[i].unit, unit) == 0)
            return scales[i].zeros;
    return 0;
}

bool ds_number_same_unit(const char *a, const char *b)
{
    const size_t x = strlen(a), y = strlen(b), shorter = x < y ? x : y;
    if (x == y)
        return strcmp(a, b) == 0;
    /* "m" and "ms" are two. */
    return shorter > 2 && strncmp(a, b, shorter) == 0 && x + y == 2 * shorter + 1 &&
           (x > y ? a : b)[shorter] == 's';
}

/* Whether what stands around the digits is what the column's other values have. */
static bool is_dressed_alike(const ds_number_form *form, const ds_number_parts *p)
{
    if (form->currency && p->currency && strcmp(form->currency, p->currency) != 0)
        return false;
    if (!*p->unit)
        return !*form->unit || strspn(p->core, "0.,") == strlen(p->core);
    if (p->remark && form->remarks)
        return true;
    return form->scaled ? ds_number_scale(p->unit) > 0 : ds_number_same_unit(form->unit, p->unit);
}

ds_number_kind ds_number_read(const ds_number_form *form, const char *text, size_t length, double *value)
{
    ds_number_parts p;
    char plain[72];
    const int word = form->words ? ds_number_word(text, length, NULL, NULL) : -1;
    if (word >= 0) {
        *value = word;
        return DS_NUMBER_OK;
    }
    if (length > 200 || !ds_number_take_apart(text, length, &p))
        return DS_NUMBER_NONE;
    const int zeros = form->scaled && *p.unit ? ds_number_scale(p.unit) : 0;
    if (!is_dressed_alike(form, &p))
        return DS_NUMBER_NONE;
    const char decimal = form->decimal_comma ? ',' : '.', mark = form->thousands;
    if ((p.parting && p.parting != mark) || (mark && strchr(p.core, mark) && !groups(p.core, mark, decimal)))
        return DS_NUMBER_NONE;
    size_t n = 0;
    for (const char *c = p.core; *c; c++)
        if (*c != mark)
            plain[n++] = *c;
    if (zeros)
        n += (size_t)snprintf(plain + n, sizeof plain - n, "e%d", zeros);
    const ds_number_kind kind = ds_number_parse(plain, n, form->decimal_comma, value);
    if (kind == DS_NUMBER_OK && p.negative)
        *value = -*value;
    return kind;
}
