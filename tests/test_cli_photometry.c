/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inspect on light curves: found by the names of columns, through pipes, joined with metadata. */
#include "cmocka_all.h"
#include "program.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char sky[] = "object_id,mjd,passband,flux,flux_err,detected\n"
                          "1,59002,1,20,2,1\n1,59001,2,-3,1,0\n1,59003,2,nan,1,0\n"
                          "2,59000.5,5,8,1,1\n3,59000,0,1,0,0\n";
static const char objects[] = "object_id,class,photoz\n1,SN Ia,0.5\n2,RRL,0\n9,SN Ia,1\n";

static void says(const char *words, const char *input, int status, const char *text)
{
    program_result r = program_run(words, input);
    if (r.status != status || (!strstr(r.out, text) && !strstr(r.err, text)))
        fail_msg("auspex %s: %d, not %d with '%s':\n%s%s", words, r.status, status, text, r.out, r.err);
    program_result_free(&r);
}

static void test_text(void **state)
{
    (void)state;
    program_write("sky.csv", sky, strlen(sky));
    program_write("meta.csv", objects, strlen(objects));
    says("inspect sky.csv", NULL, 0, "  objects    3, of 0 to 2 points\n");
    says("inspect sky.csv", NULL, 0, "  points     3, 2 of them detections\n");
    says("inspect sky.csv", NULL, 0, "  left out   1 points with an error of zero or less\n");
    says("inspect sky.csv", NULL, 0, "the points of 1 of 3 objects were not in time order; they are sorted");
    says("inspect sky.csv", NULL, 0, "id object_id, time mjd, band passband, flux flux, error flux_err");
    says("inspect sky.csv --metadata meta.csv --label class", NULL, 0,
         "  metadata   3 objects, 2 of the light curves among them\n");
    says("inspect sky.csv --metadata meta.csv --label class", NULL, 0, "SN Ia        1            2\n");
    says("inspect sky.csv --no-photometry", NULL, 0, "layout     wide");
    says("inspect - --photometry", sky, 0, "  objects    3, of 0 to 2 points\n");
    says("inspect - --photometry --bands g=4802,r=6231,z=1,y=1,u=3685", sky, 0, "4802");
    says("inspect - --photometry", "SNID: 5\nVARLIST: MJD FLT FLUXCAL FLUXCALERR\nOBS: 5 g 1 1\nEND:\n", 0,
         "SNANA text");
}

static void test_json(void **state)
{
    (void)state;
    program_result r = program_run("inspect sky.csv --metadata meta.csv --label class --json", NULL);
    assert_int_equal(r.status, 0);
    json_error_t error;
    json_t *d = json_loads(r.out, 0, &error);
    assert_non_null(d);
    assert_string_equal(json_string_value(json_object_get(d, "kind")), "photometry");
    assert_int_equal(json_integer_value(json_object_get(d, "objects")), 3);
    assert_int_equal(json_integer_value(json_object_get(d, "points")), 3);
    assert_int_equal(json_integer_value(json_object_get(d, "unsorted_objects")), 1);
    assert_int_equal(json_integer_value(json_object_get(d, "joined_objects")), 2);
    const json_t *dropped = json_object_get(d, "dropped");
    assert_int_equal(json_integer_value(json_object_get(dropped, "flux")), 1);
    assert_int_equal(json_integer_value(json_object_get(dropped, "error_not_positive")), 1);
    const json_t *class = json_array_get(json_object_get(d, "classes"), 1);
    assert_string_equal(json_string_value(json_object_get(class, "name")), "SN Ia");
    assert_int_equal(json_integer_value(json_object_get(class, "objects")), 1);
    const json_t *y = json_array_get(json_object_get(d, "bands"), 5);
    assert_int_equal(json_integer_value(json_object_get(y, "points")), 1);
    json_decref(d);
    program_result_free(&r);
}

