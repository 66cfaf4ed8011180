/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table as a panel: T rows of S stations with V variables each. */
#ifndef DS_PANEL_H
#define DS_PANEL_H

#include "datasets/series/view.h"
#include "datasets/stations/stations.h"
#include "datasets/table/table.h"

typedef struct ds_panel_variable {
    char *name;
    ds_view_role role;
} ds_panel_variable;

typedef struct ds_panel_options {
    const char *target;  /* name of a variable; NULL: the only one */
    const char *future;  /* comma-separated names; NULL: none */
    const char *statics; /* comma-separated names of static variables: of the table (one value per station) or
                          columns of the stations file; NULL: none */
    const char *mask;    /* a rule of rule.h on the variables' names, or a preset; NULL: none */
} ds_panel_options;

/* The table and the stations are borrowed and must outlive the panel. Read the table with DS_KEEP for missing
 * values: a panel has its own care for them. */
typedef struct ds_panel {
    const ds_table *table;
    const ds_stations *stations; /* NULL: positions are not known */
    const double *adjacency;     /* S x S, borrowed; NULL: none. Set by the caller */
    size_t rows;                 /* T */
    int count;                   /* S */
    char **ids;                  /* S */
    int variables;               /* V; static ones are not among them */
    ds_panel_variable *variable; /* V, in the file's order */
    int target;                  /* index of the variable */
    int futures;                 /* how many have the role DS_VIEW_FUTURE */
    int *column;                 /* S x V: the table's column, variable fastest */
    int static_count;            /* K static variables */
    char **static_names;         /* K */
    double *static_values;       /* S x K */

    /* T x S, station fastest. */
    double *y;      /* the target in the file's units, NaN where missing; below the rule's floor: the floor */
    uint8_t *valid; /* 1 where y may be learnt from and scored: there, not filled in, and not masked */
    double *last;   /* the last valid y up to and including this row; NaN before the first */
    uint8_t *masked; /* 1 where the rule holds; NULL: no rule */

    double floor;                                    /* of the target; NaN: none */
    char *mask;                                      /* the rule's text or preset as given; NULL: none */
    size_t missing_count, masked_count, valid_count; /* of T x S; masked ones are not counted as missing */
    uint8_t *role;                                   /* S x V: ds_view_role of each column */
    int *targets;                                    /* S: which of these are the target */
} ds_panel;

/* The stations' ids in the order a panel of this table has them, and its variables' names: for reading the
 * stations file before the panel. A wide table has a column per station and the one variable "value", or
 * columns "id/variable" (split at the last slash) with every variable for every station; a long table has its
 * ids and value columns. */
typedef struct ds_panel_shape {
    int count, variables;
    char **ids, **variable;
    int *column; /* S x V */
} ds_panel_shape;
int ds_panel_shape_make(ds_panel_shape *shape, const ds_table *table, nn_error *error);
void ds_panel_shape_clear(ds_panel_shape *shape);

/* stations: read with the names of the shape, or NULL. NN_USAGE for unknown names and rules that cannot be
 * read, NN_BAD_DATA for a station whose target is never valid, and for static variables that change. */
int ds_panel_make(ds_panel **panel, const ds_table *table, const ds_stations *stations,
                  const ds_panel_options *options, nn_error *error);
void ds_panel_free(ds_panel *panel);

/* The panel for those who see tables and panels alike: a target per station. Borrows from the panel. */
ds_view ds_panel_view(const ds_panel *panel);

/* Index of a variable by name; -1 when absent. */
int ds_panel_variable_find(const ds_panel *panel, const char *name);

/* The value as the file has it, NaN where missing; of the target use y. */
static inline double ds_panel_value(const ds_panel *panel, size_t row, int station, int variable)
{
    const size_t s = (size_t)station, v = (size_t)variable;
    return panel->table->values[row * (size_t)panel->table->columns +
                                (size_t)panel->column[s * (size_t)panel->variables + v]];
}

/* Per station and variable, at [table column]: columns the panel does not use get 0 and 1. Only valid target
 * values count, and of the other variables those that are there, not filled in, in rows the rule leaves. A
 * station without any such value of a variable in part gets the mean scaling of the others; where no station
 * has one it is NN_BAD_DATA that names the variable. */
int ds_panel_scaler_fit(ds_scaler *scaler, ds_scaler_kind kind, const ds_panel *panel, ds_part part,
                        nn_error *error);

/* What a model sees: out[row - begin][station][variable] in the scaler's units for the rows of part. Where
 * the target is not valid, or another variable is missing, the last such value before stands (looked for up
 * to row 0; before the first one 0, the training mean of a standard scaler), and known, when not NULL, has 0
 * instead of 1. Nothing after a row ever reaches it. */
void ds_panel_inputs(const ds_panel *panel, const ds_scaler *scaler, ds_part part, float *out,
                     uint8_t *known);

/* Rows that have a valid target at some station end before this row: where a real forecast begins. Known-
 * future columns may go on behind it. */
size_t ds_panel_end(const ds_panel *panel);
/* The stamp of a row, also of rows behind the table's end. */
ds_time ds_panel_time(const ds_panel *panel, size_t row);
/* NN_BAD_DATA unless every known-future variable has values at all stations in [row, row + horizon): names
 * the variable, the station, and the stamp after which it ends. */
int ds_panel_check_future(const ds_panel *panel, size_t row, int horizon, nn_error *error);

#endif
