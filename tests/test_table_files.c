/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables written and read back, other encodings, and the real files. */
#include "datasets/table/write.h"
#include "datasets/text/encoding.h"
#include "tests/table_text.h"

/* --- writing and reading back --- */

static ds_table *read_path(const char *path, const ds_read_options *options)
{
    ds_table *table = NULL;
    if (ds_table_read(&table, path, options, &error))
        fail_msg("%s", error.text);
    return table;
}

static char *write_text(const ds_table *t, const int *columns, int count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    double *values = malloc(t->rows * (size_t)count * sizeof *values);
    for (size_t r = 0; r < t->rows; r++)
        for (int i = 0; i < count; i++)
            values[r * (size_t)count + (size_t)i] = t->values[r * (size_t)t->columns + (size_t)columns[i]];
    assert_int_equal(ds_write_csv(stream, t, columns, count, t->time, NULL, values, t->rows, &error), NN_OK);
    fclose(stream);
    free(values);
    return text;
}

static void round_trip(const ds_table *t, const ds_read_options *options)
{
    int columns[64];
    for (int i = 0; i < t->columns; i++)
        columns[i] = i;
    char *text = write_text(t, columns, t->columns);
    ds_table *back = read_with(text, options);
    assert_int_equal(back->rows, t->rows);
    assert_int_equal(back->columns, t->columns);
    assert_memory_equal(back->time, t->time, t->rows * sizeof *t->time);
    for (int i = 0; i < t->columns; i++)
        assert_string_equal(back->names[i], t->names[i]);
    for (size_t i = 0; i < t->rows * (size_t)t->columns; i++) {
        const float a = (float)t->values[i], b = (float)back->values[i];
        assert_true(isnan(a) ? isnan(b) : a == b);
    }
    ds_table_free(back);
    free(text);
}

static void test_written_text(void **context)
{
    (void)context;
    const char *text = "a;date;\"b;c\"\r\n1,5;2020-01-01;-2\r\n0,1;2020-01-02;1e+20\r\n";
    const ds_read_options comma = {.decimal_comma = true};
    ds_table *t = read_with(text, &comma);
    char *written = write_text(t, (const int[]){0, 1}, 2);
    assert_string_equal(written, text);
    free(written);
    written = write_text(t, (const int[]){1}, 1);
    assert_string_equal(written, "date;\"b;c\"\r\n2020-01-01;-2\r\n2020-01-02;1e+20\r\n");
    free(written);
    ds_table_free(t);
    const ds_read_options keep = {.on_missing = DS_KEEP};
    t = read_with(long_text, &keep);
    written = write_text(t, (const int[]){0, 2}, 2);
    assert_string_equal(written,
                        "unique_id,ds,y\nB,2020-01-01,1\nB,2020-01-02,2\nB,2020-01-03,3\nB,2020-01-04,\n"
                        "A,2020-01-01,\nA,2020-01-02,5\nA,2020-01-03,6\nA,2020-01-04,7\n");
    free(written);
    round_trip(t, &keep);
    ds_table_free(t);
    const char *const orders[] = {"ds,y,unique_id,z\n2020-01-01,1,A,3\n2020-01-02,2,A,4\n",
                                  "y,z,unique_id,ds\n1,3,A,2020-01-01\n2,4,A,2020-01-02\n",
                                  "y,unique_id,z,ds\n1,A,3,2020-01-01\n2,A,4,2020-01-02\n"};
    for (int i = 0; i < 3; i++) {
        t = read_text(orders[i]);
        written = write_text(t, (const int[]){0, 1}, 2);
        assert_string_equal(written, orders[i]);
        free(written);
        ds_table_free(t);
    }
    t = read_text("a\n1\n2.5\n");
    written = write_text(t, (const int[]){0}, 1);
    assert_string_equal(written, "a\n1\n2.5\n");
    free(written);
    ds_table_free(t);
}

static void test_names_in_windows_1252(void **context)
{
    (void)context;
    const char *text = "date;\"\xdc\x62;\x80\";b\n2020-01-01;1;2\n2020-01-02;2;3\n";
    ds_table *t = read_text(text);
    assert_true(t->layout.windows_1252);
    assert_string_equal(t->names[0], "\xc3\x9c\x62;\xe2\x82\xac");
    char *written = write_text(t, (const int[]){0, 1}, 2);
    assert_string_equal(written, text);
    free(written);
    ds_table_free(t);
    text =
        "unique_id,ds,y\nM\xfcnchen,2020-01-01,1\nM\xfcnchen,2020-01-02,2\nA,2020-01-01,3\nA,2020-01-02,4\n";
    t = read_text(text);
    assert_string_equal(t->names[0], "M\xc3\xbcnchen");
    written = write_text(t, (const int[]){0, 1}, 2);
    assert_string_equal(written, text);
    free(written);
    ds_table_free(t);
    t = read_text("date,\xc3\x9c\n2020-01-01,1\n2020-01-02,2\n");
    assert_false(t->layout.windows_1252);
    assert_string_equal(t->names[0], "\xc3\x9c");
    ds_table_free(t);
}

