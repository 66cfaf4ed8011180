/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Broken photometry, metadata and visits: one clear error that names the place, never a guess. */
#include "datasets/lightcurves/catalogue.h"
#include "datasets/lightcurves/lightcurve.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <sys/stat.h>

#define HEAD "object_id,mjd,passband,flux,flux_err\n"

typedef struct broken {
    const char *text;
    int code;
    const char *place, *says;
    ds_lightcurve_options options;
} broken;

static const broken cases[] = {
    {"", NN_BAD_DATA, ":1: ", "empty", {0}},
    {"\n\n", NN_BAD_DATA, ":2: ", "empty", {0}},
    {HEAD, NN_BAD_DATA, ":1: ", "no rows", {0}},
    {"mjd,passband,flux,flux_err\n1,1,1,1\n", NN_BAD_DATA, ":1: ", "object ids", {0}},
    {"object_id,passband,flux,flux_err\n1,1,1,1\n", NN_BAD_DATA, ":1: ", "times", {0}},
    {"object_id,mjd,passband\n1,1,1\n", NN_BAD_DATA, ":1: ", "fluxes or magnitudes", {0}},
    {"object_id,mjd,passband,flux\n1,1,1,1\n", NN_BAD_DATA, ":1: ", "errors", {0}},
    {"1,2,3\n4,5,6\n", NN_BAD_DATA, ":1: ", "the columns are 1, 2, 3", {0}},
    {"object_id,mjd,band,flux,magerr\n1,1,g,1,1\n", NN_BAD_DATA, ":1: ", "units are not mixed", {0}},
    {"object_id,mjd,band,psfFlux,FLUXCALERR\n1,1,g,1,1\n", NN_BAD_DATA, ":1: ", "units are not mixed", {0}},
    {"object_id,mjd,band,FLUXCAL,psfFlux,psfFluxErr\n1,1,g,1,1,1\n",
     NN_BAD_DATA,
     ":1: ",
     "--flux-column",
     {0}},
    {"object_id,mjd,band,flux,flux_err,unit\n1,1,g,1,1,nJy\n1,2,g,1,1,uJy\n",
     NN_BAD_DATA,
     ":3:6: ",
     "units are not mixed",
     {0}},
    {"object_id,mjd,band,flux,flux_err,unit\n1,1,g,1,1,erg\n", NN_BAD_DATA, ":2:6: ", "one of nJy", {0}},
    {"object_id,mjd,band,flux,flux_err,zp,zpsys\n1,1,g,1,1,25,vega\n",
     NN_BAD_DATA,
     ":2:7: ",
     "AB system",
     {0}},
    {"object_id,mjd,band,flux,flux_err,zp\n1,1,g,1,1,\n", NN_BAD_DATA, ":2:6: ", "zero point", {0}},
    {HEAD "1,59000,1,1,1\n1,2459001,1,1,1\n", NN_BAD_DATA, ":3: ", "a Julian date", {0}},
    {HEAD "1,2459000,1,1,1\n1,59001,1,1,1\n", NN_BAD_DATA, ":3: ", "no Julian date", {0}},
    {HEAD "1,59000,1,abc,1\n", NN_BAD_DATA, ":2:4: ", "'abc' is not a number ('flux')", {0}},
    {HEAD "1,yesterday,1,1,1\n", NN_BAD_DATA, ":2:2: ", "'yesterday' is not a number", {0}},
    {HEAD "1,59000,1,1,1,9\n", NN_BAD_DATA, ":2:6: ", "6 fields", {0}},
    {HEAD "1,59000,1,1\n", NN_BAD_DATA, ":2:4: ", "4 fields", {0}},
    {HEAD ",59000,1,1,1\n", NN_BAD_DATA, ":2:1: ", "id is missing", {0}},
    {HEAD "1,59000,7,1,1\n", NN_BAD_DATA, ":2:3: ", "band '7' is none of u, g, r, i, z, y", {0}},
    {HEAD "1,59000,Q,1,1\n", NN_BAD_DATA, ":2:3: ", "--bands", {0}},
    {HEAD "1,59000,,1,1\n", NN_BAD_DATA, ":2:3: ", "band ''", {0}},
    {"object_id,mjd,passband,flux,flux_err,detected\n1,5,1,1,1,maybe\n",
     NN_BAD_DATA,
     ":2:6: ",
     "'maybe' is not 0 or 1",
     {0}},
    {"object_id,mjd,passband,flux,flux_err,PHOTFLAG\n1,5,1,1,1,x\n",
     NN_BAD_DATA,
     ":2:6: ",
     "not a number",
     {0}},
    {"oid,mjd,fid,magpsf,sigmapsf,isdiffpos\n1,5,1,20,1,up\n",
     NN_BAD_DATA,
     ":2:6: ",
     "'up' is not 0 or 1",
     {0}},
    {"object_id,visit,band,psfFlux,psfFluxErr\n1,5,1,1,1\n", NN_BAD_DATA, ":1: ", "--visits", {0}},
    {"object_id,flux,mjd,band,flux,flux_err\n1,1,5,1,1,1\n", NN_BAD_DATA, ":1:5: ", "both named 'flux'", {0}},
    {HEAD "1,5,1,\"1\"x,1\n", NN_BAD_DATA, ":2:4: ", "quote", {0}},
    {HEAD "1,5,1,1,1\n", NN_USAGE, ": ", "--id-column: there is no column 'star'", {.id = "star"}},
    {HEAD "1,5,1,1,1\n", NN_USAGE, ": ", "--time-column", {.time = "t"}},
    {HEAD "1,5,1,1,1\n", NN_USAGE, ": ", "--band-column", {.band = "b"}},
    {HEAD "1,5,1,1,1\n", NN_USAGE, ": ", "--flux-column", {.flux = "f"}},
    {HEAD "1,5,1,1,1\n", NN_USAGE, ": ", "--error-column", {.error = "e"}},
    {HEAD "1,5,1,1,1\n", NN_USAGE, ": ", "--detected-column", {.detected = "d"}},
    {HEAD "1,5,1,1,1\n", NN_BAD_DATA, ":1: ", "magnitudes", {.magnitudes = true}},
    {"object_id,mjd,band,mag,mag_err\n1,5,1,1,1\n", NN_USAGE, ": ", "--zp", {.zero_point = 25}},
    {"object_id,mjd,mag,mag_err\n1,5,1,1\n", NN_BAD_DATA, ": ", "--bands", {.bands = &ds_bands_lsst}},
    {"SNID: 1\nOBS: 5 g 1 1\n", NN_BAD_DATA, ":2: ", "VARLIST", {0}},
    {"SURVEY: x\nVARLIST: MJD FLT FLUXCAL FLUXCALERR\nOBS: 5 g 1 1\n", NN_BAD_DATA, ":3: ", "SNID", {0}},
    {"SNID:\nVARLIST: MJD FLT FLUXCAL FLUXCALERR\nOBS: 5 g 1 1\n", NN_BAD_DATA, ":1: ", "id is missing", {0}},
    {"SNID: 1\nVARLIST: MJD FLT FLUXCAL FLUXCALERR\nOBS: 5 g 1\n", NN_BAD_DATA, ":3:3: ", "3 fields", {0}},
    {"SNID: 1\nVARLIST: MJD FLT FLUXCAL\nOBS: 5 g 1\n", NN_BAD_DATA, ":2: ", "errors", {0}},
    {"SNID: 1\n", NN_BAD_DATA, ":1: ", "no photometry", {0}},
    {"@z 1\n", NN_BAD_DATA, ":1: ", "no photometry", {0}},
    {"@z 1\ntime band flux fluxerr\n", NN_BAD_DATA, ":2: ", "no rows", {0}},
    /* Odd, but right. */
    {HEAD "1,5,1,1,1", NN_OK, "", "", {0}},
    {HEAD "1,,1,1,1\n", NN_BAD_DATA, "", "no point of 1 can be used, 1 of them without a time", {0}},
    {HEAD "1,,1,1,1\n1,5,1,1,1\n", NN_OK, "", "", {0}},
    {HEAD "1,5,1,1,0\n2,5,1,1,1\n", NN_OK, "", "", {0}},
    {HEAD "1,9,1,1,1\n1,5,1,1,1\n", NN_OK, "", "", {0}},
    {"object_id,mjd,passband,flux,flux_err,detected\n1,5,1,1,1,\n", NN_OK, "", "", {0}},
};

