/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MatFormer's feed-forward (Devvrit et al. 2023, arXiv 2310.07707): an mlp whose first 1/8, 1/4, 1/2 of the
 * hidden units are one of their own. Each training step draws one of the slices, the same for all layers. */
#include "lib/graph.h"
#include "lib/parts/block.h"
#include "lib/plan_internal.h"

#include "lib/base/random.h"

#include <stdlib.h>

typedef struct nested {
    char *slices;
    int slice, hidden;
} nested;

enum { MOST_SLICES = 8 };

/* Hidden units of each slice. */
typedef struct widths {
    int count, of[MOST_SLICES];
} widths;

/* All layers of a step draw alike: the operation's number is no part of the key. */
static size_t width_of(const nn_op *op, const nn_run *run)
{
    const widths *w = op->own;
    const double place = nn_random_uniform(nn_random(run->seed, run->step), 0x6e657374) * w->count;
    return (size_t)w->of[w->count == 1 ? 0 : (int)place];
}

static void forward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t rows = nn_rows(x, run), n = (size_t)nn_width(x), width = width_of(op, run);
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < n; c++)
            y->data[i * n + c] = c < width ? x->data[i * n + c] : 0;
}

static void backward(const nn_op *op, nn_run *run)
{
    const nn_tensor *x = op->in[0], *y = op->out[0];
    const size_t rows = nn_rows(x, run), n = (size_t)nn_width(x), width = width_of(op, run);
    for (size_t i = 0; i < rows; i++)
        nn_add(x->grad + i * n, y->grad + i * n, width);
}

static void spell(const nn_op *op, nn_graph *graph)
{
    const int n = nn_width(op->in[0]), width = ((const widths *)op->own)->of[0];
    nn_real *shown = calloc((size_t)n, sizeof *shown);
    for (int c = 0; shown && c < width; c++)
        shown[c] = 1;
    if (!shown)
        nn_graph_no_memory(graph);
    else
        nn_graph_is(
            graph, op->out[0],
            nn_graph_two(graph, "Mul", nn_graph_of(graph, op->in[0]), nn_graph_reals(graph, shown, 1, &n)));
    free(shown);
}

static const nn_op_kind kind = {
    .name = "nested slice", .spell = spell, .forward = forward, .backward = backward};

/* False where text is no list of shares, "8/4/2/1"; the least slice is of one unit. */
static bool read_slices(widths *w, const char *text, int hidden)
{
    while (text && *text && w->count < MOST_SLICES) {
        char *end;
        const long share = strtol(text, &end, 10);
        if (end == text || share < 1 || (*end && *end != '/'))
            return false;
        w->of[w->count++] = share < hidden ? hidden / (int)share : 1;
        text = *end ? end + 1 : end;
    }
    return w->count > 0 && !*text;
}

static nn_tensor *cut(nn_plan *plan, const char *name, const nested *own, int hidden, nn_tensor *h)
{
    widths w = {0};
    if (!read_slices(&w, own->slices, hidden))
        nn_plan_fail(plan, "%s: nested: '%s' are no slices, as 8/4/2/1 are", name,
                     own->slices ? own->slices : "");
    if (own->slice)
        w = (widths){1, {own->slice < hidden ? hidden / own->slice : 1}};
    else if (!nn_plan_training(plan) || w.count == 1)
        w = (widths){1, {hidden}};
    if (w.count == 1 && w.of[0] == hidden)
        return h;
    return nn_plan_record_map(plan,
                              &(nn_op){.kind = &kind, .in = {h}, .own = nn_plan_own(plan, &w, sizeof w)});
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x)
{
    const nested *own = settings;
    const nn_linear_options form = {
        .no_bias = block->ffn_no_bias, .as_conv = block->ffn_as_conv, .as_keras = block->as_keras};
    const int units = own->hidden ? own->hidden : block->hidden;
    const char *hidden = block->names.hidden ? block->names.hidden : "ffn.hidden",
               *project = block->names.project ? block->names.project : "ffn.project";
    nn_tensor *h = nn_linear_with(plan, nn_name(plan, "%s.%s", name, hidden), x, units, form);
    h = nn_activation(plan, h, block->activation, nn_block_inner_dropout(block));
    return nn_linear_with(plan, nn_name(plan, "%s.%s", name, project), cut(plan, name, own, units, h),
                          x->shape[x->rank - 1], form);
}

static const nn_option options[] = {
    {"slices", 0, NN_TEXT, offsetof(nested, slices), "8/4/2/1", "N/N/...", 0, 0,
     "shares of the hidden units that are trained, one drawn for each step"},
    {"slice", 0, NN_INT, offsetof(nested, slice), "0", "N", 0, 4096,
     "1/N of the hidden units alone; 0: all slices in training, the whole otherwise"},
    {"hidden", 0, NN_INT, offsetof(nested, hidden), "0", "N", 0, 262144, "hidden units; 0: as the model has"},
    {0}};

const nn_ffn_kind nn_ffn_nested = {
    {"nested", "an mlp whose slices are feed-forwards of their own (MatFormer, arXiv 2310.07707)", "2dF", 0,
     options, sizeof(nested)},
    build};
