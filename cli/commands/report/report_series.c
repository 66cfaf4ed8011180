/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a report with a picture of each series: the fan, its components, the candidates, the numbers.
 */
#include "cli/commands/report/report.h"

#include "cli/output/forecast_figure.h"
#include "plots/inline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 520, HEIGHT = 250, PART_HEIGHT = 92, LEAST_HISTORY = 40, MOST_HISTORY = 600, OPEN = 3 };

/* Rows of history in the picture: enough to see season and horizon. */
static size_t history_of(const cli_page *p)
{
    const size_t horizon = 4 * (size_t)p->horizon, season = 4 * (size_t)p->season.rows;
    size_t rows = horizon > season ? horizon : season;
    rows = rows < LEAST_HISTORY ? LEAST_HISTORY : rows > MOST_HISTORY ? MOST_HISTORY : rows;
    return rows < (size_t)(2 * p->horizon) ? 2 * (size_t)p->horizon : rows;
}

/* Rows behind the last value of a column. */
static size_t empty_end(const cli_page *p, int column)
{
    const ds_table *t = p->table;
    size_t rows = 0;
    while (rows < t->rows && isnan(t->values[(t->rows - 1 - rows) * (size_t)t->columns + (size_t)column]))
        rows++;
    return rows;
}

static int put_fan(cli_page *p, int target, nn_error *error)
{
    const int column = p->future->columns[target];
    cli_panels panels = {.zone = ds_time_zone(&p->table->layout.format)};
    pl_forecast_panel *panel = cli_panels_add(&panels, "");
    const size_t shown = history_of(p) + empty_end(p, column);
    char label[300];
    snprintf(label, sizeof label, "history and forecast of %.200s", p->table->names[column]);
    int code = cli_forecast_panel(&panels, panel, shown, p->table, p->future, p->bands, target, error);
    /* Where the series ends, not the file. */
    while (!code && panel->history.count && isnan(panel->history.value[panel->history.count - 1]))
        panel->history.count--;
    fputs("<figure>", p->out);
    if (!code)
        code = pl_inline_panel(p->out, panel, p->table->frequency,
                               &(pl_inline){.width = WIDTH, .height = HEIGHT}, label, error);
    fprintf(p->out,
            "<figcaption>grey: the past; blue: the forecast, with intervals of 80%% and 95%%</figcaption>"
            "</figure>\n");
    cli_panels_clear(&panels);
    return code;
}

/* --- components --- */

static int put_part(cli_page *p, const fc_components *c, const double *values, const char *what, bool last,
                    nn_error *error)
{
    cli_panels panels = {.zone = ds_time_zone(&p->table->layout.format)};
    pl_forecast_panel *panel = cli_panels_add(&panels, "");
    int code = cli_panels_line(&panels, &panel->forecast,
                               &(cli_strip){NULL, p->table->time + c->begin, values, 0, 1, c->count}, error);
    fprintf(p->out, "<figcaption>%s</figcaption>", what);
    if (!code)
        code = pl_inline_panel(
            p->out, panel, p->table->frequency,
            &(pl_inline){.width = WIDTH, .height = PART_HEIGHT + (last ? 28 : 0), .shared = !last}, what,
            error);
    cli_panels_clear(&panels);
    return code;
}

static int put_components(cli_page *p, int column, nn_error *error)
{
    const fc_components *c = &p->parts[column];
    char what[80];
    if (c->count < 4)
        return NN_OK;
    fputs("<figure>", p->out);
    snprintf(what, sizeof what, "trend (strength %.2f)", c->trend_strength);
    int code = put_part(p, c, c->trend, what, false, error);
    for (int s = 0; s < c->seasons && !code; s++) {
        snprintf(what, sizeof what, "season of %d rows (strength %.2f)", c->period[s], c->strength[s]);
        code = put_part(p, c, c->season + (size_t)s * c->count, what, false, error);
    }
    if (!code)
        code = put_part(p, c, c->rest, "rest", true, error);
    fputs("</figure>\n", p->out);
    return code;
}

/* --- tables --- */

static void put_candidates(cli_page *p, const fc_trial *t, bool open)
{
    if (t->origins == 0)
        return;
    fprintf(
        p->out,
        "<details%s><summary>candidates at %d rolling origin%s</summary><div class=\"wide\"><table><thead>"
        "<tr><th>candidate</th><th>season</th><th>error</th><th>share</th></tr></thead><tbody>\n",
        open ? " open=\"open\"" : "", t->origins, t->origins == 1 ? "" : "s");
    for (int c = 0; c < t->count; c++) {
        fputs("<tr><td>", p->out);
        cli_page_text(p, t->candidate[c].of->name);
        fprintf(p->out, "</td><td>%d</td>", t->candidate[c].season);
        cli_page_cell(p, t->candidate[c].error, 4);
        if (t->candidate[c].share > 0)
            fprintf(p->out, "<td>%.2f</td></tr>\n", t->candidate[c].share);
        else
            fputs("<td></td></tr>\n", p->out);
    }
    fputs("<tr><td>what is forecast</td><td></td>", p->out);
    cli_page_cell(p, t->error, 4);
    fputs("<td>1.00</td></tr>\n</tbody></table></div></details>\n", p->out);
}

