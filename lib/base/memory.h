/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory whose size comes from files, and memory for many numbers. */
#ifndef NN_MEMORY_H
#define NN_MEMORY_H

#include <stddef.h>

/* a x b x c bytes with every overflow checked, as realloc; NULL when too large or absent. Frees nothing on
 * failure. */
void *nn_resize(void *old, size_t a, size_t b, size_t c);
/* At least so many bytes for numbers, aligned to 64; the caller frees them. Large blocks lie on huge pages
 * where the system gives them, so that they are touched and looked up by 2 MB. NULL: no memory. */
void *nn_numbers(size_t bytes);
/* A text of length bytes, NUL-ended; the caller frees it. NULL: no memory. */
char *nn_text_copy(const char *text, size_t length);

#endif
