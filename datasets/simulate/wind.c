/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weather over the farm; simulate_turbine.c has the machines. */
#include "datasets/simulate/wind_internal.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

#define MINUTE (60 * DS_SECOND)
static const double slowest_flow = 3; /* m/s with which weather still travels */
static const double weibull_shape = 2.1;
static const double hub_to_ten_metres = 0.75;
enum { MINUTES_A_DAY = 1440, FORECAST_EVERY = 60 /* minutes */ };

/* Unit vector towards which a wind from `direction` degrees blows. */
static void downwind(double direction, double *x, double *y)
{
    *x = -sin(direction * M_PI / 180);
    *y = -cos(direction * M_PI / 180);
}

/* --- the farm --- */

/* A grid of about 5:4, its places shaken. */
static void lay_out(ds_wind *w, gsl_rng *rng)
{
    const int n = w->settings.stations, across = (int)ceil(sqrt(n * 1.25));
    const int down = (n + across - 1) / across;
    w->reach = 0;
    for (int i = 0; i < n; i++) {
        ds_wind_spot *s = w->spots + i;
        s->x = w->settings.spacing * (i % across - (across - 1) / 2.0 + ds_sim_uniform(rng, -0.2, 0.2));
        s->y = w->settings.spacing * ((down - 1) / 2.0 - i / across + ds_sim_uniform(rng, -0.2, 0.2));
        w->reach = fmax(w->reach, hypot(s->x, s->y));
    }
}

/* --- series of the farm's centre, a value a minute --- */

static double weibull(double normal, double mean)
{
    const double scale = mean / gsl_sf_gamma(1 + 1 / weibull_shape);
    return gsl_cdf_weibull_Qinv(gsl_cdf_ugaussian_Q(normal), scale, weibull_shape);
}

static double hour_of_day(const ds_wind *w, size_t minute)
{
    const int64_t at = w->settings.start / MINUTE + (int64_t)minute - (int64_t)w->lead;
    return (double)(((at % MINUTES_A_DAY) + MINUTES_A_DAY) % MINUTES_A_DAY) / 60;
}

static void make_flow(ds_wind *w, gsl_rng *rng)
{
    double days = 0, hours = 0, eddy = 0, puff = 0, turn = 0, swing = 0;
    for (double *state[] = {&days, &hours, &eddy, &puff, &turn, &swing, NULL}, **s = state; *s; s++)
        **s = ds_sim_normal(rng, 0, 1);
    for (size_t k = 0; k < w->minutes; k++) {
        days = ds_ou_step(days, 1 / (60 * 60.0), rng);
        hours = ds_ou_step(hours, 1 / (8 * 60.0), rng);
        eddy = ds_ou_step(eddy, 1 / 120.0, rng);
        puff = ds_ou_step(puff, 1 / 15.0, rng);
        turn = ds_ou_step(turn, 1 / (48 * 60.0), rng);
        swing = ds_ou_step(swing, 1 / 120.0, rng);
        /* Stronger at night: the low-level jet at hub height. */
        const double daily = 1 + 0.12 * cos(2 * M_PI * (hour_of_day(w, k) - 22) / 24);
        w->speed[k] = daily * weibull(0.9 * days + sqrt(1 - 0.81) * hours, w->settings.speed);
        w->gust[k] = 0.07 * eddy + 0.05 * puff;
        w->direction[k] = w->settings.direction + 40 * turn + 7 * swing;
    }
}

static void make_air(ds_wind *w, gsl_rng *rng)
{
    double weather = ds_sim_normal(rng, 0, 1);
    for (size_t k = 0; k < w->minutes; k++) {
        const ds_time at = w->settings.start + ((ds_time)k - (ds_time)w->lead) * MINUTE;
        const double year = 2 * M_PI * ((double)at / (365.25 * DS_DAY) - 0.55); /* warmest in mid July */
        const double day = 2 * M_PI * (hour_of_day(w, k) - 15) / 24;
        weather = ds_ou_step(weather, 1 / (72 * 60.0), rng);
        w->air[k] = 11 + 11 * cos(year) + 4 * cos(day) + 3 * weather;
    }
}

