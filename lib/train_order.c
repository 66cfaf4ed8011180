/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which order an epoch shows its samples, and which of them: by chance, or the easy ones first, after the
 * competence of Platanias et al. (2019, arXiv 1903.09848), which rises here as a straight line. */
#include "lib/train_internal.h"

#define FIRST_SHARE 0.25

static void shuffle(size_t *order, size_t count, uint64_t key)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(nn_random(key, i) % i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

/* How many of the samples an epoch (1-based) shows. */
static size_t shown(size_t count, int epoch, int epochs)
{
    const int half = epochs / 2;
    if (epoch > half)
        return count;
    const double share = FIRST_SHARE + (1 - FIRST_SHARE) * (epoch - 1) / half;
    const size_t few = (size_t)(share * (double)count);
    return few > 0 ? few : 1;
}

void nn_draw_order(size_t *order, size_t count, const size_t *easiest, int epoch, int epochs, uint64_t key)
{
    const size_t few = easiest ? shown(count, epoch, epochs) : count;
    for (size_t i = 0; i < count; i++)
        order[i] = few < count ? easiest[i % few] : i;
    shuffle(order, count, key);
}
