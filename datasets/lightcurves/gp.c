/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conditions the Gaussian process of a light curve on its points and reads it on a grid. */
#include "datasets/lightcurves/gp_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const ds_gp_settings ds_gp_defaults = {.length = 20,
                                       .least_length = 1,
                                       .most_length = 1000,
                                       .reach = 10,
                                       .wavelength_scale = 6000,
                                       .tolerance = 1e-10,
                                       .most_evaluations = 100};

#define WHITE_NOISE 1.25e-12 /* flux^2 */
#define MOST_REACH  100.0    /* exp(c) stays a number */

/* Shares of the variance that are tried on the diagonal, one after another. */
static const double jitters[] = {0, 1e-12, 1e-10, 1e-8, 1e-6};
enum { JITTERS = sizeof jitters / sizeof *jitters };

/* What L is known to in float, and what another step of the search in float is to gain. */
#define ROUGH_NOISE     1e-3
#define ROUGH_TOLERANCE 1e-7

/* Places predicted at once: so many that their covariances stay near the processor. */
enum { CHUNK = 128 };

struct ds_gp {
    const gp_kernels *kernels;
    const gp_rough_kernels *rough_kernels;
    gp_system system;
    gp_rough_system rough; /* its matrices and results lie in the same memory as the system's */
    double *memory;
    size_t room; /* points */
    double *chunk, *places;
    double scale, first, last; /* flux; days */
    double wavelength_scale;
    double c, m, jitter; /* of the decomposition in system; scaled */
    bool ready;
};

ds_gp *ds_gp_new(nn_error *error)
{
    ds_gp *gp = calloc(1, sizeof *gp);
    if (!gp)
        nn_fail(error, NN_FAILED, "no memory for a Gaussian process");
    else
        *gp = (ds_gp){.kernels = gp_kernels_here(), .rough_kernels = gp_rough_here()};
    return gp;
}

void ds_gp_free(ds_gp *gp)
{
    if (!gp)
        return;
    free(gp->memory);
    free(gp);
}

static const char *name_of(const ds_gp_points *points)
{
    return points->name ? points->name : "the object";
}

/* --- the workspace --- */

/* Rows begin with a line of the cache; a stride of whole pages would put a column of tiles into the same few
 * lines. */
static size_t stride_for(size_t padded)
{
    size_t stride = (padded + GP_BESIDE + 15) / 16 * 16;
    return stride % 64 == 0 ? stride + 16 : stride;
}

/* Vectors, matrices and chunks of so many points, in doubles. */
static size_t vector_room(size_t points)
{
    return points + GP_TILE;
}

static size_t square_room(size_t points)
{
    return points * stride_for(points);
}

enum { MATRICES = 3, VECTORS = 7 };

/* Gives each system its part of the memory. */
static void lay_out(ds_gp *gp)
{
    gp_system *g = &gp->system;
    gp_rough_system *rough = &gp->rough;
    double *at = gp->memory, **matrices[MATRICES] = {&g->u, &g->x, &g->slope};
    double **vectors[VECTORS] = {&g->t, &g->w, &g->f, &g->noise, &g->live, &g->z, &g->alpha};
    float **rough_matrices[MATRICES] = {&rough->u, &rough->x, &rough->slope};
    float **rough_vectors[VECTORS] = {&rough->t,    &rough->w, &rough->f,    &rough->noise,
                                      &rough->live, &rough->z, &rough->alpha};
    for (int i = 0; i < MATRICES; i++, at += square_room(gp->room)) {
        *matrices[i] = at;
        *rough_matrices[i] = (float *)(void *)at;
    }
    for (int i = 0; i < VECTORS; i++, at += vector_room(gp->room))
        *vectors[i] = at;
    for (int i = 0; i < VECTORS; i++, at += vector_room(gp->room))
        *rough_vectors[i] = (float *)(void *)at;
    gp->chunk = at;
    gp->places = at + CHUNK * gp->room;
}

static int reserve(ds_gp *gp, size_t n, nn_error *error)
{
    size_t padded = (n + GP_TILE - 1) / GP_TILE * GP_TILE;
    if (padded > gp->room || !gp->memory) {
        size_t most = padded + padded / 4 / GP_TILE * GP_TILE;
        size_t wanted = MATRICES * square_room(most) + 2 * VECTORS * vector_room(most) + CHUNK * (most + 4);
        double *memory = aligned_alloc(64, wanted * sizeof *memory);
        if (!memory)
            return nn_fail(error, NN_FAILED, "no memory for the covariances of %zu points", n);
        free(gp->memory);
        gp->memory = memory;
        gp->room = most;
        lay_out(gp);
    }
    gp->system.n = gp->rough.n = n;
    gp->system.padded = gp->rough.padded = padded;
    gp->system.stride = gp->rough.stride = stride_for(padded);
    return NN_OK;
}

