/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recursions of the Theta family, their fit by one search over alpha, and forecasts. */
#include "forecast/forecasters/smoothing/theta_model.h"
#include "forecast/forecasters/smoothing/ets_model.h"
#include "forecast/statistics/draw.h"

#include <math.h>
#include <stdlib.h>

static bool dynamic(fc_theta_kind kind)
{
    return kind == FC_THETA_DSTM || kind == FC_THETA_DOTM;
}

static bool optimised(fc_theta_kind kind)
{
    return kind == FC_THETA_OTM || kind == FC_THETA_DOTM;
}

/* --- the recursion --- */

static double line_part(double intercept, double slope, double alpha, double power)
{
    return intercept * power + slope * (1 - power * (1 - alpha)) / alpha;
}

/* The forecast of the next value; power is (1 - alpha)^count. */
static double expect(const fc_theta_model *m, const fc_theta_state *s, double power)
{
    if (m->kind == FC_THETA_CLASSIC)
        return s->level;
    return s->level + (1 - 1 / m->theta) * line_part(s->intercept, s->slope, m->alpha, power);
}

/* The line through the values so far with y as the next one. */
static void update_line(fc_theta_state *s, double y)
{
    const double i = (double)s->count;
    if (s->count > 0)
        s->slope = ((i - 1) * s->slope + 6 * (y - s->mean) / (i + 1)) / (i + 2);
    s->mean = (i * s->mean + y) / (i + 1);
    s->intercept = s->mean - 0.5 * s->slope * (i + 2);
}

static void update(const fc_theta_model *m, fc_theta_state *s, double y)
{
    if (dynamic(m->kind))
        update_line(s, y);
    else {
        s->intercept = m->intercept;
        s->slope = m->slope;
    }
    s->level = m->alpha * y + (1 - m->alpha) * s->level;
    s->count++;
}

void fc_theta_filter(const fc_theta_model *model, fc_theta_state *state, const double *y, size_t n,
                     double *squares, size_t *count)
{
    const size_t from = model->kind == FC_THETA_CLASSIC ? 0 : 3;
    double power = pow(1 - model->alpha, (double)state->count);
    if (!dynamic(model->kind)) {
        state->intercept = model->intercept;
        state->slope = model->slope;
    }
    for (size_t t = 0; t < n; t++) {
        const double f = expect(model, state, power), value = isnan(y[t]) ? f : y[t];
        if (state->count >= from && !isnan(y[t])) {
            *squares += (value - f) * (value - f);
            ++*count;
        }
        update(model, state, value);
        power *= 1 - model->alpha;
    }
}

static void fit_line(const double *y, size_t n, double *intercept, double *slope)
{
    const double middle = 0.5 * (double)(n + 1);
    double mean = 0, ty = 0, tt = 0;
    for (size_t t = 0; t < n; t++)
        mean += y[t] / (double)n;
    for (size_t t = 0; t < n; t++) {
        const double at = (double)(t + 1) - middle;
        ty += at * (y[t] - mean);
        tt += at * at;
    }
    *slope = tt > 0 ? ty / tt : 0;
    *intercept = mean - *slope * middle;
}

void fc_theta_evaluate(fc_theta_model *model, const double *y, size_t n)
{
    size_t count = 0;
    const int parameters = optimised(model->kind) ? 3 : 2;
    fit_line(y, n, &model->intercept, &model->slope);
    model->squares = 0;
    model->last = (fc_theta_state){.level = model->start};
    fc_theta_filter(model, &model->last, y, n, &model->squares, &count);
    const double free = (double)count - parameters;
    model->sigma2 = model->squares / (free > 1 ? free : 1);
}

/* --- the fit --- */

/* For a given alpha the errors are linear in the start and in w. */
typedef struct search {
    fc_theta_kind kind;
    const double *y, *intercept, *slope; /* n: the line before each value */
    size_t n;
    double low, high; /* of the start */
} search;

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* Sums of squares and products from the fourth value on: r: values less a smoothing that starts from 0; s:
 * what the start gives; g: what the line gives. */
typedef struct sums {
    double rr, rs, rg, ss, sg, gg;
} sums;

