/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sliding windows as an index over a table: no copies. */
#ifndef DS_WINDOWS_H
#define DS_WINDOWS_H

#include "datasets/series/split.h"

/* Window w has its input in rows [first + w stride, first + w stride + lookback) and its target in the
 * horizon rows after them. All targets lie inside one part; the input may reach back into the part before (it
 * is the known past there). */
typedef struct ds_windows {
    size_t first; /* first input row of window 0 */
    size_t count;
    int lookback, horizon; /* rows */
    size_t stride;         /* 0: 1 */
} ds_windows;

/* The first input row of window w. */
static inline size_t ds_windows_row(const ds_windows *windows, size_t w)
{
    return windows->first + w * (windows->stride ? windows->stride : 1);
}

/* All windows of a part, stride 1: its rows (with up to lookback rows before it) - lookback - horizon + 1.
 * NN_BAD_DATA with the numbers when there is not even one; what names the part in that message. */
int ds_windows_make(const ds_part *part, const char *what, int lookback, int horizon, ds_windows *windows,
                    nn_error *error);

#endif
