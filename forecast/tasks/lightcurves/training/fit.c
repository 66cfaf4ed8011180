/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier learns from: its objects scaled, and what they are like. */
#include "forecast/tasks/lightcurves/internal.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/tasks/lightcurves/sketch.h"
#include "forecast/tasks/lightcurves/training/drop.h"
#include "forecast/tasks/lightcurves/training/fit_internal.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

/* --- samples --- */

/* Of the objects of two parts. */
static int make_tokens(fc_fitting *f, uint8_t one, uint8_t other, nn_error *error)
{
    const fc_class_set *set = f->set;
    size_t width = (size_t)fc_token_width(f->model), at = 0;
    const size_t more = (size_t)fc_more_tokens(f->model);
    f->place = malloc((set->count + 1) * sizeof *f->place);
    for (size_t i = 0; f->place && i < set->count; i++) {
        f->place[i] = at;
        if (set->part[i] == one || set->part[i] == other)
            at += set->first[i + 1] - set->first[i] + more;
    }
    f->tokens = f->place ? malloc(at * width * sizeof *f->tokens + 1) : NULL;
    if (!f->tokens)
        return nn_fail(error, NN_FAILED, "no memory for %zu tokens", at);
    f->place[set->count] = at;
    for (size_t i = 0; i < set->count; i++)
        if (set->part[i] == one || set->part[i] == other)
            fc_fill_tokens(f->model, set->raw + set->first[i] * (size_t)fc_raw_width(f->model),
                           (int)(set->first[i + 1] - set->first[i]), set->extras + i * FC_EXTRAS,
                           f->tokens + f->place[i] * width);
    return NN_OK;
}

/* Tokens of the n-th member of a part. */
static size_t tokens_of(const fc_part_source *s, size_t n)
{
    const size_t more = (size_t)fc_more_tokens(s->model), i = s->members[n];
    return s->set->first[i + 1] - s->set->first[i] + more;
}

/* Which points of the n-th member of a part are shown in a batch, and how many. */
static size_t show(const fc_part_source *s, size_t n, uint64_t batch_key, unsigned char *kept)
{
    const size_t member = s->members[n], points = tokens_of(s, n);
    const double share = s->drop / (FC_DROP_LEVELS - 1),
                 probability[FC_DROP_LEVELS] = {1 - s->drop, share, share, share, share};
    const float *raw = s->set->raw + s->set->first[member] * (size_t)fc_raw_width(s->model);
    int band[FC_MOST_POINTS], room[FC_MOST_POINTS];
    for (size_t i = 0; i < points; i++, raw += fc_raw_width(s->model))
        band[i] = (int)raw[3];
    fc_drop_level level;
    return (size_t)fc_drop_points(kept, band, (int)points, s->model->bands.count, probability,
                                  nn_random(batch_key, member), room, &level);
}

/* The tokens of the n-th member that are shown, to `to`; returns how many. */
static size_t fill_tokens(const fc_part_source *s, size_t n, uint64_t key, nn_real *to)
{
    const size_t width = (size_t)fc_token_width(s->model), length = tokens_of(s, n);
    const nn_real *from = s->tokens + s->place[s->members[n]] * width;
    unsigned char kept[FC_MOST_POINTS];
    if (s->drop <= 0) {
        memcpy(to, from, length * width * sizeof *to);
        return length;
    }
    const size_t shown = show(s, n, key, kept);
    for (size_t t = 0; t < length; t++)
        if (kept[t]) {
            memcpy(to, from + t * width, width * sizeof *to);
            to += width;
        }
    return shown;
}

static void load(void *context, const size_t *index, int count, uint64_t key, const nn_ports *ports)
{
    const fc_part_source *s = context;
    nn_tensor *tokens = ports->inputs[0];
    size_t width = (size_t)fc_token_width(s->model), at = 0;
    const int labels = fc_label_count(s->model);
    for (int i = 0; i < count; i++) {
        size_t member = s->members[index[i]];
        if (tokens->ragged)
            tokens->ragged->offsets[i] = (int)at;
        at += fill_tokens(s, index[i], key, tokens->data + at * width);
        if (ports->inputs[1])
            fc_fill_late(s->model, s->set->beside ? s->set->beside + member * s->set->beside_width : NULL,
                         ports->inputs[1]->data + (size_t)i * (size_t)s->model->feature_count);
        for (int c = 0; c < labels; c++)
            ports->target->data[i * labels + c] = c == s->set->label[member] ? (nn_real)s->weight[c] : 0;
    }
    if (tokens->ragged) {
        tokens->ragged->offsets[count] = (int)at;
        tokens->ragged->first_token = s->batch ? s->tokens_before[index - s->batch] : 0;
    }
}

