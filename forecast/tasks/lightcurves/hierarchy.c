/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree over the classes of a model. */
#include "forecast/tasks/lightcurves/hierarchy.h"

#include <math.h>
#include <stdlib.h>

static void weigh(fc_hierarchy *h)
{
    for (int n = 0; n < h->tree.nodes; n++)
        h->weight[n] = exp(-h->alpha * (h->tree.depth[n] - 1));
    h->loss = (nn_class_tree){h->tree.leaves, h->tree.nodes, h->tree.parent, h->weight};
}

int fc_hierarchy_set(fc_hierarchy *h, const fc_taxonomy *tree, double alpha, const char *const *classes,
                     nn_error *error)
{
    char *text = fc_taxonomy_print(tree, classes);
    if (!text)
        return nn_no_memory(error);
    free(h->text);
    h->text = text;
    h->alpha = alpha;
    h->rule = (fc_answer_rule){NAN, NAN, NAN};
    h->tree = *tree;
    weigh(h);
    return NN_OK;
}

int fc_hierarchy_complete(fc_hierarchy *h, const char *const *classes, int count, nn_error *error)
{
    fc_taxonomy_text text;
    int code = fc_taxonomy_read_compact(&text, h->text, "taxonomy", error);
    if (!code)
        code = fc_taxonomy_make(&h->tree, &text, classes, count, error);
    fc_taxonomy_text_clear(&text);
    weigh(h);
    return code;
}

double fc_hierarchy_loss(const fc_hierarchy *h, const double *p, int node)
{
    double all[FC_MOST_NODES], whole = 0, loss = 0;
    fc_taxonomy_sums(&h->tree, p, all);
    for (int c = 0; c < h->tree.leaves; c++)
        whole += p[c];
    for (int n = node; n >= 0; n = h->tree.parent[n])
        loss -= h->weight[n] * log(all[n] / (h->tree.parent[n] < 0 ? whole : all[h->tree.parent[n]]));
    return loss;
}
