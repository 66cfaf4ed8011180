/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One simulated object: its class, its light from that class's source, its observations. */
#include "datasets/simulate/source.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Numbers of objects: PLAsTiCC's training set, and its test set as the organisers made it. */
const ds_sim_class ds_sim_classes[DS_SIM_CLASSES] = {
    {6, "mu-Lens", 151, 1303},     {15, "TDE", 495, 13555},    {16, "EB", 924, 96572},
    {42, "SNII", 1193, 1000150},   {52, "SNIax", 183, 63664},  {53, "Mira", 30, 1453},
    {62, "SNIbc", 484, 175094},    {64, "KN", 102, 131},       {65, "M-dwarf", 981, 93494},
    {67, "SNIa-91bg", 208, 40193}, {88, "AGN", 370, 101424},   {90, "SNIa", 2313, 1659831},
    {92, "RRL", 239, 197155},      {95, "SLSN-I", 175, 35782}, {99, "other", 0, 13087}};

/* In the order of the classes. */
static const ds_family families[DS_SIM_CLASSES] = {
    {DS_RATE_NONE, 0, 0, ds_draw_lens, ds_observe_lens},
    {DS_RATE_TDE, 0.01, 2.9, ds_draw_tde, ds_observe_transient},
    {DS_RATE_NONE, 0, 0, ds_draw_binary, ds_observe_binary},
    {DS_RATE_STARS, 0.01, 1.5, ds_draw_ii, ds_observe_transient},
    {DS_RATE_STARS, 0.01, 1.5, ds_draw_iax, ds_observe_transient},
    {DS_RATE_NONE, 0, 0, ds_draw_mira, ds_observe_mira},
    {DS_RATE_STARS, 0.01, 1.3, ds_draw_ibc, ds_observe_transient},
    {DS_RATE_FLAT, 0.011, 0.28, ds_draw_kilonova, ds_observe_transient},
    {DS_RATE_NONE, 0, 0, ds_draw_dwarf, ds_observe_dwarf},
    {DS_RATE_91BG, 0.011, 1.2, ds_draw_91bg, ds_observe_transient},
    {DS_RATE_AGN, 0.05, 2.95, ds_draw_agn, ds_observe_agn},
    {DS_RATE_IA, 0.011, 1.65, ds_draw_ia, ds_observe_transient},
    {DS_RATE_NONE, 0, 0, ds_draw_rrlyrae, ds_observe_rrlyrae},
    {DS_RATE_STARS, 0.02, 2.95, ds_draw_slsn, ds_observe_transient},
    {DS_RATE_STARS, 0.02, 2.5, ds_draw_other, ds_observe_transient}};

struct ds_simulator {
    ds_sim_settings settings;
    ds_sim_survey survey;
    ds_sky *sky;
    ds_redshifts redshifts[DS_SIM_CLASSES];
    int chosen[DS_SIM_CLASSES], chosen_count; /* classes with a weight */
    double total;                             /* of the weights */
};

int ds_sim_class_find(const char *text)
{
    char *end;
    const long code = strtol(text, &end, 10);
    for (int i = 0; i < DS_SIM_CLASSES; i++)
        if (strcasecmp(text, ds_sim_classes[i].name) == 0 ||
            (*text && !*end && ds_sim_classes[i].code == code))
            return i;
    return -1;
}

int ds_simulator_new(ds_simulator **simulator, const ds_sim_settings *settings, nn_error *error)
{
    ds_simulator *s = *simulator = calloc(1, sizeof *s);
    if (s)
        s->sky = ds_sky_new();
    if (!s || !s->sky) {
        ds_simulator_free(s);
        *simulator = NULL;
        return nn_no_memory(error);
    }
    s->settings = *settings;
    s->survey = settings->survey ? *settings->survey : ds_sim_lsst;
    for (int i = 0; i < DS_SIM_CLASSES; i++) {
        const ds_family *f = families + i;
        if (settings->weight[i] > 0)
            s->chosen[s->chosen_count++] = i;
        s->total += settings->weight[i];
        if (f->rate != DS_RATE_NONE)
            ds_redshifts_make(s->redshifts + i, s->sky, f->rate, f->nearest, f->farthest);
    }
    if (s->chosen_count)
        return NN_OK;
    ds_simulator_free(s);
    *simulator = NULL;
    return nn_fail(error, NN_USAGE, "no class has a weight: nothing to simulate");
}

void ds_simulator_free(ds_simulator *simulator)
{
    if (simulator)
        ds_sky_free(simulator->sky);
    free(simulator);
}

