/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iTransformer (Liu et al. 2024, arXiv 2310.06625): every variate's look-back window is one token; attention
 * mixes variates, the feed-forward learns each one's series. Defaults and parameter names are those of the
 * published code. */
#include "forecast/models/frame.h"
#include "forecast/models/heads.h"
#include "forecast/models/parts.h"
#include "forecast/models/preset.h"
#include "forecast/models/registry.h"

#include "forecast/tasks/series/network.h"
#include "forecast/tasks/series/series.h"
#include "forecast/weights.h"
#include "lib/parts/block.h"

typedef struct itransformer {
    int preset;
    int d_model, d_ff, layers, heads;
    double dropout;
    fc_parts parts;
    int activation; /* nn_activation_kind */
    int norm;       /* instance normalisation in and out */
    fc_frame_settings frame;
} itransformer;

#define FIELD(name) offsetof(itransformer, name)
static const nn_option options[] = {
    {"preset", 0, NN_CHOICE, FIELD(preset), "standard", "standard|paper", 0, 0,
     "what else is not given: by the rows and the season of a table; or, paper, as published, which are the "
     "defaults shown"},
    {"d-model", 0, NN_INT, FIELD(d_model), "256", "N", 1, 65536, "width of a token"},
    {"d-ff", 0, NN_INT, FIELD(d_ff), "0", "N", 0, 262144,
     "width of the feed-forward; 0: d-model, as published"},
    {"layers", 0, NN_INT, FIELD(layers), "2", "N", 1, 64, "encoder blocks"},
    {"heads", 0, NN_INT, FIELD(heads), "8", "N", 1, 1024, "attention heads"},
    {"dropout", 0, NN_REAL, FIELD(dropout), "0.1", "RATE", 0, 0.95, "dropout rate"},
    {"activation", 0, NN_CHOICE, FIELD(activation), "gelu", "relu|gelu", 0, 0, "of the feed-forward"},
    {"instance-norm", 0, NN_FLAG, FIELD(norm), "true", NULL, 0, 0,
     "normalise each window by its own mean and deviation, and undo it on the forecast"},
    FC_FRAME_OPTIONS(itransformer, frame),
    FC_PARTS_TOKENS(
        itransformer, parts, "variate",
        "what tokens are: variate, or, orthogonal, with look-back and horizon in the basis of "
        "eigenvectors of their correlation in the training rows (arXiv 2505.08550); or times of each "
        "column by itself, such as patch:len=16 (PatchTST, arXiv 2211.14730)"),
    FC_PARTS_SUBLAYERS(itransformer, parts),
    FC_PARTS_DROP(itransformer, parts, FC_PARTS_DROP_ROWS),
    FC_PARTS_PLACES(itransformer, parts, "post"),
    {0}};

static bool is_orthogonal(const itransformer *c)
{
    return fc_part_is(c->parts.tokenizer, "orthogonal");
}

/* Whether tokens are the variates, not times of each. */
static bool of_variates(const itransformer *c)
{
    return is_orthogonal(c) || fc_part_is(c->parts.tokenizer, "variate");
}

static int check(const void *config, const fc_sizes *sizes, nn_error *error)
{
    const itransformer *c = config;
    (void)sizes;
    const nn_token_traits rows = {.what = "the rows of itransformer are a table's",
                                  .ordered = true,
                                  .fixed = true,
                                  .columns = true},
                          variates = {.what = "the tokens of itransformer are variates",
                                      .fixed = true,
                                      .each = true},
                          times = {.what = "the tokens of itransformer are times of a column",
                                   .ordered = true,
                                   .fixed = true,
                                   .several = true,
                                   .calendar = true};
    int code = fc_heads_check(c->d_model, c->heads, error);
    if (!code)
        code = fc_parts_check_tokenizer(&c->parts, rows, error);
    return code ? code : fc_parts_check(&c->parts, c->layers, of_variates(c) ? variates : times, error);
}

