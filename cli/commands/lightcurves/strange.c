/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects by their distance from the training ones, with the numbers that are unlike. */
#include "cli/commands/lightcurves/strange.h"

#include "cli/input/lightcurves/sky.h"
#include "cli/input/source.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "forecast/tasks/lightcurves/csv.h"
#include "forecast/tasks/lightcurves/sketch.h"
#include "lib/base/c_locale.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(cli_strange_settings, name)
const nn_option cli_strange_options[] = {
    {"count", 'n', NN_INT, FIELD(count), "0", "N", 0, 1000000000, "only the N strangest; 0: all of them"},
    {"model", 0, NN_TEXT, FIELD(model), NULL, "MODEL", 0, 0,
     "the classifier, unless it stands beside the photometry"},
    {"days", 0, NN_REAL, FIELD(days), NULL, "DAYS", 0, 1e6,
     "see only points up to so many days after the first detection (all)"},
    {0}};

/* What is kept of an object. */
typedef struct object {
    char *id;
    int class, reasons;
    double p, novelty, distance;
    fc_reason *reason;
    size_t order; /* in the file */
} object;

typedef struct job {
    const cli_strange_form *s;
    const fc_classifier *model;
    cli_sky sky;
    double *sketch; /* of the object in hand */
    object *object;
    size_t count, room, judged;
} job;

/* --- the objects --- */

static int keep_reasons(job *j, object *o, const fc_slot *slot, nn_error *error)
{
    fc_reason reasons[FC_MOST_REASONS];
    if (!j->model->likes.count)
        return NN_OK;
    fc_sketch(j->model, slot->raw, slot->tokens, slot->extras, j->sketch);
    o->reasons = fc_reasons(reasons, j->model, j->sketch, o->class);
    o->reason = malloc(((size_t)o->reasons + 1) * sizeof *reasons);
    if (!o->reason)
        return nn_no_memory(error);
    memcpy(o->reason, reasons, (size_t)o->reasons * sizeof *reasons);
    return NN_OK;
}

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    job *j = context;
    (void)row, (void)age;
    if (slot->state != FC_SLOT_READY)
        return NN_OK;
    j->judged++;
    if (!j->s->all && !(100 * slot->novelty >= j->s->level))
        return NN_OK;
    if (j->count == j->room) {
        object *objects = nn_resize(j->object, 2 * j->room + 256, sizeof *objects, 1);
        if (!objects)
            return nn_no_memory(error);
        j->object = objects;
        j->room = 2 * j->room + 256;
    }
    object *o = &j->object[j->count];
    *o = (object){.id = strdup(slot->id),
                  .class = fc_slot_class(slot, j->model->classes),
                  .novelty = slot->novelty,
                  .distance = slot->distance,
                  .order = j->count};
    if (!o->id)
        return nn_no_memory(error);
    j->count++;
    o->p = slot->probability[o->class];
    return keep_reasons(j, o, slot, error);
}

static int by_strangeness(const void *a, const void *b)
{
    const object *x = a, *y = b;
    return x->distance > y->distance   ? -1
           : x->distance < y->distance ? 1
                                       : (x->order > y->order) - (x->order < y->order);
}

/* --- words --- */

static const char *reasons_of(const job *j, const object *o, char *text, size_t size)
{
    size_t at = 0;
    for (int i = 0; i < o->reasons && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? "; " : "", o->reason[i].text);
    if (!o->reasons)
        snprintf(text, size, "%s",
                 j->model->likes.count
                     ? "no number of it stands out by itself, but they do not go together as in training"
                     : "the model's file does not say what its training objects were like");
    return text;
}

static void write_csv(const job *j, FILE *out)
{
    const locale_t c_locale = nn_c_locale(), before = c_locale ? uselocale(c_locale) : (locale_t)0;
    char text[FC_MOST_REASONS * 420];
    fputs("rank,object_id,novelty,distance,class,probability,reasons\n", out);
    for (size_t i = 0; i < j->count; i++) {
        const object *o = &j->object[i];
        fprintf(out, "%zu,", i + 1);
        nn_csv_field(out, o->id);
        fprintf(out, ",%.4f,", o->novelty);
        nn_csv_number(out, sqrt(o->distance), 6);
        fputc(',', out);
        nn_csv_field(out, j->model->class_names[o->class]);
        fprintf(out, ",%.6g,", o->p);
        nn_csv_field(out, reasons_of(j, o, text, sizeof text));
        fputc('\n', out);
    }
    if (before)
        uselocale(before);
}

static json_t *reasons_json(const job *j, const object *o)
{
    char name[128];
    json_t *list = json_array();
    for (int i = 0; i < o->reasons; i++) {
        const fc_reason *r = &o->reason[i];
        json_t *one = json_object();
        fc_sketch_name(j->model, r->item, name, sizeof name);
        nn_json_set(one, "quantity", nn_json_text(name));
        nn_json_set(one, "value", nn_json_real(r->value));
        nn_json_set(one, "least", nn_json_real(r->least));
        nn_json_set(one, "most", nn_json_real(r->most));
        nn_json_set(one, "of", nn_json_text(r->everywhere ? "all" : j->model->class_names[o->class]));
        nn_json_set(one, "outside", json_boolean(r->outside));
        nn_json_set(one, "deviations", nn_json_real(r->off));
        nn_json_set(one, "text", nn_json_text(r->text));
        nn_json_append(list, one);
    }
    return list;
}

