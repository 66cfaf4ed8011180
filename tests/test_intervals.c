/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals on made-up errors of a known distribution: what they hold, what they cost, and what they know. */
#include "forecast/errors/spread.h"
#include "forecast/intervals/stream.h"
#include "lib/base/random.h"

#include "cmocka_all.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The i-th of standard normal errors. */
static double normal(uint64_t i)
{
    return gsl_cdf_ugaussian_Pinv(fmin(fmax(nn_random_uniform(7, i), 1e-9), 1 - 1e-9));
}

static fc_interval_set *set_of(const char *level, const char *quantiles)
{
    static fc_interval_set set;
    nn_error error = {0};
    if (fc_interval_set_make(&set, &(fc_interval_wish){(char *)level, (char *)quantiles}, &error))
        fail_msg("%s", error.text);
    return &set;
}

static double score(const fc_interval_set *set, const fc_interval_scores *scores, const char *key)
{
    const fc_metric *m = fc_metric_find(set->metric, key);
    if (!m)
        fail_msg("no score %s", key);
    return fc_metric_value(m, scores);
}

static void test_set(void **state)
{
    (void)state;
    nn_error error = {0};
    fc_interval_set *s = set_of("80,95", ".5,.9,.33");
    for (int i = 1; i < s->shares; i++)
        assert_true(s->share[i] > s->share[i - 1]);
    assert_float_equal(s->share[s->high[1]], .975, 1e-12);
    assert_float_equal(s->share[s->quantile[2]], .33, 1e-12);
    assert_int_equal(s->shares, 19 + 2 + 1);
    assert_int_equal(fc_interval_set_make(s, &(fc_interval_wish){"80,x", NULL}, &error), NN_USAGE);
    assert_int_equal(fc_interval_set_make(s, &(fc_interval_wish){"50,60,70,75,80,90,95", NULL}, &error),
                     NN_USAGE);
    assert_int_equal(set_of(NULL, NULL)->values, 0);
}

/* An interval from -1 to 2 of 80 %: a truth 3 above the forecast is 1 outside. */
static void test_scores_of_one(void **state)
{
    (void)state;
    const fc_interval_set *s = set_of("80", ".25");
    double offset[FC_MOST_SHARES], sum[FC_INTERVAL_VALUES] = {0};
    for (int i = 0; i < s->shares; i++)
        offset[i] = s->share[i] <= .1 ? -1 : s->share[i] >= .9 ? 2 : 0;
    fc_interval_set_add(s, sum, offset, 3);
    fc_interval_scores scores;
    memcpy(scores.value, sum, sizeof sum);
    assert_float_equal(score(s, &scores, "coverage_80"), 0, 1e-12);
    assert_float_equal(score(s, &scores, "width_80"), 3, 1e-12);
    assert_float_equal(score(s, &scores, "winkler_80"), 3 + 2 / .2, 1e-12);
    assert_float_equal(score(s, &scores, "pinball_0.25"), .75, 1e-12);
    assert_float_equal(score(s, &scores, "below_0.25"), 0, 1e-12);
    assert_float_equal(score(s, &scores, "pinball"), (.1 * 4 + .9 * 1 + .25 * 3) / 3, 1e-12);
    double crps = 0;
    for (int i = 1; i <= 19; i++) {
        const double q = i <= 2 ? -1 : i >= 18 ? 2 : 0;
        crps += 2 * i / 20. * (3 - q) / 19;
    }
    assert_float_equal(score(s, &scores, "crps"), crps, 1e-12);
}

/* Errors of `targets` targets from many origins that share no rows: normal, k + 1 times as large at step h +
 * 1 as its root. */
static fc_spread *learn(int targets, int horizon, size_t origins, double factor)
{
    fc_residuals r;
    fc_spread *spread;
    nn_error error = {0};
    assert_int_equal(fc_residuals_make(&r, targets, horizon, origins, &error), NN_OK);
    for (size_t o = 0; o < r.most; o++) {
        float *e = fc_residuals_next(&r, o * (size_t)horizon);
        for (int h = 0; h < horizon; h++)
            for (int k = 0; k < targets; k++)
                e[h * targets + k] =
                    (float)(factor * (k + 1) * sqrt(h + 1) * normal(o * 1000 + (size_t)(h * targets + k)));
    }
    for (int k = 0; k < targets; k++)
        r.step[k] = k + 1;
    assert_int_equal(fc_spread_learn(&spread, &r, &error), NN_OK);
    fc_residuals_clear(&r);
    return spread;
}

static void test_spread_of_many(void **state)
{
    (void)state;
    fc_spread *s = learn(2, 12, 250, 1);
    for (int k = 0; k < 2; k++)
        for (int h = 1; h <= 12; h += 11) {
            const double size = (k + 1) * sqrt(h);
            assert_float_equal(fc_spread_offset(s, k, h, .9), 1.2816 * size, .25 * size);
            assert_float_equal(fc_spread_offset(s, k, h, .1), -1.2816 * size, .25 * size);
            assert_float_equal(fc_spread_offset(s, k, h, .975), 1.96 * size, .45 * size);
            assert_float_equal(fc_spread_offset(s, k, h, .5), 0, .2 * size);
        }
    assert_true(fc_spread_offset(s, 0, 48, .9) > 1.8 * fc_spread_offset(s, 0, 12, .9)); /* root of 4 */
    fc_spread_free(s);
}

