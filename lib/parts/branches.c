/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds networks of two branches from encoder blocks. */
#include "lib/parts/branches.h"

#include "lib/parts/core.h"
#include "lib/plan_internal.h"

static double epsilon_of(const nn_block *block)
{
    return block->norm_epsilon > 0 ? block->norm_epsilon : 1e-5;
}

/* The blocks of a stack, the first of them called name, the others name.1, name.2, ... */
static nn_tensor *blocks(nn_plan *plan, const char *name, nn_tensor *x, const nn_stack *stack)
{
    for (int i = 0; i < stack->layers; i++) {
        const nn_block block = nn_stack_block(stack, i);
        x = nn_encoder_block(plan, i ? nn_name(plan, "%s.%d", name, i) : name, x, NULL, &block);
    }
    return x;
}

/* --- two widths --- */

/* linear(gelu(norm x)) */
static nn_tensor *cross_over(nn_plan *plan, const char *name, nn_tensor *x, int width, double epsilon)
{
    x = nn_layer_norm(plan, nn_name(plan, "%s.norm", name), x, epsilon);
    return nn_linear(plan, nn_name(plan, "%s.linear", name), nn_activation(plan, x, NN_GELU, 0), width);
}

/* All tokens but the class token. */
static nn_tensor *behind(nn_plan *plan, nn_tensor *x)
{
    return nn_slice(plan, x, 1, nn_core_longest(x) - 1);
}

/* x with another class token, which has seen the tokens of other. */
static nn_tensor *fuse(nn_plan *plan, const char *name, nn_tensor *x, nn_tensor *other, const nn_block *block)
{
    const double epsilon = epsilon_of(block);
    nn_tensor *c =
        cross_over(plan, nn_name(plan, "%s.enter", name), nn_slice(plan, x, 0, 1), nn_width(other), epsilon);
    nn_tensor *all = nn_concat(plan, c, behind(plan, other));
    const char *norm = nn_name(plan, "%s.cross.norm", name);
    all = nn_layer_norm(plan, norm, all, epsilon);
    /* sequences of unlike lengths: the branch has to be of the very sequences that it is added to */
    nn_tensor *first = x->ragged ? nn_layer_norm(plan, norm, c, epsilon) : nn_slice(plan, all, 0, 1);
    if (nn_block_mixes(block))
        c = nn_residual(plan, c, nn_block_mix(plan, name, block, first, all), 0);
    c = cross_over(plan, nn_name(plan, "%s.leave", name), c, nn_width(x), epsilon);
    return nn_concat(plan, c, behind(plan, x));
}

void nn_dual(nn_plan *plan, const char *name, nn_tensor *const x[2], const nn_block block[2],
             nn_tensor *out[2])
{
    nn_tensor *y[2];
    const char *names[] = {nn_name(plan, "%s.branch0", name), nn_name(plan, "%s.branch1", name)};
    for (int i = 0; i < 2; i++)
        y[i] = nn_encoder_block(plan, nn_name(plan, "%s.block", names[i]), x[i], NULL, &block[i]);
    for (int i = 0; i < 2; i++)
        out[i] = y[0] && y[1] ? fuse(plan, names[i], y[i], y[1 - i], &block[1 - i]) : NULL;
}

/* --- two views --- */

static nn_tensor *view(nn_plan *plan, const char *name, nn_tensor *x, const nn_two_view_options *o)
{
    x = nn_linear(plan, nn_name(plan, "%s.embed", name), x, o->width);
    x = blocks(plan, name, x, &o->stack);
    return nn_mean_pool(plan,
                        nn_layer_norm(plan, nn_name(plan, "%s.norm", name), x, epsilon_of(&o->stack.block)));
}

/* (B,n) -> (B,1,n) */
static nn_tensor *as_token(nn_plan *plan, nn_tensor *x)
{
    return x ? nn_reshape(plan, x, 3, (int[]){x->shape[0], 1, x->shape[1]}) : NULL;
}

nn_tensor *nn_two_view(nn_plan *plan, const char *name, nn_tensor *a, nn_tensor *b,
                       nn_two_view_options options)
{
    const char *name_a = nn_name(plan, "%s.a", name), *name_b = nn_name(plan, "%s.b", name);
    a = view(plan, name_a, a, &options);
    b = view(plan, name_b, b, &options);
    nn_tensor *both = nn_concat_columns(plan, a, b);
    if (!options.gated)
        return nn_linear(plan, nn_name(plan, "%s.classes", name), both, options.outputs);
    nn_tensor *gate = nn_linear(plan, nn_name(plan, "%s.gate", name), both, 2);
    a = as_token(plan, nn_linear(plan, nn_name(plan, "%s.classes", name_a), a, options.outputs));
    b = as_token(plan, nn_linear(plan, nn_name(plan, "%s.classes", name_b), b, options.outputs));
    if (!gate)
        return NULL;
    return nn_weighted_pool(plan, nn_concat(plan, a, b),
                            nn_reshape(plan, gate, 3, (int[]){gate->shape[0], 2, 1}));
}

/* --- scales and patches --- */

nn_tensor *nn_scale_patch(nn_plan *plan, const char *name, nn_tensor *x, const nn_stack *stack)
{
    if (!nn_plan_ready(plan, "scale and patch", 1, &x))
        return NULL;
    if (x->rank != 4) {
        char text[64];
        nn_plan_fail(plan, "scale and patch: %s is no (B,R,S,d)", nn_shape_text(x, text, sizeof text));
        return NULL;
    }
    const int batch = x->shape[0], regions = x->shape[1], d = nn_width(x);
    x = nn_reshape(plan, x, 3, (int[]){batch * regions, x->shape[2], d});
    x = blocks(plan, nn_name(plan, "%s.scale", name), x, stack);
    x = nn_slice(plan, x, 0, 1);
    x = x ? nn_reshape(plan, x, 3, (int[]){batch, regions, d}) : NULL;
    x = nn_concat(plan, nn_learned_tokens(plan, nn_name(plan, "%s.cls", name), 1, d, x), x);
    nn_block block = nn_stack_block(stack, stack->layers - 1);
    block.names = (nn_block_names){
        .query = "patch.query", .key = "patch.key", .value = "patch.value", .out = "patch.out"};
    return nn_block_mixes(&block) ? nn_block_mix(plan, name, &block, x, NULL) : x;
}
