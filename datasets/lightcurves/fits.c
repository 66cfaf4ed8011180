/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads columns of FITS tables. */
#include "datasets/lightcurves/fits.h"

#include "datasets/text/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool ds_is_fits(const char *path)
{
    static const char magic[] = "SIMPLE  =";
    char start[sizeof magic - 1];
    size_t got = 0;
    struct stat status;
    ds_source *source;
    nn_error ignored;
    /* A pipe can be read only once. */
    if (strcmp(path, "-") == 0 || stat(path, &status) || !S_ISREG(status.st_mode) ||
        ds_source_open(&source, path, &ignored))
        return false;
    const int code = ds_source_read(source, start, sizeof start, &got, &ignored);
    ds_source_close(source);
    return !code && got == sizeof start && memcmp(start, magic, sizeof start) == 0;
}

#ifdef AUSPEX_FITS
#include "datasets/lightcurves/fits_library.h"

int ds_fits_open_table(void **file, const char *path, nn_error *error)
{
    fitsfile *f = NULL;
    int status = 0, type = 0;
    *file = NULL;
    if (ds_fits_load(path, error))
        return NN_FAILED;
    ds_fits.ffdkopn(&f, path, READONLY, &status);
    ds_fits.ffmahd(f, 2, &type, &status);
    if (!status && type == BINARY_TBL) {
        *file = f;
        return NN_OK;
    }
    const int code = status ? ds_fits_fail(path, status, error)
                            : nn_fail(error, NN_BAD_DATA, "%s: the first extension is no binary table", path);
    status = 0;
    if (f)
        ds_fits.ffclos(f, &status);
    return code;
}

void ds_fits_close(void *file)
{
    int status = 0;
    if (file)
        ds_fits.ffclos(file, &status);
}

int ds_fits_fail(const char *path, int status, nn_error *error)
{
    char text[FLEN_STATUS] = "";
    ds_fits.ffgerr(status, text);
    ds_fits.ffcmsg();
    return nn_fail(error, status == MEMORY_ALLOCATION ? NN_FAILED : NN_BAD_DATA,
                   "%s: cannot be read as FITS: %s", path, text);
}

/* --- a table as rows of text --- */

typedef struct texts {
    int count;
    char **cell; /* one per column */
    ds_field *field;
} texts;

static void free_texts(texts *t)
{
    for (int i = 0; t->cell && i < t->count; i++)
        free(t->cell[i]);
    free(t->cell);
    free(t->field);
}

static void trim(ds_field *f)
{
    while (f->length && (*f->text == ' ' || *f->text == '\t')) {
        f->text++;
        f->length--;
    }
    while (f->length && (f->text[f->length - 1] == ' ' || f->text[f->length - 1] == '\t'))
        f->length--;
}

static int make_texts(texts *t, fitsfile *f, const char *path, nn_error *error)
{
    int status = 0;
    if (ds_fits.ffgncl(f, &t->count, &status))
        return ds_fits_fail(path, status, error);
    t->cell = calloc((size_t)t->count + 1, sizeof *t->cell);
    t->field = calloc((size_t)t->count + 1, sizeof *t->field);
    for (int i = 0; t->cell && t->field && i < t->count; i++) {
        int width = 0;
        if (ds_fits.ffgcdw(f, i + 1, &width, &status))
            return ds_fits_fail(path, status, error);
        const size_t room = (size_t)(width > FLEN_VALUE ? width : FLEN_VALUE) + 1;
        if (!(t->cell[i] = malloc(room)))
            break;
    }
    return t->field && t->cell && (t->count == 0 || t->cell[t->count - 1])
               ? NN_OK
               : nn_fail(error, NN_FAILED, "%s: no memory", path);
}

static int take_row(texts *t, fitsfile *f, const char *path, long row, nn_error *error)
{
    for (int i = 0; i < t->count; i++) {
        int status = 0, any = 0;
        ds_fits.ffgcv(f, TSTRING, i + 1, row, 1, 1, "", &t->cell[i], &any, &status);
        if (status)
            return ds_fits_fail(path, status, error);
        t->field[i] = ds_field_of(t->cell[i], strlen(t->cell[i]));
        trim(&t->field[i]);
    }
    return NN_OK;
}

static int take_names(texts *t, fitsfile *f, const char *path, nn_error *error)
{
    for (int i = 0; i < t->count; i++) {
        char key[FLEN_KEYWORD], name[FLEN_VALUE] = "";
        int status = 0;
        ds_fits.ffkeyn("TTYPE", i + 1, key, &status);
        if (ds_fits.ffgky(f, TSTRING, key, name, NULL, &status) && status != KEY_NO_EXIST)
            return ds_fits_fail(path, status, error);
        ds_fits.ffcmsg();
        strcpy(t->cell[i], name);
        t->field[i] = ds_field_of(t->cell[i], strlen(t->cell[i]));
        trim(&t->field[i]);
    }
    return NN_OK;
}

int ds_fits_rows(const char *path, ds_row_handler handler, void *context, nn_error *error)
{
    void *file;
    texts t = {0};
    long rows = 0;
    int status = 0;
    int code = ds_fits_open_table(&file, path, error);
    if (code)
        return code;
    if (ds_fits.ffgnrw(file, &rows, &status))
        code = ds_fits_fail(path, status, error);
    if (!code)
        code = make_texts(&t, file, path, error);
    if (!code)
        code = take_names(&t, file, path, error);
    if (!code)
        code = handler(context, t.field, t.count, 1, error);
    for (long row = 1; row <= rows && !code; row++) {
        code = take_row(&t, file, path, row, error);
        if (!code)
            code = handler(context, t.field, t.count, (size_t)row + 1, error);
    }
    free_texts(&t);
    ds_fits_close(file);
    return code;
}

#else

int ds_fits_rows(const char *path, ds_row_handler handler, void *context, nn_error *error)
{
    (void)handler;
    (void)context;
    return ds_fits_fail(path, 0, error);
}

int ds_fits_fail(const char *path, int status, nn_error *error)
{
    (void)status;
    return nn_fail(
        error, NN_BAD_DATA,
        "%s: is a FITS file, and this program is built without cfitsio; install libcfitsio-dev and "
        "configure with -Dfits=enabled",
        path);
}

#endif
