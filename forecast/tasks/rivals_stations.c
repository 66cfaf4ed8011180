/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/tasks/rivals_stations.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multilarge.h>
#include <math.h>
#include <stdlib.h>

/* Beside the squares' sum: keeps equations solvable whose columns repeat each other, and nothing else. */
static const double ridge = 1e-9;

const char *fc_panel_baseline_name(fc_panel_baseline which)
{
    static const char *const names[] = {"persistence", "seasonal-naive", "ar", "ar-neighbours"};
    return names[which];
}

static size_t width_of(const fc_panel_baselines *b, bool near)
{
    return 1 + (size_t)b->settings.order * (near ? 1 + (size_t)b->neighbours : 1);
}

/* --- what explains a value --- */

static double scaled(const fc_panel_baselines *b, size_t row, int station)
{
    const double y = b->panel->last[row * (size_t)b->panel->count + (size_t)station];
    return isnan(y) ? 0 : (y - b->mean[station]) / b->scale[station];
}

/* 1, the station's last values before row, its neighbours' last ones. Rows before the first are taken as it.
 */
static void explain(const fc_panel_baselines *b, size_t row, int station, bool near, double *x)
{
    const int *nearest = b->nearest + (size_t)station * (size_t)b->neighbours;
    *x++ = 1;
    for (int k = -1; k < (near ? b->neighbours : 0); k++)
        for (int lag = 1; lag <= b->settings.order; lag++)
            *x++ = scaled(b, row >= (size_t)lag ? row - (size_t)lag : 0, k < 0 ? station : nearest[k]);
}

/* --- fitting --- */

/* A station that was silent in training is taken for one like the others. */
static int borrow_scales(fc_panel_baselines *b, ds_part part, nn_error *error)
{
    const ds_panel *p = b->panel;
    double mean = 0, scale = 0;
    int known = 0;
    for (int s = 0; s < p->count; s++)
        if (b->scale[s] > 0) {
            mean += b->mean[s];
            scale += b->scale[s];
            known++;
        }
    for (int s = 0; s < p->count && known; s++)
        if (!(b->scale[s] > 0)) {
            b->mean[s] = mean / known;
            b->scale[s] = scale / known;
        }
    return known ? NN_OK
                 : nn_fail(error, NN_BAD_DATA,
                           "%s: no value of '%.100s' is valid in the training rows %zu to %zu",
                           p->table->path, p->variable[p->target].name, part.begin + 1, part.end);
}

static int fit_scale(fc_panel_baselines *b, ds_part part, nn_error *error)
{
    const ds_panel *p = b->panel;
    for (int s = 0; s < p->count; s++) {
        double mean = 0, square = 0;
        size_t count = 0;
        for (size_t r = part.begin; r < part.end; r++) {
            const size_t at = r * (size_t)p->count + (size_t)s;
            if (!p->valid[at])
                continue;
            const double d = p->y[at] - mean;
            mean += d / (double)++count;
            square += d * (p->y[at] - mean);
        }
        if (count == 0)
            continue; /* scale 0: not known */
        b->mean[s] = mean;
        b->scale[s] = square > 0 ? sqrt(square / (double)count) : 1;
    }
    return borrow_scales(b, part, error);
}

