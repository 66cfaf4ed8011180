/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data, ranges and curves of one object of a picture of light curves. */
#include "plots/lightcurve_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_names[PL_LIGHT_PARTS] = {"open", "filled", "limit"};

/* gnuplot's filled symbols; the open ones are one before. */
static const int symbols[] = {7, 5, 9, 11, 13, 15};
enum { SYMBOLS = sizeof symbols / sizeof *symbols };
#define LIMIT_REACH 0.06 /* length of an arrow in units of the axis */

int pl_light_symbol(int band, bool filled)
{
    return symbols[band % SYMBOLS] - (filled ? 0 : 1);
}

pl_light_part pl_light_part_of(const pl_light_panel *panel, size_t i)
{
    if (panel->limit && panel->limit[i])
        return PL_LIGHT_LIMIT;
    return !panel->detected || panel->detected[i] ? PL_LIGHT_FILLED : PL_LIGHT_OPEN;
}

bool pl_light_has_mean(const pl_light_panel *panel)
{
    return panel->grid_count > 0 && panel->mean;
}

/* --- ranges --- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_error(const pl_light_panel *panel)
{
    double *sorted = malloc(panel->count * sizeof *sorted);
    if (!sorted)
        return INFINITY;
    memcpy(sorted, panel->error, panel->count * sizeof *sorted);
    qsort(sorted, panel->count, sizeof *sorted, by_value);
    double median = sorted[panel->count / 2];
    free(sorted);
    return median;
}

static bool has_band(const pl_light_panel *panel, int band)
{
    for (size_t i = 0; i < panel->count; i++)
        if (panel->band[i] == band)
            return true;
    return false;
}

/* Points that say nothing do not squeeze those that do: in fluxes those that may well be zero. */
static bool says_nothing(const pl_lightcurve_plot *plot, const pl_light_panel *panel, size_t i, double noisy)
{
    return panel->error[i] > noisy && (plot->magnitudes || fabs(panel->value[i]) < 3 * panel->error[i]);
}

static void add_mean(pl_range *range, const pl_lightcurve_plot *plot, const pl_light_panel *panel)
{
    /* Of magnitudes a mean that comes near no light at all runs out of every picture. */
    const double least = range->low, most = range->high, air = 0.15 * (most - least);
    for (int b = 0; b < plot->bands; b++)
        for (size_t i = 0; i < panel->grid_count && has_band(panel, b); i++) {
            double value = panel->mean[i * (size_t)plot->bands + (size_t)b];
            if (plot->magnitudes && least <= most)
                value = fmin(fmax(value, least - air), most + air);
            pl_range_add(range, &value, 1);
        }
}

pl_range pl_light_values(const pl_lightcurve_plot *plot, const pl_light_panel *panel)
{
    pl_range range = PL_RANGE_EMPTY;
    const double noisy = 3 * median_error(panel);
    for (size_t i = 0; i < panel->count; i++)
        if (!says_nothing(plot, panel, i, noisy))
            pl_range_add(&range, panel->value + i, 1);
    if (pl_light_has_mean(panel))
        add_mean(&range, plot, panel);
    const double most = 0.3 * (range.high - range.low),
                 reach = LIMIT_REACH * (plot->magnitudes ? 1 : -1) * (range.high - range.low);
    pl_range whole = range;
    for (size_t i = 0; i < panel->count; i++) {
        const bool limit = pl_light_part_of(panel, i) == PL_LIGHT_LIMIT;
        const double e = fmin(panel->error[i], most),
                     ends[2] = {panel->value[i] - (limit ? 0 : e), panel->value[i] + (limit ? reach : e)};
        if (panel->value[i] >= range.low && panel->value[i] <= range.high)
            pl_range_add(&whole, ends, 2);
    }
    pl_range_settle(&whole, 0.05);
    return whole;
}

