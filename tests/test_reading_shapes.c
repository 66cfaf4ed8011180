/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shapes of files: parts of a day, month or year across, weeks in digits, what stands before and behind the
 * rows, and clocks that change. */
#include "datasets/time/calendar.h"
#include "tests/reading_file.h"

static const expected weeks[] = {
    {"Woche,y\n201601,1\n201602,2\n201603,3\n", {0}, "y", 3, "w", "201604,0", "", NULL},
    {"x,y\n201651,1\n201652,2\n201701,3\n", {0}, "y", 3, "w", "201702,0", "a year and a week", NULL},
    {"x,y\n201651,1\n201652,2\n201701,3\n", {.strict = true}, .error = "--time-format '%G%V'"},
    {"x,y\n201610,1\n201611,2\n201612,3\n", {0}, "y", 3, "m", "201701,0", "", NULL},
    {"y,week\n1,2016/51\n2,2016/52\n3,2017/01\n", {0}, "y", 3, "w", "0,2017/02", "", NULL},
    {"KW;y\n51.2016;1\n52.2016;2\n01.2017;3\n", {0}, "y", 3, "w", "02.2017;0", "", NULL},
    {"week,y\n2016-W01-1,1\n2016-W02-1,2\n2016-W03-1,3\n", {0}, "y", 3, "w", "2016-W04-1,0", "", NULL},
    {"Kalenderwoche,y\n51. KW 2016,1\n52. KW 2016,2\n01. KW 2017,3\n",
     {0},
     "y",
     3,
     "w",
     "02. KW 2017,0",
     "",
     NULL},
    {"week,y\n2016011,1\n2016021,2\n2016031,3\n", {0}, "y", 3, "w", "2016041,0", "", NULL},
};

static void test_weeks(void **context)
{
    (void)context;
    CHECK(weeks);
}

/* Months in letters, and which of several columns is meant. */
static const expected columns[] = {
    {"mois;y\njuil. 2010;1\nao\xc3\xbbt 2010;2\nsept. 2010;3\n", {0}, "y", 3, "m", "oct. 2010;0", "", NULL},
    {"x,y\nApr. 10,1\nMaj 2010,2\nJune 2010,3\n", {0}, .error = "column 'x' looks like time"},
    {",ts,y\n0,1609459200000,5\n1,1609462800000,3\n2,1609466400000,4\n",
     {0},
     "y",
     3,
     "h",
     NULL,
     "counts the rows and is left out",
     NULL},
    {"a,b,date,y\n1,1,2020-01-01,101\n1,1,2020-01-02,102\n1,1,2020-01-03,103\n1,2,2020-01-01,102\n"
     "1,2,2020-01-02,103\n1,2,2020-01-03,104\n2,1,2020-01-01,201\n2,1,2020-01-02,202\n2,1,2020-01-03,203\n"
     "2,2,2020-01-01,202\n2,2,2020-01-02,203\n2,2,2020-01-03,204\n",
     {0},
     .error = "--id a,b"},
};

static void test_columns(void **context)
{
    (void)context;
    CHECK(columns);
}

