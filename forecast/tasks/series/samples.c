/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of a scaled table, loaded into a network. */
#include "forecast/tasks/series/samples.h"

#include "forecast/tasks/series/around.h"
#include "forecast/tasks/series/network.h"
#include "forecast/tasks/table/time_encoding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fc_samples_build(void *context, nn_plan *plan, nn_ports *ports)
{
    const fc_samples *samples = context;
    const fc_model *model = samples->model;
    const fc_series_network *network = model->kind->network;
    int length = model->lookback, n = samples->variates, features = samples->series.feature_count;
    fc_series_inputs in = {.sizes = {.lookback = length,
                                     .horizon = model->horizon,
                                     .variates = n,
                                     .features = features ? fc_time_channels(model->features) : 0}};
    in.series = nn_input(plan, 2, (int[]){length, n});
    if (features)
        in.time_features = nn_input(plan, 2, (int[]){length, features});
    if (model->is_future)
        in.known = nn_input(plan, 2, (int[]){length + model->horizon, n});
    in.cycle = fc_series_frame(model).cycle;
    if (in.cycle > 0)
        in.phase = nn_input(plan, 1, (int[]){1});
    if (fc_series_base(model))
        in.base = nn_input(plan, 2, (int[]){model->horizon, n});
    ports->inputs[FC_IN_SERIES] = in.series;
    ports->inputs[FC_IN_KNOWN] = in.known;
    ports->inputs[FC_IN_PHASE] = in.phase;
    ports->inputs[FC_IN_BASE] = in.base;
    ports->inputs[FC_IN_TIME] = in.time_features;
    if (features)
        in.time_features = fc_time_encode(plan, model, in.time_features);
    ports->output = network->build(plan, model->config, &in);
    ports->target = nn_input(plan, 2, (int[]){model->horizon, n});
}

/* Draws `wanted` of `count` columns without replacement (Floyd's algorithm), in increasing order. */
static void draw_columns(int *columns, int wanted, int count, uint64_t key)
{
    int have = 0;
    for (int j = count - wanted; j < count; j++) {
        int pick = (int)(nn_random(key, (uint64_t)j) % (uint64_t)(j + 1)), at = 0;
        while (at < have && columns[at] < pick)
            at++;
        if (at < have && columns[at] == pick) { /* taken already: j itself, which is larger than all */
            columns[have++] = j;
            continue;
        }
        memmove(columns + at + 1, columns + at, (size_t)(have - at) * sizeof *columns);
        columns[at] = pick;
        have++;
    }
}

static void copy_rows(nn_real *to, const fc_series *series, size_t row, int rows, const int *columns, int n)
{
    const nn_real *from = series->values + row * (size_t)series->columns;
    if (!columns) {
        memcpy(to, from, (size_t)rows * (size_t)n * sizeof *to);
        return;
    }
    for (int t = 0; t < rows; t++, from += series->columns)
        for (int j = 0; j < n; j++)
            *to++ = from[columns[j]];
}

/* A column that does not reach through the look-back is left out of the window: it shows nothing, and nothing
 * is asked of it. */
static void leave_out(nn_real *past, nn_real *target, int length, int horizon, int n)
{
    for (int j = 0; j < n; j++) {
        int t = 0;
        while (t < length && !isnan(past[t * n + j]))
            t++;
        if (t == length)
            continue;
        for (t = 0; t < length; t++)
            past[t * n + j] = 0;
        for (t = 0; t < horizon; t++)
            target[t * n + j] = NAN;
    }
}

/* Look-back and horizon of what is known beforehand; what is not known throughout shows nothing. */
static void copy_known(nn_real *to, const fc_series *series, size_t row, int rows, const int *columns, int n)
{
    const size_t width = (size_t)series->columns;
    memset(to, 0, (size_t)rows * (size_t)n * sizeof *to);
    for (int j = 0; j < n && series->role; j++) {
        const size_t column = (size_t)(columns ? columns[j] : j);
        const nn_real *from = series->values + row * width + column;
        if (series->role[column] != DS_VIEW_FUTURE)
            continue;
        int have = 0;
        while (have < rows && !isnan(from[(size_t)have * width]))
            have++;
        for (int t = 0; have == rows && t < rows; t++)
            to[t * n + j] = from[(size_t)t * width];
    }
}

static void hide_targets(nn_real *target, const fc_series *series, size_t row, int rows, const int *columns,
                         int n)
{
    for (int t = 0; t < rows; t++)
        for (int j = 0; j < n; j++) {
            size_t column = (size_t)(columns ? columns[j] : j);
            bool wanted = !series->is_target || series->is_target[column];
            bool truth =
                !series->hidden || !series->hidden[(row + (size_t)t) * (size_t)series->columns + column];
            if (!wanted || !truth)
                target[t * n + j] = NAN;
        }
}

