/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model file holds, as text and as JSON, read off the tables of its fields. */
#include "cli/output/model.h"

#include "cli/output/loss_figure.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/tasks/lightcurves/training/grow.h"
#include "forecast/tasks/series/series.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t cli_model_size(const fc_model *model)
{
    return fc_model_weights(model)->size;
}

static int target_count(const fc_model *model)
{
    int count = 0;
    for (int j = 0; j < model->columns; j++)
        count += model->is_target[j] != 0;
    return count;
}

/* --- JSON --- */

/* Fields of the model's tables by their keys, parted by blanks. */
static void show(json_t *object, const fc_model *model, const char *keys)
{
    char key[64];
    for (size_t length; *keys; keys += length + (keys[length] == ' ')) {
        length = strcspn(keys, " ");
        snprintf(key, sizeof key, "%.*s", (int)length, keys);
        nn_json_set(object, key, fc_field_shown(model->task->fields, key, model));
    }
}

/* How its file was read where that was not by the defaults, as a command line has it. */
static const char *remembered(const fc_model *model, char text[400])
{
    ds_reading_print(&model->reading, text, 400);
    return text;
}

static json_t *list_json(const char *list)
{
    json_t *names = json_array();
    const char *item;
    size_t length;
    while (nn_list_next(&list, &item, &length)) {
        char *name = strndup(item, length);
        nn_json_append(names, nn_json_text(name));
        free(name);
    }
    return names;
}

static void show_table(json_t *object, const fc_model *model)
{
    json_t *targets = json_array();
    for (int j = 0; j < model->columns; j++)
        if (model->is_target[j])
            nn_json_append(targets, nn_json_text(model->names[j]));
    show(object, model, "lookback horizon columns");
    nn_json_set(object, "targets", targets);
    show(object, model, "frequency time_features split scaler");
    if (*remembered(model, (char[400]){0}))
        show(object, model, "reading");
    if (model->statics)
        nn_json_set(object, "static", list_json(model->statics));
}

static void show_classifier(json_t *object, const fc_classifier *model)
{
    json_t *classes = json_array(), *bands = json_array();
    for (int c = 0; c < model->classes; c++) {
        json_t *one = json_object();
        nn_json_set(one, "name", nn_json_text(model->class_names[c]));
        nn_json_set(one, "training_objects", json_integer((json_int_t)model->class_counts[c]));
        nn_json_append(classes, one);
    }
    for (int b = 0; b < model->bands.count; b++) {
        json_t *one = json_object();
        nn_json_set(one, "name", nn_json_text(model->bands.name[b]));
        nn_json_set(one, "wavelength", nn_json_real(model->bands.wavelength[b]));
        nn_json_append(bands, one);
    }
    nn_json_set(object, "classes", classes);
    nn_json_set(object, "bands", bands);
    show(object, &model->base, "redshift temperature");
    if (model->hierarchy.text)
        show(object, &model->base, "taxonomy");
}

static json_t *prices_json(const fc_market *market)
{
    json_t *object = nn_json_record(ds_price_options, &market->prices);
    nn_json_set(object, "targets", nn_json_text(market->targets));
    return object;
}

/* As the file has it, but with the version, and with the options at the end. */
static json_t *training_json(const fc_model *model)
{
    json_t *object = fc_field_shown(model->task->fields, "auspex.training", model);
    json_object_del(object, "options");
    nn_json_set(object, "version", nn_json_text(model->record.version));
    nn_json_set(object, "options", nn_json_record(model->task->training, &model->record.training));
    return object;
}

void cli_model_json(json_t *object, const fc_model *model)
{
    nn_json_set(object, "model", nn_json_text(model->kind->name));
    if (fc_classifier_of(model))
        show_classifier(object, fc_classifier_of(model));
    else
        show_table(object, model);
    nn_json_set(object, "weights", json_integer((json_int_t)cli_model_size(model)));
    if (model->precision) {
        json_t *precision = json_object();
        nn_json_set(precision, "name", nn_json_text(fc_precision_names[model->precision]));
        nn_json_set(precision, "loss", nn_json_real(model->precision_loss));
        nn_json_set(precision, "float_loss", nn_json_real(model->exact_loss));
        nn_json_set(object, "precision", precision);
    }
    nn_json_set(object, "settings", nn_json_record(model->kind->options, model->config));
    if (fc_model_market(model))
        nn_json_set(object, "prices", prices_json(fc_model_market(model)));
    nn_json_set(object, "training", training_json(model));
}

json_t *cli_parameters_json(const nn_params *params)
{
    json_t *array = json_array();
    for (int i = 0; i < params->count; i++) {
        json_t *object = json_object(), *shape = json_array();
        for (int k = 0; k < params->table[i].rank; k++)
            nn_json_append(shape, json_integer(params->table[i].shape[k]));
        nn_json_set(object, "name", nn_json_text(params->table[i].name));
        nn_json_set(object, "shape", shape);
        nn_json_append(array, object);
    }
    return array;
}

/* --- for people --- */

/* A heading and words behind it, folded at the width of the terminal. */
typedef struct words {
    int at, width;
    bool first;
} words;

