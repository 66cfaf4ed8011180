/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasting models: the registry of kinds, and a model with everything a forecast needs, as one file holds
 * it. */
#ifndef FC_MODEL_H
#define FC_MODEL_H

#include "datasets/series/scaler.h"
#include "datasets/table/table.h"
#include "lib/base/options.h"
#include "lib/plan.h"

/* What a model sees of a batch of windows: of a plain table series and time features, of a panel of stations
 * the rest. */
typedef struct fc_inputs {
    nn_tensor *series;        /* (B,L,N) scaled values */
    nn_tensor *time_features; /* (B,L,F); NULL when F is 0 */
    int lookback, horizon, variates, features;

    int stations;           /* S; 0: a plain table */
    int past_channels;      /* Cp: place, variables, flag of a missing target, calendar */
    int future_channels;    /* Cf: place, known-future variables, calendar */
    int calendar;           /* how many of either's last channels are the calendar */
    nn_tensor *past;        /* (B,S,M,Cp), the last row is the window's last; M is the form's rows */
    nn_tensor *future;      /* (B,S,M/step,Cf), the first row follows the window's last */
    nn_tensor *history;     /* (B,S,W) scaled target of the L rows, without gaps, and what the form adds */
    int history_width;      /* W */
    nn_tensor *coarse[2];   /* (B,S,M/factor) targets of further losses; set by build_panel's task */
    const double *place;    /* S x 2 coordinates, standardised; NULL: not known */
    const double *nearness; /* S x S weights of neighbours in [0,1], not negative; NULL: none */
} fc_inputs;

/* How a kind of model wants the windows of a panel. */
typedef struct fc_panel_form {
    int rows;         /* M: history is padded on the left, the future on the right, to as many rows */
    int step;         /* rows of the future that one of its inputs stands for: the last of them */
    bool flags;       /* a channel says where the target was missing and padded */
    bool blind;       /* the future's input is the past's channels with zeros for all but the calendar */
    bool unmasked;    /* targets that are not valid count in the loss, as filled */
    int scales;       /* further losses, 0 to 2 */
    int factor[2];    /* on means of so many rows */
    double weight[2]; /* of these losses, relative to the first */
    int season;   /* history and, unless blind, future also have the target so many rows before every step,
                     at least the horizon; 0: no */
    int shared;   /* history also has the last so many values of all stations */
    bool yearly;  /* history also has the sine and cosine of the time of year */
    double ridge; /* of the linear map's least squares, in shares of the mean of the diagonal; 0: chosen on
                     the validation part */
    bool still;   /* training leaves the linear map as it starts */
} fc_panel_form;

/* A kind of model: one file defines one, one line in registry.c lists it. */
typedef struct fc_kind {
    const char *name;         /* as on the command line: "itransformer" */
    const char *summary;      /* one line with the paper */
    const nn_option *options; /* its settings; defaults are the published recipe */
    size_t config_size;
    /* Replaces settings that leave a choice to others by what they come to, so that a model's file holds it;
     * NULL: there are none. */
    void (*resolve)(void *config, const fc_inputs *sizes);
    /* Refuses settings that do not fit each other; NULL: nothing to check beyond the options' own ranges. */
    int (*check)(const void *config, const fc_inputs *sizes, nn_error *error);
    /* Composes the model on a plan: (B,L,N) -> (B,H,N). Parameters get their published names. */
    nn_tensor *(*build)(nn_plan *plan, const void *config, const fc_inputs *inputs);
    /* Training settings that suit these settings better than the table's defaults: pairs {name, value},
     * NULL-ended; NULL: the defaults. */
    const char *const (*(*recipe)(const void *config))[2];
    /* Other published spellings of parameter names, tried by import: pairs {other prefix, ours}, NULL-ended;
     * may be NULL. */
    const char *const (*aliases)[2];
    /* Of kinds that forecast panels of stations, which have no build: the form of their windows, and the
     * composition, (B,S,H) from past, future and history; NULL for others. further receives form.scales
     * predictions (B,S,M/factor). */
    void (*form)(const void *config, const fc_inputs *sizes, fc_panel_form *form);
    nn_tensor *(*build_panel)(nn_plan *plan, const void *config, const fc_inputs *inputs,
                              nn_tensor *further[2]);
    /* Of build_panel: the linear map from the histories (of one station or of all, station by station) to
     * the horizons that is added to the network's output, and the network's last map; NULL: none. Training
     * starts with least squares in the one and zeros in the other. */
    const char *linear, *head;
    bool any_variates; /* the weights do not depend on N */
    bool row_tokens;   /* attention is between the rows of the window, not between columns */
    const struct fc_classifier_kind *classifier; /* not NULL: classifies light curves (classifier.h); resolve,
                                                    check and build are then unused */
} fc_kind;

