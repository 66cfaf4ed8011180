/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of Google's protocol buffers, written: fields one after the other into bytes that grow. */
#ifndef FC_PROTOBUF_H
#define FC_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fc_protobuf {
    unsigned char *bytes; /* owned */
    size_t size, room;
    bool failed; /* no memory: what follows is ignored */
} fc_protobuf;

void fc_protobuf_whole(fc_protobuf *to, int field, int64_t value);
void fc_protobuf_float(fc_protobuf *to, int field, float value);
void fc_protobuf_bytes(fc_protobuf *to, int field, const void *bytes, size_t size);
void fc_protobuf_text(fc_protobuf *to, int field, const char *text);
/* A message as a field; empties it. */
void fc_protobuf_message(fc_protobuf *to, int field, fc_protobuf *message);
void fc_protobuf_clear(fc_protobuf *message);

#endif
