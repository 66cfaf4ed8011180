/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the orders of an ARIMA model: differences by tests, the rest stepwise by AICc. */
#include "forecast/forecasters/arima/internal.h"
#include "forecast/statistics/unit_root.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAGS = ARIMA_LAGS,
    MOST_MODELS = 160,
    KEPT = 3,
    MORE = 10,
    CHEAP = 16000,
    FINAL_STARTS = 64,
    FINAL_FOLLOWED = 5
};

static const double least_root = 1.01;

/* A model that was looked at. */
typedef struct candidate {
    fc_arima_order order;
    double aicc;
    double point[LAGS];
} candidate;

typedef struct walk {
    arima_search search;
    fc_arima_order most;
    bool thorough;
    candidate best[KEPT]; /* the least AICc first */
    int kept, seen;
    fc_arima_order visited[MOST_MODELS];
} walk;

static bool same(const fc_arima_order *a, const fc_arima_order *b)
{
    return a->p == b->p && a->q == b->q && a->seasonal_p == b->seasonal_p && a->seasonal_q == b->seasonal_q &&
           a->constant == b->constant;
}

static bool is_allowed(const walk *w, const fc_arima_order *o)
{
    const fc_arima_order *m = &w->most;
    return o->p >= 0 && o->p <= m->p && o->q >= 0 && o->q <= m->q && o->seasonal_p >= 0 &&
           o->seasonal_p <= m->seasonal_p && o->seasonal_q >= 0 && o->seasonal_q <= m->seasonal_q &&
           (m->constant || !o->constant);
}

/* The point of a model with other orders that starts where `from` stands: lags that it has not are 0. */
static void carry_over(const candidate *from, const fc_arima_order *to, double *point)
{
    const fc_arima_order *f = &from->order;
    const int had[4] = {f->p, f->q, f->seasonal_p, f->seasonal_q},
              has[4] = {to->p, to->q, to->seasonal_p, to->seasonal_q};
    const double *old = from->point;
    for (int b = 0; b < 4; b++) {
        for (int i = 0; i < has[b]; i++)
            *point++ = i < had[b] ? fmax(-3, fmin(3, old[i])) : 0;
        old += had[b];
    }
}

static double aicc_of(const arima_search *s, double minus)
{
    const double count = fc_arima_lags(&s->order) + s->columns, left = (double)s->n - count - 1;
    return left > 0 ? 2 * minus + 2 * count + 2 * count * (count + 1) / left : HUGE_VAL;
}

static void keep(walk *w, const candidate *c)
{
    int at = w->kept < KEPT ? w->kept++ : c->aicc < w->best[KEPT - 1].aicc ? KEPT - 1 : KEPT;
    if (at == KEPT)
        return;
    for (; at > 0 && w->best[at - 1].aicc > c->aicc; at--)
        w->best[at] = w->best[at - 1];
    w->best[at] = *c;
}

/* Looks at a model unless it was looked at before. True where it is the best one so far. */
static bool consider(walk *w, fc_arima_order o)
{
    if (!is_allowed(w, &o) || w->seen == MOST_MODELS)
        return false;
    for (int i = 0; i < w->seen; i++)
        if (same(&w->visited[i], &o))
            return false;
    w->visited[w->seen++] = o;
    candidate c = {.order = o};
    if (w->kept > 0)
        carry_over(&w->best[0], &o, c.point);
    arima_search_order(&w->search, &o);
    c.aicc = aicc_of(&w->search, 0);
    if (c.aicc < HUGE_VAL)
        c.aicc = aicc_of(&w->search, arima_search_run(&w->search, c.point, MORE, 1, ARIMA_ROUGH));
    if (!w->thorough && !arima_point_beyond(&w->search, c.point, least_root))
        c.aicc = HUGE_VAL;
    const bool better = w->kept == 0 || c.aicc < w->best[0].aicc;
    keep(w, &c);
    return better;
}

/* What the walk may change at once: P, Q, p, q. */
static const signed char moves[][4] = {
    {-1, 0, 0, 0}, {1, 0, 0, 0},  {0, -1, 0, 0}, {0, 1, 0, 0},  {-1, -1, 0, 0}, {1, 1, 0, 0},   {-1, 1, 0, 0},
    {1, -1, 0, 0}, {0, 0, -1, 0}, {0, 0, 1, 0},  {0, 0, 0, -1}, {0, 0, 0, 1},   {0, 0, -1, -1}, {0, 0, 1, 1},
    {0, 0, -1, 1}, {0, 0, 1, -1}, {0, 0, 2, 0},  {0, 0, 0, 2},  {0, 0, 2, 2}};

