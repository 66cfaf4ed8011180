/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier over folds of labelled objects, beside the class shares and the nearest mean of each fold's
 * training part: every object is called once, by a model that has not seen it. */
#include "forecast/scores/classes/class_rows.h"
#include "forecast/scores/classes/classes.h"
#include "forecast/scores/folds.h"
#include "forecast/tasks/lightcurves/internal.h"
#include "forecast/tasks/lightcurves/training/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL, SHARES, NEAREST, RIVAL, ALONE, ENTRIES };

typedef struct entry {
    fc_class_entry base; /* mean over the seeds; p is the largest of theirs */
    double spread;       /* standard deviation over the seeds of the accuracy; NaN: there is one run */
    fc_class_entry *fold;
} entry;

static const fc_metric spread_metrics[] = {
    {"spread", "+-", "standard deviation of the accuracy over the seeds", offsetof(entry, spread), 4, 0,
     FC_SHOW(FC_WHOLE, FC_WHOLE, FC_WHOLE), .optional = true},
    {0}};
#define OF(name) offsetof(fc_class_entry, score.name)
#define EACH     FC_SHOW(FC_EACH, FC_EACH, FC_EACH)
static const fc_metric fold_metrics[] = {{"objects", "objects", NULL, OF(count), FC_COUNT, 0, EACH},
                                         {"log_loss", "log-loss", NULL, OF(log_loss), 4, -1, EACH},
                                         {"accuracy", "accuracy", NULL, OF(accuracy), 4, 1, EACH},
                                         {"recall", "balanced", NULL, OF(recall), 4, 1, EACH},
                                         {"auc", "AUC", NULL, OF(auc), 4, 1, EACH},
                                         {0}};

typedef struct classes_walk {
    fc_walk walk;
    entry entry[ENTRIES];
    char verdict[512];
    const fc_class_set *all;
    fc_class_set set; /* the same with the parts of the fold in hand */
    int *fold;        /* per object: its fold; -1: none */
    const char **id;  /* per object */
    int *label;       /* per object; -1 for copies of others, which only train */
    uint8_t *part;
    double *p;         /* seeds x objects x classes */
    double *novelty;   /* seeds x objects */
    double *rival[2];  /* objects x classes: class shares, nearest mean */
    double *beside[2]; /* seeds x objects x classes: the companion, the network without it; NULL: not there */
    int entries;       /* those that there are, the first ones */
    char name[2][64];  /* of a mixture, and of its network */
    fc_levels *levels; /* of the tree of classes; NULL: there is none */
    double *confidence; /* seeds x folds: of answers */
} classes_walk;

static size_t cells(const classes_walk *self)
{
    return self->all->count * (size_t)self->all->classes;
}

static fc_objects objects_of(const classes_walk *self)
{
    return (fc_objects){.id = self->id,
                        .label = self->label,
                        .count = self->all->count,
                        .classes = self->levels ? self->levels->tree->nodes : self->all->classes};
}

/* --- the trial --- */

static int open_fold(fc_walk *walk, fc_request *request, nn_error *error)
{
    classes_walk *self = (classes_walk *)walk;
    const fc_objects objects = objects_of(self);
    fc_score_fold *size = &walk->scores->fold[walk->fold];
    /* The seed of all runs of a fold is one here: they differ in what is drawn in training alone. */
    const int code = fc_class_split_fold(self->part, &objects, self->fold, walk->fold,
                                         walk->rounds->folds->validation, request->training->seed, error);
    *size = (fc_score_fold){0};
    /* Copies go where what they were made of goes, but are not called. */
    for (size_t i = 0; i < self->all->count && !code; i++)
        if (self->all->origin[i] != i)
            self->part[i] =
                self->part[self->all->origin[i]] == FC_PART_TRAINING ? FC_PART_TRAINING : FC_PART_NONE;
    for (size_t i = 0; i < self->all->count && !code; i++) {
        size->train += self->part[i] == FC_PART_TRAINING;
        size->validation += self->part[i] == FC_PART_VALIDATION;
        size->test += self->part[i] == FC_PART_TEST;
    }
    size->scored = size->test;
    self->set = *self->all;
    self->set.part = self->part;
    request->objects = &self->set;
    return code;
}

