/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation of reading light curves and catalogues fails once: each time the answer is NN_FAILED, and
 * nothing is left behind. */
#include "datasets/lightcurves/catalogue.h"
#include "datasets/lightcurves/lightcurve.h"
#include "tests/avro_file.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"
#include "tests/fail_mallocs.h"

static int read_curves(const char *path, const void *options, double *sum, nn_error *error)
{
    ds_lightcurves *reader = NULL;
    const ds_lightcurve *curve = NULL;
    ds_points points = {0};
    int code = ds_lightcurves_open(&reader, path, options, error);
    assert_true(!code || !reader);
    while (!code && !(code = ds_lightcurves_next(reader, &curve, error)) && curve) {
        ds_selection how;
        double start;
        code = ds_lightcurve_select(curve, 50, &points, &start, &how, error);
        for (int i = 0; i < curve->count; i++)
            *sum += curve->flux[i] * (1 + curve->time[i]);
        *sum += points.count;
        if (code)
            break;
    }
    ds_points_free(&points);
    ds_lightcurves_close(reader);
    return code;
}

static int read_catalogue(const char *path, const void *options, double *sum, nn_error *error)
{
    ds_catalogue *catalogue;
    const int code = ds_catalogue_read(&catalogue, path, options, error);
    assert_true(!code || !catalogue);
    for (size_t row = 0; !code && row < ds_catalogue_rows(catalogue); row++)
        *sum += (double)(row + 1) *
                (ds_catalogue_number(catalogue, 0, row) + 10 * ds_catalogue_value(catalogue, 0, row));
    ds_catalogue_free(catalogue);
    return code;
}

typedef int (*reading)(const char *path, const void *options, double *sum, nn_error *error);

/* Some failures do no harm (libcsv asks for less): then the result must be the same. */
static void fail_each(reading read, const char *path, const void *options, long least)
{
    double whole = 0;
    nn_error error = {0};
    if (read(path, options, &whole, &error))
        fail_msg("%s", error.text);
    long refused = 0;
    bool done = false;
    for (mallocs.failing = 1; !done; mallocs.failing++) {
        double sum = 0;
        mallocs.calls = mallocs.alive = 0;
        mallocs.watching = true;
        const int code = read(path, options, &sum, &error);
        mallocs.watching = false;
        done = mallocs.calls < mallocs.failing;
        if (code) {
            refused++;
            assert_int_equal(code, NN_FAILED);
            assert_non_null(strstr(error.text, "memory"));
        } else {
            assert_true(sum == whole);
        }
        assert_int_equal(mallocs.alive, 0);
    }
    if (refused < least)
        fail_msg("only %ld allocations", refused);
}

#define HEAD "object_id,mjd,passband,flux,flux_err,detected\n"

static void test_grouped(void **context)
{
    (void)context;
    char *text = malloc(400000);
    size_t at = (size_t)sprintf(text, HEAD);
    for (int i = 0; i < 5000; i++)
        at += (size_t)sprintf(text + at, "object%d,%d,%d,\"%d\",1,%d\n", i / 8, i % 8 == 7 ? 0 : i, i % 6, i,
                              i % 2);
    const ds_lightcurve_options options = {0}, gather = {.grouping = DS_UNGROUPED};
    char path[300];
    strcpy(path, csv_write(text));
    fail_each(read_curves, path, &options, 25);
    fail_each(read_curves, path, &gather, 25);
    strcpy(path, csv_write_gzip("t.csv.gz", text));
    fail_each(read_curves, path, &options, 25);
    free(text);
}

static void test_ungrouped(void **context)
{
    (void)context;
    const ds_lightcurve_options options = {0};
    fail_each(read_curves, csv_write(HEAD "a,1,1,1,1,1\n\xe9,1,1,1,1,1\na,0,1,1,1,1\n\xe9,2,1,1,1,1\n"),
              &options, 15);
}

