/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What docs/reading.md decides of the files in tests/cases and of small texts: the time, the series, the form
 * of the next stamp, or the message that stops. */
#include "datasets/table/table.h"
#include "datasets/table/write.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

typedef struct expected {
    const char *file; /* in tests/cases; or, with a line feed in it, the text itself */
    ds_read_options options;
    const char *series; /* comma separated */
    size_t rows;
    const char *step;  /* of ds_frequency_print */
    const char *next;  /* the line written one step after the last row, all values 0 */
    const char *notes; /* part of them; NULL: not looked at */
    const char *error; /* part of it, where the file is refused; all else is then not looked at */
} expected;

#define KEEP .on_missing = DS_KEEP, .on_gap = DS_KEEP, .on_duplicate = DS_KEEP

static const char *path_of(const expected *e)
{
    static char path[400];
    if (strchr(e->file, '\n'))
        return csv_write(e->file);
    snprintf(path, sizeof path, "%s/tests/cases/%s", getenv("AUSPEX_SOURCE"), e->file);
    return path;
}

static void collect(void *context, const char *line)
{
    char *notes = context;
    const size_t used = strlen(notes);
    snprintf(notes + used, 4000 - used, "%s\n", line);
}

static void same(const expected *e, const char *what, const char *found, const char *wanted)
{
    if (strcmp(found, wanted) != 0)
        fail_msg("%.60s: %s is '%s', not '%s'", e->file, what, found, wanted);
}

static void check_series(const expected *e, const ds_table *t)
{
    char names[1000] = "";
    for (int i = 0; i < t->columns; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? "," : "", t->names[i]);
    same(e, "the series", names, e->series);
}

static void check_next(const expected *e, const ds_table *t)
{
    char *text = NULL;
    size_t size = 0;
    nn_error error = {0};
    int *columns = calloc((size_t)t->columns, sizeof *columns);
    double *zeros = calloc((size_t)t->columns, sizeof *zeros);
    assert_true(columns && zeros);
    for (int i = 0; i < t->columns; i++)
        columns[i] = i;
    const ds_time next = ds_time_add(t->frequency, t->time[t->rows - 1], 1);
    FILE *stream = open_memstream(&text, &size);
    assert_int_equal(ds_write_csv(stream, t, columns, t->columns, &next, zeros, 1, &error), NN_OK);
    fclose(stream);
    char *line = t->layout.headless ? text : strchr(text, '\n') + 1;
    line[strcspn(line, "\r\n")] = '\0';
    same(e, "the next line", line, e->next);
    free(text);
    free(columns);
    free(zeros);
}

static void check(const expected *e)
{
    ds_table *t = NULL;
    nn_error error = {0};
    const int code = ds_table_read(&t, path_of(e), &e->options, &error);
    if (e->error) {
        if (code == NN_OK || !strstr(error.text, e->error))
            fail_msg("%.60s: '%s' does not say '%s'", e->file, code ? error.text : "nothing", e->error);
        ds_table_free(t);
        return;
    }
    if (code)
        fail_msg("%.60s: %s", e->file, error.text);
    char step[32], notes[4000] = "";
    ds_table_notes(t, collect, notes);
    ds_frequency_print(t->frequency, step, sizeof step);
    check_series(e, t);
    same(e, "the step", step, e->step);
    if (t->rows != e->rows)
        fail_msg("%.60s: %zu rows, not %zu", e->file, t->rows, e->rows);
    if (e->next)
        check_next(e, t);
    if (e->notes && (*e->notes ? !strstr(notes, e->notes) : *notes != '\0'))
        fail_msg("%.60s: the notes '%s' do not say '%s'", e->file, notes, e->notes);
    ds_table_free(t);
}

static void check_all(const expected *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(&list[i]);
}
#define CHECK(list) check_all(list, sizeof(list) / sizeof *(list))

