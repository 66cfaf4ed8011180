/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds placeholders for missing values, constant columns, and columns that know the future of others. */
#include "datasets/series/doubts.h"

#include "datasets/table/notes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 5, MOST_COLUMNS = 60, SCREEN_ROWS = 64, MOST_ROWS = 4000 };

/* --- placeholders and constants --- */

/* Nines alone, three at least, with a point anywhere; the limits of types of numbers; beyond all measure. */
static bool is_placeholder(double value)
{
    static const double limits[] = {32767, 32768, 65535, 2147483647.0, 2147483648.0, 4294967295.0};
    const double size = fabs(value);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (size == limits[i])
            return true;
    if (size >= 1e20)
        return true;
    /* Leading digits below 999 need not be printed: log10(9.99) is .99957. */
    const double power = size > 0 ? log10(size) : 0;
    if (!(power - floor(power) > 0.9995))
        return false;
    char digits[40];
    snprintf(digits, sizeof digits, "%.9g", size);
    int nines = 0;
    for (const char *c = digits; *c; c++)
        if (*c == '9')
            nines++;
        else if (*c != '.')
            return false;
    return nines >= 3;
}

/* A column's placeholders and the range of its other values. */
typedef struct census {
    double placeholder[4];
    size_t count[4], others, known;
    int kinds;
    double least, most, first;
    bool varies;
} census;

static void take(census *c, double value)
{
    c->varies |= c->known > 0 && value != c->first;
    c->first = c->known++ ? c->first : value;
    int i = 0;
    if (is_placeholder(value)) {
        while (i < c->kinds && c->placeholder[i] != value)
            i++;
        if (i < 4) {
            c->placeholder[i] = value;
            c->count[i]++;
            c->kinds += i == c->kinds;
            return;
        }
    }
    c->least = c->others ? fmin(c->least, value) : value;
    c->most = c->others ? fmax(c->most, value) : value;
    c->others++;
}

static void say_placeholders(ds_notes *notes, const char *name, const census *c)
{
    const double spread = c->most > c->least ? c->most - c->least : fabs(c->most) + 1;
    for (int i = 0; i < c->kinds && notes->count < MOST_LINES; i++) {
        const double v = c->placeholder[i], away = v < c->least ? c->least - v : v - c->most;
        if (c->others <= c->count[i] || away <= 2 * spread)
            continue;
        ds_note(
            notes,
            "%.10g stands %zu time%s in '%.100s', far from all other values (%.6g to %.6g); --missing %.10g "
            "reads it as missing",
            v, c->count[i], c->count[i] == 1 ? "" : "s", name, c->least, c->most, v);
    }
}

/* Single precision, in which networks compute, ends at 1e-38 and 3e38, and its squares halfway. */
static void say_extremes(ds_notes *notes, const char *name, const census *c)
{
    const double size = fmax(fabs(c->least), fabs(c->most));
    if (notes->count >= MOST_LINES || !c->varies || !c->others)
        return;
    if (size < 1e-30)
        ds_note(notes,
                "'%.100s' has no value beyond %.3g, so little that it counts as constant; multiplied by 1e%d "
                "it can be learnt",
                name, size, size > 0 ? (int)ceil(-log10(size)) : 300);
    else if (size > 1e20)
        ds_note(notes, "'%.100s' reaches %.3g, where sums of squares are no longer finite; divide it", name,
                size);
}

static void look_at_values(const ds_table *t, ds_notes *odd, ds_notes *constant)
{
    for (int j = 0; j < t->columns; j++) {
        census c = {.known = 0};
        for (size_t r = 0; r < t->rows; r++) {
            const size_t at = r * (size_t)t->columns + (size_t)j;
            if (!isnan(t->values[at]) && !(t->filled && t->filled[at]))
                take(&c, t->values[at]);
        }
        say_placeholders(odd, t->names[j], &c);
        say_extremes(odd, t->names[j], &c);
        if (c.known > 1 && !c.varies && constant->count < MOST_LINES)
            ds_note(constant, "'%.100s' is %.10g in all rows: there is nothing to learn of it", t->names[j],
                    c.first);
    }
}

