/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The deep memory's network, its gradient, and the rule by which it learns. */
#include "lib/parts/mixers/deep_memory.h"

#include "lib/kernels/kernels.h"
#include "lib/kernels/vector.h"

#include <math.h>
#include <string.h>

enum { SCALE, DOWN, GAIN, SHIFT, HIDDEN, PROJECT, UP, OUT_GAIN, OUT_SHIFT };

/* z and the products of its pairs */
static int features_of(const nn_deep_memory *m)
{
    return m->key + m->key * (m->key + 1) / 2;
}

nn_deep_tensor nn_deep_memory_tensor(const nn_deep_memory *m, int index)
{
    const int f = features_of(m);
    const nn_deep_tensor all[NN_DEEP_MEMORY_TENSORS] = {
        [SCALE] = {.name = "scale", .rows = 1},
        [DOWN] = {.name = "down.weight", .rows = m->key, .columns = m->width},
        [GAIN] = {.name = "norm_features.weight", .rows = f},
        [SHIFT] = {.name = "norm_features.bias", .rows = f},
        [HIDDEN] = {.name = "hidden.weight", .rows = m->hidden, .columns = f},
        [PROJECT] = {.name = "project.weight", .rows = m->key, .columns = m->hidden},
        [UP] = {.name = "up.weight", .rows = m->width, .columns = m->key},
        [OUT_GAIN] = {.name = "norm_out.weight", .rows = m->width},
        [OUT_SHIFT] = {.name = "norm_out.bias", .rows = m->width},
    };
    size_t offset = 0;
    for (int i = 0;; i++) {
        nn_deep_tensor t = all[i];
        t.count = (size_t)t.rows * (size_t)(t.columns ? t.columns : 1);
        t.offset = offset;
        offset += t.count;
        if (i == index)
            return t;
    }
}

size_t nn_deep_memory_size(const nn_deep_memory *m)
{
    const nn_deep_tensor last = nn_deep_memory_tensor(m, NN_DEEP_MEMORY_TENSORS - 1);
    return last.offset + last.count;
}

/* --- the network --- */

/* What recall leaves, and room for the gradients of each. */
typedef struct trace {
    nn_real *z, *features, *before, *hidden, *project, *out; /* features, out: normed, without gain */
    nn_real *spread;                                         /* 1 / the deviations of features and of out */
    nn_real *room;                                           /* two of the widest */
} trace;

static int widest_of(const nn_deep_memory *m)
{
    const int f = features_of(m), most = f > m->hidden ? f : m->hidden;
    return most > m->width ? most : m->width;
}

size_t nn_deep_memory_trace(const nn_deep_memory *m)
{
    return (size_t)(2 * m->key + features_of(m) + 2 * m->hidden + m->width + 2 + 2 * widest_of(m));
}

static trace trace_of(const nn_deep_memory *m, nn_real *at)
{
    trace t = {.z = at};
    t.features = t.z + m->key;
    t.before = t.features + features_of(m);
    t.hidden = t.before + m->hidden;
    t.project = t.hidden + m->hidden;
    t.out = t.project + m->key;
    t.spread = t.out + m->width;
    t.room = t.spread + 2;
    return t;
}

static const nn_real *at(const nn_deep_memory *m, const nn_real *params, int index)
{
    return params + nn_deep_memory_tensor(m, index).offset;
}

/* y (rows) = w (rows,columns) x */
NN_CLONES static void map(nn_real *restrict y, const nn_real *restrict w, const nn_real *restrict x, int rows,
                          int columns)
{
    for (int r = 0; r < rows; r++) {
        nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int c = 0; c < columns; c++)
            sum += w[(size_t)r * (size_t)columns + (size_t)c] * x[c];
        y[r] = sum;
    }
}

/* dw += dy x', dx += w' dy */
NN_CLONES static void map_back(nn_real *restrict dw, nn_real *restrict dx, const nn_real *restrict dy,
                               const nn_real *restrict w, const nn_real *restrict x, int rows, int columns)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            dw[(size_t)r * (size_t)columns + (size_t)c] += dy[r] * x[c];
            dx[c] += dy[r] * w[(size_t)r * (size_t)columns + (size_t)c];
        }
}

/* x = (x - mean) / sqrt(variance + epsilon); returns the factor. */
static nn_real make_normed(nn_real *x, int n, double epsilon)
{
    nn_real mean = 0, square = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / (nn_real)n;
    for (int i = 0; i < n; i++) {
        x[i] -= mean;
        square += x[i] * x[i] / (nn_real)n;
    }
    const nn_real factor = 1 / NN_SQRT(square + (nn_real)epsilon);
    for (int i = 0; i < n; i++)
        x[i] *= factor;
    return factor;
}

/* d, the gradient of what was normed, becomes that of what there was before. */
static void normed_back(nn_real *d, const nn_real *normed, nn_real factor, int n)
{
    nn_real mean = 0, along = 0;
    for (int i = 0; i < n; i++) {
        mean += d[i] / (nn_real)n;
        along += d[i] * normed[i] / (nn_real)n;
    }
    for (int i = 0; i < n; i++)
        d[i] = factor * (d[i] - mean - along * normed[i]);
}

