/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex anomalies that ranks the objects of a survey by how unlike the training ones they are.
 */
#ifndef CLI_STRANGE_H
#define CLI_STRANGE_H

#include "cli/input/lightcurves/photometry.h"
#include "cli/shell/command.h"

typedef struct cli_strange_settings {
    cli_photometry photometry;
    cli_metadata metadata;
    char *model;
    double days;
    int count; /* the strangest ones; 0: all of them */
} cli_strange_settings;
extern const nn_option cli_strange_options[];

typedef struct cli_strange_form {
    const char *output;
    double level; /* percent: objects that are stranger than so many of those alike to the training ones */
    bool all, json;
    int threads;
} cli_strange_form;
/* The operands are PHOTOMETRY MODEL, in either order, or PHOTOMETRY and the settings' model. */
int cli_strange_run(cli_run *run, const cli_strange_settings *settings, const cli_strange_form *form,
                    nn_error *error);

#endif
