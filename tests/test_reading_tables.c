/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How docs/reading.md reads numbers and tells tables from what stands around them. */
#include "tests/reading_file.h"

static void check_values(const char *text, ds_read_options options, const double *wanted, size_t count)
{
    ds_table *t = NULL;
    nn_error error = {0};
    if (ds_table_read(&t, csv_write(text), &options, &error))
        fail_msg("%s: %s", text, error.text);
    assert_int_equal(t->rows * (size_t)t->columns, count);
    for (size_t i = 0; i < count; i++)
        if (t->values[i] != wanted[i])
            fail_msg("%s: value %zu is %.17g, not %.17g", text, i, t->values[i], wanted[i]);
    ds_table_free(t);
}
#define VALUES(text, options, ...)                                                                           \
    check_values(text, options, (const double[]){__VA_ARGS__}, sizeof(double[]){__VA_ARGS__} / sizeof(double))

static void test_values(void **context)
{
    (void)context;
    const ds_read_options none = {0}, comma = {.decimal_comma = true}, marked = {.thousands = ','},
                          pointed = {.thousands = '.'};
    VALUES("y\n\"1,833.35\"\n\"-12,345,678\"\n900\n", none, 1833.35, -12345678, 900);
    VALUES("y\n84.25K\n0.87M\n1.5B\n12\n", none, 84250, 870000, 1.5e9, 12);
    VALUES("y\n-0.52%\n1.5 %\n0%\n", none, -0.52, 1.5, 0);
    VALUES("y\n\"$1,492.13\"\n-$5\n\"($1,000.50)\"\n", none, 1492.13, -5, -1000.5);
    VALUES("y\n\xe2\x82\xac 12.50\n3 \xe2\x82\xac\n", none, 12.5, 3);
    VALUES("y\n\xe2\x88\x92"
           "3.5\n\xe2\x80\x93"
           "4\n5\n",
           none, -3.5, -4, 5);
    VALUES("y\n19.86 kW\n20 kW\n0\n", none, 19.86, 20, 0);
    VALUES("y,z\nTrue,yes\nfalse,no\nTRUE,Yes\n", none, 1, 1, 0, 0, 1, 1);
    VALUES("y\n\"  165\"\n\" 2 \"\n", none, 165, 2);
    VALUES("y\n1'234.5\n12'345\n", none, 1234.5, 12345);
    VALUES("a;y\n1;1 548,5\n2;1\xc2\xa0"
           "688\n3;1\xe2\x80\xaf"
           "741,8\n",
           comma, 1, 1548.5, 2, 1688, 3, 1741.8);
    VALUES("a;y\n1;1.548,5\n2;1.688\n", comma, 1, 1548.5, 2, 1688);
    VALUES("a;y\n5;1,468\n2;987\n", marked, 5, 1468, 2, 987);
    VALUES("a;y\n5;1.468\n2;987,5\n", pointed, 5, 1468, 2, 987.5);
    VALUES("a;y\n5;1.468.000\n2;1.234\n", none, 5, 1468000, 2, 1234);
}

static const expected numbers_files[] = {
    {"34-prices-investing.csv",
     {0},
     "Price,Open,High,Low,Vol.,Change %",
     200,
     "b",
     "10/10/2022,0,0,0,0,0,0",
     "commas mark thousands",
     NULL},
    {"35-thousands-later.csv", {0}, "Price,Vol.,Change %", 150, "b", NULL, "commas mark thousands", NULL},
    {"36-semicolon-thousands.csv", {0}, .error = "--thousands , or --decimal-comma tells"},
    {"36-semicolon-thousands.csv",
     {.decimal_comma = true},
     "visitors",
     150,
     "d",
     NULL,
     "if they mark thousands, --thousands , reads them",
     NULL},
    {"38-french-thousands.csv", {.decimal_comma = true}, "conso", 200, "d", NULL, "blanks", NULL},
    {"39-currency.csv", {0}, "revenue", 200, "d", NULL, "sign of a currency", NULL},
    {"41-parentheses.csv", {0}, "pnl", 200, "d", NULL, "less than zero", NULL},
    {"43-ghcn-padded.csv", {KEEP, .columns = "PRCP,TMAX,TMIN"}, "PRCP,TMAX,TMIN", 159, "d", NULL, NULL, NULL},
    {"44-first-value-lt1.csv", {0}, .error = "csv:2:3: '<1' is not a number; --missing"},
    {"45-booleans.csv", {0}, "sales,promo,open", 200, "d", NULL, "'promo', 'open': true or yes is 1", NULL},
    {"46-units-in-cells.csv", {0}, "Power", 200, "min", NULL, "the unit 'kW' is taken off", NULL},
    {"date,y\n2020-01-01,\"1,234\"\n2020-01-02,\"2,345\"\n", {0}, "y", 2, "d", NULL, "--decimal-comma", NULL},
    {"date,y\n2020-01-01,\"1,234\"\n2020-01-02,\"2,345\"\n",
     {.strict = true},
     .error = "--thousands , or --decimal-comma"},
    {"date;y\n2020-01-01;1,5\n2020-01-02;1,234\n",
     {0},
     "y",
     2,
     "d",
     "2020-01-03;0",
     "can only be decimal",
     NULL},
    {"date,y\n2020-01-01,n/e\n2020-01-02,2\n2020-01-03,3\n",
     {0},
     .error = "'n/e' is not a number; --missing"},
};

