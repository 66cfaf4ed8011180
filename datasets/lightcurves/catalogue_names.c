/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tables of objects call their columns. */
#include "datasets/lightcurves/catalogue_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A name without a comment's mark before the first, and without a broker's prefix such as i: */
static ds_field bare_name(const ds_field *fields, int i)
{
    ds_field f = fields[i];
    for (; i == 0 && f.length && (*f.text == '#' || *f.text == ' '); f.length--)
        f.text++;
    if (f.length > 2 && f.text[1] == ':')
        f = ds_field_of(f.text + 2, f.length - 2);
    return f;
}

int ds_catalogue_column(const ds_field *fields, int count, const char *name, size_t length)
{
    for (int i = 0; i < count; i++)
        if (fields[i].length == length && memcmp(fields[i].text, name, length) == 0)
            return i;
    for (int i = 0; i < count; i++)
        if (fields[i].length == length && strncasecmp(fields[i].text, name, length) == 0)
            return i;
    for (int i = 0; i < count; i++) {
        const ds_field f = bare_name(fields, i);
        if (f.length == length && strncasecmp(f.text, name, length) == 0)
            return i;
    }
    return -1;
}

/* What surveys call a quantity, in order of preference. */
static const struct {
    const char *name;
    const char *columns[8];
    bool redshift;
} quantities[] = {
    {"photoz",
     {"hostgal_photoz", "hostgal_zphot", "photoz", "photo_z", "zphot", "z_phot", "z_final", "redshift_final"},
     true},
    {"specz",
     {"hostgal_specz", "hostgal_zspec", "specz", "spec_z", "zspec", "z_spec", "redshift_spec"},
     true},
    {"mwebv", {"mwebv", "ebv"}, false},
};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

static bool is_text(const char *text, size_t length, const char *wanted)
{
    return strlen(wanted) == length && memcmp(text, wanted, length) == 0;
}

static int find_quantity(const ds_field *fields, int count, int quantity)
{
    int column = -1;
    for (int i = 0; i < 8 && quantities[quantity].columns[i] && column < 0; i++)
        column = ds_catalogue_column(fields, count, quantities[quantity].columns[i],
                                     strlen(quantities[quantity].columns[i]));
    return column;
}

/* The column of a number; the error of a quantity stands beside what the quantity itself is called. */
int ds_catalogue_number_column(const ds_field *fields, int count, const char *item, size_t length,
                               bool *redshift)
{
    const bool is_error = length > 4 && memcmp(item + length - 4, "_err", 4) == 0;
    int column = ds_catalogue_column(fields, count, item, length);
    *redshift = false;
    for (int q = 0; q < QUANTITIES; q++) {
        if (!is_text(item, is_error ? length - 4 : length, quantities[q].name))
            continue;
        *redshift = quantities[q].redshift;
        if (column >= 0)
            return column;
        const int base = find_quantity(fields, count, q);
        if (base < 0 || !is_error)
            return base;
        const char *const endings[] = {"_err", "err", "_error"};
        for (size_t e = 0; e < sizeof endings / sizeof *endings && column < 0; e++) {
            char name[300];
            const int n = snprintf(name, sizeof name, "%.*s%s",
                                   (int)(fields[base].length < 200 ? fields[base].length : 200),
                                   fields[base].text, endings[e]);
            column = ds_catalogue_column(fields, count, name, (size_t)n);
        }
        return column;
    }
    return column;
}
const char *ds_catalogue_quantity(const char *item, size_t length, const char **column, bool *is_error)
{
    static const char *const meanings[] = {"photometric redshifts", "spectroscopic redshifts",
                                           "Galactic extinction"};
    *is_error = length > 4 && memcmp(item + length - 4, "_err", 4) == 0;
    for (int q = 0; q < QUANTITIES; q++)
        if (is_text(item, *is_error ? length - 4 : length, quantities[q].name)) {
            *column = quantities[q].columns[0];
            return meanings[q];
        }
    return NULL;
}
