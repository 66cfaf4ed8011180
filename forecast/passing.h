/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that go from one rank to the others (lib/base/ranks.h), and whole trainings of which each rank does
 * one. */
#ifndef FC_PASSING_H
#define FC_PASSING_H

#include "forecast/model.h"

/* What rank `from` has in *model goes to all, as its file would hold it: the others get one of their own, to
 * be freed with fc_model_free. All ranks call; where one fails, all do, each with a reason. */
int fc_model_pass(fc_model **model, int from, nn_error *error);

/* Pieces of work that follow one another, of which each rank does one ahead of its turn. */
typedef struct fc_ahead {
    int first, count; /* pieces that are done, by number: that of rank r is first + r; count 0: none */
    int *code;        /* of each rank's; owned */
    nn_error error;   /* of this rank's */
    fc_model *model;  /* of this rank's; owned; NULL: it is given away, or there is none */
} fc_ahead;

/* Whether pieces, of which so many are left, are better done by a rank each than by all ranks together.
 * `together`: ranks that a piece can be shared by. */
bool fc_ahead_pays(int left, int together);
/* Does this rank's of the next pieces, number `next` and those behind it, `left` in all: work is called apart
 * from the other ranks. Afterwards all know which ones failed. NN_FAILED: no memory. */
int fc_ahead_go(fc_ahead *ahead, int next, int left,
                int (*work)(void *context, int piece, fc_model **model, nn_error *error), void *context,
                nn_error *error);
/* Whether this piece is among them. */
bool fc_ahead_has(const fc_ahead *ahead, int piece);
/* The rank that did it. */
int fc_ahead_rank(const fc_ahead *ahead, int piece);
/* Its code, with the reason. */
int fc_ahead_code(const fc_ahead *ahead, int piece, nn_error *error);
/* Its model, for all ranks; to be freed with fc_model_free. */
int fc_ahead_model(fc_model **model, fc_ahead *ahead, int piece, nn_error *error);
void fc_ahead_clear(fc_ahead *ahead);

#endif
