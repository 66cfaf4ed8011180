/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores as CSV, by the tables of their metrics. */
#include "cli/output/scores_internal.h"

#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <string.h>

static void put_name(FILE *out, const char *name, bool quoted)
{
    if (quoted)
        fprintf(out, "\"%s\"", name);
    else
        nn_csv_field(out, name);
}

static void put_ids(FILE *out, const fc_score_part *part, int member)
{
    char number[16];
    for (int i = 0; i < FC_MOST_IDS && part->ids[i]; i++) {
        fputc(',', out);
        nn_csv_field(out, strcmp(part->ids[i], "*") ? part->ids[i] : cli_part_member(part, member, number));
    }
}

static void put_value(FILE *out, const fc_score_table *s, const fc_metric *m, const void *record, bool first)
{
    const double value = m ? fc_metric_value(m, record) : NAN;
    fputs(first ? "" : ",", out);
    if (m && cli_metric_whole(m))
        fprintf(out, "%.0f", value);
    else if (isfinite(value) && s->csv_decimals && m->digits > 0)
        fprintf(out, "%.*f", s->csv_decimals, value);
    else
        nn_csv_number(out, value, 9);
}

/* A part's score of the same key. */
static const fc_metric *same_metric(const fc_score_part *part, const char *key)
{
    const fc_metric *m = fc_metric_find(part->metrics, key);
    return m && m->shown[FC_CSV] & part->level ? m : NULL;
}

static void put_lead(FILE *out, const fc_score_table *s, const char *name)
{
    if (s->lead[0]) {
        nn_csv_field(out, s->lead[1]);
        fputc(',', out);
    }
    if (s->heading)
        put_name(out, name, s->quoted);
}

/* The rows of a part; of the first one with all that joins it. */
static void put_part(FILE *out, const fc_score_table *s, const fc_score_part *part, bool first,
                     const cli_column *columns, int count, int forecaster)
{
    for (int k = 0; k < (part->size ? part->count : 1); k++) {
        put_lead(out, s, s->name[forecaster]);
        put_ids(out, part, k);
        for (int c = 0; c < count; c++) {
            const fc_score_part *of = first ? columns[c].part : part;
            const fc_metric *m = first ? columns[c].metric : same_metric(part, columns[c].metric->key);
            put_value(out, s, m, fc_score_part_record(of, s->record[forecaster], k), !s->heading && c == 0);
        }
        fputc('\n', out);
    }
}

/* Records come before groups. */
static void put_rows(FILE *out, const fc_score_table *s, const cli_column *columns, int count, int forecaster)
{
    bool first = true;
    for (int groups = 0; groups < 2; groups++)
        for (int p = 0; p < s->part_count; p++) {
            const fc_score_part *part = &s->parts[p];
            if ((part->size > 0) != groups || !cli_part_shown(part, FC_CSV) ||
                !(part->ids[0] || (first && !s->ids)))
                continue;
            put_part(out, s, part, first, columns, count, forecaster);
            first = false;
        }
}

int cli_scores_csv(const fc_score_table *s, int count, const char *path, nn_error *error)
{
    cli_column columns[CLI_MOST_COLUMNS];
    const int shown = cli_columns_find(columns, s, FC_CSV, 0, 0);
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
        for (int i = 0; i < s[t].count && (!s[t].only || s[t].only & 1U << FC_CSV); i++)
            put_rows(out, &s[t], columns, shown, i);
    return nn_output_commit(output, error);
}
