/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filters of surveys by the ways in which they are written. */
#include "datasets/lightcurves/band.h"

#include "datasets/time/decimal.h"
#include "lib/base/text.h"

#include <ctype.h>
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

static bool is_joint(char c)
{
    return strchr("-_:. ", c) != NULL;
}

/* A survey's or system's name, in any case, in front of the text; 0: none is there. */
static size_t survey_length(const char *text, size_t length, bool *capital)
{
    static const struct {
        const char *name;
        bool capital; /* its filters are written in capitals: bessellv is V */
    } surveys[] = {{"lsst", false},   {"sdss", false},     {"sloan", false},     {"des", false},
                   {"ztf", false},    {"ps1", false},      {"panstarrs", false}, {"pan-starrs", false},
                   {"decam", false},  {"atlas", false},    {"asassn", false},    {"asas-sn", false},
                   {"bessell", true}, {"johnson", true},   {"cousins", true},    {"gaia", true},
                   {"2mass", true},   {"wise", true},      {"swift", true},      {"uvot", true},
                   {"hsc", false},    {"skymapper", false}};
    for (size_t s = 0; s < sizeof surveys / sizeof *surveys; s++) {
        const size_t n = strlen(surveys[s].name);
        if (length > n && strncasecmp(text, surveys[s].name, n) == 0) {
            *capital = surveys[s].capital;
            return n;
        }
    }
    return 0;
}

static int find_named(const ds_bands *bands, const char *text, size_t length, bool capital)
{
    char upper[DS_BAND_NAME];
    if (!capital || length >= sizeof upper)
        return find_letter(bands, text, length);
    for (size_t i = 0; i < length; i++)
        upper[i] = (char)toupper((unsigned char)text[i]);
    const int found = find_exactly(bands, upper, length);
    return found < 0 && length > 1 ? find_exactly(bands, text, length) : found; /* Ks */
}

/* g_ztf, r-band: what stands behind the filter. */
static size_t without_ending(const char *text, size_t length)
{
    static const char *const endings[] = {"band", "filter"};
    bool capital;
    for (size_t i = 1; i + 1 < length; i++)
        if (is_joint(text[i]) && survey_length(text + i + 1, length - i, &capital) + i + 1 == length)
            return i;
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
        const size_t n = strlen(endings[e]);
        if (length > n && strncasecmp(text + length - n, endings[e], n) == 0) {
            for (length -= n; length > 1 && is_joint(text[length - 1]);)
                length--;
            return length;
        }
    }
    return length;
}

/* zg, zr, zi of ZTF and gp, rp, ip, zs of LCO: the letter meant, 0 where it is none of these. */
static char coded_letter(const char *text, size_t length)
{
    if (length != 2)
        return 0;
    if (text[0] == 'z' && strchr("gri", text[1]))
        return text[1];
    return (text[1] == 'p' && strchr("ugri", text[0])) || (text[0] == 'z' && text[1] == 's') ? text[0] : 0;
}

int ds_bands_find(const ds_bands *bands, const char *text, size_t length)
{
    int found = find_letter(bands, text, length);
    if (found >= 0 || length == 0)
        return found;
    if (length == 1 && *text >= '0' && *text <= '5')
        return find_letter(bands, &"ugrizy"[*text - '0'], 1);
    if (length == 3 && *text >= '0' && *text <= '5' && text[1] == '.' && text[2] == '0')
        return find_letter(bands, &"ugrizy"[*text - '0'], 1);
    const char code = coded_letter(text, length);
    if (code)
        return find_letter(bands, &code, 1);
    if (length > 1 && text[length - 1] == '\'')
        length--;
    length = without_ending(text, length);
    if ((found = find_letter(bands, text, length)) >= 0)
        return found;
    bool capital = false;
    const size_t n = survey_length(text, length, &capital);
    if (n == 0)
        return -1;
    const char *rest = text + n;
    size_t left = length - n;
    while (left && is_joint(*rest)) {
        rest++;
        left--;
    }
    return find_named(bands, rest, left, capital);
}

/* Effective or pivot wavelengths in Angstrom; ugrizy as above. Unfiltered light (Clear; CV, CR of the AAVSO,
 * which are reduced to V and R) has the middle of what a CCD sees. */
