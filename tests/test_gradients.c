/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every operation's gradient over a table of awkward shapes. */
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <stdio.h>

static const int lengths[4] = {1, 2, 5, 9}, other_lengths[4] = {7, 1, 3, 2};

typedef struct op {
    int batch, used, tokens, memory, width, out, heads;
    bool flag, causal, masked, ragged, shared;
    double dropout;
    nn_activation_kind activation;
    nn_loss_kind loss;
    double parameter;
} op;

static nn_tensor *input(graph *g, const op *o, graph_fill fill)
{
    return o->ragged ? graph_ragged(g, fill, lengths, 4, o->width)
                     : graph_input3(g, fill, o->tokens, o->width);
}

static void run(const char *name, graph_build_fn build, const op *o)
{
    char text[160];
    snprintf(text, sizeof text, "%s batch %d/%d tokens %d/%d width %d out %d heads %d dropout %g%s%s%s%s%s",
             name, o->batch, o->used, o->tokens, o->memory, o->width, o->out, o->heads, o->dropout,
             o->flag ? " flag" : "", o->causal ? " causal" : "", o->masked ? " masked" : "",
             o->ragged ? " ragged" : "", o->shared ? " shared" : "");
    gradcheck_case c = {.name = text, .batch = o->batch, .used = o->used, .build = build, .config = o};
    gradcheck(&c);
    if (o->batch > 1)
        gradcheck_shards(&c);
}

#define RUN(name, build, table)                                                                              \
    for (size_t i_ = 0; i_ < sizeof(table) / sizeof *(table); i_++)                                          \
    run(name, build, &(table)[i_])

/* --- linear --- */

static void build_linear(graph *g, const void *config)
{
    const op *o = config;
    nn_linear_options options = {.no_bias = o->flag, .as_conv = o->shared};
    graph_output(g, nn_linear_with(g->plan, "linear", input(g, o, FILL_UNIFORM), o->out, options));
}

static void build_linear_flat(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *x = graph_input(g, FILL_UNIFORM, 1, (int[]){o->width});
    nn_tensor *y = graph_input(g, FILL_UNIFORM, 3, (int[]){2, o->tokens, o->width});
    graph_output(g, nn_linear(g->plan, "flat", x, o->out));
    graph_output(g, nn_linear(g->plan, "deep", y, o->out));
}

static void build_linear_several(graph *g, const void *config)
{
    const op *o = config;
    static const char *const names[] = {"query", "key", "value"};
    graph_output(g, nn_linear_several(g->plan, names, 3, input(g, o, FILL_UNIFORM), o->out,
                                      (nn_linear_options){.no_bias = o->flag}));
}

/* The same parameters twice, once on their own output. */
static void build_linear_tied(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *x = nn_linear(g->plan, "tied", input(g, o, FILL_UNIFORM), o->width);
    graph_output(g, nn_linear(g->plan, "tied", x, o->width));
}

static void test_linear(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 1, .tokens = 1, .width = 1, .out = 1},
        {.batch = 3, .tokens = 2, .width = 8, .out = 3, .flag = true},
        {.batch = 3, .used = 2, .tokens = 7, .width = 3, .out = 20},
        {.batch = 1, .tokens = 17, .width = 20, .out = 1, .shared = true},
        {.batch = 3, .used = 1, .tokens = 33, .width = 8, .out = 8},
        {.batch = 1, .tokens = 70, .width = 3, .out = 5},
        {.batch = 3, .used = 2, .tokens = 70, .width = 50, .out = 60},
        {.batch = 4, .width = 8, .out = 3, .ragged = true},
        {.batch = 4, .used = 3, .width = 1, .out = 20, .ragged = true, .flag = true},
    };
    RUN("linear", build_linear, table);
    run("linear of other ranks", build_linear_flat, &table[0]);
    run("linear of other ranks", build_linear_flat, &table[2]);
    RUN("linear_several", build_linear_several, table);
    run("linear twice", build_linear_tied, &table[2]);
}