static fc_arima_order moved(fc_arima_order o, const signed char *by)
{
    o.seasonal_p += by[0];
    o.seasonal_q += by[1];
    o.p += by[2];
    o.q += by[3];
    return o;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Looks at the neighbours of a model until one is the best. */
static bool step_from(walk *w, fc_arima_order o)
{
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (consider(w, moved(o, moves[i])))
            return true;
    o.constant = !o.constant;
    return consider(w, o);
}

/* From usual models on to better neighbours of the best one; at last, in a thorough search where that is
 * cheap, to those of the next best ones too. */
static void walk_on(walk *w)
{
    const fc_arima_order *m = &w->most;
    fc_arima_order o = *m;
    const int starts[4][4] = {{2, 2, 1, 1}, {0, 0, 0, 0}, {1, 0, 1, 0}, {0, 1, 0, 1}};
    for (int i = 0; i < 4; i++) {
        o.p = least(starts[i][0], m->p);
        o.q = least(starts[i][1], m->q);
        o.seasonal_p = least(starts[i][2], m->seasonal_p);
        o.seasonal_q = least(starts[i][3], m->seasonal_q);
        o.constant = m->constant;
        consider(w, o);
    }
    const bool on = w->thorough && w->search.n * (size_t)arima_state_size(m) < CHEAP;
    for (int from = 0; from < (on ? w->kept : 1);)
        from = step_from(w, w->best[from].order) ? 0 : from + 1;
}

/* --- differences --- */

/* What ordinary least squares leaves of y, so that regressors do not look like trends. */
static int remove_regressors(double *y, size_t n, const fc_regressors *x, nn_error *error)
{
    arima_search s;
    const fc_arima_order white = {.period = 1, .constant = x && x->count > 0};
    const int code = arima_search_make(&s, &white, y, n, x, error);
    if (code)
        return code;
    memcpy(y, s.w, n * sizeof *y);
    for (int c = 1; c < s.columns; c++) {
        const double *q = s.w + (size_t)c * n;
        double along = 0;
        for (size_t i = 0; i < n; i++)
            along += q[i] * y[i];
        for (size_t i = 0; i < n; i++)
            y[i] -= along * q[i];
    }
    arima_search_free(&s);
    return NN_OK;
}

static int find_differences(fc_arima_order *most, const double *y, size_t n, const fc_regressors *x,
                            nn_error *error)
{
    double *rest = malloc(n * sizeof *rest);
    if (!rest)
        return nn_no_memory(error);
    memcpy(rest, y, n * sizeof *rest);
    int code = remove_regressors(rest, n, x, error);
    if (!code)
        code = fc_seasonal_differences(rest, n, most->period, &most->seasonal_d, error);
    if (!code) {
        const size_t lag = most->seasonal_d ? (size_t)most->period : 0;
        for (size_t i = lag; i < n && lag > 0; i++)
            rest[i - lag] = rest[i] - rest[i - lag];
        most->d = fc_differences(rest, n - lag, 2);
    }
    free(rest);
    return code;
}

static int finish(walk *w, fc_arima_model *model, const double *y, size_t n, const fc_regressors *x,
                  nn_error *error)
{
    double coefficient[FC_ARIMA_COEFFICIENTS] = {0};
    candidate best = {.aicc = HUGE_VAL};
    w->search.shrink = 1 / least_root;
    for (int k = 0; k < w->kept; k++) {
        candidate *c = &w->best[k];
        if (k > 0 && c->aicc > w->best[0].aicc + 4)
            continue;
        arima_search_order(&w->search, &c->order);
        c->aicc = aicc_of(
            &w->search, arima_search_run(&w->search, c->point, FINAL_STARTS, FINAL_FOLLOWED, ARIMA_POLISHED));
        if (k == 0 || c->aicc < best.aicc)
            best = *c;
    }
    arima_search_order(&w->search, &best.order);
    arima_point_to_coefficients(&w->search, best.point, coefficient);
    return arima_finish(&w->search, coefficient, model, y, n, x, error);
}

int fc_arima_choose(fc_arima_model *model, const fc_arima_choice *choice, const double *y, size_t n,
                    const fc_regressors *x, nn_error *error)
{
    const double coefficient[FC_ARIMA_COEFFICIENTS] = {0};
    const int third = n < 24 ? (int)n / 3 : 8,
              seasonal = choice->period > 1 ? least((int)(n / 3 / (size_t)choice->period), 8) : 0;
    fc_arima_order most = {.p = least(choice->most_p, third),
                           .q = least(choice->most_q, third),
                           .seasonal_p = least(choice->most_seasonal_p, seasonal),
                           .seasonal_q = least(choice->most_seasonal_q, seasonal),
                           .period = choice->period > 1 ? choice->period : 1,
                           .constant = true};
    int code = arima_check(&most, x, error);
    if (!code)
        code = find_differences(&most, y, n, x, error);
    if (code)
        return code;
    most.constant = arima_has_constant(&most);
    walk *w = calloc(1, sizeof *w);
    if (!w)
        return nn_no_memory(error);
    code = arima_search_make(&w->search, &most, y, n, x, error);
    if (!code) {
        w->most = most;
        w->thorough = choice->thorough;
        w->search.shrink = w->thorough ? 1 / least_root : 1;
        if (arima_is_perfect(&w->search)) {
            most.p = most.q = most.seasonal_p = most.seasonal_q = 0;
            arima_search_order(&w->search, &most);
            code = arima_finish(&w->search, coefficient, model, y, n, x, error);
        } else {
            walk_on(w);
            code = finish(w, model, y, n, x, error);
        }
        arima_search_free(&w->search);
    }
    free(w);
    return code;
}
