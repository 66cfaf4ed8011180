/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening and checking; everything in the header is taken as hostile until it has been compared with the
 * file. */
#include "lib/files/safetensors.h"

#include "lib/base/slab.h"
#include "lib/files/inputs.h"
#include "lib/files/json_text.h"
#include "lib/files/safetensors_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are copied as little-endian bytes");

enum { HEADER_MOST = 100000000 };

static const struct dtype {
    const char *name;
    size_t size;
} dtypes[] = {[ST_F32] = {"F32", 4}, [ST_F64] = {"F64", 8}, [ST_F16] = {"F16", 2}, [ST_BF16] = {"BF16", 2},
              [ST_I8] = {"I8", 1},   [ST_U8] = {"U8", 1},   [ST_I32] = {"I32", 4}, [ST_I64] = {"I64", 8}};

static int no_memory(nn_error *error)
{
    return nn_fail(error, NN_FAILED, "no memory for reading it");
}

/* A whole number of at least 0 that fits size_t. */
static int whole_number(const json_t *value, size_t *number)
{
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;
    if (n < 0 || (unsigned long long)n > SIZE_MAX)
        return 0;
    *number = (size_t)n;
    return 1;
}

static int read_dtype(st_entry *entry, const json_t *value, nn_error *error)
{
    const char *name = json_string_value(value);
    if (!name)
        return nn_fail(error, NN_BAD_DATA, "tensor '%.200s' has no dtype", entry->tensor.name);
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
        if (strcmp(name, dtypes[i].name) == 0) {
            entry->dtype = (st_dtype)i;
            return NN_OK;
        }
    return nn_fail(
        error, NN_BAD_DATA,
        "tensor '%.200s' is of dtype '%.40s'; supported are F32, F64, F16, BF16, I8, U8, I32 and I64",
        entry->tensor.name, name);
}

/* The bytes all non-zero dimensions ask for are bounded even where another dimension is zero: strides stay
 * safe. */
static int read_shape(st_entry *entry, const json_t *value, nn_error *error)
{
    nn_st_tensor *t = &entry->tensor;
    size_t rank = json_array_size(value), bytes = dtypes[entry->dtype].size, dimension;
    int empty = 0;
    if (!json_is_array(value))
        return nn_fail(error, NN_BAD_DATA, "tensor '%.200s' has no shape", t->name);
    if (rank > NN_ST_MAX_RANK)
        return nn_fail(error, NN_BAD_DATA, "tensor '%.200s' has %zu dimensions, at most %d are supported",
                       t->name, rank, NN_ST_MAX_RANK);
    for (size_t i = 0; i < rank; i++) {
        if (!whole_number(json_array_get(value, i), &dimension))
            return nn_fail(error, NN_BAD_DATA,
                           "dimension %zu of tensor '%.200s' is not a whole number from 0 up", i, t->name);
        t->shape[i] = (int64_t)dimension;
        if (dimension == 0)
            empty = 1;
        else if (__builtin_mul_overflow(bytes, dimension, &bytes) || bytes > PTRDIFF_MAX)
            return nn_fail(error, NN_BAD_DATA, "tensor '%.200s' is larger than this machine can address",
                           t->name);
    }
    t->rank = (int)rank;
    t->count = empty ? 0 : bytes / dtypes[entry->dtype].size;
    return NN_OK;
}

static int read_range(st_entry *entry, const json_t *value, size_t room, nn_error *error)
{
    const nn_st_tensor *t = &entry->tensor;
    size_t begin, end, bytes = t->count * dtypes[entry->dtype].size;
    if (json_array_size(value) != 2 || !whole_number(json_array_get(value, 0), &begin) ||
        !whole_number(json_array_get(value, 1), &end))
        return nn_fail(error, NN_BAD_DATA, "tensor '%.200s' has no data_offsets of two whole numbers",
                       t->name);
    if (begin > end)
        return nn_fail(error, NN_BAD_DATA, "tensor '%.200s' ends (byte %zu) before it begins (byte %zu)",
                       t->name, end, begin);
    if (end > room)
        return nn_fail(error, NN_BAD_DATA,
                       "tensor '%.200s' ends at byte %zu of the data, but there are only %zu: cut off",
                       t->name, end, room);
    if (end - begin != bytes)
        return nn_fail(error, NN_BAD_DATA,
                       "tensor '%.200s' has %zu bytes where its shape and dtype ask for %zu", t->name,
                       end - begin, bytes);
    entry->begin = begin;
    entry->end = end;
    return NN_OK;
}

