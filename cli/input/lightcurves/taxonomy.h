/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees of classes, and what is answered by them, as options say. */
#ifndef CLI_TAXONOMY_H
#define CLI_TAXONOMY_H

#include "forecast/tasks/lightcurves/lightcurves.h"
#include "lib/base/options.h"

/* value: a file's name, or the compact form of forecast/statistics/classes/taxonomy.h. Clear the text, after
 * failure too. */
int cli_taxonomy_read(fc_taxonomy_text *text, const char *value, nn_error *error);

/* Of a trained model. */
typedef struct cli_answer_settings {
    char *taxonomy;
    double confidence; /* 0: not given */
} cli_answer_settings;
extern const nn_option cli_answer_options[]; /* --taxonomy, --answer-confidence */

/* Makes the model in memory answer as asked for. NN_USAGE for a confidence without a tree. */
int cli_answers_set(fc_classifier *model, const cli_answer_settings *settings, nn_error *error);

#endif
