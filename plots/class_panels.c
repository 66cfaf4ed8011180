/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panels of a classifier's pictures: confusion, ranking, reliability. */
#include "plots/class_plot_internal.h"

#include <math.h>

enum { NAME = 16, LIST_ROW = 23, LEAST_LIST_ROW = 14 };
#define SMALL 0.8 /* of the font */

void pl_put_y_title(pl_script *s, pl_box box, double away, const char *title)
{
    if (!title || !*title)
        return;
    fputs(s->terminal == PL_TEXT ? "set ylabel " : "set label ", s->out);
    pl_put_text(s, title, 60);
    if (s->terminal == PL_TEXT)
        fputs(" noenhanced\n", s->out);
    else
        fprintf(s->out, " at screen %.5f,%.5f center rotate by 90 noenhanced textcolor rgb '#444444'\n",
                pl_screen_x(s, box.left - away), pl_screen_y(s, (box.top + box.bottom) / 2));
}

/* Both axes from 0 to 1. */
static void put_unit_axes(pl_script *s)
{
    fputs("set xrange [0:1.012]\nset yrange [0:1.012]\nunset logscale\n"
          "set xtics nomirror 0,0.2,1 format '%.1f' noenhanced\nset ytics nomirror 0,0.2,1 format '%.1f' "
          "noenhanced\n",
          s->out);
}

static void put_diagonal(pl_script *s)
{
    if (s->terminal != PL_TEXT)
        fputs("set arrow from 0,0 to 1,1 nohead back linecolor rgb '#9aa7b4' linewidth 1 dashtype '-'\n",
              s->out);
}

/* --- ranking curves --- */

typedef struct line_look {
    const char *colour, *dash;
    double width;
} line_look;

static line_look look_of(const pl_ranking_plot *plot, int index)
{
    static const char *const colours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                          "#56b4e9", "#d55e00", "#8c6bb1"};
    static const char *const dashes[] = {"solid", "'-'", "'.'", "'_.'", "'__'", "'-..'"};
    int before = 0;
    for (int i = 0; i < index; i++)
        before += plot->curves[i].whole == plot->curves[index].whole;
    if (plot->curves[index].whole)
        return (line_look){"#222222", dashes[before % 6], 2.8};
    return (line_look){colours[before % 7], dashes[before / 7 % 6], plot->curve_count > 8 ? 1.6 : 2.0};
}

double pl_ranking_list_width(const pl_ranking_plot *plot)
{
    int widest = 0;
    for (int i = 0; i < plot->curve_count; i++) {
        int length = pl_text_length(plot->curves[i].name, NAME);
        widest = length > widest ? length : widest;
    }
    return 50 + SMALL * pl_text_width(widest + 8);
}

/* The curves' names with their areas, right of the panel. */
static void put_list(pl_script *s, const pl_ranking_plot *plot, pl_box box)
{
    double row = fmin(LIST_ROW, (box.bottom - box.top) / (plot->curve_count + 1)), x = box.right + 16;
    int widest = 0;
    bool all = row >= LEAST_LIST_ROW;
    row = fmax(row, LEAST_LIST_ROW);
    for (int i = 0; i < plot->curve_count; i++) {
        int length = pl_text_length(plot->curves[i].name, NAME);
        widest = length > widest ? length : widest;
    }
    double area_x = x + 34 + SMALL * pl_text_width(widest + 7);
    fputs("set label ", s->out);
    pl_put_text(s, plot->area_title, 12);
    fprintf(s->out, " at screen %.5f,%.5f right noenhanced font ',%g' textcolor rgb '#777777'\n",
            pl_screen_x(s, area_x), pl_screen_y(s, box.top + 0.4 * row), SMALL * pl_font_size(s));
    int shown = 0;
    for (int i = 0; i < plot->curve_count; i++) {
        const pl_ranking_curve *c = &plot->curves[i];
        if (!all && !c->whole)
            continue;
        double y = box.top + row * (++shown + 0.4);
        line_look look = look_of(plot, i);
        fprintf(s->out,
                "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead front linecolor rgb '%s' "
                "linewidth %g "
                "dashtype %s\n",
                pl_screen_x(s, x), pl_screen_y(s, y), pl_screen_x(s, x + 24), pl_screen_y(s, y), look.colour,
                look.width, look.dash);
        fputs("set label ", s->out);
        pl_put_text(s, c->name, NAME);
        fprintf(s->out, " at screen %.5f,%.5f left noenhanced font ',%g' textcolor rgb '%s'\n",
                pl_screen_x(s, x + 32), pl_screen_y(s, y), SMALL * pl_font_size(s),
                c->whole ? "#111111" : "#444444");
        if (!isnan(c->area))
            fprintf(s->out,
                    "set label '%.3f' at screen %.5f,%.5f right noenhanced font ',%g' textcolor rgb '%s'\n",
                    c->area, pl_screen_x(s, area_x), pl_screen_y(s, y), SMALL * pl_font_size(s),
                    c->whole ? "#111111" : "#444444");
    }
}

