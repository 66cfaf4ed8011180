/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loss of classes in a tree: a value by hand, plain loops over all leaves below each node, and the
 * cross-entropy of the leaves, which it is with equal weights. */
#include "lib/base/random.h"
#include "lib/kernels/kernels.h"
#include "lib/plan.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MOST = 16 };
static const bool is_exact = sizeof(nn_real) == sizeof(double);

/* ((Ia, II) SN, TDE) transient, (RR, (EA, EB) eclipsing) variable, AGN at the top. */
static const int parent[11] = {7, 7, 9, 10, 8, 8, -1, 9, 10, -1, -1};
enum { LEAVES = 7, NODES = 11 };

static bool is_below(const int *parents, int node, int above)
{
    while (node >= 0 && node != above)
        node = parents[node];
    return node == above;
}

static double share(const double *p, const int *parents, int leaves, int node)
{
    double sum = 0;
    for (int c = 0; c < leaves; c++)
        sum += node < 0 || is_below(parents, c, node) ? p[c] : 0;
    return sum;
}

/* One row, node by node. */
static double slow_loss(const nn_real *logits, const nn_real *target, const nn_class_tree *tree)
{
    double p[MOST], sum = 0, loss = 0;
    for (int c = 0; c < tree->leaves; c++)
        sum += p[c] = exp((double)logits[c]);
    for (int c = 0; c < tree->leaves; c++)
        p[c] /= sum;
    for (int n = 0; n < tree->nodes; n++)
        for (int m = n; m >= 0 && !isnan(target[n]); m = tree->parent[m])
            loss -= (double)target[n] * tree->weight[m] *
                    log(share(p, tree->parent, tree->leaves, m) /
                        share(p, tree->parent, tree->leaves, tree->parent[m]));
    return loss;
}

static void weigh(double *weight, double alpha)
{
    for (int n = 0; n < NODES; n++) {
        int depth = 0;
        for (int m = parent[n]; m >= 0; m = parent[m])
            depth++;
        weight[n] = exp(-alpha * depth);
    }
}

static void draw(nn_real *x, size_t n, uint64_t key, double scale)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (nn_real)(scale * (2 * nn_random_uniform(key, i) - 1));
}

/* Classes a, b below s, and c: p = .2, .3, .5. Of a with weights 1 at the top and 1/2 below:
 * -ln .5 - 1/2 ln(.2 / .5); of s: -ln .5; of c: -ln .5. */
static void test_by_hand(void **state)
{
    (void)state;
    static const int parents[] = {3, 3, -1, -1};
    static const double weight[] = {0.5, 0.5, 1, 1};
    const nn_class_tree tree = {3, 4, parents, weight};
    const nn_real logits[3] = {(nn_real)log(.2), (nn_real)log(.3), (nn_real)log(.5)};
    const double expected[4] = {log(2) + 0.5 * log(2.5), log(2) + 0.5 * log(.5 / .3), log(2), log(2)};
    for (int n = 0; n < 4; n++) {
        nn_real target[4] = {0};
        target[n] = 3;
        const double loss = nn_tree_loss_forward(logits, target, &tree, 1);
        assert_true(fabs(loss - 3 * expected[n]) < (is_exact ? 1e-14 : 1e-6));
    }
}

static void test_twin(void **state)
{
    (void)state;
    static const double alphas[] = {0, 0.5, -0.7, 3};
    double weight[NODES];
    const nn_class_tree tree = {LEAVES, NODES, parent, weight};
    for (uint64_t k = 0; k < 40; k++) {
        nn_real logits[3 * LEAVES], target[3 * NODES];
        double slow = 0;
        weigh(weight, alphas[k % 4]);
        draw(logits, 3 * LEAVES, 2 * k, 4);
        draw(target, 3 * NODES, 2 * k + 1, 2);
        target[k % NODES] = NAN;
        for (int r = 0; r < 3; r++)
            slow += slow_loss(logits + r * LEAVES, target + r * NODES, &tree);
        const double loss = nn_tree_loss_forward(logits, target, &tree, 3);
        assert_true(fabs(loss - slow) < 1e-10 * (1 + fabs(slow)));
    }
}

/* Equal weights and targets at leaves: the same loss and gradient as without a tree. */
static void test_equal_weights(void **state)
{
    (void)state;
    double weight[NODES];
    const nn_class_tree tree = {LEAVES, NODES, parent, weight};
    weigh(weight, 0);
    for (uint64_t k = 0; k < 20; k++) {
        nn_real logits[LEAVES], target[NODES] = {0}, own[LEAVES] = {0}, plain[LEAVES] = {0};
        draw(logits, LEAVES, k, 30);
        target[k % LEAVES] = (nn_real)1.75;
        target[(k + 3) % LEAVES] = (nn_real)0.5;
        const double loss = nn_tree_loss_forward(logits, target, &tree, 1),
                     flat = nn_cross_entropy_forward(logits, target, 1, LEAVES);
        assert_true(fabs(loss - flat) <= 1e-13 * fabs(flat));
        nn_tree_loss_backward(own, logits, target, &tree, 0.3, 1);
        nn_cross_entropy_backward(plain, logits, target, 0.3, 1, LEAVES);
        for (int c = 0; c < LEAVES; c++)
            assert_true(fabs((double)(own[c] - plain[c])) < (is_exact ? 1e-14 : 1e-6));
    }
}

static void test_extremes(void **state)
{
    (void)state;
    double weight[NODES];
    const nn_class_tree tree = {LEAVES, NODES, parent, weight};
    const nn_real logits[LEAVES] = {1000, -1000, 0, 1000, -1000, 0, -500};
    nn_real target[NODES] = {0}, gradient[LEAVES] = {0};
    weigh(weight, 1);
    target[1] = 1;
    target[8] = 2;
    assert_true(isfinite(nn_tree_loss_forward(logits, target, &tree, 1)));
    nn_tree_loss_backward(gradient, logits, target, &tree, 1, 1);
    for (int c = 0; c < LEAVES; c++)
        assert_true(isfinite(gradient[c]));
}

static void refuses(const nn_class_tree *tree, int classes, int nodes, const char *says)
{
    nn_error error = {0};
    nn_params *params = nn_params_new();
    nn_plan *p = params ? nn_plan_new(params, 2, true) : NULL;
    assert_non_null(p);
    nn_tensor *x = nn_linear(p, "head", nn_input(p, 1, (int[]){3}), classes);
    nn_tree_loss(p, tree, x, nn_input(p, 1, &nodes));
    assert_int_not_equal(nn_plan_check(p, &error), NN_OK);
    if (!strstr(error.text, says))
        fail_msg("'%s' does not say '%s'", error.text, says);
    nn_plan_free(p);
    nn_params_free(params);
}

static void test_refusals(void **state)
{
    (void)state;
    double weight[NODES];
    static const int cycle[] = {3, 3, -1, 3}, leaf[] = {2, -1, -1, -1};
    weigh(weight, 0);
    refuses(&(nn_class_tree){LEAVES, NODES, parent, weight}, LEAVES - 1, NODES,
            "not of 7 leaves and 11 nodes");
    refuses(&(nn_class_tree){LEAVES, NODES, parent, weight}, LEAVES, LEAVES, "not of 7 leaves and 11 nodes");
    refuses(&(nn_class_tree){3, 4, cycle, weight}, 3, 4, "are no tree");
    refuses(&(nn_class_tree){3, 4, leaf, weight}, 3, 4, "are no tree");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_hand), cmocka_unit_test(test_twin),
                                       cmocka_unit_test(test_equal_weights), cmocka_unit_test(test_extremes),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
