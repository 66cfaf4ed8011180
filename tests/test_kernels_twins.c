/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every operation's forward pass beside a plain loop in double, in training and in inference plans. */
#include "lib/kernels/kernels.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SEQUENCES = 4 };
static const int lengths[MAX_SEQUENCES] = {1, 2, 5, 9}, other_lengths[MAX_SEQUENCES] = {7, 1, 3, 2};

typedef struct spec {
    int batch, used, tokens, memory, width, out, heads;
    bool flag, causal, masked, ragged;
    double scale, shift; /* of all dense values; scale 0 is 1 */
    int kind;
    double parameter;
} spec;

/* What a twin sees: values of the ports, the parameters, how many samples count. */
typedef struct view {
    const spec *s;
    int samples;
    nn_real *const *in;
    const nn_params *params;
} view;

typedef void (*twin_fn)(const view *v, double *out);

static const nn_real *param(const view *v, const char *name)
{
    const nn_param *found = nn_params_find(v->params, name);
    assert_non_null(found);
    return v->params->data + found->offset;
}

static int rows(const view *v)
{
    if (!v->s->ragged)
        return v->samples * v->s->tokens;
    int total = 0;
    for (int i = 0; i < v->samples; i++)
        total += lengths[i];
    return total;
}

static int samples(const spec *s)
{
    return s->used ? s->used : s->batch;
}

static void compare(const char *name, const graph *g, const nn_run *run, const view *v, const double *want)
{
    const spec *s = v->s;
    const nn_tensor *y = g->outputs[0];
    double loose = s->shift != 0 ? 100 : 1;
    for (size_t i = 0, n = graph_used(g, y, run); i < n; i++) {
        double got = y->data[i], limit = loose * (1e-5 + 1e-4 * fabs(want[i]));
        if (!(fabs(got - want[i]) <= limit) && !(isinf(got) && got == want[i]))
            fail_msg("%s tokens %d/%d width %d heads %d %s: element %zu of %zu is %.9g, the twin has %.9g",
                     name, s->tokens, s->memory, s->width, s->heads,
                     nn_plan_training(g->plan) ? "training" : "inference", i, n, got, want[i]);
    }
}

static void rescale(graph_data *data, const graph *g, const spec *s)
{
    double scale = s->scale != 0 ? s->scale : 1;
    for (int p = 0; p < data->count; p++)
        for (size_t i = 0; i < data->sizes[p] && !g->ports[p].constant; i++)
            data->values[p][i] = (nn_real)(scale * (double)data->values[p][i] + s->shift);
}

/* A first pass over NaN leaves NaN everywhere in the arena: an operation that reads what it has not written
 * shows. */
static void poison(const graph *g, nn_run *run)
{
    for (int p = 0; p < g->port_count; p++) {
        nn_tensor *x = g->ports[p].tensor;
        size_t used = graph_used(g, x, run);
        for (size_t i = 0; i < used && !g->ports[p].constant; i++)
            x->data[i] = NAN;
    }
    nn_plan_forward(g->plan, run);
}

