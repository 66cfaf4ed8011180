/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws history, forecasts and truth, one small panel a series. */
#include "plots/tics.h"

#include <math.h>

enum { LINES = 4, FEW_POINTS = 36 };
#define PL_MARK_COLOUR "#d55e00"

/* The four lines of a panel in the order they are drawn: what matters most comes last, on top. */
static const struct {
    pl_style style;
    const char *name;
} parts[LINES] = {
    {PL_HISTORY, "history"}, {PL_NAIVE, "naive"}, {PL_TRUTH, "truth"}, {PL_FORECAST, "forecast"}};

static const pl_line *line_of(const pl_forecast_panel *panel, int part)
{
    const pl_line *lines[LINES] = {&panel->history, &panel->naive, &panel->truth, &panel->forecast};
    return lines[part];
}

/* Beyond these years calendars and doubles have no say; such a stamp is left out. */
static bool usable(ds_time time, bool steps)
{
    int64_t most = steps ? INT64_C(1) << 52 : INT64_C(200000000000000000);
    return time >= -most && time <= most;
}

typedef struct time_range {
    ds_time low, high;
    bool any;
} time_range;

static void add_times(time_range *range, const pl_line *line, bool steps)
{
    for (size_t i = 0; i < line->count; i++) {
        ds_time t = line->time[i];
        if (!usable(t, steps))
            continue;
        range->low = !range->any || t < range->low ? t : range->low;
        range->high = !range->any || t > range->high ? t : range->high;
        range->any = true;
    }
}

static time_range panel_times(const pl_forecast_panel *panel, bool steps)
{
    time_range range = {0, 0, false};
    for (int part = 0; part < LINES; part++)
        add_times(&range, line_of(panel, part), steps);
    if (range.low == range.high) {
        range.low -= steps ? 1 : DS_SECOND;
        range.high += steps ? 1 : DS_SECOND;
    }
    return range;
}

static bool has_point(const pl_line *line, size_t i, bool steps)
{
    return i < line->count && usable(line->time[i], steps) && pl_drawable(line->value[i]);
}

/* One data block; an empty line where the line breaks. A point without neighbours is written twice: it is
 * drawn as a dot, where a single one would draw nothing. */
static void put_data(pl_script *s, int panel, int part, const pl_line *line, bool steps)
{
    fprintf(s->out, "$panel%d_%s << END\n", panel + 1, parts[part].name);
    bool open = false;
    for (size_t i = 0; i < line->count; i++) {
        if (!has_point(line, i, steps)) {
            if (open)
                fputc('\n', s->out);
            open = false;
            continue;
        }
        bool alone = !open && !has_point(line, i + 1, steps);
        for (int n = 0; n < (alone ? 2 : 1); n++) {
            pl_put_time(s, line->time[i], steps);
            fputc(' ', s->out);
            pl_put_number(s, line->value[i]);
            fputc('\n', s->out);
        }
        open = true;
    }
    fputs("END\n", s->out);
}

static bool drawable_line(const pl_line *line, bool steps)
{
    for (size_t i = 0; i < line->count; i++)
        if (has_point(line, i, steps))
            return true;
    return false;
}

/* The region of the forecast: a light ground and a thin line at the last known value. */
static void put_border_line(pl_script *s, const pl_forecast_panel *panel, bool steps)
{
    const pl_line *history = &panel->history, *forecast = &panel->forecast;
    ds_time begin;
    if (history->count && usable(history->time[history->count - 1], steps))
        begin = history->time[history->count - 1];
    else if (forecast->count && usable(forecast->time[0], steps))
        begin = forecast->time[0];
    else
        return;
    if (s->terminal != PL_TEXT) {
        fputs("set object rectangle from ", s->out);
        pl_put_time(s, begin, steps);
        fputs(",graph 0 to graph 1,graph 1 behind fillcolor rgb '#f3f7fb' fillstyle solid noborder\n",
              s->out);
    }
    fputs("set arrow from ", s->out);
    pl_put_time(s, begin, steps);
    fputs(",graph 0 to ", s->out);
    pl_put_time(s, begin, steps);
    fprintf(s->out, ",graph 1 nohead %s\n",
            s->terminal == PL_TEXT ? "linetype 0" : "back linecolor rgb '#9aa7b4' linewidth 1");
}

static void put_band_data(pl_script *s, const pl_band *band, int panel, int number, bool steps)
{
    fprintf(s->out, "$panel%d_band%d << END\n", panel + 1, number + 1);
    for (size_t i = 0; i < band->low.count; i++) {
        if (!has_point(&band->low, i, steps) || !has_point(&band->high, i, steps))
            continue;
        pl_put_time(s, band->low.time[i], steps);
        fputc(' ', s->out);
        pl_put_number(s, band->low.value[i]);
        fputc(' ', s->out);
        pl_put_number(s, band->high.value[i]);
        fputc('\n', s->out);
    }
    fputs("END\n", s->out);
}

