/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Low rank beside reference values, and models that were made smaller, through files. */
#include "forecast/compress/lowrank.h"
#include "forecast/files/factor.h"
#include "forecast/files/int8.h"
#include "tests/golden_file.h"

#include <math.h>
#include <stdbool.h>

static void check_svd(const char *name)
{
    nn_st_file *file = golden_open(name);
    nn_error error = {0};
    const nn_st_tensor *shape = nn_st_find(file, "weight");
    const int out = (int)shape->shape[0], in = (int)shape->shape[1], most = in < out ? in : out;
    const nn_st_tensor *second = nn_st_find(file, "param/second.weight");
    const int rank = (int)second->shape[1];
    double *w = golden_read(file, "", "weight", shape->count),
           *singular = golden_read(file, "", "singular_values", (size_t)most),
           *product = golden_read(file, "", "product", shape->count),
           *wanted = golden_read(file, "", "rank_for_energy_95", 1);
    const double room = golden_is_double(file) ? 1e-9 : 1e-5;
    fc_lowrank l;
    assert_int_equal(fc_lowrank_make(&l, w, out, in, &error), NN_OK);
    for (int k = 0; k < most; k++)
        if (!(fabs(l.s[k] - singular[k]) <= room * singular[0]))
            fail_msg("%s: singular value %d is %.12g, not %.12g", name, k, l.s[k], singular[k]);
    assert_int_equal(fc_lowrank_rank(&l, 0.95), (int)wanted[0]);
    for (int o = 0; o < out; o++)
        for (int i = 0; i < in; i++) {
            double sum = 0;
            for (int k = 0; k < rank; k++)
                sum += l.v[o * most + k] * l.s[k] * l.u[i * most + k];
            if (!(fabs(sum - product[o * in + i]) <= room * singular[0]))
                fail_msg("%s: product[%d,%d] is %.12g, not %.12g", name, o, i, sum, product[o * in + i]);
        }
    fc_lowrank_clear(&l);
    free(w);
    free(singular);
    free(product);
    free(wanted);
    nn_st_close(file);
}

static void test_svd(void **state)
{
    (void)state;
    check_svd("blocks/lowrank_svd");
    check_svd("blocks/lowrank_svd_wide");
}

/* Weighed by the unit matrix the columns are those of the weights; by inputs that lie in a plane, two columns
 * say all. */
static void test_weighed(void **state)
{
    (void)state;
    enum { OUT = 5, IN = 4 };
    nn_error error = {0};
    double w[OUT * IN], unit[IN * IN] = {0}, plane[IN * IN];
    for (int i = 0; i < OUT * IN; i++)
        w[i] = sin(3 * i + 1);
    for (int i = 0; i < IN; i++)
        for (int k = 0; k < IN; k++) {
            unit[i * IN + k] = i == k;
            plane[i * IN + k] = sin(i) * sin(k) + cos(2 * i) * cos(2 * k);
        }
    fc_lowrank plain, same, flat;
    assert_int_equal(fc_lowrank_make(&plain, w, OUT, IN, &error), NN_OK);
    assert_int_equal(fc_lowrank_weigh(&same, w, unit, OUT, IN, &error), NN_OK);
    assert_int_equal(fc_lowrank_weigh(&flat, w, plane, OUT, IN, &error), NN_OK);
    for (int k = 0; k < IN; k++)
        assert_true(fabs(plain.s[k] - same.s[k]) <= 1e-7 * plain.s[0]);
    assert_int_equal(fc_lowrank_rank(&flat, 1 - 1e-9), 2);
    assert_true(flat.s[2] <= 1e-7 * flat.s[0]);
    /* what the two columns make of a point of the plane is what the whole map does */
    for (int o = 0; o < OUT; o++) {
        double whole = 0, cut = 0;
        for (int i = 0; i < IN; i++) {
            const double x = sin(i) - 2 * cos(2 * i);
            whole += w[o * IN + i] * x;
            for (int k = 0; k < 2; k++)
                cut += flat.v[o * IN + k] * flat.s[k] * flat.u[i * IN + k] * x;
        }
        assert_true(fabs(whole - cut) <= 1e-7);
    }
    fc_lowrank_clear(&plain);
    fc_lowrank_clear(&same);
    fc_lowrank_clear(&flat);
}

