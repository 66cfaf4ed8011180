/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation on the way from a model file to a forecast or to classes fails once: the answer is an
 * error and no result, or the right result. The library's source is linked in, so that its calls can be
 * reached. */
#include "api/auspex.h"
#include "forecast/models/registry.h"
#include "forecast/tasks/lightcurves/training/fit.h"
#include "forecast/training/fit.h"
#include "lib/base/shortage.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"
#include "tests/small_model.h"
#include "tests/toy_sky.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);

static long calls, failing; /* failing: the number of the call that fails, 0 for none */
static bool watching;

/* Noted, as by lib/files/watched.c in the library that is installed. */
static bool fails(void)
{
    if (!watching || ++calls != failing)
        return false;
    nn_shortage_note();
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

enum { LOOKBACK = 8, HORIZON = 4, ROWS = 24, NUMBERS = 8 /* compared: forecast or probabilities */ };
static char csv[300], model_path[300], auto_path[300], ets_path[300], output[300], sky[300], redshifts[300],
    classifier_path[300];
static const char before[] = "what was there before\n"; /* in an output */

static void put_object(FILE *file, int n)
{
    const toy_object o = toy_make(n);
    for (int i = 0; i < TOY_POINTS; i++)
        fprintf(file, "toy%d,%.4f,%s,%.4f,%.4f,%d\n", n, o.time[i], o.band[i] ? "r" : "g", o.flux[i],
                o.error[i], o.detected[i]);
}

static void save_classifier(void)
{
    nn_error error = {0};
    ds_bands bands;
    fc_model *model = NULL;
    const fc_class_set classes = {
        .bands = &bands, .classes = TOY_CLASSES, .class_names = toy_names, .redshift = true};
    const fc_kind *kind = fc_kind_find("t2");
    void *config = calloc(1, kind->config_size);
    int code = nn_options_default(kind->options, config, &error);
    static const char *const settings[][2] = {
        {"grid", "12"}, {"d-model", "8"}, {"heads", "2"}, {"d-ff", "8"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings && !code; i++)
        code = nn_option_set(nn_option_find(kind->options, settings[i][0]), config, settings[i][1], &error);
    if (!code)
        code = ds_bands_parse(&bands, "g=4802,r=6231", &error);
    if (!code)
        code = fc_model_new(
            &model, &(fc_request){.kind = kind, .config = config, .objects = &classes, .seed = 1}, &error);
    if (!code)
        code = fc_model_save(model, classifier_path, &error);
    if (code)
        fail_msg("%s", error.text);
    fc_model_free(model);
    nn_options_clear(kind->options, config);
    free(config);
}

static void make_sky(void)
{
    snprintf(sky, sizeof sky, "%s", csv_in_folder("sky.csv"));
    snprintf(classifier_path, sizeof classifier_path, "%s", csv_in_folder("classifier.safetensors"));
    FILE *file = fopen(sky, "w");
    assert_non_null(file);
    fputs("object_id,mjd,band,flux,flux_err,detected\n", file);
    for (int n = 0; n < 2; n++)
        put_object(file, n);
    fclose(file);
    snprintf(redshifts, sizeof redshifts, "%s", csv_in_folder("redshifts.csv"));
    file = fopen(redshifts, "w");
    assert_non_null(file);
    fputs("object_id,hostgal_photoz,hostgal_photoz_err\ntoy0,0.4,0.02\ntoy1,0.9,0.05\n", file);
    fclose(file);
    save_classifier();
}

/* A model that has no network. */
static void save_statistical(const char *name, const char *path, const ds_table *table)
{
    nn_error error = {0};
    ds_split split;
    fc_model *model = NULL;
    const fc_kind *kind = fc_kind_find(name);
    void *config = calloc(1, kind->config_size + 1);
    int code = nn_options_default(kind->options, config, &error);
    if (!code)
        code = ds_split_make("0.7/0.1/0.2", table, &split, &error);
    const fc_request request = {.kind = kind,
                                .config = config,
                                .lookback = LOOKBACK,
                                .horizon = HORIZON,
                                .table = table,
                                .split = &split,
                                .seed = 1,
                                .threads = 1};
    if (!code)
        code = fc_model_new(&model, &request, &error);
    if (!code)
        code = fc_fit(model, &request, &error);
    if (!code)
        code = fc_model_save(model, path, &error);
    if (code)
        fail_msg("%s: %s", name, error.text);
    fc_model_free(model);
    nn_options_clear(kind->options, config);
    free(config);
}

static int make_files(void **state)
{
    (void)state;
    nn_error error = {0};
    ds_table *table;
    snprintf(csv, sizeof csv, "%s", csv_in_folder("data.csv"));
    snprintf(model_path, sizeof model_path, "%s", csv_in_folder("model.safetensors"));
    snprintf(output, sizeof output, "%s", csv_in_folder("out.csv"));
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fputs("date,a,b\n", file);
    for (int r = 0; r < ROWS; r++)
        fprintf(file, "2016-07-01 %02d:00,%d,%d\n", r, r % 5, r % 7);
    fclose(file);
    if (ds_table_read(&table, csv, &(ds_read_options){0}, &error))
        fail_msg("%s", error.text);
    small_model_save(model_path, LOOKBACK, HORIZON, table, NULL);
    snprintf(auto_path, sizeof auto_path, "%s", csv_in_folder("auto.safetensors"));
    snprintf(ets_path, sizeof ets_path, "%s", csv_in_folder("ets.safetensors"));
    save_statistical("auto", auto_path, table);
    save_statistical("ets", ets_path, table);
    ds_table_free(table);
    make_sky();
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

static int use_arrays(double *forecast, auspex_error *error)
{
    static double values[LOOKBACK * 2];
    int64_t time[LOOKBACK];
    for (int r = 0; r < LOOKBACK; r++) {
        time[r] = r * INT64_C(3600000000);
        values[2 * r] = r % 5;
        values[2 * r + 1] = r % 7;
    }
    auspex_model *model;
    int code = auspex_model_open(&model, model_path, error);
    if (!code)
        code = auspex_forecast(model, values, time, LOOKBACK, 0, forecast, NULL, error);
    auspex_model_close(model);
    return code;
}

static void put_before(void)
{
    FILE *file = fopen(output, "w");
    assert_non_null(file);
    fputs(before, file);
    fclose(file);
}

/* The output of a call that ended so: NULL where it failed, which left what was there. */
static FILE *open_output(int code)
{
    FILE *file = fopen(output, "r");
    assert_non_null(file);
    if (!code)
        return file;
    char text[200];
    const size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    assert_string_equal(text, before);
    return NULL;
}

static int forecast_file(const char *path, double *forecast, auspex_error *error)
{
    auspex_model *model;
    put_before();
    int code = auspex_model_open(&model, path, error);
    if (!code)
        code = auspex_forecast_csv(model, csv, 0, output, error);
    auspex_model_close(model);
    FILE *file = open_output(code);
    char line[200];
    for (int h = -1; file && h < HORIZON; h++) {
        assert_non_null(fgets(line, sizeof line, file));
        if (h >= 0)
            assert_int_equal(
                sscanf(line + strlen("2016-07-02 00:00"), ",%lf,%lf", &forecast[2 * h], &forecast[2 * h + 1]),
                2);
    }
    if (file)
        fclose(file);
    return code;
}

static int use_files(double *forecast, auspex_error *error)
{
    return forecast_file(model_path, forecast, error);
}

static int use_auto(double *forecast, auspex_error *error)
{
    return forecast_file(auto_path, forecast, error);
}

static int use_ets(double *forecast, auspex_error *error)
{
    return forecast_file(ets_path, forecast, error);
}

static int classify_toy(auspex_session *session, int n, double *p, auspex_error *error)
{
    const toy_object o = toy_make(n);
    const double redshift[] = {o.redshift, o.redshift_error};
    int band[TOY_POINTS];
    for (int i = 0; i < TOY_POINTS; i++)
        band[i] = o.band[i];
    const auspex_lightcurve curve = {.points = TOY_POINTS,
                                     .time = o.time,
                                     .flux = o.flux,
                                     .error = o.error,
                                     .band = band,
                                     .detected = o.detected,
                                     .redshift = redshift};
    return auspex_classify(session, &curve, p, NULL, error);
}

/* A lack of memory passes: the session then answers as ever. */
static int use_session(double *p, auspex_error *error)
{
    auspex_classifier *classifier;
    auspex_session *session = NULL;
    int code = auspex_classifier_open(&classifier, classifier_path, error);
    if (!code)
        code = auspex_session_open(&session, classifier, error);
    const bool ready = !code;
    if (!code)
        code = classify_toy(session, 0, p, error);
    if (ready && code) {
        double again[TOY_CLASSES];
        assert_int_equal(classify_toy(session, 0, again, NULL), AUSPEX_OK);
    }
    auspex_session_close(session);
    auspex_classifier_close(classifier);
    return code;
}

static int classify_sky(const char *metadata, double *p, auspex_error *error)
{
    auspex_classifier *classifier;
    put_before();
    int code = auspex_classifier_open(&classifier, classifier_path, error);
    if (!code)
        code = auspex_classify_csv(classifier, sky, metadata, output, error);
    auspex_classifier_close(classifier);
    FILE *file = open_output(code);
    char line[200];
    for (int n = -1; file && n < 2; n++) {
        assert_non_null(fgets(line, sizeof line, file));
        if (n >= 0)
            assert_int_equal(
                sscanf(line + strlen("toy0"), ",%lf,%lf,%lf", &p[3 * n], &p[3 * n + 1], &p[3 * n + 2]), 3);
    }
    if (file)
        fclose(file);
    return code;
}

static int use_sky(double *p, auspex_error *error)
{
    return classify_sky(NULL, p, error);
}

static int use_redshifts(double *p, auspex_error *error)
{
    return classify_sky(redshifts, p, error);
}

static void fail_each(int (*use)(double *, auspex_error *))
{
    double want[NUMBERS] = {0};
    auspex_error error = {0};
    if (use(want, &error))
        fail_msg("%s", error.text);
    long refused = 0;
    bool done = false;
    for (failing = 1; !done; failing++) {
        double forecast[NUMBERS] = {0};
        error = (auspex_error){0};
        calls = 0;
        watching = true;
        int code = use(forecast, &error);
        watching = false;
        done = calls < failing; /* that call was not reached */
        refused += code != 0;
        assert_int_equal(error.code, code);
        if (code)
            assert_true(*error.text);
        else
            assert_memory_equal(forecast, want, sizeof want);
    }
    assert_true(refused > 50);
}

static void arrays(void **state)
{
    (void)state;
    fail_each(use_arrays);
}

static void files(void **state)
{
    (void)state;
    fail_each(use_files);
}

static void without_network(void **state)
{
    (void)state;
    fail_each(use_auto);
    fail_each(use_ets);
}

static void sessions(void **state)
{
    (void)state;
    fail_each(use_session);
}

static void skies(void **state)
{
    (void)state;
    fail_each(use_sky);
    fail_each(use_redshifts);
}

static void objects_allocate_nothing_once_warm(void **state)
{
    (void)state;
    auspex_classifier *classifier;
    auspex_session *session;
    double p[TOY_CLASSES];
    assert_int_equal(auspex_classifier_open(&classifier, classifier_path, NULL), AUSPEX_OK);
    assert_int_equal(auspex_session_open(&session, classifier, NULL), AUSPEX_OK);
    failing = calls = 0;
    watching = true;
    long warm = 0;
    for (int round = 0; round < 2; round++) {
        warm = calls;
        for (int n = 0; n < 50; n++)
            assert_int_equal(classify_toy(session, n, p, NULL), AUSPEX_OK);
    }
    watching = false;
    assert_true(warm > 0);
    assert_int_equal(calls, warm);
    auspex_session_close(session);
    auspex_classifier_close(classifier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays),          cmocka_unit_test(files),
        cmocka_unit_test(without_network), cmocka_unit_test(sessions),
        cmocka_unit_test(skies),           cmocka_unit_test(objects_allocate_nothing_once_warm),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
