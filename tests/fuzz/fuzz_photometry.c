/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of photometry under several options, and as a table of visits. */
#include "tests/fuzz/fuzz.h"

#include "datasets/lightcurves/lightcurve.h"

#include <math.h>

static void check_curve(const ds_lightcurve *c, int bands)
{
    for (int i = 0; i < c->count; i++) {
        fuzz_require(isfinite(c->time[i]) && isfinite(c->flux[i]), "finite", c->id);
        fuzz_require(isfinite(c->error[i]) && c->error[i] > 0, "an error", c->id);
        fuzz_require(c->band[i] < bands && c->detected[i] <= 1, "a band", c->id);
        fuzz_require(i == 0 || c->time[i - 1] <= c->time[i], "in order", c->id);
    }
}

static void check_selection(const ds_lightcurve *c)
{
    ds_points points = {0};
    ds_selection how;
    double start;
    nn_error error;
    fuzz_require(ds_lightcurve_select(c, 50, &points, &start, &how, &error) == NN_OK, "select", error.text);
    fuzz_require((how == DS_WITHOUT_DETECTION) == (points.count == 0), "points", c->id);
    ds_points_free(&points);
}

static void read_curves(const char *path, const ds_lightcurve_options *options)
{
    ds_lightcurves *reader;
    const ds_lightcurve *curve;
    nn_error error = {0};
    size_t notes = 0, objects = 0, points = 0;
    int code = ds_lightcurves_open(&reader, path, options, &error);
    fuzz_require((code == NN_OK) == (reader != NULL), "a reader or an error", error.text);
    if (code) {
        fuzz_check(code, &error);
        return;
    }
    ds_lightcurves_notes_open(reader, fuzz_ignore, &notes);
    while (!(code = ds_lightcurves_next(reader, &curve, &error)) && curve) {
        check_curve(curve, ds_lightcurves_bands(reader)->count);
        check_selection(curve);
        objects++;
        points += (size_t)curve->count;
    }
    if (code)
        fuzz_check(code, &error);
    const ds_lightcurve_report *report = ds_lightcurves_report(reader);
    fuzz_require(report->objects == objects && report->points == points, "counts", path);
    ds_lightcurves_notes_end(reader, fuzz_ignore, &notes);
    ds_lightcurves_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    const ds_lightcurve_options options[] = {
        {0},
        {.grouping = DS_UNGROUPED, .drop_unknown_bands = true, .missing = "-9,x"},
        {.grouping = DS_ALERTS, .id = "none", .magnitudes = true, .decimal_comma = true},
        {.bands = &ds_bands_ztf, .drop_unknown_bands = true, .drop_limits = true, .zero_point = 31.4},
        {.no_header = true, .drop_unknown_bands = true, .time_zero = "unix", .keep_flagged = true},
        {.drop_unknown_bands = true, .delimiter = ' ', .id = "none", .time_zero = "jd"},
        {.visits = path},
    };
    const int fd = fuzz_open(data, size, path);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (fuzz_tries(size, i, sizeof options / sizeof *options))
            read_curves(path, &options[i]);
    close(fd);
    return 0;
}
