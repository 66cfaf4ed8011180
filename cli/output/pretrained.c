/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a folder of a published network holds. */
#include "cli/output/pretrained.h"

#include "cli/output/model.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "forecast/models/registry.h"
#include "forecast/pretrained/pretrained.h"

static int print_json(const char *folder, const fc_pretrained *p, bool parameters, nn_error *error)
{
    json_t *object = cli_json_new("auspex.inspect/1");
    nn_json_set(object, "kind", nn_json_text("published network"));
    nn_json_set(object, "folder", nn_json_text(folder));
    nn_json_set(object, "model", nn_json_text(p->kind->name));
    nn_json_set(object, "weights", json_integer((json_int_t)p->params->size));
    nn_json_set(object, "config", fc_pretrained_sizes_json(&p->sizes, p->kind));
    if (parameters)
        nn_json_set(object, "parameters", cli_parameters_json(p->params));
    return cli_json_print(object, error);
}

static void print_text(const char *folder, const fc_pretrained *p)
{
    const fc_pretrained_sizes *s = &p->sizes;
    char clean[512], count[40];
    printf("%s\n", cli_clean(folder, clean, sizeof clean));
    printf("  model      %s: %s\n", p->kind->name, fc_kind_find(p->kind->name)->summary);
    printf("  sees       up to %d rows, in patches of %d\n", s->context, s->patch);
    printf("  forecasts  %d rows at once, more by going on from them\n", s->block * s->most_ahead);
    printf("  quantiles ");
    for (int i = 0; i < s->levels; i++)
        printf(" %g", s->level[i]);
    printf("\n  network    %d layers", s->layers);
    if (s->decoder_layers)
        printf(" and %d that decode", s->decoder_layers);
    printf(", width %d, %d heads of %d, feed-forward %d\n", s->d_model, s->heads, s->d_kv, s->d_ff);
    printf("  weights    %s in %d parameters\n", cli_count(p->params->size, count), p->params->count);
}

int cli_inspect_pretrained(const char *folder, bool as_json, bool parameters, nn_error *error)
{
    fc_pretrained *p;
    int code = fc_pretrained_open(&p, folder, NULL, false, error);
    if (code)
        return code;
    if (as_json) {
        code = print_json(folder, p, parameters, error);
    } else {
        print_text(folder, p);
        if (parameters)
            cli_print_parameters(p->params);
    }
    fc_pretrained_free(p);
    return code;
}
