/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A learned complex weight for each frequency over the tokens and each channel: y = irfft(W * rfft(x))
 * (GFNet, arXiv 2107.00645; SpectFormer, arXiv 2304.06446). The transforms are matrix products: even and odd
 * parts halve them, and `modes` keeps the lowest frequencies only. */
#include "lib/graph.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdlib.h>

typedef struct spectral {
    int modes;
} spectral;

/* Cosines and sines (modes,half+1) of 2 pi k t / tokens for t up to half = tokens / 2. */
typedef struct waves {
    int tokens, modes, half;
    const nn_real *cosines, *sines;
} waves;

/* --- transforms of one sequence, d columns --- */

/* even (half+1,d): x_t + x_{N-t}; odd: x_t - x_{N-t}; tokens that are their own mirror image count once. */
static void fold(nn_real *even, nn_real *odd, const nn_real *x, const waves *w, int d)
{
    for (int t = 0; t <= w->half; t++) {
        const nn_real *a = x + (size_t)t * (size_t)d, *b = x + (size_t)(w->tokens - t) * (size_t)d;
        nn_real *e = even + (size_t)t * (size_t)d, *o = odd + (size_t)t * (size_t)d;
        const bool alone = t == 0 || 2 * t == w->tokens;
        for (int c = 0; c < d; c++) {
            const nn_real other = alone ? 0 : b[c];
            e[c] = a[c] + other;
            o[c] = alone ? 0 : a[c] - other;
        }
    }
}

/* re, im (modes,d): the first frequencies of x. work: 2 (half+1) d. */
static void transform(nn_real *re, nn_real *im, const nn_real *x, const waves *w, int d, nn_real *work)
{
    const int rows = w->half + 1;
    nn_real *odd = work + (size_t)rows * (size_t)d;
    fold(work, odd, x, w, d);
    nn_gemm(false, false, w->modes, d, rows, w->cosines, rows, work, d, 0, re, d);
    nn_gemm(false, false, w->modes, d, rows, w->sines, rows, odd, d, 0, im, d);
    for (size_t i = 0; i < (size_t)w->modes * (size_t)d; i++)
        im[i] = -im[i];
}

/* How often frequency k stands in the spectrum of real values, over the tokens: 1/N or 2/N. */
static nn_real share_of(const waves *w, int k)
{
    return (nn_real)(k == 0 || 2 * k == w->tokens ? 1.0 / w->tokens : 2.0 / w->tokens);
}

/* y (tokens,d) = or += the real values of the frequencies re, im, which share_of has been taken into already.
 */
static void restore(nn_real *y, bool adds, const nn_real *re, const nn_real *im, const waves *w, int d,
                    nn_real *work)
{
    const int rows = w->half + 1;
    nn_real *odd = work + (size_t)rows * (size_t)d;
    nn_gemm(true, false, rows, d, w->modes, w->cosines, rows, re, d, 0, work, d);
    nn_gemm(true, false, rows, d, w->modes, w->sines, rows, im, d, 0, odd, d);
    for (int t = 0; t < w->tokens; t++) {
        const int m = t <= w->half ? t : w->tokens - t;
        const nn_real sign = t <= w->half ? -1 : 1;
        const nn_real *e = work + (size_t)m * (size_t)d, *o = odd + (size_t)m * (size_t)d;
        nn_real *row = y + (size_t)t * (size_t)d;
        for (int c = 0; c < d; c++)
            row[c] = (adds ? row[c] : 0) + e[c] + sign * o[c];
    }
}

/* --- the operation --- */

