/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The training loop and batched inference, for any model that can be built on a plan. */
#ifndef NN_TRAIN_H
#define NN_TRAIN_H

#include "lib/base/random.h"
#include "lib/optimiser.h"
#include "lib/plan.h"
#include "lib/pool.h"

enum { NN_MAX_INPUTS = 8, NN_MAX_KEPT = 2 };

/* A model as the loop sees it. */
typedef struct nn_ports {
    nn_tensor *inputs[NN_MAX_INPUTS]; /* NULL where unused */
    nn_tensor *output;
    nn_tensor *target;            /* an input of the output's shape; of a loss by a tree (B,nodes) */
    nn_tensor *kept[NN_MAX_KEPT]; /* further tensors that stay readable after a pass; NULL where unused */
} nn_ports;

typedef struct nn_task {
    void *context;
    /* Records the model on the plan: creates the inputs and the target, sets ports. Errors stay in the plan.
     */
    void (*build)(void *context, nn_plan *plan, nn_ports *ports);
} nn_task;

/* Where samples come from. */
typedef struct nn_source {
    void *context;
    size_t count; /* samples */
    /* The network in the shape of these samples; NULL: the one given beside the source. Validation may see
     * another number of variates than training, with the same parameters. */
    const nn_task *network;
    /* Fills inputs and target of ports for the samples index[0..count), a shard's or some of them; index lies
     * within the one that begin_batch got. batch_key is equal for all of one batch and differs between
     * batches. Called from several threads at once. */
    void (*load)(void *context, const size_t *index, int count, uint64_t batch_key, const nn_ports *ports);
    /* Training only: sees the samples of a whole batch before its shards are loaded, on the calling thread
     * (weights that depend on the batch); NULL: nothing to see. */
    void (*begin_batch)(void *context, const size_t *index, int count, uint64_t batch_key);
    /* For a message: the largest value of some samples, and where it stands ("3e+25 of 'a' in row 12"). index
     * NULL: of the first `count`. text stays "" where there is nothing to say. NULL: there never is. */
    void (*largest)(const void *context, const size_t *index, size_t count, char *text, size_t size);
} nn_source;

/* Where a training stands between two steps. With it a training goes on as if it had never stopped: the order
 * of samples and all random numbers follow from seed, epoch and step. The buffers are the training's. */
typedef struct nn_standing {
    int epoch;              /* in hand, 1-based; beyond those asked for: there is none left */
    size_t step;            /* steps of it that are done */
    double sum;             /* of their losses */
    size_t taken;           /* steps of all epochs */
    int epochs, best_epoch; /* whole ones, and the one whose weights are kept; 0: none */
    double start_loss;      /* before the first epoch, where it is asked for */
    double *train_losses, *validation_losses;    /* of whole epochs; room for all */
    size_t size;                                 /* elements of each of */
    nn_real *weights, *best, *moment1, *moment2; /* these */
} nn_standing;

typedef enum nn_occasion { NN_AFTER_STEP, NN_AFTER_EPOCH, NN_AT_STOP } nn_occasion;

/* Keeps trainings so that they can go on later. */
typedef struct nn_keeper {
    void *context;
    /* Before the first step: puts the training where it was; epoch stays 1 and step 0 where it begins. */
    int (*resume)(void *context, nn_standing *standing, nn_error *error);
    /* Whether it is time to keep it; of several ranks the first one's counts. */
    bool (*due)(void *context, const nn_standing *standing, nn_occasion occasion);
    void (*keep)(void *context, const nn_standing *standing);
} nn_keeper;

typedef struct nn_training {
    int epochs, batch, shards; /* at least 1 each; batch: samples */
    int patience;              /* epochs without a better validation loss before the end; 0: no early stop */
    double learning_rate, warmup;
    nn_schedule_kind schedule;
    nn_optimiser_kind optimiser;
    double weight_decay, clip;
    nn_loss_kind loss;
    double loss_parameter;
    const nn_class_tree *tree; /* of a cross-entropy that goes by it, borrowed; NULL: there is none */
    nn_step_weights steps;     /* of the loss that is minimised; a validation loss knows none */
    const size_t *easiest; /* the samples to train on from the easiest to the hardest, where the first half of
                              the epochs is to begin with the easy ones (nn_draw_order); NULL: never mind */
    uint64_t seed;
    double *start_loss; /* receives the validation loss before the first epoch, whose weights may then be the
                           ones that are kept (best epoch 0); NULL: they may not */
    const nn_keeper *keeper; /* NULL: nothing is kept */
} nn_training;

