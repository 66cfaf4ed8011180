/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Day-ahead prices of power: an hour's price is where what wind and sun leave of the load meets the plants in
 * the order of their cost. Load, wind and solar are the forecasts of the day before, by which the market
 * goes. */
#include "datasets/simulate/tables.h"

#include "datasets/simulate/source.h"
#include "datasets/time/calendar.h"

#include <gsl/gsl_math.h>
#include <math.h>

#define HOUR (3600 * DS_SECOND)

/* A working day's load by hour, as a share of its mean. */
static const double load_shape[24] = {0.80, 0.77, 0.76, 0.76, 0.79, 0.86, 0.98, 1.08, 1.12, 1.12, 1.12, 1.13,
                                      1.12, 1.10, 1.08, 1.07, 1.08, 1.12, 1.14, 1.13, 1.08, 1.01, 0.93, 0.85};
static const double weekend_load[2] = {0.88, 0.82};          /* Saturday, Sunday */
static const double wind_capacity = 32, solar_capacity = 28; /* GW */

typedef struct weather {
    double cold, wind, cloud, fuel, noise; /* Ornstein-Uhlenbeck processes of deviation 1 */
} weather;

typedef struct hour {
    double load, wind, solar; /* GW */
    double expected, price;   /* EUR/MWh */
} hour;

static void turn(weather *w, gsl_rng *rng)
{
    w->cold = ds_ou_step(w->cold, 1 / (5 * 24.0), rng);
    w->wind = ds_ou_step(w->wind, 1 / 30.0, rng);
    w->cloud = ds_ou_step(w->cloud, 1 / 20.0, rng);
    w->fuel = ds_ou_step(w->fuel, 1 / (90 * 24.0), rng);
    w->noise = ds_ou_step(w->noise, 1 / 4.0, rng);
}

/* What the dearest plant asks that is needed for a load of so many GW; fuel in EUR/MWh. Below 10 GW plants
 * that cannot stop pay for going on, above 45 GW the last reserves are dear. */
static double merit_order(double residual, double fuel)
{
    const double above = fmax(0, residual - 45), below = fmax(0, 10 - residual);
    return fuel * (0.2 + 0.8 / (1 + exp(-(residual - 27) / 7))) + 0.5 * above * above - 4 * below;
}

static hour look(const weather *w, ds_time at)
{
    const ds_civil civil = ds_civil_from(at);
    const double year = 2 * M_PI * (civil.year_day - 15) / 365.25; /* coldest in mid January */
    const double day = civil.weekday < 5 ? 1 : weekend_load[civil.weekday - 5];
    hour h;
    h.load = (46 + 6 * cos(year) + 1.5 * w->cold) * day * load_shape[civil.hour];
    h.wind = wind_capacity / (1 + exp(1.1 - 0.4 * cos(year) - 1.3 * w->wind));
    const double sun = -cos(2 * M_PI * (civil.hour + 0.5) / 24) - 0.15 + 0.3 * -cos(year);
    h.solar = solar_capacity * 0.75 * fmax(0, sun) / (1 + exp(-1 + w->cloud));
    h.expected = merit_order(h.load - h.wind - h.solar, 95 * exp(0.2 * w->fuel));
    h.price = h.expected + 4 * w->noise;
    return h;
}

static void write_hour(ds_sink *out, ds_time at, const hour *h, bool known, bool truth)
{
    char stamp[64];
    ds_time_print_iso(at, true, stamp, sizeof stamp);
    ds_sink_text(out, stamp);
    ds_sink_char(out, ',');
    ds_sink_gap(out, known ? h->price : (double)NAN, 2);
    for (const double *value = (const double[]){h->load, h->wind, h->solar, -1}; *value >= 0; value++) {
        ds_sink_char(out, ',');
        ds_sink_number(out, 1000 * *value, 0);
    }
    if (truth) {
        ds_sink_char(out, ',');
        ds_sink_number(out, h->expected, 2);
    }
    ds_sink_char(out, '\n');
}

int ds_simulate_power(const ds_made_settings *settings, ds_sink *out, nn_error *error)
{
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    if (!rng)
        return nn_no_memory(error);
    gsl_rng_set(rng, ds_sim_mix(settings->seed, 0));
    weather w;
    for (double *state[] = {&w.cold, &w.wind, &w.cloud, &w.fuel, &w.noise, NULL}, **s = state; *s; s++)
        **s = ds_sim_normal(rng, 0, 1);
    ds_sink_text(out, settings->truth ? "time,price,load,wind,solar,true_price\n"
                                      : "time,price,load,wind,solar\n");
    const ds_time begin = ds_days_from_date(DS_MADE_FIRST_YEAR, 1, 1) * DS_DAY;
    const ds_time end = ds_days_from_date(DS_MADE_FIRST_YEAR + settings->years, 1, 1) * DS_DAY;
    for (ds_time at = begin; at < end + settings->ahead * HOUR && !ds_sink_failed(out); at += HOUR) {
        turn(&w, rng);
        const hour h = look(&w, at);
        write_hour(out, at, &h, at < end, settings->truth);
    }
    gsl_rng_free(rng);
    return NN_OK;
}
