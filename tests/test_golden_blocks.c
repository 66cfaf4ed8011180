/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every part of the library beside reference values, most of them of the papers' own code: a line for each
 * file. In float and in double. */
#include "tests/cmocka_all.h"
#include "tests/golden_part.h"

#include <stdio.h>

/* --- mixers --- */

static const golden_part_case mixers[] = {
    {"pool", golden_part_mixer, "pool:k={window}"},
    {"mean", golden_part_mixer, "mean"},
    {"linear_elu1", golden_part_mixer, "linear"},
    {"linear_elu1_cross", golden_part_mixer, "linear:phi=elu1"},
    {"linear_elu1_causal", golden_part_mixer, "linear"},
    {"cosformer", golden_part_mixer, "linear:phi=cos"},
    {"cosformer_causal", golden_part_mixer, "linear:phi=cos"},
    {"performer", golden_part_mixer, "linear:phi=perf:m={features}"},
    {"hash", golden_part_mixer, "linear:phi=hash:m={bits}:anchors={anchors}:offset={offset}"},
    {"flow", golden_part_mixer, "flow"},
    {"flow_cross", golden_part_mixer, "flow"},
    {"dot", golden_part_mixer, "dot"},
    {"topk", golden_part_mixer, "topk:k={keys_kept}"},
    {"sinkhorn", golden_part_mixer, "sinkhorn:it={iterations}"},
    {"sinkhorn_cross", golden_part_mixer, "sinkhorn:it={iterations}"},
    {"cayley", golden_part_mixer, "cayley"},
    {"gated_attention", golden_part_mixer, "gated"},
    {"memory_delta", golden_part_mixer, "memory"},
    {"wide_attention", golden_part_mixer, "softmax:h={heads}:dk={head_width}"},
    {"linformer", golden_part_mixer, "lowrank:r={rank}:n={max_tokens}"},
    {"linformer_lra", golden_part_mixer, "lowrank:r={rank}:n={max_tokens}:proj=shared"},
    {"lowrank_dct", golden_part_mixer, "lowrank:r={rank}:proj=dct"},
    {"dct_former", golden_part_mixer, "lowrank:r={rank}:proj=dctformer"},
    {"latent", golden_part_mixer, "latent:m={latents}"},
    {"router", golden_part_mixer, "latent:m={latents}:form=router"},
    {"spectral", golden_part_mixer, "spectral:modes={modes}"},
    {"spectral_odd", golden_part_mixer, "spectral:modes={modes}"},
    {"pyramid", golden_part_mixer, "pyramid:k1={windows/0}:k2={windows/1}:k3={windows/2}"},
    {"lmu", golden_part_mixer, "lmu:m={memory}:theta={theta}"},
    {"hilo", golden_part_mixer, "hilo:k={window}:kernel={kernel}"},
};

/* The file's output has the block's residual in it. */
static nn_tensor *with_residual(golden_part *g)
{
    nn_tensor *y = golden_part_mixer(g);
    return nn_residual(g->plan, g->inputs[0].tensor, y, 0);
}

static const golden_part_case mixers_with_residual[] = {
    {"moss", with_residual,
     "moss:g={group}:e={query_key_width}:kernel={kernel}:rotary={rotary_width}:hidden={hidden}"},
};

static void test_mixers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mixers / sizeof *mixers; i++)
        golden_part_run(&mixers[i]);
    for (size_t i = 0; i < sizeof mixers_with_residual / sizeof *mixers_with_residual; i++)
        golden_part_run(&mixers_with_residual[i]);
    /* Sinkhorn's two ends: one half step is softmax, and with many the columns come to 1, too. */
    golden_part_run_output(&(golden_part_case){"sinkhorn", golden_part_mixer, "softmax"}, "softmax/output");
    golden_part_run_output(&(golden_part_case){"sinkhorn", golden_part_mixer, "sinkhorn:it=1"},
                           "softmax/output");
    golden_part_run_output(&(golden_part_case){"sinkhorn", golden_part_mixer, "sinkhorn:it=21"},
                           "converged/output");
}

/* --- FIT --- */

static int rows_of(const golden_part *g, const char *tensor)
{
    const nn_st_tensor *found = nn_st_find(g->file, tensor);
    assert_non_null(found);
    return (int)found->shape[0];
}

/* x plus what it takes up of y. */
static nn_tensor *take_up(golden_part *g, const char *name, nn_block block, nn_tensor *x, nn_tensor *y)
{
    block.names = (nn_block_names){.cross_query = "query",
                                   .cross_key = "key",
                                   .cross_value = "value",
                                   .cross_out = "out",
                                   .norm1 = "norm",
                                   .norm2 = "norm_memory"};
    block.heads = (int)golden_part_number(g, "cross_heads");
    block.head_width = (int)golden_part_number(g, "cross_inner") / block.heads;
    nn_tensor *normed = nn_block_norm(g->plan, name, &block, NN_NORM_1, x),
              *memory = nn_block_norm(g->plan, name, &block, NN_NORM_2, y);
    return nn_residual(g->plan, x, nn_block_mix(g->plan, name, &block, normed, memory), 0);
}

static nn_tensor *pre_norm(golden_part *g, const char *name, nn_block block, const char *heads, nn_tensor *x)
{
    char hidden[60];
    snprintf(hidden, sizeof hidden, "param/%s.ffn.hidden.weight", name);
    block.heads = (int)golden_part_number(g, heads);
    block.hidden = rows_of(g, hidden);
    block.layout = (nn_part){.kind = &nn_layout_pre.part};
    return nn_encoder_block(g->plan, nn_name(g->plan, "b.%s", name), x, NULL, &block);
}

/* Groups of tokens that see each other only through their latents. */
static nn_tensor *fit(golden_part *g)
{
    nn_plan *plan = g->plan;
    const nn_block block = golden_part_block(g);
    nn_tensor *input = golden_part_input(g, "input");
    const int batch = input->shape[0], groups = (int)golden_part_number(g, "groups"),
              count = (int)golden_part_number(g, "latents_per_group"),
              width = (int)golden_part_number(g, "latent_width");
    const int of_group[] = {batch * groups, count, width}, of_all[] = {batch, groups * count, width},
              latents[] = {batch, groups, count, width};
    nn_tensor *z = nn_learned_tokens(plan, "b.latents", groups * count, width, input);
    nn_tensor *x = nn_reshape(plan, input, 3, (int[]){batch * groups, input->shape[2], input->shape[3]});
    x = pre_norm(g, "local1", block, "heads", x);
    z = take_up(g, "b.read", block, nn_reshape(plan, z, 3, of_group), x);
    z = pre_norm(g, "global", block, "latent_heads", nn_reshape(plan, z, 3, of_all));
    x = take_up(g, "b.write", block, x, nn_reshape(plan, z, 3, of_group));
    x = pre_norm(g, "local2", block, "heads", x);
    z = nn_layer_norm(plan, "b.norm_latents", z, block.norm_epsilon);
    golden_part_output(g, "latents_out", nn_reshape(plan, z, 4, latents));
    return nn_reshape(plan, nn_layer_norm(plan, "b.norm_tokens", x, block.norm_epsilon), 4, input->shape);
}

static void test_fit(void **state)
{
    (void)state;
    golden_part_run(&(golden_part_case){"fit", fit, ""});
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mixers), cmocka_unit_test(test_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
