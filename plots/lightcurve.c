/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a light curve by passband with its process. */
#include "plots/lightcurve.h"

#include "plots/tics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BANDS = 32, HEIGHT = 540, ABOVE = 34, BELOW = 74, KEY_ROW = 34, NAME = 18, MOST_ROWS = 64 };
enum { MAP_ROW = 26, MAP_GAP = 40 };

/* --- colours --- */

enum { ANCHORS = 6 };
static const struct {
    double wavelength;
    int red, green, blue;
} anchors[ANCHORS] = {{3685, 0x8e, 0x44, 0xad}, {4802, 0x1b, 0x9e, 0x77}, {6231, 0xf0, 0x9a, 0x00},
                      {7542, 0xd7, 0x30, 0x1f}, {8690, 0x8b, 0x14, 0x1a}, {9736, 0x3b, 0x3b, 0x3b}};

static int nearest_anchor(double wavelength)
{
    int best = 0;
    for (int a = 1; a < ANCHORS; a++)
        if (fabs(wavelength - anchors[a].wavelength) < fabs(wavelength - anchors[best].wavelength))
            best = a;
    return best;
}

static int rank_of(const double *wavelength, int count, int b)
{
    int rank = 0;
    for (int i = 0; i < count; i++)
        rank += wavelength[i] < wavelength[b] || (wavelength[i] == wavelength[b] && i < b);
    return rank;
}

/* A place between 0 and ANCHORS - 1. */
static void put_colour(char text[8], double place)
{
    int a = (int)fmin(floor(place), ANCHORS - 2);
    double part = place - a;
    snprintf(text, 8, "#%02x%02x%02x",
             (int)lround(anchors[a].red + part * (anchors[a + 1].red - anchors[a].red)) & 255,
             (int)lround(anchors[a].green + part * (anchors[a + 1].green - anchors[a].green)) & 255,
             (int)lround(anchors[a].blue + part * (anchors[a + 1].blue - anchors[a].blue)) & 255);
}

void pl_band_colours(char (*text)[8], const double *wavelength, int count)
{
    int uses[ANCHORS] = {0}, most = 0;
    for (int b = 0; b < count; b++) {
        int n = ++uses[nearest_anchor(wavelength[b])];
        most = n > most ? n : most;
    }
    /* Bands of one colour each keep it in every picture; others are spread by their order. */
    for (int b = 0; b < count; b++)
        put_colour(text[b], most <= 1    ? nearest_anchor(wavelength[b])
                            : count == 1 ? 1
                                         : (ANCHORS - 1.0) * rank_of(wavelength, count, b) / (count - 1));
}

/* gnuplot's filled symbols; the open ones are one before. */
static const int symbols[] = {7, 5, 9, 11, 13, 15};
enum { SYMBOLS = sizeof symbols / sizeof *symbols };

static int symbol_of(int band, bool filled)
{
    return symbols[band % SYMBOLS] - (filled ? 0 : 1);
}

/* What there is of each band. */
typedef struct parts {
    size_t filled[MOST_BANDS], open[MOST_BANDS];
    char colour[MOST_BANDS][8];
} parts;

static bool has_points(const parts *p, int band)
{
    return p->filled[band] + p->open[band] > 0;
}

