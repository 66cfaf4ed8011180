/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled light curves that a classifier is to learn from: classes and parts first, then the curves. */
#include "cli/input/lightcurves/training_set.h"

#include "cli/input/lightcurves/taxonomy.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/tasks/lightcurves/training/copies.h"
#include "forecast/tasks/lightcurves/training/rival_grow.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#include <stdio.h>
#include <string.h>

enum { SLOTS = 512 };

#define FIELD(name) offsetof(cli_training_settings, name)
const nn_option cli_training_options[] = {
    {"model", 0, NN_TEXT, FIELD(model), "t2", "KIND", 0, 0,
     "the kind of model; 'auspex models' lists them; auto: 'auspex train' tries a forest, t2, t2-points and "
     "mixtures of "
     "them, and keeps what is best on the validation objects"},
    {"label", 0, NN_TEXT, FIELD(label), "class", "COLUMN", 0, 0,
     "the column of labels in the table of objects, or in the photometry"},
    {"classes", 0, NN_TEXT, FIELD(classes), NULL, "A=1|2,B=3,...", 0, 0,
     "classes with the labels that stand for them, parted by |; * is every other label; a label with a comma "
     "stands "
     "in quotes: A=\"x, y\" (every label is a class)"},
    {"split", 0, NN_TEXT, FIELD(split), "0.8/0.1/0.1", "SPLIT", 0, 0,
     "training, validation and test objects: shares, drawn class by class; COLUMN=VALUE,... or "
     "COLUMN=!VALUE,... to "
     "train on objects with, or without, these values; 5-folds:0 to leave out the first of 5 folds"},
    {"augment", 0, NN_INT, FIELD(augment), "0", "N", 0, 1000,
     "so many copies of each object to train on, moved to the redshifts, times and noise of the file's "
     "others "
     "(Boone 2019), so that bright and near ones teach of faint and far ones"},
    {"taxonomy", 0, NN_TEXT, FIELD(taxonomy), NULL, "FILE|A=B,C;...", 0, 0,
     "a tree over the classes: CSV with the columns class and parent, indented lines, or such a text, as "
     "'transient=Ia,II;variable=RRLyr,EB'. Labels may be names above classes; networks learn by a "
     "hierarchical loss, scores and answers come by level"},
    {"taxonomy-alpha", 0, NN_REAL, FIELD(alpha), "0", "ALPHA", -5, 5,
     "of the hierarchical loss: ln p of a class among its siblings counts exp(-ALPHA) as much with each "
     "level "
     "down; 0: the loss is that of the classes"},
    {"missing-bands", 0, NN_REAL, FIELD(missing), "0", "SHARE", 0, 1,
     "share of these copies that lack a band, drawn at random, as objects of a survey with fewer"},
    {0}};

static bool sees_redshift(const fc_request *request)
{
    const fc_lightcurves_network *network = request->kind->network;
    fc_sight_settings sight;
    network->sight(request->config, &sight);
    return sight.extras != FC_EXTRAS_NONE;
}

static int check_alpha(const cli_training_settings *s, const fc_request *request, nn_error *error)
{
    const fc_lightcurves_network *network = request->kind->network;
    if (!cli_given("taxonomy-alpha"))
        return NN_OK;
    if (!s->taxonomy)
        return nn_fail(error, NN_USAGE, "--taxonomy-alpha is of a tree of classes, which --taxonomy gives");
    return network->forest
               ? nn_fail(error, NN_USAGE, "--taxonomy-alpha is of the loss of a network, and %s has none",
                         request->kind->name)
               : NN_OK;
}

/* --rival and --mixture are of networks. */
static int check_rival(const fc_request *request, nn_error *error)
{
    const fc_lightcurves_network *network = request->kind->network;
    const char *given = cli_given("mixture") ? "mixture"
                        : cli_given("rival") ? (request->training->rival ? "rival" : "no-rival")
                                             : NULL;
    if (network->forest && given)
        return nn_fail(error, NN_USAGE, "--%s is of a network, beside which a forest stands; %s is none",
                       given, request->kind->name);
    return request->training->mixture && !request->training->rival
               ? nn_fail(error, NN_USAGE, "--mixture is one with the forest that --no-rival leaves out")
               : NN_OK;
}

static int read_labels(cli_training_set *self, const cli_training_settings *s, nn_error *error)
{
    fc_taxonomy_text text = {0};
    int code = s->taxonomy ? cli_taxonomy_read(&text, s->taxonomy, error) : NN_OK;
    if (!code)
        code =
            cli_labels_make(&self->labels, self->catalogue, 0, s->classes, s->taxonomy ? &text : NULL, error);
    fc_taxonomy_text_clear(&text);
    return code;
}

