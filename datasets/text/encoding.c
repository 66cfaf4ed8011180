/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in UTF-8 and Windows-1252. */
#include "datasets/text/encoding.h"

#include "lib/base/memory.h"

#include <stdint.h>
#include <stdlib.h>

/* The bytes 0x80 to 0x9f; all others stand for themselves. */
static const uint16_t upper[32] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                   0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                   0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

/* The length of the character at text, its code point in *code; 0 where the bytes are no UTF-8. */
static size_t decode(const char *text, size_t length, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = (unsigned char)*text;
    const size_t size = first < 0x80   ? 1
                        : first < 0xc0 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf8 ? 4
                                       : 0;
    if (size == 0 || size > length)
        return 0;
    *code = size == 1 ? first : first & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        const unsigned char next = (unsigned char)text[i];
        if ((next & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (next & 0x3fu);
    }
    return *code < least[size] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : size;
}

bool ds_is_utf8(const char *text, size_t length)
{
    uint32_t code;
    for (size_t size; length; text += size, length -= size)
        if ((size = decode(text, length, &code)) == 0)
            return false;
    return true;
}

char *ds_utf8_from_1252(const char *text, size_t length)
{
    char *out = length < SIZE_MAX / 3 ? malloc(3 * length + 1) : NULL, *p = out;
    for (size_t i = 0; out && i < length; i++) {
        const unsigned char byte = (unsigned char)text[i];
        const unsigned code = byte >= 0x80 && byte < 0xa0 ? upper[byte - 0x80] : byte;
        if (code < 0x80) {
            *p++ = (char)code;
        } else if (code < 0x800) {
            *p++ = (char)(0xc0 | code >> 6);
            *p++ = (char)(0x80 | (code & 0x3f));
        } else {
            *p++ = (char)(0xe0 | code >> 12);
            *p++ = (char)(0x80 | (code >> 6 & 0x3f));
            *p++ = (char)(0x80 | (code & 0x3f));
        }
    }
    if (out)
        *p = '\0';
    return out;
}

size_t ds_put_1252(const char *text, FILE *stream)
{
    uint32_t code = 0;
    size_t length = 0;
    while (length < 4 && text[length])
        length++;
    const size_t size = decode(text, length, &code);
    if (size == 0) {
        putc(*text, stream);
        return 1;
    }
    int byte = code < 0x80 || (code >= 0xa0 && code < 0x100) ? (int)code : '?';
    for (int i = 0; i < 32 && code >= 0x80; i++)
        if (upper[i] == code)
            byte = 0x80 + i;
    putc(byte, stream);
    return size;
}

char *ds_name_copy(const char *text, size_t length, bool *recoded)
{
    if (ds_is_utf8(text, length))
        return nn_text_copy(text, length);
    *recoded = true;
    return ds_utf8_from_1252(text, length);
}
