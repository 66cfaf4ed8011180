/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood of exponential smoothing with its derivatives, carried forward beside the states. */
#include "forecast/forecasters/smoothing/ets_internal.h"
#include "forecast/statistics/lanes.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* What one step multiplies the derivatives of the states with. */
typedef struct factors {
    double alpha, q_level, q_growth, f_q, f_season, d_season, growth, growth_d, growth_level, keep, season_q;
    double q_phi, growth_phi; /* by phi itself */
} factors;

/* Derivatives by the unknowns, side by side. */
enum { STRIPS = ETS_K / FC_LANES };

typedef struct slopes {
    fc_lane level[STRIPS], growth[STRIPS], season[FC_ETS_PERIOD][STRIPS];
} slopes;

/* The states before a value and what the value is to them. */
typedef struct moment {
    bool there;
    double y, l, b, s, power, q, f, d, t_less_s, by_f; /* by_f: 1 / f */
} moment;

#define FORCED static inline __attribute__((always_inline))

FORCED moment moment_of(fc_ets_form form, const fc_ets_model *m, double y, double l, double b, double s)
{
    moment at = {.l = l, .b = b, .s = s, .there = !isnan(y)};
    at.power = form.trend != 'M' ? 1 : m->phi == 1 ? b : pow(b, m->phi);
    at.q = form.trend == 'A' ? l + m->phi * b : l * at.power;
    at.f = form.season == 'A' ? at.q + s : form.season == 'M' ? at.q * s : at.q;
    at.y = at.there ? y : at.f;
    at.by_f = 1 / at.f;
    if (form.season == 'M') {
        at.d = at.y / s - at.q;
        at.t_less_s = at.y / at.q - s;
    } else {
        at.d = at.y - at.f;
        at.t_less_s = form.season == 'A' ? at.d : 0;
    }
    return at;
}

FORCED factors factors_of(fc_ets_form form, const fc_ets_model *m, const moment *at)
{
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
        const double by_s = at->q * at->by_f, by_q = at->s * at->by_f;
        k.d_season = -at->y * by_s * by_s;
        k.season_q = -m->gamma * at->y * by_q * by_q;
    }
    return k;
}

/* Where a value is missing its forecast stands for it: no error. */
FORCED factors without_error(factors k)
{
    k.alpha = k.growth_d = k.growth_level = k.season_q = 0;
    k.keep = 1;
    return k;
}

static inline void add_to(fc_lane *slope, int place, double what)
{
    ((double *)slope)[place] += what;
}

/* The smoothing parameters are the first unknowns. What they themselves do to the states goes onto whole
 * strips: a single number stored into one would have the next row wait for it. */
enum { OWN = FC_LANES < 4 ? 4 / FC_LANES : 1 };

typedef struct own {
    fc_lane level[OWN], growth[OWN], season[OWN], phi[OWN]; /* by d, t_less_s and the like */
} own;

/* Alpha moves the ranges of beta and gamma with it. */
static void find_own(const ets_point *p, const fc_ets_model *m, own *to)
{
    memset(to, 0, sizeof *to);
    add_to(to->level, 0, 1);
    if (p->beta >= 0) {
        add_to(to->growth, 0, p->x[p->beta]);
        add_to(to->growth, p->beta, m->alpha - ETS_LEAST);
    }
    if (p->gamma >= 0) {
        add_to(to->season, 0, -p->x[p->gamma]);
        add_to(to->season, p->gamma, 1 - m->alpha - ETS_LEAST);
    }
    if (p->phi >= 0)
        add_to(to->phi, p->phi, 1);
}

