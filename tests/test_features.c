/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Features of light curves beside those of light-curve for Python, and what the contract promises. */
#include "tests/cmocka_all.h"

#include "datasets/lightcurves/features/features.h"
#include "tests/count_mallocs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.12g, not %.12g", got, want);
}

enum { MOST = 200 };

static ds_features *new_features(const char *bands, const char *groups, ds_feature_scale scale)
{
    ds_bands set;
    nn_error error = {0};
    assert_int_equal(ds_bands_parse(&set, bands, NULL), NN_OK);
    ds_features *self = ds_features_new(
        &(ds_feature_settings){.bands = &set, .groups = groups, .scale = scale, .shortest = 0.1}, &error);
    if (!self)
        fail_msg("%s", error.text);
    return self;
}

static void add(ds_points *p, double time, double flux, double error, int band)
{
    p->time[p->count] = time;
    p->flux[p->count] = flux;
    p->error[p->count] = error;
    p->detected[p->count] = 1;
    p->band[p->count++] = (uint8_t)band;
}

static void add_magnitude(ds_points *p, double time, double magnitude, double error, int band)
{
    const double flux = pow(10, 0.4 * (DS_ZERO_POINT - magnitude));
    add(p, time, flux, error * flux * M_LN10 / 2.5, band);
}

static int find(const ds_features *self, const char *name)
{
    for (int n = 0; n < ds_features_count(self); n++)
        if (strcmp(ds_features_name(self, n), name) == 0)
            return n;
    fail_msg("there is no feature %s", name);
    return -1;
}

/* --- beside light-curve --- */

static void check(const ds_features *self, const char *curve, const char *name, const double *row,
                  double want)
{
    char full[96];
    snprintf(full, sizeof full, "%s_r", name);
    const double got = row[find(self, full)];
    if (!(fabs(got - want) <= 1e-6 * fmax(1, fabs(want))))
        fail_msg("%s of %s: %.12g, not %.12g", name, curve, got, want);
}

static void test_as_light_curve(void **state)
{
    (void)state;
    char path[1024], line[256], name[80] = "";
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/features.txt", source ? source : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    ds_features *self = NULL;
    ds_points points = {0};
    double *row = NULL;
    int left = 0, checked = 0;
    bool flux = false;
    while (fgets(line, sizeof line, file)) {
        double time, value, error;
        char feature[80];
        int count;
        if (line[0] == '#')
            continue;
        if (sscanf(line, "curve %79s %d", name, &count) == 2) {
            flux = strcmp(name, "transient") == 0;
            assert_int_equal(ds_points_reserve(&points, count, NULL), NN_OK);
            left = count;
        } else if (left && sscanf(line, "%lf %lf %lf", &time, &value, &error) == 3) {
            (flux ? add : add_magnitude)(&points, time, value, error, 0);
            if (--left)
                continue;
            ds_features_free(self);
            self = new_features("r=6231", NULL, flux ? DS_SCALE_FLUX : DS_SCALE_MAGNITUDE);
            row = realloc(row, (size_t)ds_features_count(self) * sizeof *row);
            assert_non_null(row);
            assert_int_equal(ds_features_compute(self, &points, row, NULL), NN_OK);
        } else if (sscanf(line, "%79s %lf", feature, &value) == 2) {
            check(self, name, feature, row, value);
            checked++;
        }
    }
    assert_true(checked > 60);
    fclose(file);
    free(row);
    ds_features_free(self);
    ds_points_free(&points);
}

/* --- periods and transients --- */

static void test_a_saw_tooth(void **state)
{
    (void)state;
    ds_features *self = new_features("g=4802,r=6231", "period", DS_SCALE_AUTO);
    double *row = calloc((size_t)ds_features_count(self), sizeof *row);
    ds_points p = {0};
    assert_int_equal(ds_points_reserve(&p, MOST, NULL), NN_OK);
    for (int i = 0; i < MOST; i++) {
        const double t = 3.71 * i + sin(17.0 * i), phase = t / 0.5743 - floor(t / 0.5743);
        const double wave = phase < 0.15 ? 1 - phase / 0.15 : (phase - 0.15) / 0.85; /* brightest at 0.15 */
        add_magnitude(&p, t, 15 + (i % 2) * 0.5 + wave + 0.01 * sin(71.0 * i), 0.01, i % 2);
    }
    assert_int_equal(ds_features_compute(self, &p, row, NULL), NN_OK);
    near(row[find(self, "period")], 0.5743, 1e-4);
    near(row[find(self, "period_r21")], 0.5, 0.1); /* 1 / h of a saw tooth */
    near(row[find(self, "period_rise")], 0.2, 0.08);
    near(row[find(self, "period_range")], 1, 0.15);
    assert_true(row[find(self, "period_folded_eta")] < 0.3);
    ds_points_free(&p);
    free(row);
    ds_features_free(self);
}

