/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From points in FLUXCAL to what a picture shows. */
#include "cli/output/light_figure.h"

#include "cli/shell/report.h"
#include "datasets/lightcurves/features/features.h"
#include "datasets/lightcurves/gp.h"
#include "datasets/lightcurves/magnitude.h"
#include "datasets/lightcurves/period/light_period.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 600, CYCLES = 2 };
static const double faint = 2, limit_sigmas = 5; /* errors */

/* --- the points --- */

/* Room for an object's points, in one block: time, value, error, then band, detected, limit. */
static double *make_points(pl_light_panel *panel, const cli_light_figure *f, const ds_points *points)
{
    const size_t n = (size_t)points->count * (f->look.fold ? CYCLES : 1);
    double *block = malloc(n * (3 * sizeof *block + 3) + 1);
    if (!block)
        return NULL;
    uint8_t *marks = (uint8_t *)(block + 3 * n);
    *panel = (pl_light_panel){.count = n,
                              .time = block,
                              .value = block + n,
                              .error = block + 2 * n,
                              .band = marks,
                              .detected = marks + n,
                              .limit = marks + 2 * n};
    return block;
}

/* The i-th point as the k-th of the picture. */
static void put_point(double *block, size_t n, size_t k, const cli_light_look *look, const ds_points *p,
                      int i)
{
    uint8_t *marks = (uint8_t *)(block + 3 * n);
    const double flux = p->flux[i], e = p->error[i];
    /* A flux of nought exactly that was not seen is how the reader hands out an upper limit. */
    const bool limit = look->magnitudes ? flux < faint * e : flux == 0 && !p->detected[i];
    const double value = limit ? limit_sigmas * e : flux;
    block[n + k] = look->magnitudes ? ds_magnitude(value) : value;
    block[2 * n + k] = !look->magnitudes ? e : limit ? 0 : ds_magnitude_error(flux, e);
    marks[k] = p->band[i];
    marks[n + k] = p->detected[i];
    marks[2 * n + k] = limit;
}

static void put_points(double *block, const cli_light_figure *f, const ds_points *p, const ds_period *period)
{
    const size_t count = (size_t)p->count, n = count * (f->look.fold ? CYCLES : 1);
    for (size_t k = 0; k < n; k++) {
        const int i = (int)(k % count);
        block[k] = p->time[i];
        if (f->look.fold) {
            const double turns = (p->time[i] - period->maximum) / period->period;
            block[k] = turns - floor(turns) + (double)(k / count);
        }
        put_point(block, n, k, &f->look, p, i);
    }
}

/* --- the process --- */

static void say_fit(const char *id, int count, const ds_gp_fit *fit)
{
    if (fit->status == DS_GP_FELL_BACK)
        cli_say_note(
            "%s: the covariance of its points is not positive definite; the Gaussian process keeps its start "
            "values, with %g added to the squared errors",
            id, fit->jitter);
    cli_say_note("%s: Gaussian process of %d points with length %.4g days and amplitude %.4g", id, count,
                 fit->length, exp(fit->log_variance / 2));
}

static int fit_grid(double *block, const char *id, const cli_light_figure *f, const ds_points *p,
                    nn_error *error)
{
    const size_t n = (size_t)p->count, bands = (size_t)f->bands->count, cells = GRID * bands;
    double *wavelength = malloc(n * sizeof *wavelength);
    ds_gp *gp = wavelength ? ds_gp_new(error) : NULL;
    ds_gp_fit fit;
    int code = gp ? NN_OK : nn_fail(error, NN_FAILED, "no memory for a Gaussian process");
    for (size_t i = 0; i < n && !code; i++)
        wavelength[i] = f->bands->wavelength[p->band[i]];
    const ds_gp_points points = {id, p->time, wavelength, p->flux, p->error, n};
    if (!code)
        code = ds_gp_fit_points(gp, &points, NULL, &fit, error);
    if (!code)
        code = ds_gp_grid(gp, GRID, f->bands->wavelength, bands, block, block + GRID, block + GRID + cells,
                          error);
    if (!code)
        say_fit(id, p->count, &fit);
    ds_gp_free(gp);
    free(wavelength);
    return code;
}

/* Mean and variance become mean and what lies a deviation below and above, as the picture's axis has them. */
static void settle_grid(double *block, const cli_light_figure *f, const ds_points *p)
{
    const size_t cells = GRID * (size_t)f->bands->count;
    double *mean = block + GRID, *low = mean + cells, *high = low + cells, most = 0;
    for (int i = 0; i < p->count; i++)
        most = fmax(most, p->flux[i]);
    for (size_t i = 0; i < cells; i++) {
        const double m = mean[i], deviation = sqrt(fmax(0, low[i])), least = 1e-4 * most;
        low[i] = m - deviation;
        high[i] = m + deviation;
        if (!f->look.magnitudes)
            continue;
        mean[i] = m > least ? ds_magnitude(m) : NAN;
        low[i] = ds_magnitude(fmax(low[i], least));
        high[i] = ds_magnitude(fmax(high[i], least));
    }
}

