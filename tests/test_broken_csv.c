/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Broken and odd CSV files: every one is refused with the right kind of error in one line that names the
 * place, or read. */
#include "datasets/table/table.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <sys/stat.h>

#define KEEP_ALL .on_missing = DS_KEEP, .on_gap = DS_KEEP, .on_duplicate = DS_KEEP

typedef struct broken {
    const char *text;
    size_t length; /* 0: up to the text's end */
    int code;
    const char *place; /* what follows the path: ":line:column:" or a part of it */
    const char *says;
    ds_read_options options;
} broken;

static const broken cases[] = {
    {"", 0, NN_BAD_DATA, ":1: ", "empty", {0}},
    {"\n\n \t\n\r\n", 0, NN_BAD_DATA, ":4: ", "empty", {0}},
    {"\xef\xbb\xbf", 0, NN_BAD_DATA, ":1: ", "empty", {0}},
    {"date,a,b\n", 0, NN_BAD_DATA, ":1: ", "no rows", {0}},
    {"date,a,b", 0, NN_BAD_DATA, ":1: ", "no rows", {0}},
    {"date\n2020-01-01\n2020-01-02\n", 0, NN_BAD_DATA, ":2: ", "no column of values", {0}},
    {"a\nx\ny\n", 0, NN_BAD_DATA, ": ", "no column holds numbers", {0}},
    {"a,b\n1,2\n3\n", 0, NN_BAD_DATA, ":3:1: ", "1 fields where the header has 2", {0}},
    {"a,b\n1,2\n3,4,5\n", 0, NN_BAD_DATA, ":3:3: ", "--delimiter", {0}},
    {"a,b,c,d\n1,2\n3,4\n", 0, NN_BAD_DATA, ":2:2: ", "header has 4", {0}},
    {"a,b\n1,2,\n3,4,5\n", 0, NN_BAD_DATA, ":", "", {0}},
    {"a,b,\n1,2,\n3,4,\n", 0, NN_OK, "", "", {0}},
    {"a,b,\n1,2,\n3,4,5\n", 0, NN_BAD_DATA, ":1:3: ", "has no name", {0}},
    {"a,b\n1,\"2\n3,4\n", 0, NN_BAD_DATA, ":2:2: ", "never ends", {0}},
    {"a,b\n1,\"2\"x\n3,4\n", 0, NN_BAD_DATA, ":2:2: ", "quote", {0}},
    {"a,b\n1,2\"\n3,4\n", 0, NN_BAD_DATA, ":2:2: ", "quote", {0}},
    {"\"a,b\n1,2\n3,4\n", 0, NN_BAD_DATA, ":1:1: ", "never ends", {0}},
    {"a,b\n1,2\n3,\0004\n", 14, NN_BAD_DATA, ":3: ", "NUL", {0}},
    {"\0\0\0\0\0\0\0\0", 8, NN_BAD_DATA, ":1: ", "NUL", {0}},
    {"\xff\xfe"
     "a\0,\0b\0\n\0",
     10,
     NN_BAD_DATA,
     ":1: ",
     "no rows after the header",
     {0}},
    {"\xfe\xff"
     "\0a\0,\0b\0\n",
     10,
     NN_BAD_DATA,
     ":1: ",
     "no rows after the header",
     {0}},
    {"a,b\n1,2\n3,abc\n", 0, NN_BAD_DATA, ":3:2: ", "'abc' is not a number", {0}},
    {"a,b\n1,2\n3,0x10\n", 0, NN_BAD_DATA, ":3:2: ", "'0x10' is not a number", {0}},
    {"a,b\n1,2\n3,\"4\n5\"\n", 0, NN_BAD_DATA, ":3:2: ", "'4?5' is not a number", {0}},
    {"a,b\n\n1,2\n\n\n3,x\n", 0, NN_BAD_DATA, ":6:2: ", "'x' is not a number", {0}},
    {"\"a\nb\",c\n1,2\n3,\x1b[2J\n", 0, NN_BAD_DATA, ":4:2: ", "'?[2J' is not a number", {0}},
    {"date,a\n2020-01-01,1\n", 0, NN_BAD_DATA, ": ", "--frequency", {0}},
    {"a,b\nNA,?\n,?\n",
     0,
     NN_BAD_DATA,
     ": ",
     "no column holds numbers: column 'a' holds no value at all",
     {0}},
    {"a,b\nNA,1\n,2\n",
     0,
     NN_BAD_DATA,
     ": ",
     "column 'a' holds no value at all; --exclude",
     {.strict = true}},
    {"a,b\nNA,1\n,2\n",
     0,
     NN_BAD_DATA,
     ": ",
     "column 'a' holds no value at all; --exclude",
     {.columns = "a,b"}},
    {"a,b\n1,1\n,2\n3,3\n", 0, NN_BAD_DATA, ":3:1: ", "--on-missing", {0}},
    {"a,b\n1,"
     "9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
     "9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
     "9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
     "9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999\n",
     0,
     NN_BAD_DATA,
     ":2:2: ",
     "'999999999999999999999999999999999999999999999999999999999999...' is not a finite number",
     {0}},
    {"a,b\n1,inf\n", 0, NN_BAD_DATA, ":2:2: ", "'inf' is not a finite number", {0}},
    {"a,b\n1,2\n2,-Infinity\n", 0, NN_BAD_DATA, ":3:2: ", "not a finite number", {0}},
    {"a,b\n1,2\n2,1e999\n", 0, NN_BAD_DATA, ":3:2: ", "'1e999' is not a finite number", {0}},
    {"a,a\n1,2\n", 0, NN_BAD_DATA, ":1:2: ", "columns 1 and 2 are both named 'a'", {0}},
    {"date,a\n2016-02-29,1\n2016-02-30,2\n", 0, NN_BAD_DATA, ":3:1: ", "2016-02-30", {0}},
    {"date,a\n2016-02-28,1\n2016-13-01,2\n", 0, NN_BAD_DATA, ":3:1: ", "2016-13-01", {0}},
    {"date,a\n2016-02-28,1\n,2\n", 0, NN_BAD_DATA, ":3:1: ", "time stamp", {0}},
    {"date,a\n2016-02-28,1\nyesterday,2\n", 0, NN_BAD_DATA, ":3:1: ", "'yesterday'", {0}},
    {"date,a\n1/2/2020,1\n2/2/2020,2\n3/2/2020,3\n", 0, NN_BAD_DATA, ":2:1: ", "--time-format", {0}},
    {"date,a\n2020-01-01,1\n2020-01-02,2\n2020-01-01,3\n",
     0,
     NN_BAD_DATA,
     ":4:1: ",
     "a second time (first at line 2); in a long file --id",
     {0}},
    {"date,a\n2020-01-02,1\n2020-01-03,2\n2020-01-04,3\n2020-01-06,3\n2020-01-07,3\n2020-01-08,3\n",
     0,
     NN_BAD_DATA,
     ":5:1: ",
     "--on-gap",
     {0}},
    {"a,b;c\n1,2;3\n4;5,6;7\n", 0, NN_BAD_DATA, ":3:1: ", "'4;5' is not a number", {0}},
    {"a:b:c\n1:2:3\n4:5:6\n", 0, NN_BAD_DATA, ": ", "--delimiter", {0}},
    {"a b c\n1 2 3\n4 5 6\n", 0, NN_OK, "", "", {0}},
    {"a;b\n1,5;2,5\n1,5;2.5\n", 0, NN_BAD_DATA, ":2:1: ", "--decimal-comma", {0}},
    {"2020-01-01,1\n2020-01-02,2\n", 0, NN_BAD_DATA, ":1: ", "--no-header", {0}},
    {"ds,y\n2020-01-01,1\n",
     0,
     NN_USAGE,
     ": ",
     "--id: there is no column 'shop'; the columns are ds, y",
     {.id = "shop"}},
    {"ds,y\n2020-01-01,1\n", 0, NN_USAGE, ": ", "--time", {.time = "when"}},
    {"ds,y\n2020-01-01,1\n", 0, NN_USAGE, ": ", "--time", {.time = "3"}},
    {"ds,y\n2020-01-01,1\n", 0, NN_USAGE, ": ", "--exclude", {.exclude = "x"}},
    {"ds,y\n2020-01-01,1\n2020-01-02,1\n", 0, NN_USAGE, "", "fortnightly", {.frequency = "fortnightly"}},
    {"ds,y\n2020-01-01,1\n", 0, NN_USAGE, "", "--on-missing", {.on_missing = DS_MEAN}},
    {"ds,y\n2020-01-01,1\n", 0, NN_USAGE, "", "--on-duplicate", {.on_duplicate = DS_LINEAR}},
    {"ds,y\n2020-01-01,1\n", 0, NN_USAGE, "", "--delimiter", {.delimiter = '"'}},
    {"unique_id,ds,y\nA,2020-01-01,1\nA,2020-01-02,1\nA,2020-01-03,1\nB,2020-01-01,1\nB,2020-01-03,1\n",
     0,
     NN_BAD_DATA,
     ": ",
     "series 'B' has no value of 'y' at 2020-01-02",
     {0}},
    {"unique_id,ds,y\nA,2020-01-01,1\nA,2020-01-01,1\n", 0, NN_BAD_DATA, ":3:2: ", "--on-duplicate", {0}},
    {"unique_id,ds\nA,2020-01-01\n", 0, NN_BAD_DATA, ":2: ", "no column of values", {0}},
    {"PK\003\004\n\n\001\002\n", 0, NN_BAD_DATA, ":", "", {0}},
    /* Odd, but right. */
    {"a\r1\r2\r", 0, NN_OK, "", "", {0}},
    {"a,b\n1,5\n2,5\n", 0, NN_OK, "", "", {0}},
    {"a,b\n1e300,-0\n-1e300,0.0\n", 0, NN_OK, "", "", {0}},
    {"a\n1", 0, NN_OK, "", "", {0}},
    {"\"a\"\"\n'\",b\n\"1\",\" x\"\n", 0, NN_BAD_DATA, ":3:2: ", "no", {.columns = "b"}},
};

