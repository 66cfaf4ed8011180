/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pictures of an evaluation, of what its scores say can be drawn. */
#include "cli/output/score_figures.h"

#include "cli/output/series_figure.h"
#include "datasets/stations/stations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *said(const fc_scores *s, const char *key)
{
    const char *text = json_string_value(json_object_get(s->about, key));
    return text ? text : "";
}

static const char *name_of(const fc_scores *s)
{
    return s->table[0].name[s->shown];
}

/* --- one window --- */

static int add_series(cli_panels *panels, const fc_window_view *v, int series, nn_error *error)
{
    const struct {
        const char *name;
        const double *values;
        size_t offset; /* of the line in the panel */
    } lines[] = {{"history", v->history, offsetof(pl_forecast_panel, history)},
                 {v->forecaster, v->forecast, offsetof(pl_forecast_panel, forecast)},
                 {"truth", v->truth, offsetof(pl_forecast_panel, truth)},
                 {v->rival, v->naive, offsetof(pl_forecast_panel, naive)}};
    pl_forecast_panel *panel = cli_panels_add(panels, v->names[series]);
    int code = NN_OK;
    for (size_t i = 0; panel && i < sizeof lines / sizeof *lines && !code; i++)
        if (lines[i].name)
            code = cli_panels_line(panels, (pl_line *)((char *)panel + lines[i].offset),
                                   &(cli_strip){lines[i].name, v->time + (i ? v->seen : 0), lines[i].values,
                                                series, v->series, i ? (size_t)v->horizon : v->seen},
                                   error);
    return code;
}

static int draw_window(cli_figure *figure, const fc_scores *s, size_t window, nn_error *error)
{
    fc_window_view view;
    char title[300];
    int code = s->window(s, window, &view, error);
    if (code)
        return code;
    cli_panels panels = {.zone = view.zone};
    for (int i = 0; i < view.series && !code; i++)
        code = add_series(&panels, &view, i, error);
    snprintf(title, sizeof title, "%s on %.200s, %s window %zu", name_of(s), said(s, "data"), said(s, "part"),
             window);
    if (!code)
        code = cli_panels_draw(&panels, figure, title, view.frequency, error);
    cli_panels_clear(&panels);
    fc_window_view_clear(&view);
    return code;
}

/* --- the steps ahead, the map --- */

static const fc_score_part *find_part(const fc_score_table *table, const char *key)
{
    for (int p = 0; p < table->part_count; p++)
        if (table->parts[p].key && strcmp(table->parts[p].key, key) == 0)
            return &table->parts[p];
    return NULL;
}

static int draw_steps(cli_figure *figure, const fc_scores *s, nn_error *error)
{
    const fc_score_table *t = &s->table[0];
    const fc_score_part *steps = find_part(t, "steps");
    const fc_metric *metric = fc_metric_find(steps->metrics, s->step);
    pl_curve curves[FC_MOST_SCORED];
    double *values = malloc((size_t)t->count * (size_t)steps->count * sizeof *values);
    char title[300];
    if (!values)
        return nn_no_memory(error);
    for (int i = 0; i < t->count; i++) {
        double *own = values + (size_t)i * (size_t)steps->count;
        for (int h = 0; h < steps->count; h++)
            own[h] = fc_metric_value(metric, fc_score_part_record(steps, t->record[i], h));
        curves[i] = (pl_curve){.name = t->name[i], .value = own, .count = steps->count};
    }
    snprintf(title, sizeof title, "Error by step ahead on %.200s, %s part", said(s, "data"), said(s, "part"));
    const pl_curves_plot plot = {.title = title,
                                 .x_title = "steps ahead",
                                 .y_title = s->step_title,
                                 .curves = curves,
                                 .curve_count = t->count};
    int code = cli_figure_end(figure, pl_curves(&plot, cli_figure_begin(figure), error));
    free(values);
    return code;
}

static int draw_map(cli_figure *figure, const fc_scores *scores, nn_error *error)
{
    const ds_stations *s = scores->stations;
    const fc_score_table *t = &scores->table[0];
    const fc_score_part *part = find_part(t, "stations");
    const fc_metric *rmse = fc_metric_find(part->metrics, "rmse");
    const size_t n = (size_t)s->count;
    const bool metres = s->spherical || s->metres;
    double *values = calloc(3 * n, sizeof *values);
    char title[300];
    if (!values)
        return nn_no_memory(error);
    for (size_t i = 0; i < n; i++) {
        values[i] = s->x[i] / (metres ? 1000 : 1);
        values[n + i] = s->y[i] / (metres ? 1000 : 1);
        values[2 * n + i] =
            fc_metric_value(rmse, fc_score_part_record(part, t->record[scores->shown], (int)i));
    }
    snprintf(title, sizeof title, "RMSE of %s on %.200s, %s part", name_of(scores), said(scores, "data"),
             said(scores, "part"));
    const pl_station_map_plot plot = {.title = title,
                                      .x_title = metres ? "km east of the centre" : "x",
                                      .y_title = metres ? "km north of the centre" : "y",
                                      .value_title = "RMSE",
                                      .names = (const char *const *)s->ids,
                                      .x = values,
                                      .y = values + n,
                                      .value = values + 2 * n,
                                      .count = s->count};
    int code = cli_figure_end(figure, pl_station_map(&plot, cli_figure_begin(figure), error));
    free(values);
    return code;
}

int cli_scores_draw(const fc_scores *s, cli_score_figures *f, nn_error *error)
{
    int code = NN_OK;
    if (cli_figure_wanted(&f->whole))
        code = s->classes ? cli_classes_draw(s, &f->whole, error)
                          : draw_window(&f->whole, s, (size_t)f->window, error);
    if (!code && cli_figure_wanted(&f->steps))
        code = draw_steps(&f->steps, s, error);
    if (!code && cli_figure_wanted(&f->map))
        code = draw_map(&f->map, s, error);
    if (!code && cli_figure_wanted(&f->levels))
        code = cli_levels_draw(s, &f->levels, error);
    return code;
}

int cli_score_figures_check(const cli_score_figures *f, nn_error *error)
{
    int code = cli_figure_check(&f->whole, error);
    if (!code)
        code = cli_figure_check(&f->steps, error);
    if (!code)
        code = cli_figure_check(&f->levels, error);
    return code ? code : cli_figure_check(&f->map, error);
}
