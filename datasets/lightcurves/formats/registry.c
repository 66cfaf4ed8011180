/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats that formats.inc names. */
#include "datasets/lightcurves/format.h"

#include <string.h>

#define FORMAT(name) extern const ds_light_format ds_format_##name;
#include "datasets/lightcurves/formats/formats.inc"
#undef FORMAT

static const ds_light_format *const formats[] = {
#define FORMAT(name) &ds_format_##name,
#include "datasets/lightcurves/formats/formats.inc"
#undef FORMAT
};
enum { FORMATS = sizeof formats / sizeof *formats };

const ds_light_format *ds_light_format_at(int k)
{
    return k >= 0 && k < FORMATS ? formats[k] : NULL;
}

const ds_light_format *ds_light_format_of(const char *path, const char *start, size_t length)
{
    const size_t mark = length >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    int k = 0;
    while (k < FORMATS - 1 && !formats[k]->is(path, start + mark, length - mark))
        k++;
    return formats[k];
}
