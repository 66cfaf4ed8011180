/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transformer encoder with Time2Vec (arXiv 2504.13801): every row of the window is a token of all columns and
 * the learned linear, sine and cosine terms of their mean, the price, or other forms of Time2Vec. Initial
 * values are those of the published Keras layers. */
#include "forecast/models/time2vec.h"

#include "forecast/models/frame.h"
#include "forecast/models/parts.h"
#include "forecast/models/preset.h"
#include "forecast/models/registry.h"
#include "forecast/tasks/series/series.h"
#include "forecast/weights.h"
#include "lib/parts/block.h"

#include <limits.h>

/* Choices, in the order of their words; the first of most is to do as the preset does. */
enum { ENCODING_VALUE = 1, ENCODING_TIME, ENCODING_FEATURE };
enum { POOL_TIME = 1, POOL_CHANNELS, POOL_OTHERS };
enum { RESIDUAL_STANDARD = 1, RESIDUAL_PAPER };
enum { NORM_WINDOW = 1, NORM_NONE };

typedef struct time2vec {
    int preset;
    int heads, head_width, d_ff, blocks; /* 0: of the preset */
    int hidden;
    double dropout;
    int sines, averaged;
    int encoding, pool, residual, norm; /* 0: of the preset */
    fc_frame_settings frame;
    fc_parts parts;
} time2vec;

#define FIELD(name) offsetof(time2vec, name)
static const nn_option options[] = {
    {"preset", 0, NN_CHOICE, FIELD(preset), "standard", "standard|paper", 0, 0,
     "what settings left open are: sizes for a CPU, or all as published (slow: 12 heads of 256)"},
    {"heads", 0, NN_INT, FIELD(heads), "0", "N", 0, 1024, "attention heads; 0: 4, paper 12"},
    {"head-width", 0, NN_INT, FIELD(head_width), "0", "N", 0, 4096, "columns of a head; 0: 8, paper 256"},
    {"d-ff", 0, NN_INT, FIELD(d_ff), "0", "N", 0, 262144, "width of the feed-forward; 0: 32, paper 256"},
    {"blocks", 0, NN_INT, FIELD(blocks), "0", "N", 0, 64, "encoder blocks; 0: 2, paper 5"},
    {"hidden", 0, NN_INT, FIELD(hidden), "64", "N", 1, 262144, "width of the layer before the output"},
    {"dropout", 0, NN_REAL, FIELD(dropout), "0.1", "RATE", 0, 0.95, "dropout rate"},
    {"encoding", 0, NN_CHOICE, FIELD(encoding), "preset", "preset|value|time|feature", 0, 0,
     "what Time2Vec is taken of: the price, with weights of each row's own; the row's place in the window "
     "(Kazemi et al. 2019); every column; preset: time, paper value"},
    {"sines", 0, NN_INT, FIELD(sines), "4", "N", 1, 1024, "of encodings time and feature"},
    {"price-columns", 0, NN_INT, FIELD(averaged), "0", "N", 0, 16777216,
     "the price is the mean of the first N columns; 0: all, paper the first 4"},
    {"pool", 0, NN_CHOICE, FIELD(pool), "preset", "preset|time|channels|last|seq|cls|flatten", 0, 0,
     "mean over rows, or over channels of each row, or as auspex blocks says; preset: time, paper channels"},
    {"residual", 0, NN_CHOICE, FIELD(residual), "preset", "preset|standard|paper", 0, 0,
     "what a block's feed-forward is added to: the attention's result, or the block's input as published"},
    {"norm", 0, NN_CHOICE, FIELD(norm), "preset", "preset|window|none", 0, 0,
     "window: normalise each window by its own mean and deviation, and undo it on the forecast; preset: "
     "window, paper none"},
    FC_FRAME_OPTIONS(time2vec, frame),
    FC_PARTS_SUBLAYERS(time2vec, parts),
    FC_PARTS_DROP(time2vec, parts, FC_PARTS_DROP_ROWS),
    FC_PARTS_OPTION(time2vec, parts, layout, NULL,
                    "how sub-layers, residuals and norms are placed; --residual where it is not given"),
    FC_PARTS_TOKENS(time2vec, parts, "point", "what tokens are made of encoded rows, such as conv:k=7:s=2"),
    {0}};

static const time2vec presets[] = {
    [STANDARD] = {.heads = 4,
                  .head_width = 8,
                  .d_ff = 32,
                  .blocks = 2,
                  .encoding = ENCODING_TIME,
                  .pool = POOL_TIME,
                  .residual = RESIDUAL_STANDARD,
                  .norm = NORM_WINDOW},
    [PAPER] = {.heads = 12,
               .head_width = 256,
               .d_ff = 256,
               .blocks = 5,
               .averaged = 4,
               .encoding = ENCODING_VALUE,
               .pool = POOL_CHANNELS,
               .residual = RESIDUAL_PAPER,
               .norm = NORM_NONE},
};

