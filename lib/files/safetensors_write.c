/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gathers tensors and metadata and writes them as a safetensors file. */
#include "lib/files/safetensors.h"

#include "lib/base/text.h"
#include "lib/files/json_text.h"
#include "lib/files/output.h"
#include "lib/files/safetensors_internal.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are written as little-endian bytes");

typedef struct block {
    const void *data;
    size_t bytes;
} block;

struct nn_st_writer {
    json_t *metadata; /* both objects keep the order of insertion */
    json_t *tensors;
    block *blocks;
    size_t count, room;
    size_t bytes; /* of all blocks: where the next one begins */
};

nn_st_writer *nn_st_writer_new(void)
{
    nn_st_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->metadata = json_object();
    writer->tensors = json_object();
    if (!writer->metadata || !writer->tensors) {
        nn_st_writer_free(writer);
        return NULL;
    }
    return writer;
}

void nn_st_writer_free(nn_st_writer *writer)
{
    if (!writer)
        return;
    json_decref(writer->metadata);
    json_decref(writer->tensors);
    free(writer->blocks);
    free(writer);
}

int nn_st_writer_metadata(nn_st_writer *writer, const char *key, const char *value, nn_error *error)
{
    if (json_object_set_new(writer->metadata, key, json_string(value)))
        return nn_fail(error, NN_FAILED, "metadata '%.200s': not UTF-8, or no memory", key);
    return NN_OK;
}

static int count_elements(const char *name, int rank, const int64_t *shape, size_t *count, nn_error *error)
{
    size_t n = 1;
    int empty = 0;
    if (rank < 0 || rank > NN_ST_MAX_RANK)
        return nn_fail(error, NN_FAILED, "tensor '%.200s': %d dimensions (0 to %d are possible)", name, rank,
                       NN_ST_MAX_RANK);
    for (int i = 0; i < rank; i++) {
        if (shape[i] < 0)
            return nn_fail(error, NN_FAILED, "tensor '%.200s': dimension %d is negative", name, i);
        empty |= shape[i] == 0;
        if (shape[i] && (__builtin_mul_overflow(n, shape[i], &n) || n > PTRDIFF_MAX / sizeof(float)))
            return nn_fail(error, NN_FAILED, "tensor '%.200s': more bytes than can be addressed", name);
    }
    *count = empty ? 0 : n;
    return NN_OK;
}

static int reserve(nn_st_writer *writer)
{
    if (writer->count < writer->room)
        return 0;
    size_t room = writer->room ? 2 * writer->room : 64;
    block *more = reallocarray(writer->blocks, room, sizeof *more);
    if (!more)
        return -1;
    writer->blocks = more;
    writer->room = room;
    return 0;
}

static int add(nn_st_writer *writer, const char *dtype, size_t size, const char *name, int rank,
               const int64_t *shape, const void *data, nn_error *error)
{
    size_t count = 0, end;
    int code = count_elements(name, rank, shape, &count, error);
    if (code)
        return code;
    if (strcmp(name, "__metadata__") == 0 || json_object_get(writer->tensors, name))
        return nn_fail(error, NN_FAILED, "tensor '%.200s': the name is taken", name);
    if (__builtin_add_overflow(writer->bytes, count * size, &end) || end > PTRDIFF_MAX)
        return nn_fail(error, NN_FAILED, "tensor '%.200s': more bytes than can be addressed", name);
    json_t *dimensions = json_array();
    for (int i = 0; i < rank && dimensions; i++)
        if (json_array_append_new(dimensions, json_integer(shape[i]))) {
            json_decref(dimensions);
            dimensions = NULL;
        }
    json_t *entry = !dimensions ? NULL
                                : json_pack("{s:s,s:o,s:[I,I]}", "dtype", dtype, "shape", dimensions,
                                            "data_offsets", (json_int_t)writer->bytes, (json_int_t)end);
    if (reserve(writer)) {
        json_decref(entry);
        return nn_fail(error, NN_FAILED, "tensor '%.200s': no memory", name);
    }
    if (json_object_set_new(writer->tensors, name, entry))
        return nn_fail(error, NN_FAILED, "tensor '%.200s': its name is not UTF-8, or no memory", name);
    writer->blocks[writer->count++] = (block){data, count * size};
    writer->bytes = end;
    return NN_OK;
}

int nn_st_writer_tensor(nn_st_writer *writer, const char *name, int rank, const int64_t *shape,
                        const float *data, nn_error *error)
{
    return add(writer, "F32", sizeof *data, name, rank, shape, data, error);
}

int nn_st_writer_bf16(nn_st_writer *writer, const char *name, int rank, const int64_t *shape,
                      const uint16_t *data, nn_error *error)
{
    return add(writer, "BF16", sizeof *data, name, rank, shape, data, error);
}

int nn_st_writer_int8(nn_st_writer *writer, const char *name, int rank, const int64_t *shape,
                      const int8_t *data, nn_error *error)
{
    return add(writer, "I8", sizeof *data, name, rank, shape, data, error);
}

