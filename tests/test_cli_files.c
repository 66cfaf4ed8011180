/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files in odd places and circumstances: pipes, links, files of killed runs, hostile names, a hostile
 * environment. */
#include "tests/cmocka_all.h"
#include "tests/program.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRAIN                                                                                                \
    "train d.csv --model itransformer --lookback 8 --horizon 2 --d-model 8 --heads 2 --layers 1 --epochs 1 " \
    "--threads 1 -q -o "

static void make_files(void)
{
    char text[8192] = "date,a,b\n";
    size_t at = strlen(text);
    for (int r = 0; r < 96; r++)
        at += (size_t)snprintf(text + at, sizeof text - at, "2020-01-%02d %02d:00,%d,%d\n", 1 + r / 24,
                               r % 24, r * 7 % 13, r * 5 % 11);
    program_write("d.csv", text, at);
    program_discard(program_expect(TRAIN "m.safetensors", 0));
}

/* A process that writes a file into a pipe of that name. */
static void feed(const char *pipe_name, const char *file)
{
    size_t size;
    char *bytes = program_read(file, &size);
    const int fd = open(pipe_name, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    close(fd);
    free(bytes);
}

static const char *second_line(const char *text)
{
    const char *end = strchr(text, '\n');
    assert_non_null(end);
    return end + 1;
}

static void test_pipes_are_inspected_like_files(void **state)
{
    (void)state;
    static const char *const files[] = {"d.csv", "m.safetensors"};
    for (int i = 0; i < 2; i++) {
        char words[64];
        assert_int_equal(mkfifo("pipe", 0600), 0);
        const pid_t pid = program_start("inspect pipe");
        feed("pipe", files[i]);
        program_result piped = program_wait(pid);
        snprintf(words, sizeof words, "inspect %s", files[i]);
        program_result plain = program_expect(words, 0);
        assert_int_equal(piped.status, 0);
        assert_string_equal(second_line(piped.out), second_line(plain.out));
        program_result_free(&piped);
        program_result_free(&plain);
        unlink("pipe");
    }
}

static void test_models_come_through_pipes(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    const pid_t pid = program_start("forecast d.csv pipe");
    feed("pipe", "m.safetensors");
    program_result piped = program_wait(pid), plain = program_expect("forecast d.csv m.safetensors", 0);
    assert_int_equal(piped.status, 0);
    assert_string_equal(piped.out, plain.out);
    program_result_free(&piped);
    program_result_free(&plain);
    unlink("pipe");
}

/* The program waits for the pipe's writer with no thread but its first, whatever OpenBLAS would like. */
static void test_one_thread_where_nothing_is_multiplied(void **state)
{
    (void)state;
    char path[64], line[200];
    int threads = 0;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    char *before = getenv("OPENBLAS_NUM_THREADS") ? strdup(getenv("OPENBLAS_NUM_THREADS")) : NULL;
    setenv("OPENBLAS_NUM_THREADS", "2", 1);
    const pid_t pid = program_start("inspect pipe");
    const int fd = open("pipe", O_WRONLY); /* it has reached its main function then */
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "Threads: %d", &threads);
    if (file)
        fclose(file);
    close(fd);
    program_discard(program_wait(pid));
    if (before)
        setenv("OPENBLAS_NUM_THREADS", before, 1);
    else
        unsetenv("OPENBLAS_NUM_THREADS");
    free(before);
    unlink("pipe");
    assert_int_equal(threads, 1);
}

static void test_left_over_files_are_mentioned(void **state)
{
    (void)state;
    program_write(".auspex-0123456789abcdef.tmp", "half", 4);
    program_write(".auspex-of-mine.tmp", "mine", 4);
    program_result r = program_expect("forecast d.csv m.safetensors -o f.csv", 0);
    assert_non_null(strstr(r.err, "removed 1 unfinished file"));
    assert_int_not_equal(access(".auspex-0123456789abcdef.tmp", F_OK), 0);
    assert_int_equal(access(".auspex-of-mine.tmp", F_OK), 0);
    program_result_free(&r);
    unlink(".auspex-of-mine.tmp");
}

static void test_links_to_nowhere_are_no_outputs(void **state)
{
    (void)state;
    assert_int_equal(symlink("nowhere", "link"), 0);
    program_result r = program_expect("forecast d.csv m.safetensors -o link", 1);
    assert_non_null(strstr(r.err, "link: is a link that leads to no file"));
    program_result_free(&r);
    unlink("link");
}

