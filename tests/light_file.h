/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves read from small files, and what they must be, recomputed from what the file says. */
#ifndef TESTS_LIGHT_FILE_H
#define TESTS_LIGHT_FILE_H

#include "datasets/lightcurves/lightcurve.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <math.h>

enum { LIGHT_MOST = 40 };

/* A measurement as people would write it down. zero_point 0: value and error are magnitudes; limit: value is
 * the limit. */
typedef struct light_point {
    const char *id;
    double time; /* MJD */
    const char *band;
    double value, error, zero_point;
    bool negative, limit;
} light_point;

typedef struct light_read {
    light_point point[LIGHT_MOST]; /* value and error in FLUXCAL */
    char id[LIGHT_MOST][40], band[LIGHT_MOST][DS_BAND_NAME];
    int count;
    ds_lightcurve_report report;
    nn_error error;
    int code;
} light_read;

/* Reads all of a file; stops at an error, with what came before. */
static inline void light_take(light_read *all, const char *path, const ds_lightcurve_options *options)
{
    ds_lightcurves *reader;
    const ds_lightcurve *c = NULL;
    memset(all, 0, sizeof *all);
    all->code = ds_lightcurves_open(&reader, path, options, &all->error);
    while (!all->code && !(all->code = ds_lightcurves_next(reader, &c, &all->error)) && c)
        for (int i = 0; i < c->count && all->count < LIGHT_MOST; i++) {
            const int n = all->count++;
            snprintf(all->id[n], sizeof all->id[n], "%s", c->id);
            snprintf(all->band[n], sizeof all->band[n], "%s", ds_lightcurves_bands(reader)->name[c->band[i]]);
            all->point[n] =
                (light_point){all->id[n],  c->time[i],    all->band[n], c->flux[i],
                              c->error[i], DS_ZERO_POINT, false,        c->flux[i] == 0 && !c->detected[i]};
        }
    if (reader)
        all->report = *ds_lightcurves_report(reader);
    ds_lightcurves_close(reader);
}

static inline void light_compare(const char *what, const light_read *all, const light_point *wanted,
                                 int count)
{
    if (all->code || all->count != count)
        fail_msg("%s: %d points, not %d: %s", what, all->count, count, all->error.text);
    for (int i = 0; i < count; i++) {
        const light_point *w = &wanted[i], *got = &all->point[i];
        double flux = pow(10, 0.4 * (27.5 - w->zero_point)) * w->value;
        double error = pow(10, 0.4 * (27.5 - w->zero_point)) * w->error;
        if (w->zero_point == 0) {
            flux = pow(10, 0.4 * (27.5 - w->value)) * (w->negative ? -1 : 1);
            error = fabs(flux) * w->error / 1.0857362047581294;
        }
        if (w->limit) {
            error = fabs(flux) / 5;
            flux = 0;
        }
        if (strcmp(w->id, got->id) != 0 || fabs(w->time - got->time) > 1e-6 ||
            strcmp(w->band, got->band) != 0 || fabs(flux - got->value) > 1e-6 * fabs(flux) ||
            fabs(error - got->error) > 1e-6 * error)
            fail_msg("%s: point %d is %s %.7f %s %g +- %g, not %s %.7f %s %g +- %g", what, i, got->id,
                     got->time, got->band, got->value, got->error, w->id, w->time, w->band, flux, error);
    }
}

#endif