const fc_kind *fc_kind_find(const char *name); /* NULL when there is none */
const fc_kind *fc_kind_at(int index);          /* NULL after the last */

/* How a model was, or is to be, trained; the option table (fc_training_options) describes every field. */
typedef struct fc_training {
    int epochs, batch, patience, shards;
    double learning_rate, weight_decay, clip, huber_delta, quantile, warmup;
    int optimiser;          /* nn_optimiser_kind */
    int schedule;           /* nn_schedule_kind */
    int loss;               /* nn_loss_kind */
    int variates_per_batch; /* 0: all */
    uint64_t seed;
} fc_training;
extern const nn_option fc_training_options[];

/* What a training run was and gave. Neither the clock nor the machine is in it: the same training gives the
 * same file. */
typedef struct fc_record {
    fc_training training;
    char data_name[256]; /* base name of the file */
    uint64_t data_hash;
    size_t rows;
    int epochs, best_epoch;               /* run, and kept (1-based); 0: as they were before the first, or
                                             imported */
    double start_validation_loss;         /* before the first epoch; NaN: that could not be kept */
    double ridge;                         /* of the linear start; 0: none. Not in the file */
    double *train_loss, *validation_loss; /* epochs each */
    double naive_validation_loss;         /* scaled MSE of the better naive forecast on the same windows */
    char naive_name[24];                  /* its name: "repeat-last" or "seasonal-naive" */
    char version[32];                     /* of the program: "0.1.0" */
} fc_record;

typedef struct fc_model {
    const fc_kind *kind;
    void *config;
    int lookback, horizon;
    int columns;
    char **names;       /* columns the model was trained on, in order */
    uint8_t *is_target; /* per column: 1 is forecast */
    ds_frequency frequency;
    char features[8]; /* name of the time-feature set */
    char *split;      /* text of the split it was trained with */
    ds_scaler scaler;
    struct fc_market *market; /* how prices become the columns (forecast/market.h); NULL: the file has them */
    fc_record record;
    struct fc_panel *panel; /* of a model of a panel of stations; NULL: of a plain table */
    nn_params *params;
} fc_model;

/* A model with freshly drawn parameters (record.training.seed), scaler not yet set. table gives columns,
 * names and frequency. targets: comma-separated names or NULL for all. The config is copied. */
int fc_model_new(fc_model **model, const fc_kind *kind, const void *config, int lookback, int horizon,
                 const ds_table *table, const char *targets, const char *features, uint64_t seed,
                 nn_error *error);
void fc_model_free(fc_model *model);

/* One safetensors file, the weights under their published names, everything else as JSON in its metadata. */
int fc_model_save(const fc_model *model, const char *path, nn_error *error);
int fc_model_load(fc_model **model, const char *path, nn_error *error);

/* Fills the parameters from any safetensors file with the published names (an optional "module." in front,
 * and the kind's aliases); every parameter must be there in its shape, tensors that fit no parameter are an
 * error too. */
int fc_model_import_weights(fc_model *model, const char *path, nn_error *error);

/* Whether the table holds every column of the model by name; otherwise NN_BAD_DATA naming the first one
 * missing. map receives for each model column its column in the table. */
int fc_model_match(const fc_model *model, const ds_table *table, int *map, nn_error *error);

#endif