static int read_entry(nn_st_file *file, const char *name, const json_t *value, nn_error *error)
{
    st_entry *entry = &file->entries[file->count];
    if (!(entry->tensor.name = strdup(name)))
        return no_memory(error);
    file->count++;
    if (!json_is_object(value))
        return nn_fail(error, NN_BAD_DATA, "tensor '%.200s' is not described by a JSON object", name);
    int code = read_dtype(entry, json_object_get(value, "dtype"), error);
    if (!code)
        code = read_shape(entry, json_object_get(value, "shape"), error);
    if (!code)
        code = read_range(entry, json_object_get(value, "data_offsets"), file->data_size, error);
    return code;
}

static int read_metadata(nn_st_file *file, json_t *value, nn_error *error)
{
    const char *key;
    json_t *text;
    if (!json_is_object(value))
        return nn_fail(error, NN_BAD_DATA, "__metadata__ is not a JSON object of strings");
    if (!(file->metadata = calloc(json_object_size(value) + 1, sizeof *file->metadata)))
        return no_memory(error);
    json_object_foreach(value, key, text)
    {
        if (!json_is_string(text))
            return nn_fail(error, NN_BAD_DATA, "__metadata__ '%.200s' is not a string", key);
        st_pair *pair = &file->metadata[file->metadata_count++];
        if (!(pair->key = strdup(key)) || !(pair->value = strdup(json_string_value(text))))
            return no_memory(error);
    }
    return NN_OK;
}

static int by_position(const void *a, const void *b)
{
    const st_entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->tensor.name, y->tensor.name);
}

static int by_name(const void *a, const void *b)
{
    const st_entry *const *x = a, *const *y = b;
    return strcmp((*x)->tensor.name, (*y)->tensor.name);
}

/* In the order of their bytes the tensors must follow each other without overlap or hole to the end of the
 * file. */
static int check_layout(nn_st_file *file, nn_error *error)
{
    size_t at = 0;
    if (file->count)
        qsort(file->entries, file->count, sizeof *file->entries, by_position);
    for (size_t i = 0; i < file->count; i++) {
        const st_entry *entry = &file->entries[i];
        if (entry->begin != at)
            return nn_fail(
                error, NN_BAD_DATA, "tensor '%.200s' begins at byte %zu of the data, expected %zu: %s",
                entry->tensor.name, entry->begin, at, entry->begin < at ? "tensors overlap" : "a hole");
        at = entry->end;
        file->by_name[i] = entry;
    }
    if (at != file->data_size)
        return nn_fail(error, NN_BAD_DATA, "%zu bytes after the last tensor belong to none",
                       file->data_size - at);
    if (file->count)
        qsort(file->by_name, file->count, sizeof *file->by_name, by_name);
    return NN_OK;
}

static int read_header(nn_st_file *file, json_t *root, nn_error *error)
{
    const char *name;
    json_t *value;
    int code = NN_OK;
    if (!json_is_object(root))
        return nn_fail(error, NN_BAD_DATA, "its header is not a JSON object");
    file->entries = calloc(json_object_size(root) + 1, sizeof *file->entries);
    file->by_name = calloc(json_object_size(root) + 1, sizeof *file->by_name);
    if (!file->entries || !file->by_name)
        return no_memory(error);
    json_object_foreach(root, name, value)
    {
        if (strcmp(name, "__metadata__") == 0)
            code = read_metadata(file, value, error);
        else
            code = read_entry(file, name, value, error);
        if (code)
            return code;
    }
    return check_layout(file, error);
}

bool nn_st_is_proven(const nn_st_file *file)
{
    return nn_st_metadata(file, ST_HASH_KEY) != NULL;
}

/* Files of other programs and of older versions have no hash. */
static int check_hash(const nn_st_file *file, nn_error *error)
{
    const char *said = nn_st_metadata(file, ST_HASH_KEY);
    char found[ST_HASH_SIZE];
    st_hash hash = {0};
    for (size_t i = 0; said && i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, ST_HASH_KEY) != 0)
            st_hash_metadata(&hash, file->metadata[i].key, file->metadata[i].value);
    for (size_t i = 0; said && i < file->count; i++) {
        const st_entry *e = &file->entries[i];
        st_hash_tensor(&hash, e->tensor.name, dtypes[e->dtype].name, e->tensor.rank, e->tensor.shape,
                       file->data + e->begin, e->end - e->begin);
    }
    st_hash_print(&hash, found);
    return !said || strcmp(said, found) == 0
               ? NN_OK
               : nn_fail(
                     error, NN_BAD_DATA,
                     "is damaged or was changed: its content has the hash %s, but it was written with %.*s",
                     found, ST_HASH_SIZE - 1, said);
}

