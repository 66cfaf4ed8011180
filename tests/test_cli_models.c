/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program as its users meet it: training, scoring, forecasting. */
#include "program.h"

#include "cmocka_all.h"

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 240 };

#define SMALL "--lookback 14 --horizon 4 --d-model 8 --heads 2 --layers 1 --batch 16 --seed 3 --threads 1"
#define TRAIN "train data.csv " SMALL " --epochs 3 --learning-rate 3e-3 "

/* Two weekly waves and their sum, daily; walk: columns that no model can beat repeating the last value on. */
static void write_data(const char *name, bool walk)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    unsigned state = 12345;
    double a = 0, b = 0;
    assert_non_null(file);
    fputs("date,a,b,sum\n", file);
    for (int i = 0; i < ROWS; i++) {
        time_t when = 1577836800 + 86400 * (time_t)i;
        struct tm day;
        gmtime_r(&when, &day);
        state = state * 1664525u + 1013904223u;
        double noise = (double)(state >> 8) / (1 << 24) - 0.5;
        a = walk ? a + noise : 10 + 3 * sin(2 * M_PI * i / 7) + 0.1 * noise;
        b = walk ? b - noise : 5 + 2 * cos(2 * M_PI * i / 7);
        fprintf(file, "%d-%02d-%02d,%.4f,%.4f,%.4f\n", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, a, b,
                a + b);
    }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static void expect_only(const char *words, int status)
{
    program_result r = program_expect_of(words, NULL, status);
    program_result_free(&r);
}

static json_t *expect_json(const char *words, const char *schema)
{
    program_result r = program_expect_of(words, NULL, 0);
    json_error_t why;
    json_t *document = json_loads(r.out, 0, &why);
    if (!document)
        fail_msg("auspex %s: %s in %s", words, why.text, r.out);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), schema);
    program_result_free(&r);
    return document;
}

static int group_set_up(void **state)
{
    (void)state;
    write_data("data.csv", false);
    write_data("walk.csv", true);
    expect_only(TRAIN "-q -o model.safetensors", 0);
    return 0;
}

/* --- files --- */

static void test_no_result_replaces_an_input(void **state)
{
    (void)state;
    static const char *const words[] = {
        "forecast copy.csv model.safetensors -o copy.csv",
        "forecast copy.csv model.safetensors -o ./copy.csv",
        "forecast data.csv copy.csv -o copy.csv",
        "train copy.csv " SMALL " -o copy.csv",
        "evaluate copy.csv model.safetensors --csv copy.csv",
        "import model.safetensors --data copy.csv -o copy.csv",
        "evaluate data.csv model.safetensors --plot new.png --plot-steps new.png",
    };
    write_data("copy.csv", false);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        program_result r = program_expect_of(words[i], NULL, 2);
        assert_non_null(strstr(r.err, "name another file"));
        program_result_free(&r);
        assert_true(program_same("copy.csv", "data.csv"));
    }
    remove("copy.csv");
    assert_int_equal(access("new.png", F_OK), -1);
}

/* --- training --- */

static void test_training_says_what_it_does(void **state)
{
    (void)state;
    program_result r = program_expect_of(TRAIN "-o again.safetensors", NULL, 0);
    assert_string_equal(r.out, "");
    assert_non_null(strstr(r.err, "seed 3"));
    assert_non_null(strstr(r.err, "epoch  train loss  validation  learning rate "));
    assert_non_null(strstr(r.err, "\n    1  "));
    assert_non_null(strstr(r.err, "  best"));
    assert_non_null(strstr(r.err, "kept epoch "));
    assert_non_null(strstr(r.err, "the better naive forecast, "));
    assert_null(strchr(r.err, '\r')); /* no progress line where nobody looks on */
    program_result_free(&r);
    assert_true(program_same("again.safetensors", "model.safetensors"));
    remove("again.safetensors");
}

