/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a series apart into season, trend and rest by loess. */
#include "datasets/series/stl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A loess smoother of evenly spaced values: how many of them it looks at, its degree (0 or 1), and at every
 * how manyth place it is computed, with straight lines between. */
typedef struct smoother {
    int window, degree, jump;
} smoother;

/* Buffers of one decomposition of n rows with period p. */
typedef struct space {
    double *weight; /* n: of robustness */
    double *sub;    /* n: one phase; its weights behind */
    double *sub_weight;
    double *smooth; /* n + 2: the phase smoothed, one cycle more at either end */
    double *cycle;  /* n + 2 p: all phases smoothed */
    double *pass;   /* n + 2 p: their low frequencies */
    double *rest;   /* n */
    double *kernel; /* 2 n: weights of local fits */
} space;

static int next_odd(double x)
{
    const int whole = (int)nearbyint(x);
    return whole % 2 == 0 ? whole + 1 : whole;
}

static smoother make_smoother(int window, int degree)
{
    return (smoother){window, degree, (window + 9) / 10};
}

/* --- loess --- */

/* The weights of the values left to right (from 0) around place x, tricube times those of robustness; their
 * sum. */
static double weigh(double x, size_t left, size_t right, size_t n, int window, const double *robust,
                    double *w)
{
    double reach = fmax(x - (double)left, (double)right - x), sum = 0;
    if ((size_t)window > n)
        reach += (double)(((size_t)window - n) / 2);
    const double far = .999 * reach, near = .001 * reach;
    for (size_t j = left; j <= right; j++) {
        const double distance = fabs((double)j - x);
        w[j] = 0;
        if (distance > far)
            continue;
        if (distance <= near)
            w[j] = 1;
        else {
            const double q = distance / reach, tail = 1 - q * q * q;
            w[j] = tail * tail * tail;
        }
        if (robust)
            w[j] *= robust[j];
        sum += w[j];
    }
    return sum;
}

/* The local constant or line at x; `otherwise` where all weights vanish. */
static double fit_at(const double *y, size_t n, const smoother *s, double x, size_t left, size_t right,
                     const double *robust, double *w, double otherwise)
{
    const double sum = weigh(x, left, right, n, s->window, robust, w);
    if (sum == 0)
        return otherwise;
    for (size_t j = left; j <= right; j++)
        w[j] /= sum;
    double slope = 0, centre = 0, value = 0;
    if (s->degree > 0) {
        double square = 0;
        for (size_t j = left; j <= right; j++)
            centre += w[j] * (double)j;
        for (size_t j = left; j <= right; j++)
            square += w[j] * ((double)j - centre) * ((double)j - centre);
        if (sqrt(square) > .001 * (double)(n - 1))
            slope = (x - centre) / square;
    }
    for (size_t j = left; j <= right; j++)
        value += w[j] * (1 + slope * ((double)j - centre)) * y[j];
    return value;
}

/* The first of the n values that the fit at place i looks at: those nearest to i, but at the ends as many. */
static size_t window_left(size_t i, size_t n, const smoother *s)
{
    const size_t window = (size_t)s->window, half = (window + 1) / 2;
    if (window >= n || i + 1 < half)
        return 0;
    return i + 1 - half + window > n ? n - window : i + 1 - half;
}

static void fill_line(double *out, size_t from, size_t to)
{
    const double step = (out[to] - out[from]) / (double)(to - from);
    for (size_t j = from + 1; j < to; j++)
        out[j] = out[from] + step * (double)(j - from);
}

/* Away from the ends and without robustness all local fits have the same weights, around the middle of their
 * window, where a line is a constant; kernel (window): they, by their sum. */
static void make_kernel(const smoother *s, size_t n, size_t left, double *w, double *kernel)
{
    const size_t window = (size_t)s->window;
    const double sum = weigh((double)(left + window / 2), left, left + window - 1, n, s->window, NULL, w);
    for (size_t j = 0; j < window; j++)
        kernel[j] = w[left + j] / sum;
}

