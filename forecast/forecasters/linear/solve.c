/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights and cycles of ridge regression, and errors, from sums over windows. */
#include "forecast/forecasters/linear/parts.h"

#include "lib/kernels/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Times that cycles are found again beside weights: more change nothing that counts. */
enum { ROUNDS = 2 };

/* Of a cycle's mean equation, beside it: a cycle is known up to a constant only. */
static const double cycle_ridge = 1e-3;

int fc_linear_room_new(fc_linear_room *room, const fc_linear_shape *shape, nn_error *error)
{
    const size_t f = (size_t)fc_linear_features(shape), j = (size_t)shape->steps, w = (size_t)shape->cycle,
                 wide = f + j;
    *room = (fc_linear_room){.g = malloc(f * wide * sizeof(double)),
                             .yy = malloc(j * sizeof(double)),
                             .factor = malloc(f * f * sizeof(double)),
                             .course = malloc((w * wide + 1) * sizeof(double)),
                             .less = malloc((w * (wide > w ? wide : w) + 1) * sizeof(double)),
                             .effect = malloc((j * w + 1) * sizeof(double)),
                             .equations = malloc((w * w + 1) * sizeof(double)),
                             .rest = malloc((w * (j > w ? j : w) + 1) * sizeof(double)),
                             .product = malloc(f * j * sizeof(double))};
    return room->g && room->yy && room->factor && room->course && room->less && room->effect &&
                   room->equations && room->rest && room->product
               ? NN_OK
               : nn_no_memory(error);
}

void fc_linear_room_free(fc_linear_room *room)
{
    free(room->g);
    free(room->yy);
    free(room->factor);
    free(room->course);
    free(room->less);
    free(room->effect);
    free(room->equations);
    free(room->rest);
    free(room->product);
    *room = (fc_linear_room){0};
}

static size_t modulo(int a, int n)
{
    return (size_t)(a % n + (a % n < 0 ? n : 0));
}

static int step_at(const fc_linear_shape *s, size_t a)
{
    return s->step ? s->step[a] : (int)a;
}

/* course (W,wide): what a cycle adds to phi and y of a window whose origin has a phase. */
static void find_course(double *course, const fc_linear_shape *s, const double *table)
{
    const size_t f = (size_t)fc_linear_features(s), wide = f + (size_t)s->steps;
    for (int p = 0; p < s->cycle; p++, course += wide) {
        for (int i = 0; i < s->lags; i++)
            course[i] = table[modulo(p - s->lags + i, s->cycle)];
        course[s->lags] = 0;
        for (size_t a = 0; a < (size_t)s->steps; a++)
            course[f + a] = table[modulo(p + step_at(s, a), s->cycle)];
    }
}

/* room->g and yy: the sums with the cycles taken away from phi and y: with Q the course, D the sums by phase
 * and N their counts, sum (z - q)(z - q)' = sum z z' - Q'(D - N Q) - D'Q. */
static void take_cycles(fc_linear_room *room, const fc_linear_sums *sums, const double *tables)
{
    const fc_linear_shape *s = &sums->shape;
    const size_t f = (size_t)fc_linear_features(s), j = (size_t)s->steps, w = (size_t)s->cycle, wide = f + j;
    memcpy(room->g, sums->g, f * wide * sizeof *room->g);
    memcpy(room->yy, sums->yy, j * sizeof *room->yy);
    for (size_t m = 0; m < (size_t)sums->members && w; m++) {
        const double *d = sums->phase + m * w * wide, *n = sums->count + m * w;
        find_course(room->course, s, tables + m * w);
        for (size_t p = 0; p < w; p++) {
            double *less = room->less + p * wide;
            const double *q = room->course + p * wide;
            for (size_t i = 0; i < wide; i++)
                less[i] = n[p] * q[i] - d[p * wide + i];
            for (size_t a = f; a < wide; a++)
                room->yy[a - f] += q[a] * (less[a] - d[p * wide + a]);
        }
        nn_dense_multiply(true, (int)f, (int)wide, (int)w, room->course, (int)wide, room->less, (int)wide, 1,
                          room->g, (int)wide);
        for (size_t i = 0; i < w * wide; i++)
            room->course[i] = -room->course[i];
        nn_dense_multiply(true, (int)f, (int)wide, (int)w, d, (int)wide, room->course, (int)wide, 1, room->g,
                          (int)wide);
    }
}

static bool solve_weights(double *theta, fc_linear_room *room, const fc_linear_shape *s, double strength)
{
    const size_t f = (size_t)fc_linear_features(s), j = (size_t)s->steps, wide = f + j;
    double trace = 0;
    for (size_t i = 0; i < f; i++)
        trace += room->g[i * wide + i];
    if (!isfinite(trace) || !(trace > 0))
        return false;
    for (size_t i = 0; i < f; i++) {
        memcpy(room->factor + i * f, room->g + i * wide, f * sizeof *theta);
        room->factor[i * f + i] += strength * trace / (double)f;
        memcpy(theta + i * j, room->g + i * wide + f, j * sizeof *theta);
    }
    if (!nn_dense_factor((int)f, room->factor, (int)f))
        return false;
    nn_dense_solve((int)f, (int)j, room->factor, (int)f, theta, (int)j);
    return true;
}

