/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parameter written as a tensor and read from one. */
#include "forecast/files/tensor.h"

#include <math.h>

#ifndef NN_DOUBLE
int fc_tensor_write(nn_st_writer *writer, const char *name, const nn_param *param, const nn_real *values,
                    nn_error *error)
{
    int64_t shape[NN_MAX_RANK];
    for (int k = 0; k < param->rank; k++)
        shape[k] = param->shape[k];
    return nn_st_writer_tensor(writer, name, param->rank, shape, values, error);
}
#endif

bool fc_tensor_suits(const nn_st_tensor *tensor, const nn_param *param)
{
    bool same = tensor->rank == param->rank;
    for (int k = 0; same && k < param->rank; k++)
        same = tensor->shape[k] == param->shape[k];
    return same;
}

void fc_tensor_read(nn_real *values, const nn_st_file *file, const nn_st_tensor *tensor)
{
#ifdef NN_DOUBLE
    nn_st_read_f64(file, tensor, values);
#else
    nn_st_read_f32(file, tensor, values);
#endif
}

int fc_tensor_check(const nn_st_file *file, const char *name, const nn_real *values, size_t count,
                    nn_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return nn_fail(error, NN_BAD_DATA, "%s: element %zu of the tensor '%s' is not finite",
                           nn_st_path(file), i, name);
    return NN_OK;
}