/* --- elementwise --- */

static void build_activation(graph *g, const void *config)
{
    const op *o = config;
    graph_fill fill = o->activation == NN_RELU ? FILL_AWAY : FILL_UNIFORM;
    graph_output(g, nn_activation(g->plan, input(g, o, fill), o->activation, o->dropout));
}

static void build_dropout(graph *g, const void *config)
{
    const op *o = config;
    graph_output(g, nn_dropout(g->plan, input(g, o, FILL_UNIFORM), o->dropout));
}

static void build_residual(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *x = input(g, o, FILL_UNIFORM);
    nn_tensor *y = nn_residual(g->plan, x, nn_linear(g->plan, "f", x, o->width), o->dropout);
    graph_output(g, nn_residual(g->plan, y, x, o->dropout));
    graph_output(g, nn_residual(g->plan, x, x, o->dropout));
}

/* One tensor with three users, one of them an output. */
static void build_three_users(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *x = nn_linear(g->plan, "first", input(g, o, FILL_UNIFORM), o->width);
    nn_tensor *y = nn_activation(g->plan, x, NN_GELU, 0);
    nn_tensor *z = nn_linear(g->plan, "second", x, o->width);
    graph_output(g, x);
    graph_output(g, nn_residual(g->plan, y, z, o->dropout));
}

static void test_elementwise(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 1, .tokens = 1, .width = 1, .activation = NN_GELU},
        {.batch = 3, .tokens = 7, .width = 3, .activation = NN_RELU},
        {.batch = 3, .used = 2, .tokens = 17, .width = 8, .activation = NN_GELU, .dropout = 0.3},
        {.batch = 3, .used = 1, .tokens = 33, .width = 3, .activation = NN_RELU, .dropout = 0.5},
        {.batch = 4, .width = 8, .activation = NN_GELU, .ragged = true, .dropout = 0.1},
        {.batch = 4, .used = 3, .width = 3, .activation = NN_RELU, .ragged = true, .dropout = 0.3},
    };
    RUN("activation", build_activation, table);
    RUN("dropout", build_dropout, table);
    RUN("residual", build_residual, table);
    RUN("three users", build_three_users, table);
}

/* --- norms --- */

static void build_layer_norm(graph *g, const void *config)
{
    const op *o = config;
    graph_output(g, nn_layer_norm(g->plan, o->flag ? NULL : "norm", input(g, o, FILL_UNIFORM), 1e-5));
}

static void test_layer_norm(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 1, .tokens = 2, .width = 1},
        {.batch = 3, .tokens = 7, .width = 3},
        {.batch = 3, .used = 2, .tokens = 7, .width = 3, .flag = true},
        {.batch = 1, .tokens = 17, .width = 8},
        {.batch = 3, .used = 1, .tokens = 33, .width = 20},
        {.batch = 1, .tokens = 70, .width = 8, .flag = true},
        {.batch = 4, .used = 3, .width = 8, .ragged = true},
        {.batch = 4, .width = 20, .ragged = true, .flag = true},
    };
    RUN("layer_norm", build_layer_norm, table);
}

static void build_instance_norm(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *stats = NULL, *x = input(g, o, FILL_UNIFORM);
    nn_tensor *y = nn_instance_norm(g->plan, x, &stats);
    graph_output(g, y);
    if (o->flag) {
        nn_tensor *h = nn_transpose(g->plan, nn_linear(g->plan, "mix", nn_transpose(g->plan, y), o->out));
        graph_output(g, nn_instance_norm_inverse(g->plan, h, stats));
    } else {
        graph_output(g, stats);
    }
}

/* The inverse alone, with stats of another input. */
static void build_instance_norm_inverse(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *stats = NULL, *x = graph_plain_input(g, FILL_UNIFORM, 2, (int[]){o->tokens, o->width});
    graph_output(g, nn_instance_norm(g->plan, x, &stats));
    nn_tensor *h = graph_input3(g, FILL_UNIFORM, o->out, o->width);
    graph_output(g, nn_instance_norm_inverse(g->plan, h, stats));
}

