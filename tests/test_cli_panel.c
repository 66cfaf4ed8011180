/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Panels of stations on the command line: inspect, the simple forecasts, and what is refused. */
#include "program.h"

#include "cmocka_all.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 300, STATIONS = 3 };

static void put(const char *name, const char *text)
{
    program_write(name, text, strlen(text));
}

/* Power that follows the wind, curtailed at times; hours. behind: rows with a wind but no power yet, of the
 * last station one fewer. */
static void write_farm(const char *name, int behind)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("farm,time,power,wind,height\n", file);
    for (int s = 0; s < STATIONS; s++)
        for (int r = 0; r < ROWS + behind - (behind && s == STATIONS - 1); r++) {
            const double wind = 8 + 4 * sin(2 * M_PI * r / 24 + s) + sin(r * 1.7 + s);
            fprintf(file, "f%d,2021-01-%02d %02d:00,", s, r / 24 + 1, r % 24);
            if (r < ROWS)
                fprintf(file, "%.3f", r % 17 == 3 ? -1 : wind * wind);
            fprintf(file, ",%.3f,%d\n", wind, 80 + s);
        }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static int group_set_up(void **state)
{
    (void)state;
    write_farm("farm.csv", 0);
    write_farm("early.csv", 6);
    put("s.csv", "x,id,y\n10,f2,0\n0,f0,0\n5,f1,1\n");
    put("a.csv", "1,.5,0\n.5,1,.5\n0,.5,1\n");
    put("cut.csv", "1,.5,0\n.5,1,0\n0,0,1\n");
    put("few.csv", "id,x,y\nf0,0,0\nf1,1,1\n");
    put("gap.csv", "id,x,y\nf0,0,0\nf1,,1\nf2,2,2\n");
    put("never.csv",
        "farm,time,power\na,2021-01-01,1\na,2021-01-02,2\na,2021-01-03,3\nb,2021-01-01,\nb,2021-01-02,\n");
    return 0;
}

#define FARM "farm.csv --id farm --target power --stations s.csv --neighbours 1 "

static void says(const char *words, int status, const char *what)
{
    program_result r = program_expect(words, status);
    if (!strstr(status ? r.err : r.out, what))
        fail_msg("auspex %s: '%s' does not say '%s'", words, status ? r.err : r.out, what);
    if (status) {
        const char *line = strstr(r.err, "auspex: error: ");
        assert_non_null(line);
        assert_null(strstr(line + 1, "auspex: error: ")); /* one error */
    }
    program_result_free(&r);
}

static json_t *json_of(const char *words)
{
    program_result r = program_expect(words, 0);
    json_error_t error;
    json_t *json = json_loads(r.out, 0, &error);
    if (!json)
        fail_msg("%s: %s", words, error.text);
    program_result_free(&r);
    return json;
}

static double number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_number(value))
        fail_msg("no number '%s'", name);
    return json_number_value(value);
}

static void test_inspect(void **state)
{
    (void)state;
    says("inspect " FARM "--future wind --static height --mask power<0", 0,
         "power (target), wind (future), height (static)");
    json_t *j = json_of("inspect " FARM "--mask power<0 --json -q");
    assert_string_equal(json_string_value(json_object_get(j, "kind")), "panel");
    const json_t *first = json_array_get(json_object_get(j, "stations"), 0);
    assert_string_equal(json_string_value(json_object_get(first, "id")), "f0");
    assert_string_equal(json_string_value(json_object_get(first, "nearest")), "f1");
    assert_true(number(first, "masked") == 18 && number(first, "valid") == ROWS - 18);
    assert_true(number(j, "masked") == 54);
    json_decref(j);
}

static void test_baselines(void **state)
{
    (void)state;
    json_t *j = json_of("evaluate " FARM "--mask power<0 --baselines --horizon 6 --contest --json -q");
    assert_string_equal(json_string_value(json_object_get(j, "schema")), "auspex.evaluate-panel/1");
    assert_true(json_is_null(json_object_get(j, "model")) &&
                json_is_null(json_object_get(j, "beats_simple")));
    const json_t *scores = json_object_get(j, "scores");
    assert_int_equal(json_array_size(scores), 4);
    double count = 0, last = 0;
    for (size_t i = 0; i < 4; i++) {
        const json_t *one = json_array_get(scores, i);
        assert_int_equal(json_array_size(json_object_get(one, "stations")), STATIONS);
        assert_int_equal(json_array_size(json_object_get(one, "steps")), 6);
        assert_true(number(one, "rmse") >= number(one, "mae") && number(one, "mae") > 0);
        assert_true(number(json_object_get(one, "kdd_cup_2022"), "score") > 0);
        assert_true(i == 0 || number(one, "count") == count);
        count = number(one, "count");
        last = i == 0 ? number(one, "rmse") : last;
    }
    /* A daily sine: linear forecasts beat the last value by far. */
    assert_true(number(json_array_get(scores, 3), "rmse") < 0.5 * last);
    assert_true(count == number(j, "points") && number(j, "skipped") > 0);
    json_decref(j);
    says("evaluate " FARM "--mask power<0 --baselines --horizon 6", 0, "Of the simple forecasts");
    says("evaluate " FARM "--mask power<0 --baselines --horizon 6 --per-variate --per-step", 0, "f2");
    program_result r =
        program_expect("evaluate " FARM "--mask power<0 --baselines --horizon 6 --csv - -q", 0);
    int lines = 0;
    for (const char *at = r.out; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 1 + 4 * (2 + STATIONS + 6 + 6));
    assert_memory_equal(r.out, "forecast,of,station,step,count,mae,rmse,wape,", 45);
    program_result_free(&r);
}

