/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a report on what was read, what came of it in short, the scores, and how to have it again. */
#include "cli/commands/report/report.h"

#include "cli/shell/again.h"
#include "lib/base/text.h"
#include "lib/files/text_stream.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int better_count(const cli_page *p, int *compared, double *mean)
{
    int better = 0;
    double sum = 0;
    *compared = 0;
    for (int c = 0; c < p->table->columns; c++) {
        const double ratio = cli_chosen_ratio(&p->chosen[c]);
        if (!isfinite(ratio))
            continue;
        sum += ratio;
        ++*compared;
        better += ratio < .98;
    }
    *mean = sum / *compared;
    return better;
}

void cli_page_short(cli_page *p)
{
    int compared;
    double mean;
    const int better = better_count(p, &compared, &mean);
    fprintf(p->out, "<p class=\"lead\">%d series, %zu rows from ", p->table->columns, p->table->rows);
    cli_page_time(p, p->table->time[0]);
    fputs(" to ", p->out);
    cli_page_time(p, p->table->time[p->table->rows - 1]);
    fprintf(p->out, "; %d row%s ahead are forecast.</p>\n<p>", p->horizon, p->horizon == 1 ? "" : "s");
    if (!compared)
        fputs("The past is too short to compare forecasts on: nobody knows how good this one is.", p->out);
    else if (p->table->columns == 1)
        fprintf(
            p->out,
            "At rolling origins in the past the error is %.1f%% %s than that of the best naive forecast%s.",
            100 * fabs(1 - mean), mean < 1 ? "less" : "more",
            better ? "" : ": that is as good as repeating what was");
    else
        fprintf(
            p->out,
            "At rolling origins in the past the error is %.1f%% %s, in the mean, than that of the best "
            "naive forecast of each series; %d of %d series are clearly better than it (by 2%% and more).",
            100 * fabs(1 - mean), mean < 1 ? "less" : "more", better, compared);
    fputs("</p>\n", p->out);
}

/* --- scores --- */

static void put_score(cli_page *p, int column)
{
    const fc_chosen *c = &p->chosen[column];
    const double ratio = cli_chosen_ratio(c);
    fputs("<tr><td>", p->out);
    cli_page_name(p, p->table->names[column]);
    fputs("</td><td class=\"left\">", p->out);
    cli_page_text(p, *c->name ? c->name : "no values");
    fputs("</td>", p->out);
    cli_page_cell(p, c->error, 4);
    if (c->naive_season > 1)
        fprintf(p->out, "<td class=\"left\">seasonal, %d rows</td>", c->naive_season);
    else
        fputs("<td class=\"left\">last value</td>", p->out);
    cli_page_cell(p, c->naive_error, 4);
    if (isfinite(ratio))
        fprintf(p->out, "<td>%+.1f%%</td>", cli_chosen_gain(c));
    else
        fputs("<td>\xe2\x80\x93</td>", p->out);
    cli_page_cell(p, c->scale > 0 && !c->squares ? c->error / c->scale : NAN, 3);
    fprintf(p->out, "<td>%d</td></tr>\n", c->origins);
}

void cli_page_scores(cli_page *p)
{
    const int shown = p->table->columns < CLI_REPORT_ROWS ? p->table->columns : CLI_REPORT_ROWS;
    fputs("<h2>How good it is, beside naive forecasts</h2>\n"
          "<p>Forecasters were fitted to the rows before an origin and scored on those behind it, at several "
          "origins. What is forecast is the best of them, or a mean of some, and as much of the best naive "
          "forecast (the last value, or the last season, again) as it takes not to be worse than that.</p>\n"
          "<div class=\"wide\"><table><thead><tr><th>series</th><th class=\"left\">forecast by</th>"
          "<th>error</th><th class=\"left\">best naive</th><th>its error</th><th>difference</th><th>MASE</th>"
          "<th>origins</th></tr></thead><tbody>\n",
          p->out);
    for (int c = 0; c < shown; c++)
        put_score(p, c);
    fputs(
        "</tbody></table></div>\n<p class=\"dim\">error: mean absolute error over all origins and steps, of "
        "rare demand the root of the mean square; MASE: that over the mean step from season to season in the "
        "past; a negative difference is a gain.",
        p->out);
    if (shown < p->table->columns)
        fprintf(p->out, " %d further series: auspex select --csv lists them.", p->table->columns - shown);
    fputs("</p>\n", p->out);
}

/* --- reading --- */

