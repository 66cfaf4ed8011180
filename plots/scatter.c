/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws groups of points with their names and numbers at the right. */
#include "plots/scatter.h"

#include "plots/tics.h"

#include <math.h>

enum { ABOVE = 34, BELOW = 74, HEIGHT = 620, NAME = 26, ROW = 24, LIST_GAP = 30 };
#define SMALL 0.85 /* of the font */

static bool is_drawn(const pl_scatter_plot *plot, const pl_scatter_group *g, size_t i)
{
    return pl_drawable(g->x[i]) && pl_drawable(g->y[i]) && (!plot->log_x || g->x[i] > 0) &&
           (!plot->log_y || g->y[i] > 0);
}

static size_t count_drawn(const pl_scatter_plot *plot, const pl_scatter_group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->count; i++)
        n += is_drawn(plot, g, i);
    return n;
}

/* The range of what is drawn; of a logarithmic axis with the same air at both ends. */
static pl_range range_of(const pl_scatter_plot *plot, bool of_x)
{
    const bool log = of_x ? plot->log_x : plot->log_y;
    pl_range range = PL_RANGE_EMPTY;
    for (int k = 0; k < plot->group_count; k++)
        for (size_t i = 0; i < plot->groups[k].count; i++)
            if (is_drawn(plot, &plot->groups[k], i)) {
                const double value = of_x ? plot->groups[k].x[i] : plot->groups[k].y[i],
                             place = log ? log10(value) : value;
                pl_range_add(&range, &place, 1);
            }
    pl_range_settle(&range, 0.03);
    return log ? (pl_range){pow(10, range.low), pow(10, range.high)} : range;
}

static void put_axis(pl_script *s, const char *axis, pl_range range, bool log, const pl_tics *tics)
{
    if (log)
        fprintf(s->out, "set logscale %s\n", axis);
    pl_put_range(s, axis, range);
    pl_put_tics(s, axis, tics);
}

static void make_tics(pl_tics *tics, pl_range range, bool log, int most)
{
    if (log)
        pl_tics_log(range, most, tics);
    else
        pl_tics_linear(range, most, false, tics);
}

/* Eight colours that the colour-blind tell apart, with another symbol each time they have all been. */
static const char *const colours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                      "#56b4e9", "#d55e00", "#8c6bb1", "#7f7f7f"};
static const int symbols[] = {7, 9, 5, 13, 11};
enum { COLOURS = sizeof colours / sizeof *colours, SYMBOLS = sizeof symbols / sizeof *symbols };

static const char *colour_of(int group)
{
    return colours[group % COLOURS];
}

static int symbol_of(int group)
{
    return symbols[(group + group / COLOURS) % SYMBOLS];
}

static double list_width(const pl_scatter_plot *plot)
{
    int widest = 0;
    for (int k = 0; k < plot->group_count; k++) {
        const int length = pl_text_length(plot->groups[k].name, NAME);
        widest = length > widest ? length : widest;
    }
    return plot->group_count > 1 ? LIST_GAP + SMALL * pl_text_width(widest + 8) : 0;
}

static void put_list(pl_script *s, const pl_scatter_plot *plot, pl_box box)
{
    const double row = fmin(ROW, (box.bottom - box.top) / plot->group_count), x = box.right + LIST_GAP,
                 far = box.right + list_width(plot) - 8;
    int shown = 0;
    for (int k = 0; k < plot->group_count; k++) {
        const size_t count = count_drawn(plot, &plot->groups[k]);
        if (!count)
            continue;
        const double y = box.top + row * (shown++ + 0.5);
        fputs("set label ", s->out);
        pl_put_text(s, plot->groups[k].name, NAME);
        fprintf(s->out,
                " at screen %.5f,%.5f left noenhanced font ',%g' textcolor rgb '#444444' point pointtype %d "
                "pointsize %g linecolor rgb '%s' offset 1,-0.15\n",
                pl_screen_x(s, x), pl_screen_y(s, y), SMALL * pl_font_size(s), symbol_of(k),
                2.2 * pl_dot_size(s), colour_of(k));
        fprintf(s->out,
                "set label '%zu' at screen %.5f,%.5f right noenhanced font ',%g' textcolor rgb '#777777'\n",
                count, pl_screen_x(s, far), pl_screen_y(s, y), SMALL * pl_font_size(s));
    }
}

