/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SNANA's pairs of FITS files: HEAD has a row per object, with the first and last row (from 1) of its
 * photometry in PHOT, where a row with MJD -777 stands behind each object. A pair cut out of a larger one
 * keeps the pointers of that; where the numbers of points (NOBS) fill PHOT exactly, they lead instead. */
#include "datasets/lightcurves/fits.h"
#include "datasets/lightcurves/format.h"
#include "datasets/lightcurves/lightcurve_internal.h"
#include "lib/base/text.h"

#include <string.h>

static bool is_pair(const char *path, const char *start, size_t length);
static int open_fits(ds_lightcurves *r);
const ds_light_format ds_format_snana_fits = {"SNANA FITS", "fits,fit", is_pair, open_fits};

static bool is_pair(const char *path, const char *start, size_t length)
{
    static const char magic[] = "SIMPLE  =";
    const char *base = nn_base_name(path);
    return length >= sizeof magic - 1 && memcmp(start, magic, sizeof magic - 1) == 0 &&
           (strstr(base, "HEAD") || strstr(base, "PHOT"));
}

#ifdef AUSPEX_FITS
#include "datasets/lightcurves/fits_library.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT = 128 };

typedef struct pair {
    void *head, *phot;
    char *head_path, *phot_path;
    long row, rows, points; /* of HEAD; of PHOT */
    int id, first, last;    /* columns of HEAD, from 1 */
    int nobs;               /* the same; 0: not used */
    long at;                /* nobs: the next object's first row */
    long room;
    double *value[DS_PART_COUNT];
    char **label; /* bands, TEXT bytes each */
} pair;

static void close_pair(ds_lightcurves *r)
{
    pair *p = r->inside;
    if (!p)
        return;
    ds_fits_close(p->head);
    ds_fits_close(p->phot);
    for (int i = 0; i < DS_PART_COUNT; i++)
        free(p->value[i]);
    for (long i = 0; p->label && i < p->room; i++)
        free(p->label[i]);
    free(p->label);
    free(p->head_path);
    free(p->phot_path);
    free(p);
    r->inside = NULL;
}

/* Either file may be named; the other is its neighbour with HEAD for PHOT, or PHOT for HEAD. */
static int name_files(ds_lightcurves *r, pair *p)
{
    const char *base = nn_base_name(r->path);
    const char *at = NULL;
    bool head = false;
    for (const char *c = base; *c; c++)
        if (strncmp(c, "HEAD", 4) == 0 || strncmp(c, "PHOT", 4) == 0) {
            at = c;
            head = *c == 'H';
        }
    p->head_path = nn_text_copy(r->path, strlen(r->path));
    p->phot_path = nn_text_copy(r->path, strlen(r->path));
    if (!p->head_path || !p->phot_path)
        return ds_photometry_no_memory(r);
    memcpy((head ? p->phot_path : p->head_path) + (at - r->path), head ? "PHOT" : "HEAD", 4);
    return NN_OK;
}

static int find_column(ds_lightcurves *r, pair *p, const char *name, int *column)
{
    int status = 0;
    char text[FLEN_VALUE];
    snprintf(text, sizeof text, "%s", name);
    if (ds_fits.ffgcno(p->head, CASEINSEN, text, column, &status) == 0)
        return NN_OK;
    ds_fits.ffcmsg();
    return nn_fail(r->error, NN_BAD_DATA, "%s: there is no column %s", p->head_path, name);
}

static int take_names(ds_lightcurves *r, pair *p)
{
    int count = 0, status = 0;
    if (ds_fits.ffgncl(p->phot, &count, &status) || ds_fits.ffgnrw(p->phot, &p->points, &status))
        return ds_fits_fail(p->phot_path, status, r->error);
    ds_field *field = calloc((size_t)count + 1, sizeof *field);
    char(*name)[FLEN_VALUE] = calloc((size_t)count + 1, sizeof *name);
    int code = field && name ? NN_OK : ds_photometry_no_memory(r);
    for (int i = 0; i < count && !code; i++) {
        char key[FLEN_KEYWORD];
        ds_fits.ffkeyn("TTYPE", i + 1, key, &status);
        if (ds_fits.ffgky(p->phot, TSTRING, key, name[i], NULL, &status))
            code = ds_fits_fail(p->phot_path, status, r->error);
        field[i] = ds_field_of(name[i], strlen(name[i]));
    }
    r->one_object = r->ids_outside = true; /* ids stand in HEAD */
    if (!code)
        code = ds_photometry_header(r, field, count, 1);
    free(field);
    free(name);
    return code;
}

