/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which classifier suits labelled light curves: networks, the forest beside them, and mixtures of both, by
 * what they say of the validation objects. */
#ifndef FC_LIGHT_AUTOMATIC_H
#define FC_LIGHT_AUTOMATIC_H

#include "forecast/tasks/lightcurves/training/fit.h"

enum { FC_MOST_TRIES = 8, FC_FEW_PER_CLASS = 20 /* validation objects, on the mean over the classes */ };

typedef enum fc_try_form { FC_TRY_FOREST, FC_TRY_ALONE, FC_TRY_MIXED } fc_try_form;

/* One that was tried. */
typedef struct fc_try {
    char name[48]; /* "forest", "t2", "t2 + forest" */
    int model;     /* the model of this number, or what stands beside it */
    fc_try_form form;
    double loss, accuracy; /* of the validation objects of a known class: mean -ln p; share of right calls */
    double *each;          /* (count): -ln p of each, owned */
    size_t count;
} fc_try;

/* Start from {0}. */
typedef struct fc_tries {
    fc_try of[FC_MOST_TRIES];
    int count, models;
    int best; /* see fc_tries_choose */
    bool few; /* so few validation objects that the forest had to be beaten by a standard error */
} fc_tries;

/* Adds a network with its companion, fitted as a mixture to the set: the network alone, the mixture where
 * both have a share in it, and of the first one the companion too. */
int fc_tries_add(fc_tries *tries, const fc_classifier *model, const fc_class_set *set, nn_pool *pool,
                 nn_error *error);
/* The least loss; with few validation objects the forest, unless another's is less by more than a standard
 * error of the difference. */
void fc_tries_choose(fc_tries *tries, int classes);
/* What was tried, as the record of a model keeps it: "forest 0.6219 0.7464, t2 0.7837 0.6964"; malloced, NULL
 * without memory. */
char *fc_tries_text(const fc_tries *tries);
void fc_tries_clear(fc_tries *tries);

/* A network that was fitted as a mixture goes without its companion from now on, which stays its rival. */
int fc_leave_mixture(fc_classifier *model, const fc_class_set *set, nn_pool *pool, nn_error *error);
/* A forest of default settings by itself, of the features that the set has of its objects
 * (fc_class_set.beside); it learns from the validation part too. The record's names are those of `like`. */
int fc_fit_forest(fc_model **forest, const fc_model *like, const fc_class_set *set, const fc_request *request,
                  nn_error *error);

/* Whether most of the objects to train on have a period for certain, by features that are those of `rival`:
 * five cycles or more, that explain 60 % of the variance, of a false alarm in a thousand or less. */
bool fc_are_periodic(const fc_class_set *set, const fc_classifier *rival);
/* Features of the same objects in another set, told by their ids, which come in the same order; unknown where
 * they are not there. */
int fc_take_features(fc_class_set *to, const fc_class_set *from, nn_error *error);

#endif
