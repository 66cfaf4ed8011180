/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects from rows: a queue that the file's pieces fill and the caller empties. */
#include "datasets/lightcurves/lightcurve.h"

#include "datasets/lightcurves/fits.h"
#include "datasets/lightcurves/lightcurve_internal.h"
#include "datasets/lightcurves/photometry_files.h"
#include "datasets/text/encoding.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int ds_photometry_no_memory(ds_lightcurves *r)
{
    return nn_fail(r->error, NN_FAILED, "%s: no memory", r->name);
}

/* --- filling the queue --- */

static bool grow_points(ds_lightcurves *r)
{
    const size_t room = r->room + r->room / 2 + 1024;
    struct {
        void **block;
        size_t size;
    } arrays[] = {{(void **)&r->time, sizeof *r->time},
                  {(void **)&r->flux, sizeof *r->flux},
                  {(void **)&r->sigma, sizeof *r->sigma},
                  {(void **)&r->band, sizeof *r->band},
                  {(void **)&r->detected, 1},
                  {(void **)&r->owner, sizeof *r->owner}};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        if (arrays[i].block == (void **)&r->owner && !r->gathering)
            continue;
        void *more = nn_resize(*arrays[i].block, room, arrays[i].size, 1);
        if (!more)
            return false;
        *arrays[i].block = more;
    }
    r->room = room;
    return true;
}

int ds_photometry_point(ds_lightcurves *r, double time, double flux, double error, int band, bool detected)
{
    if (r->points == r->room && !grow_points(r))
        return ds_photometry_no_memory(r);
    const size_t p = r->points++;
    r->time[p] = time;
    r->flux[p] = flux;
    r->sigma[p] = error;
    r->band[p] = (uint8_t)band;
    r->detected[p] = detected;
    if (r->gathering)
        r->owner[p] = (uint32_t)r->current;
    r->queue[r->current].count++;
    return NN_OK;
}

static bool keep_raw_id(ds_lightcurves *r, const char *id, size_t length)
{
    if (length > r->raw_room) {
        char *more = nn_resize(r->raw_id, 2 * length + 32, 1, 1);
        if (!more)
            return false;
        r->raw_id = more;
        r->raw_room = 2 * length + 32;
    }
    memcpy(r->raw_id, id, length);
    r->raw_length = length;
    return true;
}

static bool add_text(ds_lightcurves *r, const char *id, size_t length)
{
    if (length + 1 > r->text_room - r->text_size) {
        const size_t room = 2 * (r->text_size + length) + 256;
        char *more = nn_resize(r->text, room, 1, 1);
        if (!more)
            return false;
        r->text = more;
        r->text_room = room;
    }
    memcpy(r->text + r->text_size, id, length);
    r->text[r->text_size + length] = '\0';
    r->text_size += length + 1;
    return true;
}

static int add_object(ds_lightcurves *r, const char *id, size_t length, size_t line)
{
    if (r->queue_count >= UINT32_MAX)
        return nn_fail(r->error, NN_BAD_DATA, "%s:%zu: too many objects", r->name, line);
    if (r->queue_count == r->queue_room) {
        const size_t room = 2 * r->queue_room + 16;
        ds_queued *more = nn_resize(r->queue, room, sizeof *more, 1);
        if (!more)
            return ds_photometry_no_memory(r);
        r->queue = more;
        r->queue_room = room;
    }
    const ds_queued object = {.begin = r->points, .id = r->text_size, .line = line, .clock = -1};
    if (!add_text(r, id, length))
        return ds_photometry_no_memory(r);
    r->current = r->queue_count;
    r->queue[r->queue_count++] = object;
    return NN_OK;
}

static int begin_object(ds_lightcurves *r, const char *id, size_t length, size_t line)
{
    if (!r->gathering && r->options.grouping == DS_GROUPED) {
        const int code = ds_photometry_check_new(r, id, length, line);
        if (code)
            return code;
    }
    if (r->gathering) {
        const int known = nn_names_add(&r->ids, id, length);
        if (known < 0)
            return ds_photometry_no_memory(r);
        r->current = (size_t)known;
        if (r->current < r->queue_count)
            return NN_OK;
    }
    return add_object(r, id, length, line);
}

