/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batch norms as parts of linear maps: beside reference values of branches that become one convolution, and
 * of two linear maps that become one, and a block with folded norms beside itself. */
#include "lib/fold.h"

#include "lib/files/json.h"
#include "lib/kernels/kernels.h"
#include "lib/parts/block.h"
#include "tests/golden_file.h"
#include "tests/graph.h"

enum { MOST = 1 << 18 };

/* --- branches --- */

/* A branch's tensor "param/NAME<kernel>.PART". */
static void read(const nn_st_file *file, const char *name, int kernel, const char *part, nn_real *to,
                 int count)
{
    char full[60];
    snprintf(full, sizeof full, "%s%d.%s", name, kernel, part);
    assert_true(count <= MOST);
    golden_fill(file, "param/", full, to, (size_t)count);
}

/* Adds the branch of that kernel, its norm folded, in the middle of the widest kernel. */
static void add_branch(const nn_st_file *file, nn_real *w, nn_real *bias, int kernel, int widest, int out,
                       int channels, double epsilon)
{
    static nn_real own[MOST], norm[4][MOST], gain[MOST], shift[MOST], own_bias[MOST];
    static const char *const parts[] = {"weight", "bias", "mean", "var"};
    const int in = channels * kernel;
    read(file, "conv", kernel, "weight", own, out * in);
    for (int k = 0; k < 4; k++)
        read(file, "norm", kernel, parts[k], norm[k], out);
    memset(own_bias, 0, sizeof own_bias);
    nn_fold_norm(gain, shift, norm[0], norm[1], norm[2], norm[3], epsilon, out);
    nn_fold_output(own, own_bias, gain, shift, out, in);
    for (int r = 0; r < out * channels; r++)
        for (int k = 0; k < kernel; k++)
            w[r * widest + (widest - kernel) / 2 + k] += own[r * kernel + k];
    for (int o = 0; o < out; o++)
        bias[o] += own_bias[o];
}

static int integer(const json_t *settings, const char *key)
{
    const json_t *value = json_object_get(settings, key);
    if (!json_is_integer(value))
        fail_msg("fold: no setting %s", key);
    return (int)json_integer_value(value);
}

static nn_real *reals(size_t count)
{
    nn_real *values = calloc(count + 1, sizeof *values);
    assert_non_null(values);
    return values;
}

/* The folded convolution makes of the file's input what all branches made of it together. */
static void check_convolution(const nn_st_file *file, const json_t *s, const nn_real *w, const nn_real *bias,
                              int kernel)
{
    const int batch = integer(s, "batch"), tokens = integer(s, "tokens"), channels = integer(s, "channels"),
              out = integer(s, "width"), rows = batch * tokens;
    nn_real *x = reals((size_t)(rows * channels)), *y = reals((size_t)(rows * out));
    golden_fill(file, "", "input", x, (size_t)(rows * channels));
    for (int row = 0; row < rows; row++)
        for (int o = 0; o < out; o++) {
            double sum = (double)bias[o];
            for (int c = 0; c < channels; c++)
                for (int k = 0; k < kernel; k++) {
                    const int t = row % tokens + k - kernel / 2;
                    if (t >= 0 && t < tokens)
                        sum += (double)w[(o * channels + c) * kernel + k] *
                               (double)x[(row - row % tokens + t) * channels + c];
                }
            y[row * out + o] = (nn_real)sum;
        }
    golden_compare(file, "", "output", y, (size_t)(rows * out), 1);
    free(x);
    free(y);
}

static void test_branches(void **state)
{
    (void)state;
    static nn_real w[MOST], bias[MOST];
    nn_st_file *file = golden_open("blocks/fold");
    json_t *s = json_loads(golden_setting(file, "settings"), 0, NULL),
           *kernels = json_object_get(s, "kernels");
    const int channels = integer(s, "channels"), out = integer(s, "width");
    const double epsilon = json_number_value(json_object_get(s, "batch_norm_eps"));
    int widest = 0;
    for (size_t i = 0; i < json_array_size(kernels); i++) {
        const int kernel = (int)json_integer_value(json_array_get(kernels, i));
        widest = kernel > widest ? kernel : widest;
    }
    for (size_t i = 0; i < json_array_size(kernels); i++)
        add_branch(file, w, bias, (int)json_integer_value(json_array_get(kernels, i)), widest, out, channels,
                   epsilon);
    golden_compare(file, "", "folded/weight", w, (size_t)(out * channels * widest), 1);
    golden_compare(file, "", "folded/bias", bias, (size_t)out, 1);
    check_convolution(file, s, w, bias, widest);
    json_decref(s);
    nn_st_close(file);
}

