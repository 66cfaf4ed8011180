/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training that a signal stopped is kept, says how it goes on, and goes on to the same file. */
#include "cmocka_all.h"
#include "lib/files/inputs.h"
#include "lib/files/safetensors.h"
#include "program.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SETTINGS                                                                                             \
    "--model itransformer --lookback 14 --horizon 4 --d-model 8 --heads 2 --layers 1 --batch 16 --seed 3 "   \
    "--patience 0 --epochs 150 "
#define TRAIN "train data.csv " SETTINGS

static void write_data(const char *name, unsigned seed)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    unsigned state = seed;
    fputs("date,a,b\n", file);
    for (int i = 0; i < 300; i++) {
        time_t when = 1577836800 + 86400 * (time_t)i;
        struct tm day;
        gmtime_r(&when, &day);
        state = state * 1664525u + 1013904223u;
        fprintf(file, "%d-%02d-%02d,%d,%.4f\n", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, i % 7,
                (double)(state >> 8) / (1 << 24) + i % 3);
    }
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static bool is_there(const char *name)
{
    return access(name, F_OK) == 0;
}

static void wait_for(const char *text)
{
    const struct timespec pause = {0, 2000000};
    for (int i = 0; i < 5000; i++) {
        char *said = program_said();
        const bool found = said && strstr(said, text);
        free(said);
        if (found)
            return;
        nanosleep(&pause, NULL);
    }
    fail_msg("it never said '%s'", text);
}

static void write_many(void)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    for (int i = 0; i < 60; i++)
        fprintf(file, "%ss%d", i ? "," : "", i);
    for (int t = 0; t < 120; t++)
        for (int i = 0; i < 60; i++)
            fprintf(file, "%s%d.%d", i ? "," : "\n", 50 + t * (i + 3) % 11, t % (i + 2) % 10);
    fclose(file);
    program_write("many.csv", text, size);
    free(text);
}

static int group_set_up(void **state)
{
    (void)state;
    write_many();
    write_data("data.csv", 1);
    program_discard(program_expect(TRAIN "-o whole.st --threads 1", 0));
    return 0;
}

static void stop(const char *words, int number, int status)
{
    const pid_t pid = program_start(words);
    assert_true(pid > 0);
    wait_for("  best\n");
    kill(pid, number);
    program_result r = program_wait(pid);
    assert_int_equal(r.status, status);
    const char *again = strstr(r.err, " goes on with: auspex train data.csv ");
    assert_non_null(again);
    assert_non_null(strstr(again, " --resume"));
    assert_non_null(strstr(r.err, "the best model so far"));
    program_result_free(&r);
    assert_true(is_there("cut.st"));
    assert_true(is_there("cut.st.checkpoint"));
}

static void test_signals(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (int i = 0; i < 3; i++) /* under nohup, or in the background, some are ignored, by the program too */
        signal(signals[i], SIG_DFL);
    for (int i = 0; i < 3; i++) {
        stop(TRAIN "-o cut.st", signals[i], 128 + signals[i]);
        program_result r = program_expect(TRAIN "-o cut.st --resume --threads 2", 0);
        assert_non_null(strstr(r.err, "goes on in epoch "));
        program_result_free(&r);
        assert_true(program_same("whole.st", "cut.st"));
        assert_false(is_there("cut.st.checkpoint"));
        assert_false(is_there("cut.st.checkpoint.previous"));
    }
}

static void test_killed_between_checkpoints(void **state)
{
    (void)state;
    const pid_t pid = program_start(TRAIN "--checkpoint-every 2 -o cut.st");
    wait_for("\n    5 ");
    kill(pid, SIGKILL);
    program_discard(program_wait(pid));
    assert_true(is_there("cut.st.checkpoint.previous"));
    stop(TRAIN "--checkpoint-every 2 -o cut.st --resume", SIGTERM, 143);
    program_discard(program_expect(TRAIN "--checkpoint-every 3 -o cut.st --resume", 0));
    assert_true(program_same("whole.st", "cut.st"));
}

/* `2>&1 | head -1`: the training does not die with its reader, and has a checkpoint. */
static void test_reader_leaves(void **state)
{
    (void)state;
    remove("cut.st");
    assert_int_equal(system("{ \"$AUSPEX_PROGRAM\" " TRAIN "-o cut.st 2>&1; echo $? >code; } | head -n 1 "
                            ">/dev/null"),
                     0);
    char *code = program_read("code", NULL);
    assert_string_equal(code, "141\n");
    free(code);
    program_discard(program_expect(TRAIN "-o cut.st --resume", 0));
    assert_true(program_same("whole.st", "cut.st"));
    remove("code");
}

#define BACKTEST "backtest data.csv " SETTINGS "--epochs 12 --folds 3 --seeds 2 "

