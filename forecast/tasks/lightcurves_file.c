/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier keeps beside its weights, as JSON in its file. */
#include "forecast/json.h"
#include "forecast/tasks/lightcurves_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- saving --- */

static json_t *classes_json(const fc_classifier *model)
{
    json_t *array = json_array();
    for (int c = 0; c < model->classes; c++) {
        json_t *one = json_object();
        fc_json_put(&one, "name", json_string(model->class_names[c]));
        fc_json_put(&one, "count", json_integer((json_int_t)model->class_counts[c]));
        fc_json_push(&array, one);
    }
    return array;
}

static json_t *nearest_json(const fc_nearest_mean *nearest)
{
    json_t *object = json_object();
    size_t features = (size_t)nearest->features, classes = (size_t)nearest->classes;
    fc_json_put(&object, "mean", fc_json_reals(nearest->mean, classes * features));
    fc_json_put(&object, "spread", fc_json_reals(nearest->spread, features));
    fc_json_put(&object, "temperature", json_real(nearest->temperature));
    return object;
}

static json_t *classifier_json(const fc_classifier *model)
{
    size_t bands = (size_t)model->bands.count, columns = (size_t)fc_channel_count(model) + FC_EXTRAS;
    size_t d = (size_t)model->width;
    json_t *object = json_object(), *names = json_array();
    for (size_t b = 0; b < bands; b++)
        fc_json_push(&names, json_string(model->bands.name[b]));
    fc_json_put(&object, "bands", names);
    fc_json_put(&object, "wavelengths", fc_json_reals(model->bands.wavelength, bands));
    fc_json_put(&object, "classes", classes_json(model));
    fc_json_put(&object, "redshift", json_boolean(model->redshift));
    fc_json_put(&object, "softening", fc_json_reals(model->softening, bands));
    fc_json_put(&object, "shift", fc_json_reals(model->shift, columns));
    fc_json_put(&object, "scale", fc_json_reals(model->scale, columns));
    fc_json_put(&object, "temperature", json_real(model->temperature));
    if (model->novelty) {
        fc_json_put(&object, "centre", fc_json_reals(model->normal.mean, d));
        fc_json_put(&object, "whitener", fc_json_reals(model->normal.whitener, d * d));
        fc_json_put(&object, "novelty", fc_json_reals(model->novelty, FC_NOVELTY_QUANTILES));
    }
    if (model->nearest.features > 0)
        fc_json_put(&object, "nearest_mean", nearest_json(&model->nearest));
    return object;
}

/* The name of a file may be in any encoding, and nobody reads it but people. */
static json_t *name_json(const char *text)
{
    json_t *name = json_string(text);
    return name ? name : json_string("?");
}

json_t *fc_classifier_record_json(const fc_model *model)
{
    const fc_record *r = &model->record;
    json_t *object = json_object();
    size_t epochs = (size_t)r->epochs;
    fc_json_put(&object, "options", fc_json_record(fc_class_training_options, &r->training));
    fc_json_put(&object, "data", name_json(r->data_name));
    fc_json_put(&object, "metadata", name_json(r->metadata_name));
    fc_json_put(&object, "label", name_json(r->label_name));
    fc_json_put(&object, "classes", name_json(r->classes));
    fc_json_put(&object, "split", name_json(model->split ? model->split : ""));
    fc_json_put(&object, "objects", json_integer((json_int_t)r->objects));
    fc_json_put(&object, "train", json_integer((json_int_t)r->train));
    fc_json_put(&object, "validation", json_integer((json_int_t)r->validation));
    fc_json_put(&object, "epochs", json_integer(r->epochs));
    fc_json_put(&object, "best_epoch", json_integer(r->best_epoch));
    fc_json_put(&object, "train_loss", fc_json_reals(r->train_loss, epochs));
    fc_json_put(&object, "validation_loss", fc_json_reals(r->validation_loss, epochs));
    const double figures[] = {r->naive_validation_loss, r->validation_log_loss, r->validation_accuracy};
    fc_json_put(&object, "figures", fc_json_reals(figures, 3));
    return object;
}

