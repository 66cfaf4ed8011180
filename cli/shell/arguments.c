/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parser of command lines: words into the records of a command's option tables. */
#include "cli/shell/arguments.h"

#include "cli/shell/report.h"

#include "cli/shell/folders.h"
#include "cli/shell/hints.h"
#include "forecast/model.h"
#include "lib/base/nearest.h"
#include "lib/files/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TABLES = 32, MOST_NAMES = 256 };

typedef struct bound {
    const nn_option *table;
    void *record;
} bound;

typedef struct parser {
    cli_run *run;
    bound tables[MOST_TABLES];
    int count;
    nn_error *error;
} parser;

#define COMMON(name) offsetof(cli_common, name)
const nn_option cli_common_options[] = {
    {"quiet", 'q', NN_FLAG, COMMON(quiet), "false", NULL, 0, 0,
     "no progress and no notes, only results and errors"},
    {"color", 0, NN_FLAG, COMMON(colour), "true", NULL, 0, 0,
     "colour on a terminal; NO_COLOR and TERM=dumb turn it off too, FORCE_COLOR turns it on"},
    {"memory", 0, NN_TEXT, COMMON(memory), NULL, "SIZE", 0, 0,
     "use no more memory than that, such as 500M or 2G (the machine's)"},
    {"help", 'h', NN_FLAG, COMMON(help), "false", NULL, 0, 0, "show this help"},
    {0}};

/* --- what was given --- */

static _Thread_local const nn_option *given[MOST_NAMES];
static _Thread_local int given_count;

bool cli_given(const char *name)
{
    for (int i = 0; i < given_count; i++)
        if (strcmp(given[i]->name, name) == 0)
            return true;
    return false;
}

const char *cli_given_of(const nn_option *table)
{
    for (; table->name; table++)
        if (cli_given(table->name))
            return table->name;
    return NULL;
}

static void note_given(const nn_option *option)
{
    if (!cli_given(option->name) && given_count < MOST_NAMES)
        given[given_count++] = option;
}

/* --- tables --- */

static void bind_tables(parser *p)
{
    cli_run *run = p->run;
    const nn_option *table;
    size_t offset;
    p->count = 0;
    for (int i = 0; (table = cli_sections_next(run->command, run->kind, run->purpose, &i, NULL, &offset));) {
        bool model = run->kind && table == run->kind->options;
        if (p->count < MOST_TABLES)
            p->tables[p->count++] = (bound){table, model ? run->config : (char *)run->settings + offset};
    }
}

static const nn_option *find_own(const parser *p, const char *name, void **record)
{
    for (int i = 0; i < p->count; i++) {
        const nn_option *o = nn_option_find(p->tables[i].table, name);
        *record = p->tables[i].record;
        if (o)
            return o;
    }
    return NULL;
}

/* Also by a second name. */
static const nn_option *find_name(const parser *p, const char *name, void **record)
{
    const nn_option *o = find_own(p, name, record);
    return o || strcmp(name, "min") != 0 ? o : find_own(p, "floor", record);
}

static const nn_option *find_letter(const parser *p, char letter, void **record)
{
    for (int i = 0; i < p->count; i++)
        for (const nn_option *o = p->tables[i].table; o->name; o++)
            if (o->letter == letter) {
                *record = p->tables[i].record;
                return o;
            }
    return NULL;
}

static int refuse_name(const parser *p, const char *name)
{
    const nn_option *tables[MOST_TABLES];
    for (int i = 0; i < p->count; i++)
        tables[i] = p->tables[i].table;
    return cli_option_unknown(p->run, tables, p->count, name, p->error);
}

/* --- options --- */

static int set_value(parser *p, const nn_option *option, void *record, const char *text)
{
    const bool word = option->type == NN_TEXT || option->type == NN_LIST;
    /* Nothing reads a text that has a default without it; a file without a name counts as none. */
    const bool file = option->value && strcmp(option->value, "FILE") == 0;
    if (word && (option->fallback || file) && !*text)
        return nn_fail(p->error, NN_USAGE, "--%s needs a value: --%s %s", option->name, option->name,
                       option->value ? option->value : "VALUE");
    const char *before = word && cli_given(option->name) ? *(char **)((char *)record + option->offset) : NULL;
    if (before && strcmp(before, text) != 0)
        cli_say_note("--%s is given twice: '%.60s' counts, '%.60s' does not", option->name, text, before);
    note_given(option);
    return nn_option_set(option, record, text, p->error);
}