static double transient(double t, double peak, double rise, double fall)
{
    return peak * exp(-t / fall) / (1 + exp(-t / rise));
}

/* The function that is fitted comes out as it went in, also of a band that was seen five times. */
static void test_a_transient(void **state)
{
    (void)state;
    ds_features *self = new_features("g=4802,r=6231", "bazin", DS_SCALE_AUTO);
    double *row = calloc((size_t)ds_features_count(self), sizeof *row);
    ds_points p = {0};
    assert_int_equal(ds_points_reserve(&p, MOST, NULL), NN_OK);
    for (int i = 0; i < 60; i++) {
        const double t = 2.3 * i - 40;
        add(&p, t, 4 + transient(t, 300, 3, 31) + 0.5 * sin(71.0 * i), 1, 1);
        if (i % 12 == 7)
            add(&p, t + 1, transient(t + 1, 90, 3, 20) + sin(71.0 * i), 1, 0);
    }
    assert_int_equal(ds_features_compute(self, &p, row, NULL), NN_OK);
    const double top = 3 * log(31 / 3.0 - 1), peak = transient(top, 300, 3, 31);
    near(row[find(self, "bazin_rise_r")], 3, 0.1);
    near(row[find(self, "bazin_fall_r")], 31, 0.5);
    near(row[find(self, "bazin_peak_r")], peak, 0.01 * peak);
    near(row[find(self, "bazin_base_r")], 4, 0.3);
    assert_true(row[find(self, "bazin_reduced_chi2_r")] < 0.3 && row[find(self, "bazin_gain_r")] > 0.99);
    assert_true(fabs(row[find(self, "bazin_peak_time_r")]) < 3);
    assert_true(row[find(self, "bazin_fall_g")] > 5 && row[find(self, "bazin_fall_g")] < 80);
    ds_points_free(&p);
    free(row);
    ds_features_free(self);
}

static const char *const villar[] = {"amplitude", "base", "time",    "rise",
                                     "fall",      "drop", "plateau", "reduced_chi2"};
enum { VILLAR = 7, PEAK_TIME = 2 };

/* What was fitted to the r points, beside numbers in the order of villar[]: to a share of each, and no worse.
 */
static void check_villar(const ds_points *points, const double *want, double share, double chi)
{
    ds_features *self = new_features("r=6231", "villar", DS_SCALE_AUTO);
    double *row = calloc((size_t)ds_features_count(self), sizeof *row);
    double most = -INFINITY, brightest = 0;
    for (int i = 0; i < points->count; i++)
        if (points->flux[i] - points->error[i] > most) {
            most = points->flux[i] - points->error[i];
            brightest = points->time[i];
        }
    assert_non_null(row);
    assert_int_equal(ds_features_compute(self, points, row, NULL), NN_OK);
    for (int k = 0; k < VILLAR; k++) {
        char name[40];
        snprintf(name, sizeof name, "villar_%s_r", villar[k]);
        const double got = row[find(self, name)] + (k == PEAK_TIME ? brightest : 0);
        /* a base beside the amplitude, a time beside the rise */
        const double scale = k == 1 ? 0.1 * want[0] : k == PEAK_TIME ? want[3] : fabs(want[k]);
        if (!(fabs(got - want[k]) <= share * scale))
            fail_msg("%s: %.6g, not %.6g", name, got, want[k]);
    }
    if (!(row[find(self, "villar_reduced_chi2_r")] <= chi))
        fail_msg("a reduced chi^2 of %.6g, not %.6g", row[find(self, "villar_reduced_chi2_r")], chi);
    free(row);
    ds_features_free(self);
}

