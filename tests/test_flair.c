/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FLAIR: the published program's own answers, the fold beside singular values, and what must hold of any
 * series: what repeats is continued, a level that grows goes on growing, short and strange pasts are borne.
 */
#include "datasets/series/view.h"
#include "forecast/forecasters.h"
#include "forecast/forecasters/flair/flair.h"
#include "lib/base/random.h"
#include "lib/pool.h"
#include "tests/reference.h"

#include <gsl/gsl_linalg.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

enum { MOST = 2000, PATHS = 20000, PERIODS = 3 };

typedef struct series {
    const char *name;
    double y[MOST];
    size_t n;
    int horizon, count, period[PERIODS];
    const json_t *mean, *quantiles;
} series;

static void take(series *s, const json_t *from)
{
    const json_t *values = json_object_get(from, "values"), *periods = json_object_get(from, "periods");
    *s = (series){.name = json_string_value(json_object_get(from, "name")),
                  .n = json_array_size(values),
                  .count = (int)json_array_size(periods),
                  .mean = json_object_get(from, "mean"),
                  .quantiles = json_object_get(from, "quantiles")};
    s->horizon = (int)json_array_size(s->mean);
    assert_true(s->n < MOST && s->count <= PERIODS && s->horizon > 0);
    for (size_t i = 0; i < s->n; i++)
        s->y[i] = json_number_value(json_array_get(values, i));
    for (int i = 0; i < s->count; i++)
        s->period[i] = (int)json_integer_value(json_array_get(periods, (size_t)i));
}

/* Their forecast has no mean of the phases' errors in it. */
static void compare_mean(const series *s, fc_flair_sight *sight, double *out)
{
    memset(sight->bias, 0, (size_t)sight->model.period * sizeof *sight->bias);
    fc_flair_point(sight, out);
    for (int h = 0; h < s->horizon; h++) {
        const double want = json_number_value(json_array_get(s->mean, (size_t)h));
        if (!(fabs(out[h] - want) <= 1e-6 * (1 + fabs(want))))
            fail_msg("%s, step %d: %.12g, not %.12g", s->name, h + 1, out[h], want);
    }
}

/* The share of the paths (of stride `horizon`) that lie below a limit. */
static double below(const double *path, int horizon, double limit)
{
    int count = 0;
    for (int i = 0; i < PATHS; i++)
        count += path[i * horizon] < limit;
    return count / (double)PATHS;
}

/* As many of our paths as of theirs lie below their quantiles; their floor, the least value of all, is not
 * ours. */
static void compare_quantiles(const series *s, const fc_flair_sight *sight)
{
    static const double share[] = {.1, .5, .9};
    static const char *const names[] = {"0.1", "0.5", "0.9"};
    static double room[MOST + 64];
    double *paths = malloc((size_t)(PATHS * s->horizon) * sizeof *paths), least = s->y[0];
    assert_non_null(paths);
    for (size_t t = 1; t < s->n; t++)
        least = fmin(least, s->y[t]);
    for (int i = 0; i < PATHS; i++)
        fc_flair_path(sight, nn_random(5, (uint64_t)i), room, paths + i * s->horizon);
    for (int h = 0; h < s->horizon; h++)
        for (int q = 0; q < 3; q++) {
            const double want = json_number_value(
                             json_array_get(json_object_get(s->quantiles, names[q]), (size_t)h)),
                         slack = 1e-5 * fabs(want);
            const double under = below(paths + h, s->horizon, want - slack),
                         up_to = below(paths + h, s->horizon, want + slack);
            if (want > least + slack && (under > share[q] + .02 || up_to < share[q] - .02))
                fail_msg("%s, step %d: %g to %g of the paths are below %g, not %g", s->name, h + 1, under,
                         up_to, want, share[q]);
        }
    free(paths);
}

static void test_published(void **state)
{
    static series s;
    char path[1024];
    const char *source = getenv("AUSPEX_SOURCE");
    json_error_t error;
    (void)state;
    snprintf(path, sizeof path, "%s/tests/golden/flair.json", source ? source : ".");
    json_t *file = json_load_file(path, 0, &error), *one;
    if (!file)
        fail_msg("%s: %s", path, error.text);
    size_t i;
    json_array_foreach(json_object_get(file, "series"), i, one)
    {
        fc_flair_model model;
        fc_flair_sight sight;
        double out[64];
        take(&s, one);
        assert_true(fc_flair_choose(&model, s.y, s.n, s.period, s.count));
        assert_true(fc_flair_see(&sight, &model, s.y, s.n, s.horizon));
        compare_quantiles(&s, &sight);
        compare_mean(&s, &sight, out);
        fc_flair_sight_clear(&sight);
    }
    assert_true(i >= 7);
    json_decref(file);
}