static void test_numbers(void **context)
{
    (void)context;
    CHECK(numbers_files);
}

/* Evidence far behind the first piece of the file. */
static void test_late_evidence(void **context)
{
    (void)context;
    char *text = malloc(3000000);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "n,y\n");
    for (int i = 0; i < 60000; i++)
        n += (size_t)sprintf(text + n, i < 50000 ? "%d,%d.25\n" : "%d,\"1,%03d.25\"\n", i * 7 % 13, i % 1000);
    ds_table *t = NULL;
    nn_error error = {0};
    if (ds_table_read(&t, csv_write(text), NULL, &error))
        fail_msg("%s", error.text);
    assert_true(t->values[2 * 59999 + 1] == 1999.25);
    ds_table_free(t);
    n = (size_t)sprintf(text + n, "1,two\n");
    assert_int_equal(ds_table_read(&t, csv_write(text), NULL, &error), NN_BAD_DATA);
    if (!strstr(error.text, ":60002:2: 'two' is not a number"))
        fail_msg("%s", error.text);
    free(text);
}

static const expected shapes_files[] = {
    {"47-yfinance-one-ticker.csv",
     {0},
     "Close,High,Low,Open,Volume",
     220,
     "b",
     "2022-11-07,0,0,0,0,0",
     "names stand in 3 lines; all columns are of 'ACME'",
     NULL},
    {"49-trends-preamble.csv",
     {KEEP, .missing = "<1"},
     "garden hose: (Worldwide),snow shovel: (Worldwide)",
     200,
     "w",
     NULL,
     "the lines before line 3",
     NULL},
    {"49-trends-preamble.csv", {.skip = 2}, .error = "'<1' is not a number; --missing"},
    {"51-years-across.csv", {KEEP}, "Aland,Borduria,Syldavia", 54, "y", "2024,0,0,0", "points in time", NULL},
    {"53-rows-are-series.csv", {KEEP}, "Y1,Y2,Y3,Y4", 70, "step", NULL, "each row is read as a series", NULL},
    {"55-names-in-a-comment.csv",
     {KEEP},
     "Wind speed (m/s),Wind speed, Standard deviation (m/s),Power (kW),Status",
     288,
     "10min",
     "2021-01-03 00:00:00,0,0,0,0",
     "names stand behind the # of line 6",
     NULL},
    {"57-units-row.csv", {0}, "Flow,Temp,Level", 240, "h", NULL, "line 2 holds no values (units?)", NULL},
    {"59-sep-line.csv", {0}, "Sales", 150, "d", "2022-06-02;0", NULL, NULL},
    {"60-footer-total.csv", {0}, "Sales", 150, "d", "2022-06-02,0", "'Total' and is left out", NULL},
    {"m,y\n2019-01,1\n2019-02,2\nSubtotal,3\n2019-03,1\n2019-04,2\n2019 Total,6\n2019-05,4\nTotal,10\n",
     {0},
     "y",
     5,
     "m",
     "2019-06,0",
     "line 4 and others, 2 in all, speak of a total and are passed over",
     NULL},
    {"m,y\n2019-01,1\n2019-02,2\nSubtotal,3\n2019-03,1\n2019-04,2\n2019-05,4\n",
     {.strict = true},
     .error = "line 4 speaks of a total"},
    {"d,a,b\n2019-01-01,1,2\n2019-01-02,2,3\n2019-01-03,2,3\n2019-01-04,3,3\n2019-01-05,3",
     {0},
     "a,b",
     4,
     "d",
     "2019-01-05,0,0",
     "line 6, the last, has 2 of 3 cells and is left out",
     NULL},
    {"d,a,b\n2019-01-01,1,2\n2019-01-02,2,3\n2019-01-03,2,3\n2019-01-04,3,3\n2019-01-05,3",
     {.strict = true},
     .error = "seems to be cut off"},
    {"d,a,b\n2019-01-01,1,2\n2019-01-02,2,3\n2019-01-03,2,3\n2019-01-04,3\n2019-01-05,3,3\n",
     {0},
     .error = ":5:2: 2 fields where the header has 3 and rows before, too: is something missing?"},
    {"d,a,b\n2019-01-01,1,2\n2019-01-02,2,3\n2019-01-02,2,3\n2019-01-03,3,4\n",
     {0},
     .error =
         ":4:1: the row of 2019-01-02 repeats that of line 3, all values the same; --on-duplicate first"},
    {"d,a,b\n2019-01-01,1,2\n2019-01-02,2,3\n2019-01-02,2,3\n2019-01-03,3,4\n",
     {.on_duplicate = DS_FIRST},
     "a,b",
     3,
     "d",
     "2019-01-04,0,0",
     NULL,
     NULL},
    {"60-footer-total.csv", {.strict = true}, .error = "line 152, the last"},
    {"61-footer-source.csv", {0}, "Sales", 150, "d", "2022-06-02,0", "footer", NULL},
    {"62-pandas-index.csv", {0}, "sales", 150, "d", "2022-06-02,0", "is left out", NULL},
    {"62-pandas-index.csv", {.time = "date", .columns = "sales"}, "sales", 150, "d", NULL, NULL, NULL},
    {"63-trailing-comma.csv", {0}, "sales", 150, "d", "2022-06-02,0", "", NULL},
    {"64-aligned-columns.txt", {0}, "temp,wind", 200, "d", "2022-07-22 0 0", NULL, NULL},
    {"64-aligned-columns.txt", {.delimiter = ' '}, "temp,wind", 200, "d", NULL, NULL, NULL},
    {"66-duplicate-names.csv", {0}, .error = "names must differ: --exclude 3 leaves the second out"},
    {"66-duplicate-names.csv", {.exclude = "3"}, "y", 200, "d", NULL, NULL, NULL},
    {"66-duplicate-names.csv", {.columns = "2"}, "y", 200, "d", NULL, NULL, NULL},
    {"67-pvgis.csv", {0}, "G(i),H_sun,T2m,WS10m,Int", 240, "h", "20150111:0010,0,0,0,0,0", "footers", NULL},
    {"68-header-repeated.csv", {0}, "y", 200, "d", NULL, "line 102 repeats the names", NULL},
    {"69-monash.tsf", {0}, .error = "a Monash .tsf file"},
    {"70-zipped.zip", {0}, .error = "a ZIP archive (or an Excel workbook)"},
    {"71-different-ends.csv", {KEEP, .exclude = "B"}, "A,C", 200, "d", NULL, NULL, NULL},
    {"71-different-ends.csv", {KEEP, .columns = "A"}, "A", 200, "d", NULL, NULL, NULL},
    {"71-different-ends.csv", {KEEP, .columns = "y,A"}, "A", 200, "d", NULL, NULL, NULL},
    {"71-different-ends.csv", {KEEP, .exclude = "D"}, .error = "'D', must be a series"},
    {"73-two-id-columns.csv", {0}, .error = "--id store,item"},
    {"73-two-id-columns.csv",
     {.id = "store,item"},
     "1/1,1/2,1/3,2/1,2/2,2/3",
     120,
     "d",
     "2022-05-03,1,1,0",
     NULL,
     NULL},
    {"\"x\",\"y\"\n\"1\",5,6\n\"2\",7,8\n\"3\",7,9\n", {0}, "x,y", 3, "step", NULL, NULL, NULL},
    {"#date,x\n2020-01-01,1\n2020-01-02,2\n", {0}, "x", 2, "d", NULL, "behind the #", NULL},
    {"a,b\n1,2\n# remark\n3,4\n", {0}, "a,b", 2, "step", NULL, NULL, NULL},
    {"{\"a\": 1}\n", {0}, .error = "a JSON document"},
    {"id;2020-01;2020-02;2020-03\nA;1;2;3\nB;2;3;4\n", {0}, "A,B", 3, "m", "2020-04;0;0", NULL, NULL},
    {"x;y;z\nA;1;2\nB;2;3\n", {.transpose = true}, "A,B", 2, "step", NULL, NULL, NULL},
    {"Year;Jan;Feb;Mar;Apr;May;Jun;Jul;Aug;Sep;Oct;Nov;Dec\n2020;1;2;3;4;5;6;7;8;9;10;11;12\n"
     "2021;1;2;3;4;5;6;7;8;9;;;\n",
     {KEEP},
     "y",
     21,
     "m",
     "2021-10;0",
     "one monthly series",
     NULL},
    {"month,1990,1991,1992\nJan,1,2,3\nFeb,2,3,4\n", {0}, .error = "one row per month"},
};

