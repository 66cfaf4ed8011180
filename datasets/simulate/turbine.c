/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turbines and their sensors. */
#include "datasets/simulate/wind_internal.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#define MINUTE (60 * DS_SECOND)
static const double rotor = 82;         /* metres */
static const double thrust = 0.8;       /* coefficient below rated wind */
static const double rated_wind = 11;    /* above it the blades turn out of the wind */
static const double wake_growth = 0.05; /* of its radius per metre */
static const double wake_length = 20;   /* rotors */
static const double restart_wind = 20;  /* after a storm */
static const double yaw_deadband = 10;  /* degrees */
static const double feathered = 90;     /* degrees of pitch at standstill */

const char *ds_turbine_state_name(ds_turbine_state state)
{
    static const char *const names[] = {"running", "idle",     "storm",  "curtailed",
                                        "stuck",   "negative", "missing"};
    return names[state];
}

/* Cubic by the power coefficient, rounded off towards rated power. */
double ds_turbine_power(double wind)
{
    const double kilowatts = 0.5e-3 * 1.225 * M_PI * rotor * rotor / 4 * 0.44;
    const double share = kilowatts * wind * wind * wind / DS_TURBINE_RATED;
    if (!(wind >= DS_TURBINE_CUT_IN && wind <= DS_TURBINE_CUT_OUT))
        return 0;
    return DS_TURBINE_RATED * share / pow(1 + pow(share, 6), 1.0 / 6);
}

static double thrust_at(double wind)
{
    return wind < rated_wind ? thrust : thrust * pow(rated_wind / wind, 2.5);
}

/* --- wakes --- */

typedef struct neighbour {
    double x, y; /* from the neighbour to the station, metres */
} neighbour;

static int find_neighbours(const ds_wind *w, int station, neighbour *out)
{
    int count = 0;
    for (int i = 0; i < w->settings.stations; i++) {
        const neighbour n = {w->spots[station].x - w->spots[i].x, w->spots[station].y - w->spots[i].y};
        if (i != station && hypot(n.x, n.y) < wake_length * rotor)
            out[count++] = n;
    }
    return count;
}

/* Share of the wind that is lost behind the neighbours. */
static double wake_loss(const neighbour *n, int count, double wind, double direction)
{
    const double x = -sin(direction * M_PI / 180), y = -cos(direction * M_PI / 180);
    const double initial = 1 - sqrt(1 - thrust_at(wind));
    double squares = 0;
    if (wind < DS_TURBINE_CUT_IN || wind > DS_TURBINE_CUT_OUT)
        return 0;
    for (int i = 0; i < count; i++) {
        const double behind = n[i].x * x + n[i].y * y, beside = n[i].x * y - n[i].y * x;
        const double radius = rotor / 2 + wake_growth * behind;
        if (behind <= 0 || fabs(beside) > 3 * radius)
            continue;
        const double wide = rotor / 2 / radius, off = beside / radius;
        const double loss = initial * wide * wide * exp(-0.5 * off * off * 2);
        squares += loss * loss;
    }
    return fmin(sqrt(squares), 0.6);
}

/* --- spells that come and go --- */

typedef struct spell {
    double share; /* of time inside */
    double left;  /* minutes to the end of what is now */
    bool inside;
    double limit; /* curtailment: share of rated power */
    ds_turbine_state fault;
} spell;

/* Stuck sensors stay so longest; types are drawn such that each has the same share of time. */
static double fault_minutes(ds_turbine_state fault)
{
    return fault == DS_TURBINE_STUCK ? 240 : fault == DS_TURBINE_MISSING ? 120 : 90;
}

static ds_turbine_state draw_fault(gsl_rng *rng)
{
    static const ds_turbine_state types[] = {DS_TURBINE_STUCK, DS_TURBINE_NEGATIVE, DS_TURBINE_MISSING};
    double total = 0;
    for (int i = 0; i < 3; i++)
        total += 1 / fault_minutes(types[i]);
    double left = gsl_rng_uniform(rng) * total;
    int i = 0;
    while (i < 2 && left >= 1 / fault_minutes(types[i]))
        left -= 1 / fault_minutes(types[i++]);
    return types[i];
}

