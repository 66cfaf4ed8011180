/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex query: which objects to ask the labels of next. */
#include "cli/shell/list.h"

#include "cli/input/lightcurves/prior.h"
#include "cli/input/lightcurves/sky.h"
#include "cli/input/source.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "forecast/statistics/asking.h"
#include "lib/base/c_locale.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    cli_metadata metadata;
    char *output, *prior, *label;
    int threads, json, count, by, diverse;
    double days;
} settings;

#define FIELD(name) offsetof(settings, name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the objects go; -: standard output"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "one JSON document rather than CSV"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
static const nn_option query_options[] = {
    {"count", 'n', NN_INT, FIELD(count), "20", "N", 1, 1000000, "objects to ask for"},
    {"by", 0, NN_CHOICE, FIELD(by), "margin", "margin|entropy|novelty", 0, 0,
     "what makes a label worth asking for: how close the two most probable classes are, how spread out the "
     "probabilities, or how unlike the training objects it is"},
    {"diverse", 0, NN_FLAG, FIELD(diverse), "true", NULL, 0, 0,
     "ask for objects unlike each other and unlike those whose labels are known"},
    {"label", 0, NN_TEXT, FIELD(label), NULL, "COLUMN", 0, 0,
     "a column of the table of objects: where it has a value the label is known, and is not asked for"},
    CLI_PRIOR_OPTION(FIELD(prior)),
    {"days", 0, NN_REAL, FIELD(days), NULL, "DAYS", 0, 1e6,
     "see only points up to so many days after the first detection (all)"},
    {0}};

/* What is kept of an object. */
typedef struct object {
    char *id;
    int class[2]; /* the two most probable ones */
    double p[2], novelty;
} object;

typedef struct job {
    const settings *s;
    const fc_classifier *model;
    cli_sky sky;
    object *object;
    float *place; /* (count, width) */
    double *doubt;
    bool *known;
    size_t count, room, known_count;
    fc_question *question;
    size_t questions;
} job;

/* --- the objects --- */

static int make_room(job *j, nn_error *error)
{
    if (j->count < j->room)
        return NN_OK;
    const size_t room = 2 * j->room + 1024, width = (size_t)j->model->width;
    object *objects = nn_resize(j->object, room, sizeof *objects, 1);
    j->object = objects ? objects : j->object;
    float *place = nn_resize(j->place, room, width + 1, sizeof *place);
    j->place = place ? place : j->place;
    double *doubt = nn_resize(j->doubt, room, sizeof *doubt, 1);
    j->doubt = doubt ? doubt : j->doubt;
    bool *known = nn_resize(j->known, room, sizeof *known, 1);
    j->known = known ? known : j->known;
    if (!objects || !place || !doubt || !known)
        return nn_fail(error, NN_FAILED, "no memory for %zu objects", room);
    j->room = room;
    return NN_OK;
}

static void two_classes(object *o, const double *p, int classes)
{
    o->class[0] = o->class[1] = -1;
    for (int c = 0; c < classes; c++)
        for (int k = 0; k < 2; k++)
            if (o->class[k] < 0 || p[c] > p[o->class[k]]) {
                if (k == 0)
                    o->class[1] = o->class[0];
                o->class[k] = c;
                break;
            }
    for (int k = 0; k < 2; k++)
        o->p[k] = p[o->class[k]];
}

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    job *j = context;
    (void)age;
    if (slot->state != FC_SLOT_READY)
        return NN_OK;
    const int code = make_room(j, error), classes = j->model->classes;
    if (code)
        return code;
    object *o = &j->object[j->count];
    if (!(o->id = strdup(slot->id)))
        return nn_no_memory(error);
    two_classes(o, slot->probability, classes);
    o->novelty = slot->novelty;
    const size_t width = (size_t)j->model->width;
    for (size_t k = 0; k < width; k++)
        j->place[j->count * width + k] = (float)slot->embedding[k];
    j->doubt[j->count] = fc_doubt_of((fc_doubt)j->s->by, slot->probability, classes, slot->novelty);
    j->known[j->count] = j->s->label && row >= 0 && ds_catalogue_value(j->sky.catalogue, 0, (size_t)row) >= 0;
    j->known_count += j->known[j->count++];
    return NN_OK;
}

/* --- words --- */

