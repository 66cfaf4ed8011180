/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what is known of coming rows, and puts it behind a table's. */
#include "cli/input/future_file.h"

#include "cli/shell/arguments.h"
#include "datasets/table/extend.h"
#include "forecast/tasks/stations/stations.h"
#include "lib/base/text.h"
#include "lib/files/text_stream.h"

#include <stdlib.h>
#include <string.h>

/* Whether a column of values of a long file is known beforehand: as that of the first series that the model
 * has. */
static bool knows_value(const fc_model *model, const ds_table *table, int value)
{
    for (int c = value; c < table->columns; c += table->layout.value_count)
        for (int i = 0; i < model->columns; i++)
            if (strcmp(model->names[i], table->names[c]) == 0)
                return model->is_future[i];
    return false;
}

/* The name of the i-th of what may be known beforehand; NULL: it is not. */
static const char *future_name(const fc_model *model, const ds_table *table, int i)
{
    const fc_panel *panel = fc_model_panel(model);
    const ds_panel_variable *variable = panel ? &panel->variable[i % panel->variables] : NULL;
    if (variable && variable->role == DS_VIEW_FUTURE)
        return table->layout.longform ? variable->name : model->names[i];
    if (!panel && table->layout.longform)
        return knows_value(model, table, i) ? table->layout.value_names[i] : NULL;
    return !panel && model->is_future[i] ? model->names[i] : NULL;
}

/* The columns of the variables known beforehand as an option's list; malloced. */
static char *list_future(const fc_model *model, const ds_table *table)
{
    const fc_panel *panel = fc_model_panel(model);
    const bool along = table->layout.longform;
    const int count = !along ? model->columns : panel ? panel->variables : table->layout.value_count;
    nn_text_stream list;
    if (!nn_text_open(&list))
        return NULL;
    const char *before = "\"";
    for (int i = 0; i < count; i++) {
        const char *name = future_name(model, table, i);
        if (!name)
            continue;
        fputs(before, list.out);
        before = ",\"";
        for (const char *c = name; *c; c++) {
            if (*c == '"')
                putc(*c, list.out);
            putc(*c, list.out);
        }
        putc('"', list.out);
    }
    return nn_text_close(&list) ? list.text : NULL;
}

int cli_future_read_for(ds_table *table, const char *path, const cli_reading *reading, const fc_model *model,
                        nn_error *error)
{
    cli_reading kept = cli_reading_for(reading, model);
    kept.holidays = NULL; /* they are known already */
    const fc_panel *panel = fc_model_panel(model);
    ds_table *more = NULL;
    int code = NN_OK;
    if (panel ? !panel->futures : !model->is_future)
        return nn_fail(error, NN_USAGE, "--future-file: the model has no variables known beforehand");
    char *list = cli_given("columns") ? NULL : list_future(model, table);
    kept.columns = list ? list : kept.columns;
    if (!kept.columns)
        code = nn_no_memory(error);
    if (!code)
        code = cli_read_table(&more, path, &kept, 0, error);
    if (!code)
        code = ds_table_extend(table, more, error);
    ds_table_free(more);
    free(list);
    return code;
}

/* The columns, or those of values of a long file, that both have; malloced. */
static char *list_shared(const ds_table *table, const ds_table *more)
{
    const bool wide = !table->layout.longform;
    const int count = wide ? table->columns : table->layout.value_count,
              others = more->layout.longform ? more->layout.value_count : more->columns;
    char *const *names = wide ? table->names : table->layout.value_names, *const *theirs =
                                                                              more->layout.longform
                                                                                  ? more->layout.value_names
                                                                                  : more->names;
    char *list = strdup("");
    for (int i = 0; i < count && list; i++)
        for (int j = 0; j < others; j++)
            if (strcmp(names[i], theirs[j]) == 0)
                nn_list_add(&list, names[i]);
    return list;
}

int cli_future_read(ds_table *table, const char *path, const cli_reading *reading, const char *futures,
                    char **found, nn_error *error)
{
    cli_reading kept = *reading;
    ds_table *more = NULL;
    kept.holidays = NULL;
    kept.columns = cli_given("columns") && !futures ? NULL : (char *)futures;
    int code = cli_read_table(&more, path, &kept, 0, error);
    if (!code && !futures && !(*found = list_shared(table, more)))
        code = nn_no_memory(error);
    if (!code)
        code = ds_table_extend(table, more, error);
    ds_table_free(more);
    return code;
}
