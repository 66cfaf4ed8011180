/* SPDX-License-Identifier: GPL-3.0-or-later */
/* C = A B by the usual scheme (Goto & van de Geijn 2008): B is cut into blocks of some hundred rows, laid out
 * in panels as wide as a tile, so that the innermost loop reads it front to back; A is read where it lies; a
 * tile of C stays in registers while the loop runs down a block. */
#include "lib/kernels/gemm_tiles.h"

#include "lib/kernels/stored.h"
#include "lib/kernels/vector_math.h"

#include <string.h>

enum {
    WIDE = 64 / sizeof(nn_real), /* elements of the widest register */
    /* Of weights packed ahead: with the depth 256 KB, so that the block stays in the second-level cache. */
    PACKED_DEPTH = 512,
    PACKED_COLUMNS = 8 * WIDE,
    /* Of B packed on the way, 256 KB too. Less deep, because A's rows of that depth should stay there as well
     * while all columns of B pass: weight gradients read A' in lines far apart. */
    BLOCK_DEPTH = 256,
    BLOCK_COLUMNS = 16 * WIDE,
    MOST_ROWS = 14,
    MOST_COLUMNS = 2 * WIDE
};

#define INLINE static inline __attribute__((always_inline))

/* The tile of a given size: `rows` is a constant wherever this is expanded, so that all sums get a register
 * each. */
#define DEFINE_TILE(tile, vector, loose)                                                                     \
    INLINE void tile(int rows, nn_real *c, size_t ldc, const nn_real *start, size_t start_row,               \
                     const nn_real *restrict a, size_t row, size_t column, const nn_real *restrict b,        \
                     size_t ldb, int k)                                                                      \
    {                                                                                                        \
        enum { LANES = sizeof(vector) / sizeof(nn_real) };                                                   \
        vector sum[MOST_ROWS][2];                                                                            \
        EACH(r, 16, rows)                                                                                    \
        EACH(v, 2, 2)                                                                                        \
        sum[r][v] =                                                                                          \
            start ? (vector) * (const loose *)(start + (size_t)r * start_row + v * LANES) : (vector){0};     \
        for (int l = 0; l < k; l++, a += column, b += ldb) {                                                 \
            const vector y[2] = {(vector) * (const loose *)b, (vector) * (const loose *)(b + LANES)};        \
            EACH(r, 16, rows)                                                                                \
            {                                                                                                \
                const nn_real x = a[(size_t)r * row];                                                        \
                EACH(v, 2, 2) sum[r][v] += x * y[v];                                                         \
            }                                                                                                \
        }                                                                                                    \
        EACH(r, 16, rows)                                                                                    \
        EACH(v, 2, 2) * (loose *)(c + (size_t)r * ldc + v * LANES) = sum[r][v];                              \
    }
#define UNROLL(n)        _Pragma(#n)
#define EACH(i, n, most) UNROLL(GCC unroll n) for (int i = 0; i < (most); i++)

/* One expansion for each number of rows and each way that A may lie. */
#define TILE(n, tile)                                                                                        \
    case n:                                                                                                  \
        if (column == 1)                                                                                     \
            tile(n, c, ldc, start, start_row, a, row, 1, b, ldb, k);                                         \
        else                                                                                                 \
            tile(n, c, ldc, start, start_row, a, 1, column, b, ldb, k);                                      \
        break;

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
typedef nn_real wide __attribute__((vector_size(64)));
typedef nn_real wide_loose __attribute__((vector_size(64), aligned(sizeof(nn_real)), may_alias));
typedef nn_real narrow __attribute__((vector_size(32)));
typedef nn_real narrow_loose __attribute__((vector_size(32), aligned(sizeof(nn_real)), may_alias));
DEFINE_TILE(wide_tile, wide, wide_loose)
DEFINE_TILE(narrow_tile, narrow, narrow_loose)

/* 28 sums of 32 registers. */
__attribute__((target("arch=x86-64-v4"))) static void
multiply_wide(int rows, nn_real *c, size_t ldc, const nn_real *start, size_t start_row, const nn_real *a,
              size_t row, size_t column, const nn_real *b, size_t ldb, int k)
{
    switch (rows) {
        TILE(1, wide_tile)
        TILE(2, wide_tile)
        TILE(3, wide_tile)
        TILE(4, wide_tile)
        TILE(5, wide_tile)
        TILE(6, wide_tile)
        TILE(7, wide_tile)
        TILE(8, wide_tile)
        TILE(9, wide_tile)
        TILE(10, wide_tile)
        TILE(11, wide_tile)
        TILE(12, wide_tile)
        TILE(13, wide_tile)
        TILE(14, wide_tile)
    }
}

