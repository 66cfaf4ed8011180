/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rewrites folders of published networks as the options that say the same. */
#include "cli/shell/folders.h"

#include "forecast/pretrained/pretrained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_EACH = 3 }; /* that a folder becomes */

/* Whether the word is an option that takes the next one for its value. What no table has may be a setting of
 * a model. */
static bool takes_value(const cli_command *command, const char *word)
{
    const nn_option *table, *found = NULL;
    const char *name = word[1] == '-' ? word + 2 : NULL;
    if (word[0] != '-' || !word[1] || strchr(word, '='))
        return false;
    for (int i = 0; (table = cli_sections_next(command, NULL, FC_ANY, &i, NULL, NULL)) && !found;) {
        found = name ? nn_option_find(table, name) : NULL;
        for (const nn_option *o = table; o->name && !name && !found; o++)
            found = o->letter == word[strlen(word) - 1] ? o : NULL;
    }
    return found ? found->type != NN_FLAG : !(name && strncmp(name, "no-", 3) == 0);
}

/* In front of the words that are no options. */
static int add(cli_folders *f, const char *option, const char *value, nn_error *error)
{
    char *word = NULL;
    if (asprintf(&word, "--%s=%s", option, value) < 0)
        return nn_no_memory(error);
    const int at = f->plain < 0 ? f->count : f->plain++;
    memmove(f->words + at + 1, f->words + at, (size_t)(f->count++ - at) * sizeof *f->words);
    f->owned[f->owned_count++] = f->words[at] = word;
    return NN_OK;
}

static bool has(char *const *arguments, int count, const char *option)
{
    const size_t length = strlen(option);
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++)
        if (strncmp(arguments[i], option, length) == 0 &&
            (arguments[i][length] == '=' || !arguments[i][length]))
            return true;
    return false;
}

static int put_folder(cli_folders *f, const char *folder, bool tunes, nn_error *error)
{
    const fc_pretrained_kind *kind;
    int code = fc_pretrained_folder_kind(&kind, folder, error);
    if (!code)
        code = add(f, "model", kind->name, error);
    if (!code)
        code = add(f, "init", folder, error);
    return code || tunes ? code : add(f, "tune", "0", error);
}

/* The folder that word i names; *words: how many stand for it. */
static const char *folder_at(const cli_command *command, char *const *arguments, int count, int i, bool plain,
                             int *words)
{
    const char *word = arguments[i];
    *words = 1;
    if (plain)
        return fc_pretrained_is_folder(word) ? word : NULL;
    if (strncmp(word, "--model=", 8) == 0)
        word += 8;
    else if (strcmp(word, "--model") == 0 && i + 1 < count) {
        word = arguments[i + 1];
        *words = 2;
    } else if (word[0] == '-' || (i && takes_value(command, arguments[i - 1])))
        return NULL;
    return fc_pretrained_is_folder(word) ? word : NULL;
}

int cli_folders_open(cli_folders *f, const cli_command *command, char **arguments, int count, nn_error *error)
{
    const bool tunes = has(arguments, count, "--tune");
    *f = (cli_folders){.plain = -1};
    f->words = calloc((size_t)count * WORDS_EACH + 1, sizeof *f->words);
    f->owned = calloc((size_t)count * WORDS_EACH + 1, sizeof *f->owned);
    int code = f->words && f->owned ? NN_OK : nn_no_memory(error);
    for (int i = 0, words = 1; i < count && !code; i += words) {
        const char *folder =
            command->model ? folder_at(command, arguments, count, i, f->plain >= 0, &words) : NULL;
        if (f->plain < 0 && strcmp(arguments[i], "--") == 0)
            f->plain = f->count;
        if (folder) {
            code = put_folder(f, folder, tunes, error);
            continue;
        }
        words = 1;
        f->words[f->count++] = arguments[i];
    }
    return code;
}

void cli_folders_clear(cli_folders *f)
{
    for (int i = 0; i < f->owned_count; i++)
        free(f->owned[i]);
    free(f->owned);
    free(f->words);
    *f = (cli_folders){0};
}
