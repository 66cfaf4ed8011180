/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A matrix as memory, with the Delta rule (Schlag et al. 2021, arXiv 2102.11174; ATLAS, arXiv 2505.23735,
 * with a window of one): M_t = M_{t-1} - b_t (M_{t-1} k_t - v_t) k_t', y_t = M_t q_t from M_0 = 0, with k and
 * q at length 1 and b_t = sigmoid(rate x_t) for each head. The gradient goes through the whole recurrence:
 * backward takes each step back with what forward saved of it. */
#include "lib/parts/mixers/memory.h"

#include "lib/kernels/vector.h"
#include "lib/parts/core.h"

#include <string.h>

static const nn_real epsilon = (nn_real)1e-6;

/* to = x / sqrt(|x|^2 + epsilon); returns the factor. */
static nn_real make_unit(nn_real *to, const nn_real *x, int n)
{
    nn_real square = epsilon;
    for (int c = 0; c < n; c++)
        square += x[c] * x[c];
    const nn_real factor = 1 / NN_SQRT(square);
    for (int c = 0; c < n; c++)
        to[c] = x[c] * factor;
    return factor;
}

/* dx += the gradient of what make_unit made, du. */
static void unit_back(nn_real *dx, const nn_real *du, const nn_real *unit, nn_real factor, int n)
{
    nn_real along = 0;
    for (int c = 0; c < n; c++)
        along += du[c] * unit[c];
    for (int c = 0; c < n; c++)
        dx[c] += factor * (du[c] - along * unit[c]);
}

static nn_real rate_of(const nn_core_view *view, int t)
{
    return 1 / (1 + NN_EXP(-view->extra[(size_t)t * (size_t)view->ld_extra]));
}

/* M is held transposed, (keys' columns, values' columns), so that all loops run along values. */

/* y = M k */
NN_CLONES static void recall(nn_real *restrict y, const nn_real *restrict m, const nn_real *restrict k, int w)
{
    for (int c = 0; c < w; c++)
        y[c] = 0;
    for (int r = 0; r < w; r++)
        for (int c = 0; c < w; c++)
            y[c] += k[r] * m[r * w + c];
}

/* M += times v k' */
NN_CLONES static void store(nn_real *restrict m, const nn_real *restrict v, const nn_real *restrict k,
                            nn_real times, int w)
{
    for (int r = 0; r < w; r++) {
        const nn_real factor = times * k[r];
        for (int c = 0; c < w; c++)
            m[r * w + c] += factor * v[c];
    }
}

/* dk += times M' v */
NN_CLONES static void recall_back(nn_real *restrict dk, const nn_real *restrict m, const nn_real *restrict v,
                                  nn_real times, int w)
{
    for (int r = 0; r < w; r++) {
        nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int c = 0; c < w; c++)
            sum += m[r * w + c] * v[c];
        dk[r] += times * sum;
    }
}

/* saved: the last M, then each step's error M_{t-1} k_t - v_t. */
static nn_core_size size(const nn_core_view *longest)
{
    const size_t w = (size_t)longest->width;
    return (nn_core_size){
        .saved_query = w, .saved_sequence = w * w, .forward = 2 * w, .backward = 2 * w * w + 6 * w};
}

static void forward(const nn_core_view *view)
{
    const int w = view->width;
    nn_real *m = view->saved, *errors = m + w * w, *k = view->scratch, *q = k + w;
    memset(m, 0, (size_t)(w * w) * sizeof *m);
    for (int t = 0; t < view->queries; t++) {
        nn_real *error = errors + (size_t)t * (size_t)w;
        const nn_real *v = view->v + (size_t)t * (size_t)view->ldkv;
        make_unit(k, view->k + (size_t)t * (size_t)view->ldkv, w);
        make_unit(q, view->q + (size_t)t * (size_t)view->ldq, w);
        recall(error, m, k, w);
        for (int c = 0; c < w; c++)
            error[c] -= v[c];
        store(m, error, k, -rate_of(view, t), w);
        recall(view->y + (size_t)t * (size_t)view->ldy, m, q, w);
    }
}

