/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FITS tables with a row for each measurement, such as the light curves of TESS and Kepler: the first binary
 * table, its units, and of the headers the object, the mission and the zero of time. */
#include "datasets/lightcurves/fits.h"
#include "datasets/lightcurves/format.h"
#include "datasets/lightcurves/lightcurve_internal.h"

#include <string.h>

static bool is_fits(const char *path, const char *start, size_t length)
{
    static const char magic[] = "SIMPLE  =";
    (void)path;
    return length >= sizeof magic - 1 && memcmp(start, magic, sizeof magic - 1) == 0;
}

static int open_fits(ds_lightcurves *r);
const ds_light_format ds_format_fits_table = {"FITS table", "fits,fit", is_fits, open_fits};

#ifdef AUSPEX_FITS
#include "datasets/lightcurves/fits_library.h"
#include "datasets/lightcurves/formats/cells.h"
#include "datasets/lightcurves/formats/hints.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

typedef struct reader {
    ds_cells cells;
    ds_lightcurves *r;
    char object[FLEN_VALUE]; /* of the header; "": none */
    int object_column;       /* -1: ids are in a column, or nowhere */
    bool named;              /* the row of names has come */
    int *column;
} reader;

static void close_fits(ds_lightcurves *r)
{
    reader *f = r->inside;
    if (!f)
        return;
    ds_cells_free(&f->cells);
    free(f->column);
    free(f);
    r->inside = NULL;
}

/* --- headers --- */

static bool read_text(fitsfile *file, const char *key, char text[FLEN_VALUE])
{
    char name[FLEN_KEYWORD];
    int status = 0;
    snprintf(name, sizeof name, "%s", key);
    *text = '\0';
    if (ds_fits.ffgky(file, TSTRING, name, text, NULL, &status) == 0)
        return *text != '\0';
    ds_fits.ffcmsg();
    return false;
}

static bool read_real(fitsfile *file, const char *key, double *value)
{
    char name[FLEN_KEYWORD];
    int status = 0;
    snprintf(name, sizeof name, "%s", key);
    if (ds_fits.ffgky(file, TDOUBLE, name, value, NULL, &status) == 0)
        return true;
    ds_fits.ffcmsg();
    return false;
}

/* BJDREFI + BJDREFF of TESS and Kepler, MJDREF or its two halves of others. */
static int take_origin(ds_lightcurves *r, fitsfile *file)
{
    double whole = 0, part = 0;
    char unit[FLEN_VALUE];
    if (read_real(file, "BJDREFI", &whole)) {
        read_real(file, "BJDREFF", &part);
        r->origin = whole + part - 2400000.5;
    } else if (read_real(file, "MJDREFI", &whole)) {
        read_real(file, "MJDREFF", &part);
        r->origin = whole + part;
    } else if (read_real(file, "MJDREF", &whole)) {
        r->origin = whole;
    }
    if (!isnan(r->origin) && read_text(file, "TIMEUNIT", unit) && strcasecmp(unit, "d") != 0 &&
        strcasecmp(unit, "day") != 0 && strcasecmp(unit, "days") != 0 && !r->options.time_zero)
        return nn_fail(r->error, NN_BAD_DATA,
                       "%s: times are in '%.20s' by the header, not in days; they are not read", r->name,
                       unit);
    return NN_OK;
}

static int take_units(ds_lightcurves *r, fitsfile *file)
{
    int count = 0, status = 0, code = NN_OK;
    if (ds_fits.ffgncl(file, &count, &status))
        return ds_fits_fail(r->name, status, r->error);
    for (int i = 1; i <= count && !code; i++) {
        char key[FLEN_KEYWORD], name[FLEN_VALUE], unit[FLEN_VALUE];
        ds_fits.ffkeyn("TTYPE", i, key, &status);
        if (!read_text(file, key, name))
            continue;
        ds_fits.ffkeyn("TUNIT", i, key, &status);
        if (read_text(file, key, unit))
            code = ds_hints_add(r, name, unit, NULL);
    }
    return code;
}

static int take_headers(ds_lightcurves *r, reader *f)
{
    void *file;
    char mission[FLEN_VALUE];
    int type = 0, status = 0;
    int code = ds_fits_open_table(&file, r->path, r->error);
    if (code)
        return code;
    read_text(file, "OBJECT", f->object);
    const bool told = read_text(file, "TELESCOP", mission);
    code = take_origin(r, file);
    if (!code)
        code = take_units(r, file);
    ds_fits.ffmahd(file, 1, &type, &status);
    if (!*f->object)
        read_text(file, "OBJECT", f->object);
    if ((told || read_text(file, "TELESCOP", mission)) && !r->options.survey)
        r->options.survey = strcasecmp(mission, "TESS") == 0     ? "tess"
                            : strcasecmp(mission, "Kepler") == 0 ? "kepler"
                                                                 : NULL;
    ds_fits_close(file);
    return code;
}

/* --- rows --- */

static int take_names(reader *f, const ds_field *fields, int count)
{
    bool ids = false;
    f->column = calloc((size_t)count + 1, sizeof *f->column);
    if (!f->column)
        return ds_photometry_no_memory(f->r);
    for (int i = 0; i < count; i++) {
        char name[FLEN_VALUE];
        snprintf(name, sizeof name, "%.*s", (int)fields[i].length, fields[i].text);
        if ((f->column[i] = ds_cells_column(&f->cells, name)) == -1)
            return ds_photometry_no_memory(f->r);
        ids |= ds_photometry_id_rank(f->r, name) >= 0;
    }
    f->object_column = -1;
    if (*f->object && !ids && !f->r->one_object)
        f->object_column = ds_cells_column(&f->cells, "object");
    f->named = true;
    return NN_OK;
}

static int take_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    reader *f = context;
    int code = NN_OK;
    (void)error;
    if (!f->named)
        return take_names(f, fields, count);
    for (int i = 0; i < count && !code; i++)
        if (fields[i].length && (!f->cells.settled || f->cells.place[f->column[i]] >= 0))
            code = ds_cells_put(&f->cells, f->column[i], fields[i].text, fields[i].length);
    if (!code && f->object_column >= 0)
        code = ds_cells_put(&f->cells, f->object_column, f->object, strlen(f->object));
    return code ? code : ds_cells_end_row(&f->cells, line - 1);
}

static int step_fits(ds_lightcurves *r, bool *more)
{
    reader *f = r->inside;
    *more = false;
    int code = take_headers(r, f);
    if (!code)
        code = ds_fits_rows(r->path, take_row, f, r->error);
    return ds_cells_finish(&f->cells, code);
}

static int open_fits(ds_lightcurves *r)
{
    if (r->stream)
        return nn_fail(r->error, NN_BAD_DATA, "%s: FITS is read from a file, not from a pipe", r->name);
    reader *f = calloc(1, sizeof *f);
    if (!f)
        return ds_photometry_no_memory(r);
    r->inside = f;
    r->step = step_fits;
    r->close = close_fits;
    f->r = r;
    ds_cells_begin(&f->cells, r);
    return NN_OK;
}

#else

static int open_fits(ds_lightcurves *r)
{
    return ds_fits_fail(r->name, 0, r->error);
}

#endif
