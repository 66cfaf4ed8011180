/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splits of labelled objects. */
#include "tests/cmocka_all.h"

#include "forecast/tasks/lightcurves/training/split.h"

#include <stdio.h>
#include <string.h>

enum { COUNT = 103, CLASSES = 3 };

static char names[COUNT][8];
static const char *ids[COUNT];
static int labels[COUNT];

/* Classes of 60, 30 and 10; 3 unlabelled. */
static fc_objects objects(void)
{
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "o%d", i * 7);
        ids[i] = names[i];
        labels[i] = i >= 100 ? -1 : i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2;
    }
    return (fc_objects){ids, labels, COUNT, CLASSES};
}

static void count_parts(size_t counts[CLASSES + 1][4], const uint8_t *part)
{
    memset(counts, 0, sizeof(size_t[CLASSES + 1][4]));
    for (int i = 0; i < COUNT; i++)
        counts[labels[i] < 0 ? CLASSES : labels[i]][part[i]]++;
}

static void test_stratified(void **state)
{
    (void)state;
    fc_objects o = objects();
    uint8_t part[COUNT], again[COUNT], other[COUNT];
    nn_error error = {0};
    size_t n[CLASSES + 1][4];
    assert_int_equal(fc_class_split_stratified(part, &o, 0.1, 0.5, 1, &error), NN_OK);
    count_parts(n, part);
    const size_t wanted[CLASSES + 1][4] = {{0, 24, 6, 30}, {0, 12, 3, 15}, {0, 4, 1, 5}, {3, 0, 0, 0}};
    assert_memory_equal(n, wanted, sizeof wanted);
    assert_int_equal(fc_class_split_stratified(again, &o, 0.1, 0.5, 1, &error), NN_OK);
    assert_memory_equal(part, again, COUNT);
    assert_int_equal(fc_class_split_stratified(other, &o, 0.1, 0.5, 2, &error), NN_OK);
    assert_memory_not_equal(part, other, COUNT);
    /* In reverse order every object keeps its part. */
    const char *back_id[COUNT];
    int back_label[COUNT];
    for (int i = 0; i < COUNT; i++) {
        back_id[i] = ids[COUNT - 1 - i];
        back_label[i] = labels[COUNT - 1 - i];
    }
    fc_objects back = {back_id, back_label, COUNT, CLASSES};
    assert_int_equal(fc_class_split_stratified(again, &back, 0.1, 0.5, 1, &error), NN_OK);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(part[i], again[COUNT - 1 - i]);
    assert_int_equal(fc_class_split_stratified(part, &o, 0.5, 0.5, 1, &error), NN_USAGE);
    assert_int_equal(fc_class_split_stratified(part, &o, -0.1, 0.5, 1, &error), NN_USAGE);
    labels[4] = 3;
    assert_int_equal(fc_class_split_stratified(part, &o, 0.1, 0.5, 1, &error), NN_BAD_DATA);
}

/* A class of one object trains. */
static void test_small_classes(void **state)
{
    (void)state;
    const int label[] = {0, 0, 1};
    uint8_t part[3];
    fc_objects o = {NULL, label, 3, 2};
    assert_int_equal(fc_class_split_stratified(part, &o, 0.4, 0.5, 1, NULL), NN_OK);
    assert_int_equal(part[2], FC_PART_TRAINING);
    assert_int_equal((part[0] == FC_PART_TRAINING) + (part[1] == FC_PART_TRAINING), 1);
}

static void test_column(void **state)
{
    (void)state;
    fc_objects o = objects();
    const char *value[COUNT];
    uint8_t part[COUNT];
    nn_error error = {0};
    size_t n[CLASSES + 1][4];
    for (int i = 0; i < COUNT; i++)
        value[i] = i < 20 ? "1" : i < 40 ? "21" : i < 50 ? NULL : "-9";
    assert_int_equal(fc_class_split_column(part, &o, value, "!-9", 0, 1, &error), NN_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(part[i], i < 50 ? FC_PART_TRAINING : FC_PART_TEST);
    assert_int_equal(part[101], FC_PART_NONE);
    assert_int_equal(fc_class_split_column(part, &o, value, "21,1", 0.25, 1, &error), NN_OK);
    count_parts(n, part);
    assert_int_equal(n[0][FC_PART_TRAINING] + n[0][FC_PART_VALIDATION], 24);
    assert_int_equal(n[0][FC_PART_VALIDATION], 6);
    assert_int_equal(n[0][FC_PART_TEST] + n[1][FC_PART_TEST] + n[2][FC_PART_TEST], 60);
    /* 1 is no 21; nothing is "2". */
    assert_int_equal(fc_class_split_column(part, &o, value, "1", 0, 1, &error), NN_OK);
    count_parts(n, part);
    assert_int_equal(n[0][FC_PART_TRAINING], 12);
    assert_int_equal(fc_class_split_column(part, &o, value, "2", 0, 1, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "none"));
    assert_int_equal(fc_class_split_column(part, &o, value, "!2", 0, 1, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "all"));
    assert_int_equal(fc_class_split_column(part, &o, value, "!", 0, 1, &error), NN_USAGE);
    assert_int_equal(fc_class_split_column(part, &o, value, "1", 1, 1, &error), NN_USAGE);
}

static void test_folds(void **state)
{
    (void)state;
    fc_objects o = objects();
    int fold[COUNT];
    uint8_t part[COUNT];
    nn_error error = {0};
    size_t n[CLASSES + 1][4];
    assert_int_equal(fc_class_folds(fold, &o, 10, 5, &error), NN_OK);
    for (int k = 0; k < 10; k++) {
        size_t in[CLASSES] = {0};
        for (int i = 0; i < 100; i++)
            in[labels[i]] += fold[i] == k;
        assert_int_equal(in[0], 6);
        assert_int_equal(in[1], 3);
        assert_int_equal(in[2], 1);
    }
    assert_int_equal(fold[100], -1);
    assert_int_equal(fc_class_split_fold(part, &o, fold, 3, 0.1, 5, &error), NN_OK);
    count_parts(n, part);
    const size_t wanted[CLASSES + 1][4] = {{0, 49, 5, 6}, {0, 24, 3, 3}, {0, 8, 1, 1}, {3, 0, 0, 0}};
    assert_memory_equal(n, wanted, sizeof wanted);
    for (int i = 0; i < 100; i++)
        assert_int_equal(part[i] == FC_PART_TEST, fold[i] == 3);
    assert_int_equal(fc_class_split_fold(part, &o, fold, 12, 0.1, 5, &error), NN_USAGE);
    assert_int_equal(fc_class_folds(fold, &o, 1, 5, &error), NN_USAGE);
    assert_int_equal(fc_class_folds(fold, &o, 104, 5, &error), NN_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stratified),
                                       cmocka_unit_test(test_small_classes), cmocka_unit_test(test_column),
                                       cmocka_unit_test(test_folds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
