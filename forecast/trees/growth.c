/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grows one tree: node by node, the rows of each standing together. */
#include "forecast/trees/growth.h"

#include "lib/base/memory.h"
#include "lib/base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = FC_BINS + 1, MOST_DEPTH = 64 };

/* A node whose rows are order[begin..end). */
typedef struct open_node {
    size_t node, begin, end;
    int depth;
} open_node;

typedef struct split {
    int feature, bin;
    bool missing_left;
    double gain; /* of the sum of squares over the weight; above 0 */
} split;

typedef struct growth {
    const fc_tree_soil *soil;
    fc_tree *tree;
    uint64_t key, draws;
    uint32_t *order, *spare; /* rows */
    double *weight;          /* (count): draws x class weight */
    size_t rows;
    int *candidates;                /* (features), shuffled on the way */
    double *histogram;              /* (SLOTS, classes), zero between its uses */
    uint8_t *times;                 /* (origins) */
    uint8_t *used;                  /* (SLOTS): whether a slot of it is not zero */
    double *sides;                  /* (3, classes): below a cut, above it, missing */
    double *left, *total, *missing; /* (classes); left and missing lie in sides */
    /* Of the rows of the node that is looked at, side by side; bin is of the feature that is tried. */
    int *node_label;
    double *node_weight;
    uint8_t *node_bin;
    open_node *open;
    size_t open_count, open_room, node_room, leaf_room;
} growth;

/* Below `limit`, a tiny bias aside. */
static size_t draw_below(growth *g, size_t limit)
{
    return (size_t)(nn_random_uniform(g->key, g->draws++) * (double)limit);
}

/* --- rows --- */

/* Rows of one origin together: the origins are numbered from 0 on, with gaps. */
static void draw_rows(growth *g)
{
    const size_t count = g->soil->bins->count;
    const size_t *origin = g->soil->origin;
    memset(g->tree->drawn, 0, count);
    for (size_t i = 0; i < g->soil->origins && origin; i++) {
        uint8_t *times = &g->times[draw_below(g, g->soil->origins)];
        *times = (uint8_t)(*times + (*times < UINT8_MAX));
    }
    for (size_t i = 0; i < count && origin; i++)
        g->tree->drawn[i] = g->times[origin[i]];
    for (size_t i = 0; i < count && !origin; i++) {
        uint8_t *times = &g->tree->drawn[draw_below(g, count)];
        *times = (uint8_t)(*times + (*times < UINT8_MAX));
    }
    for (size_t i = 0; i < count; i++) {
        if (!g->tree->drawn[i])
            continue;
        g->order[g->rows++] = (uint32_t)i;
        g->weight[i] = g->tree->drawn[i] * g->soil->class_weight[g->soil->label[i]];
    }
}

/* --- splits --- */

static double squares(const double *share, int classes, double weight)
{
    double sum = 0;
    for (int c = 0; c < classes; c++)
        sum += share[c] * share[c];
    return weight > 0 ? sum / weight : 0;
}

/* Rows of the node by bin and class. Returns the number of known values, in *first and *last their bins. */
static size_t fill(growth *g, const open_node *n, int feature, int *first, int *last)
{
    const fc_tree_soil *s = g->soil;
    const uint8_t *code = s->bins->code + (size_t)feature * s->bins->count;
    size_t known = 0;
    *first = SLOTS;
    *last = -1;
    for (size_t i = n->begin, k = 0; i < n->end; i++, k++) {
        const int slot = code[g->order[i]];
        g->histogram[slot * s->classes + g->node_label[k]] += g->node_weight[k];
        g->used[slot] = 1;
        if (slot == FC_BIN_MISSING)
            continue;
        known++;
        *first = slot < *first ? slot : *first;
        *last = slot > *last ? slot : *last;
    }
    return known;
}

