/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a model was, or is to be, trained, and what came of it. */
#ifndef FC_RECORD_H
#define FC_RECORD_H

#include "lib/base/options.h"

#include <stddef.h>
#include <stdint.h>

/* One record for all tasks; each has a table of the settings that it takes, with its own defaults. */
typedef struct fc_training {
    int epochs, batch, patience, shards;
    double learning_rate, weight_decay, clip, huber_delta, quantile, warmup;
    int optimiser;          /* nn_optimiser_kind */
    int schedule;           /* nn_schedule_kind */
    int loss;               /* nn_loss_kind */
    int variates_per_batch; /* 0: all */
    int balanced; /* the loss is the mean over classes of each class's mean -ln p within the batch, as in t2's
                     code, rather than the mean over objects */
    int step_loss;  /* fc_step_loss */
    int curriculum; /* fc_curriculum */
    int rival;      /* a forest on features is grown beside a network of light curves */
    int mixture;    /* and is a part of its probabilities, where the validation objects speak for it */
    uint64_t seed;
} fc_training;

/* How much the steps of the horizon count in the loss that is minimised: all the same, or the h-th as
 * 1 / sqrt(h) or as sqrt(h), 1 on average. */
typedef enum fc_step_loss { FC_STEPS_EVEN, FC_STEPS_DECAY, FC_STEPS_GROWTH } fc_step_loss;
/* Which windows an epoch shows: all, or for half of the epochs the easy ones. */
typedef enum fc_curriculum { FC_ALL_ALIKE, FC_EASY_FIRST } fc_curriculum;

/* "MSE", "MAE", "Huber loss", "pinball loss (quantile 0.1)"; of an error forecast - truth. */
const char *fc_loss_name(const fc_training *training, char text[40]);
double fc_loss_value(const fc_training *training, double error);
extern const nn_option fc_training_options[];       /* on windows of rows */
extern const nn_option fc_class_training_options[]; /* on labelled objects */
/* Those that older files lack; NULL ends them. */
extern const char *const fc_training_later[], *const fc_class_training_later[];

/* What a training run was and gave. Neither the clock nor the machine is in it: the same training gives the
 * same file. */
typedef struct fc_record {
    fc_training training;
    char version[32];    /* of the program: "0.1.0" */
    char data_name[256]; /* base name of the file */

    char teacher[300];  /* what it learnt from beside the truth, "big.safetensors, 0.5": the file's base name
                           and its share; "": nothing */
    uint64_t data_hash; /* of a table's file; of objects what they are told by, and in no file */

    /* Of a table. */
    size_t rows;
    int updates;       /* how often it was continued on longer data, which are those above */
    size_t first_rows; /* of the data that it was first trained on, where it was */

    /* Of labelled objects. */
    char metadata_name[256], label_name[64];
    uint64_t objects_hash; /* ds_catalogue_hash of their table's labels; 0: not known */
    char classes[1024];    /* how labels became classes, as --classes takes it; "": every label is one */
    size_t objects, train, validation; /* usable objects of the data, and of the parts */

    int epochs, best_epoch;               /* run, and kept (1-based); 0: as they were before the first, or
                                             imported */
    double *train_loss, *validation_loss; /* epochs each */
    double start_validation_loss;         /* before the first epoch; NaN: that could not be kept */
    double naive_validation_loss; /* of the best that knows nothing, on the same windows or objects: a naive
                                     forecast, scaled, or the training part's class shares */
    char naive_name[24];          /* "repeat-last" or "seasonal-naive"; "": the shares */
    double validation_log_loss, validation_accuracy; /* of classes after temperature, over objects; NaN: no
                                                        validation part */
} fc_record;

/* The validation loss of what was kept. */
double fc_record_loss(const fc_record *record);

#endif
