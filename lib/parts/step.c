/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lets mixers take one token after another. */
#include "lib/parts/step.h"

#include <stdlib.h>

int nn_stepper_make(nn_stepper *stepper, const nn_params *params, const char *name, const nn_part *mixer,
                    int width, nn_error *error)
{
    const nn_step_kind *kind = ((const nn_mixer_kind *)(const void *)mixer->kind)->step;
    *stepper = (nn_stepper){.kind = kind};
    if (!kind)
        return nn_fail(error, NN_USAGE, "--mixer %s: it cannot take one token after another",
                       mixer->kind->name);
    stepper->state = kind->state(mixer->settings, width);
    return kind->make(&stepper->own, params, name, mixer->settings, width, error);
}

void nn_stepper_clear(nn_stepper *stepper)
{
    free(stepper->own);
    *stepper = (nn_stepper){0};
}

void nn_step(const nn_stepper *stepper, nn_real *state, const nn_real *x, nn_real *y)
{
    stepper->kind->take(stepper->own, state, x, y);
}
