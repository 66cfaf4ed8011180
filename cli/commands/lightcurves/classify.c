/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex classify: the classes of the objects of a file, one line an object. */
#include "cli/shell/list.h"

#include "cli/input/novelty.h"
#include "cli/input/objects.h"
#include "cli/input/prior.h"
#include "cli/input/source.h"
#include "cli/input/taxonomy.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/tasks/lightcurves/csv.h"
#include "lib/base/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 512 };

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    cli_metadata metadata;
    cli_answer_settings answers;
    char *output, *prior;
    int threads, json;
    double days;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the classes go; -: standard output"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "a JSON object per line rather than CSV"},
    CLI_PRIOR_OPTION(FIELD(prior)),
    {"days", 0, NN_REAL, FIELD(days), NULL, "DAYS", 0, 1e6,
     "see only points up to so many days after the first detection (all)"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};

typedef struct writer {
    const fc_classifier *model;
    const fc_engine *engine;
    FILE *out;
    bool json, flush;
    cli_novelty novelty;
} writer;

/* What goes by the tree of classes. */
static void set_answer(json_t *object, const fc_classifier *model, const fc_slot *slot)
{
    const fc_hierarchy *h = &model->hierarchy;
    const char *const *classes = (const char *const *)model->class_names;
    const bool ready = slot->state == FC_SLOT_READY;
    double all[FC_MOST_NODES];
    json_t *parents = json_object();
    if (ready)
        fc_taxonomy_sums(&h->tree, slot->probability, all);
    for (int n = h->tree.nodes - 1; ready && n >= h->tree.leaves; n--)
        nn_json_set(parents, fc_taxonomy_name(&h->tree, classes, n), nn_json_real(all[n]));
    const int answer = ready ? fc_answer(&h->tree, all, h->rule.confidence) : -1;
    nn_json_set(object, "parents", parents);
    const char *kind = fc_answer_kind(&h->tree, answer),
               *said = answer < 0 ? kind : fc_taxonomy_name(&h->tree, classes, answer);
    nn_json_set(object, "answer", ready ? nn_json_text(said) : json_null());
    nn_json_set(object, "answer_kind", ready ? nn_json_text(kind) : json_null());
}

static int json_line(const writer *w, const fc_slot *slot, nn_error *error)
{
    bool ready = slot->state == FC_SLOT_READY;
    json_t *object = json_object(), *probabilities = json_object();
    nn_json_set(object, "object_id", nn_json_text(slot->id));
    for (int c = 0; ready && c < w->model->classes; c++)
        nn_json_set(probabilities, w->model->class_names[c], nn_json_real(slot->probability[c]));
    nn_json_set(object, "probabilities", probabilities);
    nn_json_set(object, "class",
                ready ? nn_json_text(w->model->class_names[fc_slot_class(slot, w->model->classes)])
                      : json_null());
    if (w->model->hierarchy.text)
        set_answer(object, w->model, slot);
    nn_json_set(object, "novelty", nn_json_real(slot->novelty));
    nn_json_set(object, "status", nn_json_text(fc_slot_status(slot)));
    const bool failed =
        !nn_json_whole() || !nn_json_write(object, JSON_COMPACT | JSON_REAL_PRECISION(8), w->out);
    json_decref(object);
    fputc('\n', w->out);
    return failed ? nn_fail(error, NN_FAILED, "no memory for a line of JSON") : NN_OK;
}

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    (void)row, (void)age;
    writer *w = context;
    int code = NN_OK;
    cli_novelty_add(&w->novelty, w->engine, slot);
    if (w->json)
        code = json_line(w, slot, error);
    else
        fc_classes_line(w->out, w->model, slot);
    if (w->flush && fflush(w->out))
        return nn_fail(error, NN_FAILED, "standard output cannot be written");
    return code;
}

static fc_sweep line_up(const settings *s, const char *path, ds_lightcurves *reader,
                        const ds_catalogue *catalogue, fc_engine *engine, const fc_classifier *model)
{
    return (fc_sweep){.reader = reader,
                      .catalogue = catalogue,
                      .engine = engine,
                      .redshift = model->redshift,
                      .stopped = cli_interrupted,
                      .part = -1,
                      .days = s->days > 0 ? &s->days : NULL,
                      .day_count = 1,
                      .stream = strcmp(path, "-") == 0};
}

