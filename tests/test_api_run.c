/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands in the installed library, on tables in memory, beside the program on files of the same values. */
#include "api/auspex.h"
#include "datasets/lightcurves/gp.h"
#include "tests/cmocka_all.h"
#include "tests/program.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { SERIES = 3, ROWS = 60, LONG_ROWS = SERIES * ROWS, MOST_OPTIONS = 12 };

static const char *const ids[SERIES] = {"north", "west, lower", "south"};
static const int64_t day = INT64_C(86400000000);

/* The same rows long, series by series, and wide; the file has them with 17 digits. */
static struct fixture {
    double y[LONG_ROWS], wide[ROWS * SERIES];
    int code[LONG_ROWS];
    int64_t time[LONG_ROWS];
} f;

static void put_long(FILE *out)
{
    fputs("unique_id,ds,y\n", out);
    for (int r = 0; r < LONG_ROWS; r++)
        fprintf(out, "\"%s\",2020-%02d-%02d,%.17g\n", ids[f.code[r]], 1 + r % ROWS / 28, 1 + r % ROWS % 28,
                f.y[r]);
}

/* Days of months of 28 days: where two months meet there is a gap, which is kept. */
static int64_t stamp(int row)
{
    static const int first[] = {18262, 18293, 18322}; /* days since 1970 of the first three months of 2020 */
    return day * (first[row / 28] + row % 28);
}

static int set_up(void **state)
{
    (void)state;
    for (int s = 0; s < SERIES; s++)
        for (int t = 0; t < ROWS; t++) {
            const int r = s * ROWS + t;
            f.code[r] = s;
            f.time[r] = stamp(t);
            f.y[r] = 50 * (s + 1) + 10 * sin(t * 0.8976) + fmod(7.77 * t * (s + 1), 3);
            f.wide[t * SERIES + s] = f.y[r];
        }
    program_fill("long.csv", put_long);
    return 0;
}

static auspex_frame long_frame(auspex_column columns[2])
{
    columns[0] = (auspex_column){.name = "unique_id", .code = f.code, .word = ids, .words = SERIES};
    columns[1] = (auspex_column){.name = "y", .value = f.y, .stride = 1};
    return (auspex_frame){"long.csv", LONG_ROWS, "ds", f.time, 0, 2, columns};
}

static auspex_frame wide_frame(auspex_column columns[SERIES])
{
    for (int s = 0; s < SERIES; s++)
        columns[s] = (auspex_column){.name = ids[s], .value = f.wide + s, .stride = SERIES};
    return (auspex_frame){"wide", ROWS, "ds", f.time, 0, SERIES, columns};
}

/* words: "horizon 6 round", values behind the names that have one, marked by '='. */
static size_t split_options(auspex_option *options, char *words)
{
    size_t n = 0;
    for (char *word; (word = strsep(&words, " "));) {
        char *value = strchr(word, '=');
        if (value)
            *value++ = '\0';
        options[n++] = (auspex_option){word, value};
    }
    return n;
}

static bool alone = true; /* no other thread is at work */

/* Printing nothing. */
static int run_silent(auspex_result **result, const auspex_job *job, auspex_error *error)
{
    char path[700];
    size_t size = 1;
    if (!alone)
        return auspex_run(result, job, error);
    snprintf(path, sizeof path, "%s/printed", program_folder());
    fflush(stdout);
    const int kept = dup(STDOUT_FILENO), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(kept >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0);
    const int code = auspex_run(result, job, error);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    close(kept);
    close(file);
    free(program_read("printed", &size));
    assert_int_equal(size, 0);
    return code;
}

static int run(auspex_result **result, const char *command, const auspex_frame *frame, const char *words,
               auspex_job *more, auspex_error *error)
{
    char text[300];
    auspex_option options[MOST_OPTIONS];
    snprintf(text, sizeof text, "%s", words);
    auspex_job job = more ? *more : (auspex_job){0};
    const char *operands[2] = {frame->name, job.operand ? job.operand[0] : NULL};
    job.command = command;
    job.operand = operands;
    job.operands = operands[1] ? 2 : 1;
    job.option = options;
    job.options = *words ? split_options(options, text) : 0;
    job.frame = frame;
    job.frames = 1;
    return run_silent(result, &job, error);
}

