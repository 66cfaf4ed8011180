/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear maps of a trained network made of two smaller ones, by singular values. */
#include "forecast/lowrank.h"

#include "forecast/model_internal.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- one map --- */

void fc_lowrank_clear(fc_lowrank *l)
{
    free(l->u);
    free(l->v);
    free(l->s);
    *l = (fc_lowrank){0};
}

/* a (rows x columns, rows at least columns) becomes its left vectors, v (columns x columns) the right ones.
 */
static void decompose(double *a, int rows, int columns, double *v, double *s)
{
    gsl_matrix_view am = gsl_matrix_view_array(a, (size_t)rows, (size_t)columns),
                    vm = gsl_matrix_view_array(v, (size_t)columns, (size_t)columns);
    gsl_vector_view sv = gsl_vector_view_array(s, (size_t)columns);
    gsl_linalg_SV_decomp_jacobi(&am.matrix, &vm.matrix, &sv.vector);
}

int fc_lowrank_make(fc_lowrank *l, const double *weights, int out, int in, nn_error *error)
{
    const int most = in < out ? in : out;
    *l = (fc_lowrank){.in = in, .out = out, .most = most};
    l->u = calloc((size_t)in * (size_t)most, sizeof *l->u);
    l->v = calloc((size_t)out * (size_t)most, sizeof *l->v);
    l->s = calloc((size_t)most, sizeof *l->s);
    if (!l->u || !l->v || !l->s) {
        fc_lowrank_clear(l);
        return nn_no_memory(error);
    }
    /* The taller of W and W' is taken apart. */
    double *tall = in >= out ? l->u : l->v;
    for (int o = 0; o < out; o++)
        for (int i = 0; i < in; i++)
            tall[in >= out ? (size_t)i * (size_t)out + (size_t)o : (size_t)o * (size_t)in + (size_t)i] =
                weights[(size_t)o * (size_t)in + (size_t)i];
    decompose(tall, in >= out ? in : out, most, in >= out ? l->v : l->u, l->s);
    return NN_OK;
}

int fc_lowrank_rank(const fc_lowrank *l, double energy)
{
    double all = 0, sum = 0;
    for (int k = 0; k < l->most; k++)
        all += l->s[k] * l->s[k];
    for (int k = 0; k < l->most; k++) {
        sum += l->s[k] * l->s[k];
        if (sum >= energy * all)
            return k + 1;
    }
    return l->most;
}

int fc_lowrank_limit(int in, int out)
{
    return (int)((int64_t)in * out / (in + out));
}

int fc_lowrank_asked(double asked, int limit)
{
    const int rank = (int)floor(asked < 1 ? limit * asked : asked);
    return rank < limit ? rank : 0;
}

/* --- a model --- */

typedef struct cut {
    nn_params *old;
    nn_factor *factors;
    fc_lowrank *parts; /* of each factor */
    int count;
} cut;

/* The map's name, and whether its weight stands as (in,out); false: the parameter is no linear map's. */
static bool map_name(const nn_param *p, char name[400], bool *keras)
{
    const size_t length = strlen(p->name);
    *keras = length > 7 && strcmp(p->name + length - 7, ".kernel") == 0;
    const bool weight = length > 7 && strcmp(p->name + length - 7, ".weight") == 0;
    if (!p->linear || (!*keras && !weight) || length >= 400)
        return false;
    snprintf(name, 400, "%.*s", (int)length - 7, p->name);
    return true;
}

/* A convolution's width of 1 stands first or last. */
static void sizes_of(const nn_param *p, bool keras, int *out, int *in)
{
    const int first = keras ? p->shape[p->rank - 2] : p->shape[1],
              other = keras ? p->shape[p->rank - 1] : p->shape[0];
    *in = first;
    *out = other;
}

static double *weights_of(const nn_params *params, const nn_param *p, bool keras, int out, int in)
{
    double *w = malloc(p->count * sizeof *w);
    const nn_real *from = params->data + p->offset;
    for (int o = 0; w && o < out; o++)
        for (int i = 0; i < in; i++)
            w[(size_t)o * (size_t)in + (size_t)i] = (double)
                from[keras ? (size_t)i * (size_t)out + (size_t)o : (size_t)o * (size_t)in + (size_t)i];
    return w;
}

