/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a CSV file: read under several options, written, and read again. */
#include "datasets/table/table.h"
#include "datasets/table/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what, const char *text)
{
    if (!condition) {
        fprintf(stderr, "%s: %s\n", what, text);
        abort();
    }
}

static ds_table *read_bytes(const void *data, size_t size, const ds_read_options *options, nn_error *error)
{
    char path[64];
    int fd = memfd_create("csv", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ds_table *table = NULL;
    const int code = ds_table_read(&table, path, options, error);
    close(fd);
    require((code == NN_OK) == (table != NULL), "a table or an error", error->text);
    require(code == NN_OK || (error->code == code && *error->text && !strpbrk(error->text, "\r\n")),
            "one line", error->text);
    return table;
}

static void ignore(void *context, const char *line)
{
    *(size_t *)context += strlen(line);
}

static void write_and_read(const ds_table *table, const ds_read_options *options)
{
    char *text = NULL;
    size_t size = 0, notes = 0;
    nn_error error = {0};
    FILE *stream = open_memstream(&text, &size);
    int *columns = malloc((size_t)table->columns * sizeof *columns);
    if (!stream || !columns)
        abort();
    for (int i = 0; i < table->columns; i++)
        columns[i] = i;
    ds_table_notes(table, ignore, &notes);
    require(ds_write_csv(stream, table, columns, table->columns, table->time, NULL, table->values,
                         table->rows, &error) == NN_OK,
            "writing", error.text);
    fclose(stream);
    ds_table *again = read_bytes(text, size, options, &error);
    if (again && again->rows == table->rows && again->columns == table->columns)
        for (size_t i = 0; i < table->rows * (size_t)table->columns; i++) {
            const float a = (float)table->values[i], b = (float)again->values[i];
            require(isnan(a) ? isnan(b) : a == b, "the same value", text);
        }
    ds_table_free(again);
    free(columns);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ds_read_options options[] = {
        {0},
        {.on_missing = DS_KEEP, .on_gap = DS_KEEP, .on_duplicate = DS_KEEP},
        {.on_missing = DS_FORWARD, .on_gap = DS_LINEAR, .on_duplicate = DS_MEAN, .tail = 3},
        {.on_missing = DS_LINEAR,
         .on_gap = DS_FORWARD,
         .on_duplicate = DS_LAST,
         .no_header = true,
         .decimal_comma = true},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        nn_error error = {0};
        ds_table *table = read_bytes(data, size, &options[i], &error);
        if (table)
            write_and_read(table, &options[i]);
        ds_table_free(table);
    }
    return 0;
}
