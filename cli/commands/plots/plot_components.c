/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex plot that takes the columns of a table apart. */
#include "cli/commands/plots/plot.h"

#include "cli/input/automatic.h"
#include "cli/output/series_figure.h"
#include "cli/shell/report.h"
#include "datasets/series/season.h"
#include "forecast/statistics/components.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ACROSS = 3 };

/* What there is of a column beside its values. */
static int parts_of(const fc_components *c)
{
    return c->count ? 3 + c->seasons : 0;
}

/* --- CSV --- */

/* All periods of all series, rising; returns how many. */
static int all_periods(const fc_components *parts, int columns, int **periods)
{
    int count = 0;
    *periods = malloc(((size_t)columns * FC_SEASONS + 1) * sizeof **periods);
    for (int c = 0; c < columns && *periods; c++)
        for (int s = 0; s < parts[c].seasons; s++) {
            int at = 0;
            while (at < count && (*periods)[at] < parts[c].period[s])
                at++;
            if (at < count && (*periods)[at] == parts[c].period[s])
                continue;
            for (int i = count++; i > at; i--)
                (*periods)[i] = (*periods)[i - 1];
            (*periods)[at] = parts[c].period[s];
        }
    return count;
}

static void put_number(FILE *out, double value)
{
    fputc(',', out);
    nn_csv_number(out, value, 9);
}

static void put_series(FILE *out, const ds_table *table, int column, const fc_components *c,
                       const int *periods, int count)
{
    char text[64];
    for (size_t i = 0; i < c->count; i++) {
        const size_t row = c->begin + i;
        if (table->layout.timed)
            ds_time_print(&table->layout.format, table->time[row], text, sizeof text);
        else
            snprintf(text, sizeof text, "%lld", (long long)table->time[row] + 1);
        nn_csv_field(out, text);
        fputc(',', out);
        nn_csv_field(out, table->names[column]);
        put_number(out, table->values[row * (size_t)table->columns + (size_t)column]);
        put_number(out, c->trend[i]);
        for (int p = 0; p < count; p++) {
            int s = 0;
            while (s < c->seasons && c->period[s] != periods[p])
                s++;
            put_number(out, s < c->seasons ? c->season[(size_t)s * c->count + i] : NAN);
        }
        put_number(out, c->rest[i]);
        fputc('\n', out);
    }
}

static int write_csv(const char *path, const ds_table *table, const fc_components *parts, nn_error *error)
{
    int *periods;
    const int count = all_periods(parts, table->columns, &periods);
    nn_output *output = periods ? nn_output_open(path, error) : NULL;
    if (!output) {
        free(periods);
        return periods ? NN_FAILED : nn_no_memory(error);
    }
    FILE *out = nn_output_stream(output);
    nn_csv_field(out, table->layout.timed ? table->layout.time_name : "row");
    fputs(",series,value,trend", out);
    for (int p = 0; p < count; p++)
        fprintf(out, ",season-%d", periods[p]);
    fputs(",rest\n", out);
    for (int c = 0; c < table->columns; c++)
        put_series(out, table, c, &parts[c], periods, count);
    free(periods);
    return nn_output_commit(output, error);
}

/* --- the picture --- */

