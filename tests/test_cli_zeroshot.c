/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published networks from the command line, end to end: values of the reference out of CSV files, long files,
 * what commands take a folder, training, and what is said of broken folders. */
#include "program.h"

#include "cmocka_all.h"

#include "lib/files/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char bolt[] = "chronos-bolt-dummy", two[] = "chronos2-dummy";
enum { MOST = 400 };

static const char *source(const char *within)
{
    static char path[1000];
    snprintf(path, sizeof path, "%s/tests/golden/zeroshot/%s", getenv("AUSPEX_SOURCE"), within);
    return path;
}

static void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text ? text : "");
}

/* A folder of a published network beside the other files of the test. */
static void bring(const char *name)
{
    char path[400], file[200];
    static const char *const files[] = {"config.json", "model.safetensors"};
    snprintf(path, sizeof path, "%s/%s", program_folder(), name);
    mkdir(path, 0700);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "tests/golden/zeroshot/%s/%s", name, files[i]);
        snprintf(file, sizeof file, "%s/%s", name, files[i]);
        program_bring(path, file);
    }
}

/* --- reference values --- */

static nn_st_file *expected(const char *name)
{
    char text[100];
    nn_st_file *file;
    nn_error error = {0};
    snprintf(text, sizeof text, "%s.expected.safetensors", name);
    if (nn_st_open(&file, source(text), &error))
        fail_msg("%s", error.text);
    return file;
}

static int values(double *out, const nn_st_file *file, const char *name)
{
    const nn_st_tensor *t = nn_st_find(file, name);
    assert_non_null(t);
    assert_true(t->count <= MOST * 21);
    nn_st_read_f64(file, t, out);
    return (int)t->count;
}

static void put(FILE *out, double x)
{
    if (isnan(x))
        fputc(',', out);
    else
        fprintf(out, ",%.9g", x);
}

/* Columns c0, c1, ... of so many rows each, NaN empty, beyond a column's length empty too. */
static void write_table(const char *name, const double *const *column, const int *length, int columns,
                        int rows)
{
    char path[500];
    snprintf(path, sizeof path, "%s/%s", program_folder(), name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("row", out);
    for (int c = 0; c < columns; c++)
        fprintf(out, ",c%d", c);
    fputc('\n', out);
    for (int i = 0; i < rows; i++) {
        fprintf(out, "%d", i + 1);
        for (int c = 0; c < columns; c++)
            put(out, i < length[c] ? column[c][i] : NAN);
        fputc('\n', out);
    }
    fclose(out);
}

/* The number in line `row` (0: the first below the head) and column `column` of CSV text. */
static double cell(const char *text, int row, int column)
{
    for (int i = 0; i <= row && text; i++) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    for (int i = 0; i < column && text; i++) {
        text = strchr(text, ',');
        text = text ? text + 1 : NULL;
    }
    if (!text)
        fail_msg("there is no row %d, column %d", row, column);
    return strtod(text, NULL);
}

static double deviation(const double *x, int n)
{
    double sum = 0, squares = 0;
    int known = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(x[i])) {
            sum += x[i];
            squares += x[i] * x[i];
            known++;
        }
    return sqrt(squares / known - sum / known * (sum / known));
}

static void near(double got, double want, double scale)
{
    if (!(fabs(got - want) <= 1e-5 * scale + 1e-8 * fabs(want)))
        fail_msg("%.9g instead of %.9g, scale %g", got, want, scale);
}

