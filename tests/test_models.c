/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model files of every family that an older program wrote (models/README.md): they load, say what they said
 * then, and saving them again gives the same bytes. */
#include "forecast/model.h"
#include "lib/files/safetensors.h"
#include "tests/cmocka_all.h"
#include "tests/program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const data[] = {"waves.csv", "FOLLOW.csv", "LEAD.csv",
                                   "farm.csv",  "sky.csv",    "objects.csv"};

static const struct {
    const char *name, *says;
} models[] = {
    {"series", "forecast waves.csv series.safetensors -q"},
    {"time2vec", "forecast waves.csv time2vec.safetensors -q"},
    {"prices", "forecast FOLLOW.csv LEAD.csv prices.safetensors -q"},
    {"stations", "forecast farm.csv stations.safetensors --id farm -q"},
    {"t2", "classify sky.csv t2.safetensors --metadata objects.csv -q"},
    {"t2-points", "classify sky.csv t2-points.safetensors --metadata objects.csv -q"},
};

static char *read_kept(const char *name, size_t *size)
{
    char path[4096];
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(path, sizeof path, "%s/tests/models/%s", source ? source : ".", name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is missing", path);
    char *bytes = malloc((1 << 20) + 1);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 1 << 20, file);
    bytes[*size] = 0;
    fclose(file);
    return bytes;
}

static void copy_kept(const char *name)
{
    size_t size;
    char *bytes = read_kept(name, &size);
    program_write(name, bytes, size);
    free(bytes);
}

static bool same_cell(const char *a, const char *b)
{
    char *end_a, *end_b;
    double x = strtod(a, &end_a), y = strtod(b, &end_b);
    if (*a && *b && !*end_a && !*end_b)
        return fabs(x - y) <= 1e-4 * fmax(fabs(x), fabs(y)) + 1e-7;
    return strcmp(a, b) == 0;
}

/* Novelty only has to be there: of a network this small it is a matter of the last digits. */
static void same_table(const char *name, char *then, char *now)
{
    char *line_then, *line_now;
    int row = 0, novelty = -1;
    for (; (line_then = strsep(&then, "\n")) && (line_now = strsep(&now, "\n")); row++) {
        char *a, *b;
        for (int column = 0; (a = strsep(&line_then, ",")); column++) {
            if (!(b = strsep(&line_now, ",")))
                fail_msg("%s, row %d: too short", name, row);
            if (row == 0 && strcmp(a, "novelty") == 0)
                novelty = column;
            if (row > 0 && column == novelty && *b)
                assert_true(atof(b) >= 0 && atof(b) <= 1);
            else if (!same_cell(a, b))
                fail_msg("%s, row %d: %s expected, not %s", name, row, a, b);
        }
    }
    assert_true(row > 1 && !then && !now);
}

static void test_say_what_they_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char name[64];
        size_t size;
        snprintf(name, sizeof name, "%s.said.csv", models[i].name);
        char *then = read_kept(name, &size);
        program_result now = program_run(models[i].says, NULL);
        if (now.status)
            fail_msg("%s: %s", models[i].says, now.err);
        same_table(models[i].name, then, now.out);
        program_result_free(&now);
        free(then);
    }
}

static int save_again(const char *from, const char *to, nn_error *error)
{
    fc_model *model;
    int code = fc_model_load(&model, FC_ANY, from, error);
    code = code ? code : fc_model_save(model, to, error);
    fc_model_free(model);
    return code;
}

/* Settings of older programs that mean nothing now are gone from the first time on. */
static const char *const settled[] = {"stations"};

static bool is_settled(const char *name)
{
    for (size_t i = 0; i < sizeof settled / sizeof *settled; i++)
        if (strcmp(name, settled[i]) == 0)
            return true;
    return false;
}

/* All that the older file holds, and beside it the hash that it lacks. */
static void holds_the_same(const char *older, const char *newer)
{
    nn_st_file *then, *now;
    nn_error error = {0};
    if (nn_st_open(&then, older, &error) || nn_st_open(&now, newer, &error))
        fail_msg("%s", error.text);
    const bool proven = nn_st_metadata(then, "auspex.hash") != NULL;
    assert_int_equal(nn_st_metadata_count(now), nn_st_metadata_count(then) + !proven);
    for (size_t i = 0; i < nn_st_metadata_count(then); i++) {
        const char *key = nn_st_metadata_key(then, i), *value = nn_st_metadata(now, key);
        assert_non_null(value);
        assert_string_equal(value, nn_st_metadata(then, key));
    }
    assert_int_equal(nn_st_count(now), nn_st_count(then));
    for (size_t i = 0; i < nn_st_count(then); i++) {
        const nn_st_tensor *a = nn_st_at(then, i), *b = nn_st_find(now, a->name);
        assert_true(b && a->rank == b->rank && a->count == b->count);
        double *x = malloc(a->count * sizeof *x), *y = malloc(a->count * sizeof *y);
        assert_true(x && y);
        nn_st_read_f64(then, a, x);
        nn_st_read_f64(now, b, y);
        assert_memory_equal(x, y, a->count * sizeof *x);
        free(x);
        free(y);
    }
    nn_st_close(then);
    nn_st_close(now);
}

static void test_save_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char name[64];
        nn_error error = {0};
        size_t size_then, size_now;
        snprintf(name, sizeof name, "%s.safetensors", models[i].name);
        if (is_settled(models[i].name) && save_again(name, name, &error))
            fail_msg("%s", error.text);
        if (save_again(name, "once.safetensors", &error) ||
            save_again("once.safetensors", "again.safetensors", &error))
            fail_msg("%s", error.text);
        holds_the_same(name, "once.safetensors");
        char *then = program_read("once.safetensors", &size_then),
             *now = program_read("again.safetensors", &size_now);
        assert_int_equal(size_then, size_now);
        assert_memory_equal(then, now, size_then);
        free(then);
        free(now);
    }
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_say_what_they_said),
                                       cmocka_unit_test(test_save_the_same_bytes)};
    if (program_set_up(count > 1 ? words[1] : NULL))
        return 1;
    for (size_t i = 0; i < sizeof data / sizeof *data; i++)
        copy_kept(data[i]);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.safetensors", models[i].name);
        copy_kept(name);
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_tear_down();
    return failed;
}
