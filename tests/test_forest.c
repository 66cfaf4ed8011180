/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random forests: splits beside a slow twin, what they learn, missing values, and arrays from broken files.
 */
#include "forecast/trees/forest.h"
#include "forecast/trees/growth.h"
#include "lib/base/random.h"

#include "cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 400, FEATURES = 6, CLASSES = 3 };

typedef struct made {
    nn_real x[ROWS * FEATURES];
    int label[ROWS];
    fc_feature_rows rows;
} made;

/* Classes by the signs of the first two features; the third is missing for class 2 alone; others are noise.
 */
static void make(made *m, int classes, double missing)
{
    m->rows = (fc_feature_rows){m->x, m->label, NULL, ROWS, FEATURES, classes};
    for (int i = 0; i < ROWS; i++) {
        nn_real *x = m->x + i * FEATURES;
        for (int f = 0; f < FEATURES; f++) {
            const uint64_t n = (uint64_t)(i * FEATURES + f);
            x[f] = (nn_real)(2 * nn_random_uniform(1, n) - 1);
            if (f >= 3)
                x[f] = (nn_real)round(8 * (double)x[f]); /* few values, many of them equal */
        }
        m->label[i] = (x[0] > 0) != (x[1] > (nn_real)0.2);
        if (classes > 2 && i % 5 == 0)
            m->label[i] = 2;
        for (int f = 0; f < FEATURES; f++)
            if (nn_random_uniform(2, (uint64_t)(i * FEATURES + f)) < missing)
                x[f] = NAN;
        if (m->label[i] == 2)
            x[2] = NAN;
    }
}

/* --- the first split of a tree, and one looked for over all values --- */

static double impurity_gain(const made *m, const fc_tree *t, int feature, nn_real cut, bool missing_left)
{
    double left[CLASSES] = {0}, right[CLASSES] = {0}, gain = 0, l = 0, r = 0, all = 0;
    for (int i = 0; i < ROWS; i++) {
        const nn_real x = m->x[i * FEATURES + feature];
        (isnan(x) ? missing_left : x <= cut) ? (left[m->label[i]] += t->drawn[i])
                                             : (right[m->label[i]] += t->drawn[i]);
    }
    for (int c = 0; c < CLASSES; c++) {
        l += left[c];
        r += right[c];
    }
    for (int c = 0; c < CLASSES; c++) {
        gain += (l > 0 ? left[c] * left[c] / l : 0) + (r > 0 ? right[c] * right[c] / r : 0);
        all += (left[c] + right[c]) * (left[c] + right[c]) / (l + r);
    }
    return l > 0 && r > 0 ? gain - all : 0;
}

static void test_split_twin(void **state)
{
    (void)state;
    static made m;
    const fc_forest_settings settings = {.trees = 1, .tries = FEATURES, .least = 1};
    const double weight[CLASSES] = {1, 1, 1};
    nn_error error = {0};
    for (int round = 0; round < 6; round++) {
        fc_feature_bins bins;
        fc_tree tree;
        make(&m, CLASSES, 0.05 * round);
        assert_int_equal(fc_feature_bins_make(&bins, &m.rows, &error), NN_OK);
        const fc_tree_soil soil = {.bins = &bins,
                                   .label = m.label,
                                   .class_weight = weight,
                                   .settings = &settings,
                                   .classes = CLASSES,
                                   .tries = FEATURES};
        assert_int_equal(fc_tree_grow(&tree, &soil, (uint64_t)round, &error), NN_OK);
        double best = 0;
        for (int f = 0; f < FEATURES; f++)
            for (int i = 0; i < ROWS; i++)
                for (int side = 0; side < 2; side++) {
                    const nn_real x = m.x[i * FEATURES + f];
                    if (!isnan(x))
                        best = fmax(best, impurity_gain(&m, &tree, f, x, side));
                }
        const int feature = (int)fabs((double)tree.node[0]) - 1;
        const double found = impurity_gain(&m, &tree, feature, tree.node[1], tree.node[0] > 0);
        /* More values than bins: the best cut may lie within one. */
        if (!(found > 0.97 * best && found <= best + 1e-9))
            fail_msg("round %d: feature %d gains %g, the best %g", round, feature, found, best);
        fc_tree_clear(&tree);
        fc_feature_bins_clear(&bins);
    }
}

/* --- what it learns --- */

static double accuracy_of(const made *m, const double *p, int classes)
{
    int right = 0, asked = 0;
    for (int i = 0; i < ROWS; i++) {
        int most = 0;
        if (isnan(p[i * classes]))
            continue;
        for (int c = 1; c < classes; c++)
            most = p[i * classes + c] > p[i * classes + most] ? c : most;
        right += most == m->label[i];
        asked++;
    }
    return (double)right / asked;
}

static void test_learns(void **state)
{
    (void)state;
    static made m;
    double p[ROWS * CLASSES], importance[FEATURES];
    nn_error error = {0};
    for (int random = 0; random < 2; random++) {
        const fc_forest_settings settings = {
            .trees = 120, .tries = 4, .least = 1, .random = random, .balanced = true, .seed = 3};
        fc_grown_forest forest;
        make(&m, CLASSES, 0);
        assert_int_equal(fc_forest_fit(&forest, &m.rows, &settings, NULL, p, importance, &error), NN_OK);
        /* Rows that a tree has not seen. */
        const double seen = accuracy_of(&m, p, CLASSES);
        if (seen < 0.9)
            fail_msg("random %d: %g of the rows out of the bag are right", random, seen);
        for (int f = 3; f < FEATURES; f++)
            assert_true(importance[f] < importance[0] && importance[f] < importance[2]);
        double sum = 0;
        for (int f = 0; f < FEATURES; f++)
            sum += importance[f];
        assert_true(fabs(sum - 1) < 1e-9);
        for (int i = 0; i < ROWS; i++)
            fc_forest_predict(&forest, m.x + i * FEATURES, p + i * CLASSES);
        assert_true(accuracy_of(&m, p, CLASSES) > 0.99); /* rows that it was grown on */
        for (int i = 0; i < ROWS; i++)
            assert_true(fabs(p[3 * i] + p[3 * i + 1] + p[3 * i + 2] - 1) < 1e-6);
        fc_forest_clear(&forest);
    }
}

