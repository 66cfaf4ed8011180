/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --precision of commands that infer. */
#ifndef CLI_PRECISION_H
#define CLI_PRECISION_H

#include "forecast/model.h"

#define CLI_PRECISION_OPTION(at)                                                                             \
    {                                                                                                        \
        "precision", 0, NN_CHOICE, at, "model", "model|float|bf16|int8", 0, 0,                               \
            "of the products of a network's linear maps: floats, bfloat16, or whole numbers of eight bits; " \
            "model: as compress --precision chose it on validation rows, else floats"                        \
    }

/* Index of the word in that list. */
static inline int cli_precision_set(fc_model *model, int word, nn_error *error)
{
    return word ? fc_model_infer_in(model, (nn_precision)(word - 1), error) : NN_OK;
}

#endif