/* What the network sees beside the series, of the i-th sample of the ports. */
static void load_beside(const fc_samples *samples, const nn_ports *ports, size_t i, size_t row,
                        const int *columns, int n)
{
    const fc_series *series = &samples->series;
    const fc_model *model = samples->model;
    const int horizon = model->horizon;
    const size_t length = (size_t)samples->windows.lookback, past = i * length,
                 span = length + (size_t)horizon, f = (size_t)series->feature_count;
    if (series->time)
        for (size_t t = 0; t < length; t++)
            ports->inputs[FC_IN_TIME]->data[past + t] =
                fc_time_input(model, series->time[row + t], series->time[row + length - 1]);
    else if (f)
        memcpy(ports->inputs[FC_IN_TIME]->data + past * f, series->features + row * f,
               length * f * sizeof(nn_real));
    if (ports->inputs[FC_IN_KNOWN])
        copy_known(ports->inputs[FC_IN_KNOWN]->data + i * span * (size_t)n, series, row, (int)span, columns,
                   n);
    if (ports->inputs[FC_IN_PHASE])
        ports->inputs[FC_IN_PHASE]->data[i] =
            (nn_real)fc_series_phase(model, samples->view->table->time[row]);
    if (ports->inputs[FC_IN_BASE])
        fc_series_base_load(ports->inputs[FC_IN_BASE]->data + i * (size_t)(horizon * n), samples,
                            row + length, columns, n);
}

void fc_samples_load(void *context, const size_t *index, int count, uint64_t batch_key, const nn_ports *ports)
{
    const fc_samples *samples = context;
    const fc_series *series = &samples->series;
    int n = samples->variates, length = samples->windows.lookback, horizon = samples->windows.horizon;
    int chosen[n < series->columns ? n : 1], *columns = NULL; /* fc_fit bounds the size of a subset */
    if (n < series->columns) {
        draw_columns(chosen, n, series->columns, batch_key);
        columns = chosen;
    }
    for (int i = 0; i < count; i++) {
        size_t row = ds_windows_row(&samples->windows, index[i]), past = (size_t)i * (size_t)length,
               future = (size_t)i * (size_t)horizon;
        copy_rows(ports->inputs[FC_IN_SERIES]->data + past * (size_t)n, series, row, length, columns, n);
        load_beside(samples, ports, (size_t)i, row, columns, n);
        nn_real *target = ports->target->data + future * (size_t)n;
        if (horizon > 0)
            copy_rows(target, series, row + (size_t)length, horizon, columns, n);
        if (samples->mask)
            hide_targets(target, series, row + (size_t)length, horizon, columns, n);
        if (series->ragged)
            leave_out(ports->inputs[FC_IN_SERIES]->data + past * (size_t)n, target, length, horizon, n);
    }
}

int fc_series_make(fc_series *series, const ds_table *table, const int *columns, int count,
                   const ds_scaler *scaler, const char *feature_set, nn_error *error)
{
    size_t rows = table->rows, n = (size_t)count;
    const bool learned = fc_time_is_learned(feature_set);
    int f = learned ? 0 : ds_time_features_count(feature_set);
    *series = (fc_series){.columns = count,
                          .feature_count = learned ? 1
                                           : f > 0 ? f
                                                   : 0,
                          .time = learned ? table->time : NULL};
    nn_real *values = malloc(rows * n * sizeof *values + 1);
    nn_real *features = f > 0 ? malloc(rows * (size_t)f * sizeof *features + 1) : NULL;
    uint8_t *hidden = table->filled ? malloc(rows * n + 1) : NULL;
    if (!values || (f > 0 && !features) || (table->filled && !hidden)) {
        free(values);
        free(features);
        free(hidden);
        return nn_fail(error, NN_FAILED, "no memory for %zu rows of %d scaled columns", rows, count);
    }
    for (size_t t = 0; t < rows; t++)
        for (size_t j = 0; j < n; j++) {
            size_t from = t * (size_t)table->columns + (columns ? (size_t)columns[j] : j);
            values[t * n + j] = (nn_real)ds_scaler_scaled(scaler, (int)j, table->values[from]);
            series->ragged |= isnan(values[t * n + j]) != 0;
            if (hidden)
                hidden[t * n + j] = table->filled[from];
        }
    float row[DS_MAX_TIME_FEATURES];
    for (size_t t = 0; t < rows && f > 0; t++) {
        ds_time_features(feature_set, table->time[t], row);
        for (int j = 0; j < f; j++)
            features[t * (size_t)f + (size_t)j] = row[j];
    }
    series->values = values;
    series->features = features;
    series->hidden = hidden;
    return NN_OK;
}

void fc_series_clear(fc_series *series)
{
    free((void *)series->values);
    free((void *)series->features);
    free((void *)series->hidden);
    *series = (fc_series){0};
}

/* --- what stands out --- */

/* Of the scaled values; what is no number is larger than any. */
static size_t find_largest(const fc_samples *s, const size_t *index, size_t count)
{
    const size_t n = (size_t)s->series.columns;
    const size_t rows = (size_t)(s->windows.lookback + s->windows.horizon);
    size_t found = s->windows.first * n;
    for (size_t w = 0; w < count; w++) {
        const size_t from = (s->windows.first + (index ? index[w] : w)) * n;
        for (size_t i = from; i < from + rows * n; i++) {
            const double value = fabs((double)s->series.values[i]);
            if (isnan(value) ? !s->series.ragged : value > fabs((double)s->series.values[found]))
                found = i;
        }
    }
    return found;
}

void fc_samples_largest(const void *context, const size_t *index, size_t count, char *text, size_t size)
{
    const fc_samples *s = context;
    const size_t n = (size_t)s->series.columns;
    const size_t at = find_largest(s, index, count), row = at / n, column = at % n;
    const ds_scaler *scaler = &s->model->scaler;
    const bool own = s->series.columns == s->model->columns;
    const double value = (double)s->series.values[at];
    snprintf(text, size, "%.3g (%.3g scaled) of '%.100s' in row %zu",
             own ? ds_scaler_value(scaler, (int)column, value) : value, value,
             own ? s->model->names[column] : "?", row + 1);
}
