/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells temporary files in use from those of killed runs by a lock that the system drops with the process. */
#include "lib/files/stray.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEGIN ".auspex-"
#define END   ".tmp"
enum { DIGITS = 16, MOST_FOLDERS = 32 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int removed;
static uint64_t seen[MOST_FOLDERS]; /* hashes of folders' names */
static int seen_count;

static int folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path) + 1 : 0;
}

int nn_stray_name(char *name, size_t size, const char *path, uint64_t key)
{
    const int n = snprintf(name, size, "%.*s" BEGIN "%016" PRIx64 END, folder_length(path), path, key);
    return n < 0 || (size_t)n >= size ? ENAMETOOLONG : 0;
}

int nn_stray_hold(int fd)
{
    struct stat status;
    while (flock(fd, LOCK_EX))
        if (errno != EINTR)
            return 1; /* a file system without locks: nobody takes the file for left over there */
    return fstat(fd, &status) || status.st_nlink > 0;
}

static bool is_temporary(const char *name)
{
    const size_t begin = strlen(BEGIN);
    if (strncmp(name, BEGIN, begin) != 0 || strlen(name) != begin + DIGITS + strlen(END))
        return false;
    for (size_t i = 0; i < DIGITS; i++)
        if (!isxdigit((unsigned char)name[begin + i]))
            return false;
    return strcmp(name + begin + DIGITS, END) == 0;
}

/* Its owner keeps the lock until the file has its final name, so a name that still leads to a file whose lock
 * could be had is nobody's. */
static void remove_unless_held(int folder, const char *name)
{
    struct stat opened, named;
    const int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) && opened.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        named.st_dev == opened.st_dev && named.st_ino == opened.st_ino && unlinkat(folder, name, 0) == 0)
        removed++;
    close(fd);
}

static bool is_new(const char *folder)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *folder; folder++)
        hash = (hash ^ (unsigned char)*folder) * UINT64_C(1099511628211);
    for (int i = 0; i < seen_count; i++)
        if (seen[i] == hash)
            return false;
    if (seen_count < MOST_FOLDERS)
        seen[seen_count++] = hash;
    return true;
}

void nn_stray_remove(const char *path)
{
    char folder[PATH_MAX] = ".";
    const int length = folder_length(path), saved = errno;
    if (length)
        snprintf(folder, sizeof folder, "%.*s", length, path);
    pthread_mutex_lock(&lock);
    DIR *entries = is_new(folder) ? opendir(folder) : NULL;
    if (entries)
        for (struct dirent *entry; (entry = readdir(entries));)
            if (is_temporary(entry->d_name))
                remove_unless_held(dirfd(entries), entry->d_name);
    if (entries)
        closedir(entries);
    pthread_mutex_unlock(&lock);
    errno = saved;
}

int nn_stray_removed(void)
{
    pthread_mutex_lock(&lock);
    const int count = removed;
    pthread_mutex_unlock(&lock);
    return count;
}
