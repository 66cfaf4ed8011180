/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex simulate that writes a farm of wind turbines. */
#include "cli/commands/simulate/simulate.h"

#include "cli/shell/report.h"
#include "datasets/simulate/sink.h"
#include "datasets/simulate/wind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LAST_DAY (2932897 * DS_DAY) /* 10000-01-01 */

static int read_step(const char *text, ds_time *step, nn_error *error)
{
    static const ds_time length[] = {
        [DS_UNIT_MINUTE] = 60 * DS_SECOND, [DS_UNIT_HOUR] = 3600 * DS_SECOND, [DS_UNIT_DAY] = DS_DAY};
    ds_frequency f;
    *step = 0;
    if (ds_frequency_parse(text, &f, error)) {
        nn_fail_within(error, "--step");
        return NN_USAGE;
    }
    if (f.unit == DS_UNIT_MINUTE || f.unit == DS_UNIT_HOUR || f.unit == DS_UNIT_DAY)
        *step = f.count * length[f.unit];
    if (*step > 0 && *step <= DS_DAY && DS_DAY % *step == 0)
        return NN_OK;
    return nn_fail(
        error, NN_USAGE,
        "--step: '%.40s' is not a number of whole minutes that divides a day: 1min, 10min, 15min, h, d",
        text);
}

static int read_settings(const cli_simulate_settings *s, ds_wind_settings *w, nn_error *error)
{
    *w = (ds_wind_settings){.seed = s->seed,
                            .stations = s->turbines,
                            .spacing = s->spacing,
                            .speed = s->speed,
                            .direction = s->direction,
                            .curtailed = s->curtailed,
                            .faults = s->faults};
    int code = read_step(s->step, &w->step, error);
    if (!code && ds_time_parse_iso(s->start, &w->start, error)) {
        nn_fail_within(error, "--start");
        code = NN_USAGE;
    }
    /* Four digits of a year are all that readers of dates take. */
    if (!code && w->start + s->days * DS_DAY > LAST_DAY)
        code =
            nn_fail(error, NN_USAGE, "--start: %.40s and %d days go beyond the year 9999", s->start, s->days);
    if (!code && !s->output)
        code = nn_fail(error, NN_USAGE, "--output is missing: where does the wind go?");
    if (!code && !s->stations)
        code = nn_fail(error, NN_USAGE, "--stations is missing: where do the places of the turbines go?");
    if (!code && strcmp(s->output, "-") == 0 && strcmp(s->stations, "-") == 0)
        code = nn_fail(error, NN_USAGE, "data and stations cannot both go to standard output");
    if (!code)
        w->rows = (size_t)(s->days * (DS_DAY / w->step));
    return code;
}

/* As many digits for all, so that names sort by number. */
static void station_name(const ds_wind_settings *w, int station, char name[16])
{
    snprintf(name, 16, "T%0*d", w->stations > 999 ? 4 : w->stations > 99 ? 3 : 2, station + 1);
}

static void write_row(ds_sink *out, const ds_wind_row *r)
{
    const double angles[] = {r->wdir, r->etmp, r->itmp, r->ndir, r->pab, r->pab, r->pab, r->prtv, r->patv};
    ds_sink_gap(out, r->wspd, 2);
    for (size_t i = 0; i < sizeof angles / sizeof *angles; i++) {
        ds_sink_char(out, ',');
        ds_sink_gap(out, angles[i], 2);
    }
}

static void write_station(ds_sink *out, const cli_simulate_settings *s, const ds_wind *wind,
                          const ds_wind_settings *w, int station, const ds_wind_row *rows)
{
    char name[16], stamp[64];
    station_name(w, station, name);
    for (size_t i = 0; i < w->rows; i++) {
        const ds_time since = (ds_time)i * w->step;
        ds_time_print_iso(w->start + since, true, stamp, sizeof stamp);
        ds_sink_text(out, name);
        ds_sink_char(out, ',');
        ds_sink_text(out, stamp);
        ds_sink_char(out, ',');
        write_row(out, rows + i);
        if (s->weather) {
            double u, v;
            ds_wind_forecast(wind, since, &u, &v);
            ds_sink_char(out, ',');
            ds_sink_number(out, u, 2);
            ds_sink_char(out, ',');
            ds_sink_number(out, v, 2);
        }
        if (s->truth) {
            ds_sink_char(out, ',');
            ds_sink_number(out, rows[i].free_wind, 2);
            ds_sink_char(out, ',');
            ds_sink_text(out, ds_turbine_state_name(rows[i].state));
        }
        ds_sink_char(out, '\n');
    }
}

static int write_data(ds_sink *out, const cli_simulate_settings *s, const ds_wind *wind,
                      const ds_wind_settings *w, nn_error *error)
{
    ds_wind_row *rows = calloc(w->rows, sizeof *rows);
    int code = rows ? NN_OK : nn_fail(error, NN_FAILED, "no memory for %zu rows", w->rows);
    ds_sink_text(out, "station,time,Wspd,Wdir,Etmp,Itmp,Ndir,Pab1,Pab2,Pab3,Prtv,Patv");
    ds_sink_text(out, s->weather ? ",U10,V10" : "");
    ds_sink_text(out, s->truth ? ",true_wind,state\n" : "\n");
    for (int i = 0; i < w->stations && !code && !ds_sink_failed(out); i++) {
        code = ds_wind_station(wind, i, rows, error);
        if (!code)
            write_station(out, s, wind, w, i, rows);
        cli_progress("%d of %d turbines", i + 1, w->stations);
    }
    free(rows);
    return code;
}

static void write_places(ds_sink *out, const ds_wind *wind, const ds_wind_settings *w)
{
    ds_sink_text(out, "station,x,y\n");
    for (int i = 0; i < w->stations; i++) {
        char name[16];
        double x, y;
        station_name(w, i, name);
        ds_wind_place(wind, i, &x, &y);
        ds_sink_text(out, name);
        ds_sink_char(out, ',');
        ds_sink_number(out, x, 1);
        ds_sink_char(out, ',');
        ds_sink_number(out, y, 1);
        ds_sink_char(out, '\n');
    }
}

static int write_files(const cli_simulate_settings *s, const ds_wind *wind, const ds_wind_settings *w,
                       nn_error *error)
{
    ds_sink *data = ds_sink_open(s->output, error), *places = data ? ds_sink_open(s->stations, error) : NULL;
    int code = places ? write_data(data, s, wind, w, error) : NN_FAILED;
    if (!code) {
        write_places(places, wind, w);
        code = ds_sink_finish(data, error);
    }
    if (!code) {
        code = ds_sink_commit(places, error);
        places = NULL;
    }
    if (!code) {
        code = ds_sink_commit(data, error);
        data = NULL;
    }
    ds_sink_abandon(places);
    ds_sink_abandon(data);
    return code;
}

int cli_simulate_wind(const cli_simulate_settings *s, nn_error *error)
{
    ds_wind_settings settings;
    ds_wind *wind = NULL;
    char rows[40];
    int code = read_settings(s, &settings, error);
    if (!code)
        code = ds_wind_new(&wind, &settings, error);
    if (!code)
        code = write_files(s, wind, &settings, error);
    if (!code)
        cli_say_note("%d turbines, %s rows each", s->turbines, cli_count(settings.rows, rows));
    ds_wind_free(wind);
    return code;
}
