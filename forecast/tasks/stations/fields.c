/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model of a panel of stations keeps in its file. */
#include "forecast/tasks/stations/stations.h"
#include "forecast/tasks/table/table_model.h"

#define AT(member)         .offset = offsetof(fc_stations_model, panel.member)
#define COUNTED_BY(member) .count_offset = offsetof(fc_stations_model, panel.member)

static const fc_panel *panel_of(const void *state)
{
    return &((const fc_stations_model *)state)->panel;
}

static size_t statics(const void *state)
{
    return (size_t)panel_of(state)->stations * (size_t)panel_of(state)->statics;
}

static size_t coordinates(const void *state)
{
    return 2 * (size_t)panel_of(state)->stations;
}

static size_t frame(const void *state)
{
    (void)state;
    return 3;
}

static size_t neighbours(const void *state)
{
    return (size_t)panel_of(state)->stations * (size_t)panel_of(state)->stations;
}

static const char *const roles[] = {
    [DS_VIEW_TARGET] = "target", [DS_VIEW_PAST] = "past", [DS_VIEW_FUTURE] = "future", NULL};

static const fc_field variable[] = {
    {"name", FC_STRING, 0, .offset = offsetof(ds_panel_variable, name)},
    {"role", FC_CHOICE, 0, .offset = offsetof(ds_panel_variable, role), .names = roles},
    {0}};

static const fc_field panel[] = {
    {"stations", FC_STRING, FC_MANY | FC_UNIQUE, AT(ids), COUNTED_BY(stations), .least = 1, .most = 1000000},
    {"variables", FC_ENTRIES, FC_PAIRS | FC_UNIQUE, AT(variable), .size = sizeof(ds_panel_variable),
     .fields = variable, COUNTED_BY(variables), .least = 1, .most = 1000000},
    {"static", FC_STRING, FC_MANY | FC_UNIQUE, AT(static_names), COUNTED_BY(statics), .most = 1000},
    {"static_values", FC_REAL, FC_MANY, AT(static_values), .count = statics, .most = 1e9},
    {"calendar", FC_NUMBER, 0, AT(calendar), .most = (1 << DS_MAX_TIME_FEATURES) - 1},
    {"mask", FC_STRING, FC_OPTIONAL, AT(mask)},
    {"place", FC_REAL, FC_MANY | FC_OPTIONAL, AT(coordinates), .count = coordinates, .most = 1e9},
    {"place_frame", FC_REAL, FC_MANY | FC_OPTIONAL, AT(place_frame), .count = frame},
    {"place_metres", FC_FLAG, FC_OPTIONAL | FC_NOT_ZERO, AT(place_metres)},
    {"nearness", FC_REAL, FC_MANY | FC_OPTIONAL | FC_NOT_NEGATIVE, AT(adjacency), .count = neighbours,
     .most = 1e9},
    {0}};

/* The columns are those of the stations in turn, and the targets among them too. */
static int complete_panel(void *state, nn_error *error)
{
    const fc_model *model = state;
    fc_panel *p = &((fc_stations_model *)state)->panel;
    int targets = 0;
    p->futures = 0;
    for (int v = 0; v < p->variables; v++) {
        targets += p->variable[v].role == DS_VIEW_TARGET;
        p->target = p->variable[v].role == DS_VIEW_TARGET ? v : p->target;
        p->futures += p->variable[v].role == DS_VIEW_FUTURE;
    }
    bool fit = true;
    for (int i = 0; i < model->columns; i++)
        fit = fit && model->is_target[i] == (i % p->variables == p->target);
    const char *what = targets != 1                                                           ? "variables"
                       : (size_t)p->stations * (size_t)p->variables != (size_t)model->columns ? "columns"
                       : !fit                                                                 ? "targets"
                                                                                              : NULL;
    return what ? nn_fail(error, NN_BAD_DATA, "the panel's %s are broken", what) : NN_OK;
}

static const fc_field data[] = {{"lookback", FC_GROUP, 0, .fields = fc_table_fields},
                                {"panel", FC_OBJECT, 0, .fields = panel, .complete = complete_panel},
                                {0}};

const fc_field fc_stations_fields[] = {
    {"auspex.data", FC_OBJECT, 0, .fields = data, .complete = fc_table_complete},
    {"auspex.training", FC_OBJECT, 0, .fields = fc_table_record_fields, .complete = fc_record_complete},
    {0}};