static bool drawable_band(const pl_script *s, const pl_band *band, bool steps)
{
    return s->terminal != PL_TEXT && drawable_line(&band->low, steps) && drawable_line(&band->high, steps);
}

/* Points that stand out; in text art they are letters. */
static void put_mark_data(pl_script *s, const pl_line *marks, int panel, bool steps)
{
    fprintf(s->out, "$panel%d_marks << END\n", panel + 1);
    for (size_t i = 0; i < marks->count; i++) {
        if (!has_point(marks, i, steps))
            continue;
        pl_put_time(s, marks->time[i], steps);
        fputc(' ', s->out);
        pl_put_number(s, marks->value[i]);
        fputc('\n', s->out);
    }
    fputs("END\n", s->out);
}

static const char *put_marks(pl_script *s, const pl_line *marks, int panel, const char *separator)
{
    fprintf(s->out, "%s$panel%d_marks using 1:2 with points ", separator, panel + 1);
    if (s->terminal == PL_TEXT)
        fputs("pointtype 'X' linecolor rgb '#cc0000' title ", s->out);
    else
        fprintf(s->out, "pointtype 7 pointsize %g linecolor rgb '" PL_MARK_COLOUR "' title ",
                1.6 * pl_dot_size(s));
    pl_put_text(s, marks->name ? marks->name : "marked", 28);
    return ", ";
}

static void put_lines(pl_script *s, const pl_forecast_panel *panel, int index, bool steps, double width)
{
    static const char *const shades[PL_MOST_BANDS] = {"#dbe7f3", "#b9d0e8", "#93b7da"};
    const char *separator = "plot ";
    for (int b = 0; b < panel->band_count; b++) {
        if (!drawable_band(s, &panel->bands[b], steps))
            continue;
        fprintf(s->out, "%s$panel%d_band%d using 1:2:3 with filledcurves fillcolor rgb '%s' notitle",
                separator, index + 1, b + 1, shades[b]);
        separator = ", ";
    }
    for (int part = 0; part < LINES; part++) {
        const pl_line *line = line_of(panel, part);
        if (!drawable_line(line, steps))
            continue;
        bool dots = line->count <= FEW_POINTS && parts[part].style != PL_NAIVE && s->terminal != PL_TEXT;
        bool dense = line->count * 2 > (size_t)width && s->terminal != PL_TEXT;
        fprintf(s->out, "%s$panel%d_%s using 1:2 with ", separator, index + 1, parts[part].name);
        /* Text art: light dots tell a long history from the rest, where they are close enough to be a line.
         */
        bool light = s->terminal == PL_TEXT && part == 0 && line->count >= (size_t)s->columns;
        fputs(light ? "points" : dots ? "linespoints" : "lines", s->out);
        fprintf(s->out, " linestyle %d%s title ", (int)parts[part].style, dense ? " linewidth 1.2" : "");
        pl_put_text(s, line->name ? line->name : parts[part].name, 28);
        separator = ", ";
    }
    if (drawable_line(&panel->marks, steps))
        separator = put_marks(s, &panel->marks, index, separator);
    fputs(*separator == 'p' ? "plot NaN notitle\n" : "\n", s->out);
}

typedef struct grid {
    int across, down;
    int panel_height; /* of the axes, pixels */
} grid;

static grid grid_for(int panels)
{
    if (panels == 1)
        return (grid){1, 1, 400};
    if (panels == 2)
        return (grid){1, 2, 240};
    if (panels <= 4)
        return (grid){2, 2, 230};
    if (panels <= 6)
        return (grid){2, 3, 190};
    return panels <= 9 ? (grid){3, 3, 180} : (grid){3, 4, 170};
}

/* The parts of a series below each other. */
static grid stack_of(int panels, int across)
{
    return (grid){across, (panels + across - 1) / across, 150};
}

enum { ABOVE = 36, BELOW = 62 }; /* panel title; two lines of dates */

static pl_range values_of(const pl_forecast_panel *panel)
{
    pl_range range = PL_RANGE_EMPTY;
    for (int part = 0; part < LINES; part++)
        pl_range_add(&range, line_of(panel, part)->value, line_of(panel, part)->count);
    for (int b = 0; b < panel->band_count; b++) {
        pl_range_add(&range, panel->bands[b].low.value, panel->bands[b].low.count);
        pl_range_add(&range, panel->bands[b].high.value, panel->bands[b].high.count);
    }
    pl_range_settle(&range, 0.06);
    return range;
}

