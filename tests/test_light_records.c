/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts and other records as JSON and Avro, and VOTables: each small file by hand, and what it must give. */
#include "tests/light_file.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define CANDIDATE(jd, fid, id, mag, sign)                                                                    \
    "{\"jd\": " jd ", \"fid\": " fid ", \"candid\": " id ", \"magpsf\": " mag                                \
    ", \"sigmapsf\": 0.1, \"diffmaglim\": 20.5, \"isdiffpos\": \"" sign "\"}"
#define MISSED(jd, fid)                                                                                      \
    "{\"jd\": " jd ", \"fid\": " fid ", \"candid\": null, \"magpsf\": null, \"sigmapsf\": NaN, "             \
    "\"diffmaglim\": 20.5, \"isdiffpos\": null}"
#define ALERT(id, candidate, history)                                                                        \
    "{\"objectId\": \"" id "\", \"candidate\": " candidate ", \"prv_candidates\": " history                  \
    ", \"cutoutScience\": {\"stampData\": \"}]{[\"}}\n"
#define FIRST  CANDIDATE("2459001.5", "1", "11", "18.5", "t")
#define SECOND CANDIDATE("2459003.5", "2", "13", "18.2", "f")
#define LIMIT  MISSED("2459000.5", "2")

static const char ztf[] =
    ALERT("A", FIRST, "[" LIMIT "]") ALERT("B", FIRST, "null") ALERT("A", SECOND, "[" LIMIT ", " FIRST "]");
static const light_point ztf_points[] = {{"A", 59000, "r", 20.5, 0, 0, false, true},
                                         {"A", 59001, "g", 18.5, 0.1, 0, false, false},
                                         {"A", 59003, "r", 18.2, 0.1, 0, true, false},
                                         {"B", 59001, "g", 18.5, 0.1, 0, false, false}};

#define SOURCE(time, band, flux, id)                                                                         \
    "{\"diaSourceId\": " id ", \"diaObjectId\": 77, \"midpointMjdTai\": " time ", \"band\": \"" band         \
    "\", \"psfFlux\": " flux ", \"psfFluxErr\": 50, \"snr\": 20}"
#define FORCED(time, band, flux)                                                                             \
    "{\"diaObjectId\": 77, \"midpointMjdTai\": " time ", \"band\": \"" band "\", \"psfFlux\": " flux         \
    ", \"psfFluxErr\": 60}"
static const char lsst[] = "{\"diaSource\": " SOURCE(
    "61000.5", "r", "1000",
    "1") ", \"prvDiaSources\": null, "
         "\"prvDiaForcedSources\": null, \"diaObject\": {\"diaObjectId\": 77}}\n"
         "{\"diaSource\": " SOURCE("61002.5", "y", "-2000", "2") ", \"prvDiaSources\": [" SOURCE(
             "61000.5", "r", "1000",
             "1") "], \"prvDiaForcedSources\": [" FORCED("61000.5", "r", "990") ", " FORCED("61001.5", "g",
                                                                                            "30") "]}\n";
static const light_point lsst_points[] = {{"77", 61000.5, "r", 1000, 50, 31.4, false, false},
                                          {"77", 61001.5, "g", 30, 60, 31.4, false, false},
                                          {"77", 61002.5, "y", -2000, 50, 31.4, false, false}};

static const char elasticc[] =
    "{\"alertId\": 1, \"diaSource\": {\"diaSourceId\": 5, \"diaObjectId\": 9, \"midPointTai\": 60700.25, "
    "\"filterName\": \"Y\", \"psFlux\": 40.5, \"psFluxErr\": 2.5}, \"prvDiaForcedSources\": "
    "[{\"diaObjectId\": 9, \"midPointTai\": 60690.25, \"filterName\": \"u\", \"psFlux\": -1, \"psFluxErr\": "
    "3}]}";
static const light_point elasticc_points[] = {{"9", 60690.25, "u", -1, 3, 27.5, false, false},
                                              {"9", 60700.25, "y", 40.5, 2.5, 27.5, false, false}};

static const char alerce[] =
    "{\n \"oid\": \"ZTF20x\",\n \"detections\": [{\"candid\": \"7\", \"mjd\": 59001, \"fid\": 1, \"magpsf\": "
    "18, "
    "\"sigmapsf\": 0.05, \"isdiffpos\": 1},\n  {\"candid\": \"8\", \"mjd\": 59002, \"fid\": 2, \"magpsf\": "
    "17.5, "
    "\"sigmapsf\": 0.04, \"isdiffpos\": -1}],\n \"non_detections\": [{\"mjd\": 58990, \"fid\": 2, "
    "\"diffmaglim\": 20}]\n}\n";
