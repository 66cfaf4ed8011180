/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Legendre memory (LMUFormer, arXiv 2402.04882; Voelker et al. 2019): u_t = relu(W x_t + b), m_t = A m_{t-1}
 * + B u_t with fixed A and B that hold the last theta tokens of u as m Legendre polynomials, h_t = relu(W
 * [m_t; x_t] + b). A token needs no other but the state before it. */
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct lmu {
    int memory, channels;
    double theta;
} lmu;

/* A (m,m), A' and B (m) for a step of one token. */
typedef struct legendre {
    int memory;
    const nn_real *a, *transposed, *b;
} legendre;

/* --- the operation: (.,channels) -> (.,channels*memory) --- */

static void forward(const nn_op *op, nn_run *run)
{
    const legendre *l = op->own;
    const nn_tensor *u = op->in[0], *y = op->out[0];
    const int channels = nn_width(u), m = l->memory;
    const size_t width = (size_t)channels * (size_t)m;
    for (size_t s = 0; s < nn_sequences(u, run); s++) {
        size_t first;
        const int n = nn_tokens(u, s, &first);
        for (size_t t = first; t < first + (size_t)n; t++) {
            nn_real *state = y->data + t * width;
            for (size_t i = 0; i < width; i++)
                state[i] = l->b[i % (size_t)m] * u->data[t * (size_t)channels + i / (size_t)m];
            if (t > first)
                nn_gemm_small(state, m, state - width, m, 1, l->transposed, m, channels, m, m, true);
        }
    }
}

/* The gradient g_t = dm_t + A' g_{t+1} takes the place of dm_t, the last token first; du_t = B' g_t. */
static void backward(const nn_op *op, nn_run *run)
{
    const legendre *l = op->own;
    const nn_tensor *u = op->in[0], *y = op->out[0];
    const int channels = nn_width(u), m = l->memory;
    const size_t width = (size_t)channels * (size_t)m;
    for (size_t s = 0; s < nn_sequences(u, run); s++) {
        size_t first;
        const size_t n = (size_t)nn_tokens(u, s, &first);
        for (size_t t = first + n; t-- > first;) {
            nn_real *g = y->grad + t * width;
            if (t + 1 < first + n)
                nn_gemm_small(g, m, g + width, m, 1, l->a, m, channels, m, m, true);
            nn_gemm_small(u->grad + t * (size_t)channels, 1, g, m, 1, l->b, 1, channels, 1, m, true);
        }
    }
}

static const nn_op_kind kind = {.name = "Legendre memory", .forward = forward, .backward = backward};

/* --- A and B --- */

/* c (n,n) = a b */
static void multiply(double *c, const double *a, const double *b, int n)
{
    memset(c, 0, (size_t)n * (size_t)n * sizeof *c);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++)
                c[(size_t)i * n + j] += a[(size_t)i * n + k] * b[(size_t)k * n + j];
}

/* e (n,n) = exp(a) by its series for a / 2^halvings, squared again; a is spoilt. work: 2 n n. */
static void exponential(double *e, double *a, int n, double *work)
{
    const size_t size = (size_t)n * (size_t)n;
    double *term = work, *next = work + size, norm = 0;
    int halvings = 0;
    for (size_t i = 0; i < size; i++)
        norm += fabs(a[i]);
    for (; norm > 0.5; norm /= 2)
        halvings++;
    for (size_t i = 0; i < size; i++) {
        a[i] = ldexp(a[i], -halvings);
        e[i] = term[i] = i % ((size_t)n + 1) == 0;
    }
    for (int k = 1; k <= 14; k++) {
        multiply(next, term, a, n);
        for (size_t i = 0; i < size; i++)
            e[i] += term[i] = next[i] / k;
    }
    for (; halvings > 0; halvings--) {
        multiply(next, e, e, n);
        memcpy(e, next, size * sizeof *e);
    }
}

/* Zero-order hold over one token: exp([A B; 0 0]) holds both. to: A (m,m), A' and B (m). work: 4 (m+1)^2. */
static void discretise(nn_real *to, int m, double theta, double *work)
{
    const int n = m + 1;
    const size_t size = (size_t)n * (size_t)n;
    double *a = work, *e = work + size;
    memset(a, 0, size * sizeof *a);
    for (int i = 0; i < m; i++) {
        const double rate = (2 * i + 1) / theta;
        for (int j = 0; j < m; j++)
            a[(size_t)i * n + j] = rate * (i < j ? -1 : (i - j) % 2 ? 1 : -1);
        a[(size_t)i * n + m] = rate * (i % 2 ? -1 : 1);
    }
    exponential(e, a, n, work + 2 * size);
    nn_real *transposed = to + (size_t)m * m, *b = transposed + (size_t)m * m;
    for (int i = 0; i < m; i++) {
        for (int j = 0; j < m; j++)
            to[(size_t)i * m + j] = transposed[(size_t)j * m + i] = (nn_real)e[(size_t)i * n + j];
        b[i] = (nn_real)e[(size_t)i * n + m];
    }
}

static const legendre *legendre_of(nn_plan *plan, int m, double theta)
{
    const size_t n = (size_t)m + 1, square = (size_t)m * (size_t)m, size = 2 * square + (size_t)m;
    double *work = malloc(4 * n * n * sizeof *work);
    nn_real *table = malloc(size * sizeof *table);
    if (work && table)
        discretise(table, m, theta, work);
    const nn_real *own = work && table ? nn_plan_own(plan, table, size * sizeof *table) : NULL;
    free(work);
    free(table);
    if (!own) {
        nn_plan_fail(plan, "no memory");
        return NULL;
    }
    const legendre l = {.memory = m, .a = own, .transposed = own + square, .b = own + 2 * square};
    return nn_plan_own(plan, &l, sizeof l);
}

