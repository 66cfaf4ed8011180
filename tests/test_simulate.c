/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated light curves against what they are made to be: the sky, the survey, whole objects. The sources
 * have a test of their own. */
#include "datasets/simulate/source.h"

#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ds_simulator *make(uint64_t seed, double deep, const char *classes)
{
    ds_sim_settings s = {.seed = seed, .balanced = true, .deep_share = deep, .specz_share = 1};
    nn_error error;
    ds_simulator *simulator;
    char list[200], *rest = list;
    snprintf(list, sizeof list, "%s", classes ? classes : "6,15,16,42,52,53,62,64,65,67,88,90,92,95");
    for (char *name; (name = strsep(&rest, ","));) {
        assert_in_range(ds_sim_class_find(name), 0, DS_SIM_CLASSES - 1);
        s.weight[ds_sim_class_find(name)] = 1;
    }
    assert_int_equal(ds_simulator_new(&simulator, &s, &error), NN_OK);
    return simulator;
}

static void draw(const ds_simulator *simulator, int64_t number, ds_sim_object *object)
{
    nn_error error;
    assert_int_equal(ds_simulate_object(simulator, number, object, &error), NN_OK);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *values, size_t count, double share)
{
    qsort(values, count, sizeof *values, by_value);
    return values[(size_t)(share * (double)(count - 1))];
}

static void near(double found, double wanted, double off, const char *what)
{
    if (!(fabs(found - wanted) <= off))
        fail_msg("%s: %.6g instead of %.6g +- %.3g", what, found, wanted, off);
}

/* --- the sky --- */

/* Simpson's rule in a program of its own: H0 = 70, Omega_m = 0.3, flat. */
static void test_distances(void **state)
{
    (void)state;
    static const double known[][2] = {{0.01, 33.175318381},
                                      {0.1, 38.315204574},
                                      {0.5, 42.261185422},
                                      {1, 44.100237656},
                                      {2.95, 46.982183712}};
    ds_sky *sky = ds_sky_new();
    assert_non_null(sky);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        near(ds_sky_distmod(sky, known[i][0]), known[i][1], 2e-6, "distance modulus");
    for (double z = 0.0003; z < 3.9; z *= 1.1) /* volume = d/dz of 4/3 pi D^3 */
    {
        const double h = 1e-3 * z;
        double cube[2];
        for (int i = 0; i < 2; i++) {
            const double at = z + (2 * i - 1) * h;
            cube[i] = pow(pow(10, (ds_sky_distmod(sky, at) - 25) / 5) / (1 + at), 3) * 4 * M_PI / 3;
        }
        const double slope = (cube[1] - cube[0]) / (2 * h);
        if (z > 0.001)
            near(ds_sky_volume(sky, z) / slope, 1, 1e-4, "volume");
    }
    ds_sky_free(sky);
}

/* The quantiles of the draws against p(z) summed up slowly. */
static void test_redshifts_follow_the_rate(void **state)
{
    (void)state;
    enum { DRAWS = 40000, STEPS = 20000 };
    ds_sky *sky = ds_sky_new();
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    ds_redshifts *table = malloc(sizeof *table);
    double *z = malloc(DRAWS * sizeof *z), total = 0, sum = 0;
    assert_true(sky && rng && table && z);
    ds_redshifts_make(table, sky, DS_RATE_IA, 0.011, 1.65);
    gsl_rng_set(rng, 5);
    for (int i = 0; i < DRAWS; i++)
        z[i] = ds_redshifts_draw(table, rng);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < STEPS; i++) {
            const double at = 0.011 + (1.65 - 0.011) * (i + 0.5) / STEPS;
            const double rate = at < 1 ? 2.5e-5 * pow(1 + at, 1.5) : 9.7e-5 * pow(1 + at, -0.5);
            const double before = sum / (total > 0 ? total : 1);
            const double p = rate / (1 + at) * ds_sky_volume(sky, at);
            if (pass == 0) {
                total += p;
                continue;
            }
            sum += p;
            for (double share = 0.1; share < 0.95; share += 0.2)
                if (before < share && sum / total >= share)
                    near(quantile(z, DRAWS, share), at, 0.012, "quantile of the redshifts");
        }
    assert_true(z[0] >= 0.011 && z[DRAWS - 1] <= 1.65);
    free(z);
    free(table);
    gsl_rng_free(rng);
    ds_sky_free(sky);
}

