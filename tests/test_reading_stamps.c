/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps behind the end of a file: on the days, hours and local clock of its rows. */
#include "datasets/time/calendar.h"
#include "tests/reading_file.h"

static const expected cases[] = {
    {"76-prices-with-offsets.csv",
     {KEEP},
     "Open,High,Low,Close,Volume,Dividends,Stock Splits",
     260,
     "b",
     "2023-01-02 00:00:00-05:00,0,0,0,0,0,0,0",
     "",
     NULL},
    {"78-first-and-fifteenth.csv",
     {0},
     "y",
     150,
     "m:1,15",
     "2022-04-01,0",
     "days 1,15 of every month, and so do forecasts; --frequency names",
     NULL},
    {"78-first-and-fifteenth.csv",
     {KEEP, .frequency = "2w"},
     "y",
     150,
     "2w",
     "2022-03-29,0",
     "off the regular step",
     NULL},
};

static void test_cases(void **context)
{
    (void)context;
    CHECK(cases);
}

/* A made-up file of rows at which `open` holds, every `step` minutes of local time in a zone that is
 * `winter` minutes ahead and one hour more in summer by the rule; offsets are written where wanted. */
typedef struct made {
    int step, days;
    bool (*open)(int weekday, int minute);
    int winter;       /* minutes */
    ds_time change;   /* UTC: from winter to summer or back */
    bool ends, local; /* summer ends there; stamps without offset */
} made;

static ds_time made_stamp(const made *m, ds_time utc, char *text, size_t size)
{
    const bool summer = m->change && (utc >= m->change) != m->ends;
    const int offset = m->winter + (summer ? 60 : 0), shown = offset < 0 ? -offset : offset;
    const ds_time local = utc + offset * 60 * DS_SECOND;
    const int n = ds_time_print_iso(local, true, text, size);
    if (!m->local)
        snprintf(text + n, size - (size_t)n, "%c%02d:%02d", offset < 0 ? '-' : '+', shown / 60, shown % 60);
    return local;
}

/* Leaves the last `left` rows out of the file, whose stamps must then be those of the forecast. */
static void check_made(const made *m, ds_time start, const char *step, size_t left)
{
    char *text = NULL, (*stamps)[40] = NULL;
    size_t size = 0, count = 0;
    FILE *stream = open_memstream(&text, &size);
    stamps = calloc(40000, sizeof *stamps);
    assert_true(stream && stamps);
    for (ds_time utc = start; utc < start + m->days * DS_DAY; utc += m->step * 60 * DS_SECOND) {
        const ds_time local = made_stamp(m, utc, stamps[count], sizeof *stamps);
        count += m->open(ds_weekday(ds_floor_div(local, DS_DAY)),
                         (int)(ds_floor_mod(local, DS_DAY) / DS_SECOND / 60));
        assert_true(count < 40000);
    }
    fprintf(stream, "when,y\n");
    for (size_t i = 0; i + left < count; i++)
        fprintf(stream, "%s,%zu\n", stamps[i], i);
    fclose(stream);
    ds_table *t = NULL;
    nn_error error = {0};
    if (ds_table_read(&t, csv_write(text), &(ds_read_options){KEEP}, &error))
        fail_msg("%s", error.text);
    char found[DS_FREQUENCY_SIZE];
    ds_frequency_print(t->frequency, found, sizeof found);
    assert_string_equal(found, step);
    for (size_t i = 0; i < left; i++) {
        const ds_time time = ds_time_add(t->frequency, t->time[t->rows - 1], (int64_t)i + 1);
        ds_time_print(&t->layout.format, time, found, sizeof found);
        assert_string_equal(found, stamps[count - left + i]);
    }
    assert_int_equal(t->report.gaps, 0);
    ds_table_free(t);
    free(text);
    free(stamps);
}

static bool always(int weekday, int minute)
{
    (void)weekday, (void)minute;
    return true;
}
static bool is_midnight(int weekday, int minute)
{
    (void)weekday;
    return minute == 0;
}
static bool is_trading(int weekday, int minute)
{
    return weekday < 5 && minute >= 570 && minute < 960;
}
static bool is_shop(int weekday, int minute)
{
    return weekday < 6 && minute >= 480 && minute <= (weekday < 5 ? 1140 : 780);
}
static bool is_office(int weekday, int minute)
{
    return weekday < 5 && (minute <= 720 ? minute >= 540 : minute >= 780 && minute <= 1020);
}

static ds_time day(int year, int month, int of_month)
{
    return ds_days_from_date(year, month, of_month) * DS_DAY;
}

static void test_clock_changes(void **context)
{
    (void)context;
    const ds_time hour = 3600 * DS_SECOND;
    const ds_time spring = day(2023, 3, 26) + hour, autumn = day(2023, 10, 29) + hour,
                  york = day(2023, 11, 5) + 6 * hour;
    /* Around the clock the rows follow UTC; the change that lies in the forecast is one that the file shows
     * by an earlier one. */
    check_made(&(made){.step = 60, .days = 40, .open = always, .winter = 60, .change = spring},
               day(2023, 3, 1), "h", 24);
    check_made(&(made){.step = 1440, .days = 100, .open = is_midnight, .winter = 60, .change = spring},
               day(2023, 3, 1) - hour, "d", 3);
    check_made(
        &(made){.step = 30, .days = 60, .open = is_trading, .winter = -300, .change = york, .ends = true},
        day(2023, 10, 2), "30min mon-fri 09:30-15:30", 20);
    check_made(&(made){.step = 15, .days = 60, .open = always, .winter = 60, .change = autumn, .ends = true},
               day(2023, 9, 2), "15min", 20);
}

