/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readers of light curves: opened and closed. */
#include "datasets/lightcurves/lightcurve.h"

#include "datasets/lightcurves/format.h"
#include "datasets/lightcurves/lightcurve_internal.h"
#include "datasets/lightcurves/photometry_files.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int ds_photometry_no_memory(ds_lightcurves *r)
{
    return nn_fail(r->error, NN_FAILED, "%s: no memory", r->name);
}

static int set_options(ds_lightcurves *r, const ds_lightcurve_options *options)
{
    r->options = *options;
    const bool none = options->id && strcmp(options->id, "none") == 0;
    if (options->id_by_name && options->id && !none)
        return nn_fail(r->error, NN_USAGE, "--id-from name and --id-column %.100s do not go together",
                       options->id);
    r->one_object = none || options->id_by_name;
    r->options.detection = options->detection > 0 ? options->detection : DS_DETECTION;
    r->bands_given = options->bands != NULL;
    r->bands = options->bands ? *options->bands : ds_bands_lsst;
    r->gathering = options->grouping == DS_UNGROUPED;
    r->report.gathered = r->gathering;
    if (r->whole) {
        r->visits = r->whole->visits;
        return NN_OK;
    }
    return options->visits ? ds_visits_read(&r->visits, options->visits, r->error) : NN_OK;
}

/* As far as the names of the columns; trouble in rows after them is for the first call of next. */
static int read_header(ds_lightcurves *r)
{
    int code = NN_OK;
    while (!code && !r->has_header)
        code = ds_photometry_step(r);
    if (!code || !r->has_header)
        return code;
    r->failed = true;
    return NN_OK;
}

static int open_file(ds_lightcurves *r)
{
    char start[DS_PEEK];
    size_t length = 0;
    int code = ds_source_open(&r->source, r->path, r->error);
    if (code)
        return code;
    r->name = ds_source_name(r->source);
    r->stream = ds_source_is_stream(r->source);
    if ((code = ds_source_peek(r->source, start, &length, r->error)))
        return code;
    const ds_light_format *format = ds_light_format_of(r->path, start, length);
    r->report.format = format->name;
    code = format->open(r);
    return code ? code : read_header(r);
}

int ds_photometry_open_part(ds_lightcurves **reader, const char *path, const ds_lightcurve_options *options,
                            ds_lightcurves *whole, nn_error *error)
{
    *reader = NULL;
    ds_lightcurves *r = calloc(1, sizeof *r);
    if (!r)
        return nn_fail(error, NN_FAILED, "%s: no memory", path);
    r->error = &r->sticky;
    r->name = path;
    r->whole = whole;
    r->report.first = r->report.last = r->report.time_zero = r->time_zero = r->origin = NAN;
    for (int p = 0; p < DS_PART_COUNT; p++)
        r->column[p] = -1;
    r->path = nn_text_copy(path, strlen(path));
    int code = r->path ? set_options(r, options) : ds_photometry_no_memory(r);
    if (!code)
        code = !whole && ds_is_folder(path) ? ds_photometry_open_folder(r) : open_file(r);
    if (code && error)
        nn_error_copy(error, &r->sticky);
    if (code)
        ds_lightcurves_close(r);
    else
        *reader = r;
    return code;
}

int ds_lightcurves_open(ds_lightcurves **reader, const char *path, const ds_lightcurve_options *options,
                        nn_error *error)
{
    return ds_photometry_open_part(reader, path, options, NULL, error);
}

void ds_lightcurves_close(ds_lightcurves *r)
{
    if (!r)
        return;
    if (r->close)
        r->close(r);
    ds_source_close(r->source);
    ds_hints_free(r);
    ds_photometry_folder_close(r->folder);
    if (!r->whole)
        ds_visits_free(r->visits);
    nn_names_free(&r->ids);
    ds_points_free(&r->sorted);
    ds_sample_clear(&r->sample);
    for (int i = 0; i < r->count; i++)
        free(r->columns[i]);
    void *const blocks[] = {r->columns,    r->words, r->queue, r->text,     r->raw_id, r->time,
                            r->flux,       r->sigma, r->band,  r->detected, r->owner,  r->key,
                            r->sorted_key, r->seen,  r->order, r->path,     r->front};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    free(r);
}

const char *ds_lightcurves_name(const ds_lightcurves *reader)
{
    return reader->name;
}

const ds_bands *ds_lightcurves_bands(const ds_lightcurves *reader)
{
    return &reader->bands;
}

const ds_lightcurve_report *ds_lightcurves_report(const ds_lightcurves *reader)
{
    return &reader->report;
}
