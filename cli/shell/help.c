/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --help, set from the tables of the commands and broken to the width of the terminal. */
#include "cli/shell/help.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"

#include <string.h>

enum { LABEL_WIDTH = 30 };

const cli_exit_code cli_exit_codes[] = {
    {0, "done"},
    {1, "failed while running: no memory, no space, no gnuplot, training diverged"},
    {2, "wrong command line"},
    {3, "an input file that cannot be used"},
    {4, "evaluate or backtest --require-skill: the model is not shown to beat the naive forecasts"},
    {129, "stopped by SIGHUP; what was trained so far is saved, and --resume goes on"},
    {130, "stopped by Ctrl-C; likewise"},
    {141, "stopped because the reader of standard error has left; likewise"},
    {143, "stopped by SIGTERM; likewise"},
    {0, NULL}};

void cli_option_label(const nn_option *option, char *text, size_t size)
{
    char letter[8] = "    ";
    bool flag = option->type == NN_FLAG;
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    bool on = flag && option->fallback && strcmp(option->fallback, "true") == 0;
    snprintf(text, size, "%s--%s%s%s%s", letter, on ? "[no-]" : "", option->name, flag ? "" : " ",
             flag            ? ""
             : option->value ? option->value
                             : "VALUE");
}

void cli_option_help(const nn_option *option, char *text, size_t size)
{
    bool flag = option->type == NN_FLAG;
    if (!option->fallback || (flag && strcmp(option->fallback, "true") != 0))
        snprintf(text, size, "%s", option->help);
    else
        snprintf(text, size, "%s (default %s)", option->help, flag ? "yes" : option->fallback);
}

static bool explained_before(const cli_score_section *all, const cli_score_section *section,
                             const fc_metric *m)
{
    for (const cli_score_section *s = all; s < section; s++)
        for (const fc_metric *e = NULL; (e = fc_metric_next(s->metrics, e));)
            if (e->meaning && strcmp(e->key, m->key) == 0 && strcmp(e->meaning, m->meaning) == 0)
                return true;
    return false;
}

const fc_metric *cli_score_next(const cli_score_section *all, const cli_score_section *section,
                                const fc_metric *m)
{
    do
        m = fc_metric_next(section->metrics, m);
    while (m && (!m->meaning || explained_before(all, section, m)));
    return m;
}

void cli_score_help(const fc_metric *m, char *text, size_t size)
{
    snprintf(text, size, "%s (%s)", m->meaning, m->key);
}

static void paragraphs(FILE *out, const char *text, int width)
{
    while (*text) {
        char piece[2048];
        const char *end = strstr(text, "\n\n");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        snprintf(piece, sizeof piece, "%.*s", (int)length, text);
        fputc('\n', out);
        cli_wrap(out, piece, 0, 0, width);
        text += length;
        text += strspn(text, "\n");
    }
}

static void labelled(FILE *out, const char *label, const char *text, int width)
{
    int at = fprintf(out, "  %s", label);
    if (at > LABEL_WIDTH - 2) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", LABEL_WIDTH - at, "");
    cli_wrap(out, text, LABEL_WIDTH, LABEL_WIDTH, width);
}

static void option_lines(FILE *out, const nn_option *table, int width)
{
    for (const nn_option *o = table; o->name; o++) {
        char label[256], help[768];
        cli_option_label(o, label, sizeof label);
        cli_option_help(o, help, sizeof help);
        labelled(out, label, help, width);
    }
}

static void heading(FILE *out, const char *title)
{
    bool colour = cli_colour(out);
    fprintf(out, "\n%s%s:%s\n", colour ? "\033[1m" : "", title, colour ? "\033[0m" : "");
}

static void score_lines(FILE *out, const cli_score_section *all, int width)
{
    for (const cli_score_section *s = all; s && s->title; s++) {
        heading(out, s->title);
        for (const fc_metric *m = NULL; (m = cli_score_next(all, s, m));) {
            char help[512];
            cli_score_help(m, help, sizeof help);
            labelled(out, m->heading, help, width);
        }
    }
}

static void examples(FILE *out, const cli_example *example)
{
    bool colour = cli_colour(out);
    heading(out, "Examples");
    for (; example->line; example++)
        fprintf(out, "  %s# %s%s\n  %s\n", colour ? "\033[2m" : "", example->what, colour ? "\033[0m" : "",
                example->line);
}

void cli_help_command(FILE *out, const cli_command *command, const fc_kind *kind, fc_purpose purpose)
{
    int width = cli_width(out);
    fprintf(out, "auspex %s: %s\n", command->name, command->summary);
    heading(out, "Usage");
    fprintf(out, "  auspex %s %s\n", command->name, command->synopsis);
    if (command->examples)
        examples(out, command->examples);
    paragraphs(out, command->about, width);
    if (command->own_sections[FC_CLASSIFIES] && purpose != FC_CLASSIFIES) {
        char own[160];
        snprintf(own, sizeof own,
                 "Classifiers of light curves have options of their own: 'auspex %s %s --help'.",
                 command->name, command->model ? "--model t2" : "MODEL");
        paragraphs(out, own, width);
    }
    const nn_option *table;
    const char *title;
    for (int i = 0; (table = cli_sections_next(command, kind, purpose, &i, &title, NULL));) {
        char text[128];
        if (!table->name)
            continue;
        if (kind && table == kind->options)
            snprintf(text, sizeof text, "Settings of --model %s", kind->name);
        else
            snprintf(text, sizeof text, "%s", title);
        heading(out, text);
        option_lines(out, table, width);
    }
    score_lines(out, command->scores, width);
    score_lines(out, command->own_scores[purpose], width);
}

void cli_help_program(FILE *out)
{
    static const cli_example first[] = {
        {"auspex inspect data.csv", "what is in the file"},
        {"auspex train data.csv --lookback 96 --horizon 24 -o model.safetensors",
         "train, with a validation part held back"},
        {"auspex evaluate data.csv model.safetensors", "is it better than repeating the last value?"},
        {"auspex forecast data.csv model.safetensors -o forecast.csv --plot forecast.png", "the real future"},
        {"auspex train sky.csv --metadata sky_meta.csv --model t2 --label class -o t2.safetensors",
         "a classifier of light curves"},
        {"auspex classify alerts.csv t2.safetensors -o classes.csv", "what are these objects?"},
        {NULL, NULL}};
    fputs("auspex: forecast time series and classify light curves from CSV files\n", out);
    heading(out, "Usage");
    fputs("  auspex COMMAND [ARGUMENT...] [OPTION...]\n", out);
    examples(out, first);
    heading(out, "Commands");
    for (int i = 0; cli_commands[i]; i++)
        fprintf(out, "  %-10s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    heading(out, "Exit codes");
    for (const cli_exit_code *e = cli_exit_codes; e->meaning; e++)
        fprintf(out, "  %-4d %s\n", e->code, e->meaning);
    fputs("\n'auspex help COMMAND' explains one command; 'auspex --version' prints the version.\n", out);
}