int ds_photometry_object(ds_lightcurves *r, const char *id, size_t length, size_t line)
{
    if (r->open && length == r->raw_length && memcmp(id, r->raw_id, length) == 0)
        return NN_OK;
    r->open = false;
    if (!keep_raw_id(r, id, length))
        return ds_photometry_no_memory(r);
    int code;
    if (ds_is_utf8(id, length)) {
        code = begin_object(r, id, length, line);
    } else {
        char *text = ds_utf8_from_1252(id, length);
        code = text ? begin_object(r, text, strlen(text), line) : ds_photometry_no_memory(r);
        free(text);
    }
    r->open = !code;
    return code;
}

int ds_photometry_object_of_file(ds_lightcurves *r, size_t line)
{
    const char *name = nn_base_name(r->name);
    return ds_photometry_object(r, name, r->options.id_by_name ? ds_photometry_stem(name) : strlen(name),
                                line);
}

void ds_photometry_object_end(ds_lightcurves *r)
{
    r->open = false;
}

/* --- emptying it --- */

static bool has_whole_object(const ds_lightcurves *r)
{
    return !r->gathering && r->queue_at + (r->open ? 1 : 0) < r->queue_count;
}

/* Only the open object stays, at the start of the arrays. */
static void make_room(ds_lightcurves *r)
{
    if (r->gathering || r->queue_at == 0)
        return;
    if (!r->open) {
        r->queue_at = r->queue_count = r->points = r->text_size = 0;
        return;
    }
    ds_queued open = r->queue[r->queue_count - 1];
    if (open.count) {
        memmove(r->time, r->time + open.begin, open.count * sizeof *r->time);
        memmove(r->flux, r->flux + open.begin, open.count * sizeof *r->flux);
        memmove(r->sigma, r->sigma + open.begin, open.count * sizeof *r->sigma);
        memmove(r->band, r->band + open.begin, open.count);
        memmove(r->detected, r->detected + open.begin, open.count);
    }
    memmove(r->text, r->text + open.id, r->text_size - open.id);
    r->text_size -= open.id;
    r->points = open.count;
    open.begin = open.id = 0;
    r->queue[0] = open;
    r->queue_at = r->current = 0;
    r->queue_count = 1;
}

static void count_points(ds_lightcurves *r)
{
    ds_lightcurve_report *report = &r->report;
    const ds_lightcurve *c = &r->curve;
    report->objects++;
    report->points += (size_t)c->count;
    report->empty += c->count == 0;
    for (int i = 0; i < c->count; i++) {
        report->detections += c->detected[i];
        report->in_band[c->band[i]]++;
    }
    if (c->count) {
        const double first = c->time[0], last = c->time[c->count - 1];
        report->first = isnan(report->first) || first < report->first ? first : report->first;
        report->last = isnan(report->last) || last > report->last ? last : report->last;
    }
}

static int hand_out(ds_lightcurves *r, const ds_lightcurve **curve)
{
    const ds_queued *object = &r->queue[r->queue_at];
    const char *id = r->text + object->id;
    if (object->count > INT_MAX)
        return nn_fail(r->error, NN_BAD_DATA, "%s:%zu: object %.200s has more than %d points", r->name,
                       object->line, id, INT_MAX);
    r->curve = (ds_lightcurve){.id = id, .count = (int)object->count, .line = object->line};
    if (r->time) { /* else no point of the file was of use so far */
        r->curve.time = r->time + object->begin;
        r->curve.flux = r->flux + object->begin;
        r->curve.error = r->sigma + object->begin;
        r->curve.band = r->band + object->begin;
        r->curve.detected = r->detected + object->begin;
    }
    const int code = ds_photometry_sort(r, object);
    if (code)
        return code;
    ds_photometry_drop_repeats(r);
    count_points(r);
    r->queue_at++;
    *curve = &r->curve;
    return NN_OK;
}

