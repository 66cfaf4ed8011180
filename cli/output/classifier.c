/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/output/model.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"

#include <math.h>

static json_t *classes_json(const fc_classifier *model)
{
    json_t *array = json_array();
    for (int c = 0; c < model->classes; c++) {
        json_t *one = json_object();
        nn_json_set(one, "name", nn_json_text(model->class_names[c]));
        nn_json_set(one, "training_objects", json_integer((json_int_t)model->class_counts[c]));
        nn_json_append(array, one);
    }
    return array;
}

static json_t *bands_json(const fc_classifier *model)
{
    json_t *array = json_array();
    for (int b = 0; b < model->bands.count; b++) {
        json_t *one = json_object();
        nn_json_set(one, "name", nn_json_text(model->bands.name[b]));
        nn_json_set(one, "wavelength", nn_json_real(model->bands.wavelength[b]));
        nn_json_append(array, one);
    }
    return array;
}

static json_t *training_json(const fc_model *model)
{
    const fc_record *r = &model->record;
    json_t *object = json_object();
    nn_json_set(object, "data", nn_json_text(r->data_name));
    nn_json_set(object, "metadata", nn_json_text(r->metadata_name));
    nn_json_set(object, "label", nn_json_text(r->label_name));
    nn_json_set(object, "classes", nn_json_text(r->classes));
    nn_json_set(object, "split", nn_json_text(model->split));
    nn_json_set(object, "objects", json_integer((json_int_t)r->objects));
    nn_json_set(object, "train", json_integer((json_int_t)r->train));
    nn_json_set(object, "validation", json_integer((json_int_t)r->validation));
    nn_json_set(object, "epochs", json_integer(r->epochs));
    nn_json_set(object, "best_epoch", json_integer(r->best_epoch));
    nn_json_set(object, "train_loss", nn_json_reals(r->train_loss, (size_t)r->epochs));
    nn_json_set(object, "validation_loss", nn_json_reals(r->validation_loss, (size_t)r->epochs));
    nn_json_set(object, "prior_loss", nn_json_real(r->naive_validation_loss));
    nn_json_set(object, "validation_log_loss", nn_json_real(r->validation_log_loss));
    nn_json_set(object, "validation_accuracy", nn_json_real(r->validation_accuracy));
    nn_json_set(object, "version", nn_json_text(r->version));
    nn_json_set(object, "options", nn_json_record(fc_class_training_options, &r->training));
    return object;
}

void cli_classifier_json(json_t *object, const fc_classifier *model)
{
    nn_json_set(object, "model", nn_json_text(model->base.kind->name));
    nn_json_set(object, "classes", classes_json(model));
    nn_json_set(object, "bands", bands_json(model));
    nn_json_set(object, "redshift", json_boolean(model->redshift));
    nn_json_set(object, "temperature", nn_json_real(model->temperature));
    nn_json_set(object, "weights", json_integer((json_int_t)model->base.params->size));
    nn_json_set(object, "settings", nn_json_record(model->base.kind->options, model->base.config));
    nn_json_set(object, "training", training_json(&model->base));
}

static void print_record(const char *title, const nn_option *table, const void *record)
{
    char text[4096];
    size_t at = 0;
    text[0] = 0;
    for (const nn_option *o = table; o->name && at < sizeof text; o++) {
        char value[256];
        nn_option_get(o, record, value, sizeof value);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s %s", at ? ", " : "", o->name, value);
    }
    int column = printf("  %-10s ", title);
    cli_wrap(stdout, text, column, 13, cli_width(stdout));
}

static void print_training(const fc_model *model)
{
    const fc_record *r = &model->record;
    char clean[300];
    if (r->best_epoch == 0) {
        printf("  training   none recorded\n");
        return;
    }
    printf("  trained on %s, ", cli_clean(r->data_name, clean, sizeof clean));
    printf("label %s", cli_clean(r->label_name, clean, sizeof clean));
    printf(" of %s, ", cli_clean(r->metadata_name, clean, sizeof clean));
    printf("split %s\n", cli_clean(model->split, clean, sizeof clean));
    if (*r->classes)
        printf("  labels     %s\n", cli_clean(r->classes, clean, sizeof clean));
    printf("  objects    %zu usable, %zu to train, %zu to validate\n", r->objects, r->train, r->validation);
    printf("  kept       epoch %d of %d: loss %.6f in training, %.6f in validation (class shares: %.6f)\n",
           r->best_epoch, r->epochs, r->train_loss[r->best_epoch - 1], r->validation_loss[r->best_epoch - 1],
           r->naive_validation_loss);
    printf("  validation accuracy %.4f, mean -ln p %.4f\n", r->validation_accuracy, r->validation_log_loss);
    print_record("options", fc_class_training_options, &r->training);
}

static void print_classes(const fc_classifier *model)
{
    cli_table *table = cli_table_new("class|>training objects");
    for (int c = 0; c < model->classes; c++) {
        cli_table_cell(table, "%s", model->class_names[c]);
        cli_table_cell(table, "%zu", model->class_counts[c]);
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

void cli_print_classifier(const char *path, const fc_classifier *model)
{
    char clean[512], text[DS_BAND_LIMIT * (DS_BAND_NAME + 24)], count[40];
    printf("%s\n", cli_clean(path, clean, sizeof clean));
    printf("  model      %s: %s\n", model->base.kind->name, model->base.kind->summary);
    print_record("settings", model->base.kind->options, model->base.config);
    ds_bands_print(&model->bands, text, sizeof text);
    printf("  bands      %s\n", cli_clean(text, clean, sizeof clean));
    printf("  redshift   %s; temperature %.4f\n", model->redshift ? "seen" : "unseen", model->temperature);
    printf("  weights    %s in %d parameters\n", cli_count(model->base.params->size, count),
           model->base.params->count);
    print_training(&model->base);
    print_classes(model);
}
