/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sinkformer's attention (arXiv 2110.11773): the rows, then the columns, then again the rows of exp(q k' /
 * sqrt(width)) are divided by their sums, `it` half steps in all, an odd number; rows come to 1 and columns
 * to queries/keys. One half step is softmax. The gradient goes through all half steps.
 *
 * The first row and column steps are of logarithms, so that no row or column vanishes; from there on sums are
 * far from zero. Backward makes the last weights again and multiplies its way back through the saved sums. */
#include "lib/parts/core.h"

#include "lib/kernels/vector.h"

#include <math.h>
#include <string.h>

typedef struct sinkhorn {
    nn_heads heads;
    int steps;
} sinkhorn;

/* saved: the logarithms of the first rows' sums (n); then for each pair of a column step and a row step the
 * columns' sums (m), of the first pair their logarithms, and the rows' (n). */
static int pairs_of(const nn_core_view *view)
{
    return ((const sinkhorn *)view->settings)->steps / 2;
}

static nn_real *column_sums(const nn_core_view *view, int pair)
{
    const size_t n = (size_t)view->queries;
    return view->saved + n + (size_t)pair * (n + (size_t)view->keys);
}

static nn_real *row_sums(const nn_core_view *view, int pair)
{
    return column_sums(view, pair) + view->keys;
}

/* --- rows --- */

/* log sum exp */
NN_CLONES static nn_real log_sum(const nn_real *restrict x, int n)
{
    nn_real most = x[0], sum = 0;
#pragma omp simd reduction(max : most)
    for (int j = 0; j < n; j++)
        most = x[j] > most ? x[j] : most;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < n; j++)
        sum += NN_EXP(x[j] - most);
    return most + NN_LOG(sum);
}

NN_CLONES static void raise_to(nn_real *restrict most, const nn_real *restrict x, nn_real less, int n)
{
    for (int j = 0; j < n; j++)
        most[j] = x[j] - less > most[j] ? x[j] - less : most[j];
}

/* x = exp(x - by - each) share, each 0 where NULL. */
NN_CLONES static void exponentiate(nn_real *restrict x, nn_real by, const nn_real *restrict each,
                                   nn_real share, int n)
{
    if (each)
        for (int j = 0; j < n; j++)
            x[j] = share * NN_EXP(x[j] - by - each[j]);
    else
        for (int j = 0; j < n; j++)
            x[j] = share * NN_EXP(x[j] - by);
}

NN_CLONES static void add_to(nn_real *restrict sums, const nn_real *restrict x, int n)
{
    for (int j = 0; j < n; j++)
        sums[j] += x[j];
}

/* x = x each; returns its sum. */
NN_CLONES static nn_real multiply(nn_real *restrict x, const nn_real *restrict each, int n)
{
    nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < n; j++) {
        x[j] *= each[j];
        sum += x[j];
    }
    return sum;
}

NN_CLONES static void scale(nn_real *restrict x, nn_real by, int n)
{
    for (int j = 0; j < n; j++)
        x[j] *= by;
}

/* g -= p (p's row of g); then p becomes what it was before it was divided. */
NN_CLONES static void row_back(nn_real *restrict g, nn_real *restrict p, nn_real sum_before, int n)
{
    nn_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < n; j++)
        sum += g[j];
    for (int j = 0; j < n; j++) {
        g[j] -= p[j] * sum;
        p[j] *= sum_before;
    }
}

/* The same of one row in a column step; sums: of g's columns over what they come to. */
NN_CLONES static void column_back(nn_real *restrict g, nn_real *restrict p, const nn_real *restrict sums,
                                  const nn_real *restrict sums_before, int n)
{
    for (int j = 0; j < n; j++) {
        g[j] -= p[j] * sums[j];
        p[j] *= sums_before[j];
    }
}

/* --- the matrix --- */

static void score(const nn_core_view *view, nn_real *p, nn_real *place)
{
    const int n = view->queries, m = view->keys;
    nn_core_multiply_across(p, m, view->q, view->ldq, view->k, view->ldkv, n, m, view->width, false, place);
    scale(p, 1 / NN_SQRT((nn_real)view->width), n * m);
}

