/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of HSTTN and what they come to, for its two files. */
#ifndef FC_HSTTN_SETTINGS_H
#define FC_HSTTN_SETTINGS_H

#include "forecast/models/parts.h"
#include "forecast/models/preset.h"
#include "forecast/tasks/stations/network.h"

enum { FC_HSTTN_SCALES = 4 };

/* Choices, in the order of their words; the first of most is to do as the preset does. */
enum { OFF = 1, ON };
enum { SHORTCUT_NONE = 1, SHORTCUT_OWN, SHORTCUT_EACH, SHORTCUT_NETWORK };
enum { BASE_NONE = 1 + FC_BASE_NONE, BASE_LINEAR = 1 + FC_BASE_LINEAR };
enum { STATIONS_PLACE = 1, STATIONS_LEARNED, STATIONS_INDEX, STATIONS_NONE };

typedef struct hsttn {
    int preset;
    int d_model, heads, head_width, d_ff, encoder_layers, decoder_layers; /* 0: of the preset */
    char *factors, *scale_weights;
    int stations, station_mask, time_mask, loss_mask, future, shortcut; /* 0: of the preset */
    int season, shortcut_stations, shortcut_year;
    int clock; /* learnt of times of day and days of the week */
    int base;  /* 0: of the preset, and none beside a shortcut */
    double dropout, embedding_dropout;
    fc_parts parts;      /* of the branch along time; all but the mixer of that between stations too */
    char *station_mixer; /* of that between stations */
} hsttn;

typedef struct scales {
    int count;                   /* at least 1 */
    int factor[FC_HSTTN_SCALES]; /* rows of scale i-1 that become one of scale i; factor[0] is 1 */
    int every[FC_HSTTN_SCALES];  /* rows of the finest scale that one row stands for */
} scales;

extern const nn_option fc_hsttn_options[];
extern const char *const fc_hsttn_later[];
/* The parts of the branch between stations; the texts stay those of c. */
fc_parts fc_hsttn_station_parts(const hsttn *c);

/* Puts what the preset says where the settings leave it open. */
void fc_hsttn_resolve(hsttn *c);
hsttn fc_hsttn_resolved(const hsttn *c);
/* Whether --factors is a list of the kind that it must be. */
bool fc_hsttn_scales(const hsttn *c, scales *s);
/* Of fc_kind. */
int fc_hsttn_check(const void *config, const fc_sizes *sizes, nn_error *error);
void fc_hsttn_form(const void *config, const fc_sizes *sizes, fc_panel_form *form);
const char *const (*fc_hsttn_recipe(const void *config))[2];

#endif
