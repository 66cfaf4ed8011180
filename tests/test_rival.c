/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forest beside a network of light curves, on a toy survey: it is the same from the model's file and for
 * any number of threads, learns from training objects of a known class alone, costs nothing where nobody asks
 * for it and no allocation per object where somebody does, and a mixture is the mean that it says it is. */
#include "forecast/statistics/classes/class_data.h"
#include "forecast/tasks/lightcurves/explain.h"
#include "forecast/tasks/lightcurves/training/automatic.h"
#include "forecast/tasks/lightcurves/training/fit.h"
#include "forecast/tasks/lightcurves/training/rival_grow.h"
#include "forecast/training/fit.h"
#include "tests/cmocka_all.h"
#include "tests/count_mallocs.h"
#include "tests/csv_file.h"
#include "tests/toy_sky.h"

#include <string.h>

enum { OBJECTS = 120, SLOTS = 24 };

static const ds_bands bands = {.count = 2, .name = {"g", "r"}, .wavelength = {4802, 6231}};
static const char *const kinds[] = {"t2", "t2-points"};

static bool late; /* networks see features too */

static void *config_of(const fc_kind *kind)
{
    static const char *const small[][2] = {{"grid", "16"}, {"d-model", "16"}, {"d-ff", "16"}, {"heads", "4"}};
    void *config = NULL;
    assert_int_equal(fc_kind_config(&config, kind, NULL), NN_OK);
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        const nn_option *option = nn_option_find(kind->options, small[i][0]);
        if (option)
            assert_int_equal(nn_option_set(option, config, small[i][1], NULL), NN_OK);
    }
    if (late)
        assert_int_equal(nn_option_set(nn_option_find(kind->options, "late-features"), config, "true", NULL),
                         NN_OK);
    return config;
}

static fc_classifier *new_classifier(const char *name, const fc_taxonomy *tree)
{
    nn_error error = {0};
    fc_model *model = NULL;
    const fc_kind *kind = fc_kind_find(name);
    void *config = config_of(kind);
    const fc_class_set classes = {.bands = &bands,
                                  .classes = TOY_CLASSES,
                                  .class_names = toy_names,
                                  .redshift = true,
                                  .taxonomy = tree};
    if (fc_model_new(&model, &(fc_request){.kind = kind, .config = config, .objects = &classes, .seed = 5},
                     &error))
        fail_msg("%s", error.text);
    fc_kind_config_free(config, kind);
    model->record.training.epochs = 3;
    model->record.training.batch = 16;
    return fc_classifier_of(model);
}

static void fill(fc_engine *engine, int slot, int n)
{
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
    assert_int_equal(fc_engine_fill(engine, slot, &curve, extras, o.label, INFINITY, NULL), NN_OK);
}

static nn_pool *new_pool(int threads)
{
    nn_pool *pool;
    assert_int_equal(nn_pool_new(&pool, threads, NULL), NN_OK);
    return pool;
}

static fc_engine *new_engine(fc_classifier *model, nn_pool *pool, int slots, bool network)
{
    nn_error error = {0};
    fc_engine *engine = NULL;
    if (fc_engine_new(&engine, model, pool, slots, network, &error))
        fail_msg("%s", error.text);
    return engine;
}

/* label_of: what each is labelled as; NULL: its class. */
static void make_set(fc_class_set *set, fc_classifier *model, nn_pool *pool, int (*label_of)(int n))
{
    fc_engine *engine = new_engine(model, pool, SLOTS, false);
    fc_classifier *rival;
    assert_int_equal(fc_rival_new(&rival, model, 1, NULL), NN_OK);
    assert_int_equal(fc_engine_want_beside(engine, rival, NULL), NN_OK); /* late ones are the same */
    for (int n = 0; n < OBJECTS; n += SLOTS) {
        for (int i = 0; i < SLOTS; i++)
            fill(engine, i, n + i);
        assert_int_equal(fc_engine_run(engine, SLOTS, NULL), NN_OK);
        for (int i = 0; i < SLOTS; i++) {
            fc_slot *slot = fc_engine_slot(engine, i);
            slot->label = label_of ? label_of(n + i) : slot->label;
            const uint8_t part = (n + i) / 3 % 5 == 4 ? FC_PART_VALIDATION : FC_PART_TRAINING;
            assert_int_equal(fc_class_set_add(set, model, slot, part, NULL), NN_OK);
        }
    }
    fc_engine_free(engine);
    fc_model_free(&rival->base);
}

