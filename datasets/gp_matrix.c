/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear algebra of the Gaussian process, n^3 and n^2 work in tiles of 8 x 8 that stay in registers. For
 * the hundred points of a light curve a BLAS call costs as much as its work; and of the inverse only a trace
 * is wanted.
 *
 * One left-looking pass over the augmented matrix (K | 1 | f) gives (U | X | z): tile row I of each part is
 * itself less U_kI' times tile row k for all k before I, then solved by the diagonal tile of U. */
#include "datasets/gp_internal.h"

#include "lib/vector.h"

#include <float.h>
#include <string.h>

typedef double lanes __attribute__((vector_size(64)));
typedef double lanes_loose __attribute__((vector_size(64), aligned(8), may_alias));

/* Beyond this exp(-s) is nothing beside the diagonal, and the vector form of exp would turn slow. */
#define MOST_S 200.0

/* --- covariances --- */

NN_CLONES
static void build(const gp_system *g, double variance, double inverse_m, double jitter)
{
    for (size_t i = 0; i < g->padded; i++) {
        double *restrict k = g->u + i * g->stride, *restrict d = g->slope + i * g->stride;
        size_t from = i / GP_LANES * GP_LANES;
        double t = g->t[i], w = g->w[i], size = variance * g->live[i];
#pragma omp simd
        for (size_t j = from; j < g->padded; j++) {
            double dt = g->t[j] - t, dw = g->w[j] - w, r = dt * dt * inverse_m;
            double s = sqrt(3 * (r + dw * dw));
            s = s > MOST_S ? MOST_S : s;
            double e = size * g->live[j] * exp(-s);
            k[j] = (1 + s) * e;
            d[j] = 1.5 * r * e;
        }
        memset(d + from, 0, (i - from + 1) * sizeof *d);
        k[i] = i < g->n ? variance + g->noise[i] + jitter : 1;
    }
}

NN_CLONES
void gp_cross(double *cross, const gp_system *g, const double *t, const double *w, size_t columns,
              double variance, double inverse_m)
{
    for (size_t i = 0; i < g->padded; i++) {
        double *restrict k = cross + i * columns;
        double ti = g->t[i], wi = g->w[i], size = variance * g->live[i];
#pragma omp simd
        for (size_t j = 0; j < columns; j++) {
            double dt = t[j] - ti, dw = w[j] - wi;
            double s = sqrt(3 * (dt * dt * inverse_m + dw * dw));
            s = s > MOST_S ? MOST_S : s;
            k[j] = size * (1 + s) * exp(-s);
        }
    }
}

/* --- tiles --- */

/* Eight doubles at any address. */
#define AT(p) (*(lanes_loose *)(p))

/* sum (8,8) -= A' B over rows k of a, b, each 8 columns wide and a stride apart. */
static inline __attribute__((always_inline)) void subtract(lanes sum[GP_LANES], const double *a,
                                                           const double *b, size_t stride, size_t rows)
{
    for (size_t k = 0; k < rows; k++, a += stride, b += stride) {
        lanes y = AT(b);
        for (int r = 0; r < GP_LANES; r++)
            sum[r] -= a[r] * y;
    }
}

/* Rows of a tile divided by the lower triangle T' of its row's diagonal tile: tile = T'^-1 tile. */
static inline __attribute__((always_inline)) void solve(lanes tile[GP_LANES], double t[GP_LANES][GP_LANES],
                                                        const double inverse[GP_LANES])
{
    for (int r = 0; r < GP_LANES; r++) {
        tile[r] *= inverse[r];
        for (int s = r + 1; s < GP_LANES; s++)
            tile[s] -= t[r][s] * tile[r];
    }
}

/* The Cholesky factor of a diagonal tile, in place in its upper half. least: pivots that are rounding alone.
 */
static bool factor_tile(double t[GP_LANES][GP_LANES], double inverse[GP_LANES], const double *least)
{
    for (int r = 0; r < GP_LANES; r++) {
        if (!(t[r][r] > least[r]))
            return false;
        t[r][r] = sqrt(t[r][r]);
        inverse[r] = 1 / t[r][r];
        for (int c = r + 1; c < GP_LANES; c++)
            t[r][c] *= inverse[r];
        for (int s = r + 1; s < GP_LANES; s++)
            for (int c = s; c < GP_LANES; c++)
                t[s][c] -= t[r][s] * t[r][c];
    }
    return true;
}

static inline __attribute__((always_inline)) void solve_right_hand_side(const gp_system *g, size_t i,
                                                                        double t[GP_LANES][GP_LANES],
                                                                        const double inverse[GP_LANES])
{
    lanes sum = AT(g->f + i);
    for (size_t k = 0; k < i; k++)
        sum -= g->z[k] * AT(g->u + k * g->stride + i);
    for (int r = 0; r < GP_LANES; r++) {
        sum[r] *= inverse[r];
        for (int s = r + 1; s < GP_LANES; s++)
            sum[s] -= t[r][s] * sum[r];
    }
    AT(g->z + i) = sum;
}