static void check(const char *path, const broken *b)
{
    ds_table *table = (ds_table *)1;
    nn_error error = {0};
    const int code = ds_table_read(&table, path, &b->options, &error);
    if (code != b->code)
        fail_msg("'%.60s' gives %d, not %d: %s", b->text, code, b->code, error.text);
    assert_int_equal(code, error.code);
    if (code == NN_OK) {
        assert_non_null(table);
        ds_table_free(table);
        return;
    }
    assert_null(table);
    const size_t length = strlen(path);
    assert_null(strpbrk(error.text, "\r\n"));
    if (strncmp(error.text, path, length) != 0 ||
        strncmp(error.text + length, b->place, strlen(b->place)) != 0 || !strstr(error.text, b->says))
        fail_msg("'%.60s' is refused with '%s', not with '%s' and '%s'", b->text, error.text, b->place,
                 b->says);
}

static void test_texts(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const broken *b = &cases[i];
        check(csv_write_bytes("t.csv", b->text, b->length ? b->length : strlen(b->text)), b);
    }
}

/* The same texts behind gzip: same answers, since they are read by the same code. */
static void test_texts_in_gzip(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!cases[i].length && *cases[i].text)
            check(csv_write_gzip("t.csv.gz", cases[i].text), &cases[i]);
}

