/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units, times, limits, flags and layouts of photometry by the kinds in which they are written: each is read
 * as the same point, or stops with what was found and the option that says otherwise. */
#include "datasets/lightcurves/catalogue.h"
#include "datasets/lightcurves/column_name.h"
#include "datasets/lightcurves/lightcurve.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <math.h>
#include <stdio.h>

/* Every text holds MJD 59000.5, band g (or the only one), magnitude 20 (FLUXCAL 1000) with an error of 1 %.
 */
typedef struct form {
    const char *text;
    ds_lightcurve_options options;
    const char *band; /* NULL: g */
    size_t limits, flagged, repeats;
} form;

#define UJY "36.307805477"
#define MJY "0.036307805477"
static const form forms[] = {
    /* Units in names, in lines below or above them, beside the flux. */
    {"object_id,mjd,band,flux_ujy,flux_err_ujy\n1,59000.5,g," UJY ",0.36307805\n", {0}, 0, 0, 0, 0},
    {"object_id,mjd,band,uJy,duJy\n1,59000.5,g," UJY ",0.36307805\n", {0}, 0, 0, 0, 0},
    {"object_id,mjd,band,Flux [\xc2\xb5Jy],Flux error [\xc2\xb5Jy]\n1,59000.5,g," UJY ",0.36307805\n",
     {0},
     0,
     0,
     0,
     0},
    {"name,JD,Filter,flux(mJy),flux_err\n1,2459001,g," MJY ",0.00036307805\n", {0}, 0, 0, 0, 0},
    {"object_id,mjd,band,e_flux_njy,flux_njy\n1,59000.5,g,363.07805,36307.805477\n", {0}, 0, 0, 0, 0},
    {"object_id,mjd,band,psfFlux_Jy,psfFluxErr_Jy\n1,59000.5,g,3.6307805477e-5,3.6307805e-7\n",
     {0},
     0,
     0,
     0,
     0},
    {"object_id,mjd,band,flux,flux_err\n,d,,mJy,mJy\n1,59000.5,g," MJY ",0.00036307805\n", {0}, 0, 0, 0, 0},
    {"object_id,mjd,band,flux,flux_err,unit\n1,59000.5,g," MJY ",0.00036307805,millijansky\n",
     {0},
     0,
     0,
     0,
     0},
    {"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: flux, unit: uJy, datatype: float64}\nobject_id mjd band "
     "flux "
     "flux_err\n1 59000.5 g " UJY " 0.36307805\n",
     {0},
     0,
     0,
     0,
     0},
    {"|object_id|  mjd  |band| flux |flux_err|\n| int | double|char|double| double|\n|     |  d    |    | "
     "uJy  |"
     " uJy |\n  1  59000.5  g  " UJY "  0.36307805\n",
     {0},
     0,
     0,
     0,
     0},
    /* Magnitudes under the name of a flux, as the user says. */
    {"Name,obsdate,flux,flux_error,filter\n1,2020-05-31 12:00:00,20,0.010857362,g-ZTF\n",
     {.magnitudes = true},
     0,
     0,
     0,
     0},
    /* Magnitudes, with names of their errors. */
    {"star,hjd,filter,mag,e_mag\n1,2459001,g',20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"event,time,magnitude,e_magnitude,band\n1,59000.5,20,0.010857362,g\n", {0}, 0, 0, 0, 0},
    {"object_id,mjd,band,magpsf,sigmapsf\n1,59000.5,g,20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"i:objectId,i:jd,i:fid,i:magpsf,i:sigmapsf,i:isdiffpos,d:tag\n1,2459001,1,20,0.010857362,t,valid\n",
     {0},
     0,
     0,
     0,
     0},
    {"objectId,candidate.jd,candidate.fid,candidate.magpsf,candidate.sigmapsf\n1,2459001,1,20,0.010857362\n",
     {0},
     0,
     0,
     0,
     0},
    {"source_id,transit_id,band,time,mag,flux,flux_error,flux_over_error,rejected_by_photometry\n"
     "1,2,G,3803.5,20,5,1,100,false\n1,3,G,3804.5,15,5,1,100,true\n",
     {0},
     "G",
     0,
     1,
     0},
    /* Services. */
    {"# comment\nindex, field, filter, zpdiff, jd, forcediffimflux, forcediffimfluxunc, infobitssci\n"
     "0 600 ZTF_g 27.5 2459001 1000 10 0\n1 600 ZTF_g 27.5 2459002 1 10 33554432\n",
     {0},
     0,
     0,
     1,
     0},
    {"###MJD m dm uJy duJy F err\n59000.5 20 0.01 " UJY " 0.36307805 c 0\n59001.5 20 0.01 9 1 o 8\n",
     {0},
     "c",
     0,
     1,
     0},
    {"JD,Magnitude,Uncertainty,Band,Star Name\n2459001,20,0.010857362,V,SS CYG\n2459002,<21.3,,V,SS CYG\n",
     {0},
     "V",
     1,
     0,
     0},
    {"HJD,Camera,Limit,mag,mag_err,flux(mJy),flux_err,Filter\n2459001,be,17,20,0.010857362,1,1,g\n"
     "2459002,be,17.1,>17.1,99.99,1,1,g\n",
     {0},
     0,
     1,
     0,
     0},
    {"object_id,mjd,band,mag,mag_err,upperlimit\n1,59000.5,g,20,0.010857362,F\n1,59001.5,g,21,,T\n",
     {0},
     0,
     1,
     0,
     0},
    {"oid,mjd,mag,magerr,catflags,filtercode\n1,59000.5,20,0.010857362,0,zg\n1,59001.5,20,0.01,32768,zr\n",
     {0},
     0,
     0,
     1,
     0},
    /* Times. */
    {"object_id,obs_date,band,mag,mag_err\n1,2020-05-31T12:00:00,g,20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"object_id,time,band,mag,mag_err\n1,2020-05-31 12:00:00.000000+00:00,g,20,0.010857362\n",
     {0},
     0,
     0,
     0,
     0},
    {"object_id,UT Date,band,mag,mag_err\n1,2020-05-31.5,g,20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"object_id,HJD-2450000,band,mag,mag_err\n1,9001,g,20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"object_id,BJD - 2457000,band,mag,mag_err\n1,2001,g,20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"object_id,btjd,band,mag,mag_err\n1,2001,g,20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"object_id,mjd-50000,band,mag,mag_err\n1,9000.5,g,20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"object_id,time,band,mag,mag_err\n1,1590926400,g,20,0.010857362\n", {.time_zero = "unix"}, 0, 0, 0, 0},
    {"object_id,time,band,mag,mag_err\n1,0.5,g,20,0.010857362\n", {.time_zero = "59000"}, 0, 0, 0, 0},
    /* Ids as missions call them; decimal commas. */
    {"TIC,BTJD,filter,mag,mag_err\n1,2001,g,20,0.010857362\n", {0}, 0, 0, 0, 0},
    {"CID,MJD,FLT,FLUXCAL,FLUXCALERR\n1,59000.5,g,1000,10\n", {0}, 0, 0, 0, 0},
    {"KIC;MJD;band;mag;mag_err\n1;59000,5;g;20,0;0,010857362\n", {0}, 0, 0, 0, 0},
    {"id\tmjd\tband\tmag\tmag_err\n1\t59000,5\tg\t20\t0,010857362\n1\t59001,5\tg\t21\t0,02\n",
     {0},
     0,
     0,
     0,
     0},
    /* Without names. */
    {"2459001 20 0.010857362\n2459002 20 0.01\n", {0}, "all", 0, 0, 0},
    {"# MACHO 1.3444.614 B\n#MJD Mag Err\n59000.5 20 0.010857362\n59001.5 20 0.01\n", {0}, "all", 0, 0, 0},
    {"1,59000.5,g,20,0.010857362\n",
     {.no_header = true, .id = "1", .time = "2", .band = "3", .flux = "4", .error = "5", .magnitudes = true},
     0,
     0,
     0,
     0},
    {"# object_id,mjd,passband,flux,flux_err\n1,59000.5,1,1000,10\n", {0}, 0, 0, 0, 0},
    /* Repeats. */
    {"object_id,mjd,band,flux,flux_err\n1,59000.5,g,1000,10\n1,59001.5,g,5,10\n1,59000.5,g,1000,10\n"
     "1,59000.5,r,1000,10\n1,59001.5,g,5,10\n1,59001.5,g,5,11\n",
     {0},
     0,
     0,
     0,
     2},
};

static void check_form(const form *f)
{
    ds_lightcurves *reader;
    const ds_lightcurve *c;
    nn_error error = {0};
    char path[300];
    strcpy(path, csv_write(f->text));
    if (ds_lightcurves_open(&reader, path, &f->options, &error) || ds_lightcurves_next(reader, &c, &error))
        fail_msg("%s\n%s", f->text, error.text);
    assert_non_null(c);
    const char *band = ds_lightcurves_bands(reader)->name[c->band[0]];
    const ds_lightcurve_report *r = ds_lightcurves_report(reader);
    if (c->count < 1 || fabs(c->time[0] - 59000.5) > 1e-6 || fabs(c->flux[0] - 1000) > 1e-3 ||
        fabs(c->error[0] - 10) > 1e-3 || strcmp(band, f->band ? f->band : "g") != 0)
        fail_msg("%s\n%d points, %.8f %s %.6f +- %.6f", f->text, c->count, c->time[0], band, c->flux[0],
                 c->error[0]);
    if (r->limits != f->limits || r->dropped[DS_DROP_FLAGGED] != f->flagged || r->repeats != f->repeats)
        fail_msg("%s\n%zu limits, %zu flagged, %zu repeats", f->text, r->limits, r->dropped[DS_DROP_FLAGGED],
                 r->repeats);
    ds_lightcurves_close(reader);
}

static void test_forms(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        check_form(&forms[i]);
}

/* --- what stops --- */

#define ROWS(a, b, c) "1,59000,g," a "\n1,59001,g," b "\n1,59002,g," c "\n"
static const struct {
    const char *text;
    ds_lightcurve_options options;
    const char *says[2];
} stops[] = {
    {"object_id,mjd,band,flux_ujy,flux_err_ujy,mag,magerr\n" ROWS("1000,10,23.9,.01", "2512,10,22.9,.01",
                                                                  "100,3,26.4,.01"),
     {0},
     {"by a zero point of 31.4, not 23.9 as the unit says", "--zp 31.4"}},
    {"object_id,mjd,band,flux,flux_err,mag,magerr\n" ROWS("100,1,20.3,.01", "1000,1,17.8,.01",
                                                          "10,1,22.8,.1"),
     {0},
     {"zero point of 25.3", "--mag"}},
    {"object_id,mjd,band,flux_ujy,flux_err_njy\n" ROWS("1,1", "1,1", "1,1"),
     {0},
     {"different units", "--zp"}},
    {"object_id,mjd,band,psfFlux,psfFluxErr\n" ROWS("3e-4,3e-6", "3e-4,3e-6", "3e-4,3e-6"),
     {0},
     {"not believable", "--zp 8.9 (Jy)"}},
    {"object_id,mjd,band,flux,flux_err\n" ROWS("3e-9,1e-12", "3e-9,1e-12", "3e-9,1e-12"),
     {0},
     {"not believable", "--zp"}},
    {"object_id,mjd,band,bright,noise\n" ROWS("20.1,.1", "20.2,.1", "20.3,.1"),
     {.flux = "bright", .error = "noise"},
     {"look like magnitudes", "--mag"}},
    {"object_id,mjd,band,mag,magerr\n" ROWS("1820,10", "1720,10", "1700,10"), {0}, {"no magnitudes", "--zp"}},
    {"object_id,mjd,band,flux (e-/s),flux_err\n" ROWS("1,1", "1,1", "1,1"), {0}, {"no zero point", "--zp"}},
    {"object_id,mjd,band,flux_ujy,flux_ujy_err,unit\n" ROWS("1,1,mJy", "1,1,mJy", "1,1,mJy"),
     {0},
     {"the unit that the flux's name says", "--zp"}},
    {"object_id,mjd,band,flux_ujy,flux_ujy_err,zp\n" ROWS("1,1,25", "1,1,25", "1,1,25"),
     {0},
     {"'zp' says 25", "--zp"}},
    {"object_id,mjd,my_filter,flux,flux_err\n" ROWS("1,1", "1,1", "1,1"),
     {0},
     {"looks like one of bands", "--band-column none"}},
    {"object_id,mjd,colour,mag,mag_err\n1,59000,0,20,.1\n1,59001,1,20,.1\n1,59002,0,20,.1\n",
     {0},
     {"'colour' looks like one of bands", "--band-column none"}},
    {"object_id,mjd,band,flux,flux_err\n1,59000,g,20.1,.05\n1,59001,g,20.4,.05\n1,59002,g,21,.08\n"
     "1,59003,g,21.5,.1\n1,59004,g,22.3,.2\n",
     {0},
     {"look like magnitudes", "--zp 27.5 as fluxes"}},
    {"object_id,mjd,mag_g,err_g,mag_r,err_r\n1,59000,20,.1,19,.1\n",
     {0},
     {"'mag_g' and 'mag_r' are of different bands", "--flux-column"}},
    {"object_id,mjd,band,flux,flux_err\n1,580010,g,1,1\n",
     {0},
     {"neither MJD nor a Julian date", "--time-zero"}},
    {"object_id,mjd,band,flux,flux_err\n1,1590926400,g,1,1\n",
     {0},
     {"seconds since 1970", "--time-zero unix"}},
    {"object_id,mjd,band,flux,flux_err\n1,59000,Q,1,1\n",
     {.drop_unknown_bands = true},
     {"all 1 points are of bands (such as 'Q')", "--bands"}},
    {"object_id,mjd,band,flux,flux_err\n1,59000,g,1,1\n",
     {.strict = true},
     {"strict reading does not guess", "--zp"}},
    {"id,mjd,band,mag,mag_err\n1,59000,g,20,.1\n2,59001,g,20,.1\n3,59002,g,20,.1\n4,59003,g,20,.1\n",
     {0},
     {"'id' counts the rows", "--id-column none"}},
    {"id;mjd;band;mag;mag_err\n1;59000,5;g;20.1;0,1\n",
     {0},
     {"'59000,5' is not a number", "--decimal-comma"}},
#ifdef AUSPEX_EXPAT
    {"<?xml version='1.0'?>\n<VOTABLE/>\n", {0}, {"no TABLE with data", "VOTable"}},
#endif
    {"[{\"mjd\": 59000}]\n", {0}, {"no photometry is found", "members are mjd"}},
};

/* Filters under a name that tells nothing are told by their values, and never run together. */
static void test_bands_by_their_values(void **context)
{
    (void)context;
    static const char *const names[] = {"color", "Colour", "photometric_band", "obs_filter", "sys"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[300], path[300];
        ds_lightcurves *reader;
        const ds_lightcurve *c = NULL;
        const ds_lightcurve_options options = {0};
        nn_error error = {0};
        snprintf(text, sizeof text, "object_id,mjd,%s,mag,mag_err\n1,59000,g,20,.1\n1,59001,r,20,.1\n",
                 names[i]);
        strcpy(path, csv_write(text));
        int code = ds_lightcurves_open(&reader, path, &options, &error);
        if (!code)
            code = ds_lightcurves_next(reader, &c, &error);
        if (code)
            fail_msg("%s: %s", names[i], error.text);
        assert_int_equal(c->count, 2);
        assert_true(c->band[0] != c->band[1]);
        ds_lightcurves_close(reader);
    }
}

static void test_stops(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        ds_lightcurves *reader;
        const ds_lightcurve *c = NULL;
        nn_error error = {0};
        char path[300];
        strcpy(path, csv_write(stops[i].text));
        int code = ds_lightcurves_open(&reader, path, &stops[i].options, &error);
        while (!code && !(code = ds_lightcurves_next(reader, &c, &error)) && c)
            ;
        ds_lightcurves_close(reader);
        if (code != NN_BAD_DATA || !strstr(error.text, stops[i].says[0]) ||
            !strstr(error.text, stops[i].says[1]))
            fail_msg("%s\n%d: %s", stops[i].text, code, error.text);
    }
}

/* --- names, bands, ids --- */

static void test_names(void **context)
{
    (void)context;
    static const struct {
        const char *name, *stem, *unit;
        bool error;
    } names[] = {{"flux_err_ujy", "", "uJy", true},
                 {"duJy", "", "uJy", true},
                 {"sigmapsf", "psf", NULL, true},
                 {"magpsf", "psf", "mag", false},
                 {"e_magnitude", "", "mag", true},
                 {"FLUXCALERR", "", "FLUXCAL", true},
                 {"MAGERR_AUTO", "auto", "mag", true},
                 {"psfFlux", "psf", NULL, false},
                 {"Flux (nJy)", "", "nJy", false},
                 {"fluxuJy", "", "uJy", false},
                 {"mag", "", "mag", false},
                 {"redshift", "redshift", NULL, false}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const ds_column_name n = ds_column_name_read(names[i].name);
        const char *unit = n.unit ? n.unit->name : "", *wanted = names[i].unit ? names[i].unit : "";
        if (strcmp(n.stem, names[i].stem) != 0 || n.error != names[i].error || strcmp(unit, wanted) != 0)
            fail_msg("%s: '%s' %s %d", names[i].name, n.stem, unit, n.error);
    }
}

static void test_filters(void **context)
{
    (void)context;
    static const struct {
        const char *text, *name;
    } filters[] = {{"bessellv", "V"}, {"zr", "r"},  {"g_ztf", "g"}, {"r-band", "r"},   {"atlaso", "o"},
                   {"gaia::g", "G"},  {"W1", "W1"}, {"ip", "i"},    {"Johnson B", "B"}};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        ds_bands found = {0};
        assert_true(ds_bands_add_known(&found, filters[i].text, strlen(filters[i].text)));
        assert_string_equal(found.name[0], filters[i].name);
    }
    ds_bands none = {0};
    assert_false(ds_bands_add_known(&none, "Q", 1));
}

