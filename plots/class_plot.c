/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts the panels of a classifier's pictures together. */
#include "plots/class_plot_internal.h"
#include "plots/heatmap.h"

#include <math.h>
#include <stdlib.h>

enum { ABOVE = 34, BELOW = 76, HALF_SIDE = 400, HALF_LEFT = 84, EARLY_HEIGHT = 420 };

int pl_confusion_check(const pl_confusion_plot *plot, nn_error *error)
{
    return plot->classes >= 1 && plot->classes <= PL_MOST_CLASSES
               ? NN_OK
               : nn_fail(error, NN_USAGE, "a confusion matrix has 1 to %d classes, not %d", PL_MOST_CLASSES,
                         plot->classes);
}

static int check_ranking(const pl_ranking_plot *plot, nn_error *error)
{
    return plot->curve_count >= 1 && plot->curve_count <= PL_MOST_CLASSES + 1
               ? NN_OK
               : nn_fail(error, NN_USAGE, "a picture has 1 to %d ranking curves, not %d", PL_MOST_CLASSES + 1,
                         plot->curve_count);
}

static int check_reliability(const pl_reliability_plot *plot, nn_error *error)
{
    return plot->bins >= 1 && plot->bins <= 100
               ? NN_OK
               : nn_fail(error, NN_USAGE, "a reliability diagram has 1 to 100 bins, not %d", plot->bins);
}

int pl_confusion_text(const pl_confusion_plot *plot, const char *title, const pl_target *target,
                      nn_error *error)
{
    size_t n = (size_t)plot->classes;
    double *percent = malloc(n * n * sizeof *percent);
    if (!percent)
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += (double)plot->count[i * n + j];
        for (size_t j = 0; j < n; j++)
            percent[i * n + j] = sum > 0 ? 100 * (double)plot->count[i * n + j] / sum : NAN;
    }
    pl_heatmap_plot map = {.title = title,
                           .row_title = "true class",
                           .column_title = "called",
                           .value_title = "percent of the true class",
                           .row_names = plot->name,
                           .column_names = plot->name,
                           .rows = plot->classes,
                           .columns = plot->classes,
                           .value = percent};
    int code = pl_heatmap_text(&map, target, error);
    free(percent);
    return code;
}

/* --- all four --- */

int pl_class_scores(const pl_class_scores_plot *plot, const pl_target *target, nn_error *error)
{
    int code = pl_confusion_check(&plot->confusion, error);
    if (!code)
        code = check_ranking(&plot->roc, error);
    if (!code)
        code = check_ranking(&plot->pr, error);
    if (!code)
        code = check_reliability(&plot->reliability, error);
    if (code)
        return code;
    if (!target->path && !target->only_script)
        return pl_confusion_text(&plot->confusion, plot->title, target, error);
    pl_script s;
    double list = fmax(pl_ranking_list_width(&plot->roc), pl_ranking_list_width(&plot->pr));
    double left = fmax(HALF_LEFT, pl_confusion_left(&plot->confusion)) + PL_MARGIN;
    double below = fmax(BELOW, pl_confusion_below(&plot->confusion, HALF_SIDE) + 6);
    /* The matrix and the reliability on the left, the curves with their lists on the right. */
    double second = left + HALF_SIDE + 50 + HALF_LEFT;
    int head = pl_head_height(plot->title, 0);
    double top = head + ABOVE, lower = top + HALF_SIDE + below + ABOVE;
    code = pl_script_begin(&s, target, (int)(second + HALF_SIDE + 16 + list + PL_MARGIN),
                           (int)(lower + HALF_SIDE + BELOW), error);
    if (code)
        return code;
    pl_put_head(&s, plot->title, NULL, 0);
    pl_put_ranking(&s, &plot->roc, (pl_box){second, top, second + HALF_SIDE, top + HALF_SIDE}, "roc");
    pl_put_ranking(&s, &plot->pr, (pl_box){second, lower, second + HALF_SIDE, lower + HALF_SIDE}, "pr");
    pl_put_reliability(&s, &plot->reliability, (pl_box){left, lower, left + HALF_SIDE, lower + HALF_SIDE});
    pl_put_confusion(&s, &plot->confusion, (pl_box){left, top, left + HALF_SIDE, top + HALF_SIDE});
    return pl_script_end(&s, error);
}

