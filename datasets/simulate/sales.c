/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sales of shops: days that are made one by one and added up to the rows that are asked for. */
#include "datasets/simulate/tables.h"

#include "datasets/simulate/source.h"
#include "datasets/time/calendar.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static const double weekday_share[7] = {0.85, 0.85, 0.95, 1.0, 1.3, 1.5, 0.55}; /* Monday to Sunday */
static const char *const sizes[] = {"small", "medium", "large"};
static const double size_level[] = {60, 150, 400}; /* a day */
static const double promotion_share = 0.15;        /* of the weeks of a shop */
static const double promotion_gain = 1.4, after_promotion = 0.93, before_holiday = 1.5;
static const double christmas_gain = 0.8; /* on 24 December, growing from the first of the month */
static const double gamma_shape = 40;     /* of what varies from day to day beside chance */
static const double wander = 0.06, wander_days = 45;

typedef struct shop {
    double level, growth; /* a day; a year */
    bool south;
    uint64_t promotions; /* key of their stream */
} shop;

/* A row's days, from one to the one behind the last. */
typedef struct span {
    int64_t begin, end;
} span;

/* --- the calendar --- */

/* Easter Sunday of the Gregorian calendar, days since 1970; Meeus, Astronomical Algorithms (1991), chapter 8.
 */
static int64_t easter(int64_t year)
{
    const int64_t a = year % 19, b = year / 100, c = year % 100;
    const int64_t h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    const int64_t l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7, m = (a + 11 * h + 22 * l) / 451;
    const int64_t n = h + l - 7 * m + 114;
    return ds_days_from_date(year, (int)(n / 31), (int)(n % 31) + 1);
}

enum { HOLIDAYS = 6 };
static const char *const holiday_names[HOLIDAYS] = {"New Year",   "Good Friday",   "Easter Monday",
                                                    "Labour Day", "Christmas Day", "Boxing Day"};

static void holidays_of(int64_t year, int64_t days[HOLIDAYS])
{
    days[0] = ds_days_from_date(year, 1, 1);
    days[1] = easter(year) - 2;
    days[2] = easter(year) + 1;
    days[3] = ds_days_from_date(year, 5, 1);
    days[4] = ds_days_from_date(year, 12, 25);
    days[5] = ds_days_from_date(year, 12, 26);
}

static bool is_holiday(int64_t day)
{
    int64_t year, holidays[HOLIDAYS];
    int month, in_month;
    ds_date_from_days(day, &year, &month, &in_month);
    holidays_of(year, holidays);
    for (int i = 0; i < HOLIDAYS; i++)
        if (day == holidays[i])
            return true;
    return false;
}

static span row_days(ds_made_by by, int row)
{
    const int64_t first = ds_days_from_date(DS_MADE_FIRST_YEAR, 1, 1);
    if (by == DS_BY_DAY)
        return (span){first + row, first + row + 1};
    if (by == DS_BY_WEEK) {
        const int64_t monday = first + (7 - ds_weekday(first)) % 7;
        return (span){monday + 7 * row, monday + 7 * row + 7};
    }
    const int64_t year = DS_MADE_FIRST_YEAR + row / 12;
    const int64_t begin = ds_days_from_date(year, row % 12 + 1, 1);
    return (span){begin, begin + ds_month_days(year, row % 12 + 1)};
}

/* --- a shop's days --- */

/* Promotions go by whole weeks, and a week's is known whatever was asked before. */
static bool has_promotion(const shop *s, int64_t day)
{
    const int64_t week = ds_floor_div(day + 3, 7); /* 1970-01-01 was a Thursday */
    return (double)(ds_sim_mix(s->promotions, (uint64_t)week) >> 11) * 0x1p-53 < promotion_share;
}

/* What is to be expected of a day by everything but chance. */
static double expected(const shop *s, int64_t day)
{
    int64_t year;
    int month, in_month;
    ds_date_from_days(day, &year, &month, &in_month);
    if (is_holiday(day))
        return 0;
    const int64_t first = ds_days_from_date(DS_MADE_FIRST_YEAR, 1, 1);
    const double years = (double)(day - first) / 365.25;
    /* The south lives on July, the north on January. */
    const double season = (s->south ? 0.25 : 0.12) * cos(2 * M_PI * (years - (s->south ? 0.54 : 0.04)));
    double mean = s->level * (1 + s->growth * years) * weekday_share[ds_weekday(day)] * (1 + season);
    if (month == 12 && in_month <= 24)
        mean *= 1 + christmas_gain * in_month / 24;
    if (has_promotion(s, day))
        mean *= promotion_gain;
    else if (has_promotion(s, day - 7))
        mean *= after_promotion;
    return is_holiday(day + 1) ? mean * before_holiday : mean;
}

