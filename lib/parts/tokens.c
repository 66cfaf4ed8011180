/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds tokens of a series' points from operations and encoder blocks. */
#include "lib/parts/tokens.h"

#include "lib/plan_internal.h"

#include <math.h>

/* The rows from where patches fit behind each other to the end. */
static nn_tensor *end_with_patch(nn_plan *plan, nn_tensor *x, int length, int stride)
{
    if (!nn_plan_ready(plan, "patches", 1, &x))
        return NULL;
    const int rows = x->rank == 3 && !x->ragged ? x->shape[1] : 0;
    if (rows < length) {
        nn_plan_fail(plan, "--tokenizer: a patch of %d rows is longer than the %d that there are", length,
                     rows);
        return NULL;
    }
    const int skipped = (rows - length) % stride;
    return nn_slice(plan, x, skipped, rows - skipped);
}

nn_tensor *nn_tokens_patches(nn_plan *plan, nn_tensor *x, int length, int stride)
{
    if (x && x->ragged)
        return nn_unfold(plan, x, (nn_window){length, stride, length / 2});
    return nn_unfold(plan, end_with_patch(plan, x, length, stride), (nn_window){length, stride, 0});
}

nn_tensor *nn_tokens_grid(nn_plan *plan, nn_tensor *x, int length)
{
    x = end_with_patch(plan, x, length, length);
    return x ? nn_reshape(plan, x, 4, (int[]){x->shape[0], x->shape[1] / length, length, x->shape[2]}) : NULL;
}

nn_tensor *nn_tokens_conv(nn_plan *plan, const char *name, nn_tensor *x, int width, int kernel, int stride)
{
    x = nn_unfold(plan, x, (nn_window){kernel, stride, kernel / 2});
    x = nn_linear_with(plan, name, x, width, (nn_linear_options){.no_bias = true});
    return nn_max_pool(plan, nn_activation(plan, x, NN_RELU, 0), (nn_window){3, 2, 1});
}

/* --- T2T --- */

/* v + out(attention), all of them of `width` columns. */
static nn_tensor *merge(nn_plan *plan, const char *name, nn_tensor *x, int width, int features)
{
    const nn_linear_options plain = {.no_bias = !features};
    const char *names[] = {nn_name(plan, "%s.attention.key", name),
                           nn_name(plan, "%s.attention.value", name)};
    nn_tensor *q = nn_linear_with(plan, nn_name(plan, "%s.attention.query", name), x, width, plain),
              *k = nn_linear_with(plan, names[0], x, width, plain),
              *v = nn_linear_with(plan, names[1], x, width, plain);
    nn_tensor *kv = nn_concat_columns(plan, k, v), *y;
    if (features)
        y = nn_performer(plan, nn_name(plan, "%s.attention", name), q, kv, features);
    else /* the core divides by the root of a head's width */
        y = nn_attention(plan, x ? nn_times(plan, q, sqrt((double)width / nn_width(x))) : NULL, kv,
                         (nn_attention_options){.heads = 1, .width = width, .v_column = width});
    return nn_residual(plan, v, nn_linear(plan, nn_name(plan, "%s.attention.out", name), y, width), 0);
}

nn_tensor *nn_tokens_t2t(nn_plan *plan, const char *name, nn_tensor *x, nn_t2t_options options)
{
    const nn_block mlp = {.hidden = options.merged, .activation = NN_GELU};
    x = nn_layer_norm(plan, nn_name(plan, "%s.norm1", name), nn_unfold(plan, x, options.first),
                      options.epsilon);
    x = merge(plan, name, x, options.merged, options.features);
    nn_tensor *n = nn_layer_norm(plan, nn_name(plan, "%s.norm2", name), x, options.epsilon);
    x = nn_residual(plan, x, nn_block_feed(plan, name, &mlp, n), 0);
    return nn_linear(plan, nn_name(plan, "%s.project", name), nn_unfold(plan, x, options.second),
                     options.width);
}

/* --- TNT --- */

nn_tensor *nn_tnt_lift(nn_plan *plan, const char *name, nn_tensor *inner, int width, bool bias,
                       double epsilon)
{
    if (!nn_plan_ready(plan, "lift", 1, &inner))
        return NULL;
    if (inner->rank != 4) {
        char text[64];
        nn_plan_fail(plan, "lift: %s is no (B,P,m,c)", nn_shape_text(inner, text, sizeof text));
        return NULL;
    }
    nn_tensor *z = nn_reshape(plan, inner, 3,
                              (int[]){inner->shape[0], inner->shape[1], inner->shape[2] * inner->shape[3]});
    z = nn_layer_norm(plan, nn_name(plan, "%s.norm_in", name), z, epsilon);
    z = nn_linear_with(plan, nn_name(plan, "%s.linear", name), z, width,
                       (nn_linear_options){.no_bias = !bias});
    return nn_layer_norm(plan, nn_name(plan, "%s.norm_out", name), z, epsilon);
}

void nn_tnt_block(nn_plan *plan, const char *name, nn_tensor **inner, nn_tensor **outer,
                  const nn_block *inner_block, const nn_block *outer_block)
{
    if (!nn_plan_ready(plan, "tnt", 2, (nn_tensor *[]){*inner, *outer}))
        return;
    const int *shape = (*inner)->shape, points[] = {shape[0] * shape[1], shape[2], shape[3]};
    nn_tensor *y = nn_reshape(plan, *inner, 3, points);
    y = nn_encoder_block(plan, nn_name(plan, "%s.inner", name), y, NULL, inner_block);
    *inner = y ? nn_reshape(plan, y, 4, shape) : NULL;
    const double epsilon = outer_block->norm_epsilon > 0 ? outer_block->norm_epsilon : 1e-5;
    nn_tensor *z =
        nn_tnt_lift(plan, nn_name(plan, "%s.lift", name), *inner, nn_width(*outer), false, epsilon);
    z = nn_residual(plan, nn_slice(plan, *outer, 1, (*outer)->shape[1] - 1), z, 0);
    z = nn_concat(plan, nn_slice(plan, *outer, 0, 1), z);
    *outer = nn_encoder_block(plan, nn_name(plan, "%s.outer", name), z, NULL, outer_block);
}
