/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights as whole numbers of eight bits with a scale for each row. */
#include "forecast/files/int8.h"

#include "lib/base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- rows --- */

bool fc_int8_suits(const nn_param *param)
{
    return param->rank >= 2 && param->count >= 64 && param->init != NN_INIT_GROWN;
}

/* Which row an element is of. */
typedef struct row_form {
    size_t count, length; /* length: elements of a row that lie together; 0: rows are columns */
} row_form;

static row_form rows_of(const nn_param *param)
{
    const bool kernel = nn_param_is_kernel(param);
    const size_t count = (size_t)param->shape[kernel ? param->rank - 1 : 0];
    return (row_form){count, kernel ? 0 : param->count / count};
}

static size_t row_of(row_form r, size_t element)
{
    return r.length ? element / r.length : element % r.count;
}

float *fc_int8_take(const nn_param *param, const nn_real *weights, int8_t *values, int *count)
{
    const row_form rows = rows_of(param);
    *count = (int)rows.count;
    float *scale = calloc(rows.count, sizeof *scale);
    if (!scale)
        return NULL;
    for (size_t i = 0; i < param->count; i++) {
        const size_t r = row_of(rows, i);
        scale[r] = fmaxf(scale[r], fabsf((float)weights[i]) / 127);
    }
    for (size_t i = 0; i < param->count; i++) {
        const float s = scale[row_of(rows, i)];
        values[i] = s > 0 ? (int8_t)lrintf((float)weights[i] / s) : 0;
    }
    return scale;
}

int fc_int8_round(nn_params *params, nn_error *error)
{
    for (int i = 0; i < params->count; i++) {
        const nn_param *param = &params->table[i];
        nn_real *weights = params->data + param->offset;
        const row_form rows = rows_of(param);
        int count;
        int8_t *values = fc_int8_suits(param) ? malloc(param->count) : NULL;
        float *scale = values ? fc_int8_take(param, weights, values, &count) : NULL;
        for (size_t k = 0; scale && k < param->count; k++)
            weights[k] = values[k] * scale[row_of(rows, k)];
        const bool failed = fc_int8_suits(param) && !scale;
        free(values);
        free(scale);
        if (failed)
            return nn_no_memory(error);
    }
    return NN_OK;
}

/* --- files --- */

static const char *scale_name(const nn_param *param, char text[512])
{
    snprintf(text, 512, "%s.scale", param->name);
    return text;
}

void fc_int8_kept_free(fc_int8_kept *kept)
{
    for (int i = 0; i < kept->count; i++) {
        free(kept->values[i]);
        free(kept->scales[i]);
    }
    free(kept->values);
    free(kept->scales);
}

#ifndef NN_DOUBLE
static void widen(int64_t shape[NN_MAX_RANK], const nn_param *param)
{
    for (int k = 0; k < param->rank; k++)
        shape[k] = param->shape[k];
}

/* One parameter as it is, or its scales; its whole numbers are kept. */
static int write_floats(nn_st_writer *writer, const nn_param *param, const nn_real *weights, int8_t **values,
                        float **scale, nn_error *error)
{
    char text[512];
    int64_t shape[NN_MAX_RANK];
    int rows;
    widen(shape, param);
    if (!fc_int8_suits(param))
        return nn_st_writer_tensor(writer, param->name, param->rank, shape, weights, error);
    *values = malloc(param->count);
    *scale = *values ? fc_int8_take(param, weights, *values, &rows) : NULL;
    return *scale ? nn_st_writer_tensor(writer, scale_name(param, text), 1, &(int64_t){rows}, *scale, error)
                  : nn_no_memory(error);
}
#endif

/* The tensors of whole numbers, of one byte each, come last, so that all others stay aligned. */
int fc_int8_write(nn_st_writer *writer, const nn_params *params, fc_int8_kept *kept, nn_error *error)
{
#ifdef NN_DOUBLE
    (void)writer, (void)params, (void)kept;
    return nn_fail(error, NN_FAILED, "models are saved in single precision only");
#else
    int64_t shape[NN_MAX_RANK];
    *kept = (fc_int8_kept){.values = calloc((size_t)params->count + 1, sizeof *kept->values),
                           .scales = calloc((size_t)params->count + 1, sizeof *kept->scales)};
    if (!kept->values || !kept->scales)
        return nn_no_memory(error);
    kept->count = params->count;
    int code = NN_OK;
    for (int i = 0; i < params->count && !code; i++)
        code = write_floats(writer, &params->table[i], params->data + params->table[i].offset,
                            &kept->values[i], &kept->scales[i], error);
    for (int i = 0; i < params->count && !code; i++) {
        widen(shape, &params->table[i]);
        if (kept->values[i])
            code = nn_st_writer_int8(writer, params->table[i].name, params->table[i].rank, shape,
                                     kept->values[i], error);
    }
    return code;
#endif
}

const nn_st_tensor *fc_int8_scales(const nn_st_file *file, const nn_param *param)
{
    char text[512];
    const nn_st_tensor *scales = nn_st_find(file, scale_name(param, text));
    return scales && scales->rank == 1 && scales->shape[0] == (int64_t)rows_of(param).count ? scales : NULL;
}

int fc_int8_scale(nn_real *weights, const nn_st_file *file, const nn_param *param, nn_error *error)
{
    const nn_st_tensor *tensor = fc_int8_scales(file, param);
    const row_form rows = rows_of(param);
    float *scale = malloc(tensor->count * sizeof *scale);
    if (!scale)
        return nn_no_memory(error);
    nn_st_read_f32(file, tensor, scale);
    for (size_t i = 0; i < param->count; i++)
        weights[i] *= scale[row_of(rows, i)];
    free(scale);
    return NN_OK;
}
