/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A panel as SVG to stand within an HTML page: without gnuplot, and in the colours that the page's style
 * gives to its classes (h history, t truth, f forecast, n naive, m marks, w1 to w3 bands from the widest on,
 * a axes, g grid, e the line where the forecast begins). */
#ifndef PL_INLINE_H
#define PL_INLINE_H

#include "plots/plot.h"

#include <stdio.h>

typedef struct pl_inline {
    int width, height; /* of its coordinates; text is 13 of them high */
    bool shared;       /* another panel follows right below: no labels of time */
    ds_time low, high; /* of the axis of time; low == high: as the panel's lines have it */
} pl_inline;

/* Lines of more points than the picture is wide keep the least and the largest of each place. label: what is
 * read out instead of the picture. */
int pl_inline_panel(FILE *out, const pl_forecast_panel *panel, ds_frequency frequency, const pl_inline *how,
                    const char *label, nn_error *error);

#endif