/* Labels that nothing tells: out of the bag it is no better than chance. */
static void test_learns_nothing(void **state)
{
    (void)state;
    static made m;
    double p[ROWS * 2];
    nn_error error = {0};
    const fc_forest_settings settings = {.trees = 100, .least = 1};
    fc_grown_forest forest;
    make(&m, 2, 0);
    for (int i = 0; i < ROWS; i++)
        m.label[i] = nn_random(9, (uint64_t)i) & 1;
    assert_int_equal(fc_forest_fit(&forest, &m.rows, &settings, NULL, p, NULL, &error), NN_OK);
    const double right = accuracy_of(&m, p, 2);
    assert_true(right > 0.4 && right < 0.6);
    fc_forest_clear(&forest);
}

/* Every row is there twice: what is out of the bag has not been seen by way of its twin. */
static void test_origins(void **state)
{
    (void)state;
    static made m;
    static nn_real x[2 * ROWS * FEATURES];
    static int label[2 * ROWS];
    static size_t origin[2 * ROWS];
    double p[2 * ROWS * 2];
    nn_error error = {0};
    make(&m, 2, 0);
    for (int i = 0; i < 2 * ROWS; i++) {
        memcpy(x + i * FEATURES, m.x + i % ROWS * FEATURES, FEATURES * sizeof *x);
        label[i] = nn_random(9, (uint64_t)(i % ROWS)) & 1; /* nothing tells it but the twin */
        origin[i] = (size_t)(i % ROWS);
    }
    for (int together = 0; together < 2; together++) {
        const fc_feature_rows rows = {x, label, together ? origin : NULL, 2 * ROWS, FEATURES, 2};
        const fc_forest_settings settings = {.trees = 60, .least = 1};
        fc_grown_forest forest;
        int right = 0;
        assert_int_equal(fc_forest_fit(&forest, &rows, &settings, NULL, p, NULL, &error), NN_OK);
        for (int i = 0; i < 2 * ROWS; i++)
            right += (p[2 * i + 1] > p[2 * i]) == label[i];
        if (together)
            assert_true(right < 1.2 * ROWS);
        else
            assert_true(right > 1.6 * ROWS);
        fc_forest_clear(&forest);
    }
}

static void test_threads(void **state)
{
    (void)state;
    static made m;
    nn_error error = {0};
    nn_pool *pool;
    fc_grown_forest one, other;
    double p[ROWS * CLASSES], q[ROWS * CLASSES];
    const fc_forest_settings settings = {.trees = 20, .least = 2, .seed = 5};
    make(&m, CLASSES, 0.1);
    assert_int_equal(nn_pool_new(&pool, 3, &error), NN_OK);
    assert_int_equal(fc_forest_fit(&one, &m.rows, &settings, NULL, p, NULL, &error), NN_OK);
    assert_int_equal(fc_forest_fit(&other, &m.rows, &settings, pool, q, NULL, &error), NN_OK);
    assert_int_equal(one.nodes, other.nodes);
    assert_int_equal(one.leaves, other.leaves);
    assert_memory_equal(one.node, other.node, 3 * one.nodes * sizeof(nn_real));
    assert_memory_equal(one.leaf, other.leaf, 2 * one.leaves * sizeof(nn_real));
    assert_memory_equal(p, q, sizeof p);
    fc_forest_clear(&one);
    fc_forest_clear(&other);
    nn_pool_free(pool);
}

/* --- arrays from a file --- */

static void test_checked(void **state)
{
    (void)state;
    static made m;
    nn_error error = {0};
    fc_grown_forest f;
    const fc_forest_settings settings = {.trees = 3, .least = 5};
    make(&m, CLASSES, 0.1);
    assert_int_equal(fc_forest_fit(&f, &m.rows, &settings, NULL, NULL, NULL, &error), NN_OK);
    assert_int_equal(fc_forest_check(&f, &error), NN_OK);
    nn_real *const cells[] = {f.root + 1, f.node, f.node + 1, f.node + 2, f.leaf, f.leaf + 1};
    const nn_real values[] = {-1, (nn_real)0.5, NAN, INFINITY, (nn_real)1e9};
    int refused = 0;
    for (int i = 0; i < 6; i++)
        for (int v = 0; v < 5; v++) {
            const nn_real before = *cells[i];
            *cells[i] = values[v];
            if (fc_forest_check(&f, &error) == NN_BAD_DATA) {
                refused++;
            } else { /* then it can be asked */
                double p[CLASSES];
                fc_forest_predict(&f, m.x, p);
            }
            *cells[i] = before;
        }
    assert_true(refused >= 22);
    f.node[2] = 0; /* to itself */
    assert_int_equal(fc_forest_check(&f, &error), NN_BAD_DATA);
    fc_forest_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_split_twin),     cmocka_unit_test(test_learns),
                                       cmocka_unit_test(test_learns_nothing), cmocka_unit_test(test_origins),
                                       cmocka_unit_test(test_threads),        cmocka_unit_test(test_checked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
