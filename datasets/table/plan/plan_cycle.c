/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows without stamps beside a column that counts weeks, months or hours again and again and names no year.
 */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"
#include "datasets/time/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct cycle {
    size_t rows, up, down, rounds; /* steps by one, and back from the last to the first or the other way */
    long least, most;
} cycle;

/* A number, or the place of the name of a month or of a day of the week. */
static bool value_of(ds_text t, long *value)
{
    size_t taken;
    const ds_month_match month = ds_month_find(t.text, t.length);
    if (month.month && month.taken == t.length) {
        *value = month.month;
        return true;
    }
    const int day = ds_name_find(t.text, t.length, false, &taken);
    if (day && taken == t.length) {
        *value = day;
        return true;
    }
    for (size_t i = 0; i < t.length; i++)
        if (t.text[i] < '0' || t.text[i] > '9')
            return false;
    *value = t.length && t.length < 5 ? strtol(t.text, NULL, 10) : -1;
    return *value >= 0;
}

static bool look_at(ds_ingest *in, ds_plan_rows rows, int column, cycle *c)
{
    long before = -1, value = -1;
    *c = (cycle){.least = 1000000};
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        if (rows.sample->rows[r].count != in->count)
            continue;
        if (!value_of(ds_sample_cell(rows.sample, r, column), &value))
            return false;
        c->least = value < c->least ? value : c->least;
        c->most = value > c->most ? value : c->most;
        c->rows++;
    }
    for (size_t r = rows.first; r < rows.sample->row_count; r++) {
        if (rows.sample->rows[r].count != in->count)
            continue;
        (void)value_of(ds_sample_cell(rows.sample, r, column), &value);
        const long step = before < 0 ? 0 : value - before, span = c->most - c->least;
        c->up += step == 1 && span > 1;
        c->down += step == -1 && span > 1;
        c->rounds += span > 1 && (step <= 1 - span || step >= span - 1);
        before = value;
    }
    return c->rows >= 8 && c->most - c->least >= 3 && c->most <= 366;
}

int ds_plan_leave_cycles_out(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    int code = NN_OK;
    for (int i = 0; i < in->count && !code; i++) {
        ds_column *column = &in->columns[i];
        cycle c;
        if (column->role != DS_ROLE_OPEN || column->asked || in->id_column >= 0 || all[i].values == 0 ||
            !ds_name_is_calendar(column->name) || !look_at(in, rows, i, &c))
            continue;
        const size_t most = c.rows - 1, least = (most + 1) - (most + 9) / 10;
        if (c.down + c.rounds >= least && c.down > c.up)
            return nn_fail(
                in->error, NN_BAD_DATA,
                "%s: column '%.100s' counts down from row to row, so the newest row comes first, and names "
                "no year: turn the rows round, or --time none --columns NAMES takes them as they come",
                in->name, column->name);
        if (c.up + c.rounds < least || c.rounds == 0)
            continue;
        column->role = DS_ROLE_OUT;
        code =
            ds_reason_add(in, in->options->start ? DS_REASON_SAID : DS_REASON_GUESS, "--start",
                          "'%.100s' counts from %ld to %ld again and again, names no year and is left out; "
                          "--start DATE --frequency STEP gives the rows stamps",
                          column->name, c.least, c.most);
    }
    return code;
}