static fc_classifier *fitted(const char *name, int threads, bool mixture)
{
    nn_error error = {0};
    fc_class_set set = {0};
    nn_pool *pool = new_pool(threads);
    fc_classifier *model = new_classifier(name, NULL);
    model->base.record.training.mixture = mixture;
    make_set(&set, model, pool, NULL);
    if (fc_fit(&model->base, &(fc_request){.objects = &set, .pool = pool}, &error))
        fail_msg("%s", error.text);
    assert_non_null(fc_rival_of(model));
    fc_class_set_clear(&set);
    nn_pool_free(pool);
    return model;
}

/* (SLOTS, classes) each, of objects that nobody has trained on; slots: worked on together. */
typedef struct said {
    double p[SLOTS * TOY_CLASSES], rival[SLOTS * TOY_CLASSES], alone[SLOTS * TOY_CLASSES];
    int right;
} said;

static void ask(fc_classifier *model, int threads, int slots, said *to)
{
    nn_pool *pool = new_pool(threads);
    fc_engine *engine = new_engine(model, pool, slots, true);
    const size_t size = TOY_CLASSES * sizeof(double);
    assert_int_equal(fc_engine_want_rival(engine, true, NULL), NN_OK);
    to->right = 0;
    for (int n = 0; n < SLOTS; n += slots) {
        for (int i = 0; i < slots; i++)
            fill(engine, i, 1000 + n + i);
        assert_int_equal(fc_engine_run(engine, slots, NULL), NN_OK);
        for (int i = 0; i < slots; i++) {
            const fc_slot *slot = fc_engine_slot(engine, i);
            assert_int_equal(slot->state, FC_SLOT_READY);
            memcpy(to->p + (n + i) * TOY_CLASSES, slot->probability, size);
            memcpy(to->rival + (n + i) * TOY_CLASSES, slot->rival, size);
            memcpy(to->alone + (n + i) * TOY_CLASSES, slot->alone, size);
            to->right += fc_class_called(slot->rival, TOY_CLASSES) == slot->label;
        }
    }
    fc_engine_free(engine);
    nn_pool_free(pool);
}

static char *bytes_of(const char *name, size_t *size)
{
    FILE *file = fopen(csv_in_folder(name), "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 22);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 1 << 22, file);
    assert_true(*size < 1 << 22);
    fclose(file);
    return bytes;
}

static void test_file(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        nn_error error = {0};
        fc_classifier *one = fitted(kinds[k], 1, false), *three = fitted(kinds[k], 3, false);
        fc_model *loaded = NULL;
        said a, b, alone;
        ask(one, 1, SLOTS, &a);
        assert_true(a.right > SLOTS * 8 / 10);
        assert_memory_equal(a.p, a.alone, sizeof a.p); /* it has no share */
        if (fc_model_save(&one->base, csv_in_folder("one"), &error) ||
            fc_model_save(&three->base, csv_in_folder("three"), &error) ||
            fc_model_load(&loaded, FC_CLASSIFIES, csv_in_folder("one"), &error) ||
            fc_model_save(loaded, csv_in_folder("again"), &error))
            fail_msg("%s", error.text);
        ask(fc_classifier_of(loaded), 3, SLOTS, &b);
        ask(fc_classifier_of(loaded), 1, 1, &alone);
        assert_memory_equal(a.rival, b.rival, sizeof a.rival);
        assert_memory_equal(a.rival, alone.rival, sizeof a.rival);
        assert_true(fc_classifier_of(loaded)->rivalry.log_loss == one->rivalry.log_loss);
        assert_true(isnan(fc_classifier_of(loaded)->rivalry.share));
        size_t sizes[3];
        char *first = bytes_of("one", &sizes[0]), *second = bytes_of("three", &sizes[1]),
             *third = bytes_of("again", &sizes[2]);
        assert_true(sizes[0] == sizes[1] && sizes[0] == sizes[2]);
        assert_memory_equal(first, second, sizes[0]);
        assert_memory_equal(first, third, sizes[0]);
        free(first);
        free(second);
        free(third);
        fc_model_free(&one->base);
        fc_model_free(&three->base);
        fc_model_free(loaded);
    }
}

