/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the reader of VOTables: fields and how their values are written. */
#ifndef DS_VOTABLE_H
#define DS_VOTABLE_H

#include "datasets/lightcurves/formats/cells.h"

#include <jansson.h>

typedef enum ds_vo_type {
    DS_VO_TEXT, /* char, unicodeChar */
    DS_VO_BOOLEAN,
    DS_VO_BIT,
    DS_VO_BYTE,
    DS_VO_SHORT,
    DS_VO_INT,
    DS_VO_LONG,
    DS_VO_FLOAT,
    DS_VO_DOUBLE,
    DS_VO_COMPLEX
} ds_vo_type;

typedef struct ds_vo_field {
    char *name, *null; /* null: the text that stands for no value; NULL: none */
    ds_vo_type type;
    size_t width; /* bytes of one value */
    long count;   /* values; of a text, characters; -1: told in each row */
    int column;   /* of the cells */
} ds_vo_field;

/* From the attributes datatype and arraysize, which may be NULL. */
void ds_vo_field_type(ds_vo_field *field, const char *datatype, const char *arraysize);
bool ds_vo_is_array(const ds_vo_field *field); /* of numbers */

/* The bytes of a stream of rows as they come. */
typedef struct ds_vo_stream {
    unsigned char *bytes;
    size_t at, size, room;
    unsigned bits;      /* of base64 */
    int held;           /* bits */
    bool padded, nulls; /* nulls: BINARY2, a bit for each missing value in front of a row */
    bool broken;        /* a character that base64 does not have */
} ds_vo_stream;
/* False: no memory. */
bool ds_vo_stream_add(ds_vo_stream *stream, const char *text, size_t length);
/* The next row's values, one after the other, given to take: text, or an array. *whole: it was there. Returns
 * what take returned where that is not 0. */
typedef int (*ds_vo_take)(void *context, const ds_vo_field *field, const char *text, size_t length,
                          json_t *array);
int ds_vo_stream_row(ds_vo_stream *stream, const ds_vo_field *fields, int count, ds_vo_take take,
                     void *context, bool *whole);

#ifdef AUSPEX_EXPAT
#include <expat.h>

/* A PARAM that belongs to each row: of an id or a band. */
typedef struct ds_vo_constant {
    char *name, *value;
} ds_vo_constant;

typedef struct ds_vo_reader {
    ds_lightcurves *r;
    ds_cells cells;
    XML_Parser parser;
    int code;
    bool inside, table, seen, names_done; /* inside: VOTABLE; seen: a TABLE with rows */
    ds_vo_field *field;
    int count, room, at; /* at: of the next TD */
    ds_vo_constant *constants;
    int constant_count;
    bool arrays;  /* some field has several numbers in a row */
    json_t *row;  /* then: the open row */
    int told;     /* fields of the first table; 0: none yet */
    int compared; /* fields of this table that were compared with it */
    bool in_cell, in_stream;
    char *text; /* of the cell */
    size_t size, text_room;
    ds_vo_stream stream;
    size_t line; /* of the row */
} ds_vo_reader;

/* The first error stays, and the parser stops. ds_vo_stop: nothing where code is 0. */
void ds_vo_stop(ds_vo_reader *v, int code);
void ds_vo_stop_memory(ds_vo_reader *v);
__attribute__((format(printf, 2, 3))) void ds_vo_stop_at(ds_vo_reader *v, const char *format, ...);

const char *ds_vo_attribute(const char **attributes, const char *name); /* NULL: it is not there */
void ds_vo_take_field(ds_vo_reader *v, const char **attributes);
void ds_vo_take_null(ds_vo_reader *v, const char **attributes); /* of the last field */
void ds_vo_take_timesys(ds_vo_reader *v, const char **attributes);
void ds_vo_take_param(ds_vo_reader *v, const char **attributes);
#endif

/* The numbers of a cell of text, parted by blanks; NULL: no memory. */
json_t *ds_vo_numbers(const char *text, size_t length);

#endif