static auspex_result *expect(const char *command, const auspex_frame *frame, const char *words,
                             auspex_job *more)
{
    auspex_error error = {0};
    auspex_result *result;
    if (run(&result, command, frame, words, more, &error))
        fail_msg("%s", error.text);
    return result;
}

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *document = json_loads(text, JSON_DISABLE_EOF_CHECK, &error);
    if (!document)
        fail_msg("%s", error.text);
    return document;
}

/* As the program prints it. */
static double shown(double value, int digits)
{
    char text[40];
    snprintf(text, sizeof text, "%.*g", digits, value);
    return strtod(text, NULL);
}

static void assert_band(const auspex_result *result, int series, const char *key, const json_t *values)
{
    const int steps = auspex_result_steps(result), count = auspex_result_series(result);
    int band = 0;
    while (*key && strcmp(auspex_result_band_name(result, band) + 1, key) != 0)
        assert_true(++band < auspex_result_bands(result));
    assert_int_equal(json_array_size(values), steps);
    for (int i = 0; i < steps; i++)
        assert_true(shown(auspex_result_values(result, band)[i * count + series], 15) ==
                    json_number_value(json_array_get(values, (size_t)i)));
}

/* --- forecasts --- */

static void forecasts_are_those_of_the_program(void **state)
{
    (void)state;
    auspex_column columns[2];
    const auspex_frame frame = long_frame(columns);
    auspex_result *result = expect("forecast", &frame, "horizon=5 level=80 on-gap=keep samples=2", NULL);
    program_result said =
        program_expect("forecast long.csv --horizon 5 --level 80 --on-gap keep --samples 2 --json", 0);
    json_t *document = parse(said.out), *series = json_object_get(document, "series");
    assert_string_equal(auspex_result_kind(result), "auto");
    assert_string_equal(auspex_result_frequency(result), "d");
    assert_int_equal(auspex_result_series(result), SERIES);
    assert_int_equal(auspex_result_bands(result), 5);
    for (int s = 0; s < SERIES; s++) {
        json_t *one = json_array_get(series, (size_t)s);
        assert_string_equal(auspex_result_series_name(result, s), ids[s]);
        assert_string_equal(json_string_value(json_object_get(one, "name")), ids[s]);
        assert_band(result, s, "", json_object_get(one, "values"));
        assert_band(result, s, "lo-80", json_object_get(one, "lo-80"));
        assert_band(result, s, "sample-2", json_object_get(one, "sample-2"));
        for (int i = 0; i < 5; i++)
            assert_true(auspex_result_time_us(result)[i * SERIES + s] == f.time[ROWS - 1] + (i + 1) * day);
    }
    json_decref(document);
    program_result_free(&said);
    auspex_result_free(result);
}

static void wide_tables_are_long_ones(void **state)
{
    (void)state;
    auspex_column two[2], three[SERIES];
    const auspex_frame along = long_frame(two), across = wide_frame(three);
    auspex_result *a = expect("forecast", &along, "horizon=4 model=theta on-gap=keep", NULL),
                  *b = expect("forecast", &across, "horizon=4 model=theta on-gap=keep", NULL);
    for (int i = 0; i < 4 * SERIES; i++)
        assert_true(auspex_result_values(a, 0)[i] == auspex_result_values(b, 0)[i]);
    assert_null(auspex_result_values(a, 1));
    assert_null(auspex_result_json(a));
    auspex_result_free(a);
    auspex_result_free(b);
}

/* --- models --- */

/* The model trained in memory is scored as the program's is, whose file differs in what it says of the data
 * alone. */
