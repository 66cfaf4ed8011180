/* SPDX-License-Identifier: GPL-3.0-or-later */
/* t2, the time-series transformer for photometric classification (Allam Jr & McEwen, arXiv 2105.06178): a
 * Gaussian process puts the light curve on a grid, every time of it is a token of all bands, and the mean of
 * the encoder's last tokens is what the classes are told from. With all settings as published and the
 * PLAsTiCC bands and classes it has the 13,390 parameters of the released model. */
#include "forecast/models/t2.h"

#include "forecast/models/heads.h"
#include "forecast/models/registry.h"
#include "forecast/tasks/lightcurves/lightcurves.h"
#include "forecast/weights.h"
#include "lib/parts/block.h"

typedef struct t2 {
    int d_model, heads, d_ff, layers;
    double dropout, pool_dropout;
    int grid, variance, gp, time, flux, redshift, late;
    double length, window, before, after;
    fc_parts parts;
} t2;

enum { GP_FIT, GP_FIXED };

#define FIELD(name) offsetof(t2, name)
static const nn_option options[] = {
    {"d-model", 0, NN_INT, FIELD(d_model), "32", "N", 1, 4096, "width of a token"},
    {"heads", 0, NN_INT, FIELD(heads), "16", "N", 1, 1024, "attention heads"},
    {"d-ff", 0, NN_INT, FIELD(d_ff), "128", "N", 1, 65536, "width of the feed-forward"},
    {"layers", 0, NN_INT, FIELD(layers), "1", "N", 1, 64, "encoder blocks"},
    {"dropout", 0, NN_REAL, FIELD(dropout), "0.1", "RATE", 0, 0.95, "dropout rate within the blocks"},
    {"pool-dropout", 0, NN_REAL, FIELD(pool_dropout), "0.1", "RATE", 0, 0.95,
     "dropout rate before the classes"},
    {"grid", 0, NN_INT, FIELD(grid), "100", "N", 2, 4096, "times of the Gaussian process' grid"},
    {"gp", 0, NN_CHOICE, FIELD(gp), "fit", "fit|fixed", 0, 0,
     "fit the process' length and variance to every object, or keep where the fit would start (faster)"},
    {"gp-length", 0, NN_REAL, FIELD(length), "20", "DAYS", 1, 1000, "length of the process before the fit"},
    {"gp-variance", 0, NN_FLAG, FIELD(variance), "true", NULL, 0, 0,
     "a second channel per band: the process' deviation"},
    {"window", 0, NN_REAL, FIELD(window), "50", "DAYS", 0.001, 100000,
     "days that are kept before the first and after the last detection"},
    {"time", 0, NN_CHOICE, FIELD(time), "trigger", "trigger|span", 0, 0,
     "the grid's times: fixed days around the first detection, or from the first to the last point as "
     "published"},
    {"grid-before", 0, NN_REAL, FIELD(before), "30", "DAYS", 0, 100000, "with time trigger: days before it"},
    {"grid-after", 0, NN_REAL, FIELD(after), "120", "DAYS", 0.001, 100000,
     "with time trigger: days after it"},
    {"flux", 0, NN_CHOICE, FIELD(flux), "asinh", "plain|asinh", 0, 0,
     "flux as published, or the inverse hyperbolic sine of flux over the typical error; both are then scaled "
     "by median and quartiles of each band"},
    {"redshift", 0, NN_CHOICE, FIELD(redshift), "tokens", "tokens|published|channels|none", 0, 0,
     "redshift and its error: a token each, the two equal tokens of the released model, a channel each, or "
     "unseen"},
    {"late-features", 0, NN_FLAG, FIELD(late), "false", NULL, 0, 0,
     "features of the object, as of forests, are scaled and joined through a dense layer to what the classes "
     "are "
     "told from"},
    FC_PARTS_SUBLAYERS(t2, parts),
    FC_PARTS_DROP(
        t2, parts,
        "of the training objects of each epoch, those that are shown without their latest times, up to nine "
        "tenths of them, so that classes are learnt early, too"),
    FC_PARTS_PLACES(t2, parts, "post"),
    FC_PARTS_POOL(t2, parts),
    FC_PARTS_TOKENS(t2, parts, "point", "what tokens are made of the grid's times, such as conv:k=7:s=2"),
    {0}};

static void sight(const void *config, fc_sight_settings *settings)
{
    const t2 *c = config;
    *settings = (fc_sight_settings){.grid = c->grid,
                                    .variance = c->variance,
                                    .fixed = c->gp == GP_FIXED,
                                    .length = c->length,
                                    .window = c->window,
                                    .time = (fc_time_form)c->time,
                                    .before = c->before,
                                    .after = c->after,
                                    .flux = (fc_flux_form)c->flux,
                                    .late = c->late != 0,
                                    .extras = (fc_extras_form)c->redshift};
}

int fc_late_refuse(nn_error *error)
{
    return nn_fail(error, NN_USAGE,
                   "--late-features are of the whole light curve, of which --drop-history shows a part");
}

static int check(const void *config, const fc_sizes *sizes, nn_error *error)
{
    (void)sizes;
    const t2 *c = config;
    const nn_token_traits tokens = {
        .what = "the tokens of t2 are the times of a grid", .ordered = true, .fixed = true};
    int code = fc_heads_check(c->d_model, c->heads, error);
    if (!code && c->late && c->parts.drop > 0)
        code = fc_late_refuse(error);
    if (!code)
        code = fc_parts_check_tokenizer(&c->parts, tokens, error);
    return code ? code : fc_parts_check(&c->parts, c->layers, tokens, error);
}

