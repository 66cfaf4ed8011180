/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refuses command lines that would write over a file that they read, or write two things to one. */
#include "cli/shell/file_clash.h"

#include "cli/shell/arguments.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_FILES = 256 };

typedef struct files {
    const char *read[MOST_FILES], *written[MOST_FILES];
    int read_count, written_count;
} files;

/* The name without its folder, and the folder's status. */
static const char *split_path(const char *path, struct stat *folder)
{
    char text[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(text, sizeof text, "%.*s", (int)(slash - path) + 1, path);
    if (stat(text, folder))
        *folder = (struct stat){.st_ino = 0};
    return slash ? slash + 1 : path;
}

/* Pipes and devices may be read and written at once. Of files that are not there yet folder and name count.
 */
static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0)
        return false;
    const bool there = stat(a, &x) == 0;
    if (there != (stat(b, &y) == 0))
        return false;
    if (there && !S_ISREG(x.st_mode))
        return false;
    const bool same_name = there || strcmp(split_path(a, &x), split_path(b, &y)) == 0;
    return same_name && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Options of files to write are all that take a FILE but these; what simulates reads nothing. */
static bool is_read(const cli_run *run, const nn_option *option)
{
    static const char *const names[] = {"adjacency", "data",     "future-file", "history",
                                        "metadata",  "stations", "teacher",     "visits"};
    if (strcmp(run->command->name, "simulate") == 0)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(option->name, names[i]) == 0)
            return true;
    return false;
}

static void add(files *f, bool read, const char *path)
{
    int *count = read ? &f->read_count : &f->written_count;
    if (path && *path && *count < MOST_FILES)
        (read ? f->read : f->written)[(*count)++] = path;
}

static void collect(files *f, const cli_run *run)
{
    const nn_option *table;
    size_t offset;
    for (int i = 0; i < run->operand_count; i++)
        add(f, true, run->operands[i]);
    for (int i = 0; (table = cli_sections_next(run->command, NULL, run->purpose, &i, NULL, &offset));)
        for (const nn_option *o = table; o->name; o++)
            if (o->type == NN_TEXT && (is_read(run, o) || (o->value && strcmp(o->value, "FILE") == 0)))
                add(f, is_read(run, o), *(char *const *)((const char *)run->settings + offset + o->offset));
}

int cli_check_apart(const cli_run *run, nn_error *error)
{
    files f = {.read_count = 0};
    collect(&f, run);
    for (int i = 0; i < f.written_count; i++) {
        for (int j = 0; j < f.read_count; j++)
            if (same_file(f.written[i], f.read[j]))
                return nn_fail(error, NN_USAGE, "%.200s is read and would be written over; name another file",
                               f.written[i]);
        for (int j = 0; j < i; j++)
            if (same_file(f.written[i], f.written[j]))
                return nn_fail(error, NN_USAGE, "%.200s is named for two results; name another file",
                               f.written[i]);
    }
    return NN_OK;
}
