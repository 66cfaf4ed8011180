/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a panel from a table: roles of variables, static ones, the mask, what is valid. */
#include "datasets/stations/panel.h"

#include "datasets/stations/rule.h"
#include "datasets/table/table.h"
#include "lib/base/memory.h"
#include "lib/base/nearest.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A panel while it is being made. */
typedef struct maker {
    ds_panel *panel;
    ds_panel_shape shape; /* static variables still among the others */
    uint8_t *is_static;   /* of the shape's variables */
    nn_error *error;
} maker;

static int no_memory(const maker *m)
{
    return nn_fail(m->error, NN_FAILED, "%s: no memory for a panel", m->panel->table->path);
}

static int find_variable(const ds_panel_shape *shape, const char *text, size_t length)
{
    for (int v = 0; v < shape->variables; v++)
        if (strlen(shape->variable[v]) == length && memcmp(shape->variable[v], text, length) == 0)
            return v;
    return -1;
}

static void list_names(char *const *names, int count, char *text, size_t size)
{
    size_t at = 0;
    *text = '\0';
    for (int i = 0; i < count && at < size - 1; i++) {
        const char *parts[2] = {i ? ", " : "", names[i]};
        for (int k = 0; k < 2; k++)
            for (const char *c = parts[k]; *c && at < size - 1; c++)
                text[at++] = *c;
        text[at] = '\0';
    }
}

static int fail_unknown(const maker *m, const char *option, const char *text, size_t length)
{
    char names[400], near[200];
    list_names(m->shape.variable, m->shape.variables, names, sizeof names);
    nn_suggestion(near, sizeof near, text, length, (const char *const *)m->shape.variable,
                  m->shape.variables);
    return nn_fail(m->error, NN_USAGE, "%s: %s: there is no variable '%.*s'%s; the variables are %s",
                   m->panel->table->path, option, (int)(length < 200 ? length : 200), text,
                   strncmp(near, "; did", 5) == 0 ? near : "", names);
}

/* --- roles --- */

static int find_attribute(const ds_stations *stations, const char *text, size_t length)
{
    for (int a = 0; stations && a < stations->attributes; a++)
        if (strlen(stations->attribute_names[a]) == length &&
            memcmp(stations->attribute_names[a], text, length) == 0)
            return a;
    return -1;
}

static int fix_attribute(const maker *m, int attribute, double *to)
{
    const ds_stations *s = m->panel->stations;
    for (int i = 0; i < s->count; i++) {
        to[(size_t)i] = s->attribute[(size_t)i * (size_t)s->attributes + (size_t)attribute];
        if (isnan(to[i]))
            return nn_fail(m->error, NN_BAD_DATA, "%s: station '%.100s' has no %.100s", s->path, s->ids[i],
                           s->attribute_names[attribute]);
    }
    return NN_OK;
}

/* The one value that a column holds. */
static int fix_column(const maker *m, int station, int variable, double *to)
{
    const ds_table *t = m->panel->table;
    const size_t width = (size_t)t->columns;
    const int column = m->shape.column[(size_t)station * (size_t)m->shape.variables + (size_t)variable];
    *to = NAN;
    for (size_t r = 0; r < t->rows; r++) {
        const double v = t->values[r * width + (size_t)column];
        if (isnan(v) || v == *to)
            continue;
        if (!isnan(*to))
            return nn_fail(m->error, NN_BAD_DATA,
                           "%s: static variable '%.100s' of station '%.100s' changes from %g to %g", t->path,
                           m->shape.variable[variable], m->shape.ids[station], *to, v);
        *to = v;
    }
    return isnan(*to) ? nn_fail(m->error, NN_BAD_DATA,
                                "%s: static variable '%.100s' of station '%.100s' has no value", t->path,
                                m->shape.variable[variable], m->shape.ids[station])
                      : NN_OK;
}

static int count_list(const char *cursor)
{
    const char *item;
    size_t length;
    int count = 0;
    while (nn_list_next(&cursor, &item, &length))
        count++;
    return count;
}

