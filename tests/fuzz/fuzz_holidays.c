/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a file of holidays of three tables: of days, of hours, and of days of several series. */
#include "tests/fuzz/fuzz.h"

#include "datasets/table/holidays.h"

static const char days[] = "date,a\n2024-12-30,1\n2024-12-31,2\n2025-01-01,3\n2025-01-02,4\n2025-01-03,5\n";
static const char hours[] =
    "date,a\n2024-12-31 22:00,1\n2024-12-31 23:00,2\n2025-01-01 00:00,3\n2025-01-01 01:00,4\n";
static const char series[] =
    "unique_id,ds,y\nb,2025-01-01,1\nb,2025-01-02,2\nb,2025-01-03,2\na,2025-01-01,3\n"
    "a,2025-01-02,4\na,2025-01-03,4\n";

static ds_table *read_table(const char *text, size_t size, const ds_read_options *how)
{
    char path[64];
    nn_error error = {0};
    ds_table *table;
    const int fd = fuzz_open(text, size, path);
    fuzz_require(ds_table_read(&table, path, how, &error) == NN_OK, "a table", error.text);
    close(fd);
    return table;
}

/* Columns of holidays hold 0 and 1 in every row. */
static void check_table(const ds_table *table)
{
    for (int j = 0; j < table->columns; j++)
        for (size_t r = 0; r < table->rows && ds_is_holiday(table, j); r++) {
            const double value = table->values[r * (size_t)table->columns + (size_t)j];
            fuzz_require(value == 0 || value == 1, "0 or 1", table->names[j]);
        }
}

static void add(const char *text, size_t size, const char *path, bool learns)
{
    const ds_read_options keep = {.on_missing = DS_KEEP, .on_gap = DS_KEEP};
    ds_table *table = read_table(text, size, &keep);
    nn_error error = {0};
    size_t said = 0;
    int code = ds_holidays_add(table, path, learns, fuzz_ignore, &said, &error);
    fuzz_check(code, &error);
    if (!code) {
        check_table(table);
        code = ds_holidays_extend(table, path, 3, &error);
        fuzz_check(code, &error);
        if (!code)
            check_table(table);
    }
    ds_table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    const int fd = fuzz_open(data, size, path);
    if (fuzz_tries(size, 0, 3))
        add(days, sizeof days - 1, path, true);
    if (fuzz_tries(size, 1, 3))
        add(hours, sizeof hours - 1, path, false);
    if (fuzz_tries(size, 2, 3))
        add(series, sizeof series - 1, path, true);
    close(fd);
    return 0;
}
