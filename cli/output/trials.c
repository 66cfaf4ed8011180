/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints a search: who came how far, what each costs, the simple forecast beside, and the winner's line. */
#include "cli/output/trials.h"

#include "cli/output/model.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What candidates are called: the parts, or what the command line asked for. */
static const char *name_of(const fc_halving *h, int candidate)
{
    return candidate ? h->candidate[candidate].parts : "as given";
}

/* Candidates that were trained, those of higher rungs and of lower losses first. */
static int sort(const fc_halving *h, int *order)
{
    int count = 0;
    for (int c = 0; c < h->count; c++) {
        const fc_trial_run *run = fc_halving_last(h, c);
        int k = count;
        if (!run)
            continue;
        for (; k > 0; k--) {
            const fc_trial_run *before = fc_halving_last(h, order[k - 1]);
            if (before->rung > run->rung || (before->rung == run->rung && before->loss <= run->loss))
                break;
            order[k] = order[k - 1];
        }
        order[k] = c;
        count++;
    }
    return count;
}

static void print_row(cli_table *table, const fc_halving *h, int candidate, const fc_trial_run *run)
{
    cli_table_cell(table, "%d", run->rung + 1);
    cli_table_cell(table, "%d", run->epochs);
    if (isfinite(run->loss))
        cli_table_number(table, run->loss, 6);
    else
        cli_table_cell(table, "diverged");
    cli_table_number(table, 1000 * run->step, 2);
    cli_table_cell(table, "%zu", h->candidate[candidate].cost.parameters);
    cli_table_cell(table, "%.0f", h->candidate[candidate].cost.macs);
    cli_table_cell(table, "%s", name_of(h, candidate));
}

static void print_naive(cli_table *table, const fc_record *r)
{
    if (!isfinite(r->naive_validation_loss))
        return;
    for (int i = 0; i < 2; i++)
        cli_table_cell(table, "-");
    cli_table_number(table, r->naive_validation_loss, 6);
    for (int i = 0; i < 3; i++)
        cli_table_cell(table, "-");
    cli_table_cell(table, "%s", *r->naive_name ? r->naive_name : "the shares of the classes");
}

static void print_refusals(const fc_halving *h, const fc_space *space)
{
    const fc_refusals *r = &h->refusals;
    printf("\n%zu parameters each, at most %.0f multiply-adds a sample; draws that were none: %d with parts "
           "that "
           "do not\nsuit the model, %d of no such size, %d of more multiply-adds, %d there already\n",
           space->parameters, space->most_macs, r->parts, r->parameters, r->macs, r->twice);
    if (h->few)
        puts("there are no more networks within these limits");
    if (h->short_of_time)
        printf("the time was up in rung %d of %d: a longer --budget or fewer --candidates go further\n",
               h->reached + 1, h->rungs);
}

static void print_verdict(const cli_trials *t)
{
    const fc_halving *h = t->found;
    const fc_trial_run *best = fc_halving_last(h, h->best), *given = fc_halving_last(h, 0);
    const double naive = h->model->record.naive_validation_loss;
    putchar('\n');
    if (h->best == 0)
        printf("nothing that was tried is better than the network as given\n");
    else if (given->rung == best->rung)
        printf("the best is %.1f%% better than the network as given, on the validation part, by which it was "
               "chosen:\nits own share of luck is in that\n",
               100 * (1 - best->loss / given->loss));
    if (isfinite(naive) && naive > 0)
        printf("against the naive forecast it is %.1f%% %s\n", 100 * fabs(1 - best->loss / naive),
               best->loss < naive ? "better" : "worse");
    printf("%s:\n\n%s -o %s\n", t->file ? "it is kept, and this trains it anew" : "this trains it",
           t->command, t->file ? t->file : "FILE");
}