static int take(fc_walk *walk, const fc_model *model, const fc_request *request, nn_error *error)
{
    classes_walk *self = (classes_walk *)walk;
    const fc_classifier *classifier = fc_classifier_of((fc_model *)model);
    const size_t classes = (size_t)self->all->classes, first = (size_t)walk->seed * cells(self);
    const fc_set_calls calls = {.p = self->p + first,
                                .nearest = self->rival[1],
                                .rival = self->beside[0] ? self->beside[0] + first : NULL,
                                .alone = self->beside[1] ? self->beside[1] + first : NULL,
                                .novelty = self->novelty + (size_t)walk->seed * self->all->count};
    self->confidence[walk->seed * walk->scores->folds + walk->fold] = classifier->hierarchy.rule.confidence;
    for (size_t i = 0; i < self->all->count; i++)
        if (self->part[i] == FC_PART_TEST)
            fc_prior_probabilities(self->rival[0] + i * classes, 1, classifier->class_counts,
                                   self->all->classes);
    return fc_class_set_call(classifier, &self->set, FC_PART_TEST, request->pool, &calls, error);
}

static const fc_trial trial = {.open = open_fold, .take = take};

/* --- all folds --- */

static void clear(void *state)
{
    classes_walk *self = state;
    for (int i = 0; i < ENTRIES; i++) {
        fc_class_score_clear(&self->entry[i].base.score);
        fc_level_scores_clear(&self->entry[i].base.levels);
        free(self->entry[i].fold);
    }
    free(self->fold);
    free(self->id);
    free(self->label);
    free(self->part);
    free(self->p);
    free(self->novelty);
    free(self->rival[0]);
    free(self->rival[1]);
    free(self->beside[0]);
    free(self->beside[1]);
    free(self->levels);
    free(self->confidence);
}

static int begin(classes_walk *self, nn_error *error)
{
    const fc_rounds *rounds = self->walk.rounds;
    const char *names[ENTRIES] = {rounds->model.kind->name, "class shares", "nearest mean", "forest"};
    const size_t runs = (size_t)rounds->folds->seeds;
    self->entries = RIVAL;
    if (self->all->beside && rounds->model.training->rival)
        self->entries = rounds->model.training->mixture ? ENTRIES : ALONE;
    if (self->entries == ENTRIES) {
        snprintf(self->name[0], sizeof self->name[0], "%.20s + forest", rounds->model.kind->name);
        snprintf(self->name[1], sizeof self->name[1], "%.20s alone", rounds->model.kind->name);
        names[MODEL] = self->name[0];
        names[ALONE] = self->name[1];
    }
    const size_t count = self->all->count, n = cells(self) + 1, folds = (size_t)rounds->folds->folds;
    self->fold = calloc(count + 1, sizeof *self->fold);
    self->id = calloc(count + 1, sizeof *self->id);
    self->label = calloc(count + 1, sizeof *self->label);
    self->part = calloc(count + 1, 1);
    self->p = calloc(n * (size_t)rounds->folds->seeds, sizeof *self->p);
    self->novelty = calloc((count + 1) * (size_t)rounds->folds->seeds, sizeof *self->novelty);
    self->confidence = calloc((size_t)rounds->folds->seeds * folds, sizeof *self->confidence);
    self->rival[0] = calloc(n, sizeof(double));
    self->rival[1] = calloc(n, sizeof(double));
    bool complete = true;
    for (int e = RIVAL; e < self->entries; e++)
        complete = (self->beside[e - RIVAL] = calloc(n * runs, sizeof(double))) && complete;
    int code = fc_levels_new(&self->levels, self->all->taxonomy, self->all->class_names, error);
    if (code)
        return code;
    const size_t levels = self->levels ? (size_t)self->levels->count : 1;
    complete = complete && self->fold && self->id && self->label && self->part && self->p && self->novelty &&
               self->rival[0] && self->rival[1] && self->confidence;
    for (int i = 0; i < self->entries && complete; i++) {
        complete = (self->entry[i].base.levels.line = calloc(levels, sizeof(fc_level_line)));
        if (!complete)
            break;
        self->entry[i].base.name = names[i];
        complete = (self->entry[i].fold = calloc(folds, sizeof(fc_class_entry)));
    }
    if (!complete)
        return nn_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        self->id[i] = self->all->id[i];
        self->label[i] = self->all->origin[i] == i ? self->all->label[i] : -1;
    }
    const fc_objects objects = objects_of(self);
    return fc_class_folds(self->fold, &objects, rounds->folds->folds, rounds->model.training->seed, error);
}