static void say_reasons(const job *j, const fc_question *q, char *text, size_t size)
{
    const object *o = &j->object[q->object];
    char first[80], second[80], near[80];
    cli_clean(j->model->class_names[o->class[0]], first, sizeof first);
    cli_clean(j->model->class_names[o->class[1]], second, sizeof second);
    size_t at = (size_t)snprintf(text, size, "%s %s %.2f or %s %.2f",
                                 1 - (o->p[0] - o->p[1]) >= 0.5 ? "unsure:" : "rather sure:", first, o->p[0],
                                 second, o->p[1]);
    if (o->novelty >= 0.95 && at < size)
        at +=
            (size_t)snprintf(text + at, size - at,
                             "; stranger than %.1f%% of the objects like those trained on", 100 * o->novelty);
    if (!j->s->diverse || isnan(q->distance) || at >= size)
        return;
    if (q->distance >= FC_ASK_APART)
        snprintf(text + at, size - at, "; unlike all that %s asked before",
                 j->known_count ? "are known or" : "were");
    else
        snprintf(text + at, size - at, "; most like %s, which %s",
                 cli_clean(j->object[q->nearest].id, near, sizeof near),
                 j->known[q->nearest] ? "is known" : "was asked before");
}

static void csv_line(const job *j, FILE *out, size_t rank)
{
    const fc_question *q = &j->question[rank];
    const object *o = &j->object[q->object];
    char reasons[600];
    fprintf(out, "%zu,", rank + 1);
    nn_csv_field(out, o->id);
    for (int k = 0; k < 2; k++) {
        fputc(',', out);
        nn_csv_field(out, j->model->class_names[o->class[k]]);
        fprintf(out, ",%.6g", o->p[k]);
    }
    fputc(',', out);
    if (!isnan(o->novelty))
        fprintf(out, "%.4f", o->novelty);
    fprintf(out, ",%.4f,", q->doubt);
    if (!isnan(q->distance))
        fprintf(out, "%.4f", q->distance);
    fputc(',', out);
    say_reasons(j, q, reasons, sizeof reasons);
    nn_csv_field(out, reasons);
    fputc('\n', out);
}

static void write_csv(const job *j, FILE *out)
{
    const locale_t c_locale = nn_c_locale(), before = c_locale ? uselocale(c_locale) : (locale_t)0;
    fputs("rank,object_id,class,probability,second_class,second_probability,novelty,doubt,distance,reasons\n",
          out);
    for (size_t rank = 0; rank < j->questions; rank++)
        csv_line(j, out, rank);
    if (before)
        uselocale(before);
}

static json_t *question_json(const job *j, size_t rank)
{
    const fc_question *q = &j->question[rank];
    const object *o = &j->object[q->object];
    char reasons[600];
    json_t *one = json_object();
    nn_json_set(one, "rank", json_integer((json_int_t)rank + 1));
    nn_json_set(one, "object_id", nn_json_text(o->id));
    nn_json_set(one, "class", nn_json_text(j->model->class_names[o->class[0]]));
    nn_json_set(one, "probability", nn_json_real(o->p[0]));
    nn_json_set(one, "second_class", nn_json_text(j->model->class_names[o->class[1]]));
    nn_json_set(one, "second_probability", nn_json_real(o->p[1]));
    nn_json_set(one, "novelty", nn_json_real(o->novelty));
    nn_json_set(one, "doubt", nn_json_real(q->doubt));
    nn_json_set(one, "distance", nn_json_real(q->distance));
    say_reasons(j, q, reasons, sizeof reasons);
    nn_json_set(one, "reasons", nn_json_text(reasons));
    return one;
}

static int write_json(const job *j, FILE *out, nn_error *error)
{
    static const char *const words[] = {"margin", "entropy", "novelty"};
    json_t *document = cli_json_new("auspex.query/1"), *list = json_array();
    nn_json_set(document, "data", nn_json_text(nn_base_name(ds_lightcurves_name(j->sky.reader))));
    nn_json_set(document, "model", nn_json_text(j->model->base.kind->name));
    nn_json_set(document, "by", json_string(words[j->s->by]));
    nn_json_set(document, "diverse", json_boolean(j->s->diverse));
    nn_json_set(document, "candidates", json_integer((json_int_t)(j->count - j->known_count)));
    nn_json_set(document, "known", json_integer((json_int_t)j->known_count));
    for (size_t rank = 0; rank < j->questions; rank++)
        nn_json_append(list, question_json(j, rank));
    nn_json_set(document, "objects", list);
    return cli_json_write(document, out, error);
}

/* --- the command --- */

