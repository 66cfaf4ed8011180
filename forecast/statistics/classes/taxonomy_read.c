/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads trees of classes: CSV, indented lines, or the text of an option. */
#include "forecast/statistics/classes/taxonomy.h"

#include "lib/base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_FIELDS = 32 };

/* Where a reader is. */
typedef struct place {
    fc_taxonomy_text *text;
    const char *at;
    int line, column;
    nn_error *error;
} place;

/* A name and where it began. */
typedef struct word {
    char name[FC_TAXONOMY_NAME];
    int line, column;
} word;

__attribute__((format(printf, 4, 5))) static int fail_at(const place *p, int line, int column,
                                                         const char *format, ...)
{
    char what[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return nn_fail(p->error, NN_BAD_DATA, "%s:%d:%d: %s", p->text->where, line, column, what);
}

static void step(place *p)
{
    if (*p->at == '\n') {
        p->line++;
        p->column = 1;
    } else if (((unsigned char)p->at[1] & 0xC0) != 0x80) { /* a character of several bytes is one column */
        p->column++;
    }
    p->at++;
}

static void skip_blanks(place *p)
{
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\r')
        step(p);
}

static void skip_line(place *p)
{
    while (*p->at && *p->at != '\n')
        step(p);
    if (*p->at)
        step(p);
}

/* --- names --- */

static bool ends(const place *p, const char *stops)
{
    return !*p->at || *p->at == '\n' || strchr(stops, *p->at);
}

static int put(const place *p, word *w, size_t *length, char c)
{
    if (*length + 1 >= sizeof w->name)
        return fail_at(p, w->line, w->column, "found a name of more than %d bytes, '%.40s...'",
                       FC_TAXONOMY_NAME - 1, w->name);
    w->name[(*length)++] = c;
    w->name[*length] = 0;
    return NN_OK;
}

static int take_quoted(place *p, word *w, const char *stops)
{
    size_t length = 0;
    int code = NN_OK;
    for (step(p); !code; step(p)) {
        if (*p->at == '"' && p->at[1] == '"')
            step(p);
        else if (*p->at == '"')
            break;
        if (!*p->at || *p->at == '\n')
            return fail_at(p, w->line, w->column, "found a quote that does not end, expected \"NAME\"");
        code = put(p, w, &length, *p->at);
    }
    if (code)
        return code;
    step(p);
    skip_blanks(p);
    return ends(p, stops)
               ? NN_OK
               : fail_at(p, p->line, p->column, "found '%.20s' behind the quotes of \"%s\"", p->at, w->name);
}

/* A name up to one of the stops, without blanks around it; it may be empty. */
static int take(place *p, word *w, const char *stops)
{
    size_t length = 0;
    int code = NN_OK;
    skip_blanks(p);
    *w = (word){.line = p->line, .column = p->column};
    if (*p->at == '"')
        return take_quoted(p, w, stops);
    for (; !ends(p, stops) && !code; step(p))
        if (*p->at != '\r')
            code = put(p, w, &length, *p->at);
    while (length && (w->name[length - 1] == ' ' || w->name[length - 1] == '\t'))
        w->name[--length] = 0;
    return code;
}

static int add(place *p, const word *name, const char *above)
{
    fc_taxonomy_text *t = p->text;
    for (int i = 0; i < t->count; i++) {
        const fc_taxonomy_entry *e = &t->entry[i];
        if (strcmp(e->name, name->name) == 0)
            return *e->above ? fail_at(p, name->line, name->column,
                                       "'%s' has a parent already, '%s' in line %d, and would have two: "
                                       "expected each name "
                                       "once",
                                       name->name, e->above, e->line)
                             : fail_at(p, name->line, name->column,
                                       "'%s' stands at the top already, in line %d: expected each name once",
                                       name->name, e->line);
    }
    if (t->count == FC_MOST_NODES)
        return fail_at(p, name->line, name->column, "found more than %d names", FC_MOST_NODES);
    if (t->count == t->room) {
        const int room = 2 * t->room + 32;
        fc_taxonomy_entry *entry = nn_resize(t->entry, (size_t)room, sizeof *entry, 1);
        if (!entry)
            return nn_no_memory(p->error);
        t->entry = entry;
        t->room = room;
    }
    fc_taxonomy_entry *e = &t->entry[t->count++];
    *e = (fc_taxonomy_entry){.line = name->line, .column = name->column};
    memcpy(e->name, name->name, sizeof e->name);
    snprintf(e->above, sizeof e->above, "%s", above);
    return NN_OK;
}

/* --- CSV --- */

/* Which of the fields are what. */
typedef struct columns {
    int class, parent, most;
    bool known;
} columns;

static int take_row(place *p, word *fields, int *count)
{
    *count = 0;
    for (;;) {
        word spare;
        const int code = take(p, *count < MOST_FIELDS ? &fields[*count] : &spare, ",");
        if (code)
            return code;
        ++*count;
        if (*p->at != ',')
            break;
        step(p);
    }
    skip_line(p);
    return NN_OK;
}

static bool find_heading(columns *c, const word *fields, int count)
{
    int class = -1, parent = -1;
    for (int i = 0; i < count && i < MOST_FIELDS; i++) {
        class = strcasecmp(fields[i].name, "class") == 0 ? i : class;
        parent = strcasecmp(fields[i].name, "parent") == 0 ? i : parent;
    }
    if (class < 0 || parent < 0)
        return false;
    *c = (columns){class, parent, MOST_FIELDS, true};
    return true;
}

static int read_row(place *p, columns *c)
{
    word fields[MOST_FIELDS];
    int count, code = take_row(p, fields, &count);
    if (code || (!c->known && find_heading(c, fields, count)))
        return code;
    if (!c->known)
        *c = (columns){0, 1, 2, true};
    const int last = c->class > c->parent ? c->class : c->parent;
    if (count <= last || count > c->most)
        return fail_at(p, fields[0].line, fields[0].column, "found %d field%s, expected class,parent", count,
                       count == 1 ? "" : "s");
    const word *name = &fields[c->class];
    return *name->name
               ? add(p, name, fields[c->parent].name)
               : fail_at(p, name->line, name->column, "found an empty field, expected the name of a class");
}

/* --- indented lines --- */

typedef struct outline {
    int depth;
    int indent[FC_TAXONOMY_LEVELS + 2];
    char name[FC_TAXONOMY_LEVELS + 2][FC_TAXONOMY_NAME];
} outline;

static int read_line(place *p, outline *o, int indent)
{
    word name;
    const int before = o->depth;
    int code = take(p, &name, "");
    while (o->depth && o->indent[o->depth - 1] > indent)
        o->depth--;
    const bool deeper = !o->depth || o->indent[o->depth - 1] < indent;
    if (!code && !*name.name)
        code = fail_at(p, name.line, name.column, "found an empty name");
    if (!code && deeper && o->depth < before)
        code = fail_at(p, name.line, name.column,
                       "found an indent of %d blanks, expected that of a line above", indent);
    if (!code && deeper && o->depth == FC_TAXONOMY_LEVELS + 2)
        code = fail_at(p, name.line, name.column, "found more than %d levels", FC_TAXONOMY_LEVELS);
    if (code)
        return code;
    if (deeper)
        o->indent[o->depth++] = indent;
    memcpy(o->name[o->depth - 1], name.name, sizeof name.name);
    skip_line(p);
    return add(p, &name, o->depth > 1 ? o->name[o->depth - 2] : "");
}

/* --- all of it --- */

static bool has_comma(const char *line)
{
    bool quoted = false;
    for (; *line && *line != '\n'; line++) {
        quoted ^= *line == '"';
        if (*line == ',' && !quoted)
            return true;
    }
    return false;
}

static place begin(fc_taxonomy_text *text, const char *content, const char *where, nn_error *error)
{
    *text = (fc_taxonomy_text){0};
    snprintf(text->where, sizeof text->where, "%s", where);
    return (place){text, content, 1, 1, error};
}

static int end(const place *p, int code)
{
    p->text->end_line = p->line;
    p->text->end_column = p->column;
    return code || p->text->count
               ? code
               : fail_at(p, p->line, p->column, "found no name, expected classes and what stands above them");
}

/* Blanks in front of a line; a tab reaches to the next multiple of eight. */
static int take_indent(place *p)
{
    int indent = 0;
    for (; *p->at == ' ' || *p->at == '\t' || *p->at == '\r'; step(p))
        indent = *p->at == '\t' ? (indent / 8 + 1) * 8 : *p->at == ' ' ? indent + 1 : indent;
    return indent;
}

int fc_taxonomy_read(fc_taxonomy_text *text, const char *content, const char *where, nn_error *error)
{
    const bool marked = strncmp(content, "\xEF\xBB\xBF", 3) == 0;
    place p = begin(text, content + (marked ? 3 : 0), where, error);
    columns table_columns = {0};
    outline above = {0};
    int code = NN_OK;
    bool first = true, table = false;
    while (*p.at && !code) {
        const int indent = take_indent(&p);
        if (*p.at == '\n' || *p.at == '#' || !*p.at) {
            skip_line(&p);
            continue;
        }
        table = first ? has_comma(p.at) : table;
        first = false;
        code = table ? read_row(&p, &table_columns) : read_line(&p, &above, indent);
    }
    return end(&p, code);
}

/* The names behind "NAME=". */
static int read_group(place *p, const char *above)
{
    int code = NN_OK;
    do {
        word name;
        step(p);
        code = take(p, &name, "=,;");
        if (!code && !*name.name)
            code = fail_at(p, name.line, name.column, "found no name, expected a class below '%s'", above);
        if (!code && *p->at == '=')
            code = fail_at(p, p->line, p->column, "found '=', expected ',' or ';' behind '%s'", name.name);
        if (!code)
            code = add(p, &name, above);
    } while (!code && *p->at == ',');
    return code;
}

int fc_taxonomy_read_compact(fc_taxonomy_text *text, const char *content, const char *where, nn_error *error)
{
    place p = begin(text, content, where, error);
    int code = NN_OK;
    while (*p.at && !code) {
        word name;
        code = take(&p, &name, "=,;");
        if (!code && !*name.name && (*p.at == '=' || *p.at == ','))
            code = fail_at(&p, name.line, name.column, "found '%c', expected a name", *p.at);
        if (!code && *p.at == '=')
            code = read_group(&p, name.name);
        else if (!code && *name.name)
            code = add(&p, &name, "");
        if (!code && *p.at)
            step(&p);
    }
    return end(&p, code);
}

void fc_taxonomy_text_clear(fc_taxonomy_text *text)
{
    free(text->entry);
    *text = (fc_taxonomy_text){0};
}

bool fc_taxonomy_is_above(const fc_taxonomy_text *text, const char *name)
{
    for (int i = 0; i < text->count; i++)
        if (*text->entry[i].above && strcmp(text->entry[i].above, name) == 0)
            return true;
    return false;
}
