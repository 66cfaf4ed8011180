/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stations where they stand, coloured by a value. */
#include "plots/tics.h"

#include <math.h>
#include <string.h>

enum {
    MOST_STATIONS = 20000,
    MOST_NAMES = 40, /* more would cover each other */
    MOST_HEIGHT = 820,
    LEAST_SIDE = 320,
    MOST_SIDE = 900,
    BAR = 22, /* width of the colour bar */
    LEVELS = 10
};

typedef struct layout {
    pl_box box;
    double bar_left;
    int width, height; /* of the canvas */
    pl_range x, y, value;
} layout;

static bool has_place(const pl_station_map_plot *plot, int i)
{
    return pl_drawable(plot->x[i]) && pl_drawable(plot->y[i]);
}

/* One length on paper for one length on the ground: the shorter axis gets more ground. */
static void equalise(layout *l, double width, double height)
{
    const double across = l->x.high - l->x.low, up = l->y.high - l->y.low;
    const double unit = fmax(across / width, up / height);
    const double x_more = (unit * width - across) / 2, y_more = (unit * height - up) / 2;
    l->x = (pl_range){l->x.low - x_more, l->x.high + x_more};
    l->y = (pl_range){l->y.low - y_more, l->y.high + y_more};
}

/* Neither axis may shrink to nothing where the stations stand in a row. */
static void settle(pl_range *a, pl_range *b)
{
    pl_range_settle(a, 0.06);
    pl_range_settle(b, 0.06);
    const double least = 0.02 * fmax(a->high - a->low, b->high - b->low);
    pl_range *const both[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        const double more = (least - (both[i]->high - both[i]->low)) / 2;
        if (more > 0)
            *both[i] = (pl_range){both[i]->low - more, both[i]->high + more};
    }
}

static layout lay_out(const pl_station_map_plot *plot, int head)
{
    layout l = {.x = PL_RANGE_EMPTY, .y = PL_RANGE_EMPTY, .value = PL_RANGE_EMPTY};
    for (int i = 0; i < plot->count; i++)
        if (has_place(plot, i)) {
            pl_range_add(&l.x, &plot->x[i], 1);
            pl_range_add(&l.y, &plot->y[i], 1);
        }
    pl_range_add(&l.value, plot->value, (size_t)plot->count);
    if (l.value.low > l.value.high)
        l.value = (pl_range){0, 1};
    pl_range_settle(&l.value, 0);
    settle(&l.x, &l.y);
    const double ratio = (l.x.high - l.x.low) / (l.y.high - l.y.low);
    double height = MOST_HEIGHT, width = height * ratio;
    if (width > MOST_SIDE) {
        width = MOST_SIDE;
        height = width / ratio;
    }
    width = fmax(width, LEAST_SIDE);
    height = fmax(height, LEAST_SIDE);
    equalise(&l, width, height);
    pl_tics y, value;
    pl_tics_linear(l.y, 8, false, &y);
    pl_tics_linear(l.value, 7, false, &value);
    const double left =
        PL_MARGIN + (plot->y_title && *plot->y_title ? 34 : 0) + pl_text_width(pl_tics_widest(&y) + 1);
    const double top = head + (plot->value_title && *plot->value_title ? 40 : 16);
    l.box = (pl_box){left, top, left + width, top + height};
    l.bar_left = l.box.right + 40;
    const double right = l.bar_left + BAR + 14 + pl_text_width(pl_tics_widest(&value)) + PL_MARGIN;
    const double title = 1.25 * pl_text_width(pl_text_length(plot->title, 80) + 1) + 2 * PL_MARGIN;
    l.width = (int)ceil(fmax(fmin(title, PL_WIDTH), right));
    l.height = (int)ceil(l.box.bottom + (plot->x_title && *plot->x_title ? 78 : 48));
    return l;
}

/* Names are kept apart from the numbers: they are text of a user's file. */
static void put_names(pl_script *s, const pl_station_map_plot *plot)
{
    for (int i = 0; i < plot->count; i++) {
        if (!has_place(plot, i) || !plot->names[i])
            continue;
        fputs("set label ", s->out);
        pl_put_text(s, plot->names[i], 14);
        fputs(" at first ", s->out);
        pl_put_number(s, plot->x[i]);
        fputs(",", s->out);
        pl_put_number(s, plot->y[i]);
        fprintf(s->out, " left offset character 0.9,0 noenhanced font ',%g' textcolor rgb '#555555'\n",
                0.75 * pl_font_size(s));
    }
}

static void put_data(pl_script *s, const pl_station_map_plot *plot)
{
    fputs("$stations << END\n", s->out);
    for (int i = 0; i < plot->count; i++) {
        if (!has_place(plot, i))
            continue;
        pl_put_number(s, plot->x[i]);
        fputc(' ', s->out);
        pl_put_number(s, plot->y[i]);
        fputc(' ', s->out);
        pl_put_number(s, plot->value[i]);
        fputc('\n', s->out);
    }
    fputs("END\n", s->out);
}

static void put_titles(pl_script *s, const pl_station_map_plot *plot, const layout *l)
{
    pl_put_x_title(s, l->box, plot->x_title);
    if (plot->y_title && *plot->y_title) {
        fputs("set label ", s->out);
        pl_put_text(s, plot->y_title, 60);
        fprintf(s->out, " at screen %.5f,%.5f center rotate by 90 noenhanced textcolor rgb '#444444'\n",
                pl_screen_x(s, PL_MARGIN), pl_screen_y(s, (l->box.top + l->box.bottom) / 2));
    }
    if (plot->value_title && *plot->value_title) {
        fputs("set label ", s->out);
        pl_put_text(s, plot->value_title, (int)((l->bar_left + BAR - PL_MARGIN) / pl_text_width(1)));
        fprintf(s->out, " at screen %.5f,%.5f right noenhanced textcolor rgb '#444444'\n",
                pl_screen_x(s, l->bar_left + BAR), pl_screen_y(s, l->box.top - 20));
    }
}