/* Digits behind the first must have squares, too, and many of them a sum. */
void ds_doubts_say_squares(const ds_table *table, void (*say)(void *context, const char *line), void *context)
{
    ds_notes notes = {say, context, 0};
    for (int j = 0; j < table->columns && notes.count < MOST_LINES; j++) {
        double size = 0, least = INFINITY, most = -INFINITY;
        for (size_t r = 0; r < table->rows; r++) {
            const double value = table->values[r * (size_t)table->columns + (size_t)j];
            size = fmax(size, fabs(value));
            least = fmin(least, value);
            most = fmax(most, value);
        }
        if (!(least < most))
            continue;
        if (size < 1e-140)
            ds_note(
                &notes,
                "'%.100s' has no value beyond %.3g: squares of such values are 0, and it counts as constant; "
                "multiplied by 1e%d it can be forecast",
                table->names[j], size, (int)ceil(-log10(size)));
        else if (size > 1e140)
            ds_note(&notes,
                    "'%.100s' reaches %.3g, the square of which is no number: little can be said of how far "
                    "forecasts err; divide it",
                    table->names[j], size);
    }
}

/* --- columns that know the future --- */

/* Steps from row to row, column after column. */
typedef struct steps {
    double *step; /* columns x rows; NaN where a value is missing */
    size_t rows;
    int columns;
} steps;

/* The correlation of x[t] with y[t + lag] over the first `rows` of them; 0 where either is constant or nearly
 * all are missing. */
static double correlation(const double *x, const double *y, size_t rows, int lag)
{
    double n = 0, sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
    for (size_t t = 0; t + (size_t)lag < rows; t++) {
        const double a = x[t], b = y[t + (size_t)lag];
        if (isnan(a) || isnan(b))
            continue;
        n++;
        sx += a;
        sy += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    const double vx = xx - sx * sx / n, vy = yy - sy * sy / n;
    return n >= 16 && vx > 1e-12 * xx && vy > 1e-12 * yy ? (xy - sx * sy / n) / sqrt(vx * vy) : 0;
}

/* The first lag at which x's steps are y's, later by it; -1: none. Few rows rule most pairs out. */
static int find_lag(const steps *s, int x, int y, int most)
{
    const double *a = s->step + (size_t)x * s->rows, *b = s->step + (size_t)y * s->rows;
    for (int lag = 0; lag <= most; lag++) {
        const double limit = lag ? 0.999 : 0.999999;
        const size_t few = s->rows < SCREEN_ROWS + (size_t)lag ? s->rows : SCREEN_ROWS + (size_t)lag;
        const double screened = correlation(a, b, few, lag);
        if (screened != 0 && screened < 0.99)
            continue;
        if (correlation(a, b, s->rows, lag) >= limit)
            return lag;
    }
    return -1;
}

static void look_at_pairs(const ds_table *t, const steps *s, const uint8_t *wanted, int most, ds_notes *ahead)
{
    for (int y = 0; y < s->columns; y++)
        for (int x = 0; x < s->columns && ahead->count < MOST_LINES && (!wanted || wanted[y]); x++) {
            const int lag = x == y ? -1 : find_lag(s, x, y, most);
            if (lag > 0)
                ds_note(
                    ahead,
                    "'%.100s' is '%.100s' %d row%s later: is it known when forecasting? --exclude leaves it "
                    "out",
                    t->names[x], t->names[y], lag, lag == 1 ? "" : "s");
            else if (lag == 0 && (x > y || (wanted && !wanted[x])))
                ds_note(ahead, "'%.100s' and '%.100s' say the same: their steps correlate by 1", t->names[y],
                        t->names[x]);
        }
}

static int make_steps(steps *s, const ds_table *t, nn_error *error)
{
    s->rows = t->rows > MOST_ROWS ? MOST_ROWS : t->rows - 1;
    s->columns = t->columns < MOST_COLUMNS ? t->columns : MOST_COLUMNS;
    s->step = malloc((s->rows * (size_t)s->columns + 1) * sizeof *s->step);
    if (!s->step)
        return nn_no_memory(error);
    for (int j = 0; j < s->columns; j++)
        for (size_t r = 0; r < s->rows; r++) {
            const double *at = t->values + r * (size_t)t->columns + (size_t)j;
            s->step[(size_t)j * s->rows + r] = at[t->columns] - *at;
        }
    return NN_OK;
}

int ds_doubts_say(const ds_table *table, const uint8_t *wanted, int most,
                  void (*say)(void *context, const char *line), void *context, nn_error *error)
{
    ds_notes odd = {say, context, 0}, constant = odd, ahead = odd;
    steps s = {0};
    look_at_values(table, &odd, &constant);
    if (table->columns < 2 || table->rows < 20)
        return NN_OK;
    const int code = make_steps(&s, table, error);
    if (!code)
        look_at_pairs(table, &s, wanted, most, &ahead);
    free(s.step);
    return code;
}
