/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes other tokens of a sequence's: gradients by finite differences, dense and ragged, and the same
 * values however a batch is cut into shards, with dropout behind. */
#include "lib/parts/tokens.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 4, TOKENS = 9, WIDTH = 4 };
static const int lengths[BATCH] = {3, 9, 1, 6};

/* --- windows --- */

typedef struct windows {
    bool ragged, largest;
    nn_window window;
} windows;

/* Dropout in each of the operations that have one, on what windows make. */
static void build_windows(graph *g, const void *config)
{
    const windows *w = config;
    nn_plan *plan = g->plan;
    nn_tensor *x = w->ragged ? graph_ragged(g, FILL_AWAY, lengths, BATCH, WIDTH)
                             : graph_input3(g, FILL_AWAY, TOKENS, WIDTH);
    x = w->largest ? nn_max_pool(plan, x, w->window) : nn_unfold(plan, x, w->window);
    const int span = x ? x->shape[x->rank - 1] : 0;
    nn_tensor *y = nn_activation(plan, nn_dropout(plan, x, 0.3), NN_GELU, 0.3);
    y = nn_residual(plan, y, nn_linear(plan, "map", x, span), 0.3);
    graph_output(g,
                 nn_attention(plan, y, y, (nn_attention_options){.heads = 1, .width = span, .dropout = 0.3}));
}

static void test_windows(void **state)
{
    (void)state;
    static const nn_window forms[] = {{3, 2, 1}, {4, 1, 2}, {1, 1, 0}};
    for (size_t i = 0; i < 4 * sizeof forms / sizeof *forms; i++) {
        const windows w = {.ragged = i & 1, .largest = i & 2, .window = forms[i / 4]};
        const gradcheck_case c = {
            .name = w.ragged ? w.largest ? "largest of ragged windows" : "ragged windows" : "windows",
            .batch = BATCH,
            .build = build_windows,
            .config = &w,
            .most = 40};
        gradcheck(&c);
        gradcheck_shards(&c);
    }
}

/* --- parts --- */

enum { LONG = 20, COLUMNS = 2 };
static const int long_lengths[BATCH] = {7, 20, 1, 12};

typedef struct trial {
    nn_part part;
    nn_part_class class;
    bool ragged;
} trial;

/* The part on tokens, with an encoder block with dropout behind what is still tokens. */
static void build_part(graph *g, const void *config)
{
    const trial *t = config;
    nn_plan *plan = g->plan;
    const nn_block block = {
        .heads = 2, .hidden = 6, .activation = NN_GELU, .norm_epsilon = 0.05, .dropout = 0.2};
    const int width = t->class == NN_PART_TOKENIZER ? COLUMNS : WIDTH;
    nn_tensor *x = t->ragged ? graph_ragged(g, FILL_UNIFORM, long_lengths, BATCH, width)
                             : graph_input3(g, FILL_UNIFORM, LONG, width);
    if (t->class == NN_PART_POOLING) {
        graph_output(g, nn_pool_tokens(plan, "pool", &t->part, x));
        return;
    }
    nn_places places = {0};
    if (t->part.kind->flags & NN_PART_CALENDAR)
        places.calendar = graph_input3(g, FILL_UNIFORM, LONG, WIDTH);
    x = t->class == NN_PART_TOKENIZER ? nn_make_tokens(plan, "tokens", &t->part, x, WIDTH)
                                      : nn_place_tokens(plan, "pos", &t->part, x, &places);
    graph_output(g, nn_encoder_block(plan, "block", x, NULL, &block));
}

static void check_part(nn_part_class class, const char *text, bool ragged)
{
    trial t = {.class = class, .ragged = ragged};
    nn_error error = {0};
    char name[80];
    snprintf(name, sizeof name, "%s %s", text, ragged ? "ragged" : "dense");
    if (nn_part_parse(&t.part, class, text, strlen(text), &error))
        fail_msg("%s", error.text);
    const gradcheck_case c = {.name = name, .batch = BATCH, .build = build_part, .config = &t, .most = 25};
    if (!ragged || !(nn_part_flags(&t.part) & NN_PART_FIXED)) {
        gradcheck(&c);
        gradcheck_shards(&c);
    }
    nn_part_clear(&t.part);
}

static void check_class(nn_part_class class)
{
    const nn_part_kind *kind;
    for (int i = 0; (kind = nn_part_at(class, i)); i++)
        for (int ragged = 0; ragged < 2; ragged++)
            check_part(class, kind->name, ragged);
}

