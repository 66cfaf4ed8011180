/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex inspect for panels of stations. */
#ifndef CLI_INSPECT_PANEL_H
#define CLI_INSPECT_PANEL_H

#include "cli/input/stations.h"

/* What a file is as a panel of stations; all: every one of them, however many. */
int cli_inspect_panel(const char *path, const cli_reading *reading, const cli_panel_settings *settings,
                      bool json, bool all, nn_error *error);

#endif
