/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A panel as the training loop sees it: windows of scaled values loaded into a network. */
#ifndef FC_PANEL_SAMPLES_H
#define FC_PANEL_SAMPLES_H

#include "forecast/tasks/stations/stations.h"

/* T rows, of which the table has the first; the others repeat the last values and have their own calendar. */
typedef struct fc_panel_series {
    size_t rows;
    int stations;     /* of the model, in its order */
    float *values;    /* T x S x V scaled; what is missing repeats the last before */
    uint8_t *missing; /* T x S: where the target is not valid */
    float *target;    /* T x S scaled, NaN where not valid */
    float *calendar;  /* T x F */
    int *slot;        /* T x 2: the time of day, and the day of the week from 0; NULL: not wanted */
    float *year;      /* T x 2: sine and cosine of the time of year; NULL: not wanted */
} fc_panel_series;

/* A panel as the model knows it: the same stations in the same order. */
typedef struct fc_panel_order {
    ds_view view;
    int *target, *place; /* of the view; of the model's stations in the panel; owned */
    uint8_t *masked;     /* owned */
} fc_panel_order;
int fc_panel_order_make(fc_panel_order *order, const fc_panel *known, const ds_panel *panel, nn_error *error);
void fc_panel_order_clear(fc_panel_order *order);

typedef struct fc_panel_samples {
    const fc_model *model;
    const fc_panel *panel; /* the model's */
    fc_panel_series series;
    fc_panel_form form;
    size_t first, stride, count; /* window i forecasts the rows from first + i * stride on */
    bool scored;                 /* targets that are not valid are NaN whatever the form says */
    fc_panel_order order;        /* of a network that adds to linear forecasts */
    nn_real *kept; /* these from the origins from kept_from to kept_to; NULL: they are made anew */
    size_t kept_from, kept_to;
} fc_panel_samples;

/* rows: at least those of the panel. */
int fc_panel_samples_make(fc_panel_samples *task, const fc_model *model, const ds_panel *panel, size_t rows,
                          nn_error *error);
void fc_panel_samples_clear(fc_panel_samples *task);
/* The history of station s before origin, W values. */
void fc_panel_history(const fc_panel_samples *task, size_t s, size_t origin, nn_real *to);
/* Fits the linear forecasts that the network adds to. */
int fc_panel_base_fit(fc_model *model, const fc_request *request, ds_part rows, nn_pool *pool,
                      nn_error *error);
/* Makes them for the origins from `from` to `to`, where there is room. */
void fc_panel_base_keep(fc_panel_samples *task, size_t from, size_t to, nn_pool *pool);
/* out (S,H): what they say from origin on, scaled. Thread-safe. */
void fc_panel_base_load(nn_real *out, const fc_panel_samples *task, size_t origin);
/* Of fc_task. */
int fc_panel_learn(fc_model *model, const fc_request *request, fc_lesson *lesson, nn_error *error);
int fc_panel_look(fc_model *model, const fc_request *request, fc_lesson *lesson, ds_view *view,
                  nn_error *error);
void fc_panel_forget(fc_lesson *lesson);
void fc_panel_hardness(const fc_lesson *lesson, double *each);
size_t fc_panel_wrong(const fc_model *model, const fc_lesson *lesson, size_t index, int place,
                      const nn_ports *ports, float *error);
ds_view fc_panel_seen(const fc_lesson *lesson, const fc_request *request);
int fc_panel_start(fc_model *model, fc_lesson *lesson, nn_error *error);
int fc_panel_calibrate(fc_model *model, const fc_lesson *lesson, nn_pool *pool, nn_error *error);
int fc_panel_conclude(fc_model *model, const fc_request *request, nn_pool *pool, nn_error *error);

/* The network over the model's panel. */
void fc_panel_build(const fc_model *model, nn_plan *plan, nn_ports *ports);
/* The callbacks of lib/train.h. */
void fc_panel_samples_load(void *context, const size_t *index, int count, uint64_t batch_key,
                           const nn_ports *ports);
static inline void fc_panel_samples_build(void *context, nn_plan *plan, nn_ports *ports)
{
    fc_panel_build(((fc_panel_samples *)context)->model, plan, ports);
}
static inline nn_task fc_panel_samples_network(fc_panel_samples *task)
{
    return (nn_task){.context = task, .build = fc_panel_samples_build};
}
void fc_panel_samples_largest(const void *context, const size_t *index, size_t count, char *text,
                              size_t size);
static inline nn_source fc_panel_samples_source(fc_panel_samples *task)
{
    return (nn_source){.context = task,
                       .count = task->count,
                       .load = fc_panel_samples_load,
                       .largest = fc_panel_samples_largest};
}

#endif
