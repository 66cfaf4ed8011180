/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients of every allowed mixer x feed-forward x layout, and of every residual and norm, with default
 * settings, on sequences of 1, 2, 5 and 9 tokens, or on dense ones where a part needs as many in each; and
 * the same outputs from shards of the batch, thus of sequences one at a time as of all together. */
#include "lib/parts/block.h"
#include "tests/brief.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4, TOKENS = 6, MEMORY = 3, WIDTH = 8, LAYERS = 2, FEW = 2 };
static const int lengths[BATCH] = {1, 2, 5, 9}, memory_lengths[BATCH] = {2, 3, 1, 6};

typedef struct trial {
    nn_part parts[NN_PART_CLASSES];
    bool dense, cross, causal;
} trial;

static void build(graph *g, const void *config)
{
    const trial *t = config;
    nn_tensor *x = t->dense ? graph_input3(g, FILL_UNIFORM, TOKENS, WIDTH)
                            : graph_ragged(g, FILL_UNIFORM, lengths, BATCH, WIDTH);
    nn_tensor *memory = NULL;
    if (t->cross)
        memory = t->dense ? graph_input3(g, FILL_UNIFORM, MEMORY, WIDTH)
                          : graph_ragged(g, FILL_UNIFORM, memory_lengths, BATCH, WIDTH);
    nn_stack stack = {.prefix = "block.",
                      .layers = LAYERS,
                      .block = {.mixer = t->parts[NN_PART_MIXER],
                                .ffn = t->parts[NN_PART_FFN],
                                .layout = t->parts[NN_PART_LAYOUT],
                                .residual = t->parts[NN_PART_RESIDUAL],
                                .norm = t->parts[NN_PART_NORM],
                                .heads = 2,
                                .hidden = 6,
                                .norm_epsilon = 0.05, /* norms of nearly equal values bend sharply */
                                .causal = t->causal,
                                .activation = NN_GELU}};
    graph_output(g, nn_encoder_stack(g->plan, &stack, x, memory));
}

/* Biases of 10 or -10 keep relu and prelu far from their kink. */
static void adjust(nn_params *params, const void *config)
{
    (void)config;
    for (int i = 0; i < params->count; i++) {
        const nn_param *p = &params->table[i];
        const bool bends = strstr(p->name, "ffn.gate.bias") || strstr(p->name, "mixer.norm1.bias") ||
                           strstr(p->name, "mixer.norm2.bias"); /* of p2at */
        for (size_t k = 0; bends && k < p->count; k++)
            params->data[p->offset + k] = k % 3 ? 10 : -10;
    }
}

static void check(const trial *t, int most)
{
    char text[400] = "";
    size_t used = 0;
    for (int i = 0; i < NN_PART_CLASSES; i++) {
        char one[80];
        nn_part_print(&t->parts[i], one, sizeof one);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", one);
    }
    snprintf(text + used, sizeof text - used, "%s%s%s", t->dense ? " dense" : " ragged",
             t->cross ? " cross" : "", t->causal ? " causal" : "");
    gradcheck_case c = {
        .name = text, .batch = BATCH, .build = build, .config = t, .adjust = adjust, .most = most};
    gradcheck(&c);
    if (!t->parts[NN_PART_NORM].kind || strcmp(t->parts[NN_PART_NORM].kind->name, "batch") != 0)
        gradcheck_shards(&c);
}

static nn_part part(nn_part_class class, const char *text)
{
    nn_part p;
    nn_error error = {0};
    if (nn_part_parse(&p, class, text, strlen(text), &error))
        fail_msg("%s", error.text);
    return p;
}

static void set_defaults(trial *t)
{
    for (int i = 0; i < NN_PART_CLASSES; i++)
        t->parts[i] = part((nn_part_class)i, nn_part_at((nn_part_class)i, 0)->name);
}

static void clear(trial *t)
{
    for (int i = 0; i < NN_PART_CLASSES; i++)
        nn_part_clear(&t->parts[i]);
}

static void replace(trial *t, nn_part_class class, const char *name)
{
    nn_part_clear(&t->parts[class]);
    t->parts[class] = part(class, name);
}

/* With settings that suit the small cases: of many turns the differences' own error is larger than what is
 * allowed. */
static void replace_layout(trial *t, const char *name)
{
    replace(t, NN_PART_LAYOUT,
            strcmp(name, "looped") == 0        ? "looped:turns=2"
            : strcmp(name, "dual") == 0        ? "dual:a=2:b=3"
            : strcmp(name, "scale-patch") == 0 ? "scale-patch:len=2:scales=2"
            : strcmp(name, "two-view") == 0    ? "two-view:places=3"
                                               : name);
}

