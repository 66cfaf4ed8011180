/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left of a sample when a part of its history goes. */
#include "forecast/training/dropping.h"
#include "tests/cmocka_all.h"

#include <math.h>

enum { ROWS = 5, COLUMNS = 2 };

static void fill(float *x, int blocks)
{
    for (int i = 0; i < blocks * ROWS * COLUMNS; i++)
        x[i] = (float)(i * i);
}

static void test_oldest(void **state)
{
    (void)state;
    float x[2 * ROWS * COLUMNS], was[2 * ROWS * COLUMNS];
    fill(x, 2);
    fill(was, 2);
    fc_drop_rows(x, 2, ROWS, COLUMNS, 3, false);
    for (int b = 0; b < 2; b++)
        for (int r = 0; r < ROWS; r++)
            for (int c = 0; c < COLUMNS; c++)
                assert_true(x[(b * ROWS + r) * COLUMNS + c] ==
                            was[(b * ROWS + (r < 3 ? 3 : r)) * COLUMNS + c]);
    fill(x, 1);
    fc_drop_rows(x, 1, ROWS, COLUMNS, 99, false); /* one stays */
    for (int r = 0; r < ROWS; r++)
        assert_true(x[r * COLUMNS] == was[(ROWS - 1) * COLUMNS]);
    fill(x, 1);
    fc_drop_rows(x, 1, ROWS, COLUMNS, 0, true);
    assert_memory_equal(x, was, ROWS * COLUMNS * sizeof *x);
}

/* The first three of five rows over all five: 0, 1/2, 1, 3/2, 2. */
static void test_latest(void **state)
{
    (void)state;
    float x[ROWS * COLUMNS], was[ROWS * COLUMNS];
    fill(x, 1);
    fill(was, 1);
    fc_drop_rows(x, 1, ROWS, COLUMNS, 2, true);
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++) {
            const float want = (was[r / 2 * COLUMNS + c] + was[(r + 1) / 2 * COLUMNS + c]) / 2;
            assert_true(fabsf(x[r * COLUMNS + c] - want) < 1e-4f);
        }
    fill(x, 1);
    fc_drop_rows(x, 1, ROWS, COLUMNS, 4, true);
    for (int r = 0; r < ROWS; r++)
        assert_true(x[r * COLUMNS + 1] == was[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_oldest), cmocka_unit_test(test_latest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
