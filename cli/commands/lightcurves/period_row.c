/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row of one object of auspex period. */
#include "cli/commands/lightcurves/period_row.h"

#include "cli/output/rows.h"
#include "datasets/lightcurves/features/features.h"
#include "datasets/lightcurves/period/box.h"
#include "datasets/lightcurves/period/light_period.h"
#include "datasets/lightcurves/period/shape.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { DAYS = 10, SHARE = 6, TIME = 12 };

typedef struct column {
    const char *name;
    int digits;
} column;

static const column wave_columns[] = {{"points", SHARE},
                                      {"period", DAYS},
                                      {"period_error", 4},
                                      {"power", SHARE},
                                      {"log10_false_alarm", SHARE},
                                      {"second_period", DAYS},
                                      {"second_power", SHARE},
                                      {"alias", CLI_ROW_TRUTH},
                                      {"doubled_period", DAYS},
                                      {"doubled_power", SHARE},
                                      {"epoch", TIME},
                                      {"range", SHARE},
                                      {"scatter", SHARE},
                                      {"harmonics", 2},
                                      {"amplitude_1", SHARE},
                                      {"amplitude_2", SHARE},
                                      {"amplitude_3", SHARE},
                                      {"amplitude_4", SHARE},
                                      {"r21", SHARE},
                                      {"r31", SHARE},
                                      {"phi21", SHARE},
                                      {"phi31", SHARE}};
static const column box_columns[] = {
    {"points", SHARE},       {"period", DAYS},        {"power", SHARE},         {"significance", SHARE},
    {"second_period", DAYS}, {"second_power", SHARE}, {"doubled_period", DAYS}, {"epoch", TIME},
    {"depth", SHARE},        {"duration", SHARE},     {"points_inside", SHARE}};
enum {
    WAVE_COLUMNS = sizeof wave_columns / sizeof *wave_columns,
    BOX_COLUMNS = sizeof box_columns / sizeof *box_columns
};

struct cli_period_worker {
    cli_period_settings settings;
    ds_spectrum *spectrum;
    ds_box_finder *finder;
    ds_points values; /* in the scale that is fitted: flux holds values */
};

int cli_period_columns(const cli_period_settings *settings)
{
    return settings->box ? BOX_COLUMNS : WAVE_COLUMNS;
}

const char *cli_period_column(const cli_period_settings *settings, int n)
{
    return (settings->box ? box_columns : wave_columns)[n].name;
}

int cli_period_digits(const cli_period_settings *settings, int n)
{
    return (settings->box ? box_columns : wave_columns)[n].digits;
}

cli_period_worker *cli_period_worker_new(const cli_period_settings *settings, nn_error *error)
{
    cli_period_worker *self = calloc(1, sizeof *self);
    if (!self) {
        nn_no_memory(error);
        return NULL;
    }
    self->settings = *settings;
    if (settings->box)
        self->finder = ds_box_finder_new(error);
    else
        self->spectrum = ds_spectrum_new(error);
    if (!self->finder && !self->spectrum) {
        cli_period_worker_free(self);
        return NULL;
    }
    return self;
}

void cli_period_worker_free(cli_period_worker *self)
{
    if (!self)
        return;
    ds_spectrum_free(self->spectrum);
    ds_box_finder_free(self->finder);
    ds_points_free(&self->values);
    free(self);
}

/* The points in the scale of the search; *magnitudes says which it is. */
static int convert(cli_period_worker *self, const ds_points *p, bool *magnitudes, ds_period_points *out,
                   nn_error *error)
{
    ds_points *v = &self->values;
    const int code = ds_features_values(v, p, (ds_feature_scale)self->settings.scale, magnitudes, error);
    *out = (ds_period_points){v->time, v->flux, v->error, v->band, v->count};
    return code;
}

static ds_light_period_settings wave_settings(const cli_period_worker *self)
{
    return (ds_light_period_settings){.harmonics = self->settings.harmonics,
                                      .shortest = self->settings.shortest,
                                      .longest = self->settings.longest,
                                      .oversampling = self->settings.oversampling};
}

