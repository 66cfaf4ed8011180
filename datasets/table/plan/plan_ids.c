/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stamps that repeat because the file is long: which columns would tell its series apart. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MOST_CANDIDATES = 12 };

typedef struct pick {
    int column[MOST_CANDIDATES];
    int count;
} pick;

/* Texts, and whole numbers of which there are far fewer than rows. */
static int gather(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all, pick *p)
{
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < in->count && p->count < MOST_CANDIDATES; i++) {
            size_t repeats;
            const bool text = all[i].numbers < all[i].values;
            if (in->columns[i].role != DS_ROLE_OPEN || in->columns[i].asked || text != (turn == 0) ||
                all[i].missing || (!text && all[i].whole < all[i].values) ||
                ds_name_is_timely(in->columns[i].name))
                continue;
            const int code = ds_plan_repeats(in, rows, &i, 1, &repeats);
            if (code)
                return code;
            if (2 * repeats >= all[i].values && repeats + 1 < all[i].values)
                p->column[p->count++] = i;
        }
    return NN_OK;
}

static int hint(ds_ingest *in, int a, int b)
{
    char text[256];
    if (b < 0)
        snprintf(text, sizeof text, "%.100s", in->columns[a].name);
    else
        snprintf(text, sizeof text, "%.100s,%.100s", in->columns[a < b ? a : b].name,
                 in->columns[a < b ? b : a].name);
    in->id_hint = nn_text_copy(text, strlen(text));
    return in->id_hint ? NN_OK : ds_ingest_no_memory(in);
}

/* Columns that tell the series apart, and how many series that makes. */
typedef struct best {
    int a, b; /* below 0: none */
    size_t series;
} best;

/* Whether stamps no longer repeat with these columns beside them, and these make fewer series than the best
 * so far: values of a measurement tell rows apart too, but nearly each row of its own. */
static int weigh(ds_ingest *in, ds_plan_rows rows, size_t values, int a, int b, best *found)
{
    int columns[DS_STAMP_PIECES + 2];
    size_t repeats = 0, same = 0;
    int count = 0;
    columns[count++] = a;
    if (b >= 0)
        columns[count++] = b;
    int code = ds_plan_repeats(in, rows, columns, count, &same);
    const size_t series = values - same;
    for (int i = 0; i < in->pieces; i++)
        columns[count++] = in->piece[i].column;
    if (!code && series < found->series)
        code = ds_plan_repeats(in, rows, columns, count, &repeats);
    if (!code && series < found->series && repeats == 0)
        *found = (best){a, b, series};
    return code;
}

int ds_plan_hint_ids(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    int columns[DS_STAMP_PIECES];
    size_t repeats;
    pick p = {.count = 0};
    best found = {-1, -1, SIZE_MAX};
    for (int i = 0; i < in->pieces; i++)
        columns[i] = in->piece[i].column;
    int code =
        in->pieces && in->id_column < 0 ? ds_plan_repeats(in, rows, columns, in->pieces, &repeats) : NN_OK;
    if (code || in->pieces == 0 || in->id_column >= 0 || repeats == 0)
        return code;
    code = gather(in, rows, all, &p);
    for (int i = 0; i < p.count && !code; i++)
        code = weigh(in, rows, all[p.column[i]].values, p.column[i], -1, &found);
    for (int i = 0; i < p.count; i++)
        for (int j = 0; j < i && !code; j++)
            code = weigh(in, rows, all[p.column[i]].values, p.column[i], p.column[j], &found);
    return code || found.a < 0 ? code : hint(in, found.a, found.b);
}
