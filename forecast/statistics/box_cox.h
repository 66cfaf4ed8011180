/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power transform of Box & Cox (1964) as R's forecast has it: sign(y) |y|^lambda less 1, by lambda; log y
 * for 0. */
#ifndef FC_BOX_COX_H
#define FC_BOX_COX_H

#include <stddef.h>

double fc_box_cox(double y, double lambda);

/* The value that x is the transform of; NaN where there is none (lambda below 0 and x at least -1 / lambda).
 * variance, of x about its mean, above 0: the mean of the values rather than their median, to second order.
 */
double fc_box_cox_back(double x, double lambda, double variance);

/* lambda in [-1, 2] (from 0 where a value is 0 or below) that makes the deviation of whole seasons, of two
 * values at least, most nearly proportional to their mean to the power 1 - lambda (Guerrero 1993). 1 for up
 * to two seasons. room: n doubles. */
double fc_box_cox_guerrero(const double *y, size_t n, int period, double *room);

#endif
