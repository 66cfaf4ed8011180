/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights as whole numbers of eight bits with a scale for each row. */
#include "forecast/files/int8.h"

#include "lib/base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- rows --- */

/* Trees, and running means and variances, do not bear it. */
static bool is_kept_whole(const nn_param *param)
{
    return param->init == NN_INIT_GROWN || param->init == NN_INIT_STATISTIC;
}

bool fc_int8_suits(const nn_param *param)
{
    return param->rank >= 2 && param->count >= 64 && !is_kept_whole(param);
}

bool fc_half_suits(const nn_param *param)
{
    static const char *const ends[] = {".bias", ".beta", ".gamma", ".weight"};
    const char *end = strrchr(param->name, '.');
    for (size_t i = 0; end && i < sizeof ends / sizeof *ends; i++)
        if (strcmp(end, ends[i]) == 0)
            return param->rank == 1 && param->count >= 16 && !is_kept_whole(param);
    return false;
}

uint16_t fc_half(float value, bool up)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits += up ? 0xffff : 0x7fff + (bits >> 16 & 1); /* ties to even */
    return (uint16_t)(bits >> 16);
}

float fc_half_widen(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
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
    for (size_t r = 0; r < rows.count; r++)
        scale[r] = fc_half_widen(fc_half(scale[r], true));
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
        for (size_t k = 0; fc_half_suits(param) && k < param->count; k++)
            weights[k] = fc_half_widen(fc_half((float)weights[k], false));
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
        free(kept->halves[i]);
    }
    free(kept->values);
    free(kept->halves);
    free(kept->rows);
}

#ifndef NN_DOUBLE
/* What is kept of one parameter: whole numbers with scales, halves, or nothing. */
static int take(fc_int8_kept *kept, int i, const nn_param *param, const nn_real *weights, nn_error *error)
{
    const bool whole = fc_int8_suits(param);
    if (!whole && !fc_half_suits(param))
        return NN_OK;
    float *scale = NULL;
    kept->rows[i] = (int)param->count;
    if (whole && (kept->values[i] = malloc(param->count)))
        scale = fc_int8_take(param, weights, kept->values[i], &kept->rows[i]);
    kept->halves[i] = malloc((size_t)kept->rows[i] * sizeof **kept->halves);
    if ((whole && !scale) || !kept->halves[i]) {
        free(scale);
        return nn_no_memory(error);
    }
    for (int r = 0; r < kept->rows[i]; r++)
        kept->halves[i][r] = fc_half(scale ? scale[r] : (float)weights[r], false);
    free(scale);
    return NN_OK;
}

/* Its tensor of that many bytes an element, where it has one. */
static int write_one(nn_st_writer *writer, const fc_int8_kept *kept, int i, const nn_param *param,
                     const nn_real *weights, int bytes, nn_error *error)
{
    char text[512];
    int64_t shape[NN_MAX_RANK];
    for (int k = 0; k < param->rank; k++)
        shape[k] = param->shape[k];
    if (bytes == 4 && !kept->halves[i])
        return nn_st_writer_tensor(writer, param->name, param->rank, shape, weights, error);
    if (bytes == 2 && kept->halves[i])
        return nn_st_writer_bf16(writer, kept->values[i] ? scale_name(param, text) : param->name, 1,
                                 &(int64_t){kept->rows[i]}, kept->halves[i], error);
    return bytes == 1 && kept->values[i]
               ? nn_st_writer_int8(writer, param->name, param->rank, shape, kept->values[i], error)
               : NN_OK;
}
#endif

/* Tensors of fewer bytes an element come later, so that all stay aligned. */
int fc_int8_write(nn_st_writer *writer, const nn_params *params, fc_int8_kept *kept, nn_error *error)
{
#ifdef NN_DOUBLE
    (void)writer, (void)params, (void)kept;
    return nn_fail(error, NN_FAILED, "models are saved in single precision only");
#else
    const size_t room = (size_t)params->count + 1;
    *kept = (fc_int8_kept){.values = calloc(room, sizeof *kept->values),
                           .halves = calloc(room, sizeof *kept->halves),
                           .rows = calloc(room, sizeof *kept->rows)};
    if (!kept->values || !kept->halves || !kept->rows)
        return nn_no_memory(error);
    kept->count = params->count;
    int code = NN_OK;
    for (int i = 0; i < params->count && !code; i++)
        code = take(kept, i, &params->table[i], params->data + params->table[i].offset, error);
    for (int bytes = 4; bytes && !code; bytes /= 2)
        for (int i = 0; i < params->count && !code; i++)
            code = write_one(writer, kept, i, &params->table[i], params->data + params->table[i].offset,
                             bytes, error);
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