/* --- ranges --- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_error(const pl_lightcurve_plot *plot)
{
    double *sorted = malloc(plot->count * sizeof *sorted);
    if (!sorted)
        return INFINITY;
    memcpy(sorted, plot->error, plot->count * sizeof *sorted);
    qsort(sorted, plot->count, sizeof *sorted, by_value);
    double median = sorted[plot->count / 2];
    free(sorted);
    return median;
}

static bool draws_mean(const pl_lightcurve_plot *plot)
{
    return plot->grid_count > 0 && plot->mean;
}

static pl_range fluxes(const pl_lightcurve_plot *plot, const parts *p)
{
    pl_range range = PL_RANGE_EMPTY;
    double noisy = 3 * median_error(plot);
    /* Points that say nothing do not squeeze those that do. */
    for (size_t i = 0; i < plot->count; i++)
        if (!(plot->error[i] > noisy && fabs(plot->flux[i]) < 3 * plot->error[i]))
            pl_range_add(&range, plot->flux + i, 1);
    for (size_t i = 0; plot->mean && i < plot->grid_count * (size_t)plot->bands; i++)
        if (has_points(p, (int)(i % (size_t)plot->bands)))
            pl_range_add(&range, plot->mean + i, 1);
    double most = 0.3 * (range.high - range.low);
    pl_range whole = range;
    for (size_t i = 0; i < plot->count; i++) {
        double e = fmin(plot->error[i], most), ends[2] = {plot->flux[i] - e, plot->flux[i] + e};
        if (plot->flux[i] >= range.low && plot->flux[i] <= range.high)
            pl_range_add(&whole, ends, 2);
    }
    pl_range_settle(&whole, 0.04);
    return whole;
}

static pl_range times(const pl_lightcurve_plot *plot)
{
    pl_range range = PL_RANGE_EMPTY;
    pl_range_add(&range, plot->time, plot->count);
    pl_range_add(&range, plot->grid_time, plot->grid_count);
    pl_range_settle(&range, 0.025);
    return range;
}

/* --- data --- */

static bool is_filled(const pl_lightcurve_plot *plot, size_t i)
{
    return !plot->detected || plot->detected[i];
}

/* Points of a band, filled or open; returns how many. */
static size_t put_points(pl_script *s, const pl_lightcurve_plot *plot, int band, bool filled)
{
    size_t n = 0;
    fprintf(s->out, "$%s%d << END\n", filled ? "filled" : "open", band);
    for (size_t i = 0; i < plot->count; i++) {
        if (plot->band[i] != band || is_filled(plot, i) != filled || !pl_drawable(plot->time[i]) ||
            !pl_drawable(plot->flux[i]))
            continue;
        pl_put_number(s, plot->time[i]);
        fputc(' ', s->out);
        pl_put_number(s, plot->flux[i]);
        fputc(' ', s->out);
        pl_put_number(s, plot->error[i]);
        fputc('\n', s->out);
        n++;
    }
    fputs("END\n", s->out);
    return n;
}

static void put_grid(pl_script *s, const pl_lightcurve_plot *plot, int band)
{
    fprintf(s->out, "$mean%d << END\n", band);
    for (size_t i = 0; i < plot->grid_count; i++) {
        size_t at = i * (size_t)plot->bands + (size_t)band;
        double deviation = plot->deviation ? plot->deviation[at] : 0;
        const double row[] = {plot->grid_time[i], plot->mean[at], plot->mean[at] - deviation,
                              plot->mean[at] + deviation};
        for (int k = 0; k < 4; k++) {
            pl_put_number(s, row[k]);
            fputc(k < 3 ? ' ' : '\n', s->out);
        }
    }
    fputs("END\n", s->out);
}

/* --- the legend: a symbol and a name per band --- */

static void put_key(pl_script *s, const pl_lightcurve_plot *plot, const parts *p, double y)
{
    double x = PL_MARGIN + 8;
    bool open = false, filled = false;
    for (int b = 0; b < plot->bands; b++) {
        open |= p->open[b] > 0;
        filled |= p->filled[b] > 0;
        if (!has_points(p, b))
            continue;
        fputs("set label ", s->out);
        pl_put_text(s, plot->band_name[b], NAME);
        fprintf(
            s->out,
            " at screen %.5f,%.5f left noenhanced textcolor rgb '#444444' point pointtype %d pointsize %g "
            "linecolor rgb '%s' offset 1,0\n",
            pl_screen_x(s, x), pl_screen_y(s, y), symbol_of(b, true), 2.6 * pl_dot_size(s), p->colour[b]);
        x += pl_text_width(pl_text_length(plot->band_name[b], NAME)) + 50;
    }
    const char *grid = plot->deviation ? "lines: mean and 1\xcf\x83 of the Gaussian process" : "lines: mean";
    fprintf(s->out, "set label '%s%s%s' at screen %.5f,%.5f right noenhanced textcolor rgb '#777777'\n",
            open && filled ? "open: not detected"
            : open         ? "none detected"
                           : "",
            draws_mean(plot) && open ? ", " : "", draws_mean(plot) ? grid : "",
            pl_screen_x(s, s->width - PL_MARGIN), pl_screen_y(s, y));
}