/* 12 sums of 16 registers. */
__attribute__((target("arch=x86-64-v3"))) static void
multiply_narrow(int rows, nn_real *c, size_t ldc, const nn_real *start, size_t start_row, const nn_real *a,
                size_t row, size_t column, const nn_real *b, size_t ldb, int k)
{
    switch (rows) {
        TILE(1, narrow_tile)
        TILE(2, narrow_tile)
        TILE(3, narrow_tile)
        TILE(4, narrow_tile)
        TILE(5, narrow_tile)
        TILE(6, narrow_tile)
    }
}

static const nn_tiles all_tiles[] = {
    {"AVX-512", 14, 2 * WIDE, multiply_wide}, {"AVX2", 6, WIDE, multiply_narrow}, {0}};

const nn_tiles *nn_tiles_here(void)
{
    if (__builtin_cpu_supports("x86-64-v4"))
        return &all_tiles[0];
    return __builtin_cpu_supports("x86-64-v3") ? &all_tiles[1] : &all_tiles[2];
}
#else
const nn_tiles *nn_tiles_here(void)
{
    static const nn_tiles none = {0};
    return &none;
}
#endif

/* --- packing --- */

/* Columns [0,columns) of a stretch of `depth` rows of B, zeros up to the panel's width. */
NN_CLONES static void pack_rows(nn_real *restrict panel, int width, const nn_real *restrict b, size_t ldb,
                                int columns, int depth)
{
    enum { AHEAD = 8 };
    if (columns == width)
        for (int l = 0; l < depth; l++, panel += width, b += ldb)
            for (int j = 0; j < width; j += NN_LANES) {
                if (l + AHEAD < depth)
                    __builtin_prefetch(b + AHEAD * ldb + j);
                nn_store(panel + j, nn_load(b + j));
            }
    else
        for (int l = 0; l < depth; l++)
            for (int j = 0; j < width; j++)
                panel[l * width + j] = j < columns ? b[(size_t)l * ldb + j] : 0;
}

/* The same from B', a cache line of each row at a time. */
NN_CLONES static void pack_columns(nn_real *restrict panel, int width, const nn_real *restrict b, size_t ldb,
                                   int columns, int depth)
{
    for (int first = 0; first < depth; first += WIDE) {
        int last = nn_least(first + WIDE, depth);
        nn_transpose_matrix(panel + first * width, (size_t)width, b + first, ldb, columns, last - first);
        for (int l = first; l < last; l++)
            for (int j = columns; j < width; j++)
                panel[l * width + j] = 0;
    }
}

static void pack_block(const nn_tiles *tiles, nn_real *packed, bool transposed, const nn_real *b, size_t ldb,
                       int columns, int depth)
{
    for (int j = 0; j < columns; j += tiles->columns, packed += tiles->columns * depth) {
        int width = nn_least(tiles->columns, columns - j);
        if (transposed)
            pack_columns(packed, tiles->columns, b + (size_t)j * ldb, ldb, width, depth);
        else
            pack_rows(packed, tiles->columns, b + j, ldb, width, depth);
    }
}

size_t nn_tiles_packed_size(const nn_tiles *tiles, int n, int k)
{
    return (size_t)nn_round_up(n, tiles->columns) * (size_t)k;
}

void nn_tiles_pack(const nn_tiles *tiles, nn_real *packed, bool transposed, const nn_real *b, int ldb, int n,
                   int k)
{
    size_t step = (size_t)(transposed ? 1 : ldb);
    for (int l = 0; l < k; l += PACKED_DEPTH) {
        int depth = nn_least(PACKED_DEPTH, k - l);
        pack_block(tiles, packed, transposed, b + (size_t)l * step, (size_t)ldb, n, depth);
        packed += nn_tiles_packed_size(tiles, n, depth);
    }
}

/* --- products --- */

/* A tile of which only some columns are wanted. */
static void multiply_edge(const nn_tiles *tiles, int rows, int columns, nn_real *c, size_t ldc,
                          const nn_real *start, size_t start_row, nn_stored a, const nn_real *panel,
                          int depth)
{
    nn_real whole[MOST_ROWS * MOST_COLUMNS] = {0};
    int width = tiles->columns;
    for (int r = 0; start && r < rows; r++)
        memcpy(whole + r * width, start + (size_t)r * start_row, (size_t)columns * sizeof *c);
    tiles->multiply(rows, whole, (size_t)width, whole, (size_t)width, a.data, a.row, a.column, panel,
                    (size_t)width, depth);
    for (int r = 0; r < rows; r++)
        memcpy(c + (size_t)r * ldc, whole + r * width, (size_t)columns * sizeof *c);
}

/* A block of B: its panels begin so many elements apart, and their rows ldb. */
typedef struct panels {
    const nn_real *data;
    size_t apart, ldb;
} panels;

