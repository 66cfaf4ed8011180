/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The installed library beside the functions it wraps: models, files, threads. */
#include "tests/api_models.h"

#include <dirent.h>
#include <pthread.h>

static const char *example;

/* --- models --- */

static void models_describe_themselves(void **state)
{
    (void)state;
    auspex_model *model = open_model(f.partial);
    assert_string_equal(auspex_version(), AUSPEX_VERSION);
    assert_string_equal(auspex_model_kind(model), "itransformer");
    assert_string_equal(auspex_model_frequency(model), "h");
    assert_int_equal(auspex_model_lookback(model), LOOKBACK);
    assert_int_equal(auspex_model_horizon(model), HORIZON);
    assert_int_equal(auspex_model_columns(model), COLUMNS);
    for (int c = 0; c < COLUMNS; c++) {
        assert_string_equal(auspex_model_column_name(model, c), names[c]);
        assert_int_equal(auspex_model_is_target(model, c), c != 1);
    }
    assert_int_equal(auspex_model_targets(model), 2);
    assert_null(auspex_model_column_name(model, -1));
    assert_null(auspex_model_column_name(model, COLUMNS));
    assert_int_equal(auspex_model_is_target(model, -1), 0);
    assert_int_equal(auspex_model_is_target(model, COLUMNS), 0);
    auspex_model_close(model);
    auspex_model_close(NULL);
}

/* For the leak checkers. */
static void no_model_has_no_properties(void **state)
{
    (void)state;
    assert_null(auspex_model_kind(NULL));
    assert_null(auspex_model_frequency(NULL));
    assert_null(auspex_model_column_name(NULL, 0));
    assert_int_equal(auspex_model_lookback(NULL) + auspex_model_horizon(NULL) + auspex_model_columns(NULL) +
                         auspex_model_targets(NULL) + auspex_model_is_target(NULL, 0),
                     0);
    auspex_error error = {0};
    auspex_model *model;
    assert_int_equal(auspex_model_open(&model, "", &error), AUSPEX_BAD_DATA);
    assert_non_null(strstr(error.text, "an empty name"));
}

static void models_open_and_close_again_and_again(void **state)
{
    (void)state;
    double forecast[HORIZON * COLUMNS];
    for (int i = 0; i < 50; i++) {
        auspex_model *model = open_model(f.all);
        assert_int_equal(auspex_forecast(model, f.values, f.time, ROWS, 0, forecast, NULL, NULL), AUSPEX_OK);
        auspex_model_close(model);
    }
}

static void refuse_file(const char *path, const char *part)
{
    auspex_error error = {.text = "before"};
    auspex_model *model = (auspex_model *)&error;
    assert_int_equal(auspex_model_open(&model, path, &error), AUSPEX_BAD_DATA);
    assert_null(model);
    assert_int_equal(error.code, AUSPEX_BAD_DATA);
    if (!strstr(error.text, part))
        fail_msg("'%s' does not hold '%s'", error.text, part);
    assert_int_equal(auspex_model_open(&model, path, NULL), AUSPEX_BAD_DATA);
}