/* Of four origins nobody knows 95 %: Student's t stands in. Without any the steps of the series do. */
static void test_spread_of_few(void **state)
{
    (void)state;
    fc_spread *few = learn(1, 6, 4, 1), *none = learn(1, 6, 0, 1);
    assert_true(fc_spread_offset(few, 0, 1, .975) > 1.96 * .6);
    assert_true(fc_spread_offset(few, 0, 6, .975) > fc_spread_offset(few, 0, 1, .975));
    assert_float_equal(fc_spread_offset(none, 0, 1, .975), .8 * 2.5706, .01);
    assert_float_equal(fc_spread_offset(none, 0, 4, .9), 2 * .8 * 1.4759, .01);
    fc_spread_free(few);
    fc_spread_free(none);
}

static void test_spread_of_exact(void **state)
{
    (void)state;
    fc_spread *s = learn(1, 6, 5, 1e-12);
    assert_true(fc_spread_offset(s, 0, 6, .975) == 0);
    fc_spread_free(s);
}

/* --- along a stream --- */

static double too_narrow(const void *context, int k, int step, double share)
{
    (void)k, (void)step;
    return *(const double *)context * gsl_cdf_ugaussian_Pinv(share);
}

/* Errors grow to twice their size half way, and what begins is half as wide as it should be: still the right
 * share is within, in each part of the horizon. */
static void test_stream_follows(void **state)
{
    (void)state;
    enum { ROWS = 12000, HORIZON = 6 };
    const fc_interval_set *set = set_of("80,95", NULL);
    const double half = .5;
    fc_stream *s;
    nn_error error = {0};
    assert_int_equal(fc_stream_new(&s, set, 1, HORIZON, &error), NN_OK);
    fc_stream_begin(s, too_narrow, &half);
    for (size_t row = 0; row < ROWS; row++) {
        double off[HORIZON];
        for (size_t h = 0; h < HORIZON; h++)
            off[h] = (row < ROWS / 2 ? 1 : 2) * normal(row * 100 + h);
        fc_stream_take(s, row, off);
    }
    fc_interval_sums sums = {0};
    fc_stream_sum(s, &sums);
    for (int part = -1; part < FC_INTERVAL_PARTS; part++) {
        const fc_interval_scores scores = fc_interval_sums_mean(&sums, part);
        assert_float_equal(score(set, &scores, "coverage_80"), .8, .015);
        assert_float_equal(score(set, &scores, "coverage_95"), .95, .015);
    }
    fc_stream_free(s);
}

/* A truth `step` steps ahead moves nothing before its row has come. */
static void test_stream_knows_only_the_past(void **state)
{
    (void)state;
    enum { HORIZON = 4 };
    const double one = 1;
    fc_stream *s;
    nn_error error = {0};
    assert_int_equal(fc_stream_new(&s, set_of("80", NULL), 1, HORIZON, &error), NN_OK);
    fc_stream_begin(s, too_narrow, &one);
    double before[HORIZON];
    for (int h = 0; h < HORIZON; h++)
        before[h] = fc_stream_offsets(s, 0, h)[0];
    fc_stream_take(s, 100, (const double[]){1e6, 1e6, 1e6, 1e6});
    for (size_t row = 101; row < 104; row++) {
        fc_stream_take(s, row, (const double[]){NAN, NAN, NAN, NAN});
        for (int h = 0; h < HORIZON; h++) /* row 100 + h is known at origins behind it */
            assert_int_equal(fc_stream_offsets(s, 0, h)[0] > before[h], 100 + (size_t)h < row);
    }
    fc_stream_free(s);
}

/* A truth that comes a horizon late is followed no faster than that allows: of what begins twice too wide no
 * more is taken away than there was too much, whatever the first horizon without any truth said. */
static void test_stream_does_not_swing(void **state)
{
    (void)state;
    enum { HORIZON = 720, ROWS = 3 * HORIZON };
    const fc_interval_set *set = set_of("80,95", NULL);
    const double twice = 2;
    fc_stream *s;
    nn_error error = {0};
    assert_int_equal(fc_stream_new(&s, set, 1, HORIZON, &error), NN_OK);
    fc_stream_begin(s, too_narrow, &twice);
    static double off[HORIZON];
    fc_interval_sums half = {0}, late = {0};
    for (size_t row = 0; row < ROWS; row++) {
        if (row == 2 * HORIZON)
            fc_stream_sum(s, &half);
        for (size_t h = 0; h < HORIZON; h++)
            off[h] = normal(row * HORIZON + h);
        fc_stream_take(s, row, off);
    }
    fc_stream_sum(s, &late);
    for (int part = 0; part < FC_INTERVAL_PARTS; part++)
        for (int i = 0; i <= FC_INTERVAL_VALUES; i++)
            late.sum[part][i] -= half.sum[part][i];
    for (int part = 0; part < FC_INTERVAL_PARTS; part++) {
        const fc_interval_scores scores = fc_interval_sums_mean(&late, part);
        assert_true(score(set, &scores, "coverage_80") > .77);
    }
    fc_stream_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_set),
                                       cmocka_unit_test(test_scores_of_one),
                                       cmocka_unit_test(test_spread_of_many),
                                       cmocka_unit_test(test_spread_of_few),
                                       cmocka_unit_test(test_spread_of_exact),
                                       cmocka_unit_test(test_stream_follows),
                                       cmocka_unit_test(test_stream_does_not_swing),
                                       cmocka_unit_test(test_stream_knows_only_the_past)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
