/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of panels of stations: made, and matched with the data's panel. */
#include "forecast/tasks/stations/stations.h"

#include "forecast/forecasters.h"
#include "forecast/model_internal.h"
#include "forecast/tasks/table/table_model.h"
#include "lib/base/names.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTES = 1440 }; /* of a day */

static fc_panel *panel_of(const fc_model *model)
{
    return &((fc_stations_model *)model)->panel;
}

const fc_panel *fc_model_panel(const fc_model *model)
{
    return model && model->task == &fc_stations_task ? panel_of(model) : NULL;
}

/* --- a model's panel from the data's --- */

static bool copy_names(char ***to, char *const *from, int count)
{
    *to = calloc((size_t)count + 1, sizeof **to);
    for (int i = 0; *to && i < count; i++)
        if (!((*to)[i] = strdup(from[i])))
            return false;
    return *to;
}

static bool copy_variables(fc_panel *to, const ds_panel *from)
{
    to->variable = calloc((size_t)from->variables, sizeof *to->variable);
    for (int v = 0; to->variable && v < from->variables; v++) {
        to->variable[v] = (ds_panel_variable){strdup(from->variable[v].name), from->variable[v].role};
        if (!to->variable[v].name)
            return false;
    }
    return to->variable;
}

/* Less the mean, over one deviation for all of the `columns` columns; these are, in this order, the frame. */
static void standardise(double *values, size_t rows, size_t columns, size_t stride, double *frame)
{
    double square = 0;
    for (size_t c = 0; c < columns; c++) {
        double mean = 0;
        for (size_t r = 0; r < rows; r++)
            mean += values[r * stride + c] / (double)rows;
        frame[c] = mean;
        for (size_t r = 0; r < rows; r++) {
            values[r * stride + c] -= mean;
            square += values[r * stride + c] * values[r * stride + c] / (double)(rows * columns);
        }
    }
    const double unit = frame[columns] = square > 0 ? sqrt(square) : 1;
    for (size_t i = 0; i < rows * columns; i++)
        values[i / columns * stride + i % columns] /= unit;
}

static bool copy_positions(fc_panel *to, const ds_panel *from)
{
    size_t s = (size_t)from->count, k = (size_t)from->static_count;
    to->coordinates = from->stations ? malloc(2 * s * sizeof *to->coordinates) : NULL;
    to->place_frame = from->stations ? malloc(3 * sizeof *to->place_frame) : NULL;
    to->place_metres = from->stations && from->stations->spherical;
    to->adjacency = from->adjacency ? malloc(s * s * sizeof *to->adjacency) : NULL;
    to->static_values = malloc((s * k + 1) * sizeof *to->static_values);
    if ((from->stations && (!to->coordinates || !to->place_frame)) || (from->adjacency && !to->adjacency) ||
        !to->static_values)
        return false;
    for (size_t i = 0; to->coordinates && i < s; i++) {
        to->coordinates[2 * i] = from->stations->x[i];
        to->coordinates[2 * i + 1] = from->stations->y[i];
    }
    if (to->coordinates)
        standardise(to->coordinates, s, 2, 2, to->place_frame);
    if (k)
        memcpy(to->static_values, from->static_values, s * k * sizeof *to->static_values);
    for (size_t j = 0; j < k; j++)
        standardise(to->static_values + j, s, 1, k, (double[2]){0});
    double most = 0;
    for (size_t i = 0; to->adjacency && i < s * s; i++)
        most = fmax(most, from->adjacency[i]);
    for (size_t i = 0; to->adjacency && i < s * s; i++)
        to->adjacency[i] = most > 0 ? from->adjacency[i] / most : 1;
    return true;
}

static int copy_panel(fc_panel *panel, const ds_panel *from, nn_error *error)
{
    *panel = (fc_panel){.stations = from->count,
                        .variables = from->variables,
                        .target = from->target,
                        .futures = from->futures,
                        .statics = from->static_count};
    return copy_names(&panel->ids, from->ids, from->count) && copy_variables(panel, from) &&
                   copy_names(&panel->static_names, from->static_names, from->static_count) &&
                   (!from->mask || (panel->mask = strdup(from->mask))) && copy_positions(panel, from)
               ? NN_OK
               : nn_fail(error, NN_FAILED, "no memory for a panel of %d stations", from->count);
}

static int take_columns(fc_model *model, const ds_panel *panel, nn_error *error)
{
    const int count = panel->count * panel->variables;
    int code = fc_table_model_columns(model, count, error);
    for (int i = 0; i < count && !code; i++) {
        if (!(model->names[i] = strdup(panel->table->names[panel->column[i]])))
            code = nn_no_memory(error);
        model->is_target[i] = i % panel->variables == panel->target;
    }
    return code;
}