static void resolve(void *config, const fc_sizes *sizes)
{
    itransformer *c = config;
    fc_frame_resolve(&c->frame, sizes);
    fc_parts_resolve(&c->parts, c->layers);
}

static const char *const (*recipe(const void *config))[2]
{
    return fc_preset_recipe(((const itransformer *)config)->preset);
}

/* What is known of each column beside its values, for its token (B,N,d); NULL: nothing is. */
static nn_tensor *embed_known(nn_plan *plan, const itransformer *c, const fc_series_inputs *in)
{
    const nn_linear_options plain = {.no_bias = true};
    nn_tensor *known = in->known, *statics = in->statics, *ignored;
    if (known && c->norm)
        known = nn_instance_norm(plan, known, &ignored);
    if (known)
        known = nn_linear_with(plan, "enc_embedding.known_embedding", nn_transpose(plan, known), c->d_model,
                               plain);
    if (statics)
        statics = nn_linear_with(plan, "enc_embedding.static_embedding", statics, c->d_model, plain);
    return known && statics ? nn_residual(plan, known, statics, 0) : known ? known : statics;
}

/* A token of every column and of every channel of the calendar, (B,N+F,d). A column that is known beforehand
 * shows its look-back and its horizon; what never changes in a column is told with it. */
static nn_tensor *embed(nn_plan *plan, const itransformer *c, const fc_series_inputs *in, nn_tensor *series)
{
    static const char value[] = "enc_embedding.value_embedding";
    nn_tensor *h = nn_transpose(plan, series), *known;                                  /* (B,N,L) */
    nn_tensor *time = in->time_features ? nn_transpose(plan, in->time_features) : NULL; /* (B,F,L) */
    if (is_orthogonal(c))
        h = nn_rotate(plan, "orthogonal.in", h, false);
    if (!in->known && !in->statics)
        return nn_linear(plan, value, time ? nn_concat(plan, h, time) : h, c->d_model);
    known = embed_known(plan, c, in);
    h = nn_residual(plan, nn_linear(plan, value, h, c->d_model), known, 0); /* (B,N,d) */
    return time ? nn_concat(plan, h, nn_linear(plan, value, time, c->d_model)) : h;
}

/* The encoder's blocks and the norm behind them: (.,T,d). */
static nn_tensor *encode(nn_plan *plan, const itransformer *c, nn_tensor *h)
{
    const nn_block block = {.heads = c->heads,
                            .hidden = c->d_ff ? c->d_ff : c->d_model,
                            .activation = (nn_activation_kind)c->activation,
                            .dropout = c->dropout,
                            .ffn_as_conv = true,
                            .names = {.query = "attention.query_projection",
                                      .key = "attention.key_projection",
                                      .value = "attention.value_projection",
                                      .out = "attention.out_projection",
                                      .hidden = "conv1",
                                      .project = "conv2"}};
    h = fc_parts_build(plan, &c->parts,
                       (nn_stack){.prefix = "encoder.attn_layers.", .layers = c->layers, .block = block}, h);
    return nn_layer_norm(plan, "encoder.norm", h, 1e-5);
}

/* By a token of each variate: (B,L,N) -> (B,N,H). */
static nn_tensor *by_variates(nn_plan *plan, const itransformer *c, const fc_series_inputs *in, nn_tensor *h)
{
    h = nn_dropout(plan, embed(plan, c, in, h), c->dropout); /* (B,N+F,d) */
    h = fc_parts_place(plan, &c->parts, "none", h, (nn_places){0});
    h = nn_slice(plan, encode(plan, c, h), 0, in->sizes.variates);
    h = nn_linear(plan, "projector", h, in->sizes.horizon); /* (B,N,H) */
    return is_orthogonal(c) ? nn_rotate(plan, "orthogonal.out", h, true) : h;
}

/* By tokens of times of each variate by itself, which share all weights (PatchTST, section 3.1): (B,L,N) ->
 * (B,N,H). */