/* A name with a comma stands in quotes, in --target as in --columns. */
static void test_target_with_a_comma(void **state)
{
    (void)state;
    char text[4000] = "date,\"wind, offshore\",load\n";
    size_t at = strlen(text);
    for (int day = 1; day <= 60; day++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%d,%d,%d\n", day, day * day % 7, day % 5);
    program_write("comma.csv", text, at);
    expect_only("train comma.csv --target \"wind,_offshore\" " SMALL " -q -o comma.safetensors", 0);
    program_result r = program_expect_of("forecast comma.csv comma.safetensors", NULL, 0);
    assert_non_null(strstr(r.out, "\"wind, offshore\"\n"));
    program_result_free(&r);
    r = program_expect_of("train comma.csv --target \"wind,_onshore\" " SMALL " -o x.safetensors", NULL, 2);
    assert_non_null(strstr(r.err, "there is no column 'wind, onshore'"));
    program_result_free(&r);
    remove("comma.csv");
    remove("comma.safetensors");
}

static void test_quiet_training(void **state)
{
    (void)state;
    program_result r = program_expect_of(TRAIN "--quiet -o quiet.safetensors", NULL, 0);
    assert_string_equal(r.out, "");
    assert_string_equal(r.err, "");
    program_result_free(&r);
    remove("quiet.safetensors");
}

static void test_any_number_of_threads(void **state)
{
    (void)state;
    expect_only("train data.csv --threads 2 --seed 3 --batch 16 --layers 1 --heads 2 --d-model 8 --horizon 4 "
                "--lookback=14 "
                "--learning-rate 0.003 --epochs 3 -q -o threads.safetensors",
                0);
    assert_true(program_same("threads.safetensors", "model.safetensors"));
    remove("threads.safetensors");
}

static void test_training_record(void **state)
{
    (void)state;
    json_t *document = expect_json(TRAIN "--target a,sum --json -q -o json.safetensors", "auspex.train/1");
    const json_t *training = json_object_get(document, "training");
    assert_string_equal(json_string_value(json_object_get(document, "model")), "itransformer");
    assert_int_equal(json_array_size(json_object_get(document, "columns")), 3);
    assert_int_equal(json_array_size(json_object_get(document, "targets")), 2);
    assert_int_equal(json_array_size(json_object_get(training, "validation_loss")), 3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(document, "settings"), "d-model")),
                     8);
    json_decref(document);
    document = expect_json("inspect json.safetensors --json --parameters", "auspex.inspect/1");
    assert_string_equal(json_string_value(json_object_get(document, "kind")), "model");
    assert_true(json_array_size(json_object_get(document, "parameters")) > 10);
    json_decref(document);
    expect_only("inspect json.safetensors --parameters", 0);
    remove("json.safetensors");
}

static void test_plan_trains_nothing(void **state)
{
    (void)state;
    int files = program_files();
    program_result r = program_expect_of("train data.csv " SMALL " --plan", NULL, 0);
    assert_non_null(strstr(r.out, "attention"));
    assert_int_equal(program_files(), files);
    program_result_free(&r);
}

static void test_training_refuses(void **state)
{
    (void)state;
    int files = program_files();
    program_result r =
        program_expect_of("train data.csv --lookback 200 --horizon 24 -o x.safetensors", NULL, 3);
    const char *hint = strstr(r.err, "(0.7/0.1/0.2): --lookback ");
    assert_non_null(hint);
    char words[200];
    snprintf(words, sizeof words, "train data.csv --plan --horizon 24 %.*s", (int)strcspn(hint + 15, "w"),
             hint + 15);
    program_result_free(&r);
    expect_only(words, 0);
    expect_only("train data.csv " SMALL " --target nothing -o x.safetensors", 2);
    expect_only("train data.csv " SMALL " --split nonsense -o x.safetensors", 2);
    expect_only("train data.csv " SMALL " --json -o -", 2);
    expect_only("train data.csv " SMALL " --epochs 1 -q -o /dev/full", 1);
    assert_int_equal(program_files(), files);
}

static void test_model_to_standard_output(void **state)
{
    (void)state;
    program_result r = program_run_into(TRAIN "-q -o -", "piped.safetensors", NULL);
    assert_int_equal(r.status, 0);
    program_result_free(&r);
    assert_true(program_same("piped.safetensors", "model.safetensors"));
    r = program_run_into(TRAIN "-q -o closed.safetensors", NULL, NULL); /* standard output is not needed */
    assert_int_equal(r.status, 0);
    program_result_free(&r);
    assert_true(program_same("closed.safetensors", "model.safetensors"));
    remove("piped.safetensors");
    remove("closed.safetensors");
}

