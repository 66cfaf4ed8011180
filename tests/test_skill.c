/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of forecasts against R, hand computations, slow twins and simulations with a known answer. */
#include "forecast/statistics/skill.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>

static nn_error error;

static double normal(uint64_t key, uint64_t i)
{
    return sqrt(-2 * log(1 - nn_random_uniform(key, 2 * i))) *
           cos(2 * M_PI * nn_random_uniform(key, 2 * i + 1));
}

static void near_within(const char *what, double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s: %.17g is not %.17g", what, value, expected);
}

static void near(const char *what, double value, double expected)
{
    near_within(what, value, expected, 1e-12 * (1 + fabs(expected)));
}

/* --- equal accuracy --- */

/* The errors of tests/golden/dm_test.R, t from 1 on. */
static void make_errors(double *e1, double *e2, int n)
{
    for (int t = 1; t <= n; t++) {
        e1[t - 1] = (7 * t * t + 3 * t) % 41 / 20.0 - 1;
        e2[t - 1] = (5 * t * t + 11 * t) % 53 / 24.0 - 1.1;
    }
}

/* Printed by tests/golden/dm_test.R: forecast::dm.test(e1, e2, ALTERNATIVE, h, power, varestimator =
 * "bartlett"). */
static void test_against_r(void **state)
{
    (void)state;
    static const struct {
        int n, h, power;
        double statistic, two_sided, less, greater;
    } golden[] = {
        {40, 1, 1, -0.929354277921835, 0.35842238437487206, 0.17921119218743603, 0.82078880781256403},
        {40, 1, 2, -0.69257042181044481, 0.49268270029881467, 0.24634135014940733, 0.75365864985059261},
        {40, 2, 1, -0.9029982780606628, 0.3720705854958879, 0.18603529274794395, 0.81396470725205605},
        {40, 2, 2, -0.64893949580312915, 0.5201808820113315, 0.26009044100566575, 0.7399095589943343},
        {40, 5, 1, -1.0978213842506281, 0.27901438841721449, 0.13950719420860724, 0.86049280579139276},
        {40, 5, 2, -0.81447818383145032, 0.42031678631770064, 0.21015839315885032, 0.78984160684114968},
        {40, 12, 1, -0.99334212695133628, 0.32666668687426914, 0.16333334343713457, 0.83666665656286543},
        {40, 12, 2, -0.75561092158131926, 0.45442220060315341, 0.22721110030157671, 0.77278889969842335},
        {150, 1, 1, -2.2862723786927512, 0.023647730906181004, 0.011823865453090502, 0.98817613454690956},
        {150, 1, 2, -1.7434901861997238, 0.083310662484635326, 0.041655331242317663, 0.95834466875768232},
        {150, 2, 1, -2.2749629160307712, 0.024334874831714062, 0.012167437415857031, 0.98783256258414298},
        {150, 2, 2, -1.7491268027448654, 0.0823282215634141, 0.04116411078170705, 0.95883588921829288},
        {150, 5, 1, -2.2438833656795452, 0.026313992656698353, 0.013156996328349177, 0.9868430036716509},
        {150, 5, 2, -1.882185653410926, 0.061760805308745059, 0.03088040265437253, 0.96911959734562747},
        {150, 12, 1, -2.1277650874312899, 0.03500235598945832, 0.01750117799472916, 0.98249882200527083},
        {150, 12, 2, -2.0062997889730809, 0.046633817041445445, 0.023316908520722723, 0.97668309147927723}};
    double e1[150], e2[150];
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        const double p[] = {golden[i].two_sided, golden[i].less, golden[i].greater};
        make_errors(e1, e2, golden[i].n);
        for (int t = 0; t < golden[i].n; t++) {
            e1[t] = golden[i].power == 1 ? fabs(e1[t]) : e1[t] * e1[t];
            e2[t] = golden[i].power == 1 ? fabs(e2[t]) : e2[t] * e2[t];
        }
        for (int a = FC_DM_TWO_SIDED; a <= FC_DM_GREATER; a++) {
            fc_dm dm = fc_dm_losses(e1, e2, (size_t)golden[i].n, (size_t)golden[i].h, (fc_dm_alternative)a);
            assert_int_equal(dm.count, golden[i].n);
            near_within("statistic", dm.statistic, golden[i].statistic, 1e-10);
            near_within("p", dm.p, p[a], 1e-10);
        }
    }
}