static double band_at(const cli_page *p, const char *suffix, size_t at)
{
    for (int b = 0; b < p->bands->count; b++)
        if (strcmp(p->bands->band[b].suffix, suffix) == 0)
            return p->bands->band[b].values[at];
    return NAN;
}

static void put_numbers(cli_page *p, int target, bool open)
{
    static const char *const ends[] = {"-lo-80", "-hi-80", "-lo-95", "-hi-95"};
    const fc_future *f = p->future;
    fprintf(p->out,
            "<details%s><summary>the forecast's numbers</summary><div class=\"wide\"><table><thead><tr>"
            "<th>time</th><th>forecast</th><th>80%% from</th><th>to</th><th>95%% from</th><th>to</th></tr>"
            "</thead><tbody>\n",
            open ? " open=\"open\"" : "");
    for (int h = 0; h < f->steps && h < CLI_REPORT_ROWS; h++) {
        const size_t at = (size_t)h * (size_t)f->targets + (size_t)target;
        fputs("<tr><td>", p->out);
        cli_page_time(p, fc_future_time(f, h, target));
        fputs("</td>", p->out);
        cli_page_cell(p, f->values[at], 5);
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++)
            cli_page_cell(p, band_at(p, ends[e], at), 5);
        fputs("</tr>\n", p->out);
    }
    fputs("</tbody></table></div></details>\n", p->out);
}

static int put_one(cli_page *p, int target, bool open, nn_error *error)
{
    const int column = p->future->columns[target];
    const fc_chosen *chosen = &p->chosen[column];
    fputs("<section><h3>", p->out);
    cli_page_name(p, p->table->names[column]);
    fputs("</h3>\n<p class=\"dim\">forecast by ", p->out);
    cli_page_text(p, chosen->name);
    if (isfinite(cli_chosen_ratio(chosen)))
        fprintf(p->out, "; error %+.1f%% beside the best naive forecast", cli_chosen_gain(chosen));
    fputs("</p>\n<div class=\"grid\"><div>", p->out);
    int code = put_fan(p, target, error);
    if (p->trials)
        put_candidates(p, &p->trials[column], open);
    put_numbers(p, target, open);
    fputs("</div><div>", p->out);
    if (!code)
        code = put_components(p, column, error);
    fputs("</div></div></section>\n", p->out);
    return code;
}

/* Next and last value of series without a picture. */
static void put_others(cli_page *p, const int *others, int count)
{
    const fc_future *f = p->future;
    const size_t last = (size_t)(f->steps - 1) * (size_t)f->targets;
    fprintf(
        p->out,
        "<h3>%d further series</h3>\n<div class=\"wide\"><table><thead><tr><th>series</th><th>last value"
        "</th><th>next</th><th>80%% from</th><th>to</th><th>%d rows ahead</th><th>80%% from</th><th>to</th>"
        "</tr></thead><tbody>\n",
        count, f->steps);
    for (int i = 0; i < count && i < CLI_REPORT_ROWS; i++) {
        const size_t k = (size_t)others[i];
        const int column = f->columns[k];
        const size_t row = p->table->rows - 1 - empty_end(p, column);
        fputs("<tr><td>", p->out);
        cli_page_name(p, p->table->names[column]);
        fputs("</td>", p->out);
        cli_page_cell(p, p->table->values[row * (size_t)p->table->columns + (size_t)column], 5);
        for (size_t at = k;; at = last + k) {
            cli_page_cell(p, f->values[at], 5);
            cli_page_cell(p, band_at(p, "-lo-80", at), 5);
            cli_page_cell(p, band_at(p, "-hi-80", at), 5);
            if (at == last + k)
                break;
        }
        fputs("</tr>\n", p->out);
    }
    fputs("</tbody></table></div>\n", p->out);
}

int cli_page_series(cli_page *p, nn_error *error)
{
    const fc_future *f = p->future;
    int *others = malloc(((size_t)f->targets + 1) * sizeof *others), count = 0, shown = 0;
    int code = others ? NN_OK : nn_no_memory(error);
    fputs("<h2>The forecast</h2>\n", p->out);
    for (int k = 0; k < f->targets && !code; k++) {
        if (isnan(f->values[k]))
            continue;
        if (shown++ < CLI_REPORT_SHOWN)
            code = put_one(p, k, f->targets <= OPEN, error);
        else
            others[count++] = k;
    }
    if (!code && count)
        put_others(p, others, count);
    free(others);
    return code;
}