static void begin_batch(void *context, const size_t *index, int count, uint64_t key)
{
    fc_part_source *s = context;
    unsigned char kept[FC_MOST_POINTS];
    fc_part_weigh(s, index, (size_t)count);
    s->batch = index;
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        s->tokens_before[i] = at;
        at += s->drop > 0 ? show(s, index[i], key, kept) : tokens_of(s, index[i]);
    }
}

/* The object whose tokens have the largest value. */
static void largest(const void *context, const size_t *index, size_t count, char *text, size_t size)
{
    const fc_part_source *s = context;
    const size_t width = (size_t)fc_token_width(s->model);
    double most = -1;
    for (size_t i = 0; i < count; i++) {
        const size_t n = index ? index[i] : i, member = s->members[n];
        const nn_real *tokens = s->tokens + s->place[member] * width;
        for (size_t k = 0; k < tokens_of(s, n) * width; k++) {
            const double value = isnan(tokens[k]) ? INFINITY : fabs((double)tokens[k]);
            if (value <= most)
                continue;
            most = value;
            snprintf(text, size, "%.3g (scaled) of the object %.100s", value, s->set->id[member]);
        }
    }
}

static int make_part(fc_fitting *f, fc_part_source *s, uint8_t which, nn_error *error)
{
    const fc_training *training = &f->model->base.record.training;
    *s = (fc_part_source){.model = f->model, .set = f->set, .balanced = training->balanced};
    s->members = malloc((f->set->count + 1) * sizeof *s->members);
    s->weight = calloc((size_t)fc_label_count(f->model), sizeof *s->weight);
    s->tokens_before = calloc((size_t)training->batch, sizeof *s->tokens_before);
    if (!s->members || !s->weight || !s->tokens_before)
        return nn_no_memory(error);
    for (size_t i = 0; i < f->set->count; i++)
        if (f->set->part[i] == which && f->set->label[i] >= 0)
            s->members[s->count++] = i;
    return NN_OK;
}

static void clear_part(fc_part_source *s)
{
    free(s->members);
    free(s->weight);
    free(s->tokens_before);
}

/* keeps: what the classes were trained on before stays counted, and a class may lack objects now. */
static int check_parts(fc_fitting *f, bool keeps, nn_error *error)
{
    fc_classifier *model = f->model;
    for (int c = 0; c < model->classes && !keeps; c++)
        model->class_counts[c] = 0;
    if (!f->train.count)
        return nn_fail(error, NN_BAD_DATA, "the training part has no usable object");
    for (size_t i = 0; i < f->train.count; i++)
        if (fc_part_has_class(&f->train, i))
            model->class_counts[f->set->label[f->train.members[i]]]++;
    for (int c = 0; c < model->classes; c++)
        if (!model->class_counts[c])
            return nn_fail(error, NN_BAD_DATA, "the training part has no object of the class '%s'",
                           model->class_names[c]);
    if (!fc_part_classes(&f->validation))
        return nn_fail(error, NN_BAD_DATA,
                       "the validation part has no usable object: it decides which epoch is kept");
    return NN_OK;
}

/* Simple features of the n-th member of a part. */
static void features_of(const fc_fitting *f, const fc_part_source *s, size_t n, double *out)
{
    const size_t member = s->members[n], width = (size_t)fc_token_width(f->model);
    fc_class_features(f->model, f->tokens + f->place[member] * width,
                      (int)(f->set->first[member + 1] - f->set->first[member]),
                      f->set->extras + member * FC_EXTRAS, out);
}

/* --- the task --- */

/* The baseline, on the training part. */
static int fit_nearest(fc_fitting *f, nn_error *error)
{
    fc_classifier *model = f->model;
    size_t n = (size_t)fc_class_feature_count(model), count = 0;
    double *features = malloc(f->train.count * n * sizeof *features);
    int *labels = malloc(f->train.count * sizeof *labels);
    int code = features && labels ? NN_OK : nn_no_memory(error);
    for (size_t i = 0; code == NN_OK && i < f->train.count; i++)
        if (fc_part_has_class(&f->train, i)) {
            labels[count] = f->set->label[f->train.members[i]];
            features_of(f, &f->train, i, features + count++ * n);
        }
    fc_nearest_mean_clear(&model->nearest);
    if (code == NN_OK)
        code = fc_nearest_mean_fit(&model->nearest, features, labels, count, (int)n, model->classes, error);
    free(features);
    free(labels);
    return code;
}