static void models_stay_in_memory(void **state)
{
    (void)state;
    auspex_column columns[2];
    const auspex_frame frame = long_frame(columns);
    auspex_file model = {.name = "m.safetensors"};
    auspex_job job = {.file = &model, .files = 1};
    auspex_result *made =
        expect("train", &frame,
               "model=itransformer epochs=2 lookback=8 horizon=4 d-model=16 heads=2 on-gap=keep "
               "output=m.safetensors force",
               &job);
    size_t size = 0;
    model.bytes = auspex_result_file(made, "m.safetensors", &size);
    model.size = size;
    assert_non_null(model.bytes);
    assert_null(auspex_result_file(made, "another", NULL));
    auspex_model *open;
    auspex_error error = {0};
    assert_int_equal(auspex_model_open_bytes(&open, NULL, model.bytes, size, &error), AUSPEX_OK);
    assert_int_equal(auspex_model_lookback(open), 8);
    auspex_model_close(open);
    assert_int_equal(auspex_model_open_bytes(&open, "short", model.bytes, 100, &error), AUSPEX_BAD_DATA);
    assert_non_null(strstr(error.text, "short"));
    const char *const operand[] = {"m.safetensors"};
    job.operand = operand;
    auspex_result *scores = expect("evaluate", &frame, "on-gap=keep", &job);
    program_discard(program_expect("train long.csv --model itransformer --epochs 2 --lookback 8 --horizon 4 "
                                   "--d-model 16 --heads 2 --on-gap keep -o m.safetensors",
                                   0));
    program_result said = program_expect("evaluate long.csv m.safetensors --json", 0);
    json_t *ours = parse(auspex_result_json(scores)), *theirs = parse(said.out);
    json_t *a = json_array_get(json_object_get(ours, "scores"), 0),
           *b = json_array_get(json_object_get(theirs, "scores"), 0);
    const char *key;
    json_t *value;
    int numbers = 0;
    json_object_foreach(b, key, value) if (json_is_real(value))
    {
        assert_true(shown(json_real_value(json_object_get(a, key)), 12) == json_real_value(value));
        numbers++;
    }
    assert_true(numbers > 5);
    json_decref(ours);
    json_decref(theirs);
    program_result_free(&said);
    auspex_result_free(made);
    auspex_result_free(scores);
    assert_int_equal(auspex_model_open_bytes(&open, NULL, NULL, 0, &error), AUSPEX_USAGE);
}

static int after_some(void *context, int what, const char *text)
{
    int *steps = context;
    assert_non_null(text);
    return what == AUSPEX_LINE && strstr(text, "  best") && ++*steps > 1;
}

static void callers_stop_work(void **state)
{
    (void)state;
    auspex_column columns[SERIES];
    const auspex_frame frame = wide_frame(columns);
    auspex_file model = {.name = "m"};
    int steps = 0;
    auspex_job job = {.file = &model, .files = 1, .report = after_some, .context = &steps};
    auspex_error error = {0};
    auspex_result *result;
    assert_int_equal(
        run(&result, "train", &frame,
            "model=itransformer epochs=1000 patience=1000 lookback=8 horizon=4 d-model=16 on-gap=keep "
            "learning-rate=1e-4 output=m force",
            &job, &error),
        AUSPEX_STOPPED);
    assert_non_null(auspex_result_file(result, "m", NULL)); /* the best so far */
    auspex_result_free(result);
}

/* --- what is refused --- */

static void refused(const auspex_frame *frame, const char *words, int code, const char *said)
{
    auspex_error error = {0};
    auspex_result *result = (auspex_result *)&error;
    assert_int_equal(run(&result, "forecast", frame, words, NULL, &error), code);
    assert_null(result);
    if (!strstr(error.text, said))
        fail_msg("'%s' does not say '%s'", error.text, said);
}

static void faults_are_told(void **state)
{
    (void)state;
    auspex_column columns[2];
    auspex_frame frame = long_frame(columns);
    double *values = malloc(sizeof f.y);
    auspex_error error = {0};
    auspex_result *result;
    refused(&frame, "horizon=5 on-gap=keep hrizon=3", AUSPEX_USAGE, "--hrizon");
    refused(&frame, "plot=x.png", AUSPEX_USAGE, "--plot is an option of the program");
    refused(&frame, "output=-", AUSPEX_USAGE, "standard output");
    refused(&frame, "on-gap=error horizon=5", AUSPEX_BAD_DATA, "missing between 2020-01-28 and 2020-02-01");
    assert_non_null(values);
    memcpy(values, f.y, sizeof f.y);
    values[70] = INFINITY;
    columns[1].value = values;
    refused(&frame, "on-gap=keep", AUSPEX_BAD_DATA, "long.csv:72:3: 'inf' is not a finite number");
    values[70] = 1;
    f.code[5] = -1;
    refused(&frame, "on-gap=keep", AUSPEX_BAD_DATA, "names no series");
    f.code[5] = 0;
    free(values);
    frame.columns = 0;
    refused(&frame, "", AUSPEX_USAGE, "0 columns");
    assert_int_equal(auspex_run(&result, &(auspex_job){.command = "forcast"}, &error), AUSPEX_USAGE);
    assert_non_null(strstr(error.text, "forecast"));
    assert_int_equal(auspex_run(&result, &(auspex_job){0}, &error), AUSPEX_USAGE);
    assert_int_equal(auspex_run(NULL, &(auspex_job){.command = "forecast"}, &error), AUSPEX_USAGE);
    assert_null(auspex_result_json(NULL));
    auspex_result_free(NULL);
}