static void forward(const nn_op *op, nn_run *run)
{
    const waves *w = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int d = nn_width(x);
    const size_t size = (size_t)w->tokens * (size_t)d, spectrum = (size_t)w->modes * (size_t)d;
    const nn_real *weight = run->params + op->weight;
    nn_real *re = op->scratch_f, *im = re + spectrum;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        transform(re, im, x->data + s * size, w, d, im + spectrum);
        for (int k = 0; k < w->modes; k++) {
            const nn_real share = share_of(w, k);
            for (size_t i = (size_t)k * (size_t)d, end = i + (size_t)d; i < end; i++) {
                const nn_real a = re[i] * share, b = im[i] * share;
                re[i] = weight[2 * i] * a - weight[2 * i + 1] * b;
                im[i] = weight[2 * i] * b + weight[2 * i + 1] * a;
            }
        }
        restore(y->data + s * size, false, re, im, w, d, im + spectrum);
    }
}

/* With X and G the frequencies of x and dy: dW = share conj(X) G, and dx has those of share conj(W) G. */
static void backward(const nn_op *op, nn_run *run)
{
    const waves *w = op->own;
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const int d = nn_width(x);
    const size_t size = (size_t)w->tokens * (size_t)d, spectrum = (size_t)w->modes * (size_t)d;
    const nn_real *weight = run->params + op->weight;
    nn_real *dweight = run->grads + op->weight;
    nn_real *re = op->scratch_b, *im = re + spectrum, *gre = im + spectrum, *gim = gre + spectrum,
            *work = gim + spectrum;
    for (size_t s = 0; s < nn_sequences(x, run); s++) {
        transform(re, im, x->data + s * size, w, d, work);
        transform(gre, gim, y->grad + s * size, w, d, work);
        for (int k = 0; k < w->modes; k++) {
            const nn_real share = share_of(w, k);
            for (size_t i = (size_t)k * (size_t)d, end = i + (size_t)d; i < end; i++) {
                const nn_real a = gre[i] * share, b = gim[i] * share;
                dweight[2 * i] += re[i] * a + im[i] * b;
                dweight[2 * i + 1] += re[i] * b - im[i] * a;
                gre[i] = weight[2 * i] * a + weight[2 * i + 1] * b;
                gim[i] = weight[2 * i] * b - weight[2 * i + 1] * a;
            }
        }
        if (nn_wants_grad(x))
            restore(x->grad + s * size, true, gre, gim, w, d, work);
    }
}

/* The waves of all tokens (modes,tokens), or, transposed and by how often each stands in real values, the way
 * back; malloced. */
static nn_real *whole_waves(const waves *w, const nn_real *half, bool sine, bool back)
{
    nn_real *m = malloc((size_t)w->modes * (size_t)w->tokens * sizeof *m);
    for (int k = 0; m && k < w->modes; k++)
        for (int t = 0; t < w->tokens; t++) {
            const int mirrored = t <= w->half ? t : w->tokens - t;
            const nn_real value =
                half[(size_t)k * (size_t)(w->half + 1) + (size_t)mirrored] * (sine && t > w->half ? -1 : 1);
            if (back)
                m[(size_t)t * (size_t)w->modes + (size_t)k] = value * share_of(w, k);
            else
                m[(size_t)k * (size_t)w->tokens + (size_t)t] = value;
        }
    return m;
}

static int wave(nn_graph *graph, int x, const waves *w, bool sine, bool back)
{
    nn_real *m = whole_waves(w, sine ? w->sines : w->cosines, sine, back);
    const int y = nn_graph_mix(graph, x, m, back ? w->tokens : w->modes, back ? w->modes : w->tokens);
    free(m);
    return y;
}

