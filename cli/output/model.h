/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is told of a model, as text and as JSON. */
#ifndef CLI_INSPECT_MODEL_H
#define CLI_INSPECT_MODEL_H

#include "cli/shell/json.h"
#include "forecast/model.h"
#include "forecast/tasks/lightcurves/lightcurves.h"

/* With the list of parameters when asked for. */
int cli_inspect_model(const char *path, bool as_json, bool parameters, nn_error *error);

/* What a model is and how it was trained: settings, columns, record. Shared with train --json. */
void cli_model_json(json_t *object, const fc_model *model);
/* Parameters and their shapes. */
json_t *cli_parameters_json(const nn_params *params);
void cli_print_parameters(const nn_params *params);

size_t cli_model_size(const fc_model *model); /* number of weights */

#endif