static void test_instance_norm(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 1, .tokens = 7, .width = 1, .out = 1},
        {.batch = 2, .tokens = 1, .width = 3, .out = 2, .flag = true},
        {.batch = 2, .tokens = 2, .width = 3, .out = 2, .flag = true},
        {.batch = 3, .tokens = 17, .width = 3, .out = 5, .flag = true},
        {.batch = 3, .used = 2, .tokens = 33, .width = 8, .out = 70, .flag = true},
        {.batch = 3, .used = 1, .tokens = 7, .width = 20, .out = 2},
        {.batch = 1, .tokens = 70, .width = 3, .out = 17, .flag = true},
    };
    RUN("instance_norm", build_instance_norm, table);
    RUN("instance_norm_inverse", build_instance_norm_inverse, table);
}

/* --- movement --- */

static void build_movement(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, o->tokens, o->width);
    nn_tensor *y = graph_input3(g, FILL_UNIFORM, o->memory, o->width);
    nn_tensor *z = nn_concat(g->plan, nn_concat(g->plan, x, y), x); /* (B,2T+M,d) */
    graph_output(g, nn_transpose(g->plan, nn_slice(g->plan, z, o->tokens / 2, o->memory + o->tokens / 2)));
    graph_output(g, nn_slice(g->plan, z, 0, 1));
    graph_output(g, z);
}

static void build_reshape(graph *g, const void *config)
{
    const op *o = config;
    int all = g->batch * o->tokens;
    nn_tensor *x = nn_linear(g->plan, "in", graph_input3(g, FILL_UNIFORM, o->tokens, o->width), o->width);
    nn_tensor *flat = nn_reshape(g->plan, x, 2, (int[]){g->batch, o->tokens * o->width});
    nn_tensor *rows =
        nn_reshape(g->plan, nn_activation(g->plan, x, NN_GELU, o->dropout), 3, (int[]){all, 1, o->width});
    graph_output(g, nn_linear(g->plan, "flat", flat, o->out));
    graph_output(g, nn_layer_norm(g->plan, "norm", nn_linear(g->plan, "rows", rows, o->width + 2), 1e-5));
    graph_output(g,
                 nn_residual(g->plan, x, nn_reshape(g->plan, rows, 3, (int[]){g->batch, o->tokens, o->width}),
                             o->dropout));
}

static void build_mean_pool(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *x = input(g, o, FILL_UNIFORM);
    graph_output(g, nn_mean_pool(g->plan, x));
    graph_output(g, nn_mean_pool(g->plan, nn_linear(g->plan, "linear", x, o->out)));
}

static void test_movement(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 1, .tokens = 1, .memory = 1, .width = 1, .out = 1},
        {.batch = 3, .tokens = 2, .memory = 7, .width = 3, .out = 3, .dropout = 0.3},
        {.batch = 3, .used = 2, .tokens = 7, .memory = 1, .width = 8, .out = 5, .dropout = 0.3},
        {.batch = 3, .used = 1, .tokens = 17, .memory = 33, .width = 3, .out = 8},
        {.batch = 1, .tokens = 70, .memory = 2, .width = 3, .out = 2},
    };
    static const op ragged[] = {
        {.batch = 4, .width = 3, .out = 8, .ragged = true},
        {.batch = 4, .used = 3, .width = 8, .out = 1, .ragged = true},
    };
    RUN("concat, slice, transpose", build_movement, table);
    RUN("reshape", build_reshape, table);
    RUN("mean_pool", build_mean_pool, table);
    RUN("mean_pool", build_mean_pool, ragged);
}

/* --- attention --- */

