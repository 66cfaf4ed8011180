/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train --model KIND where KIND is a classifier of light curves. */
#include "cli/shell/list.h"

#include "cli/input/objects.h"
#include "cli/input/recipe.h"
#include "cli/output/loss_figure.h"
#include "cli/output/model.h"
#include "cli/shell/json.h"
#include "cli/shell/picture.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/fit.h"
#include "forecast/tasks/lightcurves_fit.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 512 };

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    cli_metadata metadata;
    fc_training training;
    char *output, *plot, *model, *label, *classes, *split;
    int threads, json;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), NULL, "FILE", 0, 0, "where the model goes (needed)"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw the losses by epoch: .png, .svg or .pdf; -: text art in the terminal"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "print the record of the training as JSON"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
static const nn_option object_options[] = {
    {"model", 0, NN_TEXT, FIELD(model), "t2", "KIND", 0, 0, "the kind of model; 'auspex models' lists them"},
    {"label", 0, NN_TEXT, FIELD(label), "class", "COLUMN", 0, 0,
     "the column of labels in the table of objects"},
    {"classes", 0, NN_TEXT, FIELD(classes), NULL, "A=1|2,B=3,...", 0, 0,
     "classes with the labels that stand for them, parted by |; * is every other label (every label is a "
     "class)"},
    {"split", 0, NN_TEXT, FIELD(split), "0.8/0.1/0.1", "SPLIT", 0, 0,
     "training, validation and test objects: shares, drawn class by class; COLUMN=VALUE,... or "
     "COLUMN=!VALUE,... to "
     "train on objects with, or without, these values; 5-folds:0 to leave out the first of 5 folds"},
    {0}};

/* --- progress --- */

typedef struct watch {
    double start, epoch_start; /* seconds of nn_seconds */
    int epoch;
} watch;

static int on_progress(void *context, const fc_progress *p)
{
    watch *w = context;
    char text[32];
    if (p->step < p->steps || isnan(p->validation_loss)) {
        cli_progress("epoch %d/%d  step %zu/%zu  loss %.6f  %.0f objects/s  %s left", p->epoch, p->epochs,
                     p->step, p->steps, p->train_loss, p->samples_per_second,
                     cli_duration(p->seconds_left, text));
        return cli_interrupted();
    }
    if (w->epoch == 0)
        cli_say("epoch  train loss  validation  learning rate         time");
    cli_say("%5d  %10.6f  %10.6f  %13.3g  %11s%s%s", p->epoch, p->train_loss, p->validation_loss,
            p->learning_rate, cli_duration(nn_seconds() - w->epoch_start, text), p->best ? "  best" : "",
            p->stopped_early ? "  no better for too long: stopped" : "");
    w->epoch = p->epoch;
    w->epoch_start = nn_seconds();
    return cli_interrupted();
}

/* --- what is read --- */

typedef struct job {
    const settings *s;
    const cli_run *run;
    ds_catalogue *catalogue;
    cli_labels labels;
    const char *names[FC_MOST_CLASSES];
    ds_lightcurves *reader;
    fc_classifier *model;
    nn_pool *pool;
    fc_class_set set;
    fc_request request;
} job;

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    job *j = context;
    (void)age;
    if (slot->state != FC_SLOT_READY)
        return NN_OK;
    cli_progress("%zu objects", j->set.count + 1);
    return fc_class_set_add(&j->set, j->model, slot, j->labels.part[row], error);
}

static bool sees_redshift(const cli_run *run)
{
    const fc_lightcurves_network *network = run->kind->network;
    fc_sight_settings sight;
    network->sight(run->config, &sight);
    return sight.extras != FC_EXTRAS_NONE;
}

static int read_labels(job *j, nn_error *error)
{
    const settings *s = j->s;
    char categories[512], column[256];
    bool second = cli_split_column(s->split, column, sizeof column) && strcmp(column, s->label) != 0;
    snprintf(categories, sizeof categories, "%s%s%s", s->label, second ? "," : "", second ? column : "");
    const cli_wanted wanted = {.categories = categories,
                               .numbers = sees_redshift(j->run) ? FC_REDSHIFT_COLUMNS : NULL,
                               .path = j->run->operands[0],
                               .hint = "--redshift none trains without redshifts"};
    int code = cli_read_catalogue(&j->catalogue, &s->metadata, &s->photometry, NULL, &wanted, error);
    if (!code)
        code = cli_labels_make(&j->labels, j->catalogue, 0, s->classes, error);
    if (!code)
        code = cli_labels_split(&j->labels, j->catalogue, s->split, second, s->training.seed, error);
    if (!code)
        cli_labels_say_few(&j->labels, j->catalogue, -1);
    return code;
}