static void check_in(const char *name, const spec *s, graph_build_fn build, twin_fn twin, bool training)
{
    nn_params *params = nn_params_new();
    assert_non_null(params);
    graph g;
    graph_data data;
    graph_make(&g, params, s->batch, training, build, s);
    graph_shake(params, 9);
    graph_data_draw(&data, &g, 2);
    rescale(&data, &g, s);
    nn_run run = {.params = params->data, .loss_scale = 1};
    graph_load(&g, &data, 0, samples(s), &run);
    poison(&g, &run);
    graph_load(&g, &data, 0, samples(s), &run);
    run.loss = 0;
    nn_plan_forward(g.plan, &run);
    const view v = {s, samples(s), data.values, params};
    if (g.has_loss) {
        double want = 0;
        twin(&v, &want);
        assert_true(fabs(run.loss - want) <= 1e-5 + 1e-4 * fabs(want));
    } else {
        double *want = calloc(graph_used(&g, g.outputs[0], &run) + 1, sizeof *want);
        assert_non_null(want);
        twin(&v, want);
        compare(name, &g, &run, &v, want);
        free(want);
    }
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

static void check(const char *name, const spec *s, graph_build_fn build, twin_fn twin)
{
    check_in(name, s, build, twin, true);
    check_in(name, s, build, twin, false);
}

static nn_tensor *input(graph *g, const spec *s, int width)
{
    return s->ragged ? graph_ragged(g, FILL_UNIFORM, lengths, MAX_SEQUENCES, width)
                     : graph_input3(g, FILL_UNIFORM, s->tokens, width);
}

/* --- the plain loops --- */

static void linear_rows(const nn_real *x, const nn_real *w, const nn_real *b, int n, int in, int out,
                        int stride, double *y)
{
    for (int r = 0; r < n; r++)
        for (int o = 0; o < out; o++) {
            double sum = b ? b[o] : 0;
            for (int i = 0; i < in; i++)
                sum += (double)x[r * in + i] * (double)w[o * in + i];
            y[r * stride + o] = sum;
        }
}

static void build_linear(graph *g, const void *config)
{
    const spec *s = config;
    graph_output(g, nn_linear_with(g->plan, "m", input(g, s, s->width), s->out,
                                   (nn_linear_options){.no_bias = s->flag, .as_conv = s->flag}));
}

static void twin_linear(const view *v, double *y)
{
    const spec *s = v->s;
    linear_rows(v->in[0], param(v, "m.weight"), s->flag ? NULL : param(v, "m.bias"), rows(v), s->width,
                s->out, s->out, y);
}

static void build_several(graph *g, const void *config)
{
    const spec *s = config;
    graph_output(g, nn_linear_several(g->plan, (const char *const[]){"a", "b", "c"}, 3, input(g, s, s->width),
                                      s->out, (nn_linear_options){0}));
}

static void twin_several(const view *v, double *y)
{
    const spec *s = v->s;
    linear_rows(v->in[0], param(v, "a.weight"), param(v, "a.bias"), rows(v), s->width, s->out, 3 * s->out, y);
    linear_rows(v->in[0], param(v, "b.weight"), param(v, "b.bias"), rows(v), s->width, s->out, 3 * s->out,
                y + s->out);
    linear_rows(v->in[0], param(v, "c.weight"), param(v, "c.bias"), rows(v), s->width, s->out, 3 * s->out,
                y + 2 * s->out);
}

static void build_activation(graph *g, const void *config)
{
    const spec *s = config;
    graph_output(g, nn_activation(g->plan, input(g, s, s->width), (nn_activation_kind)s->kind, 0));
}

static void twin_activation(const view *v, double *y)
{
    for (int i = 0; i < rows(v) * v->s->width; i++) {
        double x = v->in[0][i];
        y[i] = v->s->kind == NN_RELU ? (x > 0 ? x : 0) : 0.5 * x * erfc(-x / sqrt(2));
    }
}

static void build_residual(graph *g, const void *config)
{
    const spec *s = config;
    nn_tensor *x = input(g, s, s->width);
    graph_output(g, nn_residual(g->plan, x, nn_linear(g->plan, "m", x, s->width), 0));
}

static void twin_residual(const view *v, double *y)
{
    int d = v->s->width;
    linear_rows(v->in[0], param(v, "m.weight"), param(v, "m.bias"), rows(v), d, d, d, y);
    for (int i = 0; i < rows(v) * d; i++)
        y[i] += v->in[0][i];
}

static void build_layer_norm(graph *g, const void *config)
{
    const spec *s = config;
    graph_output(g, nn_layer_norm(g->plan, s->flag ? NULL : "n", input(g, s, s->width), 1e-5));
}

static void twin_layer_norm(const view *v, double *y)
{
    int d = v->s->width;
    for (int r = 0; r < rows(v); r++) {
        const nn_real *x = v->in[0] + r * d;
        double mean = 0, variance = 0;
        for (int i = 0; i < d; i++)
            mean += x[i] / (double)d;
        for (int i = 0; i < d; i++)
            variance += (x[i] - mean) * (x[i] - mean) / d;
        for (int i = 0; i < d; i++) {
            double z = (x[i] - mean) / sqrt(variance + 1e-5);
            y[r * d + i] =
                v->s->flag ? z : z * (double)param(v, "n.weight")[i] + (double)param(v, "n.bias")[i];
        }
    }
}

static void instance_stats(const nn_real *x, int steps, int columns, int column, double *mean, double *sigma)
{
    double variance = 0;
    *mean = 0;
    for (int t = 0; t < steps; t++)
        *mean += x[t * columns + column] / (double)steps;
    for (int t = 0; t < steps; t++)
        variance += pow(x[t * columns + column] - *mean, 2) / steps;
    *sigma = sqrt(variance + 1e-5);
}

/* kind 0: normalised values; 1: the statistics; 2: another input sent through the inverse. */
static void build_instance_norm(graph *g, const void *config)
{
    const spec *s = config;
    nn_tensor *stats = NULL;
    nn_tensor *y = nn_instance_norm(g->plan, graph_input3(g, FILL_UNIFORM, s->tokens, s->width), &stats);
    if (s->kind == 1)
        y = stats;
    if (s->kind == 2)
        y = nn_instance_norm_inverse(g->plan, graph_input3(g, FILL_UNIFORM, s->out, s->width), stats);
    graph_output(g, y);
}

static void twin_instance_norm(const view *v, double *y)
{
    const spec *s = v->s;
    for (int b = 0; b < v->samples; b++)
        for (int n = 0; n < s->width; n++) {
            const nn_real *x = v->in[0] + b * s->tokens * s->width;
            double mean, sigma;
            instance_stats(x, s->tokens, s->width, n, &mean, &sigma);
            if (s->kind == 1) {
                y[(2 * b) * s->width + n] = mean;
                y[(2 * b + 1) * s->width + n] = sigma;
            }
            for (int t = 0; t < s->tokens && s->kind == 0; t++)
                y[(b * s->tokens + t) * s->width + n] = (x[t * s->width + n] - mean) / sigma;
            for (int t = 0; t < s->out && s->kind == 2; t++) {
                int i = (b * s->out + t) * s->width + n;
                y[i] = v->in[1][i] * sigma + mean;
            }
        }
}

static void build_movement(graph *g, const void *config)
{
    const spec *s = config;
    nn_tensor *a = graph_input3(g, FILL_UNIFORM, s->tokens, s->width);
    nn_tensor *b = graph_input3(g, FILL_UNIFORM, s->memory, s->width);
    nn_tensor *c = nn_slice(g->plan, nn_concat(g->plan, a, b), s->tokens / 2, s->memory);
    graph_output(g,
                 nn_reshape(g->plan, nn_transpose(g->plan, c), 2, (int[]){g->batch, s->memory * s->width}));
}

static void twin_movement(const view *v, double *y)
{
    const spec *s = v->s;
    int d = s->width;
    for (int b = 0; b < v->samples; b++)
        for (int i = 0; i < d; i++)
            for (int t = 0; t < s->memory; t++) {
                int from = t + s->tokens / 2;
                y[(b * d + i) * s->memory + t] = from < s->tokens
                                                     ? v->in[0][(b * s->tokens + from) * d + i]
                                                     : v->in[1][(b * s->memory + from - s->tokens) * d + i];
            }
}

static void build_mean_pool(graph *g, const void *config)
{
    const spec *s = config;
    graph_output(g, nn_mean_pool(g->plan, input(g, s, s->width)));
}

static void twin_mean_pool(const view *v, double *y)
{
    const nn_real *x = v->in[0];
    int d = v->s->width;
    for (int b = 0; b < v->samples; b++) {
        int n = v->s->ragged ? lengths[b] : v->s->tokens;
        for (int t = 0; t < n; t++, x += d)
            for (int i = 0; i < d; i++)
                y[b * d + i] += x[i] / (double)n;
    }
}

static void build_loss(graph *g, const void *config)
{
    const spec *s = config;
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, s->tokens, s->width);
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 2, (int[]){s->tokens, s->width});
    graph_loss(g, (nn_loss_kind)s->kind, s->parameter, x, target);
}

