/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dense times sparse weights of a model as tensors of its file. */
#include "forecast/files/factor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- a parameter as a map --- */

bool fc_factor_suits(const nn_param *p, int *out, int *in)
{
    const bool kernel = nn_param_is_kernel(p);
    if (!p->linear || p->rank < 2)
        return false;
    *in = kernel ? p->shape[p->rank - 2] : p->shape[1];
    *out = kernel ? p->shape[p->rank - 1] : p->shape[0];
    return (size_t)*in * (size_t)*out == p->count;
}

/* Where W's element is among the parameter's values. */
static size_t place(const nn_param *p, int out, int in, int o, int i)
{
    return nn_param_is_kernel(p) ? (size_t)i * (size_t)out + (size_t)o : (size_t)o * (size_t)in + (size_t)i;
}

void fc_factor_take(const nn_param *p, const nn_real *values, double *weights)
{
    int out, in;
    if (!fc_factor_suits(p, &out, &in))
        return;
    for (int o = 0; o < out; o++)
        for (int i = 0; i < in; i++)
            weights[(size_t)o * (size_t)in + (size_t)i] = (double)values[place(p, out, in, o, i)];
}

void fc_factor_put(const fc_factored *f, const nn_param *p, nn_real *values, double *weights)
{
    fc_factored_widen(f, weights);
    for (int o = 0; o < f->out; o++)
        for (int i = 0; i < f->in; i++)
            values[place(p, f->out, f->in, o, i)] = (nn_real)weights[(size_t)o * (size_t)f->in + (size_t)i];
}

/* --- writing --- */

static const char *name_of(const nn_param *p, const char *what, char text[512])
{
    snprintf(text, 512, "%s.%s", p->name, what);
    return text;
}

int fc_factor_write(nn_st_writer *writer, const nn_param *p, const fc_factored *f, nn_error *error)
{
    char text[512];
    const int64_t dense[] = {f->blocks, f->out / f->blocks, f->rank}, sparse[] = {f->blocks, f->kept, f->in};
    const int code = nn_st_writer_tensor(writer, name_of(p, "dense", text), 3, dense, f->dense, error);
    return code ? code : nn_st_writer_tensor(writer, name_of(p, "values", text), 3, sparse, f->values, error);
}

int fc_factor_write_index(nn_st_writer *writer, const nn_param *p, const fc_factored *f, nn_error *error)
{
    char text[512];
    const int64_t sparse[] = {f->blocks, f->kept, f->in};
    return nn_st_writer_int8(writer, name_of(p, "index", text), 3, sparse, f->index, error);
}

/* --- reading --- */

bool fc_factor_is_in(const nn_st_file *file, const nn_param *p)
{
    char text[512];
    return nn_st_find(file, name_of(p, "dense", text)) != NULL;
}

static int take_index(fc_factored *f, const nn_st_file *file, const nn_st_tensor *tensor, nn_error *error)
{
    float *rows = malloc((tensor->count + 1) * sizeof *rows);
    int code = rows ? NN_OK : nn_no_memory(error);
    if (rows)
        nn_st_read_f32(file, tensor, rows);
    for (size_t k = 0; !code && k < tensor->count; k++) {
        if (!(rows[k] >= 0 && rows[k] < (float)f->rank))
            code = nn_fail(error, NN_BAD_DATA, "%s: element %zu of the tensor '%s' is no row of 0 to %d",
                           nn_st_path(file), k, tensor->name, f->rank - 1);
        else
            f->index[k] = (int8_t)rows[k];
    }
    free(rows);
    return code;
}

int fc_factor_read(fc_factored *f, const nn_st_file *file, const nn_param *p, nn_error *error)
{
    char text[512];
    int out, in;
    const nn_st_tensor *d = nn_st_find(file, name_of(p, "dense", text)),
                       *v = nn_st_find(file, name_of(p, "values", text)),
                       *x = nn_st_find(file, name_of(p, "index", text));
    const bool suits = fc_factor_suits(p, &out, &in) && d && v && x && d->rank == 3 && v->rank == 3 &&
                       x->rank == 3 && d->shape[0] > 0 && d->shape[0] <= out &&
                       d->shape[0] * d->shape[1] == out && d->shape[2] > 0 &&
                       d->shape[2] <= FC_MOST_FACTOR_RANK && v->shape[0] == d->shape[0] && v->shape[1] > 0 &&
                       v->shape[1] <= d->shape[2] && v->shape[2] == in && x->shape[0] == v->shape[0] &&
                       x->shape[1] == v->shape[1] && x->shape[2] == v->shape[2];
    if (!suits)
        return nn_fail(error, NN_BAD_DATA, "%s: the factors of the tensor '%s' do not fit it",
                       nn_st_path(file), p->name);
    const int code =
        fc_factored_make(f, out, in, (int)d->shape[0], (int)d->shape[2], (int)v->shape[1], error);
    if (code)
        return code;
    nn_st_read_f32(file, d, f->dense);
    nn_st_read_f32(file, v, f->values);
    return take_index(f, file, x, error);
}
