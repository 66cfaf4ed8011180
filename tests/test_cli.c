/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program as its users meet it: texts, the command line, reading data. */
#include "program.h"

#include "cmocka_all.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const commands[] = {"inspect",  "correlate", "train",   "evaluate", "backtest",
                                       "forecast", "classify",  "explain", "early",    "plot",
                                       "simulate", "import",    "models",  "bench",    "help"};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* Runs and checks the exit code; wanted must stand in what was said (standard error unless out is asked for).
 */
static void says(const char *words, int status, const char *wanted)
{
    program_result r = program_run(words, NULL);
    if (r.status != status || !strstr(r.err, wanted))
        fail_msg("auspex %s: exit code %d instead of %d, said '%s' instead of '%s'", words, r.status, status,
                 r.err, wanted);
    assert_string_equal(r.out, "");
    program_result_free(&r);
}

static void prints(const char *words, const char *wanted)
{
    program_result r = program_run(words, NULL);
    if (r.status || !strstr(r.out, wanted))
        fail_msg("auspex %s: exit code %d, '%s' is not in '%s' (%s)", words, r.status, wanted, r.out, r.err);
    program_result_free(&r);
}

static void write_text(const char *name, const char *text)
{
    program_write(name, text, strlen(text));
}

/* --- texts --- */

static void test_overview(void **state)
{
    (void)state;
    program_result r = program_run("--help", NULL);
    assert_int_equal(r.status, 0);
    for (int i = 0; i < COMMANDS; i++) {
        char line[64];
        snprintf(line, sizeof line, "\n  %-10s ", commands[i]);
        assert_non_null(strstr(r.out, line));
    }
    assert_non_null(strstr(r.out, "classify light curves"));
    program_result_free(&r);
    prints("train --help", "'auspex train --model t2");
    prints("evaluate --help", "'auspex evaluate");
    prints("evaluate --help", "Classifiers of light curves have options of their own");
}

static void test_help_of_every_command(void **state)
{
    (void)state;
    for (int i = 0; i < COMMANDS; i++) {
        char words[64];
        snprintf(words, sizeof words, "%s --help", commands[i]);
        program_result by_flag = program_run(words, NULL);
        snprintf(words, sizeof words, "help %s", commands[i]);
        program_result by_command = program_run(words, NULL);
        assert_int_equal(by_flag.status, 0);
        assert_int_equal(by_command.status, 0);
        assert_string_equal(by_flag.err, "");
        assert_string_equal(by_flag.out, by_command.out);
        const char *examples = strstr(by_flag.out, "\nExamples:\n"),
                   *everywhere = strstr(by_flag.out, "\nEverywhere:\n");
        assert_non_null(examples);
        assert_non_null(everywhere);
        assert_true(examples < everywhere);
        assert_null(strchr(by_flag.out, '\033'));
        program_result_free(&by_flag);
        program_result_free(&by_command);
    }
}

static void test_help_fits_the_width(void **state)
{
    (void)state;
    program_result r = program_run_into("train --help", "wide.txt", "COLUMNS=50");
    size_t size;
    char *text = program_read("wide.txt", &size);
    assert_int_equal(r.status, 0);
    assert_non_null(text);
    const char *options = strstr(text, "\nTraining:\n");
    assert_non_null(options);
    for (const char *line = options + 1; *line;) {
        size_t length = strcspn(line, "\n");
        bool label = strncmp(line, "      --", 8) == 0; /* a list of choices is never broken */
        if (length > 50 && !label)
            fail_msg("%zu columns: %.*s", length, (int)length, line);
        line += length + (line[length] != '\0');
    }
    remove("wide.txt");
    free(text);
    program_result_free(&r);
}

static void test_defaults_are_printed(void **state)
{
    (void)state;
    prints("train --help", "(default 1e-4)");
    prints("train --help", "Settings of --model itransformer");
    prints("help train", "--[no-]instance-norm");
    prints("--help", "\n  forecast ");
    prints("-h", "Exit codes");
    prints("--version", "auspex ");
    prints("train --nonsense --help", "Usage:"); /* who asks for help gets it */
}

