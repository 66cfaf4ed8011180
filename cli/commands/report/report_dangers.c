/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a report that says what would be dangerous to believe. */
#include "cli/commands/report/report.h"

#include "forecast/statistics/jump.h"

#include <math.h>
#include <stdlib.h>

enum { NAMED = 8, FEW_VALUES = 20, FEW_ORIGINS = 3 };

typedef struct facts {
    size_t known, zeros, first, end; /* rows of the first and behind the last value */
    bool negative;
    double least, most;
} facts;

static facts look_at(const ds_table *t, int column)
{
    facts f = {.first = t->rows, .least = INFINITY, .most = -INFINITY};
    for (size_t r = 0; r < t->rows; r++) {
        const double v = t->values[r * (size_t)t->columns + (size_t)column];
        if (isnan(v))
            continue;
        f.first = r < f.first ? r : f.first;
        f.end = r + 1;
        f.known++;
        f.zeros += v == 0;
        f.negative |= v < 0;
        f.least = fmin(f.least, v);
        f.most = fmax(f.most, v);
    }
    return f;
}

/* One sort of danger: whether a column is in it. */
typedef bool (*danger_fn)(const cli_page *p, int target, const facts *f);

static bool is_short(const cli_page *p, int target, const facts *f)
{
    (void)target;
    return f->known < FEW_VALUES || (p->season.rows > 1 && f->end - f->first < 2 * (size_t)p->season.rows);
}

static bool is_untried(const cli_page *p, int target, const facts *f)
{
    const int origins = p->chosen[p->future->columns[target]].origins;
    (void)f;
    return origins < FEW_ORIGINS;
}

static bool is_naive(const cli_page *p, int target, const facts *f)
{
    const double ratio = cli_chosen_ratio(&p->chosen[p->future->columns[target]]);
    (void)f;
    return ratio >= .98;
}

static bool is_rare(const cli_page *p, int target, const facts *f)
{
    (void)p, (void)target;
    return f->known && !f->negative && f->most > 0 && 3 * f->zeros >= f->known;
}

static bool is_far(const cli_page *p, int target, const facts *f)
{
    (void)target;
    return 2 * (size_t)p->horizon > f->end - f->first;
}

static bool is_holed(const cli_page *p, int target, const facts *f)
{
    (void)p, (void)target;
    return f->known && 10 * (f->end - f->first - f->known) > f->end - f->first;
}

static bool is_early(const cli_page *p, int target, const facts *f)
{
    (void)target;
    return f->known && f->end < p->table->rows;
}

static bool is_wide(const cli_page *p, int target, const facts *f)
{
    const size_t at = (size_t)(p->future->steps - 1) * (size_t)p->future->targets + (size_t)target;
    return p->bands->count > 1 && f->most > f->least &&
           p->bands->band[1].values[at] - p->bands->band[0].values[at] > f->most - f->least;
}

static const struct {
    danger_fn is;
    const char *what, *why;
} dangers[] = {
    {is_short, "A short past",
     "fewer than 20 values or two seasons: a season cannot be told from chance, and intervals are guesses"},
    {is_untried, "Hardly tried",
     "forecasts could be compared at fewer than three origins: which one is best may be chance"},
    {is_naive, "No better than naive",
     "repeating the last value or season does as well, so believe in the level and the interval, not in "
     "the line's ups and downs"},
    {is_rare, "Rare demand",
     "a third of the values or more are 0: what is forecast is a mean per row, not when demand comes"},
    {is_far, "Far ahead", "the horizon is longer than half of the past"},
    {is_wide, "Wide intervals",
     "the last 80% interval is wider than all that was ever seen: the far end says next to nothing"},
    {is_holed, "Holes", "more than a tenth of the values are missing"},
    {is_early, "An early end", "the series ends before the file does, and its forecast begins there"},
};

/* The series of a sort of danger, the first few by name. Returns how many there are. */
static int put_danger(cli_page *p, const facts *all, size_t which)
{
    int count = 0;
    for (int k = 0; k < p->future->targets; k++) {
        const int column = p->future->columns[k];
        if (!all[column].known || !dangers[which].is(p, k, &all[column]))
            continue;
        if (count == 0)
            fprintf(p->out, "<li><strong>%s</strong> (", dangers[which].what);
        if (count < NAMED) {
            fputs(count ? ", " : "", p->out);
            cli_page_name(p, p->table->names[column]);
        }
        count++;
    }
    if (count > NAMED)
        fprintf(p->out, " and %d more", count - NAMED);
    if (count)
        fprintf(p->out, "): %s.</li>\n", dangers[which].why);
    return count;
}

static int put_jumps(cli_page *p, int *count, nn_error *error)
{
    int code = NN_OK;
    for (int c = 0; c < p->table->columns && !code; c++) {
        const fc_components *parts = &p->parts[c];
        fc_jump jump;
        if (parts->count == 0)
            continue;
        code = fc_jump_find(&jump, parts->trend, parts->rest, parts->count, p->season.rows, error);
        if (code || jump.row == 0)
            continue;
        fputs("<li><strong>A new level</strong>: ", p->out);
        cli_page_name(p, p->table->names[c]);
        fputs(" jumps from about ", p->out);
        cli_page_number(p, jump.before, 4);
        fputs(" to ", p->out);
        cli_page_number(p, jump.after, 4);
        fputs(" near ", p->out);
        cli_page_time(p, p->table->time[parts->begin + jump.row]);
        fputs(": what is before it may tell little of what comes, and it may happen again.</li>\n", p->out);
        ++*count;
    }
    return code;
}

static int put_guesses(cli_page *p)
{
    const ds_report *r = &p->table->report;
    int count = 0;
    for (int i = 0; i < r->reason_count; i++) {
        if (r->reasons[i].kind != DS_REASON_GUESS)
            continue;
        fputs("<li><strong>A guess while reading</strong>: ", p->out);
        cli_page_text(p, r->reasons[i].text);
        fputs(".</li>\n", p->out);
        count++;
    }
    return count;
}

int cli_page_dangers(cli_page *p, nn_error *error)
{
    facts *all = malloc(((size_t)p->table->columns + 1) * sizeof *all);
    int count = 0;
    if (!all)
        return nn_no_memory(error);
    for (int c = 0; c < p->table->columns; c++)
        all[c] = look_at(p->table, c);
    fputs("<h2>What would be dangerous to believe</h2>\n<div class=\"danger\"><ul>\n", p->out);
    for (size_t i = 0; i < sizeof dangers / sizeof *dangers; i++)
        count += put_danger(p, all, i);
    int code = put_jumps(p, &count, error);
    for (int i = 0; i < p->doubts.count; i++, count++) {
        fputs("<li><strong>Doubtful values</strong>: ", p->out);
        cli_page_text(p, p->doubts.line[i]);
        fputs(".</li>\n", p->out);
    }
    count += put_guesses(p);
    if (!count)
        fputs("<li>Nothing in the data stands out.</li>\n", p->out);
    fputs(
        "<li>Forecasts and intervals hold as far as the future is like the past: they know of no event that "
        "has not been in it.</li>\n</ul></div>\n",
        p->out);
    free(all);
    return code;
}