static int read_all(const char *path, const ds_lightcurve_options *options, nn_error *error)
{
    ds_lightcurves *reader = (ds_lightcurves *)1;
    int code = ds_lightcurves_open(&reader, path, options, error);
    assert_true(code == NN_OK || reader == NULL);
    const ds_lightcurve *curve = NULL;
    while (!code && !(code = ds_lightcurves_next(reader, &curve, error)) && curve)
        ;
    ds_lightcurves_close(reader);
    return code;
}

static void check_error(const char *text, const char *path, int code, const nn_error *error, int expected,
                        const char *place, const char *says)
{
    if (code != expected)
        fail_msg("'%.60s' gives %d, not %d: %s", text, code, expected, error->text);
    if (code == NN_OK)
        return;
    const size_t length = strlen(path);
    assert_int_equal(error->code, code);
    assert_null(strpbrk(error->text, "\r\n"));
    if (strncmp(error->text, path, length) != 0 || strncmp(error->text + length, place, strlen(place)) != 0 ||
        !strstr(error->text, says))
        fail_msg("'%.60s' is refused with '%s', not with '%s' and '%s'", text, error->text, place, says);
}

static void test_photometry(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const broken *b = &cases[i];
        nn_error error = {0};
        const char *path = csv_write(b->text);
        const int code = read_all(path, &b->options, &error);
        check_error(b->text, path, code, &error, b->code, b->place, b->says);
        if (!*b->text)
            continue;
        path = csv_write_gzip("t.csv.gz", b->text);
        const int again = read_all(path, &b->options, &error);
        check_error(b->text, path, again, &error, b->code, b->place, b->says);
        assert_int_equal(read_all(path, &b->options, NULL), b->code);
    }
}

