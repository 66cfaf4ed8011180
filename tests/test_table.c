/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables out of CSV files: columns, time, policies, wide and long. */
#include "tests/table_text.h"

static void test_wide(void **context)
{
    (void)context;
    ds_table *t = read_text(
        "a,date,b\n1,2020-01-01 00:00:00,2\n3,2020-01-01 01:00:00,4.5\n-5,2020-01-01 02:00:00,-0\n");
    assert_int_equal(t->rows, 3);
    assert_int_equal(t->columns, 2);
    assert_string_equal(t->names[0], "a");
    assert_string_equal(t->names[1], "b");
    assert_string_equal(t->layout.time_name, "date");
    assert_int_equal(t->layout.time_position, 1);
    assert_true(t->layout.timed && !t->layout.longform);
    assert_int_equal(t->frequency.unit, DS_UNIT_HOUR);
    assert_true(t->time[2] - t->time[0] == HOURS(2));
    same_values(t, VALUES(1, 2, 3, 4.5, -5, 0));
    assert_true(signbit(t->values[5]));
    assert_int_equal(t->report.lines, 4);
    assert_int_equal(ds_table_column(t, "b"), 1);
    assert_int_equal(ds_table_column(t, "1"), 0);
    assert_int_equal(ds_table_column(t, "date"), -1);
    ds_table_free(t);
}

static void test_time_columns(void **context)
{
    (void)context;
    ds_table *t = read_text("a,TimeStamp\n1,2020-01-01\n2,2020-01-02\n3,2020-01-03\n");
    assert_string_equal(t->layout.time_name, "TimeStamp");
    assert_int_equal(t->frequency.unit, DS_UNIT_DAY);
    ds_table_free(t);
    t = read_text("when,a\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n");
    assert_string_equal(t->layout.time_name, "when");
    ds_table_free(t);
    t = read_text(",a\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n");
    assert_string_equal(t->layout.time_name, "");
    ds_table_free(t);
    t = read_text("a,b\n1,2\n3,4\n");
    assert_false(t->layout.timed);
    assert_int_equal(t->frequency.unit, DS_UNIT_STEP);
    assert_int_equal(t->time[1], 1);
    same_values(t, VALUES(1, 2, 3, 4));
    ds_table_free(t);
    const ds_read_options none = {.time = "none", .exclude = "date"};
    t = read_with("date,b\n2020-01-01,2\n1999-01-01,4\n", &none);
    assert_false(t->layout.timed);
    same_values(t, VALUES(2, 4));
    ds_table_free(t);
    const ds_read_options second = {.time = "2"};
    t = read_with("date,b\n1,2020-01-01\n2,2020-01-02\n4,2020-01-03\n", &second);
    assert_string_equal(t->layout.time_name, "b");
    assert_string_equal(t->names[0], "date");
    ds_table_free(t);
}

static void test_columns_are_chosen(void **context)
{
    (void)context;
    const char *text =
        "date,a,\"b,c\",place,d e\n2020-01-01,1,2,Oslo,3\n2020-01-02,4,5,Rome,6\n2020-01-03,7,8,7,9\n";
    ds_table *t = read_text(text);
    assert_int_equal(t->columns, 3);
    assert_int_equal(t->report.ignored_count, 1);
    assert_string_equal(t->report.ignored[0], "place");
    assert_string_equal(t->report.ignored_text[0], "Oslo");
    same_values(t, VALUES(1, 2, 3, 4, 5, 6, 7, 8, 9));
    ds_table_free(t);
    const ds_read_options some = {.columns = "d e,\"b,c\""};
    t = read_with(text, &some);
    assert_int_equal(t->columns, 2);
    same_values(t, VALUES(2, 3, 5, 6, 8, 9));
    ds_table_free(t);
    const ds_read_options less = {.exclude = "a, place"};
    t = read_with(text, &less);
    assert_int_equal(t->columns, 2);
    assert_int_equal(t->report.ignored_count, 0);
    ds_table_free(t);
    const ds_read_options asked = {.columns = "place"}, unknown = {.columns = "nowhere"},
                          both = {.columns = "a", .exclude = "a"};
    has(refuse(text, &asked, NN_BAD_DATA), "2:4: 'Oslo' is not a number");
    has(refuse(text, &unknown, NN_USAGE), "no column 'nowhere'; the columns are date, a, b,c, place, d e");
    has(refuse(text, &both, NN_USAGE), "both asked for and excluded");
}