static ds_box_settings box_settings(const cli_period_worker *self, bool magnitudes)
{
    return (ds_box_settings){.shortest = self->settings.shortest,
                             .longest = self->settings.longest,
                             .least = self->settings.least,
                             .most = self->settings.most,
                             .rising = magnitudes};
}

static int wave_row(cli_period_worker *self, const ds_period_points *points, bool magnitudes, double *row,
                    nn_error *error)
{
    const ds_light_period_settings settings = wave_settings(self);
    ds_light_period r;
    const int code = ds_light_period_find(self->spectrum, points, &settings, &r, error);
    const bool known = !code && isfinite(r.period);
    const double head[] = {points->count,
                           r.period,
                           r.error,
                           r.power,
                           r.log_false_alarm,
                           r.second,
                           r.second_power,
                           isnan(r.second) ? NAN : (double)r.second_is_alias,
                           r.doubled,
                           r.doubled_power,
                           magnitudes ? r.lowest : r.highest,
                           r.range,
                           r.scatter,
                           known ? (double)r.harmonics : NAN};
    ds_shape shape = ds_shape_of(&r);
    for (size_t n = 0; n < sizeof head / sizeof *head; n++)
        *row++ = head[n];
    for (int h = 0; h < 4; h++)
        *row++ = shape.amplitude[h];
    *row++ = shape.ratio[0];
    *row++ = shape.ratio[1];
    *row++ = shape.phase[0];
    *row++ = shape.phase[1];
    return code;
}

static int box_row(cli_period_worker *self, const ds_period_points *points, bool magnitudes, double *row,
                   nn_error *error)
{
    const ds_box_settings settings = box_settings(self, magnitudes);
    ds_box r;
    const int code = ds_box_find(self->finder, points, &settings, &r, error);
    const double all[BOX_COLUMNS] = {points->count,
                                     r.period,
                                     r.power,
                                     r.significance,
                                     r.second,
                                     r.second_power,
                                     2 * r.period,
                                     r.epoch,
                                     r.depth,
                                     r.duration,
                                     isnan(r.period) ? NAN : (double)r.inside};
    for (int n = 0; n < BOX_COLUMNS; n++)
        row[n] = all[n];
    return code;
}

int cli_period_row(cli_period_worker *self, const ds_points *p, double *row, nn_error *error)
{
    bool magnitudes;
    ds_period_points points;
    const int code = convert(self, p, &magnitudes, &points, error);
    if (code)
        return code;
    return (self->settings.box ? box_row : wave_row)(self, &points, magnitudes, row, error);
}

int cli_period_spectrum(cli_period_worker *self, const ds_points *p, ds_spectrum_sink sink, void *context,
                        double *first, double *step, nn_error *error)
{
    bool magnitudes;
    ds_period_points points;
    int code = convert(self, p, &magnitudes, &points, error);
    const double span = points.count ? points.time[points.count - 1] - points.time[0] : 0;
    if (code || points.count < 4 || !(span > 0))
        return code;
    if (self->settings.box) {
        ds_box_settings settings = box_settings(self, magnitudes);
        ds_box ignored;
        long count;
        settings.sink = sink;
        settings.context = context;
        ds_box_grid(span, &settings, first, step, &count);
        return ds_box_find(self->finder, &points, &settings, &ignored, error);
    }
    const ds_light_period_settings settings = wave_settings(self);
    const ds_light_period_grid grid = ds_light_period_grid_of(span, &settings);
    *first = grid.first;
    *step = grid.step;
    code = ds_spectrum_load(self->spectrum, &points, error);
    return code ? code
                : ds_spectrum_scan(self->spectrum, grid.first, grid.step, grid.count,
                                   settings.harmonics ? settings.harmonics : 1, DS_SPECTRUM_BEST, sink,
                                   context, error);
}
