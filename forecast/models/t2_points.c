/* SPDX-License-Identifier: GPL-3.0-or-later */
/* t2 without a Gaussian process: every measurement is a token of time, flux, error and passband, and
 * sequences keep their own lengths. Time enters as the sinusoids of Vaswani et al. 2017 of days instead of
 * places, or as Time2Vec (Kazemi et al. 2019, arXiv 1907.05321) of every column. */
#include "forecast/models/heads.h"
#include "forecast/models/registry.h"
#include "forecast/models/t2.h"
#include "forecast/tasks/lightcurves/lightcurves.h"

enum { SINUSOID, TIME2VEC };
enum { DAYS, FOLD };

typedef struct t2_points {
    int d_model, heads, d_ff, layers, points, encoding, waves, time, flux, redshift, late;
    double dropout, pool_dropout, window, shortest, drop;
    fc_parts parts;
} t2_points;

#define FIELD(name) offsetof(t2_points, name)
static const nn_option options[] = {
    {"d-model", 0, NN_INT, FIELD(d_model), "64", "N", 1, 4096, "width of a token"},
    {"heads", 0, NN_INT, FIELD(heads), "4", "N", 1, 1024, "attention heads"},
    {"d-ff", 0, NN_INT, FIELD(d_ff), "128", "N", 1, 65536, "width of the feed-forward"},
    {"layers", 0, NN_INT, FIELD(layers), "2", "N", 1, 64, "encoder blocks"},
    {"dropout", 0, NN_REAL, FIELD(dropout), "0.1", "RATE", 0, 0.95, "dropout rate within the blocks"},
    {"pool-dropout", 0, NN_REAL, FIELD(pool_dropout), "0.1", "RATE", 0, 0.95,
     "dropout rate before the classes"},
    {"most-points", 0, NN_INT, FIELD(points), "200", "N", 1, FC_MOST_POINTS,
     "points of an object; of more, every so many-th is taken"},
    {"encoding", 0, NN_CHOICE, FIELD(encoding), "sinusoid", "sinusoid|time2vec", 0, 0,
     "how the network is told the time, where --pos does not say it: fixed sinusoids of days, or learned "
     "ones of every column"},
    {"sines", 0, NN_INT, FIELD(waves), "4", "N", 1, 256, "of encoding time2vec, per column"},
    {"window", 0, NN_REAL, FIELD(window), "50", "DAYS", 0.001, 100000,
     "days that are kept before the first and after the last detection"},
    {"time", 0, NN_CHOICE, FIELD(time), "days", "days|fold", 0, 0,
     "days since the first point, or, for periodic variables, the phase of the period that a Lomb-Scargle "
     "periodogram finds, with the period and its power beside every point"},
    {"shortest-period", 0, NN_REAL, FIELD(shortest), "0.05", "DAYS", 1e-4, 1000,
     "of time fold: the shortest period that is looked for"},
    {"flux", 0, NN_CHOICE, FIELD(flux), "asinh", "plain|asinh|own", 0, 0,
     "the flux; the inverse hyperbolic sine of flux over the typical error of its band; or, for variables of "
     "very different brightness, the flux less the object's median over its deviation, with their ratio "
     "beside every point. All are then scaled by median and quartiles"},
    {"drop-history", 0, NN_REAL, FIELD(drop), "0", "SHARE", 0, 1,
     "share of the objects of an epoch that are shown without their last points, a band, some points in "
     "between, or all but the first ones, for classes that are told early (Dualformer, arXiv 2410.09918)"},
    {"redshift", 0, NN_CHOICE, FIELD(redshift), "channels", "channels|none", 0, 0,
     "redshift and its error: beside every point, or unseen"},
    {"late-features", 0, NN_FLAG, FIELD(late), "false", NULL, 0, 0,
     "features of the object, as of forests, are scaled and joined through a dense layer to what the classes "
     "are "
     "told from"},
    FC_PARTS_SUBLAYERS(t2_points, parts),
    FC_PARTS_PLACES(t2_points, parts, "post"),
    FC_PARTS_POOL(t2_points, parts),
    FC_PARTS_TOKENS(t2_points, parts, "point", "what tokens are made of the points, such as conv:k=3:s=1"),
    {0}};

static void sight(const void *config, fc_sight_settings *settings)
{
    const t2_points *c = config;
    *settings = (fc_sight_settings){.points = true,
                                    .grid = c->points,
                                    .window = c->window,
                                    .fold = c->time == FOLD,
                                    .shortest = c->shortest,
                                    .flux = (fc_flux_form)c->flux,
                                    .drop = c->drop,
                                    .late = c->late != 0,
                                    .extras = c->redshift ? FC_EXTRAS_NONE : FC_EXTRAS_CHANNELS};
}

static int check(const void *config, const fc_sizes *sizes, nn_error *error)
{
    (void)sizes;
    const t2_points *c = config;
    const nn_token_traits tokens = {.what = "the tokens of t2-points are an object's points",
                                    .ordered = true};
    fc_parts others = c->parts;
    if (fc_part_is(others.pos, "time2vec"))
        others.pos = NULL; /* of the points' own times */
    int code = fc_heads_check(c->d_model, c->heads, error);
    if (!code && c->late && c->drop > 0)
        code = fc_late_refuse(error);
    if (!code)
        code = fc_parts_check_tokenizer(&c->parts, tokens, error);
    return code ? code : fc_parts_check(&others, c->layers, tokens, error);
}

static void resolve(void *config, const fc_sizes *sizes)
{
    (void)sizes;
    t2_points *c = config;
    fc_parts_resolve(&c->parts, c->layers);
}

static nn_tensor *embed(nn_plan *plan, const t2_points *c, const fc_class_inputs *in)
{
    const nn_linear_options dense = {.as_keras = true};
    const char *pos = c->parts.pos;
    if (pos ? fc_part_is(pos, "time2vec") : c->encoding == TIME2VEC) {
        /* With times in hundreds of days a sine may turn by a radian in ten days at first. */
        nn_time2vec_options waves = {.form = NN_TIME2VEC_FEATURE, .waves = c->waves, .bound = 10};
        return nn_linear_with(plan, "embed", nn_time2vec(plan, "t2v", in->tokens, waves), c->d_model, dense);
    }
    nn_tensor *h = nn_linear_with(plan, "embed", in->tokens, c->d_model, dense); /* (S,d) */
    return fc_parts_place(plan, &c->parts, "sine", nn_activation(plan, h, NN_RELU, 0),
                          (nn_places){in->tokens, in->time_column, FC_TIME_UNIT, NULL});
}

static fc_class_network build(nn_plan *plan, const void *config, const fc_class_inputs *in)
{
    const t2_points *c = config;
    const bool own = fc_part_is(c->parts.tokenizer, "point");
    nn_tensor *h = embed(plan, c, in);
    if (!own)
        h = fc_parts_tokens(plan, &c->parts, "tokens", h, c->d_model);
    return fc_t2_network(
        plan,
        &(fc_t2_body){c->heads, c->d_ff, c->layers, c->dropout, c->pool_dropout, &c->parts, in->late, own}, h,
        in->classes);
}

static const char *const later[] = {FC_PARTS_LATER, "late-features", "pool", "tokenizer", "pos", NULL};

static const fc_lightcurves_network network = {.sight = sight, .build = build};

const fc_kind fc_t2_points = {
    .name = "t2-points",
    .summary = "classifies light curves from their points as they are, without a Gaussian process",
    .options = options,
    .later = later,
    .resolve = resolve,
    .config_size = sizeof(t2_points),
    .check = check,
    .task = &fc_lightcurves_task,
    .network = &network,
};
