/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves moved in redshift: distances, what a template shows of a source, and its noise. */
#include "datasets/lightcurves/augment.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>

enum { POINTS = 60 };

static const ds_bands bands = {2, {"g", "r"}, {4800, 6200}};

/* The trapezium rule in small steps. */
static void test_distance(void **state)
{
    (void)state;
    for (double z = 0.01; z < 3; z *= 1.7) {
        enum { STEPS = 200000 };
        double sum = 0;
        for (int i = 0; i <= STEPS; i++)
            sum += (i == 0 || i == STEPS ? 0.5 : 1) / sqrt(0.3 * pow(1 + z * i / STEPS, 3) + 0.7);
        const double distance = (1 + z) * 299792.458 / 70 * sum * z / STEPS;
        assert_true(fabs(ds_distance_modulus(z) - (5 * log10(distance) + 25)) < 1e-6);
    }
    assert_true(fabs(ds_distance_modulus(0.5) - 42.26) < 0.01); /* astropy's FlatLambdaCDM(70, 0.3) */
    assert_true(ds_augment_reaches(0.3, 0.5) && !ds_augment_reaches(0.3, 0.2) &&
                !ds_augment_reaches(0.3, 1.2));
    assert_false(ds_augment_reaches(NAN, 0.5) || ds_augment_reaches(0.3, NAN));
}

/* A bump of 20 days that is brightest in the middle of 59 days. */
static void bump(ds_points *p, double from, double amplitude, double error)
{
    nn_error e = {0};
    assert_int_equal(ds_points_reserve(p, POINTS, &e), NN_OK);
    for (int i = 0; i < POINTS; i++) {
        p->time[i] = from + i;
        p->band[i] = (uint8_t)(i % 2);
        p->flux[i] = amplitude * exp(-0.5 * pow((i - 30) / 10.0, 2));
        p->error[i] = error;
        p->detected[i] = p->flux[i] > 5 * error;
    }
    p->count = POINTS;
}

static ds_gp *conditioned(const ds_points *p)
{
    double wavelength[POINTS];
    nn_error e = {0};
    ds_gp_fit fit;
    ds_gp *gp = ds_gp_new(&e);
    assert_non_null(gp);
    for (int i = 0; i < p->count; i++)
        wavelength[i] = bands.wavelength[p->band[i]];
    const ds_gp_points points = {"bump", p->time, wavelength, p->flux, p->error, (size_t)p->count};
    assert_int_equal(ds_gp_fit_points(gp, &points, NULL, &fit, &e), NN_OK);
    return gp;
}

static void test_moves(void **state)
{
    (void)state;
    ds_points source = {0}, template = {0}, out = {0};
    int detections;
    nn_error e = {0};
    bump(&source, 100, 1000, 1);
    bump(&template, 5, 30, 0.01);
    ds_gp *gp = conditioned(&source);
    const double zs[][2] = {{0.3, 0.3}, {0.2, 0.5}, {NAN, 0.4}};
    for (int k = 0; k < 3; k++) {
        const ds_augment_object from = {&source, zs[k][0]}, to = {&template, zs[k][1]};
        const bool moves = k == 1;
        assert_int_equal(ds_augment(gp, &bands, &from, &to, 0, 1, &out, &detections, &e), NN_OK);
        assert_int_equal(out.count, POINTS);
        const double stretch = moves ? 1.5 / 1.2 : 1,
                     dimming = moves ? pow(10, 0.4 * (ds_distance_modulus(0.2) - ds_distance_modulus(0.5))) /
                                           stretch
                                     : 1;
        for (int i = 0; i < POINTS; i++) {
            assert_true(out.time[i] == template.time[i] && out.band[i] == template.band[i]);
            const double rest = (i - 30) / stretch, expected = dimming * 1000 * exp(-0.5 * pow(rest / 10, 2));
            /* Bluer light than any band of the source is known less well. */
            if (fabs(out.flux[i] - expected) > (moves ? 0.2 : 0.04) * dimming * 1000)
                fail_msg("case %d, point %d: %g, expected %g", k, i, out.flux[i], expected);
            assert_true(out.error[i] >= template.error[i]);
        }
        assert_true(detections > 20);
    }
    ds_gp_free(gp);
    ds_points_free(&source);
    ds_points_free(&template);
    ds_points_free(&out);
}

/* Faint against the template's noise: the scatter about zero is that of its errors, and little is detected.
 */
static void test_noise(void **state)
{
    (void)state;
    ds_points source = {0}, template = {0}, out = {0};
    int detections;
    nn_error e = {0};
    double sum = 0;
    size_t n = 0;
    bump(&source, 0, 1, 0.01);
    bump(&template, 0, 30, 50);
    ds_gp *gp = conditioned(&source);
    const ds_augment_object from = {&source, 0.3}, to = {&template, 0.3};
    for (uint64_t key = 0; key < 40; key++) {
        assert_int_equal(ds_augment(gp, &bands, &from, &to, 3, key, &out, &detections, &e), NN_OK);
        assert_true(detections <= 1);
        for (int i = 0; i < POINTS; i++, n++)
            sum += pow(out.flux[i] / out.error[i], 2);
    }
    assert_true(fabs(sum / (double)n - 1) < 0.1);
    double first = out.flux[0];
    assert_int_equal(ds_augment(gp, &bands, &from, &to, 3, 39, &out, &detections, &e), NN_OK);
    assert_true(out.flux[0] == first);
    ds_gp_free(gp);
    ds_points_free(&source);
    ds_points_free(&template);
    ds_points_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_distance), cmocka_unit_test(test_moves),
                                       cmocka_unit_test(test_noise)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
