/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses objects by doubt and by distance from those chosen before. */
#include "forecast/statistics/asking.h"

#include <math.h>
#include <stdlib.h>

double fc_doubt_of(fc_doubt by, const double *p, int classes, double novelty)
{
    double first = 0, second = 0, entropy = 0;
    for (int c = 0; c < classes; c++) {
        if (p[c] > first) {
            second = first;
            first = p[c];
        } else if (p[c] > second) {
            second = p[c];
        }
        entropy -= p[c] > 0 ? p[c] * log(p[c]) : 0;
    }
    return by == FC_DOUBT_MARGIN    ? 1 - (first - second)
           : by == FC_DOUBT_ENTROPY ? entropy / log(classes)
           : isnan(novelty)         ? 0
                                    : novelty;
}

typedef struct search {
    const fc_candidates *from;
    double *weight;  /* (width): 1 / variance; 0: it does not vary */
    double *nearest; /* (count): squared distance to what is covered; infinite: nothing is */
    size_t *to;      /* (count): that object */
    bool *taken;     /* (count): known, or chosen */
    double typical;  /* squared: of two unrelated objects */
} search;

static void weigh(search *s)
{
    const fc_candidates *c = s->from;
    for (int k = 0; k < c->width; k++) {
        double mean = 0, squares = 0;
        for (size_t i = 0; i < c->count; i++) {
            const double x = (double)c->place[i * (size_t)c->width + (size_t)k], off = x - mean;
            mean += off / (double)(i + 1);
            squares += off * (x - mean);
        }
        const double variance = squares / (double)c->count;
        s->weight[k] = variance > 1e-12 * mean * mean ? 1 / variance : 0;
        s->typical += s->weight[k] > 0 ? 2 : 0;
    }
}

/* The object is known or asked: what lies around it is covered. */
static void cover(search *s, size_t at)
{
    const fc_candidates *c = s->from;
    const size_t width = (size_t)c->width;
    const float *centre = c->place + at * width;
    s->taken[at] = true;
    for (size_t i = 0; i < c->count; i++) {
        const float *x = c->place + i * width;
        double sum = 0;
        for (size_t k = 0; k < width && !s->taken[i]; k++)
            sum += s->weight[k] * (double)(x[k] - centre[k]) * (double)(x[k] - centre[k]);
        if (!s->taken[i] && sum < s->nearest[i]) {
            s->nearest[i] = sum;
            s->to[i] = at;
        }
    }
}

static double distance_of(const search *s, size_t i)
{
    return s->typical > 0 ? sqrt(s->nearest[i] / s->typical) : 0;
}

static size_t best(const search *s, bool spread)
{
    size_t found = s->from->count;
    double most = -1;
    for (size_t i = 0; i < s->from->count; i++) {
        if (s->taken[i])
            continue;
        const double worth = s->from->doubt[i] * (spread ? fmin(1, distance_of(s, i) / FC_ASK_APART) : 1);
        if (worth > most) {
            most = worth;
            found = i;
        }
    }
    return found;
}

static void begin(search *s)
{
    const fc_candidates *c = s->from;
    weigh(s);
    for (size_t i = 0; i < c->count; i++)
        s->nearest[i] = INFINITY;
    for (size_t i = 0; i < c->count && c->known; i++)
        if (c->known[i])
            cover(s, i);
}

static void search_clear(search *s)
{
    free(s->weight);
    free(s->nearest);
    free(s->to);
    free(s->taken);
}

long fc_ask(fc_question *questions, size_t most, const fc_candidates *c, bool spread, nn_error *error)
{
    search s = {.from = c,
                .weight = calloc((size_t)c->width + 1, sizeof(double)),
                .nearest = calloc(c->count + 1, sizeof(double)),
                .to = calloc(c->count + 1, sizeof(size_t)),
                .taken = calloc(c->count + 1, sizeof(bool))};
    if (!s.weight || !s.nearest || !s.to || !s.taken) {
        search_clear(&s);
        return nn_no_memory(error);
    }
    begin(&s);
    size_t asked = 0, at;
    for (; asked < most && (at = best(&s, spread)) < c->count; asked++) {
        const bool alone = isinf(s.nearest[at]);
        questions[asked] = (fc_question){.object = at,
                                         .doubt = c->doubt[at],
                                         .distance = alone ? NAN : distance_of(&s, at),
                                         .nearest = s.to[at]};
        cover(&s, at);
    }
    search_clear(&s);
    return (long)asked;
}
