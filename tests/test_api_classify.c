/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classification in the installed library beside the program, on the bundled sample. */
#include "api/auspex.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"
#include "tests/program.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
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
static char *example;

/* --- fixture --- */

/* Also puts the rows of these objects into a file of their own. */
static void read_sky(const char *sample)
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

static void read_redshifts(void)
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

static void link_for_program(const char *file, const char *name)
{
    char path[600];
    char *whole = realpath(file, NULL);
    snprintf(path, sizeof path, "%s/%s", program_folder(), name);
    assert_non_null(whole);
    assert_int_equal(symlink(whole, path), 0);
    free(whole);
}

static char *program_writes(const char *words)
{
    program_result r = program_run(words, NULL);
    if (r.status)
        fail_msg("auspex %s: %s", words, r.err);
    char *out = r.out;
    r.out = NULL;
    program_result_free(&r);
    return out;
}

static int make_files(void **state)
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

static int remove_files(void **state)
{
    (void)state;
    free(f.objects);
    free(f.with);
    free(f.without);
    csv_remove_folder();
    program_tear_down();
    return 0;
}

static auspex_classifier *open_classifier(void)
{
    auspex_error error = {0};
    auspex_classifier *classifier;
    if (auspex_classifier_open(&classifier, f.model, &error))
        fail_msg("%s", error.text);
    return classifier;
}

static auspex_session *open_session(const auspex_classifier *classifier)
{
    auspex_error error = {0};
    auspex_session *session;
    if (auspex_session_open(&session, classifier, &error))
        fail_msg("%s", error.text);
    return session;
}

static auspex_lightcurve curve_of(const object *o)
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

/* --- classifiers --- */

static void classifiers_describe_themselves(void **state)
{
    (void)state;
    static const double wavelengths[BANDS] = {3685, 4802, 6231, 7542, 8690, 9736};
    auspex_classifier *classifier = open_classifier();
    assert_string_equal(auspex_classifier_kind(classifier), "t2");
    assert_int_equal(auspex_classifier_classes(classifier), CLASSES);
    assert_string_equal(auspex_classifier_class_name(classifier, 0), "AGN");
    assert_string_equal(auspex_classifier_class_name(classifier, CLASSES - 1), "mu-Lens");
    assert_null(auspex_classifier_class_name(classifier, -1));
    assert_null(auspex_classifier_class_name(classifier, CLASSES));
    assert_int_equal(auspex_classifier_bands(classifier), BANDS);
    for (int b = 0; b < BANDS; b++) {
        const char name[] = {"ugrizy"[b], '\0'};
        assert_string_equal(auspex_classifier_band_name(classifier, b), name);
        assert_true(auspex_classifier_band_wavelength(classifier, b) == wavelengths[b]);
        assert_int_equal(auspex_classifier_find_band(classifier, name), b);
    }
    assert_int_equal(auspex_classifier_find_band(classifier, "LSST-r"), 2);
    assert_int_equal(auspex_classifier_find_band(classifier, "Ks"), -1);
    assert_int_equal(auspex_classifier_find_band(classifier, NULL), -1);
    assert_null(auspex_classifier_band_name(classifier, BANDS));
    assert_true(isnan(auspex_classifier_band_wavelength(classifier, -1)));
    assert_int_equal(auspex_classifier_wants_redshift(classifier), 1);
    assert_string_equal(auspex_status_name(AUSPEX_CLASSIFIED), "ok");
    assert_string_equal(auspex_status_name(AUSPEX_CLASSIFIED_WIDE), "wide");
    assert_string_equal(auspex_status_name(AUSPEX_UNDETECTED), "undetected");
    assert_string_equal(auspex_status_name(AUSPEX_EMPTY), "empty");
    assert_string_equal(auspex_status_name(AUSPEX_UNCLASSIFIABLE), "failed");
    assert_null(auspex_status_name(-1));
    assert_null(auspex_status_name(5));
    auspex_classifier_close(classifier);
    auspex_classifier_close(NULL);
    auspex_session_close(NULL);
}

