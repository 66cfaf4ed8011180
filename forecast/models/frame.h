/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands around the network of a table, whichever it is: each window normalised by itself, the table of
 * a cycle taken away before and given back behind, and a forecast that the network only adds to. */
#ifndef FC_FRAME_H
#define FC_FRAME_H

#include "forecast/tasks/series/network.h"

/* What fc_kind.later has to list. */
#define FC_FRAME_LATER "cycle", "base"
/* Rows of a kind's options for the fc_frame_settings in its record. */
#define FC_FRAME_OPTIONS(record, member)                                                                     \
    {"cycle",                                                                                                \
     0,                                                                                                      \
     NN_INT,                                                                                                 \
     offsetof(record, member.cycle),                                                                         \
     "0",                                                                                                    \
     "N",                                                                                                    \
     -1,                                                                                                     \
     100000,                                                                                                 \
     "rows of a cycle whose learned course is taken away from each normalised window and given back to its " \
     "forecast (arXiv 2409.18479); 0: none, -1: the season"},                                                \
    {                                                                                                        \
        "base", 0, NN_CHOICE, offsetof(record, member.base), "none", "none|linear", 0, 0,                    \
            "linear: the network learns what the forecaster linear leaves, which is fitted to the training " \
            "rows "                                                                                          \
            "first"                                                                                          \
    }

typedef struct fc_frame {
    const fc_series_inputs *in;
    bool norm;
    nn_tensor *stats;
} fc_frame;

/* The cycle is the season where it is to be. */
void fc_frame_resolve(fc_frame_settings *settings, const fc_sizes *sizes);
/* Whether the weights are of the very columns that they were learnt from. */
bool fc_frame_is_fixed(const fc_frame_settings *settings);

/* The series as the network is to see them, (B,L,N). norm: by each window's own mean and deviation. */
nn_tensor *fc_frame_enter(nn_plan *plan, fc_frame *frame, const fc_series_inputs *in, bool norm);
/* What is forecast of the network's output h: (B,H,N) -> (B,H,N). */
nn_tensor *fc_frame_leave(nn_plan *plan, const fc_frame *frame, nn_tensor *h);

#endif