/* Step t. On entry m is M_t and g the gradient of it by later steps; on return both are those of t - 1. */
static void step_back(const nn_core_view *view, int t, nn_real *m, nn_real *g, nn_real *room)
{
    const int w = view->width;
    const size_t at = (size_t)t * (size_t)view->ldkv, q_at = (size_t)t * (size_t)view->ldq;
    const nn_real *error = view->saved + (size_t)w * (size_t)w + (size_t)t * (size_t)w,
                  *dy = view->dy + (size_t)t * (size_t)view->ldy, rate = rate_of(view, t);
    nn_real *k = room, *q = k + w, *dk = q + w, *dq = dk + w, *du = dq + w, d_rate = 0;
    const nn_real k_factor = make_unit(k, view->k + at, w), q_factor = make_unit(q, view->q + q_at, w);
    memset(dk, 0, 2 * (size_t)w * sizeof *dk);
    recall_back(dq, m, dy, 1, w);
    store(g, dy, q, 1, w);
    recall(du, g, k, w); /* M_t = M_{t-1} - rate error k' */
    recall_back(dk, g, error, -rate, w);
    store(m, error, k, rate, w);
    for (int c = 0; c < w; c++) {
        d_rate -= du[c] * error[c];
        du[c] *= -rate; /* the error's gradient */
        view->dv[at + (size_t)c] -= du[c];
    }
    recall_back(dk, m, du, 1, w);
    store(g, du, k, 1, w);
    unit_back(view->dk + at, dk, k, k_factor, w);
    unit_back(view->dq + q_at, dq, q, q_factor, w);
    view->d_extra[(size_t)t * (size_t)view->ld_extra] += d_rate * rate * (1 - rate);
}

static void backward(const nn_core_view *view)
{
    const size_t square = (size_t)view->width * (size_t)view->width;
    nn_real *m = view->scratch, *g = m + square, *room = g + square;
    memcpy(m, view->saved, square * sizeof *m);
    memset(g, 0, square * sizeof *g);
    for (int t = view->queries - 1; t >= 0; t--)
        step_back(view, t, m, g, room);
}

static const nn_core core = {NN_CORE_OP("memory"), forward, backward, size, false, NULL};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const nn_memory_settings *set = settings;
    nn_projected p;
    (void)memory;
    if (set->rule == NN_MEMORY_ATLAS)
        return nn_memory_atlas(plan, name, block, set, x);
    if (!nn_block_project(plan, name, block, &set->heads, x, NULL, &p))
        return NULL;
    nn_tensor *rate = nn_linear(plan, nn_name(plan, "%s.mixer.rate", name), x, p.heads);
    if (!rate)
        return NULL;
    nn_tensor *y = nn_core_build(
        plan, &core, &p,
        (nn_core_options){.causal = true, .extra = rate, .macs = 3.0 * p.heads * p.width * p.width});
    return nn_block_output(plan, name, block, x, NULL, y);
}

unsigned nn_memory_flags(const void *settings)
{
    const nn_memory_settings *set = settings;
    return NN_PART_ORDER | NN_PART_CAUSAL | (set->rule == NN_MEMORY_ATLAS ? 0 : NN_PART_QUERIES);
}

#define FIELD(name) offsetof(nn_memory_settings, name)
static const nn_option options[] = {
    NN_HEADS_OPTIONS,
    {"rule", 0, NN_CHOICE, FIELD(rule), "delta", "delta|atlas", 0, 0,
     "a matrix that each token corrects, or a network that takes a step after each window of c tokens"},
    {"c", 0, NN_INT, FIELD(window), "8", "N", 1, 65536, "of atlas: tokens of a window"},
    {"key", 0, NN_INT, FIELD(key), "8", "N", 1, 256, "of atlas: columns whose products are its features"},
    {"hidden", 0, NN_INT, FIELD(hidden), "32", "N", 1, 65536, "of atlas: hidden units"},
    {"decay", 0, NN_REAL, FIELD(learning.decay), "0.95", "X", 1e-3, 1,
     "of atlas: what a token of the window counts beside the next"},
    {"theta", 0, NN_REAL, FIELD(learning.theta), "0.9", "X", 0, 1, "of atlas: momentum"},
    {"alpha", 0, NN_REAL, FIELD(learning.alpha), "0.999", "X", 0, 1, "of atlas: what a step leaves of it"},
    {"eta", 0, NN_REAL, FIELD(learning.eta), "0.01", "X", 0, 10, "of atlas: length of a step"},
    {0}};

const nn_mixer_kind nn_mixer_memory = {
    {"memory",
     "a memory that learns as it is read: a matrix by the Delta rule, or a network (ATLAS, arXiv 2505.23735)",
     "4d^2 + 3d^2/h", NN_PART_ORDER | NN_PART_CAUSAL | NN_PART_QUERIES, options, sizeof(nn_memory_settings)},
    .build = build};
