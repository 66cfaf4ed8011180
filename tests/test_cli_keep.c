/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained model never takes the place of a better one of the same data and settings unless it is forced
 * to: every family, and trainings that were stopped early. */
#include "seasons_file.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#define NETWORK                                                                                              \
    "--model itransformer --lookback 14 --horizon 4 --d-model 8 --heads 2 --layers 1 --learning-rate 3e-3 "  \
    "--patience 0 --batch 16 "
#define TABLE "train data.csv " NETWORK
#define PANEL                                                                                                \
    "train farm.csv --id station --target power --model stid --lookback 8 --horizon 2 --patience 0 "         \
    "--learning-rate 3e-3 "
#define SKY                                                                                                  \
    "train sky.csv --metadata meta.csv --model t2 --grid 8 --d-model 8 --heads 2 --d-ff 8 --redshift none "  \
    "--label class --split 0.5/0.4/0.1 --patience 0 "
#define BETTER " holds a better model of the same data and settings"

static bool is_there(const char *name)
{
    return access(name, F_OK) == 0;
}

static void fill_farm(FILE *out)
{
    fputs("date,station,power\n", out);
    for (int i = 0; i < 200; i++)
        for (int s = 0; s < 2; s++)
            fprintf(out, "2020-01-%02d %02d:00,%c,%.4f\n", 1 + i / 24, i % 24, 'p' + s, 5 + sin(i % (5 + s)));
}

static void fill_sky(FILE *out)
{
    fputs("object_id,mjd,band,flux,flux_err\n", out);
    for (int n = 1; n <= 40; n++)
        for (int k = 0; k < 12; k++)
            fprintf(out, "%d,%d,%c,%.3f,1.5\n", n, 59000 + 3 * k, "gr"[k % 2],
                    20 + n % 2 * 30 + 10 * sin(k / (1.0 + n % 2)) + n * k % 5);
}

static void fill_meta(FILE *out)
{
    fputs("object_id,class\n", out);
    for (int n = 1; n <= 40; n++)
        fprintf(out, "%d,%c\n", n, "ab"[n % 2]);
}

static int group_set_up(void **state)
{
    (void)state;
    seasons_write();
    program_fill("farm.csv", fill_farm);
    program_fill("sky.csv", fill_sky);
    program_fill("meta.csv", fill_meta);
    return 0;
}

/* Of one family: many epochs first, then one. */
static void better_stays(const char *train, const char *more)
{
    char words[600];
    remove("m.st");
    remove("m.2.st");
    remove("m.3.st");
    snprintf(words, sizeof words, "%s %s -o m.st", train, more);
    program_discard(program_expect(words, 0));
    char *text = program_read("m.st", NULL);
    free(text);
    snprintf(words, sizeof words, "%s %s -o copy.st", train, more);
    program_discard(program_expect(words, 0));
    snprintf(words, sizeof words, "%s --epochs 1 -o m.st", train);
    program_refused(words, 1, "m.st" BETTER);
    assert_true(program_same("m.st", "copy.st"));
    assert_true(is_there("m.2.st"));
    program_refused(words, 1, ", is m.3.st; --force replaces it");
    assert_true(program_same("m.2.st", "m.3.st"));
    assert_true(program_same("m.st", "copy.st"));
    assert_false(is_there("m.st.checkpoint"));
    /* The same training again gives the same bytes, and there is nothing to say. */
    snprintf(words, sizeof words, "%s %s -o m.st", train, more);
    program_result r = program_expect(words, 0);
    assert_null(strstr(r.err, "better model"));
    program_result_free(&r);
    assert_true(program_same("m.st", "copy.st"));
    /* A better one takes the place of a worse one. */
    snprintf(words, sizeof words, "%s %s -o m.2.st", train, more);
    program_discard(program_expect(words, 0));
    assert_true(program_same("m.2.st", "copy.st"));
    snprintf(words, sizeof words, "%s --epochs 1 -o m.st --force", train);
    program_discard(program_expect(words, 0));
    assert_true(program_same("m.st", "m.3.st"));
}

static void test_families(void **state)
{
    (void)state;
    better_stays(TABLE, "--epochs 12");
    better_stays(PANEL, "--epochs 8");
    better_stays(SKY, "--epochs 40");
}