/* The statistic by its autocovariances. */
static double slow_statistic(const double *d, size_t n, size_t h)
{
    double mean = 0, variance = 0, N = (double)n, H = (double)h;
    for (size_t t = 0; t < n; t++)
        mean += d[t] / N;
    for (size_t k = 0; k < h; k++)
        for (size_t t = k; t < n; t++)
            variance += (k ? 2 : 1) * (1 - (double)k / H) * (d[t] - mean) * (d[t - k] - mean) / N / N;
    return mean / sqrt(variance) * sqrt((N + 1 - 2 * H + H * (H - 1) / N) / N);
}

static void test_against_autocovariances(void **state)
{
    (void)state;
    enum { N = 60 };
    for (uint64_t key = 1; key <= 40; key++) {
        double a[N], b[N], d[N];
        size_t known = 0, h = 1 + key % 17;
        for (int t = 0; t < N; t++) {
            a[t] = 1 + 0.3 * normal(key, t) + (t ? 0.7 * a[t - 1] : 0);
            b[t] = normal(key + 1000, t);
            if (t % 11 < (int)(key % 3)) /* a gap is left out, whichever series has it */
                b[t] = NAN;
            else
                d[known++] = a[t] - b[t];
        }
        fc_dm dm = fc_dm_losses(a, b, N, h, FC_DM_LESS), reverse = fc_dm_losses(b, a, N, h, FC_DM_GREATER);
        assert_int_equal(dm.count, known);
        near_within("statistic", dm.statistic, slow_statistic(d, known, h), 1e-10 * fabs(dm.statistic));
        near("reversed", reverse.statistic, -dm.statistic);
        near("p reversed", reverse.p, dm.p);
    }
}

static void undefined(const double *a, const double *b, size_t count, size_t h)
{
    fc_dm dm = fc_dm_losses(a, b, count, h, FC_DM_TWO_SIDED);
    assert_true(isnan(dm.statistic));
    assert_true(isnan(dm.p));
}

static void test_not_defined(void **state)
{
    (void)state;
    double a[30], b[30], c[30];
    for (int t = 0; t < 30; t++) {
        a[t] = normal(3, t);
        b[t] = a[t] + 0.1; /* a constant, but for rounding */
        c[t] = normal(4, t);
    }
    undefined(a, a, 30, 1);
    undefined(a, b, 30, 1);
    near("constant difference", fc_dm_losses(b, a, 30, 1, FC_DM_TWO_SIDED).difference, 0.1);
    undefined(a, c, 30, 30);
    undefined(a, c, 30, 1000);
    undefined(a, c, 30, SIZE_MAX);
    undefined(a, c, 30, 0);
    undefined(a, c, 1, 1);
    undefined(a, c, 0, 1);
    assert_false(isnan(fc_dm_losses(a, c, 30, 29, FC_DM_TWO_SIDED).p));
    c[7] = INFINITY;
    undefined(a, c, 30, 1);
    c[7] = 1e300; /* its square has no number */
    undefined(a, c, 30, 1);
    for (int t = 0; t < 30; t++)
        c[t] = NAN;
    undefined(a, c, 30, 1);
    assert_int_equal(fc_dm_losses(a, c, 30, 1, FC_DM_TWO_SIDED).count, 0);
}

