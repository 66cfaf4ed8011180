/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slow and fast parts apart: attention on the moving average, a depthwise convolution on what remains (after
 * FMViT, arXiv 2311.05707). */
#include "lib/parts/block.h"

typedef struct hilo {
    nn_heads heads;
    int window, kernel;
} hilo;

static nn_tensor *build(nn_plan *plan, const char *name, const nn_block *block, const void *settings,
                        nn_tensor *x, nn_tensor *memory)
{
    const hilo *set = settings;
    (void)memory;
    nn_tensor *low = nn_moving_average(plan, x, set->window, false),
              *high = nn_moving_average(plan, x, set->window, true);
    nn_projected p;
    if (!nn_block_project(plan, name, block, &set->heads, low, NULL, &p))
        return NULL;
    nn_tensor *y = nn_block_attend(plan, block, &p);
    y = nn_block_output(plan, name, block, x, NULL, y);
    high = nn_depthwise(plan, nn_name(plan, "%s.mixer.conv", name), high, set->kernel,
                        (nn_depthwise_options){.bias = true});
    return nn_residual(plan, y, high, 0);
}

static const nn_option options[] = {
    {"k", 0, NN_INT, offsetof(hilo, window), "3", "N", 1, 4095, "tokens of the average, an odd number"},
    {"kernel", 0, NN_INT, offsetof(hilo, kernel), "3", "N", 1, 4095,
     "tokens of the convolution, an odd number"},
    NN_HEADS_OPTIONS,
    {0}};

const nn_mixer_kind nn_mixer_hilo = {
    {"hilo", "attention on the slow part, a convolution on the fast one (FMViT, arXiv 2311.05707)",
     "4d^2 + 2Nd + 6d", NN_PART_ORDER | NN_PART_MAP | NN_PART_BIAS, options, sizeof(hilo)},
    .build = build};
