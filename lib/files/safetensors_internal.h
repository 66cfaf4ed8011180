/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An opened weight file, shared by the files that check it and that take values out of it. */
#ifndef NN_SAFETENSORS_INTERNAL_H
#define NN_SAFETENSORS_INTERNAL_H

#include "lib/files/safetensors.h"

typedef enum st_dtype { ST_F32, ST_F64, ST_F16, ST_BF16, ST_I8, ST_U8, ST_I32, ST_I64 } st_dtype;

/* tensor comes first: a pointer to it is a pointer to its entry. */
typedef struct st_entry {
    nn_st_tensor tensor;
    st_dtype dtype;
    size_t begin, end; /* bytes in data */
} st_entry;

typedef struct st_pair {
    char *key, *value;
} st_pair;

struct nn_st_file {
    char *path;
    unsigned char *owned;      /* the file's bytes; NULL for borrowed memory */
    const unsigned char *data; /* after the header; tensors in it may be unaligned; NULL: still in the file */
    int fd;                    /* of that file; -1: it is closed */
    size_t data_place;         /* of the first byte of data in the file */
    size_t data_size;
    st_entry *entries; /* in the order of their bytes */
    const st_entry **by_name;
    size_t count;
    st_pair *metadata;
    size_t metadata_count;
};

/* count elements from their bytes, converted. */
void st_convert_f32(float *out, const unsigned char *data, st_dtype dtype, size_t count);

/* The metadata entry that holds the hash of all others and of the tensors. It goes by names, shapes and
 * values, not by their order or by blanks: another program may write the same content in its own way. */
#define ST_HASH_KEY "auspex.hash"
enum { ST_HASH_SIZE = 33 };
typedef struct st_hash {
    uint64_t low, high, items;
} st_hash;
void st_hash_metadata(st_hash *hash, const char *key, const char *value);
void st_hash_tensor(st_hash *hash, const char *name, const char *dtype, int rank, const int64_t *shape,
                    const void *data, size_t bytes);
/* 32 hexadecimal digits of what was added, in any order (XXH3, 128 bits). */
void st_hash_print(const st_hash *hash, char text[ST_HASH_SIZE]);

#endif