static void gain(nn_real *y, const nn_real *normed, const nn_real *weight, const nn_real *bias, int n)
{
    for (int i = 0; i < n; i++)
        y[i] = normed[i] * weight[i] + bias[i];
}

/* d, the gradient of the gain's output, becomes that of its input. */
static void gain_back(nn_real *d, nn_real *dweight, nn_real *dbias, const nn_real *normed,
                      const nn_real *weight, int n)
{
    for (int i = 0; i < n; i++) {
        dweight[i] += d[i] * normed[i];
        dbias[i] += d[i];
        d[i] *= weight[i];
    }
}

static const nn_real root_half = (nn_real)0.70710678118654752, root_two_pi = (nn_real)0.39894228040143268;

static nn_real gelu_slope(nn_real x)
{
    return (1 + NN_ERF(x * root_half)) / 2 + x * root_two_pi * NN_EXP(-x * x / 2);
}

void nn_deep_memory_recall(const nn_deep_memory *m, const nn_real *params, nn_real *y, const nn_real *x,
                           nn_real *room)
{
    const int f = features_of(m);
    const trace t = trace_of(m, room);
    map(t.z, at(m, params, DOWN), x, m->key, m->width);
    memcpy(t.features, t.z, (size_t)m->key * sizeof *t.z);
    for (int i = 0, place = m->key; i < m->key; i++)
        for (int j = i; j < m->key; j++)
            t.features[place++] = t.z[i] * t.z[j];
    t.spread[0] = make_normed(t.features, f, m->epsilon);
    gain(t.room, t.features, at(m, params, GAIN), at(m, params, SHIFT), f);
    map(t.before, at(m, params, HIDDEN), t.room, m->hidden, f);
    for (int i = 0; i < m->hidden; i++)
        t.hidden[i] = t.before[i] * (1 + NN_ERF(t.before[i] * root_half)) / 2;
    map(t.project, at(m, params, PROJECT), t.hidden, m->key, m->hidden);
    map(t.out, at(m, params, UP), t.project, m->width, m->key);
    t.spread[1] = make_normed(t.out, m->width, m->epsilon);
    gain(y, t.out, at(m, params, OUT_GAIN), at(m, params, OUT_SHIFT), m->width);
    for (int i = 0; i < m->width; i++)
        y[i] *= params[0];
}

/* From the gradient of the memory's output, in d, to that of project's output, in dp. */
static void output_back(const nn_deep_memory *m, const nn_real *params, nn_real *const *grads, nn_real *dp,
                        nn_real *d, const nn_real *dy, const trace *t)
{
    const nn_real *weight = at(m, params, OUT_GAIN), *bias = at(m, params, OUT_SHIFT);
    for (int i = 0; i < m->width; i++) {
        grads[SCALE][0] += dy[i] * (t->out[i] * weight[i] + bias[i]);
        d[i] = dy[i] * params[0];
    }
    gain_back(d, grads[OUT_GAIN], grads[OUT_SHIFT], t->out, weight, m->width);
    normed_back(d, t->out, t->spread[1], m->width);
    memset(dp, 0, (size_t)m->key * sizeof *dp);
    map_back(grads[UP], dp, d, at(m, params, UP), t->project, m->width, m->key);
}

void nn_deep_memory_back(const nn_deep_memory *m, const nn_real *params, nn_real *grads, nn_real *dx,
                         const nn_real *dy, const nn_real *x, nn_real *room)
{
    const int f = features_of(m), widest = widest_of(m);
    const trace t = trace_of(m, room);
    nn_real *a = t.room, *b = t.room + widest, *g[NN_DEEP_MEMORY_TENSORS];
    for (int i = 0; i < NN_DEEP_MEMORY_TENSORS; i++)
        g[i] = grads + nn_deep_memory_tensor(m, i).offset;
    output_back(m, params, g, b, a, dy, &t);
    memset(a, 0, (size_t)m->hidden * sizeof *a);
    map_back(g[PROJECT], a, b, at(m, params, PROJECT), t.hidden, m->key, m->hidden);
    for (int i = 0; i < m->hidden; i++)
        t.before[i] = a[i] * gelu_slope(t.before[i]);
    gain(a, t.features, at(m, params, GAIN), at(m, params, SHIFT), f);
    memset(b, 0, (size_t)f * sizeof *b);
    map_back(g[HIDDEN], b, t.before, at(m, params, HIDDEN), a, m->hidden, f);
    gain_back(b, g[GAIN], g[SHIFT], t.features, at(m, params, GAIN), f);
    normed_back(b, t.features, t.spread[0], f);
    for (int i = 0, place = m->key; i < m->key; i++)
        for (int j = i; j < m->key; j++, place++) {
            b[i] += b[place] * t.z[j];
            b[j] += b[place] * t.z[i];
        }
    memset(a, 0, (size_t)m->width * sizeof *a);
    map_back(g[DOWN], a, b, at(m, params, DOWN), x, m->key, m->width);
    for (int i = 0; dx && i < m->width; i++)
        dx[i] += a[i];
}

