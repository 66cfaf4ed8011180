/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of Python's pickle format (protocols 2 to 5) that torch.save writes for tensors. Nothing is ever
 * called: a name of Python that stands for no tensor becomes a value that nobody looks at. */
#ifndef FC_PICKLE_H
#define FC_PICKLE_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum fc_pickle_type {
    FC_PICKLE_OTHER, /* None, True, numbers that are not whole, objects of other classes */
    FC_PICKLE_WHOLE,
    FC_PICKLE_TEXT,
    FC_PICKLE_GLOBAL, /* "module name" */
    FC_PICKLE_LIST,   /* also tuples */
    FC_PICKLE_DICT,   /* key, value, key, value */
    FC_PICKLE_STORAGE,
    FC_PICKLE_TENSOR
} fc_pickle_type;

typedef struct fc_pickle_value {
    fc_pickle_type type;
    int64_t whole;
    const char *text; /* not ended by a NUL; borrowed from the bytes or owned by the pickle */
    size_t length;    /* of text, or items */
    int *items;       /* places of values in the pickle: of a list or dict; of a storage its persistent id's
                         parts; of a tensor the arguments that it is made of: storage, offset, shape, strides */
} fc_pickle_value;

typedef struct fc_pickle {
    fc_pickle_value *values;
    int count, room;
    int top; /* the value that the pickle is */
} fc_pickle;

/* The bytes are borrowed by what is found. NN_BAD_DATA names the byte. For fc_pickle_clear, also after a
 * failure. */
int fc_pickle_read(fc_pickle *pickle, const unsigned char *bytes, size_t size, nn_error *error);
void fc_pickle_clear(fc_pickle *pickle);

/* An item of a list, dict, storage or tensor; NULL where there is none. */
const fc_pickle_value *fc_pickle_item(const fc_pickle *pickle, const fc_pickle_value *of, size_t index);
bool fc_pickle_is(const fc_pickle_value *value, const char *text); /* a text or global that reads so */

#endif