static unsigned flags(const trial *t)
{
    unsigned all = 0;
    for (int i = 0; i < NN_PART_CLASSES; i++)
        all |= nn_part_flags(&t->parts[i]);
    return all;
}

/* Ragged where that may be, otherwise dense. */
static void check_forms(trial *t, int most)
{
    t->dense = flags(t) & NN_PART_FIXED;
    check(t, most);
}

static void test_mixers_ffns_layouts(void **state)
{
    (void)state;
    const nn_part_kind *mixer, *ffn, *layout;
    const int most = brief() ? 2 : 3; /* of how many of the three others than the first are taken */
    trial t = {0};
    set_defaults(&t);
    for (int m = 0; (mixer = nn_part_at(NN_PART_MIXER, m)); m++)
        for (int f = 0; (ffn = nn_part_at(NN_PART_FFN, f)); f++)
            for (int l = 0; (layout = nn_part_at(NN_PART_LAYOUT, l)); l++) {
                const int others = (m > 0) + (f > 0) + (l > 0);
                if ((strcmp(mixer->name, "none") == 0 && strcmp(ffn->name, "none") == 0) || others > most)
                    continue;
                replace(&t, NN_PART_MIXER, mixer->name);
                /* without a bias the gate of a token that is 0 stands on the kink of relu */
                replace(&t, NN_PART_FFN, strcmp(ffn->name, "reglu") == 0 ? "reglu:bias=1" : ffn->name);
                replace_layout(&t, layout->name);
                if (nn_part_serves(&t.parts[NN_PART_MIXER], &t.parts[NN_PART_LAYOUT], NULL))
                    continue;
                /* a few elements of each tensor where two of the three are others than the first */
                check_forms(&t, others > 1 ? FEW : 0);
            }
    clear(&t);
}

static void test_cross_and_causal(void **state)
{
    (void)state;
    const nn_part_kind *mixer;
    for (int m = 0; (mixer = nn_part_at(NN_PART_MIXER, m)); m++) {
        trial t = {0};
        set_defaults(&t);
        replace(&t, NN_PART_MIXER, mixer->name);
        t.cross = mixer->flags & NN_PART_CROSS;
        if (t.cross)
            check_forms(&t, 0);
        t.cross = false;
        t.causal = mixer->flags & NN_PART_CAUSAL;
        if (t.causal && strcmp(mixer->name, "none") != 0)
            check_forms(&t, 0);
        clear(&t);
    }
}

/* Parts with other settings than the default ones. */
static void test_variants(void **state)
{
    (void)state;
    static const char *const mixers[] = {"lowrank:r=3:proj=shared:h=4",
                                         "lowrank:r=3:proj=dct",
                                         "lowrank:r=3:proj=dctformer",
                                         "latent:m=3:form=router",
                                         "latent:m=2:h=4",
                                         "spectral:modes=2",
                                         "pyramid:k1=5:k2=1",
                                         "hilo:k=5:kernel=1",
                                         "lmu:m=5:theta=6:c=3",
                                         "moss:g=4:e=6:kernel=3:rotary=4:hidden=10",
                                         "axial:rows=3:h=1"};
    for (size_t i = 0; i < sizeof mixers / sizeof *mixers; i++) {
        trial t = {0};
        set_defaults(&t);
        replace(&t, NN_PART_MIXER, mixers[i]);
        check_forms(&t, 0);
        t.cross = nn_part_flags(&t.parts[NN_PART_MIXER]) & NN_PART_CROSS;
        if (t.cross)
            check_forms(&t, 0);
        clear(&t);
    }
}

/* Layouts of two branches, on sequences of unlike lengths where the settings allow it, and on dense ones. */
static void test_branches(void **state)
{
    (void)state;
    static const char *const layouts[] = {"two-view", "two-view:gated=1", "two-view:gated=1:places=2",
                                          "dual:a=1:b=4", "dual:a=3:b=12"};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        trial t = {0};
        set_defaults(&t);
        replace(&t, NN_PART_LAYOUT, layouts[i]);
        t.dense = strcmp(layouts[i], "dual:a=3:b=12") != 0; /* no such patch of six tokens */
        if (t.dense)
            check(&t, 0);
        t.dense = false;
        if (!(flags(&t) & NN_PART_FIXED))
            check(&t, 0);
        clear(&t);
    }
}