static int check(const ds_gp_points *p, nn_error *error)
{
    if (p->count < 1 || p->count > DS_GP_MOST_POINTS)
        return nn_fail(error, NN_BAD_DATA, "%.200s: a Gaussian process takes 1 to %d points, not %zu",
                       name_of(p), DS_GP_MOST_POINTS, p->count);
    for (size_t i = 0; i < p->count; i++) {
        const char *what = !isfinite(p->time[i])         ? "time"
                           : !isfinite(p->wavelength[i]) ? "wavelength"
                           : !isfinite(p->flux[i])       ? "flux"
                           : !isfinite(p->error[i])      ? "error"
                                                         : NULL;
        if (what)
            return nn_fail(error, NN_BAD_DATA, "%.200s: the %s of point %zu is not a finite number",
                           name_of(p), what, i + 1);
        if (p->error[i] < 0)
            return nn_fail(error, NN_BAD_DATA,
                           "%.200s: the error of point %zu is %g; it must not be negative", name_of(p), i + 1,
                           p->error[i]);
    }
    return NN_OK;
}

/* The |flux| of the point that stands out most. */
static double scale_of(const ds_gp_points *p)
{
    double largest = p->flux[0], best = -1, scale = 0, error = 0;
    for (size_t i = 1; i < p->count; i++)
        largest = fmax(largest, p->flux[i]);
    for (size_t i = 0; i < p->count; i++) {
        double size = fabs(p->flux[i]), against = hypot(p->error[i], 0.01 * largest);
        double ratio = size == 0 ? 0 : size / against;
        if (ratio > best) {
            best = ratio;
            scale = size;
        }
        error = fmax(error, p->error[i]);
    }
    /* Nothing but zeros: any scale does. */
    return scale > 0 ? scale : error > 0 ? error : 1;
}

static int take(ds_gp *gp, const ds_gp_points *p, double wavelength_scale, nn_error *error)
{
    gp->ready = false;
    int code = check(p, error);
    if (!code && !(wavelength_scale > 0 && isfinite(wavelength_scale)))
        code = nn_fail(error, NN_USAGE, "a wavelength scale is above 0, not %g", wavelength_scale);
    if (!code)
        code = reserve(gp, p->count, error);
    if (code)
        return code;
    gp_system *g = &gp->system;
    gp->scale = scale_of(p);
    gp->wavelength_scale = wavelength_scale;
    gp->first = gp->last = p->time[0];
    for (size_t i = 1; i < p->count; i++) {
        gp->first = fmin(gp->first, p->time[i]);
        gp->last = fmax(gp->last, p->time[i]);
    }
    for (size_t i = 0; i < vector_room(g->padded); i++) {
        bool live = i < p->count;
        double e = live ? p->error[i] / gp->scale : 0;
        g->t[i] = live ? p->time[i] - gp->first : 0;
        g->w[i] = live ? p->wavelength[i] / wavelength_scale : 0;
        g->f[i] = live ? p->flux[i] / gp->scale : 0;
        g->noise[i] = live ? e * e + WHITE_NOISE / gp->scale / gp->scale : 0;
        g->live[i] = live;
        if (!isfinite(g->noise[i]) || !isfinite(g->f[i]) || !isfinite(g->t[i]) ||
            !isfinite(gp->scale * gp->scale))
            return nn_fail(error, NN_BAD_DATA, "%.200s: flux %g +- %g of point %zu cannot be used beside %g",
                           name_of(p), p->flux[i], p->error[i], i + 1, gp->scale);
    }
    return NN_OK;
}

/* --- fitting --- */

/* c is that of the fluxes over their scale, m = ln l^2, share of exp(c) the jitter. */
static bool decompose(ds_gp *gp, double c, double m, double share)
{
    gp->c = c;
    gp->m = m;
    gp->jitter = share * exp(c);
    gp->ready = gp->kernels->decompose(&gp->system, exp(c), exp(-m), gp->jitter);
    return gp->ready;
}

static bool evaluate(void *context, const double at[2], double *value, double gradient[2])
{
    ds_gp *gp = context;
    if (!decompose(gp, at[0], at[1], 0))
        return false;
    *value = gp_likelihood(&gp->system);
    gp->kernels->gradient(&gp->system, gradient);
    return true;
}

/* The points in float. */
static void soften(ds_gp *gp)
{
    const gp_system *g = &gp->system;
    gp_rough_system *rough = &gp->rough;
    for (size_t i = 0; i < vector_room(g->padded); i++) {
        rough->t[i] = (float)g->t[i];
        rough->w[i] = (float)g->w[i];
        rough->f[i] = (float)g->f[i];
        rough->noise[i] = (float)g->noise[i];
        rough->live[i] = (float)g->live[i];
    }
}