/* The settings with what they leave open filled in. */
static time2vec resolved(const time2vec *given, int variates)
{
    const time2vec *preset = &presets[given->preset];
    time2vec c = *given;
    c.heads = c.heads ? c.heads : preset->heads;
    c.head_width = c.head_width ? c.head_width : preset->head_width;
    c.d_ff = c.d_ff ? c.d_ff : preset->d_ff;
    c.blocks = c.blocks ? c.blocks : preset->blocks;
    c.encoding = c.encoding ? c.encoding : preset->encoding;
    c.pool = c.pool ? c.pool : preset->pool;
    c.residual = c.residual ? c.residual : preset->residual;
    c.norm = c.norm ? c.norm : preset->norm;
    c.averaged = c.averaged ? c.averaged : preset->averaged;
    if (c.averaged == 0 || (given->averaged == 0 && c.averaged > variates))
        c.averaged = variates;
    return c;
}

static void resolve(void *config, const fc_sizes *sizes)
{
    time2vec *c = config;
    *c = resolved(c, sizes->variates);
    fc_frame_resolve(&c->frame, sizes);
    fc_parts_resolve(&c->parts, c->blocks);
}

static int check(const void *config, const fc_sizes *sizes, nn_error *error)
{
    const time2vec *c = config;
    if (c->averaged > sizes->variates)
        return nn_fail(error, NN_USAGE, "--price-columns: %d are more than the data's %d columns",
                       c->averaged, sizes->variates);
    if (sizes->variates > INT_MAX / sizes->horizon)
        return nn_fail(error, NN_USAGE, "--horizon: %d rows of %d columns are too many for one head",
                       sizes->horizon, sizes->variates);
    const nn_token_traits tokens = {
        .what = "the tokens of time2vec are rows", .ordered = true, .fixed = true, .calendar = true};
    const int code = fc_parts_check_tokenizer(&c->parts, tokens, error);
    return code ? code : fc_parts_check(&c->parts, resolved(c, sizes->variates).blocks, tokens, error);
}

/* Columns of each row: the series, and the calendar beside it, which the published network does not see. */
static nn_tensor *rows(nn_plan *plan, const time2vec *c, const fc_series_inputs *in)
{
    if (!in->time_features || c->preset == PAPER)
        return in->series; /* (B,L,N) */
    nn_tensor *by_column =
        nn_concat(plan, nn_transpose(plan, in->series), nn_transpose(plan, in->time_features));
    return nn_transpose(plan, by_column); /* (B,L,N+F) */
}

static nn_tensor *encode(nn_plan *plan, const time2vec *c, const fc_series_inputs *in)
{
    static const nn_time2vec_form forms[] = {[ENCODING_VALUE] = NN_TIME2VEC_VALUE,
                                             [ENCODING_TIME] = NN_TIME2VEC_TIME,
                                             [ENCODING_FEATURE] = NN_TIME2VEC_FEATURE};
    /* With tau = t/L a sine may turn by up to 1 radian a row at first. */
    const double bounds[] = {
        [ENCODING_VALUE] = 0.05, [ENCODING_TIME] = in->sizes.lookback, [ENCODING_FEATURE] = 1};
    return nn_time2vec(plan, "t2v", rows(plan, c, in),
                       (nn_time2vec_options){.form = forms[c->encoding],
                                             .averaged = c->averaged,
                                             .waves = c->sines,
                                             .bound = bounds[c->encoding]});
}

/* Rows with another position than Time2Vec's: (B,L,D). */
static nn_tensor *place(nn_plan *plan, const time2vec *c, const fc_series_inputs *in)
{
    nn_tensor *h = rows(plan, c, in);
    const int width = h ? h->shape[2] + 1 + c->sines : 0;
    nn_places places = {0};
    if (in->time_features && fc_part_is(c->parts.pos, "calendar"))
        places.calendar = nn_linear(plan, "calendar", in->time_features, width);
    return fc_parts_place(plan, &c->parts, "none", nn_linear(plan, "embed", h, width), places);
}

/* Tokens of rows that know their places: (B,T,D). */
static nn_tensor *tokens_of(nn_plan *plan, const time2vec *c, const fc_series_inputs *in)
{
    nn_tensor *h =
        c->parts.pos && !fc_part_is(c->parts.pos, "time2vec") ? place(plan, c, in) : encode(plan, c, in);
    return !h || fc_part_is(c->parts.tokenizer, "point")
               ? h
               : fc_parts_tokens(plan, &c->parts, "tokens", h, h->shape[2]);
}

