/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "datasets/lightcurves/band.h"

#include "datasets/table/number.h"
#include "lib/base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const ds_bands ds_bands_lsst = {6, {"u", "g", "r", "i", "z", "y"}, {3685, 4802, 6231, 7542, 8690, 9736}};
const ds_bands ds_bands_ztf = {3, {"g", "r", "i"}, {4804.79, 6436.92, 7968.22}};

static int find_exactly(const ds_bands *bands, const char *text, size_t length)
{
    if (length == 0 || length >= DS_BAND_NAME)
        return -1;
    for (int i = 0; i < bands->count; i++)
        if (bands->name[i][0] == text[0] && memcmp(bands->name[i], text, length) == 0 &&
            bands->name[i][length] == '\0')
            return i;
    return -1;
}

static int find_letter(const ds_bands *bands, const char *text, size_t length)
{
    int found = find_exactly(bands, text, length);
    if (found < 0 && length == 1 && (*text == 'Y' || *text == 'y'))
        found = find_exactly(bands, *text == 'Y' ? "y" : "Y", 1);
    return found;
}

int ds_bands_find(const ds_bands *bands, const char *text, size_t length)
{
    static const char *const surveys[] = {"lsst", "sdss", "des", "ztf", "ps1", "panstarrs", "decam"};
    int found = find_letter(bands, text, length);
    if (found >= 0 || length == 0)
        return found;
    if (length == 1 && *text >= '0' && *text <= '5')
        return find_letter(bands, &"ugrizy"[*text - '0'], 1);
    if (length > 1 && text[length - 1] == '\'')
        length--;
    if ((found = find_letter(bands, text, length)) >= 0)
        return found;
    for (size_t s = 0; s < sizeof surveys / sizeof *surveys; s++) {
        const size_t n = strlen(surveys[s]);
        if (length <= n || strncasecmp(text, surveys[s], n) != 0)
            continue;
        const char *rest = text + n;
        size_t left = length - n;
        while (left && strchr("-_:. ", *rest)) {
            rest++;
            left--;
        }
        return find_letter(bands, rest, left);
    }
    return -1;
}

static int add_band(ds_bands *bands, const char *item, size_t length, nn_error *error)
{
    const char *equals = memchr(item, '=', length);
    const size_t name = equals ? (size_t)(equals - item) : length;
    const int shown = (int)(length < 60 ? length : 60);
    double wavelength = 0;
    if (!equals || name == 0 || name >= DS_BAND_NAME)
        return nn_fail(error, NN_USAGE,
                       "--bands: '%.*s' is no band with its wavelength in Angstrom, such as g=4802; lsst and "
                       "ztf are known by name",
                       shown, item);
    if (ds_number_parse(equals + 1, length - name - 1, false, &wavelength) != DS_NUMBER_OK ||
        wavelength < 1 || wavelength > 1e8)
        return nn_fail(error, NN_USAGE, "--bands: '%.*s': the wavelength is in Angstrom, 1 to 1e8", shown,
                       item);
    if (bands->count == DS_BAND_LIMIT)
        return nn_fail(error, NN_USAGE, "--bands: more than %d bands", DS_BAND_LIMIT);
    if (find_exactly(bands, item, name) >= 0)
        return nn_fail(error, NN_USAGE, "--bands: '%.*s' stands twice", (int)name, item);
    memcpy(bands->name[bands->count], item, name);
    bands->name[bands->count][name] = '\0';
    bands->wavelength[bands->count++] = wavelength;
    return NN_OK;
}

int ds_bands_parse(ds_bands *bands, const char *text, nn_error *error)
{
    if (strcasecmp(text, "lsst") == 0 || strcasecmp(text, "ztf") == 0) {
        *bands = strcasecmp(text, "lsst") == 0 ? ds_bands_lsst : ds_bands_ztf;
        return NN_OK;
    }
    *bands = (ds_bands){0};
    const char *cursor = text, *item;
    size_t length;
    int code = NN_OK;
    while (!code && nn_list_next(&cursor, &item, &length))
        code = add_band(bands, item, length, error);
    if (!code && bands->count == 0)
        code = nn_fail(error, NN_USAGE, "--bands: no band given; such as g=4802,r=6231");
    return code;
}

int ds_bands_print(const ds_bands *bands, char *text, size_t size)
{
    int length = 0;
    if (size)
        *text = '\0';
    for (int i = 0; i < bands->count; i++) {
        const size_t at = (size_t)length < size ? (size_t)length : size;
        length +=
            snprintf(text + at, size - at, "%s%s=%.10g", i ? "," : "", bands->name[i], bands->wavelength[i]);
    }
    return length;
}
