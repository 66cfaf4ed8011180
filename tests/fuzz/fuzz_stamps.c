/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts, one a line: each as a time stamp under every form and under the first line as a form, as a
 * frequency, and as a split. */
#include "tests/fuzz/fuzz.h"

#include "datasets/series/split.h"
#include "datasets/time/time.h"

enum { MOST_WORDS = 64 };

static void parse_frequency(const char *word)
{
    nn_error error = {0};
    ds_frequency frequency, again;
    char text[64];
    const int code = ds_frequency_parse(word, &frequency, &error);
    fuzz_check(code, &error);
    if (code)
        return;
    ds_frequency_print(frequency, text, sizeof text);
    fuzz_require(ds_frequency_parse(text, &again, &error) == NN_OK && again.unit == frequency.unit &&
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
        fuzz_check(code, &error);
        fuzz_require(code || (split.train.begin <= split.train.end && split.train.end <= rows[i] &&
                              split.validation.end <= rows[i] && split.test.end <= rows[i] &&
                              split.validation.begin <= split.validation.end &&
                              split.test.begin <= split.test.end),
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
    fuzz_check(code, &error);
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
    for (int i = 0; i < count; i++) {
        nn_error error = {0};
        ds_time time;
        fuzz_check(ds_time_parse_iso(words[i], &time, &error), &error);
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