static void test_what_is_shown_is_harmless(void **state)
{
    (void)state;
    static const char text[] =
        "date,a\xc2\x9b"
        "31m,b\xe2\x80\xae"
        "e,c\xe2\x81\xa6,d\x1b[1m\n2020-01-01,1,2,3,4\n2020-01-02,2,1,3,5\n2020-01-03,1,3,4,4\n";
    program_write("odd\nname.csv", text, strlen(text));
    static const char *const words[] = {"inspect odd\nname.csv", "correlate odd\nname.csv --target nope",
                                        "forecast odd\nname.csv --horizon 1 -o o\n.csv"};
    static const char *const harmful[] = {"\xc2\x9b", "\xe2\x80\xae", "\xe2\x81\xa6",
                                          "\x1b",     "odd\nname",    "o\n.csv"};
    for (int i = 0; i < 3; i++) {
        program_result r = program_run(words[i], NULL);
        for (size_t k = 0; k < sizeof harmful / sizeof *harmful; k++)
            if (strstr(r.out, harmful[k]) || strstr(r.err, harmful[k]))
                fail_msg("%s shows harmful text %zu: %s%s", words[i], k, r.out, r.err);
        program_result_free(&r);
    }
}

static void test_gnuplot_sees_no_terminal_of_the_user(void **state)
{
    (void)state;
    static const char script[] = "#!/bin/sh\nenv | grep -E '^GNU(TERM|PLOT_LIB)=' >&2 && exit 1\nexec cat\n";
    program_write("fake", script, strlen(script));
    assert_int_equal(chmod("fake", 0755), 0);
    char name[200];
    snprintf(name, sizeof name, "%s/fake", program_folder());
    setenv("AUSPEX_GNUPLOT", name, 1);
    setenv("GNUPLOT_LIB", "/nowhere", 1);
    program_result r = program_run_into("plot series d.csv -o p.svg", "/dev/null", "GNUTERM=qt");
    unsetenv("AUSPEX_GNUPLOT");
    unsetenv("GNUPLOT_LIB");
    if (r.status)
        fail_msg("%s", r.err);
    program_result_free(&r);
}

/* A gnuplot in the working folder is no gnuplot, whatever the PATH says. */
static void test_gnuplot_is_not_looked_for_here(void **state)
{
    (void)state;
    static const char script[] = "#!/bin/sh\ntouch ran\nexec cat\n";
    program_write("gnuplot", script, strlen(script));
    assert_int_equal(chmod("gnuplot", 0755), 0);
    static const char *const paths[] = {"PATH=", "PATH=.", "PATH=:.:", "PATH=bin:."};
    for (int i = 0; i < 4; i++) {
        program_result r = program_run_into("plot series d.csv -o p.svg", "/dev/null", paths[i]);
        assert_int_equal(r.status, 1);
        assert_non_null(strstr(r.err, "gnuplot is not installed"));
        program_result_free(&r);
        assert_int_not_equal(access("ran", F_OK), 0);
    }
}

/* What is asked for is compared with what there is, before it is used; both are said. */
static void test_memory_has_a_limit(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__ /* which takes more than that for itself */
    skip();
#endif
    program_result r = program_expect("train d.csv --model itransformer --lookback 8 --horizon 2 --d-model "
                                      "4096 --heads 2 --layers 2 --epochs 1 "
                                      "--threads 1 --memory 200M -o large.safetensors",
                                      1);
    assert_non_null(strstr(r.err, "error: a training takes "));
    assert_non_null(strstr(r.err, "GB are free (--memory)"));
    program_result_free(&r);
    assert_int_not_equal(access("large.safetensors", F_OK), 0);
    static const char *const sizes[] = {"--memory=0", "--memory=x", "--memory=1.5X", "--memory=10",
                                        "--memory=-1G"};
    for (int i = 0; i < 5; i++) {
        char words[80];
        snprintf(words, sizeof words, "inspect d.csv %s", sizes[i]);
        r = program_expect(words, 2);
        assert_non_null(strstr(r.err, "is no size"));
        program_result_free(&r);
    }
    program_discard(program_expect("inspect d.csv --memory 1.5G", 0));
    r = program_expect("inspect d.csv --memory 1M", 1);
    assert_non_null(strstr(r.err, "error: "));
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipes_are_inspected_like_files),
        cmocka_unit_test(test_models_come_through_pipes),
        cmocka_unit_test(test_one_thread_where_nothing_is_multiplied),
        cmocka_unit_test(test_left_over_files_are_mentioned),
        cmocka_unit_test(test_links_to_nowhere_are_no_outputs),
        cmocka_unit_test(test_what_is_shown_is_harmless),
        cmocka_unit_test(test_gnuplot_sees_no_terminal_of_the_user),
        cmocka_unit_test(test_gnuplot_is_not_looked_for_here),
        cmocka_unit_test(test_memory_has_a_limit),
    };
    if (argc < 2 || program_set_up(argv[1]))
        return 2;
    make_files();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