static void test_trouble(void **state)
{
    (void)state;
    says("inspect sky.csv --metadata none.csv", NULL, 3, "none.csv");
    says("inspect sky.csv --label class", NULL, 2, "--metadata FILE");
    says("inspect sky.csv --metadata meta.csv --label type", NULL, 2,
         "the columns are object_id, class, photoz");
    says("inspect sky.csv --photometry --bands g", NULL, 2, "--bands");
    says("inspect - --photometry", "a,b\n1,2\n", 3, "no column of object ids");
    says("inspect - --photometry --unknown-bands error", "object_id,mjd,band,flux,flux_err\n1,1,Q,1,1\n", 3,
         "standard input:2:3: band 'Q'");
    says("inspect - --photometry", "object_id,mjd,band,flux,flux_err\n1,1,Q,1,1\n1,1,g,1,1\n", 0,
         "(such as 'Q')");
    says("inspect - --photometry", "object_id,mjd,band,flux,flux_err\n1,1,g,1,1\n2,1,g,1,1\n1,2,g,1,1\n", 0,
         "not grouped by id");
    says("inspect - --photometry", "object_id,mjd,band,flux,flux_err,detected\n1,1,g,9,1,0\n", 0,
         "--detected-column none");
    says("inspect - --photometry --detected-column none",
         "object_id,mjd,band,flux,flux_err,detected\n1,1,g,9,1,0\n", 0, "points     1, 1 of them detections");
    /* The table of objects is read, not written. */
    program_write("other.csv", sky, strlen(sky));
    says("inspect sky.csv --metadata other.csv", NULL, 3, "has a row already, in line 2");
}

/* Times and magnitudes whose zero or system nobody knows are not called by a name. */
static void test_no_names_that_are_not_known(void **state)
{
    (void)state;
    static const char days[] = "object_id,time,band,flux,flux_err\n1,1600.1,r,9,1\n1,1600.3,r,9,1\n",
                      vega[] = "object_id,mjd,band,mag,mag_err\n1,56200,V,18,0.1\n1,56201,V,18.1,0.1\n",
                      sloan[] = "object_id,mjd,band,mag,mag_err\n1,56200,r,18,0.1\n1,56201,r,18.1,0.1\n",
                      tess[] = "object_id,BTJD,band,flux,flux_err\n1,1600.1,r,9,1\n1,1600.3,r,9,1\n";
    says("inspect - --photometry", days, 0,
         "time       days from a zero that is not known, 1600.1000 to 1600.3000");
    says("inspect - --photometry --time-zero 56999.5", days, 0, "time       MJD 58599.6000 to 58599.8000");
    says("inspect - --photometry", tess, 0, "time       BJD (TDB) - 2400000.5 58599.6000 to 58599.8000");
    says("inspect - --photometry", vega, 0, "taken as AB, though those of such bands are usually Vega's");
    says("inspect - --photometry", sloan, 0, "unit       magnitudes, taken as AB\n");
    says("inspect - --photometry", "object_id,mjd,band,flux,flux_err\n1,580010,r,9,1\n", 3,
         "580010 is neither MJD nor a Julian date");
}

/* A file of which no point is left is an error that names the way out, whatever the points were left out for.
 */
static void test_all_points_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *options, *input, *text;
    } cases[] = {
        {"", "object_id,mjd,band,flux,flux_err\n1,56200,Q,10,1\n",
         "--bands NAME=ANGSTROM,... names the file's bands"},
        {" --unknown-bands drop", "object_id,mjd,band,flux,flux_err\n1,56200,Q,10,1\n2,56200,Q,10,1\n",
         "all 2 points are of bands (such as 'Q')"},
        {"", "object_id,mjd,band,flux,flux_err\n1,56200,r,10,0\n1,56201,r,10,-1\n",
         "no point of 2 can be used, 2 of them with an error of zero or less; --error-column"},
        {"", "object_id,mjd,band,flux,flux_err\n1,,r,10,1\n1,,r,11,1\n", "without a time; --time-column"},
        {" --limits drop", "object_id,mjd,band,mag,mag_err\n1,56200,r,>19.5,\n1,56201,r,>19,\n",
         "of upper limits; --limits zero"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[100];
        snprintf(words, sizeof words, "inspect - --photometry%s", cases[i].options);
        says(words, cases[i].input, 3, cases[i].text);
    }
    says("inspect - --photometry", "object_id,mjd,band,flux,flux_err\n1,56200,V,10,1\n", 0,
         "V           5448");
}

int main(int argc, char **argv)
{
    (void)argc;
    if (program_set_up(argv[1]))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text), cmocka_unit_test(test_json), cmocka_unit_test(test_trouble),
        cmocka_unit_test(test_no_names_that_are_not_known), cmocka_unit_test(test_all_points_left_out)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