static int new_model(job *j, nn_error *error)
{
    const settings *s = j->s;
    for (int c = 0; c < j->labels.count; c++)
        j->names[c] = j->labels.name[c];
    fc_model *model;
    j->set = (fc_class_set){.bands = ds_lightcurves_bands(j->reader),
                            .classes = j->labels.count,
                            .class_names = j->names,
                            .redshift = sees_redshift(j->run)};
    j->request = (fc_request){.kind = j->run->kind,
                              .config = j->run->config,
                              .training = &s->training,
                              .split_name = s->split,
                              .objects = &j->set,
                              .pool = j->pool};
    int code = fc_model_new(&model, &j->request, error);
    if (code)
        return code;
    j->model = fc_classifier_of(model);
    fc_record *r = &model->record;
    snprintf(r->data_name, sizeof r->data_name, "%s", nn_base_name(ds_lightcurves_name(j->reader)));
    snprintf(r->metadata_name, sizeof r->metadata_name, "%s",
             nn_base_name(s->metadata.file ? s->metadata.file : j->run->operands[0]));
    snprintf(r->label_name, sizeof r->label_name, "%s", s->label);
    snprintf(r->classes, sizeof r->classes, "%s", s->classes ? s->classes : "");
    if (strlen(r->label_name) < strlen(s->label) || (s->classes && strlen(r->classes) < strlen(s->classes)))
        return nn_fail(error, NN_USAGE, "--label or --classes is too long");
    return NN_OK;
}

static int read_curves(job *j, nn_error *error)
{
    fc_engine *engine = NULL;
    int code = fc_engine_new(&engine, j->model, j->pool, SLOTS, false, error);
    if (code)
        return code;
    fc_sweep objects = {.reader = j->reader,
                        .catalogue = j->catalogue,
                        .label = j->labels.row,
                        .parts = j->labels.part,
                        .engine = engine,
                        .redshift = j->model->redshift,
                        .labelled_only = true,
                        .stopped = cli_interrupted,
                        .part = -1};
    double start = nn_seconds();
    code = fc_sweep_run(&objects, take, j, error);
    cli_progress_end();
    fc_engine_free(engine);
    if (code)
        return code;
    cli_say_lightcurves(j->reader);
    cli_objects_say(&objects);
    char took[32];
    cli_say("%zu light curves %s in %s", j->set.count,
            j->model->sight.points ? "read" : "read and put through their Gaussian processes",
            cli_duration(nn_seconds() - start, took));
    return NN_OK;
}

/* --- after --- */

static void say_end(const job *j, double seconds)
{
    const fc_record *r = &j->model->base.record;
    char took[32];
    double loss = r->validation_loss[r->best_epoch - 1];
    cli_say("kept epoch %d of %d: validation loss %.6f (shares of the classes alone: %.6f); %s; model in %s",
            r->best_epoch, r->epochs, loss, r->naive_validation_loss, cli_duration(seconds, took),
            j->s->output);
    cli_say("validation objects: accuracy %.4f, mean -ln p %.4f at temperature %.3f", r->validation_accuracy,
            r->validation_log_loss, j->model->temperature);
    if (!(loss < r->naive_validation_loss))
        cli_say_note("the model is no better than the shares of the classes");
}

static int print_json(const job *j, double seconds, nn_error *error)
{
    json_t *object = cli_json_new("auspex.train/1");
    nn_json_set(object, "file", nn_json_text(j->s->output));
    nn_json_set(object, "seconds", nn_json_real(seconds));
    cli_model_json(object, &j->model->base);
    return cli_json_print(object, error);
}

