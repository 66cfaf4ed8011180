/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Base64 of single-precision numbers, for lists too long to be written out in digits. */
#include "lib/base/base64.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static unsigned byte_of(const double *values, size_t i)
{
    const float value = (float)values[i / 4];
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> (8 * (i % 4)) & 255;
}

char *nn_base64_floats(const double *values, size_t count)
{
    const size_t bytes = 4 * count;
    char *text = count < SIZE_MAX / 16 ? malloc((bytes + 2) / 3 * 4 + 1) : NULL, *at = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < bytes; i += 3) {
        unsigned word = byte_of(values, i) << 16;
        if (i + 1 < bytes)
            word |= byte_of(values, i + 1) << 8;
        if (i + 2 < bytes)
            word |= byte_of(values, i + 2);
        *at++ = digits[word >> 18];
        *at++ = digits[word >> 12 & 63];
        *at++ = i + 1 < bytes ? digits[word >> 6 & 63] : '=';
        *at++ = i + 2 < bytes ? digits[word & 63] : '=';
    }
    *at = '\0';
    return text;
}

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool nn_base64_read_floats(const char *text, size_t length, double *values, size_t count)
{
    if (count >= SIZE_MAX / 16 || length != (4 * count + 2) / 3 * 4)
        return false;
    uint32_t word = 0, bits = 0;
    size_t have = 0, got = 0; /* bits in word; bytes of all */
    for (size_t i = 0; i < length && got < 4 * count; i++) {
        const int digit = digit_of(text[i]);
        if (digit < 0)
            return false;
        word = word << 6 | (uint32_t)digit;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        bits = bits >> 8 | (word >> have & 255) << 24;
        if (++got % 4)
            continue;
        float value;
        memcpy(&value, &bits, sizeof value);
        values[got / 4 - 1] = (double)value;
        if (!isfinite(value))
            return false;
    }
    return got == 4 * count;
}
