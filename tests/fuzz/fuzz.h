/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fuzz targets share: bytes as a file, and what is asked of every reader. */
#ifndef FUZZ_H
#define FUZZ_H

#include "lib/base/error.h"
#include "lib/files/inputs.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_require(bool condition, const char *what, const char *text)
{
    if (!condition) {
        fprintf(stderr, "%s: %s\n", what, text);
        abort();
    }
}

/* A failure has a code and one line. */
static inline void fuzz_check(int code, const nn_error *error)
{
    fuzz_require(code == NN_OK || (error->code == code && *error->text && !strpbrk(error->text, "\r\n")),
                 "one line", error->text);
}

/* Bytes as a file in memory: path is its name as long as the descriptor returned is open. */
static inline int fuzz_open(const void *data, size_t size, char path[64])
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || (size && write(fd, data, size) != (ssize_t)size))
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    nn_inputs_forget(); /* each run is as a process of its own */
    return fd;
}

/* A new empty file that results may be written to, in memory where the system has such a folder. */
static inline void fuzz_place(char path[64])
{
    static const char *const folders[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, 64, "%s/auspex-fuzz-XXXXXX", folders[i]);
        const int fd = mkstemp(path);
        if (fd >= 0) {
            close(fd);
            return;
        }
    }
    abort();
}

/* Whether to try the k-th of n ways to read an input of this size: all in a replay; one where libFuzzer runs
 * without AUSPEX_REPLAY in its environment, and then comes round n times as often. */
static inline bool fuzz_tries(size_t size, size_t k, size_t n)
{
#ifdef AUSPEX_FUZZ
    static int replay = -1;
    if (replay < 0)
        replay = getenv("AUSPEX_REPLAY") != NULL;
    return replay || size % n == k;
#else
    (void)size;
    return k < n;
#endif
}

/* A callback for lines that are not looked at. */
static inline void fuzz_ignore(void *context, const char *line)
{
    *(size_t *)context += strlen(line);
}

#endif
