/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasters without a network: each target from its own past, and perhaps its neighbours', by a rule or by
 * least squares. They are the rivals that every score of a network stands beside, and kinds of model like any
 * other (--model drift): trained, stored, scored, backtested, and used to forecast. */
#ifndef FC_FORECASTER_H
#define FC_FORECASTER_H

#include "datasets/series/view.h"
#include "forecast/files/fields.h"
#include "forecast/statistics/linkage.h"
#include "lib/base/options.h"
#include "lib/pool.h"

/* What every forecaster's state begins with. */
typedef struct fc_local {
    int targets, horizon, season; /* K; steps ahead; rows of a season, at least 1 */
    double *level;  /* K: mean of the valid training values, which stands where nothing is known before a
                       forecast; owned */
    double *spread; /* K: their deviation, above 0; owned */
    int scale;      /* fc_scale: all else is of values on it */
    double *lambda; /* K: powers of FC_BOXCOX; NULL: the scale is plain; owned */
    bool rolls;     /* it will be fitted again on more rows: sums that these can join are worth keeping */
    size_t seen;    /* the end of the rows when all was chosen */
    nn_pool *pool;  /* runs what is independent side by side while it fits; NULL: one after the other;
                       borrowed */
} fc_local;

/* The rows first, first + stride, ..., `count` of them. */
typedef struct fc_origins {
    size_t first, count, stride;
} fc_origins;

/* What is asked about: target k in the `horizon` rows from origin on, by those before it. */
typedef struct fc_outlook {
    const ds_view *view;
    int k, horizon;
    size_t origin;
} fc_outlook;

typedef struct fc_forecaster {
    size_t state_size;
    bool any_horizon; /* it goes on as far as one asks, not only to the horizon that it was fitted for */
    bool knows;       /* it goes by what is known beforehand, DS_VIEW_FUTURE, where there is any */
    bool statics;     /* and by what never changes in a series, the view's statics */
    bool scales;      /* its settings have an int at scale_offset, the fc_scale that it is fitted on */
    size_t scale_offset;
    bool ready; /* it knows how to forecast before it sees rows, and its own quantiles tell how far it errs:
                   it need not forecast rows of the past to learn that */
    bool own_folds; /* it chooses on folds of the rows it is given: those to validate may be among them */
    const fc_field
        *fields; /* what the state has beyond its fc_local: a model's file holds it; NULL: nothing */
    int (*check)(const void *state,
                 nn_error *error); /* that what a file held fits together; NULL: nothing to check */
    /* Learns from the rows of train alone. The state's fc_local is set; config: the settings of the kind.
     * NULL: nothing to learn beyond it. */
    int (*fit)(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error);
    /* The same of up to twice as many rows, from the same first one on: what was chosen stands, and sums
     * go on where the state's fc_local rolls. NULL: it is fitted anew. */
    int (*refit)(void *state, const ds_view *view, ds_part train, nn_error *error);
    /* What follows is of values on the scale; the functions below are what others ask by.
     * out (horizon, K) for the rows from origin on, from those before it; horizon at most
     * the state's. Where it has nothing to go by it writes the level. Thread-safe. */
    void (*forecast)(const void *state, const ds_view *view, size_t origin, int horizon, double *out);
    /* The same from several origins: out (count, horizon, K). NULL: from one after the other. */
    void (*forecast_many)(const void *state, const ds_view *view, fc_origins origins, int horizon,
                          double *out);
    /* The same of target k alone: out (horizon). NULL: it forecasts all at once. */
    void (*forecast_one)(const void *state, const ds_view *view, int k, size_t origin, int horizon,
                         double *out);
    /* Half the width of an interval about the forecast of target k, `step` steps (from 1) ahead, that is to
     * hold a share of `level`; NaN: not known. NULL: it has no intervals. */
    double (*width)(const void *state, int k, int step, double level);
    size_t linkage_offset; /* with a width: of the fc_linkage that its errors have in the state */
    /* What may come by the errors of the fitted model itself, as its distribution has them: values below
     * which a share of it lies, out (shares, horizon), and `count` paths, out (count, horizon), where path i
     * goes by key and i alone. False: they are not known, and out is not set. Both or neither are NULL: it
     * has no distribution. */
    bool (*quantiles)(const void *state, fc_outlook at, const double *share, int shares, double *out);
    bool (*paths)(const void *state, fc_outlook at, uint64_t key, int count, double *out);
    /* The least and the largest share that quantiles knows; NULL: all. */
    void (*reach)(const void *state, double *least, double *most);
    /* Its weights, which a model's file holds as tensors: made by read without memory, to be filled. NULL, or
     * NULL returned: it has none. */
    struct nn_params *(*weights)(void *state);
    /* Shares another state's weights from now on, where it has as many under the same names: false where not.
     * With weights of its own that a file holds once for several states; else NULL. */
    bool (*join)(void *state, void *other);
    /* A sentence on what was learnt; NULL: there is nothing to say. */
    void (*describe)(const void *state, char *text, size_t size);
    /* What the state has beyond its fields, such as states of other forecasters, into and from the same
     * object; NULL: nothing. */
    void (*write)(json_t *object, const void *state);
    int (*read)(void *state, const json_t *object, const char *path, nn_error *error);
    void (*clear)(void *state); /* what the state owns beside its fields; NULL: nothing */
} fc_forecaster;

