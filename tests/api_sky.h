/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bundled survey and its classifier, for the installed library and for the program. */
#ifndef TESTS_API_SKY_H
#define TESTS_API_SKY_H

#include "api/auspex.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"
#include "tests/program.h"

#include <math.h>
#include <stdbool.h>

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
enum { OBJECTS = 20 }; /* the sample's first: sanitizers are slow */
#else
enum { OBJECTS = 350 };
#endif
enum { MOST = 1200, CLASSES = 14, BANDS = 6 };

/* As the sample's file has it. */
typedef struct object {
    char id[16];
    size_t points;
    double time[MOST], flux[MOST], error[MOST], redshift[2];
    int band[MOST];
    unsigned char detected[MOST];
} object;

static struct fixture {
    char sky[600], meta[600], model[600], prices[600], forecasting[600];
    object *objects;
    char *with, *without; /* what the program writes, with metadata and without */
} f;

/* --- fixture --- */

/* Also puts the rows of these objects into a file of their own. */
static inline void read_sky(const char *sample)
{
    char line[300], id[16];
    double time, flux, error;
    int band, detected, n = -1;
    gzFile file = gzopen(sample, "rb"), copy = gzopen(f.sky, "wb");
    assert_non_null(file);
    assert_non_null(copy);
    assert_non_null(gzgets(file, line, sizeof line));
    assert_string_equal(line, "object_id,mjd,passband,flux,flux_err,detected\n");
    gzputs(copy, line);
    while (gzgets(file, line, sizeof line)) {
        assert_int_equal(
            sscanf(line, "%15[^,],%lf,%d,%lf,%lf,%d", id, &time, &band, &flux, &error, &detected), 6);
        const bool next = n < 0 || strcmp(id, f.objects[n].id) != 0;
        if (next && n + 1 == OBJECTS)
            break;
        if (next)
            strcpy(f.objects[++n].id, id);
        gzputs(copy, line);
        object *o = &f.objects[n];
        assert_true(o->points < MOST);
        o->time[o->points] = time;
        o->flux[o->points] = flux;
        o->error[o->points] = error;
        o->band[o->points] = band;
        o->detected[o->points++] = (unsigned char)detected;
    }
    gzclose(file);
    assert_int_equal(gzclose(copy), Z_OK);
    assert_int_equal(n, OBJECTS - 1);
}

static inline void read_redshifts(void)
{
    char line[300];
    FILE *file = fopen(f.meta, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    for (int n = 0; n < OBJECTS; n++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(sscanf(line, "%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%lf,%lf", &f.objects[n].redshift[0],
                                &f.objects[n].redshift[1]),
                         2);
    }
    fclose(file);
}

static inline void link_for_program(const char *file, const char *name)
{
    char path[600];
    char *whole = realpath(file, NULL);
    snprintf(path, sizeof path, "%s/%s", program_folder(), name);
    assert_non_null(whole);
    assert_int_equal(symlink(whole, path), 0);
    free(whole);
}

static inline char *program_writes(const char *words)
{
    program_result r = program_run(words, NULL);
    if (r.status)
        fail_msg("auspex %s: %s", words, r.err);
    char *out = r.out;
    r.out = NULL;
    program_result_free(&r);
    return out;
}

static inline int make_files(void **state)
{
    (void)state;
    const char *source = getenv("AUSPEX_SOURCE"), *root = source ? source : "..";
    const char *samples = "datasets/samples/simulated";
    char sample[600];
    snprintf(sample, sizeof sample, "%s/%s_lightcurves.csv.gz", root, samples);
    snprintf(f.sky, sizeof f.sky, "%s", csv_in_folder("sky.csv.gz"));
    snprintf(f.meta, sizeof f.meta, "%s/%s_lightcurves_metadata.csv", root, samples);
    snprintf(f.model, sizeof f.model, "%s/%s_t2.safetensors", root, samples);
    snprintf(f.prices, sizeof f.prices, "%s/tests/fuzz/corpus/model/prices.safetensors", root);
    snprintf(f.forecasting, sizeof f.forecasting, "%s/tests/fuzz/corpus/model/tiny.safetensors", root);
    f.objects = calloc(OBJECTS, sizeof *f.objects);
    assert_non_null(f.objects);
    read_sky(sample);
    read_redshifts();
    link_for_program(f.sky, "sky.csv.gz");
    link_for_program(f.meta, "meta.csv");
    link_for_program(f.model, "t2.safetensors");
    f.with = program_writes("classify sky.csv.gz t2.safetensors --metadata meta.csv --threads 1 -q");
    f.without = program_writes("classify sky.csv.gz t2.safetensors --threads 1 -q");
    return 0;
}

static inline int remove_files(void **state)
{
    (void)state;
    free(f.objects);
    free(f.with);
    free(f.without);
    csv_remove_folder();
    program_tear_down();
    return 0;
}

static inline auspex_classifier *open_classifier(void)
{
    auspex_error error = {0};
    auspex_classifier *classifier;
    if (auspex_classifier_open(&classifier, f.model, &error))
        fail_msg("%s", error.text);
    return classifier;
}

static inline auspex_session *open_session(const auspex_classifier *classifier)
{
    auspex_error error = {0};
    auspex_session *session;
    if (auspex_session_open(&session, classifier, &error))
        fail_msg("%s", error.text);
    return session;
}

static inline auspex_lightcurve curve_of(const object *o)
{
    return (auspex_lightcurve){.id = o->id,
                               .points = o->points,
                               .time = o->time,
                               .flux = o->flux,
                               .error = o->error,
                               .band = o->band,
                               .detected = o->detected,
                               .redshift = o->redshift};
}

typedef struct answer {
    double p[CLASSES];
    auspex_classification r;
} answer;

static inline answer ask(auspex_session *session, const auspex_lightcurve *curve)
{
    auspex_error error = {0};
    answer a;
    memset(&a, 0, sizeof a);
    if (auspex_classify(session, curve, a.p, &a.r, &error))
        fail_msg("%s", error.text);
    assert_int_equal(auspex_classify(session, curve, NULL, NULL, &error), AUSPEX_OK);
    return a;
}

#endif
