/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of a panel, loaded into a network. */
#include "forecast/tasks/stations/samples.h"

#include "datasets/time/calendar.h"
#include "lib/base/names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAST, FUTURE, HISTORY, BASE, CLOCK, COARSE }; /* ports */
enum { WEEK = 7 };

/* --- the network --- */

static nn_tensor *input3(nn_plan *plan, int stations, int rows, int channels)
{
    return nn_input(plan, 3, (int[]){stations, rows, channels});
}

void fc_panel_build(const fc_model *model, nn_plan *plan, nn_ports *ports)
{
    fc_stations_inputs in;
    fc_panel_form form = {0};
    fc_panel_sizes(model, &in);
    fc_panel_form_of(model, &form);
    int s = in.sizes.stations;
    ports->inputs[PAST] = in.past = input3(plan, s, form.rows, in.past_channels);
    ports->inputs[FUTURE] = in.future = input3(plan, s, form.rows / form.step, in.future_channels);
    ports->inputs[HISTORY] = in.history = nn_input(plan, 2, (int[]){s, in.history_width});
    if (form.clock)
        ports->inputs[CLOCK] = in.clock = nn_input(plan, 2, (int[]){form.clock, in.slots + WEEK});
    nn_tensor *further[2] = {NULL, NULL};
    ports->output = fc_panel_network(model)->build(plan, model->config, &in, further);
    if (fc_panel_head(model)) {
        ports->inputs[BASE] = nn_input(plan, 2, (int[]){s, model->horizon});
        ports->output = nn_residual(plan, ports->output, ports->inputs[BASE], 0);
    }
    ports->target = nn_input(plan, 2, (int[]){s, model->horizon});
    const fc_training *t = &model->record.training;
    double parameter = t->loss == NN_HUBER ? t->huber_delta : t->quantile;
    for (int k = 0; k < form.scales && nn_plan_training(plan); k++) {
        ports->inputs[COARSE + k] = nn_input(plan, 2, (int[]){s, form.rows / form.factor[k]});
        /* A mean counts as much as the rows it stands for. */
        nn_loss_weighted(plan, (nn_loss_kind)t->loss, parameter, form.weight[k] * form.factor[k], further[k],
                         ports->inputs[COARSE + k]);
    }
}

/* --- the series --- */

/* The scaler in the order of a table's columns. */
static int table_scaler(ds_scaler *scaler, const fc_model *model, const ds_panel *panel, const int *station,
                        const int *variable, nn_error *error)
{
    int columns = panel->table->columns, v = fc_model_panel(model)->variables;
    *scaler = (ds_scaler){.kind = model->scaler.kind,
                          .columns = columns,
                          .shift = calloc((size_t)columns, sizeof(double)),
                          .scale = calloc((size_t)columns, sizeof(double))};
    if (!scaler->shift || !scaler->scale) {
        ds_scaler_clear(scaler);
        return nn_no_memory(error);
    }
    for (int c = 0; c < columns; c++)
        scaler->scale[c] = 1;
    for (int i = 0; i < model->columns; i++) {
        int column = panel->column[station[i / v] * panel->variables + variable[i % v]];
        scaler->shift[column] = model->scaler.shift[i];
        scaler->scale[column] = model->scaler.scale[i];
    }
    return NN_OK;
}

/* station[s] and variable[v]: where the panel has those of the model. */
static int match(const fc_model *model, const ds_panel *panel, int *station, int *variable, nn_error *error)
{
    const fc_panel *want = fc_model_panel(model);
    const char *path = panel->table->path;
    int *place = nn_names_places(want->ids, want->stations, panel->ids, panel->count), s = 0;
    if (!place)
        return nn_no_memory(error);
    for (; s < want->stations && place[s] >= 0; s++)
        station[s] = place[s];
    free(place);
    if (s < want->stations)
        return nn_fail(error, NN_BAD_DATA, "%s: the model's station '%s' is missing", path, want->ids[s]);
    for (int v = 0; v < want->variables; v++)
        if ((variable[v] = ds_panel_variable_find(panel, want->variable[v].name)) < 0)
            return nn_fail(error, NN_BAD_DATA, "%s: the model's variable '%s' is missing", path,
                           want->variable[v].name);
    return NN_OK;
}

