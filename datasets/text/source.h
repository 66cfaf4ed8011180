/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of an input file: plain or gzip (told by content), or standard input. */
#ifndef DS_SOURCE_H
#define DS_SOURCE_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Those of a fuzz target are small, so that its inputs, which are small too, meet the ends of buffers. */
#ifdef AUSPEX_FUZZ
#define DS_BUFFER(bytes) ((bytes) / 64)
#else
#define DS_BUFFER(bytes) (bytes)
#endif

typedef struct ds_source ds_source;

/* "-" is standard input. NN_BAD_DATA when the file cannot be opened or is a folder. */
int ds_source_open(ds_source **source, const char *path, nn_error *error);
void ds_source_close(ds_source *source);

/* Reads up to size bytes; *got is 0 only at the end of the file. A byte order mark at the start is removed,
 * and UTF-16 becomes UTF-8; NUL bytes, damaged gzip and UTF-16 within it are NN_BAD_DATA, and *got the
 * bytes before what was damaged. size must be at least 4. */
int ds_source_read(ds_source *source, char *buffer, size_t size, size_t *got, nn_error *error);

/* The same, but hands out what has come as soon as anything has: for pipes. */
int ds_source_read_some(ds_source *source, char *buffer, size_t size, size_t *got, nn_error *error);

/* The first bytes, unpacked, which stay to be read: DS_PEEK of them unless the file ends before. Before the
 * first read. */
enum { DS_PEEK = 16 };
int ds_source_peek(ds_source *source, char bytes[DS_PEEK], size_t *got, nn_error *error);
/* What is read need not be text: nothing is checked, and a byte order mark stays. Before the first read. */
void ds_source_take_bytes(ds_source *source);
bool ds_source_is_stream(const ds_source *source); /* no regular file */

const char *ds_source_name(const ds_source *source); /* the path, or "standard input" */
uint64_t ds_source_size(const ds_source *source);    /* bytes of a plain regular file; 0: not known */
/* The share of the file's own bytes, packed ones of a gzip file, that was handed out; 0: not known. */
double ds_source_share(const ds_source *source);
uint64_t ds_source_hash(const ds_source *source); /* XXH64 of the uncompressed bytes read so far */

#endif