void pl_put_ranking(pl_script *s, const pl_ranking_plot *plot, pl_box box, const char *prefix)
{
    bool text = s->terminal == PL_TEXT;
    for (int i = 0; i < plot->curve_count; i++) {
        const pl_ranking_curve *c = &plot->curves[i];
        fprintf(s->out, "$%s%d << END\n", prefix, i);
        for (size_t k = 0; k < c->count; k++) {
            pl_put_number(s, c->x[k]);
            fputc(' ', s->out);
            pl_put_number(s, c->y[k]);
            fputc('\n', s->out);
        }
        fputs("END\n", s->out);
    }
    pl_put_panel(s, box, plot->title);
    put_unit_axes(s);
    pl_put_x_title(s, box, plot->x_title);
    pl_put_y_title(s, box, 64, plot->y_title);
    if (plot->diagonal)
        put_diagonal(s);
    if (!text)
        put_list(s, plot, box);
    const char *separator = "plot ";
    for (int i = 0; i < plot->curve_count; i++) {
        if (!plot->curves[i].count)
            continue;
        line_look look = look_of(plot, i);
        fprintf(s->out, "%s$%s%d using 1:2 with %s ", separator, prefix, i,
                plot->curves[i].count == 1 ? "points pointtype 7" : "lines");
        if (text) {
            fprintf(s->out, "linetype %d title ", i % 7 + 1);
            pl_put_text(s, plot->curves[i].name, NAME);
        } else {
            fprintf(s->out, "linecolor rgb '%s' linewidth %g dashtype %s notitle", look.colour, look.width,
                    look.dash);
        }
        separator = ", ";
    }
    fputs(*separator == 'p' ? "plot NaN notitle\n" : "\n", s->out);
}

/* --- reliability --- */

static bool has_objects(const pl_reliability_plot *plot, int bin)
{
    return plot->count[bin] && pl_drawable(plot->confidence[bin]) && pl_drawable(plot->accuracy[bin]);
}

void pl_put_reliability(pl_script *s, const pl_reliability_plot *plot, pl_box box)
{
    double all = 0;
    bool text = s->terminal == PL_TEXT;
    for (int b = 0; b < plot->bins; b++)
        all += (double)plot->count[b];
    fputs("$share << END\n", s->out);
    for (int b = 0; b < plot->bins; b++)
        fprintf(s->out, "%.6f %.6f\n", (b + 0.5) / plot->bins, all > 0 ? (double)plot->count[b] / all : 0);
    fputs("END\n$reliability << END\n", s->out);
    bool any = false;
    for (int b = 0; b < plot->bins; b++)
        if (has_objects(plot, b)) {
            fprintf(s->out, "%.6f %.6f %.6f %.6f\n", plot->confidence[b], plot->accuracy[b],
                    plot->low ? plot->low[b] : plot->accuracy[b],
                    plot->high ? plot->high[b] : plot->accuracy[b]);
            any = true;
        }
    fputs("END\n", s->out);
    char title[80];
    bool titled = plot->title && *plot->title;
    snprintf(title, sizeof title, "%.50s%sECE %.3f", titled ? plot->title : "", titled ? ", " : "",
             plot->ece);
    pl_put_panel(s, box, title);
    put_unit_axes(s);
    pl_put_x_title(s, box,
                   text        ? "confidence"
                   : plot->low ? "confidence; bars: share of objects; 95 % intervals"
                               : "confidence; bars: share of objects");
    pl_put_y_title(s, box, 64, "share of right calls");
    put_diagonal(s);
    if (!any)
        fputs("plot NaN notitle\n", s->out);
    else if (text)
        fputs("plot $reliability using 1:2 with linespoints linestyle 5 title 'share of right calls', x with "
              "lines "
              "linetype 3 title 'calibrated'\n",
              s->out);
    else
        fprintf(s->out,
                "set errorbars 0\nset boxwidth %.6f absolute\nplot $share using 1:2 with boxes linecolor rgb "
                "'#dbe6ef' fillstyle "
                "solid "
                "1 noborder notitle, $reliability using 1:2:3:4 with yerrorbars linecolor rgb '#8fb8d8' "
                "linewidth 1.5 "
                "pointtype 0 notitle, $reliability using 1:2 with linespoints linecolor rgb '#0072b2' "
                "linewidth 2 "
                "pointtype 7 pointsize %g notitle\n",
                0.86 / plot->bins, 1.9 * pl_dot_size(s));
}

/* --- the confusion matrix --- */