/* effect (J,W): how much of the cycle's phase q behind the origin's own is in the error of step a. */
static void find_effect(double *effect, const fc_linear_shape *s, const double *theta)
{
    const size_t j = (size_t)s->steps, w = (size_t)s->cycle;
    memset(effect, 0, j * w * sizeof *effect);
    for (size_t a = 0; a < j; a++)
        effect[a * w + modulo(step_at(s, a), s->cycle)] += 1;
    for (int i = 0; i < s->lags; i++)
        for (size_t a = 0; a < j; a++)
            effect[a * w + modulo(i - s->lags, s->cycle)] -= theta[(size_t)i * j + a];
}

/* table (W) by least squares of what theta leaves over. */
static void solve_cycle(double *table, fc_linear_room *room, const fc_linear_sums *sums, size_t member,
                        const double *theta)
{
    const fc_linear_shape *s = &sums->shape;
    const size_t f = (size_t)fc_linear_features(s), j = (size_t)s->steps, w = (size_t)s->cycle, wide = f + j;
    const double *d = sums->phase + member * w * wide, *n = sums->count + member * w;
    double *square = room->less, *rest = room->course, *turned = room->rest, trace = 0;
    for (size_t p = 0; p < w; p++) /* what is left of y in each phase */
        memcpy(rest + p * j, d + p * wide + f, j * sizeof *rest);
    double *left = room->less;
    nn_dense_multiply(false, (int)w, (int)j, (int)f, d, (int)wide, theta, (int)j, 0, left, (int)j);
    for (size_t i = 0; i < w * j; i++)
        rest[i] -= left[i];
    nn_dense_multiply(false, (int)w, (int)w, (int)j, rest, (int)j, room->effect, (int)w, 0, turned, (int)w);
    memset(table, 0, w * sizeof *table);
    for (size_t p = 0; p < w; p++)
        for (size_t q = 0; q < w; q++)
            table[(p + q) % w] += turned[p * w + q];
    nn_dense_multiply(true, (int)w, (int)w, (int)j, room->effect, (int)w, room->effect, (int)w, 0, square,
                      (int)w);
    memset(room->equations, 0, w * w * sizeof *room->equations);
    for (size_t p = 0; p < w; p++)
        for (size_t a = 0; a < w; a++) {
            double *row = room->equations + (a + p) % w * w;
            for (size_t b = 0; b < w - p; b++)
                row[b + p] += n[p] * square[a * w + b];
            for (size_t b = w - p; b < w; b++)
                row[b + p - w] += n[p] * square[a * w + b];
        }
    for (size_t p = 0; p < w; p++)
        trace += room->equations[p * w + p];
    for (size_t p = 0; p < w; p++)
        room->equations[p * w + p] += cycle_ridge * trace / (double)w;
    if (trace > 0 && nn_dense_factor((int)w, room->equations, (int)w))
        nn_dense_solve((int)w, 1, room->equations, (int)w, table, 1);
    else
        memset(table, 0, w * sizeof *table);
}

bool fc_linear_solve(double *theta, double *tables, const fc_linear_sums *sums, double strength,
                     fc_linear_room *room)
{
    const fc_linear_shape *s = &sums->shape;
    const size_t f = (size_t)fc_linear_features(s), j = (size_t)s->steps,
                 phases = (size_t)sums->members * (size_t)s->cycle;
    memset(tables, 0, phases * sizeof *tables);
    bool solved = isfinite(strength);
    for (int round = 0; solved && round <= (s->cycle ? ROUNDS : 0); round++) {
        if (round)
            find_effect(room->effect, s, theta);
        for (size_t m = 0; round && m < (size_t)sums->members; m++)
            solve_cycle(tables + m * (size_t)s->cycle, room, sums, m, theta);
        take_cycles(room, sums, tables);
        solved = solve_weights(theta, room, s, strength);
    }
    if (!solved) {
        memset(theta, 0, f * j * sizeof *theta);
        memset(tables, 0, phases * sizeof *tables);
    }
    return solved;
}

double fc_linear_loss(const double *theta, const double *tables, const fc_linear_sums *sums,
                      fc_linear_room *room)
{
    const fc_linear_shape *s = &sums->shape;
    const size_t f = (size_t)fc_linear_features(s), j = (size_t)s->steps, wide = f + j;
    double loss = 0;
    take_cycles(room, sums, tables);
    nn_dense_multiply(false, (int)f, (int)j, (int)f, room->g, (int)wide, theta, (int)j, 0, room->product,
                      (int)j);
    for (size_t a = 0; a < j; a++)
        loss += room->yy[a];
    for (size_t i = 0; i < f; i++)
        for (size_t a = 0; a < j; a++)
            loss += theta[i * j + a] * (room->product[i * j + a] - 2 * room->g[i * wide + f + a]);
    return sums->windows > 0 ? loss / (sums->windows * (double)j) : NAN;
}
