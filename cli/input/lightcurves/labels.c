/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes and parts of a table of objects. */
#include "cli/input/lightcurves/objects.h"

#include "cli/shell/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cli_labels_clear(cli_labels *labels)
{
    free(labels->row);
    free(labels->part);
    *labels = (cli_labels){0};
}

static int add_class(cli_labels *labels, const char *name, int *index, nn_error *error)
{
    for (int c = 0; c < labels->count; c++)
        if (strcmp(labels->name[c], name) == 0) {
            *index = c;
            return NN_OK;
        }
    if (labels->count == FC_MOST_CLASSES)
        return nn_fail(error, NN_BAD_DATA,
                       "there are more than %d classes; --classes A=1|2,B=3,rest=* puts labels together",
                       FC_MOST_CLASSES);
    if (!*name || strlen(name) >= sizeof labels->name[0])
        return nn_fail(error, NN_BAD_DATA, "the class name '%.80s' is %s", name,
                       *name ? "too long" : "empty");
    *index = labels->count;
    snprintf(labels->name[labels->count++], sizeof labels->name[0], "%s", name);
    return NN_OK;
}

static int find_value(const ds_catalogue *catalogue, int category, const char *value)
{
    for (int v = 0; v < ds_catalogue_categories(catalogue, category); v++)
        if (strcmp(ds_catalogue_category(catalogue, category, v), value) == 0)
            return v;
    return -1;
}

/* "NAME=VALUE|VALUE" (NAME alone: its own value) into class_of, by value; *rest is the class of "*". */
static int map_entry(cli_labels *labels, char *entry, const ds_catalogue *catalogue, int category,
                     int *class_of, int *rest, bool lenient, nn_error *error)
{
    char *values = strchr(entry, '=');
    int index;
    if (values)
        *values++ = 0;
    int code = add_class(labels, entry, &index, error);
    char *list = values ? values : entry;
    for (char *value; code == NN_OK && (value = strsep(&list, "|"));) {
        int v = find_value(catalogue, category, value);
        if (values && strcmp(value, "*") == 0)
            *rest = index;
        else if (v < 0 && lenient)
            cli_say_note("no object has the label '%.60s' of the class '%.60s'", value, entry);
        else if (v < 0)
            code = nn_fail(error, NN_USAGE, "--classes: no object has the label '%.60s' in the column %s",
                           value, ds_catalogue_category_name(catalogue, category));
        else if (class_of[v] >= 0)
            code = nn_fail(error, NN_USAGE, "--classes: the label '%.60s' is in two classes", value);
        else
            class_of[v] = index;
    }
    return code;
}

/* The next of a list parted by commas, with the quotes taken off in which a label may hold one. */
static char *next_entry(char **list)
{
    char *entry = *list, *from = entry, *to = entry;
    bool quoted = false;
    if (!entry)
        return NULL;
    for (; *from && (quoted || *from != ','); from++)
        if (*from == '"')
            quoted = !quoted;
        else
            *to++ = *from;
    *list = *from ? from + 1 : NULL;
    *to = '\0';
    return entry;
}

static int map_values(cli_labels *labels, const ds_catalogue *catalogue, int category, const char *map,
                      int *class_of, bool lenient, nn_error *error)
{
    int values = ds_catalogue_categories(catalogue, category), rest = -1, code = NN_OK;
    for (int v = 0; v < values; v++)
        class_of[v] = -1;
    for (int v = 0; v < values && !map && code == NN_OK; v++)
        code = add_class(labels, ds_catalogue_category(catalogue, category, v), &class_of[v], error);
    if (!map)
        return code;
    char *words = strdup(map), *list = words;
    if (!words)
        return nn_no_memory(error);
    for (char *entry; code == NN_OK && (entry = next_entry(&list));)
        code = map_entry(labels, entry, catalogue, category, class_of, &rest, lenient, error);
    free(words);
    for (int v = 0; v < values; v++)
        if (class_of[v] < 0)
            class_of[v] = rest;
    return code;
}

static int make_labels(cli_labels *labels, const ds_catalogue *catalogue, int category, const char *map,
                       bool lenient, nn_error *error)
{
    size_t rows = ds_catalogue_rows(catalogue);
    int *class_of = malloc(((size_t)ds_catalogue_categories(catalogue, category) + 1) * sizeof *class_of);
    *labels = (cli_labels){.row = malloc((rows + 1) * sizeof(int)), .part = calloc(rows + 1, 1)};
    int code = class_of && labels->row && labels->part ? NN_OK : nn_no_memory(error);
    if (code == NN_OK)
        code = map_values(labels, catalogue, category, map, class_of, lenient, error);
    for (size_t i = 0; code == NN_OK && i < rows; i++) {
        int value = ds_catalogue_value(catalogue, category, i);
        labels->row[i] = value < 0 ? -1 : class_of[value];
    }
    free(class_of);
    if (code)
        cli_labels_clear(labels);
    return code;
}

