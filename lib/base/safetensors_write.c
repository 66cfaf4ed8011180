/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gathers tensors and metadata and writes them as a safetensors file. */
#include "lib/base/safetensors.h"

#include "lib/base/output.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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
        text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

static void free_text(char *text)
{
    json_free_t release;
    json_get_alloc_funcs(NULL, &release);
    release(text);
}

int nn_st_write(nn_st_writer *writer, const char *path, nn_error *error)
{
    char *header = dump_header(writer);
    if (!header)
        return nn_fail(error, NN_FAILED, "%s: no memory for writing it", path ? path : "-");
    nn_output *output = nn_output_open(path, error);
    if (!output) {
        free_text(header);
        return NN_FAILED;
    }
    /* Failed writes stay marked in the stream; the commit reports them. */
    FILE *stream = nn_output_stream(output);
    size_t length = strlen(header), padding = (8 - length % 8) % 8;
    uint64_t announced = length + padding;
    fwrite(&announced, sizeof announced, 1, stream);
    fwrite(header, 1, length, stream);
    fwrite("       ", 1, padding, stream);
    free_text(header);
    for (size_t i = 0; i < writer->count && !ferror(stream); i++)
        if (writer->blocks[i].bytes)
            fwrite(writer->blocks[i].data, 1, writer->blocks[i].bytes, stream);
    return nn_output_commit(output, error);
}