/* The chosen share is the best on the validation objects, and the mixture the mean it says. */
static void test_mixture(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        fc_classifier *model = fitted(kinds[k], 1, true);
        said s;
        assert_true(model->rivalry.share >= 0 && model->rivalry.share <= 1);
        assert_true(model->rivalry.mixed_log_loss <= model->rivalry.log_loss + 1e-12);
        assert_true(model->rivalry.mixed_log_loss <= model->base.record.validation_log_loss + 1e-12);
        model->rivalry.share = 0.3;
        ask(model, 2, SLOTS, &s);
        bool differ = false;
        for (int i = 0; i < SLOTS * TOY_CLASSES; i++) {
            assert_true(fabs(s.p[i] - (0.7 * s.alone[i] + 0.3 * s.rival[i])) < 1e-12);
            differ |= fabs(s.rival[i] - s.alone[i]) > 0.01;
        }
        assert_true(differ);
        fc_model_free(&model->base);
    }
}

/* Networks that see features, too: the same from their file and by themselves, with a companion and without.
 */
static void test_late(void **state)
{
    (void)state;
    late = true;
    for (int k = 0; k < 4; k++) {
        nn_error error = {0};
        fc_classifier *model = fitted(kinds[k % 2], 1 + k / 2, false);
        fc_model *loaded = NULL;
        said a, b, one;
        ask(model, 1, SLOTS, &a);
        if (fc_model_save(&model->base, csv_in_folder("late"), &error) ||
            fc_model_load(&loaded, FC_CLASSIFIES, csv_in_folder("late"), &error))
            fail_msg("%s", error.text);
        ask(fc_classifier_of(loaded), 3, SLOTS, &b);
        ask(fc_classifier_of(loaded), 1, 1, &one);
        assert_memory_equal(a.p, b.p, sizeof a.p);
        assert_memory_equal(a.p, one.p, sizeof a.p);
        fc_engine *engine = new_engine(model, NULL, 1, true);
        fc_explanation e;
        fill(engine, 0, 1000);
        assert_int_equal(fc_engine_run(engine, 1, NULL), NN_OK);
        assert_int_equal(fc_explain(&e, model, fc_engine_slot(engine, 0), &error), NN_USAGE);
        fc_engine_free(engine);
        fc_model_free(model->base.companion);
        model->base.companion = NULL;
        nn_pool *pool = new_pool(1);
        engine = new_engine(model, pool, SLOTS, true);
        for (int i = 0; i < SLOTS; i++)
            fill(engine, i, 1000 + i);
        assert_int_equal(fc_engine_run(engine, SLOTS, NULL), NN_OK);
        for (int i = 0; i < SLOTS; i++)
            assert_memory_equal(a.p + i * TOY_CLASSES, fc_engine_slot(engine, i)->probability,
                                TOY_CLASSES * sizeof(double));
        fc_engine_free(engine);
        nn_pool_free(pool);
        /* Features that are not the companion's would be read beyond their end. */
        fc_classifier *other = fc_classifier_of(loaded);
        fc_rival_of(other)->features[0][0]++;
        assert_int_equal(fc_rival_check(other, &error), NN_BAD_DATA);
        fc_model_free(&model->base);
        fc_model_free(loaded);
    }
    late = false;
}

static void test_no_allocation_per_object(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        fc_classifier *model = fitted(kinds[k], 1, false);
        nn_pool *pool = new_pool(1);
        model->rivalry.share = 0.5;
        fc_engine *engine = new_engine(model, pool, SLOTS, true);
        long before = 0;
        for (int round = 0; round < 3; round++) {
            if (round == 1)
                before = count_mallocs();
            for (int i = 0; i < SLOTS; i++)
                fill(engine, i, 100 + i);
            assert_int_equal(fc_engine_run(engine, SLOTS, NULL), NN_OK);
        }
        assert_int_equal(count_mallocs(), before);
        fc_engine_free(engine);
        model->rivalry.share = 0; /* nobody asks for features then */
        engine = new_engine(model, pool, SLOTS, true);
        assert_null(fc_engine_slot(engine, 0)->beside);
        fc_engine_free(engine);
        nn_pool_free(pool);
        fc_model_free(&model->base);
    }
}

