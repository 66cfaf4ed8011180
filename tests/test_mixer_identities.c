/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What mixers of the library must be by their nature: low rank without loss is softmax, a gate of ones
 * changes nothing, latents know no order, a memory knows no future; and attention along two axes beside plain
 * loops. */
#include "lib/parts/step.h"
#include "tests/cmocka_all.h"
#include "tests/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 2, WIDTH = 8, HEADS = 2, MOST = 12 };

typedef struct form {
    int tokens;
    const char *mixer;
} form;

static nn_part parse(const char *text)
{
    nn_part part;
    nn_error error = {0};
    if (nn_part_parse(&part, NN_PART_MIXER, text, strlen(text), &error))
        fail_msg("%s", error.text);
    return part;
}

static void build(graph *g, const void *config)
{
    const form *f = config;
    nn_part mixer = parse(f->mixer);
    const nn_block block = {.mixer = mixer, .heads = HEADS, .hidden = 6, .activation = NN_GELU};
    nn_tensor *x = graph_input3(g, FILL_UNIFORM, f->tokens, WIDTH);
    graph_output(g, nn_block_mix(g->plan, "b", &block, x, NULL));
    nn_part_clear(&mixer);
}

/* A mixer with parameters of its own and the values that it was last run with. */
typedef struct trial {
    graph g;
    graph_data data;
    nn_params *params;
    nn_run run;
} trial;

static void begin(trial *t, const form *f)
{
    *t = (trial){.params = nn_params_new()};
    assert_non_null(t->params);
    graph_make(&t->g, t->params, BATCH, false, build, f);
    graph_data_draw(&t->data, &t->g, 11);
}

static void end(trial *t)
{
    graph_clear(&t->g);
    graph_data_clear(&t->data);
    nn_params_free(t->params);
}

/* Runs it on the data's present values into y. */
static void forward(trial *t, nn_real *y)
{
    t->run = (nn_run){.params = t->params->data, .loss_scale = 1};
    graph_load(&t->g, &t->data, 0, BATCH, &t->run);
    nn_plan_forward(t->g.plan, &t->run);
    memcpy(y, t->g.outputs[0]->data, t->data.sizes[0] * sizeof *y);
}

static nn_real *param(trial *t, const char *name)
{
    const nn_param *p = nn_params_find(t->params, name);
    if (!p)
        fail_msg("no parameter %s", name);
    return t->params->data + p->offset;
}

static void assert_near(const nn_real *a, const nn_real *b, size_t n)
{
    const double room = sizeof(nn_real) == sizeof(double) ? 1e-12 : 1e-5;
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)a[i] - (double)b[i]) <= room))
            fail_msg("[%zu] is %.9g, not %.9g", i, (double)a[i], (double)b[i]);
}

/* Gives one trial the parameters of another where they have the same name. */
static void share(trial *to, const trial *from)
{
    for (int i = 0; i < to->params->count; i++) {
        const nn_param *p = &to->params->table[i], *q = nn_params_find(from->params, p->name);
        if (q)
            memcpy(to->params->data + p->offset, from->params->data + q->offset, p->count * sizeof(nn_real));
    }
}

/* --- low rank --- */

static void test_full_rank_is_softmax(void **state)
{
    (void)state;
    enum { TOKENS = 5, SIZE = BATCH * TOKENS * WIDTH };
    static const char *const weights[] = {"b.attention.key.compress", "b.attention.value.compress"};
    nn_real want[SIZE], got[SIZE];
    trial softmax, lowrank;
    begin(&softmax, &(form){TOKENS, "softmax"});
    begin(&lowrank, &(form){TOKENS, "lowrank:r=5"});
    share(&lowrank, &softmax);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < TOKENS * TOKENS; i++)
            param(&lowrank, weights[k])[i] = i % (TOKENS + 1) == 0;
    forward(&softmax, want);
    forward(&lowrank, got);
    assert_near(got, want, SIZE);
    end(&softmax);
    end(&lowrank);
}

static void test_rank_beyond_tokens_is_all(void **state)
{
    (void)state;
    enum { TOKENS = 7, SIZE = BATCH * TOKENS * WIDTH };
    static const char *const pairs[][2] = {{"lowrank:r=7:proj=dct", "lowrank:r=50:proj=dct"},
                                           {"lowrank:r=7:proj=dctformer", "lowrank:r=50:proj=dctformer"}};
    nn_real want[SIZE], got[SIZE];
    for (int i = 0; i < 2; i++) {
        trial a, b;
        begin(&a, &(form){TOKENS, pairs[i][0]});
        begin(&b, &(form){TOKENS, pairs[i][1]});
        share(&b, &a);
        forward(&a, want);
        forward(&b, got);
        assert_near(got, want, SIZE);
        end(&a);
        end(&b);
    }
}