static words words_begin(const char *title)
{
    return (words){.at = printf("  %-10s ", title), .width = cli_width(stdout), .first = true};
}

static void words_add(words *w, const char *text)
{
    char clean[512];
    int length = (int)strlen(cli_clean(text, clean, sizeof clean));
    if (!w->first)
        w->at += printf(",");
    if (w->at + length + 2 > w->width && !w->first)
        w->at = printf("\n%*s", 13, "") - 1;
    else if (!w->first)
        w->at += printf(" ");
    w->at += printf("%s", clean);
    w->first = false;
}

static bool is_named(const char *const *names, const char *name)
{
    while (names && *names && strcmp(*names, name) != 0)
        names++;
    return names && *names;
}

/* later: those that older files lack, which are not said where they are as by default; NULL: none. */
static void print_settings_but(const char *title, const nn_option *table, const void *record,
                               const char *const *later)
{
    words w = words_begin(title);
    for (const nn_option *o = table; o->name; o++) {
        char value[256], text[400];
        if (is_named(later, o->name) && nn_option_is_default(o, record))
            continue;
        nn_option_get(o, record, value, sizeof value);
        snprintf(text, sizeof text, "%s %s", o->name, value);
        if (*value) /* else it is left to something else */
            words_add(&w, text);
    }
    putchar('\n');
}

static void print_settings(const char *title, const nn_option *table, const void *record)
{
    print_settings_but(title, table, record, NULL);
}

static void print_names(const char *title, const fc_model *model, bool targets)
{
    words w = words_begin(title);
    for (int j = 0; j < model->columns; j++)
        if (!targets || model->is_target[j])
            words_add(&w, model->names[j]);
    putchar('\n');
}

/* What the model remembers of how its file was read; nothing where that was plain. */
static void print_reading(const fc_model *model)
{
    char text[400], clean[400];
    if (*remembered(model, text))
        printf("  read       %s\n", cli_clean(text, clean, sizeof clean));
    if (model->time_form)
        printf("  time       '%s', read as %s\n",
               cli_clean(model->time_name ? model->time_name : "", clean, 200), model->time_form);
}

static void print_kept(const fc_record *r)
{
    printf("  kept       epoch %d of %d: loss %.6f in training, %.6f in validation", r->best_epoch, r->epochs,
           r->train_loss[r->best_epoch - 1], r->validation_loss[r->best_epoch - 1]);
}

static void print_teacher(const fc_record *r)
{
    char clean[400];
    if (*r->teacher)
        printf("  taught by  %s of what it learnt\n", cli_clean(r->teacher, clean, sizeof clean));
}

static void print_training(const fc_record *r, bool fitted)
{
    char clean[300];
    cli_clean(r->data_name, clean, sizeof clean);
    const bool imported = r->epochs == 0 && !fitted;
    if (imported)
        printf("  training   none recorded; the weights come from another program\n");
    printf("  %s %s, %zu rows, hash %016llx\n",
           imported ? "scaled by "
           : fitted ? "fitted to "
                    : "trained on",
           clean, r->rows, (unsigned long long)r->data_hash);
    if (r->updates)
        printf("  continued  %d time%s, at first on %zu rows\n", r->updates, r->updates == 1 ? "" : "s",
               r->first_rows);
    if (r->epochs == 0)
        return;
    double naive = r->naive_validation_loss;
    if (r->best_epoch == 0) {
        printf("  kept       %s, before %d epochs",
               r->updates ? "the weights as they were" : "the linear start", r->epochs);
        if (isfinite(r->start_validation_loss)) /* older files and others do not say */
            printf(": loss %.6f in validation", r->start_validation_loss);
    } else {
        print_kept(r);
    }
    if (isfinite(naive) && naive > 0)
        printf(" (%s: %s %.6f)", cli_clean(r->naive_name, clean, sizeof clean), cli_loss_name(&r->training),
               naive);
    putchar('\n');
    print_teacher(r);
    print_settings("options", fc_training_options, &r->training);
}

/* The forest beside a network. */
static void print_rival(const fc_classifier *model)
{
    const fc_classifier *rival = fc_rival_of(model);
    char nodes[40];
    if (!rival)
        return;
    printf("  beside it  a forest on features, %s nodes: validation accuracy %.4f, mean -ln p %.4f\n",
           cli_count((size_t)rival->forest.nodes, nodes), model->rivalry.accuracy, model->rivalry.log_loss);
    if (fc_rival_share(model) > 0)
        printf("  mixture    %.1f of the network, %.1f of the forest: validation accuracy %.4f, mean -ln p "
               "%.4f\n",
               1 - model->rivalry.share, model->rivalry.share, model->rivalry.mixed_accuracy,
               model->rivalry.mixed_log_loss);
}

