/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex inspect that describes a panel of stations. */
#include "cli/commands/inspect_stations.h"

#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"

#include <math.h>
#include <string.h>

static const char *const role_names[] = {"target", "past", "future"};

/* Of one station's target. */
typedef struct station_look {
    size_t valid, missing, masked;
    double mean, deviation, least, most; /* of the valid values */
    int nearest, degree;                 /* -1: no positions; stations joined to it */
} station_look;

static station_look look_at(const ds_panel *p, int station)
{
    station_look k = {.mean = NAN, .deviation = NAN, .least = NAN, .most = NAN, .nearest = -1};
    double square = 0, mean = 0;
    for (size_t r = 0; r < p->rows; r++) {
        const size_t at = r * (size_t)p->count + (size_t)station;
        if (!p->valid[at]) {
            const bool masked = p->masked && p->masked[at] && !isnan(p->y[at]);
            k.masked += masked;
            k.missing += !masked;
            continue;
        }
        const double y = p->y[at], d = y - mean;
        mean += d / (double)++k.valid;
        square += d * (y - mean);
        k.least = fmin(k.least, y);
        k.most = fmax(k.most, y);
    }
    if (k.valid) {
        k.mean = mean;
        k.deviation = sqrt(square / (double)k.valid);
    }
    if (p->stations)
        (void)ds_stations_nearest(p->stations, station, 1, &k.nearest);
    for (int j = 0; p->adjacency && j < p->count; j++)
        k.degree += j != station && p->adjacency[(size_t)station * (size_t)p->count + (size_t)j] > 0;
    return k;
}

/* --- for people --- */

static void print_variables(const ds_panel *p)
{
    char clean[256];
    printf("  variables  ");
    for (int v = 0; v < p->variables; v++)
        printf("%s%s (%s)", v ? ", " : "", cli_clean(p->variable[v].name, clean, sizeof clean),
               role_names[p->variable[v].role]);
    for (int k = 0; k < p->static_count; k++)
        printf(", %s (static)", cli_clean(p->static_names[k], clean, sizeof clean));
    putchar('\n');
}

static void print_summary(const ds_panel *p)
{
    const ds_table *t = p->table;
    char clean[512], first[64], last[64], step[64];
    ds_time_print(&t->layout.format, t->time[0], first, sizeof first);
    ds_time_print(&t->layout.format, t->time[t->rows - 1], last, sizeof last);
    ds_frequency_describe(t->frequency, step, sizeof step);
    printf("%s\n", cli_clean(t->path, clean, sizeof clean));
    printf("  panel      %d stations, %d variable%s each\n", p->count, p->variables,
           p->variables == 1 ? "" : "s");
    print_variables(p);
    printf("  rows       %zu, %s to %s, %s\n", p->rows, first, last, step);
    if (p->stations)
        printf("  positions  %s: %s\n", cli_clean(p->stations->path, clean, sizeof clean),
               p->stations->spherical ? "latitude and longitude, distances in metres along great circles"
                                      : "x and y");
    if (p->mask)
        printf("  mask       %s\n", cli_clean(p->mask, clean, sizeof clean));
    const double cells = (double)p->rows * p->count;
    printf("  target     %.2f%% valid, %.2f%% missing, %.2f%% masked\n", 100 * (double)p->valid_count / cells,
           100 * (double)p->missing_count / cells, 100 * (double)p->masked_count / cells);
    const size_t end = ds_panel_end(p);
    if (end < p->rows)
        printf("  future     the last %zu rows have no target: a forecast begins there\n", p->rows - end);
}

static void print_stations(const ds_panel *p, bool all)
{
    const int shown = cli_table_first(p->count, all);
    const ds_stations *s = p->stations;
    cli_table *out = cli_table_new(
        "station|>x|>y|nearest|>distance|>joined|>valid|>missing|>masked|>mean|>deviation|>least|>most");
    for (int i = 0; i < shown; i++) {
        const station_look k = look_at(p, i);
        cli_table_cell(out, "%s", p->ids[i]);
        cli_table_short(out, s ? s->x[i] : NAN, 6);
        cli_table_short(out, s ? s->y[i] : NAN, 6);
        cli_table_cell(out, "%s", k.nearest < 0 ? "-" : p->ids[k.nearest]);
        cli_table_short(out, k.nearest < 0 ? NAN : ds_stations_distance(s, i, k.nearest), 5);
        if (p->adjacency)
            cli_table_cell(out, "%d", k.degree);
        else
            cli_table_cell(out, "-");
        cli_table_cell(out, "%zu", k.valid);
        cli_table_cell(out, "%zu", k.missing);
        cli_table_cell(out, "%zu", k.masked);
        const double values[] = {k.mean, k.deviation, k.least, k.most};
        for (size_t v = 0; v < sizeof values / sizeof *values; v++)
            cli_table_short(out, values[v], 5);
    }
    putchar('\n');
    cli_table_print(out, stdout);
    cli_table_print_rest(p->count, all, "stations", stdout);
}