/* Adds a share of every score that is a double to a mean that began at 0. */
static void add_share(fc_class_entry *mean, const fc_class_entry *one, double share)
{
    for (const fc_metric *m = NULL; (m = fc_metric_next(fc_class_metrics, m));)
        if (m->digits != FC_COUNT && m->digits != FC_P)
            *(double *)((char *)mean + m->offset) += share * fc_metric_value(m, one);
    mean->score.count = one->score.count;
    mean->score.classes = one->score.classes;
    mean->test.p = fmax(mean->test.p, one->test.p); /* NaN gives way */
}

/* Room for the objects of a fold, or of all, one after the other. */
typedef struct chosen {
    double *p[ENTRIES];
    int *label, *answer;
} chosen;

static int choose(chosen *c, const classes_walk *self, nn_error *error)
{
    bool complete = (c->label = calloc(self->all->count + 1, sizeof *c->label)) &&
                    (c->answer = calloc(self->all->count + 1, sizeof *c->answer));
    for (int i = 0; i < self->entries && complete; i++)
        complete = (c->p[i] = calloc(cells(self) + 1, sizeof(double)));
    return complete ? NN_OK : nn_no_memory(error);
}

static void chosen_clear(chosen *c)
{
    free(c->label);
    free(c->answer);
    for (int i = 0; i < ENTRIES; i++)
        free(c->p[i]);
}

/* What each entry says, of a run. */
static void sources(const classes_walk *self, const double *from[ENTRIES], int seed)
{
    const size_t first = (size_t)seed * cells(self);
    from[MODEL] = self->p + first;
    from[SHARES] = self->rival[0];
    from[NEAREST] = self->rival[1];
    for (int e = RIVAL; e < self->entries; e++)
        from[e] = self->beside[e - RIVAL] + first;
}

/* fold -1: all. */
static int compare(const classes_walk *self, chosen *c, fc_class_entry entries[ENTRIES], int seed, int fold,
                   nn_error *error)
{
    const size_t classes = (size_t)self->all->classes;
    const double *from[ENTRIES];
    size_t n = 0;
    sources(self, from, seed);
    for (size_t i = 0; i < self->all->count; i++) {
        const bool known = self->fold[i] >= 0 && self->all->label[i] < self->all->classes;
        if (!known || (fold >= 0 && self->fold[i] != fold))
            continue;
        for (int e = 0; e < self->entries; e++)
            memcpy(c->p[e] + n * classes, from[e] + i * classes, classes * sizeof(double));
        c->label[n++] = self->all->label[i];
    }
    for (int e = 0; e < self->entries; e++)
        entries[e] = (fc_class_entry){
            .name = self->entry[e].base.name,
            .data = {.p = c->p[e], .label = c->label, .count = n, .classes = self->all->classes}};
    return fc_class_compare(entries, self->entries, error);
}

static void add_level(fc_level_line *mean, const fc_level_line *one, double share)
{
    const fc_level_line sum = *mean;
    *mean = *one;
    for (const fc_metric *m = NULL; (m = fc_metric_next(fc_level_metrics, m));)
        if (m->digits > 0 && m->digits < FC_COUNT)
            *(double *)((char *)mean + m->offset) =
                fc_metric_value(m, &sum) + share * fc_metric_value(m, one);
}