/* The word after an option that wants a value. An option there is far more often a forgotten value than a
 * value. */
static const char *next_value(parser *p, const nn_option *option, char **arguments, int count, int *at)
{
    const char *what = option->value ? option->value : "VALUE";
    const char *word = *at + 1 < count ? arguments[*at + 1] : NULL;
    if (!word)
        nn_fail(p->error, NN_USAGE, "--%s needs a value: --%s %s", option->name, option->name, what);
    else if (strncmp(word, "--", 2) == 0)
        nn_fail(p->error, NN_USAGE,
                "--%s needs a value (%s), and '%.60s' looks like an option; --%s=%.60s if it is meant",
                option->name, what, word, option->name, word);
    else
        return arguments[++*at];
    return NULL;
}

static int parse_long(parser *p, char **arguments, int count, int *at)
{
    char name[64];
    void *record;
    const char *word = arguments[*at] + 2, *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name), word);
    const nn_option *option = find_name(p, name, &record);
    if (!option && strncmp(name, "no-", 3) == 0) {
        option = find_name(p, name + 3, &record);
        if (option && option->type == NN_FLAG)
            return equals ? nn_fail(p->error, NN_USAGE, "--%s takes no value", name)
                          : set_value(p, option, record, "false");
        option = NULL;
    }
    if (!option)
        return refuse_name(p, name);
    if (option->type == NN_FLAG)
        return equals ? nn_fail(p->error, NN_USAGE, "--%s takes no value (--%s or --no-%s)", name, name, name)
                      : set_value(p, option, record, "true");
    const char *value = equals ? equals + 1 : next_value(p, option, arguments, count, at);
    return value ? set_value(p, option, record, value) : NN_USAGE;
}

static int parse_letters(parser *p, char **arguments, int count, int *at)
{
    const char *word = arguments[*at] + 1;
    void *record;
    if (word[1] && find_name(p, word, &record))
        return nn_fail(p->error, NN_USAGE, "-%s has one dash too few; did you mean --%s?", word, word);
    for (const char *c = word; *c; c++) {
        const nn_option *option = find_letter(p, *c, &record);
        if (!option)
            return nn_fail(p->error, NN_USAGE, "unknown option -%c", *c);
        if (option->type != NN_FLAG) {
            const char *value = c[1] ? c + 1 : next_value(p, option, arguments, count, at);
            return value ? set_value(p, option, record, value) : NN_USAGE;
        }
        int code = set_value(p, option, record, "true");
        if (code)
            return code;
    }
    return NN_OK;
}

static int parse_words(parser *p, char **arguments, int count)
{
    cli_run *run = p->run;
    bool plain = false;
    for (int i = 0; i < count; i++) {
        const char *word = arguments[i];
        int code = NN_OK;
        if (!plain && strcmp(word, "--") == 0)
            plain = true;
        else if (plain || word[0] != '-' || word[1] == '\0')
            run->operands[run->operand_count++] = arguments[i];
        else
            code =
                word[1] == '-' ? parse_long(p, arguments, count, &i) : parse_letters(p, arguments, count, &i);
        if (code)
            return code;
    }
    return NN_OK;
}

/* --- the whole line --- */

static bool asks_for_help(char **arguments, int count)
{
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++)
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0)
            return true;
    return false;
}

/* Whether a word is an option of one of the tables. */
static bool is_of(const nn_option *const *tables, const char *word)
{
    char name[64];
    if (strncmp(word, "--", 2) != 0)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *plain = strncmp(name, "no-", 3) == 0 ? name + 3 : name;
    for (; tables && *tables; tables++)
        if (nn_option_find(*tables, name) || nn_option_find(*tables, plain))
            return true;
    return false;
}

