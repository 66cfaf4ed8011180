/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tells the series of a long file apart: columns that would, where stamps repeat, and units. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* Columns that tell the series apart, and how many series that makes. */
enum { MOST_IDS = 3 };
typedef struct best {
    int column[MOST_IDS], count; /* 0: none */
    size_t series;
} best;

static int compare_columns(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int hint(ds_ingest *in, best *found)
{
    char text[MOST_IDS * 102];
    size_t n = 0;
    qsort(found->column, (size_t)found->count, sizeof *found->column, compare_columns);
    for (int i = 0; i < found->count; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.100s", i ? "," : "",
                              in->columns[found->column[i]].name);
    in->id_hint = nn_text_copy(text, strlen(text));
    return in->id_hint ? NN_OK : ds_ingest_no_memory(in);
}

/* Whether stamps no longer repeat with these columns beside them, and these make fewer series than the best
 * so far: values of a measurement tell rows apart too, but nearly each row of its own. */
static int weigh(ds_ingest *in, ds_plan_rows rows, size_t values, const int *ids, int count, best *found)
{
    int columns[DS_STAMP_PIECES + MOST_IDS];
    size_t repeats = 0, same = 0;
    memcpy(columns, ids, (size_t)count * sizeof *columns);
    int code = ds_plan_repeats(in, rows, columns, count, &same);
    const size_t series = values - same;
    for (int i = 0; i < in->pieces; i++)
        columns[count + i] = in->piece[i].column;
    if (!code && series < found->series)
        code = ds_plan_repeats(in, rows, columns, count + in->pieces, &repeats);
    if (!code && series < found->series && repeats == 0) {
        *found = (best){.count = count, .series = series};
        memcpy(found->column, ids, (size_t)count * sizeof *ids);
    }
    return code;
}

/* Of three columns only where no two will do. */
static int weigh_all(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all, const pick *p, best *found)
{
    int code = NN_OK;
    for (int i = 0; i < p->count && !code; i++) {
        const size_t values = all[p->column[i]].values;
        code = weigh(in, rows, values, &p->column[i], 1, found);
        for (int j = 0; j < i && !code; j++)
            code = weigh(in, rows, values, (const int[]){p->column[i], p->column[j]}, 2, found);
    }
    for (int i = 0; i < p->count && found->count == 0; i++)
        for (int j = 0; j < i; j++)
            for (int k = 0; k < j && !code; k++)
                code = weigh(in, rows, all[p->column[i]].values,
                             (const int[]){p->column[i], p->column[j], p->column[k]}, 3, found);
    return code;
}

int ds_plan_hint_ids(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    int columns[DS_STAMP_PIECES];
    size_t repeats;
    pick p = {.count = 0};
    best found = {.series = SIZE_MAX};
    for (int i = 0; i < in->pieces; i++)
        columns[i] = in->piece[i].column;
    int code =
        in->pieces && in->id_column < 0 ? ds_plan_repeats(in, rows, columns, in->pieces, &repeats) : NN_OK;
    if (code || in->pieces == 0 || in->id_column >= 0 || repeats == 0)
        return code;
    code = gather(in, rows, all, &p);
    if (!code)
        code = weigh_all(in, rows, all, &p, &found);
    return code || found.count == 0 ? code : hint(in, &found);
}

/* A column that says what currency or unit each row's values are in. */
static bool is_unit_name(const char *name)
{
    static const char *const words[] = {"currency",
                                        "ccy",
                                        "curr",
                                        "unit",
                                        "units",
                                        "uom",
                                        "unit_of_measure",
                                        "unit of measure",
                                        "w\xc3\xa4hrung",
                                        "waehrung",
                                        "einheit",
                                        "devise",
                                        "moneda",
                                        "valuta",
                                        "currency_code",
                                        "currency code"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], name) == 0)
            return true;
    return false;
}

int ds_plan_refuse_units(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all)
{
    for (int i = 0; i < in->count && in->id_column < 0 && !in->id_hint; i++) {
        const char *name = in->columns[i].name;
        ds_text first = {NULL, 0};
        if (in->columns[i].role != DS_ROLE_OPEN || all[i].numbers || !is_unit_name(name))
            continue;
        for (size_t r = rows.first; r < rows.sample->row_count; r++) {
            const ds_text t = ds_sample_cell(rows.sample, r, i);
            const ds_field field = ds_field_of(t.text, t.length);
            if (rows.sample->rows[r].count != in->count || ds_field_missing(in, &field))
                continue;
            first = first.text ? first : t;
            if (t.length == first.length && memcmp(t.text, first.text, t.length) == 0)
                continue;
            return nn_fail(
                in->error, NN_BAD_DATA,
                "%s:%zu:%d: column '%.60s' says '%.*s' here and '%.*s' before: values in several units "
                "are no series; --id '%.60s' reads each as one of its own, --exclude '%.60s' goes on all "
                "the same",
                in->name, rows.sample->rows[r].line, i + 1, name, (int)(t.length < 30 ? t.length : 30),
                t.text, (int)(first.length < 30 ? first.length : 30), first.text, name, name);
        }
    }
    return NN_OK;
}