static int longest_name(const pl_confusion_plot *plot)
{
    int longest = 0;
    for (int c = 0; c < plot->classes; c++) {
        int length = pl_text_length(plot->name[c], NAME);
        longest = length > longest ? length : longest;
    }
    return longest;
}

static double name_size(const pl_confusion_plot *plot)
{
    return plot->classes > 8 ? SMALL : 1;
}

static bool is_turned(const pl_confusion_plot *plot, double width)
{
    return name_size(plot) * pl_text_width(longest_name(plot) + 1) > width / plot->classes;
}

double pl_confusion_left(const pl_confusion_plot *plot)
{
    return name_size(plot) * pl_text_width(longest_name(plot)) + 52;
}

double pl_confusion_below(const pl_confusion_plot *plot, double width)
{
    double names =
        is_turned(plot, width) ? 0.74 * name_size(plot) * pl_text_width(longest_name(plot)) + 20 : 26;
    return names + 2.2 * PL_FONT;
}

static double share_of(const pl_confusion_plot *plot, int row, int column)
{
    double sum = 0;
    for (int c = 0; c < plot->classes; c++)
        sum += (double)plot->count[row * plot->classes + c];
    return sum > 0 ? (double)plot->count[row * plot->classes + column] / sum : NAN;
}

static void put_names(pl_script *s, const pl_confusion_plot *plot, const char *axis, const char *how)
{
    fprintf(s->out, "set %stics nomirror scale 0 font ',%g' %s (", axis, name_size(plot) * pl_font_size(s),
            how);
    for (int c = 0; c < plot->classes; c++) {
        fputs(c ? ", " : "", s->out);
        pl_put_tic(s, plot->name[c], NAME);
        fprintf(s->out, " %d", c);
    }
    fputs(") noenhanced\n", s->out);
}

/* Percent, with counts beneath where there is room; light text on dark ground. Of many classes the cells that
 * round to nothing stay empty. */
static void put_cells(pl_script *s, const pl_confusion_plot *plot)
{
    fputs("$cells << END\n", s->out);
    for (int i = 0; i < plot->classes; i++)
        for (int j = 0; j < plot->classes; j++) {
            fprintf(s->out, "%d %d ", j, i);
            pl_put_number(s, share_of(plot, i, j));
            fputc('\n', s->out);
        }
    fputs("END\n$numbers << END\n", s->out);
    for (int i = 0; i < plot->classes; i++)
        for (int j = 0; j < plot->classes; j++) {
            double share = share_of(plot, i, j);
            if (isnan(share) || (plot->classes > 8 && share < 0.005))
                continue;
            fprintf(s->out, "%d %d \"%.*f", j, i, plot->classes <= 6 ? 1 : 0, 100 * share);
            if (plot->classes <= 6)
                fprintf(s->out, " %%\\n%zu", plot->count[i * plot->classes + j]);
            fprintf(s->out, "\" %s\n", share > 0.55 ? "0xffffff" : "0x333333");
        }
    fputs("END\n", s->out);
}

void pl_put_confusion(pl_script *s, const pl_confusion_plot *plot, pl_box box)
{
    int n = plot->classes;
    put_cells(s, plot);
    pl_put_panel(s, box, plot->title);
    double below = pl_confusion_below(plot, box.right - box.left);
    fprintf(s->out, "unset grid\nunset border\nset xrange [-0.5:%.1f]\nset yrange [%.1f:-0.5]\n", n - 0.5,
            n - 0.5);
    put_names(s, plot, "x", is_turned(plot, box.right - box.left) ? "rotate by 45 right" : "norotate");
    put_names(s, plot, "y", "");
    pl_put_y_title(s, box, pl_confusion_left(plot) - 18, "true class");
    fprintf(s->out, "set label 'called' at screen %.5f,%.5f center noenhanced textcolor rgb '#444444'\n",
            pl_screen_x(s, (box.left + box.right) / 2), pl_screen_y(s, box.bottom + below - PL_FONT));
    fputs("set palette defined (0 '#fdfde8', 1 '#d3ecc0', 2 '#8ed0b8', 3 '#43adbd', 4 '#2380b4', 5 "
          "'#234f97', 6 "
          "'#101f52')\nset cbrange [0:1]\nunset colorbox\n",
          s->out);
    double cell = (box.right - box.left) / n, size = fmin(n > 6 ? 1.0 : 0.95, cell / (2.6 * PL_FONT));
    fprintf(s->out,
            "plot $cells using 1:2:3 with image%s notitle, $numbers using 1:2:(stringcolumn(3)):4 with "
            "labels font "
            "',%g' textcolor rgb variable notitle\n",
            s->terminal == PL_PNG ? "" : " pixels", fmax(size, 0.5) * pl_font_size(s));
}
