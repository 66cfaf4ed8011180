/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks through a record for its measurements, and hands on a row of cells for each. */
#include "datasets/lightcurves/formats/records.h"

#include <string.h>
#include <strings.h>

enum { DEPTH = 6 }; /* of objects within objects that are looked through */

/* --- rows --- */

int ds_records_put(ds_cells *cells, const char *name, const json_t *value)
{
    char text[DS_REAL_TEXT];
    if (json_is_object(value) || json_is_array(value))
        return NN_OK;
    const int column = ds_cells_column(cells, name);
    if (column == DS_CELLS_IDLE)
        return NN_OK;
    if (column < 0)
        return ds_photometry_no_memory(cells->r);
    if (json_is_string(value))
        return ds_cells_put(cells, column, json_string_value(value), json_string_length(value));
    if (json_is_real(value))
        return ds_cells_put(cells, column, text, ds_cells_real(text, json_real_value(value)));
    if (json_is_integer(value))
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        snprintf(text, sizeof text, "%s", json_is_true(value) ? "true" : json_is_false(value) ? "false" : "");
    return ds_cells_put(cells, column, text, strlen(text));
}

static int put_level(ds_cells *cells, const ds_record_level *level)
{
    const char *key;
    json_t *value;
    int code = NN_OK;
    if (json_is_object(level->object))
        json_object_foreach((json_t *)level->object, key, value)
        {
            if ((code = ds_records_put(cells, key, value)))
                return code;
        }
    if (!level->key)
        return NN_OK;
    const int column = ds_cells_column(cells, level->key);
    if (column == DS_CELLS_IDLE)
        return NN_OK;
    return column < 0 ? ds_photometry_no_memory(cells->r)
                      : ds_cells_put(cells, column, level->value, strlen(level->value));
}

int ds_records_row(ds_cells *cells, const ds_record_level *level, size_t line)
{
    int code = NN_OK;
    for (const ds_record_level *l = level; l && !code; l = l->up)
        code = put_level(cells, l);
    return code ? code : ds_cells_end_row(cells, line);
}

static int take_rows(ds_cells *cells, const json_t *part, const ds_record_level *up, size_t line)
{
    size_t i;
    json_t *row;
    int code = NN_OK;
    if (json_is_object(part))
        return ds_records_row(cells, &(ds_record_level){part, NULL, NULL, up}, line);
    json_array_foreach(part, i, row)
    {
        if (json_is_object(row) &&
            (code = ds_records_row(cells, &(ds_record_level){row, NULL, NULL, up}, line)))
            return code;
    }
    return NN_OK;
}

/* --- columns side by side --- */

/* An array, or an object with a value for each row, as pandas writes columns. */
static size_t length_of(const json_t *column)
{
    return json_is_array(column) ? json_array_size(column) : json_object_size(column);
}

static bool is_flat(const json_t *column)
{
    size_t i;
    const char *key;
    json_t *value;
    if (json_is_array(column))
        json_array_foreach(column, i, value)
        {
            if (json_is_object(value) || json_is_array(value))
                return false;
        }
    else if (json_is_object(column))
        json_object_foreach((json_t *)column, key, value)
        {
            if (json_is_object(value) || json_is_array(value))
                return false;
        }
    else
        return false;
    return true;
}

static const char *time_name(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (is_flat(value) && ds_photometry_is_time(key))
            return key;
    }
    return NULL;
}

/* Objects with numbers as keys become arrays; the texts and numbers of the object stay around. */
static json_t *columns_of(const json_t *object, const char *time)
{
    const char *key, *number;
    json_t *column, *value, *columns = json_object();
    json_object_foreach((json_t *)object, key, column)
    {
        if (!is_flat(column) || (json_is_object(column) && length_of(column) < 2 && strcmp(key, time) != 0))
            continue;
        json_t *array = json_is_array(column) ? json_incref(column) : json_array();
        if (json_is_object(column))
            json_object_foreach(column, number, value) json_array_append(array, value);
        json_object_set_new(columns, key, array);
    }
    return columns;
}

static int take_columns(ds_cells *cells, const ds_record_level *level, size_t line)
{
    const char *key, *time = time_name(level->object);
    json_t *columns = columns_of(level->object, time), *array;
    const size_t rows = json_array_size(json_object_get(columns, time));
    int code = NN_OK;
    json_object_foreach(columns, key, array)
    {
        if (!code && json_array_size(array) != rows &&
            (ds_record_is_value(key) || ds_column_name_read(key).error))
            code =
                nn_fail(cells->r->error, NN_BAD_DATA, "%s:%zu: '%.60s' has %zu values, but '%.60s' has %zu",
                        cells->r->name, line, time, rows, key, json_array_size(array));
    }
    for (size_t i = 0; i < rows && !code; i++) {
        json_object_foreach(columns, key, array)
        {
            if (!code && json_array_size(array) == rows)
                code = ds_records_put(cells, key, json_array_get(array, i));
        }
        if (!code)
            code = ds_records_row(cells, level, line);
    }
    json_decref(columns);
    return code;
}

