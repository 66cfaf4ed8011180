/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of a classifier on labelled light curves as data, beside the class shares and the nearest mean.
 */
#include "forecast/scores/classes/class_rows.h"
#include "forecast/scores/classes/classes.h"
#include "forecast/scores/score.h"
#include "forecast/tasks/lightcurves/internal.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/tasks/lightcurves/stream.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what scores are made of --- */

/* For what the slot has. */
static int make_room(fc_called *c, const fc_slot *slot, int classes, nn_error *error)
{
    if (c->count < c->room)
        return NN_OK;
    size_t room = 2 * c->room + 1024, n = (size_t)classes;
    double **const of[] = {&c->p, &c->nearest, &c->rival, &c->alone};
    const double *const has[] = {slot->probability, slot->nearest, slot->rival, slot->alone};
    bool whole = true;
    for (size_t k = 0; k < sizeof of / sizeof *of && whole; k++) {
        if (!has[k])
            continue;
        double *more = nn_resize(*of[k], room, n, sizeof *more);
        *of[k] = more ? more : *of[k];
        whole = more != NULL;
    }
    int *label = whole ? nn_resize(c->label, room, sizeof *label, 1) : NULL;
    if (!label)
        return nn_fail(error, NN_FAILED, "no memory for %zu objects", room);
    c->label = label;
    c->room = room;
    return NN_OK;
}

int fc_called_add(fc_called *c, const fc_slot *slot, int classes, nn_error *error)
{
    int code = make_room(c, slot, classes, error);
    if (code)
        return code;
    size_t n = (size_t)classes;
    memcpy(c->p + c->count * n, slot->probability, n * sizeof *c->p);
    if (slot->nearest)
        memcpy(c->nearest + c->count * n, slot->nearest, n * sizeof *c->nearest);
    if (slot->rival)
        memcpy(c->rival + c->count * n, slot->rival, n * sizeof *c->rival);
    if (slot->alone)
        memcpy(c->alone + c->count * n, slot->alone, n * sizeof *c->alone);
    c->label[c->count++] = slot->label;
    c->strange += slot->novelty >= 0.99;
    return NN_OK;
}

int fc_called_take(void *collecting, const fc_slot *slot, long row, int age, nn_error *error)
{
    fc_collecting *c = collecting;
    (void)row, (void)age;
    const bool known = slot->label >= 0 && slot->label < c->classes;
    return slot->state == FC_SLOT_READY && (known || !c->labelled)
               ? fc_called_add(&c->called, slot, c->classes, error)
               : NN_OK;
}

void fc_called_clear(fc_called *c)
{
    free(c->p);
    free(c->nearest);
    free(c->rival);
    free(c->alone);
    free(c->label);
    *c = (fc_called){0};
}

/* --- one table --- */

enum { ENTRIES = 5 };

enum { CALLED, SHARES, NEAREST, RIVAL, ALONE };

typedef struct scored {
    const fc_classifier *model;
    fc_rival_naming names;
    int is[ENTRIES]; /* what each entry is */
    fc_called called;
    fc_class_rows *rows; /* NULL: none are wanted */
    size_t left_out;
    double *shares; /* (objects, classes) */
    fc_class_entry entries[ENTRIES];
    int count;                /* of them */
    fc_levels *levels;        /* of the tree of classes; NULL: there is none */
    int base;                 /* the level that the entries' scores are of, see fc_levels_base */
    double *known_p[ENTRIES]; /* of those that are known there; NULL: all are */
    int *known;
    char verdict[512];
} scored;

static void clear(void *state)
{
    scored *s = state;
    fc_called_clear(&s->called);
    free(s->shares);
    for (int i = 0; i < s->count; i++)
        fc_class_score_clear(&s->entries[i].score);
    for (int i = 0; i < ENTRIES; i++) {
        fc_level_scores_clear(&s->entries[i].levels);
        free(s->known_p[i]);
    }
    free(s->known);
    free(s->levels);
}

static int take(void *context, const fc_slot *slot, long row, int age, nn_error *error)
{
    scored *s = context;
    (void)row, (void)age;
    if (slot->state != FC_SLOT_READY) {
        s->left_out++;
        return NN_OK;
    }
    const double *const beside[FC_ROWS_BESIDE] = {slot->rival, slot->alone};
    fc_class_rows_write(s->rows, slot->id, slot->label, slot->probability,
                        s->model->hierarchy.rule.confidence, slot->novelty, -1, beside);
    return fc_called_add(&s->called, slot, s->model->classes, error);
}

/* The entries' data become those of the level that all is scored at, without objects that are not known
 * there.
 */