/* --- one object --- */

/* Balanced: each round of classes is shuffled anew, so that a number tells nothing of a class. */
static int draw_class(const ds_simulator *s, int64_t number, gsl_rng *rng)
{
    if (s->settings.balanced) {
        const int64_t round = number / s->chosen_count;
        int order[DS_SIM_CLASSES];
        memcpy(order, s->chosen, sizeof order);
        gsl_rng_set(rng, ds_sim_mix(~s->settings.seed, (uint64_t)round));
        gsl_ran_shuffle(rng, order, (size_t)s->chosen_count, sizeof *order);
        return order[number % s->chosen_count];
    }
    gsl_rng_set(rng, ds_sim_mix(~s->settings.seed, (uint64_t)number));
    double left = gsl_rng_uniform(rng) * s->total;
    int i = 0;
    while (i < s->chosen_count - 1 && left >= s->settings.weight[s->chosen[i]])
        left -= s->settings.weight[s->chosen[i++]];
    return s->chosen[i];
}

static void forget(ds_sim_object *o)
{
    o->true_model = "";
    o->true_z = 0;
    o->true_peak = o->true_magnitude = o->true_period = o->true_timescale = o->true_shape = NAN;
}

/* A transient that never shines above its errors, or whose peak is far below them to begin with, would be
 * kept for chance alone; leaving such ones out early also saves nearly all of the time. */
static bool hopeless_peak(const ds_sim_source *source, const double faintest[DS_SIM_BANDS])
{
    for (int b = 0; b < DS_SIM_BANDS; b++)
        if (source->brightest[b] > 0.7 * faintest[b])
            return false;
    return true;
}

static bool hopeless_epochs(const ds_sim_epoch *epochs, int count)
{
    for (int i = 0; i < count; i++)
        if (fabs(epochs[i].truth) > 2 * epochs[i].error)
            return false;
    return true;
}

/* One try; false when the survey would not have kept the source. */
static bool try_source(const ds_simulator *s, ds_sim_source *source, const ds_sim_epoch *plan,
                       const double faintest[DS_SIM_BANDS], gsl_rng *rng)
{
    ds_sim_object *o = source->object;
    const ds_family *f = families + o->label;
    forget(o);
    if (f->rate != DS_RATE_NONE)
        o->true_z = ds_redshifts_draw(s->redshifts + o->label, rng);
    f->draw(source, rng);
    if (f->rate == DS_RATE_NONE)
        ds_sim_star_through(source, &s->survey);
    if (f->observe == ds_observe_transient && hopeless_peak(source, faintest))
        return false;
    memcpy(o->epochs, plan, (size_t)o->count * sizeof *plan);
    f->observe(source, o->epochs, o->count, rng);
    return !hopeless_epochs(o->epochs, o->count) &&
           ds_survey_observe(&s->survey, o->epochs, o->count, source->steady, rng) >= 2;
}

static void set_redshift(const ds_simulator *s, ds_sim_object *o, gsl_rng *rng)
{
    const bool spectrum = gsl_rng_uniform(rng) < s->settings.specz_share;
    o->specz = o->photoz = o->photoz_error = 0;
    o->distmod = NAN;
    if (o->true_z > 0) {
        o->specz = spectrum ? o->true_z : NAN;
        ds_sky_photoz(s->sky, o, rng);
    }
}

int ds_simulate_object(const ds_simulator *s, int64_t number, ds_sim_object *o, nn_error *error)
{
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    ds_sim_epoch plan[DS_SIM_MOST_EPOCHS];
    double faintest[DS_SIM_BANDS];
    if (!rng)
        return nn_no_memory(error);
    o->number = number;
    o->label = draw_class(s, number, rng);
    gsl_rng_set(rng, ds_sim_mix(s->settings.seed, (uint64_t)number));
    o->deep = gsl_rng_uniform(rng) < s->settings.deep_share;
    ds_sky_place(o, rng);
    o->count = ds_survey_plan(&s->survey, o, plan, rng);
    for (int b = 0; b < DS_SIM_BANDS; b++)
        faintest[b] = INFINITY;
    for (int i = 0; i < o->count; i++)
        faintest[plan[i].band] = fmin(faintest[plan[i].band], plan[i].error);
    ds_sim_source source = {.object = o, .survey = &s->survey, .sky = s->sky};
    while (!try_source(s, &source, plan, faintest, rng))
        ;
    set_redshift(s, o, rng);
    gsl_rng_free(rng);
    return NN_OK;
}
