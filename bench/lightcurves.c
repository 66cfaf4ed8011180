/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves in objects per second: the classifier's network alone, and the Gaussian process, mean on the
 * grid of 100 times and all bands included. */
#include "bench/bench.h"

#include "datasets/lightcurves/gp.h"
#include "datasets/lightcurves/lightcurve.h"
#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TIMES = 100, OBJECTS = 1000, MOST_THREADS = 2 };

typedef struct curves {
    size_t count, points;
    size_t begin[OBJECTS + 1];
    double *time, *wavelength, *flux, *error;
    size_t room;
    double bands[DS_BAND_LIMIT];
    size_t band_count;
} curves;

static void curves_clear(curves *c)
{
    free(c->time);
    free(c->wavelength);
    free(c->flux);
    free(c->error);
}

static int curves_grow(curves *c, nn_error *error)
{
    if (c->points < c->room)
        return NN_OK;
    size_t room = c->room ? 2 * c->room : 4096;
    double **all[] = {&c->time, &c->wavelength, &c->flux, &c->error};
    for (size_t i = 0; i < 4; i++) {
        double *more = realloc(*all[i], room * sizeof *more);
        if (!more)
            return nn_no_memory(error);
        *all[i] = more;
    }
    c->room = room;
    return NN_OK;
}

static double uniform(uint64_t key, uint64_t i)
{
    return (double)(nn_random(key, i) >> 11) * 0x1p-53;
}

/* Like supernovae of the SPCC: griz every few nights for five months, a rise of days and a decline of weeks.
 */
static int generate(curves *c, size_t objects, nn_error *error)
{
    static const double griz[] = {4802, 6231, 7542, 8690}, noise[] = {4.3, 2.6, 4.2, 3.9};
    memcpy(c->bands, griz, sizeof griz);
    c->band_count = 4;
    int code = NN_OK;
    for (size_t i = 0; i < objects && !code; i++) {
        size_t n = 72 + nn_random(1, i) % 50;
        double peak = 20 * exp(2 * uniform(2, i)), when = 40 + 60 * uniform(3, i), rate = 0.6 + uniform(4, i);
        c->begin[c->count++] = c->points;
        for (size_t j = 0; j < n && !(code = curves_grow(c, error)); j++, c->points++) {
            size_t b = j % 4;
            uint64_t key = 1000 + i;
            double t = 150.0 * (double)(j / 4) / (double)(n / 4) + uniform(key, j), from = (t - when) * rate;
            double e = noise[b] * exp(0.4 * (uniform(key, 200 + j) - 0.5));
            double angle = 2 * M_PI * uniform(key, 400 + j), size = sqrt(-2 * log(1 - uniform(key, 600 + j)));
            c->time[c->points] = 56200 + t;
            c->wavelength[c->points] = griz[b];
            c->error[c->points] = e;
            c->flux[c->points] =
                peak * exp(-from / (20 + 5 * (double)b)) / (1 + exp(-from / 4)) + e * size * cos(angle);
        }
    }
    c->begin[c->count] = c->points;
    return code;
}

static int read_file(curves *c, const char *path, size_t objects, nn_error *error)
{
    ds_lightcurves *reader = NULL;
    const ds_lightcurve *curve = NULL;
    ds_bands griz;
    int code = ds_bands_parse(&griz, "g=4802,r=6231,i=7542,z=8690", error);
    ds_lightcurve_options options = {.bands = &griz};
    if (!code)
        code = ds_lightcurves_open(&reader, path, &options, error);
    c->band_count = (size_t)griz.count;
    memcpy(c->bands, griz.wavelength, sizeof c->bands);
    while (!code && c->count < objects && !(code = ds_lightcurves_next(reader, &curve, error)) && curve) {
        c->begin[c->count++] = c->points;
        for (int j = 0; j < curve->count && !(code = curves_grow(c, error)); j++, c->points++) {
            c->time[c->points] = curve->time[j];
            c->wavelength[c->points] = c->bands[curve->band[j]];
            c->flux[c->points] = curve->flux[j];
            c->error[c->points] = curve->error[j];
        }
    }
    c->begin[c->count] = c->points;
    ds_lightcurves_close(reader);
    return code;
}

typedef struct work {
    const curves *curves;
    ds_gp_settings settings;
    bool variance;
    ds_gp *gp[MOST_THREADS];
    double *grid[MOST_THREADS]; /* mean, variance */
    ds_gp_fit fit[OBJECTS];
    int code[OBJECTS];
    nn_pool *pool;
} work;

static ds_gp_points points_of(const curves *c, size_t i)
{
    size_t from = c->begin[i];
    return (ds_gp_points){NULL,           c->time + from,  c->wavelength + from,
                          c->flux + from, c->error + from, c->begin[i + 1] - from};
}

static void one_object(void *context, int i, int worker)
{
    work *w = context;
    ds_gp_points points = points_of(w->curves, (size_t)i);
    double *mean = w->grid[worker], *variance = mean + TIMES * DS_BAND_LIMIT;
    w->code[i] = ds_gp_fit_points(w->gp[worker], &points, &w->settings, &w->fit[i], NULL);
    if (!w->code[i])
        w->code[i] = ds_gp_grid(w->gp[worker], TIMES, w->curves->bands, w->curves->band_count, NULL, mean,
                                w->variance ? variance : NULL, NULL);
}