static double weighted(const double *restrict y, const double *restrict kernel, size_t window)
{
    double sum = 0;
    for (size_t j = 0; j < window; j++)
        sum += kernel[j] * y[j];
    return sum;
}

/* w: 2 n. */
static void loess(const double *y, size_t n, const smoother *s, const double *robust, double *w, double *out)
{
    if (n < 2) {
        out[0] = y[0];
        return;
    }
    const size_t jump = (size_t)s->jump < n - 1 ? (size_t)s->jump : n - 1;
    const size_t window = (size_t)s->window < n ? (size_t)s->window : n;
    size_t last = 0;
    bool made = false;
    for (size_t i = 0; i < n; i += jump) {
        const size_t left = window_left(i, n, s);
        if (!robust && window < n && left + window / 2 == i) {
            if (!made)
                make_kernel(s, n, left, w, w + n);
            made = true;
            out[i] = weighted(y + left, w + n, window);
        } else
            out[i] = fit_at(y, n, s, (double)i, left, left + window - 1, robust, w, y[i]);
        if (i > 0)
            fill_line(out, last, i);
        last = i;
    }
    if (last < n - 1) {
        const size_t left = window_left(n - 1, n, s);
        out[n - 1] = fit_at(y, n, s, (double)(n - 1), left, left + window - 1, robust, w, y[n - 1]);
        fill_line(out, last, n - 1);
    }
}

/* --- the season --- */

/* Every phase smoothed over its cycles, with one cycle more before and behind. */
static void smooth_phases(const double *y, size_t n, size_t period, const smoother *s, bool robust,
                          const space *b)
{
    for (size_t phase = 0; phase < period; phase++) {
        const size_t k = (n - phase - 1) / period + 1;
        const size_t window = (size_t)s->window < k ? (size_t)s->window : k;
        for (size_t i = 0; i < k; i++) {
            b->sub[i] = y[i * period + phase];
            b->sub_weight[i] = b->weight[i * period + phase];
        }
        const double *weight = robust ? b->sub_weight : NULL;
        loess(b->sub, k, s, weight, b->kernel, b->smooth + 1);
        b->smooth[0] = fit_at(b->sub, k, s, -1, 0, window - 1, weight, b->kernel, b->smooth[1]);
        b->smooth[k + 1] =
            fit_at(b->sub, k, s, (double)k, k - window, k - 1, weight, b->kernel, b->smooth[k]);
        for (size_t i = 0; i < k + 2; i++)
            b->cycle[i * period + phase] = b->smooth[i];
    }
}

/* out (n - length + 1), which may be x: the means of `length` values. */
static void average(const double *x, size_t n, size_t length, double *out)
{
    double sum = 0, leaving = x[0];
    for (size_t i = 0; i < length; i++)
        sum += x[i];
    out[0] = sum / (double)length;
    for (size_t i = length; i < n; i++) {
        sum += x[i] - leaving;
        leaving = x[i - length + 1];
        out[i - length + 1] = sum / (double)length;
    }
}

typedef struct plan {
    size_t period;
    smoother season, trend, low;
} plan;

/* One inner pass: a better season and trend of y. */
static void pass_once(const double *y, size_t n, const plan *p, bool robust, const space *b, double *season,
                      double *trend)
{
    const size_t period = p->period, longer = n + 2 * period;
    for (size_t i = 0; i < n; i++)
        b->rest[i] = y[i] - trend[i];
    smooth_phases(b->rest, n, period, &p->season, robust, b);
    average(b->cycle, longer, period, b->pass);
    average(b->pass, longer - period + 1, period, b->pass);
    average(b->pass, n + 2, 3, b->pass);
    loess(b->pass, n, &p->low, NULL, b->kernel, b->rest);
    for (size_t i = 0; i < n; i++)
        season[i] = b->cycle[period + i] - b->rest[i];
    for (size_t i = 0; i < n; i++)
        b->rest[i] = y[i] - season[i];
    loess(b->rest, n, &p->trend, robust ? b->weight : NULL, b->kernel, trend);
}

/* --- the scale of the rests --- */

static void swap(double *a, double *b)
{
    const double held = *a;
    *a = *b;
    *b = held;
}

