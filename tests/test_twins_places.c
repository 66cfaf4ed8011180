/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attention by distances with hidden keys, heads turned by halves and attention across a group, beside plain
 * loops in double; buckets beside their definition. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdlib.h>

enum { B = 2, GROUP = 3, T = 19, M = 41, HEADS = 2, WIDTH = 6, SPAN = HEADS * WIDTH, BUCKETS = 8, FAR = 12 };

static void compare(const char *what, int i, double got, double want)
{
    if (!(fabs(got - want) <= 1e-5 + 1e-4 * fabs(want)))
        fail_msg("%s, element %d: %.9g, the twin has %.9g", what, i, got, want);
}

/* --- buckets --- */

/* Both ways: half of the buckets each way; single distances below a quarter of all, then by logarithms. */
static int bucket_twin(int buckets, int distance, int d)
{
    const int half = buckets / 2, single = half / 2, away = abs(d), first = d > 0 ? half : 0;
    if (away < single)
        return first + away;
    const double share = log((double)away / single) / log((double)distance / single);
    const int place = single + (int)floor(share * (half - single) + 1e-6);
    return first + (place < half - 1 ? place : half - 1);
}

static void test_buckets(void **state)
{
    (void)state;
    const nn_relative both = {.buckets = 32, .distance = 128},
                      back = {.buckets = 32, .distance = 128, .back = true};
    for (int d = -300; d <= 300; d++)
        assert_int_equal(nn_relative_bucket(&both, d), bucket_twin(32, 128, d));
    for (int d = 0; d <= 300; d++) {
        assert_int_equal(nn_relative_bucket(&back, d), 0);
        assert_in_range(nn_relative_bucket(&back, -d), d < 16 ? d : 16, d < 16 ? d : 31);
    }
    assert_int_equal(nn_relative_bucket(&back, -127), 31);
    assert_int_equal(nn_relative_bucket(&back, -1000), 31);
}

/* --- attention --- */

typedef struct attend_case {
    bool relative, back, hidden, cross;
} attend_case;

static void build_attention(graph *g, const void *config)
{
    const attend_case *c = config;
    nn_attention_options options = {.heads = HEADS, .width = WIDTH, .scale = 1};
    nn_tensor *q = graph_input3(g, FILL_UNIFORM, T, c->cross ? SPAN : 3 * SPAN), *kv = q;
    if (c->cross)
        kv = graph_input3(g, FILL_UNIFORM, M, 2 * SPAN);
    options.k_column = c->cross ? 0 : SPAN;
    options.v_column = options.k_column + SPAN;
    if (c->hidden)
        options.seen = graph_plain_input(g, FILL_SEEN, 1, (int[]){c->cross ? M : T});
    if (c->relative)
        options.relative = (nn_relative){"distances", BUCKETS, FAR, c->back};
    graph_output(g, nn_attention(g->plan, q, kv, options));
}

/* One query of one head: y (WIDTH). add: of each key; seen NULL: all are. */
static void attend(double *y, const nn_real *q, const nn_real *k, const nn_real *v, int ld, int keys,
                   const double *add, const nn_real *seen)
{
    double score[M], most = -INFINITY, sum = 0;
    for (int j = 0; j < keys; j++) {
        score[j] = add ? add[j] : 0;
        for (int c = 0; c < WIDTH; c++)
            score[j] += (double)q[c] * (double)k[j * ld + c];
        if (seen && seen[j] == 0)
            score[j] = -INFINITY;
        most = fmax(most, score[j]);
    }
    for (int j = 0; j < keys; j++)
        sum += score[j] = exp(score[j] - most);
    for (int c = 0; c < WIDTH; c++) {
        y[c] = 0;
        for (int j = 0; j < keys; j++)
            y[c] += score[j] / sum * (double)v[j * ld + c];
    }
}

static void check_sample(const graph *g, const graph_data *data, const attend_case *c, const nn_real *table,
                         int b)
{
    const int keys = c->cross ? M : T, qs = c->cross ? SPAN : 3 * SPAN, ks = c->cross ? 2 * SPAN : qs;
    const nn_relative relative = {NULL, BUCKETS, FAR, c->back};
    const nn_real *q = data->values[0] + b * T * qs, *kv = c->cross ? data->values[1] + b * M * ks : q + SPAN,
                  *seen = c->hidden ? data->values[1 + c->cross] + b * keys : NULL;
    for (int i = 0; i < T; i++)
        for (int h = 0; h < HEADS; h++) {
            double y[WIDTH], add[M];
            for (int j = 0; j < keys; j++)
                add[j] = table ? (double)table[nn_relative_bucket(&relative, j - i) * HEADS + h] : 0;
            attend(y, q + i * qs + h * WIDTH, kv + h * WIDTH, kv + SPAN + h * WIDTH, ks, keys, add, seen);
            for (int w = 0; w < WIDTH; w++)
                compare("attention", i * SPAN + h * WIDTH + w,
                        (double)g->outputs[0]->data[(b * T + i) * SPAN + h * WIDTH + w], y[w]);
        }
}

