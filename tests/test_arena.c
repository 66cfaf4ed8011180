/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generated tasks of the benchmark beside their reference values, and what each is by its nature. */
#include "bench/arena.h"
#include "bench/bench.h"
#include "tests/golden_file.h"

#include <jansson.h>

static json_t *settings_of(const nn_st_file *file)
{
    json_t *settings = json_loads(golden_setting(file, "settings"), 0, NULL);
    assert_non_null(settings);
    return settings;
}

static int number(const json_t *settings, const char *key)
{
    const json_t *value = json_object_get(settings, key);
    if (!json_is_integer(value))
        fail_msg("no %s among the settings", key);
    return (int)json_integer_value(value);
}

static double room; /* 1e-12 beside doubles, 1e-6 beside floats */

static void assert_close(const double *got, const double *want, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= room))
            fail_msg("%s[%zu] is %.17g, not %.17g", what, i, got[i], want[i]);
}

static void test_reference_values(void **state)
{
    (void)state;
    nn_st_file *file = golden_open("blocks/generators");
    json_t *s = settings_of(file);
    room = golden_is_double(file) ? 1e-12 : 1e-6;
    const int samples = number(s, "samples"), tokens = number(s, "tokens"), lag = number(s, "lag"),
              events = number(s, "events");
    const uint64_t key = (uint64_t)number(s, "key");
    const size_t n = (size_t)tokens, all = (size_t)samples * n;
    double *copied = golden_read(file, "copy_lag/", "input", all),
           *answers = golden_read(file, "copy_lag/", "target", all),
           *waves = golden_read(file, "periodic/", "input", all),
           *marked = golden_read(file, "recall/", "input", all * BENCH_RECALL_CHANNELS),
           *asked = golden_read(file, "recall/", "target", (size_t)samples),
           *input = calloc(n * BENCH_RECALL_CHANNELS, sizeof *input), *target = calloc(n, sizeof *target);
    int *place = calloc(n, sizeof *place);
    double *class = golden_read(file, "periodic/", "class", (size_t)samples);
    for (int i = 0; i < samples; i++) {
        const size_t at = (size_t)i * n;
        bench_arena_copy(key + (uint64_t)i, tokens, lag, input, target);
        assert_close(input, copied + at, n, "copied");
        assert_close(target, answers + at, n, "answer");
        assert_int_equal(bench_arena_periodic(key + 1000 + (uint64_t)i, tokens, input), (int)class[i]);
        assert_close(input, waves + at, n, "wave");
        const double truth = bench_arena_recall(key + 2000 + (uint64_t)i, tokens, events, input, place);
        assert_close(&truth, asked + i, 1, "asked");
        assert_close(input, marked + at * BENCH_RECALL_CHANNELS, n * BENCH_RECALL_CHANNELS, "marked");
    }
    free(copied);
    free(answers);
    free(waves);
    free(marked);
    free(asked);
    free(class);
    free(input);
    free(target);
    free(place);
    json_decref(s);
    nn_st_close(file);
}

static int rows_done;

/* Each row is told of once, and is the last there is. */
static void count_row(const bench *self, const bench_row *row)
{
    assert_ptr_equal(row, &self->rows[self->count - 1]);
    assert_int_equal(self->count, ++rows_done);
}

/* A network of every mixer learns from sequences of three lengths; its figures are finite, its size that of
 * softmax. */
static void test_lengths(void **state)
{
    (void)state;
    bench b = {.quick = true, .thread_counts = {1}, .thread_count_count = 1};
    nn_error error = {0};
    const int lengths[] = {32, 64, 200};
    b.lengths = lengths;
    b.length_count = 3;
    b.done = count_row;
    rows_done = 0;
    assert_int_equal(bench_lengths(&b, "softmax,pool:k=5,moss", "copy", &error), NN_OK);
    assert_int_equal(b.count, 9);
    assert_int_equal(rows_done, 9);
    for (int r = 0; r < b.count; r++) {
        assert_string_equal(b.rows[r].group, "copy");
        for (int i = 0; i < b.rows[r].count; i++)
            assert_true(isfinite(b.rows[r].figures[i].value));
        assert_string_equal(b.rows[r].figures[4].name, "parameters");
        assert_true(fabs(b.rows[r].figures[4].value / b.rows[0].figures[4].value - 1) < 0.03);
    }
    bench_clear(&b);
    assert_int_equal(bench_lengths(&b, "nothing", "copy", &error), NN_USAGE);
    bench_clear(&b);
    assert_int_equal(bench_lengths(&b, NULL, "lag", &error), NN_USAGE);
    bench_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reference_values),
                                       cmocka_unit_test(test_lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