static void test_parts(void **state)
{
    (void)state;
    check_class(NN_PART_POSITION);
    check_class(NN_PART_POOLING);
    check_class(NN_PART_TOKENIZER);
    static const char *const more[] = {"patch:len=5:stride=2", "patch:len=4:stride=4",  "conv:k=3:s=1:n=2",
                                       "t2t:k=3:s=1:m=6",      "t2t:k=3:s=1:m=6:phi=5", "tnt:len=5:c=4:n=2"};
    for (size_t i = 0; i < 2 * sizeof more / sizeof *more; i++)
        check_part(NN_PART_TOKENIZER, more[i / 2], i % 2);
}

/* --- a class token before sequences of unlike lengths --- */

static void build_cls(graph *g, const void *config)
{
    nn_plan *plan = g->plan;
    const bool ragged = *(const bool *)config;
    const nn_block block = {
        .heads = 2, .hidden = 6, .activation = NN_GELU, .norm_epsilon = 0.05, .dropout = 0.2};
    nn_tensor *x = ragged ? graph_ragged(g, FILL_UNIFORM, long_lengths, BATCH, WIDTH)
                          : graph_input3(g, FILL_UNIFORM, LONG, WIDTH);
    x = nn_concat(plan, nn_learned_tokens(plan, "token", 1, WIDTH, x), x);
    x = nn_encoder_block(plan, "block", x, NULL, &block);
    graph_output(g, x);
    graph_output(g, nn_first_pool(plan, x));
}

static void test_class_token(void **state)
{
    (void)state;
    for (int ragged = 0; ragged < 2; ragged++) {
        const bool config = ragged;
        const gradcheck_case c = {
            .name = "class token", .batch = BATCH, .build = build_cls, .config = &config, .most = 40};
        gradcheck(&c);
        gradcheck_shards(&c);
    }
}

/* --- attention that turns its queries and keys --- */

static void build_rotary(graph *g, const void *config)
{
    const bool ragged = *(const bool *)config;
    const nn_block block = {
        .heads = 2, .hidden = 6, .activation = NN_GELU, .norm_epsilon = 0.05, .rotary = true};
    nn_tensor *x = ragged ? graph_ragged(g, FILL_UNIFORM, long_lengths, BATCH, WIDTH)
                          : graph_input3(g, FILL_UNIFORM, LONG, WIDTH);
    graph_output(g, nn_encoder_block(g->plan, "block", x, NULL, &block));
    graph_output(g, nn_rotary(g->plan, x, 1, 3));
}

static void test_rotary(void **state)
{
    (void)state;
    for (int ragged = 0; ragged < 2; ragged++) {
        const bool config = ragged;
        const gradcheck_case c = {
            .name = "rotary", .batch = BATCH, .build = build_rotary, .config = &config, .most = 40};
        gradcheck(&c);
        gradcheck_shards(&c);
    }
}

/* --- linear maps of two --- */

static void build_low_rank(graph *g, const void *config)
{
    (void)config;
    const nn_block block = {.heads = 2, .hidden = 24, .activation = NN_GELU, .norm_epsilon = 0.05, .rank = 1};
    nn_tensor *x = graph_ragged(g, FILL_UNIFORM, long_lengths, BATCH, WIDTH);
    graph_output(g, nn_encoder_block(g->plan, "block", x, NULL, &block));
    graph_output(g, nn_linear(g->plan, "outside", x, 5));
}

static void test_low_rank(void **state)
{
    (void)state;
    const gradcheck_case c = {.name = "low rank", .batch = BATCH, .build = build_low_rank, .most = 40};
    gradcheck(&c);
    gradcheck_shards(&c);
    nn_params *params = nn_params_new();
    graph g;
    graph_make(&g, params, BATCH, true, build_low_rank, NULL);
    assert_non_null(nn_params_find(params, "block.attention.query.first.weight"));
    assert_non_null(nn_params_find(params, "block.ffn.hidden.second.bias"));
    assert_null(nn_params_find(params, "block.ffn.hidden.weight"));
    assert_non_null(nn_params_find(params, "outside.weight"));
    graph_clear(&g);
    nn_params_free(params);
}

/* --- beside plain loops --- */

typedef struct twin {
    graph g;
    graph_data data;
    nn_params *params;
    nn_run run;
} twin;

static void run_twin(twin *t, graph_build_fn build, const void *config)
{
    *t = (twin){.params = nn_params_new()};
    assert_non_null(t->params);
    graph_make(&t->g, t->params, BATCH, false, build, config);
    graph_data_draw(&t->data, &t->g, 5);
    t->run = (nn_run){.params = t->params->data, .loss_scale = 1};
    graph_load(&t->g, &t->data, 0, BATCH, &t->run);
    nn_plan_forward(t->g.plan, &t->run);
}

