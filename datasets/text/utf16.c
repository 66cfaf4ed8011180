/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoding UTF-16. */
#include "datasets/text/utf16.h"

int ds_utf16_order(const unsigned char *bytes, size_t length)
{
    enum { LEAST = 8, MOST = 512 };
    size_t zeros[2] = {0}, n = length < MOST ? length : MOST;
    if (length >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe)
        return 1;
    if (length >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff)
        return 2;
    for (size_t i = 0; i < n; i++)
        zeros[i % 2] += bytes[i] == 0;
    for (int side = 0; side < 2; side++)
        if (n >= LEAST && 20 * zeros[side] >= 9 * n && zeros[1 - side] == 0)
            return side == 1 ? 1 : 2;
    return 0;
}

static size_t put(char *out, unsigned c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

size_t ds_utf16_decode(ds_utf16 *state, const unsigned char *bytes, size_t length, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (!state->byte) {
            state->first = bytes[i];
            state->byte = 1;
            continue;
        }
        state->byte = 0;
        const unsigned unit = state->order == 1 ? state->first | (unsigned)bytes[i] << 8
                                                : (unsigned)state->first << 8 | bytes[i];
        const unsigned high = state->high;
        state->high = 0;
        if (high && unit >= 0xdc00 && unit < 0xe000) {
            n += put(out + n, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
            continue;
        }
        if (high)
            n += put(out + n, 0xfffd);
        if (unit >= 0xd800 && unit < 0xdc00)
            state->high = unit;
        else
            n += put(out + n, unit >= 0xdc00 && unit < 0xe000 ? 0xfffd : unit);
    }
    return n;
}
