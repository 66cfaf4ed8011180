/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of VOTables: types, base64, and rows in binary (IVOA, VOTable 1.4, sections 2 and 5.3). */
#include "datasets/lightcurves/formats/votable.h"

#include "datasets/time/decimal.h"
#include "lib/base/memory.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void ds_vo_field_type(ds_vo_field *field, const char *datatype, const char *arraysize)
{
    static const struct {
        const char *name;
        ds_vo_type type;
        size_t width;
    } types[] = {{"char", DS_VO_TEXT, 1},
                 {"unicodeChar", DS_VO_TEXT, 2},
                 {"boolean", DS_VO_BOOLEAN, 1},
                 {"bit", DS_VO_BIT, 1},
                 {"unsignedByte", DS_VO_BYTE, 1},
                 {"short", DS_VO_SHORT, 2},
                 {"int", DS_VO_INT, 4},
                 {"long", DS_VO_LONG, 8},
                 {"float", DS_VO_FLOAT, 4},
                 {"double", DS_VO_DOUBLE, 8},
                 {"floatComplex", DS_VO_COMPLEX, 8},
                 {"doubleComplex", DS_VO_COMPLEX, 16}};
    field->type = DS_VO_TEXT;
    field->width = 1;
    for (size_t i = 0; datatype && i < sizeof types / sizeof *types; i++)
        if (strcasecmp(types[i].name, datatype) == 0) {
            field->type = types[i].type;
            field->width = types[i].width;
        }
    /* "5", "*", "5*" and, of several dimensions, "4x3" or "4x*". */
    const char *size = arraysize ? arraysize : "";
    field->count = 1;
    while (*size && field->count > 0) {
        char *end;
        const long n = strtol(size, &end, 10);
        field->count = *end == '*' || n < 0 || n > (1 << 24) ? -1 : n == 0 ? 1 : field->count * n;
        size = *end == 'x' ? end + 1 : "";
        field->count = field->count > (1 << 24) ? -1 : field->count;
    }
}

bool ds_vo_is_array(const ds_vo_field *field)
{
    return field->type != DS_VO_TEXT && field->type != DS_VO_BIT && field->type != DS_VO_COMPLEX &&
           field->count != 1;
}

json_t *ds_vo_numbers(const char *text, size_t length)
{
    json_t *array = json_array();
    for (size_t at = 0; array && at < length;) {
        size_t n = 0;
        double value;
        while (at < length && strchr(" \t\r\n", text[at]))
            at++;
        while (at + n < length && !strchr(" \t\r\n", text[at + n]))
            n++;
        if (n == 0)
            break;
        const bool number = ds_number_parse(text + at, n, false, &value) == DS_NUMBER_OK;
        json_array_append_new(array, number ? json_real(value) : json_stringn(text + at, n));
        at += n;
    }
    return array;
}

/* --- base64 --- */

static int sextet(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(letters, c) : NULL;
    return at ? (int)(at - letters) : -1;
}

bool ds_vo_stream_add(ds_vo_stream *s, const char *text, size_t length)
{
    if (s->at > (1 << 16)) {
        memmove(s->bytes, s->bytes + s->at, s->size - s->at);
        s->size -= s->at;
        s->at = 0;
    }
    if (s->size + length > s->room) {
        const size_t room = 2 * (s->size + length);
        unsigned char *more = nn_resize(s->bytes, room, 1, 1);
        if (!more)
            return false;
        s->bytes = more;
        s->room = room;
    }
    for (size_t i = 0; i < length; i++) {
        const int value = sextet(text[i]);
        s->padded |= text[i] == '=';
        s->broken |= value < 0 && !strchr(" \t\r\n=", text[i]);
        if (value < 0 || s->padded)
            continue;
        s->bits = (s->bits << 6 | (unsigned)value) & 0xffff;
        s->held += 6;
        if (s->held >= 8) {
            s->held -= 8;
            s->bytes[s->size++] = (unsigned char)(s->bits >> s->held);
        }
    }
    return true;
}

/* --- rows --- */

static uint64_t big_endian(const unsigned char *b, size_t width)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < width; i++)
        bits = bits << 8 | b[i];
    return bits;
}

