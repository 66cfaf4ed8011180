/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classification in the installed library beside the program, on the bundled sample: classifiers, files,
 * threads. */
#include "tests/api_sky.h"

#include <locale.h>
#include <pthread.h>

static char *example;

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