/* What the objects of the training part are like, of those whose class is known. */
static int fit_likes(fc_fitting *f, nn_error *error)
{
    fc_classifier *model = f->model;
    const size_t n = (size_t)fc_sketch_count(model), columns = (size_t)fc_raw_width(model);
    size_t count = 0;
    double *sketches = malloc(f->train.count * n * sizeof *sketches + 1);
    int *labels = malloc(f->train.count * sizeof *labels + 1);
    int code = sketches && labels ? NN_OK : nn_no_memory(error);
    for (size_t i = 0; code == NN_OK && i < f->train.count; i++) {
        const size_t member = f->train.members[i], first = f->set->first[member];
        if (!fc_part_has_class(&f->train, i))
            continue;
        labels[count] = f->set->label[member];
        fc_sketch(model, f->set->raw + first * columns, (int)(f->set->first[member + 1] - first),
                  f->set->extras + member * FC_EXTRAS, sketches + count++ * n);
    }
    if (code == NN_OK)
        code = fc_likes_fit(model, sketches, labels, count, error);
    free(sketches);
    free(labels);
    return code;
}

/* Of all that the objects are told by. */
static uint64_t hash_objects(const fc_fitting *f)
{
    const fc_class_set *set = f->set;
    const size_t n = set->count;
    uint64_t hash = XXH64(set->raw, set->first[n] * (size_t)fc_raw_width(f->model) * sizeof *set->raw, 0);
    hash = XXH64(set->first, (n + 1) * sizeof *set->first, hash);
    hash = XXH64(set->extras, n * FC_EXTRAS * sizeof *set->extras, hash);
    hash = XXH64(set->label, n * sizeof *set->label, hash);
    return XXH64(set->part, n * sizeof *set->part, hash);
}

static void fill_record(fc_fitting *f)
{
    fc_record *record = &f->model->base.record;
    record->data_hash = hash_objects(f);
    record->objects = f->set->count;
    record->train = f->train.count;
    record->validation = f->validation.count;
    record->naive_validation_loss = fc_part_naive_loss(&f->validation);
}

int fc_classifier_learn(fc_model *base, const fc_request *request, fc_lesson *lesson, nn_error *error)
{
    fc_fitting *f = lesson->state = calloc(1, sizeof *f);
    if (!f)
        return nn_no_memory(error);
    *f = (fc_fitting){.model = (fc_classifier *)base, .set = request->objects};
    int code = make_part(f, &f->train, FC_PART_TRAINING, error);
    if (code == NN_OK)
        code = make_part(f, &f->validation, FC_PART_VALIDATION, error);
    if (code == NN_OK)
        code = check_parts(f, request->elsewhere, error);
    if (code == NN_OK && f->model->sight.late &&
        (!f->set->beside || f->set->beside_width != (size_t)f->model->feature_count))
        code = nn_fail(error, NN_USAGE, "late features: those of the objects were not made");
    if (code == NN_OK && !request->goes_on) /* the weights go by it */
        code = fc_fit_scaling(f, error);
    if (code == NN_OK)
        code = make_tokens(f, FC_PART_TRAINING, FC_PART_VALIDATION, error);
    if (code)
        return code;
    f->train.drop = f->model->sight.drop;
    f->train.place = f->validation.place = f->place;
    f->train.tokens = f->validation.tokens = f->tokens;
    fill_record(f);
    lesson->network = (nn_task){.context = base, .build = fc_classifier_build};
    lesson->train = (nn_source){.context = &f->train,
                                .count = f->train.count,
                                .load = load,
                                .begin_batch = begin_batch,
                                .largest = largest};
    lesson->validation = (nn_source){
        .context = &f->validation, .count = f->validation.count, .load = load, .largest = largest};
    code = fit_nearest(f, error);
    /* A model of before likes does not get those of other objects than it was trained on. */
    const bool older = request->goes_on && !f->model->likes.count;
    return code || older ? code : fit_likes(f, error);
}

static void fitting_free(fc_fitting *f)
{
    if (!f)
        return;
    clear_part(&f->train);
    clear_part(&f->validation);
    free(f->place);
    free(f->tokens);
    free(f);
}

void fc_classifier_forget(fc_lesson *lesson)
{
    fitting_free(lesson->state);
}

int fc_classifier_calibrate(fc_model *model, const fc_lesson *lesson, nn_pool *pool, nn_error *error)
{
    fc_fitting *f = lesson->state;
    int *labels = malloc(f->validation.count * sizeof *labels);
    if (!labels)
        return nn_no_memory(error);
    for (size_t i = 0; i < f->validation.count; i++)
        labels[i] = f->set->label[f->validation.members[i]];
    f->train.batch = NULL; /* it is seen in order now */
    int code = fc_classifier_settle((fc_classifier *)model, &lesson->train, &lesson->validation, labels, pool,
                                    error);
    free(labels);
    return code;
}

