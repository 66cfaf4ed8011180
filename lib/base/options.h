/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table of options describes one record (a C struct of settings). The same table feeds the parser of the
 * command line, the help text, the man page, and the JSON form in which a model file stores its settings. */
#ifndef NN_OPTIONS_H
#define NN_OPTIONS_H

#include "lib/base/error.h"

#include <stddef.h>

typedef enum nn_option_type {
    NN_FLAG,   /* int, 0 or 1; on the command line --name and --no-name, no value */
    NN_INT,    /* int */
    NN_SEED,   /* uint64_t */
    NN_REAL,   /* double */
    NN_TEXT,   /* char *, owned by the record (malloc), NULL when not given */
    NN_CHOICE, /* int: the index of the word in choices */
    NN_LIST    /* char *, like NN_TEXT, given as "a,b,c"; repeating the option appends ",value" */
} nn_option_type;

typedef struct nn_option {
    const char *name; /* long name without dashes: "d-model"; NULL ends a table */
    char letter;      /* one-letter form or 0 */
    nn_option_type type;
    size_t offset;        /* of the field in the record */
    const char *fallback; /* the default as text, shown by --help; NULL: none (0, NULL) */
    const char *value;    /* what --help calls the value: "FILE", "N"; for NN_CHOICE the words "a|b|c" */
    double least, most;   /* allowed range of NN_INT and NN_REAL; both 0: any finite value */
    const char *help;     /* one sentence, no full stop */
} nn_option;

/* Sets every field of the record from the defaults (text fields are allocated). The record must be zeroed
 * memory. */
int nn_options_default(const nn_option *table, void *record, nn_error *error);

/* Parses text into the option's field; NN_USAGE with a teaching message on anything else than a whole valid
 * value in range: "--d-model: 'abc' is not a whole number (1 to 65536)". For NN_FLAG text is "true" or
 * "false". */
int nn_option_set(const nn_option *option, void *record, const char *text, nn_error *error);

/* Writes the field as text that nn_option_set reads back to the same value (reals with 17 digits at most). An
 * unset text field gives "". Returns the length as snprintf does. */
int nn_option_get(const nn_option *option, const void *record, char *text, size_t size);

/* Whether the field is as nn_options_default sets it; 0 also where memory is short. */
int nn_option_is_default(const nn_option *option, const void *record);

/* Finds an option by its long name; NULL when the table has none of it. */
const nn_option *nn_option_find(const nn_option *table, const char *name);

/* Frees the text fields and sets them to NULL. */
void nn_options_clear(const nn_option *table, void *record);

/* Copies a record; text fields are duplicated. to must be zeroed memory of the record's type. */
int nn_options_copy(const nn_option *table, void *to, const void *from, nn_error *error);

#endif