static bool wait_for(const char *text)
{
    struct timespec pause = {0, 10000000};
    for (int i = 0; i < 3000; i++) {
        char *said = program_said();
        bool found = said && strstr(said, text);
        free(said);
        if (found)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static void test_interrupt_keeps_the_best_model(void **state)
{
    (void)state;
    int files = program_files();
    pid_t pid = program_start("train data.csv " SMALL " --epochs 100000 --patience 0 -o cut.safetensors");
    assert_true(pid > 0);
    bool begun = wait_for("  best\n");
    kill(pid, SIGINT);
    program_result r = program_wait(pid);
    assert_true(begun);
    assert_int_equal(r.status, 130);
    assert_non_null(strstr(r.err, "stopped; the best model so far"));
    program_result_free(&r);
    expect_only("forecast data.csv cut.safetensors", 0);
    assert_int_equal(program_files(), files + 2); /* and the checkpoint */
    remove("cut.safetensors");
    remove("cut.safetensors.checkpoint");
}

/* --- scoring --- */

static void test_scores(void **state)
{
    (void)state;
    program_result r =
        program_expect_of("evaluate data.csv model.safetensors --per-variate --per-step", NULL, 0);
    assert_non_null(strstr(r.out, "data.csv, test part"));
    assert_non_null(strstr(r.out, "repeat-last"));
    assert_non_null(strstr(r.out, "seasonal-naive"));
    assert_string_equal(r.err, "");
    program_result_free(&r);
    json_t *document =
        expect_json("evaluate data.csv model.safetensors --json --season 7", "auspex.evaluate/1");
    const json_t *scores = json_object_get(document, "scores"), *model = json_array_get(scores, 0);
    assert_true(json_array_size(scores) >= 3);
    assert_true(json_real_value(json_object_get(model, "mse")) > 0);
    assert_int_equal(json_array_size(json_object_get(json_object_get(model, "steps"), "mse")), 4);
    assert_int_equal(json_array_size(json_object_get(model, "variates")), 3);
    assert_true(json_is_boolean(json_object_get(document, "beats_naive")));
    json_decref(document);
}

static void test_scores_as_csv(void **state)
{
    (void)state;
    program_result r = program_expect_of("evaluate data.csv model.safetensors --csv -", NULL, 0);
    assert_non_null(strstr(r.out, "forecast,series,step,mse,mae,mse_original,mae_original,mase,smape"));
    int lines = 0, commas = 0, first = 0;
    for (const char *c = r.out; *c; c++) {
        lines += *c == '\n';
        commas += *c == ',';
        first += *c == ',' && !lines;
    }
    assert_int_equal(commas, first * lines);
    assert_true(lines >= 1 + 3 * (1 + 3 + 4));
    program_result_free(&r);
    expect_only("evaluate data.csv model.safetensors --csv - --json", 2);
}

static void test_required_skill(void **state)
{
    (void)state;
    /* Hardly trained at all, on random walks: repeating the last value is the best there is. */
    expect_only("train walk.csv " SMALL " --epochs 1 --learning-rate 1e-9 -q -o walk.safetensors", 0);
    program_result r = program_expect_of("evaluate walk.csv walk.safetensors --require-skill", NULL, 4);
    assert_non_null(strstr(r.out, "repeat-last"));
    assert_non_null(strstr(r.err, "--require-skill"));
    program_result_free(&r);
    expect_only("evaluate walk.csv walk.safetensors", 0);
    remove("walk.safetensors");
}

static void test_scoring_refuses(void **state)
{
    (void)state;
    program_result r = program_expect_of("evaluate model.safetensors data.csv", NULL, 2);
    assert_non_null(strstr(r.err, "the data comes first"));
    program_result_free(&r);
    expect_only("evaluate data.csv model.safetensors --split 500/50/50", 3);
    expect_only("evaluate data.csv model.safetensors --part tets", 2);
}

/* --- forecasting --- */

static void test_forecast_from_a_pipe(void **state)
{
    (void)state;
    char *data = program_read("data.csv", NULL);
    assert_non_null(data);
    program_result piped = program_expect_of("forecast - model.safetensors", data, 0);
    program_result filed = program_expect_of("forecast data.csv model.safetensors", NULL, 0);
    assert_string_equal(piped.out, filed.out);
    assert_string_equal(piped.err, "");
    assert_int_equal(strncmp(piped.out, "date,a,b,sum\n2020-08-28,", 24), 0);
    expect_only("forecast data.csv model.safetensors -o out.csv", 0);
    char *written = program_read("out.csv", NULL);
    assert_non_null(written);
    assert_string_equal(written, filed.out);
    free(written);
    free(data);
    program_result_free(&piped);
    program_result_free(&filed);
    remove("out.csv");
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void test_steps(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int rows;
    } cases[] = {{"forecast data.csv model.safetensors", 4},
                 {"forecast --steps 2 data.csv model.safetensors", 2},
                 {"forecast data.csv --steps=11 -- model.safetensors", 11}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program_result r = program_expect_of(cases[i].words, NULL, 0);
        assert_int_equal(count_lines(r.out), cases[i].rows + 1);
        program_result_free(&r);
    }
    json_t *document =
        expect_json("forecast data.csv model.safetensors --steps 3 --json", "auspex.forecast/1");
    assert_int_equal(json_array_size(json_object_get(document, "time")), 3);
    const json_t *second = json_array_get(json_object_get(document, "series"), 1);
    assert_string_equal(json_string_value(json_object_get(second, "name")), "b");
    assert_int_equal(json_array_size(json_object_get(second, "values")), 3);
    json_decref(document);
}

/* Columns that the model does not know, text or full of holes, are of no concern to it. */
static void test_other_columns_do_not_matter(void **state)
{
    (void)state;
    program_result plain = program_expect_of("forecast data.csv model.safetensors", NULL, 0);
    char *data = program_read("data.csv", NULL), *more = NULL;
    size_t size;
    FILE *file = open_memstream(&more, &size);
    assert_non_null(data);
    assert_non_null(file);
    int line = 0;
    for (char *rest = data, *row; (row = strsep(&rest, "\n")) && *row; line++)
        fprintf(file, "%s,%s\n", row, line == 0 ? "other" : line % 2 ? "" : "7");
    fclose(file);
    program_write("more.csv", more, size);
    free(more);
    free(data);
    program_result r = program_expect_of("forecast more.csv model.safetensors", NULL, 0);
    assert_string_equal(r.out, plain.out);
    program_result_free(&plain);
    program_result_free(&r);
    remove("more.csv");
}

static void test_forecast_that_cannot_be_written(void **state)
{
    (void)state;
    int files = program_files();
    expect_only("forecast data.csv model.safetensors -o /dev/full", 1);
    expect_only("forecast data.csv model.safetensors -o nowhere/out.csv", 1);
    program_result r = program_run_into("forecast data.csv model.safetensors", "/dev/full", NULL);
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "standard output: "));
    program_result_free(&r);
    r = program_run_into("forecast data.csv model.safetensors", NULL, NULL);
    assert_int_equal(r.status, 1);
    program_result_free(&r);
    assert_int_equal(program_files(), files);
}

