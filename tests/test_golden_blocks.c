/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every part of the library beside reference values, most of them of the papers' own code: a line for each
 * file. In float and in double. */
#include "tests/cmocka_all.h"
#include "tests/golden_part.h"

#include <stdio.h>

/* --- mixers --- */

static const golden_part_case mixers[] = {
    {"pool", golden_part_mixer, "pool:k={window}", NULL},
    {"mean", golden_part_mixer, "mean", NULL},
    {"linear_elu1", golden_part_mixer, "linear", NULL},
    {"linear_elu1_cross", golden_part_mixer, "linear:phi=elu1", NULL},
    {"linear_elu1_causal", golden_part_mixer, "linear", NULL},
    {"cosformer", golden_part_mixer, "linear:phi=cos", NULL},
    {"cosformer_causal", golden_part_mixer, "linear:phi=cos", NULL},
    {"performer", golden_part_mixer, "linear:phi=perf:m={features}", NULL},
    {"hash", golden_part_mixer, "linear:phi=hash:m={bits}:anchors={anchors}:offset={offset}", NULL},
    {"flow", golden_part_mixer, "flow", NULL},
    {"flow_cross", golden_part_mixer, "flow", NULL},
    {"dot", golden_part_mixer, "dot", NULL},
    {"topk", golden_part_mixer, "topk:k={keys_kept}", NULL},
    {"sinkhorn", golden_part_mixer, "sinkhorn:it={iterations}", NULL},
    {"sinkhorn_cross", golden_part_mixer, "sinkhorn:it={iterations}", NULL},
    {"cayley", golden_part_mixer, "cayley", NULL},
    {"gated_attention", golden_part_mixer, "gated", NULL},
    {"memory_delta", golden_part_mixer, "memory", NULL},
    {"wide_attention", golden_part_mixer, "softmax:h={heads}:dk={head_width}", NULL},
    {"linformer", golden_part_mixer, "lowrank:r={rank}:n={max_tokens}", NULL},
    {"linformer_lra", golden_part_mixer, "lowrank:r={rank}:n={max_tokens}:proj=shared", NULL},
    {"lowrank_dct", golden_part_mixer, "lowrank:r={rank}:proj=dct", NULL},
    {"dct_former", golden_part_mixer, "lowrank:r={rank}:proj=dctformer", NULL},
    {"latent", golden_part_mixer, "latent:m={latents}", NULL},
    {"router", golden_part_mixer, "latent:m={latents}:form=router", NULL},
    {"spectral", golden_part_mixer, "spectral:modes={modes}", NULL},
    {"spectral_odd", golden_part_mixer, "spectral:modes={modes}", NULL},
    {"pyramid", golden_part_mixer, "pyramid:k1={windows/0}:k2={windows/1}:k3={windows/2}", NULL},
    {"p2at_pyramid", golden_part_mixer, "p2at:k1={windows/0}:k2={windows/1}:k3={windows/2}", NULL},
    {"lmu", golden_part_mixer, "lmu:m={memory}:theta={theta}", NULL},
    {"hilo", golden_part_mixer, "hilo:k={window}:kernel={kernel}", NULL},
};

/* The file's output has the block's residual in it. */
static nn_tensor *with_residual(golden_part *g)
{
    nn_tensor *y = golden_part_mixer(g);
    return nn_residual(g->plan, g->inputs[0].tensor, y, 0);
}

static const golden_part_case mixers_with_residual[] = {
    {"moss", with_residual,
     "moss:g={group}:e={query_key_width}:kernel={kernel}:rotary={rotary_width}:hidden={hidden}", NULL},
};

static void test_mixers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mixers / sizeof *mixers; i++)
        golden_part_run(&mixers[i]);
    for (size_t i = 0; i < sizeof mixers_with_residual / sizeof *mixers_with_residual; i++)
        golden_part_run(&mixers_with_residual[i]);
    /* Sinkhorn's two ends: one half step is softmax, and with many the columns come to 1, too. */
    golden_part_run_output(&(golden_part_case){"sinkhorn", golden_part_mixer, "softmax", NULL},
                           "softmax/output");
    golden_part_run_output(&(golden_part_case){"sinkhorn", golden_part_mixer, "sinkhorn:it=1", NULL},
                           "softmax/output");
    golden_part_run_output(&(golden_part_case){"sinkhorn", golden_part_mixer, "sinkhorn:it=21", NULL},
                           "converged/output");
}

