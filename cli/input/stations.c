/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of a panel of stations, and a panel read by them. */
#include "cli/input/stations.h"

#include "cli/input/holidays.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/series/statics.h"
#include "forecast/tasks/stations/stations.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(cli_panel_settings, name)
const nn_option cli_panel_options[] = {
    {"target", 0, NN_TEXT, FIELD(target), NULL, "NAME", 0, 0,
     "variable to forecast, where each station has several"},
    {"future", 0, NN_LIST, FIELD(future), NULL, "A,B,...", 0, 0,
     "columns or variables known beforehand, such as weather forecasts"},
    {"stations", 0, NN_TEXT, FIELD(stations), NULL, "FILE", 0, 0,
     "CSV file of the stations: ids as in the data, and x,y or lat,lon"},
    {"adjacency", 0, NN_TEXT, FIELD(adjacency), NULL, "FILE", 0, 0,
     "square CSV file of weights between stations, instead of weights by distance"},
    {"neighbours", 0, NN_INT, FIELD(neighbours), "8", "N", 0, 100000,
     "nearest stations that weights by distance join to each station; 0: all"},
    {"disconnected", 0, NN_FLAG, FIELD(disconnected), "false", NULL, 0, 0,
     "accept a network in which some stations cannot be reached from the others"},
    {"static", 0, NN_LIST, FIELD(statics), NULL, "A,B,...", 0, 0,
     "columns of a long file that never change in a series, such as the region of a store; of a panel, also "
     "columns of the stations file"},
    {"mask", 0, NN_TEXT, FIELD(mask), NULL, "RULE", 0, 0,
     "rows of a station to leave out of learning and scores, such as 'Patv < 0 || Pab1 > 89', isnan(x) for a "
     "missing x; sdwpf, sdwpf-paper: the rules of the KDD Cup 2022"},
    {0}};

bool cli_panel_asked(const cli_panel_settings *s)
{
    return s->stations || s->adjacency || s->target || s->future || s->statics || s->mask;
}

bool cli_panel_meant(const cli_panel_settings *s, const fc_kind *kind, const ds_reading *reading)
{
    cli_panel_settings other = *s;
    if (fc_series_knows(kind) && (!kind->forecaster || !reading->id))
        other.future = NULL;
    if (fc_series_takes_statics(kind) || kind->forecaster) /* of stations none goes by them */
        other.statics = NULL;
    return cli_panel_asked(&other);
}

ds_reading cli_table_reading(const cli_panel_settings *s, const fc_kind *kind, const ds_reading *given)
{
    ds_reading reading = *given;
    if (!cli_panel_meant(s, kind, given))
        reading.statics = s->statics;
    return reading;
}

int cli_check_roles(const cli_panel_settings *settings, const fc_kind *kind, const ds_reading *reading,
                    nn_error *error)
{
    return cli_panel_meant(settings, kind, reading)
               ? nn_fail(error, NN_USAGE,
                         "--stations, --adjacency, --future, --static and --mask are of panels of "
                         "stations; --model %s does not forecast them",
                         kind->name)
               : cli_holidays_check(reading, kind, error);
}

static int check_connected(const cli_panel *p, const cli_panel_settings *s, const ds_panel_shape *shape,
                           nn_error *error)
{
    nn_error found = {0};
    const char *what = s->adjacency ? s->adjacency : s->stations;
    const int code = ds_adjacency_check(p->adjacency, shape->ids, shape->count, what, &found);
    return code ? nn_fail(error, code, "%.900s%s", found.text,
                          code != NN_BAD_DATA ? ""
                          : s->adjacency      ? "; --disconnected accepts that"
                                              : "; more --neighbours join them, --disconnected accepts that")
                : NN_OK;
}

static int read_network(cli_panel *p, const cli_panel_settings *s, nn_error *error)
{
    ds_panel_shape shape;
    int code = ds_panel_shape_make(&shape, p->table, error);
    if (code)
        return code;
    if (s->stations)
        code = ds_stations_read(&p->stations, s->stations, shape.ids, shape.count, error);
    if (!code && p->stations && p->stations->unused)
        cli_say_note("%s: %d station%s not in the data", s->stations, p->stations->unused,
                     p->stations->unused == 1 ? " is" : "s are");
    if (!code && s->adjacency)
        code = ds_adjacency_read(&p->adjacency, s->adjacency, shape.ids, shape.count, error);
    if (!code && !s->adjacency && p->stations) {
        p->adjacency = calloc((size_t)shape.count * (size_t)shape.count, sizeof *p->adjacency);
        code = p->adjacency
                   ? ds_stations_gaussian(p->stations, s->neighbours, 0, p->adjacency, error)
                   : nn_fail(error, NN_FAILED, "no memory for weights between %d stations", shape.count);
    }
    if (!code && p->adjacency && !s->disconnected)
        code = check_connected(p, s, &shape, error);
    ds_panel_shape_clear(&shape);
    return code;
}