static void test_forecast_refuses(void **state)
{
    (void)state;
    program_write("short.csv", "date,a,b,sum\n2020-01-01,1,2,3\n2020-01-02,1,2,3\n2020-01-03,1,2,3\n", 65);
    program_write("other.csv", "date,x\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n", 46);
    expect_only("forecast short.csv model.safetensors", 3);
    expect_only("forecast other.csv model.safetensors", 3);
    expect_only("forecast data.csv model.safetensors --plot x.jpeg2000", 2);
    remove("short.csv");
    remove("other.csv");
}

static void test_broken_models(void **state)
{
    (void)state;
    size_t size;
    char *whole = program_read("model.safetensors", &size);
    assert_non_null(whole);
    const size_t lengths[] = {0, 7, 8, 9, 100, size / 2, size - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        program_write("broken.safetensors", whole, lengths[i]);
        expect_only("forecast data.csv broken.safetensors", 3);
    }
    for (size_t at = 0; at < size; at += at < 2000 ? 97 : size / 7) {
        char *copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, whole, size);
        copy[at] = (char)(copy[at] ^ 0x15);
        program_write("broken.safetensors", copy, size);
        free(copy);
        program_result r = program_run("inspect broken.safetensors", NULL);
        if (r.status != 0 && r.status != 3)
            fail_msg("byte %zu changed: exit code %d: %s", at, r.status, r.err);
        program_result_free(&r);
    }
    free(whole);
    remove("broken.safetensors");
}

static void test_early_end_of_a_pipe(void **state)
{
    (void)state;
    program_result r = program_run_other("bash", "--norc -s",
                                         "\"$AUSPEX_PROGRAM\" help --man | true; echo ${PIPESTATUS[0]}\n");
    if (r.status == 127) {
        program_result_free(&r);
        skip();
    }
    assert_string_equal(r.err, ""); /* killed by SIGPIPE, or done before the reader left */
    assert_true(strcmp(r.out, "141\n") == 0 || strcmp(r.out, "0\n") == 0);
    program_result_free(&r);
}

/* --- pictures --- */

static bool have_gnuplot(void)
{
    program_result r = program_run_other("gnuplot", "--version", NULL);
    bool have = r.status == 0;
    program_result_free(&r);
    return have;
}

