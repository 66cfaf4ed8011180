/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nelder and Mead's search within bounds. */
#include "forecast/statistics/simplex.h"

#include <math.h>
#include <string.h>

typedef fc_simplex_search search;
typedef fc_simplex_corner corner;

/* What was asked last: a corner of the first simplex, or one of a step. */
enum { FIRST, REFLECTED, FURTHER, INNER, SHRUNK };

static void ask(search *s, int stage, const double *x)
{
    s->stage = stage;
    for (int i = 0; i < s->n; i++)
        s->asked.x[i] = fmin(fmax(x[i], s->low[i]), s->high[i]);
}

/* Puts c in its place among the first `have` corners. */
static void insert(search *s, int have, corner c)
{
    while (have > 0 && s->at[have - 1].value > c.value) {
        s->at[have] = s->at[have - 1];
        have--;
    }
    s->at[have] = c;
}

/* Corner `next` of the first simplex: the start itself, then a step along each unknown. */
static void ask_first(search *s)
{
    double x[FC_SIMPLEX];
    memcpy(x, s->start, (size_t)s->n * sizeof *x);
    if (s->next > 0) {
        const int i = s->next - 1;
        const double range = s->high[i] - s->low[i];
        x[i] += x[i] + s->step * range <= s->high[i] ? s->step * range : -s->step * range;
    }
    ask(s, FIRST, x);
}

/* The point on the way from the worst corner through the middle of the others: 0 is the middle, -1 the worst.
 */
static void ask_along(search *s, int stage, double way)
{
    double x[FC_SIMPLEX];
    for (int i = 0; i < s->n; i++) {
        double middle = 0;
        for (int k = 0; k < s->n; k++)
            middle += s->at[k].x[i] / s->n;
        x[i] = middle + way * (middle - s->at[s->n].x[i]);
    }
    ask(s, stage, x);
}

/* Corner `next` half way to the least one. */
static void ask_shrunk(search *s)
{
    double x[FC_SIMPLEX];
    for (int i = 0; i < s->n; i++)
        x[i] = 0.5 * (s->old[s->next].x[i] + s->old[0].x[i]);
    ask(s, SHRUNK, x);
}

/* A step, or what follows where none is wanted: the search begins once more from its least corner. */
static void move_on(search *s)
{
    if (s->left > 0 && !(s->at[s->n].value - s->at[0].value < s->tolerance)) {
        ask_along(s, REFLECTED, 1);
        return;
    }
    memcpy(s->start, s->at[0].x, sizeof s->start);
    s->step *= 0.5;
    s->next = 0;
    if (++s->round == 2)
        s->done = true;
    else
        ask_first(s);
}

void fc_simplex_begin(search *s, int n, const double *x, const double *low, const double *high, double step,
                      double tolerance, int most)
{
    *s = (search){.n = n, .left = most, .low = low, .high = high, .step = step, .tolerance = tolerance};
    memcpy(s->start, x, (size_t)n * sizeof *x);
    ask_first(s);
}

static void tell_reflected(search *s, corner c)
{
    s->reflected = c;
    s->outside = c.value < s->at[s->n].value;
    if (c.value < s->at[0].value)
        ask_along(s, FURTHER, 2);
    else if (c.value < s->at[s->n - 1].value) {
        insert(s, s->n, c);
        move_on(s);
    } else
        ask_along(s, INNER, s->outside ? 0.5 : -0.5);
}

static void tell_inner(search *s, corner c)
{
    if (c.value < (s->outside ? s->reflected.value : s->at[s->n].value)) {
        insert(s, s->n, c);
        move_on(s);
        return;
    }
    memcpy(s->old, s->at, sizeof s->old);
    s->next = 1;
    ask_shrunk(s);
}

/* One more of the corners that are asked for in a row: the first simplex has one more than a shrunk one. */
static void tell_next(search *s, corner c)
{
    insert(s, s->next++, c);
    if (s->next > s->n)
        move_on(s);
    else if (s->stage == FIRST)
        ask_first(s);
    else
        ask_shrunk(s);
}

void fc_simplex_tell(search *s, double value)
{
    corner c = s->asked;
    c.value = isnan(value) ? INFINITY : value;
    s->left--;
    switch (s->stage) {
    case REFLECTED:
        tell_reflected(s, c);
        break;
    case FURTHER:
        insert(s, s->n, c.value < s->reflected.value ? c : s->reflected);
        move_on(s);
        break;
    case INNER:
        tell_inner(s, c);
        break;
    default:
        tell_next(s, c);
    }
}

double fc_simplex(int n, double *x, const double *low, const double *high,
                  double (*value)(const double *x, void *data), void *data, double step, double tolerance,
                  int most)
{
    search s;
    fc_simplex_begin(&s, n, x, low, high, step, tolerance, most);
    while (!s.done)
        fc_simplex_tell(&s, value(s.asked.x, data));
    memcpy(x, s.at[0].x, (size_t)n * sizeof *x);
    return s.at[0].value;
}
