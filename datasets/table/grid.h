/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small CSV file as rows of text. Private to datasets/. */
#ifndef DS_GRID_H
#define DS_GRID_H

#include "lib/base/error.h"

#include <stddef.h>

enum { DS_GRID_CELLS = 5000000 };

typedef struct ds_grid {
    int columns;
    size_t rows, room;
    char **cell;  /* rows x columns, in UTF-8 */
    size_t *line; /* of each row in the file */
} ds_grid;

/* All rows have the fields of the first; NN_BAD_DATA otherwise, and where the file is empty. */
int ds_grid_read(ds_grid *grid, const char *path, nn_error *error);
void ds_grid_clear(ds_grid *grid);

#endif
