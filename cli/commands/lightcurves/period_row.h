/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What auspex period says of one object, as a row of numbers. */
#ifndef CLI_PERIOD_ROW_H
#define CLI_PERIOD_ROW_H

#include "datasets/lightcurves/lightcurve.h"
#include "datasets/lightcurves/period/spectrum.h"

typedef struct cli_period_settings {
    int harmonics, box, scale;
    double shortest, longest, oversampling, least, most; /* 0: the default */
} cli_period_settings;

/* The columns behind the object's id, and how many digits each has, as cli/output/rows.h has it. */
int cli_period_columns(const cli_period_settings *settings);
const char *cli_period_column(const cli_period_settings *settings, int n);
int cli_period_digits(const cli_period_settings *settings, int n);

/* Of one thread at a time. */
typedef struct cli_period_worker cli_period_worker;
cli_period_worker *cli_period_worker_new(const cli_period_settings *settings, nn_error *error);
void cli_period_worker_free(cli_period_worker *self); /* NULL is allowed */

/* row (cli_period_columns): NaN where unknown. NN_FAILED: no memory. */
int cli_period_row(cli_period_worker *self, const ds_points *points, double *row, nn_error *error);
/* The powers of the search again, handed to the sink; *first and *step are set before. */
int cli_period_spectrum(cli_period_worker *self, const ds_points *points, ds_spectrum_sink sink,
                        void *context, double *first, double *step, nn_error *error);

#endif