/* The k-th part of a column in a panel of its own: values, trend, seasons, rest. */
static int add_part(cli_panels *panels, const ds_table *table, int column, const fc_components *c, int k,
                    size_t last, char title[128], nn_error *error)
{
    const size_t n = c->count, skip = last && last < n ? n - last : 0;
    const double *own = table->values + (c->begin + skip) * (size_t)table->columns;
    const double *values = k == 1                ? c->trend
                           : k == 2 + c->seasons ? c->rest
                                                 : c->season + (size_t)(k > 1 ? k - 2 : 0) * n;
    char season[64];
    snprintf(season, sizeof season, "season of %d (strength %.2f)",
             k > 1 && k < 2 + c->seasons ? c->period[k - 2] : 0,
             k > 1 && k < 2 + c->seasons ? c->strength[k - 2] : 0);
    const char *what = k == 0 ? "values" : k == 1 ? "trend" : k == 2 + c->seasons ? "rest" : season;
    if (k == 0)
        snprintf(title, 128, "%.100s", table->names[column]);
    else
        snprintf(title, 128, "%s", what);
    pl_forecast_panel *panel = cli_panels_add(panels, title);
    if (!panel)
        return NN_OK;
    const cli_strip strip = {.name = k == 0 ? "values" : "components",
                             .time = table->time + c->begin + skip,
                             .values = k == 0 ? own : values + skip,
                             .column = k == 0 ? column : 0,
                             .width = k == 0 ? table->columns : 1,
                             .count = n - skip};
    return cli_panels_line(panels, k == 0 ? &panel->truth : &panel->forecast, &strip, error);
}

/* Series side by side, their parts below each other. */
static int draw(cli_figure *figure, const cli_plot_settings *s, const ds_table *table,
                const fc_components *parts, nn_error *error)
{
    static char titles[PL_MOST_PANELS][128];
    cli_panels panels = {.zone = ds_time_zone(&table->layout.format)};
    int shown[MOST_ACROSS], most = 0, left_out = 0, code = NN_OK;
    char title[300];
    for (int c = 0; c < table->columns; c++) {
        const int deep = parts_of(&parts[c]) > most ? parts_of(&parts[c]) : most;
        if (parts[c].count && panels.across < MOST_ACROSS && deep * (panels.across + 1) <= PL_MOST_PANELS) {
            shown[panels.across++] = c;
            most = deep;
        } else {
            left_out += parts[c].count > 0;
        }
    }
    if (!panels.across)
        return nn_fail(error, NN_BAD_DATA, "%s: no column has a value", table->path);
    for (int k = 0; k < most && !code; k++)
        for (int i = 0; i < panels.across && !code; i++) {
            const fc_components *c = &parts[shown[i]];
            /* The rest stands in the last row of all. */
            const int part = k == most - 1 ? 2 + c->seasons : k;
            char *name = titles[panels.count];
            if (part < 2 + c->seasons || k == most - 1)
                code = add_part(&panels, table, shown[i], c, part, (size_t)s->last, name, error);
            else
                cli_panels_add(&panels, "");
        }
    if (left_out)
        cli_say_note("the picture shows %d series; %d more have no room, --columns chooses", panels.across,
                     left_out);
    snprintf(title, sizeof title, "%.250s", s->title ? s->title : nn_base_name(table->path));
    if (!code)
        code = cli_panels_draw(&panels, figure, title, table->frequency, error);
    cli_panels_clear(&panels);
    return code;
}

int cli_plot_components(const cli_run *run, cli_figure *figure, nn_error *error)
{
    const cli_plot_settings *s = run->settings;
    ds_season season = {.rows = s->season};
    ds_table *table;
    cli_reading reading = s->reading;
    reading.id = s->id ? s->id : reading.id;
    int code = cli_automatic_read(&table, run->operands[1], &reading, error);
    if (code)
        return code;
    fc_components *parts = calloc((size_t)table->columns + 1, sizeof *parts);
    code = parts ? NN_OK : nn_no_memory(error);
    if (!code && !season.rows)
        code = ds_season_of(table, (ds_part){0, table->rows}, NULL, &season, error);
    for (int c = 0; c < table->columns && !code; c++)
        code = fc_components_make(&parts[c], table->values + c, table->rows, (size_t)table->columns,
                                  season.rows, error);
    if (!code && s->csv)
        code = write_csv(s->csv, table, parts, error);
    if (!code && cli_figure_wanted(figure))
        code = draw(figure, s, table, parts, error);
    for (int c = 0; c < table->columns && parts; c++)
        fc_components_clear(&parts[c]);
    free(parts);
    ds_table_free(table);
    return code;
}
