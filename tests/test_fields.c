/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of fields: what is written is read back and written the same again, and one thing wrong is refused
 * in one line that names the file, the key and the entry. */
#include "datasets/time/time.h"
#include "forecast/files/fields.h"
#include "forecast/forecaster.h"
#include "forecast/model.h"
#include "lib/files/json_text.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    char *name;
    int role;
} member;

typedef struct outer {
    int length, names, bands, members, classes, kept;
    char **name;
    uint8_t *chosen;
    double *scale, *quantile, centre[2];
    char band[4][8], data[12];
    double loss, accuracy;
    char *text, **class;
    size_t rows, *counts;
    uint64_t hash;
    int kind;
    bool seen;
    ds_frequency frequency;
    member *member;
    int count;
    double *places;
    char *note;
} outer;

static size_t two(const void *state)
{
    (void)state;
    return 2;
}

static int few(void *state, nn_error *error)
{
    return ((outer *)state)->count > 3 ? nn_fail(error, NN_USAGE, "too many places") : NN_OK;
}

#define AT(field)   .offset = offsetof(outer, field)
#define MANY(field) .count_offset = offsetof(outer, field)
static const char *const kinds[] = {"plain", "rich", NULL};
static const fc_field members[] = {{"name", FC_STRING, 0, .offset = offsetof(member, name)},
                                   {"role", FC_CHOICE, 0, .offset = offsetof(member, role), .names = kinds},
                                   {0}};
static const fc_field classes[] = {{"name", FC_STRING, FC_MANY | FC_FILLED, AT(class), .size = 6},
                                   {"count", FC_SIZE, FC_MANY, AT(counts), .most = 1e12},
                                   {0}};
static const fc_field inners[] = {{"count", FC_NUMBER, 0, AT(count), .most = 9},
                                  {"places", FC_REAL, FC_MANY, AT(places), MANY(count), .most = 100},
                                  {"note", FC_STRING, FC_OPTIONAL, AT(note)},
                                  {0}};
static const fc_field together[] = {{"quantiles", FC_REAL, FC_MANY | FC_RISING, AT(quantile), MANY(length)},
                                    {"centre", FC_REAL, FC_MANY | FC_HERE, AT(centre), .count = two},
                                    {0}};
static const fc_field table[] = {
    {"length", FC_NUMBER, 0, AT(length), .least = 1, .most = 1000},
    {"names", FC_STRING, FC_MANY | FC_UNIQUE, AT(name), MANY(names), .least = 1, .most = 9},
    {"chosen", FC_FLAG, FC_MANY, AT(chosen), MANY(names)},
    {"scale", FC_REAL, FC_MANY | FC_POSITIVE, AT(scale), MANY(names)},
    {"bands", FC_STRING, FC_MANY | FC_HERE | FC_UNIQUE | FC_FILLED, AT(band), MANY(bands), .least = 1,
     .most = 4, .size = 8},
    {"data", FC_STRING, FC_HERE | FC_FOREIGN, AT(data), .size = 12},
    {"loss", FC_REAL, FC_NULLABLE, AT(loss), .list = "figures"},
    {"accuracy", FC_REAL, FC_NULLABLE, AT(accuracy), .list = "figures"},
    {"text", FC_STRING, 0, AT(text)},
    {"rows", FC_SIZE, FC_OPTIONAL, AT(rows), .most = 1e12},
    {"hash", FC_HASH, 0, AT(hash)},
    {"kind", FC_CHOICE, 0, AT(kind), .names = kinds},
    {"seen", FC_FLAG, 0, AT(seen)},
    {"frequency", FC_FREQUENCY, 0, AT(frequency)},
    {"members", FC_ENTRIES, FC_PAIRS | FC_UNIQUE, AT(member), MANY(members), .most = 3,
     .size = sizeof(member), .fields = members},
    {"classes", FC_ENTRIES, FC_UNIQUE, MANY(classes), .least = 2, .most = 3, .fields = classes},
    {"quantiles", FC_GROUP, FC_OPTIONAL, AT(quantile), .fields = together},
    {"inner", FC_OBJECT, FC_OPTIONAL, AT(places), .fields = inners, .complete = few},
    {0}};

static const char whole[] =
    "{\"length\":2,\"names\":[\"a\",\"b\"],\"chosen\":[true,false],\"scale\":[1.5,2.0],\"bands\":[\"g\","
    "\"r\"],"
    "\"data\":\"x.csv\",\"figures\":[0.25,null],\"text\":\"\",\"rows\":12,\"hash\":\"00000000000000ff\","
    "\"kind\":\"rich\",\"seen\":true,\"frequency\":\"15min\",\"members\":[[\"y\",\"plain\"],[\"u\",\"rich\"]]"
    ","
    "\"classes\":[{\"name\":\"A\",\"count\":3},{\"name\":\"B\",\"count\":0}],\"quantiles\":[0.5,1.0],"
    "\"centre\":[-1.0,1.0],\"inner\":{\"count\":2,\"places\":[1.0,-2.0],\"note\":\"n\"}}";