static void test_ids_with_a_point(void **context)
{
    (void)context;
    ds_catalogue *c;
    nn_error error;
    const ds_catalogue_options options = {.numbers = "photoz"},
                               repeated = {.categories = "class", .repeated = true};
    assert_int_equal(ds_catalogue_read(&c, csv_write("object_id,photoz\n123,1\n7.0,2\n"), &options, &error),
                     NN_OK);
    assert_int_equal(ds_catalogue_find(c, "123.0"), 0);
    assert_int_equal(ds_catalogue_find(c, "123"), 0);
    assert_int_equal(ds_catalogue_find(c, "7"), 1);
    assert_int_equal(ds_catalogue_find(c, "7.5"), -1);
    assert_int_equal(ds_catalogue_find(c, "0123"), -1);
    ds_catalogue_free(c);
    /* Labels in every row must agree. */
    const char *rows = "object_id,class,flux\n1,Ia,5\n1,Ia,6\n2,,1\n2,II,1\n";
    assert_int_equal(ds_catalogue_read(&c, csv_write(rows), &repeated, &error), NN_OK);
    assert_int_equal(ds_catalogue_rows(c), 2);
    assert_string_equal(ds_catalogue_category(c, 0, ds_catalogue_value(c, 0, 1)), "II");
    ds_catalogue_free(c);
    assert_int_equal(ds_catalogue_read(&c, csv_write("object_id,class\n1,Ia\n1,II\n"), &repeated, &error),
                     NN_BAD_DATA);
    assert_non_null(strstr(error.text, "t.csv:3: object '1' has another 'class' here than in line 2"));
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms),
                                       cmocka_unit_test(test_stops),
                                       cmocka_unit_test(test_bands_by_their_values),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_filters),
                                       cmocka_unit_test(test_ids_with_a_point)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
