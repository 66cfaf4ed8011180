/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Static columns of a long file: what they become, and what they are for each series. */
#include "forecast/tasks/series/statics.h"

#include "datasets/time/decimal.h"
#include "forecast/forecaster.h"
#include "forecast/tasks/series/network.h"
#include "forecast/tasks/series/series.h"
#include "lib/base/memory.h"
#include "lib/base/names.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_CATEGORIES = 200, /* of a column */
    FEW_NUMBERS = 8,       /* different ones, which may be codes: they are categories, too */
    SERIES_EACH = 2        /* of each of them */
};

bool fc_series_takes_statics(const fc_kind *kind)
{
    const fc_series_network *network = kind->task == &fc_series_task ? kind->network : NULL;
    return kind->forecaster ? kind->forecaster->statics : network && network->statics;
}

/* --- learning --- */

static bool number_of(const ds_table *table, const char *text, double *value)
{
    return text && ds_number_parse(text, strlen(text), table->layout.decimal_comma, value) == DS_NUMBER_OK;
}

/* The text of static column i of the series that a table's column is of; NULL: none, or it is of no series,
 * such as that of holidays. */
static const char *text_of(const ds_table *table, int column, int i)
{
    const int series = column / table->layout.value_count;
    return series < table->layout.id_count ? table->statics.text[series * table->statics.count + i] : NULL;
}

/* Whether the target column has a value in the rows. */
static bool is_learnt_from(const fc_model *model, const ds_table *table, ds_part train, int column)
{
    size_t t = train.begin;
    while (t < train.end && isnan(table->values[t * (size_t)table->columns + (size_t)column]))
        t++;
    return model->is_target[column] && t < train.end;
}

static int add_column(fc_model *model, const char *name, const char *category, double mean, double spread,
                      nn_error *error)
{
    const size_t count = (size_t)model->static_count + 1;
    fc_static_column *more = nn_resize(model->static_columns, count, sizeof *more, 1);
    if (!more)
        return nn_no_memory(error);
    model->static_columns = more;
    fc_static_column *c = &more[model->static_count++];
    *c = (fc_static_column){.name = strdup(name),
                            .category = category ? strdup(category) : NULL,
                            .mean = mean,
                            .spread = spread > 0 ? spread : 1};
    return c->name && (!category || c->category) ? NN_OK : nn_no_memory(error);
}

/* What the series that are learnt from have in one column. */
typedef struct found {
    nn_names texts;
    int series, numbers;
    double mean, square;
} found;