static void put_groups(pl_script *s, const pl_scatter_plot *plot, size_t points)
{
    const double size = (points > 5000 ? 0.9 : points > 800 ? 1.3 : 1.8) * pl_dot_size(s);
    const char *separator = "plot ";
    for (int k = 0; k < plot->group_count; k++) {
        if (!count_drawn(plot, &plot->groups[k]))
            continue;
        fprintf(s->out, "%s$group%d using 1:2 with points ", separator, k);
        if (s->terminal == PL_TEXT) {
            fputs("title ", s->out);
            pl_put_text(s, plot->group_count > 1 ? plot->groups[k].name : "", NAME);
        } else {
            fprintf(s->out, "pointtype %d pointsize %g linecolor rgb '%s' notitle", symbol_of(k), size,
                    colour_of(k));
        }
        separator = ", ";
    }
    fputc('\n', s->out);
}

static void put_data(pl_script *s, const pl_scatter_plot *plot, int k)
{
    const pl_scatter_group *g = &plot->groups[k];
    fprintf(s->out, "$group%d << END\n", k);
    for (size_t i = 0; i < g->count; i++)
        if (is_drawn(plot, g, i)) {
            pl_put_number(s, g->x[i]);
            fputc(' ', s->out);
            pl_put_number(s, g->y[i]);
            fputc('\n', s->out);
        }
    fputs("END\n", s->out);
}

static void put_picture(pl_script *s, const pl_scatter_plot *plot, size_t points, int head)
{
    const pl_range x = range_of(plot, true), y = range_of(plot, false);
    const bool text = s->terminal == PL_TEXT;
    pl_tics tics, y_tics;
    make_tics(&tics, x, plot->log_x, text ? s->columns / 12 : 10);
    make_tics(&y_tics, y, plot->log_y, text ? s->rows / 5 : 10);
    const double left = PL_MARGIN + pl_text_width(pl_tics_widest(&y_tics) + 1);
    const pl_box box = {left, head + ABOVE, PL_WIDTH - PL_MARGIN - list_width(plot), head + ABOVE + HEIGHT};
    for (int k = 0; k < plot->group_count; k++)
        put_data(s, plot, k);
    pl_put_panel(s, box, plot->y_title);
    pl_put_x_title(s, box, plot->x_title);
    put_axis(s, "x", x, plot->log_x, &tics);
    put_axis(s, "y", y, plot->log_y, &y_tics);
    if (!text && plot->group_count > 1)
        put_list(s, plot, box);
    put_groups(s, plot, points);
}

int pl_scatter(const pl_scatter_plot *plot, const pl_target *target, nn_error *error)
{
    size_t points = 0;
    if (plot->group_count < 1 || plot->group_count > PL_MOST_GROUPS)
        return nn_fail(error, NN_USAGE, "a picture shows 1 to %d groups of points, not %d", PL_MOST_GROUPS,
                       plot->group_count);
    for (int k = 0; k < plot->group_count; k++)
        points += count_drawn(plot, &plot->groups[k]);
    if (!points)
        return nn_fail(error, NN_USAGE, "there are no points to plot");
    pl_script s;
    const int head = pl_head_height(plot->title, 0),
              code = pl_script_begin(&s, target, PL_WIDTH, head + ABOVE + HEIGHT + BELOW, error);
    if (code)
        return code;
    pl_put_head(&s, plot->title, NULL, 0);
    put_picture(&s, plot, points, head);
    return pl_script_end(&s, error);
}
