/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting a set of labelled objects into training, validation and test parts, or folds. What is drawn depends
 * on the seed and the ids alone, not on the order of the objects. */
#ifndef FC_CLASS_SPLIT_H
#define FC_CLASS_SPLIT_H

#include "lib/base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { FC_PART_NONE, FC_PART_TRAINING, FC_PART_VALIDATION, FC_PART_TEST };

typedef struct fc_objects {
    const char *const *id; /* (count); NULL: their numbers */
    const int *label;      /* (count) 0..classes-1; -1: unlabelled, which belongs to no part */
    size_t count;
    int classes;
} fc_objects;

/* Stratified: every class is cut by the same shares. validation and test are shares of the whole, >= 0,
 * together below 1. Of a class of n objects, round(test n) go to test and round(validation n) to validation,
 * and one at least to training. part (count). */
int fc_class_split_stratified(uint8_t *part, const fc_objects *objects, double validation, double test,
                              uint64_t seed, nn_error *error);

/* By a column of the metadata: objects whose value the rule names are for training, and a stratified share of
 * them for validation; all other labelled ones are the test part. Rules, on the values as text: "A", "A,B"
 * (one of these), "!A,B" (none of these). NULL or empty values match only a rule with "!". So the
 * spectroscopic sample of SPCC is sntype_spec with "!-9". NN_BAD_DATA when either side is empty. */
int fc_class_split_column(uint8_t *part, const fc_objects *objects, const char *const *value,
                          const char *rule, double validation, uint64_t seed, nn_error *error);

/* Stratified folds: fold (count) 0..k-1, -1 for the unlabelled. Sizes differ by one at most, per class too.
 */
int fc_class_folds(int *fold, const fc_objects *objects, int k, uint64_t seed, nn_error *error);
/* The parts when fold `test` is left out: it is the test part; a stratified share of the rest validates. */
int fc_class_split_fold(uint8_t *part, const fc_objects *objects, const int *fold, int test,
                        double validation, uint64_t seed, nn_error *error);

#endif
