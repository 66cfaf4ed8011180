/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One linear map as two smaller ones (Greenformers, arXiv 2109.06762), by its weights or by what it sees. */
#ifndef FC_LOWRANK_H
#define FC_LOWRANK_H

#include "lib/base/error.h"

#include <stddef.h>

/* W (out,in) as second first, first (r,in) = (U S)', second (out,r) = V, of W' = U S V' cut to r columns. */
typedef struct fc_lowrank {
    int in, out, most; /* most: min(in, out) */
    double *u, *v, *s; /* in x most, out x most, most; s falls */
} fc_lowrank;

/* NN_FAILED without memory. weights: out x in, row by row. */
int fc_lowrank_make(fc_lowrank *l, const double *weights, int out, int in, nn_error *error);
/* The maps of which r columns are the nearest to W in what they make of inputs with the covariance C (in,in):
 * second holds the first eigenvectors of W C W', first is second' W; s has the roots of the eigenvalues, and
 * the columns of u are those of W' V over s. */
int fc_lowrank_weigh(fc_lowrank *l, const double *weights, const double *covariance, int out, int in,
                     nn_error *error);
void fc_lowrank_clear(fc_lowrank *l);
/* The least rank whose squares of s are this share of all. */
int fc_lowrank_rank(const fc_lowrank *l, double energy);
/* floor(in out / (in + out)): from here on two maps are no smaller than one. */
int fc_lowrank_limit(int in, int out);
/* The rank that is asked for of a map of this limit, a share of it below 1; 0: it is left alone. */
int fc_lowrank_asked(double asked, int limit);

#endif