/* What light-curve's VillarFit finds, which has no expectations: 160 points outweigh them. */
static void test_villar_as_light_curve(void **state)
{
    (void)state;
    char path[1024], line[256];
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/villar.txt", source ? source : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    ds_points points = {0};
    int fits = 0;
    while (fgets(line, sizeof line, file)) {
        double known[VILLAR], fit[VILLAR + 1], t, f, e;
        int count;
        if (sscanf(line, "curve %*s %d %lf %lf %lf %lf %lf %lf %lf", &count, known, known + 1, known + 2,
                   known + 3, known + 4, known + 5, known + 6) == 8) {
            points.count = 0;
            assert_int_equal(ds_points_reserve(&points, count, NULL), NN_OK);
        } else if (sscanf(line, "fit %lf %lf %lf %lf %lf %lf %lf %lf", fit, fit + 1, fit + 2, fit + 3,
                          fit + 4, fit + 5, fit + 6, fit + 7) == 8) {
            check_villar(&points, fit, 0.06, fit[VILLAR] + 0.05);
            fits++;
        } else if (sscanf(line, "%lf %lf %lf", &t, &f, &e) == 3)
            add(&points, t, f, e, 0);
    }
    assert_int_equal(fits, 3);
    ds_points_free(&points);
    fclose(file);
}

/* What a curve was made of comes out, with hardly any noise. */
static void test_villar_recovers(void **state)
{
    (void)state;
    const double made[][VILLAR] = {
        {200, 0, 3, 3, 20, 0.4, 60}, {80, 1, -8, 6, 40, 0.2, 30}, {500, -3, 0, 2, 10, 0.6, 20}};
    for (int n = 0; n < 3; n++) {
        const double *m = made[n];
        ds_points p = {0};
        assert_int_equal(ds_points_reserve(&p, MOST, NULL), NN_OK);
        for (int i = 0; i < 170; i++) {
            const double t = 1.2 * i - 40, x = t - m[2];
            const double then = x < m[6] ? 1 - m[5] * x / m[6] : (1 - m[5]) * exp(-(x - m[6]) / m[4]);
            add(&p, t, m[1] + m[0] / (1 + exp(-x / m[3])) * then, 1e-3 * m[0], 0);
        }
        check_villar(&p, m, 0.01, 0.05); /* the expectations' share */
        ds_points_free(&p);
    }
}

/* Only who asks for it gets it: forests of before know no such features. */
static void test_villar_is_asked_for(void **state)
{
    (void)state;
    ds_features *unasked = new_features("g=4802,r=6231", NULL, DS_SCALE_AUTO),
                *all = new_features("g=4802,r=6231", "all", DS_SCALE_AUTO),
                *more = new_features("g=4802,r=6231", "all,villar", DS_SCALE_AUTO);
    assert_int_equal(ds_features_count(unasked), ds_features_count(all));
    assert_int_equal(ds_features_count(more), ds_features_count(all) + 18);
    for (int n = 0; n < ds_features_count(all); n++) {
        assert_string_equal(ds_features_name(unasked, n), ds_features_name(all, n));
        assert_string_equal(ds_features_name(more, n), ds_features_name(all, n));
        assert_null(strstr(ds_features_name(all, n), "villar"));
    }
    ds_features_free(unasked);
    ds_features_free(all);
    ds_features_free(more);
}

/* --- the contract --- */

static void fill(ds_points *p, int count, int bands)
{
    assert_int_equal(ds_points_reserve(p, count, NULL), NN_OK);
    for (int i = 0; i < count; i++) {
        const double t = i * 1.37 + 0.3 * sin(7.0 * i);
        add(p, t, 1000 + 200 * sin(2 * M_PI * t / 4.21) + 30 * sin(91.7 * i), 12 + i % 5, i % bands);
    }
}

static void test_names_are_unique(void **state)
{
    (void)state;
    ds_features *self = new_features("g=4802,r=6231,i=7542", NULL, DS_SCALE_AUTO);
    for (int i = 0; i < ds_features_count(self); i++) {
        assert_non_null(ds_features_group(self, i));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(ds_features_name(self, i), ds_features_name(self, k));
    }
    assert_int_equal(find(self, "colour_median_g_i") >= 0, 1);
    ds_features_free(self);
}

