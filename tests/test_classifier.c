/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classifiers on a toy survey: they learn it, are the same from their files and for any number of threads,
 * allocate nothing per object, explain themselves exactly, and refuse broken files. */
#include "forecast/tasks/lightcurves/explain.h"
#include "forecast/tasks/lightcurves/training/fit.h"
#include "forecast/training/fit.h"
#include "tests/cmocka_all.h"
#include "tests/count_mallocs.h"
#include "tests/csv_file.h"
#include "tests/toy_sky.h"

#include <string.h>

enum { OBJECTS = 150, SLOTS = 40 };

static const ds_bands bands = {.count = 2, .name = {"g", "r"}, .wavelength = {4802, 6231}};

static void *config_of(const fc_kind *kind, const char *const (*settings)[2])
{
    nn_error error = {0};
    void *config = calloc(1, kind->config_size);
    assert_non_null(config);
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    for (; settings && (*settings)[0]; settings++) {
        const nn_option *option = nn_option_find(kind->options, (*settings)[0]);
        assert_non_null(option);
        if (nn_option_set(option, config, (*settings)[1], &error))
            fail_msg("%s", error.text);
    }
    return config;
}

static const char *const small_grid[][2] = {{"grid", "16"}, {"d-model", "16"},     {"heads", "8"},
                                            {"d-ff", "16"}, {"grid-before", "20"}, {"grid-after", "60"},
                                            {NULL, NULL}};
static const char *const small_points[][2] = {
    {"d-model", "16"}, {"d-ff", "16"}, {"most-points", "30"}, {NULL, NULL}};
static const char *const small_waves[][2] = {{"d-model", "16"},     {"d-ff", "16"},
                                             {"most-points", "30"}, {"encoding", "time2vec"},
                                             {"redshift", "none"},  {NULL, NULL}};

static const char *const small_own[][2] = {{"d-model", "16"}, {"d-ff", "16"},  {"most-points", "30"},
                                           {"time", "fold"},  {"flux", "own"}, {NULL, NULL}};

static fc_classifier *new_classifier(const char *name, const char *const (*settings)[2])
{
    nn_error error = {0};
    fc_model *model = NULL;
    const fc_kind *kind = fc_kind_find(name);
    assert_non_null(kind);
    void *config = config_of(kind, settings);
    const fc_class_set classes = {
        .bands = &bands, .classes = TOY_CLASSES, .class_names = toy_names, .redshift = true};
    const fc_request request = {.kind = kind, .config = config, .objects = &classes, .seed = 5};
    if (fc_model_new(&model, &request, &error))
        fail_msg("%s", error.text);
    nn_options_clear(kind->options, config);
    free(config);
    model->record.training.epochs = 12;
    model->record.training.batch = 16;
    model->record.training.learning_rate = 5e-3;
    return fc_classifier_of(model);
}

static void fill(fc_engine *engine, int slot, int n, double days)
{
    nn_error error = {0};
    char id[16];
    toy_object o = toy_make(n);
    snprintf(id, sizeof id, "toy%d", n);
    ds_lightcurve curve = {.id = id,
                           .count = TOY_POINTS,
                           .time = o.time,
                           .flux = o.flux,
                           .error = o.error,
                           .band = o.band,
                           .detected = o.detected};
    const double extras[FC_EXTRAS] = {o.redshift, o.redshift_error};
    assert_int_equal(fc_engine_fill(engine, slot, &curve, extras, o.label, days, &error), NN_OK);
}

static nn_pool *new_pool(int threads)
{
    nn_error error = {0};
    nn_pool *pool;
    assert_int_equal(nn_pool_new(&pool, threads, &error), NN_OK);
    return pool;
}

static fc_engine *new_engine(fc_classifier *model, nn_pool *pool, bool network)
{
    nn_error error = {0};
    fc_engine *engine = NULL;
    if (fc_engine_new(&engine, model, pool, SLOTS, network, &error))
        fail_msg("%s", error.text);
    return engine;
}

