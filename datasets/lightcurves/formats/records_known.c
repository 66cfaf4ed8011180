/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alerts and catalogues by their members, and what makes a member a measurement. */
#include "datasets/lightcurves/formats/records.h"
#include "datasets/lightcurves/survey.h"

#include <string.h>
#include <strings.h>

static const ds_record_kind kinds[] = {
    {"ZTF",
     "candidate",
     {"candidate", "prv_candidates"},
     {"objectId", "candid", "jd", "fid", "magpsf", "sigmapsf", "diffmaglim", "isdiffpos"},
     true},
    {"Rubin or ELAsTiCC",
     "diaSource",
     {"diaSource", "prvDiaSources", "prvDiaForcedSources"},
     {"diaObjectId", "diaSourceId"},
     true},
    {"Open Supernova Catalogue",
     "photometry",
     {"photometry"},
     {"name", "time", "magnitude", "e_magnitude", "band", "upperlimit"},
     false},
};

const ds_record_kind *ds_record_known(const json_t *record)
{
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const json_t *member = json_object_get(record, kinds[k].has);
        const json_t *first = json_is_array(member) ? json_array_get(member, 0) : member;
        if (json_is_object(first) && (kinds[k].alert ? json_is_object(member) : json_is_array(member)))
            return &kinds[k];
    }
    return NULL;
}

bool ds_record_is_value(const char *key)
{
    const char *bare = ds_column_name_bare(key);
    for (int k = 0; ds_usual_flux_at(k); k++)
        if (strcasecmp(bare, ds_usual_flux_at(k)->name) == 0)
            return true;
    const ds_column_name name = ds_column_name_read(key);
    return !name.error && (name.flux || name.unit);
}

static bool is_limit(const char *key)
{
    ds_photometry_role part;
    const char *usual, *bare = ds_column_name_bare(key);
    for (int i = 0; (usual = ds_usual_name(i, &part)); i++)
        if (part == DS_PART_LIMIT && strcasecmp(bare, usual) == 0)
            return true;
    return false;
}

bool ds_record_measures(const json_t *object, bool arrays)
{
    const char *key;
    json_t *value;
    bool time = false, flux = false;
    if (!json_is_object(object))
        return false;
    json_object_foreach((json_t *)object, key, value)
    {
        const bool several = json_is_array(value) || json_is_object(value);
        if (several != arrays)
            continue;
        time = time || ds_photometry_is_time(key);
        flux = flux || ds_record_is_value(key) || is_limit(key);
    }
    return time && flux;
}

bool ds_record_is_part(const char *key)
{
    static const char *const names[] = {
        "photometry", "lightcurve",   "light_curve",      "lc",     "detections",   "candidates",
        "data",       "observations", "non_detections",   "points", "measurements", "result",
        "results",    "alerts",       "forced_photometry"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(key, names[i]) == 0)
            return true;
    return false;
}

/* --- Gaia --- */

static int put_of(ds_cells *cells, const json_t *record, const char *member, size_t i, const char *name)
{
    const json_t *array = json_object_get(record, member);
    return array ? ds_records_put(cells, name, json_array_get(array, i)) : NN_OK;
}

/* The transits of one band; the names are those of the table with a row for each. */
static int take_transits(ds_cells *cells, const json_t *record, int band, size_t line)
{
    static const struct {
        const char *band, *time, *mag, *flux, *error, *snr, *flag;
    } names[] = {{"G", "g_transit_time", "g_transit_mag", "g_transit_flux", "g_transit_flux_error",
                  "g_transit_flux_over_error", "variability_flag_g_reject"},
                 {"BP", "bp_obs_time", "bp_mag", "bp_flux", "bp_flux_error", "bp_flux_over_error",
                  "variability_flag_bp_reject"},
                 {"RP", "rp_obs_time", "rp_mag", "rp_flux", "rp_flux_error", "rp_flux_over_error",
                  "variability_flag_rp_reject"}};
    const json_t *times = json_object_get(record, names[band].time);
    int code = NN_OK;
    for (size_t i = 0; i < json_array_size(times) && !code; i++) {
        const json_t *time = json_array_get(times, i);
        if (!json_is_number(time))
            continue;
        const char *const from[] = {names[band].time,  names[band].mag, names[band].flux,
                                    names[band].error, names[band].snr, names[band].flag};
        static const char *const to[] = {
            "time", "mag", "flux", "flux_error", "flux_over_error", "rejected_by_photometry"};
        code = put_of(cells, record, "transit_id", i, "transit_id");
        for (size_t k = 0; k < sizeof to / sizeof *to && !code; k++)
            code = put_of(cells, record, from[k], i, to[k]);
        const int column = ds_cells_column(cells, "band");
        if (!code && column != DS_CELLS_IDLE)
            code = column < 0 ? ds_photometry_no_memory(cells->r)
                              : ds_cells_put(cells, column, names[band].band, strlen(names[band].band));
        const int id = code ? DS_CELLS_IDLE : ds_cells_column(cells, "source_id");
        if (id != DS_CELLS_IDLE)
            code = id < 0 ? ds_photometry_no_memory(cells->r)
                          : ds_records_put(cells, "source_id", json_object_get(record, "source_id"));
        if (!code)
            code = ds_cells_end_row(cells, line);
    }
    return code;
}

int ds_records_gaia(ds_cells *cells, const json_t *record, size_t line)
{
    int code = NN_OK;
    for (int band = 0; band < 3 && !code; band++)
        code = take_transits(cells, record, band, line);
    return code;
}

/* --- tables as JSON --- */

static const json_t *table_names(const json_t *record)
{
    static const char *const names[] = {"columns", "metadata", "fields", "colnames"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *array = json_object_get(record, names[i]), *first = json_array_get(array, 0);
        if (json_is_string(first) || json_is_string(json_object_get(first, "name")))
            return array;
    }
    return NULL;
}

bool ds_records_is_table(const json_t *record)
{
    return table_names(record) && json_is_array(json_array_get(json_object_get(record, "data"), 0));
}

int ds_records_table(ds_cells *cells, const json_t *record, size_t line)
{
    const json_t *names = table_names(record);
    size_t i, k;
    json_t *row, *value;
    json_array_foreach(json_object_get(record, "data"), i, row)
    {
        json_array_foreach(row, k, value)
        {
            const json_t *name = json_array_get(names, k);
            const char *text = json_is_string(name) ? json_string_value(name)
                                                    : json_string_value(json_object_get(name, "name"));
            const int code = text ? ds_records_put(cells, text, value) : NN_OK;
            if (code)
                return code;
        }
        const int code = ds_cells_end_row(cells, line);
        if (code)
            return code;
    }
    return NN_OK;
}
