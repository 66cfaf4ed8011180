/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of rows come back as they were given, whatever their order and the order in which they are asked
 * for. */
#include "datasets/table/keys.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

enum { ROWS = 20000, ASKED = 5000 };

static void check(int (*value_of)(size_t row))
{
    ds_keys keys = {0};
    size_t near = 0;
    for (size_t r = 0; r < ROWS; r++)
        assert_true(ds_keys_add(&keys, value_of(r)));
    for (size_t r = 0; r < ROWS; r++)
        assert_int_equal(ds_keys_at(&keys, r, &near), value_of(r));
    for (size_t i = 0; i < ASKED; i++) {
        const size_t r = (size_t)(nn_random_uniform(7, i) * ROWS);
        assert_int_equal(ds_keys_at(&keys, r, &near), value_of(r));
    }
    for (size_t r = ROWS; r-- > 0;)
        assert_int_equal(ds_keys_at(&keys, r, &near), value_of(r));
    ds_keys_clear(&keys);
}

/* A series behind the other, all as long. */
static int even(size_t row)
{
    return (int)(row / 500);
}

static int within(size_t row)
{
    return (int)(row % 500);
}

/* Each twice as long as the one before, so that a guess by the mean length is wrong. */
static int uneven(size_t row)
{
    int series = 0;
    while ((size_t)2 << series <= row + 2)
        series++;
    return series;
}

static int around(size_t row)
{
    return (int)(row % 21);
}

static int any(size_t row)
{
    return (int)(nn_random_uniform(3, row) * 1000);
}

/* Few stretches, and then none. */
static int broken(size_t row)
{
    return row < ROWS / 2 ? even(row) : any(row);
}

static void test_all(void **state)
{
    (void)state;
    int (*const kinds[])(size_t) = {even, within, uneven, around, any, broken};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        check(kinds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