/* --- the fold --- */

static double at(size_t levels, size_t period, size_t i)
{
    const double level = 20 + 5 * sin((double)(i / period)), shape = 1 + .5 * cos((double)(i % period));
    return level * shape + .3 * (nn_random_uniform(levels * 1000 + period, i) - .5);
}

static void test_fold(void **state)
{
    static const size_t sizes[][2] = {{3, 4}, {9, 4}, {4, 9}, {30, 12}, {12, 30}, {7, 7}, {40, 2}};
    (void)state;
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
        const size_t levels = sizes[c][0], period = sizes[c][1], cells = levels * period,
                     n = levels < period ? levels : period, m = cells / n;
        double y[400], bic, shrink, rest = 0;
        gsl_matrix *a = gsl_matrix_alloc(m, n), *v = gsl_matrix_alloc(n, n);
        gsl_vector *value = gsl_vector_alloc(n), *room = gsl_vector_alloc(n);
        for (size_t i = 0; i < cells; i++) {
            y[i] = at(levels, period, i);
            gsl_matrix_set(a, n == period ? i / period : i % period, n == period ? i % period : i / period,
                           y[i]);
        }
        gsl_linalg_SV_decomp(a, v, value, room);
        for (size_t i = 1; i < n; i++)
            rest += gsl_vector_get(value, i) * gsl_vector_get(value, i);
        const double t = (double)cells, want = t * log(rest / t) + (double)(period + levels - 1) * log(t);
        assert_true(fc_flair_fold(y, levels, period, &bic, &shrink));
        assert_float_equal(bic, want, 1e-6 * fabs(want));
        assert_true(shrink > .5 && shrink <= 1);
        gsl_matrix_free(a);
        gsl_matrix_free(v);
        gsl_vector_free(value);
        gsl_vector_free(room);
    }
}

/* --- as a forecaster --- */

typedef struct world {
    double values[MOST];
    ds_time time[MOST];
    ds_table table;
    char *name;
    int zero;
    uint8_t role;
    ds_view view;
} world;

static void make(world *w, size_t rows)
{
    *w = (world){.name = (char *)"y"};
    w->table =
        (ds_table){.rows = rows, .columns = 1, .names = &w->name, .values = w->values, .time = w->time};
    w->table.path = (char *)"made";
    w->view = (ds_view){.table = &w->table,
                        .rows = rows,
                        .columns = 1,
                        .column = &w->zero,
                        .role = &w->role,
                        .targets = 1,
                        .target = &w->zero,
                        .floor = NAN};
}

static void run(const world *w, int season, int horizon, double *out)
{
    void *fitted;
    nn_error error = {0};
    const fc_forecaster *f = &fc_forecaster_flair;
    if (fc_forecaster_fit(&fitted, f, NULL, &w->view, (ds_part){0, w->view.rows}, horizon, season, &error))
        fail_msg("%s", error.text);
    f->forecast(fitted, &w->view, w->view.rows, horizon, out);
    fc_forecaster_free(fitted, f);
}

static void near(double got, double want, double most)
{
    if (!(fabs(got - want) <= most))
        fail_msg("%g, not %g", got, want);
}

/* A course that repeats goes on, gaps in it or not; times a level that grows it grows. */
static void test_repeats(void **state)
{
    static world w;
    double out[36];
    (void)state;
    make(&w, 240);
    for (int t = 0; t < 240; t++)
        w.values[t] = 50 + 20 * sin(2 * M_PI * t / 12) + (t % 12 == 3 ? 30 : 0);
    w.values[100] = w.values[0] = NAN;
    run(&w, 12, 36, out);
    for (int h = 0; h < 36; h++)
        near(out[h], w.values[12 + h % 12], .6);
    for (int t = 0; t < 240; t++)
        w.values[t] = (100 + 5 * (t / 12)) * (1 + .3 * cos(2 * M_PI * t / 12));
    run(&w, 12, 24, out);
    for (int h = 0; h < 24; h++)
        near(out[h], (200 + 5 * (h / 12)) * (1 + .3 * cos(2 * M_PI * h / 12)), 2);
}