/* Mean minutes of a spell and of the time between two. */
static double mean_fault(void)
{
    const double rates = 1 / fault_minutes(DS_TURBINE_STUCK) + 1 / fault_minutes(DS_TURBINE_NEGATIVE) +
                         1 / fault_minutes(DS_TURBINE_MISSING);
    return 3 / rates;
}

static double between(double mean, double share)
{
    return mean * (1 - share) / share;
}

/* Moves a spell on by some minutes; draws what comes next where it ends. Kinds: faults or curtailment. */
static void move_on(spell *s, double minutes, bool faults, gsl_rng *rng)
{
    const double mean = faults ? mean_fault() : 180;
    if (s->share <= 0)
        return;
    for (s->left -= minutes; s->left <= 0;) {
        s->inside = !s->inside;
        if (s->inside && faults)
            s->fault = draw_fault(rng);
        if (s->inside)
            s->limit = gsl_rng_uniform(rng) < 0.25 ? 0 : ds_sim_uniform(rng, 0.2, 0.7);
        const double next = s->inside ? (faults ? fault_minutes(s->fault) : mean) : between(mean, s->share);
        s->left += gsl_ran_exponential(rng, next);
    }
}

static void begin(spell *s, double share, bool faults, gsl_rng *rng)
{
    const bool now = gsl_rng_uniform(rng) < share;
    *s = (spell){.share = share, .inside = share > 0 && !now};
    move_on(s, 0, faults, rng); /* over to what is drawn */
}

/* --- one turbine --- */

typedef struct turbine {
    double turbulence; /* deviation 1 */
    double yaw, warmth;
    bool turning, storm, measured;
    spell order, fault;
    ds_wind_row last;
} turbine;

static ds_turbine_state decide(turbine *t, double wind)
{
    t->storm = wind > DS_TURBINE_CUT_OUT || (t->storm && wind > restart_wind);
    t->turning = wind >= (t->turning ? DS_TURBINE_CUT_IN - 0.3 : DS_TURBINE_CUT_IN + 0.2);
    return t->storm          ? DS_TURBINE_STORM
           : !t->turning     ? DS_TURBINE_IDLE
           : t->order.inside ? DS_TURBINE_CURTAILED
                             : DS_TURBINE_RUNNING;
}

static void produce(turbine *t, ds_wind_row *row, gsl_rng *rng)
{
    const double standby = -ds_sim_uniform(rng, 0.2, 1.2),
                 noise = ds_sim_normal_within(rng, 0, 0.015, -0.04, 0.04);
    const double able = ds_turbine_power(row->free_wind) * (1 + noise);
    const double normal_pitch =
        row->free_wind > rated_wind ? 3.2 * pow(row->free_wind - rated_wind, 0.75) : 0;
    row->state = decide(t, row->free_wind);
    row->patv = able;
    row->pab = normal_pitch + fabs(ds_sim_normal(rng, 0, 0.3));
    if (row->state == DS_TURBINE_CURTAILED) {
        const double allowed = fmin(able, t->order.limit * DS_TURBINE_RATED);
        row->pab =
            t->order.limit == 0 ? feathered : row->pab + 22 * sqrt(fmax(1 - allowed / fmax(able, 1), 0));
        row->patv = t->order.limit == 0 ? standby : allowed;
        if (allowed == able && t->order.limit > 0)
            row->state = DS_TURBINE_RUNNING; /* the wind itself keeps it below the limit */
    } else if (row->state != DS_TURBINE_RUNNING) {
        row->patv = standby;
        row->pab = row->state == DS_TURBINE_STORM ? feathered : 4 + fabs(ds_sim_normal(rng, 0, 1));
    }
    row->prtv = -0.08 * fmax(row->patv, 0) + ds_sim_normal(rng, 0, 12);
}