int fc_panel_model_take(fc_model *model, const fc_request *request, nn_error *error)
{
    if (!request->panel)
        return nn_fail(error, NN_USAGE, "%s forecasts panels of stations: see --help for --stations",
                       model->kind->name);
    int code = fc_table_model_take(model, request, request->panel->table, error);
    if (code == NN_OK)
        code = copy_panel(panel_of(model), request->panel, error);
    if (code == NN_OK)
        code = fc_table_model_season(model, request, request->panel->table, NULL, error);
    return code ? code : take_columns(model, request->panel, error);
}

/* --- the data's panel as a model knows it --- */

/* The names of known-future variables as an option's list; malloced. */
static char *list_futures(const fc_panel *panel)
{
    char *list = calloc(1, 1);
    for (int v = 0; list && v < panel->variables; v++)
        if (panel->variable[v].role == DS_VIEW_FUTURE)
            nn_list_add(&list, panel->variable[v].name);
    return list;
}

/* That the table has what the model needs, before its options are applied to it. */
static int check_shape(const fc_panel *want, const ds_table *table, nn_error *error)
{
    ds_panel_shape shape;
    int code = ds_panel_shape_make(&shape, table, error);
    if (code)
        return code;
    for (int v = 0; v < want->variables && !code; v++) {
        int at = 0;
        while (at < shape.variables && strcmp(shape.variable[at], want->variable[v].name))
            at++;
        if (at == shape.variables)
            code =
                nn_fail(error, NN_BAD_DATA, "%s: the variable '%s' that the model was trained on is missing",
                        table->path, want->variable[v].name);
    }
    int *place = code ? NULL : nn_names_places(want->ids, want->stations, shape.ids, shape.count);
    if (!code && !place)
        code = nn_no_memory(error);
    for (int s = 0; s < want->stations && !code; s++)
        if (place[s] < 0)
            code =
                nn_fail(error, NN_BAD_DATA, "%s: the station '%s' that the model was trained on is missing",
                        table->path, want->ids[s]);
    free(place);
    ds_panel_shape_clear(&shape);
    return code;
}

int fc_panel_open(ds_panel **out, const fc_model *model, const ds_table *table, nn_error *error)
{
    *out = NULL;
    const fc_panel *panel = fc_model_panel(model);
    if (!panel)
        return nn_fail(error, NN_USAGE, "the model is none of a panel of stations");
    int code = check_shape(panel, table, error);
    if (code)
        return code;
    char *future = list_futures(panel);
    if (!future)
        return nn_no_memory(error);
    ds_panel_options options = {.target = panel->variable[panel->target].name,
                                .future = *future ? future : NULL,
                                .mask = panel->mask};
    code = ds_panel_make(out, table, NULL, &options, error);
    free(future);
    return code;
}

/* --- sizes --- */

const fc_stations_network *fc_panel_network(const fc_model *model)
{
    return model->kind->network;
}

void fc_panel_sizes_of(const fc_model *model, fc_sizes *sizes)
{
    fc_table_model_sizes(model, sizes);
    sizes->stations = panel_of(model)->stations;
}

void fc_panel_form_of(const fc_model *model, fc_panel_form *form)
{
    fc_sizes sizes;
    fc_panel_sizes_of(model, &sizes);
    fc_panel_network(model)->form(model->config, &sizes, form);
}

const char *fc_panel_head(const fc_model *model)
{
    const fc_stations_network *network = fc_panel_network(model);
    return network && network->head && model->config ? network->head(model->config) : NULL;
}

const fc_forecaster *fc_panel_base(const fc_model *model)
{
    return fc_panel_head(model) ? &fc_forecaster_linear : NULL;
}

int fc_panel_slots(const fc_model *model)
{
    const ds_frequency f = model->frequency;
    const int minutes = f.unit == DS_UNIT_MINUTE ? f.count : f.unit == DS_UNIT_HOUR ? 60 * f.count : 0;
    if (f.unit == DS_UNIT_SECOND)
        return MINUTES;
    return minutes > 0 && minutes < MINUTES ? MINUTES / minutes : 1;
}

void fc_panel_sizes(const fc_model *model, fc_stations_inputs *in)
{
    const fc_panel *panel = panel_of(model);
    const int calendar = ds_time_features_count(model->features);
    fc_panel_form form = {0};
    *in = (fc_stations_inputs){.slots = fc_panel_slots(model),
                               .known = panel->futures,
                               .calendar = calendar,
                               .coordinates = panel->coordinates,
                               .adjacency = panel->adjacency};
    fc_panel_sizes_of(model, &in->sizes);
    fc_panel_form_of(model, &form);
    int constant = (panel->coordinates ? 2 : 0) + panel->statics;
    in->past_channels = constant + panel->variables + form.flags + calendar;
    in->future_channels = form.no_future_input ? in->past_channels
                                               : constant + panel->futures + (form.season ? 2 : 0) + calendar;
    in->history_width = model->lookback + (form.season ? model->horizon : 0) + form.shared * panel->stations +
                        (form.yearly ? 2 : 0);
}