/* Objects 0..OBJECTS-1 as a set; every fifth validates. */
static void make_set(fc_class_set *set, fc_classifier *model, nn_pool *pool)
{
    nn_error error = {0};
    fc_engine *engine = new_engine(model, pool, false);
    for (int n = 0; n < OBJECTS; n += SLOTS) {
        int count = OBJECTS - n < SLOTS ? OBJECTS - n : SLOTS;
        for (int i = 0; i < count; i++)
            fill(engine, i, n + i, INFINITY);
        assert_int_equal(fc_engine_run(engine, count, &error), NN_OK);
        for (int i = 0; i < count; i++) {
            assert_int_equal(fc_engine_slot(engine, i)->state, FC_SLOT_READY);
            const uint8_t part = (n + i) / 3 % 5 == 4 ? FC_PART_VALIDATION : FC_PART_TRAINING;
            assert_int_equal(fc_class_set_add(set, model, fc_engine_slot(engine, i), part, &error), NN_OK);
        }
    }
    fc_engine_free(engine);
}

static fc_classifier *trained(const char *name, const char *const (*settings)[2], int threads)
{
    nn_error error = {0};
    fc_class_set set = {0};
    nn_pool *pool = new_pool(threads);
    fc_classifier *model = new_classifier(name, settings);
    make_set(&set, model, pool);
    if (fc_fit(&model->base, &(fc_request){.objects = &set, .pool = pool}, &error))
        fail_msg("%s", error.text);
    fc_class_set_clear(&set);
    nn_pool_free(pool);
    return model;
}

/* Of objects that nobody has trained on; p (SLOTS, classes). */
static double accuracy(fc_classifier *model, int threads, double *p)
{
    nn_error error = {0};
    nn_pool *pool = new_pool(threads);
    fc_engine *engine = new_engine(model, pool, true);
    int right = 0;
    for (int i = 0; i < SLOTS; i++)
        fill(engine, i, 1000 + i, INFINITY);
    assert_int_equal(fc_engine_run(engine, SLOTS, &error), NN_OK);
    for (int i = 0; i < SLOTS; i++) {
        const fc_slot *slot = fc_engine_slot(engine, i);
        double sum = 0;
        int best = 0;
        for (int c = 0; c < TOY_CLASSES; c++) {
            sum += p[i * TOY_CLASSES + c] = slot->probability[c];
            best = slot->probability[c] > slot->probability[best] ? c : best;
        }
        assert_true(fabs(sum - 1) < 1e-9);
        assert_true(slot->novelty >= 0 && slot->novelty <= 1);
        right += best == slot->label;
    }
    fc_engine_free(engine);
    nn_pool_free(pool);
    return (double)right / SLOTS;
}

static const struct {
    const char *kind;
    const char *const (*settings)[2];
    double least; /* accuracy */
} forms[] = {{"t2", small_grid, 0.95},
             {"t2-points", small_points, 0.9},
             {"t2-points", small_waves, 0.8},
             {"t2-points", small_own, 0.8}};

static void test_learns_and_survives_its_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        nn_error error = {0};
        double p[SLOTS * TOY_CLASSES], again[SLOTS * TOY_CLASSES];
        fc_classifier *model = trained(forms[i].kind, forms[i].settings, 1);
        fc_model *loaded = NULL;
        double right = accuracy(model, 1, p);
        if (right < forms[i].least)
            fail_msg("%s, form %zu: accuracy %g", forms[i].kind, i, right);
        assert_true(model->base.record.validation_loss[model->base.record.best_epoch - 1] <
                    model->base.record.naive_validation_loss);
        const char *path = csv_in_folder("c.safetensors");
        if (fc_model_save(&model->base, path, &error) || fc_model_load(&loaded, FC_CLASSIFIES, path, &error))
            fail_msg("%s", error.text);
        assert_ptr_equal(fc_model_file_kind(path), model->base.kind);
        accuracy(fc_classifier_of(loaded), 2, again);
        assert_memory_equal(p, again, sizeof p);
        fc_model *wrong = NULL;
        assert_int_equal(fc_model_load(&wrong, FC_FORECASTS, path, &error), NN_BAD_DATA);
        assert_non_null(strstr(error.text, "holds a classifier"));
        fc_model_free(&model->base);
        fc_model_free(loaded);
    }
}

