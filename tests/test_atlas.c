/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mixer of a memory that learns, beside a plain one whose differences are its gradients while its steps
 * stay as they were; and what it must be by its nature. In float and in double. */
#include "lib/parts/block.h"
#include "tests/cmocka_all.h"
#include "tests/gradcheck.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const bool exact = sizeof(nn_real) == sizeof(double);

enum { BATCH = 4, WIDTH = 5, KEY = 2, FEATURES = 5, HIDDEN = 3, WINDOW = 2 };
static const int lengths[BATCH] = {1, 2, 5, 9};
static const char learning[] = "memory:rule=atlas:c=2:key=2:hidden=3:eta=0.3:decay=0.8:alpha=0.9:theta=0.7",
                  resting[] = "memory:rule=atlas:c=2:key=2:hidden=3:eta=0:alpha=1";

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
    nn_part mixer = parse(config);
    const nn_block block = {.mixer = mixer, .hidden = 6, .activation = NN_GELU};
    nn_tensor *x = graph_ragged(g, FILL_UNIFORM, lengths, BATCH, WIDTH);
    graph_output(g, nn_block_mix(g->plan, "b", &block, x, NULL));
    nn_part_clear(&mixer);
}

/* All of the network's parameters by name, as plain matrices in double. */
typedef struct plain {
    double scale, down[KEY][WIDTH], gain[FEATURES], shift[FEATURES], hidden[HIDDEN][FEATURES],
        project[KEY][HIDDEN], up[WIDTH][KEY], out_gain[WIDTH], out_shift[WIDTH];
} plain;
enum { NUMBERS = sizeof(plain) / sizeof(double) };

static void norm(double *x, int n)
{
    double mean = 0, square = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / n;
    for (int i = 0; i < n; i++)
        square += (x[i] - mean) * (x[i] - mean) / n;
    for (int i = 0; i < n; i++)
        x[i] = (x[i] - mean) / sqrt(square + 1e-5);
}

static void plain_recall(const plain *p, double *y, const double *x)
{
    double f[FEATURES] = {0}, h[HIDDEN] = {0}, z[KEY] = {0};
    for (int i = 0; i < KEY; i++)
        for (int k = 0; k < WIDTH; k++)
            f[i] += p->down[i][k] * x[k];
    f[2] = f[0] * f[0];
    f[3] = f[0] * f[1];
    f[4] = f[1] * f[1];
    norm(f, FEATURES);
    for (int i = 0; i < HIDDEN; i++) {
        for (int k = 0; k < FEATURES; k++)
            h[i] += p->hidden[i][k] * (f[k] * p->gain[k] + p->shift[k]);
        h[i] *= 0.5 * (1 + erf(h[i] / sqrt(2)));
    }
    for (int i = 0; i < KEY; i++)
        for (int k = 0; k < HIDDEN; k++)
            z[i] += p->project[i][k] * h[k];
    for (int i = 0; i < WIDTH; i++) {
        y[i] = 0;
        for (int k = 0; k < KEY; k++)
            y[i] += p->up[i][k] * z[k];
    }
    norm(y, WIDTH);
    for (int i = 0; i < WIDTH; i++)
        y[i] = p->scale * (y[i] * p->out_gain[i] + p->out_shift[i]);
}

static double plain_loss(const plain *p, double (*k)[WIDTH], double (*v)[WIDTH], int count)
{
    double sum = 0;
    for (int t = 0; t < count; t++) {
        double y[WIDTH];
        plain_recall(p, y, k[t]);
        for (int c = 0; c < WIDTH; c++)
            sum += pow(0.8, count - 1 - t) * (y[c] - v[t][c]) * (y[c] - v[t][c]) / count;
    }
    return sum;
}

