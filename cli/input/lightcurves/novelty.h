/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums up how strange the objects of a survey look to a classifier, and what may be wrong with their unit. */
#ifndef CLI_NOVELTY_H
#define CLI_NOVELTY_H

#include "forecast/tasks/lightcurves/run.h"

enum { CLI_NOISE_SAMPLE = 200 };

/* Start from {0}. */
typedef struct cli_novelty {
    size_t objects, strange;        /* with a novelty; of CLI_STRANGE or more */
    double noise[CLI_NOISE_SAMPLE]; /* ln(errors / those trained on) of the first objects */
    size_t sampled;
    double least, most, most_error; /* of their fluxes and errors, FLUXCAL */
} cli_novelty;
#define CLI_STRANGE 0.99

void cli_novelty_add(cli_novelty *novelty, const fc_engine *engine, const fc_slot *slot);
/* reader: whose objects they were. */
void cli_novelty_say(cli_novelty *novelty, const ds_lightcurves *reader);

#endif