static bool evaluate_roughly(void *context, const double at[2], double *value, double gradient[2])
{
    ds_gp *gp = context;
    return gp->rough_kernels->evaluate(&gp->rough, exp(at[0]), exp(-at[1]), value, gradient);
}

static int climb_ladder(ds_gp *gp, const char *name, double c, double m, nn_error *error)
{
    for (int i = 0; i < JITTERS; i++)
        if (decompose(gp, c, m, jitters[i]))
            return NN_OK;
    return nn_fail(
        error, NN_BAD_DATA,
        "%.200s: the covariance of its %zu points is not positive definite, not even with %g of the "
        "variance added to the diagonal",
        name, gp->system.n, jitters[JITTERS - 1]);
}

static double log_scale2(const ds_gp *gp)
{
    return 2 * log(gp->scale);
}

static void report(const ds_gp *gp, double start, ds_gp_fit *fit)
{
    fit->log_variance = gp->c + log_scale2(gp);
    fit->log_variance_start = start + log_scale2(gp);
    fit->length = exp(0.5 * gp->m);
    fit->likelihood = gp_likelihood(&gp->system) + (double)gp->system.n * log(gp->scale);
    fit->jitter = gp->jitter * gp->scale * gp->scale;
}

static int check_settings(const ds_gp_settings *s, nn_error *error)
{
    bool good = s->least_length > 0 && s->least_length <= s->length && s->length <= s->most_length &&
                isfinite(s->most_length) && s->reach >= 0 && s->reach <= MOST_REACH && s->tolerance > 0 &&
                s->most_evaluations >= 1;
    return good ? NN_OK
                : nn_fail(
                      error, NN_USAGE,
                      "a Gaussian process starts at a length within its bounds, not at %g within %g to %g "
                      "days, takes a reach of 0 to %g, and a tolerance and a number of evaluations above 0",
                      s->length, s->least_length, s->most_length, MOST_REACH);
}

/* A search in float from `at` comes near the minimum at half the cost of each evaluation, and tells the
 * search in double how L is curved there. Where float is too coarse for the covariance, or for what the
 * evaluations leave, `at` stays and nothing is told. */
static void search_roughly(ds_gp *gp, gp_search *search, double at[2])
{
    gp_search rough = *search;
    double near[2] = {at[0], at[1]}, value;
    rough.evaluate = evaluate_roughly;
    rough.noise = ROUGH_NOISE;
    rough.tolerance = fmax(search->tolerance, ROUGH_TOLERANCE);
    rough.most_evaluations = search->most_evaluations / 2;
    soften(gp);
    if (rough.most_evaluations > 0 && gp_minimise(&rough, near, &value) != GP_NO_START) {
        memcpy(at, near, sizeof near);
        memcpy(search->curvature, rough.curvature, sizeof rough.curvature);
    }
    search->most_evaluations -= rough.evaluations;
}

static int search(ds_gp *gp, const ds_gp_settings *s, double start, ds_gp_fit *fit)
{
    gp_search search = {.evaluate = evaluate,
                        .context = gp,
                        .low = {start - s->reach, 2 * log(s->least_length)},
                        .high = {start + s->reach, 2 * log(s->most_length)},
                        .tolerance = s->tolerance,
                        .most_evaluations = s->most_evaluations};
    double at[2] = {start, 2 * log(s->length)}, value;
    search_roughly(gp, &search, at);
    gp_found found = gp_minimise(&search, at, &value);
    if (found == GP_NO_START && (at[0] != start || at[1] != 2 * log(s->length))) {
        at[0] = start;
        at[1] = 2 * log(s->length);
        memset(search.curvature, 0, sizeof search.curvature);
        found = gp_minimise(&search, at, &value);
    }
    fit->evaluations = s->most_evaluations - search.most_evaluations + search.evaluations;
    fit->status = found == GP_FOUND ? DS_GP_FITTED : found == GP_RAN_OUT ? DS_GP_UNSETTLED : DS_GP_FELL_BACK;
    bool last = gp->ready && gp->c == at[0] && gp->m == at[1];
    return found != GP_NO_START && (last || decompose(gp, at[0], at[1], 0));
}

int ds_gp_fit_points(ds_gp *gp, const ds_gp_points *points, const ds_gp_settings *settings, ds_gp_fit *fit,
                     nn_error *error)
{
    const ds_gp_settings *s = settings ? settings : &ds_gp_defaults;
    int code = check_settings(s, error);
    if (!code)
        code = take(gp, points, s->wavelength_scale, error);
    if (code)
        return code;
    double start = 2 * log(0.5); /* of fluxes over their scale */
    *fit = (ds_gp_fit){.status = DS_GP_FIXED};
    if (s->fixed || !search(gp, s, start, fit))
        code = climb_ladder(gp, name_of(points), start, 2 * log(s->length), error);
    if (!code)
        report(gp, start, fit);
    return code;
}

