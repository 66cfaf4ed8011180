/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes and training of a network by the rows and the season of a table: the published recipe, made for
 * windows of 96 rows of tens of thousands, takes a handful of steps on a file of 150. */
#include "cli/input/by_data.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "datasets/series/season.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Settled by validation and test parts of made-up files of hours, days, weeks and months, so not blindly. */
enum {
    SEASONS = 4,        /* of look-back, */
    LONG_SEASONS = 2,   /* or so many where that is more than */
    FAR = 120,          /* rows */
    NEAR = 24,          /* the least look-back, where there are the rows */
    UNSEASONAL = 10,    /* rows of horizon without a season */
    SHARE = 5,          /* a horizon is at most one part in so many of the training rows */
    STEPS = 1500,       /* of the optimiser, */
    FEW_EPOCHS = 4,     /* but so many passes at least */
    MANY_EPOCHS = 1000, /* and so many at most, */
    PATIENCE = 8        /* and after one part in so many without a better validation loss it ends */
};

typedef struct size_step {
    size_t values; /* of the training rows, up to */
    const char *width, *layers;
} size_step;
static const size_step sizes[] = {
    {4000, "32", "1"}, {40000, "64", "2"}, {400000, "128", "2"}, {SIZE_MAX, "256", "2"}};
enum { KNOWING = 2 }; /* its width at least where a token has to carry what is known of a horizon */

bool cli_goes_by_data(const cli_run *run)
{
    return !run->kind->forecaster && !(run->kind->recipe && run->kind->recipe(run->config));
}

static int least_of(size_t a, size_t b)
{
    return (int)(a < b ? a : b);
}

int cli_windows_by_data(cli_recipe *recipe, fc_request *request, size_t training_rows, nn_error *error)
{
    ds_season season = {.rows = recipe->season};
    if (cli_given("lookback") && cli_given("horizon"))
        return NN_OK;
    const int code = recipe->season
                         ? NN_OK
                         : ds_season_of(request->table, (ds_part){0, training_rows}, NULL, &season, error);
    if (code)
        return code;
    const size_t period = season.rows > 1 ? (size_t)season.rows : UNSEASONAL;
    if (!cli_given("horizon"))
        recipe->horizon = least_of(period, training_rows / SHARE > 1 ? training_rows / SHARE : 1);
    const size_t horizon = (size_t)recipe->horizon,
                 most = training_rows > horizon + 1 ? (training_rows - horizon) / 2 : 1;
    size_t lookback = SEASONS * period > FAR ? LONG_SEASONS * period : SEASONS * period;
    lookback = lookback > horizon ? lookback : horizon;
    lookback = lookback > NEAR ? lookback : NEAR;
    if (!cli_given("lookback"))
        recipe->lookback = least_of(lookback, most);
    request->lookback = recipe->lookback;
    request->horizon = recipe->horizon;
    return NN_OK;
}

typedef struct choice {
    const nn_option *table;
    void *record;
    char *said;
    size_t size, at;
    nn_error *error;
    int code;
} choice;

static void say(choice *c, const char *name, const char *value)
{
    if (c->at < c->size)
        c->at += (size_t)snprintf(c->said + c->at, c->size - c->at, " --%s %s", name, value);
}

static void choose(choice *c, const char *name, const char *value)
{
    const nn_option *option = nn_option_find(c->table, name);
    if (c->code || !option || cli_given(name))
        return;
    c->code = nn_option_set(option, c->record, value, c->error);
    say(c, name, value);
}

static void choose_number(choice *c, const char *name, size_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", value);
    choose(c, name, text);
}

/* As many passes as make the steps; fewer steps of a file with many windows would not see them all. */
static void choose_training(choice *c, const fc_training *training, size_t windows)
{
    const size_t batch = (size_t)training->batch, steps = windows > batch ? windows / batch : 1;
    size_t epochs = (STEPS + steps - 1) / steps;
    epochs = epochs > FEW_EPOCHS ? epochs : FEW_EPOCHS;
    epochs = epochs < MANY_EPOCHS ? epochs : MANY_EPOCHS;
    choose(c, "learning-rate", "1e-3");
    choose(c, "schedule", "cosine");
    if (!cli_given("schedule"))
        choose(c, "warmup", "0.05");
    choose_number(c, "epochs", epochs);
    if (!cli_given("epochs"))
        choose_number(c, "patience", epochs / PATIENCE > 3 ? epochs / PATIENCE : 3);
}

int cli_training_by_data(fc_training *training, const cli_run *run, const fc_request *request,
                         size_t training_rows, nn_error *error)
{
    const ds_table *table = request->table;
    const size_t window = (size_t)request->lookback + (size_t)request->horizon,
                 windows = training_rows > window ? training_rows - window + 1 : 1,
                 values = training_rows * (size_t)table->columns;
    const size_step *size = sizes;
    char said[300] = "", number[24];
    choice c = {run->kind->options, run->config, said, sizeof said, 0, error, NN_OK};
    while (values > size->values)
        size++;
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "horizon" : "lookback";
        snprintf(number, sizeof number, "%d", i ? request->horizon : request->lookback);
        if (!cli_given(name))
            say(&c, name, number);
    }
    choose(&c, "d-model",
           ((request->futures || request->table->holidays) && size < sizes + KNOWING ? sizes + KNOWING : size)
               ->width);
    choose(&c, "layers", size->layers);
    c.table = fc_training_options;
    c.record = training;
    choose_training(&c, training, windows);
    if (!c.code && *said)
        cli_say_note("for %zu training rows:%s%s", training_rows, said,
                     nn_option_find(run->kind->options, "preset") ? " (--preset paper: as published)" : "");
    return c.code;
}
