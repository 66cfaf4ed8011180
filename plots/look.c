/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all plots have in common: canvas, title, legend, panels. Colours of Okabe and Ito, told apart by all
 * eyes. */
#include "plots/script.h"

#include <string.h>

enum { TITLE_HEIGHT = 40, KEY_HEIGHT = 34, MOST_NAME = 28 };

static const struct {
    const char *colour, *dash;
    double width;
    const char *text_colour; /* text art: the nearest of a terminal's 16 */
    int text_line;           /* text art: gnuplot's line type, that is, its character */
    char text_point;
} styles[] = {
    [PL_HISTORY] = {"#8a8a8a", "solid", 1.6, "#555555", 3, '.'},
    [PL_FORECAST] = {"#0072b2", "solid", 2.6, "#0072b2", 1, '*'},
    [PL_TRUTH] = {"#222222", "solid", 1.6, "#008000", 2, '#'},
    [PL_NAIVE] = {"#e69f00", "'.'", 2.4, "#e69f00", 4, '%'},
    [PL_CURVE] = {"#0072b2", "solid", 2.6, "#0072b2", 1, '*'},
    [PL_CURVE + 1] = {"#e69f00", "solid", 2, "#e69f00", 2, '#'},
    [PL_CURVE + 2] = {"#009e73", "solid", 2, "#008000", 3, '$'},
    [PL_CURVE + 3] = {"#cc79a7", "solid", 2, "#cc00cc", 4, '%'},
    [PL_CURVE + 4] = {"#56b4e9", "solid", 2, "#0000cc", 5, '@'},
    [PL_CURVE + 5] = {"#d55e00", "solid", 2, "#cc0000", 6, '&'},
    [PL_CURVE + 6] = {"#222222", "'-'", 2, "#555555", 7, '='},
};

double pl_text_width(int characters)
{
    return characters * 0.54 * PL_FONT;
}

double pl_screen_x(const pl_script *s, double x)
{
    return x / s->width;
}

double pl_screen_y(const pl_script *s, double y)
{
    return 1 - y / s->height;
}

int pl_head_height(const char *title, int keys)
{
    bool titled = title && *title;
    return PL_MARGIN / 2 + (titled ? TITLE_HEIGHT : 0) + (keys ? KEY_HEIGHT : 0);
}

/* Of a character of a title. */
static double title_width(void)
{
    return 1.25 * pl_text_width(1);
}

double pl_head_width(const char *title)
{
    return title && *title ? 2 * PL_MARGIN + title_width() * (pl_text_length(title, 1000) + 1) : 0;
}

double pl_dot_size(const pl_script *s)
{
    return s->terminal == PL_SVG ? 0.36 : 0.6; /* SVG counts in larger units */
}

static void put_styles(pl_script *s)
{
    for (int i = 1; i < (int)(sizeof styles / sizeof *styles); i++)
        if (s->terminal == PL_TEXT)
            fprintf(s->out, "set style line %d linetype %d linecolor rgb '%s' pointtype '%c'\n", i,
                    styles[i].text_line, styles[i].text_colour, styles[i].text_point);
        else
            fprintf(
                s->out,
                "set style line %d linecolor rgb '%s' linewidth %g dashtype %s pointtype 7 pointsize %g\n", i,
                styles[i].colour, styles[i].width, styles[i].dash, pl_dot_size(s));
}

/* A key of gnuplot's would be as narrow as its panel, and in one of them: this one stands by itself. */
static void put_keys(pl_script *s, const char *title, const pl_key *keys, int count)
{
    double x = PL_MARGIN, y = PL_MARGIN / 2.0 + (title && *title ? TITLE_HEIGHT : 0) + KEY_HEIGHT / 2.0;
    for (int i = 0; i < count; i++) {
        double next = x + 36;
        fprintf(s->out, "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead front linestyle %d\n",
                pl_screen_x(s, x), pl_screen_y(s, y), pl_screen_x(s, next), pl_screen_y(s, y), keys[i].style);
        fputs("set label ", s->out);
        pl_put_text(s, keys[i].name, MOST_NAME);
        fprintf(s->out, " at screen %.5f,%.5f left front noenhanced textcolor rgb '#444444'\n",
                pl_screen_x(s, next + 8), pl_screen_y(s, y));
        x = next + 8 + pl_text_width(pl_text_length(keys[i].name, MOST_NAME)) + 32;
    }
}

