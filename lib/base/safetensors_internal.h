/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An opened weight file, shared by the files that check it and that take values out of it. */
#ifndef NN_SAFETENSORS_INTERNAL_H
#define NN_SAFETENSORS_INTERNAL_H

#include "lib/base/safetensors.h"

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
    unsigned char *owned; /* the file's bytes, or */
    void *mapped;         /* their mapping; both NULL for borrowed memory */
    size_t mapped_size;
    const unsigned char *data; /* after the header; tensors in it may be unaligned */
    size_t data_size;
    st_entry *entries; /* in the order of their bytes */
    const st_entry **by_name;
    size_t count;
    st_pair *metadata;
    size_t metadata_count;
};

#endif
