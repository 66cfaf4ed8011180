/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One network of two, by what their neurons make of the same samples. */
#include "forecast/compress/fuse.h"

#include "forecast/compress/modules.h"
#include "forecast/compress/rebuild.h"
#include "forecast/compress/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM, QUERY_KEY, VALUE, HIDDEN };

/* Neurons that go by one map, and what both networks make of them: rows of `size` values. */
typedef struct group {
    int kind, layer, size;
    double *seen[2];
    size_t rows[2], room[2];
    double *map; /* size x size: of the first to the second */
} group;

typedef struct fusing {
    const nn_params *whole[2];
    fc_modules modules;
    group *groups;
    int group_count;
    int *of_axis; /* parameters x NN_MAX_RANK: a group, -1: none */
    int net;      /* that is watched */
    bool failed;  /* for memory */
} fusing;

/* --- which dimension goes by which map --- */

static int find_group(const fusing *f, int kind, int layer)
{
    for (int i = 0; i < f->group_count; i++)
        if (f->groups[i].kind == kind && f->groups[i].layer == layer)
            return i;
    return -1;
}

/* The same, made where there is none. */
static int group_of(fusing *f, int kind, int layer, int size)
{
    const int found = find_group(f, kind, layer);
    if (found >= 0)
        return found;
    group *all = realloc(f->groups, ((size_t)f->group_count + 1) * sizeof *all);
    if (!all) {
        f->failed = true;
        return -1;
    }
    f->groups = all;
    f->groups[f->group_count] = (group){.kind = kind, .layer = layer, .size = size};
    return f->group_count++;
}

/* The dimension that its outputs are of. */
static int out_axis(const nn_param *p)
{
    return nn_param_is_kernel(p) ? p->rank - 1 : 0;
}

/* Weights and biases of queries, keys and values follow each other in the table; the output's weight has the
 * values' columns as its inputs. */
static void note_heads(fusing *f, int layer)
{
    int weights = 0, biases = 0;
    for (int i = 0; i < f->modules.axis_count; i++) {
        const fc_module_axis *x = &f->modules.axes[i];
        const nn_param *p = &f->whole[0]->table[x->param];
        if (x->layer != layer || !x->heads)
            continue;
        int kind = VALUE;
        if (p->rank == 1)
            kind = biases++ < 2 ? QUERY_KEY : VALUE;
        else if (x->axis == out_axis(p))
            kind = weights++ < 2 ? QUERY_KEY : VALUE;
        f->of_axis[x->param * NN_MAX_RANK + x->axis] = group_of(f, kind, layer, p->shape[x->axis]);
    }
}

static int note_layers(fusing *f, nn_error *error)
{
    for (int l = 0; l < f->modules.count; l++) {
        const char *mixer = f->modules.mixers[l].kind->name;
        const bool none = strcmp(mixer, "none") == 0 || strcmp(mixer, "mean") == 0;
        if (!none && (strcmp(mixer, "softmax") != 0 || !f->modules.cut[l].heads))
            return nn_fail(error, NN_USAGE,
                           "fuse matches the heads of softmax, and layer %d has the mixer %s", l + 1, mixer);
        note_heads(f, l);
    }
    for (int i = 0; i < f->modules.axis_count; i++) {
        const fc_module_axis *x = &f->modules.axes[i];
        const nn_param *p = &f->whole[0]->table[x->param];
        if (x->heads && x->unit != f->modules.width[x->layer])
            return nn_fail(error, NN_USAGE, "the columns of its heads have a dimension of their own");
        if (!x->heads)
            f->of_axis[x->param * NN_MAX_RANK + x->axis] = group_of(f, HIDDEN, x->layer, p->shape[x->axis]);
    }
    return NN_OK;
}

/* The columns of the tokens are what grows with --d-model where heads and hidden units stay. */
static int note_stream(fusing *f, fc_model *model, nn_error *error)
{
    const nn_option *option = nn_option_find(model->kind->options, "d-model");
    char before[32], twice[32];
    nn_params *shapes = NULL;
    if (!option)
        return nn_fail(error, NN_USAGE, "fuse is for networks with --d-model; %s has none",
                       model->kind->name);
    nn_option_get(option, model->config, before, sizeof before);
    snprintf(twice, sizeof twice, "%d", 2 * atoi(before));
    int code = fc_modules_explicit(&f->modules, model, error);
    if (!code)
        code = nn_option_set(option, model->config, twice, error);
    if (!code)
        code = fc_rebuild_shapes(&shapes, model, NULL, 0, error);
    for (int i = 0; !code && i < f->whole[0]->count; i++) {
        const nn_param *p = &f->whole[0]->table[i], *wide = nn_params_find(shapes, p->name);
        for (int k = 0; wide && k < p->rank; k++)
            if (wide->shape[k] != p->shape[k])
                f->of_axis[i * NN_MAX_RANK + k] = group_of(f, STREAM, 0, p->shape[k]);
    }
    nn_params_free(shapes);
    if (nn_option_set(option, model->config, before, error) || fc_modules_restore(&f->modules, model, error))
        return NN_FAILED;
    return code;
}

