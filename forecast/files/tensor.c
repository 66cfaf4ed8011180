/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parameter written as a tensor and read from one. */
#include "forecast/files/tensor.h"

#include <math.h>
#include <stdio.h>

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

static void print_shape(char *text, size_t size, int rank, const int64_t *shape)
{
    size_t used = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, i ? ",%lld" : "%lld", (long long)shape[i]);
    if (used < size)
        snprintf(text + used, size - used, ")");
}

int fc_tensor_expect(const nn_st_file *file, const nn_st_tensor *tensor, const nn_param *param,
                     const char *asking, nn_error *error)
{
    if (fc_tensor_suits(tensor, param))
        return NN_OK;
    int64_t shape[NN_MAX_RANK];
    for (int i = 0; i < param->rank; i++)
        shape[i] = param->shape[i];
    char found[128], wanted[128];
    print_shape(found, sizeof found, tensor->rank, tensor->shape);
    print_shape(wanted, sizeof wanted, param->rank, shape);
    return nn_fail(error, NN_BAD_DATA, "%s: the tensor '%s' has the shape %s; %s %s", nn_st_path(file),
                   tensor->name, found, asking, wanted);
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
