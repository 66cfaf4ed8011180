/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published forecasters beside the quantiles that their authors' code gives: of every folder FOLDER with a
 * file FOLDER.expected.safetensors beside it in tests/golden/zeroshot and in the reference folder. All sizes,
 * and the cases, come from these files. In float and in double. */
#include "forecast/pretrained/pretrained.h"

#include "lib/files/safetensors.h"
#include "tests/cmocka_all.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the series' scale, or of how far forecasts go from its mean where that is more; and single precision has
 * no more digits than these. */
static const double tolerance = 1e-5, digits = 1e-7;

static const nn_st_tensor *find(const nn_st_file *file, const char *name, const char *what)
{
    char key[400];
    snprintf(key, sizeof key, "%.200s/%.20s", name, what);
    return nn_st_find(file, key);
}

static double *values_of(const nn_st_file *file, const nn_st_tensor *tensor)
{
    double *values = malloc((tensor->count + 1) * sizeof *values);
    assert_non_null(values);
    nn_st_read_f64(file, tensor, values);
    return values;
}

/* Lines of a tensor of one or two dimensions. */
static int lines_of(const nn_st_tensor *t)
{
    return !t ? 0 : t->rank > 1 ? (int)t->shape[0] : 1;
}

static int length_of(const nn_st_tensor *t)
{
    return (int)t->shape[t->rank - 1];
}

/* One case: the targets, then what is known of the past alone, then what is known beforehand. */
typedef struct example {
    int targets, members, length, steps;
    double *context, *future, *wanted;
} example;

/* The past of the lines of a tensor, and what it goes on with. */
static void put(example *e, const nn_st_file *file, const nn_st_tensor *t, int first)
{
    double *values = t ? values_of(file, t) : NULL;
    for (int m = 0; m < lines_of(t); m++) {
        const double *line = values + (size_t)m * (size_t)length_of(t);
        memcpy(e->context + (size_t)(first + m) * (size_t)e->length, line, (size_t)e->length * sizeof *line);
        for (int h = 0; h < e->steps; h++)
            e->future[(size_t)(first + m) * (size_t)e->steps + (size_t)h] =
                e->length + h < length_of(t) ? line[e->length + h] : NAN;
    }
    free(values);
}

static example read_case(const nn_st_file *file, const char *name)
{
    const nn_st_tensor *context = find(file, name, "context"), *past = find(file, name, "past_only"),
                       *known = find(file, name, "known"), *quantiles = find(file, name, "quantiles");
    if (!context)
        context = find(file, name, "target");
    assert_non_null(context);
    const int targets = lines_of(context), members = targets + lines_of(past) + lines_of(known);
    example e = {targets, members, length_of(context), length_of(quantiles), NULL, NULL, NULL};
    e.context = malloc((size_t)members * (size_t)e.length * sizeof *e.context);
    e.future = malloc((size_t)members * (size_t)e.steps * sizeof *e.future);
    assert_true(e.context && e.future);
    put(&e, file, context, 0);
    put(&e, file, past, targets);
    put(&e, file, known, targets + lines_of(past));
    e.wanted = values_of(file, quantiles);
    return e;
}

static void clear(example *e)
{
    free(e->context);
    free(e->future);
    free(e->wanted);
}

static double *forecast(const fc_pretrained *p, const example *e, nn_pool *pool)
{
    const bool alone = !p->kind->joint;
    double *out = malloc((size_t)e->members * (size_t)p->sizes.levels * (size_t)e->steps * sizeof *out);
    const fc_pretrained_batch batch = {.groups = alone ? e->members : 1,
                                       .members = alone ? 1 : e->members,
                                       .length = e->length,
                                       .context = e->context,
                                       .ahead = e->steps,
                                       .future = alone ? NULL : e->future,
                                       .steps = e->steps,
                                       .out = out};
    nn_error error = {0};
    assert_non_null(out);
    if (fc_pretrained_forecast(p, &batch, pool, &error))
        fail_msg("%s", error.text);
    return out;
}