/* A model begins with eight bytes of a length, of which the last are 0. */
static bool is_text(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < 64 && i < size; i++)
        if ((bytes[i] < ' ' && !memchr("\t\r\n", bytes[i], 3)) || bytes[i] >= 0xf8) /* not in UTF-8 */
            return false;
    return true;
}

/* The length of the header of a file of so many bytes, of which the first `there` are given: all, or at least
 * nine. */
static int measure(uint64_t *header, const unsigned char *bytes, size_t there, size_t size, nn_error *error)
{
    uint64_t length;
    if (size < 8)
        return nn_fail(error, NN_BAD_DATA, "is not a safetensors file: only %zu bytes long", size);
    memcpy(&length, bytes, 8);
    if (is_text(bytes, there))
        return nn_fail(error, NN_BAD_DATA,
                       "is no model but text (a CSV file?); models are safetensors files");
    if (length > HEADER_MOST || length < 2)
        return nn_fail(
            error, NN_BAD_DATA,
            "is not a safetensors file: it announces a header of %llu bytes (2 to %d are possible)",
            (unsigned long long)length, HEADER_MOST);
    if (length > size - 8)
        return nn_fail(error, NN_BAD_DATA, "is cut off: a header of %llu bytes in a file of %zu",
                       (unsigned long long)length, size);
    if (bytes[8] != '{')
        return nn_fail(error, NN_BAD_DATA, "is not a safetensors file: its header does not begin with '{'");
    *header = length;
    return NN_OK;
}

/* What stands in the header, which is all there. */
static int parse_header(nn_st_file *file, const unsigned char *bytes, uint64_t length, size_t size,
                        nn_error *error)
{
    nn_error reason = {0};
    file->data_place = 8 + (size_t)length;
    file->data_size = size - 8 - (size_t)length;
    json_t *root;
    int code = nn_json_parse(&root, (const char *)bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, &reason);
    if (code == NN_FAILED)
        return no_memory(error);
    if (code)
        return nn_fail(error, code, "its header is not valid JSON: %.900s", reason.text);
    code = read_header(file, root, error);
    json_decref(root);
    return code;
}

static int parse(nn_st_file *file, const unsigned char *bytes, size_t size, nn_error *error)
{
    uint64_t length;
    int code = measure(&length, bytes, size, size, error);
    if (code)
        return code;
    file->data = bytes + 8 + length;
    code = parse_header(file, bytes, length, size, error);
    return code ? code : check_hash(file, error);
}

static nn_st_file *new_file(const char *name, nn_error *error)
{
    nn_st_file *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(name))) {
        nn_fail(error, NN_FAILED, "%s: no memory for reading it", name);
        free(file);
        return NULL;
    }
    file->fd = -1;
    return file;
}

int nn_st_open_memory(nn_st_file **out, const void *data, size_t size, const char *name, nn_error *error)
{
    nn_error reason = {0};
    *out = NULL;
    nn_st_file *file = new_file(name, error);
    if (!file)
        return NN_FAILED;
    int code = parse(file, data, size, &reason);
    if (code) {
        nn_fail(error, code, "%.400s: %s", name, reason.text);
        nn_st_close(file);
        return code;
    }
    *out = file;
    return NN_OK;
}

int nn_st_open_owned(nn_st_file **out, void *data, size_t size, const char *name, nn_error *error)
{
    const int code = nn_st_open_memory(out, data, size, name, error);
    if (!code)
        (*out)->owned = data;
    return code;
}

/* Fills file->owned with the bytes of a regular file. They are read, not mapped: a mapping of a file that
 * another program shortens ends the program. */
static int load(nn_st_file *file, int fd, size_t size, nn_error *error)
{
    size_t got = 0;
    if (!(file->owned = nn_slab_raw(size ? size : 1)))
        return no_memory(error);
    while (got < size) {
        ssize_t n = read(fd, file->owned + got, size - got);
        if (n == 0 || (n < 0 && errno != EINTR))
            return nn_fail(error, NN_BAD_DATA, "cannot be read: %s",
                           n ? strerror(errno) : "it became shorter");
        got += n > 0 ? (size_t)n : 0;
    }
    return NN_OK;
}