/* A stretch of values still to be sorted, and which of the two wanted places it may hold. */
typedef struct stretch {
    long from, to;
    int first, last;
} stretch;

/* Parts a[i..j] around the median of its first, middle and last: *low is the end of the small part, *high the
 * begin of the large one. */
static void part(double *a, long i, long j, long *low, long *high)
{
    const long middle = (i + 1 + j + 1) / 2 - 1;
    if (a[i] > a[middle])
        swap(a + i, a + middle);
    if (a[j] < a[middle]) {
        swap(a + j, a + middle);
        if (a[i] > a[middle])
            swap(a + i, a + middle);
    }
    const double pivot = a[middle];
    long k = i, l = j;
    for (;;) {
        while (a[--l] > pivot)
            ;
        while (a[++k] < pivot)
            ;
        if (k > l)
            break;
        swap(a + k, a + l);
    }
    *low = l;
    *high = k;
}

static void sort_few(double *a, long i, long j)
{
    for (long k = i + 1; k <= j; k++) {
        const double value = a[k];
        long l = k;
        for (; l > i && a[l - 1] > value; l--)
            a[l] = a[l - 1];
        a[l] = value;
    }
}

/* Half the sum of the two middle values, as Chambers' partial quicksort (Algorithm 410 of the ACM, 1971)
 * finds them when it is told the upper one's place first, the wrong way round: so the authors' program calls
 * it, and of an even number of values what it takes for the lower one is sometimes smaller. Kept, since every
 * published decomposition has it. */
static double middle_of(double *a, size_t n)
{
    const long wanted[2] = {(long)(n / 2), (long)(n - n / 2 - 1)};
    stretch stack[64], now = {0, (long)n - 1, 0, 1};
    int depth = 0;
    for (;;) {
        if (now.first <= now.last && (now.to - now.from > 10 || (now.from == 0 && now.from < now.to))) {
            long low, high;
            part(a, now.from, now.to, &low, &high);
            stretch later = now;
            if (low - now.from <= now.to - high) {
                later.from = high;
                now.to = low;
                while (now.first <= now.last && wanted[now.last] > now.to)
                    now.last--;
                later.first = now.last + 1;
            } else {
                later.to = low;
                now.from = high;
                while (now.first <= now.last && wanted[now.first] < now.from)
                    now.first++;
                later.last = now.first - 1;
            }
            stack[depth++] = later;
            continue;
        }
        if (now.first <= now.last)
            sort_few(a, now.from, now.to);
        if (depth == 0)
            return (a[wanted[0]] + a[wanted[1]]) / 2;
        now = stack[--depth];
    }
}

/* Bisquare weights of what is left, by six times its median size. */
static void weigh_rests(const double *y, size_t n, const double *season, const double *trend, const space *b)
{
    for (size_t i = 0; i < n; i++)
        b->kernel[i] = b->weight[i] = fabs(y[i] - season[i] - trend[i]);
    const double scale = 6 * middle_of(b->kernel, n), far = .999 * scale, near = .001 * scale;
    for (size_t i = 0; i < n; i++) {
        const double r = b->weight[i], q = r / scale, tail = 1 - q * q;
        b->weight[i] = r <= near ? 1 : r <= far ? tail * tail : 0;
    }
}

/* The mean of each phase instead of its smooth course. */
static void make_periodic(double *season, size_t n, size_t period)
{
    for (size_t phase = 0; phase < period; phase++) {
        double sum = 0;
        size_t count = 0;
        for (size_t i = phase; i < n; i += period, count++)
            sum += season[i];
        for (size_t i = phase; i < n; i += period)
            season[i] = sum / (double)count;
    }
}

static plan make_plan(const ds_stl_options *o, size_t n)
{
    const int most = 1 << 28;
    const int season = o->season_window > 0 ? o->season_window : n < 100000000 ? 10 * (int)n + 1 : most + 1;
    const int trend =
        o->trend_window > 0 ? o->trend_window : next_odd(ceil(1.5 * o->period / (1 - 1.5 / season)));
    return (plan){(size_t)o->period, make_smoother(season, 0), make_smoother(trend, 1),
                  make_smoother(next_odd(o->period), 1)};
}

