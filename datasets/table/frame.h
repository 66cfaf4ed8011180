/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of a caller's arrays, read in place of a CSV file: what a file's text is read for stands there
 * already, and what follows (order of rows, series, gaps, missing values) is the same. */
#ifndef DS_FRAME_H
#define DS_FRAME_H

#include "datasets/text/scan.h"

#include <stdbool.h>
#include <stdint.h>

/* Numbers, or texts by their codes. */
typedef struct ds_frame_column {
    const char *name;
    const double *value; /* of the first row; NaN: missing; NULL: texts */
    ptrdiff_t stride;    /* from one row's to the next, in values */
    const int *code;     /* of texts: rows, indices of words; below 0: missing */
    const char *const *word;
    int words;
} ds_frame_column;

typedef struct ds_frame {
    const char *name; /* in place of a path */
    size_t rows;
    const char *time_name; /* NULL: rows are numbered */
    const int64_t *time;   /* rows stamps, microseconds since 1970, in any order */
    bool counted;          /* they are whole numbers that are no dates */
    int columns;
    const ds_frame_column *column;
} ds_frame;

/* From now on this thread reads these tables by their names, in place of files; 0: none. Borrowed. */
void ds_frames_lend(const ds_frame *frames, size_t count);
/* NULL: none of that name. */
const ds_frame *ds_frame_find(const char *name);
/* The names of a frame's columns as those of a file, that of the time first; malloced; NULL: no memory. */
ds_field *ds_frame_names(const ds_frame *frame, int *count);

#endif