static void refuse_file(const char *path, const char *part)
{
    auspex_error error = {0};
    auspex_classifier *classifier = (auspex_classifier *)&error;
    assert_int_equal(auspex_classifier_open(&classifier, path, &error), AUSPEX_BAD_DATA);
    assert_null(classifier);
    assert_int_equal(error.code, AUSPEX_BAD_DATA);
    if (!strstr(error.text, part))
        fail_msg("'%s' does not hold '%s'", error.text, part);
    assert_int_equal(auspex_classifier_open(&classifier, path, NULL), AUSPEX_BAD_DATA);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    auspex_error error = {0};
    auspex_classifier *classifier;
    auspex_model *model;
    auspex_session *session;
    refuse_file(csv_in_folder("absent.safetensors"), "absent.safetensors");
    refuse_file(f.sky, "sky.csv.gz");
    refuse_file(f.forecasting, "holds a forecasting model (");
    assert_int_equal(auspex_model_open(&model, f.model, &error), AUSPEX_BAD_DATA);
    assert_non_null(strstr(error.text, "holds a classifier of light curves (t2)"));
    assert_null(model);
    assert_int_equal(auspex_classifier_open(&classifier, NULL, &error), AUSPEX_USAGE);
    assert_non_null(strstr(error.text, "path is NULL"));
    assert_int_equal(auspex_classifier_open(NULL, f.model, &error), AUSPEX_USAGE);
    assert_int_equal(auspex_session_open(&session, NULL, &error), AUSPEX_USAGE);
    assert_null(session);
    assert_int_equal(auspex_session_open(NULL, NULL, &error), AUSPEX_USAGE);
}

/* --- arrays --- */

/* The line of the program's table that these numbers are. */
static void print_line(char *line, size_t size, const auspex_classifier *classifier, const char *id,
                       const double *p, const auspex_classification *r)
{
    int n = snprintf(line, size, "%s", id);
    for (int c = 0; c < CLASSES; c++)
        n += r->class_index < 0 ? snprintf(line + n, size - (size_t)n, ",")
                                : snprintf(line + n, size - (size_t)n, ",%.6g", p[c]);
    const char *name = auspex_classifier_class_name(classifier, r->class_index);
    n += snprintf(line + n, size - (size_t)n, ",%s,", name ? name : "");
    if (!isnan(r->novelty))
        n += snprintf(line + n, size - (size_t)n, "%.4f", r->novelty);
    snprintf(line + n, size - (size_t)n, ",%s", auspex_status_name(r->status));
}

