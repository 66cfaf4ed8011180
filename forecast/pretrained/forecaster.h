/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published networks as forecasters: what their kinds of model share. */
#ifndef FC_PRETRAINED_FORECASTER_H
#define FC_PRETRAINED_FORECASTER_H

#include "forecast/forecaster.h"
#include "forecast/pretrained/pretrained.h"

/* Who is forecast together, in the order of the words of the setting "joint". */
typedef enum fc_pretrained_joint { FC_JOINT_AUTO, FC_JOINT_YES, FC_JOINT_NO } fc_pretrained_joint;

/* Settings of such kinds. */
typedef struct fc_pretrained_config {
    char *init;  /* the published folder; owned */
    int context; /* rows that are seen at most; 0: as many as the network takes */
    int joint;   /* fc_pretrained_joint */
    int tune;    /* steps of training on the rows to train; 0: it stays as it was published */
    int windows; /* of a step */
    double rate;
} fc_pretrained_config;

#define FC_PRETRAINED_OPTIONS                                                                                \
    {"init",                                                                                                 \
     0,                                                                                                      \
     NN_TEXT,                                                                                                \
     offsetof(fc_pretrained_config, init),                                                                   \
     NULL,                                                                                                   \
     "FOLDER",                                                                                               \
     0,                                                                                                      \
     0,                                                                                                      \
     "the published network: a folder with config.json and model.safetensors (needed). Where a model is "    \
     "asked for, the folder alone means this, without --tune"},                                              \
        {"context",                                                                                          \
         0,                                                                                                  \
         NN_INT,                                                                                             \
         offsetof(fc_pretrained_config, context),                                                            \
         "0",                                                                                                \
         "N",                                                                                                \
         0,                                                                                                  \
         1048576,                                                                                            \
         "rows that are seen at most; 0: as many as the network takes"},                                     \
        {"tune",                                                                                             \
         0,                                                                                                  \
         NN_INT,                                                                                             \
         offsetof(fc_pretrained_config, tune),                                                               \
         "200",                                                                                              \
         "N",                                                                                                \
         0,                                                                                                  \
         1000000,                                                                                            \
         "steps of training on windows of the rows to train, by the loss of all its quantiles; 0: it stays " \
         "as it was published"},                                                                             \
        {"tune-windows",          0, NN_INT, offsetof(fc_pretrained_config, windows), "32", "N", 1, 4096,    \
         "windows of such a step"},                                                                          \
    {                                                                                                        \
        "tune-rate", 0, NN_REAL, offsetof(fc_pretrained_config, rate), "1e-5", "RATE", 1e-12, 1,             \
            "its learning rate"                                                                              \
    }

/* --- the state (forecaster.c) --- */

typedef struct fc_pretrained_memory fc_pretrained_memory;

typedef struct fc_pretrained_state {
    fc_local local;
    const fc_pretrained_kind *kind;
    fc_pretrained *network;
    int context, joint;
    bool tuned;
    double before, after;         /* the loss of the windows to validate, as published and as trained */
    int threads;                  /* 0: all */
    fc_pretrained_memory *memory; /* of forecasts; owned */
} fc_pretrained_state;

int fc_pretrained_fit(void *state, const fc_pretrained_kind *kind, const void *config, const ds_view *view,
                      ds_part train, nn_error *error);
/* The training of the network that was just opened, for this user alone (tune.c). */
int fc_pretrained_tune(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error);
int fc_pretrained_refit(void *state, const ds_view *view, ds_part train, nn_error *error);
void fc_pretrained_one(const void *state, const ds_view *view, size_t origin, int horizon, double *out);
void fc_pretrained_many(const void *state, const ds_view *view, fc_origins origins, int horizon, double *out);
bool fc_pretrained_quantiles(const void *state, fc_outlook at, const double *share, int shares, double *out);
bool fc_pretrained_paths(const void *state, fc_outlook at, uint64_t key, int count, double *out);
void fc_pretrained_reach(const void *state, double *least, double *most);
nn_params *fc_pretrained_weights(void *state);
bool fc_pretrained_join(void *state, void *other);
void fc_pretrained_describe(const void *state, char *text, size_t size);
void fc_pretrained_write(json_t *object, const void *state);
int fc_pretrained_read(void *state, const json_t *object, const char *path, nn_error *error);
void fc_pretrained_clear(void *state);

/* The descriptor of a kind, whose fit names it. */
#define FC_PRETRAINED_FORECASTER(knows_beforehand, fits)                                                     \
    {                                                                                                        \
        .state_size = sizeof(fc_pretrained_state), .any_horizon = true, .knows = knows_beforehand,           \
        .ready = true, .fit = fits, .refit = fc_pretrained_refit, .forecast = fc_pretrained_one,             \
        .forecast_many = fc_pretrained_many, .quantiles = fc_pretrained_quantiles,                           \
        .paths = fc_pretrained_paths, .reach = fc_pretrained_reach, .weights = fc_pretrained_weights,        \
        .join = fc_pretrained_join, .describe = fc_pretrained_describe, .write = fc_pretrained_write,        \
        .read = fc_pretrained_read, .clear = fc_pretrained_clear                                             \
    }

/* --- who is forecast together (groups.c) --- */

/* The columns of the view in each group: targets first. */
typedef struct fc_pretrained_groups {
    int count;
    int *first;  /* count + 1: of members */
    int *member; /* columns of the view */
} fc_pretrained_groups;

int fc_pretrained_group(fc_pretrained_groups *groups, const ds_view *view, bool joint,
                        fc_pretrained_joint how, nn_error *error);
/* That of target k alone. */
int fc_pretrained_group_of(fc_pretrained_groups *groups, const ds_view *view, bool joint,
                           fc_pretrained_joint how, int k, nn_error *error);
void fc_pretrained_groups_clear(fc_pretrained_groups *groups);
/* One group seen from an origin: context (members x length) and, where something may be known beforehand,
 * future (members x steps); NaN where nothing is. */
void fc_pretrained_gather(double *context, double *future, const ds_view *view, const int *member,
                          int members, size_t origin, int length, int steps);
/* Which target column j of the view is; -1: none. */
int fc_pretrained_target(const ds_view *view, int j);

/* --- forecasts that were made (memory.c) --- */

/* What was forecast of the very same rows is not forecast again: a command asks for the median first, and for
 * quantiles then. From several threads at once. */
fc_pretrained_memory *fc_pretrained_memory_new(void); /* NULL: no memory */
void fc_pretrained_memory_free(fc_pretrained_memory *memory);
uint64_t fc_pretrained_memory_key(const double *context, size_t rows, const double *future, size_t ahead,
                                  int steps);
/* Copies count values. False: it is not there. */
bool fc_pretrained_recall(fc_pretrained_memory *memory, uint64_t key, double *out, size_t count);
void fc_pretrained_keep(fc_pretrained_memory *memory, uint64_t key, const double *values, size_t count);

#endif