/* What falls may fall further, below 0 only where it was there before. */
static void test_falls(void **state)
{
    static world w;
    double out[12];
    (void)state;
    make(&w, 60);
    for (int t = 0; t < 60; t++)
        w.values[t] = 700 - 8 * t + 2 * sin(t * 2.3);
    run(&w, 1, 12, out);
    assert_true(out[11] < w.values[59] - 40);
    for (int t = 0; t < 60; t++)
        w.values[t] = 485 - 8 * t + 2 * sin(t * 2.3);
    run(&w, 1, 12, out);
    for (int h = 0; h < 12; h++)
        assert_true(out[h] >= 0);
}

static void test_strange(void **state)
{
    static world w;
    static const double factors[] = {1e-300, 1e-8, 1, 1e8, 1e160, 1e300};
    double out[8];
    (void)state;
    for (size_t rows = 1; rows < 60; rows += rows < 8 ? 1 : 13)
        for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
            make(&w, rows);
            for (size_t t = 0; t < rows; t++)
                w.values[t] = factors[i] * (3 + sin((double)(t * t)));
            run(&w, 12, 8, out);
            for (int h = 0; h < 8; h++)
                assert_true(isfinite(out[h]) && fabs(out[h]) <= 12 * factors[i]);
        }
    make(&w, 40);
    for (int t = 0; t < 40; t++)
        w.values[t] = t == 17 ? 4 : NAN;
    run(&w, 12, 8, out);
    near(out[7], 4, 1e-9);
}

/* What it says of a series, by its fold. */
static void test_words(void **state)
{
    static world w;
    (void)state;
    make(&w, 240);
    for (int i = 0; i < 2; i++) {
        void *fitted;
        char text[200];
        for (int t = 0; t < 240; t++)
            w.values[t] = 50 + (i ? 20 * sin(2 * M_PI * t / 12) : 0) + nn_random_uniform(3, (uint64_t)t);
        assert_int_equal(
            fc_forecaster_fit(&fitted, &fc_forecaster_flair, NULL, &w.view, (ds_part){0, 240}, 6, 12, NULL),
            NN_OK);
        fc_forecaster_flair.describe(fitted, text, sizeof text);
        assert_string_equal(text,
                            i ? "1 series folded by 12 rows" : "1 series without a period, its level alone");
        fc_forecaster_flair.describe(fitted, text, 9);
        assert_int_equal(strlen(text), 8);
        fc_forecaster_free(fitted, &fc_forecaster_flair);
    }
    nn_error error = {0};
    void *fitted;
    const fc_flair_config how = {.seasons = (char *)"12,12"};
    assert_int_equal(
        fc_forecaster_fit(&fitted, &fc_forecaster_flair, &how, &w.view, (ds_part){0, 240}, 6, 12, &error),
        NN_USAGE);
    assert_non_null(strstr(error.text, "--seasons: '12,12' is no rising list"));
}

/* The folds of many series, and what comes of them, are the same for any number of threads. */
static void test_threads(void **state)
{
    enum { SERIES = 9, ROWS = 200 };
    static double values[ROWS * SERIES], one[12 * SERIES], other[12 * SERIES];
    static ds_time time[ROWS];
    static char *names[SERIES];
    int columns[SERIES];
    uint8_t role[SERIES] = {0};
    nn_error error = {0};
    nn_pool *pool;
    (void)state;
    for (int t = 0; t < ROWS; t++)
        for (int k = 0; k < SERIES; k++)
            values[t * SERIES + k] =
                50 + k * sin(2 * M_PI * t / 12) + nn_random_uniform((uint64_t)k, (uint64_t)t);
    for (int k = 0; k < SERIES; k++) {
        columns[k] = k;
        names[k] = (char *)"y";
    }
    ds_table table = {.rows = ROWS, .columns = SERIES, .names = names, .values = values, .time = time};
    const ds_view view = {.table = &table,
                          .rows = ROWS,
                          .columns = SERIES,
                          .column = columns,
                          .role = role,
                          .targets = SERIES,
                          .target = columns,
                          .floor = NAN};
    const fc_forecaster *f = &fc_forecaster_flair;
    assert_int_equal(nn_pool_new(&pool, 3, &error), NN_OK);
    for (int i = 0; i < 2; i++) {
        void *fitted;
        assert_int_equal(fc_forecaster_fit_beside(&fitted, f, NULL, &view, (ds_part){0, ROWS}, 12, 12,
                                                  i ? pool : NULL, &error),
                         NN_OK);
        f->forecast(fitted, &view, ROWS, 12, i ? other : one);
        fc_forecaster_free(fitted, f);
    }
    nn_pool_free(pool);
    assert_memory_equal(one, other, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_published), cmocka_unit_test(test_fold),
                                       cmocka_unit_test(test_repeats),   cmocka_unit_test(test_falls),
                                       cmocka_unit_test(test_strange),   cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
