/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounds weights and inputs to eight or sixteen bits, and scales what comes of their products. */
#include "lib/kernels/low.h"

#include "lib/kernels/vector.h"

#include <float.h>
#include <pthread.h>
#include <string.h>

/* Inputs of eight bits are stored as x + ZERO, unsigned, as the instructions want one factor; what that adds
 * to a sum is known beforehand. */
enum { ZERO = 128, STEPS = 127, PANEL = 16 };

bool nn_low_suits(int in)
{
    return in >= 32 && in <= NN_LOW_MOST;
}

/* Bytes of a row of either factor. */
static size_t row_bytes(nn_precision precision, int k)
{
    return ((size_t)k * (precision == NN_INT8 ? 1 : 2) + 63) / 64 * 64;
}

/* --- rounding --- */

static inline uint16_t bf16_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16; /* ties to even */
    return (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded);
}

NN_CLONES static void round_bf16(uint16_t *restrict to, const nn_real *restrict x, int k)
{
    for (int l = 0; l < k; l++)
        to[l] = bf16_of((float)x[l]);
}

/* The largest of |x|; NaN where one of them is not finite. Sizes of floats are in the order of their bits,
 * with what is not finite above all others. */
NN_CLONES static float largest(const nn_real *x, int k)
{
    uint32_t most = 0;
    for (int l = 0; l < k; l++) {
        const float value = (float)x[l];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    float all;
    memcpy(&all, &most, sizeof all);
    return most < 0x7f800000 ? all : NAN;
}

/* The nearest whole number of x / step: no multiply-add can come between, so that all processors agree. */
NN_CLONES static void round_row(uint8_t *restrict to, const nn_real *restrict x, int k, float inverse)
{
    for (int l = 0; l < k; l++)
        to[l] = (uint8_t)((int)rintf((float)x[l] * inverse) + ZERO);
}

/* One row of inputs; returns its step. */
static float take_row(uint8_t *to, const nn_real *x, int k)
{
    const float most = largest(x, k), inverse = STEPS / most;
    if (most > 0 && inverse <= FLT_MAX) {
        round_row(to, x, k, inverse);
        return most / STEPS;
    }
    memset(to, ZERO, (size_t)k); /* NaN; or so small that the sum is that of zeros */
    return most > 0 ? 0 : most;
}

/* --- packing --- */

static size_t panels_of(int n)
{
    return (size_t)nn_round_up(n, NN_LOW_COLUMNS) / PANEL;
}

/* Behind the panels, of eight bits, stand a step of each column and what ZERO adds to its sums. */
static float *steps_of(const void *packed, int n, size_t bytes)
{
    return (float *)(void *)((uint8_t *)packed + panels_of(n) * PANEL * bytes);
}

size_t nn_low_pack_bytes(nn_precision precision, int n, int k)
{
    const size_t columns = panels_of(n) * PANEL;
    return columns * row_bytes(precision, k) + (precision == NN_INT8 ? columns * 8 : 0);
}

/* Whether all weights of a column are whole numbers of steps already. */
static bool stands_on(const nn_real *w, size_t apart, int k, float step)
{
    for (int l = 0; l < k; l++) {
        const float whole = (float)w[(size_t)l * apart] / step;
        if (!(fabsf(whole - rintf(whole)) < 1e-3F))
            return false;
    }
    return true;
}

static float step_of(const nn_real *w, size_t apart, int k)
{
    float most = 0;
    for (int l = 0; l < k; l++)
        most = fmaxf(most, fabsf((float)w[(size_t)l * apart]));
    const float fewer = most / (STEPS - 1);
    return most > 0 && stands_on(w, apart, k, fewer) ? fewer : most / STEPS;
}

/* One column, in the form of a row of A; returns what its whole numbers sum to. */
static int32_t take_column(nn_precision precision, uint8_t *to, const nn_real *w, size_t apart, int k,
                           float step)
{
    int32_t sum = 0;
    for (int l = 0; l < k; l++) {
        const float value = (float)w[(size_t)l * apart];
        if (precision == NN_INT8) {
            const float whole = step > 0 ? fminf(fmaxf(rintf(value / step), -STEPS), STEPS) : 0;
            to[l] = (uint8_t)(int8_t)whole;
            sum += (int32_t)whole;
        } else {
            const uint16_t half = bf16_of(value);
            memcpy(to + 2 * l, &half, sizeof half);
        }
    }
    return sum;
}

void nn_low_pack(nn_precision precision, void *packed, bool transposed, const nn_real *b, int n, int k)
{
    uint8_t column[2 * NN_LOW_MOST + 64], *panels = packed;
    const size_t bytes = row_bytes(precision, k), apart = transposed ? 1 : (size_t)n;
    float *step = steps_of(packed, n, bytes);
    int32_t *added = (int32_t *)(void *)(step + panels_of(n) * PANEL);
    memset(packed, 0, nn_low_pack_bytes(precision, n, k));
    memset(column, 0, bytes);
    for (int j = 0; j < n; j++) {
        const nn_real *w = b + (size_t)j * (transposed ? (size_t)k : 1);
        const float s = precision == NN_INT8 ? step_of(w, apart, k) : 0;
        const int32_t sum = take_column(precision, column, w, apart, k, s);
        if (precision == NN_INT8) {
            step[j] = s;
            added[j] = ZERO * sum;
        }
        uint8_t *to = panels + (size_t)(j / PANEL) * PANEL * bytes + (size_t)(j % PANEL) * 4;
        for (size_t l = 0; l < bytes; l += 4)
            memcpy(to + l * PANEL, column + l, 4);
    }
}

/* --- products --- */

size_t nn_low_scratch_bytes(nn_precision precision, int in)
{
    return NN_LOW_ROWS * (row_bytes(precision, in) + sizeof(float) + NN_LOW_COLUMNS * 4);
}

int nn_low_kernels(nn_precision precision, nn_low_kernel *kernels)
{
    const int count = nn_low_amx_kernels(precision, kernels);
    return count + nn_low_vector_kernels(precision, kernels + count);
}

static nn_low_kernel best[2];

static void find_best(void)
{
    for (int i = 0; i < 2; i++) {
        nn_low_kernel all[NN_LOW_KERNELS];
        nn_low_kernels(i ? NN_INT8 : NN_BF16, all);
        best[i] = all[0];
    }
}

const nn_low_kernel *nn_low_here(nn_precision precision)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_best);
    return &best[precision == NN_INT8];
}