static char *bytes_of(const char *name, size_t *size)
{
    FILE *file = fopen(csv_in_folder(name), "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void test_same_bytes_for_any_threads(void **state)
{
    (void)state;
    nn_error error = {0};
    size_t one_size, three_size;
    for (int k = 0; k < 2; k++) {
        fc_classifier *one = trained(forms[k].kind, forms[k].settings, 1),
                      *three = trained(forms[k].kind, forms[k].settings, 3);
        assert_int_equal(fc_model_save(&one->base, csv_in_folder("one"), &error), NN_OK);
        assert_int_equal(fc_model_save(&three->base, csv_in_folder("three"), &error), NN_OK);
        char *a = bytes_of("one", &one_size), *b = bytes_of("three", &three_size);
        assert_int_equal(one_size, three_size);
        assert_memory_equal(a, b, one_size);
        free(a);
        free(b);
        fc_model_free(&one->base);
        fc_model_free(&three->base);
    }
}

static void test_no_allocation_per_object(void **state)
{
    (void)state;
    nn_error error = {0};
    fc_classifier *model = trained("t2", small_grid, 1);
    nn_pool *pool = new_pool(1);
    fc_engine *engine = new_engine(model, pool, true);
    long before = 0;
    for (int round = 0; round < 3; round++) {
        if (round == 1)
            before = count_mallocs();
        for (int i = 0; i < SLOTS; i++)
            fill(engine, i, 100 + i, INFINITY); /* the same ones: none is larger than before */
        assert_int_equal(fc_engine_run(engine, SLOTS, &error), NN_OK);
    }
    assert_int_equal(count_mallocs(), before);
    fc_engine_free(engine);
    nn_pool_free(pool);
    fc_model_free(&model->base);
}

/* The published tokens of redshift and error are equal, the clean ones each number's own. */
static void test_tokens_of_redshift(void **state)
{
    (void)state;
    static const char *const forms_of[] = {"tokens", "published", "channels", "none"};
    for (int form = 0; form < 4; form++) {
        const char *const settings[][2] = {
            {"grid", "2"}, {"gp-variance", "false"}, {"redshift", forms_of[form]}, {NULL, NULL}};
        fc_classifier *model = new_classifier("t2", settings);
        const float raw[4] = {0};
        const double extras[2] = {3, 5};
        nn_real out[16] = {0};
        int tokens = fc_fill_tokens(model, raw, 2, extras, out), width = fc_token_width(model);
        assert_int_equal(width, form == 2 ? 4 : 2);
        assert_int_equal(tokens, form < 2 ? 4 : 2);
        static const nn_real want[4][8] = {
            {0, 0, 0, 0, 3, 3, 5, 5}, {0, 0, 0, 0, 3, 5, 3, 5}, {0, 0, 3, 5, 0, 0, 3, 5}, {0}};
        for (int i = 0; i < tokens * width; i++)
            assert_true(out[i] == want[form][i]);
        fc_model_free(&model->base);
    }
}

static void test_explains_exactly(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        nn_error error = {0};
        fc_classifier *model = trained(forms[k].kind, forms[k].settings, 1);
        nn_pool *pool = new_pool(1);
        fc_engine *engine = new_engine(model, pool, true);
        fc_explanation e;
        fill(engine, 0, 1001, INFINITY);
        assert_int_equal(fc_engine_run(engine, 1, &error), NN_OK);
        const fc_slot *slot = fc_engine_slot(engine, 0);
        assert_int_equal(fc_explain(&e, model, slot, &error), NN_OK);
        double sum = 0, p[TOY_CLASSES];
        for (int c = 0; c < e.classes; c++) {
            double mean = 0, share = 0;
            for (int t = 0; t < e.tokens; t++) {
                mean += e.map[t * e.classes + c] / e.tokens;
                share += e.share[t * e.classes + c];
            }
            assert_true(fabs(mean + e.bias[c] - e.logit[c]) < 1e-9);
            assert_true(fabs(share - 1) < 1e-9);
            sum += p[c] = exp(e.logit[c] / model->temperature);
        }
        for (int c = 0; c < e.classes; c++) { /* the map's logits are the network's */
            assert_true(fabs(p[c] / sum - slot->probability[c]) < 1e-4);
            assert_true(fabs(e.probability[c] - slot->probability[c]) < 1e-6);
        }
        assert_true(e.day[1] > e.day[0] || k == 1);
        fc_explanation_clear(&e);
        fc_engine_free(engine);
        nn_pool_free(pool);
        fc_model_free(&model->base);
    }
}

/* Until the first detection there is one point of it; later ones are unseen. */
static void test_ages(void **state)
{
    (void)state;
    fc_classifier *model = new_classifier("t2-points", small_points);
    nn_pool *pool = new_pool(1);
    fc_engine *engine = new_engine(model, pool, false);
    fill(engine, 0, 0, 0);
    fill(engine, 1, 0, 9.5);
    fill(engine, 2, 0, INFINITY);
    const fc_slot *at = fc_engine_slot(engine, 0), *after = fc_engine_slot(engine, 1),
                  *whole = fc_engine_slot(engine, 2);
    assert_true(at->points.count < after->points.count && after->points.count < whole->points.count);
    assert_int_equal(at->points.detected[at->points.count - 1], 1);
    assert_true(after->points.time[after->points.count - 1] <= after->trigger + 9.5);
    assert_int_equal(fc_engine_run(engine, 3, NULL), NN_OK);
    assert_int_equal(whole->tokens, 30); /* thinned to --most-points */
    assert_int_equal(whole->points.count, 30);
    fc_engine_free(engine);
    nn_pool_free(pool);
    fc_model_free(&model->base);
}

/* A star of 0.75 days: every point comes at its phase, beside the star's period, power and relative swing,
 * and neither its brightness nor the moment that it was seen changes anything. */
static void test_folds_and_scales(void **state)
{
    (void)state;
    static const char *const settings[][2] = {{"time", "fold"}, {"flux", "own"},        {"d-model", "8"},
                                              {"heads", "2"},   {"most-points", "200"}, {NULL, NULL}};
    enum { POINTS = 120 };
    fc_classifier *model = new_classifier("t2-points", settings);
    nn_pool *pool = new_pool(1);
    fc_engine *engine = new_engine(model, pool, false);
    double time[2][POINTS], flux[2][POINTS], error[2][POINTS];
    uint8_t band[POINTS] = {0}, detected[POINTS];
    memset(detected, 1, sizeof detected);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < POINTS; i++) {
            double t = 59000 + 2.6 * i + 2 * nn_random_uniform(1, i);
            time[k][i] = t + (k ? 0.75 * 4000 : 0);
            flux[k][i] = (k ? 1000 : 1) * (50 + 10 * cos(2 * M_PI * (t - 59000.1) / 0.75));
            error[k][i] = k ? 100 : 0.1;
        }
        ds_lightcurve star = {"star", POINTS, time[k], flux[k], error[k], band, detected, 1};
        assert_int_equal(fc_engine_fill(engine, k, &star, NULL, -1, INFINITY, NULL), NN_OK);
    }
    assert_int_equal(fc_engine_run(engine, 2, NULL), NN_OK);
    const fc_slot *a = fc_engine_slot(engine, 0), *b = fc_engine_slot(engine, 1);
    int width = fc_raw_width(model);
    assert_int_equal(width, 4 + 3);
    assert_int_equal(a->tokens, POINTS);
    for (int i = 0; i < POINTS; i++) {
        const float *x = a->raw + i * width, *y = b->raw + i * width;
        double cycles = (time[0][i] - 59000.1) / 0.75;
        double off = x[0] / 100 - cycles, moved = (x[0] - y[0]) / 100;
        assert_float_equal(off - round(off), 0, 1e-3);
        assert_float_equal(moved - round(moved), 0, 1e-3);
        for (int c = 1; c < width; c++)
            assert_float_equal(x[c], y[c], 1e-4);
    }
    assert_float_equal(a->raw[4], log10(0.75), 1e-5);
    assert_float_equal(a->raw[5], 1, 1e-4);
    assert_float_equal(a->raw[6], log10(10 / sqrt(2) / 50), 0.05);
    fc_engine_free(engine);
    nn_pool_free(pool);
    fc_model_free(&model->base);
}