static void test_bolt(void **state)
{
    (void)state;
    static const char *const cases[] = {"a", "missing", "long", "short"};
    double context[MOST], wanted[MOST * 9];
    nn_st_file *file = expected(bolt);
    for (int i = 0; i < 4; i++) {
        char name[40], line[300];
        snprintf(name, sizeof name, "%s/context", cases[i]);
        const int rows = values(context, file, name);
        snprintf(name, sizeof name, "%s/quantiles", cases[i]);
        const int steps = values(wanted, file, name) / 9;
        int known = rows; /* rows at the end without a value are rows to come */
        while (isnan(context[known - 1]))
            known--;
        if (known < rows)
            continue;
        write_table("case.csv", (const double *const[]){context}, &rows, 1, rows);
        snprintf(line, sizeof line,
                 "forecast case.csv %s --horizon %d --quantiles .1,.2,.3,.4,.5,.6,.7,.8,.9", bolt, steps);
        program_result r = program_expect(line, 0);
        for (int q = 0; q < 9; q++)
            for (int h = 0; h < steps; h++)
                near(cell(r.out, h, 2 + q), wanted[q * steps + h], deviation(context, rows));
        near(cell(r.out, 0, 1), wanted[4 * steps], deviation(context, rows)); /* the median */
        program_result_free(&r);
    }
    nn_st_close(file);
}

static void test_two(void **state)
{
    (void)state;
    double x[3][MOST], wanted[MOST * 21], all[3 * MOST];
    nn_st_file *file = expected(two);
    int rows = values(all, file, "multi/context") / 3,
        steps = values(wanted, file, "multi/quantiles") / 3 / 21;
    const double *const columns[] = {x[0], x[1], x[2]};
    for (int i = 0; i < 3 * rows; i++)
        x[i / rows][i % rows] = all[i];
    write_table("multi.csv", columns, (int[]){rows, rows, rows}, 3, rows);
    program_result r = program_expect("forecast multi.csv chronos2-dummy/ --horizon 20 --level 90", 0);
    for (int c = 0; c < 3; c++)
        for (int h = 0; h < steps; h++) {
            const double scale = deviation(x[c], rows);
            near(cell(r.out, h, 1 + 3 * c), wanted[(c * 21 + 10) * steps + h], scale);
            near(cell(r.out, h, 2 + 3 * c), wanted[(c * 21 + 1) * steps + h], scale);
            near(cell(r.out, h, 3 + 3 * c), wanted[(c * 21 + 19) * steps + h], scale);
        }
    program_result_free(&r);
    /* What is known beforehand goes on behind the others' last rows. */
    rows = values(x[0], file, "cov/target");
    values(x[1], file, "cov/past_only");
    const int whole = values(x[2], file, "cov/known");
    steps = values(wanted, file, "cov/quantiles") / 21;
    write_table("cov.csv", columns, (int[]){rows, rows, whole}, 3, whole);
    r = program_expect("forecast cov.csv chronos2-dummy --target c0 --future c2 --horizon 24", 0);
    for (int h = 0; h < steps; h++)
        near(cell(r.out, h, 1), wanted[10 * steps + h], deviation(x[0], rows));
    program_result_free(&r);
    nn_st_close(file);
}

/* --- many series --- */