static void put_panel(pl_script *s, const pl_forecast_plot *plot, int index, pl_box box)
{
    const pl_forecast_panel *panel = &plot->panels[index];
    bool steps = plot->frequency.unit == DS_UNIT_STEP, text = s->terminal == PL_TEXT;
    for (int part = 0; part < LINES; part++)
        if (drawable_line(line_of(panel, part), steps))
            put_data(s, index, part, line_of(panel, part), steps);
    for (int b = 0; b < panel->band_count; b++)
        if (drawable_band(s, &panel->bands[b], steps))
            put_band_data(s, &panel->bands[b], index, b, steps);
    if (drawable_line(&panel->marks, steps))
        put_mark_data(s, &panel->marks, index, steps);
    pl_put_panel(s, box, panel->title);
    time_range times = panel_times(panel, steps);
    fputs("set xrange [", s->out);
    pl_put_time(s, times.low, steps);
    fputs(":", s->out);
    pl_put_time(s, times.high, steps);
    fputs("]\n", s->out);
    double width = text ? s->columns / 16.0 : (box.right - box.left) / pl_text_width(8);
    pl_put_time_tics(s, times.low, times.high, steps, width > 8 ? 8 : (int)width);
    if (steps)
        pl_put_x_title(s, box, "row");
    pl_range range = values_of(panel);
    pl_put_range(s, "y", range);
    pl_tics tics;
    pl_tics_linear(range, text ? s->rows / 5 : (int)((box.bottom - box.top) / 32), false, &tics);
    pl_put_tics(s, "y", &tics);
    if (!plot->across)
        put_border_line(s, panel, steps);
    put_lines(s, panel, index, steps, box.right - box.left);
    if (text)
        fputs("unset arrow\n", s->out);
}

/* The widest label of the panels' y axes, so that all axes are aligned. */
static int widest_label(const pl_forecast_plot *plot, int panel_height)
{
    int widest = 1;
    for (int i = 0; i < plot->panel_count; i++) {
        pl_tics tics;
        pl_tics_linear(values_of(&plot->panels[i]), panel_height / 32, false, &tics);
        int width = pl_tics_widest(&tics);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static int collect_keys(const pl_forecast_plot *plot, pl_key keys[LINES])
{
    static const int order[LINES] = {0, 2, 3, 1}; /* history, truth, forecast, naive */
    int count = 0;
    for (int k = 0; k < LINES; k++)
        for (int i = 0; i < plot->panel_count; i++) {
            const pl_line *line = line_of(&plot->panels[i], order[k]);
            if (!drawable_line(line, plot->frequency.unit == DS_UNIT_STEP))
                continue;
            const char *name = line->name ? line->name : parts[order[k]].name;
            keys[count++] = (pl_key){name, (int)parts[order[k]].style};
            break;
        }
    return count;
}

/* What the bands are, right of the key: "shaded: 95 %, 80 %". */
static void put_band_note(pl_script *s, const pl_forecast_plot *plot, int head)
{
    char line[80] = "";
    size_t at = 0;
    for (int i = 0; i < plot->panel_count && !at; i++)
        for (int b = 0; b < plot->panels[i].band_count && at < sizeof line; b++)
            if (plot->panels[i].bands[b].low.name)
                at += (size_t)snprintf(line + at, sizeof line - at, "%s%.12s %%",
                                       at ? ", " : "shaded: ", plot->panels[i].bands[b].low.name);
    if (!at || s->terminal == PL_TEXT)
        return;
    fputs("set label ", s->out);
    pl_put_text(s, line, 60);
    fprintf(s->out, " at screen %.5f,%.5f right noenhanced textcolor rgb '#777777'\n",
            pl_screen_x(s, PL_WIDTH - PL_MARGIN), pl_screen_y(s, head - 17));
}

int pl_forecast(const pl_forecast_plot *plot, const pl_target *target, nn_error *error)
{
    if (plot->panel_count < 1 || plot->panel_count > PL_MOST_PANELS)
        return nn_fail(error, NN_USAGE, "a forecast plot has 1 to %d panels, not %d", PL_MOST_PANELS,
                       plot->panel_count);
    pl_key keys[LINES];
    int key_count = collect_keys(plot, keys);
    grid g = plot->across ? stack_of(plot->panel_count, plot->across) : grid_for(plot->panel_count);
    int head = pl_head_height(plot->title, key_count), cell = ABOVE + g.panel_height + BELOW;
    pl_script script;
    int code = pl_script_begin(&script, target, PL_WIDTH, head + g.down * cell, error);
    if (code)
        return code;
    if (plot->panel_count > 1 && script.rows > 20)
        pl_script_set_rows(&script, 20);
    double left = PL_MARGIN + pl_text_width(widest_label(plot, g.panel_height) + 1);
    double across = (double)(PL_WIDTH - PL_MARGIN) / g.across;
    put_band_note(&script, plot, head);
    pl_put_head(&script, plot->title, keys, key_count);
    for (int i = 0; i < plot->panel_count; i++) {
        double x = across * (i % g.across), y = head + cell * (i / g.across) + ABOVE;
        pl_box box = {x + left, y, x + across - PL_MARGIN / 2.0, y + g.panel_height};
        put_panel(&script, plot, i, box);
    }
    return pl_script_end(&script, error);
}