/* One row of the encoder's tokens: (B,L) or (B,D). */
static nn_tensor *pooled(nn_plan *plan, const time2vec *c, const fc_parts *parts, nn_tensor *h)
{
    if (c->pool >= POOL_OTHERS)
        return fc_parts_pool(plan, parts, h);
    return nn_mean_pool(plan, c->pool == POOL_CHANNELS ? nn_transpose(plan, h) : h);
}

/* What is known of the rows to forecast, beside what was seen of those before: (B,HN). */
static nn_tensor *ahead(nn_plan *plan, const fc_series_inputs *in)
{
    const fc_sizes *s = &in->sizes;
    return nn_reshape(plan, nn_slice(plan, in->known, s->lookback, s->horizon), 2,
                      (int[]){nn_plan_batch(plan), s->horizon * s->variates});
}

nn_tensor *fc_time2vec_network(nn_plan *plan, const void *config, const fc_series_inputs *in, int outputs)
{
    const time2vec settings = resolved(config, in->sizes.variates), *c = &settings;
    const nn_linear_options keras = {.as_keras = true};
    nn_block block = {
        .layout = {.kind = c->residual == RESIDUAL_PAPER ? &nn_layout_paper.part : &nn_layout_post.part},
        .heads = c->heads,
        .head_width = c->head_width,
        .hidden = c->d_ff,
        .activation = NN_RELU,
        .dropout = c->dropout,
        .dropout_branches_only = true,
        .open = true,
        .as_keras = true,
        .norm_epsilon = 1e-6,
        .names = FC_KERAS_NAMES};
    static char last[] = "last", seq[] = "seq", cls[] = "cls", flatten[] = "flatten";
    char *const others[] = {last, seq, cls, flatten};
    fc_parts parts = c->parts;
    parts.pool = c->pool >= POOL_OTHERS ? others[c->pool - POOL_OTHERS] : NULL;
    nn_tensor *h = tokens_of(plan, c, in); /* (B,T,D) */
    h = fc_parts_build(plan, &parts, (nn_stack){.prefix = "block.", .layers = c->blocks, .block = block}, h);
    h = nn_dropout(plan, pooled(plan, c, &parts, h), c->dropout);
    if (in->known)
        h = nn_concat_columns(plan, h, ahead(plan, in));
    h = nn_linear_with(plan, "dense", h, c->hidden, keras);
    return nn_linear_with(plan, "head", nn_activation(plan, h, NN_RELU, c->dropout), outputs, keras);
}

static nn_tensor *build(nn_plan *plan, const void *config, const fc_series_inputs *in)
{
    const time2vec c = resolved(config, in->sizes.variates);
    fc_series_inputs inside = *in;
    fc_frame frame;
    nn_tensor *ignored;
    inside.series = fc_frame_enter(plan, &frame, in, c.norm == NORM_WINDOW);
    if (c.norm == NORM_WINDOW && in->known)
        inside.known = nn_instance_norm(plan, in->known, &ignored);
    nn_tensor *h = fc_time2vec_network(plan, config, &inside, in->sizes.horizon * in->sizes.variates);
    h = nn_reshape(plan, h, 3,
                   (int[]){nn_plan_batch(plan), in->sizes.horizon, in->sizes.variates}); /* (B,H,N) */
    return fc_frame_leave(plan, &frame, h);
}

static bool has_row_tokens(const void *config)
{
    (void)config;
    return true;
}

static const fc_frame_settings *frame_of(const void *config)
{
    return &((const time2vec *)config)->frame;
}

static const char *const (*recipe(const void *config))[2]
{
    return fc_preset_recipe(((const time2vec *)config)->preset);
}

static const char *const later[] = {"mixer",     "ffn", "linear",       "force-order",  "layout",
                                    "tokenizer", "pos", FC_FRAME_LATER, "drop-history", NULL};

static const fc_series_network network = {.knows = true, .frame = frame_of, .last = "head", .build = build};

static const fc_shape_rule shapes[] = {
    {.setting = "lookback", .tensor = "t2v.w_sin", .dimension = 0},
    {.setting = "head-width", .tensor = "block.0.q.kernel", .dimension = 1, .divided = "heads"},
    {.setting = "d-ff", .tensor = "block.0.ff1.kernel", .dimension = 1},
    {.setting = "blocks", .tensor = "block.%d.q.kernel", .dimension = FC_HOW_MANY},
    {.setting = "hidden", .tensor = "dense.kernel", .dimension = 1},
    {0}};

const fc_kind fc_time2vec = {
    .name = "time2vec",
    .summary =
        "rows as tokens with a learned encoding of value or time (arXiv 2504.13801; Kazemi et al. 2019)",
    .options = options,
    .later = later,
    .config_size = sizeof(time2vec),
    .resolve = resolve,
    .check = check,
    .recipe = recipe,
    .row_tokens = has_row_tokens,
    .shapes = shapes,
    .task = &fc_series_task,
    .network = &network,
};