static void test_files(void **context)
{
    (void)context;
    nn_error error;
    const ds_lightcurve_options none = {0};
    char path[300];
    strcpy(path, csv_in_folder("none.csv"));
    check_error(path, path, read_all(path, &none, &error), &error, NN_BAD_DATA, ": ", "No such file");
    strcpy(path, csv_in_folder("bare"));
    assert_int_equal(mkdir(path, 0700), 0);
    check_error(path, path, read_all(path, &none, &error), &error, NN_BAD_DATA, ": ",
                "is a folder without a file of photometry");
    assert_int_equal(rmdir(path), 0);
    strcpy(path, csv_write_bytes("x.fits", "SIMPLE  =                    T", 30));
    check_error(path, path, read_all(path, &none, &error), &error, NN_BAD_DATA, ": ", "FITS");
    strcpy(path, csv_write_bytes("x_HEAD.FITS", "SIMPLE  =                    T", 30));
    check_error(path, path, read_all(path, &none, &error), &error, NN_BAD_DATA, ": ", "FITS");
    strcpy(path, csv_write_bytes("n.csv", HEAD "1,5,1,1,\0001\n", sizeof HEAD + 10));
    check_error(path, path, read_all(path, &none, &error), &error, NN_BAD_DATA, ":2: ", "NUL");
}

