/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of Time2Vec in its three forms, of linear maps and norms in Keras' form, and of the block whose
 * second residual adds its input. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <stdio.h>

static const int lengths[4] = {1, 2, 5, 9};

typedef struct form {
    nn_time2vec_form form;
    int batch, used, tokens, width, averaged, waves;
    bool timed, ragged, plain;
} form;

static void build_time2vec(graph *g, const void *config)
{
    const form *f = config;
    nn_time2vec_options options = {.form = f->form, .averaged = f->averaged, .waves = f->waves, .bound = 1};
    nn_tensor *x = f->ragged  ? graph_ragged(g, FILL_UNIFORM, lengths, 4, f->width)
                   : f->plain ? graph_plain_input(g, FILL_UNIFORM, 2, (int[]){f->tokens, f->width})
                              : graph_input3(g, FILL_UNIFORM, f->tokens, f->width);
    if (f->timed)
        options.tau = f->plain ? graph_plain_input(g, FILL_UNIFORM, 2, (int[]){f->tokens, 1})
                               : graph_input3(g, FILL_UNIFORM, f->tokens, 1);
    nn_tensor *y = nn_time2vec(g->plan, "t2v", x, options);
    graph_output(g, y);
    if (!f->ragged)
        graph_output(g, nn_mean_pool(g->plan, nn_transpose(g->plan, y))); /* over channels */
}

static void test_time2vec(void **state)
{
    (void)state;
    static const form table[] = {
        {NN_TIME2VEC_VALUE, .batch = 1, .tokens = 1, .width = 1},
        {NN_TIME2VEC_VALUE, .batch = 3, .tokens = 7, .width = 5, .averaged = 4},
        {NN_TIME2VEC_VALUE, .batch = 3, .used = 2, .tokens = 33, .width = 3},
        {NN_TIME2VEC_VALUE, .batch = 2, .tokens = 70, .width = 2, .averaged = 1, .plain = true},
        {NN_TIME2VEC_TIME, .batch = 1, .tokens = 1, .width = 1, .waves = 1},
        {NN_TIME2VEC_TIME, .batch = 3, .tokens = 7, .width = 3, .waves = 5, .timed = true},
        {NN_TIME2VEC_TIME, .batch = 3, .used = 2, .tokens = 17, .width = 2, .waves = 3},
        {NN_TIME2VEC_TIME, .batch = 3, .used = 1, .tokens = 33, .width = 8, .waves = 20, .timed = true},
        {NN_TIME2VEC_TIME, .batch = 2, .tokens = 5, .width = 2, .waves = 2, .timed = true, .plain = true},
        {NN_TIME2VEC_FEATURE, .batch = 1, .tokens = 1, .width = 1, .waves = 1},
        {NN_TIME2VEC_FEATURE, .batch = 3, .tokens = 7, .width = 5, .waves = 2},
        {NN_TIME2VEC_FEATURE, .batch = 3, .used = 2, .tokens = 17, .width = 3, .waves = 7, .plain = true},
        {NN_TIME2VEC_FEATURE, .batch = 4, .used = 3, .width = 3, .waves = 4, .ragged = true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const form *f = &table[i];
        char text[120];
        snprintf(text, sizeof text, "time2vec form %d batch %d/%d tokens %d width %d/%d sines %d%s", f->form,
                 f->batch, f->used, f->tokens, f->averaged, f->width, f->waves, f->timed ? " timed" : "");
        gradcheck_case c = {
            .name = text, .batch = f->batch, .used = f->used, .build = build_time2vec, .config = f};
        gradcheck(&c);
        if (f->batch > 1)
            gradcheck_shards(&c);
    }
}

static void build_keras(graph *g, const void *config)
{
    (void)config;
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, 7, 5);
    static const char *const names[] = {"q", "k", "v"};
    nn_linear_options drawn = {.as_keras = true, .glorot_bias = true, .units = 3},
                      bare = {.as_keras = true, .no_bias = true};
    nn_tensor *y = nn_linear_several(g->plan, names, 3, x, 6, drawn);
    y = nn_layer_norm_keras(g->plan, "ln", y, 1e-6);
    graph_output(g, nn_residual(g->plan, nn_linear_with(g->plan, "back", y, 5, bare), x, 0));
    graph_output(g, nn_linear_with(g->plan, "one", x, 1, (nn_linear_options){.as_keras = true}));
}

static void test_keras_forms(void **state)
{
    (void)state;
    gradcheck_case c = {.name = "Keras forms", .batch = 3, .used = 2, .build = build_keras};
    gradcheck(&c);
    gradcheck_shards(&c);
}

/* The whole encoder at toy size, with either residual, pooled over channels or over time. */
typedef struct model {
    const nn_layout_kind *layout;
    bool over_channels;
    double dropout;
} model;

static void build_model(graph *g, const void *config)
{
    enum { LOOKBACK = 6, COLUMNS = 5 };
    const model *m = config;
    nn_plan *p = g->plan;
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, LOOKBACK, COLUMNS);
    nn_tensor *target = graph_plain_input(g, FILL_HOLES, 1, (int[]){2});
    nn_tensor *h = nn_time2vec(p, "t2v", x, (nn_time2vec_options){.averaged = 4});
    nn_block block = {.layout = {&m->layout->part},
                      .heads = 2,
                      .head_width = 3,
                      .hidden = 6,
                      .activation = NN_GELU,
                      .dropout = m->dropout,
                      .dropout_branches_only = true,
                      .as_keras = true,
                      .norm_epsilon = 1e-6};
    for (int i = 0; i < 2; i++)
        h = nn_encoder_block(p, nn_name(p, "block.%d", i), h, NULL, &block);
    h = nn_mean_pool(p, m->over_channels ? nn_transpose(p, h) : h);
    h = nn_linear_with(p, "head", nn_dropout(p, h, m->dropout), 2, (nn_linear_options){.as_keras = true});
    graph_output(g, h);
    graph_loss(g, NN_MSE, 0, h, target);
}

static void test_model(void **state)
{
    (void)state;
    const model table[] = {
        {&nn_layout_paper, true, 0},
        {&nn_layout_paper, false, 0.2},
        {&nn_layout_post, true, 0.2},
        {&nn_layout_post, false, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        gradcheck_case c = {
            .name = "Time2Vec encoder", .batch = 3, .used = 2, .build = build_model, .config = &table[i]};
        gradcheck(&c);
        gradcheck_shards(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_time2vec), cmocka_unit_test(test_keras_forms),
                                       cmocka_unit_test(test_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
