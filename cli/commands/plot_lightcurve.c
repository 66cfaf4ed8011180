/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex plot that draws one light curve. */
#include "cli/commands/plot.h"

#include "cli/shell/report.h"
#include "datasets/lightcurves/gp.h"
#include "plots/lightcurve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 600 };

/* One object, copied out of the stream. */
typedef struct object {
    char id[200];
    ds_points points; /* in MJD */
    const ds_bands *bands;
    double *wavelength, *grid; /* per point; time, mean and deviation of the Gaussian process */
    ds_gp_fit fit;
} object;

static void object_clear(object *o)
{
    ds_points_free(&o->points);
    free(o->wavelength);
    free(o->grid);
}

static int keep_window(object *o, const ds_lightcurve *curve, double window, nn_error *error)
{
    ds_selection selection = DS_SELECTED;
    double start = 0;
    if (window <= 0)
        return ds_points_copy(&o->points, curve, error);
    int code = ds_lightcurve_select(curve, window, &o->points, &start, &selection, error);
    if (!code && selection == DS_WITHOUT_DETECTION)
        return ds_points_copy(&o->points, curve, error);
    for (int i = 0; i < o->points.count && !code; i++)
        o->points.time[i] += start;
    return code;
}

/* The object of that id, or the first where none is asked for. */
static int find_object(object *o, ds_lightcurves *reader, const char *id, double window, nn_error *error)
{
    const ds_lightcurve *curve = NULL;
    int code;
    while (!(code = ds_lightcurves_next(reader, &curve, error)) && curve)
        if (!id || strcmp(curve->id, id) == 0)
            break;
    char clean[200];
    if (!code && !curve)
        code = id ? nn_fail(error, NN_BAD_DATA, "%s: there is no object '%s'", ds_lightcurves_name(reader),
                            cli_clean(id, clean, sizeof clean))
                  : nn_fail(error, NN_BAD_DATA, "%s: there are no objects", ds_lightcurves_name(reader));
    if (!code && !curve->count)
        code = nn_fail(error, NN_BAD_DATA, "%s: object '%s' has no usable points",
                       ds_lightcurves_name(reader), cli_clean(curve->id, clean, sizeof clean));
    if (code)
        return code;
    snprintf(o->id, sizeof o->id, "%s", cli_clean(curve->id, clean, sizeof clean));
    o->bands = ds_lightcurves_bands(reader);
    return keep_window(o, curve, window, error);
}

static int fit_process(object *o, nn_error *error)
{
    size_t n = (size_t)o->points.count, cells = (size_t)GRID * (size_t)o->bands->count;
    o->wavelength = malloc(n * sizeof *o->wavelength);
    o->grid = malloc((GRID + 2 * cells) * sizeof *o->grid);
    ds_gp *gp = o->wavelength && o->grid ? ds_gp_new(error) : NULL;
    if (!gp)
        return nn_fail(error, NN_FAILED, "no memory for a Gaussian process");
    for (size_t i = 0; i < n; i++)
        o->wavelength[i] = o->bands->wavelength[o->points.band[i]];
    double *mean = o->grid + GRID, *deviation = mean + cells;
    ds_gp_points points = {o->id, o->points.time, o->wavelength, o->points.flux, o->points.error, n};
    int code = ds_gp_fit_points(gp, &points, NULL, &o->fit, error);
    if (!code)
        code = ds_gp_grid(gp, GRID, o->bands->wavelength, (size_t)o->bands->count, o->grid, mean, deviation,
                          error);
    for (size_t i = 0; i < cells && !code; i++)
        deviation[i] = sqrt(deviation[i]);
    ds_gp_free(gp);
    return code;
}

static void say_fit(const object *o)
{
    if (o->fit.status == DS_GP_FELL_BACK)
        cli_say_note(
            "%s: the covariance of its points is not positive definite; the Gaussian process keeps its start "
            "values, with %g added to the squared errors",
            o->id, o->fit.jitter);
    cli_say_note("%s: Gaussian process of %d points with length %.4g days and amplitude %.4g", o->id,
                 o->points.count, o->fit.length, exp(o->fit.log_variance / 2));
}

static int draw(const object *o, const cli_plot_settings *s, cli_figure *figure, nn_error *error)
{
    const char *names[DS_BAND_LIMIT];
    char title[220];
    snprintf(title, sizeof title, "object %s", o->id);
    size_t cells = (size_t)GRID * (size_t)o->bands->count;
    for (int b = 0; b < o->bands->count; b++)
        names[b] = o->bands->name[b];
    pl_lightcurve_plot plot = {.title = s->title ? s->title : title,
                               .time_name = "MJD",
                               .flux_name = "flux (zero point 27.5)",
                               .bands = o->bands->count,
                               .band_name = names,
                               .wavelength = o->bands->wavelength,
                               .count = (size_t)o->points.count,
                               .time = o->points.time,
                               .flux = o->points.flux,
                               .error = o->points.error,
                               .band = o->points.band,
                               .detected = o->points.detected};
    if (o->grid) {
        plot.grid_count = GRID;
        plot.grid_time = o->grid;
        plot.mean = o->grid + GRID;
        plot.deviation = o->grid + GRID + cells;
    }
    return cli_figure_end(figure, pl_lightcurve(&plot, cli_figure_begin(figure), error));
}

int cli_plot_lightcurve(const cli_run *run, cli_figure *figure, nn_error *error)
{
    const cli_plot_settings *s = run->settings;
    ds_lightcurves *reader = NULL;
    object o = {.id = ""};
    int code = cli_open_lightcurves(&reader, run->operands[1], &s->light, &s->reading, NULL, error);
    if (!code)
        code = find_object(&o, reader, s->id, s->window, error);
    if (!code)
        cli_say_lightcurves(reader);
    if (!code && s->process) {
        code = fit_process(&o, error);
        if (!code)
            say_fit(&o);
    }
    if (!code)
        code = draw(&o, s, figure, error);
    object_clear(&o);
    ds_lightcurves_close(reader);
    return code;
}
