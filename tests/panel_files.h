/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Panels of the reference folder. */
#ifndef TESTS_PANEL_FILES_H
#define TESTS_PANEL_FILES_H

#include "datasets/stations/panel.h"
#include "tests/reference.h"

typedef struct reference_panel {
    ds_table *table;
    ds_stations *stations;
    ds_panel *panel;
} reference_panel;

/* Skips the test where the data are not there. stations may be NULL. */
static inline reference_panel reference_panel_read(const char *data, const char *stations,
                                                   const ds_read_options *reading,
                                                   const ds_panel_options *options)
{
    char path[1024], inner[256];
    nn_error error = {0};
    reference_panel p = {0};
    ds_read_options own = *reading;
    ds_panel_shape shape;
    own.on_missing = DS_KEEP;
    snprintf(inner, sizeof inner, "data/spatial/%s", data);
    reference_or_skip(inner);
    reference_path(path, sizeof path, inner);
    if (ds_table_read(&p.table, path, &own, &error) || ds_panel_shape_make(&shape, p.table, &error))
        fail_msg("%s", error.text);
    if (stations) {
        snprintf(inner, sizeof inner, "data/spatial/%s", stations);
        reference_path(path, sizeof path, inner);
        if (ds_stations_read(&p.stations, path, shape.ids, shape.count, &error))
            fail_msg("%s", error.text);
    }
    ds_panel_shape_clear(&shape);
    if (ds_panel_make(&p.panel, p.table, p.stations, options, &error))
        fail_msg("%s", error.text);
    return p;
}

static inline void reference_panel_free(reference_panel *p)
{
    ds_panel_free(p->panel);
    ds_stations_free(p->stations);
    ds_table_free(p->table);
}

#endif