static void twin_loss(const view *v, double *y)
{
    double p = v->s->parameter;
    for (int i = 0; i < rows(v) * v->s->width; i++) {
        double target = v->in[1][i], e = v->in[0][i] - target, a = fabs(e);
        if (isnan(target))
            continue;
        switch ((nn_loss_kind)v->s->kind) {
        case NN_MSE:
            *y += e * e;
            break;
        case NN_MAE:
            *y += a;
            break;
        case NN_HUBER:
            *y += a <= p ? 0.5 * e * e : p * (a - 0.5 * p);
            break;
        case NN_PINBALL:
            *y += e < 0 ? -p * e : (1 - p) * e;
            break;
        case NN_CROSS_ENTROPY: /* test_twins_classifier.c */
            fail();
        }
    }
}

/* --- attention --- */

static void build_attention(graph *g, const void *config)
{
    const spec *s = config;
    int inner = s->heads * s->width;
    nn_attention_options options = {.heads = s->heads, .width = s->width, .causal = s->causal};
    nn_tensor *q = input(g, s, s->memory ? inner : 3 * inner), *kv = q;
    if (s->memory)
        kv = s->ragged ? graph_ragged(g, FILL_UNIFORM, other_lengths, MAX_SEQUENCES, 2 * inner)
                       : graph_input3(g, FILL_UNIFORM, s->memory, 2 * inner);
    options.k_column = s->memory ? 0 : inner;
    options.v_column = s->memory ? inner : 2 * inner;
    if (s->masked)
        options.bias = graph_constant(g, FILL_MASK, s->tokens, s->memory ? s->memory : s->tokens);
    graph_output(g, nn_attention(g->plan, q, kv, options));
}

