/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few learned latents gather from all tokens and send back to them: z = latents; z += attention(LN z; LN
 * x); z through a block of its own; y = attention(LN x; LN z) (FIT, arXiv 2305.12689, with one group); as
 * router without norms, residuals and block (Crossformer, Zhang & Yan, ICLR 2023, section 3.2). */
#include "lib/parts/mixers/latent.h"

enum { FIT, ROUTER };

typedef struct latent {
    nn_heads heads;
    int count, form;
} latent;

/* What x gathers from y by heads of its own, with norms of both before it in the form of FIT; latents are x
 * where they read, y where they write. */
static nn_tensor *gather(nn_plan *plan, const char *name, const nn_block *block, const latent *set,
                         nn_tensor *x, nn_tensor *y, bool reads)
{
    const double dropout = nn_block_inner_dropout(block);
    nn_projection maps;
    nn_projected p;
    if (set->form == FIT) {
        x = nn_block_norm(plan, name, block, NN_NORM_1, x);
        y = nn_block_norm(plan, name, block, NN_NORM_2, y);
    }
    if (!x || !y || !nn_block_projection(plan, name, block, &set->heads, x, true, &maps))
        return NULL;
    if (reads && nn_latent_opens(plan, &maps, x, y))
        return nn_latent_gather(plan, &maps, x, y, dropout, NULL, 0);
    if (!reads && nn_latent_opens(plan, &maps, y, x))
        return nn_latent_send(plan, &maps, y, x, dropout);
    if (!nn_block_project(plan, name, block, &set->heads, x, y, &p))
        return NULL;
    nn_tensor *mixed = nn_block_attend(plan, block, &p);
    return nn_block_output(plan, name, block, x, y, mixed);
}

/* The latents' own block: pre-norm, softmax and the feed-forward of the model's width. */
static nn_tensor *process(nn_plan *plan, const char *name, nn_block block, const latent *set, nn_tensor *z)
{
    block.mixer = block.ffn = block.residual = (nn_part){0};
    block.layout = (nn_part){.kind = &nn_layout_pre.part};
    block.names = (nn_block_names){0};
    block.bias = NULL;
    block.causal = false;
    if (set->heads.heads) {
        block.heads = set->heads.heads;
        block.head_width = set->heads.width;
    }
    return nn_encoder_block(plan, name, z, NULL, &block);
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const latent *set = settings;
    if (!x)
        return NULL;
    name = nn_name(plan, memory ? "%s.latent_cross" : "%s.latent", name);
    nn_block units = *block;
    units.names = (nn_block_names){.cross_query = "query",
                                   .cross_key = "key",
                                   .cross_value = "value",
                                   .cross_out = "out",
                                   .norm1 = "norm",
                                   .norm2 = "norm_memory"};
    nn_tensor *from = memory ? memory : x;
    nn_tensor *z =
        nn_learned_tokens(plan, nn_name(plan, "%s.latents", name), set->count, x->shape[x->rank - 1], from);
    nn_tensor *read = gather(plan, nn_name(plan, "%s.read", name), &units, set, z, from, true);
    if (set->form == FIT) {
        z = nn_residual(plan, z, read, block->dropout);
        z = process(plan, nn_name(plan, "%s.process", name), *block, set, z);
    } else
        z = read;
    return gather(plan, nn_name(plan, "%s.write", name), &units, set, x, z, false);
}

static const nn_option options[] = {
    {"m", 0, NN_INT, offsetof(latent, count), "16", "N", 1, 65536, "latents"},
    {"form", 0, NN_CHOICE, offsetof(latent, form), "fit", "fit|router", 0, 0,
     "fit: with norms, a residual and a block of the latents; router: gathering and sending alone"},
    NN_HEADS_OPTIONS,
    {0}};

const nn_mixer_kind nn_mixer_latent = {
    {"latent", "m latents gather from the tokens and send back (FIT, arXiv 2305.12689; Crossformer's router)",
     "4d^2 + 4md, or 4mhd", NN_PART_CROSS, options, sizeof(latent)},
    .build = build};
