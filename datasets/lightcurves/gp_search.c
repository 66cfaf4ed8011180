/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GSL's minimisers have no bounds. Its vector_bfgs2 behind a change of variables finds the same minima of
 * light curves with 30 evaluations where this takes 9. With two parameters the method is short enough to own:
 * Nocedal & Wright 2006, algorithms 6.1 and 3.5. */
#include "datasets/lightcurves/gp_internal.h"

#include <math.h>

typedef struct place {
    double at[2], value, gradient[2];
} place;

#define LONGEST    2.5  /* of a step in either parameter, both of which are logarithms */
#define SUFFICIENT 1e-4 /* of the decrease that the slope promises */
#define FLAT       0.5  /* of the slope at the start of a line */
#define NEAR       1e-9 /* a bound is reached: what rounding leaves before it would hold up every further step */

static bool evaluate(gp_search *s, place *p)
{
    s->evaluations++;
    return s->evaluate(s->context, p->at, &p->value, p->gradient) && isfinite(p->value) &&
           isfinite(p->gradient[0]) && isfinite(p->gradient[1]);
}

/* A parameter on its bound stays there while the function falls beyond it. */
static void find_free(const gp_search *s, const place *p, bool is_free[2])
{
    for (int i = 0; i < 2; i++)
        is_free[i] = !((p->at[i] <= s->low[i] && p->gradient[i] > 0) ||
                       (p->at[i] >= s->high[i] && p->gradient[i] < 0));
}

/* d = -B^-1 g among the free parameters. */
static void direction(double d[2], const double b[3], const double g[2], const bool is_free[2])
{
    double determinant = b[0] * b[2] - b[1] * b[1];
    if (is_free[0] && is_free[1] && determinant > 1e-12 * b[0] * b[2]) {
        d[0] = -(b[2] * g[0] - b[1] * g[1]) / determinant;
        d[1] = -(b[0] * g[1] - b[1] * g[0]) / determinant;
        return;
    }
    d[0] = is_free[0] ? -g[0] / b[0] : 0;
    d[1] = is_free[1] ? -g[1] / b[2] : 0;
}

/* The share of d that may be walked: to the bounds, and no further than LONGEST. */
static double most_of(const gp_search *s, const place *p, const double d[2])
{
    double most = 1e3;
    for (int i = 0; i < 2; i++) {
        if (d[i] == 0)
            continue;
        double room = d[i] > 0 ? s->high[i] - p->at[i] : p->at[i] - s->low[i];
        most = fmin(most, fmin(room, LONGEST) / fabs(d[i]));
    }
    return most;
}

/* The minimum of the cubic through two values and slopes, kept within the middle of the interval. */
static double cubic(double a, double fa, double ga, double b, double fb, double gb)
{
    double d1 = ga + gb - 3 * (fa - fb) / (a - b), square = d1 * d1 - ga * gb;
    double low = fmin(a, b), width = fabs(b - a), x = NAN;
    if (square >= 0) {
        double d2 = copysign(sqrt(square), b - a);
        x = b - (b - a) * (gb + d2 - d1) / (gb - ga + 2 * d2);
    }
    if (!isfinite(x))
        return low + width / 2;
    return fmin(fmax(x, low + 0.1 * width), low + 0.9 * width);
}

static double slope_along(const place *p, const double d[2])
{
    return p->gradient[0] * d[0] + p->gradient[1] * d[1];
}

static void step_to(const gp_search *s, place *to, const place *from, const double d[2], double share)
{
    for (int i = 0; i < 2; i++) {
        const double at = from->at[i] + share * d[i];
        to->at[i] = at < s->low[i] + NEAR ? s->low[i] : at > s->high[i] - NEAR ? s->high[i] : at;
    }
}

/* Walks from *from along d until the function has fallen enough and is flat enough; false: it does not fall.
 */
