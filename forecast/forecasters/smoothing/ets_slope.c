/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood of exponential smoothing with its derivatives, carried forward beside the states. */
#include "forecast/forecasters/smoothing/ets_internal.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double least = 1e-4; /* of alpha, beta and gamma */

void fc_ets_point_model(const ets_point *p, fc_ets_model *model)
{
    const double *x = p->x, alpha = x[0];
    *model = (fc_ets_model){.form = p->form, .alpha = alpha, .phi = p->phi >= 0 ? x[p->phi] : 1};
    if (p->beta >= 0)
        model->beta = least + (alpha - least) * x[p->beta];
    if (p->gamma >= 0)
        model->gamma = least + (1 - alpha - least) * x[p->gamma];
    model->start.level = x[p->level];
    model->start.growth = p->growth >= 0 ? x[p->growth] : p->form.trend == 'M' ? 1 : 0;
    if (p->season < 0)
        return;
    double rest = p->form.season == 'M' ? p->form.period : 0;
    for (int j = 0; j + 1 < p->form.period; j++) {
        model->start.season[j] = x[p->season + j];
        rest -= x[p->season + j];
    }
    model->start.season[p->form.period - 1] = rest;
}

/* States of a multiplicative season and of a multiplicative trend are above 0. */
static bool possible(const fc_ets_model *model)
{
    const int period = model->form.season == 'M' ? model->form.period : 0;
    for (int j = 0; j < period; j++)
        if (!(model->start.season[j] > 0))
            return false;
    return model->form.trend != 'M' || (model->start.level > 0 && model->start.growth > 0);
}

double fc_ets_value(const ets_point *point, const double *y, size_t n)
{
    fc_ets_model model;
    double squares = 0, logs = 0;
    size_t count = 0;
    fc_ets_point_model(point, &model);
    if (!possible(&model) || !fc_ets_filter(&model, &model.start, y, n, &squares, &logs, &count))
        return INFINITY;
    const double value = (double)count * log(fmax(squares, DBL_MIN)) + 2 * logs;
    return isnan(value) ? INFINITY : value;
}

/* --- derivatives --- */

/* What one step multiplies the derivatives of the states with. */
typedef struct factors {
    double alpha, q_level, q_growth, f_q, f_season, d_season, growth, growth_d, growth_level, keep, season_q;
    double q_phi, growth_phi; /* by phi itself */
} factors;

typedef struct slopes {
    double level[ETS_K], growth[ETS_K], season[FC_ETS_PERIOD][ETS_K];
} slopes;

/* The states before a value and what the value is to them. */
typedef struct moment {
    bool there;
    double y, l, b, s, power, q, f, d, t_less_s;
} moment;

static moment moment_of(const fc_ets_model *m, double y, double l, double b, double s)
{
    const fc_ets_form form = m->form;
    moment at = {.l = l, .b = b, .s = s, .there = !isnan(y)};
    at.power = form.trend != 'M' ? 1 : m->phi == 1 ? b : pow(b, m->phi);
    at.q = form.trend == 'A' ? l + m->phi * b : l * at.power;
    at.f = form.season == 'A' ? at.q + s : form.season == 'M' ? at.q * s : at.q;
    at.y = at.there ? y : at.f;
    if (form.season == 'M') {
        at.d = at.y / s - at.q;
        at.t_less_s = at.y / at.q - s;
    } else {
        at.d = at.y - at.f;
        at.t_less_s = form.season == 'A' ? at.d : 0;
    }
    return at;
}

static factors factors_of(const fc_ets_model *m, const moment *at)
{
    const fc_ets_form form = m->form;
    factors k = {.alpha = m->alpha, .q_level = 1, .f_q = 1, .keep = 1 - m->gamma};
    if (form.trend == 'A') {
        k.q_growth = k.growth = m->phi;
        k.growth_d = m->beta;
        k.q_phi = k.growth_phi = at->b;
    } else if (form.trend == 'M') {
        k.q_level = at->power;
        k.growth = m->phi * at->power / at->b;
        k.q_growth = at->l * k.growth;
        k.growth_d = m->beta / at->l;
        k.growth_level = -m->beta * at->d / (at->l * at->l);
        k.growth_phi = at->power * log(at->b);
        k.q_phi = at->l * k.growth_phi;
    }
    if (form.season == 'A') {
        k.f_season = 1;
        k.d_season = -1;
        k.season_q = -m->gamma;
    } else if (form.season == 'M') {
        k.f_q = at->s;
        k.f_season = at->q;
        k.d_season = -at->y / (at->s * at->s);
        k.season_q = -m->gamma * at->y / (at->q * at->q);
    }
    if (!at->there) { /* its forecast stands for it: no error */
        k.alpha = k.growth_d = k.growth_level = k.season_q = 0;
        k.keep = 1;
    }
    return k;
}

/* One step of all derivatives; df is that of the forecast. phi: its place; -1 without. */
static void step(const factors *k, int width, int phi, double *restrict level, double *restrict growth,
                 double *restrict season, double *restrict df)
{
    double dq[ETS_K];
#pragma omp simd
    for (int i = 0; i < width; i++)
        dq[i] = k->q_level * level[i] + k->q_growth * growth[i];
    if (phi >= 0)
        dq[phi] += k->q_phi;
#pragma omp simd
    for (int i = 0; i < width; i++) {
        const double g = season[i], dd = k->d_season * g - dq[i];
        df[i] = k->f_q * dq[i] + k->f_season * g;
        growth[i] = k->growth * growth[i] + k->growth_d * dd + k->growth_level * level[i];
        level[i] = dq[i] + k->alpha * dd;
        season[i] = k->keep * g + k->season_q * dq[i];
    }
    if (phi >= 0)
        growth[phi] += k->growth_phi;
}