static int choose(job *j, nn_error *error)
{
    const size_t open = j->count - j->known_count, wanted = (size_t)j->s->count;
    const fc_candidates candidates = {
        .place = j->place, .doubt = j->doubt, .known = j->known, .count = j->count, .width = j->model->width};
    if (!open)
        return nn_fail(error, NN_BAD_DATA, "%s: there is no object %s", ds_lightcurves_name(j->sky.reader),
                       j->known_count ? "whose label is not known" : "that can be classified");
    if (wanted > open)
        cli_say_note("there are only %zu objects to ask for", open);
    j->question = calloc(wanted < open ? wanted : open, sizeof *j->question);
    if (!j->question)
        return nn_no_memory(error);
    const long asked =
        fc_ask(j->question, wanted < open ? wanted : open, &candidates, j->s->diverse != 0, error);
    j->questions = asked > 0 ? (size_t)asked : 0;
    return asked < 0 ? NN_FAILED : NN_OK;
}

static int query(job *j, const char *path, nn_output *output, nn_error *error)
{
    const settings *s = j->s;
    int code = cli_sky_open(&j->sky, (fc_classifier *)j->model, path,
                            &(cli_sky_settings){.photometry = &s->photometry,
                                                .metadata = &s->metadata,
                                                .categories = s->label,
                                                .prior = s->prior,
                                                .days = s->days,
                                                .threads = s->threads},
                            error);
    if (!code && s->by == FC_DOUBT_NOVELTY && !j->model->novelty)
        code = nn_fail(error, NN_USAGE, "--by novelty: the model has no record of what it was trained on");
    if (!code)
        code = fc_engine_want_embedding(j->sky.engine, error);
    if (!code) {
        j->sky.objects.stream = false; /* all of them are looked at before the first is chosen */
        code = fc_sweep_run(&j->sky.objects, take, j, error);
        cli_sky_say(&j->sky);
    }
    if (!code)
        code = choose(j, error);
    if (!code && s->json)
        code = write_json(j, nn_output_stream(output), error);
    else if (!code)
        write_csv(j, nn_output_stream(output));
    return code;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    job j = {.s = s};
    fc_model *model = NULL;
    nn_output *output = NULL;
    cli_sky_order(run);
    int code = cli_check_operands(run->operands, 2, error);
    if (!code)
        code = cli_check_input(run->operands[0], error);
    if (!code)
        code = fc_model_load(&model, FC_CLASSIFIES, run->operands[1], error);
    if (!code && !(output = nn_output_open(s->output, error)))
        code = NN_FAILED;
    j.model = fc_classifier_of(model);
    if (!code)
        code = query(&j, run->operands[0], output, error);
    cli_sky_close(&j.sky);
    for (size_t i = 0; i < j.count; i++)
        free(j.object[i].id);
    free(j.object);
    free(j.place);
    free(j.doubt);
    free(j.known);
    free(j.question);
    fc_model_free(model);
    return nn_output_end(output, code, error);
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"What is asked for", query_options, 0},
                                       {"Table of objects", cli_metadata_options, FIELD(metadata)},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_example examples[] = {
    {"auspex query sky.csv forest.safetensors -n 20", "twenty objects whose labels would teach most"},
    {"auspex query sky.csv forest.safetensors -n 20 --metadata sky_meta.csv --label type",
     "of those without a type yet"},
    {NULL, NULL}};

const cli_command cli_query = {
    .name = "query",
    .summary = "choose the light curves whose labels a classifier should be told next",
    .synopsis = "PHOTOMETRY MODEL [-n N] [--metadata OBJECTS --label COLUMN] [OPTION...]",
    .about =
        "A line per object, the most wanted first: its two most probable classes with their calibrated "
        "probabilities, its novelty, the doubt and the distance it was chosen by, and why, in words. The "
        "first object is the one of the largest doubt; each further one that whose doubt times twice the "
        "distance is largest. The distance is to the nearest object asked before it or known already, in "
        "what "
        "the network makes of objects before its last layer (of a forest the scaled features), 1 being that "
        "of two unrelated objects; half of it and all beyond count alike. With --no-diverse the doubt alone "
        "decides.\n\n"
        "PHOTOMETRY and MODEL may change places. All objects are kept in memory until the last one is read: "
        "four bytes for each number of the embedding.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 2,
    .most_operands = 2,
    .operands = "PHOTOMETRY MODEL",
    .run = run,
};