static void say_above(const cli_labels *labels, const ds_catalogue *catalogue)
{
    for (int n = labels->count; n < labels->tree.nodes; n++) {
        size_t objects = 0;
        char clean[200];
        for (size_t i = 0; i < ds_catalogue_rows(catalogue); i++)
            objects += labels->row[i] == n;
        if (objects)
            cli_say_note("%zu object%s known to be %s alone, above classes", objects,
                         objects == 1 ? " is" : "s are",
                         cli_clean(labels->tree.name[n - labels->count], clean, sizeof clean));
    }
}

/* Names of the tree that stand above others are no classes. */
static int apply_taxonomy(cli_labels *labels, const ds_catalogue *catalogue, const fc_taxonomy_text *text,
                          nn_error *error)
{
    const char *names[FC_MOST_CLASSES];
    int node[FC_MOST_CLASSES], count = 0;
    for (int c = 0; c < labels->count; c++) {
        const bool above = fc_taxonomy_is_above(text, labels->name[c]);
        node[c] = above ? -1 : count;
        if (!above)
            names[count++] = labels->name[c];
    }
    if (!count)
        return nn_fail(error, NN_BAD_DATA, "--taxonomy: all labels stand above classes, and none is a class");
    const int code = fc_taxonomy_make(&labels->tree, text, names, count, error);
    if (code)
        return code;
    for (int c = 0; c < labels->count; c++) /* the root is no node, and says nothing */
        node[c] = node[c] >= 0 ? node[c] : fc_taxonomy_find(&labels->tree, labels->name[c]);
    for (int c = 0; c < labels->count; c++)
        if (node[c] >= 0 && node[c] < count && node[c] != c)
            memcpy(labels->name[node[c]], labels->name[c], sizeof labels->name[c]);
    labels->count = count;
    for (size_t i = 0; i < ds_catalogue_rows(catalogue); i++)
        labels->row[i] = labels->row[i] < 0 ? -1 : node[labels->row[i]];
    say_above(labels, catalogue);
    return NN_OK;
}

int cli_labels_make(cli_labels *labels, const ds_catalogue *catalogue, int category, const char *map,
                    const fc_taxonomy_text *taxonomy, nn_error *error)
{
    int code = make_labels(labels, catalogue, category, map, false, error);
    if (!code && taxonomy && (code = apply_taxonomy(labels, catalogue, taxonomy, error)))
        cli_labels_clear(labels);
    return code;
}

/* "AGN 1 (1 to train on, 0 to validate, 0 to test)" into text; 0 where the class has enough objects. */
static int describe_few(char *text, size_t size, const cli_labels *labels, const ds_catalogue *catalogue,
                        int c, int part, bool training)
{
    enum { FEW = 10 };
    size_t all = 0, in[3] = {0};
    for (size_t i = 0; i < ds_catalogue_rows(catalogue); i++) {
        if (labels->row[i] != c || (part >= 0 && labels->part[i] != part))
            continue;
        all++;
        in[0] += labels->part[i] == FC_PART_TRAINING;
        in[1] += labels->part[i] == FC_PART_VALIDATION;
        in[2] += labels->part[i] == FC_PART_TEST;
    }
    char clean[200];
    if (all >= FEW ||
        (!all && !training && labels->tree.nodes)) /* that of a tree may be left to names above */
        return 0;
    cli_clean(labels->name[c], clean, sizeof clean);
    return !training ? snprintf(text, size, "%s %zu", clean, all)
                     : snprintf(text, size, "%s %zu (%zu to train on, %zu to validate, %zu to test)", clean,
                                all, in[0], in[1], in[2]);
}

void cli_labels_say_few(const cli_labels *labels, const ds_catalogue *catalogue, int part, bool training)
{
    char list[800] = "", one[300];
    size_t at = 0;
    for (int c = 0; c < labels->count && at < sizeof list; c++)
        if (describe_few(one, sizeof one, labels, catalogue, c, part, training))
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "", one);
    if (at && !training)
        cli_say_note("classes of fewer than ten objects here: %s; their scores mean little", list);
    else if (at)
        cli_say_note(
            "classes of fewer than ten objects: %s; what is learnt of them means little, and --classes "
            "puts classes together",
            list);
}

