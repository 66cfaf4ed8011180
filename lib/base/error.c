/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills errors and keeps their text printable. */
#include "lib/base/error.h"

#include "lib/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message may quote a hostile file, whose controls would reach the user's terminal. A character that was
 * cut at the end of the message goes as well. */
static void make_printable(char *text)
{
    char *to = text;
    for (int length; *text; text += length) {
        const int harmful = nn_text_harmful(text, &length);
        if (harmful) {
            *to++ = '?';
            length = harmful;
            continue;
        }
        memmove(to, text, (size_t)length);
        to += length;
    }
    *to = '\0';
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

void nn_error_copy(nn_error *to, const nn_error *from)
{
    if (to)
        *to = *from;
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
