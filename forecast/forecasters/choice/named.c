/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forecasters, with their settings, that others are built upon. */
#include "forecast/forecasters/choice/named.h"

#include "forecast/forecasters/smoothing/theta_model.h"

#include <stdio.h>
#include <string.h>

static const fc_ets_config ets_mean = {.form = "mean"};
static const fc_theta_config dotm = {.variant = FC_THETA_DOTM}, theta_boxcox = {.variant = FC_THETA_BOXCOX};
static const fc_arima_config quick_arima = {.quick = true};
static const fc_stl_config stl_median = {.rest = "median"};
static const fc_croston_config croston_optimised = {FC_CROSTON_OPTIMISED, .2, .2},
                               sba = {FC_CROSTON_SBA, .2, .2}, tsb = {FC_TSB, .2, .2},
                               adida = {FC_ADIDA, .2, .2}, imapa = {FC_IMAPA, .2, .2};

static const fc_named all[] = {{"naive", &fc_forecaster_naive, NULL},
                               {"seasonal-naive", &fc_forecaster_seasonal_naive, NULL},
                               {"drift", &fc_forecaster_drift, NULL},
                               {"mean", &fc_forecaster_mean, NULL},
                               {"window-mean", &fc_forecaster_window_mean, NULL},
                               {"ets", &fc_forecaster_ets, NULL},
                               {"ets-mean", &fc_forecaster_ets, &ets_mean},
                               {"ces", &fc_forecaster_ces, NULL},
                               {"theta", &fc_forecaster_theta, NULL},
                               {"dotm", &fc_forecaster_theta, &dotm},
                               {"theta-boxcox", &fc_forecaster_theta, &theta_boxcox},
                               {"arima", &fc_forecaster_arima, NULL},
                               {"quick-arima", &fc_forecaster_arima, &quick_arima},
                               {"croston", &fc_forecaster_croston, &croston_optimised},
                               {"sba", &fc_forecaster_croston, &sba},
                               {"tsb", &fc_forecaster_croston, &tsb},
                               {"adida", &fc_forecaster_croston, &adida},
                               {"imapa", &fc_forecaster_croston, &imapa},
                               {"median", &fc_forecaster_median, NULL},
                               {"linear", &fc_forecaster_linear, NULL},
                               {"stl", &fc_forecaster_stl, NULL},
                               {"stl-median", &fc_forecaster_stl, &stl_median},
                               {"flair", &fc_forecaster_flair, NULL}};

static const fc_named published[] = {{"chronos-bolt", &fc_forecaster_chronos_bolt, NULL},
                                     {"chronos-2", &fc_forecaster_chronos_2, NULL}};

static const fc_named *find(const fc_named *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

const fc_named *fc_forecaster_named(const char *name)
{
    return find(all, sizeof all / sizeof *all, name);
}

const fc_named *fc_forecaster_kept(const char *name)
{
    const fc_named *found = fc_forecaster_named(name);
    return found ? found : find(published, sizeof published / sizeof *published, name);
}

void fc_mixture_name(const fc_named *const *of, const double *share, int count, int most, char *text,
                     size_t size)
{
    bool told[FC_MIXED] = {false};
    size_t at = 0;
    int parts = 0;
    for (int c = 0; c < count; c++)
        parts += share[c] > 0;
    if (size)
        *text = '\0';
    for (int n = 0; n < most && n < parts && at < size; n++) {
        int next = -1;
        for (int c = 0; c < count; c++)
            if (!told[c] && share[c] > 0 && (next < 0 || share[c] > share[next]))
                next = c;
        told[next] = true;
        at += (size_t)snprintf(text + at, size - at, parts > 1 ? "%s%s x %.2f" : "%s%s", n ? " + " : "",
                               of[next]->name, share[next]);
    }
    if (parts > most && at < size)
        snprintf(text + at, size - at, " + %d more", parts - most);
}

void fc_nested_write(json_t *object, const char *key, const fc_named *of, const void *state)
{
    json_t *entry = json_object();
    nn_json_set(entry, "name", nn_json_text(of->name));
    nn_json_set(entry, "state", fc_forecaster_json(state, of->forecaster));
    nn_json_set(object, key, entry);
}

int fc_nested_read(const fc_named **of, void **state, const json_t *object, const char *key, int targets,
                   int horizon, const char *path, nn_error *error)
{
    const json_t *entry = json_object_get(object, key);
    const char *name = json_string_value(json_object_get(entry, "name"));
    *of = name ? fc_forecaster_kept(name) : NULL;
    if (!*of)
        return nn_fail(error, NN_BAD_DATA, "%s: '%s' names no forecaster", path, key);
    const int code =
        fc_forecaster_read(state, (*of)->forecaster, json_object_get(entry, "state"), path, error);
    const fc_local *local = *state;
    return code || (local->targets == targets && local->horizon == horizon)
               ? code
               : nn_fail(error, NN_BAD_DATA, "%s: '%s' is of %d targets and %d steps instead of %d and %d",
                         path, key, local->targets, local->horizon, targets, horizon);
}