static int write_json(const job *j, FILE *out, nn_error *error)
{
    json_t *document = cli_json_new("auspex.anomalies-lightcurves/1"), *list = json_array();
    nn_json_set(document, "data", nn_json_text(nn_base_name(ds_lightcurves_name(j->sky.reader))));
    nn_json_set(document, "model", nn_json_text(j->model->base.kind->name));
    nn_json_set(document, "level", nn_json_real(j->s->level));
    nn_json_set(document, "judged", json_integer((json_int_t)j->judged));
    for (size_t i = 0; i < j->count; i++) {
        const object *o = &j->object[i];
        json_t *one = json_object();
        nn_json_set(one, "rank", json_integer((json_int_t)i + 1));
        nn_json_set(one, "object_id", nn_json_text(o->id));
        nn_json_set(one, "novelty", nn_json_real(o->novelty));
        nn_json_set(one, "distance", nn_json_real(sqrt(o->distance)));
        nn_json_set(one, "class", nn_json_text(j->model->class_names[o->class]));
        nn_json_set(one, "probability", nn_json_real(o->p));
        nn_json_set(one, "reasons", reasons_json(j, o));
        nn_json_append(list, one);
    }
    nn_json_set(document, "objects", list);
    return cli_json_write(document, out, error);
}

static void say(const job *j, size_t strange)
{
    char judged[40];
    cli_say("%s: %zu of %s objects are stranger than %.4g%% of those alike to the training ones (%.2f%%); of "
            "objects like these about %.4g%% would be",
            nn_base_name(ds_lightcurves_name(j->sky.reader)), strange, cli_count(j->judged, judged),
            j->s->level, j->judged ? 100 * (double)strange / (double)j->judged : 0, 100 - j->s->level);
}

/* --- all of it --- */

static size_t count_strange(const job *j)
{
    size_t strange = 0;
    for (size_t i = 0; i < j->count; i++)
        strange += 100 * j->object[i].novelty >= j->s->level;
    return strange;
}

static void forget(job *j, size_t from)
{
    for (size_t i = from; i < j->count; i++) {
        free(j->object[i].id);
        free(j->object[i].reason);
    }
    j->count = from < j->count ? from : j->count;
}

static int judge(job *j, const char *path, const cli_strange_settings *s, nn_error *error)
{
    int code = cli_sky_open(&j->sky, (fc_classifier *)j->model, path,
                            &(cli_sky_settings){.photometry = &s->photometry,
                                                .metadata = &s->metadata,
                                                .days = s->days,
                                                .threads = j->s->threads},
                            error);
    j->sketch = calloc((size_t)fc_sketch_count(j->model) + 1, sizeof *j->sketch);
    if (!code && !j->sketch)
        code = nn_no_memory(error);
    if (code)
        return code;
    j->sky.objects.stream = false; /* they are ranked */
    code = fc_sweep_run(&j->sky.objects, take, j, error);
    cli_sky_say(&j->sky);
    if (!code && j->count)
        qsort(j->object, j->count, sizeof *j->object, by_strangeness);
    return code;
}

/* The model's file: the second operand, or that of --model. */
static int find_model(const char **model, cli_run *run, const cli_strange_settings *s, nn_error *error)
{
    cli_sky_order(run);
    *model = run->operand_count > 1 ? run->operands[1] : s->model;
    if (!*model)
        return nn_fail(error, NN_USAGE,
                       "light curves are judged by a classifier: anomalies PHOTOMETRY MODEL");
    return run->operand_count > 1 && s->model
               ? nn_fail(error, NN_USAGE, "the model is said twice, as '%.100s' and as --model", *model)
               : cli_check_input(run->operands[0], error);
}

int cli_strange_run(cli_run *run, const cli_strange_settings *s, const cli_strange_form *form,
                    nn_error *error)
{
    fc_model *model = NULL;
    nn_output *output = NULL;
    const char *file = NULL;
    int code = find_model(&file, run, s, error);
    if (!code)
        code = fc_model_load(&model, FC_CLASSIFIES, file, error);
    job j = {.s = form, .model = fc_classifier_of(model)};
    if (!code && !j.model->novelty)
        code = nn_fail(error, NN_USAGE, "%s has no record of what its training objects were like", file);
    if (!code && !(output = nn_output_open(form->output, error)))
        code = NN_FAILED;
    if (!code)
        code = judge(&j, run->operands[0], s, error);
    if (!code)
        say(&j, count_strange(&j));
    if (!code && s->count)
        forget(&j, (size_t)s->count < j.count ? (size_t)s->count : j.count);
    if (!code && form->json)
        code = write_json(&j, nn_output_stream(output), error);
    else if (!code)
        write_csv(&j, nn_output_stream(output));
    cli_sky_close(&j.sky);
    forget(&j, 0);
    free(j.object);
    free(j.sketch);
    fc_model_free(model);
    return nn_output_end(output, code, error);
}