/* --- over time --- */

static void put_early_curves(pl_script *s, const pl_early_plot *plot)
{
    const char *separator = "plot ";
    for (int c = 0; c < plot->curve_count; c++) {
        if (!pl_any_drawable(plot->curves[c].value, plot->count))
            continue;
        fprintf(s->out, "%s$early%d using 1:2 with %s linestyle %d title ", separator, c,
                s->terminal == PL_TEXT || plot->count > 60 ? "lines" : "linespoints", PL_CURVE + c);
        pl_put_text(s, plot->curves[c].name, 28);
        separator = ", ";
    }
    fputs(*separator == 'p' ? "plot NaN notitle\n" : "\n", s->out);
}

static void put_early_data(pl_script *s, const pl_early_plot *plot, int c)
{
    fprintf(s->out, "$early%d << END\n", c);
    for (int i = 0; i < plot->count; i++) {
        if (!pl_drawable(plot->day[i]) || !pl_drawable(plot->curves[c].value[i])) {
            fputc('\n', s->out);
            continue;
        }
        fprintf(s->out, "%.9g %.9g\n", plot->day[i], plot->curves[c].value[i]);
    }
    fputs("END\n", s->out);
}

int pl_early(const pl_early_plot *plot, const pl_target *target, nn_error *error)
{
    if (plot->count < 1 || plot->curve_count < 1 || plot->curve_count > PL_CURVES)
        return nn_fail(error, NN_USAGE, "a picture of early scores has days and 1 to %d curves, not %d",
                       PL_CURVES, plot->curve_count);
    pl_script s;
    pl_key keys[PL_CURVES];
    pl_range x = PL_RANGE_EMPTY, y = PL_RANGE_EMPTY;
    for (int c = 0; c < plot->curve_count; c++) {
        keys[c] = (pl_key){plot->curves[c].name, PL_CURVE + c};
        pl_range_add(&y, plot->curves[c].value, (size_t)plot->count);
    }
    pl_range_add(&x, plot->day, (size_t)plot->count);
    pl_range_settle(&x, 0.02);
    pl_range_settle(&y, 0.05);
    int head = pl_head_height(plot->title, plot->curve_count);
    int code = pl_script_begin(&s, target, PL_WIDTH, head + ABOVE + EARLY_HEIGHT + BELOW, error);
    if (code)
        return code;
    pl_put_head(&s, plot->title, keys, plot->curve_count);
    for (int c = 0; c < plot->curve_count; c++)
        put_early_data(&s, plot, c);
    pl_tics tics;
    pl_tics_linear(y, s.terminal == PL_TEXT ? s.rows / 5 : 9, false, &tics);
    double left = PL_MARGIN + pl_text_width(pl_tics_widest(&tics) + 1);
    pl_box box = {left, head + ABOVE, PL_WIDTH - PL_MARGIN, head + ABOVE + EARLY_HEIGHT};
    pl_put_panel(&s, box, plot->y_title);
    pl_put_range(&s, "y", y);
    pl_put_tics(&s, "y", &tics);
    pl_put_range(&s, "x", x);
    pl_tics_linear(x, s.terminal == PL_TEXT ? s.columns / 12 : 12, false, &tics);
    pl_put_tics(&s, "x", &tics);
    pl_put_x_title(&s, box, plot->x_title);
    if (x.low < 0 && x.high > 0 && s.terminal != PL_TEXT)
        fputs("set arrow from 0,graph 0 to 0,graph 1 nohead back linecolor rgb '#9aa7b4' linewidth 1\n",
              s.out);
    put_early_curves(&s, plot);
    return pl_script_end(&s, error);
}