/* One value as a number; NaN: none. */
static double number_of(const ds_vo_field *field, const unsigned char *b)
{
    const uint64_t bits = big_endian(b, field->width <= 8 ? field->width : 8);
    const uint32_t half = (uint32_t)bits;
    float single;
    double real;
    switch (field->type) {
    case DS_VO_FLOAT:
        memcpy(&single, &half, sizeof single);
        return (double)single;
    case DS_VO_DOUBLE:
        memcpy(&real, &bits, sizeof real);
        return real;
    case DS_VO_BOOLEAN:
        return strchr("Tt1", *b) && *b ? 1 : strchr("Ff0", *b) && *b ? 0 : NAN;
    case DS_VO_SHORT:
        return (double)(int16_t)bits;
    case DS_VO_INT:
        return (double)(int32_t)bits;
    default:
        return (double)(int64_t)bits;
    }
}

static size_t print_value(const ds_vo_field *field, const unsigned char *b, char text[DS_REAL_TEXT])
{
    if (field->type == DS_VO_LONG || field->type == DS_VO_BYTE)
        return (size_t)snprintf(text, DS_REAL_TEXT, "%lld", (long long)big_endian(b, field->width));
    const double value = number_of(field, b);
    return isfinite(value) ? ds_cells_real(text, value) : 0;
}

static json_t *array_of(const ds_vo_field *field, const unsigned char *b, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++) {
        const double value = number_of(field, b + i * field->width);
        json_array_append_new(array, isfinite(value) ? json_real(value) : json_null());
    }
    return array;
}

/* Texts end at a NUL; of two bytes each only those of ASCII are kept. */
static int take_text(const ds_vo_field *field, const unsigned char *b, size_t count, ds_vo_take take,
                     void *context)
{
    char text[256];
    size_t n = 0;
    if (field->width == 1) {
        const unsigned char *nul = memchr(b, 0, count);
        return take(context, field, (const char *)b, nul ? (size_t)(nul - b) : count, NULL);
    }
    for (; n < count && n < sizeof text && (b[2 * n] || b[2 * n + 1]); n++)
        text[n] = b[2 * n] || b[2 * n + 1] > 127 ? '?' : (char)b[2 * n + 1];
    return take(context, field, text, n, NULL);
}

/* The bytes and the number of values of a field at a place; false where they are not all there. */
static bool measure(const ds_vo_stream *s, const ds_vo_field *field, size_t *at, size_t *count, size_t *bytes)
{
    *count = (size_t)(field->count < 0 ? 0 : field->count);
    if (field->count < 0) {
        if (s->size - *at < 4)
            return false;
        *count = (size_t)big_endian(s->bytes + *at, 4);
        *at += 4;
    }
    *bytes = field->type == DS_VO_BIT ? (*count + 7) / 8 : *count * field->width;
    return *bytes <= s->size - *at;
}

int ds_vo_stream_row(ds_vo_stream *s, const ds_vo_field *fields, int fields_count, ds_vo_take take,
                     void *context, bool *whole)
{
    const size_t mask = s->nulls ? ((size_t)fields_count + 7) / 8 : 0;
    size_t at = s->at + mask, count = 0, bytes = 0;
    *whole = s->size - s->at >= mask && s->size > s->at;
    for (int i = 0; i < fields_count && *whole; i++) {
        *whole = measure(s, &fields[i], &at, &count, &bytes);
        at += *whole ? bytes : 0;
    }
    if (!*whole || at == s->at)
        return *whole = false, 0;
    const unsigned char *null = s->bytes + s->at;
    int code = 0;
    at = s->at + mask;
    for (int i = 0; i < fields_count && !code; i++) {
        const ds_vo_field *f = &fields[i];
        char text[DS_REAL_TEXT];
        measure(s, f, &at, &count, &bytes);
        const bool missing = mask && null[i / 8] & (0x80 >> i % 8);
        if (missing)
            code = take(context, f, "", 0, NULL);
        else if (f->type == DS_VO_TEXT)
            code = take_text(f, s->bytes + at, count, take, context);
        else if (ds_vo_is_array(f))
            code = take(context, f, "", 0, array_of(f, s->bytes + at, count));
        else if (f->type != DS_VO_BIT && f->type != DS_VO_COMPLEX)
            code = take(context, f, text, print_value(f, s->bytes + at, text), NULL);
        at += bytes;
    }
    s->at = at;
    return code;
}
