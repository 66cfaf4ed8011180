/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex classify: the classes of the objects of a file, one line an object. */
#include "cli/shell/list.h"

#include "cli/input/lightcurves/novelty.h"
#include "cli/input/lightcurves/prior.h"
#include "cli/input/lightcurves/sky.h"
#include "cli/input/lightcurves/taxonomy.h"
#include "cli/input/precision.h"
#include "cli/input/source.h"
#include "cli/output/rows.h"
#include "cli/shell/arguments.h"
#include "cli/shell/json.h"
#include "forecast/tasks/lightcurves/csv.h"
#include "lib/files/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    cli_metadata metadata;
    cli_answer_settings answers;
    char *output, *prior, *embedding;
    int threads, json, precision;
    double days;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the classes go; -: standard output"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "a JSON object per line rather than CSV"},
    {"embedding", 0, NN_TEXT, FIELD(embedding), NULL, "FILE", 0, 0,
     "write what the network makes of each object before its last layer, e1, e2, ...; of a forest the scaled "
     "features; -: standard output, in place of the classes unless -o names a file"},
    CLI_PRIOR_OPTION(FIELD(prior)),
    {"days", 0, NN_REAL, FIELD(days), NULL, "DAYS", 0, 1e6,
     "see only points up to so many days after the first detection (all)"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    CLI_PRECISION_OPTION(FIELD(precision)),
    {0}};

typedef struct writer {
    const fc_classifier *model;
    const fc_engine *engine;
    FILE *out; /* of the classes; NULL: nowhere */
    bool json, flush;
    cli_rows embedding; /* out NULL: not wanted */
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
    if (w->out && w->json)
        code = json_line(w, slot, error);
    else if (w->out)
        fc_classes_line(w->out, w->model, slot);
    if (!code && w->embedding.out)
        code = cli_rows_put(&w->embedding, slot->id, slot->state == FC_SLOT_READY ? slot->embedding : NULL,
                            error);
    if (w->out && w->flush && fflush(w->out))
        return nn_fail(error, NN_FAILED, "standard output cannot be written: %s", strerror(errno));
    return code;
}

static int classify(const settings *s, const char *path, writer *w, nn_error *error)
{
    fc_classifier *model = (fc_classifier *)w->model;
    cli_sky sky = {0};
    int code = cli_answers_set(model, &s->answers, error);
    if (!code)
        code = cli_sky_open(&sky, model, path,
                            &(cli_sky_settings){.photometry = &s->photometry,
                                                .metadata = &s->metadata,
                                                .prior = s->prior,
                                                .days = s->days,
                                                .threads = s->threads},
                            error);
    if (!code && w->embedding.out)
        code = fc_engine_want_embedding(sky.engine, error);
    if (!code) {
        if (w->out && !w->json)
            fc_classes_header(w->out, model);
        if (w->embedding.out)
            cli_rows_begin(&w->embedding);
        w->engine = sky.engine;
        code = fc_sweep_run(&sky.objects, take, w, error);
        cli_sky_say(&sky);
        if (!code)
            cli_novelty_say(&w->novelty, sky.reader);
    }
    cli_sky_close(&sky);
    return code;
}

/* Where the classes go: to standard output unless the embedding goes there. */
static int open_outputs(const settings *s, nn_output **classes, nn_output **embedding, nn_error *error)
{
    const bool instead = s->embedding && cli_rows_flushes(s->embedding);
    if (instead && cli_given("output") && cli_rows_flushes(s->output))
        return nn_fail(error, NN_USAGE, "--output and --embedding cannot both go to standard output");
    if (!(instead && !cli_given("output")) && !(*classes = nn_output_open(s->output, error)))
        return NN_FAILED;
    return s->embedding && !(*embedding = nn_output_open(s->embedding, error)) ? NN_FAILED : NN_OK;
}

static writer writer_for(const settings *s, const fc_classifier *model, nn_output *classes,
                         nn_output *embedding)
{
    return (writer){.model = model,
                    .out = classes ? nn_output_stream(classes) : NULL,
                    .json = s->json != 0,
                    .flush = cli_rows_flushes(s->output),
                    .embedding = {.out = embedding ? nn_output_stream(embedding) : NULL,
                                  .json = s->json != 0,
                                  .flush = s->embedding && cli_rows_flushes(s->embedding),
                                  .columns = model->width,
                                  .json_digits = 9,
                                  .within = "embedding"}};
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    fc_model *model = NULL;
    nn_output *classes = NULL, *embedding = NULL;
    int code = cli_check_operands(run->operands, 2, error);
    if (!code)
        code = cli_check_input(run->operands[0], error);
    if (!code)
        code = fc_model_load(&model, FC_CLASSIFIES, run->operands[1], error);
    if (!code)
        code = cli_precision_set(model, s->precision, error);
    if (!code)
        code = open_outputs(s, &classes, &embedding, error);
    if (!code) {
        writer w = writer_for(s, fc_classifier_of(model), classes, embedding);
        code = classify(s, run->operands[0], &w, error);
    }
    code = nn_output_end(embedding, code, error);
    code = nn_output_end(classes, code, error);
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
    {"auspex classify sky.csv t2.safetensors --embedding vectors.csv -o classes.csv",
     "with the vectors that the network tells them apart by"},
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