/* --- any record --- */

static int look_through(ds_cells *cells, const ds_record_level *level, int depth, size_t line, size_t *found);

/* What a member is called tells the band, or else the object, of what it holds. */
static int look_into(ds_cells *cells, const char *key, const json_t *member, const ds_record_level *up,
                     int depth, size_t line, size_t *found)
{
    ds_bands bands = {0};
    const bool band = ds_bands_add_known(&bands, key, strlen(key));
    const bool inner = ds_record_is_part(key);
    const ds_record_level around = {NULL, inner ? NULL : band ? "band" : "object_id", key, up};
    return look_through(cells, &(ds_record_level){member, NULL, NULL, &around}, depth + 1, line, found);
}

static int take_known(ds_cells *cells, const ds_record_kind *kind, const ds_record_level *level, size_t line)
{
    for (int i = 0; kind->columns[i] && !cells->settled; i++)
        if (ds_cells_column(cells, kind->columns[i]) == -1)
            return ds_photometry_no_memory(cells->r);
    int code = NN_OK;
    for (int i = 0; i < DS_RECORD_PARTS && kind->parts[i] && !code; i++)
        code = take_rows(cells, json_object_get(level->object, kind->parts[i]), level, line);
    return code;
}

static int look_through(ds_cells *cells, const ds_record_level *level, int depth, size_t line, size_t *found)
{
    const json_t *object = level->object;
    const ds_record_kind *kind = ds_record_known(object);
    if (kind) {
        (*found)++;
        return take_known(cells, kind, level, line);
    }
    const char *key;
    json_t *member;
    const size_t before = *found;
    int code = NN_OK;
    json_object_foreach((json_t *)object, key, member)
    {
        const json_t *first = json_array_get(member, 0);
        if (!ds_record_measures(first, false) && !(json_is_array(member) && !first && ds_record_is_part(key)))
            continue;
        (*found)++;
        cells->r->history = true;
        if ((code = take_rows(cells, member, level, line)))
            return code;
    }
    if (*found > before)
        return NN_OK;
    if (ds_record_measures(object, true)) {
        (*found)++;
        return take_columns(cells, level, line);
    }
    if (ds_record_measures(object, false)) {
        (*found)++;
        return ds_records_row(cells, level, line);
    }
    json_object_foreach((json_t *)object, key, member)
    {
        if (json_is_object(member) && depth < DEPTH &&
            (code = look_into(cells, key, member, level, depth, line, found)))
            return code;
    }
    return NN_OK;
}

static void list_members(const json_t *object, char *text, size_t size)
{
    const char *key;
    json_t *value;
    size_t at = 0;
    *text = '\0';
    json_object_foreach((json_t *)object, key, value)
    {
        if (at < size)
            at += (size_t)snprintf(text + at, size - at, "%s%.40s", at ? ", " : "", key);
    }
}

static int take_any(ds_cells *cells, const json_t *record, size_t line)
{
    const ds_record_level level = {record, NULL, NULL, NULL};
    char members[200];
    size_t found = 0;
    int code = look_through(cells, &level, 0, line, &found);
    if (code || found)
        return code;
    list_members(record, members, sizeof members);
    return nn_fail(
        cells->r->error, NN_BAD_DATA,
        "%s:%zu: no photometry is found in the object: a time with a flux or a magnitude; its members "
        "are %s",
        cells->r->name, line, *members ? members : "none");
}

/* --- records --- */

int ds_records_take(ds_cells *cells, const json_t *record, size_t line)
{
    ds_lightcurves *r = cells->r;
    if (!json_is_object(record))
        return nn_fail(r->error, NN_BAD_DATA, "%s:%zu: an object is expected here, {...}, not %s", r->name,
                       line, json_is_array(record) ? "an array" : "a bare value");
    const ds_record_kind *kind = ds_record_known(record);
    const bool star = json_is_array(json_object_get(record, "g_transit_time"));
    if (kind && kind->alert && !cells->settled && !r->alerts)
        ds_photometry_set_alerts(r);
    int code = star                          ? ds_records_gaia(cells, record, line)
               : ds_records_is_table(record) ? ds_records_table(cells, record, line)
                                             : take_any(cells, record, line);
    if (!code && r->options.grouping == DS_ALERTS && (r->alerts || r->history)) {
        code = ds_cells_settle(cells); /* a whole one is there: later ones have the same columns */
        ds_photometry_object_end(r);
    }
    return code;
}
