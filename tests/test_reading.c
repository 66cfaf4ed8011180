/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How docs/reading.md finds the time: the column, the columns, the form of the next stamp, or what stops. */
#include "tests/reading_file.h"

static const expected time_column_files[] = {
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

static void test_time_column(void **context)
{
    (void)context;
    CHECK(time_column_files);
}

static const expected pieces_files[] = {
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
    {"Rok,Kwartał,x\n2020,II,3\n2020,III,4\n2020,IV,5\n", {0}, "x", 3, "q", "2021,I,0", NULL, NULL},
    {"Year,Period,x\n2020,M10,3\n2020,M11,4\n2020,M12,5\n", {0}, "x", 3, "m", "2021,M01,0", NULL, NULL},
    {"Year,Quarter,x\n2020,Q4,3\n2020,Q3,4\n2020,Q2,5\n", {0}, "x", 3, "q", "2021,Q1,0", NULL, NULL},
    {"year,month,day,hhmm,x\n2020,2,28,2330,3\n2020,2,29,0,4\n2020,2,29,30,5\n",
     {0},
     "x",
     3,
     "30min",
     "2020,2,29,100,0",
     NULL,
     NULL},
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
    {"date,hhmm,x\n2022-01-03,0,1\n2022-01-03,30,2\n2022-01-03,100,3\n2022-01-03,130,3\n",
     {0},
     "x",
     4,
     "30min",
     "2022-01-03,200,0",
     "as the time of day",
     NULL},
    {"date,hhmm,x\n2022-01-03,0,1\n2022-01-03,30,2\n2022-01-03,100,3\n2022-01-03,130,3\n",
     {.time = "date,hhmm"},
     "x",
     4,
     "30min",
     "2022-01-03,200,0",
     NULL,
     NULL},
    {"DATE,HE,x\n2022-01-03,2200,1\n2022-01-03,2300,2\n2022-01-03,2400,3\n2022-01-04,100,3\n",
     {0},
     "x",
     4,
     "h",
     "2022-01-04,200,0",
     "at which a period ends",
     NULL},
    {"date,HrMn,x\n2022-01-03,2330,1\n2022-01-03,2345,2\n2022-01-04,0,3\n",
     {0},
     "x",
     3,
     "15min",
     "2022-01-04,15,0",
     NULL,
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

static void test_pieces(void **context)
{
    (void)context;
    CHECK(pieces_files);
}

typedef struct stamp_form {
    const char *stamps[3], *step, *next;
} stamp_form;

/* x stands before the stamps, whose column has a name that says nothing. */
static void check_forms(const stamp_form *forms, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[400], next[100];
        snprintf(text, sizeof text, "x,axis\n1,\"%s\"\n2,\"%s\"\n3,\"%s\"\n", forms[i].stamps[0],
                 forms[i].stamps[1], forms[i].stamps[2]);
        const bool quoted = strchr(forms[i].next, ',') != NULL;
        snprintf(next, sizeof next, quoted ? "0,\"%s\"" : "0,%s", forms[i].next);
        const expected e = {text, {0}, "x", 3, forms[i].step, next, NULL, NULL};
        check(&e);
    }
}

static void test_forms(void **context)
{
    (void)context;
    static const stamp_form forms[] = {
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
    };
    check_forms(forms, sizeof forms / sizeof *forms);
}

/* With words in them. */
static void test_worded_forms(void **context)
{
    (void)context;
    static const stamp_form forms[] = {
        {{"9 de mayo de 2022", "10 de mayo de 2022", "11 de mayo de 2022"}, "d", "12 de mayo de 2022"},
        {{"2020U51", "2020U52", "2020U53"}, "w", "2021U01"},
        {{"2000m9", "2000m10", "2000m11"}, "m", "2000m12"},
        {{"III kw. 2014", "IV kw. 2014", "I kw. 2015"}, "q", "II kw. 2015"},
        {{"Q IV 2020", "Q III 2020", "Q II 2020"}, "q", "Q I 2021"},
        {{"2020-II", "2020-III", "2020-IV"}, "q", "2021-I"},
        {{"2. kvartal 2019", "3. kvartal 2019", "4. kvartal 2019"}, "q", "1. kvartal 2020"},
        {{"2019K2", "2019K3", "2019K4"}, "q", "2020K1"},
        {{"1999H2", "2000H1", "2000H2"}, "2q", "2001H1"},
        {{"1999-S2", "2000-S1", "2000-S2"}, "2q", "2001-S1"},
        {{"2. Halbjahr 1999", "1. Halbjahr 2000", "2. Halbjahr 2000"}, "2q", "1. Halbjahr 2001"},
        {{"1H99", "2H99", "1H00"}, "2q", "2H00"},
        {{"FY2019", "FY2020", "FY2021"}, "y", "FY2022"},
        {{"FY19", "FY20", "FY21"}, "y", "FY22"},
        {{"30.12.22 22:00 Uhr", "30.12.22 23:00 Uhr", "31.12.22 00:00 Uhr"}, "h", "31.12.22 01:00 Uhr"},
        {{"gru 2019", "sty 2020", "lut 2020"}, "m", "mar 2020"},
        {{"1 stycznia 2020", "2 stycznia 2020", "3 stycznia 2020"}, "d", "4 stycznia 2020"},
        {{"дек 2019", "янв 2020", "фев 2020"}, "m", "мар 2020"},
        {{"Декабрь 2019", "Январь 2020", "Февраль 2020"}, "m", "Март 2020"},
        {{"Jän 20", "Feb 20", "Mär 20"}, "m", "Apr 20"},
        {{"Feb. 2010", "March 2010", "April 2010"}, "m", "May 2010"},
        {{"Mar. 2010", "Apr. 2010", "May 2010"}, "m", "Jun. 2010"},
        {{"Mar. 2010", "Apr. 2010", "May. 2010"}, "m", "Jun. 2010"},
        {{"w/c 17 Jul 2023", "w/c 10 Jul 2023", "w/c 3 Jul 2023"}, "w", "w/c 24 Jul 2023"},
        {{"2022-12-30 22:00 - 2022-12-30 23:00", "2022-12-30 23:00 - 2022-12-31 00:00",
          "2022-12-31 00:00 - 2022-12-31 01:00"},
         "h",
         "2022-12-31 01:00 - 2022-12-31 02:00"},
        {{"30.12.2022 22:00 - 23:00", "30.12.2022 23:00 - 00:00", "31.12.2022 00:00 - 01:00"},
         "h",
         "31.12.2022 01:00 - 02:00"},
        {{"Fri Jan 01 22:00:00 2021", "Fri Jan 01 23:00:00 2021", "Sat Jan 02 00:00:00 2021"},
         "h",
         "Sat Jan 02 01:00:00 2021"},
        {{"Thu Dec 31 23:00:00 UTC 2020", "Fri Jan 01 00:00:00 UTC 2021", "Fri Jan 01 01:00:00 UTC 2021"},
         "h",
         "Fri Jan 01 02:00:00 UTC 2021"},
        {{"Wed Dec 30 00:00:00 +0000 2020", "Thu Dec 31 00:00:00 +0000 2020",
          "Fri Jan 01 00:00:00 +0000 2021"},
         "d",
         "Sat Jan 02 00:00:00 +0000 2021"},
        {{"Wed, 30 Dec 2020 12:00:00 GMT", "Thu, 31 Dec 2020 12:00:00 GMT", "Fri, 01 Jan 2021 12:00:00 GMT"},
         "d",
         "Sat, 02 Jan 2021 12:00:00 GMT"},
        {{"1er trimestre 2014", "2e trimestre 2014", "3e trimestre 2014"}, "q", "4e trimestre 2014"},
        {{"2014 3rd Qtr", "2014 4th Qtr", "2015 1st Qtr"}, "q", "2015 2nd Qtr"},
        {{"Third Quarter 2014", "Fourth Quarter 2014", "First Quarter 2015"}, "q", "Second Quarter 2015"},
        {{"2º semestre de 2014", "1º semestre de 2015", "2º semestre de 2015"}, "2q", "1º semestre de 2016"},
        {{"10th May 2022", "11th May 2022", "12th May 2022"}, "d", "13th May 2022"},
        {{"January 31st, 2022", "February 1st, 2022", "February 2nd, 2022"}, "d", "February 3rd, 2022"},
        {{"31 janvier 2022", "1er février 2022", "2 février 2022"}, "d", "3 février 2022"},
        {{"Apr-Jun 2014", "Jul-Sep 2014", "Oct-Dec 2014"}, "q", "Jan-Mar 2015"},
        {{"Sep-Nov 2014", "Oct-Dec 2014", "Nov-Jan 2015"}, "m", "Dec-Feb 2015"},
        {{"2014 July – December", "2015 January – June", "2015 July – December"},
         "2q",
         "2016 January – June"},
        {{"Sep/Oct 14", "Nov/Dec 14", "Jan/Feb 15"}, "2m", "Mar/Apr 15"},
        {{"YE Mar 2019", "YE Mar 2020", "YE Mar 2021"}, "y", "YE Mar 2022"},
        {{"Quarter ending 30 Jun 2019", "Quarter ending 30 Sep 2019", "Quarter ending 31 Dec 2019"},
         "q",
         "Quarter ending 31 Mar 2020"},
    };
    check_forms(forms, sizeof forms / sizeof *forms);
}

static const expected numbers_as_time_files[] = {
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
    {"date,y\n2020-01-01,100\n2020-01-02,101\n2020-01-03,102\n", {0}, "y", 3, "d", "2020-01-04,0", "", NULL},
    {"y,z\n5,6\n4,7\n9,9\n", {0}, "y,z", 3, "step", "0,0", "no column looks like time", NULL},
    {"SDMX,TIME_PERIOD,OBS\nA,2016,3\nA,2017,5\nA,2018,6\n", {0}, "OBS", 3, "y", "2019,0", NULL, NULL},
};

static void test_numbers_as_time(void **context)
{
    (void)context;
    CHECK(numbers_as_time_files);
}

static const expected doubts_files[] = {
    {"Datum,x\n1/3/22,1\n1/4/22,2\n1/5/22,3\n", {0}, .error = "--time-format '%-m/%-d/%y' or '%-d/%-m/%y'"},
    {"season,x\n2015/16,1\n2016/17,2\n2017/18,3\n", {0}, .error = "from one year into the next"},
    {"Datum,x\n1. Quartal 2015,1\n2. Quartal 2015,2\n", {0}, "x", 2, "q", "3. Quartal 2015,0", "", NULL},
    {"Datum,x\n1. Tertial 2015,1\n2. Tertial 2015,2\n", {0}, .error = "--time-format describes another"},
    {"week,x\n2021-W52,1\n2021-W53,2\n", {0}, .error = "looks like time"},
    {"week,x\n2021-W52,1\n2021-W53,2\n", {.time_format = "%G-W%V"}, .error = "2021 has no week 53"},
    {"Datum,x\n03.01.,1\n04.01.,2\n05.01.,3\n", {0}, .error = "name no year: --time none --start DATE"},
    {"a,x\n31-Dec,1\n30-Dec,2\n29-Dec,3\n", {0}, .error = "name no year: --time none --start DATE"},
    {"date,x\n2020-01-12,1\n2020-01-13,2\n14/01/2020,3\n",
     {0},
     .error = "changes the form of its stamps (files joined?)"},
    {"a,x\n2014:3,1\n2014:2,2\n2014:1,3\n2013:4,3\n2013:3,3\n", {0}, "x", 5, "q", "2014:4,0", NULL, NULL},
    {"a,x\n2014-3,1\n2014-2,2\n2014-1,3\n2013-4,3\n2013-3,3\n", {0}, "x", 5, "q", "2014-4,0", NULL, NULL},
    {"id,Year,Period,Label,x\na,2020,M10,2020 Oct,3\na,2020,M11,2020 Nov,4\na,2020,M12,2020 Dec,5\n",
     {0},
     "x",
     3,
     "m",
     "2021,M01,0",
     "'Label' holds time stamps, too",
     NULL},
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

/* Columns that repeat what the stamps say, or count again and again without a year. */
static const expected calendar_files[] = {
    {"date,dow,month,y\n2020-01-31,4,1,5\n2020-02-01,5,2,6\n2020-02-02,6,2,9\n2020-02-03,0,2,9\n",
     {0},
     "y",
     4,
     "d",
     "2020-02-04,0",
     "'month' says no more than the stamps do",
     NULL},
    {"date,dow,y\n2020-01-31,4,5\n2020-02-01,5,6\n2020-02-02,6,9\n",
     {.columns = "dow,y"},
     "dow,y",
     3,
     "d",
     NULL,
     "",
     NULL},
    {"date,hour,y\n2020-01-31,4,5\n2020-02-01,7,6\n2020-02-02,6,9\n", {0}, "hour,y", 3, "d", NULL, "", NULL},
    {"week,y\n50,1\n51,2\n52,4\n1,5\n2,5\n3,6\n4,7\n5,8\n6,9\n7,9\n8,9\n9,8\n",
     {0},
     "y",
     12,
     "step",
     NULL,
     "'week' counts from 1 to 52 again and again",
     NULL},
    {"week,y\n50,1\n51,2\n52,4\n1,5\n2,5\n3,6\n4,7\n5,8\n6,9\n7,9\n8,9\n9,8\n",
     {.strict = true},
     .error = "say --start"},
    {"week,y\n50,1\n51,2\n52,4\n1,5\n2,5\n3,6\n4,7\n5,8\n6,9\n7,9\n8,9\n9,8\n",
     {.strict = true, .start = "2019-12-09", .frequency = "w"},
     "y",
     12,
     "w",
     NULL,
     NULL,
     NULL},
    {"month,y\nMar,1\nFeb,2\nJan,4\nDec,5\nNov,5\nOct,6\nSep,7\nAug,8\nJul,9\nJun,9\n",
     {0},
     .error = "counts down from row to row"},
    {"t,y\n1.64100e+12,1\n1.64100e+12,2\n1.64101e+12,4\n", {0}, .error = "a spreadsheet has rounded"},
    {"timestamp,y\n1.641E+09,1\n1.641E+09,2\n1.641E+09,4\n", {0}, .error = "a spreadsheet has rounded"},
};

static void test_calendar(void **context)
{
    (void)context;
    CHECK(calendar_files);
}

static void test_doubts(void **context)
{
    (void)context;
    CHECK(doubts_files);
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
        cmocka_unit_test(test_time_column),     cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_forms),           cmocka_unit_test(test_worded_forms),
        cmocka_unit_test(test_numbers_as_time), cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_doubts)};
    return cmocka_run_group_tests_name("reading", tests, NULL, cleanup);
}
