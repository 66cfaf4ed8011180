/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind that forecasts panels of stations is made of. */
#ifndef FC_STATIONS_NETWORK_H
#define FC_STATIONS_NETWORK_H

#include "forecast/model.h"

/* What the network is given of a batch of windows, and its sizes. */
typedef struct fc_stations_inputs {
    fc_sizes sizes;
    int past_channels;   /* Cp: coordinates, variables, flag of a missing target, calendar */
    int future_channels; /* Cf: coordinates, known-future variables, calendar */
    int calendar;        /* how many of either's last channels are the calendar */
    nn_tensor *past;     /* (B,S,M,Cp), the last row is the window's last; M is the form's rows */
    nn_tensor *future;   /* (B,S,M/step,Cf), the first row follows the window's last */
    nn_tensor *clock;    /* (B,R,D + 7): 1 for the time of day, of D, and 1 for the day of the week of the
                            form's rows; NULL: not wanted */
    int slots;           /* D: rows of a day, at most 1440; 1: rows are days and more, or have no time */
    int known;           /* how many variables are known beforehand */
    nn_tensor *history;  /* (B,S,W) scaled target of the L rows, without gaps, and what the form adds */
    int history_width;   /* W */
    const double *coordinates; /* S x 2 coordinates, standardised; NULL: not known */
    const double *adjacency;   /* S x S weights of neighbours in [0,1], not negative; NULL: none */
} fc_stations_inputs;

/* How a kind of model wants the windows of a panel. */
typedef struct fc_panel_form {
    int rows;             /* M: history is padded on the left, the future on the right, to as many rows */
    int step;             /* rows of the future that one of its inputs stands for: the last of them */
    bool flags;           /* a channel says where the target was missing and padded */
    bool no_future_input; /* the future's input is the past's channels with zeros for all but the calendar */
    bool unmasked;        /* targets that are not valid count in the loss, as filled */
    int scales;           /* further losses, 0 to 2 */
    int factor[2];        /* on means of so many rows */
    double weight[2];     /* of these losses, relative to the first */
    int season; /* history and, unless it is without input, the future also has the target so many rows before
                   every step, at least the horizon; 0: no */
    int shared; /* history also has the last so many values of all stations */
    bool yearly; /* history also has the sine and cosine of the time of year */
    int clock;   /* R rows whose time of day and day of the week is wanted: the last R - 1 before the forecast
                    and its first; 0: none */
} fc_panel_form;

typedef struct fc_stations_network {
    void (*form)(const void *config, const fc_sizes *sizes, fc_panel_form *form);
    /* The composition, (B,S,H) from past, future and history. further receives form.scales predictions
     * (B,S,M/factor). */
    nn_tensor *(*build)(nn_plan *plan, const void *config, const fc_stations_inputs *inputs,
                        nn_tensor *further[2]);
    /* The name of its last map where it adds to linear forecasts, with zeros in that map before training;
     * NULL: it does not. The member may be NULL too. */
    const char *(*head)(const void *config);
} fc_stations_network;

#endif