/* Every other object of the first two classes is known only as the name above both. */
static int above(int n)
{
    const int label = toy_make(n).label;
    return label < 2 && n % 2 ? TOY_CLASSES : label;
}

static void test_names_above_classes(void **state)
{
    (void)state;
    nn_error error = {0};
    char words[100];
    fc_taxonomy tree = {0};
    fc_taxonomy_text text = {0};
    snprintf(words, sizeof words, "event=%s,%s;%s", toy_names[0], toy_names[1], toy_names[2]);
    if (fc_taxonomy_read_compact(&text, words, "words", &error) ||
        fc_taxonomy_make(&tree, &text, toy_names, TOY_CLASSES, &error))
        fail_msg("%s", error.text);
    assert_int_equal(tree.nodes, TOY_CLASSES + 1);
    nn_pool *pool = new_pool(2);
    fc_class_set set = {0};
    fc_classifier *model = new_classifier("t2-points", &tree);
    model->base.record.training.mixture = true;
    make_set(&set, model, pool, above);
    set.taxonomy = &tree;
    if (fc_fit(&model->base, &(fc_request){.objects = &set, .pool = pool}, &error))
        fail_msg("%s", error.text);
    said s;
    ask(model, 1, SLOTS, &s);
    assert_true(s.right > SLOTS * 7 / 10);
    assert_true(fc_rival_of(model)->class_counts[0] < OBJECTS / 5);
    fc_class_set_clear(&set);
    fc_taxonomy_text_clear(&text);
    fc_model_free(&model->base);
    nn_pool_free(pool);
}

/* Without features of its objects a network has no rival, and says so. */
static void test_none(void **state)
{
    (void)state;
    nn_error error = {0};
    fc_classifier *model = new_classifier("t2", NULL);
    fc_engine *engine = new_engine(model, NULL, 1, true);
    assert_int_equal(fc_engine_want_rival(engine, false, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "no forest stands beside"));
    assert_int_equal(fc_rival_check(model, &error), NN_OK);
    model->rivalry.share = 0.5;
    assert_int_equal(fc_rival_check(model, &error), NN_BAD_DATA);
    fc_engine_free(engine);
    model->base.companion = &new_classifier("t2", NULL)->base; /* no forest */
    assert_int_equal(fc_rival_check(model, &error), NN_BAD_DATA);
    fc_model_free(&model->base);
    model = fitted("t2-points", 1, true);
    assert_int_equal(fc_rival_check(model, &error), NN_OK);
    fc_rival_of(model)->class_names[0][0]++;
    assert_int_equal(fc_rival_check(model, &error), NN_BAD_DATA);
    fc_model_free(&model->base);
}

/* --- the choice --- */

/* A forest and a network of `count` objects, the network's -ln p less by `gain` on the mean, and up to
 * `noise` off. */
static int chosen(size_t count, double gain, double noise)
{
    fc_tries tries = {.count = 2};
    for (int t = 0; t < 2; t++) {
        fc_try *to = &tries.of[t];
        *to = (fc_try){.each = calloc(count, sizeof(double)), .count = count};
        for (size_t i = 0; i < count; i++) {
            to->each[i] = 1 - (t ? gain + (i % 2 ? noise : -noise) : 0);
            to->loss += to->each[i] / (double)count;
        }
    }
    fc_tries_choose(&tries, TOY_CLASSES);
    const int best = tries.best;
    fc_tries_clear(&tries);
    return best;
}

/* Of many objects the least loss; of few the forest, unless the other is better by a standard error. */
static void test_choice(void **state)
{
    (void)state;
    assert_int_equal(chosen(1000, -0.1, 1), 0);
    assert_int_equal(chosen(1000, 0.01, 1), 1);
    assert_int_equal(chosen(20, 0.01, 1), 0);
    assert_int_equal(chosen(20, 0.5, 0.1), 1);
    assert_int_equal(chosen(20, -0.5, 0.1), 0);
}