/* What a block of sums comes to: rows of up to 32 columns. */
typedef struct block {
    nn_real *y;
    const void *acc;
    size_t ldy;
    int rows, columns;
    const int32_t *added;
    const float *step, *row_step;
    const nn_real *bias; /* NULL: none */
} block;

#define INLINE static inline __attribute__((always_inline))

INLINE void give_int8_rows(const block *b, int columns)
{
    const int32_t *acc = b->acc, *restrict added = b->added;
    const float *restrict step = b->step;
    const nn_real none[NN_LOW_COLUMNS] = {0}, *restrict bias = b->bias ? b->bias : none;
    for (int r = 0; r < b->rows; r++, acc += NN_LOW_COLUMNS) {
        nn_real *restrict y = b->y + (size_t)r * b->ldy;
        const float row_step = b->row_step[r];
        for (int j = 0; j < columns; j++)
            y[j] = (nn_real)((float)(acc[j] - added[j]) * (row_step * step[j])) + bias[j];
    }
}

INLINE void give_bf16_rows(const block *b, int columns)
{
    const float *acc = b->acc;
    const nn_real none[NN_LOW_COLUMNS] = {0}, *restrict bias = b->bias ? b->bias : none;
    for (int r = 0; r < b->rows; r++, acc += NN_LOW_COLUMNS) {
        nn_real *restrict y = b->y + (size_t)r * b->ldy;
        for (int j = 0; j < columns; j++)
            y[j] = (nn_real)acc[j] + bias[j];
    }
}

