/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The word somebody probably meant: suggestions for misspelt options, choices and subcommands. */
#ifndef NN_NEAREST_H
#define NN_NEAREST_H

#include <stddef.h>

/* Returns the index of the word nearest to the given one (edits: insert, delete, replace, swap neighbours;
 * ASCII case ignored), the first of several equally near; -1 when none is within a third of the longer word's
 * length. NULL entries are skipped, and words over 63 bytes are near to nothing. */
int nn_nearest_word(const char *word, const char *const *words, int count);

/* "; did you mean 'X'?", or "; there are a, b, c ..." where none is near; text has `size` bytes. name: of
 * length bytes. Returns text. */
const char *nn_suggestion(char *text, size_t size, const char *name, size_t length, const char *const *words,
                          int count);

#endif