/* --- spectral --- */

static void set_gate(trial *t)
{
    nn_real *weight = param(t, "b.mixer.weight");
    const size_t count = nn_params_find(t->params, "b.mixer.weight")->count;
    for (size_t i = 0; i < count; i++)
        weight[i] = i % 2 == 0;
}

static void test_gate_of_ones_is_nothing(void **state)
{
    (void)state;
    for (int tokens = 1; tokens <= MOST; tokens++) {
        nn_real y[BATCH * MOST * WIDTH];
        trial t;
        begin(&t, &(form){tokens, "spectral"});
        set_gate(&t);
        forward(&t, y);
        assert_near(y, t.data.values[0], t.data.sizes[0]);
        end(&t);
    }
}

/* A wave of frequency c in column c: the first three pass, the others vanish. */
static void test_modes_keep_low_frequencies(void **state)
{
    (void)state;
    enum { TOKENS = 12, SIZE = BATCH * TOKENS * WIDTH };
    nn_real y[SIZE], want[SIZE];
    trial t;
    begin(&t, &(form){TOKENS, "spectral:modes=3"});
    set_gate(&t);
    for (int i = 0; i < SIZE; i++) {
        const int c = i % WIDTH, time = i / WIDTH % TOKENS;
        t.data.values[0][i] =
            c <= TOKENS / 2 ? (nn_real)cos(2 * M_PI * c * time / TOKENS + 0.3 * (c < 6)) : 0;
        want[i] = c < 3 ? t.data.values[0][i] : 0;
    }
    forward(&t, y);
    assert_near(y, want, SIZE);
    end(&t);
}

/* --- order and time --- */

static void test_latents_know_no_order(void **state)
{
    (void)state;
    enum { TOKENS = 6, SIZE = BATCH * TOKENS * WIDTH, ROW = WIDTH };
    static const char *const mixers[] = {"latent:m=3", "latent:m=3:form=router"};
    static const int from[TOKENS] = {3, 0, 5, 1, 2, 4};
    for (int k = 0; k < 2; k++) {
        nn_real y[SIZE], moved[SIZE], want[SIZE];
        trial t;
        begin(&t, &(form){TOKENS, mixers[k]});
        forward(&t, y);
        nn_real *x = malloc(SIZE * sizeof *x);
        assert_non_null(x);
        memcpy(x, t.data.values[0], SIZE * sizeof *x);
        for (int r = 0; r < BATCH * TOKENS; r++) {
            const int origin = r / TOKENS * TOKENS + from[r % TOKENS];
            memcpy(t.data.values[0] + r * ROW, x + origin * ROW, ROW * sizeof *x);
            memcpy(want + r * ROW, y + origin * ROW, ROW * sizeof *y);
        }
        forward(&t, moved);
        assert_near(moved, want, SIZE);
        free(x);
        end(&t);
    }
}

static void test_memory_knows_no_future(void **state)
{
    (void)state;
    enum { TOKENS = 9, SIZE = BATCH * TOKENS * WIDTH, KEPT = 5 };
    nn_real before[SIZE], after[SIZE];
    trial t;
    begin(&t, &(form){TOKENS, "lmu:m=4:theta=6:c=2"});
    graph_shake(t.params, 3);
    forward(&t, before);
    for (int b = 0; b < BATCH; b++)
        for (int i = KEPT * WIDTH; i < TOKENS * WIDTH; i++)
            t.data.values[0][b * TOKENS * WIDTH + i] += 1;
    forward(&t, after);
    double change = 0;
    for (int b = 0; b < BATCH; b++) {
        assert_near(after + b * TOKENS * WIDTH, before + b * TOKENS * WIDTH, KEPT * WIDTH);
        for (int i = KEPT * WIDTH; i < TOKENS * WIDTH; i++)
            change += fabs((double)after[b * TOKENS * WIDTH + i] - (double)before[b * TOKENS * WIDTH + i]);
    }
    assert_true(change > 0.1);
    end(&t);
}

/* Token by token from a state is as all tokens together. */
static void steps(const char *text)
{
    enum { TOKENS = 12, SIZE = BATCH * TOKENS * WIDTH };
    nn_real want[SIZE], got[SIZE];
    nn_part mixer = parse(text);
    nn_error error = {0};
    nn_stepper stepper;
    trial t;
    begin(&t, &(form){TOKENS, text});
    graph_shake(t.params, 3);
    forward(&t, want);
    if (nn_stepper_make(&stepper, t.params, "b", &mixer, WIDTH, &error))
        fail_msg("%s", error.text);
    for (int b = 0; b < BATCH; b++) {
        nn_real *memory = calloc(stepper.state, sizeof *memory);
        assert_non_null(memory);
        for (int i = b * TOKENS * WIDTH; i < (b + 1) * TOKENS * WIDTH; i += WIDTH)
            nn_step(&stepper, memory, t.data.values[0] + i, got + i);
        free(memory);
    }
    assert_near(got, want, SIZE);
    nn_stepper_clear(&stepper);
    nn_part_clear(&mixer);
    end(&t);
}

