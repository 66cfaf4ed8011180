/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of HSTTN: their table, what they come to, what they ask of windows. */
#include "forecast/models/hsttn_settings.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#define FIELD(name) offsetof(hsttn, name)
const nn_option fc_hsttn_options[] = {
    {"preset", 0, NN_CHOICE, FIELD(preset), "standard", "standard|paper", 0, 0,
     "what settings left open are: sizes for a CPU and no artefacts, or all as published (slow); also of "
     "training: --epochs 8, --learning-rate 2e-3, --schedule cosine; paper: --epochs 20, --batch 16, "
     "--patience 8"},
    {"d-model", 0, NN_INT, FIELD(d_model), "0", "N", 0, 65536, "width of a token; 0: 32, paper 256"},
    {"heads", 0, NN_INT, FIELD(heads), "0", "N", 0, 1024, "attention heads; 0: 4, paper 8"},
    {"head-width", 0, NN_INT, FIELD(head_width), "0", "N", 0, 4096, "columns of a head; 0: 8, paper 64"},
    {"d-ff", 0, NN_INT, FIELD(d_ff), "0", "N", 0, 262144, "width of the feed-forward; 0: 64, paper 2048"},
    {"encoder-layers", 0, NN_INT, FIELD(encoder_layers), "0", "N", 0, 64,
     "layers of each branch at each scale; 0: 1, paper 2"},
    {"decoder-layers", 0, NN_INT, FIELD(decoder_layers), "0", "N", 0, 64, "the decoder's; 0: 1"},
    {"factors", 0, NN_TEXT, FIELD(factors), "3,2", "K,K,...", 0, 0,
     "rows that become one from scale to scale, up to three; 1: one scale only"},
    {"scale-weights", 0, NN_TEXT, FIELD(scale_weights), "1,0,0", "W,W,...", 0, 0,
     "weights of the losses at the scales, the finest first"},
    {"station-encoding", 0, NN_CHOICE, FIELD(stations), "preset", "preset|place|learned|index|none", 0, 0,
     "what tells stations apart: coordinates, a learned vector each, or the place in the file; preset: "
     "learned, paper index"},
    {"station-mask", 0, NN_CHOICE, FIELD(station_mask), "preset", "preset|off|on", 0, 0,
     "in the decoder a station sees only those before it in the file, as published; preset: off, paper on"},
    {"time-mask", 0, NN_CHOICE, FIELD(time_mask), "preset", "preset|off|on", 0, 0,
     "in the decoder a time sees only those before it; preset: off, paper on"},
    {"loss-mask", 0, NN_CHOICE, FIELD(loss_mask), "preset", "preset|off|on", 0, 0,
     "targets that are not valid count nothing in training; preset: on, paper off"},
    {"future-inputs", 0, NN_CHOICE, FIELD(future), "preset", "preset|off|on", 0, 0,
     "the decoder sees known-future columns and the calendar at every scale; off: the calendar at the "
     "coarsest; preset: on, paper off"},
    {"base", 0, NN_CHOICE, FIELD(base), "preset", "preset|none|linear", 0, 0,
     "linear: the network adds to linear forecasts (--model linear), which are where training starts and "
     "what is "
     "kept where no epoch is better; preset: linear, paper and beside a shortcut none"},
    {"clock", 0, NN_CHOICE, FIELD(clock), "off", "off|on", 0, 0,
     "the encoder's rows also have what is learnt of their time of day and day of the week"},
    {"shortcut", 0, NN_CHOICE, FIELD(shortcut), "preset", "preset|none|own|each|network", 0, 0,
     "adds a linear map of look-backs, trained with the rest: of each station's own, one map for all or one "
     "for each; or of all stations' to all; preset: none"},
    {"season-rows", 0, NN_INT, FIELD(season), "0", "N", 0, 1000000,
     "rows of a season, at least the horizon: the shortcut, and the decoder where it has future inputs, also "
     "see the target one season before every step; 0: no"},
    {"shortcut-stations", 0, NN_INT, FIELD(shortcut_stations), "0", "N", 0, 1000,
     "each station's shortcut also sees the last N values of all stations (sets --shortcut each)"},
    {"shortcut-year", 0, NN_CHOICE, FIELD(shortcut_year), "off", "off|on", 0, 0,
     "the shortcut also sees the time of year, as sine and cosine"},
    {"dropout", 0, NN_REAL, FIELD(dropout), "0.05", "RATE", 0, 0.95, "dropout rate before the output"},
    {"embedding-dropout", 0, NN_REAL, FIELD(embedding_dropout), "0.1", "RATE", 0, 0.95,
     "dropout rate of the embedded inputs"},
    FC_PARTS_SUBLAYERS(hsttn, parts),
    FC_PARTS_PLACES(hsttn, parts, "post"),
    {"station-mixer", 0, NN_TEXT, FIELD(station_mixer), "softmax", "PART", 0, 0,
     "what mixes stations; --mixer is that of times"},
    {0}};
