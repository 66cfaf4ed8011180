/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a trained network costs before and after it was made smaller, as people and scripts read it. */
#ifndef CLI_SIZES_H
#define CLI_SIZES_H

#include "forecast/compress/trial.h"
#include "lib/files/json.h"

typedef struct cli_size {
    size_t weights;
    long long bytes;           /* of the file; 0: not known */
    double milliseconds, loss; /* of one sample; of the validation part; NaN: not measured */
} cli_size;

cli_size cli_size_of(const fc_model *model, const char *path);
/* The same before data, as a request has them, which overwrites the model's record. */
int cli_size_measure(cli_size *size, fc_model *model, const char *path, const fc_request *request,
                     nn_error *error);
/* Saves the model, and says what it costs then: request NULL: without data. */
int cli_size_save(cli_size *size, fc_model *model, const char *path, const fc_request *request,
                  nn_error *error);

/* Two rows, "before" and "after", on standard output; on standard error where the model went to that. */
void cli_sizes_print(cli_size before, cli_size after, const char *path);
/* "before" and "after" of the document. */
void cli_sizes_json(json_t *document, cli_size before, cli_size after);

#endif
