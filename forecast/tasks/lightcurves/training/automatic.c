/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares classifiers on validation objects, and chooses one. */
#include "forecast/tasks/lightcurves/training/automatic.h"

#include "forecast/statistics/classes/class_scores.h"
#include "forecast/tasks/lightcurves/internal.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/tasks/lightcurves/training/rival_grow.h"
#include "forecast/training/fit.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is tried --- */

static bool is_known(const fc_class_set *set, size_t object)
{
    return set->part[object] == FC_PART_VALIDATION && set->label[object] >= 0 &&
           set->label[object] < set->classes;
}

/* p: (set->count, classes). */
static int add(fc_tries *tries, const char *name, fc_try_form form, const fc_class_set *set, const double *p,
               nn_error *error)
{
    fc_try *t = &tries->of[tries->count];
    *t = (fc_try){.model = tries->models, .form = form};
    snprintf(t->name, sizeof t->name, "%.40s", name);
    if (!(t->each = nn_resize(NULL, set->count + 1, sizeof *t->each, 1)))
        return nn_no_memory(error);
    tries->count++;
    for (size_t i = 0; i < set->count; i++) {
        const double *row = p + i * (size_t)set->classes;
        if (!is_known(set, i))
            continue;
        t->accuracy += fc_class_called(row, set->classes) == set->label[i];
        t->loss += t->each[t->count++] = -fc_class_log_p(row, set->classes, set->label[i]);
    }
    t->accuracy /= (double)t->count;
    t->loss /= (double)t->count;
    return NN_OK;
}

static int add_all(fc_tries *tries, const fc_classifier *model, const fc_class_set *set,
                   const fc_set_calls *calls, nn_error *error)
{
    const double share = fc_rival_share(model);
    fc_rival_naming names;
    int code = NN_OK;
    fc_rival_name_both(model, &names);
    if (tries->count + 3 > FC_MOST_TRIES)
        return nn_fail(error, NN_USAGE, "too many classifiers to choose among");
    if (!tries->models)
        code = add(tries, names.rival, FC_TRY_FOREST, set, calls->rival, error);
    if (!code)
        code = add(tries, model->base.kind->name, FC_TRY_ALONE, set, calls->alone, error);
    if (!code && share > 0 && share < 1)
        code = add(tries, names.model, FC_TRY_MIXED, set, calls->p, error);
    tries->models++;
    return code;
}

int fc_tries_add(fc_tries *tries, const fc_classifier *model, const fc_class_set *set, nn_pool *pool,
                 nn_error *error)
{
    const size_t cells = set->count * (size_t)set->classes;
    double *block = nn_resize(NULL, 4 * cells + set->count + 1, sizeof *block, 1);
    const fc_set_calls calls = {block, block + cells, block + 2 * cells, block + 3 * cells,
                                block + 4 * cells};
    int code = block ? NN_OK : nn_no_memory(error);
    if (!code)
        code = fc_class_set_call(model, set, FC_PART_VALIDATION, pool, &calls, error);
    if (!code)
        code = add_all(tries, model, set, &calls, error);
    free(block);
    return code;
}

/* Whether b is less than a by more than the standard error of the difference, object by object where they are
 * of the same objects. */
static bool is_better(const fc_try *b, const fc_try *a)
{
    const double n = (double)a->count;
    double squares = 0;
    if (a->count != b->count)
        return b->loss < a->loss;
    for (size_t i = 0; i < a->count; i++) {
        const double off = a->each[i] - b->each[i] - (a->loss - b->loss);
        squares += off * off;
    }
    return n > 1 && a->loss - b->loss > sqrt(squares / n / (n - 1));
}

void fc_tries_choose(fc_tries *tries, int classes)
{
    const fc_try *forest = &tries->of[0];
    tries->best = 0;
    for (int i = 1; i < tries->count; i++)
        if (tries->of[i].loss < tries->of[tries->best].loss)
            tries->best = i;
    tries->few = forest->count < (size_t)(FC_FEW_PER_CLASS * classes);
    if (tries->few && !is_better(&tries->of[tries->best], forest))
        tries->best = 0;
}

char *fc_tries_text(const fc_tries *tries)
{
    char text[100 * FC_MOST_TRIES];
    int at = 0;
    text[0] = 0;
    for (int i = 0; i < tries->count; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%s %.4f %.4f", i ? ", " : "",
                       tries->of[i].name, tries->of[i].loss, tries->of[i].accuracy);
    return strdup(text);
}

void fc_tries_clear(fc_tries *tries)
{
    for (int i = 0; i < tries->count; i++)
        free(tries->of[i].each);
    *tries = (fc_tries){0};
}

/* --- what comes of it --- */

