/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real files of the reference folder: what is in them is known from other programs. */
#include "datasets/lightcurves/catalogue.h"
#include "datasets/lightcurves/lightcurve.h"
#include "tests/reference.h"

#include <math.h>
#include <string.h>

static char path[1024];

static const char *at(const char *name)
{
    char inner[256];
    snprintf(inner, sizeof inner, "data/lightcurves/%s", name);
    reference_or_skip(inner);
    reference_path(path, sizeof path, inner);
    return path;
}

static ds_lightcurve_report read_all(const char *name, const ds_lightcurve_options *options, double *flux)
{
    ds_lightcurves *reader;
    const ds_lightcurve *curve;
    nn_error error;
    int code = ds_lightcurves_open(&reader, at(name), options, &error);
    if (code)
        fail_msg("%s", error.text);
    *flux = 0;
    while (!(code = ds_lightcurves_next(reader, &curve, &error)) && curve)
        for (int i = 0; i < curve->count; i++) {
            *flux += curve->flux[i];
            if (i && curve->time[i] < curve->time[i - 1])
                fail_msg("%s: point %d is out of order", curve->id, i);
        }
    if (code)
        fail_msg("%s", error.text);
    const ds_lightcurve_report report = *ds_lightcurves_report(reader);
    ds_lightcurves_close(reader);
    return report;
}

/* The numbers of points that astronet keeps of these objects. */
static void test_plasticc(void **context)
{
    (void)context;
    static const struct {
        const char *id;
        int all, kept;
    } known[] = {{"615", 352, 352},  {"730", 330, 108},  {"745", 351, 105},
                 {"1124", 352, 121}, {"1227", 330, 278}, {"1926", 255, 170}};
    ds_lightcurves *reader;
    const ds_lightcurve *curve;
    ds_points points = {0};
    nn_error error;
    size_t found = 0;
    const ds_lightcurve_options none = {0};
    assert_int_equal(ds_lightcurves_open(&reader, at("plasticc/plasticc_train_10objects.csv"), &none, &error),
                     NN_OK);
    while (ds_lightcurves_next(reader, &curve, &error) == NN_OK && curve) {
        double start, scale = 0, best = 0;
        ds_selection how;
        assert_int_equal(ds_lightcurve_select(curve, 50, &points, &start, &how, &error), NN_OK);
        assert_int_equal(how, DS_SELECTED);
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (strcmp(known[k].id, curve->id) == 0) {
                assert_int_equal(curve->count, known[k].all);
                assert_int_equal(points.count, known[k].kept);
                found++;
            }
        if (strcmp(curve->id, "1124") != 0)
            continue;
        /* Where the Gaussian process starts from: specs of the paper's code. */
        double most = -INFINITY;
        for (int i = 0; i < points.count; i++)
            most = points.flux[i] > most ? points.flux[i] : most;
        for (int i = 0; i < points.count; i++) {
            const double ratio = fabs(points.flux[i]) / hypot(points.error[i], 0.01 * most);
            if (ratio > best) {
                best = ratio;
                scale = fabs(points.flux[i]);
            }
        }
        assert_true(fabs(scale - 139.818405) < 1e-6);
        assert_true(fabs(points.time[points.count - 1] - 133.9485) < 1e-4);
    }
    assert_int_equal(found, 6);
    ds_points_free(&points);
    ds_lightcurves_close(reader);
}

static void test_spcc(void **context)
{
    (void)context;
    double flux;
    const ds_lightcurve_options none = {0};
    const ds_lightcurve_report r = read_all("spcc/spcc_lightcurves.csv.gz", &none, &flux);
    assert_int_equal(r.objects, 21319);
    assert_int_equal(r.points + r.dropped[DS_DROP_POSITIVE], 2052860);
    assert_int_equal(r.dropped[DS_DROP_POSITIVE], 20);
    assert_int_equal(r.in_band[0] + r.in_band[5], 0);
    ds_catalogue *c;
    nn_error error;
    const ds_catalogue_options columns = {.categories = "sntype_spec,true_type",
                                          .numbers = "photoz,photoz_err,specz"};
    if (ds_catalogue_read(&c, at("spcc/spcc_metadata.csv"), &columns, &error))
        fail_msg("%s", error.text);
    assert_int_equal(ds_catalogue_rows(c), 21319);
    const long row = ds_catalogue_find(c, "17");
    assert_string_equal(ds_catalogue_category(c, 0, ds_catalogue_value(c, 0, (size_t)row)), "-9");
    assert_string_equal(ds_catalogue_category(c, 1, ds_catalogue_value(c, 1, (size_t)row)), "II");
    assert_true(fabs(ds_catalogue_number(c, 0, (size_t)row) - 0.3502) < 1e-12);
    assert_true(isnan(ds_catalogue_number(c, 2, (size_t)row)));
    size_t spectra = 0;
    for (size_t i = 0; i < ds_catalogue_rows(c); i++)
        spectra += strcmp(ds_catalogue_category(c, 0, ds_catalogue_value(c, 0, i)), "-9") != 0;
    assert_int_equal(spectra, 1103);
    ds_catalogue_free(c);
}

