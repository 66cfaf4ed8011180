/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream of stdio into memory that knows whether all of its text is there. open_memstream of the C library
 * drops text without a word when memory is short. */
#ifndef NN_TEXT_STREAM_H
#define NN_TEXT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct nn_text_stream {
    FILE *out; /* to write to */
    char *text;
    size_t length;
    /* private */
    size_t room;
    bool failed;
} nn_text_stream;

/* The stream must stay where it is until it is closed. False: no memory. */
bool nn_text_open(nn_text_stream *stream);
/* Closes; true where nothing was lost: text then ends in a NUL byte behind length bytes, and the caller frees
 * it. Otherwise text is NULL. */
bool nn_text_close(nn_text_stream *stream);

#endif
