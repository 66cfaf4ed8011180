/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects whose rows do not stand together, and points that are not in time order. */
#include "datasets/lightcurves/lightcurve_internal.h"
#include "lib/base/memory.h"
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

/* --- ids that come back --- */

static bool grow_seen(ds_lightcurves *r)
{
    const size_t size = r->seen_size ? 2 * r->seen_size : 256;
    uint64_t *seen = calloc(size, sizeof *seen);
    if (!seen)
        return false;
    for (size_t i = 0; i < r->seen_size; i++)
        if (r->seen[i]) {
            size_t at = (size_t)r->seen[i] & (size - 1);
            while (seen[at])
                at = (at + 1) & (size - 1);
            seen[at] = r->seen[i];
        }
    free(r->seen);
    r->seen = seen;
    r->seen_size = size;
    return true;
}

/* Only hashes are kept: among ten million ids the chance that any two share one is 3e-6. */
int ds_photometry_remember(ds_lightcurves *r, const char *id, size_t length, bool *seen)
{
    uint64_t hash = XXH64(id, length, 0);
    hash += hash == 0;
    if (4 * (r->seen_count + 1) > 3 * r->seen_size && !grow_seen(r))
        return ds_photometry_no_memory(r);
    size_t at = (size_t)hash & (r->seen_size - 1);
    for (; r->seen[at]; at = (at + 1) & (r->seen_size - 1))
        if (r->seen[at] == hash) {
            *seen = true;
            return NN_OK;
        }
    r->seen[at] = hash;
    r->seen_count++;
    return NN_OK;
}

int ds_photometry_check_new(ds_lightcurves *r, const char *id, size_t length, size_t line)
{
    bool seen = false;
    const int code = ds_photometry_remember(r, id, length, &seen);
    if (code || !seen)
        return code;
    /* What of a stream has come by then is chance. */
    return r->report.objects == 0 && !r->stream
               ? ds_photometry_gather(r)
               : nn_fail(r->error, NN_BAD_DATA,
                         "%s:%zu: object '%s' comes back after other objects: the file is not grouped "
                         "by id; --grouping gather reads it whole and puts the rows together, --grouping "
                         "alerts takes each run of rows as an object",
                         r->name, line, NN_SHOWN(100, id, length));
}

void ds_photometry_set_alerts(ds_lightcurves *r)
{
    r->alerts = r->history = true;
    if (r->options.grouping != DS_GROUPED)
        return;
    if (r->stream)
        r->options.grouping = DS_ALERTS;
    else
        r->gathering = r->report.gathered = true;
}

int ds_photometry_gather(ds_lightcurves *r)
{
    uint32_t *owner = nn_resize(NULL, r->room, sizeof *owner, 1);
    if (!owner)
        return ds_photometry_no_memory(r);
    r->owner = owner;
    for (size_t i = 0; i < r->queue_count; i++) {
        const char *id = r->text + r->queue[i].id;
        if (nn_names_add(&r->ids, id, strlen(id)) < 0)
            return ds_photometry_no_memory(r);
        for (size_t p = 0; p < r->queue[i].count; p++)
            owner[r->queue[i].begin + p] = (uint32_t)i;
    }
    free(r->seen);
    r->seen = NULL;
    r->seen_size = r->seen_count = 0;
    r->gathering = r->report.gathered = true;
    return NN_OK;
}

static bool reorder(void **block, size_t size, const size_t *place, size_t points)
{
    char *to = nn_resize(NULL, points, size, 1);
    if (!to)
        return false;
    const char *from = *block;
    for (size_t p = 0; p < points; p++)
        memcpy(to + place[p] * size, from + p * size, size);
    free(*block);
    *block = to;
    return true;
}

int ds_photometry_gathered(ds_lightcurves *r)
{
    size_t *place = nn_resize(NULL, r->points, sizeof *place, 1);
    if (!place)
        return ds_photometry_no_memory(r);
    size_t begin = 0;
    for (size_t i = 0; i < r->queue_count; i++) {
        r->queue[i].begin = begin;
        begin += r->queue[i].count;
        r->queue[i].count = 0;
    }
    for (size_t p = 0; p < r->points; p++) {
        ds_queued *object = &r->queue[r->owner[p]];
        place[p] = object->begin + object->count++;
    }
    const bool done = reorder((void **)&r->time, sizeof *r->time, place, r->points) &&
                      reorder((void **)&r->flux, sizeof *r->flux, place, r->points) &&
                      reorder((void **)&r->sigma, sizeof *r->sigma, place, r->points) &&
                      reorder((void **)&r->band, 1, place, r->points) &&
                      reorder((void **)&r->detected, 1, place, r->points) &&
                      (!r->key || reorder((void **)&r->key, sizeof *r->key, place, r->points));
    free(place);
    r->room = r->points;
    r->gathering = false;
    return done ? NN_OK : ds_photometry_no_memory(r);
}

/* --- time order --- */

