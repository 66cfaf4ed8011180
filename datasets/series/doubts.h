/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes values of a table doubtful before anyone learns from them. */
#ifndef DS_DOUBTS_H
#define DS_DOUBTS_H

#include "datasets/table/table.h"

/* Says, a line each, which columns
 * - hold a value that means there is none, such as -9999 or 1e30: of nines alone, or the limit of a type of
 * number, and further from all others than these are spread;
 * - have values beyond the precision that networks compute in, such as 1e-300 or 1e30;
 * - have one value in all rows;
 * - hold in a row what another that is wanted has `most` rows later at most (their steps correlate by 0.999),
 * or are another in disguise (by 0.999999 in the same row). wanted: flags of columns that are to be forecast;
 * NULL: all. Looks at the first rows only where there are very many. At most a few lines of each sort.
 * NN_FAILED when memory is short, the only error. */
int ds_doubts_say(const ds_table *table, const uint8_t *wanted, int most,
                  void (*say)(void *context, const char *line), void *context, nn_error *error);
/* Says, a line for each of a few columns, which have values that vary and whose squares are 0 or infinite
 * even in double precision, where forecasts without a network are fitted: they count as constant then, and
 * nothing tells how far they err. */
void ds_doubts_say_squares(const ds_table *table, void (*say)(void *context, const char *line),
                           void *context);

#endif