/* One query row of one head; keys has key_count rows of stride ks. */
static void attend(const nn_real *q, const nn_real *k, const nn_real *v, int count, int ks, int width,
                   const nn_real *bias, double *scores, double *y)
{
    double most = -INFINITY, sum = 0;
    for (int j = 0; j < count; j++) {
        double dot = 0;
        for (int c = 0; c < width; c++)
            dot += (double)q[c] * (double)k[j * ks + c];
        scores[j] = dot / sqrt(width) + (bias ? (double)bias[j] : 0);
        most = fmax(most, scores[j]);
    }
    for (int j = 0; j < count; j++)
        sum += scores[j] = exp(scores[j] - most);
    for (int j = 0; j < count; j++)
        for (int c = 0; c < width; c++)
            y[c] += scores[j] / sum * (double)v[j * ks + c];
}

static void twin_attention(const view *v, double *y)
{
    const spec *s = v->s;
    int inner = s->heads * s->width, cross = s->memory > 0, qs = cross ? inner : 3 * inner,
        ks = cross ? 2 * inner : qs;
    const nn_real *q = v->in[0], *kv = cross ? v->in[1] : v->in[0],
                  *bias = s->masked ? v->in[1 + cross] : NULL;
    double *scores = malloc(1000 * sizeof *scores);
    assert_non_null(scores);
    for (int b = 0; b < v->samples; b++) {
        int nq = s->ragged ? lengths[b] : s->tokens;
        int nk = !cross ? nq : s->ragged ? other_lengths[b] : s->memory;
        for (int i = 0; i < nq; i++, y += inner)
            for (int h = 0; h < s->heads; h++) {
                int count = s->causal && i + 1 < nk ? i + 1 : nk;
                attend(q + i * qs + h * s->width, kv + (cross ? 0 : inner) + h * s->width,
                       kv + (cross ? inner : 2 * inner) + h * s->width, count, ks, s->width,
                       bias ? bias + i * nk : NULL, scores, y + h * s->width);
            }
        q += nq * qs;
        kv += nk * ks;
    }
    free(scores);
}

/* --- tables --- */

