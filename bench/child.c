/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts the program afresh to time what a user waits for, and makes files for it to read. */
#include "bench/child.h"

#include "lib/base/random.h"
#include "lib/files/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void read_all(int from, char *output, size_t size)
{
    char rest[4096];
    size_t have = 0;
    for (;;) {
        bool room = have + 1 < size;
        ssize_t got = room ? read(from, output + have, size - 1 - have) : read(from, rest, sizeof rest);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        have += room ? (size_t)got : 0;
    }
    if (size)
        output[have] = '\0';
}

static int wait_for(pid_t pid, const char *name, nn_error *error)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return nn_fail(error, NN_FAILED, "%.200s: %s", name, strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        return nn_fail(error, NN_FAILED, "%.200s did not end well", name);
    return NN_OK;
}

int bench_child_run(char *const arguments[], char *output, size_t size, nn_error *error)
{
    int ends[2] = {-1, -1};
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (output && pipe2(ends, O_CLOEXEC))
        return nn_fail(error, NN_FAILED, "no pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (output)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    else
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    int failure = posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (output)
        close(ends[1]);
    if (output && !failure)
        read_all(ends[0], output, size);
    if (output)
        close(ends[0]);
    return failure ? nn_fail(error, NN_FAILED, "%.200s: %s", arguments[0], strerror(failure))
                   : wait_for(pid, arguments[0], error);
}

int bench_folder_make(char path[256], nn_error *error)
{
    const char *parent = getenv("TMPDIR");
    snprintf(path, 256, "%.200s/auspex-bench-XXXXXX", parent && *parent ? parent : "/tmp");
    return mkdtemp(path) ? NN_OK : nn_fail(error, NN_FAILED, "%s: %s", path, strerror(errno));
}

void bench_folder_remove(const char *path)
{
    DIR *folder = opendir(path);
    char name[600];
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        snprintf(name, sizeof name, "%.300s/%.255s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlink(name);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}

static int columns_of(bench_csv_kind kind)
{
    return kind == BENCH_WEATHER ? 21 : 7;
}

static void write_stamp(FILE *file, bench_csv_kind kind, size_t row)
{
    enum { START = 1577836800 };
    const time_t when = START + (time_t)row * (kind == BENCH_WEATHER ? 600 : 900);
    struct tm t;
    char stamp[32];
    gmtime_r(&when, &t);
    strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &t);
    fputs(stamp, file);
}

static void write_value(FILE *file, bench_csv_kind kind, size_t row, int column)
{
    const double noise = nn_random_uniform((uint64_t)column + 1, row);
    const double value = 10.0 * (column + 1) + 5 * sin((double)row * (0.01 + 0.003 * column)) + noise;
    if (kind == BENCH_WEATHER)
        fprintf(file, ",%.2f", value);
    else /* a float printed as a double, as these files are */
        fprintf(file, ",%.*g", 15 + (int)(row + (size_t)column) % 3, (double)(float)value);
}

static void write_wide(FILE *file, bench_csv_kind kind, size_t rows)
{
    fputs("date", file);
    for (int j = 0; j < columns_of(kind); j++)
        fprintf(file, ",column %d", j + 1);
    fputc('\n', file);
    for (size_t row = 0; row < rows; row++) {
        write_stamp(file, kind, row);
        for (int j = 0; j < columns_of(kind); j++)
            write_value(file, kind, row, j);
        fputc('\n', file);
    }
}

static void write_long(FILE *file, bench_csv_kind kind, bool by_time, size_t rows)
{
    const size_t columns = (size_t)columns_of(kind);
    fputs("unique_id,ds,y\n", file);
    for (size_t i = 0; i < rows * columns; i++) {
        const size_t row = by_time ? i / columns : i % rows, column = by_time ? i % columns : i / rows;
        fprintf(file, "column %zu,", column + 1);
        write_stamp(file, kind, row);
        write_value(file, kind, row, (int)column);
        fputc('\n', file);
    }
}

int bench_csv_write(const char *path, bench_csv_kind kind, bench_csv_form form, size_t rows, nn_error *error)
{
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    if (form == BENCH_WIDE)
        write_wide(nn_output_stream(output), kind, rows);
    else
        write_long(nn_output_stream(output), kind, form == BENCH_BY_TIME, rows);
    return nn_output_commit(output, error);
}
