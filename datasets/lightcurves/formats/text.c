/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photometry as text: a scanner parts it into rows, as its first lines tell. */
#include "datasets/lightcurves/format.h"
#include "datasets/lightcurves/lightcurve_internal.h"

#include <stdlib.h>

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

static int open_text(ds_lightcurves *r)
{
    r->scan_options = (ds_scan_options){
        .delimiter = r->options.delimiter, .decimal_comma = r->options.decimal_comma, .stream = true};
    r->step = step_scanner;
    r->close = close_scanner;
    ds_source *source = r->source;
    r->source = NULL;
    r->name = r->path; /* the source goes with a scanner that cannot be made */
    const int code =
        ds_scanner_begin(&r->scanner, source, &r->scan_options, take_row, r, &r->scan, NULL, r->error);
    if (code)
        return code;
    r->name = ds_scanner_name(r->scanner);
    size_t length;
    const char *start;
    const int first = ds_photometry_first_rows(r, &start, &length);
    if (first)
        return first;
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

static bool is_text(const char *path, const char *start, size_t length)
{
    (void)path;
    (void)start;
    (void)length;
    return true;
}

const ds_light_format ds_format_text = {"CSV", "csv,txt,dat,tbl,ecsv,tsv,psv,asc,lc,phot,mag,ipac", is_text,
                                        open_text};
