/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The latent mixer, and softmax of wide heads, with their maps opened are those whose maps stand alone:
 * outputs and gradients, by fewer products. In float and in double. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEQUENCES = 3, WIDTH = 12, TOKENS = 9 };

static const int lengths[SEQUENCES] = {2, 1, 9};

typedef struct form {
    const char *mixer;
    bool ragged, keras, no_bias, cross;
    bool watched;
} form;

static nn_tensor *port(graph *g, const form *f)
{
    return f->ragged ? graph_ragged(g, FILL_UNIFORM, lengths, SEQUENCES, WIDTH)
                     : graph_input3(g, FILL_UNIFORM, TOKENS, WIDTH);
}

static void build(graph *g, const void *config)
{
    const form *f = config;
    nn_part mixer;
    nn_error error = {0};
    if (nn_part_parse(&mixer, NN_PART_MIXER, f->mixer, strlen(f->mixer), &error))
        fail_msg("%s", error.text);
    const nn_block block = {.mixer = mixer,
                            .heads = 2,
                            .hidden = 6,
                            .activation = NN_GELU,
                            .open = true,
                            .as_keras = f->keras,
                            .attention_no_bias = f->no_bias};
    if (f->watched)
        nn_plan_set_watched(g->plan);
    nn_tensor *x = port(g, f), *memory = f->cross ? port(g, f) : NULL;
    graph_output(g, nn_block_mix(g->plan, "b", &block, x, memory));
    nn_part_clear(&mixer);
}

typedef struct trial {
    graph g;
    nn_real *y, *dx, *grads;
    size_t size;
} trial;

/* Both passes, the output's gradient being 0.1, 0.2, ... in turn. */
static void run(trial *t, nn_params *params, const form *f)
{
    graph_data data;
    nn_run pass = {.loss_scale = 1};
    graph_make(&t->g, params, SEQUENCES, true, build, f);
    graph_shake(params, 5);
    graph_data_draw(&data, &t->g, 11);
    t->grads = calloc(params->size, sizeof *t->grads);
    assert_non_null(t->grads);
    pass.params = params->data;
    pass.grads = t->grads;
    graph_load(&t->g, &data, 0, SEQUENCES, &pass);
    nn_plan_forward(t->g.plan, &pass);
    nn_tensor *y = t->g.outputs[0];
    t->size = graph_used(&t->g, y, &pass);
    t->y = malloc(t->size * sizeof *t->y);
    t->dx = malloc(t->size * sizeof *t->dx);
    assert_true(t->y && t->dx);
    memcpy(t->y, y->data, t->size * sizeof *t->y);
    for (size_t i = 0; i < t->size; i++)
        y->grad[i] = (nn_real)(i % 7 + 1) / 10;
    nn_plan_backward(t->g.plan, &pass);
    memcpy(t->dx, t->g.ports[t->g.port_count - 1].tensor->grad, t->size * sizeof *t->dx);
    graph_data_clear(&data);
}

static void clear(trial *t)
{
    graph_clear(&t->g);
    free(t->y);
    free(t->dx);
    free(t->grads);
}

static void assert_near(const char *what, const nn_real *a, const nn_real *b, size_t n)
{
    const double room = sizeof(nn_real) == sizeof(double) ? 1e-11 : 1e-4;
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)a[i] - (double)b[i]) <= room * (1 + fabs((double)b[i]))))
            fail_msg("%s[%zu] is %.9g, not %.9g", what, i, (double)a[i], (double)b[i]);
}

static void compare(form f)
{
    trial open = {0}, alone = {0};
    nn_params *params[2] = {nn_params_new(), nn_params_new()};
    assert_true(params[0] && params[1]);
    run(&open, params[0], &f);
    f.watched = true;
    run(&alone, params[1], &f);
    assert_int_equal(params[0]->count, params[1]->count);
    for (int i = 0; i < params[0]->count; i++) {
        const nn_param *a = &params[0]->table[i], *b = &params[1]->table[i];
        assert_string_equal(a->name, b->name); /* the file's order too */
        assert_int_equal(a->offset, b->offset);
        assert_near(a->name, open.grads + a->offset, alone.grads + a->offset, a->count);
    }
    assert_near("output", open.y, alone.y, open.size);
    assert_near("input's gradient", open.dx, alone.dx, open.size);
    assert_true(nn_plan_macs(open.g.plan) < nn_plan_macs(alone.g.plan));
    clear(&open);
    clear(&alone);
    nn_params_free(params[0]);
    nn_params_free(params[1]);
}

static void test_dense(void **state)
{
    (void)state;
    compare((form){.mixer = "latent:m=2"});
    compare((form){.mixer = "latent:m=2:form=router"});
    compare((form){.mixer = "latent:m=1:h=3:dk=5"});
    compare((form){.mixer = "latent:m=2", .no_bias = true});
}

static void test_ragged(void **state)
{
    (void)state;
    compare((form){.mixer = "latent:m=2", .ragged = true});
    compare((form){.mixer = "latent:m=1:form=router", .ragged = true});
}

static void test_forms_of_weights(void **state)
{
    (void)state;
    compare((form){.mixer = "latent:m=2", .keras = true});
    compare((form){.mixer = "latent:m=2", .keras = true, .ragged = true});
}

static void test_cross(void **state)
{
    (void)state;
    compare((form){.mixer = "latent:m=2", .cross = true});
}

/* Heads that are wider than tokens. */
static void test_wide(void **state)
{
    (void)state;
    compare((form){.mixer = "softmax:h=3:dk=24"});
    compare((form){.mixer = "softmax:h=3:dk=24", .no_bias = true});
    compare((form){.mixer = "softmax:h=2:dk=40", .keras = true});
    compare((form){.mixer = "softmax:h=2:dk=40", .ragged = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dense), cmocka_unit_test(test_ragged),
                                       cmocka_unit_test(test_forms_of_weights), cmocka_unit_test(test_cross),
                                       cmocka_unit_test(test_wide)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
