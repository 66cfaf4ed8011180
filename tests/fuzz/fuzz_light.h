/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photometry read from any bytes under several options: what comes out is whole. */
#ifndef FUZZ_LIGHT_H
#define FUZZ_LIGHT_H

#include "tests/fuzz/fuzz.h"

#include "datasets/lightcurves/lightcurve.h"

#include <math.h>

static inline void fuzz_check_curve(const ds_lightcurve *c, int bands)
{
    for (int i = 0; i < c->count; i++) {
        fuzz_require(isfinite(c->time[i]) && isfinite(c->flux[i]), "finite", c->id);
        fuzz_require(isfinite(c->error[i]) && c->error[i] > 0, "an error", c->id);
        fuzz_require(c->band[i] < bands && c->detected[i] <= 1, "a band", c->id);
        fuzz_require(i == 0 || c->time[i - 1] <= c->time[i], "in order", c->id);
    }
}

static inline void fuzz_check_selection(const ds_lightcurve *c)
{
    ds_points points = {0};
    ds_selection how;
    double start;
    nn_error error;
    fuzz_require(ds_lightcurve_select(c, 50, &points, &start, &how, &error) == NN_OK, "select", error.text);
    fuzz_require((how == DS_WITHOUT_DETECTION) == (points.count == 0), "points", c->id);
    ds_points_free(&points);
}

static inline void fuzz_read_curves(const char *path, const ds_lightcurve_options *options)
{
    ds_lightcurves *reader;
    const ds_lightcurve *curve;
    nn_error error = {0};
    size_t notes = 0, objects = 0, points = 0;
    int code = ds_lightcurves_open(&reader, path, options, &error);
    fuzz_require((code == NN_OK) == (reader != NULL), "a reader or an error", error.text);
    fuzz_check(code, &error);
    if (code)
        return;
    ds_lightcurves_notes_open(reader, fuzz_ignore, &notes);
    while (!(code = ds_lightcurves_next(reader, &curve, &error)) && curve) {
        fuzz_check_curve(curve, ds_lightcurves_bands(reader)->count);
        fuzz_check_selection(curve);
        objects++;
        points += (size_t)curve->count;
    }
    fuzz_check(code, &error);
    const ds_lightcurve_report *report = ds_lightcurves_report(reader);
    fuzz_require(report->objects == objects && report->points == points, "counts", path);
    ds_lightcurves_notes_end(reader, fuzz_ignore, &notes);
    ds_lightcurves_close(reader);
}

/* The input as a file, of the name `path`, under those of the options that it is tried with. */
static inline void fuzz_read_each(const uint8_t *data, size_t size, char path[64],
                                  const ds_lightcurve_options *options, size_t count)
{
    const int fd = fuzz_open(data, size, path);
    for (size_t i = 0; i < count; i++)
        if (fuzz_tries(size, i, count))
            fuzz_read_curves(path, &options[i]);
    close(fd);
}

static inline int fuzz_light(const uint8_t *data, size_t size)
{
    char path[64];
    static const ds_lightcurve_options options[] = {
        {0},
        {.grouping = DS_UNGROUPED, .drop_unknown_bands = true, .skip_bad_rows = true},
        {.grouping = DS_ALERTS, .bands = &ds_bands_ztf, .drop_unknown_bands = true, .skip_bad_rows = true},
        {.id = "none", .magnitudes = true, .drop_limits = true},
    };
    fuzz_read_each(data, size, path, options, sizeof options / sizeof *options);
    return 0;
}

#endif
