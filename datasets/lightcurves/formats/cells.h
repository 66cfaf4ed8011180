/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of named cells, for formats that are no rows of text: records, tables in XML and FITS. The first rows
 * are kept until the columns can be chosen; from then on each goes to the reader as it comes, and of it only
 * the cells that are read. */
#ifndef DS_CELLS_H
#define DS_CELLS_H

#include "datasets/lightcurves/lightcurve_internal.h"

typedef struct ds_cell {
    size_t at, length; /* of its text, which begins at at - 1; at 0: there is none, length 0: it is missing */
} ds_cell;

typedef struct ds_cell_row {
    size_t first; /* cell */
    int count;
    size_t line;
} ds_cell_row;

typedef struct ds_cells {
    ds_lightcurves *r;
    nn_names names; /* of the columns, in order of appearance */
    bool settled;   /* the columns are chosen */
    int *place;     /* settled: of each column among the reader's; -1: it is not read */
    int place_room;
    char *text;
    size_t size, room;
    ds_cell *cell;
    size_t cells, cell_room;
    ds_cell_row *row; /* kept rows, and the open one behind them */
    size_t rows, row_room;
    ds_field *field;
    int field_room;
    bool hurry; /* what comes is a stream, and its bands are known: the first object's rows decide */
} ds_cells;

void ds_cells_begin(ds_cells *cells, ds_lightcurves *r);
void ds_cells_free(ds_cells *cells);

/* The index of a column, which is added where it is new; -1: no memory, or DS_CELLS_IDLE: it is not read. */
enum { DS_CELLS_IDLE = -2 };
int ds_cells_column(ds_cells *cells, const char *name);
/* Puts a text into a column of the open row, where there is none yet. */
int ds_cells_put(ds_cells *cells, int column, const char *text, size_t length);
bool ds_cells_has(const ds_cells *cells, int column);
int ds_cells_end_row(ds_cells *cells, size_t line);
/* Chooses the columns by the rows so far and hands these on; nothing where that is done. */
int ds_cells_settle(ds_cells *cells);

/* At the end of a file, or at a trouble, whose code it returns: what came before has its columns chosen, too.
 */
int ds_cells_finish(ds_cells *cells, int code);

/* A real with the fewest of 15 or 17 digits that give it again; returns the length. */
enum { DS_REAL_TEXT = 32 };
size_t ds_cells_real(char text[DS_REAL_TEXT], double value);

#endif