static void test_photometric_redshifts(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    ds_sky *sky = ds_sky_new();
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    double off[DRAWS], errors = 0;
    int failed = 0;
    assert_true(sky && rng);
    gsl_rng_set(rng, 11);
    for (int i = 0; i < DRAWS; i++) {
        ds_sim_object o = {.true_z = 0.6};
        ds_sky_photoz(sky, &o, rng);
        off[i] = fabs(o.photoz - 0.6) / (0.02 * 1.6);
        failed += off[i] > 5;
        errors += o.photoz_error / DRAWS;
        near(o.distmod, ds_sky_distmod(sky, o.photoz), 1e-12, "distmod is that of the photometric redshift");
    }
    near(failed / (double)DRAWS, 0.05 * (1 - 0.32 / 2.99), 0.006, "share of failed photometric redshifts");
    near(quantile(off, DRAWS, 0.68 * 0.95), 1, 0.05, "spread of photometric redshifts");
    near(errors, 0.032, 0.0005, "mean error of photometric redshifts");
    gsl_rng_free(rng);
    ds_sky_free(sky);
}

/* --- the survey --- */

typedef struct cadence {
    int bands[DS_SIM_BANDS];
    double widest, next; /* gaps in days */
} cadence;

static cadence look_at(const ds_sim_object *o)
{
    cadence c = {{0}, 0, 0};
    for (int i = 0; i < o->count; i++) {
        const ds_sim_epoch *e = o->epochs + i;
        c.bands[e->band]++;
        assert_true(e->mjd >= DS_SIM_FIRST_MJD && e->mjd <= DS_SIM_LAST_MJD + 1);
        if (i == 0)
            continue;
        const double gap = e->mjd - e[-1].mjd;
        assert_true(gap >= 0);
        c.widest = fmax(c.widest, gap);
        if (gap < 90)
            c.next = fmax(c.next, gap);
    }
    return c;
}

static void test_wide_cadence(void **state)
{
    (void)state;
    enum { OBJECTS = 1400 };
    ds_simulator *simulator = make(1, 0, NULL);
    ds_sim_object o;
    double mean = 0, bands[DS_SIM_BANDS] = {0}, gaps = 0, pairs = 0, all = 0;
    for (int i = 0; i < OBJECTS; i++) {
        draw(simulator, i, &o);
        const cadence c = look_at(&o);
        assert_false(o.deep);
        assert_in_range(o.count, 40, 240);
        mean += (double)o.count / OBJECTS;
        gaps += c.widest / OBJECTS;
        for (int b = 0; b < DS_SIM_BANDS; b++)
            bands[b] += (double)c.bands[b] / OBJECTS;
        for (int k = 1; k < o.count; k++) {
            pairs += o.epochs[k].mjd - o.epochs[k - 1].mjd < 0.03;
            all++;
        }
        assert_true(o.decl > -65.1 && o.decl < 5.1 && o.ra >= 0 && o.ra < 360);
    }
    near(mean, 0.05 * 95 + 0.40 * 115 + 0.55 * 138, 1.5, "visits of the wide survey");
    /* Half a year less what chance leaves out at both ends. */
    near(gaps, 198, 12, "days between two seasons");
    near(pairs / all, 1.0 / 3, 0.02, "share of visits half an hour after another");
    /* Visits a year 5.6 8 18.4 18.4 16 16, to about a fifth: the moon and the pairs move some. */
    static const double wanted[DS_SIM_BANDS] = {5.6, 8, 18.4, 18.4, 16, 16};
    for (int b = 0; b < DS_SIM_BANDS; b++)
        near(bands[b] / mean * 82.4 / wanted[b], 1, b == DS_SIM_Y ? 0.3 : 0.22, "share of a band");
    ds_simulator_free(simulator);
}

static void test_deep_cadence(void **state)
{
    (void)state;
    enum { OBJECTS = 300 };
    ds_simulator *simulator = make(2, 1, NULL);
    ds_sim_object o;
    double mean = 0;
    for (int i = 0; i < OBJECTS; i++) {
        draw(simulator, i, &o);
        const cadence c = look_at(&o);
        assert_true(o.deep);
        mean += (double)o.count / OBJECTS;
        assert_in_range(c.bands[DS_SIM_U], 15, 90);
        for (int b = DS_SIM_G; b <= DS_SIM_Y; b++) {
            assert_int_equal(c.bands[b], c.bands[DS_SIM_G]);
            assert_in_range(c.bands[b], 32, 80);
        }
        assert_true(c.widest > 205 && c.widest < 265);
        assert_true(c.next < 26);
    }
    near(mean, 330, 7, "visits of a deep field");
    ds_simulator_free(simulator);
}

