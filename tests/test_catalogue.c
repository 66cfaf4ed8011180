/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of objects: ids, numbers under their many names, categories and their order. */
#include "datasets/lightcurves/catalogue.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <math.h>

static ds_catalogue *take(const char *text, const ds_catalogue_options *options)
{
    ds_catalogue *catalogue;
    nn_error error;
    if (ds_catalogue_read(&catalogue, csv_write(text), options, &error))
        fail_msg("%s", error.text);
    return catalogue;
}

static void test_join(void **context)
{
    (void)context;
    ds_catalogue *c = take("object_id,class,z\nb,SN Ia,1\na,\"RR Lyrae, ab\",2\n007,,3\n",
                           &(ds_catalogue_options){.categories = "class", .numbers = "z"});
    assert_int_equal(ds_catalogue_rows(c), 3);
    assert_int_equal(ds_catalogue_find(c, "a"), 1);
    assert_int_equal(ds_catalogue_find(c, "7"), -1);
    assert_int_equal(ds_catalogue_find(c, "007"), 2);
    assert_string_equal(ds_catalogue_id(c, 0), "b");
    assert_int_equal(ds_catalogue_categories(c, 0), 2);
    assert_string_equal(ds_catalogue_category(c, 0, 0), "RR Lyrae, ab");
    assert_int_equal(ds_catalogue_value(c, 0, 0), 1);
    assert_int_equal(ds_catalogue_value(c, 0, 1), 0);
    assert_int_equal(ds_catalogue_value(c, 0, 2), -1);
    assert_true(ds_catalogue_number(c, 0, 1) == 2);
    assert_string_equal(ds_catalogue_category_name(c, 0), "class");
    ds_catalogue_free(c);
}

static void test_codes_are_ordered_as_numbers(void **context)
{
    (void)context;
    ds_catalogue *c = take("SNID;Target;t\n1;90;10\n2;6;9\n3;42;x\n4;6;9\n",
                           &(ds_catalogue_options){.categories = "target,t", .id = "snid"});
    const char *const codes[] = {"6", "42", "90"}, *const words[] = {"10", "9", "x"};
    assert_int_equal(ds_catalogue_categories(c, 0), 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(ds_catalogue_category(c, 0, i), codes[i]);
        assert_string_equal(ds_catalogue_category(c, 1, i), words[i]);
    }
    assert_int_equal(ds_catalogue_value(c, 0, 3), 0);
    assert_int_equal(ds_catalogue_value(c, 1, 3), 1);
    ds_catalogue_free(c);
}

static void test_quantities_of_surveys(void **context)
{
    (void)context;
    static const struct {
        const char *text, *name, *error_name;
    } cases[] = {
        {"object_id,hostgal_specz,hostgal_photoz,hostgal_photoz_err\n1,9,0.5,0.1\n", "hostgal_photoz",
         "hostgal_photoz_err"},
        {"SNID,HOSTGAL_PHOTOZ,HOSTGAL_PHOTOZ_ERR,HOSTGAL_SPECZ\n1,0.5,0.1,9\n", "HOSTGAL_PHOTOZ",
         "HOSTGAL_PHOTOZ_ERR"},
        {"diaObjectId,z_final,z_final_err,hostgal_zphot,hostgal_zphot_err\n1,9,9,0.5,0.1\n", "hostgal_zphot",
         "hostgal_zphot_err"},
        {"diaObjectId,z_final,z_final_err\n1,0.5,0.1\n", "z_final", "z_final_err"},
        {"object_id,photoz,photoz_err,hostgal_photoz\n1,0.5,0.1,9\n", "photoz", "photoz_err"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ds_catalogue *c = take(cases[i].text, &(ds_catalogue_options){.numbers = "photoz,photoz_err"});
        assert_true(ds_catalogue_number(c, 0, 0) == 0.5);
        assert_true(ds_catalogue_number(c, 1, 0) == 0.1);
        ds_catalogue_free(c);
    }
}

static void test_missing_values(void **context)
{
    (void)context;
    ds_catalogue *c = take("object_id,specz,x\n1,-9.0000,-9\n2,,nan\n3,-0.001,-99\n4,inf,?\n",
                           &(ds_catalogue_options){.numbers = "specz,x", .missing = "-99"});
    assert_true(isnan(ds_catalogue_number(c, 0, 0)));
    assert_true(ds_catalogue_number(c, 1, 0) == -9);
    assert_true(ds_catalogue_number(c, 0, 2) == -0.001);
    for (size_t row = 1; row < 4; row++)
        assert_true(isnan(ds_catalogue_number(c, 1, row)));
    assert_true(isnan(ds_catalogue_number(c, 0, 1)) && isnan(ds_catalogue_number(c, 0, 3)));
    ds_catalogue_free(c);
}

static void test_many_rows(void **context)
{
    (void)context;
    enum { ROWS = 20000 };
    char *text = malloc(ROWS * 40 + 100);
    size_t at = (size_t)sprintf(text, "object_id,k,class\n");
    for (int i = 0; i < ROWS; i++)
        at += (size_t)sprintf(text + at, "%d,%d,c%d\n", (int)((i * 7919LL) % 100003), i, i % 17);
    ds_catalogue *c = take(text, &(ds_catalogue_options){.numbers = "k", .categories = "class"});
    for (int i = 0; i < ROWS; i++) {
        char id[20];
        sprintf(id, "%d", (int)((i * 7919LL) % 100003));
        const long row = ds_catalogue_find(c, id);
        assert_int_equal(row, i);
        assert_true(ds_catalogue_number(c, 0, (size_t)row) == i);
        sprintf(id, "c%d", i % 17);
        assert_string_equal(ds_catalogue_category(c, 0, ds_catalogue_value(c, 0, (size_t)row)), id);
    }
    ds_catalogue_free(c);
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
        cmocka_unit_test(test_join), cmocka_unit_test(test_codes_are_ordered_as_numbers),
        cmocka_unit_test(test_quantities_of_surveys), cmocka_unit_test(test_missing_values),
        cmocka_unit_test(test_many_rows)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
