/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear maps of a trained network, each whole or of two. */
#include "forecast/compress/maps.h"

#include "forecast/compress/rebuild.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what there is --- */

bool fc_map_of(const nn_param *p, fc_map *map)
{
    const size_t length = strlen(p->name);
    const char *end = length > 7 ? p->name + length - 7 : "";
    *map = (fc_map){.param = p, .keras = nn_param_is_kernel(p)};
    if (!p->linear || (!map->keras && strcmp(end, ".weight") != 0) || length >= sizeof map->name)
        return false;
    snprintf(map->name, sizeof map->name, "%.*s", (int)length - 7, p->name);
    /* A convolution's width of 1 stands last, in Keras first. */
    const int *shape = map->keras ? p->shape + p->rank - 2 : p->shape;
    map->in = shape[map->keras ? 0 : 1];
    map->out = shape[map->keras ? 1 : 0];
    map->limit = fc_lowrank_limit(map->in, map->out);
    return true;
}

static void take_inputs(void *context, const nn_watched *w)
{
    fc_maps *maps = context;
    fc_inputs *x = NULL;
    for (int i = 0; i < maps->input_count; i++)
        if (maps->inputs[i].weight == w->weight)
            x = &maps->inputs[i];
    if (!x)
        return;
    const size_t n = (size_t)x->in;
    const nn_real *row = w->in->data;
    for (size_t r = 0; r < w->rows; r++, row += n)
        for (size_t i = 0; i < n; i++) {
            x->mean[i] += (double)row[i];
            for (size_t k = 0; k <= i; k++)
                x->covariance[i * n + k] += (double)row[i] * (double)row[k];
        }
    x->rows += (double)w->rows;
    x->parameters = w->parameters;
}

static void finish_inputs(fc_inputs *x)
{
    const size_t n = (size_t)x->in;
    for (size_t i = 0; i < n && x->rows > 0; i++)
        x->mean[i] /= x->rows;
    for (size_t i = 0; i < n && x->rows > 0; i++)
        for (size_t k = 0; k <= i; k++)
            x->covariance[i * n + k] = x->covariance[k * n + i] =
                x->covariance[i * n + k] / x->rows - x->mean[i] * x->mean[k];
}

/* Room for the inputs of each map that might begin an operation; those that did are kept. */
static int look(fc_maps *maps, const fc_trial *trial, nn_error *error)
{
    enum { SAMPLES = 256 };
    maps->inputs = calloc((size_t)maps->count + 1, sizeof *maps->inputs);
    if (!maps->inputs)
        return nn_no_memory(error);
    for (int i = 0; i < maps->count; i++) {
        const size_t n = (size_t)maps->map[i].in;
        fc_inputs *x = &maps->inputs[maps->input_count++];
        *x = (fc_inputs){.weight = maps->map[i].param->offset,
                         .in = maps->map[i].in,
                         .mean = calloc(n, sizeof(double)),
                         .covariance = calloc(n * n, sizeof(double))};
        if (!x->mean || !x->covariance)
            return nn_no_memory(error);
    }
    const int code = fc_trial_watch(trial, maps->model->params, SAMPLES, take_inputs, maps, error);
    for (int i = 0; i < maps->input_count; i++)
        finish_inputs(&maps->inputs[i]);
    for (int m = 0; m < maps->count; m++)
        for (int i = 0; i < maps->input_count; i++) {
            const fc_inputs *x = &maps->inputs[i];
            const size_t at = maps->map[m].param->offset;
            if (x->rows > 0 && x->in == maps->map[m].in && at >= x->weight && at < x->weight + x->parameters)
                maps->map[m].inputs = x;
        }
    return code;
}