static int classify(const settings *s, const char *path, fc_classifier *model, nn_output *output,
                    nn_error *error)
{
    writer w = {.model = model,
                .out = nn_output_stream(output),
                .json = s->json != 0,
                .flush = strcmp(s->output, "-") == 0};
    ds_catalogue *catalogue = NULL;
    ds_lightcurves *reader = NULL;
    nn_pool *pool = NULL;
    fc_engine *engine = NULL;
    int code = cli_answers_set(model, &s->answers, error);
    if (!code && s->metadata.file)
        code = cli_read_catalogue(
            &catalogue, &s->metadata, &s->photometry, NULL,
            &(cli_wanted){.numbers = model->redshift ? FC_REDSHIFT_COLUMNS : NULL, .numbers_optional = true},
            error);
    else if (!code && model->redshift)
        cli_say_note(
            "the model was trained with redshifts; without --metadata every object is taken at the training "
            "objects' median");
    if (!code)
        code = cli_open_lightcurves(&reader, path, &s->photometry, NULL, &model->bands, error);
    if (!code)
        code = nn_pool_new(&pool, s->threads, error);
    if (!code)
        code = fc_engine_new(&engine, model, pool, SLOTS, true, error);
    if (!code) {
        fc_sweep objects = line_up(s, path, reader, catalogue, engine, model);
        bool used;
        w.engine = engine;
        code = cli_prior_set(s->prior, model, &objects, &used, error);
        if (!code && used) { /* to be read again */
            ds_lightcurves_close(reader);
            code = cli_reopen_lightcurves(&reader, path, &s->photometry, NULL, &model->bands, error);
            objects = line_up(s, path, reader, catalogue, engine, model);
        }
        if (!code && !w.json)
            fc_classes_header(w.out, model);
        code = code ? code : fc_sweep_run(&objects, take, &w, error);
        if (reader)
            cli_say_lightcurves(reader);
        cli_objects_say(&objects);
        if (!code)
            cli_novelty_say(&w.novelty, reader);
    }
    fc_engine_free(engine);
    nn_pool_free(pool);
    ds_lightcurves_close(reader);
    ds_catalogue_free(catalogue);
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    fc_model *model = NULL;
    nn_output *output = NULL;
    int code = cli_check_operands(run->operands, 2, error);
    if (!code)
        code = cli_check_input(run->operands[0], error);
    if (!code)
        code = fc_model_load(&model, FC_CLASSIFIES, run->operands[1], error);
    if (!code && !(output = nn_output_open(s->output, error)))
        code = NN_FAILED;
    if (!code)
        code = classify(s, run->operands[0], fc_classifier_of(model), output, error);
    if (output && !code)
        code = nn_output_commit(output, error);
    else
        nn_output_abandon(output);
    fc_model_free(model);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"Tree of classes", cli_answer_options, FIELD(answers)},
                                       {"Table of objects", cli_metadata_options, FIELD(metadata)},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex classify alerts.csv t2.safetensors -o classes.csv", "a line per object"},
    {"auspex classify sky.csv t2.safetensors --metadata sky_meta.csv -o classes.csv", "with redshifts"},
    {"alert-stream | auspex classify - t2.safetensors --grouping alerts --json", "as objects come"},
    {NULL, NULL}};

const cli_command cli_classify = {
    .name = "classify",
    .summary = "classify light curves with a trained model",
    .synopsis = "PHOTOMETRY MODEL [--metadata OBJECTS] [OPTION...]",
    .about =
        "A line per object, in the order of the file: the probability of every class, the most probable "
        "class, its "
        "novelty (the share of objects like the training ones that look more usual to the network: near 1 is "
        "unlike anything it was trained on), and a status: ok; wide, no point near a detection, so all were "
        "taken; undetected, empty or failed, not classified.\n\n"
        "A model that was trained with a tree of classes also gives the probability of each name above "
        "classes, and "
        "answers with the deepest class, or name, that is probable enough; answer_kind is class, parent "
        "only, or "
        "unclear.\n\n"
        "PHOTOMETRY may be -, standard input: an object is classified and its line flushed as soon as the "
        "next "
        "one begins. Memory does not depend on the number of objects.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = 2,
    .operands = "PHOTOMETRY MODEL",
    .run = run,
};
