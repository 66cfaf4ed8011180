/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A column of stamps in a pattern. */
#include "datasets/time/pattern.h"
#include "datasets/time/reader.h"
#include "lib/base/text.h"

#include <stdio.h>

int ds_pattern_add(ds_time_reader *r, const char *text, size_t length, ds_time *time, nn_error *error)
{
    ds_pattern_parts parts = {0};
    const char *end = text + length, *stop = ds_pattern_scan(r->format.pattern, text, end, &parts);
    if (!stop)
        return nn_fail(error, NN_BAD_DATA, "'%s' does not follow --time-format '%s'",
                       NN_SHOWN(60, text, length), r->format.pattern);
    if (stop < end)
        return nn_fail(error, NN_BAD_DATA, "'%s' goes on where --time-format '%s' has ended: '%s'",
                       NN_SHOWN(60, text, length), r->format.pattern, NN_SHOWN(20, stop, end - stop));
    const int code = ds_pattern_time(&parts, text, length, time, error), zone = parts.zone_minutes;
    if (code == NN_OK && (zone || *r->format.zone)) {
        const int size = zone < 0 ? -zone : zone;
        snprintf(r->format.zone, sizeof r->format.zone, "%c%02d:%02d", zone < 0 ? '-' : '+', size / 60 % 100,
                 size % 60);
    }
    return code == NN_OK && parts.has_zone ? ds_zone_note(r, zone, r->format.zone, error) : code;
}