static const light_point alerce_points[] = {{"ZTF20x", 58990, "r", 20, 0, 0, false, true},
                                            {"ZTF20x", 59001, "g", 18, .05, 0, false, false},
                                            {"ZTF20x", 59002, "r", 17.5, .04, 0, true, false}};

static const char fink[] =
    "[{\"i:objectId\": \"Z1\", \"i:jd\": 2459001.5, \"i:fid\": 1, \"i:magpsf\": 18.5, \"i:sigmapsf\": 0.1, "
    "\"i:diffmaglim\": 20, \"d:tag\": \"valid\"},\n {\"i:objectId\": \"Z1\", \"i:jd\": 2459002.5, \"i:fid\": "
    "2, "
    "\"i:magpsf\": NaN, \"i:sigmapsf\": NaN, \"i:diffmaglim\": 20.25, \"d:tag\": \"upperlim\"},\n"
    " {\"i:objectId\": \"Z1\", \"i:jd\": 2459003.5, \"i:fid\": 2, \"i:magpsf\": 18, \"i:sigmapsf\": 0.1, "
    "\"i:diffmaglim\": 20, \"d:tag\": \"badquality\"}]";
static const light_point fink_points[] = {{"Z1", 59001, "g", 18.5, .1, 0, false, false},
                                          {"Z1", 59002, "r", 20.25, 0, 0, false, true}};

static const char osc[] =
    "{\n\t\"SN1\": {\n\t\t\"name\": \"SN1\", \"redshift\": [{\"value\": \"0.1\"}],\n\t\t\"photometry\": [\n"
    "{\"time\": \"55800.5\", \"u_time\": \"MJD\", \"magnitude\": \"12.5\", \"e_magnitude\": \"0.02\", "
    "\"band\": \"B\"},\n"
    "{\"time\": \"55801.5\", \"magnitude\": \"12.25\", \"e_magnitude\": \"0.03\", \"band\": \"V\"},\n"
    "{\"time\": \"55790.5\", \"magnitude\": \"19\", \"band\": \"V\", \"upperlimit\": true}],\n"
    "\"spectra\": [{\"time\": \"55801\", \"u_fluxes\": \"erg\", \"data\": [[\"1\", \"2\"]]}]}}";
static const light_point osc_points[] = {{"SN1", 55790.5, "V", 19, 0, 0, false, true},
                                         {"SN1", 55800.5, "B", 12.5, .02, 0, false, false},
                                         {"SN1", 55801.5, "V", 12.25, .03, 0, false, false}};

/* The same two objects in five ways. */
static const char arrays[] =
    "{\"id\": \"a\", \"time\": [59000, 59001], \"flux_ujy\": [10, -2.5], \"flux_ujy_err\": [1, 2], "
    "\"band\": [\"g\", \"r\"]}\n"
    "{\"id\": \"b\", \"time\": [59000], \"flux_ujy\": [3], \"flux_ujy_err\": [1], \"band\": [\"g\"]}\n";
static const char objects[] =
    "[{\"id\": \"a\", \"lightcurve\": [{\"time\": 59000, \"flux_ujy\": 10, \"flux_ujy_err\": 1, \"band\": "
    "\"g\"}, "
    "{\"time\": 59001, \"flux_ujy\": -2.5, \"flux_ujy_err\": 2, \"band\": \"r\"}]},\n"
    " {\"id\": \"b\", \"lightcurve\": [{\"time\": 59000, \"flux_ujy\": 3, \"flux_ujy_err\": 1, \"band\": "
    "\"g\"}]}]";
static const char by_band[] =
    "{\"a\": {\"g\": {\"time\": [59000], \"flux_ujy\": [10], \"flux_ujy_err\": [1]}, "
    "\"r\": {\"time\": [59001], \"flux_ujy\": [-2.5], \"flux_ujy_err\": [2]}}, "
    "\"b\": {\"g\": {\"time\": [59000], \"flux_ujy\": [3], \"flux_ujy_err\": [1]}}}";
static const char tap[] =
    "{\"metadata\": [{\"name\": \"id\"}, {\"name\": \"time\"}, {\"name\": \"flux_ujy\"}, {\"name\": "
    "\"flux_ujy_err\"}, "
    "{\"name\": \"band\"}], \"data\": [[\"a\", 59000, 10, 1, \"g\"], [\"a\", 59001, -2.5, 2, \"r\"], "
    "[\"b\", 59000, 3, 1, \"g\"]]}";
