/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where training begins: a model's linear map of the histories at the least squares of the training windows,
 * its head at zero, so that the first forecast is the linear one and the network learns what that leaves. */
#include "forecast/tasks/stations_samples.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORK = 2000000000 }; /* multiply-adds spent on the products of one map */
/* Of other stations' values there are many: a station's own pay a part of the ridge beside them. */
static const double own_part = 0.1;
/* A share of valid values from which on all moments of x serve. */
static const double few_gaps = 0.99;
enum { MOST_GAPS = 200000 }; /* multiply-adds of a row with gaps */
/* What a ridge is chosen from. */
static const double ridges[] = {1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10};
enum { RIDGES = sizeof ridges / sizeof *ridges };

/* Rows x = (history of one station or of all, 1) and y = (horizon of the same); y that are not valid count
 * nothing. Where many are not, and the maps are small, each y has its own moments of x, of the rows where it
 * is valid: these may be others than the rest, such as those with wind. */
typedef struct moments {
    size_t in, out;              /* in: with the 1 */
    double *xx, *xy, *x, *count; /* in x in, in x out, in, out */
    double *factors;             /* in x in: the last solution's */
    double *gap;                 /* out x in x in: xx of the rows where that y is not valid; NULL: too many */
    nn_real *history;            /* in */
    double rows;
} moments;

static double gaps_work(size_t in, size_t out)
{
    return (double)in * (double)in / 2 * (double)out;
}

/* Whether output o has moments of its own. */
static bool has_gaps(const moments *m, size_t o)
{
    return m->gap && m->count[o] > 0 && m->count[o] < few_gaps * m->rows;
}

static bool moments_make(moments *m, size_t in, size_t out)
{
    *m = (moments){.in = in,
                   .out = out,
                   .xx = calloc(in * in, sizeof(double)),
                   .factors = calloc(in * in, sizeof(double)),
                   .history = calloc(in, sizeof(nn_real)),
                   .xy = calloc(in * out, sizeof(double)),
                   .x = calloc(in, sizeof(double)),
                   .count = calloc(out, sizeof(double))};
    if (gaps_work(in, out) <= MOST_GAPS && !(m->gap = calloc(out * in * in, sizeof(double))))
        return false;
    return m->xx && m->xy && m->x && m->count && m->factors && m->history;
}

static void moments_clear(moments *m)
{
    free(m->xx);
    free(m->xy);
    free(m->x);
    free(m->count);
    free(m->factors);
    free(m->gap);
    free(m->history);
}

/* x of the stations from first on. */
static void take_row(moments *m, const fc_panel_samples *task, size_t origin, size_t first, size_t stations)
{
    size_t width = (m->in - 1) / stations;
    for (size_t s = 0; s < stations; s++)
        fc_panel_history(task, first + s, origin, m->history + s * width);
    for (size_t i = 0; i + 1 < m->in; i++)
        m->x[i] = (double)m->history[i];
    m->x[m->in - 1] = 1;
}

static void add_gap(moments *m, size_t o)
{
    double *gap = m->gap ? m->gap + o * m->in * m->in : NULL;
    for (size_t i = 0; i < m->in && gap; i++)
        for (size_t j = 0; j <= i; j++)
            gap[i * m->in + j] += m->x[i] * m->x[j];
}

static void add_row(moments *m, const fc_panel_samples *task, size_t origin, size_t first, size_t stations)
{
    size_t horizon = (size_t)task->model->horizon, all = (size_t)task->panel->stations;
    take_row(m, task, origin, first, stations);
    for (size_t i = 0; i < m->in; i++)
        for (size_t j = 0; j <= i; j++)
            m->xx[i * m->in + j] += m->x[i] * m->x[j];
    m->rows++;
    for (size_t s = 0; s < stations; s++)
        for (size_t t = 0; t < horizon; t++) {
            double y = (double)task->series.target[(origin + t) * all + first + s];
            if (isnan(y)) {
                add_gap(m, s * horizon + t);
                continue;
            }
            m->count[s * horizon + t]++;
            for (size_t i = 0; i < m->in; i++)
                m->xy[i * m->out + s * horizon + t] += m->x[i] * y;
        }
}

/* A map of `groups` times `stations` stations from the first on. */
typedef struct map_part {
    size_t first, groups, stations;
} map_part;

