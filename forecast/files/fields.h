/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model keeps beside its weights, described by tables: what is written into a file, what is accepted
 * from one, what is freed, and what is shown follow from the same rows. */
#ifndef FC_FIELDS_H
#define FC_FIELDS_H

#include "lib/files/json.h"

typedef enum fc_field_type {
    FC_FLAG,      /* bool; also uint8_t */
    FC_NUMBER,    /* int from least to most */
    FC_SIZE,      /* size_t from least to most */
    FC_REAL,      /* double, finite */
    FC_STRING,    /* char *, owned; with FC_HERE char[size] */
    FC_CHOICE,    /* an enum as large as int: the index in names */
    FC_HASH,      /* uint64_t */
    FC_FREQUENCY, /* ds_frequency, but for its anchor day */
    FC_RECORD,    /* a struct of settings with its option table */
    FC_ENTRIES,   /* a list of objects whose members `fields` has: of the array of structs of size bytes that
                     the pointer at offset owns; size 0: of as many arrays of this struct, the members being
                     FC_MANY */
    FC_OBJECT,    /* an object of further fields of this struct; with FC_OPTIONAL there if what the pointer at
                     offset points to is */
    FC_GROUP /* the same within the enclosing object: its key is the one that tells whether it is there */
} fc_field_type;

enum {                       /* rules */
       FC_HERE = 1,          /* values stand at offset rather than behind a pointer that owns them */
       FC_MANY = 2,          /* a list of such values: count(state) many */
       FC_OPTIONAL = 4,      /* may be missing: "", 0, NaN, NULL or a record's defaults; what is NULL, or
                                in a record as by default, is not written */
       FC_NULLABLE = 8,      /* reals: NaN is allowed, and null in a file */
       FC_POSITIVE = 16,     /* reals */
       FC_NOT_NEGATIVE = 32, /* reals */
       FC_RISING = 64,       /* reals: none is less than the one before */
       FC_UNIQUE = 128,      /* no text, or first member of an entry, is there twice */
       FC_FILLED = 256,      /* texts are not empty */
       FC_FOREIGN = 512,     /* a text for people only: "?" where it is not UTF-8 */
       FC_PAIRS = 1024,      /* entries are lists of their members rather than objects */
       FC_NOT_ZERO = 4096,   /* of an optional whole or flag: 0 is not written; of a real NaN; of a text that
                               stands FC_HERE "" */
       FC_LISTS_APART = 2048 /* a record's NN_LISTs have fields of their own, and are "" in it */
};

typedef struct fc_field {
    const char *key; /* NULL ends a table */
    fc_field_type type;
    unsigned rules;
    size_t offset;
    size_t size; /* of a struct; of a text with its NUL, at most, unless FC_HERE 0: any */
    size_t (*count)(const void *state); /* of FC_MANY; NULL: the int at count_offset */
    size_t count_offset; /* of entries and many texts: the int that says how many, `least` to `most`, which
                            comes from the file */
    double least, most;  /* of wholes. most of a real: the largest size; 0: any */
    const char *const *later; /* of a record: its settings that older files lack, and which are not written
                                 where they are by default; NULL ends them; NULL: there are none */
    const char *list; /* of a real: in a file it is an entry of this list, which those that name it make up */
    /* Of objects and groups: what follows from their fields, after reading. NN_BAD_DATA without the path. */
    int (*complete)(void *state, nn_error *error);
    union {
        const char *const *names; /* NULL ends them */
        const nn_option *options;
        const struct fc_field *fields;
    };
} fc_field;

/* The key of a field that the table may not have, NULL: there is none. Members of entries are plain values or
 * texts: of structs one each, else FC_MANY; a list or an object within an entry is nothing that is freed. Who
 * reads or writes by a table asserts it. */
const char *fc_fields_fault(const fc_field *fields);

/* Sets the object's keys in the table's order; nn_json_whole says whether all went well. */
void fc_fields_write(json_t *object, const fc_field *fields, const void *state);
/* Into a state that is zero, or owns what its pointers point to. NN_BAD_DATA names the path, the key and the
 * entry; what was read until then stays to be cleared. No more memory is asked for than the object has. */
int fc_fields_read(const fc_field *fields, void *state, const json_t *object, const char *path,
                   nn_error *error);
/* Frees what the fields own. */
void fc_fields_clear(const fc_field *fields, void *state);

/* One field by its key, for people: of the table, or of a part of the same struct. null where it is not
 * there, NULL where there is none of that key. */
json_t *fc_field_shown(const fc_field *fields, const char *key, const void *state);

#endif
