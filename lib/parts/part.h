/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interchangeable parts of a network and how they are named: name[:key=value]..., such as
 * "softmax:heads=8" or "pool:k=3". Each part is one file and one line in the list of its class. */
#ifndef NN_PART_H
#define NN_PART_H

#include "lib/parts/kind.h"

#include <stdbool.h>
#include <stddef.h>

/* One part with its settings. kind NULL: the default of its class. */
typedef struct nn_part {
    const nn_part_kind *kind;
    void *settings; /* owned; NULL where kind->size is 0 */
} nn_part;

/* Parses one part; NN_USAGE with the names or keys that there are. part must be cleared by the caller. */
int nn_part_parse(nn_part *part, nn_part_class class, const char *text, size_t length, nn_error *error);
/* As it is parsed again, keys in the order of the table and only those that are not as by default; returns
 * the length as snprintf does. */
size_t nn_part_print(const nn_part *part, char *text, size_t size);
void nn_part_clear(nn_part *part);
/* The flags of a part with its settings: of some kinds they narrow what the kind can do. */
unsigned nn_part_flags(const nn_part *part);

/* Parts of `layers` layers, "pool:k=3" for all or counted, "2@pool:k=3,softmax" with a
 * layer each where no count stands: parts has room for `layers`. NN_USAGE where the counts do not come to
 * them. */
int nn_parts_parse(nn_part *parts, int layers, nn_part_class class, const char *text, nn_error *error);
void nn_parts_clear(nn_part *parts, int layers);
/* The one spelling of such a list: equal neighbours are counted together; malloced, NULL without memory. */
char *nn_parts_print(const nn_part *parts, int layers);

/* What the tokens of a model are; a part that does not suit them is refused. */
typedef struct nn_token_traits {
    const char *what; /* "the tokens of itransformer are variates" */
    bool ordered;     /* they stand in one */
    bool fixed;       /* there are as many in every sequence, now and later */
    bool cross;       /* they take up others, of a decoder's encoder */
    bool causal;      /* none may see those behind it */
    bool several;     /* a sample is several sequences of them */
    bool each;        /* what comes out of each is read by itself */
    bool columns;     /* they may be the columns of a table */
    bool calendar;    /* rows may have a calendar */
} nn_token_traits;
/* NN_USAGE with the reason and, where that helps, `override`. */
int nn_part_suits(const nn_part *part, nn_part_class class, const nn_token_traits *tokens, nn_error *error);
/* NN_USAGE where a layout asks of its mixers what this one cannot do. */
int nn_part_serves(const nn_part *mixer, const nn_part *layout, nn_error *error);

#endif
