/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A task: a way of seeing data (windows of a table's columns, of stations, light curves), with everything
 * that differs between models of one and of another. What serves all of them (model.c, file.c, fit.c) reaches
 * a model's data through its kind's task and knows no task by name. */
#ifndef FC_TASK_H
#define FC_TASK_H

#include "datasets/series/view.h"
#include "datasets/table/table.h"
#include "forecast/files/fields.h"
#include "lib/train.h"

typedef struct fc_model fc_model;     /* forecast/model.h */
typedef struct fc_request fc_request; /* forecast/request.h */
typedef struct fc_future fc_future;   /* forecast/forecast.h */
struct fc_scores;                     /* forecast/scores/score.h */
struct fc_score_request;
struct fc_bands;     /* forecast/intervals/bands.h */
struct fc_residuals; /* forecast/errors/residuals.h */
struct fc_rounds;    /* forecast/scores/folds.h */

/* What models are for. */
typedef enum fc_purpose { FC_ANY, FC_FORECASTS, FC_CLASSIFIES, FC_PURPOSES } fc_purpose;

/* What the settings of a kind may depend on; 0 where a task has nothing of the sort. */
typedef struct fc_sizes {
    int lookback, horizon, variates;
    int features; /* channels of time features */
    int stations;
    int season; /* rows of a table */
} fc_sizes;

/* What a model learns from, as its task makes it of a request. */
typedef struct fc_lesson {
    nn_task network; /* in the shape of the training samples */
    nn_source train, validation;
    void *state; /* the task's, behind the above */
} fc_lesson;

typedef struct fc_task {
    const char *name;
    fc_purpose purpose;
    bool drops_latest;         /* --drop-history leaves out the latest times rather than the oldest rows */
    int step_axis;             /* of the output: that of the horizon; 0: there is none */
    const nn_option *training; /* the settings of a fc_training that it takes, with its defaults */
    size_t model_size;         /* of the record of its models, which begins with an fc_model */
    /* What its models keep beside kind, settings and weights: the metadata entries of a model's file. Reading
     * ends the first of them, or the first part of it, with fc_model_register. */
    const fc_field *fields;

    /* What a new model takes from the data: columns, stations, classes. */
    int (*take)(fc_model *model, const fc_request *request, nn_error *error);
    /* What resolve and check of the kind are told of a model whose data are known. */
    void (*sizes)(const fc_model *model, fc_sizes *sizes);
    /* Once the settings are final, before the network is recorded; NULL: nothing. */
    void (*settle)(fc_model *model);
    const char *const *inputs; /* names of the ports' inputs by their places, NULL where that is only of
                                  training; NULL-ended */
    const char *output;        /* and of the output */
    /* Records the network on the plan: inputs, output and target. */
    void (*build)(const fc_model *model, nn_plan *plan, nn_ports *ports);
    /* The tree that the loss of classes goes by, the model's; NULL, also what it returns: there is none. */
    const nn_class_tree *(*tree)(const fc_model *model);
    /* Once the network has been recorded, with its ports; NULL: nothing. */
    int (*complete)(fc_model *model, const nn_ports *ports, nn_error *error);

    /* Fits what is fitted before the weights, on the training part alone, notes in the record what the data
     * are and what is to be beaten, and makes the samples. */
    int (*learn)(fc_model *model, const fc_request *request, fc_lesson *lesson, nn_error *error);
    void (*forget)(fc_lesson *lesson); /* also what has only begun */
    /* The forecaster whose forecasts the model's network adds to, with model->state as its state, which learn
     * fits; NULL: there is none. */
    const struct fc_forecaster *(*base)(const fc_model *model);
    /* Whether models of the kind are grown in one go rather than trained by gradients, and the growing, which
     * also fits what follows from it. NULL: none are. */
    bool (*grows)(const fc_model *model);
    int (*grow)(fc_model *model, fc_lesson *lesson, nn_pool *pool, nn_error *error);
    /* How hard each sample to train on is: each (lesson->train.count), the mean square of what repeating the
     * last value is wrong by, scaled; infinite where nothing is known. NULL: it cannot say. */
    void (*hardness)(const fc_lesson *lesson, double *each);
    /* That weights from a file are such as can be used; NN_BAD_DATA names the path. NULL: all are. */
    int (*prove)(const fc_model *model, const char *path, nn_error *error);
    /* Gives parameters better values than those drawn; NULL: there are none. */
    int (*start)(fc_model *model, fc_lesson *lesson, nn_error *error);
    /* Notes the data, and makes them a view for a forecaster that is to learn from the training part; NULL:
     * forecasters cannot use such data. What it needs is kept behind the lesson's state, for forget. */
    int (*look)(fc_model *model, const fc_request *request, fc_lesson *lesson, ds_view *view,
                nn_error *error);
    /* What a network's forecast of one sample to validate was wrong by, (H,K) in the file's units and NaN
     * where nothing is known: the index-th of the lesson, which stands at `place` of the ports. Returns the
     * row that the forecast begins with. NULL: its models say nothing of how far they err. */
    size_t (*wrong)(const fc_model *model, const fc_lesson *lesson, size_t index, int place,
                    const nn_ports *ports, float *error);
    ds_view (*seen)(const fc_lesson *lesson, const fc_request *request); /* what a network learns from */
    /* Makes errors those of what forecasts are written as; NULL: they are. */
    void (*settle_errors)(const fc_model *model, struct fc_residuals *residuals);
    /* Fits what follows from the weights; NULL: nothing. */
    int (*calibrate)(fc_model *model, const fc_lesson *lesson, nn_pool *pool, nn_error *error);
    /* Once all is learnt: lets what can do so learn from the rows to validate too; NULL: nothing does. */
    int (*conclude)(fc_model *model, const fc_request *request, nn_pool *pool, nn_error *error);

    /* The steps after the table's last row, see fc_forecast; NULL: it forecasts nothing. */
    int (*forecast)(fc_future **future, const fc_model *model, const ds_table *table, int steps,
                    nn_error *error);

    /* Sets the values of bands beside a forecast of the table where the model's forecaster has a distribution
     * of its own (fc_forecaster.quantiles), and leaves them elsewhere. NULL: it does nothing. */
    int (*outlook)(struct fc_bands *bands, const fc_model *model, const ds_table *table,
                   const fc_future *future, nn_error *error);

    /* Scores a model, or simple forecasts alone, see fc_score, which frees what is there on failure. */
    int (*score)(struct fc_scores **scores, const struct fc_score_request *request, nn_error *error);

    /* Trains and scores models of it, beside their rivals, anew in every fold, see fc_backtest, likewise. */
    int (*backtest)(struct fc_scores **scores, const struct fc_rounds *rounds, nn_error *error);
} fc_task;

#endif