int fc_maps_open(fc_maps *maps, fc_model *model, const fc_trial *trial, nn_error *error)
{
    *maps = (fc_maps){.model = model};
    if (model->kind->forecaster)
        return nn_fail(error, NN_USAGE, "%s is no network: there are no weights to be made smaller",
                       model->kind->name);
    if (model->factor_count || model->factored)
        return nn_fail(error, NN_USAGE, "the model's maps were made of two already");
    maps->map = calloc((size_t)model->params->count + 1, sizeof *maps->map);
    maps->factors = calloc((size_t)model->params->count + 1, sizeof *maps->factors);
    if (!maps->map || !maps->factors)
        return nn_no_memory(error);
    for (int i = 0; i < model->params->count; i++)
        maps->count += fc_map_of(&model->params->table[i], &maps->map[maps->count]);
    return trial ? look(maps, trial, error) : NN_OK;
}

static void clear_factors(fc_maps *maps)
{
    for (int i = 0; maps->factors && i < maps->factor_count; i++)
        free(maps->factors[i].name);
    maps->factor_count = 0;
}

void fc_maps_clear(fc_maps *maps)
{
    clear_factors(maps);
    free(maps->factors);
    for (int i = 0; maps->map && i < maps->count; i++)
        fc_lowrank_clear(&maps->map[i].parts);
    free(maps->map);
    for (int i = 0; maps->inputs && i < maps->input_count; i++) {
        free(maps->inputs[i].mean);
        free(maps->inputs[i].covariance);
    }
    free(maps->inputs);
    *maps = (fc_maps){0};
}

/* --- taken apart --- */

static double *weights_of(const fc_maps *maps, const fc_map *map)
{
    const size_t in = (size_t)map->in, out = (size_t)map->out;
    double *w = malloc(map->param->count * sizeof *w);
    const nn_real *from = maps->model->params->data + map->param->offset;
    for (size_t o = 0; w && o < out; o++)
        for (size_t i = 0; i < in; i++)
            w[o * in + i] = (double)from[map->keras ? i * out + o : o * in + i];
    return w;
}

static int take_apart(const fc_maps *maps, fc_map *map, nn_error *error)
{
    if (map->parts.s)
        return NN_OK;
    double *w = weights_of(maps, map);
    int code = w ? NN_OK : nn_no_memory(error);
    if (!code && map->inputs)
        code = fc_lowrank_weigh(&map->parts, w, map->inputs->covariance, map->out, map->in, error);
    else if (!code)
        code = fc_lowrank_make(&map->parts, w, map->out, map->in, error);
    free(w);
    return code;
}

int fc_maps_ask(fc_maps *maps, double energy, double asked, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < maps->count && !code; i++) {
        fc_map *map = &maps->map[i];
        if (energy > 0)
            code = take_apart(maps, map, error);
        const int rank = code         ? 0
                         : energy > 0 ? fc_lowrank_rank(&map->parts, energy)
                                      : fc_lowrank_asked(asked, map->limit);
        map->rank = rank < map->limit ? rank : 0;
    }
    return code;
}

int fc_maps_factor(fc_maps *maps, const fc_factor_wish *wish, int *factored, nn_error *error)
{
    enum { TURNS = 8 };
    fc_model *model = maps->model;
    *factored = 0;
    model->factored = calloc((size_t)model->params->count + 1, sizeof *model->factored);
    if (!model->factored)
        return nn_no_memory(error);
    for (int i = 0; i < maps->count; i++) {
        const fc_map *map = &maps->map[i];
        int blocks = wish->blocks;
        while (map->out % blocks)
            blocks--;
        /* an index is a quarter of a number */
        const double size = (double)map->out * wish->rank + 1.25 * blocks * wish->kept * map->in;
        if (wish->rank > map->in || size >= (double)map->in * map->out)
            continue;
        fc_factored *f = &model->factored[map->param - model->params->table];
        double *w = weights_of(maps, map);
        int code = w ? fc_factored_make(f, map->out, map->in, blocks, wish->rank, wish->kept, error)
                     : nn_no_memory(error);
        if (!code)
            code = fc_factor(f, w, TURNS, error);
        if (!code)
            fc_factor_put(f, map->param, model->params->data + map->param->offset, w);
        free(w);
        if (code)
            return code;
        ++*factored;
    }
    if (!*factored)
        fc_model_widen(model);
    return NN_OK;
}

