/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photometry read from any bytes under several options: what comes out is whole. */
#ifndef FUZZ_LIGHT_H
#define FUZZ_LIGHT_H

#include "tests/fuzz/fuzz.h"

#include "datasets/lightcurves/lightcurve.h"

#include <math.h>

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
        for (int i = 0; i < curve->count; i++) {
            fuzz_require(isfinite(curve->time[i]) && isfinite(curve->flux[i]), "finite", curve->id);
            fuzz_require(isfinite(curve->error[i]) && curve->error[i] > 0, "an error", curve->id);
            fuzz_require(curve->band[i] < ds_lightcurves_bands(reader)->count, "a band", curve->id);
            fuzz_require(i == 0 || curve->time[i - 1] <= curve->time[i], "in order", curve->id);
        }
        objects++;
        points += (size_t)curve->count;
    }
    fuzz_check(code, &error);
    const ds_lightcurve_report *report = ds_lightcurves_report(reader);
    fuzz_require(report->objects == objects && report->points == points, "counts", path);
    ds_lightcurves_notes_end(reader, fuzz_ignore, &notes);
    ds_lightcurves_close(reader);
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
    const int fd = fuzz_open(data, size, path);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (fuzz_tries(size, i, sizeof options / sizeof *options))
            fuzz_read_curves(path, &options[i]);
    close(fd);
    return 0;
}

#endif
