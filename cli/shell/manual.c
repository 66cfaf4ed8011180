/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The man page as scdoc source. */
#include "cli/shell/help.h"

#include "cli/shell/arguments.h"

#include <string.h>

/* Text in which nothing is markup; a hyphen opens a list at the start of a line only. */
static void plain(FILE *out, const char *text)
{
    if (*text == '-')
        fputc('\\', out);
    for (; *text; text++) {
        if (strchr("\\*_`#|[]~+<>", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void option(FILE *out, const nn_option *o)
{
    char help[768];
    bool flag = o->type == NN_FLAG;
    if (o->letter)
        fprintf(out, "*-%c*, ", o->letter);
    fputs("*--", out);
    plain(out, o->name);
    fputc('*', out);
    if (flag && o->fallback && strcmp(o->fallback, "true") == 0) {
        fputs(", *--no-", out);
        plain(out, o->name);
        fputc('*', out);
    }
    if (!flag) {
        fputs(" _", out);
        plain(out, o->value ? o->value : "VALUE");
        fputc('_', out);
    }
    cli_option_help(o, help, sizeof help);
    fputs("\n\t", out);
    plain(out, help);
    fputs("\n\n", out);
}

static void table_lines(FILE *out, const nn_option *table)
{
    for (const nn_option *o = table; o->name; o++)
        option(out, o);
}

static void score_lines(FILE *out, const cli_command *command, const cli_score_section *all, bool with_name)
{
    for (const cli_score_section *s = all; s && s->title; s++) {
        fprintf(out, "## %s%s%s\n\n", with_name ? command->name : "", with_name ? ": " : "", s->title);
        for (const fc_metric *m = NULL; (m = cli_score_next(all, s, m));) {
            char help[512];
            fputc('*', out);
            plain(out, m->heading);
            fputs("*\n\t", out);
            cli_score_help(m, help, sizeof help);
            plain(out, help);
            fputs("\n\n", out);
        }
    }
}

static void examples(FILE *out, const cli_example *example)
{
    for (; example->line; example++) {
        plain(out, example->what);
        fputs(":\n\n```\n", out);
        fputs(example->line, out);
        fputs("\n```\n\n", out);
    }
}

static void section_line(FILE *out, const cli_command *command, const char *title, bool with_name)
{
    fprintf(out, "## %s%s%s\n\n", with_name ? command->name : "", with_name ? ": " : "", title);
}

static void class_lines(FILE *out, const cli_command *command, bool with_name)
{
    section_line(out, command, "For classifiers of light curves", with_name);
    for (const cli_section *s = command->own_sections[FC_CLASSIFIES]; s->title; s++) {
        section_line(out, command, s->title, with_name);
        table_lines(out, s->table);
    }
    score_lines(out, command, command->own_scores[FC_CLASSIFIES], with_name);
}

/* with_common: the options that every command takes are listed too. */
static void command_lines(FILE *out, const cli_command *command, bool with_common)
{
    fprintf(out, "*auspex %s* ", command->name);
    plain(out, command->synopsis);
    fputs("\n\n", out);
    plain(out, command->about);
    fputs("\n\n", out);
    if (command->examples)
        examples(out, command->examples);
    const nn_option *table;
    const char *title;
    for (int i = 0; (table = cli_sections_next(command, NULL, FC_FORECASTS, &i, &title, NULL));) {
        const bool reads = strcmp(title, CLI_READING) == 0;
        if (!with_common && (table == cli_common_options || reads)) {
            if (reads)
                fputs("It takes the options under READING CSV FILES too.\n\n", out);
            continue;
        }
        section_line(out, command, title, !with_common);
        table_lines(out, table);
    }
    score_lines(out, command, command->scores, !with_common);
    score_lines(out, command, command->own_scores[FC_FORECASTS], !with_common);
    if (command->own_sections[FC_CLASSIFIES])
        class_lines(out, command, !with_common);
    const fc_kind *kind;
    for (int k = 0; with_common && (kind = cli_command_kind(command, &k));) {
        if (!kind->options->name)
            continue;
        fprintf(out, "## Settings of --model %s\n\n", kind->name);
        table_lines(out, kind->options);
    }
}

static void endings(FILE *out)
{
    fputs("# EXIT STATUS\n\n", out);
    for (const cli_exit_code *e = cli_exit_codes; e->meaning; e++) {
        fprintf(out, "*%d*\n\t", e->code);
        plain(out, e->meaning);
        fputs("\n\n", out);
    }
    fputs("# ENVIRONMENT\n\n"
          "*NO\\_COLOR*\n\tnot empty: no colour\n\n"
          "*FORCE\\_COLOR*\n\tnot empty and not 0: colour although the output is no terminal\n\n"
          "*TERM*\n\tdumb: no colour and no progress line\n\n"
          "*COLUMNS*\n\twidth of help texts where the output is no terminal\n",
          out);
}

static void command_page(FILE *out, const cli_command *command)
{
    fprintf(out, "auspex-%s(1) \"auspex %s\"\n\n# NAME\n\nauspex-%s - ", command->name, AUSPEX_VERSION,
            command->name);
    plain(out, command->summary);
    fputs("\n\n# SYNOPSIS\n\n", out);
    command_lines(out, command, true);
    endings(out);
    fputs("\n# SEE ALSO\n\n*auspex*(1)\n", out);
}

void cli_manual(FILE *out, const cli_command *command)
{
    if (command) {
        command_page(out, command);
        return;
    }
    fprintf(out,
            "auspex(1) \"auspex %s\"\n\n# NAME\n\nauspex - forecast time series and classify light curves "
            "from CSV files\n\n"
            "# SYNOPSIS\n\n*auspex* _COMMAND_ [_ARGUMENT_...] [_OPTION_...]\n\n# COMMANDS\n\n",
            AUSPEX_VERSION);
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(out, "*%s*\n\t", cli_commands[i]->name);
        plain(out, cli_commands[i]->summary);
        fputs("\n\n", out);
    }
    fputs("Data and results go to standard output, messages and progress to standard error. A file named - "
          "is standard "
          "input. Long options may be written --name value or --name=value, flags --name or --no-name; "
          "options and "
          "arguments may stand in any order, and everything after -- is an argument.\n\n# OPTIONS OF EVERY "
          "COMMAND\n\n",
          out);
    table_lines(out, cli_common_options);
    fputs("# READING CSV FILES\n\n", out);
    table_lines(out, ds_reading_options);
    for (int i = 0; cli_commands[i]; i++) {
        fputs("# AUSPEX ", out);
        for (const char *c = cli_commands[i]->name; *c; c++)
            fputc(*c >= 'a' && *c <= 'z' ? *c - 32 : *c, out);
        fputs("\n\n", out);
        command_lines(out, cli_commands[i], false);
    }
    const fc_kind *kind;
    for (int k = 0; (kind = fc_kind_at(k)); k++) {
        fprintf(out, "# SETTINGS OF --MODEL %s\n\n", kind->name);
        plain(out, kind->summary);
        fputs("\n\n", out);
        table_lines(out, kind->options);
    }
    endings(out);
    fputs("\n# SEE ALSO\n\n*gnuplot*(1), which draws the pictures\n", out);
}
