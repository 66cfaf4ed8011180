/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists the files of photometry of a folder. */
#include "datasets/lightcurves/photometry_files.h"

#include "datasets/lightcurves/format.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_known(const char *suffix, size_t length)
{
    for (int k = 0; ds_light_format_at(k); k++) {
        const char *cursor = ds_light_format_at(k)->suffixes, *item;
        size_t n;
        while (nn_list_next(&cursor, &item, &n))
            if (n == length && strncasecmp(item, suffix, n) == 0)
                return true;
    }
    return false;
}

/* Where the suffix begins, at its point; length where there is none that is known. */
static size_t cut(const char *name, size_t length)
{
    size_t at = length;
    while (at > 0 && name[at - 1] != '.')
        at--;
    return at > 1 && is_known(name + at, length - at) ? at - 1 : length;
}

size_t ds_photometry_stem(const char *name)
{
    size_t length = strlen(name);
    if (length > 3 && strcasecmp(name + length - 3, ".gz") == 0)
        length -= 3;
    return cut(name, length);
}

/* The second file of SNANA's pair is read with the first. */
static bool is_second_of_pair(const char *name)
{
    static const char ending[] = "PHOT.FITS";
    const size_t length = strlen(name), gz = length > 3 && strcasecmp(name + length - 3, ".gz") == 0 ? 3 : 0;
    const size_t n = sizeof ending - 1;
    return length >= n + gz && strncasecmp(name + length - gz - n, ending, n) == 0;
}

bool ds_is_folder(const char *path)
{
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_wanted(const struct dirent *entry, const char *path)
{
    const char *name = entry->d_name;
    if (*name == '.' || ds_photometry_stem(name) == strlen(name) || is_second_of_pair(name))
        return false;
    struct stat status; /* a link that leads nowhere is left to the reader, which says so */
    return entry->d_type == DT_REG || stat(path, &status) || S_ISREG(status.st_mode);
}

static int add(ds_photometry_files *files, size_t *room, char *path)
{
    if (files->count == *room) {
        char **more = nn_resize(files->path, 2 * *room + 64, sizeof *more, 1);
        if (!more)
            return NN_FAILED;
        files->path = more;
        *room = 2 * *room + 64;
    }
    files->path[files->count++] = path;
    return NN_OK;
}

static char *join(const char *folder, const char *name)
{
    const size_t length = strlen(folder), slash = length && folder[length - 1] != '/';
    char *path = malloc(length + slash + strlen(name) + 1);
    if (path) {
        memcpy(path, folder, length);
        path[length] = '/';
        strcpy(path + length + slash, name);
    }
    return path;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(ds_photometry_files *files, DIR *open, const char *folder, nn_error *error)
{
    size_t room = 0;
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(open))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *path = join(folder, entry->d_name);
        if (!path)
            return nn_fail(error, NN_FAILED, "%s: no memory", folder);
        const bool wanted = is_wanted(entry, path);
        if (wanted && add(files, &room, path)) {
            free(path);
            return nn_fail(error, NN_FAILED, "%s: no memory", folder);
        }
        if (!wanted) {
            free(path);
            files->skipped++;
        }
    }
    if (errno)
        return nn_fail(error, NN_BAD_DATA, "%s: cannot be read: %s", folder, strerror(errno));
    if (files->count == 0)
        return nn_fail(error, NN_BAD_DATA,
                       "%s: is a folder without a file of photometry (.csv, .txt, .dat, .tbl, .ecsv, .fits, "
                       "with or without .gz); %zu others are in it",
                       folder, files->skipped);
    qsort(files->path, files->count, sizeof *files->path, compare);
    return NN_OK;
}

int ds_photometry_files_list(ds_photometry_files *files, const char *folder, nn_error *error)
{
    DIR *open = opendir(folder);
    if (!open)
        return nn_fail(error, NN_BAD_DATA, "%s: cannot be opened: %s", folder, strerror(errno));
    const int code = list(files, open, folder, error);
    closedir(open);
    return code;
}

void ds_photometry_files_free(ds_photometry_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->path[i]);
    free(files->path);
    *files = (ds_photometry_files){0};
}