/* --- building --- */

static nn_tensor *remember(nn_plan *plan, const lmu *set, nn_tensor *u)
{
    if (!nn_plan_ready(plan, "Legendre memory", 1, &u))
        return NULL;
    int shape[NN_MAX_RANK];
    memcpy(shape, u->shape, sizeof shape);
    shape[u->rank - 1] *= set->memory;
    nn_op op = {.kind = &kind, .in = {u}, .own = legendre_of(plan, set->memory, set->theta)};
    op.out[0] = nn_plan_tensor(plan, u->rank, shape, u->ragged);
    op.macs = (double)nn_row_capacity(u) * nn_width(u) * set->memory * (set->memory + 1);
    return nn_plan_record(plan, &op) ? op.out[0] : NULL;
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const lmu *set = settings;
    (void)block, (void)memory;
    nn_tensor *u = nn_linear(plan, nn_name(plan, "%s.mixer.input", name), x, set->channels);
    nn_tensor *m = remember(plan, set, nn_activation(plan, u, NN_RELU, 0));
    nn_tensor *h = nn_concat_columns(plan, m, x);
    return h ? nn_activation(plan, nn_linear(plan, nn_name(plan, "%s.mixer.hidden", name), h, nn_width(x)),
                             NN_RELU, nn_block_inner_dropout(block))
             : NULL;
}

/* --- one token after another --- */

typedef struct stream {
    int width, memory, channels;
    const nn_real *input, *input_bias, *hidden, *hidden_bias; /* borrowed */
    nn_real table[];                                          /* A (m,m), A', B (m), then the next state */
} stream;

static size_t state_size(const void *settings, int width)
{
    const lmu *set = settings;
    (void)width;
    return (size_t)set->memory * (size_t)set->channels;
}

static const nn_real *find(const nn_params *params, const char *name, const char *part, size_t count)
{
    char full[400];
    snprintf(full, sizeof full, "%s.mixer.%s", name, part);
    const nn_param *p = nn_params_find(params, full);
    return p && p->count == count ? params->data + p->offset : NULL;
}

static int make_stream(void **own, const nn_params *params, const char *name, const void *settings, int width,
                       nn_error *error)
{
    const lmu *set = settings;
    const size_t m = (size_t)set->memory, c = (size_t)set->channels, d = (size_t)width;
    stream *s = malloc(sizeof *s + (2 * m * m + m + m * c) * sizeof *s->table);
    double *work = malloc(4 * (m + 1) * (m + 1) * sizeof *work);
    *own = s;
    if (!s || !work) {
        free(work);
        return nn_no_memory(error);
    }
    *s = (stream){.width = width,
                  .memory = set->memory,
                  .channels = set->channels,
                  .input = find(params, name, "input.weight", c * d),
                  .input_bias = find(params, name, "input.bias", c),
                  .hidden = find(params, name, "hidden.weight", d * (c * m + d)),
                  .hidden_bias = find(params, name, "hidden.bias", d)};
    discretise(s->table, set->memory, set->theta, work);
    free(work);
    return s->input && s->input_bias && s->hidden && s->hidden_bias
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "%s: there are no parameters of a mixer lmu of these sizes",
                         name);
}

/* relu(b + w [state; x]) */
static nn_real unit(nn_real b, const nn_real *w, const nn_real *state, int states, const nn_real *x, int n)
{
    for (int i = 0; i < states; i++)
        b += w[i] * state[i];
    for (int i = 0; i < n; i++)
        b += w[states + i] * x[i];
    return b > 0 ? b : 0;
}

static void take(void *own, nn_real *state, const nn_real *x, nn_real *y)
{
    stream *s = own;
    const int m = s->memory, d = s->width, all = m * s->channels;
    const nn_real *a = s->table, *b = a + 2 * m * m;
    nn_real *next = s->table + 2 * m * m + m;
    for (int c = 0; c < s->channels; c++) {
        const nn_real u = unit(s->input_bias[c], s->input + (size_t)c * (size_t)d, NULL, 0, x, d);
        for (int i = 0; i < m; i++) {
            nn_real sum = b[i] * u;
            for (int j = 0; j < m; j++)
                sum += a[i * m + j] * state[c * m + j];
            next[c * m + i] = sum;
        }
    }
    memcpy(state, next, (size_t)all * sizeof *state);
    for (int i = 0; i < d; i++)
        y[i] = unit(s->hidden_bias[i], s->hidden + (size_t)i * (size_t)(all + d), state, all, x, d);
}

static const nn_step_kind step = {state_size, make_stream, take};

static const nn_option options[] = {
    {"m", 0, NN_INT, offsetof(lmu, memory), "32", "N", 1, 256, "Legendre polynomials of the memory"},
    {"theta", 0, NN_REAL, offsetof(lmu, theta), "128", "X", 1, 1e9, "tokens that the memory reaches back"},
    {"c", 0, NN_INT, offsetof(lmu, channels), "1", "N", 1, 4096, "values of a token that are remembered"},
    {0}};

const nn_mixer_kind nn_mixer_lmu = {
    {"lmu", "a Legendre memory of the tokens before (LMUFormer, arXiv 2402.04882)", "cm^2 + d^2 + cmd",
     NN_PART_ORDER | NN_PART_CAUSAL | NN_PART_STEP, options, sizeof(lmu)},
    .build = build,
    .step = &step};
