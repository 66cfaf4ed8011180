/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calibrates a classifier anew on a few labelled objects of another survey. */
#ifndef FC_LIGHT_RECALIBRATE_H
#define FC_LIGHT_RECALIBRATE_H

#include "forecast/statistics/classes/class_data.h"
#include "forecast/tasks/lightcurves/lightcurves.h"

enum { FC_LEAST_LABELLED = 10, FC_FEW_LABELLED = 50 };

typedef enum fc_recalibrated {
    FC_AS_IT_WAS,   /* nothing is better on objects left out */
    FC_TEMPERATURE, /* all logits are divided by one number */
    FC_SHIFTED      /* and each class gets a number of its own, as where it is more or less frequent */
} fc_recalibrated;

typedef struct fc_recalibration {
    fc_recalibrated form; /* chosen by the mean -ln p of objects left out, in five folds; a form of more
                             numbers must be better by a standard error */
    double loss[FC_SHIFTED + 1]; /* mean -ln p of objects left out, by form */
    double temperature;          /* of the model now */
} fc_recalibration;

/* data: the model's probabilities of labelled objects; FC_LEAST_LABELLED or more, of two classes or more.
 * Changes temperature and offsets of the model. */
int fc_recalibrate(fc_classifier *model, const fc_class_data *data, fc_recalibration *done, nn_error *error);

#endif
