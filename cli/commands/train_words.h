/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a training before it begins and when it is done. */
#ifndef CLI_TRAIN_WORDS_H
#define CLI_TRAIN_WORDS_H

#include "forecast/request.h"

/* Of a model of tables or panels, whose parts the request has. */
void cli_say_training(const fc_model *model, const fc_request *request);
/* What came of it, which is in `output`. */
void cli_say_trained(const fc_model *model, const char *output, double seconds);

#endif