static bool make_space(space *b, size_t n, size_t period)
{
    double *block = malloc((9 * n + 4 * period + 2) * sizeof *block);
    if (!block)
        return false;
    *b = (space){.weight = block, .sub = block + n, .sub_weight = block + 2 * n, .smooth = block + 3 * n};
    b->cycle = b->smooth + n + 2;
    b->pass = b->cycle + n + 2 * period;
    b->rest = b->pass + n + 2 * period;
    b->kernel = b->rest + n;
    return true;
}

int ds_stl(const double *series, size_t count, const ds_stl_options *options, double *season, double *trend,
           double *weight, nn_error *error)
{
    if (options->period < 2 || count <= 2 * (size_t)options->period)
        return nn_fail(error, NN_BAD_DATA, "%zu values are no more than two seasons of %d", count,
                       options->period);
    const plan p = make_plan(options, count);
    space b;
    if (!make_space(&b, count, p.period))
        return nn_no_memory(error);
    const int outer = options->robust ? 15 : 0, inner = options->robust ? 1 : 2;
    memset(trend, 0, count * sizeof *trend);
    for (size_t i = 0; i < count; i++)
        b.weight[i] = 1;
    for (int k = 0; k <= outer; k++) {
        for (int i = 0; i < inner; i++)
            pass_once(series, count, &p, k > 0, &b, season, trend);
        if (k < outer)
            weigh_rests(series, count, season, trend, &b);
    }
    if (options->season_window <= 0)
        make_periodic(season, count, p.period);
    if (weight)
        memcpy(weight, b.weight, count * sizeof *weight);
    free(b.weight);
    return NN_OK;
}

/* --- several seasons --- */

/* Without a season: the trend alone. */
static int smooth_alone(const double *series, size_t n, double *trend, nn_error *error)
{
    const smoother s = make_smoother(next_odd(fmax(7, (double)n / 3)), 1);
    double *kernel = malloc((2 * n + 1) * sizeof *kernel);
    if (!kernel)
        return nn_no_memory(error);
    if (n > 0)
        loess(series, n, &s, NULL, kernel, trend);
    free(kernel);
    return NN_OK;
}

int ds_mstl(const double *series, size_t count, const int *periods, int seasons, bool robust, double *season,
            double *trend, nn_error *error)
{
    memset(season, 0, (size_t)seasons * count * sizeof *season);
    double *rest = malloc((count + 1) * sizeof *rest);
    if (!rest)
        return nn_no_memory(error);
    memcpy(rest, series, count * sizeof *rest);
    bool any = false;
    int code = NN_OK;
    for (int pass = 0; pass < (seasons > 1 ? 2 : 1); pass++)
        for (int s = 0, used = 0; s < seasons && !code; s++) {
            double *one = season + (size_t)s * count;
            if (periods[s] < 2 || 2 * (size_t)periods[s] >= count)
                continue;
            any = true;
            for (size_t i = 0; i < count; i++)
                rest[i] += one[i];
            const ds_stl_options how = {
                .period = periods[s], .season_window = 11 + 4 * used++, .robust = robust};
            code = ds_stl(rest, count, &how, one, trend, NULL, error);
            for (size_t i = 0; i < count; i++)
                rest[i] -= one[i];
        }
    free(rest);
    return code || any ? code : smooth_alone(series, count, trend, error);
}

double ds_season_strength(const double *series, const double *season, const double *trend, size_t count)
{
    double rest_mean = 0, both_mean = 0, rest_square = 0, both_square = 0;
    for (size_t i = 0; i < count; i++) {
        rest_mean += (series[i] - trend[i] - season[i]) / (double)count;
        both_mean += (series[i] - trend[i]) / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        const double both = series[i] - trend[i] - both_mean, rest = both + both_mean - season[i] - rest_mean;
        rest_square += rest * rest;
        both_square += both * both;
    }
    return both_square > 0 ? fmax(0, fmin(1, 1 - rest_square / both_square)) : 0;
}