static void test_separators_and_decimal_commas(void **context)
{
    (void)context;
    const ds_read_options comma = {.decimal_comma = true}, pipe = {.delimiter = '|'},
                          blank = {.delimiter = ' '};
    ds_table *t = read_with("date;a;b\r\n2020-01-01;1,5;2\r\n2020-01-02;-,5;1,25e1\r\n", &comma);
    same_values(t, VALUES(1.5, 2, -.5, 12.5));
    assert_int_equal(t->layout.delimiter, ';');
    assert_true(t->layout.crlf && t->layout.decimal_comma);
    ds_table_free(t);
    t = read_with("a|b\n1|2\n", &pipe);
    same_values(t, VALUES(1, 2));
    ds_table_free(t);
    t = read_with("a b\n1 2\n", &blank);
    same_values(t, VALUES(1, 2));
    ds_table_free(t);
    t = read_text("a\tb\n1\t2\n");
    same_values(t, VALUES(1, 2));
    ds_table_free(t);
    t = read_text("date;a\n2020-01-01;1,5\n2020-01-02;2,25\n");
    same_values(t, VALUES(1.5, 2.25));
    assert_true(t->layout.decimal_comma);
    ds_table_free(t);
    has(refuse("date;a;b\n2020-01-01;1,5;2.5\n", NULL, NN_BAD_DATA),
        "2:2: '1,5' is not a number; --decimal-comma");
    has(refuse("a;b\n1;2\n1;2.5\n", &comma, NN_BAD_DATA),
        "3:2: '2.5' is not a number; the comma is to be the decimal mark");
}

static void test_no_header(void **context)
{
    (void)context;
    const ds_read_options options = {.no_header = true};
    ds_table *t = read_with("2020-01-01,1,2\n2020-01-02,3,4\n", &options);
    assert_int_equal(t->rows, 2);
    assert_string_equal(t->names[0], "2");
    assert_string_equal(t->names[1], "3");
    assert_int_equal(t->layout.time_position, 0);
    assert_true(t->layout.headless);
    ds_table_free(t);
    has(refuse("2020-01-01,1,2\n2020-01-02,3,4\n", NULL, NN_BAD_DATA), "--no-header");
}

static void test_names(void **context)
{
    (void)context;
    ds_table *t =
        read_text("date,p (%s),\"a \"\"b\"\"\",\xff\xfe`\xef\xbf\xbd\n2020-01-01,1,2,3\n2020-01-02,1,2,3\n");
    assert_string_equal(t->names[0], "p (%s)");
    assert_string_equal(t->names[1], "a \"b\"");
    assert_string_equal(t->names[2], "\xc3\xbf\xc3\xbe`\xc3\xaf\xc2\xbf\xc2\xbd");
    ds_table_free(t);
    has(refuse("date,x,y,x\n2020-01-01,1,2,3\n", NULL, NN_BAD_DATA),
        "1:4: columns 2 and 4 are both named 'x'");
    has(refuse("date,x,,y\n2020-01-01,1,2,3\n", NULL, NN_BAD_DATA), "1:3: column 3 has no name");
}

