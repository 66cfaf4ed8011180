/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the columns of a table that a model was trained on. */
#include "forecast/tasks/series_csv.h"

#include "datasets/table/scan.h"
#include "forecast/tasks/series.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct header_look {
    const fc_model *model;
    const char *id; /* name of an id column */
    bool fits;
} header_look;

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
    for (int j = 0; j < look->model->columns && look->fits; j++)
        look->fits = holds(fields, count, look->model->names[j]);
    return NN_STOPPED; /* one row is enough */
}

/* The model's columns as ds_read_options takes them; NULL where a name cannot stand in such a list or memory
 * is short. */
static char *list_columns(const fc_model *model)
{
    size_t size = 1;
    for (int j = 0; j < model->columns; j++) {
        if (strchr(model->names[j], '"'))
            return NULL;
        size += strlen(model->names[j]) + 3;
    }
    char *list = malloc(size), *end = list;
    for (int j = 0; list && j < model->columns; j++) {
        if (j)
            *end++ = ',';
        *end++ = '"';
        end = stpcpy(end, model->names[j]);
        *end++ = '"';
        *end = '\0';
    }
    return list;
}

static bool is_file(const char *path)
{
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int fc_read_table(ds_table **table, const char *path, const ds_read_options *options, const fc_model *model,
                  nn_error *error)
{
    ds_read_options own = *options;
    own.known = &model->frequency;
    char *list = NULL;
    *table = NULL;
    if (fc_model_market(model))
        return nn_fail(error, NN_USAGE, "the model is one of prices, and a table of values is wanted here");
    if (!own.columns && !own.exclude && !own.no_header && is_file(path)) {
        header_look look = {.model = model, .id = own.id ? own.id : "unique_id"};
        ds_scan_options scan = {.delimiter = own.delimiter, .decimal_comma = own.decimal_comma};
        ds_scan_result result = {0};
        nn_error ignored = {0}; /* what is wrong with the file is said when all of it is read */
        ds_scan(path, &scan, look_at_header, &look, &result, NULL, &ignored);
        if (look.fits)
            own.columns = list = list_columns(model);
    }
    int code = ds_table_read(table, path, &own, error);
    free(list);
    return code;
}