typedef struct nn_progress {
    int epoch;              /* 1-based */
    size_t step, steps;     /* within the epoch; step == steps: the epoch's validation is done */
    double train_loss;      /* mean over the epoch so far, dropout on */
    double validation_loss; /* NaN before the epoch's end */
    double learning_rate;
    double seconds;   /* since the training began, or was resumed */
    size_t steps_run; /* in this time */
    double samples_per_second;
    bool best;     /* validation_loss is the least so far (a tie counts); its weights are kept */
    bool stopping; /* patience ran out: this is the last epoch */
} nn_progress;

/* Non-zero stops the training; it then returns NN_STOPPED with the best weights so far. */
typedef int (*nn_progress_fn)(void *context, const nn_progress *progress);

enum {
    NN_DIVERGED = -6 /* beside the codes of lib/base/error.h: losses are no longer finite; what a training had
                        before is kept; exit code 1 */
};

/* --- what memory a training takes (train_needs.c), before any of it is asked for --- */

/* Bytes; as reals, for they may be more than any machine has. */
typedef struct nn_needs {
    int threads, shards, samples; /* samples: of a shard */
    double weights, gradients, moments, best;
    double packed;                  /* weights rearranged for products */
    double activations, validation; /* of all threads together */
} nn_needs;

/* Of the parameters alone, for so many shards. */
nn_needs nn_needs_of(size_t parameters, int shards);
/* Of nn_train with these arguments and so many threads; the parameters need no memory yet. validation NULL:
 * there are as many samples as threads can take, of the same shape. */
int nn_training_needs(nn_needs *needs, nn_params *params, const nn_task *task, const nn_source *validation,
                      const nn_training *settings, int threads, nn_error *error);
double nn_needs_sum(const nn_needs *needs);
/* NN_FAILED with both numbers where more is needed than is free. there: the weights have memory already. */
int nn_needs_check(const nn_needs *needs, bool there, nn_error *error);

/* --- training --- */

/* Trains params in place; afterwards they hold the weights of the best validation epoch. Batches are drawn
 * without replacement in an order that depends on seed and epoch; the last incomplete batch of an epoch is
 * left out (as published), unless there are fewer samples than one batch. The batch is cut into `shards`
 * parts whatever the pool's threads: the same bytes for any number of threads. losses get one entry per
 * epoch, *epochs_run how many; *best_epoch the kept one. Every buffer is allocated before the first step.
 * NN_DIVERGED where the loss of a step, or the validation loss of every epoch, is not finite: params then
 * hold the best weights so far, *best_epoch 0 says that there are none. An epoch whose validation loss is not
 * finite is never the best. */
int nn_train(nn_params *params, const nn_task *task, const nn_source *train, const nn_source *validation,
             const nn_training *settings, nn_pool *pool, double *train_losses, double *validation_losses,
             int *epochs_run, int *best_epoch, nn_progress_fn progress, void *context, nn_error *error);

/* The mean loss of a source's targets that are known, NaN where none is, as training validates: of the
 * settings batch, shards and the loss count. */
int nn_validate(double *loss, nn_params *params, const nn_task *task, const nn_source *source,
                const nn_training *settings, nn_pool *pool, nn_error *error);

/* Runs the model over all samples of a source in order; sink sees each chunk's ports in order, on the calling
 * thread. A chunk has `batch` samples, or fewer where those would not stay in a cache. */
typedef void (*nn_sink_fn)(void *context, size_t first, int count, const nn_ports *ports);
int nn_infer(nn_params *params, const nn_task *task, const nn_source *source, int batch, nn_pool *pool,
             nn_sink_fn sink, void *context, nn_error *error);

#endif
