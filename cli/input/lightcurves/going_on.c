/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled light curves in front of a classifier that is trained already. */
#include "cli/input/lightcurves/going_on.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "forecast/tasks/lightcurves/training/continue.h"
#include "lib/base/text.h"

#include <stdio.h>
#include <string.h>

const nn_option cli_going_on_options[] = {
    {"from", 0, NN_TEXT, offsetof(cli_going_on_settings, from), NULL, "MODEL", 0, 0,
     "a classifier to go on from, with its settings and its scaling; bands need not be its own; a tenth of "
     "its learning "
     "rate unless given. Labels that are not its classes give it a new layer of classes"},
    {0}};

/* What the model says of itself is not asked for again. */
static int check_settings(const fc_model *base, const cli_training_settings *s, nn_error *error)
{
    const char *given = cli_given_of(base->kind->options);
    if (given)
        return nn_fail(error, NN_USAGE, "--%s: with --from the network's settings are those of the model",
                       given);
    if (s->augment)
        return nn_fail(error, NN_USAGE, "--augment makes copies for a new model; with --from there are none");
    if (cli_given("model") && strcmp(s->model, base->kind->name) != 0)
        return nn_fail(error, NN_USAGE, "--model %s: the model of --from is of kind %s", s->model,
                       base->kind->name);
    return fc_can_continue(base, error);
}

static bool are_classes_of(const cli_labels *labels, const fc_classifier *model)
{
    for (int c = 0; c < labels->count; c++) {
        bool found = false;
        for (int m = 0; m < model->classes; m++)
            found |= strcmp(labels->name[c], model->class_names[m]) == 0;
        if (!found)
            return false;
    }
    return true;
}

/* The labels as the model's classes, or as new ones. */
static int make_labels(cli_training_set *self, const cli_training_settings *s, const fc_classifier *model,
                       bool *renewed, nn_error *error)
{
    const char *kept = model->base.record.classes, *map = s->classes ? s->classes : *kept ? kept : NULL;
    *renewed = false;
    if (s->taxonomy)
        return nn_fail(error, NN_USAGE, "--taxonomy: a model that goes on keeps the tree that it has");
    if (model->hierarchy.text || (!s->classes && *kept))
        return cli_labels_match(&self->labels, self->catalogue, 0, map, model, error);
    int code = cli_labels_make(&self->labels, self->catalogue, 0, map, NULL, error);
    if (code)
        return code;
    if ((*renewed = !are_classes_of(&self->labels, model)))
        return NN_OK;
    cli_labels_clear(&self->labels);
    return cli_labels_match(&self->labels, self->catalogue, 0, map, model, error);
}

static int read_labels(cli_training_set *self, const char *path, const cli_training_settings *s,
                       const fc_classifier *model, uint64_t seed, bool *renewed, nn_error *error)
{
    char categories[512], column[256];
    const char *label = cli_given("label") ? s->label : model->base.record.label_name;
    const bool second = cli_split_column(s->split, column, sizeof column) && strcmp(column, label) != 0;
    snprintf(categories, sizeof categories, "%s%s%s", label, second ? "," : "", second ? column : "");
    const cli_wanted wanted = {.categories = categories,
                               .numbers = model->redshift ? FC_REDSHIFT_COLUMNS : NULL,
                               .numbers_optional = true,
                               .path = path};
    int code = cli_read_catalogue(&self->catalogue, &s->metadata, &s->photometry, NULL, &wanted, error);
    if (!code)
        code = make_labels(self, s, model, renewed, error);
    if (!code)
        code = cli_labels_split(&self->labels, self->catalogue, s->split, second, seed, error);
    if (!code)
        cli_labels_say_few(&self->labels, self->catalogue, -1, true);
    return code;
}

static void say(const fc_model *base, const char *from, const fc_class_set *set, bool renewed)
{
    const fc_classifier *model = fc_classifier_of(base);
    if (renewed)
        cli_say_note(
            "the labels are not the classes of %s: its layer of %d classes is replaced by a new one of %d",
            nn_base_name(from), model->classes, set->classes);
    else
        cli_say("%s of %s goes on, with its %d classes", base->kind->name, nn_base_name(from),
                model->classes);
}

int cli_going_on_open(fc_model **out, cli_training_set *self, const char *path,
                      const cli_training_settings *s, const cli_going_on_settings *going_on,
                      fc_training *training, fc_request *request, nn_error *error)
{
    bool renewed = false;
    fc_model *base = NULL;
    int code = fc_model_load(&base, FC_CLASSIFIES, going_on->from, error);
    fc_classifier *model = code ? NULL : fc_classifier_of(base);
    if (!code)
        code = check_settings(base, s, error);
    if (!code)
        code = read_labels(self, path, s, model, training->seed, &renewed, error);
    if (!code)
        code = cli_open_lightcurves(&self->reader, path, &s->photometry, NULL, &model->bands, error);
    if (code) {
        fc_model_free(base);
        return code;
    }
    for (int c = 0; c < self->labels.count; c++)
        self->names[c] = self->labels.name[c];
    self->set = (fc_class_set){.bands = &model->bands,
                               .classes = self->labels.count,
                               .class_names = self->names,
                               .redshift = model->redshift};
    if (!cli_given("learning-rate"))
        training->learning_rate = base->record.training.learning_rate / 10;
    training->warmup = 0;
    say(base, going_on->from, &self->set, renewed);
    request->objects = &self->set;
    request->split_name = s->split;
    request->training = training;
    request->goes_on = request->elsewhere = true;
    return fc_continue(out, base, request, renewed, error);
}
