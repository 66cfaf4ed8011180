/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts allocations that failed. */
#include "lib/base/shortage.h"

#include <stdatomic.h>

static atomic_ulong shortages;
static _Thread_local unsigned long known;

void nn_shortage_note(void)
{
    atomic_fetch_add(&shortages, 1);
}

bool nn_shortage(void)
{
    return atomic_load(&shortages) != known;
}

void nn_shortage_forget(void)
{
    known = atomic_load(&shortages);
}