static const expected around[] = {
    {"Report Sales,,,\nCreated "
     "2024,,,\n,,,\nDate,a,b,c\n2020-01-01,1,2,3\n2020-01-02,1,2,4\n2020-01-03,1,2,5\n",
     {0},
     "a,b,c",
     3,
     "d",
     NULL,
     "the lines before line 4",
     NULL},
    {"Station:;Nord;;\nLat:;52;;\nDate;a;b;c\n2020-01-01;1;2;3\n2020-01-02;1;2;4\n2020-01-03;1;2;5\n",
     {0},
     "a,b,c",
     3,
     "d",
     NULL,
     "the lines before line 3",
     NULL},
    {",y\n2020-01-01,1\n2020-01-02,2\n2020-01-03,4\n", {0}, "y", 3, "d", NULL, "", NULL},
    {"date,y\n2020-01-01,1,200\n2020-01-02,1,300\n2020-01-03,2,100\n",
     {0},
     .error = ":1: 2 names above rows of 3"},
    {"Monat;y;z\nJan 2020;1;5;8\nFeb 2020;1;6;8\nMar 2020;2;5;8\n",
     {0},
     .error = "'Monat' would name '1', which is no time"},
    {"year,y\n2020,1,200\n2021,1,300\n2022,2,100\n", {0}, .error = "needs quotes around the number"},
    {"shop,date,y\nN,2020-01-01,1,200\nN,2020-01-02,1,300\nS,2020-01-01,2,100\n",
     {0},
     .error = "'date' would name '1', which is no time"},
    {"date,y,z\n2020-01-01,1,200,2,300\n2020-01-02,1,300,2,400\n2020-01-03,2,100,1,300\n",
     {0},
     .error = ":1: 3 names above rows of 5 cells; a ',' within a number"},
    {"date,y\n2020-01-01,1,200\n2020-01-02,900\n2020-01-03,950\n2020-01-04,970\n2020-01-05,990\n",
     {0},
     .error = "one within a number or text needs quotes"},
    {"y,z\n2020-01-01,1,200\n2020-01-02,1,300\n2020-01-03,2,100\n",
     {0},
     "y,z",
     3,
     "d",
     NULL,
     "line 1 has a name less",
     NULL},
    {"y,z\n2020-01-01,1,200\n2020-01-02,1,300\n2020-01-03,2,100\n",
     {.strict = true},
     .error = "line 1 has a name less"},
    {"date,y\n1,2020-01-01,200\n2,2020-01-02,300\n3,2020-01-03,100\n",
     {0},
     "y",
     3,
     "d",
     NULL,
     "line 1 has a name less",
     NULL},
    {"year,month,y\n1,2020,1,200\n2,2020,2,300\n3,2020,3,100\n",
     {0},
     "y",
     3,
     "m",
     NULL,
     "line 1 has a name less",
     NULL},
    {"date,a\n2020-01-01,1\n2020-01-02,2\n2020-01-03,4\n,7\n",
     {0},
     "a",
     3,
     "d",
     NULL,
     "line 5, the last",
     NULL},
    {"shop,date,a\nS,2020-01-01,1\nS,2020-01-02,2\nS,2020-01-03,4\nTotal,,7\n",
     {.id = "shop"},
     "S",
     3,
     "d",
     NULL,
     "begins with 'Total'",
     NULL},
    {"date,a\n2020-01-01,1\n2020-01-02,2\n2020-01-03,4\n,7\n2020-01-04,4\n",
     {0},
     .error = ":5:1: the time stamp is missing"},
    {"date,a\n2020-01-01,1\n2020-01-02,2\n,\n2020-01-03,4\n,\n", {0}, "a", 3, "d", NULL, "", NULL},
    {"Date,Daily Sales\n2020-01-01,1\n2020-01-02,2\nDATE,\" daily_sales\"\n2020-01-03,4\n",
     {0},
     "Daily Sales",
     3,
     "d",
     NULL,
     "line 4 repeats the names",
     NULL},
    {"region,code,2015-01,2015-02,2015-03\nN,A,1,2,3\nN,B,1,2,3\nS,C,1,2,3\n",
     {0},
     "N/A,N/B,S/C",
     3,
     "m",
     NULL,
     "each row is read as a series",
     NULL},
    {"region,code,2015-01,2015-02,2015-03\nN,10,1,2,3\nN,20,1,2,3\nS,10,1,2,3\n",
     {0},
     "N/10,N/20,S/10",
     3,
     "m",
     NULL,
     "each row is read as a series",
     NULL},
    {"name,code,unit,2015,2016,2017\nN,A,m,1,2,3\nS,B,m,1,2,3\n", {0}, "N,S", 3, "y", NULL, NULL, NULL},
};