/* What was trained in a backtest is not trained again. */
static void test_backtest(void **state)
{
    (void)state;
    program_discard(program_expect(BACKTEST "--csv whole.csv", 0));
    const pid_t pid = program_start(BACKTEST "--csv cut.csv");
    for (int i = 0; i < 5000 && !is_there("cut.csv.checkpoint.2"); i++)
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    kill(pid, SIGTERM);
    program_result r = program_wait(pid);
    assert_int_equal(r.status, 143);
    assert_non_null(strstr(r.err, "goes on with: auspex backtest data.csv "));
    program_result_free(&r);
    assert_false(is_there("cut.csv"));
    program_discard(program_expect(BACKTEST "--csv cut.csv --resume --threads 2", 0));
    assert_true(program_same("whole.csv", "cut.csv"));
    assert_false(is_there("cut.csv.checkpoint.1"));
    assert_false(is_there("cut.csv.checkpoint.6"));
}

static void wait_for_file(const char *name)
{
    for (int i = 0; i < 5000 && !is_there(name); i++)
        nanosleep(&(struct timespec){0, 2000000}, NULL);
}

/* A work of many pieces that is stopped as soon as `kept` is there, and killed amid the rest, goes on to the
 * same file; what is done is not done again, and what was kept of it goes. */
static void goes_on(const char *words, const char *whole, const char *kept)
{
    char line[600], name[80], again[80];
    snprintf(name, sizeof name, "cut.%s", strrchr(whole, '.') + 1);
    snprintf(again, sizeof again, "goes on with: auspex %.20s", words);
    remove(name);
    snprintf(line, sizeof line, "%s %s", words, name);
    pid_t pid = program_start(line);
    wait_for_file(kept);
    kill(pid, SIGTERM);
    program_result r = program_wait(pid);
    assert_int_equal(r.status, 143);
    assert_non_null(strstr(r.err, again));
    program_result_free(&r);
    char resumed[700];
    snprintf(resumed, sizeof resumed, "%s %s --resume", words, name);
    pid = program_start(resumed);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    kill(pid, SIGKILL);
    r = program_wait(pid);
    const bool killed = r.status == 128 + SIGKILL; /* else it was done by then */
    program_result_free(&r);
    r = program_expect(resumed, 0);
    assert_non_null(strstr(r.err, killed ? "pieces of the work" : "the work begins"));
    program_result_free(&r);
    assert_true(program_same(whole, name));
    assert_false(is_there(kept));
}

/* Data that other networks, or series, are chosen for. */
static void test_search_and_select(void **state)
{
    (void)state;
#define SEARCH "search data.csv " SETTINGS "--epochs 27 --candidates 5 -o"
#define SELECT "select many.csv --horizon 7 --checkpoint-every 1 --csv"
    program_discard(program_expect(SEARCH " found.st", 0));
    goes_on(SEARCH, "found.st", "cut.st.checkpoint");
    assert_false(is_there("cut.st.checkpoint.1"));
    program_discard(program_expect(SELECT " chosen.csv", 0));
    goes_on(SELECT, "chosen.csv", "cut.csv.checkpoint");
    /* Of another search or selection nothing is taken. */
    pid_t pid = program_start(SEARCH " cut.st");
    wait_for_file("cut.st.checkpoint");
    kill(pid, SIGKILL);
    program_discard(program_wait(pid));
    program_refused(SEARCH " cut.st --resume --seed 9", 3, "is of a work with other data or settings");
    program_refused(SEARCH " cut.st --resume --horizon 5", 3, "is of a work with other data or settings");
    program_refused(TRAIN "-o cut.st --resume", 3, "cut.st.checkpoint: ");
    remove("cut.st.checkpoint");
    program_refused("select data.csv --resume", 2, "no file");
}

static void refuse(const char *words, int status, const char *what)
{
    program_result r = program_expect(words, status);
    if (!strstr(r.err, what))
        fail_msg("'%s' is not in: %s", what, r.err);
    program_result_free(&r);
}

static void test_others_are_refused(void **state)
{
    (void)state;
    stop(TRAIN "-o cut.st", SIGTERM, 143);
    refuse("train data.csv " SETTINGS "--batch 8 -o cut.st --resume", 3, "'batch' is 16 there and 8 now");
    refuse("train data.csv " SETTINGS "--seed 4 -o cut.st --resume", 3, "other data or settings");
    refuse("train data.csv " SETTINGS "--d-ff 24 -o cut.st --resume", 3, "other data or settings");
    char *text = program_read("data.csv", NULL);
    write_data("data.csv", 2);
    refuse(TRAIN "-o cut.st --resume", 3, "other data or settings");
    program_write("data.csv", text, strlen(text));
    free(text);
    assert_true(is_there("cut.st.checkpoint"));
    program_discard(program_expect(TRAIN "-o cut.st --resume", 0));
    assert_true(program_same("whole.st", "cut.st"));
}

/* One that is damaged gives way to the one before it. */
static void test_two_generations(void **state)
{
    (void)state;
    size_t size;
    stop(TRAIN "--checkpoint-every 1 -o cut.st", SIGTERM, 143);
    assert_true(is_there("cut.st.checkpoint.previous"));
    char *text = program_read("cut.st.checkpoint", &size);
    text[size - 9] = (char)(text[size - 9] ^ 1);
    program_write("cut.st.checkpoint", text, size);
    program_result r = program_expect(TRAIN "-o cut.st --resume", 0);
    assert_non_null(strstr(r.err, "; the one before it is taken"));
    program_result_free(&r);
    assert_true(program_same("whole.st", "cut.st"));
    program_write("cut.st.checkpoint", text, size / 2);
    free(text);
    refuse(TRAIN "-o cut.st --resume", 3, "cut.st.checkpoint: ");
    remove("cut.st.checkpoint");
}