static void test_missing_values(void **context)
{
    (void)context;
    const char *text = "a,b\n1,1\nNA,2\n?,\n4,null\nNaN,5\n-9,6\n";
    has(refuse(text, NULL, NN_BAD_DATA), "3:1: column 'a' has no value here; --on-missing");
    ds_read_options o = {.on_missing = DS_KEEP, .missing = "-9,none"};
    ds_table *t = read_with(text, &o);
    same_values(t, VALUES(1, 1, NAN, 2, NAN, NAN, 4, NAN, NAN, 5, NAN, 6));
    assert_int_equal(t->report.missing_values, 4);
    assert_int_equal(t->report.missing[0], 2);
    assert_int_equal(t->report.missing[1], 2);
    assert_null(t->filled);
    ds_table_free(t);
    o.on_missing = DS_FORWARD;
    t = read_with(text, &o);
    same_values(t, VALUES(1, 1, 1, 2, 1, 2, 4, 2, NAN, 5, NAN, 6));
    assert_int_equal(t->report.filled, 4);
    assert_int_equal(t->filled[2], 1);
    assert_int_equal(t->filled[3], 0);
    ds_table_free(t);
    o.on_missing = DS_LINEAR;
    t = read_with(text, &o);
    same_values(t, VALUES(1, 1, 2, 2, 3, 3, 4, 4, NAN, 5, NAN, 6));
    ds_table_free(t);
}

/* Before a column's first value and behind its last nothing is made up. */
static void test_unlike_extents(void **context)
{
    (void)context;
    const char *text =
        "date,a,b\n2020-01-01,,1\n2020-01-02,,2\n2020-01-03,5,\n2020-01-04,6,4\n2020-01-05,,5\n";
    ds_read_options o = {.on_missing = DS_FORWARD};
    ds_table *t = read_with(text, &o);
    same_values(t, VALUES(NAN, 1, NAN, 2, 5, 2, 6, 4, NAN, 5));
    assert_int_equal(t->report.filled, 1);
    assert_int_equal(t->report.missing_values, 1);
    assert_int_equal(t->report.late, 1);
    assert_int_equal(t->report.early, 1);
    assert_int_equal(t->report.end_rows, 1);
    assert_int_equal(t->filled[5], 1);
    ds_table_free(t);
    o.tail = 2;
    t = read_with(text, &o);
    assert_int_equal(t->rows, 3);
    ds_table_free(t);
    o = (ds_read_options){.on_missing = DS_ERROR};
    has(refuse(text, &o, NN_BAD_DATA), "4:3: column 'b' has no value here; --on-missing");
    t = read_with("date,a,b\n2020-01-03,5,\n2020-01-02,,2\n2020-01-01,,1\n", &o);
    same_values(t, VALUES(NAN, 1, NAN, 2, 5, NAN));
    ds_table_free(t);
}

static void test_unsorted_rows(void **context)
{
    (void)context;
    ds_table *t = read_text("date,a\n2020-01-03,3\n2020-01-01,1\n2020-01-04,4\n2020-01-02,2\n");
    same_values(t, VALUES(1, 2, 3, 4));
    assert_true(t->report.was_unsorted);
    assert_true(t->time[0] < t->time[1] && t->time[2] < t->time[3]);
    ds_table_free(t);
}

static void test_duplicates(void **context)
{
    (void)context;
    const char *text = "date,a,b\n2020-01-03,3,3\n2020-01-01,1,1\n2020-01-02,2,2\n2020-01-01,5,\n";
    ds_read_options o = {.on_missing = DS_KEEP};
    has(refuse(text, &o, NN_BAD_DATA),
        "5:1: stamp 2020-01-01 stands a second time (first at line 3); in a long file --id");
    o.on_duplicate = DS_FIRST;
    ds_table *t = read_with(text, &o);
    same_values(t, VALUES(1, 1, 2, 2, 3, 3));
    assert_int_equal(t->report.duplicates, 1);
    ds_table_free(t);
    o.on_duplicate = DS_LAST;
    t = read_with(text, &o);
    same_values(t, VALUES(5, NAN, 2, 2, 3, 3));
    ds_table_free(t);
    o.on_duplicate = DS_MEAN;
    t = read_with(text, &o);
    same_values(t, VALUES(3, 1, 2, 2, 3, 3));
    ds_table_free(t);
    o.on_duplicate = DS_KEEP;
    t = read_with(text, &o);
    same_values(t, VALUES(1, 1, 5, NAN, 2, 2, 3, 3));
    assert_int_equal(t->frequency.unit, DS_UNIT_DAY);
    ds_table_free(t);
}

