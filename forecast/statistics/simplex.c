/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nelder and Mead's search within bounds. */
#include "forecast/statistics/simplex.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef struct corner {
    double x[FC_SIMPLEX], value;
} corner;

typedef struct search {
    int n, left; /* values that may still be asked for */
    const double *low, *high;
    double (*value)(const double *x, void *data);
    void *data;
    corner at[FC_SIMPLEX + 1]; /* the least first */
} search;

static void ask(search *s, corner *c)
{
    for (int i = 0; i < s->n; i++)
        c->x[i] = fmin(fmax(c->x[i], s->low[i]), s->high[i]);
    c->value = s->value(c->x, s->data);
    if (isnan(c->value))
        c->value = INFINITY;
    s->left--;
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

static void begin(search *s, const double *x, double step)
{
    corner first = {.value = 0};
    memcpy(first.x, x, (size_t)s->n * sizeof *x);
    for (int i = -1; i < s->n; i++) {
        corner c = first;
        if (i >= 0) {
            const double range = s->high[i] - s->low[i];
            c.x[i] += c.x[i] + step * range <= s->high[i] ? step * range : -step * range;
        }
        ask(s, &c);
        insert(s, i + 1, c);
    }
}

/* The point on the way from the worst corner through the middle of the others: 0 is the middle, -1 the worst.
 */
static corner along(search *s, double way)
{
    corner c = {.value = 0};
    for (int i = 0; i < s->n; i++) {
        double middle = 0;
        for (int k = 0; k < s->n; k++)
            middle += s->at[k].x[i] / s->n;
        c.x[i] = middle + way * (middle - s->at[s->n].x[i]);
    }
    ask(s, &c);
    return c;
}

static void shrink(search *s)
{
    corner old[FC_SIMPLEX + 1];
    memcpy(old, s->at, sizeof old);
    for (int k = 1; k <= s->n; k++) {
        for (int i = 0; i < s->n; i++)
            old[k].x[i] = 0.5 * (old[k].x[i] + old[0].x[i]);
        ask(s, &old[k]);
        insert(s, k, old[k]);
    }
}

static void move(search *s)
{
    const int n = s->n;
    const corner reflected = along(s, 1);
    if (reflected.value < s->at[0].value) {
        const corner further = along(s, 2);
        insert(s, n, further.value < reflected.value ? further : reflected);
    } else if (reflected.value < s->at[n - 1].value)
        insert(s, n, reflected);
    else {
        const bool outside = reflected.value < s->at[n].value;
        const corner inner = along(s, outside ? 0.5 : -0.5);
        if (inner.value < (outside ? reflected.value : s->at[n].value))
            insert(s, n, inner);
        else
            shrink(s);
    }
}

double fc_simplex(int n, double *x, const double *low, const double *high,
                  double (*value)(const double *x, void *data), void *data, double step, double tolerance,
                  int most)
{
    search s = {.n = n, .left = most, .low = low, .high = high, .value = value, .data = data};
    for (int round = 0; round < 2; round++) {
        begin(&s, x, step);
        while (s.left > 0 && !(s.at[n].value - s.at[0].value < tolerance))
            move(&s);
        memcpy(x, s.at[0].x, (size_t)n * sizeof *x);
        step *= 0.5;
    }
    return s.at[0].value;
}