static void files_that_are_no_models_are_refused(void **state)
{
    (void)state;
    auspex_error error = {0};
    auspex_model *model;
    char path[300], bytes[1 << 16];
    keep_path(path, "absent.safetensors");
    refuse_file(path, "absent.safetensors");
    refuse_file(f.csv, "data.csv");
    FILE *file = fopen(f.all, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(length > 1000);
    refuse_file(csv_write_bytes("cut.safetensors", bytes, length - 1), "cut.safetensors");
    static const char foreign[] =
        "\x2d\0\0\0\0\0\0\0{\"x\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}";
    refuse_file(csv_write_bytes("foreign.safetensors", foreign, 8 + 0x2d), "foreign.safetensors");
    assert_int_equal(auspex_model_open(&model, NULL, &error), AUSPEX_USAGE);
    assert_non_null(strstr(error.text, "path is NULL"));
    assert_int_equal(auspex_model_open(NULL, f.all, &error), AUSPEX_USAGE);
}

/* --- prices --- */

/* Two files of one ticker each as one of a column per ticker. */
static const char *join_prices(const char *first, const char *second)
{
    char text[8000] = "Date,FOLLOW,LEAD\n", a[100], b[100];
    FILE *one = fopen(first, "r"), *two = fopen(second, "r");
    assert_non_null(one);
    assert_non_null(two);
    assert_non_null(fgets(a, sizeof a, one));
    assert_non_null(fgets(b, sizeof b, two));
    while (fgets(a, sizeof a, one) && fgets(b, sizeof b, two)) {
        a[strcspn(a, "\n")] = '\0';
        const size_t at = strlen(text);
        snprintf(text + at, sizeof text - at, "%s%s", a, strchr(b, ','));
    }
    fclose(one);
    fclose(two);
    return csv_write(text);
}

static void prices_are_forecast_from_files(void **state)
{
    (void)state;
    char path[3][600], output[300], line[100];
    const char *source = getenv("AUSPEX_SOURCE"), *const files[] = {"prices.safetensors", "FOLLOW.csv",
                                                                    "LEAD.csv"};
    for (int i = 0; i < 3; i++)
        snprintf(path[i], sizeof path[i], "%s/tests/models/%s", source ? source : "..", files[i]);
    auspex_model *model = open_model(path[0]);
    auspex_error error = {0};
    keep_path(output, "closes.csv");
    if (auspex_forecast_csv(model, join_prices(path[1], path[2]), 0, output, &error))
        fail_msg("%s", error.text);
    FILE *file = fopen(output, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "Date,FOLLOW\n");
    assert_non_null(fgets(line, sizeof line, file));
    assert_memory_equal(line, "2020-05-11,", 11);
    assert_true(fabs(atof(line + 11) - 99.701004) < 0.01); /* what the program said */
    fclose(file);
    double forecast[64], values[64 * 8] = {0};
    assert_int_equal(auspex_forecast(model, values, NULL, 64, 0, forecast, NULL, &error), AUSPEX_USAGE);
    assert_non_null(strstr(error.text, "auspex_forecast_csv"));
    auspex_model_close(model);
}

/* --- files --- */

/* The written file holds the inner forecast of these columns; numbers are written to the digits of a float.
 */
static void check_written(const char *path, const char *header, const fc_future *future, const int *column)
{
    char line[200];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, header);
    for (int h = 0; h < future->steps; h++) {
        char stamp[64], *rest;
        assert_non_null(fgets(line, sizeof line, file));
        const int row = ROWS + h;
        snprintf(stamp, sizeof stamp, "2016-07-%02d %02d:00:00", 1 + row / 24, row % 24);
        assert_memory_equal(line, stamp, strlen(stamp));
        rest = line + strlen(stamp);
        for (int k = 0; k < future->targets; k++) {
            assert_int_equal(*rest, ',');
            const double value = strtod(rest + 1, &rest),
                         want = future->values[h * future->targets + column[k]];
            assert_true(fabs(value - want) <= 1e-9 * fabs(want));
        }
        assert_string_equal(rest, "\n");
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
}

static void forecast_file(const char *model_path, const char *csv, int steps, const char *output)
{
    auspex_error error = {0};
    auspex_model *model = open_model(model_path);
    if (auspex_forecast_csv(model, csv, steps, output, &error))
        fail_msg("%s", error.text);
    auspex_model_close(model);
}

static void files_give_the_inner_forecast(void **state)
{
    (void)state;
    char output[300], other[300];
    keep_path(output, "forecast.csv");
    keep_path(other, "other.csv");
    fc_future *future = inner_forecast(f.all, f.table, 0);
    forecast_file(f.all, f.csv, 0, output);
    check_written(output, "date,load,\"wind, west\",OT\n", future, (int[]){0, 1, 2});
    /* Other columns in between, even broken ones, and another order make no difference. */
    write_csv(other, (int[]){2, 0, 1}, true, true, ROWS);
    forecast_file(f.all, other, 0, output);
    check_written(output, "date,load,\"wind, west\",OT\n", future, (int[]){0, 1, 2});
    fc_future_free(future);
    future = inner_forecast(f.all, f.table, MOST);
    forecast_file(f.all, f.csv, MOST, output);
    check_written(output, "date,load,\"wind, west\",OT\n", future, (int[]){0, 1, 2});
    fc_future_free(future);
    future = inner_forecast(f.partial, f.table, 4);
    forecast_file(f.partial, f.csv, 4, output);
    check_written(output, "date,load,OT\n", future, (int[]){0, 1});
    fc_future_free(future);
}

static int files_in_folder(void)
{
    int count = 0;
    DIR *folder = opendir(csv_folder);
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void refuse_csv(const auspex_model *model, const char *csv, int steps, const char *output, int code,
                       const char *part)
{
    auspex_error error = {0};
    const int before = files_in_folder();
    assert_int_equal(auspex_forecast_csv(model, csv, steps, output, &error), code);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, part))
        fail_msg("'%s' does not hold '%s'", error.text, part);
    assert_int_equal(auspex_forecast_csv(model, csv, steps, output, NULL), code);
    assert_int_equal(files_in_folder(), before);
}