/* The header as one malloc'ed text without its padding; NULL: no memory. */
static char *dump_header(const nn_st_writer *writer)
{
    char *text = NULL;
    json_t *root = json_object();
    if (root &&
        !(json_object_size(writer->metadata) && json_object_set(root, "__metadata__", writer->metadata)) &&
        !json_object_update(root, writer->tensors))
        text = nn_json_dump(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

/* Of what the writer was given, not of what becomes of it as text. */
static int add_hash(nn_st_writer *writer, nn_error *error)
{
    const char *key;
    json_t *value;
    st_hash hash = {0};
    size_t n = 0;
    json_object_del(writer->metadata, ST_HASH_KEY);
    json_object_foreach(writer->metadata, key, value)
    {
        st_hash_metadata(&hash, key, json_string_value(value));
    }
    json_object_foreach(writer->tensors, key, value)
    {
        const json_t *sizes = json_object_get(value, "shape");
        const int rank = (int)json_array_size(sizes);
        int64_t shape[NN_ST_MAX_RANK];
        for (int i = 0; i < rank; i++)
            shape[i] = json_integer_value(json_array_get(sizes, (size_t)i));
        st_hash_tensor(&hash, key, json_string_value(json_object_get(value, "dtype")), rank, shape,
                       writer->blocks[n].data, writer->blocks[n].bytes);
        n++;
    }
    char text[ST_HASH_SIZE];
    st_hash_print(&hash, text);
    return nn_st_writer_metadata(writer, ST_HASH_KEY, text, error);
}

static void put(const nn_st_writer *writer, const char *header, FILE *stream)
{
    const size_t length = strlen(header), padding = (8 - length % 8) % 8;
    const uint64_t announced = length + padding;
    fwrite(&announced, sizeof announced, 1, stream);
    fwrite(header, 1, length, stream);
    fwrite("       ", 1, padding, stream);
    for (size_t i = 0; i < writer->count && !ferror(stream); i++)
        if (writer->blocks[i].bytes)
            fwrite(writer->blocks[i].data, 1, writer->blocks[i].bytes, stream);
}

size_t nn_st_writer_count(const nn_st_writer *writer)
{
    return writer->count;
}

int nn_st_writer_open(nn_st_file **file, const nn_st_writer *writer, const char *name, nn_error *error)
{
    char *bytes = NULL, *header = dump_header(writer);
    size_t size;
    FILE *stream = header ? open_memstream(&bytes, &size) : NULL;
    *file = NULL;
    bool whole = stream != NULL;
    if (stream) {
        put(writer, header, stream);
        whole = !ferror(stream);
        whole = !fclose(stream) && whole;
    }
    free(header);
    int code = whole ? nn_st_open_owned(file, bytes, size, name, error)
                     : nn_fail(error, NN_FAILED, "%s: no memory for reading it", name);
    if (code)
        free(bytes);
    return code;
}

/* A file that cannot be opened again must not replace one that can. Pipes and devices are not read back. */
static int check_readable(nn_output *output, const char *path, nn_error *error)
{
    nn_st_file *file;
    nn_error reason = {0};
    int code = nn_output_sync(output, error);
    if (code || !nn_output_is_temporary(output))
        return code;
    code = nn_st_open(&file, nn_output_path(output), &reason);
    nn_st_close(file);
    return code ? nn_fail(error, NN_FAILED, "%s: writing failed: what was written cannot be read: %.600s",
                          path, reason.text)
                : NN_OK;
}

static int write_to(const nn_st_writer *writer, const char *header, const char *path, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    put(writer, header, nn_output_stream(output));
    int code = check_readable(output, path, error);
    if (!code)
        return nn_output_commit(output, error);
    nn_output_abandon(output);
    return code;
}

/* What cannot be written where it should be is hours of work: it goes where there is room. */
static void keep_elsewhere(const nn_st_writer *writer, const char *header, const char *path, nn_error *error)
{
    char other[PATH_MAX];
    const char *folder = getenv("TMPDIR");
    const int n = snprintf(other, sizeof other, "%s/auspex-%ld-%s", folder && *folder ? folder : "/tmp",
                           (long)getpid(), nn_base_name(path));
    nn_error ignored = {0};
    if (n < 0 || (size_t)n >= sizeof other || write_to(writer, header, other, &ignored) || !error)
        return;
    const nn_error reason = *error;
    nn_fail(error, reason.code, "%.700s; it is kept in %.300s", reason.text, other);
}

int nn_st_write(nn_st_writer *writer, const char *path, nn_error *error)
{
    char *header = add_hash(writer, error) ? NULL : dump_header(writer);
    if (!header)
        return nn_fail(error, NN_FAILED, "%s: no memory for writing it", path ? path : "-");
    int code = write_to(writer, header, path, error);
    if (code && path && strcmp(path, "-") != 0)
        keep_elsewhere(writer, header, path, error);
    free(header);
    return code;
}
