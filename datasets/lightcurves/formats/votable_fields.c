/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a VOTable says of its columns: FIELD, VALUES, PARAM and TIMESYS; and errors with their place. */
#include "datasets/lightcurves/formats/votable.h"

#ifdef AUSPEX_EXPAT
#include "datasets/lightcurves/formats/hints.h"
#include "datasets/time/decimal.h"
#include "lib/base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MOST_FIELDS = 10000 };

void ds_vo_stop(ds_vo_reader *v, int code)
{
    if (!code)
        return;
    if (!v->code)
        v->code = code;
    XML_StopParser(v->parser, XML_FALSE);
}

void ds_vo_stop_memory(ds_vo_reader *v)
{
    ds_vo_stop(v, ds_photometry_no_memory(v->r));
}

void ds_vo_stop_at(ds_vo_reader *v, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ds_vo_stop(v, nn_fail(v->r->error, NN_BAD_DATA, "%s:%lu:%lu: %s", v->r->name,
                          (unsigned long)XML_GetCurrentLineNumber(v->parser),
                          (unsigned long)XML_GetCurrentColumnNumber(v->parser) + 1, text));
}

/* --- attributes --- */

const char *ds_vo_attribute(const char **attributes, const char *name)
{
    for (int i = 0; attributes[i]; i += 2)
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    return NULL;
}

void ds_vo_take_field(ds_vo_reader *v, const char **attributes)
{
    const char *name = ds_vo_attribute(attributes, "name"), *id = ds_vo_attribute(attributes, "ID");
    if (v->count == MOST_FIELDS) {
        ds_vo_stop_at(v, "a table of more than %d fields", MOST_FIELDS);
        return;
    }
    if (v->count == v->room) {
        ds_vo_field *more = nn_resize(v->field, 2 * (size_t)v->room + 16, sizeof *more, 1);
        if (!more) {
            ds_vo_stop_memory(v);
            return;
        }
        v->field = more;
        v->room = 2 * v->room + 16;
    }
    name = name ? name : id ? id : "?";
    ds_vo_field *f = &v->field[v->count];
    *f = (ds_vo_field){.name = nn_text_copy(name, strlen(name))};
    if (!f->name) {
        ds_vo_stop_memory(v);
        return;
    }
    v->count++;
    ds_vo_field_type(f, ds_vo_attribute(attributes, "datatype"), ds_vo_attribute(attributes, "arraysize"));
    v->arrays |= ds_vo_is_array(f);
    if (!v->told)
        ds_vo_stop(v, ds_hints_add(v->r, name, ds_vo_attribute(attributes, "unit"),
                                   ds_vo_attribute(attributes, "ucd")));
}

void ds_vo_take_null(ds_vo_reader *v, const char **attributes)
{
    const char *null = ds_vo_attribute(attributes, "null");
    ds_vo_field *f = v->count ? &v->field[v->count - 1] : NULL;
    if (null && f && !f->null && !(f->null = nn_text_copy(null, strlen(null))))
        ds_vo_stop_memory(v);
}

/* "JD-origin", "MJD-origin" or a Julian date. */
void ds_vo_take_timesys(ds_vo_reader *v, const char **attributes)
{
    const char *origin = ds_vo_attribute(attributes, "timeorigin");
    double julian;
    if (!origin)
        return;
    if (strcasecmp(origin, "MJD-origin") == 0)
        v->r->origin = 0;
    else if (strcasecmp(origin, "JD-origin") == 0)
        v->r->origin = -2400000.5;
    else if (ds_number_parse(origin, strlen(origin), false, &julian) == DS_NUMBER_OK)
        v->r->origin = julian - 2400000.5;
    else
        ds_vo_stop_at(v,
                      "TIMESYS: the time origin '%.60s' is neither a Julian date nor JD-origin or MJD-origin",
                      origin);
}

void ds_vo_take_param(ds_vo_reader *v, const char **attributes)
{
    const char *name = ds_vo_attribute(attributes, "name"), *value = ds_vo_attribute(attributes, "value");
    const char *utype = ds_vo_attribute(attributes, "utype"), *ucd = ds_vo_attribute(attributes, "ucd");
    bool magnitude;
    const int part = ds_hints_part(ucd, &magnitude);
    const bool filter = utype && strstr(utype, "PhotometryFilter.identifier");
    if (!name || !value || !*value || v->told)
        return;
    const int id = ds_photometry_id_rank(v->r, name);
    if (!filter && part != DS_PART_BAND && id < 0 && strcasecmp(name, "band") != 0 &&
        strcasecmp(name, "filter") != 0)
        return;
    ds_vo_constant *more = nn_resize(v->constants, (size_t)v->constant_count + 1, sizeof *more, 1);
    if (!more) {
        ds_vo_stop_memory(v);
        return;
    }
    v->constants = more;
    ds_vo_constant *c = &more[v->constant_count++];
    const char *column = id >= 0 ? name : "band";
    c->name = nn_text_copy(column, strlen(column));
    c->value = nn_text_copy(value, strlen(value));
    if (!c->name || !c->value)
        ds_vo_stop_memory(v);
}
#else
typedef int ds_vo_nothing; /* ISO C wants something in a file */
#endif
