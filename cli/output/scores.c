/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores as tables for people, JSON and CSV, by the tables of their metrics. */
#include "cli/output/scores.h"

#include "cli/shell/report.h"
#include "forecast/scores/verdict.h"
#include "lib/base/output.h"
#include "lib/base/text.h"

#include <math.h>
#include <string.h>

enum { MOST_COLUMNS = 48, MOST_WIDE = 7 };

void cli_scores_add(cli_scores *s, const char *name, const void *record)
{
    if (s->count == CLI_MOST_SCORED)
        return;
    s->name[s->count] = name;
    s->record[s->count++] = record;
}

/* The record that a part has of a forecaster; of a group its member's. */
static const void *record_of(const cli_part *part, const void *forecaster, int member)
{
    const char *at = (const char *)forecaster + part->offset;
    return part->size ? *(const char *const *)at + (size_t)member * part->size : at;
}

/* Whether a form has the part at all. */
static bool has_part(const cli_part *part, fc_form form)
{
    return part->metrics && part->level && (!part->only || part->only & 1U << form);
}

static const char *member_name(const cli_part *part, int member, char text[16])
{
    if (part->names)
        return part->names[member];
    snprintf(text, 16, "%d", member + 1);
    return text;
}

/* --- the columns of one row of a forecaster --- */

typedef struct column {
    const cli_part *part;
    const fc_metric *metric;
} column;

/* Where a key stands in a list; behind all of them where it does not. */
static int place_in(const char *list, const char *key)
{
    const char *cursor = list, *item;
    size_t length;
    int place = 0;
    for (; nn_list_next(&cursor, &item, &length); place++)
        if (strlen(key) == length && strncmp(key, item, length) == 0)
            break;
    return place;
}

static void add_column(column *columns, int *count, column new, const char *order)
{
    const int place = place_in(order, new.metric->key);
    int at = *count;
    if (at == MOST_COLUMNS)
        return;
    for (; at > 0 && place_in(order, columns[at - 1].metric->key) > place; at--)
        columns[at] = columns[at - 1];
    columns[at] = new;
    ++*count;
}

/* Whether any forecaster has the score. */
static bool is_known(const cli_scores *s, const cli_part *part, const fc_metric *m)
{
    for (int i = 0; i < s->count; i++)
        if (!isnan(fc_metric_value(m, record_of(part, s->record[i], 0))))
            return true;
    return false;
}

/* What the parts that are no groups show, in order; block -1: any. In CSV some parts have rows of their own.
 */
static int find_columns(column columns[MOST_COLUMNS], const cli_scores *s, fc_form form, int block)
{
    int count = 0;
    bool has_row = false;
    for (int i = 0; i < s->part_count; i++) {
        const cli_part *part = &s->parts[i];
        const bool apart = form == FC_CSV && part->ids[0] && has_row;
        if (!has_part(part, form) || part->size || apart)
            continue;
        has_row = has_row || part->ids[0];
        for (const fc_metric *m = NULL; (m = fc_metric_next(part->metrics, m));)
            if ((m->shown[form] & part->level) && (block < 0 || m->block == block) &&
                !(form == FC_TEXT && m->optional && !is_known(s, part, m)))
                add_column(columns, &count, (column){part, m}, s->order[form]);
    }
    return count;
}

/* --- for people --- */

static void p_cell(cli_table *table, double p)
{
    char text[24];
    fc_p_text(p, text); /* without the "p =" of running text */
    cli_table_cell(table, "%s", isnan(p) ? "-" : strncmp(text, "p < ", 4) ? text + 4 : "<0.001");
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
        cli_table_number(table, value, m->digits);
}

/* "MSE: what it is; MAE: ..." */
static void print_note(const char *note, const column *columns, int count)
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

void cli_scores_print(const cli_scores *s)
{
    column columns[MOST_COLUMNS];
    int count;
    for (int block = 0; (count = find_columns(columns, s, FC_TEXT, block)) > 0; block++) {
        cli_table *table = cli_table_new("");
        if (s->heading)
            cli_table_heading(table, false, "%s", s->heading);
        for (int c = 0; c < count; c++)
            cli_table_heading(table, true, "%s%s", columns[c].part->prefix ? columns[c].part->prefix : "",
                              columns[c].metric->heading);
        for (int i = 0; i < s->count; i++) {
            if (s->heading)
                cli_table_cell(table, "%s", s->name[i]);
            for (int c = 0; c < count; c++)
                cli_metric_cell(table, columns[c].metric, record_of(columns[c].part, s->record[i], 0));
        }
        fputs(block ? "\n" : "", stdout);
        cli_table_print(table, stdout);
        print_note(block < 2 ? s->notes[block] : NULL, columns, count);
    }
}

