/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares large requests for memory with what is free, and says both. */
#include "lib/base/budget.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Smaller ones are not worth a look; many of them grow into large ones. */
enum { LARGE = 64 << 20 };

static const unsigned long long huge = 1ULL << 42;
static atomic_ullong refused, room_then;
static unsigned long long cap; /* 0: none */

/* A file of the kernel, into memory of the caller: no allocation may be needed here. */
static bool read_small(const char *path, char *text, size_t size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd >= 0 ? read(fd, text, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static bool number_of(const char *path, const char *key, unsigned long long *number)
{
    char text[4096], *end;
    if (!read_small(path, text, sizeof text))
        return false;
    const char *at = strstr(text, key);
    *number = at ? strtoull(at + strlen(key), &end, 10) : 0;
    return at && end > at + strlen(key);
}

/* Bytes that the process has asked for, and those of them that it uses. */
static bool own_memory(unsigned long long *asked, unsigned long long *used)
{
    char text[256];
    unsigned long long resident, data;
    if (!read_small("/proc/self/statm", text, sizeof text) ||
        sscanf(text, "%*u %llu %*u %*u %*u %llu", &resident, &data) != 2)
        return false;
    const unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
    *asked = data * page;
    *used = resident * page;
    return true;
}

/* What is free of the machine, and of the group of processes where that is limited. */
static bool free_memory(unsigned long long *bytes)
{
    unsigned long long kilobytes, most, now;
    if (!number_of("/proc/meminfo", "MemAvailable:", &kilobytes))
        return false;
    *bytes = kilobytes * 1024;
    if (number_of("/sys/fs/cgroup/memory.max", "", &most) &&
        number_of("/sys/fs/cgroup/memory.current", "", &now)) {
        const unsigned long long left = most > now ? most - now : 0;
        *bytes = left < *bytes ? left : *bytes;
    }
    return true;
}

bool nn_budget_room(unsigned long long *room)
{
    unsigned long long asked, used, left;
    if (!own_memory(&asked, &used) || !free_memory(&left))
        return false;
    if (asked > huge) /* the shadow memory of a sanitizer: nothing can be said */
        return false;
    *room = left + used > asked ? left + used - asked : 0;
    if (cap)
        *room = cap <= asked ? 0 : cap - asked < *room ? cap - asked : *room;
    return true;
}

bool nn_budget_allows(size_t size)
{
    unsigned long long room, none = 0;
    if (size < LARGE || !nn_budget_room(&room) || size <= room)
        return true;
    if (atomic_compare_exchange_strong(&refused, &none, (unsigned long long)size))
        atomic_store(&room_then, room);
    return false;
}

bool nn_budget_cap(unsigned long long bytes)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit))
        return false;
    limit.rlim_cur = bytes < limit.rlim_max ? (rlim_t)bytes : limit.rlim_max;
    cap = bytes;
    return setrlimit(RLIMIT_DATA, &limit) == 0;
}

const char *nn_budget_source(void)
{
    return cap ? " (--memory)" : "";
}

bool nn_budget_words(char *text, size_t size)
{
    const unsigned long long more = atomic_load(&refused), room = atomic_load(&room_then);
    if (!more)
        return false;
    snprintf(text, size, "%.1f GB more are needed at once, %.1f GB are free%s", (double)more / 1e9,
             (double)room / 1e9, nn_budget_source());
    return true;
}