/* Static variables, in the order asked for. values: by variable while they come in, turned by the caller. */
static int collect_static(maker *m, const char *list, double *values)
{
    ds_panel *p = m->panel;
    const char *item;
    size_t length;
    while (nn_list_next(&list, &item, &length)) {
        const int v = find_variable(&m->shape, item, length), a = find_attribute(p->stations, item, length);
        double *to = values + (size_t)p->static_count * (size_t)m->shape.count;
        if (v < 0 && a < 0)
            return fail_unknown(m, "--static", item, length);
        int code = v < 0 ? fix_attribute(m, a, to) : NN_OK;
        for (int s = 0; s < m->shape.count && v >= 0 && !code; s++)
            code = fix_column(m, s, v, &to[s]);
        if (code)
            return code;
        if (v >= 0)
            m->is_static[v] = 1;
        if (!(p->static_names[p->static_count] = nn_text_copy(item, length)))
            return no_memory(m);
        p->static_count++;
    }
    return NN_OK;
}

static int make_static(maker *m, const char *list)
{
    ds_panel *p = m->panel;
    const size_t stations = (size_t)m->shape.count, count = (size_t)count_list(list);
    p->static_names = calloc(count + 1, sizeof *p->static_names);
    p->static_values = nn_resize(NULL, count + 1, stations, sizeof *p->static_values);
    m->is_static = calloc((size_t)m->shape.variables + 1, 1);
    double *values = nn_resize(NULL, count + 1, stations, sizeof *values);
    int code = p->static_names && p->static_values && m->is_static && values ? collect_static(m, list, values)
                                                                             : no_memory(m);
    for (size_t s = 0; s < stations && !code; s++)
        for (size_t k = 0; k < count; k++)
            p->static_values[s * count + k] = values[k * stations + s];
    free(values);
    return code;
}

/* The shape's variables without the static ones. */
static int make_variables(maker *m)
{
    ds_panel *p = m->panel;
    const ds_panel_shape *shape = &m->shape;
    p->variable = calloc((size_t)shape->variables + 1, sizeof *p->variable);
    p->column = nn_resize(NULL, (size_t)shape->count, (size_t)shape->variables, sizeof *p->column);
    if (!p->variable || !p->column)
        return no_memory(m);
    for (int v = 0; v < shape->variables; v++) {
        if (m->is_static[v])
            continue;
        const char *name = shape->variable[v];
        if (!(p->variable[p->variables].name = nn_text_copy(name, strlen(name))))
            return no_memory(m);
        p->variable[p->variables++].role = DS_VIEW_PAST;
    }
    int *to = p->column;
    for (int s = 0; s < shape->count; s++)
        for (int v = 0; v < shape->variables; v++)
            if (!m->is_static[v])
                *to++ = shape->column[(size_t)s * (size_t)shape->variables + (size_t)v];
    return NN_OK;
}

int ds_panel_variable_find(const ds_panel *panel, const char *name)
{
    for (int v = 0; v < panel->variables; v++)
        if (strcmp(panel->variable[v].name, name) == 0)
            return v;
    return -1;
}

static int choose_target(maker *m, const char *target)
{
    ds_panel *p = m->panel;
    p->target = target ? ds_panel_variable_find(p, target) : 0;
    if (p->target < 0)
        return find_variable(&m->shape, target, strlen(target)) < 0
                   ? fail_unknown(m, "--target", target, strlen(target))
                   : nn_fail(m->error, NN_USAGE, "variable '%.100s' cannot be both the target and static",
                             target);
    if (!target && p->variables != 1) {
        char names[400];
        list_names(m->shape.variable, m->shape.variables, names, sizeof names);
        return nn_fail(m->error, NN_USAGE,
                       "%s: %d variables at each station; --target names the one to forecast: %s",
                       p->table->path, p->variables, names);
    }
    p->variable[p->target].role = DS_VIEW_TARGET;
    return NN_OK;
}

