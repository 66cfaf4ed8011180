/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws a panel as SVG without gnuplot. */
#include "plots/inline.h"

#include "lib/base/text.h"
#include "plots/tics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FONT = 13, LABEL = 7, ABOVE = 8, BELOW = 36, RIGHT = 8, DOTS = 36, LINES = 4 };

/* Where a value and a time stand. */
typedef struct frame {
    FILE *out;
    double left, top, right, bottom;
    ds_time low, high;
    pl_range range;
} frame;

static double place_x(const frame *f, ds_time time)
{
    return f->left + (f->right - f->left) * ((double)(time - f->low) / (double)(f->high - f->low));
}

static double place_y(const frame *f, double value)
{
    return f->bottom - (f->bottom - f->top) * ((value - f->range.low) / (f->range.high - f->range.low));
}

static bool inside(const frame *f, const pl_line *line, size_t i)
{
    return line->time[i] >= f->low && line->time[i] <= f->high && pl_drawable(line->value[i]);
}

/* --- paths --- */

/* The least and the largest of the points that share a place. */
typedef struct spot {
    size_t least, most;
    bool any;
} spot;

static void put_point(const frame *f, const pl_line *line, size_t i, bool *open)
{
    fprintf(f->out, "%c%.1f %.1f", *open ? 'L' : 'M', place_x(f, line->time[i]), place_y(f, line->value[i]));
    *open = true;
}

/* In the order in which they came. */
static void put_spot(const frame *f, const pl_line *line, spot *s, bool *open)
{
    if (!s->any)
        return;
    put_point(f, line, s->least < s->most ? s->least : s->most, open);
    if (s->least != s->most)
        put_point(f, line, s->least < s->most ? s->most : s->least, open);
    s->any = false;
}

static void put_path(const frame *f, const pl_line *line)
{
    const bool dense = (double)line->count > f->right - f->left;
    bool open = false;
    spot s = {0};
    long at = 0;
    for (size_t i = 0; i < line->count; i++) {
        if (!inside(f, line, i)) {
            put_spot(f, line, &s, &open);
            open = false;
            continue;
        }
        const long here = dense ? lround(place_x(f, line->time[i])) : (long)i;
        if (s.any && here != at)
            put_spot(f, line, &s, &open);
        at = here;
        s.least = !s.any || line->value[i] < line->value[s.least] ? i : s.least;
        s.most = !s.any || line->value[i] > line->value[s.most] ? i : s.most;
        s.any = true;
    }
    put_spot(f, line, &s, &open);
}

static void put_line(const frame *f, const pl_line *line, const char *class)
{
    if (line->count == 0)
        return;
    fprintf(f->out, "<path class=\"%s\" d=\"", class);
    put_path(f, line);
    fputs("\"/>", f->out);
    for (size_t i = 0; i < line->count && line->count <= DOTS; i++)
        if (inside(f, line, i))
            fprintf(f->out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>", class,
                    place_x(f, line->time[i]), place_y(f, line->value[i]));
}

static void put_band(const frame *f, const pl_band *band, int number)
{
    const size_t n = band->low.count;
    fprintf(f->out, "<path class=\"w%d\" d=\"", number + 1);
    char step = 'M';
    for (size_t k = 0; k < 2 * n; k++) {
        const size_t i = k < n ? k : 2 * n - 1 - k;
        const pl_line *line = k < n ? &band->high : &band->low;
        if (!inside(f, &band->low, i) || !inside(f, &band->high, i))
            continue;
        fprintf(f->out, "%c%.1f %.1f", step, place_x(f, line->time[i]), place_y(f, line->value[i]));
        step = 'L';
    }
    fputs(step == 'L' ? "Z\"/>" : "\"/>", f->out);
}

static void put_marks(const frame *f, const pl_line *marks)
{
    for (size_t i = 0; i < marks->count; i++)
        if (inside(f, marks, i))
            fprintf(f->out, "<circle class=\"m\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>",
                    place_x(f, marks->time[i]), place_y(f, marks->value[i]));
}

/* --- axes --- */

static const pl_line *line_of(const pl_forecast_panel *p, int i)
{
    const pl_line *const lines[LINES] = {&p->history, &p->naive, &p->truth, &p->forecast};
    return lines[i];
}

