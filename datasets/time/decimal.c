/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal numbers in text, read as strtod reads them and written shortest. */
#include "datasets/time/decimal.h"

#include "lib/base/c_locale.h"
#include "lib/base/text.h"

#include <float.h> /* LDBL_MANT_DIG, without which the fast way is left out in silence */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 1000 };

/* What the grammar found: value = digits * 10^exponent, exactly when `exact`. */
typedef struct decimal {
    uint64_t digits;
    int exponent;
    bool negative;
    bool exact; /* at most 19 significant digits, all of them in digits */
} decimal;

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool scan_exponent(const char *p, const char *end, int *exponent)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    int e = 0;
    for (; p < end; p++) {
        if (!is_digit(*p))
            return false;
        if (e < 100000)
            e = 10 * e + (*p - '0');
    }
    *exponent += negative ? -e : e;
    return true;
}

static bool scan_decimal(const char *p, const char *end, char point, decimal *d)
{
    *d = (decimal){.negative = p < end && *p == '-'};
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    uint64_t w = 0;
    const char *first = p;
    for (; p < end && is_digit(*p); p++)
        w = 10 * w + (uint64_t)(*p - '0');
    size_t count = (size_t)(p - first);
    if (p < end && *p == point) {
        const char *fraction = ++p;
        for (; p < end && is_digit(*p); p++)
            w = 10 * w + (uint64_t)(*p - '0');
        count += (size_t)(p - fraction);
        d->exponent = -(int)(p - fraction);
    }
    if (count == 0)
        return false;
    if (count > 19) {
        /* w may have wrapped: only leading zeros keep it exact. */
        for (const char *z = first; z < end && (*z == '0' || *z == point); z++)
            count -= *z == '0';
    }
    d->exact = count <= 19;
    d->digits = w;
    if (p == end)
        return true;
    return (*p == 'e' || *p == 'E') && scan_exponent(p + 1, end, &d->exponent);
}

/* Exact powers of ten make one correctly rounded operation, and that is what strtod would give. */
static bool exact_value(const decimal *d, double *value)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (d->digits >> 53 || d->exponent < -22 || d->exponent > 22)
        return false;
    double w = (double)d->digits;
    *value = d->exponent < 0 ? w / power[-d->exponent] : w * power[d->exponent];
    return true;
}

/* x87 extended numbers hold 19 digits and 10^27 exactly. Their quotient is rounded to 64 bits; rounding it
 * again to 53 is right unless it lies just half-way between two doubles, where the first rounding may have
 * hidden the direction. */
