/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first piece of a file taken apart into rows of cells, for deciding how to read all of it. */
#ifndef DS_SAMPLE_H
#define DS_SAMPLE_H

#include "datasets/time/form.h"

typedef struct ds_sample_row {
    size_t line;   /* 1-based */
    size_t offset; /* of its first byte in the file, a byte order mark not counted */
    size_t first;  /* cell */
    int count;     /* cells */
} ds_sample_row;

typedef struct ds_sample {
    char *text;
    ds_text *cells;
    size_t cell_count, cell_room;
    ds_sample_row *rows; /* blank lines are none */
    size_t row_count, row_room;
    bool whole; /* the file ends with it */
} ds_sample;

/* Cuts at most `most` rows (0: all whole ones) out of text; delimiter ' ' is a run of blanks and tabs. False:
 * no memory. */
bool ds_sample_take(ds_sample *sample, const char *text, size_t length, char delimiter, bool whole,
                    size_t most);
void ds_sample_clear(ds_sample *sample);

/* A cell; empty where the row has none there. */
ds_text ds_sample_cell(const ds_sample *sample, size_t row, int column);

#endif
