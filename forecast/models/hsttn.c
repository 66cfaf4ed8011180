/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HSTTN (arXiv 2305.18724): many stations at several time scales. At each scale one branch attends over the
 * times of a station, another over the stations at a time, and a fusion of both replaces both; the encoder
 * pools over time, the decoder goes the way back. Parameter names are those of the published code. */
#include "forecast/models/hsttn.h"

#include "forecast/models/registry.h"
#include "forecast/tasks/stations/stations.h"
#include "forecast/weights.h"
#include "lib/parts/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    const fc_stations_inputs *in;
    nn_tensor *bias; /* of attention between stations */
    fc_opened_parts time_parts, station_parts;
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
    const nn_block block = {.heads = c->heads,
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
    return fc_parts_block(stations ? &n->station_parts : &n->time_parts, 0, block);
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
    if (n->in->clock && strcmp(part, "encoder") == 0) {
        nn_tensor *clock = nn_linear_with(p, "transformer.encoder.clock", n->in->clock, n->c.d_model,
                                          (nn_linear_options){.no_bias = true});
        x = nn_add_repeated(p, x, clock);
    }
    views v = {add_table(p, x, NULL), nn_regroup(p, x)};
    if (n->c.stations == STATIONS_INDEX)
        v.station = add_table(p, v.station, NULL);
    else if (n->c.stations == STATIONS_PLACE && n->in->coordinates)
        v.station = add_table(p, v.station, n->in->coordinates);
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
static nn_tensor *bias_of(nn_plan *plan, const fc_stations_inputs *in)
{
    size_t s = (size_t)in->sizes.stations;
    nn_real *values = in->adjacency ? malloc(s * s * sizeof *values) : NULL;
    if (!values) {
        if (in->adjacency)
            nn_plan_fail(plan, "no memory for %zu x %zu weights", s, s);
        return NULL;
    }
    for (size_t i = 0; i < s * s; i++)
        values[i] = i % (s + 1) == 0 ? 0 : (nn_real)log(in->adjacency[i]);
    nn_tensor *bias = nn_constant_of(plan, in->sizes.stations, in->sizes.stations, values);
    free(values);
    return bias;
}

static bool open_parts(network *n)
{
    const fc_parts stations = fc_hsttn_station_parts(&n->c);
    nn_error error = {0};
    if (fc_parts_open(&n->time_parts, &n->c.parts, 1, &error) ||
        fc_parts_open(&n->station_parts, &stations, 1, &error))
        nn_plan_fail(n->plan, "%s", error.text);
    return !error.code;
}

static void build_scales(network *n, nn_tensor *outputs[FC_HSTTN_SCALES])
{
    nn_plan *plan = n->plan;
    views encoder[FC_HSTTN_SCALES], v = {0};
    nn_tensor *pair = NULL;
    n->bias = bias_of(plan, n->in);
    encode(n, encoder);
    for (int i = n->s.count - 1; i >= 0; i--) {
        v = pair ? climb(n, i, pair) : embed(n, "decoder", future_at(n, i));
        v = run_scale(n, "decoder", n->s.every[i], n->c.decoder_layers, v, &encoder[i]);
        pair = nn_concat_columns(plan, encoder[i].time, v.time);
        outputs[i] = nn_linear(plan, "transformer.projection", nn_dropout(plan, pair, n->c.dropout), 1);
    }
}

int fc_hsttn_network(nn_plan *plan, const void *config, const fc_stations_inputs *in,
                     nn_tensor *outputs[FC_HSTTN_SCALES])
{
    network n = {.plan = plan, .c = fc_hsttn_resolved(config), .in = in};
    memset(outputs, 0, FC_HSTTN_SCALES * sizeof *outputs);
    if (!in->past || !in->future || !fc_hsttn_scales(&n.c, &n.s)) {
        nn_plan_fail(plan, "hsttn: an input or the factors are missing");
        return 0;
    }
    if (open_parts(&n))
        build_scales(&n, outputs);
    fc_parts_close(&n.time_parts);
    fc_parts_close(&n.station_parts);
    return n.s.count;
}

static nn_tensor *add_shortcut(nn_plan *plan, const hsttn *c, const fc_stations_inputs *in, nn_tensor *y)
{
    int batch = nn_plan_batch(plan), stations = in->sizes.stations;
    nn_tensor *x = in->history; /* (B,S,W) */
    if (c->shortcut == SHORTCUT_OWN)
        return nn_residual(plan, y, nn_linear(plan, "shortcut", x, in->sizes.horizon), 0);
    if (c->shortcut == SHORTCUT_EACH)
        return nn_residual(plan, y, nn_linear_each(plan, "shortcut", x, in->sizes.horizon), 0);
    if (c->shortcut != SHORTCUT_NETWORK)
        return y;
    x = nn_reshape(plan, x, 2, (int[]){batch, stations * in->history_width});
    x = nn_linear(plan, "shortcut", x, stations * in->sizes.horizon);
    return nn_residual(plan, y, nn_reshape(plan, x, 3, (int[]){batch, stations, in->sizes.horizon}), 0);
}

/* What the first H rows of the finest output and the shortcut give, and the coarser outputs of the losses. */
static nn_tensor *build(nn_plan *plan, const void *config, const fc_stations_inputs *in,
                        nn_tensor *further[2])
{
    nn_tensor *outputs[FC_HSTTN_SCALES];
    hsttn c = fc_hsttn_resolved(config);
    fc_panel_form f;
    scales s;
    int batch = nn_plan_batch(plan);
    fc_hsttn_form(config, &in->sizes, &f);
    fc_hsttn_network(plan, config, in, outputs);
    nn_tensor *y = nn_reshape(plan, nn_slice(plan, outputs[0], 0, in->sizes.horizon), 3,
                              (int[]){batch, in->sizes.stations, in->sizes.horizon}); /* (B,S,H) */
    y = add_shortcut(plan, &c, in, y);
    fc_hsttn_scales(&c, &s);
    for (int i = 1, k = 0; i < s.count && k < f.scales; i++)
        if (s.every[i] == f.factor[k])
            further[k++] =
                nn_reshape(plan, outputs[i], 3, (int[]){batch, in->sizes.stations, f.rows / s.every[i]});
    return y;
}

/* For the model's file: also each part in its one spelling. */
static void resolve(void *config, const fc_sizes *sizes)
{
    hsttn *c = config;
    (void)sizes;
    fc_parts stations = {.mixer = c->station_mixer};
    fc_hsttn_resolve(c);
    fc_parts_resolve(&c->parts, 1);
    fc_parts_resolve(&stations, 1);
    c->station_mixer = stations.mixer;
}

static const char *head(const void *config)
{
    return ((const hsttn *)config)->base == BASE_LINEAR ? "transformer.projection" : NULL;
}

static const fc_stations_network network_parts = {.form = fc_hsttn_form, .build = build, .head = head};

static const char *const former[] = {"shortcut-training", "ridge", NULL};

/* The published program makes fusions of every scale and two more layers, and runs the finest fusion alone;
 * its tables of places are what add_table computes. */
static const char *const unused[] = {
    "_pos_emb.pe",         "coder.fusion_conv_3.",      "coder.fusion_conv_6.",
    "transformer.linear.", "transformer.regress_conv.", NULL};

#define FINEST "transformer.encoder.time_enc_layers_1."
static const fc_shape_rule shapes[] = {
    {.setting = "preset", .tensor = "transformer.encoder.turb_pos_emb.pe", .value = "paper"},
    {.setting = "d-model", .tensor = "transformer.encoder.conv.weight", .dimension = 0},
    {.setting = "head-width",
     .tensor = FINEST "0.enc_self_attn.W_Q.weight",
     .dimension = 0,
     .divided = "heads"},
    {.setting = "d-ff", .tensor = FINEST "0.pos_ffn.fc.0.weight", .dimension = 0},
    {.setting = "encoder-layers", .tensor = FINEST "%d.enc_self_attn.W_Q.weight", .dimension = FC_HOW_MANY},
    {.setting = "decoder-layers",
     .tensor = "transformer.decoder.time_dec_layers_1.%d.dec_self_attn.W_Q.weight",
     .dimension = FC_HOW_MANY},
    {0}};

const fc_kind fc_hsttn = {
    .name = "hsttn",
    .summary = "many stations at several time scales, with known-future columns (arXiv 2305.18724)",
    .options = fc_hsttn_options,
    .later = fc_hsttn_later,
    .former = former,
    .config_size = sizeof(hsttn),
    .resolve = resolve,
    .check = fc_hsttn_check,
    .recipe = fc_hsttn_recipe,
    .unused = unused,
    .shapes = shapes,
    .task = &fc_stations_task,
    .network = &network_parts,
};