static void test_time_column(void **context)
{
    (void)context;
    static const expected files[] = {
        {"01-turbines-long.csv", {0}, .error = "--id Wind_turbine_name names the column of series"},
        {"03-row-id-then-date.csv", {0}, "units", 200, "d", "2022-07-22,0", "'id' counts the rows", NULL},
        {"05-quarters-2016Q1.csv", {0}, "gdp", 100, "q", "2020Q1,0", "", NULL},
        {"07-iso-weeks.csv", {0}, "cases", 300, "w", "2021-W40,0", "", NULL},
        {"08-months-Jan-05.csv", {0}, "sales", 190, "m", "Nov-20,0", "", NULL},
        {"10-two-digit-years.csv", {0}, "sales", 190, "d", "12.07.22,0", "", NULL},
        {"11-mtu-ranges.csv",
         {KEEP, .missing = "n/e"},
         "Day-ahead Price (EUR/MWh)",
         288,
         "h",
         "05/11/2023 23:00:00 - 06/11/2023 00:00:00,0",
         "Area",
         NULL},
        {"13-yyyymmddhh.csv", {0}, "y", 300, "h", "2022011312,0", "", NULL},
        {"15-excel-serials.csv", {0}, "sales", 190, "d", "44752,0", "--time-format step", NULL},
        {"15-excel-serials.csv", {.strict = true}, .error = "--time-format excel"},
        {"17-microseconds.csv",
         {.no_header = true, .time = "1", .columns = "2"},
         "2",
         131,
         "h",
         "1736161200000000,0",
         "",
         NULL},
        {"25-years-first-column.csv", {0}, "output", 70, "y", "2020,0", "", NULL},
        {"26-year-day.csv", {0}, "ndvi", 400, "d", "2022036,0", "a year and a day", NULL},
        {"27-months-with-format.csv", {0}, "sales", 190, "m", "Nov 2010,0", "", NULL},
    };
    CHECK(files);
}

static void test_pieces(void **context)
{
    (void)context;
    static const expected files[] = {
        {"19-date-and-clock.csv",
         {KEEP},
         "Global_active_power,Voltage",
         502,
         "5min",
         "18/12/2006;11:14:00;0;0",
         "'Time' joins 'Date'",
         NULL},
        {"19-date-and-clock.csv",
         {KEEP, .time = "Date,Time"},
         "Global_active_power,Voltage",
         502,
         "5min",
         "18/12/2006;11:14:00;0;0",
         NULL,
         NULL},
        {"21-year-month-day-hour.csv",
         {0},
         "pm2.5,TEMP",
         336,
         "h",
         "2010,1,15,0,0,0",
         "are the time together",
         NULL},
        {"23-year-and-week.csv", {0}, "cases", 261, "w", "2023,1,0", NULL, NULL},
        {"24-hour-ending.csv", {0}, "Load", 384, "h", "01/17/2020,1,0", "hour that ends", NULL},
        {"24-hour-ending.csv", {.time = "Date,Hour Ending"}, "Load", 384, "h", "01/17/2020,1,0", NULL, NULL},
        {"Year,Month,x\n2020,Jan,3\n2020,Feb,4\n2020,Mar,5\n", {0}, "x", 3, "m", "2020,Apr,0", NULL, NULL},
        {"yr,qtr,x\n2020,1,3\n2020,2,4\n2020,3,5\n", {0}, "x", 3, "q", "2020,4,0", NULL, NULL},
        {"x,Date,Time\n1,01/03/2022,1:00 PM\n2,01/03/2022,2:00 PM\n3,01/13/2022,3:00 PM\n",
         {KEEP},
         "x",
         3,
         "h",
         "0,01/13/2022,4:00 PM",
         NULL,
         NULL},
        {"date,sunrise,x\n2022-01-03,07:50,1\n2022-01-04,07:49,2\n2022-01-05,07:49,3\n",
         {0},
         "x",
         3,
         "d",
         "2022-01-06,0",
         "'sunrise' holds text",
         NULL},
        {"date,settlement period,x\n2022-01-03,47,1\n2022-01-03,48,2\n2022-01-04,1,3\n2022-01-04,2,3\n",
         {0},
         "x",
         4,
         "30min",
         "2022-01-04,3,0",
         "a period of the day",
         NULL},
        {"date,hhmm,x\n2022-01-03,2200,1\n2022-01-03,2300,2\n2022-01-04,0000,3\n",
         {0},
         "x",
         3,
         "h",
         "2022-01-04,0100,0",
         NULL,
         NULL},
    };
    CHECK(files);
}

