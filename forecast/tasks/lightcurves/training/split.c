/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects dealt into training, validation and test parts and into folds, class by class. */
#include "forecast/tasks/lightcurves/training/split.h"

#include "lib/base/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* An object's place in its class: by a hash of its id, so that other objects do not move it. */
typedef struct place {
    uint64_t key;
    size_t object;
    const char *id;
} place;

static uint64_t hash_of(const char *id, size_t number, uint64_t seed)
{
    uint64_t hash = nn_random(seed, id ? 0 : number);
    for (; id && *id; id++)
        hash = nn_random(hash, (unsigned char)*id);
    return hash;
}

static int by_key(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    int order = x->id && y->id ? strcmp(x->id, y->id) : 0;
    return order ? order : (x->object > y->object) - (x->object < y->object);
}

static int check_objects(const fc_objects *o, nn_error *error)
{
    if (o->count < 1 || o->classes < 1)
        return nn_fail(error, NN_BAD_DATA, "there are no labelled objects to split");
    for (size_t i = 0; i < o->count; i++)
        if (o->label[i] < -1 || o->label[i] >= o->classes)
            return nn_fail(error, NN_BAD_DATA, "the label of object %zu is %d, outside 0 to %d", i + 1,
                           o->label[i], o->classes - 1);
    return NN_OK;
}

static place *places_new(const fc_objects *o, nn_error *error)
{
    place *list = malloc(o->count * sizeof *list);
    if (!list)
        nn_fail(error, NN_FAILED, "no memory to split %zu objects", o->count);
    return list;
}

static bool is_in(const uint8_t *part, size_t i, int wanted)
{
    return !part || part[i] == wanted;
}

/* The objects of a class that are in a part (part NULL: all), in their drawn order; returns how many. */
static size_t order_class(place *list, const fc_objects *o, int class_index, const uint8_t *part, int wanted,
                          uint64_t seed)
{
    size_t n = 0;
    for (size_t i = 0; i < o->count; i++)
        if (o->label[i] == class_index && is_in(part, i, wanted))
            list[n++] = (place){hash_of(o->id ? o->id[i] : NULL, i, seed), i, o->id ? o->id[i] : NULL};
    qsort(list, n, sizeof *list, by_key);
    return n;
}

int fc_class_split_stratified(uint8_t *part, const fc_objects *o, double validation, double test,
                              uint64_t seed, nn_error *error)
{
    int code = check_objects(o, error);
    if (!code && !(validation >= 0 && test >= 0 && validation + test < 1))
        code = nn_fail(error, NN_USAGE,
                       "shares of validation and test are 0 or more and below 1 together, not %g and %g",
                       validation, test);
    place *list = code ? NULL : places_new(o, error);
    if (!list)
        return code ? code : NN_FAILED;
    memset(part, FC_PART_NONE, o->count);
    for (int c = 0; c < o->classes; c++) {
        size_t n = order_class(list, o, c, NULL, 0, seed);
        if (!n)
            continue;
        size_t for_test = (size_t)lround(test * (double)n);
        for_test = for_test < n ? for_test : n - 1;
        size_t for_validation = (size_t)lround(validation * (double)n), left = n - for_test - 1;
        for_validation = for_validation < left ? for_validation : left;
        for (size_t i = 0; i < n; i++)
            part[list[i].object] = i < for_test                    ? FC_PART_TEST
                                   : i < for_test + for_validation ? FC_PART_VALIDATION
                                                                   : FC_PART_TRAINING;
    }
    free(list);
    return NN_OK;
}

/* Takes a stratified share of the training part for validation. */
static int take_validation(uint8_t *part, const fc_objects *o, double validation, uint64_t seed,
                           nn_error *error)
{
    if (!(validation >= 0 && validation < 1))
        return nn_fail(error, NN_USAGE, "the share of validation is within 0 to 1, not %g", validation);
    place *list = places_new(o, error);
    if (!list)
        return NN_FAILED;
    for (int c = 0; c < o->classes; c++) {
        size_t n = order_class(list, o, c, part, FC_PART_TRAINING, seed);
        size_t taken = (size_t)lround(validation * (double)n);
        for (size_t i = 0; i < taken && i + 1 < n; i++)
            part[list[i].object] = FC_PART_VALIDATION;
    }
    free(list);
    return NN_OK;
}

/* --- a column of the metadata --- */

static bool in_list(const char *list, const char *value)
{
    size_t length = value ? strlen(value) : 0;
    for (const char *at = list; length;) {
        const char *end = strchrnul(at, ',');
        if ((size_t)(end - at) == length && strncmp(at, value, length) == 0)
            return true;
        if (!*end)
            break;
        at = end + 1;
    }
    return false;
}

int fc_class_split_column(uint8_t *part, const fc_objects *o, const char *const *value, const char *rule,
                          double validation, uint64_t seed, nn_error *error)
{
    int code = check_objects(o, error);
    bool except = rule && *rule == '!';
    const char *list = rule ? rule + except : "";
    if (!code && !*list)
        code = nn_fail(error, NN_USAGE,
                       "a split by a column names the values for training, such as 'A,B' or '!-9'");
    size_t sides[2] = {0};
    for (size_t i = 0; i < o->count && !code; i++) {
        bool training = in_list(list, value[i]) != except;
        part[i] = o->label[i] < 0 ? FC_PART_NONE : training ? FC_PART_TRAINING : FC_PART_TEST;
        sides[training] += o->label[i] >= 0;
    }
    if (!code && (!sides[0] || !sides[1]))
        code = nn_fail(error, NN_BAD_DATA, "'%.60s' takes %s of the %zu labelled objects for training", rule,
                       sides[1] ? "all" : "none", sides[0] + sides[1]);
    return code ? code : take_validation(part, o, validation, seed, error);
}

/* --- folds --- */

int fc_class_folds(int *fold, const fc_objects *o, int k, uint64_t seed, nn_error *error)
{
    int code = check_objects(o, error);
    if (!code && (k < 2 || (size_t)k > o->count))
        code = nn_fail(error, NN_USAGE, "%zu objects make 2 to %zu folds, not %d", o->count, o->count, k);
    place *list = code ? NULL : places_new(o, error);
    if (!list)
        return code ? code : NN_FAILED;
    for (size_t i = 0; i < o->count; i++)
        fold[i] = -1;
    /* Each class goes on where the last one ended, so that the folds are even too. */
    size_t next = 0;
    for (int c = 0; c < o->classes; c++) {
        size_t n = order_class(list, o, c, NULL, 0, seed);
        for (size_t i = 0; i < n; i++)
            fold[list[i].object] = (int)(next++ % (size_t)k);
    }
    free(list);
    return NN_OK;
}

int fc_class_split_fold(uint8_t *part, const fc_objects *o, const int *fold, int test, double validation,
                        uint64_t seed, nn_error *error)
{
    int code = check_objects(o, error);
    size_t sides[2] = {0};
    for (size_t i = 0; i < o->count && !code; i++) {
        bool out = fold[i] == test;
        part[i] = o->label[i] < 0 || fold[i] < 0 ? FC_PART_NONE : out ? FC_PART_TEST : FC_PART_TRAINING;
        sides[out] += part[i] != FC_PART_NONE;
    }
    if (!code && (!sides[0] || !sides[1]))
        code = nn_fail(error, NN_USAGE, "fold %d has %s objects", test, sides[1] ? "all" : "no");
    return code ? code : take_validation(part, o, validation, seed, error);
}