int fc_classifier_save_state(const fc_model *model, nn_st_writer *writer, nn_error *error)
{
    return fc_json_write_entry(writer, "auspex.classifier", classifier_json((const fc_classifier *)model),
                               error);
}

/* --- loading --- */

static int load_bands(fc_classifier *model, const json_t *object, const char *path, nn_error *error)
{
    const json_t *names = json_object_get(object, "bands");
    size_t count = json_array_size(names);
    if (count < 1 || count > DS_BAND_LIMIT)
        return nn_fail(error, NN_BAD_DATA, "%s: the list of bands is missing or too long", path);
    for (size_t b = 0; b < count; b++) {
        const char *name = json_string_value(json_array_get(names, b));
        if (!name || !*name || strlen(name) >= DS_BAND_NAME)
            return nn_fail(error, NN_BAD_DATA, "%s: the name of band %zu is broken", path, b + 1);
        snprintf(model->bands.name[b], DS_BAND_NAME, "%s", name);
        for (size_t i = 0; i < b; i++)
            if (strcmp(model->bands.name[i], name) == 0)
                return nn_fail(error, NN_BAD_DATA, "%s: two bands are both named '%s'", path, name);
    }
    model->bands.count = (int)count;
    int code = fc_json_read_reals(model->bands.wavelength, count, json_object_get(object, "wavelengths"),
                                  false, "wavelengths", path, error);
    for (size_t b = 0; code == NN_OK && b < count; b++)
        if (!(model->bands.wavelength[b] > 0))
            code = nn_fail(error, NN_BAD_DATA, "%s: the wavelength of band '%s' is not positive", path,
                           model->bands.name[b]);
    return code;
}

static int load_class(fc_classifier *model, const json_t *one, const char *path, nn_error *error)
{
    const char *name = json_string_value(json_object_get(one, "name"));
    if (!name || !*name || strlen(name) > 200)
        return nn_fail(error, NN_BAD_DATA, "%s: the name of class %d is broken", path, model->classes + 1);
    for (int c = 0; c < model->classes; c++)
        if (strcmp(model->class_names[c], name) == 0)
            return nn_fail(error, NN_BAD_DATA, "%s: two classes are both named '%s'", path, name);
    if (!(model->class_names[model->classes] = strdup(name)))
        return nn_no_memory(error);
    model->classes++;
    return NN_OK;
}

static int load_classes(fc_classifier *model, const json_t *object, const char *path, nn_error *error)
{
    const json_t *classes = json_object_get(object, "classes");
    size_t count = json_array_size(classes);
    if (count < 2 || count > FC_MOST_CLASSES)
        return nn_fail(error, NN_BAD_DATA, "%s: %zu classes are not 2 to %d", path, count, FC_MOST_CLASSES);
    if (!(model->class_names = calloc(count, sizeof *model->class_names)))
        return nn_no_memory(error);
    int code = NN_OK;
    for (size_t c = 0; c < count && code == NN_OK; c++)
        code = load_class(model, json_array_get(classes, c), path, error);
    return code;
}

static int check_positive(const double *values, size_t count, const char *what, const char *path,
                          nn_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!(values[i] > 0))
            return nn_fail(error, NN_BAD_DATA, "%s: entry %zu of %s is not positive", path, i + 1, what);
    return NN_OK;
}

