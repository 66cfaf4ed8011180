/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated wind farm: weather that travels over it, turbines that turn it into power, sensors that fail.
 *
 * The wind of the farm's centre is a Weibull-distributed synoptic speed with a daily cycle, a direction that
 * turns slowly, and gusts; all of it travels with the wind, so that a station sees it distance / speed later
 * or earlier (Taylor's frozen flow). Gust fronts cross the farm on their own course and speed. Stations add
 * turbulence of their own and stand in the wakes of those upwind (Jensen 1983, with a Gaussian edge). x
 * points east, y north. */
#ifndef DS_SIMULATE_WIND_H
#define DS_SIMULATE_WIND_H

#include "datasets/time/time.h"

typedef struct ds_wind_settings {
    uint64_t seed;
    int stations;
    ds_time start, step; /* step: microseconds, from a minute to a day */
    size_t rows;         /* per station */
    double spacing;      /* metres between neighbours of the grid */
    double speed;        /* mean at hub height, m/s */
    double direction;    /* from where the wind prevails, degrees */
    double curtailed;    /* share of time */
    double faults;       /* share of time, in equal parts stuck, negative and missing */
} ds_wind_settings;

typedef enum ds_turbine_state {
    DS_TURBINE_RUNNING,
    DS_TURBINE_IDLE,      /* too little wind */
    DS_TURBINE_STORM,     /* too much */
    DS_TURBINE_CURTAILED, /* below its curve on order, down to standstill */
    DS_TURBINE_STUCK,     /* the rest are faults of sensors: values repeat, */
    DS_TURBINE_NEGATIVE,  /* power below zero while it turns, */
    DS_TURBINE_MISSING    /* nothing */
} ds_turbine_state;
const char *ds_turbine_state_name(ds_turbine_state state);

/* What SDWPF's columns of the same names hold; NaN: missing. */
typedef struct ds_wind_row {
    double wspd;       /* m/s behind the rotor */
    double wdir;       /* degrees, wind against nacelle */
    double etmp, itmp; /* degrees C outside, inside the nacelle */
    double ndir;       /* degrees, nacelle; counts turns */
    double pab;        /* degrees, pitch of the three blades */
    double prtv, patv; /* kW reactive, active */
    double free_wind;  /* m/s: the truth in front of the rotor, wakes included */
    ds_turbine_state state;
} ds_wind_row;

/* A machine of 1.5 MW, rotor 82 m. */
#define DS_TURBINE_RATED   1500.0 /* kW */
#define DS_TURBINE_CUT_IN  3.0    /* m/s */
#define DS_TURBINE_CUT_OUT 25.0
/* Power in kW of the wind in front of the rotor; 0 below cut-in and above cut-out. */
double ds_turbine_power(double wind);

typedef struct ds_wind ds_wind;
int ds_wind_new(ds_wind **wind, const ds_wind_settings *settings, nn_error *error);
void ds_wind_free(ds_wind *wind);
/* Metres east and north of the farm's centre. */
void ds_wind_place(const ds_wind *wind, int station, double *x, double *y);
/* The wind that blows at a station at a time since the start (microseconds), without its own turbulence and
 * without wakes: speed, direction from which it blows (degrees, counts turns). */
void ds_wind_at(const ds_wind *wind, int station, ds_time since, double *speed, double *direction);
/* All rows of a station into rows[0..settings.rows). NN_FAILED without memory. */
int ds_wind_station(const ds_wind *wind, int station, ds_wind_row *rows, nn_error *error);
/* Weather forecast of 10 m wind for a time since the start, issued a day before: m/s to the east and to the
 * north. */
void ds_wind_forecast(const ds_wind *wind, ds_time since, double *u10, double *v10);
/* Air temperature of the farm, degrees C. */
double ds_wind_temperature(const ds_wind *wind, ds_time since);

#endif
