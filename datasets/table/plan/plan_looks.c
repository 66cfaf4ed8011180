/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns of texts that look like time although no form reads them. */
#include "datasets/table/plan/plan.h"
#include "datasets/text/time_names.h"
#include "datasets/time/names.h"

#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether four digits that no other touches are a year of 1800 to 2099. */
static bool holds_year(ds_text t)
{
    for (size_t i = 0, n = 0; i < t.length; i += n ? n : 1) {
        for (n = 0; i + n < t.length && is_digit(t.text[i + n]); n++)
            ;
        const bool century = n == 4 && (memcmp(t.text + i, "18", 2) == 0 ||
                                        memcmp(t.text + i, "19", 2) == 0 || memcmp(t.text + i, "20", 2) == 0);
        if (century)
            return true;
    }
    return false;
}

/* The same for all texts that differ in digits only. */
static uint64_t hash_letters(ds_text t)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < t.length; i++)
        if (!is_digit(t.text[i]))
            h = (h ^ (unsigned char)t.text[i]) * UINT64_C(1099511628211);
    return h;
}

/* Texts of periods differ in digits, and in the names of up to a year's weeks or a month's days. */
enum { MOST_KINDS = 53 };

typedef struct look {
    size_t count, digits, months, years;
    uint64_t kinds[MOST_KINDS];
    int kind_count; /* MOST_KINDS + 1: too many */
} look;

static void take(look *l, ds_text t)
{
    bool digit = false;
    for (size_t i = 0; i < t.length; i++)
        digit |= is_digit(t.text[i]);
    l->count += t.length > 0;
    l->digits += digit;
    l->months += digit && ds_month_find(t.text, t.length).month != 0;
    l->years += holds_year(t);
    const uint64_t kind = hash_letters(t);
    int k = 0;
    while (k < l->kind_count && k < MOST_KINDS && l->kinds[k] != kind)
        k++;
    if (k == l->kind_count && k < MOST_KINDS)
        l->kinds[l->kind_count++] = kind;
    else if (k == MOST_KINDS)
        l->kind_count = MOST_KINDS + 1;
}

/* Rows that hold the same in this column and in all that are no numbers. */
static int count_repeats(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all, int column,
                         size_t *repeats)
{
    int *columns = nn_resize(NULL, (size_t)in->count, sizeof *columns, 1), count = 0;
    if (!columns)
        return ds_ingest_no_memory(in);
    for (int i = 0; i < in->count; i++)
        if (i == column || 2 * all[i].numbers < all[i].values)
            columns[count++] = i;
    const int code = ds_plan_repeats(in, rows, columns, count, repeats);
    free(columns);
    return code;
}

int ds_plan_looks_timely(ds_ingest *in, ds_plan_rows rows, const ds_evidence *all, int column, bool *timely)
{
    const char *name = in->columns[column].name;
    size_t repeats, own;
    look l = {0};
    *timely = ds_name_is_usual(name);
    if (*timely)
        return NN_OK;
    int code = ds_plan_repeats(in, rows, &column, 1, &own);
    if (!code)
        code = count_repeats(in, rows, all, column, &repeats);
    for (size_t r = rows.first; r < rows.sample->row_count && !code; r++)
        if (rows.sample->rows[r].count == in->count)
            take(&l, ds_sample_cell(rows.sample, r, column));
    const bool digits = l.count >= 2 && 10 * l.digits >= 9 * l.count;
    const bool named = 5 * own < l.count && (ds_name_is_timely(name) || 10 * l.months >= 9 * l.count);
    const bool years = l.count >= 3 && 10 * l.years >= 9 * l.count && 5 * repeats < l.count &&
                       l.kind_count <= MOST_KINDS && own + 1 < l.count;
    *timely = digits && (named || years);
    return code;
}