/* --- threads --- */

static void *forecast_alone(void *argument)
{
    auspex_column columns[SERIES];
    const auspex_frame frame = wide_frame(columns);
    *(auspex_result **)argument =
        expect("forecast", &frame, "horizon=4 on-gap=keep threads=1 model=ets", NULL);
    return NULL;
}

static void threads_do_not_meet(void **state)
{
    (void)state;
    pthread_t threads[2];
    auspex_result *results[2];
    alone = false;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, forecast_alone, &results[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    alone = true;
    for (int c = 0; c < 4 * SERIES; c++)
        assert_true(auspex_result_values(results[0], 0)[c] == auspex_result_values(results[1], 0)[c]);
    auspex_result_free(results[0]);
    auspex_result_free(results[1]);
}

/* --- Gaussian processes --- */

static void processes_are_read_anywhere(void **state)
{
    (void)state;
    enum { POINTS = 20, PLACES = 3 };
    double time[POINTS], wavelength[POINTS], flux[POINTS], errors[POINTS];
    const double at[PLACES] = {3, 8.5, 40}, there[PLACES] = {6223, 4827, 6223};
    double mean[PLACES], variance[PLACES], inner[PLACES], own[PLACES];
    for (int i = 0; i < POINTS; i++) {
        time[i] = i;
        wavelength[i] = i % 2 ? 6223 : 4827;
        flux[i] = 100 * exp(-(i - 8.0) * (i - 8.0) / 20);
        errors[i] = 2;
    }
    auspex_gp_fit fit;
    auspex_error error = {0};
    assert_int_equal(
        auspex_gp(time, wavelength, flux, errors, POINTS, at, there, PLACES, mean, variance, &fit, &error),
        0);
    ds_gp *gp = ds_gp_new(NULL);
    ds_gp_fit found;
    assert_int_equal(ds_gp_fit_points(gp, &(ds_gp_points){NULL, time, wavelength, flux, errors, POINTS}, NULL,
                                      &found, NULL),
                     0);
    assert_int_equal(ds_gp_predict(gp, at, there, PLACES, inner, own, NULL), 0);
    ds_gp_free(gp);
    for (int i = 0; i < PLACES; i++) {
        assert_true(mean[i] == inner[i]);
        assert_true(variance[i] == own[i]);
    }
    assert_true(fit.length == found.length && fit.settled);
    assert_true(variance[2] > variance[1]);
    errors[3] = -1;
    assert_int_equal(
        auspex_gp(time, wavelength, flux, errors, POINTS, at, there, PLACES, mean, NULL, NULL, &error),
        AUSPEX_BAD_DATA);
    assert_int_equal(auspex_gp(time, NULL, flux, errors, POINTS, at, there, PLACES, mean, NULL, NULL, &error),
                     AUSPEX_USAGE);
    assert_int_equal(auspex_gp(time, wavelength, flux, errors, POINTS, (double[]){NAN}, there, 1, mean, NULL,
                               NULL, &error),
                     AUSPEX_BAD_DATA);
    assert_true(mean[0] == inner[0]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forecasts_are_those_of_the_program),
        cmocka_unit_test(wide_tables_are_long_ones),
        cmocka_unit_test(models_stay_in_memory),
        cmocka_unit_test(callers_stop_work),
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(threads_do_not_meet),
        cmocka_unit_test(processes_are_read_anywhere),
    };
    if (argc != 2 || program_set_up(argv[1]))
        return 1;
    const int failed = cmocka_run_group_tests(tests, set_up, NULL);
    program_tear_down();
    return failed;
}
