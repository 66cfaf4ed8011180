/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs parts of the library against files of reference values. */
#include "tests/golden_part.h"

#include "tests/golden_file.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the file --- */

static const char *grads_of(const golden_part *g)
{
    return g->grads ? g->grads : "grad/";
}

static const nn_st_tensor *find(const golden_part *g, const char *first, const char *second)
{
    char name[200];
    snprintf(name, sizeof name, "%s%s%s", g->ragged && !g->packed ? "ragged/" : "", first, second);
    return nn_st_find(g->file, name);
}

static double *values_of(const golden_part *g, const nn_st_tensor *tensor)
{
    double *values = malloc((tensor->count + 1) * sizeof *values);
    assert_non_null(values);
    nn_st_read_f64(g->file, tensor, values);
    return values;
}

bool golden_part_has(const golden_part *g, const char *tensor)
{
    return nn_st_find(g->file, tensor);
}

int golden_part_rows(const golden_part *g, const char *tensor)
{
    const nn_st_tensor *found = nn_st_find(g->file, tensor);
    if (!found)
        fail_msg("%s: no tensor %s", g->test->file, tensor);
    return (int)found->shape[0];
}

static const json_t *setting(const golden_part *g, const char *key)
{
    const json_t *value = json_object_get(g->settings, key);
    if (!value)
        fail_msg("%s: no setting %s", g->test->file, key);
    return value;
}

double golden_part_number(const golden_part *g, const char *key)
{
    char name[60];
    const char *index = strchr(key, '/');
    snprintf(name, sizeof name, "%.*s", (int)strcspn(key, "/"), key);
    const json_t *value = setting(g, name);
    if (index)
        value = json_is_object(value) ? json_object_get(value, index + 1)
                                      : json_array_get(value, (size_t)atoi(index + 1));
    if (!json_is_number(value))
        fail_msg("%s: the setting %s is no number", g->test->file, key);
    return json_number_value(value);
}

const char *golden_part_text(const golden_part *g, const char *key)
{
    const char *text = json_string_value(setting(g, key));
    if (!text)
        fail_msg("%s: the setting %s is no text", g->test->file, key);
    return text;
}

int golden_part_number_or(const golden_part *g, const char *key, int otherwise)
{
    const json_t *value = json_object_get(g->settings, key);
    return json_is_number(value) ? (int)json_number_value(value) : otherwise;
}

/* --- parts --- */

static void fill_in(const golden_part *g, const char *text, char *to, size_t size)
{
    size_t used = 0;
    while (*text && used + 40 < size)
        if (*text == '{') {
            char key[60];
            const size_t length = strcspn(text, "}");
            assert_true(length < sizeof key);
            snprintf(key, sizeof key, "%.*s", (int)length - 1, text + 1);
            used += (size_t)snprintf(to + used, size - used, "%.17g", golden_part_number(g, key));
            text += length + 1;
        } else
            to[used++] = *text++;
    to[used] = '\0';
}

nn_part golden_part_parse(golden_part *g, nn_part_class class, const char *text)
{
    char full[300];
    nn_error error = {0};
    assert_true(g->part_count < GOLDEN_PARTS);
    nn_part *part = &g->parts[g->part_count++];
    fill_in(g, text, full, sizeof full);
    if (nn_part_parse(part, class, full, strlen(full), &error))
        fail_msg("%s: %s", g->test->file, error.text);
    return *part;
}

nn_block golden_part_block(golden_part *g)
{
    const char *activation = json_string_value(json_object_get(g->settings, "activation"));
    const json_t *epsilon = json_object_get(g->settings, "norm_eps");
    const char *place = golden_part_has(g, "param/key.weight")        ? ""
                        : golden_part_has(g, "param/read.key.weight") ? "read."
                                                                      : "attention.";
    char key[60], out[60];
    nn_block block = {.heads = golden_part_number_or(g, "heads", 1),
                      .head_width = golden_part_number_or(g, "head_width", 0),
                      .hidden = golden_part_number_or(g, "hidden", 1),
                      .activation = activation && strncmp(activation, "relu", 4) == 0 ? NN_RELU : NN_GELU,
                      .norm_epsilon = epsilon ? json_number_value(epsilon) : 0};
    snprintf(key, sizeof key, "param/%skey.bias", place);
    snprintf(out, sizeof out, "param/%sout.bias", place);
    block.attention_no_bias = !golden_part_has(g, out);
    block.projection_no_bias = !golden_part_has(g, key);
    return block;
}

