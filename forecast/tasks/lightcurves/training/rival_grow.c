/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grows the forest beside a network, and compares the two. */
#include "forecast/tasks/lightcurves/training/rival_grow.h"

#include "forecast/statistics/classes/class_scores.h"
#include "forecast/tasks/lightcurves/internal.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/tasks/lightcurves/training/fit_internal.h"
#include "forecast/tasks/lightcurves/training/grow.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Trees times objects that a companion is grown of at most: its file would else outgrow the network's by far.
 */
enum { LEAST_TREES = 20 };
static const double most_grown = 4e6;

/* --- a new one --- */

int fc_forest_config(void **config, const fc_kind **kind, bool redshift, int trees, nn_error *error)
{
    char text[24];
    *kind = fc_kind_find("forest");
    snprintf(text, sizeof text, "%d", trees);
    int code = fc_kind_config(config, *kind, error);
    if (!code && trees)
        code = nn_option_set(nn_option_find((*kind)->options, "trees"), *config, text, error);
    if (!code && !redshift)
        code = nn_option_set(nn_option_find((*kind)->options, "redshift"), *config, "none", error);
    return code;
}

int fc_rival_new(fc_classifier **rival, const fc_classifier *model, int trees, nn_error *error)
{
    const fc_kind *kind;
    const fc_class_set classes = {.bands = &model->bands,
                                  .classes = model->classes,
                                  .class_names = (const char *const *)model->class_names,
                                  .redshift = model->redshift};
    void *config = NULL;
    fc_model *made = NULL;
    *rival = NULL;
    int code = fc_forest_config(&config, &kind, model->redshift, trees, error);
    const fc_request request = {.kind = kind,
                                .config = config,
                                .training = &model->base.record.training,
                                .split_name = "",
                                .objects = &classes};
    if (!code)
        code = fc_model_new(&made, &request, error);
    fc_kind_config_free(config, kind);
    *rival = fc_classifier_of(made);
    return code;
}

/* --- growing --- */

static int make_rows(fc_feature_rows *rows, const fc_fitting *f, const fc_classifier *rival, nn_error *error)
{
    const size_t count = fc_part_classes(&f->train), width = (size_t)fc_token_width(rival),
                 features = f->set->beside_width;
    fc_feature_room room;
    size_t at = 0;
    if (fc_feature_rows_new(rows, &room, count, (int)width, rival->classes, error))
        return NN_FAILED;
    for (size_t i = 0; i < f->train.count; i++) {
        const size_t member = f->train.members[i];
        if (!fc_part_has_class(&f->train, i))
            continue;
        for (size_t k = 0; k < width; k++)
            room.x[at * width + k] = k < features
                                         ? (nn_real)f->set->beside[member * features + k]
                                         : (nn_real)f->set->extras[member * FC_EXTRAS + k - features];
        room.label[at] = f->set->label[member];
        room.origin[at++] = f->set->origin[member];
    }
    return NN_OK;
}

static int trees_for(size_t objects)
{
    const double trees = most_grown / (double)(objects ? objects : 1);
    const int fallback = 500;
    return trees >= fallback ? 0 : trees < LEAST_TREES ? LEAST_TREES : (int)trees;
}

/* --- the two beside each other --- */

/* Validation objects: what both say of each, and what it is. */
typedef struct meeting {
    const fc_classifier *model;
    double *own, *rival, *mixed; /* (count, classes) */
    int *label;                  /* (count) a class, or a name above classes */
    size_t count;
} meeting;

static void keep_own(void *context, size_t first, int count, const nn_ports *ports)
{
    meeting *m = context;
    const size_t classes = (size_t)m->model->classes;
    for (size_t i = 0; i < (size_t)count; i++)
        fc_class_probabilities(m->model, ports->output->data + i * classes, m->own + (first + i) * classes);
}

static void keep_rival(meeting *m, const fc_fitting *f, const fc_classifier *rival, nn_real *x)
{
    const fc_part_source *part = &f->validation;
    for (size_t i = 0; i < m->count; i++) {
        const size_t member = part->members[i];
        m->label[i] = f->set->label[member];
        fc_rival_call(rival, f->set->beside + member * f->set->beside_width,
                      f->set->extras + member * FC_EXTRAS, x, m->rival + i * (size_t)rival->classes);
    }
}

/* Mean -ln p and accuracy of the objects of a known class. */
static double loss_of(const meeting *m, const double *p, double *accuracy)
{
    const int classes = m->model->classes;
    double sum = 0;
    size_t known = 0, right = 0;
    for (size_t i = 0; i < m->count; i++) {
        const double *row = p + i * (size_t)classes;
        if (m->label[i] >= classes)
            continue;
        sum -= fc_class_log_p(row, classes, m->label[i]);
        right += fc_class_called(row, classes) == m->label[i];
        known++;
    }
    *accuracy = (double)right / (double)known;
    return sum / (double)known;
}

