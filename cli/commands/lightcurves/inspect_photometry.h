/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex inspect for photometry. */
#ifndef CLI_INSPECT_PHOTOMETRY_H
#define CLI_INSPECT_PHOTOMETRY_H

#include "cli/input/lightcurves/photometry.h"

/* What is in a file of light curves; with metadata, how they join, and with a label, the classes. */
int cli_inspect_photometry(const char *path, const cli_photometry *photometry, const ds_reading *reading,
                           const cli_metadata *metadata, const char *label, bool as_json, nn_error *error);

#endif
