/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Avro object container files of alerts: a header with the schema, and blocks of records with a mark behind
 * each. Written by hand, as the format is small: Debian's libavro brings a decompressor in C++ along and
 * believes what a damaged file says of its sizes. A record's number stands where texts have a line. */
#include "datasets/lightcurves/format.h"
#include "datasets/lightcurves/formats/avro_schema.h"
#include "datasets/lightcurves/formats/records.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/files/json_text.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PIECE = DS_BUFFER(1 << 16), SYNC = 16, BLOCK_LIMIT = 256 << 20, HEADER_LIMIT = 16 << 20 };
static const char magic[] = {'O', 'b', 'j', 1};

typedef struct reader {
    ds_cells cells;
    ds_avro_schema schema;
    bool has_schema, deflated, ended;
    unsigned char sync[SYNC];
    unsigned char *bytes; /* [at, size) is not worked off */
    size_t at, size, room;
    unsigned char *block; /* unpacked */
    size_t block_room;
    uint64_t before; /* bytes of the file before `bytes` */
    size_t record;
} reader;

static void close_avro(ds_lightcurves *r)
{
    reader *a = r->inside;
    if (!a)
        return;
    ds_cells_free(&a->cells);
    ds_avro_schema_free(&a->schema);
    free(a->bytes);
    free(a->block);
    free(a);
    r->inside = NULL;
}

/* --- bytes --- */

static bool make_room(unsigned char **block, size_t *room, size_t size)
{
    if (size <= *room)
        return true;
    unsigned char *more = nn_resize(*block, size + size / 2, 1, 1);
    if (!more)
        return false;
    *block = more;
    *room = size + size / 2;
    return true;
}

/* Makes sure of so many bytes behind `at`, read piece by piece: what a file says of its sizes is not believed
 * before it is there. *there: they are. */
static int need(ds_lightcurves *r, reader *a, size_t bytes, bool *there)
{
    while (a->size - a->at < bytes && !a->ended) {
        size_t got = 0;
        if (a->at > PIECE) {
            memmove(a->bytes, a->bytes + a->at, a->size - a->at);
            a->before += a->at;
            a->size -= a->at;
            a->at = 0;
        }
        if (!make_room(&a->bytes, &a->room, a->size + PIECE))
            return ds_photometry_no_memory(r);
        const int code =
            ds_source_read_some(r->source, (char *)a->bytes + a->size, a->room - a->size, &got, r->error);
        if (code)
            return code;
        a->size += got;
        a->ended = got == 0;
    }
    *there = a->size - a->at >= bytes;
    return NN_OK;
}

static int fail_at(ds_lightcurves *r, const reader *a, const char *what)
{
    return nn_fail(r->error, NN_BAD_DATA, "%s: byte %llu: %s", r->name,
                   (unsigned long long)(a->before + a->at), what);
}

static int take_long(ds_lightcurves *r, reader *a, long long *value)
{
    bool there;
    const int code = need(r, a, 10, &there);
    if (code)
        return code;
    return ds_avro_long(a->bytes, a->size, &a->at, value)
               ? NN_OK
               : fail_at(r, a, "the Avro file is cut off or damaged");
}

/* --- the header --- */

static int take_schema(ds_lightcurves *r, reader *a, const char *text, size_t length)
{
    json_t *json = NULL;
    nn_error reason = {0};
    int code = nn_json_parse(&json, text, length, 0, &reason);
    ds_avro_schema_free(&a->schema);
    if (!code)
        code = ds_avro_schema_read(&a->schema, json, &reason);
    json_decref(json);
    a->has_schema = !code;
    return code == NN_FAILED ? ds_photometry_no_memory(r)
           : code ? nn_fail(r->error, code, "%s: the Avro file's schema: %.200s", r->name, reason.text)
                  : NN_OK;
}

static int take_codec(ds_lightcurves *r, reader *a, const char *name, size_t length)
{
    a->deflated = length == 7 && memcmp(name, "deflate", 7) == 0;
    return a->deflated || (length == 4 && memcmp(name, "null", 4) == 0)
               ? NN_OK
               : nn_fail(r->error, NN_BAD_DATA,
                         "%s: the Avro file is packed by '%s'; the codecs null and deflate are read", r->name,
                         NN_SHOWN(40, name, length));
}

/* A text of the header; its bytes stay where they are until more is read. */
static int take_text(ds_lightcurves *r, reader *a, const char **text, size_t *length)
{
    long long size = 0;
    bool there = false;
    int code = take_long(r, a, &size);
    if (!code && (size < 0 || size > HEADER_LIMIT))
        return fail_at(r, a, "the Avro file's header is damaged");
    if (!code)
        code = need(r, a, (size_t)size, &there);
    if (code || !there)
        return code ? code : fail_at(r, a, "the Avro file ends within its header");
    *text = (const char *)a->bytes + a->at;
    *length = (size_t)size;
    a->at += *length;
    return NN_OK;
}

static int take_entry(ds_lightcurves *r, reader *a)
{
    const char *text = "";
    size_t length = 0;
    char key[32] = "";
    int code = take_text(r, a, &text, &length);
    if (!code && length < sizeof key)
        memcpy(key, text, length);
    if (!code)
        code = take_text(r, a, &text, &length);
    if (code)
        return code;
    return strcmp(key, "avro.schema") == 0  ? take_schema(r, a, text, length)
           : strcmp(key, "avro.codec") == 0 ? take_codec(r, a, text, length)
                                            : NN_OK;
}

