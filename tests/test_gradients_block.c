/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of encoder blocks: every layout, form, activation and norm, dense and ragged, and a whole small
 * model. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <stdio.h>
#include <string.h>

enum { BATCH = 4, TOKENS = 5, MEMORY = 3, WIDTH = 8 };
static const int lengths[BATCH] = {5, 1, 4, 2}, memory_lengths[BATCH] = {2, 3, 1, 6};

typedef struct form {
    const nn_layout_kind *layout;
    nn_activation_kind activation;
    bool cross, norm_plain, ragged, causal, biased, named, bare;
    int head_width, used;
    double dropout;
} form;

static void build_block(graph *g, const void *config)
{
    const form *f = config;
    nn_tensor *x = f->ragged ? graph_ragged(g, FILL_UNIFORM, lengths, BATCH, WIDTH)
                             : graph_input3(g, FILL_UNIFORM, TOKENS, WIDTH);
    nn_tensor *memory = NULL;
    if (f->cross)
        memory = f->ragged ? graph_ragged(g, FILL_UNIFORM, memory_lengths, BATCH, WIDTH)
                           : graph_input3(g, FILL_UNIFORM, MEMORY, WIDTH);
    nn_block block = {.mixer = {&nn_mixer_softmax.part},
                      .ffn = {&nn_ffn_mlp.part},
                      .layout = {&f->layout->part},
                      .heads = 2,
                      .head_width = f->head_width,
                      .hidden = 6,
                      .activation = f->activation,
                      .causal = f->causal,
                      .bias = f->biased ? graph_constant(g, FILL_MASK, TOKENS, TOKENS) : NULL,
                      .dropout = f->dropout,
                      .attention_no_bias = f->bare,
                      .ffn_no_bias = f->bare,
                      .ffn_as_conv = f->named,
                      .norm_plain = f->norm_plain};
    if (f->named)
        block.names = (nn_block_names){.query = "q", .key = "k", .hidden = "conv1", .norm2 = "other"};
    graph_output(g, nn_encoder_block(g->plan, "block", x, memory, &block));
}

/* Hidden units' biases of 10 or -10 keep relu far from its kink: what they add to stays below 9. */
static void adjust(nn_params *params, const void *config)
{
    const form *f = config;
    if (f->activation != NN_RELU)
        return;
    const nn_param *bias = nn_params_find(params, f->named ? "block.conv1.bias" : "block.ffn.hidden.bias");
    assert_non_null(bias);
    for (size_t i = 0; i < bias->count; i++)
        params->data[bias->offset + i] = i % 3 ? 10 : -10;
}

static void check(const form *f)
{
    char text[200];
    snprintf(text, sizeof text, "block %s%s%s%s%s%s%s%s%s head width %d dropout %g used %d",
             f->layout->part.name, f->cross ? " cross" : " self",
             f->activation == NN_RELU ? " relu" : " gelu", f->norm_plain ? " plain" : "",
             f->ragged ? " ragged" : "", f->causal ? " causal" : "", f->biased ? " biased" : "",
             f->named ? " named" : "", f->bare ? " bare" : "", f->head_width, f->dropout, f->used);
    gradcheck_case c = {
        .name = text, .batch = BATCH, .used = f->used, .build = build_block, .config = f, .adjust = adjust};
    gradcheck(&c);
    gradcheck_shards(&c);
}

static void all_forms(const nn_layout_kind *layout)
{
    for (int i = 0; i < 16; i++) {
        form f = {.layout = layout,
                  .activation = i & 1 ? NN_RELU : NN_GELU,
                  .cross = i & 2,
                  .norm_plain = i & 4,
                  .ragged = i & 8,
                  .head_width = i & 1 ? 3 : 0,
                  .used = i & 2 ? 3 : 0,
                  .dropout = i & 4 ? 0.25 : 0};
        check(&f);
    }
}

static void test_post(void **state)
{
    (void)state;
    all_forms(&nn_layout_post);
}

static void test_pre(void **state)
{
    (void)state;
    all_forms(&nn_layout_pre);
}

static void test_paper(void **state)
{
    (void)state;
    all_forms(&nn_layout_paper);
}

static void test_settings(void **state)
{
    (void)state;
    const form forms[] = {
        {.layout = &nn_layout_post, .causal = true, .biased = true, .dropout = 0.3},
        {.layout = &nn_layout_pre, .causal = true, .cross = true, .ragged = true, .dropout = 0.3},
        {.layout = &nn_layout_post, .named = true, .cross = true, .activation = NN_RELU},
        {.layout = &nn_layout_pre, .activation = NN_GELU, .bare = true, .biased = true, .used = 1},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        check(&forms[i]);
}

/* The composition of iTransformer: normalise, embed variates, two blocks, head, undo; NaN holes in the
 * target. */
static void build_inverted(graph *g, const void *config)
{
    (void)config;
    enum { LOOKBACK = 7, HORIZON = 3, VARIATES = 4, FEATURES = 2 };
    nn_plan *p = g->plan;
    nn_tensor *stats = NULL, *x = graph_input3(g, FILL_UNIFORM, LOOKBACK, VARIATES);
    nn_tensor *marks = graph_plain_input(g, FILL_UNIFORM, 2, (int[]){LOOKBACK, FEATURES});
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 2, (int[]){HORIZON, VARIATES});
    nn_tensor *h = nn_transpose(p, nn_instance_norm(p, x, &stats));
    h = nn_concat(p, h, nn_transpose(p, marks));
    h = nn_dropout(p, nn_linear(p, "embed", h, WIDTH), 0.2);
    nn_block block = {.heads = 2, .hidden = 6, .activation = NN_GELU, .dropout = 0.2};
    for (int i = 0; i < 2; i++)
        h = nn_encoder_block(p, nn_name(p, "layer%d", i), h, NULL, &block);
    h = nn_slice(p, nn_linear(p, "head", nn_layer_norm(p, "norm", h, 1e-5), HORIZON), 0, VARIATES);
    h = nn_instance_norm_inverse(p, nn_transpose(p, h), stats);
    graph_output(g, h);
    graph_loss(g, NN_MSE, 0, h, target);
}

static void test_model(void **state)
{
    (void)state;
    gradcheck_case c = {.name = "inverted transformer", .batch = 3, .used = 3, .build = build_inverted};
    gradcheck(&c);
    c.used = 2;
    gradcheck(&c);
    gradcheck_shards(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_post), cmocka_unit_test(test_pre),
                                       cmocka_unit_test(test_paper), cmocka_unit_test(test_settings),
                                       cmocka_unit_test(test_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
