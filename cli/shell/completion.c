/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion of commands, options and the words of choices; files complete as the shell does it anyway. */
#include "cli/shell/help.h"

#include "cli/shell/arguments.h"

#include <string.h>

typedef void (*option_visitor)(FILE *out, const cli_command *command, const nn_option *option);

static void visit_table(FILE *out, const cli_command *command, const nn_option *table, option_visitor visit)
{
    for (const nn_option *o = table; o->name; o++)
        visit(out, command, o);
}

/* Every option of a command, with the settings of all kinds of model where it takes one. */
static void visit_options(FILE *out, const cli_command *command, option_visitor visit)
{
    const nn_option *table;
    const fc_kind *kind;
    for (int i = 0; (table = cli_sections_next(command, NULL, FC_FORECASTS, &i, NULL, NULL));)
        visit_table(out, command, table, visit);
    for (int i = 0; (table = cli_sections_next(command, NULL, FC_CLASSIFIES, &i, NULL, NULL));)
        for (const nn_option *o = table; o->name; o++)
            if (!cli_command_takes(command, FC_FORECASTS, o->name))
                visit(out, command, o);
    for (int k = 0; (kind = cli_command_kind(command, &k));)
        visit_table(out, command, kind->options, visit);
}

static bool is_model(const nn_option *option)
{
    return strcmp(option->name, "model") == 0 && option->type == NN_TEXT;
}

static bool has_words(const nn_option *option)
{
    return option->type == NN_CHOICE || is_model(option);
}

static void words_of(FILE *out, const nn_option *option)
{
    if (is_model(option))
        for (int k = 0; fc_kind_at(k); k++)
            fprintf(out, k ? " %s" : "%s", fc_kind_at(k)->name);
    else
        for (const char *c = option->value; *c; c++)
            fputc(*c == '|' ? ' ' : *c, out);
}

static void command_names(FILE *out)
{
    for (int i = 0; cli_commands[i]; i++)
        fprintf(out, i ? " %s" : "%s", cli_commands[i]->name);
}

/* For a single-quoted word of the shell. */
static void quoted(FILE *out, const char *text, const char *also)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr(also, *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
}

/* --- bash --- */

static void bash_name(FILE *out, const cli_command *command, const nn_option *o)
{
    (void)command;
    fprintf(out, " --%s", o->name);
    if (o->type == NN_FLAG && o->fallback && strcmp(o->fallback, "true") == 0)
        fprintf(out, " --no-%s", o->name);
    if (o->letter)
        fprintf(out, " -%c", o->letter);
}

static void bash_words(FILE *out, const cli_command *command, const nn_option *o)
{
    if (!has_words(o))
        return;
    fprintf(out, "    '%s --%s') words='", command->name, o->name);
    words_of(out, o);
    fputs("' ;;\n", out);
}

static void bash(FILE *out)
{
    fputs("# bash completion of auspex\n_auspex()\n{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=\n"
          "    COMPREPLY=()\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ] || [ \"$COMP_CWORD,$previous\" = 2,help ]; then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    command_names(out);
    fputs("' -- \"$current\"))\n        return\n    fi\n    case \"${COMP_WORDS[1]} $previous\" in\n", out);
    for (int i = 0; cli_commands[i]; i++)
        visit_options(out, cli_commands[i], bash_words);
    fputs("    esac\n    if [ -z \"$words\" ] && [ \"${current#-}\" != \"$current\" ]; then\n"
          "        case ${COMP_WORDS[1]} in\n",
          out);
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(out, "        %s) words='", cli_commands[i]->name);
        visit_options(out, cli_commands[i], bash_name);
        fputs("' ;;\n", out);
    }
    fputs("        esac\n    fi\n"
          "    [ -n \"$words\" ] && COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
          "    return 0\n}\ncomplete -o bashdefault -o default -F _auspex auspex\n",
          out);
}

/* --- zsh --- */

static void zsh_spec(FILE *out, const nn_option *o, const char *dashes, const char *name)
{
    fprintf(out, "                '%s%s[", dashes, name);
    quoted(out, o->help, "[]:\\");
    fputc(']', out);
    if (has_words(o)) {
        fputs(":word:(", out);
        words_of(out, o);
        fputc(')', out);
    } else if (o->type != NN_FLAG) {
        fputs(strstr(o->value ? o->value : "", "FILE") ? ":file:_files" : ":value: ", out);
    }
    fputs("' \\\n", out);
}

static void zsh_option(FILE *out, const cli_command *command, const nn_option *o)
{
    char name[80];
    (void)command;
    zsh_spec(out, o, "--", o->name);
    if (o->letter) {
        snprintf(name, sizeof name, "%c", o->letter);
        zsh_spec(out, o, "-", name);
    }
    if (o->type == NN_FLAG && o->fallback && strcmp(o->fallback, "true") == 0)
        zsh_spec(out, o, "--no-", o->name);
}

static void zsh(FILE *out)
{
    fputs("#compdef auspex\n_auspex()\n{\n    local -a commands\n    commands=(\n", out);
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(out, "        '%s:", cli_commands[i]->name);
        quoted(out, cli_commands[i]->summary, ":\\");
        fputs("'\n", out);
    }
    fputs(
        "    )\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
        "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n",
        out);
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(out, "        %s)\n            _arguments -s \\\n", cli_commands[i]->name);
        visit_options(out, cli_commands[i], zsh_option);
        fputs("                '*:file:_files'\n            ;;\n", out);
    }
    fputs("    esac\n}\n_auspex \"$@\"\n", out);
}

/* --- fish --- */

static void fish_option(FILE *out, const cli_command *command, const nn_option *o)
{
    bool on = o->type == NN_FLAG && o->fallback && strcmp(o->fallback, "true") == 0;
    fprintf(out, "complete -c auspex -n '__fish_seen_subcommand_from %s' -l %s%s", command->name,
            on ? "no-" : "", o->name);
    if (o->letter)
        fprintf(out, " -s %c", o->letter);
    if (has_words(o)) {
        fputs(" -x -a '", out);
        words_of(out, o);
        fputc('\'', out);
    } else if (o->type != NN_FLAG) {
        fputs(" -r", out);
    }
    fputs(" -d '", out);
    quoted(out, o->help, "\\");
    fputs("'\n", out);
}

static void fish(FILE *out)
{
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(out, "complete -c auspex -n __fish_use_subcommand -f -a %s -d '", cli_commands[i]->name);
        quoted(out, cli_commands[i]->summary, "\\");
        fputs("'\n", out);
    }
    for (int i = 0; cli_commands[i]; i++)
        visit_options(out, cli_commands[i], fish_option);
}

int cli_completion(FILE *out, const char *shell, nn_error *error)
{
    if (strcmp(shell, "bash") == 0)
        bash(out);
    else if (strcmp(shell, "zsh") == 0)
        zsh(out);
    else if (strcmp(shell, "fish") == 0)
        fish(out);
    else
        return nn_fail(error, NN_USAGE, "--completion: '%.40s' is none of bash, zsh, fish", shell);
    return NN_OK;
}
