/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of the command line, one word a line: the first names the command, the others are its arguments. */
#include "tests/fuzz/fuzz.h"

#include "cli/shell/arguments.h"

enum { MOST_WORDS = 64 };

/* By its name, else by the first letter, so that each is met often. */
static const cli_command *command_of(const char *word)
{
    int count = 0;
    for (; cli_commands[count]; count++)
        if (strcmp(cli_commands[count]->name, word) == 0)
            return cli_commands[count];
    return cli_commands[(unsigned char)*word % count];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words[MOST_WORDS], *text = malloc(size + 1), *rest = text, *word;
    int count = 0;
    cli_run run;
    nn_error error = {0};
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    while (count < MOST_WORDS && (word = strsep(&rest, "\n")))
        words[count++] = word;
    fuzz_check(cli_arguments_parse(&run, command_of(words[0]), words + 1, count - 1, &error), &error);
    cli_run_clear(&run);
    free(text);
    return 0;
}
