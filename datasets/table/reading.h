/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a CSV file is to be read, as options say it: one record for the command line and for the file of a
 * model, which remembers how its data were read. */
#ifndef DS_READING_H
#define DS_READING_H

#include "datasets/table/table.h"
#include "lib/base/options.h"

typedef struct ds_reading {
    char *start;
    char *statics; /* see ds_read_options; of models, which name them, and no option of reading */
    const char *columns_option; /* see ds_read_options; of commands, likewise */
    char *delimiter, *missing, *time, *time_format, *id, *columns, *exclude, *frequency, *thousands, *decimal;
    int header, decimal_comma, strict, skip, transpose;
    int on_missing, on_gap, on_duplicate; /* indices of the words in the table */
    char *holidays; /* a file of dates (holidays.h), by an option of its own: no model remembers it; NULL */
} ds_reading;
extern const nn_option ds_reading_options[];
/* The same without --start, for commands that have one of their own. */
#define DS_READING_BUT_START (ds_reading_options + 1)

/* The options as ds_table_read takes them; the texts stay the reading's. NN_USAGE for a delimiter or mark
 * that is none. */
int ds_reading_make(const ds_reading *reading, ds_read_options *options, nn_error *error);

/* The options that are not as they are by default, as a command line has them: "--id store --on-gap keep";
 * returns the length as snprintf does, 0 where all are. */
int ds_reading_print(const ds_reading *reading, char *text, size_t size);

/* A delimiter as the option names it, 0 where text is NULL. */
int ds_reading_delimiter(const char *text, char *delimiter, nn_error *error);

/* The reading with missing values, gaps and duplicates kept, each where asked; the texts stay the given
 * reading's. */
ds_reading ds_reading_keeping(const ds_reading *reading, bool missing, bool gaps, bool duplicates);

#endif
