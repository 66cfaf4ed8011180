/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear maps of eight and sixteen bits beside slow twins, on every kernel that this processor can run. */
#include "lib/base/random.h"
#include "lib/kernels/low.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float draw(uint64_t key, uint64_t i)
{
    return (float)(2 * nn_random_uniform(key, i) - 1);
}

static void *reserve(size_t bytes)
{
    void *room = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(room);
    memset(room, 0xa5, (bytes + 63) / 64 * 64);
    return room;
}

/* --- kernels --- */

enum { ROWS = 64, COLUMNS = NN_LOW_COLUMNS };

static void run_kernel(const nn_low_kernel *kernel, void *acc, const uint8_t *a, int rows, size_t bytes,
                       const uint8_t *b)
{
    if (kernel->begin)
        kernel->begin();
    kernel->multiply(acc, a, rows, bytes, b);
    if (kernel->end)
        kernel->end();
}

/* Byte `l` of column j. */
static size_t place(size_t bytes, size_t l, int j)
{
    return (size_t)(j / 16) * 16 * bytes + l / 4 * 64 + (size_t)(j % 16) * 4 + l % 4;
}

static void test_int8_kernels(void **state)
{
    (void)state;
    static const size_t lengths[] = {64, 128, 576};
    static const int rows[] = {1, 2, 3, 11, 12, 13, 16, 17, 25, 33, 49, 64};
    nn_low_kernel all[NN_LOW_KERNELS];
    const int count = nn_low_kernels(NN_INT8, all);
    assert_in_range(count, 1, NN_LOW_KERNELS);
    uint8_t *a = reserve(ROWS * 576), *b = reserve(COLUMNS * 576);
    int32_t *acc = reserve(ROWS * COLUMNS * sizeof *acc);
    for (size_t i = 0; i < ROWS * 576; i++) /* the largest sums there are, too */
        a[i] = i % 3 ? (uint8_t)(nn_random(1, i) & 255) : 255;
    for (size_t i = 0; i < COLUMNS * 576; i++)
        b[i] = (uint8_t)(int8_t)(i % 5 ? (int)(nn_random(2, i) % 255) - 127 : 127);
    for (int n = 0; n < count; n++)
        for (size_t s = 0; s < sizeof lengths / sizeof *lengths; s++)
            for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
                run_kernel(&all[n], acc, a, rows[r], lengths[s], b);
                for (int i = 0; i < rows[r]; i++)
                    for (int j = 0; j < COLUMNS; j++) {
                        int64_t sum = 0;
                        for (size_t l = 0; l < lengths[s]; l++)
                            sum += a[(size_t)i * lengths[s] + l] * (int8_t)b[place(lengths[s], l, j)];
                        if (acc[i * COLUMNS + j] != sum)
                            fail_msg("%s: %d rows of %zu: (%d,%d) is %d instead of %lld", all[n].name,
                                     rows[r], lengths[s], i, j, acc[i * COLUMNS + j], (long long)sum);
                    }
            }
    free(a);
    free(b);
    free(acc);
}

static float half_at(const uint8_t *from)
{
    uint16_t half;
    memcpy(&half, from, sizeof half);
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void put_half(uint8_t *to, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint16_t half = (uint16_t)(bits >> 16);
    memcpy(to, &half, sizeof half);
}

static void test_bf16_kernels(void **state)
{
    (void)state;
    static const size_t lengths[] = {64, 192, 1024};
    static const int rows[] = {1, 2, 11, 13, 17, 40, 64};
    nn_low_kernel all[NN_LOW_KERNELS];
    const int count = nn_low_kernels(NN_BF16, all);
    assert_in_range(count, 1, NN_LOW_KERNELS);
    uint8_t *a = reserve(ROWS * 1024), *b = reserve(COLUMNS * 1024);
    float *acc = reserve(ROWS * COLUMNS * sizeof *acc);
    for (size_t i = 0; i < ROWS * 1024; i += 2)
        put_half(a + i, draw(1, i));
    for (size_t i = 0; i < COLUMNS * 1024; i += 2)
        put_half(b + i, draw(2, i));
    for (int n = 0; n < count; n++)
        for (size_t s = 0; s < sizeof lengths / sizeof *lengths; s++)
            for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
                run_kernel(&all[n], acc, a, rows[r], lengths[s], b);
                for (int i = 0; i < rows[r]; i++)
                    for (int j = 0; j < COLUMNS; j++) {
                        double sum = 0, sizes = 0;
                        for (size_t l = 0; l < lengths[s]; l += 2) {
                            const double x = (double)half_at(a + (size_t)i * lengths[s] + l) *
                                             (double)half_at(b + place(lengths[s], l, j));
                            sum += x;
                            sizes += fabs(x);
                        }
                        if (!(fabs((double)acc[i * COLUMNS + j] - sum) <= 1e-6 * sizes))
                            fail_msg("%s: %d rows of %zu: (%d,%d) is %g instead of %g", all[n].name, rows[r],
                                     lengths[s], i, j, (double)acc[i * COLUMNS + j], sum);
                    }
            }
    free(a);
    free(b);
    free(acc);
}

