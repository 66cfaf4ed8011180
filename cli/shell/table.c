/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables for people: cells are kept until all widths are known. */
#include "cli/shell/table.h"

#include "cli/shell/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 24, WIDEST_CELL = 200 };

struct cli_table {
    char **cells; /* the headings come first */
    size_t count, room;
    int columns;
    bool right[MOST_COLUMNS], failed;
};

static void add(cli_table *table, const char *text)
{
    if (table->count == table->room) {
        size_t room = table->room ? 2 * table->room : 64;
        char **more = realloc(table->cells, room * sizeof *more);
        if (!more) {
            table->failed = true;
            return;
        }
        table->cells = more;
        table->room = room;
    }
    if ((table->cells[table->count] = strdup(text)))
        table->count++;
    else
        table->failed = true;
}

static bool lost; /* a table for which there was no memory */

bool cli_tables_whole(void)
{
    return !lost;
}

cli_table *cli_table_new(const char *headings)
{
    cli_table *table = calloc(1, sizeof *table);
    lost |= !table;
    while (table && *headings && table->columns < MOST_COLUMNS) {
        char text[64];
        size_t length = strcspn(headings, "|");
        table->right[table->columns] = *headings == '>';
        snprintf(text, sizeof text, "%.*s", (int)length, headings);
        add(table, *text == '>' ? text + 1 : text);
        table->columns++;
        if (!headings[length])
            break;
        headings += length + 1;
    }
    return table;
}

__attribute__((format(printf, 2, 0))) static void add_text(cli_table *table, const char *format,
                                                           va_list arguments)
{
    char text[WIDEST_CELL], clean[WIDEST_CELL];
    vsnprintf(text, sizeof text, format, arguments);
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    add(table, cli_clean(text, clean, sizeof clean));
}

void cli_table_heading(cli_table *table, bool numbers, const char *format, ...)
{
    va_list arguments;
    if (!table || table->columns == MOST_COLUMNS)
        return;
    va_start(arguments, format);
    add_text(table, format, arguments);
    va_end(arguments);
    table->right[table->columns++] = numbers;
}

void cli_table_cell(cli_table *table, const char *format, ...)
{
    va_list arguments;
    if (!table)
        return;
    va_start(arguments, format);
    add_text(table, format, arguments);
    va_end(arguments);
}

void cli_table_number(cli_table *table, double value, int decimals)
{
    if (!isfinite(value))
        cli_table_cell(table, "-");
    else if (fabs(value) >= 1e9)
        cli_table_cell(table, "%.*g", decimals + 1, value);
    else
        cli_table_cell(table, "%.*f", decimals, value);
}

void cli_table_short(cli_table *table, double value, int digits)
{
    if (!isfinite(value))
        cli_table_cell(table, "-");
    else
        cli_table_cell(table, "%.*g", digits, value);
}

static int shown_width(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void cli_table_print(cli_table *table, FILE *out)
{
    int width[MOST_COLUMNS] = {0};
    if (!table)
        return;
    lost |= table->failed;
    for (size_t i = 0; i < table->count; i++) {
        int now = shown_width(table->cells[i]), *widest = &width[i % table->columns];
        *widest = now > *widest ? now : *widest;
    }
    bool colour = cli_colour(out);
    for (size_t i = 0; i < table->count && !table->failed; i++) {
        int column = (int)(i % (size_t)table->columns), pad = width[column] - shown_width(table->cells[i]);
        bool last = column == table->columns - 1, heading = i < (size_t)table->columns && colour;
        fprintf(out, "%*s%s%s%s", table->right[column] ? pad : 0, "", heading ? "\033[1m" : "",
                table->cells[i], heading ? "\033[0m" : "");
        if (last)
            fputc('\n', out);
        else
            fprintf(out, "%*s", (table->right[column] ? 0 : pad) + 2, "");
    }
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}

enum { FIRST = 100 };

int cli_table_first(int count, bool all)
{
    return all || count <= FIRST ? count : FIRST;
}

void cli_table_print_rest(int count, bool all, const char *what, FILE *out)
{
    const int rest = count - cli_table_first(count, all);
    if (rest)
        fprintf(out, "... and %d more %s (--all prints them, --json has them)\n", rest, what);
}