static void end_twin(twin *t)
{
    graph_clear(&t->g);
    graph_data_clear(&t->data);
    nn_params_free(t->params);
}

static void is(const nn_real *got, double want)
{
    if (!(fabs((double)*got - want) <= 1e-12))
        fail_msg("%.15g, not %.15g", (double)*got, want);
}

/* Token t of sequence s, its first of x. */
static const nn_real *token(const nn_tensor *x, int s, int t)
{
    const int width = x->shape[x->rank - 1], first = x->ragged ? x->ragged->offsets[s] : s * x->shape[1];
    return x->data + (size_t)(first + t) * (size_t)width;
}

enum { HEADS = 2, SPAN = 3, BEYOND = 2, TURNED = HEADS * SPAN + BEYOND };

static void build_turned(graph *g, const void *config)
{
    const bool ragged = *(const bool *)config;
    nn_tensor *x = ragged ? graph_ragged(g, FILL_UNIFORM, long_lengths, BATCH, TURNED)
                          : graph_input3(g, FILL_UNIFORM, LONG, TURNED);
    graph_output(g, nn_rotary(g->plan, x, HEADS, SPAN));
    graph_output(g, nn_concat(g->plan, x, x));
    graph_output(g, nn_first_pool(g->plan, x));
}

/* A pair is a complex number, turned by exp(i t); heads of an odd width and columns beyond keep the rest. */
static void test_twins(void **state)
{
    (void)state;
    for (int ragged = 0; ragged < 2; ragged++) {
        const bool config = ragged;
        twin t;
        run_twin(&t, build_turned, &config);
        const nn_tensor *x = t.g.ports[0].tensor, *y = t.g.outputs[0], *twice = t.g.outputs[1];
        for (int s = 0; s < BATCH; s++) {
            const int n = ragged ? long_lengths[s] : LONG;
            for (int i = 0; i < n; i++) {
                const nn_real *a = token(x, s, i), *b = token(y, s, i);
                for (int h = 0; h < HEADS; h++, a += SPAN, b += SPAN) {
                    const double complex z = CMPLX(a[0], a[1]) * cexp(CMPLX(0, i));
                    is(b, creal(z));
                    is(b + 1, cimag(z));
                    is(b + 2, (double)a[2]);
                }
                is(b, (double)a[0]);
                is(b + 1, (double)a[1]);
                for (int c = 0; c < TURNED; c++) {
                    is(token(twice, s, i) + c, (double)token(x, s, i)[c]);
                    is(token(twice, s, n + i) + c, (double)token(x, s, i)[c]);
                }
            }
            for (int c = 0; c < TURNED; c++)
                is(t.g.outputs[2]->data + s * TURNED + c, (double)token(x, s, 0)[c]);
        }
        end_twin(&t);
    }
}

static void build_patches(graph *g, const void *config)
{
    (void)config;
    graph_output(g, nn_tokens_patches(g->plan, graph_input3(g, FILL_UNIFORM, LONG, COLUMNS), 5, 4));
    graph_output(g, nn_tokens_grid(g->plan, graph_input3(g, FILL_UNIFORM, LONG, COLUMNS), 6));
}

/* The last patch ends with the last row; the oldest rows are left out where they do not fit. */
static void test_patches_end_with_the_rows(void **state)
{
    (void)state;
    twin t;
    run_twin(&t, build_patches, NULL);
    const nn_tensor *x = t.g.ports[0].tensor, *y = t.g.outputs[0], *other = t.g.ports[1].tensor;
    assert_int_equal(y->shape[1], 4);
    assert_int_equal(t.g.outputs[1]->shape[1], 3);
    for (int s = 0; s < BATCH; s++)
        for (int c = 0; c < COLUMNS; c++) {
            for (int p = 0; p < 4; p++)
                for (int k = 0; k < 5; k++)
                    is(token(y, s, p) + c * 5 + k, (double)token(x, s, 3 + 4 * p + k)[c]);
            for (int r = 0; r < 18; r++)
                is(t.g.outputs[1]->data + (s * 18 + r) * COLUMNS + c, (double)token(other, s, 2 + r)[c]);
        }
    end_twin(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_windows),
                                       cmocka_unit_test(test_parts),
                                       cmocka_unit_test(test_class_token),
                                       cmocka_unit_test(test_rotary),
                                       cmocka_unit_test(test_low_rank),
                                       cmocka_unit_test(test_twins),
                                       cmocka_unit_test(test_patches_end_with_the_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
