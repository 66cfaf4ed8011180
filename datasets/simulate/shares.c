/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closes of shares: random walks that share a market. Nothing in the past tells where a price goes; how far
 * it goes is told by how far it went of late (GARCH(1,1); Bollerslev 1986). */
#include "datasets/simulate/tables.h"

#include "datasets/simulate/source.h"
#include "datasets/time/calendar.h"

#include <math.h>

static const double drift = 0.0002;             /* of logarithms, a day */
static const double usual = 0.01, own = 0.011;  /* deviation of a day's return: the market's, and beside it */
static const double news = 0.08, memory = 0.90; /* of the market's variance */

typedef struct share {
    double log_close, beta;
} share;

static void write_day(ds_sink *out, int64_t day, const share *shares, int count, const double *volatility)
{
    char stamp[64];
    ds_time_print_iso(day * DS_DAY, false, stamp, sizeof stamp);
    ds_sink_text(out, stamp);
    for (int i = 0; i < count; i++) {
        ds_sink_char(out, ',');
        ds_sink_number(out, exp(shares[i].log_close), 2);
    }
    if (volatility) {
        ds_sink_char(out, ',');
        ds_sink_number(out, *volatility, 5);
    }
    ds_sink_char(out, '\n');
}

static void write_head(ds_sink *out, const ds_made_settings *settings)
{
    ds_sink_text(out, "date");
    for (int i = 0; i < settings->count; i++) {
        const char letter = (char)('A' + i);
        ds_sink_text(out, (const char[]){',', letter, letter, letter, '\0'});
    }
    ds_sink_text(out, settings->truth ? ",true_volatility\n" : "\n");
}

int ds_simulate_shares(const ds_made_settings *settings, ds_sink *out, nn_error *error)
{
    share shares[DS_MADE_TICKERS];
    gsl_rng *rng = gsl_rng_alloc(ds_sim_generator);
    if (!rng)
        return nn_no_memory(error);
    gsl_rng_set(rng, ds_sim_mix(settings->seed, 0));
    for (int i = 0; i < DS_MADE_TICKERS; i++)
        shares[i] = (share){log(ds_sim_uniform(rng, 20, 120)), ds_sim_uniform(rng, 0.7, 1.3)};
    write_head(out, settings);
    const int64_t end = ds_days_from_date(DS_MADE_FIRST_YEAR + settings->years, 1, 1);
    double variance = usual * usual;
    for (int64_t day = ds_days_from_date(DS_MADE_FIRST_YEAR, 1, 1); day < end && !ds_sink_failed(out);
         day++) {
        if (ds_weekday(day) > 4)
            continue;
        const double volatility = sqrt(variance), market = volatility * ds_sim_normal(rng, 0, 1);
        for (int i = 0; i < DS_MADE_TICKERS; i++)
            shares[i].log_close += drift + shares[i].beta * market + own * ds_sim_normal(rng, 0, 1);
        write_day(out, day, shares, settings->count, settings->truth ? &volatility : NULL);
        variance = (1 - news - memory) * usual * usual + news * market * market + memory * variance;
    }
    gsl_rng_free(rng);
    return NN_OK;
}