static void fill_calendar(fc_panel_series *series, const fc_model *model, const ds_panel *panel, int features)
{
    for (size_t t = 0; t < series->rows && features > 0; t++) {
        float *row = series->calendar + t * (size_t)features;
        ds_time_features(model->features, ds_panel_time(panel, t), row);
        for (int i = 0; i < features; i++)
            row[i] = fc_model_panel(model)->calendar & 1u << i ? row[i] : 0;
    }
}

/* Day of the year by date, so that a year is one turn whatever its length. */
static void fill_year(fc_panel_series *series, const ds_panel *panel)
{
    for (size_t t = 0; t < series->rows && series->year; t++) {
        double angle = 2 * M_PI * (ds_civil_from(ds_panel_time(panel, t)).year_day - 1) / 365.25;
        series->year[2 * t] = (float)sin(angle);
        series->year[2 * t + 1] = (float)cos(angle);
    }
}

static void fill_slots(fc_panel_series *series, const fc_model *model, const ds_panel *panel)
{
    const int slots = fc_panel_slots(model);
    for (size_t t = 0; t < series->rows && series->slot; t++) {
        const ds_time time = ds_panel_time(panel, t);
        const int64_t days = ds_floor_div(time, DS_DAY);
        const ds_time within = time - days * DS_DAY;
        series->slot[2 * t] = (int)((double)within / (double)DS_DAY * slots);
        series->slot[2 * t + 1] = ds_weekday(days);
    }
}

/* From the panel's order of stations and variables to the model's. */
static void fill_values(fc_panel_series *series, const fc_model *model, const ds_panel *panel,
                        const int *station, const int *variable, const float *all)
{
    size_t s_count = (size_t)series->stations, v_count = (size_t)fc_model_panel(model)->variables;
    size_t width = (size_t)panel->count * (size_t)panel->variables;
    for (size_t t = 0; t < series->rows; t++)
        for (size_t s = 0; s < s_count; s++) {
            size_t from = t < panel->rows ? t : panel->rows - 1, at = t * s_count + s;
            size_t own = (size_t)station[s], cell = from * (size_t)panel->count + own;
            const float *row = all + from * width + own * (size_t)panel->variables;
            for (size_t v = 0; v < v_count; v++)
                series->values[at * v_count + v] = row[variable[v]];
            bool valid = t == from && panel->valid[cell];
            series->missing[at] = !valid;
            series->target[at] = valid ? (float)ds_scaler_scaled(&model->scaler,
                                                                 (int)s * fc_model_panel(model)->variables +
                                                                     fc_model_panel(model)->target,
                                                                 panel->y[cell])
                                       : NAN;
        }
}

static int fill_series(fc_panel_series *series, const fc_model *model, const ds_panel *panel,
                       const int *station, const int *variable, nn_error *error)
{
    ds_scaler scaler;
    int code = table_scaler(&scaler, model, panel, station, variable, error);
    if (code)
        return code;
    size_t cells = panel->rows * (size_t)panel->count * (size_t)panel->variables;
    float *all = malloc(cells * sizeof *all);
    if (all) {
        ds_panel_inputs(panel, &scaler, (ds_part){0, panel->rows}, all, NULL);
        fill_values(series, model, panel, station, variable, all);
        fill_calendar(series, model, panel, ds_time_features_count(model->features));
        fill_year(series, panel);
        fill_slots(series, model, panel);
    } else {
        code = nn_fail(error, NN_FAILED, "no memory for %zu scaled values", cells);
    }
    free(all);
    ds_scaler_clear(&scaler);
    return code;
}