/* As exporters and languages have them. */
static const expected exports[] = {
    {"Monat;y\nJanuar 2015;1,5\nFebruar 2015;2\nM\xc3\xa4rz 2015;3\n",
     {0},
     "y",
     3,
     "m",
     "April 2015;0",
     NULL,
     NULL},
    {"mois,y\nd\xc3\xa9"
     "c. 2015,1\njanv. 2016,2\nf\xc3\xa9vr. 2016,3\n",
     {0},
     "y",
     3,
     "m",
     "mars 2016,0",
     "",
     NULL},
    {"x,y\n1,30-dic-2015\n2,31-dic-2015\n3,01-ene-2016\n", {0}, "x", 3, "d", "0,02-ene-2016", "", NULL},
    {"date,y\n3. Mai 2020,1\n4. Mai 2020,2\n5. Mai 2020,3\n30. Dezember 2020,4\n",
     {KEEP},
     "y",
     4,
     "d",
     "31. Dezember 2020,0",
     NULL,
     NULL},
    {"date,y\nMonday 03 January 2022,1\nTuesday 04 January 2022,2\nWednesday 05 January 2022,3\n",
     {0},
     "y",
     3,
     "d",
     "Thursday 06 January 2022,0",
     "",
     NULL},
    {"y,when\n1,22:00 30/12/2012\n2,23:00 30/12/2012\n3,00:00 31/12/2012\n",
     {0},
     "y",
     3,
     "h",
     "0,01:00 31/12/2012",
     "",
     NULL},
    {"Date;Time;T\n10/03/2004;18.00.00;1,5\n10/03/2004;19.00.00;2,5\n13/03/2004;20.00.00;1\n",
     {KEEP},
     "T",
     3,
     NULL,
     "13/03/2004;21.00.00;0",
     "'Time' joins 'Date'",
     NULL},
    {"<DATE>,<TIME>,<CLOSE>\n20220103,220000,1\n20220103,230000,2\n20220104,000000,3\n",
     {0},
     "<CLOSE>",
     3,
     "h",
     "20220104,010000,0",
     "joins",
     NULL},
    {"# year month value\n2015 1 3.5\n2015 2 4.5\n2015 3 5.5\n",
     {0},
     "value",
     3,
     "m",
     NULL,
     "behind the # of line 1",
     NULL},
    {"geo\\TIME_PERIOD\t2010 \t2011 \t2012 \nDE\t5.1 \t5.2 b\t: \nFR\t6.1 \t6.2 \t6.4 e\n",
     {KEEP},
     "DE,FR",
     3,
     "y",
     NULL,
     NULL,
     NULL},
    {"name,code,2010 [YR2010],2011 [YR2011],2012 [YR2012]\nA,B,..,2,3\nC,D,..,5,6\n",
     {0},
     "A,C",
     3,
     "y",
     NULL,
     NULL,
     NULL},
    {"name,X2010,X2011,X2012\nA,1,2,3\nC,4,5,6\n", {0}, "A,C", 3, "y", NULL, NULL, NULL},
    {"id,store,d_1,d_2,d_3,d_4,d_5,d_6\nA,S,1,2,3,4,5,6\nB,S,1,2,3,4,5,6\n",
     {0},
     "A,B",
     6,
     "step",
     NULL,
     "each row is read as a series",
     NULL},
    {"name,2010,2011,2012,Total\nA,1,2,3,6\nC,4,5,6,15\n",
     {0},
     "A,C",
     3,
     "y",
     NULL,
     "'Total' behind them is left out",
     NULL},
    {",Sales,,Stock\nDate,North,South,North\n2020-01-01,1,2,3\n2020-01-02,1,2,3\n2020-01-03,1,2,3\n",
     {0},
     "Sales/North,Sales/South,Stock/North",
     3,
     "d",
     "2020-01-04,0,0,0",
     "names stand in 2 lines",
     NULL},
    {"Date,Sales,Sales,Stock\n,North,South,North\n2020-01-01,1,2,3\n2020-01-02,1,2,3\n2020-01-03,1,2,3\n",
     {0},
     "Sales/North,Sales/South,Stock/North",
     3,
     "d",
     "2020-01-04,0,0,0",
     NULL,
     NULL},
    {"a,b,c,ds,y\nN,1,x,2020-01-01,1\nN,1,y,2020-01-01,1\nN,2,x,2020-01-01,1\nN,2,y,2020-01-01,1\n"
     "S,1,x,2020-01-01,1\nS,1,y,2020-01-01,1\nS,2,x,2020-01-01,1\nS,2,y,2020-01-01,1\nN,1,x,2020-01-02,1\n"
     "N,1,y,2020-01-02,1\nN,2,x,2020-01-02,1\nN,2,y,2020-01-02,1\nS,1,x,2020-01-02,1\nS,1,y,2020-01-02,1\n"
     "S,2,x,2020-01-02,1\nS,2,y,2020-01-02,1\n",
     {0},
     .error = "--id a,b,c names the column"},
    {"date,amount,currency\n2020-01-01,1,USD\n2020-01-02,2,EUR\n2020-01-03,1,USD\n",
     {0},
     .error = ":3:3: column 'currency' says 'EUR' here and 'USD' before"},
    {"date,amount,currency\n2020-01-01,1,USD\n2020-01-02,2,EUR\n2020-01-03,1,USD\n",
     {KEEP, .id = "currency"},
     "USD,EUR",
     3,
     "d",
     NULL,
     NULL,
     NULL},
    {"date,amount,currency\n2020-01-01,1,USD\n2020-01-02,2,USD\n2020-01-03,1,USD\n",
     {0},
     "amount",
     3,
     "d",
     NULL,
     NULL,
     NULL},
    {"lat,lon,height,offset,zone,short\n52.5,13.4,38,0,GMT,GMT\n\ntime,temperature_80m (C),rain\n"
     "2021-01-01T00:00,1.5,0\n2021-01-01T01:00,2.5,0\n2021-01-01T02:00,3,1\n2021-01-01T03:00,3,1\n"
     "2021-01-01T04:00,3,1\n",
     {0},
     "temperature_80m (C),rain",
     5,
     "h",
     "2021-01-01T05:00,0,0",
     "before line 4 are no rows",
     NULL},
    {"#YY  MM DD hh mm WDIR WSPD\n#yr  mo dy hr mn degT m/s\n2021 01 01 00 00 310 5.1\n2021 01 01 01 00 320 "
     "5.5\n"
     "2021 01 01 02 00 330 6.1\n",
     {0},
     "WDIR,WSPD",
     3,
     "h",
     "2021 1 1 3 0 0 0",
     "stand behind the # of line 1",
     NULL},
    {"\"TOA5\",\"CR1000\",\"CR1000\",\"12\",\"Std\",\"CPU\",\"56\",\"T1\"\n\"TIMESTAMP\",\"RECORD\",\"Air\","
     "\"RH\"\n"
     "\"TS\",\"RN\",\"Deg C\",\"%\"\n\"\",\"\",\"Avg\",\"Smp\"\n\"2021-01-01 00:00:00\",0,1.5,55\n"
     "\"2021-01-01 01:00:00\",1,2.5,56\n\"2021-01-01 02:00:00\",2,2.6,57\n",
     {0},
     "Air,RH",
     3,
     "h",
     "2021-01-01 03:00:00,0,0",
     "before line 2 are no rows",
     NULL},
    {"# retrieved\nagency\tsite_no\tdatetime\tflow\n5s\t15s\t20d\t14n\nUSGS\t01646500\t2021-01-01\t5\n"
     "USGS\t01646500\t2021-01-02\t6\nUSGS\t01646500\t2021-01-03\t9\n",
     {0},
     "flow",
     3,
     "d",
     "2021-01-04\t0",
     "line 3 holds no values",
     NULL},
    {"date,station,v\n2021-01-01,00123,5\n2021-01-02,00123,6\n2021-01-03,00123,9\n",
     {0},
     "v",
     3,
     "d",
     "2021-01-04,0",
     NULL,
     NULL},
    {"id,item,shop,d_1,d_2,d_3,d_4,d_5,d_6\nA_1_001,A_1_001,CA_1,0,1,0,2,1,1\nA_1_002,A_1_002,CA_1,3,1,0,2,1,"
     "1\n",
     {0},
     "A_1_001,A_1_002",
     6,
     NULL,
     NULL,
     "each row is read as a series",
     NULL},
    {"year,hour,y\n2010,0,1\n2010,1,2\n2011,0,3\n2011,1,4\n",
     {0},
     .error = ":2:1: the form of the number '2010' is not known before the last row"},
    {"season,y\n2000/01,1\n2001/02,2\n2002/03,3\n", {0}, .error = "from one year into the next"},
    {"half,y\n2000B1,1\n2000B2,2\n2001B1,3\n", {0}, .error = "column 'half' looks like time"},
    {"x,y\n2001 tercio 2,1\n2001 tercio 1,2\n2000 tercio 3,3\n", {0}, .error = "column 'x' looks like time"},
    {"region,x,y\na,2001 tercio 2,1\na,2001 tercio 1,2\nb,2001 tercio 2,3\nb,2001 tercio 1,3\n",
     {0},
     .error = "column 'x' looks like time"},
};