/* Scores become weights after the first pair of column and row steps; columns: the next sums. */
static void first_pair(const nn_core_view *view, nn_real *p, nn_real *columns)
{
    const int n = view->queries, m = view->keys;
    nn_real *logs = column_sums(view, 0);
    for (int j = 0; j < m; j++)
        logs[j] = -NN_INF;
    for (int i = 0; i < n; i++)
        raise_to(logs, p + (size_t)i * (size_t)m, view->saved[i], m);
    memset(columns, 0, (size_t)m * sizeof *columns);
    for (int i = 0; i < n; i++) {
        exponentiate(p + (size_t)i * (size_t)m, view->saved[i], logs, 1, m);
        add_to(columns, p + (size_t)i * (size_t)m, m);
    }
    const nn_real target = (nn_real)n / (nn_real)m;
    for (int j = 0; j < m; j++) {
        columns[j] /= target;
        logs[j] += NN_LOG(columns[j]);
    }
}

/* p's columns are divided by sums, which become those of the next pair, and its rows by their own. */
static void balance(const nn_core_view *view, nn_real *p, nn_real *sums, int pair)
{
    const int n = view->queries, m = view->keys;
    nn_real *shares = sums + m, *rows = row_sums(view, pair);
    const nn_real target = (nn_real)n / (nn_real)m;
    for (int j = 0; j < m; j++) {
        shares[j] = 1 / sums[j];
        sums[j] = 0;
    }
    for (int i = 0; i < n; i++) {
        nn_real *row = p + (size_t)i * (size_t)m;
        rows[i] = multiply(row, shares, m);
        scale(row, 1 / rows[i], m);
        add_to(sums, row, m);
    }
    scale(sums, 1 / target, m);
}

static nn_core_size size(const nn_core_view *longest)
{
    const size_t n = (size_t)longest->queries, m = (size_t)longest->keys, pairs = (size_t)pairs_of(longest),
                 rest = 3 * m + n + (m > n ? m : n) * (size_t)longest->width;
    return (nn_core_size){
        .saved_query = 1 + pairs, .saved_key = pairs, .forward = n * m + rest, .backward = 2 * n * m + rest};
}

static void forward(const nn_core_view *view)
{
    const int n = view->queries, m = view->keys;
    nn_real *p = view->scratch, *sums = p + (size_t)n * (size_t)m, *place = sums + 2 * m;
    score(view, p, place);
    for (int i = 0; i < n; i++)
        view->saved[i] = log_sum(p + (size_t)i * (size_t)m, m);
    if (pairs_of(view) == 0)
        for (int i = 0; i < n; i++)
            exponentiate(p + (size_t)i * (size_t)m, view->saved[i], NULL, 1, m);
    else
        first_pair(view, p, sums);
    for (int pair = 0; pair < pairs_of(view); pair++) {
        if (pair > 0)
            memcpy(column_sums(view, pair), sums, (size_t)m * sizeof *sums);
        balance(view, p, sums, pair);
    }
    nn_core_multiply(view->y, view->ldy, false, p, m, view->v, view->ldkv, n, view->width, m, false);
}

/* The weights that forward ended with. columns, rows: m and n elements. */
static void weigh_again(const nn_core_view *view, nn_real *p, nn_real *columns, nn_real *rows)
{
    const int n = view->queries, m = view->keys, pairs = pairs_of(view);
    for (int i = 0; i < n; i++) {
        rows[i] = 1;
        for (int pair = 0; pair < pairs; pair++)
            rows[i] /= row_sums(view, pair)[i];
    }
    for (int j = 0; j < m; j++) {
        columns[j] = 1;
        for (int pair = 1; pair < pairs; pair++)
            columns[j] /= column_sums(view, pair)[j];
    }
    for (int i = 0; i < n; i++) {
        nn_real *row = p + (size_t)i * (size_t)m;
        exponentiate(row, view->saved[i], pairs ? column_sums(view, 0) : NULL, rows[i], m);
        multiply(row, columns, m);
    }
}

