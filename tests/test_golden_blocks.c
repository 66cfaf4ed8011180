/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every part of the library beside reference values, most of them of the papers' own code: a line for each
 * file. In float and in double. */
#include "tests/cmocka_all.h"
#include "tests/golden_part.h"

/* --- mixers --- */

static const golden_part_case mixers[] = {
    {"pool", golden_part_mixer, "pool:k={window}"},
    {"mean", golden_part_mixer, "mean"},
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mixers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
