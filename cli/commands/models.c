/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex models: the kinds of model there are and their settings. */
#include "cli/shell/list.h"

#include "cli/shell/help.h"
#include "cli/shell/json.h"
#include "cli/shell/table.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct settings {
    cli_common common;
    int json;
} settings;

static const nn_option options[] = {
    {"json", 0, NN_FLAG, offsetof(settings, json), "false", NULL, 0, 0, "one JSON document"}, {0}};

static int print_json(nn_error *error)
{
    json_t *object = cli_json_new("auspex.models/1"), *models = json_array();
    const fc_kind *kind;
    int code = NN_OK;
    for (int k = 0; (kind = fc_kind_at(k)) && !code; k++) {
        json_t *one = json_object();
        void *config = NULL;
        code = fc_kind_config(&config, kind, error);
        nn_json_set(one, "name", nn_json_text(kind->name));
        nn_json_set(one, "summary", nn_json_text(kind->summary));
        nn_json_set(one, "any_variates", json_boolean(kind->any_variates));
        if (!code)
            nn_json_set(one, "settings", nn_json_record(kind->options, config));
        fc_kind_config_free(config, kind);
        nn_json_append(models, one);
    }
    nn_json_set(object, "models", models);
    if (!code)
        return cli_json_print(object, error);
    json_decref(object);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    const fc_kind *kind;
    if (s->json)
        return print_json(error);
    for (int k = 0; (kind = fc_kind_at(k)); k++) {
        printf("%s%s: %s\n", k ? "\n" : "", kind->name, kind->summary);
        cli_table *table = cli_table_new("  setting|default|meaning");
        for (const nn_option *o = kind->options; o->name; o++) {
            cli_table_cell(table, "  --%s", o->name);
            cli_table_cell(table, "%s", o->fallback ? o->fallback : "-");
            cli_table_cell(table, "%s", o->help);
        }
        cli_table_print(table, stdout);
    }
    return NN_OK;
}

static const cli_section sections[] = {{"Output", options, 0}, {0}};
static const cli_example examples[] = {{"auspex models", "what train --model takes"}, {NULL, NULL}};

const cli_command cli_models = {
    .name = "models",
    .summary = "list the kinds of model with their settings",
    .synopsis = "[--json]",
    .about = "The defaults of itransformer are the published ones; time2vec takes the published ones with "
             "--preset paper. t2 and t2-points classify light curves; t2 is as published with --time span "
             "--no-gp-variance --flux plain --redshift published.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .run = run,
};