static const ds_bands filters = {32,
                                 {"u",  "g",  "r",  "i",    "z",    "y",    "U",    "B",     "V",  "R", "I",
                                  "J",  "H",  "K",  "Ks",   "BP",   "G",    "RP",   "c",     "o",  "w", "W1",
                                  "W2", "W3", "W4", "UVW2", "UVM2", "UVW1", "Vis.", "Clear", "CV", "CR"},
                                 {3685,  4802,   6231,   7542,  8690, 9736, 3663, 4361, 5448, 6407, 7980,
                                  12350, 16620,  21900,  21590, 5110, 6218, 7769, 5330, 6790, 6080, 33526,
                                  46028, 115608, 220883, 2055,  2246, 2580, 5500, 6000, 6000, 6000}};

bool ds_bands_add_known(ds_bands *bands, const char *text, size_t length)
{
    const int known = ds_bands_find(&filters, text, length);
    if (known < 0 || bands->count == DS_BAND_LIMIT)
        return false;
    memcpy(bands->name[bands->count], filters.name[known], DS_BAND_NAME);
    bands->wavelength[bands->count++] = filters.wavelength[known];
    return true;
}

void ds_bands_sort(ds_bands *bands)
{
    for (int i = 1; i < bands->count; i++)
        for (int k = i; k > 0 && bands->wavelength[k] < bands->wavelength[k - 1]; k--) {
            char name[DS_BAND_NAME];
            const double wavelength = bands->wavelength[k];
            memcpy(name, bands->name[k], sizeof name);
            memcpy(bands->name[k], bands->name[k - 1], sizeof name);
            memcpy(bands->name[k - 1], name, sizeof name);
            bands->wavelength[k] = bands->wavelength[k - 1];
            bands->wavelength[k - 1] = wavelength;
        }
}

static int add_band(ds_bands *bands, const char *item, size_t length, double wavelength, nn_error *error)
{
    const char *equals = memchr(item, '=', length);
    const size_t name = equals ? (size_t)(equals - item) : length;
    const char *shown = NN_SHOWN(60, item, length);
    if ((!equals && !(wavelength > 0)) || name == 0 || name >= DS_BAND_NAME)
        return nn_fail(error, NN_USAGE,
                       "--bands: '%s' is no band with its wavelength in Angstrom, such as g=4802; lsst and "
                       "ztf are known by name",
                       shown);
    if (equals && (ds_number_parse(equals + 1, length - name - 1, false, &wavelength) != DS_NUMBER_OK ||
                   wavelength < 1 || wavelength > 1e8))
        return nn_fail(error, NN_USAGE, "--bands: '%s': the wavelength is in Angstrom, 1 to 1e8", shown);
    if (bands->count == DS_BAND_LIMIT)
        return nn_fail(error, NN_USAGE, "--bands: more than %d bands", DS_BAND_LIMIT);
    if (find_exactly(bands, item, name) >= 0)
        return nn_fail(error, NN_USAGE, "--bands: '%.*s' stands twice", (int)name, item);
    memcpy(bands->name[bands->count], item, name);
    bands->name[bands->count][name] = '\0';
    bands->wavelength[bands->count++] = wavelength;
    return NN_OK;
}

/* Of a name alone; 0: not known. */
static double known_wavelength(const ds_bands *known, const char *item, size_t length)
{
    ds_bands filter = {0};
    const int own = known ? find_exactly(known, item, length) : -1;
    if (own >= 0)
        return known->wavelength[own];
    return !memchr(item, '=', length) && ds_bands_add_known(&filter, item, length) ? filter.wavelength[0] : 0;
}

static int parse(ds_bands *bands, const char *text, const ds_bands *known, bool bare, nn_error *error)
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
        code = add_band(bands, item, length, bare ? known_wavelength(known, item, length) : 0, error);
    if (!code && bands->count == 0)
        code = nn_fail(error, NN_USAGE, "--bands: no band given; such as g=4802,r=6231");
    return code;
}

int ds_bands_parse(ds_bands *bands, const char *text, nn_error *error)
{
    return parse(bands, text, NULL, false, error);
}

int ds_bands_parse_known(ds_bands *bands, const char *text, const ds_bands *known, nn_error *error)
{
    return parse(bands, text, known, true, error);
}

void ds_bands_join(ds_bands *bands, const ds_bands *more)
{
    for (int i = 0; i < more->count && bands->count < DS_BAND_LIMIT; i++) {
        if (find_exactly(bands, more->name[i], strlen(more->name[i])) >= 0)
            continue;
        memcpy(bands->name[bands->count], more->name[i], DS_BAND_NAME);
        bands->wavelength[bands->count++] = more->wavelength[i];
    }
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
