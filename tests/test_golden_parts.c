/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slices of a nested feed-forward, poolings, tokenizers, networks of two branches and weights that are dense
 * times sparse beside reference values, most of them of the papers' own code. In float and in double. */
#include "lib/parts/branches.h"
#include "lib/parts/tokens.h"
#include "tests/cmocka_all.h"
#include "tests/golden_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int whole(const golden_part *g, const char *key)
{
    return (int)golden_part_number(g, key);
}

/* A pre-norm block of the file's form, with queries, keys and values with or without biases. */
static nn_block pre_norm(golden_part *g, bool bias)
{
    nn_block block = golden_part_block(g);
    block.layout.kind = &nn_layout_pre.part;
    block.attention_no_bias = false;
    block.projection_no_bias = !bias;
    return block;
}

/* --- nested --- */

/* Of the file's widths the index-th; 0 behind the last. */
static int width_at(const golden_part *g, int index)
{
    char key[40];
    const int width = whole(g, "hidden") >> index;
    snprintf(key, sizeof key, "output/%d", width);
    return golden_part_has(g, key) ? width : 0;
}

static nn_tensor *slice(golden_part *g, nn_tensor *x, int index)
{
    char text[40];
    nn_block block = golden_part_block(g);
    snprintf(text, sizeof text, "nested:slice=%d", 1 << index);
    block.ffn = golden_part_parse(g, NN_PART_FFN, text);
    return nn_block_feed(g->plan, "b", &block, x);
}

static nn_tensor *one_slice(golden_part *g)
{
    const int index = atoi(g->test->text);
    g->first = nn_name(g->plan, "output/%d", width_at(g, index));
    g->grads = nn_name(g->plan, "width/%d/grad/", width_at(g, index));
    return slice(g, golden_part_input(g, "input"), index);
}

/* Each slice by itself, then their sum, which has the sum of their gradients. */
static nn_tensor *all_slices(golden_part *g)
{
    char text[16];
    g->first = "";
    g->grads = "sum/grad/";
    nn_tensor *x = golden_part_input(g, "input"), *y = slice(g, x, 0);
    assert_true(width_at(g, 1) > 0);
    for (int i = 0; width_at(g, i); i++) {
        snprintf(text, sizeof text, "%d", i);
        golden_part_run(&(golden_part_case){"nested", one_slice, text, NULL});
        y = i ? nn_residual(g->plan, y, slice(g, x, i), 0) : y;
    }
    return y;
}

/* --- poolings --- */

static nn_tensor *pool(golden_part *g)
{
    const nn_part part = golden_part_parse(g, NN_PART_POOLING, g->test->text);
    return nn_pool_tokens(g->plan, "b", &part, golden_part_input(g, "input"));
}

static nn_tensor *head(golden_part *g)
{
    const nn_part part = golden_part_parse(g, NN_PART_POOLING, g->test->text);
    nn_tensor *z =
        nn_layer_norm(g->plan, "b.norm", golden_part_input(g, "input"), golden_part_number(g, "norm_eps"));
    return nn_linear(g->plan, "b.classes", nn_pool_tokens(g->plan, "b", &part, z), whole(g, "classes"));
}

/* --- tokenizers --- */

static nn_tensor *conv(golden_part *g)
{
    return nn_tokens_conv(g->plan, "b.conv", golden_part_input(g, "input"), whole(g, "width"),
                          whole(g, "kernel"), whole(g, "stride"));
}

static nn_tensor *conv_twice(golden_part *g)
{
    const int kernel = whole(g, "kernel"), stride = whole(g, "stride");
    nn_tensor *x = golden_part_input(g, "input");
    x = nn_tokens_conv(g->plan, "b.conv1", x, whole(g, "middle"), kernel, stride);
    return nn_tokens_conv(g->plan, "b.conv2", x, whole(g, "width"), kernel, stride);
}

static nn_window window(const golden_part *g, const char *split)
{
    char key[3][40];
    snprintf(key[0], sizeof key[0], "%s/kernel", split);
    snprintf(key[1], sizeof key[1], "%s/stride", split);
    snprintf(key[2], sizeof key[2], "%s/padding", split);
    return (nn_window){whole(g, key[0]), whole(g, key[1]), whole(g, key[2])};
}

