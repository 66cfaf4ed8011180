/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series with what R's forecast and statsforecast answer on them: those of tests/golden/statistical and,
 * where the reference folder is there, of its golden/statistical. */
#ifndef TESTS_STATISTICAL_FILE_H
#define TESTS_STATISTICAL_FILE_H

#include "tests/reference.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

typedef struct statistical_series {
    const char *name, *kind; /* smooth, intermittent, edge */
    double *values;          /* train + horizon */
    size_t train;
    int horizon, period, seasons, periods[4];
    int regressors;            /* columns behind the value */
    const char *named[4];      /* theirs */
    double *x;                 /* regressors columns of train + horizon values */
    json_t *r, *statsforecast; /* models by name */
} statistical_series;

static inline json_t *statistical_read(const char *folder, const char *part, const char *name)
{
    char path[1200];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s/%s.json", folder, part, name);
    json_t *json = json_load_file(path, 0, &error);
    if (!json)
        fail_msg("%s: %s", path, error.text);
    return json;
}

/* Column 1 of the series' file, or one of those behind. */
static inline double *statistical_values(const char *folder, const char *name, int column, size_t count,
                                         double *values)
{
    char path[1200], line[4096];
    snprintf(path, sizeof path, "%s/series/%s.csv", folder, name);
    FILE *file = fopen(path, "r");
    if (!file || !values || !fgets(line, sizeof line, file))
        fail_msg("no %s", path);
    for (size_t i = 0; i < count && fgets(line, sizeof line, file); i++) {
        const char *cell = line;
        for (int j = 0; j < column; j++)
            cell = strchr(cell, ',') + 1;
        values[i] = strtod(cell, NULL);
    }
    fclose(file);
    return values;
}

/* The season lengths and the regressors of a series. */
static inline void statistical_describe(statistical_series *s, const char *folder, const json_t *entry)
{
    const json_t *periods = json_object_get(entry, "periods"), *named = json_object_get(entry, "xreg");
    const size_t rows = s->train + (size_t)s->horizon;
    for (size_t i = 0; i < json_array_size(periods) && i < 4; i++)
        s->periods[s->seasons++] = (int)json_integer_value(json_array_get(periods, i));
    s->period = s->periods[0];
    s->values = statistical_values(folder, s->name, 1, rows, malloc(rows * sizeof *s->values));
    s->x = calloc(4 * rows, sizeof *s->x);
    for (size_t i = 0; i < json_array_size(named) && i < 4; i++) {
        s->named[i] = json_string_value(json_array_get(named, i));
        statistical_values(folder, s->name, 2 + s->regressors, rows, s->x + (size_t)s->regressors * rows);
        s->regressors++;
    }
}

/* What a test is told of each series; total is its own. */
typedef void statistical_test(const statistical_series *series, void *total);

static inline void statistical_folder(const char *folder, statistical_test *test, void *total)
{
    json_t *list = statistical_read(folder, ".", "series"), *entry;
    size_t i;
    json_array_foreach(list, i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "name"));
        json_t *r = statistical_read(folder, "r", name),
               *other = statistical_read(folder, "statsforecast", name);
        statistical_series s = {.name = name,
                                .kind = json_string_value(json_object_get(entry, "kind")),
                                .train = (size_t)json_integer_value(json_object_get(entry, "train")),
                                .horizon = (int)json_integer_value(json_object_get(entry, "horizon")),
                                .r = json_object_get(r, "models"),
                                .statsforecast = json_object_get(other, "models")};
        statistical_describe(&s, folder, entry);
        test(&s, total);
        free(s.values);
        free(s.x);
        json_decref(r);
        json_decref(other);
    }
    json_decref(list);
}

static inline void statistical_each(statistical_test *test, void *total)
{
    char path[1024];
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/statistical", source ? source : ".");
    statistical_folder(path, test, total);
    reference_path(path, sizeof path, "golden/statistical");
    if (access(path, R_OK) == 0)
        statistical_folder(path, test, total);
    else
        print_message("skipped the larger part: there is no %s\n", path);
}

/* A number of model[key]; NaN where it is not there. */
static inline double statistical_number(const json_t *model, const char *key)
{
    const json_t *value = json_object_get(model, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static inline double statistical_at(const json_t *model, const char *key, size_t i)
{
    const json_t *value = json_array_get(json_object_get(model, key), i);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* |got - want| <= tolerance (|want| + floor) */
static inline void statistical_near(const char *series, const char *model, const char *what, double got,
                                    double want, double tolerance, double floor)
{
    if (!(fabs(got - want) <= tolerance * (fabs(want) + floor)))
        fail_msg("%s, %s, %s: %.12g, not %.12g", series, model, what, got, want);
}

#endif