/* X = a X + b X X' X + c X X' X X' X, five times, of at most 9 rows and columns. */
static void plain_orthogonal(double *x, int rows, int columns)
{
    double length = 0, a[81], aa[81], next[81];
    for (int i = 0; i < rows * columns; i++)
        length += x[i] * x[i];
    for (int i = 0; i < rows * columns; i++)
        x[i] /= sqrt(length) + 1e-7;
    for (int turn = 0; turn < 5; turn++) {
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < rows; j++) {
                a[i * rows + j] = 0;
                for (int k = 0; k < columns; k++)
                    a[i * rows + j] += x[i * columns + k] * x[j * columns + k];
            }
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < rows; j++) {
                aa[i * rows + j] = 0;
                for (int k = 0; k < rows; k++)
                    aa[i * rows + j] += a[i * rows + k] * a[k * rows + j];
            }
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) {
                next[i * columns + j] = 3.4445 * x[i * columns + j];
                for (int k = 0; k < rows; k++)
                    next[i * columns + j] +=
                        (-4.7750 * a[i * rows + k] + 2.0315 * aa[i * rows + k]) * x[k * columns + j];
            }
        memcpy(x, next, (size_t)(rows * columns) * sizeof *x);
    }
}

static void plain_step(double *p, double *s, const double *g, int rows, int columns)
{
    const int count = rows * (columns ? columns : 1);
    double step[81], length = 0;
    for (int i = 0; i < count; i++) {
        step[i] = s[i] = 0.7 * s[i] + g[i];
        length += s[i] * s[i];
    }
    if (columns)
        plain_orthogonal(step, rows, columns);
    for (int i = 0; i < count; i++)
        p[i] = 0.9 * p[i] - 0.3 * (columns ? step[i] : step[i] / (sqrt(length) + 1e-8));
}

/* The rule, with gradients by differences. */
static void plain_learn(plain *p, plain *s, double (*k)[WIDTH], double (*v)[WIDTH], int count)
{
    plain g;
    double *at = (double *)p, *to = (double *)&g;
    for (int i = 0; i < NUMBERS; i++) {
        const double was = at[i];
        at[i] = was + 1e-5;
        to[i] = plain_loss(p, k, v, count);
        at[i] = was - 1e-5;
        to[i] = (to[i] - plain_loss(p, k, v, count)) / 2e-5;
        at[i] = was;
    }
    plain_step(&p->scale, &s->scale, &g.scale, 1, 0);
    plain_step(*p->down, *s->down, *g.down, KEY, WIDTH);
    plain_step(p->gain, s->gain, g.gain, FEATURES, 0);
    plain_step(p->shift, s->shift, g.shift, FEATURES, 0);
    plain_step(*p->hidden, *s->hidden, *g.hidden, HIDDEN, FEATURES);
    plain_step(*p->project, *s->project, *g.project, KEY, HIDDEN);
    plain_step(*p->up, *s->up, *g.up, WIDTH, KEY);
    plain_step(p->out_gain, s->out_gain, g.out_gain, WIDTH, 0);
    plain_step(p->out_shift, s->out_shift, g.out_shift, WIDTH, 0);
}

/* One sequence: what the mixer makes of tokens x before its output map. moved: how far each window's memory
 * is from the parameters, which is found, or, frozen, used. */
typedef struct twin {
    plain params, moved[9];
    double query[WIDTH][WIDTH], bias[WIDTH];
} twin;

static void run_twin(twin *w, double (*y)[WIDTH], double (*x)[WIDTH], int n, bool frozen)
{
    double q[9][WIDTH];
    plain now = w->params, momentum = {0};
    for (int t = 0; t < n; t++)
        for (int i = 0; i < WIDTH; i++) {
            q[t][i] = w->bias[i];
            for (int k = 0; k < WIDTH; k++)
                q[t][i] += w->query[i][k] * x[t][k];
        }
    for (int begin_at = 0, i = 0; begin_at < n; begin_at += WINDOW, i++) {
        const int end_at = begin_at + WINDOW < n ? begin_at + WINDOW : n;
        double *moved = (double *)&w->moved[i], *at = (double *)&now, *first = (double *)&w->params;
        for (int k = 0; k < NUMBERS; k++)
            if (frozen)
                at[k] = first[k] + moved[k];
            else
                moved[k] = at[k] - first[k];
        for (int t = begin_at; t < end_at; t++)
            plain_recall(&now, y[t], q[t]);
        if (!frozen && end_at < n)
            plain_learn(&now, &momentum, q + begin_at, x + begin_at, end_at - begin_at);
    }
}

