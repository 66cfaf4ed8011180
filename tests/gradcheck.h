/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of a plan against central differences of step 1e-5 in double. The objective is a random weighting
 * of the outputs, or the plan's loss. Passes when |analytic - numeric| <= 1e-7 max|g|, g over all tensors of
 * the case: a parameter whose true gradient is zero has nothing but rounding of its own. */
#ifndef TESTS_GRADCHECK_H
#define TESTS_GRADCHECK_H

#include "tests/graph.h"

typedef struct gradcheck_case {
    const char *name;
    int batch, used; /* used 0: the whole batch */
    graph_build_fn build;
    const void *config;
    void (*adjust)(nn_params *params, const void *config); /* after the parameters are drawn; may be NULL */
    int most; /* elements of a tensor that are checked, drawn ones; 0: 120 */
} gradcheck_case;

/* Every element of every port with a gradient and of every parameter, or 120 drawn ones of each larger
 * tensor; in brief, one of each. */
void gradcheck(const gradcheck_case *c);

/* The batch cut into two shards, each in a plan of its own: same outputs, and gradients that add up to the
 * whole. */
void gradcheck_shards(const gradcheck_case *c);

#endif