/* Values that overflow would spread over every forecast. */
static int check_finite(const fc_panel_series *series, const fc_model *model, const ds_panel *panel,
                        nn_error *error)
{
    size_t width = (size_t)model->columns;
    for (size_t i = 0; i < series->rows * width; i++)
        if (!isfinite(series->values[i]))
            return nn_fail(error, NN_BAD_DATA, "%s: column '%s' spans more than can be scaled",
                           panel->table->path, model->names[i % width]);
    return NN_OK;
}

int fc_panel_samples_make(fc_panel_samples *task, const fc_model *model, const ds_panel *panel, size_t rows,
                          nn_error *error)
{
    const fc_panel *want = fc_model_panel(model);
    size_t s = (size_t)want->stations, v = (size_t)want->variables;
    int f = ds_time_features_count(model->features);
    *task = (fc_panel_samples){
        .model = model, .panel = want, .series = {.rows = rows, .stations = want->stations}};
    fc_panel_form_of(model, &task->form);
    fc_panel_series *series = &task->series;
    series->values = malloc(rows * s * v * sizeof *series->values);
    series->missing = malloc(rows * s);
    series->target = malloc(rows * s * sizeof *series->target);
    series->calendar = malloc((rows * (size_t)(f > 0 ? f : 0) + 1) * sizeof *series->calendar);
    series->year = task->form.yearly ? malloc(rows * 2 * sizeof *series->year) : NULL;
    series->slot = task->form.clock ? malloc(rows * 2 * sizeof *series->slot) : NULL;
    int *station = malloc((s + v) * sizeof *station), *variable = station ? station + s : NULL;
    int code = NN_OK;
    if (!series->values || !series->missing || !series->target || !series->calendar ||
        (task->form.yearly && !series->year) || (task->form.clock && !series->slot) || !station)
        code = nn_fail(error, NN_FAILED, "no memory for %zu rows of %d stations", rows, want->stations);
    if (code == NN_OK)
        code = match(model, panel, station, variable, error);
    if (code == NN_OK)
        code = fill_series(series, model, panel, station, variable, error);
    if (code == NN_OK)
        code = check_finite(series, model, panel, error);
    if (code == NN_OK && fc_panel_head(model))
        code = fc_panel_order_make(&task->order, want, panel, error);
    free(station);
    if (code)
        fc_panel_samples_clear(task);
    return code;
}

void fc_panel_samples_clear(fc_panel_samples *task)
{
    free(task->series.values);
    free(task->series.missing);
    free(task->series.target);
    free(task->series.calendar);
    free(task->series.year);
    free(task->series.slot);
    free(task->kept);
    task->kept = NULL;
    fc_panel_order_clear(&task->order);
    task->series = (fc_panel_series){0};
}

/* --- loading windows --- */

static nn_real *put_fixed(nn_real *to, const fc_panel *panel, size_t s)
{
    for (size_t i = 0; panel->coordinates && i < 2; i++)
        *to++ = (nn_real)panel->coordinates[2 * s + i];
    for (size_t k = 0; k < (size_t)panel->statics; k++)
        *to++ = (nn_real)panel->static_values[s * (size_t)panel->statics + k];
    return to;
}

static nn_real *put_calendar(nn_real *to, const fc_panel_samples *task, size_t row, int features)
{
    const float *from = task->series.calendar + row * (size_t)features;
    for (int i = 0; i < features; i++)
        *to++ = (nn_real)from[i];
    return to;
}

/* One station's channels of the M rows that end before origin. */
static void load_past(nn_real *to, const fc_panel_samples *task, size_t s, size_t origin, int features)
{
    const fc_panel *panel = task->panel;
    size_t stations = (size_t)panel->stations, v = (size_t)panel->variables;
    size_t lookback = (size_t)task->model->lookback, rows = (size_t)task->form.rows;
    for (size_t back = rows; back > 0; back--) {
        bool padded = back > lookback;
        size_t row = origin - (padded ? lookback : back), at = row * stations + s;
        to = put_fixed(to, panel, s);
        for (size_t i = 0; i < v; i++)
            *to++ = (nn_real)task->series.values[at * v + i];
        if (task->form.flags)
            *to++ = padded || task->series.missing[at];
        to = put_calendar(to, task, row, features);
    }
}

