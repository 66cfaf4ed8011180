/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sources behind simulated light curves against what the literature says of their kind. */
#include "datasets/simulate/source.h"

#include "tests/cmocka_all.h"

#include <complex.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static gsl_rng *rng;
static ds_sky *sky;

static int set_up(void **state)
{
    (void)state;
    rng = gsl_rng_alloc(ds_sim_generator);
    sky = ds_sky_new();
    return rng && sky ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gsl_rng_free(rng);
    ds_sky_free(sky);
    return 0;
}

static void near(double found, double wanted, double off, const char *what)
{
    if (!(fabs(found - wanted) <= off))
        fail_msg("%s: %.6g instead of %.6g +- %.3g", what, found, wanted, off);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static ds_sim_source at_redshift(ds_sim_object *o, double z, double mwebv)
{
    *o = (ds_sim_object){.true_z = z, .mwebv = mwebv};
    return (ds_sim_source){.object = o, .survey = &ds_sim_lsst, .sky = sky};
}

/* Noiseless flux of a source in a band. */
static double flux_at(ds_sim_source *source, void (*observe)(ds_sim_source *, ds_sim_epoch *, int, gsl_rng *),
                      double mjd, int band)
{
    ds_sim_epoch e = {.mjd = mjd, .band = band};
    observe(source, &e, 1, rng);
    return e.truth;
}

static double colour_at(ds_sim_source *source, double days, int blue, int red)
{
    const double mjd = source->object->true_peak + days * (1 + source->object->true_z);
    return -2.5 * log10(flux_at(source, ds_observe_transient, mjd, blue) /
                        flux_at(source, ds_observe_transient, mjd, red));
}

/* --- supernovae --- */

/* The distribution function of two half normals joined at the peak, cut off at both ends. */
static double split_cdf(double x, double peak, double below, double above, double least, double most)
{
    const double ends[3] = {least, x, most};
    double p[3];
    for (int i = 0; i < 3; i++)
        p[i] = ends[i] < peak ? 2 * below * gsl_cdf_ugaussian_P((ends[i] - peak) / below)
                              : below + 2 * above * (gsl_cdf_ugaussian_P((ends[i] - peak) / above) - 0.5);
    return (p[1] - p[0]) / (p[2] - p[0]);
}

static void test_stretch_of_type_ia(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    double x1[DRAWS], c[DRAWS], scatter = 0;
    ds_sim_object o;
    gsl_rng_set(rng, 2);
    for (int i = 0; i < DRAWS; i++) {
        ds_sim_source source = at_redshift(&o, 0.3, 0);
        ds_draw_ia(&source, rng);
        x1[i] = o.true_shape;
        c[i] = source.transient.excess;
        const double residual = o.true_magnitude - (-19.36 - 0.14 * x1[i] + 3.1 * c[i]);
        scatter += residual * residual / DRAWS;
    }
    near(sqrt(scatter), 0.1, 0.003, "scatter of the standardised magnitude");
    qsort(x1, DRAWS, sizeof *x1, by_value);
    qsort(c, DRAWS, sizeof *c, by_value);
    for (double share = 0.05; share < 1; share += 0.15) {
        const size_t i = (size_t)(share * DRAWS);
        near(split_cdf(x1[i], 0.973, 1.472, 0.222, -3, 2), share, 0.015, "quantile of x1");
        near(split_cdf(c[i], -0.054, 0.043, 0.101, -0.3, 0.5), share, 0.015, "quantile of c");
    }
}

/* At z = 0 a source of absolute magnitude M at distance modulus mu has magnitude M + mu in its reference
 * band. */
static void test_type_ia_has_its_brightness_and_colours(void **state)
{
    (void)state;
    ds_sim_object o;
    double decline = 0;
    gsl_rng_set(rng, 3);
    for (int i = 0; i < 40; i++) {
        ds_sim_source source = at_redshift(&o, 0.03, 0);
        ds_draw_ia(&source, rng);
        const double c = source.transient.excess,
                     b = flux_at(&source, ds_observe_transient, o.true_peak, DS_SIM_G);
        const double peak = 27.5 - 2.5 * log10(b), wanted = o.true_magnitude + ds_sky_distmod(sky, 0.03);
        near(peak, wanted, 0.35 + fabs(c), "magnitude in g of a near SN Ia");
        /* Faint in u after the cut, neutral at the peak, red a month later. */
        assert_true(colour_at(&source, 0, DS_SIM_U, DS_SIM_G) > colour_at(&source, 0, DS_SIM_G, DS_SIM_R));
        near(colour_at(&source, 0, DS_SIM_G, DS_SIM_R) - c, 0, 0.35, "g-r at the peak");
        assert_true(colour_at(&source, 25, DS_SIM_G, DS_SIM_R) >
                    colour_at(&source, 0, DS_SIM_G, DS_SIM_R) + 0.4);
        const double later = flux_at(&source, ds_observe_transient, o.true_peak + 15 * 1.03, DS_SIM_G);
        decline += 2.5 * log10(b / later) / 40;
        assert_true(flux_at(&source, ds_observe_transient, o.true_peak - 60, DS_SIM_G) < 0.01 * b);
    }
    near(decline, 0.95, 0.3, "magnitudes lost in 15 days in g");
}

/* In the red, and of a SN Ia alone, the fall halts about 24 days after the peak. */
static void test_second_maximum(void **state)
{
    (void)state;
    ds_sim_object o;
    gsl_rng_set(rng, 4);
    for (int i = 0; i < 20; i++) {
        ds_sim_source source = at_redshift(&o, 0.03, 0);
        ds_draw_ia(&source, rng);
        const double s = source.transient.bump_time / 24;
        double f[2][3], bare;
        for (int k = 0; k < 3; k++) {
            const double mjd = o.true_peak + 1.03 * s * (const double[]){12, 24, 45}[k];
            f[0][k] = flux_at(&source, ds_observe_transient, mjd, DS_SIM_Z);
            f[1][k] = flux_at(&source, ds_observe_transient, mjd, DS_SIM_G);
        }
        assert_true(f[0][1] > 0.9 * f[0][0] && f[0][2] < 0.5 * f[0][1] && f[1][1] < 0.6 * f[1][0]);
        memset(source.transient.bump_at, 0, sizeof source.transient.bump_at);
        bare = flux_at(&source, ds_observe_transient, o.true_peak + 1.03 * s * 24, DS_SIM_Z);
        assert_true(f[0][1] > 1.2 * bare);
        bare = flux_at(&source, ds_observe_transient, o.true_peak + 1.03 * s * 24, DS_SIM_G);
        assert_true(f[1][1] == bare);
        ds_draw_91bg(&source, rng);
        for (int b = 0; b < DS_SIM_BANDS; b++)
            assert_true(source.transient.bump_at[b] == 0);
    }
}

static void test_types_of_supernovae(void **state)
{
    (void)state;
    enum { DRAWS = 3000 };
    ds_sim_object o;
    double plateau = 0;
    int plateaus = 0, linear = 0, narrow = 0;
    gsl_rng_set(rng, 5);
    for (int i = 0; i < DRAWS; i++) {
        ds_sim_source source = at_redshift(&o, 0.02, 0);
        ds_draw_ii(&source, rng);
        const double top = fmax(flux_at(&source, ds_observe_transient, o.true_peak, DS_SIM_R), 1e-9);
        const double month = flux_at(&source, ds_observe_transient, o.true_peak + 40, DS_SIM_R) / top;
        linear += strcmp(o.true_model, "SNIIL") == 0;
        narrow += strcmp(o.true_model, "SNIIn") == 0;
        if (strcmp(o.true_model, "SNIIP") == 0) {
            plateaus++;
            plateau += o.true_timescale;
            assert_true(o.true_magnitude > -18.8 && o.true_magnitude < -14.7);
            /* r stays within half a magnitude on the plateau and has lost two a month after its end. */
            const double end = o.true_peak + 1.02 * (o.true_timescale - source.transient.shift + 4 * 20);
            assert_true(o.true_timescale < 55 || (month > 0.55 && month < 1.8));
            assert_true(flux_at(&source, ds_observe_transient, end, DS_SIM_R) < 0.35 * top);
        }
    }
    near(plateaus / (double)DRAWS, 0.78, 0.03, "share of SN IIP");
    near(linear / (double)DRAWS, 0.12, 0.03, "share of SN IIL");
    near(narrow / (double)DRAWS, 0.10, 0.03, "share of SN IIn");
    near(plateau / plateaus, 84, 2, "plateau of SN IIP");
}

/* The parameters of a 91bg hang together: the slower, the bluer. */
static void test_91bg_stretch_and_colour(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    ds_sim_object o;
    double s = 0, c = 0, ss = 0, cc = 0, sc = 0;
    gsl_rng_set(rng, 6);
    for (int i = 0; i < DRAWS; i++) {
        ds_sim_source source = at_redshift(&o, 0.1, 0);
        ds_draw_91bg(&source, rng);
        const double x = o.true_shape, y = source.transient.excess;
        s += x / DRAWS;
        c += y / DRAWS;
        ss += x * x / DRAWS;
        cc += y * y / DRAWS;
        sc += x * y / DRAWS;
    }
    near(s, 0.975, 0.005, "mean stretch");
    near(sqrt(ss - s * s), 0.096, 0.004, "spread of the stretch");
    near((sc - s * c) / sqrt((ss - s * s) * (cc - c * c)), -0.656, 0.03, "correlation of stretch and colour");
}

static void test_other_transients(void **state)
{
    (void)state;
    ds_sim_object o;
    gsl_rng_set(rng, 7);
    for (int i = 0; i < 100; i++) {
        ds_sim_source source = at_redshift(&o, 0.05, 0);
        ds_draw_tde(&source, rng);
        assert_true(colour_at(&source, 0, DS_SIM_G, DS_SIM_R) < 0.05); /* hot, and stays so */
        near(colour_at(&source, 0, DS_SIM_G, DS_SIM_R), colour_at(&source, 50, DS_SIM_G, DS_SIM_R), 1e-9,
             "colour of a TDE");
        const double ratio =
            flux_at(&source, ds_observe_transient, o.true_peak + 1.05 * o.true_timescale, DS_SIM_R) /
            flux_at(&source, ds_observe_transient, o.true_peak, DS_SIM_R);
        near(ratio, pow(2, -5.0 / 3), 1e-9, "fall of a TDE");

        source = at_redshift(&o, 0.02, 0);
        ds_draw_kilonova(&source, rng);
        double f[2][2];
        for (int d = 0; d < 2; d++) {
            f[d][0] = flux_at(&source, ds_observe_transient, o.true_peak + 1.0 + d, DS_SIM_G);
            f[d][1] = flux_at(&source, ds_observe_transient, o.true_peak + 1.0 + d, DS_SIM_I);
        }
        const double g = -2.5 * log10(f[1][0] / f[0][0]), red = -2.5 * log10(f[1][1] / f[0][1]);
        assert_true(g > 0.9 && g < 2.6 && red > 0.2 && red < 1.4 && g > red + 0.4); /* like GW170817 */
        assert_true(flux_at(&source, ds_observe_transient, o.true_peak - 3, DS_SIM_R) == 0);

        source = at_redshift(&o, 1, 0);
        ds_draw_slsn(&source, rng);
        assert_true(o.true_magnitude <= -20.2 && o.true_magnitude >= -23.2);
    }
}

/* Galactic dust takes R_b E(B-V) and stretches nothing. */
static void test_dust_and_time_dilation(void **state)
{
    (void)state;
    ds_sim_object clear, dusty;
    gsl_rng_set(rng, 8);
    ds_sim_source a = at_redshift(&clear, 0.2, 0);
    ds_draw_ia(&a, rng);
    gsl_rng_set(rng, 8);
    ds_sim_source b = at_redshift(&dusty, 0.2, 0.3);
    ds_draw_ia(&b, rng);
    static const double r[DS_SIM_BANDS] = {4.145, 3.237, 2.273, 1.684, 1.323, 1.088};
    for (int band = 0; band < DS_SIM_BANDS; band++) {
        const double mjd = clear.true_peak + 7;
        const double lost = -2.5 * log10(flux_at(&b, ds_observe_transient, mjd, band) /
                                         flux_at(&a, ds_observe_transient, mjd, band));
        near(lost, 0.3 * r[band], 1e-9, "magnitudes taken by dust");
    }
}

/* --- nuclei --- */

static void test_ornstein_uhlenbeck(void **state)
{
    (void)state;
    enum { STEPS = 400000, LAG = 5 };
    const double step = 0.1;
    double path[LAG + 1], square = 0, structure = 0, now = 0;
    gsl_rng_set(rng, 9);
    for (int i = 0; i < STEPS + 200; i++) {
        now = ds_ou_step(now, step, rng);
        memmove(path, path + 1, LAG * sizeof *path);
        path[LAG] = now;
        if (i < 200)
            continue;
        square += now * now / STEPS;
        structure += (path[LAG] - path[0]) * (path[LAG] - path[0]) / STEPS;
    }
    near(square, 1, 0.04, "variance of the path");
    near(structure, 2 * (1 - exp(-LAG * step)), 0.03, "structure function");
    double sum = 0; /* a step of any length has the right kept part and variance */
    for (int i = 0; i < 40000; i++)
        sum += ds_ou_step(2, 0.7, rng) / 40000;
    near(sum, 2 * exp(-0.7), 0.02, "mean of a long step");
}

static void test_nuclei_vary_as_they_should(void **state)
{
    (void)state;
    enum { PATHS = 4000 };
    ds_sim_object o;
    double late[DS_SIM_BANDS] = {0}, both = 0;
    gsl_rng_set(rng, 10);
    ds_sim_source source = at_redshift(&o, 0.8, 0.02);
    ds_draw_agn(&source, rng);
    const double tau = source.agn.tau;
    double structure = 0;
    for (int i = 0; i < PATHS; i++) {
        ds_sim_epoch e[DS_SIM_BANDS + 1];
        double m[DS_SIM_BANDS + 1];
        for (int b = 0; b <= DS_SIM_BANDS; b++)
            e[b] = (ds_sim_epoch){.mjd = 60000 + (b == DS_SIM_BANDS ? tau : 0), .band = b % DS_SIM_BANDS};
        ds_observe_agn(&source, e, DS_SIM_BANDS + 1, rng);
        for (int b = 0; b <= DS_SIM_BANDS; b++) {
            const int band = e[b].band;
            m[b] = -2.5 * log10((e[b].truth + source.steady[band]) / source.mean[band]);
            if (b < DS_SIM_BANDS)
                late[b] += m[b] * m[b] / PATHS;
        }
        structure += (m[DS_SIM_BANDS] - m[0]) * (m[DS_SIM_BANDS] - m[0]) / PATHS;
        both += m[0] * m[5] / PATHS;
    }
    for (int b = 0; b < DS_SIM_BANDS; b++)
        near(late[b] / (source.agn.sigma[b] * source.agn.sigma[b]), 1, 0.09, "variance of the magnitude");
    near(both / (source.agn.sigma[0] * source.agn.sigma[5]), 1, 0.09, "one path for all bands");
    near(structure / (2 * source.agn.sigma[0] * source.agn.sigma[0]), 1 - exp(-1), 0.06,
         "structure function at tau");
    assert_true(source.agn.sigma[0] > source.agn.sigma[5]); /* bluer is livelier */
    near(source.agn.sigma[0] / source.agn.sigma[5], pow(9736.0 / 3685, 0.479), 1e-9,
         "variability by wavelength");
}

/* --- stars --- */

static void test_lens_peaks_at_a_of_u0(void **state)
{
    (void)state;
    near(ds_lens_magnification(1), 3 / sqrt(5), 1e-12, "A(1)");
    near(ds_lens_magnification(0.001) * 0.001, 1, 1e-5, "A(u) of a close one");
    near(ds_lens_magnification(100), 1, 1e-7, "A(u) of a far one");
    ds_sim_object o;
    gsl_rng_set(rng, 12);
    for (int i = 0; i < 50; i++) {
        ds_sim_source source = at_redshift(&o, 0, 0.1);
        ds_draw_lens(&source, rng);
        const double u = o.true_shape, peak = (u * u + 2) / (u * sqrt(u * u + 4));
        assert_true(u <= 1.3 && source.star.blend >= 0.2 && source.star.blend <= 1);
        for (int b = 0; b < DS_SIM_BANDS; b++) {
            const double f = flux_at(&source, ds_observe_lens, o.true_peak, b);
            near(f / (source.steady[b] * source.star.blend), peak - 1, 1e-9 * peak, "peak of a lens");
            near(flux_at(&source, ds_observe_lens, o.true_peak + 9, b),
                 flux_at(&source, ds_observe_lens, o.true_peak - 9, b), 1e-9 * f, "symmetry of a lens");
        }
    }
}

static void test_flares(void **state)
{
    (void)state;
    near(ds_flare_profile(0), 1, 0.01, "peak of a flare");
    near(ds_flare_profile(-1 + 1e-9), 0, 0.01, "begin of a flare");
    near(ds_flare_profile(-1e-9), ds_flare_profile(0), 0.01, "a flare without a jump");
    assert_true(ds_flare_profile(-1.5) == 0);
    near(ds_flare_profile(1), 0.6890 * exp(-1.6) + 0.3030 * exp(-0.2783), 1e-12, "fall of a flare");
    ds_sim_object o;
    gsl_rng_set(rng, 13);
    ds_sim_source source = at_redshift(&o, 0, 0);
    ds_draw_dwarf(&source, rng);
    double relative[DS_SIM_BANDS]; /* flux of a flare against the quiet star: u towers over y */
    for (int b = 0; b < DS_SIM_BANDS; b++)
        relative[b] = source.star.heat[b] / source.steady[b];
    for (int b = 1; b < DS_SIM_BANDS; b++)
        assert_true(relative[b] < relative[b - 1]);
    assert_true(relative[0] > 50 * relative[5]);
    int shining = 0;
    for (int i = 0; i < 3000; i++)
        shining += flux_at(&source, ds_observe_dwarf, 60000.2, DS_SIM_U) > 0.1 * source.steady[DS_SIM_U];
    assert_in_range(shining, 1, 900); /* quiet most of the time */
}

/* Lomb-Scargle power, one harmonic, of g to y each around its own mean, summed; turn[i] = exp(2 pi i f t). */
static double power_of(const ds_sim_epoch *e, int count, const double complex *turn)
{
    double power = 0;
    for (int band = DS_SIM_G; band < DS_SIM_BANDS; band++) {
        double sum = 0, n = 0, cc = 0, ss = 0, cs = 0, yc = 0, ys = 0, yy = 0;
        for (int i = 0; i < count; i++)
            if (e[i].band == band) {
                sum += e[i].flux;
                n++;
            }
        for (int i = 0; i < count; i++)
            if (e[i].band == band) {
                const double y = e[i].flux - sum / n, c = creal(turn[i]), s = cimag(turn[i]);
                cc += c * c;
                ss += s * s;
                cs += c * s;
                yc += y * c;
                ys += y * s;
                yy += y * y;
            }
        power += (yc * yc * ss - 2 * yc * ys * cs + ys * ys * cc) / (cc * ss - cs * cs) / yy;
    }
    return power;
}

static double strongest_frequency(const ds_sim_object *o, double least, double most, double step)
{
    double complex turn[DS_SIM_MOST_EPOCHS], more[DS_SIM_MOST_EPOCHS];
    double best = 0, at = 0;
    for (int i = 0; i < o->count; i++) {
        turn[i] = cexp(2 * M_PI * I * least * (o->epochs[i].mjd - 60000));
        more[i] = cexp(2 * M_PI * I * step * (o->epochs[i].mjd - 60000));
    }
    for (double f = least; f < most; f += step) {
        const double power = power_of(o->epochs, o->count, turn);
        if (power > best) {
            best = power;
            at = f;
        }
        for (int i = 0; i < o->count; i++)
            turn[i] *= more[i];
    }
    return at;
}

/* The strongest frequency is the true one, or (eclipses) twice it, in nearly all stars. */
static void test_measured_periods(void **state)
{
    (void)state;
    enum { STARS = 14 };
    nn_error error;
    ds_sim_settings settings = {.seed = 21, .balanced = true, .deep_share = 1};
    ds_simulator *simulator;
    ds_sim_object o;
    int found = 0, kinds = 0;
    settings.weight[ds_sim_class_find("RRL")] = settings.weight[ds_sim_class_find("EB")] = 1;
    assert_int_equal(ds_simulator_new(&simulator, &settings, &error), NN_OK);
    for (int i = 0; kinds < STARS; i++) {
        assert_int_equal(ds_simulate_object(simulator, i, &o, &error), NN_OK);
        if (strcmp(o.true_model, "detached") == 0)
            continue; /* needs more than one harmonic */
        kinds++;
        const double cycles = strongest_frequency(&o, 1, 9, 2e-4) * o.true_period,
                     wanted = o.true_model[0] == 'c' ? 2 : 1;
        found += fabs(cycles - wanted) < 1e-3;
    }
    if (found < STARS - 2)
        fail_msg("%d of %d periods found", found, STARS);
    ds_simulator_free(simulator);
}

static void test_periodic_stars(void **state)
{
    (void)state;
    ds_sim_object o;
    int ab = 0;
    gsl_rng_set(rng, 14);
    for (int i = 0; i < 400; i++) {
        ds_sim_source source = at_redshift(&o, 0, 0.05);
        ds_draw_rrlyrae(&source, rng);
        const bool is_ab = strcmp(o.true_model, "RRab") == 0;
        ab += is_ab;
        assert_true(is_ab ? o.true_period >= 0.40 && o.true_period <= 0.85
                          : o.true_period >= 0.20 && o.true_period <= 0.45);
        ds_sim_epoch e[200];
        for (int k = 0; k < 200; k++)
            e[k] = (ds_sim_epoch){.mjd = 60000 + o.true_period * k / 200, .band = DS_SIM_G};
        ds_observe_rrlyrae(&source, e, 200, rng);
        double high = -INFINITY, low = INFINITY;
        int rising = 0;
        for (int k = 0; k < 200; k++) {
            const double f = e[k].truth + source.steady[DS_SIM_G];
            high = fmax(high, f);
            low = fmin(low, f);
            rising += e[(k + 1) % 200].truth > e[k].truth;
        }
        near(2.5 * log10(high / low), o.true_shape, 0.03, "amplitude in g");
        assert_true(is_ab ? rising >= 20 && rising <= 44 : rising >= 70 && rising <= 130);
        near(source.star.amplitude[DS_SIM_I] / source.star.amplitude[DS_SIM_G], 0.57, 1e-9, "amplitude in i");

        ds_draw_binary(&source, rng);
        ds_sim_epoch at[2] = {
            {.mjd = DS_SIM_FIRST_MJD + o.true_period * (7 - source.star.phase), .band = DS_SIM_R},
            {.mjd = DS_SIM_FIRST_MJD + o.true_period * (7.5 - source.star.phase), .band = DS_SIM_R}};
        ds_observe_binary(&source, at, 2, rng);
        near((at[0].truth + source.steady[DS_SIM_R]) / source.mean[DS_SIM_R],
             1 - source.star.amplitude[DS_SIM_R] - source.star.ellipse, 1e-3, "first eclipse");
        near((at[1].truth + source.steady[DS_SIM_R]) / source.mean[DS_SIM_R],
             1 - source.star.second[DS_SIM_R] - source.star.ellipse, 1e-3, "second eclipse");
        assert_true(source.star.second[DS_SIM_R] <= source.star.amplitude[DS_SIM_R] + 1e-12);

        ds_draw_mira(&source, rng);
        assert_true(source.mean[DS_SIM_Y] > source.mean[DS_SIM_I] &&
                    source.mean[DS_SIM_I] > source.mean[DS_SIM_R]);
        double before = NAN; /* no jump where two cycles meet */
        for (double mjd = 59600; mjd < 60600; mjd += 0.5) {
            ds_sim_epoch day = {.mjd = mjd, .band = DS_SIM_Y};
            gsl_rng *quiet = gsl_rng_clone(rng);
            ds_observe_mira(&source, &day, 1, quiet);
            gsl_rng_free(quiet);
            const double f = day.truth + source.steady[DS_SIM_Y];
            assert_true(isnan(before) || fabs(2.5 * log10(f / before)) < 0.06);
            before = f;
        }
    }
    near(ab / 400.0, 0.75, 0.07, "share of RRab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stretch_of_type_ia),
        cmocka_unit_test(test_type_ia_has_its_brightness_and_colours),
        cmocka_unit_test(test_second_maximum),
        cmocka_unit_test(test_types_of_supernovae),
        cmocka_unit_test(test_91bg_stretch_and_colour),
        cmocka_unit_test(test_other_transients),
        cmocka_unit_test(test_dust_and_time_dilation),
        cmocka_unit_test(test_ornstein_uhlenbeck),
        cmocka_unit_test(test_nuclei_vary_as_they_should),
        cmocka_unit_test(test_lens_peaks_at_a_of_u0),
        cmocka_unit_test(test_flares),
        cmocka_unit_test(test_measured_periods),
        cmocka_unit_test(test_periodic_stars),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
