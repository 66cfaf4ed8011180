/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What labels are, and what each counts in the loss. */
#include "forecast/tasks/lightcurves/training/fit_internal.h"

#include <math.h>

bool fc_part_has_class(const fc_part_source *s, size_t n)
{
    return s->set->label[s->members[n]] < s->model->classes;
}

size_t fc_part_classes(const fc_part_source *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        count += fc_part_has_class(s, i);
    return count;
}

/* What objects of the classes below a node weigh on average, or of all classes where the batch has none of
 * those. */
static double average_weight(const fc_part_source *s, const size_t *alike, size_t count, int node)
{
    const fc_taxonomy *tree = &s->model->hierarchy.tree;
    size_t objects[2] = {0}, present[2] = {0};
    for (int c = 0; c < tree->leaves; c++) {
        const bool below = fc_taxonomy_is_within(tree, c, node);
        objects[below] += alike[c];
        present[below] += alike[c] > 0;
    }
    const bool below = objects[1] > 0;
    const size_t of = objects[1] + (below ? 0 : objects[0]), classes = present[1] + (below ? 0 : present[0]);
    return of ? (double)classes * (double)count / (double)of : tree->leaves;
}

void fc_part_weigh(fc_part_source *s, const size_t *index, size_t count)
{
    const int classes = s->model->classes, labels = fc_label_count(s->model);
    size_t alike[FC_MOST_NODES] = {0};
    for (size_t i = 0; i < count; i++)
        alike[s->set->label[s->members[index ? index[i] : i]]]++;
    for (int c = 0; c < classes; c++)
        s->weight[c] = !s->balanced ? classes : alike[c] ? (double)count / (double)alike[c] : 0;
    for (int n = classes; n < labels; n++)
        s->weight[n] = s->balanced ? average_weight(s, alike, count, n) : classes;
}

double fc_part_naive_loss(fc_part_source *s)
{
    const fc_classifier *model = s->model;
    double share[FC_MOST_CLASSES], sum = 0;
    fc_prior_probabilities(share, 1, model->class_counts, model->classes);
    fc_part_weigh(s, NULL, s->count);
    for (size_t i = 0; i < s->count; i++) {
        const int label = s->set->label[s->members[i]];
        sum += s->weight[label] * (model->hierarchy.text ? fc_hierarchy_loss(&model->hierarchy, share, label)
                                                         : -log(share[label]));
    }
    return sum / ((double)s->count * (double)model->classes);
}