static void compare_with_program(const char *table, bool redshifts, int objects)
{
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    char *copy = strdup(table), *rest = copy, line[500];
    assert_non_null(copy);
    strsep(&rest, "\n");
    for (int n = 0; n < objects; n++) {
        auspex_error error = {.code = 5};
        auspex_classification r;
        auspex_lightcurve curve = curve_of(&f.objects[n]);
        double p[CLASSES];
        if (!redshifts)
            curve.redshift = NULL;
        if (auspex_classify(session, &curve, p, &r, &error))
            fail_msg("%s", error.text);
        assert_int_equal(error.code, 5);
        assert_int_equal(r.used, f.objects[n].points);
        print_line(line, sizeof line, classifier, f.objects[n].id, p, &r);
        assert_string_equal(line, strsep(&rest, "\n"));
    }
    assert_true(objects < OBJECTS || *rest == '\0');
    free(copy);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

static void arrays_give_what_the_program_writes(void **state)
{
    (void)state;
    compare_with_program(f.with, true, OBJECTS);
    compare_with_program(f.without, false, 20);
}

typedef struct answer {
    double p[CLASSES];
    auspex_classification r;
} answer;

static answer ask(auspex_session *session, const auspex_lightcurve *curve)
{
    auspex_error error = {0};
    answer a;
    memset(&a, 0, sizeof a);
    if (auspex_classify(session, curve, a.p, &a.r, &error))
        fail_msg("%s", error.text);
    assert_int_equal(auspex_classify(session, curve, NULL, NULL, &error), AUSPEX_OK);
    return a;
}

static void same(const answer *a, const answer *b)
{
    assert_memory_equal(a->p, b->p, sizeof a->p);
    assert_int_equal(a->r.status, b->r.status);
    assert_int_equal(a->r.class_index, b->r.class_index);
    assert_memory_equal(&a->r.novelty, &b->r.novelty, sizeof a->r.novelty);
    assert_int_equal(a->r.used, b->r.used);
}

/* Rows in another order, names in place of indices, points that are left out: the same answer. */
static void forms_of_an_object_make_no_difference(void **state)
{
    (void)state;
    static const char *const names[BANDS + 1] = {"lsstu", "g", "LSST-r", "i", "4", "y", "no filter"};
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    object *turned = calloc(1, sizeof *turned);
    const char *band_names[MOST];
    for (int n = 0; n < 8; n++) {
        const object *o = &f.objects[n];
        auspex_lightcurve curve = curve_of(o);
        const answer want = ask(session, &curve);
        assert_in_range(o->points, 1, MOST - 6);
        *turned = *o;
        for (size_t i = 0; i < o->points; i++) {
            const size_t from = o->points - 1 - i;
            turned->time[i] = o->time[from];
            turned->flux[i] = o->flux[from];
            turned->error[i] = o->error[from];
            turned->detected[i] = o->detected[from];
            band_names[i] = names[turned->band[i] = o->band[from]];
        }
        curve = curve_of(turned);
        answer other = ask(session, &curve);
        same(&want, &other);
        for (size_t i = o->points; i < o->points + 6; i++) {
            turned->time[i] = i == o->points ? NAN : 59000;
            turned->flux[i] = i == o->points + 1 ? INFINITY : 1e6;
            turned->error[i] = i == o->points + 2   ? NAN
                               : i == o->points + 3 ? 0
                               : i == o->points + 4 ? -1
                                                    : 1;
            turned->detected[i] = 1;
            turned->band[i] = i == o->points + 5 ? -1 : 0;
            band_names[i] = names[i == o->points + 5 ? BANDS : 0];
        }
        curve = curve_of(turned);
        curve.points += 6;
        other = ask(session, &curve);
        same(&want, &other);
        curve.band = NULL;
        curve.band_name = band_names;
        curve.id = NULL;
        other = ask(session, &curve);
        same(&want, &other);
    }
    free(turned);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

static void detections_and_redshifts_matter(void **state)
{
    (void)state;
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    const double none[] = {NAN, NAN}, far[] = {2, 0.1};
    unsigned char by_ratio[MOST];
    int by_column = 0;
    for (int n = 0; n < 8; n++) {
        const object *o = &f.objects[n];
        auspex_lightcurve curve = curve_of(o);
        for (size_t i = 0; i < o->points; i++)
            by_ratio[i] = fabs(o->flux[i]) >= 5 * o->error[i];
        curve.redshift = NULL;
        const answer by_survey = ask(session, &curve);
        curve.redshift = none;
        const answer unknown = ask(session, &curve);
        same(&by_survey, &unknown);
        curve.redshift = far;
        const answer distant = ask(session, &curve);
        assert_memory_not_equal(by_survey.p, distant.p, sizeof distant.p);
        curve.detected = by_ratio;
        const answer given = ask(session, &curve);
        curve.detected = NULL;
        const answer found = ask(session, &curve);
        same(&given, &found);
        by_column += memcmp(found.p, distant.p, sizeof found.p) != 0;
    }
    assert_true(by_column > 0);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

static void not_classified(auspex_session *session, const auspex_lightcurve *curve, int status)
{
    const answer a = ask(session, curve);
    assert_int_equal(a.r.status, status);
    assert_int_equal(a.r.class_index, -1);
    assert_true(isnan(a.r.novelty));
    for (int c = 0; c < CLASSES; c++)
        assert_true(isnan(a.p[c]));
}

static void objects_without_an_answer_have_a_status(void **state)
{
    (void)state;
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    object *o = calloc(1, sizeof *o);
    *o = f.objects[0];
    const auspex_lightcurve before = curve_of(&f.objects[1]);
    const answer want = ask(session, &before);
    auspex_lightcurve curve = {0};
    not_classified(session, &curve, AUSPEX_EMPTY);
    curve = curve_of(o);
    memset(o->detected, 0, sizeof o->detected);
    not_classified(session, &curve, AUSPEX_UNDETECTED);
    o->detected[0] = 1;
    o->flux[0] = 1e300;
    not_classified(session, &curve, AUSPEX_UNCLASSIFIABLE);
    *o = f.objects[0];
    o->redshift[0] = 1e300;
    not_classified(session, &curve, AUSPEX_UNCLASSIFIABLE);
    for (size_t i = 0; i < o->points; i++)
        o->band[i] = -1;
    not_classified(session, &curve, AUSPEX_EMPTY);
    const answer after = ask(session, &before);
    same(&want, &after);
    free(o);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

/* The call fails and writes nothing, and the session goes on as before. */
static void refuse(auspex_session *session, const auspex_lightcurve *curve, int code, const char *part)
{
    auspex_error error = {0};
    answer a, before;
    memset(&before, 0x5a, sizeof before);
    memset(&a, 0x5a, sizeof a);
    assert_int_equal(auspex_classify(session, curve, a.p, &a.r, &error), code);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, part))
        fail_msg("'%s' does not hold '%s'", error.text, part);
    assert_memory_equal(&a, &before, sizeof a);
    assert_int_equal(auspex_classify(session, curve, NULL, NULL, NULL), code);
}

static void arrays_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    const auspex_lightcurve good = curve_of(&f.objects[0]);
    const answer want = ask(session, &good);
    const char *names[MOST] = {"u", "g", NULL};
    int band[MOST] = {0, 1, 5, BANDS};
    const double infinite[] = {0.1, INFINITY};
    auspex_lightcurve curve;
    refuse(NULL, &good, AUSPEX_USAGE, "session is NULL");
    refuse(session, NULL, AUSPEX_USAGE, "lightcurve is NULL");
    curve = good;
    curve.time = NULL;
    refuse(session, &curve, AUSPEX_USAGE, "time is NULL");
    curve = good;
    curve.flux = NULL;
    refuse(session, &curve, AUSPEX_USAGE, "flux is NULL");
    curve = good;
    curve.error = NULL;
    refuse(session, &curve, AUSPEX_USAGE, "error is NULL");
    curve = good;
    curve.band = NULL;
    refuse(session, &curve, AUSPEX_USAGE, "band and band_name are both NULL");
    curve.band_name = names;
    refuse(session, &curve, AUSPEX_BAD_DATA, "band_name: point 2 has NULL");
    curve = good;
    curve.band = band;
    refuse(session, &curve, AUSPEX_BAD_DATA, "band: point 3 has 6; expected 0 to 5");
    band[1] = -2;
    refuse(session, &curve, AUSPEX_BAD_DATA, "band: point 1 has -2");
    curve = good;
    curve.redshift = infinite;
    refuse(session, &curve, AUSPEX_BAD_DATA, "redshift: number 1 is infinite");
    curve = good;
    curve.points = (size_t)INT32_MAX + 1;
    refuse(session, &curve, AUSPEX_USAGE, "2147483648 points");
    const answer after = ask(session, &good);
    same(&want, &after);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

/* --- files --- */

static void holds(const char *path, const char *want)
{
    size_t size = strlen(want);
    char *text = malloc(size + 2);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, size + 1, file), size);
    assert_memory_equal(text, want, size);
    fclose(file);
    free(text);
}