/* One step of all derivatives; df is that of the forecast. What the form has not is known to be 0. */
FORCED void step(fc_ets_form form, const factors *k, const own *by, const moment *now, double d_growth,
                 int strips, slopes *at, fc_lane *restrict season, fc_lane *restrict df)
{
    fc_lane *restrict level = at->level, *restrict growth = at->growth;
    for (int i = 0; i < strips; i++) {
        fc_lane dq = level[i];
        if (form.trend == 'M')
            dq *= k->q_level;
        if (form.trend != 'N')
            dq += k->q_growth * growth[i];
        if (form.trend != 'N' && i < OWN)
            dq += k->q_phi * by->phi[i];
        fc_lane dd = -dq, f = dq;
        if (form.season != 'N') {
            dd = k->d_season * season[i] - dq;
            f = k->f_q * dq + k->f_season * season[i];
            season[i] = k->keep * season[i] + k->season_q * dq;
            if (i < OWN)
                season[i] += now->t_less_s * by->season[i];
        }
        df[i] = f;
        if (form.trend != 'N') {
            fc_lane to = k->growth * growth[i] + k->growth_d * dd;
            if (form.trend == 'M')
                to += k->growth_level * level[i];
            if (i < OWN)
                to += k->growth_phi * by->phi[i] + d_growth * by->growth[i];
            growth[i] = to;
        }
        level[i] = dq + k->alpha * dd;
        if (i < OWN)
            level[i] += now->d * by->level[i];
    }
}

static void start_slopes(const ets_point *p, int strips, slopes *at)
{
    const size_t bytes = (size_t)strips * sizeof(fc_lane);
    memset(at->level, 0, bytes);
    memset(at->growth, 0, bytes);
    for (int j = 0; j < p->form.period; j++)
        memset(at->season[j], 0, bytes);
    add_to(at->level, p->level, 1);
    if (p->growth >= 0)
        add_to(at->growth, p->growth, 1);
    for (int j = 0; p->season >= 0 && j + 1 < p->form.period; j++) {
        add_to(at->season[j], p->season + j, 1);
        add_to(at->season[p->form.period - 1], p->season + j, -1);
    }
}

/* --- sums over the values --- */

enum { BATCH = 4 };

typedef struct sums {
    double squares, logs, count;
    double product;              /* of the last forecasts: one logarithm for many */
    fc_lane error_slope[STRIPS]; /* sum of e de */
    fc_lane log_slope[STRIPS];   /* sum of d log f */
    fc_lane rows[BATCH][STRIPS]; /* de of the last values */
    int have;
} sums;

/* square gets the products of the last rows: strips of each row up to that of the diagonal. */
static inline void add_rows(sums *from, int count, int strips, double square[ETS_K][ETS_K])
{
    for (int r = from->have; r < BATCH; r++)
        memset(from->rows[r], 0, (size_t)strips * sizeof(fc_lane));
    const double *r0 = (const double *)from->rows[0], *r1 = (const double *)from->rows[1],
                 *r2 = (const double *)from->rows[2], *r3 = (const double *)from->rows[3];
    for (int s = 0; s < strips; s++) {
        const fc_lane a = from->rows[0][s], b = from->rows[1][s], c = from->rows[2][s], d = from->rows[3][s];
        for (int i = s * FC_LANES; i < count; i++)
            ((fc_lane *)square[i])[s] += (r0[i] * a + r1[i] * b) + (r2[i] * c + r3[i] * d);
    }
    from->have = 0;
}

/* df, the last row, becomes de. */
static inline void add_value(const moment *at, bool relative, int strips, sums *to)
{
    fc_lane *restrict row = to->rows[to->have];
    const double e = relative ? at->y / at->f - 1 : at->y - at->f;
    const double by_f = relative ? -at->y * at->by_f * at->by_f : -1;
    to->squares += e * e;
    to->count++;
    if (relative) {
        to->product *= at->f;
        if (!(to->product > 1e-100 && to->product < 1e100)) {
            to->logs += log(to->product);
            to->product = 1;
        }
        for (int i = 0; i < strips; i++)
            to->log_slope[i] += row[i] * at->by_f;
    }
    for (int i = 0; i < strips; i++) {
        row[i] *= by_f;
        to->error_slope[i] += e * row[i];
    }
    to->have++;
}

/* As fc_ets_filter with the slopes beside it. Called with constants, so that each form becomes a loop of its
 * own. */
