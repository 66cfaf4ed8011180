/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row of numbers per object, as a line of CSV or of JSON. */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdio.h>

enum { CLI_ROW_TRUTH = 0 /* digits of a column that is true or false */ };

typedef struct cli_rows {
    FILE *out;
    bool json, flush; /* flush: whoever reads sees every line at once */
    int columns, json_digits;
    const char *within; /* in JSON what holds the numbers; NULL: they stand beside the id */
    /* NULL: columns are e1, e2, ..., in JSON a list. */
    const char *(*name)(const void *context, int n);
    int (*digits)(const void *context, int n); /* significant ones of CSV; NULL: json_digits */
    const void *context;
} cli_rows;

/* Whether to flush what goes to this path. */
bool cli_rows_flushes(const char *path);
/* The line of names; of JSON none. */
void cli_rows_begin(const cli_rows *rows);
/* row (columns), NaN where nothing is known; NULL: nothing is. */
int cli_rows_put(const cli_rows *rows, const char *id, const double *row, nn_error *error);

#endif
