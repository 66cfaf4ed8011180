/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forecasts as long as one asks for. Beyond what one pass gives, each of several quantiles is taken for a
 * past of its own that the network goes on from, and what comes of all of them is one set of quantiles again.
 */
#include "forecast/pretrained/pretrained.h"

#include "lib/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TENTHS = 9 };

/* Groups at a time, so that memory does not grow with their number. */
enum { SOME_SERIES = 1024 };

double fc_pretrained_between(const double *level, const double *value, int stride, int count, double share)
{
    int above = 0;
    while (above < count && level[above] <= share)
        above++;
    if (above == 0)
        return value[0];
    if (above == count)
        return value[(count - 1) * stride];
    const double lower = value[(above - 1) * stride], upper = value[above * stride],
                 gap = level[above] - level[above - 1];
    return lower + (share - level[above - 1]) / gap * (upper - lower);
}

/* --- quantiles of what comes of several paths --- */

typedef struct sample {
    double value, weight;
} sample;

static int by_value(const void *a, const void *b)
{
    const double x = ((const sample *)a)->value, y = ((const sample *)b)->value;
    return (x > y) - (x < y);
}

/* Of rising values that count the same: a straight line between the two at the place share (n - 1). */
static double plain_quantile(const sample *s, int n, double share)
{
    const float place = (float)share * (float)(n - 1);
    const int below = (int)place < n - 1 ? (int)place : n - 1, above = below + 1 < n ? below + 1 : below;
    return s[below].value + (double)(place - (float)below) * (s[above].value - s[below].value);
}

/* Of rising values with weights whose sum is 1: between those whose sums of weights lie about the share. */
static double weighted_quantile(const sample *s, int n, double share)
{
    double before = 0, sum = 0;
    int i = 0;
    for (; i < n; i++) {
        before = sum;
        sum += s[i].weight;
        if (sum > share)
            break;
    }
    if (i >= n)
        return s[n - 1].value;
    const double lower = s[i ? i - 1 : 0].value;
    return lower + (share - before) / (sum - before) * (s[i].value - lower);
}

/* The share of what may come that stands for level i of several. */
static double mass(const double *level, int count, int i)
{
    return ((i + 1 < count ? level[i + 1] : 1) - (i ? level[i - 1] : 0)) / 2;
}

/* --- a walk --- */

typedef struct walk {
    const fc_pretrained *p;
    const fc_pretrained_batch *batch;
    nn_pool *pool;
    int paths;
    double share[FC_PRETRAINED_LEVELS]; /* paths */
    int length;                         /* of the context; it grows up to what the network sees */
    double *context;                    /* groups x paths x members x length */
    int ahead;                          /* what is still ahead of what is known */
    double *future;                     /* likewise x ahead; NULL: nothing is known */
    int done, made;                     /* steps of all; of the last pass */
    double *last;    /* groups x members x levels x made: the last pass, of one set of quantiles */
    double *all;     /* groups x paths x members x levels x steps of a pass */
    sample *samples; /* paths x levels */
} walk;

static size_t series_of(const walk *w)
{
    return (size_t)w->batch->groups * (size_t)w->batch->members;
}

/* Steps of the next pass: whole blocks, as many as are wanted and the network gives. */
static int next_steps(const walk *w)
{
    const fc_pretrained_sizes *s = &w->p->sizes;
    const int blocks = (w->batch->steps - w->done + s->block - 1) / s->block;
    return (blocks < s->most_ahead ? blocks : s->most_ahead) * s->block;
}

static void keep_last(walk *w)
{
    const fc_pretrained_batch *b = w->batch;
    const int left = b->steps - w->done, count = left < w->made ? left : w->made;
    for (size_t line = 0; line < series_of(w) * (size_t)w->p->sizes.levels; line++)
        memcpy(b->out + line * (size_t)b->steps + w->done, w->last + line * (size_t)w->made,
               (size_t)count * sizeof *w->last);
    w->done += count;
}

