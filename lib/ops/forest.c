/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a forest of decision trees says of rows of features. Trees have no gradient: they are grown, not
 * trained. */
#include "lib/kernels/forest.h"
#include "lib/plan_internal.h"

#include <math.h>
#include <string.h>

/* Where the arrays lie among the parameters. */
typedef struct forest {
    nn_forest_sizes sizes;
    size_t root, node, leaf;
} forest;

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const forest *f = op->own;
    const nn_real *params = run->params;
    const int classes = f->sizes.classes, trees = f->sizes.trees;
    for (size_t i = 0; i < nn_rows(x, run); i++) {
        double p[NN_FOREST_CLASSES] = {0};
        nn_real *row = y->data + i * (size_t)classes;
        for (int t = 0; t < trees; t++)
            nn_tree_add(p, params + f->node, params + f->leaf, (size_t)params[f->root + (size_t)t],
                        x->data + i * (size_t)nn_width(x));
        for (int c = 0; c < classes; c++)
            row[c] = (nn_real)log((p[c] + 1.0 / classes) / (trees + 1));
    }
}

static void backward(const nn_op *op, nn_run *run)
{
    (void)op, (void)run;
}

static const nn_op_kind kind = {.name = "forest", .forward = forward, .backward = backward};

nn_tensor *nn_forest(nn_plan *plan, const char *name, nn_tensor *x, nn_forest_sizes sizes)
{
    if (!nn_plan_ready(plan, "forest", 1, &x))
        return NULL;
    if (x->ragged || x->rank != 2 || sizes.classes < 1 || sizes.classes > NN_FOREST_CLASSES) {
        char text[64];
        nn_plan_fail(plan, "forest: %s is no (B,F), or %d classes are not 1 to %d",
                     nn_shape_text(x, text, sizeof text), sizes.classes, NN_FOREST_CLASSES);
        return NULL;
    }
    forest f = {.sizes = sizes};
    const struct {
        const char *part;
        int rank, shape[2];
        size_t *offset;
    } arrays[] = {{"root", 1, {sizes.trees, 0}, &f.root},
                  {"node", 2, {sizes.nodes, 3}, &f.node},
                  {"leaf", 2, {sizes.leaves, 2}, &f.leaf}};
    for (int i = 0; i < 3; i++) {
        const nn_param *param = nn_plan_param(plan, nn_name(plan, "%s.%s", name, arrays[i].part),
                                              NN_INIT_GROWN, 0, arrays[i].rank, arrays[i].shape);
        *arrays[i].offset = param ? param->offset : 0;
    }
    nn_op op = {.kind = &kind, .in = {x}, .own = nn_plan_own(plan, &f, sizeof f)};
    op.out[0] = nn_plan_tensor(plan, 2, (int[]){x->shape[0], sizes.classes}, NULL);
    return op.out[0] && nn_plan_record(plan, &op) ? op.out[0] : NULL;
}
