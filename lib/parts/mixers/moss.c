/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MossFormer's gated attention (arXiv 2302.11824, section 2): half of the channels one token late; v and u,
 * and one narrow s of which four heads are made, each by a gain and a bias; squared relu attention within
 * chunks and linear attention over all; y = FF((A u * v) * sigmoid(A v * u)). FF is norm, linear, silu, plus
 * a depthwise convolution. Its operations are in lib/ops/gated.c. */
#include "lib/parts/block.h"

typedef struct moss {
    int width, chunk, kernel, rotary, hidden;
} moss;

static nn_tensor *feed(nn_plan *plan, const char *name, const nn_block *block, const moss *set, nn_tensor *x,
                       int out)
{
    const double epsilon = block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5;
    nn_tensor *y = nn_layer_norm(plan, nn_name(plan, "%s.norm", name), x, epsilon);
    y = nn_silu(plan, nn_linear(plan, nn_name(plan, "%s.linear", name), y, out));
    return nn_depthwise(plan, nn_name(plan, "%s.conv", name), y, set->kernel,
                        (nn_depthwise_options){.residual = true});
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const moss *set = settings;
    (void)memory;
    if (!x)
        return NULL;
    const int d = x->shape[x->rank - 1], width = set->width ? set->width : smaller(d, 128),
              rotary = smaller(set->rotary, width) / 2 * 2, hidden = set->hidden ? set->hidden : 4 * d;
    nn_tensor *late = nn_shift_half(plan, x);
    nn_tensor *vu = feed(plan, nn_name(plan, "%s.moss.hidden", name), block, set, late, hidden);
    nn_tensor *s = feed(plan, nn_name(plan, "%s.moss.qk", name), block, set, late, width);
    nn_tensor *heads = nn_affine_heads(plan, nn_name(plan, "%s.moss.qk", name), s, rotary);
    nn_tensor *mixed = nn_chunk_attention(plan, heads, vu, set->chunk);
    return feed(plan, nn_name(plan, "%s.moss.out", name), block, set, nn_cross_gate(plan, mixed, vu), d);
}

static const nn_option options[] = {
    {"g", 0, NN_INT, offsetof(moss, chunk), "256", "N", 1, 65536, "tokens of a chunk"},
    {"e", 0, NN_INT, offsetof(moss, width), "0", "N", 0, 65536, "width of the heads; 0: d, and 128 at most"},
    {"kernel", 0, NN_INT, offsetof(moss, kernel), "17", "N", 1, 4095,
     "tokens of the convolutions, an odd number"},
    {"rotary", 0, NN_INT, offsetof(moss, rotary), "32", "N", 0, 65536,
     "columns of a head that turn with the place"},
    {"hidden", 0, NN_INT, offsetof(moss, hidden), "0", "N", 0, 262144, "columns of v and u together; 0: 4d"},
    {0}};

const nn_mixer_kind nn_mixer_moss = {{"moss",
                                      "gated attention, in chunks and linear (MossFormer, arXiv 2302.11824)",
                                      "6d^2 + 4gd + 8de", NN_PART_ORDER, options, sizeof(moss)},
                                     .build = build};
