/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Periods of simulated stars, with what is said of them; boxes beside all boxes tried one by one; how often
 * noise is taken for a period. */
#include "tests/cmocka_all.h"

#include "datasets/lightcurves/period/box.h"
#include "datasets/lightcurves/period/false_alarm.h"
#include "datasets/lightcurves/period/shape.h"
#include "tests/count_mallocs.h"

#include <gsl/gsl_randist.h>
#include <math.h>

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.12g, not %.12g", got, want);
}

enum { COUNT = 160 };
static const double span = 1100;

typedef struct star {
    int count;
    double time[COUNT], value[COUNT], error[COUNT];
    uint8_t band[COUNT];
} star;

/* A steep rise and a slow decline, as of an RR Lyrae star; two eclipses, alike or not. */
static double rr_lyrae(double phase)
{
    return phase < 0.15 ? phase / 0.15 : 1 - (phase - 0.15) / 0.85;
}

static double eclipse(double phase, double at, double depth)
{
    const double away = phase - at - round(phase - at);
    return -depth * exp(-away * away / (2 * 0.05 * 0.05));
}

static double unlike(double phase)
{
    return eclipse(phase, 0, 1) + eclipse(phase, 0.5, 0.5);
}

static double alike(double phase)
{
    return eclipse(phase, 0, 1) + eclipse(phase, 0.5, 1);
}

static double sine(double phase)
{
    return cos(2 * M_PI * phase);
}

static void make(star *s, double (*light)(double), double period, int bands, double noise, unsigned long seed)
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    s->count = COUNT;
    for (int i = 0; i < COUNT; i++) {
        s->time[i] = 53000 + span * gsl_rng_uniform(rng);
        s->band[i] = (uint8_t)gsl_rng_uniform_int(rng, (unsigned long)bands);
        s->error[i] = noise * (0.5 + gsl_rng_uniform(rng));
        const double cycles = (s->time[i] - 53000.3) / period;
        s->value[i] = 5 + 3 * s->band[i] + (light ? light(cycles - floor(cycles)) : 0) +
                      gsl_ran_gaussian(rng, s->error[i]);
    }
    gsl_rng_free(rng);
}

static ds_light_period find(const star *s, const ds_light_period_settings *settings)
{
    ds_spectrum *spectrum = ds_spectrum_new(NULL);
    const ds_period_points points = {s->time, s->value, s->error, s->band, s->count};
    ds_light_period r;
    assert_non_null(spectrum);
    assert_int_equal(ds_light_period_find(spectrum, &points, settings, &r, NULL), NN_OK);
    ds_spectrum_free(spectrum);
    return r;
}

/* --- periods --- */

/* Within a fifth of a cycle over the span. */
static void check(double (*light)(double), double period, double wanted, int bands, int harmonics)
{
    static star s;
    make(&s, light, period, bands, 0.06, 3);
    const ds_light_period r = find(&s, &(ds_light_period_settings){.harmonics = harmonics});
    if (!(fabs(span / r.period - span / wanted) < 0.2))
        fail_msg("%.8g days rather than %.8g", r.period, wanted);
}

static void test_periods_of_stars(void **state)
{
    (void)state;
    check(rr_lyrae, 0.5743, 0.5743, 1, 0);
    check(rr_lyrae, 0.0813, 0.0813, 1, 0);
    check(rr_lyrae, 60.5, 60.5, 1, 0);
    check(rr_lyrae, 0.5743, 0.5743, 3, 0);
    check(sine, 0.6161, 0.6161, 2, 0);
    check(unlike, 2.8673, 2.8673, 1, 0);
    check(alike, 2.8673, 2.8673 / 2, 1, 0);
    check(unlike, 2.8673, 2.8673 / 2, 1, 1);
    check(unlike, 2.8673, 2.8673, 1, 4);
}

static void test_what_is_said(void **state)
{
    (void)state;
    static star s;
    make(&s, sine, 3.7, 1, 0.3, 4);
    const ds_light_period r = find(&s, &(ds_light_period_settings){.shortest = 0.2});
    const double cycles = (r.highest - 53000.3) / 3.7, low = (r.lowest - r.highest) / 3.7;
    assert_int_equal(r.harmonics, 1);
    near(cycles - round(cycles), 0, 0.05);
    near(fabs(low - round(low)), 0.5, 0.01);
    near(r.range, 2, 0.25);
    near(r.scatter, 0.27, 0.06);
    near(r.doubled, 2 * r.period, 1e-12);
    assert_true(r.log_false_alarm < -20);
    assert_true(r.second_power < r.power && fabs(r.second / r.period - 1) > 1e-3);
}