static void test_debosscher(void **context)
{
    (void)context;
    double flux;
    ds_bands clear;
    nn_error error;
    assert_int_equal(ds_bands_parse(&clear, "Clear=5500", &error), NN_OK);
    const ds_lightcurve_options options = {.bands = &clear};
    const ds_lightcurve_report r = read_all("debosscher/debosscher_lightcurves.csv.gz", &options, &flux);
    assert_int_equal(r.objects, 1392);
    assert_int_equal(r.points, 263608);
    assert_true(r.magnitudes);
    assert_int_equal(r.julian, 465);
}

static void test_formats(void **context)
{
    (void)context;
    double flux;
    const ds_lightcurve_options none = {0};
    ds_lightcurve_report r = read_all("formats/SPCC_DES_SN000017.DAT", &none, &flux);
    assert_int_equal(r.objects, 1);
    assert_int_equal(r.points, 93);
    assert_true(fabs(flux - 1346.6826) < 0.01);
    r = read_all("formats/sncosmo_example_photometric_data.dat", &none, &flux);
    assert_int_equal(r.points, 40);
    assert_true(fabs(flux - 1835.72) < 0.01);
    r = read_all("formats/supernnova_DES_PHOT.csv", &none, &flux);
    assert_int_equal(r.objects, 2);
    assert_int_equal(r.points, 126);
}

static void test_metadata_of_plasticc(void **context)
{
    (void)context;
    ds_catalogue *c;
    nn_error error;
    const ds_catalogue_options columns = {.categories = "target", .numbers = "photoz,photoz_err"};
    const char *const names[] = {"plasticc/training_set_metadata_full.csv",
                                 "plasticc/plasticc_train_metadata_zenodo_unblinded.csv"};
    for (int i = 0; i < 2; i++) {
        if (ds_catalogue_read(&c, at(names[i]), &columns, &error))
            fail_msg("%s", error.text);
        assert_int_equal(ds_catalogue_rows(c), 7848);
        assert_int_equal(ds_catalogue_categories(c, 0), 14);
        assert_string_equal(ds_catalogue_category(c, 0, 0), "6");
        assert_string_equal(ds_catalogue_category(c, 0, 13), "95");
        const long row = ds_catalogue_find(c, "1124");
        assert_true(fabs(ds_catalogue_number(c, 0, (size_t)row) - 0.2415) < 1e-3);
        ds_catalogue_free(c);
    }
}

#ifdef AUSPEX_FITS
static void test_fits(void **context)
{
    (void)context;
    double flux, same;
    const ds_lightcurve_options none = {0};
    const ds_lightcurve_report r = read_all("formats/DES_Ia-0001_HEAD.FITS", &none, &flux);
    assert_int_equal(r.objects, 200);
    assert_int_equal(r.points, 12518);
    assert_int_equal(r.detections, 3254);
    assert_true(r.detected_by_column);
    assert_int_equal(read_all("formats/DES_Ia-0001_PHOT.FITS", &none, &same).points, 12518);
    assert_true(flux == same);
    ds_catalogue *c;
    nn_error error;
    const ds_catalogue_options columns = {.categories = "SNTYPE", .numbers = "photoz,photoz_err,specz"};
    if (ds_catalogue_read(&c, at("formats/DES_Ia-0001_HEAD.FITS"), &columns, &error))
        fail_msg("%s", error.text);
    assert_int_equal(ds_catalogue_rows(c), 200);
    const long row = ds_catalogue_find(c, "1186139");
    assert_string_equal(ds_catalogue_category(c, 0, ds_catalogue_value(c, 0, (size_t)row)), "101");
    assert_true(fabs(ds_catalogue_number(c, 0, (size_t)row) - 0.21606022) < 1e-6);
    ds_catalogue_free(c);
}

/* The two objects that are also there as CSV. */
static void test_fits_and_csv_agree(void **context)
{
    (void)context;
    ds_lightcurves *a, *b;
    const ds_lightcurve *x, *y;
    nn_error error;
    const ds_lightcurve_options none = {0};
    assert_int_equal(ds_lightcurves_open(&a, at("formats/DES_Ia-0001_PHOT.FITS"), &none, &error), NN_OK);
    assert_int_equal(ds_lightcurves_open(&b, at("formats/supernnova_DES_PHOT.csv"), &none, &error), NN_OK);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(ds_lightcurves_next(a, &x, &error), NN_OK);
        assert_int_equal(ds_lightcurves_next(b, &y, &error), NN_OK);
        assert_string_equal(x->id, y->id);
        assert_int_equal(x->count, y->count);
        for (int i = 0; i < x->count; i++) {
            assert_true(fabs(x->time[i] - y->time[i]) < 1e-6);
            assert_true(fabs(x->flux[i] - y->flux[i]) <= 1e-6 * fabs(y->flux[i]));
            assert_true(fabs(x->error[i] - y->error[i]) <= 1e-6 * y->error[i]);
            assert_int_equal(x->band[i], y->band[i]);
        }
    }
    ds_lightcurves_close(a);
    ds_lightcurves_close(b);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plasticc),
                                       cmocka_unit_test(test_spcc),
                                       cmocka_unit_test(test_debosscher),
                                       cmocka_unit_test(test_formats),
                                       cmocka_unit_test(test_metadata_of_plasticc),
#ifdef AUSPEX_FITS
                                       cmocka_unit_test(test_fits),
                                       cmocka_unit_test(test_fits_and_csv_agree)
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
