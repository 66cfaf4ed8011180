/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier of light curves knows beside classes, at the command line: the embedding, the next labels
 * to ask for, and the strangest objects with reasons. */
#include "cmocka_all.h"
#include "sky_file.h"

#include <jansson.h>
#include <math.h>

enum { OBJECTS = 150, NEW = 40 };

#define SMALL "--label type --metadata meta.csv --threads 1 -q "

static int group_set_up(void **state)
{
    (void)state;
    sky_write(OBJECTS);
    program_discard(program_expect("train sky.csv --model forest --trees 60 " SMALL "-o f.safetensors", 0));
    program_discard(program_expect("train sky.csv --model t2 --grid 16 --d-model 16 --heads 8 --d-ff 16 "
                                   "--epochs 8 --batch 16 --learning-rate 5e-3 " SMALL "-o t2.safetensors",
                                   0));
    char *sky = sky_text(1000, NEW);
    program_write("new.csv", sky, strlen(sky));
    free(sky);
    return 0;
}

static json_t *json_of(const char *words)
{
    program_result r = program_expect(words, 0);
    json_t *object = json_loads(r.out, 0, NULL);
    if (!object)
        fail_msg("auspex %s: no JSON: %s", words, r.out);
    program_result_free(&r);
    return object;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text)
        fail_msg("there is no text '%s'", key);
    return text;
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static int lines_of(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* --- embedding --- */

static void test_embedding(void **state)
{
    (void)state;
    program_discard(
        program_expect("classify new.csv t2.safetensors --embedding e.csv -o c.csv -q --threads 1", 0));
    program_result alone = program_expect("classify new.csv t2.safetensors --embedding - -q --threads 2", 0);
    size_t size;
    char *file = program_read("e.csv", &size);
    assert_string_equal(file, alone.out); /* without the classes, and the same for other threads */
    assert_int_equal(lines_of(file), NEW + 1);
    assert_int_equal(strncmp(file, "object_id,e1,e2,", 16), 0);
    assert_non_null(strstr(file, ",e16\ntoy1000,"));
    assert_null(strstr(file, ",e17"));
    program_discard(program_expect("classify new.csv t2.safetensors -o plain.csv -q", 0));
    assert_true(program_same("c.csv", "plain.csv"));
    free(file);
    program_result_free(&alone);
    program_refused("classify new.csv t2.safetensors --embedding - -o -", 2, "cannot both go to standard");
}

/* The logits are a linear map of it: an object of another class lies elsewhere; unusable objects have none.
 */
static void test_embedding_json(void **state)
{
    (void)state;
    static const char faint[] = "object_id,mjd,band,flux,flux_err,detected\nnothing,59000,g,1,1,0\n";
    program_result r = program_expect("classify new.csv f.safetensors --embedding - --json -q", 0);
    assert_int_equal(lines_of(r.out), NEW);
    json_t *first = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);
    const json_t *vector = json_object_get(first, "embedding");
    assert_true(json_array_size(vector) > 50);
    for (size_t k = 0; k < json_array_size(vector); k++) /* scaled features are cut to +-5 */
        assert_true(fabs(json_number_value(json_array_get(vector, k))) <= 5);
    json_decref(first);
    program_result_free(&r);
    r = program_expect_of("classify - t2.safetensors --embedding - -q", faint, 0);
    assert_non_null(strstr(r.out, "\nnothing,,,,,,,,,,,,,,,,\n"));
    program_result_free(&r);
    r = program_expect_of("classify - t2.safetensors --embedding - --json -q", faint, 0);
    assert_non_null(strstr(r.out, "{\"object_id\":\"nothing\",\"embedding\":[null,"));
    program_result_free(&r);
}

/* --- query --- */

static void test_query(void **state)
{
    (void)state;
    json_t *asked = json_of("query new.csv f.safetensors -n 7 --json -q --threads 1");
    assert_string_equal(text_of(asked, "schema"), "auspex.query/1");
    assert_int_equal(number_of(asked, "candidates"), NEW);
    const json_t *list = json_object_get(asked, "objects");
    assert_int_equal(json_array_size(list), 7);
    for (size_t i = 0; i < 7; i++) {
        const json_t *one = json_array_get(list, i);
        const double p = number_of(one, "probability"), second = number_of(one, "second_probability");
        assert_int_equal(number_of(one, "rank"), i + 1);
        assert_float_equal(number_of(one, "doubt"), 1 - (p - second), 1e-9);
        assert_non_null(strstr(text_of(one, "reasons"), "sure: "));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(text_of(one, "object_id"), text_of(json_array_get(list, k), "object_id"));
    }
    json_decref(asked);
    program_result one = program_expect("query new.csv f.safetensors -n 7 -q --threads 1", 0),
                   other = program_expect("query f.safetensors new.csv -n 7 -q --threads 2", 0);
    assert_string_equal(one.out, other.out);
    assert_int_equal(lines_of(one.out), 8);
    program_result_free(&one);
    program_result_free(&other);
}

