/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights under the names and in the shapes in which they were published, read from and written for other
 * programs. */
#ifndef FC_WEIGHTS_H
#define FC_WEIGHTS_H

#include "forecast/model.h"
#include "lib/files/safetensors.h"

/* Fills the parameters from a file of other programs (forecast/exchange/published.h) with the published names
 * (an optional "module." in front, and the kind's aliases); every parameter must be there in its shape.
 * Tensors that fit no parameter are an error too, but those that the kind knows as unused, which the model
 * keeps. */
int fc_model_import_weights(fc_model *model, const char *path, nn_error *error);
/* The same from a file that is open. */
int fc_model_read_weights(fc_model *model, const nn_st_file *file, nn_error *error);

/* Writes the network itself as an ONNX model: what a plan of it computes, without dropout, of batches of any
 * size. Inputs and output are what the network sees, which is scaled; the notes of the file hold the settings
 * and what the model keeps, the scaler among it, as JSON. NN_USAGE names what has no form in ONNX. */
int fc_model_export_onnx(const fc_model *model, const char *path, nn_error *error);

typedef enum fc_weights_form { FC_WEIGHTS_SAFETENSORS, FC_WEIGHTS_TORCH } fc_weights_form;
/* Writes the parameters as other programs read them: the published names and shapes alone, in the order of
 * the network, then those that are unused. *count is how many there are. */
int fc_model_export_weights(const fc_model *model, fc_weights_form form, const char *path, int *count,
                            nn_error *error);

/* What a tensor tells of a setting of the kind, or of "lookback" and "horizon". */
typedef struct fc_shape_rule {
    const char *setting; /* NULL ends the rules */
    const char *tensor;  /* its published name; with FC_HOW_MANY one with %d */
    int dimension;       /* that the setting is, or FC_HOW_MANY */
    const char *divided; /* the setting is the dimension divided by that one, which is 0 where it is not
                            known; NULL: the dimension itself */
    const char *value;   /* what the setting is where the tensor is there, whatever its shape; NULL */
} fc_shape_rule;
enum { FC_HOW_MANY = -1 }; /* how many tensors there are, %d being 0, 1, ... */

/* What the rule finds in weights of other programs, as the text of the setting; false where they do not tell.
 * divisor: the value of the setting that it names. */
bool fc_shape_found(const fc_kind *kind, const fc_shape_rule *rule, const nn_st_file *file, int64_t divisor,
                    char text[24]);

#endif
