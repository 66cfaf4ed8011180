/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads, measures and saves a network that is made smaller. */
#include "cli/commands/compression/reduction.h"

#include "cli/input/recipe.h"
#include "cli/shell/json.h"
#include "forecast/compress/rebuild.h"
#include "forecast/training/fit.h"

#include <string.h>

int cli_check_one_output(bool json, const char *output, nn_error *error)
{
    return json && output && strcmp(output, "-") == 0
               ? nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output")
               : NN_OK;
}

int cli_reduction_open(cli_reduction *r, nn_error *error)
{
    int code = fc_model_load(&r->model, 0, r->path, error);
    if (!code && r->model->task->grows && r->model->task->grows(r->model))
        code = nn_fail(
            error, NN_USAGE,
            "%s: %s is of trees, which have no maps to make smaller: fewer or shorter ones do, by training "
            "it so",
            r->path, r->model->kind->name);
    if (!code)
        r->before = cli_size_of(r->model, r->path);
    return code;
}

int cli_reduction_begin(cli_reduction *r, bool json, const char *what, nn_error *error)
{
    int code = cli_check_one_output(json, r->output, error);
    if (!code)
        code = cli_check_output(r->output, error);
    if (!code)
        code = cli_reduction_open(r, error);
    return code ? code : fc_rebuild_check(r->model, what, error);
}

int cli_reduction_measure(cli_reduction *r, nn_error *error)
{
    int code = fc_model_load(&r->whole, 0, r->path, error);
    if (!code)
        code = cli_trial_data_open(&r->data, r->trial, r->whole, error);
    return code ? code : cli_size_measure(&r->before, r->whole, r->path, &r->data.request, error);
}

int cli_reduction_save(cli_reduction *r, nn_error *error)
{
    return cli_size_save(&r->after, r->model, r->output, r->whole ? &r->data.request : NULL, error);
}

json_t *cli_reduction_json(const cli_reduction *r, const char *schema)
{
    json_t *document = cli_json_new(schema);
    nn_json_set(document, "file", nn_json_text(r->output));
    return document;
}

int cli_reduction_print(const cli_reduction *r, json_t *document, nn_error *error)
{
    cli_sizes_json(document, r->before, r->after);
    return cli_json_print(document, error);
}

void cli_reduction_clear(cli_reduction *r)
{
    cli_trial_data_clear(&r->data);
    fc_model_free(r->whole);
    fc_model_free(r->model);
}

int cli_train_further(fc_model *model, int epochs, const fc_request *request, nn_error *error)
{
    fc_training *training = &model->record.training;
    const fc_training before = *training;
    training->epochs = epochs;
    training->learning_rate /= 10;
    training->warmup = 0;
    const int code = fc_fit(model, request, error);
    training->learning_rate = before.learning_rate;
    training->warmup = before.warmup;
    return code;
}
