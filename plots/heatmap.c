/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a matrix in colours. */
#include "plots/heatmap.h"

#include <math.h>

enum {
    MOST_SIDE = 4096,
    MOST_NAMES = 60,  /* more would cover each other */
    MOST_VALUES = 12, /* rows and columns up to which the cells show their values */
    NAME = 22,        /* characters of a name */
    MOST_HEIGHT = 820,
    LEAST_WIDTH = 640,
    NAME_ROOM = 20, /* pixels from one name to the next */
    BAR = 22        /* width of the colour bar */
};

/* Ends of the colour scale: zero and the largest value, or the largest size either side of zero. */
pl_range pl_heatmap_range(const pl_heatmap_plot *plot)
{
    pl_range range = PL_RANGE_EMPTY;
    pl_range_add(&range, plot->value, (size_t)plot->rows * (size_t)plot->columns);
    if (range.low > range.high)
        return plot->diverging ? (pl_range){-1, 1} : (pl_range){0, 1};
    double size = fmax(fabs(range.low), fabs(range.high));
    size = size > 1e-150 ? size : 1;
    if (plot->diverging)
        return (pl_range){-size, size};
    return (pl_range){fmin(0, range.low), range.high > 0 ? range.high : range.low < 0 ? 0 : size};
}

typedef struct layout {
    pl_box box;
    double bar_left;
    int width, height; /* of the canvas */
    bool row_names, column_names, turned;
} layout;

static int longest(const char *const *names, int count)
{
    int most = 0;
    for (int i = 0; names && i < count; i++) {
        int length = pl_text_length(names[i], NAME);
        most = length > most ? length : most;
    }
    return most;
}

/* Square cells where the map's shape allows. */
static layout lay_out(const pl_heatmap_plot *plot, int head, int value_label)
{
    layout l = {.row_names = plot->row_names && plot->rows <= MOST_NAMES,
                .column_names = plot->column_names && plot->columns <= MOST_NAMES};
    double left = PL_MARGIN + (l.row_names ? pl_text_width(longest(plot->row_names, plot->rows)) + 14 : 64);
    left += plot->row_title && *plot->row_title ? 34 : 0;
    double right = 40 + BAR + 14 + pl_text_width(value_label) + PL_MARGIN;
    double room = PL_WIDTH - left - right;
    double cell = fmin(fmin(room / plot->columns, (double)MOST_HEIGHT / plot->rows), 84);
    double width = fmin(room, fmax(cell * plot->columns, 260)), height = fmax(cell * plot->rows, 260);
    height = l.row_names ? fmax(height, NAME_ROOM * plot->rows) : height;
    l.column_names = l.column_names && width >= NAME_ROOM * plot->columns;
    int name = l.column_names ? longest(plot->column_names, plot->columns) : 0;
    l.turned = pl_text_width(name + 1) > width / plot->columns;
    double below = 14 + (l.turned ? 0.72 * pl_text_width(name) + PL_FONT : 1.4 * PL_FONT) +
                   (plot->column_title && *plot->column_title ? 1.8 * PL_FONT : 0) + PL_MARGIN / 2.0;
    double top = head + (plot->value_title && *plot->value_title ? 36 : 16);
    l.box = (pl_box){left, top, left + width, top + height};
    l.bar_left = l.box.right + 40;
    l.width = (int)fmax(LEAST_WIDTH, ceil(l.box.right + right));
    l.width = (int)fmax(l.width, fmin(PL_WIDTH, ceil(pl_head_width(plot->title))));
    l.height = (int)ceil(l.box.bottom + below);
    return l;
}

static void put_names(pl_script *s, const char *axis, const char *const *names, int count, const char *how)
{
    fprintf(s->out, "set %stics nomirror scale 0 %s (", axis, how);
    for (int i = 0; i < count; i++) {
        fputs(i ? ", " : "", s->out);
        pl_put_tic(s, names[i], NAME);
        fprintf(s->out, " %d", i);
    }
    fputs(") noenhanced\n", s->out);
}

/* Numbers count from 1 where there are no names. */
static void put_numbers(pl_script *s, const char *axis, int count)
{
    pl_tics tics;
    pl_tics_linear((pl_range){0.9, count + 0.1}, 12, true, &tics);
    for (int i = 0; i < tics.count; i++)
        tics.at[i] -= 1;
    pl_put_tics(s, axis, &tics);
}

static void put_axes(pl_script *s, const pl_heatmap_plot *plot, const layout *l)
{
    fprintf(s->out, "set xrange [-0.5:%.1f]\nset yrange [%.1f:-0.5]\n", plot->columns - 0.5,
            plot->rows - 0.5);
    if (l->column_names)
        put_names(s, "x", plot->column_names, plot->columns, l->turned ? "rotate by 45 right" : "");
    else
        put_numbers(s, "x", plot->columns);
    if (l->row_names)
        put_names(s, "y", plot->row_names, plot->rows, "");
    else
        put_numbers(s, "y", plot->rows);
    if (plot->column_title && *plot->column_title) {
        fputs("set label ", s->out);
        pl_put_text(s, plot->column_title, 80);
        fprintf(s->out, " at screen %.5f,%.5f center noenhanced textcolor rgb '#444444'\n",
                pl_screen_x(s, (l->box.left + l->box.right) / 2), pl_screen_y(s, l->height - PL_MARGIN));
    }
    if (plot->row_title && *plot->row_title) {
        fputs("set label ", s->out);
        pl_put_text(s, plot->row_title, 60);
        fprintf(s->out, " at screen %.5f,%.5f center rotate by 90 noenhanced textcolor rgb '#444444'\n",
                pl_screen_x(s, PL_MARGIN), pl_screen_y(s, (l->box.top + l->box.bottom) / 2));
    }
}

