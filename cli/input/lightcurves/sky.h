/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves, labelled or not, in front of a classifier: what classify, query and anomalies share. */
#ifndef CLI_SKY_H
#define CLI_SKY_H

#include "cli/input/lightcurves/objects.h"
#include "cli/shell/command.h"

typedef struct cli_sky_settings {
    const cli_photometry *photometry;
    const cli_metadata *metadata;
    const char *categories; /* columns of the table of objects beside redshifts; NULL: none */
    const char *prior;      /* --prior; NULL: none */
    double days;            /* only points up to so many days after the first detection; 0: all */
    int threads;
} cli_sky_settings;

typedef struct cli_sky {
    ds_catalogue *catalogue; /* NULL: none */
    ds_lightcurves *reader;
    nn_pool *pool;
    fc_engine *engine;
    double days;
    fc_sweep objects; /* ready to run */
} cli_sky;

/* Two operands, a model's file and photometry, may come in either order: the model becomes the second. */
void cli_sky_order(cli_run *run);
/* path: of the photometry. Close after failure too. The model is borrowed. */
int cli_sky_open(cli_sky *sky, fc_classifier *model, const char *path, const cli_sky_settings *settings,
                 nn_error *error);
/* At the end: what was left out and why. */
void cli_sky_say(const cli_sky *sky);
void cli_sky_close(cli_sky *sky);

#endif
