/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a folder as one stream of objects: a reader of its own for each file, one after the other. */
#include "datasets/lightcurves/lightcurve_internal.h"
#include "datasets/lightcurves/photometry_files.h"
#include "datasets/table/notes.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ds_folder {
    ds_photometry_files files;
    size_t at; /* the next file */
    ds_lightcurves *part;
    ds_lightcurve_report before; /* counts of the files that are done */
    ds_lightcurve_options options;
    char one_band[DS_BAND_NAME];
    size_t unlike;          /* files whose columns or units are not those of the first */
    char first_unlike[200]; /* its name */
    size_t unread;          /* files of which nothing could be read, where such rows are left out */
    char first_unread[300]; /* why */
};

/* --- counts --- */

static void add_counts(ds_lightcurve_report *to, const ds_lightcurve_report *a, const ds_lightcurve_report *b)
{
    to->lines = a->lines + b->lines;
    to->objects = a->objects + b->objects;
    to->points = a->points + b->points;
    to->detections = a->detections + b->detections;
    to->limits = a->limits + b->limits;
    to->repeats = a->repeats + b->repeats;
    to->empty = a->empty + b->empty;
    to->unsorted = a->unsorted + b->unsorted;
    to->julian = a->julian + b->julian;
    to->bad_rows = a->bad_rows + b->bad_rows;
    to->gathered = a->gathered || b->gathered;
    to->first = isnan(a->first) || b->first < a->first ? b->first : a->first;
    to->last = isnan(a->last) || b->last > a->last ? b->last : a->last;
    for (int d = 0; d < DS_DROP_COUNT; d++)
        to->dropped[d] = a->dropped[d] + b->dropped[d];
    for (int i = 0; i < DS_BAND_LIMIT; i++)
        to->in_band[i] = a->in_band[i] + b->in_band[i];
    if (!*to->bad_row)
        memcpy(to->bad_row, b->bad_row, sizeof to->bad_row);
}

static void count(ds_lightcurves *r)
{
    const ds_folder *f = r->folder;
    add_counts(&r->report, &f->before, &f->part->report);
    if (r->has_header && f->part->bands.count > r->bands.count)
        r->bands = f->part->bands; /* a file adds to those of the files before it */
    if (!*r->label)
        memcpy(r->label, f->part->label, sizeof r->label);
}

static bool is_alike(const ds_lightcurve_report *a, const ds_lightcurve_report *b)
{
    const bool same_zero = a->zero_point == b->zero_point || (isnan(a->zero_point) && isnan(b->zero_point));
    const bool same_time = a->time_zero == b->time_zero || (isnan(a->time_zero) && isnan(b->time_zero));
    return same_zero && same_time && a->magnitudes == b->magnitudes && a->format == b->format &&
           strcmp(a->columns, b->columns) == 0;
}

/* --- from file to file --- */

/* What the first file that can be read decides for all: the bands, and what is said of the folder. */
static void settle(ds_lightcurves *r)
{
    ds_folder *f = r->folder;
    const ds_lightcurves *part = f->part;
    r->has_header = true;
    r->bands = part->bands;
    f->options.bands = &r->bands;
    r->only_band = part->only_band;
    r->unit = part->unit;
    memcpy(r->column, part->column, sizeof r->column);
    r->report = part->report;
    add_counts(&r->report, &f->before, &part->report);
}

static int leave_out(ds_lightcurves *r, int code)
{
    ds_folder *f = r->folder;
    if (code != NN_BAD_DATA || !r->options.skip_bad_rows)
        return code;
    if (f->unread++ == 0)
        snprintf(f->first_unread, sizeof f->first_unread, "%.299s", r->error->text);
    return NN_OK;
}

static int open_part(ds_lightcurves *r)
{
    ds_folder *f = r->folder;
    const char *path = f->files.path[f->at++];
    int code = ds_photometry_open_part(&f->part, path, &f->options, r, r->error);
    if (code)
        return leave_out(r, code);
    if (!r->has_header) {
        settle(r);
    } else if (!is_alike(&r->report, &f->part->report) && f->unlike++ == 0) {
        snprintf(f->first_unlike, sizeof f->first_unlike, "%.199s", nn_base_name(path));
    }
    return NN_OK;
}

