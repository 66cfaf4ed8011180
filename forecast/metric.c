/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking through tables of metrics. */
#include "forecast/metric.h"

#include <string.h>

double fc_metric_value(const fc_metric *metric, const void *record)
{
    const char *at = (const char *)record + metric->offset;
    return metric->digits == FC_COUNT ? (double)*(const size_t *)at
           : metric->digits == FC_INT ? *(const int *)at
                                      : *(const double *)at;
}

/* The next entry, whether it was there before or not. */
static const fc_metric *step(const fc_metric *m)
{
    for (; m && !m->key; m = m->more)
        ;
    return m;
}

static bool is_repeated(const fc_metric *table, const fc_metric *m)
{
    for (const fc_metric *before = step(table); before != m; before = step(before + 1))
        if (strcmp(before->key, m->key) == 0)
            return true;
    return false;
}

const fc_metric *fc_metric_next(const fc_metric *table, const fc_metric *m)
{
    m = m ? step(m + 1) : step(table);
    while (m && is_repeated(table, m))
        m = step(m + 1);
    return m;
}

const fc_metric *fc_metric_find(const fc_metric *table, const char *key)
{
    const fc_metric *m = step(table);
    while (m && strcmp(m->key, key) != 0)
        m = step(m + 1);
    return m;
}
