/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of what was decided of a file of photometry, and why. */
#include "datasets/lightcurves/lightcurve_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ds_photometry_reason(ds_lightcurves *r, ds_reason_kind kind, const char *option, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (kind == DS_REASON_GUESS && r->options.strict)
        return nn_fail(r->error, NN_BAD_DATA, "%s: %s; strict reading does not guess%s%s", r->name, text,
                       option ? ": say " : "", option ? option : "");
    if (r->report.reason_count == DS_LIGHT_REASONS)
        return NN_OK;
    ds_light_reason *reason = &r->report.reasons[r->report.reason_count++];
    reason->kind = kind;
    reason->option = option;
    snprintf(reason->text, sizeof reason->text, "%.*s", (int)sizeof reason->text - 1, text);
    return NN_OK;
}