static int take_map(cut *c, const nn_param *p, double energy, double asked, nn_error *error)
{
    char name[400];
    bool keras;
    int in, out;
    if (!map_name(p, name, &keras))
        return NN_OK;
    sizes_of(p, keras, &out, &in);
    const int limit = fc_lowrank_limit(in, out);
    double *w = weights_of(c->old, p, keras, out, in);
    fc_lowrank *l = &c->parts[c->count];
    int code = w ? fc_lowrank_make(l, w, out, in, error) : nn_no_memory(error);
    free(w);
    if (code)
        return code;
    const int rank = energy > 0 ? fc_lowrank_rank(l, energy) : fc_lowrank_asked(asked, limit);
    if (rank < 1 || rank >= limit) {
        fc_lowrank_clear(l);
        return NN_OK;
    }
    c->factors[c->count] = (nn_factor){strdup(name), rank};
    return c->factors[c->count++].name ? NN_OK : nn_no_memory(error);
}

/* The factor whose map's name begins the parameter's; what follows it. */
static int factor_of(const cut *c, const nn_param *p, const char **rest)
{
    for (int i = 0; i < c->count; i++) {
        const size_t length = strlen(c->factors[i].name);
        *rest = p->name + length;
        if (strncmp(p->name, c->factors[i].name, length) == 0 &&
            (strncmp(*rest, ".first.", 7) == 0 || strncmp(*rest, ".second.", 8) == 0))
            return i;
    }
    return -1;
}

static int fill(const cut *c, nn_params *params, const nn_param *p, nn_error *error)
{
    nn_real *to = params->data + p->offset;
    const char *rest, *from = p->name;
    char name[440];
    const int i = factor_of(c, p, &rest);
    if (i >= 0 && strcmp(rest, ".second.bias") == 0) {
        snprintf(name, sizeof name, "%s.bias", c->factors[i].name);
        from = name;
    } else if (i >= 0) {
        const fc_lowrank *l = &c->parts[i];
        const int rank = c->factors[i].rank;
        const bool first = rest[1] == 'f';
        for (int k = 0; k < rank; k++)
            for (int j = 0; j < (first ? l->in : l->out); j++)
                if (first)
                    to[(size_t)k * (size_t)l->in + (size_t)j] =
                        (nn_real)(l->u[(size_t)j * (size_t)l->most + (size_t)k] * l->s[k]);
                else
                    to[(size_t)j * (size_t)rank + (size_t)k] =
                        (nn_real)l->v[(size_t)j * (size_t)l->most + (size_t)k];
        return NN_OK;
    }
    const nn_param *old = nn_params_find(c->old, from);
    if (!old || old->count != p->count)
        return nn_fail(error, NN_FAILED, "the parameter %s has no values", p->name);
    memcpy(to, c->old->data + old->offset, p->count * sizeof *to);
    return NN_OK;
}

static int rebuild(fc_model *model, cut *c, nn_error *error)
{
    model->factors = c->factors;
    model->factor_count = c->count;
    model->params = NULL;
    int code = fc_model_register(model, error);
    if (!code)
        code = nn_params_reserve(model->params, error);
    for (int i = 0; !code && i < model->params->count; i++)
        code = fill(c, model->params, &model->params->table[i], error);
    return code;
}

int fc_model_lowrank(fc_model *model, double energy, double asked, int *maps, nn_error *error)
{
    cut c = {.old = model->params};
    *maps = 0;
    if (model->kind->forecaster)
        return nn_fail(error, NN_USAGE, "%s has no network to be made smaller", model->kind->name);
    if (model->factor_count)
        return nn_fail(error, NN_USAGE, "the model's maps were made of two already");
    c.factors = calloc((size_t)c.old->count + 1, sizeof *c.factors);
    c.parts = calloc((size_t)c.old->count + 1, sizeof *c.parts);
    int code = c.factors && c.parts ? NN_OK : nn_no_memory(error);
    for (int i = 0; !code && i < c.old->count; i++)
        code = take_map(&c, &c.old->table[i], energy, asked, error);
    if (!code && c.count)
        code = rebuild(model, &c, error);
    *maps = c.count;
    for (int i = 0; c.parts && i <= c.count; i++)
        fc_lowrank_clear(&c.parts[i]);
    free(c.parts);
    if (model->params != c.old)
        nn_params_free(c.old);
    if (model->factors != c.factors) {
        for (int i = 0; c.factors && i < c.count; i++)
            free(c.factors[i].name);
        free(c.factors);
    }
    return code;
}
