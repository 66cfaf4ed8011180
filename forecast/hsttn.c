/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HSTTN (arXiv 2305.18724): many stations at several time scales. At each scale one branch attends over the
 * times of a station, another over the stations at a time, and a fusion of both replaces both; the encoder
 * pools over time, the decoder goes the way back. Parameter names are those of the published code. */
#include "forecast/hsttn.h"

#include "forecast/registry.h"
#include "lib/block.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Choices, in the order of their words; the first of most is to do as the preset does. */
enum { STANDARD, PAPER };
enum { OFF = 1, ON };
enum { SHORTCUT_NONE = 1, SHORTCUT_OWN, SHORTCUT_EACH, SHORTCUT_NETWORK };
enum { STATIONS_PLACE = 1, STATIONS_LEARNED, STATIONS_INDEX, STATIONS_NONE };

typedef struct hsttn {
    int preset;
    int d_model, heads, head_width, d_ff, encoder_layers, decoder_layers; /* 0: of the preset */
    char *factors, *scale_weights;
    int stations, station_mask, time_mask, loss_mask, future, shortcut; /* 0: of the preset */
    double dropout, embedding_dropout;
} hsttn;

#define FIELD(name) offsetof(hsttn, name)
static const nn_option options[] = {
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
    {"shortcut", 0, NN_CHOICE, FIELD(shortcut), "preset", "preset|none|own|each|network", 0, 0,
     "adds a linear map of look-backs, which training starts at least squares: of each station's own, one "
     "map "
     "for all or one for each; or of all stations' to all; preset: network up to 65536 weights where "
     "stations are learned, else own; "
     "paper none"},
    {"dropout", 0, NN_REAL, FIELD(dropout), "0.05", "RATE", 0, 0.95, "dropout rate before the output"},
    {"embedding-dropout", 0, NN_REAL, FIELD(embedding_dropout), "0.1", "RATE", 0, 0.95,
     "dropout rate of the embedded inputs"},
    {0}};

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
                  .shortcut = SHORTCUT_OWN},
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

