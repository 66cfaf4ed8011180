/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of the operations between time scales and on grids, and of weights that several layers share. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <stdio.h>

typedef struct grid {
    int batch, used, stations, rows, width, factor, out;
} grid;

static const grid grids[] = {
    {.batch = 1, .stations = 1, .rows = 1, .width = 1, .factor = 1, .out = 1},
    {.batch = 2, .stations = 3, .rows = 6, .width = 4, .factor = 3, .out = 5},
    {.batch = 3, .used = 2, .stations = 2, .rows = 8, .width = 3, .factor = 2, .out = 1},
    {.batch = 3, .used = 1, .stations = 5, .rows = 4, .width = 7, .factor = 4, .out = 2},
};

static nn_tensor *by_station(graph *g, nn_tensor *x, const grid *f)
{
    return nn_reshape(g->plan, x, 3, (int[]){g->batch * f->stations, f->rows, f->width});
}

static nn_tensor *grid_input(graph *g, const grid *f)
{
    return graph_input(g, FILL_UNIFORM, 3, (int[]){f->stations, f->rows, f->width});
}

static void build_scales(graph *g, const void *config)
{
    const grid *f = config;
    nn_tensor *x = by_station(g, grid_input(g, f), f);
    graph_output(g, nn_average_pool(g->plan, x, f->factor));
    graph_output(g, nn_upsample(g->plan, "up", x, f->out, f->factor));
    graph_output(g, nn_linear_each(g->plan, "each", x, f->out));
}

static void build_grid(graph *g, const void *config)
{
    const grid *f = config;
    nn_tensor *x = by_station(g, grid_input(g, f), f);
    nn_tensor *y = nn_regroup(g->plan, x); /* (B*rows,stations,width) */
    nn_tensor *each = graph_input(g, FILL_UNIFORM, 2, (int[]){f->stations, f->width});
    y = nn_add_repeated(g->plan, y, each);
    y = nn_add_repeated(g->plan, y, graph_constant(g, FILL_UNIFORM, f->stations, f->width));
    y = nn_add_embedding(g->plan, "place", y);
    graph_output(g, nn_concat_columns(g->plan, nn_regroup(g->plan, y), nn_linear(g->plan, "f", x, f->out)));
}

/* An embedding, an up-sampling and a linear map used twice each. */
static void build_shared(graph *g, const void *config)
{
    const grid *f = config;
    nn_tensor *x = by_station(g, grid_input(g, f), f);
    for (int i = 0; i < 2; i++)
        x = nn_linear(g->plan, "same", nn_add_embedding(g->plan, "place", x), f->width);
    nn_tensor *y = nn_upsample(g->plan, "up", x, f->width, 2);
    y = nn_average_pool(g->plan, nn_upsample(g->plan, "up", y, f->width, 2), 4);
    graph_output(g, nn_residual(g->plan, y, nn_average_pool(g->plan, y, 1), 0));
}

static void build_losses(graph *g, const void *config)
{
    const grid *f = config;
    nn_tensor *x = by_station(g, grid_input(g, f), f);
    nn_tensor *coarse = nn_average_pool(g->plan, x, f->factor);
    nn_tensor *fine_target = graph_plain_input(g, FILL_HOLES, 3, (int[]){f->stations, f->rows, f->width});
    nn_tensor *target =
        graph_plain_input(g, FILL_HOLES, 3, (int[]){f->stations, f->rows / f->factor, f->width});
    target = nn_reshape(g->plan, target, 3, coarse->shape);
    g->has_loss = true;
    nn_loss_weighted(g->plan, NN_MSE, 0, 0.3, coarse, target);
    nn_loss(g->plan, NN_MSE, 0, x, by_station(g, fine_target, f));
}

static void check_all(graph_build_fn build, const char *what)
{
    for (size_t i = 0; i < sizeof grids / sizeof *grids; i++) {
        const grid *f = &grids[i];
        char text[120];
        snprintf(text, sizeof text, "%s batch %d/%d stations %d rows %d width %d factor %d", what, f->batch,
                 f->used, f->stations, f->rows, f->width, f->factor);
        gradcheck_case c = {.name = text, .batch = f->batch, .used = f->used, .build = build, .config = f};
        gradcheck(&c);
        if (f->batch > 1)
            gradcheck_shards(&c);
    }
}

static void test_scales(void **state)
{
    (void)state;
    check_all(build_scales, "scales");
}

static void test_grid(void **state)
{
    (void)state;
    check_all(build_grid, "grid");
}

static void test_shared(void **state)
{
    (void)state;
    check_all(build_shared, "shared");
}

static void test_losses(void **state)
{
    (void)state;
    check_all(build_losses, "losses");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scales), cmocka_unit_test(test_grid),
                                       cmocka_unit_test(test_shared), cmocka_unit_test(test_losses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