const char *const fc_hsttn_later[] = {FC_PARTS_LATER, "station-mixer", "base", "clock", NULL};

fc_parts fc_hsttn_station_parts(const hsttn *c)
{
    fc_parts parts = c->parts;
    parts.mixer = c->station_mixer;
    parts.force_order = false;
    return parts;
}

static const hsttn presets[] = {
    [STANDARD] = {.d_model = 32,
                  .heads = 4,
                  .head_width = 8,
                  .d_ff = 64,
                  .encoder_layers = 1,
                  .decoder_layers = 1,
                  .stations = STATIONS_LEARNED,
                  .station_mask = OFF,
                  .time_mask = OFF,
                  .loss_mask = ON,
                  .future = ON,
                  .shortcut = SHORTCUT_NONE},
    [PAPER] = {.d_model = 256,
               .heads = 8,
               .head_width = 64,
               .d_ff = 2048,
               .encoder_layers = 2,
               .decoder_layers = 1,
               .stations = STATIONS_INDEX,
               .station_mask = ON,
               .time_mask = ON,
               .loss_mask = OFF,
               .future = OFF,
               .shortcut = SHORTCUT_NONE},
};

void fc_hsttn_resolve(hsttn *c)
{
    const hsttn *p = &presets[c->preset];
    if (c->shortcut == 0 && c->shortcut_stations > 0)
        c->shortcut = SHORTCUT_EACH;
    if (c->base == 0 && c->preset == STANDARD && c->shortcut == 0)
        c->base = BASE_LINEAR;
    const struct {
        int *to, from;
    } fields[] = {{&c->d_model, p->d_model},
                  {&c->heads, p->heads},
                  {&c->head_width, p->head_width},
                  {&c->d_ff, p->d_ff},
                  {&c->encoder_layers, p->encoder_layers},
                  {&c->decoder_layers, p->decoder_layers},
                  {&c->stations, p->stations},
                  {&c->station_mask, p->station_mask},
                  {&c->time_mask, p->time_mask},
                  {&c->loss_mask, p->loss_mask},
                  {&c->future, p->future},
                  {&c->shortcut, p->shortcut}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (*fields[i].to == 0)
            *fields[i].to = fields[i].from;
}

hsttn fc_hsttn_resolved(const hsttn *c)
{
    hsttn resolved = *c;
    fc_hsttn_resolve(&resolved);
    return resolved;
}

/* --- time scales --- */

enum { MOST_EVERY = 10000, MOST_TABLE = 1 << 25 };

/* Whether the text is a list of up to `most` numbers from least on; their number in *count. */
static bool read_list(const char *text, double *values, int most, double least, int *count)
{
    *count = 0;
    for (char *end; *count < most; text = end + 1) {
        values[*count] = strtod(text, &end);
        if (end == text || !(values[*count] >= least && values[*count] <= MOST_EVERY))
            return false;
        (*count)++;
        if (*end == '\0')
            return true;
        if (*end != ',')
            return false;
    }
    return false;
}

bool fc_hsttn_scales(const hsttn *c, scales *s)
{
    double values[FC_HSTTN_SCALES - 1];
    int count;
    *s = (scales){.count = 1, .factor = {1}, .every = {1}};
    if (!read_list(c->factors ? c->factors : "", values, FC_HSTTN_SCALES - 1, 1, &count))
        return false;
    for (int i = 0; i < count; i++) {
        int factor = (int)values[i];
        if (factor != values[i] || factor > MOST_EVERY / s->every[s->count - 1])
            return false;
        if (factor == 1)
            continue;
        s->factor[s->count] = factor;
        s->every[s->count] = factor * s->every[s->count - 1];
        s->count++;
    }
    return true;
}

/* Each block has the same parts, and the decoder's take up the encoder's tokens. */
static int check_parts(const hsttn *c, nn_error *error)
{
    const hsttn r = fc_hsttn_resolved(c);
    const fc_parts stations = fc_hsttn_station_parts(c);
    const nn_token_traits times = {.what = "hsttn has a decoder of times",
                                   .ordered = true,
                                   .fixed = true,
                                   .cross = true,
                                   .causal = r.time_mask == ON},
                          others = {.what = "hsttn has a decoder of stations, which stand in no order",
                                    .fixed = true,
                                    .cross = true,
                                    .causal = r.station_mask == ON};
    const int code = fc_parts_check(&c->parts, 1, times, error);
    return code ? code : fc_parts_check(&stations, 1, others, error);
}

int fc_hsttn_check(const void *config, const fc_sizes *sizes, nn_error *error)
{
    const hsttn *c = config;
    scales s;
    double weights[FC_HSTTN_SCALES];
    int count;
    if (!fc_hsttn_scales(c, &s))
        return nn_fail(error, NN_USAGE,
                       "--factors: '%.60s' is not a list of up to %d whole numbers, whose product is at most "
                       "%d, such as 3,2",
                       c->factors ? c->factors : "", FC_HSTTN_SCALES - 1, MOST_EVERY);
    if (!read_list(c->scale_weights ? c->scale_weights : "", weights, FC_HSTTN_SCALES, 0, &count) ||
        !(weights[0] > 0))
        return nn_fail(error, NN_USAGE,
                       "--scale-weights: '%.60s' is not a list of up to %d numbers, the first above 0",
                       c->scale_weights ? c->scale_weights : "", FC_HSTTN_SCALES);
    double rows = fmax(sizes->lookback, sizes->horizon) + s.every[s.count - 1];
    double largest = fmax(rows, sizes->stations) * fmax(1, fc_hsttn_resolved(c).d_model);
    if (largest > MOST_TABLE || (double)sizes->stations * sizes->horizon > INT_MAX / 2 ||
        (double)sizes->stations * sizes->lookback > INT_MAX / 2)
        return nn_fail(error, NN_USAGE,
                       "--lookback %d, --horizon %d and --d-model %d are too large for %d stations",
                       sizes->lookback, sizes->horizon, fc_hsttn_resolved(c).d_model, sizes->stations);
    if (c->season > 0 && c->season < sizes->horizon)
        return nn_fail(
            error, NN_USAGE,
            "--season-rows %d: must be at least the horizon of %d rows, or a forecast would see its "
            "own future",
            c->season, sizes->horizon);
    int shortcut = fc_hsttn_resolved(c).shortcut;
    if (c->shortcut_stations > 0 && shortcut != SHORTCUT_EACH)
        return nn_fail(error, NN_USAGE, "--shortcut-stations: only --shortcut each has room for them");
    if (c->shortcut_year && shortcut != SHORTCUT_OWN && shortcut != SHORTCUT_EACH)
        return nn_fail(error, NN_USAGE, "--shortcut-year: needs --shortcut own or each");
    if (sizes->stations == 0)
        return nn_fail(error, NN_USAGE, "hsttn forecasts panels of stations: see --help for --stations");
    return check_parts(c, error);
}

void fc_hsttn_form(const void *config, const fc_sizes *sizes, fc_panel_form *form)
{
    const hsttn c = fc_hsttn_resolved(config);
    scales s;
    double weights[FC_HSTTN_SCALES] = {1};
    int count = 0, longest = sizes->lookback > sizes->horizon ? sizes->lookback : sizes->horizon;
    fc_hsttn_scales(&c, &s);
    int whole = s.every[s.count - 1];
    bool published = c.preset == PAPER;
    *form = (fc_panel_form){.rows = (longest + whole - 1) / whole * whole,
                            .step = c.future == OFF ? whole : 1,
                            .flags = !published,
                            .no_future_input = c.future == OFF,
                            .unmasked = c.loss_mask == OFF,
                            .season = c.season,
                            .shared = c.shortcut_stations,
                            .yearly = c.shortcut_year,
                            .clock = c.clock ? (longest + whole - 1) / whole * whole : 0};
    read_list(c.scale_weights ? c.scale_weights : "", weights, FC_HSTTN_SCALES, 0, &count);
    for (int i = 1; i < s.count && i < count && form->scales < 2; i++)
        if (weights[i] > 0) {
            form->factor[form->scales] = s.every[i];
            form->weight[form->scales++] = weights[i] / weights[0];
        }
}

const char *const (*fc_hsttn_recipe(const void *config))[2]
{
    static const char *const standard[][2] = {
        {"epochs", "8"}, {"learning-rate", "2e-3"}, {"schedule", "cosine"}, {NULL, NULL}};
    static const char *const paper[][2] = {
        {"epochs", "20"}, {"batch", "16"}, {"patience", "8"}, {NULL, NULL}};
    return ((const hsttn *)config)->preset == PAPER ? paper : standard;
}