static void files_give_the_bytes_of_the_program(void **state)
{
    (void)state;
    char output[300];
    auspex_error error = {0};
    auspex_classifier *classifier = open_classifier();
    snprintf(output, sizeof output, "%s", csv_in_folder("classes.csv"));
    if (auspex_classify_csv(classifier, f.sky, f.meta, output, &error))
        fail_msg("%s", error.text);
    holds(output, f.with);
    if (auspex_classify_csv(classifier, f.sky, NULL, output, &error))
        fail_msg("%s", error.text);
    holds(output, f.without);
    /* A program's own locale is no matter, where this one is there to try. */
    if (setlocale(LC_ALL, "de_DE.UTF-8")) {
        assert_int_equal(auspex_classify_csv(classifier, f.sky, f.meta, output, &error), AUSPEX_OK);
        setlocale(LC_ALL, "C");
        holds(output, f.with);
    }
    auspex_classifier_close(classifier);
}

static void refuse_csv(const auspex_classifier *classifier, const char *csv, const char *meta,
                       const char *output, int code, const char *part)
{
    auspex_error error = {0};
    assert_int_equal(auspex_classify_csv(classifier, csv, meta, output, &error), code);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, part))
        fail_msg("'%s' does not hold '%s'", error.text, part);
    assert_int_equal(auspex_classify_csv(classifier, csv, meta, output, NULL), code);
    assert_int_not_equal(output ? access(output, F_OK) : -1, 0);
}