/* Median error of supernovae, which hardly add photons to the sky's. */
static void test_errors_follow_the_depth(void **state)
{
    (void)state;
    static const double depth[2][DS_SIM_BANDS] = {{2.34, 0.94, 1.30, 1.82, 2.56, 3.33},
                                                  {0.68, 0.25, 0.16, 0.53, 0.88, 1.76}};
    enum { OBJECTS = 500, ROOM = OBJECTS * 120 };
    double *errors[DS_SIM_BANDS];
    ds_sim_object o;
    for (int deep = 0; deep < 2; deep++) {
        ds_simulator *simulator = make(3, deep, "90,42,62");
        size_t count[DS_SIM_BANDS] = {0};
        for (int b = 0; b < DS_SIM_BANDS; b++)
            assert_non_null(errors[b] = malloc(ROOM * sizeof **errors));
        for (int i = 0; i < OBJECTS; i++) {
            draw(simulator, i, &o);
            for (int k = 0; k < o.count; k++)
                if (count[o.epochs[k].band] < ROOM)
                    errors[o.epochs[k].band][count[o.epochs[k].band]++] = o.epochs[k].error;
        }
        for (int b = 0; b < DS_SIM_BANDS; b++) {
            near(quantile(errors[b], count[b], 0.5) / exp(depth[deep][b]), 1, 0.04, "median error");
            free(errors[b]);
        }
        ds_simulator_free(simulator);
    }
}

static void test_detection_probability(void **state)
{
    (void)state;
    enum { DRAWS = 30000 };
    static const double ratios[] = {0, 3, 4.5, 5.5, 6.5, 9};
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    ds_sim_epoch *epochs = malloc(DRAWS * sizeof *epochs);
    const double none[DS_SIM_BANDS] = {0};
    assert_true(rng && epochs);
    gsl_rng_set(rng, 8);
    near(ds_survey_detection(5.5), 0.5, 1e-12, "detection at 5.5");
    near(ds_survey_detection(6.5), 0.5 * (1 + erf(0.5)), 1e-12, "detection at 6.5");
    for (size_t i = 0; i < sizeof ratios / sizeof *ratios; i++) {
        double expected = 0, sum = 0, squares = 0;
        int detected = 0;
        for (int k = 0; k < DRAWS; k++)
            epochs[k] = (ds_sim_epoch){.band = DS_SIM_G, .error = 1e-3, .truth = -ratios[i] * 1e-3};
        assert_int_equal(ds_survey_observe(&ds_sim_lsst, epochs, 0, none, rng), 0);
        const int said = ds_survey_observe(&ds_sim_lsst, epochs, DRAWS, none, rng);
        for (int k = 0; k < DRAWS; k++) {
            const double off = (epochs[k].flux - epochs[k].truth) / epochs[k].error;
            expected += ds_survey_detection(fabs(epochs[k].flux) / epochs[k].error);
            detected += epochs[k].detected;
            sum += off / DRAWS;
            squares += off * off / DRAWS;
        }
        assert_int_equal(said, detected);
        near(detected, expected, 4 * sqrt(DRAWS) / 2, "detections");
        near(sum, 0, 0.025, "mean of the noise");
        near(squares, 1, 0.04, "variance of the noise");
    }
    free(epochs);
    gsl_rng_free(rng);
}