static void check_case(const attend_case *c, bool training, int used)
{
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    nn_run run = {0};
    graph_make(&g, params, B, training, build_attention, c);
    graph_data_draw(&data, &g, 5);
    graph_load(&g, &data, 0, used, &run);
    for (size_t i = 0; i < params->size; i++)
        params->data[i] = (nn_real)graph_uniform(9, i);
    run.params = params->data;
    nn_plan_forward(g.plan, &run);
    for (int b = 0; b < used; b++)
        check_sample(&g, &data, c,
                     c->relative ? params->data + nn_params_find(params, "distances")->offset : NULL, b);
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

static void test_attention(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++)
        check_case(&(attend_case){i & 1, i & 2, i & 4, i & 8}, i % 3 == 0, 1 + i % 2);
}

/* --- halves of heads --- */

static void build_halves(graph *g, const void *config)
{
    (void)config;
    graph_output(g, nn_rotary_halves(g->plan, graph_input3(g, FILL_UNIFORM, T, SPAN + 1), HEADS, WIDTH, 50));
}

static void test_halves(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    graph g;
    graph_data data;
    nn_run run = {0};
    graph_make(&g, params, B, false, build_halves, NULL);
    graph_data_draw(&data, &g, 5);
    graph_load(&g, &data, 0, B, &run);
    run.params = params->data;
    nn_plan_forward(g.plan, &run);
    for (int r = 0; r < B * T; r++)
        for (int c = 0; c <= SPAN; c++) {
            const nn_real *x = data.values[0] + r * (SPAN + 1);
            if (c == SPAN) { /* no head's */
                compare("halves", r * (SPAN + 1) + c, (double)g.outputs[0]->data[r * (SPAN + 1) + c],
                        (double)x[c]);
                continue;
            }
            const int at = c % WIDTH, half = WIDTH / 2, low = at % half;
            const double angle = r % T * pow(50, -2.0 * low / WIDTH);
            const double other = at < half ? -(double)x[c + half] : (double)x[c - half];
            compare("halves", r * (SPAN + 1) + c, (double)g.outputs[0]->data[r * (SPAN + 1) + c],
                    (double)x[c] * cos(angle) + other * sin(angle));
        }
    graph_data_clear(&data);
    graph_clear(&g);
    nn_params_free(params);
}

/* --- across a group --- */

/* Norms that do nothing are none; maps are the block's own, so the twin is another plan: each place of a
 * group by itself as a sequence of its own. */
static void build_across(graph *g, const void *config)
{
    const bool by_hand = *(const bool *)config;
    const int sequences = g->batch * GROUP;
    const nn_block block = {.norm = {.kind = &nn_norm_rms.part},
                            .heads = HEADS,
                            .attention_no_bias = true,
                            .scale = 1,
                            .open = true};
    if (by_hand) {
        nn_tensor *x = graph_input(g, FILL_UNIFORM, 3, (int[]){T, GROUP, 4});
        x = nn_reshape(g->plan, x, 3, (int[]){g->batch * T, GROUP, 4});
        graph_output(g, nn_block_mix_pre(g->plan, "b", &block, x, NULL));
    } else {
        nn_tensor *x = graph_input(g, FILL_UNIFORM, 3, (int[]){GROUP, T, 4});
        x = nn_reshape(g->plan, x, 3, (int[]){sequences, T, 4});
        graph_output(g, nn_block_mix_across(g->plan, "b", &block, x, NULL));
    }
}

static void test_across(void **state)
{
    (void)state;
    nn_params *params = nn_params_new();
    graph g, twin;
    graph_data data, turned;
    nn_run run = {0}, other = {0};
    graph_make(&g, params, B, false, build_across, &(bool){false});
    graph_make(&twin, params, B, false, build_across, &(bool){true});
    graph_data_draw(&data, &g, 5);
    graph_data_draw(&turned, &twin, 5);
    for (int b = 0; b < B; b++)
        for (int s = 0; s < GROUP; s++)
            for (int t = 0; t < T; t++)
                for (int c = 0; c < 4; c++)
                    turned.values[0][((b * T + t) * GROUP + s) * 4 + c] =
                        data.values[0][((b * GROUP + s) * T + t) * 4 + c];
    graph_load(&g, &data, 0, B, &run);
    graph_load(&twin, &turned, 0, B, &other);
    run.params = other.params = params->data;
    nn_plan_forward(g.plan, &run);
    nn_plan_forward(twin.plan, &other);
    for (int i = 0; i < B * GROUP * T * 4; i++) {
        const int c = i % 4, t = i / 4 % T, s = i / 4 / T % GROUP, b = i / 4 / T / GROUP;
        compare("across", i, (double)g.outputs[0]->data[i],
                (double)twin.outputs[0]->data[((b * T + t) * GROUP + s) * 4 + c]);
    }
    graph_data_clear(&data);
    graph_data_clear(&turned);
    graph_clear(&g);
    graph_clear(&twin);
    nn_params_free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_buckets), cmocka_unit_test(test_attention),
                                       cmocka_unit_test(test_halves), cmocka_unit_test(test_across)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