static int read_text(outer *o, const char *text, nn_error *error)
{
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    int code = fc_fields_read(table, o, object, "FILE", error);
    json_decref(object);
    return code;
}

static void check_written(const outer *o, const char *expected)
{
    json_t *object = json_object();
    nn_json_whole();
    fc_fields_write(object, table, o);
    assert_true(nn_json_whole());
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
    assert_string_equal(text, expected);
    free(text);
    json_decref(object);
}

/* Every real comes back as it was, in fewer digits where these do; texts stay. */
static void test_exact(void **state)
{
    (void)state;
    static const double values[] = {.1, 1.0 / 3, -2.5,   1e22, 1.5e-300, 123456.7,
                                    0,  -0.0,    5e-324, 1e6,  0.1 + 0.2};
    json_t *list = json_array(), *again;
    nn_error error = {0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        json_array_append_new(list, json_real(values[i]));
    json_array_append_new(list, json_string("0.10000000000000001 \\ \" 2.50000e1"));
    json_array_append_new(list, json_integer(100000));
    json_array_append_new(list, json_true());
    char *text = nn_json_dump_exact(list);
    assert_non_null(text);
    assert_int_equal(
        strncmp(text, "[0.1,0.3333333333333333,-2.5,1e22,1.5e-300,123456.7,0.0,-0.0,5e-324,", 68), 0);
    assert_non_null(
        strstr(text, ",0.30000000000000004,\"0.10000000000000001 \\\\ \\\" 2.50000e1\",100000,true]"));
    assert_int_equal(nn_json_parse(&again, text, strlen(text), 0, &error), NN_OK);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const double value = json_real_value(json_array_get(again, i));
        assert_memory_equal(&value, &values[i], sizeof value);
    }
    json_decref(again);
    json_decref(list);
    free(text);
}

/* Nothing would free a list within an entry. */
static void test_faults(void **state)
{
    (void)state;
    static const fc_field lists[] = {{"name", FC_STRING, 0, .offset = 0},
                                     {"values", FC_REAL, FC_MANY, .offset = 8},
                                     {0}},
                          objects[] = {{"part", FC_OBJECT, 0, .offset = 0, .fields = inners}, {0}},
                          single[] = {{"value", FC_REAL, 0, .offset = 0}, {0}};
    const fc_field bad[][2] = {
        {{"entries", FC_ENTRIES, 0, .offset = 0, .size = sizeof(member), .fields = lists}, {0}},
        {{"entries", FC_ENTRIES, 0, .offset = 0, .size = sizeof(member), .fields = objects}, {0}},
        {{"entries", FC_ENTRIES, 0, .offset = 0, .fields = single}, {0}},
    };
    static const char *const keys[] = {"values", "part", "value"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const fc_field outside[] = {{"object", FC_OBJECT, 0, .offset = 0, .fields = bad[i]}, {0}};
        assert_string_equal(fc_fields_fault(bad[i]), keys[i]);
        assert_string_equal(fc_fields_fault(outside), keys[i]);
    }
    assert_null(fc_fields_fault(table));
    for (int i = 0; fc_kind_at(i); i++) {
        const fc_kind *kind = fc_kind_at(i);
        assert_null(kind->task ? fc_fields_fault(kind->task->fields) : NULL);
        assert_null(kind->forecaster && kind->forecaster->fields ? fc_fields_fault(kind->forecaster->fields)
                                                                 : NULL);
    }
}

static void test_round(void **state)
{
    (void)state;
    outer o = {0};
    nn_error error = {0};
    for (int times = 0; times < 2; times++) { /* once more over what it owns */
        if (read_text(&o, whole, &error))
            fail_msg("%s", error.text);
        assert_string_equal(o.name[1], "b");
        assert_true(o.chosen[0] == 1 && o.scale[0] == 1.5 && isnan(o.accuracy) && o.hash == 255);
        assert_true(o.member[1].role == 1 && o.counts[0] == 3 && o.centre[0] == -1 && o.places[1] == -2);
        check_written(&o, whole);
    }
    fc_fields_clear(table, &o);
    assert_true(!o.name && !o.places && !o.class && !o.member && !o.quantile);
}

/* The whole with `from` replaced by `to`, to be freed. */
static char *replaced(const char *from, const char *to)
{
    const char *at = strstr(whole, from);
    if (!at)
        fail_msg("there is no %s", from);
    char *text = calloc(1, sizeof whole + strlen(to));
    assert_non_null(text);
    memcpy(text, whole, (size_t)(at - whole));
    strcat(strcat(text, to), at + strlen(from));
    return text;
}

static void test_left_out(void **state)
{
    (void)state;
    static const char *const parts[] = {"\"rows\":12,", "\"quantiles\":[0.5,1.0],\"centre\":[-1.0,1.0],",
                                        ",\"note\":\"n\"",
                                        ",\"inner\":{\"count\":2,\"places\":[1.0,-2.0],\"note\":\"n\"}"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        outer o = {0};
        nn_error error = {0};
        char *text = replaced(parts[i], "");
        if (read_text(&o, text, &error))
            fail_msg("%s", error.text);
        free(text);
        text = replaced(parts[i], i == 0 ? "\"rows\":0," : "");
        check_written(&o, text);
        fc_fields_clear(table, &o);
        free(text);
    }
}

