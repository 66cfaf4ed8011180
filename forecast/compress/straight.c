/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dense times sparse weights trained straight through. */
#include "forecast/compress/straight.h"

#include "forecast/compress/rebuild.h"
#include "forecast/files/factor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parameter's name less its last part, which is its map's. */
static char *map_name(const nn_param *p)
{
    const char *dot = strrchr(p->name, '.');
    return strndup(p->name, dot ? (size_t)(dot - p->name) : strlen(p->name));
}

static const nn_factor *factor_of(const fc_model *model, const nn_param *p, const char *part)
{
    for (int i = 0; i < model->factor_count; i++) {
        const size_t length = strlen(model->factors[i].name);
        if (strncmp(p->name, model->factors[i].name, length) == 0 && strcmp(p->name + length, part) == 0)
            return &model->factors[i];
    }
    return NULL;
}

static int copy(const nn_params *from, const nn_param *p, nn_real *values, nn_error *error)
{
    const nn_param *old = nn_params_find(from, p->name);
    if (!old || old->count != p->count)
        return nn_fail(error, NN_FAILED, "the parameter %s has no values", p->name);
    memcpy(values, from->data + old->offset, p->count * sizeof *values);
    return NN_OK;
}

/* --- begin --- */

typedef struct beginning {
    const fc_model *model;
    const fc_factored **of; /* each of the model's factors */
} beginning;

static void fill_dense(const fc_factored *f, nn_real *values)
{
    for (size_t i = 0; i < (size_t)f->out * (size_t)f->rank; i++)
        values[i] = (nn_real)f->dense[i];
}

/* What is kept, and zeros. */
static void fill_proxy(const fc_factored *f, nn_real *values)
{
    const size_t in = (size_t)f->in, rank = (size_t)f->rank, kept = (size_t)f->kept;
    memset(values, 0, (size_t)f->blocks * rank * in * sizeof *values);
    for (size_t b = 0; b < (size_t)f->blocks; b++)
        for (size_t k = 0; k < kept; k++)
            for (size_t i = 0; i < in; i++) {
                const size_t at = (b * kept + k) * in + i;
                values[(b * rank + (size_t)f->index[at]) * in + i] = (nn_real)f->values[at];
            }
}

static int fill_begin(void *context, const nn_param *p, nn_real *values, nn_error *error)
{
    const beginning *b = context;
    const nn_factor *dense = factor_of(b->model, p, ".dense"), *proxy = factor_of(b->model, p, ".proxy");
    if (dense)
        fill_dense(b->of[dense - b->model->factors], values);
    else if (proxy)
        fill_proxy(b->of[proxy - b->model->factors], values);
    return dense || proxy ? NN_OK : copy(b->model->params, p, values, error);
}

/* The model's factors, each of a map that was factored. */
static int name_factors(fc_model *model, const fc_factored **of, nn_error *error)
{
    for (int i = 0; i < model->params->count; i++) {
        const fc_factored *f = &model->factored[i];
        if (!f->out)
            continue;
        char *name = map_name(&model->params->table[i]);
        if (!name)
            return nn_no_memory(error);
        of[model->factor_count] = f;
        model->factors[model->factor_count++] =
            (nn_factor){.name = name, .rank = f->rank, .kept = f->kept, .blocks = f->blocks};
    }
    return NN_OK;
}

int fc_straight_begin(fc_model *model, nn_error *error)
{
    nn_params *params = NULL;
    const size_t count = (size_t)model->params->count + 1;
    beginning b = {model, calloc(count, sizeof *b.of)};
    fc_model_forget_factors(model);
    model->factors = calloc(count, sizeof *model->factors);
    int code = b.of && model->factors ? name_factors(model, b.of, error) : nn_no_memory(error);
    if (!code)
        code = fc_rebuild(&params, model, model->factors, model->factor_count, fill_begin, &b, error);
    free(b.of);
    if (code)
        return code;
    fc_model_widen(model);
    fc_rebuild_take(model, params);
    return NN_OK;
}

/* --- end --- */

typedef struct ending {
    const fc_model *model;
    fc_factored *factored; /* of each parameter of the network that is built */
    int next;
} ending;

static const nn_param *part_of(const fc_model *model, const nn_factor *factor, const char *part)
{
    char name[440];
    snprintf(name, sizeof name, "%s.%s", factor->name, part);
    return nn_params_find(model->params, name);
}

static int take_factor(fc_factored *f, const fc_model *model, const nn_factor *factor, nn_error *error)
{
    const nn_param *dense = part_of(model, factor, "dense"), *proxy = part_of(model, factor, "proxy");
    if (!dense || !proxy)
        return nn_fail(error, NN_FAILED, "the map %s has no proxy", factor->name);
    const size_t in = (size_t)proxy->shape[2], rank = (size_t)factor->rank, kept = (size_t)factor->kept;
    const int code = fc_factored_make(f, dense->shape[0] * dense->shape[1], proxy->shape[2], factor->blocks,
                                      factor->rank, factor->kept, error);
    if (code)
        return code;
    for (size_t i = 0; i < dense->count; i++)
        f->dense[i] = (float)model->params->data[dense->offset + i];
    for (size_t b = 0; b < (size_t)factor->blocks; b++)
        for (size_t i = 0; i < in; i++) {
            double column[NN_MOST_BASIS];
            int index[FC_MOST_FACTOR_KEPT];
            for (size_t r = 0; r < rank; r++)
                column[r] = (double)model->params->data[proxy->offset + (b * rank + r) * in + i];
            nn_keep_largest(index, column, 1, factor->rank, factor->kept);
            for (size_t k = 0; k < kept; k++) {
                f->index[(b * kept + k) * in + i] = (int8_t)index[k];
                f->values[(b * kept + k) * in + i] = (float)column[index[k]];
            }
        }
    return NN_OK;
}

static int fill_end(void *context, const nn_param *p, nn_real *values, nn_error *error)
{
    ending *e = context;
    fc_factored *f = &e->factored[e->next++];
    const nn_factor *factor = p->linear ? factor_of(e->model, p, strrchr(p->name, '.')) : NULL;
    if (!factor)
        return copy(e->model->params, p, values, error);
    const int code = take_factor(f, e->model, factor, error);
    double *w = code ? NULL : malloc(p->count * sizeof *w);
    if (w)
        fc_factor_put(f, p, values, w);
    else if (!code)
        return nn_no_memory(error);
    free(w);
    return code;
}

int fc_straight_end(fc_model *model, nn_error *error)
{
    nn_params *params = NULL;
    /* the other network has no more parameters than this */
    ending e = {.model = model,
                .factored = calloc((size_t)model->params->count + 1, sizeof *model->factored)};
    if (!e.factored)
        return nn_no_memory(error);
    const int code = fc_rebuild(&params, model, NULL, 0, fill_end, &e, error);
    if (code) {
        for (int i = 0; i < e.next; i++)
            fc_factored_clear(&e.factored[i]);
        free(e.factored);
        return code;
    }
    fc_rebuild_take(model, params);
    fc_model_forget_factors(model);
    model->factored = e.factored;
    return NN_OK;
}