int cli_panel_make(cli_panel *panel, ds_table **table, const cli_panel_settings *settings, nn_error *error)
{
    *panel = (cli_panel){.table = *table};
    *table = NULL;
    const ds_panel_options options = {.target = settings->target,
                                      .future = settings->future,
                                      .statics = settings->statics,
                                      .mask = settings->mask};
    int code = read_network(panel, settings, error);
    if (!code)
        code = ds_panel_make(&panel->panel, panel->table, panel->stations, &options, error);
    if (code)
        cli_panel_clear(panel);
    else
        panel->panel->adjacency = panel->adjacency;
    return code;
}

int cli_panel_read(cli_panel *panel, const char *path, const cli_reading *reading,
                   const cli_panel_settings *settings, nn_error *error)
{
    const cli_reading kept = cli_reading_panel(reading);
    ds_table *table;
    *panel = (cli_panel){0};
    int code = cli_holidays_refuse(reading, "panels of stations", error);
    if (!code)
        code = cli_read_table(&table, path, &kept, 0, error);
    return code ? code : cli_panel_make(panel, &table, settings, error);
}

int cli_panel_learn(cli_panel *panel, char *const *paths, int count, const cli_reading *reading,
                    const cli_panel_settings *settings, nn_error *error)
{
    if (count > 1)
        return nn_fail(error, NN_USAGE, "a panel is one file; '%.200s' is one too many", paths[1]);
    int code = cli_panel_read(panel, paths[0], reading, settings, error);
    /* Coordinates alone tell where stations are. */
    if (!code && !cli_given("adjacency") && !cli_given("neighbours"))
        panel->panel->adjacency = NULL;
    return code;
}

/* The places that a model remembers; of one that does not know their unit in its own, where near and far are
 * the same. */
static int remember_stations(cli_panel *p, const fc_panel *known, nn_error *error)
{
    const size_t n = (size_t)known->stations;
    if (!known->coordinates || known->stations != p->panel->count)
        return NN_OK;
    for (int i = 0; i < known->stations; i++)
        if (strcmp(known->ids[i], p->panel->ids[i]) != 0)
            return NN_OK;
    ds_stations *s = p->stations = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup("the model")) || !(s->ids = calloc(n, sizeof *s->ids)) ||
        !(s->x = calloc(n, sizeof *s->x)) || !(s->y = calloc(n, sizeof *s->y)))
        return nn_fail(error, NN_FAILED, "no memory for stations");
    const double *frame = known->place_frame ? known->place_frame : (const double[]){0, 0, 1};
    s->metres = known->place_metres;
    for (size_t i = 0; i < n; i++, s->count++) {
        s->x[i] = frame[0] + frame[2] * known->coordinates[2 * i];
        s->y[i] = frame[1] + frame[2] * known->coordinates[2 * i + 1];
        if (!(s->ids[i] = strdup(known->ids[i])))
            return nn_fail(error, NN_FAILED, "no memory for stations");
    }
    return NN_OK;
}

int cli_panel_read_for(cli_panel *panel, const char *path, const cli_reading *reading,
                       const cli_panel_settings *settings, const fc_model *model, nn_error *error)
{
    *panel = (cli_panel){0};
    int code = cli_read_table_for(&panel->table, path, reading, model, 0, error);
    if (!code)
        code = fc_panel_open(&panel->panel, model, panel->table, error);
    if (!code && settings->stations)
        code = ds_stations_read(&panel->stations, settings->stations, panel->panel->ids, panel->panel->count,
                                error);
    else if (!code)
        code = remember_stations(panel, fc_model_panel(model), error);
    if (code)
        cli_panel_clear(panel);
    else
        panel->panel->stations = panel->stations;
    return code;
}

void cli_panel_clear(cli_panel *panel)
{
    ds_panel_free(panel->panel);
    free(panel->adjacency);
    ds_stations_free(panel->stations);
    ds_table_free(panel->table);
    *panel = (cli_panel){0};
}
