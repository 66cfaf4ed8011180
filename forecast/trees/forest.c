/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts trees together to a forest, and asks it. */
#include "forecast/trees/forest.h"

#include "forecast/trees/growth.h"
#include "lib/base/memory.h"
#include "lib/base/random.h"
#include "lib/kernels/forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 100 };                      /* features that a random cut is tried of */
static const double most_exact = 1 << 24; /* whole numbers up to it are floats */

/* --- asking --- */

void fc_forest_predict(const fc_grown_forest *f, const nn_real *x, double *p)
{
    memset(p, 0, (size_t)f->classes * sizeof *p);
    for (int t = 0; t < f->trees; t++)
        nn_tree_add(p, f->node, f->leaf, (size_t)f->root[t], x);
    for (int c = 0; c < f->classes; c++)
        p[c] /= f->trees;
}

/* --- growing --- */

typedef struct planting {
    const fc_tree_soil *soil;
    const fc_feature_rows *rows;
    fc_tree *tree;
    nn_error *errors; /* per tree */
} planting;

static void grow_tree(void *context, int n, int worker)
{
    planting *p = context;
    (void)worker;
    fc_tree_grow(&p->tree[n], p->soil, nn_random(p->soil->settings->seed, (uint64_t)n), &p->errors[n]);
}

static int grow_trees(planting *p, nn_pool *pool, nn_error *error)
{
    const int trees = p->soil->settings->trees;
    if (pool)
        nn_pool_run(pool, trees, grow_tree, p);
    for (int t = 0; t < trees && !pool; t++)
        grow_tree(p, t, 0);
    for (int t = 0; t < trees; t++)
        if (p->errors[t].code) {
            if (error)
                nn_error_copy(error, &p->errors[t]);
            return NN_FAILED;
        }
    return NN_OK;
}

/* Copies the trees one behind the other. */
static int put_together(fc_grown_forest *f, const planting *p, nn_error *error)
{
    for (int t = 0; t < f->trees; t++) {
        f->nodes += p->tree[t].nodes;
        f->leaves += p->tree[t].leaves;
    }
    if ((double)f->nodes > most_exact || (double)f->leaves > most_exact)
        return nn_fail(error, NN_FAILED,
                       "a forest of %zu nodes and %zu entries of leaves is too large: %g of "
                       "each fit; fewer trees or larger leaves help",
                       f->nodes, f->leaves, most_exact);
    f->root = nn_resize(NULL, (size_t)f->trees, sizeof *f->root, 1);
    f->node = nn_resize(NULL, f->nodes, 3 * sizeof *f->node, 1);
    f->leaf = nn_resize(NULL, f->leaves, 2 * sizeof *f->leaf, 1);
    if (!f->root || !f->node || !f->leaf)
        return nn_fail(error, NN_FAILED, "no memory for a forest of %zu nodes", f->nodes);
    size_t node = 0, leaf = 0;
    for (int t = 0; t < f->trees; t++) {
        const fc_tree *tree = &p->tree[t];
        f->root[t] = (nn_real)node;
        for (size_t i = 0; i < tree->nodes; i++) {
            const nn_real *from = tree->node + 3 * i;
            nn_real *to = f->node + 3 * (node + i);
            memcpy(to, from, 2 * sizeof *to);
            to[2] = from[2] + (nn_real)(from[0] != 0 ? node : leaf);
        }
        memcpy(f->leaf + 2 * leaf, tree->leaf, 2 * tree->leaves * sizeof *f->leaf);
        node += tree->nodes;
        leaf += tree->leaves;
    }
    return NN_OK;
}

/* The mean over trees of each one's shares. */
static void sum_importance(double *importance, const planting *p, int trees)
{
    const int features = p->rows->features;
    memset(importance, 0, (size_t)features * sizeof *importance);
    for (int t = 0; t < trees; t++) {
        double sum = 0;
        for (int k = 0; k < features; k++)
            sum += p->tree[t].importance[k];
        for (int k = 0; k < features && sum > 0; k++)
            importance[k] += p->tree[t].importance[k] / sum / trees;
    }
}

static void ask_out_of_bag(double *p, const planting *planted, int trees)
{
    const fc_feature_rows *rows = planted->rows;
    const size_t classes = (size_t)rows->classes;
    for (size_t i = 0; i < rows->count; i++) {
        double *to = p + i * classes;
        int asked = 0;
        memset(to, 0, classes * sizeof *to);
        for (int t = 0; t < trees; t++) {
            const fc_tree *tree = &planted->tree[t];
            if (tree->drawn[i])
                continue;
            nn_tree_add(to, tree->node, tree->leaf, 0, rows->x + i * (size_t)rows->features);
            asked++;
        }
        for (size_t c = 0; c < classes; c++)
            to[c] = asked ? to[c] / asked : NAN;
    }
}

