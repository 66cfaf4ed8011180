/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of CSV files: the short cut for lines without quotes against libcsv alone, places, and the sniffed
 * delimiter. */
#include "datasets/text/scan.h"
#include "datasets/time/decimal.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

/* Every row as "line:field|field|...;" */
typedef struct gathered {
    char *text;
    size_t length, room;
} gathered;

static void append(gathered *g, const char *text, size_t length)
{
    if (g->length + length + 1 > g->room) {
        g->room = 2 * (g->length + length + 64);
        g->text = realloc(g->text, g->room);
        assert_non_null(g->text);
    }
    if (length)
        memcpy(g->text + g->length, text, length);
    g->length += length;
    g->text[g->length] = '\0';
}

static int gather(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    char head[32];
    (void)error;
    append(context, head, (size_t)snprintf(head, sizeof head, "%zu:", line));
    for (int i = 0; i < count; i++) {
        double number = 0;
        const ds_number_kind kind = ds_number_parse(fields[i].text, fields[i].length, false, &number);
        assert_true(!fields[i].known || (kind == DS_NUMBER_OK && number == fields[i].number));
        append(context, i ? "|" : "", i ? 1 : 0);
        append(context, fields[i].text, fields[i].length);
    }
    append(context, ";", 1);
    return NN_OK;
}

static int scan(const char *path, char delimiter, bool plain, gathered *g, ds_scan_result *result,
                nn_error *error)
{
    const ds_scan_options options = {.delimiter = delimiter, .plain = plain};
    append(g, "", 0);
    return ds_scan(path, &options, gather, g, result, NULL, error);
}

static void expect(const char *text, const char *rows, size_t lines)
{
    for (int plain = 0; plain < 2; plain++) {
        gathered g = {0};
        ds_scan_result result;
        nn_error error = {0};
        assert_int_equal(scan(csv_write(text), ',', plain, &g, &result, &error), NN_OK);
        assert_string_equal(g.text, rows);
        assert_int_equal(result.lines, lines);
        free(g.text);
    }
}

static void test_rows_and_their_lines(void **context)
{
    (void)context;
    expect("a,b\n1,2\n", "1:a|b;2:1|2;", 2);
    expect("a,b\n1,2", "1:a|b;2:1|2;", 2);
    expect("a,b\r\n1,2\r\n", "1:a|b;2:1|2;", 2);
    expect("a,b\r1,2\r", "1:a|b;2:1|2;", 2);
    expect("\n\na\n\n \t \nb\n", "3:a;6:b;", 6);
    expect("\r\n\r\na\r\n\r\nb", "3:a;5:b;", 5);
    expect("\"x\ny\",2\n3,\"4\r\n\r\n5\"\n6,7\n", "1:x\ny|2;3:3|4\r\n\r\n5;6:6|7;", 6);
    expect("\"say \"\"yes\"\"\",\" b \"\n", "1:say \"yes\"| b ;", 1);
    expect("  a , b\t,\n,,\n", "1:a|b|;2:||;", 2);
    expect("\xef\xbb\xbf"
           "a\n1\n",
           "1:a;2:1;", 2);
    expect("", "", 0);
}

static uint64_t state = 88172645463325252u;

static unsigned next(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % below;
}

static void test_short_cut_is_like_libcsv(void **context)
{
    (void)context;
    static const char alphabet[] = "aa11  ,,,\n\n\t;|\r\"\".-";
    static const char delimiters[] = ",;\t| ";
    for (int i = 0; i < 5000; i++) {
        char text[200];
        const size_t length = next(sizeof text - 1);
        const unsigned letters = next(3) ? 17 : sizeof alphabet - 1; /* often no quote at all */
        for (size_t k = 0; k < length; k++) {
            text[k] = alphabet[next(letters)];
            if (letters == 17 && text[k] == '"')
                text[k] = 'q';
        }
        const char *path = csv_write_bytes("t.csv", text, length);
        gathered fast = {0}, slow = {0};
        ds_scan_result a, b;
        nn_error e = {0}, f = {0};
        const char delimiter = delimiters[next(5)];
        const int code = scan(path, delimiter, false, &fast, &a, &e);
        assert_int_equal(code, scan(path, delimiter, true, &slow, &b, &f));
        assert_string_equal(fast.text, slow.text);
        assert_string_equal(e.text, f.text);
        assert_int_equal(a.lines, b.lines);
        assert_true(a.hash == b.hash);
        free(fast.text);
        free(slow.text);
    }
}

