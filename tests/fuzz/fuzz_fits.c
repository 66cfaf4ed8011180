/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a pair of FITS files of photometry, the second from the second "SIMPLE  =" on, and each as a
 * table of objects. */
#include "tests/fuzz/fuzz.h"

#include "datasets/lightcurves/catalogue.h"
#include "datasets/lightcurves/lightcurve.h"

#include <math.h>
#include <sys/stat.h>

static char folder[64], head[96], phot[96];

static void forget(void)
{
    unlink(head);
    unlink(phot);
    rmdir(folder);
}

static void begin(void)
{
    fuzz_place(folder);
    if (unlink(folder) || mkdir(folder, 0700))
        abort();
    snprintf(head, sizeof head, "%s/x_HEAD.FITS", folder);
    snprintf(phot, sizeof phot, "%s/x_PHOT.FITS", folder);
    atexit(forget);
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(data, 1, size, out) != size || fclose(out))
        abort();
}

static void read_curves(const char *path)
{
    ds_lightcurves *reader;
    const ds_lightcurve *curve;
    nn_error error = {0};
    size_t notes = 0;
    int code =
        ds_lightcurves_open(&reader, path, &(ds_lightcurve_options){.drop_unknown_bands = true}, &error);
    fuzz_require((code == NN_OK) == (reader != NULL), "a reader or an error", error.text);
    fuzz_check(code, &error);
    if (code)
        return;
    while (!(code = ds_lightcurves_next(reader, &curve, &error)) && curve)
        for (int i = 0; i < curve->count; i++)
            fuzz_require(isfinite(curve->time[i]) && isfinite(curve->flux[i]) && curve->error[i] > 0,
                         "finite", curve->id);
    fuzz_check(code, &error);
    ds_lightcurves_notes_end(reader, fuzz_ignore, &notes);
    ds_lightcurves_close(reader);
}

static void read_catalogue(const char *path)
{
    ds_catalogue *c;
    nn_error error = {0};
    const ds_catalogue_options options = {
        .numbers = "photoz,specz", .categories = "SNTYPE", .numbers_optional = true};
    fuzz_check(ds_catalogue_read(&c, path, &options, &error), &error);
    ds_catalogue_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char magic[] = "SIMPLE  =";
    if (!*folder)
        begin();
    const uint8_t *second = size > 1 ? memmem(data + 1, size - 1, magic, sizeof magic - 1) : NULL;
    const size_t first = second ? (size_t)(second - data) : size;
    nn_inputs_forget();
    write_file(head, data, first);
    write_file(phot, second ? second : data, second ? size - first : size);
    read_curves(head);
    read_catalogue(head);
    return 0;
}