static void check_file(const char *path, const char *place, const char *says)
{
    const broken b = {path, 0, NN_BAD_DATA, place, says, {0}};
    check(path, &b);
}

static void test_files_that_cannot_be_read(void **context)
{
    (void)context;
    char path[300];
    csv_in_folder("none.csv");
    strcpy(path, csv_path);
    check_file(path, ": ", "No such file");
    csv_in_folder(".");
    strcpy(path, csv_path);
    check_file(path, ": ", "folder");
    strcpy(path, csv_write("a\n1\n"));
    chmod(path, 0);
    if (access(path, R_OK) != 0)
        check_file(path, ": ", "Permission denied");
    chmod(path, 0600);
}

static void test_damaged_gzip(void **context)
{
    (void)context;
    char *text = malloc(100001);
    unsigned x = 1;
    strcpy(text, "a,b\n");
    for (size_t at = 4; at + 30 < 100000;) {
        x = x * 1103515245u + 12345u;
        at += (size_t)sprintf(text + at, "%u,%u\n", x >> 16, x % 77777);
    }
    char path[300];
    strcpy(path, csv_write_gzip("t.csv.gz", text));
    free(text);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, status.st_size / 2, SEEK_SET);
    fputs("damaged!", file);
    fclose(file);
    check_file(path, ":", "");
    assert_int_equal(truncate(path, status.st_size / 3), 0);
    check_file(path, ": ", "ends too early");
    assert_int_equal(truncate(path, 12), 0);
    check_file(path, ": ", "ends too early");
}

static void check_repeated(const char *start, char repeated, size_t times, const char *end, int code,
                           const char *place, const char *says)
{
    char *text = malloc(strlen(start) + times + strlen(end) + 1);
    assert_non_null(text);
    strcpy(text, start);
    memset(text + strlen(start), repeated, times);
    strcpy(text + strlen(start) + times, end);
    const broken b = {start, 0, code, place, says, {0}};
    check(csv_write_bytes("t.csv", text, strlen(text)), &b);
    free(text);
}

static void test_sizes_beyond_reason(void **context)
{
    (void)context;
    check_repeated("a,b\n1,", '7', 10 << 20, "\n", NN_BAD_DATA, ":2:2: ", "more than 65536 bytes");
    check_repeated("a,b\n1,\"", '7', 10 << 20, "\n", NN_BAD_DATA, ":2:2: ", "more than 65536 bytes");
    check_repeated("a,b\n1,2\n1,", '7', 60000, "\n", NN_BAD_DATA, ":3:2: ", "not a number");
    check_repeated("a,b\n1,2\n", ' ', 10 << 20, "\n", NN_BAD_DATA, ":3: ", "bytes");
    check_repeated("a,b\n1,2\n", ',', 10 << 20, "\n", NN_BAD_DATA, ":3:100001: ", "columns");
    check_repeated("a,b\n1,2\n", '\n', 1 << 20, "3,4\n", NN_OK, "", "");
    check_repeated("a,b\n1,2\n", '\n', 1 << 20, "3,x\n", NN_BAD_DATA, ":1048579:2: ", "'x' is not a number");
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    _Static_assert(sizeof cases / sizeof *cases >= 40, "a corpus of at least 40 texts");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts), cmocka_unit_test(test_texts_in_gzip),
                                       cmocka_unit_test(test_files_that_cannot_be_read),
                                       cmocka_unit_test(test_damaged_gzip),
                                       cmocka_unit_test(test_sizes_beyond_reason)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
