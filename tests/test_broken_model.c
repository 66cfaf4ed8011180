/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model files with one thing wrong in them: each is refused in one line that names the file and the trouble.
 */
#include "forecast/model.h"
#include "tests/csv_file.h"
#include "tests/small_model.h"

static char *whole;  /* a good model, without the hash that would tell first */
static char *proven; /* the same with it */
static size_t whole_size;

typedef struct broken {
    const char *from, *to; /* of one length */
    const char *says;
} broken;

static const broken cases[] = {
    {"\"auspex.format\":\"1\"", "\"auspex.format\":\"2\"", "the model format 2"},
    {"\"auspex.model\"", "\"auspex.mogel\"", "not a model"},
    {"itransformer", "otransformer", "unknown kind of model 'otransformer'"},
    {"\\\"lookback\\\":8", "\\\"lookback\\\":0", "auspex.data.lookback should be a whole number"},
    {"\\\"horizon\\\":3", "\\\"horizon\\\":x", "JSON"},
    {"\\\"lookback\\\":8", "\\\"lookback\\\":9", "shape"},
    {"\\\"a\\\",\\\"b\\\"", "\\\"b\\\",\\\"b\\\"", "two columns are both named 'b'"},
    {"\\\"a\\\",\\\"b\\\"", "\\\"a\\\",[12] ", "entry 2 of auspex.data.columns should be a text"},
    {"[true,true]", "[true     ]", "targets should be a list of 2"},
    {"standard", "stranger", "unknown scaler 'stranger'"},
    {"\\\"scale\\\":[3.", "\\\"scale\\\":[-1", "not positive"},
    {"\\\"heads\\\":2", "\\\"heeds\\\":2", "unknown setting 'heeds'"},
    {"\\\"heads\\\":2", "\\\"heads\\\":0", "--heads"},
    {"\\\"layers\\\":1", "\\\"layers\\\":2", "is missing"},
    {"\\\"d-model\\\":16", "\\\"d-model\\\":18", "shape"},
    {"\\\"most\\\":[", "\\\"mist\\\":[", "go together"},
    {"\\\"best_epoch\\\":0", "\\\"best_epoch\\\":7", "record of the training"},
};

static int set_up(void **state)
{
    (void)state;
    char text[4096] = "a,b\n";
    for (int i = 0; i < 100; i++)
        sprintf(text + strlen(text), "%d,%d\n", i * 7 % 13, i * 5 % 11);
    ds_table *table;
    nn_error error = {0};
    ds_read_options options = {0};
    assert_int_equal(ds_table_read(&table, csv_write(text), &options, &error), NN_OK);
    small_model_save(csv_in_folder("m.safetensors"), 8, 3, table, NULL);
    ds_table_free(table);
    FILE *file = fopen(csv_in_folder("m.safetensors"), "rb");
    assert_non_null(file);
    whole = malloc(1 << 20);
    assert_non_null(whole);
    whole_size = fread(whole, 1, 1 << 20, file);
    fclose(file);
    proven = malloc(whole_size);
    assert_non_null(proven);
    memcpy(proven, whole, whole_size);
    char *key = memmem(whole, whole_size, "\"auspex.hash\"", 13);
    assert_non_null(key);
    memcpy(key, "\"another.one\"", 13);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(whole);
    free(proven);
    csv_remove_folder();
    return 0;
}

static void check(const char *bytes, const char *says)
{
    fc_model *model = NULL;
    nn_error error = {0};
    const char *path = csv_write_bytes("broken.safetensors", bytes, whole_size);
    const int code = fc_model_load(&model, FC_FORECASTS, path, &error);
    if (!says) {
        assert_int_equal(code, NN_OK);
        fc_model_free(model);
        return;
    }
    if (code != NN_BAD_DATA || error.code != code || model || !strstr(error.text, says) ||
        strncmp(error.text, path, strlen(path)) || strpbrk(error.text, "\r\n"))
        fail_msg("'%s' expected, code %d: %s", says, code, error.text);
}

static void test_one_thing_wrong(void **state)
{
    (void)state;
    check(whole, NULL);
    char *bytes = malloc(whole_size);
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const broken *b = &cases[i];
        memcpy(bytes, whole, whole_size);
        char *at = memmem(bytes, whole_size, b->from, strlen(b->from));
        if (!at)
            fail_msg("the model holds no %s", b->from);
        memcpy(at, b->to, strlen(b->to));
        check(bytes, b->says);
    }
    free(bytes);
}

static void test_weights_that_are_no_numbers(void **state)
{
    (void)state;
    char *bytes = malloc(whole_size);
    assert_non_null(bytes);
    memcpy(bytes, whole, whole_size);
    memcpy(bytes + whole_size - 4, "\0\0\xc0\x7f", 4);
    check(bytes, "not finite");
    free(bytes);
}

/* But for the name of the hash itself: a file without one is that of an older version. */
static void test_any_changed_bit_is_noticed(void **state)
{
    (void)state;
    check(proven, NULL);
    char *bytes = malloc(whole_size);
    assert_non_null(bytes);
    const char *key = memmem(proven, whole_size, "auspex.hash", 11);
    const size_t begin = (size_t)(key - proven);
    for (size_t i = 0; i < whole_size; i += i < 64 ? 1 : 3) {
        memcpy(bytes, proven, whole_size);
        bytes[i] ^= (char)(1 << i % 8);
        if (i < begin || i >= begin + 11)
            check(bytes, "");
    }
    memcpy(bytes, proven, whole_size);
    bytes[whole_size - 1] ^= 1;
    check(bytes, "is damaged or was changed");
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_thing_wrong),
                                       cmocka_unit_test(test_weights_that_are_no_numbers),
                                       cmocka_unit_test(test_any_changed_bit_is_noticed)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