/* Rows longer and shorter than the reading buffer's rest, so that lines fall across its end everywhere. */
static void test_lines_across_buffers(void **context)
{
    (void)context;
    FILE *file = fopen(csv_in_folder("long.csv"), "wb");
    assert_non_null(file);
    size_t rows = 0;
    for (long written = 0; written < 3000000; rows++) {
        const int width = 1 + (int)next(rows % 97 == 0 ? 60000 : 300);
        written += fprintf(file, rows % 31 == 0 ? "%zu,\"%0*d\n\",x\n" : "%zu,%0*d,x\n", rows, width, 7);
    }
    fclose(file);
    gathered fast = {0}, slow = {0};
    ds_scan_result a, b;
    nn_error e = {0};
    assert_int_equal(scan(csv_in_folder("long.csv"), ',', false, &fast, &a, &e), NN_OK);
    assert_int_equal(scan(csv_in_folder("long.csv"), ',', true, &slow, &b, &e), NN_OK);
    assert_string_equal(fast.text, slow.text);
    assert_int_equal(a.lines, b.lines);
    assert_int_equal(a.lines, rows + (rows + 30) / 31);
    free(fast.text);
    free(slow.text);
}

/* A file of many pieces with one line that is not like the others. */
static const char *write_pieces(const char *odd, size_t odd_length, unsigned end)
{
    FILE *file = fopen(csv_in_folder("pieces.csv"), "wb");
    assert_non_null(file);
    for (unsigned row = 0; row < 60000; row++) {
        if (row == 41234)
            fwrite(odd, 1, odd_length, file);
        fprintf(file, "%u,%d.%02u,-%u,x%u%s%s", row, (int)next(2000) - 1000, next(100), next(9), row,
                row % 5 ? "" : "\r", row % 7 ? "\n" : "\n \t\n");
    }
    fwrite("7,8,9,10", 1, end, file);
    fclose(file);
    return csv_in_folder("pieces.csv");
}

static void test_several_threads_are_like_one(void **context)
{
    (void)context;
    static char wide[80000], many[250000], blanks[100002], returns[40001];
    memset(wide, '5', sizeof wide);
    memset(many, ',', sizeof many);
    memset(blanks, ' ', sizeof blanks);
    memset(returns, '\r', sizeof returns);
    blanks[0] = '1';
    blanks[sizeof blanks - 1] = returns[sizeof returns - 1] = '\n';
    wide[sizeof wide - 1] = many[sizeof many - 1] = '\n';
    const struct {
        const char *text;
        size_t length;
    } odd[] = {{"", 0},
               {"1,\"a\n\nb\",2,3\n", 14},
               {"1,2\r3,4\n", 8},
               {"1,a\"b,3,4\n", 10},
               {"1,2\0,3\n", 7},
               {"\"open", 5},
               {wide, sizeof wide},
               {wide, 40000},
               {blanks, sizeof blanks},
               {returns, sizeof returns},
               {returns, 32000},
               {many, sizeof many},
               {many, 30000}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (unsigned end = 0; end < 2; end++) {
            const char *path = write_pieces(odd[i].text, odd[i].length, end ? 8 : 0);
            gathered one = {0}, more = {0};
            ds_scan_result a, b;
            nn_error e = {0}, f = {0};
            const ds_scan_options alone = {.delimiter = ',', .threads = 1},
                                  together = {.delimiter = ',', .threads = 3};
            const int code = ds_scan(path, &alone, gather, &one, &a, NULL, &e);
            assert_int_equal(ds_scan(path, &together, gather, &more, &b, NULL, &f), code);
            assert_string_equal(one.text, more.text);
            assert_string_equal(e.text, f.text);
            assert_true(code || (a.lines == b.lines && a.hash == b.hash));
            free(one.text);
            free(more.text);
        }
}

/* The most threads that there were while a row was taken. */
static int count_threads(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    (void)fields, (void)count, (void)line, (void)error;
    int *most = context, threads = 0;
    char text[4096];
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(text, sizeof text, file))
        if (sscanf(text, "Threads: %d", &threads) == 1 && threads > *most)
            *most = threads;
    fclose(file);
    return NN_OK;
}

