/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Remembers by device and inode which files a thread has read, and holds what came through pipes. */
#include "lib/files/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* More files than a command line names; of still more the first are forgotten. */
enum { MOST_INPUTS = 512 };

static _Thread_local struct {
    dev_t device;
    ino_t inode;
} inputs[MOST_INPUTS];
static _Thread_local size_t noted;

void nn_input_note(const struct stat *status)
{
    if (!S_ISREG(status->st_mode) || nn_input_is(status))
        return;
    inputs[noted % MOST_INPUTS].device = status->st_dev;
    inputs[noted++ % MOST_INPUTS].inode = status->st_ino;
}

bool nn_input_is(const struct stat *status)
{
    for (size_t i = 0; i < noted && i < MOST_INPUTS; i++)
        if (inputs[i].device == status->st_dev && inputs[i].inode == status->st_ino)
            return true;
    return false;
}

void nn_inputs_forget(void)
{
    noted = 0;
}

/* --- files in memory --- */

enum { MOST_LENT = 16 };

static _Thread_local struct {
    const char *name;
    int fd;
} lent[MOST_LENT];
static _Thread_local int lent_count;

/* 0, or an errno. */
static int write_all(int to, const char *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t n = write(to, bytes + done, size - done);
        if (n < 0 && errno != EINTR)
            return errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int copy_all(int from, int to)
{
    char chunk[1 << 14];
    for (ssize_t got; (got = read(from, chunk, sizeof chunk)) != 0;) {
        if (got < 0 && errno != EINTR)
            return errno;
        const int reason = got > 0 ? write_all(to, chunk, (size_t)got) : 0;
        if (reason)
            return reason;
    }
    return 0;
}

int nn_input_lend(const char *name, const void *bytes, size_t size, nn_error *error)
{
    if (lent_count == MOST_LENT) {
        nn_fail(error, NN_FAILED, "%s: more than %d files in memory", name, MOST_LENT);
        return -1;
    }
    const int fd = memfd_create("auspex", MFD_CLOEXEC);
    const int reason = fd < 0 ? errno : bytes ? write_all(fd, bytes, size) : 0;
    if (reason) {
        nn_fail(error, NN_FAILED, "%s: no memory for it: %s", name, strerror(reason));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    lent[lent_count].name = name;
    lent[lent_count++].fd = fd;
    return fd;
}

int nn_input_lent(const char *name)
{
    for (int i = 0; i < lent_count; i++)
        if (strcmp(lent[i].name, name) == 0)
            return lent[i].fd;
    return -1;
}

void nn_input_return(void)
{
    lent_count -= lent_count > 0;
}

void nn_inputs_return(void)
{
    lent_count = 0;
}

/* --- pipes --- */

enum { MOST_KEPT = 16 };

static struct {
    char *path;
    int fd;
} kept[MOST_KEPT];
static int kept_count;

/* Or lent. */
static int find_kept(const char *path)
{
    const int fd = nn_input_lent(path);
    if (fd >= 0)
        return fd;
    for (int i = 0; i < kept_count; i++)
        if (strcmp(kept[i].path, path) == 0)
            return kept[i].fd;
    return -1;
}

int nn_input_open(const char *path, int flags)
{
    char name[40];
    const int fd = find_kept(path);
    if (fd < 0)
        return open(path, flags);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    return open(name, flags);
}

bool nn_input_again(const char *path)
{
    struct stat status;
    return strcmp(path, "-") != 0 &&
           (find_kept(path) >= 0 || (stat(path, &status) == 0 && S_ISREG(status.st_mode)));
}

int nn_input_keep(const char *path, nn_error *error)
{
    struct stat status;
    if (strcmp(path, "-") == 0 || stat(path, &status) ||
        !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) || find_kept(path) >= 0 ||
        kept_count == MOST_KEPT)
        return NN_OK;
    char *name = strdup(path);
    const int from = open(path, O_RDONLY | O_CLOEXEC), to = memfd_create("auspex", MFD_CLOEXEC);
    int reason = name && from >= 0 && to >= 0 ? 0 : errno;
    if (!reason)
        reason = copy_all(from, to);
    if (from >= 0)
        close(from);
    if (!reason) {
        kept[kept_count].path = name;
        kept[kept_count++].fd = to;
        return NN_OK;
    }
    free(name);
    if (to >= 0)
        close(to);
    return nn_fail(error, reason == ENOMEM ? NN_FAILED : NN_BAD_DATA, "%s: cannot be read: %s", path,
                   strerror(reason));
}