pl_range pl_light_times(const pl_lightcurve_plot *plot, const pl_light_panel *panel)
{
    pl_range range = PL_RANGE_EMPTY;
    if (plot->cycles > 0)
        return (pl_range){-0.02, plot->cycles + 0.02};
    pl_range_add(&range, panel->time, panel->count);
    pl_range_add(&range, panel->grid_time, panel->grid_count);
    pl_range_settle(&range, 0.025);
    return range;
}

/* --- data --- */

static bool is_drawn(const pl_light_panel *panel, size_t i, int band, pl_light_part part)
{
    return panel->band[i] == band && pl_light_part_of(panel, i) == part && pl_drawable(panel->time[i]) &&
           pl_drawable(panel->value[i]);
}

static size_t count_points(const pl_light_panel *panel, int band, pl_light_part part)
{
    size_t n = 0;
    for (size_t i = 0; i < panel->count; i++)
        n += is_drawn(panel, i, band, part);
    return n;
}

/* The points of a band that are drawn alike. reach: of an arrow. */
static void put_points(pl_script *s, const pl_light_panel *panel, int index, int band, pl_light_part part,
                       double reach)
{
    fprintf(s->out, "$%s%d_%d << END\n", part_names[part], index, band);
    for (size_t i = 0; i < panel->count; i++) {
        if (!is_drawn(panel, i, band, part))
            continue;
        pl_put_number(s, panel->time[i]);
        fputc(' ', s->out);
        pl_put_number(s, panel->value[i]);
        fputc(' ', s->out);
        pl_put_number(s, part == PL_LIGHT_LIMIT ? reach : panel->error[i]);
        fputc('\n', s->out);
    }
    fputs("END\n", s->out);
}

static void put_grid(pl_script *s, const pl_light_panel *panel, int index, int bands, int band)
{
    fprintf(s->out, "$mean%d_%d << END\n", index, band);
    for (size_t i = 0; i < panel->grid_count; i++) {
        const size_t at = i * (size_t)bands + (size_t)band;
        const double mean = panel->mean[at],
                     row[] = {panel->grid_time[i], mean, panel->low ? panel->low[at] : mean,
                              panel->high ? panel->high[at] : mean};
        for (int k = 0; k < 4; k++) {
            pl_put_number(s, row[k]);
            fputc(k < 3 ? ' ' : '\n', s->out);
        }
    }
    fputs("END\n", s->out);
}

/* --- curves --- */

typedef struct counts {
    size_t of[PL_LIGHT_BANDS][PL_LIGHT_PARTS];
} counts;

static bool has_points(const counts *n, int band)
{
    return n->of[band][0] + n->of[band][1] + n->of[band][2] > 0;
}

static const char *put_means(pl_script *s, const pl_light_look *look, const counts *n, int index,
                             const char *separator)
{
    const pl_lightcurve_plot *plot = look->plot;
    const pl_light_panel *panel = &plot->panels[index];
    for (int b = 0; b < plot->bands && panel->low && panel->high; b++) {
        if (!has_points(n, b))
            continue;
        fprintf(s->out,
                "%s$mean%d_%d using 1:3:4 with filledcurves linecolor rgb '%s' fillstyle transparent solid "
                "%.3f noborder notitle",
                separator, index, b, look->colour[b], 0.85 / (4 + plot->bands));
        separator = ", ";
    }
    for (int b = 0; b < plot->bands; b++) {
        if (!has_points(n, b))
            continue;
        fprintf(s->out, "%s$mean%d_%d using 1:2 with lines linecolor rgb '%s' linewidth 1.8 notitle",
                separator, index, b, look->colour[b]);
        separator = ", ";
    }
    return separator;
}

