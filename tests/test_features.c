/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Features of light curves beside those of light-curve for Python, and what the contract promises. */
#include "tests/cmocka_all.h"

#include "datasets/lightcurves/features/features.h"
#include "tests/count_mallocs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        assert_float_equal(b[n], a[find(all, ds_features_name(some, n))], 0);
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
        cmocka_unit_test(test_as_light_curve),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_groups_are_chosen),
        cmocka_unit_test(test_poor_objects),
        cmocka_unit_test(test_workspace_is_without_memory),
        cmocka_unit_test(test_scale_of_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