static int take_step(ds_lightcurves *r)
{
    bool more = true;
    make_room(r);
    int code = r->step(r, &more);
    if (code || more)
        return code;
    r->ended = true;
    r->open = false;
    r->report.lines = r->scan.lines;
    if (!r->has_header)
        return nn_fail(r->error, NN_BAD_DATA, "%s:%zu: the file is empty, or holds no photometry", r->name,
                       r->scan.lines ? r->scan.lines : 1);
    r->unreadable = r->rows == 0;
    if (r->rows == 0 && r->report.bad_rows)
        return nn_fail(r->error, NN_BAD_DATA, "%s: none of %zu rows can be read; the first: %s", r->name,
                       r->report.bad_rows, r->report.bad_row);
    if (r->rows == 0) {
        r->queue_at = r->queue_count;
        return nn_fail(r->error, NN_BAD_DATA, "%s:%zu: no rows of photometry", r->name,
                       r->scan.lines ? r->scan.lines : 1);
    }
    return r->gathering ? ds_photometry_gathered(r) : NN_OK;
}

int ds_lightcurves_next(ds_lightcurves *r, const ds_lightcurve **curve, nn_error *error)
{
    if (r->folder)
        return ds_photometry_folder_next(r, curve, error);
    *curve = NULL;
    r->error = &r->sticky;
    /* Objects that were whole before the trouble are handed out all the same. */
    while (!has_whole_object(r) && !r->ended && !r->failed)
        r->failed = take_step(r) != NN_OK;
    if (has_whole_object(r))
        r->failed |= hand_out(r, curve) != NN_OK;
    if (!*curve && !r->failed && !r->whole)
        r->failed = ds_photometry_check_used(r) != NN_OK;
    if (*curve || !r->failed)
        return NN_OK;
    r->queue_at = r->queue_count;
    if (error)
        nn_error_copy(error, &r->sticky);
    return r->sticky.code;
}

/* --- opening and closing --- */

static int take_csv_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    ds_lightcurves *r = context;
    (void)error;
    return r->has_header ? ds_photometry_row(r, fields, count, line)
                         : ds_photometry_header(r, fields, count, line);
}

/* The format decides between the handlers only when the first bytes are there. */
static int take_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    ds_lightcurves *r = context;
    return r->form == DS_PHOTOMETRY_CSV ? take_csv_row(r, fields, count, line, error)
                                        : ds_photometry_text_row(r, fields, count, line, error);
}

static int step_scanner(ds_lightcurves *r, bool *more)
{
    return ds_scanner_step(r->scanner, more, r->error);
}

static void close_scanner(ds_lightcurves *r)
{
    ds_scanner_close(r->scanner);
}

static int open_scanner(ds_lightcurves *r)
{
    r->scan_options = (ds_scan_options){
        .delimiter = r->options.delimiter, .decimal_comma = r->options.decimal_comma, .stream = true};
    r->step = step_scanner;
    r->close = close_scanner;
    int code = ds_scanner_open(&r->scanner, r->path, &r->scan_options, take_row, r, &r->scan, NULL, r->error);
    if (code)
        return code;
    r->name = ds_scanner_name(r->scanner);
    r->report.format = "CSV";
    size_t length;
    const char *start = ds_scanner_peek(r->scanner, &length);
    r->form = ds_photometry_text_form(start, length);
    r->word_room = 64;
    r->words = malloc((size_t)r->word_room * sizeof *r->words);
    if (!r->words)
        return ds_photometry_no_memory(r);
    if (r->form == DS_PHOTOMETRY_CSV)
        return ds_photometry_look(r, start, length);
    r->report.format = r->form == DS_PHOTOMETRY_SNCOSMO ? "sncosmo text" : "SNANA text";
    ds_scanner_delimit(r->scanner, ' ');
    return NN_OK;
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
        code = take_step(r);
    if (!code || !r->has_header)
        return code;
    r->failed = true;
    return NN_OK;
}

static int open_file(ds_lightcurves *r)
{
    const int code = ds_is_fits(r->path) ? ds_photometry_open_fits(r) : open_scanner(r);
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
    r->report.first = r->report.last = r->report.time_zero = r->time_zero = NAN;
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
    ds_photometry_folder_close(r->folder);
    if (!r->whole)
        ds_visits_free(r->visits);
    nn_names_free(&r->ids);
    ds_points_free(&r->sorted);
    ds_sample_clear(&r->sample);
    for (int i = 0; i < r->count; i++)
        free(r->columns[i]);
    void *const blocks[] = {r->columns, r->words,    r->queue, r->text, r->raw_id, r->time, r->flux, r->sigma,
                            r->band,    r->detected, r->owner, r->seen, r->order,  r->path, r->front};
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
