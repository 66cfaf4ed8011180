/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of intervals: coverage, width, Winkler's score, pinball losses and their mean, the CRPS. */
#include "forecast/intervals/interval_set.h"

#include "forecast/intervals/bands.h"

#include <math.h>
#include <stdio.h>

enum { SETS = FC_ALL | FC_PART };

#define FIELD(name) offsetof(fc_interval_wish, name)
const nn_option fc_interval_options[] = {
    {"level", 0, NN_LIST, FIELD(level), NULL, "80,95", 0, 0,
     "intervals that are to hold so many percent of what comes: how much they hold, their width, Winkler "
     "score and "
     "CRPS, also by thirds of the horizon"},
    {"quantiles", 0, NN_LIST, FIELD(quantiles), NULL, ".1,.5,.9", 0, 0,
     "quantiles of what comes: how much is below them, and their pinball loss"},
    {0}};

/* --- which --- */

static int add_share(fc_interval_set *s, double share)
{
    for (int i = 0; i < s->shares; i++)
        if (fabs(s->share[i] - share) < 1e-9)
            return i;
    s->share[s->shares] = share;
    return s->shares++;
}

/* Puts the shares in order; *index follow. */
static void sort_shares(fc_interval_set *s)
{
    int *const lists[] = {s->grid, s->low, s->high, s->quantile};
    const int counts[] = {FC_GRID, s->levels, s->levels, s->quantiles};
    int place[FC_MOST_SHARES];
    double sorted[FC_MOST_SHARES];
    for (int i = 0; i < s->shares; i++) {
        place[i] = 0;
        for (int j = 0; j < s->shares; j++)
            place[i] += s->share[j] < s->share[i];
        sorted[place[i]] = s->share[i];
    }
    for (int i = 0; i < s->shares; i++)
        s->share[i] = sorted[i];
    for (int l = 0; l < 4; l++)
        for (int i = 0; i < counts[l]; i++)
            lists[l][i] = place[lists[l][i]];
}

static void add_metric(fc_interval_set *s, const char *key, const char *heading, double of,
                       const char *meaning, int digits, int better)
{
    const int i = s->values++;
    snprintf(s->key[i], sizeof s->key[i], key, of);
    snprintf(s->heading[i], sizeof s->heading[i], heading, of);
    s->metric[i] = (fc_metric){.key = s->key[i],
                               .heading = s->heading[i],
                               .meaning = meaning,
                               .offset = (size_t)i * sizeof(double),
                               .digits = digits,
                               .better = better,
                               FC_SHOW(SETS, SETS, SETS),
                               .block = 2};
}

static void add_metrics(fc_interval_set *s)
{
    add_metric(s, "crps", "CRPS", 0,
               "continuous ranked probability score, twice the mean pinball loss at .05, .1, ...", -5, -1);
    add_metric(s, "pinball", "pinball", 0,
               "mean pinball loss at the ends of the intervals and at --quantiles", -5, -1);
    for (int i = 0; i < s->levels; i++) {
        const double percent = 100 * s->level[i];
        add_metric(s, "coverage_%g", "in %g%%", percent, i ? NULL : "share of truths within the interval", 3,
                   0);
        add_metric(s, "width_%g", "width %g%%", percent, i ? NULL : "mean width of the interval", -5, 0);
        add_metric(
            s, "winkler_%g", "Winkler %g%%", percent,
            i ? NULL
              : "mean width, and what truths outside are off by times 2 over the share meant to be there",
            -5, -1);
    }
    for (int i = 0; i < s->quantiles; i++) {
        const double share = s->share[s->quantile[i]];
        add_metric(s, "below_%g", "below %g", share, i ? NULL : "share of truths below the quantile", 3, 0);
        add_metric(s, "pinball_%g", "pinball %g", share, i ? NULL : "pinball loss of the quantile", -5, -1);
    }
}

/* What bands[0..ends) make of levels, the others of quantiles. */
static void take_shares(fc_interval_set *s, const fc_bands *bands, int ends)
{
    for (int i = 0; i < FC_GRID; i++)
        s->grid[i] = add_share(s, (i + 1.0) / (FC_GRID + 1));
    for (int i = 0; i < ends; i += 2) {
        s->low[s->levels] = add_share(s, bands->band[i].share);
        s->high[s->levels] = add_share(s, bands->band[i + 1].share);
        s->level[s->levels++] = bands->band[i + 1].share - bands->band[i].share;
    }
    for (int i = ends; i < bands->count; i++)
        s->quantile[s->quantiles++] = add_share(s, bands->band[i].share);
    sort_shares(s);
    add_metrics(s);
}

int fc_interval_set_make(fc_interval_set *s, const fc_interval_wish *wish, nn_error *error)
{
    fc_bands bands = {0};
    *s = (fc_interval_set){0};
    int code = fc_bands_parse(&bands, wish->level, NULL, error);
    const int ends = bands.count;
    if (!code)
        code = fc_bands_parse(&bands, NULL, wish->quantiles, error);
    if (!code && (ends > 2 * FC_MOST_LEVELS || bands.count - ends > FC_MOST_QUANTILES))
        code =
            nn_fail(error, NN_USAGE, "--level and --quantiles: at most %d levels and %d quantiles are scored",
                    FC_MOST_LEVELS, FC_MOST_QUANTILES);
    if (!code && bands.count > 0)
        take_shares(s, &bands, ends);
    fc_bands_clear(&bands);
    return code;
}

void fc_interval_set_parts(fc_interval_set *s, int horizon)
{
    for (int p = 0; p < FC_INTERVAL_PARTS; p++) {
        int first = horizon, last = 0;
        for (int h = 0; h < horizon; h++)
            if (fc_interval_part(h, horizon) == p) {
                first = h < first ? h : first;
                last = h;
            }
        snprintf(s->part[p], sizeof s->part[p], first < horizon ? "%d-%d" : "-", first + 1, last + 1);
        s->parts[p] = s->part[p];
    }
}

/* --- one truth --- */

static double pinball(double share, double off)
{
    return off > 0 ? share * off : (share - 1) * off;
}

void fc_interval_set_add(const fc_interval_set *s, double *sum, const double *offset, double error)
{
    double grid = 0, asked = 0;
    int at = 2;
    for (int i = 0; i < FC_GRID; i++)
        grid += pinball(s->share[s->grid[i]], error - offset[s->grid[i]]);
    for (int i = 0; i < s->levels; i++) {
        const double low = offset[s->low[i]], high = offset[s->high[i]], width = high - low;
        const double off = error < low ? low - error : error > high ? error - high : 0;
        asked += pinball(s->share[s->low[i]], error - low) + pinball(s->share[s->high[i]], error - high);
        sum[at++] += off <= 0;
        sum[at++] += width;
        sum[at++] += width + 2 * off / (1 - s->level[i]);
    }
    for (int i = 0; i < s->quantiles; i++) {
        const double loss = pinball(s->share[s->quantile[i]], error - offset[s->quantile[i]]);
        asked += loss;
        sum[at++] += error <= offset[s->quantile[i]];
        sum[at++] += loss;
    }
    sum[0] += 2 * grid / FC_GRID;
    sum[1] += asked / (2 * s->levels + s->quantiles);
}