static void resolve(void *config, const fc_sizes *sizes)
{
    (void)sizes;
    t2 *c = config;
    fc_parts_resolve(&c->parts, c->layers);
}

/* Whether the mean of the encoder's tokens h is pooled, and those are still the tokens that came. */
static bool is_mean_of(const fc_t2_body *body, const nn_tensor *h, const nn_tensor *tokens)
{
    return h && body->own_tokens && !body->late && fc_part_is(body->parts->pool, "mean") &&
           h->ragged == tokens->ragged && h->shape[1] == tokens->shape[1];
}

/* Novelty takes the covariance of what is pooled, which a model's file keeps: of all tokens side by side
 * (--pool flatten) that would be more than the weights, and their mean serves as well. */
enum { MOST_POOLED = 512, MOST_LATE = 64 };

/* As wide as what they are joined to, but no wider than novelty takes. */
static nn_tensor *late_features(nn_plan *plan, const fc_t2_body *body, int width)
{
    nn_tensor *h = nn_linear_with(plan, "late", body->late, width < MOST_LATE ? width : MOST_LATE,
                                  (nn_linear_options){.as_keras = true});
    return nn_activation(plan, h, NN_RELU, 0);
}

fc_class_network fc_t2_network(nn_plan *plan, const fc_t2_body *body, nn_tensor *tokens, int classes)
{
    const nn_block block = {.heads = body->heads,
                            .hidden = body->d_ff,
                            .activation = NN_RELU,
                            .dropout = body->dropout,
                            .dropout_branches_only = true,
                            .as_keras = true,
                            .attention_dense = true,
                            .norm_epsilon = 1e-6,
                            .names = FC_KERAS_NAMES};
    nn_tensor *h = fc_parts_build(
        plan, body->parts, (nn_stack){.prefix = "block.", .layers = body->layers, .block = block}, tokens);
    nn_tensor *pooled = fc_parts_pool(plan, body->parts, h); /* (B,d) */
    fc_class_network network = {.tokens = is_mean_of(body, h, tokens) ? h : NULL};
    nn_tensor *kept = pooled && pooled->shape[1] > MOST_POOLED ? nn_mean_pool(plan, h) : pooled;
    nn_tensor *joined = body->late && pooled ? late_features(plan, body, pooled->shape[1]) : NULL; /* (B,l) */
    network.pooled = joined ? nn_concat_columns(plan, kept, joined) : kept;
    h = nn_dropout(plan, joined ? nn_concat_columns(plan, pooled, joined) : pooled, body->pool_dropout);
    network.logits =
        nn_linear_with(plan, "cls", h, classes, (nn_linear_options){.as_keras = true}); /* (B,C) */
    return network;
}

/* (B,T,M) -> (B,T,d) */
static nn_tensor *embed(nn_plan *plan, const t2 *c, nn_tensor *tokens)
{
    nn_tensor *h = nn_linear_with(plan, "conv", tokens, c->d_model,
                                  (nn_linear_options){.as_keras = true, .as_conv = true});
    return nn_activation(plan, h, NN_RELU, 0);
}

/* Tokens of the grid's times; those of redshift behind them stay as they are. */
static nn_tensor *tokens_of(nn_plan *plan, const t2 *c, nn_tensor *x)
{
    if (fc_part_is(c->parts.tokenizer, "point"))
        return embed(plan, c, x);
    const int extras = x->shape[1] - c->grid;
    nn_tensor *h = fc_parts_tokens(plan, &c->parts, "tokens", nn_slice(plan, x, 0, c->grid), c->d_model);
    return extras > 0 ? nn_concat(plan, h, embed(plan, c, nn_slice(plan, x, c->grid, extras))) : h;
}

static fc_class_network build(nn_plan *plan, const void *config, const fc_class_inputs *in)
{
    const t2 *c = config;
    nn_tensor *h = in->tokens ? tokens_of(plan, c, in->tokens) : NULL;
    h = fc_parts_place(plan, &c->parts, "sine", h, (nn_places){0});
    return fc_t2_network(plan,
                         &(fc_t2_body){c->heads, c->d_ff, c->layers, c->dropout, c->pool_dropout, &c->parts,
                                       in->late, fc_part_is(c->parts.tokenizer, "point")},
                         h, in->classes);
}

static const char *const later[] = {FC_PARTS_LATER, "late-features", "pool", "tokenizer", "pos", NULL};

/* The published network has one layer, whose parameters stand without its name. */
static const char *const alone[][2] = {{"", "block.0."}, {NULL, NULL}};

static const char *const (*exported(const void *config))[2]
{
    return ((const t2 *)config)->layers == 1 ? alone : NULL;
}

static const fc_shape_rule shapes[] = {
    {.setting = "d-model", .tensor = "conv.kernel", .dimension = 2},
    {.setting = "d-ff", .tensor = "block.0.ff1.kernel", .dimension = 1},
    {.setting = "layers", .tensor = "block.%d.q.kernel", .dimension = FC_HOW_MANY},
    {0}};

static const fc_lightcurves_network network = {.sight = sight, .build = build};

const fc_kind fc_t2 = {
    .name = "t2",
    .summary = "classifies light curves from a Gaussian process' grid (Allam Jr & McEwen 2021, arXiv "
               "2105.06178)",
    .options = options,
    .later = later,
    .resolve = resolve,
    .config_size = sizeof(t2),
    .check = check,
    .aliases = alone,
    .exported = exported,
    .shapes = shapes,
    .task = &fc_lightcurves_task,
    .network = &network,
};
