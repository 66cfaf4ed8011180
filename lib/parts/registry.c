/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists the parts of each class and finds them by name. */
#include "lib/parts/block.h"
#include "lib/parts/kind.h"
#include "lib/parts/part.h"

#include <string.h>

#define MIXER(name) &nn_mixer_##name.part,
static const nn_part_kind *const mixers[] = {
#include "lib/parts/mixers.inc"
    NULL};
#undef MIXER
#define FFN(name) &nn_ffn_##name.part,
static const nn_part_kind *const ffns[] = {
#include "lib/parts/ffns.inc"
    NULL};
#undef FFN
#define LAYOUT(name) &nn_layout_##name.part,
static const nn_part_kind *const layouts[] = {
#include "lib/parts/layouts.inc"
    NULL};
#undef LAYOUT
#define RESIDUAL(name) &nn_residual_##name.part,
static const nn_part_kind *const residuals[] = {
#include "lib/parts/residuals.inc"
    NULL};
#undef RESIDUAL
#define NORM(name) &nn_norm_##name.part,
static const nn_part_kind *const norms[] = {
#include "lib/parts/norms.inc"
    NULL};
#undef NORM
#define POOLING(name) &nn_pooling_##name.part,
static const nn_part_kind *const poolings[] = {
#include "lib/parts/poolings.inc"
    NULL};
#undef POOLING
#define TOKENIZER(name) &nn_tokenizer_##name.part,
static const nn_part_kind *const tokenizers[] = {
#include "lib/parts/tokenizers.inc"
    NULL};
#undef TOKENIZER
#define POSITION(name) &nn_position_##name.part,
static const nn_part_kind *const positions[] = {
#include "lib/parts/positions.inc"
    NULL};
#undef POSITION
#define LINEAR(name) &nn_linear_##name.part,
static const nn_part_kind *const linears[] = {
#include "lib/parts/linears.inc"
    NULL};
#undef LINEAR

static const struct {
    const char *name;
    const nn_part_kind *const *kinds;
} classes[NN_PART_CLASSES] = {{"mixer", mixers},         {"ffn", ffns},      {"layout", layouts},
                              {"residual", residuals},   {"norm", norms},    {"pool", poolings},
                              {"tokenizer", tokenizers}, {"pos", positions}, {"linear", linears}};

const char *nn_part_class_name(nn_part_class class)
{
    return classes[class].name;
}

const nn_part_kind *nn_part_at(nn_part_class class, int index)
{
    const nn_part_kind *const *kind = classes[class].kinds;
    for (; *kind && index > 0; index--)
        kind++;
    return *kind;
}

const nn_part_kind *nn_part_find(nn_part_class class, const char *name, size_t length)
{
    for (const nn_part_kind *const *kind = classes[class].kinds; *kind; kind++)
        if (strlen((*kind)->name) == length && memcmp((*kind)->name, name, length) == 0)
            return *kind;
    return NULL;
}

/* Kinds whose settings narrow what they can do. */
static const struct {
    const nn_part_kind *kind;
    unsigned (*flags)(const void *settings);
} by_settings[] = {
    {&nn_mixer_linear.part, nn_linear_flags},
    {&nn_mixer_lowrank.part, nn_lowrank_flags},
    {&nn_mixer_memory.part, nn_memory_flags},
    {&nn_layout_two_view.part, nn_two_view_flags},
};

unsigned nn_part_flags(const nn_part *part)
{
    for (size_t i = 0; i < sizeof by_settings / sizeof *by_settings; i++)
        if (by_settings[i].kind == part->kind && part->settings)
            return by_settings[i].flags(part->settings);
    return part->kind->flags;
}
