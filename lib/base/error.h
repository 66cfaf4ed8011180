/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of the whole program: fallible functions return NN_OK or a negative code and fill a caller-owned
 * nn_error with what was found, where, and what was expected. Nothing outside cli/ prints or exits. */
#ifndef NN_ERROR_H
#define NN_ERROR_H

enum {
    NN_OK = 0,
    NN_FAILED = -1, /* a run-time failure: no memory, no space, no gnuplot, diverged training; exit code 1 */
    NN_USAGE = -2,  /* a wrong option or combination of options; exit code 2 */
    NN_BAD_DATA = -3, /* an input file that cannot be used; exit code 3 */
    NN_STOPPED = -4   /* stopped by the caller's progress callback (Ctrl-C, SIGTERM); exit code 130, 143 */
};

typedef struct nn_error {
    int code;
    char text[1024]; /* one line without a newline at its end, such as "ETTh1.csv:1042:3: 'abc' is not a
                        number" */
} nn_error;

/* Writes the message (cut at the size of text, unprintable bytes replaced by '?') and returns code.
 * error may be NULL. */
__attribute__((format(printf, 3, 4))) int nn_fail(nn_error *error, int code, const char *format, ...);

/* NN_FAILED, "no memory". */
int nn_no_memory(nn_error *error);

/* *to becomes *from where there is a to. */
void nn_error_copy(nn_error *to, const nn_error *from);

/* Puts "prefix: " in front of the message and returns its code; NN_FAILED where error is NULL, so that a
 * caller who may get NULL keeps the code of what failed. */
__attribute__((format(printf, 2, 3))) int nn_fail_within(nn_error *error, const char *format, ...);
/* The same for what would be the user's mistake on the command line, and is that of the file `path`:
 * NN_USAGE becomes NN_BAD_DATA. */
int nn_fail_in_file(nn_error *error, const char *path);

#endif
