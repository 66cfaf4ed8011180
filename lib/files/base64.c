/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Base64 of single-precision numbers, for lists too long to be written out in digits. */
#include "lib/files/base64.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The i-th byte of all, of values of which the upper `kept` bytes stay. */
static unsigned byte_of(const double *values, size_t i, size_t kept)
{
    const float value = (float)values[i / kept];
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (kept < 4 && (bits & 0x7fffffff) < 0x7f000000)
        bits += (uint32_t)1 << (8 * (4 - kept) - 1);
    return bits >> (8 * (4 - kept + i % kept)) & 255;
}

char *nn_base64_rounded(const double *values, size_t count, size_t kept)
{
    const size_t bytes = kept * count;
    char *text = count < SIZE_MAX / 16 ? malloc((bytes + 2) / 3 * 4 + 1) : NULL, *at = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < bytes; i += 3) {
        unsigned word = byte_of(values, i, kept) << 16;
        if (i + 1 < bytes)
            word |= byte_of(values, i + 1, kept) << 8;
        if (i + 2 < bytes)
            word |= byte_of(values, i + 2, kept);
        *at++ = digits[word >> 18];
        *at++ = digits[word >> 12 & 63];
        *at++ = i + 1 < bytes ? digits[word >> 6 & 63] : '=';
        *at++ = i + 2 < bytes ? digits[word & 63] : '=';
    }
    *at = '\0';
    return text;
}

char *nn_base64_floats(const double *values, size_t count)
{
    return nn_base64_rounded(values, count, 4);
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

bool nn_base64_read_rounded(const char *text, size_t length, double *values, size_t count, size_t kept)
{
    if (count >= SIZE_MAX / 16 || length != (kept * count + 2) / 3 * 4)
        return false;
    uint32_t word = 0, bits = 0;
    size_t have = 0, got = 0; /* bits in word; bytes of all */
    for (size_t i = 0; i < length && got < kept * count; i++) {
        const int digit = digit_of(text[i]);
        if (digit < 0)
            return false;
        word = word << 6 | (uint32_t)digit;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        bits = bits >> 8 | (word >> have & 255) << 24;
        if (++got % kept)
            continue;
        float value;
        memcpy(&value, &bits, sizeof value);
        values[got / kept - 1] = (double)value;
        bits = 0;
        if (!isfinite(value))
            return false;
    }
    return got == kept * count;
}

bool nn_base64_read_floats(const char *text, size_t length, double *values, size_t count)
{
    return nn_base64_read_rounded(text, length, values, count, 4);
}