/* All windows, or every n-th where they would be too much work. */
static size_t step_of(const fc_panel_samples *task, const map_part *p, double work)
{
    return 1 + (size_t)((double)task->count * (double)p->groups * work / MOST_WORK);
}

static void add_windows(moments *m, const fc_panel_samples *task, const map_part *p)
{
    double gaps = m->gap ? gaps_work(m->in, m->out) / 2 : 0; /* half of all values missing is a lot */
    size_t step = step_of(task, p, (double)m->in * ((double)m->in / 2 + (double)m->out) + gaps);
    for (size_t w = 0; w < task->count; w += step)
        for (size_t g = 0; g < p->groups; g++)
            add_row(m, task, task->first + w * task->stride, p->first + g * p->stations, p->stations);
}

/* The sum of squares that a map leaves of the windows. */
static double left_by(moments *m, const fc_panel_samples *task, const map_part *p, const nn_real *weights,
                      const nn_real *bias)
{
    size_t horizon = (size_t)task->model->horizon, all = (size_t)task->panel->stations;
    size_t step = step_of(task, p, (double)m->in * (double)m->out * RIDGES);
    double sum = 0;
    for (size_t w = 0; w < task->count; w += step)
        for (size_t g = 0; g < p->groups; g++) {
            size_t origin = task->first + w * task->stride, first = p->first + g * p->stations;
            take_row(m, task, origin, first, p->stations);
            for (size_t o = 0; o < m->out; o++) {
                double y = (double)task->series.target[(origin + o % horizon) * all + first + o / horizon];
                if (isnan(y))
                    continue;
                double e = (double)bias[o] - y;
                for (size_t i = 0; i + 1 < m->in; i++)
                    e += (double)weights[o * (m->in - 1) + i] * m->x[i];
                sum += e * e;
            }
        }
    return sum;
}

/* The Cholesky factor of the mean of xx less what gap has, over rows, with the ridge on its diagonal. others:
 * how many of the inputs, from `from` on, are other stations'. */
static bool factorise(moments *m, const double *gap, double rows, double ridge, size_t from, size_t others)
{
    size_t n = m->in;
    double trace = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++)
            m->factors[i * n + j] = m->factors[j * n + i] =
                (gap ? m->xx[i * n + j] - gap[i * n + j] : m->xx[i * n + j]) / rows;
        trace += i + 1 < n ? m->factors[i * n + i] / (double)(n - 1) : 0;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        double share = others && (i < from || i >= from + others) ? ridge * own_part : ridge;
        m->factors[i * n + i] += share * trace + 1e-9;
    }
    gsl_matrix_view a = gsl_matrix_view_array(m->factors, n, n);
    return isfinite(trace) && !gsl_linalg_cholesky_decomp1(&a.matrix);
}

static void solve_one(moments *m, size_t o, nn_real *weights, nn_real *bias)
{
    size_t n = m->in;
    gsl_matrix_view a = gsl_matrix_view_array(m->factors, n, n);
    gsl_vector_view x = gsl_vector_view_array(m->x, n);
    for (size_t i = 0; i < n; i++)
        m->x[i] = m->count[o] > 0 ? m->xy[i * m->out + o] / m->count[o] : 0;
    if (gsl_linalg_cholesky_svx(&a.matrix, &x.vector))
        return;
    for (size_t i = 0; i + 1 < n; i++)
        weights[o * (n - 1) + i] = (nn_real)m->x[i];
    bias[o] = (nn_real)m->x[n - 1];
}

/* The weights (out,in-1) and biases (out); zeros where the moments cannot be solved. */
static void solve(moments *m, double ridge, size_t from, size_t others, nn_real *weights, nn_real *bias)
{
    size_t n = m->in;
    bool shared = factorise(m, NULL, m->rows, ridge, from, others);
    for (size_t o = 0; o < m->out; o++) {
        bias[o] = 0;
        for (size_t i = 0; i + 1 < n; i++)
            weights[o * (n - 1) + i] = 0;
        if (shared && !has_gaps(m, o))
            solve_one(m, o, weights, bias);
    }
    for (size_t o = 0; o < m->out; o++)
        if (has_gaps(m, o) && factorise(m, m->gap + o * n * n, m->count[o], ridge, from, others))
            solve_one(m, o, weights, bias);
}

