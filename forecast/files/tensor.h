/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parameter as a tensor of a file, whatever its name there. */
#ifndef FC_TENSOR_H
#define FC_TENSOR_H

#include "lib/files/safetensors.h"
#include "lib/params.h"

#ifndef NN_DOUBLE
/* Its values, of param->count, which the writer borrows. */
int fc_tensor_write(nn_st_writer *writer, const char *name, const nn_param *param, const nn_real *values,
                    nn_error *error);
#endif
/* Whether the tensor has its shape. */
bool fc_tensor_suits(const nn_st_tensor *tensor, const nn_param *param);
/* NN_BAD_DATA names both shapes where it has not; asking: "these settings need", before that of the
 * parameter. */
int fc_tensor_expect(const nn_st_file *file, const nn_st_tensor *tensor, const nn_param *param,
                     const char *asking, nn_error *error);
/* Reads one that does. */
void fc_tensor_read(nn_real *values, const nn_st_file *file, const nn_st_tensor *tensor);
/* NN_BAD_DATA names the first that is not finite. */
int fc_tensor_check(const nn_st_file *file, const char *name, const nn_real *values, size_t count,
                    nn_error *error);

#endif
