/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multi-head attention with query, key, value and output projections (Vaswani et al. 2017, eq. 1). */
#include "lib/parts/mixers/latent.h"
#include "lib/plan_internal.h"

/* Of a single token: it sees itself with the weight 1, whatever its query and key. Their weights are there.
 */
static nn_tensor *alone(nn_plan *plan, const nn_block *block, const nn_projection *maps, nn_tensor *x)
{
    const int d = x->shape[2], span = maps->heads * maps->width;
    nn_linear_place places[3];
    if (!nn_linear_want(plan, (const char *[]){maps->query, maps->key, maps->value}, 3, d, span, maps->form,
                        places))
        return NULL;
    if (block->relative.buckets)
        (void)nn_relative_want(plan, &block->relative, maps->heads);
    return nn_linear_with(plan, maps->out, nn_linear_with(plan, maps->value, x, span, maps->form), d,
                          maps->out_form);
}

/* Whether heads are so much wider than tokens that the tokens of a sequence gather from one another by fewer
 * products when neither keys nor values are made: then as many columns as a token's stand in the place of a
 * head's. Every weight's row must sum to 1, for the biases of values. */
static bool is_wide(const nn_plan *plan, const nn_block *block, const nn_projection *maps, const nn_tensor *x)
{
    return 2 * nn_width(x) <= maps->width && nn_latent_opens(plan, maps, x, x) && !block->rotary &&
           !block->causal && !block->bias && !block->relative.buckets && nn_block_inner_dropout(block) == 0;
}

/* Self-attention by the form for few and many, with all parameters in the order of the usual one. */
static nn_tensor *among_themselves(nn_plan *plan, const nn_block *block, const nn_projection *maps,
                                   nn_tensor *x)
{
    nn_linear_place places[3];
    if (!nn_linear_want(plan, (const char *[]){maps->query, maps->key, maps->value}, 3, nn_width(x),
                        maps->heads * maps->width, maps->form, places))
        return NULL;
    return nn_latent_gather(plan, maps, x, x, 0, block->seen, block->scale);
}

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    nn_projection maps;
    nn_projected p;
    if (block->open && nn_block_projection(plan, name, block, settings, x, memory, &maps)) {
        if (memory && nn_latent_opens(plan, &maps, x, memory))
            return nn_latent_gather(plan, &maps, x, memory, nn_block_inner_dropout(block), block->seen,
                                    block->scale);
        if (!memory && !x->ragged && x->rank == 3 && x->shape[1] == 1)
            return alone(plan, block, &maps, x);
        if (!memory && is_wide(plan, block, &maps, x))
            return among_themselves(plan, block, &maps, x);
    }
    if (!nn_block_project(plan, name, block, settings, x, memory, &p))
        return NULL;
    nn_tensor *y = nn_block_attend(plan, block, &p);
    return nn_block_output(plan, name, block, x, memory, y);
}

static const nn_option options[] = {NN_HEADS_OPTIONS, {0}};

const nn_mixer_kind nn_mixer_softmax = {
    {"softmax", "multi-head attention (Vaswani et al. 2017, arXiv 1706.03762)", "4d^2 + 2Nd",
     NN_PART_CROSS | NN_PART_CAUSAL | NN_PART_MAP | NN_PART_BIAS | NN_PART_QUERIES, options,
     sizeof(nn_heads)},
    .build = build};
