/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processors that this process may use. */
#include "lib/base/processors.h"

#include <sched.h>

int nn_processors(void)
{
    cpu_set_t set;
    const int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? count : 1;
}
