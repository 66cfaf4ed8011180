/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which objects to ask the labels of next (active learning): those that the classifier is least sure of,
 * spread out over what there is. Settles 2009 (Active Learning Literature Survey, TR 1648, University of
 * Wisconsin), sections 3.1 and 5; the spreading is the greedy k-centre of Gonzalez 1985
 * (10.1016/0304-3975(85)90224-5), as Sener & Savarese 2018 (arXiv 1708.00489) use it, here weighted by the
 * doubt. */
#ifndef FC_ASKING_H
#define FC_ASKING_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* How much an object's label would tell, by its probabilities and novelty. */
typedef enum fc_doubt {
    FC_DOUBT_MARGIN,  /* 1 - (p of the first - p of the second class) */
    FC_DOUBT_ENTROPY, /* -sum p ln p / ln classes */
    FC_DOUBT_NOVELTY  /* the novelty itself */
} fc_doubt;

/* 0 to 1. p (classes). */
double fc_doubt_of(fc_doubt by, const double *p, int classes, double novelty);

typedef struct fc_candidates {
    const float *place;  /* (count, width): where an object stands among the others */
    const double *doubt; /* (count) 0 to 1 */
    const bool *known;   /* (count): its label is known; it is not asked, but its surroundings are covered;
                            NULL: none */
    size_t count;
    int width;
} fc_candidates;

typedef struct fc_question {
    size_t object;
    double doubt;
    double distance; /* to the nearest object that is known or asked before, in units of the typical distance
                        (sqrt of twice the width: that of two unrelated objects); NaN: there is none */
    size_t nearest;  /* that object */
} fc_question;

/* From this distance on an object is as good as unlike all others; closer ones count less. */
#define FC_ASK_APART 0.5

/* Chooses `most` objects one after the other, each that of the largest doubt x min(1, distance /
 * FC_ASK_APART), ties to the first; with spread 0 by doubt alone. Places are compared after each of their
 * numbers is divided by its deviation over all objects. Time count x most x width. questions (most). Returns
 * how many there are, fewer where there are fewer objects; below 0: no memory. */
long fc_ask(fc_question *questions, size_t most, const fc_candidates *candidates, bool spread,
            nn_error *error);

#endif