static void test_gaps(void **context)
{
    (void)context;
    const char *text =
        "date,a\n2020-01-01 00:00,0\n2020-01-01 01:00,1\n2020-01-01 02:00,2\n2020-01-01 05:00,5\n"
        "2020-01-01 06:00,6\n2020-01-01 07:00,7\n";
    has(refuse(text, NULL, NN_BAD_DATA),
        "5:1: 2 stamps are missing between 2020-01-01 02:00 and 2020-01-01 05:00");
    ds_read_options o = {.on_gap = DS_KEEP};
    ds_table *t = read_with(text, &o);
    same_values(t, VALUES(0, 1, 2, 5, 6, 7));
    assert_int_equal(t->report.gaps, 1);
    assert_int_equal(t->report.missing_stamps, 2);
    assert_true(t->report.first_gap == t->time[2]);
    ds_table_free(t);
    o.on_gap = DS_FORWARD;
    t = read_with(text, &o);
    same_values(t, VALUES(0, 1, 2, 2, 2, 5, 6, 7));
    assert_true(t->time[3] - t->time[2] == HOURS(1) && t->time[7] - t->time[0] == HOURS(7));
    assert_int_equal(t->report.filled, 2);
    assert_true(t->filled[3] && t->filled[4] && !t->filled[5]);
    ds_table_free(t);
    o.on_gap = DS_LINEAR;
    o.tail = 4;
    t = read_with(text, &o);
    assert_int_equal(t->rows, 4);
    same_values(t, VALUES(4, 5, 6, 7));
    assert_true(t->filled[0] && !t->filled[1]);
    ds_table_free(t);
}

static void test_off_the_grid(void **context)
{
    (void)context;
    const char *text =
        "date,a\n2020-01-01 00:00,0\n2020-01-01 01:00,1\n2020-01-01 02:00,2\n2020-01-01 02:20,5\n"
        "2020-01-01 03:20,6\n2020-01-01 04:20,7\n";
    const ds_read_options forward = {.on_gap = DS_FORWARD, .frequency = "h"},
                          keep = {.on_gap = DS_KEEP, .frequency = "h"};
    has(refuse(text, &forward, NN_BAD_DATA), "5:1: stamp 2020-01-01 02:20 is not a whole number of steps");
    ds_table *t = read_with(text, &keep);
    assert_int_equal(t->rows, 6);
    assert_int_equal(t->report.gaps, 1);
    ds_table_free(t);
}

static void test_absurd_gaps_are_refused(void **context)
{
    (void)context;
    const ds_read_options o = {.on_gap = DS_FORWARD, .frequency = "s"};
    has(refuse("date,a\n1990-01-01 00:00:00,0\n2020-01-01 00:00:01,1\n", &o, NN_BAD_DATA),
        "filling the gaps");
}

static void test_long(void **context)
{
    (void)context;
    has(refuse("unique_id,ds,y\nA,2020-01-01,1\nB,2020-01-01,1\nB,2020-01-02,2\nA,2020-01-03,3\n", NULL,
               NN_BAD_DATA),
        "series 'A' has no value of 'y' at 2020-01-02, between others that it has; --on-missing");
    ds_read_options o = {.on_missing = DS_KEEP, .columns = "y"};
    ds_table *t = read_with(long_text, &o);
    assert_true(t->layout.longform);
    assert_int_equal(t->rows, 4);
    assert_int_equal(t->columns, 2);
    assert_string_equal(t->names[0], "B");
    assert_string_equal(t->names[1], "A");
    same_values(t, VALUES(1, NAN, 2, 5, 3, 6, NAN, 7));
    assert_int_equal(t->report.missing_values, 0);
    ds_table_free(t);
    o = (ds_read_options){.on_missing = DS_ERROR};
    t = read_with(long_text, &o);
    assert_int_equal(t->columns, 4);
    assert_string_equal(t->names[3], "A/z");
    assert_int_equal(t->rows, 4);
    same_values(t, VALUES(1, 10, NAN, NAN, 2, 20, 5, 50, 3, 30, 6, 60, NAN, NAN, 7, 70));
    ds_table_free(t);
}