static void test_utf8(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true},          {"a\xc3\xa4", true},         {"\xf0\x9f\x98\x80", true}, {"\xc3", false},
        {"\xc0\x80", false}, {"\xed\xa0\x80", false},     {"\xe0\x80\x80", false},    {"\x80", false},
        {"\xff", false},     {"\xf4\x90\x80\x80", false}, {"\xc3\x28", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ds_is_utf8(cases[i].text, strlen(cases[i].text)), cases[i].valid);
    /* Every byte there and back. */
    char bytes[256], back[512];
    for (int i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    char *utf8 = ds_utf8_from_1252(bytes, 255);
    assert_non_null(utf8);
    assert_true(ds_is_utf8(utf8, strlen(utf8)));
    FILE *stream = fmemopen(back, sizeof back, "w");
    for (const char *p = utf8; *p;)
        p += ds_put_1252(p, stream);
    assert_int_equal(ftell(stream), 255);
    fclose(stream);
    assert_memory_equal(back, bytes, 255);
    free(utf8);
}

static void keep_note(void *context, const char *line)
{
    snprintf(context, 512, "%s", line);
}

static const char *last_note(const char *text)
{
    static char last[512];
    *last = '\0';
    ds_table *t = read_text(text);
    ds_table_notes(t, keep_note, last);
    ds_table_free(t);
    return last;
}

static void test_evenly_growing_column(void **context)
{
    (void)context;
    assert_string_equal(
        last_note("mark,a\n2000,3\n2001,1\n2002,2\n"),
        "column 'mark' grows by the same step in every row; --time 'mark' reads it as the time");
    assert_string_equal(last_note("year,a\n2000,3\n2001,1\n2002,2\n"), "");
    assert_string_equal(last_note("date,a\n2000-01-01,3\n2000-01-02,4\n2000-01-03,5\n"), "");
}

/* --- real files --- */

static ds_table *read_reference(const char *name, const ds_read_options *options)
{
    char path[4096];
    const char *folder = getenv("AUSPEX_REFERENCE");
    snprintf(path, sizeof path, "%s/data/forecast/%s", folder ? folder : "", name);
    if (access(path, R_OK)) {
        print_message("%s is not there\n", path);
        skip();
    }
    return read_path(path, options);
}

static double mean_of(const ds_table *t, const char *name, size_t rows)
{
    double sum = 0;
    const int c = ds_table_column(t, name);
    for (size_t r = 0; r < rows; r++)
        sum += t->values[r * (size_t)t->columns + (size_t)c];
    return sum / (double)rows;
}

static void test_ett(void **context)
{
    (void)context;
    ds_table *t = read_reference("ETTh1.csv", NULL);
    assert_int_equal(t->rows, 17420);
    assert_int_equal(t->columns, 7);
    assert_float_equal(mean_of(t, "HUFL", 8640), 7.93774225, 1e-7);
    assert_float_equal(mean_of(t, "OT", 8640), 17.1282617, 1e-6);
    assert_int_equal(t->frequency.unit, DS_UNIT_HOUR);
    round_trip(t, NULL);
    ds_table_free(t);
    t = read_reference("ETTm1.csv", NULL);
    assert_int_equal(t->rows, 69680);
    assert_int_equal(t->frequency.unit, DS_UNIT_MINUTE);
    assert_int_equal(t->frequency.count, 15);
    ds_table_free(t);
}

static void test_weather_and_exchange(void **context)
{
    (void)context;
    const ds_read_options keep = {.on_gap = DS_KEEP, .on_duplicate = DS_KEEP};
    ds_table *t = read_reference("weather.csv", &keep);
    assert_int_equal(t->rows, 52696);
    assert_int_equal(t->columns, 21);
    assert_int_equal(t->report.duplicates, 1);
    assert_int_equal(t->report.gaps, 1);
    assert_int_equal(t->report.missing_stamps, 9);
    assert_int_equal(t->frequency.count, 10);
    round_trip(t, &keep);
    ds_table_free(t);
    t = read_reference("exchange_rate.csv", NULL);
    assert_int_equal(t->rows, 7588);
    assert_int_equal(t->columns, 8);
    assert_int_equal(t->frequency.unit, DS_UNIT_DAY);
    round_trip(t, NULL);
    ds_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_text), cmocka_unit_test(test_names_in_windows_1252),
        cmocka_unit_test(test_utf8),         cmocka_unit_test(test_evenly_growing_column),
        cmocka_unit_test(test_ett),          cmocka_unit_test(test_weather_and_exchange)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