/* With X = C x - i S x: y = C'(Re W X) - S'(Im W X). */
static void spell(const nn_op *op, nn_graph *graph)
{
    const waves *w = op->own;
    const int x = nn_graph_of(graph, op->in[0]), d = nn_width(op->in[0]), shape[] = {w->modes, d};
    const size_t cells = (size_t)w->modes * (size_t)d;
    nn_real *parts = malloc(2 * cells * sizeof *parts);
    for (size_t i = 0; parts && i < cells; i++) {
        parts[i] = graph->params->data[op->weight + 2 * i];
        parts[cells + i] = graph->params->data[op->weight + 2 * i + 1];
    }
    if (!parts)
        nn_graph_no_memory(graph);
    const int re = wave(graph, x, w, false, false),
              im = nn_graph_one(graph, "Neg", wave(graph, x, w, true, false));
    const int a = parts ? nn_graph_reals(graph, parts, 2, shape) : -1,
              b = parts ? nn_graph_reals(graph, parts + cells, 2, shape) : -1;
    const int real = nn_graph_two(graph, "Sub", nn_graph_two(graph, "Mul", re, a),
                                  nn_graph_two(graph, "Mul", im, b)),
              other = nn_graph_two(graph, "Add", nn_graph_two(graph, "Mul", im, a),
                                   nn_graph_two(graph, "Mul", re, b));
    nn_graph_is(
        graph, op->out[0],
        nn_graph_two(graph, "Sub", wave(graph, real, w, false, true), wave(graph, other, w, true, true)));
    free(parts);
}

static const nn_op_kind kind = {
    .name = "spectral gate", .spell = spell, .forward = forward, .backward = backward, .keeps_input = {true}};

/* --- building --- */

static const waves *waves_of(nn_plan *plan, int tokens, int modes)
{
    const int half = tokens / 2, rows = half + 1;
    const size_t size = (size_t)modes * (size_t)rows;
    nn_real *table = malloc(2 * size * sizeof *table);
    for (int k = 0; table && k < modes; k++)
        for (int t = 0; t < rows; t++) {
            const double angle = 2 * M_PI * (double)((long)k * t % tokens) / tokens;
            table[(size_t)k * (size_t)rows + (size_t)t] = (nn_real)cos(angle);
            table[size + (size_t)k * (size_t)rows + (size_t)t] = (nn_real)sin(angle);
        }
    const nn_real *own = table ? nn_plan_own(plan, table, 2 * size * sizeof *table) : NULL;
    free(table);
    if (!own) {
        nn_plan_fail(plan, "no memory");
        return NULL;
    }
    const waves w = {.tokens = tokens, .modes = modes, .half = half, .cosines = own, .sines = own + size};
    return nn_plan_own(plan, &w, sizeof w);
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)block, (void)memory;
    if (!x)
        return NULL;
    if (x->ragged || x->rank != 3) {
        nn_plan_fail(plan, "%s: a spectral gate needs as many tokens in every sequence", name);
        return NULL;
    }
    const int tokens = x->shape[1], d = nn_width(x), all = tokens / 2 + 1,
              asked = ((const spectral *)settings)->modes, modes = asked && asked < all ? asked : all;
    const int shape[] = {modes, d, 2};
    const nn_param *p = nn_plan_param(plan, nn_name(plan, "%s.mixer.weight", name), NN_INIT_UNIFORM,
                                      0.02 * sqrt(3), 3, shape);
    const size_t work = 2 * (size_t)all * (size_t)d, spectrum = (size_t)modes * (size_t)d;
    return nn_plan_record_map(plan, &(nn_op){.kind = &kind,
                                             .in = {x},
                                             .has_params = true,
                                             .weight = p ? p->offset : 0,
                                             .parameters = 2 * spectrum,
                                             .scratch_forward = 2 * spectrum + work,
                                             .scratch_backward = 4 * spectrum + work,
                                             .macs = 4.0 * all * modes * d * x->shape[0],
                                             .own = waves_of(plan, tokens, modes)});
}

static const nn_option options[] = {{"modes", 0, NN_INT, offsetof(spectral, modes), "0", "N", 0, 1048576,
                                     "frequencies that are kept, the lowest ones; 0: all of them"},
                                    {0}};

const nn_mixer_kind nn_mixer_spectral = {
    {"spectral",
     "a learned gate on each frequency over the tokens (GFNet, arXiv 2107.00645; SpectFormer, 2304.06446)",
     "Nd; 2d modes with modes=", NN_PART_ORDER | NN_PART_FIXED, options, sizeof(spectral)},
    .build = build};
