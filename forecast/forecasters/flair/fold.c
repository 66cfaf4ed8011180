/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which period folds a series best into one shape times a level, and how much of the level is noise. */
#include "forecast/forecasters/flair/flair.h"

#include "forecast/statistics/simplex.h"
#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Levels above 0 below which a power of them is not sought. */
enum { LEAST_POWER = 10, ITERATIONS = 200 };

/* --- singular values --- */

/* The share of the Marchenko-Pastur law of this aspect below x, by the angle that takes its ends away. */
static double noise_below(double aspect, double x)
{
    enum { STEPS = 400 };
    const double low = (1 - sqrt(aspect)) * (1 - sqrt(aspect)), range = 4 * sqrt(aspect),
                 end = asin(sqrt(fmin(fmax((x - low) / range, 0), 1)));
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) { /* Simpson's rule */
        const double a = end * i / STEPS, s = sin(a), c = cos(a);
        const double y = low + range * s * s;
        sum += (i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2) * (y > 0 ? s * s * c * c / y : c * c / range);
    }
    return sum * end / STEPS / 3 * range * range / (3.14159265358979323846 * aspect);
}

static double noise_median(double aspect)
{
    double low = (1 - sqrt(aspect)) * (1 - sqrt(aspect)), high = (1 + sqrt(aspect)) * (1 + sqrt(aspect));
    for (int i = 0; i < 60; i++) {
        const double middle = (low + high) / 2;
        *(noise_below(aspect, middle) < .5 ? &low : &high) = middle;
    }
    return (low + high) / 2;
}

/* What is left of the largest singular value of an m x n matrix of one signal in noise, when the median of
 * all of them is of noise. */
static double shrink_of(double largest, double median, size_t m, size_t n)
{
    const double aspect = (double)(m < n ? m : n) / (double)(m < n ? n : m);
    const double noise = median / sqrt(noise_median(aspect));
    if (!(largest > (1 + sqrt(aspect)) * noise) || !(median > 1e-10))
        return 1;
    const double a = largest * largest - (1 + aspect) * noise * noise;
    const double inside = a * a - 4 * aspect * noise * noise * noise * noise;
    return inside > 0 ? fmin(sqrt((a + sqrt(inside)) / 2) / largest, 1) : 1;
}

/* The direction of the largest eigenvalue of the lower triangle of g (n,n). room: n. */
static void leading(const double *g, size_t n, double *v, double *room)
{
    for (size_t i = 0; i < n; i++)
        v[i] = 1 / sqrt((double)n);
    double change = 1;
    for (int turn = 0; turn < ITERATIONS && change > 1e-28; turn++) {
        double square = 0;
        for (size_t i = 0; i < n; i++) {
            room[i] = 0;
            for (size_t j = 0; j < n; j++)
                room[i] += g[i > j ? i * n + j : j * n + i] * v[j];
            square += room[i] * room[i];
        }
        change = 0;
        for (size_t i = 0; i < n && square > 0; i++) {
            const double next = room[i] / sqrt(square);
            change += (next - v[i]) * (next - v[i]);
            v[i] = next;
        }
    }
}

/* Takes the rank one of direction v (n) out of x (rows,n); the square of its singular value. */
static double take_leading(double *x, size_t rows, size_t n, const double *v)
{
    double square = 0;
    for (size_t t = 0; t < rows; t++) {
        double along = 0;
        for (size_t i = 0; i < n; i++)
            along += x[t * n + i] * v[i];
        for (size_t i = 0; i < n; i++)
            x[t * n + i] -= along * v[i];
        square += along * along;
    }
    return square;
}

/* The median of the singular values of a matrix: the largest one, and those of g, the lower triangle of the
 * products of what it leaves; NaN where these have no end. g is lost. value: 3 n. */
static double median_value(double *g, size_t n, double largest, double *value)
{
    if (!nn_dense_eigen(false, (int)n, g, value, value + n))
        return NAN;
    for (size_t i = n - 1; i > 0; i--) /* the last, near 0, is where the largest was */
        value[i] = sqrt(fmax(value[i - 1], 0));
    value[0] = largest;
    return (value[(n - 1) / 2] + value[n / 2]) / 2;
}

/* x (rows,n) with n the shorter side; g: n x n; v: 3 n. */
static void fold_in(double *x, size_t rows, size_t n, double *g, double *v, double *rest, double *shrink)
{
    memset(g, 0, n * n * sizeof *g);
    nn_dense_gram((int)n, (int)rows, x, (int)n, g, (int)n);
    leading(g, n, v, v + n);
    const double largest = sqrt(take_leading(x, rows, n, v));
    *rest = 0;
    for (size_t i = 0; i < rows * n; i++)
        *rest += x[i] * x[i];
    memset(g, 0, n * n * sizeof *g);
    nn_dense_gram((int)n, (int)rows, x, (int)n, g, (int)n);
    if (!isfinite(*rest) || !isfinite(largest)) { /* of values that have no squares */
        *rest = INFINITY;
        *shrink = 1;
        return;
    }
    const double median = median_value(g, n, largest, v);
    *shrink = largest > 1e-10 && !isnan(median) ? shrink_of(largest, median, rows, n) : 1;
}

bool fc_flair_fold(const double *y, size_t levels, size_t period, double *bic, double *shrink)
{
    const bool turned = levels < period;
    const size_t n = turned ? levels : period, rows = turned ? period : levels;
    double *x = malloc((rows * n + n * n + 3 * n) * sizeof *x), rest = 0;
    if (!x)
        return false;
    for (size_t t = 0; t < levels; t++)
        for (size_t p = 0; p < period; p++)
            x[turned ? p * n + t : t * n + p] = y[t * period + p];
    fold_in(x, rows, n, x + rows * n, x + rows * n + n * n, &rest, shrink);
    const double cells = (double)(levels * period);
    *bic = cells * log(fmax(rest / cells, 1e-30)) + (double)(period + levels - 1) * log(cells);
    free(x);
    return true;
}

