/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes floats apart into three bfloat16 each and lays them out for the kernels that multiply them; blocks
 * are such that what is read again and again stays in the second-level cache. */
#include "lib/kernels/gemm_split.h"

#include "lib/kernels/stored.h"
#include "lib/kernels/vector_math.h"

#include <pthread.h>
#include <string.h>

enum {
    STEP = NN_SPLIT_STEP,
    PANEL = NN_SPLIT_COLUMNS,
    LINE = 64,
    HALF = NN_SPLIT_PART / 2, /* a block */
    /* Of packed B: A's rows of that depth take 384 KB, and every panel is read once for all of them. */
    PACKED_DEPTH = 512,
    PACKED_ROWS = 128,
    /* Of B packed on the way: elements of a block, 384 KB too, deep or wide. */
    BLOCK_DEPTH = 256,
    BLOCK_ELEMENTS = 65536,
    BLOCK_ROWS = 64
};

#define INLINE static inline __attribute__((always_inline))

static int steps_of(int k)
{
    return (k + STEP - 1) / STEP;
}

/* --- taking apart --- */

INLINE uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINE float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The nearest bfloat16, as the float that it is. Twice the rest of 24 bits fits into 8 bits each. */
INLINE uint32_t round_part(float x)
{
    return (bits_of(x) + 0x8000) & 0xffff0000;
}

/* A line of pairs (x_c, y_c), in each of the three parts. */
INLINE void put_pairs(uint8_t *to, const nn_real *restrict x, const nn_real *restrict y)
{
    uint32_t *restrict lines = (uint32_t *)(void *)to;
    enum { APART = NN_SPLIT_PART / sizeof *lines };
    for (int c = 0; c < 16; c++) {
        float a = (float)x[c], b = (float)y[c];
        for (int part = 0; part < 3; part++) {
            const uint32_t p = round_part(a), q = round_part(b);
            lines[part * APART + c] = p >> 16 | q;
            a -= float_of(p);
            b -= float_of(q);
        }
    }
}

/* Rows of at most 32 by 32 elements one after another, with zeros for what is missing. */
INLINE void copy_square(nn_real *to, nn_stored m, int rows, int columns)
{
    memset(to, 0, STEP * STEP * sizeof *to);
    if (m.column == 1)
        for (int r = 0; r < rows; r++)
            memcpy(to + r * STEP, m.data + (size_t)r * m.row, (size_t)columns * sizeof *to);
    else
        nn_transpose_matrix(to, STEP, m.data, m.column, columns, rows);
}

/* Rows of A, up to 32, in so many steps; zeros up to a whole block. */
NN_CLONES static void pack_a(uint8_t *to, nn_stored a, int rows, int depth)
{
    nn_real square[STEP * STEP] __attribute__((aligned(64)));
    for (int l = 0; l < depth; l += STEP, to += NN_SPLIT_STEP_BYTES) {
        nn_stored m = nn_stored_from(a, 0, l);
        if (a.column != 1 || depth - l < STEP) {
            copy_square(square, m, rows, nn_least(STEP, depth - l));
            m = (nn_stored){square, STEP, 1};
        }
        for (int r = 0; r < rows; r++)
            put_pairs(to + r / 16 * HALF + r % 16 * LINE, m.data + (size_t)r * m.row,
                      m.data + (size_t)r * m.row + 16);
        for (int r = rows; r < nn_round_up(rows, 16); r++)
            for (int part = 0; part < 3; part++)
                memset(to + part * NN_SPLIT_PART + r / 16 * HALF + r % 16 * LINE, 0, LINE);
    }
}

/* A panel of B, up to 32 columns. */
NN_CLONES static void pack_b(uint8_t *to, nn_stored b, int columns, int depth)
{
    nn_real square[STEP * STEP] __attribute__((aligned(64)));
    for (int l = 0; l < depth; l += STEP, to += NN_SPLIT_STEP_BYTES) {
        nn_stored m = nn_stored_from(b, l, 0);
        if (b.column != 1 || columns < PANEL || depth - l < STEP) {
            copy_square(square, m, nn_least(STEP, depth - l), columns);
            m = (nn_stored){square, STEP, 1};
        }
        for (int c = 0; c < 16; c++)
            for (int half = 0; half < 2; half++)
                put_pairs(to + half * HALF + c * LINE, m.data + (size_t)c * m.row + 16 * half,
                          m.data + (size_t)(c + 16) * m.row + 16 * half);
    }
}

size_t nn_split_packed_bytes(int n, int k)
{
    return (size_t)nn_round_up(n, PANEL) / PANEL * (size_t)steps_of(k) * NN_SPLIT_STEP_BYTES;
}

