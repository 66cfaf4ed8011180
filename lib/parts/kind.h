/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What describes an interchangeable part of a network, and the lists of them (registry.c). */
#ifndef NN_PART_KIND_H
#define NN_PART_KIND_H

#include "lib/base/options.h"

#include <stddef.h>

typedef enum nn_part_class {
    NN_PART_MIXER,
    NN_PART_FFN,
    NN_PART_LAYOUT,
    NN_PART_RESIDUAL,
    NN_PART_NORM,
    NN_PART_POOLING,
    NN_PART_TOKENIZER,
    NN_PART_POSITION,
    NN_PART_LINEAR,
    NN_PART_CLASSES
} nn_part_class;

/* What a part needs of the tokens, or can do. */
enum {
    NN_PART_ORDER = 1,     /* needs tokens that stand in an order, as times do and variates do not */
    NN_PART_FIXED = 2,     /* needs the same number of tokens in every sequence: its parameters count them */
    NN_PART_CROSS = 4,     /* can mix the tokens of another tensor into these */
    NN_PART_CAUSAL = 8,    /* can look back only */
    NN_PART_MAP = 16,      /* its weights between tokens can be shown */
    NN_PART_STEP = 32,     /* can take one token after another (lib/parts/step.h) */
    NN_PART_STACKED = 64,  /* a layout of all layers together, not of one */
    NN_PART_BIAS = 128,    /* can weigh pairs of tokens by what is known of them */
    NN_PART_COLUMNS = 256, /* its tokens are the columns of a table */
    NN_PART_QUERIES = 512, /* has queries and keys that places can turn */
    NN_PART_CALENDAR = 1024, /* goes by a calendar of the rows */
    NN_PART_FEWER = 2048,    /* gives other tokens than it was given */
    NN_PART_CROSSES = 4096,  /* a layout whose mixers have to take up other tokens */
    NN_PART_WHOLE = 8192,    /* needs each sample to be one sequence */
    NN_PART_CUTS = 16384     /* a layout that cuts sequences into several */
};

typedef struct nn_part_kind {
    const char *name;         /* "pool" */
    const char *summary;      /* one line with the paper */
    const char *cost;         /* multiply-adds of a token, with d, N, F, h as in docs/blocks.md */
    unsigned flags;           /* of the enum above */
    const nn_option *options; /* its keys; the first may be given without its name; NULL: none */
    size_t size;              /* bytes of its settings */
} nn_part_kind;

const char *nn_part_class_name(nn_part_class class); /* "mixer" */
/* The index-th part of a class, NULL behind the last; by name, NULL: there is none. */
const nn_part_kind *nn_part_at(nn_part_class class, int index);
const nn_part_kind *nn_part_find(nn_part_class class, const char *name, size_t length);

#endif
