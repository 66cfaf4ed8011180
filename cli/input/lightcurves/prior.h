/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --prior: how frequent classes are among the objects to classify. */
#ifndef CLI_PRIOR_H
#define CLI_PRIOR_H

#include "forecast/tasks/lightcurves/stream.h"

#define CLI_PRIOR_OPTION(field)                                                                              \
    {                                                                                                        \
        "prior", 0, NN_LIST, field, NULL, "em|CLASS=SHARE,...", 0, 0,                                        \
            "how frequent the classes are among these objects, rather than among those trained on: shares, " \
            "or em, which estimates them from the objects themselves (Saerens et al. 2002) and reads the "   \
            "file twice"                                                                                     \
    }

/* Sets the shares for the sweep's engine, whose model is given. With em the objects of the sweep are read,
 * and *used says that its reader is at its end. text NULL: nothing. */
int cli_prior_set(const char *text, const fc_classifier *model, fc_sweep *objects, bool *used,
                  nn_error *error);

#endif
