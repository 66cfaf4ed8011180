/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model knows of its panel, as JSON in its file. */
#include "forecast/tasks/stations_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const roles[] = {
    [DS_VIEW_TARGET] = "target", [DS_VIEW_PAST] = "past", [DS_VIEW_FUTURE] = "future"};

/* --- saving: whatever fails gives NULL in the end --- */

static json_t *texts(char *const *words, int count)
{
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        if (json_array_append_new(array, json_string(words[i]))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *reals(const double *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(array, json_real(values[i]))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *variables_json(const fc_panel *panel)
{
    json_t *array = json_array();
    for (int v = 0; v < panel->variables; v++)
        if (json_array_append_new(
                array, json_pack("[s,s]", panel->variable[v].name, roles[panel->variable[v].role]))) {
            json_decref(array);
            return NULL;
        }
    return array;
}

json_t *fc_panel_json(const fc_panel *panel)
{
    size_t s = (size_t)panel->stations;
    json_t *object = json_object();
    bool good =
        object && !json_object_set_new(object, "stations", texts(panel->ids, panel->stations)) &&
        !json_object_set_new(object, "variables", variables_json(panel)) &&
        !json_object_set_new(object, "static", texts(panel->fixed_names, panel->fixed)) &&
        !json_object_set_new(object, "static_values", reals(panel->fixed_values, s * (size_t)panel->fixed));
    if (good)
        good = !json_object_set_new(object, "calendar", json_integer((json_int_t)panel->calendar));
    if (good && panel->mask)
        good = !json_object_set_new(object, "mask", json_string(panel->mask));
    if (good && panel->place)
        good = !json_object_set_new(object, "place", reals(panel->place, 2 * s));
    if (good && panel->nearness)
        good = !json_object_set_new(object, "nearness", reals(panel->nearness, s * s));
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

/* --- loading --- */

static int broken(const char *path, const char *what, nn_error *error)
{
    return nn_fail(error, NN_BAD_DATA, "%s: the panel's %s are broken", path, what);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names are looked up, so that two of one name would both get the first's values. */
static bool all_differ(char *const *names, int count)
{
    char **sorted = malloc(((size_t)count + 1) * sizeof *sorted);
    bool differ = sorted;
    if (!sorted)
        return false;
    memcpy(sorted, names, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_name);
    for (int i = 1; i < count; i++)
        differ = differ && strcmp(sorted[i - 1], sorted[i]);
    free(sorted);
    return differ;
}

static int load_names(char ***names, int *count, const json_t *array, size_t least, size_t most,
                      const char *what, const char *path, nn_error *error)
{
    size_t n = json_array_size(array);
    if (!json_is_array(array) || n < least || n > most)
        return broken(path, what, error);
    *names = calloc(n + 1, sizeof **names);
    for (size_t i = 0; *names && i < n; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (!text)
            return broken(path, what, error);
        if (!((*names)[i] = strdup(text)))
            return nn_no_memory(error);
        *count = (int)i + 1;
    }
    if (!*names)
        return nn_no_memory(error);
    return all_differ(*names, *count) ? NN_OK : broken(path, what, error);
}

static int load_variables(fc_panel *panel, const json_t *array, size_t most, const char *path,
                          nn_error *error)
{
    size_t n = json_array_size(array);
    int targets = 0;
    if (n < 1 || n > most)
        return broken(path, "variables", error);
    panel->variable = calloc(n, sizeof *panel->variable);
    if (!panel->variable)
        return nn_no_memory(error);
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(array, i);
        const char *name = json_string_value(json_array_get(pair, 0)),
                   *role = json_string_value(json_array_get(pair, 1));
        int r = 0;
        while (role && r < 3 && strcmp(roles[r], role))
            r++;
        for (size_t j = 0; name && j < i; j++)
            if (strcmp(panel->variable[j].name, name) == 0)
                name = NULL;
        if (!name || !role || r == 3)
            return broken(path, "variables", error);
        panel->variable[i] = (ds_panel_variable){strdup(name), (ds_view_role)r};
        panel->variables = (int)i + 1;
        if (!panel->variable[i].name)
            return nn_no_memory(error);
        targets += r == DS_VIEW_TARGET;
        panel->target = r == DS_VIEW_TARGET ? (int)i : panel->target;
        panel->futures += r == DS_VIEW_FUTURE;
    }
    return targets == 1 ? NN_OK : broken(path, "variables", error);
}

/* Exactly count finite numbers from least on. An absent list stays NULL unless it is needed. */
static int load_reals(double **values, size_t count, const json_t *array, double least, bool needed,
                      const char *what, const char *path, nn_error *error)
{
    if (!array && !needed)
        return NN_OK;
    if (!json_is_array(array) || json_array_size(array) != count)
        return broken(path, what, error);
    if (!(*values = malloc((count + 1) * sizeof **values)))
        return nn_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        double value = json_number_value(item);
        if (!json_is_number(item) || !isfinite(value) || !(value >= least) || fabs(value) > 1e9)
            return broken(path, what, error);
        (*values)[i] = value;
    }
    return NN_OK;
}

static int load_mask(fc_panel *panel, const json_t *mask, const char *path, nn_error *error)
{
    if (!mask)
        return NN_OK;
    if (!json_is_string(mask))
        return broken(path, "mask", error);
    panel->mask = strdup(json_string_value(mask));
    return panel->mask ? NN_OK : nn_no_memory(error);
}

int fc_panel_from_json(fc_panel *panel, const fc_model *model, const json_t *object, const char *path,
                       nn_error *error)
{
    size_t columns = (size_t)model->columns;
    int code = load_names(&panel->ids, &panel->stations, json_object_get(object, "stations"), 1, columns,
                          "stations", path, error);
    if (code == NN_OK)
        code = load_variables(panel, json_object_get(object, "variables"), columns, path, error);
    size_t s = (size_t)panel->stations;
    if (code == NN_OK && s * (size_t)panel->variables != columns)
        code = broken(path, "columns", error);
    for (size_t i = 0; code == NN_OK && i < columns; i++)
        if (model->is_target[i] != (i % (size_t)panel->variables == (size_t)panel->target))
            code = broken(path, "targets", error);
    if (code == NN_OK)
        code = load_names(&panel->fixed_names, &panel->fixed, json_object_get(object, "static"), 0, 1000,
                          "static variables", path, error);
    if (code == NN_OK)
        code = load_reals(&panel->fixed_values, s * (size_t)panel->fixed,
                          json_object_get(object, "static_values"), -1e9, true, "static values", path, error);
    if (code == NN_OK)
        code = load_reals(&panel->place, 2 * s, json_object_get(object, "place"), -1e9, false, "positions",
                          path, error);
    if (code == NN_OK)
        code = load_reals(&panel->nearness, s * s, json_object_get(object, "nearness"), 0, false,
                          "weights of neighbours", path, error);
    json_int_t calendar = json_integer_value(json_object_get(object, "calendar"));
    if (code == NN_OK && (!json_is_integer(json_object_get(object, "calendar")) || calendar < 0 ||
                          calendar >= 1 << DS_MAX_TIME_FEATURES))
        code = broken(path, "time features", error);
    panel->calendar = (unsigned)calendar;
    return code ? code : load_mask(panel, json_object_get(object, "mask"), path, error);
}
