/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interchangeable parts of networks from the command line: the four networks trained with several of each
 * kind, the same bytes for any number of threads, and what makes no sense refused with the reason. */
#include "program.h"

#include "cmocka_all.h"
#include "toy_sky.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 400, OBJECTS = 60, STATIONS = 3 };

#define TABLE        "data.csv --season 24 --horizon 6 --lookback 24 --epochs 1 --seed 3 -q "
#define ITRANSFORMER "train " TABLE "--model itransformer --d-model 8 --heads 2 --layers 2 "
#define TIME2VEC     "train " TABLE "--model time2vec --heads 2 --head-width 4 --blocks 2 --hidden 8 "
#define SKY          "sky.csv --metadata meta.csv --label type --d-model 8 --heads 2 --d-ff 8 --epochs 1 --seed 3 -q "
#define T2           "train " SKY "--model t2 --grid 24 --gp fixed "
#define POINTS       "train " SKY "--model t2-points --layers 1 "
#define HSTTN                                                                                                \
    "train farm.csv --model hsttn --stations stations.csv --target power --lookback 8 --horizon 6 "          \
    "--d-model 8 --epochs 1 --seed 3 -q "

/* --- data --- */

static void write_all(const char *name, void (*put)(FILE *file))
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    put(file);
    fclose(file);
    program_write(name, text, size);
    free(text);
}

static void put_table(FILE *file)
{
    fputs("date,a,b\n", file);
    for (int t = 0; t < ROWS; t++)
        fprintf(file, "2020-01-%02d %02d:00:00,%.5f,%.5f\n", 1 + t / 24, t % 24, sin(.26 * t),
                cos(.26 * t) + .1 * sin(t * t));
}

static void put_sky(FILE *file)
{
    fputs("object_id,mjd,band,flux,flux_err,detected\n", file);
    for (int n = 0; n < OBJECTS; n++) {
        const toy_object o = toy_make(n);
        for (int i = 0; i < TOY_POINTS - n % 30; i++)
            fprintf(file, "toy%d,%.4f,%s,%.4f,%.4f,%d\n", n, o.time[i], o.band[i] ? "r" : "g", o.flux[i],
                    o.error[i], o.detected[i]);
    }
}

static void put_classes(FILE *file)
{
    fputs("object_id,type,photoz,photoz_err\n", file);
    for (int n = 0; n < OBJECTS; n++) {
        const toy_object o = toy_make(n);
        fprintf(file, "toy%d,%s,%.4f,%.4f\n", n, toy_names[o.label], o.redshift, o.redshift_error);
    }
}

static void put_farm(FILE *file)
{
    fputs("unique_id,ds,power\n", file);
    for (int s = 0; s < STATIONS; s++)
        for (int t = 0; t < 240; t++)
            fprintf(file, "s%d,2021-03-%02d %02d:00,%.4f\n", s, 1 + t / 24, t % 24, 6 + 3 * sin(.13 * t + s));
}

static void put_places(FILE *file)
{
    fputs("station,x,y\ns1,500,20\ns2,900,-30\ns0,0,0\n", file);
}

static int group_set_up(void **state)
{
    (void)state;
    write_all("data.csv", put_table);
    write_all("sky.csv", put_sky);
    write_all("meta.csv", put_classes);
    write_all("farm.csv", put_farm);
    write_all("stations.csv", put_places);
    return 0;
}

/* --- running --- */

/* Trains it with one and with two threads: the same bytes; `use` goes by the model's file m.safetensors. */
static void trains(const char *command, const char *parts, const char *use)
{
    char words[600];
    size_t sizes[2];
    char *bytes[2];
    for (int i = 0; i < 2; i++) {
        snprintf(words, sizeof words, "%s%s --threads %d -o m.safetensors", command, parts, i + 1);
        program_discard(program_expect(words, 0));
        bytes[i] = program_read("m.safetensors", &sizes[i]);
        assert_non_null(bytes[i]);
    }
    if (sizes[0] != sizes[1] || memcmp(bytes[0], bytes[1], sizes[0]) != 0)
        fail_msg("auspex %s%s: other bytes with two threads", command, parts);
    free(bytes[0]);
    free(bytes[1]);
    program_discard(program_expect(use, 0));
}