static void pack_panels(uint8_t *to, nn_stored b, int n, int k)
{
    for (int j = 0; j < n; j += PANEL, to += (size_t)steps_of(k) * NN_SPLIT_STEP_BYTES)
        pack_b(to, nn_stored_from(b, 0, j), nn_least(PANEL, n - j), k);
}

void nn_split_pack(void *packed, bool transposed, const nn_real *b, int ldb, int n, int k)
{
    pack_panels(packed, nn_stored_of(transposed, b, ldb), n, k);
}

/* --- products --- */

static void multiply_plain(nn_real *c, size_t ldc, const nn_real *start, size_t start_row, const uint8_t *a,
                           const uint8_t *b, const uint8_t *next, int rows, int steps)
{
    static const int of_a[] = {0, 0, 1, 1, 2, 0}, of_b[] = {2, 1, 1, 0, 0, 0};
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < PANEL; j++) {
            nn_real sum = start ? start[(size_t)r * start_row + (size_t)j] : 0;
            for (int s = 0; s < steps; s++)
                for (int p = 0; p < 6; p++)
                    for (int l = 0; l < STEP; l++) {
                        const size_t step = (size_t)s * NN_SPLIT_STEP_BYTES;
                        uint16_t x, y;
                        memcpy(&x,
                               a + step + of_a[p] * NN_SPLIT_PART + r / 16 * HALF + r % 16 * LINE +
                                   l % 16 * 4 + l / 16 * 2,
                               2);
                        memcpy(&y,
                               b + step + of_b[p] * NN_SPLIT_PART + j / 16 * HALF + l % 16 * LINE +
                                   j % 16 * 4 + l / 16 * 2,
                               2);
                        sum += (nn_real)(float_of((uint32_t)x << 16) * float_of((uint32_t)y << 16));
                    }
            c[(size_t)r * ldc + (size_t)j] = sum;
        }
    if (next)
        multiply_plain(c + PANEL, ldc, start ? start + PANEL : NULL, start_row, a, next, NULL, rows, steps);
}

static void nothing(void)
{
}

const nn_split nn_split_plain = {"plain loops", multiply_plain, nothing, nothing};

static nn_split best;

static void find_best(void)
{
    if (!nn_split_amx(&best))
        best.multiply = NULL;
}

const nn_split *nn_split_here(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_best);
    return best.multiply ? &best : NULL;
}

/* Where sums begin and go: C, and what is added to them. */
typedef struct sums {
    nn_real *c;
    size_t ldc;
    const nn_real *start; /* NULL: nothing */
    size_t start_row;
} sums;

static sums at(sums s, int row, int column)
{
    s.c += (size_t)row * s.ldc + (size_t)column;
    if (s.start)
        s.start += (size_t)row * s.start_row + (size_t)column;
    return s;
}

/* A tile, of which only some rows and columns may be wanted. next: of the panel behind b, else NULL. */
static void multiply_tile(const nn_split *split, sums s, const uint8_t *a, const uint8_t *b,
                          const uint8_t *next, int rows, int columns, int steps)
{
    enum { WIDE = 2 * PANEL };
    nn_real whole[NN_SPLIT_ROWS * WIDE] __attribute__((aligned(64)));
    const int all = nn_round_up(rows, 16);
    if (rows == all && columns == (next ? WIDE : PANEL)) {
        split->multiply(s.c, s.ldc, s.start, s.start_row, a, b, next, rows, steps);
        return;
    }
    memset(whole, 0, sizeof whole);
    for (int r = 0; s.start && r < rows; r++)
        memcpy(whole + r * WIDE, s.start + (size_t)r * s.start_row, (size_t)columns * sizeof *whole);
    split->multiply(whole, WIDE, s.start ? whole : NULL, WIDE, a, b, next, all, steps);
    for (int r = 0; r < rows; r++)
        memcpy(s.c + (size_t)r * s.ldc, whole + r * WIDE, (size_t)columns * sizeof *whole);
}

/* Rows of A that are packed, by panels of B of the same depth, which lie so many bytes apart. A panel stays
 * in the first-level cache for all rows; the last ones, if they are few, take two panels at a time. */