static void test_exports(void **context)
{
    (void)context;
    CHECK(exports);
}

static void test_around(void **context)
{
    (void)context;
    CHECK(around);
}

/* Three rows from 2023-01-30 on, each of parts named by a format or a list. */
static void check_parts(const char *time, const char *stamps[3], const char *(*name)(int), int parts,
                        size_t rows, const char *step, const char *next)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs(time, out);
    for (int i = 0; i < parts; i++)
        fprintf(out, ",%s", name(i));
    for (int r = 0; r < 3; r++) {
        fprintf(out, "\n%s", stamps[r]);
        for (int i = 0; i < parts; i++)
            fprintf(out, ",%d", r * parts + i);
    }
    fputc('\n', out);
    assert_int_equal(fclose(out), 0);
    const expected e = {text, {0}, "y", rows, step, next, "they are read as one", NULL};
    check(&e);
    free(text);
}

static const char *say(const char *format, int a, int b)
{
    static char text[40];
    snprintf(text, sizeof text, format, a, b);
    return text;
}
static const char *ending(int i)
{
    return say("HE%02d", i + 1, 0);
}
static const char *hour(int i)
{
    return say("H%d", i, 0);
}
static const char *hundred(int i)
{
    return say("%d", 100 * i, 0);
}
static const char *half(int i)
{
    return say("%02d:%02d", i / 2, i % 2 * 30);
}
static const char *half_end(int i)
{
    return say("%02d:%02d", (i + 1) / 2, (i + 1) % 2 * 30);
}
static const char *day(int i)
{
    return say("%d", i + 1, 0);
}
static const char *quarter(int i)
{
    return say("Q%d", i + 1, 0);
}
static const char *sensor(int i)
{
    return say("x%d", i + 1, 0);
}