typedef struct trial {
    graph g;
    graph_data data;
    nn_params *params;
    nn_run run;
    nn_real *grads;
} trial;

static nn_param find(const trial *t, const char *name)
{
    const nn_param *p = nn_params_find(t->params, name);
    if (!p)
        fail_msg("no parameter %s", name);
    return *p;
}

static void run_trial(trial *t)
{
    *t = (trial){.params = nn_params_new()};
    assert_non_null(t->params);
    graph_make(&t->g, t->params, BATCH, true, build, learning);
    graph_shake(t->params, 5);
    /* the output map does nothing, so that the twin needs none */
    const nn_param out = find(t, "b.attention.out.weight"), bias = find(t, "b.attention.out.bias");
    for (size_t i = 0; i < out.count; i++)
        t->params->data[out.offset + i] = i % (WIDTH + 1) == 0;
    memset(t->params->data + bias.offset, 0, bias.count * sizeof(nn_real));
    t->grads = calloc(t->params->size, sizeof *t->grads);
    t->run = (nn_run){.params = t->params->data, .grads = t->grads, .loss_scale = 1};
    graph_data_draw(&t->data, &t->g, 11);
    graph_load(&t->g, &t->data, 0, BATCH, &t->run);
    nn_plan_forward(t->g.plan, &t->run);
}

static void take_twin(twin *w, const trial *t)
{
    static const char *const names[] = {
        "scale",          "down.weight", "norm_features.weight", "norm_features.bias", "hidden.weight",
        "project.weight", "up.weight",   "norm_out.weight",      "norm_out.bias",      "query.weight",
        "query.bias"};
    double *at = (double *)&w->params;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char full[60];
        snprintf(full, sizeof full, "b.mixer.%s", names[i]);
        const nn_param p = find(t, full);
        at = strcmp(names[i], "query.weight") == 0 ? *w->query
             : strcmp(names[i], "query.bias") == 0 ? w->bias
                                                   : at;
        for (size_t k = 0; k < p.count; k++)
            *at++ = (double)t->params->data[p.offset + k];
    }
}

/* The numbers of the mixer's gradients in the order of the twin's. */
static void take_gradients(double *to, const trial *t)
{
    trial by = *t;
    nn_params as_values = *t->params;
    twin w;
    as_values.data = t->grads;
    by.params = &as_values;
    take_twin(&w, &by);
    memcpy(to, &w.params, sizeof w.params);
    memcpy(to + NUMBERS, w.query, sizeof w.query);
    memcpy(to + NUMBERS + WIDTH * WIDTH, w.bias, sizeof w.bias);
}

static double weight_of(int s, int t, int c)
{
    return sin(3 * s + 2 * t + c + 0.5);
}

static double twin_objective(twin *w, double (*x)[9][WIDTH], const twin *frozen)
{
    double y[9][WIDTH], sum = 0;
    for (int s = 0; s < BATCH; s++) {
        memcpy(w->moved, frozen[s].moved, sizeof w->moved);
        run_twin(w, y, x[s], lengths[s], true);
        for (int t = 0; t < lengths[s]; t++)
            for (int c = 0; c < WIDTH; c++)
                sum += weight_of(s, t, c) * y[t][c];
    }
    return sum;
}

