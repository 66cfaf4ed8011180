/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a CSV file: read under several options, written, and read again. */
#include "tests/fuzz/fuzz.h"

#include "datasets/table/table.h"
#include "datasets/table/write.h"

#include <math.h>

static ds_table *read_bytes(const void *data, size_t size, const ds_read_options *options, nn_error *error)
{
    char path[64];
    const int fd = fuzz_open(data, size, path);
    ds_table *table = NULL;
    const int code = ds_table_read(&table, path, options, error);
    close(fd);
    fuzz_require((code == NN_OK) == (table != NULL), "a table or an error", error->text);
    fuzz_check(code, error);
    return table;
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
    ds_table_notes(table, fuzz_ignore, &notes);
    fuzz_require(ds_write_csv(stream, table, columns, table->columns, table->time, NULL, table->values,
                              table->rows, &error) == NN_OK,
                 "writing", error.text);
    fclose(stream);
    ds_table *again = read_bytes(text, size, options, &error);
    if (again && again->rows == table->rows && again->columns == table->columns)
        for (size_t i = 0; i < table->rows * (size_t)table->columns; i++) {
            const double a = table->values[i], b = again->values[i];
            fuzz_require(isnan(a) ? isnan(b) : fabs(a - b) <= 1e-9 * fabs(a), "the same value", text);
        }
    ds_table_free(again);
    free(columns);
    free(text);
}

static void read_and_write(const uint8_t *data, size_t size, const ds_read_options *options)
{
    nn_error error = {0};
    ds_table *table = read_bytes(data, size, options, &error);
    if (table)
        write_and_read(table, options);
    ds_table_free(table);
}

static const char *pick(const char *const *words, size_t count, uint8_t byte)
{
    return byte % (count + 1) ? words[byte % (count + 1) - 1] : NULL;
}
#define PICK(byte, ...)                                                                                      \
    pick((const char *const[]){__VA_ARGS__}, sizeof(const char *const[]){__VA_ARGS__} / sizeof(char *), byte)

enum { CHOICES = 12 };

/* A file that begins with a byte 1 has options in the bytes behind it. */
static void read_with_options(const uint8_t *data, size_t size)
{
    static const ds_policy policies[] = {DS_ERROR, DS_FORWARD, DS_LINEAR, DS_KEEP};
    static const ds_policy duplicates[] = {DS_ERROR, DS_FIRST, DS_LAST, DS_MEAN, DS_KEEP};
    ds_frequency frequency;
    ds_read_options o = {
        .thousands = ",.' \0"[data[0] % 5],
        .decimal_comma = data[0] & 64,
        .strict = data[0] & 128,
        .skip = data[1] % 4,
        .transpose = data[1] & 64,
        .no_header = data[1] & 128,
        .time = PICK(data[2], "none", "1", "2", "1,2", "2,1", "date,time", "Date,Hour Ending",
                     "year,month,day,hour", "Year,Week", "1,2,3", "ds"),
        .time_format = PICK(data[3], "epoch", "epoch-ms", "epoch-us", "epoch-ns", "excel", "iso", "d/m/y",
                            "m/d/y", "y/m/d", "year", "step", "%YQ%q", "%G-W%V", "%b-%y", "%d.%m.%y %H:%M:%S",
                            "%Y%j", "%Y-%m-%d %H:%M:%S%z"),
        .id = PICK(data[4], "unique_id", "1", "2", "store,item", "1,2", "1,2,3"),
        .columns = PICK(data[5], "y", "3", "a,b", "A", "y,A"),
        .exclude = PICK(data[6], "y", "1", "B", "a,b"),
        .frequency =
            PICK(data[7], "d", "h", "b", "m", "sms", "bme", "q", "y", "d mon-sat", "h mon-fri 09:30-15:30",
                 "15min mon-thu 09:00-11:30,13:00-15:00; fri 09:00-11:30", "step"),
        .on_missing = policies[data[8] % 4],
        .on_gap = policies[data[8] / 4 % 4],
        .on_duplicate = duplicates[data[8] / 16 % 5],
        .missing = PICK(data[9], "-9999", "<1,n/e"),
        .delimiter = ",;\t| \0"[data[9] / 4 % 6],
        .tail = data[10] % 8,
        .ragged = data[10] & 64,
    };
    const char *known = PICK(data[11], "d mon-sat", "b", "m:1,15", "h mon-fri 09:30-15:30", "bme", "d");
    nn_error error = {0};
    if (known && ds_frequency_parse(known, &frequency, &error) == NN_OK)
        o.known.frequency = &frequency;
    o.known.time = PICK(data[11] / 8, "date", "ds");
    o.known.thousands = (char)(data[11] & 128 ? data[11] & 64 ? '.' : ',' : '\0');
    read_and_write(data + CHOICES, size - CHOICES, &o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > CHOICES + 1 && data[0] == 1) {
        read_with_options(data + 1, size - 1);
        return 0;
    }
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
    for (size_t i = 0, n = sizeof options / sizeof *options; i < n; i++)
        if (fuzz_tries(size, i, n))
            read_and_write(data, size, &options[i]);
    return 0;
}