static int make_room(ds_lightcurves *r, pair *p, long count)
{
    if (count <= p->room)
        return NN_OK;
    const long room = count + count / 2;
    for (int i = 0; i < DS_PART_COUNT; i++)
        if (r->column[i] >= 0 && i != DS_PART_BAND) {
            double *more = nn_resize(p->value[i], (size_t)room, sizeof *more, 1);
            if (!more)
                return ds_photometry_no_memory(r);
            p->value[i] = more;
        }
    char **more = nn_resize(p->label, (size_t)room, sizeof *more, 1);
    if (!more)
        return ds_photometry_no_memory(r);
    p->label = more;
    for (; p->room < room; p->room++)
        if (!(p->label[p->room] = calloc(TEXT, 1)))
            return ds_photometry_no_memory(r);
    return NN_OK;
}

static int read_columns(ds_lightcurves *r, pair *p, long first, long count)
{
    static const ds_photometry_role numbers[] = {DS_PART_TIME, DS_PART_FLUX, DS_PART_ERROR, DS_PART_FLAG};
    double none = NAN;
    int status = 0, any;
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        if (r->column[numbers[k]] >= 0)
            ds_fits.ffgcv(p->phot, TDOUBLE, r->column[numbers[k]] + 1, first, 1, count, &none,
                          p->value[numbers[k]], &any, &status);
    if (r->column[DS_PART_BAND] >= 0) {
        int width = 0;
        ds_fits.ffgcdw(p->phot, r->column[DS_PART_BAND] + 1, &width, &status);
        if (!status && width >= TEXT)
            return nn_fail(r->error, NN_BAD_DATA, "%s: band names of %d characters", p->phot_path, width);
        ds_fits.ffgcv(p->phot, TSTRING, r->column[DS_PART_BAND] + 1, first, 1, count, "", p->label, &any,
                      &status);
    }
    return status ? ds_fits_fail(p->phot_path, status, r->error) : NN_OK;
}

static int add_point(ds_lightcurves *r, pair *p, long i, long row)
{
    if (p->value[DS_PART_TIME][i] == DS_SEPARATOR)
        return nn_fail(
            r->error, NN_BAD_DATA,
            "%s: row %ld stands between two objects (MJD %g), but %s counts it to one: the files do "
            "not belong together",
            p->phot_path, row, DS_SEPARATOR, p->head_path);
    ds_measurement m = {.time = p->value[DS_PART_TIME][i],
                        .flux = p->value[DS_PART_FLUX][i],
                        .error = p->value[DS_PART_ERROR][i],
                        .limit = NAN,
                        .band = r->only_band,
                        .zero_point = NAN,
                        .detected = -1,
                        .line = (size_t)row};
    if (r->column[DS_PART_FLAG] >= 0) {
        const double flag = p->value[DS_PART_FLAG][i];
        m.detected = fabs(flag) < 1e15 && ((long long)flag & DS_DETECTION_BIT) != 0;
    }
    if (r->column[DS_PART_BAND] >= 0) {
        size_t length = strlen(p->label[i]);
        while (length && p->label[i][length - 1] == ' ')
            length--;
        m.band = ds_bands_find(&r->bands, p->label[i], length);
        char place[40];
        snprintf(place, sizeof place, ": row %ld of the photometry", row);
        if (m.band < 0 && ds_photometry_band(r, p->label[i], length, place, &m.band))
            return r->error->code;
    }
    return ds_photometry_measurement(r, &m);
}