/* The anemometer stands behind the rotor, which has taken its part. */
static void measure(turbine *t, ds_wind_row *row, double direction, double air, double minutes, gsl_rng *rng)
{
    const double taken = row->patv > 0 ? 0.13 * thrust_at(row->free_wind) / thrust : 0;
    row->wspd = fmax(row->free_wind * (1 - taken) + ds_sim_normal(rng, 0, 0.12), 0);
    const double seen = direction + ds_sim_normal(rng, 0, 2);
    if (fabs(seen - t->yaw) > yaw_deadband)
        t->yaw = seen;
    row->wdir = remainder(direction - t->yaw + ds_sim_normal(rng, 0, 2), 360);
    row->ndir = remainder(t->yaw, 720);
    t->warmth += (row->patv / DS_TURBINE_RATED - t->warmth) * -expm1(-minutes / 90);
    row->etmp = air + ds_sim_normal(rng, 0, 0.2);
    row->itmp = row->etmp + 7 + 12 * fmax(t->warmth, 0) + ds_sim_normal(rng, 0, 0.2);
}

static void break_sensors(turbine *t, ds_wind_row *row, gsl_rng *rng)
{
    const ds_wind_row now = *row;
    const double reading = -ds_sim_uniform(rng, 0.02, 0.3) * DS_TURBINE_RATED;
    if (!t->fault.inside || !t->measured)
        t->last = now;
    t->measured = true;
    if (!t->fault.inside)
        return;
    if (t->fault.fault == DS_TURBINE_STUCK)
        *row = t->last;
    else if (t->fault.fault == DS_TURBINE_NEGATIVE)
        row->patv = reading;
    else
        row->wspd = row->wdir = row->etmp = row->itmp = row->ndir = row->pab = row->prtv = row->patv = NAN;
    row->state = t->fault.fault;
    row->free_wind = now.free_wind;
}

/* Mean of the weather over the step, as a logger has it; stamps are the beginning of their step. */
static void mean_wind(const ds_wind *w, int station, size_t row, double *speed, double *direction)
{
    const ds_time step = w->settings.step;
    const int samples = step >= 10 * MINUTE ? 10 : (int)fmax((double)(step / MINUTE), 1);
    *speed = *direction = 0;
    for (int i = 0; i < samples; i++) {
        double s, d;
        ds_wind_at(w, station, (ds_time)row * step + (2 * i + 1) * step / (2 * samples), &s, &d);
        *speed += s / samples;
        *direction += d / samples;
    }
}

int ds_wind_station(const ds_wind *w, int station, ds_wind_row *rows, nn_error *error)
{
    const double minutes = (double)w->settings.step / MINUTE;
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    neighbour *near = calloc((size_t)w->settings.stations, sizeof *near);
    if (!rng || !near) {
        if (rng)
            gsl_rng_free(rng);
        free(near);
        return nn_no_memory(error);
    }
    gsl_rng_set(rng, ds_sim_mix(w->settings.seed, (uint64_t)station));
    const int count = find_neighbours(w, station, near);
    turbine t = {.turbulence = ds_sim_normal(rng, 0, 1), .yaw = w->settings.direction};
    begin(&t.order, w->settings.curtailed, false, rng);
    begin(&t.fault, w->settings.faults, true, rng);
    for (size_t i = 0; i < w->settings.rows; i++) {
        ds_wind_row *row = rows + i;
        double speed, direction;
        mean_wind(w, station, i, &speed, &direction);
        t.turbulence = ds_ou_step(t.turbulence, minutes / 5, rng);
        const double own = 1 + 0.05 * t.turbulence, loss = wake_loss(near, count, speed, direction);
        *row = (ds_wind_row){.free_wind = fmax(speed * own * (1 - loss), 0)};
        produce(&t, row, rng);
        measure(&t, row, direction, ds_wind_temperature(w, (ds_time)i * w->settings.step), minutes, rng);
        break_sensors(&t, row, rng);
        move_on(&t.order, minutes, false, rng);
        move_on(&t.fault, minutes, true, rng);
    }
    gsl_rng_free(rng);
    free(near);
    return NN_OK;
}