/* What the sizes of the network decide. */
static int load_statistics(fc_classifier *model, const json_t *object, const char *path, nn_error *error)
{
    size_t bands = (size_t)model->bands.count, columns = (size_t)fc_channel_count(model) + FC_EXTRAS;
    const json_t *classes = json_object_get(object, "classes");
    for (int c = 0; c < model->classes; c++) {
        long count = fc_json_whole(json_array_get(classes, (size_t)c), "count", 0, 1000000000000L);
        model->class_counts[c] = count > 0 ? (size_t)count : 0;
    }
    int code = fc_json_read_reals(model->softening, bands, json_object_get(object, "softening"), false,
                                  "softening", path, error);
    if (code == NN_OK)
        code = fc_json_read_reals(model->shift, columns, json_object_get(object, "shift"), false, "shift",
                                  path, error);
    if (code == NN_OK)
        code = fc_json_read_reals(model->scale, columns, json_object_get(object, "scale"), false, "scale",
                                  path, error);
    if (code == NN_OK)
        code = check_positive(model->softening, bands, "softening", path, error);
    if (code == NN_OK)
        code = check_positive(model->scale, columns, "scale", path, error);
    const json_t *temperature = json_object_get(object, "temperature");
    model->temperature = json_number_value(temperature);
    if (code == NN_OK && !(json_is_number(temperature) && model->temperature > 0))
        code = nn_fail(error, NN_BAD_DATA, "%s: the temperature is not positive", path);
    return code;
}

static int load_normal(fc_classifier *model, const json_t *object, const char *path, nn_error *error)
{
    size_t d = (size_t)model->width;
    const json_t *whitener = json_object_get(object, "whitener");
    /* d is that of the network, which the weights have yet to bear out: no more memory than the file has. */
    if (json_array_size(whitener) != d * d)
        return nn_fail(error, NN_BAD_DATA, "%s: whitener should be a list of %zu numbers", path, d * d);
    double *values = malloc((d + d * d) * sizeof *values);
    if (!values)
        return nn_no_memory(error);
    int code = fc_json_read_reals(values, d, json_object_get(object, "centre"), false, "centre", path, error);
    if (code == NN_OK)
        code = fc_json_read_reals(values + d, d * d, whitener, false, "whitener", path, error);
    if (code == NN_OK)
        code = fc_mahalanobis_load(&model->normal, values, values + d, model->width, error);
    free(values);
    return code;
}

static int load_novelty(fc_classifier *model, const json_t *object, const char *path, nn_error *error)
{
    if (!json_object_get(object, "novelty"))
        return NN_OK;
    int code = load_normal(model, object, path, error);
    if (code)
        return code;
    if (!(model->novelty = malloc(FC_NOVELTY_QUANTILES * sizeof(double))))
        return nn_no_memory(error);
    code = fc_json_read_reals(model->novelty, FC_NOVELTY_QUANTILES, json_object_get(object, "novelty"), false,
                              "novelty", path, error);
    for (int k = 1; code == NN_OK && k < FC_NOVELTY_QUANTILES; k++)
        if (!(model->novelty[k] >= model->novelty[k - 1]))
            code = nn_fail(error, NN_BAD_DATA, "%s: the quantiles of novelty fall at entry %d", path, k + 1);
    return code;
}

/* Laid out as fc_nearest_mean_fit does: one block. */
static int load_nearest(fc_classifier *model, const json_t *object, const char *path, nn_error *error)
{
    const json_t *nearest = json_object_get(object, "nearest_mean");
    size_t features = (size_t)fc_class_feature_count(model), classes = (size_t)model->classes;
    if (!nearest)
        return NN_OK;
    fc_nearest_mean *to = &model->nearest;
    if (!(to->mean = malloc((classes + 1) * features * sizeof(double))))
        return nn_no_memory(error);
    to->spread = to->mean + classes * features;
    to->temperature = json_number_value(json_object_get(nearest, "temperature"));
    int code = fc_json_read_reals(to->mean, classes * features, json_object_get(nearest, "mean"), true,
                                  "nearest_mean.mean", path, error);
    if (code == NN_OK)
        code = fc_json_read_reals(to->spread, features, json_object_get(nearest, "spread"), false,
                                  "nearest_mean.spread", path, error);
    for (size_t i = 0; code == NN_OK && i < features; i++)
        if (!(to->spread[i] >= 0))
            code =
                nn_fail(error, NN_BAD_DATA, "%s: entry %zu of nearest_mean.spread is negative", path, i + 1);
    if (code == NN_OK && !(to->temperature > 0))
        code = nn_fail(error, NN_BAD_DATA, "%s: the temperature of nearest_mean is not positive", path);
    to->classes = model->classes;
    to->features = (int)features;
    return code;
}

