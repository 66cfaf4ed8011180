/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables read from texts, and what is said of those that cannot be. */
#ifndef TESTS_TABLE_TEXT_H
#define TESTS_TABLE_TEXT_H

#include "datasets/table/table.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <math.h>

static nn_error error;

static inline ds_table *read_with(const char *text, const ds_read_options *options)
{
    ds_table *table = NULL;
    if (ds_table_read(&table, csv_write(text), options, &error))
        fail_msg("%s", error.text);
    return table;
}

static inline ds_table *read_text(const char *text)
{
    return read_with(text, NULL);
}

/* The error after the path, such as "3:2: ...". */
static inline const char *refuse(const char *text, const ds_read_options *options, int code)
{
    ds_table *table = (ds_table *)1;
    const char *path = csv_write(text);
    assert_int_equal(ds_table_read(&table, path, options, &error), code);
    assert_null(table);
    assert_int_equal(error.code, code);
    assert_memory_equal(error.text, path, strlen(path));
    return error.text + strlen(path) + 1;
}

static inline void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not hold '%s'", text, part);
}

static inline void same_values(const ds_table *table, const double *values)
{
    for (size_t i = 0; i < table->rows * (size_t)table->columns; i++)
        if (isnan(values[i]) ? !isnan(table->values[i]) : fabs(values[i] - table->values[i]) > 1e-12)
            fail_msg("value %zu is %g, not %g", i, table->values[i], values[i]);
}

#define VALUES(...) ((const double[]){__VA_ARGS__})
#define HOURS(n)    ((n)*3600 * DS_SECOND)

static const char long_text[] = "unique_id,ds,y,z\nB,2020-01-01,1,10\nB,2020-01-02,2,20\nB,2020-01-03,3,30\n"
                                "A,2020-01-02,5,50\nA,2020-01-03,6,60\nA,2020-01-04,7,70\n";

static inline int cleanup(void **context)
{
    (void)context;
    csv_remove_folder();
    return 0;
}

#endif
