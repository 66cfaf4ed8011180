/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws what is left out of a light curve while training. */
#include "forecast/tasks/lightcurves/training/drop.h"

#include "lib/base/random.h"

#include <string.h>

int fc_drop_percent(double u)
{
    return 10 + (int)(31 * u);
}

int fc_drop_share(unsigned char *kept, int n, int percent, uint64_t key, uint64_t counter, int *room)
{
    const int dropped = (int)((int64_t)n * percent / 100);
    memset(kept, 1, (size_t)n);
    for (int i = 0; i < n; i++)
        room[i] = i;
    for (int s = 0; s < dropped; s++) {
        const int other = s + (int)(nn_random_uniform(key, counter + (uint64_t)s) * (n - s)),
                  chosen = room[other];
        room[other] = room[s];
        room[s] = chosen;
        kept[chosen] = 0;
    }
    return n - dropped;
}

static int drop_band(unsigned char *kept, const int *band, int n, int which)
{
    int left = 0;
    for (int i = 0; i < n; i++)
        left += kept[i] = band[i] != which;
    if (!left)
        memset(kept, 1, (size_t)n);
    return left ? left : n;
}

static int keep_first(unsigned char *kept, int n, int first)
{
    for (int i = 0; i < n; i++)
        kept[i] = i < first;
    return first;
}

int fc_drop_points(unsigned char *kept, const int *band, int n, int bands,
                   const double probability[FC_DROP_LEVELS], uint64_t key, int *room, fc_drop_level *level)
{
    const double u = nn_random_uniform(key, 0), v = nn_random_uniform(key, 1);
    double sum = probability[0];
    int drawn = 0;
    while (drawn + 1 < FC_DROP_LEVELS && u >= sum)
        sum += probability[++drawn];
    *level = (fc_drop_level)drawn;
    switch (*level) {
    case FC_DROP_LAST:
        return keep_first(kept, n, n > 1 ? n - 1 - (int)(v * (n / 2)) : n);
    case FC_DROP_BAND:
        return drop_band(kept, band, n, (int)(v * bands));
    case FC_DROP_SHARE:
        return fc_drop_share(kept, n, fc_drop_percent(v), key, 2, room);
    case FC_DROP_LATER:
        return keep_first(kept, n, n ? 1 + (int)(v * n) : 0);
    default:
        return keep_first(kept, n, n);
    }
}