int fc_lesson_rows(const fc_lesson *lesson, fc_feature_rows *rows, nn_error *error)
{
    const fc_fitting *f = lesson->state;
    const fc_part_source *parts[] = {&f->train, &f->validation};
    const size_t count = fc_part_classes(&f->train) + fc_part_classes(&f->validation),
                 width = (size_t)fc_token_width(f->model);
    fc_feature_room room;
    size_t at = 0;
    if (fc_feature_rows_new(rows, &room, count, (int)width, f->model->classes, error))
        return NN_FAILED;
    for (int part = 0; part < 2; part++)
        for (size_t i = 0; i < parts[part]->count; i++) {
            const size_t member = parts[part]->members[i];
            if (!fc_part_has_class(parts[part], i))
                continue;
            memcpy(room.x + at * width, f->tokens + f->place[member] * width, width * sizeof *room.x);
            room.label[at] = f->set->label[member];
            room.origin[at++] = f->set->origin[member];
        }
    return NN_OK;
}

/* --- calls --- */

typedef struct calls {
    const fc_fitting *fit;
    const fc_set_calls *to;
} calls;

static void keep_calls(void *context, size_t first, int count, const nn_ports *ports)
{
    const calls *c = context;
    const fc_classifier *model = c->fit->model;
    const size_t classes = (size_t)model->classes, width = (size_t)model->width;
    for (size_t i = 0; i < (size_t)count; i++) {
        const size_t member = c->fit->train.members[first + i];
        fc_class_probabilities(model, ports->output->data + i * classes, c->to->p + member * classes);
        c->to->novelty[member] = fc_class_novelty(model, ports->kept[0]->data + i * width, NULL);
    }
}

static int call_nearest(const fc_fitting *f, double *nearest, nn_error *error)
{
    const fc_classifier *model = f->model;
    double *features = malloc((size_t)fc_class_feature_count(model) * sizeof *features + 1);
    if (!features)
        return nn_no_memory(error);
    for (size_t i = 0; i < f->train.count; i++) {
        features_of(f, &f->train, i, features);
        fc_nearest_mean_predict(nearest + f->train.members[i] * (size_t)model->classes, &model->nearest,
                                features, 1);
    }
    free(features);
    return NN_OK;
}

static int call_rival(const fc_classifier *model, const fc_fitting *f, const fc_set_calls *to,
                      nn_error *error)
{
    const fc_classifier *rival = fc_rival_of(model);
    const size_t classes = (size_t)model->classes, width = f->set->beside_width;
    const double share = fc_rival_share(model);
    double p[FC_MOST_CLASSES];
    if (!f->set->beside || width != (size_t)rival->feature_count)
        return share > 0 ? nn_fail(error, NN_USAGE, "the objects' features are not those of the forest")
                         : NN_OK;
    nn_real *x = calloc((size_t)fc_token_width(rival) + 1, sizeof *x);
    if (!x)
        return nn_no_memory(error);
    for (size_t i = 0; i < f->train.count; i++) {
        const size_t member = f->train.members[i];
        double *own = to->p + member * classes;
        fc_rival_call(rival, f->set->beside + member * width, f->set->extras + member * FC_EXTRAS, x, p);
        if (to->rival)
            memcpy(to->rival + member * classes, p, classes * sizeof *p);
        if (to->alone)
            memcpy(to->alone + member * classes, own, classes * sizeof *p);
        fc_mix(own, p, model->classes, share);
    }
    free(x);
    return NN_OK;
}

int fc_class_set_call(const fc_classifier *model, const fc_class_set *set, uint8_t part, nn_pool *pool,
                      const fc_set_calls *to, nn_error *error)
{
    enum { BATCH = 16 };
    fc_fitting *f = calloc(1, sizeof *f);
    if (!f)
        return nn_no_memory(error);
    *f = (fc_fitting){.model = (fc_classifier *)model, .set = set};
    fc_part_source *s = &f->train; /* the objects that are called */
    int code = make_part(f, s, part, error);
    if (!code && !s->count)
        code = nn_fail(error, NN_BAD_DATA, "there is no object to call");
    if (!code)
        code = make_tokens(f, part, part, error);
    s->place = f->place;
    s->tokens = f->tokens;
    const nn_task network = {.context = f->model, .build = fc_classifier_build};
    const nn_source source = {.context = s, .count = s->count, .load = load};
    calls c = {.fit = f, .to = to};
    if (!code)
        code = nn_infer(model->base.params, &network, &source, BATCH, pool, keep_calls, &c, error);
    if (!code)
        code = call_nearest(f, to->nearest, error);
    if (!code && model->base.companion)
        code = call_rival(model, f, to, error);
    fitting_free(f);
    return code;
}