static void files_that_cannot_be_used_are_refused(void **state)
{
    (void)state;
    char output[300], absent[300], nowhere[300], csv[300];
    auspex_classifier *classifier = open_classifier();
    snprintf(output, sizeof output, "%s", csv_in_folder("none.csv"));
    snprintf(absent, sizeof absent, "%s", csv_in_folder("absent.csv"));
    snprintf(nowhere, sizeof nowhere, "%s", csv_in_folder("no/none.csv"));
    snprintf(csv, sizeof csv, "%s",
             csv_write("object_id,mjd,band,flux,flux_err\na,59000,g,5,1\na,59001,g,x,1\n"));
    refuse_csv(NULL, f.sky, NULL, output, AUSPEX_USAGE, "classifier is NULL");
    refuse_csv(classifier, NULL, NULL, output, AUSPEX_USAGE, "csv_path is NULL");
    refuse_csv(classifier, f.sky, NULL, NULL, AUSPEX_USAGE, "output_path is NULL");
    refuse_csv(classifier, absent, NULL, output, AUSPEX_BAD_DATA, "absent.csv");
    refuse_csv(classifier, f.sky, absent, output, AUSPEX_BAD_DATA, "absent.csv");
    refuse_csv(classifier, f.sky, f.sky, output, AUSPEX_BAD_DATA, "redshift");
    refuse_csv(classifier, csv, NULL, output, AUSPEX_BAD_DATA, "t.csv:3:4");
    refuse_csv(classifier, f.model, NULL, output, AUSPEX_BAD_DATA, "simulated_t2.safetensors");
    refuse_csv(classifier, f.sky, NULL, nowhere, AUSPEX_FAILED, "no/none.csv");
    auspex_classifier_close(classifier);
}

/* No result takes the place of what it is made from. */
static void inputs_are_not_written_over(void **state)
{
    (void)state;
    char data[300], name[300];
    auspex_error error = {0};
    const char *text = "object_id,mjd,band,flux,flux_err\na,59000,g,5,1\na,59001,g,6,1\n";
    auspex_classifier *classifier = open_classifier();
    snprintf(data, sizeof data, "%s", csv_write(text));
    snprintf(name, sizeof name, "%s", csv_in_folder("again.csv"));
    assert_int_equal(symlink(data, name), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(auspex_classify_csv(classifier, data, NULL, i ? name : data, &error), AUSPEX_FAILED);
        assert_non_null(strstr(error.text, "is read and would be written over"));
        holds(data, text);
    }
    unlink(name);
    auspex_classifier_close(classifier);
}

/* What only looks takes a classifier that is not there for one without anything. */
static void accessors_take_null(void **state)
{
    auspex_classifier *classifier = open_classifier();
    auspex_error error = {0};
    (void)state;
    assert_null(auspex_classifier_kind(NULL));
    assert_null(auspex_classifier_class_name(NULL, 0));
    assert_null(auspex_classifier_band_name(NULL, 0));
    assert_int_equal(auspex_classifier_classes(NULL) + auspex_classifier_bands(NULL) +
                         auspex_classifier_wants_redshift(NULL),
                     0);
    assert_true(isnan(auspex_classifier_band_wavelength(NULL, 0)));
    assert_int_equal(auspex_classifier_find_band(NULL, "g"), -1);
    assert_int_equal(auspex_classifier_find_band(classifier, NULL), -1);
    auspex_classifier_close(classifier);
    assert_int_equal(auspex_classifier_open(&classifier, "", &error), AUSPEX_BAD_DATA);
    assert_non_null(strstr(error.text, "an empty name"));
}

/* --- threads --- */

enum { SHARED = 16 };
typedef struct share {
    const auspex_classifier *classifier;
    const answer *want;
    char sky[300], output[300];
    int first, failed, differing;
} share;

static void *classify_often(void *argument)
{
    share *s = argument;
    auspex_error error = {0};
    auspex_session *session;
    if (auspex_session_open(&session, s->classifier, &error)) {
        s->failed = 1;
        return NULL;
    }
    for (int i = 0; i < SHARED; i++) {
        const int n = (s->first + i) % SHARED;
        const auspex_lightcurve curve = curve_of(&f.objects[n]);
        answer a;
        s->failed += auspex_classify(session, &curve, a.p, &a.r, &error) != AUSPEX_OK;
        s->differing += memcmp(a.p, s->want[n].p, sizeof a.p) != 0;
        s->differing += memcmp(&a.r.novelty, &s->want[n].r.novelty, sizeof a.r.novelty) != 0;
    }
    s->failed += auspex_classify_csv(s->classifier, s->sky, f.meta, s->output, &error) != AUSPEX_OK;
    auspex_session_close(session);
    return NULL;
}

