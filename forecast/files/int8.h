/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights as whole numbers of eight bits with a scale for each row, in memory and in a model's file; scales
 * and biases as the upper halves of floats. */
#ifndef FC_INT8_H
#define FC_INT8_H

#include "lib/files/safetensors.h"
#include "lib/params.h"

#include <stdbool.h>

/* Whether a parameter is kept as whole numbers of -127 to 127, one scale for each of its rows: those of at
 * least two dimensions and 64 elements, but for those of trees. A row is what makes one output: all elements
 * of one index of the first dimension, of "kernel" parameters of the last. */
bool fc_int8_suits(const nn_param *param);
/* Whether a parameter is kept in half the bytes: biases, and gains and shifts of norms, of at least 16. */
bool fc_half_suits(const nn_param *param);
/* The upper half of the nearest float, or, up, of the nearest that is not smaller; and back. */
uint16_t fc_half(float value, bool up);
float fc_half_widen(uint16_t half);
/* The scales, malloced, *count of them, each the largest |w| of its row over 127, rounded up to a half;
 * values gets the whole numbers. NULL without memory. */
float *fc_int8_take(const nn_param *param, const nn_real *weights, int8_t *values, int *count);
/* Puts weights onto such steps. NN_FAILED without memory. */
int fc_int8_round(nn_params *params, nn_error *error);

/* The weights of a model as tensors of a file; *kept owns what the writer borrows, free it with
 * fc_int8_kept_free after writing. */
typedef struct fc_int8_kept {
    int8_t **values;
    uint16_t **halves; /* scales, or the parameter itself */
    int *rows;
    int count;
} fc_int8_kept;
int fc_int8_write(nn_st_writer *writer, const nn_params *params, fc_int8_kept *kept, nn_error *error);
void fc_int8_kept_free(fc_int8_kept *kept);
/* The scales of a parameter of an open file, NULL: it has none. */
const nn_st_tensor *fc_int8_scales(const nn_st_file *file, const nn_param *param);
/* Multiplies by them what was read as whole numbers. */
int fc_int8_scale(nn_real *weights, const nn_st_file *file, const nn_param *param, nn_error *error);

#endif
