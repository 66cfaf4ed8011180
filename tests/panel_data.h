/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small panel of stations and models of it, for tests. */
#ifndef PANEL_DATA_H
#define PANEL_DATA_H

#include "forecast/tasks/stations/stations.h"
#include "forecast/training/fit.h"
#include "tests/cmocka_all.h"
#include "tests/csv_file.h"

#include <math.h>

enum { S = 4, ROWS = 300, LOOKBACK = 10, HORIZON = 5 };

typedef struct data {
    ds_table *table;
    ds_stations *stations;
    ds_panel *panel;
} data;

/* What makes one table unlike another. */
typedef struct form {
    int rows;      /* 0: ROWS */
    bool reversed; /* stations in the other order */
    size_t spoilt; /* from this row on the target is something else; 0: never */
    size_t stormy; /* from this row on the wind is something else */
    int hollow;    /* the last rows without target */
    int calm;      /* the last rows without wind */
    bool wild;     /* masked values are enormous */
    bool alone;    /* no mask and no stations file */
} form;

static inline double wind(const form *f, int s, size_t t)
{
    double w = 5 + 3 * sin(0.11 * (double)t + s) + 2 * sin(0.37 * (double)t);
    return f->stormy && t >= f->stormy ? w + 4 : w;
}

/* Power follows the wind of its station; every 29th row is masked, every 41st is missing. */
static inline void write_station(FILE *file, const form *f, int s, int rows)
{
    for (size_t t = 0; t < (size_t)rows; t++) {
        double w = wind(f, s, t), y = 0.2 * w * (1 + 0.3 * s) + 0.1 * sin(0.9 * (double)t);
        if (f->spoilt && t >= f->spoilt)
            y += 3 + s;
        bool masked = (t + (size_t)s) % 29 == 0, missing = (t + (size_t)s) % 41 == 0;
        missing = missing || (int)t >= rows - f->hollow;
        fprintf(file, "s%d,2020-01-%02zu %02zu:00,", s, 1 + t / 24, t % 24);
        if (!missing)
            fprintf(file, "%.6f", masked && !f->alone ? (f->wild ? 1e6 : -5) : y);
        fprintf(file, ",");
        if ((int)t < rows - f->calm)
            fprintf(file, "%.6f", w);
        fprintf(file, ",%d\n", masked && !f->alone);
    }
}

static inline data new_data(const form *f)
{
    char *text = NULL;
    size_t size;
    nn_error error = {0};
    data d = {0};
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    fputs("unique_id,ds,y,wind,bad\n", file);
    for (int s = 0; s < S; s++)
        write_station(file, f, f->reversed ? S - 1 - s : s, f->rows ? f->rows : ROWS);
    fclose(file);
    ds_read_options options = {.on_missing = DS_KEEP};
    if (ds_table_read(&d.table, csv_write(text), &options, &error))
        fail_msg("%s", error.text);
    free(text);
    ds_panel_shape shape;
    ds_panel_options how = {.target = "y", .future = "wind", .mask = f->alone ? NULL : "bad"};
    if (ds_panel_shape_make(&shape, d.table, &error))
        fail_msg("%s", error.text);
    const char *places = "id,x,y\ns3,3,9\ns2,0,2\ns1,4,4\ns0,1,2\n";
    if (!f->alone && ds_stations_read(&d.stations, csv_write_bytes("stations.csv", places, strlen(places)),
                                      shape.ids, shape.count, &error))
        fail_msg("%s", error.text);
    ds_panel_shape_clear(&shape);
    if (ds_panel_make(&d.panel, d.table, d.stations, &how, &error))
        fail_msg("%s", error.text);
    return d;
}

static inline void free_data(data *d)
{
    ds_panel_free(d->panel);
    ds_stations_free(d->stations);
    ds_table_free(d->table);
}

static inline fc_model *new_model(const data *d, const char *const (*settings)[2])
{
    nn_error error = {0};
    fc_model *model;
    const fc_kind *kind = fc_kind_find("hsttn");
    void *config = calloc(1, kind->config_size);
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    nn_option_set(nn_option_find(kind->options, "d-model"), config, "16", &error);
    for (; settings && (*settings)[0]; settings++)
        if (nn_option_set(nn_option_find(kind->options, (*settings)[0]), config, (*settings)[1], &error))
            fail_msg("%s", error.text);
    if (fc_model_new(&model,
                     &(fc_request){.kind = kind,
                                   .config = config,
                                   .lookback = LOOKBACK,
                                   .horizon = HORIZON,
                                   .panel = d->panel,
                                   .seed = 3},
                     &error))
        fail_msg("%s", error.text);
    model->record.training.epochs = 3;
    model->record.training.batch = 8;
    model->record.training.learning_rate = 3e-3;
    nn_options_clear(kind->options, config);
    free(config);
    return model;
}

static inline fc_model *fit(const data *d, const char *const (*settings)[2], int threads)
{
    nn_error error = {0};
    fc_model *model = new_model(d, settings);
    ds_split split;
    if (ds_split_make("0.7/0.1/0.2", d->table, &split, &error) ||
        fc_fit(model, &(fc_request){.panel = d->panel, .split = &split, .threads = threads}, &error))
        fail_msg("%s", error.text);
    return model;
}

/* Forecasts of origins 100, 107, ..., stations in the panel's order. */
typedef struct kept {
    double values[20][S * HORIZON];
    int count;
} kept;

static inline void keep(void *context, size_t origin, const double *forecast)
{
    kept *k = context;
    assert_int_equal(origin, 100 + 7 * k->count);
    memcpy(k->values[k->count++], forecast, sizeof k->values[0]);
}

static inline kept forecasts(const fc_model *model, const data *d, int threads)
{
    nn_error error = {0};
    kept k = {.count = 0};
    if (fc_panel_forecasts(model, d->panel, (fc_panel_origins){100, 20, 7}, threads, keep, &k, &error))
        fail_msg("%s", error.text);
    assert_int_equal(k.count, 20);
    return k;
}

static inline void expect(int code, int wanted, const nn_error *error, const char *part)
{
    if (code != wanted || !strstr(error->text, part))
        fail_msg("'%s' expected, code %d: %s", part, code, error->text);
}

/* Everything that the network may see beside a station's own look-back. */
static const char *const wide[][2] = {
    {"season-rows", "24"}, {"shortcut-stations", "2"}, {"clock", "on"}, {NULL, NULL}};

#endif
