/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The column of bands, and what would run the filters of a file together. */
#include "datasets/lightcurves/survey.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool has_part(const ds_lightcurves *r, int column)
{
    for (int p = 0; p < DS_PART_COUNT; p++)
        if (r->column[p] == column)
            return true;
    return false;
}

/* A number may name any filter. */
static bool is_filter(ds_bands *found, const char *text, size_t length)
{
    return length && !(*text >= '0' && *text <= '9') && ds_bands_add_known(found, text, length);
}

enum { FEW = 12 };

/* Different texts of a sampled column; more than FEW: not counted on. *filters: all are names of filters. */
static int different(const ds_lightcurves *r, int column, bool *filters)
{
    ds_text seen[FEW + 1];
    int count = 0;
    *filters = true;
    for (size_t row = r->sample_row; row < r->sample.row_count && count <= FEW; row++) {
        const ds_text cell = ds_sample_cell(&r->sample, row, column);
        int k = 0;
        while (k < count &&
               (seen[k].length != cell.length || memcmp(seen[k].text, cell.text, cell.length) != 0))
            k++;
        if (k < count)
            continue;
        ds_bands found = {0};
        *filters &= is_filter(&found, cell.text, cell.length);
        seen[count++] = cell;
    }
    return count;
}

static bool speaks_of_bands(const char *name)
{
    char lower[60];
    size_t n = 0;
    for (const char *c = ds_column_name_bare(name); *c && n + 1 < sizeof lower; c++)
        lower[n++] = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    lower[n] = '\0';
    return strstr(lower, "filt") || strstr(lower, "band") || strcmp(lower, "color") == 0 ||
           strcmp(lower, "colour") == 0;
}

/* A filter that is overlooked would run together with the others: a column of filters by its values is read,
 * one by its name stops. */
static int find_overlooked(ds_lightcurves *r, int *column)
{
    const bool sampled = r->sample.row_count > r->sample_row;
    for (int i = 0; i < r->count && !r->options.band; i++) {
        bool filters;
        const int values = different(r, i, &filters);
        const bool named = speaks_of_bands(r->columns[i]);
        if (has_part(r, i))
            continue;
        if (sampled && filters && values > 1) {
            *column = i;
            return ds_photometry_reason(r, DS_REASON_SAID, "--band-column",
                                        "the column '%.100s' holds the bands, by its values", r->columns[i]);
        }
        if (named && values <= FEW)
            return nn_fail(r->error, NN_BAD_DATA,
                           "%s: the column '%.100s' looks like one of bands; --band-column '%.100s' reads "
                           "it, --band-column none takes all points as one band",
                           r->name, r->columns[i], r->columns[i]);
    }
    return NN_OK;
}

/* mag_g and mag_r side by side: only one of them would be seen. */
static int check_side_by_side(ds_lightcurves *r)
{
    const int own = r->column[DS_PART_FLUX];
    const ds_column_name name = ds_column_name_read(r->columns[own]);
    ds_bands found = {0};
    if (r->options.flux || r->options.band || !*name.stem || !is_filter(&found, name.stem, strlen(name.stem)))
        return NN_OK;
    for (int i = 0; i < r->count; i++) {
        const ds_column_name other = ds_column_name_read(r->columns[i]);
        if (i == own || other.error || other.unit != name.unit || other.flux != name.flux || !*other.stem ||
            strcmp(other.stem, name.stem) == 0 || !is_filter(&found, other.stem, strlen(other.stem)))
            continue;
        return nn_fail(
            r->error, NN_BAD_DATA,
            "%s: '%.60s' and '%.60s' are of different bands and stand side by side; a file of "
            "photometry has a row for each, with a column of bands; --flux-column '%.60s' reads one",
            r->name, r->columns[own], r->columns[i], r->columns[own]);
    }
    return NN_OK;
}

static int take_only_band(ds_lightcurves *r)
{
    const char *name = r->options.one_band;
    char text[200];
    ds_bands_print(&r->bands, text, sizeof text);
    r->only_band = ds_bands_find(&r->bands, name, strlen(name));
    if (r->only_band < 0)
        return nn_fail(r->error, NN_USAGE, "--bands: '%.60s' is none of the bands %s", name, text);
    return ds_photometry_reason(r, DS_REASON_FACT, "--bands", "all points are of band %s, as --bands says",
                                r->bands.name[r->only_band]);
}

int ds_photometry_choose_band(ds_lightcurves *r)
{
    int *column = &r->column[DS_PART_BAND];
    int code = *column < 0 ? find_overlooked(r, column) : NN_OK;
    if (!code && *column < 0)
        code = check_side_by_side(r);
    if (code)
        return code;
    if (r->options.one_band && *column < 0)
        return take_only_band(r);
    if (*column < 0 && r->bands_given && r->bands.count > 1) {
        char text[200];
        ds_bands_print(&r->bands, text, sizeof text);
        return nn_fail(
            r->error, NN_BAD_DATA,
            "%s: there is no column of bands (passband, band, filter, FLT, fid; --band-column names "
            "another), so points cannot be told apart into %s; --bands %s says that all are of that one",
            r->name, text, r->options.bands_of_model ? r->bands.name[0] : "NAME=WAVELENGTH");
    }
    if (r->bands_given)
        return NN_OK;
    /* Without a column of bands there is one, and its wavelength bears on nothing. */
    static const ds_bands single = {1, {"all"}, {5500}};
    const char *bare = *column < 0 ? "" : ds_column_name_bare(r->columns[*column]);
    r->bands = *column < 0                     ? single
               : r->survey && r->survey->bands ? *r->survey->bands
               : strcasecmp(bare, "fid") == 0  ? ds_bands_ztf
                                               : ds_bands_lsst;
    return NN_OK;
}