NN_CLONES
static bool factorise(const gp_system *g)
{
    size_t n = g->padded, stride = g->stride;
    for (size_t i = 0; i < n; i += GP_LANES) {
        double t[GP_LANES][GP_LANES], inverse[GP_LANES], least[GP_LANES];
        lanes sum[GP_LANES];
        for (int r = 0; r < GP_LANES; r++) {
            sum[r] = AT(g->u + (i + r) * stride + i);
            least[r] = (double)n * DBL_EPSILON * sum[r][r];
        }
        subtract(sum, g->u + i, g->u + i, stride, i);
        for (int r = 0; r < GP_LANES; r++)
            AT(t[r]) = sum[r];
        if (!factor_tile(t, inverse, least))
            return false;
        for (int r = 0; r < GP_LANES; r++)
            AT(g->u + (i + r) * stride + i) = AT(t[r]);
        for (size_t j = i + GP_LANES; j < n; j += GP_LANES) {
            for (int r = 0; r < GP_LANES; r++)
                sum[r] = AT(g->u + (i + r) * stride + j);
            subtract(sum, g->u + i, g->u + j, stride, i);
            solve(sum, t, inverse);
            for (int r = 0; r < GP_LANES; r++)
                AT(g->u + (i + r) * stride + j) = sum[r];
        }
        for (size_t j = 0; j <= i; j += GP_LANES) {
            for (int r = 0; r < GP_LANES; r++) {
                sum[r] = (lanes){0};
                if (j == i)
                    sum[r][r] = 1;
            }
            subtract(sum, g->u + j * stride + i, g->x + j * stride + j, stride, i - j);
            solve(sum, t, inverse);
            for (int r = 0; r < GP_LANES; r++)
                AT(g->x + (i + r) * stride + j) = sum[r];
        }
        solve_right_hand_side(g, i, t, inverse);
    }
    return true;
}

/* alpha = X' z */
NN_CLONES
static void back_substitute(const gp_system *g)
{
    memset(g->alpha, 0, g->padded * sizeof *g->alpha);
    for (size_t k = 0; k < g->padded; k++) {
        const double *restrict x = g->x + k * g->stride;
        double *restrict alpha = g->alpha, z = g->z[k];
        for (size_t j = 0; j <= k / GP_LANES * GP_LANES + GP_LANES - 1; j++)
            alpha[j] += z * x[j];
    }
}

bool gp_decompose(gp_system *g, double variance, double inverse_m, double jitter)
{
    build(g, variance, inverse_m, jitter);
    if (!factorise(g))
        return false;
    back_substitute(g);
    return true;
}

double gp_likelihood(const gp_system *g)
{
    double quadratic = 0, logarithms = 0;
    for (size_t i = 0; i < g->n; i++) {
        quadratic += g->z[i] * g->z[i];
        logarithms += log(g->u[i * g->stride + i]);
    }
    return 0.5 * quadratic + logarithms + 0.5 * (double)g->n * log(2 * M_PI);
}

/* --- derivatives --- */

/* sum over i < j of ((K^-1)_ij - alpha_i alpha_j) slope_ij; K^-1 = X' X lives one tile at a time. */
NN_CLONES
static double slope_sum(const gp_system *g)
{
    size_t n = g->padded, stride = g->stride;
    lanes total = {0};
    for (size_t i = 0; i < n; i += GP_LANES)
        for (size_t j = i; j < n; j += GP_LANES) {
            lanes sum[GP_LANES], alpha = AT(g->alpha + j);
            for (int r = 0; r < GP_LANES; r++)
                sum[r] = g->alpha[i + r] * alpha;
            subtract(sum, g->x + j * stride + i, g->x + j * stride + j, stride, n - j);
            for (int r = 0; r < GP_LANES; r++)
                total -= sum[r] * AT(g->slope + (i + r) * stride + j);
        }
    double sum = 0;
    for (int r = 0; r < GP_LANES; r++)
        sum += total[r];
    return sum;
}

/* sum over i of ((K^-1)_ii - alpha_i^2) noise_i, the padding without noise */
NN_CLONES
static double noise_sum(const gp_system *g)
{
    double total = 0;
    for (size_t j = 0; j < g->padded; j += GP_LANES) {
        lanes sum = {0}, alpha = AT(g->alpha + j);
        for (size_t k = j; k < g->padded; k++) {
            lanes x = AT(g->x + k * g->stride + j);
            sum += x * x;
        }
        sum = (sum - alpha * alpha) * AT(g->noise + j);
        for (int r = 0; r < GP_LANES; r++)
            total += sum[r];
    }
    return total;
}

/* dL/dtheta = tr((K^-1 - alpha alpha') dK/dtheta) / 2, and dK/dc is K without its noise. */
void gp_gradient(const gp_system *g, double gradient[2])
{
    double quadratic = 0;
    for (size_t i = 0; i < g->n; i++)
        quadratic += g->z[i] * g->z[i];
    gradient[0] = 0.5 * ((double)g->n - quadratic - noise_sum(g));
    gradient[1] = slope_sum(g);
}

/* --- predictions --- */

NN_CLONES
void gp_mean(double *mean, const gp_system *g, const double *cross, size_t columns)
{
    for (size_t j = 0; j < columns; j += GP_LANES) {
        lanes sum = {0};
        for (size_t i = 0; i < g->padded; i++)
            sum += g->alpha[i] * AT(cross + i * columns + j);
        AT(mean + j) = sum;
    }
}

NN_CLONES
void gp_variance(double *out, const gp_system *g, const double *cross, size_t columns, double variance)
{
    for (size_t j = 0; j < columns; j += GP_LANES) {
        lanes left = {0};
        left += variance;
        for (size_t i = 0; i < g->padded; i += GP_LANES) {
            lanes sum[GP_LANES] = {{0}};
            const double *x = g->x + i * g->stride;
            for (size_t k = 0; k < i + GP_LANES; k++) {
                lanes y = AT(cross + k * columns + j);
                for (int r = 0; r < GP_LANES; r++)
                    sum[r] += x[r * g->stride + k] * y;
            }
            for (int r = 0; r < GP_LANES; r++)
                left -= sum[r] * sum[r];
        }
        for (int r = 0; r < GP_LANES; r++)
            out[j + r] = left[r] > 0 ? left[r] : 0;
    }
}