void pl_put_line(pl_script *s, const char *text)
{
    if (!text || !*text)
        return;
    fputs("set print '-'\nprint ", s->out);
    pl_put_text(s, text, s->columns);
    fputs("\nunset print\n", s->out);
}

void pl_put_head(pl_script *s, const char *title, const pl_key *keys, int count)
{
    put_styles(s);
    fputs("unset key\n", s->out);
    if (s->terminal == PL_TEXT) {
        pl_put_line(s, title);
        s->rows -= title && *title ? 2 : 0;
        fputs("set key outside top center horizontal noenhanced width 2 samplen 3\n", s->out);
        return;
    }
    fputs("set multiplot\n", s->out);
    if (title && *title) {
        fputs("set label ", s->out);
        pl_put_text(s, title, (int)((s->width - 2 * PL_MARGIN) / title_width()));
        fprintf(s->out, " at screen %.5f,%.5f left noenhanced font ',%g' textcolor rgb '#111111'\n",
                pl_screen_x(s, PL_MARGIN), pl_screen_y(s, PL_MARGIN / 2.0 + TITLE_HEIGHT / 2.0),
                1.25 * pl_font_size(s));
    }
    put_keys(s, title, keys, count);
    /* A plot of nothing draws the labels and arrows so far. */
    fputs("unset border\nunset tics\nset margins 0,0,0,0\nplot [0:1] [0:1] NaN notitle\n"
          "unset label\nunset arrow\n",
          s->out);
    fputs("set border 3 linecolor rgb '#999999' linewidth 1\n"
          "set tics nomirror out scale 0.5 textcolor rgb '#444444'\n"
          "set grid back linetype 1 linecolor rgb '#e6e6e6' linewidth 1 dashtype solid\n",
          s->out);
}

void pl_put_panel(pl_script *s, pl_box box, const char *title)
{
    if (s->terminal == PL_TEXT) {
        fputs("set title ", s->out);
        pl_put_text(s, title, s->columns - 20);
        fputs(" noenhanced\nset border 3\nset tics nomirror\n", s->out);
        return;
    }
    fprintf(s->out, "set lmargin at screen %.5f\nset rmargin at screen %.5f\n", pl_screen_x(s, box.left),
            pl_screen_x(s, box.right));
    fprintf(s->out, "set tmargin at screen %.5f\nset bmargin at screen %.5f\n", pl_screen_y(s, box.top),
            pl_screen_y(s, box.bottom));
    fputs("unset label\nunset arrow\nunset object\n", s->out);
    if (!title || !*title)
        return;
    int most = (int)((box.right - box.left) / pl_text_width(1));
    fputs("set label ", s->out);
    pl_put_text(s, title, most < 8 ? 8 : most);
    fprintf(s->out, " at screen %.5f,%.5f left noenhanced textcolor rgb '#222222'\n",
            pl_screen_x(s, box.left), pl_screen_y(s, box.top - 0.8 * PL_FONT));
}

void pl_put_x_title(pl_script *s, pl_box box, const char *title)
{
    if (!title || !*title)
        return;
    fputs(s->terminal == PL_TEXT ? "set xlabel " : "set label ", s->out);
    pl_put_text(s, title, 80);
    if (s->terminal == PL_TEXT)
        fputs(" noenhanced\n", s->out);
    else
        fprintf(s->out, " at screen %.5f,%.5f center noenhanced textcolor rgb '#444444'\n",
                pl_screen_x(s, (box.left + box.right) / 2), pl_screen_y(s, box.bottom + 3.1 * PL_FONT));
}