/* How often equal forecasts are told apart at 5 %: d is a moving sum of `overlap` independent values. */
static double rejections(size_t n, size_t overlap, size_t h)
{
    enum { RUNS = 3000 };
    double *d = calloc(n, sizeof *d), *zero = calloc(n, sizeof *zero);
    int rejected = 0;
    assert_non_null(d);
    assert_non_null(zero);
    for (uint64_t run = 1; run <= RUNS; run++) {
        for (size_t t = 0; t < n; t++)
            for (size_t k = d[t] = 0; k < overlap; k++)
                d[t] += normal(run, t + k);
        rejected += fc_dm_losses(d, zero, n, h, FC_DM_TWO_SIDED).p < 0.05;
    }
    free(d);
    free(zero);
    return (double)rejected / RUNS;
}

static void test_size_and_power(void **state)
{
    (void)state;
    near_within("size, independent", rejections(50, 1, 1), 0.05, 0.012);
    near_within("size, independent, h 4", rejections(50, 1, 4), 0.05, 0.015);
    near_within("size, overlapping", rejections(60, 6, 6), 0.13, 0.025);
    assert_true(rejections(60, 6, 1) > 0.3); /* what ignoring the overlap would do */
}

/* --- directions --- */

/* cells: changes up forecast up, up down, down up, down down. */
static fc_directions directions_of(const int cells[4])
{
    double truth[64], forecast[64];
    size_t n = 0;
    for (int cell = 0; cell < 4; cell++)
        for (int i = 0; i < cells[cell]; i++, n++) {
            truth[n] = cell < 2 ? 0.5 + i : -1 - i;
            forecast[n] = cell % 2 == 0 ? 3 : i % 2 ? 0 : -2;
        }
    return fc_directions_score(truth, forecast, n);
}

static void test_directions(void **state)
{
    (void)state;
    /* P = 15/20, Py = 1/2, Pf = 9/20: P* = 1/2, V(P) = 0.0125,
     * V(P*) = (0.01 * 0.25 + 4 * 0.5 * 0.45 * 0.5 * 0.55 / 20) / 20 = 0.00074375. */
    fc_directions d = directions_of((const int[]){7, 3, 2, 8});
    assert_int_equal(d.count, 20);
    near("hit rate", d.hit_rate, 0.75);
    near("up rate", d.up_rate, 0.5);
    near("base rate", d.base_rate, 0.5);
    near("balanced accuracy", d.balanced_accuracy, 0.75);
    near("statistic", d.statistic, 0.25 / sqrt(0.01175625));
    near_within("p", d.p, 0.0105628, 1e-6); /* of 2.3057 */
    /* P = 23/30, Py = 0.8, Pf = 0.7: P* = 0.62, V(P) = 0.2356/30,
     * V(P*) = (0.36 * 0.21 + 0.16 * 0.16 + 4 * 0.8 * 0.7 * 0.2 * 0.3 / 30) / 30 = 0.10568/30. */
    d = directions_of((const int[]){19, 5, 2, 4});
    near("hit rate", d.hit_rate, 23.0 / 30);
    near("base rate", d.base_rate, 0.8);
    near("balanced accuracy", d.balanced_accuracy, (19.0 / 24 + 4.0 / 6) / 2);
    near("statistic", d.statistic, (23.0 / 30 - 0.62) / sqrt((0.2356 - 0.10568) / 30));
    /* Right six times in ten, and no better than the base rate: no skill. */
    d = directions_of((const int[]){24, 6, 16, 4});
    near("no skill", d.statistic, 0);
    near("p without skill", d.p, 0.5);
}

static void test_directions_at_the_edge(void **state)
{
    (void)state;
    fc_directions d = directions_of((const int[]){12, 0, 8, 0}); /* always up */
    near("hit rate", d.hit_rate, 0.6);
    near("base rate", d.base_rate, 0.6);
    near("balanced accuracy", d.balanced_accuracy, 0.5);
    assert_true(isnan(d.statistic) && isnan(d.p));
    d = directions_of((const int[]){7, 0, 0, 0});
    near("hit rate", d.hit_rate, 1);
    assert_true(isnan(d.balanced_accuracy) && isnan(d.statistic));
    const double truth[] = {0, 1, NAN, -1, 0}, forecast[] = {1, 1, 1, NAN, -1};
    d = fc_directions_score(truth, forecast, 5);
    assert_int_equal(d.count, 1);
    assert_int_equal(d.flat, 2);
    near("hit rate", d.hit_rate, 1);
    d = fc_directions_score(truth, forecast, 1);
    assert_int_equal(d.count, 0);
    assert_true(isnan(d.hit_rate) && isnan(d.base_rate) && isnan(d.p));
}