/* The error of the period is that of many trials: their deviations have about unit variance in it. */
static void test_error_of_the_period(void **state)
{
    (void)state;
    enum { TRIALS = 60 };
    static star s;
    double squares = 0;
    for (unsigned long n = 0; n < TRIALS; n++) {
        make(&s, sine, 3.7, 1, 0.3, 100 + n);
        const ds_light_period r = find(&s, &(ds_light_period_settings){.shortest = 1, .harmonics = 1});
        squares += pow((r.period - 3.7) / r.error, 2) / TRIALS;
    }
    assert_true(squares > 0.6 && squares < 1.6);
}

/* A star seen at the same hour of every night: a day's alias is found beside its period. */
static void test_aliases_are_noted(void **state)
{
    (void)state;
    static star s;
    make(&s, sine, 0.637, 1, 0.05, 6);
    for (int i = 0; i < s.count; i++) {
        s.time[i] = floor(s.time[i]) + 0.02 * (i % 7);
        s.value[i] = cos(2 * M_PI * (s.time[i] - 53000.3) / 0.637) + 0.05 * (i % 5);
    }
    const ds_light_period r = find(&s, &(ds_light_period_settings){.harmonics = 1, .shortest = 0.3});
    assert_true(r.second_is_alias);
}

static void test_shape(void **state)
{
    (void)state;
    ds_light_period r = {.period = 2, .harmonics = 2, .a = {0.5}, .b = {0}};
    r.a[1] = 0.1 * cos(1.0);
    r.b[1] = -0.1 * sin(1.0);
    const ds_shape shape = ds_shape_of(&r);
    near(shape.amplitude[0], 0.5, 1e-12);
    near(shape.ratio[0], 0.2, 1e-12);
    near(shape.phase[0], 1, 1e-12);
    assert_true(isnan(shape.ratio[1]) && isnan(shape.phase[1]));
}

static void test_nothing_to_find(void **state)
{
    (void)state;
    static star s;
    make(&s, sine, 0.6, 1, 0.1, 7);
    s.count = 3;
    assert_true(isnan(find(&s, &(ds_light_period_settings){0}).period));
    for (s.count = 4; s.count < 12; s.count++) {
        const ds_light_period r = find(&s, &(ds_light_period_settings){.shortest = 0.5});
        assert_false(isinf(r.period) || isinf(r.power));
    }
    make(&s, sine, 0.6, 1, 0.1, 7);
    for (int i = 0; i < s.count; i++)
        s.value[i] = 4;
    assert_true(isnan(find(&s, &(ds_light_period_settings){0}).period));
    make(&s, sine, 0.6, 1, 0.1, 7);
    for (int i = 0; i < s.count; i++)
        s.time[i] = 53000;
    assert_true(isnan(find(&s, &(ds_light_period_settings){0}).period));
}

/* --- noise --- */

/* The bound is above, but not far above, how often noise gives such a peak. */
static void test_false_alarms(void **state)
{
    (void)state;
    enum { TRIALS = 160 };
    static star s;
    for (int harmonics = 1; harmonics <= 3; harmonics += 2) {
        int tenth = 0;
        for (unsigned long n = 0; n < TRIALS; n++) {
            make(&s, NULL, 1, 1, 0.1, 1000 + n);
            const ds_light_period r =
                find(&s, &(ds_light_period_settings){.harmonics = harmonics, .shortest = 5});
            tenth += r.log_false_alarm < log10(0.1);
        }
        assert_true(tenth >= 0.02 * TRIALS && tenth <= 0.15 * TRIALS);
    }
    assert_true(isnan(ds_false_alarm(0.5, 1, 4, 1, 10)));
    assert_true(ds_false_alarm(1e-9, 1, 60, 1, 10) <= 0);
    assert_true(ds_false_alarm(0.9, 1, 400, 1, 10) < -100);
}

/* --- boxes --- */

static void make_box(star *s, double period, double duration, double depth, unsigned long seed)
{
    make(s, NULL, 1, 2, 0.02, seed);
    for (int i = 0; i < s->count; i++) {
        const double cycles = (s->time[i] - 53001) / period;
        if (fabs(cycles - round(cycles)) < duration / period / 2)
            s->value[i] -= depth;
    }
}

static ds_box find_box(const star *s, const ds_box_settings *settings)
{
    ds_box_finder *finder = ds_box_finder_new(NULL);
    const ds_period_points points = {s->time, s->value, s->error, s->band, s->count};
    ds_box r;
    assert_non_null(finder);
    assert_int_equal(ds_box_find(finder, &points, settings, &r, NULL), NN_OK);
    const long before = count_mallocs();
    assert_int_equal(ds_box_find(finder, &points, settings, &r, NULL), NN_OK);
    assert_int_equal(count_mallocs() - before, 0);
    ds_box_finder_free(finder);
    return r;
}

