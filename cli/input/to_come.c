/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the columns of a table that are known beforehand, by where they end. */
#include "cli/input/to_come.h"

#include "cli/shell/report.h"
#include "datasets/table/holidays.h"
#include "forecast/tasks/series/view.h"
#include "lib/base/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A column of values: of a wide file itself, of a long file those of all series. */
typedef struct group {
    bool ends, goes_on;
    bool planned; /* holds what is planned: 0 and 1, or its name says so */
} group;

static int width_of(const ds_table *table)
{
    return table->layout.longform ? table->layout.value_count : table->columns;
}

/* But that of holidays, which is the last: it is known as it is. */
static int groups_of(const ds_table *table)
{
    return width_of(table) - table->holidays;
}

static const char *name_of(const ds_table *table, int g)
{
    return table->layout.longform ? table->layout.value_names[g] : table->names[g];
}

static size_t end_of(const ds_table *table, int column)
{
    size_t first, end;
    return fc_column_extent(table, column, &first, &end) ? end : 0;
}

static bool is_whole(const ds_table *table, int column, size_t from, size_t to)
{
    for (size_t r = from; r < to; r++)
        if (isnan(table->values[r * (size_t)table->columns + (size_t)column]))
            return false;
    return true;
}

/* Marks the columns from `first` on, those of one series: all end in the one row or in the other. */
static bool mark(const ds_table *table, int first, int count, group *groups)
{
    size_t early = SIZE_MAX, late = 0;
    for (int g = 0; g < count; g++) {
        const size_t end = end_of(table, first + g);
        early = end < early ? end : early;
        late = end > late ? end : late;
    }
    if (early == late)
        return true;
    for (int g = 0; g < count; g++) {
        const size_t end = end_of(table, first + g);
        if (end != early && (end != late || !is_whole(table, first + g, early, late)))
            return false;
        groups[g].ends |= end == early;
        groups[g].goes_on |= end == late;
    }
    return early > 0;
}

static bool is_planned_name(const char *name)
{
    static const char *const words[] = {"promo",  "holiday", "event",    "discount", "campaign", "planned",
                                        "school", "weekend", "feiertag", "ferien",   "aktion",   "workday",
                                        "closed", "is_open", "onpromo",  "markdown"};
    char lower[80];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof lower; n++)
        lower[n] = (char)tolower((unsigned char)name[n]);
    lower[n] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(lower, words[i]))
            return true;
    return false;
}

/* All values are 0 or 1, and both are there. */
static bool is_flag(const ds_table *table, int g)
{
    bool seen[2] = {false, false};
    for (size_t r = 0; r < table->rows; r++)
        for (int c = g; c < table->columns; c += width_of(table)) {
            const double value = table->values[r * (size_t)table->columns + (size_t)c];
            if (isnan(value))
                continue;
            if (value != 0 && value != 1)
                return false;
            seen[value == 1] = true;
        }
    return seen[0] && seen[1];
}

static int say(const cli_to_come *found, const ds_table *table, bool sure, bool strict, nn_error *error)
{
    if (sure && strict)
        return nn_fail(
            error, NN_BAD_DATA,
            "%s: '%.200s' goes on where '%.200s' has ended, as what is known beforehand does; strict "
            "reading does not guess: say --future %.200s, or --columns what is to be forecast",
            table->path, found->futures, found->targets, found->futures);
    if (sure)
        cli_say_note("'%.200s' goes on where '%.200s' has ended: it is taken as known beforehand and not "
                     "forecast; --target names what is to be forecast",
                     found->futures, found->targets);
    else
        cli_say_note("'%.200s' goes on where '%.200s' has ended: --future %.200s says that it is known "
                     "beforehand, and no series to forecast",
                     found->futures, found->targets, found->futures);
    return NN_OK;
}

int cli_to_come_find(cli_to_come *found, const ds_table *table, bool strict, nn_error *error)
{
    enum { FEW = 5 };
    const int count = groups_of(table);
    group *groups = calloc((size_t)count + 1, sizeof *groups);
    bool clear = count > 1, sure = false;
    int going = 0;
    *found = (cli_to_come){strdup(""), strdup("")};
    if (!groups)
        return nn_no_memory(error);
    for (int first = 0; first < table->columns && clear; first += width_of(table))
        clear = mark(table, first, count, groups);
    for (int g = 0; g < count && clear; g++) {
        clear = groups[g].ends != groups[g].goes_on;
        going += groups[g].goes_on;
        sure |= groups[g].goes_on && (is_planned_name(name_of(table, g)) || is_flag(table, g));
        nn_list_add(groups[g].goes_on ? &found->futures : &found->targets, name_of(table, g));
    }
    free(groups);
    int code = found->futures && found->targets ? NN_OK : nn_no_memory(error);
    clear = clear && !code && *found->futures && *found->targets;
    if (clear && (sure || going <= FEW))
        code = say(found, table, sure, strict, error);
    if (!clear || !sure || code)
        cli_to_come_clear(found);
    return code;
}

void cli_to_come_clear(cli_to_come *found)
{
    free(found->targets);
    free(found->futures);
    *found = (cli_to_come){0};
}