/* Other settings, other rows, no model, or a loss that is measured otherwise: nothing is better or worse. */
static void test_others_are_replaced(void **state)
{
    (void)state;
    static const char *const others[] = {
        "--d-ff 12 ",  "--horizon 3 ",         "--loss mae ", "--scaler none ",
        "--target a ", "--split 0.6/0.2/0.2 ", NULL};
    char words[600];
    for (int i = 0; others[i]; i++) {
        program_discard(program_expect(TABLE "--epochs 12 -o other.st", 0));
        snprintf(words, sizeof words, "%s%s--epochs 1 -o other.st", TABLE, others[i]);
        program_discard(program_expect(words, 0));
    }
    program_discard(program_expect(TABLE "--epochs 12 -o other.st", 0));
    size_t size;
    char *text = program_read("data.csv", &size);
    const char *last = strrchr(text, '.');
    program_write("shorter.csv", text, (size_t)(last - text) + 2);
    free(text);
    program_discard(program_expect("train shorter.csv " NETWORK "--epochs 1 -o other.st", 0));
    program_write("other.st", "no model", 8);
    program_discard(program_expect(TABLE "--epochs 1 -o other.st", 0));
    assert_false(is_there("other.2.st"));
    /* The name of the file says nothing. */
    program_discard(program_expect(TABLE "--epochs 12 -o other.st", 0));
    assert_int_equal(rename("data.csv", "renamed.csv"), 0);
    program_refused("train renamed.csv " NETWORK "--epochs 1 -o other.st", 1, "other.st" BETTER);
    assert_int_equal(rename("renamed.csv", "data.csv"), 0);
}

/* Ctrl-C puts what is so far no better beside, and says so. */
static void test_stopped(void **state)
{
    (void)state;
    signal(SIGINT, SIG_DFL);
    program_discard(program_expect(TABLE "--epochs 60 -o m.st --force", 0));
    program_discard(program_expect(TABLE "--epochs 60 -o copy.st", 0));
    remove("m.2.st");
    const pid_t pid = program_start(TABLE "--epochs 5000 --learning-rate 1e-5 -o m.st");
    for (int i = 0; i < 5000; i++) {
        char *said = program_said();
        const bool begun = said && strstr(said, "  best\n");
        free(said);
        if (begun)
            break;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    kill(pid, SIGINT);
    program_result r = program_wait(pid);
    assert_int_equal(r.status, 130);
    assert_non_null(strstr(r.err, ", is in m.2.st: m.st" BETTER));
    program_result_free(&r);
    assert_true(program_same("m.st", "copy.st"));
    assert_true(is_there("m.2.st"));
    assert_true(is_there("m.st.checkpoint"));
}

/* The name beside has the end of the name that was asked for, and JSON says which it is. */
static void test_names(void **state)
{
    (void)state;
    program_discard(program_expect(TABLE "--epochs 12 -o plain", 0));
    program_result r = program_expect(TABLE "--epochs 1 -o plain --json", 1);
    assert_non_null(strstr(r.out, "\"file\": \"plain.2\""));
    program_result_free(&r);
    assert_true(is_there("plain.2"));
    r = program_expect(TABLE "--epochs 1 -o -", 0);
    assert_true(r.out_size > 1000);
    program_result_free(&r);
}

static void test_search(void **state)
{
    (void)state;
#define SEARCH "search data.csv " NETWORK "--candidates 1 -o found.st "
    program_discard(program_expect(TABLE "--epochs 30 -o found.st", 0));
    program_discard(program_expect(TABLE "--epochs 30 -o twin.st", 0));
    program_result r = program_run(SEARCH "--epochs 1", NULL);
    const bool as_given = strstr(r.out, "nothing that was tried is better") != NULL;
    assert_int_equal(r.status, as_given ? 1 : 0);
    if (as_given)
        assert_true(program_same("found.st", "twin.st"));
    program_result_free(&r);
    program_discard(program_expect(SEARCH "--epochs 1 --force", 0));
    assert_false(program_same("found.st", "twin.st"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families), cmocka_unit_test(test_others_are_replaced),
        cmocka_unit_test(test_stopped),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_search),
    };
    if (program_set_up(argc > 1 ? argv[1] : NULL))
        return 1;
    const int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
