/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensors as a file of torch.save. */
#include "forecast/exchange/published.h"
#include "forecast/exchange/stored_zip.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER "archive/"

static void put_number(FILE *to, char op, uint32_t value)
{
    fputc(op, to);
    fwrite(&value, sizeof value, 1, to);
}

static void put_text(FILE *to, const char *text)
{
    put_number(to, 'X', (uint32_t)strlen(text));
    fputs(text, to);
}

static void put_tuple(FILE *to, int rank, const int64_t *numbers)
{
    fputc('(', to);
    for (int i = 0; i < rank; i++)
        put_number(to, 'J', (uint32_t)numbers[i]);
    fputc('t', to);
}

static void put_empty_dict(FILE *to)
{
    fputs("ccollections\nOrderedDict\n)R", to);
}

static void put_tensor(FILE *to, const nn_st_tensor *tensor, size_t index)
{
    char key[24];
    int64_t stride[NN_ST_MAX_RANK];
    for (int i = tensor->rank - 1; i >= 0; i--)
        stride[i] = i + 1 < tensor->rank ? stride[i + 1] * tensor->shape[i + 1] : 1;
    snprintf(key, sizeof key, "%zu", index);
    put_text(to, tensor->name);
    fputs("ctorch._utils\n_rebuild_tensor_v2\n((", to);
    put_text(to, "storage");
    fputs("ctorch\nFloatStorage\n", to);
    put_text(to, key);
    put_text(to, "cpu");
    put_number(to, 'J', (uint32_t)tensor->count);
    fputs("tQ", to);
    put_number(to, 'J', 0);
    put_tuple(to, tensor->rank, tensor->shape);
    put_tuple(to, tensor->rank, stride);
    fputc('\x89', to); /* no gradient */
    put_empty_dict(to);
    fputs("tR", to);
}

static char *pickle_of(const nn_st_file *tensors, size_t *size)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, size);
    if (!to)
        return NULL;
    fputs("\x80\x02", to);
    put_empty_dict(to);
    fputc('(', to);
    for (size_t i = 0; i < nn_st_count(tensors); i++)
        put_tensor(to, nn_st_at(tensors, i), i);
    fputs("u.", to);
    const bool failed = ferror(to);
    if (fclose(to) || failed) {
        free(text);
        return NULL;
    }
    return text;
}

static int add_tensors(fc_zip_writer *zip, const nn_st_file *tensors, nn_error *error)
{
    int code = NN_OK;
    for (size_t i = 0; i < nn_st_count(tensors) && !code; i++) {
        const nn_st_tensor *tensor = nn_st_at(tensors, i);
        char name[48];
        float *values = malloc((tensor->count + 1) * sizeof *values);
        if (!values)
            return nn_no_memory(error);
        nn_st_read_f32(tensors, tensor, values);
        snprintf(name, sizeof name, FOLDER "data/%zu", i);
        code = fc_zip_writer_add(zip, name, values, tensor->count * sizeof *values, error);
        free(values);
    }
    return code;
}

int fc_torch_write(const nn_st_file *tensors, FILE *stream, nn_error *error)
{
    size_t size;
    for (size_t i = 0; i < nn_st_count(tensors); i++)
        if (nn_st_at(tensors, i)->count > INT32_MAX)
            return nn_fail(error, NN_FAILED, "the tensor '%s' has more elements than can be written",
                           nn_st_at(tensors, i)->name);
    char *pickle = pickle_of(tensors, &size);
    fc_zip_writer *zip = fc_zip_writer_new(stream);
    int code = pickle && zip ? NN_OK : nn_no_memory(error);
    if (!code)
        code = fc_zip_writer_add(zip, FOLDER "data.pkl", pickle, size, error);
    if (!code)
        code = fc_zip_writer_add(zip, FOLDER "byteorder", "little", 6, error);
    if (!code)
        code = add_tensors(zip, tensors, error);
    if (!code)
        code = fc_zip_writer_add(zip, FOLDER "version", "3\n", 2, error);
    if (!code)
        code = fc_zip_writer_end(zip, error);
    fc_zip_writer_free(zip);
    free(pickle);
    return code;
}