/* Maps of a moving average and of what is left of it, as one; it makes the same of the file's windows. */
static void test_average(void **state)
{
    (void)state;
    nn_st_file *file = golden_open("blocks/fold");
    json_t *s = json_loads(golden_setting(file, "settings"), 0, NULL);
    const int in = integer(s, "look_back"), out = integer(s, "horizon"), width = integer(s, "window"),
              rows = (int)nn_st_find(file, "linear/input")->shape[0];
    const size_t size = (size_t)out * (size_t)in;
    nn_real *w = reals(size), *trend = reals(size), *rest = reals(size), *b = reals((size_t)out),
            *more = reals((size_t)out), *x = reals((size_t)rows * (size_t)in),
            *y = reals((size_t)rows * (size_t)out);
    golden_fill(file, "linear/param/", "trend.weight", trend, size);
    golden_fill(file, "linear/param/", "rest.weight", rest, size);
    golden_fill(file, "linear/param/", "trend.bias", b, (size_t)out);
    golden_fill(file, "linear/param/", "rest.bias", more, (size_t)out);
    golden_fill(file, "linear/", "input", x, (size_t)rows * (size_t)in);
    nn_fold_average(w, trend, rest, out, in, width);
    for (int o = 0; o < out; o++)
        b[o] += more[o];
    nn_linear_forward(false, y, x, w, b, 0, (size_t)rows, in, out);
    golden_compare(file, "linear/", "folded/weight", w, size, 1);
    golden_compare(file, "linear/", "folded/bias", b, (size_t)out, 1);
    golden_compare(file, "linear/", "output", y, (size_t)rows * (size_t)out, 1);
    free(w);
    free(trend);
    free(rest);
    free(b);
    free(more);
    free(x);
    free(y);
    json_decref(s);
    nn_st_close(file);
}

/* --- blocks --- */

enum { BATCH = 3, TOKENS = 5, WIDTH = 8 };

typedef struct form {
    const char *layout, *mixer;
} form;

static nn_part parse(nn_part_class class, const char *text)
{
    nn_part part;
    nn_error error = {0};
    if (nn_part_parse(&part, class, text, strlen(text), &error))
        fail_msg("%s", error.text);
    return part;
}

static void build(graph *g, const void *config)
{
    const form *f = config;
    nn_part parts[] = {parse(NN_PART_LAYOUT, f->layout), parse(NN_PART_MIXER, f->mixer),
                       parse(NN_PART_NORM, "batch")};
    nn_plan_set_watched(g->plan);
    const nn_block block = {.layout = parts[0],
                            .mixer = parts[1],
                            .norm = parts[2],
                            .heads = 2,
                            .hidden = 6,
                            .activation = NN_GELU};
    const nn_stack stack = {.prefix = "b", .layers = 2, .block = block};
    graph_output(g, nn_encoder_stack(g->plan, &stack, graph_input3(g, FILL_UNIFORM, TOKENS, WIDTH), NULL));
    for (int i = 0; i < 3; i++)
        nn_part_clear(&parts[i]);
}

/* Folds what f builds after its statistics were made something; returns how many norms, or -1 with what the
 * error says. */
static int fold(const form *f, double *off, nn_error *error)
{
    graph g;
    graph_data data;
    nn_params *params = nn_params_new();
    nn_run run = {.loss_scale = 1};
    nn_real before[BATCH * TOKENS * WIDTH];
    int folded = 0;
    assert_non_null(params);
    graph_make(&g, params, BATCH, false, build, f);
    graph_shake(params, 3);
    graph_data_draw(&data, &g, 11);
    run.params = params->data;
    graph_load(&g, &data, 0, BATCH, &run);
    nn_plan_forward(g.plan, &run);
    memcpy(before, g.outputs[0]->data, sizeof before);
    const int code = nn_plan_fold(g.plan, &folded, error);
    graph_load(&g, &data, 0, BATCH, &run);
    nn_plan_forward(g.plan, &run);
    *off = 0;
    for (int i = 0; i < BATCH * TOKENS * WIDTH; i++)
        *off = fmax(*off, fabs((double)(g.outputs[0]->data[i] - before[i])));
    for (int i = 0; !code && i < params->count; i++) { /* what is left is nothing */
        const nn_param *p = &params->table[i];
        const char *end = strrchr(p->name, '.');
        for (int c = 0; strcmp(end, ".running") == 0 && c < WIDTH; c++) {
            assert_true(params->data[p->offset + (size_t)c] == 0);
            assert_true(fabs((double)params->data[p->offset + (size_t)(WIDTH + c)] - 1) < 1e-4);
        }
    }
    graph_clear(&g);
    graph_data_clear(&data);
    nn_params_free(params);
    return code ? -1 : folded;
}

static void test_blocks(void **state)
{
    (void)state;
    static const form forms[] = {
        {"pre", "softmax"}, {"macaron", "softmax"}, {"parallel", "linear"}, {"looped:turns=3", "softmax"}};
    static const int norms[] = {4, 6, 2, 4};
    nn_error error = {0};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        double off;
        const int folded = fold(&forms[i], &off, &error);
        if (folded < 0)
            fail_msg("%s: %s", forms[i].layout, error.text);
        assert_int_equal(folded, norms[i]);
        assert_true(off <= (sizeof(nn_real) == sizeof(double) ? 1e-12 : 2e-5));
    }
}

/* Where the normed tokens go elsewhere too, nothing is changed. */
static void test_refused(void **state)
{
    (void)state;
    static const form forms[] = {{"post", "softmax"}, {"pre", "mean"}, {"cct", "softmax"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        nn_error error = {0};
        double off;
        assert_int_equal(fold(&forms[i], &off, &error), -1);
        assert_non_null(strstr(error.text, "cannot be folded"));
        assert_true(off == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_branches), cmocka_unit_test(test_average),
                                       cmocka_unit_test(test_blocks), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