/* The contexts as they are, once for each path, with what was made last at their ends; `paths` of the present
 * ones, 1 or all. */
static double *lengthen(const walk *w, const double *context, int paths, int length, int *longer)
{
    const fc_pretrained_sizes *s = &w->p->sizes;
    const int members = w->batch->members, most = length + w->made,
              own = most < s->context ? most : s->context, from = most - own;
    double *out = nn_resize(NULL, series_of(w) * (size_t)w->paths, (size_t)own, sizeof *out);
    for (int g = 0; g < w->batch->groups && out; g++)
        for (int k = 0; k < w->paths; k++)
            for (int m = 0; m < members; m++) {
                const size_t series = (size_t)g * (size_t)members + (size_t)m;
                const size_t before =
                    ((size_t)g * (size_t)paths + (size_t)(paths > 1 ? k : 0)) * (size_t)members + (size_t)m;
                const double *x = context + before * (size_t)length,
                             *made = w->last + series * (size_t)s->levels * (size_t)w->made;
                double *y = out + (((size_t)g * (size_t)w->paths + (size_t)k) * (size_t)members + (size_t)m) *
                                      (size_t)own;
                for (int i = 0; i < own; i++)
                    y[i] = from + i < length ? x[from + i]
                                             : fc_pretrained_between(s->level, made + from + i - length,
                                                                     w->made, s->levels, w->share[k]);
            }
    *longer = own;
    return out;
}

/* What was known of the rows that were made stands in their place; what is known of later ones moves up. */
static void slide(walk *w)
{
    const size_t lines = series_of(w) * (size_t)w->paths;
    const int left = w->ahead > w->made ? w->ahead - w->made : 0;
    for (size_t line = 0; line < lines && w->future; line++) {
        double *future = w->future + line * (size_t)w->ahead,
               *end = w->context + (line + 1) * (size_t)w->length - w->made;
        for (int i = 0; i < w->made && i < w->ahead; i++)
            if (!isnan(future[i]) && i >= w->made - w->length)
                end[i] = future[i];
        memmove(w->future + line * (size_t)left, future + w->made, (size_t)left * sizeof *future);
    }
    w->ahead = left;
}

/* What is known beforehand, once for each path; NULL without memory. */
static double *repeat_future(const walk *w)
{
    const fc_pretrained_batch *b = w->batch;
    const size_t line = (size_t)b->members * (size_t)b->ahead;
    double *out = nn_resize(NULL, (size_t)b->groups * (size_t)w->paths, line + 1, sizeof *out);
    for (int g = 0; g < b->groups && out; g++)
        for (int k = 0; k < w->paths; k++)
            memcpy(out + ((size_t)g * (size_t)w->paths + (size_t)k) * line, b->future + (size_t)g * line,
                   line * sizeof *out);
    return out;
}

/* One set of quantiles out of those of all paths. */
static void reduce(walk *w)
{
    const fc_pretrained_sizes *s = &w->p->sizes;
    const int members = w->batch->members, n = w->paths * s->levels;
    const size_t line = (size_t)s->levels * (size_t)w->made;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += mass(w->share, w->paths, i / s->levels) * mass(s->level, s->levels, i % s->levels);
    for (size_t series = 0; series < series_of(w); series++)
        for (int h = 0; h < w->made; h++) {
            const size_t g = series / (size_t)members, m = series % (size_t)members;
            for (int i = 0; i < n; i++) {
                const size_t k = g * (size_t)w->paths + (size_t)(i / s->levels);
                w->samples[i] = (sample){
                    w->all[(k * (size_t)members + m) * line + (size_t)(i % s->levels * w->made + h)],
                    mass(w->share, w->paths, i / s->levels) * mass(s->level, s->levels, i % s->levels) / sum};
            }
            qsort(w->samples, (size_t)n, sizeof *w->samples, by_value);
            for (int q = 0; q < s->levels; q++)
                w->last[series * line + (size_t)(q * w->made + h)] =
                    w->p->kind->tenths ? weighted_quantile(w->samples, n, s->level[q])
                                       : plain_quantile(w->samples, n, s->level[q]);
        }
}

