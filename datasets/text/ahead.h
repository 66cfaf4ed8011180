/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A long file's pieces, split into rows by several threads while its rows are taken in their order. The
 * caller reads pieces, posts them, and takes them as they were posted; between two of his calls others split
 * what is posted. */
#ifndef DS_AHEAD_H
#define DS_AHEAD_H

#include "datasets/text/field.h"
#include "datasets/text/source.h"
#include "datasets/text/split.h"

typedef struct ds_ahead ds_ahead;

enum { DS_AHEAD_BYTES = DS_BUFFER(24 << 10) }; /* to read for a piece, behind fewer that were left over */

/* Of it; a piece with more fields is one to be split otherwise. */
enum { DS_AHEAD_FIELDS = DS_AHEAD_BYTES / 2 };

typedef struct ds_piece_row {
    int first; /* field */
    int count; /* of fields */
    int line;  /* since the piece's first: 0, 1, ... */
} ds_piece_row;

typedef struct ds_piece {
    char text[2 * DS_AHEAD_BYTES + DS_SPLIT_BEHIND];
    size_t length;
    ds_scan_progress progress; /* when it was read */
    /* What splitting makes of it. */
    bool whole; /* it ends with a line's end, and its lines hold no quotes, no lone CR and not too many fields
                 */
    int field_count, row_count, lines;
    bool split; /* it is done */
    ds_field fields[DS_AHEAD_FIELDS];
    ds_piece_row rows[DS_AHEAD_FIELDS];
} ds_piece;

/* threads 0: up to three, as the machine has them; with one, or where no more are to be had, the caller
 * splits by himself. NULL: no memory. */
ds_ahead *ds_ahead_new(int threads, char delimiter);
void ds_ahead_free(ds_ahead *ahead);

/* The piece to fill next; NULL: all are in use. */
ds_piece *ds_ahead_room(ds_ahead *ahead);
/* It is filled. */
void ds_ahead_post(ds_ahead *ahead);
/* The oldest piece that was posted, split; NULL: there is none. It is the caller's until he is done with it.
 */
ds_piece *ds_ahead_take(ds_ahead *ahead);
void ds_ahead_done(ds_ahead *ahead);

#endif
