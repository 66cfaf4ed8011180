/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a series has jumped to another level. */
#ifndef FC_JUMP_H
#define FC_JUMP_H

#include "lib/base/error.h"

#include <stddef.h>

typedef struct fc_jump {
    size_t row;           /* the first of the new level; 0: there is no jump */
    double before, after; /* means of the window on either side */
} fc_jump;

/* The largest jump of trend + rest (NaN allowed), n values without their seasons: the mean of a window after
 * a row less that before it stands out from those at all rows, by eight of their median deviations, and from
 * the noise, by four of its deviations. window: at least a season. */
int fc_jump_find(fc_jump *jump, const double *trend, const double *rest, size_t n, int season,
                 nn_error *error);

#endif