/* Scores by level of all objects, also of those that are known by a name above classes alone, added to the
 * means. Each is answered from the confidence on that its fold's model chose. */
static int score_levels(classes_walk *self, chosen *c, int seed, nn_error *error)
{
    const int seeds = self->walk.rounds->folds->seeds, folds = self->walk.rounds->folds->folds;
    const size_t classes = (size_t)self->all->classes;
    const double *from[ENTRIES];
    int code = NN_OK;
    sources(self, from, seed);
    for (int e = 0; e < self->entries && !code; e++) {
        fc_level_scores scores;
        size_t n = 0;
        for (size_t i = 0; i < self->all->count; i++) {
            if (self->fold[i] < 0)
                continue;
            double *to = c->p[e] + n * classes;
            memcpy(to, from[e] + i * classes, classes * sizeof *to);
            fc_levels_answer(self->levels, &c->answer[n], to, 1,
                             self->confidence[seed * folds + self->fold[i]]);
            c->label[n++] = self->all->label[i];
        }
        code = fc_level_scores_make(&scores, self->levels, c->p[e], c->label, c->answer, n, error);
        for (int k = 0; k < self->levels->count && !code; k++)
            add_level(&self->entry[e].base.levels.line[k], &scores.line[k], 1.0 / seeds);
        fc_level_scores_clear(&scores);
    }
    return code;
}

static int score_seed(classes_walk *self, chosen *c, int seed, double *accuracy, nn_error *error)
{
    const double share = 1.0 / self->walk.rounds->folds->seeds;
    int code = NN_OK;
    for (int fold = -1; fold < self->walk.rounds->folds->folds && !code; fold++) {
        fc_class_entry entries[ENTRIES];
        code = compare(self, c, entries, seed, fold, error);
        if (!code && fold < 0)
            *accuracy = entries[MODEL].score.accuracy;
        for (int e = 0; e < self->entries && !code; e++) {
            entry *to = &self->entry[e];
            add_share(fold < 0 ? &to->base : &to->fold[fold], &entries[e], share);
            fc_class_score_clear(&entries[e].score);
        }
    }
    return code || !self->levels ? code : score_levels(self, c, seed, error);
}

static void pronounce(classes_walk *self)
{
    fc_class_entry entries[ENTRIES];
    for (int e = 0; e < self->entries; e++)
        entries[e] = self->entry[e].base;
    fc_class_pronounce(entries, self->entries, self->verdict, sizeof self->verdict,
                       &self->walk.scores->beats);
}

static int finish(classes_walk *self, nn_error *error)
{
    const int seeds = self->walk.rounds->folds->seeds, folds = self->walk.rounds->folds->folds;
    chosen c = {0};
    double sum = 0, squares = 0;
    int code = choose(&c, self, error);
    for (int e = 0; e < self->entries; e++) {
        self->entry[e].spread = self->entry[e].base.test.p = NAN;
        for (int f = 0; f < folds; f++)
            self->entry[e].fold[f].test.p = NAN;
    }
    for (int seed = 0; seed < seeds && !code; seed++) {
        double accuracy = NAN;
        code = score_seed(self, &c, seed, &accuracy, error);
        sum += accuracy;
        squares += accuracy * accuracy;
    }
    chosen_clear(&c);
    if (code)
        return code;
    if (seeds > 1)
        self->entry[MODEL].spread = sqrt(fmax(squares - sum * sum / seeds, 0) / (seeds - 1));
    self->walk.scored = self->entry[MODEL].base.score.count;
    pronounce(self);
    return NN_OK;
}

static void mean_over_seeds(const classes_walk *self, const double *from, size_t object, double *p)
{
    const int seeds = self->walk.rounds->folds->seeds;
    const size_t classes = (size_t)self->all->classes;
    for (size_t c = 0; c < classes; c++) {
        p[c] = 0;
        for (int seed = 0; seed < seeds; seed++)
            p[c] += from[(size_t)seed * cells(self) + object * classes + c] / seeds;
    }
}

