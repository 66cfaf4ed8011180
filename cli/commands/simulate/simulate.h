/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of `auspex simulate`. */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include "cli/shell/command.h"

#include <stdint.h>

typedef struct cli_simulate_settings {
    cli_common common;
    char *output;
    uint64_t seed;
    int truth, threads;
    /* light curves */
    char *metadata, *classes, *bands;
    int objects, mix;
    double deep, specz;
    /* wind */
    char *stations, *step, *start;
    int turbines, days, weather;
    double spacing, speed, direction, curtailed, faults;
    /* tables */
    char *holidays;
    int years, ahead, shops, by, tickers;
} cli_simulate_settings;

/* The words of --mix. */
enum { CLI_MIX_EQUAL, CLI_MIX_TRAINING, CLI_MIX_SURVEY };

int cli_simulate_lightcurves(const cli_simulate_settings *settings, nn_error *error);
int cli_simulate_wind(const cli_simulate_settings *settings, nn_error *error);
int cli_simulate_sales(const cli_simulate_settings *settings, nn_error *error);
int cli_simulate_power(const cli_simulate_settings *settings, nn_error *error);
int cli_simulate_shares(const cli_simulate_settings *settings, nn_error *error);

#endif
