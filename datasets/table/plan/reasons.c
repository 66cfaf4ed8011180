/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of what was decided, and why. */
#include "datasets/table/plan/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ds_reason_add(ds_ingest *in, ds_reason_kind kind, const char *option, const char *format, ...)
{
    ds_report *report = &in->table->report;
    char text[800];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (kind == DS_REASON_GUESS && in->options->strict)
        return nn_fail(in->error, NN_BAD_DATA, "%s: %s; strict reading does not guess%s%s", in->name, text,
                       option ? ": say " : "", option ? option : "");
    ds_reason *more = nn_resize(report->reasons, (size_t)report->reason_count + 1, sizeof *more, 1);
    if (!more)
        return ds_ingest_no_memory(in);
    report->reasons = more;
    ds_reason *r = &more[report->reason_count];
    *r = (ds_reason){.kind = kind, .text = nn_text_copy(text, strlen(text))};
    if (option)
        r->option = nn_text_copy(option, strlen(option));
    if (!r->text || (option && !r->option)) {
        free(r->text);
        free(r->option);
        return ds_ingest_no_memory(in);
    }
    report->reason_count++;
    return NN_OK;
}