/* What the smoothing parameters themselves do to the states behind a value: alpha moves the ranges of beta
 * and gamma with it. */
static void add_own(const ets_point *p, const fc_ets_model *m, const moment *at, slopes *to, double *season)
{
    const double d = at->d, by_growth = p->form.trend == 'M' ? d / at->l : d;
    to->level[0] += d;
    if (p->beta >= 0) {
        to->growth[0] += p->x[p->beta] * by_growth;
        to->growth[p->beta] += (m->alpha - least) * by_growth;
    }
    if (p->gamma >= 0) {
        season[0] -= p->x[p->gamma] * at->t_less_s;
        season[p->gamma] += (1 - m->alpha - least) * at->t_less_s;
    }
}

static void start_slopes(const ets_point *p, slopes *at)
{
    memset(at, 0, sizeof *at);
    at->level[p->level] = 1;
    if (p->growth >= 0)
        at->growth[p->growth] = 1;
    for (int j = 0; p->season >= 0 && j + 1 < p->form.period; j++) {
        at->season[j][p->season + j] = 1;
        at->season[p->form.period - 1][p->season + j] = -1;
    }
}

/* --- sums over the values --- */

enum { BATCH = 4 };

typedef struct sums {
    double squares, logs, count;
    double error_slope[ETS_K]; /* sum of e de */
    double log_slope[ETS_K];   /* sum of d log f */
    double rows[BATCH][ETS_K]; /* de of the last values */
    int have;
} sums;

/* square gets the products of the last rows on and under its diagonal. */
static void add_rows(sums *from, int width, double square[ETS_K][ETS_K])
{
    for (int r = from->have; r < BATCH; r++)
        memset(from->rows[r], 0, (size_t)width * sizeof from->rows[r][0]);
    const double *restrict r0 = from->rows[0], *restrict r1 = from->rows[1], *restrict r2 = from->rows[2],
                           *restrict r3 = from->rows[3];
    for (int i = 0; i < width; i++) {
        const double a = r0[i], b = r1[i], c = r2[i], d = r3[i];
        double *restrict sum = square[i];
#pragma omp simd
        for (int j = 0; j <= i; j++)
            sum[j] += a * r0[j] + b * r1[j] + c * r2[j] + d * r3[j];
    }
    from->have = 0;
}

/* df, the last row, becomes de. */
static void add_value(const moment *at, bool relative, int width, sums *to)
{
    double *restrict row = to->rows[to->have];
    const double e = relative ? at->y / at->f - 1 : at->y - at->f;
    const double by_f = relative ? -at->y / (at->f * at->f) : -1;
    to->squares += e * e;
    to->count++;
    if (relative) {
        to->logs += log(at->f);
        const double inverse = 1 / at->f;
        for (int i = 0; i < width; i++)
            to->log_slope[i] += row[i] * inverse;
    }
    for (int i = 0; i < width; i++) {
        row[i] *= by_f;
        to->error_slope[i] += e * row[i];
    }
    to->have++;
}

/* As fc_ets_filter with the slopes beside it. */
static bool carry(const ets_point *p, const double *y, size_t n, fc_ets_model *m, sums *to,
                  double square[ETS_K][ETS_K])
{
    const int width = (p->count + 1) & ~1;
    slopes slope;
    double l = m->start.level, b = m->start.growth;
    int phase = 0;
    start_slopes(p, &slope);
    for (size_t t = 0; t < n; t++) {
        double *s = &m->start.season[phase];
        const moment at = moment_of(m, y[t], l, b, *s);
        if (p->form.error == 'M' && !(at.f > 0))
            return false;
        const factors k = factors_of(m, &at);
        step(&k, width, p->phi, slope.level, slope.growth, slope.season[phase], to->rows[to->have]);
        add_own(p, m, &at, &slope, slope.season[phase]);
        if (at.there)
            add_value(&at, p->form.error == 'M', width, to);
        if (to->have == BATCH)
            add_rows(to, width, square);
        b = p->form.trend == 'M' ? at.power + m->beta * at.d / l : m->phi * b + m->beta * at.d;
        l = at.q + m->alpha * at.d;
        *s += m->gamma * at.t_less_s;
        phase = phase + 1 == p->form.period ? 0 : phase + 1;
    }
    add_rows(to, width, square);
    return true;
}

/* Residuals r = e G of a multiplicative error have the slopes G (de + e u), u the mean slope of log f. */
static void weigh(const sums *from, int count, ets_slope *slope)
{
    const double n = from->count, g2 = exp(2 * from->logs / n);
    slope->value = n * log(fmax(from->squares, DBL_MIN)) + 2 * from->logs;
    slope->squares = from->squares * g2;
    for (int i = 0; i < count; i++) {
        const double u = from->log_slope[i] / n, w = from->error_slope[i];
        slope->gradient[i] = g2 * (w + from->squares * u);
        for (int j = 0; j <= i; j++) {
            const double v = from->log_slope[j] / n;
            slope->square[i][j] =
                g2 * (slope->square[i][j] + w * v + u * from->error_slope[j] + from->squares * u * v);
            slope->square[j][i] = slope->square[i][j];
        }
    }
}

bool fc_ets_slope_at(const ets_point *point, const double *y, size_t n, ets_slope *slope)
{
    fc_ets_model model;
    sums to = {0};
    fc_ets_point_model(point, &model);
    memset(slope->square, 0, sizeof slope->square);
    if (!possible(&model) || !carry(point, y, n, &model, &to, slope->square))
        return false;
    weigh(&to, point->count, slope);
    return isfinite(slope->value);
}
