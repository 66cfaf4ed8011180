/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of positions and of the cross-entropy, and of a small classifier with all of t2's parts. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <stdio.h>

static const int lengths[4] = {1, 2, 5, 9};

typedef struct form {
    int batch, used, tokens, width, column;
    bool ragged, timed;
} form;

static void build_position(graph *g, const void *config)
{
    const form *f = config;
    nn_tensor *points = f->ragged ? graph_ragged(g, FILL_UNIFORM, lengths, 4, f->width)
                                  : graph_input3(g, FILL_UNIFORM, f->tokens, f->width);
    nn_tensor *x = nn_linear(g->plan, "in", points, 5), *times = NULL;
    /* times carry no gradient: they come from an input that wants none */
    if (f->timed && !f->ragged)
        times = graph_plain_input(g, FILL_UNIFORM, 2, (int[]){f->tokens, 3});
    nn_tensor *y = nn_position(g->plan, x, times, f->column, 7);
    graph_output(g, nn_residual(g->plan, y, x, 0));
}

static void test_position(void **state)
{
    (void)state;
    static const form table[] = {
        {.batch = 1, .tokens = 1, .width = 1},
        {.batch = 3, .used = 2, .tokens = 7, .width = 3},
        {.batch = 3, .used = 2, .tokens = 17, .width = 3, .timed = true, .column = 2},
        {.batch = 4, .used = 3, .width = 3, .ragged = true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        gradcheck_case c = {.name = "position",
                            .batch = table[i].batch,
                            .used = table[i].used,
                            .build = build_position,
                            .config = &table[i]};
        gradcheck(&c);
        if (table[i].batch > 1)
            gradcheck_shards(&c);
    }
}

static void build_cross_entropy(graph *g, const void *config)
{
    const form *f = config;
    nn_tensor *x = graph_input(g, FILL_UNIFORM, 1, &f->width);
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 1, &f->width);
    graph_loss(g, NN_CROSS_ENTROPY, 0, f->tokens ? nn_linear(g->plan, "head", x, f->width) : x, target);
}

/* Targets of any sign and with gaps: the formula holds for all of them. */
static void test_cross_entropy(void **state)
{
    (void)state;
    static const form table[] = {
        {.batch = 1, .width = 1},
        {.batch = 3, .width = 2},
        {.batch = 3, .used = 2, .width = 14, .tokens = 1},
        {.batch = 7, .used = 5, .width = 33},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        gradcheck_case c = {.name = "cross-entropy",
                            .batch = table[i].batch,
                            .used = table[i].used,
                            .build = build_cross_entropy,
                            .config = &table[i]};
        gradcheck(&c);
        if (table[i].batch > 1)
            gradcheck_shards(&c);
    }
}

/* Classes 0 to 4: (0, 1) below 5, (5, 2) below 6, (3) below 7; 4 at the top. */
static const int tree_parent[] = {5, 5, 6, 7, -1, 6, -1, -1};
static const double even_weight[] = {1, 1, 1, 1, 1, 1, 1, 1},
                    falling_weight[] = {0.2, 0.2, 0.45, 0.45, 1, 0.45, 1, 1};

static void build_tree_loss(graph *g, const void *config)
{
    const nn_class_tree *tree = config;
    nn_tensor *x = graph_input(g, FILL_UNIFORM, 1, &tree->leaves);
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 1, &tree->nodes);
    g->has_loss = true;
    nn_tree_loss(g->plan, tree, nn_linear(g->plan, "head", x, tree->leaves), target);
}

static void test_tree_loss(void **state)
{
    (void)state;
    static const int flat[] = {-1};
    static const nn_class_tree table[] = {
        {1, 1, flat, even_weight}, {5, 8, tree_parent, even_weight}, {5, 8, tree_parent, falling_weight}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        gradcheck_case c = {
            .name = "tree loss", .batch = 5, .used = 4, .build = build_tree_loss, .config = &table[i]};
        gradcheck(&c);
        gradcheck_shards(&c);
    }
}

typedef struct classifier {
    double dropout;
    bool late; /* features join what is pooled */
} classifier;

static void build_classifier(graph *g, const void *config)
{
    enum { TOKENS = 7, BANDS = 3, CLASSES = 4 };
    const classifier *model = config;
    const double dropout = model->dropout;
    nn_plan *p = g->plan;
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, TOKENS, BANDS);
    nn_tensor *features = model->late ? graph_plain_input(g, FILL_UNIFORM, 1, (int[]){6}) : NULL;
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 1, (int[]){CLASSES});
    nn_block block = {.heads = 4,
                      .hidden = 6,
                      .activation = NN_GELU,
                      .dropout = dropout,
                      .dropout_branches_only = true,
                      .as_keras = true,
                      .attention_dense = true,
                      .norm_epsilon = 1e-6};
    nn_tensor *h = nn_linear_with(p, "conv", x, 8, (nn_linear_options){.as_keras = true, .as_conv = true});
    h = nn_position(p, nn_activation(p, h, NN_GELU, 0), NULL, 0, 1);
    h = nn_encoder_block(p, "block", h, NULL, &block);
    h = nn_mean_pool(p, h);
    if (model->late) {
        nn_tensor *late = nn_linear_with(p, "late", features, 5, (nn_linear_options){.as_keras = true});
        h = nn_concat_columns(p, h, nn_activation(p, late, NN_GELU, 0));
    }
    h = nn_dropout(p, h, dropout);
    h = nn_linear_with(p, "cls", h, CLASSES, (nn_linear_options){.as_keras = true});
    graph_output(g, h);
    graph_loss(g, NN_CROSS_ENTROPY, 0, h, target);
}

static void test_classifier(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const classifier model = {0.2 * (i % 2), i / 2};
        gradcheck_case c = {
            .name = "classifier", .batch = 3, .used = 2, .build = build_classifier, .config = &model};
        gradcheck(&c);
        gradcheck_shards(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_position), cmocka_unit_test(test_cross_entropy),
                                       cmocka_unit_test(test_tree_loss), cmocka_unit_test(test_classifier)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