static const spec shapes[] = {
    {.batch = 1, .tokens = 1, .memory = 1, .width = 1, .out = 1},
    {.batch = 3, .tokens = 2, .memory = 7, .width = 3, .out = 8, .flag = true},
    {.batch = 3, .used = 2, .tokens = 7, .memory = 17, .width = 8, .out = 20},
    {.batch = 1, .tokens = 17, .memory = 2, .width = 20, .out = 3, .flag = true},
    {.batch = 3, .used = 1, .tokens = 33, .memory = 70, .width = 3, .out = 1},
    {.batch = 2, .tokens = 70, .memory = 33, .width = 8, .out = 8, .scale = 4},
    {.batch = 4, .tokens = 11, .memory = 11, .width = 128, .out = 96},
    {.batch = 2, .tokens = 25, .memory = 9, .width = 256, .out = 256, .scale = 3},
};
static const spec ragged_shapes[] = {
    {.batch = 4, .width = 3, .out = 8, .ragged = true},
    {.batch = 4, .used = 3, .width = 20, .out = 1, .ragged = true, .flag = true},
    {.batch = 4, .used = 1, .width = 8, .out = 3, .ragged = true},
};

static void over_shapes(const char *name, graph_build_fn build, twin_fn twin, bool ragged_too,
                        const spec *extra)
{
    size_t dense = sizeof shapes / sizeof *shapes, ragged = sizeof ragged_shapes / sizeof *ragged_shapes;
    for (size_t i = 0; i < dense + (ragged_too ? ragged : 0); i++) {
        spec s = i < dense ? shapes[i] : ragged_shapes[i - dense];
        s.kind = extra ? extra->kind : 0;
        s.parameter = extra ? extra->parameter : 0;
        s.shift = extra ? extra->shift : 0;
        check(name, &s, build, twin);
    }
}

static void test_linear(void **state)
{
    (void)state;
    over_shapes("linear", build_linear, twin_linear, true, NULL);
    over_shapes("linear_several", build_several, twin_several, true, NULL);
    over_shapes("residual", build_residual, twin_residual, true, NULL);
}

static void test_activation(void **state)
{
    (void)state;
    over_shapes("relu", build_activation, twin_activation, true, &(spec){.kind = NN_RELU});
    over_shapes("gelu", build_activation, twin_activation, true, &(spec){.kind = NN_GELU});
    check("gelu of large values", &(spec){.batch = 2, .tokens = 33, .width = 8, .kind = NN_GELU, .scale = 60},
          build_activation, twin_activation);
}

static void test_norms(void **state)
{
    (void)state;
    over_shapes("layer_norm", build_layer_norm, twin_layer_norm, true, NULL);
    for (int kind = 0; kind < 3; kind++)
        over_shapes("instance_norm", build_instance_norm, twin_instance_norm, false, &(spec){.kind = kind});
    const spec far = {.batch = 2, .tokens = 33, .width = 20, .out = 8, .shift = 100};
    check("layer_norm far from 0", &far, build_layer_norm, twin_layer_norm);
    check("instance_norm far from 0", &far, build_instance_norm, twin_instance_norm);
}

static void test_movement(void **state)
{
    (void)state;
    over_shapes("concat, slice, transpose", build_movement, twin_movement, false, NULL);
    over_shapes("mean_pool", build_mean_pool, twin_mean_pool, true, NULL);
}

static void test_losses(void **state)
{
    (void)state;
    over_shapes("MSE", build_loss, twin_loss, false, &(spec){.kind = NN_MSE});
    over_shapes("MAE", build_loss, twin_loss, false, &(spec){.kind = NN_MAE});
    over_shapes("Huber", build_loss, twin_loss, false, &(spec){.kind = NN_HUBER, .parameter = 1.9});
    over_shapes("pinball", build_loss, twin_loss, false, &(spec){.kind = NN_PINBALL, .parameter = 0.1});
}

