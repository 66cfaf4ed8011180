/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole evaluation in the forms that were asked for. */
#include "cli/output/scores.h"

#include "cli/shell/report.h"

#include <string.h>

bool cli_scores_form_data(const cli_scores_form *form)
{
    return form->json || (form->csv && strcmp(form->csv, "-") == 0);
}

int cli_scores_form_check(const cli_scores_form *form, nn_error *error)
{
    return form->json && form->csv && strcmp(form->csv, "-") == 0
               ? nn_fail(error, NN_USAGE, "--json and --csv - cannot both go to standard output")
               : NN_OK;
}

/* What {key} stands for. */
static void print_value(const fc_scores *s, const char *key)
{
    char text[512];
    const json_t *value = json_object_get(s->about, key);
    if (!value && s->count)
        value = json_object_get(s->table[0].about, key);
    if (json_is_integer(value))
        fputs(cli_count((size_t)json_integer_value(value), text), stdout);
    else if (json_is_real(value))
        fputs(cli_duration(json_real_value(value), text), stdout);
    else if (json_is_string(value))
        fputs(cli_clean(json_string_value(value), text, sizeof text), stdout);
}

static void print_lines(const fc_scores *s)
{
    for (const char *c = s->lines; *c; c++) {
        char key[40];
        if (*c == '{') {
            const char *end = strchr(c, '}');
            snprintf(key, sizeof key, "%.*s", (int)(end - c - 1), c + 1);
            print_value(s, key);
            c = end;
        } else
            putchar(*c);
    }
}

/* --- folds --- */

static const char *stamp(const ds_table *table, ds_time time, char text[64])
{
    if (table->layout.timed)
        ds_time_print(&table->layout.format, time, text, 64);
    else
        snprintf(text, 64, "row %lld", (long long)time + 1);
    return text;
}

static void print_folds(const fc_scores *s)
{
    static const char *const headings[] = {"to train", "to validate", "to test"};
    char text[64];
    cli_table *table = cli_table_new(s->rows_of ? ">fold|test from|to" : ">fold");
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        cli_table_heading(table, true, "%s %s", s->rows_of ? "rows" : s->unit, headings[i]);
    if (s->rows_of)
        cli_table_heading(table, true, "%s", s->unit);
    for (int k = 0; k < s->folds; k++) {
        const fc_score_fold *fold = &s->fold[k];
        cli_table_cell(table, "%d", k + 1);
        if (s->rows_of) {
            cli_table_cell(table, "%s", stamp(s->rows_of, fold->begin, text));
            cli_table_cell(table, "%s", stamp(s->rows_of, fold->end, text));
        }
        cli_table_cell(table, "%s", cli_count(fold->train, text));
        cli_table_cell(table, "%s", cli_count(fold->validation, text));
        cli_table_cell(table, "%s", cli_count(fold->test, text));
        if (s->rows_of)
            cli_table_cell(table, "%s", cli_count(fold->scored, text));
    }
    putchar('\n');
    cli_table_print(table, stdout);
    for (int k = 0; k < s->folds && s->chosen; k++) {
        char clean[512];
        printf("%sfold %d sees %s\n", k ? "" : "\n", k + 1,
               cli_clean(s->fold[k].columns, clean, sizeof clean));
    }
}

static void set_count(json_t *object, const char *key, size_t count)
{
    nn_json_set(object, key, json_integer((json_int_t)count));
}

static json_t *folds_json(const fc_scores *s)
{
    json_t *folds = json_array();
    for (int k = 0; k < s->folds; k++) {
        const fc_score_fold *fold = &s->fold[k];
        json_t *object = json_object();
        set_count(object, "train", fold->train);
        set_count(object, "validation", fold->validation);
        set_count(object, "test", fold->test);
        if (s->rows_of) {
            set_count(object, s->unit, fold->scored);
            nn_json_set(object, "from", cli_json_time(s->rows_of, fold->begin));
            nn_json_set(object, "to", cli_json_time(s->rows_of, fold->end));
        }
        if (fold->columns)
            nn_json_set(object, "columns", nn_json_text(fold->columns));
        nn_json_append(folds, object);
    }
    return folds;
}

/* --- all of it --- */

static bool has(const fc_score_table *table, fc_form form)
{
    return !table->only || table->only & 1U << form;
}

static void print(const fc_scores *s, unsigned groups)
{
    char title[200];
    print_lines(s);
    for (int i = 0; i < s->count; i++) {
        const fc_score_table *t = &s->table[i];
        if (!has(t, FC_TEXT))
            continue;
        putchar('\n');
        if (t->title)
            printf("%s\n", cli_clean(t->title, title, sizeof title));
        cli_scores_print(t);
        if (i == 0 && s->fold)
            print_folds(s);
        cli_scores_print_groups(t, groups | FC_PART);
        if (t->verdict)
            cli_verdict_print(t->verdict, t->good);
    }
}

static int print_json(const fc_scores *s, nn_error *error)
{
    json_t *document = cli_json_new(s->schema), *listed = json_array();
    for (int i = 0; i < s->count; i++) {
        const fc_score_table *t = &s->table[i];
        if (has(t, FC_JSON) && t->about)
            nn_json_append(listed, json_incref(cli_scores_about(t->about, t)));
        else if (has(t, FC_JSON))
            cli_scores_about(s->about, t);
    }
    if (s->fold)
        nn_json_set(s->about, "folds", folds_json(s));
    if (s->tables_key)
        nn_json_set(s->about, s->tables_key, json_incref(listed));
    json_decref(listed);
    json_object_update(document, s->about);
    return cli_json_print(document, error);
}

int cli_scores_give(const fc_scores *scores, const cli_scores_form *form, nn_error *error)
{
    int code = NN_OK;
    if (form->json)
        code = print_json(scores, error);
    else if (!cli_scores_form_data(form))
        print(scores, form->groups);
    if (!code && form->csv)
        code = cli_scores_csv(scores->table, scores->count, form->csv, error);
    return code;
}