/* --- JSON --- */

static json_t *station_json(const ds_panel *p, int i)
{
    const ds_stations *s = p->stations;
    const station_look k = look_at(p, i);
    json_t *object = json_object();
    nn_json_set(object, "id", nn_json_text(p->ids[i]));
    if (s) {
        nn_json_set(object, "x", nn_json_real(s->x[i]));
        nn_json_set(object, "y", nn_json_real(s->y[i]));
        nn_json_set(object, "nearest", nn_json_text(k.nearest < 0 ? NULL : p->ids[k.nearest]));
        nn_json_set(object, "distance",
                    nn_json_real(k.nearest < 0 ? NAN : ds_stations_distance(s, i, k.nearest)));
    }
    if (p->adjacency)
        nn_json_set(object, "joined", json_integer(k.degree));
    nn_json_set(object, "valid", json_integer((json_int_t)k.valid));
    nn_json_set(object, "missing", json_integer((json_int_t)k.missing));
    nn_json_set(object, "masked", json_integer((json_int_t)k.masked));
    nn_json_set(object, "mean", nn_json_real(k.mean));
    nn_json_set(object, "deviation", nn_json_real(k.deviation));
    nn_json_set(object, "least", nn_json_real(k.least));
    nn_json_set(object, "most", nn_json_real(k.most));
    return object;
}

static json_t *variables_json(const ds_panel *p)
{
    json_t *list = json_array();
    for (int i = 0; i < p->variables + p->static_count; i++) {
        const bool fixed = i >= p->variables;
        json_t *object = json_object();
        nn_json_set(object, "name",
                    nn_json_text(fixed ? p->static_names[i - p->variables] : p->variable[i].name));
        nn_json_set(object, "role", nn_json_text(fixed ? "static" : role_names[p->variable[i].role]));
        nn_json_append(list, object);
    }
    return list;
}

static int print_json(const ds_panel *p, nn_error *error)
{
    const ds_table *t = p->table;
    char text[40];
    json_t *object = cli_json_new("auspex.inspect/1"), *stations = json_array();
    nn_json_set(object, "kind", json_string("panel"));
    nn_json_set(object, "file", nn_json_text(t->path));
    nn_json_set(object, "rows", json_integer((json_int_t)p->rows));
    nn_json_set(object, "first", cli_json_time(t, t->time[0]));
    nn_json_set(object, "last", cli_json_time(t, t->time[t->rows - 1]));
    ds_frequency_print(t->frequency, text, sizeof text);
    nn_json_set(object, "frequency", nn_json_text(text));
    nn_json_set(object, "variables", variables_json(p));
    nn_json_set(object, "mask", nn_json_text(p->mask));
    nn_json_set(object, "valid", json_integer((json_int_t)p->valid_count));
    nn_json_set(object, "missing", json_integer((json_int_t)p->missing_count));
    nn_json_set(object, "masked", json_integer((json_int_t)p->masked_count));
    nn_json_set(object, "target_rows", json_integer((json_int_t)ds_panel_end(p)));
    for (int i = 0; i < p->count; i++)
        nn_json_append(stations, station_json(p, i));
    nn_json_set(object, "stations", stations);
    return cli_json_print(object, error);
}

int cli_inspect_panel(const char *path, const cli_reading *reading, const cli_panel_settings *settings,
                      bool json, bool all, nn_error *error)
{
    cli_panel panel;
    int code = cli_panel_read(&panel, path, reading, settings, error);
    if (code)
        return code;
    if (json) {
        code = print_json(panel.panel, error);
    } else {
        print_summary(panel.panel);
        print_stations(panel.panel, all);
    }
    cli_panel_clear(&panel);
    return code;
}
