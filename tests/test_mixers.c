/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What mixers promise beyond their reference values: identities between them, indifference to the order of
 * tokens, no look ahead, and gradients with other settings and for more tokens than the small cases have. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static nn_part mixer(const char *text)
{
    nn_part part;
    nn_error error = {0};
    if (nn_part_parse(&part, NN_PART_MIXER, text, strlen(text), &error))
        fail_msg("%s", error.text);
    return part;
}

/* --- a mixer alone, on dense tokens --- */

typedef struct sizes {
    int batch, tokens, width, heads;
    bool causal;
} sizes;

/* The mixer's output for x, and, unless dx is NULL, the gradient for the cotangent x, itself: (B,T,d). */
static void apply(const char *text, const sizes *s, const nn_real *x, nn_real *y, nn_real *dx)
{
    const size_t count = (size_t)s->batch * (size_t)s->tokens * (size_t)s->width;
    nn_error error = {0};
    nn_block block = {.mixer = mixer(text), .heads = s->heads, .hidden = 6, .causal = s->causal};
    nn_params *params = nn_params_new();
    nn_plan *plan = nn_plan_new(params, s->batch, true);
    nn_tensor *in = nn_input_with_gradient(plan, 2, (int[]){s->tokens, s->width});
    nn_tensor *out = nn_keep(plan, nn_block_mix(plan, "b", &block, in, NULL));
    if (nn_plan_compile(plan, &error) || nn_params_allocate(params, 7, &error))
        fail_msg("%s: %s", text, error.text);
    graph_shake(params, 5);
    nn_real *grads = calloc(params->size + 1, sizeof *grads);
    assert_non_null(grads);
    nn_run run = {.batch = s->batch, .params = params->data, .grads = grads, .loss_scale = 1};
    memcpy(in->data, x, count * sizeof *x);
    nn_plan_forward(plan, &run);
    memcpy(y, out->data, count * sizeof *y);
    if (dx) {
        memcpy(out->grad, x, count * sizeof *x);
        nn_plan_backward(plan, &run);
        memcpy(dx, in->grad, count * sizeof *dx);
    }
    free(grads);
    nn_plan_free(plan);
    nn_params_free(params);
    nn_part_clear(&block.mixer);
}

static void draw(nn_real *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = (nn_real)graph_uniform(11, i);
}

static void near(const char *what, const nn_real *got, const nn_real *want, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)(got[i] - want[i])) <= 1e-9 * (1 + fabs((double)want[i]))))
            fail_msg("%s: [%zu] is %.12g, not %.12g", what, i, (double)got[i], (double)want[i]);
}

/* --- identities --- */

enum { BATCH = 2, TOKENS = 11, WIDTH = 8, COUNT = BATCH * TOKENS * WIDTH };
static const sizes small = {BATCH, TOKENS, WIDTH, 2, false}, causal = {BATCH, TOKENS, WIDTH, 2, true};

static void are_the_same(const char *one, const char *other, const sizes *s)
{
    nn_real x[COUNT], y[2][COUNT], dx[2][COUNT];
    draw(x, COUNT);
    apply(one, s, x, y[0], dx[0]);
    apply(other, s, x, y[1], dx[1]);
    near(one, y[0], y[1], COUNT);
    near(one, dx[0], dx[1], COUNT);
}

static void test_identities(void **state)
{
    (void)state;
    are_the_same("sinkhorn:it=1", "softmax", &small);
    are_the_same("topk:k=11", "softmax", &small);
    are_the_same("topk:k=1000", "softmax", &small);
    are_the_same("topk:k=11", "softmax", &causal);
    are_the_same("sinkhorn:it=201", "sinkhorn:it=401", &small); /* both have come to rest */
}

/* Mixers as they are by default, and with what else changes their ways. */
static const char *const more[] = {"linear:cos",      "linear:perf",     "linear:hash",
                                   "topk:k=3",        "sinkhorn:it=3",   "softmax:h=4:dk=5",
                                   "linear:h=4:dk=3", "linear:perf:m=20"};
enum { MORE = sizeof more / sizeof *more };

/* The n-th of all mixers and of those above; NULL behind the last. */
static const char *mixer_at(int n)
{
    int kinds = 0;
    while (nn_part_at(NN_PART_MIXER, kinds))
        kinds++;
    return n < kinds ? nn_part_at(NN_PART_MIXER, n)->name : n - kinds < MORE ? more[n - kinds] : NULL;
}

static unsigned flags_of(const char *text)
{
    nn_part part = mixer(text);
    const unsigned flags = nn_part_flags(&part);
    nn_part_clear(&part);
    return flags;
}

static void test_permutations(void **state)
{
    (void)state;
    static const int places[TOKENS] = {3, 7, 0, 10, 1, 9, 2, 5, 8, 4, 6};
    nn_real x[COUNT], moved[COUNT], y[COUNT], want[COUNT], got[COUNT];
    const char *text;
    draw(x, COUNT);
    for (int n = 0; (text = mixer_at(n)); n++) {
        if (strcmp(text, "none") == 0 || (flags_of(text) & (NN_PART_ORDER | NN_PART_FIXED)))
            continue;
        apply(text, &small, x, y, NULL);
        for (int i = 0; i < BATCH * TOKENS; i++)
            for (int c = 0; c < WIDTH; c++) {
                const int from = i / TOKENS * TOKENS + places[i % TOKENS];
                moved[i * WIDTH + c] = x[from * WIDTH + c];
                want[i * WIDTH + c] = y[from * WIDTH + c];
            }
        apply(text, &small, moved, got, NULL);
        near(text, got, want, COUNT);
    }
}

