/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables for people: columns as wide as their widest cell, text on the left, numbers on the right. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct cli_table cli_table;

/* headings: "name|rows|>MSE|>MAE", '>' before a column of numbers; "": they follow one by one. NULL: no
 * memory. */
cli_table *cli_table_new(const char *headings);
/* A further column, before the first cell. */
__attribute__((format(printf, 3, 4))) void cli_table_heading(cli_table *table, bool numbers,
                                                             const char *format, ...);
/* The next cell, row by row; control bytes are shown as '?'. */
__attribute__((format(printf, 2, 3))) void cli_table_cell(cli_table *table, const char *format, ...);
/* A number with so many decimals; "-" where it is not defined. */
void cli_table_number(cli_table *table, double value, int decimals);
/* A number with so many significant digits. */
void cli_table_short(cli_table *table, double value, int digits);
/* Prints and frees; NULL is allowed. */
void cli_table_print(cli_table *table, FILE *out);
/* False once a table could not be printed for want of memory: nothing of it is then, and the program fails.
 */
bool cli_tables_whole(void);

/* Of a long list the rows that are printed unless all are asked for. */
int cli_table_first(int count, bool all);
/* "... and 900 more series (--all prints them; --json has all)"; nothing where all were printed. */
void cli_table_print_rest(int count, bool all, const char *what, FILE *out);

#endif