/* What answers by a tree are worth, by the network alone. */
static int answer_alone(fc_classifier *model, const fc_class_set *set, nn_pool *pool, nn_error *error)
{
    const size_t classes = (size_t)set->classes, cells = set->count * classes;
    double *block = nn_resize(NULL, 2 * cells + set->count + 1, sizeof *block, 1);
    int *label = nn_resize(NULL, set->count + 1, sizeof *label, 1);
    const fc_set_calls calls = {.p = block, .nearest = block + cells, .novelty = block + 2 * cells};
    int code = block && label ? NN_OK : nn_no_memory(error);
    if (!code)
        code = fc_class_set_call(model, set, FC_PART_VALIDATION, pool, &calls, error);
    size_t count = 0;
    for (size_t i = 0; i < set->count && !code; i++)
        if (set->part[i] == FC_PART_VALIDATION && set->label[i] >= 0) {
            memmove(block + count * classes, block + i * classes, classes * sizeof *block);
            label[count++] = set->label[i];
        }
    if (!code)
        fc_classifier_choose_answers(model, block, label, count);
    free(block);
    free(label);
    return code;
}

int fc_leave_mixture(fc_classifier *model, const fc_class_set *set, nn_pool *pool, nn_error *error)
{
    fc_rivalry *r = &model->rivalry;
    r->share = r->mixed_log_loss = r->mixed_accuracy = NAN;
    model->base.record.training.mixture = 0;
    return model->hierarchy.text ? answer_alone(model, set, pool, error) : NN_OK;
}

static void copy_names(fc_record *to, const fc_record *from)
{
    memcpy(to->data_name, from->data_name, sizeof to->data_name);
    memcpy(to->metadata_name, from->metadata_name, sizeof to->metadata_name);
    to->objects_hash = from->objects_hash;
    memcpy(to->label_name, from->label_name, sizeof to->label_name);
    memcpy(to->classes, from->classes, sizeof to->classes);
}

int fc_fit_forest(fc_model **forest, const fc_model *like, const fc_class_set *set, const fc_request *request,
                  nn_error *error)
{
    fc_class_set seen = *set;
    fc_request own = *request;
    void *config = NULL;
    *forest = NULL;
    own.objects = &seen;
    own.split_name = like->split;
    own.training = &like->record.training;
    seen.raw = set->beside;
    seen.beside = NULL;
    seen.first = nn_resize(NULL, set->count + 1, sizeof *seen.first, 1);
    int code = fc_forest_config(&config, &own.kind, set->redshift, 0, error);
    if (!code && !seen.first)
        code = nn_no_memory(error);
    for (size_t i = 0; i <= set->count && !code; i++)
        seen.first[i] = i;
    own.config = config;
    if (!code)
        code = fc_model_new(forest, &own, error);
    if (!code)
        code = fc_fit(*forest, &own, error);
    if (!code) {
        copy_names(&(*forest)->record, &like->record);
        (*forest)->record.training.mixture = 0;
    }
    fc_kind_config_free(config, own.kind);
    free(seen.first);
    return code;
}

/* --- features of the objects --- */

static int feature_of(const fc_classifier *rival, const char *name)
{
    for (int i = 0; i < rival->feature_count; i++)
        if (strcmp(rival->features[i], name) == 0)
            return i;
    return -1;
}

bool fc_are_periodic(const fc_class_set *set, const fc_classifier *rival)
{
    static const double most_false = 1e-3, least_cycles = 5, least_power = 0.6;
    const int period = feature_of(rival, "period"), alarm = feature_of(rival, "period_false_alarm"),
              duration = feature_of(rival, "duration"), power = feature_of(rival, "period_power");
    size_t all = 0, periodic = 0;
    if (!set->beside || period < 0 || alarm < 0 || duration < 0 || power < 0)
        return false;
    for (size_t i = 0; i < set->count; i++) {
        const float *x = set->beside + i * set->beside_width;
        if (set->part[i] != FC_PART_TRAINING || set->label[i] < 0)
            continue;
        all++;
        periodic += (double)x[alarm] <= most_false && (double)x[power] >= least_power &&
                    (double)x[duration] >= least_cycles * (double)x[period];
    }
    return 2 * periodic > all;
}

int fc_take_features(fc_class_set *to, const fc_class_set *from, nn_error *error)
{
    const size_t width = from->beside_width;
    size_t at = 0;
    free(to->beside);
    to->beside_width = width;
    if (!(to->beside = nn_resize(NULL, to->count + 1, width, sizeof *to->beside)))
        return nn_no_memory(error);
    for (size_t i = 0; i < to->count; i++) {
        size_t there = at;
        while (there < from->count && strcmp(from->id[there], to->id[i]) != 0)
            there++;
        const bool found = there < from->count;
        for (size_t k = 0; k < width; k++)
            to->beside[i * width + k] = found ? from->beside[there * width + k] : NAN;
        at = found ? there + 1 : at;
    }
    return NN_OK;
}
