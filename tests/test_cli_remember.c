/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model remembers how its file was read: files for it are read the same way, or refused. */
#include "api/auspex.h"
#include "cmocka_all.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL                                                                                                \
    " --lookback 12 --horizon 4 --d-model 8 --heads 2 --layers 1 --epochs 1 --batch 8 -q --threads 1"

/* Rows of day, month, year and value; the days are those of months of 28. */
static void write_days(const char *name, const char *head, const char *row, int first, int count)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fprintf(file, "%s\n", head);
    for (int i = first; i < first + count; i++)
        fprintf(file, row, 1 + i % 28, 1 + i / 28 % 12, 2021 + i / 336, 100 + i % 7);
    fclose(file);
    program_write(name, text, size);
    free(text);
}

/* The exit code is `status`, and the one stream says it. */
static void says(const char *words, int status, const char *what)
{
    program_result r = program_run(words, NULL);
    if (r.status != status || (!strstr(r.out, what) && !strstr(r.err, what)))
        fail_msg("auspex %s: exit code %d, and '%s%s' does not say '%s'", words, r.status, r.out, r.err,
                 what);
    program_result_free(&r);
}

static void test_given(void **state)
{
    (void)state;
    program_bring("tests/cases/27-months-with-format.csv", "27-months-with-format.csv");
    says("train 27-months-with-format.csv --time-format %b_%Y" SMALL " -o months", 0, "");
    says("forecast 27-months-with-format.csv months", 0, "\nNov 2010,");
    says("forecast 27-months-with-format.csv months", 0,
         "read as the model's file was: --time-format '%b %Y'");
    says("evaluate 27-months-with-format.csv months", 0, "season 12");
    says("inspect months", 0, "read       --time-format '%b %Y'");
    says("forecast 27-months-with-format.csv months --time-format iso", 3, "is not a time stamp");
    says("forecast 27-months-with-format.csv months --time none", 3, "trained on rows every month");
}

static void test_library(void **state)
{
    (void)state;
    char model[4096], data[4096], out[4096];
    auspex_model *m;
    auspex_error error;
    snprintf(model, sizeof model, "%s/months", program_folder());
    snprintf(data, sizeof data, "%s/27-months-with-format.csv", program_folder());
    snprintf(out, sizeof out, "%s/out.csv", program_folder());
    assert_int_equal(auspex_model_open(&m, model, &error), AUSPEX_OK);
    if (auspex_forecast_csv(m, data, 1, out, &error))
        fail_msg("%s", error.text);
    size_t size;
    char *text = program_read("out.csv", &size);
    assert_memory_equal(text, "Month,sales\nNov 2010,", 21);
    free(text);
    auspex_model_close(m);
}

/* Policies, columns and layout. */
static void test_policies(void **state)
{
    (void)state;
    write_days("long.csv", "d,shop,y,z", "%3$d-%2$02d-%1$02d,A,%4$d,1\n", 0, 112);
    says("train long.csv --id shop --columns y --on-gap keep" SMALL " -o long", 0, "");
    says("forecast long.csv long --steps 1 -q", 0, "shop");
    says("forecast long.csv long --steps 1", 0, "--id shop --on-gap keep");
    says("forecast long.csv long --on-gap error", 3, "gap");
    write_days("wide.csv", "d,A", "%3$d-%2$02d-%1$02d,%4$d\n", 0, 112);
    says("forecast wide.csv long", 3, "no column 'shop'");
    says("forecast wide.csv long", 3, "read as the model's file was, by --id shop");
    says("forecast wide.csv long --id= -q", 0, "d,A\n");
}

/* What was found decides where another file leaves it open, and only there. */
static void test_found(void **state)
{
    (void)state;
    write_days("days.csv", "date,y", "%1$02d/%2$02d/%3$d,%4$d\n", 0, 112);
    write_days("few.csv", "date,y", "%1$02d/%2$02d/%3$d,%4$d\n", 112, 12);
    write_days("iso.csv", "stamp,y", "%3$d-%2$02d-%1$02d,%4$d\n", 112, 12);
    write_days("bare.csv", "x,y", "%4$d,%4$d\n", 0, 112);
    says("train days.csv --on-gap keep" SMALL " -o days", 0, "");
    says("inspect few.csv", 3, "m/d/y or d/m/y");
    says("forecast few.csv days -q", 0, "\n13/05/2021,");
    says("forecast iso.csv days", 0, "the time is in the column 'stamp'; the model's file had it in 'date'");
    says("forecast bare.csv days", 3, "trained on rows every day, by the column 'date'");
    says("evaluate bare.csv days", 3, "trained on rows every day");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_library),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_found),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_remember PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