static void files_that_cannot_be_used_are_refused(void **state)
{
    (void)state;
    char output[300], path[300], nowhere[300];
    keep_path(output, "none.csv");
    keep_path(nowhere, "no/none.csv");
    auspex_model *model = open_model(f.all), *partial = open_model(f.partial);
    refuse_csv(NULL, f.csv, 0, output, AUSPEX_USAGE, "model is NULL");
    refuse_csv(model, NULL, 0, output, AUSPEX_USAGE, "csv_path is NULL");
    refuse_csv(model, f.csv, 0, NULL, AUSPEX_USAGE, "output_path is NULL");
    refuse_csv(model, f.csv, -1, output, AUSPEX_USAGE, "steps is -1");
    refuse_csv(partial, f.csv, HORIZON + 1, output, AUSPEX_USAGE, "only 2 of its 3 columns");
    keep_path(path, "absent.csv");
    refuse_csv(model, path, 0, output, AUSPEX_BAD_DATA, "absent.csv");
    keep_path(path, "short.csv");
    write_csv(path, (int[]){0, 1, 2}, true, false, LOOKBACK - 1);
    refuse_csv(model, path, 0, output, AUSPEX_BAD_DATA, "short.csv: has 11 rows");
    keep_path(path, "columns.csv");
    FILE *file = create(path);
    fputs("date,load,OT\n", file);
    for (int r = 0; r < 24; r++)
        fprintf(file, "2016-07-01 %02d:00:00,%d,2\n", r, r);
    fclose(file);
    refuse_csv(model, path, 0, output, AUSPEX_BAD_DATA, "'wind, west'");
    snprintf(path, sizeof path, "%s",
             csv_write("date,load,\"wind, west\",OT\n2016-07-01 00:00,1,1,3\n2016-07-01 "
                       "01:00,1,,3\n2016-07-01 02:00,1,2,3\n"));
    refuse_csv(model, path, 0, output, AUSPEX_BAD_DATA, "t.csv:3:3");
    refuse_csv(model, f.csv, 0, nowhere, AUSPEX_FAILED, "no/none.csv");
    auspex_model_close(model);
    auspex_model_close(partial);
}

static size_t slurp(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t got = fread(bytes, 1, size, file);
    fclose(file);
    return got;
}

/* No result takes the place of what it is made from, by whatever name; other files may be read and written in
 * turn. */
static void inputs_are_not_written_over(void **state)
{
    (void)state;
    char data[300], other[300], name[300];
    static char before[8192], after[8192];
    keep_path(data, "history.csv");
    keep_path(other, "other.csv");
    keep_path(name, "again.csv");
    write_csv(data, (int[]){0, 1, 2}, true, false, ROWS);
    const size_t size = slurp(data, before, sizeof before);
    auspex_model *model = open_model(f.all);
    refuse_csv(model, data, 0, data, AUSPEX_FAILED, "is read and would be written over");
    for (int hard = 0; hard < 2; hard++) {
        assert_int_equal(hard ? link(data, name) : symlink("history.csv", name), 0);
        refuse_csv(model, data, 0, name, AUSPEX_FAILED, "is read and would be written over");
        unlink(name);
    }
    refuse_csv(model, data, 0, f.all, AUSPEX_FAILED, "is read and would be written over");
    assert_int_equal(slurp(data, after, sizeof after), size);
    assert_memory_equal(before, after, size);
    write_csv(other, (int[]){0, 1, 2}, true, false, ROWS);
    auspex_error error = {0};
    assert_int_equal(auspex_forecast_csv(model, data, 0, other, &error), AUSPEX_OK);
    write_csv(other, (int[]){0, 1, 2}, true, false, ROWS);
    assert_int_equal(auspex_forecast_csv(model, other, 0, data, &error), AUSPEX_OK);
    auspex_model_close(model);
}