static void test_nothing_given(void **state)
{
    (void)state;
    says("", 2, "Usage:");
    says("inspect", 2, "missing: FILE");
    says("inspect", 2, "See 'auspex inspect --help'.");
}

static void test_man_page(void **state)
{
    (void)state;
    for (int i = -1; i < COMMANDS; i++) {
        char words[64];
        snprintf(words, sizeof words, "help --man %s", i < 0 ? "" : commands[i]);
        program_result source = program_run(words, NULL);
        assert_int_equal(source.status, 0);
        program_result page = program_run_other("scdoc", "", source.out);
        program_result_free(&source);
        if (page.status == 127) {
            program_result_free(&page);
            skip();
        }
        if (page.status || page.err_size)
            fail_msg("scdoc on help --man %s: %d, %s", i < 0 ? "" : commands[i], page.status, page.err);
        assert_non_null(strstr(page.out, ".TH \"auspex"));
        assert_non_null(strstr(page.out, "EXIT STATUS"));
        program_result_free(&page);
    }
}

static void test_completion(void **state)
{
    (void)state;
    prints("help --completion zsh", "#compdef auspex");
    prints("help --completion fish", "-l lookback");
    says("help --completion tcsh", 2, "none of bash, zsh, fish");
    program_result script = program_run("help --completion bash", NULL);
    assert_int_equal(script.status, 0);
    assert_non_null(strstr(script.out, "complete "));
    /* The script itself, then the question that the shell asks. */
    char *asked = NULL;
    assert_true(
        asprintf(&asked,
                 "%s\nCOMP_WORDS=(auspex train --lookb); COMP_CWORD=2; _auspex; echo \"${COMPREPLY[*]}\"\n"
                 "COMP_WORDS=(auspex train --loss ''); COMP_CWORD=3; _auspex; echo \"${COMPREPLY[*]}\"\n"
                 "COMP_WORDS=(auspex fo); COMP_CWORD=1; _auspex; echo \"${COMPREPLY[*]}\"\n",
                 script.out) > 0);
    program_result answer = program_run_other("bash", "--norc -s", asked);
    free(asked);
    program_result_free(&script);
    if (answer.status != 127) {
        assert_string_equal(answer.err, "");
        assert_string_equal(answer.out, "--lookback\nmse mae huber pinball\nforecast\n");
    }
    program_result_free(&answer);
}

/* --- the command line --- */

