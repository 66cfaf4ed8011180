/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a few curves over steps. */
#include "plots/tics.h"

enum { HEIGHT = 400, ABOVE = 30, BELOW = 72, FEW_POINTS = 36, MOST_CURVES = PL_CURVES };

static bool any_drawable(const pl_curve *curve)
{
    return pl_any_drawable(curve->value, curve->count);
}

/* The first curve, the model, is drawn last and so on top. */
static void put_curves(pl_script *s, const pl_curves_plot *plot)
{
    const char *separator = "plot ";
    for (int i = plot->curve_count - 1; i >= 0; i--) {
        const pl_curve *curve = &plot->curves[i];
        if (!any_drawable(curve))
            continue;
        bool dots = curve->count <= FEW_POINTS && s->terminal != PL_TEXT;
        fprintf(s->out, "%s$curve%d using 1:2 with %s linestyle %d title ", separator, i + 1,
                dots ? "linespoints" : "lines", PL_CURVE + i);
        pl_put_text(s, curve->name, 28);
        separator = ", ";
    }
    fputs(*separator == 'p' ? "plot NaN notitle\n" : "\n", s->out);
}

static void put_axes(pl_script *s, const pl_curves_plot *plot, int head)
{
    pl_range y = PL_RANGE_EMPTY;
    int longest = 1;
    for (int i = 0; i < plot->curve_count; i++) {
        pl_range_add(&y, plot->curves[i].value, (size_t)plot->curves[i].count);
        longest = plot->curves[i].count > longest ? plot->curves[i].count : longest;
    }
    pl_range_settle(&y, 0.06);
    pl_tics tics;
    pl_tics_linear(y, s->terminal == PL_TEXT ? s->rows / 5 : HEIGHT / 45, false, &tics);
    double left = PL_MARGIN + pl_text_width(pl_tics_widest(&tics) + 1);
    pl_box box = {left, head + ABOVE, PL_WIDTH - PL_MARGIN, head + ABOVE + HEIGHT};
    pl_put_panel(s, box, plot->y_title);
    pl_put_range(s, "y", y);
    pl_put_tics(s, "y", &tics);
    double air = longest > 1 ? 0.01 * (longest - 1) : 0.5;
    pl_put_range(s, "x", (pl_range){1 - air, longest + air});
    pl_tics_linear((pl_range){0.5, longest + air}, 12, true, &tics);
    pl_put_tics(s, "x", &tics);
    pl_put_x_title(s, box, plot->x_title);
}

int pl_curves(const pl_curves_plot *plot, const pl_target *target, nn_error *error)
{
    if (plot->curve_count < 1 || plot->curve_count > MOST_CURVES)
        return nn_fail(error, NN_USAGE, "a plot of curves has 1 to %d of them, not %d", MOST_CURVES,
                       plot->curve_count);
    pl_key keys[MOST_CURVES];
    int count = 0;
    for (int i = 0; i < plot->curve_count; i++)
        if (any_drawable(&plot->curves[i]))
            keys[count++] = (pl_key){plot->curves[i].name, PL_CURVE + i};
    pl_script s;
    int head = pl_head_height(plot->title, count);
    int code = pl_script_begin(&s, target, PL_WIDTH, head + ABOVE + HEIGHT + BELOW, error);
    if (code)
        return code;
    pl_put_head(&s, plot->title, keys, count);
    for (int i = 0; i < plot->curve_count; i++) {
        char name[24];
        snprintf(name, sizeof name, "curve%d", i + 1);
        if (any_drawable(&plot->curves[i]))
            pl_put_series(&s, name, plot->curves[i].value, plot->curves[i].count);
    }
    put_axes(&s, plot, head);
    put_curves(&s, plot);
    return pl_script_end(&s, error);
}