static void refuses(const char *command, const char *parts, const char *reason)
{
    char words[600];
    snprintf(words, sizeof words, "%s%s -o m.safetensors", command, parts);
    program_result r = program_expect(words, 2);
    if (!strstr(r.err, reason))
        fail_msg("auspex %s does not say '%s' but: %s", words, reason, r.err);
    program_result_free(&r);
}

#define EACH(list, command, use)                                                                             \
    for (size_t each = 0; each < sizeof list / sizeof *list; each++)                                         \
    trains(command, list[each], use)

/* --- tests --- */

static void test_itransformer(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "--mixer mean",
        "--mixer 1@flow,1@linear",
        "--mixer sinkhorn --ffn swiglu --layout macaron --linear lr:r=2",
        "--tokenizer patch:len=8:stride=4",
        "--tokenizer conv:k=5:s=1 --mixer pool",
        "--tokenizer t2t:m=8 --pos rotary",
        "--tokenizer tnt:len=6:c=4 --pos time2vec",
        "--tokenizer patch:8 --pos calendar --mixer spectral",
        "--tokenizer patch:4 --layout dual:a=1:b=2",
        "--tokenizer patch:4 --layout two-view --mixer 1@flow,1@mean",
        "--tokenizer patch:4 --layout scale-patch",
        "--tokenizer orthogonal --mixer cayley",
    };
    EACH(parts, ITRANSFORMER, "forecast data.csv m.safetensors");
    refuses(ITRANSFORMER, "--mixer pool", "--mixer pool: it needs tokens in an order, and the tokens of");
    refuses(ITRANSFORMER, "--layout dual --force-order",
            "--layout dual: it gives other tokens than it takes");
    refuses(ITRANSFORMER, "--tokenizer patch:4 --mixer axial",
            "--mixer axial: it makes a grid of the tokens of a sample");
    refuses(ITRANSFORMER, "--pos sine", "--pos sine: it needs tokens in an order");
    refuses(ITRANSFORMER, "--tokenizer patch:len=99", "a patch of 99 rows is longer than the 24");
    refuses(ITRANSFORMER, "--tokenizer patch --mixer mean --pos rotary", "--mixer mean has none");
    refuses(ITRANSFORMER, "--tokenizer patch --features none --pos calendar", "no calendar");
    refuses(ITRANSFORMER, "--tokenizer pach", "did you mean 'patch'");
}

static void test_time2vec(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "--mixer 1@pool:k=5,1@softmax:h=2",   "--mixer lmu:m=4:theta=8 --pool cls",
        "--mixer memory --pool last",         "--tokenizer conv --pool seq",
        "--tokenizer patch:6 --pool flatten", "--pos learned --mixer moss:g=8",
        "--pos calendar --linear lr:r=1",     "--layout dual:a=2:b=6",
        "--layout two-view:gated=1",          "--layout scale-patch:len=8:scales=4",
    };
    EACH(parts, TIME2VEC, "forecast data.csv m.safetensors");
    refuses(TIME2VEC, "--tokenizer variate",
            "it makes a token of every column, and the tokens of time2vec are rows");
}

static void test_t2(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "--mixer mean --pool cls",           "--mixer linear --pool flatten",
        "--mixer spectral --pos none",       "--tokenizer conv --pool seq",
        "--tokenizer patch:8 --pos learned", "--tokenizer t2t --pos rotary",
        "--layout dual:b=8 --mixer linear",  "--layout two-view",
        "--layout scale-patch --pool cls",   "--tokenizer tnt --linear lr:r=2",
    };
    EACH(parts, T2, "classify sky.csv m.safetensors --metadata meta.csv");
    refuses(T2, "--pos calendar", "it goes by a calendar of rows, and the tokens of t2");
    refuses(T2, "--layout dual --mixer mean", "take up each other's tokens, which --mixer mean cannot");
    refuses(T2, "--layout scale-patch --mixer axial", "cuts the tokens that --mixer axial makes a grid of");
    refuses(T2, "--layout scale-patch:len=6", "6 tokens of a patch cannot be halved 2 times");
    refuses(T2, "--tokenizer variate", "it makes a token of every column");
    program_discard(program_expect("explain sky.csv m.safetensors --id toy7 --metadata meta.csv", 2));
    /* Of 3200 numbers side by side no covariance is kept. */
    size_t size;
    program_discard(
        program_expect("train sky.csv --metadata meta.csv --model t2 --label type --redshift none "
                       "--pool flatten --epochs 1 -q -o wide.safetensors",
                       0));
    char *bytes = program_read("wide.safetensors", &size);
    assert_non_null(bytes);
    assert_true(size < 200000);
    free(bytes);
    program_discard(program_expect("classify sky.csv wide.safetensors --metadata meta.csv", 0));
}