static int choose_level(scored *s, int entries, nn_error *error)
{
    const int leaves = s->model->classes;
    const size_t all = s->called.count;
    size_t known = 0;
    s->base = s->levels->count - 1;
    for (size_t i = 0; i < all; i++)
        known += s->called.label[i] < leaves;
    if (known == all)
        return NN_OK;
    s->base = fc_levels_base(s->levels, s->called.label, all);
    s->known = malloc(all * sizeof *s->known);
    if (!s->known)
        return nn_no_memory(error);
    for (int i = 0; i < entries; i++) {
        fc_class_data *data = &s->entries[i].data;
        s->known_p[i] = malloc(all * (size_t)leaves * sizeof(double));
        if (!s->known_p[i])
            return nn_no_memory(error);
        data->count =
            fc_levels_gather(s->levels, s->base, data->p, s->called.label, all, s->known_p[i], s->known);
        data->p = s->known_p[i];
        data->label = s->known;
        data->classes = s->levels->level[s->base].classes;
        data->weights = data->classes == leaves ? data->weights : NULL;
    }
    return NN_OK;
}

/* What is answered stands from the same confidence on for all of them. */
static int score_levels(scored *s, int entries, nn_error *error)
{
    int *answer = malloc(s->called.count * sizeof *answer), code = answer ? NN_OK : nn_no_memory(error);
    for (int i = 0; i < entries && !code; i++) {
        const double *p = s->entries[i].data.p;
        fc_levels_answer(s->levels, answer, p, s->called.count, s->model->hierarchy.rule.confidence);
        code = fc_level_scores_make(&s->entries[i].levels, s->levels, p, s->called.label, answer,
                                    s->called.count, error);
    }
    free(answer);
    return code ? code : choose_level(s, entries, error);
}

/* Who is there: the model, and those that it is compared with. */
static int name_entries(scored *s)
{
    const fc_classifier *model = s->model;
    const bool mixed = fc_rival_share(model) > 0;
    fc_rival_name_both(model, &s->names);
    int n = 0;
    s->entries[n].name = s->names.model;
    s->is[n++] = CALLED;
    s->entries[n].name = "class shares";
    s->is[n++] = SHARES;
    if (model->nearest.features) {
        s->entries[n].name = "nearest mean";
        s->is[n++] = NEAREST;
    }
    if (model->base.companion) {
        s->entries[n].name = s->names.rival;
        s->is[n++] = RIVAL;
    }
    if (mixed) {
        s->entries[n].name = s->names.alone;
        s->is[n++] = ALONE;
    }
    return n;
}

static const double *probabilities_of(const scored *s, int entry)
{
    const double *const of[] = {[CALLED] = s->called.p,
                                [SHARES] = s->shares,
                                [NEAREST] = s->called.nearest,
                                [RIVAL] = s->called.rival,
                                [ALONE] = s->called.alone};
    return of[s->is[entry]];
}

static int compare(scored *s, const double *weights, nn_error *error)
{
    const fc_classifier *model = s->model;
    const size_t count = s->called.count;
    s->shares = malloc(count * (size_t)model->classes * sizeof *s->shares);
    if (!s->shares)
        return nn_no_memory(error);
    fc_prior_probabilities(s->shares, count, model->class_counts, model->classes);
    const int entries = name_entries(s);
    for (int i = 0; i < entries; i++) {
        s->entries[i].data = (fc_class_data){.p = probabilities_of(s, i),
                                             .label = s->called.label,
                                             .count = count,
                                             .classes = model->classes,
                                             .weights = weights};
    }
    int code = s->levels ? score_levels(s, entries, error) : NN_OK;
    if (!code)
        code = fc_class_compare(s->entries, entries, error);
    s->count = code ? 0 : entries;
    return code;
}

static void fill_table(fc_score_table *t, const scored *s)
{
    const fc_level *base = s->levels ? &s->levels->level[s->base] : NULL;
    const fc_score_part lines = {.metrics = fc_class_line_metrics,
                                 .offset = offsetof(fc_class_entry, score.line),
                                 .level = FC_EACH,
                                 .key = "classes",
                                 .ids = {base ? "" : "*", base ? "*" : NULL},
                                 .size = sizeof(struct fc_class_line),
                                 .count = base ? base->classes : s->model->classes,
                                 .heading = "class",
                                 .names = base ? base->name : (const char *const *)s->model->class_names,
                                 .name_key = "name",
                                 .layout = FC_FIRST};
    fc_score_part matrix = lines;
    matrix.offset = offsetof(fc_class_entry, score.confusion);
    matrix.only = 1 << FC_TEXT | 1 << FC_JSON;
    matrix.key = "confusion";
    matrix.heading = "class, called";
    matrix.layout = FC_MATRIX;
    *t = (fc_score_table){
        .heading = "classifier",
        .ids = base ? "level,class" : "class",
        .order = {[FC_TEXT] = "log_loss,weighted_loss,accuracy,recall,f1,auc,ap,brier,ece",
                  [FC_CSV] = "objects,accuracy,precision,recall,f1,auc,ap"},
        .sheet = {{.heading = "classifier",
                   .note = "log-loss: every class weighs the same; balanced: mean recall; F1, AUC, AP: means "
                           "over classes, each against the rest; ECE: expected calibration error; "
                           "cross-entropy: every object weighs the same; p: chance of accuracies this far "
                           "apart if both call equally well (McNemar)"}},
        .part_count = 2,
        .parts = {{.metrics = NULL},
                  {.metrics = fc_class_metrics, .level = FC_WHOLE, .ids = {"", base ? "" : NULL}}},
        .verdict = s->verdict};
    if (s->levels)
        fc_levels_show(t, s->levels, offsetof(fc_class_entry, levels), true);
    t->parts[t->part_count++] = lines;
    t->parts[t->part_count++] = matrix;
    for (int i = 0; i < s->count; i++)
        fc_score_table_add(t, s->entries[i].name, &s->entries[i]);
}