/* The first Ctrl-C stops after the step; what is best so far is kept. */
static int fit(job *j, cli_figure *figure, nn_error *error)
{
    watch w = {.start = nn_seconds()};
    w.epoch_start = w.start;
    cli_interrupt_wait(true);
    j->request.progress = on_progress;
    j->request.context = &w;
    int code = fc_fit(&j->model->base, &j->request, error);
    cli_interrupt_wait(false);
    cli_progress_end();
    if (code == NN_STOPPED && j->model->base.record.best_epoch == 0)
        return nn_fail(error, NN_STOPPED, "stopped before the first epoch was done; nothing is saved");
    bool kept = code == NN_OK || code == NN_STOPPED;
    int saved = kept ? fc_model_save(&j->model->base, j->s->output, error) : NN_OK;
    if (saved || !kept)
        return saved ? saved : code;
    double seconds = nn_seconds() - w.start;
    say_end(j, seconds);
    saved = j->s->json ? print_json(j, seconds, error) : NN_OK;
    if (!saved && cli_figure_wanted(figure))
        saved = cli_draw_loss(figure, &j->model->base, error);
    if (saved)
        return saved;
    return code ? nn_fail(error, NN_STOPPED, "stopped; the best model so far, of epoch %d, is in %s",
                          j->model->base.record.best_epoch, j->s->output)
                : NN_OK;
}

static int train(job *j, cli_figure *figure, const char *path, nn_error *error)
{
    int code = read_labels(j, error);
    if (!code)
        code = cli_open_lightcurves(&j->reader, path, &j->s->photometry, NULL, NULL, error);
    if (!code)
        code = nn_pool_new(&j->pool, j->s->threads, error);
    if (!code)
        code = new_model(j, error);
    if (!code)
        code = read_curves(j, error);
    return code ? code : fit(j, figure, error);
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    bool data_on_stdout = s->json || (s->output && strcmp(s->output, "-") == 0);
    cli_figure figure = cli_figure_make(s->plot, NULL, data_on_stdout);
    job j = {.s = s, .run = run};
    int code = cli_check_input(run->operands[0], error);
    if (!code && s->json && s->output && strcmp(s->output, "-") == 0)
        code = nn_fail(error, NN_USAGE, "--json and the model cannot both go to standard output");
    if (!code)
        code = cli_figure_check(&figure, error);
    if (!code)
        code = cli_check_output(s->output, error);
    if (!code)
        code = train(&j, &figure, run->operands[0], error);
    fc_class_set_clear(&j.set);
    fc_model_free(j.model ? &j.model->base : NULL);
    nn_pool_free(j.pool);
    ds_lightcurves_close(j.reader);
    cli_labels_clear(&j.labels);
    ds_catalogue_free(j.catalogue);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"Objects and classes", object_options, 0},
                                       {"Table of objects", cli_metadata_options, FIELD(metadata)},
                                       {"Training", fc_class_training_options, FIELD(training)},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex train sky.csv --metadata sky_meta.csv --model t2 --redshift none --label class -o "
     "t2.safetensors",
     "every label is a class; without redshifts"},
    {"auspex train sky.csv --metadata sky_meta.csv --model t2 --label target --classes 'Ia=90,rest=*' -o "
     "ia.safetensors",
     "one class against all others"},
    {"auspex train sky.csv --model t2 --redshift none -o t2.safetensors",
     "the class stands in every row of the photometry, in a column 'class'"},
    {"auspex train sky.csv --metadata sky_meta.csv --model t2 --split 'spec=!-9' -o spec.safetensors",
     "on the objects with a spectroscopic type, with photometric redshifts"},
    {NULL, NULL}};

const cli_command cli_train_classifier = {
    .name = "train",
    .summary = "train a classifier on a survey's light curves",
    .synopsis = "PHOTOMETRY [--metadata OBJECTS] --model KIND -o MODEL [OPTION...]",
    .about = "PHOTOMETRY has a row per measurement, OBJECTS a row per object with its label and, unless "
             "--redshift none, "
             "its photometric redshift and error; without --metadata these stand in the photometry. The "
             "validation part decides which epoch is kept; the test "
             "part is "
             "left for 'auspex evaluate'. The same seed gives the same file for any number of threads.\n\n"
             "Ctrl-C stops after the current step and saves the best model so far (exit code 130).",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "PHOTOMETRY",
    .with_model = true,
    .run = run,
};