static nn_real *param(const fc_model *model, const char *name, const char *part, const nn_param **found)
{
    char text[160];
    snprintf(text, sizeof text, "%s.%s", name, part);
    *found = nn_params_find(model->params, text);
    return *found ? model->params->data + (*found)->offset : NULL;
}

/* Where the maps are and how they lie: (H,W) for all stations, (S,H,W) for each its own, (S H,S W) for all
 * together. */
typedef struct maps {
    nn_real *weights, *bias;
    size_t count, in, out, stations, groups; /* groups of so many stations */
} maps;

static bool find_maps(maps *m, const fc_model *model, const fc_panel_linear *linear)
{
    const nn_param *w, *b;
    fc_stations_inputs sizes;
    if (!linear->map)
        return false;
    fc_panel_sizes(model, &sizes);
    *m = (maps){.weights = param(model, linear->map, "weight", &w),
                .bias = param(model, linear->map, "bias", &b)};
    if (!m->weights || !m->bias)
        return false;
    bool each = w->rank == 3;
    m->in = (size_t)w->shape[w->rank - 1];
    m->out = (size_t)w->shape[w->rank - 2];
    m->count = each ? (size_t)sizes.sizes.stations : 1;
    m->stations = m->in / (size_t)sizes.history_width;
    m->groups = each ? 1 : (size_t)sizes.sizes.stations / m->stations;
    return true;
}

/* The maps with each of `count` ridges, one after the other in tried, and the squares they leave. */
static bool try_ridges(const maps *to, const fc_panel_samples *task, const fc_panel_samples *validation,
                       const double *ridge, int count, nn_real *tried, double *left)
{
    size_t others = (size_t)task->form.shared * (size_t)task->panel->stations;
    size_t from = (size_t)task->model->lookback + (task->form.season ? (size_t)task->model->horizon : 0);
    size_t weights = to->in * to->out, size = to->count * (weights + to->out);
    bool good = true;
    for (size_t k = 0; k < to->count && good; k++) {
        moments m;
        map_part p = {.first = k, .groups = to->groups, .stations = to->stations};
        good = moments_make(&m, to->in + 1, to->out);
        if (good)
            add_windows(&m, task, &p);
        for (int r = 0; r < count && good; r++) {
            nn_real *w = tried + (size_t)r * size + k * weights,
                    *b = tried + (size_t)r * size + to->count * weights + k * to->out;
            solve(&m, ridge[r], from, others, w, b);
            left[r] += count > 1 ? left_by(&m, validation, &p, w, b) : 0;
        }
        moments_clear(&m);
    }
    return good;
}

static void take_best(fc_model *model, const maps *to, const double *ridge, int count, const nn_real *tried,
                      const double *left)
{
    size_t weights = to->count * to->in * to->out, biases = to->count * to->out;
    int best = 0;
    for (int r = 1; r < count; r++)
        if (left[r] < left[best])
            best = r;
    const nn_real *from = tried + (size_t)best * (weights + biases);
    memcpy(to->weights, from, weights * sizeof *from);
    memcpy(to->bias, from + weights, biases * sizeof *from);
    model->record.ridge = ridge[best];
}

int fc_panel_least_squares(fc_model *model, const fc_panel_samples *task, const fc_panel_samples *validation,
                           nn_error *error)
{
    maps to;
    const nn_param *found;
    fc_panel_linear linear;
    fc_panel_linear_of(model, &linear);
    if (!find_maps(&to, model, &linear))
        return NN_OK;
    bool open = linear.ridge <= 0;
    const double *ridge = open ? ridges : &linear.ridge;
    int count = open ? RIDGES : 1;
    double left[RIDGES] = {0};
    nn_real *tried = malloc((size_t)count * to.count * (to.in + 1) * to.out * sizeof *tried);
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* the default one ends the program */
    bool good = tried && try_ridges(&to, task, validation, ridge, count, tried, left);
    gsl_set_error_handler(handler);
    if (good)
        take_best(model, &to, ridge, count, tried, left);
    free(tried);
    for (int k = 0; k < 2; k++) {
        nn_real *head = param(model, linear.head, k ? "bias" : "weight", &found);
        for (size_t i = 0; head && i < found->count; i++)
            head[i] = 0;
    }
    return good ? NN_OK : nn_fail(error, NN_FAILED, "no memory for least squares over %zu values", to.in);
}