static void empty(growth *g, int first, int last)
{
    const size_t width = (size_t)g->soil->classes;
    for (int slot = first; slot <= last; slot++) {
        if (g->used[slot])
            memset(g->histogram + (size_t)slot * width, 0, width * sizeof *g->histogram);
        g->used[slot] = 0;
    }
    memset(g->histogram + FC_BIN_MISSING * width, 0, width * sizeof *g->histogram);
    g->used[FC_BIN_MISSING] = 0;
}

/* The gain of cutting behind `bin`, whose rows at and below are in left. */
static void judge(growth *g, split *best, int feature, int bin, bool missing_left, double parent)
{
    double low = 0, high = 0, low_weight = 0, high_weight = 0;
    for (int c = 0; c < g->soil->classes; c++) {
        const double l = g->left[c] + (missing_left ? g->missing[c] : 0), r = g->total[c] - l;
        low += l * l;
        high += r * r;
        low_weight += l;
        high_weight += r;
    }
    if (!(low_weight > 1e-12) || !(high_weight > 1e-12))
        return;
    const double gain = low / low_weight + high / high_weight - parent;
    if (gain > best->gain + 1e-12)
        *best = (split){feature, bin, missing_left, gain};
}

/* some: values are missing. */
static void judge_both(growth *g, split *best, int feature, int bin, bool some, double parent)
{
    judge(g, best, feature, bin, true, parent);
    if (some)
        judge(g, best, feature, bin, false, parent);
}

static void clear_sides(growth *g)
{
    memset(g->sides, 0, 3 * (size_t)g->soil->classes * sizeof *g->sides);
}

/* Whether it is known at all may tell the classes apart: all that is known, of which there is some and of
 * which `last` is the highest bin, against what is missing. */
static void judge_known(growth *g, split *best, int feature, int last, double parent)
{
    for (int c = 0; c < g->soil->classes; c++)
        g->left[c] = g->total[c] - g->missing[c];
    judge(g, best, feature, last, false, parent);
}

/* One random cut between the least and the greatest bin: the rows are looked at twice, and nothing else, by
 * loops without a branch, for no processor guesses on which side of a random cut a row lies. */
static void try_random(growth *g, const open_node *n, int feature, double parent, split *best)
{
    const fc_tree_soil *s = g->soil;
    const uint8_t *restrict code = s->bins->code + (size_t)feature * s->bins->count;
    const uint32_t *restrict order = g->order + n->begin;
    uint8_t *restrict bin = g->node_bin, least = UINT8_MAX, most = 0, most_known = 0;
    const size_t rows = n->end - n->begin, classes = (size_t)s->classes;
    for (size_t i = 0; i < rows; i++)
        bin[i] = code[order[i]];
    for (size_t i = 0; i < rows; i++) {
        const uint8_t known = bin[i] == FC_BIN_MISSING ? 0 : (uint8_t)(bin[i] + 1);
        least = bin[i] < least ? bin[i] : least;
        most = bin[i] > most ? bin[i] : most;
        most_known = known > most_known ? known : most_known;
    }
    const int first = least, last = most_known - 1;
    const bool some = most == FC_BIN_MISSING;
    if (last < 0 || (last == first && !some))
        return;
    const int cut = last > first ? first + (int)draw_below(g, (size_t)(last - first)) : last;
    clear_sides(g);
    for (size_t i = 0; i < rows; i++) {
        const size_t side = (size_t)(bin[i] > cut) + (bin[i] == FC_BIN_MISSING);
        g->sides[side * classes + (size_t)g->node_label[i]] += g->node_weight[i];
    }
    if (last > first)
        judge_both(g, best, feature, cut, some, parent);
    if (some)
        judge_known(g, best, feature, last, parent);
}

/* Every cut. */
static void try_all(growth *g, const open_node *n, int feature, double parent, split *best)
{
    const int classes = g->soil->classes;
    int first, last;
    const size_t known = fill(g, n, feature, &first, &last);
    const bool some = g->used[FC_BIN_MISSING];
    clear_sides(g);
    for (int c = 0; c < classes && some; c++)
        g->missing[c] = g->histogram[FC_BIN_MISSING * classes + c];
    for (int slot = first; slot < last; slot++) {
        if (!g->used[slot])
            continue;
        for (int c = 0; c < classes; c++)
            g->left[c] += g->histogram[slot * classes + c];
        judge_both(g, best, feature, slot, some, parent);
    }
    if (known && some)
        judge_known(g, best, feature, last, parent);
    empty(g, first, last);
}