static int choose_future(maker *m, const char *list)
{
    ds_panel *p = m->panel;
    const char *item;
    size_t length;
    while (nn_list_next(&list, &item, &length)) {
        const int found = find_variable(&m->shape, item, length);
        if (found < 0)
            return fail_unknown(m, "--future", item, length);
        const int v = ds_panel_variable_find(p, m->shape.variable[found]);
        if (v < 0 || v == p->target)
            return nn_fail(m->error, NN_USAGE, "variable '%.100s' cannot be both %s and known-future",
                           m->shape.variable[found], v < 0 ? "static" : "the target");
        p->futures += p->variable[v].role != DS_VIEW_FUTURE;
        p->variable[v].role = DS_VIEW_FUTURE;
    }
    return NN_OK;
}

/* --- values --- */

/* Over the shape's variables, so that a rule may name static ones too. */
static void apply_rule(maker *m, const ds_rule *rule, double *values)
{
    ds_panel *p = m->panel;
    const ds_table *t = p->table;
    const size_t width = (size_t)m->shape.variables;
    for (size_t r = 0; r < p->rows; r++)
        for (int s = 0; s < p->count; s++) {
            for (size_t v = 0; v < width; v++)
                values[v] =
                    t->values[r * (size_t)t->columns + (size_t)m->shape.column[(size_t)s * width + v]];
            p->masked[r * (size_t)p->count + (size_t)s] = ds_rule_holds(rule, values);
        }
}

static int make_mask(maker *m, const char *text)
{
    ds_panel *p = m->panel;
    p->floor = NAN;
    if (!text)
        return NN_OK;
    const ds_rule_preset *preset = ds_rule_preset_find(text);
    ds_rule *rule = NULL;
    int code =
        ds_rule_new(&rule, preset ? preset->text : text, m->shape.variable, m->shape.variables, m->error);
    if (code)
        return nn_fail_within(m->error, "--mask");
    double *values = calloc((size_t)m->shape.variables + 1, sizeof *values);
    p->masked = calloc(p->rows + 1, (size_t)p->count);
    p->mask = nn_text_copy(text, strlen(text));
    if (values && p->masked && p->mask)
        apply_rule(m, rule, values);
    else
        code = no_memory(m);
    if (preset)
        p->floor = preset->floor;
    free(values);
    ds_rule_free(rule);
    return code;
}

static int make_target(maker *m)
{
    ds_panel *p = m->panel;
    const ds_table *t = p->table;
    const size_t stations = (size_t)p->count;
    p->y = nn_resize(NULL, p->rows, stations, sizeof *p->y);
    p->last = nn_resize(NULL, p->rows, stations, sizeof *p->last);
    p->valid = nn_resize(NULL, p->rows, stations, 1);
    if (!p->y || !p->last || !p->valid)
        return no_memory(m);
    for (size_t r = 0; r < p->rows; r++)
        for (size_t s = 0; s < stations; s++) {
            const size_t at = r * stations + s;
            const int column = p->column[s * (size_t)p->variables + (size_t)p->target];
            const size_t cell = r * (size_t)t->columns + (size_t)column;
            double y = t->values[cell];
            if (y < p->floor)
                y = p->floor;
            const bool present = !isnan(y) && !(t->filled && t->filled[cell]);
            const bool masked = p->masked && p->masked[at];
            p->y[at] = y;
            p->valid[at] = present && !masked;
            p->last[at] = p->valid[at] ? y : r ? p->last[at - stations] : NAN;
            p->missing_count += !present;
            p->masked_count += present && masked;
            p->valid_count += p->valid[at];
        }
    return NN_OK;
}

static int check_valid(const maker *m)
{
    const ds_panel *p = m->panel;
    for (int s = 0; s < p->count; s++)
        if (isnan(p->last[(p->rows - 1) * (size_t)p->count + (size_t)s])) {
            const bool masked = p->masked && p->masked_count;
            return nn_fail(m->error, NN_BAD_DATA,
                           "%s: station '%.100s' has no valid value of '%.100s' in %zu rows%s",
                           p->table->path, p->ids[s], p->variable[p->target].name, p->rows,
                           masked ? " (missing, or masked by --mask)" : "");
        }
    return NN_OK;
}

