/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of kinds of model, and a model with everything that using it needs, as one file holds it. */
#ifndef FC_MODEL_H
#define FC_MODEL_H

#include "datasets/series/scaler.h"
#include "datasets/table/reading.h"
#include "forecast/files/record.h"
#include "forecast/task.h"

/* What a network adds to, of tables and of stations; in the order of the words of the setting "base". */
enum { FC_BASE_NONE, FC_BASE_LINEAR };

/* A kind of model: one file defines one, one line in registry.c lists it. */
typedef struct fc_kind {
    const char *name;          /* as on the command line: "itransformer" */
    const char *summary;       /* one line with the paper */
    const nn_option *options;  /* its settings; defaults are the published recipe */
    const char *const *former; /* names of settings that files of older versions have, and that mean nothing
                                  now; NULL-ended; NULL: there are none */
    const char *const *later;  /* names of settings that files of older versions lack, and that none has where
                                  they are the default; NULL-ended; NULL: there are none */
    size_t config_size;
    /* Replaces settings that leave a choice to others by what they come to, so that a model's file holds it;
     * NULL: there are none. */
    void (*resolve)(void *config, const fc_sizes *sizes);
    /* Refuses settings that do not fit each other; NULL: nothing to check beyond the options' own ranges. */
    int (*check)(const void *config, const fc_sizes *sizes, nn_error *error);
    /* Training settings that suit these settings better than the task's defaults: pairs {name, value},
     * NULL-ended; NULL: the defaults, which the command line makes fit the data where it can. */
    const char *const (*(*recipe)(const void *config))[2];
    /* Other published spellings of parameter names, tried by import: pairs {other prefix, ours}, NULL-ended;
     * may be NULL. */
    const char *const (*aliases)[2];
    /* Of these settings, spellings of parameter names that export writes instead of ours: pairs likewise;
     * NULL: ours are the published ones. */
    const char *const (*(*exported)(const void *config))[2];
    const char *const
        *unused; /* parts of names of tensors that published files also hold and that this
                    network does not need: kept beside its own; NULL-ended; NULL: there are none */
    const struct fc_shape_rule
        *shapes;       /* what shapes of published tensors tell of the settings; NULL: nothing */
    bool any_variates; /* the weights do not depend on the number of variates */
    /* Whether attention is between rows of the window, or times made of them, with these settings, not
     * between columns; NULL: it is not. */
    bool (*row_tokens)(const void *config);
    const fc_task *task; /* how it sees data; NULL: a forecaster's, which sees tables and panels alike */
    const void *network; /* its composition, as the task wants it: fc_series_network, ... */
    const struct fc_forecaster *forecaster; /* of kinds without a network (forecast/forecaster.h); NULL */
} fc_kind;

fc_purpose fc_kind_purpose(const fc_kind *kind);
/* The task of a kind for its data: a forecaster's depends on whether they are a panel. */
const fc_task *fc_task_for(const fc_kind *kind, bool panel);
/* The same by the task's name, as a model's file has it; NULL: there is none. */
const fc_task *fc_task_named(const fc_kind *kind, const char *name);

const fc_kind *fc_kind_find(const char *name); /* NULL when there is none */
const fc_kind *fc_kind_at(int index);          /* NULL after the last */

/* Settings of a kind with their defaults; for fc_kind_config_free, also where it failed. */
int fc_kind_config(void **config, const fc_kind *kind, nn_error *error);
/* NULL is allowed. */
void fc_kind_config_free(void *config, const fc_kind *kind);

