/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire format of protocol buffers (protobuf.dev/programming-guides/encoding): a field is its number and
 * type as a varint, then its value. */
#include "forecast/exchange/protobuf.h"

#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, DELIMITED = 2, FIXED32 = 5 };

static void put(fc_protobuf *to, const void *bytes, size_t size)
{
    if (to->failed)
        return;
    if (size > to->room - to->size) {
        size_t room = to->room ? to->room : 64;
        while (room - to->size < size)
            room *= 2;
        unsigned char *more = realloc(to->bytes, room);
        if (!more) {
            to->failed = true;
            return;
        }
        to->bytes = more;
        to->room = room;
    }
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void put_varint(fc_protobuf *to, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    do {
        bytes[n] = (unsigned char)((value & 127) | (value > 127 ? 128 : 0));
        value >>= 7;
        n++;
    } while (value);
    put(to, bytes, n);
}

static void put_key(fc_protobuf *to, int field, int type)
{
    put_varint(to, (uint64_t)field << 3 | (uint64_t)type);
}

void fc_protobuf_whole(fc_protobuf *to, int field, int64_t value)
{
    put_key(to, field, VARINT);
    put_varint(to, (uint64_t)value);
}

void fc_protobuf_float(fc_protobuf *to, int field, float value)
{
    put_key(to, field, FIXED32);
    put(to, &value, sizeof value);
}

void fc_protobuf_bytes(fc_protobuf *to, int field, const void *bytes, size_t size)
{
    put_key(to, field, DELIMITED);
    put_varint(to, size);
    if (size)
        put(to, bytes, size);
}

void fc_protobuf_text(fc_protobuf *to, int field, const char *text)
{
    fc_protobuf_bytes(to, field, text, strlen(text));
}

void fc_protobuf_message(fc_protobuf *to, int field, fc_protobuf *message)
{
    to->failed |= message->failed;
    fc_protobuf_bytes(to, field, message->bytes, message->size);
    fc_protobuf_clear(message);
}

void fc_protobuf_clear(fc_protobuf *message)
{
    free(message->bytes);
    *message = (fc_protobuf){0};
}