static void test_residuals_and_norms(void **state)
{
    (void)state;
    const nn_part_kind *one, *layout;
    for (int class = NN_PART_RESIDUAL; class <= NN_PART_NORM; class ++)
        for (int i = 0; (one = nn_part_at((nn_part_class) class, i)); i++)
            for (int l = 0; (layout = nn_part_at(NN_PART_LAYOUT, l)); l++) {
                trial t = {0};
                set_defaults(&t);
                replace(&t, (nn_part_class) class, one->name);
                replace_layout(&t, layout->name);
                check_forms(&t, 0);
                t.dense = true;
                check(&t, 0);
                clear(&t);
            }
}

/* --- the grammar --- */

static void spells(nn_part_class class, int layers, const char *text, const char *want)
{
    nn_part parts[8];
    nn_error error = {0};
    if (nn_parts_parse(parts, layers, class, text, &error))
        fail_msg("%s", error.text);
    char *got = nn_parts_print(parts, layers);
    assert_string_equal(got, want);
    free(got);
    nn_parts_clear(parts, layers);
}

static void refuses(nn_part_class class, int layers, const char *text, const char *want)
{
    nn_part parts[8];
    nn_error error = {0};
    assert_int_equal(nn_parts_parse(parts, layers, class, text, &error), NN_USAGE);
    if (!strstr(error.text, want))
        fail_msg("%s: \"%s\" lacks \"%s\"", text, error.text, want);
}

static void test_grammar(void **state)
{
    (void)state;
    spells(NN_PART_MIXER, 3, "softmax", "softmax");
    spells(NN_PART_MIXER, 3, "softmax:dk=4:h=2", "softmax:h=2:dk=4");
    spells(NN_PART_MIXER, 3, "pool:5", "pool:k=5");
    spells(NN_PART_MIXER, 3, "pool:k=3", "pool");
    spells(NN_PART_MIXER, 3, "pool,2@softmax:h=8", "1@pool,2@softmax:h=8");
    spells(NN_PART_MIXER, 3, "1@pool,1@pool,1@mean", "2@pool,1@mean");
    spells(NN_PART_MIXER, 2, "2@pool", "pool");
    refuses(NN_PART_MIXER, 3, "2@pool", "come to 2, not to the 3");
    refuses(NN_PART_MIXER, 3, "pool,mean", "come to 2, not to the 3");
    refuses(NN_PART_MIXER, 3, "4@pool", "come to more than the 3");
    refuses(NN_PART_MIXER, 3, "x@pool", "is no count of layers");
    refuses(NN_PART_MIXER, 3, "0@pool", "is no count of layers");
    refuses(NN_PART_MIXER, 3, "", "come to 0");
    refuses(NN_PART_MIXER, 3, "poool", "there is no 'poool'; did you mean 'pool'");
    refuses(NN_PART_MIXER, 3, "pool:q=3", "has no setting 'q'; it has k");
    refuses(NN_PART_MIXER, 3, "pool:k=x", "is not a whole number");
    refuses(NN_PART_MIXER, 3, "mean:k=3", "takes no settings");
}

static void test_suits(void **state)
{
    (void)state;
    nn_error error = {0};
    nn_part pool = part(NN_PART_MIXER, "pool");
    const nn_token_traits variates = {.what = "the tokens are variates"},
                          ordered = {.what = "the tokens are times", .ordered = true},
                          decoder = {.what = "it is a decoder", .ordered = true, .cross = true},
                          causal = {.what = "the decoder", .ordered = true, .causal = true};
    assert_int_equal(nn_part_suits(&pool, NN_PART_MIXER, &ordered, &error), NN_OK);
    assert_int_equal(nn_part_suits(&pool, NN_PART_MIXER, &variates, &error), NN_USAGE);
    assert_non_null(strstr(error.text, "--force-order"));
    assert_int_equal(nn_part_suits(&pool, NN_PART_MIXER, &decoder, &error), NN_USAGE);
    assert_non_null(strstr(error.text, "cannot take up other tokens"));
    assert_int_equal(nn_part_suits(&pool, NN_PART_MIXER, &causal, &error), NN_USAGE);
    assert_non_null(strstr(error.text, "looks ahead"));
    nn_part_clear(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_grammar),
                                       cmocka_unit_test(test_suits),
                                       cmocka_unit_test(test_mixers_ffns_layouts),
                                       cmocka_unit_test(test_cross_and_causal),
                                       cmocka_unit_test(test_variants),
                                       cmocka_unit_test(test_branches),
                                       cmocka_unit_test(test_residuals_and_norms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
