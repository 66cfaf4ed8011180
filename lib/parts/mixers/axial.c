/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens as a grid of rows: attention within each row, then within each column, every one with projections of
 * its own (axial attention, Ho et al. 2019, arXiv 1912.12180; P2AT, arXiv 2310.15025; two stages as in
 * Crossformer). */
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

typedef struct axial {
    nn_heads heads;
    int rows;
} axial;

/* Attention within each of the sequences of x. */
static nn_tensor *attend(nn_plan *plan, const char *name, const nn_block *block, const axial *set,
                         nn_tensor *x)
{
    nn_projected p;
    if (!nn_block_project(plan, name, block, &set->heads, x, NULL, &p))
        return NULL;
    nn_tensor *y = nn_block_attend(plan, block, &p);
    return nn_block_output(plan, name, block, x, NULL, y);
}

/* The largest divisor that makes no more rows than columns. */
static int rows_of(int tokens)
{
    int rows = 1;
    for (int i = 2; i <= tokens / i; i++)
        if (tokens % i == 0)
            rows = i;
    return rows;
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const axial *set = settings;
    (void)memory;
    if (!x)
        return NULL;
    if (x->ragged || x->rank != 3) {
        nn_plan_fail(plan, "%s: sequences of unlike lengths are no grid", name);
        return NULL;
    }
    if (set->rows && x->shape[1] % set->rows) {
        nn_plan_fail(plan, "%s: %d tokens are no grid of %d rows", name, x->shape[1], set->rows);
        return NULL;
    }
    const int m = set->rows ? set->rows : rows_of(x->shape[1]), n = x->shape[1] / m, d = nn_width(x);
    if (x->node->lead != 1) { /* nn_regroup would take all sequences of a sample for rows */
        nn_plan_fail(plan, "%s: its sequences are rows of a grid already", name);
        return NULL;
    }
    nn_tensor *y = nn_reshape(plan, x, 3, (int[]){x->shape[0] * m, n, d});
    y = attend(plan, nn_name(plan, "%s.rows", name), block, set, y);
    y = attend(plan, nn_name(plan, "%s.columns", name), block, set, nn_regroup(plan, y));
    return nn_reshape(plan, nn_regroup(plan, y), 3, x->shape);
}

static const nn_option options[] = {{"rows", 0, NN_INT, offsetof(axial, rows), "0", "N", 0, 1048576,
                                     "rows of the grid; 0: the most that are no more than its columns"},
                                    NN_HEADS_OPTIONS,
                                    {0}};

const nn_mixer_kind nn_mixer_axial = {
    {"axial", "attention along the rows of a grid of tokens, then along its columns (arXiv 1912.12180)",
     "8d^2 + 4sqrt(N)d", NN_PART_ORDER | NN_PART_FIXED | NN_PART_WHOLE, options, sizeof(axial)},
    .build = build};
