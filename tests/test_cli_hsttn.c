/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program with the model kind hsttn: a panel of stations is trained, and its real future written and
 * drawn; what does not fit is refused in one line. */
#include "program.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 240, STATIONS = 3 };

#define TRAIN                                                                                                \
    "train farm.csv --model hsttn --stations stations.csv --target power --future wind --mask bad "          \
    "--lookback 8 --horizon 6 --d-model 16 --seed 3 --threads 2 -q "

/* Power follows a wind that is known beforehand; power ends `open` rows early, the wind `calm` rows early;
 * before row `from` there is nothing. */
static void write_farm(const char *name, int open, int calm, int from)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("unique_id,ds,power,wind,bad\n", file);
    for (int s = 0; s < STATIONS; s++)
        for (int t = from; t < ROWS; t++) {
            double wind = 6 + 3 * sin(0.13 * t + s) + 2 * sin(0.41 * t);
            fprintf(file, "s%d,2021-03-%02d %02d:00,", s, 1 + t / 24, t % 24);
            if (t < ROWS - open)
                fprintf(file, "%.4f", (t + s) % 31 == 0 ? -9 : wind * (1 + 0.2 * s));
            fprintf(file, t < ROWS - calm ? ",%.4f," : ",,", wind);
            fprintf(file, "%d\n", (t + s) % 31 == 0);
        }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static void write_text(const char *name, const char *text)
{
    program_write(name, text, strlen(text));
}

static program_result expect(const char *words, int status)
{
    program_result r = program_run(words, NULL);
    if (r.status != status)
        fail_msg("auspex %s: exit code %d instead of %d: %s", words, r.status, status,
                 strstr(r.err, "error") ? strstr(r.err, "error") : r.err);
    return r;
}

static void expect_error(const char *words, int status, const char *part)
{
    program_result r = expect(words, status);
    if (!strstr(r.err, part))
        fail_msg("auspex %s: '%s' is not in: %s", words, part, r.err);
    program_result_free(&r);
}

static int group_set_up(void **state)
{
    (void)state;
    write_farm("farm.csv", 6, 0, 0);
    write_farm("past.csv", 6, 6, 0);
    write_farm("weather.csv", ROWS, 0, ROWS - 8);
    write_text("stations.csv", "station,x,y\ns1,500,20\ns2,900,-30\ns0,0,0\n");
    program_result r = expect(TRAIN "--epochs 6 -o farm.safetensors", 0);
    program_result_free(&r);
    return 0;
}

static void test_real_future(void **state)
{
    (void)state;
    size_t size;
    program_result r = expect("forecast farm.csv farm.safetensors -o next.csv --plot next.svg", 0);
    program_result_free(&r);
    char *whole = program_read("next.csv", &size), *picture = program_read("next.svg", &size);
    assert_non_null(whole);
    assert_non_null(picture);
    assert_non_null(strstr(picture, "s2/power"));
    double worst = 0;
    const char *line = strchr(whole, '\n');
    for (int i = 0; i < STATIONS * 6; i++) {
        int s, day, hour;
        double value;
        assert_non_null(line);
        assert_int_equal(sscanf(line + 1, "s%d,2021-03-%d %d:00,%lf", &s, &day, &hour, &value), 4);
        int t = (day - 1) * 24 + hour;
        assert_int_equal(t, ROWS - 6 + i % 6);
        double truth = (6 + 3 * sin(0.13 * t + s) + 2 * sin(0.41 * t)) * (1 + 0.2 * s);
        worst = fmax(worst, fabs(value - truth));
        line = strchr(line + 1, '\n');
    }
    assert_true(worst < 3); /* the range of power is over ten */
    r = expect("forecast past.csv farm.safetensors --future-file weather.csv -o other.csv", 0);
    program_result_free(&r);
    char *other = program_read("other.csv", &size);
    assert_string_equal(whole, other);
    free(whole);
    free(other);
    free(picture);
}

static void test_refusals(void **state)
{
    (void)state;
    expect_error("forecast past.csv farm.safetensors", 3, "known-future variable 'wind'");
    expect_error("forecast farm.csv farm.safetensors --steps 7", 2, "--steps 7");
    expect_error("forecast farm.csv farm.safetensors --future-file stations.csv", 2, "wind");
    write_text("few.csv", "id,x,y\ns1,500,20\ns2,900,-30\n");
    expect_error("train farm.csv --model hsttn --stations few.csv --target power -o a.safetensors", 3,
                 "'s0'");
    expect_error("train farm.csv --model hsttn --target power --future storm -o a.safetensors", 2, "storm");
    expect_error("train farm.csv --model itransformer --mask bad -o a.safetensors", 2, "panels of stations");
    expect_error("train farm.csv --model hsttn --target power --factors 7,x -o a.safetensors", 2,
                 "--factors");
    expect_error("train farm.csv --model hsttn --target power --horizon 6 --season-rows 4 -o a.safetensors",
                 2, "--season-rows 4");
    write_text("plain.csv", "a,b\n1,2\n3,4\n");
    expect_error("forecast plain.csv farm.safetensors", 3, "no column was found that holds time stamps");
    assert_null(program_read("a.safetensors", &(size_t){0}));
}

/* Where no epoch is better than the linear forecasts, that is what is kept and what the program says of it.
 */
static void test_start_kept(void **state)
{
    (void)state;
    program_result r = expect(TRAIN "--season-rows 24 --learning-rate 1 --epochs 2 -o start.safetensors", 0);
    program_result_free(&r);
    r = expect("inspect start.safetensors", 0);
    assert_non_null(strstr(r.out, "the linear start, before 2 epochs"));
    program_result_free(&r);
    r = expect("inspect start.safetensors --json", 0);
    assert_non_null(strstr(r.out, "\"best_epoch\": 0"));
    const char *loss = strstr(r.out, "\"start_validation_loss\": ");
    assert_non_null(loss);
    assert_true(loss[strlen("\"start_validation_loss\": ")] != 'n'); /* null */
    program_result_free(&r);
    r = expect("forecast farm.csv start.safetensors -o start.csv", 0);
    program_result_free(&r);
}

/* The published recipe stands in the file of a paper's model, the kind's own in that of the standard one. */
static void test_recipe(void **state)
{
    (void)state;
    program_result r = expect("inspect farm.safetensors --json", 0);
    assert_non_null(strstr(r.out, "0.002"));
    assert_non_null(strstr(r.out, "cosine"));
    program_result_free(&r);
    r = expect(TRAIN "--preset paper --d-ff 8 --heads 2 --head-width 4 --epochs 1 -o paper.safetensors", 0);
    program_result_free(&r);
    r = expect("inspect paper.safetensors --json", 0);
    assert_non_null(strstr(r.out, "type1"));
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_real_future), cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_start_kept), cmocka_unit_test(test_recipe)};
    if (argc < 2 || program_set_up(argv[1]))
        return 1;
    int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