/* The target one season before row, and whether it is missing. */
static nn_real *put_season(nn_real *to, const fc_panel_samples *task, size_t s, size_t row)
{
    const fc_panel *panel = task->panel;
    size_t season = (size_t)task->form.season, v = (size_t)panel->variables;
    size_t at = (row - season) * (size_t)panel->stations + s;
    *to++ = row < season ? 0 : (nn_real)task->series.values[at * v + (size_t)panel->target];
    *to++ = row < season || task->series.missing[at];
    return to;
}

/* One station's channels of the M rows from origin on, or of every step-th of them. */
static void load_future(nn_real *to, const fc_panel_samples *task, size_t s, size_t origin, int features)
{
    const fc_panel *panel = task->panel;
    size_t v = (size_t)panel->variables, horizon = (size_t)task->model->horizon;
    size_t step = (size_t)task->form.step, zeros = (panel->coordinates ? 2 : 0) + (size_t)panel->statics + v;
    for (size_t t = step; t <= (size_t)task->form.rows; t += step) {
        size_t row = origin + (t < horizon ? t : horizon) - 1;
        size_t at = row * (size_t)panel->stations + s;
        if (task->form.no_future_input) {
            for (size_t i = 0; i < zeros + task->form.flags; i++)
                *to++ = 0;
        } else {
            to = put_fixed(to, panel, s);
            for (size_t i = 0; i < v; i++)
                if (panel->variable[i].role == DS_VIEW_FUTURE)
                    *to++ = (nn_real)task->series.values[at * v + i];
            if (task->form.season)
                to = put_season(to, task, s, row);
        }
        to = put_calendar(to, task, row, features);
    }
}

void fc_panel_history(const fc_panel_samples *task, size_t s, size_t origin, nn_real *to)
{
    const fc_panel *panel = task->panel;
    size_t stations = (size_t)panel->stations, v = (size_t)panel->variables;
    size_t lookback = (size_t)task->model->lookback, horizon = (size_t)task->model->horizon;
    const float *target = task->series.values + (size_t)panel->target;
    for (size_t t = origin - lookback; t < origin; t++)
        *to++ = (nn_real)target[(t * stations + s) * v];
    for (size_t t = 0; t < horizon && task->form.season; t++) {
        nn_real pair[2];
        put_season(pair, task, s, origin + t);
        *to++ = pair[0];
    }
    for (size_t back = 1; back <= (size_t)task->form.shared; back++)
        for (size_t k = 0; k < stations; k++)
            *to++ = (nn_real)target[((origin >= back ? origin - back : 0) * stations + k) * v];
    for (size_t i = 0; i < 2 && task->form.yearly; i++)
        *to++ = (nn_real)task->series.year[2 * origin + i];
}

static double target_at(const fc_panel_samples *task, size_t s, size_t row)
{
    const fc_panel *panel = task->panel;
    size_t at = row * (size_t)panel->stations + s;
    if (task->form.unmasked && !task->scored)
        return (double)task->series.values[at * (size_t)panel->variables + (size_t)panel->target];
    return (double)task->series.target[at];
}

/* Means over groups of `factor` rows of those that are known, less what the network adds to; NaN where none
 * is. base (H); NULL: nothing. */
static void load_coarse(nn_real *to, const fc_panel_samples *task, size_t s, size_t origin, int factor,
                        const nn_real *base)
{
    for (int first = 0; first < task->form.rows; first += factor) {
        double sum = 0;
        int known = 0;
        for (int t = first; t < first + factor && t < task->model->horizon; t++) {
            double y = target_at(task, s, origin + (size_t)t);
            if (!isnan(y)) {
                sum += y - (base ? (double)base[t] : 0);
                known++;
            }
        }
        *to++ = (nn_real)(known ? sum / known : NAN);
    }
}