/* --- what they do --- */

static void see(fusing *f, group *g, const nn_watched *w, size_t column)
{
    const int net = f->net;
    const size_t n = (size_t)g->size, width = (size_t)w->out->shape[w->out->rank - 1];
    if (g->rows[net] + w->rows > g->room[net]) {
        const size_t room = 2 * (g->rows[net] + w->rows);
        double *all = realloc(g->seen[net], room * n * sizeof *all);
        if (!all) {
            f->failed = true;
            return;
        }
        g->seen[net] = all;
        g->room[net] = room;
    }
    for (size_t r = 0; r < w->rows; r++, g->rows[net]++)
        for (size_t k = 0; k < n; k++)
            g->seen[net][g->rows[net] * n + k] = (double)w->out->data[r * width + column + k];
}

/* The outputs of each linear map of the operation. */
static void watch(void *context, const nn_watched *w)
{
    fusing *f = context;
    size_t column = 0;
    for (int i = 0; i < f->whole[0]->count; i++) {
        const nn_param *p = &f->whole[0]->table[i];
        if (!p->linear || p->offset < w->weight || p->offset >= w->weight + w->parameters)
            continue;
        const int out = p->shape[out_axis(p)], g = f->of_axis[i * NN_MAX_RANK + out_axis(p)];
        if (column + (size_t)out > (size_t)w->out->shape[w->out->rank - 1])
            return;
        if (g >= 0)
            see(f, &f->groups[g], w, column);
        column += (size_t)out;
    }
}

/* --- maps --- */

/* Costs of all pairs of a group's neurons, malloced. */
static double *cost_of(const group *g)
{
    const size_t n = (size_t)g->size, rows = g->rows[0] < g->rows[1] ? g->rows[0] : g->rows[1];
    double *cost = calloc(n * n, sizeof *cost), *turned[2];
    for (int net = 0; net < 2; net++) {
        turned[net] = malloc((n * rows + 1) * sizeof(double));
        for (size_t r = 0; turned[net] && r < rows; r++)
            for (size_t k = 0; k < n; k++)
                turned[net][k * rows + r] = g->seen[net][r * n + k];
    }
    if (cost && turned[0] && turned[1])
        fc_transport_cost(cost, turned[0], g->size, turned[1], g->size, rows, true);
    else {
        free(cost);
        cost = NULL;
    }
    free(turned[0]);
    free(turned[1]);
    return cost;
}

static void block_of(double *block, const double *cost, int size, int width, int i, int j)
{
    for (int a = 0; a < width; a++)
        for (int b = 0; b < width; b++)
            block[a * width + b] = cost[(i * width + a) * size + j * width + b];
}

/* Heads first, by the least cost of matching their columns, then the columns within them. */
static int map_heads(group *qk, group *v, int heads, double regularisation, nn_error *error)
{
    const int size = qk->size, width = size / heads;
    group *both[] = {qk, v};
    double *cost[] = {cost_of(qk), cost_of(v)};
    double *apart = calloc((size_t)heads * (size_t)heads, sizeof *apart);
    double *block = calloc(2 * (size_t)width * (size_t)width, sizeof *block);
    int *of = calloc((size_t)heads, sizeof *of);
    int code = cost[0] && cost[1] && apart && block && of ? NN_OK : nn_no_memory(error);
    double *map = code ? NULL : block + (size_t)width * (size_t)width;
    for (int p = 0; !code && p < heads * heads; p++)
        for (int k = 0; !code && k < 2; k++) {
            block_of(block, cost[k], size, width, p / heads, p % heads);
            code = fc_transport_map(map, block, width, width, 0, error);
            apart[p] += code ? 0 : fc_transport_distance(map, block, width, width);
        }
    if (!code)
        code = fc_assign(of, apart, heads, error);
    for (int h = 0; !code && h < heads; h++)
        for (int k = 0; !code && k < 2; k++) {
            block_of(block, cost[k], size, width, h, of[h]);
            code = fc_transport_map(map, block, width, width, regularisation, error);
            for (int a = 0; a < width; a++)
                for (int b = 0; b < width; b++)
                    both[k]->map[(h * width + a) * size + of[h] * width + b] = map[a * width + b];
        }
    free(cost[0]);
    free(cost[1]);
    free(apart);
    free(block);
    free(of);
    return code;
}

static int map_group(fusing *f, group *g, double regularisation, nn_error *error)
{
    if (!g->rows[0] || g->rows[0] != g->rows[1])
        return nn_fail(error, NN_FAILED, "the two networks were not seen alike");
    if (g->kind == VALUE)
        return NN_OK; /* with its queries and keys */
    if (g->kind == QUERY_KEY) {
        const int v = find_group(f, VALUE, g->layer);
        return map_heads(g, &f->groups[v], f->modules.cut[g->layer].heads, regularisation, error);
    }
    double *cost = cost_of(g);
    const int code =
        cost ? fc_transport_map(g->map, cost, g->size, g->size, regularisation, error) : nn_no_memory(error);
    free(cost);
    return code;
}