static void test_box(void **state)
{
    (void)state;
    static star s;
    make_box(&s, 7.313, 0.7, 0.2, 11);
    const ds_box r = find_box(&s, &(ds_box_settings){.shortest = 2});
    const double cycles = (r.epoch - 53001) / 7.313;
    near(span / r.period, span / 7.313, 0.1);
    near(r.depth, 0.2, 0.03);
    near(r.duration, 0.7, 0.2);
    near(cycles - round(cycles), 0, 0.03);
    assert_true(r.significance > 6 && r.inside > 5);
    for (int i = 0; i < s.count; i++)
        s.value[i] = -s.value[i];
    near(find_box(&s, &(ds_box_settings){.shortest = 2, .rising = true}).period, r.period, 1e-9);
    assert_true(find_box(&s, &(ds_box_settings){.shortest = 2}).power < r.power);
}

enum { LOOKED = 400 };
static double box_powers[LOOKED];

static void keep(void *context, long n, int count, const double *power)
{
    (void)context;
    for (int k = 0; k < count && n + k < LOOKED; k++)
        box_powers[n + k] = power[k];
}

/* The best of all boxes of whole bins, each by sums over its points. */
static double slow_box(const star *s, double frequency, double middle, int bins, int shortest, int longest)
{
    double weights = 0, mean = 0, variance = 0, best = 0;
    for (int i = 0; i < s->count; i++) {
        weights += 1 / (s->error[i] * s->error[i]);
        mean += s->value[i] / (s->error[i] * s->error[i]);
    }
    mean /= weights;
    for (int i = 0; i < s->count; i++)
        variance += pow((s->value[i] - mean) / s->error[i], 2) / weights;
    for (int begin = 0; begin < bins; begin++)
        for (int length = shortest; length <= longest; length++) {
            double r = 0, dip = 0;
            for (int i = 0; i < s->count; i++) {
                const double cycles = (s->time[i] - middle) * frequency, w = 1 / (s->error[i] * s->error[i]);
                const int at = (int)((cycles - floor(cycles)) * bins);
                if ((at - begin + bins) % bins < length) {
                    r += w / weights;
                    dip += w / weights * (mean - s->value[i]);
                }
            }
            if (dip > 0 && r < 1)
                best = fmax(best, dip * dip / (r * (1 - r)) / variance);
        }
    return best;
}

static void test_boxes_beside_slow_ones(void **state)
{
    (void)state;
    static star s;
    make_box(&s, 7.313, 0.7, 0.2, 13);
    s.count = 60;
    double low = INFINITY, high = -INFINITY, first, step;
    long count;
    for (int i = 0; i < s.count; i++) {
        s.value[i] -= 3 * s.band[i];
        s.band[i] = 0;
        low = fmin(low, s.time[i]);
        high = fmax(high, s.time[i]);
    }
    const ds_box_settings settings = {.shortest = 2, .least = 0.1, .most = 0.3, .sink = keep};
    ds_box_grid(high - low, &settings, &first, &step, &count);
    assert_true(count > LOOKED);
    find_box(&s, &settings);
    for (int n = 0; n < LOOKED; n += 7)
        near(box_powers[n], slow_box(&s, first + step * n, (low + high) / 2, 30, 3, 9), 1e-9);
}

/* The share of the variance that a box takes away is that of least squares with the same points inside. */
static void test_power_of_a_box(void **state)
{
    (void)state;
    static star s;
    make_box(&s, 7.313, 0.7, 0.2, 12);
    for (int i = 0; i < s.count; i++) {
        s.value[i] -= 3 * s.band[i];
        s.band[i] = 0;
    }
    const ds_box r = find_box(&s, &(ds_box_settings){.shortest = 2});
    double w[2] = {0}, y[2] = {0}, all = 0, mean, before = 0, after = 0;
    int inside[COUNT];
    for (int i = 0; i < s.count; i++) {
        const double cycles = (s.time[i] - r.epoch) / r.period, one = 1 / (s.error[i] * s.error[i]);
        inside[i] = fabs(cycles - round(cycles)) < r.duration / r.period / 2;
        w[inside[i]] += one;
        y[inside[i]] += one * s.value[i];
        all += one;
    }
    mean = (y[0] + y[1]) / all;
    for (int i = 0; i < s.count; i++) {
        const double one = 1 / (s.error[i] * s.error[i]);
        before += one * pow(s.value[i] - mean, 2);
        after += one * pow(s.value[i] - y[inside[i]] / w[inside[i]], 2);
    }
    near(r.power, 1 - after / before, 1e-9);
    near(r.depth, y[0] / w[0] - y[1] / w[1], 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_periods_of_stars),
        cmocka_unit_test(test_what_is_said),
        cmocka_unit_test(test_error_of_the_period),
        cmocka_unit_test(test_aliases_are_noted),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_nothing_to_find),
        cmocka_unit_test(test_false_alarms),
        cmocka_unit_test(test_box),
        cmocka_unit_test(test_power_of_a_box),
        cmocka_unit_test(test_boxes_beside_slow_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
