/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which neurons of one network are which of another, by optimal transport. */
#include "forecast/compress/transport.h"

#include <math.h>
#include <stdlib.h>

/* --- cost --- */

static void standardise(double *rows, int n, size_t width, bool activations)
{
    for (int i = 0; i < n; i++) {
        double *row = rows + (size_t)i * width, mean = 0, square = 0;
        for (size_t k = 0; activations && k < width; k++)
            mean += row[k] / (double)width;
        for (size_t k = 0; k < width; k++)
            square += (row[k] - mean) * (row[k] - mean);
        const double scale = !activations ? sqrt(square)
                             : width > 1  ? sqrt(square / (double)(width - 1)) + 1e-9
                                          : 1;
        for (size_t k = 0; k < width; k++)
            row[k] = scale > 0 ? (row[k] - mean) / scale : 0;
    }
}

void fc_transport_cost(double *cost, double *a, int n0, double *b, int n1, size_t width, bool activations)
{
    double most = 0;
    standardise(a, n0, width, activations);
    standardise(b, n1, width, activations);
    for (int i = 0; i < n0; i++)
        for (int j = 0; j < n1; j++) {
            double square = 0;
            for (size_t k = 0; k < width; k++) {
                const double e = a[(size_t)i * width + k] - b[(size_t)j * width + k];
                square += e * e;
            }
            cost[i * n1 + j] = sqrt(square);
            most = fmax(most, cost[i * n1 + j]);
        }
    for (int i = 0; i < n0 * n1 && most > 0; i++)
        cost[i] /= most;
}

double fc_transport_distance(const double *map, const double *cost, int n0, int n1)
{
    double sum = 0;
    for (int i = 0; i < n0 * n1; i++)
        sum += map[i] * cost[i];
    return sum;
}

/* --- matching --- */

/* One more row is matched, along the shortest path of columns; u, v: potentials; owner: row of each column.
 * All count from 1. */
static void augment(int row, const double *cost, int n, double *u, double *v, int *owner, int *way,
                    double *least, bool *used)
{
    int at = 0;
    owner[0] = row;
    for (int j = 0; j <= n; j++) {
        least[j] = INFINITY;
        used[j] = false;
    }
    do {
        const int i = owner[at];
        double step = INFINITY;
        int next = 0;
        used[at] = true;
        for (int j = 1; j <= n; j++) {
            if (used[j])
                continue;
            const double slack = cost[(size_t)(i - 1) * (size_t)n + (size_t)(j - 1)] - u[i] - v[j];
            if (slack < least[j]) {
                least[j] = slack;
                way[j] = at;
            }
            if (least[j] < step) {
                step = least[j];
                next = j;
            }
        }
        for (int j = 0; j <= n; j++)
            if (used[j]) {
                u[owner[j]] += step;
                v[j] -= step;
            } else
                least[j] -= step;
        at = next;
    } while (owner[at]);
    for (; at; at = way[at])
        owner[at] = owner[way[at]];
}

int fc_assign(int *column, const double *cost, int n, nn_error *error)
{
    const size_t size = (size_t)n + 1;
    double *real = calloc(3 * size, sizeof *real);
    int *whole = calloc(2 * size, sizeof *whole);
    bool *used = calloc(size, sizeof *used);
    const bool good = real && whole && used;
    for (int row = 1; good && row <= n; row++)
        augment(row, cost, n, real, real + size, whole, whole + size, real + 2 * size, used);
    for (int j = 1; good && j <= n; j++)
        column[whole[j] - 1] = j - 1;
    free(real);
    free(whole);
    free(used);
    return good ? NN_OK : nn_no_memory(error);
}

/* --- maps --- */

static int common(int a, int b)
{
    while (b) {
        const int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Of unlike numbers each row and column stands for several parts, as many on both sides. */
static int best_map(double *map, const double *cost, int n0, int n1, nn_error *error)
{
    const int all = n0 / common(n0, n1) * n1, r0 = all / n0, r1 = all / n1;
    double *wide = calloc((size_t)all * (size_t)all, sizeof *wide);
    int *column = malloc((size_t)all * sizeof *column);
    int code = wide && column ? NN_OK : nn_no_memory(error);
    for (int i = 0; !code && i < all; i++)
        for (int j = 0; j < all; j++)
            wide[(size_t)i * (size_t)all + (size_t)j] = cost[i / r0 * n1 + j / r1];
    if (!code)
        code = fc_assign(column, wide, all, error);
    for (int i = 0; i < n0 * n1; i++)
        map[i] = 0;
    for (int i = 0; !code && i < all; i++)
        map[i / r0 * n1 + column[i] / r1] += 1.0 / r1;
    free(wide);
    free(column);
    return code;
}

/* log of the sum of exp over a row, or a column, of -cost / reg + other's potential. */
static double log_sum(const double *cost, double reg, const double *other, int count, int stride)
{
    double most = -INFINITY, sum = 0;
    for (int k = 0; k < count; k++)
        most = fmax(most, other[k] - cost[k * stride] / reg);
    for (int k = 0; k < count; k++)
        sum += exp(other[k] - cost[k * stride] / reg - most);
    return most + log(sum);
}

static int soft_map(double *map, const double *cost, int n0, int n1, double reg, nn_error *error)
{
    enum { MOST_TURNS = 200000 };
    double *f = calloc((size_t)n0 + (size_t)n1, sizeof *f), *g = f ? f + n0 : NULL;
    if (!f)
        return nn_no_memory(error);
    for (int turn = 0; turn < MOST_TURNS; turn++) {
        double off = 0;
        for (int i = 0; i < n0; i++) {
            const double sum = log_sum(cost + i * n1, reg, g, n1, 1);
            off = fmax(off, fabs(exp(f[i] + sum) * n0 - 1));
            f[i] = -log(n0) - sum;
        }
        for (int j = 0; j < n1; j++)
            g[j] = -log(n1) - log_sum(cost + j, reg, f, n0, n1);
        if (turn && off < 1e-10)
            break;
    }
    for (int i = 0; i < n0; i++)
        for (int j = 0; j < n1; j++)
            map[i * n1 + j] = n1 * exp(f[i] + g[j] - cost[i * n1 + j] / reg);
    free(f);
    return NN_OK;
}

int fc_transport_map(double *map, const double *cost, int n0, int n1, double regularisation, nn_error *error)
{
    return regularisation > 0 ? soft_map(map, cost, n0, n1, regularisation, error)
                              : best_map(map, cost, n0, n1, error);
}
