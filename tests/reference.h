/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of the reference folder (AUSPEX_REFERENCE), which a checkout may be without. */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

#include "datasets/series/split.h"
#include "datasets/table/table.h"
#include "tests/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void reference_path(char *path, size_t size, const char *name)
{
    const char *folder = getenv("AUSPEX_REFERENCE");
    snprintf(path, size, "%s/%s", folder ? folder : "../shared", name);
}

/* Skips the test where the file is not there. */
static inline void reference_or_skip(const char *name)
{
    char path[1024];
    reference_path(path, sizeof path, name);
    if (access(path, R_OK) != 0) {
        print_message("skipped: there is no %s\n", path);
        skip();
    }
}

/* A table of data/forecast read as the benchmark reads it: odd stamps are taken as they come. */
static inline ds_table *reference_table(const char *name)
{
    nn_error error = {0};
    char inner[256], path[1024];
    ds_table *table = NULL;
    ds_read_options options = {.on_gap = DS_KEEP, .on_duplicate = DS_KEEP};
    snprintf(inner, sizeof inner, "data/forecast/%s", name);
    reference_path(path, sizeof path, inner);
    if (ds_table_read(&table, path, &options, &error) != NN_OK)
        fail_msg("%s", error.text);
    return table;
}

static inline void reference_split(const char *text, const ds_table *table, ds_split *split)
{
    nn_error error = {0};
    if (ds_split_make(text, table, split, &error) != NN_OK)
        fail_msg("%s", error.text);
}

#endif
