/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data that a trained network is measured on while it is made smaller. */
#include "cli/input/trial_data.h"

#include "cli/input/past.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "forecast/tasks/stations/stations.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 512 };

#define FIELD(name) offsetof(cli_trial_settings, name)
const nn_option cli_trial_options[] = {
    {"data", 0, NN_TEXT, FIELD(data), NULL, "FILE", 0, 0,
     "data with the columns, or the kind of objects, that the model was trained on"},
    {"split", 0, NN_TEXT, FIELD(split), NULL, "SPLIT", 0, 0,
     "how they are cut, as for train (as the model was trained); losses are of the validation part"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
const nn_option cli_trial_stride_options[] = {
    {"stride", 0, NN_INT, FIELD(stride), "1", "N", 1, 1000000,
     "a window of a panel begins every N rows, fewer than all for large panels"},
    {0}};
const nn_option cli_trial_label_options[] = {
    {"label", 0, NN_TEXT, FIELD(survey.label), NULL, "COLUMN", 0, 0,
     "the column of labels in the table of objects (the one that the model was trained on)"},
    {"classes", 0, NN_TEXT, FIELD(survey.classes), NULL, "A=1|2,B=3,...", 0, 0,
     "the model's classes with the labels that stand for them (as in training)"},
    {0}};

/* --- rows --- */

static int read_rows(cli_trial_data *d, const cli_trial_settings *s, const fc_model *model, nn_error *error)
{
    char *path = s->data;
    fc_request *r = &d->request;
    const bool panel = fc_model_panel(model) != NULL;
    const char *given = cli_given_of(cli_panel_options);
    ds_table rows;
    if (!panel && given)
        return nn_fail(error, NN_USAGE, "--%s is for panels of stations, and the model is not of one", given);
    int code = panel ? cli_panel_read_for(&d->panel, path, &s->reading, &s->panel, model, error)
                     : cli_source_read_for(&d->source, &path, 1, &s->reading, model, 0, error);
    if (code)
        return code;
    if (panel) {
        rows = *d->panel.table;
        rows.rows = ds_panel_end(d->panel.panel);
        r->panel = d->panel.panel;
    } else {
        rows = d->past = d->source.prices ? *d->source.table : cli_past_for(d->source.table, model);
        r->table = &d->past;
    }
    r->scaler = model->scaler.kind;
    r->stride = s->stride;
    r->split = &d->split;
    const char *text = s->split ? s->split : ds_split_text(model->split);
    code = ds_split_make(text, &rows, &d->split, error);
    if (code && !s->split)
        nn_fail_within(error, "the model's split (--split chooses another)");
    return code;
}

/* --- objects --- */

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    cli_trial_data *d = context;
    (void)age;
    if (slot->state != FC_SLOT_READY)
        return NN_OK;
    cli_progress("%zu objects", d->set.count + 1);
    return fc_class_set_add(&d->set, d->survey.model, slot, d->survey.labels.part[row], error);
}

static int read_objects(cli_trial_data *d, const cli_trial_settings *s, fc_classifier *model, nn_error *error)
{
    enum { VALIDATION = 3 };
    cli_survey_settings survey = s->survey;
    fc_engine *sights = NULL;
    survey.part = VALIDATION; /* so that there are parts at all */
    if (s->split)
        return nn_fail(error, NN_USAGE,
                       "--split is of rows; the objects of a classifier are cut as in its training");
    int code = cli_survey_open(&d->survey, model, s->data, &survey, s->threads, error);
    if (!code)
        code = fc_engine_new(&sights, model, d->survey.pool, SLOTS, false, error);
    if (code)
        return code;
    for (int c = 0; c < model->classes; c++)
        d->names[c] = model->class_names[c];
    d->set = (fc_class_set){.bands = &model->bands,
                            .classes = model->classes,
                            .class_names = d->names,
                            .redshift = model->redshift};
    fc_sweep objects = d->survey.objects;
    objects.part = -1;
    objects.engine = sights;
    code = fc_sweep_run(&objects, take, d, error);
    cli_progress_end();
    fc_engine_free(sights);
    d->request.objects = &d->set;
    d->request.pool = d->survey.pool;
    return code;
}

int cli_trial_data_open(cli_trial_data *d, const cli_trial_settings *s, fc_model *model, nn_error *error)
{
    *d = (cli_trial_data){.request = {.goes_on = true, .threads = s->threads}};
    if (!s->data)
        return nn_fail(error, NN_USAGE, "--data names the file that the model is measured on");
    const int code = cli_check_input(s->data, error);
    if (code)
        return code;
    fc_classifier *classifier = fc_classifier_of(model);
    return classifier ? read_objects(d, s, classifier, error) : read_rows(d, s, model, error);
}

void cli_trial_data_clear(cli_trial_data *d)
{
    fc_class_set_clear(&d->set);
    cli_survey_close(&d->survey);
    cli_panel_clear(&d->panel);
    cli_source_clear(&d->source);
}

double cli_forest_share(const fc_model *model)
{
    const fc_classifier *classifier = fc_classifier_of(model);
    return classifier ? fc_rival_share(classifier) : 0;
}

int cli_parse_share(double *share, const char *option, const char *text, nn_error *error)
{
    char *end;
    *share = strtod(text, &end);
    if (end > text && *end == '%') {
        *share /= 100;
        end++;
    }
    return end > text && !*end && *share >= 0 && *share < 1
               ? NN_OK
               : nn_fail(error, NN_USAGE, "--%s: '%.60s' is no share, such as 1%% or 0.01", option, text);
}