static void put_layout(cli_page *p)
{
    const ds_layout *l = &p->table->layout;
    char text[8];
    fputs("<dt>layout</dt><dd>", p->out);
    if (l->longform) {
        fprintf(p->out, "long: %d series named in \xe2\x80\x98", l->id_count);
        cli_page_name(p, l->id_name);
        fputs("\xe2\x80\x99", p->out);
    } else {
        fprintf(p->out, "wide: a column per series, %d series", p->table->columns);
    }
    fputs(", delimiter ", p->out);
    cli_page_text(p, ds_delimiter_name(l->delimiter, text));
    fputs(l->decimal_comma ? ", decimal comma</dd>\n" : "</dd>\n", p->out);
    fputs("<dt>time</dt><dd>", p->out);
    if (l->timed)
        cli_page_name(p, l->time_name);
    else
        fputs("none: rows are numbered", p->out);
    fputs("</dd>\n", p->out);
}

static void put_lines(cli_page *p, const char *heading, const cli_lines *lines)
{
    if (!lines->count)
        return;
    fprintf(p->out, "<h3>%s</h3>\n<ul>\n", heading);
    for (int i = 0; i < lines->count; i++) {
        fputs("<li>", p->out);
        cli_page_text(p, lines->line[i]);
        fputs("</li>\n", p->out);
    }
    fputs("</ul>\n", p->out);
}

static void put_decisions(cli_page *p)
{
    const ds_report *r = &p->table->report;
    if (!r->reason_count)
        return;
    fputs("<h3>Decided while reading</h3>\n<ul>\n", p->out);
    for (int i = 0; i < r->reason_count; i++) {
        const ds_reason *one = &r->reasons[i];
        fputs("<li>", p->out);
        cli_page_text(p, one->text);
        if (one->kind == DS_REASON_GUESS) {
            fputs("; a guess", p->out);
            if (one->option) {
                fputs(" that ", p->out);
                cli_page_text(p, one->option);
                fputs(" settles", p->out);
            }
        }
        fputs("</li>\n", p->out);
    }
    fputs("</ul>\n", p->out);
}

void cli_page_read(cli_page *p)
{
    const ds_table *t = p->table;
    const ds_report *r = &t->report;
    char step[64];
    ds_frequency_describe(t->frequency, step, sizeof step);
    fputs("<h2>What was read</h2>\n<dl>\n<dt>file</dt><dd>", p->out);
    cli_page_name(p, t->path);
    fprintf(p->out, " (XXH64 %016" PRIx64 ")</dd>\n", r->hash);
    put_layout(p);
    fprintf(p->out, "<dt>rows</dt><dd>%zu</dd>\n<dt>frequency</dt><dd>", t->rows);
    cli_page_text(p, step);
    if (p->season.rows > 1)
        fprintf(p->out, ", season of %d rows%s", p->season.rows,
                p->season.found ? ", found in the values" : "");
    fprintf(p->out, "</dd>\n<dt>gaps</dt><dd>%zu, %zu stamps missing</dd>\n", r->gaps, r->missing_stamps);
    fprintf(p->out, "<dt>missing</dt><dd>%zu values%s</dd>\n", r->missing_values,
            r->missing_values ? ", left as they are" : "");
    if (r->ignored_count) {
        fputs("<dt>left out</dt><dd>", p->out);
        for (int i = 0; i < r->ignored_count; i++) {
            fputs(i ? ", " : "", p->out);
            cli_page_name(p, r->ignored[i]);
        }
        fputs("</dd>\n", p->out);
    }
    fputs("</dl>\n", p->out);
    put_decisions(p);
    put_lines(p, "Noted", &p->notes);
}

/* --- again --- */

int cli_page_again(cli_page *p, nn_error *error)
{
    char options[600];
    nn_text_stream line;
    if (!nn_text_open(&line))
        return nn_no_memory(error);
    FILE *out = line.out;
    fputs("auspex forecast ", out);
    cli_put_word(out, p->path);
    fprintf(out, " --horizon %d --level 80,95", p->horizon);
    if (p->given_season)
        fprintf(out, " --season %d", p->given_season);
    if (ds_reading_print(p->reading, options, sizeof options) > 0)
        fprintf(out, " %s", options);
    if (!nn_text_close(&line))
        return nn_no_memory(error);
    fputs("<h2>The same again</h2>\n<pre>", p->out);
    cli_page_text(p, line.text);
    fputs("</pre>\n<p class=\"dim\">auspex " AUSPEX_VERSION
          ". The same file gives the same forecast, for any number of "
          "threads.</p>\n",
          p->out);
    free(line.text);
    return NN_OK;
}
