/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights as dense times sparse matrices (DSFormer, arXiv 2312.13211): blocks of rows of W (out,in) are each
 * D S, D (rows,r) a basis and S (r,in) with a few numbers in each column. A network has them widened; its
 * file holds the factors. */
#ifndef FC_FACTOR_H
#define FC_FACTOR_H

#include "lib/files/safetensors.h"
#include "lib/plan.h"

enum { FC_MOST_FACTOR_RANK = NN_MOST_BASIS, FC_MOST_FACTOR_KEPT = 16 }; /* a row of S is one signed byte */

typedef struct fc_factored {
    int out, in;            /* 0: none */
    int blocks, rank, kept; /* rank: columns of a basis; kept: numbers in a column of S */
    float *dense;           /* blocks x rows x rank; rows: out / blocks */
    float *values;          /* blocks x kept x in */
    int8_t *index;          /* likewise: the row of S of each, rising in a column */
} fc_factored;

/* All 0; its memory, of which dense, values and index have the sizes above. */
int fc_factored_make(fc_factored *f, int out, int in, int blocks, int rank, int kept, nn_error *error);
void fc_factored_clear(fc_factored *f);
/* W, row by row. */
void fc_factored_widen(const fc_factored *f, double *weights);
/* Numbers that it stands for. */
size_t fc_factored_size(const fc_factored *f);

/* Fills it from W (out,in), row by row: the basis begins at columns of the block, then the columns are coded
 * by orthogonal matching pursuit and the basis is solved for in turn (Engan et al. 1999, the method of
 * optimal directions). */
int fc_factor(fc_factored *f, const double *weights, int turns, nn_error *error);

/* --- of a parameter, in a file --- */

/* The sizes of a parameter as a map; false: it is none. */
bool fc_factor_suits(const nn_param *param, int *out, int *in);
/* Puts W in the place of the parameter's values, and the other way round. */
void fc_factor_put(const fc_factored *f, const nn_param *param, nn_real *values, double *weights);
void fc_factor_take(const nn_param *param, const nn_real *values, double *weights);

/* Writes "NAME.dense", "NAME.values" and, by themselves, as they are of one byte, "NAME.index". */
int fc_factor_write(nn_st_writer *writer, const nn_param *param, const fc_factored *f, nn_error *error);
int fc_factor_write_index(nn_st_writer *writer, const nn_param *param, const fc_factored *f, nn_error *error);
/* Whether a file has factors of the parameter. */
bool fc_factor_is_in(const nn_st_file *file, const nn_param *param);
/* Reads them; NN_BAD_DATA for what does not fit the parameter. */
int fc_factor_read(fc_factored *f, const nn_st_file *file, const nn_param *param, nn_error *error);

#endif
