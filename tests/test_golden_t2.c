/* SPDX-License-Identifier: GPL-3.0-or-later */
/* t2 beside values of an independent program in every tensor, the released model's forward value, the class
 * activation map's identity, and the published sizes. */
#include "forecast/tasks/lightcurves/network.h"
#include "tests/golden_file.h"
#include "tests/reference.h"

/* In double little more than the rounding of the values in the file is left. */
static const double rough = sizeof(nn_real) == sizeof(float) ? 1 : 1e-2;

typedef struct model {
    const fc_kind *kind;
    void *config;
    int batch, tokens, bands, classes;
    nn_params *params;
    nn_plan *plan;
    nn_tensor *input, *target;
    fc_class_network network;
} model;

static void set_option(model *m, const char *name, const char *text)
{
    nn_error error = {0};
    const nn_option *option = nn_option_find(m->kind->options, name);
    assert_non_null(option);
    if (nn_option_set(option, m->config, text, &error) != NN_OK)
        fail_msg("%s", error.text);
}

static void model_begin(model *m)
{
    nn_error error = {0};
    *m = (model){.kind = fc_kind_find("t2")};
    assert_non_null(m->kind);
    m->config = calloc(1, m->kind->config_size);
    assert_non_null(m->config);
    assert_int_equal(nn_options_default(m->kind->options, m->config, &error), NN_OK);
    set_option(m, "dropout", "0");
    set_option(m, "pool-dropout", "0");
}

static void model_build(model *m, bool training)
{
    nn_error error = {0};
    m->params = nn_params_new();
    m->plan = nn_plan_new(m->params, m->batch, training);
    assert_non_null(m->plan);
    m->input = nn_input(m->plan, 2, (int[]){m->tokens, m->bands});
    fc_class_inputs in = {.tokens = m->input, .classes = m->classes};
    m->network = ((const fc_lightcurves_network *)m->kind->network)->build(m->plan, m->config, &in);
    nn_keep(m->plan, m->network.tokens);
    nn_keep(m->plan, m->network.logits);
    if (training) {
        m->target = nn_input(m->plan, 1, (int[]){m->classes});
        nn_loss(m->plan, NN_CROSS_ENTROPY, 0, m->network.logits, m->target);
    }
    if (nn_plan_compile(m->plan, &error) != NN_OK || nn_params_allocate(m->params, 1, &error) != NN_OK)
        fail_msg("%s", error.text);
}

static void model_clear(model *m)
{
    nn_options_clear(m->kind->options, m->config);
    free(m->config);
    nn_plan_free(m->plan);
    nn_params_free(m->params);
}

/* The reference has one block and names its parts without it. */
static const char *published_name(const nn_param *p)
{
    return strncmp(p->name, "block.0.", 8) == 0 ? p->name + 8 : p->name;
}

static const double *param(const model *m, const char *name, double *copy)
{
    const nn_param *p = nn_params_find(m->params, name);
    assert_non_null(p);
    for (size_t i = 0; i < p->count; i++)
        copy[i] = m->params->data[p->offset + i];
    return copy;
}

static void softmax(nn_real *p, const nn_real *x, int n)
{
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, (double)x[i]);
    for (int i = 0; i < n; i++)
        sum += exp((double)x[i] - most);
    for (int i = 0; i < n; i++)
        p[i] = (nn_real)(exp((double)x[i] - most) / sum);
}

/* cam (T,C) of sample s; checks that its mean and the bias give the logits. */
static void activation_map(const model *m, int s, nn_real *cam)
{
    int d = m->network.tokens->shape[2];
    double *kernel = calloc((size_t)(d + 1) * (size_t)m->classes, sizeof *kernel);
    assert_non_null(kernel);
    double *bias = kernel + (size_t)d * (size_t)m->classes;
    param(m, "cls.kernel", kernel);
    param(m, "cls.bias", bias);
    for (int c = 0; c < m->classes; c++) {
        double mean = 0;
        for (int t = 0; t < m->tokens; t++) {
            const nn_real *h =
                m->network.tokens->data + ((size_t)s * (size_t)m->tokens + (size_t)t) * (size_t)d;
            double sum = 0;
            for (int j = 0; j < d; j++)
                sum += (double)h[j] * kernel[j * m->classes + c];
            cam[t * m->classes + c] = (nn_real)sum;
            mean += sum / m->tokens;
        }
        double logit = m->network.logits->data[s * m->classes + c];
        assert_true(fabs(mean + bias[c] - logit) <= 1e-4 + 1e-4 * fabs(logit));
    }
    free(kernel);
}