/* The option of kinds whose settings have `int scale`, and the NULL-ended names for fc_kind.later. */
#define FC_SCALE_OPTION(record)                                                                              \
    {                                                                                                        \
        "transform", 0, NN_CHOICE, offsetof(record, scale), "none", "none|log|boxcox|logit", 0, 0,           \
            "the scale that a series is forecast on; errors and forecasts are in the file's units"           \
    }
extern const char *const fc_scale_later[];

/* Forecasts in the file's units, whatever the scale: see forecast and forecast_many. */
void fc_forecaster_forecast(const fc_forecaster *forecaster, const void *state, const ds_view *view,
                            size_t origin, int horizon, double *out);
void fc_forecaster_forecast_many(const fc_forecaster *forecaster, const void *state, const ds_view *view,
                                 fc_origins origins, int horizon, double *out);
/* See quantiles and paths; false also where it has none. */
bool fc_forecaster_quantiles(const fc_forecaster *forecaster, const void *state, fc_outlook at,
                             const double *share, int shares, double *out);
bool fc_forecaster_paths(const fc_forecaster *forecaster, const void *state, fc_outlook at, uint64_t key,
                         int count, double *out);

/* A state fitted on train; malloced, for fc_forecaster_free. season 0: of the table's frequency. NN_BAD_DATA
 * where no target has a valid value in train; one without has the mean level and spread of the others. */
int fc_forecaster_fit(void **state, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                      ds_part train, int horizon, int season, nn_error *error);
/* The same with a pool; its results are those without. */
int fc_forecaster_fit_beside(void **state, const fc_forecaster *forecaster, const void *config,
                             const ds_view *view, ds_part train, int horizon, int season, nn_pool *pool,
                             nn_error *error);
/* What several models of the same data add to, fitted once. Start from {0}. */
typedef struct fc_shared_fit {
    const fc_forecaster *forecaster;
    ds_part train;
    int horizon, season;
    json_t *state; /* as a model's file holds it; NULL: it is not fitted yet */
} fc_shared_fit;
void fc_shared_fit_clear(fc_shared_fit *shared);
/* As fc_forecaster_fit_beside; where the same was fitted before to the same rows, for that horizon and
 * season, *state is a copy of it; the first fit is the one that is kept. The data and the config are taken to
 * be the same ones. shared NULL: never.
 */
int fc_forecaster_fit_once(void **state, fc_shared_fit *shared, const fc_forecaster *forecaster,
                           const void *config, const ds_view *view, ds_part train, int horizon, int season,
                           nn_pool *pool, nn_error *error);
/* The same again and again, as rows come: *state NULL, or of the call before, whose train began with the same
 * row. A forecaster that can goes on from it, until there are twice as many rows as it chose by. */
int fc_forecaster_roll(void **state, const fc_forecaster *forecaster, const void *config, const ds_view *view,
                       ds_part train, int horizon, int season, nn_pool *pool, nn_error *error);
extern const fc_field fc_local_fields[];
/* Settings, and their options, of kinds that have no others. */
typedef struct fc_plain_config {
    int scale; /* fc_scale */
} fc_plain_config;
extern const nn_option fc_plain_options[];
/* What a model's file holds of a state, and the state back from it; NN_BAD_DATA names path and key. */
json_t *fc_forecaster_json(const void *state, const fc_forecaster *forecaster);
int fc_forecaster_read(void **state, const fc_forecaster *forecaster, const json_t *object, const char *path,
                       nn_error *error);
/* NULL is allowed. */
void fc_forecaster_free(void *state, const fc_forecaster *forecaster);

#endif
