/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of the command line, one word a line: parsed as the arguments of every command, and each word as a
 * time stamp, a form of stamps, a frequency and a split. */
#include "cli/shell/arguments.h"
#include "datasets/series/split.h"
#include "datasets/time/time.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_WORDS = 64 };

static void require(bool condition, const char *what, const char *text)
{
    if (!condition) {
        fprintf(stderr, "%s: %s\n", what, text);
        abort();
    }
}

static void require_line(int code, const nn_error *error)
{
    require(code == NN_OK || (error->code == code && *error->text && !strpbrk(error->text, "\r\n")),
            "one line", error->text);
}

static void parse_commands(char **words, int count)
{
    for (int i = 0; cli_commands[i]; i++) {
        cli_run run;
        nn_error error = {0};
        require_line(cli_arguments_parse(&run, cli_commands[i], words, count, &error), &error);
        cli_run_clear(&run);
    }
}

static void parse_frequency(const char *word)
{
    nn_error error = {0};
    ds_frequency frequency, again;
    char text[64];
    const int code = ds_frequency_parse(word, &frequency, &error);
    require_line(code, &error);
    if (code)
        return;
    ds_frequency_print(frequency, text, sizeof text);
    require(ds_frequency_parse(text, &again, &error) == NN_OK && again.unit == frequency.unit &&
                again.count == frequency.count,
            "the same frequency", text);
    ds_time_add(frequency, 0, 1000);
}

static void parse_split(const char *word)
{
    static const size_t rows[] = {0, 1, 10, 17420, 69680};
    static ds_time time[10];
    char path[] = "table";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        nn_error error = {0};
        ds_table table = {.path = path, .rows = rows[i], .columns = 1, .time = rows[i] <= 10 ? time : NULL};
        ds_split split;
        if (!table.time && strchr(word, '-'))
            continue; /* dates look at every stamp */
        const int code = ds_split_make(word, &table, &split, &error);
        require_line(code, &error);
        require(code ||
                    (split.train.begin <= split.train.end && split.train.end <= rows[i] &&
                     split.validation.end <= rows[i] && split.test.end <= rows[i] &&
                     split.validation.begin <= split.validation.end && split.test.begin <= split.test.end),
                "parts within the table", word);
    }
}

static void parse_stamp(const char *form, const char *word)
{
    nn_error error = {0};
    ds_time_reader *reader = ds_time_reader_new(form, &error);
    if (!reader)
        return;
    ds_time time[2];
    ds_time_format format;
    int code = ds_time_reader_add(reader, word, strlen(word), &time[0], &error);
    if (!code)
        code = ds_time_reader_add(reader, word, strlen(word), &time[1], &error);
    if (!code)
        code = ds_time_reader_finish(reader, time, 2, &format, &error);
    require_line(code, &error);
    if (!code) {
        char text[256];
        ds_time_print(&format, time[0], text, sizeof text);
        ds_time_print_iso(time[0], true, text, sizeof text);
    }
    ds_time_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const forms[] = {NULL,    "iso",      "y/m/d", "m/d/y", "d/m/y",
                                        "epoch", "epoch-ms", "year",  "step"};
    char *words[MOST_WORDS], *text = malloc(size + 1), *rest = text, *word;
    int count = 0;
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    while (count < MOST_WORDS && (word = strsep(&rest, "\n")))
        words[count++] = word;
    parse_commands(words, count);
    for (int i = 0; i < count; i++) {
        nn_error error = {0};
        ds_time time;
        require_line(ds_time_parse_iso(words[i], &time, &error), &error);
        parse_frequency(words[i]);
        parse_split(words[i]);
        for (size_t f = 0; f < sizeof forms / sizeof *forms; f++)
            parse_stamp(forms[f], words[i]);
        if (i > 0)
            parse_stamp(words[0], words[i]);
    }
    free(text);
    return 0;
}
