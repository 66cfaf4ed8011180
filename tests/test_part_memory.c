/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No part of a network asks for memory while it is trained: passes forward and back of every mixer,
 * feed-forward, layout, residual, norm, pooling, tokenizer and position, counted. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/count_mallocs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 3, TOKENS = 20, WIDTH = 8 };

typedef struct trial {
    nn_part_class class;
    nn_part part;
    nn_plan *plan;
    nn_params *params;
    nn_tensor *x, *y;
    bool ragged;
} trial;

static nn_tensor *build(trial *t)
{
    nn_plan *plan = t->plan;
    nn_part *const part = &t->part;
    nn_stack stack = {.prefix = "block.",
                      .layers = 2,
                      .block = {.heads = 2, .hidden = 16, .activation = NN_GELU, .dropout = 0.1}};
    nn_part *const places[] = {[NN_PART_MIXER] = &stack.block.mixer,
                               [NN_PART_FFN] = &stack.block.ffn,
                               [NN_PART_LAYOUT] = &stack.block.layout,
                               [NN_PART_RESIDUAL] = &stack.block.residual,
                               [NN_PART_NORM] = &stack.block.norm};
    nn_places known = {.calendar = nn_input(plan, 2, (int[]){TOKENS, WIDTH})};
    nn_tensor *x = t->x;
    if (t->class == NN_PART_TOKENIZER)
        x = nn_make_tokens(plan, "tokens", part, x, WIDTH);
    else if (t->class == NN_PART_POSITION)
        x = nn_place_tokens(plan, "pos", part, x, &known);
    else if (t->class == NN_PART_POOLING)
        return nn_pool_tokens(plan, "pool", part, x);
    else if (t->class == NN_PART_LINEAR)
        stack.block.rank = ((const nn_linear_kind *)(const void *)part->kind)->rank(part->settings);
    else
        *places[t->class] = *part;
    return nn_encoder_stack(plan, &stack, x, NULL);
}

static long allocations(trial *t, nn_real *grads)
{
    long before = 0;
    for (int pass = 0; pass < 3; pass++) {
        nn_run run = {
            .batch = BATCH, .params = t->params->data, .grads = grads, .seed = 1, .step = 2, .loss_scale = 1};
        before = pass == 1 ? count_mallocs() : before; /* the first pass may make a thread's buffers */
        for (int i = 0; t->ragged && i <= BATCH; i++)
            t->x->ragged->offsets[i] = i * (TOKENS - 1);
        nn_plan_forward(t->plan, &run);
        nn_plan_backward(t->plan, &run);
    }
    return count_mallocs() - before;
}

static void check(nn_part_class class, const char *text, bool ragged)
{
    nn_error error = {0};
    trial t = {.class = class, .params = nn_params_new(), .ragged = ragged};
    assert_non_null(t.params);
    if (nn_part_parse(&t.part, class, text, strlen(text), &error))
        fail_msg("%s", error.text);
    t.plan = nn_plan_new(t.params, BATCH, true);
    t.x = ragged ? nn_input_ragged(t.plan, BATCH * TOKENS, TOKENS, WIDTH, true)
                 : nn_input_with_gradient(t.plan, 2, (int[]){TOKENS, WIDTH});
    t.y = build(&t);
    nn_keep(t.plan, t.y);
    if (nn_plan_compile(t.plan, &error) || nn_params_allocate(t.params, 1, &error))
        fail_msg("%s: %s", text, error.text);
    for (int i = 0; i < BATCH * TOKENS * WIDTH; i++)
        t.x->data[i] = (nn_real)(i % 7) / 7;
    nn_real *grads = calloc(t.params->size + 1, sizeof *grads);
    assert_non_null(grads);
    const long count = allocations(&t, grads);
    if (count)
        fail_msg("--%s %s: %ld allocations in two steps", nn_part_class_name(class), text, count);
    free(grads);
    nn_plan_free(t.plan);
    nn_params_free(t.params);
    nn_part_clear(&t.part);
}

static void test_every_part(void **state)
{
    (void)state;
    const nn_part_kind *kind;
    for (int class = 0; class < NN_PART_CLASSES; class ++)
        for (int i = 0; (kind = nn_part_at((nn_part_class) class, i)); i++) {
            check((nn_part_class) class, kind->name, false);
            if (!(kind->flags & NN_PART_FIXED))
                check((nn_part_class) class, kind->name, true);
        }
}

/* The count sees what is asked for. */
static void test_count(void **state)
{
    (void)state;
    const long before = count_mallocs();
    nn_params_free(nn_params_new());
    assert_true(count_mallocs() > before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_part), cmocka_unit_test(test_count)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
