/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex help: the help of the program and of its commands, the man page and shell completion. */
#include "cli/shell/hints.h"
#include "cli/shell/list.h"

#include "cli/shell/help.h"
#include "lib/base/nearest.h"

#include <string.h>

typedef struct settings {
    cli_common common;
    int man, markdown;
    char *completion;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"man", 0, NN_FLAG, FIELD(man), "false", NULL, 0, 0, "the man page as source for scdoc"},
    {"markdown", 0, NN_FLAG, FIELD(markdown), "false", NULL, 0, 0, "the reference as Markdown"},
    {"completion", 0, NN_TEXT, FIELD(completion), NULL, "SHELL", 0, 0, "completion for bash, zsh or fish"},
    {0}};

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    const cli_command *command = run->operand_count ? cli_command_find(run->operands[0]) : NULL;
    if (run->operand_count && !command)
        return cli_command_unknown(run->operands[0], error);
    if (s->completion)
        return cli_completion(stdout, s->completion, error);
    if (s->man)
        cli_manual(stdout, command);
    else if (s->markdown)
        cli_markdown(stdout, command);
    else if (command)
        cli_help_command(stdout, command, cli_command_shown(command), FC_FORECASTS);
    else
        cli_help_program(stdout);
    return NN_OK;
}

static const cli_section sections[] = {{"Output", options, 0}, {0}};
static const cli_example examples[] = {
    {"auspex help train", "one command"},
    {"auspex help --man | scdoc | man -l -", "the man page"},
    {"auspex help --completion bash > ~/.local/share/bash-completion/completions/auspex",
     "completion in bash"},
    {NULL, NULL}};

const cli_command cli_help = {
    .name = "help",
    .summary = "explain a command, print the man page or shell completion",
    .synopsis = "[COMMAND] [--man | --markdown | --completion SHELL]",
    .about = "'auspex help train' and 'auspex train --help' are the same.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .most_operands = 1,
    .operands = "[COMMAND]",
    .run = run,
};