/* In text art a band is the first character of its name that no band before it is. */
static void mark_bands(const pl_lightcurve_plot *plot, char mark[])
{
    static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (int b = 0; b < plot->bands; b++) {
        const char *sets[] = {plot->band_name[b], others};
        mark[b] = '*';
        for (int set = 0; set < 2 && mark[b] == '*'; set++)
            for (const char *c = sets[set]; *c && mark[b] == '*'; c++)
                if (strchr(others, *c) && !memchr(mark, *c, (size_t)b))
                    mark[b] = *c;
    }
}

static void put_curves(pl_script *s, const pl_lightcurve_plot *plot, const parts *p)
{
    const char *separator = "plot ";
    bool text = s->terminal == PL_TEXT, grid = draws_mean(plot) && !text;
    char mark[MOST_BANDS];
    mark_bands(plot, mark);
    for (int b = 0; b < plot->bands && grid && plot->deviation; b++) {
        if (!has_points(p, b))
            continue;
        fprintf(s->out,
                "%s$mean%d using 1:3:4 with filledcurves linecolor rgb '%s' fillstyle transparent solid %.3f "
                "noborder notitle",
                separator, b, p->colour[b], 0.85 / (4 + plot->bands));
        separator = ", ";
    }
    for (int b = 0; b < plot->bands && grid; b++) {
        if (!has_points(p, b))
            continue;
        fprintf(s->out, "%s$mean%d using 1:2 with lines linecolor rgb '%s' linewidth 1.8 notitle", separator,
                b, p->colour[b]);
        separator = ", ";
    }
    for (int b = 0; b < plot->bands; b++)
        for (int filled = 0; filled < 2; filled++) {
            if (!(filled ? p->filled[b] : p->open[b]))
                continue;
            fprintf(s->out, "%s$%s%d using 1:2", separator, filled ? "filled" : "open", b);
            separator = ", ";
            if (text) {
                fprintf(s->out, " with points linecolor rgb '%s' pointtype '%c' title ", p->colour[b],
                        mark[b]);
                pl_put_text(s, plot->band_name[b], NAME);
                continue;
            }
            fprintf(s->out,
                    ":3 with yerrorbars pointtype %d pointsize %g linecolor rgb '%s' linewidth %g notitle",
                    symbol_of(b, filled), (filled ? 2.1 : 1.7) * pl_dot_size(s), p->colour[b],
                    filled ? 1.3 : 1.0);
        }
    fputs(*separator == 'p' ? "plot NaN notitle\n" : "\n", s->out);
}

/* --- a map beneath --- */

static void put_map(pl_script *s, const pl_lightcurve_plot *plot, pl_box box, pl_range x)
{
    double first = plot->grid_time[0], last = plot->grid_time[plot->grid_count - 1];
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
    box.bottom -= PL_FONT; /* no labels stand between */
    pl_put_x_title(s, box, plot->time_name);
    pl_put_range(s, "x", x);
    fprintf(s->out,
            "unset grid\nunset border\nset yrange [%.1f:-0.5]\nunset logscale y\nset xtics format ''\n"
            "unset colorbox\nset cbrange [0:1]\nset palette defined (0 '#fdfde8', 1 '#d3ecc0', 2 '#8ed0b8', "
            "3 '#43adbd', 4 '#2380b4', 5 '#234f97', 6 '#101f52')\nunset xtics\nset ytics nomirror scale 0 (",
            plot->map_rows - 0.5);
    for (int i = 0; i < plot->map_rows; i++) {
        fputs(i ? ", " : "", s->out);
        pl_put_tic(s, plot->map_name[i], NAME);
        fprintf(s->out, " %d", i);
    }
    fputs(") noenhanced\nplot $map using 1:2:3 with image notitle\n", s->out);
}

