/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of auspex explain. */
#include "cli/commands/lightcurves/explain_view.h"

#include "cli/shell/report.h"
#include "forecast/tasks/lightcurves/eye.h"
#include "plots/lightcurve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 100, MOST_CLASSES = 8 };

typedef struct canvas {
    double time[COLUMNS], map[MOST_CLASSES * COLUMNS];
    double *mean, *low, *high; /* (COLUMNS, bands) */
    double *point_time;        /* MJD, or phase */
    int begin, end;            /* the points that are drawn */
    const char *names[MOST_CLASSES], *bands[2 * DS_BAND_LIMIT];
    double wavelength[2 * DS_BAND_LIMIT];
    uint8_t *band; /* of the points, among these */
    int rows, band_count;
} canvas;

static int nearest(const explain_view *v, double x)
{
    int best = 0;
    for (int t = 1; t < v->e.curve_tokens; t++)
        best = fabs(explain_place(v, t) - x) < fabs(explain_place(v, best) - x) ? t : best;
    return best;
}

/* Each class's map from 0 to 1 over the light curve's tokens. */
static void fill_row(canvas *to, const explain_view *v, int row)
{
    const fc_explanation *e = &v->e;
    int c = v->order[row];
    double least = INFINITY, most = -INFINITY;
    for (int t = 0; t < e->curve_tokens; t++) {
        least = fmin(least, e->map[t * e->classes + c]);
        most = fmax(most, e->map[t * e->classes + c]);
    }
    for (int i = 0; i < COLUMNS; i++) {
        int t = nearest(v, to->time[i] - explain_origin(v));
        to->map[row * COLUMNS + i] = most > least ? (e->map[t * e->classes + c] - least) / (most - least) : 0;
    }
    to->names[row] = v->model->class_names[c];
}

/* A grid may see some months of a light curve of years: what lies further off is not drawn. */
static void choose_points(canvas *to, const explain_view *v)
{
    to->end = v->slot->points.count;
    if (v->model->sight.points)
        return;
    double margin = 0.1 * (to->time[COLUMNS - 1] - to->time[0]);
    while (to->begin < to->end && to->point_time[to->begin] < to->time[0] - margin)
        to->begin++;
    while (to->end > to->begin && to->point_time[to->end - 1] > to->time[COLUMNS - 1] + margin)
        to->end--;
    int beyond = v->slot->points.count - (to->end - to->begin);
    if (beyond)
        cli_say_note("the picture shows the %.0f days that the model sees; %d of %d points lie further off",
                     to->time[COLUMNS - 1] - to->time[0], beyond, v->slot->points.count);
}

/* The model's bands, and those of the points that are none of them. */
static void fill_bands(canvas *to, const explain_view *v)
{
    const ds_bands *own = &v->model->bands;
    const ds_points *p = &v->slot->points;
    int drawn[DS_BAND_LIMIT] = {0};
    for (int b = 0; b < own->count; b++) {
        to->bands[b] = own->name[b];
        to->wavelength[b] = own->wavelength[b];
    }
    to->band_count = own->count;
    for (int i = 0; i < p->count; i++) {
        const int other = p->band[i] - FC_OTHER_BAND;
        if (other >= 0 && !drawn[other]) {
            to->bands[to->band_count] = v->seen->name[other];
            to->wavelength[to->band_count] = v->seen->wavelength[other];
            drawn[other] = to->band_count++;
        }
        to->band[i] = (uint8_t)(other < 0 ? p->band[i] : drawn[other]);
    }
}

static void fill_canvas(canvas *to, const explain_view *v)
{
    const fc_explanation *e = &v->e;
    const fc_classifier *model = v->model;
    int own = model->bands.count, channels = fc_raw_width(model);
    double first = model->sight.fold ? 0 : e->day[0];
    double last = model->sight.fold ? 1 : e->day[e->curve_tokens - 1];
    for (int i = 0; i < COLUMNS; i++) {
        double day = first + (last - first) * i / (COLUMNS - 1);
        int t = nearest(v, day);
        to->time[i] = explain_origin(v) + day;
        for (int b = 0; b < to->band_count; b++) {
            const float *raw = v->slot->raw + t * channels;
            const bool read = !model->sight.points && b < own;
            const double mean = read ? (double)raw[b] : NAN,
                         deviation = read && model->sight.variance ? (double)raw[own + b] : NAN;
            to->mean[i * to->band_count + b] = mean;
            to->low[i * to->band_count + b] = mean - deviation;
            to->high[i * to->band_count + b] = mean + deviation;
        }
    }
    for (int i = 0; i < v->slot->points.count; i++)
        to->point_time[i] = model->sight.points ? explain_origin(v) + explain_place(v, i)
                                                : v->slot->start + v->slot->points.time[i];
    choose_points(to, v);
    to->rows = e->classes < MOST_CLASSES ? e->classes : MOST_CLASSES;
    for (int row = 0; row < to->rows; row++)
        fill_row(to, v, row);
}

static int draw_canvas(const canvas *c, const explain_view *v, cli_figure *figure, nn_error *error)
{
    const fc_classifier *model = v->model;
    const ds_points *p = &v->slot->points;
    char title[400];
    snprintf(title, sizeof title, "%s says %s (%.1f %%) for object %.100s: what it looks at",
             model->base.kind->name, model->class_names[v->order[0]], 100 * v->e.probability[v->order[0]],
             v->slot->id);
    const pl_light_panel panel = {.count = (size_t)(c->end - c->begin),
                                  .time = c->point_time + c->begin,
                                  .value = p->flux + c->begin,
                                  .error = p->error + c->begin,
                                  .band = c->band + c->begin,
                                  .detected = p->detected + c->begin,
                                  .grid_count = COLUMNS,
                                  .grid_time = c->time,
                                  .mean = model->sight.points ? NULL : c->mean,
                                  .low = c->low,
                                  .high = c->high};
    pl_lightcurve_plot plot = {.title = title,
                               .time_name = model->sight.fold ? "phase" : "MJD",
                               .value_name = "flux",
                               .bands = c->band_count,
                               .band_name = c->bands,
                               .wavelength = c->wavelength,
                               .panels = &panel,
                               .panel_count = 1,
                               .map = c->map,
                               .map_rows = c->rows,
                               .map_columns = COLUMNS,
                               .map_name = c->names};
    return cli_figure_end(figure, pl_lightcurve(&plot, cli_figure_begin(figure), error));
}

int explain_draw(const explain_view *v, cli_figure *figure, nn_error *error)
{
    canvas *c = calloc(1, sizeof *c);
    int code = NN_OK;
    if (c && (c->band = malloc((size_t)v->slot->points.count + 1)))
        fill_bands(c, v);
    if (c) {
        const size_t cells = COLUMNS * (size_t)c->band_count + 1;
        c->mean = malloc(cells * sizeof(double));
        c->low = malloc(cells * sizeof(double));
        c->high = malloc(cells * sizeof(double));
        c->point_time = malloc(((size_t)v->slot->points.count + 1) * sizeof(double));
    }
    if (!c || !c->band || !c->mean || !c->low || !c->high || !c->point_time)
        code = nn_fail(error, NN_FAILED, "no memory for a picture");
    if (!code) {
        fill_canvas(c, v);
        code = draw_canvas(c, v, figure, error);
    }
    if (c) {
        free(c->mean);
        free(c->low);
        free(c->high);
        free(c->point_time);
        free(c->band);
    }
    free(c);
    return code;
}