static void multiply_block(const nn_split *split, sums s, const uint8_t *a, const uint8_t *b, size_t apart,
                           int rows, int columns, int steps)
{
    const int rest = rows % NN_SPLIT_ROWS, few = rest <= 16 ? rest : 0, most = rows - few;
    const size_t strip = (size_t)steps * NN_SPLIT_STEP_BYTES;
    for (int j = 0; j < columns; j += PANEL)
        for (int i = 0; i < most; i += NN_SPLIT_ROWS)
            multiply_tile(split, at(s, i, j), a + (size_t)(i / NN_SPLIT_ROWS) * strip,
                          b + (size_t)(j / PANEL) * apart, NULL, nn_least(NN_SPLIT_ROWS, most - i),
                          nn_least(PANEL, columns - j), steps);
    for (int j = 0, wide; few && j < columns; j += wide) {
        const uint8_t *panel = b + (size_t)(j / PANEL) * apart;
        wide = columns - j > PANEL ? 2 * PANEL : PANEL;
        multiply_tile(split, at(s, most, j), a + (size_t)(most / NN_SPLIT_ROWS) * strip, panel,
                      wide > PANEL ? panel + apart : NULL, few, nn_least(wide, columns - j), steps);
    }
}

static void pack_strips(uint8_t *to, nn_stored a, int rows, int depth)
{
    for (int i = 0; i < rows; i += NN_SPLIT_ROWS, to += (size_t)steps_of(depth) * NN_SPLIT_STEP_BYTES)
        pack_a(to, nn_stored_from(a, i, 0), nn_least(NN_SPLIT_ROWS, rows - i), depth);
}

void nn_split_multiply_packed(const nn_split *split, nn_real *c, int ldc, const nn_real *start, int start_row,
                              bool transpose_a, const nn_real *a, int lda, const void *packed, int m, int k,
                              int begin, int end)
{
    uint8_t strips[PACKED_ROWS / NN_SPLIT_ROWS * PACKED_DEPTH / STEP * NN_SPLIT_STEP_BYTES]
        __attribute__((aligned(64)));
    const nn_stored left = nn_stored_of(transpose_a, a, lda);
    const size_t apart = (size_t)steps_of(k) * NN_SPLIT_STEP_BYTES;
    const uint8_t *panels = (const uint8_t *)packed + (size_t)(begin / PANEL) * apart;
    sums s = {c, (size_t)ldc, start, (size_t)start_row};
    split->begin();
    for (int l = 0; l < k; l += PACKED_DEPTH) {
        const int depth = nn_least(PACKED_DEPTH, k - l);
        for (int i = 0; i < m; i += PACKED_ROWS) {
            const int rows = nn_least(PACKED_ROWS, m - i);
            pack_strips(strips, nn_stored_from(left, i, l), rows, depth);
            multiply_block(split, at(s, i, begin), strips, panels + (size_t)(l / STEP) * NN_SPLIT_STEP_BYTES,
                           apart, rows, end - begin, steps_of(depth));
        }
        s = (sums){c, (size_t)ldc, c, (size_t)ldc};
    }
    split->end();
}

void nn_split_multiply(const nn_split *split, nn_real *c, int ldc, const nn_real *start, int start_row,
                       bool transpose_a, const nn_real *a, int lda, bool transpose_b, const nn_real *b,
                       int ldb, int m, int n, int k)
{
    uint8_t panels[BLOCK_ELEMENTS / (STEP * PANEL) * NN_SPLIT_STEP_BYTES] __attribute__((aligned(64)));
    uint8_t strips[BLOCK_ROWS / NN_SPLIT_ROWS * BLOCK_DEPTH / STEP * NN_SPLIT_STEP_BYTES]
        __attribute__((aligned(64)));
    const nn_stored left = nn_stored_of(transpose_a, a, lda), right = nn_stored_of(transpose_b, b, ldb);
    sums s = {c, (size_t)ldc, start, (size_t)start_row};
    split->begin();
    for (int l = 0; l < k; l += BLOCK_DEPTH) {
        const int depth = nn_least(BLOCK_DEPTH, k - l), steps = steps_of(depth),
                  wide = BLOCK_ELEMENTS / (steps * STEP) / PANEL * PANEL;
        for (int j = 0; j < n; j += wide) {
            const int columns = nn_least(wide, n - j);
            pack_panels(panels, nn_stored_from(right, l, j), columns, depth);
            for (int i = 0; i < m; i += BLOCK_ROWS) {
                const int rows = nn_least(BLOCK_ROWS, m - i);
                pack_strips(strips, nn_stored_from(left, i, l), rows, depth);
                multiply_block(split, at(s, i, j), strips, panels, (size_t)steps * NN_SPLIT_STEP_BYTES, rows,
                               columns, steps);
            }
        }
        s = (sums){c, (size_t)ldc, c, (size_t)ldc};
    }
    split->end();
}
