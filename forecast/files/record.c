/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of a training run: one row each, whatever is trained, and of every task those that it takes
 * with its defaults. */
#include "forecast/files/record.h"

#include <math.h>
#include <stdio.h>

#define FIELD(name) offsetof(fc_training, name)
/* of: what is learnt from, "windows" or "objects". */
#define EPOCHS(n, of)                                                                                        \
    {                                                                                                        \
        "epochs", 0, NN_INT, FIELD(epochs), n, "N", 1, 100000, "passes over the training " of                \
    }
#define BATCH(n, of)                                                                                         \
    {                                                                                                        \
        "batch", 0, NN_INT, FIELD(batch), n, "N", 1, 65536, of " per step"                                   \
    }
#define LEARNING_RATE(rate, when)                                                                            \
    {                                                                                                        \
        "learning-rate", 0, NN_REAL, FIELD(learning_rate), rate, "RATE", 1e-12, 10, "of the optimiser " when \
    }
#define SCHEDULE(kind, more)                                                                                 \
    {                                                                                                        \
        "schedule", 0, NN_CHOICE, FIELD(schedule), kind, "type1|type2|type3|cosine|constant", 0, 0,          \
            "how the learning rate falls" more                                                               \
    }
#define WARMUP(share)                                                                                        \
    {                                                                                                        \
        "warmup", 0, NN_REAL, FIELD(warmup), share, "SHARE", 0, 0.9,                                         \
            "share of all steps with rising rate (cosine)"                                                   \
    }
#define PATIENCE(n)                                                                                          \
    {                                                                                                        \
        "patience", 0, NN_INT, FIELD(patience), n, "N", 0, 100000,                                           \
            "epochs without a better validation loss before training stops; 0: never"                        \
    }
#define OPTIMISER(kind)                                                                                      \
    {                                                                                                        \
        "optimiser", 0, NN_CHOICE, FIELD(optimiser), kind, "adam|adamw", 0, 0,                               \
            "Adam, or Adam with decoupled decay"                                                             \
    }
#define WEIGHT_DECAY(rate)                                                                                   \
    {                                                                                                        \
        "weight-decay", 0, NN_REAL, FIELD(weight_decay), rate, "RATE", 0, 10,                                \
            "pull of the weights towards zero"                                                               \
    }
#define CLIP(norm)                                                                                           \
    {                                                                                                        \
        "clip", 0, NN_REAL, FIELD(clip), norm, "NORM", 0, 1e9, "largest norm of the gradient; 0: no limit"   \
    }
#define SHARDS                                                                                               \
    {                                                                                                        \
        "shards", 0, NN_INT, FIELD(shards), "4", "N", 1, 1024,                                               \
            "parts of a batch that run side by side: the most threads training can use; changes results in " \
            "the last digits"                                                                                \
    }
#define SEED(of)                                                                                             \
    {                                                                                                        \
        "seed", 0, NN_SEED, FIELD(seed), "1", "N", 0, 0, of                                                  \
    }

const nn_option fc_training_options[] = {
    EPOCHS("10", "windows"),
    BATCH("32", "windows"),
    LEARNING_RATE("1e-4", "at the start"),
    SCHEDULE("type1", "; type1 halves it after every epoch from the second on, as published"),
    WARMUP("0"),
    PATIENCE("3"),
    OPTIMISER("adam"),
    WEIGHT_DECAY("0"),
    CLIP("0"),
    {"loss", 0, NN_CHOICE, FIELD(loss), "mse", "mse|mae|huber|pinball", 0, 0,
     "what training minimises, on scaled values"},
    {"huber-delta", 0, NN_REAL, FIELD(huber_delta), "1", "SIZE", 1e-9, 1e9,
     "where the Huber loss turns linear"},
    {"quantile", 0, NN_REAL, FIELD(quantile), "0.5", "Q", 0.001, 0.999, "of the pinball loss"},
    {"variates-per-batch", 0, NN_INT, FIELD(variates_per_batch), "0", "N", 0, 65536,
     "train each batch on a random subset of this many columns; 0: on all"},
    {"step-loss", 0, NN_CHOICE, FIELD(step_loss), "even", "even|decay|growth", 0, 0,
     "what the steps of the horizon count in the loss that training minimises: the h-th as 1, 1/sqrt(h) or "
     "sqrt(h); the validation loss counts all the same"},
    {"curriculum", 0, NN_CHOICE, FIELD(curriculum), "none", "none|easy-first", 0, 0,
     "easy-first: the first half of the epochs shows the easiest quarter of the windows, then more and more; "
     "easy is what repeating the last value forecasts well"},
    SHARDS,
    SEED("of weights, order of windows and dropout"),
    {0}};

const char *const fc_training_later[] = {"step-loss", "curriculum", NULL};

const nn_option fc_class_training_options[] = {
    EPOCHS("30", "objects"),
    BATCH("64", "objects"),
    LEARNING_RATE("3e-3", "at its highest"),
    SCHEDULE("cosine", ""),
    WARMUP("0.05"),
    PATIENCE("0"),
    OPTIMISER("adamw"),
    WEIGHT_DECAY("1e-4"),
    CLIP("1"),
    {"balanced", 0, NN_FLAG, FIELD(balanced), "true", NULL, 0, 0,
     "every class weighs the same in a batch, as published, rather than every object"},
    SHARDS,
    {"rival", 0, NN_FLAG, FIELD(rival), "true", NULL, 0, 0,
     "grow a forest on features beside a network, from the same objects to train on, and say which of the "
     "two "
     "is better on the validation objects; evaluate and backtest show it as a rival"},
    {"mixture", 0, NN_FLAG, FIELD(mixture), "false", NULL, 0, 0,
     "make that forest a part of the answers: probabilities are (1-w) those of the network and w those of "
     "the "
     "forest, w of least -ln p on the validation objects"},
    SEED("of weights, order of objects, dropout and split"),
    {0}};

const char *const fc_class_training_later[] = {"rival", "mixture", NULL};

const char *fc_loss_name(const fc_training *training, char text[40])
{
    static const char *const names[] = {"MSE", "MAE", "Huber loss"};
    if (training->loss == 3)
        snprintf(text, 40, "pinball loss (quantile %g)", training->quantile);
    else
        snprintf(text, 40, "%s", names[training->loss]);
    return text;
}

double fc_loss_value(const fc_training *t, double error)
{
    const double size = fabs(error);
    switch (t->loss) {
    case 1:
        return size;
    case 2:
        return size <= t->huber_delta ? 0.5 * error * error : t->huber_delta * (size - 0.5 * t->huber_delta);
    case 3:
        return error < 0 ? -t->quantile * error : (1 - t->quantile) * error;
    default:
        return error * error;
    }
}

double fc_record_loss(const fc_record *r)
{
    return r->best_epoch ? r->validation_loss[r->best_epoch - 1] : r->start_validation_loss;
}