static int go_on(walk *w, bool first, nn_error *error)
{
    const fc_pretrained_batch *b = w->batch;
    const size_t levels = (size_t)w->p->sizes.levels;
    int longer;
    double *context = first ? lengthen(w, b->context, 1, b->length, &longer)
                            : lengthen(w, w->context, w->paths, w->length, &longer);
    if (!context)
        return nn_no_memory(error);
    free(w->context);
    w->context = context;
    w->length = longer;
    slide(w);
    const int steps = next_steps(w);
    w->made = steps;
    free(w->all);
    free(w->last);
    w->all = nn_resize(NULL, series_of(w) * (size_t)w->paths * levels, (size_t)steps, sizeof *w->all);
    w->last = nn_resize(NULL, series_of(w) * levels, (size_t)steps, sizeof *w->last);
    if (!w->all || !w->last)
        return nn_no_memory(error);
    const fc_pretrained_batch next = {.groups = b->groups * w->paths,
                                      .members = b->members,
                                      .length = w->length,
                                      .context = w->context,
                                      .ahead = w->ahead,
                                      .future = w->future,
                                      .steps = steps,
                                      .out = w->all};
    const int code = fc_pretrained_pass(w->p, &next, w->pool, error);
    if (!code)
        reduce(w);
    return code;
}

static void choose_paths(walk *w)
{
    const fc_pretrained_sizes *s = &w->p->sizes;
    w->paths = w->p->kind->tenths ? TENTHS : s->levels;
    for (int k = 0; k < w->paths; k++)
        w->share[k] = w->p->kind->tenths ? (k + 1) / 10. : s->level[k];
}

static int walk_on(walk *w, nn_error *error)
{
    const fc_pretrained_batch *b = w->batch;
    choose_paths(w);
    w->samples = calloc((size_t)w->paths * (size_t)w->p->sizes.levels, sizeof *w->samples);
    w->ahead = b->future ? b->ahead : 0;
    w->future = b->future ? repeat_future(w) : NULL;
    int code = w->samples && (w->future || !b->future) ? NN_OK : nn_no_memory(error);
    for (bool first = true; w->done < b->steps && !code; first = false) {
        code = go_on(w, first, error);
        if (!code)
            keep_last(w);
    }
    return code;
}

/* A few groups. */
static int forecast_some(const fc_pretrained *p, const fc_pretrained_batch *b, nn_pool *pool, nn_error *error)
{
    walk w = {.p = p, .batch = b, .pool = pool};
    w.made = next_steps(&w);
    w.last = nn_resize(NULL, series_of(&w) * (size_t)p->sizes.levels, (size_t)w.made, sizeof *w.last);
    fc_pretrained_batch first = *b;
    first.steps = w.made;
    first.out = w.last;
    int code = w.last ? fc_pretrained_pass(p, &first, pool, error) : nn_no_memory(error);
    if (!code)
        keep_last(&w);
    if (!code && w.done < b->steps)
        code = walk_on(&w, error);
    free(w.context);
    free(w.future);
    free(w.last);
    free(w.all);
    free(w.samples);
    return code;
}

int fc_pretrained_forecast(const fc_pretrained *p, const fc_pretrained_batch *b, nn_pool *pool,
                           nn_error *error)
{
    const int some = b->members < SOME_SERIES ? SOME_SERIES / b->members : 1;
    const size_t members = (size_t)b->members;
    int code = NN_OK;
    for (int g = 0; g < b->groups && !code; g += some) {
        fc_pretrained_batch part = *b;
        const size_t series = (size_t)g * members;
        part.groups = b->groups - g < some ? b->groups - g : some;
        part.context += series * (size_t)b->length;
        part.future = b->future ? b->future + series * (size_t)b->ahead : NULL;
        part.out += series * (size_t)p->sizes.levels * (size_t)b->steps;
        code = forecast_some(p, &part, pool, error);
    }
    return code;
}