static int take_header(ds_lightcurves *r, reader *a)
{
    long long count = 0, bytes;
    bool there = false;
    a->at += sizeof magic;
    a->has_schema = a->deflated = false;
    int code = NN_OK;
    while (!(code = take_long(r, a, &count)) && count) {
        if (count < 0 && (code = take_long(r, a, &bytes)))
            return code;
        for (count = count < 0 ? -(count + 1) + 1 : count; count > 0 && !code; count--)
            code = take_entry(r, a);
        if (code)
            return code;
    }
    if (!code)
        code = need(r, a, SYNC, &there);
    if (code || !there || !a->has_schema)
        return code ? code
                    : fail_at(r, a,
                              there ? "the Avro file has no schema" : "the Avro file ends within its header");
    memcpy(a->sync, a->bytes + a->at, SYNC);
    a->at += SYNC;
    return NN_OK;
}

/* --- blocks --- */

static int take_records(ds_lightcurves *r, reader *a, const unsigned char *bytes, size_t size,
                        long long count)
{
    size_t at = 0;
    int code = NN_OK;
    for (; count > 0 && !code; count--) {
        json_t *record = NULL;
        nn_error reason = {0};
        a->record++;
        nn_json_short();
        int broken = ds_avro_value(&record, &a->schema, bytes, size, &at, &reason);
        code = broken ? nn_fail(r->error, broken, "%s:%zu: %s", r->name, a->record, reason.text)
                      : ds_records_take(&a->cells, record, a->record);
        json_decref(record);
        if (nn_json_short())
            return ds_photometry_no_memory(r);
        code = ds_photometry_leave_out(r, code);
        if (broken)
            return code; /* where the next one begins is not known: the rest of the block goes */
    }
    return code;
}

static int unpack(ds_lightcurves *r, reader *a, size_t size, size_t *unpacked)
{
    z_stream z = {.next_in = a->bytes + a->at, .avail_in = (uInt)size};
    int status = inflateInit2(&z, -15), code = status == Z_OK ? NN_OK : ds_photometry_no_memory(r);
    while (!code && status == Z_OK) {
        if (z.total_out > BLOCK_LIMIT)
            code = fail_at(r, a, "a block of more than 256 MB");
        else if (!make_room(&a->block, &a->block_room, z.total_out + PIECE))
            code = ds_photometry_no_memory(r);
        if (code)
            break;
        z.next_out = a->block + z.total_out;
        z.avail_out = (uInt)(a->block_room - z.total_out);
        status = inflate(&z, Z_NO_FLUSH);
    }
    *unpacked = z.total_out;
    inflateEnd(&z);
    return code                     ? code
           : status == Z_MEM_ERROR  ? ds_photometry_no_memory(r)
           : status != Z_STREAM_END ? fail_at(r, a, "a damaged block of the Avro file")
                                    : NN_OK;
}

static int take_block(ds_lightcurves *r, reader *a)
{
    long long count = 0, bytes = 0;
    bool there = false;
    int code = take_long(r, a, &count);
    if (!code)
        code = take_long(r, a, &bytes);
    if (code)
        return code;
    if (count < 0 || bytes < 0 || bytes > BLOCK_LIMIT)
        return fail_at(r, a, "a damaged block of the Avro file");
    if ((code = need(r, a, (size_t)bytes + SYNC, &there)))
        return code;
    if (!there)
        return fail_at(r, a, "the Avro file ends within a block");
    if (memcmp(a->bytes + a->at + bytes, a->sync, SYNC) != 0)
        return fail_at(r, a, "a damaged block of the Avro file: the mark behind it is not there");
    const unsigned char *text = a->bytes + a->at;
    size_t size = (size_t)bytes;
    if (a->deflated && (code = unpack(r, a, size, &size)))
        return code;
    code = take_records(r, a, a->deflated ? a->block : text, size, count);
    a->at += (size_t)bytes + SYNC;
    return code;
}

/* A header, which may come again where files were put one behind the other, or a block. */
static int step_avro(ds_lightcurves *r, bool *more)
{
    reader *a = r->inside;
    bool there = false;
    int code = need(r, a, sizeof magic, &there);
    *more = a->size > a->at;
    if (!code && there && memcmp(a->bytes + a->at, magic, sizeof magic) == 0)
        code = take_header(r, a);
    else if (!code && *more)
        code = take_block(r, a);
    r->scan.lines = a->record;
    return code || !*more ? ds_cells_finish(&a->cells, code) : NN_OK;
}

static int open_avro(ds_lightcurves *r)
{
    reader *a = calloc(1, sizeof *a);
    if (!a)
        return ds_photometry_no_memory(r);
    r->inside = a;
    r->step = step_avro;
    r->close = close_avro;
    ds_source_take_bytes(r->source);
    ds_cells_begin(&a->cells, r);
    return NN_OK;
}

static bool is_avro(const char *path, const char *start, size_t length)
{
    (void)path;
    return length >= sizeof magic && memcmp(start, magic, sizeof magic) == 0;
}

const ds_light_format ds_format_avro = {"Avro", "avro", is_avro, open_avro};