static void test_text_and_visits(void **context)
{
    (void)context;
    const ds_lightcurve_options none = {0};
    fail_each(
        read_curves,
        csv_write("SNID: 1\nVARLIST: MJD FLT FLUXCAL FLUXCALERR\nOBS: 5 g 1 1\nOBS: 4 g 1 1\nEND:\nSNID: 2\n"
                  "VARLIST: MJD FLT FLUXCAL FLUXCALERR\nOBS: 5 g 1 1\nEND:\n"),
        &none, 15);
    char visits[300];
    strcpy(visits, csv_write_bytes("v.csv", "visit,mjd\n5,6\n6,7\n", 18));
    const ds_lightcurve_options options = {.visits = visits};
    fail_each(read_curves, csv_write("object_id,visit,band,psfFlux,psfFluxErr\n1,5,1,1,1\n1,6,1,1,1\n"),
              &options, 20);
}

/* Every form has its own way to the columns. */
static void test_forms(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "2459001 20 0.01\n2459002 20 0.01\n",
        "\\fixlen = T\n|oid|mjd|mag|magerr|filtercode|\n|int|double|float|float|char|\n| | | mag | mag | |\n"
        " 1 59000 20 0.1 zg\n 1 59001 20 0.1 zr\n",
        "# %ECSV 1.0\n# - {name: flux, unit: uJy}\nobject_id mjd band flux flux_err\n1 59000 V 5 1\n1 59001 "
        "I 5 1\n",
        "# "
        "object_id,mjd,band,flux_ujy,flux_ujy_err,mag,magerr\n1,59000,g,5,1,22.1,.1\n1,59000,g,5,1,22.1,."
        "1\n"};
    const ds_lightcurve_options none = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        fail_each(read_curves, csv_write(texts[i]), &none, 12);
}

/* Records of alerts, and tables that describe themselves. */
static void test_records(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "{\"objectId\":\"a\",\"candidate\":{\"jd\":2459001.5,\"fid\":1,\"candid\":1,\"magpsf\":20,"
        "\"sigmapsf\":0.1},"
        "\"prv_candidates\":[{\"jd\":2459000.5,\"fid\":1,\"candid\":2,\"magpsf\":20,\"sigmapsf\":0.1}]}\n"
        "{\"objectId\":\"a\",\"candidate\":{\"jd\":2459001.5,\"fid\":1,\"candid\":1,\"magpsf\":20,"
        "\"sigmapsf\":0.1}}\n",
        "{\"id\":\"a\",\"mjd\":[59000,59001],\"mag\":[20,20.5],\"magerr\":[0.1,0.1]}",
#ifdef AUSPEX_EXPAT
        "<VOTABLE><RESOURCE><TIMESYS timeorigin='2450000.5'/><TABLE><PARAM name='band' value='V'/><FIELD "
        "name='id' datatype='int'/><FIELD name='t' "
        "ucd='time.epoch' datatype='double'/><FIELD name='m' unit='mag' ucd='phot.mag' "
        "datatype='float'><VALUES null='9'/>"
        "</FIELD><FIELD name='s' ucd='stat.error;phot.mag' "
        "datatype='float'/><DATA><TABLEDATA><TR><TD>1</TD><TD>5000</TD>"
        "<TD>20</TD><TD>.1</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>",
#endif
    };
    static avro_bytes file;
    const ds_lightcurve_options none = {0}, alone = {.grouping = DS_ALERTS};
    char path[300];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        fail_each(read_curves, csv_write(texts[i]), &none, 12);
    avro_alerts(&file, 1);
    strcpy(path, csv_write_bytes("a.avro", file.at, file.size));
    fail_each(read_curves, path, &none, 25);
    fail_each(read_curves, path, &alone, 25);
}

static void test_catalogue(void **context)
{
    (void)context;
    char *text = malloc(100000);
    size_t at = (size_t)sprintf(text, "object_id,z,class\n");
    for (int i = 0; i < 1000; i++)
        at += (size_t)sprintf(text + at, "%d,%d,class \xe9 %d\n", i, i, i % 40);
    const ds_catalogue_options options = {.numbers = "z", .categories = "class"};
    fail_each(read_catalogue, csv_write(text), &options, 1000);
    free(text);
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grouped),         cmocka_unit_test(test_ungrouped),
        cmocka_unit_test(test_text_and_visits), cmocka_unit_test(test_forms),
        cmocka_unit_test(test_records),         cmocka_unit_test(test_catalogue)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