static void draw_shop(shop *s, const ds_made_settings *settings, int number, gsl_rng *rng)
{
    gsl_rng_set(rng, ds_sim_mix(settings->seed, 2 * (uint64_t)number));
    s->promotions = ds_sim_mix(settings->seed, 2 * (uint64_t)number + 1);
    s->level = size_level[number % 3] * exp(ds_sim_normal(rng, 0, 0.15));
    s->growth = ds_sim_normal(rng, 0.03, 0.03);
    s->south = number % 2;
}

static void write_row(ds_sink *out, const ds_made_settings *settings, const shop *s, int number, span days,
                      double sales, double truth)
{
    char text[64];
    int promotion = 0, closed = 0;
    for (int64_t day = days.begin; day < days.end; day++) {
        promotion += has_promotion(s, day);
        closed += is_holiday(day);
    }
    if (settings->by == DS_BY_WEEK)
        promotion = promotion > 0;
    snprintf(text, sizeof text, "shop%02d,", number + 1);
    ds_sink_text(out, text);
    ds_time_print_iso(days.begin * DS_DAY, false, text, sizeof text);
    ds_sink_text(out, text);
    ds_sink_char(out, ',');
    ds_sink_gap(out, sales, 0);
    ds_sink_char(out, ',');
    ds_sink_number(out, promotion, 0);
    if (settings->by != DS_BY_DAY) {
        ds_sink_char(out, ',');
        ds_sink_number(out, closed, 0);
    }
    ds_sink_text(out, s->south ? ",south," : ",north,");
    ds_sink_text(out, sizes[number % 3]);
    if (settings->truth) {
        ds_sink_char(out, ',');
        ds_sink_number(out, truth, 1);
    }
    ds_sink_char(out, '\n');
}

static void write_shop(ds_sink *out, const ds_made_settings *settings, int number, gsl_rng *rng)
{
    const int64_t end = ds_days_from_date(DS_MADE_FIRST_YEAR + settings->years, 1, 1);
    shop s;
    draw_shop(&s, settings, number, rng);
    double state = ds_sim_normal(rng, 0, 1);
    int64_t made = ds_days_from_date(DS_MADE_FIRST_YEAR, 1, 1);
    int left = settings->ahead;
    for (int row = 0; !ds_sink_failed(out); row++) {
        const span days = row_days(settings->by, row);
        if (days.end > end && !left--)
            return;
        double sales = 0, truth = 0;
        for (; made < days.end; made++) {
            const double mean = expected(&s, made);
            state = ds_ou_step(state, 1 / wander_days, rng);
            const double chance = gsl_ran_gamma(rng, gamma_shape, 1 / gamma_shape);
            const double sold = gsl_ran_poisson(rng, mean * exp(wander * state) * chance);
            if (made >= days.begin) {
                sales += sold;
                truth += mean;
            }
        }
        write_row(out, settings, &s, number, days, days.end > end ? (double)NAN : sales, truth);
    }
}

static void write_holidays(ds_sink *out, const ds_made_settings *settings)
{
    const int unit = settings->by == DS_BY_DAY ? 365 : settings->by == DS_BY_WEEK ? 52 : 12;
    const int years = settings->years + 1 + settings->ahead / unit;
    ds_sink_text(out, "date,holiday\n");
    for (int year = DS_MADE_FIRST_YEAR; year < DS_MADE_FIRST_YEAR + years; year++) {
        int64_t days[HOLIDAYS];
        holidays_of(year, days);
        for (int i = 0; i < HOLIDAYS; i++) {
            char stamp[64];
            ds_time_print_iso(days[i] * DS_DAY, false, stamp, sizeof stamp);
            ds_sink_text(out, stamp);
            ds_sink_char(out, ',');
            ds_sink_text(out, holiday_names[i]);
            ds_sink_char(out, '\n');
        }
    }
}

int ds_simulate_sales(const ds_made_settings *settings, ds_sink *out, ds_sink *holidays, nn_error *error)
{
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    if (!rng)
        return nn_no_memory(error);
    ds_sink_text(out, "shop,date,sales,promotion");
    ds_sink_text(out, settings->by == DS_BY_DAY ? ",region,size" : ",closed,region,size");
    ds_sink_text(out, settings->truth ? ",true_sales\n" : "\n");
    for (int i = 0; i < settings->count; i++)
        write_shop(out, settings, i, rng);
    if (holidays)
        write_holidays(holidays, settings);
    gsl_rng_free(rng);
    return NN_OK;
}