static void threads_share_a_classifier(void **state)
{
    (void)state;
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    static share shares[THREADS];
    static answer want[SHARED];
    char sky[300], name[32];
    auspex_classifier *classifier = open_classifier();
    auspex_session *session = open_session(classifier);
    snprintf(sky, sizeof sky, "%s", csv_in_folder("sky.csv"));
    FILE *file = fopen(sky, "w");
    assert_non_null(file);
    fputs("object_id,mjd,passband,flux,flux_err,detected\n", file);
    for (int n = 0; n < SHARED; n++) {
        const object *o = &f.objects[n];
        const auspex_lightcurve curve = curve_of(o);
        want[n] = ask(session, &curve);
        for (size_t i = 0; i < o->points; i++)
            fprintf(file, "%s,%.17g,%d,%.17g,%.17g,%d\n", o->id, o->time[i], o->band[i], o->flux[i],
                    o->error[i], o->detected[i]);
    }
    fclose(file);
    for (int t = 0; t < THREADS; t++) {
        snprintf(name, sizeof name, "thread%d.csv", t);
        shares[t] = (share){.classifier = classifier, .want = want, .first = 5 * t};
        snprintf(shares[t].sky, sizeof shares[t].sky, "%s", sky);
        snprintf(shares[t].output, sizeof shares[t].output, "%s", csv_in_folder(name));
        assert_int_equal(pthread_create(&threads[t], NULL, classify_often, &shares[t]), 0);
    }
    const char *end = f.with;
    for (int n = 0; n <= SHARED; n++)
        end = strchr(end, '\n') + 1;
    char *part = strndup(f.with, (size_t)(end - f.with));
    for (int t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
        assert_int_equal(shares[t].failed, 0);
        assert_int_equal(shares[t].differing, 0);
        holds(shares[t].output, part);
    }
    free(part);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

/* --- the example --- */

static void the_example_classifies(void **state)
{
    (void)state;
    char command[1500], line[200];
    double sum = 0, p;
    auspex_classifier *classifier = open_classifier();
    snprintf(command, sizeof command, "'%s' '%s'", example, f.model);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (int c = 0; c < CLASSES; c++) {
        const char *name = auspex_classifier_class_name(classifier, c);
        assert_non_null(fgets(line, sizeof line, pipe));
        assert_int_equal(strncmp(line, name, strlen(name)), 0);
        assert_int_equal(sscanf(line + strlen(name), ",%lf", &p), 1);
        sum += p;
    }
    assert_true(fabs(sum - 1) < 1e-4);
    assert_non_null(fgets(line, sizeof line, pipe));
    assert_int_equal(sscanf(line, "novelty,%lf", &p), 1);
    assert_non_null(fgets(line, sizeof line, pipe));
    assert_string_equal(line, "status,ok\n");
    assert_int_equal(pclose(pipe), 0);
    snprintf(command, sizeof command, "'%s' '%s' 2>&1", example, f.meta);
    assert_non_null(pipe = popen(command, "r"));
    assert_non_null(fgets(line, sizeof line, pipe));
    assert_non_null(strstr(line, "simulated_lightcurves_metadata.csv"));
    assert_int_not_equal(pclose(pipe), 0);
    auspex_classifier_close(classifier);
}

int main(int count, char **arguments)
{
    /* The program's tests run in a folder of their own. */
    example = count == 3 ? realpath(arguments[1], NULL) : NULL;
    if (!example || program_set_up(arguments[2])) {
        fputs("usage: test_api_classify EXAMPLE PROGRAM\n", stderr);
        return 2;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classifiers_describe_themselves),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(arrays_give_what_the_program_writes),
        cmocka_unit_test(forms_of_an_object_make_no_difference),
        cmocka_unit_test(detections_and_redshifts_matter),
        cmocka_unit_test(objects_without_an_answer_have_a_status),
        cmocka_unit_test(arrays_that_make_no_sense_are_refused),
        cmocka_unit_test(files_give_the_bytes_of_the_program),
        cmocka_unit_test(files_that_cannot_be_used_are_refused),
        cmocka_unit_test(inputs_are_not_written_over),
        cmocka_unit_test(accessors_take_null),
        cmocka_unit_test(threads_share_a_classifier),
        cmocka_unit_test(the_example_classifies),
    };
    const int failed = cmocka_run_group_tests(tests, make_files, remove_files);
    free(example);
    return failed;
}
