/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills errors and keeps their text printable. */
#include "lib/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message may quote a hostile file: control bytes would reach the user's terminal. */
static void make_printable(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
}

int nn_fail(nn_error *error, int code, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        make_printable(error->text);
        error->code = code;
    }
    return code;
}

int nn_no_memory(nn_error *error)
{
    return nn_fail(error, NN_FAILED, "no memory");
}

int nn_fail_within(nn_error *error, const char *format, ...)
{
    if (!error)
        return NN_FAILED;
    char rest[sizeof error->text];
    memcpy(rest, error->text, sizeof rest);
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    if (n >= 0 && (size_t)n < sizeof error->text)
        snprintf(error->text + n, sizeof error->text - (size_t)n, ": %.*s",
                 (int)(sizeof rest - 1 - (size_t)n), rest);
    make_printable(error->text);
    return error->code;
}

int nn_fail_in_file(nn_error *error, const char *path)
{
    int code = nn_fail_within(error, "%s", path);
    if (code != NN_USAGE)
        return code;
    error->code = NN_BAD_DATA;
    return NN_BAD_DATA;
}