/* --- the choice --- */

/* Of noise about a mean. */
static double bic_without(const double *y, size_t n)
{
    double mean = 0, square = 0;
    for (size_t t = 0; t < n; t++)
        mean += y[t] / (double)n;
    for (size_t t = 0; t < n; t++)
        square += (y[t] - mean) * (y[t] - mean);
    return (double)n * log(fmax(square / (double)n, 1e-30)) + log((double)n);
}

/* The period of the least BIC; 1: none. */
static bool choose_period(fc_flair_model *m, const double *y, size_t n, const int *periods, int count)
{
    size_t most = n;
    m->period = 1;
    m->shrink = 1;
    if (count > 0 && most > FC_FLAIR_MOST_LEVELS * (size_t)periods[0])
        most = FC_FLAIR_MOST_LEVELS * (size_t)periods[0];
    double least = bic_without(y + n - most, most);
    for (int i = 0; i < count; i++) {
        const size_t period = (size_t)periods[i], levels = most / period;
        double bic, shrink;
        if (levels < FC_FLAIR_LEAST_LEVELS)
            continue;
        if (!fc_flair_fold(y + n - levels * period, levels, period, &bic, &shrink))
            return false;
        if (!(bic < least))
            continue;
        least = bic;
        m->period = periods[i];
        m->shrink = shrink;
    }
    return true;
}

/* Cycles of levels: of every longer period the levels that it has. */
static void choose_cycles(fc_flair_model *m, size_t levels, const int *periods, int count)
{
    levels = levels < FC_FLAIR_MOST_LEVELS ? levels : FC_FLAIR_MOST_LEVELS;
    m->cycle = m->lag = 0;
    for (int i = 0; i < count; i++) {
        const int turn = periods[i] > m->period ? periods[i] / m->period : 0;
        if (turn < 2 || 2 * (size_t)turn > levels)
            continue;
        if (!m->cycle)
            m->cycle = turn;
        m->lag = turn > m->lag ? turn : m->lag;
    }
}

typedef struct powers {
    const double *level;
    size_t count;
    double logs;
} powers;

/* Minus the logarithm of the likelihood of a normal distribution of powers (Box & Cox 1964). */
static double unlikely(const double *lambda, void *data)
{
    const powers *p = data;
    const double n = (double)p->count;
    double mean = 0, square = 0;
    for (size_t i = 0; i < p->count; i++) {
        const double z = *lambda == 0 ? log(p->level[i]) : expm1(*lambda * log(p->level[i])) / *lambda;
        const double d = z - mean;
        mean += d / (double)(i + 1);
        square += d * (z - mean);
    }
    return square > 0 ? n / 2 * log(square / n) - (*lambda - 1) * p->logs : INFINITY;
}

static double choose_power(double *level, size_t count)
{
    powers p = {.level = level};
    for (size_t i = 0; i < count; i++)
        if (level[i] > 0)
            level[p.count++] = level[i];
    for (size_t i = 0; i < p.count; i++)
        p.logs += log(level[i]);
    double lambda = .5;
    const double low = 0, high = 1;
    if (p.count < LEAST_POWER)
        return 1;
    const double value = fc_simplex(1, &lambda, &low, &high, unlikely, &p, .3, 1e-13, 400);
    return isfinite(value) ? lambda : 1;
}

/* The power of the level that the model sees; room for the series' levels and a cycle. */
static double power_of(const fc_flair_model *m, const double *y, size_t n, double *room)
{
    const size_t period = (size_t)m->period, levels = n / period;
    double *turn = room + levels;
    const double *from = y + n - levels * period;
    for (size_t t = 0; t < levels; t++) {
        room[t] = 0;
        for (size_t p = 0; p < period; p++)
            room[t] += m->shrink * from[t * period + p];
    }
    if (m->cycle && fc_flair_cycle(room, levels, m->cycle, turn))
        for (size_t t = 0; t < levels; t++)
            room[t] /= turn[t % (size_t)m->cycle];
    return choose_power(room, levels);
}

/* Rows that a choice may rest on: at least twice as many levels as there are weights. */
static bool is_enough(const fc_flair_model *m, size_t levels)
{
    const size_t start = m->lag ? (size_t)m->lag : 1, weights = m->lag ? 4 : 3;
    return levels >= FC_FLAIR_LEAST_LEVELS && levels >= start + 2 * weights;
}

size_t fc_flair_reach(const fc_flair_model *m)
{
    return (size_t)m->period * FC_FLAIR_MOST_LEVELS;
}

bool fc_flair_choose(fc_flair_model *m, const double *y, size_t n, const int *periods, int count)
{
    double *x = malloc((2 * n + 1) * 2 * sizeof *x), least = n ? y[0] : 0;
    if (!x)
        return false;
    for (size_t t = 1; t < n; t++)
        least = fmin(least, y[t]);
    for (size_t t = 0; t < n; t++)
        x[t] = y[t] + fmax(1 - least, 1);
    bool fine = choose_period(m, x, n, periods, count);
    choose_cycles(m, n / (size_t)m->period, periods, count);
    if (fine && m->period > 1 && !is_enough(m, n / (size_t)m->period)) {
        m->period = 1;
        m->shrink = 1;
        choose_cycles(m, n, periods, count > 1 ? 1 : count);
    }
    const size_t reach = fc_flair_reach(m), rows = n < reach ? n : reach;
    m->lambda = fine ? power_of(m, x + n - rows, rows, x + n) : 1;
    free(x);
    return fine;
}
