/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every part of the library beside reference values, most of them of the papers' own code: a line for each
 * file. In float and in double. */
#include "tests/cmocka_all.h"
#include "tests/golden_part.h"

/* --- mixers --- */

static const golden_part_case mixers[] = {
    {"pool", golden_part_mixer, "pool:k={window}"},
    {"mean", golden_part_mixer, "mean"},
    {"wide_attention", golden_part_mixer, "softmax:h={heads}:dk={head_width}"},
};

static void test_mixers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mixers / sizeof *mixers; i++)
        golden_part_run(&mixers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mixers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
