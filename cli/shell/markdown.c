/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reference as Markdown: a page of the program, one of each command and one of the scores, each under a
 * heading of the first level; tools/reference makes files of them. */
#include "cli/shell/help.h"

#include "cli/shell/arguments.h"

#include <string.h>

/* Text in which nothing is markup. */
static void plain(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\`*_[]<>|#~", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

/* Within a cell of a table a bar would end it, also in code. */
static void code(FILE *out, const char *before, const char *text)
{
    fprintf(out, "`%s", before);
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('`', out);
}

static void paragraphs(FILE *out, const char *text)
{
    plain(out, text);
    fputs("\n\n", out);
}

static void option(FILE *out, const nn_option *o)
{
    char help[768], label[512];
    const bool flag = o->type == NN_FLAG;
    fputs("| ", out);
    if (o->letter)
        fprintf(out, "`-%c`, ", o->letter);
    snprintf(label, sizeof label, "%s%s%s", o->name, flag ? "" : " ",
             flag       ? ""
             : o->value ? o->value
                        : "VALUE");
    code(out, "--", label);
    if (flag && o->fallback && strcmp(o->fallback, "true") == 0) {
        fputs(", ", out);
        code(out, "--no-", o->name);
    }
    cli_option_help(o, help, sizeof help);
    fputs(" | ", out);
    plain(out, help);
    fputs(" |\n", out);
}

static void option_table(FILE *out, const char *level, const char *title, const nn_option *table)
{
    fprintf(out, "%s %s\n\n", level, title);
    if (!table->name)
        return;
    fputs("| option | meaning |\n|---|---|\n", out);
    for (const nn_option *o = table; o->name; o++)
        option(out, o);
    fputc('\n', out);
}

static const char *sense(const fc_metric *m)
{
    return m->better < 0 ? "lower" : m->better > 0 ? "higher" : "";
}

static void score_line(FILE *out, const fc_metric *m)
{
    fputs("| ", out);
    plain(out, m->heading);
    fputs(" | ", out);
    code(out, "", m->key);
    fputs(" | ", out);
    plain(out, m->meaning);
    fprintf(out, " | %s |\n", sense(m));
}

static void score_head(FILE *out)
{
    fputs("| heading | key in JSON and CSV | meaning | better |\n|---|---|---|---|\n", out);
}

static void score_tables(FILE *out, const cli_score_section *all)
{
    for (const cli_score_section *s = all; s && s->title; s++) {
        fprintf(out, "## %s\n\n", s->title);
        score_head(out);
        for (const fc_metric *m = NULL; (m = cli_score_next(all, s, m));)
            score_line(out, m);
        fputc('\n', out);
    }
}

static void examples(FILE *out, const cli_example *example)
{
    fputs("```sh\n", out);
    for (; example->line; example++)
        fprintf(out, "# %s\n%s\n", example->what, example->line);
    fputs("```\n\n", out);
}

static void kinds(FILE *out)
{
    const fc_kind *kind;
    for (int k = 0; (kind = fc_kind_at(k)); k++) {
        fprintf(out, "## %s\n\n", kind->name);
        paragraphs(out, kind->summary);
        if (kind->options->name)
            option_table(out, "###", "Settings", kind->options);
    }
}

static void class_tables(FILE *out, const cli_command *command)
{
    const cli_section *s = command->own_sections[FC_CLASSIFIES];
    for (; s && s->title; s++) {
        char title[200];
        snprintf(title, sizeof title, "For classifiers of light curves: %s", s->title);
        option_table(out, "##", title, s->table);
    }
    score_tables(out, command->own_scores[FC_CLASSIFIES]);
}

static void option_tables(FILE *out, const cli_command *command)
{
    const nn_option *table;
    const char *title;
    bool reads = false;
    for (int i = 0; (table = cli_sections_next(command, NULL, FC_FORECASTS, &i, &title, NULL));) {
        if (strcmp(title, CLI_READING) == 0)
            reads = true;
        else if (table != cli_common_options)
            option_table(out, "##", title, table);
    }
    class_tables(out, command);
    fputs("## Further options\n\n", out);
    if (reads)
        fputs("Those of [reading CSV files](README.md#reading-csv-files) are taken too. ", out);
    int k = 0;
    if (cli_command_kind(command, &k))
        fputs("So are the settings of the [model](models.md) that `--model` names. ", out);
    fputs("[Every command](README.md#options-of-every-command) has some.\n\n", out);
}