static void test_no_look_ahead(void **state)
{
    (void)state;
    nn_real x[COUNT], y[COUNT], later[COUNT];
    const char *text;
    const int seen = 6;
    for (int n = 0; (text = mixer_at(n)); n++) {
        if (strcmp(text, "none") == 0 || !(flags_of(text) & NN_PART_CAUSAL))
            continue;
        draw(x, COUNT);
        apply(text, &causal, x, y, NULL);
        for (int i = 0; i < BATCH * TOKENS; i++)
            for (int c = 0; c < WIDTH && i % TOKENS >= seen; c++)
                x[i * WIDTH + c] = 3 - x[i * WIDTH + c];
        apply(text, &causal, x, later, NULL);
        for (int b = 0; b < BATCH; b++)
            near(text, later + b * TOKENS * WIDTH, y + b * TOKENS * WIDTH, (size_t)(seen * WIDTH));
    }
}

/* --- gradients --- */

typedef struct trial {
    nn_part part;
    int tokens, memory, width, heads;
    bool ragged, cross, causal;
} trial;

static void build(graph *g, const void *config)
{
    static const int lengths[] = {1, 2, 5, 9}, memory_lengths[] = {2, 3, 1, 6};
    const trial *t = config;
    nn_tensor *x = t->ragged ? graph_ragged(g, FILL_UNIFORM, lengths, 4, t->width)
                             : graph_input3(g, FILL_UNIFORM, t->tokens, t->width);
    nn_tensor *memory = !t->cross   ? NULL
                        : t->ragged ? graph_ragged(g, FILL_UNIFORM, memory_lengths, 4, t->width)
                                    : graph_input3(g, FILL_UNIFORM, t->memory, t->width);
    const nn_block block = {.mixer = t->part, .heads = t->heads, .hidden = 6, .causal = t->causal};
    graph_output(g, nn_block_mix(g->plan, "b", &block, x, memory));
}

/* Queries and keys on either side of relu's kink, and away from it. */
static void avoid_kinks(nn_params *params, const void *config)
{
    (void)config;
    for (int i = 0; i < params->count; i++) {
        const nn_param *p = &params->table[i];
        const bool bends = strstr(p->name, "query") || strstr(p->name, "key");
        for (size_t k = 0; bends && k < p->count; k++) {
            nn_real *x = &params->data[p->offset + k];
            *x = p->rank == 2 ? *x / 50 : *x + (k % 3 == 0 ? -1 : 1);
        }
    }
}

/* Performer's stabilisers have an effect, but no gradient by definition: reference values check it. */
static void check_form(const char *text, const trial *t)
{
    const gradcheck_case c = {.name = text,
                              .batch = t->ragged ? 4 : 2,
                              .build = build,
                              .config = t,
                              .adjust = strstr(text, "cos") ? avoid_kinks : NULL};
    if (!strstr(text, "perf"))
        gradcheck(&c);
    gradcheck_shards(&c);
}

static void check(const char *text, trial t)
{
    t.part = mixer(text);
    check_form(text, &t);
    const unsigned flags = nn_part_flags(&t.part);
    if (!t.cross && !t.causal && (flags & NN_PART_CAUSAL)) {
        t.causal = true;
        check_form(text, &t);
    }
    t.causal = false;
    if (!t.cross && (flags & NN_PART_CROSS)) {
        t.cross = true;
        check_form(text, &t);
    }
    nn_part_clear(&t.part);
}

static void test_settings(void **state)
{
    (void)state;
    static const char *const texts[] = {"linear:cos",    "linear:perf", "linear:perf:m=3", "linear:h=4:dk=3",
                                        "topk:k=1",      "topk:k=3",    "sinkhorn:it=1",   "sinkhorn:it=3",
                                        "sinkhorn:it=9", "cayley:h=1",  "flow:h=8:dk=3",   "memory:dk=3",
                                        "dot:h=3:dk=7"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check(texts[i], (trial){.width = 8, .heads = 2, .ragged = true});
}

/* More tokens than chunks and tiles have. */
static void test_more_tokens(void **state)
{
    (void)state;
    static const char *const texts[] = {"linear",    "linear:cos", "linear:perf", "flow",  "dot",
                                        "topk:k=80", "sinkhorn",   "cayley",      "gated", "memory:h=2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check(texts[i], (trial){.tokens = 67, .memory = 34, .width = 6, .heads = 3});
}

/* So wide that products go another way. */
static void test_wide_heads(void **state)
{
    (void)state;
    static const char *const texts[] = {"linear", "flow", "sinkhorn", "cayley"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        trial t = {.part = mixer(texts[i]), .tokens = 60, .width = 48, .heads = 1};
        check_form(texts[i], &t);
        nn_part_clear(&t.part);
    }
    check("linear", (trial){.tokens = 21, .memory = 18, .width = 36, .heads = 2});
    check("linear:perf:m=5", (trial){.tokens = 21, .memory = 18, .width = 36, .heads = 2});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identities),    cmocka_unit_test(test_permutations),
        cmocka_unit_test(test_no_look_ahead), cmocka_unit_test(test_settings),
        cmocka_unit_test(test_more_tokens),   cmocka_unit_test(test_wide_heads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