/* Whole panels, most of all, have a number of columns that the compiler knows. */
NN_CLONES static void give_int8(const block *b)
{
    if (b->columns == NN_LOW_COLUMNS)
        give_int8_rows(b, NN_LOW_COLUMNS);
    else
        give_int8_rows(b, b->columns);
}

NN_CLONES static void give_bf16(const block *b)
{
    if (b->columns == NN_LOW_COLUMNS)
        give_bf16_rows(b, NN_LOW_COLUMNS);
    else
        give_bf16_rows(b, b->columns);
}

/* What one call works with. */
typedef struct call {
    nn_precision precision;
    const nn_low_kernel *kernel;
    const uint8_t *packed;
    const float *step;
    const int32_t *added;
    size_t bytes;
    uint8_t *rows;   /* NN_LOW_ROWS of x, rounded */
    void *acc;       /* (NN_LOW_ROWS, NN_LOW_COLUMNS) */
    float *row_step; /* NN_LOW_ROWS */
} call;

/* The rows that the kernel may read beyond those there are need not hold anything that counts. */
static void take_rows(const call *c, const nn_real *x, int rows, int in)
{
    const size_t bytes = c->bytes;
    for (int r = 0; r < rows; r++, x += in) {
        uint8_t *to = c->rows + (size_t)r * bytes;
        const size_t used = (size_t)in * (c->precision == NN_INT8 ? 1 : 2);
        if (c->precision == NN_INT8)
            c->row_step[r] = take_row(to, x, in);
        else
            round_bf16((uint16_t *)(void *)to, x, in);
        memset(to + used, 0, bytes - used);
    }
    const int all = nn_round_up(rows, PANEL);
    memset(c->rows + (size_t)rows * bytes, 0, (size_t)(all - rows) * bytes);
}

static void multiply_rows(const call *c, nn_real *y, int ldy, const nn_real *bias, int rows, int begin,
                          int end)
{
    for (int j = begin; j < end; j += NN_LOW_COLUMNS) {
        const block b = {.y = y + j,
                         .acc = c->acc,
                         .ldy = (size_t)ldy,
                         .rows = rows,
                         .columns = end - j < NN_LOW_COLUMNS ? end - j : NN_LOW_COLUMNS,
                         .added = c->added + j,
                         .step = c->step + j,
                         .row_step = c->row_step,
                         .bias = bias ? bias + j : NULL};
        c->kernel->multiply(c->acc, c->rows, rows, c->bytes, c->packed + (size_t)j * c->bytes);
        if (c->precision == NN_INT8)
            give_int8(&b);
        else
            give_bf16(&b);
    }
}

void nn_low_linear_forward(nn_precision precision, nn_real *y, int ldy, const nn_real *x, const void *packed,
                           const nn_real *bias, size_t rows, int in, int out, int begin, int end,
                           void *scratch)
{
    const size_t bytes = row_bytes(precision, in), columns = panels_of(out) * PANEL;
    call c = {.precision = precision,
              .kernel = nn_low_here(precision),
              .packed = packed,
              .step = steps_of(packed, out, bytes),
              .bytes = bytes,
              .rows = scratch};
    c.added = (const int32_t *)(const void *)(c.step + columns);
    c.acc = c.rows + NN_LOW_ROWS * bytes;
    c.row_step = (float *)(void *)((uint8_t *)c.acc + NN_LOW_ROWS * NN_LOW_COLUMNS * 4);
    if (c.kernel->begin)
        c.kernel->begin();
    for (size_t done = 0; done < rows; done += NN_LOW_ROWS) {
        const int some = rows - done < NN_LOW_ROWS ? (int)(rows - done) : NN_LOW_ROWS;
        take_rows(&c, x + done * (size_t)in, some, in);
        multiply_rows(&c, y + done * (size_t)ldy, ldy, bias, some, begin, end);
    }
    if (c.kernel->end)
        c.kernel->end();
}