/* --- threads --- */

typedef struct share {
    const auspex_model *model;
    char output[300];
    double want[HORIZON * COLUMNS];
    int differing, failed;
} share;

static void *forecast_often(void *argument)
{
    share *s = argument;
    double forecast[HORIZON * COLUMNS];
    for (int i = 0; i < 200; i++) {
        auspex_error error = {0};
        s->failed +=
            auspex_forecast(s->model, f.values, f.time, ROWS, 0, forecast, NULL, &error) != AUSPEX_OK;
        s->differing += memcmp(forecast, s->want, sizeof forecast) != 0;
        if (i % 20 == 0)
            s->failed += auspex_forecast_csv(s->model, f.csv, 0, s->output, &error) != AUSPEX_OK;
    }
    return NULL;
}

static void threads_share_a_model(void **state)
{
    (void)state;
    enum { THREADS = 2 };
    pthread_t threads[THREADS];
    static share shares[THREADS];
    auspex_model *model = open_model(f.all);
    fc_future *future = inner_forecast(f.all, f.table, 0);
    for (int i = 0; i < THREADS; i++) {
        char name[32];
        snprintf(name, sizeof name, "thread%d.csv", i);
        shares[i].model = model;
        keep_path(shares[i].output, name);
        memcpy(shares[i].want, future->values, sizeof shares[i].want);
        assert_int_equal(pthread_create(&threads[i], NULL, forecast_often, &shares[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(shares[i].failed, 0);
        assert_int_equal(shares[i].differing, 0);
        check_written(shares[i].output, "date,load,\"wind, west\",OT\n", future, (int[]){0, 1, 2});
    }
    fc_future_free(future);
    auspex_model_close(model);
}

/* --- the example --- */

static void the_example_forecasts(void **state)
{
    (void)state;
    double values[LOOKBACK * COLUMNS], want[HORIZON * COLUMNS];
    int64_t time[LOOKBACK];
    for (int r = 0; r < LOOKBACK; r++) {
        time[r] = r * hour;
        for (int c = 0; c < COLUMNS; c++)
            values[r * COLUMNS + c] = 10 + c + sin(r * 6.283185 / 24);
    }
    auspex_model *model = open_model(f.all);
    assert_int_equal(auspex_forecast(model, values, time, LOOKBACK, 0, want, NULL, NULL), AUSPEX_OK);
    auspex_model_close(model);
    char command[1000], line[200], expected[200];
    snprintf(command, sizeof command, "'%s' '%s'", example, f.all);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (int h = 0; h < HORIZON; h++) {
        snprintf(expected, sizeof expected, "%" PRId64 ",%g,%g,%g\n", (LOOKBACK + h) * hour,
                 want[h * COLUMNS], want[h * COLUMNS + 1], want[h * COLUMNS + 2]);
        assert_non_null(fgets(line, sizeof line, pipe));
        assert_string_equal(line, expected);
    }
    assert_null(fgets(line, sizeof line, pipe));
    assert_int_equal(pclose(pipe), 0);
    snprintf(command, sizeof command, "'%s' '%s' 2>&1", example, f.csv);
    assert_non_null(pipe = popen(command, "r"));
    assert_non_null(fgets(line, sizeof line, pipe));
    assert_non_null(strstr(line, "data.csv"));
    assert_int_not_equal(pclose(pipe), 0);
}

int main(int count, char **arguments)
{
    example = count > 1 ? arguments[1] : "examples/forecast";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_describe_themselves),
        cmocka_unit_test(no_model_has_no_properties),
        cmocka_unit_test(models_open_and_close_again_and_again),
        cmocka_unit_test(files_that_are_no_models_are_refused),
        cmocka_unit_test(prices_are_forecast_from_files),
        cmocka_unit_test(files_give_the_inner_forecast),
        cmocka_unit_test(files_that_cannot_be_used_are_refused),
        cmocka_unit_test(inputs_are_not_written_over),
        cmocka_unit_test(threads_share_a_model),
        cmocka_unit_test(the_example_forecasts),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