/* --- fronts --- */

static int make_fronts(ds_wind *w, gsl_rng *rng)
{
    const double wait = 30 * 60; /* minutes between two, on average */
    size_t room = 0;
    for (double at = gsl_ran_exponential(rng, wait); at < (double)w->minutes;
         at += gsl_ran_exponential(rng, wait)) {
        if (w->front_count == room) {
            room = room ? 2 * room : 64;
            ds_wind_front *more = realloc(w->fronts, room * sizeof *more);
            if (!more)
                return NN_FAILED;
            w->fronts = more;
        }
        ds_wind_front *f = w->fronts + w->front_count++;
        downwind(w->direction[(size_t)at] + ds_sim_normal(rng, 0, 20), &f->x, &f->y);
        f->at = at - (double)w->lead;
        f->speed = ds_sim_uniform(rng, 8, 18);
        f->gain = ds_sim_normal_within(rng, 4, 1.5, 1, 9);
        f->last = 60 * ds_sim_uniform(rng, 1, 5);
        f->veer = ds_sim_normal(rng, 20, 12);
        f->late = ds_sim_normal(rng, 0, 120);
    }
    return NN_OK;
}

/* What a front adds `age` minutes after it came. */
static double front_gain(const ds_wind_front *f, double age)
{
    return age <= 0 ? 0 : f->gain * -expm1(-age / 4) * exp(-age / f->last);
}

static double front_veer(const ds_wind_front *f, double age)
{
    return age <= 0 ? 0 : f->veer * -expm1(-age / 4) * exp(-age / 360);
}