static double squares_at(const sums *a, double start, double w)
{
    return a->rr - 2 * (start * a->rs + w * a->rg) + start * start * a->ss + 2 * start * w * a->sg +
           w * w * a->gg;
}

static double best_start(const sums *a, const search *s, double w)
{
    return a->ss > 0 ? clip((a->rs - w * a->sg) / a->ss, s->low, s->high) : s->low;
}

static const double most = 1 - 1e-10; /* of w: theta 1e10 */

/* The best start and w within their bounds; returns their sum of squares. */
static double solve(const sums *a, const search *s, double *start, double *w)
{
    *w = 0.5;
    *start = best_start(a, s, *w);
    double least = squares_at(a, *start, *w);
    if (!optimised(s->kind))
        return least;
    const double d = a->ss * a->gg - a->sg * a->sg;
    double tries[5][2] = {{0, 0}, {0, most}, {s->low, 0}, {s->high, 0}, {0, 0}};
    for (int i = 0; i < 2; i++)
        tries[i][0] = best_start(a, s, tries[i][1]);
    for (int i = 2; i < 4; i++)
        tries[i][1] = a->gg > 0 ? clip((a->rg - tries[i][0] * a->sg) / a->gg, 0, most) : 0;
    int count = 4;
    if (d > 1e-14 * a->ss * a->gg) {
        tries[4][0] = (a->rs * a->gg - a->rg * a->sg) / d;
        tries[4][1] = (a->rg * a->ss - a->rs * a->sg) / d;
        count += tries[4][0] >= s->low && tries[4][0] <= s->high && tries[4][1] >= 0 && tries[4][1] <= most;
    }
    for (int i = 0; i < count; i++) {
        const double value = squares_at(a, tries[i][0], tries[i][1]);
        if (value < least) {
            least = value;
            *start = tries[i][0];
            *w = tries[i][1];
        }
    }
    return least;
}

static double squares_of(const search *s, double alpha, double *start, double *w)
{
    sums a = {0};
    double level = 0, power = 1;
    for (size_t i = 0; i < s->n; i++) {
        if (i >= 3) {
            const double r = s->y[i] - level, g = line_part(s->intercept[i], s->slope[i], alpha, power);
            a.rr += r * r;
            a.rs += r * power;
            a.rg += r * g;
            a.ss += power * power;
            a.sg += power * g;
            a.gg += g * g;
        }
        level = alpha * s->y[i] + (1 - alpha) * level;
        power *= 1 - alpha;
    }
    return solve(&a, s, start, w);
}

/* The least of a grid, then golden sections beside it. */
static double search_alpha(const search *s)
{
    static const double from = 0.1, to = 0.99, golden = 0.6180339887498949;
    enum { GRID = 24 };
    const double step = (to - from) / GRID;
    double least = INFINITY, best = from, start, w;
    for (int i = 0; i <= GRID; i++) {
        const double value = squares_of(s, from + i * step, &start, &w);
        if (value < least) {
            least = value;
            best = from + i * step;
        }
    }
    double low = fmax(best - step, from), high = fmin(best + step, to);
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double at_left = squares_of(s, left, &start, &w), at_right = squares_of(s, right, &start, &w);
    for (int i = 0; i < 28; i++) {
        if (at_left <= at_right) {
            high = right;
            right = left;
            at_right = at_left;
            left = high - golden * (high - low);
            at_left = squares_of(s, left, &start, &w);
        } else {
            low = left;
            left = right;
            at_left = at_right;
            right = low + golden * (high - low);
            at_right = squares_of(s, right, &start, &w);
        }
    }
    const double inner = at_left < at_right ? left : right;
    return fmin(at_left, at_right) < least ? inner : best;
}

/* Room for the line before each value, and its contents. */
static double *lines_before(const fc_theta_model *model, const double *y, size_t n)
{
    double *lines = malloc((2 * n + 1) * sizeof *lines);
    fc_theta_state at = {0};
    for (size_t t = 0; t < n && lines; t++) {
        lines[t] = dynamic(model->kind) ? at.intercept : model->intercept;
        lines[n + t] = dynamic(model->kind) ? at.slope : model->slope;
        update_line(&at, y[t]);
        at.count++;
    }
    return lines;
}