static nn_attention_options attention_options(graph *g, const op *o, int rows, int columns)
{
    return (nn_attention_options){.heads = o->heads,
                                  .width = o->width,
                                  .causal = o->causal,
                                  .dropout = o->dropout,
                                  .bias = o->masked ? graph_constant(g, FILL_MASK, rows, columns) : NULL};
}

/* Self: one tensor with value, query and key side by side and a spare column; shared: all three in the same
 * columns. */
static void build_self_attention(graph *g, const void *config)
{
    const op *o = config;
    int inner = o->heads * o->width, columns = o->shared ? inner : 3 * inner + 1;
    nn_tensor *x = o->ragged ? graph_ragged(g, FILL_UNIFORM, lengths, 4, columns)
                             : graph_input3(g, FILL_UNIFORM, o->tokens, columns);
    nn_attention_options options = attention_options(g, o, o->tokens, o->tokens);
    if (!o->shared) {
        options.q_column = inner;
        options.k_column = 2 * inner + 1;
        options.v_column = 0;
    }
    graph_output(g, nn_attention(g->plan, x, x, options));
}

static void build_cross_attention(graph *g, const void *config)
{
    const op *o = config;
    int inner = o->heads * o->width;
    nn_tensor *q = o->ragged ? graph_ragged(g, FILL_UNIFORM, lengths, 4, inner + 2)
                             : graph_input3(g, FILL_UNIFORM, o->tokens, inner + 2);
    nn_tensor *kv = o->ragged ? graph_ragged(g, FILL_UNIFORM, other_lengths, 4, 2 * inner)
                              : graph_input3(g, FILL_UNIFORM, o->memory, 2 * inner);
    nn_attention_options options = attention_options(g, o, o->tokens, o->memory);
    options.q_column = 2;
    options.k_column = inner;
    graph_output(g, nn_attention(g->plan, q, kv, options));
}

static void test_self_attention(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 1, .tokens = 1, .heads = 1, .width = 1},
        {.batch = 3, .tokens = 2, .heads = 2, .width = 3},
        {.batch = 3, .tokens = 7, .heads = 3, .width = 1, .causal = true},
        {.batch = 3, .used = 2, .tokens = 7, .heads = 2, .width = 8, .masked = true},
        {.batch = 1, .tokens = 17, .heads = 2, .width = 3, .dropout = 0.3},
        {.batch = 3, .used = 1, .tokens = 17, .heads = 1, .width = 20, .causal = true, .masked = true},
        {.batch = 3, .used = 2, .tokens = 7, .heads = 2, .width = 3, .shared = true, .dropout = 0.2},
        {.batch = 1, .tokens = 33, .heads = 2, .width = 8},
        {.batch = 2, .tokens = 33, .heads = 1, .width = 3, .causal = true, .dropout = 0.4},
        {.batch = 1, .tokens = 70, .heads = 2, .width = 3, .masked = true, .dropout = 0.2},
        {.batch = 1, .tokens = 70, .heads = 1, .width = 8, .causal = true},
        {.batch = 1, .tokens = 130, .heads = 2, .width = 3, .dropout = 0.1},
        {.batch = 1, .tokens = 140, .heads = 1, .width = 20, .dropout = 0.1, .masked = true},
        {.batch = 2, .used = 1, .tokens = 150, .heads = 2, .width = 8, .causal = true},
        {.batch = 4, .heads = 2, .width = 3, .ragged = true},
        {.batch = 4, .used = 3, .heads = 2, .width = 8, .ragged = true, .dropout = 0.3},
        {.batch = 4, .heads = 1, .width = 3, .ragged = true, .causal = true, .dropout = 0.3},
    };
    RUN("self-attention", build_self_attention, table);
}

