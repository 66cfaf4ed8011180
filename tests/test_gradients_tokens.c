/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes other tokens of a sequence's: gradients by finite differences, dense and ragged, and the same
 * values however a batch is cut into shards, with dropout behind. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_windows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
