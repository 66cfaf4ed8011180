/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file that continues a table: hours, days, and rows without time. */
#include "tests/fuzz/fuzz.h"

#include "datasets/table/extend.h"

#include <math.h>

static const char hours[] = "date,a,b\n2024-01-01 00:00,1,0\n2024-01-01 01:00,2,1\n2024-01-01 02:00,3,0\n"
                            "2024-01-01 03:00,4,1\n2024-01-01 04:00,,1\n";
static const char days[] = "ds;a;b\n26.12.2023;1,5;0\n27.12.2023;2;1\n28.12.2023;3;0\n29.12.2023;4;1\n";
static const char rows[] = "a,b\n1,0\n2,1\n3,0\n4,1\n";
static const char series[] = "unique_id,ds,y,promo\na,2024-01-01,1,0\na,2024-01-02,2,1\na,2024-01-03,3,0\n"
                             "b,2024-01-01,1,0\nb,2024-01-02,2,1\nb,2024-01-03,3,0\n";

static ds_table *read_table(const void *data, size_t size, const ds_read_options *options, nn_error *error)
{
    char path[64];
    ds_table *table;
    const int fd = fuzz_open(data, size, path);
    fuzz_check(ds_table_read(&table, path, options, error), error);
    close(fd);
    return table;
}

static void check_table(const ds_table *table)
{
    for (size_t i = 1; i < table->rows && table->time; i++)
        fuzz_require(table->time[i] > table->time[i - 1], "in order", table->path);
    for (size_t i = 0; i < table->rows * (size_t)table->columns; i++)
        fuzz_require(!isinf(table->values[i]), "finite", table->path);
}

/* A base is read anew each time, since it is extended in place. */
static void extend(const void *base, size_t base_size, const uint8_t *data, size_t size)
{
    const ds_read_options keep = {.on_missing = DS_KEEP, .on_gap = DS_KEEP};
    nn_error error = {0};
    ds_table *table = read_table(base, base_size, &keep, &error);
    fuzz_require(table != NULL, "a base", error.text);
    ds_table *more = read_table(data, size, &keep, &error);
    if (more) {
        fuzz_check(ds_table_extend(table, more, &error), &error);
        check_table(table);
    }
    ds_table_free(more);
    ds_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *text;
        size_t size;
    } bases[] = {{hours, sizeof hours - 1},
                 {days, sizeof days - 1},
                 {rows, sizeof rows - 1},
                 {series, sizeof series - 1}};
    for (size_t i = 0, n = sizeof bases / sizeof *bases; i < n; i++)
        if (fuzz_tries(size, i, n))
            extend(bases[i].text, bases[i].size, data, size);
    return 0;
}