/* 1 for the time of day and 1 for the day of the week of the rows about an origin. */
static void load_clock(nn_real *to, const fc_panel_samples *task, size_t origin, size_t width)
{
    const size_t rows = (size_t)task->form.clock;
    memset(to, 0, rows * width * sizeof *to);
    for (size_t r = 0; r < rows; r++) {
        const size_t back = rows - 1 - r, row = origin > back ? origin - back : 0;
        const int *slot = task->series.slot + 2 * (row < task->series.rows ? row : task->series.rows - 1);
        to[r * width + (size_t)slot[0]] = 1;
        to[r * width + width - WEEK + (size_t)slot[1]] = 1;
    }
}

void fc_panel_samples_load(void *context, const size_t *index, int count, uint64_t batch_key,
                           const nn_ports *ports)
{
    const fc_panel_samples *task = context;
    const fc_panel *panel = task->panel;
    size_t stations = (size_t)panel->stations, horizon = (size_t)task->model->horizon;
    size_t width = (size_t)ports->inputs[HISTORY]->shape[2];
    int features = ds_time_features_count(task->model->features);
    (void)batch_key;
    const size_t clock = ports->inputs[CLOCK] ? (size_t)ports->inputs[CLOCK]->shape[2] : 0;
    for (size_t i = 0; i < (size_t)count && clock; i++)
        load_clock(ports->inputs[CLOCK]->data + i * (size_t)task->form.clock * clock, task,
                   task->first + index[i] * task->stride, clock);
    for (size_t i = 0; i < (size_t)count && ports->inputs[BASE]; i++)
        fc_panel_base_load(ports->inputs[BASE]->data + i * stations * horizon, task,
                           task->first + index[i] * task->stride);
    for (size_t i = 0; i < (size_t)count * stations; i++) {
        size_t s = i % stations, origin = task->first + index[i / stations] * task->stride;
        const nn_tensor *past = ports->inputs[PAST], *future = ports->inputs[FUTURE];
        load_past(past->data + i * (size_t)past->shape[2] * (size_t)past->shape[3], task, s, origin,
                  features);
        load_future(future->data + i * (size_t)future->shape[2] * (size_t)future->shape[3], task, s, origin,
                    features);
        fc_panel_history(task, s, origin, ports->inputs[HISTORY]->data + i * width);
        for (size_t t = 0; t < horizon; t++)
            ports->target->data[i * horizon + t] = (nn_real)target_at(task, s, origin + t);
        for (int k = 0; k < task->form.scales && ports->inputs[COARSE + k]; k++) {
            nn_tensor *coarse = ports->inputs[COARSE + k];
            load_coarse(coarse->data + i * (size_t)coarse->shape[2], task, s, origin, task->form.factor[k],
                        ports->inputs[BASE] ? ports->inputs[BASE]->data + i * horizon : NULL);
        }
    }
}

void fc_panel_samples_largest(const void *context, const size_t *index, size_t count, char *text, size_t size)
{
    const fc_panel_samples *task = context;
    const fc_panel *p = task->panel;
    const float *values = task->series.values;
    const size_t v = (size_t)p->variables, width = (size_t)p->stations * v;
    const size_t lookback = (size_t)task->model->lookback, horizon = (size_t)task->model->horizon;
    size_t found = task->first * width;
    for (size_t w = 0; w < count; w++) {
        const size_t origin = task->first + (index ? index[w] : w) * task->stride;
        const size_t end = origin + horizon < task->series.rows ? origin + horizon : task->series.rows;
        for (size_t i = (origin - lookback) * width; i < end * width; i++)
            if (isnan(values[i]) || fabsf(values[i]) > fabsf(values[found]))
                found = i;
    }
    const size_t column = found % width;
    snprintf(text, size, "%.3g (%.3g scaled) of '%.60s' of %.60s in row %zu",
             ds_scaler_value(&task->model->scaler, (int)column, (double)values[found]), (double)values[found],
             p->variable[column % v].name, p->ids[column / v], found / width + 1);
}
