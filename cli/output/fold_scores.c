/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores over folds, whatever the models see: what is known of an entry comes from its metric tables. */
#include "cli/output/fold_scores.h"

#include "cli/output/scores.h"
#include "cli/shell/report.h"

#include <string.h>

const char *cli_stamp(const ds_table *table, ds_time time, char text[64])
{
    if (table->layout.timed)
        ds_time_print(&table->layout.format, time, text, 64);
    else
        snprintf(text, 64, "row %lld", (long long)time + 1);
    return text;
}

static fc_score_table scores_of(const cli_folded *f)
{
    const fc_fold_scores *t = f->scores;
    const char *heading = strcmp(t->unit, "objects") == 0 ? "classifier" : "forecast";
    fc_score_table s = {.heading = heading,
                        .ids = "of,fold",
                        .sheet = {{heading, t->note, 0}},
                        .parts = {{.metrics = NULL}},
                        .part_count = 1};
    for (const fc_score_block *b = t->block; b->metrics; b++)
        s.parts[s.part_count++] = (fc_score_part){.metrics = b->metrics,
                                                  .offset = b->offset,
                                                  .level = FC_WHOLE,
                                                  .key = b->key,
                                                  .prefix = b->prefix,
                                                  .ids = {b->key          ? b->key
                                                          : b == t->block ? "all"
                                                                          : NULL,
                                                          ""}};
    s.parts[s.part_count++] = (fc_score_part){.metrics = t->fold.metrics,
                                              .offset = t->fold.offset,
                                              .level = FC_EACH,
                                              .key = t->fold.key,
                                              .ids = {"fold", "*"},
                                              .size = t->fold_size,
                                              .count = t->folds,
                                              .heading = ">fold",
                                              .layout = FC_LONG};
    for (int i = 0; i < t->count; i++)
        fc_score_table_add(&s, t->name[i], t->record[i]);
    return s;
}

/* --- for people --- */

static void print_parts(const fc_fold_scores *t)
{
    char begin[64], end[64], count[40];
    cli_table *table = cli_table_new(t->table ? ">fold|test from|to" : ">fold");
    static const char *const headings[] = {"to train", "to validate", "to test"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        cli_table_heading(table, true, "%s %s", t->table ? "rows" : t->unit, headings[i]);
    if (t->table)
        cli_table_heading(table, true, "%s", t->unit);
    for (int k = 0; k < t->folds; k++) {
        const fc_fold_size *size = &t->size[k];
        cli_table_cell(table, "%d", k + 1);
        if (t->table) {
            cli_table_cell(table, "%s", cli_stamp(t->table, size->begin, begin));
            cli_table_cell(table, "%s", cli_stamp(t->table, size->end, end));
        }
        cli_table_cell(table, "%s", cli_count(size->train, count));
        cli_table_cell(table, "%s", cli_count(size->validation, count));
        cli_table_cell(table, "%s", cli_count(size->test, count));
        if (t->table)
            cli_table_cell(table, "%s", cli_count(size->scored, count));
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

void cli_folds_print(const cli_folded *f)
{
    const fc_fold_scores *t = f->scores;
    const fc_score_table s = scores_of(f);
    char clean[512], count[40], took[32];
    printf("%s: %d fold%s, %s %s, %d seed%s", cli_clean(f->data, clean, sizeof clean), t->folds,
           t->folds == 1 ? "" : "s", cli_count(t->scored, count), t->unit, t->seeds,
           t->seeds == 1 ? "" : "s");
    if (t->table)
        printf(", look-back %d, horizon %d, gap %d", f->model->lookback, f->model->horizon, t->gap);
    printf(", in %s\n\n", cli_duration(t->seconds, took));
    cli_scores_print(&s);
    print_parts(t);
    cli_scores_print_groups(&s, FC_EACH);
    cli_verdict_print(t->verdict, t->beats);
}

/* --- JSON and CSV --- */

static void set_count(json_t *object, const char *key, size_t count)
{
    nn_json_set(object, key, json_integer((json_int_t)count));
}

static json_t *fold_json(const fc_fold_scores *t, int k)
{
    const fc_fold_size *size = &t->size[k];
    json_t *object = json_object();
    set_count(object, "train", size->train);
    set_count(object, "validation", size->validation);
    set_count(object, "test", size->test);
    if (t->table) {
        set_count(object, t->unit, size->scored);
        nn_json_set(object, "from", cli_json_time(t->table, size->begin));
        nn_json_set(object, "to", cli_json_time(t->table, size->end));
    }
    return object;
}

int cli_folds_json(const cli_folded *f, nn_error *error)
{
    const fc_fold_scores *t = f->scores;
    const fc_score_table scores = scores_of(f);
    char schema[64];
    snprintf(schema, sizeof schema, "auspex.backtest-%s/1", t->kind);
    json_t *object = cli_json_new(schema), *folds = json_array();
    nn_json_set(object, "data", nn_json_text(f->data));
    nn_json_set(object, "model", nn_json_text(f->model->kind->name));
    if (t->table) {
        nn_json_set(object, "lookback", json_integer(f->model->lookback));
        nn_json_set(object, "horizon", json_integer(f->model->horizon));
        nn_json_set(object, "gap", json_integer(t->gap));
    }
    nn_json_set(object, "seeds", json_integer(t->seeds));
    set_count(object, t->unit, t->scored);
    for (int k = 0; k < t->folds; k++)
        nn_json_append(folds, fold_json(t, k));
    nn_json_set(object, "folds", folds);
    nn_json_set(object, "scores", cli_scores_json(&scores));
    nn_json_set(object, t->beats_key, json_boolean(t->beats));
    nn_json_set(object, "verdict", nn_json_text(t->verdict));
    nn_json_set(object, "seconds", nn_json_real(t->seconds));
    return cli_json_print(object, error);
}

int cli_folds_csv(const cli_folded *f, const char *path, nn_error *error)
{
    const fc_score_table scores = scores_of(f);
    return cli_scores_csv(&scores, 1, path, error);
}