static const char pandas[] =
    "{\"id\": {\"0\": \"a\", \"1\": \"a\", \"2\": \"b\"}, \"time\": {\"0\": 59000, \"1\": 59001, \"2\": "
    "59000}, "
    "\"flux_ujy\": {\"0\": 10, \"1\": -2.5, \"2\": 3}, \"flux_ujy_err\": {\"0\": 1, \"1\": 2, \"2\": 1}, "
    "\"band\": {\"0\": \"g\", \"1\": \"r\", \"2\": \"g\"}}";
static const light_point plain_points[] = {{"a", 59000, "g", 10, 1, 23.9, false, false},
                                           {"a", 59001, "r", -2.5, 2, 23.9, false, false},
                                           {"b", 59000, "g", 3, 1, 23.9, false, false}};

#define CASE(name)                                                                                           \
    {                                                                                                        \
#name, name, name##_points, sizeof name##_points / sizeof *name##_points                             \
    }
#define PLAIN(name)                                                                                          \
    {                                                                                                        \
#name, name, plain_points, sizeof plain_points / sizeof *plain_points                                \
    }
static const struct {
    const char *name, *text;
    const light_point *points;
    int count;
} records[] = {CASE(ztf),     CASE(lsst),     CASE(elasticc), CASE(alerce), CASE(fink),   CASE(osc),
               PLAIN(arrays), PLAIN(objects), PLAIN(by_band), PLAIN(tap),   PLAIN(pandas)};

static void test_records(void **context)
{
    (void)context;
    static light_read all;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        char path[300];
        strcpy(path, csv_write_bytes("t.json", records[i].text, strlen(records[i].text)));
        light_take(&all, path, &(ds_lightcurve_options){0});
        light_compare(records[i].name, &all, records[i].points, records[i].count);
        strcpy(path, csv_write_gzip("t.json.gz", records[i].text));
        light_take(&all, path, &(ds_lightcurve_options){.strict = true});
        light_compare(records[i].name, &all, records[i].points, records[i].count);
    }
}

/* Alerts as objects of their own, and what comes of a detection that forced photometry has, too. */
static void test_alerts_alone(void **context)
{
    (void)context;
    static light_read all;
    light_take(&all, csv_write(ztf), &(ds_lightcurve_options){.grouping = DS_ALERTS});
    assert_int_equal(all.report.objects, 3);
    assert_int_equal(all.count, 6);
    light_take(&all, csv_write(lsst), &(ds_lightcurve_options){0});
    assert_int_equal(all.report.repeats, 2);
    assert_string_equal(all.report.clock, "MJD (TAI)");
}

/* --- a stream --- */

/* The same bytes through a pipe, in pieces of that size. */
static void take_piped(light_read *all, const char *text, size_t piece, const ds_lightcurve_options *options)
{
    int ends[2];
    char path[40];
    assert_int_equal(pipe(ends), 0);
    const pid_t writer = fork();
    if (writer == 0) {
        close(ends[0]);
        for (size_t at = 0, n = strlen(text); at < n; at += piece)
            if (write(ends[1], text + at, at + piece < n ? piece : n - at) < 0)
                break;
        _exit(0);
    }
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    light_take(all, path, options);
    close(ends[0]);
    waitpid(writer, NULL, 0);
}

static void test_pieces(void **context)
{
    (void)context;
    static const char csv[] =
        "object_id,mjd,band,flux_ujy,flux_ujy_err\na,59000,g,10,1\na,59001,r,-2.5,2\nb,59000,g,3,1\n";
    static const char *const texts[] = {ztf, lsst, arrays, objects, fink, csv};
    static const size_t pieces[] = {1, 7, 100, 100000};
    static light_read first, all;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int model = 0; model < 2; model++)
            for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
                const ds_lightcurve_options options = {.bands = model ? &ds_bands_lsst : NULL};
                take_piped(p ? &all : &first, texts[i], pieces[p], &options);
                if (p == 0)
                    continue;
                assert_int_equal(all.code, first.code);
                assert_string_equal(all.error.text, first.error.text);
                assert_int_equal(all.count, first.count);
                assert_memory_equal(all.id, first.id, sizeof all.id);
                for (int k = 0; k < all.count; k++)
                    assert_true(all.point[k].value == first.point[k].value &&
                                all.point[k].time == first.point[k].time);
                assert_memory_equal(all.report.columns, first.report.columns, sizeof all.report.columns);
            }
    /* Alerts of a stream are objects of their own. */
    take_piped(&all, ztf, 50, &(ds_lightcurve_options){0});
    assert_int_equal(all.report.objects, 3);
    take_piped(&all, ztf, 50, &(ds_lightcurve_options){.grouping = DS_UNGROUPED});
    light_compare("gathered", &all, ztf_points, 4);
}