nn_tensor *golden_part_mixer(golden_part *g)
{
    nn_block block = golden_part_block(g);
    nn_tensor *x = golden_part_input(g, "input"),
              *memory = golden_part_has(g, "memory") ? golden_part_input(g, "memory") : NULL;
    block.causal = json_is_true(json_object_get(g->settings, "causal"));
    block.mixer = golden_part_parse(g, NN_PART_MIXER, g->test->text);
    return nn_block_mix(g->plan, "b", &block, x, memory);
}

nn_tensor *golden_part_ffn(golden_part *g)
{
    nn_block block = golden_part_block(g);
    block.ffn = golden_part_parse(g, NN_PART_FFN, g->test->text);
    return nn_block_feed(g->plan, "b", &block, golden_part_input(g, "input"));
}

nn_tensor *golden_part_layers(golden_part *g)
{
    char words[5][60] = {"post", "softmax", "mlp", "plain", "layer"};
    sscanf(g->test->text, "%59s %59s %59s %59s %59s", words[0], words[1], words[2], words[3], words[4]);
    nn_block block = golden_part_block(g);
    block.layout = golden_part_parse(g, NN_PART_LAYOUT, words[0]);
    block.mixer = golden_part_parse(g, NN_PART_MIXER, words[1]);
    block.ffn = golden_part_parse(g, NN_PART_FFN, words[2]);
    block.residual = golden_part_parse(g, NN_PART_RESIDUAL, words[3]);
    block.norm = golden_part_parse(g, NN_PART_NORM, words[4]);
    return nn_encoder_block(g->plan, "b", golden_part_input(g, "input"), NULL, &block);
}

/* --- inputs --- */

static int longest_of(const int *offsets, int sequences)
{
    int longest = 0;
    for (int s = 0; s < sequences; s++)
        longest = offsets[s + 1] - offsets[s] > longest ? offsets[s + 1] - offsets[s] : longest;
    return longest;
}

static int offsets_of(const golden_part *g, int **offsets)
{
    const nn_st_tensor *tensor = nn_st_find(g->file, g->packed ? "offsets" : "ragged/offsets");
    double *values = values_of(g, tensor);
    *offsets = malloc(tensor->count * sizeof **offsets);
    assert_non_null(*offsets);
    for (size_t i = 0; i < tensor->count; i++)
        (*offsets)[i] = (int)values[i];
    free(values);
    return (int)tensor->count - 1;
}

nn_tensor *golden_part_input(golden_part *g, const char *name)
{
    const nn_st_tensor *tensor = find(g, name, "");
    if (!tensor)
        fail_msg("%s: no input %s", g->test->file, name);
    nn_tensor *x;
    const bool gradient = find(g, grads_of(g), name);
    if (g->ragged) {
        int *offsets;
        const int sequences = offsets_of(g, &offsets);
        x = nn_input_ragged(g->plan, offsets[sequences], longest_of(offsets, sequences),
                            (int)tensor->shape[1], gradient);
        free(offsets);
    } else {
        int shape[NN_ST_MAX_RANK];
        for (int i = 1; i < tensor->rank; i++)
            shape[i - 1] = (int)tensor->shape[i];
        x = gradient ? nn_input_with_gradient(g->plan, tensor->rank - 1, shape)
                     : nn_input(g->plan, tensor->rank - 1, shape);
    }
    assert_true(g->input_count < 6);
    snprintf(g->inputs[g->input_count].name, sizeof g->inputs->name, "%s", name);
    g->inputs[g->input_count++].tensor = x;
    return x;
}

void golden_part_output(golden_part *g, const char *name, nn_tensor *x)
{
    assert_true(g->other_count < 2);
    g->others[g->other_count].name = name;
    g->others[g->other_count++].tensor = nn_keep(g->plan, x);
}