FORCED bool carry(char error, char trend, char season, const ets_point *p, const double *y, size_t n,
                  fc_ets_model *m, sums *to, double square[ETS_K][ETS_K])
{
    const fc_ets_form form = {error, trend, season, false, 1};
    const int strips = (p->count + FC_LANES - 1) / FC_LANES;
    slopes slope;
    own by;
    double l = m->start.level, b = m->start.growth;
    int phase = 0;
    start_slopes(p, strips, &slope);
    find_own(p, m, &by);
    for (size_t t = 0; t < n; t++) {
        double *s = &m->start.season[phase];
        const moment at = moment_of(form, m, y[t], l, b, *s);
        if (error == 'M' && !(at.f > 0))
            return false;
        const factors k = factors_of(form, m, &at);
        const double d_growth = trend == 'M' ? at.d / l : at.d;
        fc_lane *row = to->rows[to->have];
        if (at.there) {
            step(form, &k, &by, &at, d_growth, strips, &slope, slope.season[phase], row);
            add_value(&at, error == 'M', strips, to);
        } else {
            const factors still = without_error(k);
            step(form, &still, &by, &at, d_growth, strips, &slope, slope.season[phase], row);
        }
        if (to->have == BATCH)
            add_rows(to, p->count, strips, square);
        b = trend == 'M' ? at.power + m->beta * at.d / l : m->phi * b + m->beta * at.d;
        l = at.q + m->alpha * at.d;
        if (season != 'N') {
            *s += m->gamma * at.t_less_s;
            phase = phase + 1 == p->form.period ? 0 : phase + 1;
        }
    }
    add_rows(to, p->count, strips, square);
    to->logs += log(to->product);
    return true;
}

#define CARRY(error, trend, season) carry(error, trend, season, p, y, n, m, to, square)
#define CARRY_SEASONS(error, trend)                                                                          \
    (p->form.season == 'N'   ? CARRY(error, trend, 'N')                                                      \
     : p->form.season == 'A' ? CARRY(error, trend, 'A')                                                      \
                             : CARRY(error, trend, 'M'))
#define CARRY_TRENDS(error)                                                                                  \
    (p->form.trend == 'N'   ? CARRY_SEASONS(error, 'N')                                                      \
     : p->form.trend == 'A' ? CARRY_SEASONS(error, 'A')                                                      \
                            : CARRY_SEASONS(error, 'M'))

static bool carry_form(const ets_point *p, const double *y, size_t n, fc_ets_model *m, sums *to,
                       double square[ETS_K][ETS_K])
{
    return p->form.error == 'A' ? CARRY_TRENDS('A') : CARRY_TRENDS('M');
}

/* Residuals r = e G of a multiplicative error have the slopes G (de + e u), u the mean slope of log f. */
static void weigh(const sums *from, int count, ets_slope *slope)
{
    const double n = from->count, g2 = exp(2 * from->logs / n), *error = (const double *)from->error_slope,
                 *logs = (const double *)from->log_slope;
    slope->value = n * log(fmax(from->squares, DBL_MIN)) + 2 * from->logs;
    slope->squares = from->squares * g2;
    for (int i = 0; i < count; i++) {
        const double u = logs[i] / n, w = error[i];
        slope->gradient[i] = g2 * (w + from->squares * u);
        for (int j = 0; j <= i; j++) {
            const double v = logs[j] / n;
            slope->square[i][j] = g2 * (slope->square[i][j] + w * v + u * error[j] + from->squares * u * v);
            slope->square[j][i] = slope->square[i][j];
        }
    }
}

bool fc_ets_slope_at(const ets_point *point, const double *y, size_t n, ets_slope *slope)
{
    fc_ets_model model;
    sums to = {.product = 1};
    fc_ets_point_model(point, &model);
    for (int i = 0; i < point->count; i++)
        memset(slope->square[i], 0, sizeof slope->square[i]);
    if (!fc_ets_possible(&model) || !carry_form(point, y, n, &model, &to, slope->square))
        return false;
    weigh(&to, point->count, slope);
    return isfinite(slope->value);
}
