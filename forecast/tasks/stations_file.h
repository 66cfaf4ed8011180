/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model's panel as JSON. */
#ifndef FC_PANEL_FILE_H
#define FC_PANEL_FILE_H

#include "forecast/tasks/stations.h"

#include <jansson.h>

json_t *fc_panel_json(const fc_panel *panel); /* NULL without memory, or for a name that is not UTF-8 */
/* The model's columns are already there. NN_BAD_DATA for whatever does not fit. */
int fc_panel_from_json(fc_panel *panel, const fc_model *model, const json_t *object, const char *path,
                       nn_error *error);

#endif
