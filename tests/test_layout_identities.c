/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What layouts must be by their nature: a loop gone through once is a plain stack, a loop's gradient is the
 * sum over its turns, a loop needs its layers, and ragged sequences of one length are dense ones. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 2, TOKENS = 5, WIDTH = 8, SIZE = BATCH * TOKENS * WIDTH };

typedef struct form {
    const char *layout;
    int layers;
} form;

static nn_tensor *stack(nn_plan *plan, const form *f, nn_tensor *x)
{
    nn_part layout;
    nn_error error = {0};
    if (nn_part_parse(&layout, NN_PART_LAYOUT, f->layout, strlen(f->layout), &error))
        fail_msg("%s", error.text);
    const nn_stack all = {.prefix = "block.",
                          .layers = f->layers,
                          .block = {.layout = layout, .heads = 2, .hidden = 6, .activation = NN_GELU}};
    nn_tensor *y = nn_encoder_stack(plan, &all, x, NULL);
    nn_part_clear(&layout);
    return y;
}

static void build(graph *g, const void *config)
{
    graph_output(g, stack(g->plan, config, graph_input3(g, FILL_UNIFORM, TOKENS, WIDTH)));
}

/* A stack with its output, and its gradients for the cotangent 1, -2, 3, 1, ... */
typedef struct trial {
    graph g;
    graph_data data;
    nn_params *params;
    nn_real *grads, output[SIZE];
} trial;

static void begin(trial *t, const form *f)
{
    *t = (trial){.params = nn_params_new()};
    assert_non_null(t->params);
    graph_make(&t->g, t->params, BATCH, true, build, f);
    graph_data_draw(&t->data, &t->g, 11);
    graph_shake(t->params, 5);
    t->grads = calloc(t->params->size, sizeof *t->grads);
    assert_non_null(t->grads);
}

static void run(trial *t)
{
    nn_run run = {.batch = BATCH, .params = t->params->data, .grads = t->grads, .loss_scale = 1};
    graph_load(&t->g, &t->data, 0, BATCH, &run);
    nn_plan_forward(t->g.plan, &run);
    nn_tensor *y = t->g.outputs[0];
    memcpy(t->output, y->data, sizeof t->output);
    for (int i = 0; i < SIZE; i++)
        y->grad[i] = (nn_real)(i % 3 == 1 ? -2 : 1 + i % 3);
    nn_plan_backward(t->g.plan, &run);
}

static void end(trial *t)
{
    graph_clear(&t->g);
    graph_data_clear(&t->data);
    nn_params_free(t->params);
    free(t->grads);
}

static size_t place(const trial *t, const char *name)
{
    const nn_param *p = nn_params_find(t->params, name);
    if (!p)
        fail_msg("no parameter %s", name);
    return p->offset;
}

static void assert_near(double a, double b, const char *what)
{
    const double room = sizeof(nn_real) == sizeof(double) ? 1e-10 : 2e-4;
    if (!(fabs(a - b) <= room * (1 + fabs(b))))
        fail_msg("%s: %.9g, not %.9g", what, a, b);
}

static void test_one_turn_is_a_plain_stack(void **state)
{
    (void)state;
    static const char *const loops[] = {"looped:turns=1", "looped:turns=1:pre=1:loop=2",
                                        "looped:turns=1:inject=1"};
    trial plain;
    begin(&plain, &(form){"pre", 3});
    run(&plain);
    for (size_t k = 0; k < sizeof loops / sizeof *loops; k++) {
        trial loop;
        begin(&loop, &(form){loops[k], 3});
        assert_int_equal(loop.params->size, plain.params->size);
        run(&loop);
        for (int i = 0; i < SIZE; i++)
            assert_near((double)loop.output[i], (double)plain.output[i], loops[k]);
        for (size_t i = 0; i < plain.params->size; i++)
            assert_near((double)loop.grads[i], (double)plain.grads[i], loops[k]);
        end(&loop);
    }
    end(&plain);
}