static nn_tensor *by_times(nn_plan *plan, const itransformer *c, const fc_series_inputs *in, nn_tensor *h)
{
    const int batch = nn_plan_batch(plan), variates = in->sizes.variates;
    nn_places places = {0};
    if (in->time_features && fc_part_is(c->parts.pos, "calendar"))
        places.calendar = fc_parts_tokens(plan, &c->parts, "calendar", in->time_features, c->d_model);
    h = nn_transpose(plan, h); /* (B,N,L) */
    h = h ? nn_reshape(plan, h, 3, (int[]){batch * variates, in->sizes.lookback, 1}) : NULL;
    h = fc_parts_tokens(plan, &c->parts, "tokens", h, c->d_model); /* (BN,T,d) */
    h = nn_dropout(plan, fc_parts_place(plan, &c->parts, "learned", h, places), c->dropout);
    h = encode(plan, c, h);
    h = h ? nn_reshape(plan, h, 3, (int[]){batch, variates, h->shape[1] * h->shape[2]}) : NULL;
    if (in->known) {
        nn_tensor *known = in->known, *ignored;
        if (c->norm)
            known = nn_instance_norm(plan, known, &ignored);
        h = nn_concat_columns(plan, h, nn_transpose(plan, known));
    }
    if (in->statics)
        h = nn_concat_columns(plan, h, in->statics);
    return nn_linear(plan, "projector", h, in->sizes.horizon);
}

static nn_tensor *build(nn_plan *plan, const void *config, const fc_series_inputs *in)
{
    const itransformer *c = config;
    fc_frame frame;
    nn_tensor *h = fc_frame_enter(plan, &frame, in, c->norm); /* (B,L,N) */
    h = of_variates(c) ? by_variates(plan, c, in, h) : by_times(plan, c, in, h);
    return fc_frame_leave(plan, &frame, nn_transpose(plan, h)); /* (B,H,N) */
}

static bool has_row_tokens(const void *config)
{
    return !of_variates(config);
}

static const fc_frame_settings *frame_of(const void *config)
{
    return &((const itransformer *)config)->frame;
}

static bool is_fixed(const void *config)
{
    const itransformer *c = config;
    return fc_frame_is_fixed(&c->frame) || (of_variates(c) && fc_parts_count_tokens(&c->parts, c->layers));
}

static const char *const later[] = {"preset", FC_PARTS_LATER, FC_FRAME_LATER, "tokenizer", "pos", NULL};
static const char *const aliases[][2] = {{"projection.", "projector."}, {NULL, NULL}};

static const fc_shape_rule shapes[] = {
    {.setting = "lookback", .tensor = "enc_embedding.value_embedding.weight", .dimension = 1},
    {.setting = "horizon", .tensor = "projector.weight", .dimension = 0},
    {.setting = "d-model", .tensor = "enc_embedding.value_embedding.weight", .dimension = 0},
    {.setting = "d-ff", .tensor = "encoder.attn_layers.0.conv1.weight", .dimension = 0},
    {.setting = "layers", .tensor = "encoder.attn_layers.%d.norm1.weight", .dimension = FC_HOW_MANY},
    {0}};

static const fc_series_network network = {.knows = true,
                                          .statics = true,
                                          .fixed = is_fixed,
                                          .frame = frame_of,
                                          .last = "projector",
                                          .build = build};

const fc_kind fc_itransformer = {
    .name = "itransformer",
    .summary = "variates as tokens: attention across series (Liu et al. 2024, arXiv 2310.06625)",
    .options = options,
    .later = later,
    .config_size = sizeof(itransformer),
    .resolve = resolve,
    .check = check,
    .recipe = recipe,
    .aliases = aliases,
    .shapes = shapes,
    .any_variates = true,
    .row_tokens = has_row_tokens,
    .task = &fc_series_task,
    .network = &network,
};