/* --- learning --- */

double nn_deep_memory_study(const nn_deep_memory *m, const nn_deep_rule *rule, const nn_real *params,
                            nn_real *grads, const nn_real *keys, const nn_real *values, size_t ld, int count,
                            int windows, nn_real *room)
{
    nn_real *y = room + nn_deep_memory_trace(m);
    double weight = 1.0 / ((double)count * windows), loss = 0;
    for (int t = count - 1; t >= 0; t--, weight *= rule->decay) {
        const nn_real *k = keys + (size_t)t * ld, *v = values + (size_t)t * ld;
        nn_deep_memory_recall(m, params, y, k, room);
        for (int c = 0; c < m->width; c++) {
            const nn_real off = y[c] - v[c];
            loss += weight * (double)(off * off);
            y[c] = 2 * (nn_real)weight * off;
        }
        nn_deep_memory_back(m, params, grads, NULL, y, k, room);
    }
    return loss;
}

/* The columns of the longer side's matrix are the shorter side. */
size_t nn_newton_schulz_room(int rows, int columns)
{
    const size_t small = (size_t)(rows < columns ? rows : columns);
    return 2 * (size_t)rows * (size_t)columns + 2 * small * small;
}

/* to (columns,rows) = x' */
static void turn(nn_real *to, const nn_real *x, int rows, int columns)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            to[(size_t)c * (size_t)rows + (size_t)r] = x[(size_t)r * (size_t)columns + (size_t)c];
}

static nn_real length_of(const nn_real *x, size_t n)
{
    double square = 0;
    for (size_t i = 0; i < n; i++)
        square += (double)x[i] * (double)x[i];
    return (nn_real)sqrt(square);
}

/* x = a x + b (x x') x + c (x x')^2 x. As x (x' x) is the same, the products are those of the shorter side,
 * whichever it is. */
void nn_newton_schulz(nn_real *x, int rows, int columns, nn_real *room)
{
    enum { TURNS = 5 };
    static const nn_real a = (nn_real)3.4445, b = (nn_real)-4.7750, c = (nn_real)2.0315;
    const bool wide = rows < columns;
    const int tall = wide ? columns : rows, small = wide ? rows : columns;
    const size_t all = (size_t)rows * (size_t)columns, square = (size_t)small * (size_t)small;
    nn_real *m = room, *next = m + all, *gram = next + all, *mixed = gram + square;
    const nn_real factor = 1 / (length_of(x, all) + (nn_real)1e-7);
    if (wide)
        turn(m, x, rows, columns);
    else
        memcpy(m, x, all * sizeof *m);
    for (size_t i = 0; i < all; i++)
        m[i] *= factor;
    for (int i = 0; i < TURNS; i++) {
        nn_gemm_small(gram, small, m, 1, small, m, small, small, small, tall, false);
        nn_gemm_small(mixed, small, gram, small, 1, gram, small, small, small, small, false);
        for (size_t k = 0; k < square; k++)
            mixed[k] = b * gram[k] + c * mixed[k];
        nn_gemm_small(next, small, m, small, 1, mixed, small, tall, small, small, false);
        for (size_t k = 0; k < all; k++)
            m[k] = a * m[k] + next[k];
    }
    if (wide)
        turn(x, m, columns, rows);
    else
        memcpy(x, m, all * sizeof *m);
}

size_t nn_deep_memory_room(const nn_deep_memory *m)
{
    size_t most = 0;
    for (int i = 0; i < NN_DEEP_MEMORY_TENSORS; i++) {
        const nn_deep_tensor t = nn_deep_memory_tensor(m, i);
        const size_t room = t.count + (t.columns ? nn_newton_schulz_room(t.rows, t.columns) : 0);
        most = room > most ? room : most;
    }
    return most;
}

void nn_deep_memory_learn(const nn_deep_memory *m, const nn_deep_rule *rule, nn_real *params,
                          nn_real *momentum, const nn_real *grads, nn_real *room)
{
    const nn_real theta = (nn_real)rule->theta, alpha = (nn_real)rule->alpha, eta = (nn_real)rule->eta;
    for (int i = 0; i < NN_DEEP_MEMORY_TENSORS; i++) {
        const nn_deep_tensor t = nn_deep_memory_tensor(m, i);
        const size_t count = t.count;
        nn_real *s = momentum + t.offset, *step = room, factor = 1;
        for (size_t k = 0; k < count; k++)
            step[k] = s[k] = theta * s[k] + grads[t.offset + k];
        if (t.columns)
            nn_newton_schulz(step, t.rows, t.columns, room + count);
        else
            factor = 1 / (length_of(s, count) + (nn_real)1e-8);
        for (size_t k = 0; k < count; k++)
            params[t.offset + k] = alpha * params[t.offset + k] - eta * factor * step[k];
    }
}