/* Objects with a label are not asked for, but cover what is like them. */
static void known_table(FILE *out)
{
    fputs("object_id,type\n", out);
    for (int n = 1000; n < 1000 + NEW; n++)
        fprintf(out, "toy%d,%s\n", n, n % 2 ? toy_names[n % 3] : "");
}

static void test_known(void **state)
{
    (void)state;
    program_fill("known.csv", known_table);
    json_t *asked =
        json_of("query new.csv t2.safetensors -n 100 --metadata known.csv --label type --json -q");
    assert_int_equal(number_of(asked, "known"), NEW / 2);
    const json_t *list = json_object_get(asked, "objects");
    assert_int_equal(json_array_size(list), NEW / 2);
    for (size_t i = 0; i < json_array_size(list); i++)
        assert_int_equal(atoi(text_of(json_array_get(list, i), "object_id") + 3) % 2, 0);
    json_decref(asked);
    program_refused("query sky.csv t2.safetensors --metadata meta.csv --label type", 3,
                    "there is no object whose label is not known");
    program_refused("query new.csv t2.safetensors --label type", 2, "type");
    program_refused("query new.csv t2.safetensors --by luck", 2, "none of margin, entropy, novelty");
}

/* --- anomalies --- */

/* The toy survey, and one object a hundred times as bright. */
static void strange_sky(FILE *out)
{
    char *sky = sky_text(1000, NEW);
    fputs(sky, out);
    free(sky);
    toy_object o = toy_make(1);
    for (int i = 0; i < TOY_POINTS; i++)
        fprintf(out, "giant,%.4f,%s,%.4f,%.4f,%d\n", o.time[i], o.band[i] ? "r" : "g", 100 * o.flux[i],
                o.error[i], o.detected[i]);
}

static void strangest(const char *model, const char *reason)
{
    char words[200];
    snprintf(words, sizeof words, "anomalies strange.csv %s --json -q", model);
    json_t *found = json_of(words);
    assert_string_equal(text_of(found, "schema"), "auspex.anomalies-lightcurves/1");
    const json_t *list = json_object_get(found, "objects"), *first = json_array_get(list, 0);
    assert_string_equal(text_of(first, "object_id"), "giant");
    assert_true(number_of(first, "novelty") >= 0.99);
    const json_t *reasons = json_object_get(first, "reasons");
    assert_true(json_array_size(reasons) >= 1);
    bool said = false;
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const json_t *one = json_array_get(reasons, i);
        said = said || strstr(text_of(one, "text"), reason);
        assert_true(number_of(one, "deviations") >= 1);
        if (json_is_true(json_object_get(one, "outside")))
            assert_true(number_of(one, "value") > number_of(one, "most") ||
                        number_of(one, "value") < number_of(one, "least"));
    }
    if (!said)
        fail_msg("%s: no reason says '%s'", model, reason);
    json_decref(found);
}

static void test_strange(void **state)
{
    (void)state;
    program_fill("strange.csv", strange_sky);
    strangest("t2.safetensors", "mag brighter than that of any object trained on");
    strangest("f.safetensors", "above that of any object trained on");
}

static void test_strange_lists(void **state)
{
    (void)state;
    program_fill("strange.csv", strange_sky);
    program_result all = program_expect("anomalies strange.csv t2.safetensors --all -q", 0),
                   one = program_expect("anomalies t2.safetensors strange.csv -n 1 -q --threads 2", 0),
                   named = program_expect("anomalies strange.csv --model t2.safetensors -n 1 -q", 0);
    assert_int_equal(lines_of(all.out), NEW + 2);
    assert_int_equal(lines_of(one.out), 2);
    assert_int_equal(strncmp(all.out, one.out, strlen(one.out)), 0); /* the strangest comes first */
    assert_string_equal(one.out, named.out);
    program_result_free(&all);
    program_result_free(&one);
    program_result_free(&named);
    program_refused("anomalies strange.csv t2.safetensors --model f.safetensors", 2, "said twice");
    program_refused("anomalies strange.csv sky.csv", 2, "too much");
}

int main(int argc, char **argv)
{
    (void)argc;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embedding), cmocka_unit_test(test_embedding_json),
        cmocka_unit_test(test_query),     cmocka_unit_test(test_known),
        cmocka_unit_test(test_strange),   cmocka_unit_test(test_strange_lists)};
    if (program_set_up(argv[1]))
        return 1;
    const int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