static void close_part(ds_lightcurves *r)
{
    ds_folder *f = r->folder;
    count(r);
    f->before = r->report;
    ds_lightcurves_close(f->part);
    f->part = NULL;
}

/* An id names one object in the whole folder. */
static int check_new(ds_lightcurves *r, const ds_lightcurve *curve)
{
    bool seen = false;
    if (r->options.grouping == DS_ALERTS)
        return NN_OK;
    const int code = ds_photometry_remember(r, curve->id, strlen(curve->id), &seen);
    return code || !seen
               ? code
               : nn_fail(r->error, NN_BAD_DATA,
                         "%s:%zu: object '%.100s' stands in a file before this one, too; --grouping "
                         "alerts takes its rows in each file as an object",
                         r->folder->part->name, curve->line, curve->id);
}

/* The next object, or the next file where this one has no more. */
static int advance(ds_lightcurves *r, const ds_lightcurve **curve)
{
    ds_folder *f = r->folder;
    const ds_lightcurve *found = NULL;
    if (!f->part && f->at == f->files.count) {
        r->ended = true;
        return r->has_header ? ds_photometry_check_used(r)
                             : nn_fail(r->error, NN_BAD_DATA, "%s: none of %zu files can be read; %s",
                                       r->name, f->unread, f->first_unread);
    }
    if (!f->part)
        return open_part(r);
    int code = ds_lightcurves_next(f->part, &found, r->error);
    count(r);
    if (code && f->part->unreadable)
        code = leave_out(r, code);
    if (!code && found)
        code = check_new(r, found);
    if (!code && found)
        *curve = found;
    else if (!code)
        close_part(r);
    return code;
}

int ds_photometry_folder_next(ds_lightcurves *r, const ds_lightcurve **curve, nn_error *error)
{
    *curve = NULL;
    r->error = &r->sticky;
    while (!*curve && !r->ended && !r->failed)
        r->failed = advance(r, curve) != NN_OK;
    if (*curve || !r->failed)
        return NN_OK;
    if (error)
        nn_error_copy(error, &r->sticky);
    return r->sticky.code;
}

/* --- opening, closing, notes --- */

int ds_photometry_open_folder(ds_lightcurves *r)
{
    ds_folder *f = r->folder = calloc(1, sizeof *f);
    if (!f)
        return ds_photometry_no_memory(r);
    f->options = r->options;
    f->before.first = f->before.last = NAN;
    if (r->bands_given)
        f->options.bands = &r->bands;
    if (r->options.one_band) { /* the caller's text is needed for opening only */
        snprintf(f->one_band, sizeof f->one_band, "%s", r->options.one_band);
        f->options.one_band = f->one_band;
    }
    for (size_t n = strlen(r->path); n > 1 && r->path[n - 1] == '/'; n--)
        r->path[n - 1] = '\0';
    r->name = r->path;
    int code = ds_photometry_files_list(&f->files, r->path, r->error);
    while (!code && !r->has_header && f->at < f->files.count)
        code = open_part(r);
    return code || r->has_header ? code : advance(r, &(const ds_lightcurve *){NULL});
}

void ds_photometry_folder_close(ds_folder *folder)
{
    if (!folder)
        return;
    ds_lightcurves_close(folder->part);
    ds_photometry_files_free(&folder->files);
    free(folder);
}

void ds_photometry_folder_notes_open(ds_notes *n, const ds_lightcurves *r)
{
    const ds_folder *f = r->folder;
    if (!f)
        return;
    ds_note(n, "%s: %zu files of photometry as one, from '%s' on, in the order of their names", r->name,
            f->files.count, nn_base_name(f->files.path[0]));
    if (f->files.skipped)
        ds_note(n, "%s: %zu others, which are no photometry by their names, are skipped", r->name,
                f->files.skipped);
}

void ds_photometry_folder_notes_end(ds_notes *n, const ds_lightcurves *r)
{
    const ds_folder *f = r->folder;
    if (!f)
        return;
    if (f->unlike)
        ds_note(n,
                "%s: %zu of %zu files have other columns or units than the first (such as '%s'), each is "
                "read by its own",
                r->name, f->unlike, f->files.count, f->first_unlike);
    if (f->unread)
        ds_note(n, "%s: %zu files cannot be read and are left out; the first: %s", r->name, f->unread,
                f->first_unread);
}
