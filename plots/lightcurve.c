/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws light curves by passband with their processes, one panel an object, or one over a map. */
#include "plots/lightcurve_internal.h"

#include <math.h>
#include <string.h>

enum { ABOVE = 34, BELOW = 74, BETWEEN = 50, KEY_ROW = 34, MOST_ROWS = 64 };
enum { MAP_ROW = 26, MAP_GAP = 18 };

/* How panels stand; the height is of their axes, pixels. */
typedef struct grid {
    int across, down, height;
} grid;

static grid grid_for(int panels)
{
    if (panels == 1)
        return (grid){1, 1, 540};
    if (panels == 2)
        return (grid){1, 2, 300};
    if (panels <= 4)
        return (grid){2, 2, 260};
    return panels <= 6 ? (grid){2, 3, 230} : panels <= 9 ? (grid){3, 3, 210} : (grid){3, 4, 200};
}

/* --- the legend: a symbol and a name per band --- */

/* Which bands, and what of them, some panel has. */
typedef struct seen {
    bool band[PL_LIGHT_BANDS], part[PL_LIGHT_PARTS], mean, width;
} seen;

static seen look_through(const pl_lightcurve_plot *plot)
{
    seen all = {.mean = false};
    for (int k = 0; k < plot->panel_count; k++) {
        const pl_light_panel *panel = &plot->panels[k];
        for (size_t i = 0; i < panel->count; i++) {
            if (!pl_drawable(panel->value[i]))
                continue;
            all.band[panel->band[i]] = true;
            all.part[pl_light_part_of(panel, i)] = true;
        }
        all.mean |= pl_light_has_mean(panel);
        all.width |= pl_light_has_mean(panel) && panel->low;
    }
    return all;
}

static void put_key(pl_script *s, const pl_light_look *look, const seen *all, double y)
{
    const pl_lightcurve_plot *plot = look->plot;
    double x = PL_MARGIN + 8;
    for (int b = 0; b < plot->bands; b++) {
        if (!all->band[b])
            continue;
        fputs("set label ", s->out);
        pl_put_text(s, plot->band_name[b], PL_LIGHT_NAME);
        fprintf(
            s->out,
            " at screen %.5f,%.5f left noenhanced textcolor rgb '#444444' point pointtype %d pointsize %g "
            "linecolor rgb '%s' offset 1,-0.15\n",
            pl_screen_x(s, x), pl_screen_y(s, y), pl_light_symbol(b, true), 2.6 * pl_dot_size(s),
            look->colour[b]);
        x += pl_text_width(pl_text_length(plot->band_name[b], PL_LIGHT_NAME)) + 50;
    }
    const bool open = all->part[PL_LIGHT_OPEN], limit = all->part[PL_LIGHT_LIMIT];
    const char *const notes[] = {plot->panel_count > 1 ? plot->value_name : NULL,
                                 !open                        ? NULL
                                 : all->part[PL_LIGHT_FILLED] ? "open: not detected"
                                                              : "none detected",
                                 limit ? "arrows: upper limits" : NULL,
                                 !all->mean   ? NULL
                                 : all->width ? "lines: mean and 1\xcf\x83 of the Gaussian process"
                                              : "lines: mean"};
    char line[400] = "";
    size_t at = 0;
    for (int i = 0; i < 4 && at < sizeof line; i++)
        if (notes[i])
            at += (size_t)snprintf(line + at, sizeof line - at, "%s%s", at ? ", " : "", notes[i]);
    fputs("set label ", s->out);
    pl_put_text(s, line, 120);
    fprintf(s->out, " at screen %.5f,%.5f right noenhanced textcolor rgb '#777777'\n",
            pl_screen_x(s, s->width - PL_MARGIN), pl_screen_y(s, y));
}

/* In text art a band is the first character of its name that no band before it is. */
static void mark_bands(pl_light_look *look)
{
    static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (int b = 0; b < look->plot->bands; b++) {
        const char *sets[] = {look->plot->band_name[b], others};
        look->mark[b] = '*';
        for (int set = 0; set < 2 && look->mark[b] == '*'; set++)
            for (const char *c = sets[set]; *c && look->mark[b] == '*'; c++)
                if (strchr(others, *c) && !memchr(look->mark, *c, (size_t)b))
                    look->mark[b] = *c;
    }
}

/* --- a map beneath --- */

static void put_map(pl_script *s, const pl_lightcurve_plot *plot, pl_box box, int most_times)
{
    const pl_light_panel *panel = &plot->panels[0];
    double first = panel->grid_time[0], last = panel->grid_time[panel->grid_count - 1];
    double step = plot->map_columns > 1 ? (last - first) / (plot->map_columns - 1) : 1;
    fputs("$map << END\n", s->out);
    for (int i = 0; i < plot->map_rows; i++)
        for (int j = 0; j < plot->map_columns; j++) {
            fprintf(s->out, "%.9g %d ", first + step * j, i);
            pl_put_number(s, plot->map[(size_t)i * (size_t)plot->map_columns + (size_t)j]);
            fputc('\n', s->out);
        }
    fputs("END\n", s->out);
    pl_put_panel(s, box, NULL);
    pl_put_x_title(s, box, plot->time_name);
    pl_put_range(s, "x", pl_light_times(plot, panel));
    fprintf(s->out,
            "unset grid\nunset border\nset yrange [%.1f:-0.5]\nunset logscale y\n"
            "unset colorbox\nset cbrange [0:1]\nset palette defined (0 '#fdfde8', 1 '#d3ecc0', 2 '#8ed0b8', "
            "3 '#43adbd', 4 '#2380b4', 5 '#234f97', 6 '#101f52')\n",
            plot->map_rows - 0.5);
    pl_tics tics;
    pl_tics_linear(pl_light_times(plot, panel), most_times, false, &tics);
    pl_put_tics(s, "x", &tics);
    fputs("set ytics nomirror scale 0 (", s->out);
    for (int i = 0; i < plot->map_rows; i++) {
        fputs(i ? ", " : "", s->out);
        pl_put_tic(s, plot->map_name[i], PL_LIGHT_NAME);
        fprintf(s->out, " %d", i);
    }
    fputs(") noenhanced\nplot $map using 1:2:3 with image notitle\n", s->out);
}

