/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds rows to come and series that are too short, and says so. */
#include "cli/input/past.h"

#include "cli/shell/report.h"
#include "datasets/table/holidays.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/series/view.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a long file also by the column of values that it is of. */
static bool is_named(const char *names, const ds_table *table, int column)
{
    const ds_layout *l = &table->layout;
    return names && (nn_list_has(names, table->names[column]) ||
                     (l->longform && nn_list_has(names, l->value_names[column % l->value_count])));
}

static bool is_known(const fc_request *request, const ds_table *table, int column)
{
    return is_named(request->futures, table, column) || ds_is_holiday(table, column);
}

static bool is_wanted(const fc_request *request, const ds_table *table, int column)
{
    return request->targets && *request->targets ? is_named(request->targets, table, column)
                                                 : !is_known(request, table, column);
}

int cli_name_series(char **list, const ds_table *table, nn_error *error)
{
    const ds_layout *l = &table->layout;
    const char *cursor = *list, *item;
    size_t length;
    char *all = *list && l->longform ? strdup("") : NULL;
    if (!*list || !l->longform)
        return NN_OK;
    while (all && nn_list_next(&cursor, &item, &length)) {
        int value = 0;
        while (value < l->value_count &&
               (strlen(l->value_names[value]) != length || memcmp(l->value_names[value], item, length) != 0))
            value++;
        char *own = value < l->value_count ? NULL : strndup(item, length);
        if (own)
            nn_list_add(&all, own);
        for (int c = value; !own && c < table->columns; c += l->value_count)
            nn_list_add(&all, table->names[c]);
        free(own);
    }
    if (!all)
        return nn_no_memory(error);
    free(*list);
    *list = all;
    return NN_OK;
}

static size_t end_of(const ds_table *table, int column)
{
    size_t first, end;
    return fc_column_extent(table, column, &first, &end) ? end : 0;
}

/* Rows that the file has; the column of holidays may go on behind them, as far as a forecast does. */
static size_t rows_of_file(const ds_table *table)
{
    const int width = table->layout.longform ? table->layout.value_count : table->columns;
    size_t rows = 0;
    for (int c = 0; c < table->columns; c++) {
        const size_t end = c % width < width - table->holidays ? end_of(table, c) : 0;
        rows = end > rows ? end : rows;
    }
    return rows;
}

/* Columns that go on behind `rows` and are neither targets nor known. */
static void note_unused(const ds_table *table, size_t rows, const fc_request *request, const char *model)
{
    char unused[300] = "";
    int count = 0;
    for (int c = 0; c < table->columns; c++) {
        const ds_layout *l = &table->layout;
        const char *name = l->longform ? l->value_names[c % l->value_count] : table->names[c];
        const size_t at = strlen(unused);
        if (end_of(table, c) <= rows || is_known(request, table, c) || nn_list_has(unused, name))
            continue;
        count++;
        if (at + strlen(name) + 4 < sizeof unused)
            snprintf(unused + at, sizeof unused - at, "%s%s", at ? "," : "", name);
    }
    if (count)
        cli_say_note("what '%.250s' %s there is not used; %s--future %.250s goes by it", unused,
                     count == 1 ? "holds" : "hold", model, unused);
}

static void note_rows(const ds_table *table, size_t rows, const fc_request *request)
{
    const size_t whole = rows_of_file(table), more = whole > rows ? whole - rows : 0;
    if (more)
        cli_say_note("the last %zu row%s no value of a target: %s to come, and no part of what is learnt, "
                     "validated or tested",
                     more, more == 1 ? " has" : "s have", more == 1 ? "it is" : "they are");
    note_unused(table, rows, request, fc_series_knows(request->kind) ? "" : "--model linear ");
}

static size_t wanted_rows(const ds_table *table, const fc_request *request)
{
    size_t rows = 0;
    for (int c = 0; c < table->columns; c++) {
        const size_t end = is_wanted(request, table, c) ? end_of(table, c) : 0;
        rows = end > rows ? end : rows;
    }
    return rows ? rows : table->rows; /* a name that is none of the table's is refused elsewhere */
}

void cli_past_mention(const ds_table *table, const fc_request *request)
{
    note_unused(table, wanted_rows(table, request), request, "");
}

ds_table cli_past(const ds_table *table, const fc_request *request)
{
    ds_table past = *table;
    past.rows = wanted_rows(table, request);
    if (past.rows < table->rows)
        note_rows(table, past.rows, request);
    return past;
}

ds_table cli_past_for(const ds_table *table, const fc_model *model)
{
    ds_table past = *table;
    past.rows = 0;
    for (int j = 0; j < model->columns; j++) {
        const int c = model->is_target[j] ? ds_table_column(table, model->names[j]) : -1;
        const size_t end = c < 0 ? 0 : end_of(table, c);
        past.rows = end > past.rows ? end : past.rows;
    }
    if (past.rows == 0)
        past.rows = table->rows;
    return past;
}

/* Values of a column in the training rows, from its first to its last. */
static size_t values_in(const ds_table *table, int column, ds_part train)
{
    size_t first, end;
    if (!fc_column_extent(table, column, &first, &end))
        return 0;
    first = first > train.begin ? first : train.begin;
    end = end < train.end ? end : train.end;
    return end > first ? end - first : 0;
}

void cli_say_unlearnt(const fc_model *model, const ds_table *table, ds_part train)
{
    const size_t needed = model->kind->forecaster ? 1 : (size_t)model->lookback + 1;
    int count = 0, targets = 0;
    const char *name = NULL;
    size_t least = 0;
    for (int j = 0; j < model->columns && j < table->columns; j++) {
        const size_t values = values_in(table, j, train);
        targets += model->is_target[j];
        if (!model->is_target[j] || values >= needed)
            continue;
        if (!count++ || values < least) {
            name = table->names[j];
            least = values;
        }
    }
    if (count)
        cli_say_note(
            "%d of %d columns %s fewer than %zu value%s in the training rows and %s not learnt from, such as "
            "'%.200s' with %zu",
            count, targets, count == 1 ? "has" : "have", needed, needed == 1 ? "" : "s",
            count == 1 ? "is" : "are", name, least);
}

void cli_say_unlearnt_folds(const fc_request *request, const fc_folds *folds, int gap)
{
    const ds_table *table = request->table;
    const size_t needed = request->kind->forecaster ? 1 : (size_t)request->lookback + 1;
    int count = 0, targets = 0, most = 0;
    const char *name = NULL;
    for (int c = 0; c < table->columns; c++) {
        int without = 0;
        if (!is_wanted(request, table, c))
            continue;
        targets++;
        for (int k = 0; k < folds->folds; k++) {
            ds_split split;
            if (fc_fold_make(&split, folds, gap, table->rows, k, NULL) == NN_OK)
                without += values_in(table, c, split.train) < needed;
        }
        count += without > 0;
        if (without > most) {
            most = without;
            name = table->names[c];
        }
    }
    if (count)
        cli_say_note(
            "%d of %d columns %s fewer than %zu value%s in the training rows of some folds and %s not learnt "
            "from there, such as '%.200s' in %d of %d",
            count, targets, count == 1 ? "has" : "have", needed, needed == 1 ? "" : "s",
            count == 1 ? "is" : "are", name, most, folds->folds);
}