static bool search_line(gp_search *s, const place *from, place *to, const double d[2], double most)
{
    double slope = slope_along(from, d), share = fmin(1, most);
    double low = 0, low_value = from->value, low_slope = slope; /* the best end of the interval */
    double high = INFINITY;
    bool any = false;
    place trial;
    for (int tries = 0; tries < 20 && s->evaluations < s->most_evaluations; tries++) {
        step_to(s, &trial, from, d, share);
        bool defined = evaluate(s, &trial);
        double trial_slope = defined ? slope_along(&trial, d) : NAN;
        if (!defined) {
            high = share;
            share = low + 0.25 * (share - low);
        } else if (trial.value > from->value + SUFFICIENT * share * slope + s->noise ||
                   trial.value >= low_value + s->noise) {
            high = share;
            share = cubic(low, low_value, low_slope, share, trial.value, trial_slope);
        } else {
            *to = trial;
            any = true;
            if (fabs(trial_slope) <= -FLAT * slope || (trial_slope < 0 && share >= most))
                return true;
            if (trial_slope * (high - low) >= 0)
                high = low;
            double before = low, before_value = low_value, before_slope = low_slope;
            low = share, low_value = trial.value, low_slope = trial_slope;
            if (isinf(high))
                share = fmin(most, 3 * share);
            else
                share = cubic(before, before_value, before_slope, low, low_value, low_slope);
        }
        if (!isinf(high) && fabs(high - low) * fmax(fabs(d[0]), fabs(d[1])) < 1e-9)
            break;
    }
    return any;
}

/* B += y y' / y's - B s s' B / s'B s; left alone where the curvature is not positive. */
static void update(double b[3], const place *from, const place *to, bool fresh)
{
    double s[2], y[2];
    for (int i = 0; i < 2; i++) {
        s[i] = to->at[i] - from->at[i];
        y[i] = to->gradient[i] - from->gradient[i];
    }
    double ys = y[0] * s[0] + y[1] * s[1], yy = y[0] * y[0] + y[1] * y[1];
    if (fresh && ys > 0)
        b[0] = b[2] = yy / ys;
    double bs[2] = {b[0] * s[0] + b[1] * s[1], b[1] * s[0] + b[2] * s[1]};
    double sbs = s[0] * bs[0] + s[1] * bs[1];
    if (!(ys > 1e-10 * sqrt(yy * (s[0] * s[0] + s[1] * s[1]))) || !(sbs > 0))
        return;
    b[0] += y[0] * y[0] / ys - bs[0] * bs[0] / sbs;
    b[1] += y[0] * y[1] / ys - bs[0] * bs[1] / sbs;
    b[2] += y[1] * y[1] / ys - bs[1] * bs[1] / sbs;
}

/* A matrix without directions of its own whose first step is of length 1 or Newton's. */
static void restart(double b[3], const place *p)
{
    double size = fmax(fabs(p->gradient[0]), fabs(p->gradient[1]));
    b[0] = b[2] = fmax(size, 1e-3);
    b[1] = 0;
}

/* Where noise hides the values, a step that promises hardly less than the one before it is the last. */
gp_found gp_minimise(gp_search *s, double at[2], double *value)
{
    place here = {{at[0], at[1]}, 0, {0}}, next;
    s->evaluations = 0;
    if (!evaluate(s, &here))
        return GP_NO_START;
    double *b = s->curvature, before = INFINITY;
    bool fresh = !(b[0] > 0);
    gp_found found = GP_RAN_OUT;
    if (fresh)
        restart(b, &here);
    while (s->evaluations < s->most_evaluations) {
        bool is_free[2];
        double d[2];
        find_free(s, &here, is_free);
        direction(d, b, here.gradient, is_free);
        double promise = -0.5 * slope_along(&here, d);
        if (promise < s->tolerance || (promise < s->noise && promise > 0.1 * before)) {
            found = GP_FOUND;
            break;
        }
        before = promise;
        if (!search_line(s, &here, &next, d, most_of(s, &here, d))) {
            /* Rounding hides what is left, or the matrix misleads: try once more without it. */
            if (fresh) {
                found = s->evaluations < s->most_evaluations ? GP_FOUND : GP_RAN_OUT;
                break;
            }
            restart(b, &here);
            fresh = true;
            continue;
        }
        update(b, &here, &next, fresh);
        here = next;
        fresh = false;
    }
    at[0] = here.at[0];
    at[1] = here.at[1];
    *value = here.value;
    return found;
}