/* At m5 the formula gives 0.2 mag; far above it photons rule, then the floor of 0.005 mag. */
static void test_bright_sources_have_photon_noise(void **state)
{
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    const double sky = 2, mag = 2.5 / log(10);
    static const double fluxes[] = {0, 10, 1e3, 1e5};
    assert_non_null(rng);
    gsl_rng_set(rng, 1);
    for (size_t i = 0; i < sizeof fluxes / sizeof *fluxes; i++) {
        double steady[DS_SIM_BANDS] = {0};
        ds_sim_epoch e = {.band = DS_SIM_G, .error = sky};
        steady[DS_SIM_G] = fluxes[i];
        ds_survey_observe(&ds_sim_lsst, &e, 1, steady, rng);
        const double x = 5 * sky / fmax(fluxes[i], 1e-9), f = fluxes[i] / mag;
        const double photons = (0.04 - 0.038) * x * f * f, floor = 0.005 * f;
        near(e.error, sqrt(sky * sky + photons + floor * floor), 1e-9, "error of a bright source");
        if (fluxes[i] >= 1e5)
            near(e.error / f, 0.005, 2e-4, "floor in magnitudes");
    }
    gsl_rng_free(rng);
}

/* --- objects --- */

static void test_every_class_is_kept_as_the_survey_would(void **state)
{
    (void)state;
    enum { OBJECTS = 15 * 40 };
    ds_simulator *simulator = make(4, 0.3, "6,15,16,42,52,53,62,64,65,67,88,90,92,95,99");
    ds_sim_object o;
    int seen[DS_SIM_CLASSES] = {0}, negative = 0;
    for (int i = 0; i < OBJECTS; i++) {
        int detections = 0;
        draw(simulator, i, &o);
        seen[o.label]++;
        for (int k = 0; k < o.count; k++) {
            const ds_sim_epoch *e = o.epochs + k;
            assert_true(isfinite(e->flux) && isfinite(e->truth) && isfinite(e->error) && e->error > 0);
            detections += e->detected;
            negative += e->truth < 0;
        }
        assert_true(detections >= 2);
        const int code = ds_sim_classes[o.label].code;
        const bool galactic = code == 6 || code == 16 || code == 53 || code == 65 || code == 92;
        if (galactic) {
            assert_true(o.true_z == 0 && o.specz == 0 && o.photoz == 0 && o.photoz_error == 0 &&
                        isnan(o.distmod));
        } else {
            assert_true(o.true_z > 0 && o.specz == o.true_z && o.photoz > 0 && o.photoz_error > 0);
            assert_true(o.distmod > 25 && o.distmod < 48);
        }
        assert_true(o.mwebv > 0 && o.mwebv < 2.1);
    }
    for (int c = 0; c < DS_SIM_CLASSES; c++)
        assert_int_equal(seen[c], 40);
    assert_true(negative > 1000); /* differences to a template */
    ds_simulator_free(simulator);
}

static void test_objects_do_not_depend_on_what_is_beside_them(void **state)
{
    (void)state;
    ds_simulator *one = make(9, 0.2, NULL), *two = make(9, 0.2, NULL), *other = make(10, 0.2, NULL);
    ds_sim_object *a = malloc(sizeof *a), *b = malloc(sizeof *b), *c = malloc(sizeof *c);
    bool differs = false;
    assert_true(a && b && c);
    draw(two, 99, b);
    for (int64_t number = 60; number >= 0; number -= 7) {
        memset(a, 0, sizeof *a);
        memset(b, 1, sizeof *b);
        draw(one, number, a);
        draw(two, number, b);
        draw(other, number, c);
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->label, b->label);
        assert_memory_equal(&a->ra, &b->ra, 2 * sizeof a->ra);
        assert_true(a->photoz == b->photoz && a->mwebv == b->mwebv && a->true_z == b->true_z);
        for (int k = 0; k < a->count; k++) {
            assert_true(a->epochs[k].flux == b->epochs[k].flux && a->epochs[k].error == b->epochs[k].error);
            assert_true(a->epochs[k].mjd == b->epochs[k].mjd && a->epochs[k].band == b->epochs[k].band);
            assert_int_equal(a->epochs[k].detected, b->epochs[k].detected);
        }
        differs |= a->ra != c->ra;
    }
    assert_true(differs);
    free(a);
    free(b);
    free(c);
    ds_simulator_free(one);
    ds_simulator_free(two);
    ds_simulator_free(other);
}

/* Each round holds every class once, and the place in the round tells nothing of the class. */
static void test_balance_without_a_pattern(void **state)
{
    (void)state;
    ds_simulator *simulator = make(1, 0, NULL);
    ds_sim_object o;
    int first[DS_SIM_CLASSES] = {0};
    for (int round = 0; round < 60; round++) {
        unsigned seen = 0;
        for (int i = 0; i < DS_SIM_TARGETS; i++) {
            draw(simulator, round * DS_SIM_TARGETS + i, &o);
            seen |= 1U << o.label;
            first[o.label] += i == 0;
        }
        assert_int_equal(seen, (1U << DS_SIM_TARGETS) - 1);
    }
    for (int c = 0; c < DS_SIM_TARGETS; c++)
        assert_in_range(first[c], 0, 15);
    ds_simulator_free(simulator);
}