/* A coin is found to forecast in one test of twenty. */
static void test_directions_of_a_coin(void **state)
{
    (void)state;
    enum { RUNS = 2000, N = 200 };
    int rejected = 0;
    for (uint64_t run = 1; run <= RUNS; run++) {
        double truth[N], forecast[N];
        for (int t = 0; t < N; t++) {
            truth[t] = normal(run, t) + 0.3;
            forecast[t] = normal(run + RUNS, t) + 0.1;
        }
        rejected += fc_directions_score(truth, forecast, N).p < 0.05;
    }
    near_within("size", (double)rejected / RUNS, 0.05, 0.015);
}

/* --- the strategy by sign --- */

static void test_strategy(void **state)
{
    (void)state;
    const double forecast[] = {0.1, 5, NAN, -0.01, 0, 2, 1},
                 realised[] = {.01, -.02, .5, -.03, .01, .02, NAN};
    fc_strategy_settings s = fc_strategy_defaults;
    fc_strategy r;
    s.cost = 0.001;
    s.periods_per_year = 4;
    assert_int_equal(fc_sign_strategy(&r, forecast, realised, 7, &s, &error), NN_OK);
    /* Positions 1, 1, -1, 0, 1, closed: 1 + 0 + 2 + 1 + 1 + 1 sides. */
    const double net[] = {.009, -.02, .028, -.001, .018};
    assert_int_equal(r.periods, 5);
    near("gross", r.gross, 0.04 / 5);
    near("net", r.net, 0.034 / 5);
    near("turnover", r.turnover, 6.0 / 5);
    near("break-even", r.break_even, 0.04 / 6);
    near("hold", r.hold, (-0.01 - 0.002) / 5);
    double squares = 0;
    for (int i = 0; i < 5; i++)
        squares += (net[i] - 0.0068) * (net[i] - 0.0068);
    near("Sharpe", r.sharpe, 0.0068 / sqrt(squares / 4) * 2);
    assert_true(r.sharpe_low < r.sharpe && r.sharpe < r.sharpe_high);
    /* At the break-even cost nothing is left. */
    s.cost = r.break_even;
    assert_int_equal(fc_sign_strategy(&r, forecast, realised, 7, &s, &error), NN_OK);
    near("nothing left", r.net, 0);
}

static void test_strategy_at_the_edge(void **state)
{
    (void)state;
    double none[50], walk[50];
    fc_strategy r;
    for (int t = 0; t < 50; t++) {
        none[t] = 0;
        walk[t] = 0.01 * normal(9, t);
    }
    assert_int_equal(fc_sign_strategy(&r, none, walk, 50, NULL, &error), NN_OK);
    near("never trades", r.turnover, 0);
    assert_true(isnan(r.break_even) && isnan(r.sharpe) && isnan(r.sharpe_low));
    assert_int_equal(fc_sign_strategy(&r, walk, walk, 0, NULL, &error), NN_OK);
    assert_true(r.periods == 0 && isnan(r.net) && isnan(r.sharpe));
    assert_int_equal(fc_sign_strategy(&r, walk, walk, 1, NULL, &error), NN_OK);
    assert_true(r.periods == 1 && isnan(r.sharpe) && r.gross > 0);
    assert_int_equal(fc_sign_strategy(&r, walk, walk, 50, NULL, &error), NN_OK);
    assert_true(r.sharpe_low > 0); /* by hindsight */
    fc_strategy_settings bad[4] = {fc_strategy_defaults, fc_strategy_defaults, fc_strategy_defaults,
                                   fc_strategy_defaults};
    bad[0].cost = -1;
    bad[1].level = 1;
    bad[2].resamples = 0;
    bad[3].periods_per_year = NAN;
    for (int i = 0; i < 4; i++)
        assert_int_equal(fc_sign_strategy(&r, walk, walk, 50, &bad[i], &error), NN_USAGE);
}