static int compare_times(const void *a, const void *b, void *context)
{
    const double *time = context;
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    if (time[x] != time[y])
        return time[x] < time[y] ? -1 : 1;
    return (x > y) - (x < y);
}

void ds_order_by_time(size_t *order, size_t n, const double *time)
{
    size_t i = 1;
    while (i < n && compare_times(&order[i - 1], &order[i], (void *)time) < 0)
        i++;
    if (i < n)
        qsort_r(order, n, sizeof *order, compare_times, (void *)time);
}

int ds_photometry_sort(ds_lightcurves *r, const ds_queued *object)
{
    const size_t n = object->count;
    const double *time = r->curve.time;
    size_t i = 1;
    while (i < n && time[i - 1] <= time[i])
        i++;
    if (i >= n)
        return NN_OK;
    if (n > r->order_room) {
        size_t *order = nn_resize(r->order, n + n / 2, sizeof *order, 1);
        if (!order)
            return ds_photometry_no_memory(r);
        r->order = order;
        if (r->curve_key) {
            uint64_t *keys = nn_resize(r->sorted_key, n + n / 2, sizeof *keys, 1);
            if (!keys)
                return ds_photometry_no_memory(r);
            r->sorted_key = keys;
        }
        r->order_room = n + n / 2;
    }
    const ds_lightcurve unsorted = r->curve;
    const int code = ds_points_copy(&r->sorted, &unsorted, r->error);
    if (code)
        return code;
    for (i = 0; i < n; i++)
        r->order[i] = i;
    ds_order_by_time(r->order, n, time);
    ds_points *to = &r->sorted;
    for (i = 0; i < n; i++) {
        const size_t from = r->order[i];
        to->time[i] = unsorted.time[from];
        to->flux[i] = unsorted.flux[from];
        to->error[i] = unsorted.error[from];
        to->band[i] = unsorted.band[from];
        to->detected[i] = unsorted.detected[from];
        if (r->curve_key)
            r->sorted_key[i] = r->curve_key[from];
    }
    r->curve_key = r->curve_key ? r->sorted_key : NULL;
    r->curve.time = to->time;
    r->curve.flux = to->flux;
    r->curve.error = to->error;
    r->curve.band = to->band;
    r->curve.detected = to->detected;
    r->report.unsorted++;
    return NN_OK;
}

/* --- points that stand there twice --- */

static bool is_repeat(const ds_lightcurve *c, int i, int from)
{
    enum { MOST = 256 };
    for (int k = i - from > MOST ? i - MOST : from; k < i; k++)
        if (c->band[k] == c->band[i] && c->flux[k] == c->flux[i] && c->error[k] == c->error[i])
            return true;
    return false;
}

static void move_point(ds_lightcurves *r, int to, int from)
{
    ds_lightcurve *c = &r->curve;
    if (to == from)
        return;
    ((double *)c->time)[to] = c->time[from];
    ((double *)c->flux)[to] = c->flux[from];
    ((double *)c->error)[to] = c->error[from];
    ((uint8_t *)c->band)[to] = c->band[from];
    ((uint8_t *)c->detected)[to] = c->detected[from];
    if (r->curve_key)
        r->curve_key[to] = r->curve_key[from];
}

/* Alerts bring their history along, so that a stream of them holds each point many times over. Points of one
 * time stand together here, and are few. */
void ds_photometry_drop_repeats(ds_lightcurves *r)
{
    ds_lightcurve *c = &r->curve;
    int kept = 0, from = 0;
    for (int i = 0; i < c->count; i++) {
        const bool same = i > 0 && c->time[i] == c->time[from];
        from = same && kept ? from : kept;
        move_point(r, kept, i);
        if (same && is_repeat(c, kept, from))
            r->report.repeats++;
        else
            kept++;
    }
    c->count = kept;
}

/* No telescope measures an object twice in a band within a second. */
static const double same_time = 1e-5;

static bool is_same(const ds_lightcurves *r, int i, int k)
{
    const uint64_t *key = r->curve_key;
    if (key && key[i] && key[k])
        return key[i] == key[k];
    return r->curve.band[i] == r->curve.band[k];
}

void ds_photometry_merge_history(ds_lightcurves *r)
{
    ds_lightcurve *c = &r->curve;
    int kept = 0;
    for (int i = 0; i < c->count; i++) {
        int k = kept - 1;
        while (k >= 0 && c->time[i] - c->time[k] <= same_time && !is_same(r, i, k))
            k--;
        const bool same = k >= 0 && c->time[i] - c->time[k] <= same_time;
        const bool better = same && r->curve_key && r->curve_key[i] && !r->curve_key[k];
        r->report.repeats += same;
        const double time = better ? c->time[k] : 0;
        if (better) {
            move_point(r, k, i);
            ((double *)c->time)[k] = time; /* in order */
        } else if (!same)
            move_point(r, kept++, i);
    }
    c->count = kept;
}