static void command_page(FILE *out, const cli_command *command)
{
    fprintf(out, "# auspex %s\n\n", command->name);
    plain(out, command->summary);
    fprintf(out, "\n\n```\nauspex %s %s\n```\n\n", command->name, command->synopsis);
    paragraphs(out, command->about);
    if (command->examples)
        examples(out, command->examples);
    option_tables(out, command);
    score_tables(out, command->scores);
    score_tables(out, command->own_scores[FC_FORECASTS]);
    if (strcmp(command->name, "models") == 0)
        kinds(out);
}

static void program_page(FILE *out)
{
    fputs("# auspex\n\nForecasts time series and classifies light curves from CSV files. `auspex COMMAND "
          "--help` "
          "says in the terminal what these pages say.\n\n| command | does |\n|---|---|\n",
          out);
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(out, "| [auspex %s](%s.md) | ", cli_commands[i]->name, cli_commands[i]->name);
        plain(out, cli_commands[i]->summary);
        fputs(" |\n", out);
    }
    fputs("\nThe kinds of model with their settings stand with [auspex models](models.md), the parts of "
          "networks with "
          "[auspex blocks](blocks.md), all scores in [scores](scores.md), and the functions of the C library "
          "in "
          "[library](library.md).\n\n",
          out);
    option_table(out, "##", "Options of every command", cli_common_options);
    option_table(out, "##", "Reading CSV files", ds_reading_options);
    fputs("## Exit codes\n\n| code | meaning |\n|---|---|\n", out);
    for (const cli_exit_code *e = cli_exit_codes; e->meaning; e++) {
        fprintf(out, "| %d | ", e->code);
        plain(out, e->meaning);
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

/* --- all scores once --- */

typedef void visitor(void *context, const fc_metric *m);

static void visit_sections(const cli_score_section *all, visitor *visit, void *context)
{
    for (const cli_score_section *s = all; s && s->title; s++)
        for (const fc_metric *m = NULL; (m = cli_score_next(all, s, m));)
            visit(context, m);
}

static void visit_scores(visitor *visit, void *context)
{
    for (int i = 0; cli_commands[i]; i++) {
        visit_sections(cli_commands[i]->scores, visit, context);
        for (int p = 0; p < FC_PURPOSES; p++)
            visit_sections(cli_commands[i]->own_scores[p], visit, context);
    }
}

typedef struct first_of {
    const fc_metric *sought, *first;
} first_of;

static void look_for(void *context, const fc_metric *m)
{
    first_of *f = context;
    if (!f->first && strcmp(m->key, f->sought->key) == 0 && strcmp(m->meaning, f->sought->meaning) == 0)
        f->first = m;
}

typedef struct score_list {
    FILE *out;
    const fc_metric *last; /* written, of those that several commands share in a row */
} score_list;

static void write_once(void *context, const fc_metric *m)
{
    score_list *list = context;
    first_of f = {m, NULL};
    visit_scores(look_for, &f);
    if (f.first == m && list->last != m) {
        score_line(list->out, m);
        list->last = m;
    }
}

static void score_page(FILE *out)
{
    score_list list = {out, NULL};
    fputs("# Scores\n\nAll that the commands score by, each once; the pages of the commands say which they "
          "give. "
          "`--json` and `--csv` name them by their keys.\n\n",
          out);
    score_head(out);
    visit_scores(write_once, &list);
    fputc('\n', out);
}

void cli_markdown(FILE *out, const cli_command *command)
{
    if (command) {
        command_page(out, command);
        return;
    }
    program_page(out);
    for (int i = 0; cli_commands[i]; i++)
        command_page(out, cli_commands[i]);
    score_page(out);
}