static void write_long(const char *name, int series, int first)
{
    char path[500];
    snprintf(path, sizeof path, "%s/%s", program_folder(), name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("id,row,y\n", out);
    for (int s = first; s < series; s++)
        for (int i = 0; i < 20 + 9 * s; i++)
            fprintf(out, "s%02d,%d,%.5f\n", s, i + 1, s + 3 * sin(i / (2. + s)));
    fclose(out);
}

/* Series of a long file come out as each alone does, whatever the number of threads. */
static void test_long(void **state)
{
    (void)state;
    write_long("long.csv", 30, 0);
    write_long("one.csv", 8, 7);
    program_result all =
        program_expect("forecast long.csv chronos-bolt-dummy --id id --horizon 70 --level 80 --threads 1", 0);
    program_result again =
        program_expect("forecast long.csv chronos-bolt-dummy --id id --horizon 70 --level 80 --threads 3", 0);
    program_result one =
        program_expect("forecast one.csv chronos-bolt-dummy --id id --horizon 70 --level 80", 0);
    assert_string_equal(all.out, again.out);
    const char *line = strchr(one.out, '\n') + 1;
    has(all.out, line); /* all of its lines */
    program_result_free(&all);
    program_result_free(&again);
    program_result_free(&one);
}

/* --- commands --- */

static void write_weeks(FILE *out)
{
    fputs("row,a,b\n", out);
    for (int i = 0; i < 240; i++)
        fprintf(out, "%d,%.4f,%.4f\n", i + 1, 10 + 3 * sin(i / 3.) + i % 5, 20 + 4 * cos(i / 5.) - i % 3);
}

static void test_commands(void **state)
{
    (void)state;
    program_fill("weeks.csv", write_weeks);
    program_result r = program_expect("inspect chronos-bolt-dummy", 0);
    has(r.out, "chronos-bolt");
    has(r.out, "quantiles  0.1 0.2");
    program_result_free(&r);
    r = program_expect("evaluate weeks.csv chronos2-dummy --horizon 6", 0);
    has(r.out, "chronos-2");
    has(r.out, "horizon 6");
    program_result_free(&r);
    r = program_expect("backtest weeks.csv --model chronos-bolt-dummy/ --horizon 6 --folds 2", 0);
    has(r.out, "chronos-bolt");
    program_result_free(&r);
    r = program_expect("compare weeks.csv chronos-bolt-dummy chronos2-dummy mean --horizon 6", 0);
    has(r.out, "chronos2-dummy");
    program_result_free(&r);
    r = program_expect("select weeks.csv --horizon 6 --weights chronos-bolt-dummy", 0);
    has(r.out, "\nchronos-bolt ");
    program_result_free(&r);
    program_refused("forecast weeks.csv --model ets --weights chronos-bolt-dummy", 2,
                    "--weights is a setting of --model auto");
    program_refused("forecast weeks.csv --model chronos-bolt --weights chronos-bolt-dummy", 2,
                    "the folder of chronos-bolt is told by --init");
    program_refused("forecast weeks.csv chronos-bolt-dummy --horizon 6 --level 95", 2,
                    "quantiles from 0.1 to 0.9, which hold 80%");
    program_refused("forecast weeks.csv --model chronos-bolt --horizon 6", 2, "--init is missing");
    r = program_expect("forecast weeks.csv chronos-bolt-dummy --horizon 6 --samples 3", 0);
    has(r.out, "a-sample-3");
    program_result_free(&r);
}

/* Behind "--" a folder is one, too. */
static void test_behind_dashes(void **state)
{
    (void)state;
    program_fill("weeks.csv", write_weeks);
    program_result plain = program_expect("forecast weeks.csv chronos-bolt-dummy --horizon 6", 0),
                   behind = program_expect("forecast --horizon 6 -- weeks.csv chronos-bolt-dummy", 0),
                   alone = program_expect("forecast weeks.csv --horizon 6 -- chronos-bolt-dummy", 0);
    assert_string_equal(behind.out, plain.out);
    assert_string_equal(alone.out, plain.out);
    program_result_free(&plain);
    program_result_free(&behind);
    program_result_free(&alone);
}

static void write_noise(FILE *out)
{
    unsigned state = 7;
    fputs("date,a,b\n", out);
    for (int t = 0; t < 90; t++) {
        fprintf(out, "%d-%02d-01", 2010 + t / 12, 1 + t % 12);
        for (int c = 0; c < 2; c++) {
            double sum = 0;
            for (int i = 0; i < 6; i++)
                sum += (double)((state = state * 1664525u + 1013904223u) >> 8) / (1 << 24) - 0.5;
            fprintf(out, ",%.4f", sum);
        }
        fputc('\n', out);
    }
}

/* A network that is one of the candidates: a model's file holds its weights once for all series, and
 * forecasts without the folder. */
static void test_candidate(void **state)
{
    (void)state;
    char folder[600], away[600];
    program_fill("noise.csv", write_noise);
    program_result r = program_expect(
        "train noise.csv --model auto --weights chronos-bolt-dummy --horizon 3 -o chosen.safetensors", 0);
    has(r.err, "chronos-bolt x 0.");
    program_result_free(&r);
    program_result here = program_expect("forecast noise.csv chosen.safetensors --level 80", 0);
    snprintf(folder, sizeof folder, "%s/%s", program_folder(), bolt);
    snprintf(away, sizeof away, "%s/away", program_folder());
    assert_int_equal(rename(folder, away), 0);
    program_result gone = program_expect("forecast noise.csv chosen.safetensors --level 80", 0);
    assert_int_equal(rename(away, folder), 0);
    assert_string_equal(here.out, gone.out);
    program_result_free(&here);
    program_result_free(&gone);
    r = program_expect("inspect chosen.safetensors", 0);
    has(r.out, "18 656 in 101 parameters");
    program_result_free(&r);
}

/* Training makes the loss of rows that it has not seen less, or says that it did not; the model's file
 * forecasts without the folder, the same on any number of threads. */
static void test_training(void **state)
{
    (void)state;
    program_fill("weeks.csv", write_weeks);
    program_result r =
        program_expect("train weeks.csv --model chronos-bolt --init chronos-bolt-dummy --tune 40 "
                       "--tune-rate 1e-3 --horizon 8 -o tuned.safetensors --threads 1",
                       0);
    has(r.err, "trained on: loss of the last fifth");
    program_result_free(&r);
    program_discard(program_expect("train weeks.csv --model chronos-bolt --init chronos-bolt-dummy --tune 40 "
                                   "--tune-rate 1e-3 --horizon 8 -o again.safetensors --threads 3",
                                   0));
    assert_true(program_same("tuned.safetensors", "again.safetensors"));
    program_result tuned = program_expect("forecast weeks.csv tuned.safetensors --level 80", 0),
                   plain = program_expect("forecast weeks.csv chronos-bolt-dummy --horizon 8 --level 80", 0);
    assert_string_not_equal(tuned.out, plain.out);
    program_result_free(&tuned);
    program_discard(program_expect("train weeks.csv chronos2-dummy --horizon 8 -o kept.safetensors", 0));
    program_result kept = program_expect("forecast weeks.csv kept.safetensors --level 80", 0);
    program_result_free(&plain);
    plain = program_expect("forecast weeks.csv chronos2-dummy --horizon 8 --level 80", 0);
    assert_string_equal(kept.out, plain.out);
    program_result_free(&kept);
    program_result_free(&plain);
}

/* --- broken folders --- */

static void rewrite(const char *name, const char *from, const char *to)
{
    size_t size;
    char *text = program_read(name, &size), *at = text ? memmem(text, size, from, strlen(from)) : NULL;
    assert_non_null(at);
    char *out = malloc(size + strlen(to) + 1);
    assert_non_null(out);
    const size_t before = (size_t)(at - text), behind = before + strlen(from);
    memcpy(out, text, before);
    memcpy(out + before, to, strlen(to));
    memcpy(out + before + strlen(to), text + behind, size - behind);
    program_write(name, out, size - strlen(from) + strlen(to));
    free(text);
    free(out);
}

static void refused(const char *name, const char *from, const char *to, const char *said)
{
    bring("chronos2-dummy");
    rewrite(name, from, to);
    program_refused("forecast weeks.csv chronos2-dummy --horizon 6", 3, said);
}

static void test_broken(void **state)
{
    (void)state;
    static const char config[] = "chronos2-dummy/config.json", weights[] = "chronos2-dummy/model.safetensors";
    program_fill("weeks.csv", write_weeks);
    refused(config, "Chronos2Model", "T5Model", "'architectures' is 'T5Model'");
    refused(config, "\"d_model\": 6", "\"d_model\": \"six\"",
            "'d_model' is \"six\"; expected a whole number");
    refused(config, "\"d_ff\"", "\"d_fff\"", "'d_ff' is nothing; expected");
    refused(config, "\"d_ff\": 8", "\"d_ff\": 9", "config.json asks for (9,48)");
    refused(config, "0.05,", "0.5,", "'chronos_config.quantiles' is [");
    refused(config, "{", "[", "config.json: ");
    refused(weights, "shared.weight", "spared.weight", "the tensor 'shared.weight' is missing");
    refused(weights, "\"F32\",\"shape\":[2,6]", "\"I32\",\"shape\":[2,6]", "is of whole numbers");
    bring("chronos2-dummy");
    size_t size;
    char *text = program_read(weights, &size);
    program_write(weights, text, size - 40);
    program_refused("forecast weeks.csv chronos2-dummy --horizon 6", 3, "cut off");
    free(text);
    bring("chronos2-dummy");
}

/* A folder in a model's place that holds no network. */
static void test_other_folder(void **state)
{
    (void)state;
    char path[400];
    snprintf(path, sizeof path, "%s/other", program_folder());
    mkdir(path, 0700);
    program_fill("weeks.csv", write_weeks);
    static const char *const expected =
        "other: is a folder without a config.json; expected: the file of a saved model, "
        "or the folder of a published network, which holds config.json and "
        "model.safetensors";
    program_refused("forecast weeks.csv other", 3, expected);
    program_refused("forecast weeks.csv other --horizon 6", 3, expected);
    program_refused("evaluate weeks.csv other", 3, expected);
    program_refused("update other weeks.csv -o new.safetensors", 3, "other: is a folder, not a file");
    rmdir(path);
}

/* Weights of half precision are taken; they make nearly the same forecast. */
static void test_halves(void **state)
{
    (void)state;
    nn_st_file *file;
    nn_error error = {0};
    char path[600];
    assert_int_equal(nn_st_open(&file, source("chronos-bolt-dummy/model.safetensors"), &error), NN_OK);
    nn_st_writer *writer = nn_st_writer_new();
    uint16_t *halves[200];
    const size_t count = nn_st_count(file);
    assert_true(writer && count <= 200);
    for (size_t i = 0; i < count; i++) {
        const nn_st_tensor *t = nn_st_at(file, i);
        float *x = malloc((t->count + 1) * sizeof *x);
        halves[i] = malloc((t->count + 1) * sizeof *halves[i]);
        assert_true(x && halves[i]);
        nn_st_read_f32(file, t, x);
        for (size_t k = 0; k < t->count; k++) {
            uint32_t bits;
            memcpy(&bits, &x[k], 4);
            halves[i][k] = (uint16_t)((bits + 0x8000) >> 16);
        }
        free(x);
        assert_int_equal(nn_st_writer_bf16(writer, t->name, t->rank, t->shape, halves[i], &error), NN_OK);
    }
    program_fill("weeks.csv", write_weeks);
    program_result whole = program_expect("forecast weeks.csv chronos-bolt-dummy --horizon 6", 0);
    snprintf(path, sizeof path, "%s/chronos-bolt-dummy/model.safetensors", program_folder());
    assert_int_equal(nn_st_write(writer, path, &error), NN_OK);
    program_result half = program_expect("forecast weeks.csv chronos-bolt-dummy --horizon 6", 0);
    for (int h = 0; h < 6; h++)
        assert_true(fabs(cell(whole.out, h, 1) - cell(half.out, h, 1)) < 0.05);
    program_result_free(&whole);
    program_result_free(&half);
    for (size_t i = 0; i < count; i++)
        free(halves[i]);
    nn_st_writer_free(writer);
    nn_st_close(file);
    bring(bolt);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bolt),          cmocka_unit_test(test_two),
        cmocka_unit_test(test_long),          cmocka_unit_test(test_commands),
        cmocka_unit_test(test_behind_dashes), cmocka_unit_test(test_candidate),
        cmocka_unit_test(test_training),      cmocka_unit_test(test_broken),
        cmocka_unit_test(test_halves),        cmocka_unit_test(test_other_folder)};
    if (argc < 2 || program_set_up(argv[1]))
        return 1;
    bring(bolt);
    bring(two);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
