/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the built program and keeps what it said. */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

typedef struct program_result {
    int status; /* exit code; 128 + number of the signal that ended it */
    char *out, *err;
    size_t out_size, err_size;
} program_result;

/* The program under test, and a fresh folder for files; every run's working directory is that folder.
 * Its full path is in the environment variable AUSPEX_PROGRAM. */
int program_set_up(const char *path);
/* Removes the folder with its files. */
void program_tear_down(void);
const char *program_folder(void);

/* words: the arguments, parted by blanks ('_' stands for a blank inside a word). input: standard input, NULL:
 * empty. */
program_result program_run(const char *words, const char *input);
/* The same, and the test fails on another exit code; without input. */
program_result program_expect_of(const char *words, const char *input, int status);
program_result program_expect(const char *words, int status);
/* It ends with that exit code, and standard error holds the words said. */
void program_refused(const char *words, int status, const char *said);
/* Frees a result that nobody looks at. */
void program_discard(program_result result);
/* As program_run, with standard output closed, or sent to a path; environment: "NAME=value" to add, or NULL.
 */
program_result program_run_into(const char *words, const char *path, const char *environment);
/* Another program of the PATH; status 127 when there is none of that name. */
program_result program_run_other(const char *name, const char *words, const char *input);
void program_result_free(program_result *result);

/* Starts the program and returns at once; program_wait gives its result. */
pid_t program_start(const char *words);
program_result program_wait(pid_t pid);
/* What a started program has said so far on standard error; to be freed. */
char *program_said(void);

void program_write(const char *name, const void *data, size_t size);
/* The same with what `fill` prints. */
void program_fill(const char *name, void (*fill)(FILE *out));
char *program_read(const char *name, size_t *size); /* NULL when there is no such file */
int program_files(void);                            /* files in the folder */
bool program_same(const char *a, const char *b);    /* whether two files, which must be there, are alike */
/* A file of the source folder, such as tests/cases/a.csv, under a name in the folder. */
void program_bring(const char *path, const char *name);

#endif
