/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of what stands around the network of a table. */
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <stdio.h>

typedef struct window {
    int batch, used, length, horizon, columns, cycle, shift;
} window;

static const window windows[] = {
    {.batch = 1, .length = 1, .horizon = 1, .columns = 1, .cycle = 1},
    {.batch = 2, .length = 7, .horizon = 3, .columns = 4, .cycle = 5, .shift = 2},
    {.batch = 3, .used = 2, .length = 17, .horizon = 6, .columns = 3, .cycle = 4, .shift = 17},
    {.batch = 3, .used = 1, .length = 4, .horizon = 9, .columns = 7, .cycle = 40, .shift = 4},
};

static void build_cycle(graph *g, const void *config)
{
    const window *w = config;
    nn_tensor *phase = graph_plain_input(g, FILL_PLACES, 1, (int[]){1});
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, w->length, w->columns);
    nn_tensor *y = nn_cycle(g->plan, "cycle", x, phase, w->cycle, 0, -1);
    graph_output(g, y);
    graph_output(g, nn_cycle(g->plan, "cycle", y, phase, w->cycle, w->shift, 1));
}

static void build_onto(graph *g, const void *config)
{
    const window *w = config;
    nn_tensor *stats, *x = graph_input3(g, FILL_UNIFORM, w->length, w->columns);
    graph_output(g, nn_instance_norm(g->plan, x, &stats));
    graph_output(g, nn_instance_norm_onto(g->plan, graph_input3(g, FILL_UNIFORM, w->horizon, w->columns),
                                          stats, graph_input3(g, FILL_UNIFORM, w->horizon, w->columns)));
}

static void build_rotate(graph *g, const void *config)
{
    const window *w = config;
    nn_tensor *y = nn_rotate(g->plan, "q", graph_input3(g, FILL_UNIFORM, w->length, w->columns), false);
    graph_output(g, y);
    graph_output(g, nn_rotate(g->plan, "r", y, true));
}

static void check_all(graph_build_fn build, const char *what)
{
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        char text[100];
        const window *w = &windows[i];
        snprintf(text, sizeof text, "%s of %d rows and %d columns", what, w->length, w->columns);
        gradcheck_case c = {.name = text, .batch = w->batch, .used = w->used, .build = build, .config = w};
        gradcheck(&c);
        if (w->batch > 1)
            gradcheck_shards(&c);
    }
}

static void test_cycle(void **state)
{
    (void)state;
    check_all(build_cycle, "cycle");
}

static void test_onto(void **state)
{
    (void)state;
    check_all(build_onto, "instance norm onto");
}

static void test_rotate(void **state)
{
    (void)state;
    check_all(build_rotate, "rotate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cycle), cmocka_unit_test(test_onto),
                                       cmocka_unit_test(test_rotate)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
