/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collects what is written to a stream in one growing block. */
#include "lib/files/text_stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(nn_text_stream *s, size_t more)
{
    if (more >= PTRDIFF_MAX - s->length)
        return false;
    const size_t want = s->length + more + 1;
    if (want <= s->room)
        return true;
    const size_t room = want < 2 * s->room ? 2 * s->room : want < 512 ? 512 : want;
    char *text = realloc(s->text, room);
    if (text) {
        s->text = text;
        s->room = room;
    }
    return text != NULL;
}

static ssize_t put_bytes(void *cookie, const char *bytes, size_t size)
{
    nn_text_stream *s = cookie;
    s->failed |= !reserve(s, size);
    if (s->failed)
        return 0;
    memcpy(s->text + s->length, bytes, size);
    s->length += size;
    return (ssize_t)size;
}

bool nn_text_open(nn_text_stream *stream)
{
    *stream = (nn_text_stream){0};
    stream->out = fopencookie(stream, "w", (cookie_io_functions_t){.write = put_bytes});
    return stream->out != NULL;
}

bool nn_text_close(nn_text_stream *stream)
{
    stream->failed |= ferror(stream->out) != 0;
    stream->failed |= fclose(stream->out) != 0;
    stream->out = NULL;
    stream->failed |= !reserve(stream, 0);
    if (stream->failed) {
        free(stream->text);
        stream->text = NULL;
        stream->length = 0;
        return false;
    }
    stream->text[stream->length] = '\0';
    return true;
}
