/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which seasons a series has. */
#ifndef FC_STL_SEASONS_H
#define FC_STL_SEASONS_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { FC_SEASONS = 3 };

/* periods (FC_SEASONS, rising), *count of them: `usual`, the rows of a season by the table's frequency (1:
 * none), where there are more than two; a week of such days within a day's; and whole periods that stand out
 * in the spectrum of what is left, three or more of them in the series, a multiple instead where its phases
 * explain more. y without NaN. */
int fc_seasons_find(const double *y, size_t n, int usual, int *periods, int *count, nn_error *error);

/* "24,168" into period (FC_SEASONS), rising, each at most `most`; false where it is no such list. */
bool fc_seasons_parse(const char *text, int *period, int most);

#endif