/* --- maps --- */

typedef struct map {
    nn_precision precision;
    int rows, in, out;
    nn_real *x, *w, *bias, *y; /* w (in,out) */
    double *want;
    void *packed, *scratch;
} map;

static void map_make(map *m, nn_precision precision, int rows, int in, int out, bool transposed)
{
    *m = (map){.precision = precision, .rows = rows, .in = in, .out = out};
    m->x = reserve((size_t)(rows * in) * sizeof *m->x);
    m->w = reserve((size_t)(in * out) * sizeof *m->w);
    m->bias = reserve((size_t)out * sizeof *m->bias);
    m->y = reserve((size_t)(rows * out) * sizeof *m->y);
    m->want = reserve((size_t)(rows * out) * sizeof *m->want);
    m->packed = reserve(nn_low_pack_bytes(precision, out, in));
    m->scratch = reserve(nn_low_scratch_bytes(precision, in));
    for (int i = 0; i < rows * in; i++)
        m->x[i] = (nn_real)(draw(1, (uint64_t)i) * (1 + (float)(i / in % 7)));
    for (int i = 0; i < in * out; i++)
        m->w[i] = (nn_real)draw(2, (uint64_t)i);
    for (int i = 0; i < out; i++)
        m->bias[i] = (nn_real)draw(3, (uint64_t)i);
    nn_real *turned = reserve((size_t)(in * out) * sizeof *turned);
    for (int l = 0; l < in; l++)
        for (int j = 0; j < out; j++)
            turned[j * in + l] = m->w[l * out + j];
    nn_low_pack(precision, m->packed, transposed, transposed ? turned : m->w, out, in);
    free(turned);
}

static void map_clear(map *m)
{
    free(m->x);
    free(m->w);
    free(m->bias);
    free(m->y);
    free(m->want);
    free(m->packed);
    free(m->scratch);
}

static void map_run(map *m, int first, int rows, int begin, int end)
{
    nn_low_linear_forward(m->precision, m->y + first * m->out, m->out, m->x + first * m->in, m->packed,
                          m->bias, (size_t)rows, m->in, m->out, begin, end, m->scratch);
}

/* A value as the map sees it: on one of the steps, or with the digits of bfloat16. */
static double rounded(const map *m, double value, double most)
{
    if (m->precision == NN_INT8)
        return most > 0 ? rint(value / most * 127) * (most / 127) : 0;
    int power;
    const double part = frexp(value, &power);
    return ldexp(rint(part * 256) / 256, power);
}

static double largest(const nn_real *x, int count, int apart)
{
    double most = 0;
    for (int i = 0; i < count; i++)
        most = fmax(most, fabs((double)x[i * apart]));
    return most;
}

static void twin(map *m)
{
    for (int r = 0; r < m->rows; r++)
        for (int j = 0; j < m->out; j++) {
            const nn_real *x = m->x + r * m->in, *w = m->w + j;
            const double most_x = largest(x, m->in, 1), most_w = largest(w, m->in, m->out);
            double sum = (double)m->bias[j];
            for (int l = 0; l < m->in; l++)
                sum += rounded(m, (double)x[l], most_x) * rounded(m, (double)w[l * m->out], most_w);
            m->want[r * m->out + j] = sum;
        }
}

/* Where x / step lies half-way between two steps the twin may round to the other one: a hundredth of the
 * whole rounding is allowed for these. */
static void check(const map *m)
{
    double size = 0;
    for (int i = 0; i < m->rows * m->out; i++)
        size = fmax(size, fabs(m->want[i]));
    for (int i = 0; i < m->rows * m->out; i++)
        if (!(fabs((double)m->y[i] - m->want[i]) <= 2e-5 * size * sqrt(m->in)))
            fail_msg("precision %d, %d rows of %d to %d: element %d is %g instead of %g", m->precision,
                     m->rows, m->in, m->out, i, (double)m->y[i], m->want[i]);
}