/* g, the gradient of the weights' logarithms, becomes that of the scores. */
static void steps_back(const nn_core_view *view, nn_real *g, nn_real *p, nn_real *sums, nn_real *before)
{
    const int n = view->queries, m = view->keys;
    for (int pair = pairs_of(view) - 1; pair >= 0; pair--) {
        memset(sums, 0, (size_t)m * sizeof *sums);
        for (int i = 0; i < n; i++) {
            nn_real *row = g + (size_t)i * (size_t)m;
            row_back(row, p + (size_t)i * (size_t)m, row_sums(view, pair)[i], m);
            add_to(sums, row, m);
        }
        scale(sums, (nn_real)m / (nn_real)n, m);
        for (int j = 0; j < m; j++)
            before[j] = pair ? column_sums(view, pair)[j] : NN_EXP(column_sums(view, pair)[j]);
        for (int i = 0; i < n; i++)
            column_back(g + (size_t)i * (size_t)m, p + (size_t)i * (size_t)m, sums, before, m);
    }
    for (int i = 0; i < n; i++)
        row_back(g + (size_t)i * (size_t)m, p + (size_t)i * (size_t)m, 1, m);
}

static void backward(const nn_core_view *view)
{
    const int n = view->queries, m = view->keys, w = view->width;
    nn_real *p = view->scratch, *g = p + (size_t)n * (size_t)m, *sums = g + (size_t)n * (size_t)m,
            *before = sums + m, *rows = before + m, *place = rows + n;
    score(view, p, place);
    weigh_again(view, p, sums, rows);
    nn_core_multiply_across(g, m, view->dy, view->ldy, view->v, view->ldkv, n, m, w, false, place);
    nn_core_multiply(view->dv, view->ldkv, true, p, m, view->dy, view->ldy, m, w, n, true);
    for (int i = 0; i < n; i++)
        multiply(g + (size_t)i * (size_t)m, p + (size_t)i * (size_t)m, m);
    steps_back(view, g, p, sums, before);
    scale(g, 1 / NN_SQRT((nn_real)w), n * m);
    nn_core_multiply(view->dq, view->ldq, false, g, m, view->k, view->ldkv, n, w, m, true);
    nn_core_multiply(view->dk, view->ldkv, true, g, m, view->q, view->ldq, m, w, n, true);
}

static int spell(nn_graph *graph, const nn_core_values *x)
{
    const sinkhorn *own = x->settings;
    int p = nn_graph_two(graph, "MatMul", x->q, nn_graph_transpose(graph, x->k, 4, (int[]){0, 1, 3, 2}));
    p = nn_graph_softmax(graph, nn_graph_two(graph, "Mul", p, nn_graph_real(graph, 1 / sqrt(x->width))));
    for (int pair = 0; pair < own->steps / 2; pair++) {
        p = nn_graph_two(graph, "Div", p, nn_graph_sum(graph, p, 2));
        p = nn_graph_two(graph, "Div", p, nn_graph_sum(graph, p, 3));
    }
    return nn_graph_two(graph, "MatMul", p, x->v);
}

static const nn_core core = {NN_CORE_OP("sinkhorn attention"), forward, backward, size, false, spell};

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    nn_projected p;
    const sinkhorn *own = settings;
    if (own->steps % 2 == 0)
        nn_plan_fail(plan, "%s: sinkhorn begins and ends with rows, which takes an odd number of half steps",
                     name);
    if (!nn_block_project(plan, name, block, &own->heads, x, memory, &p))
        return NULL;
    nn_tensor *y = nn_core_build(plan, &core, &p,
                                 (nn_core_options){.settings = own,
                                                   .settings_size = sizeof *own,
                                                   .macs = 2.0 * p.heads * p.width * nn_core_longest(p.kv)});
    return nn_block_output(plan, name, block, x, memory, y);
}

static const nn_option options[] = {
    {"it", 0, NN_INT, offsetof(sinkhorn, steps), "5", "N", 1, 999, "half steps, an odd number; 1 is softmax"},
    NN_HEADS_OPTIONS,
    {0}};

const nn_mixer_kind nn_mixer_sinkhorn = {
    {"sinkhorn", "doubly stochastic attention (Sinkformers, arXiv 2110.11773)", "4d^2 + 2Nd + it N h",
     NN_PART_CROSS | NN_PART_QUERIES, options, sizeof(sinkhorn)},
    .build = build};