static void test_pictures(void **state)
{
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1") != 0)
        skip();
    program_result r = program_expect("evaluate " FARM
                                      "--mask power<0 --baselines --horizon 6 --plot w.png --plot-map m.png "
                                      "--plot-steps e.svg -q",
                                      0);
    static const char *const files[] = {"w.png", "m.png", "e.svg"};
    for (size_t i = 0; i < 3; i++) {
        size_t size;
        char *text = program_read(files[i], &size);
        assert_non_null(text);
        assert_true(size > 3000);
        free(text);
    }
    program_result_free(&r);
    /* A model knows the places as they were given, in degrees or not. */
    put("plane.csv", "id,x,y\nf0,1000,70\nf1,1004,77\nf2,1010,81\n");
    put("degrees.csv", "id,latitude,longitude\nf0,50,4\nf1,51,4.5\nf2,50.2,5\n");
    static const char *const places[] = {"plane.csv", "degrees.csv"};
    for (int i = 0; i < 2; i++) {
        char words[300];
        snprintf(words, sizeof words,
                 "train farm.csv --id farm --stations %s --target power --model linear --horizon 6 -q "
                 "--force -o map.model",
                 places[i]);
        program_discard(program_expect(words, 0));
        program_discard(program_expect("evaluate farm.csv map.model --plot-map known.svg -q", 0));
        snprintf(words, sizeof words, "evaluate farm.csv map.model --stations %s --plot-map given.svg -q",
                 places[i]);
        program_discard(program_expect(words, 0));
        assert_true(program_same("known.svg", "given.svg"));
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int status;
        const char *say;
    } cases[] = {
        {"inspect farm.csv --id farm --target power --stations few.csv", 3,
         "few.csv: no row for 1 of the data's 3 stations: 'f2'"},
        {"inspect farm.csv --id farm --target power --stations gap.csv", 3,
         "gap.csv:3:2: station 'f1' has no x"},
        {"inspect farm.csv --id farm --target power --adjacency cut.csv", 3,
         "cut.csv: the network falls into 2 parts: 'f2' is not joined to the other 2 stations; "
         "--disconnected accepts that"},
        {"inspect farm.csv --id farm --target power --adjacency s.csv", 3, "s.csv:1:1: 'x' is not a weight"},
        {"inspect never.csv --id farm --target power", 3,
         "never.csv: station 'b' has no valid value of 'power'"},
        {"inspect farm.csv --id farm --stations s.csv", 2,
         "--target names the one to forecast: power, wind, height"},
        {"inspect " FARM "--future sun", 2, "--future: there is no variable 'sun'"},
        {"inspect " FARM "--mask power<", 2, "--mask: rule 'power<', position 7: it ends where"},
        {"inspect " FARM "--stations none.csv", 3, "none.csv"},
        {"evaluate farm.csv", 2, "DATA.csv MODEL, or DATA.csv --baselines"},
        {"evaluate farm.csv m.safetensors --baselines", 2, "leave out the model"},
        {"evaluate " FARM "--baselines --require-skill", 2, "--require-skill is about a model"},
        {"evaluate farm.csv --id farm --target power --baselines --plot-map m.png", 2,
         "--plot-map needs the stations' coordinates"},
        {"evaluate " FARM "--baselines --mask power>-5", 3, "has no valid value"},
        {"evaluate " FARM "--baselines --horizon 90", 3, "test"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        says(cases[i].words, cases[i].status, cases[i].say);
    says("inspect farm.csv --id farm --target power --adjacency cut.csv --disconnected", 0, "3 stations");
    says("inspect farm.csv --id farm --target power --adjacency a.csv", 0, "3 stations");
}

/* What concerns stations or prices is refused where the model forecasts neither. */
static void test_plain_model(void **state)
{
    (void)state;
    put("stations.csv", "id,x,y\nf0,0,0\n");
    program_result r = program_expect(
        "train farm.csv --id farm --columns wind --lookback 6 --horizon 6 --d-model 8 --heads 2 "
        "--epochs 1 -q -o plain.safetensors",
        0);
    program_result_free(&r);
    says("evaluate farm.csv plain.safetensors --id farm --columns wind -q", 0, "itransformer");
    says("evaluate farm.csv plain.safetensors --stations stations.csv", 2, "--stations is for panels");
    says("evaluate farm.csv plain.safetensors --contest", 2, "--contest is for panels");
    says("evaluate farm.csv plain.safetensors --horizon 3", 2, "--horizon is for panels");
    says("evaluate farm.csv plain.safetensors --cost 3", 2, "--cost is for models of prices");
}

/* A model of the panel: scored, refused where its known-future variables end early. */
static void test_model(void **state)
{
    (void)state;
    program_result r = program_expect(
        "train " FARM "--future wind --mask power<0 --model hsttn --lookback 6 --horizon 6 --d-model 8 "
        "--heads 2 --epochs 2 --threads 1 -q -o m.safetensors",
        0);
    program_result_free(&r);
    json_t *j = json_of("evaluate farm.csv m.safetensors --id farm --json -q");
    assert_string_equal(json_string_value(json_object_get(j, "model")), "hsttn");
    assert_int_equal(json_array_size(json_object_get(j, "scores")), 5);
    assert_true(json_is_boolean(json_object_get(j, "beats_simple")));
    json_decref(j);
    says("evaluate farm.csv m.safetensors --id farm", 0, "hsttn");
    says("evaluate farm.csv m.safetensors --id farm --mask power<5", 2, "--mask: the model decides this");
    says("evaluate farm.csv m.safetensors --id farm --horizon 3", 2, "the model forecasts 6 steps");
    says("forecast farm.csv m.safetensors --id farm", 3, "wind");
    says("evaluate farm.csv farm.csv m.safetensors --id farm", 2, "'farm.csv' is one too many");
    says("evaluate farm.csv m.safetensors --id farm --cost 2", 2, "--cost is for models of prices");
    says("plot attention farm.csv m.safetensors --id farm", 2, "a model of a panel of stations");
    says("backtest farm.csv --id farm --target power --model hsttn --prices", 2, "not for a panel");
    says("backtest farm.csv --id farm --target power --model time2vec --stations s.csv", 2,
         "does not forecast them");
    says("backtest " FARM "--model ar --split 0.7/0.1/0.2", 2, "a backtest cuts the rows itself");
    says("backtest " FARM "--model ar --lookback 8 --horizon 4 --folds 200", 3, "fold 1");
    says("evaluate farm.csv m.safetensors --id farm --csv s.csv --stations s.csv", 2, "s.csv is read");
    says("forecast farm.csv m.safetensors --id farm --future-file farm.csv", 3, "wind");
    says("forecast farm.csv m.safetensors --id farm --future-file early.csv -o ./early.csv", 2,
         "early.csv is read");
    says("forecast early.csv m.safetensors --id farm", 3, "'f2'");
}

/* The tensors of a model and the data that they were trained on are the model again. */
static void test_import(void **state)
{
    (void)state;
#define NETWORK                                                                                              \
    "--future wind --mask power<0 --model hsttn --lookback 6 --horizon 6 --d-model 8 --heads 2 --shortcut "  \
    "own "
    program_result r = program_expect("train " FARM NETWORK "--epochs 1 -q -o trained.safetensors", 0);
    program_result_free(&r);
    r = program_expect("import trained.safetensors --data " FARM NETWORK "-o again.safetensors", 0);
    program_result_free(&r);
    json_t *a = json_of("evaluate farm.csv trained.safetensors --id farm --json -q"),
           *b = json_of("evaluate farm.csv again.safetensors --id farm --json -q");
    const double mse = number(json_array_get(json_object_get(a, "scores"), 0), "rmse");
    assert_true(mse > 0 && mse == number(json_array_get(json_object_get(b, "scores"), 0), "rmse"));
    json_decref(a);
    json_decref(b);
    says("import trained.safetensors --data " FARM "--model drift -o x", 2, "drift has no weights");
    says("import trained.safetensors --data " FARM "--model time2vec -o x", 2, "does not forecast panels");
    remove("trained.safetensors");
    remove("again.safetensors");
}

#define FOLDS "backtest " FARM "--mask power<0 --lookback 8 --horizon 4 --folds 2 --seed 1 "
#define TINY  "--model hsttn --d-model 8 --heads 2 --epochs 1 --seeds 2 "

/* Two folds of a panel; the number of threads changes nothing. */
static void test_backtest(void **state)
{
    (void)state;
    static const char *const lines[] = {FOLDS "--model ar --neighbours 0 --json -q", FOLDS TINY "--json -q"};
    double last = 0;
    for (size_t i = 0; i < 2; i++) {
        json_t *j = json_of(lines[i]);
        const json_t *scores = json_object_get(j, "scores"), *folds = json_object_get(j, "folds");
        assert_string_equal(json_string_value(json_object_get(j, "schema")), "auspex.backtest-panel/1");
        /* No rival of the model's own kind. */
        assert_true(json_array_size(scores) == (i ? 5 : 4) && json_array_size(folds) == 2);
        assert_true(number(json_array_get(folds, 0), "windows") +
                        number(json_array_get(folds, 1), "windows") ==
                    number(j, "windows"));
        /* Everything together is between the folds. */
        const json_t *own = json_array_get(scores, 0), *parts = json_object_get(own, "folds");
        const double a = number(json_array_get(parts, 0), "mae"), b = number(json_array_get(parts, 1), "mae");
        const double all = number(own, "mae");
        assert_true((a <= all && all <= b) || (b <= all && all <= a));
        assert_true(number(json_object_get(own, "farm"), "mae") > 0);
        /* What stands beside a model is fitted without it. */
        const json_t *naive = json_array_get(scores, 1);
        assert_string_equal(json_string_value(json_object_get(naive, "name")), "repeat-last");
        assert_true(i == 0 || number(naive, "rmse") == last);
        last = number(naive, "rmse");
        json_decref(j);
    }
    says(FOLDS TINY, 0, "the best simple forecast");
    program_result one = program_expect(FOLDS TINY "--csv - -q --threads 1", 0),
                   two = program_expect(FOLDS TINY "--csv - -q --threads 2", 0);
    assert_string_equal(one.out, two.out);
    int rows = 0;
    for (const char *at = one.out; (at = strchr(at, '\n')); at++)
        rows++;
    assert_int_equal(rows, 1 + 5 * (2 + 2));
    program_result_free(&one);
    program_result_free(&two);
}

/* Rows of a logistic map at each of three stations, with a little noise: no linear forecast knows them. */
static void write_maps(const char *name, int rows)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    double x[] = {.3, .5, .7};
    unsigned noise = 1;
    fputs("time,id,v\n", file);
    for (int r = 0; r < rows; r++) {
        const time_t hour = 1609459200 + (time_t)r * 3600;
        char stamp[32];
        strftime(stamp, sizeof stamp, "%F %H:00", gmtime(&hour));
        for (int s = 0; s < 3; s++) {
            x[s] = fmin(fmax(3.9 * x[s] * (1 - x[s]), .001), .999);
            noise = noise * 1664525u + 1013904223u;
            fprintf(file, "%s,s%d,%.4f\n", stamp, s, x[s] + .04 * ((noise >> 8) / 16777216. - .5));
        }
    }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

/* Its RMSE beside that of the best linear forecast, on the test part. */
static double beside_linear(const char *words)
{
    program_result r = program_expect(words, 0);
    double rmse, linear;
    const char *own = strstr(r.out, "\nstid "), *ar = strstr(r.out, "\nar ");
    assert_true(own && sscanf(own, " stid %*f %lf", &rmse) == 1);
    assert_true(ar && sscanf(ar, " ar %*f %lf", &linear) == 1);
    program_result_free(&r);
    return rmse / linear;
}

/* A network that adds much to a linear forecast adds it to the forecast that it was trained on, and an
 * update that gains nothing takes nothing away. */
static void test_adds_to_linear(void **state)
{
    (void)state;
    write_maps("maps.csv", 1500);
    write_maps("longer.csv", 1600);
    program_discard(
        program_expect("train maps.csv --id id --target v --model stid --base linear --lookback 6 "
                       "--horizon 1 --epochs 12 --learning-rate 3e-3 --seed 1 -o maps.safetensors",
                       0));
    assert_true(beside_linear("evaluate maps.csv maps.safetensors --id id") < .5);
    program_discard(program_expect(
        "update maps.safetensors longer.csv --epochs 1 --learning-rate 1e-7 -o again.safetensors", 0));
    assert_true(beside_linear("evaluate longer.csv again.safetensors --id id --part test") < .5);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inspect),       cmocka_unit_test(test_baselines),
        cmocka_unit_test(test_pictures),      cmocka_unit_test(test_backtest),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_plain_model),
        cmocka_unit_test(test_model),         cmocka_unit_test(test_import),
        cmocka_unit_test(test_adds_to_linear)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_panel PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