static bool extended_value(const decimal *d, double *value)
{
#if LDBL_MANT_DIG == 64 && (defined(__x86_64__) || defined(__i386__))
    static const long double power[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
                                        1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
                                        1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    if (d->exponent < -27 || d->exponent > 27)
        return false;
    long double w = (long double)d->digits;
    w = d->exponent < 0 ? w / power[-d->exponent] : w * power[d->exponent];
    uint64_t mantissa;
    memcpy(&mantissa, &w, sizeof mantissa);
    if ((mantissa & 0x7ff) == 0x400)
        return false;
    *value = (double)w;
    return true;
#else
    (void)d;
    (void)value;
    return false;
#endif
}

static ds_number_kind slow_value(const char *text, size_t length, char point, double *value)
{
    char copy[LONGEST + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *mark = memchr(copy, point, length);
    if (mark)
        *mark = '.';
    const locale_t c_locale = nn_c_locale();
    *value = c_locale ? strtod_l(copy, NULL, c_locale) : strtod(copy, NULL);
    return isfinite(*value) ? DS_NUMBER_OK : DS_NUMBER_INFINITE;
}

static bool is_infinite_word(const char *text, size_t length)
{
    if (length && (*text == '+' || *text == '-')) {
        text++;
        length--;
    }
    return (length == 3 && strncasecmp(text, "inf", 3) == 0) ||
           (length == 8 && strncasecmp(text, "infinity", 8) == 0);
}

ds_number_kind ds_number_parse(const char *text, size_t length, bool decimal_comma, double *value)
{
    const char point = decimal_comma ? ',' : '.';
    decimal d;
    if (length > LONGEST)
        return DS_NUMBER_NONE;
    if (!scan_decimal(text, text + length, point, &d))
        return is_infinite_word(text, length) ? DS_NUMBER_INFINITE : DS_NUMBER_NONE;
    if (d.exact && (exact_value(&d, value) || extended_value(&d, value))) {
        if (d.negative)
            *value = -*value;
        return DS_NUMBER_OK;
    }
    return slow_value(text, length, point, value);
}

bool ds_decimal_value(uint64_t digits, int decimals, double *value)
{
    const decimal d = {.digits = digits, .exponent = -decimals, .exact = true};
    return exact_value(&d, value) || extended_value(&d, value);
}

/* Spreadsheets and people read 97857310 better than 9.785731e+07. */
static int without_exponent(double value, char *text, size_t size, int length)
{
    const char *mark = strchr(text, 'e');
    const int exponent = mark ? atoi(mark + 1) : 0;
    if (!mark || exponent < -9 || exponent > 14)
        return length;
    int digits = 0;
    for (const char *c = text; c < mark; c++)
        digits += *c >= '0' && *c <= '9';
    const int decimals = digits - 1 - exponent;
    return snprintf(text, size, "%.*f", decimals > 0 ? decimals : 0, value);
}

/* Digits that keep a decimal within the tolerance of the value. */
static int digits_needed(double value, double tolerance)
{
    const double size = fabs(value), least = 1e-9 * size;
    tolerance = tolerance > 0 && tolerance < least ? tolerance : least;
    const double digits = ceil(floor(log10(size)) + 1 - log10(2 * tolerance));
    return digits < 1 ? 1 : digits > 17 || isnan(digits) ? 17 : (int)digits;
}

static int decimals_of(const char *text)
{
    const char *point = strchr(text, '.'), *mark = strchr(text, 'e');
    const int decimals = point ? (int)((mark ? mark : strchr(text, '\0')) - point) - 1 : 0;
    return mark ? decimals - atoi(mark + 1) : decimals;
}

bool ds_number_has_decimals(double value, int decimals)
{
    static const double power[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
    if (decimals < 0 || decimals >= (int)(sizeof power / sizeof *power))
        return false;
    const double whole = rint(value * power[decimals]);
    return fabs(whole) < 1e15 && whole / power[decimals] == value;
}

int ds_number_decimals(double value)
{
    char text[DS_NUMBER_SIZE];
    const locale_t c_locale = nn_c_locale();
    locale_t before = c_locale ? uselocale(c_locale) : (locale_t)0;
    snprintf(text, sizeof text, "%.15g", value);
    const bool exact = strtod(text, NULL) == value;
    if (before)
        uselocale(before);
    return exact ? decimals_of(text) : DS_ANY_DECIMALS;
}

int ds_number_print(double value, ds_exactness form, bool decimal_comma, char *text, size_t size)
{
    if (size == 0)
        return 0;
    *text = '\0';
    if (isnan(value))
        return 0;
    const locale_t c_locale = nn_c_locale();
    locale_t before = c_locale ? uselocale(c_locale) : (locale_t)0;
    int n = snprintf(text, size, "%.15g", value);
    if (strtod(text, NULL) != value || decimals_of(text) > form.decimals)
        n = snprintf(text, size, "%.*g", digits_needed(value, form.tolerance), value);
    n = without_exponent(value, text, size, n);
    if (before)
        uselocale(before);
    char *point = decimal_comma ? strchr(text, '.') : NULL;
    if (point)
        *point = ',';
    return n;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

/* A number among the words stands for however it is written: -9999 for -9999.0. */
static bool is_same_number(const char *a, size_t length, const char *b, size_t size)
{
    double x, y;
    const char *signs = "+-.0123456789";
    return length && size && strchr(signs, *a) && strchr(signs, *b) &&
           ds_number_parse(a, length, false, &x) == DS_NUMBER_OK &&
           ds_number_parse(b, size, false, &y) == DS_NUMBER_OK && x == y;
}

bool ds_missing_word(const char *text, size_t length, const char *more)
{
    static const char *const words[] = {"", "na", "nan", "n/a", "#n/a", "null", "?", ".", "..", "...", ":"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(text, length, words[i]))
            return true;
    const char *item;
    size_t size;
    while (nn_list_next(&more, &item, &size))
        if ((size == length && strncasecmp(item, text, length) == 0) ||
            is_same_number(text, length, item, size))
            return true;
    return false;
}