static void test_objects_that_cannot_be_classified(void **state)
{
    (void)state;
    nn_error error = {0};
    fc_classifier *model = trained("t2", small_grid, 1);
    nn_pool *pool = new_pool(1);
    fc_engine *engine = new_engine(model, pool, true);
    toy_object o = toy_make(0);
    uint8_t none[TOY_POINTS] = {0}, first[TOY_POINTS] = {1};
    ds_lightcurve curve = {.id = "dark",
                           .time = o.time,
                           .flux = o.flux,
                           .error = o.error,
                           .band = o.band,
                           .detected = none,
                           .count = TOY_POINTS};
    assert_int_equal(fc_engine_fill(engine, 0, &curve, NULL, -1, INFINITY, &error), NN_OK);
    curve.count = 0;
    assert_int_equal(fc_engine_fill(engine, 1, &curve, NULL, -1, INFINITY, &error), NN_OK);
    curve.count = 1;
    curve.detected = first;
    assert_int_equal(fc_engine_fill(engine, 2, &curve, NULL, -1, INFINITY, &error), NN_OK);
    assert_int_equal(fc_engine_run(engine, 3, &error), NN_OK);
    assert_int_equal(fc_engine_slot(engine, 0)->state, FC_SLOT_UNDETECTED);
    assert_int_equal(fc_engine_slot(engine, 1)->state, FC_SLOT_EMPTY);
    const fc_slot *one = fc_engine_slot(engine, 2); /* a single point is enough */
    assert_int_equal(one->state, FC_SLOT_READY);
    assert_true(isfinite(one->probability[0]));
    fc_engine_free(engine);
    nn_pool_free(pool);
    fc_model_free(&model->base);
}

