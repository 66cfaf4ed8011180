/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flow attention (Flowformer, arXiv 2202.06258): attention as a flow from values to outputs. With q and k
 * through sigmoids, e = 1e-6, n queries and m keys:
 *   in_i = (q_i + e).(sum_j k_j + e),             out_j = (k_j + e).(sum_i q_i + e)
 *   in'_i = (q_i + e).(sum_j k_j / out_j + e),    out'_j = (k_j + e).(sum_i q_i / in_i + e)
 *   y_i = sigmoid(in'_i n/m) / in_i  q_i sum_j k_j' m softmax_j(out'_j) v_j.
 * Heads beside each other are taken together; sums over a head's columns stay within it. */
#include "lib/parts/core.h"

#include "lib/kernels/vector.h"

#include <math.h>
#include <string.h>

static const nn_real e = (nn_real)1e-6;

/* All that forward works out, cut from saved or scratch. d: columns of all heads. */
typedef struct flow {
    int n, m, d, heads, width;
    nn_real *q, *k;                        /* (n,d), (m,d) */
    nn_real *k_sum, *q_sum, *k_out, *q_in; /* (d): sums of k, q, k/out, q/in */
    nn_real *in, *out, *in2, *out2;        /* (n,heads), (m,heads); in2: sigmoid(in' n/m); out2: m softmax */
    nn_real *state;                        /* (d,d) */
} flow;

static size_t flow_elements(int n, int m, int heads, int width)
{
    const size_t d = (size_t)heads * (size_t)width;
    return ((size_t)n + (size_t)m) * (d + 2 * (size_t)heads) + 4 * d + d * d;
}

static flow lay_out(const nn_core_view *view, nn_real *at)
{
    flow f = {.n = view->queries,
              .m = view->keys,
              .d = view->heads * view->width,
              .heads = view->heads,
              .width = view->width};
    const size_t n = (size_t)f.n, m = (size_t)f.m, d = (size_t)f.d, h = (size_t)f.heads;
    f.q = at;
    f.k = f.q + n * d;
    f.k_sum = f.k + m * d;
    f.q_sum = f.k_sum + d;
    f.k_out = f.q_sum + d;
    f.q_in = f.k_out + d;
    f.in = f.q_in + d;
    f.in2 = f.in + n * h;
    f.out = f.in2 + n * h;
    f.out2 = f.out + m * h;
    f.state = f.out2 + m * h;
    return f;
}

NN_CLONES static void sigmoid_row(nn_real *restrict to, const nn_real *restrict x, nn_real *restrict sum,
                                  int d)
{
    for (int c = 0; c < d; c++) {
        to[c] = 1 / (1 + NN_EXP(-x[c]));
        sum[c] += to[c];
    }
}

static void sigmoids(nn_real *to, const nn_real *x, int ld, nn_real *sum, int rows, int d)
{
    memset(sum, 0, (size_t)d * sizeof *sum);
    for (int i = 0; i < rows; i++)
        sigmoid_row(to + (size_t)i * (size_t)d, x + (size_t)i * (size_t)ld, sum, d);
}

/* to (rows,heads) = (x_i + e).(y + e) over each head's columns. */
NN_CLONES static void head_dots(nn_real *restrict to, const nn_real *restrict x, const nn_real *restrict y,
                                int rows, int heads, int width)
{
    for (int i = 0; i < rows; i++)
        for (int h = 0; h < heads; h++) {
            const nn_real *restrict a = x + ((size_t)i * (size_t)heads + (size_t)h) * (size_t)width,
                                    *restrict b = y + h * width;
            nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
            for (int c = 0; c < width; c++)
                sum += (a[c] + e) * (b[c] + e);
            to[(size_t)i * (size_t)heads + (size_t)h] = sum;
        }
}

/* sum (d) of x_i / by_i, or, with times, of (x_i + e) by_i. */
NN_CLONES static void weighted_sum(nn_real *restrict sum, const nn_real *restrict x,
                                   const nn_real *restrict by, bool times, int rows, int heads, int width)
{
    memset(sum, 0, (size_t)heads * (size_t)width * sizeof *sum);
    for (int i = 0; i < rows; i++)
        for (int h = 0; h < heads; h++) {
            const nn_real w = by[(size_t)i * (size_t)heads + (size_t)h], share = times ? w : 1 / w,
                          more = times ? e : 0;
            const nn_real *restrict a = x + ((size_t)i * (size_t)heads + (size_t)h) * (size_t)width;
            for (int c = 0; c < width; c++)
                sum[h * width + c] += (a[c] + more) * share;
        }
}

/* out2 becomes m softmax over the keys, head by head; in2 sigmoid(n/m in2). */
static void compete(const flow *f)
{
    for (int h = 0; h < f->heads; h++) {
        nn_real most = f->out2[h], sum = 0;
        for (int j = 1; j < f->m; j++)
            most = NN_FMAX(most, f->out2[j * f->heads + h]);
        for (int j = 0; j < f->m; j++) {
            nn_real *o = &f->out2[j * f->heads + h];
            *o = NN_EXP(*o - most);
            sum += *o;
        }
        for (int j = 0; j < f->m; j++)
            f->out2[j * f->heads + h] *= (nn_real)f->m / sum;
    }
    const nn_real ratio = (nn_real)f->n / (nn_real)f->m;
    for (int i = 0; i < f->n * f->heads; i++)
        f->in2[i] = 1 / (1 + NN_EXP(-ratio * f->in2[i]));
}

/* to_j = x_j times its head's weight of row j. */
static void weigh(nn_real *to, int ldto, const nn_real *x, int ldx, const nn_real *weights, int rows,
                  int heads, int width)
{
    for (int j = 0; j < rows; j++)
        for (int h = 0; h < heads; h++) {
            const nn_real w = weights[(size_t)j * (size_t)heads + (size_t)h];
            for (int c = h * width; c < (h + 1) * width; c++)
                to[(size_t)j * (size_t)ldto + (size_t)c] = x[(size_t)j * (size_t)ldx + (size_t)c] * w;
        }
}

static void separate_heads(nn_real *state, const flow *f)
{
    for (int r = 0; r < f->d && f->heads > 1; r++)
        for (int c = 0; c < f->d; c++)
            if (r / f->width != c / f->width)
                state[r * f->d + c] = 0;
}

/* Everything up to the state; u (m,d): the weighted values. */
static void run_flow(const nn_core_view *view, const flow *f, nn_real *u)
{
    sigmoids(f->q, view->q, view->ldq, f->q_sum, f->n, f->d);
    sigmoids(f->k, view->k, view->ldkv, f->k_sum, f->m, f->d);
    head_dots(f->in, f->q, f->k_sum, f->n, f->heads, f->width);
    head_dots(f->out, f->k, f->q_sum, f->m, f->heads, f->width);
    weighted_sum(f->k_out, f->k, f->out, false, f->m, f->heads, f->width);
    weighted_sum(f->q_in, f->q, f->in, false, f->n, f->heads, f->width);
    head_dots(f->in2, f->q, f->k_out, f->n, f->heads, f->width);
    head_dots(f->out2, f->k, f->q_in, f->m, f->heads, f->width);
    compete(f);
    weigh(u, f->d, view->v, view->ldkv, f->out2, f->m, f->heads, f->width);
    nn_core_multiply(f->state, f->d, true, f->k, f->d, u, f->d, f->d, f->d, f->m, false);
    separate_heads(f->state, f);
}

static size_t longer_of(int n, int m)
{
    return (size_t)(n > m ? n : m);
}

static nn_core_size size(const nn_core_view *longest)
{
    const int n = longest->queries, m = longest->keys, heads = longest->heads, width = longest->width;
    const size_t d = (size_t)heads * (size_t)width, rows = (size_t)n + (size_t)m,
                 all = flow_elements(n, m, heads, width);
    return (nn_core_size){.forward = all + (size_t)m * d,
                          .backward = all + 2 * (longer_of(n, m) * d + d * d + 2 * d) + rows * d +
                                      2 * rows * (size_t)heads};
}

static void forward(const nn_core_view *view)
{
    const flow f = lay_out(view, view->scratch);
    run_flow(view, &f, view->scratch + flow_elements(f.n, f.m, f.heads, f.width));
    for (int i = 0; i < f.n * f.heads; i++)
        f.in2[i] /= f.in[i];
    nn_core_multiply(view->y, view->ldy, false, f.q, f.d, f.state, f.d, f.n, f.d, f.d, false);
    weigh(view->y, view->ldy, view->y, view->ldy, f.in2, f.n, f.heads, f.width);
}

/* --- backward --- */

/* One side, queries or keys: rows of x (rows,d), with the flows first (rows,heads) and second, and the other
 * side's sums that they are products with. */
typedef struct side {
    int rows, ld;
    const nn_real *x, *flows;
    nn_real *dx;                 /* of the sigmoids */
    nn_real *d_first, *d_second; /* of the flows before what is made of them */
    const nn_real *sum, *over;   /* (d): the other side's sums: plain, and over flows */
    nn_real *d_sum, *d_over;     /* (d): of this side's sums */
    nn_real *to;                 /* the gradient of what the sigmoids were taken of */
} side;

/* d_first -= d_over.x / flows^2 */
static void through_quotients(const side *s, int heads, int width)
{
    for (int i = 0; i < s->rows * heads; i++) {
        const nn_real *x = s->x + (size_t)i * (size_t)width, *d = s->d_over + i % heads * width;
        nn_real sum = 0;
        for (int c = 0; c < width; c++)
            sum += d[c] * x[c];
        s->d_first[i] -= sum / (s->flows[i] * s->flows[i]);
    }
}

NN_CLONES static void through_sigmoids(const side *s, int heads, int width)
{
    for (int i = 0; i < s->rows; i++)
        for (int h = 0; h < heads; h++) {
            const size_t at = (size_t)i * (size_t)heads + (size_t)h;
            const nn_real second = s->d_second[at], first = s->d_first[at], share = 1 / s->flows[at];
            const nn_real *restrict x = s->x + at * (size_t)width, *restrict dx = s->dx + at * (size_t)width,
                                    *restrict over = s->over + h * width, *restrict sum = s->sum + h * width,
                                    *restrict d_over = s->d_over + h * width,
                                    *restrict d_sum = s->d_sum + h * width;
            nn_real *restrict to = s->to + (size_t)i * (size_t)s->ld + h * width;
            for (int c = 0; c < width; c++)
                to[c] +=
                    x[c] * (1 - x[c]) *
                    (dx[c] + second * (over[c] + e) + first * (sum[c] + e) + d_over[c] * share + d_sum[c]);
        }
}

/* From the products of dy with q's output, without its factors: dq's flows, and what goes on to the state. */
static void outputs_back(const nn_core_view *view, const flow *f, nn_real *product, const side *q)
{
    const nn_real ratio = (nn_real)f->n / (nn_real)f->m;
    for (int i = 0; i < f->n; i++)
        for (int h = 0; h < f->heads; h++) {
            const int at = i * f->heads + h;
            const nn_real *dy = view->dy + (size_t)i * (size_t)view->ldy + h * f->width;
            nn_real *p = product + (size_t)at * (size_t)f->width, sum = 0;
            const nn_real z = f->in2[at], in = f->in[at];
            for (int c = 0; c < f->width; c++) {
                sum += dy[c] * p[c];
                p[c] = dy[c] * z / in;
            }
            q->d_second[at] = sum / in * z * (1 - z) * ratio;
            q->d_first[at] = -sum * z / (in * in);
        }
}

/* du (m,d) goes on to the values and through the competition of keys. */
static void values_back(const nn_core_view *view, const flow *f, const nn_real *du, const side *k)
{
    for (int h = 0; h < f->heads; h++) {
        double mean = 0;
        for (int j = 0; j < f->m; j++) {
            const int at = j * f->heads + h;
            const size_t to = (size_t)j * (size_t)view->ldkv + (size_t)(h * f->width);
            const nn_real *row = du + (size_t)at * (size_t)f->width;
            nn_real sum = 0;
            for (int c = 0; c < f->width; c++) {
                sum += row[c] * view->v[to + (size_t)c];
                view->dv[to + (size_t)c] += row[c] * f->out2[at];
            }
            k->d_second[at] = sum;
            mean += (double)(sum * f->out2[at]) / f->m;
        }
        for (int j = 0; j < f->m; j++) {
            const int at = j * f->heads + h;
            k->d_second[at] = f->out2[at] * (k->d_second[at] - (nn_real)mean);
            k->d_first[at] = 0;
        }
    }
}

static void backward(const nn_core_view *view)
{
    const flow f = lay_out(view, view->scratch);
    const size_t d = (size_t)f.d, longer = longer_of(f.n, f.m) * d, nh = (size_t)(f.n * f.heads),
                 mh = (size_t)(f.m * f.heads);
    nn_real *u = view->scratch + flow_elements(f.n, f.m, f.heads, f.width), *work = u + longer,
            *dstate = work + longer, *place = dstate + d * d, *sums = place + d * d, *dq = sums + 4 * d,
            *dk = dq + (size_t)f.n * d, *flows = dk + (size_t)f.m * d;
    const side
        q = {f.n, view->ldq, f.q, f.in, dq, flows, flows + nh, f.k_sum, f.k_out, sums, sums + d, view->dq},
        k = {f.m,     view->ldkv, f.k,          f.out,        dk,      flows + 2 * nh, flows + 2 * nh + mh,
             f.q_sum, f.q_in,     sums + 2 * d, sums + 3 * d, view->dk};
    run_flow(view, &f, u);
    nn_core_multiply(work, f.d, false, f.q, f.d, f.state, f.d, f.n, f.d, f.d, false);
    outputs_back(view, &f, work, &q);
    nn_core_multiply(dstate, f.d, true, f.q, f.d, work, f.d, f.d, f.d, f.n, false);
    separate_heads(dstate, &f);
    nn_core_multiply_across(dq, f.d, work, f.d, f.state, f.d, f.n, f.d, f.d, false, place);
    nn_core_multiply_across(dk, f.d, u, f.d, dstate, f.d, f.m, f.d, f.d, false, place);
    nn_core_multiply(work, f.d, false, f.k, f.d, dstate, f.d, f.m, f.d, f.d, false);
    values_back(view, &f, work, &k);
    weighted_sum(k.d_over, f.q, q.d_second, true, f.n, f.heads, f.width);
    weighted_sum(q.d_over, f.k, k.d_second, true, f.m, f.heads, f.width);
    through_quotients(&q, f.heads, f.width);
    through_quotients(&k, f.heads, f.width);
    weighted_sum(k.d_sum, f.q, q.d_first, true, f.n, f.heads, f.width);
    weighted_sum(q.d_sum, f.k, k.d_first, true, f.m, f.heads, f.width);
    through_sigmoids(&q, f.heads, f.width);
    through_sigmoids(&k, f.heads, f.width);
}

static int with_e(nn_graph *graph, int x)
{
    return nn_graph_two(graph, "Add", x, nn_graph_real(graph, (double)e));
}

/* (x_i + e).(sum + e) of each token of a head: (B,heads,tokens,1) */
static int flow_of(nn_graph *graph, int x, int sum)
{
    return nn_graph_sum(graph, nn_graph_two(graph, "Mul", with_e(graph, x), with_e(graph, sum)), 3);
}

static int spell(nn_graph *graph, const nn_core_values *x)
{
    const int q = nn_graph_one(graph, "Sigmoid", x->q), k = nn_graph_one(graph, "Sigmoid", x->k);
    const int in = flow_of(graph, q, nn_graph_sum(graph, k, 2)),
              out = flow_of(graph, k, nn_graph_sum(graph, q, 2));
    const int in2 = flow_of(graph, q, nn_graph_sum(graph, nn_graph_two(graph, "Div", k, out), 2)),
              out2 = flow_of(graph, k, nn_graph_sum(graph, nn_graph_two(graph, "Div", q, in), 2));
    const double ratio = (double)x->queries / x->keys;
    int share = nn_graph_one(graph, "Sigmoid", nn_graph_two(graph, "Mul", in2, nn_graph_real(graph, ratio)));
    share = nn_graph_two(graph, "Div", share, in);
    int v = nn_graph_two(graph, "Mul", nn_graph_softmax_along(graph, out2, 2), nn_graph_real(graph, x->keys));
    v = nn_graph_two(graph, "Mul", x->v, v);
    const int state = nn_graph_two(graph, "MatMul", nn_graph_transpose(graph, k, 4, (int[]){0, 1, 3, 2}), v);
    return nn_graph_two(graph, "Mul", nn_graph_two(graph, "MatMul", q, state), share);
}

static const nn_core core = {NN_CORE_OP("flow attention"), forward, backward, size, true, spell};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    nn_projected p;
    if (!nn_block_project(plan, name, block, settings, x, memory, &p))
        return NULL;
    nn_tensor *y =
        nn_core_build(plan, &core, &p, (nn_core_options){.macs = 2.0 * p.heads * p.width * (p.width + 2)});
    return nn_block_output(plan, name, block, x, memory, y);
}

static const nn_option options[] = {NN_HEADS_OPTIONS, {0}};

const nn_mixer_kind nn_mixer_flow = {
    {"flow", "attention as a flow that is conserved (Flowformer, arXiv 2202.06258; iFlowformer)",
     "4d^2 + 2d^2/h", NN_PART_CROSS | NN_PART_QUERIES, options, sizeof(nn_heads)},
    .build = build};
