/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every part of the library beside reference values, most of them of the papers' own code: a line for each
 * file. In float and in double. */
#include "tests/cmocka_all.h"
#include "tests/golden_part.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mixers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