/* What says that it can take one token after another can. */
static void test_step_by_step(void **state)
{
    (void)state;
    const nn_part_kind *kind;
    nn_params *params = nn_params_new();
    for (int i = 0; (kind = nn_part_at(NN_PART_MIXER, i)); i++) {
        nn_part mixer = parse(kind->name);
        nn_stepper none;
        if (kind->flags & NN_PART_STEP)
            steps(kind->name);
        else
            assert_int_equal(nn_stepper_make(&none, params, "b", &mixer, WIDTH, NULL), NN_USAGE);
        nn_part_clear(&mixer);
    }
    nn_params_free(params);
    steps("lmu:m=4:theta=6:c=2");
    steps("lmu:m=1:c=3");
}

/* --- along two axes --- */

/* y (.,WIDTH) = x W' + b of one token */
static void map(trial *t, const char *stage, const char *name, const double *x, double *y)
{
    char full[80];
    snprintf(full, sizeof full, "b.%s.attention.%s.weight", stage, name);
    const nn_real *w = param(t, full);
    snprintf(full, sizeof full, "b.%s.attention.%s.bias", stage, name);
    const nn_real *b = param(t, full);
    for (int i = 0; i < WIDTH; i++) {
        y[i] = (double)b[i];
        for (int j = 0; j < WIDTH; j++)
            y[i] += (double)w[i * WIDTH + j] * x[j];
    }
}

/* Attention among n tokens, at[i] the i-th of them in x, which it replaces. */
static void attend(trial *t, const char *stage, double (*x)[WIDTH], const int *at, int n)
{
    enum { SPAN = WIDTH / HEADS };
    double q[MOST][WIDTH], k[MOST][WIDTH], v[MOST][WIDTH], y[MOST][WIDTH] = {{0}};
    for (int i = 0; i < n; i++) {
        map(t, stage, "query", x[at[i]], q[i]);
        map(t, stage, "key", x[at[i]], k[i]);
        map(t, stage, "value", x[at[i]], v[i]);
    }
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i < n; i++) {
            double weight[MOST], sum = 0;
            for (int j = 0; j < n; j++) {
                double score = 0;
                for (int c = h * SPAN; c < (h + 1) * SPAN; c++)
                    score += q[i][c] * k[j][c];
                sum += weight[j] = exp(score / sqrt(SPAN));
            }
            for (int j = 0; j < n; j++)
                for (int c = h * SPAN; c < (h + 1) * SPAN; c++)
                    y[i][c] += weight[j] / sum * v[j][c];
        }
    for (int i = 0; i < n; i++)
        map(t, stage, "out", y[i], x[at[i]]);
}

static void test_axial_beside_loops(void **state)
{
    (void)state;
    enum { ROWS = 3, COLUMNS = 4, TOKENS = ROWS * COLUMNS, SIZE = BATCH * TOKENS * WIDTH };
    nn_real got[SIZE], want[SIZE];
    trial t;
    begin(&t, &(form){TOKENS, "axial"});
    forward(&t, got);
    for (int b = 0; b < BATCH; b++) {
        double x[TOKENS][WIDTH];
        int at[MOST];
        for (int i = 0; i < TOKENS * WIDTH; i++)
            x[i / WIDTH][i % WIDTH] = (double)t.data.values[0][b * TOKENS * WIDTH + i];
        for (int r = 0; r < ROWS; r++) {
            for (int c = 0; c < COLUMNS; c++)
                at[c] = r * COLUMNS + c;
            attend(&t, "rows", x, at, COLUMNS);
        }
        for (int c = 0; c < COLUMNS; c++) {
            for (int r = 0; r < ROWS; r++)
                at[r] = r * COLUMNS + c;
            attend(&t, "columns", x, at, ROWS);
        }
        for (int i = 0; i < TOKENS * WIDTH; i++)
            want[b * TOKENS * WIDTH + i] = (nn_real)x[i / WIDTH][i % WIDTH];
    }
    assert_near(got, want, SIZE);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_full_rank_is_softmax),
                                       cmocka_unit_test(test_rank_beyond_tokens_is_all),
                                       cmocka_unit_test(test_gate_of_ones_is_nothing),
                                       cmocka_unit_test(test_modes_keep_low_frequencies),
                                       cmocka_unit_test(test_latents_know_no_order),
                                       cmocka_unit_test(test_memory_knows_no_future),
                                       cmocka_unit_test(test_step_by_step),
                                       cmocka_unit_test(test_axial_beside_loops)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
