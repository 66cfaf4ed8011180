/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many numbers as one text: base64 (RFC 4648) of IEEE singles, least byte first. */
#ifndef NN_BASE64_H
#define NN_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* values rounded to single precision; malloced, NUL-ended; NULL: no memory. */
char *nn_base64_floats(const double *values, size_t count);
/* The same of the upper `bytes` (2 to 4) of each, to which they are rounded. */
char *nn_base64_rounded(const double *values, size_t count, size_t bytes);
/* Back again, into values (count). False where the text is no such list of exactly count finite numbers. */
bool nn_base64_read_floats(const char *text, size_t length, double *values, size_t count);
bool nn_base64_read_rounded(const char *text, size_t length, double *values, size_t count, size_t bytes);

#endif
