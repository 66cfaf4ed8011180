/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of fields: reading what they describe. */
#include "forecast/files/fields_internal.h"

#include "datasets/time/time.h"
#include "lib/base/memory.h"
#include "lib/base/names.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is read: the file, and for messages the object's name with a dot behind it, and the entry of a list
 * from 1 on. */
typedef struct place {
    const char *path, *inside;
    size_t entry;
    nn_error *error;
} place;

__attribute__((format(printf, 3, 4))) static int refuse(const place *p, const fc_field *f, const char *format,
                                                        ...)
{
    char entry[40] = "", text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (p->entry)
        snprintf(entry, sizeof entry, "entry %zu of ", p->entry);
    return nn_fail(p->error, NN_BAD_DATA, "%s: %s%s%s %s", p->path, entry, p->inside,
                   f->list ? f->list : f->key, text);
}

static int read_real(const place *p, const fc_field *f, double *at, const json_t *value)
{
    *at = json_is_number(value) ? json_number_value(value) : NAN;
    if (json_is_null(value) && f->rules & FC_NULLABLE)
        return NN_OK;
    if (f->rules & FC_POSITIVE && !(*at > 0))
        return refuse(p, f, "is not positive");
    if (!isfinite(*at))
        return refuse(p, f, "is no number");
    if (f->rules & FC_NOT_NEGATIVE && *at < 0)
        return refuse(p, f, "is negative");
    if (f->rules & FC_RISING && p->entry > 1 && *at < at[-1])
        return refuse(p, f, "is less than the one before");
    return f->most > 0 && fabs(*at) > f->most ? refuse(p, f, "is too large") : NN_OK;
}

static int read_text(const place *p, const fc_field *f, void *at, const char *text)
{
    if (!text)
        return refuse(p, f, "should be a text");
    if (f->rules & FC_FILLED && !*text)
        return refuse(p, f, "is empty");
    if (f->size && strlen(text) >= f->size)
        return refuse(p, f, "is longer than %zu bytes", f->size - 1);
    if (f->rules & FC_HERE) {
        memcpy(at, text, strlen(text) + 1);
        return NN_OK;
    }
    char *copy = strdup(text);
    set_pointer(at, copy);
    return copy ? NN_OK : nn_no_memory(p->error);
}

static int read_choice(const place *p, const fc_field *f, int *at, const char *text)
{
    for (*at = 0; text && f->names[*at]; ++*at)
        if (strcmp(f->names[*at], text) == 0)
            return NN_OK;
    *at = 0;
    return nn_fail(p->error, NN_BAD_DATA, "%s: unknown %s '%.200s'", p->path, f->key, text ? text : "");
}

static int read_whole(const place *p, const fc_field *f, void *at, const json_t *value)
{
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || (double)number < f->least || (double)number > f->most)
        return refuse(p, f, "should be a whole number from %.0f to %.0f", f->least, f->most);
    if (f->type == FC_SIZE)
        *(size_t *)at = (size_t)number;
    else
        *(int *)at = (int)number;
    return NN_OK;
}

static int read_value(const place *p, const fc_field *f, void *at, const json_t *value)
{
    const char *text = json_string_value(value);
    switch (f->type) {
    case FC_FLAG:
        *(uint8_t *)at = json_is_true(value);
        return json_is_boolean(value) ? NN_OK : refuse(p, f, "should be true or false");
    case FC_NUMBER:
    case FC_SIZE:
        return read_whole(p, f, at, value);
    case FC_REAL:
        return read_real(p, f, at, value);
    case FC_STRING:
        return read_text(p, f, at, text);
    case FC_CHOICE:
        return read_choice(p, f, at, text);
    case FC_HASH:
        *(uint64_t *)at = text ? strtoull(text, NULL, 16) : 0;
        return text ? NN_OK : refuse(p, f, "should be a text");
    case FC_FREQUENCY:
        if (text && ds_frequency_parse(text, at, NULL) == NN_OK)
            return NN_OK;
        return refuse(p, f, "'%.100s' is unknown", text ? text : "");
    case FC_RECORD:
        return nn_json_read_record(f->options, at, value, p->path, p->error);
    default:
        return refuse(p, f, "cannot be read");
    }
}

static int read_entry(const place *p, const fc_field *f, void *state, size_t i, const json_t *entry)
{
    int code = NN_OK;
    size_t k = 0;
    for (const fc_field *m = f->fields; !code && m->key; m++, k++)
        code = read_value(p, m, member_at(f, m, state, i),
                          f->rules & FC_PAIRS ? json_array_get(entry, k) : json_object_get(entry, m->key));
    return code;
}

