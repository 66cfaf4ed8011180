/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What docs/reading.md says of the marks in numbers: thousands, decimals, signs behind, footnotes, words. */
#include "tests/reading_file.h"

/* One column y of three days, and the values that it must have; error: part of what is said where it stops.
 */
typedef struct column {
    const char *delimiter, *cells[3];
    double values[3];
    const char *notes, *error;
    ds_read_options options;
} column;

static const column columns[] = {
    {";", {"1.468", "595", "2.012"}, {1468, 595, 2012}, "are read as marks of thousands", NULL, {0}},
    {";", {"1.468", "595", "2.012"}, {1.468, 595, 2.012}, "", NULL, {.decimal_point = true}},
    {";", {"1.468", "595", "2.012"}, {1468, 595, 2012}, "points mark thousands", NULL, {.thousands = '.'}},
    {";",
     {"1.468", "595", "2.012"},
     {0},
     NULL,
     "strict reading does not guess: say --thousands .",
     {.strict = true}},
    {",", {"1.468", "595", "2.012"}, {0}, NULL, "--thousands . reads them as marks of thousands", {0}},
    {",", {"1.468", "595", "2.012"}, {1.468, 595, 2.012}, "", NULL, {.decimal_point = true}},
    {",", {"1.468", "1.595", "2.012"}, {1.468, 1.595, 2.012}, "", NULL, {0}},
    {";", {"1.468", "1.595", "2.012"}, {0}, NULL, "--decimal . as decimal marks", {0}},
    {";", {"1.468", "0.595", "2.012"}, {1.468, .595, 2.012}, "", NULL, {0}},
    {";", {"1.468", "1595", "2.012"}, {1.468, 1595, 2.012}, "", NULL, {0}},
    {";", {"1.468", "595", "1.002.012"}, {1468, 595, 1002012}, "points mark thousands", NULL, {0}},
    {";", {"1.468,5", "595", "2.012"}, {1468.5, 595, 2012}, "can only be decimal marks", NULL, {0}},
    {";",
     {"1 468,5", "595",
      "2\xe2\x80\xaf"
      "012"},
     {1468.5, 595, 2012},
     "blanks mark thousands",
     NULL,
     {0}},
    {",", {"1'468.5", "595", "2'012"}, {1468.5, 595, 2012}, "apostrophes mark thousands", NULL, {0}},
    {",",
     {"\"5,19,960\"", "\"10,900\"", "\"1,00,00,000.5\""},
     {519960, 10900, 10000000.5},
     "commas mark thousands",
     NULL,
     {0}},
    {",", {"9.22", "3", "1.5 -"}, {0}, NULL, "'1.5 -' is not a number", {0}},
    {",", {"9.22-", "3", "1.5-"}, {-9.22, 3, -1.5}, "a minus behind the digits", NULL, {0}},
    {";", {"1.234,22-", "3,5", "1,5"}, {-1234.22, 3.5, 1.5}, "a minus behind the digits", NULL, {0}},
    {",", {"3", "4", "12-15"}, {0}, NULL, "'12-15' is not a number; --missing '12-15'", {0}},
    {",", {"3", "4", "5*"}, {3, 4, 5}, "such as in '5*', are taken off", NULL, {0}},
    {",", {"3 (p)", "4", "5"}, {3, 4, 5}, "such as in '3 (p)', are taken off", NULL, {0}},
    {",", {"3 r", "4", "5"}, {3, 4, 5}, "such as in '3 r', are taken off", NULL, {0}},
    {",", {"3", "4p", "5"}, {3, 4, 5}, "such as in '4p', are taken off", NULL, {0}},
    {",", {"3", "4 [1]", "5"}, {3, 4, 5}, "such as in '4 [1]', are taken off", NULL, {0}},
    {",",
     {"3", "4%", "5"},
     {0},
     NULL,
     ":3:2: '4%' is not a number: a unit or a remark stands behind the number, unlike behind '3' in other "
     "rows; --exclude 'y'",
     {0}},
    /* Units and currencies that do not agree. */
    {",",
     {"0.4912", "50.79%", "49.1%"},
     {0},
     NULL,
     ":2:2: '0.4912' is not a number: it has no unit, unlike '50.79%' in other rows",
     {0}},
    {",", {"50.79%", "0", "49.1%"}, {50.79, 0, 49.1}, "the unit '%' is taken off", NULL, {0}},
    {",",
     {"EUR 99", "USD 100", "EUR 98"},
     {0},
     NULL,
     ":3:2: 'USD 100' is not a number: it is of another currency than 'EUR 99' in other rows",
     {0}},
    {",",
     {"$99.5", "98 \xe2\x82\xac", "101"},
     {0},
     NULL,
     ":3:2: '98 \xe2\x82\xac' is not a number: it is of another currency than '$99.5'",
     {0}},
    {",", {"$99.5", "US$ 98", "101 USD"}, {99.5, 98, 101}, "the sign of a currency is taken off", NULL, {0}},
    {",", {"$99.5", "98", "101"}, {99.5, 98, 101}, "the sign of a currency is taken off", NULL, {0}},
    {",",
     {"990 W", "1.01 kW", "995 W"},
     {0},
     NULL,
     ":3:2: '1.01 kW' is not a number: its unit is not that of '990 W' in other rows",
     {0}},
    {",", {"20 kW", "19.5", "21 kW"}, {0}, NULL, ":3:2: '19.5' is not a number: it has no unit", {0}},
    {",", {"980.1 million", "1.02 billion", "0"}, {980.1e6, 1.02e9, 0}, "K, M, B and T multiply", NULL, {0}},
    {",", {"280.1K", "281.5K", "279K"}, {280100, 281500, 279000}, "K, M, B and T multiply", NULL, {0}},
    {",", {"1 item", "2 items", "4 items"}, {1, 2, 4}, "is taken off", NULL, {0}},
    {",", {"Y", "N", "Y"}, {1, 0, 1}, "true or yes is 1", NULL, {0}},
    {",", {"t", "f", "f"}, {1, 0, 0}, "true or yes is 1", NULL, {0}},
    {",", {"oui", "non", "oui"}, {1, 0, 1}, "true or yes is 1", NULL, {0}},
    {",", {"on", "OFF", "on"}, {1, 0, 1}, "true or yes is 1", NULL, {0}},
    {",", {"N", "N", "N"}, {0}, NULL, "no column holds numbers", {0}},
    {",", {"N", "E", "Y"}, {0}, NULL, "no column holds numbers", {0}},
    {",", {"7.5 CR", "3.25 DR", "4"}, {0}, NULL, "must be written as a sign", {0}},
};