/* One object: a row of HEAD and its rows of PHOT. */
static int step_pair(ds_lightcurves *r, bool *more)
{
    pair *p = r->inside;
    int status = 0, any;
    char text[TEXT] = "", *id = text;
    long first = 0, last = 0, none = 0;
    if (p->row == p->rows) {
        *more = false;
        r->scan.lines = (size_t)p->points;
        return NN_OK;
    }
    const long row = ++p->row;
    ds_fits.ffgcv(p->head, TSTRING, p->id, row, 1, 1, "", &id, &any, &status);
    if (p->nobs) {
        ds_fits.ffgcv(p->head, TLONG, p->nobs, row, 1, 1, &none, &last, &any, &status);
        first = p->at;
        last += first - 1;
        p->at = last + 2;
    } else {
        ds_fits.ffgcv(p->head, TLONG, p->first, row, 1, 1, &none, &first, &any, &status);
        ds_fits.ffgcv(p->head, TLONG, p->last, row, 1, 1, &none, &last, &any, &status);
    }
    if (status)
        return ds_fits_fail(p->head_path, status, r->error);
    id += strspn(id, " ");
    size_t length = strlen(id);
    while (length && id[length - 1] == ' ')
        length--;
    if (length == 0)
        return nn_fail(r->error, NN_BAD_DATA, "%s: row %ld: the object's id is missing", p->head_path, row);
    int code = ds_photometry_object(r, id, length, (size_t)row);
    if (code)
        return code;
    if (first < 1 || last < first - 1 || last > p->points)
        return nn_fail(r->error, NN_BAD_DATA, "%s: row %ld: photometry in rows %ld to %ld of %ld",
                       p->head_path, row, first, last, p->points);
    const long count = last - first + 1;
    code = make_room(r, p, count);
    if (!code && count)
        code = read_columns(r, p, first, count);
    for (long i = 0; i < count && !code; i++)
        code = add_point(r, p, i, first + i);
    ds_photometry_object_end(r);
    return code;
}

/* Whether the objects' numbers of points and a separator for each are just the rows of PHOT. */
static int look_at_counts(ds_lightcurves *r, pair *p)
{
    int status = 0, any, column = 0;
    char name[] = "NOBS";
    if (ds_fits.ffgcno(p->head, CASEINSEN, name, &column, &status)) {
        ds_fits.ffcmsg();
        return NN_OK;
    }
    long sum = 0, none = 0;
    for (long row = 1; row <= p->rows; row++) {
        long count = 0;
        if (ds_fits.ffgcv(p->head, TLONG, column, row, 1, 1, &none, &count, &any, &status))
            return ds_fits_fail(p->head_path, status, r->error);
        if (count < 0 || count > p->points)
            return NN_OK;
        sum += count + 1;
    }
    if (sum == p->points || sum == p->points + 1) {
        p->nobs = column;
        p->at = 1;
    }
    return NN_OK;
}

static int check_width(ds_lightcurves *r, pair *p)
{
    int width = 0, status = 0;
    if (ds_fits.ffgcdw(p->head, p->id, &width, &status))
        return ds_fits_fail(p->head_path, status, r->error);
    return width < TEXT ? NN_OK
                        : nn_fail(r->error, NN_BAD_DATA, "%s: ids of %d characters", p->head_path, width);
}

static int open_fits(ds_lightcurves *r)
{
    pair *p = calloc(1, sizeof *p);
    int status = 0;
    if (!p)
        return ds_photometry_no_memory(r);
    r->inside = p;
    r->close = close_pair;
    r->step = step_pair;
    int code = name_files(r, p);
    if (!code)
        code = ds_fits_open_table(&p->head, p->head_path, r->error);
    if (!code)
        code = ds_fits_open_table(&p->phot, p->phot_path, r->error);
    if (!code && ds_fits.ffgnrw(p->head, &p->rows, &status))
        code = ds_fits_fail(p->head_path, status, r->error);
    if (!code)
        code = find_column(r, p, "SNID", &p->id);
    if (!code)
        code = find_column(r, p, "PTROBS_MIN", &p->first);
    if (!code)
        code = find_column(r, p, "PTROBS_MAX", &p->last);
    if (!code)
        code = check_width(r, p);
    if (!code)
        code = take_names(r, p);
    return code ? code : look_at_counts(r, p);
}

#else

static int open_fits(ds_lightcurves *r)
{
    return ds_fits_fail(r->name, 0, r->error);
}

#endif
