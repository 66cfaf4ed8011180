/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the program in a child process and keeps what it prints. */
#include "program.h"

#include "cmocka_all.h"

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { MOST_WORDS = 64 };

static char folder[] = "/tmp/test_program_XXXXXX";
static char program[4096];
static char path_in[64], path_out[64], path_err[64];

int program_set_up(const char *path)
{
    if (!path || !realpath(path, program) || !mkdtemp(folder) || chdir(folder))
        return -1;
    setenv("AUSPEX_PROGRAM", program, 1);
    /* Beside the folder, not in it: tests count the files that the program leaves. */
    snprintf(path_in, sizeof path_in, "%s.in", folder);
    snprintf(path_out, sizeof path_out, "%s.out", folder);
    snprintf(path_err, sizeof path_err, "%s.err", folder);
    return 0;
}

const char *program_folder(void)
{
    return folder;
}

static int each_file(void (*visit)(const char *name))
{
    int count = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *entry; (entry = readdir(d));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
            if (visit)
                visit(entry->d_name);
        }
    closedir(d);
    return count;
}

int program_files(void)
{
    return each_file(NULL);
}

static void remove_file(const char *name)
{
    unlink(name);
}

void program_tear_down(void)
{
    each_file(remove_file);
    unlink(path_in);
    unlink(path_out);
    unlink(path_err);
    if (chdir("/") == 0)
        rmdir(folder);
}

void program_write(const char *name, const void *data, size_t size)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void program_fill(const char *name, void (*fill)(FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fill(out);
    fclose(out);
    program_write(name, text, size);
    free(text);
}

char *program_read(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    if (!file)
        return NULL;
    char *text = NULL;
    size_t length = 0, room = 0;
    do {
        room = room ? 2 * room : 4096;
        text = realloc(text, room + 1);
        assert_non_null(text);
        length += fread(text + length, 1, room - length, file);
    } while (length == room);
    fclose(file);
    text[length] = '\0';
    if (size)
        *size = length;
    return text;
}

bool program_same(const char *a, const char *b)
{
    size_t n, m;
    char *x = program_read(a, &n), *y = program_read(b, &m);
    assert_non_null(x);
    assert_non_null(y);
    const bool same = n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

void program_bring(const char *path, const char *name)
{
    char full[4096];
    size_t size;
    const char *source = getenv("AUSPEX_SOURCE");
    snprintf(full, sizeof full, "%s/%s", source ? source : ".", path);
    char *bytes = program_read(full, &size);
    assert_non_null(bytes);
    program_write(name, bytes, size);
    free(bytes);
}

/* Cuts words at blanks in place; '_' becomes a blank. */
static void cut(char *words, char **argv, int count)
{
    char *rest = words;
    for (char *word; (word = strsep(&rest, " "));) {
        for (char *c = word; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        if (*word) {
            assert_in_range(count, 0, MOST_WORDS - 2);
            argv[count++] = word;
        }
    }
    argv[count] = NULL;
}

/* out: where standard output goes; NULL: closed. */
static pid_t start(const char *name, const char *words, const char *input, const char *out,
                   const char *environment)
{
    char *copy = strdup(words), *argv[MOST_WORDS];
    char *more[512], nowhere[] = "TMPDIR=/nowhere"; /* where models that cannot be written are kept */
    const bool own = name == program;
    int count = 0;
    pid_t pid = -1;
    assert_non_null(copy);
    argv[0] = (char *)name;
    cut(copy, argv, 1);
    size_t name_length = environment ? strcspn(environment, "=") + 1 : 0;
    for (int i = 0; environ[i] && count < 508; i++)
        if ((!environment || strncmp(environ[i], environment, name_length) != 0) &&
            (!own || strncmp(environ[i], "TMPDIR=", 7) != 0))
            more[count++] = environ[i];
    if (own)
        more[count++] = nowhere;
    more[count] = (char *)environment;
    more[count + (environment != NULL)] = NULL;
    program_write(path_in, input ? input : "", input ? strlen(input) : 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, path_in, O_RDONLY, 0);
    if (out)
        posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    else
        posix_spawn_file_actions_addclose(&actions, 1);
    posix_spawn_file_actions_addopen(&actions, 2, path_err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int failed = posix_spawnp(&pid, name, &actions, NULL, argv, more);
    posix_spawn_file_actions_destroy(&actions);
    free(copy);
    return failed ? -1 : pid;
}

program_result program_wait(pid_t pid)
{
    program_result result = {.status = 127};
    int status;
    if (pid > 0) {
        assert_int_equal(waitpid(pid, &status, 0), pid);
        result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    result.out = program_read(path_out, &result.out_size);
    result.err = program_read(path_err, &result.err_size);
    return result;
}

program_result program_run(const char *words, const char *input)
{
    return program_wait(start(program, words, input, path_out, NULL));
}

program_result program_expect_of(const char *words, const char *input, int status)
{
    program_result r = program_run(words, input);
    if (r.status != status)
        fail_msg("auspex %s: exit code %d instead of %d: %s", words, r.status, status, r.err);
    return r;
}

program_result program_expect(const char *words, int status)
{
    return program_expect_of(words, NULL, status);
}

void program_refused(const char *words, int status, const char *said)
{
    program_result r = program_expect(words, status);
    if (!strstr(r.err, said))
        fail_msg("auspex %s: no '%s' in:\n%s", words, said, r.err);
    program_result_free(&r);
}

void program_discard(program_result result)
{
    program_result_free(&result);
}

program_result program_run_into(const char *words, const char *path, const char *environment)
{
    program_write(path_out, "", 0);
    return program_wait(start(program, words, NULL, path, environment));
}

program_result program_run_other(const char *name, const char *words, const char *input)
{
    program_write(path_out, "", 0);
    return program_wait(start(name, words, input, path_out, NULL));
}

pid_t program_start(const char *words)
{
    return start(program, words, NULL, path_out, NULL);
}

char *program_said(void)
{
    return program_read(path_err, NULL);
}

void program_result_free(program_result *result)
{
    free(result->out);
    free(result->err);
    *result = (program_result){0};
}
