/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier of light curves with everything that classifying needs, as one file holds it: the network, the
 * passbands in their order, how fluxes are scaled, classes, temperature, and what the training objects looked
 * like to it. */
#ifndef FC_CLASSIFIER_H
#define FC_CLASSIFIER_H

#include "datasets/lightcurves/band.h"
#include "forecast/statistics/nearest_mean.h"
#include "forecast/statistics/novelty.h"
#include "forecast/tasks/lightcurves_kind.h"
#include "lib/train.h"

enum {
    FC_MOST_CLASSES = 200,
    FC_MOST_WIDTH = 4096,      /* of a pooled vector */
    FC_EXTRAS = 2,             /* photometric redshift and its error */
    FC_NOVELTY_QUANTILES = 101 /* 0, 1, ... 100 % */
};

/* The columns of a table of objects that the extras come from, as ds_catalogue_options has them. */
#define FC_REDSHIFT_COLUMNS "photoz,photoz_err"

/* How a classifier was, or is to be, trained; the option table describes every field. */
typedef struct fc_class_training {
    int epochs, batch, patience, shards;
    double learning_rate, weight_decay, clip, warmup;
    int optimiser; /* nn_optimiser_kind */
    int schedule;  /* nn_schedule_kind */
    int balanced; /* the loss is the mean over classes of each class's mean -ln p within the batch, as in t2's
                     code, rather than the mean over objects */
    uint64_t seed;
} fc_class_training;
extern const nn_option fc_class_training_options[];

/* What a training run was and gave; no clock and no machine in it. */
typedef struct fc_class_record {
    fc_class_training training;
    char data_name[256], metadata_name[256], label_name[64];
    char classes[1024]; /* how labels became classes, as --classes takes it; "": every label is one */
    char split[256];
    size_t objects, train, validation; /* usable objects of the data, and of the parts */
    int epochs, best_epoch;            /* run, and kept (1-based); 0: never trained */
    double *train_loss, *validation_loss;
    double prior_loss; /* validation loss of the training part's class shares */
    double validation_log_loss,
        validation_accuracy; /* after temperature, over objects; NaN: no validation part */
    char version[32];
} fc_class_record;

typedef struct fc_classifier {
    const fc_kind *kind;
    void *config;
    fc_sight_settings sight; /* of the config */
    ds_bands bands;          /* channels come in this order */
    int classes;
    char **class_names;
    size_t *class_counts; /* of the training part */
    bool redshift;        /* sees FC_EXTRAS numbers per object */
    /* (x - shift) / scale; channels as channel_count says, then the extras */
    double *softening; /* per band: the typical error, for asinh fluxes */
    double *shift, *scale;
    double temperature; /* logits are divided by it */
    /* What pooled vectors (width) of training objects are like, and quantiles of the squared distance from
     * them of objects that were not trained on. */
    int width;
    fc_mahalanobis normal; /* size 0: none */
    double *novelty;
    fc_nearest_mean nearest; /* of fc_class_features: what the network has to beat; features 0: none */
    fc_class_record record;
    nn_params *params;
} fc_classifier;

/* A classifier with freshly drawn parameters, nothing fitted. The names are copied. NN_USAGE for settings
 * that do not fit each other. */
int fc_classifier_new(fc_classifier **model, const fc_kind *kind, const void *config, const ds_bands *bands,
                      int classes, const char *const *class_names, bool redshift, uint64_t seed,
                      nn_error *error);
void fc_classifier_free(fc_classifier *model);

/* One safetensors file. Loading refuses what does not fit in any part, naming it. */
int fc_classifier_save(const fc_classifier *model, const char *path, nn_error *error);
int fc_classifier_load(fc_classifier **model, const char *path, nn_error *error);
/* Whether the file says that it is one; false for what cannot be read. */
bool fc_is_classifier_file(const char *path);

/* Channels of a light curve, of a token with extras, and tokens of an object (the most, for points). */
int fc_channel_count(const fc_classifier *model);
/* The channels among them, the last ones, that say something of the object as a whole. */
int fc_measure_count(const fc_classifier *model);
int fc_token_width(const fc_classifier *model);
int fc_token_count(const fc_classifier *model);

/* The network over up to batch objects as lib/train.h sees it: inputs[0] are the tokens, kept[0] is pooled,
 * kept[1] the last tokens. The context is the classifier. */
void fc_classifier_build(void *model, nn_plan *plan, nn_ports *ports);

/* p (C) = softmax(logits / temperature). */
void fc_class_probabilities(const fc_classifier *model, const nn_real *logits, double *p);
/* What the nearest-mean baseline sees of an object: mean and largest value of each scaled channel over the
 * tokens, and scaled redshift and error where the model sees them. tokens: as fc_fill_tokens makes them,
 * without extra ones. */
int fc_class_feature_count(const fc_classifier *model);
void fc_class_features(const fc_classifier *model, const nn_real *tokens, int count, const double *extras,
                       double *features);
/* The share of objects alike to the training ones that lie nearer to their centre than this pooled vector:
 * near 1 means unlike anything trained on. NaN where the model has no record of them. */
double fc_class_novelty(const fc_classifier *model, const nn_real *pooled);

#endif
