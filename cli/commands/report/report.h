/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of `auspex report`: what a page is made of, and its parts. */
#ifndef CLI_REPORT_PAGE_H
#define CLI_REPORT_PAGE_H

#include "cli/input/automatic.h"
#include "cli/shell/command.h"
#include "datasets/series/season.h"
#include "forecast/forecasters/choice/select.h"
#include "forecast/intervals/bands.h"
#include "forecast/statistics/components.h"

#include <stdio.h>

enum {
    CLI_REPORT_SHOWN = 12, /* series that have a picture */
    CLI_REPORT_ROWS = 1000 /* rows of a table at most */
};

/* Lines that reading and looking said. */
typedef struct cli_lines {
    char **line; /* count; owned, and each */
    int count;
    bool failed; /* no memory for one */
} cli_lines;

typedef struct cli_page {
    FILE *out;
    const ds_table *table;
    const cli_reading *reading;
    const char *path; /* as the command line has it */
    int horizon, given_season;
    ds_season season;
    const fc_chosen *chosen; /* a column each */
    const fc_trial *trials;  /* the same, of files with few columns; else NULL */
    const fc_model *model;
    const fc_future *future;
    const fc_bands *bands;      /* 80 and 95 percent */
    const fc_components *parts; /* a column each; without rows where they were not made */
    cli_lines notes, doubts;
} cli_page;

/* --- pieces --- */

void cli_page_text(cli_page *page, const char *text);
/* A name of the file's, kept apart from the text around it. */
void cli_page_name(cli_page *page, const char *name);
/* A number with about `digits` significant digits, without an exponent where that is readable; a dash where
 * it is not known. */
void cli_page_number(cli_page *page, double value, int digits);
/* The same as a cell. */
void cli_page_cell(cli_page *page, double value, int digits);
void cli_page_time(cli_page *page, ds_time time);
/* Up to the body's begin, and its end. */
void cli_page_begin(cli_page *page, const char *title);
void cli_page_end(cli_page *page);

/* Error of what is forecast over that of the best naive forecast; NaN: not known. */
double cli_chosen_ratio(const fc_chosen *chosen);
/* The same as a difference in percent. */
double cli_chosen_gain(const fc_chosen *chosen);

/* --- parts --- */

void cli_page_short(cli_page *page);                   /* what came of it, in a few sentences */
int cli_page_dangers(cli_page *page, nn_error *error); /* what would be dangerous to believe */
int cli_page_series(cli_page *page, nn_error *error);  /* pictures and numbers */
void cli_page_scores(cli_page *page);                  /* beside naive, a row a series */
void cli_page_read(cli_page *page);                    /* what was read, and how */
int cli_page_again(cli_page *page, nn_error *error);   /* the command that makes the same forecast */

#endif
