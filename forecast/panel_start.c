/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where training begins: a model's linear map of the look-back at the least squares of the training windows,
 * its head at zero, so that the first forecast is the linear one and the network learns what that leaves. */
#include "forecast/panel_task.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Shares of the mean of the diagonal: enough to solve when look-backs repeat each other. */
static const double ridge = 1e-3;
enum { MOST_WORK = 2000000000 }; /* multiply-adds spent on the products */

/* Rows x = (look-back of one station or of all, 1) and y = (horizon of the same); y that are not valid count
 * nothing: the moments of x and y are means over the rows where y is. */
typedef struct moments {
    size_t in, out;              /* in: with the 1 */
    double *xx, *xy, *x, *count; /* in x in, in x out, in, out */
    double rows;
} moments;

static bool moments_make(moments *m, size_t in, size_t out)
{
    *m = (moments){.in = in,
                   .out = out,
                   .xx = calloc(in * in, sizeof(double)),
                   .xy = calloc(in * out, sizeof(double)),
                   .x = calloc(in, sizeof(double)),
                   .count = calloc(out, sizeof(double))};
    return m->xx && m->xy && m->x && m->count;
}

static void moments_clear(moments *m)
{
    free(m->xx);
    free(m->xy);
    free(m->x);
    free(m->count);
}

static void add_row(moments *m, const fc_panel_task *task, size_t origin, size_t first, size_t stations)
{
    const fc_panel *panel = task->model->panel;
    size_t lookback = (size_t)task->model->lookback, horizon = (size_t)task->model->horizon;
    size_t all = (size_t)panel->stations, v = (size_t)panel->variables;
    for (size_t s = 0; s < stations; s++)
        for (size_t t = 0; t < lookback; t++)
            m->x[s * lookback + t] =
                (double)task->series
                    .values[((origin - lookback + t) * all + first + s) * v + (size_t)panel->target];
    m->x[m->in - 1] = 1;
    for (size_t i = 0; i < m->in; i++)
        for (size_t j = 0; j <= i; j++)
            m->xx[i * m->in + j] += m->x[i] * m->x[j];
    m->rows++;
    for (size_t s = 0; s < stations; s++)
        for (size_t t = 0; t < horizon; t++) {
            double y = (double)task->series.target[(origin + t) * all + first + s];
            if (isnan(y))
                continue;
            m->count[s * horizon + t]++;
            for (size_t i = 0; i < m->in; i++)
                m->xy[i * m->out + s * horizon + t] += m->x[i] * y;
        }
}

/* All windows, or every n-th where they would be too much work. */
static void add_windows(moments *m, const fc_panel_task *task, size_t first, size_t groups, size_t stations)
{
    double work = (double)task->count * (double)groups * (double)m->in * ((double)m->in / 2 + (double)m->out);
    size_t step = 1 + (size_t)(work / MOST_WORK);
    for (size_t w = 0; w < task->count; w += step)
        for (size_t g = 0; g < groups; g++)
            add_row(m, task, task->first + w * task->stride, first + g * stations, stations);
}

/* The weights (out,in-1) and biases (out). Nothing is changed when the moments cannot be solved. */
static void solve(moments *m, nn_real *weights, nn_real *bias)
{
    size_t n = m->in;
    double trace = 0;
    for (size_t i = 0; i + 1 < n; i++)
        trace += m->xx[i * n + i] / m->rows / (double)(n - 1);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            m->xx[i * n + j] = m->xx[j * n + i] =
                m->xx[i * n + j] / m->rows + (i == j && i + 1 < n ? ridge * trace + 1e-9 : 0);
    gsl_matrix_view a = gsl_matrix_view_array(m->xx, n, n);
    if (!isfinite(trace) || gsl_linalg_cholesky_decomp1(&a.matrix))
        return;
    for (size_t o = 0; o < m->out; o++) {
        gsl_vector_view x = gsl_vector_view_array(m->x, n);
        for (size_t i = 0; i < n; i++)
            m->x[i] = m->count[o] > 0 ? m->xy[i * m->out + o] / m->count[o] : 0;
        if (gsl_linalg_cholesky_svx(&a.matrix, &x.vector))
            return;
        for (size_t i = 0; i + 1 < n; i++)
            weights[o * (n - 1) + i] = (nn_real)m->x[i];
        bias[o] = (nn_real)m->x[n - 1];
    }
}

static nn_real *param(const fc_model *model, const char *name, const char *part, const nn_param **found)
{
    char text[160];
    snprintf(text, sizeof text, "%s.%s", name, part);
    *found = nn_params_find(model->params, text);
    return *found ? model->params->data + (*found)->offset : NULL;
}

int fc_panel_start(fc_model *model, const fc_panel_task *task, nn_error *error)
{
    const nn_param *w, *b;
    if (!model->kind->linear)
        return NN_OK;
    nn_real *weights = param(model, model->kind->linear, "weight", &w),
            *bias = param(model, model->kind->linear, "bias", &b);
    if (!weights || !bias)
        return NN_OK;
    /* (H,L) for all stations, (S,H,L) for each its own, (S H,S L) for all together */
    bool each = w->rank == 3;
    size_t in = (size_t)w->shape[w->rank - 1], out = (size_t)w->shape[w->rank - 2];
    size_t all = (size_t)model->panel->stations, maps = each ? all : 1,
           stations = in / (size_t)model->lookback, groups = each ? 1 : all / stations;
    bool good = true;
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* the default one ends the program */
    for (size_t k = 0; k < maps && good; k++) {
        moments m;
        good = moments_make(&m, in + 1, out);
        if (good) {
            add_windows(&m, task, k, groups, stations);
            solve(&m, weights + k * in * out, bias + k * out);
        }
        moments_clear(&m);
    }
    gsl_set_error_handler(handler);
    for (int k = 0; k < 2; k++) {
        nn_real *head = param(model, model->kind->head, k ? "bias" : "weight", &w);
        for (size_t i = 0; head && i < w->count; i++)
            head[i] = 0;
    }
    return good ? NN_OK : nn_fail(error, NN_FAILED, "no memory for least squares over %zu values", in);
}
