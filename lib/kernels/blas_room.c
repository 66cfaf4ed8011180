/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts the calls of OpenBLAS that run at the same time, and sees before there are more of them than ever
 * whether their buffers can be mapped. */
#include "lib/kernels/blas_room.h"

#include "lib/base/shortage.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

/* Of version 0.3 on x86-64, and a page for what is beside it. */
static const size_t buffer = ((size_t)32 << 22) + ((size_t)1 << 16);
static atomic_int running, most;

bool nn_blas_has_room(int calls)
{
    /* As OpenBLAS asks for them. */
    const size_t size = (size_t)calls * buffer;
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return room != MAP_FAILED && munmap(room, size) == 0;
}

bool nn_blas_begin(void)
{
    const int now = atomic_fetch_add(&running, 1) + 1;
    int before = atomic_load(&most);
    if (now <= before)
        return true;
    /* As if none were there: how many OpenBLAS has mapped is not known. */
    if (!nn_blas_has_room(now)) {
        atomic_fetch_sub(&running, 1);
        nn_shortage_note();
        return false;
    }
    while (before < now && !atomic_compare_exchange_weak(&most, &before, now))
        ;
    return true;
}

void nn_blas_end(void)
{
    atomic_fetch_sub(&running, 1);
}