/* Weights that make the loss each class's mean over all classes, as published. */
static void fill_target(model *m, const double *label)
{
    for (int i = 0; i < m->batch; i++) {
        int alike = 0;
        for (int j = 0; j < m->batch; j++)
            alike += label[i] == label[j];
        for (int c = 0; c < m->classes; c++)
            m->target->data[i * m->classes + c] = c == (int)label[i] ? (nn_real)m->batch / (nn_real)alike : 0;
    }
}

static void load_small(model *m, const nn_st_file *file)
{
    static const char *const same[][2] = {{"d-model", "d_model"}, {"heads", "heads"}, {"d-ff", "d_ff"}};
    model_begin(m);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        set_option(m, same[i][0], golden_setting(file, same[i][1]));
    assert_string_equal(golden_setting(file, "layernorm_eps"), "1e-06");
    m->batch = atoi(golden_setting(file, "batch"));
    m->tokens = atoi(golden_setting(file, "tokens"));
    m->bands = atoi(golden_setting(file, "bands"));
    m->classes = atoi(golden_setting(file, "classes"));
    model_build(m, true);
    int tensors = 0;
    for (int i = 0; i < m->params->count; i++) {
        const nn_param *p = &m->params->table[i];
        golden_fill(file, "param/", published_name(p), m->params->data + p->offset, p->count);
    }
    for (size_t i = 0; i < nn_st_count(file); i++)
        tensors += strncmp(nn_st_at(file, i)->name, "param/", 6) == 0;
    assert_int_equal(tensors, m->params->count);
}

static void test_small(void **state)
{
    (void)state;
    model m;
    nn_st_file *file = golden_open("t2_small");
    load_small(&m, file);
    size_t outputs = (size_t)m.batch * (size_t)m.classes, tokens = (size_t)m.tokens;
    golden_fill(file, "", "input", m.input->data, (size_t)m.batch * tokens * (size_t)m.bands);
    double *label = golden_read(file, "", "labels", (size_t)m.batch);
    fill_target(&m, label);
    nn_real *grads = calloc(m.params->size, sizeof *grads), *p = calloc(outputs, sizeof *p),
            *cam = calloc(outputs * tokens, sizeof *cam);
    assert_true(grads && p && cam);
    nn_run run = {
        .batch = m.batch, .params = m.params->data, .grads = grads, .loss_scale = 1.0 / (double)outputs};
    nn_plan_forward(m.plan, &run);
    for (int s = 0; s < m.batch; s++) {
        softmax(p + s * m.classes, m.network.logits->data + s * m.classes, m.classes);
        activation_map(&m, s, cam + s * m.tokens * m.classes);
    }
    golden_compare(file, "", "output", p, outputs, rough);
    golden_compare(file, "", "cam", cam, outputs * tokens, rough);
    nn_real loss = (nn_real)run.loss;
    golden_compare(file, "", "loss", &loss, 1, rough);
    nn_plan_backward(m.plan, &run);
    for (int i = 0; i < m.params->count; i++) {
        const nn_param *w = &m.params->table[i];
        golden_compare(file, "grad/", published_name(w), grads + w->offset, w->count, rough);
    }
    free(label);
    free(grads);
    free(p);
    free(cam);
    model_clear(&m);
    nn_st_close(file);
}