/* x stands before the stamps, whose column has a name that says nothing. */
static void test_forms(void **context)
{
    (void)context;
    static const struct {
        const char *stamps[3], *step, *next;
    } forms[] = {
        {{"1995-Q1", "1995-Q2", "1995-Q3"}, "q", "1995-Q4"},
        {{"Q1 1995", "Q2 1995", "Q3 1995"}, "q", "Q4 1995"},
        {{"2020W52", "2020W53", "2021W01"}, "w", "2021W02"},
        {{"2016M11", "2016M12", "2017M01"}, "m", "2017M02"},
        {{"11/2016", "12/2016", "01/2017"}, "m", "02/2017"},
        {{"Nov 2016", "Dec 2016", "Jan 2017"}, "m", "Feb 2017"},
        {{"November 2016", "December 2016", "January 2017"}, "m", "February 2017"},
        {{"Dec-98", "Jan-99", "Feb-99"}, "m", "Mar-99"},
        {{"JAN2020", "FEB2020", "MAR2020"}, "m", "APR2020"},
        {{"30JUN2020", "01JUL2020", "02JUL2020"}, "d", "03JUL2020"},
        {{"30-Jun-20", "1-Jul-20", "2-Jul-20"}, "d", "3-Jul-20"},
        {{"June 30, 2020", "July 1, 2020", "July 2, 2020"}, "d", "July 3, 2020"},
        {{"Thu 30 Apr 2020", "Fri 01 May 2020", "Sat 02 May 2020"}, "d", "Sun 03 May 2020"},
        {{"12/30/22", "12/31/22", "1/1/23"}, "d", "1/2/23"},
        {{"30/12/22", "31/12/22", "01/01/23"}, "d", "02/01/23"},
        {{"30.12.22", "31.12.22", "01.01.23"}, "d", "02.01.23"},
        {{"30.12.22 22:00", "30.12.22 23:00", "31.12.22 00:00"}, "h", "31.12.22 01:00"},
        {{"12/30/2022 10:00 PM", "12/30/2022 11:00 PM", "12/31/2022 12:00 AM"}, "h", "12/31/2022 01:00 AM"},
        {{"12/30/2022 9:00 pm", "12/30/2022 10:00 pm", "12/30/2022 11:00 pm"}, "h", "12/31/2022 12:00 am"},
        {{"2022-12-30 22", "2022-12-30 23", "2022-12-31 00"}, "h", "2022-12-31 01"},
        {{"20221230:2210", "20221230:2310", "20221231:0010"}, "h", "20221231:0110"},
        {{"202212302210", "202212302310", "202212310010"}, "h", "202212310110"},
        {{"20221230T221000", "20221230T231000", "20221231T001000"}, "h", "20221231T011000"},
        {{"2021-363", "2021-364", "2021-365"}, "d", "2022-001"},
        {{"2022-12-30 22:00 - 2022-12-30 23:00", "2022-12-30 23:00 - 2022-12-31 00:00",
          "2022-12-31 00:00 - 2022-12-31 01:00"},
         "h",
         "2022-12-31 01:00 - 2022-12-31 02:00"},
        {{"30.12.2022 22:00 - 23:00", "30.12.2022 23:00 - 00:00", "31.12.2022 00:00 - 01:00"},
         "h",
         "31.12.2022 01:00 - 02:00"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char text[400], next[100];
        snprintf(text, sizeof text, "x,axis\n1,\"%s\"\n2,\"%s\"\n3,\"%s\"\n", forms[i].stamps[0],
                 forms[i].stamps[1], forms[i].stamps[2]);
        const bool quoted = strchr(forms[i].next, ',') != NULL;
        snprintf(next, sizeof next, quoted ? "0,\"%s\"" : "0,%s", forms[i].next);
        const expected e = {text, {0}, "x", 3, forms[i].step, next, NULL, NULL};
        check(&e);
    }
}

static void test_numbers_as_time(void **context)
{
    (void)context;
    static const expected texts[] = {
        {"ts,y\n1600000000,0\n1600003600,1\n1600007200,4\n", {0}, "y", 3, "h", "1600010800,0", "", NULL},
        {"a,y\n1600000000000,0\n1600003600000,1\n1600007200000,4\n",
         {0},
         "y",
         3,
         "h",
         "1600010800000,0",
         "",
         NULL},
        {"open time,y\n1600000000000000000,0\n1600003600000000000,1\n",
         {0},
         "y",
         2,
         "h",
         "1600007200000000000,0",
         "",
         NULL},
        {"y,period\n0,201911\n1,201912\n2,202001\n", {0}, "y", 3, "m", "0,202002", "", NULL},
        {",y\n0,5\n1,6\n2,9\n", {0}, "y", 3, "step", "3,0", "without a name counts the rows", NULL},
        {"Unnamed: 0,ds,y\n0,2020-01-01,5\n1,2020-01-02,6\n2,2020-01-03,9\n",
         {0},
         "y",
         3,
         "d",
         "2020-01-04,0",
         "'Unnamed: 0' counts the rows and is left out",
         NULL},
        {"date,y\n2020-01-01,100\n2020-01-02,101\n2020-01-03,102\n",
         {0},
         "y",
         3,
         "d",
         "2020-01-04,0",
         "",
         NULL},
        {"y,z\n5,6\n4,7\n9,9\n", {0}, "y,z", 3, "step", "0,0", "no column looks like time", NULL},
        {"SDMX,TIME_PERIOD,OBS\nA,2016,3\nA,2017,5\nA,2018,6\n", {0}, "OBS", 3, "y", "2019,0", NULL, NULL},
    };
    CHECK(texts);
}

static void test_doubts(void **context)
{
    (void)context;
    static const expected texts[] = {
        {"Datum,x\n1/3/22,1\n1/4/22,2\n1/5/22,3\n",
         {0},
         .error = "--time-format '%-m/%-d/%y' or '%-d/%-m/%y'"},
        {"season,x\n2015/16,1\n2016/17,2\n2017/18,3\n", {0}, .error = "'season' looks like time"},
        {"Datum,x\n1. Quartal 2015,1\n2. Quartal 2015,2\n", {0}, .error = "--time-format describes another"},
        {"week,x\n2021-W52,1\n2021-W53,2\n", {0}, .error = "looks like time"},
        {"week,x\n2021-W52,1\n2021-W53,2\n", {.time_format = "%G-W%V"}, .error = "2021 has no week 53"},
        {"x,from,until\n1,2020-01-01,2020-01-02\n2,2020-01-02,2020-01-03\n",
         {0},
         .error = "--time names the one"},
        {"time,x\n10:00,1\n10:05,2\n", {0}, .error = "no column holds the date"},
        {"when,x\n2020-01-01,1\n2020-01-02,2\n2020-01-03,4\n", {.time_format = "%V"}, .error = "%V"},
        {"date,store,item,y\n2020-01-01,1,1,5\n2020-01-01,1,2,5\n2020-01-01,2,1,5\n2020-01-01,2,2,5\n"
         "2020-01-02,1,1,5\n2020-01-02,1,2,5\n2020-01-02,2,1,5\n2020-01-02,2,2,5\n",
         {0},
         .error = "--id store,item"},
    };
    CHECK(texts);
}

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

static void test_numbers(void **context)
{
    (void)context;
    static const expected files[] = {
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
        {"43-ghcn-padded.csv",
         {KEEP, .columns = "PRCP,TMAX,TMIN"},
         "PRCP,TMAX,TMIN",
         159,
         "d",
         NULL,
         NULL,
         NULL},
        {"44-first-value-lt1.csv", {0}, .error = "csv:2:3: '<1' is not a number; --missing"},
        {"45-booleans.csv",
         {0},
         "sales,promo,open",
         200,
         "d",
         NULL,
         "'promo', 'open': true or yes is 1",
         NULL},
        {"46-units-in-cells.csv", {0}, "Power", 200, "min", NULL, "the unit 'kW' is taken off", NULL},
        {"date,y\n2020-01-01,1\n2020-01-02,5*\n2020-01-03,3\n", {0}, .error = "a unit or a remark"},
        {"date,y\n2020-01-01,\"1,234\"\n2020-01-02,\"2,345\"\n",
         {0},
         "y",
         2,
         "d",
         NULL,
         "--decimal-comma",
         NULL},
        {"date,y\n2020-01-01,\"1,234\"\n2020-01-02,\"2,345\"\n",
         {.strict = true},
         .error = "--thousands , or --decimal-comma"},
        {"date;y\n2020-01-01;1,5\n2020-01-02;1,234\n",
         {0},
         .error = "--decimal-comma reads commas as decimal"},
        {"date,y\n2020-01-01,n/e\n2020-01-02,2\n2020-01-03,3\n",
         {0},
         .error = "'n/e' is not a number; --missing"},
    };
    CHECK(files);
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

static void test_shapes(void **context)
{
    (void)context;
    static const expected files[] = {
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
        {"51-years-across.csv",
         {KEEP},
         "Aland,Borduria,Syldavia",
         54,
         "y",
         "2024,0,0,0",
         "points in time",
         NULL},
        {"53-rows-are-series.csv",
         {KEEP},
         "Y1,Y2,Y3,Y4",
         70,
         "step",
         NULL,
         "each row is read as a series",
         NULL},
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
        {"60-footer-total.csv", {.strict = true}, .error = "line 152, the last"},
        {"61-footer-source.csv", {0}, "Sales", 150, "d", "2022-06-02,0", "footer", NULL},
        {"62-pandas-index.csv", {0}, "sales", 150, "d", "2022-06-02,0", "is left out", NULL},
        {"62-pandas-index.csv", {.time = "date", .columns = "sales"}, "sales", 150, "d", NULL, NULL, NULL},
        {"63-trailing-comma.csv", {0}, "sales", 150, "d", "2022-06-02,0", "", NULL},
        {"64-aligned-columns.txt", {0}, "temp,wind", 200, "d", "2022-07-22 0 0", NULL, NULL},
        {"64-aligned-columns.txt", {.delimiter = ' '}, "temp,wind", 200, "d", NULL, NULL, NULL},
        {"66-duplicate-names.csv", {0}, .error = "names must differ"},
        {"66-duplicate-names.csv", {.exclude = "3"}, "y", 200, "d", NULL, NULL, NULL},
        {"66-duplicate-names.csv", {.columns = "2"}, "y", 200, "d", NULL, NULL, NULL},
        {"67-pvgis.csv",
         {0},
         "G(i),H_sun,T2m,WS10m,Int",
         240,
         "h",
         "20150111:0010,0,0,0,0,0",
         "footers",
         NULL},
        {"68-header-repeated.csv", {0}, "y", 200, "d", NULL, "line 102 repeats the names", NULL},
        {"69-monash.tsf", {0}, .error = "a Monash .tsf file"},
        {"70-zipped.zip", {0}, .error = "a ZIP archive (or an Excel workbook)"},
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
    CHECK(files);
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
        cmocka_unit_test(test_time_column), cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_forms),       cmocka_unit_test(test_numbers_as_time),
        cmocka_unit_test(test_doubts),      cmocka_unit_test(test_values),
        cmocka_unit_test(test_numbers),     cmocka_unit_test(test_late_evidence),
        cmocka_unit_test(test_shapes),
    };
    return cmocka_run_group_tests_name("reading", tests, NULL, cleanup);
}