static void find_ranges(frame *f, const pl_forecast_panel *p, const pl_inline *how)
{
    bool any = how->low < how->high;
    f->low = how->low;
    f->high = how->high;
    for (int k = 0; k < LINES && how->low >= how->high; k++) {
        const pl_line *line = line_of(p, k);
        for (size_t i = 0; i < line->count; i++) {
            f->low = !any || line->time[i] < f->low ? line->time[i] : f->low;
            f->high = !any || line->time[i] > f->high ? line->time[i] : f->high;
            any = true;
        }
    }
    f->high = f->high > f->low ? f->high : f->low + 1;
    f->range = PL_RANGE_EMPTY;
    for (int k = 0; k < LINES; k++)
        pl_range_add(&f->range, line_of(p, k)->value, line_of(p, k)->count);
    for (int b = 0; b < p->band_count; b++) {
        pl_range_add(&f->range, p->bands[b].low.value, p->bands[b].low.count);
        pl_range_add(&f->range, p->bands[b].high.value, p->bands[b].high.count);
    }
    pl_range_settle(&f->range, 0.06);
}

static void put_value_axis(const frame *f, const pl_tics *tics)
{
    for (int i = 0; i < tics->count; i++) {
        const double y = place_y(f, tics->at[i]);
        fprintf(f->out, "<path class=\"g\" d=\"M%.1f %.1fH%.1f\"/>", f->left, y, f->right);
        fprintf(f->out, "<text class=\"y\" x=\"%.1f\" y=\"%.1f\">%s</text>", f->left - 5, y + FONT / 3.0,
                tics->label[i]);
    }
}

static void put_time_label(const frame *f, ds_time at, const char *upper, const char *lower)
{
    const double x = place_x(f, at), end = f->right - 18;
    fprintf(f->out, "<path class=\"a\" d=\"M%.1f %.1fv4\"/>", x, f->bottom);
    fprintf(f->out, "<text class=\"x\" x=\"%.1f\" y=\"%.1f\">%s</text>", fmin(x, end), f->bottom + FONT + 4,
            upper);
    if (*lower)
        fprintf(f->out, "<text class=\"x\" x=\"%.1f\" y=\"%.1f\">%s</text>", fmin(x, end),
                f->bottom + 2 * FONT + 5, lower);
}

static void put_time_axis(const frame *f, bool steps, bool shared)
{
    pl_time_tic tics[PL_TICS];
    const int most = (int)((f->right - f->left) / 75);
    fprintf(f->out, "<path class=\"a\" d=\"M%.1f %.1fV%.1fH%.1f\"/>", f->left, f->top, f->bottom, f->right);
    if (shared)
        return;
    if (steps) {
        pl_tics rows;
        pl_tics_linear((pl_range){(double)f->low + 1, (double)f->high + 1}, most, true, &rows);
        for (int i = 0; i < rows.count; i++)
            put_time_label(f, (ds_time)rows.at[i] - 1, rows.label[i], i ? "" : "row");
        return;
    }
    const int count = pl_time_tics(tics, f->low, f->high, most < 2 ? 2 : most);
    for (int i = 0; i < count; i++)
        put_time_label(f, tics[i].at, tics[i].upper, tics[i].lower);
}

int pl_inline_panel(FILE *out, const pl_forecast_panel *panel, ds_frequency frequency, const pl_inline *how,
                    const char *label, nn_error *error)
{
    static const char *const classes[LINES] = {"h", "n", "t", "f"};
    frame f = {.out = out,
               .top = ABOVE,
               .right = how->width - RIGHT,
               .bottom = how->height - (how->shared ? ABOVE : BELOW)};
    pl_tics tics;
    find_ranges(&f, panel, how);
    const int most = (int)((f.bottom - f.top) / 32);
    pl_tics_linear(f.range, most < 2 ? 2 : most, false, &tics);
    f.left = 10 + LABEL * fmax(pl_tics_widest(&tics), 6);
    fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", how->width, how->height);
    nn_html_text(out, label);
    fputs("\">", out);
    put_value_axis(&f, &tics);
    put_time_axis(&f, frequency.unit == DS_UNIT_STEP, how->shared);
    for (int b = 0; b < panel->band_count; b++)
        put_band(&f, &panel->bands[b], b);
    if (panel->forecast.count && panel->history.count) {
        const double x = place_x(&f, panel->history.time[panel->history.count - 1]);
        fprintf(out, "<path class=\"e\" d=\"M%.1f %.1fV%.1f\"/>", x, f.top, f.bottom);
    }
    for (int k = 0; k < LINES; k++)
        put_line(&f, line_of(panel, k), classes[k]);
    put_marks(&f, &panel->marks);
    fputs("</svg>\n", out);
    return ferror(out) ? nn_fail(error, NN_FAILED, "a picture cannot be written: %s", strerror(errno))
                       : NN_OK;
}