static void load_names(fc_record *r, const json_t *object)
{
    snprintf(r->data_name, sizeof r->data_name, "%s", fc_json_text(object, "data"));
    snprintf(r->metadata_name, sizeof r->metadata_name, "%s", fc_json_text(object, "metadata"));
    snprintf(r->label_name, sizeof r->label_name, "%s", fc_json_text(object, "label"));
    snprintf(r->classes, sizeof r->classes, "%s", fc_json_text(object, "classes"));
}

static size_t count_of(const json_t *object, const char *key)
{
    long count = fc_json_whole(object, key, 0, 1000000000000L);
    return count > 0 ? (size_t)count : 0;
}

int fc_classifier_load_record(fc_model *model, const json_t *object, const char *path, nn_error *error)
{
    fc_record *r = &model->record;
    int code = fc_json_read_record(fc_class_training_options, &r->training,
                                   json_object_get(object, "options"), path, error);
    if (code)
        return code;
    load_names(r, object);
    if (!(model->split = strdup(fc_json_text(object, "split"))))
        return nn_no_memory(error);
    r->objects = count_of(object, "objects");
    r->train = count_of(object, "train");
    r->validation = count_of(object, "validation");
    long epochs = fc_json_whole(object, "epochs", 0, 100000);
    long best = fc_json_whole(object, "best_epoch", 0, epochs);
    if (epochs < 0 || best < 0)
        return nn_fail(error, NN_BAD_DATA, "%s: the record of the training is broken", path);
    r->train_loss = calloc((size_t)epochs + 1, sizeof(double));
    r->validation_loss = calloc((size_t)epochs + 1, sizeof(double));
    if (!r->train_loss || !r->validation_loss)
        return nn_no_memory(error);
    r->epochs = (int)epochs;
    r->best_epoch = (int)best;
    double figures[3];
    code = fc_json_read_reals(r->train_loss, (size_t)epochs, json_object_get(object, "train_loss"), true,
                              "train_loss", path, error);
    if (code == NN_OK)
        code =
            fc_json_read_reals(r->validation_loss, (size_t)epochs, json_object_get(object, "validation_loss"),
                               true, "validation_loss", path, error);
    if (code == NN_OK)
        code =
            fc_json_read_reals(figures, 3, json_object_get(object, "figures"), true, "figures", path, error);
    if (code)
        return code;
    r->naive_validation_loss = figures[0];
    r->validation_log_loss = figures[1];
    r->validation_accuracy = figures[2];
    return NN_OK;
}

int fc_classifier_load_state(fc_model *base, const nn_st_file *file, nn_error *error)
{
    fc_classifier *model = (fc_classifier *)base;
    const char *path = nn_st_path(file);
    json_t *object = fc_json_read_entry(file, "auspex.classifier", error);
    if (!object)
        return NN_BAD_DATA;
    model->redshift = json_is_true(json_object_get(object, "redshift"));
    int code = load_bands(model, object, path, error);
    if (code == NN_OK)
        code = load_classes(model, object, path, error);
    json_decref(object);
    return code;
}

int fc_classifier_load_statistics(fc_model *base, const nn_st_file *file, nn_error *error)
{
    fc_classifier *model = (fc_classifier *)base;
    const char *path = nn_st_path(file);
    json_t *object = fc_json_read_entry(file, "auspex.classifier", error);
    if (!object)
        return NN_BAD_DATA;
    int code = load_statistics(model, object, path, error);
    if (code == NN_OK)
        code = load_novelty(model, object, path, error);
    if (code == NN_OK)
        code = load_nearest(model, object, path, error);
    json_decref(object);
    return code;
}