static void all_objects(void *context)
{
    work *w = context;
    nn_pool_run(w->pool, (int)w->curves->count, one_object, w);
}

/* Every fit is a place where L falls in no direction that the bounds allow. */
static int verify(const work *w, nn_error *error)
{
    for (size_t i = 0; i < w->curves->count; i++) {
        ds_gp_points points = points_of(w->curves, i);
        const ds_gp_fit *f = &w->fit[i];
        ds_gp_fit again;
        double value, slope[2], m = 2 * log(f->length);
        if (w->code[i] ||
            ds_gp_condition(w->gp[0], &points, f->log_variance, f->length, 6000, &again, error) ||
            ds_gp_likelihood(w->gp[0], f->log_variance, m, &value, slope, error))
            return nn_fail(error, NN_FAILED, "light curve %zu was not fitted", i + 1);
        bool shortest = m < 1e-6 && slope[1] > 0, longest = m > 2 * log(1000) - 1e-6 && slope[1] < 0;
        bool lowest = f->log_variance < f->log_variance_start - 10 + 1e-6 && slope[0] > 0;
        if (!w->settings.fixed &&
            ((fabs(slope[0]) > 1e-3 && !lowest) || (fabs(slope[1]) > 1e-3 && !shortest && !longest)))
            return nn_fail(error, NN_FAILED, "light curve %zu: the fit ended on slopes of %g and %g", i + 1,
                           slope[0], slope[1]);
    }
    return NN_OK;
}

static int measure(bench *self, const char *name, work *w, int threads, nn_error *error)
{
    int code = nn_pool_new(&w->pool, threads, error);
    for (int t = 0; t < threads && !code; t++) {
        w->gp[t] = ds_gp_new(error);
        w->grid[t] = malloc(2 * TIMES * DS_BAND_LIMIT * sizeof(double));
        if (!w->gp[t] || !w->grid[t])
            code = nn_no_memory(error);
    }
    double seconds = NAN, evaluations = 0;
    if (!code) {
        all_objects(w);
        code = verify(w, error);
    }
    if (!code)
        seconds = bench_time(&self->effort, all_objects, w);
    for (size_t i = 0; i < w->curves->count; i++)
        evaluations += fmax(w->fit[i].evaluations, 1);
    for (int t = 0; t < threads; t++) {
        ds_gp_free(w->gp[t]);
        free(w->grid[t]);
        w->gp[t] = NULL;
        w->grid[t] = NULL;
    }
    nn_pool_free(w->pool);
    w->pool = NULL;
    bench_row *row = code ? NULL : bench_add(self, "lightcurves", name, threads);
    if (!row)
        return code ? code : nn_no_memory(error);
    double n = (double)w->curves->count;
    bench_put(row, "points/object", (double)w->curves->points / n, 1);
    bench_put(row, "decompositions/object", evaluations / n, 2);
    bench_put(row, "us/object", seconds / n * 1e6, 1);
    bench_put(row, "objects/s", n / seconds, 0);
    return NN_OK;
}

static int measure_ways(bench *self, const char *source, const curves *c, nn_error *error)
{
    static const struct {
        const char *name;
        bool fixed, variance;
    } ways[] = {{"fitted", false, false},
                {"fitted-variance", false, true},
                {"fixed", true, false},
                {"fixed-variance", true, true}};
    work *w = calloc(1, sizeof *w);
    if (!w)
        return nn_no_memory(error);
    int code = NN_OK;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        for (int t = 0; t < self->thread_count_count && !code; t++) {
            char name[40];
            int threads = self->thread_counts[t] < MOST_THREADS ? self->thread_counts[t] : MOST_THREADS;
            snprintf(name, sizeof name, "gp-%s-%s", source, ways[i].name);
            if (!bench_wants(self, "lightcurves", name) || (code = bench_check_stop(self, error)))
                continue;
            w->curves = c;
            w->settings = ds_gp_defaults;
            w->settings.fixed = ways[i].fixed;
            w->variance = ways[i].variance;
            code = measure(self, name, w, threads, error);
        }
    free(w);
    return code;
}

int bench_lightcurves(bench *self, nn_error *error)
{
    size_t objects = self->quick ? OBJECTS / 20 : OBJECTS;
    curves generated = {0}, real = {0};
    char path[4200] = "";
    int code = bench_classifiers(self, error);
    if (!code)
        code = generate(&generated, objects, error);
    if (!code)
        code = measure_ways(self, "like-spcc", &generated, error);
    if (self->reference)
        snprintf(path, sizeof path, "%.4000s/data/lightcurves/spcc/spcc_lightcurves.csv.gz", self->reference);
    if (!code && *path && access(path, R_OK) == 0) {
        code = read_file(&real, path, objects, error);
        if (!code)
            code = measure_ways(self, "spcc", &real, error);
    }
    curves_clear(&generated);
    curves_clear(&real);
    return code;
}
