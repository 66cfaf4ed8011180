/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A large output file, compressed where its name asks for it, whole or not at all. */
#include "datasets/simulate/sink.h"

#include "lib/files/output.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { ROOM = 1 << 16, LONGEST = 400 /* one number: %.9f of the largest double */ };

struct ds_sink {
    nn_output *output;
    FILE *stream;
    bool zipped, failed, finished;
    int reason; /* errno of what failed first */
    char *path;
    z_stream zip;
    size_t length;
    char text[ROOM];
    unsigned char packed[ROOM];
};

static bool ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

ds_sink *ds_sink_open(const char *path, nn_error *error)
{
    const int gzip_window = 15 + 16;
    ds_sink *s = calloc(1, sizeof *s);
    bool whole = s != NULL;
    if (s && ends_in(path, ".gz"))
        whole = s->zipped =
            deflateInit2(&s->zip, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, 9, Z_DEFAULT_STRATEGY) == Z_OK;
    whole = whole && (s->path = strdup(path));
    if (!whole)
        nn_no_memory(error);
    else if ((s->output = nn_output_open(path, error)))
        s->stream = nn_output_stream(s->output);
    if (s && s->stream)
        return s;
    ds_sink_abandon(s);
    return NULL;
}

static void deflate_text(ds_sink *s, int flush)
{
    int code;
    s->zip.next_in = (unsigned char *)s->text;
    s->zip.avail_in = (unsigned)s->length;
    do {
        s->zip.next_out = s->packed;
        s->zip.avail_out = ROOM;
        code = deflate(&s->zip, flush);
        const size_t size = ROOM - s->zip.avail_out;
        errno = 0;
        s->failed |= code == Z_STREAM_ERROR || fwrite(s->packed, 1, size, s->stream) != size;
    } while (!s->failed && s->zip.avail_out == 0);
}

static void empty(ds_sink *s, int flush)
{
    if (!s->failed && s->zipped) {
        deflate_text(s, flush);
    } else if (!s->failed) {
        errno = 0;
        s->failed = fwrite(s->text, 1, s->length, s->stream) != s->length;
    }
    if (s->failed && !s->reason)
        s->reason = errno;
    s->length = 0;
}

static void make_room(ds_sink *s, size_t size)
{
    if (s->length + size > ROOM)
        empty(s, Z_NO_FLUSH);
}

void ds_sink_char(ds_sink *s, char c)
{
    make_room(s, 1);
    s->text[s->length++] = c;
}

void ds_sink_text(ds_sink *s, const char *text)
{
    while (*text)
        ds_sink_char(s, *text++);
}

/* Digits of a whole number, the last `decimals` of them behind the point. */
static void put_fixed(ds_sink *s, uint64_t value, int decimals, bool negative)
{
    char digits[32];
    int n = 0;
    for (; value || n <= decimals; value /= 10) {
        digits[n++] = (char)('0' + value % 10);
        if (n == decimals)
            digits[n++] = '.';
    }
    if (digits[n - 1] == '.')
        digits[n++] = '0';
    if (negative)
        digits[n++] = '-';
    while (n)
        s->text[s->length++] = digits[--n];
}

void ds_sink_number(ds_sink *s, double value, int decimals)
{
    static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    make_room(s, LONGEST);
    const double scaled = fabs(value) * power[decimals];
    if (scaled < 1e15) {
        const uint64_t whole = (uint64_t)llrint(scaled);
        put_fixed(s, whole, decimals, value < 0 && whole);
    } else if (isnan(value)) {
        ds_sink_text(s, "nan");
    } else {
        s->length += (size_t)snprintf(s->text + s->length, LONGEST, "%.*f", decimals, value);
    }
}

void ds_sink_gap(ds_sink *s, double value, int decimals)
{
    if (!isnan(value))
        ds_sink_number(s, value, decimals);
}

int ds_sink_failed(const ds_sink *s)
{
    return s->failed;
}

int ds_sink_finish(ds_sink *s, nn_error *error)
{
    if (!s->finished && !s->failed) {
        empty(s, Z_FINISH);
        s->finished = true;
        errno = 0;
        if (!s->failed && fflush(s->stream)) {
            s->failed = true;
            s->reason = errno;
        }
    }
    return s->failed ? nn_fail(error, NN_FAILED, "%s: writing failed: %s", s->path,
                               s->reason ? strerror(s->reason) : "the data cannot be compressed")
                     : NN_OK;
}

int ds_sink_commit(ds_sink *s, nn_error *error)
{
    if (ds_sink_finish(s, error)) {
        ds_sink_abandon(s);
        return NN_FAILED;
    }
    nn_output *output = s->output;
    s->output = NULL;
    const int code = nn_output_commit(output, error);
    ds_sink_abandon(s);
    return code;
}

void ds_sink_abandon(ds_sink *s)
{
    if (!s)
        return;
    if (s->zipped)
        deflateEnd(&s->zip);
    nn_output_abandon(s->output);
    free(s->path);
    free(s);
}