static int look(found *f, const fc_model *model, const ds_table *table, ds_part train, int i, nn_error *error)
{
    for (int j = 0; j < table->columns; j++) {
        const char *text = is_learnt_from(model, table, train, j) ? text_of(table, j, i) : NULL;
        double value;
        if (!text)
            continue;
        f->series++;
        if (nn_names_add(&f->texts, text, strlen(text)) < 0)
            return nn_no_memory(error);
        if (!number_of(table, text, &value))
            continue;
        const double d = value - f->mean;
        f->mean += d / ++f->numbers;
        f->square += d * (value - f->mean);
    }
    return NN_OK;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int learn_categories(fc_model *model, const char *name, const found *f, nn_error *error)
{
    char **sorted = nn_resize(NULL, (size_t)f->texts.count + 1, sizeof *sorted, 1);
    int code = sorted ? NN_OK : nn_no_memory(error);
    for (int i = 0; i < f->texts.count && sorted; i++)
        sorted[i] = f->texts.text[i];
    if (sorted)
        qsort(sorted, (size_t)f->texts.count, sizeof *sorted, compare);
    for (int i = 0; i < f->texts.count && !code; i++)
        code = add_column(model, name, sorted[i], 0, 1, error);
    free(sorted);
    return code;
}

static int learn_column(fc_model *model, const ds_table *table, ds_part train, int i, nn_error *error)
{
    const char *name = table->statics.name[i];
    found f = {.mean = 0};
    int code = look(&f, model, table, train, i, error);
    const bool numbers = f.series && f.numbers == f.series;
    if (!code && !f.series)
        code = nn_fail(error, NN_BAD_DATA,
                       "%s: static column '%.200s' is empty for every series with a value in the training "
                       "rows",
                       table->path, name);
    else if (!code && !numbers && f.texts.count > MOST_CATEGORIES)
        code = nn_fail(error, NN_USAGE,
                       "%s: --static '%.200s' has %d different texts for %d series; more than %d tell series "
                       "apart and nothing of several together",
                       table->path, name, f.texts.count, f.series, MOST_CATEGORIES);
    if (!code && numbers)
        code = add_column(model, name, NULL, f.mean, sqrt(f.square / f.numbers), error);
    const bool codes = numbers && f.texts.count > 2 && f.texts.count <= FEW_NUMBERS &&
                       f.series >= SERIES_EACH * f.texts.count;
    if (!code && (!numbers || codes))
        code = learn_categories(model, name, &f, error);
    nn_names_free(&f.texts);
    return code;
}

int fc_statics_learn(fc_model *model, const fc_request *request, nn_error *error)
{
    const ds_table *table = request->table;
    const ds_part train = request->split ? request->split->train : (ds_part){0, table->rows};
    int code = NN_OK;
    if (!table->statics.count)
        return request->reading && request->reading->statics
                   ? nn_fail(error, NN_USAGE, "--static does not go with columns that are made of the file's")
                   : NN_OK;
    if (!fc_series_takes_statics(model->kind))
        return nn_fail(error, NN_USAGE,
                       "--static: --model %s does not go by what never changes in a series; linear and "
                       "itransformer do",
                       model->kind->name);
    model->statics = strdup("");
    for (int i = 0; i < table->statics.count && model->statics && !code; i++) {
        nn_list_add(&model->statics, table->statics.name[i]);
        code = learn_column(model, table, train, i, error);
    }
    return model->statics ? code : nn_no_memory(error);
}

/* --- of a table --- */

static int find_static(const ds_table *table, const char *name)
{
    int i = 0;
    while (i < table->statics.count && strcmp(table->statics.name[i], name) != 0)
        i++;
    return i < table->statics.count ? i : -1;
}

static double value_of(const fc_static_column *c, const ds_table *table, const char *text)
{
    double value;
    if (c->category)
        return text && strcmp(text, c->category) == 0;
    return number_of(table, text, &value) ? (value - c->mean) / c->spread : 0;
}

int fc_statics_encode(double **values, const fc_model *model, const ds_table *table, const int *columns,
                      int count, nn_error *error)
{
    const size_t width = (size_t)model->static_count;
    *values = malloc((size_t)count * width * sizeof **values + 1);
    if (!*values)
        return nn_no_memory(error);
    for (size_t s = 0; s < width; s++) {
        const fc_static_column *c = &model->static_columns[s];
        const int i = find_static(table, c->name);
        if (i < 0)
            return nn_fail(error, NN_BAD_DATA,
                           "%s: the model goes by '%.200s', which never changes in a series, and the data "
                           "are read without it",
                           table->path, c->name);
        for (int j = 0; j < count; j++)
            (*values)[(size_t)j * width + s] = value_of(c, table, text_of(table, columns[j], i));
    }
    return NN_OK;
}

/* Whether a text is known to the model: one of its categories, or a number where it has numbers. */
static bool is_known(const fc_model *model, const ds_table *table, int i, const char *text)
{
    double value;
    bool known = false;
    for (int s = 0; s < model->static_count; s++) {
        const fc_static_column *c = &model->static_columns[s];
        if (strcmp(c->name, table->statics.name[i]) == 0)
            known = known ||
                    (c->category ? text && strcmp(text, c->category) == 0 : number_of(table, text, &value));
    }
    return known;
}

bool fc_statics_unseen(const fc_model *model, const ds_table *table, char *text, size_t size)
{
    int series = 0, column = -1, which = 0;
    for (int j = 0; j < model->columns && model->static_count; j++) {
        const int at = model->is_target[j] ? ds_table_column(table, model->names[j]) : -1;
        bool known = true;
        for (int i = 0; i < table->statics.count && at >= 0 && known; i++) {
            known = is_known(model, table, i, text_of(table, at, i));
            if (!known && column < 0)
                column = at, which = i;
        }
        series += !known;
    }
    if (!series)
        return false;
    const char *other = text_of(table, column, which);
    char more[60] = "";
    if (series > 1)
        snprintf(more, sizeof more, ", as %d other%s", series - 1, series > 2 ? "s are" : " is");
    snprintf(text, size,
             "'%.100s' has %s%.60s%s as '%.100s', which no series of the training rows has: it is taken for "
             "none of theirs%s",
             table->layout.ids[column / table->layout.value_count], other ? "'" : "",
             other ? other : "nothing", other ? "'" : "", table->statics.name[which], more);
    return true;
}