int cli_labels_match(cli_labels *labels, const ds_catalogue *catalogue, int category, const char *map,
                     const fc_classifier *model, nn_error *error)
{
    int code = make_labels(labels, catalogue, category, map, true, error), place[FC_MOST_CLASSES], known = 0;
    if (code)
        return code;
    for (int c = 0; c < labels->count; c++) {
        place[c] = -1;
        for (int m = 0; m < model->classes; m++)
            if (strcmp(model->class_names[m], labels->name[c]) == 0)
                place[c] = m;
        if (place[c] < 0 && model->hierarchy.text)
            place[c] = fc_taxonomy_find(&model->hierarchy.tree, labels->name[c]);
        known += place[c] >= 0;
    }
    if (!known) {
        code = nn_fail(
            error, NN_BAD_DATA,
            "the column %s has none of the model's classes (%s, %s, ...); --classes says which labels stand "
            "for them",
            ds_catalogue_category_name(catalogue, category), model->class_names[0], model->class_names[1]);
        cli_labels_clear(labels);
        return code;
    }
    for (size_t i = 0; i < ds_catalogue_rows(catalogue); i++)
        labels->row[i] = labels->row[i] < 0 ? -1 : place[labels->row[i]];
    labels->count = model->classes;
    labels->tree = model->hierarchy.tree;
    for (int c = 0; c < model->classes; c++)
        snprintf(labels->name[c], sizeof labels->name[c], "%s", model->class_names[c]);
    return NN_OK;
}

/* --- parts --- */

bool cli_split_column(const char *split, char *text, size_t size)
{
    const char *equals = split ? strchr(split, '=') : NULL;
    if (equals)
        snprintf(text, size, "%.*s", (int)(equals - split), split);
    return equals != NULL;
}

static int split_shares(uint8_t *part, const fc_objects *objects, const char *split, uint64_t seed,
                        nn_error *error)
{
    double train, validation, test;
    char end;
    if (sscanf(split, "%lf/%lf/%lf%c", &train, &validation, &test, &end) != 3 || !(train > 0) ||
        !(validation >= 0) || !(test >= 0) || train + validation + test > 1 + 1e-9)
        return nn_fail(error, NN_USAGE,
                       "--split: '%.80s' is none of 0.8/0.1/0.1 (shares of at most 1 together), COLUMN=RULE, "
                       "5-folds:0",
                       split);
    double whole = train + validation + test;
    return fc_class_split_stratified(part, objects, validation / whole, test / whole, seed, error);
}

static int split_folds(uint8_t *part, const fc_objects *objects, int folds, int test, uint64_t seed,
                       nn_error *error)
{
    int *fold = malloc((objects->count + 1) * sizeof *fold);
    if (!fold)
        return nn_no_memory(error);
    int code = test < 0 || test >= folds
                   ? nn_fail(error, NN_USAGE, "--split: there is no fold %d among %d; they count from 0",
                             test, folds)
                   : fc_class_folds(fold, objects, folds, seed, error);
    if (code == NN_OK)
        code = fc_class_split_fold(part, objects, fold, test, 0.1, seed, error);
    free(fold);
    return code;
}

static int split_column(uint8_t *part, const fc_objects *objects, const ds_catalogue *catalogue, int column,
                        const char *rule, uint64_t seed, nn_error *error)
{
    const char **value = malloc((objects->count + 1) * sizeof *value);
    if (!value)
        return nn_no_memory(error);
    for (size_t i = 0; i < objects->count; i++) {
        int v = ds_catalogue_value(catalogue, column, i);
        value[i] = v < 0 ? NULL : ds_catalogue_category(catalogue, column, v);
    }
    int code = fc_class_split_column(part, objects, value, rule, 0.1, seed, error);
    free(value);
    return code;
}

int cli_labels_split(cli_labels *labels, const ds_catalogue *catalogue, const char *split, int column,
                     uint64_t seed, nn_error *error)
{
    size_t rows = ds_catalogue_rows(catalogue);
    const char **ids = malloc((rows + 1) * sizeof *ids);
    if (!ids)
        return nn_no_memory(error);
    for (size_t i = 0; i < rows; i++)
        ids[i] = ds_catalogue_id(catalogue, i);
    fc_objects objects = {.id = ids,
                          .label = labels->row,
                          .count = rows,
                          .classes = labels->tree.nodes ? labels->tree.nodes : labels->count};
    const char *equals = strchr(split, '=');
    int folds, test, used = 0, code;
    if (equals)
        code = split_column(labels->part, &objects, catalogue, column, equals + 1, seed, error);
    else if (sscanf(split, "%d-folds:%d%n", &folds, &test, &used) == 2 && !split[used])
        code = split_folds(labels->part, &objects, folds, test, seed, error);
    else
        code = split_shares(labels->part, &objects, split, seed, error);
    free(ids);
    return code;
}
