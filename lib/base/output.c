/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes files beside their final name and puts them in place at the end. */
#include "lib/base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 64, FREE_SLOT = 0, LIVE_SLOT, REMOVED_SLOT };

struct nn_output {
    FILE *stream;
    char *path; /* final */
    int slot;   /* holds the temporary name; -1: written directly */
};

/* Names of temporary files lie in static memory, where a signal handler may read them. state turns live only
 * after the name is whole; the handler changes nothing but live to removed, so a slot is never reused under
 * its owner. */
static struct slot {
    volatile sig_atomic_t state;
    int claimed;
    char name[PATH_MAX];
} slots[SLOTS];
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

static int claim_slot(void)
{
    int found = -1;
    pthread_mutex_lock(&slots_lock);
    for (int i = 0; i < SLOTS && found < 0; i++)
        if (!slots[i].claimed) {
            slots[i].claimed = 1;
            found = i;
        }
    pthread_mutex_unlock(&slots_lock);
    return found;
}

static void release_slot(int slot)
{
    slots[slot].state = FREE_SLOT;
    atomic_thread_fence(memory_order_seq_cst);
    pthread_mutex_lock(&slots_lock);
    slots[slot].claimed = 0;
    pthread_mutex_unlock(&slots_lock);
}

void nn_output_abandon_all(void)
{
    int saved = errno;
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].state == LIVE_SLOT) {
            atomic_thread_fence(memory_order_seq_cst);
            unlink(slots[i].name);
            slots[i].state = REMOVED_SLOT;
        }
    errno = saved;
}

/* The slot is live before its file is there, so that no signal can fall between the two. Holding signals back
 * instead would have another thread take them while this one goes on to create the file. */
static int create_live(int slot)
{
    slots[slot].state = LIVE_SLOT;
    atomic_thread_fence(memory_order_seq_cst);
    int fd = open(slots[slot].name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        slots[slot].state = FREE_SLOT;
    return fd;
}

/* open() with mode 0666 lets the kernel apply the umask, which mkstemp does not. */
static int create_beside(int slot, const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    for (int attempt = 0; attempt < 100; attempt++) {
        uint64_t key;
        if (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key)
            continue;
        int n = snprintf(slots[slot].name, sizeof slots[slot].name, "%.*s.auspex-%016" PRIx64 ".tmp", folder,
                         path, key);
        if (n < 0 || (size_t)n >= sizeof slots[slot].name) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = create_live(slot);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    errno = EEXIST;
    return -1;
}

static void discard(nn_output *output)
{
    if (output->slot >= 0) {
        if (slots[output->slot].state == LIVE_SLOT)
            unlink(slots[output->slot].name);
        release_slot(output->slot);
    }
    free(output->path);
    free(output);
}

static int refuse(const char *path, int reason, nn_error *error)
{
    const char *why = reason == ENOENT ? "its folder does not exist" : strerror(reason);
    return nn_fail(error, NN_FAILED, "%s: cannot be written: %s", path, why);
}

/* The descriptor to write to, or -1 with errno. present: what path is now, NULL when there is nothing. */
static int open_descriptor(nn_output *output, const struct stat *present)
{
    if (present && !S_ISREG(present->st_mode))
        return open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    /* Renaming would replace a write-protected file without asking. */
    if (present && access(output->path, W_OK))
        return -1;
    if ((output->slot = claim_slot()) < 0) {
        errno = EMFILE;
        return -1;
    }
    int fd = create_beside(output->slot, output->path);
    /* A file system without permissions refuses this; the file is then as good as any other there. */
    if (fd >= 0 && present && fchmod(fd, present->st_mode & 0777))
        errno = 0;
    return fd;
}

nn_output *nn_output_open(const char *path, nn_error *error)
{
    int standard = !path || strcmp(path, "-") == 0;
    struct stat status;
    const char *name = standard ? "-" : path;
    int present = !standard && stat(path, &status) == 0;
    if (!standard && (!*path || path[strlen(path) - 1] == '/' || (present && S_ISDIR(status.st_mode)))) {
        nn_fail(error, NN_FAILED, "%s: is %s, not a file to write to", path,
                *path ? "a folder" : "an empty name");
        return NULL;
    }
    nn_output *output = calloc(1, sizeof *output);
    /* Through a symbolic link the file it points at is replaced, not the link. */
    char *final = !output ? NULL : present && S_ISREG(status.st_mode) ? realpath(path, NULL) : strdup(name);
    if (!final) {
        nn_fail(error, NN_FAILED, "%s: cannot be written: %s", name, strerror(errno));
        free(output);
        return NULL;
    }
    output->path = final;
    output->slot = -1;
    if (standard) {
        output->stream = stdout;
        return output;
    }
    int fd = open_descriptor(output, present ? &status : NULL);
    output->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!output->stream) {
        refuse(path, errno, error);
        if (fd >= 0)
            close(fd);
        discard(output);
        return NULL;
    }
    return output;
}

FILE *nn_output_stream(nn_output *output)
{
    return output->stream;
}

const char *nn_output_path(const nn_output *output)
{
    return output->slot >= 0 ? slots[output->slot].name : output->path;
}

int nn_output_commit(nn_output *output, nn_error *error)
{
    int standard = output->stream == stdout, code = NN_OK;
    const char *name = standard ? "standard output" : output->path;
    errno = 0;
    int failed = fflush(output->stream) != 0;
    int reason = errno;
    failed |= ferror(output->stream) != 0;
    if (!standard && fclose(output->stream) && !failed) {
        failed = 1;
        reason = errno;
    }
    if (!failed && output->slot >= 0 && rename(slots[output->slot].name, output->path)) {
        failed = 1;
        reason = errno;
    }
    if (failed)
        code = nn_fail(error, NN_FAILED, "%s: writing failed: %s", name,
                       reason ? strerror(reason) : "an earlier write did not succeed");
    else if (output->slot >= 0)
        slots[output->slot].state = REMOVED_SLOT;
    discard(output);
    return code;
}

void nn_output_abandon(nn_output *output)
{
    if (!output)
        return;
    if (output->stream != stdout)
        fclose(output->stream);
    discard(output);
}
