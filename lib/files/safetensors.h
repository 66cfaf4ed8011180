/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The safetensors file format: the length of the header in 8 little-endian bytes, a JSON header (for each
 * name dtype, shape and data_offsets; under __metadata__ a map of strings), then raw little-endian tensors.
 * Reads F32, F64, F16, BF16, I8, U8, I32 and I64, writes F32 and I8. */
#ifndef NN_SAFETENSORS_H
#define NN_SAFETENSORS_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NN_ST_MAX_RANK = 8 };

typedef struct nn_st_tensor {
    char *name;
    int rank;
    int64_t shape[NN_ST_MAX_RANK];
    size_t count; /* number of elements: the product of shape, 1 for rank 0 */
} nn_st_tensor;

typedef struct nn_st_file nn_st_file;

/* Reads and checks a file: size, header length (100 MB at most), JSON, every tensor's dtype, shape and byte
 * range (no overlap, no hole, the last byte used), the host's size_t, and the hash of metadata and tensors
 * where the file has one. NN_BAD_DATA with the reason for a foreign, truncated, damaged or inconsistent file;
 * "path: ..." is in the message. No allocation is larger than the file itself asks for in real bytes. */
int nn_st_open(nn_st_file **file, const char *path, nn_error *error);

/* The same for bytes in memory, borrowed until nn_st_close; name stands for the path in messages. */
int nn_st_open_memory(nn_st_file **file, const void *data, size_t size, const char *name, nn_error *error);
/* The same for malloc'ed bytes that are the file's from then on; on failure they stay the caller's. */
int nn_st_open_owned(nn_st_file **file, void *data, size_t size, const char *name, nn_error *error);
/* The same but for the hash, which is not compared: reads the header alone, and keeps the file open, for
 * weights that are too large to lie in memory twice. Tensors come by nn_st_fetch_f32. */
int nn_st_open_header(nn_st_file **file, const char *path, nn_error *error);
void nn_st_close(nn_st_file *file);

size_t nn_st_count(const nn_st_file *file);
/* In the order of their bytes; NULL past the last. Owned by file. */
const nn_st_tensor *nn_st_at(const nn_st_file *file, size_t index);
const nn_st_tensor *nn_st_find(const nn_st_file *file, const char *name); /* NULL when absent */
const char *nn_st_path(const nn_st_file *file);

/* Copies a tensor's elements, converted; out holds tensor->count values. F64 beyond the range of float
 * becomes infinite; whole numbers beyond 2^24 (float) or 2^53 (double) are rounded. */
void nn_st_read_f32(const nn_st_file *file, const nn_st_tensor *tensor, float *out);
void nn_st_read_f64(const nn_st_file *file, const nn_st_tensor *tensor, double *out);

/* As nn_st_read_f32, from the file itself where only its header was read; NN_BAD_DATA where that fails, also
 * because the file has become shorter. From several threads at once, too. */
int nn_st_fetch_f32(const nn_st_file *file, const nn_st_tensor *tensor, float *out, nn_error *error);
/* Whether a tensor is of floating-point numbers. */
bool nn_st_is_real(const nn_st_tensor *tensor);

/* A metadata string, NULL when absent; owned by file. Keys in file order through nn_st_metadata_key. */
const char *nn_st_metadata(const nn_st_file *file, const char *key);
/* Whether it holds the hash of its content, which was checked when it was opened. */
bool nn_st_is_proven(const nn_st_file *file);
size_t nn_st_metadata_count(const nn_st_file *file);
const char *nn_st_metadata_key(const nn_st_file *file, size_t index);

/* Writing: collect, then write at once through nn_output. The data pointers are borrowed until nn_st_write
 * returns. */
typedef struct nn_st_writer nn_st_writer;
nn_st_writer *nn_st_writer_new(void); /* NULL: no memory */

/* Names, keys and values are UTF-8; a name given twice is refused, a key given twice keeps the later value.
 * The same calls in the same order give the same bytes. */
int nn_st_writer_metadata(nn_st_writer *writer, const char *key, const char *value, nn_error *error);
int nn_st_writer_tensor(nn_st_writer *writer, const char *name, int rank, const int64_t *shape,
                        const float *data, nn_error *error);
/* The upper halves of floats. */
int nn_st_writer_bf16(nn_st_writer *writer, const char *name, int rank, const int64_t *shape,
                      const uint16_t *data, nn_error *error);
int nn_st_writer_int8(nn_st_writer *writer, const char *name, int rank, const int64_t *shape,
                      const int8_t *data, nn_error *error);
/* Adds the hash of all metadata and tensors to the metadata, under "auspex.hash". The header is padded to a
 * multiple of 8 bytes with blanks. What was written is opened and checked before it takes its name. When it
 * cannot be put there (a full disk, a folder that is gone), the content is kept in $TMPDIR or /tmp if that is
 * possible, and the message names the file; the earlier file of that name is untouched. */
int nn_st_write(nn_st_writer *writer, const char *path, nn_error *error);
/* What was gathered as a file that is opened from memory of its own; name stands for the path. */
int nn_st_writer_open(nn_st_file **file, const nn_st_writer *writer, const char *name, nn_error *error);
size_t nn_st_writer_count(const nn_st_writer *writer); /* tensors gathered so far */
void nn_st_writer_free(nn_st_writer *writer);

#endif