static void mix_all(meeting *m, double share)
{
    const size_t classes = (size_t)m->model->classes;
    memcpy(m->mixed, m->own, m->count * classes * sizeof *m->mixed);
    for (size_t i = 0; i < m->count; i++)
        fc_mix(m->mixed + i * classes, m->rival + i * classes, m->model->classes, share);
}

/* The share of least loss; of equals the least. */
static void choose_share(fc_classifier *model, meeting *m)
{
    fc_rivalry *r = &model->rivalry;
    r->share = 0;
    r->mixed_log_loss = INFINITY;
    for (int step = 0; step <= FC_SHARE_STEPS; step++) {
        double accuracy;
        mix_all(m, (double)step / FC_SHARE_STEPS);
        const double loss = loss_of(m, m->mixed, &accuracy);
        if (loss >= r->mixed_log_loss)
            continue;
        r->share = (double)step / FC_SHARE_STEPS;
        r->mixed_log_loss = loss;
        r->mixed_accuracy = accuracy;
    }
    mix_all(m, r->share);
    fc_classifier_choose_answers(model, m->mixed, m->label, m->count);
}

static int meet(fc_classifier *model, const fc_fitting *f, const fc_lesson *lesson, nn_pool *pool,
                nn_error *error)
{
    enum { BATCH = 16 };
    const fc_classifier *rival = fc_rival_of(model);
    const size_t count = lesson->validation.count, cells = count * (size_t)model->classes + 1;
    meeting m = {.model = model,
                 .own = calloc(cells, sizeof(double)),
                 .rival = calloc(cells, sizeof(double)),
                 .mixed = calloc(cells, sizeof(double)),
                 .label = calloc(count + 1, sizeof(int)),
                 .count = count};
    nn_real *x = calloc((size_t)fc_token_width(rival) + 1, sizeof *x);
    const nn_task network = {.context = model, .build = fc_classifier_build};
    int code = m.own && m.rival && m.mixed && m.label && x ? NN_OK : nn_no_memory(error);
    if (!code)
        code = nn_infer(model->base.params, &network, &lesson->validation, BATCH, pool, keep_own, &m, error);
    if (!code) {
        keep_rival(&m, f, rival, x);
        model->rivalry.log_loss = loss_of(&m, m.rival, &model->rivalry.accuracy);
        if (model->base.record.training.mixture)
            choose_share(model, &m);
    }
    free(m.own);
    free(m.rival);
    free(m.mixed);
    free(m.label);
    free(x);
    return code;
}

int fc_rival_grow(fc_classifier *model, const fc_lesson *lesson, nn_pool *pool, nn_error *error)
{
    const fc_fitting *f = lesson->state;
    fc_classifier *rival = NULL;
    fc_feature_rows rows = {0};
    if (!model->base.record.training.rival || !f->set->beside || fc_classifier_grows(&model->base))
        return NN_OK;
    int code = fc_rival_new(&rival, model, trees_for(fc_part_classes(&f->train)), error);
    if (!code && (size_t)rival->feature_count != f->set->beside_width)
        code = nn_fail(error, NN_USAGE, "the objects' features are not those of the forest");
    if (!code) {
        memcpy(rival->class_counts, model->class_counts, (size_t)model->classes * sizeof(size_t));
        code = make_rows(&rows, f, rival, error);
    }
    if (!code)
        code = fc_classifier_grow_on(rival, &rows, pool, error);
    fc_feature_rows_free(&rows);
    if (code) {
        fc_model_free(rival ? &rival->base : NULL);
        return code;
    }
    fc_model_free(model->base.companion);
    model->base.companion = &rival->base;
    model->rivalry = FC_NO_RIVALRY;
    return meet(model, f, lesson, pool, error);
}

/* --- from a file --- */

static bool is_alike(const fc_classifier *a, const fc_classifier *b)
{
    bool same = a->classes == b->classes && a->bands.count == b->bands.count && a->redshift == b->redshift;
    for (int c = 0; same && c < a->classes; c++)
        same = strcmp(a->class_names[c], b->class_names[c]) == 0;
    for (int k = 0; same && k < a->bands.count; k++)
        same = strcmp(a->bands.name[k], b->bands.name[k]) == 0 &&
               a->bands.wavelength[k] == b->bands.wavelength[k];
    return same;
}

/* Features are made once, for both. */
static bool sees_alike(const fc_classifier *model, const fc_classifier *rival)
{
    bool same = !model->sight.late || model->feature_count == rival->feature_count;
    for (int k = 0; same && model->sight.late && k < model->feature_count; k++)
        same = strcmp(model->features[k], rival->features[k]) == 0;
    return same;
}

int fc_rival_check(const fc_classifier *model, nn_error *error)
{
    const fc_classifier *rival = fc_rival_of(model);
    if (!rival)
        return model->rivalry.share > 0
                   ? nn_fail(error, NN_BAD_DATA, "its probabilities are mixed with those of no forest")
                   : NN_OK;
    return fc_classifier_grows(&rival->base) && is_alike(model, rival) && sees_alike(model, rival)
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA,
                         "what stands beside the model is no forest of its bands and classes");
}