static void put_axes(pl_script *s, const layout *l)
{
    pl_tics tics;
    pl_put_range(s, "x", l->x);
    pl_tics_linear(l->x, (int)((l->box.right - l->box.left) / 110) + 1, false, &tics);
    pl_put_tics(s, "x", &tics);
    pl_put_range(s, "y", l->y);
    pl_tics_linear(l->y, (int)((l->box.bottom - l->box.top) / 90) + 1, false, &tics);
    pl_put_tics(s, "y", &tics);
    fputs("set palette defined (0 '#fff3b8', 1 '#fdc04f', 2 '#f3802f', 3 '#cf3d4f', 4 '#87216b', 5 "
          "'#2b0b4a')\n",
          s->out);
    pl_put_range(s, "cb", l->value);
    pl_tics_linear(l->value, 7, false, &tics);
    pl_put_tics(s, "cb", &tics);
    fprintf(s->out, "set colorbox user origin screen %.5f,%.5f size screen %.5f,%.5f noborder\n",
            pl_screen_x(s, l->bar_left), pl_screen_y(s, l->box.bottom), (double)BAR / s->width,
            (l->box.bottom - l->box.top) / s->height);
}

static int draw(const pl_station_map_plot *plot, const pl_target *target, nn_error *error)
{
    const int head = pl_head_height(plot->title, 0);
    const layout l = lay_out(plot, head);
    pl_script s;
    int code = pl_script_begin(&s, target, l.width, l.height, error);
    if (code)
        return code;
    pl_put_head(&s, plot->title, NULL, 0);
    put_data(&s, plot);
    pl_put_panel(&s, l.box, NULL);
    put_titles(&s, plot, &l);
    put_axes(&s, &l);
    if (plot->names && plot->count <= MOST_NAMES)
        put_names(&s, plot);
    const double size = (plot->count <= 60 ? 3.2 : plot->count <= 400 ? 2.4 : 1.4) * pl_dot_size(&s);
    /* A ring around each, so that light ones stand out too; those without a value are the ring alone. */
    fprintf(s.out,
            "plot $stations using 1:2:3 with points pointtype 7 pointsize %.3g linecolor palette notitle, "
            "$stations using 1:2 with points pointtype 6 pointsize %.3g linewidth 1 linecolor rgb '#555555' "
            "notitle\n",
            size, size);
    return pl_script_end(&s, error);
}

/* --- text art --- */

/* One digit per station, the higher the warmer where the terminal has colours. */
static void put_levels(pl_script *s, const pl_station_map_plot *plot, pl_range range)
{
    static const char *const colours[LEVELS] = {"0x0000cc", "0x0000cc", "0x0000cc", "0x008000", "0x008000",
                                                "0x008000", "0xcccc00", "0xcccc00", "0xcc0000", "0xcc0000"};
    fputs("$stations << END\n", s->out);
    for (int i = 0; i < plot->count; i++) {
        if (!has_place(plot, i))
            continue;
        const char *colour = "0x555555";
        char level[2] = "?";
        if (pl_drawable(plot->value[i])) {
            const int n = (int)((plot->value[i] - range.low) / (range.high - range.low) * LEVELS);
            level[0] = (char)('0' + (n < 0 ? 0 : n >= LEVELS ? LEVELS - 1 : n));
            colour = colours[level[0] - '0'];
        }
        pl_put_number(s, plot->x[i]);
        fputc(' ', s->out);
        pl_put_number(s, plot->y[i]);
        fprintf(s->out, " %s %s\n", level, colour);
    }
    fputs("END\n", s->out);
}

static int draw_text(const pl_station_map_plot *plot, const pl_target *target, nn_error *error)
{
    pl_script s;
    int code = pl_script_begin(&s, target, 1, 1, error);
    if (code)
        return code;
    const layout l = lay_out(plot, 0);
    char scale[200];
    pl_put_head(&s, plot->title, NULL, 0);
    put_levels(&s, plot, l.value);
    snprintf(scale, sizeof scale, "%.80s: 0 is %.4g, 9 is %.4g",
             plot->value_title ? plot->value_title : "value", l.value.low, l.value.high);
    pl_put_panel(&s, l.box, scale);
    pl_tics tics;
    pl_put_range(&s, "x", l.x);
    pl_tics_linear(l.x, s.columns / 14, false, &tics);
    pl_put_tics(&s, "x", &tics);
    pl_put_range(&s, "y", l.y);
    pl_tics_linear(l.y, s.rows / 5, false, &tics);
    pl_put_tics(&s, "y", &tics);
    fputs("plot $stations using 1:2:(stringcolumn(3)):4 with labels textcolor rgb variable notitle\n", s.out);
    return pl_script_end(&s, error);
}

int pl_station_map(const pl_station_map_plot *plot, const pl_target *target, nn_error *error)
{
    if (plot->count < 1 || plot->count > MOST_STATIONS)
        return nn_fail(error, NN_USAGE, "a map has 1 to %d stations, not %d", MOST_STATIONS, plot->count);
    return target->path ? draw(plot, target, error) : draw_text(plot, target, error);
}