/* The copies of a layer have its weights, and its gradient is the sum of theirs. */
static void test_turns_add_their_gradients(void **state)
{
    (void)state;
    enum { TURNS = 3 };
    trial tied, copies;
    begin(&tied, &(form){"looped:turns=3", 1});
    begin(&copies, &(form){"pre", TURNS});
    for (int i = 0; i < tied.params->count; i++) {
        const nn_param *p = &tied.params->table[i];
        assert_memory_equal(p->name, "block.0", 7);
        for (int t = 0; t < TURNS; t++) {
            char name[120];
            snprintf(name, sizeof name, "block.%d%s", t, p->name + 7);
            memcpy(copies.params->data + place(&copies, name), tied.params->data + p->offset,
                   p->count * sizeof(nn_real));
        }
    }
    run(&tied);
    run(&copies);
    double size = 0;
    for (int i = 0; i < SIZE; i++)
        assert_near((double)tied.output[i], (double)copies.output[i], "output");
    for (int i = 0; i < tied.params->count; i++) {
        const nn_param *p = &tied.params->table[i];
        for (size_t e = 0; e < p->count; e++) {
            double sum = 0;
            for (int t = 0; t < TURNS; t++) {
                char name[120];
                snprintf(name, sizeof name, "block.%d%s", t, p->name + 7);
                sum += (double)copies.grads[place(&copies, name) + e];
            }
            assert_near((double)tied.grads[p->offset + e], sum, p->name);
            size += fabs(sum);
        }
    }
    assert_true(size > 1);
    end(&tied);
    end(&copies);
}

static void test_a_loop_needs_its_layers(void **state)
{
    (void)state;
    static const struct {
        form f;
        const char *want; /* NULL: it can be built */
    } cases[] = {{{"looped:loop=2", 1}, "looped: pre=0 and loop=2 take 2 layers, and there is 1"},
                 {{"looped:pre=2:loop=2", 3}, "looped: pre=2 and loop=2 take 4 layers, and there are 3"},
                 {{"looped:pre=1:loop=2", 3}, NULL}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        nn_params *params = nn_params_new();
        nn_plan *plan = nn_plan_new(params, 1, false);
        nn_error error = {0};
        nn_keep(plan, stack(plan, &cases[k].f, nn_input(plan, 2, (int[]){TOKENS, WIDTH})));
        const int code = nn_plan_check(plan, &error);
        assert_int_equal(code, cases[k].want ? NN_USAGE : NN_OK);
        if (cases[k].want)
            assert_string_equal(error.text, cases[k].want);
        nn_plan_free(plan);
        nn_params_free(params);
    }
}

/* --- sequences of unlike lengths --- */

enum { LONG = 12 };
static const int equal[BATCH] = {LONG, LONG};

static void build_ragged(graph *g, const void *config)
{
    graph_output(g, stack(g->plan, config, graph_ragged(g, FILL_UNIFORM, equal, BATCH, WIDTH)));
}

static void build_long(graph *g, const void *config)
{
    graph_output(g, stack(g->plan, config, graph_input3(g, FILL_UNIFORM, LONG, WIDTH)));
}

/* What a layout makes of the same tokens, as dense sequences and as ragged ones of one length. */
static size_t run_long(const form *f, graph_build_fn how, nn_real *output)
{
    trial t = {.params = nn_params_new()};
    assert_non_null(t.params);
    graph_make(&t.g, t.params, BATCH, false, how, f);
    graph_data_draw(&t.data, &t.g, 11);
    graph_shake(t.params, 5);
    nn_run run_it = {.batch = BATCH, .params = t.params->data, .loss_scale = 1};
    graph_load(&t.g, &t.data, 0, BATCH, &run_it);
    nn_plan_forward(t.g.plan, &run_it);
    const size_t count = graph_used(&t.g, t.g.outputs[0], &run_it);
    memcpy(output, t.g.outputs[0]->data, count * sizeof *output);
    graph_clear(&t.g);
    graph_data_clear(&t.data);
    nn_params_free(t.params);
    return count;
}

static void test_ragged_is_dense(void **state)
{
    (void)state;
    static const form forms[] = {{"dual:a=2:b=3", 2},
                                 {"dual:a=4:b=12", 1},
                                 {"two-view:places=5", 1},
                                 {"two-view:gated=1:places=12", 2}};
    nn_real dense[BATCH * LONG * WIDTH], ragged[BATCH * LONG * WIDTH];
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const size_t count = run_long(&forms[i], build_long, dense);
        assert_int_equal(run_long(&forms[i], build_ragged, ragged), count);
        for (size_t k = 0; k < count; k++)
            if (!(fabs((double)(dense[k] - ragged[k])) <= 2e-5))
                fail_msg("%s [%zu]: %.9g, not %.9g", forms[i].layout, k, (double)ragged[k], (double)dense[k]);
    }
    /* means of as many stretches as tokens are the tokens */
    assert_int_equal(run_long(&(form){"two-view", 2}, build_long, dense),
                     run_long(&(form){"two-view:places=12", 2}, build_ragged, ragged));
    for (size_t k = 0; k < BATCH * WIDTH; k++)
        assert_true(fabs((double)(dense[k] - ragged[k])) <= 2e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ragged_is_dense), cmocka_unit_test(test_one_turn_is_a_plain_stack),
        cmocka_unit_test(test_turns_add_their_gradients), cmocka_unit_test(test_a_loop_needs_its_layers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
