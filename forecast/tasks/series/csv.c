/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the columns of a table that a model was trained on. */
#include "forecast/tasks/series/csv.h"

#include "datasets/table/frame.h"
#include "datasets/table/holidays.h"
#include "datasets/text/scan.h"
#include "forecast/tasks/series/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct header_look {
    const fc_model *model;
    const char *id; /* name of an id column */
    bool fits;
    bool made; /* the column of holidays is not there, for it is made of another file */
} header_look;

static bool is_made(const fc_model *model, int column)
{
    return model->holidays && strcmp(model->names[column], DS_HOLIDAY) == 0;
}

static bool holds(const ds_field *fields, int count, const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; i < count; i++)
        if (fields[i].length == length && memcmp(fields[i].text, name, length) == 0)
            return true;
    return false;
}

static int look_at_header(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    header_look *look = context;
    (void)line, (void)error;
    look->fits = !holds(fields, count, look->id);
    for (int j = 0; j < look->model->columns && look->fits; j++) {
        const bool here = holds(fields, count, look->model->names[j]);
        look->made = look->made || (!here && is_made(look->model, j));
        look->fits = here || is_made(look->model, j);
    }
    return NN_STOPPED; /* one row is enough */
}

/* The model's columns as ds_read_options takes them, without that of holidays where it is made; NULL where a
 * name cannot stand in such a list or memory is short. */
static char *list_columns(const fc_model *model, bool made)
{
    size_t size = 1;
    for (int j = 0; j < model->columns; j++) {
        if (strchr(model->names[j], '"'))
            return NULL;
        size += strlen(model->names[j]) + 3;
    }
    char *list = malloc(size), *end = list;
    for (int j = 0; list && j < model->columns; j++) {
        if (made && is_made(model, j))
            continue;
        if (end > list)
            *end++ = ',';
        *end++ = '"';
        end = stpcpy(end, model->names[j]);
        *end++ = '"';
        *end = '\0';
    }
    return list;
}

/* The same of a caller's arrays. */
static void look_at_frame(header_look *look, const ds_frame *frame)
{
    int count;
    ds_field *names = ds_frame_names(frame, &count);
    if (names)
        look_at_header(look, names, count, 1, NULL);
    free(names);
}

static bool is_file(const char *path)
{
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int fc_fail_reading(nn_error *error, const char *remembered)
{
    char said[sizeof error->text];
    if (!*remembered || !error)
        return error ? error->code : NN_FAILED;
    memcpy(said, error->text, sizeof said);
    return nn_fail(error, error->code == NN_USAGE ? NN_BAD_DATA : error->code,
                   "%s (read as the model's file was, by %s; what is given anew wins)", said, remembered);
}

/* A model of dated rows knows nothing of rows that are only numbered. */
static int check_dated(const ds_table *table, const fc_model *model, nn_error *error)
{
    char step[64];
    if (table->frequency.unit != DS_UNIT_STEP || model->frequency.unit == DS_UNIT_STEP)
        return NN_OK;
    ds_frequency_describe(model->frequency, step, sizeof step);
    return nn_fail(
        error, NN_BAD_DATA,
        "%s: no column was found that holds time stamps, and the model was trained on rows %s%s%s%s; "
        "--time names the column, --time-format its form",
        table->path, step, model->time_name ? ", by the column '" : "",
        model->time_name ? model->time_name : "", model->time_name ? "'" : "");
}

int fc_read_table(ds_table **table, const char *path, const ds_read_options *options, const fc_model *model,
                  nn_error *error)
{
    ds_read_options own = *options;
    char *list = NULL;
    *table = NULL;
    if (fc_model_market(model))
        return nn_fail(error, NN_USAGE, "the model is one of prices, and a table of values is wanted here");
    const ds_frame *frame = ds_frame_find(path);
    if (!own.columns && !own.exclude && !own.no_header && (frame || is_file(path))) {
        header_look look = {.model = model, .id = own.id ? own.id : "unique_id"};
        ds_scan_options scan = {.delimiter = own.delimiter, .decimal_comma = own.decimal_comma};
        ds_scan_result result = {0};
        nn_error ignored = {0}; /* what is wrong with the file is said when all of it is read */
        if (frame)
            look_at_frame(&look, frame);
        else
            ds_scan(path, &scan, look_at_header, &look, &result, NULL, &ignored);
        if (look.fits)
            own.columns = list = list_columns(model, look.made);
    }
    if (!own.columns && !own.exclude) {
        own.columns = model->reading.columns;
        own.exclude = model->reading.exclude;
    }
    own.known = fc_model_known(model);
    own.statics = model->statics;
    int code = ds_table_read(table, path, &own, error);
    if (!code && (code = check_dated(*table, model, error))) {
        ds_table_free(*table);
        *table = NULL;
    }
    free(list);
    return code;
}
