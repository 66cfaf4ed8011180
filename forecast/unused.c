/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensors of published weights that belong to layers which the published program makes and never uses. They
 * stay in the model's file, so that what is exported is all that was imported. */
#include "forecast/model_internal.h"

#include <stdlib.h>
#include <string.h>

typedef struct kept {
    char *name;
    int rank;
    int64_t shape[NN_ST_MAX_RANK];
    float *values;
} kept;

struct fc_unused {
    int count;
    kept tensors[];
};

static bool is_unused(const nn_st_tensor *tensor, const fc_kind *kind)
{
    for (const char *const *part = kind->unused; part && *part; part++)
        if (strstr(tensor->name, *part))
            return true;
    return false;
}

int fc_unused_count(const nn_st_file *file, const fc_kind *kind)
{
    int count = 0;
    for (size_t i = 0; kind->unused && i < nn_st_count(file); i++)
        count += is_unused(nn_st_at(file, i), kind);
    return count;
}

void fc_unused_free(fc_unused *unused)
{
    for (int i = 0; unused && i < unused->count; i++) {
        free(unused->tensors[i].name);
        free(unused->tensors[i].values);
    }
    free(unused);
}

static int keep(kept *k, const nn_st_file *file, const nn_st_tensor *tensor, nn_error *error)
{
    static const char wrapped[] = "module.";
    const bool is_wrapped = strncmp(tensor->name, wrapped, sizeof wrapped - 1) == 0;
    k->name = strdup(tensor->name + (is_wrapped ? sizeof wrapped - 1 : 0));
    k->values = malloc((tensor->count + 1) * sizeof *k->values);
    if (!k->name || !k->values)
        return nn_no_memory(error);
    k->rank = tensor->rank;
    memcpy(k->shape, tensor->shape, sizeof k->shape);
    nn_st_read_f32(file, tensor, k->values);
    return NN_OK;
}

int fc_unused_read(fc_unused **unused, const nn_st_file *file, const fc_kind *kind, nn_error *error)
{
    const int count = fc_unused_count(file, kind);
    int code = NN_OK;
    *unused = NULL;
    if (!count)
        return NN_OK;
    fc_unused *u = calloc(1, sizeof *u + (size_t)count * sizeof u->tensors[0]);
    if (!u)
        return nn_no_memory(error);
    for (size_t i = 0; i < nn_st_count(file) && !code; i++)
        if (is_unused(nn_st_at(file, i), kind))
            code = keep(&u->tensors[u->count++], file, nn_st_at(file, i), error);
    if (code)
        fc_unused_free(u);
    else
        *unused = u;
    return code;
}

int fc_unused_write(const fc_unused *unused, nn_st_writer *writer, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; unused && i < unused->count && !code; i++)
        code = nn_st_writer_tensor(writer, unused->tensors[i].name, unused->tensors[i].rank,
                                   unused->tensors[i].shape, unused->tensors[i].values, error);
    return code;
}