/* --- what cannot be read --- */

static void test_bad_records(void **context)
{
    (void)context;
    static const char *const bad[] = {"{\"id\": \"x\", \"time\": [1, \n",
                                      "not JSON\n",
                                      "{\"a\": 1}\n",
                                      "[1, 2]\n",
                                      "{\"id\": \"x\", \"time\": [59000], \"flux_ujy\": [\"oops\"], "
                                      "\"flux_ujy_err\": [1], \"band\": [\"g\"]}\n",
                                      "{\"id\": \"x\", \"time\": [59000, 59001], \"flux_ujy\": [1], "
                                      "\"flux_ujy_err\": [1], \"band\": [\"g\"]}\n",
                                      "{\"id\": \"\xff\"}\n"};
    static light_read all;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[1000], place[40];
        const char *second = strchr(arrays, '\n') + 1;
        snprintf(text, sizeof text, "%.*s%s%s", (int)(second - arrays), arrays, bad[i], second);
        const ds_lightcurve_options skip = {.skip_bad_rows = true};
        light_take(&all, csv_write(text), &skip);
        light_compare(bad[i], &all, plain_points, 3);
        assert_true(all.report.bad_rows > 0);
        light_take(&all, csv_write(text), &(ds_lightcurve_options){0});
        assert_int_equal(all.code, NN_BAD_DATA);
        snprintf(place, sizeof place, "t.csv:2");
        if (!strstr(all.error.text, place))
            fail_msg("%s%s", bad[i], all.error.text);
    }
    /* The first one, too. */
    char text[1000];
    snprintf(text, sizeof text, "{\"id\": \"x\", \"time\": [59\n%s", arrays);
    light_take(&all, csv_write(text), &(ds_lightcurve_options){.skip_bad_rows = true});
    light_compare("first", &all, plain_points, 3);
}

static void test_cut_off(void **context)
{
    (void)context;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"[{\"id\": \"a\"", "t.csv:1:12: the file ends within a value that begins in line 1: it is cut off"},
        {"[{\"id\": \"a\", \"mjd\": 59000, \"flux_ujy\": 1, \"flux_ujy_err\": 1, \"band\": \"g\"},",
         "t.csv:1:75: the file ends within an array: it is cut off"},
        {"[{\"id\": \"a\", \"mjd\": 59000, \"flux_ujy\": 1, \"flux_ujy_err\": 1, \"band\": "
         "\"g\"},\n{\"id\":\n",
         "the file ends within a value that begins in line 2: it is cut off"},
        {"[{\"id\": \"a\", \"mjd\": 59000, \"flux_ujy\": 1, \"flux_ujy_err\": 1, \"band\": \"g\"},\n{\"id\": "
         "\"b",
         "t.csv:2:10: the file ends within a value that begins in line 2: it is cut off"},
        {"[{\"id\": \"a\", \"mjd\": 59000 59001}]", "t.csv:1:32: this is no JSON"},
        {"{\"id\": \"a\", \"mjd\": 59000, \"flux_ujy\": 1, \"flux_ujy_err\": 1, \"band\": \"g\"}\n{\"id\": "
         "\"a\", \"mj",
         "t.csv:2:16: the file ends within a value that begins in line 2: it is cut off"},
        {"{}", "no photometry is found"},
        {"{\"id\": \"a\", \"flux\": [1, 2]}", "its members are id, flux"}};
    static light_read all;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        light_take(&all, csv_write(cases[i].text), &(ds_lightcurve_options){0});
        if (all.code != NN_BAD_DATA || !strstr(all.error.text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, all.error.text);
    }
}

/* An upper limit by a member that only limits have, which comes late. */
static void test_late_member(void **context)
{
    (void)context;
    static char text[400000];
    static light_read all;
    size_t at = 0;
    for (int i = 0; i < 2500; i++)
        at += (size_t)sprintf(
            text + at,
            "{\"event\": \"o%d\", \"mjd\": 59000, \"band\": \"g\", \"mag\": 20, \"mag_err\": 0.1%s}\n", i,
            i == 2400 ? ", \"upperlimit\": true" : "");
    light_take(&all, csv_write(text), &(ds_lightcurve_options){0});
    assert_int_equal(all.code, NN_OK);
    assert_int_equal(all.report.limits, 1);
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_records), cmocka_unit_test(test_alerts_alone),
                                       cmocka_unit_test(test_pieces),  cmocka_unit_test(test_bad_records),
                                       cmocka_unit_test(test_cut_off), cmocka_unit_test(test_late_member)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