static int make_maps(fusing *f, double regularisation, nn_error *error)
{
    int code = NN_OK;
    for (int i = 0; i < f->group_count && !code; i++) {
        group *g = &f->groups[i];
        if (!(g->map = calloc((size_t)g->size * (size_t)g->size, sizeof *g->map)))
            code = nn_no_memory(error);
    }
    for (int i = 0; i < f->group_count && !code; i++)
        code = map_group(f, &f->groups[i], regularisation, error);
    return code;
}

/* --- weights --- */

/* Along one dimension: sum over i of map[i,j] x[..i..] in the place of x[..j..]; other: as large. */
static void turn_axis(double *other, const double *x, const nn_param *p, int axis, const double *map)
{
    const size_t n = (size_t)p->shape[axis];
    size_t inner = 1;
    for (int k = axis + 1; k < p->rank; k++)
        inner *= (size_t)p->shape[k];
    memset(other, 0, p->count * sizeof *other);
    for (size_t o = 0; o < p->count / (n * inner); o++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                const double share = map[i * n + j];
                for (size_t k = 0; k < inner && share != 0; k++)
                    other[(o * n + j) * inner + k] += share * x[(o * n + i) * inner + k];
            }
}

typedef struct mixing {
    const fusing *f;
    double share;
} mixing;

static int fill(void *context, const nn_param *p, nn_real *values, nn_error *error)
{
    const mixing *m = context;
    const fusing *f = m->f;
    const nn_param *own = nn_params_find(f->whole[0], p->name);
    double *x = malloc(2 * p->count * sizeof *x), *y = x ? x + p->count : NULL;
    if (!own || !x) {
        free(x);
        return own ? nn_no_memory(error) : nn_fail(error, NN_FAILED, "no parameter %s", p->name);
    }
    for (size_t i = 0; i < p->count; i++)
        x[i] = (double)f->whole[0]->data[own->offset + i];
    for (int k = 0; k < p->rank; k++) {
        const int g = f->of_axis[(own - f->whole[0]->table) * NN_MAX_RANK + k];
        if (g < 0)
            continue;
        turn_axis(y, x, p, k, f->groups[g].map);
        memcpy(x, y, p->count * sizeof *x);
    }
    for (size_t i = 0; i < p->count; i++)
        values[i] = (nn_real)((1 - m->share) * x[i] + m->share * (double)f->whole[1]->data[own->offset + i]);
    free(x);
    return NN_OK;
}

static int check_same(const fc_trial *first, const fc_trial *second, nn_error *error)
{
    const nn_params *a = first->model->params, *b = second->model->params;
    bool same = first->model->kind == second->model->kind && a->count == b->count;
    for (int i = 0; same && i < a->count; i++)
        same = strcmp(a->table[i].name, b->table[i].name) == 0 && a->table[i].rank == b->table[i].rank &&
               memcmp(a->table[i].shape, b->table[i].shape, (size_t)a->table[i].rank * sizeof(int)) == 0;
    return same ? NN_OK : nn_fail(error, NN_USAGE, "two networks of other settings cannot be fused");
}

static void clear(fusing *f)
{
    for (int i = 0; i < f->group_count; i++) {
        free(f->groups[i].seen[0]);
        free(f->groups[i].seen[1]);
        free(f->groups[i].map);
    }
    free(f->groups);
    free(f->of_axis);
    fc_modules_clear(&f->modules);
}

int fc_fuse(nn_params **params, const fc_trial *first, const fc_trial *second, const fc_fusing *how,
            nn_error *error)
{
    const fc_trial *trials[] = {first, second};
    fusing f = {.whole = {first->model->params, second->model->params}};
    *params = NULL;
    int code = check_same(first, second, error);
    if (code)
        return code;
    const size_t axes = (size_t)f.whole[0]->count * NN_MAX_RANK;
    f.of_axis = malloc((axes + 1) * sizeof *f.of_axis);
    for (size_t i = 0; f.of_axis && i < axes; i++)
        f.of_axis[i] = -1;
    code = f.of_axis ? fc_modules_open(&f.modules, first->model, 1, error) : nn_no_memory(error);
    if (!code)
        code = note_layers(&f, error);
    if (!code)
        code = note_stream(&f, first->model, error);
    for (f.net = 0; !code && f.net < 2; f.net++)
        code = fc_trial_watch(trials[f.net], NULL, how->samples, watch, &f, error);
    if (!code && f.failed)
        code = nn_no_memory(error);
    if (!code)
        code = make_maps(&f, how->regularisation, error);
    if (!code)
        code = fc_rebuild(params, second->model, NULL, 0, fill, &(mixing){&f, how->share}, error);
    clear(&f);
    return code;
}
