/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STID (arXiv 2208.05233): a perceptron for networks of stations that tells a station, a time of day and a
 * day of the week by what it learnt of each. The published model puts the four embeddings side by side; here
 * they are summed in one width, of which that is a case. */
#include "forecast/models/registry.h"
#include "forecast/tasks/stations/stations.h"

typedef struct stid {
    int d_model, layers, base;
    double dropout;
} stid;

#define FIELD(name) offsetof(stid, name)
static const nn_option options[] = {
    {"d-model", 0, NN_INT, FIELD(d_model), "128", "N", 1, 65536,
     "width, of the look-back and of what is learnt of the station, of the time of day and of the day of the "
     "week"},
    {"layers", 0, NN_INT, FIELD(layers), "3", "N", 0, 64, "of the perceptron, each added to what it sees"},
    {"base", 0, NN_CHOICE, FIELD(base), "none", "none|linear", 0, 0,
     "linear: the network adds to linear forecasts (--model linear), which are where training starts and "
     "what is "
     "kept where no epoch is better"},
    {"dropout", 0, NN_REAL, FIELD(dropout), "0.15", "RATE", 0, 0.95, "dropout rate within a layer"},
    {0}};

static void form_of(const void *config, const fc_sizes *sizes, fc_panel_form *form)
{
    (void)config;
    *form = (fc_panel_form){
        .rows = sizes->lookback > sizes->horizon ? sizes->lookback : sizes->horizon, .step = 1, .clock = 1};
}

static int check(const void *config, const fc_sizes *sizes, nn_error *error)
{
    (void)config;
    return sizes->stations
               ? NN_OK
               : nn_fail(error, NN_USAGE, "stid forecasts panels of stations: see --help for --stations");
}

/* (B,S,d): the look-back, the station, the clock and what is known of the steps beforehand. */
static nn_tensor *embed(nn_plan *plan, const stid *c, const fc_stations_inputs *in)
{
    const int batch = nn_plan_batch(plan), stations = in->sizes.stations, d = c->d_model;
    nn_tensor *x = nn_linear(plan, "series", in->history, d);
    x = nn_add_embedding(plan, "station", x);
    if (in->known && in->future) {
        const nn_tensor *f = in->future;
        nn_tensor *known =
            nn_reshape(plan, in->future, 3, (int[]){batch, stations, f->shape[2] * f->shape[3]});
        x = nn_residual(plan, x, nn_linear(plan, "known", known, d), 0);
    }
    nn_tensor *clock = nn_linear_with(plan, "clock", in->clock, d, (nn_linear_options){.no_bias = true});
    x = nn_add_repeated(plan, nn_reshape(plan, x, 3, (int[]){batch * stations, 1, d}), clock);
    return nn_reshape(plan, x, 3, (int[]){batch, stations, d});
}

static nn_tensor *build(nn_plan *plan, const void *config, const fc_stations_inputs *in,
                        nn_tensor *further[2])
{
    const stid *c = config;
    nn_tensor *x = embed(plan, c, in);
    (void)further;
    for (int i = 0; i < c->layers; i++) {
        nn_tensor *h = nn_linear(plan, nn_name(plan, "layers.%d.fc1", i), x, c->d_model);
        h = nn_activation(plan, h, NN_RELU, c->dropout);
        x = nn_residual(plan, x, nn_linear(plan, nn_name(plan, "layers.%d.fc2", i), h, c->d_model), 0);
    }
    return nn_linear(plan, "regression", x, in->sizes.horizon);
}

static const char *head(const void *config)
{
    return ((const stid *)config)->base == FC_BASE_LINEAR ? "regression" : NULL;
}

static const char *const (*recipe(const void *config))[2]
{
    static const char *const pairs[][2] = {
        {"epochs", "20"}, {"learning-rate", "2e-3"}, {"schedule", "cosine"}, {NULL, NULL}};
    (void)config;
    return pairs;
}

static const fc_stations_network network_parts = {.form = form_of, .build = build, .head = head};

const fc_kind fc_stid = {
    .name = "stid",
    .summary = "a perceptron that learns each station, time of day and day of the week, for panels (arXiv "
               "2208.05233)",
    .options = options,
    .config_size = sizeof(stid),
    .check = check,
    .recipe = recipe,
    .task = &fc_stations_task,
    .network = &network_parts,
};