void cli_trials_print(const cli_trials *t)
{
    const fc_halving *h = t->found;
    int *order = calloc((size_t)h->count, sizeof *order);
    cli_table *table =
        cli_table_new(">rung|>epochs|>validation|>ms a step|>parameters|>multiply-adds|network");
    const int count = order ? sort(h, order) : 0;
    for (int i = 0; table && i < count; i++)
        print_row(table, h, order[i], fc_halving_last(h, order[i]));
    if (table)
        print_naive(table, &h->model->record);
    cli_table_print(table, stdout);
    print_refusals(h, t->space);
    print_verdict(t);
    free(order);
}

/* --- for programs --- */

static void write_row(FILE *out, const fc_halving *h, const fc_trial_run *r)
{
    const fc_candidate *c = &h->candidate[r->candidate];
    fprintf(out, "%d,%d,%d,%d,", r->candidate, r->rung + 1, r->epochs, r->best_epoch);
    if (isfinite(r->loss))
        fprintf(out, "%.12g", r->loss);
    fputc(',', out);
    if (isfinite(r->step))
        fprintf(out, "%.6g", 1000 * r->step);
    fprintf(out, ",%.6g,%zu,%.0f,\"%s\"\n", r->seconds, c->cost.parameters, c->cost.macs, c->parts);
}

int cli_trials_csv(const cli_trials *t, const char *path, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fputs("candidate,rung,epochs,best_epoch,validation,ms_step,seconds,parameters,macs,parts\n", out);
    for (int i = 0; i < t->found->run_count; i++)
        write_row(out, t->found, &t->found->run[i]);
    return nn_output_commit(output, error);
}

static json_t *run_json(const fc_halving *h, const fc_trial_run *r)
{
    json_t *one = json_object();
    const fc_candidate *c = &h->candidate[r->candidate];
    nn_json_set(one, "candidate", json_integer(r->candidate));
    nn_json_set(one, "rung", json_integer(r->rung + 1));
    nn_json_set(one, "epochs", json_integer(r->epochs));
    nn_json_set(one, "best_epoch", json_integer(r->best_epoch));
    nn_json_set(one, "validation", nn_json_real(r->loss));
    nn_json_set(one, "ms_step", nn_json_real(1000 * r->step));
    nn_json_set(one, "seconds", nn_json_real(r->seconds));
    nn_json_set(one, "parameters", json_integer((json_int_t)c->cost.parameters));
    nn_json_set(one, "macs", nn_json_real(c->cost.macs));
    nn_json_set(one, "parts", nn_json_text(c->parts));
    return one;
}

static json_t *refusals_json(const fc_refusals *r)
{
    json_t *one = json_object();
    nn_json_set(one, "parts", json_integer(r->parts));
    nn_json_set(one, "parameters", json_integer(r->parameters));
    nn_json_set(one, "macs", json_integer(r->macs));
    nn_json_set(one, "twice", json_integer(r->twice));
    return one;
}

int cli_trials_json(const cli_trials *t, nn_error *error)
{
    const fc_halving *h = t->found;
    const fc_record *record = &h->model->record;
    json_t *object = cli_json_new("auspex.search/1"), *runs = json_array(), *naive = json_object();
    nn_json_set(object, "data", nn_json_text(t->data));
    nn_json_set(object, "model", nn_json_text(h->model->kind->name));
    nn_json_set(object, "parameters", json_integer((json_int_t)t->space->parameters));
    nn_json_set(object, "most_macs", nn_json_real(t->space->most_macs));
    nn_json_set(object, "short_of_time", json_boolean(h->short_of_time));
    nn_json_set(naive, "name", nn_json_text(record->naive_name));
    nn_json_set(naive, "validation", nn_json_real(record->naive_validation_loss));
    nn_json_set(object, "naive", naive);
    for (int i = 0; i < h->run_count; i++)
        nn_json_append(runs, run_json(h, &h->run[i]));
    nn_json_set(object, "runs", runs);
    nn_json_set(object, "refused", refusals_json(&h->refusals));
    nn_json_set(object, "best", json_integer(h->best));
    nn_json_set(object, "command", nn_json_text(t->command));
    nn_json_set(object, "file", t->file ? nn_json_text(t->file) : json_null());
    return cli_json_print(object, error);
}