/* Share of intervals that hold the true Sharpe ratio, for returns with a first-order autocorrelation. */
static double coverage(double autocorrelation, size_t block)
{
    enum { RUNS = 600, N = 250 };
    fc_strategy_settings s = fc_strategy_defaults;
    s.periods_per_year = 1;
    s.resamples = 400;
    s.block = block;
    int held = 0;
    for (uint64_t run = 1; run <= RUNS; run++) {
        double r[N], low, high, noise = normal(run, N);
        for (int t = 0; t < N; t++) {
            noise = autocorrelation * noise + sqrt(1 - autocorrelation * autocorrelation) * normal(run, t);
            r[t] = 0.001 + 0.01 * noise;
        }
        s.seed = run;
        assert_int_equal(fc_sharpe_interval(&low, &high, r, N, &s, &error), NN_OK);
        held += low <= 0.1 && 0.1 <= high;
    }
    return (double)held / RUNS;
}

static void test_coverage(void **state)
{
    (void)state;
    near_within("independent", coverage(0, 0), 0.95, 0.03);
    near_within("independent, single periods", coverage(0, 1), 0.95, 0.03);
    double blocks = coverage(0.5, 16), single = coverage(0.5, 1);
    near_within("autocorrelated, blocks of 16", blocks, 0.95, 0.06);
    assert_true(single < blocks - 0.1); /* without blocks the interval is far too narrow */
}

static void test_interval(void **state)
{
    (void)state;
    enum { N = 300 };
    double r[N], gaps[N + 2], low[3], high[3];
    for (int t = 0; t < N; t++)
        gaps[t + (t > 50) + (t > 100)] = r[t] = 0.001 + 0.01 * normal(5, t);
    gaps[51] = gaps[102] = NAN;
    fc_strategy_settings s = fc_strategy_defaults;
    assert_int_equal(fc_sharpe_interval(&low[0], &high[0], r, N, &s, &error), NN_OK);
    assert_int_equal(fc_sharpe_interval(&low[1], &high[1], gaps, N + 2, NULL, &error), NN_OK);
    assert_true(low[0] == low[1] && high[0] == high[1]);
    assert_true(fc_sharpe(r, N, 252) == fc_sharpe(gaps, N + 2, 252));
    s.level = 0.5;
    s.seed = 2;
    assert_int_equal(fc_sharpe_interval(&low[2], &high[2], r, N, &s, &error), NN_OK);
    assert_true(low[0] < low[2] && low[2] < high[2] && high[2] < high[0]);
    s.block = N; /* every resample is the series itself, turned */
    assert_int_equal(fc_sharpe_interval(&low[2], &high[2], r, N, &s, &error), NN_OK);
    near("whole series", low[2], fc_sharpe(r, N, 252));
    near("whole series", high[2], fc_sharpe(r, N, 252));
    for (int t = 0; t < N; t++)
        r[t] = 0.1;
    assert_int_equal(fc_sharpe_interval(&low[2], &high[2], r, N, NULL, &error), NN_OK);
    assert_true(isnan(low[2]) && isnan(high[2]) && isnan(fc_sharpe(r, N, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_r),
                                       cmocka_unit_test(test_against_autocovariances),
                                       cmocka_unit_test(test_not_defined),
                                       cmocka_unit_test(test_size_and_power),
                                       cmocka_unit_test(test_directions),
                                       cmocka_unit_test(test_directions_at_the_edge),
                                       cmocka_unit_test(test_directions_of_a_coin),
                                       cmocka_unit_test(test_strategy),
                                       cmocka_unit_test(test_strategy_at_the_edge),
                                       cmocka_unit_test(test_coverage),
                                       cmocka_unit_test(test_interval)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
