/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trainings kept in a file beside their output, so that one that was stopped goes on, and ends with the bytes
 * of one that was not. The file is OUTPUT.checkpoint, a safetensors file of weights, best weights and the
 * optimiser's moments, with the place in the data, the losses, and all that the training follows from; the
 * one before it is OUTPUT.checkpoint.previous. */
#ifndef FC_CHECKPOINT_H
#define FC_CHECKPOINT_H

#include "forecast/request.h"

typedef struct fc_checkpoint_settings {
    char *every; /* "3": epochs, "5m", "90s", "1h": time, "0": never */
    int resume;
} fc_checkpoint_settings;
extern const nn_option fc_checkpoint_options[];

/* How often a work is kept. */
typedef struct fc_pace {
    bool kept;      /* at all */
    int epochs;     /* after so many; 0: by time */
    double seconds; /* after so long */
} fc_pace;
/* Not at all where the settings say so, or the output is no file that others can stand beside. NN_USAGE for
 * settings that say nothing. */
int fc_pace_make(fc_pace *pace, const fc_checkpoint_settings *settings, const char *output, nn_error *error);

typedef struct fc_checkpoint fc_checkpoint;

/* For a training whose result goes to `output`; NULL and NN_OK where that is no file that others can stand
 * beside, or nothing is to be kept. say is given lines for people. NN_USAGE for settings that say nothing. */
int fc_checkpoint_new(fc_checkpoint **checkpoint, const char *output, const fc_checkpoint_settings *settings,
                      void (*say)(void *context, const char *line), void *context, nn_error *error);
void fc_checkpoint_free(fc_checkpoint *checkpoint);
/* Of work that is several trainings: the next one is the number-th, from 1 on, and has a file of its own,
 * OUTPUT.checkpoint.NUMBER, which stays when it is done, so that a resumed work need not train it again. */
int fc_checkpoint_part(fc_checkpoint *checkpoint, int number, nn_error *error);
/* A training that is done, by its number, is not needed any more. */
void fc_checkpoint_forget(fc_checkpoint *checkpoint, int number);
/* Whether the training that is the next one has a file. */
bool fc_checkpoint_is_there(const fc_checkpoint *checkpoint);
/* The work has ended well: removes the files. NULL is allowed. */
void fc_checkpoint_remove(fc_checkpoint *checkpoint);
/* The file of the training in hand, once any has been written or read; NULL: there is none. */
const char *fc_checkpoint_path(const fc_checkpoint *checkpoint);

/* A model that is about to be trained, the request's teacher having been heard: what its training follows
 * from is noted. What is returned serves nn_train until the checkpoint is freed, or the next one begins.
 * Resuming, NN_BAD_DATA for a file of other data or settings, naming one; where there is none the training
 * begins, which is said. */
int fc_checkpoint_begin(const nn_keeper **keeper, fc_checkpoint *checkpoint, const fc_model *model,
                        const fc_lesson *lesson, const fc_request *request, nn_error *error);

#endif