static void test_twin(void **state)
{
    (void)state;
    static double x[BATCH][9][WIDTH], y[9][WIDTH];
    static twin frozen[BATCH], w;
    trial t;
    run_trial(&t);
    const nn_real *in = t.data.values[0], *out = t.g.outputs[0]->data;
    nn_real *dy = t.g.outputs[0]->grad;
    double largest = 0;
    for (int s = 0; s < BATCH; s++) {
        take_twin(&frozen[s], &t);
        for (int k = 0; k < lengths[s] * WIDTH; k++)
            x[s][k / WIDTH][k % WIDTH] = (double)*in++;
        run_twin(&frozen[s], y, x[s], lengths[s], false);
        for (int k = 0; k < lengths[s] * WIDTH; k++) {
            const double want = y[k / WIDTH][k % WIDTH];
            if (!(fabs((double)out[k] - want) <= (exact ? 1e-6 : 2e-3) * (1 + fabs(want))))
                fail_msg("sequence %d: y[%d] is %.9g, not %.9g", s, k, (double)out[k], want);
            dy[k] = (nn_real)weight_of(s, k / WIDTH, k % WIDTH);
        }
        out += lengths[s] * WIDTH;
        dy += lengths[s] * WIDTH;
    }
    nn_plan_backward(t.g.plan, &t.run);
    double got[NUMBERS + WIDTH * WIDTH + WIDTH];
    take_gradients(got, &t);
    for (size_t i = 0; i < sizeof got / sizeof *got; i++)
        largest = fmax(largest, fabs(got[i]));
    for (size_t i = 0; i < sizeof got / sizeof *got; i++) {
        w = frozen[0];
        double *at = i < NUMBERS                   ? (double *)&w.params + i
                     : i < NUMBERS + WIDTH * WIDTH ? *w.query + (i - NUMBERS)
                                                   : w.bias + (i - NUMBERS - WIDTH * WIDTH);
        const double was = *at;
        *at = was + 1e-5;
        double slope = twin_objective(&w, x, frozen);
        *at = was - 1e-5;
        slope = (slope - twin_objective(&w, x, frozen)) / 2e-5;
        if (!(fabs(slope - got[i]) <= (exact ? 1e-6 : 2e-3) * largest))
            fail_msg("gradient %zu is %.9g, not %.9g", i, got[i], slope);
    }
    free(t.grads);
    graph_clear(&t.g);
    graph_data_clear(&t.data);
    nn_params_free(t.params);
}

/* --- by its nature --- */

/* Several sequences are one at a time, and what does not move has gradients without any condition. */
static void test_gradients(void **state)
{
    (void)state;
    const gradcheck_case moving = {.name = learning, .batch = BATCH, .build = build, .config = learning},
                         still = {.name = resting, .batch = BATCH, .build = build, .config = resting};
    if (!exact) /* differences need all the digits */
        return;
    gradcheck_shards(&moving);
    gradcheck(&still);
}

/* The first window is told by the parameters alone; a later one is not, and knows no future. */
static void test_learns(void **state)
{
    (void)state;
    trial t;
    run_trial(&t);
    enum { FIRST = 8, LAST = 16 }; /* tokens of the longest sequence, and the last of all */
    nn_real before[17 * WIDTH], *out = t.g.outputs[0]->data;
    memcpy(before, out, sizeof before);
    for (int turn = 0; turn < 2; turn++) { /* a token of its first window, then its last token */
        nn_real *token = t.data.values[0] + (turn ? LAST : FIRST) * WIDTH, was = *token;
        *token += (nn_real)0.5;
        graph_load(&t.g, &t.data, 0, BATCH, &t.run);
        nn_plan_forward(t.g.plan, &t.run);
        for (int i = 0; i < 17; i++) {
            const bool same = memcmp(out + i * WIDTH, before + i * WIDTH, WIDTH * sizeof *out) == 0;
            assert_int_equal(same, turn ? i != LAST : i != FIRST && i < FIRST + WINDOW);
        }
        *token = was;
    }
    free(t.grads);
    graph_clear(&t.g);
    graph_data_clear(&t.data);
    nn_params_free(t.params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin), cmocka_unit_test(test_gradients),
                                       cmocka_unit_test(test_learns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