static void test_shapes(void **context)
{
    (void)context;
    CHECK(shapes_files);
}

/* As bytes in either order, behind a mark or without. */
static size_t to_utf16(unsigned char *out, const char *text, bool high_first, bool mark)
{
    size_t n = 0;
    if (mark) {
        out[n++] = high_first ? 0xfe : 0xff;
        out[n++] = high_first ? 0xff : 0xfe;
    }
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        unsigned units[2] = {*p, 0}; /* of the texts here: one of one byte, two, or four */
        if (*p >= 0xf0) {
            const unsigned c =
                ((*p & 7u) << 18 | (p[1] & 63u) << 12 | (p[2] & 63u) << 6 | (p[3] & 63u)) - 0x10000;
            units[0] = 0xd800 | c >> 10;
            units[1] = 0xdc00 | (c & 0x3ff);
            p += 3;
        } else if (*p >= 0xc0) {
            units[0] = (*p & 31u) << 6 | (p[1] & 63u);
            p++;
        }
        for (int u = 0; u < 2 && units[u]; u++) {
            out[n++] = (unsigned char)(high_first ? units[u] >> 8 : units[u]);
            out[n++] = (unsigned char)(high_first ? units[u] : units[u] >> 8);
        }
    }
    return n;
}

static void test_utf16(void **context)
{
    (void)context;
    enum { ROWS = 60000 }; /* more than what is read at once */
    char *text = malloc(ROWS * 24);
    unsigned char *bytes = malloc(ROWS * 48);
    assert_true(text && bytes);
    size_t length = (size_t)sprintf(text, "row\tGr\xc3\xb6\xc3\x9f"
                                          "e \xf0\x9f\x8c\xa1\r\n");
    for (int r = 0; r < ROWS; r++)
        length += (size_t)sprintf(text + length, "%d\t%d.5\r\n", r, r % 97);
    for (int k = 0; k < 4; k++) {
        const size_t size = to_utf16(bytes, text, k % 2, k < 2);
        ds_table *t = NULL;
        nn_error error = {0};
        if (ds_table_read(&t, csv_write_bytes("wide.csv", bytes, size), &(ds_read_options){.time = "none"},
                          &error))
            fail_msg("%d: %s", k, error.text);
        assert_string_equal(t->names[t->columns - 1], "Gr\xc3\xb6\xc3\x9f"
                                                      "e \xf0\x9f\x8c\xa1");
        assert_int_equal(t->rows, ROWS);
        for (int r = 0; r < ROWS; r++)
            assert_true(t->values[(size_t)(r + 1) * (size_t)t->columns - 1] == r % 97 + .5);
        ds_table_free(t);
    }
    free(text);
    free(bytes);
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_numbers),
                                       cmocka_unit_test(test_late_evidence), cmocka_unit_test(test_utf16),
                                       cmocka_unit_test(test_shapes)};
    return cmocka_run_group_tests_name("reading_tables", tests, NULL, cleanup);
}