/* Features in random order until enough of them were tried that vary in the node. */
static split find_split(growth *g, const open_node *n, double parent)
{
    const int features = g->soil->bins->features;
    split best = {.feature = -1};
    for (int k = 0; k < features; k++) {
        const int other = k + (int)draw_below(g, (size_t)(features - k)), feature = g->candidates[other];
        g->candidates[other] = g->candidates[k];
        g->candidates[k] = feature;
        if (k >= g->soil->tries && best.feature >= 0)
            break;
        (g->soil->settings->random ? try_random : try_all)(g, n, feature, parent, &best);
    }
    return best;
}

static size_t part_rows(growth *g, const open_node *n, const split *s)
{
    const uint8_t *code = g->soil->bins->code + (size_t)s->feature * g->soil->bins->count;
    size_t at = n->begin, other = 0;
    for (size_t i = n->begin; i < n->end; i++) {
        const uint32_t row = g->order[i];
        const bool left = code[row] == FC_BIN_MISSING ? s->missing_left : code[row] <= s->bin;
        if (left)
            g->order[at++] = row;
        else
            g->spare[other++] = row;
    }
    memcpy(g->order + at, g->spare, other * sizeof *g->order);
    return at;
}

/* --- nodes --- */

static bool grow_room(void *pointer, size_t *room, size_t wanted, size_t size)
{
    void **place = pointer;
    if (wanted <= *room)
        return true;
    const size_t more = 2 * wanted + 64;
    void *block = nn_resize(*place, more, size, 1);
    if (!block)
        return false;
    *place = block;
    *room = more;
    return true;
}

static bool add_nodes(growth *g, size_t count, size_t *first)
{
    if (!grow_room(&g->tree->node, &g->node_room, g->tree->nodes + count, 3 * sizeof(nn_real)))
        return false;
    *first = g->tree->nodes;
    g->tree->nodes += count;
    return true;
}

static bool push(growth *g, open_node n)
{
    if (!grow_room(&g->open, &g->open_room, g->open_count + 1, sizeof *g->open))
        return false;
    g->open[g->open_count++] = n;
    return true;
}

static bool make_leaf(growth *g, size_t node, double weight)
{
    const int classes = g->soil->classes;
    fc_tree *t = g->tree;
    size_t entries = 0;
    if (!grow_room(&t->leaf, &g->leaf_room, t->leaves + (size_t)classes, 2 * sizeof(nn_real)))
        return false;
    for (int c = 0; c < classes; c++)
        if (g->total[c] > 0) {
            t->leaf[2 * (t->leaves + entries)] = (nn_real)c;
            t->leaf[2 * (t->leaves + entries++) + 1] = (nn_real)(g->total[c] / weight);
        }
    nn_real *to = t->node + 3 * node;
    to[0] = 0;
    to[1] = (nn_real)entries;
    to[2] = (nn_real)t->leaves;
    t->leaves += entries;
    return true;
}

static bool make_split(growth *g, const open_node *n, const split *s)
{
    size_t next;
    const size_t middle = part_rows(g, n, s);
    if (!add_nodes(g, 2, &next))
        return false;
    nn_real *to = g->tree->node + 3 * n->node;
    to[0] = (nn_real)(s->missing_left ? s->feature + 1 : -(s->feature + 1));
    to[1] = g->soil->bins->cut[(size_t)s->feature * FC_BINS + (size_t)s->bin];
    to[2] = (nn_real)next;
    g->tree->importance[s->feature] += s->gain;
    return push(g, (open_node){next + 1, middle, n->end, n->depth + 1}) &&
           push(g, (open_node){next, n->begin, middle, n->depth + 1});
}

