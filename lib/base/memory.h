/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory whose size comes from files. */
#ifndef NN_MEMORY_H
#define NN_MEMORY_H

#include <stddef.h>

/* a x b x c bytes with every overflow checked, as realloc; NULL when too large or absent. Frees nothing on
 * failure. */
void *nn_resize(void *old, size_t a, size_t b, size_t c);
/* A text of length bytes, NUL-ended; the caller frees it. NULL: no memory. */
char *nn_text_copy(const char *text, size_t length);

#endif