/* What is tried are the three that there are, of the objects to validate; the forest by itself is one more.
 */
static void test_tries(void **state)
{
    (void)state;
    nn_error error = {0};
    fc_class_set set = {0};
    nn_pool *pool = new_pool(2);
    fc_classifier *model = new_classifier("t2-points", NULL);
    fc_model *forest = NULL;
    fc_tries tries = {0};
    model->base.record.training.mixture = true;
    make_set(&set, model, pool, NULL);
    set.bands = &bands;
    set.classes = TOY_CLASSES;
    set.class_names = toy_names;
    set.redshift = true;
    const fc_request request = {.objects = &set, .pool = pool, .split_name = ""};
    if (fc_fit(&model->base, &request, &error))
        fail_msg("%s", error.text);
    model->rivalry.share = 0.4;
    assert_int_equal(fc_tries_add(&tries, model, &set, pool, &error), NN_OK);
    assert_int_equal(tries.count, 3);
    assert_int_equal(tries.of[0].count, OBJECTS / 5);
    assert_true(fabs(tries.of[0].loss - model->rivalry.log_loss) < 1e-9);
    assert_true(fabs(tries.of[1].loss - model->base.record.validation_log_loss) < 1e-9);
    assert_true(fabs(tries.of[1].accuracy - model->base.record.validation_accuracy) < 1e-9);
    assert_string_equal(tries.of[2].name, "t2-points + forest");
    fc_tries_choose(&tries, TOY_CLASSES);
    char *text = fc_tries_text(&tries);
    assert_int_equal(strncmp(text, "forest 0.", 9), 0);
    assert_non_null(strstr(text, ", t2-points + forest "));
    free(text);
    assert_int_equal(fc_leave_mixture(model, &set, pool, &error), NN_OK);
    assert_true(fc_rival_share(model) == 0 && fc_rival_of(model));
    if (fc_fit_forest(&forest, &model->base, &set, &request, &error))
        fail_msg("%s", error.text);
    assert_string_equal(forest->kind->name, "forest");
    assert_true(forest->record.validation_accuracy > 0.8);
    fc_tries_clear(&tries);
    fc_class_set_clear(&set);
    fc_model_free(&model->base);
    fc_model_free(forest);
    nn_pool_free(pool);
}

/* Which of the three is chosen after so many epochs; blind: features say nothing. */
static fc_try_form chosen_form(int epochs, bool blind)
{
    nn_error error = {0};
    fc_class_set set = {0};
    nn_pool *pool = new_pool(2);
    fc_classifier *model = new_classifier("t2", NULL);
    fc_tries tries = {0};
    model->base.record.training.mixture = true;
    model->base.record.training.epochs = epochs;
    make_set(&set, model, pool, NULL);
    for (size_t i = 0; blind && i < set.count * set.beside_width; i++)
        set.beside[i] = 0;
    for (size_t i = 0; blind && i < set.count * FC_EXTRAS; i++)
        set.extras[i] = NAN;
    set.classes = TOY_CLASSES;
    if (fc_fit(&model->base, &(fc_request){.objects = &set, .pool = pool}, &error) ||
        fc_tries_add(&tries, model, &set, pool, &error))
        fail_msg("%s", error.text);
    fc_tries_choose(&tries, TOY_CLASSES);
    const fc_try_form form = tries.of[tries.best].form;
    fc_tries_clear(&tries);
    fc_class_set_clear(&set);
    fc_model_free(&model->base);
    nn_pool_free(pool);
    return form;
}

static void test_who_wins(void **state)
{
    (void)state;
    assert_int_equal(chosen_form(1, false), FC_TRY_FOREST);
    assert_int_not_equal(chosen_form(12, true), FC_TRY_FOREST);
}

static int tear_down(void **state)
{
    (void)state;
    csv_remove_folder();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_file),
                                       cmocka_unit_test(test_mixture),
                                       cmocka_unit_test(test_late),
                                       cmocka_unit_test(test_no_allocation_per_object),
                                       cmocka_unit_test(test_names_above_classes),
                                       cmocka_unit_test(test_none),
                                       cmocka_unit_test(test_choice),
                                       cmocka_unit_test(test_who_wins),
                                       cmocka_unit_test(test_tries)};
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