/* --- FIT --- */

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
    block.hidden = golden_part_rows(g, hidden);
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
    golden_part_run(&(golden_part_case){"fit", fit, "", NULL});
}

/* --- feed-forwards --- */

/* x + GLU(LN x), and with `second` an mlp on the same norm behind it. */
static nn_tensor *activator(golden_part *g)
{
    nn_block block = golden_part_block(g);
    nn_tensor *x = golden_part_input(g, "input");
    block.names.norm2 = "norm";
    block.layout.kind = &nn_layout_pre.part;
    block.mixer.kind = &nn_mixer_none.part;
    block.ffn = golden_part_parse(g, NN_PART_FFN, "activator:hidden={hidden}");
    x = nn_encoder_block(g->plan, "b", x, NULL, &block);
    if (!golden_part_has(g, "param/ffn.hidden.weight"))
        return x;
    block.ffn = golden_part_parse(g, NN_PART_FFN, "mlp");
    return nn_encoder_block(g->plan, "b", x, NULL, &block);
}

static const golden_part_case ffns[] = {
    {"reglu", golden_part_ffn, "reglu:hidden={hidden}", NULL},
    {"geglu", golden_part_ffn, "geglu:hidden={hidden}:bias=1", NULL},
    {"swiglu", golden_part_ffn, "swiglu:hidden={hidden}", NULL},
    {"activator", activator, NULL, NULL},
    {"activator_block", activator, NULL, NULL},
};

static void test_ffns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ffns / sizeof *ffns; i++)
        golden_part_run(&ffns[i]);
}

/* --- layouts, residuals, norms --- */

/* Several layers: as many as the settings say, else three. */
static nn_tensor *stack_of(golden_part *g)
{
    nn_stack stack = {
        .prefix = "b.", .layers = golden_part_number_or(g, "layers", 3), .block = golden_part_block(g)};
    stack.block.attention_no_bias = stack.block.projection_no_bias = false;
    stack.block.layout = golden_part_parse(g, NN_PART_LAYOUT, g->test->text);
    return nn_encoder_stack(g->plan, &stack, golden_part_input(g, "input"), NULL);
}

/* With as many frequencies as the file has weights for. */
static nn_tensor *spectral_block(golden_part *g)
{
    char text[40];
    nn_block block = golden_part_block(g);
    snprintf(text, sizeof text, "spectral:modes=%d", golden_part_rows(g, "param/mixer.weight"));
    block.layout.kind = &nn_layout_fused.part;
    block.mixer = golden_part_parse(g, NN_PART_MIXER, text);
    return nn_encoder_block(g->plan, "b", golden_part_input(g, "input"), NULL, &block);
}

static const char *const macaron_names[][2] = {{"first.ffn.", "ffn_a."}, {"second.ffn.", "ffn_b."},
                                               {"norm1.", "norm_a."},    {"norm2.", "norm1."},
                                               {"norm3.", "norm2."},     {NULL, NULL}};
static const char *const looped_names[][2] = {
    {"b.0.", "b.pre."}, {"b.1.", "b.loop."}, {"b.2.", "b.post."}, {NULL, NULL}};

static const golden_part_case layouts[] = {
    {"poolformer_block", golden_part_layers, "pre pool:k={window} mlp layerscale group", NULL},
    {"spectformer_block", spectral_block, NULL, NULL},
    {"cct_layer", golden_part_layers, "cct softmax mlp", NULL},
    {"macaron", golden_part_layers, "macaron:hidden={hidden} softmax mlp", macaron_names},
    {"macaron_post", golden_part_layers, "macaron:place=post:hidden={hidden} softmax mlp", macaron_names},
    {"parallel", stack_of, "parallel", NULL},
    {"ladder", stack_of, "ladder", NULL},
    {"looped", stack_of, "looped:pre=1:turns={turns}", looped_names},
    {"looped_inject", stack_of, "looped:pre=1:turns={turns}:inject=1", looped_names},
};

static void test_layouts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        golden_part_run(&layouts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mixers), cmocka_unit_test(test_fit),
                                       cmocka_unit_test(test_ffns), cmocka_unit_test(test_layouts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