static nn_tensor *t2t(golden_part *g)
{
    return nn_tokens_t2t(g->plan, "b", golden_part_input(g, "input"),
                         (nn_t2t_options){.first = window(g, "split1"),
                                          .second = window(g, "split2"),
                                          .merged = whole(g, "merged_width"),
                                          .width = whole(g, "width"),
                                          .features = g->test->text ? whole(g, g->test->text) : 0,
                                          .epsilon = golden_part_number(g, "norm_eps")});
}

static nn_tensor *lift(golden_part *g)
{
    return nn_tnt_lift(g->plan, "b", golden_part_input(g, "input"), whole(g, "width"), true,
                       golden_part_number(g, "norm_eps"));
}

static nn_tensor *tnt(golden_part *g)
{
    nn_block inner_block = pre_norm(g, false), outer_block = inner_block;
    nn_tensor *inner = golden_part_input(g, "inner"), *outer = golden_part_input(g, "outer");
    inner_block.heads = whole(g, "inner_heads");
    inner_block.hidden = golden_part_rows(g, "param/inner.ffn.hidden.weight");
    outer_block.hidden = golden_part_rows(g, "param/outer.ffn.hidden.weight");
    nn_tnt_block(g->plan, "b", &inner, &outer, &inner_block, &outer_block);
    g->first = "output_outer";
    golden_part_output(g, "output_inner", inner);
    return outer;
}

/* --- two branches --- */

static nn_tensor *crossvit(golden_part *g)
{
    nn_block blocks[] = {pre_norm(g, true), pre_norm(g, true)};
    nn_tensor *x[] = {golden_part_input(g, "input0"), golden_part_input(g, "input1")}, *y[2];
    for (int i = 0; i < 2; i++) {
        blocks[i].heads = whole(g, i ? "heads/1" : "heads/0");
        blocks[i].hidden = whole(g, i ? "hidden/1" : "hidden/0");
    }
    nn_dual(g->plan, "b", x, blocks, y);
    g->first = "output0";
    golden_part_output(g, "output1", y[1]);
    return y[0];
}

static nn_tensor *two_view(golden_part *g)
{
    nn_tensor *a = golden_part_input(g, "input_a"), *b = golden_part_input(g, "input_b");
    return nn_two_view(g->plan, "b", a, b,
                       (nn_two_view_options){.width = whole(g, "width"),
                                             .outputs = whole(g, "classes"),
                                             .gated = golden_part_has(g, "param/gate.weight"),
                                             .stack = {.layers = 1, .block = pre_norm(g, true)}});
}

static nn_tensor *scale_patch(golden_part *g)
{
    const nn_stack stack = {.layers = 1, .block = pre_norm(g, true)};
    return nn_scale_patch(g->plan, "b", golden_part_input(g, "input"), &stack);
}

/* --- dense times sparse --- */

static nn_tensor *dense_times_sparse(golden_part *g)
{
    const nn_factor sizes = {
        .blocks = whole(g, "blocks"), .rank = whole(g, "rank"), .kept = whole(g, "nonzeros_per_column")};
    return nn_linear_sparse(g->plan, "b", golden_part_input(g, "input"), whole(g, "out"), sizes,
                            !golden_part_has(g, "param/bias"));
}

/* --- all --- */

static const golden_part_case cases[] = {
    {"packed", golden_part_layers, "post", NULL},
    {"nested", all_slices, NULL, NULL},
    {"seqpool", pool, "seq", NULL},
    {"cct_head", head, "seq", NULL},
    {"conv_tokenizer", conv, NULL, NULL},
    {"conv_tokenizer2", conv_twice, NULL, NULL},
    {"t2t", t2t, NULL, NULL},
    {"t2t_performer", t2t, "features", NULL},
    {"tnt_lift", lift, NULL, NULL},
    {"tnt", tnt, NULL, NULL},
    {"crossvit", crossvit, NULL, NULL},
    {"two_view", two_view, NULL, NULL},
    {"two_view_gate", two_view, NULL, NULL},
    {"scale_patch", scale_patch, NULL, NULL},
    {"ds_factor", dense_times_sparse, NULL, NULL},
};

static void test_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        golden_part_run(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