static void test_long_duplicates_and_order(void **context)
{
    (void)context;
    const char *text =
        "ds,y,shop\n2020-01-02,1,x\n2020-01-01,2,x\n2020-01-01,3,y\n2020-01-02,4,y\n2020-01-02,6,y\n";
    ds_read_options o = {.id = "shop"};
    has(refuse(text, &o, NN_BAD_DATA),
        "6:1: series 'y' has stamp 2020-01-02 a second time (first at line 5)");
    o.on_duplicate = DS_MEAN;
    ds_table *t = read_with(text, &o);
    same_values(t, VALUES(2, 3, 1, 5));
    assert_true(t->report.was_unsorted);
    assert_int_equal(t->report.duplicates, 1);
    ds_table_free(t);
    o.on_duplicate = DS_LAST;
    t = read_with(text, &o);
    same_values(t, VALUES(2, 3, 1, 6));
    ds_table_free(t);
    o.id = "store";
    has(refuse(text, &o, NN_USAGE), "--id: there is no column 'store'");
}

/* Rows of a random long file in random order, each cell against the number it was written as. */
static void test_long_in_any_order(void **context)
{
    (void)context;
    unsigned x = 7;
    for (int round = 0; round < 300; round++) {
        enum { IDS = 5, DAYS = 9 };
        int rows[IDS * DAYS], count = 0, seen[IDS] = {0};
        char text[4000];
        size_t length = (size_t)sprintf(text, "unique_id,ds,y,z\n");
        for (int i = 0; i < IDS * DAYS; i++)
            if ((x = x * 1103515245u + 12345u) >> 16 & 3 || i % IDS == 0)
                rows[count++] = i;
        for (int i = count - 1; i > 0 && round; i--) {
            x = x * 1103515245u + 12345u;
            const int k = (int)((x >> 16) % (unsigned)(i + 1)), t = rows[i];
            rows[i] = rows[k];
            rows[k] = t;
        }
        double expected[DAYS][IDS][2];
        for (int i = 0; i < DAYS * IDS * 2; i++)
            (&expected[0][0][0])[i] = NAN;
        for (int i = 0; i < count; i++) {
            const int id = rows[i] % IDS, day = rows[i] / IDS;
            seen[id] = 1;
            expected[day][id][0] = rows[i];
            expected[day][id][1] = -rows[i] - .5;
            length += (size_t)sprintf(text + length, "s%d,2020-01-0%d,%d,%g\n", id, day + 1, rows[i],
                                      -rows[i] - .5);
        }
        const ds_read_options keep = {.on_missing = DS_KEEP};
        ds_table *t = read_with(text, &keep);
        assert_int_equal(t->rows, DAYS);
        for (int id = 0; id < IDS; id++)
            for (int v = 0; v < 2 && seen[id]; v++) {
                char name[16];
                sprintf(name, "s%d/%c", id, "yz"[v]);
                const int c = ds_table_column(t, name);
                assert_true(c >= 0);
                for (int day = 0; day < DAYS; day++) {
                    const double a = t->values[day * t->columns + c], b = expected[day][id][v];
                    assert_true(isnan(b) ? isnan(a) : a == b);
                }
            }
        ds_table_free(t);
    }
}

/* Enough rows that stamps and ids are kept in every way there is: by series, by stamp, at random; and with a
 * zone, where stamps are not packed. */
static void test_many_long_rows(void **context)
{
    (void)context;
    enum { IDS = 50, DAYS = 300, ROWS = IDS * DAYS };
    static int rows[ROWS];
    for (int way = 0; way < 4; way++) {
        unsigned x = 11;
        for (int i = 0; i < ROWS; i++)
            rows[i] = way == 1 ? i / IDS + i % IDS * DAYS : i; /* id x DAYS + day */
        for (int i = ROWS - 1; i > 0 && way > 1; i--) {
            x = x * 1103515245u + 12345u;
            const int k = (int)((x >> 8) % (unsigned)(i + 1)), t = rows[i];
            rows[i] = rows[k];
            rows[k] = t;
        }
        char *text = malloc(ROWS * 48), *end = text + sprintf(text, "unique_id,ds,y\n");
        assert_non_null(text);
        for (int i = 0; i < ROWS; i++) {
            const int day = rows[i] % DAYS;
            end += sprintf(end, "s%d,20%02d-%02d-%02d%s,%d\n", rows[i] / DAYS, 20 + day / 336,
                           day / 28 % 12 + 1, day % 28 + 1, way == 3 ? " 00:00Z" : "", rows[i]);
        }
        const ds_read_options keep = {.on_gap = DS_KEEP};
        ds_table *t = read_with(text, &keep);
        assert_int_equal(t->rows, DAYS);
        assert_int_equal(t->columns, IDS);
        for (int c = 0; c < IDS; c++)
            for (int day = 0; day < DAYS; day++)
                assert_true(t->values[day * IDS + c] == atoi(t->names[c] + 1) * DAYS + day);
        ds_table_free(t);
        free(text);
    }
}