/* The scale of a constant is what rounding in single precision makes of it: its size counts. */
static double reach(const fc_pretrained_scale *scale, const double *wanted, int count)
{
    double most = scale->scale > 1e-5 ? scale->scale : fmax(fabs(scale->shift), scale->scale);
    for (int i = 0; i < count; i++)
        most = fmax(most, fabs(wanted[i] - scale->shift));
    return most;
}

/* One series of count values; returns how far it is off at most, as a share of what counts. */
static double check_series(const fc_pretrained_scale *scale, const double *got, const double *wanted,
                           int count, const char *what)
{
    const double far = reach(scale, wanted, count);
    double worst = 0;
    for (int i = 0; i < count; i++) {
        const double off = fabs(got[i] - wanted[i]);
        worst = fmax(worst, off / far);
        if (!(off <= tolerance * far + digits * fabs(scale->shift)))
            fail_msg("%s: value %d is %.9g, the reference has %.9g (scale %g, as far as %g)", what, i, got[i],
                     wanted[i], scale->scale, far);
    }
    return worst;
}

static int check_case(const fc_pretrained *p, const nn_st_file *file, const char *name, nn_pool *pool)
{
    example e = read_case(file, name);
    double *out = forecast(p, &e, pool), *again = forecast(p, &e, NULL), worst = 0;
    const int count = p->sizes.levels * e.steps;
    char what[700];
    for (int m = 0; m < e.targets; m++) {
        const fc_pretrained_scale scale =
            fc_pretrained_scale_of(&p->sizes, e.context + (size_t)m * (size_t)e.length, e.length);
        snprintf(what, sizeof what, "%.400s, case %.200s, series %d", nn_st_path(file), name, m);
        worst = fmax(worst, check_series(&scale, out + (size_t)m * (size_t)count,
                                         e.wanted + (size_t)m * (size_t)count, count, what));
    }
    assert_memory_equal(out, again, (size_t)e.members * (size_t)count * sizeof *out);
    printf("%s: off by at most %.2g of the scale\n", name, worst);
    free(out);
    free(again);
    clear(&e);
    return 1;
}

/* Every case of a file, named by what stands before "/quantiles". */
static int check_pair(const char *folder, const char *expected)
{
    fc_pretrained *p;
    nn_st_file *file;
    nn_pool *pool;
    nn_error error = {0};
    int cases = 0;
    if (fc_pretrained_open(&p, folder, NULL, false, &error) || nn_st_open(&file, expected, &error) ||
        nn_pool_new(&pool, 3, &error))
        fail_msg("%s", error.text);
    printf("%s\n", folder);
    for (size_t i = 0; i < nn_st_count(file); i++) {
        char name[200];
        snprintf(name, sizeof name, "%s", nn_st_at(file, i)->name);
        char *slash = strrchr(name, '/');
        if (!slash || strcmp(slash, "/quantiles") != 0)
            continue;
        *slash = '\0';
        cases += check_case(p, file, name, pool);
    }
    nn_pool_free(pool);
    nn_st_close(file);
    fc_pretrained_free(p);
    return cases;
}

static int check_folder(const char *root, const char *within)
{
    static const char ending[] = ".expected.safetensors";
    char path[1000], folder[1300], expected[1300];
    int cases = 0;
    snprintf(path, sizeof path, "%s/%s", root ? root : "", within);
    DIR *dir = root ? opendir(path) : NULL;
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        if (length <= sizeof ending - 1 || strcmp(entry->d_name + length - (sizeof ending - 1), ending) != 0)
            continue;
        snprintf(expected, sizeof expected, "%s/%s", path, entry->d_name);
        snprintf(folder, sizeof folder, "%.*s", (int)(strlen(expected) - (sizeof ending - 1)), expected);
        if (fc_pretrained_is_folder(folder))
            cases += check_pair(folder, expected);
    }
    if (dir)
        closedir(dir);
    return cases;
}

static void test_bundled(void **state)
{
    (void)state;
    assert_true(check_folder(getenv("AUSPEX_SOURCE"), "tests/golden/zeroshot") >= 10);
}

static void test_reference(void **state)
{
    (void)state;
    if (!check_folder(getenv("AUSPEX_REFERENCE"), "golden/zeroshot"))
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bundled), cmocka_unit_test(test_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
