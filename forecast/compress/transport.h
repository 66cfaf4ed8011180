/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which neurons of one network are which of another, by optimal transport of what they do (Singh & Jaggi
 * 2020, arXiv 1910.05653; Imfeld et al. 2024, arXiv 2310.05719 for transformers). */
#ifndef FC_TRANSPORT_H
#define FC_TRANSPORT_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Euclidean distances of rows a (n0,width) and b (n1,width) over the largest of them, (n0,n1). activations:
 * rows are a neuron's values, which are first made of mean 0 and deviation 1 (of n - 1, plus 1e-9); otherwise
 * weights, whose rows are first made of length 1. a and b are changed. */
void fc_transport_cost(double *cost, double *a, int n0, double *b, int n1, size_t width, bool activations);

/* The map T (n0,n1) of least cost with uniform margins, each column with the sum 1: of regularisation 0 the
 * best matching itself, otherwise by Sinkhorn's iteration in logarithms until the margins are off by 1e-10 of
 * them (Cuturi 2013). NN_FAILED without memory. */
int fc_transport_map(double *map, const double *cost, int n0, int n1, double regularisation, nn_error *error);
/* The sum of cost times map over the columns: how far the two are apart. */
double fc_transport_distance(const double *map, const double *cost, int n0, int n1);

/* The best matching of n rows with n columns (Kuhn 1955, by shortest augmenting paths): column of each row.
 */
int fc_assign(int *column, const double *cost, int n, nn_error *error);

#endif
