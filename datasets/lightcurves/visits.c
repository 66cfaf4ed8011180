/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of visits that a survey publishes beside photometry without times. */
#include "datasets/lightcurves/lightcurve_internal.h"
#include "datasets/time/decimal.h"
#include "lib/base/memory.h"
#include "lib/base/names.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct ds_visits {
    nn_names ids;
    double *time; /* MJD */
    int room;
    /* While reading. */
    const char *name;
    int visit_column, time_column, count; /* count: columns; 0 before the header */
};

static int find(const ds_field *fields, int count, const char *const *names)
{
    for (; *names; names++)
        for (int i = 0; i < count; i++)
            if (strlen(*names) == fields[i].length &&
                strncasecmp(*names, fields[i].text, fields[i].length) == 0)
                return i;
    return -1;
}

static int take_header(ds_visits *v, const ds_field *fields, int count, size_t line, nn_error *error)
{
    static const char *const visits[] = {"visit", "visitId", "observationId", NULL};
    static const char *const times[] = {
        "expMidptMJD", "midpointMjdTai", "obsStartMJD", "expMidptMjdTai", "observationStartMJD", "mjd",
        "jd",          "time",           NULL};
    v->count = count;
    v->visit_column = find(fields, count, visits);
    v->time_column = find(fields, count, times);
    return v->visit_column >= 0 && v->time_column >= 0
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA,
                         "%s:%zu: a table of visits needs columns 'visit' (visitId, observationId) and "
                         "'expMidptMJD' (midpointMjdTai, obsStartMJD, mjd)",
                         v->name, line);
}

static int fail_no_memory(const ds_visits *v, nn_error *error)
{
    return nn_fail(error, NN_FAILED, "%s: no memory", v->name);
}

static int take_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error)
{
    ds_visits *v = context;
    if (!v->count)
        return take_header(v, fields, count, line, error);
    if (count != v->count)
        return nn_fail(error, NN_BAD_DATA, "%s:%zu: %d fields where the header has %d", v->name, line, count,
                       v->count);
    const ds_field *visit = &fields[v->visit_column], *f = &fields[v->time_column];
    double time = NAN;
    if (ds_number_parse(f->text, f->length, false, &time) != DS_NUMBER_OK &&
        !ds_missing_word(f->text, f->length, NULL))
        return nn_fail(error, NN_BAD_DATA, "%s:%zu:%d: '%s' is not a number", v->name, line,
                       v->time_column + 1, NN_SHOWN(60, f->text, f->length));
    if (time > 2400000)
        time -= 2400000.5;
    const int known = v->ids.count;
    const int i = nn_names_add(&v->ids, visit->text, visit->length);
    if (i < 0)
        return fail_no_memory(v, error);
    if (i < known && v->time[i] != time)
        return nn_fail(error, NN_BAD_DATA, "%s:%zu:%d: visit %s stands before with another time", v->name,
                       line, v->visit_column + 1, NN_SHOWN(60, visit->text, visit->length));
    if (i == v->room) {
        const int room = 2 * v->room + 64;
        double *more = nn_resize(v->time, (size_t)room, sizeof *more, 1);
        if (!more)
            return fail_no_memory(v, error);
        v->time = more;
        v->room = room;
    }
    v->time[i] = time;
    return NN_OK;
}

int ds_visits_read(ds_visits **visits, const char *path, nn_error *error)
{
    const ds_scan_options options = {0};
    ds_scan_result result;
    *visits = NULL;
    ds_visits *v = calloc(1, sizeof *v);
    if (!v)
        return nn_fail(error, NN_FAILED, "%s: no memory", path);
    v->name = path;
    int code = ds_scan(path, &options, take_row, v, &result, NULL, error);
    if (!code && v->ids.count == 0)
        code = nn_fail(error, NN_BAD_DATA, "%s:%zu: no visits", path, result.lines);
    v->name = NULL;
    if (code)
        ds_visits_free(v);
    else
        *visits = v;
    return code;
}

void ds_visits_free(ds_visits *visits)
{
    if (visits) {
        nn_names_free(&visits->ids);
        free(visits->time);
        free(visits);
    }
}

double ds_visits_find(const ds_visits *visits, const char *text, size_t length)
{
    const int i = nn_names_find(&visits->ids, text, length);
    return i < 0 ? NAN : visits->time[i];
}