static void collect(void *context, const char *line)
{
    strcat(context, line);
    strcat(context, "\n");
}

static void test_notes(void **context)
{
    (void)context;
    char notes[4000] = "";
    ds_read_options o = {.on_gap = DS_KEEP, .on_missing = DS_FORWARD, .on_duplicate = DS_FIRST};
    ds_table *t = read_with("date,a,where\n2020-01-02,1,x\n2020-01-01,0,x\n2020-01-02,,x\n2020-01-03,,"
                            "x\n2020-01-04,1,x\n2020-01-07,1,x\n",
                            &o);
    assert_int_equal(ds_table_notes(t, collect, notes), 6);
    has(notes, "not in time order");
    has(notes, "1 row has a stamp that stood before");
    has(notes, "1 gap in the time column (");
    has(notes, "2 stamps are missing, the first after 2020-01-04");
    has(notes, "1 missing value in 1 column");
    has(notes, "1 value was filled in");
    has(notes, "column 'where' holds text");
    ds_table_free(t);
    *notes = '\0';
    t = read_text("a\n1\n");
    assert_int_equal(ds_table_notes(t, collect, notes), 1);
    has(notes, "no column looks like time: the rows are numbered");
    ds_table_free(t);
}

static void test_standard_input(void **context)
{
    (void)context;
    const int before = dup(STDIN_FILENO);
    FILE *file = fopen(csv_write("a,b\n1,2\n3,x\n"), "rb");
    assert_non_null(file);
    assert_true(dup2(fileno(file), STDIN_FILENO) >= 0);
    ds_table *table = NULL;
    assert_int_equal(ds_table_read(&table, "-", NULL, &error), NN_BAD_DATA);
    assert_string_equal(
        error.text, "standard input:3:2: 'x' is not a number; --missing 'x' reads such a word as a missing "
                    "value, --exclude 'b' leaves the column out");
    assert_true(lseek(STDIN_FILENO, 0, SEEK_SET) == 0);
    const ds_read_options options = {.missing = "x", .on_missing = DS_KEEP};
    assert_int_equal(ds_table_read(&table, "-", &options, &error), NN_OK);
    assert_string_equal(table->path, "standard input");
    same_values(table, VALUES(1, 2, 3, NAN));
    ds_table_free(table);
    fclose(file);
    dup2(before, STDIN_FILENO);
    close(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wide),
                                       cmocka_unit_test(test_time_columns),
                                       cmocka_unit_test(test_columns_are_chosen),
                                       cmocka_unit_test(test_separators_and_decimal_commas),
                                       cmocka_unit_test(test_no_header),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_missing_values),
                                       cmocka_unit_test(test_unlike_extents),
                                       cmocka_unit_test(test_unsorted_rows),
                                       cmocka_unit_test(test_duplicates),
                                       cmocka_unit_test(test_gaps),
                                       cmocka_unit_test(test_off_the_grid),
                                       cmocka_unit_test(test_absurd_gaps_are_refused),
                                       cmocka_unit_test(test_long),
                                       cmocka_unit_test(test_long_duplicates_and_order),
                                       cmocka_unit_test(test_long_in_any_order),
                                       cmocka_unit_test(test_many_long_rows),
                                       cmocka_unit_test(test_notes),
                                       cmocka_unit_test(test_standard_input)};
    return cmocka_run_group_tests(tests, NULL, cleanup);
}