/* Of each object the mean over the seeds. */
static int write_rows(const classes_walk *self, nn_error *error)
{
    static const fc_taxonomy no_tree;
    const int seeds = self->walk.rounds->folds->seeds, folds = self->walk.rounds->folds->folds;
    const fc_rows_beside others = {self->entries - RIVAL, {"forest", self->walk.rounds->model.kind->name}};
    fc_class_rows *rows;
    int code =
        fc_class_rows_open(&rows, self->walk.rounds->how.predictions, self->all->class_names,
                           self->all->classes, self->levels ? self->levels->tree : &no_tree, &others, error);
    for (size_t i = 0; i < self->all->count && rows; i++) {
        double p[FC_MOST_CLASSES], beside[2][FC_MOST_CLASSES], confidence = 0, novelty = 0;
        for (int seed = 0; seed < seeds; seed++)
            novelty += self->novelty[(size_t)seed * self->all->count + i] / seeds;
        mean_over_seeds(self, self->p, i, p);
        for (int b = 0; b < others.count; b++)
            mean_over_seeds(self, self->beside[b], i, beside[b]);
        for (int seed = 0; seed < seeds && self->fold[i] >= 0; seed++)
            confidence += self->confidence[seed * folds + self->fold[i]] / seeds;
        if (self->fold[i] >= 0)
            fc_class_rows_write(rows, self->id[i], self->label[i], p, confidence, novelty, self->fold[i],
                                (const double *const[]){beside[0], beside[1]});
    }
    return fc_class_rows_close(rows, code, error);
}

static void describe(classes_walk *self)
{
    fc_scores *s = self->walk.scores;
    fc_walk_about(&self->walk, "");
    nn_json_set(s->about, "beats_baselines", json_boolean(s->beats));
    nn_json_set(s->about, "verdict", nn_json_text(self->verdict));
    s->schema = "auspex.backtest-classifier/1";
    s->rival = "what stands beside it";
    s->table[0] = (fc_score_table){
        .heading = "classifier",
        .ids = "of,fold",
        .sheet = {{"classifier",
                   "of all folds' test objects together, mean over the seeds. log-loss: every class weighs "
                   "the same; balanced: mean recall; F1, AUC, AP: means over classes, each against the rest; "
                   "ECE: expected calibration error; cross-entropy: every object weighs the same; p: chance "
                   "of accuracies this far apart if both call equally well (McNemar), the largest of the "
                   "seeds",
                   0}},
        .part_count = 4,
        .parts = {{.metrics = NULL},
                  {.metrics = fc_class_metrics, .level = FC_WHOLE, .ids = {"all", ""}},
                  {.metrics = spread_metrics, .level = FC_WHOLE},
                  {.metrics = fold_metrics,
                   .offset = offsetof(entry, fold),
                   .level = FC_EACH,
                   .key = "folds",
                   .ids = {"fold", "*"},
                   .size = sizeof(fc_class_entry),
                   .count = s->folds,
                   .heading = ">fold",
                   .layout = FC_LONG}},
        .verdict = self->verdict,
        .good = s->beats};
    if (self->levels)
        fc_levels_show(&s->table[0], self->levels, offsetof(fc_class_entry, levels), false);
    for (int i = 0; i < self->entries; i++)
        fc_score_table_add(&s->table[0], self->entry[i].base.name, &self->entry[i]);
}

int fc_lightcurves_backtest(fc_scores **scores, const fc_rounds *rounds, nn_error *error)
{
    const fc_walk_of of = {.variants = 1, .tables = 1, .state_size = sizeof(classes_walk), .clear = clear};
    int code = fc_walk_new(scores, rounds, &of, error);
    if (code)
        return code;
    classes_walk *self = (*scores)->state;
    self->all = rounds->model.objects;
    code = begin(self, error);
    if (!code)
        code = fc_walk_run(&self->walk, &trial, error);
    if (!code)
        code = finish(self, error);
    if (!code)
        code = write_rows(self, error);
    if (!code)
        describe(self);
    return code;
}