static void test_groups_are_chosen(void **state)
{
    (void)state;
    nn_error error = {0};
    ds_features *all = new_features("r=6231", NULL, DS_SCALE_AUTO),
                *some = new_features("r=6231", "moments,sampling", DS_SCALE_AUTO);
    ds_points p = {0};
    fill(&p, 50, 1);
    double *a = calloc((size_t)ds_features_count(all), sizeof *a), b[20];
    assert_int_equal(ds_features_compute(all, &p, a, NULL), NN_OK);
    assert_int_equal(ds_features_compute(some, &p, b, NULL), NN_OK);
    assert_true(ds_features_count(some) < ds_features_count(all) && ds_features_count(some) <= 20);
    for (int n = 0; n < ds_features_count(some); n++)
        near(b[n], a[find(all, ds_features_name(some, n))], 0);
    ds_bands bands = ds_bands_ztf;
    assert_null(ds_features_new(&(ds_feature_settings){.bands = &bands, .groups = "momens"}, &error));
    assert_int_equal(error.code, NN_USAGE);
    assert_non_null(strstr(error.text, "did you mean 'moments'"));
    ds_points_free(&p);
    free(a);
    ds_features_free(all);
    ds_features_free(some);
}

/* Few points, equal values, equal times, no points in a band: NaN where unknown, never infinite. */
static void test_poor_objects(void **state)
{
    (void)state;
    ds_features *self = new_features("g=4802,r=6231", NULL, DS_SCALE_AUTO);
    double *row = calloc((size_t)ds_features_count(self), sizeof *row);
    ds_points p = {0};
    for (int kind = 0; kind < 4; kind++)
        for (int count = 0; count < 12; count++) {
            assert_int_equal(ds_points_reserve(&p, count, NULL), NN_OK);
            for (int i = 0; i < count; i++)
                add(&p, kind == 1 ? 7 : i, kind == 2 ? 50 : 40 + i * (kind == 3 ? -9 : 9), 2, kind == 0);
            assert_int_equal(ds_features_compute(self, &p, row, NULL), NN_OK);
            for (int n = 0; n < ds_features_count(self); n++)
                assert_false(isinf(row[n]));
            assert_true(count == 0 || !isnan(row[find(self, "points")]) || kind == 3);
            assert_true(isnan(row[find(self, kind == 0 ? "median_g" : "median_r")]));
        }
    ds_points_free(&p);
    free(row);
    ds_features_free(self);
}

/* A workspace that has seen other objects gives the same, without another allocation. */
static void test_workspace_is_without_memory(void **state)
{
    (void)state;
    ds_features *fresh = new_features("g=4802,r=6231", NULL, DS_SCALE_AUTO),
                *used = new_features("g=4802,r=6231", NULL, DS_SCALE_AUTO);
    const size_t count = (size_t)ds_features_count(fresh);
    double *a = calloc(count, sizeof *a), *b = calloc(count, sizeof *b);
    ds_points large = {0}, small = {0};
    fill(&large, MOST, 2);
    fill(&small, 41, 2);
    assert_int_equal(ds_features_compute(used, &large, a, NULL), NN_OK);
    assert_int_equal(ds_features_compute(fresh, &small, a, NULL), NN_OK);
    const long before = count_mallocs();
    assert_int_equal(ds_features_compute(used, &small, b, NULL), NN_OK);
    assert_int_equal(count_mallocs() - before, 0);
    assert_memory_equal(a, b, count * sizeof *a);
    ds_points_free(&large);
    ds_points_free(&small);
    free(a);
    free(b);
    ds_features_free(fresh);
    ds_features_free(used);
}

static void test_scale_of_an_object(void **state)
{
    (void)state;
    ds_points p = {0};
    fill(&p, 60, 1);
    assert_int_equal(ds_features_scale(&p), DS_SCALE_MAGNITUDE);
    for (int i = 0; i < 5; i++)
        p.flux[i * 3] = -4;
    assert_int_equal(ds_features_scale(&p), DS_SCALE_FLUX);
    ds_points_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_light_curve),     cmocka_unit_test(test_a_saw_tooth),
        cmocka_unit_test(test_a_transient),        cmocka_unit_test(test_villar_as_light_curve),
        cmocka_unit_test(test_villar_recovers),    cmocka_unit_test(test_villar_is_asked_for),
        cmocka_unit_test(test_names_are_unique),   cmocka_unit_test(test_groups_are_chosen),
        cmocka_unit_test(test_poor_objects),       cmocka_unit_test(test_workspace_is_without_memory),
        cmocka_unit_test(test_scale_of_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
