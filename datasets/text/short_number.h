/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Borders of fields and short decimals out of text, many bytes at a time: most fields of most files are such
 * numbers. */
#ifndef DS_SHORT_NUMBER_H
#define DS_SHORT_NUMBER_H

#include "datasets/time/decimal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { DS_AT_ONCE = 64 }; /* bytes from a text on that are read, and must be readable */

#ifdef __SSE2__
#include <emmintrin.h>

/* Bit k: the byte k is the one that is looked for. */
static inline uint64_t ds_bytes_like(const char *text, char byte)
{
    uint64_t found = 0;
    for (int k = 0; k < DS_AT_ONCE; k += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + k));
        const int like = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)));
        found |= (uint64_t)(unsigned)like << k;
    }
    return found;
}

/* The number of eight digits, values 0 to 9 with the first in the lowest byte: neighbours are put together to
 * pairs, these to fours, and these to eight. */
static inline uint64_t ds_eight_digits(uint64_t digits)
{
    const uint64_t pairs = 10 * digits + (digits >> 8), every = 0x000000ff000000ff;
    return ((pairs & every) * (100 + (1000000ULL << 32)) + (pairs >> 16 & every) * (1 + (10000ULL << 32))) >>
           32;
}

/* Of up to sixteen digits, the last `count` of which count. */
static inline uint64_t ds_sixteen_digits(unsigned __int128 digits, int count)
{
    digits <<= 8 * (16 - count);
    return 100000000 * ds_eight_digits((uint64_t)digits) + ds_eight_digits((uint64_t)(digits >> 64));
}

static inline unsigned __int128 ds_sixteen_bytes(__m128i bytes)
{
    unsigned __int128 value;
    memcpy(&value, &bytes, sizeof value);
    return value;
}

/* A number of more digits than sixteen bytes hold: those before and behind the point by themselves. */
static inline bool ds_longer_number(const char *text, int length, double *value)
{
    static const uint64_t power[] = {1,
                                     10,
                                     100,
                                     1000,
                                     10000,
                                     100000,
                                     1000000,
                                     10000000,
                                     100000000,
                                     1000000000,
                                     10000000000,
                                     100000000000,
                                     1000000000000,
                                     10000000000000,
                                     100000000000000,
                                     1000000000000000,
                                     10000000000000000};
    const __m128i zero = _mm_set1_epi8('0'), nine = _mm_set1_epi8(9);
    uint64_t others = 0, whole;
    for (int k = 0; k < 32; k += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + k));
        const __m128i values = _mm_sub_epi8(bytes, zero);
        const int digits = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(values, nine), values));
        others |= (uint64_t)(~(unsigned)digits & 0xffff) << k;
    }
    others &= ((uint64_t)1 << length) - 1;
    const int at = others ? __builtin_ctzll(others) : 0, behind = length - at - 1;
    if (!others || (others & (others - 1)) || text[at] != '.' || at > 8 || behind > 16 || length > 20)
        return false;
    memcpy(&whole, text, sizeof whole);
    whole = at ? ds_eight_digits((whole - 0x3030303030303030) << 8 * (8 - at)) : 0;
    const __m128i rest = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)(text + at + 1)), zero);
    return ds_decimal_value(whole * power[behind] + ds_sixteen_digits(ds_sixteen_bytes(rest), behind), behind,
                            value);
}

/* The number that a text of so many bytes is, when it is one of digits, perhaps with a minus before and a
 * point among them, whose digits are an exact double: the quotient of it and of an exact power of ten is what
 * strtod gives. False: it may be a number all the same. */
static inline bool ds_short_number(const char *text, size_t size, double *value)
{
    static const double power[] = {1e0, 1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7, 1e8,
                                   1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16};
    const bool negative = *text == '-';
    text += negative;
    size -= negative;
    if (size > 24 || size == 0)
        return false;
    const int length = (int)size;
    if (length > 15) {
        const bool found = ds_longer_number(text, length, value);
        *value = found && negative ? -*value : *value;
        return found;
    }
    const __m128i digits =
        _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)text), _mm_set1_epi8('0'));
    const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
    const unsigned others = ~(unsigned)_mm_movemask_epi8(is_digit) & ((1u << length) - 1);
    int count = length, decimals = 0;
    if (others) { /* one, the point, which is left out */
        const int at = __builtin_ctz(others);
        if ((others & (others - 1)) || text[at] != '.' || --count == 0)
            return false;
        decimals = count - at;
    }
    uint64_t number;
    if (length <= 8) {
        uint64_t packed = (uint64_t)_mm_cvtsi128_si64(digits);
        const uint64_t before = ((uint64_t)1 << 8 * (count - decimals) % 64) - 1;
        packed = others ? (packed & before) | (packed >> 8 & ~before) : packed;
        number = ds_eight_digits(packed << 8 * (8 - count));
    } else {
        unsigned __int128 packed = ds_sixteen_bytes(digits);
        const unsigned __int128 before = ((unsigned __int128)1 << 8 * (count - decimals)) - 1;
        packed = others ? (packed & before) | (packed >> 8 & ~before) : packed;
        number = ds_sixteen_digits(packed, count);
    }
    const double quotient = (double)(int64_t)number / power[decimals];
    *value = negative ? -quotient : quotient;
    return true;
}
#else
static inline uint64_t ds_bytes_like(const char *text, char byte)
{
    uint64_t found = 0;
    for (int k = 0; k < DS_AT_ONCE; k++)
        found |= (uint64_t)(text[k] == byte) << k;
    return found;
}

static inline bool ds_short_number(const char *text, size_t size, double *value)
{
    const size_t negative = size && *text == '-';
    size_t behind = size, digits = 0;
    uint64_t number = 0;
    for (size_t i = negative; i < size; i++) {
        if (*(text + i) == '.' && behind == size)
            behind = i + 1;
        else if ((unsigned char)(text[i] - '0') < 10 && ++digits < 20)
            number = 10 * number + (uint64_t)(text[i] - '0');
        else
            return false;
    }
    const bool found = digits && ds_decimal_value(number, (int)(size - behind), value);
    *value = found && negative ? -*value : *value;
    return found;
}
#endif

#endif
