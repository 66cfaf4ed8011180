/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zip archives whose entries stand uncompressed, which is all that files of torch.save have (PKWARE's
 * APPNOTE 6.3.9; with ZIP64 where files are large). */
#ifndef FC_STORED_ZIP_H
#define FC_STORED_ZIP_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct fc_zip {
    const unsigned char *bytes; /* borrowed */
    size_t size;
    size_t directory, directory_size, entries; /* where its list of entries stands */
} fc_zip;

typedef struct fc_zip_entry {
    const char *name; /* borrowed, not ended by a NUL */
    size_t name_length;
    const unsigned char *data; /* borrowed */
    size_t size;
} fc_zip_entry;

bool fc_zip_is(const unsigned char *bytes, size_t size);
/* NN_BAD_DATA for what is cut off or inconsistent; messages begin without a path. */
int fc_zip_open(fc_zip *zip, const unsigned char *bytes, size_t size, nn_error *error);
/* The entry named PREFIX/name with any prefix of one folder; NN_BAD_DATA also where it is compressed. *entry
 * has no data where there is none of that name, which is no error. */
int fc_zip_find(const fc_zip *zip, const char *name, fc_zip_entry *entry, nn_error *error);

/* Writing, to a stream that begins at 0: entries one after the other, then the directory. Their content
 * begins at multiples of 64 bytes. */
typedef struct fc_zip_writer fc_zip_writer;
fc_zip_writer *fc_zip_writer_new(FILE *stream); /* NULL: no memory */
int fc_zip_writer_add(fc_zip_writer *writer, const char *name, const void *data, size_t size,
                      nn_error *error);
/* Errors of the stream stay there. */
int fc_zip_writer_end(fc_zip_writer *writer, nn_error *error);
void fc_zip_writer_free(fc_zip_writer *writer);

#endif