static void test_maps(void **state)
{
    (void)state;
    static const int shapes[][3] = {{1, 32, 1},    {3, 33, 7},    {11, 128, 128}, {25, 96, 31},
                                    {25, 512, 96}, {70, 100, 65}, {130, 63, 40}};
    for (nn_precision precision = NN_BF16; precision <= NN_INT8; precision++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (int transposed = 0; transposed < 2; transposed++) {
                map m;
                map_make(&m, precision, shapes[s][0], shapes[s][1], shapes[s][2], transposed);
                map_run(&m, 0, m.rows, 0, m.out);
                twin(&m);
                check(&m);
                map_clear(&m);
            }
}

/* The same bytes by one call, by rows and by columns. */
static void test_shares(void **state)
{
    (void)state;
    for (nn_precision precision = NN_BF16; precision <= NN_INT8; precision++) {
        map m;
        map_make(&m, precision, 77, 130, 100, true);
        const size_t bytes = (size_t)(m.rows * m.out) * sizeof *m.y;
        nn_real *whole = reserve(bytes);
        map_run(&m, 0, m.rows, 0, m.out);
        memcpy(whole, m.y, bytes);
        memset(m.y, 0, bytes);
        for (int r = 0; r < m.rows; r += 10)
            for (int j = 0; j < m.out; j += NN_LOW_COLUMNS)
                map_run(&m, r, m.rows - r < 10 ? m.rows - r : 10, j,
                        m.out - j < NN_LOW_COLUMNS ? m.out : j + NN_LOW_COLUMNS);
        assert_memory_equal(whole, m.y, bytes);
        free(whole);
        map_clear(&m);
    }
}

/* Nothing comes of nothing, and what is not finite does not become a number. */
static void test_odd_rows(void **state)
{
    (void)state;
    for (nn_precision precision = NN_BF16; precision <= NN_INT8; precision++) {
        map m;
        map_make(&m, precision, 5, 64, 40, true);
        for (int l = 0; l < m.in; l++) {
            m.x[l] = 0;
            m.x[m.in + l] = (nn_real)1e-44F;
        }
        m.x[2 * m.in + 3] = (nn_real)NAN;
        m.x[3 * m.in + 63] = (nn_real)-INFINITY;
        map_run(&m, 0, m.rows, 0, m.out);
        for (int j = 0; j < m.out; j++) {
            assert_true(m.y[j] == m.bias[j]);
            assert_true(fabs((double)(m.y[m.out + j] - m.bias[j])) < 1e-6);
            assert_true(isnan(m.y[2 * m.out + j]));
            assert_false(isfinite(m.y[3 * m.out + j]));
            assert_true(isfinite(m.y[4 * m.out + j]));
        }
        map_clear(&m);
    }
}

/* Weights that stand on steps of eight bits, as in a file, lose nothing; not even where none is 127. */
static void test_steps(void **state)
{
    (void)state;
    for (int most = 126; most <= 127; most++) {
        map m;
        map_make(&m, NN_INT8, 1, 64, 33, false);
        for (int i = 0; i < m.in * m.out; i++)
            m.w[i] = (nn_real)(0.0078125F * (float)((int)(nn_random(9, (uint64_t)i) % 200) - 100));
        for (int j = 0; j < m.out; j++)
            m.w[j] = (nn_real)(0.0078125F * (float)most);
        for (int l = 0; l < m.in; l++) /* on steps itself */
            m.x[l] = (nn_real)(l % 255 - 127);
        nn_low_pack(NN_INT8, m.packed, false, m.w, m.out, m.in);
        map_run(&m, 0, 1, 0, m.out);
        for (int j = 0; j < m.out; j++) {
            double sum = (double)m.bias[j];
            for (int l = 0; l < m.in; l++)
                sum += (double)m.x[l] * (double)m.w[l * m.out + j];
            assert_true(fabs((double)m.y[j] - sum) <= 1e-6 * (fabs(sum) + 100));
        }
        map_clear(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int8_kernels), cmocka_unit_test(test_bf16_kernels),
        cmocka_unit_test(test_maps),         cmocka_unit_test(test_shares),
        cmocka_unit_test(test_odd_rows),     cmocka_unit_test(test_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
