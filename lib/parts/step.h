/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixers that take one token after another, each from a state of fixed size and no other token. */
#ifndef NN_STEP_H
#define NN_STEP_H

#include "lib/parts/block.h"

/* A trained mixer of one layer. */
typedef struct nn_stepper {
    const nn_step_kind *kind;
    void *own; /* owned: what the kind made of the parameters, which are borrowed */
    size_t state;
} nn_stepper;

/* The mixer that was built under that name on tokens of `width` columns. NN_USAGE where it cannot take one
 * token after another (NN_PART_STEP); NN_BAD_DATA where the parameters are not there. */
int nn_stepper_make(nn_stepper *stepper, const nn_params *params, const char *name, const nn_part *mixer,
                    int width, nn_error *error);
void nn_stepper_clear(nn_stepper *stepper);
/* The mixer's output y (d) of the next token x (d) of a sequence, whose state, of stepper->state elements, is
 * 0 before its first. Neither allocates nor fails. */
void nn_step(const nn_stepper *stepper, nn_real *state, const nn_real *x, nn_real *y);

#endif