static void load_inputs(golden_part *g)
{
    for (int i = 0; i < g->input_count; i++) {
        nn_tensor *x = g->inputs[i].tensor;
        const nn_st_tensor *tensor = find(g, g->inputs[i].name, "");
        double *values = values_of(g, tensor);
        for (size_t k = 0; k < tensor->count; k++)
            x->data[k] = (nn_real)values[k];
        free(values);
        if (g->ragged) {
            int *offsets;
            const int sequences = offsets_of(g, &offsets);
            memcpy(x->ragged->offsets, offsets, ((size_t)sequences + 1) * sizeof *offsets);
            free(offsets);
        }
    }
}

/* --- parameters --- */

/* The first of the case's pairs that the name holds, replaced. */
static const char *rename_param(const golden_part *g, const char *name, char text[200])
{
    for (int i = 0; g->test->renamed && g->test->renamed[i][0]; i++) {
        const char *const *pair = g->test->renamed[i], *at = strstr(name, pair[0]);
        if (at) {
            snprintf(text, 200, "%.*s%s%s", (int)(at - name), name, pair[1], at + strlen(pair[0]));
            return text;
        }
    }
    return name;
}

/* The file's name of the plan's parameter "b.NAME", behind prefix. */
static const nn_st_tensor *param_tensor(const golden_part *g, const char *prefix, const char *given)
{
    char full[200], text[200];
    const char *name = rename_param(g, given, text);
    for (int i = 0; i < 3 && name; i++) {
        const char *dot = strchr(name, '.');
        name = dot ? dot + 1 : NULL;
        snprintf(full, sizeof full, "%s%s", prefix, name ? name : "");
        const nn_st_tensor *tensor = name ? nn_st_find(g->file, full) : NULL;
        if (tensor)
            return tensor;
    }
    return NULL;
}

static void load_params(golden_part *g)
{
    size_t loaded = 0, there = 0;
    nn_error error = {0};
    assert_int_equal(nn_params_allocate(g->params, 1, &error), NN_OK);
    for (int i = 0; i < g->params->count; i++) {
        const nn_param *p = &g->params->table[i];
        const nn_st_tensor *tensor = param_tensor(g, "param/", p->name);
        loaded += tensor != NULL;
        if (!tensor)
            tensor = param_tensor(g, "fixed/", p->name);
        if (!tensor || tensor->count != p->count)
            fail_msg("%s: the file has no parameter for %s of %zu elements", g->test->file, p->name,
                     p->count);
        double *values = values_of(g, tensor);
        for (size_t k = 0; k < p->count; k++)
            g->params->data[p->offset + k] = (nn_real)values[k];
        free(values);
    }
    for (size_t i = 0; i < nn_st_count(g->file); i++)
        there += strncmp(nn_st_at(g->file, i)->name, "param/", 6) == 0;
    if (loaded != there)
        fail_msg("%s: the part has %zu of the file's %zu parameters", g->test->file, loaded, there);
}

/* --- comparing --- */

/* In double, of what is stored in double, 1e-7 of the largest; otherwise as floats are. */
static void compare(const golden_part *g, const char *what, const nn_real *got, const nn_st_tensor *tensor,
                    bool exact)
{
    double *want = values_of(g, tensor), largest = 0;
    for (size_t i = 0; i < tensor->count; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < tensor->count; i++) {
        /* a float's error goes by what was added up, not by what is left of it */
        const double room = exact ? 1e-7 * fmax(largest, 1e-6) : 1e-5 + 1e-4 * fabs(want[i]) + 2e-6 * largest;
        if (!(fabs((double)got[i] - want[i]) <= room))
            fail_msg("%s%s: %s[%zu] is %.12g, not %.12g", g->test->file, g->ragged ? " ragged" : "", what, i,
                     (double)got[i], want[i]);
    }
    free(want);
}

static bool is_exact(const golden_part *g)
{
    return sizeof(nn_real) == sizeof(double) && golden_is_double(g->file);
}

