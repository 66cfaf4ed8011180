/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the simulated wind farm. */
#ifndef DS_SIMULATE_WIND_INTERNAL_H
#define DS_SIMULATE_WIND_INTERNAL_H

#include "datasets/simulate/source.h"
#include "datasets/simulate/wind.h"

typedef struct ds_wind_spot {
    double x, y; /* metres from the centre */
} ds_wind_spot;

typedef struct ds_wind_front {
    double at;    /* minutes since the start at which it passes the centre */
    double x, y;  /* unit vector of its course */
    double speed; /* m/s of its course */
    double gain;  /* m/s of wind it brings */
    double last;  /* minutes in which that falls by e */
    double veer;  /* degrees it turns the wind by */
    double late;  /* minutes by which the forecast has it late */
} ds_wind_front;

struct ds_wind {
    ds_wind_settings settings;
    ds_wind_spot *spots;
    double reach; /* metres from the centre to the farthest station */
    ds_wind_front *fronts;
    size_t front_count;
    size_t lead;                            /* minutes of the series before the start */
    size_t minutes;                         /* of the series */
    size_t hours;                           /* of the forecast */
    double *series;                         /* owns what follows */
    double *speed, *gust, *direction, *air; /* [minutes] */
    double *u, *v;                          /* [hours] */
};

#endif
