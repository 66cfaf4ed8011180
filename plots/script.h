/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing gnuplot scripts: terminals, quoting, the look that all plots share. Private to plots/.
 *
 * Positions of the drawn (not text) terminals are pixels of a canvas that is PL_WIDTH wide, from its top left
 * corner. Text of a user's file reaches a script only through pl_put_text and pl_put_tic. */
#ifndef PL_SCRIPT_H
#define PL_SCRIPT_H

#include "lib/files/text_stream.h"
#include "plots/plot.h"

#include <locale.h>
#include <stdio.h>

enum { PL_WIDTH = 1200, PL_FONT = 18, PL_MARGIN = 24, PL_INCHES = 8 };

typedef enum pl_terminal { PL_PNG, PL_SVG, PL_PDF, PL_TEXT } pl_terminal;

typedef struct pl_script {
    const pl_target *target;
    pl_terminal terminal;
    int columns, rows;   /* text art: size in characters */
    int width, height;   /* drawn: the canvas, pixels */
    nn_text_stream body; /* the script without its header */
    FILE *out;           /* its stream; all numbers in the C locale */
    locale_t before;     /* the caller's */
} pl_script;

/* Starts a script; on success pl_script_end must follow. width, height: of the canvas, pixels. Text art gets
 * the target's size. */
int pl_script_begin(pl_script *script, const pl_target *target, int width, int height, nn_error *error);
/* Lets text art have another height than the terminal; before the end. */
void pl_script_set_rows(pl_script *script, int rows);
/* Writes the script where the target wants it, draws the picture, frees. */
int pl_script_end(pl_script *script, nn_error *error);

/* A gnuplot string that shows text, cut to most characters with an ellipsis. NULL is the empty text. */
void pl_put_text(pl_script *script, const char *text, int most);
/* The same for a label in a list of tics, where gnuplot looks for formats. */
void pl_put_tic(pl_script *script, const char *text, int most);
/* The number of characters that pl_put_text shows of text. */
int pl_text_length(const char *text, int most);
/* A number as gnuplot reads it; NaN and values too large to draw become NaN. */
void pl_put_number(pl_script *script, double value);
bool pl_drawable(double value);
/* Of count values; false for NULL. */
bool pl_any_drawable(const double *value, int count);
/* The data block $name: values over 1, 2, ..., count, an empty line where the line breaks. */
void pl_put_series(pl_script *script, const char *name, const double *value, int count);

/* PL_FONT pixels in the terminal's own unit. */
double pl_font_size(const pl_script *script);
/* About the width of so many characters of body text, pixels. */
double pl_text_width(int characters);

/* --- the shared look --- */

typedef enum pl_style {
    PL_HISTORY = 1,
    PL_FORECAST,
    PL_TRUTH,
    PL_NAIVE,
    PL_CURVE
} pl_style; /* PL_CURVE + 0..6 */
enum { PL_CURVES = 7 };

typedef struct pl_box {
    double left, top, right, bottom; /* pixels: of the axes, without labels */
} pl_box;

typedef struct pl_key {
    const char *name;
    int style; /* pl_style */
} pl_key;

/* gnuplot's size of the points on a line. */
double pl_dot_size(const pl_script *script);
/* Title and legend on top of the canvas; returns the height they take. */
int pl_head_height(const char *title, int keys);
/* Pixels that a title needs to stand in whole. */
double pl_head_width(const char *title);
void pl_put_head(pl_script *script, const char *title, const pl_key *keys, int count);
/* Text art: a line of text by itself. */
void pl_put_line(pl_script *script, const char *text);
/* Grid, border, margins of a panel, and its title over the left end of the axes (NULL: none). */
void pl_put_panel(pl_script *script, pl_box box, const char *title);
/* What the x axis shows, beneath its labels. */
void pl_put_x_title(pl_script *script, pl_box box, const char *title);
/* Screen coordinates of a pixel. */
double pl_screen_x(const pl_script *script, double x);
double pl_screen_y(const pl_script *script, double y);

#endif
