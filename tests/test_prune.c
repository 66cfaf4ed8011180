/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which parts are left out, beside reference decisions: the block is run with what is gone set to zero. */
#include "forecast/compress/prune.h"
#include "lib/files/json.h"
#include "lib/parts/block.h"
#include "tests/golden_file.h"

#include <math.h>
#include <stdbool.h>

typedef struct block {
    nn_st_file *file;
    int batch, tokens, width, heads, hidden, group;
    nn_params *params; /* as in the file */
    nn_real *whole;
    nn_plan *plan;
    nn_tensor *input, *output;
    double *head, *head_bias, *target;
    fc_removal steps[1024];
    int step_count;
} block;

static int setting(const block *b, const char *key)
{
    json_t *settings = json_loads(golden_setting(b->file, "settings"), 0, NULL);
    const json_int_t value = json_integer_value(json_object_get(settings, key));
    json_decref(settings);
    assert_true(value > 0);
    return (int)value;
}

static void open_block(block *b)
{
    nn_error error = {0};
    *b = (block){.file = golden_open("blocks/prune")};
    b->batch = setting(b, "batch");
    b->tokens = setting(b, "tokens");
    b->width = setting(b, "width");
    b->heads = setting(b, "heads");
    b->hidden = setting(b, "hidden");
    b->group = setting(b, "group");
    b->params = nn_params_new();
    b->plan = nn_plan_new(b->params, b->batch, false);
    b->input = nn_input(b->plan, 2, (int[]){b->tokens, b->width});
    const nn_block shape = {.heads = b->heads, .hidden = b->hidden, .activation = NN_GELU};
    b->output = nn_keep(b->plan, nn_encoder_block(b->plan, "b", b->input, NULL, &shape));
    assert_int_equal(nn_plan_compile(b->plan, &error), NN_OK);
    assert_int_equal(nn_params_reserve(b->params, &error), NN_OK);
    b->whole = malloc(b->params->size * sizeof *b->whole);
    assert_non_null(b->whole);
    for (int i = 0; i < b->params->count; i++) {
        const nn_param *p = &b->params->table[i];
        double *values = golden_read(b->file, "param/", p->name + 2, p->count);
        for (size_t k = 0; k < p->count; k++)
            b->whole[p->offset + k] = (nn_real)values[k];
        free(values);
    }
    b->head = golden_read(b->file, "param/", "head.weight", (size_t)b->width);
    b->head_bias = golden_read(b->file, "param/", "head.bias", 1);
    b->target = golden_read(b->file, "", "target", (size_t)b->batch);
    double *input = golden_read(b->file, "", "input", (size_t)(b->batch * b->tokens * b->width));
    for (int i = 0; i < b->batch * b->tokens * b->width; i++)
        b->input->data[i] = (nn_real)input[i];
    free(input);
}

static void close_block(block *b)
{
    nn_plan_free(b->plan);
    nn_params_free(b->params);
    nn_st_close(b->file);
    free(b->whole);
    free(b->head);
    free(b->head_bias);
    free(b->target);
}

/* Columns of a matrix that are gone; bias: the whole branch is. */
static void zero(const block *b, const char *name, const uint8_t *gone, int unit, bool all)
{
    char text[80];
    snprintf(text, sizeof text, "b.%s.weight", name);
    const nn_param *w = nn_params_find(b->params, text);
    const int columns = w->shape[1];
    for (size_t k = 0; k < w->count; k++)
        if (all || gone[k % (size_t)columns / (size_t)unit])
            b->params->data[w->offset + k] = 0;
    snprintf(text, sizeof text, "b.%s.bias", name);
    const nn_param *bias = nn_params_find(b->params, text);
    for (size_t k = 0; all && k < bias->count; k++)
        b->params->data[bias->offset + k] = 0;
}