static void test_cross_attention(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 1, .tokens = 1, .memory = 7, .heads = 1, .width = 3},
        {.batch = 3, .tokens = 7, .memory = 1, .heads = 2, .width = 3, .dropout = 0.3},
        {.batch = 3, .used = 2, .tokens = 2, .memory = 17, .heads = 2, .width = 8, .masked = true},
        {.batch = 2, .tokens = 17, .memory = 7, .heads = 1, .width = 8, .causal = true},
        {.batch = 2, .tokens = 7, .memory = 17, .heads = 1, .width = 1, .causal = true, .dropout = 0.3},
        {.batch = 1, .tokens = 33, .memory = 70, .heads = 2, .width = 3, .dropout = 0.2, .masked = true},
        {.batch = 1, .tokens = 70, .memory = 33, .heads = 1, .width = 3},
        {.batch = 1, .tokens = 33, .memory = 300, .heads = 1, .width = 20},
        {.batch = 4, .heads = 2, .width = 3, .ragged = true},
        {.batch = 4, .used = 3, .heads = 1, .width = 8, .ragged = true, .dropout = 0.3},
    };
    RUN("cross-attention", build_cross_attention, table);
}

/* --- losses --- */

/* Predictions lie in (-1, 1) and targets beyond 1.5 either way, so that no error is near 0; deltas of Huber
 * are chosen between 0.5 and 3.5, the range of errors, and clear of every one by the seed of the values. */
static void build_loss(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, o->tokens, o->width);
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 2, (int[]){o->tokens, o->width});
    graph_loss(g, o->loss, o->parameter, o->flag ? nn_linear(g->plan, "head", x, o->width) : x, target);
}

static void test_losses(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 1, .tokens = 2, .width = 3, .loss = NN_MSE},
        {.batch = 3, .tokens = 7, .width = 8, .loss = NN_MSE, .flag = true},
        {.batch = 3, .used = 2, .tokens = 17, .width = 3, .loss = NN_MAE},
        {.batch = 3, .tokens = 7, .width = 3, .loss = NN_HUBER, .parameter = 2},
        {.batch = 3, .used = 1, .tokens = 7, .width = 8, .loss = NN_HUBER, .parameter = 0.25},
        {.batch = 3, .tokens = 7, .width = 3, .loss = NN_HUBER, .parameter = 5},
        {.batch = 3, .used = 2, .tokens = 7, .width = 3, .loss = NN_PINBALL, .parameter = 0.1},
        {.batch = 1, .tokens = 33, .width = 1, .loss = NN_PINBALL, .parameter = 0.5},
    };
    RUN("loss", build_loss, table);
}

/* The steps' weights along tokens, and along the width: heads holds the axis, dropout the power. */
static void build_stepped(graph *g, const void *config)
{
    const op *o = config;
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, o->tokens, o->width);
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 2, (int[]){o->tokens, o->width});
    g->has_loss = true;
    nn_loss_stepped(g->plan, o->loss, o->parameter, (nn_step_weights){o->heads, o->dropout}, x, target);
}

static void test_stepped_losses(void **state)
{
    (void)state;
    static const op table[] = {
        {.batch = 3, .used = 2, .tokens = 7, .width = 3, .loss = NN_MSE, .heads = 1, .dropout = -0.5},
        {.batch = 3, .tokens = 7, .width = 8, .loss = NN_MAE, .heads = 1, .dropout = 0.5},
        {.batch = 2, .tokens = 3, .width = 9, .loss = NN_HUBER, .parameter = 2, .heads = 2, .dropout = -0.5},
        {.batch = 3,
         .used = 1,
         .tokens = 1,
         .width = 5,
         .loss = NN_PINBALL,
         .parameter = 0.1,
         .heads = 2,
         .dropout = 0.5},
    };
    RUN("stepped loss", build_stepped, table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),          cmocka_unit_test(test_elementwise),
        cmocka_unit_test(test_layer_norm),      cmocka_unit_test(test_instance_norm),
        cmocka_unit_test(test_movement),        cmocka_unit_test(test_self_attention),
        cmocka_unit_test(test_cross_attention), cmocka_unit_test(test_losses),
        cmocka_unit_test(test_stepped_losses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
