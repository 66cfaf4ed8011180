/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Death while a file is written, to be loaded in front of the C library (LD_PRELOAD): at the DIE_AT-th step
 * of writing files the process is ended as if by SIGKILL. Steps are writes, of which half is done, saving to
 * the disk, reading back, renaming (in turn before and after it) and removing. DIE_COUNT names a file for the
 * number of steps. */
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long steps;
static long at = -1;

__attribute__((constructor)) static void start(void)
{
    const char *text = getenv("DIE_AT");
    at = text ? atol(text) : -1;
    unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void finish(void)
{
    const char *name = getenv("DIE_COUNT");
    const long count = steps;
    FILE *file = name ? fopen(name, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", count);
        fclose(file);
    }
}

static bool is_time(void)
{
    return atomic_fetch_add(&steps, 1) + 1 == at;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
}

/* The function behind. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    const bool last = descriptor > STDERR_FILENO && is_time();
    const ssize_t done = REAL(write)(descriptor, bytes, last ? size / 2 : size);
    if (last)
        die();
    return done;
}

int fsync(int descriptor)
{
    if (is_time())
        die();
    return REAL(fsync)(descriptor);
}

ssize_t pread(int descriptor, void *bytes, size_t size, off_t offset)
{
    if (is_time())
        die();
    return REAL(pread)(descriptor, bytes, size, offset);
}

int rename(const char *from, const char *to)
{
    const bool last = is_time();
    const int code = last && at % 2 ? 0 : REAL(rename)(from, to);
    if (last)
        die();
    return code;
}

int unlink(const char *path)
{
    if (is_time())
        die();
    return REAL(unlink)(path);
}

int remove(const char *path)
{
    if (is_time())
        die();
    return REAL(remove)(path);
}