static int loss_of(void *context, const fc_layer_cut *layers, double *loss, nn_error *error)
{
    block *b = context;
    (void)error;
    memcpy(b->params->data, b->whole, b->params->size * sizeof *b->whole);
    zero(b, "attention.out", layers->head_gone, b->width / b->heads, layers->mixer_gone);
    zero(b, "ffn.project", layers->group_gone, b->group, layers->ffn_gone);
    nn_run run = {.batch = b->batch, .params = b->params->data};
    nn_plan_forward(b->plan, &run);
    *loss = 0;
    for (int i = 0; i < b->batch; i++) {
        double y = b->head_bias[0];
        for (int k = 0; k < b->tokens * b->width; k++)
            y += (double)b->output->data[i * b->tokens * b->width + k] / b->tokens * b->head[k % b->width];
        *loss += (y - b->target[i]) * (y - b->target[i]) / b->batch;
    }
    return NN_OK;
}

static void on_tried(void *context, const fc_removal *removal)
{
    block *b = context;
    assert_true(b->step_count < 1024);
    b->steps[b->step_count++] = *removal;
}

static void test_greedy(void **state)
{
    (void)state;
    block b;
    open_block(&b);
    const int groups = b.hidden / b.group;
    nn_error error = {0};
    double loss[2], *heads = golden_read(b.file, "importance/", "heads", (size_t)b.heads),
                    *columns = golden_read(b.file, "importance/", "columns", (size_t)b.hidden),
                    *wanted = golden_read(b.file, "greedy/", "loss", 2);
    fc_layer_cut layer = {.mixes = true,
                          .feeds = true,
                          .heads = b.heads,
                          .groups = groups,
                          .head_weight = heads,
                          .group_weight = calloc((size_t)groups, sizeof(double)),
                          .head_gone = calloc((size_t)b.heads, 1),
                          .group_gone = calloc((size_t)groups, 1)};
    for (int i = 0; i < b.hidden; i++)
        layer.group_weight[i / b.group] += columns[i];
    const fc_pruning pruning = {
        .layers = &layer, .count = 1, .loss = loss_of, .tried = on_tried, .context = &b};
    assert_int_equal(fc_prune(&pruning, loss, &error), NN_OK);
    assert_true(fabs(loss[0] - wanted[0]) <= 1e-5 && fabs(loss[1] - wanted[1]) <= 1e-5);
    const size_t count = nn_st_find(b.file, "greedy/steps")->count;
    double *steps = golden_read(b.file, "greedy/", "steps", count);
    assert_int_equal(b.step_count, (int)count / 4);
    for (int i = 0; i < b.step_count; i++) {
        const double *s = steps + 4 * i;
        assert_int_equal((int)b.steps[i].kind, (int)s[0]);
        assert_int_equal(b.steps[i].index, (int)s[1]);
        assert_true(fabs(b.steps[i].loss - s[2]) <= 1e-5 + 1e-4 * s[2]);
        assert_int_equal(b.steps[i].kept, (int)s[3]);
    }
    free(steps);
    free(wanted);
    free(columns);
    fc_layer_cut_clear(&layer);
    close_block(&b);
}

/* The kept ones in the order of the file, after the lowest have gone. */
static void check_kept(const block *b, const char *what, int count, int gone)
{
    int order[4096];
    assert_true(count <= 4096);
    double *weight = golden_read(b->file, "importance/", what, (size_t)count),
           *kept = golden_read(b->file, "kept/", what, (size_t)(count - gone));
    fc_prune_order(order, weight, count);
    for (int i = 0; i < count; i++)
        weight[order[i]] = i < gone ? -1 : 1;
    for (int i = 0, at = 0; i < count; i++)
        if (weight[i] > 0)
            assert_int_equal((int)kept[at++], i);
    free(weight);
    free(kept);
}

static void test_importance(void **state)
{
    (void)state;
    block b;
    open_block(&b);
    check_kept(&b, "heads", b.heads, setting(&b, "removed_heads"));
    check_kept(&b, "columns", b.hidden, setting(&b, "removed_columns"));
    const double equal[] = {2, 1, 1, 0};
    int order[4];
    fc_prune_order(order, equal, 4);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 1);
    assert_int_equal(order[2], 2);
    close_block(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_greedy), cmocka_unit_test(test_importance)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
