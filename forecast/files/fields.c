/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of fields: writing, showing and clearing what they describe. */
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

static bool is_set(const nn_option *o, const void *record)
{
    while (o->name && nn_option_is_default(o, record))
        o++;
    return o->name != NULL;
}

static bool is_there(const fc_field *f, const void *state)
{
    const void *at = (const char *)state + f->offset;
    if (f->type == FC_RECORD && f->rules & FC_OPTIONAL)
        return is_set(f->options, at);
    if (f->rules & FC_NOT_ZERO)
        return f->type == FC_FLAG     ? *(const uint8_t *)at != 0
               : f->type == FC_HASH   ? *(const uint64_t *)at != 0
               : f->type == FC_STRING ? *(const char *)at != '\0'
               : f->type == FC_REAL   ? !isnan(*(const double *)at)
                                      : *(const int *)at != 0;
    at = owner_at(f, state);
    return !(f->rules & FC_OPTIONAL) || !at || pointer_at(at);
}

static bool is_fit_member(const fc_field *entries, const fc_field *member)
{
    const bool plain = !is_part(member) && member->type != FC_ENTRIES && member->type != FC_RECORD;
    return plain && (entries->size == 0) == ((member->rules & FC_MANY) != 0);
}

const char *fc_fields_fault(const fc_field *fields)
{
    const char *fault = NULL;
    for (const fc_field *f = fields; f->key && !fault; f++) {
        for (const fc_field *m = f->type == FC_ENTRIES ? f->fields : NULL; m && m->key && !fault; m++)
            fault = is_fit_member(f, m) ? NULL : m->key;
        if (is_part(f))
            fault = fc_fields_fault(f->fields);
    }
    return fault;
}

/* --- writing --- */

static json_t *text_json(const fc_field *f, const char *text, bool shown)
{
    if (shown)
        return nn_json_text(text);
    json_t *value = json_string(text ? text : "");
    return value || !(f->rules & FC_FOREIGN) ? value : json_string("?");
}

static json_t *frequency_json(const void *at)
{
    char text[DS_FREQUENCY_SIZE];
    ds_frequency_print(*(const ds_frequency *)at, text, sizeof text);
    return json_string(text);
}

static bool is_later(const fc_field *f, const char *setting)
{
    const char *const *name = f->later;
    while (name && *name && strcmp(*name, setting) != 0)
        name++;
    return name && *name;
}

static json_t *record_json(const fc_field *f, const void *record, bool shown)
{
    json_t *object = (shown ? nn_json_record : nn_json_exact_record)(f->options, record);
    for (const nn_option *o = f->options; o->name; o++)
        if (f->rules & FC_LISTS_APART && o->type == NN_LIST)
            nn_json_set(object, o->name, json_string(""));
        else if ((f->rules & FC_OPTIONAL || is_later(f, o->name)) && nn_option_is_default(o, record))
            json_object_del(object, o->name);
    return object;
}

static json_t *value_json(const fc_field *f, const void *at, bool shown)
{
    switch (f->type) {
    case FC_FLAG:
        return json_boolean(*(const uint8_t *)at);
    case FC_NUMBER:
        return json_integer(*(const int *)at);
    case FC_SIZE:
        return json_integer((json_int_t) * (const size_t *)at);
    case FC_REAL:
        return nn_json_real(*(const double *)at);
    case FC_STRING:
        return text_json(f, f->rules & FC_HERE ? at : pointer_at(at), shown);
    case FC_CHOICE:
        return json_string(f->names[*(const int *)at]);
    case FC_HASH:
        return nn_json_hash(*(const uint64_t *)at);
    case FC_FREQUENCY:
        return frequency_json(at);
    case FC_RECORD:
        return record_json(f, at, shown);
    default:
        return NULL;
    }
}

static json_t *entry_json(const fc_field *f, const void *state, size_t i, bool shown)
{
    json_t *entry = f->rules & FC_PAIRS ? json_array() : json_object();
    for (const fc_field *m = f->fields; m->key; m++) {
        json_t *value = value_json(m, member_at(f, m, state, i), shown);
        if (f->rules & FC_PAIRS)
            nn_json_append(entry, value);
        else
            nn_json_set(entry, m->key, value);
    }
    return entry;
}

static void write_fields(json_t *object, const fc_field *fields, const void *state, bool shown);

static json_t *field_json(const fc_field *f, const void *state, bool shown)
{
    if (!is_list(f) && !is_part(f))
        return value_json(f, (const char *)state + f->offset, shown);
    json_t *value = is_part(f) ? json_object() : json_array();
    if (is_part(f))
        write_fields(value, f->fields, state, shown);
    for (size_t i = 0; is_list(f) && i < count_of(f, state); i++)
        nn_json_append(value, f->type == FC_ENTRIES ? entry_json(f, state, i, shown)
                                                    : value_json(f, value_at(f, state, i), shown));
    return value;
}

static void write_fields(json_t *object, const fc_field *fields, const void *state, bool shown)
{
    for (const fc_field *f = fields; f->key; f++) {
        const char *list_key = shown ? NULL : f->list;
        json_t *list = list_key ? json_object_get(object, list_key) : NULL;
        if (!is_there(f, state))
            continue;
        if (f->type == FC_GROUP)
            write_fields(object, f->fields, state, shown);
        else if (list)
            nn_json_append(list, field_json(f, state, shown));
        else if (list_key)
            nn_json_set(object, list_key, json_pack("[o]", field_json(f, state, shown)));
        else
            nn_json_set(object, f->key, field_json(f, state, shown));
    }
}

void fc_fields_write(json_t *object, const fc_field *fields, const void *state)
{
    assert(!fc_fields_fault(fields));
    write_fields(object, fields, state, false);
}

json_t *fc_field_shown(const fc_field *fields, const char *key, const void *state)
{
    json_t *found = NULL;
    for (const fc_field *f = fields; f->key && !found; f++)
        if (strcmp(f->key, key) == 0 && f->type != FC_GROUP)
            found = is_there(f, state) ? field_json(f, state, true) : json_null();
        else if (is_part(f) && is_there(f, state))
            found = fc_field_shown(f->fields, key, state);
    return found;
}

/* --- clearing --- */

static void clear_array(const fc_field *f, void *state, size_t count)
{
    void *owner = owner_at(f, state);
    for (size_t i = 0; f->type == FC_STRING && owner && pointer_at(owner) && i < count; i++)
        free(pointer_at(value_at(f, state, i)));
    if (owner) {
        free(pointer_at(owner));
        set_pointer(owner, NULL);
    }
}

static void clear_entries(const fc_field *f, void *state)
{
    const size_t count = count_of(f, state);
    for (const fc_field *m = f->fields; m->key; m++) {
        if (!f->size)
            clear_array(m, state, count);
        for (size_t i = 0; f->size && m->type == FC_STRING && pointer_at(owner_at(f, state)) && i < count;
             i++)
            free(pointer_at(member_at(f, m, state, i)));
    }
    clear_array(f, state, 0);
}

void fc_field_clear(const fc_field *f, void *state)
{
    if (f->type == FC_RECORD)
        nn_options_clear(f->options, (char *)state + f->offset);
    if (f->type == FC_ENTRIES)
        clear_entries(f, state);
    if (is_part(f))
        fc_fields_clear(f->fields, state);
    else if (f->type != FC_ENTRIES)
        clear_array(f, state, f->rules & FC_MANY && f->type == FC_STRING ? count_of(f, state) : 0);
}

void fc_fields_clear(const fc_field *fields, void *state)
{
    for (const fc_field *f = fields; f->key; f++)
        fc_field_clear(f, state);
}