/* Weights of the classes, of mean 1 over the rows. */
static void weigh(double *weight, const fc_feature_rows *rows, bool balanced)
{
    size_t *alike = calloc((size_t)rows->classes, sizeof *alike);
    int present = 0;
    for (int c = 0; c < rows->classes; c++)
        weight[c] = 1;
    for (size_t i = 0; alike && i < rows->count; i++)
        present += alike[rows->label[i]]++ == 0;
    for (int c = 0; alike && balanced && c < rows->classes; c++)
        if (alike[c])
            weight[c] = (double)rows->count / (double)present / (double)alike[c];
    free(alike);
}

static int tries_of(const fc_forest_settings *settings, int features)
{
    return settings->tries > 0 ? settings->tries : settings->random ? features : (int)ceil(sqrt(features));
}

static size_t count_origins(const fc_feature_rows *rows)
{
    size_t most = 0;
    for (size_t i = 0; i < rows->count && rows->origin; i++)
        most = rows->origin[i] >= most ? rows->origin[i] + 1 : most;
    return most;
}

int fc_forest_fit(fc_grown_forest *f, const fc_feature_rows *rows, const fc_forest_settings *settings,
                  nn_pool *pool, double *out_of_bag, double *importance, nn_error *error)
{
    fc_feature_bins bins;
    double *weight = calloc((size_t)rows->classes, sizeof *weight);
    fc_tree_soil soil = {.bins = &bins,
                         .label = rows->label,
                         .origin = rows->origin,
                         .origins = count_origins(rows),
                         .class_weight = weight,
                         .settings = settings,
                         .classes = rows->classes,
                         .tries = tries_of(settings, rows->features)};
    planting p = {.soil = &soil,
                  .rows = rows,
                  .tree = calloc((size_t)settings->trees, sizeof *p.tree),
                  .errors = calloc((size_t)settings->trees, sizeof *p.errors)};
    *f = (fc_grown_forest){.features = rows->features, .classes = rows->classes, .trees = settings->trees};
    int code = weight && p.tree && p.errors ? NN_OK : nn_no_memory(error);
    if (!code)
        code = fc_feature_bins_make(&bins, rows, error);
    if (!code) {
        weigh(weight, rows, settings->balanced);
        code = grow_trees(&p, pool, error);
        if (!code)
            code = put_together(f, &p, error);
        if (!code && out_of_bag)
            ask_out_of_bag(out_of_bag, &p, f->trees);
        if (!code && importance)
            sum_importance(importance, &p, f->trees);
        fc_feature_bins_clear(&bins);
    }
    for (int t = 0; p.tree && t < settings->trees; t++)
        fc_tree_clear(&p.tree[t]);
    free(p.tree);
    free(p.errors);
    free(weight);
    if (code)
        fc_forest_clear(f);
    return code;
}

/* --- from a file --- */

static bool is_whole(nn_real x, double most)
{
    return x >= 0 && (double)x <= most && x == (nn_real)(long)x;
}

static const char *check_node(const fc_grown_forest *f, size_t i)
{
    const nn_real *n = f->node + 3 * i;
    if (!is_whole(n[0] < 0 ? -n[0] : n[0], f->features))
        return "a feature that there is none of";
    if (n[0] != 0) /* children stand behind their parents, so that there are no circles */
        return isnan(n[1]) || !is_whole(n[2], (double)f->nodes - 2) || (size_t)n[2] <= i
                   ? "a node that leads nowhere"
                   : NULL;
    return !is_whole(n[1], f->classes) || !is_whole(n[2], (double)f->leaves) ||
                   (size_t)n[1] + (size_t)n[2] > f->leaves
               ? "a leaf outside the leaves"
               : NULL;
}

int fc_forest_check(const fc_grown_forest *f, nn_error *error)
{
    const char *fault = NULL;
    for (int t = 0; t < f->trees && !fault; t++)
        if (!is_whole(f->root[t], (double)f->nodes - 1))
            fault = "a tree without a root";
    for (size_t i = 0; i < f->nodes && !fault; i++)
        fault = check_node(f, i);
    for (size_t i = 0; i < f->leaves && !fault; i++)
        if (!is_whole(f->leaf[2 * i], f->classes - 1) ||
            !(f->leaf[2 * i + 1] >= 0 && f->leaf[2 * i + 1] <= 1))
            fault = "a leaf without shares of classes";
    return fault ? nn_fail(error, NN_BAD_DATA, "the forest has %s", fault) : NN_OK;
}

void fc_forest_clear(fc_grown_forest *f)
{
    free(f->root);
    free(f->node);
    free(f->leaf);
    *f = (fc_grown_forest){0};
}
