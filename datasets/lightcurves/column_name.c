/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of columns taken apart into unit, error and stem. */
#include "datasets/lightcurves/column_name.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const ds_flux_unit units[] = {{"nJy", 31.4},
                                     {"uJy", 23.9},
                                     {"mJy", 16.4},
                                     {"Jy", 8.9},
                                     {"nmgy", 22.5},
                                     {"FLUXCAL", 27.5},
                                     {"erg/s/cm2/Hz", -48.6},
                                     {"mag", 0},
                                     {"a unit without a zero point", NAN}};
enum { UNIT_MAG = 7, UNIT_NONE = 8, UNITS = 9 };

/* In lower case, without blanks; the Greek letter of micro is u. */
static const struct {
    const char *word;
    int unit;
} unit_words[] = {
    {"njy", 0},
    {"nanojy", 0},
    {"nanojansky", 0},
    {"ujy", 1},
    {"microjy", 1},
    {"microjansky", 1},
    {"mujy", 1},
    {"mjy", 2},
    {"millijy", 2},
    {"millijansky", 2},
    {"jy", 3},
    {"jansky", 3},
    {"nmgy", 4},
    {"nanomaggy", 4},
    {"nanomaggies", 4},
    {"nanomaggie", 4},
    {"fluxcal", 5},
    {"erg/s/cm2/hz", 6},
    {"erg/s/cm^2/hz", 6},
    {"ergs/s/cm2/hz", 6},
    {"erg/cm2/s/hz", 6},
    {"mag", 7},
    {"mags", 7},
    {"magnitude", 7},
    {"magnitudes", 7},
    {"abmag", 7},
    {"magab", 7},
    {"vegamag", 7},
    {"mag(ab)", 7},
    {"adu", 8},
    {"dn", 8},
    {"dn/s", 8},
    {"adu/s", 8},
    {"count", 8},
    {"counts", 8},
    {"counts/s", 8},
    {"ct/s", 8},
    {"cts/s", 8},
    {"electron", 8},
    {"electrons", 8},
    {"electron/s", 8},
    {"electrons/s", 8},
    {"electron.s**-1", 8},
    {"'electron'.s**-1", 8},
    {"electron.s-1", 8},
    {"e-.s-1", 8},
    {"adu.s**-1", 8},
    {"count.s**-1", 8},
    {"e-/s", 8},
    {"e/s", 8},
    {"erg/s/cm2/a", 8},
    {"erg/s/cm^2/a", 8},
    {"erg/cm2/s/a", 8},
    {"w/m2", 8},
    {"erg/s/cm2", 8},
};

/* Lower case, blanks left out, both letters of micro as u. */
static size_t normalise(char *to, size_t size, const char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length && n + 1 < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        const unsigned char after = i + 1 < length ? (unsigned char)text[i + 1] : 0;
        if ((c == 0xc2 && after == 0xb5) || (c == 0xce && after == 0xbc)) {
            to[n++] = 'u';
            i++;
        } else if (c != ' ' && c != '\t') {
            to[n++] = (char)tolower(c);
        }
    }
    to[n] = '\0';
    return n;
}

const ds_flux_unit *ds_flux_unit_find(const char *text, size_t length)
{
    char word[40];
    size_t n = length < sizeof word ? normalise(word, sizeof word, text, length) : 0;
    if (n > 7 && strcmp(word + n - 7, "janskys") == 0)
        word[--n] = '\0';
    for (size_t i = 0; n && i < sizeof unit_words / sizeof *unit_words; i++)
        if (strcmp(unit_words[i].word, word) == 0)
            return &units[unit_words[i].unit];
    return NULL;
}

const ds_flux_unit *ds_flux_unit_at(double zero_point)
{
    for (int u = 0; u < UNIT_MAG; u++)
        if (fabs(units[u].zero_point - zero_point) <= 0.05)
            return &units[u];
    return NULL;
}

const ds_flux_unit *ds_flux_unit_listed(int k)
{
    return k >= 0 && k < UNIT_MAG ? &units[k] : NULL;
}

const char *ds_column_name_bare(const char *name)
{
    static const char *const flattened[] = {"candidate_", "diasource_", "prv_candidates_"};
    const char *bare = name;
    for (const char *c = name; *c; c++)
        if ((*c == ':' || *c == '.') && isalpha((unsigned char)c[1]))
            bare = c + 1;
    for (size_t i = 0; i < sizeof flattened / sizeof *flattened; i++)
        if (strncmp(bare, flattened[i], strlen(flattened[i])) == 0)
            bare += strlen(flattened[i]);
    return bare;
}

