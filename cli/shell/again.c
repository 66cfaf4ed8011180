/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints command lines that are to be given to a shell. */
#include "cli/shell/again.h"

#include "cli/shell/report.h"

#include <stdbool.h>
#include <string.h>

static char *const *words;
static int word_count;

void cli_again_set(char *const *all, int count)
{
    words = all;
    word_count = count;
}

void cli_put_word(FILE *out, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./,:=+@%";
    if (*word && !word[strspn(word, plain)]) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

/* The very words, quoted for a shell where they need it, with --resume. Of a line that does not fit only that
 * it is the same. */
static const char *command_line(char *text, size_t size)
{
    FILE *out = fmemopen(text, size, "w");
    bool said = false;
    for (int i = 0; out && i < word_count; i++) {
        said = said || strcmp(words[i], "--resume") == 0;
        cli_put_word(out, i ? words[i] : "auspex");
        putc(' ', out);
    }
    if (out && !said)
        fputs("--resume", out);
    const bool whole = out && fflush(out) == 0 && (size_t)ftell(out) + 1 < size;
    if (out)
        fclose(out);
    if (!whole)
        snprintf(text, size, "the same command with --resume");
    return text;
}

void cli_say_again(const char *kept)
{
    char text[1200];
    if (kept)
        cli_say_note("what was done is kept in %s and goes on with: %s", kept,
                     command_line(text, sizeof text));
}