int cli_training_set_open(cli_training_set *self, const char *path, const cli_training_settings *s,
                          fc_request *request, nn_error *error)
{
    char categories[512], column[256];
    const bool redshift = sees_redshift(request);
    bool second = cli_split_column(s->split, column, sizeof column) && strcmp(column, s->label) != 0;
    snprintf(categories, sizeof categories, "%s%s%s", s->label, second ? "," : "", second ? column : "");
    const cli_wanted wanted = {.categories = categories,
                               .numbers = redshift ? FC_REDSHIFT_COLUMNS : NULL,
                               .path = path,
                               .hint = "--redshift none trains without redshifts"};
    int code = check_alpha(s, request, error);
    if (!code)
        code = check_rival(request, error);
    if (!code)
        code = cli_read_catalogue(&self->catalogue, &s->metadata, &s->photometry, NULL, &wanted, error);
    if (!code)
        code = read_labels(self, s, error);
    if (!code)
        code = cli_labels_split(&self->labels, self->catalogue, s->split, second, request->training->seed,
                                error);
    if (!code)
        cli_labels_say_few(&self->labels, self->catalogue, -1, true);
    if (!code)
        code = cli_open_lightcurves(&self->reader, path, &s->photometry, NULL, NULL, error);
    if (code)
        return code;
    for (int c = 0; c < self->labels.count; c++)
        self->names[c] = self->labels.name[c];
    self->set = (fc_class_set){.bands = ds_lightcurves_bands(self->reader),
                               .classes = self->labels.count,
                               .class_names = self->names,
                               .redshift = redshift,
                               .taxonomy = self->labels.tree.nodes ? &self->labels.tree : NULL,
                               .alpha = s->alpha};
    request->objects = &self->set;
    request->split_name = s->split;
    return NN_OK;
}

static int note_origin(fc_record *r, const cli_training_set *self, const cli_training_settings *s,
                       nn_error *error)
{
    const char *classes = s->classes ? s->classes : "";
    const char *label = ds_catalogue_category_name(self->catalogue, 0); /* one that goes on has its own */
    snprintf(r->data_name, sizeof r->data_name, "%s", nn_base_name(ds_lightcurves_name(self->reader)));
    snprintf(r->metadata_name, sizeof r->metadata_name, "%s",
             s->metadata.file ? nn_base_name(s->metadata.file) : r->data_name);
    r->objects_hash = ds_catalogue_hash(self->catalogue, 0);
    snprintf(r->label_name, sizeof r->label_name, "%s", label);
    snprintf(r->classes, sizeof r->classes, "%s", classes);
    return strcmp(r->label_name, label) || strcmp(r->classes, classes)
               ? nn_fail(error, NN_USAGE, "--label or --classes is too long")
               : NN_OK;
}

typedef struct reading {
    cli_training_set *to;
    const fc_classifier *model;
    fc_copies *copies; /* NULL: none are wanted */
} reading;

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    const reading *self = context;
    (void)age;
    if (slot->state != FC_SLOT_READY)
        return NN_OK;
    const bool labelled = row >= 0 && self->to->labels.row[row] >= 0;
    cli_progress("%zu objects", self->to->set.count + 1);
    const int code =
        labelled ? fc_class_set_add(&self->to->set, self->model, slot, self->to->labels.part[row], error)
                 : NN_OK;
    return code || !self->copies
               ? code
               : fc_copies_keep(self->copies, slot, labelled ? (long)self->to->set.count - 1 : -1, error);
}

/* All light curves, and copies of them. */
static int read_through(cli_training_set *self, const cli_training_settings *s, fc_classifier *classifier,
                        fc_engine *engine, nn_error *error)
{
    int code = NN_OK;
    fc_sweep objects = {.reader = self->reader,
                        .catalogue = self->catalogue,
                        .label = self->labels.row,
                        .parts = self->labels.part,
                        .engine = engine,
                        .redshift = classifier->redshift,
                        .labelled_only = true,
                        .stopped = cli_interrupted,
                        .part = -1};
    double start = nn_seconds();
    fc_copies *copies = NULL;
    size_t made = 0;
    if (s->augment) {
        objects.labelled_only = false; /* others are templates */
        code = (copies = fc_copies_new(s->augment, s->missing, classifier->base.record.training.seed, error))
                   ? NN_OK
                   : NN_FAILED;
    }
    if (!code)
        code = fc_sweep_run(&objects, take, &(reading){self, classifier, copies}, error);
    if (!code && copies) {
        cli_progress("copies ...");
        code = fc_copies_make(copies, engine, classifier, &self->set, cli_interrupted, &made, error);
    }
    fc_copies_free(copies);
    cli_progress_end();
    if (!code) {
        cli_say_lightcurves(self->reader);
        cli_objects_say(&objects);
    }
    if (code)
        return code;
    char took[32];
    if (s->augment && !made)
        cli_say_note("no object has a redshift, which is what --augment moves: there are no copies");
    else if (made)
        cli_say("%zu copies of them at other redshifts", made);
    cli_say("%zu light curves %s in %s", self->set.count,
            classifier->sight.features ? "read and described by features"
            : classifier->sight.points ? "read"
                                       : "read and put through their Gaussian processes",
            cli_duration(nn_seconds() - start, took));
    return NN_OK;
}

int cli_training_set_read(cli_training_set *self, const cli_training_settings *s, fc_model *model,
                          const fc_request *request, nn_error *error)
{
    fc_engine *engine = NULL;
    fc_classifier *rival = NULL;
    fc_classifier *classifier = fc_classifier_of(model);
    int code = note_origin(&model->record, self, s, error);
    if (!code)
        code = fc_engine_new(&engine, classifier, request->pool, SLOTS, false, error);
    /* Features of a network's rival are made beside its own sight; of late ones the engine knows itself. */
    if (!code && request->training->rival && !classifier->sight.features && !classifier->sight.late &&
        !(code = fc_rival_new(&rival, classifier, 1, error)))
        code = fc_engine_want_beside(engine, rival, error);
    if (!code)
        code = read_through(self, s, classifier, engine, error);
    fc_engine_free(engine);
    fc_model_free(rival ? &rival->base : NULL);
    return code;
}

void cli_training_set_clear(cli_training_set *self)
{
    fc_class_set_clear(&self->set);
    ds_lightcurves_close(self->reader);
    cli_labels_clear(&self->labels);
    ds_catalogue_free(self->catalogue);
}