static bool is_word(const char *argument, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 && (argument[length] == '=' || !argument[length]);
}

/* Where none is named: the command's, unless a word is for networks, or for panels of stations: what is known
 * beforehand is of either. */
static const fc_kind *kind_meant(const cli_command *command, char **arguments, int count)
{
    if (asks_for_help(arguments, count))
        return cli_command_shown(command);
    const nn_option *const settings[] = {fc_kind_at(0)->options, NULL};
    bool network = false, panel = false, future = false, several = false;
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
        const bool known = is_word(arguments[i], "--future");
        network = network || is_of(command->network, arguments[i]) ||
                  (command->networks && is_of(settings, arguments[i]));
        panel = panel || (!known && is_of(command->panel, arguments[i]));
        future = future || (known && is_of(command->panel, arguments[i]));
        several = several || is_word(arguments[i], "--id");
    }
    if (panel || (future && several))
        return fc_kind_find(network ? "hsttn" : "linear");
    return network || future ? fc_kind_at(0) : fc_kind_find(command->model);
}

/* The model that a training goes on from; NULL: none. */
static const char *gone_on_from(char **arguments, int count)
{
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
        if (strncmp(arguments[i], "--from=", 7) == 0)
            return arguments[i] + 7;
        if (strcmp(arguments[i], "--from") == 0 && i + 1 < count)
            return arguments[i + 1];
    }
    return NULL;
}

/* The purpose of the first model among the words; without one, that of the first option which only models of
 * one purpose have: what is wrong with the files is then theirs to say. */
static fc_purpose purpose_of_words(const cli_command *command, char **arguments, int count)
{
    for (int i = 0; i < count; i++) {
        const fc_kind *kind = fc_model_file_kind(arguments[i]);
        if (kind)
            return fc_kind_purpose(kind);
    }
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
        char name[64];
        fc_purpose found = FC_ANY;
        int owners = 0;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(arguments[i], "="), arguments[i]);
        for (int p = FC_ANY + 1; p < FC_PURPOSES && strncmp(name, "--", 2) == 0; p++)
            if (cli_command_takes(command, (fc_purpose)p, name + 2)) {
                found = (fc_purpose)p;
                owners++;
            }
        if (owners == 1)
            return found;
    }
    return FC_FORECASTS;
}

/* The last --model before "--" decides which settings there are, so it is looked for before anything is
 * parsed. */
static int find_kind(cli_run *run, char **arguments, int count, nn_error *error)
{
    const char *name = NULL;
    const char *words[32];
    int kinds = 0;
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
        if (strncmp(arguments[i], "--model=", 8) == 0)
            name = arguments[i] + 8;
        else if (strcmp(arguments[i], "--model") == 0 && i + 1 < count)
            name = arguments[i + 1];
    }
    if (name && strcmp(name, "auto") == 0) {
        const char *own = run->command->automatic[purpose_of_words(run->command, arguments, count)];
        name = own ? own : name;
    }
    const char *from = run->command->networks && !name ? gone_on_from(arguments, count) : NULL;
    run->kind = from   ? fc_model_file_kind(from)
                : name ? fc_kind_find(name)
                       : kind_meant(run->command, arguments, count);
    if (!run->kind && from)
        return nn_fail(error, NN_USAGE, "--from: '%.200s' is no model, or cannot be read", from);
    if (run->kind)
        return NN_OK;
    while (kinds < 32 && fc_kind_at(kinds)) {
        words[kinds] = fc_kind_at(kinds)->name;
        kinds++;
    }
    int near = nn_nearest_word(name, words, kinds);
    return near < 0 ? nn_fail(error, NN_USAGE,
                              "--model: there is no model '%.60s'; 'auspex models' lists them", name)
                    : nn_fail(error, NN_USAGE, "--model: there is no model '%.60s'; did you mean %s?", name,
                              words[near]);
}

/* Commands look at a file more than once: to find out what it is, and to read it. Pipes are read here, but
 * for the first of `classify`, whose objects may come one by one for hours. What follows an option may be a
 * result. */