/* What every model has. A task whose models keep more has a record that begins with this one. */
struct fc_model {
    const fc_kind *kind;
    const fc_task *task; /* the kind's, or that of the data it was made for */
    void *config;
    void *state; /* of its forecaster, once it is fitted; NULL */
    fc_record record;
    nn_params *params;
    nn_factor *factors; /* linear maps that were made of two (forecast/compress/lowrank.h); factor_count */
    int factor_count;
    struct fc_factored *factored; /* of each parameter what the file holds in its place
                                     (forecast/files/factor.h); NULL: all stand as they are */
    struct fc_unused *unused;     /* tensors of published weights that the network does not need (weights.h);
                                     NULL: there are none */
    fc_model *companion;    /* of the same data and task, which stands beside it in its file: a rival, or
                               a part of its answers; NULL: there is none */
    nn_precision precision; /* of its linear maps, as compress chose it; NN_FLOAT: as they are */
    double exact_loss, precision_loss; /* the validation loss that spoke for it: in floats, and with it */
    bool int8;                         /* weights stand on steps of int8, and the file holds these */
    char *split;                       /* text of the split it was trained with; NULL: not trained yet */

    /* Of models that forecast tables. */
    int lookback, horizon;
    int columns;
    char **names;       /* columns the model was trained on, in order */
    uint8_t *is_target; /* per column: 1 is forecast */
    uint8_t *is_future; /* per column of a table: 1 is known beforehand; NULL: none is */
    bool holidays;      /* one of these was made of a file of dates (datasets/table/holidays.h) */
    char *statics;      /* columns of its long file that never change in a series, as a list; NULL: none */
    int static_count;   /* numbers that they become, of each series */
    struct fc_static_column *static_columns; /* static_count (forecast/tasks/table/static_column.h) */
    ds_frequency frequency;
    ds_reading reading;   /* how its file was read, as options said */
    char *time_name;      /* and what was found: the column of time; NULL: none */
    char *time_form;      /* form of its stamps, as --time-format has it, where it is not plain; NULL */
    char *thousands;      /* "," where commas marked thousands in it; NULL */
    char *learnt;         /* some of the training rows (forecast/training/learnt.h); NULL: not known */
    double *least, *most; /* columns: of the values of the training rows; NULL: not known */
    double floor;         /* forecasts do not fall below it; NaN: there is none */
    int season;           /* rows of a season, given or found in the training rows; 0: of the frequency */
    bool season_found;
    char features[8]; /* name of the time-feature set */
    ds_scaler scaler;
    struct fc_spread *spread; /* how far its forecasts go wrong (forecast/errors/spread.h); NULL: not known */
};

/* What model->state is of: the kind's forecaster, or that whose forecasts a network adds to; NULL. */
const struct fc_forecaster *fc_model_forecaster(const fc_model *model);
/* The weights that its file holds as tensors: the network's, or those of its forecaster. */
nn_params *fc_model_weights(const fc_model *model);
/* The last rows of a table that a forecast looks at; 0: all. */
size_t fc_model_tail(const fc_model *model);
void fc_model_free(fc_model *model);
/* The weights are about to change: the file will hold them as they are, and the maps are of floats again. */
void fc_model_widen(fc_model *model);
/* It has no factors any more, which plans of its parameters must not need then. */
void fc_model_forget_factors(fc_model *model);

extern const char *const fc_precision_names[]; /* by nn_precision; NULL ends them */
/* Infers in that precision from here on; what its file says stays. NN_USAGE where there is no network. */
int fc_model_infer_in(fc_model *model, nn_precision precision, nn_error *error);

/* Rows of a season of the model's rows, at least 1. */
int fc_model_season(const fc_model *model);

/* How files for the model are read: as its own was. The texts stay the model's. */
int fc_model_reading(const fc_model *model, ds_read_options *options, nn_error *error);
/* What is known of such files where the options say nothing. */
ds_known fc_model_known(const fc_model *model);

/* One safetensors file, the weights under their published names, everything else as JSON in its metadata. */
int fc_model_save(const fc_model *model, const char *path, nn_error *error);
/* NN_BAD_DATA for a model of another purpose, and for whatever does not fit, naming it. */
int fc_model_load(fc_model **model, fc_purpose purpose, const char *path, nn_error *error);
/* By content: a header length, then '{'. False for "-" and for what cannot be read. */
bool fc_is_model_file(const char *path);
/* The kind that the file says it is of; NULL for what cannot be read or is no model. */
const fc_kind *fc_model_file_kind(const char *path);

#endif