static void test_needs_every_class(void **state)
{
    (void)state;
    nn_error error = {0};
    fc_class_set set = {0};
    nn_pool *pool = new_pool(1);
    fc_classifier *model = new_classifier("t2", small_grid);
    make_set(&set, model, pool);
    for (int n = 0; n < OBJECTS; n++)
        set.part[n] = n % 3 == 1 ? FC_PART_TEST : set.part[n];
    assert_int_equal(fc_fit(&model->base, &(fc_request){.objects = &set, .pool = pool}, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "no object of the class 'long'"));
    memset(set.part, FC_PART_TRAINING, OBJECTS);
    assert_int_equal(fc_fit(&model->base, &(fc_request){.objects = &set, .pool = pool}, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "validation part"));
    fc_class_set_clear(&set);
    nn_pool_free(pool);
    fc_model_free(&model->base);
}

/* --- broken files --- */

static const struct {
    const char *from, *to, *says; /* from and to of one length */
} broken[] = {
    {"\"auspex.format\":\"1\"", "\"auspex.format\":\"2\"", "the model format 2"},
    {"\"auspex.model\":\"t2\"", "\"auspex.model\":\"t3\"", "unknown kind of model 't3'"},
    {"auspex.classifier", "auspex.klassifier", "auspex.classifier is missing"},
    {"\\\"bands\\\":[\\\"g\\\",", "\\\"bands\\\":[\\\"r\\\",", "two bands are both named 'r'"},
    {"\\\"wavelengths\\\":[4802", "\\\"wavelengths\\\":[-802",
     "entry 1 of auspex.classifier.wavelengths is not positive"},
    {"\\\"name\\\":\\\"long\\\"", "\\\"name\\\":\\\"wave\\\"", "two classes are both named 'wave'"},
    {"\\\"softening\\\":[1.", "\\\"softening\\\":[-1", "softening is not positive"},
    {"\\\"temperature\\\":", "\\\"demperature\\\":", "temperature is not positive"},
    {"\\\"whitener\\\":[", "\\\"whitenet\\\":[", "whitener should be a list of 256"},
    {"\\\"heads\\\":8", "\\\"heads\\\":7", "--heads"},
    {"\\\"d-model\\\":16", "\\\"d-model\\\":24", "centre should be a list of 24 numbers"},
    {"\\\"layers\\\":1", "\\\"layers\\\":2", "is missing"},
    {"\\\"grid\\\":16", "\\\"grad\\\":16", "unknown setting 'grad'"},
    {"\\\"best_epoch\\\":", "\\\"west_epoch\\\":", "best_epoch should be a whole number"},
};