static double strange_share(const scored *s)
{
    return s->model->novelty ? (double)s->called.strange / (double)s->called.count : NAN;
}

/* Scores of objects unlike those of the training tell little of more of them. */
static void pronounce_novelty(scored *s)
{
    static const double many = 0.05; /* of those trained on it is one in a hundred */
    const double share = strange_share(s);
    const size_t at = strlen(s->verdict);
    if (share >= many)
        snprintf(s->verdict + at, sizeof s->verdict - at,
                 " But %.1f%% of these objects are stranger than 99%% of those that it was trained on.",
                 100 * share);
}

static void describe(fc_scores *out, const fc_score_request *request, const scored *s)
{
    const fc_classifier *model = s->model;
    const double strange = strange_share(s);
    json_t *about = out->about;
    char share[80] = "";
    size_t at;
    if (fc_rival_share(model) > 0)
        snprintf(share, sizeof share, ", mixed with those of a forest on features, of share %.1f",
                 fc_rival_share(model));
    nn_json_set(about, "kind", json_string("classifier"));
    fc_score_about(out, request);
    nn_json_set(about, "objects", json_integer((json_int_t)s->called.count));
    nn_json_set(about, "left_out", json_integer((json_int_t)s->left_out));
    nn_json_set(about, "temperature", nn_json_real(model->temperature));
    if (model->base.companion)
        nn_json_set(about, "rival_share", nn_json_real(fc_rival_share(model)));
    nn_json_set(about, "novelty_share", nn_json_real(strange));
    nn_json_set(about, "scores", json_null());
    nn_json_set(about, "beats_baselines", json_boolean(out->beats));
    nn_json_set(about, "verdict", nn_json_text(s->verdict));
    at = (size_t)snprintf(out->lines, sizeof out->lines,
                          "{data}, {part} part%s: {objects} objects of %d classes%s, in {seconds}\n"
                          "probabilities at temperature %.3f%s\n",
                          request->split_name ? " ({split})" : "", model->classes,
                          s->left_out ? ", {left_out} left out" : "", model->temperature, share);
    if (s->known)
        at += (size_t)snprintf(
            out->lines + at, sizeof out->lines - at,
            "%zu of the objects are known at level %d of the tree of classes; the scores of all "
            "classes are of these\n",
            s->entries[0].data.count, s->base + 1);
    if (!isnan(strange) && at < sizeof out->lines)
        snprintf(out->lines + at, sizeof out->lines - at,
                 "%.1f%% of the objects are stranger than 99%% of those trained on\n", 100 * strange);
    out->schema = "auspex.evaluate/1";
    out->rival = "the best baseline";
    out->classes = s->entries;
    out->levels = s->levels;
}

int fc_lightcurves_score(fc_scores **out, const fc_score_request *request, nn_error *error)
{
    fc_sweep *objects = request->objects;
    int code = fc_scores_new(out, 1, sizeof(scored), clear, error);
    if (code)
        return code;
    scored *s = (*out)->state;
    s->model = fc_classifier_of(request->model);
    if (s->model->nearest.features)
        code = fc_engine_want_nearest(objects->engine, error);
    const bool mixed = fc_rival_share(s->model) > 0;
    if (!code && s->model->base.companion)
        code = fc_engine_want_rival(objects->engine, mixed, error);
    fc_rival_name_both(s->model, &s->names);
    const fc_rows_beside beside = {s->model->base.companion ? mixed ? 2 : 1 : 0,
                                   {s->names.rival, s->model->base.kind->name}};
    if (!code)
        code =
            fc_class_rows_open(&s->rows, request->how.predictions, (const char *const *)s->model->class_names,
                               s->model->classes, &s->model->hierarchy.tree, &beside, error);
    if (!code)
        code = fc_levels_new(&s->levels, &s->model->hierarchy.tree,
                             (const char *const *)s->model->class_names, error);
    if (!code)
        code = fc_sweep_run(objects, take, s, error);
    if (!code && !s->called.count)
        code = nn_fail(error, NN_BAD_DATA, "%s: no labelled object of the %s part can be classified",
                       ds_lightcurves_name(objects->reader), request->part);
    if (!code)
        code = compare(s, request->how.weights, error);
    code = fc_class_rows_close(s->rows, code, error);
    s->rows = NULL;
    if (code)
        return code;
    fc_class_pronounce(s->entries, s->count, s->verdict, sizeof s->verdict, &(*out)->beats);
    pronounce_novelty(s);
    fill_table(&(*out)->table[0], s);
    (*out)->table[0].good = (*out)->beats;
    describe(*out, request, s);
    return NN_OK;
}
