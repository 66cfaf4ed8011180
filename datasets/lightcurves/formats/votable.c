/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VOTables (IVOA, 1.4): rows as XML or in binary, columns by their names, units and UCDs, the zero of time by
 * TIMESYS. Tables of one file go on as one where they have the same columns. No entity of the document's own
 * is read, so that a small file cannot grow into a large one. */
#include "datasets/lightcurves/format.h"
#include "datasets/lightcurves/lightcurve_internal.h"

#include <string.h>

static bool is_votable(const char *path, const char *start, size_t length)
{
    (void)path;
    static const char *const begins[] = {"<?xml", "<VOTABLE", "<vot:", "<!--"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (length >= strlen(begins[i]) && memcmp(start, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

static int open_votable(ds_lightcurves *r);
const ds_light_format ds_format_votable = {"VOTable", "xml,vot,votable", is_votable, open_votable};

#ifdef AUSPEX_EXPAT
#include "datasets/lightcurves/formats/hints.h"
#include "datasets/lightcurves/formats/records.h"
#include "datasets/lightcurves/formats/votable.h"
#include "datasets/time/decimal.h"
#include "lib/base/memory.h"
#include "lib/files/json_text.h"

#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { PIECE = DS_BUFFER(1 << 16), CELL_LIMIT = 16 << 20 };

static void free_fields(ds_vo_reader *v)
{
    for (int i = 0; i < v->count; i++) {
        free(v->field[i].name);
        free(v->field[i].null);
    }
    v->count = 0;
}

static void close_votable(ds_lightcurves *r)
{
    ds_vo_reader *v = r->inside;
    if (!v)
        return;
    free_fields(v);
    for (int i = 0; i < v->constant_count; i++) {
        free(v->constants[i].name);
        free(v->constants[i].value);
    }
    free(v->constants);
    free(v->field);
    json_decref(v->row);
    free(v->text);
    free(v->stream.bytes);
    if (v->parser)
        XML_ParserFree(v->parser);
    ds_cells_free(&v->cells);
    free(v);
    r->inside = NULL;
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

/* --- rows --- */

static void begin_rows(ds_vo_reader *v)
{
    if (v->told && v->count != v->told) {
        ds_vo_stop_at(
            v,
            "a table of other columns (%d rather than %d) than the one before: each needs a file of its own",
            v->count, v->told);
        return;
    }
    for (int i = 0; i < v->count && !v->code; i++) {
        const int before = v->cells.names.count;
        const int column = v->arrays ? i : ds_cells_column(&v->cells, v->field[i].name);
        v->field[i].column = column;
        if (column == -1)
            ds_vo_stop_memory(v);
        else if (v->told && !v->arrays && v->cells.names.count != before)
            ds_vo_stop_at(
                v,
                "a table with a column '%.60s', which the one before does not have: each needs a file of "
                "its own",
                v->field[i].name);
    }
    v->told = v->count;
    v->seen = true;
}

static int put_text(ds_vo_reader *v, const ds_vo_field *f, const char *text, size_t length)
{
    if (f->null && strlen(f->null) == length && memcmp(f->null, text, length) == 0)
        length = 0;
    if (!v->arrays)
        return f->column == DS_CELLS_IDLE ? NN_OK : ds_cells_put(&v->cells, f->column, text, length);
    if (!v->row && !(v->row = json_object()))
        return ds_photometry_no_memory(v->r);
    json_object_set_new(v->row, f->name, length ? json_stringn(text, length) : json_null());
    return NN_OK;
}

/* As ds_vo_take. */
static int put_value(void *context, const ds_vo_field *field, const char *text, size_t length, json_t *array)
{
    ds_vo_reader *v = context;
    if (!array)
        return put_text(v, field, text, length);
    if (!v->row)
        v->row = json_object();
    json_object_set_new(v->row, field->name, array);
    return NN_OK;
}

static int put_constants(ds_vo_reader *v)
{
    int code = NN_OK;
    for (int i = 0; i < v->constant_count && !code; i++) {
        const ds_vo_constant *c = &v->constants[i];
        const int column = ds_cells_column(&v->cells, c->name);
        if (v->arrays && v->row && !json_object_get(v->row, c->name))
            json_object_set_new(v->row, c->name, json_string(c->value));
        else if (!v->arrays && column != DS_CELLS_IDLE)
            code = column < 0 ? ds_photometry_no_memory(v->r)
                              : ds_cells_put(&v->cells, column, c->value, strlen(c->value));
    }
    return code;
}

static void end_row(ds_vo_reader *v)
{
    int code = put_constants(v);
    if (!code && v->arrays && v->row)
        code = ds_photometry_leave_out(v->r, ds_records_take(&v->cells, v->row, v->line));
    else if (!code && !v->arrays)
        code = ds_cells_end_row(&v->cells, v->line);
    json_decref(v->row);
    v->row = NULL;
    if (nn_json_short())
        code = ds_photometry_no_memory(v->r);
    ds_vo_stop(v, code);
}

static void end_cell(ds_vo_reader *v)
{
    size_t from = 0, to = v->size;
    v->in_cell = false;
    if (v->at >= v->count) {
        ds_vo_stop_at(v, "a row of more cells than the table's %d fields", v->count);
        return;
    }
    while (to > from && strchr(" \t\r\n", v->text[to - 1]))
        to--;
    while (from < to && strchr(" \t\r\n", v->text[from]))
        from++;
    const ds_vo_field *f = &v->field[v->at++];
    const char *text = v->size ? v->text + from : "";
    const bool array = ds_vo_is_array(f) && to > from;
    json_t *numbers = array ? ds_vo_numbers(text, to - from) : NULL;
    ds_vo_stop(v,
               array && !numbers ? ds_photometry_no_memory(v->r) : put_value(v, f, text, to - from, numbers));
}

static void take_stream(ds_vo_reader *v, const char *text, size_t length)
{
    bool whole = true;
    if (!ds_vo_stream_add(&v->stream, text, length)) {
        ds_vo_stop_memory(v);
        return;
    }
    if (v->stream.broken)
        ds_vo_stop_at(v, "the table's data are no base64");
    while (!v->code) {
        const int code = ds_vo_stream_row(&v->stream, v->field, v->count, put_value, v, &whole);
        if (code || !whole) {
            ds_vo_stop(v, code);
            return;
        }
        v->line = (size_t)XML_GetCurrentLineNumber(v->parser);
        end_row(v);
    }
}

/* --- what expat calls --- */

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    ds_vo_reader *v = context;
    name = local_name(name);
    if (!v->inside && strcmp(name, "VOTABLE") != 0)
        ds_vo_stop_at(v, "this is XML, but no VOTable: it begins with '%.60s'; CSV is read, too", name);
    v->inside = true;
    if (strcmp(name, "TABLE") == 0) {
        free_fields(v);
        v->arrays = false;
        v->table = true;
    } else if (strcmp(name, "FIELD") == 0) {
        ds_vo_take_field(v, attributes);
    } else if (strcmp(name, "VALUES") == 0) {
        ds_vo_take_null(v, attributes);
    } else if (strcmp(name, "PARAM") == 0) {
        ds_vo_take_param(v, attributes);
    } else if (strcmp(name, "TIMESYS") == 0) {
        ds_vo_take_timesys(v, attributes);
    } else if (strcmp(name, "TABLEDATA") == 0) {
        begin_rows(v);
    } else if (strcmp(name, "BINARY") == 0 || strcmp(name, "BINARY2") == 0) {
        begin_rows(v);
        v->stream.nulls = name[6] == '2';
        v->stream.at = v->stream.size = 0;
        v->stream.held = 0;
        v->stream.padded = false;
    } else if (strcmp(name, "STREAM") == 0) {
        if (ds_vo_attribute(attributes, "href"))
            ds_vo_stop_at(v, "the table's data are in a file of their own (%.100s), which is not read",
                          ds_vo_attribute(attributes, "href"));
        v->in_stream = true;
    } else if (strcmp(name, "FITS") == 0) {
        ds_vo_stop_at(v, "the table's data are a FITS file inside; save them as TABLEDATA or BINARY2");
    } else if (strcmp(name, "TR") == 0) {
        v->line = (size_t)XML_GetCurrentLineNumber(v->parser);
        v->at = 0;
    } else if (strcmp(name, "TD") == 0) {
        v->in_cell = true;
        v->size = 0;
    } else if (strcmp(name, "INFO") == 0 && ds_vo_attribute(attributes, "name") &&
               ds_vo_attribute(attributes, "value") &&
               strcmp(ds_vo_attribute(attributes, "name"), "QUERY_STATUS") == 0 &&
               strcasecmp(ds_vo_attribute(attributes, "value"), "ERROR") == 0) {
        ds_vo_stop_at(v, "the service reports an error instead of a table (QUERY_STATUS ERROR)");
    }
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    ds_vo_reader *v = context;
    name = local_name(name);
    if (strcmp(name, "TD") == 0 && v->in_cell)
        end_cell(v);
    else if (strcmp(name, "TR") == 0)
        end_row(v);
    else if (strcmp(name, "STREAM") == 0) {
        v->in_stream = false;
        if (v->stream.at != v->stream.size && !v->code)
            ds_vo_stop_at(v, "the table's data end within a row, or are none of its fields");
    }
}

static void XMLCALL on_text(void *context, const XML_Char *text, int length)
{
    ds_vo_reader *v = context;
    if (v->in_stream && !v->code)
        take_stream(v, text, (size_t)length);
    if (!v->in_cell || v->code)
        return;
    if (v->size + (size_t)length > v->text_room) {
        const size_t room = 2 * (v->size + (size_t)length) + 256;
        char *more = room > CELL_LIMIT ? NULL : nn_resize(v->text, room, 1, 1);
        if (!more && room > CELL_LIMIT) {
            ds_vo_stop_at(v, "a cell of more than %d MB", CELL_LIMIT >> 21);
            return;
        }
        if (!more) {
            ds_vo_stop_memory(v);
            return;
        }
        v->text = more;
        v->text_room = room;
    }
    memcpy(v->text + v->size, text, (size_t)length);
    v->size += (size_t)length;
}

static void XMLCALL on_entity(void *context, const XML_Char *name, int parameter, const XML_Char *value,
                              int length, const XML_Char *base, const XML_Char *system,
                              const XML_Char *public_id, const XML_Char *notation)
{
    (void)parameter, (void)value, (void)length, (void)base, (void)system, (void)public_id, (void)notation;
    ds_vo_stop_at(context, "the document defines an entity of its own ('%.60s'), which is not read", name);
}

/* --- the file --- */

static int fail_xml(ds_vo_reader *v)
{
    const enum XML_Error error = XML_GetErrorCode(v->parser);
    if (v->code)
        return v->code;
    if (error == XML_ERROR_NO_MEMORY)
        return ds_photometry_no_memory(v->r);
    ds_vo_stop_at(
        v, "%s%s", XML_ErrorString(error),
        error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ? ": the file is cut off" : "");
    return v->code;
}

static int step_votable(ds_lightcurves *r, bool *more)
{
    ds_vo_reader *v = r->inside;
    size_t got = 0;
    void *buffer = XML_GetBuffer(v->parser, PIECE);
    nn_json_short();
    int code =
        buffer ? ds_source_read_some(r->source, buffer, PIECE, &got, r->error) : ds_photometry_no_memory(r);
    if (!code && XML_ParseBuffer(v->parser, (int)got, got == 0) != XML_STATUS_OK)
        code = fail_xml(v);
    *more = got > 0;
    if (!code && !*more && !v->seen)
        code = nn_fail(r->error, NN_BAD_DATA, "%s:%lu: there is no TABLE with data in the VOTable", r->name,
                       (unsigned long)XML_GetCurrentLineNumber(v->parser));
    r->scan.lines = (size_t)XML_GetCurrentLineNumber(v->parser);
    return code || !*more ? ds_cells_finish(&v->cells, code) : NN_OK;
}

static int open_votable(ds_lightcurves *r)
{
    ds_vo_reader *v = calloc(1, sizeof *v);
    if (!v)
        return ds_photometry_no_memory(r);
    r->inside = v;
    r->step = step_votable;
    r->close = close_votable;
    v->r = r;
    ds_source_take_bytes(r->source);
    ds_cells_begin(&v->cells, r);
    if (!(v->parser = XML_ParserCreate(NULL)))
        return ds_photometry_no_memory(r);
    XML_SetUserData(v->parser, v);
    XML_SetElementHandler(v->parser, on_start, on_end);
    XML_SetCharacterDataHandler(v->parser, on_text);
    XML_SetEntityDeclHandler(v->parser, on_entity);
    return NN_OK;
}

#else

static int open_votable(ds_lightcurves *r)
{
    return nn_fail(r->error, NN_FAILED, "%s: is XML, which this program was built without (expat)", r->name);
}

#endif
