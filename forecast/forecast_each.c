/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts from many origins: several at once, side by side over a pool, and given in order. */
#include "forecast/forecast_each.h"

#include "lib/base/ranks.h"

#include <stdlib.h>

enum { TOGETHER = 64, MOST_BYTES = 4000000, ROUNDS = 2 };

typedef struct round {
    const fc_forecaster *forecaster;
    const void *state;
    const ds_view *view;
    fc_origins origins;    /* of the round */
    size_t together, size; /* origins of a part; values of an origin */
    int horizon;
    size_t first; /* part of this rank */
    double *out;  /* origins x size, and room for the last part to be whole */
} round_of;

static void run_part(void *context, int n, int worker)
{
    const round_of *r = context;
    const size_t from = (r->first + (size_t)n) * r->together, left = r->origins.count - from;
    (void)worker;
    fc_forecaster_forecast_many(r->forecaster, r->state, r->view,
                                (fc_origins){r->origins.first + from * r->origins.stride,
                                             left < r->together ? left : r->together, r->origins.stride},
                                r->horizon, r->out + from * r->size);
}

int fc_forecast_each(const fc_forecaster *forecaster, const void *state, const ds_view *view,
                     fc_origins origins, int horizon, nn_pool *pool, fc_each_sink sink, void *context,
                     nn_error *error)
{
    round_of r = {.forecaster = forecaster,
                  .state = state,
                  .view = view,
                  .size = (size_t)horizon * (size_t)view->targets,
                  .horizon = horizon};
    /* The parts depend on sizes alone: any number of threads gives the same bytes. */
    const size_t fit = MOST_BYTES / (r.size * sizeof *r.out + 1);
    r.together = fit < 1 ? 1 : fit > TOGETHER ? TOGETHER : fit;
    const size_t most =
                     ROUNDS * (size_t)nn_ranks() * (size_t)nn_ranks_agree(nn_pool_threads(pool)) * r.together,
                 room = most < origins.count ? most : origins.count;
    r.out = malloc(((room + r.together) * r.size + 1) * sizeof *r.out);
    if (!r.out)
        return nn_no_memory(error);
    for (size_t done = 0; done < origins.count; done += r.origins.count) {
        const size_t left = origins.count - done;
        r.origins =
            (fc_origins){origins.first + done * origins.stride, left < most ? left : most, origins.stride};
        const size_t parts = (r.origins.count + r.together - 1) / r.together;
        size_t end;
        nn_ranks_part(nn_rank(), parts, &r.first, &end);
        nn_pool_run(pool, (int)(end - r.first), run_part, &r);
        nn_ranks_share(r.out, parts, r.together * r.size * sizeof *r.out);
        for (size_t w = 0; w < r.origins.count; w++)
            sink(context, done + w, r.out + w * r.size);
    }
    free(r.out);
    return NN_OK;
}
