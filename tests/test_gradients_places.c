/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of attention that goes by distances, hides keys, turns halves of heads and goes across a group.
 */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <stdio.h>
#include <string.h>

typedef struct place_case {
    int batch, used, group, tokens, memory, width, heads, head_width, buckets, distance;
    bool back, hidden, turned;
    double dropout;
} place_case;

static const place_case cases[] = {
    {.batch = 1, .group = 1, .tokens = 1, .memory = 3, .width = 4, .heads = 2, .head_width = 2, .buckets = 4},
    {.batch = 3,
     .used = 2,
     .group = 2,
     .tokens = 5,
     .memory = 9,
     .width = 6,
     .heads = 3,
     .head_width = 4,
     .buckets = 8,
     .distance = 5,
     .hidden = true,
     .turned = true},
    {.batch = 2,
     .group = 3,
     .tokens = 9,
     .memory = 4,
     .width = 5,
     .heads = 2,
     .head_width = 6,
     .buckets = 6,
     .distance = 7,
     .back = true,
     .hidden = true},
    {.batch = 2,
     .used = 1,
     .group = 1,
     .tokens = 37,
     .memory = 70,
     .width = 4,
     .heads = 1,
     .head_width = 20,
     .buckets = 32,
     .distance = 128,
     .dropout = 0.2,
     .hidden = true},
    {.batch = 2,
     .group = 2,
     .tokens = 3,
     .memory = 40,
     .width = 8,
     .heads = 2,
     .head_width = 2,
     .buckets = 4,
     .distance = 9,
     .turned = true},
};

static nn_block block_of(const place_case *c, nn_tensor *seen)
{
    return (nn_block){.layout = {.kind = &nn_layout_pre.part},
                      .norm = {.kind = &nn_norm_rms.part},
                      .heads = c->heads,
                      .head_width = c->head_width,
                      .hidden = 7,
                      .activation = NN_GELU,
                      .attention_no_bias = true,
                      .ffn_no_bias = true,
                      .norm_epsilon = 0.05,
                      .dropout = c->dropout,
                      .scale = 1,
                      .rotary = c->turned,
                      .rotary_base = c->turned ? 100 : 0,
                      .relative = {.name = "distances",
                                   .buckets = c->buckets,
                                   .distance = c->distance ? c->distance : 128,
                                   .back = c->back},
                      .seen = seen,
                      .open = true};
}

/* Sequences of groups: each sample has `group` of them. */
static nn_tensor *sequences(graph *g, const place_case *c, graph_fill fill, int tokens, int width)
{
    nn_tensor *x = fill == FILL_SEEN ? graph_plain_input(g, fill, 2, (int[]){c->group * tokens, 1})
                                     : graph_input(g, fill, 3, (int[]){c->group, tokens, width});
    return nn_reshape(g->plan, x, 3, (int[]){g->batch * c->group, tokens, width});
}

/* Two blocks that share their table of distances, the second by the group. */
static void build_blocks(graph *g, const void *config)
{
    const place_case *c = config;
    nn_tensor *x = sequences(g, c, FILL_UNIFORM, c->tokens, c->width);
    nn_tensor *seen = c->hidden ? sequences(g, c, FILL_SEEN, c->tokens, 1) : NULL;
    nn_block block = block_of(c, seen);
    x = nn_encoder_block(g->plan, "a", x, NULL, &block);
    x = nn_encoder_block(g->plan, "b", x, NULL, &block);
    block.relative.buckets = 0;
    block.rotary = false;
    graph_output(g, nn_block_mix_across(g->plan, "c", &block, x, seen));
}

/* A few tokens that take up others, opened and not. */
static void build_cross(graph *g, const void *config)
{
    const place_case *c = config;
    nn_tensor *x = sequences(g, c, FILL_UNIFORM, 1, c->width);
    nn_tensor *memory = sequences(g, c, FILL_UNIFORM, c->memory, c->width);
    nn_block block = block_of(c, c->hidden ? sequences(g, c, FILL_SEEN, c->memory, 1) : NULL);
    block.mixer.kind = &nn_mixer_none.part;
    x = nn_block_mix_pre(g->plan, "a", &(nn_block){.norm = block.norm, .heads = c->heads, .open = true}, x,
                         NULL);
    block.mixer.kind = NULL;
    graph_output(g, nn_block_mix(g->plan, "b", &block, x, memory));
    block.open = false;
    graph_output(g, nn_block_mix(g->plan, "b", &block, x, memory));
}

static void build_residual_mlp(graph *g, const void *config)
{
    const place_case *c = config;
    nn_tensor *x = sequences(g, c, FILL_UNIFORM, c->tokens, c->width);
    graph_output(g, nn_residual_mlp(g->plan, "m", x, 5, 3, NN_RELU, c->dropout));
}

/* Biases of 10 or -10 keep relu far from its kink. */
static void adjust(nn_params *params, const void *config)
{
    (void)config;
    const nn_param *p = nn_params_find(params, "m.hidden_layer.bias");
    for (size_t k = 0; p && k < p->count; k++)
        params->data[p->offset + k] = k % 2 ? 10 : -10;
}

static void check_all(graph_build_fn build, const char *what)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const place_case *f = &cases[i];
        char text[80];
        snprintf(text, sizeof text, "%s, case %zu", what, i);
        const gradcheck_case c = {.name = text,
                                  .batch = f->batch,
                                  .used = f->used,
                                  .build = build,
                                  .config = f,
                                  .adjust = adjust,
                                  .most = 40};
        gradcheck(&c);
        if (f->batch > 1)
            gradcheck_shards(&c);
    }
}

static void test_blocks(void **state)
{
    (void)state;
    check_all(build_blocks, "blocks");
}

static void test_cross(void **state)
{
    (void)state;
    check_all(build_cross, "cross");
}

static void test_residual_mlp(void **state)
{
    (void)state;
    check_all(build_residual_mlp, "residual mlp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks), cmocka_unit_test(test_cross),
                                       cmocka_unit_test(test_residual_mlp)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