/* The released text file: tensors in the order in which Keras lists them, each behind a line of its name. */
static void load_released(model *m, FILE *file)
{
    static const char *const order[] = {"conv.kernel", "conv.bias", "q.kernel",   "q.bias",     "k.kernel",
                                        "k.bias",      "v.kernel",  "v.bias",     "o.kernel",   "o.bias",
                                        "ff1.kernel",  "ff1.bias",  "ff2.kernel", "ff2.bias",   "ln1.gamma",
                                        "ln1.beta",    "ln2.gamma", "ln2.beta",   "cls.kernel", "cls.bias"};
    char line[256], name[64];
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        bool outer = strncmp(order[k], "conv", 4) == 0 || strncmp(order[k], "cls", 3) == 0;
        snprintf(name, sizeof name, "%s%s", outer ? "" : "block.0.", order[k]);
        const nn_param *p = nn_params_find(m->params, name);
        assert_non_null(p);
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(strncmp(line, "# ", 2), 0);
        assert_int_equal(strncmp(line + 2, order[k], strlen(order[k])), 0);
        for (size_t i = 0; i < p->count; i++) {
            assert_non_null(fgets(line, sizeof line, file));
            m->params->data[p->offset + i] = (nn_real)strtod(line, NULL);
        }
    }
    assert_null(fgets(line, sizeof line, file));
}

static void test_released(void **state)
{
    (void)state;
    static const double want[14] = {1.49661e-05, 9.14967e-08, 9.70987e-04, 2.7387e-08, 1.05432e-07,
                                    2.42635e-05, 2.16626e-07, 1.29199e-07, 0.998985,   1.40805e-07,
                                    1.24008e-10, 1.60406e-07, 4.01538e-06, 2.12685e-09};
    reference_or_skip("golden/t2_plasticc_weights.txt");
    char path[1024];
    reference_path(path, sizeof path, "golden/t2_plasticc_weights.txt");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    model m;
    model_begin(&m);
    m.batch = 1, m.tokens = 102, m.bands = 6, m.classes = 14;
    model_build(&m, false);
    load_released(&m, file);
    fclose(file);
    for (int t = 0; t < 102; t++)
        for (int j = 0; j < 6; j++)
            m.input->data[t * 6 + j] = (nn_real)(2 * sin(0.1 * t + j));
    nn_run run = {.batch = 1, .params = m.params->data};
    nn_plan_forward(m.plan, &run);
    nn_real p[14], cam[102 * 14];
    softmax(p, m.network.logits->data, 14);
    for (int c = 0; c < 14; c++)
        if (!(fabs((double)p[c] / want[c] - 1) < (sizeof(nn_real) == sizeof(float) ? 1e-4 : 4e-6)))
            fail_msg("class %d: %.9g, not %.9g", c, (double)p[c], want[c]);
    activation_map(&m, 0, cam);
    model_clear(&m);
}

static void check_size(int bands, int classes, size_t want)
{
    model m;
    model_begin(&m);
    m.batch = 1, m.tokens = 100, m.bands = bands, m.classes = classes;
    model_build(&m, false);
    assert_int_equal(m.params->size, want);
    model_clear(&m);
}

static void test_published_sizes(void **state)
{
    (void)state;
    check_size(6, 14, 13390);
    check_size(2, 14, 13262);
}

/* Dense layers of Keras: Glorot uniform over all heads, biases zero. */
static void test_initial_values(void **state)
{
    (void)state;
    model m;
    double kernel[1024], bias[32], most = 0;
    model_begin(&m);
    m.batch = 1, m.tokens = 100, m.bands = 6, m.classes = 14;
    model_build(&m, false);
    param(&m, "block.0.q.kernel", kernel);
    param(&m, "block.0.q.bias", bias);
    for (int i = 0; i < 1024; i++)
        most = fmax(most, fabs(kernel[i]));
    assert_true(most <= sqrt(6.0 / 64) && most > 0.95 * sqrt(6.0 / 64));
    for (int i = 0; i < 32; i++)
        assert_true(bias[i] == 0);
    model_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_small), cmocka_unit_test(test_released),
                                       cmocka_unit_test(test_published_sizes),
                                       cmocka_unit_test(test_initial_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
