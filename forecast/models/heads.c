/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention heads that share the columns of a model evenly. */
#include "forecast/models/heads.h"

#include <stdio.h>

/* "4 or 5", of which either may be the same or none (0). */
static const char *pair(int lower, int upper, char text[40])
{
    if (lower > 0 && upper > 0 && lower != upper)
        snprintf(text, 40, "%d or %d", lower, upper);
    else
        snprintf(text, 40, "%d", lower > 0 ? lower : upper);
    return text;
}

int fc_heads_check(int d_model, int heads, nn_error *error)
{
    char widths[40], counts[40];
    if (d_model % heads == 0)
        return NN_OK;
    const int below = d_model / heads * heads, above = below + heads;
    int fewer = heads, more = heads;
    while (d_model % fewer != 0)
        fewer--;
    while (more <= d_model && d_model % more != 0)
        more++;
    return nn_fail(
        error, NN_USAGE,
        "--heads: %d heads cannot share --d-model %d columns evenly: --d-model %s or --heads %s would do",
        heads, d_model, pair(below, above, widths), pair(fewer, more <= d_model ? more : 0, counts));
}