/* --- taking apart --- */

static bool is_error_word(const char *word)
{
    static const char *const words[] = {"err",         "error", "errors", "errs",   "unc", "uncert", "sigma",
                                        "uncertainty", "std",   "e",      "stddev", "d",   "sig"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    const size_t length = strlen(text), n = strlen(with);
    return length >= n && strcmp(text + length - n, with) == 0;
}

static void take_word(ds_column_name *n, char *word)
{
    if ((begins(word, "mag") || begins(word, "flux")) && ends(word, "err")) {
        word[strlen(word) - 3] = '\0';
        n->error = true;
    }
    const ds_flux_unit *unit = ds_flux_unit_find(word, strlen(word));
    if (unit && (unit != &units[UNIT_NONE] || !n->unit)) {
        n->unit = unit;
    } else if (is_error_word(word)) {
        n->error = true;
    } else {
        const size_t at = strlen(n->stem);
        snprintf(n->stem + at, sizeof n->stem - at, "%s", word);
    }
}

/* The text in brackets is a unit or of no matter; the rest comes in words. */
static void take_words(ds_column_name *n, const char *name)
{
    char text[200], word[64];
    size_t length = 0, at = 0;
    for (const char *c = name; *c && length + 1 < sizeof text; c++)
        if (*c == '(' || *c == '[' || *c == '{') {
            const size_t inside = strcspn(c + 1, ")]}");
            n->unit = n->unit ? n->unit : ds_flux_unit_find(c + 1, inside);
            c += inside + (c[1 + inside] ? 1 : 0);
        } else {
            text[length++] = *c;
        }
    text[length] = '\0';
    for (const char *c = text;; c++) {
        const unsigned char u = (unsigned char)*c;
        if (isalnum(u) || u >= 0x80) {
            if (at + 1 < sizeof word)
                word[at++] = *c;
        } else if (at) {
            char plain[64];
            word[at] = '\0';
            normalise(plain, sizeof plain, word, at);
            take_word(n, plain);
            at = 0;
        }
        if (!u)
            break;
    }
}

static void cut_front(char *text, size_t length)
{
    memmove(text, text + length, strlen(text + length) + 1);
}

/* fluxerr, sigmapsf, dmag, duJy: an error in one word with what it is of. */
static void part_error(ds_column_name *n)
{
    static const char *const behind[] = {"uncertainty", "error", "sigma", "err", "unc"};
    static const char *const before[] = {"sigma", "error", "err", "unc"};
    char *stem = n->stem;
    for (size_t i = 0; !n->error && i < sizeof behind / sizeof *behind; i++)
        if (strlen(stem) > strlen(behind[i]) && ends(stem, behind[i])) {
            stem[strlen(stem) - strlen(behind[i])] = '\0';
            n->error = true;
        }
    for (size_t i = 0; !n->error && i < sizeof before / sizeof *before; i++)
        if (strlen(stem) > strlen(before[i]) && begins(stem, before[i])) {
            cut_front(stem, strlen(before[i]));
            n->error = true;
        }
    if (n->error || (*stem != 'd' && *stem != 'e'))
        return;
    if (ds_flux_unit_find(stem + 1, strlen(stem + 1)) || begins(stem + 1, "flux") ||
        begins(stem + 1, "mag")) {
        cut_front(stem, 1);
        n->error = true;
    }
}

/* flux and mag go from the stem; what stands behind or before them in one word may be a unit. */
static void part_measure(ds_column_name *n)
{
    char *stem = n->stem;
    const ds_flux_unit *unit = ds_flux_unit_find(stem, strlen(stem));
    if (unit && !n->unit) {
        n->unit = unit;
        *stem = '\0';
    }
    n->flux = strstr(stem, "flux") != NULL;
    if (begins(stem, "flux"))
        cut_front(stem, 4);
    else if (ends(stem, "flux"))
        stem[strlen(stem) - 4] = '\0';
    else if (!n->unit && (begins(stem, "mag") || ends(stem, "mag"))) {
        n->unit = &units[UNIT_MAG];
        if (begins(stem, "mag"))
            cut_front(stem, begins(stem, "magnitude") ? 9 : 3);
        else
            stem[strlen(stem) - 3] = '\0';
    }
    if (n->flux && !n->unit && (unit = ds_flux_unit_find(stem, strlen(stem)))) {
        n->unit = unit;
        *stem = '\0';
    }
}

ds_column_name ds_column_name_read(const char *name)
{
    ds_column_name n = {0};
    take_words(&n, ds_column_name_bare(name));
    part_error(&n);
    part_measure(&n);
    return n;
}
