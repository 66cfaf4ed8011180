/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts a network of a table between what is taken away from its windows and what is given back. */
#include "forecast/models/frame.h"

void fc_frame_resolve(fc_frame_settings *settings, const fc_sizes *sizes)
{
    if (settings->cycle < 0)
        settings->cycle = sizes->season > 1 ? sizes->season : 0;
}

bool fc_frame_is_fixed(const fc_frame_settings *settings)
{
    return settings->cycle != 0 || settings->base != FC_BASE_NONE;
}

nn_tensor *fc_frame_enter(nn_plan *plan, fc_frame *frame, const fc_series_inputs *in, bool norm)
{
    *frame = (fc_frame){.in = in, .norm = norm};
    nn_tensor *h = norm ? nn_instance_norm(plan, in->series, &frame->stats) : in->series;
    return in->phase ? nn_cycle(plan, "cycle", h, in->phase, in->cycle, 0, -1) : h;
}

nn_tensor *fc_frame_leave(nn_plan *plan, const fc_frame *frame, nn_tensor *h)
{
    const fc_series_inputs *in = frame->in;
    if (in->phase)
        h = nn_cycle(plan, "cycle", h, in->phase, in->cycle, in->sizes.lookback, 1);
    if (!in->base)
        return frame->norm ? nn_instance_norm_inverse(plan, h, frame->stats) : h;
    return frame->norm ? nn_instance_norm_onto(plan, h, frame->stats, in->base)
                       : nn_residual(plan, in->base, h, 0);
}
