/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a training or a table takes is known from shapes, before any memory is filled: --plan prints it at
 * once whatever the size, and more than is free is refused with both numbers. */
#include "seasons_file.h"

#include <time.h>
#include <unistd.h>
#include <zlib.h>

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

#define FARM " farm.csv --id station --stations places.csv --target power --lookback 8 --horizon 2 "
#define SKY  " sky.csv --metadata meta.csv --redshift none --label class "

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
    for (int n = 1; n <= 20; n++)
        for (int k = 0; k < 12; k++)
            fprintf(out, "%d,%d,%c,%.3f,1.5\n", n, 59000 + 3 * k, "gr"[k % 2], 20 + n % 2 * 30.0 + n * k % 5);
}

static void fill_meta(FILE *out)
{
    fputs("object_id,class\n", out);
    for (int n = 1; n <= 20; n++)
        fprintf(out, "%d,%c\n", n, "ab"[n % 2]);
}

static int group_set_up(void **state)
{
    (void)state;
    seasons_write();
    program_fill("farm.csv", fill_farm);
    program_fill("sky.csv", fill_sky);
    program_fill("meta.csv", fill_meta);
    static const char places[] = "station,latitude,longitude\np,50,4\nq,51,4\n";
    program_write("places.csv", places, sizeof places - 1);
    return 0;
}

/* The bytes in a row of the plan; -1: there is no such row. */
static double bytes_of(const char *plan, const char *row)
{
    const char *memory = strstr(plan, "\nmemory"), *at = memory ? strstr(memory, row) : NULL;
    return at ? strtod(at + strlen(row), NULL) : -1;
}

static const char *const wide[] = {
    "train data.csv --model itransformer --lookback 14 --horizon 4 --d-model 16384",
    "train data.csv --d-model 16384",
    "train data.csv --model time2vec --lookback 14 --horizon 4 --d-ff 65536 --hidden 65536 --blocks 8",
    "train" FARM "--model hsttn --d-model 16384",
    "train" FARM "--model stid --d-model 16384",
    "train" SKY "--model t2 --d-model 4096 --d-ff 16384 --heads 8 --layers 8",
    "train" SKY "--model t2-points --d-model 4096 --d-ff 16384 --heads 8 --layers 8",
};
enum { WIDE = sizeof wide / sizeof *wide };

/* Within a hundredth of the memory that it tells of, and at once. */
static void test_plan_fills_no_memory(void **state)
{
    (void)state;
    for (int i = 0; i < WIDE; i++) {
        char words[400];
        struct timespec begin, end;
        snprintf(words, sizeof words, "%s --plan --threads 2%s", wide[i], SANITIZED ? "" : " --memory 250M");
        clock_gettime(CLOCK_MONOTONIC, &begin);
        program_result r = program_expect(words, 0);
        clock_gettime(CLOCK_MONOTONIC, &end);
        assert_true(end.tv_sec - begin.tv_sec < (SANITIZED ? 60 : 10));
        const double weights = bytes_of(r.out, "\nweights"), sum = bytes_of(r.out, "\ntogether");
        if (!(weights > 0 && sum > 3e8))
            fail_msg("%s: %s", words, r.out);
        assert_true(bytes_of(r.out, "\nmoments") == 2 * weights);
        assert_true(bytes_of(r.out, "\ngradients") >= weights);
        assert_true(bytes_of(r.out, "\nactivations") > 0);
        assert_true(sum >= 4 * weights);
        if (!SANITIZED)
            assert_non_null(strstr(r.out, " GB are free (--memory): too little"));
        program_result_free(&r);
    }
}

/* Before the weights are drawn, in every command that trains. */
static void test_too_much_is_refused(void **state)
{
    (void)state;
    if (SANITIZED)
        skip();
    char words[500];
    for (int i = 0; i < WIDE; i++) {
        snprintf(words, sizeof words, "%s --memory 250M --epochs 1 -o large.st", wide[i]);
        program_refused(words, 1, " GB more memory (weights ");
        program_refused(words, 1, " GB are free (--memory)");
    }
#define LARGE "data.csv --model itransformer --lookback 14 --horizon 4 --d-model 8192 --memory 250M "
    program_refused("backtest " LARGE, 1, " GB are free (--memory)");
    program_refused("search " LARGE "--candidates 2", 1, " GB are free (--memory)");
    assert_int_not_equal(access("large.st", F_OK), 0);
    /* Activations alone, for the weights are few: norms of a batch see a shard in one pass. */
    program_refused(
        "train data.csv --model itransformer --lookback 14 --horizon 4 --d-model 64 --batch 65536 "
        "--layers 8 --norm batch --memory 250M -o large.st",
        1, ", activations ");
}

/* What is allowed what the plan says gets through with it. */
static void test_plan_is_enough(void **state)
{
    (void)state;
    if (SANITIZED)
        skip();
#define WIDER                                                                                                \
    "train data.csv --model itransformer --lookback 14 --horizon 4 --d-model 512 --layers 2 --epochs 1 "     \
    "--threads 2 "
    program_result r = program_expect(WIDER "--plan", 0);
    const double most = bytes_of(r.out, "\ntogether");
    program_result_free(&r);
    assert_true(most > 5e7);
    char words[400];
    snprintf(words, sizeof words, WIDER "-o wider.st --memory %.0fM", most / (1 << 20) + 100);
    program_discard(program_expect(words, 0));
    snprintf(words, sizeof words, WIDER "-o wider.st --memory %.0fM", 0.7 * most / (1 << 20));
    program_refused(words, 1, "error: ");
}

/* A small gzip file that unpacks into far more than there is. */
static void test_expansion(void **state)
{
    (void)state;
    if (SANITIZED)
        skip();
    char rows[1 << 14] = "";
    for (size_t i = 0; i + 4 < sizeof rows; i += 4)
        memcpy(rows + i, "1,2\n", 4);
    gzFile file = gzopen("bomb.csv.gz", "wb1");
    assert_non_null(file);
    gzputs(file, "a,b\n");
    for (int i = 0; i < 6000; i++)
        gzwrite(file, rows, sizeof rows - 4);
    gzclose(file);
    program_refused("inspect bomb.csv.gz --memory 200M", 1,
                    "bomb.csv.gz: unpacked its table takes about 0.4 GB");
    program_refused("inspect bomb.csv.gz --memory 200M", 1, " GB are free (--memory)");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_fills_no_memory),
        cmocka_unit_test(test_too_much_is_refused),
        cmocka_unit_test(test_plan_is_enough),
        cmocka_unit_test(test_expansion),
    };
    if (program_set_up(argc > 1 ? argv[1] : NULL))
        return 1;
    const int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