/* Correlation of two stations' valid values. */
static double correlation(const fc_panel_baselines *b, ds_part part, int i, int j)
{
    const ds_panel *p = b->panel;
    double ab = 0, aa = 0, bb = 0;
    for (size_t r = part.begin; r < part.end; r++) {
        const size_t at = r * (size_t)p->count;
        if (!p->valid[at + (size_t)i] || !p->valid[at + (size_t)j])
            continue;
        const double x = (p->y[at + (size_t)i] - b->mean[i]) / b->scale[i];
        const double y = (p->y[at + (size_t)j] - b->mean[j]) / b->scale[j];
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* The k largest of value, without station i; of equal ones the earlier. */
static void choose_largest(const double *value, int count, int i, int k, int *chosen)
{
    int n = 0;
    for (int j = 0; j < count; j++) {
        if (j == i || (n == k && value[j] <= value[chosen[k - 1]]))
            continue;
        int at = n < k ? n++ : k - 1;
        while (at > 0 && value[j] > value[chosen[at - 1]]) {
            chosen[at] = chosen[at - 1];
            at--;
        }
        chosen[at] = j;
    }
}

static int find_nearest(fc_panel_baselines *b, ds_part part, nn_error *error)
{
    const ds_panel *p = b->panel;
    double *closeness = calloc(p->count > 0 ? (size_t)p->count : 1, sizeof *closeness);
    if (!closeness)
        return nn_fail(error, NN_FAILED, "no memory for the neighbours of %d stations", p->count);
    for (int i = 0; i < p->count && b->neighbours; i++) {
        int *nearest = b->nearest + (size_t)i * (size_t)b->neighbours;
        if (p->stations) {
            (void)ds_stations_nearest(p->stations, i, b->neighbours, nearest);
            continue;
        }
        for (int j = 0; j < p->count; j++)
            closeness[j] = p->adjacency ? p->adjacency[(size_t)i * (size_t)p->count + (size_t)j]
                                        : correlation(b, part, i, j);
        choose_largest(closeness, p->count, i, b->neighbours, nearest);
    }
    free(closeness);
    return NN_OK;
}

/* Buffers of the least squares. */
typedef struct solver {
    gsl_multilarge_linear_workspace *space;
    gsl_matrix *x; /* rows x width, of one station */
    gsl_matrix *chosen;
    gsl_vector *y, *weight;
} solver;

static void solver_clear(solver *v)
{
    if (v->space)
        gsl_multilarge_linear_free(v->space);
    if (v->x)
        gsl_matrix_free(v->x);
    if (v->chosen)
        gsl_matrix_free(v->chosen);
    if (v->y)
        gsl_vector_free(v->y);
    if (v->weight)
        gsl_vector_free(v->weight);
}

static bool solver_make(solver *v, size_t rows, size_t width)
{
    v->space = gsl_multilarge_linear_alloc(gsl_multilarge_linear_normal, width);
    v->x = gsl_matrix_alloc(rows, width);
    v->chosen = gsl_matrix_alloc(rows, width);
    v->y = gsl_vector_alloc(rows);
    v->weight = gsl_vector_alloc(width);
    return v->space && v->x && v->chosen && v->y && v->weight;
}

/* One station, one step ahead; weights 0, the mean, where nothing can be learnt. */
static void solve(const fc_panel_baselines *b, solver *v, ds_part part, size_t first, int station, int step,
                  double *weight)
{
    const ds_panel *p = b->panel;
    size_t count = 0;
    for (size_t r = first; r + (size_t)step < part.end; r++) {
        const size_t at = (r + (size_t)step) * (size_t)p->count + (size_t)station;
        if (!p->valid[at])
            continue;
        const double *from = gsl_matrix_const_ptr(v->x, r - first, 0);
        double *to = gsl_matrix_ptr(v->chosen, count, 0);
        for (size_t i = 0; i < v->x->size2; i++)
            to[i] = from[i];
        gsl_vector_set(v->y, count++, (p->y[at] - b->mean[station]) / b->scale[station]);
    }
    for (size_t i = 0; i < v->x->size2; i++)
        weight[i] = 0;
    if (count == 0)
        return;
    gsl_matrix_view x = gsl_matrix_submatrix(v->chosen, 0, 0, count, v->x->size2);
    gsl_vector_view y = gsl_vector_subvector(v->y, 0, count);
    double residual, size;
    gsl_multilarge_linear_reset(v->space);
    if (gsl_multilarge_linear_accumulate(&x.matrix, &y.vector, v->space) ||
        gsl_multilarge_linear_solve(sqrt(ridge * (double)count), v->weight, &residual, &size, v->space))
        return;
    for (size_t i = 0; i < v->x->size2; i++)
        weight[i] = gsl_vector_get(v->weight, i);
}

static int fit_weights(fc_panel_baselines *b, ds_part part, bool near, double *weights, nn_error *error)
{
    const size_t width = width_of(b, near), horizon = (size_t)b->settings.horizon;
    /* Only rows of the part explain: those before its first `order` rows do not. */
    const size_t first = part.begin + (size_t)b->settings.order,
                 rows = part.end > first ? part.end - first : 1;
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* the default one ends the program */
    solver v = {0};
    const bool ready = solver_make(&v, rows, width);
    for (int s = 0; s < b->panel->count && ready && part.end > first; s++) {
        for (size_t r = first; r < part.end; r++)
            explain(b, r, s, near, gsl_matrix_ptr(v.x, r - first, 0));
        for (size_t h = 0; h < horizon; h++)
            solve(b, &v, part, first, s, (int)h, weights + ((size_t)s * horizon + h) * width);
    }
    solver_clear(&v);
    gsl_set_error_handler(handler);
    return ready ? NN_OK : nn_fail(error, NN_FAILED, "no memory for an autoregression over %zu rows", rows);
}

int fc_panel_baselines_fit(fc_panel_baselines **baselines, const ds_panel *panel, ds_part part,
                           const fc_panel_baseline_settings *settings, nn_error *error)
{
    fc_panel_baselines *b = calloc(1, sizeof *b);
    const size_t n = (size_t)panel->count;
    int code = NN_OK;
    *baselines = NULL;
    if (!b)
        return nn_fail(error, NN_FAILED, "no memory for simple forecasts");
    b->panel = panel;
    b->settings = *settings;
    if (!b->settings.season)
        b->settings.season = ds_frequency_season(panel->table->frequency);
    const int others = panel->count - 1, asked = settings->neighbours;
    b->neighbours = asked > 0 && asked < others ? asked : others;
    const size_t cells = n * (size_t)settings->horizon;
    b->nearest = calloc(n * (size_t)b->neighbours + 1, sizeof *b->nearest);
    b->mean = calloc(n, sizeof *b->mean);
    b->scale = calloc(n, sizeof *b->scale);
    b->plain = calloc(cells * width_of(b, false), sizeof *b->plain);
    b->near = calloc(cells * width_of(b, true), sizeof *b->near);
    if (!b->nearest || !b->mean || !b->scale || !b->plain || !b->near)
        code = nn_fail(error, NN_FAILED, "no memory for simple forecasts of %d stations", panel->count);
    if (!code)
        code = fit_scale(b, part, error);
    if (!code)
        code = find_nearest(b, part, error);
    if (!code)
        code = fit_weights(b, part, false, b->plain, error);
    if (!code)
        code = fit_weights(b, part, true, b->near, error);
    if (code)
        fc_panel_baselines_free(b);
    else
        *baselines = b;
    return code;
}

void fc_panel_baselines_free(fc_panel_baselines *b)
{
    if (!b)
        return;
    free(b->nearest);
    free(b->mean);
    free(b->scale);
    free(b->plain);
    free(b->near);
    free(b);
}

/* --- forecasting --- */

static double last_of(const fc_panel_baselines *b, size_t row, int station)
{
    const double y = b->panel->last[(row - 1) * (size_t)b->panel->count + (size_t)station];
    return isnan(y) ? b->mean[station] : y;
}

static double season_of(const fc_panel_baselines *b, size_t row, int station, size_t step)
{
    const ds_panel *p = b->panel;
    const size_t season = (size_t)b->settings.season, place = step % season;
    for (size_t back = season; back <= row; back += season) {
        const size_t at = (row - back + place) * (size_t)p->count + (size_t)station;
        if (p->valid[at])
            return p->y[at];
    }
    return last_of(b, row, station);
}

static void forecast_linear(const fc_panel_baselines *b, bool near, size_t row, int station, double *out)
{
    const size_t width = width_of(b, near), horizon = (size_t)b->settings.horizon;
    double x[width];
    explain(b, row, station, near, x);
    for (size_t h = 0; h < horizon; h++) {
        const double *w = (near ? b->near : b->plain) + ((size_t)station * horizon + h) * width;
        double sum = 0;
        for (size_t i = 0; i < width; i++)
            sum += w[i] * x[i];
        out[h * (size_t)b->panel->count + (size_t)station] = sum * b->scale[station] + b->mean[station];
    }
}

void fc_panel_baseline_forecast(const fc_panel_baselines *b, fc_panel_baseline which, size_t row, double *out)
{
    const size_t n = (size_t)b->panel->count, horizon = (size_t)b->settings.horizon;
    for (int s = 0; s < b->panel->count; s++) {
        if (which == FC_PANEL_AR || which == FC_PANEL_AR_NEAR)
            forecast_linear(b, which == FC_PANEL_AR_NEAR, row, s, out);
        else
            for (size_t h = 0; h < horizon; h++)
                out[h * n + (size_t)s] =
                    which == FC_PANEL_LAST ? last_of(b, row, s) : season_of(b, row, s, h);
    }
    for (size_t i = 0; i < n * horizon; i++)
        if (out[i] < b->settings.floor)
            out[i] = b->settings.floor;
}