static void test_points(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "--mixer pool --pool cls",
        "--mixer lmu --pool last",
        "--mixer topk:k=3 --pos rotary",
        "--tokenizer conv:k=3:s=1",
        "--tokenizer patch:4 --pool seq",
        "--tokenizer t2t:m=8 --pos time2vec",
        "--mixer memory --pos none",
        "--mixer memory:rule=atlas:c=4 --dropout 0.2",
        "--layout dual:a=2:b=8 --dropout 0.2",
        "--layout two-view:places=6 --pool cls",
        "--drop-history 0.8 --dropout 0.2",
        "--dropout 0.3 --tokenizer conv:k=3:s=2:n=2 --mixer linear",
    };
    EACH(parts, POINTS, "classify sky.csv m.safetensors --metadata meta.csv");
    refuses(POINTS, "--tokenizer tnt",
            "it needs as many tokens in every sequence, and the tokens of t2-points");
    refuses(POINTS, "--layout scale-patch",
            "--layout scale-patch: it needs as many tokens in every sequence");
    refuses(POINTS, "--layout two-view", "--layout two-view: it needs as many tokens in every sequence");
    refuses(POINTS, "--pool flatten", "--pool flatten: it needs as many tokens");
    refuses(POINTS, "--mixer spectral", "--mixer spectral: it needs as many tokens");
}

static void test_hsttn(void **state)
{
    (void)state;
    static const char *const parts[] = {"--mixer linear", "--mixer flow --station-mixer topk:k=2",
                                        "--mixer sinkhorn --ffn geglu --linear lr:r=2"};
    EACH(parts, HSTTN, "inspect m.safetensors");
    refuses(HSTTN, "--layout dual", "--layout dual: it");
    refuses(HSTTN, "--mixer pool", "--mixer pool: it cannot take up other tokens");
}

/* Every mixer there is, in a network where all make sense. */
static void test_every_mixer(void **state)
{
    (void)state;
    program_result r = program_expect("blocks --json", 0);
    json_t *list = json_loads(r.out, 0, NULL), *one;
    size_t i;
    int mixers = 0;
    assert_non_null(list);
    json_array_foreach(json_object_get(list, "parts"), i, one)
    {
        char parts[80];
        if (strcmp(json_string_value(json_object_get(one, "class")), "mixer") != 0)
            continue;
        snprintf(parts, sizeof parts, "--mixer %s", json_string_value(json_object_get(one, "name")));
        trains(TIME2VEC, parts, "forecast data.csv m.safetensors");
        mixers++;
    }
    assert_true(mixers > 20);
    json_decref(list);
    program_result_free(&r);
}

/* What is stored is one spelling, and nothing where it is the default. */
static void test_spelling(void **state)
{
    (void)state;
    program_discard(program_expect(ITRANSFORMER "--tokenizer patch:8:stride=4 -o m.safetensors", 0));
    program_result r = program_expect("inspect m.safetensors", 0);
    assert_non_null(strstr(r.out, "tokenizer patch:len=8:stride=4"));
    program_result_free(&r);
    r = program_expect("blocks", 0);
    static const char *const says[] = {"--tokenizer", "--pos", "--linear", "tnt", "rotary", "lr"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        if (!strstr(r.out, says[i]))
            fail_msg("auspex blocks does not list %s", says[i]);
    program_result_free(&r);
}

int main(int argc, char **argv)
{
    if (argc < 2 || program_set_up(argv[1])) {
        fputs("usage: test_cli_parts PROGRAM\n", stderr);
        return 2;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_itransformer), cmocka_unit_test(test_time2vec),
                                       cmocka_unit_test(test_t2),           cmocka_unit_test(test_points),
                                       cmocka_unit_test(test_hsttn),        cmocka_unit_test(test_spelling),
                                       cmocka_unit_test(test_every_mixer)};
    const int failed = cmocka_run_group_tests(tests, group_set_up, NULL);
    program_tear_down();
    return failed;
}
