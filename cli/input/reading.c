/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of reading a CSV file, made into what the reader takes. */
#include "cli/input/reading.h"

#include "cli/input/holidays.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "datasets/series/doubts.h"
#include "forecast/tasks/series/csv.h"
#include "forecast/tasks/series/statics.h"
#include "forecast/tasks/stations/stations.h"

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

int cli_read_table(ds_table **table, const char *path, const cli_reading *reading, size_t tail,
                   nn_error *error)
{
    ds_read_options options;
    *table = NULL;
    int code = ds_reading_make(reading, &options, error);
    options.tail = tail;
    /* Where columns have their uses, any may be one that is known beforehand. */
    options.keep_calendar = cli_given("target") || cli_given("future") || cli_given("stations");
    if (!code)
        code = cli_check_input(path, error);
    if (!code)
        code = ds_table_read(table, path, &options, error);
    if (!code)
        ds_table_notes(*table, cli_say_line, NULL);
    if (!code && (code = cli_holidays_add(*table, reading, error))) {
        ds_table_free(*table);
        *table = NULL;
    }
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

int cli_say_doubts(const ds_table *table, const uint8_t *wanted, int most, nn_error *error)
{
    return ds_doubts_say(table, wanted, most < 30 ? most : 30, cli_say_line, NULL, error);
}

/* The field of an option from one record to another, texts shared. */
static void take_option(const nn_option *o, cli_reading *to, const cli_reading *from)
{
    const size_t size = o->type == NN_TEXT || o->type == NN_LIST ? sizeof(char *) : sizeof(int);
    memcpy((char *)to + o->offset, (const char *)from + o->offset, size);
}

cli_reading cli_reading_for(const cli_reading *given, const fc_model *model)
{
    cli_reading reading = model->reading;
    for (const nn_option *o = ds_reading_options; o->name; o++)
        if (cli_given(o->name))
            take_option(o, &reading, given);
    reading.strict = given->strict;
    reading.holidays = given->holidays;
    return fc_model_panel(model) && !reading.on_missing ? cli_reading_panel(&reading) : reading;
}

/* Options that the model remembers and the command line does not give; columns follow from the model. */
static void print_remembered(const fc_model *model, char *text, size_t size)
{
    cli_reading rest = model->reading;
    const cli_reading usual = {.header = 1};
    for (const nn_option *o = ds_reading_options; o->name; o++)
        if (cli_given(o->name))
            take_option(o, &rest, &usual);
    rest.columns = rest.exclude = NULL;
    ds_reading_print(&rest, text, size);
}

/* A file whose time stands in another column than the model's is not passed over in silence. */
static void note_time(const ds_table *table, const fc_model *model)
{
    const char *here = table->layout.time_name, *there = model->time_name;
    if (here && there && strcmp(here, there) != 0 && !cli_given("time"))
        cli_say_note("the time is in the column '%.100s'; the model's file had it in '%.100s'", here, there);
}

void cli_say_unseen(const ds_table *table, const fc_model *model)
{
    char text[500];
    if (fc_statics_unseen(model, table, text, sizeof text))
        cli_say_note("%s", text);
}

int cli_read_table_for(ds_table **table, const char *path, const cli_reading *reading, const fc_model *model,
                       size_t tail, nn_error *error)
{
    const cli_reading own = cli_reading_for(reading, model);
    char remembered[300];
    ds_read_options options;
    *table = NULL;
    print_remembered(model, remembered, sizeof remembered);
    int code = ds_reading_make(&own, &options, error);
    options.tail = tail;
    options.columns = cli_given("columns") ? reading->columns : NULL;
    options.exclude = cli_given("exclude") ? reading->exclude : NULL;
    if (!code)
        code = cli_check_input(path, error);
    if (!code && fc_read_table(table, path, &options, model, error))
        code = fc_fail_reading(error, remembered);
    if (code)
        return code;
    if (*remembered)
        cli_say_note("read as the model's file was: %s", remembered);
    ds_table_notes(*table, cli_say_line, NULL);
    note_time(*table, model);
    cli_say_unseen(*table, model);
    note_frequency(*table, model);
    if ((code = cli_holidays_add_for(*table, reading, model, error))) {
        ds_table_free(*table);
        *table = NULL;
    }
    return code;
}
