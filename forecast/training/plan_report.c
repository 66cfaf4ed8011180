/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a training would cost, before it is made. */
#include "forecast/training/fit.h"

#include "lib/base/budget.h"
#include "lib/files/text_stream.h"

#include <stdio.h>
#include <stdlib.h>

/* As training would build it. */
static void build(void *context, nn_plan *plan, nn_ports *ports)
{
    const fc_model *model = context;
    model->task->build(model, plan, ports);
}

static void write_needs(FILE *out, const nn_needs *n, double table)
{
    const struct {
        const char *what;
        double bytes;
    } rows[] = {{"weights", n->weights},          {"gradients", n->gradients},
                {"moments", n->moments},          {"best weights", n->best},
                {"packed weights", n->packed},    {"activations", n->activations},
                {"of validation", n->validation}, {"data", table}};
    unsigned long long room;
    fprintf(out, "\nA training by %d thread%s, batches in %d shard%s of %d sample%s:\n", n->threads,
            n->threads == 1 ? "" : "s", n->shards, n->shards == 1 ? "" : "s", n->samples,
            n->samples == 1 ? "" : "s");
    fprintf(out, "%-22s %-20s %12s\n", "memory", "", "bytes");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].bytes > 0)
            fprintf(out, "%-22s %-20s %12.0f\n", rows[i].what, "", rows[i].bytes);
    fprintf(out, "%-22s %-20s %12.0f\n", "together", "", nn_needs_sum(n) + table);
    if (nn_budget_room(&room))
        fprintf(out, "%.1f GB are free%s%s\n", (double)room / 1e9, nn_budget_source(),
                nn_needs_sum(n) > (double)room ? ": too little" : "");
}

/* What passes keep once the training is over. */
static void write_kept(FILE *out, const nn_needs *n)
{
    if (n->packed > 0)
        fprintf(out, "\nForecasts keep %.0f bytes of rearranged weights beside the weights.\n", n->packed);
}

static char *write_plan(nn_plan *plan, const nn_needs *needs, double table)
{
    char *operations = nn_plan_report(plan);
    nn_text_stream text;
    if (!operations || !nn_text_open(&text)) {
        free(operations);
        return NULL;
    }
    fputs(operations, text.out);
    free(operations);
    write_needs(text.out, needs, table);
    write_kept(text.out, needs);
    return nn_text_close(&text) ? text.text : NULL;
}

char *fc_plan_report(fc_model *model, const ds_table *table, int threads, nn_error *error)
{
    const nn_training settings = fc_fit_settings(model);
    const nn_task network = {model, build};
    nn_needs needs;
    threads = nn_pool_threads_for(threads);
    if (nn_training_needs(&needs, model->params, &network, NULL, &settings, threads, error))
        return NULL;
    nn_plan *plan = nn_plan_new(model->params, settings.batch, true);
    if (!plan) {
        nn_no_memory(error);
        return NULL;
    }
    nn_ports ports = {0};
    model->task->build(model, plan, &ports);
    nn_keep(plan, ports.output);
    if (settings.tree)
        nn_tree_loss(plan, settings.tree, ports.output, ports.target);
    else
        nn_loss(plan, NN_MSE, 0, ports.output, ports.target);
    char *report = NULL;
    if (nn_plan_lay_out(plan, error) == NN_OK &&
        !(report =
              write_plan(plan, &needs, table ? (double)table->rows * table->columns * sizeof(double) : 0)))
        nn_no_memory(error);
    nn_plan_free(plan);
    return report;
}