/* The scores of one block of a group that people see. */
static int group_metrics(const fc_metric *metrics[MOST_COLUMNS], const cli_part *group, int block)
{
    int count = 0;
    for (const fc_metric *m = NULL; (m = fc_metric_next(group->metrics, m)) && count < MOST_COLUMNS;)
        if (m->shown[FC_TEXT] & group->level && m->block == block)
            metrics[count++] = m;
    return count;
}

/* Of forecasters side by side the first heading has the name; what all have in common is shown once. */
static void group_headings(cli_table *table, const cli_scores *s, const cli_part *group,
                           const fc_metric *const *metrics, int count, int shown)
{
    const bool numbers = *group->heading == '>', wide = group->layout == CLI_WIDE;
    cli_table_heading(table, numbers, "%s", group->heading + numbers);
    if (group->layout == CLI_LONG)
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

static void print_block(const cli_scores *s, const cli_part *group, const fc_metric *const *metrics,
                        int count)
{
    const bool wide = group->layout == CLI_WIDE;
    const int most = wide ? MOST_WIDE : group->layout == CLI_FIRST ? 1 : s->count;
    const int shown = s->count < most ? s->count : most;
    cli_table *table = cli_table_new("");
    group_headings(table, s, group, metrics, count, wide ? shown : 1);
    for (int k = 0; k < group->count; k++)
        for (int i = 0; i < shown; i++) {
            char number[16];
            if (i == 0 || !wide)
                cli_table_cell(table, "%s", i ? "" : member_name(group, k, number));
            if (group->layout == CLI_LONG)
                cli_table_cell(table, "%s", s->name[i]);
            for (int c = 0; c < count; c++)
                if (!wide || i == 0 || metrics[c]->digits != FC_COUNT)
                    cli_metric_cell(table, metrics[c], record_of(group, s->record[i], k));
        }
    putchar('\n');
    cli_table_print(table, stdout);
}

void cli_scores_print_group(const cli_scores *s, const cli_part *group)
{
    const fc_metric *metrics[MOST_COLUMNS];
    int count;
    for (int block = 0; (count = group_metrics(metrics, group, block)) > 0; block++)
        print_block(s, group, metrics, count);
}

void cli_verdict_print(const char *verdict, int good)
{
    const bool colour = cli_colour(stdout) && good >= 0;
    printf("\n%s", colour ? (good ? "\033[1;32m" : "\033[1;31m") : "");
    cli_wrap(stdout, verdict, 0, 0, cli_width(stdout));
    fputs(colour ? "\033[0m" : "", stdout);
}

/* --- JSON --- */

static bool is_whole_number(const fc_metric *m)
{
    return m->digits == FC_COUNT || m->digits == FC_INT;
}

static json_t *value_json(const fc_metric *m, const void *record)
{
    const double value = fc_metric_value(m, record);
    return is_whole_number(m) ? json_integer((json_int_t)value) : nn_json_real(value);
}

void cli_metrics_json(json_t *object, const fc_metric *metrics, unsigned level, const void *record)
{
    for (const fc_metric *m = NULL; (m = fc_metric_next(metrics, m));)
        if (m->shown[FC_JSON] & level)
            nn_json_set(object, m->key, value_json(m, record));
}

static json_t *member_json(const cli_part *group, const void *forecaster, int member)
{
    json_t *object = json_object();
    char number[16];
    const char *name = member_name(group, member, number);
    if (group->name_key && !group->name_last)
        nn_json_set(object, group->name_key, nn_json_text(name));
    cli_metrics_json(object, group->metrics, group->level, record_of(group, forecaster, member));
    if (group->name_key && group->name_last)
        nn_json_set(object, group->name_key, nn_json_text(name));
    return object;
}

/* One score of all members. */
static json_t *list_json(const cli_part *group, const fc_metric *m, const void *forecaster)
{
    json_t *list = json_array();
    for (int k = 0; k < group->count; k++)
        nn_json_append(list, value_json(m, record_of(group, forecaster, k)));
    return list;
}

static json_t *group_json(const cli_part *group, const void *forecaster)
{
    json_t *all = group->json == CLI_OBJECTS ? json_array() : json_object();
    if (group->json == CLI_OBJECTS)
        for (int k = 0; k < group->count; k++)
            nn_json_append(all, member_json(group, forecaster, k));
    for (const fc_metric *m = NULL; group->json != CLI_OBJECTS && (m = fc_metric_next(group->metrics, m));) {
        if (!(m->shown[FC_JSON] & group->level))
            continue;
        if (group->json == CLI_LIST) {
            json_decref(all);
            return list_json(group, m, forecaster);
        }
        nn_json_set(all, m->key, list_json(group, m, forecaster));
    }
    return all;
}

static void part_json(json_t *object, const cli_part *part, const char *name, const void *forecaster)
{
    if (!part->metrics)
        nn_json_set(object, "name", nn_json_text(name));
    if (!has_part(part, FC_JSON))
        return;
    json_t *own = part->key && !part->size ? json_object() : NULL;
    if (part->size && part->key)
        nn_json_set(object, part->key, group_json(part, forecaster));
    else if (!part->size)
        cli_metrics_json(own ? own : object, part->metrics, part->level, record_of(part, forecaster, 0));
    if (own)
        nn_json_set(object, part->key, own);
}

json_t *cli_scores_json(const cli_scores *s)
{
    json_t *list = json_array();
    for (int i = 0; i < s->count; i++) {
        json_t *object = json_object();
        for (int p = 0; p < s->part_count; p++)
            part_json(object, &s->parts[p], s->name[i], s->record[i]);
        nn_json_append(list, object);
    }
    return list;
}

/* --- CSV --- */

static void put_name(FILE *out, const char *name, bool quoted)
{
    if (quoted)
        fprintf(out, "\"%s\"", name);
    else
        nn_csv_field(out, name);
}

static void put_ids(FILE *out, const cli_part *part, int member)
{
    char number[16];
    for (int i = 0; i < CLI_MOST_IDS && part->ids[i]; i++) {
        fputc(',', out);
        nn_csv_field(out, strcmp(part->ids[i], "*") ? part->ids[i] : member_name(part, member, number));
    }
}

static void put_value(FILE *out, const cli_scores *s, const fc_metric *m, const void *record, bool first)
{
    const double value = m ? fc_metric_value(m, record) : NAN;
    fputs(first ? "" : ",", out);
    if (m && is_whole_number(m))
        fprintf(out, "%.0f", value);
    else if (isfinite(value) && s->csv_decimals && m->digits > 0)
        fprintf(out, "%.*f", s->csv_decimals, value);
    else if (isfinite(value))
        fprintf(out, "%.9g", value);
}

/* A part's score of the same key. */
static const fc_metric *same_metric(const cli_part *part, const char *key)
{
    const fc_metric *m = fc_metric_find(part->metrics, key);
    return m && m->shown[FC_CSV] & part->level ? m : NULL;
}

static void put_lead(FILE *out, const cli_scores *s, const char *name)
{
    if (s->lead[0]) {
        nn_csv_field(out, s->lead[1]);
        fputc(',', out);
    }
    if (s->heading)
        put_name(out, name, s->quoted);
}

/* The rows of a part; of the first one with all that joins it. */
static void put_part(FILE *out, const cli_scores *s, const cli_part *part, bool first, const column *columns,
                     int count, int forecaster)
{
    for (int k = 0; k < (part->size ? part->count : 1); k++) {
        put_lead(out, s, s->name[forecaster]);
        put_ids(out, part, k);
        for (int c = 0; c < count; c++) {
            const cli_part *of = first ? columns[c].part : part;
            const fc_metric *m = first ? columns[c].metric : same_metric(part, columns[c].metric->key);
            put_value(out, s, m, record_of(of, s->record[forecaster], k), !s->heading && c == 0);
        }
        fputc('\n', out);
    }
}

/* Records come before groups. */
static void put_rows(FILE *out, const cli_scores *s, const column *columns, int count, int forecaster)
{
    bool first = true;
    for (int groups = 0; groups < 2; groups++)
        for (int p = 0; p < s->part_count; p++) {
            const cli_part *part = &s->parts[p];
            if ((part->size > 0) != groups || !has_part(part, FC_CSV) ||
                !(part->ids[0] || (first && !s->ids)))
                continue;
            put_part(out, s, part, first, columns, count, forecaster);
            first = false;
        }
}

int cli_scores_csv(const cli_scores *s, int count, const char *path, nn_error *error)
{
    column columns[MOST_COLUMNS];
    const int shown = find_columns(columns, s, FC_CSV, -1);
    nn_output *output = nn_output_open(path, error);
    if (!output)
        return NN_FAILED;
    FILE *out = nn_output_stream(output);
    fprintf(out, "%s%s%s%s%s", s->lead[0] ? s->lead[0] : "", s->lead[0] ? "," : "",
            s->heading ? s->heading : "", s->ids ? "," : "", s->ids ? s->ids : "");
    for (int c = 0; c < shown; c++)
        fprintf(out, "%s%s", s->heading || c ? "," : "", columns[c].metric->key);
    fputc('\n', out);
    for (int t = 0; t < count; t++)
        for (int i = 0; i < s[t].count; i++)
            put_rows(out, &s[t], columns, shown, i);
    return nn_output_commit(output, error);
}
