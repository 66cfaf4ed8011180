/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of photometry under several options, as a table of visits, and as a catalogue. */
#include "datasets/lightcurves/catalogue.h"
#include "datasets/lightcurves/lightcurve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what, const char *text)
{
    if (!condition) {
        fprintf(stderr, "%s: %s\n", what, text);
        abort();
    }
}

static int open_bytes(const void *data, size_t size, char path[64])
{
    const int fd = memfd_create("photometry", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static void check_error(int code, const nn_error *error)
{
    require(error->code == code && *error->text && !strpbrk(error->text, "\r\n"), "one line", error->text);
}

static void ignore(void *context, const char *line)
{
    *(size_t *)context += strlen(line);
}

static void check_curve(const ds_lightcurve *c, int bands)
{
    for (int i = 0; i < c->count; i++) {
        require(isfinite(c->time[i]) && isfinite(c->flux[i]), "finite", c->id);
        require(isfinite(c->error[i]) && c->error[i] > 0, "an error", c->id);
        require(c->band[i] < bands && c->detected[i] <= 1, "a band", c->id);
        require(i == 0 || c->time[i - 1] <= c->time[i], "in order", c->id);
    }
}

static void check_selection(const ds_lightcurve *c)
{
    ds_points points = {0};
    ds_selection how;
    double start;
    nn_error error;
    require(ds_lightcurve_select(c, 50, &points, &start, &how, &error) == NN_OK, "select", error.text);
    require((how == DS_WITHOUT_DETECTION) == (points.count == 0), "points", c->id);
    ds_points_free(&points);
}

static void read_curves(const char *path, const ds_lightcurve_options *options)
{
    ds_lightcurves *reader;
    const ds_lightcurve *curve;
    nn_error error = {0};
    size_t notes = 0, objects = 0, points = 0;
    int code = ds_lightcurves_open(&reader, path, options, &error);
    require((code == NN_OK) == (reader != NULL), "a reader or an error", error.text);
    if (code) {
        check_error(code, &error);
        return;
    }
    ds_lightcurves_notes_open(reader, ignore, &notes);
    while (!(code = ds_lightcurves_next(reader, &curve, &error)) && curve) {
        check_curve(curve, ds_lightcurves_bands(reader)->count);
        check_selection(curve);
        objects++;
        points += (size_t)curve->count;
    }
    if (code)
        check_error(code, &error);
    const ds_lightcurve_report *report = ds_lightcurves_report(reader);
    require(report->objects == objects && report->points == points, "counts", path);
    ds_lightcurves_notes_end(reader, ignore, &notes);
    ds_lightcurves_close(reader);
}

static void read_catalogue(const char *path, bool photometry)
{
    const ds_catalogue_options options = {.numbers = "photoz,photoz_err",
                                          .categories = photometry ? "class" : "object_id,target",
                                          .numbers_optional = photometry,
                                          .repeated = photometry};
    ds_catalogue *c;
    nn_error error = {0};
    const int code = ds_catalogue_read(&c, path, &options, &error);
    if (code)
        check_error(code, &error);
    for (size_t row = 0; !code && row < ds_catalogue_rows(c); row++) {
        require(ds_catalogue_find(c, ds_catalogue_id(c, row)) == (long)row, "its row", path);
        const int k = photometry ? 0 : 1;
        require(ds_catalogue_value(c, k, row) < ds_catalogue_categories(c, k), "its class", path);
    }
    ds_catalogue_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ds_lightcurve_options options[] = {
        {0},
        {.grouping = DS_UNGROUPED, .drop_unknown_bands = true, .missing = "-9,x"},
        {.grouping = DS_ALERTS, .id = "none", .magnitudes = true, .decimal_comma = true},
        {.bands = &ds_bands_ztf, .drop_unknown_bands = true, .drop_limits = true, .zero_point = 31.4},
        {.no_header = true, .drop_unknown_bands = true, .time_zero = "unix", .keep_flagged = true},
        {.drop_unknown_bands = true, .delimiter = ' ', .id = "none", .time_zero = "jd"},
    };
    char path[64];
    const int fd = open_bytes(data, size, path);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        read_curves(path, &options[i]);
    read_curves(path, &(ds_lightcurve_options){.visits = path});
    read_catalogue(path, false);
    read_catalogue(path, true);
    close(fd);
    return 0;
}
