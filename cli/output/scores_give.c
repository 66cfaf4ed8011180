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

static void print(const fc_scores *s, unsigned groups)
{
    char title[200];
    print_lines(s);
    for (int i = 0; i < s->count; i++) {
        const fc_score_table *t = &s->table[i];
        putchar('\n');
        if (t->title)
            printf("%s\n", cli_clean(t->title, title, sizeof title));
        cli_scores_print(t);
        cli_scores_print_groups(t, groups);
        if (t->verdict)
            cli_verdict_print(t->verdict, t->good);
    }
}

static int print_json(const fc_scores *s, nn_error *error)
{
    json_t *document = cli_json_new(s->schema), *tables = json_array();
    for (int i = 0; i < s->count; i++)
        nn_json_append(tables, json_incref(cli_scores_about(s->tables_key ? s->table[i].about : s->about,
                                                            &s->table[i])));
    if (s->tables_key)
        nn_json_set(s->about, s->tables_key, json_incref(tables));
    json_decref(tables);
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