static void print_class_training(const fc_model *model)
{
    const fc_record *r = &model->record;
    const fc_classifier *classifier = fc_classifier_of(model);
    char clean[1024];
    const bool grown = fc_classifier_grows(model);
    if (r->best_epoch == 0 && !(grown && r->train)) {
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
    if (classifier->tried)
        printf("  chosen of  %s (mean -ln p and accuracy on validation objects)\n",
               cli_clean(classifier->tried, clean, sizeof clean));
    if (grown) {
        printf(
            "  objects by the trees that have not seen them: accuracy %.4f, mean -ln p %.4f (class shares: "
            "%.4f)\n",
            r->validation_accuracy, r->validation_log_loss, r->naive_validation_loss);
        return;
    }
    print_kept(r);
    printf(" (class shares: %.6f)\n", r->naive_validation_loss);
    printf("  validation accuracy %.4f, mean -ln p %.4f\n", r->validation_accuracy, r->validation_log_loss);
    print_rival(classifier);
    print_teacher(r);
    print_settings_but("options", fc_class_training_options, &r->training, fc_class_training_later);
}

static void print_table(const fc_model *model)
{
    char clean[512], text[64];
    if (fc_model_market(model))
        print_settings("prices", ds_price_options + 1, &fc_model_market(model)->prices);
    printf("  window     %d rows seen, %d rows forecast\n", model->lookback, model->horizon);
    snprintf(text, sizeof text, "columns %d", model->columns);
    print_names(text, model, false);
    if (target_count(model) < model->columns) {
        snprintf(text, sizeof text, "targets %d", target_count(model));
        print_names(text, model, true);
    }
    ds_frequency_describe(model->frequency, text, sizeof text);
    printf("  frequency  %s; time features %s; scaler %s; split %s\n", text, model->features,
           ds_scaler_name(model->scaler.kind), cli_clean(ds_split_text(model->split), clean, sizeof clean));
    print_reading(model);
}

static void print_sight(const fc_classifier *model)
{
    char text[DS_BAND_LIMIT * (DS_BAND_NAME + 24)], clean[512];
    ds_bands_print(&model->bands, text, sizeof text);
    printf("  bands      %s\n", cli_clean(text, clean, sizeof clean));
    printf("  redshift   %s; temperature %.4f", model->redshift ? "seen" : "unseen", model->temperature);
    if (model->calibrated)
        printf("%s, calibrated on %d objects of another survey",
               model->offset ? " and shifts of the classes" : "", model->calibrated);
    putchar('\n');
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

/* Names above classes with what stands below them, and what answers are worth. */
static void print_taxonomy(const fc_hierarchy *h)
{
    char clean[1024];
    if (!h->text)
        return;
    printf("  taxonomy   %s\n", cli_clean(h->text, clean, sizeof clean));
    printf("             %d levels, alpha %g; answers from probability %.2f on", h->tree.levels, h->alpha,
           h->rule.confidence);
    if (!isnan(h->rule.precision))
        printf(": %.1f%% of the validated objects, %.1f%% of them right", 100 * h->rule.answered,
               100 * h->rule.precision);
    putchar('\n');
}

static void print_model(const char *path, const fc_model *model)
{
    const fc_classifier *classifier = fc_classifier_of(model);
    char clean[512], count[40];
    printf("%s\n", cli_clean(path, clean, sizeof clean));
    printf("  model      %s: %s\n", model->kind->name, model->kind->summary);
    print_settings("settings", model->kind->options, model->config);
    if (classifier)
        print_sight(classifier);
    else
        print_table(model);
    printf("  weights    %s in %d parameters\n", cli_count(cli_model_size(model), count),
           fc_model_weights(model)->count);
    if (model->precision)
        printf("  products   in %s: validation loss %.6f, in floats %.6f\n",
               fc_precision_names[model->precision], model->precision_loss, model->exact_loss);
    if (classifier) {
        print_class_training(model);
        print_taxonomy(&classifier->hierarchy);
        print_classes(classifier);
    } else {
        print_training(&model->record, model->kind->forecaster != NULL);
    }
}

void cli_print_parameters(const nn_params *params)
{
    cli_table *table = cli_table_new("parameter|shape|>weights");
    for (int i = 0; i < params->count; i++) {
        const nn_param *p = &params->table[i];
        char shape[64] = "", count[40];
        size_t at = 0;
        for (int k = 0; k < p->rank; k++)
            at += (size_t)snprintf(shape + at, sizeof shape - at, k ? " x %d" : "%d", p->shape[k]);
        cli_table_cell(table, "%s", p->name);
        cli_table_cell(table, "%s", shape);
        cli_table_cell(table, "%s", cli_count(p->count, count));
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

int cli_inspect_model(const char *path, bool as_json, bool parameters, nn_error *error)
{
    fc_model *model;
    int code = fc_model_load(&model, FC_ANY, path, error);
    if (code)
        return code;
    if (as_json) {
        json_t *object = cli_json_new("auspex.inspect/1");
        nn_json_set(object, "kind", json_string(fc_classifier_of(model) ? "classifier" : "model"));
        nn_json_set(object, "file", nn_json_text(path));
        cli_model_json(object, model);
        if (parameters)
            nn_json_set(object, "parameters", cli_parameters_json(fc_model_weights(model)));
        code = cli_json_print(object, error);
    } else {
        print_model(path, model);
        if (parameters)
            cli_print_parameters(fc_model_weights(model));
    }
    fc_model_free(model);
    return code;
}
