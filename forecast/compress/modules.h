/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layers of a trained network with what can be left out of each, and the network without it: fewer parts
 * in its settings, narrower maps, and nothing that is multiplied by zero. */
#ifndef FC_MODULES_H
#define FC_MODULES_H

#include "forecast/compress/prune.h"
#include "forecast/model.h"
#include "lib/parts/part.h"

enum { FC_MOST_MODULES = 64 };

/* A dimension of a parameter that counts a layer's heads or hidden units. */
typedef struct fc_module_axis {
    int param, axis, layer;
    bool heads;
    int unit; /* elements of one head; 1 */
} fc_module_axis;

typedef struct fc_modules {
    const nn_params *whole; /* of the network as it is: borrowed */
    int count;              /* layers */
    nn_part mixers[FC_MOST_MODULES], ffns[FC_MOST_MODULES];
    int width[FC_MOST_MODULES], hidden[FC_MOST_MODULES]; /* of a head; units; 0: not known */
    int group[FC_MOST_MODULES];                          /* hidden units of a group */
    fc_layer_cut cut[FC_MOST_MODULES];
    fc_module_axis *axes;
    int axis_count;
    char *mixer_text, *ffn_text; /* the settings as they were */
} fc_modules;

/* Looks which parameters a layer's heads and hidden units are of, by what changes with them. groups: of a
 * layer's hidden units, at most. NN_USAGE for models without layers of mixers and feed-forwards. */
int fc_modules_open(fc_modules *modules, fc_model *model, int groups, nn_error *error);
void fc_modules_clear(fc_modules *modules);

/* Gives a model of the same settings those without what is gone (layers: cut, or others of the same sizes),
 * and makes it parameters of these shapes with the values that are left; its own stay. NN_USAGE where there
 * is no such network. */
int fc_modules_build(nn_params **params, const fc_modules *modules, const fc_layer_cut *layers,
                     fc_model *model, nn_error *error);

/* A feed-forward of another kind, whose first `units` hidden units are the layer's: fc_modules_build with
 * the groups behind them gone. text: "mlp", with options of its own. NN_USAGE for less than one unit. */
int fc_modules_narrow(fc_modules *modules, int layer, const char *text, int units, nn_error *error);

/* Gives a model of the same settings heads, widths of heads and hidden units in numbers, where they went by
 * the model's; and the settings as they were. */
int fc_modules_explicit(const fc_modules *modules, fc_model *model, nn_error *error);
int fc_modules_restore(const fc_modules *modules, fc_model *model, nn_error *error);

/* --- shared by what changes settings --- */

int fc_module_number(const nn_part *part, const char *name, int value, nn_error *error);
/* The one spelling of the parts as a setting of the model: "mixer", "ffn". */
int fc_module_setting(fc_model *model, const char *name, const nn_part *parts, int count, nn_error *error);

#endif