static void resolve(void *config, const fc_inputs *sizes)
{
    enum { FEW_WEIGHTS = 65536 };
    hsttn *c = config;
    const hsttn *p = &presets[c->preset];
    double weights = (double)sizes->stations * sizes->lookback * sizes->stations * sizes->horizon;
    bool known = c->stations == 0 || c->stations == STATIONS_LEARNED;
    if (c->shortcut == 0 && c->preset == STANDARD && known && weights <= FEW_WEIGHTS)
        c->shortcut = SHORTCUT_NETWORK;
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

static hsttn resolved(const void *config, const fc_inputs *sizes)
{
    hsttn c = *(const hsttn *)config;
    resolve(&c, sizes);
    return c;
}

/* --- time scales --- */

typedef struct scales {
    int count;                   /* at least 1 */
    int factor[FC_HSTTN_SCALES]; /* rows of scale i-1 that become one of scale i; factor[0] is 1 */
    int every[FC_HSTTN_SCALES];  /* rows of the finest scale that one row stands for */
} scales;

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

static bool read_scales(const hsttn *c, scales *s)
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

static int check(const void *config, const fc_inputs *sizes, nn_error *error)
{
    const hsttn *c = config;
    scales s;
    double weights[FC_HSTTN_SCALES];
    int count;
    if (!read_scales(c, &s))
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
    double largest = fmax(rows, sizes->stations) * fmax(1, resolved(c, sizes).d_model);
    if (largest > MOST_TABLE || (double)sizes->stations * sizes->horizon > INT_MAX / 2 ||
        (double)sizes->stations * sizes->lookback > INT_MAX / 2)
        return nn_fail(error, NN_USAGE,
                       "--lookback %d, --horizon %d and --d-model %d are too large for %d stations",
                       sizes->lookback, sizes->horizon, resolved(c, sizes).d_model, sizes->stations);
    if (sizes->stations == 0)
        return nn_fail(error, NN_USAGE, "hsttn forecasts panels of stations: see --help for --stations");
    return NN_OK;
}

static void form(const void *config, const fc_inputs *sizes, fc_panel_form *form)
{
    const hsttn c = resolved(config, sizes);
    scales s;
    double weights[FC_HSTTN_SCALES] = {1};
    int count = 0, longest = sizes->lookback > sizes->horizon ? sizes->lookback : sizes->horizon;
    read_scales(&c, &s);
    int whole = s.every[s.count - 1];
    bool published = c.preset == PAPER;
    *form = (fc_panel_form){.rows = (longest + whole - 1) / whole * whole,
                            .step = c.future == OFF ? whole : 1,
                            .flags = !published,
                            .blind = c.future == OFF,
                            .unmasked = c.loss_mask == OFF};
    read_list(c.scale_weights ? c.scale_weights : "", weights, FC_HSTTN_SCALES, 0, &count);
    for (int i = 1; i < s.count && i < count && form->scales < 2; i++)
        if (weights[i] > 0) {
            form->factor[form->scales] = s.every[i];
            form->weight[form->scales++] = weights[i] / weights[0];
        }
}

/* --- encodings of places --- */

/* Vaswani et al. 2017, section 3.5: even columns sine, odd ones cosine of position / 10000^(2i/d). */
static void sinusoid(nn_real *row, double position, int d)
{
    for (int j = 0; j < d; j++) {
        double angle = position * exp(-log(10000) * (j / 2 * 2) / d);
        row[j] = (nn_real)(j % 2 ? cos(angle) : sin(angle));
    }
}

static nn_tensor *add_table(nn_plan *plan, nn_tensor *x, const double *place)
{
    if (!x)
        return NULL;
    int rows = x->shape[1], d = x->shape[2];
    nn_real *table = malloc((size_t)rows * (size_t)d * sizeof *table);
    if (!table) {
        nn_plan_fail(plan, "no memory for %d positions", rows);
        return NULL;
    }
    for (int i = 0; i < rows; i++) {
        nn_real *row = table + (size_t)i * (size_t)d;
        /* Half of the columns for either coordinate; a deviation of the network is ten positions. */
        sinusoid(row, place ? 10 * place[2 * i] : i, place ? d / 2 : d);
        if (place)
            sinusoid(row + d / 2, 10 * place[2 * i + 1], d - d / 2);
    }
    nn_tensor *constant = nn_constant_of(plan, rows, d, table);
    free(table);
    return nn_add_repeated(plan, x, constant);
}

/* --- the hourglass --- */

typedef struct network {
    nn_plan *plan;
    hsttn c;
    scales s;
    const fc_inputs *in;
    nn_tensor *bias; /* of attention between stations */
} network;

/* The two views of one grid: (B*S,T,d) and (B*T,S,d). */
typedef struct views {
    nn_tensor *time, *station;
} views;

static nn_tensor *relu(const network *n, nn_tensor *x)
{
    return nn_activation(n->plan, x, NN_RELU, 0);
}

static nn_block block_of(const network *n, bool decoder, bool stations)
{
    const hsttn *c = &n->c;
    const char *self[] = {"enc_self_attn.W_Q", "enc_self_attn.W_K", "enc_self_attn.W_V", "enc_self_attn.fc"};
    const char *own[] = {"dec_self_attn.W_Q", "dec_self_attn.W_K", "dec_self_attn.W_V", "dec_self_attn.fc"};
    const char **names = decoder ? own : self;
    return (nn_block){.heads = c->heads,
                      .head_width = c->head_width,
                      .hidden = c->d_ff,
                      .activation = NN_RELU,
                      .causal = decoder && (stations ? c->station_mask : c->time_mask) == ON,
                      .bias = stations ? n->bias : NULL,
                      .attention_no_bias = true,
                      .ffn_no_bias = true,
                      .norm_plain = true,
                      .names = {.query = names[0],
                                .key = names[1],
                                .value = names[2],
                                .out = names[3],
                                .cross_query = "dec_enc_attn.W_Q",
                                .cross_key = "dec_enc_attn.W_K",
                                .cross_value = "dec_enc_attn.W_V",
                                .cross_out = "dec_enc_attn.fc",
                                .hidden = "pos_ffn.fc.0",
                                .project = "pos_ffn.fc.2"}};
}

static views embed(const network *n, const char *part, nn_tensor *input)
{
    nn_plan *p = n->plan;
    if (!input)
        return (views){0};
    nn_tensor *x = nn_reshape(p, input, 3,
                              (int[]){nn_plan_batch(p) * input->shape[1], input->shape[2], input->shape[3]});
    x = relu(n, nn_linear_with(p, nn_name(p, "transformer.%s.conv", part), x, n->c.d_model,
                               (nn_linear_options){.as_conv2d = true}));
    views v = {add_table(p, x, NULL), nn_regroup(p, x)};
    if (n->c.stations == STATIONS_INDEX)
        v.station = add_table(p, v.station, NULL);
    else if (n->c.stations == STATIONS_PLACE && n->in->place)
        v.station = add_table(p, v.station, n->in->place);
    else if (n->c.stations == STATIONS_LEARNED)
        v.station = nn_add_embedding(p, nn_name(p, "transformer.%s.station", part), v.station);
    v.time = nn_dropout(p, v.time, n->c.embedding_dropout);
    v.station = nn_dropout(p, v.station, n->c.embedding_dropout);
    return v;
}

/* The layers of one scale. memory: the encoder's views at that scale, for the decoder. */
static views run_scale(const network *n, const char *part, int every, int layers, views in,
                       const views *memory)
{
    nn_plan *p = n->plan;
    const char *kind = memory ? "dec" : "enc";
    nn_block time = block_of(n, memory, false), station = block_of(n, memory, true);
    views v = in;
    nn_tensor *fused = NULL;
    for (int i = 0; i < layers; i++) {
        const char *place = nn_name(p, "%s_layers_%d.%d", kind, every, i);
        v.time = nn_encoder_block(p, nn_name(p, "transformer.%s.time_%s", part, place), v.time,
                                  memory ? memory->time : NULL, &time);
        v.station = nn_encoder_block(p, nn_name(p, "transformer.%s.turb_%s", part, place), v.station,
                                     memory ? memory->station : NULL, &station);
        fused = nn_concat_columns(p, v.time, nn_regroup(p, v.station));
        fused = relu(n, nn_linear_with(p, nn_name(p, "transformer.%s.fusion_conv_1", part), fused,
                                       n->c.d_model, (nn_linear_options){.as_conv2d = true}));
        v = (views){fused, i + 1 < layers || !memory ? nn_regroup(p, fused) : NULL};
    }
    /* The decoder's stations act through the fusion alone. */
    return (views){nn_residual(p, v.time, in.time, 0),
                   memory ? NULL : nn_residual(p, v.station, in.station, 0)};
}

/* Pools over time in the view by station, whose rows of one time lie together. */
static nn_tensor *pool_stations(const network *n, nn_tensor *x, int factor)
{
    nn_plan *p = n->plan;
    if (!x)
        return NULL;
    int batch = nn_plan_batch(p), times = x->shape[0] / batch, s = x->shape[1], d = x->shape[2];
    x = nn_average_pool(p, nn_reshape(p, x, 3, (int[]){batch, times, s * d}), factor);
    return nn_reshape(p, x, 3, (int[]){batch * (times / factor), s, d});
}

static void encode(const network *n, views at[FC_HSTTN_SCALES])
{
    views v = embed(n, "encoder", n->in->past);
    for (int i = 0; i < n->s.count; i++) {
        if (i > 0)
            v = (views){nn_average_pool(n->plan, v.time, n->s.factor[i]),
                        pool_stations(n, v.station, n->s.factor[i])};
        at[i] = v = run_scale(n, "encoder", n->s.every[i], n->c.encoder_layers, v, NULL);
    }
}

/* The future at scale i as an input of the decoder. */
static nn_tensor *future_at(const network *n, int i)
{
    nn_plan *p = n->plan;
    const nn_tensor *f = n->in->future;
    nn_tensor *x =
        nn_reshape(p, n->in->future, 3, (int[]){nn_plan_batch(p) * f->shape[1], f->shape[2], f->shape[3]});
    x = nn_average_pool(p, x, n->s.every[i] * f->shape[2] / n->in->past->shape[2]);
    return x ? nn_reshape(p, x, 4, (int[]){nn_plan_batch(p), f->shape[1], x->shape[1], f->shape[3]}) : NULL;
}

/* From scale i+1 to the decoder's input at scale i. */
static views climb(const network *n, int i, nn_tensor *pair)
{
    nn_plan *p = n->plan;
    nn_tensor *x = nn_upsample(p, nn_name(p, "transformer.decoder.upconv_%d", n->s.every[i + 1]), pair,
                               n->c.d_model, n->s.factor[i + 1]);
    if (n->c.future == ON && x) {
        nn_tensor *f = future_at(n, i);
        f = f ? nn_reshape(p, f, 3, (int[]){x->shape[0], x->shape[1], f->shape[3]}) : NULL;
        f = nn_linear(p, nn_name(p, "transformer.decoder.future_%d", n->s.every[i]), f, n->c.d_model);
        x = nn_residual(p, x, f, 0);
    }
    x = relu(n, x);
    views v = {x, nn_regroup(p, x)};
    if (n->c.future == ON && n->c.stations == STATIONS_LEARNED)
        v.station = nn_add_embedding(p, "transformer.decoder.station", v.station);
    return v;
}

/* Logarithms of the weights between stations, so that attention is multiplied by them. */
static nn_tensor *bias_of(nn_plan *plan, const fc_inputs *in)
{
    size_t s = (size_t)in->stations;
    nn_real *values = in->nearness ? malloc(s * s * sizeof *values) : NULL;
    if (!values) {
        if (in->nearness)
            nn_plan_fail(plan, "no memory for %zu x %zu weights", s, s);
        return NULL;
    }
    for (size_t i = 0; i < s * s; i++)
        values[i] = i % (s + 1) == 0 ? 0 : (nn_real)log(in->nearness[i]);
    nn_tensor *bias = nn_constant_of(plan, in->stations, in->stations, values);
    free(values);
    return bias;
}

int fc_hsttn_network(nn_plan *plan, const void *config, const fc_inputs *in,
                     nn_tensor *outputs[FC_HSTTN_SCALES])
{
    network n = {.plan = plan, .c = resolved(config, in), .in = in};
    views encoder[FC_HSTTN_SCALES];
    memset(outputs, 0, FC_HSTTN_SCALES * sizeof *outputs);
    if (!in->past || !in->future || !read_scales(&n.c, &n.s)) {
        nn_plan_fail(plan, "hsttn: an input or the factors are missing");
        return 0;
    }
    n.bias = bias_of(plan, in);
    encode(&n, encoder);
    views v = {0};
    nn_tensor *pair = NULL;
    for (int i = n.s.count - 1; i >= 0; i--) {
        v = pair ? climb(&n, i, pair) : embed(&n, "decoder", future_at(&n, i));
        v = run_scale(&n, "decoder", n.s.every[i], n.c.decoder_layers, v, &encoder[i]);
        pair = nn_concat_columns(plan, encoder[i].time, v.time);
        outputs[i] = nn_linear(plan, "transformer.projection", nn_dropout(plan, pair, n.c.dropout), 1);
    }
    return n.s.count;
}

static nn_tensor *add_shortcut(nn_plan *plan, const hsttn *c, const fc_inputs *in, nn_tensor *y)
{
    int batch = nn_plan_batch(plan), stations = in->stations;
    nn_tensor *x = in->history; /* (B,S,L) */
    if (c->shortcut == SHORTCUT_OWN)
        return nn_residual(plan, y, nn_linear(plan, "shortcut", x, in->horizon), 0);
    if (c->shortcut == SHORTCUT_EACH)
        return nn_residual(plan, y, nn_linear_each(plan, "shortcut", x, in->horizon), 0);
    if (c->shortcut != SHORTCUT_NETWORK)
        return y;
    x = nn_reshape(plan, x, 2, (int[]){batch, stations * in->lookback});
    x = nn_linear(plan, "shortcut", x, stations * in->horizon);
    return nn_residual(plan, y, nn_reshape(plan, x, 3, (int[]){batch, stations, in->horizon}), 0);
}

/* What the first H rows of the finest output and the shortcut give, and the coarser outputs of the losses. */
static nn_tensor *build_panel(nn_plan *plan, const void *config, const fc_inputs *in, nn_tensor *further[2])
{
    nn_tensor *outputs[FC_HSTTN_SCALES];
    hsttn c = resolved(config, in);
    fc_panel_form f;
    scales s;
    int batch = nn_plan_batch(plan);
    form(config, in, &f);
    fc_hsttn_network(plan, config, in, outputs);
    nn_tensor *y = nn_reshape(plan, nn_slice(plan, outputs[0], 0, in->horizon), 3,
                              (int[]){batch, in->stations, in->horizon}); /* (B,S,H) */
    y = add_shortcut(plan, &c, in, y);
    read_scales(&c, &s);
    for (int i = 1, k = 0; i < s.count && k < f.scales; i++)
        if (s.every[i] == f.factor[k])
            further[k++] = nn_reshape(plan, outputs[i], 3, (int[]){batch, in->stations, f.rows / s.every[i]});
    return y;
}

static const char *const (*recipe(const void *config))[2]
{
    static const char *const standard[][2] = {
        {"epochs", "8"}, {"learning-rate", "2e-3"}, {"schedule", "cosine"}, {NULL, NULL}};
    static const char *const paper[][2] = {
        {"epochs", "20"}, {"batch", "16"}, {"patience", "8"}, {NULL, NULL}};
    return ((const hsttn *)config)->preset == PAPER ? paper : standard;
}

const fc_kind fc_hsttn = {
    .name = "hsttn",
    .summary = "many stations at several time scales, with known-future columns (arXiv 2305.18724)",
    .options = options,
    .config_size = sizeof(hsttn),
    .resolve = resolve,
    .check = check,
    .form = form,
    .build_panel = build_panel,
    .recipe = recipe,
    .linear = "shortcut",
    .head = "transformer.projection",
};
