/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The benchmark itself: it computes medians, measures what it is asked for, and refuses wrong results. */
#include "bench/bench.h"
#include "bench/child.h"
#include "bench/peak.h"
#include "bench/shapes.h"
#include "datasets/table/table.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program;

static bench small(const char *only)
{
    return (bench){.effort = {1, 0},
                   .quick = true,
                   .only = only,
                   .program = program,
                   .thread_counts = {1, 2},
                   .machines = {{1, 100, 100, 100, 120, 100, 20}, {2, 200, 180, 200, 240, 200, 30}},
                   .thread_count_count = 2};
}

static void test_median(void **state)
{
    (void)state;
    double odd[] = {3, 1, 2}, even[] = {4, 1, 3, 2};
    assert_true(bench_median(odd, 3) == 2);
    assert_true(bench_median(even, 4) == 2.5);
    assert_true(isnan(bench_median(odd, 0)));
}

static void sleep_a_little(void *context)
{
    ++*(int *)context;
    usleep(2000);
}

static void test_time(void **state)
{
    (void)state;
    int calls = 0;
    double seconds = bench_time(&(bench_effort){3, 0.03}, sleep_a_little, &calls);
    assert_true(seconds >= 0.002 && seconds < 0.2);
    assert_in_range(calls, 5, 50);
}

/* 2 B T (L d + layers (6 d d + 2 T d) + d H), worked out by hand for etth1. */
static void test_flops(void **state)
{
    (void)state;
    const bench_shape *shape = bench_shape_find("etth1");
    assert_non_null(shape);
    assert_true(bench_shape_flops(shape, 32) == 2.0 * 32 * 11 * (12288 + 2 * (98304 + 2816) + 12288));
    assert_null(bench_shape_find("etth"));
}

typedef struct forecasts {
    nn_real *values;
    size_t count; /* of one sample */
} forecasts;

static void keep(void *context, size_t first, int count, const nn_ports *ports)
{
    forecasts *f = context;
    f->count = (size_t)ports->output->shape[1] * (size_t)ports->output->shape[2];
    f->values = realloc(f->values, (first + (size_t)count) * f->count * sizeof *f->values);
    assert_non_null(f->values);
    memcpy(f->values + first * f->count, ports->output->data, (size_t)count * f->count * sizeof *f->values);
}

static forecasts forecast(bench_net *net, size_t samples, int batch, int threads)
{
    nn_error error = {0};
    nn_pool *pool = NULL;
    forecasts f = {0};
    assert_int_equal(nn_pool_new(&pool, threads, &error), NN_OK);
    nn_task task = bench_net_task(net);
    nn_source source = bench_net_source(net, samples);
    if (nn_infer(net->params, &task, &source, batch, pool, keep, &f, &error))
        fail_msg("%s", error.text);
    nn_pool_free(pool);
    return f;
}

/* One sample that several threads share has the same bytes as on one thread, and as within a batch. */
static void test_shared_sample(void **state)
{
    (void)state;
    for (const bench_shape *shape = bench_shapes; shape->name; shape++) {
        nn_error error = {0};
        bench_net net;
        assert_int_equal(bench_net_make(&net, shape, &error), NN_OK);
        forecasts want = forecast(&net, 1, 1, 1), batch = forecast(&net, 2, 2, 1);
        assert_memory_equal(want.values, batch.values, want.count * sizeof *want.values);
        for (int threads = 2; threads <= 3; threads++) {
            forecasts got = forecast(&net, 1, 1, threads);
            if (memcmp(want.values, got.values, want.count * sizeof *want.values) != 0)
                fail_msg("%s: %d threads give another forecast than one", shape->name, threads);
            free(got.values);
        }
        free(want.values);
        free(batch.values);
        bench_net_clear(&net);
    }
}

/* Every group gives rows, and every figure is a number that time or memory can be. */
static void test_groups(void **state)
{
    (void)state;
    static const struct {
        const char *only;
        int rows;
        int (*measure)(bench *self, nn_error *error); /* spares measuring the machine each time */
    } cases[] = {{"kernels", 33, bench_kernels},
                 {"models/etth1", 2, bench_models},
                 {"scaling/variates-7", 1, bench_scaling},
                 {"memory/etth1", 2, bench_memory},
                 {"ingest/like-ETTm1", 2, bench_ingest},
                 {"cold", 1, bench_cold},
                 {"lightcurves/gp-like-spcc-fitted", 2, bench_lightcurves}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        bench b = small(cases[c].only);
        nn_error error = {0};
        if (cases[c].measure(&b, &error))
            fail_msg("%s: %s", cases[c].only, error.text);
        assert_int_equal(b.count, cases[c].rows);
        for (int r = 0; r < b.count; r++)
            for (int f = 0; f < b.rows[r].count; f++) {
                const bench_figure *figure = &b.rows[r].figures[f];
                if (!(isfinite(figure->value) && figure->value > 0))
                    fail_msg("%s %s: %s is %g", b.rows[r].group, b.rows[r].name, figure->name, figure->value);
            }
        bench_clear(&b);
    }
}