/* --- built again --- */

/* The map whose name begins the parameter's, and what follows it. */
static const fc_map *map_of_part(const fc_maps *maps, const nn_param *p, const char **rest)
{
    for (int i = 0; i < maps->count; i++) {
        const fc_map *map = &maps->map[i];
        const size_t length = strlen(map->name);
        if (!map->rank || strncmp(p->name, map->name, length) != 0)
            continue;
        *rest = p->name + length;
        if (strncmp(*rest, ".first.", 7) == 0 || strncmp(*rest, ".second.", 8) == 0)
            return map;
    }
    return NULL;
}

static int copy(const fc_maps *maps, const char *name, const nn_param *p, nn_real *values, nn_error *error)
{
    const nn_param *old = nn_params_find(maps->model->params, name);
    if (!old || old->count != p->count)
        return nn_fail(error, NN_FAILED, "the parameter %s has no values", p->name);
    memcpy(values, maps->model->params->data + old->offset, p->count * sizeof *values);
    return NN_OK;
}

/* What the cut columns made of the mean of the inputs: the bias makes up for it. */
static void correct_bias(const fc_map *map, nn_real *bias)
{
    const fc_lowrank *l = &map->parts;
    const size_t most = (size_t)l->most;
    for (size_t k = (size_t)map->rank; k < most; k++) {
        double dot = 0;
        for (size_t i = 0; i < (size_t)l->in; i++)
            dot += l->u[i * most + k] * l->s[k] * map->inputs->mean[i];
        for (size_t o = 0; o < (size_t)l->out; o++)
            bias[o] += (nn_real)(l->v[o * most + k] * dot);
    }
}

static int fill(void *context, const nn_param *p, nn_real *values, nn_error *error)
{
    const fc_maps *maps = context;
    const char *rest;
    char name[440];
    const fc_map *map = map_of_part(maps, p, &rest);
    if (!map)
        return copy(maps, p->name, p, values, error);
    const fc_lowrank *l = &map->parts;
    const size_t rank = (size_t)map->rank, most = (size_t)l->most;
    if (strcmp(rest, ".second.bias") == 0) {
        snprintf(name, sizeof name, "%s.bias", map->name);
        const int code = copy(maps, name, p, values, error);
        if (!code && map->inputs)
            correct_bias(map, values);
        return code;
    }
    const bool first = rest[1] == 'f';
    for (size_t k = 0; k < rank; k++)
        for (size_t j = 0; j < (size_t)(first ? l->in : l->out); j++)
            if (first)
                values[k * (size_t)l->in + j] = (nn_real)(l->u[j * most + k] * l->s[k]);
            else
                values[j * rank + k] = (nn_real)l->v[j * most + k];
    return NN_OK;
}

int fc_maps_build(nn_params **params, fc_maps *maps, nn_error *error)
{
    *params = NULL;
    clear_factors(maps);
    for (int i = 0; i < maps->count; i++) {
        fc_map *map = &maps->map[i];
        if (!map->rank)
            continue;
        if (take_apart(maps, map, error))
            return NN_FAILED;
        char *name = strdup(map->name);
        if (!name)
            return nn_no_memory(error);
        maps->factors[maps->factor_count++] = (nn_factor){.name = name, .rank = map->rank};
    }
    return fc_rebuild(params, maps->model, maps->factors, maps->factor_count, fill, maps, error);
}

int fc_maps_apply(fc_maps *maps, nn_error *error)
{
    nn_params *params;
    const int code = fc_maps_build(&params, maps, error);
    if (code || !maps->factor_count) {
        nn_params_free(params);
        return code;
    }
    fc_model *model = maps->model;
    fc_rebuild_take(model, params);
    fc_model_forget_factors(model);
    model->factors = maps->factors;
    model->factor_count = maps->factor_count;
    maps->factors = NULL;
    maps->factor_count = 0;
    return NN_OK;
}
