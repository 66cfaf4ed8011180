/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sequence of self-attention; q, k and v lie side by side in in[0] (rows,3n). */
#include "bench/kernel.h"

#include <math.h>

enum { MOST_TOKENS = 512 };

static nn_attention_shape shape_of(const bench_job *j)
{
    return (nn_attention_shape){.heads = BENCH_HEADS,
                                .width = j->n / BENCH_HEADS,
                                .mask = j->mask,
                                .ldq = 3 * j->n,
                                .ldkv = 3 * j->n};
}

static void forward_into(const bench_job *j, nn_real *out, nn_real *lse)
{
    nn_attention_shape shape = shape_of(j);
    const nn_real *q = j->in[0];
    nn_attention_forward(out, lse, q, q + j->n, q + 2 * j->n, &shape, 0, j->rows, j->rows, j->scratch);
}

static void forward(const bench_job *j)
{
    forward_into(j, j->out[0], j->out[1]);
}

/* in: qkv, dout, out, lse; the last two come from a forward pass. */
static void prepare(bench_job *j)
{
    forward_into(j, j->in[2], j->in[3]);
}

static void backward(const bench_job *j)
{
    nn_attention_shape shape = shape_of(j);
    const nn_real *q = j->in[0];
    nn_real *dq = j->out[0];
    nn_attention_backward(dq, dq + j->n, dq + 2 * j->n, j->in[1], j->in[2], j->in[3], q, q + j->n,
                          q + 2 * j->n, &shape, 0, j->rows, j->rows, j->scratch);
}

/* --- plain loops: one query of one head at a time
 * -------------------------------------------------------------- */

static double part(const bench_job *j, int token, int third, int head, int i)
{
    return (double)j->in[0][token * 3 * j->n + third * j->n + head * (j->n / BENCH_HEADS) + i];
}

/* The dropout factors of a query's weights: its row of a mask over keys. */
static void factors(const bench_job *j, int query, int head, nn_real *row)
{
    for (int k = 0; k < j->rows; k++)
        row[k] = 1;
    nn_dropout_forward(row, row, &j->mask, (uint64_t)(query * BENCH_HEADS + head), 1, j->rows);
}

/* Weights of one query before dropout; returns the log of their sum. */
static double weigh(const bench_job *j, int query, int head, double *weights)
{
    int width = j->n / BENCH_HEADS;
    double sum = 0;
    for (int k = 0; k < j->rows; k++) {
        double score = 0;
        for (int i = 0; i < width; i++)
            score += part(j, query, 0, head, i) * part(j, k, 1, head, i);
        weights[k] = exp(score / sqrt(width));
        sum += weights[k];
    }
    for (int k = 0; k < j->rows; k++)
        weights[k] /= sum;
    return log(sum);
}

/* want[1] lies (heads, queries). */
static void forward_twin(const bench_job *j, double *const *want)
{
    double weights[MOST_TOKENS];
    nn_real mask[MOST_TOKENS];
    int width = j->n / BENCH_HEADS;
    for (int h = 0; h < BENCH_HEADS; h++)
        for (int q = 0; q < j->rows; q++) {
            want[1][h * j->rows + q] = weigh(j, q, h, weights);
            factors(j, q, h, mask);
            for (int k = 0; k < j->rows; k++)
                for (int i = 0; i < width; i++)
                    want[0][q * j->n + h * width + i] += weights[k] * (double)mask[k] * part(j, k, 2, h, i);
        }
}

/* dS = P (M dP - sum P M dP) / sqrt(width), for one query of one head. */
static void backward_one(const bench_job *j, int q, int h, double *gradient)
{
    double weights[MOST_TOKENS], slope[MOST_TOKENS], sum = 0;
    nn_real mask[MOST_TOKENS];
    int width = j->n / BENCH_HEADS;
    const nn_real *dout = j->in[1] + q * j->n + h * width;
    weigh(j, q, h, weights);
    factors(j, q, h, mask);
    for (int k = 0; k < j->rows; k++) {
        slope[k] = 0;
        for (int i = 0; i < width; i++)
            slope[k] += (double)dout[i] * part(j, k, 2, h, i) * (double)mask[k];
        sum += slope[k] * weights[k];
    }
    for (int k = 0; k < j->rows; k++) {
        double ds = weights[k] * (slope[k] - sum) / sqrt(width);
        double *dq = gradient + q * 3 * j->n + h * width, *dk = gradient + k * 3 * j->n + j->n + h * width;
        for (int i = 0; i < width; i++) {
            dq[i] += ds * part(j, k, 1, h, i);
            dk[i] += ds * part(j, q, 0, h, i);
            dk[j->n + i] += weights[k] * (double)mask[k] * (double)dout[i];
        }
    }
}

static void backward_twin(const bench_job *j, double *const *want)
{
    for (int h = 0; h < BENCH_HEADS; h++)
        for (int q = 0; q < j->rows; q++)
            backward_one(j, q, h, want[0]);
}

/* --- the map of one head
 * --------------------------------------------------------------------------------------- */

static void prepare_map(bench_job *j)
{
    forward_into(j, j->in[1], j->in[2]);
}
static void map(const bench_job *j)
{
    nn_attention_shape shape = shape_of(j);
    nn_attention_map(j->out[0], j->in[0], j->in[0] + j->n, j->in[2], &shape, 1, j->rows, j->rows);
}
static void map_twin(const bench_job *j, double *const *want)
{
    for (int q = 0; q < j->rows; q++)
        weigh(j, q, 1, want[0] + q * j->rows);
}

const bench_kernel bench_kernels_attention[] = {
    {"attention-forward-11x128", 11, 128, 0, "3", "eh", 4 * 11, NULL, forward, forward_twin},
    {"attention-backward-11x128", 11, 128, 0, "3eeh", "3", 10 * 11, prepare, backward, backward_twin},
    {"attention-forward-25x512", 25, 512, 0, "3", "eh", 4 * 25, NULL, forward, forward_twin},
    {"attention-backward-25x512", 25, 512, 0, "3eeh", "3", 10 * 25, prepare, backward, backward_twin},
    {"attention-forward-325x512", 325, 512, 0, "3", "eh", 4 * 325, NULL, forward, forward_twin},
    {"attention-backward-325x512", 325, 512, 0, "3eeh", "3", 10 * 325, prepare, backward, backward_twin},
    {"attention-map-325x512", 325, 512, 0, "3eh", "q", 2 * 325 / 8.0, prepare_map, map, map_twin},
    {0}};