static void fit_classic(fc_theta_model *model, const double *y, size_t n)
{
    fc_ets_model smooth;
    model->alpha = 1;
    model->start = y[0];
    if (fc_ets_fit(&smooth, (fc_ets_form){'A', 'N', 'N', false, 1}, y, n)) {
        model->alpha = smooth.alpha;
        model->start = smooth.start.level;
    }
    fc_theta_evaluate(model, y, n);
}

bool fc_theta_fit(fc_theta_model *model, fc_theta_kind kind, const double *y, size_t n)
{
    *model = (fc_theta_model){.kind = n < 5 ? FC_THETA_CLASSIC : kind, .theta = 2};
    if (model->kind == FC_THETA_CLASSIC) {
        fit_classic(model, y, n);
        return true;
    }
    fit_line(y, n, &model->intercept, &model->slope);
    double *lines = lines_before(model, y, n), low = y[0], high = y[0], w;
    if (!lines)
        return false;
    for (size_t t = 1; t < n; t++) {
        low = fmin(low, y[t]);
        high = fmax(high, y[t]);
    }
    const double range = high - low;
    search s = {kind, y, lines, lines + n, n, fmin(low - range, 0), fmax(high + range, 0)};
    model->alpha = search_alpha(&s);
    squares_of(&s, model->alpha, &model->start, &w);
    model->theta = 1 / (1 - w);
    free(lines);
    fc_theta_evaluate(model, y, n);
    return true;
}

bool fc_theta_choose(fc_theta_model *model, const double *y, size_t n)
{
    fc_theta_model other;
    if (!fc_theta_fit(model, FC_THETA_OTM, y, n) || !fc_theta_fit(&other, FC_THETA_DOTM, y, n))
        return false;
    if (other.squares < model->squares)
        *model = other;
    return true;
}

/* --- forecasts --- */

void fc_theta_forecast(const fc_theta_model *model, const fc_theta_state *state, int horizon, double *mean)
{
    fc_theta_state at = *state;
    double power = pow(1 - model->alpha, (double)at.count);
    if (model->kind == FC_THETA_CLASSIC) {
        for (int h = 0; h < horizon; h++)
            mean[h] = at.level + 0.5 * model->slope * (h + (1 - power) / model->alpha);
        return;
    }
    for (int h = 0; h < horizon; h++) {
        mean[h] = expect(model, &at, power);
        update(model, &at, mean[h]);
        power *= 1 - model->alpha;
    }
}

void fc_theta_simulate(const fc_theta_model *model, const fc_theta_state *state, int horizon, uint64_t key,
                       double *path)
{
    const double sigma = sqrt(model->sigma2), begin = pow(1 - model->alpha, (double)state->count);
    fc_theta_state at = *state;
    double power = begin;
    for (int h = 0; h < horizon; h++) {
        const double y = expect(model, &at, power) + sigma * fc_draw_normal(key, (uint64_t)h);
        const double drift =
            model->kind == FC_THETA_CLASSIC ? 0.5 * model->slope * (h + (1 - begin) / model->alpha) : 0;
        path[h] = y + drift;
        update(model, &at, y);
        power *= 1 - model->alpha;
    }
}

void fc_theta_variance(const fc_theta_model *model, const fc_theta_state *state, int horizon,
                       double *variance)
{
    fc_theta_model line = *model; /* what one error does, on an otherwise empty past */
    line.intercept = line.slope = 0;
    for (int h = 0; h < horizon; h++)
        variance[h] = model->sigma2;
    for (int j = 0; j + 1 < horizon; j++) {
        fc_theta_state at = {.count = state->count + (size_t)j};
        double power = pow(1 - model->alpha, (double)at.count);
        update(&line, &at, 1);
        for (int h = j + 1; h < horizon; h++) {
            power *= 1 - model->alpha;
            const double effect = expect(&line, &at, power);
            variance[h] += model->sigma2 * effect * effect;
            update(&line, &at, effect);
        }
    }
}
