/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation on the way from a model file to a forecast fails once: the answer is an error and no
 * result, or the right result. The library's source is linked in, so that its calls can be reached. */
#include "api/auspex.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"
#include "tests/small_model.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);

static long calls, failing; /* failing: the number of the call that fails, 0 for none */
static bool watching;

static bool fails(void)
{
    return watching && ++calls == failing;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

enum { LOOKBACK = 8, HORIZON = 4, ROWS = 24 };
static char csv[300], model_path[300], output[300];

static int make_files(void **state)
{
    (void)state;
    nn_error error = {0};
    ds_table *table;
    snprintf(csv, sizeof csv, "%s", csv_in_folder("data.csv"));
    snprintf(model_path, sizeof model_path, "%s", csv_in_folder("model.safetensors"));
    snprintf(output, sizeof output, "%s", csv_in_folder("out.csv"));
    FILE *file = fopen(csv, "w");
    assert_non_null(file);
    fputs("date,a,b\n", file);
    for (int r = 0; r < ROWS; r++)
        fprintf(file, "2016-07-01 %02d:00,%d,%d\n", r, r % 5, r % 7);
    fclose(file);
    if (ds_table_read(&table, csv, &(ds_read_options){0}, &error))
        fail_msg("%s", error.text);
    small_model_save(model_path, LOOKBACK, HORIZON, table, NULL);
    ds_table_free(table);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

static int use_arrays(double *forecast, auspex_error *error)
{
    static double values[LOOKBACK * 2];
    int64_t time[LOOKBACK];
    for (int r = 0; r < LOOKBACK; r++) {
        time[r] = r * INT64_C(3600000000);
        values[2 * r] = r % 5;
        values[2 * r + 1] = r % 7;
    }
    auspex_model *model;
    int code = auspex_model_open(&model, model_path, error);
    if (!code)
        code = auspex_forecast(model, values, time, LOOKBACK, 0, forecast, NULL, error);
    auspex_model_close(model);
    return code;
}

static int use_files(double *forecast, auspex_error *error)
{
    auspex_model *model;
    unlink(output);
    int code = auspex_model_open(&model, model_path, error);
    if (!code)
        code = auspex_forecast_csv(model, csv, 0, output, error);
    auspex_model_close(model);
    FILE *file = fopen(output, "r");
    assert_int_equal(file != NULL, code == AUSPEX_OK);
    char line[200];
    for (int h = -1; file && h < HORIZON; h++) {
        assert_non_null(fgets(line, sizeof line, file));
        if (h >= 0)
            assert_int_equal(
                sscanf(line + strlen("2016-07-02 00:00"), ",%lf,%lf", &forecast[2 * h], &forecast[2 * h + 1]),
                2);
    }
    if (file)
        fclose(file);
    return code;
}

static void fail_each(int (*use)(double *, auspex_error *))
{
    double want[HORIZON * 2] = {0};
    auspex_error error = {0};
    if (use(want, &error))
        fail_msg("%s", error.text);
    long refused = 0;
    bool done = false;
    for (failing = 1; !done; failing++) {
        double forecast[HORIZON * 2] = {0};
        error = (auspex_error){0};
        calls = 0;
        watching = true;
        int code = use(forecast, &error);
        watching = false;
        done = calls < failing; /* that call was not reached */
        refused += code != 0;
        assert_int_equal(error.code, code);
        if (code)
            assert_true(*error.text);
        else
            assert_memory_equal(forecast, want, sizeof want);
    }
    assert_true(refused > 50);
}

static void arrays(void **state)
{
    (void)state;
    fail_each(use_arrays);
}

static void files(void **state)
{
    (void)state;
    fail_each(use_files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(arrays), cmocka_unit_test(files)};
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