static bool settle_node(growth *g, const open_node *n)
{
    const int classes = g->soil->classes;
    double weight = 0;
    int present = 0;
    memset(g->total, 0, (size_t)classes * sizeof *g->total);
    for (size_t i = n->begin, k = 0; i < n->end; i++, k++) {
        g->node_label[k] = g->soil->label[g->order[i]];
        g->node_weight[k] = g->weight[g->order[i]];
        g->total[g->node_label[k]] += g->node_weight[k];
    }
    for (int c = 0; c < classes; c++) {
        weight += g->total[c];
        present += g->total[c] > 0;
    }
    const size_t least = (size_t)g->soil->settings->least;
    if (present < 2 || n->end - n->begin < 2 * least || n->depth >= MOST_DEPTH)
        return make_leaf(g, n->node, weight);
    const split best = find_split(g, n, squares(g->total, classes, weight));
    return best.feature < 0 ? make_leaf(g, n->node, weight) : make_split(g, n, &best);
}

/* --- all of it --- */

static bool make_room(growth *g)
{
    const size_t count = g->soil->bins->count, features = (size_t)g->soil->bins->features,
                 classes = (size_t)g->soil->classes;
    g->tree->drawn = nn_resize(NULL, count, 1, 1);
    g->tree->importance = calloc(features, sizeof(double));
    g->order = nn_resize(NULL, count, sizeof *g->order, 1);
    g->spare = nn_resize(NULL, count, sizeof *g->spare, 1);
    g->weight = nn_resize(NULL, count, sizeof *g->weight, 1);
    g->candidates = nn_resize(NULL, features, sizeof *g->candidates, 1);
    g->histogram = calloc(SLOTS * classes, sizeof *g->histogram);
    g->used = calloc(SLOTS, 1);
    g->times = calloc(g->soil->origins + 1, 1);
    g->total = calloc(classes, sizeof *g->total);
    g->sides = calloc(3 * classes, sizeof *g->sides);
    g->node_label = nn_resize(NULL, count, sizeof *g->node_label, 1);
    g->node_weight = nn_resize(NULL, count, sizeof *g->node_weight, 1);
    g->node_bin = nn_resize(NULL, count, 1, 1);
    if (!g->sides)
        return false;
    g->left = g->sides;
    g->missing = g->sides + 2 * classes;
    return g->tree->drawn && g->tree->importance && g->order && g->spare && g->weight && g->candidates &&
           g->histogram && g->used && g->times && g->total && g->node_label && g->node_weight && g->node_bin;
}

static void clear_room(growth *g)
{
    free(g->order);
    free(g->spare);
    free(g->weight);
    free(g->candidates);
    free(g->histogram);
    free(g->used);
    free(g->times);
    free(g->total);
    free(g->sides);
    free(g->node_label);
    free(g->node_weight);
    free(g->node_bin);
    free(g->open);
}

int fc_tree_grow(fc_tree *tree, const fc_tree_soil *soil, uint64_t key, nn_error *error)
{
    growth g = {.soil = soil, .tree = tree, .key = key};
    *tree = (fc_tree){0};
    bool done = make_room(&g);
    if (done) {
        size_t root;
        draw_rows(&g);
        for (int f = 0; f < soil->bins->features; f++)
            g.candidates[f] = f;
        done = add_nodes(&g, 1, &root) && push(&g, (open_node){root, 0, g.rows, 0});
    }
    while (done && g.open_count) {
        const open_node n = g.open[--g.open_count];
        done = settle_node(&g, &n);
    }
    clear_room(&g);
    if (done)
        return NN_OK;
    fc_tree_clear(tree);
    return nn_fail(error, NN_FAILED, "no memory for a tree over %zu objects", soil->bins->count);
}

void fc_tree_clear(fc_tree *tree)
{
    free(tree->node);
    free(tree->leaf);
    free(tree->drawn);
    free(tree->importance);
    *tree = (fc_tree){0};
}