static int check_stations(const maker *m)
{
    const ds_stations *s = m->panel->stations;
    if (!s)
        return NN_OK;
    if (s->count != m->shape.count)
        return nn_fail(m->error, NN_BAD_DATA, "%s has %d stations, %s %d", s->path, s->count,
                       m->panel->table->path, m->shape.count);
    for (int i = 0; i < s->count; i++)
        if (strcmp(s->ids[i], m->shape.ids[i]) != 0)
            return nn_fail(m->error, NN_BAD_DATA, "%s: station '%.100s' stands where the data have '%.100s'",
                           s->path, s->ids[i], m->shape.ids[i]);
    return NN_OK;
}

static int make_roles(maker *m)
{
    ds_panel *p = m->panel;
    const int columns = p->count * p->variables;
    p->role = nn_resize(NULL, (size_t)columns, 1, 1);
    p->targets = nn_resize(NULL, (size_t)p->count, sizeof *p->targets, 1);
    if (!p->role || !p->targets)
        return no_memory(m);
    for (int i = 0; i < columns; i++)
        p->role[i] = (uint8_t)p->variable[i % p->variables].role;
    for (int s = 0; s < p->count; s++)
        p->targets[s] = s * p->variables + p->target;
    return NN_OK;
}

static int make(maker *m, const ds_panel_options *options)
{
    ds_panel *p = m->panel;
    int code = ds_panel_shape_make(&m->shape, p->table, m->error);
    if (!code)
        code = check_stations(m);
    if (!code)
        code = make_static(m, options->statics);
    if (!code)
        code = make_variables(m);
    if (!code)
        code = choose_target(m, options->target);
    if (!code)
        code = choose_future(m, options->future);
    if (code)
        return code;
    p->count = m->shape.count;
    p->ids = m->shape.ids; /* the panel's from here on */
    m->shape.ids = NULL;
    m->shape.count = 0;
    code = make_mask(m, options->mask);
    if (!code)
        code = make_target(m);
    if (!code)
        code = check_valid(m);
    if (!code)
        code = make_roles(m);
    return code;
}

int ds_panel_make(ds_panel **panel, const ds_table *table, const ds_stations *stations,
                  const ds_panel_options *options, nn_error *error)
{
    static const ds_panel_options none;
    maker m = {.panel = calloc(1, sizeof *m.panel), .error = error};
    *panel = NULL;
    if (!m.panel)
        return nn_fail(error, NN_FAILED, "%s: no memory for a panel", table->path);
    m.panel->table = table;
    m.panel->stations = stations;
    m.panel->rows = table->rows;
    const int code = make(&m, options ? options : &none);
    ds_panel_shape_clear(&m.shape);
    free(m.is_static);
    if (code)
        ds_panel_free(m.panel);
    else
        *panel = m.panel;
    return code;
}

static double closeness_by_place(const void *places, int i, int j)
{
    return -ds_stations_distance(places, i, j);
}

static double closeness_by_adjacency(const void *places, int i, int j)
{
    const ds_panel *p = places;
    return p->adjacency[(size_t)i * (size_t)p->count + (size_t)j];
}

ds_view ds_panel_view(const ds_panel *p)
{
    return (ds_view){.table = p->table,
                     .rows = p->rows,
                     .columns = p->count * p->variables,
                     .column = p->column,
                     .role = p->role,
                     .targets = p->count,
                     .target = p->targets,
                     .what = p->variable[p->target].name,
                     .masked = p->masked,
                     .floor = p->floor,
                     .statics = p->static_count,
                     .static_values = p->static_values,
                     .closeness = p->stations    ? closeness_by_place
                                  : p->adjacency ? closeness_by_adjacency
                                                 : NULL,
                     .places = p->stations ? (const void *)p->stations : p};
}

void ds_panel_free(ds_panel *p)
{
    if (!p)
        return;
    for (int s = 0; p->ids && s < p->count; s++)
        free(p->ids[s]);
    free(p->ids);
    for (int v = 0; v < p->variables; v++)
        free(p->variable[v].name);
    free(p->variable);
    free(p->column);
    for (int k = 0; k < p->static_count; k++)
        free(p->static_names[k]);
    free(p->static_names);
    free(p->static_values);
    free(p->y);
    free(p->last);
    free(p->valid);
    free(p->masked);
    free(p->role);
    free(p->targets);
    free(p->mask);
    free(p);
}
