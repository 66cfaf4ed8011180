/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares what two models' files say of them, but for what training alone decides. */
#include "forecast/better.h"

#include "forecast/model_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double rounding = 1e-4; /* between builds and processors, as a share */

/* Entries and their members that follow from how it was trained; NULL-ended. */
static const char *const learnt_entries[] = {"auspex.uncertainty", "auspex.forecaster", "auspex.companion",
                                             NULL};
static const char *const learnt_of_classifier[] = {
    "temperature",    "centre",         "whitener",         "novelty",          "nearest_mean", "rival_share",
    "rival_log_loss", "rival_accuracy", "mixture_log_loss", "mixture_accuracy", "tried",        NULL};
static const char *const of_training[] = {
    "epochs",     "best_epoch", "train_loss", "validation_loss", "start_validation_loss", "figures",
    "first_rows", "updates",    NULL};
/* Of the options of the training those that say what the loss is of. */
static const char *const of_loss[] = {"loss", "huber-delta", "quantile", "balanced", NULL};

static bool is_one_of(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static void drop(json_t *object, const char *const *names)
{
    for (; object && *names; names++)
        json_object_del(object, *names);
}

static void keep_only(json_t *object, const char *const *names)
{
    const char *key;
    void *next;
    json_t *value;
    json_object_foreach_safe(object, next, key, value)
    {
        if (!is_one_of(names, key))
            json_object_del(object, key);
    }
}

/* What is left tells what was to be learnt, and from what. */
static void strip(json_t *entries)
{
    json_t *training = json_object_get(entries, "auspex.training");
    drop(entries, learnt_entries);
    drop(json_object_get(entries, "auspex.classifier"), learnt_of_classifier);
    drop(training, of_training);
    keep_only(json_object_get(training, "options"), of_loss);
    if (json_object_get(training, "data_hash")) /* then its name says nothing more */
        json_object_del(training, "data");
}

/* What a file says of its model, but for what it is called and what proves it. */
static json_t *entries_of(const nn_st_file *file)
{
    static const char *const others[] = {"auspex.format", "auspex.version", "auspex.model",
                                         "auspex.task",   "auspex.hash",    NULL};
    json_t *entries = json_object();
    for (size_t i = 0; i < nn_st_metadata_count(file); i++) {
        const char *key = nn_st_metadata_key(file, i), *text = nn_st_metadata(file, key);
        if (!is_one_of(others, key))
            nn_json_set(entries, key, json_loads(text, 0, NULL));
    }
    return entries;
}

/* As it would come back from a file. */
static json_t *as_read(const json_t *object)
{
    char *text = nn_json_dump(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_t *read = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return read;
}

static bool is_text(const nn_st_file *file, const char *key, const char *text)
{
    const char *there = nn_st_metadata(file, key);
    return there && strcmp(there, text) == 0;
}

/* Of the epoch that was kept, as fc_record_loss; NaN: none. */
static double loss_in(const json_t *entries)
{
    const json_t *training = json_object_get(entries, "auspex.training");
    const json_int_t best = json_integer_value(json_object_get(training, "best_epoch"));
    const json_t *losses = json_object_get(training, best ? "validation_loss" : "start_validation_loss");
    const json_t *loss = json_array_get(losses, best > 0 ? (size_t)best - 1 : 0);
    return json_is_number(loss) ? json_number_value(loss) : NAN;
}

static bool is_better(const nn_st_file *file, const fc_model *model, double *loss)
{
    if (!is_text(file, "auspex.model", model->kind->name) || nn_st_metadata(file, "auspex.compressed"))
        return false;
    nn_json_whole();
    json_t *made = fc_model_entries(model), *own = as_read(made), *other = entries_of(file);
    *loss = loss_in(other);
    strip(own);
    strip(other);
    const double now = fc_record_loss(&model->record);
    const bool better = nn_json_whole() && own && json_equal(own, other) && isfinite(*loss) &&
                        *loss < now - rounding * fabs(now);
    json_decref(made);
    json_decref(own);
    json_decref(other);
    return better;
}

bool fc_better_in(const char *path, const fc_model *model, double *loss)
{
    nn_st_file *file;
    if (model->kind->forecaster || !fc_is_model_file(path) || nn_st_open(&file, path, NULL))
        return false;
    const bool better = is_better(file, model, loss);
    nn_st_close(file);
    return better;
}
