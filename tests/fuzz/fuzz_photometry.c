/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of photometry under several options, and as a table of visits. */
#include "tests/fuzz/fuzz_light.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    const ds_lightcurve_options options[] = {
        {0},
        {.grouping = DS_UNGROUPED, .drop_unknown_bands = true, .missing = "-9,x"},
        {.grouping = DS_ALERTS, .id = "none", .magnitudes = true, .decimal_comma = true},
        {.bands = &ds_bands_ztf, .drop_unknown_bands = true, .drop_limits = true, .zero_point = 31.4},
        {.no_header = true, .drop_unknown_bands = true, .time_zero = "unix", .keep_flagged = true},
        {.drop_unknown_bands = true, .delimiter = ' ', .id = "none", .time_zero = "jd"},
        {.visits = path},
    };
    fuzz_read_each(data, size, path, options, sizeof options / sizeof *options);
    return 0;
}
