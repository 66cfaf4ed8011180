/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A random forest on features of light curves (Breiman 2001, Machine Learning 45, 5; of variable stars
 * Richards et al. 2011, ApJ 733, 10). */
#include "forecast/models/registry.h"
#include "forecast/tasks/lightcurves/lightcurves.h"

enum { BEST, RANDOM };

typedef struct forest {
    int trees, tries, least, cuts, balanced, redshift;
    char *groups;
    double window, shortest;
} forest;

#define FIELD(name) offsetof(forest, name)
static const nn_option options[] = {
    {"trees", 0, NN_INT, FIELD(trees), "500", "N", 1, 100000, "trees of the forest"},
    {"tries", 0, NN_INT, FIELD(tries), "0", "N", 0, 100000,
     "features that a split chooses among; 0: half of them where cuts are random, else the root of their "
     "number"},
    {"least-leaf", 0, NN_INT, FIELD(least), "2", "N", 1, 1000000, "objects of a leaf, at least"},
    {"cuts", 0, NN_CHOICE, FIELD(cuts), "random", "best|random", 0, 0,
     "where a feature is cut: at its best place, or at a random one (extremely randomised trees)"},
    {"balanced-trees", 0, NN_FLAG, FIELD(balanced), "false", NULL, 0, 0,
     "every class weighs the same in the trees"},
    {"features", 0, NN_LIST, FIELD(groups), NULL, "GROUP,...", 0, 0,
     "groups of features, as 'auspex features' has them, such as all,villar (all)"},
    {"window", 0, NN_REAL, FIELD(window), "50", "DAYS", 0.001, 100000,
     "days that are kept before the first and after the last detection"},
    {"shortest-period", 0, NN_REAL, FIELD(shortest), "0.05", "DAYS", 1e-4, 1000,
     "the shortest period that is looked for"},
    {"redshift", 0, NN_CHOICE, FIELD(redshift), "features", "features|none", 0, 0,
     "redshift and its error: two features more, or unseen"},
    {0}};

static void sight(const void *config, fc_sight_settings *settings)
{
    const forest *c = config;
    *settings = (fc_sight_settings){.features = true,
                                    .groups = c->groups,
                                    .grid = 1,
                                    .window = c->window,
                                    .shortest = c->shortest,
                                    .extras = c->redshift ? FC_EXTRAS_NONE : FC_EXTRAS_CHANNELS};
}

static void grow(const void *config, fc_forest_settings *settings)
{
    const forest *c = config;
    settings->trees = c->trees;
    settings->tries = c->tries;
    settings->least = c->least;
    settings->random = c->cuts == RANDOM;
    settings->balanced = c->balanced;
}

static fc_class_network build(nn_plan *plan, const void *config, const fc_class_inputs *in)
{
    const forest *c = config;
    if (!in->tokens)
        return (fc_class_network){0};
    const int shape[] = {in->tokens->shape[0], in->tokens->shape[2]};
    nn_tensor *features = nn_reshape(plan, nn_slice(plan, in->tokens, 0, 1), 2, shape),
              *scaled = nn_reshape(plan, nn_slice(plan, in->tokens, 1, 1), 2, shape);
    const nn_forest_sizes sizes = {in->classes, c->trees, in->forest.nodes, in->forest.leaves};
    return (fc_class_network){.logits = nn_forest(plan, "forest", features, sizes), .pooled = scaled};
}

static const fc_lightcurves_network network = {.sight = sight, .build = build, .forest = grow};

const fc_kind fc_forest = {
    .name = "forest",
    .summary = "classifies light curves by a random forest on their features (Breiman 2001)",
    .options = options,
    .config_size = sizeof(forest),
    .task = &fc_lightcurves_task,
    .network = &network,
};