static int widest_name(const pl_lightcurve_plot *plot)
{
    int widest = 0;
    for (int i = 0; i < plot->map_rows; i++) {
        int length = pl_text_length(plot->map_name[i], PL_LIGHT_NAME);
        widest = length > widest ? length : widest;
    }
    return widest;
}

/* --- all of it --- */

static int check(const pl_lightcurve_plot *plot, nn_error *error)
{
    if (plot->panel_count < 1 || plot->panel_count > PL_MOST_PANELS)
        return nn_fail(error, NN_USAGE, "a picture holds 1 to %d light curves, not %d", PL_MOST_PANELS,
                       plot->panel_count);
    for (int i = 0; i < plot->panel_count; i++)
        if (!plot->panels[i].count)
            return nn_fail(error, NN_USAGE, "there are no points to plot");
    if (plot->bands < 1 || plot->bands > PL_LIGHT_BANDS)
        return nn_fail(error, NN_USAGE, "a light curve has 1 to %d bands, not %d", PL_LIGHT_BANDS,
                       plot->bands);
    if (plot->map_rows < 0 || plot->map_rows > MOST_ROWS ||
        (plot->map_rows && (plot->panel_count > 1 || plot->panels[0].grid_count < 2)))
        return nn_fail(error, NN_USAGE, "a map beneath a light curve has up to %d rows and a grid",
                       MOST_ROWS);
    return NN_OK;
}

static void value_tics(const pl_script *s, const pl_lightcurve_plot *plot, int index, int height,
                       pl_tics *tics)
{
    pl_tics_linear(pl_light_values(plot, &plot->panels[index]),
                   s->terminal == PL_TEXT ? s->rows / 5 : height / (plot->panel_count > 1 ? 40 : 50), false,
                   tics);
}

/* Characters that stand left of the axes: all axes are aligned. */
static int widest_label(const pl_script *s, const pl_lightcurve_plot *plot, int height)
{
    int widest = widest_name(plot);
    for (int i = 0; i < plot->panel_count; i++) {
        pl_tics tics;
        value_tics(s, plot, i, height, &tics);
        const int label = pl_tics_widest(&tics);
        widest = label > widest ? label : widest;
    }
    return widest;
}

static void put_panels(pl_script *s, pl_light_look *look, grid g, int head)
{
    const pl_lightcurve_plot *plot = look->plot;
    const double left = PL_MARGIN + pl_text_width(widest_label(s, plot, g.height) + 1),
                 across = (double)PL_WIDTH / g.across;
    const bool text = s->terminal == PL_TEXT;
    for (int i = 0; i < plot->panel_count; i++) {
        const double x = across * (i % g.across),
                     y = head + (ABOVE + g.height + BETWEEN) * (double)(i / g.across) + ABOVE;
        const pl_box box = {x + left, y, x + across - PL_MARGIN, y + g.height};
        const int times = text ? s->columns / 16 : (int)((box.right - box.left) / pl_text_width(9));
        pl_tics tics;
        value_tics(s, plot, i, g.height, &tics);
        look->named = i == 0;
        look->last = !plot->map_rows && i + g.across >= plot->panel_count;
        const int most_times = times < 9 ? times : 9;
        pl_put_light_panel(s, look, i, box, &tics, most_times);
        if (plot->map_rows && !text)
            put_map(s, plot,
                    (pl_box){box.left, box.bottom + MAP_GAP, box.right,
                             box.bottom + MAP_GAP + MAP_ROW * plot->map_rows},
                    most_times);
    }
}

int pl_lightcurve(const pl_lightcurve_plot *plot, const pl_target *target, nn_error *error)
{
    int code = check(plot, error);
    if (code)
        return code;
    pl_script s;
    pl_light_look look = {.plot = plot};
    const grid g = grid_for(plot->panel_count);
    const int head = pl_head_height(plot->title, 0) + KEY_ROW,
              map = plot->map_rows ? MAP_GAP + MAP_ROW * plot->map_rows : 0;
    code = pl_script_begin(&s, target, PL_WIDTH,
                           head + g.down * (ABOVE + g.height + BETWEEN) + BELOW - BETWEEN + map, error);
    if (code)
        return code;
    if (plot->panel_count > 1 && s.rows > 20)
        pl_script_set_rows(&s, 20);
    pl_band_colours(look.colour, plot->wavelength, plot->bands);
    mark_bands(&look);
    const seen all = look_through(plot);
    if (s.terminal != PL_TEXT)
        put_key(&s, &look, &all, head - KEY_ROW / 2.0);
    pl_put_head(&s, plot->title, NULL, 0);
    put_panels(&s, &look, g, head);
    return pl_script_end(&s, error);
}
