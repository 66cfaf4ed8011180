/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of objects that a classifier sees through other bands than its own. */
#ifndef CLI_OTHER_BANDS_H
#define CLI_OTHER_BANDS_H

#include "forecast/tasks/lightcurves/stream.h"

/* After the sweep: which bands were used, and which of the model's lie outside of them; nothing where they
 * are the model's own. */
void cli_other_bands_say(const fc_sweep *objects);

#endif
