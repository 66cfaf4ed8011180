/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in groups over two numbers, such as the periods and amplitudes of classes of stars. */
#ifndef PL_SCATTER_H
#define PL_SCATTER_H

#include "plots/plot.h"

enum { PL_MOST_GROUPS = 40 };

typedef struct pl_scatter_group {
    const char *name;
    const double *x, *y; /* (count) */
    size_t count;
} pl_scatter_group;

typedef struct pl_scatter_plot {
    const char *title, *x_title, *y_title;
    bool log_x, log_y;              /* points that are not positive are then left out */
    const pl_scatter_group *groups; /* the first lies beneath the others */
    int group_count;                /* 1 to PL_MOST_GROUPS; one alone is not named */
} pl_scatter_plot;
/* NN_USAGE for no points that can be drawn, or too many groups. */
int pl_scatter(const pl_scatter_plot *plot, const pl_target *target, nn_error *error);

#endif