static void check_column(const column *c)
{
    char text[400], notes[4000] = "";
    const char *d = c->delimiter;
    snprintf(text, sizeof text, "date%sy\n2020-01-01%s%s\n2020-01-02%s%s\n2020-01-03%s%s\n", d, d,
             c->cells[0], d, c->cells[1], d, c->cells[2]);
    ds_table *t = NULL;
    nn_error error = {0};
    const int code = ds_table_read(&t, csv_write(text), &c->options, &error);
    if (c->error) {
        if (code == NN_OK || !strstr(error.text, c->error))
            fail_msg("%s: '%s' does not say '%s'", text, code ? error.text : "nothing", c->error);
        return;
    }
    if (code)
        fail_msg("%s: %s", text, error.text);
    ds_table_notes(t, collect, notes);
    for (size_t r = 0; r < 3; r++)
        if (t->values[r] != c->values[r])
            fail_msg("%s: row %zu is %.17g, not %.17g", text, r, t->values[r], c->values[r]);
    if (*c->notes ? !strstr(notes, c->notes) : *notes != '\0')
        fail_msg("%s: the notes '%s' do not say '%s'", text, notes, c->notes);
    ds_table_free(t);
}

static void test_columns(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        check_column(&columns[i]);
}

static const expected files[] = {
    {"date,temp\n2020-01-01,280.1K\n2020-01-02,281K\n2020-01-03,282K\n",
     {0},
     "temp",
     3,
     "d",
     NULL,
     "the unit 'K' is taken off",
     NULL},
    /* Sizes of a pack are no measurements: the same texts again and again. */
    {"date,size,y\n2020-01-01,500 ml,1\n2020-01-02,1 l,2\n2020-01-03,500 ml,3\n2020-01-04,500 ml,3\n",
     {0},
     "y",
     4,
     "d",
     "2020-01-05,0",
     "column 'size' holds text such as '500 ml' and is left out",
     NULL},
    /* Flags of an office of statistics, of which this file has none. */
    {"TIME_PERIOD,OBS_VALUE,OBS_FLAG\n2020-01,1,\n2020-02,2,\n2020-03,3,\n",
     {0},
     "OBS_VALUE",
     3,
     "m",
     "2020-04,0",
     "column 'OBS_FLAG' holds no value at all and is left out",
     NULL},
    {"date,load,y\n2020-01-01,500 W,1\n2020-01-02,1 kW,2\n2020-01-03,510 W,3\n2020-01-04,490 W,3\n",
     {0},
     .error = ":3:2: '1 kW' is not a number: its unit is not that of '500 W'"},
    {"Datum;Umsatz;Preis\n03.01.2022;1.468;2.60\n14.01.2022;595;3.10\n15.01.2022;2.012;1.5\n",
     {KEEP},
     "Umsatz,Preis",
     3,
     "d",
     NULL,
     "are read as decimal marks, as in other columns",
     NULL},
    {"Monat;Umsatz\n01.2016;1234,5\n02.2016;1300,25\n03.2016;900,0\n",
     {0},
     "Umsatz",
     3,
     "m",
     "04.2016;0",
     NULL,
     NULL},
};

static void test_files(void **context)
{
    (void)context;
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_columns), cmocka_unit_test(test_files)};
    return cmocka_run_group_tests_name("reading_marks", tests, NULL, cleanup);
}
