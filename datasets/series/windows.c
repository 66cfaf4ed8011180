/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts the windows of a part. */
#include "datasets/series/windows.h"

int ds_windows_make(const ds_part *part, const char *what, int lookback, int horizon, ds_windows *windows,
                    nn_error *error)
{
    *windows = (ds_windows){.lookback = lookback, .horizon = horizon};
    if (lookback < 1 || horizon < 1)
        return nn_fail(error, NN_USAGE, "look-back %d and horizon %d must both be at least 1", lookback,
                       horizon);
    const size_t inside = part->end - part->begin, needed = (size_t)lookback + (size_t)horizon;
    const size_t before = part->begin < (size_t)lookback ? part->begin : (size_t)lookback;
    if (inside == 0)
        return nn_fail(error, NN_BAD_DATA, "the %s part has no rows", what);
    if (inside + before < needed)
        return nn_fail(
            error, NN_BAD_DATA,
            "the %s part is too short for look-back %d and horizon %d: it has %zu row%s, and %zu before %s",
            what, lookback, horizon, inside, inside == 1 ? "" : "s", before, inside == 1 ? "it" : "them");
    windows->first = part->begin - before;
    windows->count = inside + before - needed + 1;
    return NN_OK;
}
