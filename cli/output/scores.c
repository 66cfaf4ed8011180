/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores as tables for people, by the tables of their metrics. */
#include "cli/output/scores_internal.h"

#include "cli/shell/report.h"
#include "forecast/scores/verdict.h"

#include <math.h>
#include <string.h>

enum { MOST_WIDE = 7, MOST_MATRIX = 16 };

static void p_cell(cli_table *table, double p)
{
    char text[24];
    fc_p_text(p, text); /* without the "p =" of running text */
    cli_table_cell(table, "%s", isnan(p) ? "-" : strncmp(text, "p < ", 4) ? text + 4 : "<0.001");
}

static void number_cell(cli_table *table, const fc_metric *m, const void *record, double value)
{
    const double spread =
        m->spread ? *(const double *)((const char *)record + m->offset + m->spread) * m->unit : NAN;
    if (isnan(spread) || isnan(value))
        cli_table_number(table, value, m->digits);
    else
        cli_table_cell(table, "%.*f +- %.*f", m->digits, value, m->digits, spread);
}

void cli_metric_cell(cli_table *table, const fc_metric *m, const void *record)
{
    const double value = fc_metric_value(m, record) * (m->unit != 0 ? m->unit : 1);
    if (m->digits == FC_COUNT || m->digits == FC_INT)
        cli_table_cell(table, "%.0f", value);
    else if (m->digits == FC_P)
        p_cell(table, value);
    else if (m->digits < 0)
        cli_table_short(table, value, -m->digits);
    else
        number_cell(table, m, record, value);
}

/* "MSE: what it is; MAE: ..." */
static void print_note(const char *note, const cli_column *columns, int count)
{
    char text[2048] = "";
    size_t at = 0;
    for (int i = 0; !note && i < count && at < sizeof text; i++)
        if (columns[i].metric->meaning && !columns[i].part->prefix)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%s: %s", at ? "; " : "",
                                   columns[i].metric->heading, columns[i].metric->meaning);
    if (note || *text)
        cli_wrap(stdout, note ? note : text, 0, 0, cli_width(stdout));
}

static void print_rows(const fc_score_table *s, const fc_score_sheet *sheet, const cli_column *columns,
                       int count)
{
    cli_table *table = cli_table_new("");
    if (sheet->heading)
        cli_table_heading(table, false, "%s", sheet->heading);
    for (int c = 0; c < count; c++)
        cli_table_heading(table, true, "%s%s", columns[c].part->prefix ? columns[c].part->prefix : "",
                          columns[c].metric->heading);
    for (int i = 0; i < s->count; i++) {
        if (sheet->without && i == sheet->without)
            continue;
        if (sheet->heading)
            cli_table_cell(table, "%s", s->name[i]);
        for (int c = 0; c < count; c++)
            cli_metric_cell(table, columns[c].metric, fc_score_part_record(columns[c].part, s->record[i], 0));
    }
    cli_table_print(table, stdout);
}

void cli_scores_print(const fc_score_table *s)
{
    cli_column columns[CLI_MOST_COLUMNS];
    bool first = true;
    for (int i = 0; i < FC_MOST_SHEETS; i++) {
        const fc_score_sheet *sheet = &s->sheet[i];
        for (int block = 0; block < FC_BLOCKS; block++) {
            const int count = cli_columns_find(columns, s, FC_TEXT, i, block);
            if (!count)
                continue;
            fputs(first ? "" : "\n", stdout);
            print_rows(s, sheet, columns, count);
            print_note(block ? NULL : sheet->note, columns, count);
            first = false;
        }
    }
}

/* The scores of one block of a group that people see. */
static int group_metrics(const fc_metric *metrics[CLI_MOST_COLUMNS], const fc_score_part *group, int block)
{
    int count = 0;
    for (const fc_metric *m = NULL; (m = fc_metric_next(group->metrics, m)) && count < CLI_MOST_COLUMNS;)
        if (m->shown[FC_TEXT] & group->level && m->block == block)
            metrics[count++] = m;
    return count;
}