/* Bytes of the file from `place` on. */
static int fetch(int fd, void *bytes, size_t count, size_t place, nn_error *error)
{
    size_t got = 0;
    while (got < count) {
        const ssize_t n = pread(fd, (char *)bytes + got, count - got, (off_t)(place + got));
        if (n == 0 || (n < 0 && errno != EINTR))
            return nn_fail(error, NN_BAD_DATA, "cannot be read: %s",
                           n ? strerror(errno) : "it became shorter");
        got += n > 0 ? (size_t)n : 0;
    }
    return NN_OK;
}

/* The header alone; the file stays open. */
static int load_header(nn_st_file *file, int fd, size_t size, nn_error *error)
{
    enum { HEAD = 64 };
    unsigned char head[HEAD];
    uint64_t length;
    const size_t there = size < HEAD ? size : HEAD;
    int code = fetch(fd, head, there, 0, error);
    if (!code)
        code = measure(&length, head, there, size, error);
    if (!code && !(file->owned = malloc(8 + (size_t)length)))
        code = no_memory(error);
    if (!code)
        code = fetch(fd, file->owned, 8 + (size_t)length, 0, error);
    if (!code)
        code = parse_header(file, file->owned, length, size, error);
    free(file->owned);
    file->owned = NULL;
    return code;
}

int nn_st_fetch_f32(const nn_st_file *file, const nn_st_tensor *tensor, float *out, nn_error *error)
{
    enum { SOME = 16384 };
    const st_entry *entry = (const st_entry *)tensor;
    const size_t size = dtypes[entry->dtype].size, place = file->data_place + entry->begin;
    unsigned char bytes[SOME * 8];
    nn_error reason = {0};
    int code = NN_OK;
    if (file->fd < 0)
        nn_st_read_f32(file, tensor, out);
    else if (entry->dtype == ST_F32)
        code = fetch(file->fd, out, tensor->count * size, place, &reason);
    else
        for (size_t i = 0, some; i < tensor->count && !code; i += some) {
            some = tensor->count - i < SOME ? tensor->count - i : SOME;
            code = fetch(file->fd, bytes, some * size, place + i * size, &reason);
            if (!code)
                st_convert_f32(out + i, bytes, entry->dtype, some);
        }
    return code ? nn_fail(error, code, "%.400s: %s", file->path, reason.text) : NN_OK;
}

static int load_path(nn_st_file *file, const char *path, bool header, nn_error *error)
{
    struct stat status;
    /* Opening a pipe must not wait for a writer only to find that it is no regular file. */
    int fd = nn_input_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), code;
    if (fd < 0)
        return nn_fail(error, NN_BAD_DATA, "cannot be opened: %s", strerror(errno));
    const int failed = fstat(fd, &status);
    if (failed || !S_ISREG(status.st_mode))
        code = nn_fail(error, NN_BAD_DATA, "is %s",
                       !failed && S_ISDIR(status.st_mode) ? "a folder, not a file" : "not a regular file");
    else if ((uintmax_t)status.st_size > PTRDIFF_MAX)
        code = nn_fail(error, NN_BAD_DATA, "is larger than this machine can address");
    else if (header) {
        file->fd = fd;
        return load_header(file, fd, (size_t)status.st_size, error);
    } else if (!(code = load(file, fd, (size_t)status.st_size, error)))
        code = parse(file, file->owned, (size_t)status.st_size, error);
    close(fd);
    return code;
}

static int open_path(nn_st_file **out, const char *path, bool header, nn_error *error)
{
    nn_error reason = {0};
    *out = NULL;
    nn_st_file *file = new_file(path, error);
    if (!file)
        return NN_FAILED;
    int code = load_path(file, path, header, &reason);
    if (code) {
        nn_fail(error, code, "%.400s: %s", *path ? path : "an empty name", reason.text);
        nn_st_close(file);
        return code;
    }
    *out = file;
    return NN_OK;
}

int nn_st_open(nn_st_file **out, const char *path, nn_error *error)
{
    return open_path(out, path, false, error);
}

int nn_st_open_header(nn_st_file **out, const char *path, nn_error *error)
{
    return open_path(out, path, true, error);
}

void nn_st_close(nn_st_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    for (size_t i = 0; i < file->count; i++)
        free(file->entries[i].tensor.name);
    for (size_t i = 0; i < file->metadata_count; i++) {
        free(file->metadata[i].key);
        free(file->metadata[i].value);
    }
    free(file->owned);
    free(file->entries);
    free(file->by_name);
    free(file->metadata);
    free(file->path);
    free(file);
}
