/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Half a feed-forward before the mixer and half behind it: x += f_a(x)/2; x += mix(x); x += f_b(x)/2, each on
 * its norm, or with place=post normed behind (Macaron Net, Lu et al. 2019, arXiv 1906.02762). Unless asked
 * for, each feed-forward has half of the model's hidden units, so that weights stay as many. */
#include "lib/parts/block.h"

typedef struct macaron {
    int post, hidden;
} macaron;

typedef struct sandwich {
    nn_plan *plan;
    const char *name;
    nn_block block;
    bool post;
} sandwich;

/* One sub-layer: which 0 and 2 are the feed-forwards, 1 the mixer. */
static nn_tensor *layer(const sandwich *s, int which, nn_tensor *x)
{
    static const nn_block_norm_place places[] = {NN_NORM_1, NN_NORM_2, NN_NORM_3};
    static const char *const names[] = {"1", "2", "3"};
    nn_plan *plan = s->plan;
    nn_tensor *y = s->post ? x : nn_block_norm(plan, s->name, &s->block, places[which], x);
    if (which == 1)
        y = nn_block_mix(plan, s->name, &s->block, y, NULL);
    else
        y = nn_times(
            plan,
            nn_block_feed(plan, nn_name(plan, "%s.%s", s->name, which ? "second" : "first"), &s->block, y),
            0.5);
    x = nn_block_add(plan, s->name, &s->block, names[which], x, y);
    return s->post ? nn_block_norm(plan, s->name, &s->block, places[which], x) : x;
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    (void)memory;
    const macaron *own = settings;
    sandwich s = {plan, name, *block, own->post};
    s.block.hidden = own->hidden ? own->hidden : block->hidden > 1 ? block->hidden / 2 : 1;
    if (nn_block_feeds(block))
        x = layer(&s, 0, x);
    if (nn_block_mixes(block))
        x = layer(&s, 1, x);
    return nn_block_feeds(block) ? layer(&s, 2, x) : x;
}

static const nn_option options[] = {
    {"place", 0, NN_CHOICE, offsetof(macaron, post), "pre", "pre|post", 0, 0, "where the norms stand"},
    {"hidden", 0, NN_INT, offsetof(macaron, hidden), "0", "N", 0, 262144,
     "hidden units of each feed-forward; 0: half of the model's"},
    {0}};

const nn_layout_kind nn_layout_macaron = {
    {"macaron", "half a feed-forward before the mixer, half behind it (Macaron Net 2019, arXiv 1906.02762)",
     "0", 0, options, sizeof(macaron)},
    .build = build};