/* Of forecasters side by side the first heading has the name; what all have in common is shown once. */
static void group_headings(cli_table *table, const fc_score_table *s, const fc_score_part *group,
                           const fc_metric *const *metrics, int count, int shown)
{
    const bool numbers = *group->heading == '>', wide = group->layout == FC_WIDE;
    cli_table_heading(table, numbers, "%s", group->heading + numbers);
    if (group->layout == FC_LONG)
        cli_table_heading(table, false, "%s", s->heading);
    for (int i = 0; i < shown; i++) {
        const char *name = wide ? s->name[i] : "";
        for (int c = 0; c < count; c++) {
            const bool common = metrics[c]->digits == FC_COUNT;
            if (common && i > 0)
                continue;
            const char *first = common ? "" : name;
            cli_table_heading(table, true, "%s%s%s", first, *first ? " " : "", metrics[c]->heading);
            name = common ? name : "";
        }
    }
}

static void print_block(const fc_score_table *s, const fc_score_part *group, const fc_metric *const *metrics,
                        int count)
{
    const bool wide = group->layout == FC_WIDE;
    const int most = wide ? MOST_WIDE : group->layout == FC_FIRST ? 1 : s->count;
    const int shown = s->count < most ? s->count : most;
    cli_table *table = cli_table_new("");
    group_headings(table, s, group, metrics, count, wide ? shown : 1);
    for (int k = 0; k < group->count; k++)
        for (int i = 0; i < shown; i++) {
            char number[16];
            if (i == 0 || !wide)
                cli_table_cell(table, "%s", i ? "" : cli_part_member(group, k, number));
            if (group->layout == FC_LONG)
                cli_table_cell(table, "%s", s->name[i]);
            for (int c = 0; c < count; c++)
                if (!wide || i == 0 || metrics[c]->digits != FC_COUNT)
                    cli_metric_cell(table, metrics[c], fc_score_part_record(group, s->record[i], k));
        }
    putchar('\n');
    cli_table_print(table, stdout);
}

/* The first forecaster's counts of members against members. */
static void print_matrix(const fc_score_table *s, const fc_score_part *part)
{
    const size_t *cell = fc_score_part_record(part, s->record[0], 0);
    char number[16];
    if (part->count > MOST_MATRIX)
        return;
    cli_table *table = cli_table_new(part->heading);
    for (int c = 0; c < part->count; c++)
        cli_table_heading(table, true, "%.12s", cli_part_member(part, c, number));
    for (int i = 0; i < part->count; i++) {
        cli_table_cell(table, "%s", cli_part_member(part, i, number));
        for (int j = 0; j < part->count; j++)
            cli_table_cell(table, "%zu", *cell++);
    }
    putchar('\n');
    cli_table_print(table, stdout);
}

void cli_scores_print_groups(const fc_score_table *s, unsigned levels)
{
    const fc_metric *metrics[CLI_MOST_COLUMNS];
    for (int p = 0; p < s->part_count; p++) {
        const fc_score_part *group = &s->parts[p];
        if (!group->size || !(group->level & levels) || !cli_part_shown(group, FC_TEXT))
            continue;
        if (group->layout == FC_MATRIX)
            print_matrix(s, group);
        for (int block = 0; group->layout != FC_MATRIX && block < FC_BLOCKS; block++) {
            const int count = group_metrics(metrics, group, block);
            if (count)
                print_block(s, group, metrics, count);
        }
    }
}

void cli_verdict_print(const char *verdict, int good)
{
    const bool colour = cli_colour(stdout) && good >= 0;
    printf("\n%s", colour ? (good ? "\033[1;32m" : "\033[1;31m") : "");
    cli_wrap(stdout, verdict, 0, 0, cli_width(stdout));
    fputs(colour ? "\033[0m" : "", stdout);
}