static void test_wrong_command_lines(void **state)
{
    (void)state;
    static const struct {
        const char *words, *wanted;
    } cases[] = {
        {"trian", "did you mean train?"},
        {"zzzz", "there is no command 'zzzz'\nSee 'auspex --help'."},
        {"help forcast", "did you mean forecast?"},
        {"--json", "before the command"},
        {"train x.csv --lokback 5 -o x", "unknown option --lokback; did you mean --lookback?"},
        {"train x.csv --lookb 5 -o x", "unknown option --lookb"}, /* no abbreviations */
        {"train x.csv --no-jsn -o x", "did you mean --json?"},
        {"train x.csv -x", "unknown option -x"},
        {"train x.csv -output y", "did you mean --output?"},
        {"train x.csv -o", "--output needs a value: --output FILE"},
        {"train x.csv --output=", "--output needs a value: --output FILE"},
        {"forecast x.csv m.st --future-file=", "--future-file needs a value: --future-file FILE"},
        {"train x.csv --model hsttn --stations=", "--stations needs a value: --stations FILE"},
        {"train x.csv --holidays=", "--holidays needs a value: --holidays FILE"},
        {"select x.csv --csv=", "--csv needs a value: --csv FILE"},
        {"train x.csv -o --json", "looks like an option"},
        {"train x.csv --json=yes", "--json takes no value"},
        {"train x.csv --no-json=yes", "--no-json takes no value"},
        {"train x.csv --epochs 1e3", "'1e3' is not a whole number (1 to 100000)"},
        {"train x.csv --epochs 0", "is not in the allowed range (1 to 100000)"},
        {"train x.csv --loss hubr", "did you mean huber?"},
        {"train x.csv --model itransformr", "did you mean itransformer?"},
        {"train x.csv y.csv -o z", "'y.csv' is too much: this command takes DATA.csv"},
        {"train x.csv", "--output is missing"},
        {"train", "missing: DATA.csv"},
        {"evaluate x.csv", "'x.csv' is not enough"},
        {"models x", "'x' is too much: this command takes options only"},
        {"plot foo bar", "none of series, components, loss, attention"},
        {"plot loss", "plot loss takes MODEL"},
        {"import x.safetensors -o y", "--data is missing"},
        {"inspect x.csv --delimiter xx", "neither one character nor"},
        {"train x.csv -o y --plot y.webp", "y.webp"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        says(cases[i].words, 2, cases[i].wanted);
    assert_int_equal(program_files(), 0);
}

static const char small[] = "date,a,b\n2020-01-01,1,2\n2020-01-02,2,4\n2020-01-03,3,6\n2020-01-04,4,8\n";

static void test_forms_of_options(void **state)
{
    (void)state;
    write_text("-x.csv", "t;a\n1;2,5\n2;3,5\n3;4,5\n");
    static const char *const same[] = {
        "inspect -d ; --decimal-comma --time t --json -- -x.csv",
        "inspect --json -d; --time=t --decimal-comma ./-x.csv",
        "inspect --delimiter semicolon --decimal-comma --no-json --json --time t -- -x.csv",
        "inspect ./-x.csv --delimiter=; --time=t --decimal-comma -q --no-quiet --json"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        prints(same[i], "\"mean\": 3.5");
    remove("-x.csv");
}

static void test_exit_codes_of_inputs(void **state)
{
    (void)state;
    write_text("broken.csv", "date,a\n2020-01-01,1\n2020-01-02,oops\n");
    write_text("empty.csv", "");
    says("inspect broken.csv", 3, "broken.csv:3:2: ");
    says("inspect empty.csv", 3, "empty");
    says("inspect missing.csv", 3, "missing.csv");
    says("inspect /", 3, "folder");
    says("forecast broken.csv broken.csv", 3, "safetensors");
    says("train missing.csv -o m.safetensors", 3, "missing.csv");
    says("train missing.csv -o nowhere/m.safetensors", 1, "its folder does not exist");
    remove("broken.csv");
    remove("empty.csv");
    assert_int_equal(program_files(), 0);
}

static void test_control_bytes_stay_out_of_messages(void **state)
{
    (void)state;
    write_text("evil.csv", "date,a\033[31m\n2020-01-01,1\n2020-01-02,x\n");
    program_result r = program_run("inspect evil.csv", NULL);
    assert_int_equal(r.status, 3);
    assert_null(strchr(r.err, '\033'));
    program_result_free(&r);
    write_text("evil.csv", "date,a\033[31m\n2020-01-01,1\n2020-01-02,2\n2020-01-03,2\n");
    r = program_run("inspect evil.csv", NULL);
    assert_int_equal(r.status, 0);
    assert_null(strchr(r.out, '\033'));
    program_result_free(&r);
    remove("evil.csv");
}

/* --- inspect --- */

static void test_inspect_reads_a_pipe(void **state)
{
    (void)state;
    program_result r = program_run("inspect -", small);
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(r.out, "standard input"));
    assert_non_null(strstr(r.out, "every day"));
    program_result_free(&r);
}

static void test_inspect_counts_trouble(void **state)
{
    (void)state;
    program_result r =
        program_run("inspect - --json", "date,a\n2020-01-01,1\n2020-01-02,\n2020-01-05,3\n2020-01-06,4\n"
                                        "2020-01-07,4\n2020-01-08,1\n");
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(r.err, "auspex: note: "));
    json_t *document = json_loads(r.out, 0, NULL);
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), "auspex.inspect/1");
    assert_string_equal(json_string_value(json_object_get(document, "frequency")), "d");
    assert_int_equal(json_integer_value(json_object_get(document, "gaps")), 1);
    assert_int_equal(json_integer_value(json_object_get(document, "missing_stamps")), 2);
    assert_int_equal(json_integer_value(json_object_get(document, "missing_values")), 1);
    assert_int_equal(json_array_size(json_object_get(document, "columns")), 1);
    json_decref(document);
    program_result_free(&r);
}

