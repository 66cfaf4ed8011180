/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A classifier of light curves with everything that classifying needs, as one file holds it: the network, the
 * passbands in their order, how fluxes are scaled, classes, temperature, and what the training objects looked
 * like to it. */
#ifndef FC_CLASSIFIER_H
#define FC_CLASSIFIER_H

#include "datasets/lightcurves/band.h"
#include "forecast/request.h"
#include "forecast/statistics/classes/nearest_mean.h"
#include "forecast/statistics/classes/novelty.h"
#include "forecast/tasks/lightcurves/hierarchy.h"
#include "forecast/tasks/lightcurves/network.h"

#include <math.h>

enum {
    FC_MOST_CLASSES = 200,
    FC_MOST_WIDTH = 4096,      /* of a pooled vector */
    FC_EXTRAS = 2,             /* photometric redshift and its error */
    FC_NOVELTY_QUANTILES = 101 /* 0, 1, ... 100 % */
};

/* The columns of a table of objects that the extras come from, as ds_catalogue_options has them. */
#define FC_REDSHIFT_COLUMNS "photoz,photoz_err"

extern const fc_task fc_lightcurves_task;

/* What the training objects were like, class by class, in the numbers of a sketch (sketch.h). */
typedef struct fc_likes {
    int count;            /* numbers; 0: not known */
    double *least, *most; /* (classes, count); NaN: none was known */
    double *mean;         /* likewise */
    double *spread;       /* (count): deviation within the classes */
} fc_likes;

/* A network beside its companion (rival.h), on the validation objects; NaN: not known. */
typedef struct fc_rivalry {
    double share;              /* of the companion in the model's probabilities; NaN: it is no part of them */
    double log_loss, accuracy; /* of the companion: mean -ln p over objects */
    double mixed_log_loss, mixed_accuracy; /* of both together */
} fc_rivalry;
#define FC_NO_RIVALRY ((fc_rivalry){NAN, NAN, NAN, NAN, NAN})

typedef struct fc_classifier {
    fc_model base;
    fc_sight_settings sight; /* of the config */
    ds_bands bands;          /* channels come in this order */
    int feature_count;       /* of a sight of features, or with late ones; else 0 */
    char **features;         /* their names */
    fc_forest_size forest;
    int classes;
    char **class_names;
    size_t *class_counts;   /* of the training part */
    fc_hierarchy hierarchy; /* over the classes */
    bool redshift;          /* sees FC_EXTRAS numbers per object */
    /* (x - shift) / scale; channels as channel_count says, then the extras */
    double *softening; /* per band: the typical error, for asinh fluxes */
    double *shift, *scale;
    double *late_shift, *late_scale; /* of a sight with late features: (feature_count) each, likewise */
    double temperature;              /* logits are divided by it */
    double *offset; /* per class: added to them then, where it was calibrated anew; NULL: none */
    int calibrated; /* labelled objects that it was calibrated anew on (recalibrate.h); 0: it was not */
    double *noise;  /* least and most of ln(errors / softening) of the objects trained on, means over their
                   bands; NULL: not known, or fluxes have the object's own unit */
    double
        *present; /* per band: the share of the objects trained on that had points in it; NULL: not known */
    /* What pooled vectors (width) of training objects are like, and quantiles of the squared distance from
     * them of objects that were not trained on. */
    int width;
    fc_mahalanobis normal; /* size 0: none */
    double *novelty;
    fc_nearest_mean nearest; /* of fc_class_features: what the network has to beat; features 0: none */
    fc_likes likes;
    fc_rivalry rivalry;
    char *tried; /* those that it was chosen among, each with its mean -ln p and accuracy on the validation
                    objects (automatic.h); NULL: it was not */
} fc_classifier;

/* The model as a classifier, as constant as it was; NULL for NULL and where it is none. */
fc_classifier *fc_classifier_of(const fc_model *model);

const fc_lightcurves_network *fc_classifier_network(const fc_classifier *model);

/* Labels that an object may have: classes, and names above them. */
int fc_label_count(const fc_classifier *model);

/* Channels of a light curve, of a token with extras, and tokens of an object (the most, for points). */
int fc_channel_count(const fc_classifier *model);
/* The channels among them, the last ones, that say something of the object as a whole. */
int fc_measure_count(const fc_classifier *model);
int fc_token_width(const fc_classifier *model);
int fc_token_count(const fc_classifier *model);
/* The tokens among them that are made of no raw token of their own: of redshift, or of features, scaled. */
int fc_more_tokens(const fc_classifier *model);

/* The network over up to batch objects as lib/train.h sees it: inputs[0] are the tokens, kept[0] is pooled,
 * kept[1] the last tokens. The context is the classifier. */
void fc_classifier_build(void *model, nn_plan *plan, nn_ports *ports);

/* What stands beside the model (rival.h) as a classifier; NULL: there is nothing. */
fc_classifier *fc_rival_of(const fc_classifier *model);
/* Its share in the model's probabilities; 0: it is no part of them. */
double fc_rival_share(const fc_classifier *model);
/* p (classes) becomes (1 - share) p + share rival. */
void fc_mix(double *p, const double *rival, int classes, double share);

/* p (C) = softmax(logits / temperature + offset). */
void fc_class_probabilities(const fc_classifier *model, const nn_real *logits, double *p);
/* The shares of the classes that the model's probabilities go by: those among the objects trained on, or
 * equal ones where every class weighed the same. */
void fc_trained_shares(const fc_classifier *model, double *share);
/* The same of its network alone, where a companion has a share in them. */
void fc_own_shares(const fc_classifier *model, double *share);
/* What the nearest-mean baseline sees of an object: mean and largest value of each scaled channel over the
 * tokens, or the scaled features, and scaled redshift and error where the model sees them. tokens: as
 * fc_fill_tokens makes them, without extra ones. */
int fc_class_feature_count(const fc_classifier *model);
void fc_class_features(const fc_classifier *model, const nn_real *tokens, int count, const double *extras,
                       double *features);
/* The share of objects alike to the training ones that lie nearer to their centre than this pooled vector:
 * near 1 means unlike anything trained on. NaN where the model has no record of them. *distance: the squared
 * Mahalanobis distance that it goes by; NULL: not wanted. */
double fc_class_novelty(const fc_classifier *model, const nn_real *pooled, double *distance);

#endif
