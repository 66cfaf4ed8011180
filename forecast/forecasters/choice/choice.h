/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which forecaster suits one series, by rolling origins on its own past: candidates that its values speak
 * for, each fitted to the rows before an origin and scored on those behind it; the naive forecasts are always
 * among them. Nothing is random. */
#ifndef FC_CHOICE_H
#define FC_CHOICE_H

#include "datasets/series/strip.h"
#include "forecast/forecasters/choice/named.h"
#include "forecast/forecasters/choice/surprise.h"
#include "forecast/statistics/linkage.h"
#include "forecast/statistics/transform.h"
#include "lib/pool.h"

enum {
    FC_CANDIDATES = 16,
    FC_ORIGINS = 12,
    FC_BRIEF = 40,        /* rows below which a series tells little of itself */
    FC_TOGETHER = 256,    /* series that are decided on together */
    FC_PERIOD_ROWS = 2000 /* rows that are looked at, unless twelve of the longest season are more */
};

typedef struct fc_candidate {
    const fc_named *of;
    const void *config;           /* for its fit */
    int season;                   /* rows; 1: none */
    bool naive;                   /* a bar that the mixture is held to */
    double prior;                 /* of its share */
    double error, at[FC_ORIGINS]; /* mean absolute error over all origins, and at each; NaN: not known */
    double share;                 /* of the mixture that was decided on; they sum to 1 */
} fc_candidate;

/* One series on trial. */
typedef struct fc_trial {
    ds_strip strip; /* the rows that are looked at, on their scale */
    fc_transform transform;
    double *truth;  /* the same in the file's units; the strip's own where that is their scale, else owned */
    size_t begin;   /* row of the view that the series begins with */
    size_t skipped; /* steps from there to the strip's first row */
    int horizon, count, origins;
    int each;     /* origins that a fit serves: those from its own on */
    int tasks;    /* fits that may run side by side */
    bool line;    /* an exact straight line, which is continued without error */
    bool squares; /* errors are roots of mean squares: of rare demand the mean is wanted, not the median */
    fc_candidate candidate[FC_CANDIDATES];
    size_t origin[FC_ORIGINS]; /* rows of the strip, rising */
    double *forecast;          /* count x origins x horizon; owned */
    double *mixed;             /* origins x horizon: the mixture's, in the end of shares that the other
                                  origins give; inside of forecast */
    int code;                  /* of what failed */
    /* The outcome. */
    int naive;    /* the best of the naive candidates */
    double error; /* of the mixture over all origins; NaN: no origin */
    double then;  /* at the later half of the origins, of what would have been chosen at each of them by those
                     before it, by that of the best naive forecast; NaN: not known */
    double width; /* about the size of errors one step ahead; NaN: nothing is known of it */
    double growth; /* they grow as a power of the step */
    double scale;  /* mean absolute step from season to season (or row to row); NaN: not known */
} fc_trial;

/* Looks at target k in a part of the rows: facts, candidates, origins. No valid value: count is 0. Forecasts
 * and errors are in the file's units whatever the scale that the candidates see. */
typedef struct fc_trial_of {
    ds_part part;
    int horizon, season;
    int scale;            /* fc_scale */
    const fc_named *more; /* one more candidate with its settings, borrowed until the trial is cleared; NULL:
                             none */
} fc_trial_of;
void fc_trial_begin(fc_trial *trial, const ds_view *view, int k, const fc_trial_of *how);
/* One of its tasks: a candidate fitted, and its forecasts. */
void fc_trial_run(fc_trial *trial, int task);
/* After the tasks of some trials, of which every rank ran those of its part (nn_ranks_part): all have all. */
void fc_trials_share(fc_trial *trials, int count);
/* All tasks of some trials over a pool, shared by ranks; NULL: by the caller, who is one of several. False: a
 * stop was wanted before all were done. */
bool fc_trials_run(fc_trial *trials, int count, nn_pool *pool);
/* Scores all candidates and chooses, for the series of one file, or FC_TOGETHER of them. */
void fc_trials_decide(fc_trial *trials, int count);
/* Adds the errors of the choice at its origins, each by the size that those at the others give it. False
 * without memory. */
bool fc_trial_note(const fc_trial *trial, fc_surprises *seen, fc_linkages *linked);
/* The row of the strip that the last of its fits learnt up to. */
size_t fc_trial_last_fit(const fc_trial *trial);
void fc_trial_clear(fc_trial *trial);
/* For the files of this folder: what a candidate forecasts at an origin, horizon values, NaN where there is
 * no truth; and how many have one. */
double *fc_trial_at(const fc_trial *trial, int candidate, int origin);
int fc_trial_steps(const fc_trial *trial, int origin);
/* Sets width and growth by the errors of what is mixed at the origins. */
void fc_trial_measure(fc_trial *trial);

/* What fc_forecaster_auto chose for a target. */
typedef struct fc_chosen {
    char name[160];   /* such as "ets x 0.60 + naive x 0.40", the largest parts by name */
    int naive_season; /* of the best naive forecast; 1: the last value again */
    int origins;
    bool squares;                     /* errors are roots of mean squares */
    double error, naive_error, scale; /* at rolling origins; NaN: not known. scale: see fc_trial */
} fc_chosen;
/* False where the target has no values. */
bool fc_auto_chosen(fc_chosen *chosen, const void *state, int target);

#endif
