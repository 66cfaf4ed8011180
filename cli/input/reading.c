/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of reading a CSV file, made into what the reader takes. */
#include "cli/input/reading.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "forecast/tasks/series_csv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

cli_reading cli_reading_keeping(const cli_reading *given)
{
    return ds_reading_keeping(given, !cli_given("on-missing"), !cli_given("on-gap"),
                              !cli_given("on-duplicate"));
}

cli_reading cli_reading_panel(const cli_reading *given)
{
    return ds_reading_keeping(given, !cli_given("on-missing"), false, false);
}

int cli_check_input(const char *path, nn_error *error)
{
    if (strcmp(path, "-") != 0 || !isatty(STDIN_FILENO))
        return NN_OK;
    return nn_fail(error, NN_USAGE, "standard input is a terminal; name a file, or send data through a pipe");
}

int cli_read_table(ds_table **table, const char *path, const cli_reading *reading, size_t tail,
                   nn_error *error)
{
    ds_read_options options;
    *table = NULL;
    int code = ds_reading_make(reading, &options, error);
    options.tail = tail;
    if (!code)
        code = cli_check_input(path, error);
    if (!code)
        code = ds_table_read(table, path, &options, error);
    if (!code)
        ds_table_notes(*table, cli_say_line, NULL);
    return code;
}

static void describe_rows(ds_frequency frequency, char *text, size_t size)
{
    if (frequency.unit == DS_UNIT_STEP)
        snprintf(text, size, "without time stamps");
    else
        ds_frequency_describe(frequency, text, size);
}

static void note_frequency(const ds_table *table, const fc_model *model)
{
    char here[64], there[64];
    if (table->frequency.unit == model->frequency.unit && table->frequency.count == model->frequency.count)
        return;
    describe_rows(table->frequency, here, sizeof here);
    describe_rows(model->frequency, there, sizeof there);
    cli_say_note("%s has rows %s; the model was trained on rows %s", table->path, here, there);
}

int cli_read_table_for(ds_table **table, const char *path, const cli_reading *reading, const fc_model *model,
                       size_t tail, nn_error *error)
{
    ds_read_options options;
    *table = NULL;
    int code = ds_reading_make(reading, &options, error);
    options.tail = tail;
    if (!code)
        code = cli_check_input(path, error);
    if (!code)
        code = fc_read_table(table, path, &options, model, error);
    if (code)
        return code;
    ds_table_notes(*table, cli_say_line, NULL);
    note_frequency(*table, model);
    return NN_OK;
}
