/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several tickers as one series: GMNN and AMNN of arXiv 2504.13801. */
#include "datasets/prices/returns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Volume stands last among several fields. */
static int group_of(const ds_merge *m, int field)
{
    return m->fields > 1 && field == m->fields - 1;
}

int ds_merge_fit(ds_merge *m, ds_merge_kind kind, const ds_table *table, int fields, ds_part train,
                 nn_error *error)
{
    *m = (ds_merge){.kind = kind, .tickers = table->columns / fields, .fields = fields};
    const size_t groups = 2 * (size_t)m->tickers;
    m->least = malloc(groups * sizeof *m->least);
    m->range = malloc(groups * sizeof *m->range);
    if (!m->least || !m->range) {
        ds_merge_clear(m);
        return nn_no_memory(error);
    }
    for (size_t g = 0; g < groups; g++) {
        m->least[g] = INFINITY;
        m->range[g] = -INFINITY; /* the most, until all is seen */
    }
    for (size_t t = train.begin; t < train.end; t++)
        for (int j = 0; j < table->columns; j++) {
            const int g = 2 * (j / fields) + group_of(m, j % fields);
            const double value = table->values[t * (size_t)table->columns + (size_t)j];
            m->least[g] = fmin(m->least[g], value);
            m->range[g] = fmax(m->range[g], value);
        }
    for (size_t g = 0; g < groups; g++) {
        m->range[g] -= m->least[g];
        if (!(m->range[g] > 0 && isfinite(m->range[g]))) {
            m->least[g] = isfinite(m->least[g]) ? m->least[g] : 0;
            m->range[g] = 1;
        }
    }
    return NN_OK;
}

static double mean_of(const ds_merge *m, const double *row, int field)
{
    double sum = 0;
    for (int k = 0; k < m->tickers; k++) {
        const int g = 2 * k + group_of(m, field);
        const double z = (row[k * m->fields + field] - m->least[g]) / m->range[g];
        sum += m->kind == DS_MERGE_GEOMETRIC ? log(fmax(z, 1e-6)) : z;
    }
    sum /= m->tickers;
    return m->kind == DS_MERGE_GEOMETRIC ? exp(sum) : sum;
}

int ds_merge_table(ds_table **out, const ds_merge *m, const ds_table *table, nn_error *error)
{
    int columns[5];
    ds_table *t;
    *out = NULL;
    for (int f = 0; f < m->fields; f++)
        columns[f] = f;
    int code = ds_table_select(&t, table, columns, m->fields, error);
    for (int f = 0; f < m->fields && !code; f++) {
        const char *from = t->names[f] + strcspn(t->names[f], "/");
        const char *rest = *from == '/' ? from : "";
        char *name = malloc(strlen(rest) + sizeof "merged");
        if (!name) {
            code = nn_no_memory(error);
            break;
        }
        stpcpy(stpcpy(name, "merged"), rest);
        free(t->names[f]);
        t->names[f] = name;
    }
    for (size_t r = 0; !code && r < t->rows; r++)
        for (int f = 0; f < m->fields; f++)
            t->values[r * (size_t)m->fields + (size_t)f] =
                mean_of(m, table->values + r * (size_t)table->columns, f);
    if (code && t)
        ds_table_free(t);
    else if (!code)
        *out = t;
    return code;
}

double ds_merge_value(const ds_merge *m, int ticker, double value)
{
    return m->least[2 * ticker] + value * m->range[2 * ticker];
}

void ds_merge_clear(ds_merge *m)
{
    free(m->least);
    free(m->range);
    m->least = m->range = NULL;
}
