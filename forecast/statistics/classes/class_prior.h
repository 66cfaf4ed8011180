/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probabilities of classes where the classes are not as frequent as among the objects trained on: p_c times
 * new share over old share, normalised (Saerens, Latinne & Decaestecker 2002, Neural Computation 14, 21,
 * equation 2.4). It holds where objects of a class look alike in both. */
#ifndef FC_CLASS_PRIOR_H
#define FC_CLASS_PRIOR_H

#include <stddef.h>

/* p (count, classes). A class whose old share is 0 keeps its p. */
void fc_prior_apply(double *p, size_t count, int classes, const double *old, const double *share);
/* The shares of the classes among objects whose probabilities are p, which were made for the shares `old`: by
 * their iteration (equation 2.9), from old on, to the nearest maximum of the likelihood. share (classes);
 * returns the number of rounds. */
int fc_prior_estimate(double *share, const double *p, size_t count, int classes, const double *old);

#endif