/* --- all of it --- */

static int check(const pl_lightcurve_plot *plot, nn_error *error)
{
    if (!plot->count)
        return nn_fail(error, NN_USAGE, "there are no points to plot");
    if (plot->bands < 1 || plot->bands > MOST_BANDS)
        return nn_fail(error, NN_USAGE, "a light curve has 1 to %d bands, not %d", MOST_BANDS, plot->bands);
    if (plot->map_rows < 0 || plot->map_rows > MOST_ROWS || (plot->map_rows && plot->grid_count < 2))
        return nn_fail(error, NN_USAGE, "a map beneath a light curve has up to %d rows and a grid",
                       MOST_ROWS);
    return NN_OK;
}

static int widest_name(const pl_lightcurve_plot *plot)
{
    int widest = 0;
    for (int i = 0; i < plot->map_rows; i++) {
        int length = pl_text_length(plot->map_name[i], NAME);
        widest = length > widest ? length : widest;
    }
    return widest;
}

static void put_axes(pl_script *s, pl_range x, const pl_tics *y_tics, pl_range y)
{
    pl_tics tics;
    bool text = s->terminal == PL_TEXT;
    pl_put_range(s, "x", x);
    pl_tics_linear(x, text ? s->columns / 16 : 9, false, &tics);
    pl_put_tics(s, "x", &tics);
    pl_put_range(s, "y", y);
    pl_put_tics(s, "y", y_tics);
    fputs("set errorbars 0\n", s->out);
    if (y.low < 0 && y.high > 0 && !text)
        fputs("set arrow from graph 0,first 0 to graph 1,first 0 nohead back linecolor rgb '#b0b0b0' "
              "linewidth 1\n",
              s->out);
}

int pl_lightcurve(const pl_lightcurve_plot *plot, const pl_target *target, nn_error *error)
{
    int code = check(plot, error);
    if (code)
        return code;
    pl_script s;
    parts p = {{0}, {0}, {{0}}};
    int head = pl_head_height(plot->title, 0) + KEY_ROW;
    int map = plot->map_rows ? MAP_GAP + MAP_ROW * plot->map_rows : 0;
    code = pl_script_begin(&s, target, PL_WIDTH, head + ABOVE + HEIGHT + map + BELOW, error);
    if (code)
        return code;
    pl_band_colours(p.colour, plot->wavelength, plot->bands);
    for (int b = 0; b < plot->bands; b++) {
        p.filled[b] = put_points(&s, plot, b, true);
        p.open[b] = put_points(&s, plot, b, false);
        if (draws_mean(plot) && has_points(&p, b))
            put_grid(&s, plot, b);
    }
    if (s.terminal != PL_TEXT)
        put_key(&s, plot, &p, head - KEY_ROW / 2.0);
    pl_put_head(&s, plot->title, NULL, 0);
    pl_range x = times(plot), y = fluxes(plot, &p);
    pl_tics tics;
    pl_tics_linear(y, s.terminal == PL_TEXT ? s.rows / 5 : HEIGHT / 50, false, &tics);
    int label = pl_tics_widest(&tics), name = widest_name(plot);
    double left = PL_MARGIN + pl_text_width((label > name ? label : name) + 1);
    pl_box box = {left, head + ABOVE, PL_WIDTH - PL_MARGIN, head + ABOVE + HEIGHT};
    pl_put_panel(&s, box, plot->flux_name);
    put_axes(&s, x, &tics, y);
    if (!map)
        pl_put_x_title(&s, box, plot->time_name);
    put_curves(&s, plot, &p);
    if (map && s.terminal != PL_TEXT) {
        box.top = box.bottom + MAP_GAP;
        box.bottom = box.top + MAP_ROW * plot->map_rows;
        put_map(&s, plot, box, x);
    }
    return pl_script_end(&s, error);
}