static void put_band(pl_script *s, const pl_light_look *look, int index, int b, pl_light_part part)
{
    const double dot = pl_dot_size(s) * (look->plot->panel_count > 1 ? 0.75 : 1);
    fprintf(s->out, "$%s%d_%d using 1:2", part_names[part], index, b);
    if (s->terminal == PL_TEXT) {
        fprintf(s->out, " with points linecolor rgb '%s' pointtype '%c' ", look->colour[b],
                part == PL_LIGHT_LIMIT ? 'v' : look->mark[b]);
        if (!look->named || part == PL_LIGHT_LIMIT) {
            fputs("notitle", s->out);
            return;
        }
        fputs("title ", s->out);
        pl_put_text(s, look->plot->band_name[b], PL_LIGHT_NAME);
    } else if (part == PL_LIGHT_LIMIT) {
        fprintf(s->out,
                ":(0):3 with vectors head filled size screen 0.006,22 linecolor rgb '%s' linewidth 1 notitle",
                look->colour[b]);
    } else {
        fprintf(s->out,
                ":3 with yerrorbars pointtype %d pointsize %g linecolor rgb '%s' linewidth %g notitle",
                pl_light_symbol(b, part == PL_LIGHT_FILLED), (part == PL_LIGHT_FILLED ? 2.1 : 1.7) * dot,
                look->colour[b], part == PL_LIGHT_FILLED ? 1.3 : 1.0);
    }
}

static void put_curves(pl_script *s, const pl_light_look *look, const counts *n, int index)
{
    const char *separator = "plot ";
    if (s->terminal != PL_TEXT && pl_light_has_mean(&look->plot->panels[index]))
        separator = put_means(s, look, n, index, separator);
    /* Limits lie beneath what was seen. */
    static const pl_light_part order[PL_LIGHT_PARTS] = {PL_LIGHT_LIMIT, PL_LIGHT_OPEN, PL_LIGHT_FILLED};
    for (int k = 0; k < PL_LIGHT_PARTS; k++)
        for (int b = 0; b < look->plot->bands; b++) {
            if (!n->of[b][order[k]])
                continue;
            fputs(separator, s->out);
            separator = ", ";
            put_band(s, look, index, b, order[k]);
        }
    fputs(*separator == 'p' ? "plot NaN notitle\n" : "\n", s->out);
}

static void put_axes(pl_script *s, const pl_light_look *look, pl_range x, int most_times,
                     const pl_tics *y_tics, pl_range y)
{
    pl_tics tics;
    pl_put_range(s, "x", x);
    pl_tics_linear(x, most_times, false, &tics);
    for (int i = 0; i < tics.count && look->plot->map_rows && s->terminal != PL_TEXT; i++)
        tics.label[i][0] = '\0'; /* they stand under the map */
    pl_put_tics(s, "x", &tics);
    pl_put_range(s, "y", look->plot->magnitudes ? (pl_range){y.high, y.low} : y);
    pl_put_tics(s, "y", y_tics);
    fputs("set errorbars 0\n", s->out);
    if (!look->plot->magnitudes && y.low < 0 && y.high > 0 && s->terminal != PL_TEXT)
        fputs("set arrow from graph 0,first 0 to graph 1,first 0 nohead back linecolor rgb '#b0b0b0' "
              "linewidth 1\n",
              s->out);
}

void pl_put_light_panel(pl_script *s, const pl_light_look *look, int index, pl_box box, const pl_tics *tics,
                        int most_times)
{
    const pl_lightcurve_plot *plot = look->plot;
    const pl_light_panel *panel = &plot->panels[index];
    const pl_range y = pl_light_values(plot, panel);
    const double reach = LIMIT_REACH * (plot->magnitudes ? 1 : -1) * (y.high - y.low);
    counts n = {{{0}}};
    for (int b = 0; b < plot->bands; b++) {
        for (pl_light_part part = 0; part < PL_LIGHT_PARTS; part++) {
            n.of[b][part] = count_points(panel, b, part);
            if (n.of[b][part])
                put_points(s, panel, index, b, part, reach);
        }
        if (pl_light_has_mean(panel) && has_points(&n, b))
            put_grid(s, panel, index, plot->bands, b);
    }
    pl_put_panel(s, box, panel->title ? panel->title : plot->panel_count == 1 ? plot->value_name : NULL);
    if (look->last)
        pl_put_x_title(s, box, plot->time_name);
    put_axes(s, look, pl_light_times(plot, panel), most_times, tics, y);
    put_curves(s, look, &n, index);
}
