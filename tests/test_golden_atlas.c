/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The deep memory beside reference values of its published code, in every size that the file says: what it
 * makes of keys, its gradients, and its steps. In float and in double. */
#include "lib/files/json.h"
#include "lib/parts/mixers/deep_memory.h"
#include "tests/golden_file.h"

#include <stdbool.h>

static bool exact; /* values and what is made of them are doubles */

typedef struct reference {
    nn_st_file *file;
    json_t *settings;
    nn_deep_memory net;
    nn_deep_rule rule;
    int batch, tokens, window;
    size_t size;
    nn_real *params, *momentum, *grads, *room, *keys, *values;
} reference;

static double number(const reference *r, const char *key)
{
    const json_t *value = json_object_get(r->settings, key);
    if (!json_is_number(value))
        fail_msg("atlas_update: no setting %s", key);
    return json_number_value(value);
}

static nn_real *room_for(size_t count)
{
    nn_real *room = calloc(count + 1, sizeof *room);
    assert_non_null(room);
    return room;
}

static void fill(const reference *r, const char *prefix, nn_real *to)
{
    for (int i = 0; i < NN_DEEP_MEMORY_TENSORS; i++) {
        const nn_deep_tensor t = nn_deep_memory_tensor(&r->net, i);
        golden_fill(r->file, prefix, t.name, to + t.offset, t.count);
    }
}

/* In double nearly all digits, in float as the reference's own page allows. */
static void is_near(const char *what, const nn_real *got, const nn_real *want, size_t count, double rough)
{
    for (size_t i = 0; i < count; i++) {
        const double w = (double)want[i], room = exact ? 1e-9 * (1 + fabs(w)) : 1e-4 + rough * fabs(w);
        if (!(fabs((double)got[i] - w) <= room))
            fail_msg("%s[%zu] is %.12g, not %.12g", what, i, (double)got[i], w);
    }
}

static void compare(const reference *r, const char *prefix, const nn_real *got)
{
    nn_real *want = room_for(r->size);
    fill(r, prefix, want);
    is_near(prefix, got, want, r->size, 1e-3);
    free(want);
}

static void begin(reference *r)
{
    *r = (reference){.file = golden_open("blocks/atlas_update")};
    exact = sizeof(nn_real) == sizeof(double) && golden_is_double(r->file);
    r->settings = json_loads(golden_setting(r->file, "settings"), 0, NULL);
    assert_non_null(r->settings);
    r->batch = (int)number(r, "batch");
    r->tokens = (int)number(r, "tokens");
    r->window = (int)number(r, "window");
    r->net = (nn_deep_memory){.width = (int)number(r, "width"),
                              .key = (int)number(r, "key_width"),
                              .hidden = (int)number(r, "hidden"),
                              .epsilon = number(r, "norm_eps")};
    r->rule = (nn_deep_rule){.decay = number(r, "decay"),
                             .theta = number(r, "theta"),
                             .alpha = number(r, "alpha"),
                             .eta = number(r, "eta")};
    const size_t rows = (size_t)r->batch * (size_t)r->tokens * (size_t)r->net.width;
    r->size = nn_deep_memory_size(&r->net);
    r->params = room_for(r->size);
    r->momentum = room_for(r->size);
    r->grads = room_for(r->size);
    r->room = room_for(nn_deep_memory_room(&r->net) + nn_deep_memory_trace(&r->net) + (size_t)r->net.width);
    r->keys = room_for(rows);
    r->values = room_for(rows);
    fill(r, "param/", r->params);
    golden_fill(r->file, "", "keys", r->keys, rows);
    golden_fill(r->file, "", "values", r->values, rows);
}

static void end(reference *r)
{
    free(r->params);
    free(r->momentum);
    free(r->grads);
    free(r->room);
    free(r->keys);
    free(r->values);
    json_decref(r->settings);
    nn_st_close(r->file);
}

static void recall(const reference *r, const char *name)
{
    const size_t w = (size_t)r->net.width, rows = (size_t)r->batch * (size_t)r->tokens;
    nn_real *got = room_for(rows * w), *want = room_for(rows * w);
    golden_fill(r->file, "", name, want, rows * w);
    for (size_t t = 0; t < rows; t++)
        nn_deep_memory_recall(&r->net, r->params, got + t * w, r->keys + t * w, r->room);
    is_near(name, got, want, rows * w, 1e-3);
    free(got);
    free(want);
}

/* The gradient of the last window of each sequence. */
static double study(reference *r)
{
    const int count = r->window < r->tokens ? r->window : r->tokens;
    const size_t w = (size_t)r->net.width;
    double loss = 0;
    memset(r->grads, 0, r->size * sizeof *r->grads);
    for (int b = 0; b < r->batch; b++) {
        const size_t from = ((size_t)(b + 1) * (size_t)r->tokens - (size_t)count) * w;
        loss += nn_deep_memory_study(&r->net, &r->rule, r->params, r->grads, r->keys + from, r->values + from,
                                     w, count, r->batch, r->room);
    }
    return loss;
}

static void test_update(void **state)
{
    (void)state;
    reference r;
    begin(&r);
    const size_t steps = nn_st_find(r.file, "losses")->count;
    nn_real *losses = room_for(steps);
    golden_fill(r.file, "", "losses", losses, steps);
    recall(&r, "output");
    for (size_t i = 0; i < steps; i++) {
        char prefix[40];
        const nn_real loss = (nn_real)study(&r);
        is_near("loss", &loss, &losses[i], 1, 1e-3);
        snprintf(prefix, sizeof prefix, "step%zu/grad/", i + 1);
        if (i == 0)
            compare(&r, prefix, r.grads);
        nn_deep_memory_learn(&r.net, &r.rule, r.params, r.momentum, r.grads, r.room);
        snprintf(prefix, sizeof prefix, "step%zu/param/", i + 1);
        compare(&r, prefix, r.params);
    }
    recall(&r, "final/output");
    free(losses);
    end(&r);
}

static void check_newton_schulz(const char *input, const char *output)
{
    nn_st_file *file = golden_open("blocks/atlas_update");
    exact = sizeof(nn_real) == sizeof(double) && golden_is_double(file);
    const nn_st_tensor *t = nn_st_find(file, input);
    assert_non_null(t);
    const int rows = (int)t->shape[0], columns = (int)t->shape[1];
    nn_real *x = room_for(t->count), *want = room_for(t->count),
            *room = room_for(nn_newton_schulz_room(rows, columns));
    golden_fill(file, "", input, x, t->count);
    golden_fill(file, "", output, want, t->count);
    nn_newton_schulz(x, rows, columns, room);
    is_near(output, x, want, t->count, 1e-3);
    free(x);
    free(want);
    free(room);
    nn_st_close(file);
}

static void test_newton_schulz(void **state)
{
    (void)state;
    check_newton_schulz("newton_schulz/input", "newton_schulz/output");
    check_newton_schulz("newton_schulz/tall_input", "newton_schulz/tall_output");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_update), cmocka_unit_test(test_newton_schulz)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