static void test_quiet(void **state)
{
    (void)state;
    write_text("late.csv", "date,a\n2020-01-02,1\n2020-01-01,2\n2020-01-03,3\n");
    program_result r = program_run("inspect late.csv", NULL);
    assert_non_null(strstr(r.err, "note"));
    program_result_free(&r);
    r = program_run("inspect -q late.csv", NULL);
    assert_int_equal(r.status, 0);
    assert_string_equal(r.err, "");
    program_result_free(&r);
    remove("late.csv");
}

static void test_models(void **state)
{
    (void)state;
    prints("models", "itransformer");
    program_result r = program_run("models --json", NULL);
    json_t *document = json_loads(r.out, 0, NULL);
    assert_non_null(document);
    const json_t *first = json_array_get(json_object_get(document, "models"), 0);
    assert_true(json_is_object(json_object_get(first, "settings")));
    json_decref(document);
    program_result_free(&r);
}

/* --- standard output --- */

static void test_output_that_cannot_be_written(void **state)
{
    (void)state;
    write_text("small.csv", small);
    static const char *const lines[] = {"inspect small.csv", "inspect small.csv --json", "--help",
                                        "help --man", "models"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        program_result full = program_run_into(lines[i], "/dev/full", NULL);
        assert_int_equal(full.status, 1);
        assert_non_null(strstr(full.err, "standard output: writing failed"));
        program_result_free(&full);
        program_result closed = program_run_into(lines[i], NULL, NULL);
        assert_int_equal(closed.status, 1);
        assert_non_null(strstr(closed.err, "standard output: writing failed"));
        program_result_free(&closed);
    }
    remove("small.csv");
}

static void test_colour(void **state)
{
    (void)state;
    static const struct {
        const char *words, *environment;
        int colour;
    } cases[] = {{"help", NULL, 0},
                 {"help", "FORCE_COLOR=1", 1},
                 {"help", "FORCE_COLOR=0", 0},
                 {"help --no-color", "FORCE_COLOR=1", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program_result r = program_run_into(cases[i].words, "help.txt", cases[i].environment);
        char *text = program_read("help.txt", NULL);
        assert_non_null(text);
        assert_int_equal(strchr(text, '\033') != NULL, cases[i].colour);
        free(text);
        program_result_free(&r);
    }
    remove("help.txt");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overview),
        cmocka_unit_test(test_help_of_every_command),
        cmocka_unit_test(test_help_fits_the_width),
        cmocka_unit_test(test_defaults_are_printed),
        cmocka_unit_test(test_nothing_given),
        cmocka_unit_test(test_man_page),
        cmocka_unit_test(test_completion),
        cmocka_unit_test(test_wrong_command_lines),
        cmocka_unit_test(test_forms_of_options),
        cmocka_unit_test(test_exit_codes_of_inputs),
        cmocka_unit_test(test_control_bytes_stay_out_of_messages),
        cmocka_unit_test(test_inspect_reads_a_pipe),
        cmocka_unit_test(test_inspect_counts_trouble),
        cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_output_that_cannot_be_written),
        cmocka_unit_test(test_colour),
    };
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli PROGRAM\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