static void put_colours(pl_script *s, const pl_heatmap_plot *plot, const layout *l, pl_range range)
{
    fputs(plot->diverging
              ? "set palette defined (0 '#2166ac', 1 '#67a9cf', 2 '#d1e5f0', 3 '#f7f7f7', 4 '#fddbc7', "
                "5 '#ef8a62', 6 '#b2182b')\n"
              : "set palette defined (0 '#fdfde8', 1 '#d3ecc0', 2 '#8ed0b8', 3 '#43adbd', 4 '#2380b4', "
                "5 '#234f97', 6 '#101f52')\n",
          s->out);
    pl_put_range(s, "cb", range);
    pl_tics tics;
    pl_tics_linear(range, 7, false, &tics);
    pl_put_tics(s, "cb", &tics);
    fprintf(s->out, "set colorbox user origin screen %.5f,%.5f size screen %.5f,%.5f noborder\n",
            pl_screen_x(s, l->bar_left), pl_screen_y(s, l->box.bottom), (double)BAR / s->width,
            (l->box.bottom - l->box.top) / s->height);
    if (plot->value_title && *plot->value_title) {
        int most = (int)((l->bar_left + BAR - PL_MARGIN) / pl_text_width(1));
        fputs("set label ", s->out);
        pl_put_text(s, plot->value_title, most);
        fprintf(s->out, " at screen %.5f,%.5f right noenhanced textcolor rgb '#444444'\n",
                pl_screen_x(s, l->bar_left + BAR), pl_screen_y(s, l->box.top - 18));
    }
}

static void put_data(pl_script *s, const pl_heatmap_plot *plot)
{
    fputs("$map << END\n", s->out);
    for (int i = 0; i < plot->rows; i++)
        for (int j = 0; j < plot->columns; j++) {
            fprintf(s->out, "%d %d ", j, i);
            pl_put_number(s, plot->value[(size_t)i * (size_t)plot->columns + (size_t)j]);
            fputc('\n', s->out);
        }
    fputs("END\n", s->out);
}

/* The values in the cells, light on dark ground. */
static void put_values(pl_script *s, const pl_heatmap_plot *plot, pl_range range)
{
    double size = fmax(fabs(range.low), fabs(range.high));
    const char *form = size >= 1e4 || size < 0.01 ? "%.1e"
                       : size >= 100              ? "%.0f"
                       : size >= 10               ? "%.1f"
                                                  : "%.2f";
    fputs("$values << END\n", s->out);
    for (int i = 0; i < plot->rows; i++)
        for (int j = 0; j < plot->columns; j++) {
            double v = plot->value[(size_t)i * (size_t)plot->columns + (size_t)j];
            if (!pl_drawable(v))
                continue;
            char text[40];
            snprintf(text, sizeof text, form, v);
            double part = (v - range.low) / (range.high - range.low);
            bool dark = plot->diverging ? fabs(part - 0.5) > 0.36 : part > 0.55;
            fprintf(s->out, "%d %d %s %s\n", j, i, text, dark ? "0xffffff" : "0x333333");
        }
    fputs("END\n", s->out);
}

static int draw(const pl_heatmap_plot *plot, const pl_target *target, nn_error *error)
{
    pl_range range = pl_heatmap_range(plot);
    pl_tics tics;
    pl_tics_linear(range, 7, false, &tics);
    int head = pl_head_height(plot->title, 0);
    layout l = lay_out(plot, head, pl_tics_widest(&tics));
    pl_script s;
    int code = pl_script_begin(&s, target, l.width, l.height, error);
    if (code)
        return code;
    pl_put_head(&s, plot->title, NULL, 0);
    put_data(&s, plot);
    pl_put_panel(&s, l.box, NULL);
    fputs("unset grid\nunset border\n", s.out);
    put_axes(&s, plot, &l);
    put_colours(&s, plot, &l, range);
    bool values = plot->rows <= MOST_VALUES && plot->columns <= MOST_VALUES;
    if (values)
        put_values(&s, plot, range);
    /* Viewers of PDF and SVG smooth an image; as pixels, each cell is a rectangle, too many of which make
     * huge files. */
    bool small = s.terminal != PL_PNG && plot->rows * plot->columns <= 10000;
    fprintf(s.out, "plot $map using 1:2:3 with image%s notitle%s\n", small ? " pixels" : "",
            values ? ", $values using 1:2:(stringcolumn(3)):4 with labels textcolor rgb variable notitle"
                   : "");
    return pl_script_end(&s, error);
}

int pl_heatmap(const pl_heatmap_plot *plot, const pl_target *target, nn_error *error)
{
    if (plot->rows < 1 || plot->columns < 1 || plot->rows > MOST_SIDE || plot->columns > MOST_SIDE)
        return nn_fail(error, NN_USAGE, "a map has 1 to %d rows and columns, not %d x %d", MOST_SIDE,
                       plot->rows, plot->columns);
    return target->path ? draw(plot, target, error) : pl_heatmap_text(plot, target, error);
}
