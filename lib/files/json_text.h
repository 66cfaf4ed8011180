/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON documents as text and back, without a byte lost when memory is short. */
#ifndef NN_JSON_TEXT_H
#define NN_JSON_TEXT_H

#include "lib/base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Whether this thread ran out of memory inside jansson since this was asked last. Its allocations are watched
 * from the start of the program on: one that fails is remembered, and small ones are then served from a
 * reserve, for not every place in jansson looks whether it got memory. */
bool nn_json_short(void);

/* Parses size bytes that hold one document; its flags are those of jansson. *document is the caller's.
 * NN_FAILED "no memory for reading it", or NN_BAD_DATA with what is wrong and at which byte. */
int nn_json_parse(json_t **document, const char *text, size_t size, size_t flags, nn_error *error);

/* The same; *at is the byte, counted from 0, and the text does not tell it. */
int nn_json_parse_at(json_t **document, const char *text, size_t size, size_t flags, size_t *at,
                     nn_error *error);

/* The document as malloced text; NULL: no memory, now or since nn_json_short was asked last. */
char *nn_json_dump(const json_t *document, size_t flags);
/* Compactly, and reals with the fewest digits that give the same value again. */
char *nn_json_dump_exact(const json_t *document);
/* The same as nn_json_dump to a stream. False when memory was short, now or since that was asked, or the
 * document is NULL; the stream's own errors stay in the stream. */
bool nn_json_write(const json_t *document, size_t flags, FILE *out);

#endif
