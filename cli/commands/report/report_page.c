/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page around a report: its style, and the pieces of text that all parts are made of. */
#include "cli/commands/report/report.h"

#include "lib/base/text.h"

#include <math.h>

/* Colours as in the pictures of gnuplot, and their counterparts on a dark ground. */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--dim:#5c6670;--page:#fff;--line:#d9dee3;--soft:#f4f6f8;"
    "--history:#8a8a8a;--forecast:#0072b2;--w1:#dbe7f3;--w2:#b9d0e8;--warn:#fff4e0;--edge:#e69f00}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--dim:#a3adb8;--page:#15181c;--line:#3a424b;"
    "--soft:#1f242a;--history:#9aa0a6;--forecast:#56b4e9;--w1:#20384d;--w2:#2d5473;--warn:#33290f;"
    "--edge:#e69f00}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,sans-serif;overflow-wrap:break-word}\n"
    "h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem;"
    "border-bottom:1px solid var(--line)}h3{font-size:1.05rem;margin:1rem 0 .25rem}\n"
    ".dim,figcaption,caption{color:var(--dim);font-size:.875rem}caption{text-align:left}\n"
    ".lead{font-size:1.1rem}\n"
    ".danger{background:var(--warn);border-left:4px solid var(--edge);padding:.5rem 1rem}"
    ".danger ul{margin:0;padding-left:1.2rem}\n"
    ".grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr));gap:1rem 2rem}\n"
    ".grid>*,.grid figure{min-width:0}figure{margin:0}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.15rem .45rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}"
    "th{color:var(--dim);font-weight:600}th:first-child,td:first-child,.left{text-align:left}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.5rem 0}dt{color:var(--dim)}"
    "dd{margin:0;min-width:0}\n"
    "pre{background:var(--soft);padding:.75rem;overflow-x:auto;white-space:pre-wrap;"
    "overflow-wrap:anywhere}\n"
    "summary{cursor:pointer;color:var(--dim);font-size:.875rem}\n"
    "svg{display:block;width:100%;height:auto}"
    "svg path{fill:none}svg text{font:13px system-ui,sans-serif;fill:var(--dim)}"
    "svg .y{text-anchor:end}svg .x{text-anchor:middle}"
    "svg .a{stroke:var(--dim);stroke-width:1}svg .g{stroke:var(--line);stroke-width:1}"
    "svg .e{stroke:var(--dim);stroke-dasharray:3 3}"
    "svg .h{stroke:var(--history);stroke-width:1.3}svg circle.h{fill:var(--history)}"
    "svg .t{stroke:var(--ink);stroke-width:1.3}svg circle.t{fill:var(--ink)}"
    "svg .f{stroke:var(--forecast);stroke-width:2}svg circle.f{fill:var(--forecast)}"
    "svg path.w1{fill:var(--w1)}svg path.w2{fill:var(--w2)}\n"
    "@media print{:root{color-scheme:light;--ink:#000;--dim:#444;--page:#fff;--line:#ccc;--soft:#f4f4f4;"
    "--history:#777;--forecast:#0072b2;--w1:#dbe7f3;--w2:#b9d0e8;--warn:#fff}"
    "body{max-width:none;padding:0;font-size:11pt}.wide{overflow:visible}"
    "details::details-content{content-visibility:visible;height:auto}"
    "figure,tr,.danger{break-inside:avoid}h2,h3{break-after:avoid}"
    ".grid{grid-template-columns:1fr 1fr}}\n";

void cli_page_text(cli_page *page, const char *text)
{
    nn_html_text(page->out, text);
}

void cli_page_name(cli_page *page, const char *name)
{
    fputs("<bdi>", page->out);
    nn_html_text(page->out, name);
    fputs("</bdi>", page->out);
}

void cli_page_number(cli_page *page, double value, int digits)
{
    const double size = fabs(value);
    if (!isfinite(value)) {
        fputs("\xe2\x80\x93", page->out);
        return;
    }
    if (size >= 1e15 || (size > 0 && size < 1e-5)) {
        fprintf(page->out, "%.*e", digits - 1, value);
        return;
    }
    const int before = size > 0 ? 1 + (int)floor(log10(size)) : 1;
    fprintf(page->out, "%.*f", before < digits ? digits - before : 0, value);
}

void cli_page_cell(cli_page *page, double value, int digits)
{
    fputs("<td>", page->out);
    cli_page_number(page, value, digits);
    fputs("</td>", page->out);
}

void cli_page_time(cli_page *page, ds_time time)
{
    const ds_layout *layout = &page->table->layout;
    char text[64];
    if (layout->timed)
        ds_time_print(&layout->format, time, text, sizeof text);
    else
        snprintf(text, sizeof text, "row %lld", (long long)time + 1);
    nn_html_text(page->out, text);
}

void cli_page_begin(cli_page *page, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
          page->out);
    nn_html_text(page->out, title);
    fprintf(page->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

void cli_page_end(cli_page *page)
{
    fputs("</body>\n</html>\n", page->out);
}

double cli_chosen_ratio(const fc_chosen *c)
{
    return c->origins > 0 && c->naive_error > 0 ? c->error / c->naive_error : NAN;
}

double cli_chosen_gain(const fc_chosen *c)
{
    const double percent = 100 * (cli_chosen_ratio(c) - 1);
    return fabs(percent) < .05 ? 0 : percent; /* "-0.0%" would tell nothing */
}