int ds_gp_condition(ds_gp *gp, const ds_gp_points *points, double log_variance, double length,
                    double wavelength_scale, ds_gp_fit *fit, nn_error *error)
{
    if (!(length > 0) || !isfinite(length) || !isfinite(log_variance))
        return nn_fail(error, NN_USAGE,
                       "a Gaussian process cannot have a length of %g days and a variance of exp(%g)", length,
                       log_variance);
    int code = take(gp, points, wavelength_scale, error);
    if (code)
        return code;
    double c = log_variance - log_scale2(gp);
    code = climb_ladder(gp, name_of(points), c, 2 * log(length), error);
    if (!code) {
        *fit = (ds_gp_fit){.status = DS_GP_FIXED};
        report(gp, 2 * log(0.5), fit);
    }
    return code;
}

int ds_gp_likelihood(ds_gp *gp, double log_variance, double log_length2, double *likelihood,
                     double gradient[2], nn_error *error)
{
    gp->ready = false;
    if (!gp->system.n || !decompose(gp, log_variance - log_scale2(gp), log_length2, 0))
        return nn_fail(error, NN_BAD_DATA, "the covariance is not positive definite");
    *likelihood = gp_likelihood(&gp->system) + (double)gp->system.n * log(gp->scale);
    if (gradient)
        gp->kernels->gradient(&gp->system, gradient);
    return NN_OK;
}

/* --- predictions --- */

/* Predicts the first count of gp->places, at most CHUNK; results every step-th element. */
static void predict_places(ds_gp *gp, size_t count, double *mean, double *variance, size_t step)
{
    double *t = gp->places, *w = t + CHUNK, *m = w + CHUNK, *v = m + CHUNK;
    size_t columns = (count + GP_TILE - 1) / GP_TILE * GP_TILE;
    for (size_t i = count; i < columns; i++) {
        t[i] = t[count - 1];
        w[i] = w[count - 1];
    }
    gp->kernels->cross(gp->chunk, &gp->system, t, w, columns, exp(gp->c), exp(-gp->m));
    gp->kernels->mean(m, &gp->system, gp->chunk, columns);
    for (size_t i = 0; i < count; i++)
        mean[i * step] = m[i] * gp->scale;
    if (!variance)
        return;
    gp->kernels->variance(v, &gp->system, gp->chunk, columns, exp(gp->c));
    for (size_t i = 0; i < count; i++)
        variance[i * step] = v[i] * gp->scale * gp->scale;
}

static int check_ready(const ds_gp *gp, nn_error *error)
{
    return gp->ready ? NN_OK : nn_fail(error, NN_FAILED, "a Gaussian process predicts after it was fitted");
}

int ds_gp_predict(ds_gp *gp, const double *time, const double *wavelength, size_t count, double *mean,
                  double *variance, nn_error *error)
{
    int code = check_ready(gp, error);
    for (size_t i = 0; i < count && !code; i++)
        if (!isfinite(time[i]) || !isfinite(wavelength[i]))
            code = nn_fail(error, NN_BAD_DATA, "place %zu to predict is not finite", i + 1);
    for (size_t from = 0; from < count && !code; from += CHUNK) {
        size_t n = count - from < CHUNK ? count - from : CHUNK;
        for (size_t i = 0; i < n; i++) {
            gp->places[i] = time[from + i] - gp->first;
            gp->places[CHUNK + i] = wavelength[from + i] / gp->wavelength_scale;
        }
        predict_places(gp, n, mean + from, variance ? variance + from : NULL, 1);
    }
    return code;
}

int ds_gp_grid(ds_gp *gp, size_t times, const double *wavelengths, size_t bands, double *time, double *mean,
               double *variance, nn_error *error)
{
    int code = check_ready(gp, error);
    double step = times > 1 ? (gp->last - gp->first) / (double)(times - 1) : 0;
    for (size_t i = 0; i < times && time && !code; i++)
        time[i] = gp->first + (double)i * step;
    for (size_t band = 0; band < bands && !code; band++)
        for (size_t from = 0; from < times; from += CHUNK) {
            size_t n = times - from < CHUNK ? times - from : CHUNK, at = from * bands + band;
            for (size_t i = 0; i < n; i++) {
                gp->places[i] = (double)(from + i) * step;
                gp->places[CHUNK + i] = wavelengths[band] / gp->wavelength_scale;
            }
            predict_places(gp, n, mean + at, variance ? variance + at : NULL, bands);
        }
    return code;
}
