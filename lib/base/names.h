/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of texts in order of appearance, such as the ids of series; start from {0}. */
#ifndef NN_NAMES_H
#define NN_NAMES_H

#include <stddef.h>

typedef struct nn_names {
    char **text;
    size_t *length; /* of each text */
    int count, room;
    int *bucket; /* index + 1, 0 is free */
    size_t bucket_count;
    int last; /* the text asked for before, which or whose next is asked for now in files sorted by id or by
                 stamp */
} nn_names;

/* The index of a text, which is added where it is new; -1: no memory. */
int nn_names_add(nn_names *names, const char *text, size_t length);
/* -1: it is not there. */
int nn_names_find(const nn_names *names, const char *text, size_t length);
/* Forgets the text that was added last. */
void nn_names_drop_last(nn_names *names);
void nn_names_free(nn_names *names);

/* Of each of `count` texts the index that it has among others, -1 where it is none of them; to be freed,
 * NULL: no memory. Takes time by their sum, however many there are. */
int *nn_names_places(char *const *texts, int count, char *const *among, int others);

#endif
