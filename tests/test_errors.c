/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each score of forecasts beside a slow twin that follows its definition. */
#include "forecast/scores/errors.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

/* A table of two series, the first rows for training; forecasts of the others. */
enum { T = 120, TRAIN = 80, K = 2, SEASON = 4 };

typedef struct fixture {
    ds_table table;
    double values[T * K], forecast[T * K];
    uint8_t filled[T * K];
    fc_sums sums[K];
    fc_naive naive[K];
    fc_errors each[K], all;
} fixture;

static double truth_of(const fixture *f, int t, int k)
{
    return f->values[t * K + k];
}

/* What counts: there and not filled in. */
static bool is_known(const fixture *f, int t, int k)
{
    return !isnan(truth_of(f, t, k)) && !f->filled[t * K + k];
}

static void make(fixture *f)
{
    *f = (fixture){.table = {.rows = T, .columns = K, .values = f->values, .filled = f->filled}};
    for (int i = 0; i < T * K; i++) {
        f->values[i] = nn_random_uniform(1, (uint64_t)i) < 0.1
                           ? NAN
                           : (i % K ? 100 : 1) * (3 + sin(i / 7.0) + nn_random_uniform(2, (uint64_t)i));
        f->filled[i] = nn_random_uniform(3, (uint64_t)i) < 0.1;
        f->forecast[i] = (i % K ? 100 : 1) * (3 + nn_random_uniform(4, (uint64_t)i));
    }
    for (int k = 0; k < K; k++) {
        f->naive[k] = fc_naive_of_column(&f->table, k, (ds_part){0, TRAIN}, SEASON);
        for (int t = TRAIN; t < T; t++)
            if (is_known(f, t, k) && (k == 0 || t % 3)) /* not as many of each */
                fc_sums_add(&f->sums[k], truth_of(f, t, k) / 10, f->forecast[t * K + k] / 10,
                            truth_of(f, t, k), f->forecast[t * K + k]);
        f->each[k] = fc_errors_of(&f->sums[k], &f->naive[k]);
    }
    f->all = fc_errors_joined(f->sums, f->naive, K);
}

static void near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want))))
        fail_msg("%.17g, not %.17g", got, want);
}

/* Sum of a function of truth and forecast over what is scored; k < 0: of both series. */
static double sum_over(const fixture *f, int k, double (*of)(double truth, double forecast))
{
    double sum = 0;
    for (int j = 0; j < K; j++)
        for (int t = TRAIN; t < T && (k < 0 || k == j); t++)
            if (is_known(f, t, j) && (j == 0 || t % 3))
                sum += of(truth_of(f, t, j), f->forecast[t * K + j]);
    return sum;
}

static double one(double y, double x)
{
    (void)y, (void)x;
    return 1;
}

static double square(double y, double x)
{
    return (y - x) * (y - x);
}

static double absolute(double y, double x)
{
    return fabs(y - x);
}

static double symmetric(double y, double x)
{
    return fabs(y - x) / ((fabs(y) + fabs(x)) / 2);
}

static void test_errors(void **state)
{
    (void)state;
    fixture f;
    make(&f);
    for (int k = -1; k < K; k++) {
        const fc_errors *e = k < 0 ? &f.all : &f.each[k];
        const double n = sum_over(&f, k, one);
        near((double)e->count, n);
        near(e->own_mse, sum_over(&f, k, square) / n);
        near(e->own_mae, sum_over(&f, k, absolute) / n);
        near(e->own_rmse, sqrt(e->own_mse));
        near(e->mse, e->own_mse / 100);
        near(e->mae, e->own_mae / 10);
        near(e->rmse, e->own_rmse / 10);
        near(e->smape, 100 * sum_over(&f, k, symmetric) / n);
    }
}

/* Mean |error|^power of the value a season before, in training. */
static double naive_error(const fixture *f, int k, double power)
{
    double sum = 0, count = 0;
    for (int t = SEASON; t < TRAIN; t++)
        if (is_known(f, t, k) && is_known(f, t - SEASON, k)) {
            sum += pow(fabs(truth_of(f, t, k) - truth_of(f, t - SEASON, k)), power);
            count++;
        }
    return sum / count;
}

static void test_mase(void **state)
{
    (void)state;
    fixture f;
    make(&f);
    for (int k = 0; k < K; k++)
        near(f.each[k].mase, f.each[k].own_mae / naive_error(&f, k, 1));
    near(f.all.mase, (f.each[0].mase + f.each[1].mase) / 2);
    f.naive[1] = (fc_naive){0}; /* never wrong: not defined */
    assert_true(isnan(fc_errors_of(&f.sums[1], &f.naive[1]).mase));
    near(fc_errors_joined(f.sums, f.naive, K).mase, f.each[0].mase);
}

static void test_rmsse(void **state)
{
    (void)state;
    fixture f;
    make(&f);
    for (int k = 0; k < K; k++)
        near(f.each[k].rmsse, sqrt(f.each[k].own_mse / naive_error(&f, k, 2)));
    near(f.all.rmsse, (f.each[0].rmsse + f.each[1].rmsse) / 2);
}

static double size(double y, double x)
{
    (void)x;
    return fabs(y);
}

static void test_wape(void **state)
{
    (void)state;
    fixture f;
    make(&f);
    for (int k = -1; k < K; k++)
        near((k < 0 ? f.all : f.each[k]).wape, sum_over(&f, k, absolute) / sum_over(&f, k, size));
}

static double share(double y, double x)
{
    return fabs((y - x) / y);
}

static void test_mape(void **state)
{
    (void)state;
    fixture f;
    make(&f);
    for (int k = -1; k < K; k++)
        near((k < 0 ? f.all : f.each[k]).mape, 100 * sum_over(&f, k, share) / sum_over(&f, k, one));
    for (int x = 0; x < 2; x++) { /* a truth of 0, missed or met */
        fc_sums sums = f.sums[0];
        fc_sums_add(&sums, 0, x, 0, x);
        assert_true(isnan(fc_errors_of(&sums, NULL).mape));
    }
}

static void test_r2(void **state)
{
    (void)state;
    fixture f;
    make(&f);
    for (int k = -1; k < K; k++) {
        double mean = 0, squares = 0, n = sum_over(&f, k, one);
        for (int pass = 0; pass < 2; pass++)
            for (int j = 0; j < K; j++)
                for (int t = TRAIN; t < T && (k < 0 || k == j); t++)
                    if (is_known(&f, t, j) && (j == 0 || t % 3)) {
                        mean += pass ? 0 : truth_of(&f, t, j) / n;
                        squares += pass ? square(truth_of(&f, t, j), mean) : 0;
                    }
        near((k < 0 ? f.all : f.each[k]).r2, 1 - sum_over(&f, k, square) / squares);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    const fc_sums none = {0};
    const fc_errors e = fc_errors_of(&none, NULL);
    assert_int_equal(e.count, 0);
    for (const fc_metric *m = NULL; (m = fc_metric_next(fc_scaled_metrics, m));)
        assert_true(isnan(fc_metric_value(m, &e)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_errors), cmocka_unit_test(test_mase),
                                       cmocka_unit_test(test_rmsse),  cmocka_unit_test(test_wape),
                                       cmocka_unit_test(test_mape),   cmocka_unit_test(test_r2),
                                       cmocka_unit_test(test_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
