/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photometry for the tests of the Gaussian process, read in the plainest way. */
#ifndef TESTS_PHOTOMETRY_FILE_H
#define TESTS_PHOTOMETRY_FILE_H

#include "datasets/lightcurves/gp.h"
#include "tests/reference.h"

#include <stdlib.h>

enum { PHOTOMETRY_MOST = 1024 };

typedef struct photometry {
    long id;
    size_t count;
    double time[PHOTOMETRY_MOST], wavelength[PHOTOMETRY_MOST], flux[PHOTOMETRY_MOST], error[PHOTOMETRY_MOST];
    int detected[PHOTOMETRY_MOST];
} photometry;

/* Effective wavelengths of ugrizy, Angstrom. */
static const double photometry_wavelengths[] = {3685, 4802, 6231, 7542, 8690, 9736};

static inline ds_gp_points photometry_points(const photometry *p)
{
    return (ds_gp_points){NULL, p->time, p->wavelength, p->flux, p->error, p->count};
}

/* One object of a PLAsTiCC file: object_id,mjd,passband,flux,flux_err,detected. */
static inline void photometry_read(photometry *p, const char *name, long id)
{
    char path[1024];
    reference_path(path, sizeof path, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char line[256];
    p->id = id;
    p->count = 0;
    while (fgets(line, sizeof line, file)) {
        long object;
        int band, detected;
        double time, flux, error;
        if (sscanf(line, "%ld,%lf,%d,%lf,%lf,%d", &object, &time, &band, &flux, &error, &detected) != 6 ||
            object != id)
            continue;
        size_t i = p->count++;
        assert_true(i < PHOTOMETRY_MOST);
        p->time[i] = time;
        p->wavelength[i] = photometry_wavelengths[band];
        p->flux[i] = flux;
        p->error[i] = error;
        p->detected[i] = detected;
    }
    fclose(file);
}

/* Keeps the points within 50 days of the first and last detection, as t2 does. */
static inline void photometry_keep(photometry *p)
{
    double first = 0, last = 0;
    bool any = false;
    for (size_t i = 0; i < p->count; i++)
        if (p->detected[i]) {
            first = any ? first : p->time[i];
            last = p->time[i];
            any = true;
        }
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->time[i] > first - 50 && p->time[i] < last + 50) {
            p->time[kept] = p->time[i];
            p->wavelength[kept] = p->wavelength[i];
            p->flux[kept] = p->flux[i];
            p->error[kept++] = p->error[i];
        }
    p->count = kept;
}

#endif
