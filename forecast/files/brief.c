/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of numbers as text. */
#include "forecast/files/brief.h"

#include "lib/files/base64.h"
#include "lib/files/json.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST = 6, MARKS = 24 }; /* numbers of a list; places that one number says to be zero or not */

/* --- packing --- */

static bool is_long(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_real(json_array_get(list, i)))
            return false;
    return json_array_size(list) >= LEAST;
}

/* Numbers by the upper bytes of floats: "f32" is exact, "f24" within 2e-5 and "f16" within 1/256 of each. */
static const char *const forms[] = {[2] = "f16", [3] = "f24", [4] = "f32"};

static bool set_text(json_t *object, const char *key, const double *values, size_t count, size_t bytes)
{
    char *text = nn_base64_rounded(values, count, bytes);
    const bool done = text && json_object_set_new(object, key, json_string(text)) == 0;
    free(text);
    return done;
}

/* Whole numbers below 2^24, which single precision holds. */
static size_t mark(double *marks, const json_t *list)
{
    const size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++)
        if (json_real_value(json_array_get(list, i)) == 0)
            marks[i / MARKS] += (double)(1 << i % MARKS);
    return (n + MARKS - 1) / MARKS;
}

static json_t *packed(const json_t *list, size_t bytes)
{
    const size_t n = json_array_size(list);
    double *values = calloc(2 * n + 1, sizeof *values), *marks = values + n;
    json_t *object = values ? json_object() : NULL;
    size_t count = 0, zeros = 0;
    for (size_t i = 0; object && i < n; i++)
        zeros += json_real_value(json_array_get(list, i)) == 0;
    const bool marked = zeros > n / 8;
    for (size_t i = 0; object && i < n; i++) {
        const double value = json_real_value(json_array_get(list, i));
        if (!marked || value != 0)
            values[count++] = value;
    }
    bool done = object && set_text(object, forms[bytes], values, count, bytes) &&
                json_object_set_new(object, "n", json_integer((json_int_t)n)) == 0;
    if (done && marked) {
        const size_t words = mark(marks, list);
        done = set_text(object, "zeros", marks, words, 4);
    }
    free(values);
    if (done)
        return object;
    json_decref(object);
    return NULL;
}

/* What goes in the place of a member: itself, with what is within it changed. NULL without memory. */
static json_t *brief(json_t *value)
{
    if (json_is_array(value) && is_long(value))
        return packed(value, 3);
    return fc_brief_pack(value) ? json_incref(value) : NULL;
}

bool fc_brief_pack(json_t *value)
{
    const char *key;
    json_t *member;
    void *next;
    size_t i;
    json_object_foreach_safe(value, next, key, member)
    {
        if (json_object_set_new(value, key, brief(member)))
            return false;
    }
    json_array_foreach(value, i, member)
    {
        if (json_array_set_new(value, i, brief(member)))
            return false;
    }
    return true;
}

/* --- back --- */

static bool read_text(const json_t *object, const char *key, double *values, size_t count, size_t bytes)
{
    const json_t *text = json_object_get(object, key);
    return json_is_string(text) &&
           nn_base64_read_rounded(json_string_value(text), json_string_length(text), values, count, bytes);
}

/* Bytes of a number; 0: it is no such object. */
static size_t form_of(const json_t *value)
{
    const size_t members = 2 + (json_object_get(value, "zeros") != NULL);
    for (size_t bytes = 2; bytes <= 4 && json_object_size(value) == members; bytes++)
        if (json_object_get(value, forms[bytes]) && json_object_get(value, "n"))
            return bytes;
    return 0;
}

static json_t *unpacked(const json_t *object, size_t bytes)
{
    const json_int_t size = json_integer_value(json_object_get(object, "n"));
    const bool marked = json_object_get(object, "zeros");
    /* what is said to be there cannot be more than the texts have room for */
    const size_t room = 24 * (json_string_length(json_object_get(object, forms[bytes])) +
                              json_string_length(json_object_get(object, "zeros")));
    if (size < LEAST || (size_t)size > room)
        return NULL;
    const size_t n = (size_t)size;
    double *values = calloc(2 * n + 1, sizeof *values), *marks = values + n;
    bool good = values && (!marked || read_text(object, "zeros", marks, (n + MARKS - 1) / MARKS, 4));
    size_t count = 0, next = 0;
    for (size_t i = 0; good && i < n; i++) {
        good = marks[i / MARKS] >= 0 && marks[i / MARKS] < 1 << MARKS;
        count += good && !((long)marks[i / MARKS] >> i % MARKS & 1);
    }
    good = good && read_text(object, forms[bytes], values, count, bytes);
    json_t *list = good ? json_array() : NULL;
    for (size_t i = 0; list && i < n; i++) {
        const double value = (long)marks[i / MARKS] >> i % MARKS & 1 ? 0 : values[next++];
        if (json_array_append_new(list, json_real(value))) {
            json_decref(list);
            list = NULL;
        }
    }
    free(values);
    return list;
}

static json_t *whole(json_t *value)
{
    const size_t bytes = form_of(value);
    if (bytes)
        return unpacked(value, bytes);
    return fc_brief_unpack(value) ? json_incref(value) : NULL;
}

bool fc_brief_unpack(json_t *value)
{
    const char *key;
    json_t *member;
    void *next;
    size_t i;
    json_object_foreach_safe(value, next, key, member)
    {
        if (json_object_set_new(value, key, whole(member)))
            return false;
    }
    json_array_foreach(value, i, member)
    {
        if (json_array_set_new(value, i, whole(member)))
            return false;
    }
    return true;
}
