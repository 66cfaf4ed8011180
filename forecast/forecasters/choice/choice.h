/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which forecaster suits one series, by rolling origins on its own past: candidates that its values speak
 * for, each fitted to the rows before an origin and scored on those behind it; the naive forecasts are always
 * among them. Nothing is random. */
#ifndef FC_CHOICE_H
#define FC_CHOICE_H

#include "datasets/series/strip.h"
#include "forecast/forecasters/choice/named.h"

enum {
    FC_CANDIDATES = 10,
    FC_ORIGINS = 12,
    FC_TOGETHER = 256,    /* series that are decided on together */
    FC_PARTS = 3,         /* forecasters that a forecast is mixed of at most */
    FC_PERIOD_ROWS = 2000 /* rows that are looked at, unless twelve of the longest season are more */
};

typedef struct fc_candidate {
    const fc_named *of;
    int season;                   /* rows; 1: none */
    bool naive;                   /* a bar, and a part of a mixture, but not a choice of its own */
    double error, at[FC_ORIGINS]; /* mean absolute error over all origins, and at each; NaN: not known */
} fc_candidate;

/* One series on trial. */
typedef struct fc_trial {
    ds_strip strip; /* the rows that are looked at */
    size_t begin;   /* row of the view that the series begins with */
    size_t skipped; /* steps from there to the strip's first row */
    int horizon, count, origins, groups;
    bool line;     /* an exact straight line, which is continued without error */
    bool squares;  /* errors are roots of mean squares: of rare demand the mean is wanted, not the median */
    double margin; /* a candidate behind the first must be better by this share */
    fc_candidate candidate[FC_CANDIDATES];
    size_t origin[FC_ORIGINS]; /* rows of the strip, rising */
    double *forecast;          /* count x origins x horizon; owned */
    int code;                  /* of what failed */
    /* The outcome. */
    int parts, part[FC_PARTS]; /* which candidates are mixed */
    double share[FC_PARTS];    /* of sum 1 */
    int naive;                 /* the best of the naive candidates */
    double error;              /* of the mixture over all origins; NaN: no origin */
    double width;              /* about the size of errors one step ahead; NaN: nothing is known of it */
    double growth;             /* they grow as a power of the step */
    double scale;              /* mean absolute step from season to season (or row to row); NaN: not known */
} fc_trial;

/* Looks at target k in part: facts, candidates, origins. No valid value: count is 0. */
void fc_trial_begin(fc_trial *trial, const ds_view *view, int k, ds_part part, int horizon, int season);
/* Fits and scores at the origins of one of its groups; groups may run side by side. */
void fc_trial_run(fc_trial *trial, int group);
/* Scores all candidates and chooses, for the series of one file, or FC_TOGETHER of them. */
void fc_trials_decide(fc_trial *trials, int count);
/* The errors of the choice at an origin by the size that those at the other origins give them: horizon
 * values, NaN where there is no truth. */
void fc_trial_surprise(const fc_trial *trial, int origin, double *out);
void fc_trial_clear(fc_trial *trial);

/* What fc_forecaster_auto chose for a target. */
typedef struct fc_chosen {
    char name[160];   /* such as "median x 0.75 + naive x 0.25" */
    int naive_season; /* of the best naive forecast; 1: the last value again */
    int origins;
    bool squares;                     /* errors are roots of mean squares */
    double error, naive_error, scale; /* at rolling origins; NaN: not known. scale: see fc_trial */
} fc_chosen;
/* False where the target has no values. */
bool fc_auto_chosen(fc_chosen *chosen, const void *state, int target);

#endif