/* Adds one to the epoch in hand, and the hash of what that makes. */
static void leap(const char *path)
{
    nn_st_file *file;
    nn_st_writer *writer = nn_st_writer_new();
    float *data[8] = {NULL};
    assert_int_equal(nn_st_open(&file, path, NULL), NN_OK);
    for (size_t i = 0; i < nn_st_metadata_count(file); i++) {
        const char *key = nn_st_metadata_key(file, i), *value = nn_st_metadata(file, key);
        char *end, text[20000];
        if (strcmp(key, "auspex.checkpoint") == 0) {
            assert_int_equal(strncmp(value, "{\"epoch\":", 9), 0);
            const long epoch = strtol(value + 9, &end, 10);
            snprintf(text, sizeof text, "{\"epoch\":%ld%s", epoch + 1, end);
            value = text;
        }
        assert_int_equal(nn_st_writer_metadata(writer, key, value, NULL), NN_OK);
    }
    for (size_t i = 0; i < nn_st_count(file); i++) {
        const nn_st_tensor *tensor = nn_st_at(file, i);
        assert_non_null(data[i] = malloc(tensor->count * sizeof(float)));
        nn_st_read_f32(file, tensor, data[i]);
        nn_st_writer_tensor(writer, tensor->name, tensor->rank, tensor->shape, data[i], NULL);
    }
    nn_inputs_forget();
    assert_int_equal(nn_st_write(writer, path, NULL), NN_OK);
    nn_st_writer_free(writer);
    nn_st_close(file);
    for (size_t i = 0; i < sizeof data / sizeof *data; i++)
        free(data[i]);
}

/* A hash makes no sense of what has none: an epoch may not begin where the one before it never was. */
static void test_epochs_fit_each_other(void **state)
{
    (void)state;
    stop(TRAIN "-o cut.st", SIGTERM, 143);
    leap("cut.st.checkpoint");
    refuse(TRAIN "-o cut.st --resume", 3, "cut.st.checkpoint: its epochs do not fit each other");
    remove("cut.st.checkpoint");
}

static void test_words(void **state)
{
    (void)state;
    refuse("train data.csv " SETTINGS "-o new.st --resume", 0, "the training begins");
    assert_true(program_same("whole.st", "new.st"));
    refuse(TRAIN "-o new.st --checkpoint-every soon", 2, "neither a number of epochs nor a time");
    refuse(TRAIN "-o new.st --checkpoint-every 0 --resume", 2, "nothing is kept to go on from");
    refuse(TRAIN "-o /dev/null --resume", 2, "no file");
    refuse("train data.csv --model naive --resume -o new.st", 2, "no network");
}

/* Constant where the network learns, and huge where it is judged: no model takes the place of an older one.
 */
static void test_infinite_validation(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("a,b\n", file);
    for (int i = 0; i < 200; i++)
        fprintf(file, "%g,%d\n", i < 150 ? 5 : (i % 7 - 3) * 1e29, i % 5);
    fclose(file);
    program_write("late.csv", text, size);
    free(text);
    program_write("late.st", "old", 3);
    refuse("train late.csv --lookback 8 --horizon 2 --d-model 8 --heads 2 --epochs 2 -o late.st", 1,
           "of 'a' in row 15");
    text = program_read("late.st", NULL);
    assert_string_equal(text, "old");
    free(text);
    assert_false(is_there("late.st.checkpoint"));
}

static void test_extremes_are_pointed_out(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("a,b,c\n", file);
    for (int i = 0; i < 200; i++)
        fprintf(file, "%d,%de-300,%g\n", i % 7, i % 5, i == 60 ? 1e25 : i % 3);
    fclose(file);
    program_write("odd.csv", text, size);
    free(text);
    program_result r = program_expect("inspect odd.csv", 0);
    assert_non_null(strstr(r.err, "'b' has no value beyond 4e-300"));
    assert_non_null(strstr(r.err, "1e+25 stands 1 time in 'c'"));
    program_result_free(&r);
    refuse("train odd.csv --lookback 8 --horizon 2 --d-model 8 --heads 2 --epochs 2 -o odd.st", 0,
           "'b' has no value beyond 4e-300");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_killed_between_checkpoints),
        cmocka_unit_test(test_reader_leaves),
        cmocka_unit_test(test_others_are_refused),
        cmocka_unit_test(test_two_generations),
        cmocka_unit_test(test_epochs_fit_each_other),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_backtest),
        cmocka_unit_test(test_search_and_select),
        cmocka_unit_test(test_infinite_validation),
        cmocka_unit_test(test_extremes_are_pointed_out),
    };
    if (program_set_up(argc > 1 ? argv[1] : NULL))
        return 1;
    const int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
