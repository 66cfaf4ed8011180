/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: finds the command, parses its line, runs it and turns its outcome into an exit code. */
#include "cli/shell/again.h"
#include "cli/shell/arguments.h"
#include "cli/shell/file_clash.h"
#include "cli/shell/help.h"
#include "cli/shell/hints.h"
#include "cli/shell/list.h"
#include "cli/shell/ranks.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "cli/shell/table.h"
#include "lib/base/budget.h"
#include "lib/base/shortage.h"
#include "lib/files/stray.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int exit_code(int code)
{
    switch (code) {
    case NN_OK:
        return 0;
    case NN_USAGE:
        return 2;
    case NN_BAD_DATA:
        return 3;
    case CLI_GATE:
        return 4;
    case NN_STOPPED:
        return 128 + cli_stopped_by();
    default:
        return 1;
    }
}

/* What is there at the end of a run that thinks itself well: output that could not be written, and memory
 * that was short somewhere. */
static int check_end(int code, nn_error *error)
{
    if (code == NN_STOPPED || code == NN_FAILED)
        return code;
    if (nn_shortage() || !cli_tables_whole())
        return nn_fail(error, NN_FAILED, "no memory");
    return code == NN_OK && cli_flush_stdout(error) ? NN_FAILED : code;
}

/* With both numbers where the machine, or --memory, has not what was asked for. */
static void add_numbers(nn_error *error)
{
    char numbers[120];
    if (nn_budget_words(numbers, sizeof numbers)) {
        const nn_error reason = *error;
        nn_fail(error, reason.code, "%.800s: %s", reason.text, numbers);
    }
}

/* --memory; NN_USAGE for what is no size. */
static int cap_memory(const char *text, nn_error *error)
{
    static const char units[] = "KMGT";
    char *end = NULL;
    double bytes = text ? strtod(text, &end) : 0;
    const char *unit = text && *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (!text)
        return NN_OK;
    for (const char *u = units; unit && u <= unit; u++)
        bytes *= 1024;
    end += unit != NULL;
    end += *end == 'B';
    if (end == text || *end || !(bytes >= 1 << 20 && bytes < 1e18))
        return nn_fail(error, NN_USAGE, "--memory: '%.40s' is no size of at least 1M, such as 500M or 2G",
                       text);
    return nn_budget_cap((unsigned long long)bytes)
               ? NN_OK
               : nn_fail(error, NN_FAILED, "--memory: the system takes no limit of %.40s", text);
}

/* Says what went wrong; for a wrong command line also where the help is. */
static int finish(int code, nn_error *error, const cli_command *command)
{
    cli_progress_end();
    code = check_end(code, error);
    if (code == NN_FAILED)
        add_numbers(error);
    if (nn_stray_removed())
        cli_say_note("removed %d unfinished file%s that a killed run had left beside the results",
                     nn_stray_removed(), nn_stray_removed() == 1 ? "" : "s");
    if (code == NN_STOPPED)
        cli_say_note("%s", error->text);
    else if (code && error->text[0])
        cli_say_error("%s", error->text);
    if (code == NN_USAGE && command)
        fprintf(stderr, "See 'auspex %s --help'.\n", command->name);
    else if (code == NN_USAGE)
        fputs("See 'auspex --help'.\n", stderr);
    return exit_code(code);
}

static int run_command(const cli_command *command, char **arguments, int count, nn_error *error)
{
    cli_run run;
    int code = cli_arguments_parse(&run, command, arguments, count, error);
    if (run.settings) {
        const cli_common *common = run.settings;
        cli_report_set(common->quiet, code || common->colour);
        code = code ? code : cap_memory(common->memory, error);
        if (!code && common->help)
            cli_help_command(stdout, run.command, run.kind, run.purpose);
        else if (!code && !(code = cli_check_apart(&run, error)))
            code = run.command->run(&run, error);
    }
    int status = finish(code, error, command);
    cli_run_clear(&run);
    return status;
}

static int run(int argc, char **argv, nn_error *error)
{
    cli_again_set(argv, argc);
    cli_streams_open();
    cli_signals_set();
    if (argc < 2) {
        cli_help_program(stderr);
        return exit_code(NN_USAGE);
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        cli_help_program(stdout);
        return finish(NN_OK, error, NULL);
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        puts("auspex " AUSPEX_VERSION);
        return finish(NN_OK, error, NULL);
    }
    const cli_command *command = cli_command_find(word);
    if (command)
        return run_command(command, argv + 2, argc - 2, error);
    int code = word[0] == '-' ? nn_fail(error, NN_USAGE, "unknown option '%.60s' before the command", word)
                              : cli_command_unknown(word, error);
    return finish(code, error, NULL);
}

int main(int argc, char **argv)
{
    nn_error error = {0};
    cli_ranks_begin(&argc, &argv);
    return cli_ranks_end(run(argc, argv, &error), &error);
}