static void test_attention(void **state)
{
    (void)state;
    static const spec table[] = {
        {.batch = 1, .tokens = 1, .heads = 1, .width = 1},
        {.batch = 3, .tokens = 2, .heads = 2, .width = 3},
        {.batch = 3, .used = 2, .tokens = 7, .heads = 3, .width = 8, .masked = true, .scale = 5},
        {.batch = 3, .tokens = 7, .memory = 17, .heads = 2, .width = 3},
        {.batch = 3, .tokens = 17, .memory = 7, .heads = 2, .width = 20, .causal = true},
        {.batch = 3,
         .used = 1,
         .tokens = 7,
         .memory = 33,
         .heads = 1,
         .width = 8,
         .causal = true,
         .masked = true},
        {.batch = 2, .tokens = 33, .heads = 2, .width = 3, .causal = true, .scale = 4},
        {.batch = 2, .tokens = 70, .heads = 8, .width = 16, .masked = true},
        {.batch = 2, .tokens = 33, .heads = 2, .width = 13, .scale = 2},
        {.batch = 4, .tokens = 11, .heads = 8, .width = 16},
        {.batch = 4, .tokens = 11, .heads = 8, .width = 32, .scale = 2},
        {.batch = 5, .tokens = 10, .heads = 4, .width = 8, .scale = 3},
        {.batch = 9, .used = 7, .tokens = 24, .memory = 5, .heads = 4, .width = 6, .masked = true},
        {.batch = 2, .tokens = 25, .heads = 8, .width = 16, .causal = true},
        {.batch = 2, .tokens = 25, .heads = 8, .width = 32},
        {.batch = 2, .tokens = 200, .heads = 2, .width = 16, .scale = 3},
        {.batch = 1, .tokens = 321, .memory = 129, .heads = 2, .width = 8, .causal = true},
        {.batch = 1, .tokens = 700, .heads = 2, .width = 8, .masked = true},
        {.batch = 1, .tokens = 65, .memory = 700, .heads = 1, .width = 16, .scale = 4},
        {.batch = 4, .heads = 2, .width = 3, .ragged = true, .scale = 3},
        {.batch = 4, .used = 3, .heads = 8, .width = 16, .ragged = true, .causal = true},
        {.batch = 4, .used = 3, .memory = 1, .heads = 2, .width = 8, .ragged = true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check("attention", &table[i], build_attention, twin_attention);
}

/* --- slopes of losses, some of whose targets are missing --- */

static double slope(nn_loss_kind kind, double parameter, double e)
{
    const double sign = e > 0 ? 1 : e < 0 ? -1 : 0;
    switch (kind) {
    case NN_MSE:
        return 2 * e;
    case NN_MAE:
        return sign;
    case NN_HUBER:
        return fabs(e) <= parameter ? e : parameter * sign;
    default:
        return e < 0 ? -parameter : e > 0 ? 1 - parameter : 0;
    }
}

static void test_slopes(void **state)
{
    (void)state;
    enum { MOST = 70 };
    nn_real prediction[MOST], target[MOST], found[MOST];
    for (int kind = NN_MSE; kind <= NN_PINBALL; kind++)
        for (int n = 0; n <= MOST; n++) {
            for (int i = 0; i < MOST; i++) {
                prediction[i] = (nn_real)sin(3.0 * i + n);
                target[i] = (nn_real)(i % 7 == 3 ? NAN : i % 5 == 2 ? (double)prediction[i] : cos(5.0 * i));
                found[i] = (nn_real)0.5;
            }
            nn_loss_backward(found, prediction, target, (nn_loss_kind)kind, 0.3, 0.25, (size_t)n);
            for (int i = 0; i < MOST; i++) {
                const double e = (double)prediction[i] - (double)target[i];
                const double more = i < n && !isnan(e) ? 0.25 * slope((nn_loss_kind)kind, 0.3, e) : 0;
                if (!(fabs((double)found[i] - 0.5 - more) < 1e-6))
                    fail_msg("loss %d, element %d of %d: %g, not %g", kind, i, n, (double)found[i],
                             0.5 + more);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_linear), cmocka_unit_test(test_activation),
                                       cmocka_unit_test(test_norms),  cmocka_unit_test(test_movement),
                                       cmocka_unit_test(test_losses), cmocka_unit_test(test_attention),
                                       cmocka_unit_test(test_slopes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
