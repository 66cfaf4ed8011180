/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which task sees which data. */
#include "forecast/tasks/series/series.h"
#include "forecast/tasks/stations/stations.h"

#include <string.h>

const fc_task *fc_task_for(const fc_kind *kind, bool panel)
{
    return kind->task ? kind->task : panel ? &fc_stations_task : &fc_series_task;
}

const fc_task *fc_task_named(const fc_kind *kind, const char *name)
{
    const fc_task *const tasks[] = {&fc_series_task, &fc_stations_task};
    if (kind->task)
        return kind->task;
    for (size_t i = 0; name && i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i]->name, name) == 0)
            return tasks[i];
    return NULL;
}
