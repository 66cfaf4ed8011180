/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear maps of a trained network made of two smaller ones (Greenformers, arXiv 2109.06762). */
#ifndef FC_LOWRANK_H
#define FC_LOWRANK_H

#include "forecast/model.h"

/* W (out,in) as second first, first (r,in) = (U S)', second (out,r) = V, of W' = U S V' cut to r columns. */
typedef struct fc_lowrank {
    int in, out, most; /* most: min(in, out) */
    double *u, *v, *s; /* in x most, out x most, most; s falls */
} fc_lowrank;

/* NN_FAILED without memory. weights: out x in, row by row. */
int fc_lowrank_make(fc_lowrank *l, const double *weights, int out, int in, nn_error *error);
void fc_lowrank_clear(fc_lowrank *l);
/* The least rank whose squared singular values are this share of all. */
int fc_lowrank_rank(const fc_lowrank *l, double energy);
/* floor(in out / (in + out)): from here on two maps are no smaller than one. */
int fc_lowrank_limit(int in, int out);
/* The rank that is asked for of a map of this limit, a share of it below 1; 0: it is left alone. */
int fc_lowrank_asked(double asked, int limit);

/* Makes two of every linear map that becomes smaller by it, at the rank that keeps `energy`, or where energy
 * is 0 at the rank asked for. The model keeps its settings; *maps says how many were made of two. */
int fc_model_lowrank(fc_model *model, double energy, double asked, int *maps, nn_error *error);

#endif