/* Of a network of stations the step alone is measured. */
static void test_stations(void **state)
{
    (void)state;
    bench b = small("models/hsttn farms");
    nn_error error = {0};
    if (bench_models(&b, &error))
        fail_msg("%s", error.text);
    assert_int_equal(b.count, b.thread_count_count);
    for (int r = 0; r < b.count; r++)
        for (int f = 0; f < 3; f++)
            assert_true(isfinite(b.rows[r].figures[f].value) && b.rows[r].figures[f].value > 0);
    bench_clear(&b);
}

static void test_machine(void **state)
{
    (void)state;
    bench b = small("machine");
    nn_error error = {0};
    b.thread_count_count = 1;
    assert_int_equal(bench_run(&b, &error), NN_OK);
    assert_int_equal(b.count, 1);
    assert_true(b.machines[0].sgemm > 0.1 && b.machines[0].sgemm >= b.machines[0].sgemm_calls);
    assert_true(b.machines[0].copy > 0.01);
    /* Nothing multiplies faster than registers do; other programs may have slowed these down meanwhile. */
    assert_true(b.machines[0].peak > 0.5 * b.machines[0].tiles && b.machines[0].tiles > 0.1);
    bench_clear(&b);
}

/* sum = a sum + b in every lane, whatever the width. */
static void test_chains(void **state)
{
    (void)state;
    for (const bench_chains *c = bench_chains_here(); c->run; c++) {
        assert_true((double)c->run(1000, 1, 1) == bench_chains_sum(c, 1000));
        assert_true((double)c->run(0, 1, 1) == c->sums * (c->sums - 1) / 2.0);
        assert_true((double)c->run(1, 2, 1) == c->sums * (c->sums - 1) + c->sums);
        assert_true(bench_chains_flops(c, 10) == 20.0 * c->sums * c->bits / 32);
    }
    bench_about about;
    bench_about_fill(&about);
    assert_non_null(strstr(about.kernels, bench_chains_here()->name));
}

static void test_product(void **state)
{
    (void)state;
    bench_product product;
    nn_error error = {0};
    assert_int_equal(bench_product_measure(&product, 33, 48, &(bench_effort){1, 0}, &error), NN_OK);
    assert_true(product.sgemm > 0 && product.ours > 0);
}

static void test_unknown_names(void **state)
{
    (void)state;
    static const char *const names[] = {"", "model", "cold/forecasts", "ingest/x", "memory/"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bench b = small(names[i]);
        nn_error error = {0};
        assert_int_equal(bench_run(&b, &error), NN_USAGE);
        assert_int_equal(b.count, 0);
        bench_clear(&b);
    }
    nn_error error = {0};
    assert_int_equal(bench_peak("nothing", 1, &error), NN_USAGE);
}

static bool at_once(void)
{
    return true;
}

static void test_stop(void **state)
{
    (void)state;
    bench b = small("scaling");
    nn_error error = {0};
    b.stopped = at_once;
    assert_int_equal(bench_run(&b, &error), NN_STOPPED);
    assert_int_equal(b.count, 0);
    bench_clear(&b);
}

static void test_child(void **state)
{
    (void)state;
    char text[8];
    nn_error error = {0};
    assert_int_equal(bench_child_run((char *[]){"/bin/echo", "a long line", NULL}, text, sizeof text, &error),
                     NN_OK);
    assert_string_equal(text, "a long ");
    assert_int_equal(bench_child_run((char *[]){"/bin/sh", "-c", "exit 3", NULL}, NULL, 0, &error),
                     NN_FAILED);
    assert_int_equal(bench_child_run((char *[]){"/nowhere/nothing", NULL}, NULL, 0, &error), NN_FAILED);
}

/* Generated files read back as what they imitate. */
static void test_files(void **state)
{
    (void)state;
    char folder[256], path[300];
    nn_error error = {0};
    ds_table *wide = NULL;
    assert_int_equal(bench_folder_make(folder, &error), NN_OK);
    for (int k = 0; k < 6; k++) {
        const bench_csv_kind kind = k < 3 ? BENCH_WEATHER : BENCH_ETT;
        ds_table *table;
        snprintf(path, sizeof path, "%s/%d.csv", folder, k); /* what was read is not written over */
        assert_int_equal(bench_csv_write(path, kind, (bench_csv_form)(k % 3), 50, &error), NN_OK);
        if (ds_table_read(&table, path, &(ds_read_options){0}, &error))
            fail_msg("%s", error.text);
        assert_int_equal(table->rows, 50);
        assert_int_equal(table->columns, kind == BENCH_WEATHER ? 21 : 7);
        for (size_t i = 0; i < 50 * (size_t)table->columns && wide && k % 3; i++)
            assert_true(table->values[i] == wide->values[i]);
        if (k % 3) {
            ds_table_free(table);
        } else {
            ds_table_free(wide);
            wide = table;
        }
    }
    ds_table_free(wide);
    bench_folder_remove(folder);
    assert_int_equal(access(folder, F_OK), -1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median),  cmocka_unit_test(test_time),
        cmocka_unit_test(test_flops),   cmocka_unit_test(test_shared_sample),
        cmocka_unit_test(test_groups),  cmocka_unit_test(test_stations),
        cmocka_unit_test(test_machine), cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_stop),    cmocka_unit_test(test_child),
        cmocka_unit_test(test_files),   cmocka_unit_test(test_chains),
        cmocka_unit_test(test_product),
    };
    program = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