static void test_broken_files(void **state)
{
    (void)state;
    nn_error error = {0};
    size_t size;
    fc_classifier *model = trained("t2", small_grid, 1);
    assert_int_equal(fc_model_save(&model->base, csv_in_folder("whole"), &error), NN_OK);
    fc_model_free(&model->base);
    fc_model *loaded;
    char *whole = bytes_of("whole", &size), *bytes = malloc(size);
    assert_non_null(bytes);
    char *hash = memmem(whole, size, "\"auspex.hash\"", 13);
    assert_non_null(hash);
    memcpy(hash, "\"another.one\"", 13); /* it would tell first */
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        memcpy(bytes, whole, size);
        char *at = memmem(bytes, size, broken[i].from, strlen(broken[i].from));
        if (!at)
            fail_msg("the model holds no %s", broken[i].from);
        memcpy(at, broken[i].to, strlen(broken[i].to));
        const char *path = csv_write_bytes("broken.safetensors", bytes, size);
        error = (nn_error){0};
        int code = fc_model_load(&loaded, FC_CLASSIFIES, path, &error);
        if (code != NN_BAD_DATA || loaded || strncmp(error.text, path, strlen(path)) ||
            !strstr(error.text, broken[i].says))
            fail_msg("'%s' expected, code %d: %s", broken[i].says, code, error.text);
    }
    for (size_t cut = 0; cut < size; cut += size / 37 + 1) { /* cut short anywhere */
        const char *path = csv_write_bytes("short.safetensors", whole, cut);
        assert_int_equal(fc_model_load(&loaded, FC_CLASSIFIES, path, &error), NN_BAD_DATA);
    }
    memcpy(bytes, whole, size);
    memcpy(bytes + size - 4, "\0\0\xc0\x7f", 4);
    assert_int_equal(
        fc_model_load(&loaded, FC_CLASSIFIES, csv_write_bytes("nan.safetensors", bytes, size), &error),
        NN_BAD_DATA);
    assert_non_null(strstr(error.text, "not finite"));
    free(whole);
    free(bytes);
}

static void test_published_settings_learn(void **state)
{
    (void)state;
    const char *const settings[][2] = {{"grid", "16"},  {"d-model", "16"},         {"heads", "8"},
                                       {"d-ff", "16"},  {"time", "span"},          {"flux", "plain"},
                                       {"gp", "fixed"}, {"redshift", "published"}, {"gp-variance", "false"},
                                       {NULL, NULL}};
    double p[SLOTS * TOY_CLASSES];
    fc_classifier *model = trained("t2", settings, 1);
    assert_true(accuracy(model, 1, p) > 0.8);
    fc_model_free(&model->base);
}

static int tear_down(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

/* With a pattern of names: only these tests. */
int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns_and_survives_its_file),
        cmocka_unit_test(test_same_bytes_for_any_threads),
        cmocka_unit_test(test_no_allocation_per_object),
        cmocka_unit_test(test_tokens_of_redshift),
        cmocka_unit_test(test_explains_exactly),
        cmocka_unit_test(test_ages),
        cmocka_unit_test(test_folds_and_scales),
        cmocka_unit_test(test_objects_that_cannot_be_classified),
        cmocka_unit_test(test_needs_every_class),
        cmocka_unit_test(test_broken_files),
        cmocka_unit_test(test_published_settings_learn),
    };
    if (count > 1)
        cmocka_set_test_filter(words[1]);
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