static int keep_pipes(const cli_command *command, char **arguments, int count, nn_error *error)
{
    bool streams = strcmp(command->name, "classify") == 0;
    int code = NN_OK;
    for (int i = 0; i < count && !code; i++) {
        if (strcmp(arguments[i], "-") == 0)
            streams = false;
        if (arguments[i][0] == '-' || (i && arguments[i - 1][0] == '-' && arguments[i - 1][1]))
            continue;
        if (!streams)
            code = nn_input_keep(arguments[i], error);
        streams = false;
    }
    return code;
}

static int find_purpose(cli_run *run, char **arguments, int count, nn_error *error)
{
    const cli_command *command = run->command;
    if (!command->model) {
        run->purpose = purpose_of_words(command, arguments, count);
        return NN_OK;
    }
    run->purpose = FC_FORECASTS;
    int code = find_kind(run, arguments, count, error);
    if (code || fc_kind_purpose(run->kind) == FC_FORECASTS)
        return code;
    run->purpose = fc_kind_purpose(run->kind);
    return command->own_sections[run->purpose]
               ? NN_OK
               : nn_fail(error, NN_USAGE,
                         "--model: %s is a classifier; this command is for forecasting models",
                         run->kind->name);
}

static int check_operands(const cli_run *run, nn_error *error)
{
    const cli_command *c = run->command;
    int count = run->operand_count;
    if (count == 0 && c->least_operands > 0)
        return nn_fail(error, NN_USAGE, "missing: %s", c->operands);
    if (count < c->least_operands)
        return nn_fail(error, NN_USAGE, "'%.100s' is not enough: this command takes %s",
                       run->operands[count - 1], c->operands);
    if (count > c->most_operands)
        return nn_fail(error, NN_USAGE, "'%.100s' is too much: this command takes %s",
                       run->operands[c->most_operands], c->most_operands ? c->operands : "options only");
    return NN_OK;
}

static int set_defaults(const parser *p)
{
    for (int i = 0; i < p->count; i++) {
        int code = nn_options_default(p->tables[i].table, p->tables[i].record, p->error);
        if (code)
            return code;
    }
    return NN_OK;
}

/* The words as they are parsed: folders of published networks are options. */
static int open_folders(cli_run *run, char ***arguments, int *count, nn_error *error)
{
    run->folders = calloc(1, sizeof *run->folders);
    const int code = run->folders ? cli_folders_open(run->folders, run->command, *arguments, *count, error)
                                  : nn_no_memory(error);
    if (!code) {
        *arguments = run->folders->words;
        *count = run->folders->count;
    }
    return code;
}

int cli_arguments_parse(cli_run *run, const cli_command *command, char **arguments, int count,
                        nn_error *error)
{
    *run = (cli_run){.command = command};
    given_count = 0;
    bool help = asks_for_help(arguments, count);
    int code = help ? NN_OK : keep_pipes(command, arguments, count, error);
    if (!code && !help)
        code = open_folders(run, &arguments, &count, error);
    if (!code)
        code = find_purpose(run, arguments, count, error);
    if (code && !help)
        return code;
    run->settings = calloc(1, run->command->settings_size);
    run->config = run->kind ? calloc(1, run->kind->config_size) : NULL;
    run->operands = calloc((size_t)count + 1, sizeof *run->operands);
    if (!run->settings || !run->operands || (run->kind && !run->config))
        return nn_no_memory(error);
    parser p = {.run = run, .error = error};
    bind_tables(&p);
    code = set_defaults(&p);
    if (help) {
        ((cli_common *)run->settings)->help = 1;
        return code;
    }
    if (!code)
        code = parse_words(&p, arguments, count);
    return code ? code : check_operands(run, error);
}

void cli_run_clear(cli_run *run)
{
    if (run->settings && run->operands && (!run->kind || run->config)) {
        parser p = {.run = run};
        bind_tables(&p);
        for (int i = 0; i < p.count; i++)
            nn_options_clear(p.tables[i].table, p.tables[i].record);
    }
    if (run->folders)
        cli_folders_clear(run->folders);
    free(run->folders);
    free(run->settings);
    free(run->config);
    free(run->operands);
    *run = (cli_run){0};
}