static panels packed_panels(const nn_tiles *tiles, const nn_real *block, int depth)
{
    return (panels){block, (size_t)tiles->columns * (size_t)depth, (size_t)tiles->columns};
}

/* C (m,columns) = start + A times one block of B. Rows are shared out evenly among the tiles: 25 are 13 and
 * 12, not 14 and 11. */
static void multiply_block(const nn_tiles *tiles, nn_real *c, size_t ldc, const nn_real *start,
                           size_t start_row, nn_stored a, panels b, int m, int columns, int depth)
{
    int strips = (m + tiles->rows - 1) / tiles->rows;
    for (int s = 0; s < strips; s++) {
        int begin = (int)((long)m * s / strips), rows = (int)((long)m * (s + 1) / strips) - begin;
        nn_stored strip = nn_stored_from(a, begin, 0);
        nn_real *to = c + (size_t)begin * ldc;
        const nn_real *from = start ? start + (size_t)begin * start_row : NULL, *panel = b.data;
        for (int j = 0; j < columns; j += tiles->columns, panel += b.apart) {
            const nn_real *first = from ? from + j : NULL;
            if (columns - j >= tiles->columns)
                tiles->multiply(rows, to + j, ldc, first, start_row, strip.data, strip.row, strip.column,
                                panel, b.ldb, depth);
            else
                multiply_edge(tiles, rows, columns - j, to + j, ldc, first, start_row, strip, panel, depth);
        }
    }
}

void nn_tiles_multiply_packed(const nn_tiles *tiles, nn_real *c, int ldc, const nn_real *start, int start_row,
                              bool transpose_a, const nn_real *a, int lda, const nn_real *packed, int m,
                              int n, int k, int begin, int end)
{
    nn_stored left = nn_stored_of(transpose_a, a, lda);
    for (int j = begin; j < end; j += PACKED_COLUMNS) {
        int columns = nn_least(PACKED_COLUMNS, end - j);
        const nn_real *from = start ? start + j : NULL, *rest = packed;
        size_t from_row = (size_t)start_row;
        for (int l = 0; l < k; l += PACKED_DEPTH) {
            int depth = nn_least(PACKED_DEPTH, k - l);
            nn_stored part = nn_stored_from(left, 0, l);
            multiply_block(tiles, c + j, (size_t)ldc, from, from_row, part,
                           packed_panels(tiles, rest + (size_t)j * (size_t)depth, depth), m, columns, depth);
            from = c + j;
            from_row = (size_t)ldc;
            rest += nn_tiles_packed_size(tiles, n, depth);
        }
    }
}

/* Whether B is read where it lies: its panels are whole, its rows near enough to one another for the caches,
 * and either it is one panel as it stands or too few rows of A pass it for packing to pay. */
static bool reads_in_place(const nn_tiles *tiles, bool transpose_b, int ldb, int m, int n)
{
    enum { FEW_STRIPS = 8, NEAR = 16 * WIDE };
    return !transpose_b && n % tiles->columns == 0 && ldb <= NEAR &&
           (ldb == tiles->columns || m <= FEW_STRIPS * tiles->rows);
}

void nn_tiles_multiply(const nn_tiles *tiles, nn_real *c, int ldc, const nn_real *start, int start_row,
                       bool transpose_a, const nn_real *a, int lda, bool transpose_b, const nn_real *b,
                       int ldb, int m, int n, int k)
{
    nn_real block[BLOCK_DEPTH * BLOCK_COLUMNS] __attribute__((aligned(64)));
    nn_stored left = nn_stored_of(transpose_a, a, lda), right = nn_stored_of(transpose_b, b, ldb);
    const bool in_place = reads_in_place(tiles, transpose_b, ldb, m, n);
    for (int l = 0; l < k; l += BLOCK_DEPTH) {
        int depth = nn_least(BLOCK_DEPTH, k - l);
        nn_stored part = nn_stored_from(left, 0, l);
        for (int j = 0; j < n; j += BLOCK_COLUMNS) {
            int columns = nn_least(BLOCK_COLUMNS, n - j);
            const nn_real *from = nn_stored_from(right, l, j).data;
            panels of_b = {from, (size_t)tiles->columns, (size_t)ldb};
            if (!in_place) {
                pack_block(tiles, block, transpose_b, from, (size_t)ldb, columns, depth);
                of_b = packed_panels(tiles, block, depth);
            }
            if (l == 0)
                multiply_block(tiles, c + j, (size_t)ldc, start ? start + j : NULL, (size_t)start_row, part,
                               of_b, m, columns, depth);
            else
                multiply_block(tiles, c + j, (size_t)ldc, c + j, (size_t)ldc, part, of_b, m, columns, depth);
        }
    }
}
