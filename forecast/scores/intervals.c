/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What streams of intervals begin with, and how their scores are shown. */
#include "forecast/scores/intervals.h"

#include "forecast/intervals/bands.h"

#include <math.h>
#include <stdlib.h>

typedef struct beginning {
    const fc_model *model;
    const fc_spread *spread;
    const int *known;
    const double *scale;
} beginning;

static double of_model(const void *context, int k, int step, double share)
{
    const beginning *b = context;
    const int target = b->known ? b->known[k] : k;
    return target < 0 ? NAN : fc_bands_at(b->model, target, step, share, 0) / (b->scale ? b->scale[k] : 1);
}

void fc_intervals_of_model(fc_stream *stream, const fc_model *model, const int *known, const double *scale)
{
    fc_stream_begin(stream, of_model, &(beginning){.model = model, .known = known, .scale = scale});
}

static double of_spread(const void *context, int k, int step, double share)
{
    const beginning *b = context;
    return fc_spread_offset(b->spread, k, step, share) / (b->scale ? b->scale[k] : 1);
}

/* What was wrong with the forecasts from some of `count` rows on, `first` among them. */
static void rehearse(fc_residuals *r, const ds_view *view, size_t first, size_t count, double *values,
                     fc_intervals_forecast forecast, void *context)
{
    const size_t targets = (size_t)r->targets, cells = targets * (size_t)r->horizon;
    for (size_t i = 0; i < r->most; i++) {
        const size_t row = first + fc_residuals_place(r, count, i);
        float *error = fc_residuals_next(r, row);
        forecast(context, row, values);
        for (size_t c = 0; c < cells; c++)
            if (ds_view_valid(view, row + c / targets, (int)(c % targets)))
                error[c] = (float)(ds_view_value(view, row + c / targets, (int)(c % targets)) - values[c]);
    }
}

int fc_intervals_rehearse(fc_stream *stream, const ds_view *view, size_t before, int horizon,
                          fc_intervals_forecast forecast, void *context, const double *scale, nn_error *error)
{
    const size_t steps = (size_t)horizon, first = before - before / 3 > 1 ? before - before / 3 : 1;
    const size_t count = before > first + steps ? before - first - steps + 1 : 0;
    fc_residuals r;
    fc_spread *spread = NULL;
    int code = fc_residuals_make(&r, view->targets, horizon, count, error);
    double *values = code ? NULL : malloc((steps * (size_t)view->targets + 1) * sizeof *values);
    if (!code && !values)
        code = nn_no_memory(error);
    if (!code) {
        rehearse(&r, view, first, count, values, forecast, context);
        fc_residuals_steps(&r, view, (ds_part){0, before}, 1);
        code = fc_spread_learn(&spread, &r, error);
    }
    if (!code)
        fc_stream_begin(stream, of_spread, &(beginning){.spread = spread, .scale = scale});
    fc_spread_free(spread);
    fc_residuals_clear(&r);
    free(values);
    return code;
}

void fc_intervals_show(fc_score_table *table, fc_interval_set *set, size_t offset, size_t parts, int horizon,
                       const char *const rows[FC_MOST_IDS])
{
    if (!set || !set->values)
        return;
    fc_interval_set_parts(set, horizon);
    table->parts[table->part_count++] =
        (fc_score_part){.metrics = set->metric, .offset = offset, .level = FC_WHOLE, .key = "intervals"};
    table->parts[table->part_count++] = (fc_score_part){.metrics = set->metric,
                                                        .offset = parts,
                                                        .level = FC_PART,
                                                        .key = "interval_parts",
                                                        .ids = {rows[0], rows[1], rows[2]},
                                                        .size = sizeof(fc_interval_scores),
                                                        .count = FC_INTERVAL_PARTS,
                                                        .heading = "steps",
                                                        .names = set->parts,
                                                        .name_key = "steps",
                                                        .layout = FC_LONG};
}
