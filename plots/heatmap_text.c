/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A map as text art. gnuplot's text terminal knows no images, so it is given lines to print. */
#include "plots/heatmap.h"

#include <math.h>

enum { NAME = 14, LEVELS = 10, SIDE = 5, HEAD = 6 };

typedef struct text_map {
    const pl_heatmap_plot *plot;
    pl_range range;
    int by_row, by_column; /* cells averaged into one character cell */
    int cell;              /* characters across */
    bool colour;
} text_map;

/* 0 to LEVELS - 1 along the scale; of a diverging map 0 to SIDE - 1 away from zero. */
static int level_of(const text_map *map, double value)
{
    double part = map->plot->diverging ? fabs(value) / map->range.high
                                       : (value - map->range.low) / (map->range.high - map->range.low);
    int levels = map->plot->diverging ? SIDE : LEVELS, level = (int)(part * levels);
    return level < 0 ? 0 : level >= levels ? levels - 1 : level;
}

/* Growing ink; below zero, letters. NaN is blank. */
static const char *glyph(const text_map *map, double value)
{
    static const char *const sequential[LEVELS] = {" ", ".", ":", "-", "=", "+", "*", "%", "#", "@"};
    static const char *const negative[SIDE] = {".", "o", "c", "n", "N"}, *const positive[SIDE] = {
                                                                             ".", "-", "+", "x", "#"};
    if (!pl_drawable(value))
        return " ";
    int level = level_of(map, value);
    return !map->plot->diverging ? sequential[level] : value < 0 ? negative[level] : positive[level];
}

static double mean(const text_map *map, int row, int column)
{
    const pl_heatmap_plot *plot = map->plot;
    double sum = 0;
    int count = 0;
    for (int i = row; i < row + map->by_row && i < plot->rows; i++)
        for (int j = column; j < column + map->by_column && j < plot->columns; j++) {
            double v = plot->value[(size_t)i * (size_t)plot->columns + (size_t)j];
            if (pl_drawable(v)) {
                sum += v;
                count++;
            }
        }
    return count ? sum / count : NAN;
}

/* A colour of the 256 that terminals have: blue to red by sign, or growing brightness. */
static int colour_of(const text_map *map, double value)
{
    static const int blues[SIDE] = {244, 117, 75, 33, 27}, reds[SIDE] = {244, 223, 216, 209, 196};
    static const int sequential[LEVELS] = {240, 24, 25, 31, 37, 43, 78, 113, 185, 220};
    int level = level_of(map, value);
    return !map->plot->diverging ? sequential[level] : value < 0 ? blues[level] : reds[level];
}

static void put_cell(pl_script *s, const text_map *map, double value)
{
    const char *text = glyph(map, value);
    bool coloured = map->colour && pl_drawable(value);
    if (coloured)
        fprintf(s->out, "\033[38;5;%dm", colour_of(map, value));
    for (int i = 0; i < map->cell; i++)
        fputs(text, s->out);
    if (coloured)
        fputs("\033[0m", s->out);
}

static void put_row(pl_script *s, const text_map *map, int row)
{
    const pl_heatmap_plot *plot = map->plot;
    char number[24];
    snprintf(number, sizeof number, "%d", row + 1);
    const char *name = plot->row_names && map->by_row == 1 ? plot->row_names[row] : number;
    /* Two printed texts are joined by a blank. */
    fputs("print ", s->out);
    pl_put_text(s, name, NAME);
    fprintf(s->out, ", '%*s|", NAME - pl_text_length(name, NAME), "");
    for (int j = 0; j < plot->columns; j += map->by_column)
        put_cell(s, map, mean(map, row, j));
    fputs("|'\n", s->out);
}

static void put_scale(pl_script *s, const text_map *map)
{
    int levels = map->plot->diverging ? 9 : LEVELS;
    fprintf(s->out, "print '%*s%.4g ", NAME + 2, "", map->range.low);
    for (int i = 0; i < levels; i++)
        put_cell(s, map, map->range.low + (map->range.high - map->range.low) * (i + 0.5) / levels);
    fprintf(s->out, " %.4g'", map->range.high);
    if (map->plot->value_title && *map->plot->value_title) {
        fputs(", ", s->out);
        pl_put_text(s, map->plot->value_title, 40);
    }
    fputs("\n", s->out);
}

static void put_titled(pl_script *s, const char *what, const char *title, int step)
{
    if (!title || !*title)
        return;
    fprintf(s->out, "print '%*s%s:', ", NAME + 2, "", what);
    pl_put_text(s, title, 40);
    if (step > 1)
        fprintf(s->out, ", '(each character the mean of %d)'", step);
    fputs("\n", s->out);
}

static void put_column_names(pl_script *s, const text_map *map)
{
    const pl_heatmap_plot *plot = map->plot;
    if (!plot->column_names || map->by_column > 1 || plot->columns > 20)
        return;
    int at = NAME + 2 + 8;
    fprintf(s->out, "print '%*scolumns:'", NAME + 2, "");
    for (int j = 0; j < plot->columns; j++) {
        int length = pl_text_length(plot->column_names[j], NAME);
        if (at + 1 + length > s->columns) {
            fprintf(s->out, "\nprint '%*s'", NAME + 10, "");
            at = NAME + 2 + 8;
        }
        fputs(", ", s->out);
        pl_put_text(s, plot->column_names[j], NAME);
        at += 1 + length;
    }
    fputs("\n", s->out);
}

int pl_heatmap_text(const pl_heatmap_plot *plot, const pl_target *target, nn_error *error)
{
    pl_script s;
    int code = pl_script_begin(&s, target, 1, 1, error);
    if (code)
        return code;
    text_map map = {.plot = plot, .range = pl_heatmap_range(plot), .colour = target->colour};
    int across = s.columns - NAME - 3, down = s.rows - HEAD;
    map.by_column = (plot->columns + across - 1) / across;
    /* Rows may scroll up to a point: a map of named rows is worth it. */
    map.by_row = plot->rows <= 60 ? 1 : (plot->rows + down - 1) / down;
    int cells = (plot->columns + map.by_column - 1) / map.by_column;
    map.cell = across / cells > 3 ? 3 : across / cells;
    pl_put_line(&s, plot->title);
    fputs("set print '-'\n", s.out);
    put_titled(&s, "down", plot->row_title, map.by_row);
    put_titled(&s, "across", plot->column_title, map.by_column);
    put_column_names(&s, &map);
    for (int i = 0; i < plot->rows; i += map.by_row)
        put_row(&s, &map, i);
    put_scale(&s, &map);
    return pl_script_end(&s, error);
}