/* The first front that may still be felt at a minute; fronts stand in the order of their time. */
static size_t first_front(const ds_wind *w, double minute)
{
    const double felt = 2880;
    size_t low = 0, high = w->front_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (w->fronts[middle].at < minute - felt)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- weather at a place --- */

static double series_at(const ds_wind *w, const double *series, double minute)
{
    const double at = fmin(fmax(minute + (double)w->lead, 0), (double)(w->minutes - 1) - 1e-6);
    const size_t k = (size_t)at;
    return series[k] + (at - (double)k) * (series[k + 1] - series[k]);
}

static void weather_at(const ds_wind *w, double x, double y, double minute, bool gusts, double *speed,
                       double *direction)
{
    double along_x, along_y;
    downwind(series_at(w, w->direction, minute), &along_x, &along_y);
    const double carried = fmax(series_at(w, w->speed, minute), slowest_flow);
    const double then = minute - (x * along_x + y * along_y) / carried / 60;
    const double mean = series_at(w, w->speed, then);
    *speed = gusts ? mean * (1 + series_at(w, w->gust, then)) : mean;
    *direction = series_at(w, w->direction, then);
    for (size_t i = first_front(w, minute - w->reach / 8 / 60); i < w->front_count; i++) {
        const ds_wind_front *f = w->fronts + i;
        const double due = f->at + (gusts ? 0 : f->late);
        const double age = minute - due - (x * f->x + y * f->y) / f->speed / 60;
        if (f->at > minute + w->reach / 8 / 60 + 600)
            break;
        *speed += front_gain(f, age) * (gusts ? 1 : 0.6);
        *direction += front_veer(f, age);
    }
    *speed = fmax(*speed, 0);
}

void ds_wind_at(const ds_wind *w, int station, ds_time since, double *speed, double *direction)
{
    const ds_wind_spot *s = w->spots + station;
    weather_at(w, s->x, s->y, (double)since / MINUTE, true, speed, direction);
}

double ds_wind_temperature(const ds_wind *w, ds_time since)
{
    return series_at(w, w->air, (double)since / MINUTE);
}

/* --- the forecast: hourly, fronts late or early and weaker, a wandering error --- */

static void make_forecast(ds_wind *w, gsl_rng *rng)
{
    double u = ds_sim_normal(rng, 0, 1), v = ds_sim_normal(rng, 0, 1);
    for (size_t k = 0; k < w->hours; k++) {
        double speed, direction, x, y;
        weather_at(w, 0, 0, (double)(k * FORECAST_EVERY), false, &speed, &direction);
        downwind(direction, &x, &y);
        u = ds_ou_step(u, 1 / 9.0, rng);
        v = ds_ou_step(v, 1 / 9.0, rng);
        w->u[k] = hub_to_ten_metres * (speed * x + u);
        w->v[k] = hub_to_ten_metres * (speed * y + v);
    }
}

void ds_wind_forecast(const ds_wind *w, ds_time since, double *u10, double *v10)
{
    const double hour = (double)since / (60.0 * MINUTE);
    const size_t k = (size_t)hour;
    const double part = hour - (double)k;
    *u10 = w->u[k] + part * (w->u[k + 1] - w->u[k]);
    *v10 = w->v[k] + part * (w->v[k + 1] - w->v[k]);
}

/* --- all of it --- */

/* Every part has a stream of its own, so that a longer series begins as a shorter one does. */
enum { STREAM_PLACES, STREAM_FLOW, STREAM_FRONTS, STREAM_AIR, STREAM_FORECAST };

static gsl_rng *stream(const ds_wind *w, gsl_rng *rng, int which)
{
    gsl_rng_set(rng, ds_sim_mix(~w->settings.seed, (uint64_t)which));
    return rng;
}

static int make_series(ds_wind *w)
{
    const double pad = w->reach / slowest_flow / 60 + 10;
    const ds_time length = (ds_time)w->settings.rows * w->settings.step / MINUTE;
    w->lead = (size_t)pad + 1;
    w->minutes = (size_t)length + 2 * w->lead + 2 * FORECAST_EVERY + 2; /* the forecast looks an hour on */
    w->hours = (size_t)length / FORECAST_EVERY + 3;
    w->series = calloc(4 * w->minutes + 2 * w->hours, sizeof *w->series);
    if (!w->series)
        return NN_FAILED;
    w->speed = w->series;
    w->gust = w->speed + w->minutes;
    w->direction = w->gust + w->minutes;
    w->air = w->direction + w->minutes;
    w->u = w->air + w->minutes;
    w->v = w->u + w->hours;
    return NN_OK;
}

int ds_wind_new(ds_wind **wind, const ds_wind_settings *settings, nn_error *error)
{
    ds_wind *w = *wind = calloc(1, sizeof *w);
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    int code = w && rng ? NN_OK : NN_FAILED;
    if (!code) {
        w->settings = *settings;
        w->spots = calloc((size_t)settings->stations, sizeof *w->spots);
        code = w->spots ? NN_OK : NN_FAILED;
    }
    if (!code) {
        lay_out(w, stream(w, rng, STREAM_PLACES));
        code = make_series(w);
    }
    if (!code) {
        make_flow(w, stream(w, rng, STREAM_FLOW));
        make_air(w, stream(w, rng, STREAM_AIR));
        code = make_fronts(w, stream(w, rng, STREAM_FRONTS));
    }
    if (!code)
        make_forecast(w, stream(w, rng, STREAM_FORECAST));
    if (rng)
        gsl_rng_free(rng);
    if (!code)
        return NN_OK;
    ds_wind_free(w);
    *wind = NULL;
    return nn_fail(error, code, "no memory for the weather of %zu steps", settings->rows);
}

void ds_wind_free(ds_wind *wind)
{
    if (wind) {
        free(wind->spots);
        free(wind->fronts);
        free(wind->series);
    }
    free(wind);
}

void ds_wind_place(const ds_wind *wind, int station, double *x, double *y)
{
    *x = wind->spots[station].x;
    *y = wind->spots[station].y;
}
