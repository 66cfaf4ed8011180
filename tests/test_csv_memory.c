/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation of the reading path fails once: each time the answer is NN_FAILED, and nothing is left
 * behind. */
#include "datasets/table/table.h"
#include "datasets/table/write.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"
#include "tests/fail_mallocs.h"

/* Some failures do no harm (libcsv asks for less, a block that was to shrink stays): then the table must be
 * the same. */
static void fail_each(const char *path, const ds_read_options *options)
{
    ds_table *whole = NULL;
    nn_error error = {0};
    if (ds_table_read(&whole, path, options, &error))
        fail_msg("%s", error.text);
    long refused = 0;
    bool done = false;
    for (mallocs.failing = 1; !done; mallocs.failing++) {
        ds_table *table = NULL;
        mallocs.calls = mallocs.alive = 0;
        mallocs.watching = true;
        const int code = ds_table_read(&table, path, options, &error);
        done = mallocs.calls < mallocs.failing; /* the read went through without reaching that call */
        if (code) {
            refused++;
            assert_int_equal(code, NN_FAILED);
            assert_null(table);
            assert_non_null(strstr(error.text, "memory"));
        } else {
            assert_int_equal(table->rows, whole->rows);
            assert_int_equal(table->columns, whole->columns);
            assert_memory_equal(table->time, whole->time, whole->rows * sizeof *whole->time);
            assert_memory_equal(table->values, whole->values,
                                whole->rows * (size_t)whole->columns * sizeof *whole->values);
        }
        ds_table_free(table);
        mallocs.watching = false;
        assert_int_equal(mallocs.alive, 0);
    }
    assert_true(refused > 10);
    ds_table_free(whole);
}

static void test_wide(void **context)
{
    (void)context;
    const ds_read_options options = {
        .on_missing = DS_LINEAR, .on_gap = DS_FORWARD, .on_duplicate = DS_MEAN, .exclude = "c"};
    fail_each(
        csv_write(
            "date,a,\"b\n\",c,text\n2020-01-03,1,2,3,x\n2020-01-01,1,,3,y\n2020-01-01,2,2,3,z\n"
            "2020-01-02,1,2,3,x\n2020-01-04,3,NA,4,\"q\"\n2020-01-07,3,NA,4,\"q\"\n2020-01-08,3,1,4,\"q\"\n"),
        &options);
    const ds_read_options keep = {.on_gap = DS_KEEP, .on_duplicate = DS_KEEP};
    fail_each(csv_write("date,a\n2020-01-01,1\n2020-01-01,1\n2020-01-02,1\n2020-01-03,1\n2020-01-04,1\n"),
              &keep);
}

static void test_long(void **context)
{
    (void)context;
    const ds_read_options options = {.on_missing = DS_FORWARD, .on_duplicate = DS_MEAN};
    fail_each(
        csv_write("unique_id,ds,y,z\nA,2020-01-01,1,2\nA,2020-01-02,1,2\nA,2020-01-02,3,2\nB,2020-01-01,1,2\n"
                  "B,2020-01-03,1,2\n"),
        &options);
    const ds_read_options untimed = {.time = "none"};
    fail_each(csv_write("unique_id,y\nA,1\nA,2\nB,1\nB,2\n"), &untimed);
}

static void test_growing(void **context)
{
    (void)context;
    char *text = malloc(100000);
    size_t length = (size_t)sprintf(text, "a,b\n");
    for (int i = 0; i < 6000; i++)
        length += (size_t)sprintf(text + length, "%d,\"%d\"\n", i, i);
    const ds_read_options options = {0};
    char path[300];
    strcpy(path, csv_write(text));
    fail_each(path, &options);
    strcpy(path, csv_write_gzip("t.csv.gz", text));
    fail_each(path, &options);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wide), cmocka_unit_test(test_long),
                                       cmocka_unit_test(test_growing)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
