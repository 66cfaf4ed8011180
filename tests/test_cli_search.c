/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for parts from the command line: the same seed finds the same, candidates are of equal size, the
 * line that is printed trains the winner to the byte, and what cannot be searched is refused. */
#include "seasons_file.h"

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *search(const char *words)
{
    program_result r = program_expect(words, 0);
    json_t *found = json_loads(r.out, 0, NULL);
    if (!found)
        fail_msg("auspex %s: no JSON:\n%s", words, r.out);
    program_result_free(&r);
    return found;
}

#define SIZES "--lookback 28 --horizon 7 --d-model 16 --heads 2 --layers 2 --batch 16 --learning-rate 3e-3 "
#define SMALL "search data.csv " SIZES "--epochs 9 --candidates 7 --budget 1h --json "

/* Everything but what the clock says. */
static void assert_same_runs(json_t *a, json_t *b)
{
    json_t *x = json_object_get(a, "runs"), *y = json_object_get(b, "runs");
    assert_int_equal(json_array_size(x), json_array_size(y));
    for (size_t i = 0; i < json_array_size(x); i++) {
        json_t *p = json_array_get(x, i), *q = json_array_get(y, i);
        json_object_del(p, "seconds");
        json_object_del(q, "seconds");
        json_object_del(p, "ms_step");
        json_object_del(q, "ms_step");
        assert_true(json_equal(p, q));
    }
}

static void test_same_seed_same_search(void **state)
{
    (void)state;
    seasons_write();
    json_t *one = search(SMALL "--seed 5 --threads 1 -o one.safetensors"),
           *two = search(SMALL "--seed 5 --threads 2 -o two.safetensors"),
           *other = search(SMALL "--seed 6 --threads 1 -o other.safetensors");
    assert_same_runs(one, two);
    assert_true(program_same("one.safetensors", "two.safetensors"));
    json_t *x = json_object_get(one, "runs"), *y = json_object_get(other, "runs");
    assert_false(json_equal(json_object_get(json_array_get(x, 1), "parts"),
                            json_object_get(json_array_get(y, 1), "parts")));
    json_decref(one);
    json_decref(two);
    json_decref(other);
}

/* Rungs of 1, 3 and 9 epochs with 7, 2 and 1 candidates beside the one as given. */
static void test_rungs_and_sizes(void **state)
{
    (void)state;
    seasons_write();
    json_t *found = search(SMALL "--seed 5"), *runs = json_object_get(found, "runs"), *run;
    const double parameters = json_number_value(json_object_get(found, "parameters")),
                 most = json_number_value(json_object_get(found, "most_macs"));
    int in[3] = {0}, given = 0;
    double least = INFINITY;
    json_int_t best = -1;
    size_t i;
    json_array_foreach(runs, i, run)
    {
        const json_int_t rung = json_integer_value(json_object_get(run, "rung")),
                         candidate = json_integer_value(json_object_get(run, "candidate"));
        const double loss = json_number_value(json_object_get(run, "validation"));
        static const int epochs[] = {1, 3, 9};
        assert_in_range(rung, 1, 3);
        in[rung - 1]++;
        given += candidate == 0;
        assert_int_equal(json_integer_value(json_object_get(run, "epochs")), epochs[rung - 1]);
        assert_true(fabs(json_number_value(json_object_get(run, "parameters")) / parameters - 1) <= 0.03);
        assert_true(json_number_value(json_object_get(run, "macs")) <= most);
        if (rung == 3 && loss < least) {
            least = loss;
            best = candidate;
        }
    }
    assert_int_equal(in[0], 8);
    assert_int_equal(in[1], 3);
    assert_int_equal(in[2], 2);
    assert_int_equal(given, 3);
    assert_int_equal(json_integer_value(json_object_get(found, "best")), best);
    json_decref(found);
}

static void test_the_line_trains_the_winner(void **state)
{
    (void)state;
    static const char *const searches[] = {
        SMALL "--seed 5 --season 7 -o won.safetensors",
        "search data.csv --model time2vec --lookback 14 --horizon 7 --epochs 3 --candidates 3 --json "
        "--parameters 20000 --seed 2 -o won.safetensors"};
    seasons_write();
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        json_t *found = search(searches[i]);
        const char *line = json_string_value(json_object_get(found, "command"));
        char words[2000];
        assert_non_null(line);
        assert_memory_equal(line, "auspex train ", 13);
        snprintf(words, sizeof words, "%s -o again.safetensors", line + 7);
        program_discard(program_expect(words, 0));
        assert_true(program_same("won.safetensors", "again.safetensors"));
        json_decref(found);
    }
}

static void test_given_numbers_bound(void **state)
{
    (void)state;
    seasons_write();
    json_t *found = search("search data.csv " SIZES "--epochs 1 --candidates 4 --parameters 6000 "
                           "--budget-macs 40000 --json"),
           *run;
    size_t i;
    json_array_foreach(json_object_get(found, "runs"), i, run)
    {
        assert_true(fabs(json_number_value(json_object_get(run, "parameters")) / 6000 - 1) <= 0.03);
        if (json_integer_value(json_object_get(run, "candidate")))
            assert_true(json_number_value(json_object_get(run, "macs")) <= 40000);
    }
    json_decref(found);
    program_result r =
        program_expect("search data.csv " SIZES "--epochs 1 --candidates 3 --csv - --seed 1", 0);
    assert_memory_equal(r.out, "candidate,rung,epochs,", 22);
    int lines = 0;
    for (const char *c = r.out; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 1 + 4);
    program_result_free(&r);
}

static void test_a_stopped_search_keeps_the_best(void **state)
{
    (void)state;
    seasons_write();
    const pid_t pid =
        program_start("search data.csv " SIZES "--epochs 9 --candidates 2000 --budget 1h --threads 1 "
                      "-o stopped.safetensors");
    sleep(3);
    kill(pid, SIGINT);
    program_result r = program_wait(pid);
    assert_int_equal(r.status, 130);
    assert_non_null(strstr(r.out, "auspex train data.csv"));
    program_result_free(&r);
    program_discard(program_expect("inspect stopped.safetensors", 0));
}

static void test_refusals(void **state)
{
    (void)state;
    seasons_write();
    program_refused("search data.csv --model linear", 2, "linear is not made of parts");
    program_refused("search data.csv --budget soon", 2, "--budget: 'soon' is no span of time");
    program_refused("search data.csv --budget -5s", 2, "--budget: '-5s' is no span of time");
    program_refused("search data.csv --json --csv -", 2, "--json and --csv -");
    program_refused("search data.csv " SIZES "--parameters 10", 2,
                    "no width comes closer to 10 parameters than");
    program_refused("search data.csv " SIZES "--mixer pool", 2, "--mixer pool");
    program_refused("search", 2, "DATA.csv");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_search),           cmocka_unit_test(test_rungs_and_sizes),
        cmocka_unit_test(test_the_line_trains_the_winner),      cmocka_unit_test(test_given_numbers_bound),
        cmocka_unit_test(test_a_stopped_search_keeps_the_best), cmocka_unit_test(test_refusals)};
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_search PROGRAM\n", stderr);
        return 2;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