static void test_visits(void **context)
{
    (void)context;
    static const struct {
        const char *text, *place, *says;
    } visits[] = {
        {"", ":0: ", "no visits"},
        {"visit,expMidptMJD\n", ":1: ", "no visits"},
        {"a,b\n1,2\n", ":1: ", "expMidptMJD"},
        {"visit,mjd\n1,2,3\n", ":2: ", "3 fields"},
        {"visit,mjd\n1,x\n", ":2:2: ", "'x' is not a number"},
        {"visit,mjd\n1,5\n1,6\n", ":3:1: ", "another time"},
    };
    char table[300], path[300];
    strcpy(table, csv_write("object_id,visit,band,psfFlux,psfFluxErr\n1,5,1,1,1\n"));
    for (size_t i = 0; i < sizeof visits / sizeof *visits; i++) {
        nn_error error = {0};
        strcpy(path, csv_write_bytes("v.csv", visits[i].text, strlen(visits[i].text)));
        const ds_lightcurve_options options = {.visits = path};
        const int code = read_all(table, &options, &error);
        check_error(visits[i].text, path, code, &error, NN_BAD_DATA, visits[i].place, visits[i].says);
    }
    nn_error error = {0};
    strcpy(path, csv_write_bytes("v.csv", "visit,mjd\n5,6\n", 14));
    const ds_lightcurve_options options = {.visits = path};
    strcpy(table, csv_write(HEAD "1,5,1,1,1\n"));
    check_error("", table, read_all(table, &options, &error), &error, NN_USAGE, ": ", "--visits");
}

/* --- metadata --- */

static void test_metadata(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        int code;
        const char *place, *says;
        ds_catalogue_options options;
    } metadata[] = {
        {"", NN_BAD_DATA, ":1: ", "no rows", {0}},
        {"object_id,target\n", NN_BAD_DATA, ":1: ", "no rows", {0}},
        {"id_of_star,target\n1,2\n", NN_BAD_DATA, ":1: ", "object ids", {0}},
        {"object_id,target\n1,2\n2,3\n1,4\n", NN_BAD_DATA, ":4:1: ", "in line 2", {0}},
        {"object_id,target\n1,2\n,3\n", NN_BAD_DATA, ":3:1: ", "id is missing", {0}},
        {"object_id,target\n1,2,3\n", NN_BAD_DATA, ":2:3: ", "3 fields", {0}},
        {"object_id,target\n1,2\n",
         NN_USAGE,
         ": ",
         "no column 'class'; the columns are object_id, target",
         {.categories = "class"}},
        {"object_id,target\n1,2\n",
         NN_BAD_DATA,
         ":1: ",
         "no column of photometric redshifts (photoz, hostgal_photoz and",
         {.numbers = "photoz"}},
        {"object_id,target\n1,2\n", NN_USAGE, ": ", "no column 'z'", {.numbers = "z"}},
        {"object_id,photoz\n1,2\n",
         NN_BAD_DATA,
         ":1: ",
         "no column of the error of photometric redshifts (photoz_err,",
         {.numbers = "photoz,photoz_err"}},
        {"object_id,photoz\n1,far\n",
         NN_BAD_DATA,
         ":2:2: ",
         "'far' is not a number ('photoz')",
         {.numbers = "photoz"}},
        {"object_id,photoz\n1,2\n", NN_USAGE, ": ", "no column 'star'", {.id = "star"}},
        {"object_id,target\n1,\n", NN_OK, "", "", {.categories = "target", .numbers = "target"}},
    };
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
        ds_catalogue *catalogue = (ds_catalogue *)1;
        nn_error error = {0};
        const char *path = csv_write(metadata[i].text);
        const int code = ds_catalogue_read(&catalogue, path, &metadata[i].options, &error);
        check_error(metadata[i].text, path, code, &error, metadata[i].code, metadata[i].place,
                    metadata[i].says);
        assert_true((code == NN_OK) == (catalogue != NULL));
        ds_catalogue_free(catalogue);
    }
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_photometry), cmocka_unit_test(test_files),
                                       cmocka_unit_test(test_visits), cmocka_unit_test(test_metadata)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