static void expect_picture(const char *words, const char *name, const char *magic)
{
    expect_only(words, 0);
    char *text = program_read(name, NULL);
    if (!text)
        fail_msg("auspex %s: there is no %s", words, name);
    assert_int_equal(strncmp(text, magic, strlen(magic)), 0);
    free(text);
    remove(name);
}

static void test_pictures(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    int files = program_files();
    expect_picture("forecast data.csv model.safetensors --plot f.png", "f.png", "\x89PNG");
    expect_picture("evaluate data.csv model.safetensors --plot w.svg --window 3", "w.svg", "<?xml");
    expect_picture("evaluate data.csv model.safetensors --plot-steps s.pdf", "s.pdf", "%PDF");
    expect_picture("plot data.csv -o d.png --last 50", "d.png", "\x89PNG");
    expect_picture("plot loss model.safetensors -o l.png --title Losses", "l.png", "\x89PNG");
    expect_picture("plot attention data.csv model.safetensors -o a.png", "a.png", "\x89PNG");
    expect_picture("plot attention data.csv model.safetensors --head 1 -o a.svg", "a.svg", "<?xml");
    expect_only("plot attention data.csv model.safetensors --layer 7 -o a.png", 2);
    expect_only("plot attention data.csv model.safetensors --head 7 -o a.png", 2);
    expect_only("evaluate data.csv model.safetensors --plot w.png --window 100000", 2);
    expect_only("forecast data.csv model.safetensors -o f.csv", 0);
    expect_picture("plot f.csv --history data.csv -o h.png", "h.png", "\x89PNG");
    remove("f.csv");
    assert_int_equal(program_files(), files);
}

static void test_text_art_keeps_data_apart(void **state)
{
    (void)state;
    if (!have_gnuplot())
        skip();
    program_result plain = program_expect_of("forecast data.csv model.safetensors", NULL, 0);
    program_result drawn = program_expect_of("forecast data.csv model.safetensors --plot -", NULL, 0);
    assert_string_equal(drawn.out, plain.out);
    assert_true(count_lines(drawn.err) > 10);
    program_result_free(&plain);
    program_result_free(&drawn);
    drawn = program_expect_of("plot loss model.safetensors", NULL, 0);
    assert_true(count_lines(drawn.out) > 10);
    assert_string_equal(drawn.err, "");
    program_result_free(&drawn);
}

static void test_script_alone(void **state)
{
    (void)state;
    program_result r = program_run_into("plot data.csv --plot-script d.gp", NULL, "PATH=/nonexistent");
    if (r.status)
        fail_msg("a script without a picture: %s", r.err);
    program_result_free(&r);
    char *script = program_read("d.gp", NULL);
    assert_non_null(script);
    assert_non_null(strstr(script, "plot "));
    free(script);
    remove("d.gp");
}

static void test_without_gnuplot(void **state)
{
    (void)state;
    program_result r = program_run_into("forecast data.csv model.safetensors -o f.csv --plot f.png",
                                        "/dev/null", "PATH=/nonexistent");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(r.err, "gnuplot"));
    char *forecast = program_read("f.csv", NULL), *picture = program_read("f.png", NULL);
    assert_non_null(forecast); /* all but the picture is there */
    assert_null(picture);
    free(forecast);
    remove("f.csv");
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_result_replaces_an_input),
        cmocka_unit_test(test_training_says_what_it_does),
        cmocka_unit_test(test_target_with_a_comma),
        cmocka_unit_test(test_quiet_training),
        cmocka_unit_test(test_any_number_of_threads),
        cmocka_unit_test(test_training_record),
        cmocka_unit_test(test_plan_trains_nothing),
        cmocka_unit_test(test_training_refuses),
        cmocka_unit_test(test_model_to_standard_output),
        cmocka_unit_test(test_interrupt_keeps_the_best_model),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_scores_as_csv),
        cmocka_unit_test(test_required_skill),
        cmocka_unit_test(test_scoring_refuses),
        cmocka_unit_test(test_forecast_from_a_pipe),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_other_columns_do_not_matter),
        cmocka_unit_test(test_forecast_that_cannot_be_written),
        cmocka_unit_test(test_forecast_refuses),
        cmocka_unit_test(test_broken_models),
        cmocka_unit_test(test_early_end_of_a_pipe),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_text_art_keeps_data_apart),
        cmocka_unit_test(test_script_alone),
        cmocka_unit_test(test_without_gnuplot),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_models PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