static void test_rank_rule(void **state)
{
    (void)state;
    nn_st_file *file = golden_open("blocks/lowrank_rank_rule");
    const size_t n = nn_st_find(file, "in")->count;
    double *in = golden_read(file, "", "in", n), *out = golden_read(file, "", "out", n),
           *asked = golden_read(file, "", "asked", n), *rank = golden_read(file, "", "rank", n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(fc_lowrank_asked(asked[i], fc_lowrank_limit((int)in[i], (int)out[i])), (int)rank[i]);
    free(in);
    free(out);
    free(asked);
    free(rank);
    nn_st_close(file);
}

/* What a proxy keeps, and the weights of dense times sparse. */
static void test_factor(void **state)
{
    (void)state;
    nn_error error = {0};
    nn_st_file *file = golden_open("blocks/ds_factor");
    const nn_st_tensor *d = nn_st_find(file, "param/dense"), *p = nn_st_find(file, "param/proxy"),
                       *k = nn_st_find(file, "index");
    const int blocks = (int)d->shape[0], rows = (int)d->shape[1], rank = (int)d->shape[2],
              in = (int)p->shape[2], kept = (int)k->shape[1];
    double *dense = golden_read(file, "param/", "dense", d->count),
           *proxy = golden_read(file, "param/", "proxy", p->count),
           *sparse = golden_read(file, "inner/", "sparse", p->count),
           *weight = golden_read(file, "inner/", "weight", (size_t)(blocks * rows * in)),
           *places = golden_read(file, "", "index", (size_t)(blocks * kept * in));
    double *got = calloc((size_t)(blocks * rows * in), sizeof *got);
    fc_factored f;
    assert_non_null(got);
    assert_int_equal(fc_factored_make(&f, blocks * rows, in, blocks, rank, kept, &error), NN_OK);
    for (size_t i = 0; i < d->count; i++)
        f.dense[i] = (float)dense[i];
    for (int b = 0; b < blocks; b++)
        for (int i = 0; i < in; i++) {
            int index[FC_MOST_FACTOR_KEPT], zero = 0;
            const double *column = proxy + (size_t)b * (size_t)rank * (size_t)in + i;
            nn_keep_largest(index, column, (size_t)in, rank, kept);
            for (int r = 0; r < rank; r++)
                zero += sparse[(b * rank + r) * in + i] == 0;
            assert_int_equal(zero, rank - kept);
            for (int r = 0; r < kept; r++) {
                const size_t at = (size_t)((b * kept + r) * in + i);
                assert_int_equal(index[r], (int)places[at]);
                assert_true(column[index[r] * in] == sparse[(b * rank + index[r]) * in + i]);
                f.index[at] = (int8_t)index[r];
                f.values[at] = (float)column[index[r] * in];
            }
        }
    fc_factored_widen(&f, got);
    for (int i = 0; i < blocks * rows * in; i++)
        assert_true(fabs(got[i] - weight[i]) <= 1e-5 + 1e-4 * fabs(weight[i]));
    /* and found again, or nearly so, from the weights alone */
    assert_int_equal(fc_factor(&f, weight, 30, &error), NN_OK);
    fc_factored_widen(&f, got);
    double off = 0, all = 0;
    for (int i = 0; i < blocks * rows * in; i++) {
        off += (got[i] - weight[i]) * (got[i] - weight[i]);
        all += weight[i] * weight[i];
    }
    assert_true(off <= 0.1 * all);
    const double equal[] = {1, -2, 2, 0};
    int index[2];
    nn_keep_largest(index, equal, 1, 3, 1);
    assert_int_equal(index[0], 1);
    fc_factored_clear(&f);
    free(dense);
    free(proxy);
    free(sparse);
    free(weight);
    free(places);
    free(got);
    nn_st_close(file);
}

static void test_int8(void **state)
{
    (void)state;
    enum { ROWS = 8, COLUMNS = 16 };
    nn_real weights[ROWS * COLUMNS];
    int8_t values[ROWS * COLUMNS];
    const nn_param by_row = {.name = (char *)"a.weight",
                             .rank = 2,
                             .shape = {ROWS, COLUMNS},
                             .count = ROWS * COLUMNS},
                   by_column = {.name = (char *)"a.kernel",
                                .rank = 2,
                                .shape = {COLUMNS, ROWS},
                                .count = ROWS * COLUMNS};
    for (int i = 0; i < ROWS * COLUMNS; i++)
        weights[i] = (nn_real)(sin(i) * (1 + i % ROWS) * pow(10, i / COLUMNS - 3));
    for (int turn = 0; turn < 2; turn++) {
        const nn_param *p = turn ? &by_column : &by_row;
        int rows;
        assert_true(fc_int8_suits(p));
        float *scale = fc_int8_take(p, weights, values, &rows);
        assert_non_null(scale);
        assert_int_equal(rows, ROWS);
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            const float s = scale[turn ? i % ROWS : i / COLUMNS];
            assert_true(fabs((double)values[i] * (double)s - (double)weights[i]) <= 0.5001 * (double)s);
        }
        free(scale);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_svd), cmocka_unit_test(test_weighed),
                                       cmocka_unit_test(test_rank_rule), cmocka_unit_test(test_factor),
                                       cmocka_unit_test(test_int8)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