static int add_process(cli_light_figure *f, pl_light_panel *panel, const char *id, const ds_points *p,
                       nn_error *error)
{
    const size_t cells = GRID * (size_t)f->bands->count;
    double *block = f->owned[f->count][1] = malloc((GRID + 3 * cells) * sizeof *block);
    if (!block)
        return nn_fail(error, NN_FAILED, "no memory for a Gaussian process");
    const int code = fit_grid(block, id, f, p, error);
    if (code)
        return code;
    settle_grid(block, f, p);
    panel->grid_count = GRID;
    panel->grid_time = block;
    panel->mean = block + GRID;
    panel->low = panel->mean + cells;
    panel->high = panel->low + cells;
    return NN_OK;
}

/* --- the period --- */

/* When it is brightest, for a period that is given. */
static double brightest(const ds_points *p)
{
    int best = 0;
    for (int i = 1; i < p->count; i++)
        best = p->flux[i] > p->flux[best] ? i : best;
    return p->time[best];
}

/* As auspex period finds it. */
static int search_period(const cli_light_figure *f, const ds_points *p, ds_period *period, nn_error *error)
{
    const ds_light_period_settings settings = {.shortest = f->look.shortest};
    ds_light_period found = {.period = NAN};
    ds_points values = {0};
    bool magnitudes = false;
    ds_spectrum *spectrum = ds_spectrum_new(error);
    int code = spectrum ? ds_features_values(&values, p, DS_SCALE_AUTO, &magnitudes, error) : NN_FAILED;
    if (!code)
        code = ds_light_period_find(
            spectrum, &(ds_period_points){values.time, values.flux, values.error, values.band, values.count},
            &settings, &found, error);
    *period = (ds_period){
        .period = found.period, .power = found.power, .maximum = magnitudes ? found.lowest : found.highest};
    ds_points_free(&values);
    ds_spectrum_free(spectrum);
    return code;
}

static int find_period(const cli_light_figure *f, const char *id, const ds_points *p, ds_period *period,
                       nn_error *error)
{
    if (f->look.period > 0) {
        *period = (ds_period){.period = f->look.period, .power = NAN, .maximum = brightest(p)};
        return NN_OK;
    }
    const int code = search_period(f, p, period, error);
    return code || isfinite(period->period)
               ? code
               : nn_fail(error, NN_BAD_DATA, "object %s has no period to be found", id);
}

int cli_light_add(cli_light_figure *f, const char *id, const ds_points *points, nn_error *error)
{
    ds_period period = {NAN, NAN, NAN};
    int code = f->look.fold ? find_period(f, id, points, &period, error) : NN_OK;
    if (code)
        return code;
    pl_light_panel *panel = &f->panels[f->count];
    double *block = make_points(panel, f, points);
    if (!block)
        return nn_fail(error, NN_FAILED, "no memory for a picture of %d points", points->count);
    put_points(block, f, points, &period);
    f->owned[f->count][0] = block;
    if (f->look.process)
        code = add_process(f, panel, id, points, error);
    snprintf(f->titles[f->count], sizeof f->titles[0], f->look.fold ? "%.200s, period %.7g d" : "%.200s", id,
             period.period);
    f->count++;
    return code;
}

int cli_light_draw(const cli_light_figure *f, const char *title, cli_figure *out, nn_error *error)
{
    const char *names[DS_BAND_LIMIT];
    pl_light_panel panels[PL_MOST_PANELS];
    char alone[260];
    for (int b = 0; b < f->bands->count; b++)
        names[b] = f->bands->name[b];
    for (int i = 0; i < f->count; i++) {
        panels[i] = f->panels[i];
        panels[i].title = f->count > 1 ? f->titles[i] : NULL;
    }
    snprintf(alone, sizeof alone, "object %s", f->titles[0]);
    const pl_lightcurve_plot plot = {.title = title           ? title
                                              : f->count == 1 ? alone
                                                              : NULL,
                                     .time_name = f->look.fold ? "phase" : "MJD",
                                     .value_name =
                                         f->look.magnitudes ? "magnitude" : "flux (zero point 27.5)",
                                     .magnitudes = f->look.magnitudes,
                                     .cycles = f->look.fold ? CYCLES : 0,
                                     .bands = f->bands->count,
                                     .band_name = names,
                                     .wavelength = f->bands->wavelength,
                                     .panels = panels,
                                     .panel_count = f->count};
    return cli_figure_end(out, pl_lightcurve(&plot, cli_figure_begin(out), error));
}

void cli_light_clear(cli_light_figure *f)
{
    for (int i = 0; i < PL_MOST_PANELS; i++)
        for (int k = 0; k < 2; k++) {
            free(f->owned[i][k]);
            f->owned[i][k] = NULL;
        }
    f->count = 0;
}