/* A table's lines before its rows are skipped, which must not keep a long file from its threads. */
static void test_threads_behind_a_header(void **context)
{
    (void)context;
    FILE *file = fopen(csv_in_folder("head.csv"), "wb");
    assert_non_null(file);
    fputs("a,b\n", file);
    for (int row = 0; row < 400; row++)
        fprintf(file, "%d,%01999d\n", row, row);
    fclose(file);
    for (int threads = 1; threads < 4; threads += 2) {
        const ds_scan_options options = {.threads = threads};
        ds_scan_result result;
        ds_scanner *scanner;
        nn_error error = {0};
        int most = 0, before = 0;
        count_threads(&before, NULL, 0, 0, NULL);
        int code = ds_scanner_open(&scanner, csv_in_folder("head.csv"), &options, count_threads, &most,
                                   &result, NULL, &error);
        assert_int_equal(code, NN_OK);
        ds_scanner_skip(scanner, 4, 1);
        for (bool more = true; more && !code;)
            code = ds_scanner_step(scanner, &more, &error);
        ds_scanner_close(scanner);
        assert_int_equal(code, NN_OK);
        assert_int_equal(most - before, threads - 1);
    }
}

/* What stands behind a gzip member is another one, zeros, or damage. */
static void test_what_follows_a_gzip_member(void **context)
{
    (void)context;
    static const struct {
        const char *bytes;
        size_t length;
        int code;
    } tails[] = {{"", 0, NN_OK}, {"\0\0\0", 3, NN_OK}, {"\x1e\x8b", 2, NN_BAD_DATA}, {"x", 1, NN_BAD_DATA}};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        gathered g = {0};
        ds_scan_result result;
        nn_error error = {0};
        gzFile packed = gzopen(csv_in_folder("tail.csv"), "wb");
        assert_true(packed && gzputs(packed, "a,b\n1,2\n") > 0);
        gzclose(packed);
        FILE *file = fopen(csv_in_folder("tail.csv"), "ab");
        assert_true(file && fwrite(tails[i].bytes, 1, tails[i].length, file) == tails[i].length);
        fclose(file);
        assert_int_equal(scan(csv_in_folder("tail.csv"), ',', false, &g, &result, &error), tails[i].code);
        free(g.text);
    }
}

static char sniff(const char *text)
{
    return ds_scan_sniff(text, strlen(text), false);
}

static void test_sniffed_delimiters(void **context)
{
    (void)context;
    assert_int_equal(sniff("a,b\n1,2\n"), ',');
    assert_int_equal(sniff("a;b\n1,5;2,5\n"), ';');
    assert_int_equal(sniff("1,5;2,5\n1,6;2,6\n"), ';');
    assert_int_equal(sniff("a\tb\n1\t2\n"), '\t');
    assert_int_equal(sniff("a|b\n1|2\n"), '|');
    assert_int_equal(sniff("a;b,c\n1,2\n3,4\n"), ',');
    assert_int_equal(sniff("\"a;b\",c\n1,2\n"), ',');
    assert_int_equal(sniff("\"a;\n;b\",c\n1,2\n"), ',');
    assert_int_equal(sniff("y\n1\n2\n"), ',');
    assert_int_equal(sniff(""), ',');
    assert_int_equal(ds_scan_sniff("a b\n1,5\n2,5\n", 12, true), ',');
}

static void test_gzip_is_told_by_content(void **context)
{
    (void)context;
    gathered g = {0};
    ds_scan_result result, same;
    nn_error error = {0};
    assert_int_equal(scan(csv_write_gzip("zipped.csv", "a,b\n1,2\n"), 0, false, &g, &result, &error), NN_OK);
    assert_string_equal(g.text, "1:a|b;2:1|2;");
    assert_int_equal(scan(csv_write("a,b\n1,2\n"), 0, false, &g, &same, &error), NN_OK);
    assert_true(result.hash == same.hash);
    free(g.text);
}

static void test_hash_is_xxh64(void **context)
{
    (void)context;
    gathered g = {0};
    ds_scan_result result;
    nn_error error = {0};
    assert_int_equal(scan(csv_write("a"), 0, false, &g, &result, &error), NN_OK);
    assert_true(result.hash == UINT64_C(0xd24ec4f1a98c6e5b));
    assert_int_equal(scan(csv_write("foobar"), 0, false, &g, &result, &error), NN_OK);
    assert_true(result.hash == UINT64_C(0xa2aa05ed9085aaf9));
    free(g.text);
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_and_their_lines),
                                       cmocka_unit_test(test_short_cut_is_like_libcsv),
                                       cmocka_unit_test(test_several_threads_are_like_one),
                                       cmocka_unit_test(test_threads_behind_a_header),
                                       cmocka_unit_test(test_what_follows_a_gzip_member),
                                       cmocka_unit_test(test_lines_across_buffers),
                                       cmocka_unit_test(test_sniffed_delimiters),
                                       cmocka_unit_test(test_gzip_is_told_by_content),
                                       cmocka_unit_test(test_hash_is_xxh64)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
