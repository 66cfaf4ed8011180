/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A panel as models see it: scaled, filled from the past, and with its known future checked. */
#include "datasets/stations/panel.h"

#include <math.h>
#include <stdlib.h>

static int column_of(const ds_panel *p, int station, int variable)
{
    return p->column[(size_t)station * (size_t)p->variables + (size_t)variable];
}

/* Whether a value is one that the file has and the rule leaves for what it is used for. */
static bool is_known(const ds_panel *p, size_t row, int station, int variable, bool strict)
{
    const ds_table *t = p->table;
    const size_t cell = row * (size_t)t->columns + (size_t)column_of(p, station, variable);
    const size_t at = row * (size_t)p->count + (size_t)station;
    if (variable == p->target)
        return p->valid[at];
    return !isnan(t->values[cell]) && !(t->filled && t->filled[cell]) &&
           !(strict && p->masked && p->masked[at]);
}

static double value_of(const ds_panel *p, size_t row, int station, int variable)
{
    return variable == p->target ? p->y[row * (size_t)p->count + (size_t)station]
                                 : ds_panel_value(p, row, station, variable);
}

/* Gives station s the mean scaling of the stations that have the variable; false when none has. */
static bool borrow_scale(ds_scaler *scaler, const ds_panel *panel, const uint8_t *known, int s, int v)
{
    double shift = 0, scale = 0;
    int count = 0;
    for (int other = 0; other < panel->count; other++)
        if (known[(size_t)other * (size_t)panel->variables + (size_t)v]) {
            shift += scaler->shift[column_of(panel, other, v)];
            scale += scaler->scale[column_of(panel, other, v)];
            count++;
        }
    if (count) {
        scaler->shift[column_of(panel, s, v)] = shift / count;
        scaler->scale[column_of(panel, s, v)] = scale / count;
    }
    return count > 0;
}

static int fail_unknown(const ds_panel *panel, int s, int v, ds_part part, nn_error *error)
{
    return nn_fail(error, NN_BAD_DATA,
                   "%s: station '%.100s' has no valid value of '%.100s' in the training rows %zu to %zu",
                   panel->table->path, panel->ids[s], panel->variable[v].name, part.begin + 1, part.end);
}

/* A sensor that never worked in those rows at one station is no reason to leave the station out. */
static int borrow_scales(ds_scaler *scaler, const ds_panel *panel, const uint8_t *known, ds_part part,
                         nn_error *error)
{
    for (int s = 0; s < panel->count; s++)
        for (int v = 0; v < panel->variables; v++)
            if (!known[(size_t)s * (size_t)panel->variables + (size_t)v] &&
                !borrow_scale(scaler, panel, known, s, v))
                return fail_unknown(panel, s, v, part, error);
    return NN_OK;
}

int ds_panel_scaler_fit(ds_scaler *scaler, ds_scaler_kind kind, const ds_panel *panel, ds_part part,
                        nn_error *error)
{
    const ds_table *t = panel->table;
    const size_t rows = part.end - part.begin, width = (size_t)t->columns;
    ds_table view = *t; /* the part's rows with what does not count marked as filled in */
    view.rows = rows;
    view.values = malloc((rows * width + 1) * sizeof *view.values);
    view.filled = calloc(rows * width + 1, 1);
    uint8_t *known = calloc((size_t)panel->count * (size_t)panel->variables + 1, 1);
    int code = view.values && view.filled && known
                   ? NN_OK
                   : nn_fail(error, NN_FAILED, "%s: no memory for a scaler over %zu rows", t->path, rows);
    for (size_t i = 0; i < rows * width && !code; i++)
        view.values[i] = 0; /* a column the panel does not use gets 0 and 1 so */
    for (int s = 0; s < panel->count && !code; s++)
        for (int v = 0; v < panel->variables && !code; v++) {
            const size_t column = (size_t)column_of(panel, s, v);
            const size_t at = (size_t)s * (size_t)panel->variables + (size_t)v;
            for (size_t r = 0; r < rows && !known[at]; r++)
                known[at] = is_known(panel, part.begin + r, s, v, true);
            if (!known[at])
                continue;
            for (size_t r = 0; r < rows; r++) {
                const bool counts = is_known(panel, part.begin + r, s, v, true);
                view.values[r * width + column] = value_of(panel, part.begin + r, s, v);
                view.filled[r * width + column] = !counts;
            }
        }
    if (!code)
        code = ds_scaler_fit(scaler, kind, &view, (ds_part){0, rows}, error);
    if (!code && (code = borrow_scales(scaler, panel, known, part, error)))
        ds_scaler_clear(scaler);
    free(known);
    free(view.values);
    free(view.filled);
    return code;
}

void ds_panel_inputs(const ds_panel *panel, const ds_scaler *scaler, ds_part part, float *out, uint8_t *known)
{
    const size_t stations = (size_t)panel->count, variables = (size_t)panel->variables;
    for (int s = 0; s < panel->count; s++)
        for (int v = 0; v < panel->variables; v++) {
            const int column = column_of(panel, s, v);
            size_t before = part.begin;
            while (before > 0 && !is_known(panel, before - 1, s, v, false))
                before--;
            double now = before ? ds_scaler_scaled(scaler, column, value_of(panel, before - 1, s, v)) : 0;
            for (size_t r = part.begin; r < part.end; r++) {
                const size_t at = ((r - part.begin) * stations + (size_t)s) * variables + (size_t)v;
                const bool there = is_known(panel, r, s, v, false);
                if (there)
                    now = ds_scaler_scaled(scaler, column, value_of(panel, r, s, v));
                out[at] = (float)now;
                if (known)
                    known[at] = there;
            }
        }
}

size_t ds_panel_end(const ds_panel *panel)
{
    const size_t stations = (size_t)panel->count;
    for (size_t r = panel->rows; r > 0; r--)
        for (size_t s = 0; s < stations; s++)
            if (panel->valid[(r - 1) * stations + s])
                return r;
    return 0;
}

ds_time ds_panel_time(const ds_panel *panel, size_t row)
{
    const ds_table *t = panel->table;
    return row < t->rows ? t->time[row]
                         : ds_time_add(t->frequency, t->time[t->rows - 1], (int64_t)(row - t->rows + 1));
}

static void print_stamp(const ds_panel *panel, size_t row, char *text, size_t size)
{
    ds_time_print(&panel->table->layout.format, ds_panel_time(panel, row), text, size);
}

int ds_panel_check_future(const ds_panel *panel, size_t row, int horizon, nn_error *error)
{
    for (int v = 0; v < panel->variables; v++) {
        if (panel->variable[v].role != DS_VIEW_FUTURE)
            continue;
        for (int s = 0; s < panel->count; s++)
            for (size_t r = row; r < row + (size_t)horizon; r++) {
                if (r < panel->rows && !isnan(ds_panel_value(panel, r, s, v)))
                    continue;
                char here[64], first[64], last[64];
                print_stamp(panel, r, here, sizeof here);
                print_stamp(panel, row, first, sizeof first);
                print_stamp(panel, row + (size_t)horizon - 1, last, sizeof last);
                return nn_fail(
                    error, NN_BAD_DATA,
                    "%s: known-future variable '%.100s' of station '%.100s' has no value at %s; a forecast "
                    "of %s to %s needs it in every row",
                    panel->table->path, panel->variable[v].name, panel->ids[s], here, first, last);
            }
    }
    return NN_OK;
}