static void compare_gradients(const golden_part *g, const nn_real *grads, bool exact)
{
    char prefix[60];
    snprintf(prefix, sizeof prefix, "%s%s", g->ragged && !g->packed ? "ragged/" : "", grads_of(g));
    for (int i = 0; i < g->params->count; i++) {
        const nn_param *p = &g->params->table[i];
        const nn_st_tensor *tensor = param_tensor(g, prefix, p->name);
        if (!tensor && param_tensor(g, "fixed/", p->name))
            continue;
        if (!tensor)
            fail_msg("%s: no gradient of %s in the file", g->test->file, p->name);
        compare(g, p->name, grads + p->offset, tensor, exact);
    }
    for (int i = 0; i < g->input_count; i++) {
        const nn_st_tensor *tensor = find(g, grads_of(g), g->inputs[i].name);
        if (tensor)
            compare(g, g->inputs[i].name, g->inputs[i].tensor->grad, tensor, exact);
    }
}

/* --- a pass --- */

static int batch_of(const golden_part *g)
{
    int *offsets, sequences;
    if (!g->ragged)
        return golden_part_number_or(g, "batch", 1);
    sequences = offsets_of(g, &offsets);
    free(offsets);
    return sequences;
}

static void set_gradient(const golden_part *g, nn_tensor *output, const nn_st_tensor *cotangent)
{
    assert_non_null(cotangent);
    double *values = values_of(g, cotangent);
    for (size_t i = 0; i < cotangent->count; i++)
        output->grad[i] = (nn_real)values[i];
    free(values);
}

static void compare_backward(golden_part *g, nn_run *run, nn_tensor *output, const nn_st_tensor *cotangent)
{
    set_gradient(g, output, cotangent);
    for (int i = 0; i < g->other_count; i++) {
        const nn_st_tensor *want = find(g, g->others[i].name, "");
        assert_non_null(want);
        compare(g, g->others[i].name, g->others[i].tensor->data, want, is_exact(g));
        set_gradient(g, g->others[i].tensor, find(g, "cotangent/", g->others[i].name));
    }
    nn_plan_backward(g->plan, run);
    compare_gradients(g, run->grads, is_exact(g));
}

static void pass(golden_part *g)
{
    nn_error error = {0};
    const int batch = batch_of(g);
    g->params = nn_params_new();
    g->plan = nn_plan_new(g->params, batch, true);
    g->input_count = g->other_count = 0;
    g->first = g->grads = NULL;
    nn_tensor *output = g->test->build(g);
    nn_keep(g->plan, output);
    if (nn_plan_compile(g->plan, &error))
        fail_msg("%s: %s", g->test->file, error.text);
    load_params(g);
    load_inputs(g);
    nn_real *grads = calloc(g->params->size + 1, sizeof *grads);
    assert_non_null(grads);
    nn_run run = {.batch = batch, .params = g->params->data, .grads = grads, .loss_scale = 1};
    nn_plan_forward(g->plan, &run);
    const char *name = g->output ? g->output : g->first ? g->first : "output";
    const nn_st_tensor *want = find(g, name, ""), *cotangent = find(g, "cotangent/", name);
    cotangent = cotangent ? cotangent : find(g, "cotangent", "");
    assert_true(want || !*name);
    if (want)
        compare(g, name, output->data, want, is_exact(g));
    if (!g->output)
        compare_backward(g, &run, output, cotangent);
    free(grads);
    nn_plan_free(g->plan);
    nn_params_free(g->params);
}

void golden_part_run(const golden_part_case *test)
{
    golden_part_run_output(test, NULL);
}

void golden_part_run_output(const golden_part_case *test, const char *output)
{
    golden_part g = {.test = test, .output = output};
    nn_error error = {0};
    char path[1024];
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/blocks/%s.safetensors", source ? source : ".", test->file);
    if (nn_st_open(&g.file, path, &error))
        fail_msg("%s", error.text);
    g.settings = json_loads(nn_st_metadata(g.file, "settings"), 0, NULL);
    assert_non_null(g.settings);
    g.packed = g.ragged = golden_part_has(&g, "offsets");
    pass(&g);
    g.ragged = true;
    if (!g.packed && find(&g, "input", "") && !output)
        pass(&g);
    for (int i = 0; i < g.part_count; i++)
        nn_part_clear(&g.parts[i]);
    json_decref(g.settings);
    nn_st_close(g.file);
}