static void test_one_thing_wrong(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"\"length\":2", "\"length\":0", "FILE: length should be a whole number from 1 to 1000"},
        {"\"length\":2,", "", "length should be a whole number"},
        {"[\"a\",\"b\"]", "[\"a\",\"a\"]", "FILE: two names are both named 'a'"},
        {"[\"a\",\"b\"]", "[\"a\",12]", "entry 2 of names should be a text"},
        {"[\"a\",\"b\"]", "[]", "names should be a list of 1 to 9"},
        {"[true,false]", "[true]", "chosen should be a list of 2 values"},
        {"[true,false]", "[true,1]", "entry 2 of chosen should be true or false"},
        {"[1.5,2.0]", "[1.5,-2]", "entry 2 of scale is not positive"},
        {"[1.5,2.0]", "7", "scale should be a list of 2 numbers"},
        {"[\"g\",\"r\"]", "[\"g\",\"\"]", "entry 2 of bands is empty"},
        {"[\"g\",\"r\"]", "[\"g\",\"12345678\"]", "entry 2 of bands is longer than 7 bytes"},
        {"[0.25,null]", "[0.25]", "figures is no number"},
        {"[0.25,null]", "[\"\",null]", "figures is no number"},
        {"\"hash\":\"00000000000000ff\"", "\"hash\":12", "hash should be a text"},
        {"\"kind\":\"rich\"", "\"kind\":\"poor\"", "unknown kind 'poor'"},
        {"\"15min\"", "\"15often\"", "frequency '15often' is unknown"},
        {"[\"u\",\"rich\"]", "[\"y\",\"rich\"]", "two members are both named 'y'"},
        {"[\"u\",\"rich\"]", "[\"u\"]", "unknown role ''"},
        {"[\"u\",\"rich\"]", "12", "entry 2 of name should be a text"},
        {"\"name\":\"B\"", "\"name\":\"\"", "entry 2 of name is empty"},
        {"\"name\":\"B\"", "\"name\":\"Bbbbbb\"", "is longer than 5 bytes"},
        {"[0.5,1.0]", "[0.5,0.25]", "entry 2 of quantiles is less than the one before"},
        {"\"centre\"", "\"center\"", "centre should be a list of 2 numbers"},
        {"\"places\":[1.0,-2.0]", "\"places\":[1.0,-200]", "entry 2 of inner.places is too large"},
        {"\"count\":2,\"places\":[1.0,-2.0]", "\"count\":4,\"places\":[1,2,3,4]", "FILE: too many places"},
        {"\"inner\":{\"count\":2,\"places\":[1.0,-2.0],\"note\":\"n\"}", "\"inner\":7",
         "FILE: inner is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        outer o = {0};
        nn_error error = {0};
        char *text = replaced(cases[i][0], cases[i][1]);
        int code = read_text(&o, text, &error);
        if (code != NN_BAD_DATA || error.code != code || !strstr(error.text, cases[i][2]))
            fail_msg("'%s' expected, code %d: %s", cases[i][2], code, error.text);
        fc_fields_clear(table, &o);
        free(text);
    }
}

static void test_shown(void **state)
{
    (void)state;
    outer o = {.loss = 2, .data = "\xff"};
    json_t *value = fc_field_shown(table, "loss", &o);
    assert_true(json_real_value(value) == 2);
    json_decref(value);
    value = fc_field_shown(table, "data", &o);
    assert_string_equal(json_string_value(value), "?");
    json_decref(value);
    assert_true(json_is_null(fc_field_shown(table, "inner", &o)));
    assert_null(fc_field_shown(table, "centre", &o));
}

/* Settings that older files lack are written only where they are not as by default, and read as by default
 * where they are missing. */
static void test_later(void **state)
{
    (void)state;
    static const nn_option options[] = {{"old", 0, NN_INT, 0, "1", "N", 0, 9, "first"},
                                        {"new", 0, NN_INT, sizeof(int), "2", "N", 0, 9, "second"},
                                        {0}};
    static const char *const later[] = {"new", NULL};
    static const fc_field fields[] = {{"options", FC_RECORD, 0, .options = options, .later = later}, {0}};
    static const char *const want[] = {"{\"options\":{\"old\":1}}", "{\"options\":{\"old\":1,\"new\":5}}"};
    for (int i = 0; i < 2; i++) {
        int record[] = {1, i ? 5 : 2}, again[2] = {0};
        nn_error error = {0};
        json_t *object = json_object();
        fc_fields_write(object, fields, record);
        char *text = nn_json_dump_exact(object);
        assert_string_equal(text, want[i]);
        assert_int_equal(fc_fields_read(fields, again, object, "x", &error), NN_OK);
        assert_memory_equal(again, record, sizeof again);
        free(text);
        json_decref(object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),    cmocka_unit_test(test_faults),          cmocka_unit_test(test_exact),
        cmocka_unit_test(test_left_out), cmocka_unit_test(test_one_thing_wrong), cmocka_unit_test(test_shown),
        cmocka_unit_test(test_later)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
