/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All parameters of a model in one flat buffer, with a table of names, shapes and initial values. The table
 * is the weight file's index; gradients and optimiser moments mirror the buffer. */
#ifndef NN_PARAMS_H
#define NN_PARAMS_H

#include "lib/base/error.h"
#include "lib/base/real.h"
#include "lib/kernels/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NN_MAX_RANK = 4 };

typedef enum nn_init {
    NN_INIT_ZERO,
    NN_INIT_ONE,
    NN_INIT_NORMAL,     /* N(0, bound^2) of a constant: it is stored like a parameter, but has no gradient */
    NN_INIT_ORTHOGONAL, /* likewise, the rows of each square block orthogonal (Yu et al. 2016, section 3) */
    NN_INIT_CENTRE,     /* likewise, all of them bound */
    NN_INIT_GROWN,      /* likewise, zero until trees are grown */
    /* likewise; (3,n): running mean and variance of n columns, first 0 and 1, and the weight they have */
    NN_INIT_STATISTIC,
    NN_INIT_MIXING, /* of a square matrix: the identity plus N(0,1) */
    NN_INIT_VALUE,  /* all of them bound */
    NN_INIT_UNIFORM /* U(-bound, bound), bound in nn_param; linear layers use 1/sqrt(fan in), as PyTorch does
                     */
} nn_init;

typedef struct nn_param {
    char *name;
    int rank;
    int shape[NN_MAX_RANK];
    size_t offset, count; /* in elements of the flat buffer */
    nn_init init;
    double bound;
    bool linear; /* the weight of one linear map of all rows */
} nn_param;

/* A linear map made of two, of so many columns between them (Greenformers, arXiv 2109.06762); or, where
 * numbers are kept, of a basis and a sparse matrix for each block of its rows (nn_linear_sparse). */
typedef struct nn_factor {
    char *name; /* of the map: its parameters are "name.first.weight" (rank,in) and "name.second.weight"
                   (out,rank) */
    int rank;
    int kept, blocks; /* 0: of two */
} nn_factor;

typedef struct nn_params {
    const nn_factor *factors; /* borrowed; factor_count */
    int factor_count;
    nn_param *table;
    int count;
    size_t size;                                 /* elements of the flat buffer; grows with the table */
    nn_real *data;                               /* NULL until nn_params_allocate */
    nn_precision precision;                      /* of linear maps in plans that infer */
    struct nn_kept *kept;                        /* rearranged weights (lib/kept.h); owned */
    void (*free_kept)(struct nn_params *params); /* and what frees them; NULL: there are none */
    uint64_t version;                            /* how often nn_params_changed was called */
} nn_params;

/* data has changed, and plans that were compiled before may run again. Those compiled later see it by
 * themselves. */
void nn_params_changed(nn_params *params);

/* Whether it is a constant by its initial values, thus without gradient. */
bool nn_param_is_constant(const nn_param *param);

/* Whether a weight stands as (in,out), as in Keras: its name ends in ".kernel". */
bool nn_param_is_kernel(const nn_param *param);

nn_params *nn_params_new(void); /* NULL when memory is short */
void nn_params_free(nn_params *params);

/* Whether a further parameter may have that shape: ranks, sizes, and the number of all elements. */
bool nn_params_fit(const nn_params *params, int rank, const int *shape);
/* The parameter of that name, added when it is new. Asking again with the same shape gives the same parameter
 * (several plans share one table). NULL with another shape than before, for a new one after allocation, for
 * sizes that cannot be counted, and when memory is short. The pointer is good until the table next grows. */
const nn_param *nn_params_want(nn_params *params, const char *name, nn_init init, double bound, int rank,
                               const int *shape);
const nn_param *nn_params_find(const nn_params *params, const char *name); /* NULL when absent */
/* Zeros in all parameters of the map of that name, such as its weight and bias: it says nothing. */
void nn_params_silence(nn_params *params, const char *map);
/* Notes that it is the weight of a linear map. */
void nn_params_mark_linear(nn_params *params, const nn_param *param);
/* How a linear map is made of two; NULL: it is one. */
const nn_factor *nn_params_factor(const nn_params *params, const char *name);

/* Allocates the buffer without values: for weights that are read from a file. */
int nn_params_reserve(nn_params *params, nn_error *error);

/* Allocates the buffer and draws the initial values: every element depends on seed, the parameter's name and
 * its index only, never on the order of the table. */
int nn_params_allocate(nn_params *params, uint64_t seed, nn_error *error);

#endif
