/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes files beside their final name, reads them back, and puts them in place at the end. */
#include "lib/files/output.h"

#include "lib/base/ranks.h"
#include "lib/base/shortage.h"
#include "lib/files/inputs.h"
#include "lib/files/stray.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

enum { SLOTS = 64, FREE_SLOT = 0, LIVE_SLOT, REMOVED_SLOT };

struct nn_output {
    FILE *stream;
    char *given; /* the name as the caller said it; NULL: standard output */
    char *path;  /* final */
    int slot;    /* holds the temporary name; -1: written directly */
    int fd;      /* -1: standard output */
    int reason;  /* errno of the first write that failed, 0 so far */
    uint64_t bytes;
    XXH64_state_t hash; /* of the bytes that were written */
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

int nn_output_end(nn_output *self, int code, nn_error *error)
{
    if (self && !code)
        return nn_output_commit(self, error);
    nn_output_abandon(self);
    return code;
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

/* Every byte on its way to a file: the first failure stays, and nothing is written behind it. */
static ssize_t put_bytes(void *cookie, const char *bytes, size_t size)
{
    nn_output *output = cookie;
    size_t done = 0;
    while (done < size && !output->reason) {
        const ssize_t n = write(output->fd, bytes + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            output->reason = errno;
    }
    XXH64_update(&output->hash, bytes, done);
    output->bytes += done;
    return output->reason ? 0 : (ssize_t)size;
}

static void close_stream(nn_output *output)
{
    if (output->stream && output->stream != stdout)
        fclose(output->stream);
    output->stream = NULL;
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
}

/* The slot is live before its file is there, so that no signal can fall between the two. Holding signals back
 * instead would have another thread take them while this one goes on to create the file. */
static int create_live(int slot)
{
    slots[slot].state = LIVE_SLOT;
    atomic_thread_fence(memory_order_seq_cst);
    int fd = open(slots[slot].name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        slots[slot].state = FREE_SLOT;
    return fd;
}

/* open() with mode 0666 lets the kernel apply the umask, which mkstemp does not. */
static int create_beside(int slot, const char *path)
{
    nn_stray_remove(path);
    for (int attempt = 0; attempt < 100; attempt++) {
        uint64_t key;
        if (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key)
            continue;
        if ((errno = nn_stray_name(slots[slot].name, sizeof slots[slot].name, path, key)))
            return -1;
        int fd = create_live(slot);
        if (fd >= 0 && nn_stray_hold(fd))
            return fd;
        if (fd >= 0)
            close(fd);
        else if (errno != EEXIST)
            return -1;
    }
    errno = EEXIST;
    return -1;
}

static void discard(nn_output *output)
{
    close_stream(output);
    if (output->slot >= 0) {
        if (slots[output->slot].state == LIVE_SLOT)
            unlink(slots[output->slot].name);
        release_slot(output->slot);
    }
    free(output->given);
    free(output->path);
    free(output);
}

static int refuse(const char *path, int reason, nn_error *error)
{
    const char *why = reason == ENOENT ? "its folder does not exist" : strerror(reason);
    return nn_fail(error, NN_FAILED, "%s: cannot be written: %s", path, why);
}

static int refuse_input(const char *path, nn_error *error)
{
    return nn_fail(error, NN_FAILED, "%s: is read and would be written over; name another file", path);
}

/* The descriptor to write to, or -1 with errno. present: what path is now, NULL when there is nothing. */
static int open_descriptor(nn_output *output, const struct stat *present)
{
    if (nn_input_lent(output->path) >= 0)
        return nn_input_open(output->path, O_WRONLY | O_TRUNC | O_CLOEXEC);
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
    /* A file system without owners or permissions refuses this; the file is then as good as any other there.
     */
    if (fd >= 0 && present &&
        (fchown(fd, present->st_uid, present->st_gid) || fchmod(fd, present->st_mode & 0777)))
        errno = 0;
    return fd;
}

/* What path is now; *status is of the file that a link leads to. */
static int look(const char *path, struct stat *status, bool *present, nn_error *error)
{
    struct stat link;
    *present = stat(path, status) == 0;
    const int reason = *present ? 0 : errno;
    if (!*path || path[strlen(path) - 1] == '/' || (*present && S_ISDIR(status->st_mode)))
        return nn_fail(error, NN_FAILED, "%s: is %s, not a file to write to", path,
                       *path ? "a folder" : "an empty name");
    if (!*present && lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
        return nn_fail(error, NN_FAILED, "%s: is a link that leads to no file (%s); name the file itself",
                       path, strerror(reason));
    return *present && nn_input_is(status) ? refuse_input(path, error) : NN_OK;
}

static nn_output *new_output(const char *path, const struct stat *present, nn_error *error)
{
    nn_output *output = calloc(1, sizeof *output);
    if (output) {
        output->slot = output->fd = -1;
        XXH64_reset(&output->hash, 0);
        output->given = path ? strdup(path) : NULL;
        /* Through a symbolic link the file it points at is replaced, not the link. */
        output->path =
            present && S_ISREG(present->st_mode) ? realpath(path, NULL) : strdup(path ? path : "-");
    }
    if (output && output->path && (output->given || !path))
        return output;
    nn_fail(error, NN_FAILED, "%s: cannot be written: %s", path ? path : "-", strerror(errno));
    if (output)
        discard(output);
    return NULL;
}

nn_output *nn_output_open(const char *path, nn_error *error)
{
    struct stat status;
    bool present = false;
    const bool standard = !path || strcmp(path, "-") == 0;
    if (!standard && nn_rank() > 0 && nn_input_lent(path) < 0) /* rank 0 writes */
        path = "/dev/null";
    if (!standard && nn_input_lent(path) < 0 && look(path, &status, &present, error))
        return NULL;
    nn_output *output = new_output(standard ? NULL : path, present ? &status : NULL, error);
    if (!output)
        return NULL;
    if (standard) {
        output->stream = stdout;
        return output;
    }
    output->fd = open_descriptor(output, present ? &status : NULL);
    if (output->fd >= 0)
        output->stream = fopencookie(output, "w", (cookie_io_functions_t){.write = put_bytes});
    if (!output->stream) {
        refuse(path, errno, error);
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

bool nn_output_is_temporary(const nn_output *output)
{
    return output->slot >= 0;
}

/* --- putting in place --- */

static bool hinders(int reason)
{
    return reason != EINVAL && reason != ENOSYS && reason != ENOTSUP;
}

/* Whether the file holds what was written, from the disk where the system lets its copy go. 0, an errno, or
 * -1: other bytes. */
static int read_back(const nn_output *output)
{
    char chunk[1 << 14];
    uint64_t bytes = 0;
    XXH64_state_t hash;
    XXH64_reset(&hash, 0);
    posix_fadvise(output->fd, 0, 0, POSIX_FADV_DONTNEED);
    for (ssize_t n; (n = pread(output->fd, chunk, sizeof chunk, (off_t)bytes)) != 0;) {
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            XXH64_update(&hash, chunk, (size_t)n);
            bytes += (uint64_t)n;
        }
    }
    return bytes == output->bytes && XXH64_digest(&hash) == XXH64_digest(&output->hash) ? 0 : -1;
}

/* A new name lasts through a power cut once its folder is on the disk. */
static int sync_folder(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int reason = fd >= 0 && fsync(fd) && hinders(errno) ? errno : 0;
    if (fd >= 0)
        close(fd);
    return reason;
}

/* Flushes the stream; 0, an errno, or -1 where the reason of an earlier failure is lost. */
static int flush(nn_output *output)
{
    errno = 0;
    const bool failed = fflush(output->stream) != 0;
    const int reason = output->reason ? output->reason : errno;
    return !failed && !ferror(output->stream) ? 0 : reason ? reason : -1;
}

static const char *words(int reason)
{
    return reason > 0 ? strerror(reason) : "an earlier write did not succeed";
}

int nn_output_sync(nn_output *output, nn_error *error)
{
    int reason = flush(output);
    if (!reason && output->slot >= 0 && fsync(output->fd) && hinders(errno))
        reason = errno;
    return reason ? nn_fail(error, NN_FAILED, "%s: writing failed: %s",
                            output->given ? output->given : "standard output", words(reason))
                  : NN_OK;
}

static int into_place(nn_output *output, nn_error *error)
{
    struct stat status;
    int reason = read_back(output);
    if (reason)
        return nn_fail(error, NN_FAILED, "%s: writing failed: %s", output->given,
                       reason > 0 ? strerror(reason) : "reading back gave other bytes than were written");
    if (stat(output->path, &status) == 0 && nn_input_is(&status))
        return refuse_input(output->given, error);
    if (rename(slots[output->slot].name, output->path))
        return nn_fail(error, NN_FAILED, "%s: writing failed: %s", output->given, strerror(errno));
    slots[output->slot].state = REMOVED_SLOT;
    reason = sync_folder(output->path);
    return reason ? nn_fail(error, NN_FAILED, "%s: is written, but its folder cannot be saved: %s",
                            output->given, strerror(reason))
                  : NN_OK;
}

int nn_output_commit(nn_output *output, nn_error *error)
{
    int code = nn_shortage() ? nn_fail(error, NN_FAILED, "no memory for all of what %s should hold",
                                       output->given ? output->given : "standard output")
                             : nn_output_sync(output, error);
    if (!code && output->slot >= 0)
        code = into_place(output, error);
    discard(output);
    return code;
}

void nn_output_abandon(nn_output *output)
{
    if (output)
        discard(output);
}

void nn_output_remove(const char *path)
{
    if (nn_rank() == 0)
        (void)remove(path);
}