static int make_room(const place *p, const fc_field *f, void *state, size_t count)
{
    void *owner = owner_at(f, state), *room = owner ? calloc(count + 1, width_of(f)) : NULL;
    if (owner)
        set_pointer(owner, room);
    int code = owner && !room ? nn_no_memory(p->error) : NN_OK;
    for (const fc_field *m = f->fields; f->type == FC_ENTRIES && !f->size && m->key && !code; m++)
        code = make_room(p, m, state, count);
    return code;
}

/* Of two things of one name both would be looked up as the first. */
static int check_unique(const place *p, const fc_field *f, const void *state)
{
    nn_names names = {0};
    int code = NN_OK;
    for (int i = 0; !code && f->rules & FC_UNIQUE && i < *count_at(f, state); i++) {
        const void *at =
            f->type == FC_ENTRIES ? member_at(f, f->fields, state, (size_t)i) : value_at(f, state, (size_t)i);
        const char *text = f->rules & FC_HERE ? at : pointer_at(at);
        const int index = nn_names_add(&names, text, strlen(text));
        if (index < 0)
            code = nn_no_memory(p->error);
        else if (index < i)
            code =
                nn_fail(p->error, NN_BAD_DATA, "%s: two %s are both named '%.200s'", p->path, f->key, text);
    }
    nn_names_free(&names);
    return code;
}

static int read_list(const place *p, const fc_field *f, void *state, const json_t *list)
{
    const size_t count = json_array_size(list);
    const bool counts = sets_count(f);
    if (counts && (!json_is_array(list) || (double)count < f->least || (double)count > f->most))
        return refuse(p, f, "should be a list of %.0f to %.0f", f->least, f->most);
    if (!counts && (!json_is_array(list) || count != count_of(f, state)))
        return refuse(p, f, "should be a list of %zu %s", count_of(f, state),
                      f->type == FC_REAL ? "numbers" : "values");
    int code = make_room(p, f, state, count);
    for (size_t i = 0; !code && i < count; i++) {
        const place entry = {p->path, p->inside, i + 1, p->error};
        const json_t *value = json_array_get(list, i);
        if (counts) /* grows with what there is to be freed */
            *count_at(f, state) = (int)i + 1;
        code = f->type == FC_ENTRIES ? read_entry(&entry, f, state, i, value)
                                     : read_value(&entry, f, value_at(f, state, i), value);
    }
    return code ? code : check_unique(p, f, state);
}

static int read_fields(const place *p, const fc_field *fields, void *state, const json_t *object);

static int read_part(const place *p, const fc_field *f, void *state, const json_t *object)
{
    char inside[200];
    snprintf(inside, sizeof inside, "%s%s.", p->inside, f->key);
    const place within = {p->path, f->type == FC_GROUP ? p->inside : inside, 0, p->error};
    if (!json_is_object(object))
        return refuse(p, f, "is missing");
    int code = read_fields(&within, f->fields, state, object);
    if (!code && f->complete && f->complete(state, p->error))
        code = nn_fail_in_file(p->error, p->path);
    return code;
}

/* A field's value; of a real in a list that has as many entries as the table has fields of it. */
static const json_t *find_value(const fc_field *fields, const fc_field *f, const json_t *object)
{
    if (!f->list)
        return json_object_get(object, f->key);
    size_t count = 0, index = 0;
    for (const fc_field *o = fields; o->key; o++)
        if (o->list && strcmp(o->list, f->list) == 0) {
            index = o == f ? count : index;
            count++;
        }
    const json_t *list = json_object_get(object, f->list);
    return json_array_size(list) == count ? json_array_get(list, index) : NULL;
}

static int read_field(const place *p, const fc_field *f, void *state, const json_t *object,
                      const json_t *value)
{
    void *at = (char *)state + f->offset;
    fc_field_clear(f, state);
    if (value || !(f->rules & FC_OPTIONAL))
        return is_part(f)   ? read_part(p, f, state, f->type == FC_GROUP ? object : value)
               : is_list(f) ? read_list(p, f, state, value)
                            : read_value(p, f, at, value);
    if (f->type == FC_RECORD)
        return nn_options_default(f->options, at, p->error);
    if (f->type == FC_REAL && !is_list(f))
        *(double *)at = NAN;
    else if (!is_part(f) && !is_list(f))
        memset(at, 0, width_of(f));
    return NN_OK;
}

static int read_fields(const place *p, const fc_field *fields, void *state, const json_t *object)
{
    int code = NN_OK;
    for (const fc_field *f = fields; !code && f->key; f++)
        code = read_field(p, f, state, object, find_value(fields, f, object));
    return code;
}

int fc_fields_read(const fc_field *fields, void *state, const json_t *object, const char *path,
                   nn_error *error)
{
    assert(!fc_fields_fault(fields));
    return read_fields(&(place){path, "", 0, error}, fields, state, object);
}