static void test_mix_follows_the_weights(void **state)
{
    (void)state;
    enum { OBJECTS = 3000 };
    ds_sim_settings s = {.seed = 3, .specz_share = 0.25};
    nn_error error;
    ds_simulator *simulator;
    ds_sim_object o;
    int stars = 0, deep = 0, spectra = 0;
    s.weight[ds_sim_class_find("RRL")] = 3;
    s.weight[ds_sim_class_find("agn")] = 1;
    s.deep_share = 0.1;
    assert_int_equal(ds_simulator_new(&simulator, &s, &error), NN_OK);
    for (int i = 0; i < OBJECTS; i++) {
        draw(simulator, i, &o);
        stars += ds_sim_classes[o.label].code == 92;
        deep += o.deep;
        spectra += o.true_z > 0 && !isnan(o.specz);
    }
    near(stars / (double)OBJECTS, 0.75, 0.03, "share of RR Lyrae");
    near(deep / (double)OBJECTS, 0.1, 0.025, "share in deep fields");
    near(spectra / (double)(OBJECTS - stars), 0.25, 0.06, "share with a spectrum");
    ds_simulator_free(simulator);
    memset(s.weight, 0, sizeof s.weight);
    assert_int_equal(ds_simulator_new(&simulator, &s, &error), NN_USAGE);
    assert_null(simulator);
}

static void test_classes_by_name_and_code(void **state)
{
    (void)state;
    for (int i = 0; i < DS_SIM_CLASSES; i++) {
        char code[8];
        snprintf(code, sizeof code, "%d", ds_sim_classes[i].code);
        assert_int_equal(ds_sim_class_find(code), i);
        assert_int_equal(ds_sim_class_find(ds_sim_classes[i].name), i);
    }
    static const char *const none[] = {"", "9", "900", "90x", "SN", "SNIa "};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(ds_sim_class_find(none[i]), -1);
}

/* Neighbouring seeds and numbers give streams without likeness; normals are normal. */
static void test_random_streams(void **state)
{
    (void)state;
    enum { DRAWS = 50000 };
    gsl_rng *a = gsl_rng_alloc(ds_sim_generator), *b = gsl_rng_alloc(ds_sim_generator);
    double both = 0, mean = 0, square = 0, fourth = 0;
    assert_true(a && b);
    gsl_rng_set(a, ds_sim_mix(1, 1));
    gsl_rng_set(b, ds_sim_mix(1, 2));
    for (int i = 0; i < DRAWS; i++) {
        const double x = ds_sim_normal(a, 0, 1), y = ds_sim_normal(b, 0, 1);
        both += x * y / DRAWS;
        mean += x / DRAWS;
        square += x * x / DRAWS;
        fourth += x * x * x * x / DRAWS;
    }
    near(both, 0, 0.02, "correlation of two streams");
    near(mean, 0, 0.02, "mean");
    near(square, 1, 0.03, "variance");
    near(fourth, 3, 0.2, "fourth moment");
    assert_true(ds_sim_mix(1, 2) != ds_sim_mix(2, 1));
    gsl_rng_free(a);
    gsl_rng_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_redshifts_follow_the_rate),
        cmocka_unit_test(test_photometric_redshifts),
        cmocka_unit_test(test_wide_cadence),
        cmocka_unit_test(test_deep_cadence),
        cmocka_unit_test(test_errors_follow_the_depth),
        cmocka_unit_test(test_detection_probability),
        cmocka_unit_test(test_bright_sources_have_photon_noise),
        cmocka_unit_test(test_every_class_is_kept_as_the_survey_would),
        cmocka_unit_test(test_objects_do_not_depend_on_what_is_beside_them),
        cmocka_unit_test(test_balance_without_a_pattern),
        cmocka_unit_test(test_mix_follows_the_weights),
        cmocka_unit_test(test_classes_by_name_and_code),
        cmocka_unit_test(test_random_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
