/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left out of light curves while training, beside a file of reference values: the very same points.
 */
#include "forecast/tasks/lightcurves/training/drop.h"

#include "lib/base/random.h"
#include "tests/golden_file.h"

#include <jansson.h>

enum { MOST = 4096 };

static double *all_of(const nn_st_file *file, const char *name, size_t *count)
{
    const nn_st_tensor *tensor = nn_st_find(file, name);
    if (!tensor)
        fail_msg("no tensor %s", name);
    *count = tensor->count;
    return golden_read(file, "", name, tensor->count);
}

static void test_clauses(void **state)
{
    (void)state;
    nn_st_file *file = golden_open("blocks/drop_rule");
    size_t cases, all, at = 0;
    double *n = all_of(file, "clauses/n", &cases), *percent = all_of(file, "clauses/percent", &cases),
           *key = all_of(file, "clauses/key", &cases), *want = all_of(file, "clauses/kept", &all);
    unsigned char kept[MOST];
    int room[MOST];
    for (size_t i = 0; i < cases; i++) {
        const int count = (int)n[i];
        const uint64_t own = (uint64_t)key[i];
        int left = 0;
        assert_true(count <= MOST && at + (size_t)count <= all);
        assert_int_equal(fc_drop_percent(nn_random_uniform(own, 0)), (int)percent[i]);
        const int said = fc_drop_share(kept, count, (int)percent[i], own, 1, room);
        for (int k = 0; k < count; k++, at++) {
            assert_int_equal(kept[k], (int)want[at]);
            left += kept[k];
        }
        assert_int_equal(said, left);
    }
    assert_int_equal(at, all);
    free(n);
    free(percent);
    free(key);
    free(want);
    nn_st_close(file);
}

static int bands_of(const nn_st_file *file)
{
    json_t *settings = json_loads(golden_setting(file, "settings"), 0, NULL);
    const int bands = (int)json_integer_value(json_object_get(settings, "bands"));
    json_decref(settings);
    assert_true(bands > 0);
    return bands;
}

static void test_series(void **state)
{
    (void)state;
    nn_st_file *file = golden_open("blocks/drop_rule");
    size_t cases, points, all, levels;
    double *bands = all_of(file, "series/band", &points), *key = all_of(file, "series/key", &cases),
           *level = all_of(file, "series/level", &cases), *want = all_of(file, "series/kept", &all),
           *probability = all_of(file, "series/probability", &levels);
    assert_int_equal(levels, FC_DROP_LEVELS);
    assert_true(points <= MOST && all == cases * points);
    unsigned char kept[MOST];
    int room[MOST], band[MOST], seen = 0;
    for (size_t t = 0; t < points; t++)
        band[t] = (int)bands[t];
    for (size_t i = 0; i < cases; i++) {
        fc_drop_level drawn;
        int left = 0;
        const int said = fc_drop_points(kept, band, (int)points, bands_of(file), probability,
                                        (uint64_t)key[i], room, &drawn);
        assert_int_equal(drawn, (int)level[i]);
        for (size_t t = 0; t < points; t++) {
            if (kept[t] != (int)want[i * points + t])
                fail_msg("key %g, level %d: point %zu", key[i], drawn, t);
            left += kept[t];
        }
        assert_int_equal(said, left);
        seen |= 1 << drawn;
    }
    assert_true(seen != 1); /* something was left out */
    free(bands);
    free(key);
    free(level);
    free(want);
    free(probability);
    nn_st_close(file);
}

/* Whatever is drawn, a point stays. */
static void test_something_stays(void **state)
{
    (void)state;
    const double always[] = {0, .25, .25, .25, .25};
    unsigned char kept[3];
    int room[3];
    fc_drop_level level;
    for (int n = 1; n <= 3; n++)
        for (uint64_t key = 0; key < 200; key++)
            assert_in_range(fc_drop_points(kept, (const int[]){0, 0, 0}, n, 2, always, key, room, &level), 1,
                            n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_clauses), cmocka_unit_test(test_series),
                                       cmocka_unit_test(test_something_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
