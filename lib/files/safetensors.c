/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds tensors and metadata in an open safetensors file. */
#include "lib/files/safetensors.h"

#include "lib/base/half.h"
#include "lib/files/safetensors_internal.h"

#include <string.h>

size_t nn_st_count(const nn_st_file *file)
{
    return file->count;
}

const nn_st_tensor *nn_st_at(const nn_st_file *file, size_t index)
{
    return index < file->count ? &file->entries[index].tensor : NULL;
}

const nn_st_tensor *nn_st_find(const nn_st_file *file, const char *name)
{
    size_t low = 0, high = file->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, file->by_name[middle]->tensor.name);
        if (order == 0)
            return &file->by_name[middle]->tensor;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *nn_st_path(const nn_st_file *file)
{
    return file->path;
}

const char *nn_st_metadata(const nn_st_file *file, const char *key)
{
    for (size_t i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].value;
    return NULL;
}

size_t nn_st_metadata_count(const nn_st_file *file)
{
    return file->metadata_count;
}

const char *nn_st_metadata_key(const nn_st_file *file, size_t index)
{
    return index < file->metadata_count ? file->metadata[index].key : NULL;
}

/* Every supported number but I64 beyond 2^53 is exact in double. */
static double value_at(const unsigned char *data, st_dtype dtype, size_t i)
{
    uint16_t half;
    float f32;
    double f64;
    int32_t i32;
    int64_t i64;
    switch (dtype) {
    case ST_F32:
        memcpy(&f32, data + 4 * i, 4);
        return f32;
    case ST_F64:
        memcpy(&f64, data + 8 * i, 8);
        return f64;
    case ST_F16:
        memcpy(&half, data + 2 * i, 2);
        return nn_float_of_half(half);
    case ST_BF16:
        memcpy(&half, data + 2 * i, 2);
        return nn_float_of_bfloat(half);
    case ST_I8:
        return (int8_t)data[i];
    case ST_U8:
        return data[i];
    case ST_I32:
        memcpy(&i32, data + 4 * i, 4);
        return i32;
    case ST_I64:
        memcpy(&i64, data + 8 * i, 8);
        return (double)i64;
    }
    return 0;
}

void st_convert_f32(float *out, const unsigned char *data, st_dtype dtype, size_t count)
{
    if (dtype == ST_F32 && count)
        memcpy(out, data, count * sizeof *out);
    for (size_t i = 0; i < count && dtype != ST_F32; i++)
        out[i] = (float)value_at(data, dtype, i);
}

bool nn_st_is_real(const nn_st_tensor *tensor)
{
    const st_dtype dtype = ((const st_entry *)tensor)->dtype;
    return dtype == ST_F32 || dtype == ST_F64 || dtype == ST_F16 || dtype == ST_BF16;
}

void nn_st_read_f32(const nn_st_file *file, const nn_st_tensor *tensor, float *out)
{
    const st_entry *entry = (const st_entry *)tensor;
    st_convert_f32(out, file->data + entry->begin, entry->dtype, tensor->count);
}

void nn_st_read_f64(const nn_st_file *file, const nn_st_tensor *tensor, double *out)
{
    const st_entry *entry = (const st_entry *)tensor;
    const unsigned char *data = file->data + entry->begin;
    for (size_t i = 0; i < tensor->count; i++)
        out[i] = value_at(data, entry->dtype, i);
}
