/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex plot that draws light curves: objects by their ids, or page by page. */
#include "cli/commands/plots/plot.h"

#include "cli/output/light_figure.h"
#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AXIS_AUTO, AXIS_FLUX, AXIS_MAGNITUDE };

/* The objects of one picture on their way from the file. */
typedef struct page {
    const cli_plot_settings *settings;
    ds_lightcurves *reader;
    cli_light_figure figure;
    ds_points points;
    int found, skipped, unusable; /* objects: asked for by id; of earlier pages; without points */
    char last_id[200];
} page;

/* --- which objects --- */

static bool is_wanted(const cli_plot_settings *s, const char *id)
{
    return !s->id || strcmp(s->id, id) == 0 || nn_list_has(s->id, id);
}

static int ids_wanted(const cli_plot_settings *s)
{
    return s->id ? nn_list_count(s->id) : 0;
}

static int objects_wanted(const cli_plot_settings *s)
{
    return s->id ? ids_wanted(s) : s->objects;
}

static bool is_full(const page *p)
{
    const int wanted = objects_wanted(p->settings);
    return p->figure.count == (wanted < PL_MOST_PANELS ? wanted : PL_MOST_PANELS) ||
           (p->settings->id && (p->found == wanted || strcmp(p->settings->id, p->last_id) == 0));
}

/* --- an object --- */

static int keep_window(page *p, const ds_lightcurve *curve, nn_error *error)
{
    const double window = p->settings->window;
    ds_selection selection = DS_SELECTED;
    double start = 0;
    if (window <= 0 || p->figure.look.fold) /* a period is of the whole light curve */
        return ds_points_copy(&p->points, curve, error);
    int code = ds_lightcurve_select(curve, window, &p->points, &start, &selection, error);
    if (!code && selection == DS_WITHOUT_DETECTION)
        return ds_points_copy(&p->points, curve, error);
    for (int i = 0; i < p->points.count && !code; i++)
        p->points.time[i] += start;
    return code;
}

static int take_object(page *p, const ds_lightcurve *curve, nn_error *error)
{
    if (!is_wanted(p->settings, curve->id))
        return NN_OK;
    cli_clean(curve->id, p->last_id, sizeof p->last_id);
    p->found++;
    if (!curve->count) {
        p->unusable++;
        return objects_wanted(p->settings) > 1
                   ? NN_OK
                   : nn_fail(error, NN_BAD_DATA, "%s: object '%s' has no usable points",
                             ds_lightcurves_name(p->reader), p->last_id);
    }
    if (p->skipped < (p->settings->page - 1) * PL_MOST_PANELS) {
        p->skipped++;
        return NN_OK;
    }
    const int code = keep_window(p, curve, error);
    return code ? code : cli_light_add(&p->figure, p->last_id, &p->points, error);
}

/* --- magnitudes or fluxes --- */

/* Differences below zero have no magnitude. */
static bool has_negative(const ds_lightcurve *curve)
{
    int below = 0;
    for (int i = 0; i < curve->count; i++)
        below += curve->flux[i] < -3 * curve->error[i];
    return 10 * below > curve->count;
}

/* By the file, once its first object that is drawn is there. */
static void choose_axis(page *p, const ds_lightcurve *curve)
{
    if (p->settings->axis != AXIS_AUTO) {
        p->figure.look.magnitudes = p->settings->axis == AXIS_MAGNITUDE;
        return;
    }
    p->figure.look.magnitudes = ds_lightcurves_report(p->reader)->magnitudes;
    if (!p->figure.look.magnitudes || !has_negative(curve))
        return;
    p->figure.look.magnitudes = false;
    cli_say_note("%s has differences below zero, which have no magnitude: drawn as fluxes (--axis says "
                 "otherwise)",
                 ds_lightcurves_name(p->reader));
}

static int fail_empty(const page *p, nn_error *error)
{
    const char *name = ds_lightcurves_name(p->reader);
    char clean[200];
    if (p->settings->id)
        return nn_fail(error, NN_BAD_DATA, "%s: there is no object '%s'", name,
                       cli_clean(p->settings->id, clean, sizeof clean));
    return p->skipped
               ? nn_fail(error, NN_BAD_DATA, "%s: page %d is behind the last one: there are %d objects", name,
                         p->settings->page, p->skipped)
               : nn_fail(error, NN_BAD_DATA, "%s: there are no objects", name);
}

static int read_page(page *p, nn_error *error)
{
    const ds_lightcurve *curve = NULL;
    int code = NN_OK;
    while (!code && !is_full(p) && !(code = ds_lightcurves_next(p->reader, &curve, error)) && curve) {
        p->figure.bands = ds_lightcurves_bands(p->reader);
        if (!p->figure.count)
            choose_axis(p, curve);
        code = take_object(p, curve, error);
    }
    if (!code && !p->figure.count)
        code = fail_empty(p, error);
    if (code)
        return code;
    if (p->unusable)
        cli_say_note("%d objects have no usable points, and no picture", p->unusable);
    if (!curve && p->settings->id && p->found < ids_wanted(p->settings))
        cli_say_note("%d of %d objects asked for are not in %s", ids_wanted(p->settings) - p->found,
                     ids_wanted(p->settings), ds_lightcurves_name(p->reader));
    return NN_OK;
}

/* --fold WORD: auto or days. */
static int set_fold(cli_light_look *look, const cli_plot_settings *s, nn_error *error)
{
    if (!s->fold)
        return NN_OK;
    char *end = NULL;
    look->fold = true;
    look->shortest = s->shortest;
    if (strcmp(s->fold, "auto") == 0)
        return NN_OK;
    look->period = strtod(s->fold, &end);
    return end != s->fold && !*end && look->period > 0 && isfinite(look->period)
               ? NN_OK
               : nn_fail(error, NN_USAGE, "--fold: '%.60s' is neither auto nor a period in days", s->fold);
}

int cli_plot_lightcurve(const cli_run *run, cli_figure *figure, nn_error *error)
{
    const cli_plot_settings *s = run->settings;
    page p = {.settings = s};
    p.figure.look.process = s->process;
    int code = set_fold(&p.figure.look, s, error);
    if (!code && s->process && s->fold)
        code = nn_fail(error, NN_USAGE, "--gp is a process in time, which --fold does not show");
    if (!code)
        code = cli_open_lightcurves(&p.reader, run->operands[1], &s->light, &s->reading, NULL, error);
    if (!code)
        code = read_page(&p, error);
    if (!code)
        cli_say_lightcurves(p.reader);
    if (!code)
        code = cli_light_draw(&p.figure, s->title, figure, error);
    cli_light_clear(&p.figure);
    ds_points_free(&p.points);
    ds_lightcurves_close(p.reader);
    return code;
}