/* Stamps of the local clock of Central Europe without a zone, of two series: one behind the other, or by
 * time.
 */
static void check_long_clock(ds_time start, ds_time change, int summer_before, bool by_time, int step)
{
    char *text = NULL, stamp[40];
    size_t size = 0;
    enum { DAYS = 12 };
    const int rows = DAYS * 1440 / step;
    ds_table *t = NULL;
    nn_error error = {0};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    fprintf(stream, "meter,when,y\n");
    for (int k = 0; k < 2 * rows; k++) {
        const int i = by_time ? k / 2 : k % rows;
        const ds_time utc = start + i * step * 60 * DS_SECOND;
        const int summer = (utc >= change) != (summer_before == 1);
        ds_time_print_iso(utc + (1 + summer) * 3600 * DS_SECOND, true, stamp, sizeof stamp);
        fprintf(stream, "%c,%.16s,%d\n", (by_time ? k % 2 : k / rows) ? 'B' : 'A', stamp, i);
    }
    fclose(stream);
    if (ds_table_read(&t, csv_write(text), &(ds_read_options){.id = "meter"}, &error))
        fail_msg("%s", error.text);
    assert_int_equal(t->rows, (size_t)rows);
    assert_int_equal(t->report.duplicates, 0);
    assert_int_equal(t->report.gaps, 0);
    for (int i = 0; i < rows; i++)
        assert_true(t->values[2 * i] == i && t->values[2 * i + 1] == i);
    ds_table_free(t);
    free(text);
}

static void test_long_clock(void **context)
{
    (void)context;
    const ds_time hour = 3600 * DS_SECOND;
    for (int by_time = 0; by_time < 2; by_time++)
        for (int step = 15; step <= 60; step += 45) {
            check_long_clock(day(2023, 3, 20), day(2023, 3, 26) + hour, 0, by_time, step);
            check_long_clock(day(2023, 10, 24), day(2023, 10, 29) + hour, 1, by_time, step);
        }
}

/* The rules go on where the file ends. */
static void test_next_change(void **context)
{
    (void)context;
    static const char first[] = "when,y\n2023-03-25 22:00:00+01:00,1\n2023-03-25 23:00:00+01:00,1\n"
                                "2023-03-26 00:00:00+01:00,1\n2023-03-26 01:00:00+01:00,1\n"
                                "2023-03-26 03:00:00+02:00,1\n2023-03-26 04:00:00+02:00,1\n";
    ds_table *t = NULL;
    nn_error error = {0};
    char text[64];
    if (ds_table_read(&t, csv_write(first), NULL, &error))
        fail_msg("%s", error.text);
    const ds_time autumn = day(2023, 10, 29);
    static const char *const wanted[] = {"2023-10-29 02:00:00+02:00", "2023-10-29 02:00:00+01:00",
                                         "2023-10-29 03:00:00+01:00"};
    for (int i = 0; i < 3; i++) {
        ds_time_print(&t->layout.format, autumn + i * 3600 * DS_SECOND, text, sizeof text);
        assert_string_equal(text, wanted[i]);
    }
    ds_table_free(t);
}

static void test_hours(void **context)
{
    (void)context;
    check_made(&(made){.step = 60, .days = 40, .open = is_shop, .local = true}, day(2023, 3, 1),
               "h mon-fri 08:00-19:00; sat 08:00-13:00", 30);
    check_made(&(made){.step = 15, .days = 20, .open = is_office, .local = true}, day(2023, 3, 1),
               "15min mon-fri 09:00-12:00,13:00-17:00", 40);
    check_made(&(made){.step = 60, .days = 30, .open = always, .local = true}, day(2023, 3, 1), "h", 30);
}

/* What a model was trained on tells the days of rows that are too few to show them. */
static void test_known(void **context)
{
    (void)context;
    const ds_frequency shop = {.unit = DS_UNIT_BUSINESS_DAY, .count = 1, .weekdays = 0x3f},
                       daily = {.unit = DS_UNIT_DAY, .count = 1};
    static const char three[] = "when,y\n2023-03-02,1\n2023-03-03,1\n2023-03-04,1\n";
    static const char sunday[] = "when,y\n2023-03-04,1\n2023-03-05,1\n2023-03-06,1\n";
    nn_error error = {0};
    for (int k = 0; k < 3; k++) {
        ds_table *t = NULL;
        const ds_read_options options = {.known.frequency = k == 0 ? &daily : &shop};
        if (ds_table_read(&t, csv_write(k == 2 ? sunday : three), &options, &error))
            fail_msg("%s", error.text);
        assert_true(ds_time_add(t->frequency, t->time[2], 1) == t->time[2] + (k == 1 ? 2 : 1) * DS_DAY);
        ds_table_free(t);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),      cmocka_unit_test(test_clock_changes),
        cmocka_unit_test(test_long_clock), cmocka_unit_test(test_next_change),
        cmocka_unit_test(test_hours),      cmocka_unit_test(test_known)};
    return cmocka_run_group_tests_name("reading_stamps", tests, NULL, cleanup);
}