static void test_parts(void **context)
{
    (void)context;
    const char *days[] = {"2023-01-30", "2023-01-31", "2023-02-01"},
               *german[] = {"30.01.23", "31.01.23", "01.02.23"};
    const char *months[] = {"2023-01", "2023-02", "2023-03"}, *years[] = {"2020", "2021", "2022"};
    check_parts("Date", days, ending, 24, 72, "h", "2023-02-02 00:00,0");
    check_parts("Datum", german, hour, 24, 72, "h", "02.02.23 00:00,0");
    check_parts("Date", days, hundred, 24, 72, "h", "2023-02-02 00:00,0");
    check_parts("Date", days, half, 48, 144, "30min", "2023-02-02 00:00,0");
    check_parts("Date", days, half_end, 48, 144, "30min", "2023-02-02 00:00,0");
    check_parts("month", months, day, 31, 31 + 28 + 31, "d", "2023-04-01,0");
    check_parts("year", years, quarter, 4, 12, "q", "2023-01,0");
    char text[2000] =
        "Date,x1,x2,x3,x4,x5,x6,x7,x8,x9,x10,x11,x12,x13,x14,x15,x16,x17,x18,x19,x20,x21,x22,x23,x24\n";
    for (int r = 0; r < 3; r++) {
        strcat(text, days[r]);
        for (int i = 0; i < 24; i++)
            strcat(text, ",1");
        strcat(text, "\n");
    }
    ds_table *t = NULL;
    assert_int_equal(ds_table_read(&t, csv_write(text), NULL, NULL), NN_OK);
    assert_int_equal(t->columns, 24);
    assert_string_equal(t->names[1], sensor(1));
    ds_table_free(t);
}

/* Hours of a clock that is put back on 29 October 2023 and forward on 31 March 2024. */
static void test_clocks(void **context)
{
    (void)context;
    static char text[200000];
    for (int utc = 0; utc < 2; utc++) {
        size_t n = (size_t)sprintf(text, "time;y\n");
        const int64_t first = ds_days_from_date(2023, 10, 20) * 24;
        for (int64_t h = first; h < first + 24 * 170; h++) {
            const bool summer =
                h < ds_days_from_date(2023, 10, 29) * 24 + 1 || h >= ds_days_from_date(2024, 3, 31) * 24 + 1;
            const ds_civil c = ds_civil_from((h + (utc ? 0 : summer ? 2 : 1)) * 3600 * DS_SECOND);
            n += (size_t)sprintf(text + n, "%02d.%02d.%d %02d:00;%d\n", c.day, c.month, c.year, c.hour,
                                 (int)(h % 24));
        }
        const expected e = {text,
                            {0},
                            "y",
                            24 * 170,
                            "h",
                            utc ? "07.04.2024 00:00;0" : "07.04.2024 02:00;0",
                            utc ? "" : "change of clocks in Europe",
                            NULL};
        check(&e);
    }
}

static int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_weeks),   cmocka_unit_test(test_columns),
                                       cmocka_unit_test(test_around),  cmocka_unit_test(test_parts),
                                       cmocka_unit_test(test_exports), cmocka_unit_test(test_clocks)};
    return cmocka_run_group_tests_name("reading_shapes", tests, NULL, cleanup);
}
