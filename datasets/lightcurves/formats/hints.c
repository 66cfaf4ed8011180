/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps units and UCDs of columns by their names. */
#include "datasets/lightcurves/formats/hints.h"

#include "lib/base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

static bool has(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

int ds_hints_part(const char *ucd, bool *magnitude)
{
    *magnitude = false;
    if (!ucd)
        return -1;
    const bool error = begins(ucd, "stat.error");
    const char *semicolon = strchr(ucd, ';');
    const char *of = error ? (semicolon ? semicolon + 1 : "") : ucd;
    if (begins(of, "phot.mag") || begins(of, "phot.flux")) {
        *magnitude = begins(of, "phot.mag");
        return has(ucd, "arith.") || has(ucd, "stat.mean") ? -1 : error ? DS_PART_ERROR : DS_PART_FLUX;
    }
    if (error)
        return -1;
    if (begins(ucd, "time.epoch") || strcasecmp(ucd, "time") == 0)
        return DS_PART_TIME;
    if (begins(ucd, "instr.filter") || begins(ucd, "instr.bandpass") || has(ucd, ";instr.filter") ||
        has(ucd, ";instr.bandpass"))
        return DS_PART_BAND;
    return begins(ucd, "meta.id") && has(ucd, "meta.main") ? DS_PART_ID : -1;
}

int ds_hints_add(ds_lightcurves *r, const char *name, const char *unit, const char *ucd)
{
    bool magnitude;
    const int part = ds_hints_part(ucd, &magnitude);
    ds_column_hint *more = nn_resize(r->hints, (size_t)r->hint_count + 1, sizeof *more, 1);
    if (!more)
        return ds_photometry_no_memory(r);
    r->hints = more;
    ds_column_hint *hint = &more[r->hint_count];
    *hint = (ds_column_hint){.name = nn_text_copy(name, strlen(name)),
                             .unit = nn_text_copy(unit ? unit : "", unit ? strlen(unit) : 0),
                             .part = part,
                             .magnitude = magnitude};
    r->hint_count++;
    return hint->name && hint->unit ? NN_OK : ds_photometry_no_memory(r);
}

void ds_hints_free(ds_lightcurves *r)
{
    for (int i = 0; i < r->hint_count; i++) {
        free(r->hints[i].name);
        free(r->hints[i].unit);
    }
    free(r->hints);
    r->hints = NULL;
    r->hint_count = 0;
}
